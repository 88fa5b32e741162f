//! What feeds say, and what a pack then says.

use super::*;
use crate::city::build::sketch::day_number;
use crate::city::timetable::{LineIdx, ServiceIdx, TextIdx};

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
    assert_eq!((walks(&city, "p"), walks(&city, "q")), (vec![("q", 30), ("far", 900)], vec![("far", 900)]));
    assert_eq!(city.timetable().change_s(stop(&city, "p")), 45);
    assert_eq!(rows(&report.refused), [("feed.zip/transfers.txt", 7)]);
}

#[test]
fn staying_seated_is_told_by_blocks() {
    let bench = Bench::new();
    let stop_times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
        t,10:00:00,10:00:00,x,1\nt,10:10:00,10:10:00,y,2\nu,10:20:00,10:20:00,y,1\nu,10:30:00,10:30:00,x,2\n";
    let blocks = |trips: &str, transfers: &str| {
        let (_, city) =
            bench.city(&[("stop_times.txt", stop_times), ("trips.txt", trips), ("transfers.txt", transfers)]);
        let trips = city.timetable().trips;
        (trips[0].block != TextIdx::NONE, trips[0].block == trips[1].block)
    };
    let (without, with) = (
        "route_id,service_id,trip_id\nr,s,t\nr,s,u\n",
        "route_id,service_id,trip_id,block_id\nr,s,t,b\nr,s,u,b\n",
    );
    let head = "from_stop_id,to_stop_id,transfer_type,from_trip_id,to_trip_id\n";
    assert_eq!(blocks(without, &format!("{head}y,y,4,t,u\n")), (true, true));
    assert_eq!(blocks(with, head), (true, true));
    assert!(!blocks(with, &format!("{head}y,y,5,t,u\n")).1);
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
            ("feed.zip/stops.txt", 4),
            ("feed.zip/stops.txt", 5),
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
