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
use super::{Freshness, KeyFault, Presentation, StatusList, TicketError, TicketId, Token, TrustedKeys};
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
}

/// The tickets that an inspector saw in one check of one vehicle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenSet {
    seen_ms: BTreeMap<TicketId, i64>,
    replaced: BTreeMap<TicketId, i64>,
}

impl SeenSet {
    /// Remembers a ticket, once the inspector is done with its passenger: until then the same code may
    /// be scanned again.
    pub fn add(&mut self, token: &Token, now_ms: i64) {
        self.seen_ms.entry(token.id).or_insert(now_ms);
        if let Some(replaced) = token.replaces {
            self.replaced.entry(replaced).or_insert(now_ms);
        }
    }

    /// When this ticket, or the one that it takes the place of, was seen.
    fn seen_ms(&self, token: &Token) -> Option<i64> {
        let replaced = || self.seen_ms.get(&token.replaces?);
        self.seen_ms.get(&token.id).or_else(replaced).copied()
    }
}

/// What the inspector is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// These passengers paid for this ride, and this is their phone.
    Valid {
        /// The ticket.
        token: Token,
        /// What else is to be known.
        facts: Facts,
    },
    /// Not a ticket for this ride.
    NotValid {
        /// Why.
        reason: NotValid,
        /// The ticket, where the operator did sign one.
        token: Option<Token>,
    },
    /// Nothing is wrong with it, but something cannot be known here.
    CannotTell {
        /// What is missing.
        reason: CannotTell,
        /// The ticket, where the operator did sign one.
        token: Option<Token>,
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
}

impl NotValid {
    /// The reason's stable name, as in the catalogue of words.
    pub fn code(&self) -> &'static str {
        match self {
            NotValid::NotATicket => "not_a_ticket",
            NotValid::UnknownVersion => "unknown_version",
            NotValid::UnknownKey => "unknown_key",
            NotValid::BadSignature => "bad_signature",
            NotValid::NotYetValid { .. } => "not_yet_valid",
            NotValid::Ended { .. } => "ended",
            NotValid::Revoked => "revoked",
            NotValid::Replaced => "replaced",
            NotValid::WrongVehicle { .. } => "wrong_vehicle",
            NotValid::WrongChallenge => "wrong_challenge",
            NotValid::WrongSlot { .. } => "wrong_slot",
            NotValid::SeenBefore { .. } => "seen_before",
        }
    }
}

/// What an inspector would have to know and cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CannotTell {
    /// The time: this phone has not heard from the operator since it was started.
    TimeUnknown,
    /// The keys: the list is past its time, a key may have been added or withdrawn.
    KeysTooOld,
    /// The phone: the ticket is shown without its signature, so anybody may have copied it.
    DeviceNotProven,
}

impl CannotTell {
    /// The reason's stable name, as in the catalogue of words.
    pub fn code(self) -> &'static str {
        match self {
            CannotTell::TimeUnknown => "time_unknown",
            CannotTell::KeysTooOld => "keys_too_old",
            CannotTell::DeviceNotProven => "device_not_proven",
        }
    }
}

/// What is to be known of a ticket and is no refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// It was bought after the check began.
    pub bought_after_check_began: bool,
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
    match Presentation::from_text(text) {
        Ok(presentation) => inspect_presentation(&presentation, check),
        Err(error) => not_valid(&error),
    }
}

fn inspect_presentation(presentation: &Presentation, check: &Check) -> Verdict {
    let keys_too_old = check.now_ms.is_some_and(|now_ms| check.keys.is_too_old(now_ms));
    let token = match presentation.ticket().verify(check.keys) {
        Ok(token) => token,
        // The operator may have a new key that this list does not have.
        Err(TicketError::Key { fault: KeyFault::Unknown, .. }) if keys_too_old => {
            let reason = CannotTell::KeysTooOld;
            return Verdict::CannotTell { reason, token: None, facts: Facts::default() };
        }
        Err(error) => return not_valid(&error),
    };
    let status = check.status.filter(|status| status.issuer == token.key.issuer);
    let facts = facts(presentation, &token, status, check);
    if let Some(reason) = refusal(presentation, &token, status, facts.continued, check) {
        return Verdict::NotValid { reason, token: Some(token) };
    }
    let missing = [
        (check.now_ms.is_none(), CannotTell::TimeUnknown),
        (keys_too_old, CannotTell::KeysTooOld),
        (presentation.moment().is_none(), CannotTell::DeviceNotProven),
    ];
    match missing.into_iter().find(|(is_missing, _)| *is_missing) {
        Some((_, reason)) => Verdict::CannotTell { reason, token: Some(token), facts },
        None => Verdict::Valid { token, facts },
    }
}

