use super::*;
use crate::ticket::fixtures::{
    self, CHALLENGE, NOW_MS, NOW_S, longest_use, longest_voucher as longest, signed_voucher as signed, used,
    used_and_shown as shown, voucher,
};
use crate::ticket::{Purpose, SoftwareKey, slot_at};
use proptest::prelude::*;
use qrcode::{EcLevel, QrCode, Version};

#[test]
fn the_longest_voucher_in_use_fits_version_10_level_l_to_the_last_character() {
    assert_eq!(longest().encode().map(|payload| payload.len()), Ok(LONGEST_PAYLOAD));
    for freshness in [Freshness::Slot(u32::MAX), Freshness::Challenge(CHALLENGE)] {
        let shown = shown(&longest(), &longest_use(), freshness);
        let (text, bytes) = (shown.to_text(), shown.to_bytes().len());
        println!("{bytes} bytes, {} characters", text.len());
        assert_eq!(text.len(), LONGEST_TEXT);
        assert!(QrCode::with_version(&text, Version::Normal(10), EcLevel::L).is_ok());
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " $%*+-./:".contains(c);
        assert!(text.chars().all(plain), "{text}");
        assert_eq!(ShownVoucher::from_text(&text), Ok(shown));
    }
}

#[test]
fn a_voucher_is_read_as_it_was_signed() {
    let keys = fixtures::trusted_keys();
    for voucher in [voucher(), longest()] {
        let again = SignedVoucher::from_bytes(&signed(&voucher).to_bytes()).expect("its own bytes");
        assert_eq!(again.verify(&keys), Ok(voucher));
    }
}

#[test]
fn a_ticket_is_no_voucher_and_a_voucher_no_ticket() {
    let keys = fixtures::trusted_keys();
    let ticket = fixtures::signed(&fixtures::token());
    let read = SignedVoucher::from_bytes(&ticket.to_bytes()).expect("a COSE_Sign1");
    assert!(read.verify(&keys).is_err());
    // The same bytes under the other tag: the same key signs both.
    let key = fixtures::signing_key(Purpose::Ticket);
    let payload = voucher().encode().expect("within bounds");
    let as_ticket = Envelope::sign(Domain::Ticket, payload, &key).expect("signed");
    assert_eq!(SignedVoucher(as_ticket).verify(&keys), Err(TicketError::BadSignature));
}

#[test]
fn each_field_refuses_what_is_one_too_much() {
    let bad = |field, change: &dyn Fn(&mut Voucher)| {
        let mut voucher = voucher();
        change(&mut voucher);
        assert_eq!(voucher.encode(), Err(TicketError::OutOfBounds { field }), "{field}");
    };
    bad("issued", &|voucher| voucher.issued_s = -1);
    bad("until", &|voucher| voucher.until_s = voucher.issued_s - 1);
    bad("until", &|voucher| voucher.until_s = i64::from(u32::MAX) + 1);
    bad("life", &|voucher| voucher.life_s = 0);
    bad("life", &|voucher| voucher.life_s = LONGEST_SPAN_S + 1);
    bad("phone's key", &|voucher| voucher.phone.point = [0; 33]);
    bad("city", &|voucher| voucher.city = "aktobe7".to_owned());
    bad("passengers", &|voucher| voucher.passengers.clear());
    bad("fare", &|voucher| voucher.fare = Money::tiyn(-1));
    bad("rides", &|voucher| voucher.rides = 0);
    bad("rides", &|voucher| voucher.rides = MOST_RIDES + 1);
    bad("minutes", &|voucher| voucher.end = EndRule::Minutes(0));
    bad("zone", &|voucher| voucher.end = EndRule::Zone("ABCD".to_owned()));
    let key = fixtures::signing_key(Purpose::Receipt);
    let other = Voucher { key: key.id(), ..voucher() };
    assert!(matches!(SignedVoucher::sign(&other, &key), Err(TicketError::Key { .. })));
}

#[test]
fn no_use_is_shown_that_a_code_has_no_room_for() {
    let (signed, now) = (signed(&voucher()), Freshness::Slot(slot_at(NOW_MS)));
    for used in [
        Use { counter: 0, ..used() },
        Use { counter: MOST_RIDES + 1, ..used() },
        Use { vehicle: String::new(), ..used() },
        Use { vehicle: "0000547".to_owned(), ..used() },
        Use { boarded_s: -1, ..used() },
    ] {
        let signature = fixtures::phone().sign(&use_to_sign(&signed, &used, now));
        let refused = Err(TicketError::OutOfBounds { field: "use" });
        assert_eq!(ShownVoucher::assemble(&signed, &used, now, &signature), refused, "{used:?}");
    }
}

