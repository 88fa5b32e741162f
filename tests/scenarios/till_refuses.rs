//! A till sells nothing that its clock, its licence, its prices or its last sale do not hold, and believes
//! no other shift and no other sum.

use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::outbox::{Carried, Operation};
use jol_core::operator::wire::{Base64, Secret, TillShift};
use jol_core::pay::Way;
use jol_core::ticket::till::CashSale;
use jol_core::till::{CashQuote, ShiftStanding};
use jol_core::wallet::Category::Standard;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Scene, tell};

const ADULT: &[(jol_core::wallet::Category, u8)] = &[(Standard, 1)];
const MINUTE_MS: i64 = 60_000;

fn bad(field: &str) -> JolError {
    JolError::BadInput { field: field.to_owned() }
}

/// The quote with another sale in it, as whoever has the app's memory could make it.
fn forged(quote: &CashQuote, change: impl FnOnce(&mut CashSale)) -> CashQuote {
    let mut sale = CashSale::from_bytes(&quote.sale).expect("a sale");
    change(&mut sale);
    let bytes = sale.to_bytes().expect("within bounds");
    let tag_and_licence = &quote.to_sign[..quote.to_sign.len() - quote.sale.len()];
    CashQuote { to_sign: [tag_and_licence, &bytes].concat(), sale: bytes, ..quote.clone() }
}

#[test]
fn till_refuses() {
    tell(module_path!(), |story| {
        let scene = Scene::open_with(story, None, |operator| {
            operator.cities[0].vehicles[1].ways.retain(|way| *way != Way::Cash);
        });
        let conductor = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
        let ShiftStanding::Open { until_ms, .. } = conductor.open_shift("547") else { panic!("no shift") };
        assert_eq!(conductor.till.open_shift("547"), Err(bad("shift_open")), "one at a time");
        assert_eq!(conductor.quote("548", ADULT), Err(bad("way")), "no cash on this bus");
        let sell = |quote: &CashQuote| conductor.till.sell(quote, &conductor.key.sign(&quote.to_sign));
        scene.stop();
        let first = conductor.sell("547", ADULT);

        // What is not what the till itself would say now.
        let quote = conductor.quote("547", ADULT).expect("a quote");
        assert_eq!(sell(&forged(&quote, |sale| sale.fare = Money::tenge(149))), Err(bad("sale")), "the fare");
        assert_eq!(
            sell(&forged(&quote, |sale| sale.serial += 1)),
            Err(bad("sale")),
            "a passenger is left out"
        );
        let after = forged(&quote, |sale| sale.sold_s = until_ms / 1_000 + 1);
        assert_eq!(sell(&after), Err(bad("shift")), "beyond the licence");
        scene.pass_ms(10 * MINUTE_MS + 1_000);
        assert_eq!(sell(&quote), Err(bad("sale")), "a quote of ten minutes ago");

        // The phone was switched off and knows a wrong time only: it sells nothing before what it sold.
        let second = conductor.sell("547", ADULT);
        conductor.clock.restart();
        conductor.clock.set_wall_ms(first.sold_ms + 2 * MINUTE_MS);
        let third = conductor.sell("547", ADULT);
        assert_eq!((third.serial, third.sold_ms), (3, second.sold_ms));

        // The operator counts another sum: the sales are not settled, and wait.
        conductor.clock.set_wall_ms(second.sold_ms);
        let books = rusqlite::Connection::open(scene.books_folder().join("operator.sqlite")).expect("books");
        let sql = "CREATE TRIGGER less AFTER INSERT ON cash_sale
                   BEGIN UPDATE cash_sale SET fare = 1 WHERE serial = NEW.serial; END";
        books.execute_batch(sql).expect("a trigger");
        scene.start(None, |_| ());
        conductor.settle();
        let report = conductor.till.report().expect("a report");
        assert_eq!((report.sent_sales, report.cash), (0, Money::tenge(450)), "{report:?}");
        books.execute_batch("DROP TRIGGER less; UPDATE cash_sale SET fare = 15000").expect("put right");
        conductor.till.close_shift().expect("a report");
        conductor.settle();
        let report = conductor.till.report().expect("a report");
        assert_eq!((report.sent_sales, report.waiting_sales), (3, 0), "{report:?}");
        assert!(conductor.till.jol().ledger_is_balanced().expect("the ledger"));
    });
}

#[test]
fn another_phone_s_licence_opens_no_shift() {
    tell("till_of_another", |story| {
        let scene = Scene::open(story);
        let licensed = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
        let ShiftStanding::Open { till, .. } = licensed.open_shift("547") else { panic!("no shift") };
        let licence = scene.books("SELECT licence FROM till WHERE till = ?1", [till]);
        let secret = scene.books("SELECT secret FROM till WHERE till = ?1", [till]);
        let index = u16::try_from(till % 1_000).expect("three digits");
        let shift = TillShift { licence: Base64(licence), index, secret: Secret(Base64(secret)) };

        let other = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
        scene.stop();
        other.till.open_shift("547").expect("a bus");
        other.settle();
        scene.pass_ms(5_000);
        let jol = other.till.jol();
        let due = jol.outbox_due().into_iter().find(|call| call.operation == Operation::OpenShift);
        let body = serde_json::to_vec(&shift).expect("json");
        let carried = Carried::Answer { status: 200, etag: None, body, round_trip_ms: 5, wait_ms: None };
        jol.outbox_deliver(&due.expect("the question waits"), carried);
        let standing = other.till.shift().expect("a standing");
        assert!(matches!(standing, ShiftStanding::Refused { .. }), "{standing:?}");
        assert!(other.quote("547", ADULT).is_err());
    });
}
