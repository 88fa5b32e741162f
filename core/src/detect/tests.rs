//! A straight street with stops every 400 m, some buses, and a phone.

use super::*;
use crate::realtime::VehicleReport;
use proptest::prelude::*;

const ZERO_MS: i64 = 1_700_000_000_000;
const ORIGIN: Point = Point { lat: 47.1, lon: 51.9 };
const STOP_EVERY_M: f64 = 400.0;
const CRUISE_MPS: f64 = 9.0;
const DWELL_S: f64 = 20.0;

/// The place so many metres along the street, and so many beside it.
fn place(along_m: f64, beside_m: f64) -> Point {
    let degree_m = 111_195.08;
    Point {
        lat: ORIGIN.lat + beside_m / degree_m,
        lon: ORIGIN.lon + along_m / (degree_m * ORIGIN.lat.to_radians().cos()),
    }
}

/// How far a bus is that leaves the stop at 0 m at second 0, and how fast.
fn ride(second: f64) -> (f64, f64) {
    let leg_s = STOP_EVERY_M / CRUISE_MPS;
    let (legs, rest_s) = ((second / (leg_s + DWELL_S)).floor(), second.rem_euclid(leg_s + DWELL_S));
    let speed = if rest_s < leg_s { CRUISE_MPS } else { 0.0 };
    (legs * STOP_EVERY_M + rest_s.min(leg_s) * CRUISE_MPS, speed)
}

/// Noise in metres that repeats: nothing is drawn.
fn noise(seed: f64, size_m: f64) -> f64 {
    ((seed * 12.9898).sin() * 43_758.547).fract() * size_m
}

#[derive(Clone, Debug)]
enum Event {
    Fix(Fix),
    Reports(Vec<VehicleReport>),
}

/// Fixes once a second, and messages every 10 s that arrive 3 s after they were measured.
#[derive(Default)]
struct Street {
    events: Vec<(i64, Event)>,
}

impl Street {
    /// The phone's way, by second: metres along, beside, and speed.
    fn phone(mut self, seconds: std::ops::Range<i64>, way: impl Fn(f64) -> (f64, f64, f64)) -> Street {
        for second in seconds {
            let t = second as f64;
            let (along, beside, speed) = way(t);
            let fix = Fix {
                at_ms: ZERO_MS + second * 1_000,
                point: place(along + noise(t, 4.0), beside + noise(t + 0.5, 4.0)),
                accuracy_m: 8.0,
                speed_mps: Some(speed as f32),
                bearing_deg: None,
                mocked: false,
            };
            self.events.push((fix.at_ms, Event::Fix(fix)));
        }
        self
    }

    /// A bus whose clock is ahead by so many seconds.
    fn bus(mut self, name: &str, ahead_s: i64, way: impl Fn(f64) -> (f64, f64, f64)) -> Street {
        for message in 0..30 {
            let measured_s = message * 10 - 60;
            let (along, beside, speed) = way(measured_s as f64);
            let report = VehicleReport {
                vehicle: name.to_owned(),
                label: format!("№ {name}"),
                line: Some("14".to_owned()),
                point: place(along + noise(measured_s as f64 + 0.3, 3.0), beside),
                speed_mps: Some(speed as f32),
                measured_ms: ZERO_MS + (measured_s + ahead_s) * 1_000,
                received_ms: ZERO_MS + (measured_s + 3) * 1_000,
                ..VehicleReport::default()
            };
            let at_ms = report.received_ms;
            let message = self.events.iter_mut().find_map(|(at, event)| match event {
                Event::Reports(reports) if *at == at_ms => Some(reports),
                _ => None,
            });
            match message {
                Some(reports) => reports.push(report),
                None => self.events.push((at_ms, Event::Reports(vec![report]))),
            }
        }
        self
    }

    /// In the order of time, until the phone's last fix.
    fn sorted(mut self) -> Vec<(i64, Event)> {
        let fixes = self.events.iter().filter(|(_, event)| matches!(event, Event::Fix(_)));
        let end_ms = fixes.map(|(at_ms, _)| *at_ms).max();
        self.events.retain(|(at_ms, _)| Some(*at_ms) <= end_ms);
        self.events.sort_by_key(|(at_ms, _)| *at_ms);
        self.events
    }

