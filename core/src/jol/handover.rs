//! Tickets that go to another phone: to the passenger's new one, or to a companion's.

use super::answers::{Answer, unreadable};
use super::pay::together;
use super::tickets::code_of;
use super::{Jol, JolError, PassengerWords, Shared, View};
use crate::account::rows as account;
use crate::operator::outbox::{Call, Operation};
use crate::operator::wire::{Base64, RideAnswer, RideState, SendAnswer, SendRequest};
use crate::pay::handover::{Handover, HandoverState, rows as handover};
use crate::pay::{Ride, are_same, rows};
use crate::qr::QrCode;
use crate::store::{Records, StoreError};
use crate::text::{Language, say};
use crate::ticket::handover::{parcel_from_text, parcel_to_text, receiver_from_text, receiver_to_text};
use crate::ticket::{SignedToken, TicketError, TrustedKeys, phone_key};
use crate::wallet::PassengerGroup;

/// A ticket that was sent to a companion's phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentTicket {
    /// By which the other calls name it.
    pub key: String,
    /// Who rides with it.
    pub passengers: Vec<PassengerWords>,
    /// Whether its code can be shown to the companion's phone.
    pub is_ready: bool,
    /// How it stands, in words.
    pub text: String,
}

impl Jol {
    /// This phone's code, for somebody who wants to send a ticket to it: their phone scans it.
    pub fn receiver_code(&self) -> Result<QrCode, JolError> {
        code_of(&self.receiver_text()?)
    }

    /// The text of this phone's code.
    pub fn receiver_text(&self) -> Result<String, JolError> {
        let key = self.shared.look(|records, _| Ok(account::phone_key(records)?))?;
        let key = key.ok_or_else(|| JolError::bad("key"))?;
        Ok(receiver_to_text(&phone_key::compress(&key).map_err(|_| JolError::bad("key"))?))
    }

    /// Sends a ticket for some of a ride's passengers, or all, to the phone whose code was scanned. Needs
    /// the network; then [`Jol::sent_code`] is what that phone scans. Answers the key of the sending; the
    /// same wish again, while it has no answer, is the same sending.
    pub fn send_ticket(
        &self,
        ride: &str,
        receiver: &str,
        passengers: Vec<PassengerGroup>,
    ) -> Result<String, JolError> {
        let phone = receiver_from_text(receiver).map_err(|_| JolError::bad("code"))?;
        let passengers = together(passengers)?;
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            let held = self.shared.movable(records, ride)?;
            let on_it = |group: &PassengerGroup| {
                held.passengers.iter().any(|on| on.category == group.category && on.count >= group.count)
            };
            if !passengers.iter().all(on_it) {
                return Err(JolError::bad("passengers"));
            }
            if account::phone_key(records)?.is_some_and(|own| own == phone) {
                return Err(JolError::bad("code"));
            }
            let body = SendRequest { public_key: Base64(phone.to_vec()), passengers: passengers.clone() };
            let body = serde_json::to_vec(&body).map_err(StoreError::from)?;
            let path = format!("/v1/rides/{ride}/sends");
            let wish = (Operation::SendTicket, path.as_str(), body.as_slice());
            self.shared.hand_over(records, ride, Some(phone), passengers, wish)
        })
    }

    /// Asks for the ticket of a ride for this phone, when it is on another one of the passenger. It can be
    /// shown when the operator has answered; the other phone's then holds no longer.
    pub fn move_ticket_here(&self, ride: &str) -> Result<(), JolError> {
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            let held = self.shared.movable(records, ride)?;
            let path = format!("/v1/rides/{ride}/reissue");
            let wish = (Operation::Reissue, path.as_str(), b"".as_slice());
            self.shared.hand_over(records, ride, None, held.passengers, wish).map(|_| ())
        })
    }

    /// The tickets of a ride that were sent to companions, in the order in which they were.
    pub fn sent_tickets(&self, ride: &str) -> Result<Vec<SentTicket>, JolError> {
        self.shared.look(|records, view| {
            let all = handover::of_ride(records, ride)?.into_iter().filter(|one| one.phone.is_some());
            Ok(all.map(|one| sent_of(one, view.language)).collect())
        })
    }

    /// The code of a ticket that was sent: the companion's phone scans it. Once there, it needs this phone
    /// no more.
    pub fn sent_code(&self, key: &str) -> Result<QrCode, JolError> {
        code_of(&self.sent_text(key)?)
    }

    /// The text of that code.
    pub fn sent_text(&self, key: &str) -> Result<String, JolError> {
        let sent = self.shared.look(|records, _| Ok(handover::by_key(records, key)?))?;
        match sent.map(|sent| sent.state) {
            Some(HandoverState::Done { ticket: Some(ticket) }) => {
                let ticket = SignedToken::from_bytes(&ticket).map_err(|_| JolError::BadSignature)?;
                Ok(parcel_to_text(&ticket))
            }
            _ => Err(JolError::not_found("ticket")),
        }
    }

    /// Keeps a ticket that somebody sent to this phone, from the text of the code on theirs. Needs no
    /// network. Answers its id, by which [`Jol::ticket`] and [`Jol::to_sign`] know it.
    pub fn receive_ticket(&self, text: &str) -> Result<String, JolError> {
        let ticket = parcel_from_text(text).map_err(|_| JolError::bad("code"))?;
        self.act(|records, view| {
            let keys = view.keys.as_ref().ok_or(JolError::BadSignature)?;
            let token = ticket.verify(keys).map_err(|error| match error {
                TicketError::Malformed { .. } | TicketError::UnknownVersion { .. } => JolError::bad("code"),
                _ => JolError::BadSignature,
            })?;
            let own = account::phone_key(records)?.ok_or_else(|| JolError::bad("key"))?;
            if token.phone.is_none_or(|phone| own != phone.point) {
                return Err(JolError::bad("phone"));
            }
            let id = token.id.to_string();
            handover::receive(records, &id, &ticket.to_bytes(), self.shared.clock.wall_ms())?;
            Ok(id)
        })
    }
}

