//! Reading a GTFS-Realtime message from bytes that may be anything.

pub use super::messages::*;

use prost::Message;

/// The longest message that is read, in bytes: a city of 5 000 buses with every stop predicted fits.
pub const LONGEST_FEED: usize = 8 << 20;
/// The longest entity, in bytes: a trip of 1 000 stops fits three times over.
pub const LONGEST_ENTITY: usize = 128 << 10;
/// How many parts (entities, stop times, selectors, translations) one message may hold in all.
pub const MOST_PARTS: usize = 500_000;

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// Longer than [`LONGEST_FEED`], or one entity longer than [`LONGEST_ENTITY`].
    #[error("the feed is too large: {bytes} bytes")]
    TooLarge {
        /// How long the message or the entity is.
        bytes: usize,
    },
    /// More than [`MOST_PARTS`] parts.
    #[error("the feed has more than {MOST_PARTS} parts")]
    TooManyParts,
    /// The bytes are no feed message at all: cut short, or something else.
    #[error("not a GTFS-Realtime message")]
    NotAFeed,
    /// One entity cannot be read.
    #[error("entity {index} of the feed cannot be read")]
    BadEntity {
        /// Which one, counted from 0 in the order of the message.
        index: usize,
    },
    /// A version that is neither 1.x nor 2.x.
    #[error("GTFS-Realtime version {version:?} is not known")]
    UnknownVersion {
        /// What the header says, at most 20 characters of it.
        version: String,
    },
    /// Differential feeds are unspecified by the standard, and not read.
    #[error("differential feeds are not read")]
    Differential,
}

/// Reads a message from bytes that may be anything.
///
/// Memory stays within a small multiple of the message's length: the entities are cut apart first,
/// then read one by one and counted. A few ms for a large city.
pub fn read_feed(bytes: &[u8]) -> Result<FeedMessage, FeedError> {
    if bytes.len() > LONGEST_FEED {
        return Err(FeedError::TooLarge { bytes: bytes.len() });
    }
    let raw = RawFeed::decode(bytes).map_err(|_| FeedError::NotAFeed)?;
    let version = &raw.header.gtfs_realtime_version;
    if version.is_empty() {
        return Err(FeedError::NotAFeed);
    }
    if !["1", "2"].contains(&version.split('.').next().unwrap_or_default()) {
        return Err(FeedError::UnknownVersion { version: version.chars().take(20).collect() });
    }
    if raw.header.incrementality() == Incrementality::Differential {
        return Err(FeedError::Differential);
    }
    let mut parts = raw.entity.len();
    let mut feed = FeedMessage { header: raw.header, entity: Vec::new() };
    for (index, bytes) in raw.entity.into_iter().enumerate() {
        if bytes.len() > LONGEST_ENTITY {
            return Err(FeedError::TooLarge { bytes: bytes.len() });
        }
        let entity = FeedEntity::decode(bytes.as_slice()).map_err(|_| FeedError::BadEntity { index })?;
        parts += parts_of(&entity);
        if parts > MOST_PARTS {
            return Err(FeedError::TooManyParts);
        }
        feed.entity.push(entity);
    }
    Ok(feed)
}

/// A feed message whose entities are not read yet.
#[derive(Clone, PartialEq, Message)]
struct RawFeed {
    #[prost(message, required, tag = "1")]
    header: FeedHeader,
    #[prost(bytes = "vec", repeated, tag = "2")]
    entity: Vec<Vec<u8>>,
}

