//! A conductor sells for cash through a day without a network: an inspector checks codes and numbers, the app
//! is killed between two sales, everything is told later, and all sums agree.

use jol_core::money::Money;
use jol_core::operator::outbox::{Carried, Operation};
use jol_core::pay::Way;
use jol_core::till::ShiftStanding;
use jol_core::wallet::Category::{Senior, Standard, Student};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Scene, tell};

fn said(verdict: &str, reason: &str) -> (String, Option<String>) {
    (verdict.to_owned(), Some(reason.to_owned()))
}

fn valid() -> (String, Option<String>) {
    ("valid".to_owned(), None)
}

/// What the operator's books say that conductors hold.
fn held(scene: &Scene<'_>) -> Money {
    let sql = "SELECT coalesce(-sum(gain), 0) FROM posting WHERE purse LIKE 'conductor:%'";
    Money::tiyn(scene.books(sql, []))
}

#[test]
fn conductor() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut conductor = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
        let inspector = scene.inspector("inspector");
        let passer_by = scene.inspector("not of the staff");
        assert!(conductor.quote("547", &[(Standard, 1)]).is_err(), "without a shift nothing is sold");
        let ShiftStanding::Open { till, .. } = conductor.open_shift("547") else { panic!("no shift") };
        assert!(conductor.till.open_shift("548").is_err(), "one shift at a time");
        scene.sign_in_on(&inspector.inspector.jol(), OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        scene.sign_in_on(&passer_by.inspector.jol(), "+77001234567");
        passer_by.refresh();

        // From here on nobody has a network.
        scene.stop();
        let family = conductor.sell("547", &[(Standard, 2), (Senior, 1)]);
        assert_eq!((family.serial, family.fare, family.numbers.len()), (1, Money::tenge(300), 3));
        assert!(family.code.version <= 10 && family.text.starts_with("JOLT1:"));
        let quote = conductor.quote("547", &[(Student, 1)]).expect("a quote");
        let signature = conductor.key.sign(&quote.to_sign);
        let student = conductor.till.sell(&quote, &signature).expect("sold");
        assert_eq!(conductor.till.sell(&quote, &signature), Ok(student.clone()), "a second tap");
        assert_eq!((student.serial, student.fare), (4, Money::tenge(50)));
        // A quote that another sale overtook is made anew; a foreign signature sells nothing.
        let overtaken = conductor.quote("547", &[(Standard, 1)]).expect("a quote");
        let other = conductor.sell("548", &[(Standard, 1)]);
        assert_eq!(other.serial, 5);
        assert!(conductor.till.sell(&overtaken, &conductor.key.sign(&overtaken.to_sign)).is_err());
        let quote = conductor.quote("547", &[(Standard, 1)]).expect("a quote");
        assert!(conductor.till.sell(&quote, &inspector_key().sign(&quote.to_sign)).is_err());

        // Killed after the cash was taken and signed: the sale is there, and the numbers go on.
        conductor.kill_and_start_again();
        assert_eq!(conductor.till.ticket(4), Ok(student.clone()));
        let after = conductor.sell("547", &[(Standard, 1)]);
        assert_eq!(after.serial, 6);

        // The inspector on bus 547, without a network.
        scene.pass_ms(20 * 60_000);
        inspector.board("547");
        let view = inspector.view(&family.text);
        assert_eq!(
            (view.verdict.as_str(), view.bus.as_deref(), view.line.as_deref()),
            ("valid", Some("547"), Some("5"))
        );
        assert_eq!(view.passengers.iter().map(|group| group.count).sum::<u8>(), 3);
        assert!(!view.facts.is_empty(), "on paper, which can be copied");
        assert_eq!(inspector.look(&family.text), said("not_valid", "seen_before"));
        assert_eq!(
            inspector.look_at_number(&family.numbers[1]),
            said("not_valid", "seen_before"),
            "the same ride"
        );
        assert_eq!(inspector.look(&other.text), said("not_valid", "wrong_vehicle"));
        assert_eq!(inspector.look_at_number(&other.numbers[0]), said("not_valid", "unknown_number"));
        assert_eq!(inspector.look_at_number(&after.numbers[0]), valid());
        assert_eq!(inspector.look_at_number(&after.numbers[0]), said("not_valid", "seen_before"));
        assert_eq!(inspector.look_at_number("12345"), said("not_valid", "not_a_number"));
        let last = if student.text.ends_with('0') { "1" } else { "0" };
        let changed = format!("{}{last}", &student.text[..student.text.len() - 1]);
        assert_eq!(inspector.look(&changed).0, "not_valid");
        passer_by.board("547");
        assert_eq!(passer_by.look_at_number(&student.numbers[0]), said("cannot_tell", "no_till_key"));
        for language in LANGUAGES {
            inspector.inspector.jol().set_language(language);
            let view = inspector.inspector.check_paper(&student.numbers[0]).expect("a verdict");
            assert!(
                ![&view.text, &view.facts.concat()]
                    .iter()
                    .any(|text| text.contains("reason-") || text.contains("fact-"))
            );
        }

        // An hour and a half after the sale neither holds.
        scene.pass_ms(75 * 60_000);
        inspector.board("547");
        assert_eq!(inspector.look(&student.text), said("not_valid", "ended"));
        assert_eq!(inspector.look_at_number(&student.numbers[0]), said("not_valid", "unknown_number"));

        // The end of the shift, still without a network: four sales, none of them sent.
        let report = conductor.till.close_shift().expect("a report");
        assert_eq!((report.till, report.sales, report.passengers), (till, 4, 6));
        assert_eq!(
            (report.cash, report.waiting, report.sent_sales),
            (Money::tenge(650), Money::tenge(650), 0)
        );
        let sums: Vec<_> = report.sums.iter().map(|sum| (sum.category, sum.passengers, sum.sum)).collect();
        let by_hand =
            [(Standard, 4, Money::tenge(600)), (Student, 1, Money::tenge(50)), (Senior, 1, Money::ZERO)];
        assert_eq!(sums, by_hand);
        assert!(report.sums.iter().all(|sum| sum.way == Way::Cash));
        assert!(conductor.quote("547", &[(Standard, 1)]).is_err(), "closed");

        // The network is back: answers get lost, and each sale is entered once.
        scene.start(None, |_| ());
        scene.fault("sales", FaultKind::DropAnswer, 1);
        conductor.settle();
        scene.pass_ms(10 * 60_000);
        conductor.settle();
        let report = conductor.till.report().expect("a report");
        assert_eq!((report.sent_sales, report.sent, report.waiting_sales), (4, Money::tenge(650), 0));
        assert_eq!(report.refused, []);
        assert_eq!(held(&scene), Money::tenge(650), "what the conductor holds, by the operator's books");
        assert_eq!(conductor.till.jol().cash_in_purse(), Ok(Money::tenge(650)));
        assert!(conductor.till.jol().ledger_is_balanced().expect("the ledger"));
        let odd = "SELECT count(*) FROM cash_sale WHERE fare IS NOT expected OR NOT in_shift OR run IS NULL";
        assert_eq!(scene.books::<i64>(odd, []), 0);
        // Nobody's account has these rides.
        assert_eq!(scene.books::<i64>("SELECT count(*) FROM ride", []), 0);
        scene.books_balance();
    });
}

