//! In what order a feed has its rows changes no pack, and no answer.

use super::pbf::Pbf;
use super::*;
use crate::city::timetable::stop_kind;
use crate::plan::{Endpoint, Leg, PlanQuery, When, Zones, plan};
use proptest::prelude::*;
use std::sync::OnceLock;

/// A feed with all files that are read, and in them what could be told apart by its row alone: stops at one
/// place, lines with the same stops, trips that leave at one moment, days that are added and removed.
const WHOLE: [(&str, &str); 13] = [
    (
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone\nB,Poezd,http://b,Asia/Oral\n\
         A,Avtobus,http://a,Asia/Almaty\nC,Tramvai,http://c,Asia/Almaty\n",
    ),
    (
        "stops.txt",
        "stop_id,stop_name,stop_code,stop_lat,stop_lon,zone_id,location_type,parent_station,wheelchair_boarding\n\
         S,Vokzal,,47.1000,51.9000,,1,,1\np1,Vokzal,1,47.1001,51.9010,in,0,S,0\np2,Vokzal,2,47.1001,51.9020,in,0,S,\n\
         gate,Gate,,,,,2,S,\nback,Gate,,47.1002,51.9001,,2,S,2\nhall,,,,,,3,S,\narea,Area,,,,,4,p2,\n\
         x1,Bazaar,,47.1100,51.9000,in,,,\nx2,Bazaar,,47.1100,51.9000,out,,,\ny,Bridge,,47.1103,51.9000,,,,2\n\
         z,School,,47.1103,51.9003,,,gone,1\nlost,,,,,,,,\n",
    ),
    (
        "routes.txt",
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color\n\
         r7,A,7,There,3,ff0000\nr8,C,8,There,0,\nr9,,9,Round,3,00ff00\nr10,B,10,Far,2,\nr11,gone,11,,3,x\n",
    ),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         week,1,1,1,1,1,0,0,20240226,20240310\nweek,0,0,0,0,0,1,0,20240226,20240303\n\
         end,0,0,0,0,0,1,1,20240226,20240310\nnever,0,0,0,0,0,0,0,20240226,20240310\n",
    ),
    (
        "calendar_dates.txt",
        "service_id,date,exception_type\nend,20240301,1\nweek,20240308,2\nday,20240301,1\nday,20240304,1\n\
         day,20240304,2\nend,20240303,2\nend,20240303,1\nalso,20240301,1\n",
    ),
    (
        "shapes.txt",
        "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nw2,47.11,51.90,1\nw2,47.12,51.95,5\n\
         w2,47.10,51.91,9\nw1,47.10,51.91,3\nw1,47.11,51.90,1\nw1,47.12,51.95,2\nw0,47.11,51.9,1\nw0,47.10,51.91,2\n",
    ),
    (
        "trips.txt",
        "route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id,wheelchair_accessible\n\
         r7,week,t1,Vokzal,0,b1,w1,1\nr7,week,t2,Station,0,,w2,\nr7,day,t3,,0,,w0,2\nr8,also,t4,Vokzal,0,b2,,\n\
         r8,week,t5,Vokzal,0,b1,,1\nr9,end,t6,Round,1,,,\nr9,week,t7,Round,,,,\nr10,day,t8,,,b2,,\nr10,never,t9,,,,,\n\
         r11,week,t10,Market,,b2,,\nr9,week,t11,,,,,\n",
    ),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,shape_dist_traveled\n\
         t1,10:00:00,10:00:00,x1,0,,,0\nt1,,,y,1,,,2\nt1,10:10:00,10:11:00,p1,2,,,5\n\
         t2,10:00:00,10:00:00,x1,0,,,\nt2,,,y,1,,,\nt2,10:10:00,10:11:00,p1,2,,,\n\
         t3,10:00:00,10:00:00,x1,1,,,\nt3,10:05:00,10:05:00,y,2,,,\nt3,10:09:00,10:11:00,p1,3,,,\n\
         t4,10:00:00,10:00:00,x2,1,,,\nt4,10:05:00,10:05:00,y,2,,,\nt4,10:10:00,10:11:00,p1,3,,,\n\
         t5,10:20:00,10:20:00,p1,10,,,\nt5,10:25:00,10:25:00,z,20,,1,\nt5,10:30:00,10:30:00,x1,30,,,\n\
         t6,09:00:00,09:00:00,p2,1,1,,\nt6,09:10:00,09:10:00,z,2,,,\nt6,09:20:00,09:20:00,p2,3,,,\n\
         t7,09:00:00,09:00:00,p2,1,1,,\nt7,09:10:00,09:10:00,z,2,,,\nt7,09:20:00,09:20:00,p2,3,,,\n\
         t8,26:00:00,26:00:00,p2,1,,,\nt8,46:00:00,46:00:00,x2,2,,,\nt9,10:00:00,10:00:00,x1,1,,,\n\
         t10,10:15:00,10:15:00,p1,1,,,\nt10,10:20:00,10:20:00,x2,2,,,\nt10,10:25:00,10:24:00,y,3,,,\n\
         t11,09:00:00,09:00:00,x1,1,,,\nt11,09:08:00,09:08:00,z,2,,,\nt11,09:20:00,09:20:00,gone,3,,,\n",
    ),
    (
        "frequencies.txt",
        "trip_id,start_time,end_time,headway_secs,exact_times\nt7,08:00:00,09:00:00,900,0\n\
         t7,08:30:00,09:30:00,600,1\nt7,8:30:00,09:30:00,1200,0\nt6,07:00:00,07:10:00,300,1\nt6,07:00:00,07:10:00,300,0\n",
    ),
    (
        "transfers.txt",
        "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id,from_trip_id,to_trip_id\n\
         p1,p2,2,90,,,,\np1,p2,2,60,,,,\nS,S,2,200,,,,\nx1,x1,2,30,,,,\nx1,z,0,,,,,\ny,x2,3,,,,,\nx1,x2,2,120,r7,r8,,\n\
         x1,x1,2,240,r7,,,\ny,y,1,,,,t1,t4\ny,z,2,300,,r9,t2,\ny,z,3,,,,t3,t11\n,,4,,,,t4,t10\n,,5,,,,t1,t5\n,,4,,,,t1,t5\n\
         gone,x1,2,1,,,,\n",
    ),
    (
        "pathways.txt",
        "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length,traversal_time,stair_count\n\
         1,gate,hall,1,1,60,,\n2,hall,p1,2,1,,,40\n3,hall,p1,5,1,,90,\n4,hall,area,1,0,,50,\n5,p2,back,4,0,,30,\n\
         6,back,gate,1,1,,200,\n",
    ),
    (
        "translations.txt",
        "table_name,field_name,language,translation,record_id,field_value\n\
         stops,stop_name,ru,Базар,x1,\nstops,stop_name,ru,Рынок,x2,\nstops,stop_name,kk,Базар,,Bazaar\n\
         stops,stop_name,ru,Мост,y,\nroutes,route_long_name,ru,Туда,r7,\nroutes,route_long_name,ru,Там,r8,\n\
         trips,trip_headsign,ru,Вокзал,,Vokzal\nstops,stop_name,ru,Станция,S,\ntrips,trip_headsign,en,Roundabout,t6,\n",
    ),
    (
        "fare_attributes.txt",
        "fare_id,price,currency_type,payment_method,transfers\nf,80,KZT,0,0\ng,120,KZT,0,1\n",
    ),
];

