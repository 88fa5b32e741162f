//! What a passenger is told, with all that they may ask for, as the oracles know it: the planner as a
//! whole, not only its searches.

use super::*;
use crate::city::streets::Streets;
use crate::plan::{Endpoint, Plan, PlanQuery, Prefer, When, plan_with};

/// Longer journeys are not told.
pub(super) const LONGEST: i64 = 48 * HOUR;

/// So many journeys are given at once, if not of a range.
const MOST_GIVEN: usize = 50;

/// So long a span is compared.
const SPAN: i64 = 3 * HOUR;

/// What a passenger would rather not do.
#[derive(Clone, Debug)]
pub(super) struct Dislikes {
    /// Walks farther than this.
    most_metres: u32,
    /// They walk so many times as slowly as most do.
    slowness: f64,
    /// The lines with even numbers or those with odd ones, by their ids or by their kind.
    line: Option<(usize, bool)>,
    /// A stop.
    stop: Option<usize>,
    /// Trips whose number can be divided by three, which no wheelchair gets into, and the stops to which none
    /// gets.
    steps: bool,
}

pub(super) fn dislikes() -> impl Strategy<Value = Dislikes> {
    let line = prop::option::weighted(0.2, (0..2_usize, any::<bool>()));
    let stop = prop::option::weighted(0.3, 2..6_usize);
    let slowness = prop_oneof![3 => Just(1.0), 1 => Just(1.5), 1 => Just(2.0)];
    (0..5_u32, slowness, line, stop, any::<bool>()).prop_map(|(far, slowness, line, stop, steps)| Dislikes {
        most_metres: far * 70,
        slowness,
        line,
        stop,
        steps,
    })
}

impl Dislikes {
    pub(super) fn query(&self, when: When) -> PlanQuery {
        let stop = |id: &str| Endpoint::Stop { id: id.into() };
        let line = |by_kind| self.line.filter(|line| line.1 == by_kind).map(|line| line.0);
        PlanQuery {
            walking_speed: 1.2 / self.slowness,
            max_walk_metres: self.most_metres,
            limit: 1_000,
            avoid_lines: line(false).map(|line| ["even", "odd"][line].to_owned()).into_iter().collect(),
            avoid_modes: line(true).map(|line| [0, 3][line]).into_iter().collect(),
            avoid_stops: self.stop.map(|stop| stop.to_string()).into_iter().collect(),
            step_free: self.steps,
            prefer: Some(Prefer::LeastWalking),
            ..PlanQuery::new(stop("0"), stop("1"), when)
        }
    }

    /// What is left of a network.
    pub(super) fn of(&self, network: &Network) -> Network {
        let mut left = network.clone();
        for (number, trip) in left.trips.iter_mut().enumerate() {
            let disliked = self.line.is_some_and(|line| number % 2 == line.0);
            if disliked || (self.steps && number % 3 == 0) {
                trip.days.clear();
            }
            let is_shut = |stop| Some(stop) == self.stop || (self.steps && network.wheelchair[stop] == 2);
            for halt in trip.halts.iter_mut().filter(|halt| is_shut(halt.stop)) {
                (halt.boards, halt.alights) = (false, false);
            }
        }
        left.walks.retain(|walk| walk.3 <= self.most_metres);
        let slowly = |seconds: u32| (f64::from(seconds) * self.slowness).ceil() as u32;
        left.walks.iter_mut().for_each(|walk| walk.2 = slowly(walk.2));
        left.take_for_changes(|(from, to), takes_s| {
            (network.metres(from, to) <= self.most_metres).then_some(slowly(takes_s))
        });
        left
    }
}

/// A network, and when and how somebody asks: which of five questions, and at what hour.
///
/// As drawn, trips run at all hours of some days, and few of them meet. In most networks here all begin in
/// the first two hours of today, and that is when they are asked for.
pub(super) fn asked() -> impl Strategy<Value = (Network, usize, i64)> {
    let crowd = |mut network: Network| {
        for trip in &mut network.trips {
            trip.days.insert(0);
            let sooner_s = trip.halts[0].arrival_s / 7_200 * 7_200;
            for halt in &mut trip.halts {
                halt.arrival_s -= sooner_s;
                halt.departure_s -= sooner_s;
            }
        }
        network
    };
    let early = (network().prop_map(crowd), 0..5_usize, 0..2_i64);
    let early = early.prop_map(|(network, kind, hour)| match kind {
        2 | 3 => (network, kind, hour + 3),
        _ => (network, kind, hour),
    });
    prop_oneof![1 => (network(), 0..5_usize, 0..24_i64), 4 => early]
}

