//! The lines of the sample city: their ways through the streets and where they stop.

use super::houses::{Landmark, settlement};
use super::names::Name;
use super::plans::{PLANS, Via};
use super::town::{Class, Spot, Town, beside, metres};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// From a corner to the pole beside it, along the street and away from its middle.
const FROM_CORNER: f64 = 28.0;
const FROM_MIDDLE: f64 = 6.0;
/// A stop at least so often, and never nearer to the one before.
const STOP_EVERY: f64 = 430.0;
const STOP_SPACE: f64 = 260.0;

/// A pole at which buses stop.
#[derive(Clone, Debug)]
pub(super) struct Pole {
    pub(super) name: Name,
    pub(super) at: Spot,
}

/// One way of a line, from terminus to terminus.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// The stops in order, by their pole.
    pub(super) poles: Vec<usize>,
    /// How far along the way each lies, in metres.
    pub(super) at_metres: Vec<f64>,
    /// The way, from the first stop to the last.
    pub(super) shape: Vec<Spot>,
}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) number: &'static str,
    pub(super) name: Name,
    /// There and back; around, and around the other way.
    pub(super) courses: [Course; 2],
    pub(super) ring: bool,
    /// How much it is in demand: more buses for the same way.
    pub(super) demand: f64,
    /// RRGGBB.
    pub(super) colour: &'static str,
}

/// All lines and the poles that they share.
pub(super) fn lines(town: &Town, landmarks: &[Landmark]) -> (Vec<Line>, Vec<Pole>) {
    let mut poles = Poles::new(town, landmarks);
    let mut lines = Vec::new();
    for (number, colour, demand, via) in &PLANS {
        let corners: Vec<usize> = via.iter().map(|via| corner(town, landmarks, via)).collect();
        let ring = corners.first() == corners.last();
        let path = through(town, &corners);
        let halts = poles.halts(&path);
        let there = poles.course(&path, &halts, ring);
        let path: Vec<usize> = path.into_iter().rev().collect();
        let halts: Vec<usize> = halts.iter().rev().map(|nth| path.len() - 1 - nth).collect();
        let courses = [there, poles.course(&path, &halts, ring)];
        let end = |nth: usize| poles.all[courses[0].poles[nth]].name.clone();
        let last = courses[0].poles.len() - 1;
        let name = if ring { end(0).and(&end(last / 2)) } else { end(0).and(&end(last)) };
        lines.push(Line { number, name, courses, ring, demand: *demand, colour });
    }
    (lines, poles.all)
}

fn corner(town: &Town, landmarks: &[Landmark], via: &Via) -> usize {
    match via {
        Via::Landmark(name) => {
            let landmark = landmarks.iter().find(|landmark| landmark.name.kk == *name);
            landmark.expect("plans name landmarks that there are").corner
        }
        Via::Settlement(nth) => town.corner_near(settlement(town, *nth).1, Class::Collector),
    }
}

/// The way through these corners that buses prefer, without turning on the spot.
fn through(town: &Town, corners: &[usize]) -> Vec<usize> {
    let mut path = vec![corners[0]];
    for pair in corners.windows(2) {
        path.extend(quickest(town, pair[0], pair[1]).into_iter().skip(1));
    }
    while let Some(turn) = (1..path.len() - 1).find(|nth| path[nth - 1] == path[nth + 1]) {
        path.drain(turn..turn + 2);
    }
    path
}

/// Dijkstra's way from one corner to another, wide streets first.
fn quickest(town: &Town, from: usize, to: usize) -> Vec<usize> {
    let cost = |stretch: usize| {
        let weight = match town.street_of(stretch).class {
            Class::Avenue => 1.0,
            Class::Collector => 1.1,
            Class::Residential => 2.6,
        };
        (town.length(stretch) * weight * 10.0) as u64
    };
    let mut best: HashMap<usize, (u64, usize)> = HashMap::from([(from, (0, from))]);
    let mut next = BinaryHeap::from([Reverse((0, from))]);
    while let Some(Reverse((so_far, corner))) = next.pop() {
        if corner == to {
            break;
        }
        for &(stretch, other) in &town.at_corner[corner] {
            let there = so_far + cost(stretch);
            if best.get(&other).is_none_or(|(known, _)| there < *known) {
                best.insert(other, (there, corner));
                next.push(Reverse((there, other)));
            }
        }
    }
    let mut path = vec![to];
    while let Some(&last) = path.last()
        && last != from
    {
        path.push(best[&last].1);
    }
    path.reverse();
    path
}

