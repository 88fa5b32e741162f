//! The way of a pattern over the ground, and where its stops lie along it.

use jol_core::city::timetable::{PatternRecord, Timetable};
use jol_core::geo::Point;

/// A stop farther from the drawn way than this, in metres, makes the drawing useless.
const TOO_FAR: f64 = 250.0;
/// Two stops that are drawn in the wrong order, but no farther apart than this, are one place.
const BACK: f64 = 20.0;
/// A way with more bends is not followed: the search for its stops would take too long.
const MOST_BENDS: usize = 20_000;

/// A way, with distances from its first stop.
#[derive(Clone, Debug)]
pub(in crate::world) struct Track {
    points: Vec<Point>,
    /// Metres from the first point to each.
    far: Vec<f64>,
    /// Metres from the first point to each stop, never falling.
    stops: Vec<f64>,
}

impl Track {
    /// The way that the feed draws; straight from stop to stop if it draws none that fits.
    pub(in crate::world) fn of(timetable: &Timetable<'_>, pattern: &PatternRecord) -> Track {
        let at = |stop| timetable.stop(stop).map_or(Point::default(), |stop| stop.point());
        let stops: Vec<Point> = timetable.stops_of(pattern).iter().map(|halt| at(halt.stop)).collect();
        let degrees = |e7: i32| f64::from(e7) * 1e-7;
        let shape = timetable.shape_of(pattern).iter();
        let mut shape: Vec<Point> =
            shape.map(|bend| Point { lat: degrees(bend.lat_e7), lon: degrees(bend.lon_e7) }).collect();
        shape.dedup();
        along_shape(&shape, &stops).unwrap_or_else(|| straight(stops))
    }

    /// The bends of the way, each with its distance from the first.
    pub(in crate::world) fn bends(&self) -> impl Iterator<Item = (Point, f64)> {
        self.points.iter().copied().zip(self.far.iter().copied())
    }

    /// How many stops lie along it.
    pub(in crate::world) fn stop_count(&self) -> usize {
        self.stops.len()
    }

    /// Where one is after so many metres.
    pub(in crate::world) fn point(&self, metres: f64) -> Point {
        self.stretch(metres).map_or(Point::default(), |(a, b, share)| a.towards(b, share))
    }

    /// Metres from the first point of the way to a stop, by its position.
    pub(in crate::world) fn stop(&self, position: usize) -> f64 {
        self.stops.get(position).or(self.stops.last()).copied().unwrap_or(0.0)
    }

    /// Where one is after so many metres, and where one heads, in degrees.
    pub(in crate::world) fn at(&self, metres: f64) -> (Point, f64) {
        self.stretch(metres)
            .map_or((Point::default(), 0.0), |(a, b, share)| (a.towards(b, share), a.bearing_to(b)))
    }

    /// The two bends between which one is after so many metres, and how much of the way between them is done.
    fn stretch(&self, metres: f64) -> Option<(Point, Point, f64)> {
        let after = self.far.partition_point(|far| *far <= metres).clamp(1, self.far.len().max(2) - 1);
        let (Some(&a), Some(&b)) = (self.points.get(after - 1), self.points.get(after)) else {
            return self.points.first().map(|only| (*only, *only, 0.0));
        };
        let length = self.far[after] - self.far[after - 1];
        let share =
            if length > 0.0 { ((metres - self.far[after - 1]) / length).clamp(0.0, 1.0) } else { 0.0 };
        Some((a, b, share))
    }
}

fn far_along(points: &[Point]) -> Vec<f64> {
    let mut far = vec![0.0];
    for pair in points.windows(2) {
        far.push(far[far.len() - 1] + pair[0].metres_to(pair[1]));
    }
    far
}

fn straight(stops: Vec<Point>) -> Track {
    let far = far_along(&stops);
    Track { points: stops, stops: far.clone(), far }
}

