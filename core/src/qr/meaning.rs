//! What a code says, by its shape alone.
//!
//! A text from a camera is untrusted: anybody prints stickers. This names what a text claims to be and
//! does nothing with it; `ticket` verifies signatures, and nothing is paid, opened or dialled without the
//! passenger's tap.

use super::link::{self, Link};

/// How a ticket that a passenger shows begins; base45 follows, so the whole is alphanumeric.
pub const TICKET: &str = "JOL1:";

/// How an inspector's challenge begins; 8 bytes in base45 follow.
pub const CHALLENGE: &str = "JOLC:";

/// Where a signed sticker's link begins on our host ([`link::HOST`]): a bus.
pub const BUS: &str = "/B/";
/// A stop.
pub const STOP: &str = "/S/";
/// A transport card.
pub const CARD: &str = "/C/";
/// A top-up of a card.
pub const TOP_UP: &str = "/T/";

/// What a code claims to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A bus, by the sticker in it.
    Bus {
        /// The whole text, for whoever verifies its signature.
        sticker: String,
    },
    /// A stop, by the sticker on its pole.
    Stop {
        /// The whole text, for whoever verifies its signature.
        sticker: String,
    },
    /// A transport card, by the code printed on it.
    Card {
        /// The whole text, for whoever verifies its signature.
        sticker: String,
    },
    /// A request to top a card up.
    TopUp {
        /// The whole text, for whoever verifies its signature.
        sticker: String,
    },
    /// A ticket that somebody shows, perhaps the passenger's own.
    Ticket {
        /// The whole text.
        text: String,
    },
    /// What an inspector asks a passenger's phone to sign.
    Challenge {
        /// 8 bytes.
        challenge: Vec<u8>,
    },
    /// A payment to a merchant through some bank: not ours, and paying it is no ride.
    BankPayment {
        /// The merchant's name, as it says itself.
        merchant: Option<String>,
    },
    /// A link to somewhere.
    Link {
        /// As a browser would open it.
        url: String,
        /// Where it leads: show this before it is opened.
        host: String,
    },
    /// A link that pretends to be ours: warn, and do not open it.
    LookAlike {
        /// As a browser would open it.
        url: String,
        /// Where it leads.
        host: String,
    },
    /// Anything else.
    Other {
        /// The whole text.
        text: String,
    },
}

impl Meaning {
    /// Sorts a text.
    pub fn of(text: &str) -> Meaning {
        if text.strip_prefix(TICKET).is_some_and(|rest| !rest.is_empty()) {
            return Meaning::Ticket { text: text.to_owned() };
        }
        if let Some(challenge) = text.strip_prefix(CHALLENGE).and_then(challenge) {
            return Meaning::Challenge { challenge: challenge.to_vec() };
        }
        if let Some(meaning) = link::path_on_our_host(text).and_then(|path| sticker(path, text)) {
            return meaning;
        }
        if let Some(merchant) = bank_payment(text) {
            return Meaning::BankPayment { merchant };
        }
        match link::of(text) {
            Some(Link { url, host, pretends: true }) => Meaning::LookAlike { url, host },
            Some(Link { url, host, pretends: false }) => Meaning::Link { url, host },
            None => Meaning::Other { text: text.to_owned() },
        }
    }
}

/// The text of a code that asks a passenger's phone to sign these bytes; [`Meaning::of`] reads it.
pub fn challenge_text(challenge: &[u8; 8]) -> String {
    format!("{CHALLENGE}{}", base45::encode(challenge))
}

fn challenge(text: &str) -> Option<[u8; 8]> {
    base45::decode(text).ok()?.try_into().ok()
}

fn sticker(path: &str, text: &str) -> Option<Meaning> {
    let says = |what: &str| path.strip_prefix(what).is_some_and(|rest| !rest.is_empty());
    let sticker = text.to_owned();
    match path {
        _ if says(BUS) => Some(Meaning::Bus { sticker }),
        _ if says(STOP) => Some(Meaning::Stop { sticker }),
        _ if says(CARD) => Some(Meaning::Card { sticker }),
        _ if says(TOP_UP) => Some(Meaning::TopUp { sticker }),
        _ => None,
    }
}

