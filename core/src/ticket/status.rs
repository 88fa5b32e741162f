//! Tickets that hold no longer, and runs that broke down: a list that any web cache serves and that
//! an inspector takes along.
//!
//! The idea is draft-ietf-oauth-status-list's. Where that packs a bit for every index, this names the
//! few that changed: out of a million tickets a day some hundreds are revoked.

use super::cbor::{self, Items};
use super::token::LONGEST_VEHICLE;
use super::{Domain, Envelope, Issuer, SigningKey, TicketError, TicketId, Token, TrustedKeys};
use ciborium::Value;

/// The format of a status list.
const VERSION: u64 = 1;
/// The longest list, in bytes: some 50 000 tickets.
pub const LONGEST_LIST: usize = 262_144;

/// What changed since tickets were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    /// Whose tickets it speaks of.
    pub issuer: Issuer,
    /// Counts up with each list.
    pub number: u32,
    /// When it was signed, in s since 1970.
    pub issued_s: i64,
    /// Indexes of tickets that were taken back, ascending.
    pub revoked: Vec<u32>,
    /// Indexes of tickets that others took the place of, ascending.
    pub replaced: Vec<u32>,
    /// Vehicle and run of each run that broke down, ascending. Their tickets hold on the line's next
    /// vehicle.
    pub broken: Vec<(String, u32)>,
}

impl StatusList {
    /// Signs the list; gives a COSE_Sign1.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] if it is not in order or too long, [`TicketError::Key`] if the
    /// key is another operator's or for something else.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TicketError> {
        let payload = self.encode();
        let read = StatusList::decode(key.id().issuer, &payload);
        let bytes = Envelope::sign(Domain::StatusList, payload, key)?.to_bytes();
        if read.as_ref() != Ok(self) || bytes.len() > LONGEST_LIST {
            return Err(TicketError::OutOfBounds { field: "status list" });
        }
        Ok(bytes)
    }

    /// Accepts a list that the operator's data key signed. `last_seen` is the number of the newest
    /// list ever accepted, 0 at first. Some tens of ms for the longest list.
    ///
    /// # Errors
    /// [`TicketError::Rollback`] for an older list, and what can be wrong with a signature or a
    /// format.
    pub fn accept(bytes: &[u8], keys: &TrustedKeys, last_seen: u32) -> Result<StatusList, TicketError> {
        if bytes.len() > LONGEST_LIST {
            return Err(TicketError::Malformed { what: "status list" });
        }
        let list = keys.open(Domain::StatusList, &Envelope::from_bytes(bytes)?, |payload| {
            let list = StatusList::decode(keys.issuer(), payload)?;
            let issued_s = list.issued_s;
            Ok((list, Some(issued_s)))
        })?;
        if list.number < last_seen {
            return Err(TicketError::Rollback { seen: last_seen, got: list.number });
        }
        Ok(list)
    }

    /// Whether this ticket was taken back.
    pub fn is_revoked(&self, id: TicketId) -> bool {
        self.revoked.binary_search(&id.index()).is_ok()
    }

    /// Whether another ticket took this one's place.
    pub fn is_replaced(&self, id: TicketId) -> bool {
        self.replaced.binary_search(&id.index()).is_ok()
    }

    /// Whether the run that this ticket is for broke down.
    pub fn is_broken(&self, token: &Token) -> bool {
        let wanted = (token.vehicle.as_str(), token.run);
        self.broken.binary_search_by(|(vehicle, run)| (vehicle.as_str(), *run).cmp(&wanted)).is_ok()
    }

    /// Whether any run of this vehicle broke down: all that a voucher's use knows of.
    pub fn has_broken(&self, vehicle: &str) -> bool {
        let first = self.broken.partition_point(|broken| broken.0.as_str() < vehicle);
        self.broken.get(first).is_some_and(|broken| broken.0 == vehicle)
    }

    fn encode(&self) -> Vec<u8> {
        let indexes = |indexes: &[u32]| Value::Array(indexes.iter().map(|index| (*index).into()).collect());
        let run = |(vehicle, run): &(String, u32)| Value::Array(vec![cbor::text(vehicle), (*run).into()]);
        cbor::encode(vec![
            VERSION.into(),
            self.number.into(),
            self.issued_s.into(),
            indexes(&self.revoked),
            indexes(&self.replaced),
            Value::Array(self.broken.iter().map(run).collect()),
        ])
    }

    fn decode(issuer: Issuer, payload: &[u8]) -> Result<StatusList, TicketError> {
        let mut items = Items::read(payload, "status list")?;
        items.version(VERSION)?;
        let list = StatusList {
            issuer,
            number: items.uint32("list number")?,
            issued_s: i64::from(items.uint32("issued")?),
            revoked: ascending(items.items("revoked")?, |items| items.uint32("index"))?,
            replaced: ascending(items.items("replaced")?, |items| items.uint32("index"))?,
            broken: ascending(items.items("broken runs")?, |items| {
                let mut run = items.items("run")?;
                let named = (run.text("vehicle", LONGEST_VEHICLE)?, run.uint32("run")?);
                run.end("run").map(|()| named)
            })?,
        };
        items.end("status list")?;
        Ok(list)
    }
}

