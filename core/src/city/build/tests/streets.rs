//! Walks over the streets: stairs, entrances of stations, and what holds for any map.

use super::maps::point;
use super::pbf::Pbf;
use super::*;
use crate::geo::Point;
use crate::plan::{Endpoint, Journey, Leg, PlanQuery, WalkLeg, When, Zones, plan};
use petgraph::algo::dijkstra;
use petgraph::graph::{NodeIndex, UnGraph};
use proptest::prelude::*;

/// When the feed's trip leaves its first stop: 2024-03-01T10:00 in Almaty.
const TEN_MS: i64 = 1_709_269_200_000;

/// The walks from a stop: the other end, seconds, and seconds without steps if there is such a way.
pub(super) fn told<'a>(city: &'a City, from: &str) -> Vec<(&'a str, u32, Option<u32>)> {
    let timetable = city.timetable();
    let first = timetable.footpath_offsets[stop(city, from).at()];
    let with = |(nth, (to, seconds))| {
        let without = timetable.stepless.iter().find(|stepless| stepless.path == nth);
        let without = without.map_or(Some(seconds), |w| Some(w.seconds).filter(|s| *s != u32::MAX));
        (to, seconds, without)
    };
    (first..).zip(walks(city, from)).map(with).collect()
}

pub(super) fn ask(city: &City, from: Endpoint, to: Endpoint, step_free: bool) -> Vec<Journey> {
    let timetable = city.timetable();
    let query = PlanQuery {
        step_free,
        max_walk_metres: 20_000,
        ..PlanQuery::new(from, to, When::DepartAt { ms: TEN_MS - 900_000 })
    };
    let zones = Zones::of(&timetable).unwrap();
    plan(&timetable, &city.streets(), &zones, &query).unwrap().journeys
}

fn door(point: Point) -> Endpoint {
    Endpoint::Point { point, name: "door".to_owned() }
}

pub(super) fn at_stop(id: &str) -> Endpoint {
    Endpoint::Stop { id: id.to_owned() }
}

/// Seconds before ten at which a passenger sets out for the feed's trip, and metres to it.
fn sets_out(journeys: &[Journey]) -> Option<(i64, u32)> {
    let riding = journeys.iter().find(|journey| journey.rides == 1)?;
    Some(((TEN_MS - riding.departure_ms) / 1_000, riding.walk_metres))
}

fn on_foot(journeys: &[Journey]) -> Option<&Journey> {
    journeys.iter().find(|journey| journey.rides == 0)
}

/// Two streets, 111 m from one another, with stairs at their western end, and 152 m to the east something
/// else. Stops at the foot and the head of the stairs.
fn hill(stairs: &[(&str, &str)], detour: &[(&str, &str)]) -> (BuildReport, City) {
    let street = [("highway", "residential")];
    let map = Pbf::default()
        .node(1, 0, 0, &[])
        .node(2, 0, 1, &[])
        .node(3, 0, 2, &[])
        .node(11, 1, 0, &[])
        .node(12, 1, 1, &[])
        .node(13, 1, 2, &[])
        .way(&[1, 2, 3], &street)
        .way(&[11, 12, 13], &street)
        .way(&[1, 11], stairs)
        .way(&[2, 12], detour);
    Bench::new().mapped(map, &[("foot", 0.0, 0.0), ("far", 0.0, 90.0), ("head", 1.0, 0.0)])
}

const STAIRS: [(&str, &str); 1] = [("highway", "steps")];
const PATH: [(&str, &str); 1] = [("highway", "footway")];
const SHUT: [(&str, &str); 1] = [("highway", "motorway")];

#[test]
fn who_takes_no_steps_walks_round_by_the_ramp() {
    let (_, city) = hill(&STAIRS, &PATH);
    // 111 m of stairs, or 76 m, 111 m and 76 m.
    assert_eq!(told(&city, "foot"), [("head", 93, Some(220))]);
    assert_eq!(told(&city, "head"), [("foot", 93, Some(220))]);
    let walk = |step_free| ask(&city, at_stop("foot"), at_stop("head"), step_free).remove(0);
    assert_eq!([false, true].map(|step_free| walk(step_free).walk_metres), [111, 263]);
    let from_door = |step_free| sets_out(&ask(&city, door(point(1.0, 0.0)), at_stop("far"), step_free));
    assert_eq!(from_door(false), Some((94, 112)));
    assert_eq!(from_door(true), Some((220, 263)));
    let doors = |step_free| ask(&city, door(point(1.0, 0.0)), door(point(0.0, 0.0)), step_free);
    assert_eq!([false, true].map(|step_free| doors(step_free)[0].walk_metres), [112, 263]);
}