    fn sightings(self) -> Vec<(i64, Sighting)> {
        let mut detector = Detector::default();
        self.sorted().iter().map(|(at_ms, event)| (*at_ms, step(&mut detector, *at_ms, event))).collect()
    }
}

fn step(detector: &mut Detector, at_ms: i64, event: &Event) -> Sighting {
    match event {
        Event::Fix(fix) => detector.observe(*fix),
        Event::Reports(reports) => reports.iter().for_each(|report| detector.report(report)),
    }
    detector.sighting(at_ms)
}

/// On the bus that leaves at second 0, until `off_s`; then standing where it was left.
fn passenger(off_s: f64) -> impl Fn(f64) -> (f64, f64, f64) {
    move |t| {
        let (along, speed) = ride(t.clamp(-DWELL_S, off_s));
        if (0.0..off_s).contains(&t) { (along, 0.0, speed) } else { (along, 4.0, 0.0) }
    }
}

fn line(late_s: f64) -> impl Fn(f64) -> (f64, f64, f64) {
    move |t| {
        let (along, speed) = ride(t - late_s);
        (along, 0.0, speed)
    }
}

fn parked(along: f64) -> impl Fn(f64) -> (f64, f64, f64) {
    move |_| (along, 6.0, 0.0)
}

/// Every bus that was ever proposed, and when first, in seconds.
fn proposed(sightings: &[(i64, Sighting)]) -> Vec<(String, i64)> {
    let mut seen: Vec<(String, i64)> = Vec::new();
    for (at_ms, sighting) in sightings {
        if let Sighting::Proposed { bus, .. } = sighting
            && !seen.iter().any(|(vehicle, _)| *vehicle == bus.vehicle)
        {
            seen.push((bus.vehicle.clone(), (at_ms - ZERO_MS) / 1_000));
        }
    }
    seen
}

fn why(sighting: &Sighting) -> Option<Why> {
    match sighting {
        Sighting::None { why } | Sighting::Choose { why, .. } => Some(*why),
        Sighting::Proposed { .. } => None,
    }
}

fn last(sightings: &[(i64, Sighting)]) -> &Sighting {
    &sightings.last().expect("something happened").1
}

#[test]
fn the_bus_that_one_rides_is_proposed_with_its_painted_number_and_why() {
    let street = Street::default()
        .phone(-20..120, passenger(300.0))
        .bus("own", 0, line(0.0))
        .bus("parked", 0, parked(5.0))
        .bus("behind", 0, line(120.0));
    let sightings = street.sightings();
    let seen = proposed(&sightings);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0].0, "own");
    assert!((1..60).contains(&seen[0].1), "after it left, and within a minute: {seen:?}");
    let Sighting::Proposed { bus, evidence } = last(&sightings) else { panic!("still proposed") };
    assert_eq!(bus.label, "№ own");
    assert!(evidence.agreed >= 3 && evidence.together_m > 300 && evidence.age_s < 20, "{evidence:?}");
}

#[test]
fn of_two_buses_twenty_seconds_apart_the_right_one_is_proposed_to_each_passenger() {
    for (own, gap_s) in [("first", 20.0), ("second", -20.0)] {
        let other = if own == "first" { "second" } else { "first" };
        let street = Street::default().phone(-20..180, passenger(300.0)).bus(own, 0, line(0.0)).bus(
            other,
            0,
            line(gap_s),
        );
        let seen = proposed(&street.sightings());
        assert_eq!(seen.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), [own]);
    }
}

#[test]
fn two_buses_that_cannot_be_told_apart_are_both_offered() {
    let street =
        Street::default().phone(-20..180, passenger(300.0)).bus("a", 0, line(0.0)).bus("b", 0, line(1.0));
    let sightings = street.sightings();
    assert_eq!(proposed(&sightings), []);
    let Sighting::Choose { candidates, why } = last(&sightings) else { panic!("a choice") };
    assert_eq!((candidates.len(), *why), (2, Why::TwoAlike));
}

#[test]
fn standing_beside_a_bus_proves_nothing() {
    let street = Street::default().phone(-20..180, |_| (0.0, 4.0, 0.0)).bus("parked", 0, parked(0.0)).bus(
        "passes",
        0,
        line(0.0),
    );
    let sightings = street.sightings();
    assert_eq!(proposed(&sightings), []);
    assert_eq!(why(last(&sightings)), Some(Why::TooEarly));
}

