//! The passenger's cards, their categories, top-ups, linked bank cards, and the ledger of every tiyn.
//!
//! What it does not do: charge rides, which is `pay`'s; decide who gets which card, which is data
//! of the city (`city::fares`).

mod bank_link;
mod card;
mod category;
mod choice;
pub(crate) mod ledger;
mod lookup;
pub mod purchase;
pub(crate) mod rows;
mod top_up;

pub use bank_link::{BankLink, BankLinkStanding};
pub(crate) use card::form_text;
pub use card::{CardStanding, CardStep, CardView, REMINDER_DAYS, SourceView, last_day, rides_as};
pub use category::{Category, PassengerGroup};
pub use choice::Choices;
pub use lookup::{CardLookup, LookupStanding};
pub use purchase::{Offer, Purchase, PurchaseStanding};
pub use top_up::{TopUp, TopUpStanding, masked};
