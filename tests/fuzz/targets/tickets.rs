//! Tickets as they are shown, and everything else that the operator signs.

use super::Bytes;
use super::material::{self, NOW_MS, NOW_S, key, key_of, trusted};
use jol_core::money::Money;
use jol_core::pay::Way;
use jol_core::ticket::intent::payment_hash;
use jol_core::ticket::{
    BrokenRun, CardCredential, Check, DaySign, DaySigns, Domain, EndRule, Envelope, Freshness, Intent,
    KeyList, Mark, NumberKind, PackSeal, PhoneKey, Presentation, Purpose, Receipt, ReceiptOutcome, Register,
    RegisteredRide, Says, SeenSet, ShownCard, ShownIntent, ShownVoucher, SignedCredential, SignedSticker,
    SignedTime, SignedToken, SignedVoucher, StatusList, StickerCode, StickerKind, TerminalCode, TerminalKey,
    TicketId, Token, TrustedKeys, Use, Verdict, Voucher, card_to_sign, inspect, inspect_intent, slot_at,
    to_sign, voucher,
};
use jol_core::wallet::{Category, PassengerGroup};
use std::sync::LazyLock;

/// What an inspector asked.
const CHALLENGE: [u8; 8] = *b"inspect!";

/// The ticket of all seeds.
pub(crate) fn token() -> Token {
    Token {
        key: key(Purpose::Ticket).id(),
        id: TicketId::new(1_234, *b"abcd"),
        issued_s: NOW_S - 60,
        not_before_s: NOW_S - 60,
        expires_s: NOW_S + 5_400,
        phone: Some(PhoneKey { point: material::phone().public_key(), attested: true }),
        city: "sample".to_owned(),
        line: "101-Б".to_owned(),
        vehicle: "0547".to_owned(),
        run: 4_711,
        direction: 1,
        passengers: vec![PassengerGroup { category: Category::School, count: 2 }],
        fare: Money::tenge(120),
        way: Way::App,
        stop: Some("112".to_owned()),
        end: EndRule::Minutes(90),
        replaces: Some(TicketId::new(7, *b"efgh")),
    }
}

/// It, signed.
pub(crate) fn ticket() -> SignedToken {
    SignedToken::sign(&token(), &key(Purpose::Ticket)).expect("within bounds")
}

/// The voucher of all seeds.
pub(crate) fn voucher() -> Voucher {
    let token = token();
    Voucher {
        key: token.key,
        id: TicketId::new(77, *b"abcd"),
        issued_s: NOW_S - 3_600,
        until_s: NOW_S + 604_800,
        life_s: 5_400,
        phone: PhoneKey { point: material::phone().public_key(), attested: true },
        city: token.city,
        passengers: token.passengers,
        fare: token.fare,
        way: token.way,
        rides: 2,
        end: token.end,
        replaces: token.replaces,
    }
}

fn signed_voucher() -> SignedVoucher {
    SignedVoucher::sign(&voucher(), &key(Purpose::Ticket)).expect("within bounds")
}

/// What a phone shows of a payment that is not known yet.
fn intent() -> Intent {
    let token = token();
    Intent {
        issuer: material::issuer(),
        payment: payment_hash("k1"),
        city: token.city,
        vehicle: token.vehicle,
        line: token.line,
        passengers: token.passengers,
        fare: token.fare,
        tapped_s: NOW_S - 60,
        phone: material::phone().public_key(),
    }
}

fn asked(freshness: Freshness) -> ShownIntent {
    let message = intent().to_sign(freshness).expect("within bounds");
    ShownIntent::assemble(&intent(), freshness, &material::phone().sign(&message)).expect("its own key")
}

/// Our intent, as it may be shown in this moment.
fn ours_asked() -> &'static [ShownIntent; 2] {
    static OURS: LazyLock<[ShownIntent; 2]> =
        LazyLock::new(|| [Freshness::Slot(slot_at(NOW_MS)), Freshness::Challenge(CHALLENGE)].map(asked));
    &OURS
}

fn terminals() -> TerminalKey {
    TerminalKey::new([7; 32])
}

