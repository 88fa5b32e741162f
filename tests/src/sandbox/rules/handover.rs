//! A ride's ticket for another phone: the passenger's new one, or a companion's.
//!
//! Who is on a ticket is on one ticket: a new one takes the place of the one before, and what was sent is
//! sent no second time, since the operator holds it for nobody's account.

use super::payments::grouped;
use super::problem;
use super::rides::HeldRide;
use jol_core::operator::wire::{Problem, RideState, SendRequest, problem as codes};
use jol_core::pay::Way;
use jol_core::wallet::PassengerGroup;

/// A ticket is issued for another phone of its passenger no more often.
pub const REISSUE_EVERY_MS: i64 = 60_000;

/// What the operator holds of a ride whose ticket is to go to another phone.
#[derive(Clone, Copy, Debug)]
pub struct HeldTicket<'a> {
    /// Now, ms since 1970.
    pub now_ms: i64,
    /// The ride.
    pub ride: &'a HeldRide,
    /// How it was paid.
    pub way: Way,
    /// Who is on its ticket.
    pub passengers: &'a [PassengerGroup],
    /// The phone's key that the ticket is for; none if the phone that paid had no key.
    pub phone: Option<&'a [u8]>,
    /// When the ticket last went to another phone of the passenger.
    pub reissued_ms: Option<i64>,
}

/// What a passenger's wish to show a ride's ticket on this phone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reissue {
    /// It is this phone's already.
    IsHere,
    /// A new ticket is issued.
    Issued,
}

/// A ticket that is sent, and what stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Who rides with the other phone.
    pub sent: Vec<PassengerGroup>,
    /// Who stays on the ticket; nobody, if all were sent.
    pub left: Vec<PassengerGroup>,
}

/// Whether a ride's ticket is issued for this phone of its passenger.
pub fn reissue(held: &HeldTicket<'_>, to: &[u8]) -> Result<Reissue, Problem> {
    may_move(held)?;
    if held.phone == Some(to) {
        return Ok(Reissue::IsHere);
    }
    if held.reissued_ms.is_some_and(|at_ms| held.now_ms < at_ms.saturating_add(REISSUE_EVERY_MS)) {
        return Err(problem(429, codes::SLOW_DOWN, "a ticket goes to another phone once a minute"));
    }
    Ok(Reissue::Issued)
}

/// Whether a ticket for some of a ride's passengers is issued for somebody else's phone.
pub fn send(held: &HeldTicket<'_>, request: &SendRequest) -> Result<Sending, Problem> {
    let bad = |title| Err(problem(422, codes::BAD_REQUEST, title));
    let Some(sent) = grouped(&request.passengers) else {
        return bad("passengers: 1 to 20, at most 15 of a category");
    };
    if Some(request.public_key.0.as_slice()) == held.phone {
        return bad("public_key: the phone that has the ticket");
    }
    may_move(held)?;
    let mut left = held.passengers.to_vec();
    for group in &sent {
        let on_it = left.iter_mut().find(|left| left.category == group.category);
        match on_it.and_then(|on_it| Some((on_it.count.checked_sub(group.count)?, on_it))) {
            Some((count, on_it)) => on_it.count = count,
            None => return Err(problem(409, codes::NOT_ON_TICKET, "they are not on the ticket")),
        }
    }
    left.retain(|group| group.count > 0);
    Ok(Sending { sent, left })
}

