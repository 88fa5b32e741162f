//! Tickets for other phones: of the passenger, or of a companion.

use super::{Answer, Asked, Desk, Refusal, not_found};
use crate::sandbox::ride_rows::{at_moment, held};
use crate::sandbox::rules::handover::{self as rule, HeldTicket, Reissue};
use crate::sandbox::rules::problem;
use jol_core::entropy::random;
use jol_core::operator::wire::{Base64, RideAnswer, RideState, SendAnswer, SendRequest, problem as codes};
use jol_core::ticket::{PhoneKey, SignedToken, TicketId, Token, phone_key};
use jol_core::wallet::PassengerGroup;

pub(super) fn reissue(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let session = asked.session()?;
    let phone = asked.books.device(&session.account.account, session.device.as_ref())?;
    let phone = phone.and_then(|phone| phone.phone_key());
    let phone = phone.ok_or_else(|| problem(409, codes::NOT_ENROLLED, "this phone has no enrolled key"))?;
    let (ride, before) = held_ticket(asked)?;
    let issued = with_rule(asked, &ride, &before, |held| rule::reissue(held, &phone.point))?;
    if issued == Reissue::IsHere {
        return Ok(Answer::json(&at_moment(ride, asked.now_ms)));
    }
    asked.books.replace_held(&ride.ride)?;
    let ticket = desk.issue_again(asked, &ride, &before, phone, &ride.passengers, "held")?;
    let ride = RideAnswer { ticket, ..ride };
    asked.books.change_ride(&ride)?;
    Ok(Answer::json(&at_moment(ride, asked.now_ms)))
}

pub(super) fn send(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: SendRequest = asked.call.json()?;
    let bad = || problem(422, codes::BAD_REQUEST, "public_key: a compressed P-256 point");
    let point = phone_key::compress(&request.public_key.0).ok().filter(|point| request.public_key.0 == point);
    let point = point.ok_or_else(bad)?;
    let (ride, before) = held_ticket(asked)?;
    let sending = with_rule(asked, &ride, &before, |held| rule::send(held, &request))?;
    asked.books.replace_held(&ride.ride)?;
    // Nobody vouches for a phone that only showed its key.
    let other = PhoneKey { point, attested: false };
    let sent = desk.issue_again(asked, &ride, &before, other, &sending.sent, "sent")?;
    let ride = match (sending.left.is_empty(), before.phone) {
        (true, _) => RideAnswer { state: RideState::Replaced, ..ride },
        (false, Some(phone)) => {
            let ticket = desk.issue_again(asked, &ride, &before, phone, &sending.left, "held")?;
            RideAnswer { ticket, passengers: sending.left, ..ride }
        }
        (false, None) => {
            return Err(problem(409, codes::NOT_ENROLLED, "the ticket is for no phone's key").into());
        }
    };
    asked.books.change_ride(&ride)?;
    Ok(Answer::json(&SendAnswer { ride: at_moment(ride, asked.now_ms), sent }))
}

/// The ride that is asked about, if it is the passenger's, and what its ticket says.
fn held_ticket(asked: &Asked<'_>) -> Result<(RideAnswer, Token), Refusal> {
    let payer = &asked.session()?.account.account;
    let ride = asked.books.ride_of(payer, asked.id())?.ok_or_else(not_found)?;
    let token = SignedToken::from_bytes(&ride.ticket.0).and_then(|ticket| ticket.read_unverified());
    let token = token.map_err(|error| Refusal::Broken(format!("ride {}: {error}", ride.ride)))?;
    Ok((ride, token))
}

fn with_rule<T>(
    asked: &Asked<'_>,
    ride: &RideAnswer,
    ticket: &Token,
    rule: impl FnOnce(&HeldTicket<'_>) -> Result<T, jol_core::operator::wire::Problem>,
) -> Result<T, Refusal> {
    let reissued_ms = asked.books.reissued_ms(&ride.ride)?;
    Ok(rule(&HeldTicket {
        now_ms: asked.now_ms,
        ride: &held(ride),
        way: ride.way,
        passengers: &ticket.passengers,
        phone: ticket.phone.as_ref().map(|phone| phone.point.as_slice()),
        reissued_ms,
    })?)
}

impl Desk {
    /// A ticket that says what this one says, for another phone or other passengers.
    fn issue_again(
        &self,
        asked: &Asked<'_>,
        ride: &RideAnswer,
        before: &Token,
        phone: PhoneKey,
        passengers: &[PassengerGroup],
        standing: &str,
    ) -> Result<Base64, Refusal> {
        let index = asked.books.next_ticket_index()?;
        let token = Token {
            key: self.keys.ticket_key(),
            id: TicketId::new(index, random(&*self.entropy)),
            phone: Some(phone),
            passengers: passengers.to_vec(),
            replaces: Some(before.id),
            ..before.clone()
        };
        let ticket = self.ticket(&token).map_err(|error| Refusal::Broken(format!("ticket: {error}")))?;
        asked.books.put_ticket(index, &ride.ride, standing, asked.now_ms)?;
        Ok(Base64(ticket))
    }
}
