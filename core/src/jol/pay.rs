use super::city::zone_of;
use super::messages::{maybe_paid, warning};
use super::{Jol, JolError, Shared};
use crate::account::{DeviceState, TermsState, rows as account};
use crate::city::fares::{FareHistory, FareQuestion, Vehicle};
use crate::detect::TypedBus;
use crate::follow::history;
use crate::operator::outbox::{self, Operation};
use crate::operator::wire::{Base64, OperatorInfo, PaymentRequest, RideState};
use crate::operator::{documents, may_pay};
use crate::order;
use crate::pay::rule::{KnownRide, standing};
use crate::pay::{
    DeclineReason, INTENT_LASTS_MS, MOST_PASSENGERS, Payment, PaymentState, Quote, Ride, Source, SupportCall,
    Way, change_rows, intent_message, offline, rows,
};
use crate::store::{Records, StoreError};
use crate::ticket::phone_key;
use crate::wallet::{Category, PassengerGroup, ledger, rides_as, rows as wallet};

/// The outbox row of the question what the operator holds.
pub(super) const RIDES: &str = "/v1/rides";

impl Jol {
    /// What one tap would pay: the bus, the sum on the button, and what the phone's key signs.
    ///
    /// `vehicle` is the operator's id of the bus, from a sighting, a code or a typed number.
    /// `one_more` asks for one more passenger on a ride that is paid already. An app that is older than the
    /// lowest version that pays is refused (`AppTooOld`).
    pub fn quote(
        &self,
        vehicle: &str,
        way: Way,
        source: Source,
        passengers: Vec<PassengerGroup>,
        one_more: bool,
    ) -> Result<Quote, JolError> {
        let rules = self.city_rules()?;
        let bus = self.vehicle(vehicle)?;
        let passengers = together(passengers)?;
        self.shared.look(|records, view| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            let terms = account::account(records, super::account::published_terms(records)?)?.terms;
            if !matches!(terms, TermsState::Accepted { .. }) {
                return Err(JolError::TermsNotAccepted);
            }
            self.shared.check_version(records)?;
            let now_ms = self.shared.best_time_ms(records)?;
            let zone = zone_of(&rules)?;
            let now =
                jiff::Timestamp::from_millisecond(now_ms).map_err(|_| JolError::internal("the time"))?;
            // The operator counts the rides before, so the sum on the button does, too.
            let paid = super::follow::paid_rides(records, now_ms, None)?;
            // A pass frees its holder, who rides already when one more is asked for.
            let passes = if one_more { Vec::new() } else { super::cards::passes_in(records, &rules.city)? };
            let question = FareQuestion {
                category: Category::Standard,
                way,
                line: &bus.line,
                zone: None,
                day: zone.to_datetime(now).date(),
                before: FareHistory { passes: &passes, ..history(&paid, now_ms, &zone) },
            };
            let fare =
                rules.fares.fare_of_group(&passengers, &question).ok_or_else(|| JolError::bad("way"))?;
            let paid_by = if one_more { None } else { paid_by(records, &bus, now_ms)? };
            let asked = paid_by.is_none() && !one_more;
            let message = if asked { maybe_paid(records, &bus.vehicle, now_ms)? } else { None };
            let warning =
                message.as_ref().map(|message| warning(records, message, view.language)).transpose()?;
            let request = PaymentRequest {
                city: rules.city.clone(),
                vehicle: bus.vehicle.clone(),
                line: bus.line.clone(),
                way,
                source: source.clone(),
                card: card_for(records, &passengers, now_ms)?,
                passengers: passengers.clone(),
                fare,
                tapped_ms: now_ms,
                not_after_ms: now_ms.saturating_add(INTENT_LASTS_MS),
                one_more,
                signature: None,
            };
            // Who rides already knows their bus.
            let doubts = if asked { self.shared.doubts(records, view, &bus)? } else { Vec::new() };
            let key = self.shared.new_key();
            let request = serde_json::to_vec(&request).map_err(StoreError::from)?;
            let to_sign = intent_message(&key, &request);
            let by_message = message.map(|message| message.id);
            let vehicle = bus.clone();
            Ok(Quote {
                key,
                vehicle,
                passengers,
                source,
                fare,
                paid_by,
                by_message,
                warning,
                doubts,
                request,
                to_sign,
            })
        })
    }

    /// The tap. Writes the ride, the payment and the outbox row in one transaction, and answers the
    /// payment's key. A second tap, and any tap on a ride that is paid, answers the first payment's
    /// key and changes nothing.
    ///
    /// `signature`: by the phone's key over `quote.to_sign`, DER or raw; none if there is no such key.
    pub fn pay(&self, quote: &Quote, signature: Option<&[u8]>) -> Result<String, JolError> {
        let mut request: PaymentRequest =
            serde_json::from_slice(&quote.request).map_err(|_| JolError::bad("code"))?;
        self.act(|records, view| {
            if rows::payment(records, &quote.key)?.is_some() {
                return Ok(quote.key.clone());
            }
            let now_ms = self.shared.best_time_ms(records)?;
            if let Some(first) =
                (!request.one_more).then(|| paid_by(records, &quote.vehicle, now_ms)).transpose()?.flatten()
            {
                return Ok(first);
            }
            // The operator may have said so since the quote was made.
            self.shared.check_version(records)?;
            if let Some(signature) = signature {
                let key = account::phone_key(records)?.ok_or_else(|| JolError::bad("key"))?;
                let key = phone_key::compress(&key).map_err(|_| JolError::bad("key"))?;
                let signature =
                    phone_key::accept(&key, &quote.to_sign, signature).map_err(|_| JolError::BadSignature)?;
                request.signature = Some(Base64(signature.to_vec()));
            }
            let payment = Payment {
                key: quote.key.clone(),
                vehicle: request.vehicle.clone(),
                painted: quote.vehicle.painted.clone(),
                line: request.line.clone(),
                way: request.way,
                source: request.source.clone(),
                passengers: request.passengers.clone(),
                fare: request.fare,
                tapped_ms: request.tapped_ms,
                state: PaymentState::Pending,
            };
            let body = serde_json::to_vec(&request).map_err(StoreError::from)?;
            let boot = (self.shared.clock.boot_ms(), self.shared.opening.boot_id.as_str());
            rows::add_payment(records, &request.city, &payment, &body, boot)?;
            self.shared.post(records, Operation::Payment, &quote.key, "/v1/payments", &body, None)?;
            self.shared.confirm_bus(records, view, &request.vehicle)?;
            Ok(quote.key.clone())
        })
    }

    /// A payment by its key; a voucher's use by its report's, a correction by its own.
    pub fn payment(&self, key: &str) -> Result<Payment, JolError> {
        self.shared.look(|records, _| {
            let payment = rows::payment(records, key)?;
            let payment =
                payment.map_or_else(|| super::vouchers::told_as_use(records, key), |one| Ok(Some(one)))?;
            let payment =
                payment.map_or_else(|| super::refund::told_as_correction(records, key), |one| Ok(Some(one)));
            payment?.ok_or_else(|| JolError::not_found("payment"))
        })
    }

    /// All payments, newest first: declined and refunded ones too.
    pub fn payments(&self) -> Result<Vec<Payment>, JolError> {
        self.shared.look(|records, _| Ok(rows::payments(records)?))
    }

    /// A bus by what the passenger read on it: the painted number, the operator's id, or the plate.
    pub fn bus_by_number(&self, typed: &str) -> Result<Vehicle, JolError> {
        TypedBus::among(&self.vehicles()?, typed).named().ok_or_else(|| JolError::bad("bus"))
    }

    /// Whom to call about a payment that was declined: the operator's lines, the best first; none before the
    /// operator was heard of.
    pub fn whom_to_call(&self) -> Result<Vec<SupportCall>, JolError> {
        self.shared.look(|records, view| {
            let operator = documents::get::<OperatorInfo>(records, "/v1/operator")?;
            let phones = operator.map(|operator| operator.support.phones).unwrap_or_default();
            Ok(phones.iter().map(|phone| SupportCall::of(phone, view.language)).collect())
        })
    }

    /// The app may not spend yet: a new phone on a number with balances waits.
    pub fn waits_until_ms(&self) -> Result<Option<i64>, JolError> {
        self.shared.look(|records, _| match account::device(records)? {
            DeviceState::Enrolled { waits_until_ms, .. } => Ok(waits_until_ms),
            DeviceState::NotEnrolled | DeviceState::Enrolling => Ok(None),
        })
    }

    pub(super) fn vehicle(&self, vehicle: &str) -> Result<Vehicle, JolError> {
        self.vehicles()?.into_iter().find(|bus| bus.vehicle == vehicle).ok_or_else(|| JolError::bad("bus"))
    }
}

