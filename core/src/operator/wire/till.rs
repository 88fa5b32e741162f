//! A conductor's till: opening a shift, telling its sales, and what inspectors need for its numbers.

use super::{Base64, Secret};
use serde::{Deserialize, Serialize};

/// `POST /v1/till-shifts`: a conductor goes on shift. Staff only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillShiftRequest {
    /// In which city.
    pub city: String,
    /// On which bus it begins, by the operator's vehicle id.
    pub vehicle: String,
}

/// The shift is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillShift {
    /// The licence to sell, signed by a ticket key (`ticket::till`): for the key that this phone enrolled.
    pub licence: Base64,
    /// The till's index in numbers on paper, 0 to 999.
    pub index: u16,
    /// The secret of those numbers, 32 bytes.
    pub secret: Secret,
}

/// `POST /v1/sales`: what a till sold, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesRequest {
    /// The licence under which it was sold.
    pub licence: Base64,
    /// 1 to [`MOST_SALES`] sales; each follows on the one before.
    pub sales: Vec<SignedSale>,
}

/// The most sales of one request.
pub const MOST_SALES: usize = 100;

/// One sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSale {
    /// The sale as it was signed (`ticket::till::CashSale`).
    pub sale: Base64,
    /// By the phone that the licence names, 64 bytes.
    pub signature: Base64,
}

/// What the operator holds of the till now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesAnswer {
    /// A COSE_Sign1 by a receipt key (`ticket::till::Settlement`).
    pub settlement: Base64,
}

/// `GET /v1/till-keys`: the tills whose numbers may be shown now. Staff only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillKeys {
    /// One for each shift.
    pub tills: Vec<TillKey>,
}

/// What an inspector's phone needs to check the numbers of a till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillKey {
    /// The till, as its licence names it.
    pub till: u32,
    /// Its index in numbers on paper, 0 to 999.
    pub index: u16,
    /// The secret of the shift, 32 bytes.
    pub secret: Secret,
    /// When the shift begins, ms since 1970.
    pub from_ms: i64,
    /// When it ends.
    pub until_ms: i64,
}