#[test]
fn a_pedestrian_is_on_no_bus() {
    let walk = |t: f64| (1.4 * t, 6.0, 1.4);
    let street = Street::default().phone(-20..200, walk).bus("a", 0, line(0.0)).bus("b", 0, line(60.0)).bus(
        "c",
        0,
        line(-40.0),
    );
    assert_eq!(proposed(&street.sightings()), []);
}

#[test]
fn a_cyclist_who_meets_a_bus_at_every_stop_is_on_no_bus() {
    let cycle = |t: f64| (5.5 * t, 3.0, 5.5);
    let street = Street::default().phone(-20..150, cycle).bus("a", 0, line(0.0)).bus("b", 0, line(-30.0));
    assert_eq!(proposed(&street.sightings()), []);
}

#[test]
fn some_seconds_beside_a_bus_in_slow_traffic_are_a_bicycle_s_company() {
    let cycle = |t: f64| (4.5 * t, 3.0, 4.5);
    let crawl = |t: f64| if t < 12.0 { (4.5 * t, 0.0, 4.5) } else { (54.0 + 9.0 * (t - 12.0), 0.0, 9.0) };
    let street = Street::default().phone(-5..150, cycle).bus("a", 0, crawl);
    assert_eq!(proposed(&street.sightings()), []);
}

#[test]
fn on_a_silent_bus_the_one_ahead_is_not_proposed() {
    let street = Street::default().phone(-20..180, passenger(300.0)).bus("ahead", 0, line(-30.0)).bus(
        "ghost",
        0,
        parked(0.0),
    );
    let sightings = street.sightings();
    assert_eq!(proposed(&sightings), []);
    let silent = sightings.iter().any(|(_, sighting)| why(sighting) == Some(Why::SilentBus));
    assert!(silent, "somebody rides, and no bus rides along");
}

#[test]
fn a_small_error_of_the_feed_s_clock_does_not_hide_the_bus() {
    for ahead_s in [-4, 4] {
        let street = Street::default().phone(-20..180, passenger(300.0)).bus("own", ahead_s, line(0.0)).bus(
            "behind",
            ahead_s,
            line(60.0),
        );
        let seen = proposed(&street.sightings());
        assert_eq!(seen.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), ["own"], "{ahead_s}");
    }
}

#[test]
fn a_large_error_of_the_feed_s_clock_makes_it_abstain() {
    for ahead_s in [-15, 15] {
        let street = Street::default().phone(-20..180, passenger(300.0)).bus("own", ahead_s, line(0.0));
        assert_eq!(proposed(&street.sightings()), [], "{ahead_s}");
    }
}

#[test]
fn a_bus_that_was_left_is_not_proposed_any_more() {
    let street = Street::default().phone(-20..200, passenger(70.0)).bus("own", 0, line(0.0));
    let sightings = street.sightings();
    assert_eq!(proposed(&sightings).len(), 1);
    let later = sightings.iter().filter(|(at_ms, _)| *at_ms > ZERO_MS + 100_000);
    assert!(later.clone().count() > 50 && later.clone().all(|(_, sighting)| why(sighting).is_some()));
}

#[test]
fn made_up_positions_never_propose() {
    let mut street = Street::default().phone(-20..120, passenger(300.0)).bus("own", 0, line(0.0));
    if let Some((_, Event::Fix(fix))) = street.events.iter_mut().find(|(at_ms, _)| *at_ms > ZERO_MS + 20_000)
    {
        fix.mocked = true;
    }
    let sightings = street.sightings();
    assert_eq!(why(last(&sightings)), Some(Why::MockPosition));
}

#[test]
fn a_feed_that_froze_never_proposes() {
    let mut street = Street::default().phone(-20..300, passenger(300.0)).bus("own", 0, line(0.0));
    for (_, event) in &mut street.events {
        let Event::Reports(reports) = event else { continue };
        // The server repeats what it knew at second 0.
        reports.iter_mut().for_each(|report| report.measured_ms = report.measured_ms.min(ZERO_MS));
    }
    let sightings = street.sightings();
    assert_eq!(proposed(&sightings), []);
    assert_eq!(why(last(&sightings)), Some(Why::StaleFeed));
}

