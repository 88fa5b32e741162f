//! What feeds say, and what a pack then says.

use super::*;
use crate::city::build::sketch::day_number;
use crate::city::timetable::{LineIdx, ServiceIdx, TripIdx};

#[test]
fn a_feed_with_every_freedom_of_csv_is_read_whole() {
    let bench = Bench::new();
    let (report, city) = bench.city(&[
        ("stops.txt", "\u{feff}stop_lon, stop_name ,stop_id,stop_lat,colour\r\n51.90,\"Bazaar, \"\"new\"\"\",x,47.10,red\r\n\r\n51.91,Көпір,y,47.11\r\n"),
        ("routes.txt", "\"route_id\",\"route_short_name\",\"route_type\",\"route_color\"\n\"r\",\"7\",\"3\",\"00ff0A\""),
    ]);
    let timetable = city.timetable();
    assert_eq!((report.stops, report.trips, report.repaired.count, report.refused.count), (2, 1, 0, 0));
    assert_eq!(city.stop_name(stop(&city, "x")), "Bazaar, \"new\"");
    assert_eq!(city.stop_name(stop(&city, "y")), "Көпір");
    assert_eq!(timetable.stops[0].lat_e7, 471_000_000);
    let line = timetable.line(LineIdx(0)).unwrap();
    assert_eq!((line.colour, line.mode), (0x00ff0a, 3));
    assert_eq!((timetable.text(line.agency), timetable.text(line.time_zone)), ("Avtobus", "Asia/Almaty"));
    assert_eq!(city.time_zone(), "Asia/Almaty");
    let day = day_number("2024-03-01");
    assert_eq!(city.days(), (day, day));
    assert_eq!((report.days, city.made_ms()), ((day, day), 1_709_251_200_000));
}

#[test]
fn the_feed_may_lie_in_a_folder_of_its_archive() {
    let bench = Bench::new();
    let files: Vec<(String, &str)> = FEED.map(|(file, text)| (format!("gtfs/{file}"), text)).to_vec();
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (file.as_str(), *text)).collect();
    let path = bench.zip("feed.zip", &files);
    assert_eq!(bench.build(Build::new("A").gtfs(path)).unwrap().0.trips, 1);
}

#[test]
fn trips_run_past_midnight_and_rows_come_in_any_order() {
    let bench = Bench::new();
    let (_, city) = bench.city(&[
        ("trips.txt", "route_id,service_id,trip_id\nr,s,t\nr,s,u\n"),
        (
            "stop_times.txt",
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
             u,25:00:00,25:01:00,y,20\nt,9:10:00,9:10:00,y,2\nu,24:50:00,24:50:00,x,3\nt,9:00:00,9:00:00,x,1\n",
        ),
    ]);
    assert_eq!(
        times(&city.timetable()),
        [("t", vec![(32_400, 32_400), (33_000, 33_000)]), ("u", vec![(89_400, 89_400), (90_000, 90_060)])]
    );
}

#[test]
fn untimed_stops_are_timed_and_those_beyond_every_time_left_out() {
    let bench = Bench::new();
    let (report, city) = bench.city(&[
        (
            "stops.txt",
            "stop_id,stop_name,stop_lat,stop_lon\na,A,47.00,51.9\nb,B,47.01,51.9\nc,C,47.04,51.9\nd,D,47.05,51.9\n",
        ),
        (
            "stop_times.txt",
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
             t,,,d,1\nt,10:00:00,10:00:00,a,2\nt,,,b,3\nt,,10:08:00,c,4\nt,,,d,5\n",
        ),
    ]);
    assert_eq!(times(&city.timetable()), [("t", vec![(36_000, 36_000), (36_120, 36_120), (36_480, 36_480)])]);
    assert_eq!(rows(&report.repaired), [("feed.zip/trips.txt", 2); 2]);
}

#[test]
fn weekdays_and_exceptions_make_the_days_of_a_service() {
    let bench = Bench::new();
    let (_, city) = bench.city(&[
        (
            "calendar.txt",
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
             s,1,0,0,0,0,0,1,20240301,20240312\n",
        ),
        ("calendar_dates.txt", "service_id,date,exception_type\ns,20240310,2\ns,20240308,1\n"),
    ]);
    let timetable = city.timetable();
    let runs = |day: &str| timetable.runs(ServiceIdx(0), day_number(day));
    let march = |day: i32| format!("2024-03-{day:02}");
    let days: Vec<i32> = (1..=31).filter(|day| runs(&march(*day))).collect();
    assert_eq!(days, [3, 4, 8, 11]);
}

