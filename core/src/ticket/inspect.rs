//! An inspector's verdict on a code, without a network: valid, not valid and why, or cannot tell.
//!
//! Refusals rest on signatures and on the operator's time. What may be fraud and may be a slow network
//! (bought after the check began, a phone that its platform did not vouch for) is told as a fact: the
//! inspector decides. Without the time, with keys that are too old, or without the phone's signature
//! nothing is ever called valid.
//!
//! What remains: a live relay of codes within one bus is caught by one inspector's [`SeenSet`], not
//! between two inspectors who are offline.

use super::presentation::{Moment, SLOT_MS};
use super::{
    EndRule, Freshness, KeyFault, PhoneKey, Presentation, ShownVoucher, StatusList, TerminalKey, TicketError,
    TicketId, Token, TrustedKeys, Use, Voucher,
};
use crate::wallet::PassengerGroup;
use std::collections::BTreeMap;

/// How far the operator's time on two phones may be apart, in ms; the age that a slot may have, either
/// way.
pub const TOLERANCE_MS: i64 = 45_000;

/// What an inspector's phone knows when a code is scanned.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// The operator's keys.
    pub keys: &'a TrustedKeys,
    /// The newest status list, if one was fetched.
    pub status: Option<&'a StatusList>,
    /// The operator's time; none without an anchor.
    pub now_ms: Option<i64>,
    /// The vehicle that is checked; none to look at a ticket outside of one.
    pub vehicle: Option<&'a str>,
    /// What this inspector's phone asked, if it did.
    pub challenge: Option<[u8; 8]>,
    /// When the check of this vehicle began.
    pub began_ms: Option<i64>,
    /// Tickets seen in this check.
    pub seen: &'a SeenSet,
    /// The key of the terminals for today, if it was fetched.
    pub terminals: Option<&'a TerminalKey>,
}

/// What the operator signed for the ride that a code shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paid {
    /// A ticket for this ride.
    Ticket(Token),
    /// A voucher, with this ride as the passenger's phone says that it began.
    Voucher(Voucher, Use),
}

impl Paid {
    /// The id of the ticket or voucher.
    pub fn id(&self) -> TicketId {
        match self {
            Paid::Ticket(token) => token.id,
            Paid::Voucher(voucher, _) => voucher.id,
        }
    }

    /// Which of a voucher's rides it is; none for a ticket.
    pub fn counter(&self) -> Option<u8> {
        match self {
            Paid::Ticket(_) => None,
            Paid::Voucher(_, used) => Some(used.counter),
        }
    }

    /// The number of the vehicle, as painted.
    pub fn vehicle(&self) -> &str {
        match self {
            Paid::Ticket(token) => &token.vehicle,
            Paid::Voucher(_, used) => &used.vehicle,
        }
    }

    /// The line, which a voucher does not know.
    pub fn line(&self) -> Option<&str> {
        match self {
            Paid::Ticket(token) => Some(&token.line),
            Paid::Voucher(..) => None,
        }
    }

    /// Who rides.
    pub fn passengers(&self) -> &[PassengerGroup] {
        match self {
            Paid::Ticket(token) => &token.passengers,
            Paid::Voucher(voucher, _) => &voucher.passengers,
        }
    }

    /// When the ride ends.
    pub fn end(&self) -> &EndRule {
        match self {
            Paid::Ticket(token) => &token.end,
            Paid::Voucher(voucher, _) => &voucher.end,
        }
    }

    fn phone(&self) -> Option<PhoneKey> {
        match self {
            Paid::Ticket(token) => token.phone,
            Paid::Voucher(voucher, _) => Some(voucher.phone),
        }
    }

    fn replaces(&self) -> Option<TicketId> {
        match self {
            Paid::Ticket(token) => token.replaces,
            Paid::Voucher(voucher, _) => voucher.replaces,
        }
    }

    /// When it was paid, or for a voucher when the ride began, in s since 1970.
    fn began_s(&self) -> i64 {
        match self {
            Paid::Ticket(token) => token.issued_s,
            Paid::Voucher(_, used) => used.boarded_s,
        }
    }

    /// Whether its run broke down, and it holds on this vehicle.
    fn continues_on(&self, vehicle: &str, status: &StatusList) -> bool {
        match self {
            Paid::Ticket(token) => status.broken_run(token).is_some_and(|broken| broken.holds_on(vehicle)),
            Paid::Voucher(_, used) => {
                status.broken_runs_of(&used.vehicle).any(|broken| broken.holds_on(vehicle))
            }
        }
    }
}

