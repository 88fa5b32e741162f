use super::eye::{self, EyeView};
use super::vouchers::{in_use, rides_in_use};
use super::{Jol, JolError, View};
use crate::money::Money;
use crate::operator::wire::RideState;
use crate::pay::{Ride, rows};
use crate::qr::{Correction, QrCode};
use crate::store::Records;
use crate::text::{Language, say};
use crate::ticket::voucher::use_to_sign;
use crate::ticket::{
    Freshness, Presentation, ShownVoucher, SignedToken, SignedVoucher, Use, slot_at, slot_left_ms,
};
use crate::wallet::PassengerGroup;

/// How long an ended ride stays among the tickets, in ms; Travel Details keep it for good.
const SHOWN_AFTER_END_MS: i64 = 24 * 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// A ticket as a screen shows it, in the passenger's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketView {
    /// The ride, or a voucher's use, by which the other calls name it.
    pub ride: String,
    /// The line, large, for a driver's eye.
    pub line: String,
    /// The number painted on the bus, large.
    pub bus: String,
    /// Who rides: the category's name and how many.
    pub passengers: Vec<PassengerWords>,
    /// What was charged.
    pub sum: Money,
    /// The sum with its sign.
    pub sum_text: String,
    /// When it was paid, ms since 1970.
    pub paid_ms: i64,
    /// How long ago that is, in words.
    pub paid_text: String,
    /// Until when it is valid, or that it ended.
    pub state_text: String,
    /// Whom to show it to.
    pub show_text: String,
    /// Whether it is valid now; a ticket that is not has no code.
    pub is_valid: bool,
    /// How the ride stands by the operator's word and the ticket's own end.
    pub state: RideState,
    /// In how many ms it says something else by itself: a minute more, a new code, the end. None once
    /// it is not valid any more.
    pub changes_in_ms: Option<u32>,
    /// The operator's colour and word of the day, for a driver's eye; none where they are not known, and
    /// on a ticket that is not valid.
    pub eye: Option<EyeView>,
}

/// Passengers of one category, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassengerWords {
    /// The category's name.
    pub category: String,
    /// How many.
    pub count: u8,
}

/// What the phone's key signs to show a ticket now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToSign {
    /// The slot of 15 s that it is for; give it back to [`Jol::present`].
    pub slot: u32,
    /// ECDSA with SHA-256 is over these bytes.
    pub message: Vec<u8>,
    /// How long the slot still lasts, in ms: 1 to 15,000.
    pub fresh_ms: u32,
}

impl Jol {
    /// The tickets: valid ones first, newest first; behind them those that ended within a day.
    ///
    /// A voucher's use stands among them until the operator made a ride of it.
    ///
    /// Needs no network, no position and no right clock. A ride ends by the operator's word or by the
    /// end that its ticket names; losing the position or leaving the bus never ends it.
    pub fn tickets(&self) -> Result<Vec<TicketView>, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let mut rides = rows::rides(records, i64::MIN, i64::MAX)?;
            rides.extend(uses(records));
            rides.sort_by_key(|ride| std::cmp::Reverse(ride.paid_ms));
            let shown: Vec<&Ride> = rides
                .iter()
                .filter(|ride| {
                    state_at(ride, now_ms) == RideState::Valid
                        || ride.ends_ms.saturating_add(SHOWN_AFTER_END_MS) > now_ms
                })
                .collect();
            let mut tickets = with_eyes(records, view, &shown, now_ms)?;
            tickets.sort_by_key(|ticket| !ticket.is_valid);
            Ok(tickets)
        })
    }

    /// One ticket, also of the archive.
    pub fn ticket(&self, ride: &str) -> Result<TicketView, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let ride = match rows::ride(records, ride)? {
                Some(ride) => ride,
                None => held(in_use(records, ride)?.map(|(_, _, ride)| ride))?,
            };
            let ticket = with_eyes(records, view, &[&ride], now_ms)?.pop();
            ticket.ok_or_else(|| JolError::not_found("ticket"))
        })
    }

    /// What the phone's key signs to show a ticket in this moment, or against an inspector's
    /// challenge (8 bytes). Ask again every 15 s while the ticket is on the screen.
    pub fn to_sign(&self, ride: &str, challenge: Option<&[u8]>) -> Result<ToSign, JolError> {
        let challenge = challenge_of(challenge)?;
        self.shared.look(|records, _| {
            let now_ms = self.shared.best_time_ms(records)?;
            let slot = slot_at(now_ms);
            let freshness = Freshness::of(slot, challenge);
            let message = match shown(records, ride)? {
                Shown::Use(voucher, used) => use_to_sign(&voucher, &used, freshness),
                Shown::Ticket(ticket) => crate::ticket::to_sign(&ticket, freshness),
            };
            Ok(ToSign { slot, message, fresh_ms: slot_left_ms(now_ms) })
        })
    }

    /// The ticket's code, with the phone's signature over [`Jol::to_sign`], DER or raw. Without a
    /// signature (no usable key) it is shown unsigned, and an inspector reads "device not proven".
    pub fn present(
        &self,
        ride: &str,
        slot: u32,
        challenge: Option<&[u8]>,
        signature: Option<&[u8]>,
    ) -> Result<QrCode, JolError> {
        let text = self.present_text(ride, slot, challenge, signature)?;
        QrCode::of(&text, Correction::L).map_err(|error| JolError::internal(&error.to_string()))
    }

    /// The text of the ticket's code: what a scanner reads.
    pub fn present_text(
        &self,
        ride: &str,
        slot: u32,
        challenge: Option<&[u8]>,
        signature: Option<&[u8]>,
    ) -> Result<String, JolError> {
        let challenge = challenge_of(challenge)?;
        let freshness = Freshness::of(slot, challenge);
        let ticket = match self.shared.look(|records, _| shown(records, ride))? {
            Shown::Ticket(ticket) => ticket,
            Shown::Use(voucher, used) => {
                // What anybody could copy is no voucher.
                let signature = signature.ok_or_else(|| JolError::bad("key"))?;
                let shown = ShownVoucher::assemble(&voucher, &used, freshness, signature);
                return Ok(shown.map_err(|_| JolError::BadSignature)?.to_text());
            }
        };
        let presentation = match signature {
            Some(signature) => {
                Presentation::assemble(&ticket, freshness, signature).map_err(|_| JolError::BadSignature)?
            }
            None => Presentation::unsigned(&ticket),
        };
        Ok(presentation.to_text())
    }
}