#[test]
fn every_ten_minutes_is_written_out_exact_or_not() {
    let bench = Bench::new();
    let (_, city) = bench.city(&[
        ("trips.txt", "route_id,service_id,trip_id\nr,s,t\nr,s,u\n"),
        (
            "stop_times.txt",
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
             t,00:00:00,00:00:00,x,1\nt,00:05:00,00:05:00,y,2\nu,12:00:00,12:00:00,y,1\nu,12:05:00,12:05:00,x,2\n",
        ),
        (
            "frequencies.txt",
            "trip_id,start_time,end_time,headway_secs,exact_times\n\
             t,06:00:00,06:20:00,600,0\nu,06:00:00,06:10:01,600,1\nu,07:00:00,08:00:00,0,1\n",
        ),
    ]);
    let timetable = city.timetable();
    let first: Vec<(&str, u32)> = times(&timetable).iter().map(|(id, times)| (*id, times[0].0)).collect();
    assert_eq!(first, [("t", 21_600), ("t", 22_200), ("u", 21_600), ("u", 22_200)]);
    assert_eq!(times(&timetable)[1].1[1].0, 22_500);
    let headways: Vec<u32> = timetable.trips.iter().map(|trip| trip.headway_s).collect();
    assert_eq!(headways, [600, 600, 0, 0]);
}

const STATION: &str = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n\
    S,Vokzal,47.1000,51.9000,1,,1\np,Vokzal,47.1000,51.9010,0,S,\nq,Vokzal,47.1000,51.9020,,S,2\n\
    e,Gate,,,2,S,0\nfar,Far,47.1500,51.9000,0,,\n";
const STATION_TIMES: &str = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
    t,10:00:00,10:00:00,p,1\nt,10:10:00,10:10:00,far,2\nt,10:20:00,10:20:00,q,3\n";

#[test]
fn platforms_and_entrances_inherit_from_their_station() {
    let (_, city) = Bench::new().city(&[("stops.txt", STATION), ("stop_times.txt", STATION_TIMES)]);
    let timetable = city.timetable();
    let station = stop(&city, "S");
    let record = |id| *timetable.stop(stop(&city, id)).unwrap();
    assert_eq!((record("p").parent, record("p").wheelchair), (station, 1));
    assert_eq!((record("q").parent, record("q").wheelchair), (station, 2));
    assert_eq!((record("e").lat_e7, record("e").wheelchair, record("e").kind), (471_000_000, 1, 2));
    assert_eq!((record("far").parent.some(), record("far").wheelchair), (None, 0));
    let found = city.search("vokzal", None, 5);
    assert_eq!(found.iter().map(|place| place.stop).collect::<Vec<_>>(), [Some(station)]);
}

#[test]
fn a_walk_that_the_feed_names_wins_and_one_that_it_forbids_is_gone() {
    let bench = Bench::new();
    let files = [("stops.txt", STATION), ("stop_times.txt", STATION_TIMES)];
    let (_, city) = bench.city(&files);
    // 75.7 m of longitude and 30 %, at 1.2 m/s.
    assert_eq!(walks(&city, "p"), [("q", 83)]);
    let named = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n\
        p,q,2,30\nq,p,3,\nS,far,2,900\np,p,2,45\np,p,2,20\nnowhere,p,2,1\n";
    let (report, city) = bench.city(&[files[0], files[1], ("transfers.txt", named)]);
    assert_eq!((walks(&city, "p"), walks(&city, "q")), (vec![("far", 900), ("q", 30)], vec![("far", 900)]));
    assert_eq!(city.timetable().change_s(stop(&city, "p")), 45);
    assert_eq!(rows(&report.refused), [("feed.zip/transfers.txt", 7)]);
}

