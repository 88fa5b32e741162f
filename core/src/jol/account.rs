use super::{Jol, JolError, Shared, WALLET};
use crate::account::{AcceptedTerms, Account, Contact, DeviceState, SignIn, TermsState, rows};
use crate::entropy::random;
use crate::operator::outbox::{self, Call, Carried, Operation, PATIENCE_MS};
use crate::operator::wire::{Base64, CodeRequest, EnrolRequest, OperatorInfo, Session, SignInRequest, Terms};
use crate::operator::{documents, enrolment_message};
use crate::store::{Records, StoreError};
use crate::ticket::phone_key;
use sha2::{Digest, Sha256};

/// What is the phone's and not an account's, with the sign-in that is under way.
const OF_THE_PHONE: [(&str, &str); 2] = [
    (
        "setting",
        "name IN ('account.sign_in', 'city.chosen', 'city.installed', 'city.refusal', 'keys.number',
            'status.number', 'terms.accepted', 'time.anchor') OR name LIKE 'city.sealed.%'",
    ),
    ("document", "path NOT IN ('/v1/sources', '/v1/passes', '/v1/devices')"),
];

impl Jol {
    /// Where the passenger stands: terms, sign-in, this phone's key.
    pub fn account(&self) -> Result<Account, JolError> {
        self.shared.look(|records, _| Ok(rows::account(records, published_terms(records)?)?))
    }

    /// Who the operator is and whom to call; none until it was fetched once.
    pub fn operator(&self) -> Result<Option<OperatorInfo>, JolError> {
        self.shared.look(|records, _| Ok(documents::get(records, "/v1/operator")?))
    }

    /// The terms of use; none until they were fetched once.
    pub fn terms(&self) -> Result<Option<Terms>, JolError> {
        self.shared.look(|records, _| Ok(documents::get(records, "/v1/terms")?))
    }

    /// The passenger accepts this version of the terms, which they were shown. Whoever is signed in
    /// tells the operator at once; a later sign-in tells it by itself.
    pub fn accept_terms(&self, version: u32) -> Result<(), JolError> {
        let at_ms = self.shared.clock.wall_ms();
        self.act(|records, _| {
            if published_terms(records)?.is_none_or(|published| published < version) {
                return Err(JolError::not_found("terms"));
            }
            rows::set_accepted_terms(records, AcceptedTerms { version, at_ms })?;
            if rows::session(records)?.is_some() {
                let (key, path) = (self.shared.new_key(), format!("/v1/terms/{version}/acceptance"));
                self.shared.post(records, Operation::AcceptTerms, &key, &path, b"", None)?;
            }
            Ok(())
        })
    }

    /// Asks for a one-time code to a phone number or an e-mail address.
    pub fn sign_in(&self, to: &str) -> Result<(), JolError> {
        let contact = Contact::read(to).map_err(|_| JolError::bad("number"))?;
        let to = contact.to_string();
        self.act(|records, view| {
            let TermsState::Accepted { version } = rows::account(records, published_terms(records)?)?.terms
            else {
                return Err(JolError::TermsNotAccepted);
            };
            let request = SignInRequest { to: to.clone(), language: view.language, terms_version: version };
            rows::set_refusal(records, None)?;
            rows::set_sign_in(records, &SignIn::Asking { to }, random(&*self.shared.entropy))?;
            self.request(records, Operation::SignIn, "/v1/sign-ins", &request)
        })
    }

