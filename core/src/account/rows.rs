//! The account's states in the wallet's file.

use super::{AcceptedTerms, Account, DeviceState, SessionSecret, SignIn, terms_state};
use crate::operator::Refusal;
use crate::store::{Records, StoreError};

pub(crate) fn accepted_terms(records: &Records<'_>) -> Result<Option<AcceptedTerms>, StoreError> {
    records.setting("terms.accepted")
}

pub(crate) fn set_accepted_terms(records: &Records<'_>, terms: AcceptedTerms) -> Result<(), StoreError> {
    records.set("terms.accepted", &terms)
}

/// Whose wallet this is, by the operator's id of the account, from the first sign-in on.
pub(crate) fn owner(records: &Records<'_>) -> Result<Option<String>, StoreError> {
    records.setting("account.owner")
}

pub(crate) fn set_owner(records: &Records<'_>, account: &str) -> Result<(), StoreError> {
    records.set("account.owner", &account)
}

/// Notes whose wallet it is in one of a version that did not, while somebody is signed in.
pub(crate) fn note_owner(records: &Records<'_>) -> Result<(), StoreError> {
    match (owner(records)?, sign_in(records)?) {
        (None, SignIn::SignedIn { account, .. }) => set_owner(records, &account),
        _ => Ok(()),
    }
}

/// Sealed: it holds a phone number.
pub(crate) fn sign_in(records: &Records<'_>) -> Result<SignIn, StoreError> {
    Ok(records.setting("account.sign_in")?.unwrap_or_default())
}

pub(crate) fn set_sign_in(
    records: &Records<'_>,
    sign_in: &SignIn,
    nonce: [u8; 24],
) -> Result<(), StoreError> {
    records.set_sealed("account.sign_in", sign_in, nonce)
}

pub(crate) fn session(records: &Records<'_>) -> Result<Option<SessionSecret>, StoreError> {
    records.setting("account.session")
}

pub(crate) fn set_session(
    records: &Records<'_>,
    session: &SessionSecret,
    nonce: [u8; 24],
) -> Result<(), StoreError> {
    records.set_sealed("account.session", session, nonce)
}

pub(crate) fn end_session(records: &Records<'_>) -> Result<(), StoreError> {
    records.unset("account.session")?;
    records.unset("account.sign_in")?;
    records.unset("account.device")
}

pub(crate) fn device(records: &Records<'_>) -> Result<DeviceState, StoreError> {
    Ok(records.setting("account.device")?.unwrap_or_default())
}

pub(crate) fn set_device(records: &Records<'_>, device: &DeviceState) -> Result<(), StoreError> {
    records.set("account.device", device)
}

/// The public key that was enrolled, or is being enrolled.
pub(crate) fn phone_key(records: &Records<'_>) -> Result<Option<Vec<u8>>, StoreError> {
    records.setting("account.phone_key")
}

pub(crate) fn set_phone_key(records: &Records<'_>, public_key: &[u8]) -> Result<(), StoreError> {
    records.set("account.phone_key", &public_key)
}

pub(crate) fn refusal(records: &Records<'_>) -> Result<Option<Refusal>, StoreError> {
    records.setting("account.refusal")
}

pub(crate) fn set_refusal(records: &Records<'_>, refusal: Option<&Refusal>) -> Result<(), StoreError> {
    match refusal {
        Some(refusal) => records.set("account.refusal", refusal),
        None => records.unset("account.refusal"),
    }
}

pub(crate) fn account(records: &Records<'_>, published_terms: Option<u32>) -> Result<Account, StoreError> {
    Ok(Account {
        terms: terms_state(published_terms, accepted_terms(records)?),
        sign_in: sign_in(records)?,
        device: device(records)?,
        refusal: refusal(records)?,
    })
}
