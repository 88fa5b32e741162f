//! An exhaustive connection scan and a Dijkstra over the time-expanded network, which share no code with
//! RAPTOR nor with one another, and what they say about thousands of random little networks: loops,
//! overtaking, trips past midnight, stops where nobody gets on or off.
//!
//! The scan keeps the networks as they were drawn, and knows their zone by heart: Aqtobe was five hours
//! ahead of UTC on all of these days.

mod asked;
mod by_way;
mod expanded;
mod live;
mod rules;
mod walking;

use super::days::{ServiceDays, Zones};
use super::mc::McRaptor;
use super::raptor::{Access, Asked, Avoided, Found, MOST_RIDES, Raptor, Scratch};
use crate::city::build::timetable::{NewLine, NewStop, NewStopTime, NewTrip, TimetableBuilder};
use crate::city::timetable::{Arrays, StopIdx, Timetable};
use proptest::prelude::*;
use std::collections::BTreeSet;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// 2024-05-10.
const TODAY: i64 = 19_853;

#[derive(Clone, Debug)]
struct Network {
    trips: Vec<DrawnTrip>,
    /// From, to, seconds, metres; one a pair.
    walks: Vec<(usize, usize, u32, u32)>,
    change_s: Vec<u32>,
    /// Whether a wheelchair gets to the vehicles at a stop, as GTFS has it: 2 is no.
    wheelchair: Vec<u8>,
    /// Trips whose vehicle goes on as another one, today or tomorrow.
    goes_on: Vec<(usize, usize)>,
    rules: Vec<rules::DrawnRule>,
}

#[derive(Clone, Debug)]
struct DrawnTrip {
    halts: Vec<DrawnHalt>,
    /// Days from today, which is 0.
    days: BTreeSet<i32>,
}

#[derive(Clone, Copy, Debug)]
struct DrawnHalt {
    stop: usize,
    arrival_s: u32,
    departure_s: u32,
    boards: bool,
    alights: bool,
}

/// One vehicle from one halt to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Connection {
    departure: i64,
    vehicle: usize,
    trip: usize,
    nth: usize,
    arrival: i64,
    from: usize,
    to: usize,
    boards: bool,
    alights: bool,
}

/// Departure, arrival, rides, metres on foot; 0 where walking is not compared.
type Point = (i64, i64, usize, u32);

/// Arrival, rides, metres.
type Answer = (i64, usize, u32);

impl Network {
    fn connections(&self) -> (Vec<Connection>, usize) {
        let (mut all, mut vehicle) = (Vec::new(), 0);
        for (number, trip) in self.trips.iter().enumerate() {
            for day in &trip.days {
                let midnight = (TODAY + i64::from(*day)) * DAY - 5 * HOUR;
                for (nth, pair) in trip.halts.windows(2).enumerate() {
                    all.push(Connection {
                        departure: midnight + i64::from(pair[0].departure_s),
                        arrival: midnight + i64::from(pair[1].arrival_s),
                        vehicle,
                        trip: number,
                        nth,
                        from: pair[0].stop,
                        to: pair[1].stop,
                        boards: pair[0].boards,
                        alights: pair[1].alights,
                    });
                }
                vehicle += 1;
            }
        }
        all.sort_unstable();
        (all, vehicle)
    }

    /// The vehicles that go on as another one, by their numbers.
    fn joins(&self) -> Vec<(usize, usize)> {
        let before = |trip: usize| self.trips[..trip].iter().map(|trip| trip.days.len()).sum::<usize>();
        let number = |trip: usize, day: i32| {
            let nth = self.trips[trip].days.iter().position(|&of| of == day)?;
            Some(before(trip) + nth)
        };
        let mut joins = Vec::new();
        for &(from, to) in &self.goes_on {
            let ends_s = i64::from(self.trips[from].halts.last().expect("a halt").arrival_s);
            let begins_s = i64::from(self.trips[to].halts[0].departure_s);
            let later = i32::from(begins_s < ends_s);
            if begins_s + i64::from(later) * DAY < ends_s {
                continue;
            }
            let pairs = self.trips[from].days.iter();
            joins.extend(pairs.filter_map(|&day| Some((number(from, day)?, number(to, day + later)?))));
        }
        joins
    }

