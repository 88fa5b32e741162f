//! Somebody who talks to the sandbox over loopback, for its own tests.

use jol_core::VERSION;
use jol_core::operator::enrolment_message;
use jol_core::operator::wire::{self, *};
use jol_core::pay::intent_message;
use jol_core::text::Language;
use jol_core::ticket::{SoftwareKey, phone_key};
use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};

fn http() -> reqwest::Client {
    _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Somebody who talks to the sandbox.
pub(super) struct Caller {
    pub(super) http: reqwest::Client,
    pub(super) base: String,
    pub(super) token: String,
    pub(super) phone: Option<SoftwareKey>,
    pub(super) keys: AtomicU32,
}

impl Caller {
    pub(super) fn new(base: &str, token: &str) -> Caller {
        let (base, token) = (base.to_owned(), token.to_owned());
        Caller { http: http(), base, token, phone: None, keys: AtomicU32::new(0) }
    }

    pub(super) fn key(&self) -> String {
        format!(
            "{:_>8}-key-{}",
            &self.token[..self.token.len().min(8)],
            self.keys.fetch_add(1, Ordering::SeqCst)
        )
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> reqwest::Result<Response> {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        request = request.header(wire::APP_VERSION, VERSION).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header(wire::IDEMPOTENCY_KEY, key);
        }
        request.body(body).send().await
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        read(self.send(Method::GET, path, None, vec![]).await.expect("an answer")).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: impl Serialize) -> T {
        let (key, body) = (self.key(), serde_json::to_vec(&body).expect("json"));
        read(self.send(Method::POST, path, Some(&key), body).await.expect("an answer")).await
    }

    pub(super) async fn problem(&self, path: &str, body: impl Serialize) -> Problem {
        let (key, body) = (self.key(), serde_json::to_vec(&body).expect("json"));
        let answer = self.send(Method::POST, path, Some(&key), body).await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let status = answer.status().as_u16();
        let problem: Problem = read(answer).await;
        assert_eq!(problem.status, status);
        problem
    }

    pub(super) async fn sign_in(base: &str, to: &str) -> Caller {
        let mut caller = Caller::new(base, "");
        caller.keys = AtomicU32::new(to.bytes().map(u32::from).sum::<u32>() * 1_000);
        let request = SignInRequest { to: to.to_owned(), language: Language::Ru, terms_version: 1 };
        let started: SignInStarted = caller.post("/v1/sign-ins", request).await;
        let message: Value = caller.get(&format!("/sandbox/messages/{to}")).await;
        let code = message["code"].as_str().expect("a code").to_owned();
        assert_eq!(code.len(), usize::from(started.code_length));
        let path = format!("/v1/sign-ins/{}/code", started.sign_in);
        let session: Session = caller.post(&path, CodeRequest { code }).await;
        let mut caller = Caller::new(base, &session.token);
        let phone = SoftwareKey::from_seed([to.len() as u8; 32]);
        let public_key = phone.public_key();
        let message = enrolment_message(&session.nonce.0, &public_key);
        let signature = phone_key::accept(&public_key, &message, &phone.sign(&message)).expect("signed");
        let request = EnrolRequest {
            public_key: Base64(public_key.to_vec()),
            nonce: session.nonce,
            signature: Base64(signature.to_vec()),
            attestation: None,
            name: "test phone".to_owned(),
        };
        let _: Device = caller.post("/v1/devices", request).await;
        caller.phone = Some(phone);
        caller
    }

    pub(super) fn signed(&self, key: &str, request: PaymentRequest) -> Vec<u8> {
        let unsigned = serde_json::to_vec(&request).expect("json");
        let phone = self.phone.as_ref().expect("a phone");
        let message = intent_message(key, &unsigned);
        let signature =
            phone_key::accept(&phone.public_key(), &message, &phone.sign(&message)).expect("signed");
        let signature = Some(Base64(signature.to_vec()));
        serde_json::to_vec(&PaymentRequest { signature, ..request }).expect("json")
    }

    pub(super) async fn pay(&self, key: &str, request: PaymentRequest) -> PaymentAnswer {
        let body = self.signed(key, request);
        read(self.send(Method::POST, "/v1/payments", Some(key), body).await.expect("an answer")).await
    }
}

pub(super) async fn read<T: DeserializeOwned>(answer: Response) -> T {
    let text = answer.text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
