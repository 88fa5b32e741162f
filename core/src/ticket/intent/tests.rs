use super::*;
use crate::ticket::fixtures::{self, CHALLENGE, NOW_MS, NOW_S};
use crate::ticket::{SeenSet, SoftwareKey, slot_at};
use crate::wallet::Category;
use proptest::prelude::*;
use qrcode::{EcLevel, QrCode, Version};

/// One adult asked for a minute ago on bus 0547.
fn intent() -> Intent {
    Intent {
        issuer: fixtures::issuer(),
        payment: payment_hash("0123456789abcdef0123456789abcdef"),
        city: "atyrau".to_owned(),
        vehicle: "0547".to_owned(),
        line: "14".to_owned(),
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        fare: Money::tenge(120),
        tapped_s: NOW_S - 60,
        phone: fixtures::phone().public_key(),
    }
}

/// Every field as long as the format lets it be.
fn longest() -> Intent {
    Intent {
        line: "101-Б".to_owned(),
        vehicle: "B00547".to_owned(),
        passengers: Category::ALL.map(|category| PassengerGroup { category, count: 15 }).to_vec(),
        fare: Money::tiyn(i64::from(u32::MAX)),
        tapped_s: i64::from(u32::MAX),
        ..intent()
    }
}

fn now() -> Freshness {
    Freshness::Slot(slot_at(NOW_MS))
}

fn shown(intent: &Intent, freshness: Freshness) -> ShownIntent {
    let signature = fixtures::phone().sign(&intent.to_sign(freshness).expect("within bounds"));
    ShownIntent::assemble(intent, freshness, &signature).expect("its own key")
}

/// The verdict on bus 0547 in a check that began half a minute ago, with the check as this changes it.
fn look(text: &str, change: impl FnOnce(&mut Check<'_>)) -> IntentVerdict {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let mut check = Check { began_ms: Some(NOW_MS - 30_000), ..fixtures::check(&keys, &seen) };
    change(&mut check);
    let verdict = inspect_intent(text, &check);
    assert_ne!(verdict.says, Says::Valid, "the operator has signed nothing");
    verdict
}

#[test]
fn the_longest_intent_fits_its_bound() {
    for (intent, freshness) in [
        (longest(), Freshness::Slot(u32::MAX)),
        (longest(), Freshness::Challenge(CHALLENGE)),
        (intent(), now()),
    ] {
        let shown = shown(&intent, freshness);
        let text = shown.to_text();
        println!("{} bytes, {} characters", shown.to_bytes().len(), text.len());
        assert_eq!(ShownIntent::from_text(&text), Ok(shown));
        assert!(QrCode::with_version(&text, Version::Normal(10), EcLevel::L).is_ok());
        assert!(text.len() <= LONGEST_INTENT, "{}", text.len());
    }
    assert_eq!(shown(&longest(), Freshness::Slot(u32::MAX)).to_text().len(), LONGEST_INTENT);
    assert_eq!(intent().to_sign(now()).expect("within bounds").len(), 60);
}

#[test]
fn asked_before_the_check_and_after_it_are_two_things_and_neither_is_valid() {
    let text = shown(&intent(), now()).to_text();
    let verdict = look(&text, |_| ());
    let before = CannotTell::AskedBeforeCheck { at_s: NOW_S - 60 };
    assert_eq!((&verdict.says, verdict.answered_challenge), (&Says::CannotTell(before), false));
    assert_eq!(verdict.intent, Some(intent()));
    let after = look(&text, |check| check.began_ms = Some(NOW_MS - 90_000)).says;
    assert_eq!(after, Says::CannotTell(CannotTell::AskedAfterCheck { at_s: NOW_S - 60 }));
    let timeless = look(&text, |check| check.now_ms = None).says;
    assert_eq!(timeless, Says::CannotTell(CannotTell::TimeUnknown));
    let answer = shown(&intent(), Freshness::Challenge(CHALLENGE)).to_text();
    let verdict = look(&answer, |check| check.challenge = Some(CHALLENGE));
    assert_eq!((verdict.says, verdict.answered_challenge), (Says::CannotTell(before), true));
}

#[test]
fn another_bus_a_picture_a_strange_challenge_and_a_second_look_are_refused() {
    let text = shown(&intent(), now()).to_text();
    let refused = |text: &str, change: &dyn Fn(&mut Check<'_>)| match look(text, |check| change(check)).says {
        Says::NotValid(reason) => reason.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&text, &|check| check.vehicle = Some("0549")), "wrong_vehicle");
    assert_eq!(refused(&text, &|check| check.now_ms = Some(NOW_MS + 46_000)), "wrong_slot");
    assert_eq!(refused(&text, &|check| check.challenge = Some(CHALLENGE)), "wrong_challenge");
    let answer = shown(&intent(), Freshness::Challenge(CHALLENGE)).to_text();
    assert_eq!(refused(&answer, &|_| ()), "wrong_challenge");
    let other = Some(*b"inspXXXX");
    assert_eq!(refused(&answer, &|check| check.challenge = other), "bad_signature", "the same beginning");
    let future = Intent { tapped_s: NOW_S + 60, ..intent() };
    assert_eq!(refused(&shown(&future, now()).to_text(), &|_| ()), "not_yet_valid");
    let elsewhere = Intent { issuer: Issuer::new("ALA").expect("a code"), ..intent() };
    assert_eq!(refused(&shown(&elsewhere, now()).to_text(), &|_| ()), "unknown_key");
    for other in ["JOLI1:", "JOLI2:00", "", "JOL1:00"] {
        assert_eq!(refused(other, &|_| ()), "not_a_ticket", "{other}");
    }
    let mut seen = SeenSet::default();
    seen.add_intent(intent().payment, NOW_MS - 1_000);
    let keys = fixtures::trusted_keys();
    let verdict = inspect_intent(&text, &fixtures::check(&keys, &seen));
    assert_eq!(verdict.says, Says::NotValid(NotValid::SeenBefore { at_ms: NOW_MS - 1_000 }));
}