    /// The least seconds to walk between two stops without riding; 0 to itself.
    fn walk(&self, from: usize, to: usize) -> Option<i64> {
        let walks = self.walks.iter().filter(|walk| (walk.0, walk.1) == (from, to));
        let least = walks.map(|walk| i64::from(walk.2)).min();
        if from == to { Some(0) } else { least }
    }

    fn metres(&self, from: usize, to: usize) -> u32 {
        let walk = self.walks.iter().find(|walk| from != to && (walk.0, walk.1) == (from, to));
        walk.map_or(0, |walk| walk.3)
    }

    /// For each number of rides that gets there sooner than fewer do: (arrival, rides).
    fn scan(&self, from: usize, to: usize, departure: i64, latest: i64) -> Vec<(i64, usize)> {
        let stops = self.change_s.len();
        let ((connections, vehicles), joins) = (self.connections(), self.joins());
        let mut ready: Vec<Option<i64>> =
            (0..stops).map(|stop| self.walk(from, stop).map(|walk| departure + walk)).collect();
        let mut ruled: Vec<Vec<Option<i64>>> = vec![vec![None; self.trips.len()]; stops];
        let (mut best, mut answers) = (latest + 1, Vec::new());
        for rides in 1..=MOST_RIDES {
            let mut there: Vec<Vec<Option<i64>>> = vec![vec![None; self.trips.len()]; stops];
            let mut stayed = vec![false; vehicles];
            loop {
                let mut aboard = stayed.clone();
                for c in &connections {
                    let mut readies = ready[c.from].into_iter().chain(ruled[c.from][c.trip]);
                    aboard[c.vehicle] |= c.boards && readies.any(|ready| ready <= c.departure);
                    if aboard[c.vehicle] && c.alights {
                        let there = &mut there[c.to][c.trip];
                        *there = there.iter().copied().chain([c.arrival]).min();
                    }
                }
                let more = joins.iter().filter(|join| aboard[join.0] && !stayed[join.1]);
                let more: Vec<usize> = more.map(|join| join.1).collect();
                if more.is_empty() {
                    break;
                }
                more.iter().for_each(|&vehicle| stayed[vehicle] = true);
            }
            let ends = (0..stops)
                .filter_map(|stop| Some(there[stop].iter().flatten().min()? + self.walk(stop, to)?));
            if let Some(arrival) = ends.min().filter(|&arrival| arrival < best) {
                best = arrival;
                answers.push((arrival, rides));
            }
            for (other, of_trip) in there.iter().enumerate() {
                for (trip, at) in of_trip.iter().enumerate().filter_map(|(trip, at)| Some((trip, (*at)?))) {
                    for stop in 0..stops {
                        if !self.is_ruled(other, stop) {
                            let changed = self.change((trip, 0), (other, stop)).map(|takes| at + takes);
                            ready[stop] = ready[stop].into_iter().chain(changed).min();
                            continue;
                        }
                        for (next, known) in ruled[stop].iter_mut().enumerate() {
                            let changed = self.change((trip, next), (other, stop)).map(|takes| at + takes);
                            *known = known.iter().copied().chain(changed).min();
                        }
                    }
                }
            }
        }
        answers
    }

    /// The Pareto set of all departures in a span that arrive by `latest`; what leaves later
    /// counts against it.
    fn range(
        &self,
        ends: (usize, usize),
        span: (i64, i64),
        answers_at: impl Fn(i64) -> Vec<Answer>,
    ) -> Vec<Point> {
        let (connections, _) = self.connections();
        let sets_out = |c: &Connection| Some(c.departure - self.walk(ends.0, c.from)?).filter(|_| c.boards);
        self.pareto(connections.iter().filter_map(sets_out).collect(), span, answers_at)
    }

    /// The same for all that set out at these moments.
    fn pareto(
        &self,
        mut moments: BTreeSet<i64>,
        (from_s, until_s): (i64, i64),
        answers_at: impl Fn(i64) -> Vec<Answer>,
    ) -> Vec<Point> {
        moments.retain(|&moment| moment >= from_s && moment < until_s);
        let mut points = Vec::new();
        for moment in moments.into_iter().chain([until_s]) {
            let answers = answers_at(moment);
            points
                .extend(answers.into_iter().map(|(arrival, rides, metres)| (moment, arrival, rides, metres)));
        }
        let beats = |a: &Point, b: &Point| a != b && a.0 >= b.0 && a.1 <= b.1 && a.2 <= b.2 && a.3 <= b.3;
        let mut pareto: Vec<Point> =
            points.iter().filter(|b| b.0 < until_s && !points.iter().any(|a| beats(a, b))).copied().collect();
        pareto.sort_unstable();
        pareto
    }