#[test]
fn without_fixes_or_reports_it_says_so() {
    let mut detector = Detector::default();
    assert_eq!(detector.sighting(ZERO_MS), Sighting::None { why: Why::NoFixes });
    for (at_ms, event) in Street::default().phone(0..30, passenger(300.0)).sorted() {
        assert_eq!(step(&mut detector, at_ms, &event), Sighting::None { why: Why::StaleFeed });
    }
    assert_eq!(detector.sighting(ZERO_MS + 60_000), Sighting::None { why: Why::NoFixes });
}

#[test]
fn where_a_bus_is_due_that_does_not_report_more_is_asked_for() {
    let found = |due: Due| {
        let street = Street::default().phone(-20..180, passenger(300.0)).bus("own", 0, line(0.0));
        let (mut detector, mut seen) = (Detector::default(), Vec::new());
        for (at_ms, event) in street.sorted() {
            let sighting = step(&mut detector, at_ms, &event);
            // Where one boarded; it is not due any more where the bus halts next.
            if at_ms <= ZERO_MS {
                detector.are_due(due);
            }
            seen.push((at_ms, sighting));
        }
        let first = proposed(&seen).first().map(|(_, at_ms)| *at_ms).expect("a bus, in the end");
        let doubts = |(_, sighting): &&(i64, Sighting)| why(sighting) == Some(Why::SilentBus);
        (first, seen.iter().filter(doubts).count())
    };
    let ((known, _), (doubted, silent)) =
        (found(Due { silent: 0, told: 9 }), found(Due { silent: 1, told: 8 }));
    assert!(doubted > known && silent > 0, "{known} {doubted} {silent}");
    assert_eq!(found(Due { silent: 5, told: 0 }).0, known, "the feed does not name its trips");
}

#[test]
fn a_phone_whose_clock_is_known_to_be_off_finds_its_bus_by_it() {
    let found = |ahead_ms: i64, told_from_s: i64| {
        let street = Street::default().phone(-20..120, passenger(300.0)).bus("own", 0, line(0.0));
        let mut detector = Detector::default();
        let mut proposed = Vec::new();
        for (at_ms, event) in street.sorted() {
            if at_ms >= ZERO_MS + told_from_s * 1_000 {
                // Known to half a second or so: no report comes twice for it.
                detector.phone_is_ahead(ahead_ms + noise(at_ms as f64, 500.0) as i64);
            }
            let event = match event {
                Event::Fix(fix) => Event::Fix(Fix { at_ms: fix.at_ms + ahead_ms, ..fix }),
                reports => reports,
            };
            if let Sighting::Proposed { evidence, .. } = step(&mut detector, at_ms + ahead_ms, &event) {
                proposed.push((at_ms, evidence.agreed));
            }
        }
        proposed
    };
    let right = found(0, 999);
    assert!(!right.is_empty());
    for ahead_ms in [-600_000, 95_000, 86_400_000] {
        assert_eq!(found(ahead_ms, 999), [], "{ahead_ms}");
        assert_eq!(found(ahead_ms, -60).len(), right.len(), "{ahead_ms}");
        // Told of it only on the way: what was heard before does not keep what is heard then from counting.
        assert!(!found(ahead_ms, 15).is_empty(), "{ahead_ms}");
    }
}

#[test]
fn in_a_large_city_too_a_bus_that_drove_away_is_known_to_be_away() {
    let mut detector = Detector::default();
    for second in 0..400 {
        for event in Street::default().phone(second..second + 1, parked(0.0)).sorted() {
            step(&mut detector, event.0, &event.1);
        }
        let report = |bus: i64, along_m: f64| VehicleReport {
            vehicle: format!("{bus}"),
            point: place(along_m, 0.0),
            measured_ms: ZERO_MS + second * 1_000,
            received_ms: ZERO_MS + second * 1_000,
            ..VehicleReport::default()
        };
        (1..800).for_each(|bus| detector.report(&report(bus, 5_000.0)));
        detector.report(&report(0, 9.0 * second as f64));
    }
    assert_eq!(detector.company("0", ZERO_MS + 400_000), Company::Parted);
    assert_eq!(detector.company("700", ZERO_MS + 400_000), Company::Unknown, "so many are not kept");
}

