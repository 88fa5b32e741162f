//! The colour and the word of the day: what a driver who has no scanner looks for on a ticket's screen.
//!
//! A help to the eye and never a proof: whoever sees one screen can copy it for the rest of that day. What
//! it does: a picture or a copied app of yesterday looks wrong from the driver's seat. A list holds a few
//! days, so that a phone without a network still knows tomorrow's. Which day it is is for the caller to say.

use super::cbor::{self, Items};
use super::{Domain, Envelope, SigningKey, TicketError, TrustedKeys};
use crate::colour::WHITE;
use ciborium::Value;

/// The format of a list.
const VERSION: u64 = 1;
/// No list tells of more days: what is known long before leaks.
pub const MOST_DAYS: usize = 8;
/// The longest word, in bytes.
pub const LONGEST_WORD: usize = 20;
/// Longer than any list with so many days.
const LONGEST_LIST: usize = 512;

/// What is shown on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySign {
    /// Which day: days since 1970-01-01, by the calendar of the city in which one rides.
    pub day: u32,
    /// The colour, `0xRRGGBB`.
    pub colour: u32,
    /// The word, the same in every language.
    pub word: String,
}

/// What the operator's data key signs: the signs of some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySigns {
    /// Counts up with each list.
    pub number: u32,
    /// When it was signed, in s since 1970.
    pub issued_s: i64,
    /// The days, ascending.
    pub days: Vec<DaySign>,
}

impl DaySigns {
    /// Signs the list; gives a COSE_Sign1.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] if it is not in order, too long, or a colour or word is not one;
    /// [`TicketError::Key`] if the key is not for city data.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TicketError> {
        let payload = self.encode();
        match DaySigns::decode(&payload) {
            Ok(read) if read == *self => Ok(Envelope::sign(Domain::DaySigns, payload, key)?.to_bytes()),
            _ => Err(TicketError::OutOfBounds { field: "day signs" }),
        }
    }

    /// Accepts a list that the operator's data key signed. `last_seen` is the number of the newest list
    /// ever accepted, 0 at first; the same list may come again.
    ///
    /// # Errors
    /// [`TicketError::Rollback`] for an older list, and what can be wrong with a signature or a format.
    pub fn accept(bytes: &[u8], keys: &TrustedKeys, last_seen: u32) -> Result<DaySigns, TicketError> {
        if bytes.len() > LONGEST_LIST {
            return Err(TicketError::Malformed { what: "day signs" });
        }
        let list = keys.open(Domain::DaySigns, &Envelope::from_bytes(bytes)?, |payload| {
            let list = DaySigns::decode(payload)?;
            let issued_s = list.issued_s;
            Ok((list, Some(issued_s)))
        })?;
        if list.number < last_seen {
            return Err(TicketError::Rollback { seen: last_seen, got: list.number });
        }
        Ok(list)
    }

    /// What is shown on this day; none if the list does not tell of it.
    pub fn of(&self, day: u32) -> Option<&DaySign> {
        self.days.iter().find(|sign| sign.day == day)
    }

    fn encode(&self) -> Vec<u8> {
        let day =
            |sign: &DaySign| Value::Array(vec![sign.day.into(), sign.colour.into(), cbor::text(&sign.word)]);
        cbor::encode(vec![
            VERSION.into(),
            self.number.into(),
            self.issued_s.into(),
            Value::Array(self.days.iter().map(day).collect()),
        ])
    }

    fn decode(payload: &[u8]) -> Result<DaySigns, TicketError> {
        let mut items = Items::read(payload, "day signs")?;
        items.version(VERSION)?;
        let (number, issued_s) = (items.uint32("list number")?, i64::from(items.uint32("issued")?));
        let mut entries = items.items("days")?;
        items.end("day signs")?;
        if entries.left() > MOST_DAYS {
            return Err(TicketError::Malformed { what: "days" });
        }
        let mut days: Vec<DaySign> = Vec::new();
        while entries.left() > 0 {
            let sign = DaySign::read(entries.items("day")?)?;
            if days.last().is_some_and(|last| last.day >= sign.day) {
                return Err(TicketError::Malformed { what: "order of days" });
            }
            days.push(sign);
        }
        Ok(DaySigns { number, issued_s, days })
    }
}

