use super::*;
use crate::ticket::fixtures::{self, NOW_MS, NOW_S};
use crate::ticket::{BrokenRun, Says};
use crate::ticket::{CannotTell, NotValid, Purpose, SoftwareKey, StatusList};
use crate::wallet::Category;
use proptest::prelude::*;
use qrcode::{EcLevel, QrCode, Version};

fn conductor() -> SoftwareKey {
    SoftwareKey::from_seed(fixtures::seed("conductor"))
}

/// A shift that began an hour ago.
fn licence() -> Licence {
    Licence {
        key: fixtures::signing_key(Purpose::Ticket).id(),
        till: TillId(4_017),
        phone: conductor().public_key(),
        city: "atyrau".to_owned(),
        from_s: NOW_S - 3_600,
        until_s: NOW_S + 50_000,
        life_s: 5_400,
        end: EndRule::Terminus,
    }
}

fn sale() -> CashSale {
    CashSale {
        serial: 41,
        vehicle: "0547".to_owned(),
        line: "14".to_owned(),
        passengers: vec![
            PassengerGroup { category: Category::Standard, count: 2 },
            PassengerGroup { category: Category::School, count: 1 },
        ],
        fare: Money::tenge(350),
        sold_s: NOW_S - 60,
    }
}

/// Every field as long as the format lets it be.
fn longest() -> (Licence, CashSale) {
    let end = EndRule::Zone("B12".to_owned());
    let spans = (i64::from(u32::MAX), i64::from(u32::MAX) + LONGEST_SPAN_S, LONGEST_SPAN_S);
    let (from_s, until_s, life_s) = spans;
    let licence = Licence { till: TillId(u32::MAX), from_s, until_s, life_s, end, ..licence() };
    let sale = CashSale {
        serial: u16::MAX - 119,
        vehicle: "B00547".to_owned(),
        line: "101-Б".to_owned(),
        passengers: Category::ALL.map(|category| PassengerGroup { category, count: 15 }).to_vec(),
        fare: Money::tiyn(i64::from(u32::MAX)),
        sold_s: i64::from(u32::MAX),
    };
    (licence, sale)
}

fn signed(licence: &Licence) -> SignedLicence {
    SignedLicence::sign(licence, &fixtures::signing_key(Purpose::Ticket)).expect("within bounds")
}

fn sold(licence: &Licence, sale: &CashSale) -> PaperTicket {
    let (licence, sale) = (signed(licence), sale.to_bytes().expect("within bounds"));
    let signature = conductor().sign(&sale_to_sign(&licence, &sale));
    PaperTicket::assemble(&licence, &sale, &signature).expect("its own key")
}

fn check<'a>(keys: &'a TrustedKeys, seen: &'a PaperSeen) -> PaperCheck<'a> {
    let (now_ms, vehicle) = (Some(NOW_MS), Some("0547"));
    PaperCheck { keys, status: None, now_ms, vehicle, began_ms: None, seen }
}

/// What is wrong with a sale, looked at in bus 0547 now.
fn refused(licence: &Licence, sale: &CashSale) -> Says {
    let (keys, seen) = (fixtures::trusted_keys(), PaperSeen::default());
    look(&sold(licence, sale).to_text(), &check(&keys, &seen)).says
}

#[test]
fn the_longest_ticket_for_cash_fits_version_10_level_l() {
    let (licence, sale) = longest();
    for (name, paper, characters) in
        [("longest", sold(&licence, &sale), 365), ("usual", sold(&self::licence(), &self::sale()), 342)]
    {
        let (text, bytes) = (paper.to_text(), paper.to_bytes().len());
        println!("{name}: {bytes} bytes, {} characters", text.len());
        assert_eq!(text.len(), characters, "{name}");
        assert!(text.len() <= LONGEST_TEXT && paper.sale.len() <= LONGEST_SALE);
        assert!(paper.licence.0.payload.len() <= LONGEST_LICENCE);
        assert!(QrCode::with_version(&text, Version::Normal(10), EcLevel::L).is_ok(), "{name}");
        assert_eq!(PaperTicket::from_text(&text), Ok(paper), "{name}");
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " $%*+-./:".contains(c);
        assert!(text.chars().all(plain), "{text}");
    }
    assert_eq!(sold(&licence, &sale).licence.0.payload.len(), LONGEST_LICENCE);
    assert_eq!(sold(&licence, &sale).sale.len(), LONGEST_SALE);
}

