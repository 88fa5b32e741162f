//! Codes on buses, at stops and on cards, signed so that nobody sticks a code of their own over one.
//!
//! The code is a link, all in capitals: `HTTPS://RIDE.EXAMPLE/J1/B/ATR/0547/` and 104 letters. A
//! phone's own camera opens the operator's page with it; Jol reads the path and needs no network.
//! Capitals and base32 (RFC 4648 §6) keep the code in alphanumeric mode and free of signs that a link
//! would have to escape: some 140 characters, QR version 6 with level M to survive scratches. Base45
//! would save ten characters and put spaces and per cent signs into the link.
//!
//! The host is the operator's and is not signed: Jol does not look at it, and a camera without Jol
//! opens whatever somebody printed, signed or not. A sticker proves which bus it was printed for, not
//! that it still hangs there: paying shows the painted number and takes a tap.

use super::{Domain, Envelope, Issuer, KeyId, SigningKey, TicketError, TrustedKeys, cbor};

/// The longest code on a sticker, in bytes.
pub const LONGEST_CODE: usize = 20;
/// The longest host that a sticker's link may have.
pub const LONGEST_HOST: usize = 40;
/// Longer than the text of any sticker, even with each byte of its code escaped.
const LONGEST_TEXT: usize = 256;

const VERSION: u64 = 1;
/// Which version of a sticker's path it is.
const MARK: &str = "J1";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// A key's number and a signature: 65 bytes are 104 letters, with no bits left over.
const SIGNATURE_LETTERS: usize = 104;

/// What a sticker is on. The numbers are signed and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum StickerKind {
    /// A bus; the code is the vehicle's number as painted.
    Bus = 0,
    /// A stop.
    Stop = 1,
    /// A transport card.
    Card = 2,
}

impl StickerKind {
    const ALL: [StickerKind; 3] = [StickerKind::Bus, StickerKind::Stop, StickerKind::Card];

    const fn letter(self) -> &'static str {
        match self {
            StickerKind::Bus => "B",
            StickerKind::Stop => "S",
            StickerKind::Card => "C",
        }
    }
}

/// What a sticker says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StickerCode {
    /// What it is on.
    pub kind: StickerKind,
    /// Whose it is.
    pub operator: Issuer,
    /// Which one, by the operator's code: 1 to [`LONGEST_CODE`] bytes.
    pub code: String,
}

impl StickerCode {
    /// The text of the code to print, a link to this host of the operator's.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] for a code or host that is empty, too long or of other signs than
    /// a link has; [`TicketError::Key`] if the key is another operator's or not for stickers.
    pub fn sign(&self, host: &str, key: &SigningKey) -> Result<String, TicketError> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
        if !(1..=LONGEST_HOST).contains(&host.len()) || !host.as_bytes().iter().all(plain) {
            return Err(TicketError::OutOfBounds { field: "host" });
        }
        if !cbor::fits(&self.code, LONGEST_CODE) {
            return Err(TicketError::OutOfBounds { field: "code" });
        }
        if key.id().issuer != self.operator {
            return Err(TicketError::Key { key: key.id(), fault: super::KeyFault::Unknown });
        }
        let envelope = Envelope::sign(Domain::Sticker, self.payload(), key)?;
        let signed = SignedSticker { code: self.clone(), envelope };
        Ok(format!("HTTPS://{}/{}", host.to_ascii_uppercase(), signed.path()))
    }

    fn payload(&self) -> Vec<u8> {
        cbor::encode(vec![VERSION.into(), (self.kind as u8).into(), cbor::text(&self.code)])
    }
}

/// A sticker as it was read; nobody vouches for it until it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedSticker {
    code: StickerCode,
    envelope: Envelope,
}

impl SignedSticker {
    /// A sticker from the text of a code, or from a link that a phone handed over (its host may then
    /// be in small letters); only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] if it is something else.
    pub fn from_text(text: &str) -> Result<SignedSticker, TicketError> {
        SignedSticker::read(text).ok_or(TicketError::Malformed { what: "sticker" })
    }

