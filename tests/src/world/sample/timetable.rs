//! When the sample city's buses run: as often as 54 of them can.

use super::lines::{Course, Line};

/// How many buses the city has.
pub(super) const BUSES: usize = 54;
/// A bus rests so long at a terminus, by the timetable.
const LAYOVER_S: u32 = 300;
/// How long a bus stands at a stop.
const DWELL_S: u32 = 15;
/// Between two buses of a line at most so long, and at least.
const RAREST_S: u32 = 20 * 60;
const MOST_OFTEN_S: u32 = 6 * 60;
/// Metres a second between stops when the streets are free: 18.7 km/h.
const SPEED: f64 = 5.2;
/// First and last departure from a terminus.
const FIRST_S: u32 = 6 * 3_600;
const LAST_S: u32 = 23 * 3_600;

/// On which days a trip runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Days {
    /// Monday to Friday.
    Weekdays,
    /// Saturday, Sunday and holidays.
    Weekends,
}

/// A trip.
#[derive(Clone, Debug)]
pub(super) struct Trip {
    pub(super) line: usize,
    pub(super) direction: usize,
    pub(super) days: Days,
    /// Arrival and departure at each stop, in seconds of the service day.
    pub(super) times: Vec<(u32, u32)>,
    /// On a ring the bus goes round and round, and who likes stays seated.
    pub(super) block: Option<usize>,
}

/// What a number of buses does all day: to and fro, or round and round.
struct Circuit<'a> {
    line: usize,
    /// Directions, one after the other.
    courses: Vec<(usize, &'a Course)>,
    demand: f64,
    buses: u32,
}

impl Circuit<'_> {
    /// From one departure to the next of the same bus, when the streets are full.
    fn around_s(&self) -> u32 {
        self.courses.iter().map(|(_, course)| run_s(course, 8 * 3_600 + 1_800) + LAYOVER_S + 60).sum()
    }

    /// Seconds between two buses when all are on the road.
    fn headway_s(&self) -> u32 {
        (self.around_s().div_ceil(self.buses).div_ceil(10) * 10).max(MOST_OFTEN_S)
    }
}

/// All trips, and how many buses each line has.
pub(super) fn timetable(lines: &[Line]) -> (Vec<Trip>, Vec<usize>) {
    let mut circuits = circuits(lines);
    share_out(&mut circuits);
    let mut trips = Vec::new();
    let mut blocks = 0;
    for circuit in &circuits {
        for days in [Days::Weekdays, Days::Weekends] {
            let first = trips.len();
            run_all_day(circuit, days, &mut trips);
            if lines[circuit.line].ring {
                put_into_blocks(&mut trips[first..], blocks);
            }
        }
        blocks += circuit.buses as usize;
    }
    let buses = |line: usize| circuits.iter().filter(|c| c.line == line).map(|c| c.buses as usize).sum();
    (trips, (0..lines.len()).map(buses).collect())
}

fn circuits(lines: &[Line]) -> Vec<Circuit<'_>> {
    let mut circuits = Vec::new();
    for (nth, line) in lines.iter().enumerate() {
        let courses: Vec<_> = line.courses.iter().enumerate().collect();
        let apart = if line.ring { 1 } else { 2 };
        for courses in courses.chunks(apart) {
            let courses = courses.to_vec();
            circuits.push(Circuit { line: nth, courses, demand: line.demand, buses: 1 });
        }
    }
    circuits
}

/// Gives each circuit the buses that it needs, and the rest to where people wait longest.
fn share_out(circuits: &mut [Circuit<'_>]) {
    for circuit in circuits.iter_mut() {
        circuit.buses = circuit.around_s().div_ceil(RAREST_S);
    }
    let mut left = BUSES as i64 - circuits.iter().map(|c| i64::from(c.buses)).sum::<i64>();
    while left > 0 {
        let wait = |c: &Circuit<'_>| match c.around_s() / (c.buses + 1) {
            too_often if too_often < MOST_OFTEN_S => 0.0,
            _ => c.demand * f64::from(c.around_s()) / f64::from(c.buses),
        };
        let next = circuits.iter_mut().max_by(|a, b| wait(a).total_cmp(&wait(b))).expect("there are lines");
        next.buses += 1;
        left -= 1;
    }
}

/// Adds the trips of one day.
fn run_all_day(circuit: &Circuit<'_>, days: Days, trips: &mut Vec<Trip>) {
    let headway = circuit.headway_s();
    let headway_at = |second: u32| {
        let quiet = !(7 * 3_600..20 * 3_600).contains(&second);
        let percent = match (days, quiet) {
            (Days::Weekdays, false) => 100,
            (Days::Weekdays, true) | (Days::Weekends, false) => 140,
            (Days::Weekends, true) => 170,
        };
        (headway * percent / 100).min(RAREST_S.max(headway))
    };
    // Some buses begin their day at the far end, as if they had come from here.
    let before = circuit.around_s().div_ceil(headway_at(0)) * headway_at(0);
    let mut start = FIRST_S - before;
    while start <= LAST_S {
        let mut at = start / 60 * 60;
        for &(direction, course) in &circuit.courses {
            let times = times(course, at);
            let end = times[times.len() - 1].0;
            if (FIRST_S..=LAST_S).contains(&at) {
                trips.push(Trip { line: circuit.line, direction, days, times, block: None });
            }
            at = (end + LAYOVER_S).div_ceil(60) * 60;
        }
        start += headway_at(start);
    }
}

