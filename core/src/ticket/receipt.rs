//! The operator's signed word: what became of a sum of money, and what time it is.
//!
//! A receipt names the request that it answers by idempotency key and hash, so that the answer to
//! one payment cannot be passed off as another's, whatever carried it.

use super::cbor::{self, Items};
use super::{Domain, Envelope, SigningKey, TicketError, TicketId, TrustedKeys};
use crate::money::Money;
use ciborium::Value;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The format of a receipt and of a signed time.
const VERSION: u64 = 1;
/// The longest idempotency key, decline code or reference, in bytes.
pub const LONGEST_NAME: usize = 64;
/// The longest nonce of a question for the time, in bytes.
pub const LONGEST_NONCE: usize = 32;
/// No receipt and no signed time is longer, in bytes.
const LONGEST_BYTES: usize = 512;

/// What became of the money.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ReceiptOutcome {
    /// The ride is paid: the amount was charged now.
    Paid,
    /// The ride was paid before: nothing was charged now.
    AlreadyPaid,
    /// Nothing was charged.
    Declined {
        /// The contract's code of the reason.
        code: String,
    },
    /// The amount went back.
    Refunded,
    /// The amount is on the card, or waits for it at a validator.
    ToppedUp,
    /// The amount went from one card to another of the same account.
    Moved,
}

/// The operator's signed answer about money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The request's idempotency key.
    pub idempotency_key: String,
    /// The hash of the request, by [`request_hash`].
    pub request_hash: [u8; 32],
    /// What became of the money.
    pub outcome: ReceiptOutcome,
    /// How much of it; never negative.
    pub amount: Money,
    /// When, by the operator's clock, in ms since 1970.
    pub operator_time_ms: i64,
    /// The ticket that was paid, if any.
    pub ticket: Option<TicketId>,
    /// What a support line finds it by.
    pub reference: String,
}

/// The hash that a receipt names a request by: SHA-256 of the body's bytes, as they were sent.
pub fn request_hash(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

impl Receipt {
    /// Signs the receipt; gives a COSE_Sign1.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] for an empty or too long name, a negative amount or time;
    /// [`TicketError::Key`] if the key is not for receipts.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TicketError> {
        let payload = self.encode();
        match Receipt::decode(&payload) {
            Ok(read) if read == *self => Ok(Envelope::sign(Domain::Receipt, payload, key)?.to_bytes()),
            _ => Err(TicketError::OutOfBounds { field: "receipt" }),
        }
    }

    /// The operator's answer to the request with this idempotency key and hash.
    ///
    /// # Errors
    /// [`TicketError::OtherRequest`] if it answers another one, and what can be wrong with a
    /// signature or a format.
    pub fn verify(
        bytes: &[u8],
        keys: &TrustedKeys,
        idempotency_key: &str,
        request_hash: &[u8; 32],
    ) -> Result<Receipt, TicketError> {
        let receipt = Receipt::open(bytes, keys)?;
        if receipt.idempotency_key != idempotency_key || receipt.request_hash != *request_hash {
            return Err(TicketError::OtherRequest);
        }
        Ok(receipt)
    }

    /// Some answer of the operator's, to whatever request: for showing a receipt that was stored.
    ///
    /// # Errors
    /// What can be wrong with a signature or a format.
    pub fn open(bytes: &[u8], keys: &TrustedKeys) -> Result<Receipt, TicketError> {
        keys.open(Domain::Receipt, &envelope(bytes)?, |payload| {
            let receipt = Receipt::decode(payload)?;
            let signed_s = receipt.operator_time_ms / 1_000;
            Ok((receipt, Some(signed_s)))
        })
    }

    /// What it says, whoever signed it: for writing down one that was verified when it came.
    ///
    /// # Errors
    /// What can be wrong with a format.
    pub(crate) fn read_unverified(bytes: &[u8]) -> Result<Receipt, TicketError> {
        Receipt::decode(&envelope(bytes)?.payload)
    }

    fn encode(&self) -> Vec<u8> {
        let (outcome, code) = match &self.outcome {
            ReceiptOutcome::Paid => (0, None),
            ReceiptOutcome::AlreadyPaid => (1, None),
            ReceiptOutcome::Declined { code } => (2, Some(code)),
            ReceiptOutcome::Refunded => (3, None),
            ReceiptOutcome::ToppedUp => (4, None),
            ReceiptOutcome::Moved => (5, None),
        };
        cbor::encode(vec![
            VERSION.into(),
            cbor::text(&self.idempotency_key),
            cbor::bytes(&self.request_hash),
            outcome.into(),
            cbor::or_null(code, |code| cbor::text(code)),
            self.amount.tiyn.into(),
            self.operator_time_ms.into(),
            cbor::or_null(self.ticket, |id| cbor::bytes(&id.0)),
            cbor::text(&self.reference),
        ])
    }

    fn decode(payload: &[u8]) -> Result<Receipt, TicketError> {
        let most = i64::MAX as u64;
        let mut items = Items::read(payload, "receipt")?;
        items.version(VERSION)?;
        let receipt = Receipt {
            idempotency_key: items.text("idempotency key", LONGEST_NAME)?,
            request_hash: items.bytes("request hash")?,
            outcome: match (items.uint("outcome", 5)?, items.null()) {
                (0, true) => ReceiptOutcome::Paid,
                (1, true) => ReceiptOutcome::AlreadyPaid,
                (2, false) => ReceiptOutcome::Declined { code: items.text("code", LONGEST_NAME)? },
                (3, true) => ReceiptOutcome::Refunded,
                (4, true) => ReceiptOutcome::ToppedUp,
                (5, true) => ReceiptOutcome::Moved,
                _ => return Err(TicketError::Malformed { what: "outcome" }),
            },
            amount: Money::tiyn(items.uint("amount", most)? as i64),
            operator_time_ms: items.uint("time", most)? as i64,
            ticket: if items.null() { None } else { Some(TicketId(items.bytes("ticket")?)) },
            reference: items.text("reference", LONGEST_NAME)?,
        };
        items.end("receipt")?;
        Ok(receipt)
    }
}

