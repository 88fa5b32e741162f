//! A damaged row of an offline ride hides no other ticket, keeps nobody from paying, and is never used again.

use jol_core::travel::TravelQuery;
use jol_headless::story::{Scene, tell};
use rusqlite::Connection;
use std::path::Path;

#[test]
fn offline_damaged() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        aru.reserve(3);
        aru.settle();
        aru.jol.close();
        aru.board_offline("547", None).expect("a ride");
        let wallet = Connection::open(Path::new(&aru.opening.folder).join("wallet.db")).expect("the file");
        let changed = wallet.execute("UPDATE voucher_use SET counter = 300", []).expect("written");
        assert_eq!(changed, 1);
        drop(wallet);
        aru.kill_and_start_again();
        aru.quote_and_pay("0548");
        let tickets = aru.jol.tickets().expect("the tickets");
        let ticket = tickets.iter().find(|ticket| ticket.bus == "548").expect("what was paid");
        assert!(ticket.is_valid);
        assert!(aru.show(&ticket.ride, None).starts_with("JOL1:"));
        assert!(!aru.jol.travel_details(&TravelQuery::default()).expect("the archive").entries.is_empty());
        assert!(aru.board_offline("547", None).is_err(), "which counters are taken is not known");
        scene.books_balance();
    });
}
