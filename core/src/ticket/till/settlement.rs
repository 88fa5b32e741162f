//! What the operator holds of a till, in its own signed words.

use super::TillId;
use crate::money::Money;
use crate::ticket::cbor::{self, Items};
use crate::ticket::{Domain, Envelope, SigningKey, TicketError, TrustedKeys};

const VERSION: u64 = 1;
/// No settlement is longer, in bytes.
const LONGEST_BYTES: usize = 160;

/// How far a till's sales have come to the operator. It counts from the first passenger of the shift, so an
/// old one that is told again says less and nothing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The till.
    pub till: TillId,
    /// The number of the last passenger up to whom nothing is missing; 0 if none came.
    pub through: u16,
    /// What was taken for them, which the conductor holds in cash.
    pub cash: Money,
    /// When, by the operator's clock, in ms since 1970.
    pub at_ms: i64,
}

impl Settlement {
    /// Signs it with the receipt key; gives a COSE_Sign1.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] for a negative sum or time; [`TicketError::Key`] if the key is not for
    /// receipts.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TicketError> {
        let payload = cbor::encode(vec![
            VERSION.into(),
            cbor::bytes(&self.till.0.to_be_bytes()),
            self.through.into(),
            self.cash.tiyn.into(),
            self.at_ms.into(),
        ]);
        match Settlement::decode(&payload) {
            Ok(read) if read == *self => Ok(Envelope::sign(Domain::Settlement, payload, key)?.to_bytes()),
            _ => Err(TicketError::OutOfBounds { field: "settlement" }),
        }
    }

    /// The operator's word, if it signed it.
    ///
    /// # Errors
    /// What can be wrong with a signature or a format.
    pub fn open(bytes: &[u8], keys: &TrustedKeys) -> Result<Settlement, TicketError> {
        if bytes.len() > LONGEST_BYTES {
            return Err(TicketError::Malformed { what: "settlement" });
        }
        keys.open(Domain::Settlement, &Envelope::from_bytes(bytes)?, |payload| {
            let settlement = Settlement::decode(payload)?;
            Ok((settlement, Some(settlement.at_ms / 1_000)))
        })
    }

    fn decode(payload: &[u8]) -> Result<Settlement, TicketError> {
        let most = i64::MAX as u64;
        let mut items = Items::read(payload, "settlement")?;
        items.version(VERSION)?;
        let settlement = Settlement {
            till: TillId(u32::from_be_bytes(items.bytes("till")?)),
            // The bounds make them fit.
            through: items.uint("through", u64::from(u16::MAX))? as u16,
            cash: Money::tiyn(items.uint("cash", most)? as i64),
            at_ms: items.uint("time", most)? as i64,
        };
        items.end("settlement")?;
        Ok(settlement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::fixtures::{self, NOW_MS};
    use crate::ticket::{Purpose, Receipt};

    #[test]
    fn only_the_receipt_key_s_word_is_believed_and_it_is_no_receipt() {
        let keys = fixtures::trusted_keys();
        let said = Settlement { till: TillId(7), through: 12, cash: Money::tenge(900), at_ms: NOW_MS };
        let signed = said.sign(&fixtures::signing_key(Purpose::Receipt)).expect("signed");
        assert_eq!(Settlement::open(&signed, &keys), Ok(said));
        assert!(said.sign(&fixtures::signing_key(Purpose::Ticket)).is_err());
        assert!(Receipt::open(&signed, &keys).is_err());
        for place in 0..signed.len() {
            let mut changed = signed.clone();
            changed[place] ^= 1;
            assert!(Settlement::open(&changed, &keys).is_err(), "byte {place}");
            assert!(Settlement::open(&signed[..place], &keys).is_err(), "cut at {place}");
        }
        let negative = Settlement { cash: Money::tiyn(-1), ..said };
        assert!(negative.sign(&fixtures::signing_key(Purpose::Receipt)).is_err());
    }
}