#[test]
fn where_only_stairs_lead_who_takes_no_steps_does_not_walk() {
    let (_, city) = hill(&STAIRS, &SHUT);
    assert_eq!(told(&city, "foot"), [("head", 93, None)]);
    let ask_both = |from: Endpoint, to: Endpoint| {
        [false, true].map(|step_free| on_foot(&ask(&city, from.clone(), to.clone(), step_free)).is_some())
    };
    assert_eq!(ask_both(at_stop("foot"), at_stop("head")), [true, false]);
    assert_eq!(ask_both(door(point(1.0, 0.0)), at_stop("foot")), [true, false]);
    assert_eq!(ask_both(door(point(1.0, 0.0)), door(point(0.0, 0.0))), [true, false]);
    let from_door = |step_free| sets_out(&ask(&city, door(point(1.0, 0.0)), at_stop("far"), step_free));
    assert_eq!((from_door(false), from_door(true)), (Some((94, 112)), None));
}

#[test]
fn what_the_map_says_of_wheelchairs_counts_and_a_lift_is_a_way() {
    for (stairs, without) in [
        (&[("highway", "steps"), ("ramp:wheelchair", "yes")][..], Some(93)),
        (&[("highway", "steps"), ("wheelchair", "yes")], Some(93)),
        (&[("highway", "steps"), ("conveying", "yes")], None),
        (&[("highway", "footway"), ("wheelchair", "no")], None),
        (&[("highway", "footway"), ("wheelchair", "limited")], Some(93)),
        (&[("highway", "elevator")], Some(93)),
    ] {
        assert_eq!(told(&hill(stairs, &SHUT).1, "foot"), [("head", 93, without)], "{stairs:?}");
    }
    // A lift that the map has as a node: ways of both levels meet there.
    let map = Pbf::default()
        .node(1, 0, 0, &[])
        .node(2, 0, 1, &[("highway", "elevator")])
        .node(3, 0, 2, &[])
        .way(&[1, 2], &PATH)
        .way(&[2, 3], &PATH);
    let (_, city) = Bench::new().mapped(map, &[("a", 0.0, 0.0), ("b", 0.0, 2.0)]);
    assert_eq!(told(&city, "a"), [("b", 127, Some(127))]);
}

#[test]
fn nobody_starts_on_a_landing() {
    let (_, city) = hill(&STAIRS, &PATH);
    // The stairs have a node in their middle, there being no more than 60 m between nodes.
    let (_, metres) = city.streets().nearest(point(0.6, 0.0), 300.0).unwrap();
    assert!((44.0..45.0).contains(&metres), "the head of the stairs: {metres}");
}

/// A street with a station under its eastern part: platform p, entrance e by stairs in the west, entrance f by
/// lift in the east; a bus stop b at the street between them.
fn station(pathways: &str) -> City {
    let map = Pbf::default().node(1, 0, 0, &[]).node(2, 0, 1, &[]).node(3, 0, 3, &[]).node(4, 0, 4, &[]);
    let abay = [("highway", "residential"), ("name", "Abay")];
    let map = map.way(&[1, 2], &abay).way(&[2, 3], &abay).way(&[3, 4], &abay);
    let bench = Bench::new();
    let at = |east: f64| format!("47.0,{}", 51.0 + east / 1e3);
    let stops = format!(
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\nS,Vokzal,{},1,\np,P,{},0,S\n\
         e,West gate,{},2,S\nf,East gate,{},2,S\nb,B,{},0,\nfar,Far,47.0,51.09,0,\n",
        at(3.0),
        at(3.0),
        at(0.0),
        at(4.0),
        at(1.0),
    );
    let times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,10:00:00,10:00:00,p,1\n\
        t,10:30:00,10:30:00,far,2\nt,10:40:00,10:40:00,b,3\nt,10:50:00,10:50:00,p,4\n";
    let pathways = format!(
        "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time\n{pathways}"
    );
    let feed = bench.feed(&[("stops.txt", &stops), ("stop_times.txt", times), ("pathways.txt", &pathways)]);
    fs::write(bench.path("map.osm.pbf"), map.bytes()).unwrap();
    bench.build(Build::new("A").gtfs(feed).osm(bench.path("map.osm.pbf"))).unwrap().1
}