fn in_use(freshness: Freshness) -> ShownVoucher {
    let slot = slot_at(NOW_MS) - 2;
    let terminal = Some(terminals().word("0547", slot));
    let used = Use { counter: 2, vehicle: "0547".to_owned(), boarded_s: i64::from(slot) * 15, terminal };
    let voucher = signed_voucher();
    let signature = material::phone().sign(&voucher::use_to_sign(&voucher, &used, freshness));
    ShownVoucher::assemble(&voucher, &used, freshness, &signature).expect("its own key")
}

/// Our voucher, as it may be shown in this moment.
fn ours_in_use() -> &'static [ShownVoucher; 2] {
    static OURS: LazyLock<[ShownVoucher; 2]> =
        LazyLock::new(|| [Freshness::Slot(slot_at(NOW_MS)), Freshness::Challenge(CHALLENGE)].map(in_use));
    &OURS
}

fn presented(freshness: Freshness) -> Presentation {
    let ticket = ticket();
    let signature = material::phone().sign(&to_sign(&ticket, freshness));
    Presentation::assemble(&ticket, freshness, &signature).expect("its own key")
}

/// Ours, as it may be shown in this moment.
fn ours() -> &'static [Presentation; 2] {
    static OURS: LazyLock<[Presentation; 2]> =
        LazyLock::new(|| [Freshness::Slot(slot_at(NOW_MS)), Freshness::Challenge(CHALLENGE)].map(presented));
    &OURS
}

/// What an inspector's camera read, as bytes and as a text: nothing is valid but what our keys signed, and
/// what is read is written again byte for byte.
pub(crate) fn shown(input: &[u8]) {
    if let Ok(envelope) = Envelope::from_bytes(input) {
        assert_eq!(envelope.to_bytes(), input);
    }
    if let Ok(ticket) = SignedToken::from_bytes(input) {
        assert_eq!(ticket.to_bytes(), input);
        assert!(ticket.verify(trusted()).is_err() || ticket == self::ticket());
        let _ = ticket.read_unverified().map(|token| token.passenger_count());
    }
    if let Ok(voucher) = SignedVoucher::from_bytes(input) {
        assert_eq!(voucher.to_bytes(), input);
        assert!(voucher.verify(trusted()).is_err() || voucher == signed_voucher());
        let _ = voucher.read_unverified();
    }
    if let Ok(presentation) = Presentation::from_bytes(input) {
        assert_eq!(presentation.to_bytes(), input);
        check(&presentation.to_text(), ours().contains(&presentation));
    }
    if let Ok(shown) = ShownVoucher::from_bytes(input) {
        assert_eq!(shown.to_bytes(), input);
        check(&shown.to_text(), ours_in_use().contains(&shown));
    }
    if let Ok(shown) = ShownIntent::from_bytes(input) {
        assert_eq!(shown.to_bytes(), input);
        check_asked(&shown.to_text());
    }
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (ticket, shown) = (Presentation::from_text(text).ok(), ShownVoucher::from_text(text).ok());
    assert!(ticket.as_ref().is_none_or(|read| read.to_text() == text));
    assert!(shown.as_ref().is_none_or(|read| read.to_text() == text));
    assert!(TerminalCode::from_text(text).ok().is_none_or(|read| read.to_text() == text));
    assert!(ShownIntent::from_text(text).ok().is_none_or(|read| read.to_text() == text));
    check_asked(text);
    let ours = ticket.is_some_and(|read| ours().contains(&read))
        || shown.is_some_and(|read| ours_in_use().contains(&read));
    check(text, ours);
}

fn check(text: &str, ours: bool) {
    let terminals = terminals();
    let mut seen = SeenSet::default();
    for challenge in [None, Some(CHALLENGE)] {
        let check = Check {
            keys: trusted(),
            status: None,
            now_ms: Some(NOW_MS),
            vehicle: Some("0547"),
            challenge,
            began_ms: Some(NOW_MS - 90_000),
            seen: &seen,
            terminals: Some(&terminals),
        };
        let verdict = inspect(text, &check);
        assert!(ours || verdict.code() != "valid", "{text}");
        let nowhere = Check { now_ms: None, vehicle: None, challenge: None, ..check };
        assert_ne!(inspect(text, &nowhere).code(), "valid", "no time, no verdict");
        if let Verdict::Valid { paid, .. } = &verdict {
            seen.add(paid, NOW_MS);
        }
    }
}

