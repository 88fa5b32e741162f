//! Who takes part in the bench of tickets, and what they show.

use jol_core::money::Money;
use jol_core::pay::Way;
use jol_core::ticket::inspect::TOLERANCE_MS;
use jol_core::ticket::presentation::SLOT_MS;
use jol_core::ticket::voucher::{MOST_RIDES, use_to_sign};
use jol_core::ticket::{
    Check, EndRule, Freshness, Issuer, KeyEntry, KeyId, KeyList, PhoneKey, Presentation, Purpose, Root,
    SeenSet, ShownVoucher, SignedToken, SignedVoucher, SigningKey, SoftwareKey, TerminalKey, TicketId, Token,
    TrustedKeys, Use, Verdict, Voucher, inspect, slot_at, to_sign,
};
use jol_core::wallet::{Category, PassengerGroup};
use std::error::Error;

/// 2026-12-01T08:00:00Z, the beginning of a slot.
const NOW_S: i64 = 1_796_112_000;
pub(super) const NOW_MS: i64 = NOW_S * 1_000;
/// Three hours ago, the beginning of a slot too: since then everything here is valid.
const SINCE_S: i64 = NOW_S - 10_800;
/// What the inspector's phone asks.
pub(super) const CHALLENGE: [u8; 8] = *b"inspect!";
/// Slots that are tried either way: two hours and a half.
const SLOTS: u32 = 600;

/// What the operator signed and the phone shows.
pub(super) enum Paid {
    Ticket(SignedToken),
    Voucher(SignedVoucher, Use),
}

/// A code as it is shown.
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
}

/// How many codes were tried, and how many of them were believed.
#[derive(Clone, Copy, Default)]
pub(super) struct Tried {
    pub(super) flipped: u64,
    pub(super) cut: u64,
    pub(super) longer: u64,
    pub(super) other_slots: u64,
    pub(super) believed: u64,
}

impl Tried {
    pub(super) fn all(&self) -> u64 {
        self.flipped + self.cut + self.longer + self.other_slots
    }
}

/// The operator, a passenger's phone, and an inspector's with the operator's keys.
pub(super) struct Cast {
    operator: SigningKey,
    phone: SoftwareKey,
    keys: TrustedKeys,
    terminals: TerminalKey,
    seen: SeenSet,
}

impl Cast {
    pub(super) fn new() -> Result<Cast, Box<dyn Error>> {
        let issuer = Issuer::new("ATR").ok_or("not an operator's code")?;
        let key = |purpose: Purpose| {
            let id = KeyId { issuer, number: purpose as u8 };
            SigningKey::from_seed(id, purpose, &[purpose as u8 + 1; 32])
        };
        let (root, operator) = (key(Purpose::Root), key(Purpose::Ticket));
        let entry = KeyEntry {
            number: operator.id().number,
            purpose: Purpose::Ticket,
            public_key: operator.public_key(),
            not_before_s: NOW_S - 31_536_000,
            not_after_s: NOW_S + 31_536_000,
        };
        let list =
            KeyList { number: 1, issued_s: NOW_S - 86_400, until_s: NOW_S + 30 * 86_400, keys: vec![entry] };
        let trust = Root { issuer, public_key: root.public_key() };
        let keys = TrustedKeys::accept(&list.sign(&root)?, &trust, 0, Some(NOW_MS))?;
        let (phone, terminals) = (SoftwareKey::from_seed([5; 32]), TerminalKey::new([6; 32]));
        Ok(Cast { operator, phone, keys, terminals, seen: SeenSet::default() })
    }

    /// One of each kind, the longest first.
    pub(super) fn all(&self) -> Result<Vec<(&'static str, Paid)>, Box<dyn Error>> {
        let mut all = Vec::new();
        for (name, token) in self.tickets() {
            all.push((name, Paid::Ticket(SignedToken::sign(&token, &self.operator)?)));
        }
        for (name, voucher, used) in self.vouchers() {
            all.push((name, Paid::Voucher(SignedVoucher::sign(&voucher, &self.operator)?, used)));
        }
        all.sort_by_key(|(name, _)| !name.starts_with("longest"));
        Ok(all)
    }

    fn bound(&self) -> PhoneKey {
        PhoneKey { point: self.phone.public_key(), attested: true }
    }