    fn scan_range(&self, ends: (usize, usize), from_s: i64, until_s: i64, latest: i64) -> Vec<Point> {
        self.range(ends, (from_s, until_s), |moment| {
            let answers = self.scan(ends.0, ends.1, moment, latest).into_iter();
            answers.map(|(arrival, rides)| (arrival, rides, 0)).collect()
        })
    }

    fn arrays(&self) -> Arrays {
        let mut builder = TimetableBuilder::new();
        let names: Vec<String> =
            (0..self.change_s.len().max(self.trips.len())).map(|n| n.to_string()).collect();
        for (name, (change_s, &wheelchair)) in names.iter().zip(self.change_s.iter().zip(&self.wheelchair)) {
            // So far from one another that nobody walks where no walk is drawn.
            let point = crate::geo::Point { lat: 47.0, lon: 50.0 + 0.3 * builder.stops().len() as f64 };
            let stop = builder.stop(NewStop { id: name, name, point, wheelchair, ..NewStop::default() });
            builder.change_s(stop, *change_s);
        }
        let time_zone = "Asia/Aqtobe";
        let lines = [("even", 0), ("odd", 3)]
            .map(|(id, mode)| builder.line(NewLine { id, mode, time_zone, ..NewLine::default() }));
        let mut berths = self.berths(&names, &mut builder);
        for (number, (name, trip)) in names.iter().zip(&self.trips).enumerate() {
            let (line, id) = (lines[number % 2], builder.text(name));
            let service = builder.service(trip.days.iter().map(|day| TODAY as i32 + day));
            let new = NewTrip {
                line,
                service,
                id: name,
                headsign: "",
                block: "",
                direction: 2,
                wheelchair: 0,
                headway_s: 0,
                shape: None,
            };
            let mut berth = |stop: usize| {
                berths.berth(&mut builder, line, id, StopIdx(stop as u32)).expect("room for a berth")
            };
            let halt = |halt: &DrawnHalt| NewStopTime {
                stop: berth(halt.stop),
                arrival_s: halt.arrival_s,
                departure_s: halt.departure_s,
                pickup: u8::from(!halt.boards),
                drop_off: u8::from(!halt.alights),
            };
            let halts: Vec<NewStopTime> = trip.halts.iter().map(halt).collect();
            builder.trip(new, &halts).expect("a trip that runs forward");
        }
        let walks = self.walks.iter().filter(|walk| walk.0 != walk.1);
        let path = |walk: &(usize, usize, u32, u32)| {
            (StopIdx(walk.0 as u32), StopIdx(walk.1 as u32), walk.2, walk.3)
        };
        let paths: Vec<_> = walks.map(path).collect();
        berths.lay_out(&mut builder, &paths, |_, _| 0.0, |_| 0);
        for &(from, to) in &self.goes_on {
            builder.in_seat(&names[from], &names[to], true);
        }
        builder.finish()
    }

    fn walks(
        &self,
        timetable: &Timetable<'_>,
        walk: impl Fn(usize) -> Option<i64>,
        metres: impl Fn(usize) -> u32,
    ) -> Vec<Access> {
        let access = |stop: StopIdx| {
            let drawn = drawn(timetable, stop);
            Some(Access { stop, seconds: walk(drawn)? as u32, metres: metres(drawn), by_way: StopIdx::NONE })
        };
        (0..).map(StopIdx).take(timetable.stops.len()).filter_map(access).collect()
    }

