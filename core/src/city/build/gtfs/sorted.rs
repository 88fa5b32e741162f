//! The rows of a file by its ids, so that a pack does not depend on their order in the file.

use csv::ByteRecord;

/// So many fields a sorted file may have: they take 2 GB at most.
const MOST_FIELDS: usize = 100_000_000;

/// A row: where its first field is among the ends of all, and its number in the file.
#[derive(Clone, Copy)]
struct Row {
    first: u32,
    number: u32,
}

/// All rows of a file; a file of a gigabyte fits 32 bits.
#[derive(Default)]
pub(super) struct Sorted {
    bytes: Vec<u8>,
    /// Where each field ends in `bytes`; it begins where the one before ends.
    ends: Vec<u32>,
    rows: Vec<Row>,
    told: usize,
}

impl Sorted {
    /// Adds a row of so many columns; fields beyond them are no one's. False if it is too much.
    pub(super) fn add(&mut self, record: &ByteRecord, columns: usize, number: u64) -> bool {
        self.rows.push(Row { first: self.ends.len() as u32, number: number as u32 });
        for nth in 0..columns {
            self.bytes.extend_from_slice(record.get(nth).unwrap_or_default());
            self.ends.push(self.bytes.len() as u32);
        }
        self.ends.len() <= MOST_FIELDS
    }

    /// Sorts the rows by the bytes of these columns; those that are equal keep the order of the file.
    pub(super) fn sort(&mut self, by: &[usize]) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(|a, b| self.key(*a, by).cmp(self.key(*b, by)));
        self.rows = rows;
    }

    /// Puts the next row into `record`, and answers its number.
    pub(super) fn next(&mut self, record: &mut ByteRecord, columns: usize) -> Option<u64> {
        let row = *self.rows.get(self.told)?;
        self.told += 1;
        record.clear();
        (0..columns).for_each(|nth| record.push_field(self.field(row.first as usize + nth)));
        Some(row.number.into())
    }

    fn key(&self, row: Row, by: &[usize]) -> impl Iterator<Item = &[u8]> {
        by.iter().map(move |nth| self.field(row.first as usize + nth))
    }

    fn field(&self, nth: usize) -> &[u8] {
        let end = |nth: usize| self.ends.get(nth).map_or(0, |end| *end as usize);
        let begin = nth.checked_sub(1).map_or(0, end);
        self.bytes.get(begin..end(nth)).unwrap_or_default()
    }
}