    /// All valid for three hours either way of now.
    fn tickets(&self) -> Vec<(&'static str, Token)> {
        let usual = || Token {
            key: self.operator.id(),
            id: TicketId::new(1_234, *b"abcd"),
            issued_s: SINCE_S,
            not_before_s: SINCE_S,
            expires_s: NOW_S + 10_800,
            phone: Some(self.bound()),
            city: "atyrau".to_owned(),
            line: "14".to_owned(),
            vehicle: "0547".to_owned(),
            run: 4_711,
            direction: 1,
            passengers: some(&[(Category::Standard, 1)]),
            fare: Money::tenge(120),
            way: Way::App,
            stop: Some("112".to_owned()),
            end: EndRule::Terminus,
            replaces: None,
        };
        // Every field as long as the format lets it be.
        let longest = Token {
            id: TicketId::new(u32::MAX, [0xff; 4]),
            issued_s: SINCE_S - 65_535,
            expires_s: SINCE_S + 65_535,
            line: "101-Б".to_owned(),
            vehicle: "B00547".to_owned(),
            run: u32::MAX,
            passengers: Category::ALL.map(|category| PassengerGroup { category, count: 15 }).to_vec(),
            fare: Money::tiyn(i64::from(u32::MAX)),
            way: Way::Cash,
            stop: Some("114020".to_owned()),
            end: EndRule::Zone("B12".to_owned()),
            replaces: Some(TicketId::new(u32::MAX - 1, [0xfe; 4])),
            ..usual()
        };
        let family = some(&[(Category::Standard, 2), (Category::Child, 3), (Category::Senior, 1)]);
        let free = some(&[(Category::Veteran, 1)]);
        let unattested = Some(PhoneKey { attested: false, ..self.bound() });
        vec![
            ("longest ticket", longest),
            ("usual ticket", usual()),
            ("for four hours", Token { passengers: family, end: EndRule::Minutes(240), ..usual() }),
            ("free ride", Token { fare: Money::ZERO, way: Way::BusQr, passengers: free, ..usual() }),
            ("within a zone", Token { end: EndRule::Zone("A".to_owned()), stop: None, ..usual() }),
            ("unattested", Token { phone: unattested, ..usual() }),
            ("in place of another", Token { replaces: Some(TicketId::new(7, *b"efgh")), ..usual() }),
        ]
    }

    /// In use for three hours, and for three more.
    fn vouchers(&self) -> Vec<(&'static str, Voucher, Use)> {
        let usual = || Voucher {
            key: self.operator.id(),
            id: TicketId::new(77, *b"abcd"),
            issued_s: SINCE_S - 3_600,
            until_s: NOW_S + 7 * 86_400,
            life_s: 21_600,
            phone: self.bound(),
            city: "atyrau".to_owned(),
            passengers: some(&[(Category::Standard, 1)]),
            fare: Money::tenge(120),
            way: Way::App,
            rides: 2,
            end: EndRule::Terminus,
            replaces: None,
        };
        let longest = Voucher {
            id: TicketId::new(u32::MAX, [0xff; 4]),
            until_s: i64::from(u32::MAX),
            life_s: 65_535,
            passengers: Category::ALL.map(|category| PassengerGroup { category, count: 15 }).to_vec(),
            fare: Money::tiyn(i64::from(u32::MAX)),
            way: Way::Cash,
            rides: MOST_RIDES,
            end: EndRule::Zone("B12".to_owned()),
            replaces: Some(TicketId::new(u32::MAX - 1, [0xfe; 4])),
            ..usual()
        };
        let used = |counter, vehicle: &str| Use {
            counter,
            vehicle: vehicle.to_owned(),
            boarded_s: SINCE_S,
            terminal: None,
        };
        let by_terminal = |used: Use| {
            let word = self.terminals.word(&used.vehicle, slot_at(SINCE_S * 1_000));
            Use { terminal: Some(word), ..used }
        };
        let unattested = PhoneKey { attested: false, ..self.bound() };
        vec![
            ("longest voucher in use", longest, by_terminal(used(3, "B00547"))),
            ("usual voucher", usual(), used(1, "0547")),
            ("by a terminal's word", usual(), by_terminal(used(2, "0547"))),
            ("voucher, unattested", Voucher { phone: unattested, ..usual() }, used(2, "0547")),
        ]
    }

    pub(super) fn show(&self, paid: &Paid, freshness: Freshness) -> Result<Shown, Box<dyn Error>> {
        Ok(match paid {
            Paid::Ticket(ticket) => {
                let signature = self.phone.sign(&to_sign(ticket, freshness));
                let shown = Presentation::assemble(ticket, freshness, &signature)?;
                Shown { text: shown.to_text(), bytes: shown.to_bytes() }
            }
            Paid::Voucher(voucher, used) => {
                let signature = self.phone.sign(&use_to_sign(voucher, used, freshness));
                let shown = ShownVoucher::assemble(voucher, used, freshness, &signature)?;
                Shown { text: shown.to_text(), bytes: shown.to_bytes() }
            }
        })
    }

