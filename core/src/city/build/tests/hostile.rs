//! Archives that no operator would publish.

use super::*;
use std::io;

#[test]
fn what_is_missing_is_named() {
    let bench = Bench::new();
    let without = |file: &str| {
        let files: Vec<_> = FEED.into_iter().filter(|(name, _)| *name != file).collect();
        bench.build(Build::new("A").gtfs(bench.zip("feed.zip", &files))).unwrap_err()
    };
    for file in ["agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"] {
        assert_eq!(without(file), BuildError::MissingFile { file: format!("feed.zip/{file}") });
    }
    assert!(matches!(without("calendar_dates.txt"), BuildError::MissingFile { .. }));
    assert_eq!(
        bench.error(&[("trips.txt", "route_id,trip_id\nr,t\n")]),
        BuildError::MissingColumn { file: "feed.zip/trips.txt".into(), column: "service_id" }
    );
    assert_eq!(
        bench.error(&[("trips.txt", "route_id,service_id,trip_id\n")]),
        BuildError::NoTrips { feeds: 1 }
    );
    let nowhere = Build::new("A").gtfs(bench.path("nowhere.zip"));
    let missing = BuildError::Unreadable { file: "nowhere.zip".into(), kind: io::ErrorKind::NotFound };
    assert_eq!(bench.build(nowhere).unwrap_err(), missing);
}

#[test]
fn a_time_zone_that_is_none_names_its_row() {
    let agency = "agency_name,agency_timezone\nA,Asia/Almaty\nB,Mars/Olympus\n";
    let error = Bench::new().error(&[("agency.txt", agency)]);
    assert!(matches!(error, BuildError::Malformed { row: 3, .. }), "{error}");
}

#[test]
fn an_archive_that_is_none_or_cut_off_is_an_error() {
    let bench = Bench::new();
    let whole = fs::read(bench.feed(&[])).unwrap();
    for bytes in [&b"not a zip"[..], &[], &whole[..whole.len() / 2], &whole[..whole.len() - 30]] {
        fs::write(bench.path("feed.zip"), bytes).unwrap();
        let error = bench.build(Build::new("A").gtfs(bench.path("feed.zip"))).unwrap_err();
        assert!(matches!(error, BuildError::Malformed { .. }), "{error}");
    }
    let mut damaged = whole;
    // Within the packed bytes of the first file: the checksum no longer fits.
    damaged[60] ^= 0xff;
    fs::write(bench.path("feed.zip"), damaged).unwrap();
    let error = bench.build(Build::new("A").gtfs(bench.path("feed.zip"))).unwrap_err();
    assert!(error.to_string().contains("agency.txt"), "{error}");
}

#[test]
fn a_row_without_end_does_not_fill_the_memory() {
    let bench = Bench::new();
    let endless = "a".repeat(3 << 20);
    let quoted = format!("stop_id,stop_name,stop_lat,stop_lon\nx,\"{}", "\n,".repeat(2 << 20));
    for stops in [endless, quoted] {
        let error = bench.error(&[("stops.txt", &stops)]);
        assert!(
            matches!(&error, BuildError::TooLarge { file, .. } if file == "feed.zip/stops.txt"),
            "{error}"
        );
    }
}

#[test]
fn quotes_within_a_field_end_no_row() {
    let stops = format!(
        "stop_id,stop_name,stop_lat,stop_lon\nx,5\" pipe,47.1,51.9\ny,B,47.11,51.9\n{}",
        "z,,,\n".repeat(300_000)
    );
    let (report, _) = Bench::new().city(&[("stops.txt", &stops)]);
    assert_eq!((report.stops, report.refused.count), (2, 300_000));
    assert_eq!(report.refused.first.len(), 40);
}

#[test]
fn names_of_entries_lead_nowhere() {
    let bench = Bench::new();
    let mut files = FEED.to_vec();
    files[1].0 = "../../stops.txt";
    let path = bench.zip("feed.zip", &files);
    let error = bench.build(Build::new("A").gtfs(path)).unwrap_err();
    assert!(matches!(error, BuildError::MissingFile { .. }), "{error}");
    assert!(!bench.path("../../stops.txt").exists());
}

#[test]
fn a_calendar_of_centuries_or_a_bus_every_second_of_ten_days_is_refused_or_bounded() {
    let bench = Bench::new();
    let calendar = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
        s,1,1,1,1,1,1,1,00010101,99991231\n";
    let (report, _) = bench.city(&[("calendar.txt", calendar)]);
    assert_eq!(rows(&report.refused), [("feed.zip/calendar.txt", 2)]);
    let frequencies =
        format!("trip_id,start_time,end_time,headway_secs\n{}", "t,0:00:00,240:00:00,1\n".repeat(150));
    let error = bench.error(&[("frequencies.txt", &frequencies)]);
    assert!(
        matches!(&error, BuildError::TooLarge { file, .. } if file == "feed.zip/frequencies.txt"),
        "{error}"
    );
}

#[test]
fn letters_that_are_none_are_replaced_and_noted() {
    let bench = Bench::new();
    let mut files: Vec<(&str, &[u8])> = FEED.iter().map(|(file, text)| (*file, text.as_bytes())).collect();
    files[1].1 = b"stop_id,stop_name,stop_lat,stop_lon\nx,Caf\xe9,47.10,51.90\ny,B,47.11,51.90\n";
    let (report, city) = bench.build(Build::new("A").gtfs(bench.zip("feed.zip", &files))).unwrap();
    assert_eq!(city.stop_name(stop(&city, "x")), "Caf\u{fffd}");
    assert_eq!(rows(&report.repaired), [("feed.zip/stops.txt", 2)]);
}

#[test]
fn a_failed_build_leaves_the_old_pack_and_nothing_else() {
    let bench = Bench::new();
    let (_, old) = bench.city(&[]);
    let before = fs::read(bench.path("city.jol")).unwrap();
    bench.error(&[("trips.txt", "route_id,service_id,trip_id\n")]);
    assert_eq!(fs::read(bench.path("city.jol")).unwrap(), before);
    assert!(is_tidy(bench.folder.path()));
    let (_, new) = bench
        .city(&[("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\nx,New,47.1,51.9\ny,B,47.11,51.9\n")]);
    assert_eq!((old.stop_name(StopIdx(0)), new.stop_name(StopIdx(0))), ("Bazaar", "New"));
    let nowhere = Build::new("A").gtfs(bench.feed(&[])).out(bench.path("no/such/folder/city.jol"));
    assert!(matches!(nowhere.run(&mut |_| ()), Err(BuildError::Unwritable { .. })));
}
