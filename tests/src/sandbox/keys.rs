//! The operator's keys: its root, and those that the root vouches for.
//!
//! A real operator keeps its root offline and signs a key list with it now and then. The sandbox has
//! all keys in its books, and signs a list a day.

use super::ledger::Books;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jol_core::entropy::{Entropy, random};
use jol_core::ticket::till::{Licence, Settlement, SignedLicence};
use jol_core::ticket::{
    BrokenRun, CardCredential, DaySign, DaySigns, Issuer, KeyEntry, KeyId, KeyList, PackSeal, Purpose,
    Receipt, Register, Root, SignedCredential, SignedTime, SignedToken, SignedVoucher, SigningKey,
    StatusList, StickerCode, StickerKind, TerminalKey, TicketError, Token, TrustedKeys, Voucher,
};
use sha2::{Digest, Sha256};

const DAY_S: i64 = 86_400;
/// How long a key list may be used without a newer one.
const LIST_DAYS: i64 = 30;
/// How often a status list is signed anew.
const STATUS_S: i64 = 300;
/// The keys sign from 2000 to 2099: feeds of long ago are ridden on their own days.
const NOT_BEFORE_S: i64 = 946_684_800;
const NOT_AFTER_S: i64 = 4_102_444_799;
/// Colours and words of even days and of odd ones: no day looks like the day before.
const COLOURS: [[u32; 6]; 2] = [
    [0xB7_1C1C, 0x00_695C, 0xF9_A825, 0x28_3593, 0xAD_1457, 0x00_838F],
    [0x1B_5E20, 0xEF_6C00, 0x6A_1B9A, 0x02_77BD, 0x4E_342E, 0xC0_CA33],
];
const WORDS: [[&str; 8]; 2] = [
    ["ҚЫРАН", "ДАЛА", "ТОЛҚЫН", "САМАЛ", "ТҰЛПАР", "АРНА", "БҰЛАҚ", "КЕМЕ"],
    ["АҚҚУ", "ЖҰЛДЫЗ", "МҰНАРА", "ЕРТЕГІ", "ШАҒАЛА", "КӨПІР", "ҚАЙЫҢ", "ТҮНЕК"],
];
const PURPOSES: [Purpose; 5] =
    [Purpose::Root, Purpose::Ticket, Purpose::Receipt, Purpose::CityData, Purpose::Sticker];

/// All keys of an operator.
pub struct OperatorKeys {
    issuer: Issuer,
    // In the order of their purposes, whose numbers are their own.
    keys: [SigningKey; 5],
    // What colours and words are drawn from; it never leaves the operator.
    chance_of_days: [u8; 32],
    // What the keys of the buses' terminals are made of.
    chance_of_terminals: [u8; 32],
}

impl OperatorKeys {
    /// The keys in the books; made of chance if there are none yet.
    pub fn open(books: &Books<'_>, issuer: Issuer, entropy: &dyn Entropy) -> rusqlite::Result<OperatorKeys> {
        let mut seeds = [[0; 32]; PURPOSES.len()];
        for (seed, purpose) in seeds.iter_mut().zip(PURPOSES) {
            let name = format!("{purpose:?}").to_lowercase();
            *seed = match books.secret(&name)?.and_then(|bytes| bytes.try_into().ok()) {
                Some(known) => known,
                None => {
                    let made: [u8; 32] = random(entropy);
                    books.put_secret(&name, &made)?;
                    made
                }
            };
        }
        let mut both = PURPOSES.iter().zip(&seeds);
        let keys = std::array::from_fn(|number| {
            let (purpose, seed) = both.next().unwrap_or((&Purpose::Root, &[0; 32]));
            let id = KeyId { issuer, number: u8::try_from(number).unwrap_or_default() };
            SigningKey::from_seed(id, *purpose, seed)
        });
        let data_seed = seeds[Purpose::CityData as usize];
        let chance_of =
            |what: &[u8]| Sha256::new().chain_update(what).chain_update(data_seed).finalize().into();
        let (chance_of_days, chance_of_terminals) = (chance_of(b"days"), chance_of(b"terminals"));
        Ok(OperatorKeys { issuer, keys, chance_of_days, chance_of_terminals })
    }

    fn key(&self, purpose: Purpose) -> &SigningKey {
        &self.keys[purpose as usize]
    }

    /// What the app's list of operators says of this one.
    pub fn root(&self) -> Root {
        Root { issuer: self.issuer, public_key: self.key(Purpose::Root).public_key() }
    }

    /// The key that signs tickets, which a ticket names.
    pub fn ticket_key(&self) -> KeyId {
        self.key(Purpose::Ticket).id()
    }

    /// Today's list of keys, signed.
    pub fn key_list(&self, now_ms: i64) -> Result<Vec<u8>, TicketError> {
        let today = now_ms.div_euclid(1_000 * DAY_S);
        let entry = |key: &SigningKey| KeyEntry {
            number: key.id().number,
            purpose: key.purpose(),
            public_key: key.public_key(),
            not_before_s: NOT_BEFORE_S,
            not_after_s: NOT_AFTER_S,
        };
        let list = KeyList {
            number: u32::try_from(today).unwrap_or_default(),
            issued_s: today * DAY_S,
            until_s: (today + LIST_DAYS) * DAY_S,
            keys: self.keys.iter().filter(|key| key.purpose() != Purpose::Root).map(entry).collect(),
        };
        list.sign(self.key(Purpose::Root))
    }

    /// What phones and terminals trust that have today's list.
    pub fn trusted(&self, now_ms: i64) -> Result<TrustedKeys, TicketError> {
        TrustedKeys::accept(&self.key_list(now_ms)?, &self.root(), 0, None)
    }

