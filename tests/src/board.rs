//! `jol board`: what leaves a stop, by the timetable of a city pack, or with what an operator's live feeds say.

use crate::feeds::{At, EVERY_MS, Feeds};
use crate::plan::{AskError, Asked};
use crate::ride::Speech;
use crate::say as print;
use jol_core::city::City;
use jol_core::city::timetable::StopIdx;
use jol_core::clock::{Clock, SystemClock};
use jol_core::entropy::{Entropy, SystemEntropy};
use jol_core::follow::{AtStop, StopBoard, by_places, leaving_around};
use jol_core::realtime::{Live, NoticeView};
use jol_core::text::say;
use serde_json::json;
use std::fmt::Write;
use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::time::Duration;

/// Clears the screen and goes to its corner (ECMA-48).
const CLEAR: &str = "\x1b[2J\x1b[H";

/// What `jol board` is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct BoardArgs {
    /// A city pack
    pub city: PathBuf,
    /// A stop: what a passenger types, or stop:ID
    pub stop: String,
    /// From this time on, for two hours: 8:05 or 2026-09-02T08:05; live reports are as old as they were then
    /// [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// How many departures
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// A GTFS-Realtime feed: where buses are, their delays, notices; http, https, or a file [may be given several
    /// times]
    #[arg(long, value_name = "URL")]
    pub live: Vec<String>,
    /// Ask the feeds again and again, and show what is new, until interrupted
    #[arg(long, requires = "live")]
    pub watch: bool,
    /// Show it so many times only
    #[arg(long, value_name = "N", requires = "watch")]
    pub times: Option<u64>,
    /// What the passenger reads
    #[arg(long, value_enum, default_value = "en")]
    pub language: Speech,
    /// A line of JSON {"board":…} with the stop's name, one a departure, and {"notice":…} and {"trouble":…} if there
    /// are any
    #[arg(long)]
    pub json: bool,
}

/// Why there is no board, or not the whole of it.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The question has no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// No client for HTTPS.
    #[error("no HTTPS: {0}")]
    Https(String),
    /// The board was shown without what a feed says.
    #[error("the board lacks what a live feed says")]
    LacksLive,
    /// It could not be shown.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Shows a stop's board: once, or again and again as its feeds answer.
///
/// # Errors
/// [`BoardError`].
pub fn board(city: &City, args: &BoardArgs) -> Result<(), BoardError> {
    let clock = || At { now_ms: SystemClock.wall_ms(), boot_ms: SystemClock.boot_ms() };
    let mut board = Board::open(city, args, clock())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let clears = args.watch && !args.json && stdout().is_terminal();
    let mut left = if args.watch { args.times.unwrap_or(u64::MAX) } else { 1 };
    while left > 0 {
        runtime.block_on(board.ask(clock(), &SystemEntropy));
        let shown = board.text(clock())?;
        print(format_args!("{}{}", if clears { CLEAR } else { "" }, shown.trim_end()))?;
        left -= 1;
        if left > 0 {
            // What is known grows old meanwhile, also while an operator does not want to be asked.
            let pause = board.feeds.due_in_ms(clock().boot_ms).min(EVERY_MS);
            let pause = Duration::from_millis(pause.unsigned_abs());
            runtime.block_on(async { tokio::time::sleep(pause).await });
        }
    }
    let lacks = !args.watch && board.feeds.troubles().next().is_some();
    if lacks { Err(BoardError::LacksLive) } else { Ok(()) }
}

/// A stop's board that is looked at.
pub(crate) struct Board<'a> {
    args: &'a BoardArgs,
    at: Asked<'a>,
    stop: StopIdx,
    /// The day, if it is not today's.
    day: Option<String>,
    /// The moment that was asked for, if one was, and when.
    begins: Option<At>,
    pub(crate) feeds: Feeds,
}

