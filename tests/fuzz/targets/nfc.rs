//! What readers send to a phone that is held to them, what is on tags, and what beacons say.

use super::Bytes;
use jol_core::detect::Beacon;
use jol_core::nfc::apdu::Command;
use jol_core::nfc::{BUS_AID, NAME_BUS, NDEF_AID, Step, Tag, ndef};

/// What the phone holds out.
const TEXT: &str = "JOL1:6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2+$N IOP-IA%NFQGRJPC%OQHIZC4";

/// Commands, each with its length before it; and the same bytes as a tag's message and as a beacon.
pub(crate) fn held(input: &[u8]) {
    let (mut bytes, mut tag) = (Bytes(input), Tag::default());
    while !bytes.is_empty() {
        let length = bytes.byte();
        let command = bytes.piece(length.into());
        if let Ok(read) = Command::read(command)
            && let Some(short) = read.to_bytes()
        {
            assert_eq!(Command::read(&short), Ok(read));
        }
        match tag.respond(command) {
            Step::Reply(reply) => assert!((2..=242).contains(&reply.len()), "{reply:?}"),
            Step::Named { sticker } => assert!(!sticker.is_empty()),
            Step::WantsMessage => {
                assert_eq!(tag.hold(Some(TEXT)), Some(vec![0x90, 0]));
                assert_eq!(message(&mut tag).as_deref(), Some(TEXT));
            }
        }
        assert!(!tag.is_waiting());
    }
    if let Some(text) = ndef::text_of(input) {
        let again = ndef::ticket_message(&text);
        assert!(again.len() > ndef::LONGEST_MESSAGE || ndef::text_of(&again) == Some(text));
    }
    assert!(Beacon::read(input).is_none_or(|beacon| beacon.to_bytes() == input));
}

/// The text on a tag whose message is selected.
fn message(tag: &mut Tag) -> Option<String> {
    let Step::Reply(file) = tag.respond(&[0, 0xb0, 0, 0, 0]) else { return None };
    ndef::text_of(file.get(2..file.len() - 2)?)
}

/// A whole reading, a bus that is named, a tag in a bus, and a beacon.
pub(crate) fn readings() -> Vec<Vec<u8>> {
    let select = |aid: [u8; 7]| [&[13, 0, 0xa4, 4, 0, 7][..], &aid, &[0]].concat();
    let file = |nth: u8| vec![7, 0, 0xa4, 0, 0x0c, 2, 0xe1, nth];
    let read = |from: u8, length: u8| vec![5, 0, 0xb0, 0, from, length];
    let reading = [select(NDEF_AID), file(3), read(0, 15), file(4), read(0, 2), read(2, 90)].concat();
    let sticker = b"HTTPS://RIDE.EXAMPLE/J1/B/ATR/0547/AAAA";
    let length = sticker.len() as u8;
    let named = [select(BUS_AID), [&[length + 5], &NAME_BUS[..], &[0, 0, length], sticker].concat()].concat();
    let link = [&[0xd1, 1, 12, b'U', 4][..], b"jol.kz/T/123"].concat();
    vec![reading, named, link, ndef::ticket_message(TEXT), b"\x01ATR0547".to_vec()]
}
