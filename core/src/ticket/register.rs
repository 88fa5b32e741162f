//! The register of a vehicle: who rides in it who paid without showing a code. A card at the terminal, a
//! text message, a receipt; an inspector takes it along and looks a number up in it.
//!
//! It holds no ride that only a code shows, and names no card. A ride has *marks*: three bytes of a hash of what can be typed or read, under the
//! operator's salt of the day. So many numbers share each mark that a lost phone tells none of them, and so
//! few of one bus's rides do that a wrong number is found once in some hundred thousand times. It holds only
//! while an operator marks a ride by a card's whole number or by its last digits, never by both.
//!
//! What it leaves out proves nothing by itself: it says until when it is complete, and a terminal that was
//! out of reach holds taps back.

use super::cbor::{self, Items};
use super::token::{LONGEST_LINE, LONGEST_VEHICLE, passengers_from_number, passengers_to_number};
use super::{Domain, Envelope, SigningKey, TicketError, TicketId, TrustedKeys};
use crate::pay::Way;
use crate::wallet::PassengerGroup;
use ciborium::Value;
use sha2::{Digest, Sha256};

/// The format of a register.
const VERSION: u64 = 1;
/// The longest register, in bytes: more than a thousand rides.
pub const LONGEST_REGISTER: usize = 131_072;
/// The most marks of one ride.
pub const MOST_MARKS: usize = 4;
/// How long a ride stays in it after its end, in ms: who is told so can be shown that there was one.
pub const KEPT_AFTER_END_MS: i64 = 60 * 60_000;

/// What stands before a number in the hash of its mark.
const TAG: &[u8] = b"jol:mark:1\0";

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NumberKind {
    /// A card's number, whole or its last digits, or its chip's.
    Card = 0,
    /// The code in the answer to a text message.
    Sms = 1,
    /// The number on a receipt: a conductor's or a bank's.
    Receipt = 2,
}

/// Three bytes that stand for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub [u8; 3]);

impl Mark {
    /// The mark of a number under a register's salt. Spaces, dashes and case do not count; none for a
    /// number without a letter or digit.
    pub fn of(kind: NumberKind, number: &str, salt: &[u8; 16]) -> Option<Mark> {
        let plain = plain(number);
        if plain.is_empty() {
            return None;
        }
        let hash = Sha256::new().chain_update(TAG).chain_update(salt).chain_update([kind as u8]);
        let [a, b, c, ..]: [u8; 32] = hash.chain_update(plain).finalize().into();
        Some(Mark([a, b, c]))
    }
}

/// A number without what people and readers put between its digits.
pub(super) fn plain(number: &str) -> String {
    number.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// A ride in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredRide {
    /// Its ticket's id.
    pub id: TicketId,
    /// How it was paid.
    pub way: Way,
    /// What it is found by: 1 to [`MOST_MARKS`].
    pub marks: Vec<Mark>,
    /// Who rides, each category once, in the categories' order.
    pub passengers: Vec<PassengerGroup>,
    /// When it was paid, ms since 1970.
    pub paid_ms: i64,
    /// When it ended, or will at the latest, ms since 1970.
    pub ends_ms: i64,
    /// The line that was paid.
    pub line: String,
    /// The vehicle that was paid and broke down, if it is another one than the register's.
    pub from: Option<String>,
}

/// The rides of a vehicle that a number finds and that are valid, or ended within [`KEPT_AFTER_END_MS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// The vehicle's number as painted.
    pub vehicle: String,
    /// When it was written, ms since 1970: what was paid since is not in it.
    pub as_of_ms: i64,
    /// Until when the vehicle's terminal has told its taps, ms since 1970; not after `as_of_ms`.
    pub taps_until_ms: i64,
    /// The operator's chance of the day, for the marks.
    pub salt: [u8; 16],
    /// By id, ascending.
    pub rides: Vec<RegisteredRide>,
}

