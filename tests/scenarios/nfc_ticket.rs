//! A ticket is held to the bus's terminal instead of being scanned: the phone is a tag that any reader reads, and
//! what it says is frozen and fresh.

use jol_core::jol::{JolError, NfcStep};
use jol_core::nfc::{NDEF_AID, ndef};
use jol_core::qr::Meaning;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Passenger, Scene, tell};
use jol_headless::world::terminal::Shows;

fn ticket(verdict: &'static str) -> Shows {
    Shows::Ticket { verdict }
}

/// Sends a command that needs no key; what is replied before the status, and the status.
fn send(phone: &Passenger<'_>, ride: Option<&str>, command: &[u8]) -> (Vec<u8>, u16) {
    let NfcStep::Reply { mut reply } = phone.jol.nfc_respond(ride, command) else { panic!("a reply") };
    let status = reply.split_off(reply.len() - 2);
    (reply, u16::from_be_bytes([status[0], status[1]]))
}

/// As far as the message's file, whose selection the phone's key is asked for.
fn selects(phone: &Passenger<'_>, ride: &str) -> NfcStep {
    let select = [&[0, 0xa4, 4, 0, 7][..], &NDEF_AID, &[0]].concat();
    assert_eq!(send(phone, Some(ride), &select).1, 0x9000);
    phone.jol.nfc_respond(Some(ride), &[0, 0xa4, 0, 0x0c, 2, 0xe1, 4])
}

/// The whole message.
fn reads(phone: &Passenger<'_>, ride: &str) -> Vec<u8> {
    let (length, _) = send(phone, Some(ride), &[0, 0xb0, 0, 0, 2]);
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let mut message = Vec::new();
    while message.len() < length {
        let [high, low] = u16::try_from(2 + message.len()).expect("short").to_be_bytes();
        let le = u8::try_from((length - message.len()).min(59)).expect("short");
        let (some, status) = send(phone, Some(ride), &[0, 0xb0, high, low, le]);
        assert!(status == 0x9000 && !some.is_empty());
        message.extend(some);
    }
    message
}

#[test]
fn nfc_ticket() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        let (mut own, mut other) = (scene.terminal("0547"), scene.terminal("0548"));
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;

        // From here on nobody has a network.
        scene.stop();
        assert_eq!(aru.holds_phone(&mut other, Some(&ride)).0, ticket("not_valid"), "in another bus");
        assert_eq!(aru.holds_phone(&mut own, Some(&ride)).0, ticket("valid"));
        assert_eq!(aru.holds_phone(&mut own, Some(&ride)).0, ticket("not_valid"), "seen before");
        aru.kill_and_start_again();
        let mut again = own;
        assert_eq!(aru.holds_phone(&mut again, Some(&ride)).0, ticket("not_valid"));

        // An inspector's phone is a reader, too.
        let NfcStep::ToSign { to_sign } = selects(&aru, &ride) else { panic!("the key is asked for") };
        assert_eq!(send(&aru, Some(&ride), &[0, 0xb0, 0, 0, 2]).1, 0x6985, "not before it is signed");
        assert_eq!(
            aru.jol.nfc_signed(None),
            Err(JolError::NotFound { what: "reader".to_owned() }),
            "it gave up"
        );
        let NfcStep::ToSign { to_sign: again } = selects(&aru, &ride) else { panic!("anew") };
        assert_eq!(again.message, to_sign.message, "in the same slot");
        let foreign = jol_core::ticket::SoftwareKey::from_seed([99; 32]).sign(&again.message);
        assert_eq!(aru.jol.nfc_signed(Some(&foreign)), Err(JolError::BadSignature));
        assert_eq!(aru.jol.nfc_signed(Some(&aru.key.sign(&again.message))), Ok(vec![0x90, 0x00]));
        let message = reads(&aru, &ride);
        scene.pass_ms(16_000);
        assert_eq!(reads(&aru, &ride), message, "frozen, whatever the slot is by now");
        inspector.board("547");
        let view = inspector.inspector.inspect_tag(&message).expect("a verdict");
        assert_eq!((view.verdict.as_str(), view.bus.as_deref()), ("valid", Some("547")));
        assert!(inspector.inspector.inspect_tag(&message[..9]).is_err(), "torn");
        // What was read off it is as stale as a picture of the code.
        scene.pass_ms(60_000);
        inspector.board("547");
        let view = inspector.inspector.inspect_tag(&message).expect("a verdict");
        assert_ne!(view.verdict, "valid", "{view:?}");
        let NfcStep::ToSign { to_sign: fresh } = selects(&aru, &ride) else { panic!("anew") };
        assert_ne!(fresh.message, to_sign.message);
        aru.jol.nfc_signed(Some(&aru.key.sign(&fresh.message))).expect("it waits");
        inspector.board("547");
        assert_eq!(inspector.inspector.inspect_tag(&reads(&aru, &ride)).expect("a verdict").verdict, "valid");

        // Without a key that works anybody may have copied it.
        selects(&aru, &ride);
        aru.jol.nfc_signed(None).expect("it waits");
        inspector.board("547");
        let view = inspector.inspector.inspect_tag(&reads(&aru, &ride)).expect("a verdict");
        assert_eq!(view.verdict, "cannot_tell");

        // Nothing is held out that is not on the screen, nor what there is not.
        for shown in [None, Some("no such ride")] {
            let select = [&[0, 0xa4, 4, 0, 7][..], &NDEF_AID, &[0]].concat();
            send(&aru, shown, &select);
            assert_eq!(send(&aru, shown, &[0, 0xa4, 0, 0x0c, 2, 0xe1, 4]), (vec![], 0x9000));
            assert_eq!(send(&aru, shown, &[0, 0xb0, 0, 0, 2]), (vec![0, 0], 0x9000), "an empty tag");
        }
        aru.jol.nfc_gone();
        assert_eq!(send(&aru, Some(&ride), &[0, 0xb0, 0, 0, 2]).1, 0x6986, "the next reader begins anew");

        // What a phone reads off a ticket that somebody else holds is told as such.
        let seen = aru.jol.what_is_on_tag(&message).expect("a ticket");
        assert!(matches!(seen.meaning, Meaning::Ticket { .. }), "{seen:?}");
        assert_eq!(ndef::text_of(&message), Some(seen.text));
        assert!(aru.jol.what_is_on_tag(b"").is_err());
    });
}
