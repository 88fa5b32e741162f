//! What a passenger asks and what they are told, as plain values: texts are owned and ids are the feed's.

use crate::geo::Point;
use serde::{Deserialize, Serialize};

/// From where and to where, when, and how much the passenger likes to walk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanQuery {
    /// Where the journey begins.
    pub from: Endpoint,
    /// Where it ends.
    pub to: Endpoint,
    /// When.
    pub when: When,
    /// Metres a second on foot; 1.2 is usual. Taken as within 0.3 and 3.
    pub walking_speed: f64,
    /// The longest single walk, in metres: to the first stop, between two rides, from the last stop, and all
    /// the way.
    pub max_walk_metres: u32,
    /// How many journeys with rides to give, at least 1; above 50 is 50, for a range above 1000 is 1000. The
    /// walk all the way stands beside them; unless some are preferred, so do those that set out together with
    /// the last of them, and the next journey with fewer rides.
    pub limit: u32,
    /// Kinds of vehicles that the passenger does not ride: GTFS `route_type`; a basic one stands for all
    /// that extend it.
    pub avoid_modes: Vec<u16>,
    /// Ids of lines that they do not ride.
    pub avoid_lines: Vec<String>,
    /// Ids of stops and stations where they neither board, nor change, nor get off.
    pub avoid_stops: Vec<String>,
    /// The id of a stop or station that they want to come by: riding through, changing, or on foot.
    pub via: Option<String>,
    /// Which of the journeys to give when there are more; else those nearest to the moment.
    pub prefer: Option<Prefer>,
    /// Take no steps: neither stairs in stations nor those in the streets, no vehicles and stops that say that
    /// no wheelchair gets there. Many say nothing: they are kept.
    pub step_free: bool,
}

/// Which of the best journeys a passenger would rather have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prefer {
    /// Those with the fewest rides.
    FewestRides,
    /// Those with the shortest walks.
    LeastWalking,
}

impl PlanQuery {
    /// A query as most passengers mean it: 1.2 m/s, walks of at most 1000 m, five journeys.
    pub fn new(from: Endpoint, to: Endpoint, when: When) -> PlanQuery {
        PlanQuery {
            from,
            to,
            when,
            walking_speed: 1.2,
            max_walk_metres: 1_000,
            limit: 5,
            avoid_modes: Vec::new(),
            avoid_lines: Vec::new(),
            avoid_stops: Vec::new(),
            via: None,
            prefer: None,
            step_free: false,
        }
    }
}

/// Where a journey begins or ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Endpoint {
    /// A stop or station of the pack.
    Stop {
        /// Its id.
        id: String,
    },
    /// A point on the map: an address, a landmark, the passenger.
    Point {
        /// Where.
        point: Point,
        /// What the passenger calls it.
        name: String,
    },
}

/// When the passenger wants to travel; ms since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// Not before this moment.
    DepartAt {
        /// The moment.
        ms: i64,
    },
    /// There no later than this moment.
    ArriveBy {
        /// The moment.
        ms: i64,
    },
    /// At any time of a range of up to 24 hours.
    Between {
        /// Not before this moment.
        from_ms: i64,
        /// But before this one.
        until_ms: i64,
    },
    /// Setting out before this moment, as late as can be: the page before an answer.
    DepartBefore {
        /// The moment.
        ms: i64,
    },
    /// With the last vehicles of the day, or of the night that follows it, but not before this moment.
    LastToday {
        /// The moment.
        ms: i64,
    },
}

/// For so long, in ms, predictions of runs reach ahead.
const NEAR_MS: i64 = 3 * 3_600_000;

impl When {
    /// Whether the question is about the next hours, for which an operator predicts.
    pub fn is_near(&self, now_ms: i64) -> bool {
        let (from_ms, until_ms) = match *self {
            When::DepartAt { ms } | When::ArriveBy { ms } | When::DepartBefore { ms } => (ms, ms),
            When::Between { from_ms, until_ms } => (from_ms, until_ms),
            When::LastToday { ms } => (ms, ms.saturating_add(24 * 3_600_000)),
        };
        from_ms <= now_ms.saturating_add(NEAR_MS) && until_ms >= now_ms.saturating_sub(NEAR_MS)
    }
}