#[test]
fn a_sale_is_valid_on_its_bus_and_comes_back_as_it_was_sold() {
    let (keys, seen) = (fixtures::trusted_keys(), PaperSeen::default());
    let looked = look(&sold(&licence(), &sale()).to_text(), &check(&keys, &seen));
    assert_eq!((looked.says.code(), looked.sold), ("valid", Some((licence(), sale()))));
    assert_eq!(sale().last(), Some(43), "three passengers from 41 on");
}

#[test]
fn a_shift_has_its_first_and_its_last_second_and_its_passengers_a_first_number() {
    let shift = licence();
    let moments = [shift.from_s - 1, shift.from_s, shift.until_s, shift.until_s + 1];
    assert_eq!(moments.map(|at_s| shift.holds_at(at_s)), [false, true, true, false]);
    let unnumbered = CashSale { serial: 0, ..sale() };
    assert_eq!(unnumbered.to_bytes(), Err(TicketError::OutOfBounds { field: "serial" }));
    let mut bytes = CashSale { serial: 1, ..sale() }.to_bytes().expect("within bounds");
    // After the head of the array comes the number, in one byte.
    assert_eq!(bytes[1], 1);
    bytes[1] = 0;
    assert_eq!(CashSale::from_bytes(&bytes), Err(TicketError::Malformed { what: "serial" }));
}

#[test]
fn another_bus_a_late_look_and_a_second_one_are_refused() {
    let not = |reason| Says::NotValid(reason);
    let on_548 = CashSale { vehicle: "0548".to_owned(), ..sale() };
    assert_eq!(refused(&licence(), &on_548), not(NotValid::WrongVehicle { vehicle: "0548".to_owned() }));
    let at = |ago_s: i64| CashSale { sold_s: NOW_S - ago_s, ..sale() };
    let long = Licence { from_s: NOW_S - 40_000, until_s: NOW_S + 10_000, ..licence() };
    assert_eq!(refused(&long, &at(5_445)), Says::Valid, "two phones' clocks differ");
    assert_eq!(refused(&long, &at(5_446)), not(NotValid::Ended { at_s: NOW_S - 46 }));
    assert_eq!(refused(&long, &at(-45)), Says::Valid);
    assert_eq!(refused(&long, &at(-46)), not(NotValid::NotYetValid { from_s: NOW_S + 46 }));
    let short = Licence { end: EndRule::Minutes(30), ..long.clone() };
    assert_eq!(refused(&short, &at(1_846)), not(NotValid::Ended { at_s: NOW_S - 46 }));
    // Outside of the shift no sale holds, however fresh.
    let over = Licence { until_s: NOW_S - 120, ..licence() };
    assert_eq!(refused(&over, &at(60)), not(NotValid::Ended { at_s: NOW_S - 120 }));
    let later = Licence { from_s: NOW_S - 30, ..licence() };
    assert_eq!(refused(&later, &at(60)), not(NotValid::NotYetValid { from_s: NOW_S - 30 }));

    let (keys, mut seen) = (fixtures::trusted_keys(), PaperSeen::default());
    seen.add_sale(TillId(4_017), &sale(), NOW_MS - 5_000);
    let text = sold(&licence(), &sale()).to_text();
    let before = not(NotValid::SeenBefore { at_ms: NOW_MS - 5_000 });
    assert_eq!(look(&text, &check(&keys, &seen)).says, before);
    // A number of one of its passengers is the same ride, and another till's is not.
    let mut numbers = PaperSeen::default();
    numbers.add_number(TillId(4_018), 42, NOW_MS - 5_000);
    assert_eq!(look(&text, &check(&keys, &numbers)).says, Says::Valid);
    numbers.add_number(TillId(4_017), 42, NOW_MS - 5_000);
    assert_eq!(look(&text, &check(&keys, &numbers)).says, before);
}

