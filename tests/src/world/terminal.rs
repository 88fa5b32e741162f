//! A bus's terminal: a validator at the door, with a reader for cards and phones, a camera for codes, and a
//! network that comes and goes.
//!
//! It decides nothing about money: what is held to it is kept, numbered, and reported until the operator says
//! what became of it. What it tells by itself, without a network, is whether a ticket holds. It is a reader like
//! any other: a phone is asked by commands alone, a code is the text that a camera reads.

use jol_core::city::fares::Vehicle;
use jol_core::nfc::apdu::{Command, READ_BINARY, SELECT};
use jol_core::nfc::{BUS_AID, NAME_BUS, NDEF_AID, PROTOCOL, ndef};
use jol_core::operator::wire::{MOST_TAPS, Medium, ReportedTap, TapOutcome, TapReport, TapReportAnswer};
use jol_core::ticket::{Check, SeenSet, TrustedKeys, Verdict, inspect, is_shown, read_card_code, token};

/// What it shows to who stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Ride on. The operator hears of it, now or later.
    Welcome {
        /// The terminal's number for it, which finds the ride of a bank card.
        tap: String,
    },
    /// A ticket: `valid`, `not_valid` or `cannot_tell`.
    Ticket {
        /// As inspectors say it.
        verdict: &'static str,
    },
    /// The passenger confirms on the phone.
    LookAtPhone,
    /// Not so.
    No,
}

/// A terminal in a bus.
pub struct Terminal {
    vehicle: String,
    /// The painted number, as tickets name it.
    painted: String,
    /// The text of the code that hangs in the bus.
    sticker: String,
    keys: TrustedKeys,
    taps: u32,
    kept: Vec<ReportedTap>,
    seen: SeenSet,
}

impl Terminal {
    /// The terminal of a bus, with the operator's keys and the code that hangs there.
    pub fn new(bus: &Vehicle, sticker: String, keys: TrustedKeys) -> Terminal {
        Terminal {
            vehicle: bus.vehicle.clone(),
            painted: token::cut(&bus.painted, token::LONGEST_VEHICLE).to_owned(),
            sticker,
            keys,
            taps: 0,
            kept: Vec::new(),
            seen: SeenSet::default(),
        }
    }

    /// The text by which it names its bus to phones.
    pub fn sticker(&self) -> &str {
        &self.sticker
    }

    /// A transport card is held to it.
    pub fn smart_card(&mut self, number: &str, at_ms: i64) -> Shows {
        self.keep(Medium::SmartCard { card: number.to_owned() }, at_ms)
    }

    /// A bank card is held to it; its bank gives a token for it.
    pub fn bank_card(&mut self, token: &str, at_ms: i64) -> Shows {
        self.keep(Medium::BankCard { token: token.to_owned() }, at_ms)
    }

    /// A code is shown to its camera: a ticket, or a card as a code, printed or in an app.
    pub fn code(&mut self, text: &str, now_ms: i64) -> Shows {
        if is_shown(text) {
            return Shows::Ticket { verdict: self.look(text, now_ms) };
        }
        match read_card_code(text, &self.keys, now_ms) {
            Ok(_) => self.keep(Medium::QrCard { code: text.to_owned() }, now_ms),
            Err(_) => Shows::No,
        }
    }

