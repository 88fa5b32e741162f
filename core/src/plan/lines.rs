//! The lines of a city as a passenger leafs through them.

use super::colours::colours;
use super::journey::StopAt;
use super::stops::{line_name, stop_at};
use crate::city::timetable::{LineIdx, LineRecord, PatternRecord, StopIdx, Timetable};
use crate::order;
use std::collections::{BTreeMap, BTreeSet};

/// A line of the city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Its number, or its long name if it has no number.
    pub number: String,
    /// From where to where, in words; may be empty.
    pub name: String,
    /// The colour that the operator gives to it, 0xRRGGBB.
    pub colour: Option<u32>,
    /// Black or white, 0xRRGGBB: what can be read on that colour.
    pub text_colour: Option<u32>,
    /// GTFS `route_type`, basic or extended: 3 is a bus.
    pub mode: u16,
}

/// One of the ways that a line goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    /// Where the sign on the bus says it goes.
    pub headsign: String,
    /// Its stops, in order, as most of its trips make them.
    pub stops: Vec<StopAt>,
}

/// All lines on which something runs, in the order in which people count them: 2, 10, 10A, A.
pub fn lines(timetable: &Timetable<'_>) -> Vec<Line> {
    let running = timetable.patterns.iter().filter(|pattern| pattern.trip_count > 0);
    let running: BTreeSet<LineIdx> = running.map(|pattern| pattern.line).collect();
    let mut lines: Vec<Line> =
        running.into_iter().filter_map(|line| Some(told(timetable, timetable.line(line)?))).collect();
    lines.sort_by_cached_key(|line| (as_counted(&line.number), line.id.clone()));
    lines
}

/// The numbers of the lines that halt at a stop or at the platforms of a station, in that order.
pub fn lines_at(timetable: &Timetable<'_>, stop: StopIdx) -> Vec<String> {
    let halts = timetable.halts_of(stop);
    let patterns = halts.iter().flat_map(|halt| timetable.patterns_at(*halt));
    let lines: BTreeSet<LineIdx> =
        patterns.filter_map(|at| Some(timetable.pattern(at.pattern)?.line)).collect();
    let numbers = lines.into_iter().filter_map(|line| Some(line_name(timetable, timetable.line(line)?)));
    let counted: BTreeSet<((u32, String), String)> =
        numbers.map(|number| (as_counted(&number), number)).collect();
    counted.into_iter().map(|(_, number)| number).collect()
}

/// The ways that a line goes, that with most trips first; none if there is no such line. Trips of one direction
/// that leave out stops, or end before, count as those that make most of them.
pub fn directions(timetable: &Timetable<'_>, line_id: &str) -> Option<Vec<Direction>> {
    let is_it = |line: &LineRecord| timetable.text(line.id) == line_id;
    let line = LineIdx(u32::try_from(timetable.lines.iter().position(is_it)?).ok()?);
    // By direction; where the feed names none, by the ends.
    type Ends = (u8, StopIdx, StopIdx);
    let mut ways: BTreeMap<Ends, (u32, &PatternRecord)> = BTreeMap::new();
    for pattern in timetable.patterns.iter().filter(|pattern| pattern.line == line) {
        let stops = timetable.stops_of(pattern);
        let (Some(first), Some(last), Some(trip)) =
            (stops.first(), stops.last(), timetable.trips_of(pattern).first())
        else {
            continue;
        };
        let way = match trip.direction {
            named @ (0 | 1) => (named, StopIdx::NONE, StopIdx::NONE),
            unnamed => (unnamed, first.stop, last.stop),
        };
        let (trips, longest) = ways.entry(way).or_insert((0, pattern));
        *trips = trips.saturating_add(pattern.trip_count);
        if (pattern.stop_count, pattern.trip_count) > (longest.stop_count, longest.trip_count) {
            *longest = pattern;
        }
    }
    let mut ways: Vec<(u32, &PatternRecord)> = ways.into_values().collect();
    order::sort_by_key(&mut ways, |(trips, _)| std::cmp::Reverse(*trips));
    let direction = |(_, pattern): (u32, &PatternRecord)| {
        let trip = timetable.trips_of(pattern).first()?;
        let stops = timetable.stops_of(pattern).iter().map(|halt| stop_at(timetable, halt.stop));
        Some(Direction { headsign: timetable.name(trip.headsign).to_owned(), stops: stops.collect() })
    };
    Some(ways.into_iter().filter_map(direction).collect())
}

fn told(timetable: &Timetable<'_>, line: &LineRecord) -> Line {
    let (colour, text_colour) = colours(line);
    Line {
        id: timetable.text(line.id).to_owned(),
        number: line_name(timetable, line),
        name: timetable.name(line.long_name).to_owned(),
        colour,
        text_colour,
        mode: line.mode,
    }
}

/// A number by its value, then by what follows it.
fn as_counted(number: &str) -> (u32, String) {
    let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (value, rest) = number.split_at(digits);
    (value.parse().unwrap_or(u32::MAX), rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::build::sketch::Sketch;
    use crate::plan::find_stop;

    fn city() -> crate::city::timetable::Arrays {
        Sketch::in_zone("Asia/Almaty")
            .trip("a", |t| t.line("10").stop("x", "10:00").stop("m", "10:05").stop("y", "10:10"))
            .trip("b", |t| t.line("10").stop("x", "11:00").stop("y", "11:10"))
            .trip("c", |t| t.line("10").headsign("Home").stop("y", "12:00").stop("x", "12:10"))
            .trip("d", |t| t.line("2").stop("m", "10:00").stop("y", "10:10"))
            .trip("e", |t| t.line("10A").stop("m", "10:00").stop("y", "10:10"))
            .trip("f", |t| t.line("A").stop("p", "10:00").stop("y", "10:10"))
            .station("s", &["m", "p"])
            .finish()
    }

    #[test]
    fn lines_are_in_the_order_in_which_people_count() {
        let mut city = city();
        city.lines[0].colour = 0xFF_FF00;
        let lines = lines(&city.timetable());
        let numbers: Vec<&str> = lines.iter().map(|line| line.number.as_str()).collect();
        assert_eq!(numbers, ["2", "10", "10A", "A"]);
        assert_eq!((lines[1].colour, lines[1].text_colour, lines[1].mode), (Some(0xFF_FF00), Some(0), 3));
        let at = |stop: &str| {
            let timetable = city.timetable();
            lines_at(&timetable, find_stop(&timetable, stop).expect("a stop"))
        };
        assert_eq!((at("m"), at("x")), (vec!["2".into(), "10".into(), "10A".into()], vec!["10".into()]));
        assert_eq!(at("s"), ["2", "10", "10A", "A"], "those of all platforms");
    }

    #[test]
    fn a_line_goes_there_and_back_with_all_its_stops() {
        let city = city();
        let ways = directions(&city.timetable(), "10").expect("a line");
        let told = |way: &Direction| {
            let stops: Vec<&str> = way.stops.iter().map(|stop| stop.id.as_str()).collect();
            (way.headsign.clone(), stops.join(" "))
        };
        let ways: Vec<_> = ways.iter().map(told).collect();
        assert_eq!(ways, [("y".to_owned(), "x m y".to_owned()), ("Home".to_owned(), "y x".to_owned())]);
        assert_eq!(directions(&city.timetable(), "7"), None);
    }
}
