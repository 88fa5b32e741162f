//! What the phone shows of a payment that is not known yet: signed by its key, never a ticket.

use super::city::clocks_of;
use super::tickets::challenge_of;
use super::{Jol, JolError, PassengerWords, ToSign};
use crate::account::rows as account;
use crate::money::Money;
use crate::operator::wire::PaymentRequest;
use crate::pay::{Payment, PaymentState, rows};
use crate::qr::{Correction, QrCode};
use crate::store::{Records, StoreError};
use crate::text::say;
use crate::ticket::intent::payment_hash;
use crate::ticket::{Freshness, Intent, ShownIntent, phone_key, slot_at, slot_left_ms, token};
use jiff::Timestamp;

/// A payment that is not known yet, as a screen shows it to an inspector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingView {
    /// The payment's key, by which the other calls name it.
    pub payment: String,
    /// The line, large.
    pub line: String,
    /// The number painted on the bus, large.
    pub bus: String,
    /// Who rides: the category's name and how many.
    pub passengers: Vec<PassengerWords>,
    /// The sum that was on the button.
    pub sum: Money,
    /// The sum with its sign.
    pub sum_text: String,
    /// When the passenger tapped, ms since 1970.
    pub tapped_ms: i64,
    /// Whom to show this to, and when it was asked for.
    pub show_text: String,
    /// In how many ms its code is another one.
    pub changes_in_ms: u32,
}

impl Jol {
    /// The payments that are not known yet, newest first.
    pub fn pending(&self) -> Result<Vec<PendingView>, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let pending = |payment: &Payment| payment.state == PaymentState::Pending;
            let mut views = Vec::new();
            for payment in rows::payments(records)?.into_iter().filter(pending) {
                let city = rows::request_and_receipt(records, &payment.key)?;
                let city =
                    city.and_then(|(request, _)| serde_json::from_slice::<PaymentRequest>(&request).ok());
                let city = city.map(|request| request.city).unwrap_or_default();
                let time = time_of_day(records, &city, payment.tapped_ms)?;
                let words = |group| PassengerWords::of(group, view.language);
                views.push(PendingView {
                    show_text: say(view.language, "not-known-at-check", &[("time", &time)]),
                    passengers: payment.passengers.iter().map(words).collect(),
                    sum_text: format!("{} ₸", payment.fare),
                    sum: payment.fare,
                    tapped_ms: payment.tapped_ms,
                    payment: payment.key,
                    line: payment.line,
                    bus: payment.painted,
                    changes_in_ms: slot_left_ms(now_ms),
                });
            }
            Ok(views)
        })
    }

    /// What the phone's key signs to show a payment that is not known yet in this moment, or against an
    /// inspector's challenge (8 bytes). Ask again every 15 s while it is on the screen. `NotFound` once the
    /// payment is known: then there is a ticket, or none. `BadInput` where this phone has no key.
    pub fn intent_to_sign(&self, payment: &str, challenge: Option<&[u8]>) -> Result<ToSign, JolError> {
        let challenge = challenge_of(challenge)?;
        let intent = self.intent(payment)?;
        let now_ms = self.shared.look(|records, _| Ok(self.shared.best_time_ms(records)?))?;
        let message = intent.to_sign(Freshness::of(slot_at(now_ms), challenge));
        let message = message.map_err(|error| JolError::internal(&error.to_string()))?;
        Ok(ToSign::of(message, now_ms, challenge))
    }

    /// The code of a payment that is not known yet, with the phone's signature over
    /// [`Jol::intent_to_sign`], DER or raw. It proves that it was asked for, and never that it was paid.
    pub fn present_intent(
        &self,
        payment: &str,
        slot: u32,
        challenge: Option<&[u8]>,
        signature: &[u8],
    ) -> Result<QrCode, JolError> {
        let text = self.present_intent_text(payment, slot, challenge, signature)?;
        QrCode::of(&text, Correction::L).map_err(|error| JolError::internal(&error.to_string()))
    }

    /// The text of that code: what a scanner reads.
    pub fn present_intent_text(
        &self,
        payment: &str,
        slot: u32,
        challenge: Option<&[u8]>,
        signature: &[u8],
    ) -> Result<String, JolError> {
        let freshness = Freshness::of(slot, challenge_of(challenge)?);
        let shown = ShownIntent::assemble(&self.intent(payment)?, freshness, signature);
        shown.map(|shown| shown.to_text()).map_err(|_| JolError::BadSignature)
    }

    /// The time of day in a city, as its clocks show it.
    pub(crate) fn time_of_day(&self, city: &str, at_ms: i64) -> Result<String, JolError> {
        self.shared.look(|records, _| Ok(time_of_day(records, city, at_ms)?))
    }

    fn intent(&self, payment: &str) -> Result<Intent, JolError> {
        self.shared.look(|records, _| {
            let pending = rows::payment(records, payment)?;
            let pending = pending.filter(|payment| payment.state == PaymentState::Pending);
            let pending = pending.ok_or_else(|| JolError::not_found("payment"))?;
            let (request, _) =
                rows::request_and_receipt(records, payment)?.ok_or_else(|| JolError::not_found("payment"))?;
            let request: PaymentRequest = serde_json::from_slice(&request).map_err(StoreError::from)?;
            let key = account::phone_key(records)?.ok_or_else(|| JolError::bad("key"))?;
            Ok(Intent {
                issuer: self.shared.root.issuer,
                payment: payment_hash(&pending.key),
                city: token::cut(&request.city, token::LONGEST_CITY).to_owned(),
                vehicle: token::cut(&pending.painted, token::LONGEST_VEHICLE).to_owned(),
                line: token::cut(&pending.line, token::LONGEST_LINE).to_owned(),
                passengers: pending.passengers,
                fare: pending.fare,
                tapped_s: pending.tapped_ms.div_euclid(1_000),
                phone: phone_key::compress(&key).map_err(|_| JolError::bad("key"))?,
            })
        })
    }
}

fn time_of_day(records: &Records<'_>, city: &str, at_ms: i64) -> Result<String, StoreError> {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(clocks_of(records, city)?);
    Ok(format!("{:02}:{:02}", at.hour(), at.minute()))
}
