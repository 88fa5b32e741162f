use crate::jol::Jol;
use jol_core::jol::{JolError, Opening};
use jol_core::money::Money;
use jol_core::till::{CashQuote, ShiftReport, ShiftStanding, SoldTicket, Till as Core};
use jol_core::wallet::PassengerGroup;
use std::sync::Arc;

/// The conductor's side.
#[derive(uniffi::Object)]
pub struct Till(pub(crate) Core);

#[uniffi::export]
impl Till {
    #[uniffi::constructor]
    pub fn open(opening: Opening) -> Result<Arc<Till>, JolError> {
        Ok(Arc::new(Till(Core::open(opening)?)))
    }

    pub fn phone(&self) -> Arc<Jol> {
        Arc::new(Jol(self.0.jol()))
    }

    pub fn refresh(&self) -> Result<(), JolError> {
        self.0.refresh()
    }

    pub fn open_shift(&self, bus: &str) -> Result<(), JolError> {
        self.0.open_shift(bus)
    }

    pub fn shift(&self) -> Result<ShiftStanding, JolError> {
        self.0.shift()
    }

    pub fn quote(&self, bus: &str, passengers: Vec<PassengerGroup>) -> Result<CashQuote, JolError> {
        self.0.quote(bus, passengers)
    }

    pub fn sell(&self, quote: CashQuote, signature: Vec<u8>) -> Result<SoldTicket, JolError> {
        self.0.sell(&quote, &signature)
    }

    pub fn ticket(&self, serial: u16) -> Result<SoldTicket, JolError> {
        self.0.ticket(serial)
    }

    pub fn report(&self) -> Result<ShiftReport, JolError> {
        self.0.report()
    }

    pub fn close_shift(&self) -> Result<ShiftReport, JolError> {
        self.0.close_shift()
    }

    pub fn cash_in_purse(&self) -> Result<Money, JolError> {
        self.0.jol().cash_in_purse()
    }
}
