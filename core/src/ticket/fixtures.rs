//! Fixed keys and tickets for tests. None of these keys is used anywhere.

use super::*;
use crate::money::Money;
use crate::pay::Way;
use crate::wallet::{Category, PassengerGroup};
use sha2::{Digest, Sha256};

/// 2026-12-01T08:00:00Z, 13:00 in Atyrau; the beginning of a slot.
pub(crate) const NOW_S: i64 = 1_796_112_000;
/// The same in ms.
pub(crate) const NOW_MS: i64 = NOW_S * 1_000;
/// What an inspector's phone asks.
pub(super) const CHALLENGE: [u8; 8] = *b"inspect!";

pub(super) fn issuer() -> Issuer {
    Issuer::new("ATR").expect("a code")
}

/// The seed of a test key is the hash of what it is for.
pub(super) fn seed(name: &str) -> [u8; 32] {
    Sha256::digest(format!("jol test key: {name}")).into()
}

/// The operator's key of this purpose.
pub(crate) fn signing_key(purpose: Purpose) -> SigningKey {
    let id = KeyId { issuer: issuer(), number: purpose as u8 };
    SigningKey::from_seed(id, purpose, &seed(&format!("{purpose:?}")))
}

pub(super) fn root() -> Root {
    Root { issuer: issuer(), public_key: signing_key(Purpose::Root).public_key() }
}

/// All four keys, for two years.
pub(super) fn key_list() -> KeyList {
    let entry = |purpose| KeyEntry {
        number: purpose as u8,
        purpose,
        public_key: signing_key(purpose).public_key(),
        not_before_s: NOW_S - 31_536_000,
        not_after_s: NOW_S + 31_536_000,
    };
    let purposes = [Purpose::Ticket, Purpose::Receipt, Purpose::CityData, Purpose::Sticker];
    KeyList {
        number: 1,
        issued_s: NOW_S - 86_400,
        until_s: NOW_S + 30 * 86_400,
        keys: purposes.map(entry).to_vec(),
    }
}

pub(crate) fn trusted_keys() -> TrustedKeys {
    let bytes = key_list().sign(&signing_key(Purpose::Root)).expect("a list");
    TrustedKeys::accept(&bytes, &root(), 0, Some(NOW_MS)).expect("accepted")
}

/// The passenger's phone.
pub(super) fn phone() -> SoftwareKey {
    SoftwareKey::from_seed(seed("phone"))
}

/// One adult on bus 0547, paid a minute ago.
pub(crate) fn token() -> Token {
    Token {
        key: signing_key(Purpose::Ticket).id(),
        id: TicketId::new(1_234, *b"abcd"),
        issued_s: NOW_S - 60,
        not_before_s: NOW_S - 60,
        expires_s: NOW_S + 5_400,
        phone: Some(PhoneKey { point: phone().public_key(), attested: true }),
        city: "atyrau".to_owned(),
        line: "14".to_owned(),
        vehicle: "0547".to_owned(),
        run: 4_711,
        direction: 1,
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        fare: Money::tenge(120),
        way: Way::App,
        stop: Some("112".to_owned()),
        end: EndRule::Terminus,
        replaces: None,
    }
}

/// Every field as long as the format lets it be, and still valid now.
pub(super) fn longest_token() -> Token {
    Token {
        id: TicketId::new(u32::MAX, [0xff; 4]),
        issued_s: NOW_S - 65_535,
        not_before_s: NOW_S,
        expires_s: NOW_S + 65_535,
        line: "101-Б".to_owned(),
        vehicle: "B00547".to_owned(),
        run: u32::MAX,
        passengers: Category::ALL.map(|category| PassengerGroup { category, count: 15 }).to_vec(),
        fare: Money::tiyn(i64::from(u32::MAX)),
        way: Way::Cash,
        stop: Some("114020".to_owned()),
        end: EndRule::Zone("B12".to_owned()),
        replaces: Some(TicketId::new(u32::MAX - 1, [0xfe; 4])),
        ..token()
    }
}

pub(crate) fn signed(token: &Token) -> SignedToken {
    SignedToken::sign(token, &signing_key(Purpose::Ticket)).expect("within bounds")
}

/// What the passenger's phone shows of a ticket.
pub(super) fn shown(token: &Token, freshness: Freshness) -> Presentation {
    let signed = signed(token);
    let signature = phone().sign(&to_sign(&signed, freshness));
    Presentation::assemble(&signed, freshness, &signature).expect("its own key")
}