impl Register {
    /// Signs the register; gives a COSE_Sign1.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] if it is not in order or too long, [`TicketError::Key`] if the key is
    /// for something else.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TicketError> {
        let outside = TicketError::OutOfBounds { field: "register" };
        let payload = self.encode().ok_or(outside.clone())?;
        let read = Register::decode(&payload);
        let bytes = Envelope::sign(Domain::Register, payload, key)?.to_bytes();
        if read.as_ref() != Ok(self) || bytes.len() > LONGEST_REGISTER {
            return Err(outside);
        }
        Ok(bytes)
    }

    /// Accepts a register that the operator's data key signed. `last_seen_ms` is the moment of the newest
    /// one of this vehicle that is kept, 0 at first.
    ///
    /// # Errors
    /// [`TicketError::OtherRequest`] for another vehicle's or an older one, and what can be wrong with a
    /// signature or a format.
    pub fn accept(
        bytes: &[u8],
        keys: &TrustedKeys,
        vehicle: &str,
        last_seen_ms: i64,
    ) -> Result<Register, TicketError> {
        if bytes.len() > LONGEST_REGISTER {
            return Err(TicketError::Malformed { what: "register" });
        }
        let register = keys.open(Domain::Register, &Envelope::from_bytes(bytes)?, |payload| {
            let register = Register::decode(payload)?;
            let signed_s = register.as_of_ms / 1_000;
            Ok((register, Some(signed_s)))
        })?;
        if register.vehicle != vehicle || register.as_of_ms < last_seen_ms {
            return Err(TicketError::OtherRequest);
        }
        Ok(register)
    }

    /// The rides that this number finds.
    pub fn find(&self, kind: NumberKind, number: &str) -> impl Iterator<Item = &RegisteredRide> {
        let mark = Mark::of(kind, number, &self.salt);
        self.rides.iter().filter(move |ride| mark.is_some_and(|mark| ride.marks.contains(&mark)))
    }

    /// None if a value has no place in the format.
    fn encode(&self) -> Option<Vec<u8>> {
        let moment = |ms: i64| (ms >= 0).then(|| Value::from(ms));
        let code = |text: &str, max| cbor::fits(text, max).then(|| cbor::text(text));
        let ride = |ride: &RegisteredRide| {
            Some(Value::Array(vec![
                cbor::bytes(&ride.id.0),
                ride.way.number().into(),
                Value::Array(ride.marks.iter().map(|mark| cbor::bytes(&mark.0)).collect()),
                passengers_to_number(&ride.passengers).ok()?.into(),
                moment(ride.paid_ms)?,
                moment(ride.ends_ms)?,
                code(&ride.line, LONGEST_LINE)?,
                match &ride.from {
                    Some(from) => code(from, LONGEST_VEHICLE)?,
                    None => Value::Null,
                },
            ]))
        };
        Some(cbor::encode(vec![
            VERSION.into(),
            code(&self.vehicle, LONGEST_VEHICLE)?,
            moment(self.as_of_ms)?,
            moment(self.taps_until_ms)?,
            cbor::bytes(&self.salt),
            Value::Array(self.rides.iter().map(ride).collect::<Option<_>>()?),
        ]))
    }

    fn decode(payload: &[u8]) -> Result<Register, TicketError> {
        let mut items = Items::read(payload, "register")?;
        items.version(VERSION)?;
        let vehicle = items.text("vehicle", LONGEST_VEHICLE)?;
        let (as_of_ms, taps_until_ms) = (moment(&mut items, "as of")?, moment(&mut items, "taps until")?);
        if taps_until_ms > as_of_ms {
            return Err(TicketError::Malformed { what: "taps until" });
        }
        let salt = items.bytes("salt")?;
        let mut entries = items.items("rides")?;
        items.end("register")?;
        let mut rides: Vec<RegisteredRide> = Vec::new();
        while entries.left() > 0 {
            let ride = RegisteredRide::read(entries.items("ride")?)?;
            if rides.last().is_some_and(|last| last.id >= ride.id) {
                return Err(TicketError::Malformed { what: "order of rides" });
            }
            rides.push(ride);
        }
        Ok(Register { vehicle, as_of_ms, taps_until_ms, salt, rides })
    }
}