/// All that is shown is in the phone's signature, and no signature of it is good for anything else.
#[test]
fn each_part_of_a_use_is_signed() {
    let signed = signed(&voucher());
    let other = fixtures::signed_voucher(&Voucher { rides: 3, ..voucher() });
    let now = Freshness::Slot(7);
    let uses = [
        used(),
        Use { counter: 1, ..used() },
        Use { vehicle: "0548".to_owned(), ..used() },
        Use { boarded_s: NOW_S - 61, ..used() },
        Use { terminal: Some([0; 8]), ..used() },
        Use { terminal: Some([1; 8]), ..used() },
    ];
    let mut messages: Vec<Vec<u8>> = uses.iter().map(|used| use_to_sign(&signed, used, now)).collect();
    messages.push(use_to_sign(&signed, &used(), Freshness::Slot(8)));
    messages.push(use_to_sign(&signed, &used(), Freshness::Challenge([0, 0, 0, 0, 0, 0, 0, 7])));
    messages.push(use_to_sign(&signed, &used(), Freshness::Slot(0)));
    messages.push(use_to_sign(&signed, &used(), Freshness::Challenge([0; 8])));
    messages.push(use_to_sign(&other, &used(), now));
    messages.push(report_to_sign(&signed, &used()));
    messages.push(unused_to_sign(&signed, 2));
    messages.push(unused_to_sign(&signed, 1));
    let ticket = fixtures::signed(&fixtures::token());
    messages.push(crate::ticket::to_sign(&ticket, now));
    for (nth, message) in messages.iter().enumerate() {
        assert!(message.len() <= 71, "{}", message.len());
        assert!(!messages[..nth].contains(message), "{nth}");
    }
    let (shown, read) = (shown(&voucher(), &used(), now), voucher());
    assert_eq!(shown.verify_phone(&read, now), Ok(()));
    assert_eq!(shown.verify_phone(&read, Freshness::Slot(8)), Err(TicketError::BadSignature));
    for used in &uses[1..] {
        let other = ShownVoucher { used: used.clone(), ..shown.clone() };
        assert_eq!(other.verify_phone(&read, now), Err(TicketError::BadSignature), "{used:?}");
    }
}

#[test]
fn only_the_voucher_s_own_phone_shows_it() {
    let (signed, now) = (signed(&voucher()), Freshness::Slot(7));
    let refused = Err(TicketError::BadSignature);
    let thief = SoftwareKey::from_seed([9; 32]).sign(&use_to_sign(&signed, &used(), now));
    assert_eq!(ShownVoucher::assemble(&signed, &used(), now, &thief), refused);
    let report = fixtures::phone().sign(&report_to_sign(&signed, &used()));
    assert_eq!(ShownVoucher::assemble(&signed, &used(), now, &report), refused, "what the operator is told");
}

#[test]
fn a_letter_that_stands_for_too_much_is_refused() {
    // An odd number of bytes ends in a pair of letters that has room for more than a byte.
    let text = shown(&longest(), &longest_use(), Freshness::Slot(7)).to_text();
    let (head, tail) = text.split_at(text.len() - 2);
    let twin = u32::from(base45::decode(tail).expect("a pair")[0]) + 256;
    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let pair = [letters[twin as usize % 45], letters[twin as usize / 45]];
    let forged = format!("{head}{}", String::from_utf8_lossy(&pair));
    assert_eq!(base45::decode(&forged[6..]), base45::decode(&text[6..]), "the decoder sees no difference");
    assert!(ShownVoucher::from_text(&text).is_ok() && ShownVoucher::from_text(&forged).is_err());
}

#[test]
fn every_flipped_bit_cut_and_added_byte_of_a_use_is_refused() {
    let keys = fixtures::trusted_keys();
    let now = Freshness::Slot(slot_at(NOW_MS));
    for (voucher, used) in [(voucher(), used()), (longest(), longest_use())] {
        let bytes = shown(&voucher, &used, now).to_bytes();
        let believed = |bytes: &[u8]| {
            let shown = ShownVoucher::from_text(&format!("{PREFIX}{}", base45::encode(bytes))).ok()?;
            let voucher = shown.voucher().verify(&keys).ok()?;
            let Moment::Slot(slot) = shown.moment() else { return None };
            shown.verify_phone(&voucher, Freshness::Slot(slot)).ok()
        };
        assert_eq!(believed(&bytes), Some(()));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(believed(&flipped), None, "bit {bit}");
        }
        assert!((0..bytes.len()).all(|end| believed(&bytes[..end]).is_none()));
        assert!((0..=255).all(|byte| believed(&[&bytes[..], &[byte]].concat()).is_none()));
    }
}

proptest! {
    #[test]
    fn no_text_and_no_bytes_panic(
        body in "[0-9A-Z $%*+./:-]{0,420}",
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = ShownVoucher::from_text(&format!("{PREFIX}{body}"));
        let _ = ShownVoucher::from_bytes(&bytes);
        let _ = SignedVoucher::from_bytes(&bytes);
        let _ = Voucher::decode(fixtures::signing_key(Purpose::Ticket).id(), &bytes);
    }

    /// Whatever is within bounds comes back as it was.
    #[test]
    fn a_use_comes_back_as_it_was(
        (counter, boarded_s) in (1..=MOST_RIDES, 0..=i64::from(u32::MAX)),
        vehicle in "[0-9A-ZӘ]{1,3}",
        terminal in proptest::option::of(any::<[u8; 8]>()),
        slot in any::<u32>(),
    ) {
        let used = Use { counter, vehicle, boarded_s, terminal };
        let shown = shown(&voucher(), &used, Freshness::Slot(slot));
        prop_assert!(ShownVoucher::is_voucher(&shown.to_text()));
        prop_assert_eq!(ShownVoucher::from_text(&shown.to_text()), Ok(shown));
    }
}
