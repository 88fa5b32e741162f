//! The message that a tag holds (NFC Forum NDEF 1.0), as far as buses and tickets need it.
//!
//! A ticket is one record of an external type (RTD 1.0 §3.3), `jol.kz:ticket`, whose payload is the text of
//! its code: whoever reads codes needs nothing new. Not a link (RTD URI): any phone would open that, and hand
//! the ticket to whoever serves the page.

/// The type of a ticket's record.
pub const TICKET: &[u8] = b"jol.kz:ticket";
/// No message that is read is longer, in bytes.
pub const LONGEST_MESSAGE: usize = 1_024;
/// So many records are looked at.
const MOST_RECORDS: usize = 8;

/// Bits of a record's first byte: it begins and ends the message, is one of several chunks, has a length of
/// one byte, has an id; the rest says of which kind its type is.
const BEGINS: u8 = 0x80;
const ENDS: u8 = 0x40;
const CHUNK: u8 = 0x20;
const SHORT: u8 = 0x10;
const HAS_ID: u8 = 0x08;
const KIND: u8 = 0x07;
/// Kinds of types (TNF): of the NFC Forum's own, and anybody's.
const WELL_KNOWN: u8 = 1;
const EXTERNAL: u8 = 4;

/// The message of a ticket, by the text of its code.
pub fn ticket_message(text: &str) -> Vec<u8> {
    let flags = BEGINS | ENDS | EXTERNAL;
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let (flags, length) = match u8::try_from(length) {
        Ok(short) => (flags | SHORT, vec![short]),
        Err(_) => (flags, length.to_be_bytes().to_vec()),
    };
    [&[flags, TICKET.len() as u8], length.as_slice(), TICKET, text.as_bytes()].concat()
}

/// The text of the first record that is a ticket's or a link: what a tag says, to be looked at like the text of
/// a code. None if there is none, or the message is damaged up to there.
pub fn text_of(message: &[u8]) -> Option<String> {
    let mut rest = (message.len() <= LONGEST_MESSAGE).then_some(message)?;
    for nth in 0..MOST_RECORDS {
        let record = Record::read(&mut rest)?;
        if (record.flags & BEGINS != 0) != (nth == 0) || record.flags & CHUNK != 0 {
            return None;
        }
        let text = match (record.flags & KIND, record.kind) {
            // Names of types are compared without case (RTD 1.0 §3.4).
            (EXTERNAL, kind) if kind.eq_ignore_ascii_case(TICKET) => {
                String::from_utf8(record.payload.to_vec()).ok()
            }
            (WELL_KNOWN, b"U") => link(record.payload),
            _ => None,
        };
        if text.is_some() || record.flags & ENDS != 0 {
            return text;
        }
    }
    None
}

/// One record.
struct Record<'a> {
    flags: u8,
    kind: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Record<'a> {
    fn read(rest: &mut &'a [u8]) -> Option<Record<'a>> {
        let mut take = |length: usize| {
            let (taken, left) = rest.split_at_checked(length)?;
            *rest = left;
            Some(taken)
        };
        let [flags, kind_length] = *take(2)? else { return None };
        let number = |bytes: &[u8]| bytes.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let length = number(take(if flags & SHORT != 0 { 1 } else { 4 })?);
        let id_length = if flags & HAS_ID != 0 { number(take(1)?) } else { 0 };
        let kind = take(kind_length.into())?;
        take(id_length)?;
        Some(Record { flags, kind, payload: take(length)? })
    }
}

/// A link, whose first byte stands for its beginning (RTD URI 1.0 §3.2.2).
fn link(payload: &[u8]) -> Option<String> {
    let (begins, rest) = payload.split_first()?;
    let begins = match begins {
        0 => "",
        1 => "http://www.",
        2 => "https://www.",
        3 => "http://",
        4 => "https://",
        _ => return None,
    };
    std::str::from_utf8(rest).ok().map(|rest| format!("{begins}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_ticket_is_one_record_of_our_own_type() {
        let short = ticket_message("JOL1:AB");
        assert_eq!(short[..3], [0xd4, 13, 7]);
        assert_eq!(short[3..], *b"jol.kz:ticketJOL1:AB");
        let long = ticket_message(&"A".repeat(395));
        assert_eq!(long[..6], [0xc4, 13, 0, 0, 1, 139], "395 is 256 and 139");
        assert_eq!(text_of(&long), Some("A".repeat(395)));
    }

    #[test]
    fn a_bus_s_tag_is_a_link_behind_whatever_else_is_on_it() {
        let link = [&[0x51, 1, 12, b'U', 4][..], b"jol.kz/abcd"].concat();
        let text = [0x91, 1, 3, b'T', 0, b'h', b'i'];
        assert_eq!(text_of(&[&text[..], &link].concat()).as_deref(), Some("https://jol.kz/abcd"));
        // With an id, and its name in capitals.
        let ticket = [&[0xdc, 13, 2, 1][..], b"JOL.KZ:TICKET", b"i", b"ok"].concat();
        assert_eq!(text_of(&ticket).as_deref(), Some("ok"));
        for (why, damaged) in [
            ("nothing", vec![]),
            ("it does not begin", link.clone()),
            ("it begins twice", [&text[..], &[&[0xd1], &link[1..]].concat()].concat()),
            ("a chunk", [&[0xb1], &text[1..]].concat()),
            ("no end", text.to_vec()),
            ("longer than it is", vec![0xd1, 1, 200, b'U', 4]),
            ("longer than anything", vec![0xc1, 1, 255, 255, 255, 255, b'U', 4]),
            ("another beginning of a link", vec![0xd1, 1, 2, b'U', 5, b'1']),
            ("not UTF-8", [&ticket_message("ab")[..16], &[0xff, 0xff]].concat()),
        ] {
            assert_eq!(text_of(&damaged), None, "{why}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC{0,300}") {
            let message = ticket_message(&text);
            prop_assert_eq!(text_of(&message), Some(text).filter(|_| message.len() <= LONGEST_MESSAGE));
        }

        #[test]
        fn no_message_panics(message in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = text_of(&message);
        }
    }
}
