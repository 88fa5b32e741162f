//! The terminal as QA and newcomers run it: the binary `jol`, its words, its JSON and its exit codes.

use jol_core::operator::wire::Base64;
use jol_core::qr::{Correction, QrCode};
use jol_core::travel::{ExportFormat, TravelQuery};
use jol_headless::story::{Scene, tell};
use jol_headless::world::sample::SampleCity;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The command, with a folder of its own for whatever it makes.
struct Terminal {
    folder: TempDir,
}

impl Terminal {
    fn new() -> Terminal {
        Terminal { folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Output {
        let mut jol = Command::new(env!("CARGO_BIN_EXE_jol"));
        jol.args(args).current_dir(self.folder.path()).output().expect("jol runs")
    }

    /// What it printed; it ended well.
    fn says<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> String {
        let Output { status, stdout, stderr } = self.run(args);
        assert!(status.success(), "{status}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).expect("text")
    }

    /// The one line in which it said why not; it ended with code 1 and printed nothing else.
    fn refuses<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> String {
        let Output { status, stdout, stderr } = self.run(args);
        let said = String::from_utf8(stderr).expect("text");
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(stdout.is_empty(), "{}", String::from_utf8_lossy(&stdout));
        assert_eq!(said.lines().count(), 1, "one sentence: {said}");
        said.trim_start_matches("jol: ").trim_end().to_owned()
    }

    /// The lines of a ride that came to its end, without what time it took and where it was.
    fn rides<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
        let args = ["ride", "--json", "--folder", "wallet"].into_iter().chain(args);
        let lines = self.says(args);
        let lines: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        let (last, steps) = lines.split_last().expect("a last line");
        assert_eq!((&last["ride"], &last["steps"]), (&Value::from("ok"), &Value::from(8)), "{last}");
        let names: Vec<&str> = steps.iter().filter_map(|step| step["name"].as_str()).collect();
        assert_eq!(names, ["sign_up", "choose_city", "card", "plan", "board", "pay", "show", "arrive"]);
        assert!(steps.iter().all(|step| step["ms"].as_f64().is_some_and(|ms| ms > 0.0)));
        assert!(self.file("wallet/phone").is_dir(), "the wallet is where it said");
        std::fs::remove_dir_all(self.file("wallet")).expect("a wallet");
        lines
    }

    fn sample(&self) -> (String, String) {
        let (gtfs, osm) = SampleCity::generate(1).write(self.folder.path()).expect("written");
        (gtfs.display().to_string(), osm.display().to_string())
    }
}

#[test]
fn a_ride_in_the_sample_city_is_told_in_json_and_is_the_same_for_the_same_seed() {
    let terminal = Terminal::new();
    let lines = terminal.rides([]);
    let step = |name: &str| lines.iter().find(|line| line["name"] == name).expect("the step");
    assert_eq!(step("choose_city")["sample"], true);
    assert_eq!((&step("plan")["from"], &step("plan")["to"]), (&"address".into(), &"address".into()));
    assert!(step("plan")["rides"].as_u64().is_some_and(|rides| rides >= 2), "a transfer");
    assert_eq!(step("plan")["walking_estimated"], false);
    assert_eq!(step("board")["found"], "by position");
    assert_eq!(step("show")["verdict"], "valid");
    assert_eq!(step("show")["qr_version"], 10);
    assert_eq!(step("pay")["fare_tiyn"], step("arrive")["month_tiyn"], "charged once");
    assert!(step("card")["said"].to_string().contains("pension certificate"), "what to bring");

    let told = |lines: &[Value]| -> Vec<Value> {
        let mut lines = lines.to_vec();
        for line in &mut lines {
            let facts = line.as_object_mut().expect("an object");
            // How long it took, the operator's port and the folder are this run's alone.
            facts.retain(|fact, _| !["ms", "cold_ticket_ms", "said", "folder"].contains(&fact.as_str()));
        }
        lines
    };
    assert_eq!(told(&terminal.rides([])), told(&lines));
    assert_eq!(terminal.rides(["--seed", "2"]).last().expect("a line")["seed"], 2);
}

#[test]
fn a_city_of_files_is_ridden_with_its_streets_and_without() {
    let terminal = Terminal::new();
    let (gtfs, osm) = terminal.sample();
    let plan = |lines: &[Value]| lines.iter().find(|line| line["name"] == "plan").expect("a plan").clone();
    let streets = terminal.rides(["--gtfs", &gtfs, "--osm", &osm]);
    assert_eq!(
        (&plan(&streets)["from"], &plan(&streets)["walking_estimated"]),
        (&"address".into(), &false.into())
    );
    assert_eq!(streets.last().expect("a line")["sample"], false);
    let none = terminal.rides(["--gtfs", &gtfs]);
    assert_eq!((&plan(&none)["from"], &plan(&none)["walking_estimated"]), (&"stop".into(), &true.into()));
    assert!(plan(&none)["said"].to_string().contains("estimated"), "and it is said");
}

#[test]
fn passengers_read_the_ride_in_their_language_and_see_the_code() {
    let terminal = Terminal::new();
    for (language, paid) in [("kk", "Төленді: 100"), ("ru", "Оплачено: 100"), ("en", "Paid: 100")]
    {
        let said = terminal.says(["ride", "--folder", language, "--language", language]);
        assert!(said.contains(paid), "{said}");
        assert!(said.contains('▀') && said.contains('▄'), "the code in half blocks");
        assert!(said.contains("not any city's timetable") || language != "en", "a sample is called one");
    }
}

#[test]
fn a_feed_that_cannot_be_used_is_one_sentence_that_names_it() {
    let terminal = Terminal::new();
    let (gtfs, osm) = terminal.sample();
    let whole = std::fs::read(&gtfs).expect("a feed");
    std::fs::write(terminal.file("cut.zip"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(terminal.file("empty.zip"), b"").expect("written");
    std::fs::write(terminal.file("garbled.osm.pbf"), vec![7; 4_000]).expect("written");
    for (args, named) in [
        (vec!["--gtfs", "cut.zip"], "cut.zip"),
        (vec!["--gtfs", "empty.zip"], "empty.zip"),
        (vec!["--gtfs", "nowhere.zip"], "nowhere.zip"),
        (vec!["--gtfs", &gtfs, "--osm", "garbled.osm.pbf"], "garbled.osm.pbf"),
        (vec!["--gtfs", &osm], "sample.osm.pbf"),
    ] {
        let ride = ["ride", "--json", "--folder", "wallet"].into_iter().chain(args.iter().copied());
        let why = terminal.refuses(ride);
        assert!(why.contains(named), "{why}");
        let build = ["city", "build", "--out", "city.jol"].into_iter().chain(args.iter().copied());
        assert!(terminal.refuses(build).contains(named));
        assert!(!terminal.file("city.jol").exists(), "no half a pack is left");
    }
}

#[test]
fn a_pack_is_built_searched_and_planned_through() {
    let terminal = Terminal::new();
    let (gtfs, osm) = terminal.sample();
    let made = terminal.says(["city", "build", "--gtfs", &gtfs, "--osm", &osm, "--out", "city.jol"]);
    assert!(made.contains("12 lines") && made.contains("city.jol"), "{made}");
    meeting_lines(&terminal.file("lines.zip"));
    let both = terminal.says(["city", "build", "--gtfs", &gtfs, "lines.zip", "--out", "both.jol"]);
    assert!(both.contains("14 lines"), "{both}");
    let sample = SampleCity::generate(1);
    let found = terminal.says(["places", "city.jol", &sample.from_address.text.ru, "--limit", "3"]);
    assert!(found.lines().count() <= 3 && !found.is_empty(), "{found}");
    let (from, to) = (&sample.from_address.text.ru, &sample.to_address.text.ru);
    let plan = ["plan", "city.jol", from, to, "--depart", "2026-09-02T08:00", "--language", "ru"];
    let told = terminal.says(plan);
    assert!(told.contains("Маршрут") && told.contains(", пешком "), "{told}");
    let told = terminal.says(plan.into_iter().chain(["--json", "--limit", "1"]));
    let journey: Value = serde_json::from_str(told.trim()).expect("a journey");
    let legs = journey["legs"].as_array().expect("legs");
    let ride = legs.iter().find_map(|leg| leg.get("Ride")).expect("a ride");
    assert_eq!((&ride["mode"], ride["colour"].is_u64()), (&Value::from(3), true), "{ride}");
    let stop = format!("stop:{}", ride["from_stop"]["id"].as_str().expect("an id"));
    let board = terminal.says(["board", "city.jol", &stop, "--at", "2026-09-02T08:00"]);
    assert!(board.lines().count() > 2, "{board}");
    let live = ["board", "city.jol", &stop, "--at", "2026-09-02T08:00", "--live", "none.pb"];
    let Output { status, stdout, stderr } = terminal.run(live);
    let (board, said) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!(status.code(), Some(1), "a script hears of it");
    assert!(
        board.lines().count() > 2 && board.contains("none.pb"),
        "and a passenger has the timetable: {board}"
    );
    assert_eq!(said, "jol: the board lacks what a live feed says\n");
    let watched = terminal.says(live.into_iter().chain(["--watch", "--times", "1"]));
    assert_eq!(watched, board, "whoever watches waits for it to come back");
    assert!(terminal.refuses(["plan", "city.jol", "qqqqq", to]).contains("no place \"qqqqq\""));
    std::fs::write(terminal.file("city.jol"), b"no timetable").expect("written");
    assert!(terminal.refuses(["places", "city.jol", "1"]).contains("city.jol"));
}

/// Two lines that meet: A–B–C every half hour and D–E, C and D being 100 m apart.
fn meeting_lines(file: &Path) {
    let mut trips = String::from("route_id,service_id,trip_id\n");
    let mut times = String::from("trip_id,stop_sequence,stop_id,arrival_time,departure_time\n");
    for half in 0..8 {
        let clock = |minutes: u32| format!("{:02}:{:02}:00", 8 + minutes / 60, minutes % 60);
        for (line, stops, begins) in
            [("1", &["A", "B", "C"][..], 30 * half), ("2", &["D", "E"][..], 30 * half + 25)]
        {
            trips += &format!("{line},daily,{line}-{half}\n");
            for (nth, stop) in (0..).zip(stops) {
                let at = clock(begins + 10 * nth);
                times += &format!("{line}-{half},{nth},{stop},{at},{at}\n");
            }
        }
    }
    let files = [
        (
            "agency.txt",
            "agency_name,agency_url,agency_timezone\nA,https://a.example,Asia/Atyrau\n".to_owned(),
        ),
        ("routes.txt", "route_id,route_short_name,route_type\n1,1,3\n2,2,3\n".to_owned()),
        (
            "calendar.txt",
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
             daily,1,1,1,1,1,1,1,20260901,20260930\n"
                .to_owned(),
        ),
        (
            "stops.txt",
            "stop_id,stop_name,stop_lat,stop_lon\nA,A,47.100,51.900\nB,B,47.110,51.900\n\
             C,C,47.120,51.900\nD,D,47.121,51.900\nE,E,47.131,51.900\n"
                .to_owned(),
        ),
        ("transfers.txt", "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nC,D,2,120\n".to_owned()),
        ("trips.txt", trips),
        ("stop_times.txt", times),
    ];
    let mut zip = zip::ZipWriter::new(std::fs::File::create(file).expect("a file"));
    for (name, text) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a file in it");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("written");
}

/// Answers worked out by hand from the timetable of [`meeting_lines`].
#[test]
fn the_planners_bench_prints_its_figures_and_fails_on_a_wrong_answer() {
    let terminal = Terminal::new();
    meeting_lines(&terminal.file("lines.zip"));
    let write = |name: &str, text: &str| std::fs::write(terminal.file(name), text).expect("written");
    write(
        "queries.csv",
        "id,from_stop,from_lat,from_lon,to_stop,to_lat,to_lon,date,dep_s\n\
         0,A,47.1,51.9,C,47.12,51.9,2026-09-16,28800\n\
         1,A,47.1,51.9,E,47.131,51.9,2026-09-16,28801\n\
         2,E,47.131,51.9,A,47.1,51.9,2026-09-16,28800\n",
    );
    // 08:20 by the bus of 08:00; too late for it, 08:30 → 08:50, walk to 08:52, 08:55 → 09:05; no way back.
    write("answers.csv", "id,rides,arr\n0,1,30000\n1,2,32700\n");
    let bench =
        ["bench", "plan", "--gtfs", "lines.zip", "--queries", "queries.csv", "--range", "120", "--json"];
    let said = terminal.says(bench.into_iter().chain(["--oracle", "answers.csv"]));
    let figures: Value = serde_json::from_str(said.lines().last().expect("a last line")).expect("JSON");
    assert_eq!((&figures["queries"], &figures["equal"]), (&3.into(), &3.into()), "{said}");
    let named = figures.as_object().expect("an object").keys().map(String::as_str);
    let mut named: Vec<&str> = named.collect();
    named.sort_unstable();
    let promised = [
        "equal",
        "open_ms",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "pack_bytes",
        "queries",
        "range_p50_ms",
        "rss_mb",
        "scan_p50_ms",
    ];
    assert_eq!(named, promised);
    assert!(figures.as_object().expect("an object").values().all(Value::is_number), "{figures}");

    write("wrong.csv", "id,rides,arr\n0,1,29999\n1,2,32700\n");
    let wrong = terminal.run(bench.into_iter().chain(["--oracle", "wrong.csv"]));
    let why = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(why.contains("query 0") && why.contains("1 of 3 answers are wrong"), "{why}");
    let skipped = terminal.run(["bench", "plan", "--gtfs", "nowhere.zip", "--queries", "queries.csv"]);
    assert!(skipped.status.success(), "data of others may be absent");
    assert!(String::from_utf8_lossy(&skipped.stderr).contains("skipped: nowhere.zip"));
}

#[test]
fn the_ticket_s_bench_prints_its_figures_and_nothing_damaged_is_believed() {
    let terminal = Terminal::new();
    let said = terminal.says(["bench", "ticket", "--json", "--rounds", "4", "--starts", "2"]);
    let figures: Value = serde_json::from_str(said.lines().last().expect("a last line")).expect("JSON");
    let named: Vec<&String> = figures.as_object().expect("an object").keys().collect();
    assert_eq!(named, ["accepted", "bytes", "chars", "mutations", "present_us", "verify_us", "version"]);
    let worst = (&figures["bytes"], &figures["chars"], &figures["version"]);
    assert_eq!(worst, (&260.into(), &395.into(), &10.into()), "{said}");
    assert_eq!(figures["accepted"], 0, "{said}");
    // Seven kinds of tickets and four of vouchers, each twice damaged, each under 1,194 other slots at three
    // moments.
    let least = 11 * (2 * 2_200 + 3 * 1_194);
    assert!(figures["mutations"].as_u64().is_some_and(|count| count > least), "{said}");
    assert!(figures["verify_us"].as_f64().is_some_and(|us| us > 0.0), "{said}");
    for row in ["longest ticket, answers a challenge", "longest voucher in use, answers a challenge"] {
        let row = said.lines().find(|line| line.starts_with(row)).expect("a row");
        assert_eq!(row.split_whitespace().rev().nth(2), Some("10"), "{row}");
    }
    assert!(said.contains("closed app to the ticket's code, no network, wrong clock: "), "{said}");
}

/// Draws a code that says this.
fn picture_of(text: &str, file: &Path) {
    let drawn = QrCode::of(text, Correction::M).and_then(|code| code.to_luma(5)).expect("a small code");
    let picture = image::GrayImage::from_raw(drawn.width(), drawn.height(), drawn.packed().into_owned());
    picture.expect("a picture").save(file).expect("written");
}

#[test]
fn pictures_are_scanned_one_after_another_and_what_is_none_is_named() {
    let terminal = Terminal::new();
    picture_of("HTTPS://JOL.KZ/B/1", &terminal.file("bus.png"));
    picture_of("два\nслова", &terminal.file("words.jpg"));
    image::GrayImage::new(40, 40).save(terminal.file("dark.png")).expect("written");
    std::fs::write(terminal.file("note.md"), "no picture").expect("written");

    let said = terminal.says(["scan", "--json", "bus.png", "words.jpg", "dark.png"]);
    let lines: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert!(lines.iter().all(|line| line["ms"].is_f64()), "{said}");
    let told: Vec<_> = lines.iter().map(|line| (&line["file"], &line["texts"])).collect();
    let right = [
        (json!("bus.png"), json!(["HTTPS://JOL.KZ/B/1"])),
        (json!("words.jpg"), json!(["два\nслова"])),
        (json!("dark.png"), json!([])),
    ];
    assert_eq!(told, right.iter().map(|(file, texts)| (file, texts)).collect::<Vec<_>>());

    let said = terminal.says(["scan", "words.jpg", "dark.png"]);
    assert!(said.contains("words.jpg: \"два\\nслова\" (") && said.contains("dark.png: no code ("), "{said}");

    let said = terminal.run(["scan", "--json", "note.md", "nowhere.png", "bus.png"]);
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&said.stderr).contains("2 of 3 pictures cannot be read"), "{said:?}");
    let lines = String::from_utf8(said.stdout).expect("text");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines[0], json!({ "file": "note.md", "error": "no picture; PNG, JPEG and WebP are read" }));
    assert_eq!((&lines[1]["file"], lines[1]["error"].is_string()), (&json!("nowhere.png"), true));
    assert_eq!(lines[2]["texts"], json!(["HTTPS://JOL.KZ/B/1"]), "the others are read");
}

#[test]
fn a_text_is_drawn_into_a_file_or_on_the_terminal_and_reads() {
    let terminal = Terminal::new();
    let said = terminal.says(["code", "HTTPS://JOL.KZ/B/1", "--out", "bus.png", "--correction", "q"]);
    assert_eq!(said, "bus.png: 25 × 25 modules, version 2\n");
    let (width, height) = image::image_dimensions(terminal.file("bus.png")).expect("a picture");
    assert_eq!((width, height), (33 * 8, 33 * 8), "eight pixels a module, with the quiet zone");
    assert!(terminal.says(["scan", "bus.png"]).starts_with("bus.png: \"HTTPS://JOL.KZ/B/1\" ("));

    terminal.says(["code", "JOL", "--out", "small.PNG", "--module", "1"]);
    assert_eq!(image::image_dimensions(terminal.file("small.PNG")).expect("a picture"), (29, 29));
    terminal.says(["code", "JOL", "--out", "small.svg"]);
    let drawn = QrCode::of("JOL", Correction::M).expect("a code");
    assert_eq!(std::fs::read_to_string(terminal.file("small.svg")).expect("an SVG"), drawn.to_svg());
    assert_eq!(terminal.says(["code", "JOL"]), drawn.to_terminal());

    assert_eq!(terminal.refuses(["code", "JOL", "--out", "code.gif"]), "code.gif: neither .svg nor .png");
    assert!(!terminal.file("code.gif").exists());
    let long = "x".repeat(2_332);
    assert_eq!(terminal.refuses(["code", &long]), "a text of 2332 bytes is too long for a code");
    assert_eq!(
        terminal.refuses(["code", "JOL", "--out", "a.png", "--module", "0"]),
        "a frame without pixels"
    );
    assert!(terminal.refuses(["code", "JOL", "--out", "nowhere/a.png"]).starts_with("nowhere/a.png: "));
}

#[test]
fn who_reads_no_further_ends_it_without_a_word() {
    let terminal = Terminal::new();
    std::fs::create_dir(terminal.file("set")).expect("a folder");
    picture_of("HTTPS://JOL.KZ/B/1", &terminal.file("set/bus.png"));
    std::fs::write(terminal.file("set/bus.txt"), "HTTPS://JOL.KZ/B/1").expect("written");
    let unread = |args: &[&str]| {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut jol = Command::new(env!("CARGO_BIN_EXE_jol"));
        let jol = jol.args(args).current_dir(terminal.folder.path()).stdout(writer);
        jol.stderr(std::process::Stdio::piped()).output().expect("jol runs")
    };
    for args in [&["scan", "set/bus.png"][..], &["code", "JOL"], &["ride", "--json"]] {
        let Output { status, stderr, .. } = unread(args);
        assert!(status.success() && stderr.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    }
    let bench = unread(&["bench", "scan", "set"]);
    assert!(!String::from_utf8_lossy(&bench.stderr).contains("panicked"), "{bench:?}");
}

#[test]
fn the_scanner_s_bench_counts_four_turns_a_picture_and_fails_on_a_wrong_text() {
    let terminal = Terminal::new();
    for folder in ["sets/signs", "sets/falsepositives-1"] {
        std::fs::create_dir_all(terminal.file(folder)).expect("a folder");
    }
    let write = |name: &str, text: &str| std::fs::write(terminal.file(name), text).expect("written");
    for (nth, text) in ["HTTPS://JOL.KZ/B/1", "аялдама"].into_iter().enumerate() {
        picture_of(text, &terminal.file(&format!("sets/signs/{nth}.png")));
        write(&format!("sets/signs/{nth}.txt"), text);
    }
    image::GrayImage::new(60, 40).save(terminal.file("sets/falsepositives-1/a.png")).expect("written");
    let bench = ["bench", "scan", "--json", "sets"];
    let lines = |said: &Output| -> Vec<Value> {
        let said = String::from_utf8_lossy(&said.stdout);
        said.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    };
    let said = terminal.run(bench);
    assert!(said.status.success(), "{said:?}");
    let told = lines(&said);
    let (figures, readers) = told.split_last().expect("a last line");
    let named: Vec<&String> = figures.as_object().expect("an object").keys().collect();
    assert_eq!(named, ["p50_ms", "p95_ms", "reads", "right", "worst_ms", "wrong"]);
    assert_eq!((&figures["reads"], &figures["right"], &figures["wrong"]), (&12.into(), &8.into(), &0.into()));
    let names: Vec<&Value> = readers.iter().map(|reader| &reader["reader"]).collect();
    assert!(names.contains(&&json!("jol, a camera's frames")) && names.contains(&&json!("rqrr alone")));
    assert_eq!(readers[0]["sets"][0], json!({ "set": "signs", "reads": 8, "right": 8, "wrong": 0 }));

    write("sets/signs/1.txt", "another");
    let said = terminal.run(bench);
    let why = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!((said.status.code(), &lines(&said).last().expect("figures")["wrong"]), (Some(1), &4.into()));
    assert!(why.contains("1.png turned by 270: jol, a still reads \"аялдама\""), "{why}");
    picture_of("HTTPS://JOL.KZ/B/1", &terminal.file("sets/falsepositives-1/a.png"));
    write("sets/signs/1.txt", "аялдама");
    assert_eq!(terminal.run(bench).status.code(), Some(1), "a text where there is no code");

    std::fs::remove_file(terminal.file("sets/signs/1.txt")).expect("removed");
    let why = terminal.refuses(bench);
    assert!(why.starts_with("no .txt file says what these say: ") && why.ends_with("1.png"), "{why}");
    let skipped = terminal.run(["bench", "scan", "nowhere"]);
    assert!(skipped.status.success(), "data of others may be absent");
    assert!(String::from_utf8_lossy(&skipped.stderr).contains("skipped: nowhere"));
}

#[test]
fn tickets_are_inspected_by_text_and_picture_while_the_operator_answers_and_after() {
    tell("terminal_inspects", |story| {
        let (terminal, scene) = (Terminal::new(), Scene::open(story));
        let operator = scene.opening("terminal").operator;
        let line = json!({
            "listening": operator.address, "issuer": operator.code, "root": Base64(operator.root_key),
        });
        std::fs::write(terminal.file("operator.json"), line.to_string()).expect("written");
        let aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        let to_sign = aru.jol.to_sign(&ride, None).expect("a ticket");
        let signature = Some(aru.key.sign(&to_sign.message));
        let text = aru.jol.present_text(&ride, to_sign.slot, None, signature.as_deref()).expect("signed");
        let drawn = aru.jol.present(&ride, to_sign.slot, None, signature.as_deref()).expect("signed");
        let frame = drawn.to_luma(4).expect("a small code");
        let picture = image::GrayImage::from_raw(frame.width(), frame.height(), frame.packed().into_owned());
        picture.expect("a picture").save(terminal.file("shown.png")).expect("written");
        image::GrayImage::new(40, 40).save(terminal.file("dark.png")).expect("written");

        let inspect = ["inspect", "--operator", "operator.json", "--folder", "inspector", "--json"];
        let run = |more: &[&str]| terminal.run(inspect.into_iter().chain(more.iter().copied()));
        let lines = |said: &Output| -> Vec<Value> {
            let said = String::from_utf8_lossy(&said.stdout);
            said.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
        };
        // Shown twice in one check: by its text, then by its picture.
        let said = run(&["--bus", "547", &text, "shown.png"]);
        let told = lines(&said);
        assert_eq!(said.status.code(), Some(1), "{told:?}");
        assert!(String::from_utf8_lossy(&said.stderr).contains("1 of 2 are not valid"));
        assert_eq!((&told[0]["verdict"], &told[0]["bus"]), (&"valid".into(), &"547".into()), "{told:?}");
        assert_eq!(told[0]["passengers"][0]["count"], 1);
        assert_eq!((&told[1]["code"], &told[1]["reason"]), (&"shown.png".into(), &"seen_before".into()));
        assert_eq!(told[2], json!({ "codes": 2, "valid": 1, "not_valid": 1, "cannot_tell": 0 }));

        // The operator is gone; what was fetched is kept.
        scene.stop();
        let said = run(&["--bus", "547", "shown.png"]);
        assert!(said.status.success() && lines(&said)[0]["verdict"] == "valid", "{said:?}");
        let words = terminal.run(["inspect", "--operator", "operator.json", "--language", "ru", "shown.png"]);
        assert_eq!(words.status.code(), Some(1), "a phone that was never connected has no keys");
        assert!(String::from_utf8_lossy(&words.stdout).contains("Ключи"), "{words:?}");
        assert_eq!(lines(&run(&["--bus", "548", "shown.png"]))[0]["reason"], "wrong_vehicle");
        let why = terminal.refuses(inspect.into_iter().chain(["dark.png"]));
        assert_eq!(why, "dark.png: no code in it");
        let why = terminal.refuses(["inspect", "--operator", "shown.png", "JOL1:"]);
        assert!(why.starts_with("shown.png: "), "{why}");
    });
}

#[test]
fn a_receipt_is_verified_by_whoever_has_the_operator_s_keys() {
    tell(module_path!(), |story| {
        let (scene, terminal) = (Scene::open(story), Terminal::new());
        let aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        let export = aru.jol.export(&TravelQuery::default(), ExportFormat::Csv).expect("a file");
        std::fs::write(terminal.file("rides.csv"), &export.bytes).expect("written");
        let (root, address) = scene.sandbox(|sandbox| (sandbox.root(), sandbox.base_url.clone()));
        let (issuer, key) = (root.issuer.to_string(), Base64(root.public_key.to_vec()));
        let line = json!({ "listening": address, "issuer": issuer, "root": key });
        std::fs::write(terminal.file("operator.json"), line.to_string()).expect("written");
        let by_line = ["receipt", "verify", "rides.csv", "--operator", "operator.json"];
        let said = terminal.says(by_line);
        assert!(said.contains("row 2: paid 100 ₸") && said.contains("1 of 1 entries"), "{said}");

        let root = format!("{issuer}:{}", line["root"].as_str().expect("a key"));
        let by_address = ["receipt", "verify", "rides.csv", "--operator", &address, "--json"];
        let said = terminal.says(by_address.into_iter().chain(["--root", &root]));
        let said: Value = serde_json::from_str(&said).expect("one line of JSON");
        assert_eq!((&said["ok"], &said["verified"]["receipts"][0]["amount"]), (&json!(true), &json!(10_000)));
        assert!(terminal.refuses(by_address).contains("--root"), "a list without a root is anybody's");
        let stranger = root.replace(&issuer, "XYZ");
        let refused = terminal.refuses(by_address.into_iter().chain(["--root", &stranger]));
        assert!(refused.contains("the key list does not hold"), "{refused}");

        let forged = String::from_utf8(export.bytes).expect("UTF-8").replacen(",100.00,", ",900.00,", 1);
        std::fs::write(terminal.file("rides.csv"), forged).expect("written");
        let output = terminal.run(by_line);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(said.contains("row 2, sum: not what the operator signed"), "{said}");
    });
}

#[test]
fn a_back_up_says_what_it_holds_to_whoever_has_its_code() {
    tell(module_path!(), |story| {
        let (scene, terminal) = (Scene::open(story), Terminal::new());
        let aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        let code = aru.jol.new_recovery_code();
        std::fs::write(terminal.file("wallet.jolb"), aru.jol.back_up(&code).expect("a back-up"))
            .expect("written");
        let said = terminal.says(["back-up", "wallet.jolb", "--code", &code]);
        assert!(
            said.contains("operator SMP") && said.contains("1  ride") && !said.contains("voucher"),
            "{said}"
        );
        let said = terminal.says(["back-up", "wallet.jolb", "--json", "--code", &code.replace('-', " ")]);
        let said: Value = serde_json::from_str(&said).expect("one line of JSON");
        assert_eq!((&said["operator"], &said["rows"]["payment"]), (&json!("SMP"), &json!(1)));
        let other = aru.jol.new_recovery_code();
        let refused = terminal.refuses(["back-up", "wallet.jolb", "--code", &other]);
        assert!(refused.starts_with("wallet.jolb: ") && refused.contains("recovery code"), "{refused}");
        assert!(terminal.refuses(["back-up", "wallet.jolb", "--code", "123"]).starts_with("--code: "));
        assert!(terminal.refuses(["back-up", "nothing", "--code", &code]).starts_with("nothing: "));
    });
}

#[test]
fn statistics_are_read_in_the_terminal() {
    tell(module_path!(), |story| {
        let (scene, terminal) = (Scene::open(story), Terminal::new());
        for number in 40_001..40_013 {
            let body = format!(r#"{{"vehicle":"0547","way":"sms","number":"{number}"}}"#);
            scene.control("POST", "/sandbox/rides", &body);
        }
        scene.pass_ms(30 * 86_400_000);
        let address = scene.sandbox(|sandbox| sandbox.base_url.clone());
        let asked = ["statistics", "--operator", &address, "--from", "2026-09-01", "--until", "2026-09-30"];
        let said = terminal.says(asked);
        assert!(said.contains("2026-09") && said.contains("standard") && said.contains("12 rides"), "{said}");
        let said: Value =
            serde_json::from_str(&terminal.says(asked.into_iter().chain(["--json"]))).expect("JSON");
        assert_eq!(said["cells"][0]["rides"], 12);
        let refused = terminal.refuses(asked.into_iter().chain(["--token", "nobody"]));
        assert!(refused.contains("401"), "{refused}");
    });
}

/// The last line of a simulation, and its exit code.
fn lives(terminal: &Terminal, more: &[&str]) -> (String, Option<i32>) {
    let output = terminal.run(["simulate", "payments", "--json"].into_iter().chain(more.iter().copied()));
    let said = String::from_utf8(output.stdout).expect("text");
    (said.lines().last().expect("a last line").to_owned(), output.status.code())
}

#[test]
fn lives_end_in_a_line_of_json_that_names_them() {
    let terminal = Terminal::new();
    let (line, code) = lives(&terminal, &["--seeds", "50"]);
    let summary: Value = serde_json::from_str(&line).expect("a line of JSON");
    let members = summary.as_object().expect("an object");
    let promised = ["lives", "violations", "charged_once", "declined", "lives_per_s", "hash"];
    let places: Vec<_> = promised.iter().map(|name| line.find(&format!("\"{name}\":"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "these, in this order: {line}");
    assert_eq!((members.len(), code), (promised.len(), Some(0)), "and no others: {line}");
    assert_eq!((&summary["lives"], &summary["violations"]), (&json!(50), &json!(0)), "{line}");
    for some in ["charged_once", "declined", "lives_per_s"] {
        assert!(summary[some].as_u64().is_some_and(|count| count > 0), "{some}: {line}");
    }
    let hash = summary["hash"].as_str().expect("a hash");
    assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");

    // The same lives are the same, the next ones are others; more of them are the sum of both.
    let told = |more: &[&str]| -> Value {
        let mut summary: Value = serde_json::from_str(&lives(&terminal, more).0).expect("a line of JSON");
        summary.as_object_mut().expect("an object").remove("lives_per_s");
        summary
    };
    let (first, next) = (told(&["--seeds", "50"]), told(&["--seeds", "50", "--from", "50"]));
    assert_eq!((first["hash"].as_str(), &first), (Some(hash), &told(&["--seeds", "50", "--from", "0"])));
    assert_ne!(next["hash"], first["hash"]);
    let both = told(&["--seeds", "100"]);
    for some in ["lives", "charged_once", "declined"] {
        let sum = first[some].as_u64().zip(next[some].as_u64()).map(|(first, next)| first + next);
        assert_eq!(both[some].as_u64(), sum, "{some}");
    }
}

#[test]
fn lives_without_a_part_of_the_design_end_with_code_1_and_say_why() {
    let terminal = Terminal::new();
    let (line, code) = lives(&terminal, &["--seeds", "600", "--without", "no-ride-rule"]);
    let summary: Value = serde_json::from_str(&line).expect("a line of JSON");
    let bad = summary["violations"].as_u64().expect("a count");
    assert!((1..=600).contains(&bad) && code == Some(1), "{line}");
    let output = terminal.run(["simulate", "payments", "--seeds", "600", "--without", "no-ride-rule"]);
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1), "with words, too");
    let life = said.lines().find_map(|line| line.strip_prefix("life ")).expect("a life that is named");
    let seed = life.trim_end_matches(':');
    // Whoever hears of one lives it again by its seed.
    let again = ["--seeds", "1", "--from", seed, "--without", "no-ride-rule"];
    let (line, code) = lives(&terminal, &again);
    let summary: Value = serde_json::from_str(&line).expect("a line of JSON");
    assert_eq!((&summary["violations"], code), (&json!(1), Some(1)), "{line}");
    let (line, code) = lives(&terminal, &again[..4]);
    assert!(
        line.contains("\"violations\":0,") && code == Some(0),
        "with all of it, that life is a good one: {line}"
    );
    let refused = terminal.run(["simulate", "payments", "--without", "nothing-like-it"]);
    assert_eq!(refused.status.code(), Some(2), "a part that there is not");
}
