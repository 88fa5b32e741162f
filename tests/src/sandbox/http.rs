//! HTTP, mapped to the desk's operations: methods, headers, bodies, ETags, faults. Nothing is decided
//! here.

use super::controls;
use super::desk::{Answer, Call, Desk, OPERATIONS, Operation, Verb};
use super::faults::{FaultKind, Faults};
use super::listener::Scissors;
use super::rules::problem;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jol_core::operator::wire::{APP_VERSION, IDEMPOTENCY_KEY, INTENT_AGE, problem as codes};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// No body is longer, in bytes.
const LONGEST_BODY: usize = 256 * 1024;

/// What every call can reach.
pub(super) struct Shared {
    pub(super) desk: Desk,
    pub(super) faults: Faults,
}

/// Every route: the contract's operations, and the sandbox's own controls.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let routes = OPERATIONS.iter().fold(Router::new(), |router, operation| {
        let method = match operation.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        };
        let serve = async move |State(shared): State<Arc<Shared>>,
                                ConnectInfo(scissors): ConnectInfo<Scissors>,
                                params: Result<RawPathParams, RawPathParamsRejection>,
                                request: Request| {
            let Ok(params) = params else {
                return respond(Answer::problem(&problem(400, codes::BAD_REQUEST, "the path is not UTF-8")));
            };
            let path = params.iter().map(|(_, value)| value.to_owned()).collect();
            serve(shared, operation, scissors, path, request).await
        };
        router.route(operation.path, on(method, serve))
    });
    routes
        .merge(controls::routes())
        .fallback(async || respond(not_there(404, "there is nothing at this path")))
        .method_not_allowed_fallback(async || respond(not_there(405, "this path has other methods")))
        .with_state(shared)
}

fn not_there(status: u16, title: &str) -> Answer {
    let code = if status == 404 { codes::NOT_FOUND } else { codes::BAD_REQUEST };
    Answer::problem(&problem(status, code, title))
}

async fn serve(
    shared: Arc<Shared>,
    operation: &'static Operation,
    scissors: Scissors,
    path: Vec<String>,
    request: Request,
) -> Response {
    let fault = shared.faults.next(operation.id, operation.path);
    match fault {
        Some(FaultKind::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
        Some(FaultKind::Status { status }) => {
            return respond(Answer::problem(&problem(status, codes::UNAVAILABLE, "a fault, as asked for")));
        }
        Some(FaultKind::DropRequest) => {
            scissors.cut();
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        _ => {}
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return respond(Answer::problem(&problem(413, codes::BAD_REQUEST, "the body is too long")));
    };
    // One that is no number of ms says nothing, and is no app's of ours.
    let age = text(&parts.headers, &HeaderName::from_static(INTENT_AGE));
    let age_ms = age.as_deref().map(str::parse::<u32>).transpose();
    let Ok(age_ms) = age_ms.map(|age_ms| age_ms.map(i64::from)) else {
        return respond(Answer::problem(&problem(400, codes::BAD_REQUEST, "Jol-Intent-Age: a number of ms")));
    };
    let call = Call {
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body,
        content_type: text(&parts.headers, &header::CONTENT_TYPE),
        token: text(&parts.headers, &header::AUTHORIZATION)
            .and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned)),
        key: text(&parts.headers, &HeaderName::from_static(IDEMPOTENCY_KEY)),
        version: text(&parts.headers, &HeaderName::from_static(APP_VERSION)).unwrap_or_default(),
        age_ms,
    };
    let mut answer = shared.desk.answer(operation, &call);
    if fault == Some(FaultKind::Repeat) {
        answer = shared.desk.answer(operation, &call);
    }
    if fault == Some(FaultKind::DropAnswer) {
        scissors.cut();
    }
    if let Some(fault) = fault {
        answer.body = fault.spoil(answer.body);
    }
    let asks_again = matches!(parts.method, Method::GET | Method::HEAD);
    if asks_again && answer.cacheable && has(&parts.headers, &etag(&answer)) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag(&answer))]).into_response();
    }
    respond(answer)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// A strong validator: the same tag, the same bytes (RFC 9110 §8.8.3).
fn etag(answer: &Answer) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&answer.body)[..16]))
}

/// Whether the caller has these bytes already. `If-None-Match` compares weakly (RFC 9110 §13.1.2).
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let held = text(headers, &header::IF_NONE_MATCH).unwrap_or_default();
    held.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// An answer as HTTP. What caches may keep they ask about each time, by its ETag.
pub(super) fn respond(answer: Answer) -> Response {
    let tag = answer.cacheable.then(|| etag(&answer));
    let mut builder = Response::builder().status(answer.status);
    if !answer.body.is_empty() || answer.status == 200 {
        builder = builder.header(header::CONTENT_TYPE, answer.media);
    }
    builder = match tag {
        Some(tag) => builder.header(header::ETAG, tag).header(header::CACHE_CONTROL, "no-cache"),
        None => builder.header(header::CACHE_CONTROL, "no-store"),
    };
    let response = builder.body(Body::from(answer.body));
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
