//! Who scans the codes of the golden vectors: what they know, and the lists that they have.

use super::super::fixtures::{self, NOW_MS, NOW_S};
use super::super::*;
use super::{LAST_S, hex};
use serde_json::{Value, json};

/// What the inspector's phone knows when a code is scanned; it stands in the file.
#[derive(Clone)]
pub(super) struct Inspector {
    pub(super) now_ms: Option<i64>,
    pub(super) vehicle: Option<String>,
    pub(super) challenge: Option<[u8; 8]>,
    pub(super) began_ms: Option<i64>,
    /// A name in [`key_lists`].
    pub(super) keys: &'static str,
    /// A name in [`status_lists`].
    pub(super) status: Option<&'static str>,
    /// Whether they have today's key of the terminals.
    pub(super) terminals: bool,
    /// What was seen in this check, and when.
    pub(super) seen: Vec<(Paid, i64)>,
}

impl Inspector {
    /// On bus 0547, with the time and the newest keys.
    pub(super) fn usual() -> Inspector {
        Inspector {
            now_ms: Some(NOW_MS),
            vehicle: Some("0547".to_owned()),
            challenge: None,
            began_ms: None,
            keys: "newest",
            status: None,
            terminals: false,
            seen: Vec::new(),
        }
    }

    pub(super) fn asks(challenge: &[u8; 8]) -> Inspector {
        Inspector { challenge: Some(*challenge), ..Inspector::usual() }
    }

    /// On this bus.
    pub(super) fn on(vehicle: &str) -> Inspector {
        Inspector { vehicle: Some(vehicle.to_owned()), ..Inspector::usual() }
    }

    pub(super) fn with_status(status: &'static str) -> Inspector {
        Inspector { status: Some(status), ..Inspector::usual() }
    }

    pub(super) fn with_keys(keys: &'static str) -> Inspector {
        Inspector { keys, ..Inspector::usual() }
    }

    /// At another moment, by keys that hold then.
    pub(super) fn at(now_s: i64) -> Inspector {
        Inspector { now_ms: Some(now_s * 1_000), ..Inspector::with_keys("the same keys from 1970 to 2106") }
    }

    pub(super) fn with_terminals(self) -> Inspector {
        Inspector { terminals: true, ..self }
    }

    pub(super) fn has_seen(paid: Paid) -> Inspector {
        Inspector { seen: vec![(paid, NOW_MS - 5_000)], ..Inspector::usual() }
    }

    pub(super) fn inspect(&self, text: &str) -> Verdict {
        let list = find(&key_lists(), self.keys);
        let keys = TrustedKeys::accept(&list, &fixtures::root(), 0, None).expect("a list of keys");
        // Whoever knows no key of the operator's data took the list while they did.
        let newest = fixtures::trusted_keys();
        let accept = |name| StatusList::accept(&find(&status_lists(), name), &newest, 0);
        let status = self.status.map(|name| accept(name).expect("a status list"));
        let mut seen = SeenSet::default();
        for (paid, at_ms) in &self.seen {
            seen.add(paid, *at_ms);
        }
        let terminals = fixtures::terminals();
        let check = Check {
            keys: &keys,
            status: status.as_ref(),
            now_ms: self.now_ms,
            vehicle: self.vehicle.as_deref(),
            challenge: self.challenge,
            began_ms: self.began_ms,
            seen: &seen,
            terminals: self.terminals.then_some(&terminals),
        };
        inspect(text, &check)
    }

    pub(super) fn json(&self) -> Value {
        let seen = |(paid, at_ms): &(Paid, i64)| {
            let replaces = match paid {
                Paid::Ticket(token) => token.replaces,
                Paid::Voucher(voucher, _) => voucher.replaces,
            };
            let replaces = replaces.map(|id| id.to_string());
            let (id, counter) = (paid.id().to_string(), paid.counter());
            json!({ "id": id, "counter": counter, "replaces": replaces, "at_ms": at_ms })
        };
        json!({
            "now_ms": self.now_ms,
            "vehicle": self.vehicle,
            "challenge": self.challenge.map(|challenge| hex(&challenge)),
            "check_began_ms": self.began_ms,
            "key_list": self.keys,
            "status_list": self.status,
            "terminal_key": self.terminals.then_some("today's"),
            "seen": self.seen.iter().map(seen).collect::<Vec<_>>(),
        })
    }
}

fn find(lists: &[(&'static str, Vec<u8>)], name: &str) -> Vec<u8> {
    lists.iter().find(|(known, _)| *known == name).expect("a list of this name").1.clone()
}

/// The lists of keys that inspectors of this file have.
pub(super) fn key_lists() -> Vec<(&'static str, Vec<u8>)> {
    let newest = fixtures::key_list();
    let sign = |list: KeyList| list.sign(&fixtures::signing_key(Purpose::Root)).expect("a list");
    let always = |key: &KeyEntry| KeyEntry { not_before_s: 0, not_after_s: LAST_S, ..key.clone() };
    let without = newest.keys[1..].to_vec();
    let elapsed = NOW_S - 1;
    let ever = newest.keys.iter().map(always).collect();
    vec![
        ("newest", sign(newest.clone())),
        ("past its time", sign(KeyList { until_s: elapsed, ..newest.clone() })),
        (
            "past its time, without the ticket key",
            sign(KeyList { until_s: elapsed, keys: without.clone(), ..newest.clone() }),
        ),
        ("the ticket key withdrawn", sign(KeyList { number: 2, keys: without, ..newest.clone() })),
        (
            "the same keys from 1970 to 2106",
            sign(KeyList { issued_s: 0, until_s: LAST_S, keys: ever, ..newest }),
        ),
    ]
}

/// The status lists that inspectors of this file have.
pub(super) fn status_lists() -> Vec<(&'static str, Vec<u8>)> {
    let (ticket, voucher) = (fixtures::token().id.index(), fixtures::voucher().id.index());
    let empty = StatusList {
        issuer: fixtures::issuer(),
        number: 1,
        issued_s: NOW_S - 600,
        revoked: vec![],
        replaced: vec![],
        broken: vec![],
    };
    let sign = |list: StatusList| list.sign(&fixtures::signing_key(Purpose::CityData)).expect("a list");
    let neighbours = vec![voucher - 1, voucher + 1, ticket - 1, ticket + 1];
    let run = |run, next: &[&str]| {
        let next = next.iter().map(|next| (*next).to_owned()).collect();
        vec![BrokenRun { vehicle: "0547".to_owned(), run, next }]
    };
    vec![
        ("empty", sign(empty.clone())),
        ("others revoked", sign(StatusList { revoked: neighbours, ..empty.clone() })),
        (
            "77 and 1234 revoked",
            sign(StatusList { revoked: vec![7, voucher, ticket, 70_000], ..empty.clone() }),
        ),
        ("77 and 1234 replaced", sign(StatusList { replaced: vec![8, voucher, ticket], ..empty.clone() })),
        ("run 4711 of 0547 broken", sign(StatusList { broken: run(4_711, &[]), ..empty.clone() })),
        ("run 4712 of 0547 broken", sign(StatusList { broken: run(4_712, &[]), ..empty.clone() })),
        ("run 4711 goes on as 0549", sign(StatusList { broken: run(4_711, &["0549"]), ..empty.clone() })),
        ("run 4711 goes on as 0550", sign(StatusList { broken: run(4_711, &["0550"]), ..empty })),
    ]
}
