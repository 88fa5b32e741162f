//! A passenger who opens the inspector's side checks codes as anybody may, and gets no register and uploads
//! nothing; so does an inspector whom the operator let go.

use jol_core::jol::{JolError, Staff};
use jol_core::operator::Refusal;
use jol_core::ticket::NumberKind;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn staff_only() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        scene.control("POST", "/sandbox/rides", r#"{"vehicle":"0547","way":"sms","number":"40817"}"#);

        let curious = scene.inspector("curious");
        curious.refresh();
        assert_eq!(curious.inspector.staff(), Ok(Staff::SignedOut));
        assert_eq!(curious.inspector.upload(), Err(JolError::NotSignedIn));
        curious.sign_in("+77001234567");
        assert_eq!(curious.inspector.staff(), Ok(Staff::Passenger));
        curious.board("547");
        assert_eq!(curious.look(&aru.show(&ride, None)).0, "valid", "a ticket tells by itself");
        let view = curious.number(NumberKind::Sms, "40817");
        assert_eq!((view.verdict.as_str(), view.reason.as_deref()), ("cannot_tell", Some("no_register")));
        assert_eq!(curious.inspector.upload(), Err(JolError::NotStaff));
        for language in LANGUAGES {
            assert!(!JolError::NotStaff.text(language).contains("error-"));
        }

        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        assert_eq!(inspector.inspector.staff(), Ok(Staff::Inspector));
        inspector.board("547");
        assert_eq!(inspector.number(NumberKind::Sms, "40817").verdict, "valid");
        assert_eq!(kept(&inspector), ["keys", "status", "register", "terminals", "tills"]);

        // The operator lets the inspector go: what was seen is kept, the register is not.
        scene.stop();
        scene.start(None, |operator| operator.staff.clear());
        inspector.upload();
        assert_eq!(inspector.inspector.staff(), Ok(Staff::Passenger));
        let account = inspector.inspector.jol().account().expect("an account");
        assert_eq!(account.refusal, Some(Refusal::NotStaff));
        let view = inspector.number(NumberKind::Sms, "40817");
        assert_eq!(view.reason.as_deref(), Some("no_register"));
        assert_eq!(kept(&inspector), ["keys", "status"], "no secrets of terminals and tills");
        let told: u32 = scene.books("SELECT count(*) FROM inspection", []);
        assert_eq!(told, 0);

        // And takes the inspector back: nothing of it was lost.
        scene.stop();
        scene.start(None, |_| ());
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.upload();
        let told: u32 = scene.books("SELECT count(*) FROM inspection", []);
        assert_eq!(told, 1);
        inspector.refresh();
        inspector.board("547");
        assert_eq!(kept(&inspector).len(), 5);

        // Let go again: what says so first is the question for secrets.
        scene.stop();
        scene.start(None, |operator| operator.staff.clear());
        inspector.refresh();
        assert_eq!(inspector.inspector.staff(), Ok(Staff::Passenger));
        assert_eq!(kept(&inspector), ["keys", "status"]);
        // Or a passenger signs in on the phone.
        scene.stop();
        scene.start(None, |_| ());
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        assert!(kept(&inspector).contains(&"tills".to_owned()));
        inspector.sign_in("+77001234567");
        assert_eq!(kept(&inspector), ["keys", "status"]);
    });
}

/// The lists that are on the phone.
fn kept(staff: &jol_headless::story::Staff<'_>) -> Vec<String> {
    let lists = staff.inspector.lists().expect("the lists").into_iter();
    lists.filter(|list| list.issued_ms.is_some()).map(|list| list.list).collect()
}
