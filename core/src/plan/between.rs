//! From stop to stop as bare figures, without words, streets or limits: what benches and oracles compare.

use super::days::{ServiceDays, Time, Zones};
use super::journey::{Criteria, PlanError};
use super::mc::McRaptor;
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
    on_foot: Option<Access>,
}

impl<'a> Between<'a> {
    /// The search from one stop to another. Nobody stays seated from one trip to the next: what it is
    /// compared with knows no blocks.
    pub fn new(timetable: &Timetable<'a>, zones: &'a Zones, from: StopIdx, to: StopIdx) -> Between<'a> {
        let walks = timetable.footpaths_from(from).iter();
        let by_way = StopIdx::NONE;
        let access = std::iter::once(Access::at(from)).chain(walks.map(|path| Access {
            stop: path.to,
            seconds: path.seconds,
            metres: path.metres,
            by_way,
        }));
        let access: Vec<Access> = access.collect();
        let stops = (0..).map(StopIdx).take(timetable.stops.len());
        let leads = |stop: StopIdx| {
            let path = timetable.footpaths_from(stop).iter().find(|path| path.to == to)?;
            Some(Access { stop, seconds: path.seconds, metres: path.metres, by_way })
        };
        let egress: Vec<Access> = std::iter::once(Access::at(to)).chain(stops.filter_map(leads)).collect();
        let there = access.iter().filter(|walk| walk.stop == to);
        let on_foot = there.min_by_key(|walk| (walk.seconds, walk.metres)).copied();
        let timetable = Timetable { continuations: &[], ..*timetable };
        Between { timetable, zones, access, egress, on_foot }
    }

    /// Setting out at this moment: for each number of rides that gets there sooner than fewer do, when.
    /// Walking is not compared.
    pub fn at(&self, scratch: &mut Scratch, at_ms: i64) -> Result<Vec<Criteria>, PlanError> {
        // Only what is quicker than a walk counts.
        let latest = self.on_foot.map_or(LONGEST_S, |walk| LONGEST_S.min(walk.seconds as Time - 1));
        let search = |asked: Asked<'_>, scratch: &mut Scratch| Raptor::new(asked, scratch).run(0);
        let mut all = self.found(scratch, at_ms, latest, false, search)?;
        if let Some(walk) = self.on_foot {
            let arrival_ms = at_ms + i64::from(walk.seconds) * 1_000;
            all.push(Criteria { departure_ms: at_ms, arrival_ms, rides: 0, walk_metres: walk.metres });
        }
        Ok(all)
    }

    /// Setting out in `[from_ms, until_ms)`: the Pareto set over departure, arrival and rides, and over
    /// walking too if it is to be compared. A walk all the way, which one can set out for at any time, is
    /// not told.
    pub fn range(
        &self,
        scratch: &mut Scratch,
        (from_ms, until_ms): (i64, i64),
        compare_walking: bool,
    ) -> Result<Vec<Criteria>, PlanError> {
        let until = (until_ms.saturating_sub(from_ms) / 1_000).clamp(0, i64::from(LONGEST_S)) as Time;
        let mut all =
            self.found(scratch, from_ms, until + LONGEST_S, compare_walking, |asked, scratch| {
                match compare_walking {
                    true => McRaptor::new(asked, scratch).range(0, until).0,
                    false => Raptor::new(asked, scratch).range(0, until).0,
                }
            })?;
        if let Some(walk) = self.on_foot {
            let takes_ms = i64::from(walk.seconds) * 1_000;
            let is_slower = |c: &Criteria| c.departure_ms + takes_ms <= c.arrival_ms;
            all.retain(|c| !is_slower(c) || (compare_walking && c.walk_metres < walk.metres));
        }
        Ok(all)
    }

    fn found(
        &self,
        scratch: &mut Scratch,
        at_ms: i64,
        latest: Time,
        compare_walking: bool,
        search: impl FnOnce(Asked<'_>, &mut Scratch) -> Vec<Found>,
    ) -> Result<Vec<Criteria>, PlanError> {
        let days = ServiceDays::around(&self.timetable, self.zones, at_ms.div_euclid(1_000), 0, latest)?;
        let avoided = Avoided::default();
        let asked = Asked {
            timetable: self.timetable,
            days: &days,
            access: &self.access,
            egress: &self.egress,
            avoided: &avoided,
            step_free: false,
            slowness: 1.0,
            most_metres: u32::MAX,
            compare_walking,
            via: None,
            earliest: 0,
            latest,
        };
        let criteria = |found: Found| Criteria {
            departure_ms: days.ms(found.departure),
            arrival_ms: days.ms(found.arrival),
            rides: found.boardings() as u32,
            walk_metres: found.walk_metres,
        };
        Ok(search(asked, scratch).into_iter().map(criteria).collect())
    }
}
