//! When a bus is really where: the timetable, smoothed, with time to board, and late.

use super::delay::Delay;
use super::track::Track;
use jol_core::city::times::StopTime;

/// How long a bus stands where the timetable gives it no time, in seconds, if its next leg is long enough.
const DWELL_S: f64 = 12.0;
/// No leg is driven faster on the mean, in metres a second; with gathering speed and catching up a bus
/// then stays below 25 m/s.
const FASTEST: f64 = 14.0;
/// Metres a second at the end of a trip whose timetable gives no time to drive.
const HURRY: f64 = 10.0;

/// Arrival and departure at each stop, in seconds of the service day. Time runs forward; no bus leaves
/// before its time.
pub(super) fn real(scheduled: &[StopTime], track: &Track, delay: &Delay) -> Vec<(f64, f64)> {
    let smooth = smoothed(scheduled, track);
    let mut real: Vec<(f64, f64)> = Vec::with_capacity(smooth.len());
    for (nth, &(arrival, departure)) in smooth.iter().enumerate() {
        let arrival = arrival + delay.at(arrival);
        // A bus that had to stand longer makes up for it on the way, as far as there is time.
        let arrival = real.last().map_or(arrival, |(_, left)| arrival.max(*left));
        let next_leg = smooth.get(nth + 1).map_or(0.0, |(next, _)| next - departure);
        let stands = if nth == 0 { 0.0 } else { DWELL_S.min(next_leg / 8.0) };
        let departure = (departure + delay.at(departure)).max(arrival + stands);
        real.push((arrival, departure));
    }
    real
}

/// The timetable without stops at one and the same time, or nearly: feeds that round to minutes give
/// several stops one time, feeds that leave times out have them guessed, and no bus flies. Such a stop is
/// reached on the way to the next that can be reached in time, hence never before its time.
fn smoothed(scheduled: &[StopTime], track: &Track) -> Vec<(f64, f64)> {
    let mut times: Vec<(f64, f64)> =
        scheduled.iter().map(|time| (f64::from(time.arrival_s), f64::from(time.departure_s))).collect();
    let mut fixed = 0;
    while fixed < times.len() {
        let left = times[fixed].1;
        let metres_to = |nth: &usize| track.stop(*nth) - track.stop(fixed);
        let in_time =
            |nth: &usize| times[*nth].0 > left && metres_to(nth) <= (times[*nth].0 - left) * FASTEST;
        let next = (fixed + 1..times.len()).find(in_time);
        let until = next.unwrap_or(times.len());
        if until > fixed + 1 {
            let begin = track.stop(fixed);
            let (metres, seconds) = match next {
                Some(next) => (track.stop(next) - begin, times[next].0 - left),
                None => (HURRY, 1.0),
            };
            for (nth, time) in times.iter_mut().enumerate().take(until).skip(fixed + 1) {
                let at = left + (track.stop(nth) - begin) / metres.max(1.0) * seconds;
                *time = (at, at);
            }
        }
        fixed = until;
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::build::sketch::Sketch;

    /// Stops 600 m apart at these times.
    fn times(at: &[&str]) -> (Vec<StopTime>, Track) {
        let names: Vec<String> = (0..at.len()).map(|nth| nth.to_string()).collect();
        let city = Sketch::in_zone("Asia/Atyrau")
            .trip("t", |trip| names.iter().zip(at).fold(trip, |trip, (name, at)| trip.stop(name, at)));
        let place = |city: Sketch, nth: usize| city.place(&names[nth], 47.1 + nth as f64 * 0.0054, 51.9);
        let city = (0..at.len()).fold(city, place).finish();
        let timetable = city.timetable();
        let pattern = &timetable.patterns[0];
        (timetable.times_of(pattern, 0).iter().collect(), Track::of(&timetable, pattern))
    }

    #[test]
    fn stops_at_one_minute_are_spread_over_it() {
        let (scheduled, track) = times(&["8:00", "8:02", "8:02", "8:02", "8:05", "8:05"]);
        let smooth: Vec<f64> = smoothed(&scheduled, &track).iter().map(|(at, _)| at - 28_800.0).collect();
        let expected = [0.0, 120.0, 180.0, 240.0, 300.0, 360.0];
        for (at, expected) in smooth.iter().zip(expected) {
            assert!((at - expected).abs() < 1.0, "{smooth:?}");
        }
    }

    #[test]
    fn no_bus_flies() {
        // 600 m in 5 s, then plenty of time
        let (scheduled, track) = times(&["8:00", "8:00:05", "8:02", "8:04"]);
        let smooth: Vec<f64> = smoothed(&scheduled, &track).iter().map(|(at, _)| at - 28_800.0).collect();
        for (at, expected) in smooth.iter().zip([0.0, 60.0, 120.0, 240.0]) {
            assert!((at - expected).abs() < 1.0, "{smooth:?}");
        }
        for pool in 0..40 {
            let real = real(&scheduled, &track, &Delay::new(5, pool, 20_000));
            let fastest = real.windows(2).map(|pair| 600.0 / (pair[1].0 - pair[0].1) * 1.25);
            assert!(fastest.fold(0.0, f64::max) < 25.0, "{real:?}");
        }
    }

    #[test]
    fn a_bus_stands_and_never_leaves_early() {
        let (scheduled, track) = times(&["8:00", "8:02", "8:04", "8:04:10", "8:06"]);
        for pool in 0..40 {
            let delay = Delay::new(3, pool, 20_000);
            let real = real(&scheduled, &track, &delay);
            for ((arrival, departure), scheduled) in real.iter().zip(&scheduled) {
                assert!(*departure >= f64::from(scheduled.departure_s), "{real:?}");
                assert!(departure - arrival <= 30.0 && departure >= arrival);
            }
            assert!((real[1].1 - real[1].0 - 12.0).abs() < 3.0, "{real:?}");
            assert!(real.windows(2).all(|pair| pair[1].0 > pair[0].1), "{real:?}");
        }
    }
}
