//! An inspector's look at a ticket for cash, without a network.

use super::number::INDEXES;
use super::{CashSale, Licence, PaperTicket, TillId};
use crate::ticket::inspect::TOLERANCE_MS;
use crate::ticket::{CannotTell, KeyFault, NotValid, Says, StatusList, TicketError, TrustedKeys};
use std::collections::BTreeMap;

/// What an inspector's phone knows when a code is scanned.
#[derive(Clone, Copy, Debug)]
pub struct PaperCheck<'a> {
    /// The operator's keys.
    pub keys: &'a TrustedKeys,
    /// The newest status list, if one was fetched.
    pub status: Option<&'a StatusList>,
    /// The operator's time; none without an anchor.
    pub now_ms: Option<i64>,
    /// The vehicle that is checked; none to look at a ticket outside of one.
    pub vehicle: Option<&'a str>,
    /// When the check of this vehicle began.
    pub began_ms: Option<i64>,
    /// Tickets seen in this check.
    pub seen: &'a PaperSeen,
}

/// The passengers whose codes or numbers were seen in one check of one vehicle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperSeen(BTreeMap<(TillId, u16), i64>);

impl PaperSeen {
    /// Remembers one passenger's number.
    pub fn add_number(&mut self, till: TillId, passenger: u16, now_ms: i64) {
        self.0.entry((till, passenger % INDEXES)).or_insert(now_ms);
    }

    /// Remembers all passengers of a sale: a number of one of them is the same ride.
    pub fn add_sale(&mut self, till: TillId, sale: &CashSale, now_ms: i64) {
        passengers(sale).for_each(|passenger| self.add_number(till, passenger, now_ms));
    }

    /// When this passenger was seen, in ms since 1970.
    pub(super) fn seen_ms(&self, till: TillId, passenger: u16) -> Option<i64> {
        self.0.get(&(till, passenger % INDEXES)).copied()
    }
}

fn passengers(sale: &CashSale) -> std::ops::RangeInclusive<u16> {
    sale.serial..=sale.last().unwrap_or(sale.serial)
}

/// What is to be known of a ticket and is no refusal; that it is paper and can be copied always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaperFacts {
    /// It was sold after the check began.
    pub bought_after_check_began: bool,
    /// It was sold on another vehicle, which broke down.
    pub continued: bool,
    /// There is no status list.
    pub no_status_list: bool,
}

/// What came of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperLooked {
    /// The verdict.
    pub says: Says,
    /// Licence and sale, where both signatures hold.
    pub sold: Option<(Licence, CashSale)>,
    /// What else is to be known.
    pub facts: PaperFacts,
}

/// Looks at the text of a code that says of itself that it is a ticket for cash.
pub fn look(text: &str, check: &PaperCheck<'_>) -> PaperLooked {
    let keys_too_old = check.now_ms.is_some_and(|now_ms| check.keys.is_too_old(now_ms));
    let (licence, sale) = match PaperTicket::from_text(text).and_then(|paper| paper.verify(check.keys)) {
        Ok(sold) => sold,
        Err(error) => {
            let says = match error {
                // The operator may have a new key that this list does not have.
                TicketError::Key { fault: KeyFault::Unknown, .. } if keys_too_old => {
                    Says::CannotTell(CannotTell::KeysTooOld)
                }
                TicketError::UnknownVersion { .. } => Says::NotValid(NotValid::UnknownVersion),
                TicketError::Key { .. } => Says::NotValid(NotValid::UnknownKey),
                TicketError::BadSignature => Says::NotValid(NotValid::BadSignature),
                _ => Says::NotValid(NotValid::NotATicket),
            };
            return PaperLooked { says, sold: None, facts: PaperFacts::default() };
        }
    };
    let status = check.status.filter(|status| status.issuer == check.keys.issuer());
    let elsewhere = check.vehicle.is_some_and(|vehicle| vehicle != sale.vehicle);
    let facts = PaperFacts {
        bought_after_check_began: check
            .began_ms
            .is_some_and(|began_ms| sale.sold_s.saturating_mul(1_000) > began_ms),
        continued: check.vehicle.filter(|_| elsewhere).zip(status).is_some_and(|(vehicle, status)| {
            status.broken_runs_of(&sale.vehicle).any(|broken| broken.holds_on(vehicle))
        }),
        no_status_list: status.is_none(),
    };
    let refused = refusal(&licence, &sale, elsewhere && !facts.continued, check);
    let missing = [(check.now_ms.is_none(), CannotTell::TimeUnknown), (keys_too_old, CannotTell::KeysTooOld)];
    let missing = missing.into_iter().find(|(is_missing, _)| *is_missing);
    let says = refused.map(Says::NotValid).or_else(|| missing.map(|(_, reason)| Says::CannotTell(reason)));
    let says = says.unwrap_or(Says::Valid);
    PaperLooked { says, sold: Some((licence, sale)), facts }
}

/// What is wrong with a sale that is signed, the gravest first.
fn refusal(licence: &Licence, sale: &CashSale, elsewhere: bool, check: &PaperCheck<'_>) -> Option<NotValid> {
    // The shift's own bounds, whatever the time is now.
    if sale.sold_s < licence.from_s {
        return Some(NotValid::NotYetValid { from_s: licence.from_s });
    }
    if sale.sold_s > licence.until_s {
        return Some(NotValid::Ended { at_s: licence.until_s });
    }
    wrong_time(licence, sale, check.now_ms)
        .or_else(|| elsewhere.then(|| NotValid::WrongVehicle { vehicle: sale.vehicle.clone() }))
        .or_else(|| {
            let mut seen =
                passengers(sale).filter_map(|passenger| check.seen.seen_ms(licence.till, passenger));
            seen.next().map(|at_ms| NotValid::SeenBefore { at_ms })
        })
}

fn wrong_time(licence: &Licence, sale: &CashSale, now_ms: Option<i64>) -> Option<NotValid> {
    let now_ms = now_ms?;
    let since = |moment_s: i64| now_ms.saturating_sub(moment_s.saturating_mul(1_000));
    let ends_s = sale.ends_s(licence);
    if since(sale.sold_s) < -TOLERANCE_MS {
        Some(NotValid::NotYetValid { from_s: sale.sold_s })
    } else if since(ends_s) > TOLERANCE_MS {
        Some(NotValid::Ended { at_s: ends_s })
    } else {
        None
    }
}
