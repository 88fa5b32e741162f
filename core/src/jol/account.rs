use super::{Jol, JolError};
use crate::account::{AcceptedTerms, Account, Contact, DeviceState, SignIn, TermsState, rows};
use crate::entropy::random;
use crate::operator::outbox::{Operation, PATIENCE_MS};
use crate::operator::wire::{Base64, CodeRequest, EnrolRequest, OperatorInfo, SignInRequest, Terms};
use crate::operator::{documents, enrolment_message};
use crate::store::{Records, StoreError};
use crate::ticket::phone_key;

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

    /// Signs out of this phone. Tickets that are held stay and show.
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

/// The present version of the terms, as the operator publishes it.
pub(super) fn published_terms(records: &Records<'_>) -> Result<Option<u32>, StoreError> {
    let operator =
        documents::get::<OperatorInfo>(records, "/v1/operator")?.map(|document| document.terms_version);
    let terms = documents::get::<Terms>(records, "/v1/terms")?.map(|document| document.version);
    Ok(terms.max(operator))
}
