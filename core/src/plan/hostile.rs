//! No pack, however hostile, makes the planner panic or read out of bounds.

use super::*;
use crate::city::build::sketch::Sketch;
use crate::city::streets::{StopLink, StreetEdge, StreetNode, Streets};
use crate::city::timetable::{Arrays, Numbering, StopIdx, TextIdx, TripIdx};
use crate::geo::Point;
use proptest::prelude::*;
use zerocopy::IntoBytes;

struct Pack {
    arrays: Arrays,
    nodes: Vec<StreetNode>,
    edge_offsets: Vec<u32>,
    edges: Vec<StreetEdge>,
    stop_links: Vec<StopLink>,
    cell_offsets: Vec<u32>,
}

impl Pack {
    /// Three lines, a station, footpaths and a street from stop to stop.
    fn sound() -> Pack {
        let sketch = Sketch::in_zone("Asia/Almaty")
            .trip("A", |t| t.stop("x", "10:00").stop("y", "10:10").stop("z", "10:20").stop("x", "10:30"))
            .trip("B", |t| t.stop("x", "10:20").stop("y", "10:30").stop("z", "10:40").stop("x", "10:50"))
            .trip("C", |t| t.line("2").zone("Europe/Berlin").stop("w", "07:45").stop("v", "08:00"))
            .trip("D", |t| t.line("3").stop("z", "23:00").stop("v", "25:00"))
            .in_seat("A", "B", true)
            .in_seat("B", "D", true)
            .in_seat("D", "A", true)
            .walk("z", "w", 120)
            .walk("w", "z", 120)
            .change("y", 60)
            .station("station", &["v", "w"])
            .entrance("gate", "station", "w")
            .walk("gate", "w", 90)
            .walk("w", "gate", 90);
        let mut arrays = sketch.stepless("z", "w", Some(300)).finish();
        arrays.numberings = vec![Numbering { trip: TripIdx(1), first: 0 }];
        arrays.numbers = vec![0, 10, 20, 30];
        let count = arrays.stops.len() as u32;
        let edge = |to| StreetEdge::new(to, 1_000, to == count - 1, TextIdx(1));
        Pack {
            nodes: arrays.stops.iter().map(|s| StreetNode { lat_e7: s.lat_e7, lon_e7: s.lon_e7 }).collect(),
            edge_offsets: (0..=count).map(|node| (node * 2).min(count * 2)).collect(),
            edges: (0..count).flat_map(|n| [edge((n + 1) % count), edge((n + count - 1) % count)]).collect(),
            stop_links: (0..count).map(|node| StopLink { node, decimetres: 10 }).collect(),
            cell_offsets: vec![0, count],
            arrays,
        }
    }