/// The journeys that were found, earliest departure first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// None is worse than another in every respect: see [`Criteria::dominates`].
    pub journeys: Vec<Journey>,
    /// What the passenger should know about them.
    pub note: Option<PlanNote>,
    /// Every best journey that sets out from this moment on, in ms since 1970,
    #[serde(default)]
    pub from_ms: i64,
    /// and before this one is among them, or was left out for one that the passenger prefers. Where they
    /// must be there in time: every one that is. See [`PlanQuery::later`] and [`PlanQuery::earlier`].
    #[serde(default)]
    pub until_ms: i64,
}

/// What a passenger should know about a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanNote {
    /// Nothing runs there any more tonight; these journeys, if any, are of a later day.
    NoServiceAnyMore {
        /// When the first one of that day begins.
        first_departure_ms: i64,
    },
    /// A walk leads outside the mapped streets: its way and time are a guess.
    WalkingEstimated,
    /// The timetable does not cover the day that was asked for. Days since 1970-01-01.
    OutsideTimetable {
        /// The first day that it covers.
        first_day: i32,
        /// The last one.
        last_day: i32,
    },
    /// No way was found: for a departure on this day or in the week after it, for an arrival or an earlier
    /// departure on this day or in the week before it, for a range in it, for the last one by the end of the
    /// night.
    NothingFound,
}

/// One way to get there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    /// When the passenger sets out.
    pub departure_ms: i64,
    /// When they are there.
    pub arrival_ms: i64,
    /// How many vehicles they board.
    pub rides: u32,
    /// How far they walk in all.
    pub walk_metres: u32,
    /// The parts, in order.
    pub legs: Vec<Leg>,
}

impl Journey {
    /// What journeys are compared by.
    pub fn criteria(&self) -> Criteria {
        Criteria {
            departure_ms: self.departure_ms,
            arrival_ms: self.arrival_ms,
            rides: self.rides,
            walk_metres: self.walk_metres,
        }
    }
}

/// A part of a journey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "a journey holds few legs, and the foreign interface no boxes")]
pub enum Leg {
    /// On foot.
    Walk(WalkLeg),
    /// In a vehicle. One that goes on as another trip is a leg for each, of which only the first is boarded.
    Ride(RideLeg),
}

/// A part of a journey on foot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WalkLeg {
    /// Where it begins, in words.
    pub from_name: String,
    /// Where it ends, in words.
    pub to_name: String,
    /// Where it begins.
    pub from: Point,
    /// Where it ends.
    pub to: Point,
    /// How far it is.
    pub metres: u32,
    /// When it begins.
    pub departure_ms: i64,
    /// When it ends.
    pub arrival_ms: i64,
    /// Whether it leaves the mapped streets, so that distance and time are a guess.
    pub estimated: bool,
    /// The streets to follow; empty if they are not known.
    pub steps: Vec<WalkStep>,
}

/// A part of a journey in a vehicle. What later versions tell besides is missing in journeys that were saved
/// before, and has a default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RideLeg {
    /// The line's number, or its long name if it has no number.
    pub line: String,
    /// The line's id.
    pub line_id: String,
    /// The colour that the operator gives to the line, 0xRRGGBB.
    #[serde(default)]
    pub colour: Option<u32>,
    /// Black or white, 0xRRGGBB: what can be read on that colour.
    #[serde(default)]
    pub text_colour: Option<u32>,
    /// GTFS `route_type`, basic or extended: 3 is a bus.
    #[serde(default = "bus")]
    pub mode: u16,
    /// Where the sign on the bus says it goes.
    pub headsign: String,
    /// The trip's id.
    pub trip_id: String,
    /// The day whose timetable the trip belongs to, in days since 1970-01-01: after midnight it may
    /// be yesterday.
    pub service_day: i32,
    /// Where the passenger boards.
    pub from_stop: StopAt,
    /// Where they get off.
    pub to_stop: StopAt,
    /// When the vehicle leaves.
    pub departure_ms: i64,
    /// When it arrives.
    pub arrival_ms: i64,
    /// How many stops it makes in between.
    pub stops_between: u32,
    /// Those stops, in order, for who counts them; none in a journey that was saved before they were told.
    #[serde(default)]
    pub between: Vec<StopCall>,
    /// Seconds between vehicles if the timetable only says how often they come, else 0.
    pub headway_s: u32,
    /// Whether the operator predicted when it leaves or when it arrives, when the journey was planned; else
    /// both are the timetable's.
    pub live: bool,
    /// When the timetable lets it leave, if something is known of the run; none for one that the timetable
    /// does not have.
    pub timetable_departure_ms: Option<i64>,
    /// When the timetable lets it arrive, likewise.
    pub timetable_arrival_ms: Option<i64>,
    /// Whether the passenger is in the vehicle already: the ride before goes on as this one.
    #[serde(default)]
    pub stay_seated: bool,
    /// Whether a wheelchair gets into the vehicle.
    #[serde(default)]
    pub wheelchair: Wheelchair,
    /// What it takes that the vehicle halts where the passenger boards.
    #[serde(default)]
    pub boarding: Halt,
    /// What it takes that it halts where they get off.
    #[serde(default)]
    pub alighting: Halt,
}

