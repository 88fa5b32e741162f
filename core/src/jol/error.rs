use crate::money::Money;
use crate::store::StoreError;
use crate::text::{Language, say};

/// Why something could not be done, each a thing that a screen can act on.
///
/// A declined payment is a state of the payment; a refused request is a state of what was asked
/// for. These are the errors of the call itself.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum JolError {
    /// Sign in first.
    #[error("not signed in")]
    NotSignedIn,
    /// Who is signed in is not one of the operator's inspectors.
    #[error("not one of the operator's inspectors")]
    NotStaff,
    /// Accept the terms of use first.
    #[error("the terms of use are not accepted")]
    TermsNotAccepted,
    /// This version of the app may not pay any more: update it. Tickets that are held still show.
    #[error("this version of the app may not pay any more")]
    AppTooOld,
    /// Choose a city first.
    #[error("no city is chosen")]
    NoCity,
    /// Only an office issues this card.
    #[error("only an office issues this card")]
    OfficeOnly {
        /// Which office, and where.
        office: String,
        /// When it is open.
        hours: String,
        /// Whom to call.
        phone: String,
        /// The documents to bring.
        documents: Vec<String>,
    },
    /// A sum outside of what the provider takes.
    #[error("a sum between {least} and {most}")]
    BadSum {
        /// The smallest.
        least: Money,
        /// The largest.
        most: Money,
    },
    /// What was typed cannot be read: a number, a place, a code.
    #[error("cannot be used: {field}")]
    BadInput {
        /// Which input: `number`, `card`, `place`, `bus`, `code`, `passengers`, `passengers_by_message`,
        /// `provider`, `way`, `key`, `phone` (a ticket for another one), `ride` (one that is over); of offline rides `offline` and
        /// `offline-ended` (there are none), `voucher` (none is left), `rides`, `riding`; of a conductor's
        /// till `shift`, `shift_open`, `sale`; `month` (there is no such month); of a back-up `recovery_code`,
        /// `back_up`, `back_up_operator`, `back_up_account` (another operator's, another account's).
        field: String,
    },
    /// There is nothing with this id.
    #[error("not found: {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// A code or key whose signature does not hold.
    #[error("the signature does not hold")]
    BadSignature,
    /// The wallet's or the city's file cannot be used.
    #[error("a file cannot be used: {what}")]
    Storage {
        /// `damaged`, `newer`, `disk` or `pack`.
        what: String,
    },
    /// Something that should not happen; logged where it folded.
    #[error("internal: {what}")]
    Internal {
        /// For a developer; holds no personal data.
        what: String,
    },
}

impl JolError {
    pub(crate) fn internal(what: &str) -> JolError {
        JolError::Internal { what: what.to_owned() }
    }

    pub(crate) fn bad(field: &str) -> JolError {
        JolError::BadInput { field: field.to_owned() }
    }

    pub(crate) fn not_found(what: &str) -> JolError {
        JolError::NotFound { what: what.to_owned() }
    }

    /// The sentence that a passenger reads.
    pub fn text(&self, language: Language) -> String {
        let plain = |message| say(language, message, &[]);
        match self {
            JolError::NotSignedIn => plain("error-not-signed-in"),
            JolError::NotStaff => plain("error-not-staff"),
            JolError::TermsNotAccepted => plain("error-terms"),
            JolError::AppTooOld => plain("decline-app-too-old"),
            JolError::NoCity => plain("error-no-city"),
            JolError::OfficeOnly { office, hours, .. } => {
                say(language, "office-only", &[("office", office), ("hours", hours)])
            }
            JolError::BadSum { least, most } => {
                say(language, "error-bad-sum", &[("least", &least.to_string()), ("most", &most.to_string())])
            }
            JolError::BadInput { field } => match field.as_str() {
                "number" => plain("error-bad-number"),
                "card" => plain("error-unknown-card"),
                "place" => plain("error-place"),
                "bus" => plain("decline-unknown-bus"),
                "passengers" => {
                    say(language, "error-too-many", &[("most", &crate::pay::MOST_PASSENGERS.to_string())])
                }
                "passengers_by_message" => plain("error-by-message"),
                "provider" => plain("error-unknown-provider"),
                "way" => plain("error-way"),
                "offline" => plain("error-offline-off"),
                "offline-ended" => plain("error-offline-ended"),
                "voucher" => plain("error-voucher"),
                "rides" => plain("error-rides"),
                "riding" => plain("error-riding"),
                "key" => plain("error-no-device-key"),
                "phone" => plain("error-other-phone"),
                "ride" => plain("error-ride-over"),
                "shift" => plain("error-no-shift"),
                "shift_open" => plain("error-shift-open"),
                "sale" => plain("error-sale-anew"),
                "month" => plain("error-not-found"),
                "recovery_code" => plain("error-recovery-code"),
                "back_up" => plain("error-back-up"),
                "back_up_operator" => plain("error-back-up-operator"),
                "back_up_account" => plain("error-back-up-account"),
                _ => plain("error-not-a-code"),
            },
            JolError::NotFound { .. } => plain("error-not-found"),
            JolError::BadSignature => plain("error-bad-signature"),
            JolError::Storage { what } => match what.as_str() {
                "newer" => plain("error-newer-wallet"),
                "disk" => plain("error-disk"),
                "pack" => plain("error-damaged-pack"),
                _ => plain("error-damaged-wallet"),
            },
            JolError::Internal { .. } => plain("error-internal"),
        }
    }
}

/// SQLite's and serde's failures fold here; what a screen can act on keeps its name.
impl From<StoreError> for JolError {
    fn from(error: StoreError) -> JolError {
        let storage = |what: &str| JolError::Storage { what: what.to_owned() };
        match error {
            StoreError::Newer { .. } => storage("newer"),
            StoreError::Damaged(_) => storage("damaged"),
            StoreError::Disk(_) => storage("disk"),
            StoreError::Internal(what) => {
                eprintln!("jol: store: {what}");
                JolError::Internal { what }
            }
        }
    }
}
