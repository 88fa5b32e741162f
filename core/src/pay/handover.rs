//! Tickets that go to another phone.

pub(crate) mod rows;

use crate::operator::Refusal;
use crate::wallet::PassengerGroup;

/// A wish to have a ticket on another phone, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handover {
    /// Its idempotency key.
    pub(crate) key: String,
    /// The ride.
    pub(crate) ride: String,
    /// The companion's phone; none for this one.
    pub(crate) phone: Option<[u8; 33]>,
    /// Who rides with it.
    pub(crate) passengers: Vec<PassengerGroup>,
    /// What became of it.
    pub(crate) state: HandoverState,
}

/// What became of a wish to have a ticket on another phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HandoverState {
    /// The operator has not answered.
    Asked,
    /// It is done; with the ticket for the companion's phone.
    Done { ticket: Option<Vec<u8>> },
    /// The operator refused.
    Refused { refusal: Refusal },
}
