//! Berths: a stop as the vehicles of some trips use it, where transfers.txt rules of changes between their
//! routes or trips what it does not rule of others.
//!
//! For an arriving and a departing trip the most specific rule counts, as the GTFS reference has it: both
//! trips, a trip and a route, a trip, both routes, a route, and only then the stops alone; of equal ones that
//! which names the stop and not its station. The search knows stops only. So the trips that rules name halt
//! at a berth of the stop, and the walk between two berths is what the most specific rule of that pair says:
//! nothing is left for the search to look up, and feeds without such rules cost nothing.

use super::timetable::TimetableBuilder;
use crate::city::timetable::{LineIdx, StopIdx, TextIdx};
use std::collections::{BTreeSet, HashMap};

/// So many berths a stop may have, since each has a walk to each; trips beyond them keep the stop's rules.
const MOST_BERTHS: usize = 128;

/// What a feed says of a walk, or of changing at one stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// It takes so many seconds.
    Seconds(u32),
    /// One can walk there; how long it takes is not said.
    Possible,
    /// One cannot.
    Forbidden,
}

impl Named {
    /// Both are said: the cautious one counts.
    pub(crate) fn and(self, other: Named) -> Named {
        match (self, other) {
            (Named::Forbidden, _) | (_, Named::Forbidden) => Named::Forbidden,
            (Named::Seconds(a), Named::Seconds(b)) => Named::Seconds(a.max(b)),
            (Named::Possible, other) | (other, Named::Possible) => other,
        }
    }
}

/// Whom one end of a rule speaks of; a trip counts more than its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) line: Option<LineIdx>,
    /// Its id, as in the pack.
    pub(crate) trip: Option<TextIdx>,
}

impl Side {
    fn matches(&self, line: LineIdx, trip: TextIdx) -> bool {
        match (self.trip, self.line) {
            (Some(of), _) => of == trip,
            (None, Some(of)) => of == line,
            (None, None) => true,
        }
    }

    fn level(&self) -> u8 {
        if self.trip.is_some() { 2 } else { u8::from(self.line.is_some()) }
    }
}

/// A rule for changes from some trips to others.
#[derive(Clone, Debug)]
struct Rule {
    from: Side,
    to: Side,
    named: Named,
    /// The most specific counts: whom it speaks of, then how many ends are stops and not stations.
    rank: (u8, u8),
}

/// A berth: which rules hold for who arrives there, and for who leaves from there; none for the stop itself.
#[derive(Clone, Debug, Default)]
struct Berth {
    from: Vec<u32>,
    to: Vec<u32>,
}

/// A walk between two stops: from, to, seconds, metres.
pub(super) type Path = (StopIdx, StopIdx, u32, u32);

/// The rules of all feeds, and the berths that they need.
#[derive(Debug, Default)]
pub(crate) struct Berths {
    rules: Vec<Rule>,
    /// The rules that speak of who arrives at a stop, and of who leaves from it.
    from: HashMap<StopIdx, Vec<u32>>,
    to: HashMap<StopIdx, Vec<u32>>,
    /// All pairs of stops that some rule speaks of.
    pairs: BTreeSet<(StopIdx, StopIdx)>,
    known: HashMap<(StopIdx, Vec<u32>, Vec<u32>), StopIdx>,
    of_stop: HashMap<StopIdx, Vec<(StopIdx, Berth)>>,
}

