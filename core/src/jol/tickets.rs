use super::city::time_text;
use super::eye::{self, EyeView};
use super::refund::is_being_refunded;
use super::vouchers::{in_use, rides_in_use};
use super::{Jol, JolError, View};
use crate::account::rows as account;
use crate::money::Money;
use crate::operator::wire::RideState;
use crate::order;
use crate::pay::handover::{HandoverState, rows as handover};
use crate::pay::{Ride, Way, rows};
use crate::qr::{Correction, QrCode};
use crate::store::Records;
use crate::text::{Language, say};
use crate::ticket::voucher::use_to_sign;
use crate::ticket::{
    EndRule, Freshness, Presentation, SLOT_MS, ShownVoucher, SignedToken, SignedVoucher, Token, Use, slot_at,
    slot_left_ms,
};
use crate::wallet::PassengerGroup;

/// How long an ended ride stays among the tickets, in ms; Travel Details keep it for good.
const SHOWN_AFTER_END_MS: i64 = DAY_MS;
/// For so many slots after its own an answer to an inspector's challenge is on the screen.
const ANSWER_SLOTS: u32 = 2;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A ticket as a screen shows it, in the passenger's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketView {
    /// The ride, by which the other calls name it.
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
    /// Whom to show it to; of a ride that was paid elsewhere and whose ticket is bound to no phone, what shows it
    /// instead: the card, the number in the message or on the terminal.
    pub show_text: String,
    /// How it was paid.
    pub way: Way,
    /// The same in words.
    pub way_text: String,
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
    /// On which phone it can be shown.
    pub place: TicketPlace,
    /// Where it is not shown on this phone: why, and what can be done.
    pub place_text: Option<String>,
    /// Somebody else paid it and sent it to this phone.
    pub is_received: bool,
}

/// On which phone a ticket can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketPlace {
    /// On this one.
    Here,
    /// On another one of the passenger. A ticket for this one can be asked for ([`Jol::move_ticket_here`]).
    Elsewhere,
    /// On another one; a ticket for this one was asked for, and the answer is being waited for.
    Coming,
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
    /// The last slot in which to show what comes of it: its own. An answer to a challenge does not age and
    /// has two more, for an inspector to scan it at leisure.
    pub until_slot: u32,
    /// How long that is, in ms: 1 to 15,000, for an answer 30,001 to 45,000.
    pub fresh_ms: u32,
}

