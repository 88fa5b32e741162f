//! Giving a ride back, and putting it on the right bus.

use super::answers::Answer;
use super::city::zone_of;
use super::pay::paid_by;
use super::{Jol, JolError, Shared, View, city};
use crate::account::rows as account;
use crate::city::fares::{FareHistory, FareQuestion, Vehicle};
use crate::follow::history;
use crate::money::Money;
use crate::operator::outbox::{Call, Operation};
use crate::operator::wire::{CorrectionRequest, PaymentAnswer, RefundRequest, RideState};
use crate::pay::{
    ChangeState, Changeable, CorrectionQuote, Payment, PaymentState, Refund, Ride, RideChange, Source,
    change_rows, rows, settle_change,
};
use crate::store::{Records, StoreError};
use crate::text::{Language, say};
use crate::wallet::{Category, ledger};

impl Jol {
    /// What can still be changed about a ride: for how long it can be given back or put on another bus.
    /// Nothing, once that was asked for.
    pub fn changeable(&self, ride: &str) -> Result<Changeable, JolError> {
        let rule = self.city_rules()?.refund;
        self.shared.look(|records, _| {
            let held = rows::ride(records, ride)?.ok_or_else(|| JolError::not_found("ticket"))?;
            if open_change(records, ride)?.is_some() {
                return Ok(Changeable::default());
            }
            Ok(Changeable::of(&rule, &held, self.shared.best_time_ms(records)?))
        })
    }

    /// Gives a ride back: all of its money goes back where it came from. Writes the wish and its outbox row in
    /// one transaction and answers the wish's key; the same wish again is the same one. The ticket is shown no
    /// more from here on, unless the operator declines.
    pub fn refund(&self, ride: &str) -> Result<String, JolError> {
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            if let Some(open) = open_change(records, ride)? {
                return if open.vehicle.is_none() { Ok(open.key) } else { Err(JolError::bad("ride")) };
            }
            let held = self.shared.own_ride(records, ride)?;
            let body = RefundRequest { ride: held.ride.clone(), sum: held.fare };
            let wish = RideChange {
                key: self.shared.new_key(),
                ride: held.ride,
                vehicle: None,
                sum: held.fare,
                state: ChangeState::Asked,
            };
            let body = serde_json::to_vec(&body).map_err(StoreError::from)?;
            self.shared.wish(records, wish, Operation::Refund, "refund", &body)
        })
    }

    /// What putting a ride on this bus would cost: "not this bus?". `vehicle` is the operator's id of the right
    /// one.
    pub fn quote_correction(&self, ride: &str, vehicle: &str) -> Result<CorrectionQuote, JolError> {
        let rules = self.city_rules()?;
        let bus = self.vehicles()?.into_iter().find(|bus| bus.vehicle == vehicle);
        let bus = bus.ok_or_else(|| JolError::bad("bus"))?;
        let zone = zone_of(&rules)?;
        self.shared.look(|records, _| {
            let held = self.shared.own_ride(records, ride)?;
            if held.vehicle == bus.vehicle {
                return Err(JolError::bad("bus"));
            }
            let now_ms = self.shared.best_time_ms(records)?;
            let now =
                jiff::Timestamp::from_millisecond(now_ms).map_err(|_| JolError::internal("the time"))?;
            // It is paid anew, so it does not count as one that was paid before.
            let paid = super::follow::paid_rides(records, now_ms, Some(ride))?;
            let passes = super::cards::passes_in(records, &rules.city)?;
            let question = FareQuestion {
                category: Category::Standard,
                way: held.way,
                line: &bus.line,
                zone: None,
                day: zone.to_datetime(now).date(),
                before: FareHistory { passes: &passes, ..history(&paid, now_ms, &zone) },
            };
            let fare = rules.fares.fare_of_group(&held.passengers, &question);
            let fare = fare.ok_or_else(|| JolError::bad("way"))?;
            let difference =
                fare.minus(held.fare).ok_or_else(|| JolError::internal("a sum outside its range"))?;
            Ok(CorrectionQuote { ride: held.ride, vehicle: bus.clone(), fare, difference })
        })
    }

    /// Puts a ride on the right bus, at the difference that stood on the button. Writes the wish and its outbox
    /// row in one transaction and answers the wish's key; the same wish again is the same one. The ticket for
    /// the first bus stands until the operator has answered.
    pub fn correct(&self, quote: &CorrectionQuote) -> Result<String, JolError> {
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            if let Some(open) = open_change(records, &quote.ride)? {
                let is_same = open.vehicle.as_ref() == Some(&quote.vehicle.vehicle);
                return if is_same { Ok(open.key) } else { Err(JolError::bad("ride")) };
            }
            let held = self.shared.own_ride(records, &quote.ride)?;
            let now_ms = self.shared.best_time_ms(records)?;
            if held.fare.plus(quote.difference) != Some(quote.fare)
                || paid_by(records, &quote.vehicle, now_ms)?.is_some()
            {
                return Err(JolError::bad("bus"));
            }
            let Vehicle { vehicle, line, .. } = quote.vehicle.clone();
            let body = CorrectionRequest {
                ride: held.ride.clone(),
                vehicle: vehicle.clone(),
                line,
                fare: quote.fare,
            };
            let wish = RideChange {
                key: self.shared.new_key(),
                ride: held.ride,
                vehicle: Some(vehicle),
                sum: quote.difference,
                state: ChangeState::Asked,
            };
            let body = serde_json::to_vec(&body).map_err(StoreError::from)?;
            self.shared.wish(records, wish, Operation::Correction, "correction", &body)
        })
    }

    /// The wishes about a ride, the newest first: to give it back, to put it on another bus.
    pub fn ride_changes(&self, ride: &str) -> Result<Vec<RideChange>, JolError> {
        self.shared.look(|records, _| Ok(change_rows::of_ride(records, ride)?))
    }

    /// A wish by its key.
    pub fn ride_change(&self, key: &str) -> Result<RideChange, JolError> {
        let found = self.shared.look(|records, _| Ok(change_rows::by_key(records, key)?))?;
        found.ok_or_else(|| JolError::not_found("payment"))
    }

    /// How a wish about a ride stands, in a sentence or two: where the money goes and by when, and what if the
    /// number has moved or was closed.
    pub fn ride_change_text(&self, key: &str) -> Result<String, JolError> {
        let change = self.ride_change(key)?;
        let language = self.language();
        Ok(match &change.state {
            ChangeState::Asked => say(language, "not-known-yet", &[]),
            ChangeState::Corrected { .. } => say(language, "corrected", &[]),
            ChangeState::Refunded { refund } => self.refund_text(refund)?,
            ChangeState::Declined { reason, try_again_ms, service } => {
                let time = try_again_ms.map(|ms| self.moment_text(ms)).transpose()?;
                reason.text(time.as_deref(), service.as_deref(), language)
            }
        })
    }

    /// Where money goes that went back and by when, and what if the number has moved or was closed.
    pub fn refund_text(&self, refund: &Refund) -> Result<String, JolError> {
        let language = self.language();
        let city = self.city_rules()?.city;
        self.shared.look(|records, _| {
            let now_ms = self.shared.best_time_ms(records)?;
            let by = city::time_text(records, &city, refund.by_ms, now_ms, language)?;
            Ok(text_of(refund, &by, language))
        })
    }
}

