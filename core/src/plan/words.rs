//! What a passenger reads of a plan, in their language, on the city's clocks.

use super::journey::{Halt, PlanNote, RideLeg};
use crate::text::{Language, say};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A moment as a passenger reads it: `05:30`, `tomorrow, 05:30`, `13.05, 05:30`. Empty for a moment outside
/// the calendar.
pub fn moment_text(ms: i64, now_ms: i64, zone: &TimeZone, language: Language) -> String {
    let clock = |ms: i64| Timestamp::from_millisecond(ms).map(|moment| zone.to_datetime(moment)).ok();
    let (Some(then), Some(now)) = (clock(ms), clock(now_ms)) else { return String::new() };
    let time = format!("{:02}:{:02}", then.hour(), then.minute());
    match (then.date() - now.date()).get_days() {
        0 => time,
        1 => format!("{}, {time}", say(language, "tomorrow", &[])),
        _ => format!("{:02}.{:02}, {time}", then.day(), then.month()),
    }
}

/// A day since 1970-01-01 as `13.05.2024`; empty if the calendar has no such day.
fn day_text(day: i32) -> String {
    let epoch = Date::constant(1970, 1, 1);
    let date = Span::new().try_days(day).and_then(|span| epoch.checked_add(span));
    date.map_or_else(
        |_| String::new(),
        |date| format!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
    )
}

impl PlanNote {
    /// The sentence that a passenger reads.
    pub fn text(&self, language: Language, zone: &TimeZone, now_ms: i64) -> String {
        match *self {
            PlanNote::NoServiceAnyMore { first_departure_ms } => {
                let time = moment_text(first_departure_ms, now_ms, zone, language);
                say(language, "no-service-now", &[("time", &time)])
            }
            PlanNote::WalkingEstimated => say(language, "walking-estimated", &[]),
            PlanNote::OutsideTimetable { first_day, last_day } => {
                let (first, last) = (day_text(first_day), day_text(last_day));
                say(language, "outside-timetable", &[("first", &first), ("last", &last)])
            }
            PlanNote::NothingFound => say(language, "no-journey", &[]),
        }
    }
}

/// How often a vehicle comes: `every 10 min`.
pub fn every_text(headway_s: u32, language: Language) -> String {
    say(language, "every", &[("minutes", &headway_s.div_ceil(60).to_string())])
}

impl RideLeg {
    /// What the passenger must do for the vehicle to halt for them, a sentence each; most often nothing.
    pub fn halt_notes(&self, language: Language) -> Vec<String> {
        let ends = [(self.boarding, &self.from_stop), (self.alighting, &self.to_stop)];
        let note = |(halt, stop): (Halt, &super::StopAt)| {
            let message = match halt {
                Halt::Regular => return None,
                Halt::CallOperator => "halt-call-operator",
                Halt::AskDriver => "halt-ask-driver",
            };
            Some(say(language, message, &[("stop", &stop.name)]))
        };
        ends.into_iter().filter_map(note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::time_zone;
    use crate::plan::StopAt;

    const LANGUAGES: [Language; 3] = Language::ALL;

    fn zone() -> TimeZone {
        time_zone("Asia/Almaty").expect("a zone")
    }

    fn at(moment: &str) -> i64 {
        format!("{moment}[Asia/Almaty]")
            .parse::<jiff::Zoned>()
            .expect("a moment")
            .timestamp()
            .as_millisecond()
    }

    #[test]
    fn a_moment_says_tomorrow_when_it_is_so() {
        let now = at("2024-05-12T23:50");
        let read = |moment| LANGUAGES.map(|language| moment_text(at(moment), now, &zone(), language));
        assert_eq!(read("2024-05-12T23:55"), ["23:55"; 3]);
        assert_eq!(read("2024-05-13T00:05"), ["ертең, 00:05", "завтра, 00:05", "tomorrow, 00:05"]);
        assert_eq!(read("2024-05-14T05:30"), ["14.05, 05:30"; 3]);
        assert_eq!(moment_text(i64::MAX, now, &zone(), Language::En), "");
    }

    #[test]
    fn each_note_is_a_sentence_in_each_language() {
        let now = at("2024-05-12T23:50");
        let read = |note: PlanNote| LANGUAGES.map(|language| note.text(language, &zone(), now));
        assert_eq!(
            read(PlanNote::NoServiceAnyMore { first_departure_ms: at("2024-05-13T05:30") }),
            [
                "Қазір автобус жоқ. Біріншісі: ертең, 05:30.",
                "Сейчас автобусов нет. Первый: завтра, 05:30.",
                "No bus goes now. The first one: tomorrow, 05:30."
            ]
        );
        assert_eq!(
            read(PlanNote::OutsideTimetable { first_day: 19_723, last_day: 20_088 }),
            [
                "Кесте мерзімі: 01.01.2024 – 31.12.2024.",
                "Расписание действует с 01.01.2024 по 31.12.2024.",
                "The timetable covers 01.01.2024 to 31.12.2024."
            ]
        );
        for note in [PlanNote::WalkingEstimated, PlanNote::NothingFound] {
            let [kk, ru, en] = read(note);
            assert!(kk != ru && ru != en && !en.contains('-'), "{kk} {ru} {en}");
        }
        let nowhere = PlanNote::OutsideTimetable { first_day: i32::MIN, last_day: i32::MAX };
        assert_eq!(nowhere.text(Language::En, &zone(), now), "The timetable covers  to .");
    }

    #[test]
    fn stops_are_counted_as_each_language_counts() {
        let count = |n: &str| LANGUAGES.map(|language| say(language, "stops-between", &[("n", n)]));
        assert_eq!(count("1"), ["аралық аялдама: 1", "1 остановка между ними", "1 stop between"]);
        assert_eq!(count("3"), ["аралық аялдама: 3", "3 остановки между ними", "3 stops between"]);
        assert_eq!(count("11"), ["аралық аялдама: 11", "11 остановок между ними", "11 stops between"]);
        assert_eq!(count("21")[1..], ["21 остановка между ними", "21 stops between"]);
    }

    #[test]
    fn how_often_it_comes_is_told_in_whole_minutes() {
        assert_eq!(
            LANGUAGES.map(|language| every_text(600, language)),
            ["10 минут сайын", "каждые 10 мин", "every 10 min"]
        );
        assert_eq!(every_text(90, Language::En), "every 2 min");
    }

    #[test]
    fn who_must_ask_for_the_bus_to_halt_is_told_so() {
        let stop = |name: &str| StopAt { name: name.into(), ..StopAt::default() };
        let ride = RideLeg { from_stop: stop("Bazaar"), to_stop: stop("Dacha"), ..RideLeg::default() };
        assert_eq!(ride.halt_notes(Language::En), [""; 0]);
        let asks = RideLeg { boarding: Halt::CallOperator, alighting: Halt::AskDriver, ..ride };
        assert_eq!(
            asks.halt_notes(Language::En),
            [
                "Bazaar: the bus stops on request. Call the operator beforehand.",
                "Dacha: the bus stops on request. Tell the driver."
            ]
        );
        for language in LANGUAGES {
            let notes = asks.halt_notes(language);
            assert!(notes[0].contains("Bazaar") && notes[1].contains("Dacha") && notes[0] != notes[1]);
        }
    }
}
