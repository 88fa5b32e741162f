//! Tickets for cash: what an inspector scans and types, and what the operator reads of a till.

use super::Bytes;
use super::material::{self, NOW_MS, NOW_S, key, trusted};
use jol_core::money::Money;
use jol_core::ticket::Says;
use jol_core::ticket::till::{
    CashSale, KnownTill, Licence, NumberVerdict, PaperCheck, PaperNumber, PaperSeen, PaperTicket, Settlement,
    ShiftKey, SignedLicence, TillId, look, sale_to_sign, verify_sale,
};
use jol_core::ticket::{Domain, EndRule, Envelope, Purpose};
use jol_core::wallet::{Category, PassengerGroup};
use std::sync::LazyLock;

const TILL: TillId = TillId(4_017);

fn licence() -> SignedLicence {
    let licence = Licence {
        key: key(Purpose::Ticket).id(),
        till: TILL,
        phone: material::phone().public_key(),
        city: "sample".to_owned(),
        from_s: NOW_S - 3_600,
        until_s: NOW_S + 50_000,
        life_s: 5_400,
        end: EndRule::Minutes(90),
    };
    SignedLicence::sign(&licence, &key(Purpose::Ticket)).expect("within bounds")
}

fn sale() -> Vec<u8> {
    let sale = CashSale {
        serial: 41,
        vehicle: "0547".to_owned(),
        line: "101-Б".to_owned(),
        passengers: vec![PassengerGroup { category: Category::School, count: 2 }],
        fare: Money::tenge(120),
        sold_s: NOW_S - 60,
    };
    sale.to_bytes().expect("within bounds")
}

fn ours() -> &'static PaperTicket {
    static OURS: LazyLock<PaperTicket> = LazyLock::new(|| {
        let (licence, sale) = (licence(), sale());
        let signature = material::phone().sign(&sale_to_sign(&licence, &sale));
        PaperTicket::assemble(&licence, &sale, &signature).expect("its own key")
    });
    &OURS
}

fn settlement() -> Settlement {
    Settlement { till: TILL, through: 43, cash: Money::tenge(900), at_ms: NOW_MS }
}

fn tills() -> [KnownTill; 1] {
    let key = ShiftKey::new([7; 32]);
    [KnownTill { till: TILL, index: 17, from_s: NOW_S - 3_600, until_s: NOW_S + 50_000, key }]
}

/// Nothing is valid but what our keys signed, and what is read is written again byte for byte.
pub(crate) fn paper(input: &[u8]) {
    if let Ok(read) = SignedLicence::from_bytes(input) {
        assert_eq!(read.to_bytes(), input);
        assert!(read.verify(trusted()).is_err() || read == licence());
    }
    if let Ok(read) = CashSale::from_bytes(input) {
        assert_eq!(read.to_bytes().as_deref(), Ok(input));
        assert!(read.last().is_some_and(|last| last >= read.serial));
    }
    if let Ok(read) = PaperTicket::from_bytes(input) {
        assert_eq!(read.to_bytes(), input);
        check(&read.to_text(), read == *ours());
    }
    let said = Settlement::open(input, trusted());
    assert!(said.is_err() || said == Ok(settlement()));
    let Ok(text) = std::str::from_utf8(input) else { return };
    let read = PaperTicket::from_text(text).ok();
    assert!(read.as_ref().is_none_or(|read| read.to_text() == text));
    check(text, read.as_ref() == Some(ours()));
    number(text);
}

/// In bus 0547, now.
fn check_with(seen: &PaperSeen) -> PaperCheck<'_> {
    let (keys, now_ms, vehicle) = (trusted(), Some(NOW_MS), Some("0547"));
    PaperCheck { keys, status: None, now_ms, vehicle, began_ms: Some(NOW_MS - 90_000), seen }
}

