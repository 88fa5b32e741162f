//! A phone is lost. A back-up gives its history, cards and settings back to another one, and pays nothing twice.

use jol_core::jol::{JolError, Restored, TicketPlace};
use jol_core::money::Money;
use jol_core::operator::wire::CardForm;
use jol_core::pay::{DeclineReason, PaymentState, Source, Way};
use jol_core::travel::TravelQuery;
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Passenger, Scene, tell};

fn nothing_reserved(phone: &Passenger<'_>) -> bool {
    phone.jol.offline_rides().expect("the wallet").reserved.is_empty()
}

#[test]
fn back_up() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let old = scene.passenger("+77771234567");
        old.jol.register(Category::Standard, CardForm::Virtual, "", false).expect("asked");
        old.settle();
        let card = old.jol.cards().expect("the cards").remove(0);
        old.jol.rename_card(&card.id, "Ours").expect("renamed");
        old.jol.top_up(&card.number, "app", Money::tenge(300)).expect("asked");
        old.settle();
        old.quote_and_pay("0547");
        let ride = old.ticket().ride;
        old.reserve(2);
        old.settle();
        // One was charged and the answer is on its way; one never left the phone.
        scene.fault("payments", FaultKind::DropAnswer, 99);
        let charged = old.tap(&old.quote("0548"));
        old.settle();
        assert_eq!(scene.charged(&old.number).0, 2);
        scene.heal();
        scene.fault("payments", FaultKind::DropRequest, 99);
        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let one_more = old.jol.quote("0547", Way::App, Source::PhoneBalance, adult, true).expect("a quote");
        let unheard = old.tap(&one_more);
        old.settle();
        let code = old.jol.new_recovery_code();
        let file = old.jol.back_up(&code).expect("a back-up");
        old.jol.close();
        scene.heal();

        // The new phone has another key, for its tickets as for its wallet.
        let mut opening = scene.opening("new phone");
        opening.data_key = vec![8; 32];
        let mut new = scene.newcomer_with("+77771234567", opening);
        let wrong = code.replace('1', "2").replace('0', "1");
        for (bytes, code, field) in [
            (&file[..], "12345", "recovery_code"),
            (&file[..], &wrong, "recovery_code"),
            (&file[..], &new.jol.new_recovery_code(), "back_up"),
            (&file[1..], &code, "back_up"),
            (&b""[..], &code, "back_up"),
        ] {
            let refused = new.jol.restore(bytes, code).expect_err("refused");
            assert_eq!(refused, JolError::BadInput { field: field.to_owned() });
            for language in LANGUAGES {
                assert!(!refused.text(language).starts_with("error-"));
            }
        }
        let restored = new.jol.restore(&file, &code).expect("restored");
        assert_eq!(restored, Restored { made_ms: restored.made_ms, rides: 1 });
        // Before anybody signs in: history is there, nothing is spent.
        let seen = new.jol.travel_details(&TravelQuery::default()).expect("a page");
        assert!(seen.entries.len() >= 3, "{seen:?}");
        assert_eq!(new.jol.cards().expect("the cards")[0].number, card.number);
        assert!(nothing_reserved(&new), "no voucher came along");
        new.kill_and_start_again();
        new.sign_up();
        new.settle();

        // The one that was charged is paid; the other is sent under the same key, and this phone's key never
        // signed it: it is not charged, and is told so in time.
        assert!(matches!(new.payment(&charged).state, PaymentState::Paid { .. }));
        scene.pass_ms(11 * 60_000);
        for _ in 0..3 {
            scene.pass_ms(130_000);
            new.settle();
        }
        let late = new.payment(&unheard).state;
        assert!(matches!(late, PaymentState::Declined { reason: DeclineReason::TooLate, .. }), "{late:?}");
        assert_eq!(scene.charged(&new.number).0, 2, "nothing was paid twice");
        assert_eq!(new.jol.card_views().expect("the cards")[0].name, "Ours");
        new.jol.refresh().expect("asked");
        new.settle();
        assert!(!nothing_reserved(&new), "the operator told of the voucher");
        // The ledgers agree.
        let accounts = new.jol.card_accounts().expect("accounts");
        assert!(accounts.iter().all(|one| one.elsewhere == Money::ZERO), "{accounts:?}");
        // Two rides and two reserved ones were spent; what went onto the card is the passenger's own still.
        new.spent(400);
        let left = new.jol.ledger_balance("phone").expect("the ledger");
        let gone = scene.gone_from_phone(&new.number);
        assert_eq!((Money::ZERO.minus(left), gone), (Some(gone), Money::tenge(700)));
        scene.books_balance();

        // The ticket is fetched to the new phone.
        let ticket = new.jol.tickets().expect("tickets").into_iter().find(|one| one.ride == ride);
        if let Some(ticket) = ticket {
            assert_eq!(ticket.place, TicketPlace::Elsewhere);
        }

        // Once more into the same wallet: nothing is doubled. Into somebody else's: refused.
        let before = new.jol.travel_details(&TravelQuery::default()).expect("a page").entries.len();
        new.jol.restore(&file, &code).expect("restored");
        new.settle();
        assert_eq!(new.jol.travel_details(&TravelQuery::default()).expect("a page").entries.len(), before);
        let other = scene.passenger("+77001234567");
        let refused = other.jol.restore(&file, &code).expect_err("another account's");
        assert_eq!(refused, JolError::BadInput { field: "back_up_account".to_owned() });
        let mut opening = scene.opening("another operator's app");
        opening.operator.code = "OTH".to_owned();
        let refused = scene.start_app(&opening, &new.clock).expect("an app").restore(&file, &code);
        assert_eq!(
            refused.expect_err("another operator's"),
            JolError::BadInput { field: "back_up_operator".into() }
        );
    });
}