    /// That a passenger can travel so: each ride is one of a drawn trip, on a day of it, and there is time
    /// for each change.
    fn check(&self, timetable: &Timetable<'_>, ends: (usize, usize), origin_s: i64, found: &Found) {
        let (mut at, mut stop) = (origin_s + i64::from(found.departure), ends.0);
        let mut came_by = None;
        for (nth, ride) in found.rides.iter().enumerate() {
            let id = timetable.text(timetable.trip(ride.trip).expect("a trip").id);
            let number = id.parse::<usize>().expect("its number");
            let (trip, before) = (&self.trips[number], came_by.replace(number));
            assert!(trip.days.contains(&(ride.service_day - TODAY as i32)), "runs on that day");
            let midnight = i64::from(ride.service_day) * DAY - 5 * HOUR;
            let (board, alight) = (trip.halts[ride.board as usize], trip.halts[ride.alight as usize]);
            let stays = found.rides.get(nth + 1).is_some_and(|next| next.seated);
            assert!(ride.board < ride.alight && (alight.alights || stays) && (board.boards || ride.seated));
            if ride.seated {
                let before = &found.rides[nth - 1];
                let id = timetable.text(timetable.trip(before.trip).expect("a trip").id);
                let from = &self.trips[id.parse::<usize>().expect("its number")];
                assert_eq!((before.alight as usize, ride.board), (from.halts.len() - 1, 0));
                assert!(at <= midnight + i64::from(board.departure_s), "no time travel");
                (at, stop) = (midnight + i64::from(alight.arrival_s), alight.stop);
                continue;
            }
            let walk = match before {
                None => self.walk(stop, board.stop),
                Some(before) => self.change((before, number), (stop, board.stop)),
            };
            let walk = walk.expect("a walk");
            let leaves = midnight + i64::from(board.departure_s);
            assert!(at + walk <= leaves, "catches ride {nth}");
            if nth == 0 {
                assert_eq!(at + walk, leaves, "sets out no sooner than need be");
                assert_eq!(drawn(timetable, found.access), board.stop);
            }
            (at, stop) = (midnight + i64::from(alight.arrival_s), alight.stop);
        }
        assert_eq!(drawn(timetable, found.egress), stop);
        let there = at + self.walk(stop, ends.1).expect("a walk");
        assert_eq!(there, origin_s + i64::from(found.arrival), "arrives when it says");
    }
}

impl Network {
    /// How far the passenger walks on a journey.
    fn walked(&self, timetable: &Timetable<'_>, ends: (usize, usize), found: &Found) -> u32 {
        let (mut stop, mut metres) = (ends.0, 0);
        for ride in &found.rides {
            let pattern = timetable.pattern(ride.pattern).expect("a pattern");
            let stops = timetable.stops_of(pattern);
            if !ride.seated {
                metres += self.metres(stop, drawn(timetable, stops[ride.board as usize].stop));
            }
            stop = drawn(timetable, stops[ride.alight as usize].stop);
        }
        metres + self.metres(stop, ends.1)
    }
}

/// The drawn stop that a stop of the timetable is, or is a berth of.
fn drawn(timetable: &Timetable<'_>, stop: StopIdx) -> usize {
    timetable.text(timetable.stops[stop.at()].id).parse().expect("its number")
}

impl Network {
    /// What a search finds between two stops over a timetable of this network.
    fn ask(
        &self,
        timetable: Timetable<'_>,
        ends: (usize, usize),
        (origin_s, (from, until)): (i64, (i64, i64)),
        latest: i64,
        search: impl FnOnce(Asked<'_>) -> Vec<Found>,
    ) -> Vec<Found> {
        let zones = Zones::of(&timetable).expect("a known zone");
        let days =
            ServiceDays::around(&timetable, &zones, origin_s, from as i32, until as i32).expect("2024");
        let (from, to) = ends;
        let access = self.walks(&timetable, |stop| self.walk(from, stop), |stop| self.metres(from, stop));
        let egress = self.walks(&timetable, |stop| self.walk(stop, to), |stop| self.metres(stop, to));
        search(Asked {
            timetable,
            days: &days,
            access: &access,
            egress: &egress,
            avoided: &Avoided::default(),
            step_free: false,
            slowness: 1.0,
            most_metres: u32::MAX,
            compare_walking: true,
            via: None,
            earliest: from as i32,
            latest: latest as i32,
        })
    }
}

/// RAPTOR's answers for one network.
struct Rode<'n> {
    network: &'n Network,
    ends: (usize, usize),
    arrays: Arrays,
}

