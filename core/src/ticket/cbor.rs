//! Arrays of deterministic CBOR (RFC 8949 §4.2), written and read item by item.
//!
//! Reading encodes what was read once more and compares: a second way to write the same thing
//! (longer lengths, indefinite ones, bytes behind the end) is refused without a rule for each.

use super::TicketError;
use ciborium::Value;

/// The bytes of an array of these items.
pub(super) fn encode(items: Vec<Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&Value::Array(items), &mut bytes).expect("a Vec takes every byte");
    bytes
}

/// A text as an item.
pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Bytes as an item.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

/// An item, or null where there is none.
pub(super) fn or_null<T>(item: Option<T>, write: impl FnOnce(T) -> Value) -> Value {
    item.map_or(Value::Null, write)
}

/// The items of an array that came from outside, taken one after another.
pub(super) struct Items(std::vec::IntoIter<Value>);

impl Items {
    /// The items of the one array that these bytes are, and nothing behind it.
    pub(super) fn read(bytes: &[u8], what: &'static str) -> Result<Items, TicketError> {
        let value: Value = ciborium::from_reader(bytes).map_err(|_| TicketError::Malformed { what })?;
        let mut again = Vec::with_capacity(bytes.len());
        let written = ciborium::into_writer(&value, &mut again);
        if written.is_err() || again != bytes {
            return Err(TicketError::Malformed { what });
        }
        Items::of(value, what)
    }

    fn of(value: Value, what: &'static str) -> Result<Items, TicketError> {
        match value {
            Value::Array(items) => Ok(Items(items.into_iter())),
            _ => Err(TicketError::Malformed { what }),
        }
    }

    /// How many items are left.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    fn next(&mut self, what: &'static str) -> Result<Value, TicketError> {
        self.0.next().ok_or(TicketError::Malformed { what })
    }

    /// The version that an array begins with, which must be the one that is known.
    pub(super) fn version(&mut self, known: u64) -> Result<(), TicketError> {
        match self.uint("version", u64::MAX)? {
            version if version == known => Ok(()),
            version => Err(TicketError::UnknownVersion { version }),
        }
    }

    /// A number between 0 and `max`.
    pub(super) fn uint(&mut self, what: &'static str, max: u64) -> Result<u64, TicketError> {
        let number = self.next(what)?.into_integer().ok().and_then(|number| u64::try_from(number).ok());
        number.filter(|number| *number <= max).ok_or(TicketError::Malformed { what })
    }

    /// A number between 0 and 2³² − 1.
    pub(super) fn uint32(&mut self, what: &'static str) -> Result<u32, TicketError> {
        // The bound was checked, so nothing is cut off.
        self.uint(what, u64::from(u32::MAX)).map(|number| number as u32)
    }

    /// A whole number of either sign.
    pub(super) fn int(&mut self, what: &'static str) -> Result<i64, TicketError> {
        let number = self.next(what)?.into_integer().ok().and_then(|number| i64::try_from(number).ok());
        number.ok_or(TicketError::Malformed { what })
    }

    /// Between 1 and `max` bytes of text without control characters.
    pub(super) fn text(&mut self, what: &'static str, max: usize) -> Result<String, TicketError> {
        let text = self.next(what)?.into_text().ok().filter(|text| fits(text, max));
        text.ok_or(TicketError::Malformed { what })
    }

    /// So many bytes.
    pub(super) fn bytes<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], TicketError> {
        let bytes = self.next(what)?.into_bytes().ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or(TicketError::Malformed { what })
    }

    /// At most `max` bytes.
    pub(super) fn some_bytes(&mut self, what: &'static str, max: usize) -> Result<Vec<u8>, TicketError> {
        let bytes = self.next(what)?.into_bytes().ok().filter(|bytes| bytes.len() <= max);
        bytes.ok_or(TicketError::Malformed { what })
    }

    /// An array within this one.
    pub(super) fn items(&mut self, what: &'static str) -> Result<Items, TicketError> {
        Items::of(self.next(what)?, what)
    }

    /// Whether the next item is null, which is then taken.
    pub(super) fn null(&mut self) -> bool {
        let null = self.0.as_slice().first().is_some_and(Value::is_null);
        if null {
            self.0.next();
        }
        null
    }

    /// Whether the next item is a text; it stays.
    pub(super) fn is_text(&self) -> bool {
        self.0.as_slice().first().is_some_and(Value::is_text)
    }

    /// Whether the next item is a byte string; it stays.
    pub(super) fn is_bytes(&self) -> bool {
        self.0.as_slice().first().is_some_and(Value::is_bytes)
    }

    /// Nothing is left.
    pub(super) fn end(mut self, what: &'static str) -> Result<(), TicketError> {
        self.0.next().map_or(Ok(()), |_| Err(TicketError::Malformed { what }))
    }
}

/// Whether a text has 1 to `max` bytes and no control characters, which no screen should be sent.
pub(super) fn fits(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shortest_form_is_read() {
        assert_eq!(Items::read(&[0x81, 0x05], "a").expect("[5]").uint("n", 9), Ok(5));
        for (form, bytes) in [
            ("a longer number", &[0x81, 0x18, 0x05][..]),
            ("a longer array length", &[0x98, 0x01, 0x05]),
            ("an indefinite array", &[0x9f, 0x05, 0xff]),
            ("an indefinite text", &[0x81, 0x7f, 0x61, 0x61, 0xff]),
            ("a byte behind", &[0x81, 0x05, 0x00]),
            ("a byte missing", &[0x82, 0x05]),
            ("no array", &[0x05]),
            ("nothing", &[]),
        ] {
            assert!(Items::read(bytes, "a").is_err(), "{form}");
        }
    }

    #[test]
    fn a_length_field_reserves_no_memory() {
        assert!(Items::read(&[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "a").is_err());
        assert!(Items::read(&[0x81, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "a").is_err());
        assert!(Items::read(&[0x81; 5_000], "deep").is_err(), "and nesting no stack");
    }

    #[test]
    fn control_characters_and_empty_texts_do_not_fit() {
        assert!(fits("30-Б", 5));
        assert!(!fits("30-Б", 4), "bytes count, not letters");
        assert!(!fits("", 5));
        assert!(!fits("1\n", 5));
    }
}