/// Two rides of one adult, a week long.
pub(super) fn voucher() -> Voucher {
    Voucher {
        key: signing_key(Purpose::Ticket).id(),
        id: TicketId::new(77, *b"abcd"),
        issued_s: NOW_S - 3_600,
        until_s: NOW_S + 7 * 86_400,
        life_s: 5_400,
        phone: PhoneKey { point: phone().public_key(), attested: true },
        city: "atyrau".to_owned(),
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        fare: Money::tenge(120),
        way: Way::App,
        rides: 2,
        end: EndRule::Terminus,
        replaces: None,
    }
}

/// Every field as long as the format lets it be.
pub(super) fn longest_voucher() -> Voucher {
    Voucher {
        id: TicketId::new(u32::MAX, [0xff; 4]),
        until_s: i64::from(u32::MAX),
        life_s: token::LONGEST_SPAN_S,
        passengers: Category::ALL.map(|category| PassengerGroup { category, count: 15 }).to_vec(),
        fare: Money::tiyn(i64::from(u32::MAX)),
        way: Way::Cash,
        rides: voucher::MOST_RIDES,
        end: EndRule::Zone("B12".to_owned()),
        replaces: Some(TicketId::new(u32::MAX - 1, [0xfe; 4])),
        ..voucher()
    }
}

pub(super) fn signed_voucher(voucher: &Voucher) -> SignedVoucher {
    SignedVoucher::sign(voucher, &signing_key(Purpose::Ticket)).expect("within bounds")
}

/// The second ride, begun a minute ago by the phone's time.
pub(super) fn used() -> Use {
    Use { counter: 2, vehicle: "0547".to_owned(), boarded_s: NOW_S - 60, terminal: None }
}

pub(super) fn longest_use() -> Use {
    let boarded_s = i64::from(u32::MAX);
    Use { counter: 3, vehicle: "B00547".to_owned(), boarded_s, terminal: Some([0xaa; 8]) }
}

/// What the passenger's phone shows of a voucher.
pub(super) fn used_and_shown(voucher: &Voucher, used: &Use, freshness: Freshness) -> ShownVoucher {
    let signed = signed_voucher(voucher);
    let signature = phone().sign(&voucher::use_to_sign(&signed, used, freshness));
    ShownVoucher::assemble(&signed, used, freshness, &signature).expect("its own key")
}

/// An inspector on bus 0547, with a fresh clock and keys.
pub(super) fn check<'a>(keys: &'a TrustedKeys, seen: &'a SeenSet) -> Check<'a> {
    Check {
        keys,
        status: None,
        now_ms: Some(NOW_MS),
        vehicle: Some("0547"),
        challenge: None,
        began_ms: None,
        seen,
        terminals: None,
    }
}

/// Tickets of every kind, all valid for two hours and more either way of now.
pub(super) fn tickets() -> Vec<(&'static str, Token)> {
    let since_s = NOW_S - 10_800;
    let usual = Token { issued_s: since_s, not_before_s: since_s, expires_s: NOW_S + 10_800, ..token() };
    let some = |groups: &[(Category, u8)]| {
        groups.iter().map(|(category, count)| PassengerGroup { category: *category, count: *count }).collect()
    };
    let family =
        some(&[(Category::Standard, 2), (Category::Child, 3), (Category::School, 1), (Category::Senior, 1)]);
    let unattested = usual.phone.map(|phone| PhoneKey { attested: false, ..phone });
    let longest = Token {
        issued_s: since_s - 65_535,
        not_before_s: since_s,
        expires_s: since_s + 65_535,
        ..longest_token()
    };
    vec![
        ("usual", usual.clone()),
        ("longest", longest),
        ("family for minutes", Token { passengers: family, end: EndRule::Minutes(240), ..usual.clone() }),
        (
            "free ride",
            Token {
                fare: Money::ZERO,
                way: Way::BusQr,
                passengers: some(&[(Category::Veteran, 1)]),
                ..usual.clone()
            },
        ),
        ("within a zone", Token { end: EndRule::Zone("A".to_owned()), stop: None, ..usual.clone() }),
        ("unattested", Token { phone: unattested, ..usual.clone() }),
        ("in place of another", Token { replaces: Some(TicketId::new(7, *b"efgh")), ..usual }),
    ]
}

/// The day's terminals.
pub(super) fn terminals() -> TerminalKey {
    TerminalKey::new(seed("terminals"))
}