/// The poles so far.
struct Poles<'a> {
    town: &'a Town,
    landmarks: &'a [Landmark],
    all: Vec<Pole>,
    /// From this corner towards that one, behind the first or before the second.
    known: HashMap<(usize, usize, bool), usize>,
    names: HashMap<usize, Name>,
    taken: HashSet<Name>,
}

impl<'a> Poles<'a> {
    fn new(town: &'a Town, landmarks: &'a [Landmark]) -> Poles<'a> {
        let settled = |nth| (corner(town, landmarks, &Via::Settlement(nth)), settlement(town, nth).0);
        let names = HashMap::from([settled(0), settled(1)]);
        Poles { town, landmarks, all: Vec::new(), known: HashMap::new(), names, taken: HashSet::new() }
    }

    /// At which corners of a path (by position) a bus halts: where others do, and often enough.
    fn halts(&self, path: &[usize]) -> Vec<usize> {
        let town = self.town;
        let hub = |corner: usize| {
            self.names.contains_key(&corner) || self.landmarks.iter().any(|mark| mark.corner == corner)
        };
        let (mut halts, mut since) = (vec![0], 0.0);
        for nth in 1..path.len() - 1 {
            let step = |nth: usize| metres(town.corners[path[nth - 1]], town.corners[path[nth]]);
            since += step(nth);
            let here = hub(path[nth]) && since >= STOP_SPACE;
            // Better two corners on, where others halt, than here and not there.
            let soon = hub(path[nth + 1]) && step(nth + 1) < STOP_SPACE && since < STOP_EVERY + 150.0;
            if here || since >= STOP_EVERY && !soon {
                halts.push(nth);
                since = 0.0;
            }
        }
        since += metres(town.corners[path[path.len() - 2]], town.corners[path[path.len() - 1]]);
        if since < STOP_SPACE && halts.len() > 1 {
            halts.pop();
        }
        halts.push(path.len() - 1);
        halts
    }

    fn course(&mut self, path: &[usize], halts: &[usize], ring: bool) -> Course {
        let town = self.town;
        let mut far = vec![0.0];
        for pair in path.windows(2) {
            far.push(far[far.len() - 1] + metres(town.corners[pair[0]], town.corners[pair[1]]));
        }
        let last = path.len() - 1;
        let mut course = Course { poles: Vec::new(), at_metres: Vec::new(), shape: Vec::new() };
        for &halt in halts {
            let (nth, after) = match halt {
                // A ring begins where it ends.
                0 if ring => (last, false),
                0 => (0, true),
                nth if nth < last && self.is_bridge(path[nth - 1], path[nth]) => (nth, true),
                nth => (nth, false),
            };
            let (from, to) = if after { (path[nth], path[nth + 1]) } else { (path[nth - 1], path[nth]) };
            let space = FROM_CORNER.min(metres(town.corners[from], town.corners[to]) / 3.0);
            let at = if after { far[nth] + space } else { far[nth] - space };
            course.poles.push(self.pole(from, to, after));
            course.at_metres.push(if halt == 0 && ring { at - far[last] } else { at });
        }
        let (begin, end) = (course.at_metres[0], course.at_metres[halts.len() - 1]);
        let on_street = |pole: &Pole, from: usize, to: usize| {
            let (a, b) = (town.corners[from], town.corners[to]);
            let share =
                ((pole.at.0 - a.0) * (b.0 - a.0) + (pole.at.1 - a.1) * (b.1 - a.1)) / metres(a, b).powi(2);
            beside(a, b, share, 0.0)
        };
        let (first, final_pole) = (&self.all[course.poles[0]], &self.all[course.poles[halts.len() - 1]]);
        let first_stretch = if ring { (path[last - 1], path[last]) } else { (path[0], path[1]) };
        course.shape.push(on_street(first, first_stretch.0, first_stretch.1));
        let between = (0..=last).filter(|nth| far[*nth] > begin && far[*nth] < end);
        course.shape.extend(between.map(|nth| town.corners[path[nth]]));
        course.shape.push(on_street(final_pole, path[last - 1], path[last]));
        course.at_metres.iter_mut().for_each(|at| *at -= begin);
        course
    }

    fn is_bridge(&self, from: usize, to: usize) -> bool {
        let here = &self.town.at_corner[from];
        here.iter().any(|(stretch, other)| *other == to && self.town.stretches[*stretch].bridge.is_some())
    }

    fn pole(&mut self, from: usize, to: usize, after: bool) -> usize {
        if let Some(&known) = self.known.get(&(from, to, after)) {
            return known;
        }
        let (a, b) = (self.town.corners[from], self.town.corners[to]);
        let share = (FROM_CORNER / metres(a, b)).min(1.0 / 3.0);
        let at = beside(a, b, if after { share } else { 1.0 - share }, FROM_MIDDLE);
        let corner = if after { from } else { to };
        let name = self.name(corner);
        self.all.push(Pole { name, at });
        self.known.insert((from, to, after), self.all.len() - 1);
        self.all.len() - 1
    }

    /// What people call a corner: by what stands there, by the street that crosses, or by both streets.
    fn name(&mut self, corner: usize) -> Name {
        if let Some(known) = self.names.get(&corner) {
            return known.clone();
        }
        let landmark = self.landmarks.iter().find(|mark| mark.corner == corner).map(|mark| mark.name.clone());
        let mut streets: Vec<usize> = self.town.at_corner[corner]
            .iter()
            .map(|(stretch, _)| self.town.stretches[*stretch].street)
            .collect();
        streets.sort_by_key(|street| (Reverse(self.town.streets[*street].class), *street));
        streets.dedup();
        let short = |nth: &usize| self.town.streets[*nth].name.short();
        let mut choices: Vec<Name> = landmark.into_iter().chain(streets.first().map(short)).collect();
        if let [a, b, ..] = streets[..] {
            choices.push(short(&a).and(&short(&b)));
        }
        let free = choices.iter().find(|name| !self.taken.contains(*name));
        let name = free.or(choices.last()).cloned().expect("a street leads to every corner");
        self.taken.insert(name.clone());
        self.names.insert(corner, name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::super::houses::landmarks;
    use super::*;

    fn each(check: impl Fn(u64, &Town, &[Line], &[Pole])) {
        for seed in 0..12 {
            let town = Town::new(seed);
            let (lines, poles) = lines(&town, &landmarks(&town));
            check(seed, &town, &lines, &poles);
        }
    }

    #[test]
    fn poles_stand_beside_their_street_on_the_right() {
        each(|seed, _, lines, poles| {
            assert!((130..230).contains(&poles.len()), "seed {seed}: {} poles", poles.len());
            for course in lines.iter().flat_map(|line| &line.courses) {
                let mut far = 0.0;
                let mut along = course.shape.windows(2).peekable();
                for (pole, at) in course.poles.iter().zip(&course.at_metres) {
                    let stretch = loop {
                        let pair = along.peek().expect("the way goes on");
                        let length = metres(pair[0], pair[1]);
                        if far + length >= at - 1e-6 {
                            break (pair[0], pair[1], (at - far) / length);
                        }
                        far += length;
                        along.next();
                    };
                    let expected = beside(stretch.0, stretch.1, stretch.2, FROM_MIDDLE);
                    // A bus that turns right behind a pole meets its place on the stretch before.
                    assert!(metres(poles[*pole].at, expected) < 1.0, "seed {seed} {:?}", poles[*pole]);
                }
            }
        });
    }

    #[test]
    fn stops_follow_one_another_neither_too_near_nor_too_far() {
        each(|seed, _, lines, _| {
            for line in lines {
                for course in &line.courses {
                    assert!(course.poles.len() >= 6, "line {}", line.number);
                    for pair in course.at_metres.windows(2) {
                        let gap = pair[1] - pair[0];
                        assert!((150.0..1_150.0).contains(&gap), "seed {seed} line {}: {gap}", line.number);
                    }
                }
            }
        });
    }

    #[test]
    fn a_ring_ends_where_it_began_and_others_do_not() {
        each(|_, _, lines, _| {
            let rings: Vec<&str> = lines.iter().filter(|line| line.ring).map(|line| line.number).collect();
            assert_eq!(rings, ["5"]);
            for line in lines {
                for course in &line.courses {
                    assert_eq!(course.poles.first() == course.poles.last(), line.ring);
                }
            }
        });
    }

    #[test]
    fn some_lines_cross_the_river_and_some_stay_on_their_bank() {
        each(|_, town, lines, poles| {
            let east = |pole: &usize| {
                let (east, north) = poles[*pole].at;
                east > town.river.east_at(north)
            };
            let crosses = |line: &&Line| {
                let poles = &line.courses[0].poles;
                poles.iter().any(east) && !poles.iter().all(east)
            };
            let over: Vec<&str> = lines.iter().filter(crosses).map(|line| line.number).collect();
            assert_eq!(over, ["1", "4", "5", "10", "12"]);
        });
    }
}
