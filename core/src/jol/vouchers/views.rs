//! Offline rides as screens show them: what is reserved, and a use beside the tickets.

use super::{has_ended, is_offered, read};
use crate::account::rows as account;
use crate::jol::city::time_text;
use crate::jol::{Jol, JolError, PassengerWords, TicketView};
use crate::money::Money;
use crate::operator::wire::RideState;
use crate::pay::offline::{self, HeldRides, HeldState, OfflineUse, rows};
use crate::pay::{DeclineReason, Payment, PaymentState, Ride, Way};
use crate::store::{Records, StoreError};
use crate::text::{Language, say};
use crate::ticket::SignedVoucher;

const MINUTE_MS: i64 = 60_000;

/// Offline rides as a screen shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineRides {
    /// The operator sells them.
    pub offered: bool,
    /// They ended for this account.
    pub ended: bool,
    /// What was reserved, newest first.
    pub reserved: Vec<ReservedRides>,
}

/// Rides that were reserved together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservedRides {
    /// The reservation's key.
    pub key: String,
    /// The voucher's id, once it is paid.
    pub voucher: Option<String>,
    /// How many rides were paid.
    pub rides: u8,
    /// How many this phone can still use.
    pub left: u8,
    /// Who rides.
    pub passengers: Vec<PassengerWords>,
    /// What one ride costs.
    pub fare: Money,
    /// The last moment in which a ride may begin, ms since 1970.
    pub until_ms: Option<i64>,
    /// How it stands.
    pub standing: ReservedStanding,
    /// The same in words.
    pub text: String,
    /// What is left can be given back on this phone now.
    pub can_be_given_back: bool,
}

/// How reserved rides stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReservedStanding {
    /// Not known yet.
    Waiting,
    /// Nothing was taken.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when it may succeed, ms since 1970.
        try_again_ms: Option<i64>,
        /// The carrier's name for its trust credit.
        service: Option<String>,
    },
    /// A ride can begin with it.
    Usable,
    /// All rides were used.
    UsedUp,
    /// Its time is over, or it is another phone's: what is left can be given back.
    NotHere,
    /// What is left was given back.
    GivingBack {
        /// When it returns, once the operator said so, ms since 1970.
        returns_ms: Option<i64>,
    },
    /// It returned.
    Returned {
        /// How much.
        sum: Money,
    },
}

impl Jol {
    /// What was reserved, and what of it can be used here.
    pub fn offline_rides(&self) -> Result<OfflineRides, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let uses = rows::uses(records)?;
            let phone = account::phone_key(records)?;
            let ended = has_ended(records)?;
            let shown = rows::all(records)?
                .into_iter()
                .map(|held| view_of(records, &held, &uses, phone.as_deref(), ended, now_ms, view.language));
            let reserved = shown.collect::<Result<_, JolError>>()?;
            Ok(OfflineRides { offered: is_offered(records)?, ended, reserved })
        })
    }
}

/// The uses of vouchers that are no ride by the operator's word yet, as rides of their own, newest first.
pub(crate) fn rides_in_use(records: &Records<'_>) -> Result<Vec<Ride>, StoreError> {
    let held = rows::all(records)?;
    let uses = rows::uses(records)?.into_iter().filter(|one| one.ride().is_none());
    Ok(uses.filter_map(|one| ride_of(&held, &one)).collect())
}

/// A use as a ride; its voucher tells who rides and what was paid.
fn ride_of(held: &[HeldRides], one: &OfflineUse) -> Option<Ride> {
    let reserved =
        held.iter().find(|held| read(held).is_some_and(|(_, said)| said.id.to_string() == one.voucher))?;
    Some(Ride {
        ride: one.id(),
        key: one.key.clone(),
        city: reserved.city.clone(),
        vehicle: one.vehicle.clone(),
        painted: one.used.vehicle.clone(),
        plate: String::new(),
        line: one.line.clone(),
        way: Way::App,
        source: reserved.source.clone(),
        passengers: reserved.passengers.clone(),
        fare: reserved.fare,
        paid_ms: one.used.boarded_s.saturating_mul(1_000),
        boarding_stop: None,
        terminus: String::new(),
        state: RideState::Valid,
        ends_ms: one.ends_ms(),
        ticket: Vec::new(),
        continues_on: Vec::new(),
        fiscal: None,
        refund: None,
        corrects: None,
    })
}

/// The use that this id names, with its signed voucher and as a ride.
pub(crate) fn in_use(
    records: &Records<'_>,
    id: &str,
) -> Result<Option<(SignedVoucher, OfflineUse, Ride)>, StoreError> {
    let Some(one) = rows::uses(records)?.into_iter().find(|one| one.id() == id) else { return Ok(None) };
    let held = rows::all(records)?;
    let ride = ride_of(&held, &one);
    let signed = held.iter().filter_map(read).find(|(_, said)| said.id.to_string() == one.voucher);
    Ok(ride.zip(signed).map(|(ride, (signed, _))| (signed, one, ride)))
}

