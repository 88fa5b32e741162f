//! Time zones by their names in the IANA database.
//!
//! Those of Kazakhstan, and of where its buses go, are in the library: old phones do not know that most of
//! Kazakhstan changed its time on 2024-03-01. Any other is read from the phone's own database.

use jiff::tz::{self, TimeZone};

macro_rules! zones {
    ($($name:literal),* $(,)?) => { [$(($name, tz::get!($name))),*] };
}

/// What is in the library.
static OWN: [(&str, TimeZone); 22] = zones![
    "Asia/Almaty",
    "Asia/Aqtau",
    "Asia/Aqtobe",
    "Asia/Atyrau",
    "Asia/Oral",
    "Asia/Qostanay",
    "Asia/Qyzylorda",
    "Asia/Ashgabat",
    "Asia/Barnaul",
    "Asia/Bishkek",
    "Asia/Novosibirsk",
    "Asia/Omsk",
    "Asia/Samarkand",
    "Asia/Shanghai",
    "Asia/Tashkent",
    "Asia/Urumqi",
    "Asia/Yekaterinburg",
    "Europe/Astrakhan",
    "Europe/Moscow",
    "Europe/Samara",
    "Europe/Saratov",
    "Europe/Volgograd",
];

/// The time zone of this name (`Asia/Almaty`); none if neither the library nor the phone knows it.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    let own = OWN.iter().find(|(known, _)| *known == name).map(|(_, zone)| zone.clone());
    own.or_else(|| TimeZone::get(name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::tz::TimeZoneDatabase;

    /// As the whole database has it, each half month from 1985 to 2045: with summer time, and with what each
    /// country changed.
    #[test]
    fn the_librarys_zones_are_those_of_the_database() {
        let database = TimeZoneDatabase::bundled();
        for (name, own) in &OWN {
            let whole = database.get(name).expect("a zone");
            for half_month in 0..60 * 24 {
                let moment = Timestamp::from_second(473_385_600 + half_month * 1_315_000).expect("a moment");
                assert_eq!(own.to_offset(moment), whole.to_offset(moment), "{name} at {moment}");
            }
        }
    }

    #[test]
    fn kazakhstan_has_one_time_since_2024() {
        let hours = |name: &str, moment: &str| {
            let moment: Timestamp = moment.parse().expect("a moment");
            time_zone(name).expect("a zone").to_offset(moment).seconds() / 3_600
        };
        for (name, before) in
            [("Asia/Almaty", 6), ("Asia/Qostanay", 6), ("Asia/Qyzylorda", 5), ("Asia/Aqtau", 5)]
        {
            assert_eq!(hours(name, "2024-02-28T12:00:00Z"), before, "{name}");
            assert_eq!(hours(name, "2024-03-02T12:00:00Z"), 5, "{name}");
        }
    }

    #[test]
    fn other_zones_are_the_phones_and_none_is_made_up() {
        assert!(time_zone("Europe/Lisbon").is_some());
        for name in ["", "Asia/Atlantis", "../../etc/passwd"] {
            assert_eq!(time_zone(name), None, "{name}");
        }
    }
}
