//! The ends of a journey, and its parts in words.

use super::colours::colours;
use super::days::{Zones, after, day_start_s};
use super::journey::{
    Criteria, Endpoint, Halt, Journey, Leg, PlanError, PlanQuery, RideLeg, StopAt, StopCall, WalkLeg,
    Wheelchair,
};
use super::raptor::{Access, Found, Ridden, stretched};
use super::stops::{find_stop, line_name, platforms_of, stop_at};
use super::walk::{self, Leads, Reach, Walker, Way};
use crate::city::streets::Streets;
use crate::city::timetable::{Footpath, StopIdx, StopRecord, Timetable};
use crate::geo::Point;
use crate::order;

/// The speed of the pack's footpaths, in metres a second.
const USUAL_SPEED: f64 = 1.2;

/// Nobody walks slower or faster.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.3..=3.0;

/// The longest walk that can be asked for.
const MOST_WALK_METRES: u32 = 20_000;

/// One end of a journey.
#[derive(Debug)]
pub(super) enum End<'a> {
    /// A stop: itself, or the platforms of a station.
    Stop { stop: StopIdx, platforms: Vec<StopIdx> },
    /// A point, with what can be walked to from it.
    Point { point: Point, name: String, reach: Box<Reach<'a>> },
}

/// A walk from one end to the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnFoot {
    pub(super) seconds: u32,
    pub(super) metres: u32,
}

/// All walks of one question, and how to tell a journey.
#[derive(Debug)]
pub(super) struct Legs<'a> {
    timetable: Timetable<'a>,
    streets: Streets<'a>,
    /// How the passenger walks.
    pub(super) walker: Walker,
    from: End<'a>,
    to: End<'a>,
    /// Stops that can be walked to from the origin.
    pub(super) access: Vec<Access>,
    /// Stops from which one can walk to the destination.
    pub(super) egress: Vec<Access>,
}

