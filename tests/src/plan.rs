//! `jol plan`: journeys out of a city pack, as a passenger reads them.

use crate::ride::Speech;
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jol_core::city::City;
use jol_core::city::timetable::{StopIdx, Timetable};
use jol_core::geo::Point;
use jol_core::plan::{
    Endpoint, Journey, Leg, Plan, PlanError, PlanQuery, Prefer, When, Zones, every_text, find_stop, lines,
    moment_text, plan,
};
use jol_core::text::{Language, say};
use std::fmt::Write;
use std::path::PathBuf;

/// How many likely names an error tells.
const LIKELY: usize = 3;

/// What `jol plan` is asked. FROM and TO are places as a passenger types them, stops as `stop:ID`, or points as
/// `LAT,LON`; a TIME is `8:05` of today by the city's clocks, or `2026-09-02T08:05`.
#[derive(Clone, Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct PlanArgs {
    /// A city pack
    pub city: PathBuf,
    /// Where the journey begins: what a passenger types, stop:ID or LAT,LON
    pub from: String,
    /// Where it ends
    pub to: String,
    /// Set out no earlier than at this time: 8:05 or 2026-09-02T08:05 [default: now]
    #[arg(long, value_name = "TIME", group = "when")]
    pub depart: Option<String>,
    /// Be there by this time
    #[arg(long, value_name = "TIME", group = "when")]
    pub arrive: Option<String>,
    /// Set out between these times
    #[arg(long, value_names = ["TIME", "TIME"], num_args = 2, group = "when")]
    pub between: Vec<String>,
    /// With the last vehicles of the day
    #[arg(long, group = "when")]
    pub last: bool,
    /// Pass this stop: what a passenger types, or stop:ID
    #[arg(long, value_name = "STOP")]
    pub via: Option<String>,
    /// Do not ride on this line: its id or its number [may be given several times]
    #[arg(long, value_name = "LINE")]
    pub avoid_line: Vec<String>,
    /// Neither board nor get off at this stop: its id [may be given several times]
    #[arg(long, value_name = "STOP")]
    pub avoid_stop: Vec<String>,
    /// Do not ride in such vehicles: bus, tram, metro, rail, ferry, trolleybus… [may be given several times]
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub avoid_mode: Vec<u16>,
    /// Those with the fewest rides
    #[arg(long, conflicts_with = "least_walking")]
    pub fewest_rides: bool,
    /// Those with the shortest walks
    #[arg(long)]
    pub least_walking: bool,
    /// Without steps, as far as the feed says
    #[arg(long)]
    pub step_free: bool,
    /// Metres a second on foot
    #[arg(long, value_name = "M/S", default_value_t = 1.2)]
    pub walking_speed: f64,
    /// The longest walk, in metres
    #[arg(long, value_name = "M", default_value_t = 1_000)]
    pub max_walk: u32,
    /// How many journeys
    #[arg(long, default_value_t = 5)]
    pub limit: u32,
    /// The page before that answer
    #[arg(long, conflicts_with = "later")]
    pub earlier: bool,
    /// The page after it
    #[arg(long)]
    pub later: bool,
    /// What the passenger reads
    #[arg(long, value_enum, default_value = "en")]
    pub language: Speech,
    /// A line of JSON a journey, and a last one {"note":…} if there is something to know
    #[arg(long)]
    pub json: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The planner refuses.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Something that was named is not there.
    #[error("no {what} {typed:?}{}", meant(likely))]
    Unknown {
        /// What was looked for: place, stop, line.
        what: &'static str,
        /// What was typed.
        typed: String,
        /// What may have been meant.
        likely: Vec<String>,
    },
    /// A time is written otherwise.
    #[error("no time {typed:?}: write 8:05 or 2026-09-02T08:05")]
    Time {
        /// What was typed.
        typed: String,
    },
    /// An answer cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