/// Puts each stop where the way passes it, in the order of the stops, so that the sum of squared
/// distances is least: a loop passes a stop twice, and the order says when it is meant.
fn along_shape(shape: &[Point], stops: &[Point]) -> Option<Track> {
    if shape.len() < 2 || shape.len() > MOST_BENDS || stops.len() < 2 {
        return None;
    }
    let far = far_along(shape);
    let bends = shape.len() - 1;
    // Where on each stretch a stop would be (metres along), and how far off (squared).
    let far = &far;
    let passes = |stop: Point| {
        (0..bends).map(move |nth| {
            let ((px, py), (bx, by)) = (stop.flat(shape[nth]), shape[nth + 1].flat(shape[nth]));
            let length = (bx * bx + by * by).max(1e-9);
            let share = ((px * bx + py * by) / length).clamp(0.0, 1.0);
            let off = (px - bx * share).powi(2) + (py - by * share).powi(2);
            (off, far[nth] + (far[nth + 1] - far[nth]) * share)
        })
    };
    // best[nth]: least sum with this stop on stretch nth; from[stop][nth]: the stretch of the stop before,
    // which lies on an earlier stretch, or on the same one and not behind.
    let mut best: Vec<(f64, f64)> = passes(stops[0]).collect();
    let mut from: Vec<Vec<u32>> = Vec::with_capacity(stops.len());
    for stop in &stops[1..] {
        let (mut least, mut least_at) = (f64::INFINITY, 0);
        let mut back = Vec::with_capacity(bends);
        for (nth, (off, along)) in passes(*stop).enumerate() {
            let (here, here_along) = best[nth];
            let stays = here < least && here_along <= along + BACK;
            back.push(if stays { nth as u32 } else { least_at });
            best[nth] = (off + if stays { here } else { least }, along);
            if here < least {
                (least, least_at) = (here, nth as u32);
            }
        }
        from.push(back);
    }
    let mut stretch = (0..bends).min_by(|a, b| best[*a].0.total_cmp(&best[*b].0))?;
    let mut stretches = vec![stretch];
    for back in from.iter().rev() {
        stretch = back[stretch] as usize;
        stretches.push(stretch);
    }
    stretches.reverse();
    let mut at = Vec::with_capacity(stops.len());
    let mut before = 0.0_f64;
    for (stop, stretch) in stops.iter().zip(stretches) {
        let (off, along) = passes(*stop).nth(stretch)?;
        if off > TOO_FAR * TOO_FAR || along < before - BACK {
            return None;
        }
        before = before.max(along);
        at.push(before);
    }
    Some(Track { points: shape.to_vec(), far: far.clone(), stops: at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(east: f64, north: f64) -> Point {
        Point { lat: 47.0 + north / 111_195.08, lon: 52.0 + east / (111_195.08 * 47_f64.to_radians().cos()) }
    }

    #[test]
    fn a_loop_passes_its_first_stop_again_at_the_end() {
        let square = [(0.0, 0.0), (400.0, 0.0), (400.0, 400.0), (0.0, 400.0), (0.0, 0.0)];
        let square = square.map(|(east, north)| point(east, north));
        let stops = [point(0.0, 5.0), point(395.0, 200.0), point(200.0, 410.0), point(5.0, 0.0)];
        let track = along_shape(&square, &stops).expect("it fits");
        let expected = [0.0, 600.0, 1_000.0, 1_600.0];
        for (position, expected) in expected.into_iter().enumerate() {
            assert!((track.stop(position) - expected).abs() < 6.0, "{:?}", track.stops);
        }
        let (place, bearing) = track.at(600.0);
        assert!(place.metres_to(point(400.0, 200.0)) < 3.0 && bearing.abs() < 1.0, "{place:?} {bearing}");
    }

    #[test]
    fn there_and_back_along_one_street_is_told_apart_by_the_order() {
        let way = [point(0.0, 0.0), point(1_000.0, 0.0), point(0.0, 0.0)];
        let stops = [point(300.0, 5.0), point(800.0, 5.0), point(600.0, -5.0), point(300.0, -5.0)];
        let track = along_shape(&way, &stops).expect("it fits");
        let at: Vec<f64> = track.stops.iter().map(|at| at.round()).collect();
        assert_eq!(at, [300.0, 800.0, 1_400.0, 1_700.0]);
    }

    #[test]
    fn a_drawing_that_does_not_fit_is_not_followed() {
        let stops = [point(0.0, 0.0), point(500.0, 0.0)];
        assert!(along_shape(&[point(0.0, 900.0), point(500.0, 900.0)], &stops).is_none());
        assert!(along_shape(&[point(0.0, 0.0)], &stops).is_none());
        let track = straight(stops.to_vec());
        assert!(track.at(250.0).0.metres_to(point(250.0, 0.0)) < 1.0);
        assert!(track.at(9_999.0).0.metres_to(stops[1]) < 1.0, "the way ends at its end");
        assert!(track.at(-5.0).0.metres_to(stops[0]) < 1.0);
    }
}
