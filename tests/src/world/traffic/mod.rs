//! The buses of a city around a moment, moved as traffic moves them, to judge who tells them apart.
//!
//! `street` keeps to the timetable and can be asked for any day; this is a window of some twenty minutes in which
//! every run of the timetable has a delay of its own, buses stand at lights that all lines share, queue behind
//! one another and stand at stops for as long as it takes. Out of it come where each bus really was, and when it
//! really came to each stop and left it. A function of the network, the seed and the window.
//!
//! It knows no passenger, no receiver and no feed. The idea is SUMO's (Krajzewicz, Erdmann, Behrisch, Bieker,
//! 2012): car-following on lanes and lights on a clock, second by second.

mod dense;
mod drive;
mod ways;

pub use dense::{Dense, densest};
pub use drive::SPACE_M;
pub use ways::Ways;

use super::dice::Dice;
use super::street::{Fleet, Outing};
use drive::{Run, TURN_S, drive};
use jol_core::city::fares::Vehicle;
use jol_core::city::timetable::{PatternIdx, Timetable};
use jol_core::geo::Point;
use jol_core::plan::PlanError;
use std::collections::HashMap;

/// So late is a run of its own, in seconds.
const DELAY_S: (f64, f64) = (0.0, 240.0);
/// In a bunched street so many pairs of buses of a line are brought so near to one another, in seconds.
const PAIRS: f64 = 0.7;
const PAIR_GAP_S: (f64, f64) = (10.0, 60.0);
/// From the middle of the road to where a bus drives, in metres.
const LANE_M: f64 = 3.5;
/// A bearing is that of the way from so far behind to so far ahead, in metres.
const CHORD_M: f64 = 6.0;
/// So long before it sets out a bus stands at its first stop, in ms, and it is seen so long after its last.
const PARKED_MS: i64 = 300_000;
const SEEN_AFTER_MS: i64 = 120_000;
/// Between two termini that lie so near, in metres, it drives at this speed and is seen.
const NEAR_M: f64 = 400.0;
const EMPTY_MPS: f64 = 4.0;
/// It comes from its place in the row of parked buses to the lane over so many metres.
const OUT_OF_ROW_M: f64 = 40.0;

/// What is on the street today.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mood {
    /// A rush hour like any other.
    Usual,
    /// Buses of a line follow close on one another.
    Bunched,
    /// All is slow: this share of the usual speed, with bunches.
    Jammed {
        /// 0 to 1.
        share: f64,
    },
}

/// The buses of a city and the ways that they share: made once for many windows.
#[derive(Debug)]
pub struct Network {
    pub(super) fleet: Fleet,
    ways: Ways,
    lines: Vec<(String, String)>,
}

impl Network {
    /// The network of a timetable; the seed draws its buses and the cycles of its lights.
    ///
    /// # Errors
    /// A time zone that is not known.
    pub fn new(timetable: &Timetable<'_>, seed: u64) -> Result<Network, PlanError> {
        let fleet = Fleet::new(timetable, &[], seed)?;
        let ways = Ways::new(fleet.ways(), seed);
        let lines = (0..timetable.patterns.len() as u32).map(|nth| fleet.line_of(PatternIdx(nth))).collect();
        Ok(Network { fleet, ways, lines })
    }

    /// The ways and their lights.
    pub fn ways(&self) -> &Ways {
        &self.ways
    }
}

/// A window of traffic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Draws delays, speeds and stays.
    pub seed: u64,
    /// When it begins, ms since 1970; a whole second.
    pub begin_ms: i64,
    /// How long it is.
    pub seconds: usize,
    /// What is on the street.
    pub mood: Mood,
}

/// A run of a bus within the window, by its position in [`Traffic::runs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunIdx(pub usize);

/// A bus at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The run that it is on; the next one while it is parked, the last one if it has none.
    pub run: RunIdx,
    /// Where it is.
    pub point: Point,
    /// Where it heads, degrees clockwise from north.
    pub bearing_deg: f64,
    /// How fast it is.
    pub speed_mps: f64,
}

/// When a bus really was at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halt {
    /// It stands and opens its doors, ms since 1970.
    pub arrival_ms: i64,
    /// It closes them.
    pub closes_ms: i64,
    /// It moves.
    pub departure_ms: i64,
}