impl RegisteredRide {
    fn read(mut items: Items) -> Result<RegisteredRide, TicketError> {
        let id = TicketId(items.bytes("id")?);
        // The bound makes it fit.
        let way = Way::from_number(items.uint("way", u64::from(u8::MAX))? as u8);
        let way = way.ok_or(TicketError::Malformed { what: "way" })?;
        let mut written = items.items("marks")?;
        if !(1..=MOST_MARKS).contains(&written.left()) {
            return Err(TicketError::Malformed { what: "marks" });
        }
        let mut marks = Vec::new();
        while written.left() > 0 {
            marks.push(Mark(written.bytes("mark")?));
        }
        let ride = RegisteredRide {
            id,
            way,
            marks,
            passengers: passengers_from_number(items.uint32("passengers")?)?,
            paid_ms: moment(&mut items, "paid")?,
            ends_ms: moment(&mut items, "ends")?,
            line: items.text("line", LONGEST_LINE)?,
            from: if items.null() { None } else { Some(items.text("from", LONGEST_VEHICLE)?) },
        };
        items.end("ride")?;
        if ride.ends_ms < ride.paid_ms {
            return Err(TicketError::Malformed { what: "ends" });
        }
        Ok(ride)
    }
}

fn moment(items: &mut Items, what: &'static str) -> Result<i64, TicketError> {
    // The bound makes it fit.
    items.uint(what, i64::MAX.unsigned_abs()).map(|ms| ms as i64)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ticket::fixtures::{self, NOW_MS};
    use crate::ticket::{KeyFault, Purpose};
    use crate::wallet::Category;
    use proptest::prelude::*;

    pub(in crate::ticket) const CARD: &str = "9643 1080 0000 4417";
    pub(in crate::ticket) const SALT: [u8; 16] = *b"salt of this day";

    /// A card for one adult, a text message for two children, a receipt that ended.
    pub(in crate::ticket) fn register() -> Register {
        let mark = |kind, number| Mark::of(kind, number, &SALT).expect("a number");
        let ride = |index, way, marks: &[Mark], category, count| RegisteredRide {
            id: TicketId::new(index, *b"abcd"),
            way,
            marks: marks.to_vec(),
            passengers: vec![PassengerGroup { category, count }],
            paid_ms: NOW_MS - 600_000,
            ends_ms: NOW_MS + 1_800_000,
            line: "14".to_owned(),
            from: None,
        };
        let card = [mark(NumberKind::Card, CARD), mark(NumberKind::Card, "04:A2:B3:C4")];
        Register {
            vehicle: "0547".to_owned(),
            as_of_ms: NOW_MS - 10_000,
            taps_until_ms: NOW_MS - 10_000,
            salt: SALT,
            rides: vec![
                ride(1, Way::SmartCard, &card, Category::Standard, 1),
                ride(2, Way::Sms, &[mark(NumberKind::Sms, "30-Б7")], Category::Child, 2),
                RegisteredRide {
                    ends_ms: NOW_MS - 300_000,
                    ..ride(3, Way::BankCard, &[mark(NumberKind::Receipt, "00417")], Category::Standard, 1)
                },
            ],
        }
    }

    fn signed() -> Vec<u8> {
        register().sign(&fixtures::signing_key(Purpose::CityData)).expect("a register")
    }

    fn accept(bytes: &[u8]) -> Result<Register, TicketError> {
        Register::accept(bytes, &fixtures::trusted_keys(), "0547", 0)
    }

    #[test]
    fn a_number_finds_its_ride_however_it_is_typed_and_no_other() {
        let register = accept(&signed()).expect("accepted");
        assert_eq!(register, self::register());
        let found =
            |kind, number| register.find(kind, number).map(|ride| ride.id.index()).collect::<Vec<_>>();
        for typed in [CARD, "9643108000004417", "9643-1080-0000-4417", "04a2b3c4"] {
            assert_eq!(found(NumberKind::Card, typed), [1], "{typed}");
        }
        assert_eq!(
            (found(NumberKind::Sms, "30б 7"), found(NumberKind::Receipt, "00417")),
            (vec![2], vec![3])
        );
        for (kind, typed) in [
            (NumberKind::Card, "9643108000004418"),
            (NumberKind::Card, "4417"),
            (NumberKind::Sms, CARD),
            (NumberKind::Receipt, "30Б7"),
            (NumberKind::Card, ""),
            (NumberKind::Card, " -"),
        ] {
            assert_eq!(found(kind, typed), [0; 0], "{kind:?} {typed}");
        }
    }

    #[test]
    fn a_mark_is_shared_by_so_many_numbers_that_it_tells_none() {
        // Of a hundred million numbers some six have any mark; here a hundredth of them is looked at, twice.
        let wanted = Mark::of(NumberKind::Card, CARD, &SALT).expect("a number");
        let of = |salt: &[u8; 16]| {
            let numbers = (0..200_000_u32).map(|n| format!("96431080{n:08}"));
            let marks = numbers.filter_map(|number| Mark::of(NumberKind::Card, &number, salt));
            marks.collect::<std::collections::BTreeSet<_>>()
        };
        let marks = of(&SALT);
        // 200 000 of 2²⁴ places: about 1 200 fall together.
        assert!((198_000..199_600).contains(&marks.len()), "{}", marks.len());
        assert_ne!(Mark::of(NumberKind::Card, CARD, b"another day s ch"), Some(wanted), "salt counts");
        assert_ne!(Mark::of(NumberKind::Sms, CARD, &SALT), Some(wanted), "the kind counts");
    }

    #[test]
    fn another_vehicle_s_an_older_one_and_another_key_s_are_refused() {
        let (bytes, keys) = (signed(), fixtures::trusted_keys());
        let as_of_ms = register().as_of_ms;
        assert!(Register::accept(&bytes, &keys, "0547", as_of_ms).is_ok(), "the same again");
        for (vehicle, last_seen_ms) in [("0548", 0), ("0547", as_of_ms + 1)] {
            let refused = Register::accept(&bytes, &keys, vehicle, last_seen_ms);
            assert_eq!(refused, Err(TicketError::OtherRequest));
        }
        assert!(matches!(
            register().sign(&fixtures::signing_key(Purpose::Ticket)),
            Err(TicketError::Key { fault: KeyFault::OtherPurpose, .. })
        ));
    }

    #[test]
    fn a_register_out_of_its_bounds_is_not_signed() {
        let sign = |change: &dyn Fn(&mut Register)| {
            let mut register = register();
            change(&mut register);
            register.sign(&fixtures::signing_key(Purpose::CityData)).err()
        };
        let refused = Some(TicketError::OutOfBounds { field: "register" });
        assert_eq!(sign(&|_| ()), None);
        assert_eq!(sign(&|register| register.rides.reverse()), refused, "not in order");
        assert_eq!(sign(&|register| register.rides[1] = register.rides[0].clone()), refused, "twice");
        assert_eq!(sign(&|register| register.rides[0].ends_ms = NOW_MS - 700_000), refused, "ends before");
        assert_eq!(sign(&|register| register.rides[0].paid_ms = -1), refused, "before 1970");
        assert_eq!(sign(&|register| register.taps_until_ms = NOW_MS), refused, "later than it was written");
        assert_eq!(sign(&|register| register.rides[0].marks = vec![Mark([0; 3]); 5]), refused, "marks");
        assert_eq!(sign(&|register| register.rides[0].marks.clear()), refused, "nothing finds it");
        assert_eq!(sign(&|register| register.vehicle = "0000547".to_owned()), refused, "a long name");
        assert_eq!(sign(&|register| register.rides[0].passengers.clear()), refused, "nobody");
    }

    proptest! {
        #[test]
        fn one_bit_or_one_byte_less_is_refused(bit in 0_usize..8 * 600, cut in 0_usize..600) {
            let bytes = signed();
            let mut flipped = bytes.clone();
            let at = bit % (8 * bytes.len());
            flipped[at / 8] ^= 1 << (at % 8);
            prop_assert!(accept(&flipped).is_err());
            prop_assert!(accept(&bytes[..cut % bytes.len()]).is_err());
            // Signed by a hand that slipped: what is read is what is written again.
            let payload = register().encode().expect("ours");
            let mut slipped = payload.clone();
            let at = bit % (8 * payload.len());
            slipped[at / 8] ^= 1 << (at % 8);
            if let Ok(read) = Register::decode(&slipped) {
                prop_assert_eq!(read.encode(), Some(slipped));
            }
            prop_assert!(Register::decode(&payload[..cut % payload.len()]).is_err());
        }
    }
}