#[test]
fn another_phone_s_signature_is_not_shown_and_not_believed() {
    let thief = SoftwareKey::from_seed([7; 32]);
    let message = intent().to_sign(now()).expect("within bounds");
    let refused = ShownIntent::assemble(&intent(), now(), &thief.sign(&message));
    assert_eq!(refused, Err(TicketError::BadSignature));
    let ours = shown(&intent(), now());
    for change in [
        Intent { fare: Money::tenge(1), ..intent() },
        Intent { tapped_s: NOW_S - 600, ..intent() },
        Intent { payment: [0; 16], ..intent() },
        Intent { phone: thief.public_key(), ..intent() },
    ] {
        let forged = ShownIntent { intent: change, ..ours.clone() }.to_text();
        assert_eq!(look(&forged, |_| ()).says, Says::NotValid(NotValid::BadSignature));
    }
}

#[test]
fn what_has_no_room_is_not_signed() {
    for out in [
        Intent { vehicle: "0000547".to_owned(), ..intent() },
        Intent { fare: Money::tiyn(-1), ..intent() },
        Intent { tapped_s: -1, ..intent() },
        Intent { passengers: Vec::new(), ..intent() },
        Intent { phone: [0; 33], ..intent() },
    ] {
        assert!(matches!(out.to_sign(now()), Err(TicketError::OutOfBounds { .. })), "{out:?}");
    }
}

proptest! {
    #[test]
    fn one_bit_or_one_byte_less_is_refused(bit in 0_usize..8 * 170, cut in 0_usize..170) {
        let ours = shown(&intent(), now());
        let bytes = ours.to_bytes();
        let mut flipped = bytes.clone();
        let at = bit % (8 * bytes.len());
        flipped[at / 8] ^= 1 << (at % 8);
        if let Ok(read) = ShownIntent::from_bytes(&flipped) {
            prop_assert_eq!(read.to_bytes(), flipped);
            let says = look(&read.to_text(), |_| ()).says;
            prop_assert!(matches!(says, Says::NotValid(_)), "{:?}", says);
        }
        prop_assert!(ShownIntent::from_bytes(&bytes[..cut % bytes.len()]).is_err());
        let text = ours.to_text();
        prop_assert!(ShownIntent::from_text(&text[..cut % text.len()]).is_err());
    }

    #[test]
    fn no_text_panics(text in "\\PC*", body in "[0-9A-Z $%*+./:-]{0,420}") {
        for text in [text.clone(), format!("JOLI1:{text}"), format!("JOLI1:{body}")] {
            let _ = look(&text, |_| ());
        }
    }
}
