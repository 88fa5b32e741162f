//! Writes a pack: beside its place, hashed, synced, then renamed over it.

use super::index::PlaceArrays;
use super::report::{BuildError, Progress, Step};
use super::streets::StreetArrays;
use crate::city::pack::{
    FIRST_OWN_SECTION, FORMAT_VERSION, HASHED_FROM, Header, MAGIC, Meta, SectionEntry, section,
};
use crate::city::timetable::Arrays;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use zerocopy::{Immutable, IntoBytes};

/// All that a pack holds.
#[derive(Clone, Debug, Default)]
pub(in crate::city) struct Contents {
    pub(in crate::city) timetable: Arrays,
    pub(in crate::city) streets: StreetArrays,
    pub(in crate::city) places: PlaceArrays,
    /// Texts: the city's name in Kazakh, Russian, English.
    pub(in crate::city) names: [u32; 3],
    /// Text: the city's time zone.
    pub(in crate::city) time_zone: u32,
    /// Text: whose data it is.
    pub(in crate::city) source: u32,
    pub(in crate::city) made_ms: i64,
    /// Sections of the operator's own.
    pub(in crate::city) own: Vec<(u32, Vec<u8>)>,
}

/// A piece is written at once, and progress told after it.
const PIECE_BYTES: usize = 1 << 20;

impl Contents {
    fn meta(&self) -> Meta {
        let (timetable, streets) = (&self.timetable, &self.streets);
        Meta {
            names: self.names,
            time_zone: self.time_zone,
            source: self.source,
            words_a_service: timetable.words_a_service,
            first_day: timetable.first_day,
            day_count: timetable.day_count,
            south_e7: streets.south_e7,
            west_e7: streets.west_e7,
            cell_lat_e7: streets.cell_lat_e7,
            cell_lon_e7: streets.cell_lon_e7,
            columns: streets.columns,
            rows: streets.rows,
            reserved: [0; 4],
        }
    }

    /// What each of the larger parts of the pack is called, and how many bytes it takes.
    pub(super) fn parts(&self) -> Vec<(&'static str, u64)> {
        let (t, streets, places) = (&self.timetable, &self.streets, &self.places);
        let own: usize = self.own.iter().map(|(_, bytes)| bytes.len()).sum();
        let parts = [
            ("stops", t.stops.as_bytes().len() + t.change_s.as_bytes().len()),
            ("lines", t.lines.as_bytes().len()),
            ("patterns", t.patterns.as_bytes().len() + t.pattern_stops.as_bytes().len()),
            ("patterns of stops", t.stop_pattern_offsets.as_bytes().len() + t.stop_patterns.as_bytes().len()),
            (
                "trips",
                t.trips.as_bytes().len() + t.starts.as_bytes().len() + t.continuations.as_bytes().len(),
            ),
            ("numbers of stops", t.numberings.as_bytes().len() + t.numbers.as_bytes().len()),
            ("times", t.times.as_bytes().len()),
            ("ways of lines", t.shape_points.as_bytes().len()),
            (
                "walks between stops",
                t.footpath_offsets.as_bytes().len()
                    + t.footpaths.as_bytes().len()
                    + t.stepless.as_bytes().len(),
            ),
            ("days of services", t.service_days.as_bytes().len()),
            ("texts", t.text_offsets.as_bytes().len() + t.text_bytes.len() + t.spellings.as_bytes().len()),
            (
                "streets",
                streets.nodes.as_bytes().len()
                    + streets.edges.as_bytes().len()
                    + streets.edge_offsets.as_bytes().len()
                    + streets.stop_links.as_bytes().len()
                    + streets.cell_offsets.as_bytes().len(),
            ),
            ("places", places.places.as_bytes().len()),
            (
                "index of places",
                places.token_offsets.as_bytes().len()
                    + places.token_bytes.len()
                    + places.posting_offsets.as_bytes().len()
                    + places.postings.as_bytes().len(),
            ),
            ("operator's own", own),
        ];
        parts.into_iter().filter(|(_, bytes)| *bytes > 0).map(|(part, bytes)| (part, bytes as u64)).collect()
    }

