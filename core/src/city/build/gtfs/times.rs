//! Times of day, dates, and the times of stops that a feed leaves out.

use crate::geo::Point;
use jiff::civil::Date;

/// Stands for a time that the feed leaves out.
pub(super) const UNTIMED: u32 = u32::MAX;

/// Seconds of a time like `5:04:00` or `25:10:30`; none if it is not one.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let mut part = |most: u32| -> Option<u32> {
        let part = parts.next()?.trim();
        let number = (part.len() <= 3).then(|| part.parse().ok()).flatten()?;
        (number <= most).then_some(number)
    };
    let (hours, minutes) = (part(240)?, part(59)?);
    let seconds = if text.matches(':').count() > 1 { part(59)? } else { 0 };
    parts.next().is_none().then_some(hours * 3_600 + minutes * 60 + seconds)
}

/// Days since 1970-01-01 of a date like `20240301`, from 1990 to 2100.
pub(super) fn day(text: &str) -> Option<i32> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) =
        (text.get(..4)?.parse().ok()?, text.get(4..6)?.parse().ok()?, text.get(6..)?.parse().ok()?);
    let date = Date::new(year, month, day).ok().filter(|_| (1990..=2100).contains(&year))?;
    Some((date - Date::constant(1970, 1, 1)).get_days())
}

/// A halt as the feed has it, times perhaps missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Halt {
    pub(super) arrival_s: u32,
    pub(super) departure_s: u32,
    /// `shape_dist_traveled`; NaN if the feed does not say.
    pub(super) travelled: f32,
    pub(super) point: Point,
}

/// Gives every halt its times: between two timed ones by the way travelled. Answers how many halts at the
/// end have no time after them and stay untimed, or none if the first halt has no time.
pub(super) fn interpolate(halts: &mut [Halt]) -> Option<usize> {
    for halt in halts.iter_mut() {
        if halt.arrival_s == UNTIMED {
            halt.arrival_s = halt.departure_s;
        } else if halt.departure_s == UNTIMED {
            halt.departure_s = halt.arrival_s;
        }
    }
    if halts.first()?.arrival_s == UNTIMED {
        return None;
    }
    let mut timed = 0;
    for at in 1..halts.len() {
        if halts[at].arrival_s != UNTIMED {
            between(&mut halts[timed..=at]);
            timed = at;
        }
    }
    Some(halts.len() - 1 - timed)
}

/// Times for all between the first and the last, which have theirs.
fn between(halts: &mut [Halt]) {
    let Some(last) = halts.len().checked_sub(1) else { return };
    let (start_s, end_s) = (halts[0].departure_s, halts[last].arrival_s);
    let whole_s = f64::from(end_s.saturating_sub(start_s));
    let by_shape = halts.windows(2).all(|pair| pair[0].travelled <= pair[1].travelled)
        && halts[0].travelled < halts[last].travelled;
    let way = |pair: &[Halt]| match by_shape {
        true => f64::from(pair[1].travelled - pair[0].travelled),
        false => pair[0].point.metres_to(pair[1].point),
    };
    let whole: f64 = halts.windows(2).map(way).sum();
    let mut done = 0.0;
    for at in 1..last {
        done += way(&halts[at - 1..=at]);
        let share = if whole > 0.0 { done / whole } else { at as f64 / last as f64 };
        let at_s = start_s + (whole_s * share).round() as u32;
        (halts[at].arrival_s, halts[at].departure_s) = (at_s, at_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halt(time_s: u32, travelled: f32, lat: f64) -> Halt {
        Halt { arrival_s: time_s, departure_s: time_s, travelled, point: Point { lat, lon: 51.9 } }
    }

    #[test]
    fn times_go_past_midnight_and_nonsense_is_none() {
        assert_eq!(seconds("5:04:00"), Some(18_240));
        assert_eq!(seconds("25:10:30"), Some(90_630));
        assert_eq!(seconds("07:30"), Some(27_000));
        for nonsense in ["", "7", "7:60:00", "-1:00:00", "7:00:00:00", "999999999999:00:00", "7:0x:00"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn dates_are_days_since_1970() {
        assert_eq!(day("19900102"), Some(7_306));
        assert_eq!(day("20240229"), Some(19_782));
        for nonsense in ["20230229", "2024-03-01", "99991231", "", "２０２４"] {
            assert_eq!(day(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn untimed_stops_lie_between_by_shape_distance_or_else_by_stops() {
        let mut halts =
            [halt(1_000, 0.0, 47.0), halt(UNTIMED, 1.0, 47.05), halt(UNTIMED, 9.0, 47.06), halt(2_000, 10.0, 47.1)];
        assert_eq!(interpolate(&mut halts), Some(0));
        assert_eq!(halts.map(|h| h.arrival_s), [1_000, 1_100, 1_900, 2_000]);
        let mut halts = [halt(1_000, f32::NAN, 47.0), halt(UNTIMED, 0.5, 47.025), halt(2_000, 1.0, 47.1)];
        assert_eq!(interpolate(&mut halts), Some(0));
        assert_eq!(halts[1].arrival_s, 1_250);
    }

    #[test]
    fn stops_after_the_last_time_stay_untimed() {
        let mut halts = [halt(1_000, 0.0, 47.0), halt(2_000, 1.0, 47.1), halt(UNTIMED, 2.0, 47.2)];
        assert_eq!(interpolate(&mut halts), Some(1));
        assert_eq!(interpolate(&mut [halt(UNTIMED, 0.0, 47.0), halt(5, 1.0, 47.0)]), None);
        assert_eq!(interpolate(&mut []), None);
    }
}