/// What a journey was in that was saved before its vehicle was told.
fn bus() -> u16 {
    3
}

/// A stop on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopCall {
    /// Its name.
    pub name: String,
    /// When the vehicle arrives.
    pub arrival_ms: i64,
    /// When it leaves.
    pub departure_ms: i64,
}

/// Whether a wheelchair gets there. Many feeds say nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wheelchair {
    /// The operator does not say.
    #[default]
    Unknown,
    /// It does.
    Yes,
    /// It does not.
    No,
}

impl Wheelchair {
    /// What GTFS's number means.
    pub(super) fn of(number: u8) -> Wheelchair {
        match number {
            1 => Wheelchair::Yes,
            2 => Wheelchair::No,
            _ => Wheelchair::Unknown,
        }
    }
}

/// What it takes that a vehicle halts for a passenger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Halt {
    /// Nothing.
    #[default]
    Regular,
    /// The passenger calls the operator beforehand.
    CallOperator,
    /// They tell the driver.
    AskDriver,
}

impl Halt {
    /// What GTFS's number means.
    pub(super) fn of(number: u8) -> Halt {
        match number {
            2 => Halt::CallOperator,
            3 => Halt::AskDriver,
            _ => Halt::Regular,
        }
    }
}

impl Leg {
    /// When it begins.
    pub fn departure_ms(&self) -> i64 {
        match self {
            Leg::Walk(walk) => walk.departure_ms,
            Leg::Ride(ride) => ride.departure_ms,
        }
    }

    /// When it ends.
    pub fn arrival_ms(&self) -> i64 {
        match self {
            Leg::Walk(walk) => walk.arrival_ms,
            Leg::Ride(ride) => ride.arrival_ms,
        }
    }

    /// The ride, if it is one.
    pub fn ride(&self) -> Option<&RideLeg> {
        if let Leg::Ride(ride) = self { Some(ride) } else { None }
    }

    /// The walk, if it is one.
    pub fn walk(&self) -> Option<&WalkLeg> {
        if let Leg::Walk(walk) = self { Some(walk) } else { None }
    }
}

impl RideLeg {
    /// When the vehicle leaves by the timetable, as far as that is known.
    pub fn leaves_by_timetable_ms(&self) -> i64 {
        self.timetable_departure_ms.unwrap_or(self.departure_ms)
    }

    /// Whether the run is one that the timetable does not have.
    pub fn is_extra(&self) -> bool {
        self.live && self.timetable_departure_ms.is_none()
    }
}

/// A stop as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StopAt {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub point: Point,
    /// What stands on its pole; empty if nothing does, or it is no stop.
    #[serde(default)]
    pub code: String,
    /// Whether a wheelchair gets to the vehicles there.
    #[serde(default)]
    pub wheelchair: Wheelchair,
}

/// A stretch of a walk along one street.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkStep {
    /// The street's name; empty if it has none.
    pub street: String,
    /// How far to follow it.
    pub metres: u32,
}

/// Why there is no plan at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The pack holds no such stop.
    #[error("no stop {id}")]
    UnknownStop {
        /// The id that was asked for.
        id: String,
    },
    /// A point does not lie on Earth.
    #[error("not a point on Earth")]
    NotOnEarth,
    /// The moment lies outside the calendar.
    #[error("not a moment of the calendar")]
    NoSuchTime,
    /// A line keeps the time of a zone that does not exist: the pack is wrong.
    #[error("no time zone {name:?}")]
    UnknownTimeZone {
        /// The zone's name in the pack.
        name: String,
    },
}