/// A wish about a ride that has no answer yet.
fn open_change(records: &Records<'_>, ride: &str) -> Result<Option<RideChange>, StoreError> {
    let all = change_rows::of_ride(records, ride)?;
    Ok(all.into_iter().find(|change| change.state == ChangeState::Asked))
}

/// Whether a ticket is shown no more because its ride is being given back.
pub(super) fn is_being_refunded(records: &Records<'_>, ride: &str) -> Result<bool, StoreError> {
    Ok(open_change(records, ride)?.is_some_and(|change| change.vehicle.is_none()))
}

/// A correction as a payment: of the ride on the right bus, in all.
pub(super) fn told_as_correction(records: &Records<'_>, key: &str) -> Result<Option<Payment>, JolError> {
    let Some(change) = change_rows::by_key(records, key)? else { return Ok(None) };
    let (Some(vehicle), Some(held)) = (change.vehicle, rows::ride(records, &change.ride)?) else {
        return Ok(None);
    };
    let sent = change_rows::request_and_receipt(records, key)?;
    let sent = sent.and_then(|(request, _)| serde_json::from_slice::<CorrectionRequest>(&request).ok());
    let sent = sent.ok_or_else(|| JolError::internal("a correction that cannot be read"))?;
    let city = super::city::vehicles_of(records).unwrap_or_default();
    let painted = city.into_iter().find(|bus| bus.vehicle == vehicle).map(|bus| bus.painted);
    let state = match change.state {
        ChangeState::Asked => PaymentState::Pending,
        ChangeState::Corrected { ride } => match rows::ride(records, &ride)?.and_then(|ride| ride.refund) {
            Some(refund) => PaymentState::Refunded { ride: Some(ride), refund },
            None => PaymentState::Paid { ride },
        },
        ChangeState::Declined { reason, try_again_ms, service } => {
            PaymentState::Declined { reason, try_again_ms, service }
        }
        ChangeState::Refunded { .. } => return Ok(None),
    };
    Ok(Some(Payment {
        key: change.key,
        painted: painted.unwrap_or_else(|| vehicle.clone()),
        vehicle,
        line: sent.line,
        way: held.way,
        source: held.source,
        passengers: held.passengers,
        fare: sent.fare,
        tapped_ms: held.paid_ms,
        state,
    }))
}

