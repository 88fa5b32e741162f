//! Traffic of the hub city, in all moods.

use super::*;
use crate::world::hub::tests::network;
use std::sync::LazyLock;

const MOODS: [Mood; 3] = [Mood::Usual, Mood::Bunched, Mood::Jammed { share: 0.25 }];
const SECONDS: usize = 1_200;

fn window(seed: u64, mood: Mood) -> Window {
    static MOMENT: LazyLock<i64> = LazyLock::new(|| densest(network()).expect("buses").at_ms);
    Window { seed, begin_ms: *MOMENT - 600_000, seconds: SECONDS, mood }
}

fn each(mut check: impl FnMut(&Traffic)) {
    for (seed, mood) in (1..).zip(MOODS) {
        check(&Traffic::new(network(), window(seed, mood)));
    }
}

/// Where every bus is at a second: its lane, how far along it, and how far along its way.
fn on_lanes(traffic: &Traffic, second: usize) -> Vec<(usize, u32, f64, f64)> {
    let on_lane = |(nth, run): (usize, &Run)| {
        let metres = f64::from(*run.metres.get(second.checked_sub(run.start_s)?)?);
        let is_last = run.ended_s.is_some_and(|ended| second >= ended);
        let route = &traffic.network.ways.routes[run.route];
        let (lane, begin) = route.stretches[route.stretch_at(metres)];
        (!is_last).then_some((nth, lane, metres - begin, metres))
    };
    traffic.runs.iter().enumerate().filter_map(on_lane).collect()
}

#[test]
fn no_bus_drives_through_another_of_the_same_way() {
    each(|traffic| {
        let mut met = 0;
        for second in 0..SECONDS {
            let mut buses = on_lanes(traffic, second);
            buses.sort_by(|a, b| (a.1, a.2).partial_cmp(&(b.1, b.2)).expect("numbers"));
            for pair in buses.windows(2).filter(|pair| pair[0].1 == pair[1].1) {
                let gap = pair[1].2 - pair[0].2;
                // Metres are kept as f32.
                assert!(gap > SPACE_M - 0.1, "{gap} m between {} and {} at {second}", pair[0].0, pair[1].0);
                met += u32::from(gap < SPACE_M + 5.0);
            }
        }
        assert!(met > 1_000, "they do queue: {met}");
    });
}

#[test]
fn buses_gather_speed_and_stay_on_their_way() {
    each(|traffic| {
        for run in traffic.runs.iter().filter(|run| run.metres.len() > 2) {
            let mut before = f64::from(run.metres[1] - run.metres[0]);
            for pair in run.metres.windows(2) {
                let speed = f64::from(pair[1] - pair[0]);
                assert!((0.0..14.01).contains(&speed), "{speed} m/s");
                assert!(speed - before < 1.01, "{before} to {speed} m/s in a second");
                before = speed;
            }
        }
    });
}

#[test]
fn it_is_no_standstill() {
    each(|traffic| {
        let all: Vec<f64> = traffic
            .runs
            .iter()
            .filter(|run| run.metres.len() > 400)
            .map(|run| f64::from(run.metres[run.metres.len() - 1] - run.metres[0]) / run.metres.len() as f64)
            .collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let expected = if traffic.window.mood == MOODS[2] { 0.8..3.0 } else { 2.8..6.5 };
        assert!(expected.contains(&mean), "{mean} m/s in {:?}", traffic.window.mood);
        let stuck = all.iter().filter(|mean| **mean < 0.3).count();
        assert!(stuck * 50 <= all.len(), "{stuck} of {} buses hardly move", all.len());
    });
}

#[test]
fn a_red_light_holds_all_lines() {
    each(|traffic| {
        let ways = &traffic.network.ways;
        let begin_s = traffic.window.begin_ms as f64 / 1_000.0;
        let (mut crossed, mut held) = (0, 0);
        for run in &traffic.runs {
            let route = &ways.routes[run.route];
            for (second, pair) in run.metres.windows(2).enumerate().skip(5) {
                let (before, after) = (f64::from(pair[0]), f64::from(pair[1]));
                let place = route.stretch_at(before);
                let Some((_, end)) = route.stretches.get(place + 1) else { continue };
                let (lane, begin) = route.stretches[place];
                let line = end - drive::LINE_M.min((end - begin) / 2.0);
                // The driver looks when the second is over.
                let at_s = begin_s + (run.start_s + second + 1) as f64;
                // Red for so long that everybody had time to brake.
                let is_red = (0..5).all(|ago| ways.is_red(lane, at_s - f64::from(ago)));
                let crosses = before < line - 0.01 && after > line + 0.01;
                crossed += u32::from(crosses);
                held += u32::from(is_red && after == before);
                assert!(!crosses || !is_red, "{before} to {after} over the line at {line} in red");
            }
        }
        assert!(crossed > 400 && held > 1_000, "{crossed} {held}");
    });
}

