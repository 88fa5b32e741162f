//! A wrong one-time code says how many tries are left; the right one then signs in.

use jol_core::account::SignIn;
use jol_core::jol::JolError;
use jol_core::operator::Refusal;
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn wrong_code() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.newcomer("+77771234567");
        aru.settle();
        assert_eq!(aru.jol.sign_in(&aru.number), Err(JolError::TermsNotAccepted), "terms come first");
        aru.accept_terms();
        assert_eq!(aru.jol.sign_in("77"), Err(JolError::BadInput { field: "number".into() }));
        aru.jol.sign_in(&aru.number).expect("a number");
        aru.settle();
        let right = scene.code_sent_to(&aru.number);
        let wrong = if right == "000000" { "000001" } else { "000000" }.to_owned();
        assert_eq!(aru.jol.enter_code("12ab"), Err(JolError::BadInput { field: "code".into() }));

        let refusal = aru.type_code(&wrong[..right.len()]).expect("a refusal");
        assert_eq!(refusal, Refusal::WrongCode { tries_left: 2 });
        for language in LANGUAGES {
            let text = refusal.text(language);
            assert!(text.contains('2') && !text.starts_with("error-"), "{text}");
        }
        assert!(matches!(aru.jol.account().expect("one").sign_in, SignIn::CodeSent { .. }), "try again");
        let sessions: u32 = scene.books("SELECT count(*) FROM session", []);
        assert_eq!(sessions, 0, "the operator let nobody in");

        assert_eq!(aru.type_code(&right), None);
        assert!(matches!(aru.jol.account().expect("one").sign_in, SignIn::SignedIn { .. }));
        aru.enrol();
        let phones: u32 = scene.books("SELECT count(*) FROM device", []);
        assert_eq!(phones, 1);

        // Three wrong codes: it has to be asked for anew.
        let tries = scene.newcomer("+77001234567");
        tries.settle();
        tries.accept_terms();
        tries.jol.sign_in(&tries.number).expect("a number");
        tries.settle();
        let right = scene.code_sent_to(&tries.number);
        let wrong = if right.starts_with('0') { "1".repeat(right.len()) } else { "0".repeat(right.len()) };
        for left in [2, 1, 0] {
            assert_eq!(tries.type_code(&wrong), Some(Refusal::WrongCode { tries_left: left }));
        }
        assert_eq!(tries.type_code(&right), Some(Refusal::CodeExpired), "even the right one");
        assert_eq!(tries.jol.account().expect("one").sign_in, SignIn::SignedOut);
    });
}
