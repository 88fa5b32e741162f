use super::*;
use crate::nfc::ndef::text_of;
use crate::ticket::presentation::LONGEST_TEXT;
use proptest::prelude::*;

/// A reader as it is in a phone's system or an inspector's terminal, written after the NFC Forum's procedure of
/// detection (T4T 2.0 §5.4), with nothing of ours: it reads the container, follows it to the file, and reads that
/// in pieces of its own liking.
struct Reader<'a> {
    tag: &'a mut Tag,
    /// What the phone holds out when it is asked.
    text: Option<&'a str>,
    /// It reads no more than so many bytes at once.
    piece: usize,
    /// After so many commands the phone is pulled away.
    commands: usize,
}

impl Reader<'_> {
    /// What was replied before the status; none where that is not 9000 or the phone is gone.
    fn send(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        self.commands = self.commands.checked_sub(1)?;
        let reply = match self.tag.respond(command) {
            Step::Reply(reply) => reply,
            Step::WantsMessage => self.tag.hold(self.text).expect("it waits"),
            Step::Named { .. } => panic!("nobody named a bus"),
        };
        assert!((2..=258).contains(&reply.len()), "{reply:?}");
        let (body, status) = reply.split_at(reply.len() - 2);
        (status == [0x90, 0x00]).then(|| body.to_vec())
    }

    fn read(&mut self, from: usize, length: usize) -> Option<Vec<u8>> {
        let mut read = Vec::new();
        while read.len() < length {
            let at = from + read.len();
            let piece = (length - read.len()).min(self.piece);
            let le = if piece == 256 { 0 } else { piece as u8 };
            let some = self.send(&[0x00, 0xb0, (at >> 8) as u8, at as u8, le])?;
            assert!(!some.is_empty() && some.len() <= piece);
            read.extend(some);
        }
        Some(read)
    }

    /// The NDEF message.
    fn message(&mut self) -> Option<Vec<u8>> {
        self.send(&[0x00, 0xa4, 0x04, 0x00, 0x07, 0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01, 0x00])?;
        self.send(&[0x00, 0xa4, 0x00, 0x0c, 0x02, 0xe1, 0x03])?;
        let container = self.read(0, 15)?;
        let number = |at: usize| usize::from(container[at]) << 8 | usize::from(container[at + 1]);
        assert_eq!((number(0), container[2] >> 4), (15, 2), "its length, and a version that is known");
        assert!(number(3) >= 15 && number(5) >= 13, "reads and commands of a useful length");
        assert_eq!((container[7], container[8]), (4, 6), "where the message is");
        assert_eq!((container[13], container[14]), (0x00, 0xff), "anybody reads, nobody writes");
        self.piece = self.piece.min(number(3));
        self.send(&[0x00, 0xa4, 0x00, 0x0c, 0x02, container[9], container[10]])?;
        let length = self.read(0, 2)?;
        let length = usize::from(length[0]) << 8 | usize::from(length[1]);
        assert!(length + 2 <= number(11), "it fits the file");
        self.read(2, length)
    }
}

fn read_by(tag: &mut Tag, text: Option<&str>, piece: usize, commands: usize) -> Option<Vec<u8>> {
    Reader { tag, text, piece, commands }.message()
}

fn status(step: Step) -> [u8; 2] {
    let Step::Reply(reply) = step else { panic!("no reply: {step:?}") };
    reply[reply.len() - 2..].try_into().expect("two bytes")
}

/// A tag whose message's file is selected, with this text.
fn held(text: &str) -> Tag {
    let mut tag = Tag::default();
    for select in [&[0, 0xa4, 4, 0, 7, 0xd2, 0x76, 0, 0, 0x85, 1, 1, 0][..], &[0, 0xa4, 0, 0x0c, 2, 0xe1, 4]]
    {
        tag.respond(select);
    }
    tag.hold(Some(text)).expect("it waits");
    tag
}

fn named(sticker: &[u8]) -> Vec<u8> {
    [&NAME_BUS[..], &[0, 0, sticker.len() as u8], sticker].concat()
}

fn selected_by_a_bus() -> Tag {
    let mut tag = Tag::default();
    let select = [&[0, 0xa4, 4, 0, 7][..], &BUS_AID, &[0]].concat();
    assert_eq!(tag.respond(&select), Step::Reply(vec![PROTOCOL, 0x90, 0x00]));
    tag
}

#[test]
fn the_longest_ticket_fits_and_a_longer_text_is_an_empty_message() {
    let longest = "A".repeat(LONGEST_TEXT);
    let read = read_by(&mut Tag::default(), Some(&longest), 240, 99).expect("read");
    assert_eq!(text_of(&read).as_ref(), Some(&longest));
    let Step::Reply(piece) = held(&longest).respond(&[0, 0xb0, 0, 0, 0]) else { panic!("a reply") };
    assert_eq!(piece.len(), 242, "one frame, however much is asked for");
    let longer = "A".repeat(600);
    assert_eq!(read_by(&mut Tag::default(), Some(&longer), 240, 99), Some(vec![]));
    assert_eq!(read_by(&mut Tag::default(), None, 240, 99), Some(vec![]), "an empty tag is one, too");
}