#[test]
fn a_rule_for_a_stop_counts_more_than_one_for_its_station() {
    let bench = Bench::new();
    let files = [("stops.txt", STATION), ("stop_times.txt", STATION_TIMES)];
    let named = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n\
        p,q,2,30\nS,S,2,300\nq,q,3,\np,far,1,60\nS,far,3,\n";
    let (report, city) = bench.city(&[files[0], files[1], ("transfers.txt", named)]);
    assert_eq!((walks(&city, "p"), walks(&city, "q")), (vec![("far", 0), ("q", 30)], vec![("p", 300)]));
    let change_s = |id| city.timetable().change_s(stop(&city, id));
    assert_eq!((change_s("p"), change_s("q")), (300, u32::MAX), "nobody changes at q");
    assert_eq!(rows(&report.refused), []);
}

#[test]
fn a_walk_that_a_feed_calls_possible_is_one_however_far_it_is() {
    let named = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nx,y,0,\n";
    let bench = Bench::new();
    assert_eq!(walks(&bench.city(&[]).1, "x"), [], "1.1 km are too far to be found");
    let (_, city) = bench.city(&[("transfers.txt", named)]);
    // 1,112 m and 30 %, at 1.2 m/s; the way back is not named.
    assert_eq!((walks(&city, "x"), walks(&city, "y")), (vec![("y", 1_205)], vec![]));
}

#[test]
fn a_feed_in_a_time_zone_that_does_not_exist_is_an_error() {
    let agencies = "agency_id,agency_name,agency_url,agency_timezone\nA,Avtobus,http://a,Asia/Almaty\n";
    for zone in ["Asia/Atlantis", "", "+05"] {
        let agencies = format!("{agencies}B,Poezd,http://b,{zone}\n");
        let error = Bench::new().error(&[("agency.txt", &agencies)]);
        let BuildError::Malformed { file, row: 3, .. } = &error else { panic!("{zone}: {error}") };
        assert_eq!(file, "feed.zip/agency.txt");
    }
}

#[test]
fn rules_for_routes_and_trips_hold_for_them_alone() {
    let bench = Bench::new();
    let stop_times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
        t,10:00:00,10:00:00,x,1\nt,10:10:00,10:10:00,y,2\nu,10:20:00,10:20:00,y,1\nu,10:30:00,10:30:00,x,2\n\
        v,10:25:00,10:25:00,y,1\nv,10:35:00,10:35:00,x,2\n";
    let routes = "route_id,agency_id,route_short_name,route_type\nr,A,7,3\nq,A,9,3\n";
    let trips = "route_id,service_id,trip_id\nr,s,t\nq,s,u\nq,s,v\n";
    let named = "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id,from_trip_id,to_trip_id\n\
        y,y,2,60,,,,\ny,y,2,600,r,q,,\ny,y,1,,,,t,v\ny,y,2,1,nowhere,,,\n";
    let (report, city) = bench.city(&[
        ("stop_times.txt", stop_times),
        ("routes.txt", routes),
        ("trips.txt", trips),
        ("transfers.txt", named),
    ]);
    assert_eq!(rows(&report.refused), [("feed.zip/transfers.txt", 5)]);
    let timetable = city.timetable();
    let halts = |trip: &str| -> Vec<StopIdx> {
        let trip = timetable.trips.iter().find(|of| timetable.text(of.id) == trip).unwrap();
        timetable.stops_of(timetable.pattern(trip.pattern).unwrap()).iter().map(|halt| halt.stop).collect()
    };
    let (t, u, v) = (halts("t")[1], halts("u")[0], halts("v")[0]);
    assert!(t != u && u != v && timetable.is_berth(t) && timetable.is_one_stop(t, v));
    let takes = |from: StopIdx, to: StopIdx| {
        timetable.footpaths_from(from).iter().find(|path| path.to == to).map(|path| path.seconds)
    };
    assert_eq!((takes(t, u), takes(t, v), takes(u, v)), (Some(600), Some(0), Some(60)));
    assert_eq!(timetable.change_s(t), 60);
    assert_eq!(timetable.halts_of(stop(&city, "y")).len(), 4, "the stop and three berths");
    let near = city.stops_near(timetable.stops[stop(&city, "y").at()].point(), 10.0, 9);
    assert_eq!(near.iter().map(|near| near.0).collect::<Vec<_>>(), [stop(&city, "y")], "shown once");
    assert_eq!(city.search("bridge", None, 5).len(), 1);
}