/// What a code shows: a ticket, or a voucher in use.
enum Shown {
    Ticket(Presentation),
    Voucher(ShownVoucher),
}

impl Shown {
    fn from_text(text: &str) -> Result<Shown, TicketError> {
        match ShownVoucher::is_voucher(text) {
            true => ShownVoucher::from_text(text).map(Shown::Voucher),
            false => Presentation::from_text(text).map(Shown::Ticket),
        }
    }

    fn verify(&self, keys: &TrustedKeys) -> Result<Paid, TicketError> {
        match self {
            Shown::Ticket(shown) => shown.ticket().verify(keys).map(Paid::Ticket),
            Shown::Voucher(shown) => {
                let voucher = shown.voucher().verify(keys)?;
                Ok(Paid::Voucher(voucher, shown.used().clone()))
            }
        }
    }

    fn moment(&self) -> Option<Moment> {
        match self {
            Shown::Ticket(shown) => shown.moment(),
            Shown::Voucher(shown) => Some(shown.moment()),
        }
    }

    /// `paid` is what this one's signature was verified for.
    fn verify_phone(&self, paid: &Paid, freshness: Freshness) -> Result<(), TicketError> {
        match (self, paid) {
            (Shown::Ticket(shown), Paid::Ticket(token)) => shown.verify_phone(token, freshness),
            (Shown::Voucher(shown), Paid::Voucher(voucher, _)) => shown.verify_phone(voucher, freshness),
            _ => Err(TicketError::BadSignature),
        }
    }
}

/// The tickets that an inspector saw in one check of one vehicle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenSet {
    /// A voucher is seen with each of its rides.
    seen_ms: BTreeMap<(TicketId, Option<u8>), i64>,
    replaced: BTreeMap<TicketId, i64>,
    intents_ms: BTreeMap<[u8; 16], i64>,
}

impl SeenSet {
    /// Remembers a ticket, once the inspector is done with its passenger: until then the same code may
    /// be scanned again.
    pub fn add(&mut self, paid: &Paid, now_ms: i64) {
        self.seen_ms.entry((paid.id(), paid.counter())).or_insert(now_ms);
        if let Some(replaced) = paid.replaces() {
            self.replaced.entry(replaced).or_insert(now_ms);
        }
    }

    /// Remembers a ride that was found by a number.
    pub fn add_ride(&mut self, id: TicketId, now_ms: i64) {
        self.seen_ms.entry((id, None)).or_insert(now_ms);
    }

    /// When this ride was seen, by its code or by a number.
    pub fn ride_seen_ms(&self, id: TicketId) -> Option<i64> {
        self.seen_ms.get(&(id, None)).copied()
    }

    /// Remembers what a passenger showed of a payment that is not known yet, by the hash of its key.
    pub fn add_intent(&mut self, payment: [u8; 16], now_ms: i64) {
        self.intents_ms.entry(payment).or_insert(now_ms);
    }

    /// When it was seen.
    pub fn intent_seen_ms(&self, payment: [u8; 16]) -> Option<i64> {
        self.intents_ms.get(&payment).copied()
    }

    /// When this ticket, or the one that it takes the place of, was seen.
    fn seen_ms(&self, paid: &Paid) -> Option<i64> {
        let replaced = || self.seen_ms.get(&(paid.replaces()?, paid.counter()));
        self.seen_ms.get(&(paid.id(), paid.counter())).or_else(replaced).copied()
    }
}

/// What the inspector is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// These passengers paid for this ride, and this is their phone.
    Valid {
        /// The ticket or voucher.
        paid: Paid,
        /// What else is to be known.
        facts: Facts,
    },
    /// Not a ticket for this ride.
    NotValid {
        /// Why.
        reason: NotValid,
        /// The ticket or voucher, where the operator did sign one.
        paid: Option<Paid>,
    },
    /// Nothing is wrong with it, but something cannot be known here.
    CannotTell {
        /// What is missing.
        reason: CannotTell,
        /// The ticket or voucher, where the operator did sign one.
        paid: Option<Paid>,
        /// What else is to be known.
        facts: Facts,
    },
}

impl Verdict {
    /// `valid`, `not_valid` or `cannot_tell`, as in an inspector's upload.
    pub fn code(&self) -> &'static str {
        match self {
            Verdict::Valid { .. } => "valid",
            Verdict::NotValid { .. } => "not_valid",
            Verdict::CannotTell { .. } => "cannot_tell",
        }
    }
}

