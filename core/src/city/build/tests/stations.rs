//! From a station behind entrances to another one: out by a pathway, along the street, in by a pathway.

use super::pbf::Pbf;
use super::streets::{ask, at_stop, told};
use super::*;
use petgraph::algo::dijkstra;
use petgraph::graph::{DiGraph, NodeIndex, UnGraph};
use proptest::prelude::*;

/// A way through a station, from one of its places to another.
#[derive(Clone, Debug)]
struct Pathway {
    from: String,
    to: String,
    both: bool,
    stairs: bool,
    seconds: u32,
}

/// A town whose streets lead from west to east, 111 m from one another, with others across every 76 m.
#[derive(Clone, Debug)]
struct Town {
    /// Across the streets, but for the westernmost, which is a street. 0: closed, 1: stairs, else a street.
    across: Vec<u8>,
    /// Corners, of five by five, of three entrances of each of both stations.
    entrances: [Vec<usize>; 2],
    pathways: Vec<Pathway>,
}

/// Half a block from the street.
const PLATFORMS: [(&str, f64, f64); 4] =
    [("Ap", 0.5, 1.5), ("Aq", 1.5, 1.5), ("Bp", 2.5, 2.5), ("Bq", 3.5, 3.5)];

fn corner(nth: usize) -> (f64, f64) {
    ((nth / 5) as f64, (nth % 5) as f64)
}

impl Town {
    fn city(&self) -> City {
        let street = [("highway", "residential")];
        let mut map = (0..25).fold(Pbf::default(), |map, nth| map.node(1 + nth, nth / 5, nth % 5, &[]));
        for north in 0..5 {
            let west = 1 + north * 5;
            map = map.way(&[west, west + 1, west + 2, west + 3, west + 4], &street);
        }
        map = map.way(&[1, 6, 11, 16, 21], &street);
        let across = (0..20).map(|nth| 1 + nth).filter(|node| node % 5 != 1);
        for (from, kind) in across.zip(&self.across) {
            map = match kind {
                0 => map,
                1 => map.way(&[from, from + 5], &[("highway", "steps")]),
                _ => map.way(&[from, from + 5], &street),
            };
        }
        let mut stops = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n".to_owned();
        let mut times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n".to_owned();
        let mut stop = |id: &str, (north, east): (f64, f64), kind: u8| {
            let (lat, lon) = (47.0 + north / 1e3, 51.0 + east / 1e3);
            let parent = if kind == 1 { "" } else { &id[..1] };
            stops += &format!("{id},{id},{lat},{lon},{kind},{parent}\n");
        };
        for (station, entrances) in ["A", "B"].into_iter().zip(&self.entrances) {
            stop(station, (2.0, 2.0), 1);
            stop(&format!("{station}h"), (2.0, 2.0), 3);
            for (nth, at) in entrances.iter().enumerate() {
                stop(&format!("{station}{nth}"), corner(*at), 2);
            }
        }
        for (nth, (id, north, east)) in PLATFORMS.into_iter().enumerate() {
            stop(id, (north, east), 0);
            times += &format!("t,10:{nth}0:00,10:{nth}0:00,{id},{nth}\n");
        }
        let mut pathways =
            "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time\n".to_owned();
        for (nth, Pathway { from, to, both, stairs, seconds }) in self.pathways.iter().enumerate() {
            let mode = if *stairs { 2 } else { 1 };
            pathways += &format!("{nth},{from},{to},{mode},{},{seconds}\n", u8::from(*both));
        }
        let bench = Bench::new();
        let files = [("stops.txt", &stops), ("stop_times.txt", &times), ("pathways.txt", &pathways)];
        let feed = bench.feed(&files.map(|(file, text)| (file, text.as_str())));
        fs::write(bench.path("map.osm.pbf"), map.bytes()).unwrap();
        bench.build(Build::new("A").gtfs(feed).osm(bench.path("map.osm.pbf"))).unwrap().1
    }

