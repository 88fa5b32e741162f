//! Three ride on one payment; two of them get off elsewhere and take their ticket along on their own phone.

use jol_core::jol::{JolError, TicketPlace};
use jol_core::pay::{Source, Way};
use jol_core::travel::TravelQuery;
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};

fn adults(count: u8) -> Vec<PassengerGroup> {
    vec![PassengerGroup { category: Category::Standard, count }]
}

#[test]
fn companions() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let inspector = scene.inspector("inspector");
        let mut aru = scene.passenger("+77771234567");
        let quote = aru.jol.quote("0547", Way::App, Source::PhoneBalance, adults(3), false).expect("a quote");
        aru.tap(&quote);
        aru.settle();
        let ride = aru.ticket().ride;
        let before = aru.show(&ride, None);

        let (dana, other) = (scene.passenger("+77771234568"), scene.passenger("+77771234569"));
        let code = dana.jol.receiver_text().expect("the phone's code");
        let refused = |passengers| aru.jol.send_ticket(&ride, &code, passengers).expect_err("refused");
        assert_eq!(refused(adults(4)), JolError::BadInput { field: "passengers".into() });
        let twice_two = [adults(2), adults(2)].concat();
        assert_eq!(refused(twice_two), JolError::BadInput { field: "passengers".into() });
        assert_eq!(refused(vec![]), JolError::BadInput { field: "passengers".into() });
        let own = aru.jol.receiver_text().expect("its own code");
        assert!(aru.jol.send_ticket(&ride, &own, adults(1)).is_err(), "to itself");

        // The answer is lost, the app dies: it is one sending all the same.
        scene.fault("sendTicket", FaultKind::DropAnswer, 1);
        let one_by_one = [adults(1), adults(1)].concat();
        let key = aru.jol.send_ticket(&ride, &code, one_by_one).expect("a wish");
        assert_eq!(aru.jol.send_ticket(&ride, &code, adults(2)), Ok(key.clone()), "the same wish");
        aru.kill_and_start_again();
        aru.settle();
        scene.pass_ms(60_000);
        aru.settle();
        let sent = aru.jol.sent_tickets(&ride).expect("what was sent");
        assert!(sent.len() == 1 && sent[0].is_ready && sent[0].passengers[0].count == 2, "{sent:?}");
        assert_eq!(aru.ticket().passengers[0].count, 1, "who stays");
        assert_eq!(aru.ticket().place, TicketPlace::Here);

        // From screen to screen, without a network; for nobody else's phone.
        let parcel = aru.jol.sent_text(&key).expect("a code");
        scene.stop();
        assert_eq!(other.jol.receive_ticket(&parcel), Err(JolError::BadInput { field: "phone".into() }));
        let forged = parcel.replace("JOLP1:6", "JOLP1:7");
        assert!(forged == parcel || dana.jol.receive_ticket(&forged).is_err());
        let received = dana.jol.receive_ticket(&parcel).expect("for this phone");
        assert_eq!(dana.jol.receive_ticket(&parcel), Ok(received.clone()), "scanned twice");
        let ticket = dana.ticket();
        assert!(ticket.is_received && ticket.ride == received && ticket.passengers[0].count == 2);
        assert_eq!((ticket.bus.as_str(), ticket.place), ("547", TicketPlace::Here));
        assert!(
            dana.jol.travel_details(&TravelQuery::default()).expect("details").entries.is_empty(),
            "she paid nothing"
        );
        scene.start(None, |_| ());

        // Both are valid, the one of before is not, and each counts its own passengers.
        scene.pass_ms(5 * 60_000);
        inspector.refresh();
        inspector.board("547");
        let verdict = |text: &str| inspector.view(text);
        let stays = verdict(&aru.show(&ride, None));
        assert_eq!((stays.verdict.as_str(), stays.passengers[0].count), ("valid", 1));
        let went = verdict(&dana.show(&received, None));
        assert_eq!((went.verdict.as_str(), went.passengers[0].count), ("valid", 2), "{went:?}");
        assert_eq!(verdict(&before).reason.as_deref(), Some("replaced"));
        assert_eq!(verdict(&dana.show(&received, None)).reason.as_deref(), Some("seen_before"));

        // Who was sent is sent no second time; the last one may go, too.
        let code = other.jol.receiver_text().expect("the phone's code");
        assert!(aru.jol.send_ticket(&ride, &code, adults(2)).is_err());
        aru.jol.send_ticket(&ride, &code, adults(1)).expect("a wish");
        aru.settle();
        let left = aru.jol.ticket(&ride).expect("the ride");
        assert!(!left.is_valid, "nobody is left on it: {left:?}");
        aru.was_charged(1, 300);
    });
}