    fn streets(&self) -> Streets<'_> {
        Streets {
            nodes: &self.nodes,
            edge_offsets: &self.edge_offsets,
            edges: &self.edges,
            stop_links: &self.stop_links,
            cell_offsets: &self.cell_offsets,
            south_e7: 469_000_000,
            west_e7: 518_000_000,
            cell_lat_e7: 2_000_000,
            cell_lon_e7: 9_000_000,
            columns: 1,
            rows: 1,
        }
    }

    /// Overwrites 4 bytes of one of the arrays.
    fn harm(&mut self, array: usize, at: usize, value: u32) {
        let a = &mut self.arrays;
        let arrays = [
            a.stops.as_mut_bytes(),
            a.lines.as_mut_bytes(),
            a.patterns.as_mut_bytes(),
            a.pattern_stops.as_mut_bytes(),
            a.trips.as_mut_bytes(),
            a.starts.as_mut_bytes(),
            a.times.as_mut_bytes(),
            a.stop_pattern_offsets.as_mut_bytes(),
            a.stop_patterns.as_mut_bytes(),
            a.footpath_offsets.as_mut_bytes(),
            a.footpaths.as_mut_bytes(),
            a.change_s.as_mut_bytes(),
            a.service_days.as_mut_bytes(),
            a.text_offsets.as_mut_bytes(),
            a.spellings.as_mut_bytes(),
            a.continuations.as_mut_bytes(),
            a.numberings.as_mut_bytes(),
            a.numbers.as_mut_bytes(),
            a.stepless.as_mut_bytes(),
            self.nodes.as_mut_bytes(),
            self.edge_offsets.as_mut_bytes(),
            self.edges.as_mut_bytes(),
            self.stop_links.as_mut_bytes(),
            self.cell_offsets.as_mut_bytes(),
            a.words_a_service.as_mut_bytes(),
            a.first_day.as_mut_bytes(),
            a.day_count.as_mut_bytes(),
        ];
        let count = arrays.len();
        let words = arrays[array % count].chunks_exact_mut(4);
        let at = at % words.len().max(1);
        if let Some(word) = { words }.nth(at) {
            word.copy_from_slice(&value.to_le_bytes());
        }
    }

    fn ask_everything(&self) {
        let (timetable, streets) = (self.arrays.timetable(), self.streets());
        let Ok(zones) = Zones::of(&timetable) else { return };
        let ms = 1_715_310_000_000; // 2024-05-10T09:00 in Almaty, UTC+5 by then: 08:00
        let stop = |id: &str| Endpoint::Stop { id: id.into() };
        let point = |lon| Endpoint::Point { point: Point { lat: 47.0, lon }, name: String::new() };
        for (from, to) in
            [(stop("x"), stop("station")), (point(51.9), point(52.1)), (stop("w"), point(51.95))]
        {
            let mut scratch = Scratch::default();
            for when in [
                When::DepartAt { ms },
                When::ArriveBy { ms: ms + 10_800_000 },
                When::Between { from_ms: ms, until_ms: ms + 7_200_000 },
                When::DepartBefore { ms: ms + 3_600_000 },
                When::LastToday { ms },
            ] {
                let query = PlanQuery {
                    avoid_modes: vec![700],
                    avoid_stops: vec!["y".into()],
                    step_free: true,
                    ..PlanQuery::new(from.clone(), to.clone(), when)
                };
                // What it says of a broken pack does not matter; that it comes back does.
                let _ = plan_with(&mut scratch, &timetable, &streets, &zones, &query);
                let query = PlanQuery { via: Some("z".into()), ..PlanQuery::new(query.from, query.to, when) };
                let _ = plan_with(&mut scratch, &timetable, &streets, &zones, &query);
            }
        }
        for nth in 0..6 {
            departures(&timetable, &zones, StopIdx(nth), ms, ms + 86_400_000, 20);
            trip_run(&timetable, &zones, TripIdx(nth), 19_853);
        }
        trips_running(&timetable, &zones, ms);
    }
}

#[test]
fn the_sound_pack_gives_journeys_and_walks_along_its_streets() {
    let pack = Pack::sound();
    let (timetable, streets) = (pack.arrays.timetable(), pack.streets());
    let zones = Zones::of(&timetable).expect("known zones");
    let ask = |from, to, streets: Streets<'_>| {
        let query = PlanQuery::new(from, to, When::DepartAt { ms: 1_715_310_000_000 });
        plan(&timetable, &streets, &zones, &query).expect("a plan")
    };
    let riding =
        ask(Endpoint::Stop { id: "x".into() }, Endpoint::Stop { id: "station".into() }, Streets::default());
    assert!(riding.journeys.iter().any(|journey| journey.rides > 0));
    let at = |stop: usize| Endpoint::Point { point: timetable.stops[stop].point(), name: "door".into() };
    let walking = ask(at(0), at(2), streets);
    let Leg::Walk(WalkLeg { metres: 200, estimated: false, steps, .. }) = &walking.journeys[0].legs[0] else {
        panic!("two streets of 100 m: {walking:?}")
    };
    let street = timetable.text(TextIdx(1)).to_owned();
    assert_eq!((steps.as_slice(), walking.note), (&[WalkStep { street, metres: 200 }][..], None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_pack_never_panics(
        harms in prop::collection::vec(
            (any::<usize>(), any::<usize>(), prop_oneof![any::<u32>(), 0..9_u32, u32::MAX - 9..=u32::MAX]),
            1..6,
        ),
    ) {
        let mut pack = Pack::sound();
        for (array, at, value) in harms {
            pack.harm(array, at, value);
        }
        pack.ask_everything();
    }
}
