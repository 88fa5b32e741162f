use super::*;
use crate::ticket::Purpose;
use crate::ticket::fixtures::{self, NOW_S};
use proptest::prelude::*;

fn payload(token: &Token) -> Vec<u8> {
    token.encode().expect("within bounds")
}

#[test]
fn the_longest_ticket_has_just_the_bytes_that_the_format_allows() {
    let longest = fixtures::longest_token();
    assert_eq!(payload(&longest).len(), LONGEST_PAYLOAD);
    let signed = fixtures::signed(&longest);
    assert_eq!(signed.to_bytes().len(), LONGEST_SIGNED);
    let again = SignedToken::from_bytes(&signed.to_bytes()).expect("its own bytes");
    assert_eq!(again.verify(&fixtures::trusted_keys()), Ok(longest));
}

#[test]
fn each_field_refuses_what_is_one_too_much() {
    let groups = |groups: &[(Category, u8)]| {
        groups.iter().map(|&(category, count)| PassengerGroup { category, count }).collect::<Vec<_>>()
    };
    let bad = |field, change: &dyn Fn(&mut Token)| {
        let mut token = fixtures::token();
        change(&mut token);
        assert_eq!(token.encode(), Err(TicketError::OutOfBounds { field }), "{field}");
    };
    bad("issued", &|token| {
        token.issued_s = -1;
        token.not_before_s = 0;
        token.expires_s = 1;
    });
    bad("not before", &|token| token.not_before_s = token.issued_s - 1);
    bad("not before", &|token| token.not_before_s = token.issued_s + LONGEST_SPAN_S + 1);
    bad("not before", &|token| token.not_before_s = i64::MIN);
    bad("expires", &|token| token.expires_s = token.not_before_s);
    bad("expires", &|token| token.expires_s = token.not_before_s + LONGEST_SPAN_S + 1);
    bad("expires", &|token| token.expires_s = i64::MIN);
    bad("phone's key", &|token| token.phone = Some(PhoneKey { point: [4; 33], attested: false }));
    bad("city", &|token| token.city = "atyrau2".to_owned());
    bad("line", &|token| token.line = "101-БК".to_owned());
    bad("line", &|token| token.line = String::new());
    bad("vehicle", &|token| token.vehicle = "0547\u{7}".to_owned());
    bad("vehicle", &|token| token.vehicle = "0000547".to_owned());
    bad("direction", &|token| token.direction = 2);
    bad("passengers", &|token| token.passengers = vec![]);
    bad("passengers", &|token| token.passengers = groups(&[(Category::Child, 0)]));
    bad("passengers", &|token| token.passengers = groups(&[(Category::Child, 16)]));
    bad("passengers", &|token| token.passengers = groups(&[(Category::Child, 1), (Category::Child, 1)]));
    bad("fare", &|token| token.fare = Money::tiyn(-1));
    bad("fare", &|token| token.fare = Money::tiyn(i64::from(u32::MAX) + 1));
    bad("stop", &|token| token.stop = Some("1140200".to_owned()));
    bad("minutes", &|token| token.end = EndRule::Minutes(0));
    bad("zone", &|token| token.end = EndRule::Zone("ZONE".to_owned()));
}

#[test]
fn a_payload_is_refused_for_each_item_that_is_not_as_the_format_says() {
    let good = fixtures::token();
    let items = || match ciborium::from_reader::<Value, _>(payload(&good).as_slice()) {
        Ok(Value::Array(items)) => items,
        _ => panic!("an array"),
    };
    let decode = |items: Vec<Value>| Token::decode(good.key, &cbor::encode(items));
    assert_eq!(decode(items()), Ok(good.clone()));
    let number = |number: u64| Value::from(number);
    let text = cbor::text;
    for (what, item, wrong) in [
        ("id", 1, cbor::bytes(&[0; 7])),
        ("issued", 2, number(1 << 32)),
        ("issued", 2, Value::from(-1)),
        ("not before", 3, number(65_536)),
        ("expires", 4, number(0)),
        ("expires", 4, number(65_536)),
        ("phone's key", 5, cbor::bytes(&[2; 32])),
        ("phone's key", 5, cbor::bytes(&[0; 33])),
        ("flags", 5, Value::Null),
        ("flags", 6, number(40)),
        ("flags", 6, number(64)),
        ("flags", 6, Value::Bool(true)),
        ("city", 7, text("atyrau2")),
        ("line", 8, text("")),
        ("vehicle", 9, number(547)),
        ("run", 10, number(1 << 32)),
        ("passengers", 11, number(0)),
        ("passengers", 11, number(1 << 32)),
        ("fare", 12, number(1 << 32)),
        ("stop", 13, text("1140200")),
        ("minutes", 14, number(0)),
        ("minutes", 14, number(65_536)),
        ("zone", 14, text("ZONE")),
        ("replaces", 15, cbor::bytes(&[0; 9])),
    ] {
        let mut items = items();
        items[item] = wrong;
        assert_eq!(decode(items), Err(TicketError::Malformed { what }), "item {item}");
    }
    let mut longer = items();
    longer.push(Value::Null);
    assert_eq!(decode(longer), Err(TicketError::Malformed { what: "ticket" }));
    let mut later = items();
    later[0] = number(2);
    assert_eq!(decode(later), Err(TicketError::UnknownVersion { version: 2 }));
}