fn text_of(refund: &Refund, by: &str, language: Language) -> String {
    let sum = refund.sum.to_string();
    let fill = [("sum", sum.as_str()), ("time", by)];
    match &refund.to {
        _ if refund.sum == Money::ZERO => say(language, "refund-of-nothing", &[]),
        Source::SmartCard { .. } => say(language, "refund-to-card", &fill),
        Source::BankCard { .. } => {
            let closed = say(language, "refund-if-card-closed", &[]);
            format!("{} {closed}", say(language, "refund-to-bank-card", &fill))
        }
        Source::Cash => say(language, "refund-in-cash", &fill),
        Source::PhoneBalance => {
            let moved = say(language, "refund-if-number-moved", &[]);
            format!("{} {moved}", say(language, "refund-to-phone", &fill))
        }
    }
}

impl Shared {
    /// A ride that was paid with this account in the app, and is valid as far as this phone knows.
    fn own_ride(&self, records: &Records<'_>, ride: &str) -> Result<Ride, JolError> {
        let held = rows::ride(records, ride)?.ok_or_else(|| JolError::not_found("ticket"))?;
        let is_valid = held.state == RideState::Valid && held.ends_ms > self.best_time_ms(records)?;
        (is_valid && held.way.is_in_app()).then_some(held).ok_or_else(|| JolError::bad("ride"))
    }

    fn wish(
        &self,
        records: &Records<'_>,
        wish: RideChange,
        operation: Operation,
        what: &str,
        body: &[u8],
    ) -> Result<String, JolError> {
        change_rows::add(records, &wish, body, self.clock.wall_ms())?;
        let path = format!("/v1/rides/{}/{what}", wish.ride);
        self.post(records, operation, &wish.key, &path, body, None)?;
        Ok(wish.key)
    }

    /// The operator's answer to a wish about a ride. One that cannot be believed is asked for again, with the
    /// same bytes: never "not given back" without the operator's signed word.
    pub(super) fn take_change(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(wish) = change_rows::by_key(records, &call.key)? else { return Ok(()) };
        if wish.state != ChangeState::Asked {
            return Ok(());
        }
        let said = answer.read::<PaymentAnswer>();
        let settled = said.and_then(|said| settle_change(&wish, &call.body, view.keys.as_ref(), said));
        let Some(settled) = settled else {
            self.post(records, call.operation, &call.key, &call.path, &call.body, None)?;
            return Ok(self.pause(records, &call.key, call.attempts)?);
        };
        if let Some(ride) = &settled.ride {
            if wish.vehicle.is_some() {
                rows::replace_ride(records, &wish.ride)?;
            }
            rows::put_ride(records, ride)?;
            self.book_ride(records, ride)?;
        }
        change_rows::settle(records, &wish.key, &settled)?;
        if let ChangeState::Declined { reason, .. } = &settled.state {
            self.ask_what_changed(records, *reason)?;
        }
        self.ask(records, Operation::Cards, "/v1/cards", None)?;
        Ok(self.ask(records, Operation::Sources, "/v1/sources", None)?)
    }

    /// What a ride moved, in the wallet's own ledger; also of one that was paid elsewhere, once the operator
    /// tells of it. Booked once, however often it is told.
    pub(super) fn book_ride(&self, records: &Records<'_>, ride: &Ride) -> Result<(), StoreError> {
        // What a voucher's ride costs is booked where the voucher is; what went back is not.
        if !crate::pay::offline::rows::is_use(records, &ride.key)? {
            let out_of_range = || StoreError::Internal("a sum outside its range".to_owned());
            let charged = ride.charged().ok_or_else(out_of_range)?;
            let source = ledger::account(&ride.source);
            ledger::book(records, &ride.key, &source, ledger::FARES, charged, ride.paid_ms)?;
        }
        if let Some(refund) = &ride.refund {
            self.book_refund(records, refund, &ride.key)?;
            rows::set_refund(records, &rows::first_key(records, ride)?, refund)?;
        }
        Ok(())
    }

    /// Money that went back.
    pub(super) fn book_refund(
        &self,
        records: &Records<'_>,
        refund: &Refund,
        paid_by: &str,
    ) -> Result<(), StoreError> {
        let source = ledger::account(&refund.to);
        // What went back by itself has the payment's own key.
        let key = if refund.key == paid_by { format!("{paid_by}/back") } else { refund.key.clone() };
        ledger::book(records, &key, ledger::FARES, &source, refund.sum, refund.at_ms)
    }
}