#[test]
fn memory_is_bounded_by_what_is_near_and_lately_heard() {
    let mut detector = Detector::default();
    for second in 0..1_000 {
        for event in Street::default().phone(second..second + 1, passenger(300.0)).sorted() {
            step(&mut detector, event.0, &event.1);
        }
        for bus in 0..20 {
            detector.report(&VehicleReport {
                vehicle: format!("{second} {bus}"),
                point: place(f64::from(bus) * 1_000.0, 0.0),
                measured_ms: ZERO_MS + second * 1_000,
                received_ms: ZERO_MS + second * 1_000,
                ..VehicleReport::default()
            });
        }
    }
    let kept = serde_json::to_string(&detector.memory()).expect("plain data");
    assert!(kept.len() < 400_000, "{}", kept.len());
}

fn busy_street() -> Vec<(i64, Event)> {
    let street = Street::default().phone(-20..110, passenger(75.0));
    let street = street.bus("own", 1, line(0.0)).bus("behind", 1, line(25.0)).bus("ahead", 1, line(-45.0));
    street.bus("parked", 1, parked(3.0)).sorted()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_buses_in_a_message_changes_nothing(seed in any::<u64>()) {
        let (mut plain, mut shuffled) = (Detector::default(), Detector::default());
        for (at_ms, event) in busy_street() {
            let other = match &event {
                Event::Reports(reports) => {
                    let mut reports = reports.clone();
                    reports.sort_by_key(|one| (one.vehicle.len() as u64 ^ seed).wrapping_mul(seed | 1) >> 7);
                    let by = seed as usize % reports.len();
                    reports.rotate_left(by);
                    Event::Reports(reports)
                }
                fix => fix.clone(),
            };
            prop_assert_eq!(step(&mut plain, at_ms, &event), step(&mut shuffled, at_ms, &other));
        }
        prop_assert_eq!(plain, shuffled);
    }

    #[test]
    fn an_app_that_was_killed_goes_on_where_it_was(kill in 0..190_usize) {
        let (mut whole, mut restored) = (Detector::default(), Detector::default());
        let mut proposed = (None, None);
        for (index, (at_ms, event)) in busy_street().iter().enumerate() {
            if index == kill {
                let kept = serde_json::to_string(&restored.memory()).expect("plain data");
                let kept = serde_json::from_str(&kept).expect("what was written");
                restored = Detector::remember(kept, FeedClock::default(), *at_ms).unwrap_or_default();
            }
            let bus = |sighting| match sighting {
                Sighting::Proposed { bus, .. } => Some((bus.vehicle, *at_ms)),
                _ => None,
            };
            proposed.0 = proposed.0.or(bus(step(&mut whole, *at_ms, event)));
            proposed.1 = proposed.1.or(bus(step(&mut restored, *at_ms, event)));
        }
        let (whole, restored) = (proposed.0.expect("a bus"), proposed.1.expect("a bus"));
        prop_assert_eq!(&whole.0, &restored.0);
        prop_assert!(restored.1 <= whole.1 + 20_000, "{} {}", restored.1, whole.1);
    }

    #[test]
    fn a_memory_that_is_old_or_of_the_future_is_forgotten(off_ms in -400_000..400_000_i64) {
        let mut detector = Detector::default();
        busy_street().iter().for_each(|(at_ms, event)| { step(&mut detector, *at_ms, event); });
        let last_ms = detector.memory().0.last().expect("a fix").0;
        let again = Detector::remember(detector.memory(), FeedClock::default(), last_ms + off_ms);
        prop_assert_eq!(again.is_some(), (0..=120_000).contains(&off_ms));
    }

    #[test]
    fn no_number_panics(
        fixes in proptest::collection::vec((any::<i64>(), any::<f64>(), any::<f64>(), any::<f32>()), 0..20),
        reports in proptest::collection::vec((any::<i64>(), any::<i64>(), -90.0..90.0, any::<f32>()), 0..20),
        now_ms in any::<i64>(),
    ) {
        let mut detector = Detector::default();
        for (at_ms, lat, lon, accuracy_m) in fixes {
            let fix = |point, accuracy_m| Fix {
                at_ms, point, accuracy_m, speed_mps: Some(accuracy_m), bearing_deg: Some(accuracy_m), mocked: false,
            };
            detector.observe(fix(Point { lat, lon }, accuracy_m));
            detector.observe(fix(ORIGIN, 5.0));
            for (measured_ms, received_ms, lat, speed) in &reports {
                detector.report(&VehicleReport {
                    vehicle: "a".into(),
                    point: Point { lat: *lat, lon: ORIGIN.lon },
                    speed_mps: Some(*speed),
                    measured_ms: *measured_ms,
                    received_ms: *received_ms,
                    ..VehicleReport::default()
                });
                detector.report(&VehicleReport {
                    vehicle: "b".into(), point: ORIGIN, measured_ms: at_ms, received_ms: at_ms,
                    ..VehicleReport::default()
                });
                let _ = detector.sighting(now_ms);
            }
        }
    }
}

