//! Rules for changes between lines and trips, as the oracles understand them: asked anew for every pair.

use super::Network;
use crate::city::build::berths::{Berths, Named, Side};
use crate::city::build::timetable::TimetableBuilder;
use crate::city::timetable::{LineIdx, StopIdx};
use proptest::prelude::*;

/// Whom a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    All,
    /// The trips with an even number, or those with an odd one.
    Line(usize),
    Trip(usize),
}

/// Changes from one stop to another take so many seconds for some, or cannot be.
#[derive(Clone, Debug)]
pub(super) struct DrawnRule {
    whom: (Whom, Whom),
    stops: (usize, usize),
    takes_s: Option<u32>,
}

impl Whom {
    fn is(self, trip: usize) -> bool {
        match self {
            Whom::All => true,
            Whom::Line(line) => trip % 2 == line,
            Whom::Trip(of) => trip == of,
        }
    }

    fn side(self, names: &[String], builder: &mut TimetableBuilder) -> Side {
        match self {
            Whom::All => Side::default(),
            Whom::Line(line) => Side { line: Some(LineIdx(line as u32)), trip: None },
            Whom::Trip(trip) => {
                Side { line: None, trip: Some(builder.text(names.get(trip).map_or("none", String::as_str))) }
            }
        }
    }
}

impl DrawnRule {
    /// How many trips it names, and how many lines.
    fn names(&self) -> (usize, usize) {
        let of = |is: fn(&Whom) -> bool| [self.whom.0, self.whom.1].iter().filter(|whom| is(whom)).count();
        (of(|whom| matches!(whom, Whom::Trip(_))), of(|whom| matches!(whom, Whom::Line(_))))
    }
}

impl Network {
    /// Whether some rule speaks of changes between two stops.
    pub(super) fn is_ruled(&self, from: usize, to: usize) -> bool {
        self.rules.iter().any(|rule| rule.stops == (from, to))
    }

    /// How long a change takes from a trip at a stop to a trip at another, or at the same.
    pub(super) fn change(&self, trips: (usize, usize), stops: (usize, usize)) -> Option<i64> {
        let speaks =
            |rule: &&DrawnRule| rule.stops == stops && rule.whom.0.is(trips.0) && rule.whom.1.is(trips.1);
        let most = self.rules.iter().filter(speaks).map(DrawnRule::names).max();
        let Some(most) = most else {
            let at_one = Some(i64::from(self.change_s[stops.0]));
            return if stops.0 == stops.1 { at_one } else { self.walk(stops.0, stops.1) };
        };
        let best = self.rules.iter().filter(speaks).filter(|rule| rule.names() == most);
        let takes: Option<Vec<u32>> = best.map(|rule| rule.takes_s).collect();
        takes.and_then(|takes| takes.into_iter().max()).map(i64::from)
    }

    /// Changes by a rule from a stop to another take as long as `takes` says of what the rule says.
    pub(super) fn take_for_changes(&mut self, takes: impl Fn((usize, usize), u32) -> Option<u32>) {
        for rule in self.rules.iter_mut().filter(|rule| rule.stops.0 != rule.stops.1) {
            rule.takes_s = rule.takes_s.and_then(|takes_s| takes(rule.stops, takes_s));
        }
    }

    pub(super) fn berths(&self, names: &[String], builder: &mut TimetableBuilder) -> Berths {
        let mut berths = Berths::default();
        for DrawnRule { whom, stops, takes_s } in &self.rules {
            let sides = (whom.0.side(names, builder), whom.1.side(names, builder));
            let (from, to) = (StopIdx(stops.0 as u32), StopIdx(stops.1 as u32));
            let named = takes_s.map_or(Named::Forbidden, Named::Seconds);
            berths.rule(sides, (&[from], &[to]), named, 2);
        }
        berths
    }
}

pub(super) fn rules(stops: usize) -> impl Strategy<Value = Vec<DrawnRule>> {
    let whom =
        || prop_oneof![Just(Whom::All), (0..2_usize).prop_map(Whom::Line), (0..8_usize).prop_map(Whom::Trip)];
    let takes = prop_oneof![Just(None), (0..6_u32).prop_map(|long| Some(long * 150))];
    let rule = ((whom(), whom()), (0..stops, 0..stops), takes);
    let speaks = |(whom, stops, takes_s)| DrawnRule { whom, stops, takes_s };
    let specific = rule.prop_map(speaks).prop_filter("for all", |rule| rule.whom != (Whom::All, Whom::All));
    prop::collection::vec(specific, 0..5)
}
