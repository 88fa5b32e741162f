//! Lives over TCP and TLS that are cut, held, reordered and doubled: each ride is charged once, and said so.

use jol_headless::simulate::network;
use jol_headless::story::tell;

#[test]
fn rough_network() {
    tell(module_path!(), |story| {
        let (mut bad, mut charged, mut declined) = (Vec::new(), 0, 0);
        let seeds =
            (0..super::many(64).min(2_000)).map(|nth| story.seed().wrapping_mul(1_000_000).wrapping_add(nth));
        network::live(seeds, |seed, lived| {
            charged += lived.charged_once;
            declined += lived.declined;
            if !lived.violations.is_empty() {
                lived.told.iter().for_each(|line| story.note("life", line.trim()));
                bad.push((seed, lived.violations));
            }
        });
        story.note("lives", format!("{charged} rides charged, {declined} declined"));
        assert_eq!(bad, [], "jol simulate payments --level network --seeds 1 --tell --from SEED");
        // Lives in which nothing happens would prove nothing.
        assert!(charged > 32 && declined > 0, "{charged} rides charged, {declined} declined");
    });
}
