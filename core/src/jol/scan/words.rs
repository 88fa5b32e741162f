//! What is said of a code, by the wallet's keys, tickets and cards.

use super::{CodeCheck, signed_sticker};
use crate::account::rows as account;
use crate::detect::TypedBus;
use crate::jol::city::{OpenCity, vehicles_of};
use crate::jol::tickets::standing_of;
use crate::jol::{JolError, Shared, View};
use crate::operator::wire::RideState;
use crate::pay::offline::rows as offline;
use crate::qr::link::HOST;
use crate::qr::meaning::{Meaning, TOP_UP};
use crate::store::Records;
use crate::text::{Language, say, tame, tame_end};
use crate::ticket::handover::{parcel_from_text, receiver_from_text};
use crate::ticket::till::PaperTicket;
use crate::ticket::{
    Issuer, KeyFault, Presentation, ShownCard, ShownIntent, ShownVoucher, SignedSticker, StickerCode,
    StickerKind, TerminalCode, TicketError, TrustedKeys, phone_key,
};
use crate::wallet::{masked, rows as wallet};

/// Of a name or number that a stranger wrote, so many characters at most.
const LONGEST_NAME: usize = 40;
/// Of a card's number so many digits, the last ones.
const LONGEST_CARD: usize = 16;
/// Of a host so many: the end of it, which tells whose it is.
const LONGEST_HOST: usize = 60;

/// What is said of a code.
pub(super) struct Told {
    pub(super) check: CodeCheck,
    pub(super) says: String,
    pub(super) warn: bool,
}

/// Why something signed is not believed.
enum Doubt {
    Forged,
    NoKeys,
    OtherOperator(Issuer),
    LaterFormat,
}

/// What this phone knows that bears on a code.
pub(super) struct Knowledge<'a> {
    records: &'a Records<'a>,
    keys: Option<&'a TrustedKeys>,
    city: Option<&'a OpenCity>,
    /// The phone's own key, compressed.
    own: Option<[u8; 33]>,
    now_ms: i64,
    language: Language,
}

