use super::scan::signed_sticker;
use super::{Jol, JolError, View};
use crate::city::fares::Vehicle;
use crate::detect::{Fix, Sighting};
use crate::qr::Meaning;

/// How often the buses' positions are fetched while the passenger looks for theirs, in ms.
const LOOK_EVERY_MS: i64 = 10_000;

impl Jol {
    /// The phone is here. Answers which bus the passenger seems to be on.
    ///
    /// The position stays on the phone: the whole city's buses are fetched, at most every 10 s, and
    /// compared here. Call it once a second while the pay screen is open.
    pub fn observe(&self, fix: &Fix) -> Result<Sighting, JolError> {
        let (sighting, asked) = self.shared.change(|records, view| {
            view.detector.observe(*fix);
            let asked = self.shared.ask_live(records, view, LOOK_EVERY_MS)?;
            Ok((view.detector.sighting(self.shared.clock.wall_ms()), asked))
        })?;
        if asked {
            self.wake();
        }
        Ok(sighting)
    }

    /// Which bus the passenger seems to be on, with the evidence there is.
    pub fn sighting(&self) -> Result<Sighting, JolError> {
        let now_ms = self.shared.clock.wall_ms();
        self.shared.look(|_, view| Ok(view.detector.sighting(now_ms)))
    }

    /// The passenger left the pay screen, or chose another bus: looking begins anew.
    pub fn forget_sighting(&self) -> Result<(), JolError> {
        self.shared.change(|_, view: &mut View<'_>| {
            *view.detector = crate::detect::Detector::default();
            Ok(())
        })
    }

    /// The bus that a scanned code names, if the operator signed it.
    pub fn bus_by_code(&self, text: &str) -> Result<Vehicle, JolError> {
        let Meaning::Bus { .. } = Meaning::of(text) else { return Err(JolError::bad("code")) };
        let code = self.shared.look(|_, view| {
            let keys = view.keys.as_ref().ok_or_else(|| JolError::not_found("keys"))?;
            signed_sticker(text, keys).map_err(|_| JolError::BadSignature)
        })?;
        self.bus_by_number(&code.code)
    }
}