    fn read(text: &str) -> Option<SignedSticker> {
        let (scheme, rest) = text.split_at_checked(8).filter(|_| text.len() <= LONGEST_TEXT)?;
        let (host, path) = rest.split_once('/')?;
        if !scheme.eq_ignore_ascii_case("https://") || host.is_empty() {
            return None;
        }
        let mut parts = path.strip_prefix(MARK)?.strip_prefix('/')?.split('/');
        let [kind, operator, code, signature] = std::array::from_fn(|_| parts.next());
        let code = StickerCode {
            kind: StickerKind::ALL.into_iter().find(|known| Some(known.letter()) == kind)?,
            operator: Issuer::new(operator?)?,
            code: unescape(code?).filter(|code| cbor::fits(code, LONGEST_CODE))?,
        };
        let (number, signature) = from_base32(signature?)?;
        let key = KeyId { issuer: code.operator, number };
        let envelope = Envelope { key, payload: code.payload(), signature };
        let sticker = SignedSticker { code, envelope };
        // One way only to write it: no other escapes, nothing behind.
        (sticker.path() == path).then_some(sticker)
    }

    /// What the sticker says of itself.
    pub fn claim(&self) -> &StickerCode {
        &self.code
    }

    /// What the sticker says, if the operator's sticker key signed it.
    ///
    /// # Errors
    /// [`TicketError::Key`] or [`TicketError::BadSignature`].
    pub fn verify(&self, keys: &TrustedKeys) -> Result<StickerCode, TicketError> {
        // A sticker hangs for years and names no day; when its key leaks, the key leaves the list.
        keys.open(Domain::Sticker, &self.envelope, |_| Ok((self.code.clone(), None)))
    }

    fn path(&self) -> String {
        let StickerCode { kind, operator, code } = &self.code;
        let signature = to_base32(self.envelope.key.number, &self.envelope.signature);
        format!("{MARK}/{}/{operator}/{}/{signature}", kind.letter(), escape(code))
    }
}

/// Capitals, digits and hyphens as they are, any other byte as `%XX` (RFC 3986 §2.1).
fn escape(code: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    code.bytes().map(one).collect()
}