impl<'a> Legs<'a> {
    pub(super) fn new(
        timetable: &Timetable<'a>,
        streets: &Streets<'a>,
        query: &PlanQuery,
    ) -> Result<Legs<'a>, PlanError> {
        let usual = if query.walking_speed.is_nan() { USUAL_SPEED } else { query.walking_speed };
        let speed = usual.clamp(*SPEEDS.start(), *SPEEDS.end());
        let most_metres = query.max_walk_metres.min(MOST_WALK_METRES);
        let slowness = (USUAL_SPEED / speed).max(1.0);
        let walker = Walker { speed, slowness, most_metres, step_free: query.step_free };
        let end = |endpoint: &Endpoint| End::of(timetable, streets, endpoint, walker);
        let mut legs = Legs {
            timetable: *timetable,
            streets: *streets,
            walker,
            from: end(&query.from)?,
            to: end(&query.to)?,
            access: Vec::new(),
            egress: Vec::new(),
        };
        legs.access = legs.accesses();
        legs.egress = legs.egresses();
        Ok(legs)
    }

    fn accesses(&self) -> Vec<Access> {
        let platforms = match &self.from {
            End::Point { reach, .. } => return reach.stops(Leads::ToStop),
            End::Stop { platforms, .. } => platforms,
        };
        let paths = self.on_foot_at(platforms).flat_map(|stop| self.timetable.footpaths_from(stop));
        let walked = paths.filter(|path| self.is_walkable(path)).map(|path| self.access(path.to, path));
        quickest(platforms.iter().copied().map(Access::at).chain(walked).collect())
    }

    fn egresses(&self) -> Vec<Access> {
        let platforms = match &self.to {
            End::Point { reach, .. } => return reach.stops(Leads::FromStop),
            End::Stop { platforms, .. } => platforms,
        };
        let mut walks: Vec<Access> = platforms.iter().copied().map(Access::at).collect();
        let on_foot: Vec<StopIdx> = self.on_foot_at(platforms).collect();
        for stop in (0..).take(self.timetable.stops.len()).map(StopIdx) {
            let paths = self.timetable.footpaths_from(stop).iter();
            let here = paths.filter(|path| on_foot.contains(&path.to) && self.is_walkable(path));
            walks.extend(here.map(|path| self.access(stop, path)));
        }
        quickest(walks)
    }

    /// Where one of these is on foot: rules that berths are for speak of vehicles alone.
    pub(super) fn on_foot_at(&self, platforms: &[StopIdx]) -> impl Iterator<Item = StopIdx> {
        platforms.iter().copied().filter(|stop| !self.timetable.is_berth(*stop))
    }

    /// A footpath to or from a stop.
    pub(super) fn access(&self, stop: StopIdx, path: &Footpath) -> Access {
        let seconds = stretched(path.seconds, self.walker.slowness);
        Access { stop, seconds, metres: path.metres, by_way: StopIdx::NONE }
    }

    /// Whether one end of the journey is one of these platforms.
    pub(super) fn begins_or_ends_at(&self, platforms: &[StopIdx]) -> bool {
        [&self.from, &self.to].iter().any(|end| match end {
            End::Stop { platforms: own, .. } => own.iter().any(|stop| platforms.contains(stop)),
            End::Point { .. } => false,
        })
    }

    pub(super) fn is_walkable(&self, path: &Footpath) -> bool {
        path.metres <= self.walker.most_metres
    }

    /// The walk all the way, if it is not too far.
    pub(super) fn on_foot(&self) -> Option<OnFoot> {
        if let (End::Stop { platforms: from, .. }, End::Stop { platforms: to, .. }) = (&self.from, &self.to) {
            let same = from.iter().any(|stop| to.contains(stop)).then_some(OnFoot { seconds: 0, metres: 0 });
            let (from_foot, to_foot) = (self.on_foot_at(from), self.on_foot_at(to).collect::<Vec<_>>());
            let paths = from_foot.flat_map(|stop| self.timetable.footpaths_from(stop));
            let paths = paths.filter(|path| to_foot.contains(&path.to) && self.is_walkable(path));
            let walk = |path: &Footpath| OnFoot {
                seconds: stretched(path.seconds, self.walker.slowness),
                metres: path.metres,
            };
            let by_path = paths.map(walk).min_by_key(|walk| (walk.seconds, walk.metres));
            let found = same.or(by_path);
            // Within a station no street leads where no pathway does.
            return match from.iter().zip(to).any(|(from, to)| self.is_one_station(*from, *to)) {
                true => found,
                false => found.or_else(|| Some(OnFoot::of(&self.way_on_foot()?))),
            };
        }
        Some(OnFoot::of(&self.way_on_foot()?))
    }

    fn is_one_station(&self, a: StopIdx, b: StopIdx) -> bool {
        let station = |stop| self.timetable.stop(stop)?.parent.some();
        station(a).is_some() && station(a) == station(b)
    }

    fn way_on_foot(&self) -> Option<Way> {
        match (&self.from, &self.to) {
            (End::Point { reach, .. }, End::Point { point, .. }) => reach.way_to_point(*point),
            (End::Point { reach, .. }, End::Stop { .. }) => {
                let to = self.at_street(&self.to).into_iter();
                walk::quickest(to.filter_map(|stop| reach.way_to_stop(stop, Leads::ToStop)))
            }
            (End::Stop { .. }, End::Point { reach, .. }) => {
                let from = self.at_street(&self.from).into_iter();
                walk::quickest(from.filter_map(|stop| reach.way_to_stop(stop, Leads::FromStop)))
                    .map(Way::back)
            }
            (End::Stop { .. }, End::Stop { .. }) => self.way_between(
                &self.at_street(&self.from),
                &self.at_street(&self.to),
                self.walker.most_metres,
            ),
        }
    }

    fn way_between(&self, from: &[StopIdx], to: &[StopIdx], most_metres: u32) -> Option<Way> {
        let walker = Walker { most_metres, ..self.walker };
        walk::between(&self.timetable, &self.streets, (from, to), walker)
    }

    /// Where a walk to or from an end that is a stop begins or ends: at the stop, or at its platforms behind
    /// entrances.
    fn at_street(&self, end: &End<'_>) -> Vec<StopIdx> {
        let End::Stop { stop, platforms } = end else { return Vec::new() };
        let behind: Vec<StopIdx> =
            platforms.iter().copied().filter(|stop| self.is_behind_entrances(*stop)).collect();
        if behind.is_empty() { vec![*stop] } else { behind }
    }

    fn is_behind_entrances(&self, stop: StopIdx) -> bool {
        self.timetable.stop(stop).is_some_and(StopRecord::is_behind_entrances)
    }

    /// How far the passenger walks on a journey.
    pub(super) fn walk_metres(&self, found: &Found) -> u32 {
        let by_way = |before| found.by_way(before);
        let path = |from, to| self.footpath(from, to).map_or(0, |path| path.metres);
        let to = by_way(0).unwrap_or(found.access);
        let to_first = match &self.from {
            End::Point { .. } => metres_of(&self.access, to),
            End::Stop { platforms, .. } => self.path_to_first(platforms, to).map_or(0, |walk| walk.1.metres),
        };
        let from = by_way(found.rides.len()).unwrap_or(found.egress);
        let from_last = match &self.to {
            End::Point { .. } => metres_of(&self.egress, from),
            End::Stop { platforms, .. } => {
                self.path_from_last(from, platforms).map_or(0, |walk| walk.1.metres)
            }
        };
        let on = [(to, found.access), (found.egress, from)]
            .map(|(from, to)| if from == to { 0 } else { path(from, to) });
        let between =
            found.rides.windows(2).enumerate().filter(|(_, pair)| !pair[1].seated).map(|(nth, pair)| {
                let (from, to) = (self.alights_at(&pair[0]), self.boards_at(&pair[1]));
                by_way(nth + 1).map_or_else(
                    || path(from, to),
                    |platform| path(from, platform).saturating_add(path(platform, to)),
                )
            });
        between.chain(on).fold(to_first.saturating_add(from_last), u32::saturating_add)
    }

    /// The quickest footpath from platforms to where the passenger boards; none if it is one of them.
    fn path_to_first(&self, platforms: &[StopIdx], board: StopIdx) -> Option<(StopIdx, Footpath)> {
        let from = self.on_foot_at(platforms).filter(|_| !platforms.contains(&board));
        let paths = from.filter_map(|from| Some((from, self.footpath(from, board)?)));
        paths.min_by_key(|(_, path)| (path.seconds, path.metres))
    }

    /// The quickest footpath from where the passenger gets off to platforms; none if it is one of them.
    fn path_from_last(&self, alight: StopIdx, platforms: &[StopIdx]) -> Option<(StopIdx, Footpath)> {
        let to = self.on_foot_at(platforms).filter(|_| !platforms.contains(&alight));
        let paths = to.filter_map(|to| Some((to, self.footpath(alight, to)?)));
        paths.min_by_key(|(_, path)| (path.seconds, path.metres))
    }

    fn footpath(&self, from: StopIdx, to: StopIdx) -> Option<Footpath> {
        let paths = self.timetable.footpaths_from(from).iter().filter(|path| path.to == to);
        paths.min_by_key(|path| path.seconds).copied()
    }

    fn boards_at(&self, ride: &Ridden) -> StopIdx {
        self.stop_of(ride, ride.board)
    }

    fn alights_at(&self, ride: &Ridden) -> StopIdx {
        self.stop_of(ride, ride.alight)
    }

    fn stop_of(&self, ride: &Ridden, position: u32) -> StopIdx {
        let pattern = self.timetable.pattern(ride.pattern);
        let stop = pattern.and_then(|pattern| self.timetable.stops_of(pattern).get(position as usize));
        stop.map_or(StopIdx::NONE, |stop| stop.stop)
    }

    /// The journey all the way on foot.
    pub(super) fn walking(&self, criteria: &Criteria) -> Option<Journey> {
        let way = match (&self.from, &self.to) {
            // The footpath says how far it is, the streets which way.
            (End::Stop { stop: from, .. }, End::Stop { stop: to, .. }) => {
                self.way_along(*from, *to, criteria.walk_metres)
            }
            _ => self.way_on_foot()?,
        };
        let times = (criteria.departure_ms, criteria.arrival_ms);
        let leg = walk_leg(self.from.place(self), self.to.place(self), way, times);
        Some(self.journey(criteria, vec![Leg::Walk(leg)]))
    }

    /// The journey all the way on foot, by way of a platform; none if there are no such walks.
    pub(super) fn walking_by_way(&self, criteria: &Criteria, platform: StopIdx) -> Option<Journey> {
        let walk = self.access.iter().find(|walk| walk.stop == platform)?;
        let there_ms = criteria.departure_ms + i64::from(walk.seconds) * 1_000;
        let to = self.leg_to_first(platform, criteria.departure_ms, there_ms);
        let on = self.leg_from_last(platform, there_ms, criteria.arrival_ms);
        Some(self.journey(criteria, to.into_iter().chain(on).collect()))
    }

    /// A journey with rides; none if the pack does not hold what was found in it.
    pub(super) fn riding(&self, zones: &Zones, criteria: &Criteria, found: &Found) -> Option<Journey> {
        let mut legs = Vec::with_capacity(found.rides.len() * 2 + 1);
        let mut last: Option<(StopIdx, i64)> = None;
        let by_way = |before| found.by_way(before);
        for (nth, ride) in found.rides.iter().enumerate() {
            let leg = self.ride(zones, ride)?;
            let (departure_ms, arrival_ms) = (leg.departure_ms, leg.arrival_ms);
            let (board, by_way) = (self.boards_at(ride), by_way(nth));
            match last {
                None => {
                    let times = (criteria.departure_ms, departure_ms);
                    legs.extend(self.legs_to_first(board, by_way, times)?);
                }
                Some(_) if ride.seated => {}
                Some((alight, at_ms)) => legs.extend(self.legs_between(alight, by_way, board, at_ms)?),
            }
            legs.push(Leg::Ride(leg));
            last = Some((self.alights_at(ride), arrival_ms));
        }
        let (mut from, mut at_ms) = last?;
        if let Some(platform) = by_way(found.rides.len()) {
            let there = self.walk_between(from, platform, at_ms)?;
            (from, at_ms) = (platform, there.arrival_ms);
            legs.push(Leg::Walk(there));
        }
        legs.extend(self.leg_from_last(from, at_ms, criteria.arrival_ms));
        Some(self.journey(criteria, legs))
    }

    /// The walk to the first ride, or the two of them by way of a platform.
    fn legs_to_first(
        &self,
        board: StopIdx,
        by_way: Option<StopIdx>,
        (sets_out_ms, leaves_ms): (i64, i64),
    ) -> Option<Vec<Leg>> {
        let Some(platform) = by_way else {
            return Some(self.leg_to_first(board, sets_out_ms, leaves_ms).into_iter().collect());
        };
        let there_ms = leaves_ms - self.walk_between(platform, board, 0)?.arrival_ms;
        let to = self.leg_to_first(platform, sets_out_ms, there_ms);
        let on = self.walk_between(platform, board, there_ms)?;
        Some(to.into_iter().chain([Leg::Walk(on)]).collect())
    }

    /// The walk between two rides, if there is one, or the two of them by way of a platform.
    fn legs_between(
        &self,
        alight: StopIdx,
        by_way: Option<StopIdx>,
        board: StopIdx,
        at_ms: i64,
    ) -> Option<Vec<Leg>> {
        let Some(platform) = by_way else {
            let walks = !self.timetable.is_one_stop(alight, board);
            return match walks {
                true => Some(vec![Leg::Walk(self.walk_between(alight, board, at_ms)?)]),
                false => Some(Vec::new()),
            };
        };
        let to = self.walk_between(alight, platform, at_ms)?;
        let on = self.walk_between(platform, board, to.arrival_ms)?;
        Some(vec![Leg::Walk(to), Leg::Walk(on)])
    }

    /// The footpath from stop to stop, for who sets out at this moment.
    fn walk_between(&self, from: StopIdx, to: StopIdx, at_ms: i64) -> Option<WalkLeg> {
        let path = self.footpath(from, to)?;
        let way = self.way_along(from, to, path.metres);
        let takes_ms = i64::from(stretched(path.seconds, self.walker.slowness)) * 1_000;
        Some(walk_leg(self.stop_at(from), self.stop_at(to), way, (at_ms, at_ms + takes_ms)))
    }

    fn journey(&self, criteria: &Criteria, legs: Vec<Leg>) -> Journey {
        let Criteria { departure_ms, arrival_ms, rides, walk_metres } = *criteria;
        Journey { departure_ms, arrival_ms, rides, walk_metres, legs }
    }

    fn leg_to_first(&self, board: StopIdx, sets_out_ms: i64, leaves_ms: i64) -> Option<Leg> {
        let (from, way) = match &self.from {
            End::Point { reach, .. } => (self.from.place(self), reach.way_to_stop(board, Leads::ToStop)?),
            End::Stop { platforms, .. } => {
                let (from, path) = self.path_to_first(platforms, board)?;
                (self.stop_at(from), self.way_along(from, board, path.metres))
            }
        };
        Some(Leg::Walk(walk_leg(from, self.stop_at(board), way, (sets_out_ms, leaves_ms))))
    }

    fn leg_from_last(&self, alight: StopIdx, at_ms: i64, there_ms: i64) -> Option<Leg> {
        let (to, way) = match &self.to {
            End::Point { reach, .. } => {
                (self.to.place(self), reach.way_to_stop(alight, Leads::FromStop)?.back())
            }
            End::Stop { platforms, .. } => {
                let (to, path) = self.path_from_last(alight, platforms)?;
                (self.stop_at(to), self.way_along(alight, to, path.metres))
            }
        };
        Some(Leg::Walk(walk_leg(self.stop_at(alight), to, way, (at_ms, there_ms))))
    }

    /// The streets of a footpath that is so long; none of them if no street leads there, which is a guess
    /// only where the map has streets at all.
    fn way_along(&self, from: StopIdx, to: StopIdx, metres: u32) -> Way {
        // Pathways lead from platform to platform, no streets.
        let in_station =
            self.is_behind_entrances(from) && self.is_behind_entrances(to) && self.is_one_station(from, to);
        let mapped = !self.streets.nodes.is_empty() && from != to && !in_station;
        // Footpaths were made over the same streets, but rounded.
        let most = metres.saturating_add(50);
        let way = mapped.then(|| self.way_between(&[from], &[to], most));
        match way.flatten() {
            Some(way) if way.metres.abs_diff(metres) <= 50 && !way.estimated => Way { metres, ..way },
            _ => Way { metres, seconds: 0, estimated: mapped, steps: Vec::new() },
        }
    }

    fn ride(&self, zones: &Zones, ride: &Ridden) -> Option<RideLeg> {
        let timetable = &self.timetable;
        let (pattern, trip) = (timetable.pattern(ride.pattern)?, timetable.trip(ride.trip)?);
        let nth = ride.trip.0.checked_sub(pattern.first_trip.0)?;
        let times = timetable.times_of(pattern, nth);
        let (from, to) = (times.get(ride.board as usize)?, times.get(ride.alight as usize)?);
        let start_s = day_start_s(&zones.of_line(pattern.line), ride.service_day)?;
        let ms = |seconds: u32| (start_s + i64::from(after(0, seconds))) * 1_000;
        let (departure_ms, arrival_ms) = (ms(from.departure_s), ms(to.arrival_s));
        let line = timetable.line(pattern.line)?;
        let by_timetable = timetable.origin(ride.trip).and_then(|origin| {
            let (_, times) = timetable.trip_times(origin)?;
            let (from, to) = (times.get(ride.board as usize)?, times.get(ride.alight as usize)?);
            Some((ms(from.departure_s), ms(to.arrival_s)))
        });
        let stops = timetable.stops_of(pattern);
        let (boards, alights) = (stops.get(ride.board as usize)?, stops.get(ride.alight as usize)?);
        let predicted = |position: u32| timetable.is_predicted(pattern, position);
        let live = timetable.is_laid(ride.trip)
            && (by_timetable.is_none() || predicted(ride.board) || predicted(ride.alight));
        let on_the_way = (ride.board as usize + 1..ride.alight as usize).filter_map(|position| {
            let (stop, time) = (stops.get(position)?, times.get(position)?);
            let name = timetable.name(timetable.stop(stop.stop)?.name).to_owned();
            Some(StopCall { name, arrival_ms: ms(time.arrival_s), departure_ms: ms(time.departure_s) })
        });
        let (colour, text_colour) = colours(line);
        Some(RideLeg {
            line: line_name(timetable, line),
            line_id: timetable.text(line.id).to_owned(),
            colour,
            text_colour,
            mode: line.mode,
            headsign: timetable.name(trip.headsign).to_owned(),
            trip_id: timetable.text(trip.id).to_owned(),
            service_day: ride.service_day,
            from_stop: self.stop_at(self.boards_at(ride)),
            to_stop: self.stop_at(self.alights_at(ride)),
            departure_ms,
            arrival_ms,
            stops_between: (ride.alight - ride.board).saturating_sub(1),
            between: on_the_way.collect(),
            headway_s: trip.headway_s,
            live,
            timetable_departure_ms: by_timetable.map(|(departure, _)| departure),
            timetable_arrival_ms: by_timetable.map(|(_, arrival)| arrival),
            stay_seated: ride.seated,
            wheelchair: Wheelchair::of(trip.wheelchair),
            boarding: Halt::of(boards.pickup),
            alighting: Halt::of(alights.drop_off),
        })
    }

    fn stop_at(&self, stop: StopIdx) -> StopAt {
        stop_at(&self.timetable, stop)
    }
}