/// The bytes of the pack of a feed with these files, in these orders, on a map of a few streets.
fn packed(files: &[(&str, String)]) -> (Vec<u8>, BuildReport) {
    let bench = Bench::new();
    let map = Pbf::default()
        .node(1, 100, 900, &[("addr:street", "Abay"), ("addr:housenumber", "1")])
        .node(2, 110, 900, &[("shop", "yes"), ("name", "Dukan")])
        .node(3, 110, 905, &[])
        .way(&[1, 2, 3], &[("highway", "residential"), ("name", "Abay"), ("name:ru", "Абая")]);
    fs::write(bench.path("map.osm.pbf"), map.bytes()).unwrap();
    let feed = bench.zip("feed.zip", files);
    let (report, _) = bench.build(Build::new("A").gtfs(feed).osm(bench.path("map.osm.pbf"))).unwrap();
    (fs::read(bench.path("city.jol")).unwrap(), report)
}

/// A file with its rows in this order, below its header.
fn in_order(text: &str, order: impl FnOnce(&mut Vec<String>)) -> String {
    let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut below = rows.split_off(1);
    order(&mut below);
    rows.extend(below);
    rows.join("\n") + "\n"
}

fn as_written(files: &[(&'static str, &'static str)]) -> Vec<(&'static str, String)> {
    files.iter().map(|(file, text)| (*file, (*text).to_owned())).collect()
}

/// What each order must come to.
fn whole() -> &'static (Vec<u8>, BuildReport) {
    static WHOLE_PACK: OnceLock<(Vec<u8>, BuildReport)> = OnceLock::new();
    WHOLE_PACK.get_or_init(|| packed(&as_written(&WHOLE)))
}

fn shuffled() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let file = |(file, text): (&'static str, &'static str)| {
        let (head, below) = text.split_once('\n').unwrap();
        let rows: Vec<&str> = below.lines().collect();
        Just(rows).prop_shuffle().prop_map(move |rows| (file, format!("{head}\n{}\n", rows.join("\n"))))
    };
    WHOLE.map(file).to_vec()
}

#[test]
fn the_feed_that_is_shuffled_has_something_of_everything() {
    let (bytes, report) = whole();
    let city = City::from_bytes(bytes).unwrap();
    let timetable = city.timetable();
    let berths = timetable.stops.iter().filter(|stop| stop.kind == stop_kind::BERTH).count();
    assert!(berths > 2 && !timetable.continuations.is_empty() && !timetable.stepless.is_empty());
    assert!(timetable.stops.iter().any(|stop| stop.behind_entrances == 1));
    assert!(!timetable.numberings.is_empty() && timetable.shape_points.len() == 5);
    assert!(timetable.trips.iter().any(|trip| trip.headway_s > 0));
    assert_eq!((report.lines, report.refused.count, report.repaired.count), (5, 5, 3));
    let name = timetable.stop(stop(&city, "x2")).unwrap().name;
    assert_eq!((timetable.text_in(name, "ru"), timetable.text_in(name, "kk")), ("Базар", "Базар"));
    assert_eq!(city.time_zone(), "Asia/Almaty", "of the first agency by id");
}