/// How many stops, selectors and texts an entity holds.
fn parts_of(entity: &FeedEntity) -> usize {
    let stops = entity.trip_update.as_ref().map_or(0, |update| update.stop_time_update.len());
    let alert = entity.alert.as_ref().map_or(0, |alert| {
        let texts = [&alert.header_text, &alert.description_text];
        let texts: usize = texts.into_iter().flatten().map(|text| text.translation.len()).sum();
        texts + alert.active_period.len() + alert.informed_entity.len()
    });
    stops + alert
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Point;
    use proptest::prelude::*;

    /// Written by hand from the standard: a header, and one vehicle "7" of trip "t" on route "r".
    const BY_HAND: &[u8] = &[
        0x0a, 0x09, 0x0a, 0x03, b'2', b'.', b'0', 0x10, 0x00, 0x18, 0x64, // header: 2.0, full, 100
        0x12, 0x2c, // entity
        0x0a, 0x01, b'x', // id
        0x22, 0x27, // vehicle position
        0x0a, 0x06, 0x0a, 0x01, b't', 0x2a, 0x01, b'r', // trip: trip_id 1, route_id 5
        0x12, 0x0f, 0x0d, 0, 0, 0x3c, 0x42, 0x15, 0, 0, 0x50, 0x42, 0x2d, 0, 0, 0x20,
        0x41, // 47, 52, 10 m/s
        0x18, 0x03, // current_stop_sequence
        0x28, 0x5f, // timestamp 95
        0x42, 0x06, 0x0a, 0x01, b'7', 0x12, 0x01, b'A', // vehicle: id, label
        0x48, 0x03, // standing room only
    ];

    #[test]
    fn a_message_written_by_hand_is_read_field_by_field() {
        let feed = read_feed(BY_HAND).expect("a good message");
        assert_eq!(feed.header.timestamp, Some(100));
        let vehicle = feed.entity[0].vehicle.as_ref().expect("a vehicle");
        let trip = vehicle.trip.as_ref().expect("a trip");
        assert_eq!((trip.trip_id.as_deref(), trip.route_id.as_deref()), (Some("t"), Some("r")));
        let position = vehicle.position.as_ref().expect("a position");
        assert_eq!(position.point(), Point::new(47.0, 52.0));
        assert_eq!(position.speed, Some(10.0));
        assert_eq!((vehicle.current_stop_sequence, vehicle.timestamp), (Some(3), Some(95)));
        assert_eq!(vehicle.current_status(), VehicleStopStatus::InTransitTo);
        assert_eq!(vehicle.occupancy_status(), OccupancyStatus::StandingRoomOnly);
        let named = vehicle.vehicle.as_ref().expect("a name");
        assert_eq!((named.id.as_deref(), named.label.as_deref()), (Some("7"), Some("A")));
    }

    #[test]
    fn what_is_published_is_what_is_read() {
        let stop = StopTimeUpdate {
            stop_sequence: Some(4),
            arrival: Some(StopTimeEvent { delay: Some(-30), time: None, uncertainty: None }),
            stop_id: Some("s".into()),
            schedule_relationship: Some(StopRelationship::Skipped as i32),
            ..StopTimeUpdate::default()
        };
        let trip = TripDescriptor { trip_id: Some("t".into()), ..TripDescriptor::default() };
        let update = TripUpdate { trip, stop_time_update: vec![stop], ..TripUpdate::default() };
        let text = TranslatedString {
            translation: vec![Translation { text: "Жол жабық".into(), language: Some("kk".into()) }],
        };
        let alert = Alert { header_text: Some(text), ..Alert::default() };
        let entities = vec![
            FeedEntity { id: "1".into(), trip_update: Some(Box::new(update)), ..FeedEntity::default() },
            FeedEntity { id: "2".into(), alert: Some(Box::new(alert)), ..FeedEntity::default() },
        ];
        let feed = FeedMessage::full(1_700_000_000, entities);
        assert_eq!(read_feed(&feed.encode_to_vec()), Ok(feed));
    }

    #[test]
    fn each_refusal_says_what_is_wrong() {
        assert_eq!(read_feed(b""), Err(FeedError::NotAFeed));
        assert_eq!(read_feed(b"<html>no such page</html>"), Err(FeedError::NotAFeed));
        assert_eq!(read_feed(&BY_HAND[..BY_HAND.len() - 3]), Err(FeedError::NotAFeed));

        let mut bad_inside = BY_HAND.to_vec();
        bad_inside[14] = 0x7f; // the entity's id claims more bytes than there are
        assert_eq!(read_feed(&bad_inside), Err(FeedError::BadEntity { index: 0 }));

        let mut feed = FeedMessage::full(0, Vec::new());
        feed.header.incrementality = Some(Incrementality::Differential as i32);
        assert_eq!(read_feed(&feed.encode_to_vec()), Err(FeedError::Differential));
        feed.header.gtfs_realtime_version = "10.1".into();
        let unknown = FeedError::UnknownVersion { version: "10.1".into() };
        assert_eq!(read_feed(&feed.encode_to_vec()), Err(unknown));
    }

    #[test]
    fn a_hostile_feed_is_refused_before_it_fills_the_memory() {
        let header = &BY_HAND[..11];
        assert_eq!(
            read_feed(&vec![0; LONGEST_FEED + 1]),
            Err(FeedError::TooLarge { bytes: LONGEST_FEED + 1 })
        );
        let mut empty_entities = header.to_vec();
        empty_entities.extend([0x12, 0x00].repeat(MOST_PARTS + 1));
        assert_eq!(read_feed(&empty_entities), Err(FeedError::TooManyParts));

        let update =
            TripUpdate { stop_time_update: vec![StopTimeUpdate::default(); 60_000], ..TripUpdate::default() };
        let entity = FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() };
        let stops = FeedMessage::full(0, vec![entity; 9]).encode_to_vec();
        assert_eq!(read_feed(&stops), Err(FeedError::TooManyParts));

        let long = FeedEntity { id: "x".repeat(LONGEST_ENTITY), ..FeedEntity::default() };
        let long = FeedMessage::full(0, vec![long]).encode_to_vec();
        assert!(matches!(read_feed(&long), Err(FeedError::TooLarge { .. })));
    }

    #[test]
    fn a_position_off_the_globe_is_no_point() {
        let place = |latitude, longitude| Position { latitude, longitude, bearing: None, speed: None };
        assert_eq!(place(Some(91.0), Some(0.0)).point(), None);
        assert_eq!(place(Some(f32::NAN), Some(0.0)).point(), None);
        assert_eq!(place(None, Some(52.0)).point(), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_feed(&bytes);
        }

        #[test]
        fn no_flipped_byte_panics(at in 0..BY_HAND.len(), to in any::<u8>()) {
            let mut bytes = BY_HAND.to_vec();
            bytes[at] = to;
            let _ = read_feed(&bytes);
        }
    }
}
