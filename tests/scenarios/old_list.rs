//! What the operator told of its tickets is not untold by an older list of its own.

use crate::deliver;
use jol_core::operator::outbox::Operation;
use jol_headless::story::{Scene, tell};

const PATH: &str = "/v1/status";

#[test]
fn old_list() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.refresh();
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        let look = || {
            inspector.board("548");
            inspector.look(&aru.show(&ride, None))
        };
        assert_eq!(look().1.as_deref(), Some("wrong_vehicle"));

        let before = scene.control("GET", PATH, "");
        // The operator numbers its lists by five minutes.
        scene.pass_ms(600_000);
        scene.control("POST", "/sandbox/vehicles/0547", r#"{"broken_down":true}"#);
        inspector.refresh();
        assert_eq!(look().0, "valid", "her bus broke down, the next one takes her along");
        deliver(&inspector.inspector.jol(), Operation::Status, PATH, &before);
        assert_eq!(look().0, "valid", "the list of before does not come back");
    });
}
