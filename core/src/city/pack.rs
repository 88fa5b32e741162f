//! The form of a pack: header, table of sections, sections. `contract/city-pack.md` describes it.

use super::CityError;
use super::map::Mapped;
use super::timetable::TextIdx;
use std::ops::Range;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[cfg(target_endian = "big")]
compile_error!("a city pack is little-endian and is read in place");

/// The first bytes of every pack.
pub(super) const MAGIC: [u8; 8] = *b"jolcity\0";

/// The version of the format. A reader refuses any other.
pub const FORMAT_VERSION: u32 = 3;

/// Sections from this number on hold what an operator adds.
pub const FIRST_OWN_SECTION: u32 = 1_000;

/// How many sections a pack may have.
pub(super) const MOST_SECTIONS: u32 = 256;

/// The numbers of the sections.
pub(super) mod section {
    pub(crate) const META: u32 = 1;
    pub(crate) const STOPS: u32 = 2;
    pub(crate) const LINES: u32 = 3;
    pub(crate) const PATTERNS: u32 = 4;
    pub(crate) const PATTERN_STOPS: u32 = 5;
    pub(crate) const TRIPS: u32 = 6;
    pub(crate) const TIMES: u32 = 7;
    pub(crate) const SHAPE_POINTS: u32 = 8;
    pub(crate) const STOP_PATTERN_OFFSETS: u32 = 9;
    pub(crate) const STOP_PATTERNS: u32 = 10;
    pub(crate) const FOOTPATH_OFFSETS: u32 = 11;
    pub(crate) const FOOTPATHS: u32 = 12;
    pub(crate) const CHANGE_S: u32 = 13;
    pub(crate) const SERVICE_DAYS: u32 = 14;
    pub(crate) const TEXT_OFFSETS: u32 = 15;
    pub(crate) const TEXT_BYTES: u32 = 16;
    pub(crate) const STREET_NODES: u32 = 17;
    pub(crate) const EDGE_OFFSETS: u32 = 18;
    pub(crate) const EDGES: u32 = 19;
    pub(crate) const STOP_LINKS: u32 = 20;
    pub(crate) const CELL_OFFSETS: u32 = 21;
    pub(crate) const PLACES: u32 = 22;
    pub(crate) const TOKEN_OFFSETS: u32 = 23;
    pub(crate) const TOKEN_BYTES: u32 = 24;
    pub(crate) const POSTING_OFFSETS: u32 = 25;
    pub(crate) const POSTINGS: u32 = 26;
    pub(crate) const STARTS: u32 = 27;
    pub(crate) const SPELLINGS: u32 = 28;
    pub(crate) const NUMBERINGS: u32 = 29;
    pub(crate) const NUMBERS: u32 = 30;
    pub(crate) const CONTINUATIONS: u32 = 31;
    pub(crate) const STEPLESS: u32 = 32;

    /// Sections that a pack must have: 1 to this.
    pub(crate) const LAST_REQUIRED: u32 = SPELLINGS;

    /// Those after them, to this, may be missing: then they are empty.
    pub(crate) const LAST_KNOWN: u32 = STEPLESS;
}

/// The head of a pack, 128 bytes.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: [u8; 8],
    pub(super) version: u32,
    pub(super) section_count: u32,
    /// SHA-256 of every byte of the file from [`HASHED_FROM`] on.
    pub(super) sha256: [u8; 32],
    /// How long the file is.
    pub(super) bytes: u64,
    pub(super) made_ms: i64,
    pub(super) first_day: i32,
    pub(super) last_day: i32,
    pub(super) reserved: [u64; 7],
}

/// Where the hashed part of a pack begins: after magic, version, count of sections and the hash itself.
pub(super) const HASHED_FROM: usize = 48;

/// An entry in the table of sections, 24 bytes.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct SectionEntry {
    pub(super) id: u32,
    /// Size of one element; the length is a multiple of it.
    pub(super) element_bytes: u32,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// What is one for the whole pack, 72 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Meta {
    /// The city's name in Kazakh, Russian, English.
    pub(super) names: [u32; 3],
    pub(super) time_zone: u32,
    pub(super) source: u32,
    pub(super) words_a_service: u32,
    pub(super) first_day: i32,
    pub(super) day_count: u32,
    pub(super) south_e7: i32,
    pub(super) west_e7: i32,
    pub(super) cell_lat_e7: u32,
    pub(super) cell_lon_e7: u32,
    pub(super) columns: u32,
    pub(super) rows: u32,
    pub(super) reserved: [u32; 4],
}

impl Meta {
    pub(super) fn text(text: u32) -> TextIdx {
        TextIdx(text)
    }
}

