//! Where a journey leads on the map: large, so that a plan does not hold it; it is asked for when it is shown.

use super::days::{Zones, after, day_start_s};
use super::journey::{Journey, Leg, RideLeg, WalkLeg};
use super::walk::{Reach, Walker};
use crate::city::streets::Streets;
use crate::city::timetable::{PatternRecord, ShapePoint, StopIdx, StopRecord, Timetable, TripIdx};
use crate::geo::Point;

/// More would not be drawn: a line across a country has a tenth of it.
const MOST_CELLS: usize = 4_000_000;

/// How much longer than it was told a walk's streets may be: a stop is not where its pole is.
const SPARE_METRES: u32 = 100;

/// The way of each leg of a journey, from its first point to its last, at least those two: a ride along the
/// way that the feed draws, a walk along the streets, both straight where nothing is known.
pub fn journey_shape(
    timetable: &Timetable<'_>,
    streets: &Streets<'_>,
    zones: &Zones,
    journey: &Journey,
) -> Vec<Vec<Point>> {
    let way = |leg: &Leg| match leg {
        Leg::Walk(walk) => walk_shape(timetable, streets, walk).unwrap_or_else(|| vec![walk.from, walk.to]),
        Leg::Ride(ride) => {
            let ends = || vec![ride.from_stop.point, ride.to_stop.point];
            ride_shape(timetable, zones, ride).unwrap_or_else(ends)
        }
    };
    journey.legs.iter().map(way).collect()
}

fn walk_shape(timetable: &Timetable<'_>, streets: &Streets<'_>, walk: &WalkLeg) -> Option<Vec<Point>> {
    if walk.estimated || walk.steps.is_empty() {
        return None;
    }
    let most_metres = walk.metres.saturating_add(SPARE_METRES);
    let walker = Walker { speed: 1.0, slowness: 1.0, most_metres, step_free: false };
    let corners = Reach::of_point(timetable, streets, walk.from, walker).corners_to_point(walk.to)?;
    Some([walk.from].into_iter().chain(corners).chain([walk.to]).collect())
}

fn ride_shape(timetable: &Timetable<'_>, zones: &Zones, ride: &RideLeg) -> Option<Vec<Point>> {
    let named =
        (0..).map(TripIdx).zip(timetable.trips).filter(|(_, trip)| timetable.text(trip.id) == ride.trip_id);
    let (pattern, board, alight) =
        named.map(|(trip, _)| trip).find_map(|trip| ridden(timetable, zones, trip, ride))?;
    let stops = timetable.stops_of(pattern);
    let halts: Vec<Point> = stops.iter().map(|stop| point_of(timetable, stop.stop)).collect();
    let drawn: Vec<Point> = timetable.shape_of(pattern).iter().map(bend).collect();
    if let Some(places) = places_along(&drawn, &halts)
        && let (Some(&from), Some(&to)) = (places.get(board), places.get(alight))
    {
        let bends = drawn.get(from.segment + 1..=to.segment).unwrap_or_default().iter().copied();
        let mut way: Vec<Point> =
            from.point(&drawn).into_iter().chain(bends).chain(to.point(&drawn)).collect();
        way.dedup_by(|next, point| next.metres_to(*point) < 0.5);
        if way.len() > 1 {
            return Some(way);
        }
    }
    Some(halts.get(board..=alight)?.to_vec())
}

/// The way that a pattern's trips drive, as bends with the metres from the first, and the metres at which each stop
/// lies; straight from stop to stop where nothing is drawn.
pub(crate) fn pattern_way(
    timetable: &Timetable<'_>,
    pattern: &PatternRecord,
) -> (Vec<(Point, f64)>, Vec<f64>) {
    let halts: Vec<Point> =
        timetable.stops_of(pattern).iter().map(|stop| point_of(timetable, stop.stop)).collect();
    let drawn: Vec<Point> = timetable.shape_of(pattern).iter().map(bend).collect();
    let places = places_along(&drawn, &halts);
    let points = if places.is_some() { drawn } else { halts };
    let far = measured(points);
    let stops = match places {
        None => far.iter().map(|(_, metres)| *metres).collect(),
        Some(places) => {
            let at = |place: &Place| {
                let (from, to) = (far.get(place.segment)?.1, far.get(place.segment + 1)?.1);
                Some(from + (to - from) * place.share)
            };
            places.iter().map(|place| at(place).unwrap_or(0.0)).collect()
        }
    };
    (far, stops)
}

