//! An operator without a network: a phone's calls go to its desk within the process, one after another.

use super::desk::{Call as Asked, Desk, OPERATIONS, Operation, Verb};
use super::ledger::LedgerError;
use super::{SandboxOptions, StartError, open_desk};
use axum::body::Bytes;
use jol_core::VERSION;
use jol_core::operator::outbox::{Call, Carried};
use jol_core::ticket::Root;

/// How long a call takes there and back, in ms.
const ROUND_TRIP_MS: i64 = 20;

/// An operator in the process of its phones. Nothing listens: `listen` and `tls` of its options are not used.
pub struct InProcess {
    desk: Desk,
}

impl InProcess {
    /// Opens its books and reads its packs.
    ///
    /// # Errors
    /// [`StartError`] names what could not be used.
    pub fn open(options: SandboxOptions) -> Result<InProcess, StartError> {
        Ok(InProcess { desk: open_desk(options, String::new())? })
    }

    /// What the app's list of operators says of this one.
    pub fn root(&self) -> Root {
        self.desk.keys().root()
    }

    /// Carries a call of a phone's outbox, and brings the answer. An operation that the contract does not have
    /// gets none.
    pub fn carry(&self, call: &Call) -> Carried {
        carry(&self.desk, call)
    }

    /// The digits of the last message that was sent to a number or address: the one-time code.
    pub fn last_code(&self, to: &str) -> Option<String> {
        self.desk.last_code(to)
    }

    /// What is wrong with its ledger; nothing, as long as it balances.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn ledger_faults(&self) -> Result<Vec<String>, LedgerError> {
        Ok(self.desk.lock().faults()?)
    }
}

/// What a desk answers to a call of a phone's outbox.
pub(crate) fn carry(desk: &Desk, call: &Call) -> Carried {
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    let verb = if call.post { Verb::Post } else { Verb::Get };
    let served = OPERATIONS.iter().filter(|served| served.verb == verb);
    let found = served.filter_map(|served| Some((served, values(served, path)?))).next();
    let Some((served, values)) = found else { return Carried::NoAnswer };
    let asked = Asked {
        path: values,
        query: query.to_owned(),
        body: Bytes::from(call.body.clone()),
        content_type: Some("application/json".to_owned()),
        token: call.bearer.clone(),
        key: call.post.then(|| call.key.clone()),
        version: VERSION.to_owned(),
        age_ms: call.age_ms,
    };
    let answer = desk.answer(served, &asked);
    let (status, body) = (answer.status, answer.body.to_vec());
    Carried::Answer { status, etag: None, body, round_trip_ms: ROUND_TRIP_MS, wait_ms: None }
}

/// The values in a path, if it is one of this operation.
fn values(served: &Operation, path: &str) -> Option<Vec<String>> {
    let (wanted, given) = (served.path.split('/'), path.split('/'));
    let mut values = Vec::new();
    if wanted.clone().count() != given.clone().count() {
        return None;
    }
    for (wanted, given) in wanted.zip(given) {
        if wanted.starts_with('{') {
            values.push(given.to_owned());
        } else if wanted != given {
            return None;
        }
    }
    Some(values)
}
