//! What a code says, by its shape alone.
//!
//! A text from a camera is untrusted: anybody prints stickers. This names what a text claims to be and
//! does nothing with it; `ticket` verifies signatures, and nothing is paid, opened or dialled without the
//! passenger's tap.

use super::link::{self, Link};
use crate::ticket::handover::{is_parcel, receiver_from_text};
use crate::ticket::presentation::challenge_from_text;
use crate::ticket::{ShownCard, SignedSticker, StickerKind, TerminalCode, is_shown};

/// Where a link begins on our host ([`link::HOST`]) that asks to top a card up.
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
    /// A transport card in somebody's app, as it is shown to a bus's terminal.
    ShownCard {
        /// The whole text.
        text: String,
    },
    /// A request to top a card up.
    TopUp {
        /// The whole text, for whoever verifies its signature.
        sticker: String,
    },
    /// What somebody shows to inspectors, perhaps the passenger themself: a ticket, a voucher's ride, a
    /// payment that is not known yet, a ticket for cash.
    Ticket {
        /// The whole text.
        text: String,
    },
    /// A phone to which a ticket can be sent.
    Receiver {
        /// The whole text.
        text: String,
    },
    /// A ticket that somebody sends to this phone.
    Parcel {
        /// The whole text.
        text: String,
    },
    /// What a bus's terminal shows: its word for where and when somebody boards.
    Terminal {
        /// The whole text, for whoever boards without a network.
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
        if is_shown(text) {
            return Meaning::Ticket { text: text.to_owned() };
        }
        if ShownCard::is_card(text) {
            return Meaning::ShownCard { text: text.to_owned() };
        }
        if receiver_from_text(text).is_ok() {
            return Meaning::Receiver { text: text.to_owned() };
        }
        if is_parcel(text) {
            return Meaning::Parcel { text: text.to_owned() };
        }
        if let Ok(challenge) = challenge_from_text(text) {
            return Meaning::Challenge { challenge: challenge.to_vec() };
        }
        if TerminalCode::from_text(text).is_ok() {
            return Meaning::Terminal { text: text.to_owned() };
        }
        if let Ok(signed) = SignedSticker::from_text(text) {
            let sticker = text.to_owned();
            return match signed.claim().kind {
                StickerKind::Bus => Meaning::Bus { sticker },
                StickerKind::Stop => Meaning::Stop { sticker },
                StickerKind::Card => Meaning::Card { sticker },
            };
        }
        let asks_for_a_top_up = |path: &str| path.strip_prefix(TOP_UP).is_some_and(|rest| !rest.is_empty());
        if link::path_on_our_host(text).is_some_and(asks_for_a_top_up) {
            return Meaning::TopUp { sticker: text.to_owned() };
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
    fn the_operator_s_codes_are_told_apart() {
        for (kind, is_it) in [
            (StickerKind::Bus, (|meaning| matches!(meaning, Meaning::Bus { .. })) as fn(&Meaning) -> bool),
            (StickerKind::Stop, |meaning| matches!(meaning, Meaning::Stop { .. })),
            (StickerKind::Card, |meaning| matches!(meaning, Meaning::Card { .. })),
        ] {
            let operator = crate::ticket::Issuer::new("ATR").expect("a code");
            let id = crate::ticket::KeyId { issuer: operator, number: 4 };
            let key = crate::ticket::SigningKey::from_seed(id, crate::ticket::Purpose::Sticker, &[7; 32]);
            let code = crate::ticket::StickerCode { kind, operator, code: "0547".to_owned() };
            let text = code.sign("operator.example", &key).expect("signed");
            assert!(is_it(&Meaning::of(&text)), "{text}");
            // Without its signature it is a link like any other.
            let cut = text.rsplit_once('/').map(|(link, _)| link).expect("a link");
            assert!(matches!(Meaning::of(cut), Meaning::Link { .. }), "{cut}");
        }
        assert!(matches!(Meaning::of("hTTps://Jol.kZ/T/1"), Meaning::TopUp { .. }));
    }

    #[test]
    fn a_terminal_s_code_is_known_by_its_form() {
        let text = crate::ticket::TerminalKey::new([7; 32]).code("547", 5).to_text();
        assert_eq!(Meaning::of(&text), Meaning::Terminal { text: text.clone() });
        assert!(!matches!(Meaning::of(&text[..text.len() - 1]), Meaning::Terminal { .. }));
    }

    #[test]
    fn links_that_dress_as_ours_are_named() {
        for text in ["https://jol.kz.evil.com/T/1", "http://jol.kz/T/1", "https://jol.kz@evil.com/T/1"] {
            assert!(matches!(Meaning::of(text), Meaning::LookAlike { .. }), "{text}");
        }
        assert_eq!(Meaning::of("JOL.KZ/T/1"), Meaning::Other { text: "JOL.KZ/T/1".to_owned() });
    }

    #[test]
    fn tickets_are_known_by_their_prefix() {
        for text in ["JOL1:6BF", "JOLV1:6BF", "JOLI1:6BF", "JOLT1:6BF"] {
            assert_eq!(Meaning::of(text), Meaning::Ticket { text: text.to_owned() });
        }
        for text in ["jol1:6BF", " JOL1:6BF"] {
            assert_eq!(Meaning::of(text), Meaning::Other { text: text.to_owned() });
        }
    }

    #[test]
    fn a_card_in_an_app_is_no_ticket() {
        let text = "JOLQ1:6BF".to_owned();
        assert_eq!(Meaning::of(&text), Meaning::ShownCard { text });
        for text in ["jolq1:6BF", "JOLQ2:6BF"] {
            assert_eq!(Meaning::of(text), Meaning::Other { text: text.to_owned() });
        }
    }

    #[test]
    fn a_phone_s_code_and_a_ticket_for_it_are_known() {
        let no_point = crate::ticket::handover::receiver_to_text(&[9; 33]);
        assert_eq!(Meaning::of(&no_point), Meaning::Other { text: no_point });
        let parcel = "JOLP1:ANYTHING".to_owned();
        assert_eq!(Meaning::of(&parcel), Meaning::Parcel { text: parcel });
        let key = crate::ticket::SoftwareKey::from_seed([5; 32]).public_key();
        let point = crate::ticket::phone_key::compress(&key).expect("a key");
        let text = crate::ticket::handover::receiver_to_text(&point);
        assert_eq!(Meaning::of(&text), Meaning::Receiver { text });
    }

    #[test]
    fn a_challenge_is_eight_bytes() {
        for challenge in [[0; 8], [255; 8], *b"\x01\x23\x45\x67\x89\xab\xcd\xef"] {
            let text = crate::ticket::presentation::challenge_to_text(challenge);
            assert_eq!(Meaning::of(&text), Meaning::Challenge { challenge: challenge.to_vec() });
            for wrong in [&text[..text.len() - 1], &text.to_lowercase(), &format!("{text}00")] {
                assert_eq!(Meaning::of(wrong), Meaning::Other { text: (*wrong).to_owned() });
            }
        }
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
            begin in prop::sample::select(vec!["JOL1:", "JOLC1:", "JOLK1:", "JOLP1:", "000201", "https://", "https://jol.kz", "HTTPS://JOL.KZ/J1/B/"]),
            rest in "\\PC{0,40}",
        ) {
            Meaning::of(&format!("{begin}{rest}"));
        }

        #[test]
        fn only_our_host_asks_for_a_top_up(host in "[a-zA-Z0-9.@:/-]{0,20}") {
            let text = format!("https://{host}/T/1");
            let sticker = matches!(Meaning::of(&text), Meaning::TopUp { .. });
            let ours = host.to_lowercase() == "jol.kz" || host.to_lowercase().starts_with("jol.kz/");
            prop_assert!(ours || !sticker, "{}", text);
        }
    }
}