#[test]
fn a_bus_stands_at_its_stops_with_open_doors() {
    each(|traffic| {
        let mut halts = 0;
        for run in traffic.runs() {
            let bus = traffic.bus_of(run);
            assert_eq!(traffic.vehicle(bus).line, traffic.line(run).1);
            let mut before_ms = 0;
            for stop in 1..traffic.stops(run) {
                let Some(halt) = traffic.halt(run, stop) else { continue };
                halts += 1;
                assert!(halt.arrival_ms > before_ms && halt.departure_ms >= halt.closes_ms);
                before_ms = halt.departure_ms;
                let stands_s = (halt.closes_ms - halt.arrival_ms) / 1_000;
                assert!((8..=40).contains(&stands_s), "{stands_s} s");
                for at_ms in [halt.arrival_ms, halt.closes_ms - 1_000] {
                    let seen = traffic.seen(bus, at_ms).expect("it is out");
                    let off = seen.point.metres_to(traffic.stop(run, stop).0);
                    assert!(seen.run == run && seen.speed_mps < 0.01 && off < 60.0, "{seen:?} {off}");
                }
            }
        }
        assert!(halts > 700, "{halts}");
    });
}

#[test]
fn what_is_seen_never_jumps() {
    let traffic = Traffic::new(network(), window(4, Mood::Usual));
    let mut parked = 0;
    for bus in 0..traffic.buses() {
        let mut before: Option<Seen> = None;
        for second in 0..SECONDS as i64 {
            let seen = traffic.seen(bus, traffic.window.begin_ms + second * 1_000);
            if let (Some(before), Some(seen)) = (before, seen) {
                let metres = before.point.metres_to(seen.point);
                // Round a corner the lane is shorter or longer than the middle of the road.
                assert!(metres < 22.0, "bus {bus} jumps {metres} m at {second}: {before:?} {seen:?}");
            }
            parked += u32::from(seen.is_some_and(|seen| traffic.runs[seen.run.0].start_s as i64 > second));
            before = seen;
        }
    }
    assert!(parked > 3_000, "{parked} seconds of parking");
}

#[test]
fn asked_twice_it_answers_the_same_and_another_seed_answers_otherwise() {
    let seen = |seed| {
        let traffic = Traffic::new(network(), window(seed, Mood::Bunched));
        let at_ms = traffic.window.begin_ms + 700_500;
        (0..traffic.buses()).map(|bus| traffic.seen(bus, at_ms)).collect::<Vec<_>>()
    };
    assert_eq!(seen(1), seen(1));
    assert_ne!(seen(1), seen(2));
}

/// How often two buses of one pattern leave a stop within a minute.
fn bunches(mood: Mood) -> usize {
    let traffic = Traffic::new(network(), window(7, mood));
    let mut leaves: HashMap<(PatternIdx, usize), Vec<i64>> = HashMap::new();
    for run in traffic.runs() {
        for stop in 1..traffic.stops(run) {
            let of_stop = leaves.entry((traffic.pattern(run), stop)).or_default();
            of_stop.extend(traffic.halt(run, stop).map(|halt| halt.departure_ms));
        }
    }
    leaves.values_mut().for_each(|all| all.sort_unstable());
    leaves.values().flat_map(|all| all.windows(2)).filter(|pair| pair[1] - pair[0] < 60_000).count()
}

#[test]
fn buses_bunch_where_they_are_to() {
    let (bunched, usual) = (bunches(Mood::Bunched), bunches(Mood::Usual));
    assert!(bunched > 200 && bunched > 2 * usual, "{bunched} {usual}");
}

#[test]
fn the_street_is_as_full_as_the_timetable_says() {
    let dense = densest(network()).expect("buses");
    let traffic = Traffic::new(network(), window(9, Mood::Usual));
    let seen = (0..traffic.buses()).filter_map(|bus| traffic.seen(bus, dense.at_ms));
    let within = seen.filter(|seen| seen.point.metres_to(dense.middle) <= 1_000.0).count();
    assert!(within >= 60, "{within} within a kilometre, {} in its square kilometre", dense.buses);
}