/// What an id shows.
enum Shown {
    Ticket(SignedToken),
    Use(SignedVoucher, Use),
}

fn shown(records: &Records<'_>, id: &str) -> Result<Shown, JolError> {
    match rows::ride(records, id)? {
        Some(ride) => signed(&ride).map(Shown::Ticket),
        None => match in_use(records, id)? {
            Some((voucher, one, _)) => Ok(Shown::Use(voucher, one.used)),
            None => Err(JolError::not_found("ticket")),
        },
    }
}

/// The uses of vouchers; a row that is damaged hides no ticket.
pub(super) fn uses(records: &Records<'_>) -> Vec<Ride> {
    rides_in_use(records).unwrap_or_else(|error| {
        eprintln!("jol: vouchers cannot be read: {error}");
        Vec::new()
    })
}

fn held(ride: Option<Ride>) -> Result<Ride, JolError> {
    ride.ok_or_else(|| JolError::not_found("ticket"))
}

fn signed(ride: &Ride) -> Result<SignedToken, JolError> {
    SignedToken::from_bytes(&ride.ticket).map_err(|_| JolError::BadSignature)
}

fn challenge_of(challenge: Option<&[u8]>) -> Result<Option<[u8; 8]>, JolError> {
    challenge.map(|bytes| bytes.try_into().map_err(|_| JolError::bad("code"))).transpose()
}

/// The ride's state by the operator's word, and by the end that its ticket names.
fn state_at(ride: &Ride, now_ms: i64) -> RideState {
    if ride.state == RideState::Valid && ride.ends_ms <= now_ms { RideState::Ended } else { ride.state }
}

/// The rides as tickets, the valid ones with the colour and the word of the day.
fn with_eyes(
    records: &Records<'_>,
    view: &View<'_>,
    rides: &[&Ride],
    now_ms: i64,
) -> Result<Vec<TicketView>, JolError> {
    let mut tickets: Vec<TicketView> =
        rides.iter().map(|ride| view_of(ride, now_ms, view.language)).collect();
    for (ticket, ride) in tickets.iter_mut().zip(rides).filter(|(_, ride)| ride.ticket.is_empty()) {
        ticket.say_offline(records, ride, now_ms, view.language)?;
    }
    // Nobody looks for the word on a ticket that ended, and verifying the list takes its time.
    if !tickets.iter().any(|ticket| ticket.is_valid) {
        return Ok(tickets);
    }
    if let Some(signs) = eye::kept_signs(records, view.keys.as_ref())? {
        for (ticket, ride) in tickets.iter_mut().zip(rides).filter(|(ticket, _)| ticket.is_valid) {
            ticket.eye = eye::eye_of(records, &signs, ride, now_ms)?;
        }
    }
    Ok(tickets)
}