/// The operator's time in answer to a nonce, for an [`Anchor`](crate::clock::Anchor).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTime {
    /// What the phone asked with; 1 to [`LONGEST_NONCE`] bytes.
    pub nonce: Vec<u8>,
    /// The operator's time when it answered, in ms since 1970.
    pub operator_time_ms: i64,
}

impl SignedTime {
    /// Signs the time with the receipt key; gives a COSE_Sign1.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] for an empty or too long nonce or a time before 1970;
    /// [`TicketError::Key`] if the key is not for receipts.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TicketError> {
        let payload = cbor::encode(vec![
            VERSION.into(),
            Value::Bytes(self.nonce.clone()),
            self.operator_time_ms.into(),
        ]);
        match SignedTime::decode(&payload) {
            Ok(read) if read == *self => Ok(Envelope::sign(Domain::Time, payload, key)?.to_bytes()),
            _ => Err(TicketError::OutOfBounds { field: "time" }),
        }
    }

    /// The operator's time, in ms since 1970, in answer to this nonce.
    ///
    /// # Errors
    /// [`TicketError::OtherRequest`] for another nonce's answer, and what can be wrong with a
    /// signature or a format.
    pub fn verify(bytes: &[u8], keys: &TrustedKeys, nonce: &[u8]) -> Result<i64, TicketError> {
        let time = keys.open(Domain::Time, &envelope(bytes)?, |payload| {
            let time = SignedTime::decode(payload)?;
            let signed_s = time.operator_time_ms / 1_000;
            Ok((time, Some(signed_s)))
        })?;
        if time.nonce == nonce { Ok(time.operator_time_ms) } else { Err(TicketError::OtherRequest) }
    }

    fn decode(payload: &[u8]) -> Result<SignedTime, TicketError> {
        let mut items = Items::read(payload, "time")?;
        items.version(VERSION)?;
        let nonce = items.some_bytes("nonce", LONGEST_NONCE)?;
        if nonce.is_empty() {
            return Err(TicketError::Malformed { what: "nonce" });
        }
        let operator_time_ms = items.uint("time", i64::MAX as u64)? as i64;
        items.end("time").map(|()| SignedTime { nonce, operator_time_ms })
    }
}

