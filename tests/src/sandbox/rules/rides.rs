//! How long a ride's ticket is valid, which ride stands when another payment comes, and what earlier
//! rides mean for the next fare.

use crate::sandbox::fleet::Run;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use jol_core::city::fares::{FareHistory, RideEnd};
use jol_core::money::Money;
use jol_core::operator::wire::RideState;

/// A ticket lasts to the terminus, and at least so long: who boards a ring line just before its
/// terminus rides on over it.
pub const SHORTEST_RIDE_MS: i64 = 10 * 60_000;

/// How far the clocks of terminals and phones may run ahead of the operator's: a ride that they tell of may begin so
/// much later than now, in ms.
pub const CLOCK_SLACK_MS: i64 = 5 * 60_000;

/// Until when a ride is valid that is paid now, on a run that ends then.
pub fn ends_ms(end: &RideEnd, run_ends_ms: i64, paid_ms: i64) -> i64 {
    match end {
        RideEnd::Minutes { minutes } => paid_ms.saturating_add(i64::from(minutes.get()) * 60_000),
        RideEnd::Terminus | RideEnd::Zone { .. } => run_ends_ms.max(paid_ms.saturating_add(SHORTEST_RIDE_MS)),
    }
}

/// A ride as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRide {
    /// Its id.
    pub ride: String,
    /// The payment that paid it.
    pub key: String,
    /// The bus.
    pub vehicle: String,
    /// The public number of the line.
    pub line: String,
    /// What was charged.
    pub fare: Money,
    /// When the passenger asked for it (the tap, the message), ms since 1970; at most `paid_ms`.
    pub asked_ms: i64,
    /// When it was paid, ms since 1970.
    pub paid_ms: i64,
    /// Until when it is valid, ms since 1970.
    pub ends_ms: i64,
    /// What became of it apart from time.
    pub state: RideState,
    /// Where the bus broke down: the painted numbers of those on which the ride goes on.
    pub continues_on: Vec<String>,
    /// The ride on the wrong bus in whose place this one is, by its id.
    pub corrects: Option<String>,
}

impl HeldRide {
    /// What became of it by this moment.
    pub fn state_at(&self, now_ms: i64) -> RideState {
        match self.state {
            RideState::Valid if now_ms >= self.ends_ms => RideState::Ended,
            state => state,
        }
    }
}

/// The ride that a passenger in this bus has already, in the time from `from_ms` to `to_ms`; the
/// earliest of them. A new run of the bus does not end it.
///
/// A payment in the app asks from its tap on, and for what may begin by a clock that runs ahead. A terminal's
/// tap may come hours late, when another way has paid the same ride since, so it asks for the whole time in which
/// its own ticket would hold; a ride that was asked for in that time and paid after it, as by a slow message, is
/// the same one.
///
/// The bus is its id and its painted number: a ride whose bus broke down stands on the line's next one.
pub fn standing<'a>(
    rides: &'a [HeldRide],
    (vehicle, painted): (&str, &str),
    from_ms: i64,
    to_ms: i64,
) -> Option<&'a HeldRide> {
    let stands = |ride: &&HeldRide| {
        (ride.vehicle == vehicle || ride.continues_on.iter().any(|next| next == painted))
            && ride.state == RideState::Valid
            && ride.asked_ms <= to_ms
            && from_ms < ride.ends_ms
    };
    rides.iter().filter(stands).min_by_key(|ride| ride.paid_ms)
}

/// So many buses take the passengers of one that broke down along: the next one may be full.
const MOST_NEXT: usize = 2;

/// The buses of the line that come next, in its direction, for the passengers of one that broke down.
pub fn next_buses(broken: &Run, others: &[(String, Run)]) -> Vec<String> {
    let comes = |run: &Run| {
        run.in_service
            && (run.line.as_str(), run.direction) == (broken.line.as_str(), broken.direction)
            && run.ends_ms >= broken.ends_ms
    };
    let mut next: Vec<_> = others.iter().filter(|(_, run)| comes(run)).collect();
    next.sort_by_key(|(bus, run)| (run.ends_ms, bus));
    next.into_iter().take(MOST_NEXT).map(|(bus, _)| bus.clone()).collect()
}