/// The same street, with beacons that are heard each second: which, and how strong.
#[test]
fn a_passenger_and_the_bus_that_was_left_have_parted() {
    // Off after 70 s, and the bus goes on.
    let street = Street::default().phone(-20..200, passenger(70.0)).bus("own", 0, line(0.0));
    let mut detector = Detector::default();
    let mut company = Vec::new();
    for (at_ms, event) in street.sorted() {
        step(&mut detector, at_ms, &event);
        let now = detector.company("own", at_ms);
        if company.last() != Some(&now) {
            company.push(now);
        }
        assert_eq!(detector.company("nobody's", at_ms), Company::Unknown);
        let is_proposed = matches!(detector.sighting(at_ms), Sighting::Proposed { .. });
        assert!(!is_proposed || now == Company::Together, "whose bus is proposed has not left it");
    }
    assert_eq!(company, [Company::Unknown, Company::Together, Company::Unknown, Company::Parted]);
    assert_eq!(detector.company("own", ZERO_MS + 500_000), Company::Unknown, "who knows by now");
}

#[test]
fn confirmed_rides_teach_the_feed_s_clock() {
    let ride = |clock: FeedClock, ahead_s: i64| {
        let street = Street::default().phone(-20..180, passenger(300.0)).bus("own", ahead_s, line(0.0));
        let mut detector = Detector::with_clock(clock);
        let mut proposed_s = None;
        for (at_ms, event) in street.sorted() {
            if let Sighting::Proposed { .. } = step(&mut detector, at_ms, &event) {
                proposed_s = proposed_s.or(Some((at_ms - ZERO_MS) / 1_000));
            }
        }
        (detector, proposed_s)
    };
    let (mut unlearnt, slow) = ride(FeedClock::default(), 10);
    assert!(!unlearnt.confirm("nobody's") && unlearnt.clock() == &FeedClock::default());
    let mut clock = FeedClock::default();
    for _ in 0..5 {
        let (mut detector, _) = ride(clock, 10);
        assert!(detector.confirm("own"));
        clock = detector.clock().clone();
    }
    let (_, fast) = ride(clock.clone(), 10);
    let fast = fast.expect("a proposal");
    assert!(slow.is_none_or(|slow| slow >= fast + 10), "{slow:?} {fast}");
    // A clock that was put right is believed again.
    let (_, right) = ride(clock, 0);
    assert!(right.is_none_or(|right| right < 180), "{right:?}");
}

fn hearing(street: Street, beacons: &[(&str, i8)]) -> Vec<(i64, Sighting)> {
    let mut detector = Detector::default();
    let mut sightings = Vec::new();
    for (at_ms, event) in street.sorted() {
        if matches!(event, Event::Fix(_)) {
            for (vehicle, dbm) in beacons {
                let (vehicle, label) = ((*vehicle).to_owned(), format!("№ {vehicle}"));
                detector.hear(HeardBus { vehicle, label, line: None }, *dbm, at_ms);
            }
        }
        sightings.push((at_ms, step(&mut detector, at_ms, &event)));
    }
    sightings
}

fn offered(sighting: &Sighting) -> Vec<(&str, bool)> {
    let Sighting::Choose { candidates, .. } = sighting else { return Vec::new() };
    candidates.iter().map(|bus| (bus.vehicle.as_str(), bus.heard)).collect()
}