    /// Seconds through a station, as petgraph finds them.
    fn within(&self, from: &str, to: &str, over_steps: bool) -> Option<u32> {
        let mut graph = DiGraph::<String, u32>::new();
        let node = |graph: &mut DiGraph<String, u32>, id: &str| {
            let known = graph.node_indices().find(|node| graph[*node] == id);
            known.unwrap_or_else(|| graph.add_node(id.to_owned()))
        };
        for pathway in self.pathways.iter().filter(|pathway| over_steps || !pathway.stairs) {
            let (here, there) = (node(&mut graph, &pathway.from), node(&mut graph, &pathway.to));
            graph.add_edge(here, there, pathway.seconds);
            if pathway.both {
                graph.add_edge(there, here, pathway.seconds);
            }
        }
        let (from, to) = (node(&mut graph, from), node(&mut graph, to));
        dijkstra(&graph, from, Some(to), |edge| *edge.weight()).get(&to).copied()
    }

    /// The doors of a platform: its station's entrances, or itself if none of them has to do with it.
    fn doors(&self, platform: &str) -> Vec<String> {
        let entrances = (0..3).map(|nth| format!("{}{nth}", &platform[..1]));
        let leads = |entrance: &String| {
            self.within(entrance, platform, true).or(self.within(platform, entrance, true)).is_some()
        };
        let entrances: Vec<String> = entrances.filter(leads).collect();
        if entrances.is_empty() { vec![platform.to_owned()] } else { entrances }
    }

    /// Seconds from a platform of one station to one of the other.
    fn between(&self, city: &City, (from, to): (&str, &str), over_steps: bool) -> Option<u32> {
        let mut best = None;
        for out in self.doors(from) {
            for into in self.doors(to) {
                let parts = [
                    self.within(from, &out, over_steps),
                    along_the_street(city, &out, &into, over_steps),
                    self.within(&into, to, over_steps),
                ];
                let whole = parts.into_iter().sum::<Option<u32>>();
                best = best.into_iter().chain(whole).min();
            }
        }
        best
    }
}

/// Seconds from a door to another, 400 m at most, as petgraph finds them.
fn along_the_street(city: &City, from: &str, to: &str, over_steps: bool) -> Option<u32> {
    let streets = city.streets();
    let mut graph = UnGraph::<(), u32>::default();
    streets.nodes.iter().for_each(|_| _ = graph.add_node(()));
    for node in 0..streets.nodes.len() as u32 {
        for (_, edge) in streets.edges_from(node).filter(|(_, edge)| over_steps || !edge.has_steps()) {
            graph.add_edge(
                NodeIndex::new(node as usize),
                NodeIndex::new(edge.to as usize),
                edge.decimetres(),
            );
        }
    }
    let [here, there] = [from, to].map(|id| streets.stop_links[stop(city, id).at()]);
    let far = dijkstra(&graph, NodeIndex::new(here.node as usize), None, |edge| *edge.weight());
    let far = far.get(&NodeIndex::new(there.node as usize))? + here.decimetres + there.decimetres;
    (far <= 4_000).then(|| (f64::from(far.max(10)) / 10.0 / 1.2).ceil() as u32)
}

/// A way of pathways.txt: both ends, both ways or one, stairs or none, seconds.
fn pathway(from: &str, to: &str, both: bool, stairs: bool, seconds: u32) -> Pathway {
    Pathway { from: from.to_owned(), to: to.to_owned(), both, stairs, seconds }
}

/// Both stations have their platform behind two entrances at one street: 152 m from A1 to B0, 76 m more to
/// each of the others.
fn two_stations(pathways: Vec<Pathway>) -> City {
    Town { across: vec![2; 16], entrances: [vec![0, 1, 20], vec![3, 4, 24]], pathways }.city()
}

#[test]
fn from_platform_to_platform_it_is_pathway_street_and_pathway() {
    let city = two_stations(vec![
        pathway("Ap", "A1", true, false, 40),
        pathway("Bp", "B0", true, false, 25),
        // Nearer to the train, but farther along the street.
        pathway("Bp", "B1", true, false, 5),
    ]);
    // 152 m are 127 s; through the ground it would be less.
    let to = |from: &str, to: &str| told(&city, from).into_iter().find(|(end, ..)| *end == to);
    assert_eq!(to("Ap", "Bp"), Some(("Bp", 40 + 127 + 25, Some(192))));
    assert_eq!(to("Bp", "Ap"), Some(("Ap", 192, Some(192))));
    let walk = ask(&city, at_stop("Ap"), at_stop("Bp"), false).remove(0);
    assert_eq!((walk.rides, walk.arrival_ms - walk.departure_ms), (0, 192_000));
}