/// Where a payment's answer is asked for.
pub(super) fn state_path(key: &str) -> String {
    format!("/v1/payments/{key}")
}

impl Shared {
    /// Refuses a version of the app that the operator lets pay no more, as far as it is known.
    pub(super) fn check_version(&self, records: &Records<'_>) -> Result<(), JolError> {
        match documents::get::<OperatorInfo>(records, "/v1/operator")? {
            Some(operator) if !may_pay(&self.opening.app_version, &operator.lowest_version_that_pays) => {
                Err(JolError::AppTooOld)
            }
            _ => Ok(()),
        }
    }

    /// The payment's answer is known and believed.
    pub(super) fn settle(
        &self,
        records: &Records<'_>,
        payment: &Payment,
        state: &PaymentState,
        ride: Option<&Ride>,
        receipt: &[u8],
    ) -> Result<(), StoreError> {
        rows::settle_payment(records, &payment.key, state, receipt, self.clock.wall_ms())?;
        if let PaymentState::Refunded { ride: None, refund } = state {
            let from = ledger::account(&payment.source);
            ledger::book(records, &payment.key, &from, ledger::FARES, refund.sum, refund.at_ms)?;
            self.book_refund(records, refund, &payment.key)?;
        }
        match ride {
            Some(ride) => {
                rows::put_ride(records, ride)?;
                self.book_ride(records, ride)
            }
            None => Ok(()),
        }
    }