/// What journeys are compared by: departure later, arrival earlier, fewer rides, less walking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// When the passenger sets out.
    pub departure_ms: i64,
    /// When they are there.
    pub arrival_ms: i64,
    /// How many vehicles they board.
    pub rides: u32,
    /// How far they walk in all.
    pub walk_metres: u32,
}

impl Criteria {
    /// Whether this journey is at least as good as another in every respect, and better in one.
    pub fn dominates(&self, other: &Criteria) -> bool {
        self != other
            && self.departure_ms >= other.departure_ms
            && self.arrival_ms <= other.arrival_ms
            && self.rides <= other.rides
            && self.walk_metres <= other.walk_metres
    }

    /// The same journey, begun at another moment: a walk can.
    pub(super) fn setting_out_at(self, departure_ms: i64) -> Criteria {
        let arrival_ms = self.arrival_ms.saturating_sub(self.departure_ms).saturating_add(departure_ms);
        Criteria { departure_ms, arrival_ms, ..self }
    }
}

#[cfg(test)]
impl RideLeg {
    /// A ride by the timetable, for tests: the line is its own id and the trip's.
    pub(crate) fn by_timetable(line: &str, (from, to): (&str, &str), times_ms: (i64, i64)) -> RideLeg {
        let stop = |id: &str| StopAt { id: id.into(), ..StopAt::default() };
        RideLeg {
            line: line.into(),
            line_id: line.into(),
            trip_id: line.into(),
            from_stop: stop(from),
            to_stop: stop(to),
            departure_ms: times_ms.0,
            arrival_ms: times_ms.1,
            ..RideLeg::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOURNEY: Criteria = Criteria { departure_ms: 100, arrival_ms: 200, rides: 2, walk_metres: 300 };

    #[test]
    fn a_journey_that_is_better_in_one_respect_and_worse_in_none_dominates() {
        for better in [
            Criteria { departure_ms: 101, ..JOURNEY },
            Criteria { arrival_ms: 199, ..JOURNEY },
            Criteria { rides: 1, ..JOURNEY },
            Criteria { walk_metres: 299, ..JOURNEY },
        ] {
            assert!(better.dominates(&JOURNEY), "{better:?}");
            assert!(!JOURNEY.dominates(&better), "{better:?}");
        }
    }

    #[test]
    fn equal_journeys_and_trade_offs_stand_side_by_side() {
        let later_and_slower = Criteria { departure_ms: 110, arrival_ms: 220, ..JOURNEY };
        assert!(!JOURNEY.dominates(&JOURNEY));
        assert!(!JOURNEY.dominates(&later_and_slower) && !later_and_slower.dominates(&JOURNEY));
    }

    #[test]
    fn a_journey_that_an_older_app_saved_still_reads() {
        let saved = r#"{"departure_ms":1,"arrival_ms":9,"rides":1,"walk_metres":40,"legs":[
            {"Walk":{"from_name":"Home","to_name":"x","from":{"lat":47.1,"lon":51.9},
                "to":{"lat":47.2,"lon":51.9},"metres":40,"departure_ms":1,"arrival_ms":2,"estimated":false,
                "steps":[{"street":"Abai","metres":40}]}},
            {"Ride":{"line":"7","line_id":"r7","headsign":"Bridge","trip_id":"A","service_day":19853,
                "from_stop":{"id":"x","name":"X","point":{"lat":47.2,"lon":51.9}},
                "to_stop":{"id":"y","name":"Y","point":{"lat":47.3,"lon":51.9}},
                "departure_ms":2,"arrival_ms":9,"stops_between":3,"headway_s":0,"live":false,
                "timetable_departure_ms":null,"timetable_arrival_ms":null}}]}"#;
        let journey: Journey = serde_json::from_str(saved).expect("it reads");
        let [Leg::Walk(walk), Leg::Ride(ride)] = &journey.legs[..] else { panic!("{journey:?}") };
        assert_eq!((walk.to_name.as_str(), walk.steps.len()), ("x", 1));
        assert_eq!((ride.line.as_str(), ride.stops_between, ride.stay_seated), ("7", 3, false));
        assert_eq!((ride.mode, ride.between.len(), ride.wheelchair), (3, 0, Wheelchair::Unknown));
        let again = serde_json::to_string(&journey).expect("it is written");
        assert_eq!(serde_json::from_str::<Journey>(&again).expect("it reads"), journey);
    }
}