impl<'a> Knowledge<'a> {
    pub(super) fn of(
        shared: &Shared,
        records: &'a Records<'a>,
        view: &'a View<'_>,
    ) -> Result<Knowledge<'a>, JolError> {
        let own = account::phone_key(records)?.and_then(|key| phone_key::compress(&key).ok());
        let now_ms = shared.best_time_ms(records)?;
        let (keys, city, language) = (view.keys.as_ref(), view.city.as_ref(), view.language);
        Ok(Knowledge { records, keys, city, own, now_ms, language })
    }

    pub(super) fn tell(&self, meaning: &Meaning) -> Result<Told, JolError> {
        Ok(match meaning {
            Meaning::Bus { sticker } | Meaning::Stop { sticker } | Meaning::Card { sticker } => {
                self.sticker(sticker)?
            }
            Meaning::ShownCard { text } => self.shown_card(text),
            Meaning::TopUp { sticker } => self.top_up(sticker)?,
            Meaning::Ticket { text } => self.shown(text)?,
            Meaning::Parcel { text } => self.parcel(text),
            Meaning::Receiver { text } => self.receiver(text),
            Meaning::Terminal { text } => self.terminal(text),
            Meaning::Challenge { .. } => self.unsigned("scan-challenge", &[]),
            Meaning::BankPayment { merchant } => self.bank(merchant.as_deref()),
            Meaning::Link { host, .. } => {
                self.unsigned("scan-link", &[("host", &tame_end(host, LONGEST_HOST))])
            }
            Meaning::LookAlike { host, .. } => self.look_alike(host),
            Meaning::Other { .. } => self.unsigned("error-not-a-code", &[]),
        })
    }

    fn sticker(&self, text: &str) -> Result<Told, JolError> {
        match self.believe(|keys| signed_sticker(text, keys)) {
            Ok(StickerCode { kind: StickerKind::Bus, code, .. }) => self.bus(&code),
            Ok(StickerCode { kind: StickerKind::Stop, code, .. }) => Ok(self.stop(&code)),
            Ok(StickerCode { kind: StickerKind::Card, code, .. }) => self.card(&code),
            Err(doubt) => Ok(self.doubted(doubt, &self.claim(text))),
        }
    }

    /// A true sticker may hang in another bus: the number that is painted on it settles that.
    fn bus(&self, code: &str) -> Result<Told, JolError> {
        let (message, bus) = match vehicles_of(self.records) {
            Ok(vehicles) => match TypedBus::among(&vehicles, code).named() {
                Some(bus) => ("scan-bus", bus.painted),
                None => ("scan-bus-elsewhere", code.to_owned()),
            },
            Err(JolError::NoCity) => ("scan-bus-no-city", code.to_owned()),
            Err(error) => return Err(error),
        };
        Ok(self.genuine(message, &[("bus", &tame(&bus, LONGEST_NAME))]))
    }

    /// By what stands on its pole, or by its id.
    fn stop(&self, code: &str) -> Told {
        let named = self.city.and_then(|open| {
            let timetable = open.pack.timetable().speaking(self.language);
            let is_it = |text| timetable.text(text) == code;
            let stop = timetable.stops.iter().find(|stop| is_it(stop.code) || is_it(stop.id))?;
            Some(timetable.name(stop.name).to_owned())
        });
        let message = if named.is_some() { "scan-stop" } else { "scan-stop-elsewhere" };
        self.genuine(message, &[("stop", &tame(named.as_deref().unwrap_or(code), LONGEST_NAME))])
    }

    fn card(&self, code: &str) -> Result<Told, JolError> {
        let message = if self.has_card(code)? { "scan-own-card" } else { "scan-card" };
        Ok(self.genuine(message, &[("card", &card_words(code))]))
    }

    /// Which card it is, it does not tell.
    fn shown_card(&self, text: &str) -> Told {
        match self.believe(|keys| ShownCard::from_text(text)?.verify(keys)) {
            Ok(credential) => {
                let is_own = self.is_own(&credential.phone);
                self.genuine(if is_own { "scan-own-shown-card" } else { "scan-shown-card" }, &[])
            }
            Err(doubt) => self.doubted(doubt, &say(self.language, "scan-claim-shown-card", &[])),
        }
    }

    /// Nobody signs a request for money, so whose card it is for matters.
    fn top_up(&self, text: &str) -> Result<Told, JolError> {
        let path = text.get("https://".len() + HOST.len()..).and_then(|path| path.strip_prefix(TOP_UP));
        let card = path.unwrap_or_default().split(['/', '?', '#']).next().unwrap_or_default();
        let own = self.has_card(card)?;
        let message = if own { "scan-own-top-up" } else { "scan-top-up" };
        Ok(Told { warn: !own, ..self.unsigned(message, &[("card", &card_words(card))]) })
    }

    fn has_card(&self, code: &str) -> Result<bool, JolError> {
        let number: String = code.chars().filter(char::is_ascii_digit).collect();
        Ok(!number.is_empty() && wallet::cards(self.records)?.iter().any(|card| card.number == number))
    }

    /// What is shown to inspectors, in each of its forms.
    fn shown(&self, text: &str) -> Result<Told, JolError> {
        if ShownIntent::is_intent(text) {
            Ok(self.intent(text))
        } else if PaperTicket::is_paper(text) {
            Ok(self.paper(text))
        } else if ShownVoucher::is_voucher(text) {
            self.voucher(text)
        } else {
            self.ticket(text)
        }
    }

    fn ticket(&self, text: &str) -> Result<Told, JolError> {
        let read = |keys: &TrustedKeys| {
            let shown = Presentation::from_text(text)?;
            Ok((shown.ticket().verify(keys)?, shown.ticket().to_bytes()))
        };
        let (token, bytes) = match self.believe(read) {
            Ok(read) => read,
            Err(doubt) => return Ok(self.doubted_ticket(doubt)),
        };
        let issued_ms = token.issued_s.saturating_mul(1_000);
        let standing = standing_of(self.records, &bytes, issued_ms, self.now_ms)?;
        let is_own = standing.is_some() || token.phone.is_some_and(|phone| self.is_own(&phone.point));
        Ok(self.whose(is_own, standing == Some(RideState::Valid)))
    }

    /// Only the phone that reserved a voucher uses it.
    fn voucher(&self, text: &str) -> Result<Told, JolError> {
        let read = |keys: &TrustedKeys| {
            let shown = ShownVoucher::from_text(text)?;
            Ok((shown.voucher().verify(keys)?, shown.used().counter))
        };
        let (voucher, counter) = match self.believe(read) {
            Ok(read) => read,
            Err(doubt) => return Ok(self.doubted_ticket(doubt)),
        };
        let id = voucher.id.to_string();
        let uses = offline::uses(self.records)?;
        let one = uses.iter().find(|one| one.voucher == id && one.used.counter == counter);
        let holds = one.is_some_and(|one| one.ends_ms() > self.now_ms);
        Ok(self.whose(self.is_own(&voucher.phone.point), holds))
    }

    fn whose(&self, is_own: bool, holds: bool) -> Told {
        let message = match (is_own, holds) {
            (true, true) => "scan-own-ticket",
            (true, false) => "scan-own-ticket-over",
            (false, _) => "scan-other-ticket",
        };
        self.genuine(message, &[])
    }

    /// Whoever holds the paper rides by it.
    fn paper(&self, text: &str) -> Told {
        match self.believe(|keys| PaperTicket::from_text(text)?.verify(keys)) {
            Ok((_, sale)) => self.genuine("scan-paper", &[("bus", &tame(&sale.vehicle, LONGEST_NAME))]),
            Err(doubt) => self.doubted_ticket(doubt),
        }
    }

    /// The operator has signed nothing of a payment that is under way.
    fn intent(&self, text: &str) -> Told {
        match ShownIntent::from_text(text) {
            Ok(shown) => {
                let is_own = self.is_own(&shown.intent().phone);
                self.untold(if is_own { "scan-own-payment" } else { "scan-other-payment" }, &[])
            }
            Err(TicketError::UnknownVersion { .. }) => self.doubted_ticket(Doubt::LaterFormat),
            Err(_) => self.doubted_ticket(Doubt::Forged),
        }
    }

    fn parcel(&self, text: &str) -> Told {
        match self.believe(|keys| parcel_from_text(text)?.verify(keys)) {
            Ok(token) if token.phone.is_some_and(|phone| self.is_own(&phone.point)) => {
                self.genuine("scan-parcel", &[])
            }
            Ok(_) => self.genuine("error-other-phone", &[]),
            Err(doubt) => self.doubted_ticket(doubt),
        }
    }

    fn receiver(&self, text: &str) -> Told {
        let is_own = receiver_from_text(text).is_ok_and(|point| self.is_own(&point));
        self.unsigned(if is_own { "scan-own-phone" } else { "scan-phone" }, &[])
    }

    /// Its word is checked by a key that passengers do not have.
    fn terminal(&self, text: &str) -> Told {
        let bus = TerminalCode::from_text(text).map(|code| code.vehicle).unwrap_or_default();
        self.untold("scan-terminal", &[("bus", &tame(&bus, LONGEST_NAME))])
    }

    fn bank(&self, merchant: Option<&str>) -> Told {
        match merchant.map(|name| tame(name, LONGEST_NAME)).filter(|name| !name.is_empty()) {
            Some(name) => self.unsigned("scan-bank", &[("merchant", &name)]),
            None => self.unsigned("scan-bank-unnamed", &[]),
        }
    }

    fn look_alike(&self, host: &str) -> Told {
        let host = tame_end(host, LONGEST_HOST);
        // It leads to us, in a dress that we never wear.
        let message = if host == HOST { "scan-odd-link" } else { "scan-false-link" };
        Told { warn: true, ..self.unsigned(message, &[("host", &host)]) }
    }

    /// Whether the operator's keys vouch for something, or why not.
    fn believe<T>(&self, verify: impl FnOnce(&TrustedKeys) -> Result<T, TicketError>) -> Result<T, Doubt> {
        let keys = self.keys.ok_or(Doubt::NoKeys)?;
        verify(keys).map_err(|error| match error {
            TicketError::UnknownVersion { .. } => Doubt::LaterFormat,
            TicketError::Key { key, fault: KeyFault::Unknown } if key.issuer != keys.issuer() => {
                Doubt::OtherOperator(key.issuer)
            }
            // The operator may have a new key that this list does not have.
            TicketError::Key { fault: KeyFault::Unknown, .. } if keys.is_too_old(self.now_ms) => {
                Doubt::NoKeys
            }
            _ => Doubt::Forged,
        })
    }

    /// What is said of something that is not believed, with what it says of itself.
    fn doubted(&self, doubt: Doubt, claim: &str) -> Told {
        match doubt {
            Doubt::Forged => Told {
                check: CodeCheck::NotGenuine,
                says: say(self.language, "scan-forged", &[("claim", claim)]),
                warn: true,
            },
            Doubt::NoKeys => self.untold("scan-unchecked", &[("claim", claim)]),
            Doubt::OtherOperator(operator) => {
                self.untold("scan-other-operator", &[("operator", &operator.to_string()), ("claim", claim)])
            }
            Doubt::LaterFormat => self.untold("reason-unknown-version", &[]),
        }
    }

    /// What a sticker says of itself, in words.
    fn claim(&self, text: &str) -> String {
        let Ok(signed) = SignedSticker::from_text(text) else { return String::new() };
        let StickerCode { kind, code, .. } = signed.claim();
        let code = match kind {
            StickerKind::Card => card_words(code),
            StickerKind::Bus | StickerKind::Stop => tame(code, LONGEST_NAME),
        };
        let message = match kind {
            StickerKind::Bus => "scan-claim-bus",
            StickerKind::Stop => "scan-claim-stop",
            StickerKind::Card => "scan-claim-card",
        };
        say(self.language, message, &[("code", &code)])
    }

    fn doubted_ticket(&self, doubt: Doubt) -> Told {
        self.doubted(doubt, &say(self.language, "scan-claim-ticket", &[]))
    }

    fn is_own(&self, point: &[u8; 33]) -> bool {
        self.own.as_ref() == Some(point)
    }

    fn genuine(&self, message: &str, fill: &[(&str, &str)]) -> Told {
        Told { check: CodeCheck::Genuine, says: say(self.language, message, fill), warn: false }
    }

    fn unsigned(&self, message: &str, fill: &[(&str, &str)]) -> Told {
        Told { check: CodeCheck::Unsigned, says: say(self.language, message, fill), warn: false }
    }

    fn untold(&self, message: &str, fill: &[(&str, &str)]) -> Told {
        Told { check: CodeCheck::CannotTell, says: say(self.language, message, fill), warn: false }
    }
}

/// A card's number as anybody may see it; of what is no number, what stands there.
fn card_words(code: &str) -> String {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    match digits.len().saturating_sub(LONGEST_CARD) {
        _ if digits.is_empty() => tame(code, LONGEST_NAME),
        over => masked(&digits[over..]),
    }
}
