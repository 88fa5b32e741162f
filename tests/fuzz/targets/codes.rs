//! What is scanned and typed: texts of codes, camera frames, numbers and addresses.

use super::material::{NOW_MS, NOW_S, trusted};
use super::{Bytes, tickets};
use jol_core::account::Contact;
use jol_core::clock::SimulatedClock;
use jol_core::qr::{Correction, Frame, Meaning, QrCode, Reader, read_image};
use jol_core::text::{tame, tame_end};
use jol_core::ticket::presentation::challenge_to_text;
use jol_core::ticket::{ShownCard, StickerKind, TerminalCode, handover, is_shown};

/// Any text, as scanned and as typed.
pub(crate) fn meaning(input: &[u8]) {
    let text = &*String::from_utf8_lossy(input);
    tickets::stickers(text);
    for quoted in [tame(text, 40), tame_end(text, 40)] {
        let is_hidden =
            |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
        assert!(quoted.chars().count() <= 41 && !quoted.chars().any(is_hidden), "{quoted:?}");
    }
    match Meaning::of(text) {
        Meaning::Ticket { text: kept } => assert!(kept == text && is_shown(text)),
        Meaning::Challenge { challenge } => {
            let challenge = <[u8; 8]>::try_from(challenge).expect("eight bytes");
            assert_eq!(challenge_to_text(challenge), text);
        }
        Meaning::Link { url, host } | Meaning::LookAlike { url, host } => {
            assert!(host.is_ascii() && !host.is_empty() && url.contains(&host), "{url}");
            // What is shown and what a browser would open are one place, however often it is read.
            match Meaning::of(&url) {
                Meaning::Link { host: again, .. } | Meaning::LookAlike { host: again, .. } => {
                    assert_eq!(again, host, "{url}");
                }
                // Written out, it may be one of our own codes.
                Meaning::TopUp { .. } | Meaning::Bus { .. } | Meaning::Stop { .. } | Meaning::Card { .. } => {
                }
                other => panic!("{url} is {other:?}"),
            }
        }
        Meaning::Terminal { text: kept } => {
            let code = TerminalCode::from_text(text).map(|code| code.to_text());
            assert!(kept == text && code.as_ref() == Ok(&kept));
        }
        Meaning::Bus { sticker }
        | Meaning::Stop { sticker }
        | Meaning::Card { sticker }
        | Meaning::TopUp { sticker } => assert_eq!(sticker, text),
        Meaning::BankPayment { merchant } => {
            assert!(text.starts_with("000201"));
            assert!(merchant.is_none_or(|merchant| text.contains(&merchant)));
        }
        Meaning::ShownCard { text: kept } => {
            assert_eq!(kept, text);
            if let Ok(card) = ShownCard::from_text(text) {
                assert_eq!(card.to_text(), text);
                if let Ok(credential) = card.verify(trusted()) {
                    assert_eq!(credential, tickets::credential(), "the operator signed one card");
                }
            }
        }
        Meaning::Receiver { text: kept } => {
            assert_eq!(kept, text);
            let point = handover::receiver_from_text(text).expect("it is one");
            assert_eq!(handover::receiver_to_text(&point), text);
        }
        Meaning::Parcel { text: kept } => {
            assert_eq!(kept, text);
            if let Ok(ticket) = handover::parcel_from_text(text) {
                assert_eq!(handover::parcel_to_text(&ticket), text);
            }
        }
        Meaning::Other { text: kept } => assert_eq!(kept, text),
    }
    if let Ok(contact) = Contact::read(text) {
        assert_eq!(Contact::read(&contact.to_string()), Ok(contact.clone()), "{text}");
        if let Contact::Phone(number) = contact {
            assert!((9..=16).contains(&number.len()) && number[1..].bytes().all(|b| b.is_ascii_digit()));
        }
    }
}