impl Shared {
    /// A ride whose ticket may go to another phone, as far as this phone knows.
    fn movable(&self, records: &Records<'_>, ride: &str) -> Result<Ride, JolError> {
        let ride = rows::ride(records, ride)?.ok_or_else(|| JolError::not_found("ticket"))?;
        let is_valid = ride.state == RideState::Valid && ride.ends_ms > self.best_time_ms(records)?;
        is_valid.then_some(ride).ok_or_else(|| JolError::bad("ride"))
    }

    /// Writes the wish and its outbox row; a wish that waits for its answer is not asked for twice.
    fn hand_over(
        &self,
        records: &Records<'_>,
        ride: &str,
        phone: Option<[u8; 33]>,
        passengers: Vec<PassengerGroup>,
        (operation, path, body): (Operation, &str, &[u8]),
    ) -> Result<String, JolError> {
        let waits = |one: &Handover| one.state == HandoverState::Asked && one.phone == phone;
        if let Some(first) = handover::of_ride(records, ride)?.into_iter().find(waits) {
            return Ok(first.key);
        }
        let (key, ride) = (self.new_key(), ride.to_owned());
        let wish = Handover { key: key.clone(), ride, phone, passengers, state: HandoverState::Asked };
        handover::add(records, &wish, self.clock.wall_ms())?;
        self.post(records, operation, &key, path, body, None)?;
        Ok(key)
    }

    /// The operator's answer to a wish to have a ticket on another phone. What it signed is looked at; an
    /// answer that is not what was asked for is asked for again.
    pub(super) fn take_handover(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(wish) = handover::by_key(records, &call.key)? else { return Ok(()) };
        if !answer.is_success() {
            return Ok(handover::refused(records, &call.key, &answer.refusal())?);
        }
        let (ride, sent) = match wish.phone {
            None => (answer.read::<RideAnswer>().map(Ride::from), None),
            Some(phone) => {
                let said = answer.read::<SendAnswer>().ok_or_else(|| unreadable(call))?;
                let keys = view.keys.as_ref().ok_or_else(|| unreadable(call))?;
                if !is_for(&said.sent.0, keys, &phone, &wish.passengers) {
                    return Err(unreadable(call));
                }
                (Some(Ride::from(said.ride)), Some(said.sent.0))
            }
        };
        let ride = ride.filter(|ride| ride.ride == wish.ride).ok_or_else(|| unreadable(call))?;
        let vouched = view.keys.as_ref().is_some_and(|keys| ride.is_vouched_for(keys));
        if !self.keep_ride(records, &ride, vouched)? {
            return Err(unreadable(call));
        }
        Ok(handover::done(records, &call.key, sent.as_deref())?)
    }
}

/// Whether the operator signed a ticket for this phone and these passengers.
fn is_for(ticket: &[u8], keys: &TrustedKeys, phone: &[u8; 33], passengers: &[PassengerGroup]) -> bool {
    let token = SignedToken::from_bytes(ticket).and_then(|ticket| ticket.verify(keys));
    token.is_ok_and(|token| {
        token.phone.is_some_and(|known| known.point == *phone) && are_same(&token.passengers, passengers)
    })
}

fn sent_of(sent: Handover, language: Language) -> SentTicket {
    let (is_ready, text) = match &sent.state {
        HandoverState::Asked => (false, say(language, "sent-waits", &[])),
        HandoverState::Done { .. } => (true, say(language, "sent-ready", &[])),
        HandoverState::Refused { refusal } => (false, refusal.text(language)),
    };
    let passengers = sent.passengers.iter().map(|group| PassengerWords::of(group, language)).collect();
    SentTicket { key: sent.key, passengers, is_ready, text }
}