/// Why a code is no ticket for this ride.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NotValid {
    /// What was typed is no number that a conductor writes.
    NotANumber,
    /// No till sold this number for this bus in the last hour.
    UnknownNumber,
    /// Something else, or damaged.
    NotATicket,
    /// A later format, or none.
    UnknownVersion,
    /// No key of the operator's that signs tickets.
    UnknownKey,
    /// The operator or the passenger's phone did not sign this.
    BadSignature,
    /// It is valid later.
    NotYetValid {
        /// From when, in s since 1970.
        from_s: i64,
    },
    /// Its time is over.
    Ended {
        /// Since when, in s since 1970.
        at_s: i64,
    },
    /// The voucher has no such ride.
    NoRideLeft {
        /// How many rides it has.
        rides: u8,
    },
    /// The passenger's phone says that the ride begins later.
    BoardsLater {
        /// When, in s since 1970.
        at_s: i64,
    },
    /// The word that the code gives for the bus's terminal is not the terminal's.
    WrongTerminal,
    /// The operator took it back.
    Revoked,
    /// Another ticket took its place.
    Replaced,
    /// It was paid for another vehicle.
    WrongVehicle {
        /// Which.
        vehicle: String,
    },
    /// It does not answer what this inspector's phone asked.
    WrongChallenge,
    /// It was shown at another time: a picture, or a phone whose time is off.
    WrongSlot {
        /// How long ago, in s; negative in the future.
        age_s: i64,
    },
    /// This ticket was shown before, in this check.
    SeenBefore {
        /// When, in ms since 1970.
        at_ms: i64,
    },
    /// Nobody paid with this number, by a register that would know.
    NotInRegister,
}

impl NotValid {
    /// The reason's stable name, as in the catalogue of words.
    pub fn code(&self) -> &'static str {
        match self {
            NotValid::NotANumber => "not_a_number",
            NotValid::UnknownNumber => "unknown_number",
            NotValid::NotATicket => "not_a_ticket",
            NotValid::UnknownVersion => "unknown_version",
            NotValid::UnknownKey => "unknown_key",
            NotValid::BadSignature => "bad_signature",
            NotValid::NotYetValid { .. } => "not_yet_valid",
            NotValid::Ended { .. } => "ended",
            NotValid::NoRideLeft { .. } => "no_ride_left",
            NotValid::BoardsLater { .. } => "boards_later",
            NotValid::WrongTerminal => "wrong_terminal",
            NotValid::Revoked => "revoked",
            NotValid::Replaced => "replaced",
            NotValid::WrongVehicle { .. } => "wrong_vehicle",
            NotValid::WrongChallenge => "wrong_challenge",
            NotValid::WrongSlot { .. } => "wrong_slot",
            NotValid::SeenBefore { .. } => "seen_before",
            NotValid::NotInRegister => "not_in_register",
        }
    }
}

/// What an inspector would have to know and cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CannotTell {
    /// The bus: none is being checked, and a number is for one.
    NoVehicle,
    /// The till's key of today, for a conductor's number.
    NoTillKey,
    /// The time: this phone has not heard from the operator since it was started.
    TimeUnknown,
    /// The keys: the list is past its time, a key may have been added or withdrawn.
    KeysTooOld,
    /// The phone: the ticket is shown without its signature, so anybody may have copied it.
    DeviceNotProven,
    /// Who paid by a number: this vehicle's register was never fetched.
    NoRegister,
    /// Who paid since the register was written.
    RegisterTooOld {
        /// How long ago that is, in s.
        age_s: i64,
    },
    /// Who tapped a card since the vehicle's terminal was heard of.
    TerminalSilent {
        /// How long ago that is, in s.
        age_s: i64,
    },
    /// Whether it was paid: it was asked for before the check began.
    AskedBeforeCheck {
        /// When, in s since 1970, by the passenger's phone.
        at_s: i64,
    },
    /// Whether it was paid: it was asked for after the check began.
    AskedAfterCheck {
        /// When, in s since 1970, by the passenger's phone.
        at_s: i64,
    },
}