    /// A phone is held to it. `send` carries a command and brings the reply back; none if the phone is gone.
    /// A ticket that holds is enough; without one it names its bus, and the passenger pays on the phone.
    pub fn phone(&mut self, now_ms: i64, mut send: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> Shows {
        let ticket = self.read_tag(&mut send);
        if let Some(text) = ticket.filter(|text| is_shown(text)) {
            return Shows::Ticket { verdict: self.look(&text, now_ms) };
        }
        if self.name_bus(&mut send).is_some() { Shows::LookAtPhone } else { Shows::No }
    }

    /// What it reports next: the oldest taps that it has heard nothing of.
    pub fn report(&self) -> Option<TapReport> {
        let taps: Vec<_> = self.kept.iter().take(MOST_TAPS).cloned().collect();
        (!taps.is_empty()).then(|| TapReport { vehicle: self.vehicle.clone(), taps })
    }

    /// Hears what became of a report, also of one that it heard of before.
    pub fn hear(&mut self, answer: &TapReportAnswer) {
        let is_settled = |tap: &ReportedTap| {
            answer.taps.iter().any(|one| one.tap == tap.tap && one.outcome != TapOutcome::Later)
        };
        self.kept.retain(|tap| !is_settled(tap));
    }

    fn keep(&mut self, medium: Medium, at_ms: i64) -> Shows {
        self.taps += 1;
        let tap = format!("{}-{:06}", self.vehicle, self.taps);
        self.kept.push(ReportedTap { tap: tap.clone(), medium, at_ms });
        Shows::Welcome { tap }
    }

    fn look(&mut self, text: &str, now_ms: i64) -> &'static str {
        let verdict = inspect(
            text,
            &Check {
                keys: &self.keys,
                status: None,
                now_ms: Some(now_ms),
                vehicle: Some(&self.painted),
                challenge: None,
                began_ms: None,
                seen: &self.seen,
                terminals: None,
            },
        );
        if let Verdict::Valid { paid, .. } = &verdict {
            self.seen.add(paid, now_ms);
        }
        verdict.code()
    }

    /// Reads the tag that a phone is (T4T 2.0 §5.4); none if it is none, or holds nothing.
    fn read_tag(&self, send: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>) -> Option<String> {
        let mut select = |parameters: [u8; 2], data: &[u8]| {
            let expected = (parameters[0] == 4).then_some(256);
            done(send, &Command { class: 0, instruction: SELECT, parameters, data, expected })
        };
        select([4, 0], &NDEF_AID)?;
        select([0, 0x0c], &[0xe1, 0x03])?;
        let container = read(send, 0, 15)?;
        let [_, _, _, high, low, _, _, _, _, id, nth, _, _, _, _] = *container.first_chunk()?;
        let most = usize::from(u16::from_be_bytes([high, low])).min(255);
        let select = Command {
            class: 0,
            instruction: SELECT,
            parameters: [0, 0x0c],
            data: &[id, nth],
            expected: None,
        };
        done(send, &select)?;
        let length = usize::from(u16::from_be_bytes(*read(send, 0, 2)?.first_chunk()?));
        let mut message = Vec::new();
        while message.len() < length {
            let some = read(send, 2 + message.len(), (length - message.len()).min(most))?;
            if some.is_empty() {
                return None;
            }
            message.extend(some);
        }
        ndef::text_of(&message)
    }

    fn name_bus(&self, send: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>) -> Option<()> {
        let select = Command {
            class: 0,
            instruction: SELECT,
            parameters: [4, 0],
            data: &BUS_AID,
            expected: Some(256),
        };
        let version = done(send, &select)?;
        let [class, instruction] = NAME_BUS;
        let data = self.sticker.as_bytes();
        let name = Command { class, instruction, parameters: [0, 0], data, expected: None };
        (version == [PROTOCOL]).then_some(())?;
        done(send, &name).map(drop)
    }
}

/// The reply to a command, if it was carried out.
fn done(send: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>, command: &Command<'_>) -> Option<Vec<u8>> {
    let mut reply = send(&command.to_bytes()?)?;
    let status = reply.split_off(reply.len().checked_sub(2)?);
    (status == [0x90, 0x00]).then_some(reply)
}

fn read(send: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>, from: usize, length: usize) -> Option<Vec<u8>> {
    let parameters = u16::try_from(from).ok()?.to_be_bytes();
    done(send, &Command { class: 0, instruction: READ_BINARY, parameters, data: &[], expected: Some(length) })
}