#[test]
fn what_the_standard_refuses_is_refused_with_its_status() {
    let tag = held("JOL1:AB");
    let said = |command: &[u8]| status(tag.clone().respond(command));
    for (why, command, right) in [
        ("shorter than a command", &[0, 0xb0, 0][..], [0x67, 0x00]),
        ("a read without a length", &[0, 0xb0, 0, 0], [0x67, 0x00]),
        ("a read with data", &[0, 0xb0, 0, 0, 1, 7, 2], [0x67, 0x00]),
        ("beyond the end", &[0, 0xb0, 1, 0, 1], [0x6b, 0x00]),
        ("a short file id", &[0, 0xb0, 0x84, 0, 1], [0x6a, 0x86]),
        ("another application", &[0, 0xa4, 4, 0, 7, 0xd2, 0x76, 0, 0, 0x85, 1, 0, 0], [0x6a, 0x82]),
        ("another file", &[0, 0xa4, 0, 0x0c, 2, 0xe1, 5], [0x6a, 0x82]),
        ("half a file's id", &[0, 0xa4, 0, 0x0c, 1, 0xe1], [0x67, 0x00]),
        ("by path", &[0, 0xa4, 8, 0, 2, 0xe1, 4], [0x6a, 0x86]),
        ("a write", &[0, 0xd6, 0, 0, 1, 7], [0x6d, 0x00]),
        ("a class of somebody's own", &[0x90, 0xb0, 0, 0, 1], [0x6e, 0x00]),
        ("a bus's name outside its application", &named(b"x"), [0x6d, 0x00]),
    ] {
        assert_eq!(said(command), right, "{why}");
    }
    let file = [&[0, 23, 0xd4, 13, 7][..], b"jol.kz:ticketJOL1:AB"].concat();
    let last = file.len() - 1;
    assert_eq!(tag.clone().respond(&[0, 0xb0, 0, last as u8, 1]), Step::Reply(vec![b'B', 0x90, 0x00]));
    assert_eq!(said(&[0, 0xb0, 0, last as u8 + 1, 1]), [0x6b, 0x00], "the end itself");
    assert_eq!(tag.clone().respond(&[0, 0xb0, 0, 0, 0]), Step::Reply([&file[..], &[0x90, 0]].concat()));
    let fresh = |command: &[u8]| status(Tag::default().respond(command));
    assert_eq!(fresh(&[0, 0xa4, 0, 0x0c, 2, 0xe1, 3]), [0x6a, 0x82], "a file before its application");
    assert_eq!(fresh(&[0, 0xb0, 0, 0, 1]), [0x69, 0x86], "a read before a file");
}

#[test]
fn a_message_is_frozen_until_its_file_is_selected_again() {
    let mut tag = held("first");
    assert_eq!(tag.hold(Some("second")), None, "nobody asked");
    let whole = tag.respond(&[0, 0xb0, 0, 0, 0]);
    assert_eq!(tag.respond(&[0, 0xb0, 0, 0, 0]), whole);
    assert_eq!(tag.respond(&[0, 0xa4, 0, 0x0c, 2, 0xe1, 4]), Step::WantsMessage, "asked anew");
    assert_eq!(status(tag.respond(&[0, 0xb0, 0, 0, 0])), [0x69, 0x85], "not before it is there");
    tag.hold(Some("second")).expect("it waits");
    assert_ne!(tag.respond(&[0, 0xb0, 0, 0, 0]), whole);
}

#[test]
fn a_terminal_names_its_bus_in_its_own_application() {
    let mut tag = selected_by_a_bus();
    assert_eq!(tag.respond(&named("АВТОБУС".as_bytes())), Step::Named { sticker: "АВТОБУС".to_owned() });
    assert_eq!(status(tag.respond(&[0x80, 0x42, 0, 0])), [0x6a, 0x80], "none");
    assert_eq!(status(tag.respond(&named(&[0xff]))), [0x6a, 0x80], "no text");
    assert_eq!(status(tag.respond(&[0x80, 0x42, 1, 0, 1, b'x'])), [0x6a, 0x86]);
    assert_eq!(status(tag.respond(&[0, 0xa4, 0, 0x0c, 2, 0xe1, 4])), [0x6a, 0x82], "it holds no files");
    assert_eq!(status(tag.respond(&[0, 0xb0, 0, 0, 1])), [0x69, 0x86]);
}

proptest! {
    #[test]
    fn any_reader_reads_what_is_held_out(text in "\\PC{0,90}", piece in 1..=256usize) {
        let read = read_by(&mut Tag::default(), Some(&text), piece, usize::MAX).expect("read");
        prop_assert_eq!(text_of(&read), Some(text));
    }

    #[test]
    fn a_reader_that_was_torn_off_comes_again(
        text in "[A-Z0-9:]{1,395}",
        torn in prop::collection::vec((1..=240usize, 0..12usize), 0..5),
        piece in 1..=240usize,
    ) {
        let mut tag = Tag::default();
        for (piece, commands) in torn {
            read_by(&mut tag, Some("what another reader was told"), piece, commands);
        }
        let read = read_by(&mut tag, Some(&text), piece, usize::MAX).expect("read");
        prop_assert_eq!(text_of(&read), Some(text));
    }

    #[test]
    fn no_commands_panic_and_each_reply_is_bounded(
        commands in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..20),
                Just(vec![0, 0xa4, 4, 0, 7, 0xd2, 0x76, 0, 0, 0x85, 1, 1, 0]),
                Just(vec![0, 0xa4, 0, 0x0c, 2, 0xe1, 3]),
                Just(vec![0, 0xa4, 0, 0x0c, 2, 0xe1, 4]),
                any::<[u8; 3]>().prop_map(|[p1, p2, le]| vec![0, 0xb0, p1, p2, le]),
            ],
            0..20,
        ),
    ) {
        let mut tag = Tag::default();
        for command in commands {
            match tag.respond(&command) {
                Step::Reply(reply) => prop_assert!((2..=242).contains(&reply.len())),
                Step::WantsMessage => prop_assert!(tag.hold(Some("JOL1:AB")).is_some()),
                Step::Named { .. } => {}
            }
            prop_assert!(!tag.is_waiting());
        }
    }
}