    /// The passenger typed the code that they were sent.
    pub fn enter_code(&self, code: &str) -> Result<(), JolError> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        self.act(|records, _| {
            let SignIn::CodeSent { to, sign_in, expires_ms, code_length } = rows::sign_in(records)? else {
                return Err(JolError::NotSignedIn);
            };
            if code.len() != usize::from(code_length) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(JolError::bad("code"));
            }
            let path = format!("/v1/sign-ins/{sign_in}/code");
            let checking = SignIn::Checking { to, sign_in, expires_ms, code_length };
            rows::set_refusal(records, None)?;
            rows::set_sign_in(records, &checking, random(&*self.shared.entropy))?;
            self.request(records, Operation::Code, &path, &CodeRequest { code })
        })
    }

    /// What this phone's key signs (ECDSA with SHA-256) to enrol itself with the operator: asked for
    /// after signing in. `public_key` is the P-256 point, compressed (33 bytes) or not (65).
    pub fn enrolment_to_sign(&self, public_key: &[u8]) -> Result<Vec<u8>, JolError> {
        let key = phone_key::compress(public_key).map_err(|_| JolError::bad("key"))?;
        self.shared.look(|records, _| {
            let session = rows::session(records)?.ok_or(JolError::NotSignedIn)?;
            Ok(enrolment_message(&session.nonce, &key))
        })
    }

    /// Enrols this phone's key: its signature over [`Jol::enrolment_to_sign`], DER or raw, and the
    /// platform's attestation, if there is one.
    pub fn enrol(
        &self,
        public_key: &[u8],
        signature: &[u8],
        attestation: Option<String>,
    ) -> Result<(), JolError> {
        let key = phone_key::compress(public_key).map_err(|_| JolError::bad("key"))?;
        self.act(|records, _| {
            let session = rows::session(records)?.ok_or(JolError::NotSignedIn)?;
            let message = enrolment_message(&session.nonce, &key);
            let signature =
                phone_key::accept(&key, &message, signature).map_err(|_| JolError::BadSignature)?;
            let request = EnrolRequest {
                public_key: Base64(key.to_vec()),
                nonce: Base64(session.nonce.clone()),
                signature: Base64(signature.to_vec()),
                attestation,
                name: self.shared.opening.device_name.clone(),
            };
            rows::set_phone_key(records, &key)?;
            rows::set_device(records, &DeviceState::Enrolling)?;
            self.request(records, Operation::Enrol, "/v1/devices", &request)
        })
    }

    /// Signs out of this phone. Tickets that are held stay and show, until another account signs in: each has a
    /// wallet of its own, and finds it again.
    pub fn sign_out(&self) -> Result<(), JolError> {
        self.act(|records, _| {
            crate::wallet::rows::forget_bank_link(records)?;
            Ok(rows::end_session(records)?)
        })
    }

    /// A request that somebody waits for: dropped when nobody does any more.
    fn request<T: serde::Serialize>(
        &self,
        records: &Records<'_>,
        operation: Operation,
        path: &str,
        request: &T,
    ) -> Result<(), JolError> {
        let body = serde_json::to_vec(request).map_err(StoreError::from)?;
        // A new try takes the place of one that was on its way.
        records
            .run("DELETE FROM outbox WHERE operation = ?1", [operation.name()])
            .map_err(StoreError::from)?;
        let key = self.shared.new_key();
        Ok(self.shared.post(records, operation, &key, path, &body, Some(PATIENCE_MS))?)
    }
}

impl Shared {
    /// Whoever signs in on a phone that was another account's has a wallet of their own: neither sees the
    /// other's rides, and no intent of one is ever charged to the other. Whether another wallet was opened.
    pub(super) fn enter_wallet(&self, call: &Call, carried: &Carried) -> Result<bool, JolError> {
        let (Operation::Code, Carried::Answer { status: 200..=299, body, .. }) = (call.operation, carried)
        else {
            return Ok(false);
        };
        let Ok(session) = serde_json::from_slice::<Session>(body) else { return Ok(false) };
        let file = self.folder().join(WALLET);
        let mut state = self.lock();
        let owner = state.store.read(rows::owner)?;
        let other = wallet_of(&session.account);
        if owner.as_ref() == Some(&session.account)
            || (owner.is_none() && !file.with_file_name(&other).exists())
        {
            return Ok(false);
        }
        let is_expected = state
            .store
            .read::<_, JolError>(|records| Ok(matches!(rows::sign_in(records)?, SignIn::Checking { .. })));
        if !is_expected? {
            return Ok(false);
        }
        let own = owner.map_or_else(|| "wallet-nobody.db".to_owned(), |owner| wallet_of(&owner));
        let now_ms = self.clock.wall_ms();
        state.store.change::<_, StoreError>(|records| records.unset("account.session"))?;
        state.store.change_file(&file, (&own, &other), OF_THE_PHONE, now_ms)?;
        state.wallet += 1;
        state.fetching = None;
        // What waited in it may have waited since another start of the phone.
        let boot_ms = self.clock.boot_ms();
        state.store.change(|records| outbox::start(records, boot_ms))?;
        Ok(true)
    }
}

/// The name of an account's wallet while another account's is open.
fn wallet_of(account: &str) -> String {
    format!("wallet-{}.db", super::hex(&Sha256::digest(account)[..8]))
}

/// The present version of the terms, as the operator publishes it.
pub(super) fn published_terms(records: &Records<'_>) -> Result<Option<u32>, StoreError> {
    let operator =
        documents::get::<OperatorInfo>(records, "/v1/operator")?.map(|document| document.terms_version);
    let terms = documents::get::<Terms>(records, "/v1/terms")?.map(|document| document.version);
    Ok(terms.max(operator))
}
