//! Faults on demand: the next so many calls of an operation are late, lost, doubled, refused or spoilt.

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// What goes wrong, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Which calls: an `operationId` of the contract, the first part of a path (`payments` is both
    /// `POST /v1/payments` and `GET /v1/payments/{key}`), or `*`.
    pub operation: String,
    /// What happens to them.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How often; once if it is not said.
    #[serde(default = "once")]
    pub times: u32,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FaultKind {
    /// It is carried out after so many ms.
    Delay {
        /// How late.
        ms: u64,
    },
    /// The connection ends before anything was done.
    DropRequest,
    /// It is carried out, and the connection ends before the answer.
    DropAnswer,
    /// It is carried out twice, as if the network had doubled it; the second answer is given.
    Repeat,
    /// Nothing is done, and this status answered.
    Status {
        /// 400 to 599.
        status: u16,
    },
    /// It is carried out, and the lowest bit of this byte of the answer is flipped (counted around its end).
    Flip {
        /// Which byte, from 0.
        byte: usize,
    },
    /// It is carried out, and the answer ends after so many bytes as if it were whole.
    CutShort {
        /// How many, at most.
        bytes: usize,
    },
    /// It is carried out, and something else altogether comes back: a page of a network that wants a login.
    LoginPage,
}

/// What a network that wants a login says instead of any answer.
const LOGIN_PAGE: &str = "<!doctype html><title>Wi-Fi</title><form action=/login>Sign in</form>";

impl FaultKind {
    /// What becomes of an answer on its way.
    pub(super) fn spoil(self, body: Bytes) -> Bytes {
        match self {
            FaultKind::Flip { byte } if !body.is_empty() => {
                let mut spoilt = body.to_vec();
                let at = byte % spoilt.len();
                spoilt.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
                spoilt.into()
            }
            FaultKind::CutShort { bytes } => body.slice(..bytes.min(body.len())),
            FaultKind::LoginPage => Bytes::from_static(LOGIN_PAGE.as_bytes()),
            _ => body,
        }
    }
}

fn once() -> u32 {
    1
}

/// The faults that are still to come; a restart forgets them.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// One more.
    pub fn add(&self, fault: Fault) {
        self.list().push(fault);
    }

    /// None any more.
    pub fn clear(&self) {
        self.list().clear();
    }

    /// What goes wrong with this call: the fault that was asked for first.
    pub fn next(&self, operation: &str, path: &str) -> Option<FaultKind> {
        let first = path.trim_start_matches("/v1/").split('/').next().unwrap_or_default();
        let mut list = self.list();
        let place =
            list.iter().position(|fault| [operation, first, "*"].contains(&fault.operation.as_str()))?;
        let fault = list.get_mut(place)?;
        let kind = fault.kind;
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            list.remove(place);
        }
        Some(kind)
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_its_operation_so_often_and_no_other() {
        let faults = Faults::default();
        let fault = |text: &str| serde_json::from_str::<Fault>(text).expect("a fault");
        faults.add(fault(r#"{"operation":"payments","kind":"drop_answer","times":2}"#));
        faults.add(fault(r#"{"operation":"pay","kind":"delay","ms":5}"#));
        faults.add(fault(r#"{"operation":"*","kind":"status","status":503}"#));
        assert_eq!(faults.next("pay", "/v1/payments"), Some(FaultKind::DropAnswer));
        assert_eq!(faults.next("readPayment", "/v1/payments/{key}"), Some(FaultKind::DropAnswer));
        assert_eq!(faults.next("pay", "/v1/payments"), Some(FaultKind::Delay { ms: 5 }));
        assert_eq!(faults.next("listCards", "/v1/cards"), Some(FaultKind::Status { status: 503 }));
        assert_eq!(faults.next("pay", "/v1/payments"), None);
    }

    #[test]
    fn a_spoilt_answer_is_another_one() {
        let spoilt = |fault: &str, body: &str| {
            let fault: Fault = serde_json::from_str(fault).expect("a fault");
            let body = fault.kind.spoil(Bytes::copy_from_slice(body.as_bytes()));
            String::from_utf8(body.into()).expect("a text")
        };
        assert_eq!(spoilt(r#"{"operation":"*","kind":"flip","byte":5}"#, "abc"), "abb");
        assert_eq!(spoilt(r#"{"operation":"*","kind":"flip","byte":5}"#, ""), "");
        assert_eq!(spoilt(r#"{"operation":"*","kind":"cut_short","bytes":1}"#, "abc"), "a");
        assert_eq!(spoilt(r#"{"operation":"*","kind":"login_page"}"#, "abc"), LOGIN_PAGE);
        assert_eq!(spoilt(r#"{"operation":"*","kind":"drop_answer"}"#, "abc"), "abc");
    }
}
