//! Rides of the hub city.

use super::*;
use crate::detect::case::Judgement;
use crate::world::hub::tests::network;

fn rides() -> Rides<'static> {
    Rides::new(network(), 0).expect("buses")
}

fn drawn(scenario: Scenario, seeds: std::ops::Range<u64>) -> Vec<Drawn> {
    rides().draw(scenario, seeds).into_iter().flatten().collect()
}

/// Where the phone or a bus was by its rows, between two of them.
fn along(rows: &[(f64, f64, f64)], at: f64) -> Option<Point> {
    let after = rows.partition_point(|row| row.0 < at);
    let (a, b) = (rows.get(after.checked_sub(1)?)?, rows.get(after)?);
    let share = (at - a.0) / (b.0 - a.0).max(1e-9);
    (b.0 - a.0 < 12.0).then(|| Point { lat: a.1, lon: a.2 }.towards(Point { lat: b.1, lon: b.2 }, share))
}

fn phone_of(case: &Case) -> Vec<(f64, f64, f64)> {
    case.phone.iter().map(|row| (row.0 - case.skew, row.1, row.2)).collect()
}

#[test]
fn a_seed_names_a_ride() {
    let cases = |seeds| drawn(Scenario::Ordinary, seeds).into_iter().map(|drawn| drawn.case);
    let all: Vec<Case> = cases(62..66).collect();
    assert_eq!(all.len(), 4);
    assert_eq!(cases(64..65).next().as_ref(), Some(&all[2]), "whatever was drawn before");
    assert_ne!(all[0].phone, all[1].phone);
    assert_eq!(all[1].id, "ordinary-63");
}

#[test]
fn every_scenario_is_drawn_from_nearly_every_seed() {
    for scenario in Scenario::ALL {
        let all = drawn(scenario, 0..12);
        assert!(all.len() >= 11, "{} of 12 {}", all.len(), scenario.name());
        for Drawn { case, .. } in &all {
            assert_eq!((case.scenario.clone(), case.null), (scenario.name(), scenario.is_null()));
            let open = case.t_open - case.skew;
            let latest = if case.null { 140.0 } else { 108.01 };
            assert!((89.9..=latest).contains(&open), "{open}");
            assert!(case.phone.len() > 15 && !case.feed.is_empty());
            assert!(case.feed.is_sorted_by(|a, b| a.0 <= b.0) && case.phone.is_sorted_by(|a, b| a.0 < b.0));
        }
    }
}

#[test]
fn forty_buses_are_within_a_kilometre() {
    let mut counts: Vec<usize> = drawn(Scenario::Ordinary, 0..192).iter().map(|one| one.within_km).collect();
    counts.sort_unstable();
    assert!(counts[counts.len() / 20] >= 40, "in 95 of 100 rides: {counts:?}");
}

#[test]
fn the_phone_is_with_the_bus_that_is_ridden() {
    for Drawn { case, .. } in drawn(Scenario::Ordinary, 0..24) {
        if case.stamped {
            continue;
        }
        let phone = phone_of(&case);
        let ridden = case.truth[0].veh.clone().expect("a bus");
        let (from, until) = (case.t_ref - case.skew, case.truth[0].t - case.skew);
        let mut compared = 0;
        for row in case.feed.iter().filter(|row| row.2 == ridden && (from..until).contains(&row.1)) {
            let Some(point) = along(&phone, row.1) else { continue };
            let off = point.metres_to(Point { lat: row.3, lon: row.4 });
            // Rare fixes cut corners.
            assert!(off < 25.0 + 4.5 * case.sigma + 5.0 * case.phone_dt, "{off} m in {}", case.id);
            compared += 1;
        }
        assert!(compared >= 1, "{} has {compared} reports while riding", case.id);
        assert_eq!(case.judge(&ridden, case.t_ref + 1.0), Judgement::Ok);
        assert_eq!(case.judge(&ridden, 1.0), Judgement::Early);
    }
}

#[test]
fn errors_are_as_large_as_they_are_said_to_be() {
    let all = drawn(Scenario::Ordinary, 0..192);
    let share =
        |is: &dyn Fn(&Case) -> bool| all.iter().filter(|one| is(&one.case)).count() as f64 / all.len() as f64;
    assert!((0.25..0.45).contains(&share(&|case| case.sigma == 3.0)));
    assert!((0.01..0.14).contains(&share(&|case| case.stamped)));
    assert!((0.6..0.8).contains(&share(&|case| case.phone_dt == 1.0)));
    assert!((0.15..0.45).contains(&share(&|case| case.feed_iv == 10.0)));
    // Of phones that wait: their error is what their fixes scatter by.
    let (mut squares, mut expected) = (0.0, 0.0);
    for case in all.iter().map(|one| &one.case).filter(|case| case.phone_dt == 1.0) {
        let waits: Vec<_> = case.phone.iter().filter(|row| (60.0..80.0).contains(&row.0)).collect();
        let steps = waits.windows(2).filter(|pair| pair[1].4.is_some_and(|speed| speed < 0.3));
        for pair in steps {
            let step =
                Point { lat: pair[0].1, lon: pair[0].2 }.metres_to(Point { lat: pair[1].1, lon: pair[1].2 });
            squares += step * step;
            // Two axes of a process that forgets in 30 s.
            expected += 2.0 * 2.0 * case.sigma * case.sigma * (1.0 - (-1.0_f64 / of::LASTS_S).exp());
        }
    }
    let ratio = squares / expected;
    assert!((0.7..1.6).contains(&ratio), "steps are {ratio} of what they should be");
    let latencies = all
        .iter()
        .map(|one| &one.case)
        .filter(|case| !case.stamped)
        .flat_map(|case| case.feed.iter().map(|row| row.0 - case.skew - row.1));
    assert!(latencies.fold(0.0, f64::max) <= 13.01);
}