#[test]
fn between_street_and_platform_one_walks_through_an_entrance() {
    let city = station("1,e,p,2,1,100\n2,f,p,5,1,400\n");
    // 76 m to the western entrance and 100 s of stairs; 227 m to the eastern one and 400 s by lift. Straight
    // through the ground it would be 152 m.
    let from_p = told(&city, "p");
    assert_eq!(from_p.iter().find(|(to, ..)| *to == "b"), Some(&("b", 164, Some(590))));
    assert_eq!(told(&city, "b"), [("p", 164, Some(590))]);
    // From a door above the platform: 227 m back to the western entrance, or 76 m to the eastern one.
    let above = || door(point(0.0, 3.0));
    let in_station = |metres: f64| metres * 1.3;
    let to_west = 228 + in_station(point(0.0, 0.0).metres_to(point(0.0, 3.0))).round() as u32;
    assert_eq!(sets_out(&ask(&city, above(), at_stop("far"), false)), Some((290, to_west)));
    let without = sets_out(&ask(&city, above(), at_stop("far"), true)).unwrap();
    assert_eq!(without.0, 464);
    let walk = ask(&city, above(), at_stop("p"), false).remove(0);
    assert_eq!((walk.arrival_ms - walk.departure_ms, walk.walk_metres), (290_000, to_west));
    let Leg::Walk(WalkLeg { steps, estimated: false, .. }) = &walk.legs[0] else { panic!("{walk:?}") };
    let streets: Vec<&str> = steps.iter().map(|step| step.street.as_str()).collect();
    assert_eq!(streets, ["Abay", "West gate"]);
    assert_eq!(steps.iter().map(|step| step.metres).sum::<u32>(), to_west);
    // And out again, to the station as a whole too.
    let out = ask(&city, at_stop("S"), above(), false).remove(0);
    assert_eq!((out.arrival_ms - out.departure_ms, out.rides), (290_000, 0));
    let Leg::Walk(WalkLeg { steps, .. }) = &out.legs[0] else { panic!("{out:?}") };
    assert_eq!(steps.first().map(|step| step.street.as_str()), Some("West gate"));
}

#[test]
fn through_an_exit_nobody_comes_in() {
    let city = station("1,p,e,1,0,100\n");
    assert_eq!((told(&city, "b"), told(&city, "p").len()), (vec![], 2), "p leads to the exit and to b");
    let above = || door(point(0.0, 3.0));
    assert_eq!(sets_out(&ask(&city, above(), at_stop("far"), false)), None);
    assert_eq!(on_foot(&ask(&city, above(), at_stop("p"), false)), None);
    let out = ask(&city, at_stop("p"), above(), false).remove(0);
    assert_eq!(out.arrival_ms - out.departure_ms, 290_000);
}

#[test]
fn a_platform_without_pathways_lies_at_the_street() {
    let city = station("1,f,e,1,1,9\n");
    assert_eq!(told(&city, "b"), [("p", 127, Some(127))]);
    assert_eq!(sets_out(&ask(&city, door(point(0.0, 3.0)), at_stop("far"), false)), Some((0, 0)));
}

/// A town of five streets by five, some of whose blocks are open, some by stairs; stops anywhere in it.
#[derive(Clone, Debug)]
struct Blocks {
    /// 0 or 1: closed, 2: stairs, else a street.
    edges: Vec<u8>,
    stops: Vec<(f64, f64)>,
}

fn blocks() -> impl Strategy<Value = Blocks> {
    let stops = prop::collection::vec((-0.2..4.2, -0.2..4.2), 2..14);
    (prop::collection::vec(0..7_u8, 40), stops).prop_map(|(edges, stops)| Blocks { edges, stops })
}

