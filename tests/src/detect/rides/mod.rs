//! Draws cases from seeds: a passenger of a run of a city's traffic, the phone's receiver, the city's feed.
//!
//! A seed and a scenario name a case. Some rides share a window of traffic, since that is dear to make. What confuses
//! is drawn from `constants`, which were frozen before the first judging seed; `way` is where the phone truly is,
//! `receive` what it learns, `scenario` what may confuse. No detector is known here.

mod constants;
mod receive;
mod scenario;
mod way;

pub use scenario::Scenario;

use super::case::{Case, DueRow, PhoneRow, Ridden};
use crate::world::dice::Dice;
use crate::world::traffic::{Dense, Halt, Network, RunIdx, Traffic, Window, densest};
use constants as of;
use jol_core::city::timetable::Timetable;
use jol_core::detect::Due;
use jol_core::geo::Point;
use jol_core::plan::Zones;
use receive::{Feed, Phone, Reporter};
use serde_json::Map;
use std::collections::HashSet;
use way::{Piece, Way};

/// How often other chances are tried in a window, and how many windows, before a seed has no case.
const TRIES: usize = 600;
const WINDOWS: u64 = 12;
/// What a feed says of where buses are is as old as this.
const FEED_LATE_MS: i64 = 20_000;
/// Slower than this, one can board, in metres a second.
const SLOW_MPS: f32 = 1.5;
/// Whether a bus is near is looked at so often, in ms.
const LOOK_MS: i64 = 30_000;

/// Rides through a city.
#[derive(Debug)]
pub struct Rides<'n> {
    network: &'n Network,
    dense: Dense,
    /// Its timetable, of which the phone has the same: a passenger's app looks up which buses are due.
    pack: Option<(&'n Timetable<'n>, &'n Zones)>,
    /// The feed has so many buses at least: copies of those that are near, minutes later and under other names.
    buses: usize,
}

/// A drawn case.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The case.
    pub case: Case,
    /// How many buses truly were within a kilometre when the passenger's set out, the own one included.
    pub within_km: usize,
    /// How many report.
    pub in_feed: usize,
}

/// Where somebody boards.
#[derive(Clone, Copy, Debug)]
struct Boarding {
    run: RunIdx,
    stop: usize,
    halt: Halt,
}

/// A window of traffic, and where one can board in it.
struct Stage<'n> {
    traffic: Traffic<'n>,
    boardings: Vec<Boarding>,
}