/// The points of a way, each with its metres from the first.
pub(crate) fn measured(points: impl IntoIterator<Item = Point>) -> Vec<(Point, f64)> {
    let mut metres = 0.0;
    let mut before: Option<Point> = None;
    let far = points.into_iter().map(|point| {
        metres += before.replace(point).map_or(0.0, |before| before.metres_to(point));
        (point, metres)
    });
    far.collect()
}

/// Where a point would be on each stretch of a measured way: metres along the way, and beside it.
pub(crate) fn places_on(way: &[(Point, f64)], point: Point) -> impl Iterator<Item = (f64, f64)> {
    way.windows(2).filter_map(move |pair| {
        let &[(a, from), (b, to)] = pair else { return None };
        let (share, beside_m) = nearest(point, a, b);
        Some((from + (to - from) * share, beside_m))
    })
}

/// The pattern of a trip, and where in it this ride begins and ends; none if it is not of this trip. A loop
/// comes by a stop twice: the times decide.
fn ridden<'a>(
    timetable: &Timetable<'a>,
    zones: &Zones,
    trip: TripIdx,
    ride: &RideLeg,
) -> Option<(&'a PatternRecord, usize, usize)> {
    let (pattern, times) = timetable.trip_times(trip)?;
    let start_s = day_start_s(&zones.of_line(pattern.line), ride.service_day)?;
    let ms = |seconds: u32| (start_s + i64::from(after(0, seconds))) * 1_000;
    let is_at =
        |stop: StopIdx, id: &str| timetable.stop(stop).is_some_and(|stop| timetable.text(stop.id) == id);
    let leaves_ms = ride.leaves_by_timetable_ms();
    let there_ms = ride.timetable_arrival_ms.unwrap_or(ride.arrival_ms);
    let calls: Vec<_> = timetable.stops_of(pattern).iter().zip(times.iter()).collect();
    let board = calls
        .iter()
        .position(|(halt, time)| is_at(halt.stop, &ride.from_stop.id) && ms(time.departure_s) == leaves_ms)?;
    let alight = calls
        .get(board + 1..)?
        .iter()
        .position(|(halt, time)| is_at(halt.stop, &ride.to_stop.id) && ms(time.arrival_s) == there_ms)?;
    Some((pattern, board, board + 1 + alight))
}

fn point_of(timetable: &Timetable<'_>, stop: StopIdx) -> Point {
    timetable.stop(stop).map(StopRecord::point).unwrap_or_default()
}

fn bend(bend: &ShapePoint) -> Point {
    Point { lat: f64::from(bend.lat_e7) * 1e-7, lon: f64::from(bend.lon_e7) * 1e-7 }
}

/// A place on a drawn way.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Between which two bends: this one and the next.
    segment: usize,
    /// How far from the first to the second, 0 to 1.
    share: f64,
}

impl Place {
    fn point(self, drawn: &[Point]) -> Option<Point> {
        Some(drawn.get(self.segment)?.towards(*drawn.get(self.segment + 1)?, self.share))
    }
}

/// Where along a drawn way each of these stops lies: in order, and together as near to it as can be, so that a
/// way that comes by twice is not taken the wrong time. None if nothing is drawn.
fn places_along(drawn: &[Point], stops: &[Point]) -> Option<Vec<Place>> {
    let segments = drawn.len().checked_sub(1).filter(|segments| *segments > 0)?;
    if stops.len().checked_mul(segments)? > MOST_CELLS {
        return None;
    }
    // For the stop before, the least sum of squared distances with it on each segment, and where it is there.
    let mut before = vec![(0.0, 0.0); segments];
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(stops.len());
    for &stop in stops {
        let mut least = (f64::INFINITY, 0);
        let mut from = Vec::with_capacity(segments);
        for (segment, (pair, cell)) in drawn.windows(2).zip(&mut before).enumerate() {
            let &[bend, next] = pair else { continue };
            let (share, off) = nearest(stop, bend, next);
            let (sum, last_share) = *cell;
            let here = if last_share <= share { sum } else { f64::INFINITY };
            let (best, at) = if here <= least.0 { (here, segment) } else { least };
            if sum < least.0 {
                least = (sum, segment);
            }
            *cell = (best + off * off, share);
            from.push(at);
        }
        came_from.push(from);
    }
    let ends = before.iter().enumerate().min_by(|a, b| a.1.0.total_cmp(&b.1.0))?;
    let mut segment = ends.1.0.is_finite().then_some(ends.0)?;
    let mut places = Vec::with_capacity(stops.len());
    for (stop, from) in stops.iter().zip(&came_from).rev() {
        let share = nearest(*stop, *drawn.get(segment)?, *drawn.get(segment + 1)?).0;
        places.push(Place { segment, share });
        segment = *from.get(segment)?;
    }
    places.reverse();
    Some(places)
}