proptest! {
    #[test]
    fn a_pack_does_not_depend_on_the_order_of_rows(files in shuffled()) {
        let (bytes, report) = packed(&files);
        prop_assert!(bytes == whole().0, "{files:#?}");
        let counts = |report: &BuildReport| (report.refused.count, report.repaired.count);
        prop_assert_eq!(counts(&report), counts(&whole().1));
    }
}

#[test]
fn stop_times_come_trip_by_trip_interleaved_or_backwards() {
    let turned = |order: &dyn Fn(&mut Vec<String>)| {
        let mut files = as_written(&WHOLE);
        let (_, rows) = files.iter_mut().find(|(file, _)| *file == "stop_times.txt").unwrap();
        *rows = in_order(rows, order);
        packed(&files).0
    };
    let number = |row: &String| row.split(',').nth(4).unwrap().parse::<u32>().unwrap();
    // The first stop of each trip, then the second of each: no two rows of one trip together.
    assert!(turned(&|rows| rows.sort_by_key(number)) == whole().0);
    assert!(turned(&|rows| rows.reverse()) == whole().0);
    assert!(turned(&|rows| rows.sort()) == whole().0);
}

/// The trips and stops of the journeys that a passenger is told from a to d.
fn journeys(files: &[(&str, String)]) -> Vec<String> {
    let bench = Bench::new();
    let (_, city) = bench.build(Build::new("A").gtfs(bench.zip("feed.zip", files))).unwrap();
    let (timetable, [from, to]) = (city.timetable(), ["a", "d"].map(|id| Endpoint::Stop { id: id.into() }));
    // 2024-03-01T09:50 in Almaty.
    let query = PlanQuery::new(from, to, When::DepartAt { ms: 1_709_268_600_000 });
    let zones = Zones::of(&timetable).unwrap();
    let told = plan(&timetable, &city.streets(), &zones, &query).unwrap().journeys;
    let legs = told.iter().flat_map(|journey| &journey.legs);
    let ride = |leg: &Leg| match leg {
        Leg::Ride(ride) => Some(format!("{} {} from {}", ride.line, ride.trip_id, ride.from_stop.id)),
        Leg::Walk(_) => None,
    };
    legs.filter_map(ride).collect()
}

#[test]
fn of_equal_journeys_one_is_told_in_whatever_order_the_feed_has_them() {
    let stops =
        "stop_id,stop_name,stop_lat,stop_lon\na,A,47.1,51.0\nd,D,47.1,51.9\nm1,M,47.1,51.3\nm2,N,47.1,51.6\n";
    let routes =
        "route_id,agency_id,route_short_name,route_long_name,route_type\nr1,A,1,,3\nr2,A,2,,3\nr3,A,3,,3\n";
    let times = |trips: &[(&str, [&str; 4])]| {
        let row = |(trip, [from, leaves, to, arrives]): &(&str, [&str; 4])| {
            format!("{trip},{leaves},{leaves},{from},1\n{trip},{arrives},{arrives},{to},2\n")
        };
        let rows: String = trips.iter().map(row).collect();
        format!("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n{rows}")
    };
    let straight = ["a", "10:00:00", "d", "10:30:00"];
    // Two trips of one line that leave and arrive together; two lines; a change at one stop or at another.
    let ties = [
        ("r1,s,t1\nr1,s,t2\n", times(&[("t1", straight), ("t2", straight)]), vec!["1 t1 from a"]),
        ("r1,s,t1\nr2,s,t2\n", times(&[("t1", straight), ("t2", straight)]), vec!["1 t1 from a"]),
        (
            "r1,s,t1\nr2,s,t2\nr3,s,t3\nr3,s,t4\n",
            times(&[
                ("t1", ["a", "10:00:00", "m1", "10:10:00"]),
                ("t2", ["a", "10:00:00", "m2", "10:10:00"]),
                ("t3", ["m1", "10:15:00", "d", "10:30:00"]),
                ("t4", ["m2", "10:15:00", "d", "10:30:00"]),
            ]),
            vec!["1 t1 from a", "3 t3 from m1"],
        ),
    ];
    for (trips, times, expected) in ties {
        let mut files = as_written(&FEED);
        let trips = format!("route_id,service_id,trip_id\n{trips}");
        for (file, text) in &mut files {
            match *file {
                "stops.txt" => *text = stops.to_owned(),
                "routes.txt" => *text = routes.to_owned(),
                "trips.txt" => *text = trips.clone(),
                "stop_times.txt" => *text = times.clone(),
                _ => {}
            }
        }
        assert_eq!(journeys(&files), expected);
        files.iter_mut().for_each(|(_, text)| *text = in_order(text, |rows| rows.reverse()));
        assert_eq!(journeys(&files), expected, "backwards");
    }
}
