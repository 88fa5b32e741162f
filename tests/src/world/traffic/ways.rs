//! The streets that buses share: the drawn ways of all patterns, cut where they bend, and the traffic lights.
//!
//! Two patterns that are drawn through the same two bends one after the other drive on one lane between them.
//! Where a feed draws each line on its own, only buses of one pattern share lanes.

use crate::world::dice::Dice;
use crate::world::street::track::Track;
use jol_core::geo::Point;
use std::collections::HashMap;

/// A light's cycle, in seconds, and how much of it one axis has green; the rest is for the other, but for the
/// seconds in which both have red.
const CYCLE_S: (f64, f64) = (60.0, 100.0);
const GREEN: f64 = 0.5;
const ALL_RED_S: f64 = 3.0;
/// A stretch shorter than this, in metres, is no stretch.
const SHORTEST: f64 = 0.05;

/// A stretch between two bends, in one direction.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) length: f64,
    /// The node in which it ends.
    pub(super) end: u32,
    /// The node from which it leads.
    pub(super) begin: u32,
    bearing: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Light {
    cycle_s: f64,
    offset_s: f64,
    /// Bearing of the axis that is green first.
    axis: f64,
}

/// The way of a pattern: stretch by stretch, with the metres at which each begins.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) track: Track,
    pub(super) stretches: Vec<(u32, f64)>,
}

impl Route {
    /// The position, among its stretches, of the one at so many metres.
    pub(super) fn stretch_at(&self, metres: f64) -> usize {
        self.stretches.partition_point(|(_, begin)| *begin <= metres).max(1) - 1
    }
}

/// All ways of a city.
#[derive(Clone, Debug)]
pub struct Ways {
    pub(super) stretches: Vec<Stretch>,
    /// The stretches that end in each node.
    pub(super) into: Vec<Vec<u32>>,
    lights: Vec<Option<Light>>,
    /// By pattern.
    pub(super) routes: Vec<Route>,
}

impl Ways {
    /// The ways of these patterns. `seed` draws the lights' cycles; where they stand is given by the ways.
    pub(in crate::world) fn new(tracks: Vec<Track>, seed: u64) -> Ways {
        let mut ways =
            Ways { stretches: Vec::new(), into: Vec::new(), lights: Vec::new(), routes: Vec::new() };
        let mut nodes: HashMap<(i64, i64), u32> = HashMap::new();
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        for track in tracks {
            let mut stretches = Vec::new();
            let bends: Vec<(Point, f64)> = track.bends().collect();
            for pair in bends.windows(2) {
                let length = pair[1].1 - pair[0].1;
                if length < SHORTEST {
                    continue;
                }
                let mut node = |point: Point| {
                    let next = nodes.len() as u32;
                    *nodes.entry(key(point)).or_insert(next)
                };
                let (begin, end) = (node(pair[0].0), node(pair[1].0));
                let stretch = *known.entry((begin, end)).or_insert_with(|| {
                    let bearing = pair[0].0.bearing_to(pair[1].0);
                    ways.stretches.push(Stretch { length, end, begin, bearing });
                    ways.stretches.len() as u32 - 1
                });
                stretches.push((stretch, pair[0].1));
            }
            ways.routes.push(Route { track, stretches });
        }
        ways.into = vec![Vec::new(); nodes.len()];
        for (nth, stretch) in (0..).zip(&ways.stretches) {
            ways.into[stretch.end as usize].push(nth);
        }
        let mut places: Vec<((i64, i64), u32)> = nodes.into_iter().collect();
        places.sort_unstable();
        ways.lights = vec![None; places.len()];
        for ((lat, lon), node) in places {
            ways.lights[node as usize] =
                ways.light(node, &mut Dice::new(seed, &format!("light {lat} {lon}")));
        }
        ways
    }