fn meant(likely: &[String]) -> String {
    if likely.is_empty() { String::new() } else { format!("; did you mean {}?", likely.join(", ")) }
}

/// Plans as asked. `now_ms` is the machine's clock.
pub fn plan_text(city: &City, args: &PlanArgs, now_ms: i64) -> Result<String, AskError> {
    let at = Asked::of(city, args.language, now_ms)?;
    let query = at.query(args)?;
    let ask = |query: &PlanQuery| plan(&at.timetable, &city.streets(), &at.zones, query);
    let mut found = ask(&query)?;
    if args.later || args.earlier {
        let page = if args.later { query.later(&found) } else { query.earlier(&found) };
        found = page.map_or_else(|| Ok(Plan::default()), |page| ask(&page))?;
    }
    if args.json { json_of(&found, &at) } else { Ok(words_of(&found, &query, &at)) }
}

/// A leg as a passenger reads it. `clock` tells a moment.
pub(crate) fn leg_words(leg: &Leg, language: Language, clock: impl Fn(i64) -> String) -> String {
    match leg {
        Leg::Walk(walk) => {
            let metres = walk.metres.to_string();
            let words = say(language, "walk-to", &[("metres", &metres), ("place", &walk.to_name)]);
            let named = walk.steps.iter().filter(|step| !step.street.is_empty());
            let way: Vec<String> = named.map(|step| format!("{} {} m", step.street, step.metres)).collect();
            let way = if way.is_empty() { String::new() } else { format!(" ({})", way.join(", ")) };
            format!("{}  {words}{way}", clock(walk.departure_ms))
        }
        Leg::Ride(ride) => {
            let way = if ride.stay_seated { "stay-seated" } else { "ride" };
            let words = say(language, way, &[("line", &ride.line), ("headsign", &ride.headsign)]);
            let between = say(language, "stops-between", &[("n", &ride.stops_between.to_string())]);
            let every = (ride.headway_s > 0).then(|| every_text(ride.headway_s, language));
            let live = ride.live.then(|| say(language, "live", &[]));
            let known: Vec<String> = [Some(between), every, live].into_iter().flatten().collect();
            let mut words = format!(
                "{}  {words}: {} → {} {} ({})",
                clock(ride.departure_ms),
                ride.from_stop.name,
                clock(ride.arrival_ms),
                ride.to_stop.name,
                known.join(", ")
            );
            for note in ride.halt_notes(language) {
                words.push_str(&format!("\n         {note}"));
            }
            words
        }
    }
}

/// Who stands at the stop already walks nowhere.
pub(crate) fn is_told(leg: &Leg) -> bool {
    leg.walk().is_none_or(|walk| walk.metres > 0)
}

/// A city that is asked in a language at a moment.
pub(crate) struct Asked<'a> {
    city: &'a City,
    pub(crate) timetable: Timetable<'a>,
    pub(crate) zones: Zones,
    zone: TimeZone,
    pub(crate) language: Language,
    pub(crate) now_ms: i64,
}