impl CannotTell {
    /// The reason's stable name, as in the catalogue of words.
    pub fn code(self) -> &'static str {
        match self {
            CannotTell::NoVehicle => "no_vehicle",
            CannotTell::NoTillKey => "no_till_key",
            CannotTell::TimeUnknown => "time_unknown",
            CannotTell::KeysTooOld => "keys_too_old",
            CannotTell::DeviceNotProven => "device_not_proven",
            CannotTell::NoRegister => "no_register",
            CannotTell::RegisterTooOld { .. } => "register_too_old",
            CannotTell::TerminalSilent { .. } => "terminal_silent",
            CannotTell::AskedBeforeCheck { .. } => "asked_before_check",
            CannotTell::AskedAfterCheck { .. } => "asked_after_check",
        }
    }
}

/// What is to be known of a ticket and is no refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// It was bought after the check began; of a voucher: its ride began after that.
    pub bought_after_check_began: bool,
    /// A voucher's ride began when the passenger's phone says so: no terminal's word could be verified.
    pub time_by_phone: bool,
    /// No platform vouched for the phone's key.
    pub unattested: bool,
    /// It answered this inspector's challenge.
    pub answered_challenge: bool,
    /// It was paid for another vehicle, whose run broke down; it holds on the line's next one.
    pub continued: bool,
    /// How old the status list is, in s; none if there is no list or no time.
    pub status_age_s: Option<i64>,
    /// How old the list of keys is, in s; none without the time.
    pub keys_age_s: Option<i64>,
}

/// Looks at the text of a code.
pub fn inspect(text: &str, check: &Check) -> Verdict {
    match Shown::from_text(text) {
        Ok(shown) => inspect_shown(&shown, check),
        Err(error) => not_valid(&error),
    }
}

fn inspect_shown(shown: &Shown, check: &Check) -> Verdict {
    let keys_too_old = check.now_ms.is_some_and(|now_ms| check.keys.is_too_old(now_ms));
    let paid = match shown.verify(check.keys) {
        Ok(paid) => paid,
        // The operator may have a new key that this list does not have.
        Err(TicketError::Key { fault: KeyFault::Unknown, .. }) if keys_too_old => {
            let reason = CannotTell::KeysTooOld;
            return Verdict::CannotTell { reason, paid: None, facts: Facts::default() };
        }
        Err(error) => return not_valid(&error),
    };
    let status = check.status.filter(|status| status.issuer == check.keys.issuer());
    let facts = facts(shown, &paid, status, check);
    if let Some(reason) = refusal(shown, &paid, status, facts.continued, check) {
        return Verdict::NotValid { reason, paid: Some(paid) };
    }
    let missing = [
        (check.now_ms.is_none(), CannotTell::TimeUnknown),
        (keys_too_old, CannotTell::KeysTooOld),
        (shown.moment().is_none(), CannotTell::DeviceNotProven),
    ];
    match missing.into_iter().find(|(is_missing, _)| *is_missing) {
        Some((_, reason)) => Verdict::CannotTell { reason, paid: Some(paid), facts },
        None => Verdict::Valid { paid, facts },
    }
}

fn not_valid(error: &TicketError) -> Verdict {
    let reason = match error {
        TicketError::UnknownVersion { .. } => NotValid::UnknownVersion,
        TicketError::Key { .. } => NotValid::UnknownKey,
        TicketError::BadSignature => NotValid::BadSignature,
        _ => NotValid::NotATicket,
    };
    Verdict::NotValid { reason, paid: None }
}

/// What is wrong with something that the operator signed, the gravest first.
fn refusal(
    shown: &Shown,
    paid: &Paid,
    status: Option<&StatusList>,
    continued: bool,
    check: &Check,
) -> Option<NotValid> {
    wrong_phone(shown, paid, check)
        .or_else(|| wrong_use(paid, check))
        .or_else(|| wrong_time(paid, check.now_ms?))
        .or_else(|| status?.is_revoked(paid.id()).then_some(NotValid::Revoked))
        .or_else(|| {
            let replaced = status.is_some_and(|status| status.is_replaced(paid.id()))
                || check.seen.replaced.contains_key(&paid.id());
            replaced.then_some(NotValid::Replaced)
        })
        .or_else(|| {
            let elsewhere = check.vehicle? != paid.vehicle() && !continued;
            elsewhere.then(|| NotValid::WrongVehicle { vehicle: paid.vehicle().to_owned() })
        })
        .or_else(|| wrong_moment(shown, check))
        .or_else(|| check.seen.seen_ms(paid).map(|at_ms| NotValid::SeenBefore { at_ms }))
}