    /// The pieces of the file in order, padding between them.
    fn with_pieces<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let meta = [self.meta()];
        let (timetable, streets, places) = (&self.timetable, &self.streets, &self.places);
        let mut sections: Vec<(u32, usize, &[u8])> = vec![
            elements(section::META, &meta),
            elements(section::STOPS, &timetable.stops),
            elements(section::LINES, &timetable.lines),
            elements(section::PATTERNS, &timetable.patterns),
            elements(section::PATTERN_STOPS, &timetable.pattern_stops),
            elements(section::TRIPS, &timetable.trips),
            elements(section::STARTS, &timetable.starts),
            elements(section::TIMES, &timetable.times),
            elements(section::SHAPE_POINTS, &timetable.shape_points),
            elements(section::STOP_PATTERN_OFFSETS, &timetable.stop_pattern_offsets),
            elements(section::STOP_PATTERNS, &timetable.stop_patterns),
            elements(section::FOOTPATH_OFFSETS, &timetable.footpath_offsets),
            elements(section::FOOTPATHS, &timetable.footpaths),
            elements(section::CHANGE_S, &timetable.change_s),
            elements(section::SERVICE_DAYS, &timetable.service_days),
            elements(section::TEXT_OFFSETS, &timetable.text_offsets),
            elements(section::TEXT_BYTES, &timetable.text_bytes),
            elements(section::SPELLINGS, &timetable.spellings),
            elements(section::CONTINUATIONS, &timetable.continuations),
            elements(section::NUMBERINGS, &timetable.numberings),
            elements(section::NUMBERS, &timetable.numbers),
            elements(section::STEPLESS, &timetable.stepless),
            elements(section::STREET_NODES, &streets.nodes),
            elements(section::EDGE_OFFSETS, &streets.edge_offsets),
            elements(section::EDGES, &streets.edges),
            elements(section::STOP_LINKS, &streets.stop_links),
            elements(section::CELL_OFFSETS, &streets.cell_offsets),
            elements(section::PLACES, &places.places),
            elements(section::TOKEN_OFFSETS, &places.token_offsets),
            elements(section::TOKEN_BYTES, &places.token_bytes),
            elements(section::POSTING_OFFSETS, &places.posting_offsets),
            elements(section::POSTINGS, &places.postings),
        ];
        let own = self.own.iter().filter(|(id, _)| *id >= FIRST_OWN_SECTION);
        sections.extend(own.map(|(id, bytes)| elements(*id, bytes)));
        let mut at = (size_of::<Header>() + sections.len() * size_of::<SectionEntry>()) as u64;
        let mut table = Vec::with_capacity(sections.len());
        for (id, element_bytes, bytes) in &sections {
            let (element_bytes, length) = (*element_bytes as u32, bytes.len() as u64);
            table.push(SectionEntry { id: *id, element_bytes, offset: at, length });
            at = (at + length).next_multiple_of(8);
        }
        let last_day = i64::from(self.timetable.first_day) + i64::from(self.timetable.day_count) - 1;
        let mut header = Header {
            magic: MAGIC,
            version: FORMAT_VERSION,
            section_count: sections.len() as u32,
            sha256: [0; 32],
            bytes: at,
            made_ms: self.made_ms,
            first_day: self.timetable.first_day,
            last_day: i32::try_from(last_day).unwrap_or(i32::MIN),
            reserved: [0; 7],
        };
        let mut pieces: Vec<&[u8]> = vec![table.as_bytes()];
        for (_, _, bytes) in &sections {
            pieces.push(bytes);
            pieces.push(&[0; 8][..bytes.len().next_multiple_of(8) - bytes.len()]);
        }
        let mut hash = Sha256::new();
        hash.update(&header.as_bytes()[HASHED_FROM..]);
        pieces.iter().for_each(|piece| hash.update(piece));
        header.sha256 = hash.finalize().into();
        pieces.insert(0, header.as_bytes());
        take(&pieces)
    }
}

fn elements<T: IntoBytes + Immutable>(id: u32, all: &[T]) -> (u32, usize, &[u8]) {
    (id, size_of::<T>(), all.as_bytes())
}

/// Writes a pack beside its place, and waits until it is on the disk. Answers how long it is.
pub(super) fn write(
    beside: &Path,
    contents: &Contents,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64, BuildError> {
    let written = contents.with_pieces(|pieces| {
        let of = pieces.iter().map(|piece| piece.len() as u64).sum();
        write_pieces(beside, pieces, of, progress)
    });
    written.map_err(|error| {
        // What was written so far is of no use; that it stays is no new failure.
        let _ = fs::remove_file(beside);
        unwritable(beside, &error)
    })
}

/// Puts a pack in its place. Whoever has the old one mapped keeps reading it; a crash leaves one of the two.
pub(super) fn put(beside: &Path, path: &Path) -> Result<(), BuildError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::rename(beside, path)
        .and_then(|()| File::open(folder.unwrap_or(Path::new(".")))?.sync_all())
        .map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> BuildError {
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    BuildError::Unwritable { file, kind: error.kind() }
}

fn write_pieces(
    beside: &Path,
    pieces: &[&[u8]],
    of: u64,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<u64> {
    let mut file = File::create(beside)?;
    let mut done = 0;
    for piece in pieces.iter().flat_map(|piece| piece.chunks(PIECE_BYTES)) {
        file.write_all(piece)?;
        done += piece.len() as u64;
        progress(Progress { step: Step::Writing, done, of });
    }
    file.sync_all()?;
    Ok(done)
}
