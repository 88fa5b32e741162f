//! A phone is lost on the bus: the ticket goes on on the new one, and holds no longer on the old one.

use jol_core::jol::TicketPlace;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};

#[test]
fn new_phone() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let inspector = scene.inspector("inspector");
        let old = scene.passenger("+77771234567");
        old.quote_and_pay("0547");
        let ride = old.ticket().ride;
        let before = old.show(&ride, None);

        // The new phone knows the ride, and that it cannot show it.
        let mut new = scene.newcomer_with("+77771234567", scene.opening("new phone"));
        new.sign_up();
        let ticket = new.ticket();
        assert_eq!((ticket.place, &ticket.ride), (TicketPlace::Elsewhere, &ride));
        assert!(ticket.place_text.is_some() && ticket.eye.is_none());
        assert!(old.ticket().place == TicketPlace::Here && old.ticket().place_text.is_none());

        // Nobody answers; the app dies. The wish is kept, and asked for once.
        scene.stop();
        new.jol.move_ticket_here(&ride).expect("a wish");
        new.jol.move_ticket_here(&ride).expect("the same wish");
        assert_eq!(new.ticket().place, TicketPlace::Coming);
        new.kill_and_start_again();
        new.settle();
        scene.start(None, |_| ());
        // A ticket that was damaged on its way is none: it is asked for again.
        scene.fault("reissueTicket", FaultKind::Flip { byte: 560 }, 1);
        new.settle();
        scene.pass_ms(60_000);
        new.settle();
        assert_eq!(new.ticket().place, TicketPlace::Here);
        let issued: u32 = scene.books("SELECT count(*) FROM ticket WHERE ride = ?1", [&ride]);
        assert_eq!(issued, 2, "the first ticket and one for the new phone");

        // The inspector has the newest list: the new phone's ticket holds, the old one's does not.
        scene.pass_ms(5 * 60_000);
        inspector.refresh();
        inspector.board("547");
        assert_eq!(inspector.look(&new.show(&ride, None)).0, "valid");
        assert_eq!(inspector.look(&before).1.as_deref(), Some("replaced"));
        old.jol.refresh().expect("a question");
        old.settle();
        assert_eq!(old.ticket().place, TicketPlace::Elsewhere, "the old phone says so, too");

        // Back and forth within a minute: the second time waits.
        old.jol.move_ticket_here(&ride).expect("a wish");
        old.settle();
        assert_eq!(old.ticket().place, TicketPlace::Here);
        new.jol.refresh().expect("a question");
        new.settle();
        new.jol.move_ticket_here(&ride).expect("a wish");
        new.settle();
        assert_eq!(new.ticket().place, TicketPlace::Coming, "once a minute");
        scene.pass_ms(120_000);
        new.settle();
        assert_eq!(new.ticket().place, TicketPlace::Here);

        // Nothing of this cost anything.
        old.was_charged(1, 100);

        // After the ride no ticket is issued any more.
        scene.pass_ms(3 * 3_600_000);
        assert!(old.jol.move_ticket_here(&ride).is_err());
    });
}