#[test]
fn pathways_are_the_walks_of_a_station_and_where_none_leads_nobody_walks() {
    let bench = Bench::new();
    let stops = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n\
        S,Vokzal,47.1000,51.9000,1,\np,Vokzal,47.1000,51.9010,0,S\nq,Vokzal,47.1000,51.9020,0,S\n\
        r,Vokzal,47.1000,51.9015,0,S\ne,Gate,47.1,51.9,2,S\nn,,,,3,S\nb,Middle,,,4,q\nfar,Far,47.15,51.9,0,\n";
    let times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
        t,10:00:00,10:00:00,p,1\nt,10:05:00,10:05:00,far,2\nt,10:10:00,10:10:00,q,3\nt,10:20:00,10:20:00,r,4\n";
    let pathways = "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length,traversal_time,stair_count\n\
        1,e,n,1,1,60,,\n2,n,p,2,1,,,40\n3,n,b,5,1,,,\n4,r,n,7,0,,25,\n5,p,q,1,1,,500,\n6,p,far,1,1,,9,\n7,e,gone,1,1,,9,\n";
    let files = [("stops.txt", stops), ("stop_times.txt", times), ("pathways.txt", pathways)];
    let (report, city) = bench.city(&files);
    // 60 m are 50 s, 40 steps 20 s, an elevator 30 s; the long way from p to q is not the shortest.
    assert_eq!(walks(&city, "e"), [("p", 70), ("q", 80)]);
    assert_eq!(walks(&city, "p"), [("e", 70), ("q", 50)]);
    assert_eq!(walks(&city, "q"), [("e", 80), ("p", 50)]);
    assert_eq!(walks(&city, "r"), [("e", 75), ("p", 45), ("q", 55)], "an exit gate leads one way");
    assert_eq!(rows(&report.refused), [("feed.zip/pathways.txt", 7), ("feed.zip/pathways.txt", 8)]);
    let named = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\np,q,2,90\nq,p,0,\np,r,1,\n";
    let (_, city) = bench.city(&[files[0], files[1], files[2], ("transfers.txt", named)]);
    let waits = vec![("e", 70), ("q", 90), ("r", 0)];
    assert_eq!((walks(&city, "p"), walks(&city, "q")), (waits, vec![("e", 80), ("p", 50)]));
}

#[test]
fn a_walk_with_steps_is_told_beside_the_one_without() {
    let bench = Bench::new();
    let stops = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n\
        S,Vokzal,47.1000,51.9000,1,,\np,P,47.1000,51.9010,0,S,\nq,Q,47.1000,51.9020,0,S,\ne,Gate,47.1,51.9,2,S,\n\
        shut,Gate,47.1,51.9,2,S,2\nn,,,,3,S,\nm,,,,3,S,\nfar,Far,47.15,51.9,0,,\n";
    let times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
        t,10:00:00,10:00:00,p,1\nt,10:05:00,10:05:00,far,2\nt,10:10:00,10:10:00,q,3\n";
    let told = |pathways: &str, transfers: &str| {
        let head = "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time,stair_count,\
            max_slope,min_width\n";
        let pathways = format!("{head}{pathways}");
        let transfers = format!("from_stop_id,to_stop_id,transfer_type,min_transfer_time\n{transfers}");
        let (_, city) = bench.city(&[
            ("stops.txt", stops),
            ("stop_times.txt", times),
            ("pathways.txt", &pathways),
            ("transfers.txt", &transfers),
        ]);
        let timetable = city.timetable();
        let mut told = Vec::new();
        for from in ["e", "shut", "p", "q"] {
            let first = timetable.footpath_offsets[stop(&city, from).at()];
            for (nth, path) in (first..).zip(timetable.footpaths_from(stop(&city, from))) {
                let stepless = timetable.stepless.iter().find(|stepless| stepless.path == nth);
                let without = stepless.map_or(path.seconds.to_string(), |stepless| match stepless.seconds {
                    u32::MAX => "never".to_owned(),
                    seconds => seconds.to_string(),
                });
                let to = timetable.text(timetable.stop(path.to).unwrap().id);
                told.push(format!("{from}–{to} {} {without}", path.seconds));
            }
        }
        told.sort();
        told.join(", ")
    };
    // Stairs down and a lift beside them; an escalator up, and a long way round.
    let ways = "1,e,p,2,1,20,,,\n2,e,n,5,1,40,,,\n3,n,p,1,0,9,,,\n4,q,e,4,0,30,,,\n5,q,e,1,0,100,,,\n";
    assert_eq!(told(ways, ""), "e–p 20 49, p–e 20 never, q–e 30 100, q–p 50 149");
    // What transfers.txt says is for everybody; without steps nobody is quicker than that.
    assert_eq!(told(ways, "q,p,2,60\n"), "e–p 20 49, p–e 20 never, q–e 30 100, q–p 60 149");
    assert_eq!(told(ways, "q,p,2,149\n"), "e–p 20 49, p–e 20 never, q–e 30 100, q–p 149 149");
    for (way, steps) in [
        ("1,1,50,0,0.083,0.8", false),
        ("3,1,50,,-0.083,", false),
        ("6,1,50,,,", false),
        (",1,50,,,", false),
        ("1,1,50,3,,", true),
        ("1,1,50,-3,,", true),
        ("1,1,50,,0.09,", true),
        ("1,1,50,,-0.09,", true),
        ("6,1,50,,,0.7", true),
    ] {
        let without = if steps { "never" } else { "50" };
        assert_eq!(
            told(&format!("1,p,q,{way}\n"), ""),
            format!("p–q 50 {without}, q–p 50 {without}"),
            "{way}"
        );
    }
    let shut = told("1,shut,p,1,1,20,,,\n2,e,shut,1,1,5,,,\n3,e,p,1,1,60,,,\n", "");
    assert_eq!(
        shut,
        "e–p 25 60, e–shut 5 never, p–e 25 60, p–q 83 83, p–shut 20 never, q–p 83 83, \
         shut–e 5 never, shut–p 20 never"
    );
}