fn not_valid(error: &TicketError) -> Verdict {
    let reason = match error {
        TicketError::UnknownVersion { .. } => NotValid::UnknownVersion,
        TicketError::Key { .. } => NotValid::UnknownKey,
        TicketError::BadSignature => NotValid::BadSignature,
        _ => NotValid::NotATicket,
    };
    Verdict::NotValid { reason, token: None }
}

/// What is wrong with a ticket that the operator signed, the gravest first.
fn refusal(
    presentation: &Presentation,
    token: &Token,
    status: Option<&StatusList>,
    continued: bool,
    check: &Check,
) -> Option<NotValid> {
    wrong_phone(presentation, token, check)
        .or_else(|| wrong_time(token, check.now_ms?))
        .or_else(|| status?.is_revoked(token.id).then_some(NotValid::Revoked))
        .or_else(|| {
            let replaced = status.is_some_and(|status| status.is_replaced(token.id))
                || check.seen.replaced.contains_key(&token.id);
            replaced.then_some(NotValid::Replaced)
        })
        .or_else(|| {
            let elsewhere = check.vehicle? != token.vehicle && !continued;
            elsewhere.then(|| NotValid::WrongVehicle { vehicle: token.vehicle.clone() })
        })
        .or_else(|| wrong_moment(presentation, check))
        .or_else(|| check.seen.seen_ms(token).map(|at_ms| NotValid::SeenBefore { at_ms }))
}

/// The phone signed something, but not this.
fn wrong_phone(presentation: &Presentation, token: &Token, check: &Check) -> Option<NotValid> {
    let freshness = match presentation.moment()? {
        Moment::Slot(slot) => Freshness::Slot(slot),
        Moment::ChallengeBegins(head) => match check.challenge {
            Some(challenge) if challenge.starts_with(&head) => Freshness::Challenge(challenge),
            _ => return Some(NotValid::WrongChallenge),
        },
    };
    presentation.verify_phone(token, freshness).err().map(|_| NotValid::BadSignature)
}

fn wrong_time(token: &Token, now_ms: i64) -> Option<NotValid> {
    let since = |moment_s: i64| now_ms.saturating_sub(moment_s.saturating_mul(1_000));
    if since(token.not_before_s) < -TOLERANCE_MS {
        Some(NotValid::NotYetValid { from_s: token.not_before_s })
    } else if since(token.expires_s) > TOLERANCE_MS {
        Some(NotValid::Ended { at_s: token.expires_s })
    } else {
        None
    }
}

/// Signed for another moment than this. An unsigned presentation has none.
fn wrong_moment(presentation: &Presentation, check: &Check) -> Option<NotValid> {
    let Moment::Slot(slot) = presentation.moment()? else { return None };
    if check.challenge.is_some() {
        return Some(NotValid::WrongChallenge);
    }
    let age_ms = check.now_ms?.saturating_sub(i64::from(slot) * SLOT_MS);
    let stale = !(-TOLERANCE_MS..=TOLERANCE_MS).contains(&age_ms);
    stale.then(|| NotValid::WrongSlot { age_s: age_ms.div_euclid(1_000) })
}

fn facts(presentation: &Presentation, token: &Token, status: Option<&StatusList>, check: &Check) -> Facts {
    let age_s = |issued_s: i64| Some(check.now_ms?.div_euclid(1_000).saturating_sub(issued_s));
    let elsewhere = check.vehicle.is_some_and(|vehicle| vehicle != token.vehicle);
    Facts {
        bought_after_check_began: check
            .began_ms
            .is_some_and(|began_ms| token.issued_s.saturating_mul(1_000) > began_ms),
        unattested: token.phone.is_some_and(|phone| !phone.attested),
        answered_challenge: matches!(presentation.moment(), Some(Moment::ChallengeBegins(_))),
        continued: elsewhere && status.is_some_and(|status| status.is_broken(token)),
        status_age_s: status.and_then(|status| age_s(status.issued_s)),
        keys_age_s: age_s(check.keys.issued_s()),
    }
}

#[cfg(test)]
mod tests;