/// An intent is never valid; what its phone signed is told, and what somebody changed is refused.
fn check_asked(text: &str) {
    for challenge in [None, Some(CHALLENGE)] {
        let seen = SeenSet::default();
        let check = Check {
            keys: trusted(),
            status: None,
            now_ms: Some(NOW_MS),
            vehicle: Some("0547"),
            challenge,
            began_ms: Some(NOW_MS - 90_000),
            seen: &seen,
            terminals: None,
        };
        let verdict = inspect_intent(text, &check);
        let ours = ShownIntent::from_text(text).is_ok_and(|shown| ours_asked().contains(&shown));
        assert!(verdict.says != Says::Valid && (ours || verdict.says.code() != "cannot_tell"), "{text}");
    }
}

/// Tickets as bytes and as texts.
pub(crate) fn tickets() -> Vec<Vec<u8>> {
    let [slot, challenge] = ours();
    let unsigned = Presentation::unsigned(&ticket());
    let mut seeds = vec![ticket().to_bytes()];
    for shown in [slot, challenge, &unsigned] {
        seeds.extend([shown.to_bytes(), shown.to_text().into_bytes()]);
    }
    for shown in ours_in_use() {
        seeds.extend([shown.to_bytes(), shown.to_text().into_bytes()]);
    }
    for shown in ours_asked() {
        seeds.extend([shown.to_bytes(), shown.to_text().into_bytes()]);
    }
    seeds.extend([signed_voucher().to_bytes(), terminals().code("0547", 119_740_800).to_text().into_bytes()]);
    seeds
}

/// The operator's word that the phone may show its card.
pub(crate) fn credential() -> CardCredential {
    CardCredential {
        key: key(Purpose::Ticket).id(),
        card: "c0000000000000001".into(),
        city: "sample".into(),
        issued_s: NOW_S - 3_600,
        until_s: NOW_S + 7 * 86_400,
        phone: material::phone().public_key(),
        category: Category::Standard,
    }
}

/// The card as a code, in this moment.
pub(crate) fn shown_card() -> String {
    let signed = SignedCredential::sign(&credential(), &key(Purpose::Ticket)).expect("within bounds");
    let slot = slot_at(NOW_MS);
    let signature = material::phone().sign(&card_to_sign(&signed, slot));
    ShownCard::assemble(&signed, slot, &signature).expect("its own key").to_text()
}

const DOMAINS: [Domain; 9] = [
    Domain::Ticket,
    Domain::Voucher,
    Domain::Receipt,
    Domain::Time,
    Domain::StatusList,
    Domain::CityPack,
    Domain::KeyList,
    Domain::DaySigns,
    Domain::Register,
];

