use super::*;

fn lived(seeds: u64, without: Option<Weakness>) -> (Summary, Vec<Bad>) {
    simulate(&SimulateArgs { seeds, from: 0, level: Level::Rules, without, tell: false, json: false })
}

/// Whatever is told, done and moved, both levels say it alike.
#[test]
fn the_whole_core_ends_in_the_same_ledger() {
    let (level, from, without) = (Level::Core, 7_000_000, None);
    let args = SimulateArgs { seeds: 200, from, level, without, tell: true, json: false };
    let stage = Stage::new().expect("a stage");
    for seed in from..from + args.seeds {
        let (rules, core) = (live(&args, None, seed), live(&args, Some(&stage), seed));
        let apart = rules.told.iter().zip(&core.told).find(|(rules, core)| rules != core);
        assert_eq!((apart, core.violations), (None, rules.violations), "life {seed}");
        assert_eq!(core.hash, rules.hash, "life {seed}");
    }
}

#[test]
fn the_same_seeds_live_the_same_lives() {
    let hash = || lived(2_000, None).0.hash;
    assert_eq!(hash(), hash());
    let (first, second) = (lived(1_000, None).0, lived(2_000, None).0);
    assert!(first.charged_once < second.charged_once && first.hash != second.hash);
}

/// Each part of the design in its place; `tests/run lives` has a million.
#[test]
fn a_hundred_thousand_lives_are_charged_once() {
    let (summary, bad) = lived(100_000, None);
    assert_eq!(bad, []);
    assert_eq!(summary.violations, 0);
    // Lives in which nothing happens would prove nothing.
    assert!(summary.charged_once > 100_000 && summary.declined > 10_000, "{summary:?}");
}

/// The simulator sees what each part of the design is for.
#[test]
fn each_part_of_the_design_is_missed_within_ten_thousand_lives() {
    for weakness in Weakness::ALL {
        let (_, bad) = lived(10_000, Some(weakness));
        assert!(!bad.is_empty(), "without {weakness:?} nothing is wrong");
    }
}
