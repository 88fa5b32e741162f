use super::city::{chosen, vehicles_of};
use super::pay::paid_by;
use super::scan::signed_sticker;
use super::tickets::bus_of;
use super::{Jol, JolError, Shared, View, name_of};
use crate::city::fares::Vehicle;
use crate::detect::{
    Beacon, Candidate, Company, CompanyView, Detector, FeedClock, Fix, HeardBus, Memory, Sampling, Sighting,
    TypedBus, Witnesses,
};
use crate::entropy::random;
use crate::qr::Meaning;
use crate::store::{Records, StoreError};

/// How often the buses' positions are fetched while the passenger looks for theirs, and before, in ms.
const LOOK_EVERY_MS: i64 = 10_000;
const IN_FRONT_EVERY_MS: i64 = 30_000;

/// What was learnt of the clock of the feed of a city.
fn feed_clock(city: &str) -> String {
    format!("detect.clock.{city}")
}

/// The search so far, for the app may be killed: where somebody is, so it is sealed, and forgotten with the search.
const LOOKING: &str = "detect.looking";

impl Jol {
    /// The phone is here. Answers which bus the passenger seems to be on.
    ///
    /// The position stays on the phone: the whole city's buses are fetched, at most every 10 s while the passenger
    /// [looks](Jol::look_for_bus) and every 30 s before, and compared here. Call it with a first fix when the app
    /// comes to the front, unless it shows a ticket that is held, and from then on whenever
    /// [`next_fix_in_ms`](Jol::next_fix_in_ms) is over.
    pub fn observe(&self, fix: &Fix) -> Result<Sighting, JolError> {
        let (sighting, asked) = self.shared.change(|records, view| {
            view.detector.observe(*fix);
            let every_ms = if view.sampling.looks() { LOOK_EVERY_MS } else { IN_FRONT_EVERY_MS };
            let asked = self.shared.ask_live(records, view, every_ms)?;
            if asked && view.sampling.looks() {
                let nonce = random(&*self.shared.entropy);
                records.set_sealed(LOOKING, &view.detector.memory(), nonce)?;
            }
            let sighting = view.detector.sighting(self.shared.clock.wall_ms());
            view.sampling.observe(fix, &sighting, self.shared.clock.boot_ms());
            Ok((sighting, asked))
        })?;
        if asked {
            self.wake();
        }
        Ok(sighting)
    }

    /// The pay screen opened and the passenger looks for a bus, or it was left. What was seen within the last two
    /// minutes counts either way. Paying ends it, too.
    pub fn look_for_bus(&self, looks: bool) -> Result<(), JolError> {
        self.shared.change(|records, view| {
            view.sampling.look(looks, self.shared.clock.boot_ms());
            if !looks {
                records.unset(LOOKING)?;
            }
            Ok(())
        })
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
            // Numbers that are longer than a beacon can say may begin alike: each is offered.
            for bus in listed(records)?.into_iter().filter(|bus| name_of(&bus.painted) == beacon.bus) {
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

    /// In how many ms the next fix is wanted, 1,000 or more, for finding the bus ([`observe`](Jol::observe)) or for
    /// the stop where the passenger gets off ([`get_off`](Jol::get_off)), whichever is sooner; none is off: the
    /// receiver sleeps, as it does whenever the app leaves the front. Ask after each fix, and after opening the pay
    /// screen, leaving it or paying. Every five seconds is for an app in front, once a second for three minutes of a
    /// search at most.
    pub fn next_fix_in_ms(&self) -> Result<Option<i64>, JolError> {
        let looking = self.shared.look(|_, view| Ok(view.sampling.next_fix_in_ms()))?;
        Ok([looking, self.get_off_fix_in_ms()?].into_iter().flatten().min())
    }

    /// The passenger is in another bus: what was seen does not count, and looking begins anew.
    pub fn forget_sighting(&self) -> Result<(), JolError> {
        self.shared.change(|records, view| self.shared.forget_looking(records, view))
    }

    /// The bus whose painted number, id or plate the passenger typed. Letters that look alike are one, any writing's
    /// digits are read; a letter that looks like a digit is asked about.
    pub fn bus_typed(&self, typed: &str) -> Result<TypedBus, JolError> {
        Ok(TypedBus::among(&self.vehicles()?, typed))
    }

    /// Whether the passenger and the bus of a ride are together, as far as positions tell, in words once they have
    /// parted; then with the bus that [`sighting`](Jol::sighting) proposes, if it is not paid yet. It ends no ticket.
    /// Nothing is said of a ticket that is over or was received, nor where a bus broke down: all have left it.
    pub fn ride_company(&self, ride: &str) -> Result<CompanyView, JolError> {
        let wall_ms = self.shared.clock.wall_ms();
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let Some(ridden) = bus_of(records, ride, now_ms)? else { return Ok(CompanyView::default()) };
            let company = view.detector.company(&ridden.vehicle, wall_ms);
            let proposed = match view.detector.sighting(wall_ms) {
                Sighting::Proposed { bus, .. } if company == Company::Parted => unpaid(records, bus, now_ms)?,
                _ => None,
            };
            let left = (ridden.painted.as_str(), ridden.line.as_str());
            Ok(CompanyView::of(company, left, proposed, view.language))
        })
    }