/// How far along the stretch from one point to another a stop lies (0 to 1), and how far off it is, in metres.
fn nearest(stop: Point, from: Point, to: Point) -> (f64, f64) {
    let ((x, y), (east, north)) = (stop.flat(from), to.flat(from));
    let long = east * east + north * north;
    let share = if long > 0.0 { ((x * east + y * north) / long).clamp(0.0, 1.0) } else { 0.0 };
    (share, (x - east * share).hypot(y - north * share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::build::sketch::Sketch;
    use crate::city::timetable::Arrays;
    use crate::plan::{Endpoint, PlanQuery, When, plan};

    const LAT: f64 = 47.0;

    /// x, m and y lie 0.01° from one another, eastwards; the bus goes round by the north, then back west to z,
    /// which lies beside m.
    fn city() -> Arrays {
        let mut city = Sketch::in_zone("Asia/Almaty")
            .place("x", LAT, 51.00)
            .place("m", LAT, 51.01)
            .place("y", LAT, 51.02)
            .trip("A", |t| t.stop("x", "10:00").stop("m", "10:05").stop("y", "10:10").stop("m", "10:15"))
            .finish();
        let bends = [(0, 0), (0, 5), (1, 5), (1, 10), (0, 10), (0, 20), (-1, 20), (-1, 10), (0, 10), (0, 9)];
        city.shape_points = bends
            .map(|(north, east)| ShapePoint {
                lat_e7: 470_000_000 + north * 10_000,
                lon_e7: 510_000_000 + east * 10_000,
            })
            .to_vec();
        city.patterns[0].point_count = bends.len() as u32;
        city
    }

    fn shape(city: &Arrays, from: &str, to: &str) -> Vec<(i64, i64)> {
        let timetable = city.timetable();
        let zones = Zones::of(&timetable).expect("a known zone");
        let stop = |id: &str| Endpoint::Stop { id: id.into() };
        let ms = "2024-05-10T10:00[Asia/Almaty]".parse::<jiff::Zoned>().expect("a moment").timestamp();
        let when = When::DepartAt { ms: ms.as_millisecond() };
        let query = PlanQuery { max_walk_metres: 0, ..PlanQuery::new(stop(from), stop(to), when) };
        let found = plan(&timetable, &Streets::default(), &zones, &query).expect("a plan");
        let shapes = journey_shape(&timetable, &Streets::default(), &zones, &found.journeys[0]);
        assert_eq!(shapes.len(), found.journeys[0].legs.len());
        let thousandths = |degrees: f64, least: f64| ((degrees - least) * 1_000.0).round() as i64;
        shapes[0].iter().map(|point| (thousandths(point.lat, LAT), thousandths(point.lon, 51.0))).collect()
    }

    #[test]
    fn a_ride_is_drawn_as_the_feed_draws_it_from_stop_to_stop() {
        assert_eq!(shape(&city(), "x", "m"), [(0, 0), (0, 5), (1, 5), (1, 10), (0, 10)]);
        assert_eq!(shape(&city(), "m", "y"), [(0, 10), (0, 20)]);
    }

    #[test]
    fn a_way_that_comes_by_twice_is_taken_in_its_order() {
        assert_eq!(shape(&city(), "y", "m"), [(0, 20), (-1, 20), (-1, 10), (0, 10)]);
    }

    #[test]
    fn without_a_drawn_way_it_goes_straight_from_stop_to_stop() {
        let mut city = city();
        city.patterns[0].point_count = 0;
        assert_eq!(shape(&city, "x", "y"), [(0, 0), (0, 10), (0, 20)]);
        (city.patterns[0].first_point, city.patterns[0].point_count) = (u32::MAX, 7);
        assert_eq!(shape(&city, "x", "m"), [(0, 0), (0, 10)], "whatever a pack says");
    }

    #[test]
    fn what_the_timetable_no_longer_knows_is_a_straight_line() {
        let stop = |lon| crate::plan::StopAt { point: Point { lat: LAT, lon }, ..Default::default() };
        let ride = RideLeg { from_stop: stop(51.0), to_stop: stop(52.0), ..RideLeg::default() };
        let walk = WalkLeg { to: Point { lat: LAT, lon: 51.0 }, ..WalkLeg::default() };
        let legs = vec![Leg::Walk(walk), Leg::Ride(ride)];
        let journey = Journey { departure_ms: 0, arrival_ms: 0, rides: 1, walk_metres: 0, legs };
        let city = city();
        let zones = Zones::of(&city.timetable()).expect("a known zone");
        let shapes = journey_shape(&city.timetable(), &Streets::default(), &zones, &journey);
        assert_eq!(shapes.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    }
}
