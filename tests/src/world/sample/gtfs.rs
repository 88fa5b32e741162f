//! Writes GTFS tables into a zip whose bytes depend on their content alone.

use std::io::{Cursor, Write};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// One table of a feed, as CSV (RFC 4180) in UTF-8.
#[derive(Clone, Debug)]
pub(in crate::world) struct Table {
    file: &'static str,
    columns: usize,
    text: String,
}

impl Table {
    /// An empty table: its file and the names of its columns.
    pub(in crate::world) fn new(file: &'static str, columns: &[&str]) -> Table {
        let mut table = Table { file, columns: columns.len(), text: String::new() };
        table.row(columns);
        table
    }

    /// Adds a row with a value for each column.
    pub(in crate::world) fn row<T: AsRef<str>>(&mut self, values: &[T]) {
        assert_eq!(values.len(), self.columns, "a row of {} has all columns", self.file);
        for (nth, value) in values.iter().enumerate() {
            if nth > 0 {
                self.text.push(',');
            }
            let value = value.as_ref();
            if value.contains([',', '"', '\r', '\n']) {
                self.text.extend(["\"", &value.replace('"', "\"\""), "\""]);
            } else {
                self.text.push_str(value);
            }
        }
        self.text.push_str("\r\n");
    }
}

/// A zip with these tables. Files carry no time of their own, so equal tables make equal bytes.
pub(in crate::world) fn write_zip(tables: &[Table]) -> Vec<u8> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for table in tables {
        zip.start_file(table.file, options).expect("memory takes all bytes");
        zip.write_all(table.text.as_bytes()).expect("memory takes all bytes");
    }
    zip.finish().expect("memory takes all bytes").into_inner()
}

/// A time of the service day as GTFS writes it: 06:05:00, 24:10:30.
pub(in crate::world) fn clock(seconds: u32) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_needs_quotes_gets_them() {
        let mut table = Table::new("stops.txt", &["stop_id", "stop_name"]);
        table.row(&["1", "«Базар», \"орталық\""]);
        table.row(&["2", "Вокзал"]);
        let packed = write_zip(&[table]);
        let mut zip = zip::ZipArchive::new(Cursor::new(packed)).expect("a zip");
        let mut text = String::new();
        zip.by_name("stops.txt").expect("the table").read_to_string(&mut text).expect("UTF-8");
        assert_eq!(text, "stop_id,stop_name\r\n1,\"«Базар», \"\"орталық\"\"\"\r\n2,Вокзал\r\n");
    }

    #[test]
    fn the_clock_runs_past_midnight() {
        assert_eq!(clock(6 * 3_600 + 65), "06:01:05");
        assert_eq!(clock(25 * 3_600 + 600), "25:10:00");
    }
}
