//! The exhaustive scan by way of a stop, and what a passenger is told who asks for it.

use super::asked::{LONGEST, ask, asked, dislikes, given, question, told, with_wheelchairs};
use super::walking::best_of;
use super::*;
use crate::plan::PlanQuery;

/// When somebody is somewhere, and how far they have walked: first of those who have not come by yet, then
/// of those who have.
type States = [Vec<(i64, u32)>; 2];

/// Keeps those that no other is at least as good as.
fn thin_out(states: &mut Vec<(i64, u32)>) {
    states.sort_unstable();
    let mut least = u32::MAX;
    states.retain(|state| {
        let walks_less = state.1 < least;
        least = least.min(state.1);
        walks_less
    });
}

impl Network {
    /// With more walks to the stop on the way and from it, where none is drawn yet.
    fn walking_by(mut self, via: usize, ways: Vec<(prop::sample::Index, bool, u32, u32)>) -> Network {
        for (stop, there, long, far) in ways {
            let stop = stop.index(self.change_s.len());
            let (from, to) = if there { (stop, via) } else { (via, stop) };
            if self.walk(from, to).is_none() {
                self.walks.push((from, to, long * 100, far * 70));
            }
        }
        self
    }

    /// The walk between two stops by way of a third: seconds and metres.
    fn walk_by(&self, from: usize, via: usize, to: usize) -> Option<(i64, u32)> {
        let takes = self.walk(from, via)? + self.walk(via, to)?;
        Some((takes, self.metres(from, via) + self.metres(via, to)))
    }

    /// (arrival, rides, metres) of every journey by way of a stop that sets out at a moment and is not worse
    /// than another such one.
    fn scan_by(&self, via: usize, departure: i64, latest: i64) -> Vec<Answer> {
        let stops = self.change_s.len();
        let ((connections, vehicles), joins) = (self.connections(), self.joins());
        let mut ready: Vec<States> = vec![States::default(); stops];
        for (stop, ready) in ready.iter_mut().enumerate() {
            if let Some(takes) = self.walk(0, stop) {
                ready[usize::from(stop == via)].push((departure + takes, self.metres(0, stop)));
            }
            if let Some((takes, metres)) = self.walk_by(0, via, stop).filter(|_| stop != via) {
                ready[1].push((departure + takes, metres));
            }
        }
        let mut answers: Vec<Answer> = Vec::new();
        for rides in 1..=MOST_RIDES {
            let mut stayed: Vec<[Option<u32>; 2]> = vec![[None; 2]; vehicles];
            let mut there: Vec<States> = vec![States::default(); stops];
            loop {
                let mut aboard = stayed.clone();
                let least = |a: Option<u32>, b: Option<u32>| a.into_iter().chain(b).min();
                for c in &connections {
                    let aboard = &mut aboard[c.vehicle];
                    for (aboard, ready) in aboard.iter_mut().zip(&ready[c.from]) {
                        let caught = ready.iter().filter(|ready| c.boards && ready.0 <= c.departure);
                        *aboard = least(*aboard, caught.map(|ready| ready.1).min());
                    }
                    let mut come_by = |stop| {
                        if stop == via {
                            aboard[1] = least(aboard[0], aboard[1]);
                        }
                    };
                    come_by(c.from);
                    come_by(c.to);
                    for (there, metres) in there[c.to].iter_mut().zip(&*aboard) {
                        there.extend(metres.filter(|_| c.alights).map(|metres| (c.arrival, metres)));
                    }
                }
                let before = stayed.clone();
                for &(from, to) in &joins {
                    for came_by in 0..2 {
                        stayed[to][came_by] = least(aboard[from][came_by], stayed[to][came_by]);
                    }
                }
                if before == stayed {
                    break;
                }
            }
            there.iter_mut().flatten().for_each(thin_out);
            for (stop, [not_yet, came_by]) in there.iter().enumerate() {
                let straight = came_by.iter().zip(std::iter::repeat(self.walk(stop, 1)));
                let straight =
                    straight.map(|(state, takes)| (state, takes.map(|t| (t, self.metres(stop, 1)))));
                let round = not_yet.iter().map(|state| (state, self.walk_by(stop, via, 1)));
                for (&(at, walked), walk) in straight.chain(round) {
                    answers.extend(walk.map(|(takes, metres)| (at + takes, rides, walked + metres)));
                }
                for (next, ready) in ready.iter_mut().enumerate() {
                    let change = (i64::from(self.change_s[stop]), 0);
                    let walk = self.walk(stop, next).map(|takes| (takes, self.metres(stop, next)));
                    let straight = if stop == next { Some(change) } else { walk };
                    let after = |walk: Option<(i64, u32)>| {
                        move |&(at, walked): &(i64, u32)| Some((at + walk?.0, walked + walk?.1))
                    };
                    ready[usize::from(next == via)].extend(not_yet.iter().filter_map(after(straight)));
                    ready[1].extend(came_by.iter().filter_map(after(straight)));
                    let round = self.walk_by(stop, via, next).filter(|_| next != via);
                    ready[1].extend(not_yet.iter().filter_map(after(round)));
                }
            }
            ready.iter_mut().flatten().for_each(thin_out);
        }
        best_of(&answers, latest)
    }