fn envelope(bytes: &[u8]) -> Result<Envelope, TicketError> {
    if bytes.len() > LONGEST_BYTES {
        return Err(TicketError::Malformed { what: "length of an answer" });
    }
    Envelope::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::fixtures::{self, NOW_MS};
    use crate::ticket::{KeyFault, Purpose};
    use proptest::prelude::*;

    fn paid() -> Receipt {
        Receipt {
            idempotency_key: "ride-1".to_owned(),
            request_hash: request_hash(b"{\"vehicle\":\"0547\"}"),
            outcome: ReceiptOutcome::Paid,
            amount: Money::tenge(120),
            operator_time_ms: NOW_MS,
            ticket: Some(TicketId::new(1_234, *b"abcd")),
            reference: "R-000017".to_owned(),
        }
    }

    fn declined() -> Receipt {
        let outcome = ReceiptOutcome::Declined { code: "corporate_line".to_owned() };
        Receipt { outcome, amount: Money::ZERO, ticket: None, ..paid() }
    }

    fn sign(receipt: &Receipt) -> Vec<u8> {
        receipt.sign(&fixtures::signing_key(Purpose::Receipt)).expect("within bounds")
    }

    #[test]
    fn an_answer_is_to_its_own_request_only() {
        let (keys, receipt) = (fixtures::trusted_keys(), paid());
        let bytes = sign(&receipt);
        let verify = |key, hash| Receipt::verify(&bytes, &keys, key, &hash);
        assert_eq!(verify("ride-1", receipt.request_hash), Ok(receipt.clone()));
        assert_eq!(verify("ride-2", receipt.request_hash), Err(TicketError::OtherRequest));
        let other = request_hash(b"{\"vehicle\":\"0548\"}");
        assert_eq!(verify("ride-1", other), Err(TicketError::OtherRequest));
        assert_eq!(Receipt::open(&bytes, &keys), Ok(receipt));
    }

    #[test]
    fn every_changed_bit_of_an_answer_is_refused() {
        let keys = fixtures::trusted_keys();
        let bytes = sign(&declined());
        assert_eq!(Receipt::open(&bytes, &keys), Ok(declined()));
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Receipt::open(&bytes, &keys).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn money_is_never_negative_and_names_have_bounds() {
        let long = "x".repeat(LONGEST_NAME + 1);
        let code = |code: &str| ReceiptOutcome::Declined { code: code.to_owned() };
        for receipt in [
            Receipt { amount: Money::tiyn(-1), ..paid() },
            Receipt { operator_time_ms: -1, ..paid() },
            Receipt { idempotency_key: String::new(), ..paid() },
            Receipt { idempotency_key: long.clone(), ..paid() },
            Receipt { reference: long.clone(), ..paid() },
            Receipt { outcome: code(""), ..paid() },
            Receipt { outcome: code(&long), ..paid() },
        ] {
            let refused = receipt.sign(&fixtures::signing_key(Purpose::Receipt));
            assert_eq!(refused, Err(TicketError::OutOfBounds { field: "receipt" }), "{receipt:?}");
        }
        let longest = "x".repeat(LONGEST_NAME);
        let largest = Receipt {
            idempotency_key: longest.clone(),
            outcome: code(&longest),
            amount: Money::tiyn(i64::MAX),
            reference: longest,
            ..paid()
        };
        assert_eq!(Receipt::open(&sign(&largest), &fixtures::trusted_keys()), Ok(largest));
    }

    #[test]
    fn only_the_receipt_key_speaks_of_money_and_it_signs_no_tickets() {
        let refused = paid().sign(&fixtures::signing_key(Purpose::Ticket));
        assert!(matches!(refused, Err(TicketError::Key { fault: KeyFault::OtherPurpose, .. })));
        // The time is signed by the same key, and is no receipt.
        let time = SignedTime { nonce: vec![1, 2, 3], operator_time_ms: NOW_MS };
        let bytes = time.sign(&fixtures::signing_key(Purpose::Receipt)).expect("within bounds");
        let keys = fixtures::trusted_keys();
        assert_eq!(Receipt::open(&bytes, &keys), Err(TicketError::BadSignature));
        assert_eq!(SignedTime::verify(&sign(&paid()), &keys, &[1, 2, 3]), Err(TicketError::BadSignature));
    }

    #[test]
    fn the_time_answers_one_nonce() {
        let keys = fixtures::trusted_keys();
        let key = fixtures::signing_key(Purpose::Receipt);
        let bytes = SignedTime { nonce: vec![7; 16], operator_time_ms: NOW_MS }.sign(&key).expect("signed");
        assert_eq!(SignedTime::verify(&bytes, &keys, &[7; 16]), Ok(NOW_MS));
        assert_eq!(SignedTime::verify(&bytes, &keys, &[7; 15]), Err(TicketError::OtherRequest));
        let sign = |nonce, operator_time_ms| SignedTime { nonce, operator_time_ms }.sign(&key).is_ok();
        assert!(!sign(vec![], NOW_MS) && !sign(vec![0; 33], NOW_MS) && !sign(vec![0; 32], -1));
        assert!(sign(vec![0; 32], NOW_MS));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let keys = fixtures::trusted_keys();
            let _ = Receipt::open(&bytes, &keys);
            let _ = SignedTime::verify(&bytes, &keys, &[]);
            let _ = Receipt::decode(&bytes);
            let _ = SignedTime::decode(&bytes);
        }
    }
}
