//! A ticket holds to the last stop, for its minutes or in its zone, as the operator's rules have it; leaving
//! the bus or losing the position never ends, hides or moves one.

use jol_core::city::fares::RideEnd;
use jol_core::detect::Fix;
use jol_core::geo::Point;
use jol_core::text::Language;
use jol_core::wallet::Category::Standard;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, tell};
use std::num::NonZeroU16;

const MINUTE_MS: i64 = 60_000;

#[test]
fn ride_ends() {
    tell(module_path!(), |story| {
        let minutes = NonZeroU16::new(90).expect("90");
        let scene = Scene::open_with(story, None, |operator| {
            operator.cities[0].rules.ride_end = RideEnd::Minutes { minutes };
        });
        let aru = scene.passenger("+77771234567");
        aru.jol.set_language(Language::En);
        let inspector = scene.inspector("inspector");
        inspector.refresh();
        aru.quote_and_pay("0547");
        let ticket = aru.ticket();
        assert_eq!(ticket.state_text, "Valid until: 15:30", "90 minutes from 14:00 in Atyrau");
        // The run ends, and the bus goes back: the ticket holds to its last minute, and no longer.
        scene.pass_ms(90 * MINUTE_MS - 1_000);
        inspector.board("547");
        assert_eq!(inspector.look(&aru.show(&ticket.ride, None)).0, "valid");
        assert_ne!(aru.quote("0547").paid_by, None, "nobody pays again until then");
        scene.pass_ms(MINUTE_MS);
        inspector.board("547");
        assert_eq!(inspector.look(&aru.show(&ticket.ride, None)).1.as_deref(), Some("ended"));
        let ended = aru.jol.ticket(&ticket.ride).expect("in the archive");
        assert!(!ended.is_valid && ended.state_text != ticket.state_text, "{ended:?}");
    });
}

#[test]
fn a_zone_is_told_to_passenger_and_inspector() {
    tell("ride_ends_with_its_zone", |story| {
        let scene = Scene::open_with(story, None, |operator| {
            operator.cities[0].rules.ride_end = RideEnd::Zone { zone: "A".to_owned() };
        });
        let aru = scene.passenger("+77771234567");
        let conductor = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
        conductor.open_shift("547");
        let paper = conductor.sell("547", &[(Standard, 1)]);
        let inspector = scene.inspector("inspector");
        inspector.refresh();
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        for language in LANGUAGES {
            aru.jol.set_language(language);
            inspector.inspector.jol().set_language(language);
            let text = aru.ticket().state_text;
            assert!(text.contains('A') && !text.contains("valid-in-zone"), "{text}");
            for code in [aru.show(&ride, None), paper.text.clone()] {
                inspector.board("547");
                let view = inspector.view(&code);
                let fact = &view.facts[0];
                assert!(
                    view.verdict == "valid" && fact.contains(" A") && !fact.contains("fact-"),
                    "{view:?}"
                );
            }
        }
    });
}

#[test]
fn a_position_ends_hides_and_moves_no_ticket() {
    tell("ride_ends_not_by_position", |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.refresh();
        aru.quote_and_pay("0547");
        let before = aru.ticket();
        // Three kilometres away, on foot, for ten minutes; then made-up positions, and none at all.
        for second in 0..600_i64 {
            let north = 47.15 + second as f64 * 1.2 / 111_000.0;
            let fix = Fix {
                at_ms: NOON_MS + second * 1_000,
                point: Point { lat: north, lon: 51.95 },
                accuracy_m: 5.0,
                speed_mps: Some(1.2),
                bearing_deg: Some(0.0),
                mocked: second > 500,
            };
            aru.jol.observe(&fix).expect("a sighting");
            scene.pass_ms(1_000);
        }
        aru.jol.forget_sighting().expect("forgotten");
        let after = aru.ticket();
        assert_eq!(
            (after.ride, after.bus, after.state, after.place),
            (before.ride.clone(), before.bus, before.state, before.place)
        );
        inspector.board("547");
        assert_eq!(inspector.look(&aru.show(&before.ride, None)).0, "valid");
    });
}
