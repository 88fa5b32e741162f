//! Which bus am I on?
//!
//! The phone keeps 120 s of its own fixes. Each report of a bus is compared with where the phone was
//! *when the bus was there*; a bus is never extrapolated. Three stories are told of every bus nearby (`gap.rs`): the
//! passenger is on it, it goes its own way, or it goes in the same stream, nose to tail. How much likelier the first
//! makes what was reported are its odds, for every clock that the feed may keep (`clock.rs`). They rise only with the
//! way that phone and bus go together (standing beside a bus proves nothing) and fall whenever the two are apart; a bus
//! that was ruled out comes back into question only where the phone was slow, since one boards standing buses, each
//! time for less; a bus that stood beside the phone before it rode away is the likelier for it. A bus is proposed when
//! its odds are high, it leads every other bus that is in question, *and* none that may have stood where the passenger
//! boarded is unheard of since; otherwise a short list is offered, with the reason. After the app was killed a search
//! goes on from the last two minutes (`memory.rs`).
//!
//! It proposes, it never pays and never ends a ticket; it knows no routes, and no position leaves it. Of the timetable it is told
//! whether every bus reports that is due where one may have boarded (`due.rs`): beside a silent bus more is asked for. Everything comes in as values: fixes, reports, the time.
//!
//! A bus's beacon (`beacon.rs`) is a hint: it puts a bus among those that are offered, never proposes one and
//! never speaks against the positions.
//!
//! How often the phone's place is wanted for it says `sampling.rs`; what speaks against a bus that is about to be paid,
//! however it was named, says `doubt.rs`.
//!
//! The idea is map-free track association with a sequential probability ratio test (Wald, 1945) between Kalman
//! filters, with a floor under the losers as in CUSUM (Page, 1954) so that boarding and transfers are noticed.

mod beacon;
mod clock;
mod detector;
mod doubt;
mod due;
mod gap;
mod memory;
mod sampling;
mod suspect;
#[cfg(test)]
mod tests;
mod track;
mod typed;
mod words;

pub use beacon::{BEACON_UUID, Beacon, HeardBus};
pub use clock::FeedClock;
pub use detector::Detector;
pub use doubt::Doubt;
pub(crate) use doubt::Witnesses;
pub use due::Due;
pub use memory::Memory;
pub(crate) use sampling::SLOW_MS;
pub use sampling::Sampling;
pub use typed::TypedBus;

use crate::geo::Point;
use serde::{Deserialize, Serialize};

/// Where the phone was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// When, by the phone's clock.
    pub at_ms: i64,
    /// Where.
    pub point: Point,
    /// The radius in metres that holds it two times out of three.
    pub accuracy_m: f32,
    /// How fast it went, if the receiver says.
    pub speed_mps: Option<f32>,
    /// Where it headed, degrees clockwise from north, if the receiver says.
    pub bearing_deg: Option<f32>,
    /// The system says that an app made it up.
    pub mocked: bool,
}

/// A fix less accurate than this says nothing, in metres.
const WORST_ACCURACY_M: f32 = 150.0;

impl Fix {
    /// Whether it is on Earth and not too vague to say anything.
    pub(crate) fn is_sound(&self) -> bool {
        Point::new(self.point.lat, self.point.lon).is_some()
            && (0.0..=WORST_ACCURACY_M).contains(&self.accuracy_m)
    }
}

/// A bus that the passenger may be on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The operator's id of the vehicle.
    pub vehicle: String,
    /// The number painted on it: always shown.
    pub label: String,
    /// Its line, if the operator says.
    pub line: Option<String>,
    /// Its trip, if the operator says.
    pub trip: Option<String>,
    /// Metres between phone and bus when it last reported; 1,000,000 if that is not known.
    pub metres: u32,
    /// Its beacon is heard: paying for it has the way `Bluetooth`.
    #[serde(default)]
    pub heard: bool,
}

/// Why a bus is proposed, for the passenger's eyes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// So many of its reports agreed with the phone's own way while both moved.
    pub agreed: u32,
    /// How far the phone went from the first of these reports to the last, or since it stood, in metres.
    pub together_m: u32,
    /// So many other buses were near, and were ruled out.
    pub ruled_out: u32,
    /// How old the last of these reports is, in seconds.
    pub age_s: u32,
    /// It is thin: whoever drives beside the bus would have seen the same. The words ask for the painted number.
    pub is_thin: bool,
}

/// Why no bus is proposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// The phone has not told where it is lately.
    #[default]
    NoFixes,
    /// An app makes up positions.
    MockPosition,
    /// No bus reported lately: the feed or the network is down.
    StaleFeed,
    /// The bus must move first, or report once more.
    TooEarly,
    /// Two or more buses fit.
    TwoAlike,
    /// The phone moves, and no bus that reports moves with it.
    SilentBus,
}

/// Whether a passenger and a bus are together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Company {
    /// Nobody can tell: no fix, no report, or too few.
    #[default]
    Unknown,
    /// They go the same way.
    Together,
    /// They went together or may have, and have parted.
    Parted,
}

/// Whether the passenger and the bus that they paid are together, and what is to be said of it. It ends no ticket and
/// pays nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanyView {
    /// Whether they are.
    pub company: Company,
    /// That they have parted, in the passenger's language; none where there is nothing to say.
    pub text: Option<String>,
    /// The bus that the passenger seems to be on instead and has not paid, as the city's list of buses names it. The
    /// text offers to pay for it: a [quote](crate::jol::Jol::quote) has its price, a transfer's where it is one.
    pub instead: Option<Candidate>,
}

/// What is known about the bus that the passenger is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sighting {
    /// Nothing to offer; ask for the code in the bus or its number.
    None {
        /// Why.
        why: Why,
    },
    /// It may be one of these.
    Choose {
        /// At most three, the likeliest first.
        candidates: Vec<Candidate>,
        /// Why none of them is proposed.
        why: Why,
    },
    /// It is this one, as far as can be known; the passenger confirms by the painted number.
    Proposed {
        /// The bus.
        bus: Candidate,
        /// What speaks for it.
        evidence: Evidence,
    },
}

impl Default for Sighting {
    fn default() -> Sighting {
        Sighting::None { why: Why::NoFixes }
    }
}