impl Rode<'_> {
    /// Runs a search and checks every journey that it finds.
    fn points(
        &self,
        origin_s: i64,
        span: (i64, i64),
        latest: i64,
        search: impl FnOnce(&mut Raptor<'_, '_>) -> Vec<Found>,
    ) -> Vec<Point> {
        let points =
            self.found(origin_s, span, latest, |asked, scratch| search(&mut Raptor::new(asked, scratch)));
        let mut points: Vec<Point> = points.into_iter().map(|p| (p.0, p.1, p.2, 0)).collect();
        points.sort_unstable();
        points
    }

    /// The same with walking compared.
    fn walking_points(
        &self,
        origin_s: i64,
        span: (i64, i64),
        latest: i64,
        search: impl FnOnce(&mut McRaptor<'_, '_>) -> Vec<Found>,
    ) -> Vec<Point> {
        self.found(origin_s, span, latest, |asked, scratch| search(&mut McRaptor::new(asked, scratch)))
    }

    fn found(
        &self,
        origin_s: i64,
        span: (i64, i64),
        latest: i64,
        search: impl FnOnce(Asked<'_>, &mut Scratch) -> Vec<Found>,
    ) -> Vec<Point> {
        let timetable = self.arrays.timetable();
        let search = |asked: Asked<'_>| search(asked, &mut Scratch::default());
        let found = self.network.ask(timetable, self.ends, (origin_s, span), latest, search);
        found.iter().for_each(|found| self.network.check(&timetable, self.ends, origin_s, found));
        let moment = |time: i32| origin_s + i64::from(time);
        let point = |found: &Found| {
            let metres = self.network.walked(&timetable, self.ends, found);
            assert!([0, metres].contains(&found.walk_metres), "walks as far as it says");
            (moment(found.departure), moment(found.arrival), found.boardings(), metres)
        };
        let mut points: Vec<Point> = found.iter().map(point).collect();
        points.sort_unstable();
        points
    }
}

fn halts(stops: usize) -> impl Strategy<Value = Vec<DrawnHalt>> {
    // Coarse times make ties, which are where mistakes hide.
    let halt = (0..stops, 0..6_u32, 0..3_u32, prop::bool::weighted(0.85), prop::bool::weighted(0.85));
    (0..49_u32 * 6, prop::collection::vec(halt, 2..6)).prop_map(|(begins, halts)| {
        let mut time_s = begins * 600;
        let drawn = halts.into_iter().map(|(stop, drives, waits, boards, alights)| {
            let arrival_s = time_s + drives * 300;
            time_s = arrival_s + waits * 150;
            DrawnHalt { stop, arrival_s, departure_s: time_s, boards, alights }
        });
        drawn.collect()
    })
}

