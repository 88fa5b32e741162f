//! Signing in, terms of use, phones.

use super::cards::check_name;
use super::{Answer, Asked, Desk, Refusal, not_found};
use crate::sandbox::books::{AccountRow, DeviceRow, SessionRow};
use crate::sandbox::rules::devices::{self, Enrolment};
use crate::sandbox::rules::{problem, sign_in};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jol_core::entropy::random;
use jol_core::money::Money;
use jol_core::operator::wire::{
    Base64, CodeRequest, DeviceChange, DeviceWish, Devices, EnrolRequest, Session, SignInRequest,
    SignInStarted, problem as codes,
};
use sha2::{Digest, Sha256};

pub(super) fn start_sign_in(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: SignInRequest = asked.call.json()?;
    let (books, now_ms) = (asked.books, asked.now_ms);
    let sent = books.codes_sent(&request.to, now_ms - sign_in::WINDOW_MS)?;
    let chance = random(&*desk.entropy);
    let waiting = sign_in::start(&request, desk.operator.info.terms_version, sent, chance, now_ms)?;
    let id = desk.new_id('s');
    books.put_sign_in(&id, &request.to, request.terms_version, &waiting, now_ms)?;
    books.put_message(&request.to, &sign_in::message(request.language, &waiting.code), now_ms)?;
    Ok(Answer::json(&SignInStarted {
        sign_in: id,
        expires_ms: waiting.expires_ms,
        code_length: sign_in::CODE_LENGTH,
    }))
}

pub(super) fn enter_code(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: CodeRequest = asked.call.json()?;
    let (books, id) = (asked.books, asked.id());
    let (recipient, terms, waiting) = books.sign_in(id)?.ok_or_else(not_found)?;
    match sign_in::enter(&waiting, &request.code, asked.now_ms) {
        sign_in::CodeEntered::Right => books.set_tries(id, 0)?,
        sign_in::CodeEntered::Wrong { tries_left, problem } => {
            books.set_tries(id, tries_left)?;
            return Err(problem.into());
        }
        sign_in::CodeEntered::TooLate(problem) => return Err(problem.into()),
    }
    let staff = desk.is_staff(&recipient);
    // A number that became another subscriber's starts empty; what was on it is its former owner's, at the office.
    let (_, recycled_ms) = books.sim(&recipient)?;
    if let Some(former) = books.account_of(&recipient)?
        && recycled_ms.is_some_and(|ms| ms > former.since_ms)
    {
        books.retire_number(&former.account)?;
    }
    let account = match books.account_of(&recipient)? {
        Some(known) => AccountRow { terms: known.terms.max(terms), ..known },
        None => AccountRow { account: desk.new_id('a'), recipient, terms, since_ms: asked.now_ms },
    };
    books.put_account(&account)?;
    let (token, nonce) = (random::<32>(&*desk.entropy), random::<16>(&*desk.entropy));
    let token = URL_SAFE_NO_PAD.encode(token);
    let id = account.account.clone();
    let token_hash = Sha256::digest(&token).to_vec();
    books.put_session(&SessionRow { account, token: token_hash, nonce: nonce.to_vec(), device: None })?;
    Ok(Answer::json(&Session { token, account: id, nonce: Base64(nonce.to_vec()), staff }))
}

/// A passenger reads the present terms and accepts them; older ones cannot be accepted any more.
pub(super) fn accept_terms(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let present = desk.operator.info.terms_version;
    if asked.id() != present.to_string() {
        return Err(not_found().into());
    }
    let account = AccountRow { terms: present, ..asked.session()?.account.clone() };
    asked.books.put_account(&account)?;
    Ok(Answer::json(&desk.operator.terms))
}

pub(super) fn enrol_device(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: EnrolRequest = asked.call.json()?;
    let (books, session) = (asked.books, asked.session()?);
    let account = &session.account.account;
    check_name(&request.name)?;
    if request.public_key.0.len() != 33 || request.signature.0.len() != 64 {
        let title = "public_key: 33 bytes; signature: 64 bytes";
        return Err(problem(400, codes::BAD_REQUEST, title).into());
    }
    let phones = books.devices(account)?;
    let known = phones.iter().find(|phone| phone.public_key == request.public_key.0);
    let held = Enrolment {
        nonce: &session.nonce,
        new_id: &desk.new_id('d'),
        known: known.map(|phone| phone.device.clone()),
        other_phones: phones.len() - usize::from(known.is_some()),
        holds_money: books.cards(account, asked.now_ms)?.iter().any(|card| card.balance > Money::ZERO),
        sim_replaced_ms: books.sim(&session.account.recipient)?.0,
    };
    let device = devices::enrol(&held, &request, asked.now_ms)?;
    let row = DeviceRow { device: device.clone(), public_key: request.public_key.0 };
    books.put_device(account, &row, &request.name, asked.now_ms)?;
    books.put_session(&SessionRow { device: Some(device.device.clone()), ..session.clone() })?;
    Ok(Answer::json(&device))
}

pub(super) fn list_devices(_: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let session = asked.session()?;
    let devices = asked.books.held_devices(&session.account.account, session.device.as_ref())?;
    Ok(Answer::json(&Devices { devices }))
}

pub(super) fn change_device(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let DeviceChange { to } = asked.call.json()?;
    let (books, session) = (asked.books, asked.session()?);
    let account = &session.account.account;
    let other = asked.id().to_owned();
    let other = books.device(account, Some(&other))?.ok_or_else(not_found)?.device;
    let asking = books.device(account, session.device.as_ref())?.map(|phone| phone.device);
    devices::may_change(asking.as_ref(), &other, asked.now_ms)?;
    match to {
        DeviceWish::Confirm => _ = books.confirm_device(&other.device)?,
        DeviceWish::Remove => books.remove_device(&other.device)?,
    }
    list_devices(desk, asked)
}
