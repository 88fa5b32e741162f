//! The passenger's account: terms of use, signing in by a one-time code, this phone's key.
//!
//! Pure but for [`rows`]. What it does not do: send anything; its requests are rows of the outbox.

mod contact;
mod phone;
pub(crate) mod rows;

pub use contact::{Contact, ContactError};
pub use phone::Phone;

use crate::operator::Refusal;
use serde::{Deserialize, Serialize};

/// Where the passenger stands on the way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The terms of use.
    pub terms: TermsState,
    /// The sign-in.
    pub sign_in: SignIn,
    /// This phone's key.
    pub device: DeviceState,
    /// Why the last step did not succeed, until the next one is tried.
    pub refusal: Option<Refusal>,
}

/// How the terms of use stand. A new version is shown before the next payment; tickets that are
/// held stay valid and show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermsState {
    /// They were not fetched yet.
    Unknown,
    /// This version waits to be accepted.
    Waiting {
        /// The version.
        version: u32,
        /// An earlier version was accepted; what changed is in the terms.
        changed: bool,
    },
    /// The present version is accepted.
    Accepted {
        /// The version.
        version: u32,
    },
}

/// How far a sign-in is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SignIn {
    /// Nobody is signed in.
    #[default]
    SignedOut,
    /// A code was asked for.
    Asking {
        /// Where it goes.
        to: String,
    },
    /// A code was sent.
    CodeSent {
        /// Where it went.
        to: String,
        /// Names this sign-in to the operator.
        sign_in: String,
        /// Until when the code can be entered, ms since 1970.
        expires_ms: i64,
        /// How many digits it has.
        code_length: u8,
    },
    /// The code is being checked.
    Checking {
        /// Where it went.
        to: String,
        /// Names this sign-in to the operator.
        sign_in: String,
        /// As in `CodeSent`, to go back to it when the code was wrong.
        expires_ms: i64,
        /// As in `CodeSent`.
        code_length: u8,
    },
    /// Signed in.
    SignedIn {
        /// With this number or address.
        to: String,
        /// The account's id.
        account: String,
    },
}

/// How far the enrolment of this phone's key is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum DeviceState {
    /// The shell makes a key and signs.
    #[default]
    NotEnrolled,
    /// The operator was asked.
    Enrolling,
    /// The operator knows this phone's key.
    Enrolled {
        /// The device's id.
        device: String,
        /// Whether the platform vouched for the key.
        attested: bool,
        /// Until when it must wait before it may spend, ms since 1970.
        waits_until_ms: Option<i64>,
    },
}

/// What was accepted, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AcceptedTerms {
    pub(crate) version: u32,
    pub(crate) at_ms: i64,
}

/// The session: sealed in the wallet, added to requests when they are sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionSecret {
    pub(crate) token: String,
    pub(crate) nonce: Vec<u8>,
    #[serde(default)]
    pub(crate) staff: bool,
}

/// How the terms stand, from what is published and what was accepted.
pub(crate) fn terms_state(published: Option<u32>, accepted: Option<AcceptedTerms>) -> TermsState {
    match (published, accepted) {
        (None, None) => TermsState::Unknown,
        (None, Some(accepted)) => TermsState::Accepted { version: accepted.version },
        (Some(version), Some(accepted)) if accepted.version >= version => TermsState::Accepted { version },
        (Some(version), accepted) => TermsState::Waiting { version, changed: accepted.is_some() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_version_of_the_terms_waits_to_be_accepted() {
        let accepted = |version| Some(AcceptedTerms { version, at_ms: 0 });
        assert_eq!(terms_state(None, None), TermsState::Unknown);
        assert_eq!(terms_state(Some(1), None), TermsState::Waiting { version: 1, changed: false });
        assert_eq!(terms_state(Some(1), accepted(1)), TermsState::Accepted { version: 1 });
        assert_eq!(terms_state(Some(2), accepted(1)), TermsState::Waiting { version: 2, changed: true });
        assert_eq!(terms_state(None, accepted(1)), TermsState::Accepted { version: 1 });
    }
}
