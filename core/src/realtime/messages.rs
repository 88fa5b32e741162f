//! The messages of GTFS-Realtime 2.0, as they travel: only the fields that we read or write.
//!
//! Field numbers are those of `gtfs-realtime.proto`; fields that we don't know are skipped. Times are
//! POSIX seconds here and milliseconds everywhere else.

use crate::geo::Point;
use prost::{Enumeration, Message};

/// Everything that an operator knows at one moment.
#[derive(Clone, PartialEq, Message)]
pub struct FeedMessage {
    /// Version and time of the whole message.
    #[prost(message, required, tag = "1")]
    pub header: FeedHeader,
    /// The vehicles, trips and alerts.
    #[prost(message, repeated, tag = "2")]
    pub entity: Vec<FeedEntity>,
}

impl FeedMessage {
    /// A whole message (not a difference) as of a POSIX second, to publish.
    pub fn full(timestamp: u64, entity: Vec<FeedEntity>) -> FeedMessage {
        let header = FeedHeader {
            gtfs_realtime_version: "2.0".to_owned(),
            incrementality: Some(Incrementality::FullDataset as i32),
            timestamp: Some(timestamp),
        };
        FeedMessage { header, entity }
    }
}

/// Version and time of a message.
#[derive(Clone, PartialEq, Message)]
pub struct FeedHeader {
    /// "2.0", or "1.0" from older producers.
    #[prost(string, required, tag = "1")]
    pub gtfs_realtime_version: String,
    /// Whether the message is everything or a difference.
    #[prost(enumeration = "Incrementality", optional, tag = "2")]
    pub incrementality: Option<i32>,
    /// When the content was made, POSIX seconds.
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
}

/// Whether a message replaces the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum Incrementality {
    /// It does.
    FullDataset = 0,
    /// It adds to it; unspecified by the standard.
    Differential = 1,
}

/// One vehicle, trip or alert. The three are boxed: an empty entity must stay small.
#[derive(Clone, PartialEq, Message)]
pub struct FeedEntity {
    /// Distinguishes entities within one message, and means nothing else.
    #[prost(string, required, tag = "1")]
    pub id: String,
    /// Only of use in differential feeds.
    #[prost(bool, optional, tag = "2")]
    pub is_deleted: Option<bool>,
    /// How a trip runs.
    #[prost(message, optional, boxed, tag = "3")]
    pub trip_update: Option<Box<TripUpdate>>,
    /// Where a vehicle is.
    #[prost(message, optional, boxed, tag = "4")]
    pub vehicle: Option<Box<VehiclePosition>>,
    /// What passengers should know.
    #[prost(message, optional, boxed, tag = "5")]
    pub alert: Option<Box<Alert>>,
}

/// How a trip runs against its timetable.
#[derive(Clone, PartialEq, Message)]
pub struct TripUpdate {
    /// Which trip.
    #[prost(message, required, tag = "1")]
    pub trip: TripDescriptor,
    /// Its stops, by rising stop sequence; the ones that were passed may be missing.
    #[prost(message, repeated, tag = "2")]
    pub stop_time_update: Vec<StopTimeUpdate>,
    /// The vehicle that runs it.
    #[prost(message, optional, tag = "3")]
    pub vehicle: Option<VehicleDescriptor>,
    /// When the progress was measured, POSIX seconds.
    #[prost(uint64, optional, tag = "4")]
    pub timestamp: Option<u64>,
    /// Seconds late (early if negative), for the whole trip; counts where no stop says more.
    #[prost(int32, optional, tag = "5")]
    pub delay: Option<i32>,
    /// What a copy, or a trip that goes another way, is called and when it starts.
    #[prost(message, optional, tag = "6")]
    pub trip_properties: Option<TripProperties>,
}

/// How a run differs from the trip that it was made from.
#[derive(Clone, PartialEq, Message)]
pub struct TripProperties {
    /// The copy's own id.
    #[prost(string, optional, tag = "1")]
    pub trip_id: Option<String>,
    /// YYYYMMDD of its service day.
    #[prost(string, optional, tag = "2")]
    pub start_date: Option<String>,
    /// HH:MM:SS.
    #[prost(string, optional, tag = "3")]
    pub start_time: Option<String>,
    /// Where its sign says that it goes.
    #[prost(string, optional, tag = "5")]
    pub trip_headsign: Option<String>,
}

/// What is known of one stop of a trip.
#[derive(Clone, PartialEq, Message)]
pub struct StopTimeUpdate {
    /// The stop's number in the trip, as in stop_times.txt.
    #[prost(uint32, optional, tag = "1")]
    pub stop_sequence: Option<u32>,
    /// When it arrives.
    #[prost(message, optional, tag = "2")]
    pub arrival: Option<StopTimeEvent>,
    /// When it leaves.
    #[prost(message, optional, tag = "3")]
    pub departure: Option<StopTimeEvent>,
    /// The stop, as in stops.txt.
    #[prost(string, optional, tag = "4")]
    pub stop_id: Option<String>,
    /// Whether it calls there.
    #[prost(enumeration = "StopRelationship", optional, tag = "5")]
    pub schedule_relationship: Option<i32>,
}