    /// The Pareto set by way of a stop, as [`range`](Self::range).
    fn range_by(&self, via: usize, span: (i64, i64), latest: i64) -> Vec<Point> {
        let (connections, _) = self.connections();
        let walks =
            |stop| self.walk(0, stop).into_iter().chain(self.walk_by(0, via, stop).map(|walk| walk.0));
        let boarded = connections.iter().filter(|c| c.boards);
        let moments = boarded.flat_map(|c| walks(c.from).map(|takes| c.departure - takes));
        self.pareto(moments.collect(), span, |moment| self.scan_by(via, moment, latest))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn by_way_of_a_stop_a_passenger_is_told_what_the_scan_knows(
        (drawn, kind, hour) in asked().prop_filter("a stop on the way", |asked| asked.0.change_s.len() > 2),
        ways in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), 0..5_u32, 0..3_u32), 0..8),
        dislikes in dislikes(),
        via in any::<prop::sample::Index>(),
    ) {
        let via = 2 + via.index(drawn.change_s.len() - 2);
        // Stories tell of rules for changes.
        let network = Network { rules: Vec::new(), ..drawn.walking_by(via, ways) };
        let (when, span, latest) = question(kind, hour);
        let query = PlanQuery { via: Some(via.to_string()), ..dislikes.query(when) };
        let plan = ask(&with_wheelchairs(network.arrays()), &mut Scratch::default(), &query);
        let left = dislikes.of(&network);
        let mut known = left.range_by(via, span, latest.unwrap_or(span.1 + LONGEST));
        known.retain(|point| point.1 - point.0 <= LONGEST);
        // Without walking compared; where one can walk all the way, which journey of equals is told matters.
        if kind != 0 && left.walk_by(0, via, 1).is_none() {
            let query = PlanQuery { prefer: None, ..query.clone() };
            let plan = ask(&with_wheelchairs(network.arrays()), &mut Scratch::default(), &query);
            let mut level = left.clone();
            level.walks.iter_mut().for_each(|walk| walk.3 = 0);
            let mut known = level.range_by(via, span, latest.unwrap_or(span.1 + LONGEST));
            known.retain(|point| point.1 - point.0 <= LONGEST);
            let told: Vec<Point> = told(&plan, span).iter().map(|point| (point.0, point.1, point.2, 0)).collect();
            prop_assert_eq!(&told, &given(&plan, &query, &told, known), "without walking compared");
            plan.journeys.iter().for_each(|journey| comes_by(journey, via));
        }
        let on_foot = left.walk_by(0, via, 1);
        if let Some((takes, metres)) = on_foot {
            known.retain(|point| point.1 < point.0 + takes || point.3 < metres);
        }
        let told = told(&plan, span);
        prop_assert_eq!(&told, &given(&plan, &query, &told, known));
        let walks = plan.journeys.iter().filter(|journey| journey.rides == 0);
        let known_walks = on_foot.into_iter().filter(|_| kind != 2 && kind != 4);
        prop_assert_eq!(
            walks.map(|walk| ((walk.arrival_ms - walk.departure_ms) / 1_000, walk.walk_metres)).collect::<Vec<_>>(),
            known_walks.collect::<Vec<_>>()
        );
        plan.journeys.iter().for_each(|journey| comes_by(journey, via));
    }
}

/// Each leg begins where the one before ended, and one of them comes by.
fn comes_by(journey: &crate::plan::Journey, via: usize) {
    use crate::plan::Leg;
    let name = via.to_string();
    let times = |leg: &Leg| match leg {
        Leg::Walk(walk) => (walk.departure_ms, walk.arrival_ms),
        Leg::Ride(ride) => (ride.departure_ms, ride.arrival_ms),
    };
    let names = |leg: &Leg| match leg {
        Leg::Walk(walk) => (walk.from_name.clone(), walk.to_name.clone()),
        Leg::Ride(ride) => (ride.from_stop.name.clone(), ride.to_stop.name.clone()),
    };
    for pair in journey.legs.windows(2) {
        assert!(times(&pair[0]).1 <= times(&pair[1]).0, "no time travel: {journey:?}");
        let seated = matches!(&pair[1], Leg::Ride(ride) if ride.stay_seated);
        assert!(seated || names(&pair[0]).1 == names(&pair[1]).0, "no leap: {journey:?}");
    }
    let comes_by = |leg: &Leg| {
        let between = leg.ride().is_some_and(|ride| ride.between.iter().any(|call| call.name == name));
        between || names(leg).0 == name || names(leg).1 == name
    };
    assert!(journey.legs.iter().any(comes_by), "comes by {via}: {journey:?}");
    let ends = journey.legs.first().map(times).zip(journey.legs.last().map(times));
    assert_eq!(ends.map(|(first, last)| (first.0, last.1)), Some((journey.departure_ms, journey.arrival_ms)));
}
