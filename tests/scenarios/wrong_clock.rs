//! The phone's clock is off by a day: it pays, the ticket shows, and an inspector reads "valid".

use jol_core::clock::Clock;
use jol_core::pay::PaymentState;
use jol_headless::story::{Scene, tell};

const DAY_MS: i64 = 24 * 3_600_000;

#[test]
fn wrong_clock() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let inspector = scene.inspector("inspector");
        inspector.refresh();
        for (vehicle, painted, off_ms) in [("0547", "547", DAY_MS), ("0548", "548", -DAY_MS)] {
            let number = format!("+7777123456{}", u8::from(off_ms > 0));
            let aru = scene.passenger(&number);
            aru.clock.set_wall_ms(aru.clock.wall_ms() + off_ms);
            aru.note(format!("the clock is set {} h off", off_ms / 3_600_000));
            let payment = aru.quote_and_pay(vehicle);
            assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
            assert!(aru.ticket().is_valid);
            inspector.board(painted);
            assert_eq!(inspector.look(&aru.show(&aru.ticket().ride, None)), ("valid".into(), None));
            // Set while the ticket is on the screen.
            aru.clock.set_wall_ms(0);
            scene.pass_ms(60_000);
            assert!(aru.ticket().is_valid);
            inspector.board(painted);
            assert_eq!(inspector.look(&aru.show(&aru.ticket().ride, None)), ("valid".into(), None));
            // It ends with its ride, whatever the phone's clock says.
            scene.pass_ms(3 * 3_600_000);
            assert!(aru.jol.tickets().expect("the tickets").iter().all(|ticket| !ticket.is_valid));
            aru.was_charged(1, 100);
        }
    });
}
