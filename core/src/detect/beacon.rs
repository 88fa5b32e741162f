//! A bus's beacon: which bus may be near, by Bluetooth.
//!
//! What a beacon says nobody signed, and radio goes through walls: it may be the bus in the next lane, or a
//! recording. So it offers a bus among others, and says so; it proposes none, and a bus that the positions rule
//! out is not offered because it is heard.

use super::track::KEPT_MS;
use crate::order;
use crate::ticket::Issuer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The UUID of a bus's service data (Bluetooth Core 5.4, Supplement A §1.11), for the shell to listen for: of our own
/// making (RFC 9562 §5.8), since numbers of 16 bits are bought.
pub const BEACON_UUID: &str = "6a6f6c62-7573-8000-8000-626561636f6e";

const VERSION: u8 = 1;
/// The longest number that is painted on a bus, in bytes.
const LONGEST_BUS: usize = 6;
/// A beacon says its name every second or more often; one that was not heard for so long is gone.
const GONE_MS: i64 = 10_000;
/// Weaker than this it is another bus's, or nobody can tell.
const WEAK_DBM: f32 = -90.0;
/// As strong as this it is in any bus that one sits in; more says no more.
const STRONG_DBM: f32 = -70.0;
/// Each time it is heard counts so much against what was heard before.
const NEW: f32 = 0.25;
/// So many beacons are kept at most, the strongest.
const MOST_HEARD: usize = 16;

/// What a beacon says: the service data behind [`BEACON_UUID`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beacon {
    /// Whose bus it is.
    pub operator: Issuer,
    /// The number painted on it, as tickets name it.
    pub bus: String,
}

impl Beacon {
    /// A beacon from its bytes; none if it is something else, or of a later version.
    pub fn read(data: &[u8]) -> Option<Beacon> {
        let (&[VERSION, a, b, c], bus) = data.split_first_chunk()? else { return None };
        let operator = Issuer::new(std::str::from_utf8(&[a, b, c]).ok()?)?;
        let bus = std::str::from_utf8(bus).ok().filter(|bus| (1..=LONGEST_BUS).contains(&bus.len()))?;
        Some(Beacon { operator, bus: bus.to_owned() })
    }

    /// Its bytes, at most 10: with the UUID they fit a legacy advertisement of 31 bytes, flags included.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[VERSION], self.operator.to_string().as_bytes(), self.bus.as_bytes()].concat()
    }
}

/// A bus that a beacon named, as its operator knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardBus {
    /// The operator's id of the vehicle.
    pub vehicle: String,
    /// The number painted on it.
    pub label: String,
    /// Its line.
    pub line: Option<String>,
}

/// The beacons that are heard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ear {
    heard: BTreeMap<String, Heard>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Heard {
    bus: HeardBus,
    at_ms: i64,
    dbm: f32,
}

impl Ear {
    /// Hears a beacon at a moment. Of more than can be kept, the weakest are forgotten.
    pub(super) fn hear(&mut self, bus: HeardBus, rssi_dbm: i8, at_ms: i64) {
        // A clock that was set back leaves what it heard in the future behind.
        let is_near = |then_ms: i64| (0..=KEPT_MS).contains(&at_ms.saturating_sub(then_ms));
        self.heard.retain(|_, known| is_near(known.at_ms));
        let now = f32::from(rssi_dbm);
        let before =
            self.heard.get(&bus.vehicle).filter(|known| at_ms.saturating_sub(known.at_ms) <= GONE_MS);
        let dbm = before.map_or(now, |before| before.dbm + NEW * (now - before.dbm));
        self.heard.insert(bus.vehicle.clone(), Heard { bus, at_ms, dbm });
        if self.heard.len() > MOST_HEARD {
            let weakest = self.heard.iter().min_by(|a, b| a.1.dbm.total_cmp(&b.1.dbm));
            if let Some(weakest) = weakest.map(|(vehicle, _)| vehicle.clone()) {
                self.heard.remove(&weakest);
            }
        }
    }

