//! A file of a feed, row by row, whatever is in it.
//!
//! A feed comes from outside: a file that unpacks to more than any city has, or a row without end, is an
//! error before it fills the memory. Nothing is unpacked to disk, so names of entries lead nowhere.

use super::sorted::Sorted;
use crate::city::build::report::{BuildError, Notes};
use csv::{ByteRecord, ReaderBuilder, Trim};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;
use zip::ZipArchive;
use zip::read::ZipFile;

/// A file larger than this, unpacked, is refused: 100 million stop times take about 5 GB.
const MOST_BYTES: u64 = 8 << 30;
/// A small file (all but stop times and shapes) larger than this is refused.
const MOST_SMALL_BYTES: u64 = 1 << 30;
/// A row longer than this is refused.
const LONGEST_ROW: u64 = 1 << 20;
/// An archive with more entries is refused.
const MOST_ENTRIES: usize = 10_000;

const TOO_MANY_BYTES: &str = "more bytes than any feed has";
const ROW_TOO_LONG: &str = "a row of more than a megabyte";

/// A feed's archive.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    /// The file's name, for messages.
    pub(super) name: String,
    /// The folder in the archive that holds the feed, with its slash.
    folder: String,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Archive, BuildError> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let file = File::open(path)
            .map_err(|error| BuildError::Unreadable { file: name.clone(), kind: error.kind() })?;
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| BuildError::Malformed {
            file: name.clone(),
            row: 0,
            what: format!("not a zip archive: {error}"),
        })?;
        if zip.len() > MOST_ENTRIES {
            return Err(BuildError::TooLarge { file: name, what: "more than 10 000 entries" });
        }
        let folder = folder_of(&zip);
        Ok(Archive { zip, name, folder })
    }

    /// A file of the feed; none if the feed does not have it.
    pub(super) fn table(&mut self, file: &str) -> Result<Option<Table<'_>>, BuildError> {
        let path = format!("{}/{file}", self.name);
        let Some(index) = self.zip.index_for_name(&format!("{}{file}", self.folder)) else {
            return Ok(None);
        };
        let entry = self.zip.by_index(index).map_err(|error| BuildError::Malformed {
            file: path.clone(),
            row: 0,
            what: format!("cannot be unpacked: {error}"),
        })?;
        let is_large = matches!(file, "stop_times.txt" | "shapes.txt");
        Table::read(path, entry, if is_large { MOST_BYTES } else { MOST_SMALL_BYTES }).map(Some)
    }

    /// A file that every feed must have.
    pub(super) fn required(&mut self, file: &str) -> Result<Table<'_>, BuildError> {
        let missing = BuildError::MissingFile { file: format!("{}/{file}", self.name) };
        self.table(file)?.ok_or(missing)
    }
}

/// Some archives hold their feed in one folder.
fn folder_of(zip: &ZipArchive<BufReader<File>>) -> String {
    let names = (0..zip.len()).filter_map(|nth| zip.name_for_index(nth)?.ok());
    let folders = names.filter_map(|name| name.strip_suffix("stops.txt").map(str::to_owned));
    let plain = folders.filter(|folder| folder.is_empty() || folder.ends_with('/'));
    plain.min_by_key(String::len).unwrap_or_default()
}

/// A file of a feed that is read row by row.
pub(super) struct Table<'a> {
    /// Its name with its feed, for messages.
    pub(super) file: String,
    reader: csv::Reader<Bounded<ZipFile<'a, BufReader<File>>>>,
    columns: Vec<String>,
    record: ByteRecord,
    row: u64,
    done: Rc<Cell<u64>>,
    of: u64,
    /// What is left to read, if it was sorted.
    sorted: Option<Sorted>,
}

/// A column of a table; reading one that the file does not have gives an empty text.
#[derive(Clone, Copy)]
pub(super) struct Column(Option<usize>);

