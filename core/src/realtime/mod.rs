//! GTFS-Realtime: vehicles, delays, alerts, the stop board.
//!
//! `messages` are what travels, `feed` reads them, `live` holds what is known now, `delay` says when a trip
//! comes by a stop, and `board` lays that over a stop's timetable. All of it is pure: the bytes and
//! the time come in. It fetches nothing, knows no city pack, and never guesses a time that the
//! operator did not send: a bus that stopped reporting is silent, not "still there".
//!
//! From the GTFS-Realtime 2.0 reference (gtfs.org); where consumers disagree, the strictest reading
//! of its section on trip updates.

pub mod board;
pub mod delay;
pub mod extra;
pub mod feed;
pub mod live;
pub mod messages;
pub mod notice;
mod numbering;
pub mod run;

pub use board::{BoardKind, BoardRow, ScheduledDeparture, board};
pub use delay::{CallTimes, ScheduledCall};
pub use extra::{ExtraTrip, ExtraWay};
pub use feed::{FeedError, FeedMessage, read_feed};
pub use live::{Crowding, Live, TripUpdates, VehicleReport};
pub use messages::Effect;
pub use notice::{About, Notice, NoticePeriod, NoticeView, Scope};
pub use run::Run;