pub(super) fn with_wheelchairs(mut arrays: Arrays) -> Arrays {
    let numbers: Vec<usize> = {
        let timetable = arrays.timetable();
        timetable.trips.iter().map(|trip| timetable.text(trip.id).parse().expect("its number")).collect()
    };
    for (trip, number) in arrays.trips.iter_mut().zip(numbers) {
        trip.wheelchair = if number % 3 == 0 { 2 } else { 0 };
    }
    arrays
}

pub(super) fn ask(arrays: &Arrays, scratch: &mut Scratch, query: &PlanQuery) -> Plan {
    let timetable = arrays.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    plan_with(scratch, &timetable, &Streets::default(), &zones, query).expect("a plan")
}

/// The journeys with rides that set out in a span, in seconds.
pub(super) fn told(plan: &Plan, (from_s, until_s): (i64, i64)) -> Vec<Point> {
    let riding = plan.journeys.iter().filter(|journey| journey.rides > 0);
    let point = |journey: &crate::plan::Journey| {
        let (departure, arrival) = (journey.departure_ms / 1_000, journey.arrival_ms / 1_000);
        (departure, arrival, journey.rides as usize, journey.walk_metres)
    };
    let mut points: Vec<Point> = riding.map(point).collect();
    points.retain(|point| (from_s..until_s).contains(&point.0));
    points.sort_unstable();
    points
}

/// Those of the known journeys that a passenger is told who is given no more than [`MOST_GIVEN`]: the ones
/// with the least walking or, where that is not asked for, the ones of the span that the plan answers for.
pub(super) fn given(plan: &Plan, query: &PlanQuery, told: &[Point], mut known: Vec<Point>) -> Vec<Point> {
    let riding: Vec<_> = plan.journeys.iter().filter(|journey| journey.rides > 0).collect();
    if riding.len() < MOST_GIVEN || matches!(query.when, When::Between { .. }) {
        return known;
    }
    let farthest = riding.iter().map(|journey| journey.walk_metres).max().unwrap_or(0);
    known.retain(|point| match query.prefer {
        Some(_) => point.3 < farthest || told.contains(point),
        None => (plan.from_ms..plan.until_ms).contains(&(point.0 * 1_000)),
    });
    known
}

/// When the night after a moment ends: at three by the clock, five hours ahead of UTC.
fn night_ends(at_s: i64) -> i64 {
    let three = (at_s + 5 * HOUR).div_euclid(DAY) * DAY + 3 * HOUR - 5 * HOUR;
    if three > at_s { three } else { three + DAY }
}

