//! Random networks that go otherwise than their timetable: the planner, with an overlay over the timetable, and
//! the scan of the network as it goes now must agree.

use super::*;
use crate::city::overlay::{ExtraRun, LaidCall, Overlay};
use crate::city::times::StopTime;
use crate::city::timetable::LineIdx;
use crate::plan::departures::find_trip;

/// What befalls a run of the timetable.
#[derive(Clone, Debug)]
enum Fate {
    Cancelled,
    /// Late by so many times 150 s from each halt on, early if negative; and the halts that it passes.
    Other(Vec<(i64, bool)>),
}

fn fate() -> impl Strategy<Value = Fate> {
    let other = prop::collection::vec((-2..4_i64, prop::bool::weighted(0.15)), 5).prop_map(Fate::Other);
    prop_oneof![1 => Just(Fate::Cancelled), 4 => other]
}

/// The halts of a run that is late from halt to halt, without time travel, and which of them it passes.
fn otherwise(halts: &[DrawnHalt], late: &[(i64, bool)]) -> (Vec<DrawnHalt>, Vec<bool>) {
    let (mut late_s, mut last_s) = (0, 0);
    let moved = |(halt, (more, skips)): (&DrawnHalt, &(i64, bool))| {
        late_s += more * 150;
        let by = |seconds: u32, least: i64| (i64::from(seconds) + late_s).max(least);
        let arrival_s = by(halt.arrival_s, last_s);
        last_s = by(halt.departure_s, arrival_s);
        let (arrival_s, departure_s) = (arrival_s as u32, last_s as u32);
        let (boards, alights) = (halt.boards && !skips, halt.alights && !skips);
        (DrawnHalt { stop: halt.stop, arrival_s, departure_s, boards, alights }, *skips)
    };
    halts.iter().zip(late).map(moved).unzip()
}

fn laid(halts: &[DrawnHalt], skips: &[bool]) -> Vec<LaidCall> {
    let call = |(halt, skipped): (&DrawnHalt, &bool)| LaidCall {
        time: StopTime { arrival_s: halt.arrival_s, departure_s: halt.departure_s },
        skipped: *skipped,
        predicted: true,
    };
    halts.iter().zip(skips).map(call).collect()
}

/// The network as it goes now, and the overlay that says so over its timetable.
fn befall(
    network: &Network,
    arrays: &Arrays,
    fates: &[(usize, Fate)],
    extra: &[Vec<DrawnHalt>],
) -> (Network, Overlay) {
    let (mut now, timetable) = (network.clone(), arrays.timetable());
    // Which run of the network as it goes now stands for which trip of the timetable.
    let mut stands_for: Vec<(usize, usize)> = (0..network.trips.len()).map(|nth| (nth, nth)).collect();
    let mut overlay = Overlay::over(&timetable);
    for (nth, fate) in fates {
        let nth = nth % network.trips.len();
        let Some(day) = now.trips[nth].days.pop_first() else { continue };
        let trip = find_trip(&timetable, &nth.to_string()).expect("a trip");
        match fate {
            Fate::Cancelled => overlay.cancel(trip, TODAY as i32 + day),
            Fate::Other(late) => {
                let (halts, skips) = otherwise(&network.trips[nth].halts, late);
                assert!(overlay.replace(&timetable, trip, TODAY as i32 + day, &laid(&halts, &skips)));
                stands_for.push((now.trips.len(), nth));
                now.trips.push(DrawnTrip { halts, days: [day].into() });
            }
        }
    }
    // A vehicle goes on as it does by the timetable, and on the day on which it does.
    let later = |(from, to): (&DrawnTrip, &DrawnTrip)| {
        to.halts[0].departure_s < from.halts.last().expect("a halt").arrival_s
    };
    now.goes_on.clear();
    for &(from, to) in &network.goes_on {
        let by_timetable = later((&network.trips[from], &network.trips[to]));
        let of = |trip: usize| stands_for.iter().filter(move |run| run.1 == trip).map(|run| run.0);
        let pairs = of(from).flat_map(|from| of(to).map(move |to| (from, to)));
        let pairs: Vec<_> =
            pairs.filter(|&(from, to)| later((&now.trips[from], &now.trips[to])) == by_timetable).collect();
        now.goes_on.extend(pairs);
    }
    for halts in extra {
        let halts: Vec<DrawnHalt> =
            halts.iter().map(|halt| DrawnHalt { boards: true, alights: true, ..*halt }).collect();
        let stops = halts.iter().map(|halt| StopIdx(halt.stop as u32));
        let calls: Vec<_> = stops.zip(laid(&halts, &vec![false; halts.len()])).collect();
        let run = ExtraRun {
            id: "extra",
            line: LineIdx(0),
            headsign: "",
            service_day: TODAY as i32,
            calls: &calls,
        };
        assert!(overlay.add(&timetable, &run));
        now.trips.push(DrawnTrip { halts, days: [0].into() });
    }
    (now, overlay.finish())
}

/// What RAPTOR finds from stop 0 to stop 1 over this timetable: departure, arrival, rides, metres.
fn points(
    network: &Network,
    timetable: Timetable<'_>,
    origin_s: i64,
    search: impl FnOnce(Asked<'_>) -> Vec<Found>,
) -> Vec<Point> {
    let moment = |time: i32| origin_s + i64::from(time);
    let point = |found: &Found| {
        (moment(found.departure), moment(found.arrival), found.boardings(), found.walk_metres)
    };
    let found = network.ask(timetable, (0, 1), (origin_s, (0, DAY)), DAY, search);
    let mut points: Vec<Point> = found.iter().map(point).collect();
    points.sort_unstable();
    points
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_500, ..ProptestConfig::default() })]

    #[test]
    fn with_an_overlay_the_planner_rides_the_network_as_it_goes_now(
        drawn in network(),
        fates in prop::collection::vec((0..64_usize, fate()), 1..8),
        extra in prop::collection::vec(halts(2), 0..3),
        hour in 0..24_i64,
        hours in 1..8_i64,
    ) {
        // Rules name trips, and a run that goes otherwise is another one here.
        let network = Network { rules: Vec::new(), ..drawn };
        let origin_s = TODAY * DAY - 5 * HOUR + hour * HOUR;
        let arrays = network.arrays();
        let (now, overlay) = befall(&network, &arrays, &fates, &extra);
        let base = arrays.timetable();
        let live = base.with(&overlay);
        let (until, span) = ((hours * HOUR) as i32, (origin_s, origin_s + hours * HOUR));

        // One scratch for all: what it keeps of the timetable must not be taken for what is known now.
        let mut scratch = Scratch::default();
        let before = points(&network, base, origin_s, |asked| Raptor::new(asked, &mut scratch).range(0, until).0);
        let ridden = points(&now, live, origin_s, |asked| Raptor::new(asked, &mut scratch).range(0, until).0);
        prop_assert_eq!(ridden, now.scan_range((0, 1), span.0, span.1, origin_s + DAY));
        let walked = points(&now, live, origin_s, |asked| McRaptor::new(asked, &mut scratch).range(0, until).0);
        let scanned =
            now.range((0, 1), span, |moment| now.scan_walking(0, 1, moment, origin_s + DAY));
        prop_assert_eq!(walked, scanned);
        let after = points(&network, base, origin_s, |asked| Raptor::new(asked, &mut scratch).range(0, until).0);
        prop_assert_eq!(&before, &after, "the timetable is untouched");
        prop_assert_eq!(before, network.scan_range((0, 1), span.0, span.1, origin_s + DAY));
    }
}