/// Every bus of a city within a window.
#[derive(Debug)]
pub struct Traffic<'n> {
    network: &'n Network,
    window: Window,
    outings: Vec<Outing>,
    runs: Vec<Run>,
    /// The runs of each bus that is out, in order.
    buses: Vec<(usize, Vec<usize>)>,
}

impl<'n> Traffic<'n> {
    /// Moves all buses through a window. About 50 ms for 300 buses and 20 minutes.
    pub fn new(network: &'n Network, window: Window) -> Traffic<'n> {
        let from_ms = window.begin_ms - (DELAY_S.1 * 1_000.0) as i64 - SEEN_AFTER_MS;
        let until_ms = window.begin_ms + window.seconds as i64 * 1_000 + PARKED_MS;
        let outings = network.fleet.outings(from_ms, until_ms);
        let delays = delays_ms(&outings, &window);
        // Late as they are, some have come to their end.
        let still = |(outing, delay_ms): &(Outing, i64)| window.begin_ms - delay_ms <= outing.arrives_ms();
        let (outings, delays): (Vec<Outing>, Vec<i64>) =
            outings.into_iter().zip(delays).filter(still).unzip();
        let mut runs: Vec<Run> = Vec::with_capacity(outings.len());
        let mut buses: Vec<(usize, Vec<usize>)> = Vec::new();
        for (nth, (outing, delay_ms)) in outings.iter().zip(delays).enumerate() {
            let track = &network.ways.routes[outing.pattern.at()].track;
            let by_timetable_ms = window.begin_ms - delay_ms;
            let mut run = Run {
                route: outing.pattern.at(),
                ready_s: (outing.leaves_ms() - by_timetable_ms).div_euclid(1_000),
                ..Run::default()
            };
            match buses.last_mut().filter(|(vehicle, _)| *vehicle == outing.vehicle) {
                Some((_, chain)) => {
                    run.before = chain.last().copied();
                    chain.push(nth);
                }
                None => buses.push((outing.vehicle, vec![nth])),
            }
            // Whose run before is not over is not under way, whatever the timetable says.
            if by_timetable_ms > outing.leaves_ms() && run.before.is_none() {
                run.under_way = Some(under_way(outing, by_timetable_ms, |stop| track.stop(stop)));
            }
            runs.push(run);
        }
        let begin_s = window.begin_ms as f64 / 1_000.0;
        drive(&network.ways, window.mood, window.seed, begin_s, window.seconds, &mut runs);
        Traffic { network, window, outings, runs, buses }
    }

    /// The window.
    pub fn window(&self) -> Window {
        self.window
    }

    /// How many buses there are, seen or not: their positions are 0 up to this.
    pub fn buses(&self) -> usize {
        self.buses.len()
    }

    /// How many runs there are.
    pub fn runs(&self) -> impl Iterator<Item = RunIdx> + use<> {
        (0..self.runs.len()).map(RunIdx)
    }

    /// A bus's id and painted number.
    pub fn vehicle(&self, bus: usize) -> &Vehicle {
        &self.network.fleet.vehicles()[self.buses[bus].0]
    }

    /// The bus of a run.
    pub fn bus_of(&self, run: RunIdx) -> usize {
        let vehicle = self.outings[run.0].vehicle;
        self.buses.partition_point(|(other, _)| *other < vehicle)
    }

    /// The id and number of a run's line.
    pub fn line(&self, run: RunIdx) -> (&str, &str) {
        let (id, number) = &self.network.lines[self.runs[run.0].route];
        (id, number)
    }

    /// A run's pattern.
    pub fn pattern(&self, run: RunIdx) -> PatternIdx {
        self.outings[run.0].pattern
    }

    /// A run's trip, by its id.
    pub fn trip(&self, run: RunIdx) -> String {
        self.network.fleet.trip_id(self.outings[run.0].trip)
    }

    /// How many stops a run has.
    pub fn stops(&self, run: RunIdx) -> usize {
        self.runs[run.0].stays.len()
    }

    /// Where a stop of a run is, on the lane; and metres along its way.
    pub fn stop(&self, run: RunIdx, stop: usize) -> (Point, f64) {
        let route = self.runs[run.0].route;
        let metres = self.network.ways.routes[route].track.stop(stop);
        (self.on_lane(route, metres).0, metres)
    }

    /// A place on the way of a run, so many metres along it and so many to the right of its lane, and the bearing.
    pub fn beside(&self, run: RunIdx, metres: f64, right_m: f64) -> (Point, f64) {
        let (point, bearing) = self.on_lane(self.runs[run.0].route, metres);
        (shifted(point, bearing, 0.0, right_m), bearing)
    }

    /// When a run was at a stop; none if that was not, or not wholly, within the window.
    pub fn halt(&self, run: RunIdx, stop: usize) -> Option<Halt> {
        let stay = (*self.runs[run.0].stays.get(stop)?)?;
        let ms = |second: usize| self.window.begin_ms + second as i64 * 1_000;
        let departure_ms = match stay.departure_s {
            Some(second) => ms(second),
            None => ms(self.runs[run.0].ended_s?),
        };
        let arrival_ms = if stop == 0 { departure_ms - PARKED_MS } else { ms(stay.arrival_s) };
        Some(Halt { arrival_ms, closes_ms: ms(stay.closes_s), departure_ms })
    }

    /// A bus at a moment of the window; none if it is not out.
    pub fn seen(&self, bus: usize, at_ms: i64) -> Option<Seen> {
        let chain = &self.buses[bus].1;
        let mut before: Option<(usize, i64)> = None;
        for &nth in chain {
            let run = &self.runs[nth];
            if run.metres.is_empty() {
                // It had no room, or does not set out within the window: it is parked until then.
                if run.under_way.is_some() {
                    continue;
                }
                let ready_ms = self.window.begin_ms + run.ready_s * 1_000;
                return self.parked(before, Some((nth, ready_ms)), at_ms);
            }
            let starts_ms = self.window.begin_ms + run.start_s as i64 * 1_000;
            if at_ms < starts_ms {
                return self.parked(before, Some((nth, starts_ms)), at_ms);
            }
            let ends_ms = starts_ms + (run.metres.len() as i64 - 1) * 1_000;
            if at_ms <= ends_ms {
                return Some(self.driving(nth, (at_ms - starts_ms) as f64 / 1_000.0));
            }
            before = Some((nth, ends_ms));
        }
        self.parked(before, None, at_ms)
    }

    fn driving(&self, nth: usize, seconds: f64) -> Seen {
        let run = &self.runs[nth];
        let second = seconds as usize;
        let here = f64::from(run.metres[second.min(run.metres.len() - 1)]);
        let next = run.metres.get(second + 1).map_or(here, |next| f64::from(*next));
        let metres = here + (next - here) * seconds.fract();
        let (mut point, bearing_deg) = self.on_lane(run.route, metres);
        let driven = metres - self.network.ways.routes[run.route].track.stop(0);
        if driven < OUT_OF_ROW_M && run.under_way.is_none() {
            let (back, right) = self.row(nth);
            let share = 1.0 - driven / OUT_OF_ROW_M;
            point = shifted(point, bearing_deg, -back * share, right * share);
        }
        Seen { run: RunIdx(nth), point, bearing_deg, speed_mps: next - here }
    }

    /// A bus between two runs: it drives to where the next begins, if that is near, and stands there.
    fn parked(&self, before: Option<(usize, i64)>, next: Option<(usize, i64)>, at_ms: i64) -> Option<Seen> {
        let stands = |nth: usize, (point, bearing_deg): (Point, f64)| {
            Some(Seen { run: RunIdx(nth), point, bearing_deg, speed_mps: 0.0 })
        };
        let end = before.map(|(nth, ended_ms)| {
            let run = &self.runs[nth];
            (nth, ended_ms, self.on_lane(run.route, run.metres.last().map_or(0.0, |last| f64::from(*last))))
        });
        let Some((nth, starts_ms)) = next else {
            let (nth, _, place) = end.filter(|(_, ended_ms, _)| at_ms - ended_ms < SEEN_AFTER_MS)?;
            return stands(nth, place);
        };
        let route = self.runs[nth].route;
        let (begin, bearing) = self.on_lane(route, self.network.ways.routes[route].track.stop(0));
        let (back, right) = self.row(nth);
        let row = (shifted(begin, bearing, -back, right), bearing);
        match end {
            Some((_, ended_ms, (from, _))) if from.metres_to(row.0) < NEAR_M => {
                let metres = from.metres_to(row.0);
                let driven = (at_ms - ended_ms) as f64 / 1_000.0 * EMPTY_MPS.max(metres / TURN_S as f64);
                if driven >= metres {
                    return stands(nth, row);
                }
                let point = from.towards(row.0, driven / metres);
                let bearing_deg = from.bearing_to(row.0);
                Some(Seen { run: RunIdx(nth), point, bearing_deg, speed_mps: EMPTY_MPS })
            }
            Some((last, ended_ms, place)) if at_ms - ended_ms < SEEN_AFTER_MS => stands(last, place),
            _ => (at_ms >= starts_ms - PARKED_MS).then(|| stands(nth, row)).flatten(),
        }
    }

    /// Where in the row of parked buses the bus of a run waits: metres back and to the right.
    fn row(&self, nth: usize) -> (f64, f64) {
        let vehicle = self.outings[nth].vehicle;
        ((vehicle % 5) as f64 * 13.0, 4.0 + (vehicle / 5 % 3) as f64 * 3.5)
    }

    fn on_lane(&self, route: usize, metres: f64) -> (Point, f64) {
        let track = &self.network.ways.routes[route].track;
        let (a, b) = (track.point(metres - CHORD_M), track.point(metres + CHORD_M));
        let (east, north) = b.flat(a);
        let bearing = east.atan2(north).to_degrees().rem_euclid(360.0);
        (shifted(track.point(metres), bearing, 0.0, LANE_M), bearing)
    }
}

/// A place so many metres along a bearing, and to the right of it.
pub(crate) fn shifted(point: Point, bearing_deg: f64, along_m: f64, right_m: f64) -> Point {
    let (sin, cos) = bearing_deg.to_radians().sin_cos();
    super::feed::moved(point, along_m * sin + right_m * cos, along_m * cos - right_m * sin)
}

/// Where a bus is by the timetable: metres along its way, and its next stop.
fn under_way(outing: &Outing, at_ms: i64, stop: impl Fn(usize) -> f64) -> (f64, usize) {
    let next = outing.times.partition_point(|(_, departure_ms)| *departure_ms <= at_ms);
    let next = next.min(outing.times.len() - 1);
    let arrival_ms = outing.times[next].0;
    let left_ms = outing.times[next - 1].1;
    let share = (at_ms - left_ms) as f64 / (arrival_ms - left_ms).max(1) as f64;
    (stop(next - 1) + (stop(next) - stop(next - 1)) * share.min(1.0), next)
}

/// How late every outing is, in ms.
fn delays_ms(outings: &[Outing], window: &Window) -> Vec<i64> {
    let mut dice = Dice::new(window.seed, "delays");
    let mut delays: Vec<i64> =
        outings.iter().map(|_| (dice.between(DELAY_S.0, DELAY_S.1) * 1_000.0) as i64).collect();
    if window.mood == Mood::Usual {
        return delays;
    }
    let mut of_pattern: HashMap<PatternIdx, Vec<usize>> = HashMap::new();
    for (nth, outing) in outings.iter().enumerate() {
        of_pattern.entry(outing.pattern).or_default().push(nth);
    }
    let mut patterns: Vec<_> = of_pattern.into_iter().collect();
    patterns.sort_unstable();
    for (_, mut all) in patterns {
        all.sort_by_key(|nth| (outings[*nth].leaves_ms(), *nth));
        for pair in all.chunks_exact(2) {
            let gap_ms = (dice.between(PAIR_GAP_S.0, PAIR_GAP_S.1) * 1_000.0) as i64;
            if dice.chance(PAIRS) {
                // The first is as late as if it went just ahead of the second.
                let second_ms = outings[pair[1]].leaves_ms() + delays[pair[1]];
                delays[pair[0]] = (second_ms - gap_ms - outings[pair[0]].leaves_ms()).max(0);
            }
        }
    }
    delays
}

#[cfg(test)]
mod tests;