/// The phone signed something, but not this.
fn wrong_phone(shown: &Shown, paid: &Paid, check: &Check) -> Option<NotValid> {
    let freshness = match shown.moment()? {
        Moment::Slot(slot) => Freshness::Slot(slot),
        Moment::ChallengeBegins(head) => match check.challenge {
            Some(challenge) if challenge.starts_with(&head) => Freshness::Challenge(challenge),
            _ => return Some(NotValid::WrongChallenge),
        },
    };
    shown.verify_phone(paid, freshness).err().map(|_| NotValid::BadSignature)
}

/// The voucher does not hold for such a ride.
fn wrong_use(paid: &Paid, check: &Check) -> Option<NotValid> {
    let Paid::Voucher(voucher, used) = paid else { return None };
    let Use { counter, ref vehicle, boarded_s, terminal } = *used;
    if counter > voucher.rides {
        return Some(NotValid::NoRideLeft { rides: voucher.rides });
    }
    let (terminals, word) = check.terminals.zip(terminal)?;
    (!terminals.vouches(vehicle, boarded_s, word)).then_some(NotValid::WrongTerminal)
}

fn wrong_time(paid: &Paid, now_ms: i64) -> Option<NotValid> {
    let since = |moment_s: i64| now_ms.saturating_sub(moment_s.saturating_mul(1_000));
    let tolerance_s = TOLERANCE_MS / 1_000;
    let (from_s, until_s) = match paid {
        Paid::Ticket(token) => (token.not_before_s, token.expires_s),
        Paid::Voucher(voucher, used) => {
            // All within 32 bits, so no sum leaves an i64.
            if used.boarded_s < voucher.issued_s - tolerance_s {
                return Some(NotValid::NotYetValid { from_s: voucher.issued_s });
            }
            if used.boarded_s > voucher.until_s {
                return Some(NotValid::Ended { at_s: voucher.until_s });
            }
            if since(used.boarded_s) < -TOLERANCE_MS {
                return Some(NotValid::BoardsLater { at_s: used.boarded_s });
            }
            let minutes_s = match voucher.end {
                EndRule::Minutes(minutes) => i64::from(minutes) * 60,
                EndRule::Terminus | EndRule::Zone(_) => i64::MAX,
            };
            (used.boarded_s, used.boarded_s + voucher.life_s.min(minutes_s))
        }
    };
    if since(from_s) < -TOLERANCE_MS {
        Some(NotValid::NotYetValid { from_s })
    } else if since(until_s) > TOLERANCE_MS {
        Some(NotValid::Ended { at_s: until_s })
    } else {
        None
    }
}

/// Signed for another moment than this. An unsigned presentation has none.
fn wrong_moment(shown: &Shown, check: &Check) -> Option<NotValid> {
    let Moment::Slot(slot) = shown.moment()? else { return None };
    if check.challenge.is_some() {
        return Some(NotValid::WrongChallenge);
    }
    let age_ms = check.now_ms?.saturating_sub(i64::from(slot) * SLOT_MS);
    let stale = !(-TOLERANCE_MS..=TOLERANCE_MS).contains(&age_ms);
    stale.then(|| NotValid::WrongSlot { age_s: age_ms.div_euclid(1_000) })
}

fn facts(shown: &Shown, paid: &Paid, status: Option<&StatusList>, check: &Check) -> Facts {
    let age_s = |issued_s: i64| Some(check.now_ms?.div_euclid(1_000).saturating_sub(issued_s));
    let elsewhere = check.vehicle.filter(|vehicle| *vehicle != paid.vehicle());
    let time_by_phone = match paid {
        Paid::Ticket(_) => false,
        Paid::Voucher(_, used) => used.terminal.is_none() || check.terminals.is_none(),
    };
    Facts {
        bought_after_check_began: check
            .began_ms
            .is_some_and(|began_ms| paid.began_s().saturating_mul(1_000) > began_ms),
        time_by_phone,
        unattested: paid.phone().is_some_and(|phone| !phone.attested),
        answered_challenge: matches!(shown.moment(), Some(Moment::ChallengeBegins(_))),
        continued: elsewhere.zip(status).is_some_and(|(vehicle, status)| paid.continues_on(vehicle, status)),
        status_age_s: status.and_then(|status| age_s(status.issued_s)),
        keys_age_s: age_s(check.keys.issued_s()),
    }
}

#[cfg(test)]
mod tests;