impl<'a> Board<'a> {
    pub(crate) fn open(city: &'a City, args: &'a BoardArgs, clock: At) -> Result<Board<'a>, BoardError> {
        let feeds = Feeds::of(&args.live).map_err(BoardError::Https)?;
        let mut at = Asked::of(city, args.language, clock.now_ms)?;
        let stop = at.stop(&args.stop)?;
        let begins = args.at.as_deref().map(|typed| at.time(typed)).transpose()?;
        let mut day = None;
        if let Some(now_ms) = begins {
            let told = at.clock(now_ms);
            at.now_ms = now_ms;
            day = Some(told).filter(|told| *told != at.clock(now_ms));
        }
        let begins = begins.map(|now_ms| At { now_ms, ..clock });
        Ok(Board { args, at, stop, day, begins, feeds })
    }

    /// The moment of the board: time goes on from the one that was asked for.
    fn now(&self, clock: At) -> At {
        let begun = self.begins.map(|begins| begins.now_ms + (clock.boot_ms - begins.boot_ms));
        At { now_ms: begun.unwrap_or(clock.now_ms), ..clock }
    }

    pub(crate) async fn ask(&mut self, clock: At, chance: &dyn Entropy) {
        let now = self.now(clock);
        self.feeds.ask(now, chance).await;
    }

    /// The board as a passenger reads it, or as JSON.
    pub(crate) fn text(&mut self, clock: At) -> Result<String, AskError> {
        let At { now_ms, .. } = self.now(clock);
        self.at.now_ms = now_ms;
        let (timetable, zones) = (&self.at.timetable, &self.at.zones);
        let live: &mut Live = self.feeds.live();
        let leaving = leaving_around(timetable, zones, &live.updates(), self.stop, now_ms);
        let trips = leaving.iter().map(|departure| departure.trip.clone()).collect();
        live.take_by_place(by_places(timetable, zones, &live.unpredicted(&trips, now_ms)));
        let at = AtStop { timetable, zones, stop: self.stop, language: self.at.language, now_ms };
        let board = at.board(&leaving, live, self.args.limit);
        if self.args.json { self.json(&board, now_ms) } else { Ok(self.words(&board)) }
    }

    fn words(&self, StopBoard { stop, rows, notices, old_text }: &StopBoard) -> String {
        let told = |message: &str, fill: &[(&str, &str)]| say(self.at.language, message, fill);
        let day = self.day.as_ref().map(|day| format!(", {day}")).unwrap_or_default();
        let mut words = format!("{stop}{day}\n");
        let wide = rows.iter().map(|row| row.line.chars().count()).max().unwrap_or(0).max(5);
        for row in rows {
            // Without feeds all times are the timetable's.
            let known =
                row.known.get(usize::from(self.args.live.is_empty())..).unwrap_or_default().join(", ");
            let known = if known.is_empty() { known } else { format!(" ({known})") };
            let time = self.at.clock(row.expected_ms);
            // Writing to a String cannot fail.
            let _ = writeln!(words, "  {time}  {:>wide$}  {}{known}", row.line, row.headsign);
        }
        if rows.is_empty() {
            let _ = writeln!(words, "  {}", told("board-nothing", &[]));
        }
        for NoticeView { title, text, holds, .. } in notices {
            let title = if *holds { title.clone() } else { told("board-later", &[("notice", title)]) };
            let _ = writeln!(words, "\n! {title}");
            text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != title).for_each(|line| {
                let _ = writeln!(words, "  {line}");
            });
        }
        if let Some(old) = old_text {
            let _ = writeln!(words, "\n{old}");
        }
        for (address, trouble) in self.feeds.troubles() {
            let why = format!("{address}: {trouble}");
            let _ = writeln!(words, "\n{}", told("board-no-live", &[("why", &why)]));
        }
        words
    }

    fn json(&self, board: &StopBoard, now_ms: i64) -> Result<String, AskError> {
        let StopBoard { stop, rows, notices, old_text } = board;
        let mut lines = vec![json!({ "board": stop, "at_ms": now_ms }).to_string()];
        for row in rows {
            lines.push(serde_json::to_string(row)?);
        }
        for NoticeView { title, text, holds, .. } in notices {
            lines.push(json!({ "notice": title, "text": text, "holds": holds }).to_string());
        }
        if let Some(old) = old_text {
            lines.push(json!({ "old": old }).to_string());
        }
        for (address, trouble) in self.feeds.troubles() {
            lines.push(json!({ "trouble": trouble.to_string(), "feed": address }).to_string());
        }
        Ok(lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::serve::shuttle_city;
    use clap::Parser;
    use jol_core::entropy::SeededEntropy;
    use jol_core::realtime::feed::{
        Alert, EntitySelector, FeedEntity, FeedMessage, OccupancyStatus, Position, TranslatedString,
        Translation, TripDescriptor, TripRelationship, TripUpdate, VehicleDescriptor, VehiclePosition,
    };
    use prost::Message;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        board: BoardArgs,
    }

    /// 2026-09-16 14:00 in Atyrau; a bus leaves each end every 40 minutes and takes 35.
    const NOON_MS: i64 = 1_789_549_200_000;

    struct Shuttle(tempfile::TempDir);

    impl Shuttle {
        fn new() -> Shuttle {
            let folder = tempfile::tempdir().expect("a folder");
            shuttle_city(folder.path()).expect("a city");
            Shuttle(folder)
        }

        /// A feed of so many seconds after noon, in a file.
        fn feed(&self, name: &str, after_s: i64, entity: Vec<FeedEntity>) -> String {
            let path = self.0.path().join(name);
            let at_s = (NOON_MS / 1_000 + after_s) as u64;
            std::fs::write(&path, FeedMessage::full(at_s, entity).encode_to_vec()).expect("written");
            path.display().to_string()
        }

        /// What is shown so many seconds after noon, or what went wrong.
        fn shows(&self, args: &[&str], after_s: i64) -> String {
            let pack = self.0.path().join("shuttle.pack").display().to_string();
            let words = ["jol", pack.as_str()].into_iter().chain(args.iter().copied());
            let args = match Command::try_parse_from(words) {
                Ok(command) => command.board,
                Err(error) => return error.to_string(),
            };
            let city = City::open(&args.city).expect("a pack");
            let clock = At { now_ms: NOON_MS + after_s * 1_000, boot_ms: 0 };
            let told = Board::open(&city, &args, clock).and_then(|mut board| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(board.ask(clock, &SeededEntropy::new(7)));
                Ok(board.text(clock)?)
            });
            told.unwrap_or_else(|error| error.to_string())
        }
    }

    fn run(start: &str) -> TripDescriptor {
        TripDescriptor {
            trip_id: Some("out".into()),
            start_date: Some("20260916".into()),
            start_time: Some(start.into()),
            ..TripDescriptor::default()
        }
    }

    fn update(trip: TripDescriptor, delay_s: i32) -> FeedEntity {
        let update = TripUpdate { trip, delay: Some(delay_s), ..TripUpdate::default() };
        FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() }
    }

    /// Bus 547 on the run of 14:00, so many degrees east of where it begins.
    fn bus(east: f32, crowding: Option<OccupancyStatus>) -> FeedEntity {
        let vehicle = VehiclePosition {
            trip: Some(run("14:00:00")),
            position: Some(Position {
                latitude: Some(47.1),
                longitude: Some(51.88 + east),
                bearing: None,
                speed: None,
            }),
            vehicle: Some(VehicleDescriptor {
                id: Some("0547".into()),
                label: Some("547".into()),
                license_plate: None,
            }),
            occupancy_status: crowding.map(|crowding| crowding as i32),
            ..VehiclePosition::default()
        };
        FeedEntity { vehicle: Some(Box::new(vehicle)), ..FeedEntity::default() }
    }

    fn notice(stop: &str, title: &str) -> FeedEntity {
        let text = |text: &str| TranslatedString {
            translation: vec![Translation { text: text.into(), language: Some("en".into()) }],
        };
        let of = EntitySelector { stop_id: Some(stop.into()), ..EntitySelector::default() };
        let alert = Alert {
            informed_entity: vec![of],
            header_text: Some(text(title)),
            description_text: Some(text("Board at the kiosk.\n\n")),
            ..Alert::default()
        };
        FeedEntity { alert: Some(Box::new(alert)), ..FeedEntity::default() }
    }

    #[test]
    fn a_board_is_a_stop_s_timetable() {
        let city = Shuttle::new();
        let told = city.shows(&["West", "--limit", "2"], 0);
        assert_eq!(told, "West\n  14:00      5  East\n  14:40      5  East\n");
        let told = city.shows(&["stop:east", "--at", "15:00", "--language", "ru"], 0);
        assert_eq!(told.lines().count(), 4, "two hours: {told}");
        assert!(told.starts_with("Восток\n  15:20      5  Запад\n"), "{told}");
        let told = city.shows(&["West", "--at", "2026-09-20T08:01", "--limit", "1"], 0);
        assert_eq!(told, "West, 20.09, 08:01\n  08:40      5  East\n", "another day stands above");
        let told = city.shows(&["West", "--at", "2030-01-01T08:00"], 0);
        assert_eq!(told, "West, 01.01, 08:00\n  Nothing leaves here within two hours.\n");
        assert!(city.shows(&["nowhere"], 0).starts_with("no stop \"nowhere\""));
        assert!(city.shows(&["West", "--watch"], 0).contains("--live"), "there is nothing to watch");
    }

    #[test]
    fn each_row_says_how_it_is_known() {
        let city = Shuttle::new();
        let cancelled = TripDescriptor {
            schedule_relationship: Some(TripRelationship::Canceled as i32),
            ..run("14:40:00")
        };
        let trips = city.feed("trips.pb", 0, vec![update(run("14:00:00"), 240), update(cancelled, 0)]);
        let buses = city.feed("buses.pb", 0, vec![bus(0.0, Some(OccupancyStatus::FewSeatsAvailable))]);
        let notices = city.feed(
            "notices.pb",
            0,
            vec![notice("west", "The stop has moved"), notice("east", "Not here")],
        );
        let live = ["--live", &trips, "--live", &buses, "--live", &notices];
        let ask =
            |args: &[&str], after_s| city.shows(&[&["West", "--limit", "3"], args, &live].concat(), after_s);
        let expected = "West\n  \
             14:04      5  East (live, 7 s ago, by timetable 14:00, no. 547, few seats free)\n  \
             14:40      5  East (no longer coming)\n  \
             15:20      5  East (timetable)\n\n\
             ! The stop has moved\n  Board at the kiosk.\n";
        assert_eq!(ask(&[], 7), expected);
        let then = ask(&["--at", "2026-09-16T14:00:07"], 30 * 24 * 3_600);
        assert_eq!(then, expected.replacen("West", "West, 16.09, 14:00", 1), "a stored feed, as it was then");
        let expected = "Запад\n  \
             14:04      5  Восток (данные 2 мин назад, по расписанию 14:00)";
        assert!(ask(&["--language", "ru"], 121).starts_with(expected), "the bus reports no more");
        let told = ask(&[], 301);
        assert!(told.starts_with("West\n  14:40      5  East (no longer coming)\n"), "{told}");
        assert!(told.contains("The live data is 5 min old: times are the timetable’s."), "{told}");

        let told = ask(&["--json"], 7);
        let lines: Vec<serde_json::Value> =
            told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 5, "{told}");
        assert_eq!((&lines[0]["board"], &lines[0]["at_ms"]), (&"West".into(), &(NOON_MS + 7_000).into()));
        assert_eq!(lines[1]["kind"]["Live"]["age_s"], 7);
        assert_eq!((&lines[1]["label"], &lines[1]["occupancy"]), (&"547".into(), &"FewSeats".into()));
        assert_eq!(lines[2]["kind"], "NoLongerComing");
        assert_eq!(lines[4]["notice"], "The stop has moved");
    }

    #[test]
    fn a_bus_whose_times_nobody_predicts_is_told_by_its_place() {
        let city = Shuttle::new();
        // A quarter of its way, at 14:14:45, where it should be at 14:08:45.
        let at_s = 14 * 60 + 45;
        let buses = city.feed("buses.pb", at_s, vec![bus(0.02, None)]);
        let ask = |stop, after_s| city.shows(&[stop, "--limit", "1", "--live", &buses], after_s);
        // Nobody boards where it ends, so the board of the first stop is all there is: it has left.
        assert_eq!(ask("West", at_s + 10), "West\n  14:40      5  East (timetable)\n");
        let buses = city.feed("buses.pb", 200, vec![bus(0.0, None)]);
        let told = city.shows(&["West", "--limit", "1", "--live", &buses], 210);
        let expected = "West\n  14:03      5  East (live, 10 s ago, by timetable 14:00, no. 547)\n";
        assert_eq!(told, expected, "it stands there yet");
    }

    #[test]
    fn a_bus_that_is_very_late_is_still_to_come() {
        let city = Shuttle::new();
        let trips = city.feed("trips.pb", 0, vec![update(run("13:20:00"), 3_000)]);
        let told = city.shows(&["West", "--limit", "2", "--live", &trips], 40);
        let expected = "West\n  14:10      5  East (live, 40 s ago, by timetable 13:20)\n  \
                        14:40      5  East (timetable)\n";
        assert_eq!(told, expected);
    }

    #[test]
    fn a_feed_that_cannot_be_had_is_said_below_the_timetable() {
        let city = Shuttle::new();
        let none = city.0.path().join("none.pb");
        std::fs::write(&none, "<html>").expect("written");
        let none = none.display().to_string();
        let told = city.shows(&["West", "--limit", "1", "--live", &none], 0);
        let expected = format!(
            "West\n  14:00      5  East (timetable)\n\nNo live times: {none}: not a GTFS-Realtime message\n"
        );
        assert_eq!(told, expected);
        let told = city.shows(&["West", "--limit", "1", "--live", &none, "--json"], 0);
        let last: serde_json::Value =
            serde_json::from_str(told.lines().last().expect("lines")).expect("JSON");
        assert_eq!(last["feed"], none.as_str());
    }

    #[test]
    fn a_board_that_is_watched_goes_on_from_its_moment() {
        let city = Shuttle::new();
        let pack = city.0.path().join("shuttle.pack").display().to_string();
        let words = ["jol", &pack, "West", "--at", "8:39", "--limit", "1"];
        let args = Command::try_parse_from(words).expect("a command").board;
        let open = City::open(&args.city).expect("a pack");
        let at = |boot_ms| At { now_ms: NOON_MS, boot_ms };
        let mut board = Board::open(&open, &args, at(5_000)).expect("a board");
        assert_eq!(board.text(at(5_000)).expect("words"), "West\n  08:40      5  East\n");
        assert_eq!(board.text(at(125_000)).expect("words"), "West\n  09:20      5  East\n");
    }
}