impl<'a> Asked<'a> {
    pub(crate) fn of(city: &'a City, language: Speech, now_ms: i64) -> Result<Asked<'a>, AskError> {
        let language = language.language();
        let timetable = city.timetable().speaking(language);
        let zones = Zones::of(&timetable)?;
        let zone = zones.of_city();
        Ok(Asked { city, timetable, zones, zone, language, now_ms })
    }

    fn query(&self, args: &PlanArgs) -> Result<PlanQuery, AskError> {
        let time = |typed: &Option<String>| typed.as_deref().map(|typed| self.time(typed)).transpose();
        let when = match (time(&args.depart)?, time(&args.arrive)?, args.between.as_slice()) {
            (_, Some(ms), _) => When::ArriveBy { ms },
            (_, _, [from, until]) => When::Between { from_ms: self.time(from)?, until_ms: self.time(until)? },
            _ if args.last => When::LastToday { ms: self.now_ms },
            (depart, ..) => When::DepartAt { ms: depart.unwrap_or(self.now_ms) },
        };
        let mut avoid_lines = Vec::new();
        for typed in &args.avoid_line {
            avoid_lines.extend(self.lines(typed)?);
        }
        let mut avoid_stops = Vec::new();
        for typed in &args.avoid_stop {
            avoid_stops.push(self.stop_id(self.stop_with_id(typed)?));
        }
        let via = args.via.as_deref().map(|typed| Ok::<_, AskError>(self.stop_id(self.stop(typed)?)));
        let prefer = match (args.fewest_rides, args.least_walking) {
            (true, _) => Some(Prefer::FewestRides),
            (_, true) => Some(Prefer::LeastWalking),
            _ => None,
        };
        Ok(PlanQuery {
            walking_speed: args.walking_speed,
            max_walk_metres: args.max_walk,
            limit: args.limit,
            avoid_modes: args.avoid_mode.clone(),
            avoid_lines,
            avoid_stops,
            via: via.transpose()?,
            prefer,
            step_free: args.step_free,
            ..PlanQuery::new(self.place(&args.from)?, self.place(&args.to)?, when)
        })
    }

    /// A place as a passenger types it: the first that is found.
    fn place(&self, typed: &str) -> Result<Endpoint, AskError> {
        if let Some(id) = typed.strip_prefix("stop:") {
            return Ok(Endpoint::Stop { id: self.stop_id(self.stop_with_id(id)?) });
        }
        if let Ok(point) = point(typed) {
            return Ok(Endpoint::Point { point, name: typed.to_owned() });
        }
        let found = self.search(typed, 1).into_iter().next();
        let place = found.ok_or_else(|| self.unknown("place", typed))?;
        Ok(match place.stop {
            Some(stop) => Endpoint::Stop { id: self.stop_id(stop) },
            None => Endpoint::Point { point: place.point, name: place.name },
        })
    }

    /// A stop as a passenger types it: the first that is found.
    pub(crate) fn stop(&self, typed: &str) -> Result<StopIdx, AskError> {
        if let Some(id) = typed.strip_prefix("stop:") {
            return self.stop_with_id(id);
        }
        let found = self.search(typed, 50).into_iter().find_map(|place| place.stop);
        found.ok_or_else(|| self.unknown("stop", typed))
    }

    fn stop_with_id(&self, id: &str) -> Result<StopIdx, AskError> {
        find_stop(&self.timetable, id).ok_or_else(|| {
            let (looked_for, timetable) = (id.to_lowercase(), &self.timetable);
            let likely = timetable.stops.iter().filter_map(|stop| {
                let (id, name) = (timetable.text(stop.id), timetable.name(stop.name));
                let alike = [id, name].iter().any(|text| text.to_lowercase().contains(&looked_for));
                alike.then(|| format!("stop:{id} ({name})"))
            });
            let likely = if looked_for.is_empty() { Vec::new() } else { likely.take(LIKELY).collect() };
            AskError::Unknown { what: "stop", typed: id.to_owned(), likely }
        })
    }

    fn stop_id(&self, stop: StopIdx) -> String {
        self.timetable.stop(stop).map(|stop| self.timetable.text(stop.id).to_owned()).unwrap_or_default()
    }

    /// The ids of the lines that are called so.
    fn lines(&self, typed: &str) -> Result<Vec<String>, AskError> {
        let all = lines(&self.timetable);
        let called: Vec<String> = all
            .iter()
            .filter(|line| line.id == typed || line.number == typed)
            .map(|line| line.id.clone())
            .collect();
        if called.is_empty() {
            let likely = all.iter().filter(|line| line.number.contains(typed));
            let likely = likely.take(LIKELY).map(|line| line.number.clone()).collect();
            return Err(AskError::Unknown { what: "line", typed: typed.to_owned(), likely });
        }
        Ok(called)
    }

    fn search(&self, typed: &str, limit: usize) -> Vec<jol_core::city::streets::Place> {
        self.city.search_in(typed, self.language.code(), None, limit)
    }

    /// What was meant may begin like what was typed.
    fn unknown(&self, what: &'static str, typed: &str) -> AskError {
        let letters: Vec<char> = typed.chars().collect();
        let begins = (1..letters.len()).rev().map(|count| letters.iter().take(count).collect::<String>());
        let found = begins.map(|begins| self.search(&begins, LIKELY)).find(|found| !found.is_empty());
        let likely = found.unwrap_or_default().into_iter().map(|place| place.name).collect();
        AskError::Unknown { what, typed: typed.to_owned(), likely }
    }

    /// A time of today, or of a day that is named, by the city's clocks; ms since 1970.
    pub(crate) fn time(&self, typed: &str) -> Result<i64, AskError> {
        let wrong = || AskError::Time { typed: typed.to_owned() };
        let at = match typed.parse::<DateTime>() {
            Ok(at) if typed.contains(['T', ' ']) => at,
            _ => {
                let (hour, minute) = typed.split_once(':').ok_or_else(wrong)?;
                let time = hour.parse().ok().zip(minute.parse().ok());
                let time = time.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
                let now = Timestamp::from_millisecond(self.now_ms).map_err(|_| wrong())?;
                self.zone.to_datetime(now).date().to_datetime(time.ok_or_else(wrong)?)
            }
        };
        Ok(self.zone.to_timestamp(at).map_err(|_| wrong())?.as_millisecond())
    }

    /// A moment, with its day unless it is of the day that is asked from.
    pub(crate) fn clock(&self, ms: i64) -> String {
        moment_text(ms, self.now_ms, &self.zone, self.language)
    }
}

fn words_of(plan: &Plan, query: &PlanQuery, at: &Asked<'_>) -> String {
    let mut words = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(words, "{} → {}", end(&query.from, at), end(&query.to, at));
    for journey in &plan.journeys {
        let Journey { departure_ms, arrival_ms, rides, walk_metres, legs } = journey;
        let minutes = (arrival_ms - departure_ms) / 60_000;
        let (leaves, there) = (at.clock(*departure_ms), at.clock(*arrival_ms));
        let parts =
            [("n", rides.to_string()), ("minutes", minutes.to_string()), ("metres", walk_metres.to_string())];
        let parts = parts.each_ref().map(|(name, value)| (*name, value.as_str()));
        let sum = say(at.language, "journey-sum", &parts);
        let _ = writeln!(words, "\n{leaves} → {there}  {sum}");
        // The day stands above.
        let clock = |ms| moment_text(ms, ms, &at.zone, at.language);
        for leg in legs.iter().filter(|leg| is_told(leg)) {
            let _ = writeln!(words, "  {}", leg_words(leg, at.language, clock));
        }
    }
    if let Some(note) = plan.note {
        let _ = writeln!(words, "\n{}", note.text(at.language, &at.zone, at.now_ms));
    }
    words
}

fn json_of(plan: &Plan, at: &Asked<'_>) -> Result<String, AskError> {
    let mut lines = String::new();
    for journey in &plan.journeys {
        lines.push_str(&serde_json::to_string(journey)?);
        lines.push('\n');
    }
    if let Some(note) = plan.note {
        let text = note.text(at.language, &at.zone, at.now_ms);
        lines.push_str(&format!("{}\n", serde_json::json!({ "note": note, "text": text })));
    }
    Ok(lines)
}

fn end(end: &Endpoint, at: &Asked<'_>) -> String {
    match end {
        Endpoint::Stop { id } => {
            let stop = find_stop(&at.timetable, id).and_then(|stop| at.timetable.stop(stop));
            stop.map_or_else(|| id.clone(), |stop| at.timetable.name(stop.name).to_owned())
        }
        Endpoint::Point { name, .. } => name.clone(),
    }
}

/// A place as `47.107,51.914`.
pub fn point(text: &str) -> Result<Point, String> {
    let point = text
        .split_once(',')
        .and_then(|(lat, lon)| Point::new(lat.trim().parse().ok()?, lon.trim().parse().ok()?));
    point.ok_or_else(|| "not a place: write degrees north and east, as 47.107,51.914".to_owned())
}

/// A kind of vehicle by its name, or by its number in GTFS.
fn mode(text: &str) -> Result<u16, String> {
    const MODES: [(&str, u16); 9] = [
        ("tram", 0),
        ("metro", 1),
        ("rail", 2),
        ("bus", 3),
        ("ferry", 4),
        ("cable-tram", 5),
        ("gondola", 6),
        ("funicular", 7),
        ("trolleybus", 11),
    ];
    let named = MODES.iter().find(|(name, _)| *name == text).map(|(_, number)| *number);
    let names = || MODES.map(|(name, _)| name).join(", ");
    named.or_else(|| text.parse().ok()).ok_or_else(|| format!("none of {}", names()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::serve::shuttle_city;
    use clap::Parser;
    use jol_core::text::Language;

    #[derive(Parser)]
    enum Command {
        Plan(PlanArgs),
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

        /// What the terminal prints, or what it says went wrong.
        fn says(&self, command: &str, args: &[&str]) -> String {
            let pack = self.0.path().join("shuttle.pack").display().to_string();
            let words = ["jol", command, pack.as_str()].into_iter().chain(args.iter().copied());
            let told = match Command::try_parse_from(words) {
                Ok(Command::Plan(args)) => {
                    plan_text(&City::open(&args.city).expect("a pack"), &args, NOON_MS)
                }
                Err(error) => return error.to_string(),
            };
            told.unwrap_or_else(|error| error.to_string())
        }

        fn plans(&self, args: &[&str]) -> String {
            self.says("plan", &[&["West", "East"], args].concat())
        }

        /// When the journeys that are printed set out.
        fn leaves(&self, args: &[&str]) -> Vec<String> {
            let told = self.plans(args);
            let heads = told.lines().filter(|line| line.contains(" min, "));
            heads.filter_map(|line| Some(line.split_once(" → ")?.0.to_owned())).collect()
        }
    }

    #[test]
    fn a_journey_is_printed_as_a_passenger_reads_it() {
        let told = Shuttle::new().plans(&["--limit", "1"]);
        let expected = "West → East\n\n14:00 → 14:35  35 min, 1 ride, 0 m on foot\n  \
                        14:00  Line 5 towards East: West → 14:35 East (0 stops between)\n";
        assert_eq!(told, expected);
        let kazakh = Shuttle::new().plans(&["--limit", "1", "--language", "kk"]);
        assert!(kazakh.contains("Бағыт 5, соңғы аялдама: Шығыс: Батыс → 14:35 Шығыс"), "{kazakh}");
        assert!(kazakh.contains("35 мин, сапар: 1, жаяу 0 м"), "{kazakh}");
    }

    #[test]
    fn each_kind_of_moment_can_be_asked_for() {
        let city = Shuttle::new();
        let two = ["--limit", "2"];
        let leaves = |args: &[&str]| city.leaves(&[&two, args].concat());
        assert_eq!(leaves(&[]), ["14:00", "14:40"]);
        assert_eq!(leaves(&["--depart", "15:01"]), ["15:20", "16:00"]);
        assert_eq!(leaves(&["--depart", "2026-09-17T08:05"]), ["tomorrow, 08:40", "tomorrow, 09:20"]);
        assert_eq!(leaves(&["--arrive", "15:20"]), ["14:00", "14:40"]);
        assert_eq!(city.leaves(&["--between", "14:30", "16:01"]), ["14:40", "15:20", "16:00"]);
        assert_eq!(leaves(&["--later"]), ["15:20", "16:00"]);
        assert_eq!(leaves(&["--earlier"]), ["12:40", "13:20"]);
        assert!(city.leaves(&["--last"]).last().is_some_and(|last| last.as_str() >= "23:20"));
        assert!(city.plans(&["--depart", "25:00"]).contains("no time \"25:00\""));
        assert!(city.plans(&["--last", "--arrive", "15:00"]).contains("cannot be used"));
    }

    #[test]
    fn ends_are_typed_named_by_their_id_or_points() {
        let city = Shuttle::new();
        for ends in [["запад", "Восток"], ["stop:west", "stop:east"], ["47.1,51.88", "47.1,51.96"]]
        {
            let told = city.says("plan", &[ends[0], ends[1], "--limit", "1"]);
            assert!(told.contains("Line 5 towards East"), "{ends:?}: {told}");
        }
        assert_eq!(city.says("plan", &["Westend 7", "East"]), "no place \"Westend 7\"; did you mean West?");
        let told = city.says("plan", &["West", "stop:eas"]);
        assert_eq!(told, "no stop \"eas\"; did you mean stop:east (East)?");
        assert_eq!(city.says("plan", &["West", "ωωω"]), "no place \"ωωω\"");
    }

    #[test]
    fn what_the_passenger_does_not_want_is_left_out() {
        let city = Shuttle::new();
        for args in [["--avoid-line", "5"], ["--avoid-mode", "bus"], ["--avoid-stop", "east"]] {
            assert!(city.plans(&args).contains("No journey found."), "{args:?}");
        }
        assert_eq!(city.leaves(&["--avoid-mode", "tram", "--limit", "1"]), ["14:00"]);
        assert_eq!(city.plans(&["--avoid-line", "55"]), "no line \"55\"");
        assert!(city.plans(&["--avoid-mode", "rocket"]).contains("none of tram, metro"));
        assert_eq!(city.leaves(&["--via", "East", "--limit", "1"]), ["14:00"]);
        for wish in ["--fewest-rides", "--least-walking", "--step-free"] {
            assert_eq!(city.leaves(&[wish, "--limit", "1"]), ["14:00"], "{wish}");
        }
        assert!(city.plans(&["--fewest-rides", "--least-walking"]).contains("cannot be used"));
    }

    #[test]
    fn programs_read_a_line_a_journey_and_the_note() {
        let city = Shuttle::new();
        let told = city.plans(&["--json", "--limit", "2"]);
        let journeys: Vec<Journey> =
            told.lines().map(|line| serde_json::from_str(line).expect("a journey")).collect();
        assert_eq!(
            journeys.iter().map(|journey| journey.departure_ms).collect::<Vec<_>>(),
            [NOON_MS, NOON_MS + 40 * 60_000]
        );
        let told = city.plans(&["--json", "--depart", "2030-01-01T08:00", "--language", "ru"]);
        let note: serde_json::Value = serde_json::from_str(told.trim()).expect("a note");
        assert_eq!(note["text"], "Расписание действует с 01.01.2026 по 31.12.2027.");
    }

    #[test]
    fn a_leg_says_what_is_not_usual() {
        let stop = |name: &str| jol_core::plan::StopAt { name: name.into(), ..Default::default() };
        let ride = jol_core::plan::RideLeg {
            line: "5".into(),
            headsign: "East".into(),
            from_stop: stop("West"),
            to_stop: stop("Dacha"),
            stops_between: 1,
            headway_s: 600,
            live: true,
            alighting: jol_core::plan::Halt::AskDriver,
            ..Default::default()
        };
        let told = leg_words(&Leg::Ride(ride), Language::En, |_| "8:00".to_owned());
        let (first, second) = told.split_once('\n').expect("two lines");
        assert!(first.ends_with("(1 stop between, every 10 min, live)"), "{told}");
        assert_eq!(second.trim(), "Dacha: the bus stops on request. Tell the driver.");
    }
}