#[test]
fn each_hard_case_is_what_it_says() {
    let own = |case: &Case| case.truth[0].veh.clone().expect("a bus");
    let reports = |case: &Case, bus: &str| case.feed.iter().filter(|row| row.2 == bus).count();
    for case in drawn(Scenario::Bunch, 0..8).into_iter().map(|one| one.case) {
        let gap = case.params["gap"].as_f64().expect("seconds");
        assert!((10.0..=60.0).contains(&gap.abs()) && reports(&case, &own(&case)) > 0, "{gap}");
    }
    for case in drawn(Scenario::GhostBunch, 0..8).into_iter().map(|one| one.case) {
        let gap = case.params["gap"].as_f64().expect("seconds");
        assert!((-60.0..=-10.0).contains(&gap) && reports(&case, &own(&case)) == 0);
        assert!(!case.decidable && !case.truth[0].in_feed);
    }
    for case in drawn(Scenario::NoFeed, 0..4).into_iter().map(|one| one.case) {
        assert_eq!((reports(&case, &own(&case)), case.decidable), (0, false));
    }
    for case in drawn(Scenario::Tunnel, 0..8).into_iter().map(|one| one.case) {
        let dark = case.phone.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(0.0, f64::max);
        assert!(dark >= 39.0, "{dark}");
    }
    for case in drawn(Scenario::ClockSkew, 0..8).into_iter().map(|one| one.case) {
        assert!(
            (4.0..=20.0).contains(&case.skew.abs()) && (case.truth[0].f - case.skew - 100.0).abs() < 0.02
        );
    }
    for case in drawn(Scenario::SlowFeed, 0..8).into_iter().map(|one| one.case) {
        let fastest = case.feed.iter().map(|row| row.0 - case.skew - row.1).fold(f64::MAX, f64::min);
        assert!(case.feed_iv == 60.0 && (case.stamped || fastest >= 20.0), "{fastest}");
    }
    for case in drawn(Scenario::Transfer, 0..8).into_iter().map(|one| one.case) {
        assert!(
            case.truth.len() == 3 && case.truth[0].veh != case.truth[2].veh && case.truth[1].veh.is_none()
        );
    }
    for case in drawn(Scenario::Alight, 0..8).into_iter().map(|one| one.case) {
        let off = case.truth[0].t - case.skew;
        assert!(case.truth.len() == 2 && (165.0..345.0).contains(&off), "{off}");
    }
    for case in drawn(Scenario::Terminal, 0..8).into_iter().map(|one| one.case) {
        let waits = case.t_ref - case.skew - 100.0;
        assert!(case.params["parked"].as_f64() >= Some(3.0) && (19.0..101.0).contains(&waits), "{waits}");
    }
}

/// How fast a phone was on the whole while it moved, in metres a second: by its own word.
fn fastest(case: &Case) -> f32 {
    let mut speeds: Vec<f32> = case.phone.iter().filter_map(|row| row.4).collect();
    speeds.sort_by(f32::total_cmp);
    speeds.get(speeds.len() * 95 / 100).copied().unwrap_or(0.0)
}

#[test]
fn who_is_on_no_bus_is_as_fast_as_on_foot_by_bicycle_or_by_car() {
    for (scenario, expected) in
        [(Scenario::Pedestrian, 0.0..3.0), (Scenario::Cyclist, 2.0..8.0), (Scenario::CarNear, 5.0..16.0)]
    {
        for case in drawn(scenario, 0..8).into_iter().map(|one| one.case) {
            assert_eq!(
                case.truth,
                [Ridden { veh: None, f: case.skew, t: 420.0 + case.skew, in_feed: false }]
            );
            let told = case.phone.iter().any(|row| row.4.is_some());
            assert!(!told || expected.contains(&fastest(&case)), "{} m/s in {}", fastest(&case), case.id);
        }
    }
}

#[test]
fn swapped_buses_are_where_the_other_says_it_is() {
    let mut swapped = 0;
    for case in drawn(Scenario::SwappedId, 0..8).into_iter().map(|one| one.case) {
        let own = case.truth[0].veh.clone().expect("a bus");
        let phone = phone_of(&case);
        let until = case.truth[0].t - case.skew;
        let riding = case.feed.iter().filter(|row| (case.t_ref - case.skew..until).contains(&row.1));
        let farthest = riding
            .filter(|row| row.2 == own)
            .filter_map(|row| Some(along(&phone, row.1)?.metres_to(Point { lat: row.3, lon: row.4 })))
            .fold(0.0, f64::max);
        swapped += u32::from(farthest > 60.0);
    }
    assert!(swapped >= 5, "{swapped} of 8");
}