#[test]
fn a_silent_bus_is_offered_by_its_beacon_and_never_proposed() {
    let street = || Street::default().phone(-20..180, passenger(300.0)).bus("parked", 0, parked(5.0));
    assert_eq!(offered(last(&street().sightings())), []);
    let sightings = hearing(street(), &[("silent", -40)]);
    assert_eq!(proposed(&sightings), []);
    assert_eq!(offered(last(&sightings)), [("silent", true)]);
    assert_eq!(why(last(&sightings)), Some(Why::SilentBus));
    assert_eq!(offered(last(&hearing(street(), &[("silent", -95)]))), [], "too weak to be this bus");
}

#[test]
fn a_bus_that_goes_another_way_is_not_offered_because_it_is_heard() {
    // In the next lane at the stop, then it stays behind; and a recording of one far away.
    let street = || {
        Street::default().phone(-20..100, passenger(300.0)).bus("lane", 0, parked(-8.0)).bus(
            "far",
            0,
            parked(30_000.0),
        )
    };
    let sightings = hearing(street(), &[("lane", -50), ("far", -30), ("silent", -75)]);
    assert_eq!(proposed(&sightings), []);
    assert_eq!(offered(last(&sightings)), [("silent", true)]);
    for (at_ms, sighting) in &sightings {
        let is_offered = offered(sighting).iter().any(|(vehicle, _)| *vehicle == "far");
        assert!(!is_offered || *at_ms < ZERO_MS, "before it reported nobody knows: {at_ms}");
    }
}

#[test]
fn of_two_buses_at_a_stop_the_one_that_is_heard_is_offered_first() {
    let street = || {
        Street::default().phone(-20..0, |_| (0.0, 0.0, 0.0)).bus("near", 0, parked(4.0)).bus(
            "own",
            0,
            parked(14.0),
        )
    };
    assert_eq!(offered(last(&street().sightings())), [("near", false), ("own", false)]);
    assert_eq!(offered(last(&hearing(street(), &[("own", -60)]))), [("own", true), ("near", false)]);
    assert_eq!(offered(last(&hearing(street(), &[("own", -88)])))[0].0, "near", "hardly heard");
}

#[test]
fn without_any_position_what_is_heard_is_offered_and_nothing_more() {
    let mut detector = Detector::default();
    let hear = |detector: &mut Detector, vehicle: &str, dbm| {
        let bus = HeardBus { vehicle: vehicle.to_owned(), label: vehicle.to_owned(), line: None };
        detector.hear(bus, dbm, ZERO_MS);
    };
    for (vehicle, dbm) in [("a", -80), ("b", -72), ("c", -60), ("d", -85)] {
        hear(&mut detector, vehicle, dbm);
    }
    let sighting = detector.sighting(ZERO_MS);
    assert_eq!(offered(&sighting), [("c", true), ("b", true), ("a", true)]);
    assert_eq!(why(&sighting), Some(Why::NoFixes));
    assert_eq!(detector.sighting(ZERO_MS + 11_000), Sighting::None { why: Why::NoFixes }, "gone");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_heard_proposes_nothing_and_takes_no_proposal_back(
        beacons in prop::collection::vec((0..5usize, -100..-20i8), 0..6),
        gap_s in -40.0..40.0f64,
        beside in 4.0..60.0f64,
    ) {
        let street = || {
            Street::default()
                .phone(-20..150, passenger(300.0))
                .bus("own", 0, line(0.0))
                .bus("other", 0, line(gap_s))
                .bus("parked", 0, parked(beside))
        };
        let beacons: Vec<_> =
            beacons.iter().map(|(nth, dbm)| (["own", "other", "parked", "silent", "far"][*nth], *dbm)).collect();
        for ((_, without), (_, with)) in street().sightings().iter().zip(&hearing(street(), &beacons)) {
            match (without, with) {
                (Sighting::Proposed { bus, evidence }, Sighting::Proposed { bus: heard, evidence: same }) => {
                    prop_assert_eq!((&bus.vehicle, evidence), (&heard.vehicle, same));
                }
                (Sighting::Proposed { .. }, other) | (other, Sighting::Proposed { .. }) => {
                    prop_assert!(false, "{:?} became {:?}", without, other);
                }
                (_, with) => {
                    prop_assert_eq!(why(without), why(with));
                    prop_assert!(offered(with).len() <= 3);
                }
            }
        }
    }
}
