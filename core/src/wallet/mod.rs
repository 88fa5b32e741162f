//! The passenger's cards, their categories, top-ups, linked bank cards, and the ledger of every tiyn.
//!
//! What it does not do: charge rides, which is `pay`'s; decide who gets which card, which is data
//! of the city (`city::fares`).

mod bank_link;
mod category;
pub(crate) mod ledger;
pub(crate) mod rows;
mod top_up;

pub use bank_link::{BankLink, BankLinkStanding};
pub use category::{Category, PassengerGroup};
pub use top_up::{TopUp, TopUpStanding, masked};
