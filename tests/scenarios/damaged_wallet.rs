//! A damaged wallet is a clear sentence, its file is kept, and a new one gets the rides back.

use jol_core::jol::JolError;
use jol_headless::story::{LANGUAGES, Scene, tell};
use std::path::Path;

#[test]
fn damaged_wallet() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        aru.was_charged(1, 100);
        let (opening, clock, number) = (aru.opening.clone(), aru.clock.clone(), aru.number.clone());
        aru.jol.close();
        drop(aru);
        let file = Path::new(&opening.folder).join("wallet.db");
        let whole = std::fs::read(&file).expect("the wallet");

        let half = whole.len() / 2;
        let mut overwritten = whole.clone();
        overwritten[..4_096.min(half)].fill(0x5a);
        let mut in_the_middle = whole.clone();
        in_the_middle[4_096..].fill(0xa5);
        let not_a_wallet = b"<html>a captive portal's page</html>".repeat(200);
        for (nth, damaged) in
            [overwritten, whole[..half].to_vec(), in_the_middle, not_a_wallet].into_iter().enumerate()
        {
            clock.advance_ms(1_000);
            for ending in ["-wal", "-shm"] {
                _ = std::fs::remove_file(file.with_file_name(format!("wallet.db{ending}")));
            }
            std::fs::write(&file, &damaged).expect("damaged");
            let refused = scene.start_app(&opening, &clock).map(|_| ()).expect_err("it is damaged");
            assert_eq!(refused, JolError::Storage { what: "damaged".into() }, "damage {nth}");
            for language in LANGUAGES {
                assert!(!refused.text(language).starts_with("error-"));
            }
            let kept = std::fs::read_dir(&opening.folder).expect("the folder").any(|entry| {
                let path = entry.expect("an entry").path();
                path.to_string_lossy().contains("damaged-")
                    && std::fs::read(path).expect("readable").starts_with(&damaged[..64])
            });
            assert!(kept, "damage {nth}: what was there is still there");
        }

        // The next start begins a new wallet, and the operator tells it of the ride.
        let again = scene.newcomer_with(&number, opening);
        again.sign_up();
        assert_eq!(again.ticket().bus, "547");
        assert_eq!(scene.charged(&number).0, 1);
        assert!(again.quote("0547").paid_by.is_some(), "and it is not paid again");
    });
}