impl Blocks {
    fn city(&self) -> City {
        let corners = (0..25).map(|nth| (nth / 5, nth % 5));
        let mut map = corners
            .clone()
            .fold(Pbf::default(), |map, (north, east)| map.node(1 + north * 5 + east, north, east, &[]));
        let east = corners.clone().filter(|(_, east)| *east < 4).map(|(n, e)| (1 + n * 5 + e, 2 + n * 5 + e));
        let north = corners.filter(|(north, _)| *north < 4).map(|(n, e)| (1 + n * 5 + e, 6 + n * 5 + e));
        for ((from, to), kind) in east.chain(north).zip(&self.edges) {
            let highway = match kind {
                0 | 1 => continue,
                2 => "steps",
                _ => "residential",
            };
            map = map.way(&[from, to], &[("highway", highway)]);
        }
        // One street at least, that a map has some.
        let map = map.way(&[1, 2], &[("highway", "residential")]);
        let names: Vec<String> = (0..self.stops.len()).map(|nth| format!("s{nth}")).collect();
        let at: Vec<(&str, f64, f64)> =
            names.iter().zip(&self.stops).map(|(name, (n, e))| (name.as_str(), *n, *e)).collect();
        Bench::new().mapped(map, &at).1
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn of_two_walks_over_the_streets_that_are_near_enough_together_there_is_one(blocks in blocks()) {
        let city = blocks.city();
        let timetable = city.timetable();
        let linked = |stop: StopIdx| city.streets().stop_links[stop.at()].node != u32::MAX;
        // (to, seconds, metres) from each stop, over steps and without.
        let without = |nth: u32| timetable.stepless.iter().find(|stepless| stepless.path == nth);
        let from = |stop: StopIdx, over_steps: bool| -> Vec<(StopIdx, u32, u32)> {
            let paths = timetable.footpaths_from(stop).iter();
            let walk = |(path, nth): (&crate::city::timetable::Footpath, u32)| match without(nth) {
                Some(without) if !over_steps => {
                    (without.seconds != u32::MAX).then_some((path.to, without.seconds, without.metres))
                }
                _ => Some((path.to, path.seconds, path.metres)),
            };
            paths.zip(timetable.footpath_offsets[stop.at()]..).filter_map(walk).collect()
        };
        for over_steps in [true, false] {
            for a in (0..).map(StopIdx).take(timetable.stops.len()).filter(|a| linked(*a)) {
                for (b, first_s, first) in from(a, over_steps).into_iter().filter(|(b, ..)| linked(*b)) {
                    for (c, then_s, then) in from(b, over_steps).into_iter().filter(|(c, ..)| linked(*c)) {
                        // Each is rounded; without steps it may be a second's walk longer than it says.
                        if c == a || first + then > 395 {
                            continue;
                        }
                        let whole = from(a, over_steps).into_iter().find(|(to, ..)| *to == c);
                        let (_, seconds, metres) = whole.expect("a walk from end to end");
                        prop_assert!(metres <= first + then + 5 && seconds <= first_s + then_s + 2);
                    }
                }
            }
        }
    }

    #[test]
    fn walks_are_as_long_as_petgraph_finds_them(blocks in blocks(), ends in prop::collection::vec((0..25_i32, 0..25_i32), 8)) {
        let city = blocks.city();
        let streets = city.streets();
        for step_free in [false, true] {
            let mut graph = UnGraph::<(), u32>::default();
            for _ in streets.nodes {
                graph.add_node(());
            }
            for node in 0..streets.nodes.len() as u32 {
                for (_, edge) in streets.edges_from(node).filter(|(_, edge)| node < edge.to) {
                    if !(step_free && edge.has_steps()) {
                        graph.add_edge(NodeIndex::new(node as usize), NodeIndex::new(edge.to as usize), edge.decimetres());
                    }
                }
            }
            for (from, to) in ends.iter().filter(|(from, to)| from != to) {
                let at = |nth: &i32| point(f64::from(nth / 5), f64::from(nth % 5));
                let corner = |nth: &i32| streets.nearest(at(nth), 1.0);
                let (Some((here, _)), Some((there, _))) = (corner(from), corner(to)) else { continue };
                let far = dijkstra(&graph, NodeIndex::new(here as usize), None, |edge| *edge.weight());
                let far = far.get(&NodeIndex::new(there as usize)).map(|decimetres| decimetres.div_ceil(10));
                let journeys = ask(&city, door(at(from)), door(at(to)), step_free);
                prop_assert_eq!(on_foot(&journeys).map(|walk| walk.walk_metres), far, "{} to {}", from, to);
            }
        }
    }
}