/// Whether a trip calls at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum StopRelationship {
    /// It does.
    Scheduled = 0,
    /// It passes without stopping.
    Skipped = 1,
    /// Nothing is known from here on.
    NoData = 2,
    /// It calls, but there is no timetable (trips by frequency).
    Unscheduled = 3,
}

/// A time, as a delay or as a moment.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct StopTimeEvent {
    /// Seconds late; negative is early.
    #[prost(int32, optional, tag = "1")]
    pub delay: Option<i32>,
    /// The moment, POSIX seconds; wins over the delay.
    #[prost(int64, optional, tag = "2")]
    pub time: Option<i64>,
    /// How unsure it is, seconds; 0 has happened.
    #[prost(int32, optional, tag = "3")]
    pub uncertainty: Option<i32>,
}

/// Where a vehicle is.
#[derive(Clone, PartialEq, Message)]
pub struct VehiclePosition {
    /// The trip that it runs.
    #[prost(message, optional, tag = "1")]
    pub trip: Option<TripDescriptor>,
    /// The place.
    #[prost(message, optional, tag = "2")]
    pub position: Option<Position>,
    /// The stop that `current_status` speaks of.
    #[prost(uint32, optional, tag = "3")]
    pub current_stop_sequence: Option<u32>,
    /// Relation to that stop.
    #[prost(enumeration = "VehicleStopStatus", optional, tag = "4", default = "InTransitTo")]
    pub current_status: Option<i32>,
    /// When the place was measured, POSIX seconds.
    #[prost(uint64, optional, tag = "5")]
    pub timestamp: Option<u64>,
    /// The same stop, as in stops.txt.
    #[prost(string, optional, tag = "7")]
    pub stop_id: Option<String>,
    /// Which vehicle.
    #[prost(message, optional, tag = "8")]
    pub vehicle: Option<VehicleDescriptor>,
    /// How full it is.
    #[prost(enumeration = "OccupancyStatus", optional, tag = "9")]
    pub occupancy_status: Option<i32>,
}

/// A vehicle's relation to its current stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum VehicleStopStatus {
    /// About to arrive.
    IncomingAt = 0,
    /// Standing at it.
    StoppedAt = 1,
    /// Left the one before.
    InTransitTo = 2,
}

/// How full a vehicle is, in the standard's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum OccupancyStatus {
    /// Nobody or nearly nobody.
    Empty = 0,
    /// Many seats.
    ManySeatsAvailable = 1,
    /// Few seats.
    FewSeatsAvailable = 2,
    /// Room to stand.
    StandingRoomOnly = 3,
    /// Hardly room to stand.
    CrushedStandingRoomOnly = 4,
    /// No room.
    Full = 5,
    /// Takes nobody in.
    NotAcceptingPassengers = 6,
    /// Not known.
    NoDataAvailable = 7,
    /// Not for passengers at all.
    NotBoardable = 8,
}

/// A place in WGS 84. Latitude and longitude are required by the standard; a producer that leaves
/// them out is noticed rather than placed in the Gulf of Guinea.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Position {
    /// Degrees north.
    #[prost(float, optional, tag = "1")]
    pub latitude: Option<f32>,
    /// Degrees east.
    #[prost(float, optional, tag = "2")]
    pub longitude: Option<f32>,
    /// Degrees clockwise from north.
    #[prost(float, optional, tag = "3")]
    pub bearing: Option<f32>,
    /// Metres a second.
    #[prost(float, optional, tag = "5")]
    pub speed: Option<f32>,
}

impl Position {
    /// A position to publish, to the metre or so that an f32 holds.
    pub fn at(point: Point) -> Position {
        Position {
            latitude: Some(point.lat as f32),
            longitude: Some(point.lon as f32),
            bearing: None,
            speed: None,
        }
    }

    /// The place on the ground; none if a coordinate is missing or not on Earth.
    pub fn point(&self) -> Option<Point> {
        Point::new(f64::from(self.latitude?), f64::from(self.longitude?))
    }
}

/// Names a trip of the timetable.
#[derive(Clone, PartialEq, Message)]
pub struct TripDescriptor {
    /// As in trips.txt.
    #[prost(string, optional, tag = "1")]
    pub trip_id: Option<String>,
    /// HH:MM:SS, for trips by frequency.
    #[prost(string, optional, tag = "2")]
    pub start_time: Option<String>,
    /// YYYYMMDD of the service day.
    #[prost(string, optional, tag = "3")]
    pub start_date: Option<String>,
    /// Whether and how it runs.
    #[prost(enumeration = "TripRelationship", optional, tag = "4")]
    pub schedule_relationship: Option<i32>,
    /// As in routes.txt.
    #[prost(string, optional, tag = "5")]
    pub route_id: Option<String>,
    /// As in trips.txt, 0 or 1.
    #[prost(uint32, optional, tag = "6")]
    pub direction_id: Option<u32>,
}

