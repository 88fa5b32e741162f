//! An offline ride: reserved, used without a network, inspected, killed in between, told of, charged once.

use jol_core::jol::ReservedStanding;
use jol_core::money::Money;
use jol_core::pay::PaymentState;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, tell};

#[test]
fn offline_ride() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();

        // The answer is lost on its way: the same bytes again, taken once.
        scene.fault("vouchers", FaultKind::DropAnswer, 2);
        let key = aru.reserve(2);
        assert_eq!(aru.reserve(2), key, "a second tap while it is not known");
        aru.settle();
        aru.kill_and_start_again();
        scene.heal();
        for _ in 0..3 {
            scene.pass_ms(10_000);
            aru.settle();
        }
        let reserved = aru.reserved();
        assert_eq!((reserved.standing, reserved.left), (ReservedStanding::Usable, 2));
        assert_eq!(scene.gone_for_good(&aru.number), Money::tenge(200), "both rides are paid now");
        let receipt = aru.jol.receipt(&key).expect("a receipt that verifies");
        assert_eq!((receipt.outcome.as_str(), receipt.amount), ("paid", Money::tenge(200)));
        let voucher = reserved.voucher.expect("an id");

        // No network. The terminal's code proves the time of boarding.
        let code = scene.terminal_code("0547");
        scene.stop();
        let ride = aru.board_offline("547", Some(&code)).expect("a ride");
        assert_eq!(aru.board_offline("547", Some(&code)), Ok(ride.clone()), "a second tap");
        aru.kill_and_start_again();
        assert_eq!(aru.board_offline("547", None), Ok(ride.clone()), "and one after a new start");
        assert_eq!(aru.reserved().left, 1);
        let ticket = aru.ticket();
        assert_eq!(
            (ticket.ride.as_str(), ticket.bus.as_str(), ticket.line.as_str()),
            (ride.as_str(), "547", "5")
        );
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let (ticket, reserved) = (aru.ticket(), aru.reserved());
            for text in [ticket.state_text, ticket.paid_text, reserved.text] {
                assert!(!text.is_empty() && !text.contains("offline-"), "{text}");
            }
        }
        let paid = aru.quote("0547").paid_by.expect("the voucher's ride");
        assert!(matches!(aru.payment(&paid).state, PaymentState::Paid { .. }));

        inspector.board("547");
        let view = inspector.view(&aru.show(&ride, None));
        assert_eq!((view.verdict.as_str(), view.bus.as_deref()), ("valid", Some("547")));
        let time_facts = view.facts.clone();
        assert_eq!(inspector.look(&aru.show(&ride, None)).1.as_deref(), Some("seen_before"));
        inspector.board("548");
        assert_eq!(inspector.look(&aru.show(&ride, None)).1.as_deref(), Some("wrong_vehicle"));
        let unsigned = aru.jol.to_sign(&ride, None).expect("a use").slot;
        assert!(aru.jol.present_text(&ride, unsigned, None, None).is_err(), "no voucher without a signature");

        // Another bus, without a code: the time is the phone's.
        let second = aru.board_offline("548", None).expect("a ride");
        assert_ne!(second, ride);
        assert_eq!(aru.reserved().standing, ReservedStanding::UsedUp);
        inspector.board("548");
        let view = inspector.view(&aru.show(&second, None));
        assert_eq!(view.verdict, "valid");
        assert_eq!(view.facts.len(), time_facts.len() + 1, "{:?} {time_facts:?}", view.facts);

        // The network is back: the report of each ride is taken once, and both are rides like any other.
        scene.start(None, |_| ());
        scene.fault("vouchers", FaultKind::DropAnswer, 1);
        for _ in 0..4 {
            scene.pass_ms(10_000);
            aru.settle();
        }
        inspector.upload();
        let tickets = aru.jol.tickets().expect("the tickets");
        assert_eq!(tickets.iter().filter(|ticket| ticket.is_valid).count(), 2, "{tickets:?}");
        assert!(tickets.iter().all(|ticket| ticket.ride != ride), "the operator's ticket stands for it now");
        assert!(aru.jol.ticket(&ride).is_ok(), "a screen that is open goes on");
        aru.spent(200);
        assert_eq!(scene.gone_for_good(&aru.number), Money::tenge(200));
        assert_eq!(scene.purse(&format!("voucher:{voucher}")), Money::ZERO);
        assert_eq!(scene.purse("fares:sample"), Money::tenge(200));
        let month = aru.jol.month_sum(NOON_MS).expect("a sum");
        assert_eq!((month.rides, month.spent), (2, Money::tenge(200)));
        let receipt = aru.jol.receipt(&paid).expect("a receipt that verifies");
        assert_eq!((receipt.outcome.as_str(), receipt.amount), ("paid", Money::tenge(100)));
        // The ride rule: online, in the same bus, nothing is charged.
        assert!(aru.quote("0547").paid_by.is_some());
        scene.pass_ms(8 * 24 * 3_600_000);
        aru.refresh_offline();
        assert!(!aru.jol.offline_rides().expect("the wallet").ended);
        aru.spent(200);
        scene.books_balance();
    });
}