    /// How much its beacon speaks for a bus: 0, where it is not heard or hardly, to 1.
    pub(super) fn loudness(&self, vehicle: &str, now_ms: i64) -> f32 {
        self.heard.get(vehicle).map_or(0.0, |heard| heard.loudness(now_ms))
    }

    /// The buses that are heard, the loudest first.
    pub(super) fn loudest(&self, now_ms: i64) -> Vec<&HeardBus> {
        let mut heard: Vec<_> = self.heard.values().map(|one| (one.loudness(now_ms), one)).collect();
        heard.retain(|(loudness, _)| *loudness > 0.0);
        order::sort_by(&mut heard, |(a, one), (b, other)| b.total_cmp(a).then(other.dbm.total_cmp(&one.dbm)));
        heard.into_iter().map(|(_, one)| &one.bus).collect()
    }
}

impl Heard {
    fn loudness(&self, now_ms: i64) -> f32 {
        let is_gone = !(0..=GONE_MS).contains(&now_ms.saturating_sub(self.at_ms));
        let loudness = ((self.dbm - WEAK_DBM) / (STRONG_DBM - WEAK_DBM)).clamp(0.0, 1.0);
        if is_gone { 0.0 } else { loudness }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bus(vehicle: &str) -> HeardBus {
        HeardBus { vehicle: vehicle.to_owned(), label: vehicle.to_owned(), line: None }
    }

    #[test]
    fn a_beacon_is_ten_bytes_at_most_and_comes_back() {
        let operator = Issuer::new("ATR").expect("a code");
        let beacon = Beacon { operator, bus: "B00547".to_owned() };
        assert_eq!(beacon.to_bytes(), *b"\x01ATRB00547");
        assert_eq!(Beacon::read(&beacon.to_bytes()), Some(beacon));
        for (why, other) in [
            ("nothing", &b""[..]),
            ("no bus", b"\x01ATR"),
            ("a later version", b"\x02ATR547"),
            ("no operator's code", b"\x01atr547"),
            ("a number too long", b"\x01ATR0000547"),
            ("no text", b"\x01ATR5\xff7"),
        ] {
            assert_eq!(Beacon::read(other), None, "{why}");
        }
    }

    #[test]
    fn a_beacon_is_heard_for_ten_seconds_and_one_loud_moment_says_little() {
        let mut ear = Ear::default();
        ear.hear(bus("a"), -95, 0);
        assert_eq!((ear.loudness("a", 0), ear.loudest(0).len()), (0.0, 0), "too far");
        ear.hear(bus("a"), -60, 1_000);
        assert!(ear.loudness("a", 1_000) < 0.3, "{}", ear.loudness("a", 1_000));
        (2..20).for_each(|second| ear.hear(bus("a"), -60, second * 1_000));
        assert_eq!(ear.loudness("a", 19_000 + GONE_MS), 1.0);
        assert_eq!(ear.loudness("a", 19_001 + GONE_MS), 0.0);
        assert_eq!(ear.loudness("a", 18_000), 0.0, "the clock was set back");
        ear.hear(bus("a"), -95, 60_000);
        assert_eq!(ear.loudness("a", 60_000), 0.0, "what was heard a minute ago does not count");
    }

    #[test]
    fn a_crowd_of_beacons_is_bounded_and_the_loud_ones_stay() {
        let mut ear = Ear::default();
        ear.hear(bus("own"), -55, 0);
        (0..200).for_each(|nth| ear.hear(bus(&format!("f{nth}")), -80, 1));
        assert_eq!(ear.heard.len(), MOST_HEARD);
        assert_eq!(ear.loudest(1)[0].vehicle, "own");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(data in prop::collection::vec(any::<u8>(), 0..14)) {
            let read = Beacon::read(&data);
            prop_assert!(read.is_none_or(|read| read.to_bytes() == data));
        }

        #[test]
        fn some_beacons_come_back(code in "[A-Z0-9]{3}", bus in "[A-Z0-9]{1,6}") {
            let beacon = Beacon { operator: Issuer::new(&code).expect("a code"), bus };
            prop_assert_eq!(Beacon::read(&beacon.to_bytes()), Some(beacon));
        }
    }
}