impl Berths {
    /// Whether a rule speaks of routes or trips, and not of stops alone.
    pub(crate) fn is_specific(from: &Side, to: &Side) -> bool {
        from.level() + to.level() > 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Adds a rule for changes from any of these stops to any of those. `exact` ends are stops and not
    /// stations.
    pub(crate) fn rule(
        &mut self,
        (from, to): (Side, Side),
        (from_stops, to_stops): (&[StopIdx], &[StopIdx]),
        named: Named,
        exact: u8,
    ) {
        let (low, high) = (from.level().min(to.level()), from.level().max(to.level()));
        let rank = match (high, low) {
            (2, 2) => 5,
            (2, 1) => 4,
            (2, _) => 3,
            (1, 1) => 2,
            _ => 1,
        };
        let number = self.rules.len() as u32;
        self.rules.push(Rule { from, to, named, rank: (rank, exact) });
        for &stop in from_stops {
            self.from.entry(stop).or_default().push(number);
            self.pairs.extend(to_stops.iter().map(|&to| (stop, to)));
        }
        for &stop in to_stops {
            self.to.entry(stop).or_default().push(number);
        }
    }

    /// Where a trip halts that halts at a stop: at the stop, or at the berth of those that the same rules
    /// hold for. None if the stop has no room for another berth.
    pub(crate) fn berth(
        &mut self,
        builder: &mut TimetableBuilder,
        line: LineIdx,
        trip: TextIdx,
        stop: StopIdx,
    ) -> Option<StopIdx> {
        let of = |rules: Option<&Vec<u32>>, side: fn(&Rule) -> &Side| -> Vec<u32> {
            let rules = rules.into_iter().flatten().copied();
            rules.filter(|&rule| side(&self.rules[rule as usize]).matches(line, trip)).collect()
        };
        let from = of(self.from.get(&stop), |rule| &rule.from);
        let to = of(self.to.get(&stop), |rule| &rule.to);
        if from.is_empty() && to.is_empty() {
            return Some(stop);
        }
        let berths = self.of_stop.entry(stop).or_default();
        let key = (stop, from, to);
        if let Some(&known) = self.known.get(&key) {
            return Some(known);
        }
        if berths.len() >= MOST_BERTHS {
            return None;
        }
        let berth = builder.berth(stop)?;
        berths.push((berth, Berth { from: key.1.clone(), to: key.2.clone() }));
        self.known.insert(key, berth);
        Some(berth)
    }

    /// A stop is served where one of its berths is, and that is all that others need to know.
    pub(crate) fn lift(&self, served: &mut [bool]) {
        for (stop, berths) in &self.of_stop {
            for (berth, _) in berths {
                let is_served = served.get_mut(berth.at()).is_some_and(std::mem::take);
                if let Some(served) = served.get_mut(stop.at()) {
                    *served |= is_served;
                }
            }
        }
    }

    /// Adds these walks to the timetable, and from berth to berth what rules say. `metres` is how far a walk
    /// is that is not among them; it takes as long as `seconds` says.
    pub(crate) fn lay_out(
        &self,
        builder: &mut TimetableBuilder,
        paths: &[Path],
        metres: impl Fn(StopIdx, StopIdx) -> f64,
        seconds: impl Fn(f64) -> u32,
    ) {
        for &(from, to, takes_s, metres) in paths {
            self.between(builder, (from, to), Some(takes_s), metres, takes_s);
        }
        if self.rules.is_empty() {
            return;
        }
        let known: BTreeSet<(StopIdx, StopIdx)> = paths.iter().map(|path| (path.0, path.1)).collect();
        for &(from, to) in self.pairs.iter().filter(|pair| pair.0 != pair.1 && !known.contains(pair)) {
            let metres = metres(from, to);
            self.between(builder, (from, to), None, metres.round() as u32, seconds(metres));
        }
        for &stop in self.of_stop.keys() {
            let takes_s = builder.change_of(stop);
            let usual = (takes_s != u32::MAX).then_some(takes_s);
            self.between(builder, (stop, stop), usual, 0, usual.unwrap_or(0));
        }
    }

    /// The walks between all berths of two stops: as the most specific rule says; `usual`, none if one
    /// cannot, where there is no rule. A walk that a rule allows without saying how long takes `walk_s`.
    fn between(
        &self,
        builder: &mut TimetableBuilder,
        (from, to): (StopIdx, StopIdx),
        usual: Option<u32>,
        metres: u32,
        walk_s: u32,
    ) {
        for (here, arrives) in self.all_of(from) {
            for (there, leaves) in self.all_of(to) {
                let takes_s = match self.most_specific(&arrives.from, &leaves.to) {
                    None => usual,
                    Some(Named::Seconds(seconds)) => Some(seconds),
                    Some(Named::Possible) => Some(walk_s),
                    Some(Named::Forbidden) => None,
                };
                match takes_s {
                    _ if here == there => builder.change_s(here, takes_s.unwrap_or(u32::MAX)),
                    Some(takes_s) => builder.footpath(here, there, takes_s, metres),
                    None => {}
                }
            }
        }
    }

    /// A walk has steps: how many seconds and metres it has without, from each berth to each.
    pub(crate) fn stepless(
        &self,
        builder: &mut TimetableBuilder,
        (from, to): (StopIdx, StopIdx),
        without: Option<(u32, u32)>,
    ) {
        for (here, _) in self.all_of(from) {
            for (there, _) in self.all_of(to) {
                builder.stepless(here, there, without);
            }
        }
    }

    /// A stop and its berths.
    fn all_of(&self, stop: StopIdx) -> Vec<(StopIdx, &Berth)> {
        static PLAIN: Berth = Berth { from: Vec::new(), to: Vec::new() };
        let berths = self.of_stop.get(&stop).into_iter().flatten().map(|(berth, of)| (*berth, of));
        std::iter::once((stop, &PLAIN)).chain(berths).collect()
    }

    /// What the most specific of the rules that speak of both says; of equal ones the cautious one counts.
    fn most_specific(&self, from: &[u32], to: &[u32]) -> Option<Named> {
        let both = from.iter().filter(|rule| to.binary_search(rule).is_ok());
        let mut best: Option<((u8, u8), Named)> = None;
        for rule in both.filter_map(|rule| self.rules.get(*rule as usize)) {
            best = match best {
                Some((rank, _)) if rule.rank < rank => best,
                Some((rank, named)) if rule.rank == rank => Some((rank, named.and(rule.named))),
                _ => Some((rule.rank, rule.named)),
            };
        }
        best.map(|(_, named)| named)
    }
}