/// All items of an array, each greater than the one before, so that they can be searched.
fn ascending<T: PartialOrd>(
    mut items: Items,
    read: impl Fn(&mut Items) -> Result<T, TicketError>,
) -> Result<Vec<T>, TicketError> {
    let mut all: Vec<T> = Vec::new();
    while items.left() > 0 {
        let item = read(&mut items)?;
        if all.last().is_some_and(|last| *last >= item) {
            return Err(TicketError::Malformed { what: "order" });
        }
        all.push(item);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::fixtures::{self, NOW_S};
    use crate::ticket::{KeyFault, Purpose};

    fn list() -> StatusList {
        StatusList {
            issuer: fixtures::issuer(),
            number: 5,
            issued_s: NOW_S - 600,
            revoked: vec![7, 1_234],
            replaced: vec![0, 8, u32::MAX],
            broken: vec![("0547".to_owned(), 4_711), ("0548".to_owned(), 1)],
        }
    }

    #[test]
    fn a_list_finds_what_is_in_it_and_nothing_else() {
        let bytes = list().sign(&fixtures::signing_key(Purpose::CityData)).expect("a list");
        let list = StatusList::accept(&bytes, &fixtures::trusted_keys(), 5).expect("accepted");
        assert_eq!(list, self::list());
        let id = |index| TicketId::new(index, *b"abcd");
        for index in [7, 1_234] {
            assert!(list.is_revoked(id(index)) && !list.is_replaced(id(index)));
        }
        for index in [0, 8, u32::MAX] {
            assert!(list.is_replaced(id(index)) && !list.is_revoked(id(index)));
        }
        let run = |vehicle: &str, run| Token { vehicle: vehicle.to_owned(), run, ..fixtures::token() };
        assert!(list.is_broken(&run("0547", 4_711)) && list.is_broken(&run("0548", 1)));
        assert!(!list.is_broken(&run("0547", 1)) && !list.is_broken(&run("0546", 4_711)));
        assert!(["0547", "0548"].iter().all(|vehicle| list.has_broken(vehicle)));
        assert!(["", "0546", "05475", "0549"].iter().all(|vehicle| !list.has_broken(vehicle)));
    }

    #[test]
    fn an_older_list_and_another_key_s_list_are_refused() {
        let keys = fixtures::trusted_keys();
        let bytes = list().sign(&fixtures::signing_key(Purpose::CityData)).expect("a list");
        let refused = StatusList::accept(&bytes, &keys, 6);
        assert_eq!(refused, Err(TicketError::Rollback { seen: 6, got: 5 }));
        assert!(matches!(
            list().sign(&fixtures::signing_key(Purpose::Ticket)),
            Err(TicketError::Key { fault: KeyFault::OtherPurpose, .. })
        ));
        let elsewhere = StatusList { issuer: Issuer::new("ALA").expect("a code"), ..list() };
        let refused = elsewhere.sign(&fixtures::signing_key(Purpose::CityData));
        assert_eq!(refused, Err(TicketError::OutOfBounds { field: "status list" }));
    }

    #[test]
    fn a_list_out_of_order_or_too_long_is_not_signed() {
        let sign = |list: StatusList| list.sign(&fixtures::signing_key(Purpose::CityData)).err();
        let refused = Some(TicketError::OutOfBounds { field: "status list" });
        assert_eq!(sign(StatusList { revoked: vec![2, 1], ..list() }), refused);
        assert_eq!(sign(StatusList { replaced: vec![1, 1], ..list() }), refused);
        assert_eq!(sign(StatusList { broken: vec![("0000547".to_owned(), 1)], ..list() }), refused);
        let many = |count: u32| StatusList { revoked: (u32::MAX - count..u32::MAX).collect(), ..list() };
        assert_eq!(sign(many(50_000)), None);
        assert_eq!(sign(many(53_000)), refused);
    }
}