/// One of each.
pub(crate) fn texts() -> Vec<Vec<u8>> {
    let bank =
        "00020101021126180014kz.bank.exampl52040000530339854031205802KZ5909Coffee KZ6006ALMATY63041A2B";
    let mut texts: Vec<String> = [
        "https://kaspi.kz/pay/x?service_id=1",
        "https://jol.kz@evil.com:80/a b",
        "https://jоl.kz/T/1",
        "https://xn--jl-fmc.kz/B/1",
        "HTTPS://JOL.KZ/T/4417",
        "https://қазақстан.қаз/жол",
        "http://[::1]:8080/",
        "WIFI:S:x;;",
        "+7 701 123 45 67",
        "8 (701) 123-45-67",
        "a.b@example.kz",
        bank,
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(challenge_to_text(*b"inspect!"));
    texts.push(tickets::sticker(StickerKind::Bus, "0547"));
    texts.extend([tickets::shown_card(), "JOLQ1:".to_owned(), "JOLQ1:6BF".to_owned()]);
    texts.push(tickets::sticker(StickerKind::Stop, "оста/новка"));
    let mut seeds: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    seeds.extend(tickets::tickets().into_iter().filter(|bytes| std::str::from_utf8(bytes).is_ok()));
    seeds
}

/// A frame out of its numbers: width, height, stride beyond the width, quarters and more, how the pixels
/// that are missing repeat; then pixels.
pub(crate) fn frame(input: &[u8]) {
    let mut bytes = Bytes(input);
    let [width, height, padding, turn, missing] = bytes.array();
    let (width, height) = (u32::from(width), u32::from(height));
    let stride = width.wrapping_add_signed(i32::from(padding as i8));
    let mut luma = bytes.rest().to_vec();
    let needed = stride.saturating_mul(height) as usize;
    if missing != 0 && !luma.is_empty() {
        luma = luma.iter().copied().cycle().take(needed.min(1 << 16)).collect();
    }
    let degrees = u16::from(turn) * 45;
    let Ok(frame) = Frame::new(&luma, width, height, stride, degrees) else { return };
    assert_eq!(frame.packed().len(), (width * height) as usize);
    let clock = SimulatedClock::at(NOW_MS);
    let mut reader = Reader::new(40);
    for _ in 0..2 {
        for found in reader.read(&frame, &clock) {
            let _ = Meaning::of(&found.text);
        }
    }
    assert_eq!(read_image(&frame).len(), read_image(&frame).len());
}

/// Small frames: nothing, noise, stripes and squares that look like many corner patterns, and drawn codes, plain
/// and padded and turned.
pub(crate) fn frames() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![64, 64, 0, 0, 1, 0, 255], vec![8, 8, 2, 2, 0], vec![0; 5]];
    // A corner pattern of seven modules: a light ring in a dark square, and light around it.
    let is_light = |x: u8, y: u8| x.max(y) > 6 || x.abs_diff(3).max(y.abs_diff(3)) == 2;
    let wall = |period: u8, both: bool| {
        let pixels = (0..64 * 64_u16).map(|at| ((at % 64) as u8 % period, (at / 64) as u8 % period));
        let pixels = pixels.map(|(x, y)| if is_light(x, if both { y } else { 3 }) { 255 } else { 0 });
        [64, 64, 0, 0, 0].into_iter().chain(pixels).collect::<Vec<u8>>()
    };
    // Of stripes like these a picture was made that cost another reader half a minute.
    seeds.extend([wall(9, true), wall(8, false), wall(10, false)]);
    for (scale, padding, turn) in [(1_u32, 0_u8, 0_u8), (1, 3, 2)] {
        let code = QrCode::of("JOLC1:X", Correction::L).and_then(|code| code.to_luma(scale)).expect("a code");
        let side = code.width() as u8;
        let mut seed = vec![side, side, padding, turn, 0];
        for row in code.packed().chunks(usize::from(side)) {
            seed.extend_from_slice(row);
            seed.extend(std::iter::repeat_n(9, usize::from(padding)));
        }
        seeds.push(seed);
    }
    seeds
}

/// The text that is read is the text that was drawn: a byte for correction and size, one for how many spots
/// there are, the spots (place and brightness), then the text.
pub(crate) fn drawn(input: &[u8]) {
    let mut bytes = Bytes(input);
    let (how, spots) = (bytes.byte(), bytes.byte() % 16);
    let spots: Vec<[u8; 3]> = (0..spots).map(|_| bytes.array()).collect();
    let text = &*String::from_utf8_lossy(bytes.rest());
    let correction = [Correction::L, Correction::M, Correction::Q, Correction::H][usize::from(how % 4)];
    let Ok(code) = QrCode::of(text, correction) else { return };
    let _ = (code.to_terminal(), code.to_svg());
    let frame = code.to_luma(u32::from(how / 4 % 4) + 2).expect("a small code");
    let (side, mut luma) = (frame.width(), frame.packed().into_owned());
    for [x, y, brightness] in &spots {
        let at = |share: &u8| usize::from(*share) * side as usize / 256;
        luma[at(y) * side as usize + at(x)] = *brightness;
    }
    let frame = Frame::new(luma, side, side, side, 0).expect("as it was drawn");
    let found = read_image(&frame);
    assert!(found.iter().all(|found| found.text == text), "{text:?} was read as {found:?}");
    assert!(!found.is_empty() || !spots.is_empty() || text.is_empty(), "{text:?} was not read");
}

/// Texts of each of a code's ways to write.
pub(crate) fn drawings() -> Vec<Vec<u8>> {
    let number = NOW_S.to_string();
    let texts = ["JOL1:6BF%Z", "https://jol.kz/T/1", &number, "Сәтпаев", "点と線", "\u{feff}é"];
    let mut seeds: Vec<Vec<u8>> = texts.iter().map(|text| [b"\x01\0", text.as_bytes()].concat()).collect();
    seeds.push([b"\x07\x02\x40\x40\xff\xa0\x20\0", "A SPOT OR TWO".as_bytes()].concat());
    seeds.push([b"\0\0", "A".repeat(300).as_bytes()].concat());
    seeds
}