fn network() -> impl Strategy<Value = Network> {
    (2..7_usize).prop_flat_map(|stops| {
        let days = prop::collection::btree_set(-2..3, 1..5);
        // Several trips over the same stops, a while apart, so that there are patterns to search.
        let every = |(gap, count)| (1..count).map(|nth| (nth * gap, 0)).collect::<Vec<_>>();
        let again = prop_oneof![
            prop::collection::vec((0..12_u32, 0..3_u32), 0..4),
            (1..4_u32, 2..8_u32).prop_map(every)
        ];
        let trips = (halts(stops), days, again).prop_map(|(halts, days, again)| {
            let shifted = |(later, slower): (u32, u32)| {
                let mut extra_s = later * 300;
                let halts = halts.iter().map(|halt| {
                    let halt = DrawnHalt {
                        arrival_s: halt.arrival_s + extra_s,
                        departure_s: halt.departure_s + extra_s,
                        ..*halt
                    };
                    extra_s += slower * 300;
                    halt
                });
                DrawnTrip { halts: halts.collect(), days: days.clone() }
            };
            std::iter::once((0, 0)).chain(again).map(shifted).collect::<Vec<_>>()
        });
        // A walk of many metres may be quick, so that no order of the two is taken for granted.
        let walks = prop::collection::btree_map((0..stops, 0..stops), (0..8_u32, 0..4_u32), 0..6);
        let change_s = prop::collection::vec((0..4_u32).prop_map(|long| long * 150), stops);
        let goes_on =
            prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..9);
        let wheelchair = prop::collection::vec(prop_oneof![3 => Just(0), 1 => Just(1), 1 => Just(2)], stops);
        let at_stops = (change_s, wheelchair);
        let drawn = (prop::collection::vec(trips, 1..9), walks, at_stops, goes_on, rules::rules(stops));
        drawn.prop_map(|(trips, walks, (change_s, wheelchair), goes_on, rules)| {
            let trips: Vec<DrawnTrip> = trips.into_iter().flatten().collect();
            let pairs = goes_on.iter().map(|(from, to)| (from.index(trips.len()), to.index(trips.len())));
            Network {
                goes_on: pairs.filter(|(from, to)| from != to).collect(),
                walks: walks.into_iter().map(|((a, b), (long, far))| (a, b, long * 100, far * 70)).collect(),
                trips,
                change_s,
                wheelchair,
                rules,
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn raptor_and_the_exhaustive_scan_agree_on_every_departure(
        network in network(),
        (from, to) in (0..2_usize, 0..2_usize),
        hour in 0..24_i64,
    ) {
        let origin_s = TODAY * DAY - 5 * HOUR + hour * HOUR;
        let rode = Rode { network: &network, ends: (from, to), arrays: network.arrays() };
        let points = rode.points(origin_s, (0, DAY), DAY, |raptor| raptor.run(0));
        let mut points: Vec<_> = points.into_iter().map(|(_, arrival, rides, _)| (arrival, rides)).collect();
        points.sort_unstable_by_key(|&(_, rides)| rides);
        prop_assert_eq!(points, network.scan(from, to, origin_s, origin_s + DAY));
    }

    #[test]
    fn raptor_and_the_exhaustive_scan_agree_on_ranges(
        network in network(),
        hour in 0..24_i64,
        hours in 1..8_i64,
    ) {
        let origin_s = TODAY * DAY - 5 * HOUR + hour * HOUR;
        let rode = Rode { network: &network, ends: (0, 1), arrays: network.arrays() };
        let until = (hours * HOUR) as i32;
        let points = rode.points(origin_s, (0, DAY), DAY, |raptor| raptor.range(0, until).0);
        let scanned = network.scan_range((0, 1), origin_s, origin_s + hours * HOUR, origin_s + DAY);
        prop_assert_eq!(points, scanned);
    }

    #[test]
    fn raptor_and_the_exhaustive_scan_agree_on_arrivals(network in network(), hour in 0..24_i64) {
        let origin_s = TODAY * DAY - 5 * HOUR + hour * HOUR;
        let rode = Rode { network: &network, ends: (0, 1), arrays: network.arrays() };
        let points = rode.points(origin_s, (-DAY, 0), 0, |raptor| {
            raptor.backwards(-DAY as i32, 1)
        });
        let scanned = network.scan_range((0, 1), origin_s - DAY, origin_s + 1, origin_s);
        prop_assert_eq!(points, scanned);
    }

    #[test]
    fn both_oracles_and_the_planner_agree_with_walking_compared(network in network(), hour in 0..24_i64) {
        let origin_s = TODAY * DAY - 5 * HOUR + hour * HOUR;
        let scanned = network.scan_walking(0, 1, origin_s, origin_s + DAY);
        prop_assert_eq!(&scanned, &network.expand(0, 1, origin_s, origin_s + DAY), "the oracles agree");
        let rode = Rode { network: &network, ends: (0, 1), arrays: network.arrays() };
        let points = rode.walking_points(origin_s, (0, DAY), DAY, |raptor| raptor.run(0));
        let mut points: Vec<Answer> = points.into_iter().map(|p| (p.1, p.2, p.3)).collect();
        points.sort_unstable();
        prop_assert_eq!(points, scanned);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn both_oracles_and_the_planner_agree_on_the_whole_pareto_set(
        network in network(),
        hour in 0..24_i64,
        hours in 1..8_i64,
    ) {
        let origin_s = TODAY * DAY - 5 * HOUR + hour * HOUR;
        let rode = Rode { network: &network, ends: (0, 1), arrays: network.arrays() };
        let until = (hours * HOUR) as i32;
        let points = rode.walking_points(origin_s, (0, DAY), DAY, |raptor| raptor.range(0, until).0);
        let (span, latest) = ((origin_s, origin_s + hours * HOUR), origin_s + DAY);
        let scanned = network.range((0, 1), span, |moment| network.scan_walking(0, 1, moment, latest));
        let expanded = network.range((0, 1), span, |moment| network.expand(0, 1, moment, latest));
        prop_assert_eq!(&scanned, &expanded, "the oracles agree");
        prop_assert_eq!(points, scanned);
    }
}
