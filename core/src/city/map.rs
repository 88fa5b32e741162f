//! Bytes of a pack: a mapped file, or memory that looks like one.
//!
//! The only file of the core in which `unsafe` is allowed.

use super::CityError;
use memmap2::{Mmap, MmapOptions};
use std::fs::File;
use std::path::Path;

/// The bytes of a pack, from an address that is a multiple of a page.
#[derive(Debug)]
pub(super) struct Mapped(Mmap);

impl Mapped {
    /// Maps a file.
    pub(super) fn open(path: &Path) -> Result<Mapped, CityError> {
        let file = File::open(path).map_err(|error| CityError::Unreadable { kind: error.kind() })?;
        let map = map(&file).map_err(|error| CityError::Unreadable { kind: error.kind() })?;
        Ok(Mapped(map))
    }

    /// Copies bytes into pages of their own: what a test, or a platform without files, has in hand.
    pub(super) fn copy(bytes: &[u8]) -> Result<Mapped, CityError> {
        let unreadable = |error: std::io::Error| CityError::Unreadable { kind: error.kind() };
        let mut map = MmapOptions::new().len(bytes.len().max(1)).map_anon().map_err(unreadable)?;
        map[..bytes.len()].copy_from_slice(bytes);
        Ok(Mapped(map.make_read_only().map_err(unreadable)?))
    }

    /// All bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the bytes must not change while they are mapped. An installed pack is never written in
    // place: a new one is written beside it and renamed over its name, which leaves the mapped file as
    // it is. Nothing is assumed of the bytes themselves: every read of them is checked.
    unsafe { Mmap::map(file) }
}