    /// An inspector on no certain bus, so that nothing is refused for being on another.
    pub(super) fn check(&self, now_ms: i64, challenge: Option<[u8; 8]>) -> Check<'_> {
        Check {
            keys: &self.keys,
            status: None,
            now_ms: Some(now_ms),
            vehicle: None,
            challenge,
            began_ms: None,
            seen: &self.seen,
            terminals: Some(&self.terminals),
        }
    }

    /// Every changed bit, every cut and every byte more, under a slot and in answer to a challenge; each slot
    /// that the phone truly signed and that is over 45 s away. Each nearer one must be valid.
    pub(super) fn try_all(&self, paid: &Paid) -> Result<Tried, Box<dyn Error>> {
        let mut tried = Tried::default();
        for challenge in [None, Some(CHALLENGE)] {
            self.damage(paid, challenge, &mut tried)?;
        }
        for slot in slot_at(NOW_MS) - SLOTS..=slot_at(NOW_MS) + SLOTS {
            let shown = self.show(paid, Freshness::Slot(slot))?;
            for now_ms in [NOW_MS, NOW_MS + SLOT_MS / 2, NOW_MS + SLOT_MS - 1] {
                let check = self.check(now_ms, None);
                let age_ms = now_ms - i64::from(slot) * SLOT_MS;
                if age_ms.abs() > TOLERANCE_MS {
                    tried.other_slots += 1;
                    tried.believed += u64::from(is_believed(&shown.text, &check));
                } else if !is_valid(&shown.text, &check) {
                    return Err(format!("a code of {age_ms} ms is refused").into());
                }
            }
        }
        Ok(tried)
    }

    fn damage(
        &self,
        paid: &Paid,
        challenge: Option<[u8; 8]>,
        tried: &mut Tried,
    ) -> Result<(), Box<dyn Error>> {
        let check = self.check(NOW_MS, challenge);
        let shown = self.show(paid, Freshness::of(slot_at(NOW_MS), challenge))?;
        if !is_valid(&shown.text, &check) {
            return Err("a good code is refused".into());
        }
        let prefix = prefix(&shown.text);
        let mut believed = 0;
        let mut refuse = |bytes: &[u8]| {
            believed += u64::from(is_believed(&as_text(prefix, bytes), &check));
            1
        };
        let bytes = shown.bytes;
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            tried.flipped += refuse(&bytes);
        }
        for end in 0..bytes.len() {
            tried.cut += refuse(&bytes[..end]);
        }
        for byte in 0..=255 {
            tried.longer += refuse(&[&bytes[..], &[byte]].concat());
        }
        tried.believed += believed;
        Ok(())
    }
}

fn some(groups: &[(Category, u8)]) -> Vec<PassengerGroup> {
    groups.iter().map(|(category, count)| PassengerGroup { category: *category, count: *count }).collect()
}

pub(super) fn is_valid(text: &str, check: &Check) -> bool {
    matches!(inspect(text, check), Verdict::Valid { .. })
}

/// Nothing but a refusal is right: "cannot tell" counts as believed.
fn is_believed(text: &str, check: &Check) -> bool {
    !matches!(inspect(text, check), Verdict::NotValid { .. })
}

/// `JOL1:` or `JOLV1:`.
fn prefix(text: &str) -> &str {
    text.find(':').map_or("", |colon| &text[..=colon])
}

/// The text of a code of these bytes (RFC 9285), good or not.
fn as_text(prefix: &str, bytes: &[u8]) -> String {
    const LETTERS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut text = String::from(prefix);
    for pair in bytes.chunks(2) {
        let (mut number, letters) = match *pair {
            [high, low] => (usize::from(high) * 256 + usize::from(low), 3),
            _ => (usize::from(pair[0]), 2),
        };
        for _ in 0..letters {
            text.push(char::from(LETTERS[number % 45]));
            number /= 45;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_bytes_is_the_one_that_a_phone_shows() -> Result<(), Box<dyn Error>> {
        let cast = Cast::new()?;
        for (name, paid) in cast.all()? {
            let shown = cast.show(&paid, Freshness::Slot(slot_at(NOW_MS)))?;
            assert_eq!(as_text(prefix(&shown.text), &shown.bytes), shown.text, "{name}");
        }
        // The last byte is alone, or not (RFC 9285, section 4.3).
        assert_eq!((as_text("", b"AB"), as_text("", b"base-45")), ("BB8".into(), "UJCLQE7W581".into()));
        Ok(())
    }
}
