use super::city::vehicles_of;
use super::scan::signed_sticker;
use super::{Jol, JolError, Shared, View, name_of};
use crate::city::fares::Vehicle;
use crate::detect::{Beacon, Company, Detector, FeedClock, Fix, HeardBus, Sighting, TypedBus};
use crate::pay::rows;
use crate::qr::Meaning;
use crate::store::{Records, StoreError};

/// How often the buses' positions are fetched while the passenger looks for theirs, in ms.
const LOOK_EVERY_MS: i64 = 10_000;

/// What was learnt of the clock of the operator's feed.
const FEED_CLOCK: &str = "detect.clock";

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

    /// The same in words: what speaks for the bus that is proposed, or why none is and what to do instead.
    pub fn sighting_text(&self) -> Result<String, JolError> {
        Ok(self.sighting()?.text(self.language()))
    }

    /// The passenger left the pay screen, or chose another bus: looking begins anew.
    pub fn forget_sighting(&self) -> Result<(), JolError> {
        self.shared.change(|_, view: &mut View<'_>| {
            *view.detector = Detector::with_clock(view.detector.clock().clone());
            Ok(())
        })
    }

    /// The bus whose painted number, id or plate the passenger typed. Letters that look alike are one, any writing's
    /// digits are read; a letter that looks like a digit is asked about.
    pub fn bus_typed(&self, typed: &str) -> Result<TypedBus, JolError> {
        Ok(TypedBus::among(&self.vehicles()?, typed))
    }

    /// Whether the passenger and the bus of a ride are together, as far as positions tell. That they have parted
    /// ends no ticket: it is a reason to ask, and to offer the bus that [`sighting`](Jol::sighting) proposes.
    pub fn ride_company(&self, ride: &str) -> Result<Company, JolError> {
        let now_ms = self.shared.clock.wall_ms();
        self.shared.look(|records, view| {
            let ride = rows::ride(records, ride)?.ok_or_else(|| JolError::not_found("ride"))?;
            Ok(view.detector.company(&ride.vehicle, now_ms))
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

impl Shared {
    /// Looking begins with what earlier rides taught of the feed's clock.
    pub(super) fn start_looking(records: &Records<'_>, view: &mut View<'_>) -> Result<(), StoreError> {
        let clock: FeedClock = records.setting(FEED_CLOCK)?.unwrap_or_default();
        *view.detector = Detector::with_clock(clock);
        Ok(())
    }

    /// The passenger pays for this bus.
    pub(super) fn confirm_bus(
        records: &Records<'_>,
        view: &mut View<'_>,
        vehicle: &str,
    ) -> Result<(), StoreError> {
        if view.detector.confirm(vehicle) {
            records.set(FEED_CLOCK, view.detector.clock())?;
        }
        Ok(())
    }
}