fn unescape(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

fn to_base32(number: u8, signature: &[u8; 64]) -> String {
    let bytes = [&[number], signature.as_slice()].concat();
    let five = |chunk: &[u8]| chunk.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let letter = |bits: u64, i: usize| char::from(BASE32[(bits >> (5 * (7 - i)) & 31) as usize]);
    bytes.chunks(5).map(five).flat_map(|bits| (0..8).map(move |i| letter(bits, i))).collect()
}

fn from_base32(text: &str) -> Option<(u8, [u8; 64])> {
    if text.len() != SIGNATURE_LETTERS {
        return None;
    }
    let value = |letter: &u8| BASE32.iter().position(|known| known == letter);
    let mut bytes = Vec::with_capacity(65);
    for chunk in text.as_bytes().chunks(8) {
        let bits = chunk.iter().try_fold(0_u64, |bits, letter| Some(bits << 5 | value(letter)? as u64))?;
        bytes.extend_from_slice(bits.to_be_bytes().get(3..)?);
    }
    let (number, signature) = bytes.split_first()?;
    Some((*number, signature.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{KeyFault, Purpose, fixtures};
    use proptest::prelude::*;
    use qrcode::{EcLevel, QrCode, Version};

    fn bus(code: &str) -> StickerCode {
        StickerCode { kind: StickerKind::Bus, operator: fixtures::issuer(), code: code.to_owned() }
    }

    fn printed(code: &StickerCode) -> String {
        code.sign("ride.example", &fixtures::signing_key(Purpose::Sticker)).expect("within bounds")
    }

    fn read(text: &str) -> Result<StickerCode, TicketError> {
        SignedSticker::from_text(text)?.verify(&fixtures::trusted_keys())
    }

    #[test]
    fn a_bus_s_code_is_a_link_of_version_6_level_m() {
        let text = printed(&bus("0547"));
        assert!(text.starts_with("HTTPS://RIDE.EXAMPLE/J1/B/ATR/0547/"), "{text}");
        println!("sticker: {} characters", text.len());
        assert!(QrCode::with_version(&text, Version::Normal(6), EcLevel::M).is_ok());
        assert_eq!(read(&text), Ok(bus("0547")));
        // As a phone's browser hands it over.
        assert_eq!(read(&text.replace("HTTPS://RIDE.EXAMPLE", "https://ride.example")), Ok(bus("0547")));
    }

    #[test]
    fn every_kind_and_every_letter_comes_back() {
        for kind in StickerKind::ALL {
            for code in ["1", "A-17", "оста/new %2", "00000000000000000001"] {
                let code = StickerCode { kind, ..bus(code) };
                assert_eq!(read(&printed(&code)), Ok(code));
            }
        }
    }

    #[test]
    fn a_code_for_another_bus_stop_or_operator_is_refused() {
        let text = printed(&bus("0547"));
        for (from, to) in [("/0547/", "/0548/"), ("/B/", "/S/"), ("/B/", "/C/")] {
            assert_eq!(read(&text.replacen(from, to, 1)), Err(TicketError::BadSignature), "{to}");
        }
        let refused = read(&text.replacen("/ATR/", "/ALA/", 1));
        assert!(matches!(refused, Err(TicketError::Key { fault: KeyFault::Unknown, .. })));
        let letter = |i: usize| text.as_bytes()[i];
        for i in text.len() - SIGNATURE_LETTERS..text.len() {
            let other = if letter(i) == b'A' { "B" } else { "A" };
            let changed = [&text[..i], other, &text[i + 1..]].concat();
            assert!(read(&changed).is_err(), "letter {i}");
        }
    }

    #[test]
    fn there_is_one_way_to_write_a_sticker() {
        let text = printed(&bus("0547"));
        for (why, other) in [
            ("an escape that is not needed", text.replacen("/0547/", "/%30547/", 1)),
            ("a broken escape", text.replacen("/0547/", "/0547%3/", 1)),
            ("a sign in an escape", text.replacen("/0547/", "/0547%+1/", 1)),
            ("more behind", format!("{text}/")),
            ("a question behind", format!("{text}?a=b")),
            ("less", text[..text.len() - 1].to_owned()),
            ("no host", text.replacen("RIDE.EXAMPLE", "", 1)),
            ("another scheme", text.replacen("HTTPS", "HTTPX", 1)),
            ("another version", text.replacen("/J1/", "/J2/", 1)),
            ("small letters in the path", text.replacen("/B/", "/b/", 1)),
        ] {
            assert_eq!(read(&other), Err(TicketError::Malformed { what: "sticker" }), "{why}");
        }
    }

    #[test]
    fn only_a_sticker_key_of_the_operator_signs_and_within_bounds() {
        let sign =
            |code: &StickerCode, host: &str, purpose| code.sign(host, &fixtures::signing_key(purpose)).err();
        let out = |field| Some(TicketError::OutOfBounds { field });
        assert_eq!(sign(&bus(""), "a.kz", Purpose::Sticker), out("code"));
        assert_eq!(sign(&bus(&"1".repeat(21)), "a.kz", Purpose::Sticker), out("code"));
        for host in ["", "a.kz/", "a b", "а.kz"] {
            assert_eq!(sign(&bus("1"), host, Purpose::Sticker), out("host"), "{host}");
        }
        let other = StickerCode { operator: Issuer::new("ALA").expect("a code"), ..bus("1") };
        assert!(matches!(sign(&other, "a.kz", Purpose::Sticker), Some(TicketError::Key { .. })));
        assert!(matches!(sign(&bus("1"), "a.kz", Purpose::Ticket), Some(TicketError::Key { .. })));
    }

    #[test]
    fn letters_are_those_of_the_rfc() {
        // RFC 4648 §10: "foobar" begins as MZXW6YTB OI.
        let mut signature = [0; 64];
        signature[..5].copy_from_slice(b"oobar");
        assert!(to_base32(b'f', &signature).starts_with("MZXW6YTBOI"));
        assert_eq!(from_base32(&to_base32(b'f', &signature)), Some((b'f', signature)));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*", path in "[A-Z0-9%/]{0,140}") {
            let _ = SignedSticker::from_text(&text);
            let _ = SignedSticker::from_text(&format!("HTTPS://A/J1/B/{path}"));
        }

        #[test]
        fn any_code_of_up_to_twenty_bytes_comes_back(code in "\\PC{1,5}") {
            let code = bus(&code);
            let back = SignedSticker::from_text(&printed(&code)).expect("a sticker");
            prop_assert_eq!(back.claim(), &code);
        }
    }
}