/// A byte for what it is to be, then what the operator's own key signs as that: whatever a reader takes, the
/// writer writes in the very same bytes.
pub(crate) fn signed(input: &[u8]) {
    let mut bytes = Bytes(input);
    let domain = DOMAINS[usize::from(bytes.byte()) % DOMAINS.len()];
    let key = key_of(domain);
    let Ok(envelope) = Envelope::sign(domain, bytes.rest().to_vec(), &key) else { return };
    let signed = envelope.to_bytes();
    let again = match domain {
        Domain::Ticket => SignedToken::from_bytes(&signed).ok().and_then(|ticket| {
            let token = ticket.verify(trusted()).ok()?;
            Some(SignedToken::sign(&token, &key).map(|ticket| ticket.to_bytes()))
        }),
        Domain::Voucher => SignedVoucher::from_bytes(&signed).ok().and_then(|signed| {
            let voucher = signed.verify(trusted()).ok()?;
            Some(SignedVoucher::sign(&voucher, &key).map(|signed| signed.to_bytes()))
        }),
        Domain::Receipt => Receipt::open(&signed, trusted()).ok().map(|receipt| receipt.sign(&key)),
        Domain::Time => {
            // The nonce stands third, after version and length.
            let nonce: Vec<u8> = envelope.payload.iter().skip(3).take(8).copied().collect();
            let time = SignedTime::verify(&signed, trusted(), &nonce).ok();
            time.map(|operator_time_ms| SignedTime { nonce, operator_time_ms }.sign(&key))
        }
        Domain::StatusList => StatusList::accept(&signed, trusted(), 0).ok().map(|list| {
            let _ = (list.is_revoked(token().id), list.is_replaced(token().id), list.broken_run(&token()));
            list.sign(&key)
        }),
        Domain::CityPack => PackSeal::verify(&signed, trusted()).ok().map(|seal| seal.sign(&key)),
        Domain::DaySigns => DaySigns::accept(&signed, trusted(), 0).ok().map(|list| {
            assert!(list.days.iter().all(|sign| list.of(sign.day) == Some(sign)));
            list.sign(&key)
        }),
        Domain::Register => {
            // The vehicle stands second, behind array, version and length.
            let length = envelope.payload.get(2).map_or(0, |head| usize::from(head & 31));
            let name = envelope.payload.get(3..3 + length).unwrap_or_default();
            let name = std::str::from_utf8(name).unwrap_or_default();
            Register::accept(&signed, trusted(), name, 0).ok().map(|register| {
                for kind in [NumberKind::Card, NumberKind::Sms, NumberKind::Receipt] {
                    assert!(register.find(kind, "9643 1080").count() <= register.rides.len());
                }
                register.sign(&key)
            })
        }
        _ => {
            let keys = TrustedKeys::accept(&signed, &material::root(), 0, Some(NOW_MS));
            if let Ok(keys) = keys {
                let _ = (keys.is_too_old(NOW_MS), keys.number(), keys.issued_s(), keys.issuer());
                let _ = ticket().verify(&keys);
            }
            None
        }
    };
    if let Some(again) = again {
        assert_eq!(again.as_ref(), Ok(&signed), "{domain:?}");
    }
}

fn receipt() -> Receipt {
    Receipt {
        idempotency_key: "k1".to_owned(),
        request_hash: [3; 32],
        outcome: ReceiptOutcome::Declined { code: "corporate_line".to_owned() },
        amount: Money::tenge(120),
        operator_time_ms: NOW_MS,
        ticket: Some(TicketId::new(1_234, *b"abcd")),
        reference: "R-17".to_owned(),
    }
}

fn status_list() -> StatusList {
    StatusList {
        issuer: material::issuer(),
        number: 3,
        issued_s: NOW_S,
        revoked: vec![4, 90, 100_000],
        replaced: vec![7],
        broken: vec![
            BrokenRun { vehicle: "0547".to_owned(), run: 4_711, next: vec!["0548".to_owned()] },
            BrokenRun { vehicle: "0548".to_owned(), run: 2, next: Vec::new() },
        ],
    }
}

/// The colours and words of the days around [`NOW_S`].
pub(crate) fn signed_day_signs() -> Vec<u8> {
    let today = u32::try_from(NOW_S / 86_400).expect("after 1970");
    let sign = |day, word: &str| DaySign { day, colour: 0xFF_C000, word: word.to_owned() };
    let days = vec![sign(today - 1, "ДАЛА"), sign(today, "ҚЫРАН"), sign(today + 1, "АҚҚУ")];
    let list = DaySigns { number: 3, issued_s: NOW_S, days };
    list.sign(&key(Purpose::CityData)).expect("within bounds")
}

/// Who rides in the vehicle of [`token`].
pub(crate) fn signed_register() -> Vec<u8> {
    let salt = *b"salt of this day";
    let ride = |index, way, kind, number: &str| RegisteredRide {
        id: TicketId::new(index, *b"abcd"),
        way,
        marks: Mark::of(kind, number, &salt).into_iter().collect(),
        passengers: token().passengers,
        paid_ms: NOW_MS - 600_000,
        ends_ms: NOW_MS + 600_000,
        line: token().line,
        from: Some("0548".to_owned()).filter(|_| index == 2),
    };
    let rides = vec![
        ride(1, Way::SmartCard, NumberKind::Card, "9643108000004417"),
        ride(2, Way::Sms, NumberKind::Sms, "30Б7"),
    ];
    let register =
        Register { vehicle: "0547".to_owned(), as_of_ms: NOW_MS, taps_until_ms: NOW_MS, salt, rides };
    register.sign(&key(Purpose::CityData)).expect("within bounds")
}