/// One of five questions at an hour of today: with the departures that are compared, and when they must be
/// there.
pub(super) fn question(kind: usize, hour: i64) -> (When, (i64, i64), Option<i64>) {
    let at = TODAY * DAY - 5 * HOUR + hour * HOUR;
    let ms = at * 1_000;
    let ends = night_ends(at);
    match kind {
        0 => (When::Between { from_ms: ms, until_ms: ms + SPAN * 1_000 }, (at, at + SPAN), None),
        1 => (When::DepartAt { ms }, (at, at + SPAN), None),
        2 => (When::DepartBefore { ms }, (at - SPAN, at), None),
        3 => (When::ArriveBy { ms }, (at + 1 - SPAN, at + 1), Some(at)),
        _ => (When::LastToday { ms }, ((ends - SPAN).max(at), ends), Some(ends)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn a_passenger_is_told_what_both_oracles_know_whatever_they_ask_for(
        (network, kind, hour) in asked(),
        dislikes in dislikes(),
    ) {
        let (when, span, latest) = question(kind, hour);
        let query = dislikes.query(when);
        let plan = ask(&with_wheelchairs(network.arrays()), &mut Scratch::default(), &query);
        let left = dislikes.of(&network);
        let by = latest.unwrap_or(span.1 + LONGEST);
        let scanned = left.range((0, 1), span, |moment| left.scan_walking(0, 1, moment, by));
        let expanded = left.range((0, 1), span, |moment| left.expand(0, 1, moment, by));
        prop_assert_eq!(&scanned, &expanded, "the oracles agree");
        let mut known = scanned;
        known.retain(|point| point.1 - point.0 <= LONGEST);
        let on_foot = left.walk(0, 1).map(|takes| (takes, left.metres(0, 1)));
        if let Some((takes, metres)) = on_foot {
            known.retain(|point| point.1 < point.0 + takes || point.3 < metres);
        }
        let told = told(&plan, span);
        prop_assert_eq!(&told, &given(&plan, &query, &told, known));
        let walks = plan.journeys.iter().filter(|journey| journey.rides == 0).count();
        prop_assert_eq!(walks, usize::from(on_foot.is_some() && kind != 2 && kind != 4));
    }

    #[test]
    fn pages_put_together_are_one_range(
        drawn in network(),
        (kind, limit) in (0..4_usize, 1..5_u32),
        (hour, minute) in (0..24_i64, 0..24 * 60_i64),
    ) {
        // Where no walk is long, walking is nothing to compare.
        let mut network = drawn;
        network.walks.iter_mut().for_each(|walk| walk.3 = 0);
        network.walks.retain(|walk| (walk.0, walk.1) != (0, 1));
        let from = TODAY * DAY - 5 * HOUR + hour * HOUR;
        let (span, ms) = ((from, from + DAY), (from + minute * 60) * 1_000);
        let when = match kind {
            0 => When::DepartAt { ms },
            1 => When::DepartBefore { ms },
            2 => When::Between { from_ms: ms, until_ms: ms + SPAN * 1_000 },
            _ => When::ArriveBy { ms },
        };
        let dislikes = Dislikes { most_metres: 0, slowness: 1.0, line: None, stop: None, steps: false };
        let query = |when| PlanQuery { limit, prefer: None, ..dislikes.query(when) };
        let (arrays, mut scratch) = (network.arrays(), Scratch::default());
        let range = When::Between { from_ms: from * 1_000, until_ms: (from + DAY) * 1_000 };
        let whole = told(&ask(&arrays, &mut scratch, &PlanQuery { limit: 1_000, ..query(range) }), span);

        let first_query = query(when);
        let first = ask(&arrays, &mut scratch, &first_query);
        let mut pages = vec![first.clone()];
        for later in [true, false] {
            let (mut query, mut page) = (first_query.clone(), first.clone());
            let next = |query: &PlanQuery, page: &Plan| if later { query.later(page) } else { query.earlier(page) };
            while let Some(asked) = next(&query, &page) {
                query = asked;
                page = ask(&arrays, &mut scratch, &query);
                pages.push(page.clone());
            }
        }
        let mut together = BTreeSet::new();
        for (nth, page) in pages.iter().enumerate() {
            let all = told(page, span);
            let inside: Vec<Point> = told(page, (page.from_ms / 1_000, page.until_ms / 1_000));
            let by = if nth == 0 && kind == 3 { ms / 1_000 } else { i64::MAX };
            let is_promised = |point: &&Point| {
                (page.from_ms..page.until_ms).contains(&(point.0 * 1_000)) && point.1 <= by
            };
            let promised: Vec<Point> = whole.iter().filter(is_promised).copied().collect();
            prop_assert!(promised.iter().all(|point| inside.contains(point)), "{promised:?} of {page:?}");
            prop_assert!(all.iter().all(|point| whole.contains(point)), "only the best: {all:?} of {whole:?}");
            together.extend(all);
        }
        let too_late = |point: &Point| kind == 3 && point.1 > ms / 1_000 && point.0 * 1_000 < first.until_ms;
        let whole: BTreeSet<Point> = whole.into_iter().filter(|point| !too_late(point)).collect();
        together.retain(|point| !too_late(point));
        prop_assert_eq!(together, whole);
    }
}