/// A pack whose header and table of sections were read.
#[derive(Debug)]
pub(super) struct Pack {
    mapped: Mapped,
    pub(super) header: Header,
    pub(super) meta: Meta,
    /// Where each known section lies, by its number.
    known: [(usize, usize); section::LAST_KNOWN as usize + 1],
    /// Where each further section lies.
    further: Vec<(u32, Range<usize>)>,
}

impl Pack {
    /// Reads header and table of sections; touches nothing else.
    pub(super) fn read(mapped: Mapped) -> Result<Pack, CityError> {
        let bytes = mapped.bytes();
        if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
            return Err(CityError::NotAPack);
        }
        let cut_off = CityError::CutOff { bytes: bytes.len() as u64 };
        let Ok((header, rest)) = Header::read_from_prefix(bytes) else { return Err(cut_off) };
        if header.version != FORMAT_VERSION {
            return Err(CityError::OtherVersion { found: header.version });
        }
        if header.bytes != bytes.len() as u64 {
            return Err(cut_off);
        }
        if header.section_count > MOST_SECTIONS {
            return Err(CityError::Damaged { part: "table of sections" });
        }
        let table = <[SectionEntry]>::ref_from_prefix_with_elems(rest, header.section_count as usize);
        let Ok((table, _)) = table else { return Err(cut_off) };
        let (known, further) = places_of(table, bytes.len())?;
        let mut pack = Pack { header, meta: Meta::default(), known, further, mapped };
        pack.meta = match pack.slice::<Meta>(section::META) {
            [meta] => *meta,
            _ => return Err(CityError::Damaged { part: "what is one for the whole pack" }),
        };
        Ok(pack)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.mapped.bytes()
    }

    /// A known section as elements of its type. Empty if its size or place does not fit the type:
    /// then whoever looks into it finds nothing.
    pub(super) fn slice<T: FromBytes + Immutable + KnownLayout>(&self, id: u32) -> &[T] {
        let (start, end) = self.known.get(id as usize).copied().unwrap_or_default();
        let bytes = self.mapped.bytes().get(start..end).unwrap_or_default();
        <[T]>::ref_from_bytes(bytes).unwrap_or_default()
    }

    /// Whether a known section's length is a whole number of elements of its type.
    pub(super) fn fits<T: FromBytes + Immutable + KnownLayout>(&self, id: u32) -> bool {
        let (start, end) = self.known.get(id as usize).copied().unwrap_or_default();
        let bytes = self.mapped.bytes().get(start..end).unwrap_or_default();
        <[T]>::ref_from_bytes(bytes).is_ok()
    }

    /// A further section.
    pub(super) fn further(&self, id: u32) -> Option<&[u8]> {
        let (_, range) = self.further.iter().find(|(further, _)| *further == id)?;
        self.mapped.bytes().get(range.clone())
    }
}

type Places = ([(usize, usize); section::LAST_KNOWN as usize + 1], Vec<(u32, Range<usize>)>);

fn places_of(table: &[SectionEntry], file_bytes: usize) -> Result<Places, CityError> {
    let damaged = CityError::Damaged { part: "table of sections" };
    let mut known = [(0, 0); section::LAST_KNOWN as usize + 1];
    let mut further = Vec::new();
    let mut seen = 0_u64;
    for entry in table {
        let start = usize::try_from(entry.offset).ok();
        let end = entry.offset.checked_add(entry.length).and_then(|end| usize::try_from(end).ok());
        let (Some(start), Some(end)) = (start, end) else { return Err(damaged) };
        if end > file_bytes || entry.offset % 8 != 0 || entry.element_bytes == 0 {
            return Err(damaged);
        }
        if entry.length % u64::from(entry.element_bytes) != 0 {
            return Err(damaged);
        }
        match known.get_mut(entry.id as usize) {
            Some(_) if entry.id == 0 || seen & 1 << entry.id != 0 => return Err(damaged),
            Some(place) => {
                *place = (start, end);
                seen |= 1 << entry.id;
            }
            None => further.push((entry.id, start..end)),
        }
    }
    let all = (1..=section::LAST_REQUIRED).fold(0_u64, |all, id| all | 1 << id);
    if seen & all == all { Ok((known, further)) } else { Err(damaged) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_the_sizes_that_the_contract_names() {
        assert_eq!(size_of::<Header>(), 128);
        assert_eq!(size_of::<SectionEntry>(), 24);
        assert_eq!(size_of::<Meta>(), 72);
        assert_eq!(std::mem::offset_of!(Header, bytes), HASHED_FROM);
    }
}