impl<'a> Table<'a> {
    fn read(file: String, entry: ZipFile<'a, BufReader<File>>, most: u64) -> Result<Table<'a>, BuildError> {
        let of = entry.size();
        if of > most {
            return Err(BuildError::TooLarge { file, what: TOO_MANY_BYTES });
        }
        let done = Rc::new(Cell::new(0));
        let bounded = Bounded { inner: entry, most, done: done.clone(), row: 0, quotes: Quotes::Begins };
        let reader =
            ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(bounded);
        let record = ByteRecord::new();
        let mut table = Table { file, reader, columns: Vec::new(), record, row: 0, done, of, sorted: None };
        if table.step()? {
            let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
            table.columns = table.record.iter().map(text).collect();
        }
        if let Some(first) = table.columns.first_mut() {
            let clean = first.trim_start_matches('\u{feff}').trim().trim_matches('"');
            *first = clean.to_owned();
        }
        Ok(table)
    }

    /// The same rows, by the bytes of these columns and not by their place in the file. Of rows with the same
    /// id the first is still the first.
    pub(super) fn sorted(mut self, by: &[&str]) -> Result<Table<'a>, BuildError> {
        let mut sorted = Sorted::default();
        while self.step()? {
            if !sorted.add(&self.record, self.columns.len(), self.row) {
                return Err(BuildError::TooLarge { file: self.file, what: "more than 100 million fields" });
            }
        }
        let by: Vec<usize> = by.iter().filter_map(|name| self.column(name).0).collect();
        sorted.sort(&by);
        self.sorted = Some(sorted);
        Ok(self)
    }

    /// A column that may be missing.
    pub(super) fn column(&self, name: &str) -> Column {
        Column(self.columns.iter().position(|column| column == name))
    }

    /// A column that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<Column, BuildError> {
        let column = self.column(name);
        match column.0 {
            Some(_) => Ok(column),
            None => Err(BuildError::MissingColumn { file: self.file.clone(), column: name }),
        }
    }

    /// Goes to the next row; false after the last.
    pub(super) fn next(&mut self, repaired: &mut Notes) -> Result<bool, BuildError> {
        if !self.step()? {
            return Ok(false);
        }
        if self.record.iter().any(|field| std::str::from_utf8(field).is_err()) {
            repaired.add(&self.file, self.row, || "letters that are not UTF-8 were replaced".to_owned());
            let lossy: Vec<String> =
                self.record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
            self.record = ByteRecord::from(lossy);
        }
        Ok(true)
    }

    /// A field of this row; empty if there is none.
    pub(super) fn get(&self, column: Column) -> &str {
        let field = column.0.and_then(|nth| self.record.get(nth)).unwrap_or_default();
        std::str::from_utf8(field).unwrap_or_default()
    }

    /// The number of this row, the header being 1.
    pub(super) fn row(&self) -> u64 {
        self.row
    }

    /// Bytes read and bytes in all.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.done.get(), self.of)
    }

    fn step(&mut self) -> Result<bool, BuildError> {
        if let Some(sorted) = &mut self.sorted {
            let row = sorted.next(&mut self.record, self.columns.len());
            self.row = row.unwrap_or(self.row);
            return Ok(row.is_some());
        }
        let read = self.reader.read_byte_record(&mut self.record);
        self.row += 1;
        read.map_err(|error| {
            let bound = match error.kind() {
                csv::ErrorKind::Io(error) => {
                    [TOO_MANY_BYTES, ROW_TOO_LONG].into_iter().find(|bound| error.to_string() == *bound)
                }
                _ => None,
            };
            match bound {
                Some(what) => BuildError::TooLarge { file: self.file.clone(), what },
                None => BuildError::Malformed {
                    file: self.file.clone(),
                    row: self.row,
                    what: format!("cannot be read: {error}"),
                },
            }
        })
    }
}

/// Where a byte stands in a field, as the csv reader sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Begins,
    Outside,
    Inside,
    /// After a quote inside quotes: the end, or half of a doubled one.
    Ends,
}

/// Counts bytes in all and bytes of a row, and stops at the bounds: the csv reader itself would gather a
/// row without end in memory.
struct Bounded<R> {
    inner: R,
    most: u64,
    done: Rc<Cell<u64>>,
    row: u64,
    quotes: Quotes,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.done.set(self.done.get() + read as u64);
        if self.done.get() > self.most {
            return Err(io::Error::other(TOO_MANY_BYTES));
        }
        for byte in buffer.iter().take(read) {
            self.row += 1;
            self.quotes = match (self.quotes, byte) {
                (Quotes::Inside, b'"') => Quotes::Ends,
                (Quotes::Inside, _) => Quotes::Inside,
                (Quotes::Begins, b'"') | (Quotes::Ends, b'"') => Quotes::Inside,
                (Quotes::Begins, b' ') => Quotes::Begins,
                (_, b',') => Quotes::Begins,
                (_, b'\n' | b'\r') => {
                    self.row = 0;
                    Quotes::Begins
                }
                _ => Quotes::Outside,
            };
            if self.row > LONGEST_ROW {
                return Err(io::Error::other(ROW_TOO_LONG));
            }
        }
        Ok(read)
    }
}