    /// What the operator's rides say of payments that are not known yet. One whose signed ride is there is paid,
    /// whatever its own answer may say; one that came too late and has none was not paid. While a newer
    /// question is on its way, that a ride is missing says nothing; of a ride that is only claimed, the payment's
    /// own signed answer is asked for.
    pub(super) fn settle_by_rides(
        &self,
        records: &Records<'_>,
        signed: &[Ride],
        claimed: &[Ride],
    ) -> Result<(), StoreError> {
        let is_newest = !outbox::waits(records, RIDES)?;
        for payment in rows::pending(records)? {
            let is_own = |ride: &&Ride| ride.key == payment.key && ride.fare == payment.fare;
            if claimed.iter().any(|ride| is_own(&ride)) {
                if !outbox::waits(records, &payment.key)? {
                    self.ask(records, Operation::PaymentState, &state_path(&payment.key), None)?;
                }
            } else if let Some(ride) = signed.iter().find(is_own) {
                rows::paid_by_ride(records, &payment.key, &ride.ride)?;
                if let Some(refund) = &ride.refund {
                    rows::set_refund(records, &payment.key, refund)?;
                }
            } else if is_newest && let Some(receipt) = rows::late_receipt(records, &payment.key)? {
                let (reason, try_again_ms, service) = (DeclineReason::TooLate, None, None);
                let state = PaymentState::Declined { reason, try_again_ms, service };
                rows::settle_payment(records, &payment.key, &state, &receipt, self.clock.wall_ms())?;
            }
        }
        Ok(())
    }

    /// Keeps a ride that the operator holds for this account. A valid one needs its signature; one that is
    /// over may bear a key that is long out of use. `vouched`: its signature was looked at and holds. Whether it
    /// was kept.
    pub(super) fn keep_ride(
        &self,
        records: &Records<'_>,
        ride: &Ride,
        vouched: bool,
    ) -> Result<bool, StoreError> {
        if ride.state == RideState::Valid && !vouched {
            eprintln!("jol: ride {}: its ticket does not hold", ride.ride);
            return Ok(false);
        }
        rows::put_ride(records, ride)?;
        self.book_ride(records, ride)?;
        Ok(true)
    }
}