#[test]
fn without_time_or_with_old_keys_nothing_is_called_valid() {
    let (keys, seen) = (fixtures::trusted_keys(), PaperSeen::default());
    let text = sold(&licence(), &sale()).to_text();
    let unsure = |reason| Says::CannotTell(reason);
    let timeless = PaperCheck { now_ms: None, ..check(&keys, &seen) };
    assert_eq!(look(&text, &timeless).says, unsure(CannotTell::TimeUnknown));
    let late_ms = NOW_MS + 31 * 86_400_000;
    let late = PaperCheck { now_ms: Some(late_ms), ..check(&keys, &seen) };
    let fresh_s = late_ms / 1_000 - 60;
    let (from_s, until_s) = (fresh_s - 60, fresh_s + 600);
    let paper = sold(&Licence { from_s, until_s, ..licence() }, &CashSale { sold_s: fresh_s, ..sale() });
    assert_eq!(look(&paper.to_text(), &late).says, unsure(CannotTell::KeysTooOld));
}

#[test]
fn a_bus_that_broke_down_and_a_sale_after_boarding_are_told() {
    let (keys, seen) = (fixtures::trusted_keys(), PaperSeen::default());
    let status = StatusList {
        issuer: fixtures::issuer(),
        number: 1,
        issued_s: NOW_S,
        revoked: vec![],
        replaced: vec![],
        broken: vec![BrokenRun { vehicle: "0547".to_owned(), run: 1, next: Vec::new() }],
    };
    let check = PaperCheck {
        status: Some(&status),
        vehicle: Some("0548"),
        began_ms: Some(NOW_MS - 120_000),
        ..check(&keys, &seen)
    };
    let looked = look(&sold(&licence(), &sale()).to_text(), &check);
    let facts = PaperFacts { bought_after_check_began: true, continued: true, no_status_list: false };
    assert_eq!((looked.says.code(), looked.facts), ("valid", facts));
}

#[test]
fn only_the_operator_licenses_and_only_that_phone_sells() {
    let keys = fixtures::trusted_keys();
    for purpose in [Purpose::Receipt, Purpose::CityData, Purpose::Sticker] {
        let key = fixtures::signing_key(purpose);
        assert!(SignedLicence::sign(&Licence { key: key.id(), ..licence() }, &key).is_err(), "{purpose:?}");
    }
    let (signed, bytes) = (signed(&licence()), sale().to_bytes().expect("within bounds"));
    let thief = SoftwareKey::from_seed([9; 32]).sign(&sale_to_sign(&signed, &bytes));
    assert_eq!(PaperTicket::assemble(&signed, &bytes, &thief), Err(TicketError::BadSignature));
    // The same sale under another licence of the same phone is another one.
    let other = self::signed(&Licence { till: TillId(4_018), ..licence() });
    let signature = conductor().sign(&sale_to_sign(&other, &bytes));
    assert_eq!(PaperTicket::assemble(&signed, &bytes, &signature), Err(TicketError::BadSignature));
    // One ticket key signs both; a voucher or ticket is no licence.
    let ticket = fixtures::signed(&fixtures::token()).to_bytes();
    assert!(
        SignedLicence::from_bytes(&ticket).is_ok_and(|licence| licence.verify(&keys).is_err())
            || SignedLicence::from_bytes(&ticket).is_err()
    );
    let unknown = Licence { key: KeyId { number: 99, ..licence().key }, ..licence() };
    assert!(SignedLicence::sign(&unknown, &fixtures::signing_key(Purpose::Ticket)).is_err());
}

#[test]
fn what_has_no_room_is_not_written() {
    let licences = [
        Licence { until_s: NOW_S - 3_600, ..licence() },
        Licence { until_s: i64::MAX, ..licence() },
        Licence { from_s: -1, ..licence() },
        Licence { life_s: 0, ..licence() },
        Licence { city: "atyrau2".to_owned(), ..licence() },
        Licence { phone: [0; 33], ..licence() },
        Licence { end: EndRule::Minutes(0), ..licence() },
    ];
    for licence in licences {
        let key = fixtures::signing_key(Purpose::Ticket);
        assert!(SignedLicence::sign(&licence, &key).is_err(), "{licence:?}");
    }
    let sales = [
        CashSale { serial: 0, ..sale() },
        CashSale { serial: u16::MAX - 1, ..sale() },
        CashSale { passengers: vec![], ..sale() },
        CashSale { passengers: vec![PassengerGroup { category: Category::Child, count: 16 }], ..sale() },
        CashSale { vehicle: String::new(), ..sale() },
        CashSale { line: "1234567".to_owned(), ..sale() },
        CashSale { fare: Money::tiyn(-1), ..sale() },
        CashSale { sold_s: -1, ..sale() },
    ];
    for sale in sales {
        assert!(sale.to_bytes().is_err(), "{sale:?}");
    }
}

