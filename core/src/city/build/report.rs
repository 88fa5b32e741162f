//! What happened while a pack was made: how far it is, what was put right or left out, why it failed.

/// Why no pack could be made. Files are named with their feed: `feed.zip/stops.txt`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A file cannot be read.
    #[error("{file} cannot be read: {}", in_words(*kind))]
    Unreadable {
        /// Which.
        file: String,
        /// What the system says.
        kind: std::io::ErrorKind,
    },
    /// A file is not of the form that it should have.
    #[error("{file}{}: {what}", at(*row))]
    Malformed {
        /// Which.
        file: String,
        /// The row, the header being 1; 0 for the file as a whole.
        row: u64,
        /// What is wrong.
        what: String,
    },
    /// A feed lacks a file that every feed must have.
    #[error("{file} is missing")]
    MissingFile {
        /// Which.
        file: String,
    },
    /// A file lacks a column that it must have.
    #[error("{file} has no column {column}")]
    MissingColumn {
        /// Which file.
        file: String,
        /// Which column.
        column: &'static str,
    },
    /// A file, once unpacked, is larger than any real one: most likely an attack.
    #[error("{file} is too large: {what}")]
    TooLarge {
        /// Which.
        file: String,
        /// What is too large, and the bound.
        what: &'static str,
    },
    /// Nothing was left to travel with: no trip runs on any day.
    #[error("no trip of {feeds} feeds runs on any day")]
    NoTrips {
        /// How many feeds were read.
        feeds: usize,
    },
    /// The pack cannot be written.
    #[error("{file} cannot be written: {}", in_words(*kind))]
    Unwritable {
        /// Where to.
        file: String,
        /// What the system says.
        kind: std::io::ErrorKind,
    },
    /// What was written does not pass the check that every phone makes. A mistake of ours.
    #[error("the pack that was made is not sound: {0}")]
    Unsound(crate::city::CityError),
}

/// What the system says of a file, as people say it.
fn in_words(kind: std::io::ErrorKind) -> String {
    match kind {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        kind => kind.to_string(),
    }
}

/// The place in a file; nothing for the file as a whole.
fn at(row: u64) -> String {
    if row == 0 { String::new() } else { format!(", row {row}") }
}

/// One thing that was put right or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The file, with its feed: `feed.zip/stops.txt`.
    pub file: String,
    /// The row, the header being 1; 0 for the file as a whole.
    pub row: u64,
    /// What it was and what was done.
    pub what: String,
}

/// So many notes are kept; the rest are only counted.
pub const MOST_NOTES: usize = 200;
/// So many notes about one file are kept, so that one broken file does not hide another.
const MOST_NOTES_A_FILE: u64 = 40;

/// Notes of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// How many there were.
    pub count: u64,
    /// The first of them, at most [`MOST_NOTES`].
    pub first: Vec<Note>,
    /// How many there were in each file, in the order of their first.
    pub by_file: Vec<(String, u64)>,
}

impl Notes {
    pub(super) fn add(&mut self, file: &str, row: u64, what: impl FnOnce() -> String) {
        self.count += 1;
        let known = self.by_file.iter().rposition(|(known, _)| known == file);
        let nth = known.unwrap_or_else(|| {
            self.by_file.push((file.to_owned(), 0));
            self.by_file.len() - 1
        });
        let of_file = &mut self.by_file[nth].1;
        *of_file += 1;
        if *of_file <= MOST_NOTES_A_FILE && self.first.len() < MOST_NOTES {
            self.first.push(Note { file: file.to_owned(), row, what: what() });
        }
    }
}

/// What a pack came to hold, and what was put right or left out on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildReport {
    /// Stops, stations and entrances.
    pub stops: u64,
    /// Lines.
    pub lines: u64,
    /// Patterns.
    pub patterns: u64,
    /// Trips, those of frequencies.txt written out.
    pub trips: u64,
    /// Stop times.
    pub stop_times: u64,
    /// Walks between stops.
    pub footpaths: u64,
    /// The first and the last day of the timetable, in days since 1970-01-01.
    pub days: (i32, i32),
    /// Corners and bends of streets.
    pub street_nodes: u64,
    /// Stops that lie outside the mapped streets.
    pub stops_off_streets: u64,
    /// Addresses to search.
    pub addresses: u64,
    /// Addresses, streets, stops and landmarks to search.
    pub places: u64,
    /// How long the file is.
    pub bytes: u64,
    /// How many bytes of it each of its parts takes.
    pub parts: Vec<(&'static str, u64)>,
    /// What was wrong and put right.
    pub repaired: Notes,
    /// What was wrong and left out.
    pub refused: Notes,
}

/// What the making of a pack is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Reading a feed's small files.
    Feed,
    /// Reading stop_times.txt, in bytes.
    StopTimes,
    /// Laying out trips.
    Trips,
    /// Reading the map, in bytes.
    Map,
    /// Finding walks between stops.
    Walks,
    /// Writing the pack, in bytes.
    Writing,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which step.
    pub step: Step,
    /// How much is done.
    pub done: u64,
    /// Of how much; 0 if that is not known.
    pub of: u64,
}
