//! From stop to stop as bare figures, without words, streets or limits: what benches and oracles compare.

use super::days::{ServiceDays, Time, Zones};
use super::journey::{Criteria, PlanError};
use super::raptor::{Access, Asked, Avoided, Found, Raptor, Scratch};
use crate::city::timetable::{StopIdx, Timetable};

/// How long a journey may take here, in seconds.
const LONGEST_S: Time = 24 * 3_600;

/// A search between two stops of a timetable. Footpaths are taken as the timetable has them, one between
/// two rides, and one at either end.
#[derive(Debug)]
pub struct Between<'a> {
    timetable: Timetable<'a>,
    zones: &'a Zones,
    access: Vec<Access>,
    egress: Vec<Access>,
    on_foot_s: Option<u32>,
}

impl<'a> Between<'a> {
    /// The search from one stop to another.
    pub fn new(timetable: &Timetable<'a>, zones: &'a Zones, from: StopIdx, to: StopIdx) -> Between<'a> {
        let walks = timetable.footpaths_from(from).iter();
        let access = std::iter::once(Access { stop: from, seconds: 0, metres: 0 })
            .chain(walks.map(|path| Access { stop: path.to, seconds: path.seconds, metres: path.metres }));
        let access: Vec<Access> = access.collect();
        let stops = (0..).map(StopIdx).take(timetable.stops.len());
        let leads = |stop: StopIdx| {
            let path = timetable.footpaths_from(stop).iter().find(|path| path.to == to)?;
            Some(Access { stop, seconds: path.seconds, metres: path.metres })
        };
        let egress: Vec<Access> = std::iter::once(Access { stop: to, seconds: 0, metres: 0 })
            .chain(stops.filter_map(leads))
            .collect();
        let on_foot_s = access.iter().filter(|walk| walk.stop == to).map(|walk| walk.seconds).min();
        Between { timetable: *timetable, zones, access, egress, on_foot_s }
    }

    /// Setting out at this moment: for each number of rides that gets there sooner than fewer do, when.
    /// Walking is not compared.
    pub fn at(&self, scratch: &mut Scratch, at_ms: i64) -> Result<Vec<Criteria>, PlanError> {
        self.found(scratch, at_ms, LONGEST_S, |raptor| raptor.run(0))
    }

    /// Setting out in `[from_ms, until_ms)`: the Pareto set over departure, arrival and rides.
    pub fn range(
        &self,
        scratch: &mut Scratch,
        from_ms: i64,
        until_ms: i64,
    ) -> Result<Vec<Criteria>, PlanError> {
        let seconds = (until_ms.saturating_sub(from_ms) / 1_000).clamp(0, i64::from(LONGEST_S)) as Time;
        self.found(scratch, from_ms, seconds + LONGEST_S, |raptor| raptor.range(0, seconds).0)
    }

    fn found(
        &self,
        scratch: &mut Scratch,
        at_ms: i64,
        latest: Time,
        search: impl FnOnce(&mut Raptor<'_, '_>) -> Vec<Found>,
    ) -> Result<Vec<Criteria>, PlanError> {
        let days = ServiceDays::around(&self.timetable, self.zones, at_ms.div_euclid(1_000), 0, latest)?;
        let latest = self.on_foot_s.map_or(latest, |seconds| latest.min(seconds as Time - 1));
        let avoided = Avoided::default();
        let asked = Asked {
            timetable: self.timetable,
            days: &days,
            access: &self.access,
            egress: &self.egress,
            avoided: &avoided,
            step_free: false,
            slowness: 1.0,
            latest,
        };
        let mut raptor = Raptor::new(asked, scratch);
        let criteria = |found: Found| Criteria {
            departure_ms: days.ms(found.departure),
            arrival_ms: days.ms(found.arrival),
            rides: found.rides.len() as u32,
            walk_metres: 0,
        };
        let mut all: Vec<Criteria> = search(&mut raptor).into_iter().map(criteria).collect();
        if let Some(seconds) = self.on_foot_s {
            let arrival_ms = at_ms + i64::from(seconds) * 1_000;
            all.push(Criteria { departure_ms: at_ms, arrival_ms, rides: 0, walk_metres: 0 });
        }
        Ok(all)
    }
}