/// On no certain bus, so that nothing is refused for being on another.
fn refuse_all(what: &str, texts: impl Iterator<Item = String>) -> usize {
    let (keys, seen) = (fixtures::trusted_keys(), PaperSeen::default());
    let check = PaperCheck { vehicle: None, ..check(&keys, &seen) };
    texts.map(|text| assert_eq!(look(&text, &check).says.code(), "not_valid", "{what}: {text}")).count()
}

fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

#[test]
fn every_flipped_bit_cut_and_added_byte_is_refused() {
    let paper = sold(&licence(), &sale());
    let (bytes, code) = (paper.to_bytes(), paper.to_text());
    let text = |bytes: &[u8]| format!("{PREFIX}{}", base45::encode(bytes));
    assert_eq!(refuse_all("flip", flips(&bytes).map(|bytes| text(&bytes))), bytes.len() * 8);
    assert_eq!(refuse_all("cut", (0..bytes.len()).map(|end| text(&bytes[..end]))), bytes.len());
    assert_eq!(refuse_all("byte more", (0..=255).map(|byte| text(&[&bytes[..], &[byte]].concat()))), 256);
    let letters = flips(code.as_bytes()).filter_map(|bytes| String::from_utf8(bytes).ok());
    assert!(refuse_all("letter", letters) >= code.len() * 7);
    assert_eq!(refuse_all("letter less", (0..code.len()).map(|end| code[..end].to_owned())), code.len());
    let newer = code.replacen("JOLT1", "JOLT2", 1);
    assert_eq!(PaperTicket::from_text(&newer), Err(TicketError::UnknownVersion { version: 2 }));
    assert!(PaperTicket::is_paper(&newer) && !PaperTicket::is_paper("JOL1:0"));
    // (r, n − s), which plain ECDSA finds just as good.
    let (head, low) = bytes.split_at(bytes.len() - 64);
    let low = p256::ecdsa::Signature::from_slice(low).expect("a signature");
    let high = p256::ecdsa::Signature::from_scalars(low.r(), -low.s()).expect("a signature");
    assert_eq!(refuse_all("high s", std::iter::once(text(&[head, &high.to_bytes()].concat()))), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_sold_reads_back(
        serial in 1_u16..60_000, counts in proptest::array::uniform8(0_u8..16), fare in 0_i64..=4_294_967_295,
        vehicle in "[0-9A-Z]{1,6}", line in "[0-9A-Z-]{1,6}", ago_s in 0_i64..3_000,
    ) {
        prop_assume!(counts.iter().any(|count| *count > 0));
        let groups = Category::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0);
        let passengers: Vec<_> = groups.map(|(category, count)| PassengerGroup { category, count }).collect();
        let (fare, sold_s) = (Money::tiyn(fare), NOW_S - ago_s);
        let sale = CashSale { serial, vehicle, line, passengers, fare, sold_s };
        let text = sold(&licence(), &sale).to_text();
        prop_assert!(text.len() <= LONGEST_TEXT);
        let (keys, seen) = (fixtures::trusted_keys(), PaperSeen::default());
        let looked = look(&text, &PaperCheck { vehicle: Some(&sale.vehicle), ..check(&keys, &seen) });
        prop_assert_eq!((looked.says.code(), looked.sold), ("valid", Some((licence(), sale))));
    }

    #[test]
    fn no_text_and_no_bytes_panic(
        text in "\\PC*",
        body in "[0-9A-Z $%*+./:-]{0,420}",
        bytes in proptest::collection::vec(any::<u8>(), 0..260),
    ) {
        let (keys, seen) = (fixtures::trusted_keys(), PaperSeen::default());
        for text in [text.clone(), format!("JOLT1:{text}"), format!("JOLT1:{body}")] {
            prop_assert_ne!(look(&text, &check(&keys, &seen)).says.code(), "valid");
        }
        let _ = (PaperTicket::from_bytes(&bytes), SignedLicence::from_bytes(&bytes));
        let _ = CashSale::from_bytes(&bytes);
        let _ = Settlement::open(&bytes, &keys);
    }
}