#[test]
fn a_header_that_we_would_not_write_is_refused() {
    use coset::{CborSerializable, CoseSign1, Header, iana};
    let bytes = fixtures::signed(&fixtures::token()).to_bytes();
    let refused = |change: &dyn Fn(&mut CoseSign1)| {
        let mut cose = CoseSign1::from_slice(&bytes).expect("a COSE_Sign1");
        // What was read is kept as it was; without this a change would not be written.
        cose.protected.original_data = None;
        change(&mut cose);
        SignedToken::from_bytes(&cose.to_vec().expect("written")).is_err()
    };
    assert!(!refused(&|_| ()), "unchanged");
    assert!(refused(&|cose| cose.unprotected.key_id = b"ATR1".to_vec()), "an unprotected header");
    assert!(refused(&|cose| cose.protected.header.iv = vec![1]), "one header more");
    assert!(refused(&|cose| cose.protected.header.key_id = b"atr\x01".to_vec()), "no issuer's code");
    assert!(refused(&|cose| cose.protected.header = Header::default()), "no key");
    assert!(
        refused(&|cose| {
            let es256 = coset::RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256);
            cose.protected.header.alg = Some(es256);
        }),
        "another algorithm"
    );
    assert!(refused(&|cose| cose.payload = None), "a payload elsewhere");
    assert!(refused(&|cose| cose.signature.push(0)), "a longer signature");
    let tagged = [&[0xd2], bytes.as_slice()].concat();
    assert!(SignedToken::from_bytes(&tagged).is_err(), "a tag");
}

#[test]
fn a_key_signs_tickets_that_name_it_and_only_while_it_is_in_use() {
    let (token, keys) = (fixtures::token(), fixtures::trusted_keys());
    let receipts = Token { key: fixtures::signing_key(Purpose::Receipt).id(), ..token.clone() };
    assert!(matches!(
        SignedToken::sign(&receipts, &fixtures::signing_key(Purpose::Ticket)),
        Err(TicketError::Key { fault: KeyFault::Unknown, .. })
    ));
    assert!(matches!(
        SignedToken::sign(&receipts, &fixtures::signing_key(Purpose::Receipt)),
        Err(TicketError::Key { fault: KeyFault::OtherPurpose, .. })
    ));
    let old = NOW_S - 40_000_000;
    let early = Token { issued_s: old, not_before_s: old, expires_s: old + 60, ..token };
    assert!(matches!(
        fixtures::signed(&early).verify(&keys),
        Err(TicketError::Key { fault: KeyFault::OtherTime, .. })
    ));
}

#[test]
fn ids_hold_their_index() {
    let id = TicketId::new(0x0102_0304, [5, 6, 7, 8]);
    assert_eq!(id.0, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(id.index(), 0x0102_0304);
    assert_eq!(id.to_string(), "0102030405060708");
}

#[test]
fn names_are_cut_between_letters() {
    assert_eq!(cut("101-БК", LONGEST_LINE), "101-Б");
    assert_eq!(cut("ББББ", 5), "ББ");
    assert_eq!(cut("14", 6), "14");
    assert_eq!(cut("Б", 1), "");
}

fn code(max: usize) -> impl Strategy<Value = String> {
    // At most six bytes of any letters; one letter is at most four.
    "[0-9A-Za-zА-Яа-яӘІҢҒҮҰҚӨҺ -]{1,6}".prop_map(move |text| match cut(&text, max) {
        "" => "1".to_owned(),
        text => text.to_owned(),
    })
}

prop_compose! {
    /// Any ticket within bounds.
    fn any_token()(
        id in any::<[u8; 8]>(),
        issued_s in 0..=u32::MAX,
        wait in any::<u16>(),
        life in 1..=u16::MAX,
        phone in proptest::option::of((any::<[u8; 32]>(), any::<bool>())),
        (city, line) in (code(LONGEST_CITY), code(LONGEST_LINE)),
        (vehicle, stop) in (code(LONGEST_VEHICLE), proptest::option::of(code(LONGEST_STOP))),
        (run, direction) in (any::<u32>(), 0..=1_u8),
        counts in proptest::array::uniform8(0..=MOST_OF_A_CATEGORY)
            .prop_filter("somebody rides", |counts| counts.iter().any(|count| *count > 0)),
        fare in any::<u32>(),
        way in 0..Way::ALL.len(),
        end in prop_oneof![
            Just(EndRule::Terminus),
            (1..=u16::MAX).prop_map(EndRule::Minutes),
            code(LONGEST_ZONE).prop_map(EndRule::Zone),
        ],
        replaces in proptest::option::of(any::<[u8; 8]>()),
    ) -> Token {
        let not_before_s = i64::from(issued_s) + i64::from(wait);
        let groups = Category::ALL.into_iter().zip(counts);
        Token {
            key: fixtures::signing_key(Purpose::Ticket).id(),
            id: TicketId(id),
            issued_s: i64::from(issued_s),
            not_before_s,
            expires_s: not_before_s + i64::from(life),
            phone: phone.map(|(seed, attested)| {
                PhoneKey { point: crate::ticket::SoftwareKey::from_seed(seed).public_key(), attested }
            }),
            city,
            line,
            vehicle,
            run,
            direction,
            passengers: groups
                .map(|(category, count)| PassengerGroup { category, count })
                .filter(|group| group.count > 0)
                .collect(),
            fare: Money::tiyn(i64::from(fare)),
            way: Way::ALL[way],
            stop,
            end,
            replaces: replaces.map(TicketId),
        }
    }
}

proptest! {
    #[test]
    fn every_ticket_within_bounds_comes_back_and_fits(token in any_token()) {
        let bytes = payload(&token);
        prop_assert!(bytes.len() <= LONGEST_PAYLOAD);
        prop_assert_eq!(Token::decode(token.key, &bytes), Ok(token));
    }
}