fn view_of(ride: &Ride, now_ms: i64, language: Language) -> TicketView {
    let state = state_at(ride, now_ms);
    let minutes = now_ms.saturating_sub(ride.paid_ms).max(0) / MINUTE_MS;
    let sum = ride.fare.to_string();
    let state_text = match state {
        RideState::Valid => "valid-to-terminus",
        RideState::Ended => "ticket-ended",
        RideState::Refunded => "ticket-refunded",
        RideState::Replaced => "ticket-replaced",
    };
    TicketView {
        ride: ride.ride.clone(),
        line: ride.line.clone(),
        bus: ride.painted.clone(),
        passengers: ride.passengers.iter().map(|group| PassengerWords::of(group, language)).collect(),
        sum: ride.fare,
        sum_text: format!("{sum} ₸"),
        paid_ms: ride.paid_ms,
        paid_text: say(language, "minutes-since", &[("minutes", &minutes.to_string())]),
        state_text: say(language, state_text, &[]),
        show_text: say(language, "show-it", &[]),
        is_valid: state == RideState::Valid,
        state,
        changes_in_ms: (state == RideState::Valid).then(|| changes_in_ms(ride, now_ms)),
        eye: None,
    }
}

/// Of a valid ride: until the next slot, the next whole minute since it was paid, or its end.
fn changes_in_ms(ride: &Ride, now_ms: i64) -> u32 {
    let minute_ms = MINUTE_MS - now_ms.saturating_sub(ride.paid_ms).rem_euclid(MINUTE_MS);
    let nearest_ms = minute_ms.min(ride.ends_ms.saturating_sub(now_ms));
    u32::try_from(nearest_ms).unwrap_or(0).min(slot_left_ms(now_ms))
}

impl PassengerWords {
    pub(crate) fn of(group: &PassengerGroup, language: Language) -> PassengerWords {
        PassengerWords { category: group.category.name(language), count: group.count }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::pay::{Source, Way};

    const PAID_MS: i64 = 1_800_000_007_000;

    /// Two minutes on line 5, paid in the app.
    pub(in crate::jol) fn ride() -> Ride {
        Ride {
            ride: "r1".to_owned(),
            key: "k1".to_owned(),
            city: "sample".to_owned(),
            vehicle: "0547".to_owned(),
            painted: "547".to_owned(),
            plate: "0547 JL 06".to_owned(),
            line: "5".to_owned(),
            way: Way::App,
            source: Source::PhoneBalance,
            passengers: Vec::new(),
            fare: Money { tiyn: 12_000 },
            paid_ms: PAID_MS,
            boarding_stop: None,
            terminus: "s9".to_owned(),
            state: RideState::Valid,
            ends_ms: PAID_MS + 100_500,
            ticket: Vec::new(),
        }
    }

    fn view_at(now_ms: i64) -> TicketView {
        view_of(&ride(), now_ms, Language::En)
    }

    #[test]
    fn a_ticket_changes_with_the_slot_the_minute_and_the_end() {
        // Paid 7 s into a slot: that slot ends after 8 s, and so on every 15 s.
        assert_eq!(view_at(PAID_MS).changes_in_ms, Some(8_000));
        assert_eq!(view_at(PAID_MS + 8_000).changes_in_ms, Some(15_000));
        // 53 s after payment a slot begins, but the next change is the minute.
        assert_eq!(view_at(PAID_MS + 53_000).changes_in_ms, Some(7_000));
        assert_eq!(view_at(PAID_MS + 59_999).paid_text, "Paid 0 min ago");
        assert_eq!(view_at(PAID_MS + 60_000).paid_text, "Paid 1 min ago");
        // The last slot is cut by the end.
        assert_eq!(view_at(PAID_MS + 98_000).changes_in_ms, Some(2_500));
    }

    #[test]
    fn an_ended_ticket_changes_no_more() {
        let last = view_at(PAID_MS + 100_499);
        assert_eq!((last.is_valid, last.changes_in_ms), (true, Some(1)));
        let ended = view_at(PAID_MS + 100_500);
        assert_eq!((ended.is_valid, ended.changes_in_ms), (false, None));
    }

    #[test]
    fn a_ride_far_from_now_does_not_overflow() {
        let far = Ride { paid_ms: PAID_MS + 10 * MINUTE_MS, ends_ms: i64::MAX / 2, ..ride() };
        assert_eq!(view_of(&far, PAID_MS, Language::En).changes_in_ms, Some(8_000));
        let never = Ride { paid_ms: i64::MIN, ends_ms: i64::MAX, ..ride() };
        assert!(view_of(&never, i64::MIN, Language::En).is_valid);
    }
}
