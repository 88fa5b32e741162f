//! Lists grow old and say so: in the inspector's list of lists at once, beside a verdict after an hour. An
//! older register, or another bus's, never takes the place of the one that is kept.

use crate::deliver;
use jol_core::inspector::ListView;
use jol_core::operator::outbox::Operation;
use jol_core::ticket::NumberKind;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Scene, Staff, tell};

const HOUR_MS: i64 = 3_600_000;
const PATH: &str = "/v1/vehicles/547/register";

#[test]
fn ages() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        let [_, _, register, terminals, tills] = lists(&inspector);
        for list in [register, terminals, tills] {
            assert!(list.too_old && list.age_s.is_none(), "no bus is checked yet: {list:?}");
        }
        inspector.refresh();
        inspector.board("547");
        let [keys, status, register, terminals, tills] = lists(&inspector);
        // A list of keys a day, from midnight; a status list each five minutes.
        assert_eq!((keys.age_s, status.age_s, register.age_s), (Some(9 * 3_600), Some(0), Some(0)));
        assert_eq!((terminals.age_s, tills.age_s), (Some(0), Some(0)));
        let all = [&keys, &status, &register, &terminals, &tills];
        assert!(!all.iter().any(|list| list.too_old), "{all:?}");
        assert_eq!(keys.text, "давность 9 ч");
        let (old, others) = (scene.register("547"), scene.register("548"));

        // An hour later the list of revoked tickets says so beside the verdict.
        scene.pass_ms(HOUR_MS + 60_000);
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        let told =
            |view: &jol_core::inspector::VerdictView| view.facts.iter().any(|fact| fact.contains("1 ч"));
        let view = inspector.view(&aru.show(&ride, None));
        assert!(view.verdict == "valid" && told(&view), "{view:?}");
        let [_, status, register, ..] = lists(&inspector);
        assert_eq!((status.age_s, status.too_old, register.too_old), (Some(3_660), false, true));
        inspector.refresh();
        inspector.board("547");
        let view = inspector.view(&aru.show(&ride, None));
        assert!(view.verdict == "valid" && !told(&view), "{view:?}");

        // What an old cache or a liar puts in the operator's place.
        let jol = inspector.inspector.jol();
        for body in [&old, &others, &r#"{"register":"AAAA"}"#.to_owned(), &"{}".to_owned()] {
            deliver(&jol, Operation::Register, PATH, body);
            let [_, _, register, ..] = lists(&inspector);
            assert_eq!((register.age_s, register.too_old), (Some(0), false), "the newest one stays");
        }
        deliver(&jol, Operation::Register, "/v1/vehicles/548/register", &others);
        inspector.board("548");
        assert_eq!(lists(&inspector)[2].age_s, Some(0), "asked for anew, not the one that nobody asked for");

        scene.pass_ms(24 * HOUR_MS);
        let [_, status, _, terminals, tills] = lists(&inspector);
        assert!(terminals.too_old && tills.too_old, "{terminals:?}");
        assert!(status.too_old && status.text.contains("устарели"), "{status:?}");
        inspector.clock.restart();
        let [_, status, ..] = lists(&inspector);
        assert!(status.age_s.is_none() && status.text.contains("неизвестна"), "{status:?}");
        let view = inspector.number(NumberKind::Card, "9643000000000001");
        assert_eq!(view.reason.as_deref(), Some("time_unknown"));
    });
}

fn lists(inspector: &Staff<'_>) -> [ListView; 5] {
    inspector.inspector.lists().expect("the lists").try_into().expect("five of them")
}