/// The payment that has this bus's ride now: one that is under way, or one whose ticket is valid, on this bus
/// or on one that broke down and whose passengers this one takes along; else the report of a voucher's use.
pub(super) fn paid_by(records: &Records<'_>, bus: &Vehicle, now_ms: i64) -> Result<Option<String>, JolError> {
    let pending = rows::pending_for(records, &bus.vehicle)?.map(|payment| payment.key);
    let correction = change_rows::open_to(records, &bus.vehicle)?.map(|change| change.key);
    let day_ms = 24 * 3_600_000;
    let rides = rows::rides(records, now_ms.saturating_sub(2 * day_ms), i64::MAX)?;
    let known = rides.iter().map(|ride| KnownRide {
        key: &ride.key,
        vehicle: &ride.vehicle,
        continues_on: &ride.continues_on,
        state: ride.state,
        ends_ms: ride.ends_ms,
    });
    let place = (bus.vehicle.as_str(), bus.painted.as_str());
    if let Some(key) = standing(pending.as_deref(), correction.as_deref(), known, place, now_ms) {
        return Ok(Some(key.to_owned()));
    }
    // A row that is damaged keeps nobody from paying.
    let uses = offline::rows::uses(records).unwrap_or_else(|error| {
        eprintln!("jol: vouchers cannot be read: {error}");
        Vec::new()
    });
    Ok(offline::riding(&uses, &bus.vehicle, now_ms).map(|one| one.key.clone()))
}

/// The card that gives the first category other than standard, today.
pub(super) fn card_for(
    records: &Records<'_>,
    passengers: &[PassengerGroup],
    now_ms: i64,
) -> Result<Option<String>, JolError> {
    let special =
        passengers.iter().map(|group| group.category).find(|category| *category != Category::Standard);
    let Some(category) = special else { return Ok(None) };
    let day = super::cards::today(records, now_ms)?;
    let held = |card: &crate::operator::wire::Card| rides_as(card, day) == category;
    Ok(wallet::cards(records)?.into_iter().find(held).map(|card| card.id))
}

/// One group a category, none empty, all together within a ticket's bounds.
pub(super) fn together(passengers: Vec<PassengerGroup>) -> Result<Vec<PassengerGroup>, JolError> {
    let mut groups: Vec<PassengerGroup> = Vec::new();
    for group in passengers.into_iter().filter(|group| group.count > 0) {
        match groups.iter_mut().find(|known| known.category == group.category) {
            Some(known) => {
                known.count =
                    known.count.checked_add(group.count).ok_or_else(|| JolError::bad("passengers"))?
            }
            None => groups.push(group),
        }
    }
    let all: u32 = groups.iter().map(|group| u32::from(group.count)).sum();
    if all == 0 || all > u32::from(MOST_PASSENGERS) || groups.len() > 4 {
        return Err(JolError::bad("passengers"));
    }
    order::sort_by_key(&mut groups, |group| group.category);
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(category: Category, count: u8) -> PassengerGroup {
        PassengerGroup { category, count }
    }

    #[test]
    fn a_ticket_holds_one_group_a_category_within_its_bounds() {
        let mixed =
            vec![group(Category::School, 1), group(Category::Standard, 1), group(Category::School, 2)];
        assert_eq!(together(mixed), Ok(vec![group(Category::Standard, 1), group(Category::School, 3)]));
        let wrong = Err(JolError::bad("passengers"));
        assert_eq!(together(vec![]), wrong);
        assert_eq!(together(vec![group(Category::Child, 0)]), wrong);
        assert_eq!(together(vec![group(Category::Standard, MOST_PASSENGERS + 1)]), wrong);
        assert_eq!(together(vec![group(Category::Standard, 200), group(Category::Standard, 200)]), wrong);
    }
}