    /// What speaks against a bus that is about to be paid, however it was named, in the passenger's words: the
    /// positions or a beacon name another one, or its own reports are of elsewhere or old. Nothing where nothing is
    /// known. A [`quote`](Jol::quote) says the same.
    pub fn bus_doubts(&self, vehicle: &str) -> Result<Vec<String>, JolError> {
        let bus = self.vehicle(vehicle)?;
        self.shared.look(|records, view| Ok(self.shared.doubts(records, view, &bus)?))
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

/// The city's buses, as far as they are known.
fn listed(records: &Records<'_>) -> Result<Vec<Vehicle>, JolError> {
    match vehicles_of(records) {
        Err(JolError::NoCity) => Ok(Vec::new()),
        vehicles => vehicles,
    }
}

/// A bus as the city's list names it, if it is there and its ride is not paid.
fn unpaid(records: &Records<'_>, bus: Candidate, now_ms: i64) -> Result<Option<Candidate>, JolError> {
    let named = listed(records)?.into_iter().find(|known| known.vehicle == bus.vehicle);
    let Some(named) = named else { return Ok(None) };
    let is_paid = paid_by(records, &named, now_ms)?.is_some();
    Ok((!is_paid).then_some(Candidate { label: named.painted, line: Some(named.line), ..bus }))
}

impl Shared {
    /// Looking goes on where it was when the app was killed, if that was a moment ago; else it begins with what
    /// earlier rides taught of the feed's clock.
    pub(super) fn start_looking(&self, records: &Records<'_>, view: &mut View<'_>) -> Result<(), StoreError> {
        let clock = kept_clock(records)?;
        // Another version of the app may have kept it otherwise.
        let kept: Option<Memory> = records.setting(LOOKING).unwrap_or_default();
        let now_ms = self.clock.wall_ms();
        let kept = kept.and_then(|kept| Detector::remember(kept, clock.clone(), now_ms));
        if kept.is_none() {
            records.unset(LOOKING)?;
        }
        *view.detector = kept.unwrap_or_else(|| Detector::with_clock(clock));
        *view.sampling = Sampling::default();
        Ok(())
    }

    /// What was seen does not count; a search that goes on begins anew.
    pub(super) fn forget_looking(&self, records: &Records<'_>, view: &mut View<'_>) -> Result<(), JolError> {
        records.unset(LOOKING)?;
        *view.detector = Detector::with_clock(kept_clock(records)?);
        view.sampling.begin_anew(self.clock.boot_ms());
        Ok(())
    }

    /// Which bus it is is settled: the ride is paid, or a message that pays it was opened.
    pub(super) fn found_bus(&self, records: &Records<'_>, view: &mut View<'_>) -> Result<(), StoreError> {
        view.sampling.paid(self.clock.boot_ms());
        records.unset(LOOKING)
    }

    /// What speaks against this bus, in words.
    pub(super) fn doubts(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        bus: &Vehicle,
    ) -> Result<Vec<String>, StoreError> {
        let wall_ms = self.clock.wall_ms();
        let witnesses = Witnesses {
            sampling: view.sampling,
            boot_ms: self.clock.boot_ms(),
            live: view.live,
            now_ms: self.best_time_ms(records)?,
            sighting: view.detector.sighting(wall_ms),
            company: view.detector.company(&bus.vehicle, wall_ms),
            ear: (view.detector.ear(), wall_ms),
        };
        let against = witnesses.against(&bus.vehicle);
        Ok(against.iter().map(|doubt| doubt.text(&bus.painted, view.language)).collect())
    }

    /// The passenger pays for this bus.
    pub(super) fn confirm_bus(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        vehicle: &str,
    ) -> Result<(), StoreError> {
        self.found_bus(records, view)?;
        if view.detector.confirm(vehicle)
            && let Ok(city) = chosen(records)
        {
            records.set(&feed_clock(&city), view.detector.clock())?;
        }
        Ok(())
    }
}

/// What earlier rides taught of the clock of the chosen city's feed.
fn kept_clock(records: &Records<'_>) -> Result<FeedClock, StoreError> {
    let Ok(city) = chosen(records) else { return Ok(FeedClock::default()) };
    Ok(records.setting(&feed_clock(&city))?.unwrap_or_default())
}