#[test]
fn one_comes_out_by_exits_and_in_by_entrances() {
    let city = two_stations(vec![
        pathway("Ap", "A1", false, false, 40),
        pathway("A0", "Ap", false, false, 10),
        pathway("B0", "Bp", false, false, 25),
        pathway("Bp", "B1", false, false, 5),
    ]);
    let to = |from: &str, to: &str| told(&city, from).into_iter().find(|(end, ..)| *end == to);
    assert_eq!(to("Ap", "Bp"), Some(("Bp", 40 + 127 + 25, Some(192))));
    // From the exit B1 to the entrance A0 it is the whole street, 304 m.
    assert_eq!(to("Bp", "Ap"), Some(("Ap", 5 + 253 + 10, Some(268))));
    // Where there is an exit only, nobody comes in.
    let city =
        two_stations(vec![pathway("Ap", "A1", false, false, 40), pathway("Bp", "B0", false, false, 25)]);
    assert!(["Ap", "Bp"].into_iter().all(|from| told(&city, from).iter().all(|(to, ..)| !to.ends_with('p'))));
}

#[test]
fn without_steps_it_is_the_lift_of_each_station_and_the_street_between_them() {
    let lifts = vec![
        pathway("Ap", "A1", true, true, 40),
        pathway("Ap", "A0", true, false, 90),
        pathway("Bp", "B0", true, true, 25),
        pathway("B1", "Bp", false, false, 60),
    ];
    let city = two_stations(lifts);
    let to = |from: &str, to: &str| told(&city, from).into_iter().find(|(end, ..)| *end == to);
    assert_eq!(to("Ap", "Bp"), Some(("Bp", 192, Some(90 + 253 + 60))));
    assert_eq!(to("Bp", "Ap"), Some(("Ap", 192, None)), "the lift of B leads in only");
    let walk = |step_free| {
        let walk = ask(&city, at_stop("Ap"), at_stop("Bp"), step_free).remove(0);
        (walk.arrival_ms - walk.departure_ms) / 1_000
    };
    assert_eq!([false, true].map(walk), [192, 403]);
}

fn town() -> impl Strategy<Value = Town> {
    let corners = prop::sample::subsequence((0..25).collect::<Vec<usize>>(), 6).prop_shuffle();
    let places = |station: &'static str| {
        let ends = ["0", "1", "2", "p", "q", "h"].map(|end| format!("{station}{end}"));
        let pathway = (0..6_usize, 1..6_usize, any::<bool>(), any::<bool>(), 0..30_u32);
        let pathway = pathway.prop_map(move |(from, on, both, stairs, tens)| Pathway {
            from: ends[from].clone(),
            to: ends[(from + on) % 6].clone(),
            both,
            stairs,
            seconds: 1 + tens * 10,
        });
        prop::collection::vec(pathway, 0..9)
    };
    (prop::collection::vec(0..3_u8, 16), corners, places("A"), places("B")).prop_map(
        |(across, corners, of_a, of_b)| Town {
            across,
            entrances: [corners[..3].to_vec(), corners[3..].to_vec()],
            pathways: [of_a, of_b].concat(),
        },
    )
}

proptest! {
    #[test]
    fn walks_between_stations_are_as_long_as_petgraph_finds_them(town in town()) {
        let city = town.city();
        for from in PLATFORMS.map(|platform| platform.0) {
            let walks = told(&city, from);
            for to in PLATFORMS.map(|platform| platform.0).into_iter().filter(|to| to[..1] != from[..1]) {
                let found = walks.iter().find(|(end, ..)| *end == to);
                let found = found.map(|(_, takes, without)| (*takes, *without));
                let known = town.between(&city, (from, to), true);
                let known = known.map(|takes| (takes, town.between(&city, (from, to), false)));
                prop_assert_eq!(found, known, "{} to {}", from, to);
            }
        }
    }
}
