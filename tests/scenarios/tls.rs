//! The app talks TLS to an operator under the root in its list; any other root or open HTTP is refused.

use jol_core::jol::JolError;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Authority, Scene, tell};

#[test]
fn tls() {
    tell(module_path!(), |story| {
        let authority = Authority::new("a root for tests");
        let other_root = Authority::new("somebody else's root").root;
        let scene = Scene::open_with(story, Some(authority.config), |_: &mut OperatorData| ());
        let mut opening = scene.opening("under its root");
        assert!(opening.operator.address.starts_with("https://"));
        opening.operator.tls_root = Some(authority.root.clone());
        let aru = scene.newcomer_with("+77771234567", opening.clone());
        aru.sign_up();
        aru.quote_and_pay("0547");
        aru.was_charged(1, 100);

        // Under another root, and under the roots of the web, nobody answers.
        for tls_root in [Some(other_root), None] {
            let mut opening = scene.opening(if tls_root.is_some() { "other root" } else { "web roots" });
            opening.operator.tls_root = tls_root;
            let refused = scene.newcomer_with("+77001234567", opening);
            assert!(refused.settle() > 0, "everything waits");
            assert_eq!(refused.jol.operator(), Ok(None), "nothing was believed");
            refused.jol.close();
        }
        // A root that is no certificate, and open HTTP to another machine: the app does not even begin.
        let mut broken = scene.opening("broken root");
        broken.operator.tls_root = Some(b"no certificate".to_vec());
        let mut open = scene.opening("open http");
        open.operator.address = "http://operator.example/".to_owned();
        for opening in [broken, open] {
            let refused = scene.start_app(&opening, &aru.clock).map(|_| ());
            assert!(matches!(refused, Err(JolError::Internal { .. })), "{refused:?}");
        }
    });
}