/// The merchant of a merchant-presented payment code (EMV QR Code Specification 1.1), if this is one:
/// objects of a two-digit id, a two-digit length in characters and a value, from `000201` to the checksum.
/// The checksum's value is not looked at: a damaged payment code is a payment code too.
fn bank_payment(text: &str) -> Option<Option<String>> {
    let mut rest = text.starts_with("000201").then_some(text)?;
    let mut merchant = None;
    loop {
        let (id, after) = rest.split_at_checked(2)?;
        let (length, after) = after.split_at_checked(2)?;
        if !id.bytes().chain(length.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let length: usize = length.parse().ok()?;
        let end = after.char_indices().map(|(at, _)| at).chain([after.len()]).nth(length)?;
        let (value, after) = after.split_at(end);
        match id {
            "59" => merchant = Some(value.to_owned()),
            "63" => return (length == 4 && after.is_empty()).then_some(merchant),
            _ => {}
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_operator_s_stickers_are_told_apart() {
        let of = |text: &str| Meaning::of(text);
        let text = |text: &str| text.to_owned();
        let bus = "HTTPS://JOL.KZ/B/7C%2A";
        assert_eq!(of(bus), Meaning::Bus { sticker: text(bus) });
        assert_eq!(of("HTTPS://JOL.KZ/S/1"), Meaning::Stop { sticker: text("HTTPS://JOL.KZ/S/1") });
        assert_eq!(of("HTTPS://JOL.KZ/C/1"), Meaning::Card { sticker: text("HTTPS://JOL.KZ/C/1") });
        assert_eq!(of("hTTps://Jol.kZ/T/1"), Meaning::TopUp { sticker: text("hTTps://Jol.kZ/T/1") });
    }

    #[test]
    fn a_sticker_s_prefix_is_exact_but_for_the_case_of_the_host() {
        for text in [
            "https://jol.kz/b/1",
            "https://jol.kz/B/",
            "https://jol.kz/B",
            "https://jol.kz//B/1",
            "https://jol.kz/",
        ] {
            assert!(matches!(Meaning::of(text), Meaning::Link { .. }), "{text}");
        }
        for text in [
            "https://jol.kz.evil.com/B/1",
            "http://jol.kz/B/1",
            "https://jol.kz@evil.com/B/1",
            " https://jol.kz/B/1",
        ] {
            assert!(matches!(Meaning::of(text), Meaning::LookAlike { .. }), "{text}");
        }
        assert_eq!(Meaning::of("JOL.KZ/B/1"), Meaning::Other { text: "JOL.KZ/B/1".to_owned() });
    }

    #[test]
    fn tickets_are_known_by_their_prefix() {
        assert_eq!(Meaning::of("JOL1:6BF"), Meaning::Ticket { text: "JOL1:6BF".to_owned() });
        for text in ["JOL1:", "jol1:6BF", "JOL2:6BF", " JOL1:6BF"] {
            assert_eq!(Meaning::of(text), Meaning::Other { text: text.to_owned() });
        }
    }

    #[test]
    fn a_challenge_is_eight_bytes_and_no_other_spelling() {
        for challenge in [[0; 8], [255; 8], *b"\x01\x23\x45\x67\x89\xab\xcd\xef"] {
            let text = challenge_text(&challenge);
            assert_eq!(text.len(), 17, "twelve characters after the prefix");
            assert_eq!(Meaning::of(&text), Meaning::Challenge { challenge: challenge.to_vec() });
            for wrong in [&text[..16], &text.to_lowercase(), &format!("{text}0"), &format!("{text}00")] {
                assert_eq!(Meaning::of(wrong), Meaning::Other { text: (*wrong).to_owned() });
            }
        }
        assert_eq!(Meaning::of("JOLC:::::::::::::"), Meaning::Other { text: "JOLC:::::::::::::".to_owned() });
    }

    #[test]
    fn a_bank_s_payment_code_is_named_and_no_other_digits() {
        // The shape of the specification's own example: two accounts, a currency, a country, a name.
        let code = "000201010211\
                    29300012D156000000000510A93FO3230Q\
                    5204411153033985802CN5914BEST TRANSPORT6007BEIJING6304A13A";
        let merchant = Some("BEST TRANSPORT".to_owned());
        assert_eq!(Meaning::of(code), Meaning::BankPayment { merchant });
        assert_eq!(Meaning::of("0002016304FFFF"), Meaning::BankPayment { merchant: None });
        let kazakh = "0002015907Дүкен А6304FFFF";
        assert_eq!(Meaning::of(kazakh), Meaning::BankPayment { merchant: Some("Дүкен А".to_owned()) });
        for text in
            ["000201", "00020112", &code[..60], "0002016304FFFFF", "0002015999X6304FFFF", "000201+104"]
        {
            assert_eq!(Meaning::of(text), Meaning::Other { text: text.to_owned() }, "{text}");
        }
    }

    #[test]
    fn links_carry_where_they_lead() {
        let (url, host) = ("https://kaspi.kz/".to_owned(), "kaspi.kz".to_owned());
        assert_eq!(Meaning::of("HTTPS://KASPI.KZ"), Meaning::Link { url, host });
        assert_eq!(Meaning::of("Сәлем"), Meaning::Other { text: "Сәлем".to_owned() });
    }

    proptest! {
        #[test]
        fn any_text_has_a_meaning(text in "\\PC{0,80}") {
            Meaning::of(&text);
        }

        #[test]
        fn what_follows_a_known_beginning_may_be_anything(
            begin in prop::sample::select(vec!["JOL1:", "JOLC:", "000201", "https://", "https://jol.kz", "HTTPS://JOL.KZ/B/"]),
            rest in "\\PC{0,40}",
        ) {
            Meaning::of(&format!("{begin}{rest}"));
        }

        #[test]
        fn only_our_host_makes_a_sticker(host in "[a-zA-Z0-9.@:/-]{0,20}", what in "[BSCT]") {
            let text = format!("https://{host}/{what}/1");
            let sticker = matches!(
                Meaning::of(&text),
                Meaning::Bus { .. } | Meaning::Stop { .. } | Meaning::Card { .. } | Meaning::TopUp { .. }
            );
            let ours = host.to_lowercase() == "jol.kz" || host.to_lowercase().starts_with("jol.kz/");
            prop_assert!(ours || !sticker, "{}", text);
        }
    }
}
