use super::city::vehicles_of;
use super::scan::signed_sticker;
use super::{Jol, JolError, View, name_of};
use crate::city::fares::Vehicle;
use crate::detect::{Beacon, Fix, HeardBus, Sighting};
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

    /// The phone hears a bus's beacon: the service data behind [`crate::detect::BEACON_UUID`], and how strong
    /// (RSSI). Answers which bus the passenger seems to be on.
    ///
    /// Nobody signs what a beacon says, so it only offers a bus, and positions outweigh it. What is heard
    /// stays in memory, and the phone says nothing of itself. Listen while the pay screen is open; something
    /// else than a beacon of this operator's bus changes nothing.
    pub fn observe_beacon(&self, data: &[u8], rssi_dbm: i8) -> Result<Sighting, JolError> {
        let now_ms = self.shared.clock.wall_ms();
        let beacon = Beacon::read(data).filter(|beacon| beacon.operator == self.shared.root.issuer);
        let Some(beacon) = beacon else { return self.sighting() };
        self.shared.change(|records, view| {
            let vehicles = match vehicles_of(records) {
                Err(JolError::NoCity) => Vec::new(),
                vehicles => vehicles?,
            };
            // Numbers that are longer than a beacon can say may begin alike: each is offered.
            for bus in vehicles.into_iter().filter(|bus| name_of(&bus.painted) == beacon.bus) {
                let heard = HeardBus { vehicle: bus.vehicle, label: bus.painted, line: Some(bus.line) };
                view.detector.hear(heard, rssi_dbm, now_ms);
            }
            Ok(view.detector.sighting(now_ms))
        })
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