#[test]
fn a_platform_that_only_steps_lead_to_is_none_for_a_wheelchair() {
    let bench = Bench::new();
    let stops = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n\
        S,Vokzal,47.1000,51.9000,1,,\nstairs,P,47.1000,51.9010,0,S,\nlift,Q,47.1000,51.9020,0,S,\n\
        out,R,47.1000,51.9021,0,S,\nsaid,T,47.1000,51.9022,0,S,1\nalone,U,47.1000,51.9023,0,S,\n\
        area,V,,,4,stairs,\ne,Gate,47.1,51.9,2,S,\nf,Gate,47.1,51.9,2,S,\n";
    let times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
        t,10:00:00,10:00:00,stairs,1\nt,10:05:00,10:05:00,lift,2\n";
    let pathways = "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time\n\
        1,e,area,2,1,20\n2,f,stairs,4,1,20\n3,e,lift,2,1,20\n4,f,lift,5,1,40\n5,f,out,2,0,10\n6,out,f,1,0,10\n\
        7,e,said,2,1,20\n8,alone,lift,2,1,20\n9,alone,said,2,1,20\n";
    let (_, city) =
        bench.city(&[("stops.txt", stops), ("stop_times.txt", times), ("pathways.txt", pathways)]);
    let timetable = city.timetable();
    let wheelchair = |id| timetable.stop(stop(&city, id)).unwrap().wheelchair;
    let all = ["stairs", "lift", "out", "said", "alone", "e"].map(wheelchair);
    assert_eq!(all, [2, 0, 0, 1, 2, 0], "one that leads out without steps may be alighted at");
}

#[test]
fn the_numbers_of_stops_are_those_of_the_feed() {
    let bench = Bench::new();
    let (_, city) = bench.city(&[
        ("trips.txt", "route_id,service_id,trip_id\nr,s,t\nr,s,u\nr,s,v\nr,s,w\n"),
        (
            "stop_times.txt",
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
             t,10:00:00,10:00:00,x,0\nt,10:10:00,10:10:00,y,1\nu,11:00:00,11:00:00,x,1\nu,11:10:00,11:10:00,y,2\n\
             v,12:00:00,12:00:00,x,10\nv,12:10:00,12:10:00,y,20\nw,,,x,3\nw,13:00:00,13:00:00,x,5\n\
             w,13:10:00,13:10:00,y,7\nw,13:20:00,13:20:00,x,9\n",
        ),
    ]);
    let timetable = city.timetable();
    let numbers = |id: &str| {
        let nth = timetable.trips.iter().position(|trip| timetable.text(trip.id) == id).unwrap();
        let stops = timetable.pattern(timetable.trips[nth].pattern).unwrap().stop_count;
        (0..stops).map(|position| timetable.stop_sequence(TripIdx(nth as u32), position)).collect::<Vec<_>>()
    };
    assert_eq!(["t", "u", "v"].map(numbers), [[0, 1], [1, 2], [10, 20]]);
    assert_eq!(numbers("w"), [5, 7, 9], "the one that was left out keeps its number");
    assert_eq!(timetable.patterns.len(), 2, "numbers make no patterns");
    let (_, city) = bench.city(&[]);
    assert!(city.timetable().numberings.is_empty() && city.timetable().numbers.is_empty());
}