/// The use that was reported under this key, as the payment that it stands for.
pub(crate) fn told_as_use(records: &Records<'_>, key: &str) -> Result<Option<Payment>, StoreError> {
    let Some(one) = rows::uses(records)?.into_iter().find(|one| one.key == key) else { return Ok(None) };
    let ride = ride_of(&rows::all(records)?, &one);
    Ok(ride.map(|ride| Payment {
        key: ride.key,
        vehicle: ride.vehicle,
        painted: ride.painted,
        line: ride.line,
        way: ride.way,
        source: ride.source,
        passengers: ride.passengers,
        fare: ride.fare,
        tapped_ms: ride.paid_ms,
        state: PaymentState::Paid { ride: one.ride().map_or(ride.ride, str::to_owned) },
    }))
}

impl TicketView {
    /// The words of a use: it ends by its time, and what counts is when the passengers boarded.
    pub(crate) fn say_offline(
        &mut self,
        records: &Records<'_>,
        (city, boarded_ms, ends_ms): (&str, i64, i64),
        now_ms: i64,
        language: Language,
    ) -> Result<(), JolError> {
        let minutes = now_ms.saturating_sub(boarded_ms).max(0) / MINUTE_MS;
        self.paid_text = say(language, "offline-minutes-since", &[("minutes", &minutes.to_string())]);
        if self.is_valid {
            let until = time_text(records, city, ends_ms, now_ms, language)?;
            self.state_text = say(language, "offline-ticket", &[("time", &until)]);
        }
        Ok(())
    }
}

fn view_of(
    records: &Records<'_>,
    held: &HeldRides,
    uses: &[OfflineUse],
    phone: Option<&[u8]>,
    ended: bool,
    now_ms: i64,
    language: Language,
) -> Result<ReservedRides, JolError> {
    let said = read(held).map(|(_, said)| said);
    let next = said.as_ref().and_then(|said| offline::next_counter(said, uses));
    let usable = said.as_ref().is_some_and(|said| offline::is_usable(held, said, phone, now_ms)) && !ended;
    let left = next.filter(|_| usable).map_or(0, |next| held.rides.saturating_sub(next - 1));
    let rest = said.as_ref().is_some_and(|said| offline::used(held, said, uses) < said.rides);
    let is_riding = said.as_ref().is_some_and(|said| {
        let id = said.id.to_string();
        uses.iter().any(|one| one.voucher == id && one.ends_ms() > now_ms)
    });
    let standing = match &held.state {
        HeldState::Pending => ReservedStanding::Waiting,
        HeldState::Declined { reason, try_again_ms, service } => ReservedStanding::Declined {
            reason: *reason,
            try_again_ms: *try_again_ms,
            service: service.clone(),
        },
        HeldState::GivingBack { returns_ms } => ReservedStanding::GivingBack { returns_ms: *returns_ms },
        HeldState::Returned { sum } => ReservedStanding::Returned { sum: *sum },
        HeldState::Reserved if left > 0 => ReservedStanding::Usable,
        HeldState::Reserved if rest => ReservedStanding::NotHere,
        HeldState::Reserved => ReservedStanding::UsedUp,
    };
    let until_ms = said.as_ref().map(|said| said.until_s.saturating_mul(1_000));
    let time = |ms: Option<i64>| -> Result<String, JolError> {
        ms.map_or(Ok("…".to_owned()), |ms| Ok(time_text(records, &held.city, ms, now_ms, language)?))
    };
    let text = match &standing {
        ReservedStanding::Waiting => say(language, "offline-waiting", &[]),
        ReservedStanding::Declined { reason, try_again_ms, service } => {
            let again = time(*try_again_ms)?;
            reason.text(Some(&again), service.as_deref(), language)
        }
        ReservedStanding::Usable => {
            let until = time(until_ms)?;
            say(language, "offline-left", &[("left", &left.to_string()), ("time", &until)])
        }
        ReservedStanding::UsedUp => say(language, "offline-used-up", &[]),
        ReservedStanding::NotHere => say(language, "offline-not-here", &[]),
        ReservedStanding::GivingBack { returns_ms } => {
            say(language, "offline-giving-back", &[("time", &time(*returns_ms)?)])
        }
        ReservedStanding::Returned { sum } => say(language, "offline-returned", &[("sum", &sum.to_string())]),
    };
    Ok(ReservedRides {
        key: held.key.clone(),
        voucher: said.map(|said| said.id.to_string()),
        rides: held.rides,
        left,
        passengers: held.passengers.iter().map(|group| PassengerWords::of(group, language)).collect(),
        fare: held.fare,
        until_ms,
        can_be_given_back: held.state == HeldState::Reserved && rest && !is_riding,
        standing,
        text,
    })
}