impl DaySign {
    fn read(mut items: Items) -> Result<DaySign, TicketError> {
        let sign = DaySign {
            day: items.uint32("day")?,
            // The bound makes it fit.
            colour: items.uint("colour", u64::from(WHITE))? as u32,
            word: items.text("word", LONGEST_WORD)?,
        };
        items.end("day").map(|()| sign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::fixtures::{self, NOW_S};
    use crate::ticket::{KeyFault, KeyId, Purpose};
    use proptest::prelude::*;

    fn sign(day: u32, colour: u32, word: &str) -> DaySign {
        DaySign { day, colour, word: word.to_owned() }
    }

    fn list() -> DaySigns {
        let days = vec![sign(20_787, 0xC0_1020, "ҚЫРАН"), sign(20_788, 0, "ДАЛА"), sign(20_790, WHITE, "Ұ")];
        DaySigns { number: 5, issued_s: NOW_S - 600, days }
    }

    fn signed(list: &DaySigns) -> Result<Vec<u8>, TicketError> {
        list.sign(&fixtures::signing_key(Purpose::CityData))
    }

    /// By hand, as an operator with a fault would.
    fn forged(domain: Domain, payload: Vec<u8>, key: &SigningKey) -> Vec<u8> {
        Envelope::sign(domain, payload, key).expect("a key for it").to_bytes()
    }

    #[test]
    fn a_list_tells_of_its_days_and_of_no_other() {
        let read = DaySigns::accept(&signed(&list()).expect("a list"), &fixtures::trusted_keys(), 5);
        let read = read.expect("accepted");
        assert_eq!(read, list());
        assert_eq!(read.of(20_788), Some(&sign(20_788, 0, "ДАЛА")));
        assert_eq!(read.of(20_790).map(|sign| sign.colour), Some(WHITE));
        for other in [0, 20_786, 20_789, 20_791, u32::MAX] {
            assert_eq!(read.of(other), None);
        }
    }

    #[test]
    fn every_changed_bit_is_refused() {
        let keys = fixtures::trusted_keys();
        let bytes = signed(&list()).expect("a list");
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(DaySigns::accept(&bytes, &keys, 0).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn an_older_list_is_refused_and_the_same_one_is_not() {
        let (keys, bytes) = (fixtures::trusted_keys(), signed(&list()).expect("a list"));
        for last_seen in [0, 4, 5] {
            assert!(DaySigns::accept(&bytes, &keys, last_seen).is_ok());
        }
        let refused = DaySigns::accept(&bytes, &keys, 6);
        assert_eq!(refused, Err(TicketError::Rollback { seen: 6, got: 5 }));
    }

    #[test]
    fn another_key_s_list_and_another_domain_s_are_refused() {
        let keys = fixtures::trusted_keys();
        let data = fixtures::signing_key(Purpose::CityData);
        for purpose in [Purpose::Ticket, Purpose::Receipt, Purpose::Sticker, Purpose::Root] {
            assert!(matches!(
                list().sign(&fixtures::signing_key(purpose)),
                Err(TicketError::Key { fault: KeyFault::OtherPurpose, .. })
            ));
        }
        // Under the right name, by a key that is not the operator's.
        let strange = SigningKey::from_seed(data.id(), Purpose::CityData, &[9; 32]);
        let bytes = forged(Domain::DaySigns, list().encode(), &strange);
        assert_eq!(DaySigns::accept(&bytes, &keys, 0), Err(TicketError::BadSignature));
        // Under the name of a key that signs something else.
        let ticket = KeyId { number: Purpose::Ticket as u8, ..data.id() };
        let posing = SigningKey::from_seed(ticket, Purpose::CityData, &[9; 32]);
        let bytes = forged(Domain::DaySigns, list().encode(), &posing);
        let fault = TicketError::Key { key: ticket, fault: KeyFault::OtherPurpose };
        assert_eq!(DaySigns::accept(&bytes, &keys, 0), Err(fault));
        // The same key signs three things; only the tag stands between them.
        for domain in [Domain::StatusList, Domain::CityPack] {
            let bytes = forged(domain, list().encode(), &data);
            assert_eq!(DaySigns::accept(&bytes, &keys, 0), Err(TicketError::BadSignature), "{domain:?}");
        }
        let late = DaySigns { issued_s: NOW_S + 2 * 31_536_000, ..list() };
        let fault = TicketError::Key { key: data.id(), fault: KeyFault::OtherTime };
        assert_eq!(DaySigns::accept(&signed(&late).expect("a list"), &keys, 0), Err(fault));
    }

    #[test]
    fn a_list_of_a_wrong_shape_is_not_signed_and_not_accepted() {
        let of = |days: Vec<DaySign>| DaySigns { days, ..list() };
        let many = |count: u32| of((0..count).map(|day| sign(day, 1, "Ә")).collect());
        let data = fixtures::signing_key(Purpose::CityData);
        for (why, list) in [
            ("out of order", of(vec![sign(2, 1, "А"), sign(1, 1, "Б")])),
            ("a day twice", of(vec![sign(2, 1, "А"), sign(2, 1, "Б")])),
            ("nine days", many(9)),
            ("no colour", of(vec![sign(1, WHITE + 1, "А")])),
            ("no word", of(vec![sign(1, 1, "")])),
            ("a long word", of(vec![sign(1, 1, &"a".repeat(21))])),
            ("a word that breaks the line", of(vec![sign(1, 1, "А\nБ")])),
            ("a time before 1970", DaySigns { issued_s: -1, ..list() }),
        ] {
            let refused = Err(TicketError::OutOfBounds { field: "day signs" });
            assert_eq!(list.sign(&data), refused, "{why}");
            let bytes = forged(Domain::DaySigns, list.encode(), &data);
            let read = DaySigns::accept(&bytes, &fixtures::trusted_keys(), 0);
            assert!(matches!(read, Err(TicketError::Malformed { .. })), "{why}: {read:?}");
        }
        let longest = (0..8).map(|day| sign(u32::MAX - 8 + day, WHITE, &"Ә".repeat(10))).collect();
        for fits in [of(Vec::new()), many(8), of(longest)] {
            let bytes = signed(&fits).expect("within bounds");
            assert_eq!(DaySigns::accept(&bytes, &fixtures::trusted_keys(), 0), Ok(fits));
        }
    }

    #[test]
    fn another_version_is_said_to_be_unknown() {
        let later = cbor::encode(vec![2.into(), 5.into(), NOW_S.into(), Value::Array(Vec::new())]);
        let bytes = forged(Domain::DaySigns, later, &fixtures::signing_key(Purpose::CityData));
        let read = DaySigns::accept(&bytes, &fixtures::trusted_keys(), 0);
        assert_eq!(read, Err(TicketError::UnknownVersion { version: 2 }));
    }

    proptest! {
        #[test]
        fn what_is_within_bounds_comes_back(
            number in any::<u32>(),
            days in proptest::collection::btree_map(any::<u32>(), (0..=WHITE, "[А-Яa-z0-9 ]{1,10}"), 0..=8),
        ) {
            let days = days.into_iter().map(|(day, (colour, word))| DaySign { day, colour, word }).collect();
            let list = DaySigns { number, issued_s: NOW_S, days };
            let bytes = signed(&list).expect("within bounds");
            prop_assert_eq!(DaySigns::accept(&bytes, &fixtures::trusted_keys(), number), Ok(list));
        }

        /// Signed by the right key, so that the reader sees them.
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let keys = fixtures::trusted_keys();
            prop_assert!(DaySigns::accept(&bytes, &keys, 0).is_err());
            let signed = forged(Domain::DaySigns, bytes, &fixtures::signing_key(Purpose::CityData));
            if let Ok(list) = DaySigns::accept(&signed, &keys, 0) {
                prop_assert_eq!(list.sign(&fixtures::signing_key(Purpose::CityData)), Ok(signed));
            }
        }

        #[test]
        fn no_change_of_a_payload_panics(at in 0_usize..64, byte in any::<u8>(), cut in 0_usize..64) {
            let mut payload = list().encode();
            let length = payload.len();
            payload[at % length] = byte;
            payload.truncate(length - cut % length);
            if let Ok(read) = DaySigns::decode(&payload) {
                prop_assert_eq!(read.encode(), payload);
            }
        }
    }
}