impl Jol {
    /// The tickets: valid ones first, newest first; behind them those that ended within a day. Those that
    /// somebody sent to this phone are among them.
    ///
    /// A voucher's use stands among them until the operator made a ride of it.
    ///
    /// Needs no network, no position and no right clock. A ride ends by the operator's word or by the
    /// end that its ticket names; losing the position or leaving the bus never ends it.
    pub fn tickets(&self) -> Result<Vec<TicketView>, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let mut shown = all_held(records)?;
            shown.retain(|held| {
                held.state_at(now_ms) == RideState::Valid
                    || held.ends_ms.saturating_add(SHOWN_AFTER_END_MS) > now_ms
            });
            let mut tickets = with_eyes(records, view, &shown, now_ms)?;
            order::sort_by_key(&mut tickets, |ticket| !ticket.is_valid);
            Ok(tickets)
        })
    }

    /// One ticket, also of the archive, by its ride or, if it was sent to this phone, by its own id.
    pub fn ticket(&self, ride: &str) -> Result<TicketView, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let held = held(records, ride)?;
            let ticket = with_eyes(records, view, &[held], now_ms)?.pop();
            ticket.ok_or_else(|| JolError::not_found("ticket"))
        })
    }

    /// What the phone's key signs to show a ticket in this moment, or against an inspector's
    /// challenge (8 bytes). Ask again every 15 s while the ticket is on the screen.
    pub fn to_sign(&self, ride: &str, challenge: Option<&[u8]>) -> Result<ToSign, JolError> {
        let challenge = challenge_of(challenge)?;
        self.shared.look(|records, _| {
            let now_ms = self.shared.best_time_ms(records)?;
            let freshness = Freshness::of(slot_at(now_ms), challenge);
            let message = match shown(records, ride)? {
                Shown::Use(voucher, used) => use_to_sign(&voucher, &used, freshness),
                Shown::Ticket(ticket) => crate::ticket::to_sign(&ticket, freshness),
            };
            Ok(ToSign::of(message, now_ms, challenge))
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
        code_of(&self.present_text(ride, slot, challenge, signature)?)
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

impl ToSign {
    /// These bytes, to be signed and shown from now on.
    pub(super) fn of(message: Vec<u8>, now_ms: i64, challenge: Option<[u8; 8]>) -> ToSign {
        let slot = slot_at(now_ms);
        let until_slot = slot.saturating_add(challenge.map_or(0, |_| ANSWER_SLOTS));
        let more_ms = u32::try_from(i64::from(until_slot - slot) * SLOT_MS).unwrap_or(0);
        let fresh_ms = slot_left_ms(now_ms) + more_ms;
        ToSign { slot, message, until_slot, fresh_ms }
    }
}

/// A ticket as it lies in the wallet: of a ride that was paid here, or received.
struct Held {
    id: String,
    city: String,
    line: String,
    /// None on one that was received: its ticket tells the painted number only.
    vehicle: Option<String>,
    painted: String,
    passengers: Vec<PassengerGroup>,
    /// None on one that was received: what was charged is not told there.
    fare: Option<Money>,
    paid_ms: i64,
    state: RideState,
    ends_ms: i64,
    ticket: Vec<u8>,
    /// Where the bus broke down: the buses on which it holds.
    continues_on: Vec<String>,
    way: Way,
    /// The key of its payment; of a ride that a terminal paid, the terminal's number for it.
    key: String,
}

impl From<Ride> for Held {
    fn from(ride: Ride) -> Held {
        Held {
            id: ride.ride,
            city: ride.city,
            line: ride.line,
            vehicle: Some(ride.vehicle),
            painted: ride.painted,
            passengers: ride.passengers,
            fare: Some(ride.fare),
            paid_ms: ride.paid_ms,
            state: ride.state,
            ends_ms: ride.ends_ms,
            ticket: ride.ticket,
            continues_on: ride.continues_on,
            way: ride.way,
            key: ride.key,
        }
    }
}

impl Held {
    /// A ticket that came from somebody else's phone; it was verified then.
    fn received(id: String, ticket: Vec<u8>) -> Option<Held> {
        let token = SignedToken::from_bytes(&ticket).and_then(|ticket| ticket.read_unverified()).ok()?;
        Some(Held {
            id,
            city: token.city,
            line: token.line,
            vehicle: None,
            painted: token.vehicle,
            passengers: token.passengers,
            fare: None,
            paid_ms: token.issued_s.saturating_mul(1_000),
            state: RideState::Valid,
            ends_ms: token.expires_s.saturating_mul(1_000),
            ticket,
            continues_on: Vec::new(),
            way: token.way,
            key: String::new(),
        })
    }

    fn signed(&self) -> Result<SignedToken, JolError> {
        SignedToken::from_bytes(&self.ticket).map_err(|_| JolError::BadSignature)
    }

    /// The state by the operator's word, and by the end that the ticket names.
    fn state_at(&self, now_ms: i64) -> RideState {
        match self.state {
            RideState::Valid if self.ends_ms <= now_ms => RideState::Ended,
            state => state,
        }
    }

    fn ridden(self, now_ms: i64) -> Option<Ridden> {
        let is_ridden = self.state_at(now_ms) == RideState::Valid && self.continues_on.is_empty();
        let vehicle = self.vehicle.filter(|_| is_ridden)?;
        Some(Ridden { vehicle, painted: self.painted, line: self.line })
    }

    /// What shows the ride to an inspector where no phone's key does.
    fn shown_by(&self, language: Language) -> String {
        let message = match self.way {
            Way::SmartCard | Way::QrCard => "show-card",
            Way::BankCard => "show-number",
            Way::Sms | Way::Messenger => "show-message",
            Way::Cash => "show-paper",
            Way::App | Way::BusQr | Way::Nfc | Way::Bluetooth => "show-it",
        };
        say(language, message, &[("number", &self.key)])
    }

    /// What the ticket says; none while it is a voucher's use.
    fn token(&self) -> Option<Token> {
        self.signed().ok().and_then(|ticket| ticket.read_unverified().ok())
    }
}

/// Whether a ticket is for the key of this phone, or for none.
fn is_for(token: Option<&Token>, own: Option<&[u8]>) -> bool {
    token.is_none_or(|token| token.phone.is_none_or(|phone| Some(phone.point.as_slice()) == own))
}

impl TicketView {
    /// Until when or where a valid ticket holds, if not to the last stop.
    fn say_end(
        &mut self,
        records: &Records<'_>,
        held: &Held,
        end: &EndRule,
        now_ms: i64,
        language: Language,
    ) -> Result<(), JolError> {
        let (message, fill) = match end {
            EndRule::Terminus => return Ok(()),
            EndRule::Minutes(_) => {
                ("valid-until", ("time", time_text(records, &held.city, held.ends_ms, now_ms, language)?))
            }
            EndRule::Zone(zone) => ("valid-in-zone", ("zone", zone.clone())),
        };
        self.state_text = say(language, message, &[(fill.0, &fill.1)]);
        Ok(())
    }
}

fn all_held(records: &Records<'_>) -> Result<Vec<Held>, JolError> {
    let rides = rows::rides(records, i64::MIN, i64::MAX)?.into_iter().map(Held::from);
    let received = handover::received(records)?.into_iter();
    let received = received.filter_map(|(id, bytes)| Held::received(id, bytes));
    let mut all: Vec<Held> = received.chain(uses(records).into_iter().map(Held::from)).chain(rides).collect();
    order::sort_by_key(&mut all, |held| std::cmp::Reverse(held.paid_ms));
    Ok(all)
}

/// What an id shows.
enum Shown {
    Ticket(SignedToken),
    Use(SignedVoucher, Use),
}

fn shown(records: &Records<'_>, id: &str) -> Result<Shown, JolError> {
    if let Some(held) = held_ticket(records, id)? {
        // Whoever gives a ride back shows its ticket no more.
        if is_being_refunded(records, id)? {
            return Err(JolError::bad("ride"));
        }
        return held.signed().map(Shown::Ticket);
    }
    match in_use(records, id)? {
        Some((voucher, one, _)) => Ok(Shown::Use(voucher, one.used)),
        None => Err(JolError::not_found("ticket")),
    }
}

/// The uses of vouchers; a row that is damaged hides no ticket.
pub(super) fn uses(records: &Records<'_>) -> Vec<Ride> {
    rides_in_use(records).unwrap_or_else(|error| {
        eprintln!("jol: vouchers cannot be read: {error}");
        Vec::new()
    })
}

/// How the ride of a ticket with these bytes, issued then, stands in this wallet; none if it is not here.
pub(super) fn standing_of(
    records: &Records<'_>,
    ticket: &[u8],
    issued_ms: i64,
    now_ms: i64,
) -> Result<Option<RideState>, JolError> {
    // A ticket may be moved or sent hours after it was paid, never days.
    let (from_ms, until_ms) = (issued_ms.saturating_sub(DAY_MS), issued_ms.saturating_add(DAY_MS));
    let rides = rows::rides(records, from_ms, until_ms)?.into_iter().map(Held::from);
    let received = handover::received(records)?.into_iter();
    let received = received.filter_map(|(id, bytes)| Held::received(id, bytes));
    let held = rides.chain(received).find(|held| held.ticket == ticket);
    Ok(held.map(|held| held.state_at(now_ms)))
}

/// What has a ticket of its own: a ride that was paid here, or what was received.
fn held_ticket(records: &Records<'_>, id: &str) -> Result<Option<Held>, JolError> {
    if let Some(ride) = rows::ride(records, id)? {
        return Ok(Some(ride.into()));
    }
    let received = handover::received(records)?.into_iter().find(|(known, _)| known == id);
    Ok(received.and_then(|(id, bytes)| Held::received(id, bytes)))
}

/// A bus that a ticket is for.
#[derive(Debug, PartialEq)]
pub(super) struct Ridden {
    pub(super) vehicle: String,
    pub(super) painted: String,
    pub(super) line: String,
}

/// The bus of a ticket that is valid now; none where others take along the passengers of one that broke down, and of
/// a ticket that was received.
pub(super) fn bus_of(records: &Records<'_>, id: &str, now_ms: i64) -> Result<Option<Ridden>, JolError> {
    let ridden = held(records, id)?.ridden(now_ms);
    Ok(if is_being_refunded(records, id)? { None } else { ridden })
}

fn held(records: &Records<'_>, id: &str) -> Result<Held, JolError> {
    if let Some(held) = held_ticket(records, id)? {
        return Ok(held);
    }
    let in_use = in_use(records, id)?.map(|(_, _, ride)| ride.into());
    in_use.ok_or_else(|| JolError::not_found("ticket"))
}

/// The code of a text that is shown for a moment.
pub(super) fn code_of(text: &str) -> Result<QrCode, JolError> {
    QrCode::of(text, Correction::L).map_err(|error| JolError::internal(&error.to_string()))
}

pub(super) fn challenge_of(challenge: Option<&[u8]>) -> Result<Option<[u8; 8]>, JolError> {
    challenge.map(|bytes| bytes.try_into().map_err(|_| JolError::bad("code"))).transpose()
}

/// The tickets as a screen shows them, the valid ones with the colour and the word of the day.
fn with_eyes(
    records: &Records<'_>,
    view: &View<'_>,
    all: &[Held],
    now_ms: i64,
) -> Result<Vec<TicketView>, JolError> {
    let mut tickets: Vec<TicketView> = all.iter().map(|held| view_of(held, now_ms, view.language)).collect();
    for (ticket, held) in tickets.iter_mut().zip(all).filter(|(_, held)| held.ticket.is_empty()) {
        let of = (held.city.as_str(), held.paid_ms, held.ends_ms);
        ticket.say_offline(records, of, now_ms, view.language)?;
    }
    let own = account::phone_key(records)?;
    for (ticket, held) in tickets.iter_mut().zip(all).filter(|(ticket, _)| ticket.is_valid) {
        if is_being_refunded(records, &held.id)? {
            (ticket.is_valid, ticket.changes_in_ms) = (false, None);
            ticket.state_text = say(view.language, "refund-asked", &[]);
            continue;
        }
        let token = held.token();
        if !is_for(token.as_ref(), own.as_deref()) {
            (ticket.place, ticket.place_text) = elsewhere(records, held, view.language)?;
        }
        if token.as_ref().is_some_and(|token| token.phone.is_none()) {
            ticket.show_text = held.shown_by(view.language);
        }
        if held.continues_on.is_empty()
            && let Some(end) = token.map(|token| token.end)
        {
            ticket.say_end(records, held, &end, now_ms, view.language)?;
        }
    }
    // Nobody looks for the word on a ticket that is not shown here, and verifying the list takes its time.
    let is_looked_at = |ticket: &TicketView| ticket.is_valid && ticket.place == TicketPlace::Here;
    if tickets.iter().any(is_looked_at)
        && let Some(signs) = eye::kept_signs(records, view.keys.as_ref())?
    {
        for (ticket, held) in tickets.iter_mut().zip(all).filter(|(ticket, _)| is_looked_at(ticket)) {
            ticket.eye = eye::eye_of(records, &signs, (&held.city, held.paid_ms), now_ms)?;
        }
    }
    Ok(tickets)
}

/// Of a ticket for another phone's key: whether one for this phone was asked for, in words.
fn elsewhere(
    records: &Records<'_>,
    held: &Held,
    language: Language,
) -> Result<(TicketPlace, Option<String>), JolError> {
    let asked = handover::of_ride(records, &held.id)?;
    let last = asked.into_iter().rfind(|handover| handover.phone.is_none()).map(|handover| handover.state);
    let say = |message| say(language, message, &[]);
    Ok(match last {
        Some(HandoverState::Asked) => (TicketPlace::Coming, Some(say("ticket-coming"))),
        Some(HandoverState::Refused { refusal }) => (TicketPlace::Elsewhere, Some(refusal.text(language))),
        _ => (TicketPlace::Elsewhere, Some(say("ticket-elsewhere"))),
    })
}

fn view_of(held: &Held, now_ms: i64, language: Language) -> TicketView {
    let state = held.state_at(now_ms);
    let minutes = now_ms.saturating_sub(held.paid_ms).max(0) / MINUTE_MS;
    let (next, buses) = (held.continues_on.len(), held.continues_on.join(", "));
    let state_text = match state {
        RideState::Valid if next > 0 => "valid-on-next",
        RideState::Valid => "valid-to-terminus",
        RideState::Ended => "ticket-ended",
        RideState::Refunded => "ticket-refunded",
        RideState::Replaced => "ticket-replaced",
    };
    TicketView {
        ride: held.id.clone(),
        line: held.line.clone(),
        bus: held.painted.clone(),
        passengers: held.passengers.iter().map(|group| PassengerWords::of(group, language)).collect(),
        sum: held.fare.unwrap_or(Money::ZERO),
        sum_text: held.fare.map_or_else(|| say(language, "ticket-received", &[]), |fare| format!("{fare} ₸")),
        paid_ms: held.paid_ms,
        paid_text: say(language, "minutes-since", &[("minutes", &minutes.to_string())]),
        state_text: say(language, state_text, &[("bus", &buses)]),
        show_text: say(language, "show-it", &[]),
        way: held.way,
        way_text: held.way.name(language),
        is_valid: state == RideState::Valid,
        state,
        changes_in_ms: (state == RideState::Valid).then(|| changes_in_ms(held, now_ms)),
        eye: None,
        place: TicketPlace::Here,
        place_text: None,
        is_received: held.fare.is_none(),
    }
}

/// Of a valid ticket: until the next slot, the next whole minute since it was paid, or its end.
fn changes_in_ms(held: &Held, now_ms: i64) -> u32 {
    let minute_ms = MINUTE_MS - now_ms.saturating_sub(held.paid_ms).rem_euclid(MINUTE_MS);
    let nearest_ms = minute_ms.min(held.ends_ms.saturating_sub(now_ms));
    u32::try_from(nearest_ms).unwrap_or(0).min(slot_left_ms(now_ms))
}

impl PassengerWords {
    pub(crate) fn of(group: &PassengerGroup, language: Language) -> PassengerWords {
        PassengerWords { category: group.category.name(language), count: group.count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pay::Source;

    const PAID_MS: i64 = 1_800_000_007_000;

    /// Two minutes on line 5, paid in the app.
    fn ride() -> Ride {
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
            continues_on: Vec::new(),
            fiscal: None,
            refund: None,
            corrects: None,
        }
    }

    fn view_at(now_ms: i64) -> TicketView {
        view_of(&ride().into(), now_ms, Language::En)
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
    fn an_answer_is_shown_for_two_slots_more() {
        let (slot, answer) = (ToSign::of(vec![], PAID_MS, None), ToSign::of(vec![], PAID_MS, Some([7; 8])));
        assert_eq!((slot.until_slot - slot.slot, slot.fresh_ms), (0, 8_000));
        assert_eq!((answer.until_slot - answer.slot, answer.fresh_ms), (2, 38_000));
        assert_eq!(slot_at(PAID_MS + 38_000), answer.until_slot + 1);
    }

    #[test]
    fn an_ended_ticket_changes_no_more() {
        let last = view_at(PAID_MS + 100_499);
        assert_eq!((last.is_valid, last.changes_in_ms), (true, Some(1)));
        let ended = view_at(PAID_MS + 100_500);
        assert_eq!((ended.is_valid, ended.changes_in_ms), (false, None));
    }

    #[test]
    fn nobody_asks_who_has_left_a_bus_that_broke_down_or_whose_ride_is_over() {
        let ridden = |ride: Ride, now_ms| Held::from(ride).ridden(now_ms).map(|bus| bus.vehicle);
        assert_eq!(ridden(ride(), PAID_MS).as_deref(), Some("0547"));
        assert_eq!(ridden(ride(), PAID_MS + 100_500), None);
        assert_eq!(ridden(Ride { state: RideState::Replaced, ..ride() }, PAID_MS), None);
        assert_eq!(ridden(Ride { continues_on: vec!["548".to_owned()], ..ride() }, PAID_MS), None);
    }

    #[test]
    fn a_ride_far_from_now_does_not_overflow() {
        let far = Ride { paid_ms: PAID_MS + 10 * MINUTE_MS, ends_ms: i64::MAX / 2, ..ride() };
        assert_eq!(view_of(&far.into(), PAID_MS, Language::En).changes_in_ms, Some(8_000));
        let never = Ride { paid_ms: i64::MIN, ends_ms: i64::MAX, ..ride() };
        assert!(view_of(&never.into(), i64::MIN, Language::En).is_valid);
    }
}
