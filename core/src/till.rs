//! `Till`: the conductor's side, with a file of its own.
//!
//! A conductor signs in as staff, enrols the phone's key, and opens a shift while there is a network. From
//! then on rides are sold for cash without one: each sale is signed by the phone under the operator's
//! licence, written with its outbox row in one transaction, and given as a code and as numbers for paper.
//! They are rides of nobody's account, so no other way to pay answers with them; they end with the run.

pub(crate) mod rows;
mod sums;

pub use sums::{Price, RefusedSale, SaleState, ShiftReport, ShiftSum, SoldRide};

use crate::jol::{Jol, JolError, Opening};
use crate::money::Money;
use crate::operator::Refusal;
use crate::qr::QrCode;
use crate::wallet::PassengerGroup;
use std::sync::Arc;

/// Where a conductor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShiftStanding {
    /// No shift was opened, or the last one is closed.
    NoShift,
    /// The operator was asked and has not answered yet.
    Asked {
        /// On which bus it begins.
        bus: String,
    },
    /// The operator refused.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// Rides can be sold until its end.
    Open {
        /// The till, by the operator's number.
        till: u32,
        /// On which bus it began.
        bus: String,
        /// When it began, ms since 1970.
        from_ms: i64,
        /// When it ends.
        until_ms: i64,
        /// Whether that is over: then it waits to be closed.
        is_over: bool,
        /// What is in the purse from this shift.
        cash: Money,
    },
}

/// A sale before it is signed: say the sum, take the cash, sign, [`Till::sell`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashQuote {
    /// The number of its first passenger.
    pub serial: u16,
    /// The bus's painted number.
    pub bus: String,
    /// The line that it serves.
    pub line: String,
    /// Who rides.
    pub passengers: Vec<PassengerGroup>,
    /// What to take.
    pub fare: Money,
    /// The sale, as it is signed.
    pub sale: Vec<u8>,
    /// What the phone's key signs (ECDSA with SHA-256).
    pub to_sign: Vec<u8>,
}

/// What the passengers get: a code to print or to show, and a number for each on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldTicket {
    /// The number of the first passenger.
    pub serial: u16,
    /// The code, at most version 10.
    pub code: QrCode,
    /// The code's text, for a printer that draws codes by itself.
    pub text: String,
    /// One number of ten digits for each passenger. None where the shift's secret was lost.
    pub numbers: Vec<String>,
    /// The bus's painted number.
    pub bus: String,
    /// The line.
    pub line: String,
    /// Who rides.
    pub passengers: Vec<PassengerGroup>,
    /// What was paid.
    pub fare: Money,
    /// When, ms since 1970.
    pub sold_ms: i64,
    /// Until when it is valid at the latest.
    pub ends_ms: i64,
}

/// The conductor's side of Jol.
pub struct Till {
    jol: Arc<Jol>,
}

impl Till {
    /// Opens the conductor's file and starts the link. May take tens of milliseconds.
    pub fn open(opening: Opening) -> Result<Till, JolError> {
        Ok(Till { jol: Arc::new(Jol::open(opening)?) })
    }

    /// As [`Till::open`], with a clock and chance that a test holds in its hand.
    #[cfg(feature = "simulated")]
    pub fn open_simulated(
        opening: Opening,
        clock: Arc<dyn crate::clock::Clock>,
        entropy: Arc<dyn crate::entropy::Entropy>,
    ) -> Result<Till, JolError> {
        Ok(Till { jol: Arc::new(Jol::open_simulated(opening, clock, entropy)?) })
    }

    /// Signing in, this phone's key, the city, the link: as for any phone.
    pub fn jol(&self) -> Arc<Jol> {
        self.jol.clone()
    }

    /// Fetches what selling needs: keys, time, prices, buses.
    pub fn refresh(&self) -> Result<(), JolError> {
        self.jol.ask_for_selling()
    }

    /// Asks for a shift that begins on this bus, by its painted number. Needs the network; how it stands is
    /// told by [`Till::shift`].
    pub fn open_shift(&self, bus: &str) -> Result<(), JolError> {
        self.jol.open_shift(bus)
    }

    /// Where the conductor stands.
    pub fn shift(&self) -> Result<ShiftStanding, JolError> {
        self.jol.shift()
    }

    /// What these passengers pay in cash on this bus, and what the phone's key signs. Needs no network; the
    /// time is the operator's where it is known since the phone was started, else the phone's own.
    pub fn quote(&self, bus: &str, passengers: Vec<PassengerGroup>) -> Result<CashQuote, JolError> {
        self.jol.quote_cash(bus, passengers)
    }

    /// The cash is taken. Writes the sale, its ledger entry and its outbox row in one transaction. A quote
    /// that was sold already gives the same ticket; one that another sale overtook, or that is older than
    /// ten minutes, is made anew.
    ///
    /// `signature`: by the phone's key over `quote.to_sign`, DER or raw.
    pub fn sell(&self, quote: &CashQuote, signature: &[u8]) -> Result<SoldTicket, JolError> {
        self.jol.sell_cash(quote, signature)
    }

    /// The ticket of a sale of the last shift once more, by the number of its first passenger.
    pub fn ticket(&self, serial: u16) -> Result<SoldTicket, JolError> {
        self.jol.sold_ticket(serial)
    }

    /// What the last shift comes to so far.
    pub fn report(&self) -> Result<ShiftReport, JolError> {
        self.jol.shift_report()
    }

    /// The end of the shift: nothing is sold any more, what the operator has not taken is sent again, and
    /// this is what the shift comes to. Needs no network; once more gives the same, as it stands then.
    pub fn close_shift(&self) -> Result<ShiftReport, JolError> {
        self.jol.close_shift()
    }
}
