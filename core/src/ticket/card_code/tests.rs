use super::*;
use crate::ticket::fixtures::{self, NOW_MS, NOW_S};
use crate::ticket::{Freshness, Purpose, SoftwareKey, StickerCode, slot_at};
use proptest::prelude::*;
use qrcode::{EcLevel, QrCode, Version};

fn credential() -> CardCredential {
    CardCredential {
        key: fixtures::signing_key(Purpose::Ticket).id(),
        card: "c7dQ2mZx0sB4pLk9e".to_owned(),
        city: "atyrau".to_owned(),
        issued_s: NOW_S - 3_600,
        until_s: NOW_S + 7 * 86_400,
        phone: fixtures::phone().public_key(),
        category: Category::Standard,
    }
}

fn signed(credential: &CardCredential) -> SignedCredential {
    SignedCredential::sign(credential, &fixtures::signing_key(Purpose::Ticket)).expect("within bounds")
}

fn shown(credential: &CardCredential, slot: u32) -> ShownCard {
    let signed = signed(credential);
    let signature = fixtures::phone().sign(&card_to_sign(&signed, slot));
    ShownCard::assemble(&signed, slot, &signature).expect("its own key")
}

fn read(text: &str, now_ms: i64) -> Result<CardCode, CardCodeError> {
    read_card_code(text, &fixtures::trusted_keys(), now_ms)
}

#[test]
fn a_card_is_read_within_its_slot_and_the_longest_fits() {
    let slot = slot_at(NOW_MS);
    let text = shown(&credential(), slot).to_text();
    let said = CardCode::InApp { credential: credential(), slot };
    for late_ms in [-TOLERANCE_MS, 0, TOLERANCE_MS] {
        assert_eq!(read(&text, NOW_MS + late_ms), Ok(said.clone()), "{late_ms}");
    }
    for (late_ms, age_s) in [(TOLERANCE_MS + 1, 45), (-TOLERANCE_MS - 1, -46)] {
        assert_eq!(read(&text, NOW_MS + late_ms), Err(CardCodeError::WrongSlot { age_s }));
    }
    let longest = CardCredential {
        card: "c".repeat(LONGEST_CARD),
        issued_s: i64::from(u32::MAX) - 1,
        until_s: i64::from(u32::MAX),
        category: Category::LargeFamily,
        ..credential()
    };
    assert_eq!(signed(&longest).0.payload.len(), LONGEST_PAYLOAD);
    let text = shown(&longest, u32::MAX).to_text();
    println!("card: {} characters", text.len());
    assert_eq!(text.len(), LONGEST_CARD_TEXT);
    assert!(QrCode::with_version(&text, Version::Normal(10), EcLevel::L).is_ok());
    assert_eq!(ShownCard::from_text(&text), Ok(shown(&longest, u32::MAX)));
}

#[test]
fn only_the_phone_that_the_operator_named_shows_the_card_and_for_some_days() {
    let slot = slot_at(NOW_MS);
    let (mine, thief) = (signed(&credential()), SoftwareKey::from_seed([9; 32]));
    let by = |key: &SoftwareKey, slot_signed| {
        ShownCard::assemble(&mine, slot, &key.sign(&card_to_sign(&mine, slot_signed)))
    };
    assert_eq!(by(&thief, slot), Err(TicketError::BadSignature));
    assert_eq!(by(&fixtures::phone(), slot - 1), Err(TicketError::BadSignature), "yesterday's signature");
    // A thief who makes a credential of their own, and one who changes the slot of a picture.
    let own = CardCredential { phone: thief.public_key(), ..credential() };
    let payload = own.encode().expect("within bounds");
    let envelope = Envelope { payload, ..mine.0.clone() };
    let forged = SignedCredential(envelope);
    let signature = thief.sign(&card_to_sign(&forged, slot));
    let forged = ShownCard::assemble(&forged, slot, &signature).expect("their own key");
    assert_eq!(read(&forged.to_text(), NOW_MS), Err(CardCodeError::NotSigned(TicketError::BadSignature)));
    let old = ShownCard { slot, ..shown(&credential(), slot - 100) };
    assert_eq!(read(&old.to_text(), NOW_MS), Err(CardCodeError::NotSigned(TicketError::BadSignature)));

    for (issued_s, until_s) in [(NOW_S - 10, NOW_S - 1), (NOW_S + 1, NOW_S + 10)] {
        let text = shown(&CardCredential { issued_s, until_s, ..credential() }, slot).to_text();
        assert_eq!(read(&text, NOW_MS), Err(CardCodeError::OutOfDate));
    }
}