#[test]
fn staying_seated_is_told_by_blocks_and_links() {
    let bench = Bench::new();
    let stop_times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
        t,10:00:00,10:00:00,x,1\nt,10:10:00,10:10:00,y,2\nu,10:20:00,10:20:00,y,1\nu,10:30:00,10:30:00,x,2\n";
    let stays = |trips: &str, more: (&str, &str)| {
        let (report, city) = bench.city(&[("stop_times.txt", stop_times), ("trips.txt", trips), more]);
        (city.timetable().continuations.len(), rows(&report.refused).len())
    };
    let (without, with) = (
        "route_id,service_id,trip_id\nr,s,t\nr,s,u\n",
        "route_id,service_id,trip_id,block_id\nr,s,t,b\nr,s,u,b\n",
    );
    let linked = |kind: &str, to: &str| {
        format!("from_stop_id,to_stop_id,transfer_type,from_trip_id,to_trip_id\n,,{kind},t,{to}\n")
    };
    assert_eq!(stays(without, ("transfers.txt", &linked("4", "u"))), (1, 0));
    assert_eq!(stays(without, ("transfers.txt", &linked("4", "v"))), (0, 1), "no such trip");
    assert_eq!(stays(with, ("transfers.txt", "from_stop_id,to_stop_id\n")), (1, 0));
    assert_eq!(stays(with, ("transfers.txt", &linked("5", "u"))), (0, 0));
    // Which vehicle comes when is not known of what is written out.
    let often = "trip_id,start_time,end_time,headway_secs,exact_times\nt,10:00:00,10:10:00,600,1\n";
    assert_eq!(stays(with, ("frequencies.txt", often)), (0, 0));
}

#[test]
fn translations_name_stops_lines_and_signs_in_each_language() {
    let bench = Bench::new();
    let translations = "table_name,field_name,language,translation,record_id,field_value\n\
        stops,stop_name,ru,Базар,x,\nstops,stop_name,kk-KZ,Көпір,,Bridge\nroutes,route_long_name,ru,Туда,r,\n\
        trips,trip_headsign,ru,Мост,t,\nstops,stop_name,ru,Нигде,gone,\nstops,stop_name,fr,Pont,y,\n\
        stops,stop_url,ru,http://b,x,\n";
    let trips = "route_id,service_id,trip_id,trip_headsign\nr,s,t,To the bridge\n";
    let (report, city) = bench.city(&[("translations.txt", translations), ("trips.txt", trips)]);
    let timetable = city.timetable();
    let [x, y] = ["x", "y"].map(|id| timetable.stop(stop(&city, id)).unwrap().name);
    let read = |text, language| timetable.text_in(text, language);
    assert_eq!((read(x, "ru"), read(x, "kk"), read(x, "")), ("Базар", "Bazaar", "Bazaar"));
    assert_eq!((read(y, "kk"), read(y, "ru"), read(y, "fr")), ("Көпір", "Bridge", "Bridge"));
    assert_eq!(read(timetable.lines[0].long_name, "ru"), "Туда");
    assert_eq!(read(timetable.trips[0].headsign, "ru"), "Мост");
    assert_eq!(rows(&report.refused), [("feed.zip/translations.txt", 6)]);
    assert_eq!(city.search_in("базар", "ru", None, 3)[0].name, "Базар");
    assert_eq!(city.search_in("көпір", "ru", None, 3)[0].name, "Bridge");
}