/// Gives each trip of a ring the bus that is back first; trips come in the order of their start.
fn put_into_blocks(trips: &mut [Trip], first: usize) {
    let mut back: Vec<u32> = Vec::new();
    for trip in trips {
        let (start, end) = (trip.times[0].1, trip.times[trip.times.len() - 1].0);
        let free = back.iter().position(|at| at + LAYOVER_S - 60 <= start).unwrap_or_else(|| {
            back.push(0);
            back.len() - 1
        });
        back[free] = end;
        trip.block = Some(first + free);
    }
}

/// How full the streets are: 1 when they are free, more in the rush.
fn traffic(second: u32) -> f64 {
    let hour = f64::from(second) / 3_600.0;
    let rush = |middle: f64| (1.0 - ((hour - middle).abs() - 0.5).max(0.0) / 1.5).clamp(0.0, 1.0);
    1.0 + 0.12 * rush(8.5).max(rush(18.0))
}

/// The times of a trip that starts at this second.
fn times(course: &Course, start_s: u32) -> Vec<(u32, u32)> {
    let slow = traffic(start_s);
    let mut at = start_s;
    let mut times = vec![(at, at)];
    let last = course.at_metres.len() - 2;
    for (nth, pair) in course.at_metres.windows(2).enumerate() {
        let ride = ((pair[1] - pair[0]) / SPEED * slow).round() as u32;
        let dwell = if nth == last { 0 } else { DWELL_S };
        times.push((at + ride, at + ride + dwell));
        at += ride + dwell;
    }
    times
}

fn run_s(course: &Course, start_s: u32) -> u32 {
    times(course, start_s).last().map_or(0, |(arrival, _)| arrival - start_s)
}

#[cfg(test)]
mod tests {
    use super::super::{houses::landmarks, lines::lines, town::Town};
    use super::*;
    use std::collections::BTreeMap;

    fn each(check: impl Fn(&[Line], &[Trip], &[usize])) {
        for seed in 0..12 {
            let town = Town::new(seed);
            let (lines, _) = lines(&town, &landmarks(&town));
            let (trips, buses) = timetable(&lines);
            check(&lines, &trips, &buses);
        }
    }

    #[test]
    fn all_54_buses_have_a_line() {
        each(|_, _, buses| {
            assert_eq!(buses.iter().sum::<usize>(), BUSES);
            assert!(buses.iter().all(|count| *count >= 2), "{buses:?}");
        });
    }

    #[test]
    fn buses_come_every_6_to_20_minutes_from_6_to_23() {
        each(|lines, trips, _| {
            let mut starts: BTreeMap<_, Vec<u32>> = BTreeMap::new();
            for trip in trips {
                starts.entry((trip.line, trip.direction, trip.days)).or_default().push(trip.times[0].1);
            }
            assert_eq!(starts.len(), lines.len() * 4);
            for (what, mut starts) in starts {
                starts.sort_unstable();
                assert!(starts[0] < FIRST_S + RAREST_S + 60, "{what:?}");
                assert!(starts[starts.len() - 1] > LAST_S - RAREST_S - 60, "{what:?}");
                for pair in starts.windows(2) {
                    let gap = pair[1] - pair[0];
                    assert!((MOST_OFTEN_S - 60..=RAREST_S + 240).contains(&gap), "{what:?}: {gap}");
                }
            }
        });
    }

    #[test]
    fn buses_drive_as_fast_as_buses_do() {
        each(|lines, trips, _| {
            for trip in trips {
                let far = lines[trip.line].courses[trip.direction].at_metres.last().expect("stops");
                let (start, end) = (trip.times[0].1, trip.times[trip.times.len() - 1].0);
                let kmh = far / f64::from(end - start) * 3.6;
                assert!((12.0..19.0).contains(&kmh), "{kmh}");
            }
        });
    }

    #[test]
    fn a_block_is_one_bus() {
        each(|lines, trips, buses| {
            let mut blocks: BTreeMap<_, Vec<(u32, u32)>> = BTreeMap::new();
            for trip in trips {
                if let Some(block) = trip.block {
                    let span = (trip.times[0].1, trip.times[trip.times.len() - 1].0);
                    blocks.entry((block, trip.days)).or_default().push(span);
                }
            }
            let ring = lines.iter().position(|line| line.ring).expect("a ring");
            let weekdays = blocks.keys().filter(|(_, days)| *days == Days::Weekdays).count();
            assert_eq!(weekdays, buses[ring], "every bus of the ring goes round");
            for (what, mut spans) in blocks {
                spans.sort_unstable();
                assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{what:?} {spans:?}");
            }
        });
    }
}