#[test]
fn a_printed_card_is_a_sticker_and_no_other_sticker_is() {
    let sticker = |kind, purpose| {
        let code = StickerCode { kind, operator: fixtures::issuer(), code: "9643000000001234".to_owned() };
        code.sign("ride.example", &fixtures::signing_key(purpose)).expect("signed")
    };
    let text = sticker(StickerKind::Card, Purpose::Sticker);
    assert_eq!(read(&text, NOW_MS), Ok(CardCode::Printed { number: "9643000000001234".to_owned() }));
    let other = text.replacen("/9643000000001234/", "/9643000000001235/", 1);
    assert_eq!(read(&other, NOW_MS), Err(CardCodeError::NotSigned(TicketError::BadSignature)));
    for kind in [StickerKind::Bus, StickerKind::Stop] {
        let refused = read(&sticker(kind, Purpose::Sticker), NOW_MS);
        assert!(matches!(refused, Err(CardCodeError::NotACard(_))), "{kind:?}");
    }
}

#[test]
fn nothing_else_that_is_signed_is_a_card() {
    let slot = slot_at(NOW_MS);
    // The same bytes, signed as a ticket's by the same key; and a ticket's code under a card's prefix.
    let payload = credential().encode().expect("within bounds");
    let key = fixtures::signing_key(Purpose::Ticket);
    let as_ticket = SignedCredential(Envelope::sign(Domain::Ticket, payload, &key).expect("signed"));
    let signature = fixtures::phone().sign(&card_to_sign(&as_ticket, slot));
    let as_ticket = ShownCard::assemble(&as_ticket, slot, &signature).expect("its own key");
    assert_eq!(read(&as_ticket.to_text(), NOW_MS), Err(CardCodeError::NotSigned(TicketError::BadSignature)));
    let ticket = fixtures::shown(&fixtures::token(), Freshness::Slot(slot)).to_text();
    for text in ["", "JOLQ1:", &ticket, &ticket.replacen("JOL1:", PREFIX, 1)] {
        assert!(matches!(read(text, NOW_MS), Err(CardCodeError::NotACard(_))), "{text}");
    }
    let later = Envelope::sign(Domain::Card, cbor::encode(vec![2.into()]), &key).expect("signed");
    let later = ShownCard { credential: SignedCredential(later), slot, signature: [0; 64] };
    assert_eq!(
        read(&later.to_text(), NOW_MS),
        Err(CardCodeError::NotACard(TicketError::UnknownVersion { version: 2 }))
    );
    assert!(
        !crate::ticket::is_shown(&shown(&credential(), slot).to_text()),
        "inspectors see no ticket in it"
    );
}

#[test]
fn what_no_code_has_room_for_is_not_signed() {
    let key = fixtures::signing_key(Purpose::Ticket);
    let sign = |credential: CardCredential| SignedCredential::sign(&credential, &key).err();
    let out = |field| Some(TicketError::OutOfBounds { field });
    assert_eq!(sign(CardCredential { card: "c".repeat(21), ..credential() }), out("card"));
    assert_eq!(sign(CardCredential { card: String::new(), ..credential() }), out("card"));
    assert_eq!(sign(CardCredential { city: "atyrau2".to_owned(), ..credential() }), out("city"));
    assert_eq!(sign(CardCredential { issued_s: -1, ..credential() }), out("issued"));
    assert_eq!(sign(CardCredential { until_s: NOW_S - 3_601, ..credential() }), out("until"));
    assert_eq!(sign(CardCredential { phone: [9; 33], ..credential() }), out("phone's key"));
    let sticker = SignedCredential::sign(&credential(), &fixtures::signing_key(Purpose::Sticker));
    assert!(matches!(sticker, Err(TicketError::Key { .. })));
}

proptest! {
    #[test]
    fn no_text_panics_and_each_has_one_form(body in "[0-9A-Z $%*+./:-]{0,400}") {
        let text = format!("{PREFIX}{body}");
        if let Ok(card) = ShownCard::from_text(&text) {
            prop_assert_eq!(card.to_text(), text);
        }
    }

    #[test]
    fn no_changed_bit_is_believed(at in 0usize..230, bit in 0u8..8) {
        let mut bytes = shown(&credential(), slot_at(NOW_MS)).to_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let text = format!("{PREFIX}{}", base45::encode(&bytes));
        prop_assert!(read(&text, NOW_MS).is_err());
    }
}