    /// The list of tickets that hold no longer, signed.
    pub fn status_list(&self, gone: Gone, now_ms: i64) -> Result<Vec<u8>, TicketError> {
        let slot = now_ms.div_euclid(1_000 * STATUS_S);
        let list = StatusList {
            issuer: self.issuer,
            number: u32::try_from(slot).unwrap_or_default(),
            issued_s: slot * STATUS_S,
            revoked: gone.revoked,
            replaced: gone.replaced,
            broken: gone.broken,
        };
        list.sign(self.key(Purpose::CityData))
    }

    /// The colours and words of yesterday, today and tomorrow in this zone, signed.
    pub fn day_signs(&self, zone: &TimeZone, now_ms: i64) -> Result<Vec<u8>, TicketError> {
        let outside = TicketError::OutOfBounds { field: "time" };
        let now = Timestamp::from_millisecond(now_ms).map_err(|_| outside.clone())?.to_zoned(zone.clone());
        let midnight = now.start_of_day().map_err(|_| outside.clone())?;
        let since = midnight.date().since(date(1970, 1, 1)).map_err(|_| outside.clone())?;
        let today = u32::try_from(since.get_days()).map_err(|_| outside)?;
        let list = DaySigns {
            number: today,
            issued_s: midnight.timestamp().as_second(),
            days: (today.saturating_sub(1)..=today.saturating_add(1)).map(|day| self.day_sign(day)).collect(),
        };
        list.sign(self.key(Purpose::CityData))
    }

    fn day_sign(&self, day: u32) -> DaySign {
        let drawn: [u8; 32] =
            Sha256::new().chain_update(self.chance_of_days).chain_update(day.to_le_bytes()).finalize().into();
        let (colours, words) = (COLOURS[day as usize % 2], WORDS[day as usize % 2]);
        DaySign {
            day,
            colour: colours[usize::from(drawn[0]) % colours.len()],
            word: words[usize::from(drawn[1]) % words.len()].to_owned(),
        }
    }

    /// The register of a vehicle, signed.
    pub fn register(&self, register: &Register) -> Result<Vec<u8>, TicketError> {
        register.sign(self.key(Purpose::CityData))
    }

    /// The chance under which registers mark numbers on this day.
    pub fn salt(&self, now_ms: i64) -> [u8; 16] {
        let day = now_ms.div_euclid(1_000 * DAY_S).to_le_bytes();
        let salt = Sha256::new().chain_update(b"salt").chain_update(self.chance_of_days).chain_update(day);
        salt.finalize().first_chunk().copied().unwrap_or_default()
    }

    /// The operator's time, signed.
    pub fn time(&self, nonce: &[u8], now_ms: i64) -> Result<Vec<u8>, TicketError> {
        let time = SignedTime { nonce: nonce.to_vec(), operator_time_ms: now_ms };
        time.sign(self.key(Purpose::Receipt))
    }

    /// A ticket, signed.
    pub fn ticket(&self, token: &Token) -> Result<Vec<u8>, TicketError> {
        SignedToken::sign(token, self.key(Purpose::Ticket)).map(|signed| signed.to_bytes())
    }

    /// A phone's right to show a card, signed.
    pub fn credential(&self, credential: &CardCredential) -> Result<Vec<u8>, TicketError> {
        SignedCredential::sign(credential, self.key(Purpose::Ticket)).map(|signed| signed.to_bytes())
    }

    /// Rides that are paid before, signed.
    pub fn voucher(&self, voucher: &Voucher) -> Result<SignedVoucher, TicketError> {
        SignedVoucher::sign(voucher, self.key(Purpose::Ticket))
    }

    /// The key of a city's terminals for the day that begins then, in s since 1970.
    pub fn terminal_secret(&self, city: &str, from_s: i64) -> [u8; 32] {
        let chance = Sha256::new().chain_update(self.chance_of_terminals).chain_update(from_s.to_le_bytes());
        chance.chain_update(city).finalize().into()
    }

    /// The same, to make words with.
    pub fn terminal_key(&self, city: &str, from_s: i64) -> TerminalKey {
        TerminalKey::new(self.terminal_secret(city, from_s))
    }

    /// A conductor's licence, signed.
    pub fn licence(&self, licence: &Licence) -> Result<Vec<u8>, TicketError> {
        SignedLicence::sign(licence, self.key(Purpose::Ticket)).map(|signed| signed.to_bytes())
    }

    /// How far a till's sales have come, signed.
    pub fn settlement(&self, settlement: &Settlement) -> Result<Vec<u8>, TicketError> {
        settlement.sign(self.key(Purpose::Receipt))
    }

    /// An answer about money, signed.
    pub fn receipt(&self, receipt: &Receipt) -> Result<Vec<u8>, TicketError> {
        receipt.sign(self.key(Purpose::Receipt))
    }

    /// A city pack, sealed.
    pub fn pack(&self, city: &str, sha256: &[u8; 32], now_ms: i64) -> Result<Vec<u8>, TicketError> {
        let seal = PackSeal { city: city.to_owned(), sha256: *sha256, issued_s: now_ms.div_euclid(1_000) };
        seal.sign(self.key(Purpose::CityData))
    }

    /// The text of the code that hangs in a bus, at a stop or on a card.
    pub fn sticker(&self, kind: StickerKind, code: &str, host: &str) -> Result<String, TicketError> {
        let sticker = StickerCode { kind, operator: self.issuer, code: code.to_owned() };
        sticker.sign(host, self.key(Purpose::Sticker))
    }
}

/// Tickets that hold no longer, by their indexes, and runs that broke down; all ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Taken back.
    pub revoked: Vec<u32>,
    /// Another took its place.
    pub replaced: Vec<u32>,
    /// Vehicle and run, as tickets name them.
    pub broken: Vec<BrokenRun>,
}