    /// A light stands where ways come from two axes.
    fn light(&self, node: u32, dice: &mut Dice) -> Option<Light> {
        let bearing = |stretch: &u32| self.stretches[*stretch as usize].bearing;
        let bearings = || self.into[node as usize].iter().map(bearing);
        let axis = bearings().next()?;
        if bearings().all(|other| is_along(axis, other)) {
            return None;
        }
        let cycle_s = dice.between(CYCLE_S.0, CYCLE_S.1);
        Some(Light { cycle_s, offset_s: dice.between(0.0, cycle_s), axis })
    }

    /// Whether whoever comes to the end of a stretch at this second (of the world, since 1970) must wait.
    pub(super) fn is_red(&self, stretch: u32, second: f64) -> bool {
        let Stretch { end, bearing, .. } = self.stretches[stretch as usize];
        let Some(light) = self.lights[end as usize] else { return false };
        let at = (second + light.offset_s).rem_euclid(light.cycle_s);
        let change = light.cycle_s * GREEN;
        if is_along(light.axis, bearing) {
            at >= change - ALL_RED_S
        } else {
            at < change || at >= light.cycle_s - ALL_RED_S
        }
    }

    /// How many lights there are.
    pub fn lights(&self) -> usize {
        self.lights.iter().flatten().count()
    }
}

/// Bends that are drawn at one place, to 1e-6 degrees.
fn key(point: Point) -> (i64, i64) {
    ((point.lat * 1e6).round() as i64, (point.lon * 1e6).round() as i64)
}

/// Whether two bearings are of one axis, whichever way.
fn is_along(a: f64, b: f64) -> bool {
    (a - b).to_radians().cos().abs() > std::f64::consts::FRAC_1_SQRT_2
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::build::sketch::Sketch;

    fn ways() -> Ways {
        let city = Sketch::in_zone("Asia/Atyrau")
            .place("west", 47.1, 51.90)
            .place("middle", 47.1, 51.91)
            .place("east", 47.1, 51.92)
            .place("north", 47.11, 51.91)
            .place("south", 47.09, 51.91)
            .trip("a", |t| t.line("1").stop("west", "8:00").stop("middle", "8:02").stop("east", "8:04"))
            .trip("b", |t| t.line("2").stop("north", "8:00").stop("middle", "8:02").stop("east", "8:04"))
            .trip("c", |t| t.line("3").stop("north", "8:00").stop("middle", "8:02").stop("south", "8:04"))
            .finish();
        let timetable = city.timetable();
        Ways::new(timetable.patterns.iter().map(|pattern| Track::of(&timetable, pattern)).collect(), 1)
    }

    #[test]
    fn lines_that_are_drawn_through_the_same_bends_share_a_lane() {
        let ways = ways();
        let lanes: Vec<Vec<u32>> =
            ways.routes.iter().map(|route| route.stretches.iter().map(|(lane, _)| *lane).collect()).collect();
        assert_eq!(ways.stretches.len(), 4, "{lanes:?}");
        assert_eq!((lanes[0][1], lanes[1][0]), (lanes[1][1], lanes[2][0]));
        assert_ne!(lanes[0][0], lanes[1][0]);
    }

    #[test]
    fn all_lines_that_come_one_way_see_one_light_and_those_that_cross_see_the_other() {
        let ways = ways();
        assert_eq!(ways.lights(), 1, "where ways cross, and nowhere else");
        let (west, north) = (ways.routes[0].stretches[0].0, ways.routes[1].stretches[0].0);
        let (mut both, mut green) = (0, 0);
        for second in 0..1_000 {
            let (a, b) = (ways.is_red(west, f64::from(second)), ways.is_red(north, f64::from(second)));
            assert!(a || b, "both green at {second}");
            both += u32::from(a && b);
            green += u32::from(!a);
        }
        assert!((380..500).contains(&green) && both < 120, "{green} {both}");
        assert!(!ways.is_red(ways.routes[0].stretches[1].0, 5.0), "no light where nothing crosses");
    }
}