impl<'a> End<'a> {
    fn of(
        timetable: &Timetable<'a>,
        streets: &Streets<'a>,
        endpoint: &Endpoint,
        walker: Walker,
    ) -> Result<End<'a>, PlanError> {
        match endpoint {
            Endpoint::Stop { id } => {
                let stop = find_stop(timetable, id).ok_or(PlanError::UnknownStop { id: id.clone() })?;
                Ok(End::Stop { stop, platforms: platforms_of(timetable, stop) })
            }
            Endpoint::Point { point, name } => {
                let point = Point::new(point.lat, point.lon).ok_or(PlanError::NotOnEarth)?;
                let reach = Box::new(Reach::of_point(timetable, streets, point, walker));
                Ok(End::Point { point, name: name.clone(), reach })
            }
        }
    }

    fn place(&self, legs: &Legs<'_>) -> StopAt {
        match self {
            End::Stop { stop, .. } => legs.stop_at(*stop),
            End::Point { point, name, .. } => {
                StopAt { name: name.clone(), point: *point, ..StopAt::default() }
            }
        }
    }
}

impl OnFoot {
    pub(super) fn by(walk: &Access) -> OnFoot {
        OnFoot { seconds: walk.seconds, metres: walk.metres }
    }

    fn of(way: &Way) -> OnFoot {
        OnFoot { seconds: way.seconds, metres: way.metres }
    }
}

/// How far a stop is, out of walks sorted by stop; 0 if it is not among them.
fn metres_of(walks: &[Access], stop: StopIdx) -> u32 {
    let at = walks.binary_search_by_key(&stop, |walk| walk.stop);
    at.ok().and_then(|at| walks.get(at)).map_or(0, |walk| walk.metres)
}

/// Each stop once, with its quickest walk.
fn quickest(mut walks: Vec<Access>) -> Vec<Access> {
    order::sort_by_key(&mut walks, |walk| (walk.stop, walk.seconds));
    walks.dedup_by_key(|walk| walk.stop);
    walks
}

fn walk_leg(from: StopAt, to: StopAt, way: Way, (departure_ms, arrival_ms): (i64, i64)) -> WalkLeg {
    WalkLeg {
        from_name: from.name,
        to_name: to.name,
        from: from.point,
        to: to.point,
        metres: way.metres,
        departure_ms,
        arrival_ms,
        estimated: way.estimated,
        steps: way.steps,
    }
}
