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

/// So many vehicles take the passengers of one that broke down along: the next one may be full.
pub const MOST_NEXT: usize = 4;

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
    /// Each run that broke down, ascending by vehicle and run.
    pub broken: Vec<BrokenRun>,
}

/// A run that broke down: its tickets hold on the line's next vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRun {
    /// The vehicle's number as painted.
    pub vehicle: String,
    /// The run, as in its tickets.
    pub run: u32,
    /// The vehicles that take its passengers along, by their painted numbers, ascending: at most
    /// [`MOST_NEXT`]. None while nobody knows which will be the next: any may be.
    pub next: Vec<String>,
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

    /// The run that this ticket is for, if it broke down.
    pub fn broken_run(&self, token: &Token) -> Option<&BrokenRun> {
        let wanted = (token.vehicle.as_str(), token.run);
        let at = self.broken.binary_search_by(|broken| broken.place().cmp(&wanted)).ok()?;
        self.broken.get(at)
    }

    /// The runs of this vehicle that broke down: all that a voucher's use knows of.
    pub fn broken_runs_of<'a>(&'a self, vehicle: &'a str) -> impl Iterator<Item = &'a BrokenRun> {
        let first = self.broken.partition_point(|broken| broken.vehicle.as_str() < vehicle);
        self.broken.iter().skip(first).take_while(move |broken| broken.vehicle == vehicle)
    }

    fn encode(&self) -> Vec<u8> {
        let indexes = |indexes: &[u32]| Value::Array(indexes.iter().map(|index| (*index).into()).collect());
        let run = |broken: &BrokenRun| {
            let next = broken.next.iter().map(|vehicle| cbor::text(vehicle)).collect();
            Value::Array(vec![cbor::text(&broken.vehicle), broken.run.into(), Value::Array(next)])
        };
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
            revoked: ascending(items.items("revoked")?, |items| items.uint32("index"), |index| *index)?,
            replaced: ascending(items.items("replaced")?, |items| items.uint32("index"), |index| *index)?,
            broken: ascending(items.items("broken runs")?, BrokenRun::read, |broken| {
                (broken.vehicle.clone(), broken.run)
            })?,
        };
        items.end("status list")?;
        Ok(list)
    }
}

impl BrokenRun {
    fn place(&self) -> (&str, u32) {
        (&self.vehicle, self.run)
    }

    /// Whether a ticket for this run holds on a vehicle.
    pub fn holds_on(&self, vehicle: &str) -> bool {
        self.next.is_empty() || self.next.iter().any(|next| next == vehicle)
    }

    fn read(items: &mut Items) -> Result<BrokenRun, TicketError> {
        let mut run = items.items("run")?;
        let (vehicle, number) = (run.text("vehicle", LONGEST_VEHICLE)?, run.uint32("run")?);
        let next = run.items("next vehicles")?;
        let next = ascending(next, |next| next.text("vehicle", LONGEST_VEHICLE), String::clone)?;
        run.end("run")?;
        match next.len() <= MOST_NEXT {
            true => Ok(BrokenRun { vehicle, run: number, next }),
            false => Err(TicketError::Malformed { what: "next vehicles" }),
        }
    }
}

/// All items of an array, the key of each greater than that of the one before, so that they can be searched.
fn ascending<T, K: PartialOrd>(
    mut items: Items,
    read: impl Fn(&mut Items) -> Result<T, TicketError>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, TicketError> {
    let mut all: Vec<T> = Vec::new();
    while items.left() > 0 {
        let item = read(&mut items)?;
        if all.last().is_some_and(|last| key(last) >= key(&item)) {
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

    fn broken(vehicle: &str, run: u32, next: &[&str]) -> BrokenRun {
        let next = next.iter().map(|next| (*next).to_owned()).collect();
        BrokenRun { vehicle: vehicle.to_owned(), run, next }
    }

    fn list() -> StatusList {
        StatusList {
            issuer: fixtures::issuer(),
            number: 5,
            issued_s: NOW_S - 600,
            revoked: vec![7, 1_234],
            replaced: vec![0, 8, u32::MAX],
            broken: vec![broken("0547", 4_711, &["0551", "0552"]), broken("0548", 1, &[])],
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
        let first = list.broken_run(&run("0547", 4_711)).expect("it broke down");
        assert!(first.holds_on("0551") && first.holds_on("0552") && !first.holds_on("0548"));
        let second = list.broken_run(&run("0548", 1)).expect("it broke down");
        assert!(second.holds_on("0551") && second.holds_on("9999"), "nobody knows which is the next");
        for (vehicle, number) in [("0547", 1), ("0546", 4_711), ("0548", 4_711)] {
            assert_eq!(list.broken_run(&run(vehicle, number)), None);
        }
        assert!(["0547", "0548"].iter().all(|vehicle| list.broken_runs_of(vehicle).count() == 1));
        let none = ["", "0546", "05475", "0549"];
        assert!(none.iter().all(|vehicle| list.broken_runs_of(vehicle).count() == 0));
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
        let with = |broken| sign(StatusList { broken, ..list() });
        assert_eq!(with(vec![broken("0000547", 1, &[])]), refused);
        assert_eq!(with(vec![broken("0547", 1, &["0000551"])]), refused);
        assert_eq!(with(vec![broken("0547", 1, &["0552", "0551"])]), refused);
        assert_eq!(with(vec![broken("0547", 1, &["1", "2", "3", "4"])]), None);
        assert_eq!(with(vec![broken("0547", 1, &["1", "2", "3", "4", "5"])]), refused);
        let twice = vec![broken("0547", 1, &[]), broken("0547", 1, &["0551"])];
        assert_eq!(with(twice), refused, "a run stands there once");
        let many = |count: u32| StatusList { revoked: (u32::MAX - count..u32::MAX).collect(), ..list() };
        assert_eq!(sign(many(50_000)), None);
        assert_eq!(sign(many(53_000)), refused);
    }
}