fn inspector_key() -> jol_core::ticket::SoftwareKey {
    jol_core::ticket::SoftwareKey::from_seed([99; 32])
}

#[test]
fn who_is_no_staff_gets_no_shift_and_no_keys() {
    tell("conductor_not_staff", |story| {
        let scene = Scene::open(story);
        let somebody = scene.conductor("+77771234567");
        let standing = somebody.open_shift("547");
        assert!(matches!(standing, ShiftStanding::Refused { .. }), "{standing:?}");
        assert!(somebody.quote("547", &[(Standard, 1)]).is_err());
        assert_eq!(scene.books::<i64>("SELECT count(*) FROM till", []), 0);
    });
}

#[test]
fn an_operator_that_lost_sales_gets_them_all_again() {
    tell("conductor_gap", |story| {
        let scene = Scene::open(story);
        let conductor = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
        conductor.open_shift("547");
        conductor.sell("547", &[(Standard, 1)]);
        conductor.sell("547", &[(Standard, 2)]);
        conductor.settle();
        assert_eq!(held(&scene), Money::tenge(450));
        // Its books come out of a back-up that has the shift and not these sales.
        scene.stop();
        let file = scene.books_folder().join("operator.sqlite");
        let books = rusqlite::Connection::open(file).expect("the books");
        books
            .execute_batch(
                "DELETE FROM cash_sale;
                 DELETE FROM posting WHERE entry IN (SELECT entry FROM entry WHERE what = 'cash');
                 DELETE FROM entry WHERE what = 'cash';",
            )
            .expect("forgotten");
        drop(books);
        scene.start(None, |_| ());
        conductor.sell("547", &[(Student, 1)]);
        conductor.settle();
        scene.pass_ms(60_000);
        conductor.settle();
        let report = conductor.till.close_shift().expect("a report");
        assert_eq!((report.sent_sales, report.refused.len()), (3, 0), "{report:?}");
        assert_eq!(held(&scene), Money::tenge(500));
        scene.books_balance();
    });
}

#[test]
fn a_forged_word_settles_nothing_and_a_refusal_is_told_and_sent_again() {
    tell("conductor_forged", |story| {
        let scene = Scene::open(story);
        let conductor = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
        conductor.open_shift("547");
        scene.stop();
        conductor.sell("547", &[(Standard, 1)]);
        let answer = |status: u16, body: &str| {
            conductor.settle();
            scene.pass_ms(10 * 60_000);
            let jol = conductor.till.jol();
            let due = jol.outbox_due().into_iter().find(|call| call.operation == Operation::Sales);
            let body = body.as_bytes().to_vec();
            let carried = Carried::Answer { status, etag: None, body, round_trip_ms: 5, wait_ms: None };
            jol.outbox_deliver(&due.expect("the sale waits"), carried);
            conductor.till.report().expect("a report")
        };
        for forged in [r#"{"settlement":"AAAA"}"#, r#"{"settlement":""}"#, "{}", "[]"] {
            let report = answer(200, forged);
            assert_eq!((report.sent_sales, report.waiting_sales), (0, 1), "{forged}");
        }
        let reused = r#"{"type":"about:blank","code":"serial_reused","title":"no","status":409}"#;
        let report = answer(409, reused);
        assert_eq!((report.sent_sales, report.waiting_sales, report.refused.len()), (0, 0, 1));
        assert_eq!((report.refused[0].serial, report.refused[0].sum), (1, Money::tenge(150)));
        // Nothing of it was lost: the end of the shift sends it again.
        scene.start(None, |_| ());
        conductor.till.close_shift().expect("a report");
        conductor.settle();
        let report = conductor.till.report().expect("a report");
        assert_eq!((report.sent_sales, report.refused.len()), (1, 0), "{report:?}");
        assert_eq!(held(&scene), Money::tenge(150));
        scene.books_balance();
    });
}
