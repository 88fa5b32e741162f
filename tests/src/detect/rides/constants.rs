//! All that the drawing of rides knows of people, phones and feeds, in one place.
//!
//! Frozen on 2026-11-30, before any judging seed was drawn. Whoever changes a number here draws other rides:
//! figures from before and after do not compare.

/// A case lasts so long, in seconds, and the passenger boards at this one.
pub(super) const CASE_S: f64 = 420.0;
pub(super) const BOARDS_S: f64 = 100.0;
/// So many rides share a window of traffic, and so long is the window, in seconds; of it no ride uses the first.
pub(super) const RIDES_A_WINDOW: u64 = 64;
pub(super) const WINDOW_S: usize = 1_200;
pub(super) const WARM_UP_S: f64 = 120.0;
/// A window lies so far from the moment at which the city is fullest, at most, in minutes.
pub(super) const AROUND_MIN: f64 = 15.0;
/// Passengers board within so many metres of the middle of the fullest square kilometre.
pub(super) const DENSE_M: f64 = 700.0;
/// How slow a jam is.
pub(super) const JAM: (f64, f64) = (0.15, 0.35);

/// The screen is opened so many seconds after boarding; by who is on no bus, after the case's middle.
pub(super) const OPENS_S: (f64, f64) = (-10.0, 8.0);
pub(super) const OPENS_ON_NO_BUS_S: (f64, f64) = (-10.0, 40.0);
/// Stops that a passenger rides: from two up to so many.
pub(super) const MOST_STOPS: usize = 12;
/// Walking, in metres a second, and how far from the stop the passenger comes.
pub(super) const WALKS_MPS: (f64, f64) = (1.0, 1.7);
pub(super) const COMES_FROM_M: (f64, f64) = (40.0, 200.0);
/// So many come when the bus is there already; the others wait so long, in seconds.
pub(super) const JUST_IN_TIME: f64 = 0.3;
pub(super) const WAITS_S: (f64, f64) = (10.0, 180.0);
/// From the lane to the pole, and from a bus's middle to a seat, in metres.
pub(super) const POLE_M: f64 = 3.0;
pub(super) const SEAT_M: f64 = 5.0;
/// A cyclist's speed in metres a second, how often the way is held up, and for how long in seconds.
pub(super) const CYCLES_MPS: (f64, f64) = (3.5, 6.5);
pub(super) const HELD_UP_EVERY_M: (f64, f64) = (150.0, 500.0);
pub(super) const HELD_UP_S: (f64, f64) = (5.0, 35.0);
/// A car follows so many seconds behind, until this second of the case, and then goes its own way so fast.
pub(super) const CAR_BEHIND_S: (f64, f64) = (4.0, 15.0);
pub(super) const CAR_UNTIL_S: (f64, f64) = (160.0, 340.0);
pub(super) const CAR_MPS: f64 = 9.0;

/// A phone's error on each axis in metres (standard deviation), and of how many phones it is.
pub(super) const SIGMA_M: [(f64, f64); 5] = [(3.0, 0.35), (5.0, 0.3), (8.0, 0.2), (12.0, 0.1), (20.0, 0.05)];
/// One error of a receiver lasts so long, in seconds.
pub(super) const LASTS_S: f64 = 30.0;
/// What it says of its error, times the error.
pub(super) const ACCURACY: (f64, f64) = (1.0, 1.8);
/// Seconds between two fixes, and of how many phones; how irregular the rarer ones are, in seconds.
pub(super) const FIX_S: [(f64, f64); 3] = [(1.0, 0.7), (5.0, 0.2), (10.0, 0.1)];
pub(super) const IRREGULAR_S: f64 = 0.6;
/// So many phones tell speed and bearing, in so many of their fixes; how far off they are.
pub(super) const TELLS_SPEED: f64 = 0.92;
pub(super) const TELLS_BEARING: f64 = 0.85;
pub(super) const TELLS_NOW: f64 = 0.96;
pub(super) const SPEED_OFF_MPS: f64 = 0.4;
pub(super) const BEARING_OFF_DEG: f64 = 9.0;
/// Slower than this there is no bearing, in metres a second.
pub(super) const BEARING_FROM_MPS: f64 = 1.0;
/// The phone's clock is off by so much, in seconds (standard deviation); or in `clock_skew`.
pub(super) const CLOCK_OFF_S: f64 = 0.4;
pub(super) const CLOCK_SKEW_S: (f64, f64) = (4.0, 20.0);

/// Seconds between two reports of a bus, and of how many cities; in `slow_feed`.
pub(super) const REPORTS_S: [(f64, f64); 5] =
    [(10.0, 0.3), (15.0, 0.25), (20.0, 0.15), (30.0, 0.2), (60.0, 0.1)];
pub(super) const SLOW_REPORTS_S: f64 = 60.0;
/// So long a report takes to the phone, in seconds; in `slow_feed`.
pub(super) const LATENCY_S: (f64, f64) = (2.0, 12.0);
pub(super) const SLOW_LATENCY_S: (f64, f64) = (20.0, 45.0);
/// So many cities stamp reports when they are sent: so much later, in seconds.
pub(super) const STAMPS_SENDING: f64 = 0.06;
pub(super) const SENT_LATER_S: (f64, f64) = (2.0, 8.0);
/// A bus's receiver is off by so much on each axis, in metres.
pub(super) const BUS_SIGMA_M: f64 = 4.0;
/// So many cities tell their buses' speeds and bearings.
pub(super) const FEED_SPEED: f64 = 0.6;
pub(super) const FEED_BEARING: f64 = 0.6;
/// A bus that is ever within so many metres of the passenger is in the feed.
pub(super) const NEAR_M: f64 = 1_500.0;

/// Two buses of a line are a bunch with so many seconds between them.
pub(super) const BUNCH_S: (f64, f64) = (10.0, 60.0);
/// `opposite` and `parallel`: the other is so near when one sets out, and `parallel` so near a minute later.
pub(super) const BESIDE_M: f64 = 60.0;
pub(super) const STILL_BESIDE_M: f64 = 150.0;
/// `jam`: another bus on the same way is so near.
pub(super) const JAM_GAP_M: (f64, f64) = (10.0, 80.0);
/// `terminal`: so many others are parked within so many metres.
pub(super) const PARKED: usize = 3;
pub(super) const PARKED_M: f64 = 100.0;
/// `tunnel`: from so many seconds after boarding there is no fix for so long.
pub(super) const TUNNEL_AFTER_S: (f64, f64) = (0.0, 60.0);
pub(super) const TUNNEL_S: (f64, f64) = (40.0, 120.0);
/// `alight`, `transfer`: off the bus in these seconds of the case, on the next so long after.
pub(super) const OFF_S: (f64, f64) = (165.0, 300.0);
pub(super) const CHANGE_S: (f64, f64) = (15.0, 110.0);
pub(super) const CHANGE_M: f64 = 70.0;
/// `swapped_id`: the bus whose id is taken is within so many metres.
pub(super) const SWAPPED_M: f64 = 600.0;