impl<'n> Rides<'n> {
    /// Rides where most buses of a city are; `buses` of them are in the feed at least. None if no bus runs.
    pub fn new(network: &'n Network, buses: usize) -> Option<Rides<'n>> {
        Some(Rides { network, dense: densest(network)?, pack: None, buses })
    }

    /// The phone has this pack, which the network is made of.
    pub fn with_pack(self, timetable: &'n Timetable<'n>, zones: &'n Zones) -> Rides<'n> {
        Rides { pack: Some((timetable, zones)), ..self }
    }

    /// Where and when most buses are.
    pub fn dense(&self) -> Dense {
        self.dense
    }

    /// The seeds that share a window with this one, from it on.
    pub fn batch(seed: u64) -> u64 {
        of::RIDES_A_WINDOW - seed % of::RIDES_A_WINDOW
    }

    /// The cases of these seeds, in their order; none for a seed that finds no such ride in a dozen windows.
    pub fn draw(&self, scenario: Scenario, seeds: impl Iterator<Item = u64>) -> Vec<Option<Drawn>> {
        let mut stage: Option<(u64, Stage<'n>)> = None;
        let one = |seed: u64| {
            let block = seed / of::RIDES_A_WINDOW;
            if stage.as_ref().is_none_or(|(known, _)| *known != block) {
                stage = Some((block, self.stage(scenario, block, 0)));
            }
            let first = stage.as_ref().and_then(|(_, stage)| self.case(stage, scenario, seed));
            first.or_else(|| {
                (1..WINDOWS).find_map(|other| self.case(&self.stage(scenario, block, other), scenario, seed))
            })
        };
        seeds.map(one).collect()
    }

    fn stage(&self, scenario: Scenario, block: u64, nth: u64) -> Stage<'n> {
        let mut dice = Dice::new(block, &format!("window {nth} of {}", scenario.name()));
        let off_ms = (dice.between(-of::AROUND_MIN, of::AROUND_MIN) * 60_000.0) as i64;
        let begin_ms = (self.dense.at_ms + off_ms).div_euclid(1_000) * 1_000 - of::WINDOW_S as i64 * 500;
        let mood = scenario.mood(&mut dice);
        let window = Window { seed: dice.next(), begin_ms, seconds: of::WINDOW_S, mood };
        let traffic = Traffic::new(self.network, window);
        let boardings = boardings(&traffic, &self.dense, scenario == Scenario::Terminal);
        Stage { traffic, boardings }
    }

    fn case(&self, stage: &Stage<'n>, scenario: Scenario, seed: u64) -> Option<Drawn> {
        if stage.boardings.is_empty() {
            return None;
        }
        let mut dice = Dice::new(seed, &format!("ride {}", scenario.name()));
        (0..TRIES).find_map(|_| {
            let boarding = *dice.pick(&stage.boardings);
            let found = scenario.fits(stage, &boarding)?;
            let mut ride = Ride::new(stage, scenario, boarding, &mut dice)?;
            ride.params.extend(found);
            Some(self.drawn(stage, scenario, seed, ride, &mut dice))
        })
    }

    fn drawn(&self, stage: &Stage<'n>, scenario: Scenario, seed: u64, ride: Ride, dice: &mut Dice) -> Drawn {
        let traffic = &stage.traffic;
        let Ride { boarding, zero_ms, way, truth, t_ref, mut params } = ride;
        let (mut phone, mut feed) = (Phone::draw(dice), Feed::draw(dice));
        match scenario {
            Scenario::Tunnel => {
                let from = of::BOARDS_S + dice.between(of::TUNNEL_AFTER_S.0, of::TUNNEL_AFTER_S.1);
                let lasts = dice.between(of::TUNNEL_S.0, of::TUNNEL_S.1);
                phone.tunnel = Some((from, from + lasts));
                params.push(("dark", lasts));
            }
            Scenario::SlowFeed => (feed.every_s, feed.latency_s) = (of::SLOW_REPORTS_S, of::SLOW_LATENCY_S),
            Scenario::ClockSkew => {
                let sign = if dice.chance(0.5) { 1.0 } else { -1.0 };
                phone.skew_s = sign * dice.between(of::CLOCK_SKEW_S.0, of::CLOCK_SKEW_S.1).round();
            }
            _ => {}
        }
        let own = traffic.bus_of(boarding.run);
        let is_silent = matches!(scenario, Scenario::NoFeed | Scenario::GhostBunch);
        let mut reporters = reporters(traffic, &way, zero_ms);
        let depart_ms = zero_ms + (t_ref * 1_000.0) as i64;
        let here = way.at(traffic, depart_ms);
        let metres = |bus: usize| traffic.seen(bus, depart_ms).map(|seen| seen.point.metres_to(here));
        let within = |bus: &Reporter| metres(bus.bus).is_some_and(|metres| metres <= 1_000.0);
        let within_km = reporters.iter().filter(|bus| within(bus)).count();
        if is_silent {
            reporters.retain(|reporter| reporter.bus != own);
        }
        if scenario == Scenario::SwappedId {
            swap(&mut reporters, own, |bus| metres(bus).filter(|metres| *metres <= of::SWAPPED_M));
        }
        add_copies(&mut reporters, self.buses, traffic.bus_of(boarding.run));
        let phone_rows = phone.fixes(dice, traffic, &way, zero_ms);
        let feed_rows = feed.reports(dice, traffic, &reporters, zero_ms, phone.skew_s);
        let opens = if scenario.is_null() { of::OPENS_ON_NO_BUS_S } else { of::OPENS_S };
        let t_open = of::BOARDS_S + dice.between(opens.0, opens.1);
        // All by the phone's clock.
        let told = |true_s: f64| ((true_s + phone.skew_s) * 100.0).round() / 100.0;
        let in_feed = |bus: usize| reporters.iter().any(|reporter| reporter.bus == bus);
        let ridden = |(bus, from, until): (Option<usize>, f64, f64)| Ridden {
            veh: bus.map(|bus| traffic.vehicle(bus).vehicle.clone()),
            f: told(from),
            t: told(until),
            in_feed: bus.is_some_and(in_feed),
        };
        // A feed has all buses of the city, far ones too.
        let on_the_road = |at_ms: i64| -> HashSet<String> {
            let others = (0..traffic.buses()).filter(|bus| !is_silent || *bus != own);
            let seen = others.filter_map(|bus| traffic.seen(bus, at_ms - FEED_LATE_MS));
            seen.map(|seen| traffic.trip(seen.run)).collect()
        };
        let due = self.pack.map(|pack| due(pack, &phone_rows, (zero_ms, phone.skew_s), on_the_road));
        let case = Case {
            id: format!("{}-{seed}", scenario.name()),
            scenario: scenario.name(),
            ride: format!("trip {}, stop {}", traffic.trip(boarding.run), boarding.stop),
            params: Map::from_iter(params.into_iter().map(|(name, value)| (name.to_owned(), value.into()))),
            phone_dt: phone.dt_s,
            sigma: phone.sigma,
            feed_iv: feed.every_s,
            stamped: feed.stamped,
            skew: phone.skew_s,
            t_open: told(t_open),
            t_ref: told(t_ref),
            null: scenario.is_null(),
            decidable: scenario.is_decidable(),
            truth: truth.into_iter().map(ridden).collect(),
            phone: phone_rows,
            feed: feed_rows,
            due: due.unwrap_or_default(),
        };
        Drawn { case, within_km, in_feed: reporters.len() }
    }
}

/// Where one can board in a window: in its dense middle, or at first stops wherever they are.
fn boardings(traffic: &Traffic<'_>, dense: &Dense, first_stops: bool) -> Vec<Boarding> {
    let Window { begin_ms, seconds, .. } = traffic.window();
    let ms = |seconds: f64| (seconds * 1_000.0) as i64;
    let earliest_ms = begin_ms + ms(of::WARM_UP_S + of::BOARDS_S);
    let latest_ms = begin_ms + seconds as i64 * 1_000 - ms(of::CASE_S - of::BOARDS_S) - 2_000;
    let mut boardings = Vec::new();
    for run in traffic.runs() {
        let stops = traffic.stops(run);
        let all = if first_stops { 0..1 } else { 1..stops.saturating_sub(2) };
        for stop in all {
            let Some(halt) = traffic.halt(run, stop) else { continue };
            let in_time = halt.departure_ms >= earliest_ms && halt.departure_ms <= latest_ms;
            let is_dense = traffic.stop(run, stop).0.metres_to(dense.middle) <= of::DENSE_M;
            if in_time && (first_stops || is_dense) {
                boardings.push(Boarding { run, stop, halt });
            }
        }
    }
    boardings
}

/// A ride as it truly was; seconds are of the case.
struct Ride {
    boarding: Boarding,
    zero_ms: i64,
    way: Way,
    /// On which bus from when until when.
    truth: Vec<(Option<usize>, f64, f64)>,
    t_ref: f64,
    params: Vec<(&'static str, f64)>,
}

impl Ride {
    fn new(stage: &Stage<'_>, scenario: Scenario, boarding: Boarding, dice: &mut Dice) -> Option<Ride> {
        let traffic = &stage.traffic;
        let Boarding { run, stop, halt } = boarding;
        // Whole seconds, since feeds stamp those.
        let open_s = (halt.closes_ms - halt.arrival_ms) / 1_000;
        let boards_ms = match scenario {
            Scenario::Terminal => halt.departure_ms - 1_000 * (20 + dice.below(80) as i64),
            _ => halt.arrival_ms + 1_000 * (1 + dice.below(open_s.max(3) as usize - 2) as i64),
        };
        let zero_ms = boards_ms - (of::BOARDS_S * 1_000.0) as i64;
        let second = |ms: i64| (ms - zero_ms) as f64 / 1_000.0;
        let bus = traffic.bus_of(run);
        let (mut way, mut params) = (Way::default(), Vec::new());
        if scenario.is_null() {
            match scenario {
                Scenario::Cyclist => way::cycle_past(&mut way, dice, traffic, (run, stop), zero_ms),
                Scenario::CarNear => {
                    params.push(("until", way::drive_behind(&mut way, dice, traffic, bus, zero_ms)));
                }
                _ => way::walk_past(&mut way, dice, traffic, (run, stop), zero_ms),
            }
            let truth = vec![(None, 0.0, of::CASE_S)];
            return Some(Ride { boarding, zero_ms, way, truth, t_ref: of::BOARDS_S, params });
        }
        let times = (zero_ms, halt.arrival_ms, boards_ms);
        way::come_and_wait(&mut way, dice, traffic, (run, stop), times);
        let seat_m = dice.between(-of::SEAT_M, of::SEAT_M);
        way.then(boards_ms, Piece::Ride { bus, seat_m });
        let t_ref = second(halt.departure_ms);
        let off = match scenario {
            Scenario::Alight | Scenario::Transfer => {
                let mut halts = (stop + 1..traffic.stops(run)).filter_map(|off| traffic.halt(run, off));
                let off = halts.find(|halt| (of::OFF_S.0..of::OFF_S.1).contains(&second(halt.arrival_ms)));
                Some(off?)
            }
            _ => {
                let last = traffic.stops(run) - 1;
                let off = (stop + 2 + dice.below(of::MOST_STOPS - 1)).min(last);
                traffic.halt(run, off).filter(|halt| second(halt.closes_ms) < of::CASE_S)
            }
        };
        let Some(off) = off else {
            let truth = vec![(Some(bus), of::BOARDS_S, of::CASE_S)];
            return Some(Ride { boarding, zero_ms, way, truth, t_ref, params });
        };
        let off_ms = off.arrival_ms + (off.closes_ms - off.arrival_ms) / 2_000 * 1_000;
        let off_s = second(off_ms);
        params.push(("toff", off_s));
        way::get_off(&mut way, dice, traffic, bus, off_ms);
        let mut truth = vec![(Some(bus), of::BOARDS_S, off_s), (None, off_s, of::CASE_S)];
        if scenario == Scenario::Transfer {
            let next = next_bus(stage, run, way.at(traffic, off_ms), off_ms)?;
            let next_ms = (next.halt.arrival_ms + 2_000).max(off_ms + 10_000);
            truth[1].2 = second(next_ms);
            truth.push((Some(traffic.bus_of(next.run)), second(next_ms), of::CASE_S));
            params.push(("t2", second(next_ms)));
            let from = way.at(traffic, off_ms);
            let next_bus = traffic.bus_of(next.run);
            let door = traffic.seen(next_bus, next_ms)?.point;
            let walk_ms = (from.metres_to(door) / of::WALKS_MPS.1 * 1_000.0) as i64;
            way.then(off_ms + 1, Piece::Stand(from));
            way.then(next_ms - walk_ms, Piece::Go { from, to: door, until_ms: next_ms });
            way.then(next_ms, Piece::Ride { bus: next_bus, seat_m });
        }
        Some(Ride { boarding, zero_ms, way, truth, t_ref, params })
    }
}

/// A bus of another line that one can change to.
fn next_bus(stage: &Stage<'_>, run: RunIdx, here: Point, off_ms: i64) -> Option<Boarding> {
    let traffic = &stage.traffic;
    let soon = |boarding: &&Boarding| {
        let leaves_s = (boarding.halt.closes_ms - off_ms) as f64 / 1_000.0;
        (of::CHANGE_S.0..of::CHANGE_S.1).contains(&leaves_s)
            && traffic.line(boarding.run) != traffic.line(run)
            && traffic.stop(boarding.run, boarding.stop).0.metres_to(here) <= of::CHANGE_M
    };
    stage.boardings.iter().find(soon).copied()
}

/// Every bus that is ever near.
fn reporters(traffic: &Traffic<'_>, way: &Way, zero_ms: i64) -> Vec<Reporter> {
    let moments: Vec<i64> = (0..=(of::CASE_S * 1_000.0) as i64 / LOOK_MS).map(|nth| nth * LOOK_MS).collect();
    let places: Vec<_> = moments.iter().map(|ms| (zero_ms + ms, way.at(traffic, zero_ms + ms))).collect();
    let is_near = |bus: &usize| {
        places.iter().any(|(at_ms, place)| {
            traffic.seen(*bus, *at_ms).is_some_and(|seen| {
                let (east, north) = seen.point.flat(*place);
                east.hypot(north) <= of::NEAR_M
            })
        })
    };
    let reporter = |bus: usize| Reporter { bus, later_ms: 0, name: traffic.vehicle(bus).vehicle.clone() };
    (0..traffic.buses()).filter(is_near).map(reporter).collect()
}

/// Lets the nearest other bus and the own one report with one another's ids.
fn swap(reporters: &mut [Reporter], own: usize, metres: impl Fn(usize) -> Option<f64>) {
    let others = reporters.iter().enumerate().filter(|(_, reporter)| reporter.bus != own);
    let near = others.filter_map(|(nth, reporter)| Some((metres(reporter.bus)?, nth)));
    let nearest = near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, nth)| nth);
    let own = reporters.iter().position(|reporter| reporter.bus == own);
    if let (Some(own), Some(nearest)) = (own, nearest) {
        let name = reporters[own].name.clone();
        reporters[own].name = std::mem::replace(&mut reporters[nearest].name, name);
    }
}

/// What the phone finds out of the buses that are due where it was slow last: whenever that is another place, and
/// once a minute. `told` are the trips of all buses that report at a moment.
fn due(
    (timetable, zones): (&Timetable<'_>, &Zones),
    phone: &[PhoneRow],
    (zero_ms, skew_s): (i64, f64),
    told: impl Fn(i64) -> HashSet<String>,
) -> Vec<DueRow> {
    let (mut rows, mut slow, mut looked): (Vec<DueRow>, Option<Point>, Option<(f64, Point)>) =
        (Vec::new(), None, None);
    for (second, lat, lon, _, speed, _) in phone {
        let here = Point { lat: *lat, lon: *lon };
        if slow.is_none() || speed.is_some_and(|speed| speed < SLOW_MPS) {
            slow = Some(here);
        }
        let place = slow.unwrap_or(here);
        let is_known = |(then, there): (f64, Point)| second - then < 60.0 && there.metres_to(place) < 30.0;
        if looked.is_some_and(is_known) {
            continue;
        }
        looked = Some((*second, place));
        let now_ms = zero_ms + ((second - skew_s) * 1_000.0) as i64;
        let told = told(now_ms);
        let due = Due::around(timetable, zones, place, now_ms, |run| told.contains(&run.trip));
        rows.push((*second, due.silent, due.told));
    }
    rows
}

/// Fills the feed up with copies of buses that were there two minutes and more earlier or later; never of the own
/// one, which nobody could tell from its copy in a queue.
fn add_copies(reporters: &mut Vec<Reporter>, buses: usize, own: usize) {
    let real: Vec<Reporter> = reporters.iter().filter(|reporter| reporter.bus != own).cloned().collect();
    let mut round = 0;
    while reporters.len() < buses && !real.is_empty() {
        round += 1;
        let later_ms = if round % 2 == 0 { 60_000 } else { -60_000 } * (1 + (round + 1) / 2);
        let left = buses - reporters.len();
        reporters.extend(real.iter().take(left).map(|reporter| Reporter {
            later_ms,
            name: format!("{}+{round}", reporter.name),
            ..*reporter
        }));
    }
}

#[cfg(test)]
mod tests;