fn check(text: &str, ours: bool) {
    let mut seen = PaperSeen::default();
    let looked = look(text, &check_with(&seen));
    assert!(ours || looked.says.code() != "valid", "{text}");
    let timeless = PaperCheck { now_ms: None, vehicle: None, ..check_with(&seen) };
    assert_ne!(look(text, &timeless).says.code(), "valid", "no time, no verdict");
    if let (Says::Valid, Some((licence, sale))) = (looked.says, looked.sold) {
        seen.add_sale(licence.till, &sale, NOW_MS);
        assert_eq!(look(text, &check_with(&seen)).says.code(), "not_valid", "a second time");
    }
}

/// A number that reads is ten digits, and reads the same as it is written.
fn number(text: &str) {
    let seen = PaperSeen::default();
    let verdict = NumberVerdict::of(text, &tills(), Some("0547"), Some(NOW_MS), &seen);
    let Some(read) = PaperNumber::from_text(text) else {
        return assert_eq!(verdict, NumberVerdict::NotANumber);
    };
    assert_eq!(PaperNumber::from_text(&read.to_string()), Some(read));
    assert!(read.index == 17 || verdict == NumberVerdict::NoTillKey);
    if verdict.is_valid() {
        let slots = [0, 1_800, 3_600].map(|back_s| NOW_S - back_s);
        let number = |at_s| ShiftKey::new([7; 32]).number(17, TILL, read.passenger, "0547", at_s);
        assert!(slots.into_iter().any(|at_s| number(at_s) == read), "{text}");
    }
}

/// One of each, and numbers.
pub(crate) fn papers() -> Vec<Vec<u8>> {
    let number = ShiftKey::new([7; 32]).number(17, TILL, 41, "0547", NOW_S);
    let settled = settlement().sign(&key(Purpose::Receipt)).expect("within bounds");
    vec![
        ours().to_bytes(),
        ours().to_text().into_bytes(),
        licence().to_bytes(),
        sale(),
        settled,
        number.to_string().into_bytes(),
        b"017-041-0000".to_vec(),
    ]
}

/// A byte for what it is to be, then what the right key signs as that: what a reader takes is written again
/// in the very same bytes.
pub(crate) fn sold(input: &[u8]) {
    let mut bytes = Bytes(input);
    match bytes.byte() % 3 {
        0 => {
            let key = key(Purpose::Ticket);
            let Ok(envelope) = Envelope::sign(Domain::Till, bytes.rest().to_vec(), &key) else { return };
            let Ok(signed) = SignedLicence::from_bytes(&envelope.to_bytes()) else { return };
            let Ok(licence) = signed.verify(trusted()) else { return };
            assert!(licence.holds_at(licence.from_s) && licence.holds_at(licence.until_s));
            assert_eq!(SignedLicence::sign(&licence, &key), Ok(signed));
        }
        1 => {
            let key = key(Purpose::Receipt);
            let Ok(envelope) = Envelope::sign(Domain::Settlement, bytes.rest().to_vec(), &key) else {
                return;
            };
            let signed = envelope.to_bytes();
            let Ok(said) = Settlement::open(&signed, trusted()) else { return };
            assert_eq!(said.sign(&key), Ok(signed));
        }
        _ => {
            let (sale, licence) = (bytes.rest(), licence());
            let signature = material::phone().sign(&sale_to_sign(&licence, sale));
            let Ok(paper) = PaperTicket::assemble(&licence, sale, &signature) else { return };
            assert_eq!(verify_sale(&licence, sale, &paper.signature()), Ok(()));
            assert!(paper.verify(trusted()).is_ok_and(|(_, read)| read.to_bytes().as_deref() == Ok(sale)));
            assert!(paper.to_text().len() <= 395);
        }
    }
}

/// What is signed of each.
pub(crate) fn solds() -> Vec<Vec<u8>> {
    let payload = |nth: u8, bytes: &[u8]| {
        let envelope = Envelope::from_bytes(bytes).expect("our own envelope");
        [&[nth], &envelope.payload[..]].concat()
    };
    let settled = settlement().sign(&key(Purpose::Receipt)).expect("within bounds");
    vec![payload(0, &licence().to_bytes()), payload(1, &settled), [&[2], &sale()[..]].concat()]
}