/// How a trip relates to the timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum TripRelationship {
    /// It runs as in the timetable, or near it.
    Scheduled = 0,
    /// An extra trip (the older word for `New`).
    Added = 1,
    /// It runs by frequency, without a timetable.
    Unscheduled = 2,
    /// It does not run.
    Canceled = 3,
    /// It runs another way than in the timetable.
    Replacement = 5,
    /// A copy of a trip, at another time.
    Duplicated = 6,
    /// It does not run, and should not be shown.
    Deleted = 7,
    /// An extra trip.
    New = 8,
}

/// Names a vehicle.
#[derive(Clone, PartialEq, Message)]
pub struct VehicleDescriptor {
    /// The operator's own id.
    #[prost(string, optional, tag = "1")]
    pub id: Option<String>,
    /// What passengers read on it: the painted number.
    #[prost(string, optional, tag = "2")]
    pub label: Option<String>,
    /// The number plate.
    #[prost(string, optional, tag = "3")]
    pub license_plate: Option<String>,
}

/// What passengers should know.
#[derive(Clone, PartialEq, Message)]
pub struct Alert {
    /// When it holds; always, if none is given.
    #[prost(message, repeated, tag = "1")]
    pub active_period: Vec<TimeRange>,
    /// What it is about.
    #[prost(message, repeated, tag = "5")]
    pub informed_entity: Vec<EntitySelector>,
    /// Why.
    #[prost(enumeration = "Cause", optional, tag = "6", default = "UnknownCause")]
    pub cause: Option<i32>,
    /// What follows from it.
    #[prost(enumeration = "Effect", optional, tag = "7", default = "UnknownEffect")]
    pub effect: Option<i32>,
    /// In a few words.
    #[prost(message, optional, tag = "10")]
    pub header_text: Option<TranslatedString>,
    /// In full.
    #[prost(message, optional, tag = "11")]
    pub description_text: Option<TranslatedString>,
}

/// Why there is an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
#[allow(missing_docs)] // the standard's own words say it all
pub enum Cause {
    UnknownCause = 1,
    OtherCause = 2,
    TechnicalProblem = 3,
    Strike = 4,
    Demonstration = 5,
    Accident = 6,
    Holiday = 7,
    Weather = 8,
    Maintenance = 9,
    Construction = 10,
    PoliceActivity = 11,
    MedicalEmergency = 12,
}

/// What follows from an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
#[allow(missing_docs)] // the standard's own words say it all
pub enum Effect {
    NoService = 1,
    ReducedService = 2,
    SignificantDelays = 3,
    Detour = 4,
    AdditionalService = 5,
    ModifiedService = 6,
    OtherEffect = 7,
    UnknownEffect = 8,
    StopMoved = 9,
    NoEffect = 10,
    AccessibilityIssue = 11,
}

/// A span of time, open at the end that is missing.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct TimeRange {
    /// From this POSIX second.
    #[prost(uint64, optional, tag = "1")]
    pub start: Option<u64>,
    /// Before this POSIX second.
    #[prost(uint64, optional, tag = "2")]
    pub end: Option<u64>,
}

/// What an alert is about: all of the given fields must match.
#[derive(Clone, PartialEq, Message)]
pub struct EntitySelector {
    /// As in agency.txt.
    #[prost(string, optional, tag = "1")]
    pub agency_id: Option<String>,
    /// As in routes.txt.
    #[prost(string, optional, tag = "2")]
    pub route_id: Option<String>,
    /// A kind of route, as in routes.txt.
    #[prost(int32, optional, tag = "3")]
    pub route_type: Option<i32>,
    /// One trip.
    #[prost(message, optional, tag = "4")]
    pub trip: Option<TripDescriptor>,
    /// As in stops.txt.
    #[prost(string, optional, tag = "5")]
    pub stop_id: Option<String>,
}

/// A text in some languages.
#[derive(Clone, PartialEq, Message)]
pub struct TranslatedString {
    /// One entry a language.
    #[prost(message, repeated, tag = "1")]
    pub translation: Vec<Translation>,
}

/// A text in one language.
#[derive(Clone, PartialEq, Message)]
pub struct Translation {
    /// The text.
    #[prost(string, required, tag = "1")]
    pub text: String,
    /// BCP 47, if the producer says.
    #[prost(string, optional, tag = "2")]
    pub language: Option<String>,
}