/// What was paid before, as caps and transfers count it, in the city's time. Rides that were given back do not
/// count, nor those in whose place another one is.
pub fn history<'a>(rides: &'a [HeldRide], now_ms: i64, zone: &TimeZone) -> FareHistory<'a> {
    let day = |ms| Timestamp::from_millisecond(ms).ok().map(|at| at.to_zoned(zone.clone()).date());
    let today = day(now_ms);
    let is_corrected =
        |ride: &HeldRide| rides.iter().any(|other| other.corrects.as_ref() == Some(&ride.ride));
    let counts =
        |ride: &&HeldRide| ride.state != RideState::Refunded && ride.paid_ms <= now_ms && !is_corrected(ride);
    let paid = || rides.iter().filter(counts);
    let sum = |fits: &dyn Fn(&HeldRide) -> bool| {
        paid().filter(|ride| fits(ride)).fold(Money::ZERO, |sum, ride| sum.plus(ride.fare).unwrap_or(sum))
    };
    let month = |ms| day(ms).map(|day| (day.year(), day.month()));
    let last = paid().max_by_key(|ride| ride.paid_ms);
    FareHistory {
        spent_today: sum(&|ride| day(ride.paid_ms) == today),
        spent_this_month: sum(&|ride| month(ride.paid_ms) == month(now_ms)),
        last_ride: last.map(|ride| {
            let minutes = u32::try_from((now_ms - ride.paid_ms) / 60_000).unwrap_or(u32::MAX);
            (ride.line.as_str(), minutes)
        }),
        passes: &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU16;

    const HOUR_MS: i64 = 3_600_000;

    fn ride(vehicle: &str, paid_ms: i64, ends_ms: i64) -> HeldRide {
        HeldRide {
            ride: format!("r{paid_ms}"),
            key: format!("k{paid_ms}"),
            vehicle: vehicle.to_owned(),
            line: "5".to_owned(),
            fare: Money::tenge(100),
            asked_ms: paid_ms,
            paid_ms,
            ends_ms,
            state: RideState::Valid,
            continues_on: Vec::new(),
            corrects: None,
        }
    }

    #[test]
    fn a_ride_whose_bus_broke_down_stands_on_the_next_one() {
        let rides = [HeldRide { continues_on: vec!["B".to_owned()], ..ride("a", 10, 20) }];
        assert!(standing(&rides, ("b", "B"), 15, 15).is_some());
        assert!(standing(&rides, ("c", "C"), 15, 15).is_none());
        assert!(standing(&rides, ("b", "B"), 20, 20).is_none());
    }

    #[test]
    fn the_next_buses_are_those_of_the_line_that_come_behind() {
        let run = |line: &str, direction, ends_ms| Run {
            run: "r".to_owned(),
            line: line.to_owned(),
            direction,
            terminus: "East".to_owned(),
            ends_ms,
            stop: "West".to_owned(),
            stop_id: "w".to_owned(),
            in_service: true,
        };
        let others = [
            ("late", run("5", 0, 40)),
            ("ahead", run("5", 0, 9)),
            ("next", run("5", 0, 20)),
            ("back", run("5", 1, 15)),
            ("other", run("7", 0, 15)),
            ("then", run("5", 0, 30)),
            ("depot", Run { in_service: false, ..run("5", 0, 15) }),
        ];
        let others = others.map(|(bus, run)| (bus.to_owned(), run));
        assert_eq!(next_buses(&run("5", 0, 10), &others), ["next", "then"]);
        assert_eq!(next_buses(&run("9", 0, 10), &others), Vec::<String>::new());
    }

    #[test]
    fn a_ride_stands_on_its_bus_until_its_last_moment() {
        let rides = [ride("a", 10, 20)];
        assert!(standing(&rides, ("a", "A"), 10, 10).is_some());
        assert!(standing(&rides, ("a", "A"), 19, 19).is_some());
        assert!(standing(&rides, ("a", "A"), 20, 20).is_none());
        assert!(standing(&rides, ("a", "A"), 9, 9).is_none());
        assert!(standing(&rides, ("b", "B"), 15, 15).is_none());
        let gone = [HeldRide { state: RideState::Refunded, ..ride("a", 10, 20) }];
        assert!(standing(&gone, ("a", "A"), 15, 15).is_none());
    }

    #[test]
    fn a_late_tap_finds_the_ride_that_was_paid_after_it() {
        let rides = [ride("a", 10, 20)];
        assert!(standing(&rides, ("a", "A"), 5, 15).is_some());
        assert!(standing(&rides, ("a", "A"), 5, 9).is_none());
    }

    #[test]
    fn a_late_tap_finds_the_ride_that_was_asked_for_while_it_held_and_paid_after() {
        let rides = [HeldRide { asked_ms: 12, ..ride("a", 16, 30) }];
        assert!(standing(&rides, ("a", "A"), 5, 15).is_some());
        assert!(standing(&rides, ("a", "A"), 5, 11).is_none());
    }

    #[test]
    fn who_boards_just_before_the_terminus_still_has_ten_minutes() {
        for end in [RideEnd::Terminus, RideEnd::Zone { zone: "A".to_owned() }] {
            assert_eq!(ends_ms(&end, HOUR_MS, 0), HOUR_MS);
            assert_eq!(ends_ms(&end, HOUR_MS, HOUR_MS - 1), HOUR_MS - 1 + SHORTEST_RIDE_MS);
        }
        let half_an_hour = RideEnd::Minutes { minutes: NonZeroU16::new(30).expect("30") };
        assert_eq!(ends_ms(&half_an_hour, HOUR_MS, 5), HOUR_MS / 2 + 5, "whatever runs the bus makes");
        assert_eq!(ride("a", 0, 5).state_at(4), RideState::Valid);
        assert_eq!(ride("a", 0, 5).state_at(5), RideState::Ended);
    }

    #[test]
    fn the_day_and_the_month_are_the_city_s() {
        // 2026-03-31T20:00Z is 2026-04-01T01:00 in Atyrau.
        let zone = TimeZone::get("Asia/Atyrau").expect("bundled");
        let now: Timestamp = "2026-03-31T20:00:00Z".parse().expect("a time");
        let now_ms = now.as_millisecond();
        let rides = [ride("a", now_ms - 2 * HOUR_MS, now_ms), ride("a", now_ms - 10 * 60_000, now_ms)];
        let history = history(&rides, now_ms, &zone);
        assert_eq!(history.spent_today, Money::tenge(100), "23:00 was yesterday");
        assert_eq!(history.spent_this_month, Money::tenge(100), "and last month");
        assert_eq!(history.last_ride, Some(("5", 10)));
    }
}