/// All that the operator signs, in the order of [`DOMAINS`].
fn all_signed() -> [Vec<u8>; 9] {
    let time = SignedTime { nonce: vec![7; 8], operator_time_ms: NOW_MS };
    let seal = PackSeal { city: "sample".to_owned(), sha256: [5; 32], issued_s: NOW_S };
    [
        ticket().to_bytes(),
        signed_voucher().to_bytes(),
        receipt().sign(&key(Purpose::Receipt)).expect("within bounds"),
        time.sign(&key(Purpose::Receipt)).expect("within bounds"),
        status_list().sign(&key(Purpose::CityData)).expect("within bounds"),
        seal.sign(&key(Purpose::CityData)).expect("within bounds"),
        material::signed_key_list(),
        signed_day_signs(),
        signed_register(),
    ]
}

/// What stands in each of them.
pub(crate) fn payloads() -> Vec<Vec<u8>> {
    let payload = |(nth, bytes): (u8, Vec<u8>)| {
        let envelope = Envelope::from_bytes(&bytes).expect("our own envelope");
        [&[nth], &envelope.payload[..]].concat()
    };
    (0..).zip(all_signed()).map(payload).collect()
}

/// A signed answer as it comes from the network: nobody's signature but the operator's is believed.
pub(crate) fn lists(input: &[u8]) {
    static SIGNED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(envelopes);
    let ours = SIGNED.iter().any(|known| known == input);
    let keys = trusted();
    let believed = [
        Receipt::open(input, keys).is_ok(),
        SignedTime::verify(input, keys, &[7; 8]).is_ok(),
        StatusList::accept(input, keys, 0).is_ok(),
        PackSeal::verify(input, keys).is_ok(),
        DaySigns::accept(input, keys, 0).is_ok(),
        Register::accept(input, keys, "0547", 0).is_ok(),
        TrustedKeys::accept(input, &material::root(), 0, Some(NOW_MS)).is_ok(),
    ];
    let count = believed.into_iter().filter(|believed| *believed).count();
    assert!(count <= usize::from(ours), "{believed:?}");
    // A key that a phone made, as its hardware gives it.
    if let Ok(point) = jol_core::ticket::phone_key::compress(input) {
        assert_eq!(jol_core::ticket::phone_key::compress(&point), Ok(point));
    }
    let _ = jol_core::ticket::phone_key::accept(&material::phone().public_key(), b"message", input);
}

/// All of them, and a phone's key and signature.
pub(crate) fn envelopes() -> Vec<Vec<u8>> {
    let list = KeyList { number: 2, keys: Vec::new(), ..material::key_list() };
    let mut seeds = all_signed().to_vec();
    seeds.extend(list.sign(&key(Purpose::Root)));
    seeds.extend([material::phone().public_key().to_vec(), material::phone().sign(b"message")]);
    seeds
}

/// The sticker in a bus, by its host.
pub(crate) fn sticker(kind: StickerKind, code: &str) -> String {
    let sticker = StickerCode { kind, operator: material::issuer(), code: code.to_owned() };
    sticker.sign("jol.kz", &key(Purpose::Sticker)).expect("within bounds")
}

/// A sticker that reads says what was printed, in the one way to write it, and is believed only as printed.
pub(crate) fn stickers(text: &str) {
    let Ok(read) = SignedSticker::from_text(text) else { return };
    let Ok(believed) = read.verify(trusted()) else { return };
    assert_eq!(&believed, read.claim());
    let host = text.get(8..).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    // A host that we would not print is the printer's own affair.
    if let Ok(again) = believed.sign(host, &key(Purpose::Sticker)) {
        assert!(again.eq_ignore_ascii_case(text), "{text}");
    }
}