#[test]
fn zones_and_time_zones_are_those_of_each_agency() {
    let bench = Bench::new();
    let (_, city) = bench.city(&[
        (
            "agency.txt",
            "agency_id,agency_name,agency_url,agency_timezone\nA,Avtobus,http://a,Asia/Almaty\n\
             B,Poezd,http://b,Asia/Oral\n",
        ),
        (
            "stops.txt",
            "stop_id,stop_name,stop_lat,stop_lon,zone_id\nx,Bazaar,47.10,51.90,city\ny,Bridge,47.11,51.90,suburb\n",
        ),
        (
            "routes.txt",
            "route_id,agency_id,route_short_name,route_type\nr,A,7,3\nq,B,8,2\nn,,9,3\ng,gone,10,3\n",
        ),
    ]);
    let timetable = city.timetable();
    let of = |id: &str| {
        let line = timetable.lines.iter().find(|line| timetable.text(line.id) == id).unwrap();
        (timetable.text(line.agency), timetable.text(line.time_zone))
    };
    let (avtobus, poezd) = (("Avtobus", "Asia/Almaty"), ("Poezd", "Asia/Oral"));
    assert_eq!(["r", "q", "n", "g"].map(of), [avtobus, poezd, avtobus, avtobus]);
    assert_eq!(city.time_zone(), "Asia/Almaty");
    let zones = ["x", "y"].map(|id| timetable.text(timetable.stop(stop(&city, id)).unwrap().zone));
    assert_eq!(zones, ["city", "suburb"]);
}

#[test]
fn ways_keep_their_bends_and_lose_the_rest() {
    let bench = Bench::new();
    let (_, city) = bench.city(&[
        ("trips.txt", "route_id,service_id,trip_id,shape_id\nr,s,t,w\n"),
        (
            "shapes.txt",
            "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n\
             w,47.11,51.90,9\nw,47.10,51.90,1\nw,47.10,51.905,2\nw,47.10,51.91,3\nw,47.11,51.91,4\n",
        ),
    ]);
    let timetable = city.timetable();
    let shape = timetable.shape_of(&timetable.patterns[0]);
    let points: Vec<(i32, i32)> = shape.iter().map(|point| (point.lat_e7, point.lon_e7)).collect();
    let corner = |lat, lon| (lat * 1_000_000, lon * 1_000_000);
    assert_eq!(
        points,
        [
            corner(471, 519),
            (471_000_000, 519_100_000),
            (471_100_000, 519_100_000),
            (471_100_000, 519_000_000)
        ]
    );
}

#[test]
fn of_several_feeds_ids_do_not_collide() {
    let bench = Bench::new();
    let (one, two) = (bench.zip("one.zip", &FEED), bench.zip("two.zip", &FEED));
    let (report, city) = bench.build(Build::new("A").gtfs(one).gtfs(two)).unwrap();
    assert_eq!((report.stops, report.lines, report.trips), (4, 2, 2));
    assert_eq!(city.stop_by_id("x"), None);
    assert_eq!(walks(&city, "1:x"), [("2:x", 1)]);
}

#[test]
fn what_a_row_gets_wrong_is_noted_by_file_and_row() {
    let bench = Bench::new();
    let (report, city) = bench.city(&[
        (
            "stops.txt",
            "stop_id,stop_name,stop_lat,stop_lon,parent_station\nx,Bazaar,47.10,51.90,gone\ny,Bridge,47.11,51.90,\n\
             z,Moon,147,0,\nx,Again,47,51,\n",
        ),
        ("trips.txt", "route_id,service_id,trip_id\nr,s,t\nr,never,u\ngone,s,v\nr,s,back\n"),
        (
            "stop_times.txt",
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,10:00:00,10:00:00,x,1\nt,soon,,y,2\n\
             t,10:30:00,10:29:00,x,3\nt,11:00:00,11:00:00,z,4\nu,10:00:00,10:00:00,x,1\n\
             back,10:00:00,10:00:00,x,1\nback,09:00:00,09:00:00,y,2\n",
        ),
    ]);
    assert_eq!(times(&city.timetable()).len(), 1);
    assert_eq!(
        rows(&report.refused),
        [
            ("feed.zip/stops.txt", 5),
            ("feed.zip/stops.txt", 4),
            ("feed.zip/trips.txt", 3),
            ("feed.zip/trips.txt", 4),
            ("feed.zip/stop_times.txt", 5),
            ("feed.zip/stop_times.txt", 6),
            ("feed.zip/trips.txt", 5),
        ]
    );
    assert_eq!(
        rows(&report.repaired),
        [("feed.zip/stops.txt", 2), ("feed.zip/stop_times.txt", 3), ("feed.zip/trips.txt", 2)]
    );
}