/// A tap's ticket stays with the card: it would be shown twice.
fn may_move(held: &HeldTicket<'_>) -> Result<(), Problem> {
    if held.way == Way::SmartCard {
        return Err(problem(409, codes::NOT_ON_TICKET, "the ride was paid with a card at a terminal"));
    }
    match held.ride.state_at(held.now_ms) {
        RideState::Valid => Ok(()),
        _ => Err(problem(409, codes::RIDE_OVER, "the ride's ticket holds no longer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::money::Money;
    use jol_core::operator::wire::Base64;
    use jol_core::wallet::Category;
    use proptest::prelude::*;

    const NOW: i64 = 1_789_000_000_000;

    fn ride() -> HeldRide {
        HeldRide {
            ride: "r".into(),
            key: "k".into(),
            vehicle: "0547".into(),
            line: "5".into(),
            fare: Money::tenge(300),
            asked_ms: NOW - 60_000,
            paid_ms: NOW - 60_000,
            ends_ms: NOW + 60_000,
            state: RideState::Valid,
            continues_on: Vec::new(),
            corrects: None,
        }
    }

    fn of(category: Category, count: u8) -> PassengerGroup {
        PassengerGroup { category, count }
    }

    fn held<'a>(ride: &'a HeldRide, passengers: &'a [PassengerGroup]) -> HeldTicket<'a> {
        let phone = Some([2_u8; 33].as_slice());
        HeldTicket { now_ms: NOW, ride, way: Way::App, passengers, phone, reissued_ms: None }
    }

    fn request(passengers: Vec<PassengerGroup>) -> SendRequest {
        SendRequest { public_key: Base64(vec![3; 33]), passengers }
    }

    #[test]
    fn a_ticket_goes_to_another_phone_of_its_passenger_once_a_minute() {
        let (ride, two) = (ride(), [of(Category::Standard, 2)]);
        let held = held(&ride, &two);
        assert_eq!(reissue(&held, &[3; 33]), Ok(Reissue::Issued));
        assert_eq!(reissue(&held, &[2; 33]), Ok(Reissue::IsHere));
        let at = |reissued_ms| HeldTicket { reissued_ms: Some(reissued_ms), ..held };
        let code = |held| reissue(&held, &[3; 33]).expect_err("refused").code;
        assert_eq!(code(at(NOW - REISSUE_EVERY_MS + 1)), codes::SLOW_DOWN);
        assert_eq!(reissue(&at(NOW - REISSUE_EVERY_MS), &[3; 33]), Ok(Reissue::Issued));
        assert_eq!(reissue(&at(NOW), &[2; 33]), Ok(Reissue::IsHere), "asked again, nothing is issued");
        assert_eq!(code(HeldTicket { now_ms: NOW + 60_000, ..held }), codes::RIDE_OVER);
        assert_eq!(code(HeldTicket { way: Way::SmartCard, ..held }), codes::NOT_ON_TICKET);
        let refunded = HeldRide { state: RideState::Refunded, ..ride.clone() };
        assert_eq!(code(HeldTicket { ride: &refunded, ..held }), codes::RIDE_OVER);
    }

    #[test]
    fn companions_leave_the_ticket_that_they_were_on() {
        let (ride, three) = (ride(), [of(Category::Standard, 2), of(Category::Child, 1)]);
        let held = held(&ride, &three);
        let sent = vec![of(Category::Standard, 1), of(Category::Child, 1)];
        let left = vec![of(Category::Standard, 1)];
        assert_eq!(send(&held, &request(sent.clone())), Ok(Sending { sent, left }));
        assert_eq!(send(&held, &request(three.to_vec())).expect("all of them").left, []);
        let code = |held: &HeldTicket<'_>, request| send(held, &request).expect_err("refused").code;
        for many in [of(Category::Standard, 3), of(Category::School, 1), of(Category::Child, 2)] {
            assert_eq!(code(&held, request(vec![many])), codes::NOT_ON_TICKET, "{many:?}");
        }
        assert_eq!(code(&held, request(vec![])), codes::BAD_REQUEST);
        let to_itself = SendRequest { public_key: Base64(vec![2; 33]), ..request(three.to_vec()) };
        assert_eq!(code(&held, to_itself), codes::BAD_REQUEST);
        let over = HeldTicket { now_ms: NOW + 60_000, ..held };
        assert_eq!(code(&over, request(three.to_vec())), codes::RIDE_OVER);
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_nobody_is_on_two_tickets(
            on in prop::collection::vec(0..5_u8, 4),
            sent in prop::collection::vec(0..5_u8, 4),
        ) {
            let groups = |counts: &[u8]| -> Vec<PassengerGroup> {
                let all = Category::ALL.into_iter().zip(counts);
                all.map(|(category, count)| of(category, *count)).filter(|group| group.count > 0).collect()
            };
            let (ride, on_it) = (ride(), groups(&on));
            let fits = on.iter().zip(&sent).all(|(on, sent)| sent <= on) && sent.iter().any(|count| *count > 0);
            match send(&held(&ride, &on_it), &request(groups(&sent))) {
                Ok(sending) => {
                    prop_assert!(fits);
                    let left: Vec<u8> = on.iter().zip(&sent).map(|(on, sent)| on - sent).collect();
                    prop_assert_eq!(sending, Sending { sent: groups(&sent), left: groups(&left) });
                }
                Err(_) => prop_assert!(!fits),
            }
        }
    }
}
