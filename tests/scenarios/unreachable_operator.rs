//! The operator does not answer: a sentence says so, nothing is lost, and it goes on when it is back.

use jol_core::account::SignIn;
use jol_core::operator::Refusal;
use jol_core::pay::PaymentState;
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn unreachable_operator() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let newcomer = scene.newcomer("+77001234567");
        newcomer.settle();
        newcomer.accept_terms();
        scene.stop();

        // Whoever waits at the screen is told after a minute.
        newcomer.jol.sign_in(&newcomer.number).expect("a number");
        newcomer.settle();
        assert!(matches!(newcomer.jol.account().expect("one").sign_in, SignIn::Asking { .. }));
        scene.pass_ms(61_000);
        newcomer.settle();
        let account = newcomer.jol.account().expect("one");
        assert_eq!((account.sign_in, account.refusal), (SignIn::SignedOut, Some(Refusal::Unreachable)));
        let sentences = LANGUAGES.map(|language| Refusal::Unreachable.text(language));
        assert!(sentences.iter().all(|text| !text.starts_with("error-")), "{sentences:?}");
        assert!(sentences[0] != sentences[1] && sentences[1] != sentences[2]);

        // A payment waits, and is not guessed about.
        let key = aru.tap(&aru.quote("0547"));
        assert!(aru.settle() > 0);
        assert_eq!(aru.payment(&key).state, PaymentState::Pending);

        scene.start(None, |_| ());
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        aru.was_charged(1, 100);
        newcomer.sign_up();
    });
}
