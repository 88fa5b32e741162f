//! What the operator's answers make of the wallet. Each is read as untrusted bytes.

use super::cards::not_taken;
use super::inspection::forget_what_staff_knows;
use super::pay::RIDES;
use super::phones::DEVICES;
use super::{Shared, View, city};
use crate::account::{DeviceState, SessionSecret, SignIn, rows as account};
use crate::city::fares::CityRules;
use crate::clock::Anchor;
use crate::entropy::random;
use crate::jol::JolError;
use crate::operator::outbox::{self, Call, Carried, Operation};
use crate::operator::wire::{
    Cards, Cities, Device, KeysAnswer, OperatorInfo, Passes, PaymentAnswer, Problem, Rides, Session,
    SignInStarted, Sources, Terms, TimeAnswer, TopUpAnswer, TopUpState, Vehicles,
};
use crate::operator::{Refusal, documents, is_plain_id};
use crate::pay::rule::{self, Asked, Next};
use crate::pay::{PaymentState, Ride, Settled, rows as pay, settle};
use crate::store::{Records, StoreError};
use crate::ticket::receipt::{Receipt, ReceiptOutcome, SignedTime};
use crate::ticket::{Root, TicketError, TrustedKeys};
use crate::wallet::ledger::TopUpMoney;
use crate::wallet::{LookupStanding, ledger, rows as wallet};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny};

/// How long after an answer that nothing can be made of it is asked for again, in ms; doubles to an hour.
const UNREADABLE_MS: i64 = 60_000;
/// No operator keeps a phone away for longer than this with one answer, in ms: somebody waits for a payment.
const LONGEST_WAIT_MS: i64 = 120_000;

/// An HTTP answer.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) etag: Option<&'a str>,
    pub(super) body: &'a [u8],
    pub(super) round_trip_ms: i64,
}

impl Answer<'_> {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, if the answer is a success and the body what the contract says.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        self.is_success().then(|| serde_json::from_slice(self.body).ok()).flatten()
    }

    pub(super) fn refusal(&self) -> Refusal {
        Refusal::from_answer(self.status, self.body)
    }
}

/// Whether a numbered list that came is believed, by `accept`, which is given the number of the newest one
/// that ever was and gives this one's; that is noted under `number`.
pub(super) fn is_newest(
    records: &Records<'_>,
    number: &str,
    accept: impl FnOnce(u32) -> Result<u32, TicketError>,
) -> Result<bool, StoreError> {
    match accept(records.setting(number)?.unwrap_or(0)) {
        Ok(newest) => records.set(number, &newest).map(|()| true),
        Err(error) => {
            eprintln!("jol: {number}: a list is refused: {error}");
            Ok(false)
        }
    }
}

impl Shared {
    /// What became of a call: its answer is read, or it is tried again later.
    pub(super) fn take(&self, call: &Call, carried: Carried) {
        // A row of a wallet that is not the one that is open: it is still there, and is carried when it is.
        if call.wallet != self.lock().wallet {
            return;
        }
        let entered = match self.enter_wallet(call, &carried) {
            Ok(entered) => entered,
            Err(error) => return eprintln!("jol: the wallet of another account: {error}"),
        };
        let checked = match (&carried, call.operation) {
            (Carried::Answer { status: 200, .. }, Operation::Pack) => Some(city::check_pack(&self.folder())),
            _ => None,
        };
        let taken = self.change(|records, view| {
            let (status, etag, body, round_trip_ms) = match &carried {
                // Not the operator's last word: it may be overloaded, or in the middle of a restart.
                Carried::Answer { status: 408 | 425 | 429 | 500..=599, wait_ms, .. } => {
                    return self.no_answer(records, view, call, *wait_ms);
                }
                Carried::NoAnswer => return self.no_answer(records, view, call, None),
                // A network's login page, or an answer that was cut short.
                Carried::Answer { status, body, .. } if !is_the_operators(call.operation, *status, body) => {
                    return self.no_answer(records, view, call, None);
                }
                Carried::Answer { status, etag, body, round_trip_ms, .. } => {
                    (*status, etag.as_deref(), body, *round_trip_ms)
                }
            };
            // The row of a call that opened another wallet stays in the one before.
            if !entered {
                outbox::done(records, call)?;
            }
            self.refresh_day_signs(records)?;
            let answer = Answer { status, etag, body, round_trip_ms };
            // The word about a session that was ended since, or is another one by now, says nothing of this one.
            let session = account::session(records)?.map(|session| session.token);
            if status == 401 && session.is_some() && session == call.bearer {
                account::end_session(records)?;
                account::set_refusal(records, Some(&Refusal::NotSignedIn))?;
            }
            match checked.as_ref() {
                Some(checked) => self.install_pack(records, view, checked),
                None => self.answered(records, view, call, &answer),
            }
        });
        if let Err(error) = taken {
            // Nothing was kept of it: the row is still there and is carried again.
            eprintln!("jol: {}: {error}", call.operation.name());
            let (boot_ms, pause_ms) = (self.clock.boot_ms(), UNREADABLE_MS << call.attempts.min(6));
            let _ = self.change(|records, _| Ok(outbox::again(records, call.id, boot_ms, pause_ms)?));
        }
    }

    /// The call is carried again, after so long at the soonest.
    fn no_answer(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        wait_ms: Option<i64>,
    ) -> Result<(), JolError> {
        let [chance] = random(&*self.entropy);
        // Who were told to wait together do not come back together.
        let wait_ms = wait_ms.unwrap_or(0).clamp(0, LONGEST_WAIT_MS);
        let pause_ms = wait_ms.saturating_add(outbox::pause_ms(call.attempts, chance));
        if outbox::again(records, call.id, self.clock.boot_ms(), pause_ms)? {
            return self.gave_up(records, view, call, &Refusal::Unreachable);
        }
        Ok(())
    }

    /// Nobody waits for this any more, or the operator refused it.
    pub(super) fn gave_up(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        refusal: &Refusal,
    ) -> Result<(), JolError> {
        match call.operation {
            Operation::SignIn => {
                account::set_sign_in(records, &SignIn::SignedOut, random(&*self.entropy))?;
                account::set_refusal(records, Some(refusal))?;
            }
            Operation::Code => {
                if let SignIn::Checking { to, sign_in, expires_ms, code_length } = account::sign_in(records)?
                {
                    let back = match refusal {
                        Refusal::CodeExpired => SignIn::SignedOut,
                        _ => SignIn::CodeSent { to, sign_in, expires_ms, code_length },
                    };
                    account::set_sign_in(records, &back, random(&*self.entropy))?;
                }
                account::set_refusal(records, Some(refusal))?;
            }
            Operation::Enrol => {
                account::set_device(records, &DeviceState::NotEnrolled)?;
                account::set_refusal(records, Some(refusal))?;
            }
            Operation::RegisterCard
            | Operation::ClaimCard
            | Operation::ChangeCard
            | Operation::ChangeDevice => account::set_refusal(records, Some(refusal))?,
            Operation::MoveCard => {
                wallet::refuse_move(records, &call.key, refusal)?;
                account::set_refusal(records, Some(refusal))?;
            }
            Operation::LookUpCard => {
                self.end_lookup(records, call, LookupStanding::NotTold { refusal: refusal.clone() })?
            }
            Operation::Purchase => not_taken(records, refusal, &call.key)?,
            Operation::TopUp => wallet::refuse_top_up(records, &call.key, refusal)?,
            Operation::LinkBankCard => self.refuse_bank_link(records, call, refusal)?,
            Operation::Pack => self.pack_refused(records, view, refusal)?,
            Operation::OpenShift => self.refuse_shift(records, refusal)?,
            _ => {}
        }
        Ok(())
    }

    fn answered(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        match call.operation {
            Operation::Operator => self.document::<OperatorInfo>(records, call, answer),
            Operation::Terms => self.document::<Terms>(records, call, answer),
            Operation::Cities => self.document::<Cities>(records, call, answer),
            Operation::CityRules => self.document::<CityRules>(records, call, answer),
            Operation::Vehicles => self.document::<Vehicles>(records, call, answer),
            Operation::Sources => self.document::<Sources>(records, call, answer),
            Operation::Status => self.take_status(records, view, call, answer),
            Operation::Keys => self.take_keys(records, view, call, answer),
            Operation::DaySigns => self.take_day_signs(records, view, call, answer),
            Operation::Time => self.take_time(records, view, call, answer),
            Operation::Pack => self.gave_up(records, view, call, &answer.refusal()),
            Operation::SignIn => self.take_sign_in(records, view, call, answer),
            Operation::Code => self.take_session(records, view, call, answer),
            Operation::Enrol => self.take_device(records, view, call, answer),
            Operation::Devices | Operation::ChangeDevice => self.take_devices(records, view, call, answer),
            Operation::Cards => match answer.read::<Cards>() {
                Some(cards) => Ok(wallet::set_cards(records, &cards.cards, &*self.entropy)?),
                None if answer.is_success() => Err(unreadable(call)),
                None => Ok(()),
            },
            Operation::Passes => self.document::<Passes>(records, call, answer),
            Operation::ClaimCard | Operation::ChangeCard => self.take_claim(records, view, call, answer),
            Operation::LookUpCard => self.take_lookup(records, call, answer),
            Operation::MoveCard => self.take_move(records, view, call, answer),
            Operation::Purchase => self.take_purchase(records, view, call, answer),
            Operation::RegisterCard => match answer.read() {
                Some(card) => Ok(wallet::put_card(records, &card, &*self.entropy)?),
                None => self.gave_up(records, view, call, &answer.refusal()),
            },
            Operation::TopUp | Operation::TopUpState => self.take_top_up(records, view, call, answer),
            Operation::LinkBankCard | Operation::BankLinkState => self.take_bank_link(records, call, answer),
            Operation::Payment | Operation::PaymentState => self.take_payment(records, view, call, answer),
            Operation::Refund | Operation::Correction => self.take_change(records, view, call, answer),
            Operation::Reissue | Operation::SendTicket => self.take_handover(records, view, call, answer),
            Operation::Rides => self.take_rides(records, view, call, answer),
            Operation::ReserveVoucher => self.take_reservation(records, view, call, answer),
            Operation::Vouchers => self.take_vouchers(records, view, call, answer),
            Operation::VoucherUse => self.take_use(records, view, call, answer),
            Operation::VoucherUnused => self.take_unused(records, view, call, answer),
            Operation::TerminalKeys => self.take_terminal_keys(records, answer),
            Operation::Positions | Operation::Updates | Operation::Alerts => {
                self.take_live(records, view, call, answer)
            }
            // Refused: there is a newer version by now.
            Operation::AcceptTerms if !answer.is_success() => Ok(self.ask_terms(records)?),
            Operation::AcceptTerms => Ok(()),
            Operation::Inspections => self.take_upload(records, call, answer),
            Operation::Register => self.take_register(records, view, call, answer),
            Operation::OpenShift => self.take_shift(records, view, answer),
            Operation::Sales => self.take_sales(records, view, call, answer),
            Operation::TillKeys => self.take_till_keys(records, answer),
        }
    }

    /// A document is kept as it came; one that is not what the contract says leaves the old one, and is
    /// asked for again.
    pub(super) fn document<T: DeserializeOwned>(
        &self,
        records: &Records<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let now_ms = self.clock.wall_ms();
        if answer.status == 304 {
            documents::unchanged(records, &call.path, now_ms)?;
        } else if answer.is_success()
            && !documents::put::<T>(records, &call.path, answer.etag, answer.body, now_ms)?
        {
            return Err(unreadable(call));
        }
        Ok(())
    }

    fn take_keys(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(list) = answer.read::<KeysAnswer>() else {
            return self.document::<KeysAnswer>(records, call, answer);
        };
        let last_seen = records.setting::<u32>("keys.number")?.unwrap_or(0);
        match TrustedKeys::accept(&list.key_list.0, &self.root, last_seen, self.ticket_time_ms(records)?) {
            Ok(keys) => {
                records.set("keys.number", &keys.number())?;
                *view.keys = Some(keys);
                self.document::<KeysAnswer>(records, call, answer)?;
                // What came before its keys could not be believed; now it can.
                self.ask_time(records)?;
                self.ask_day_signs(records)?;
                Ok(outbox::all_due(records, self.clock.boot_ms())?)
            }
            Err(error) => Err(JolError::internal(&format!("the key list is refused: {error}"))),
        }
    }

    fn take_time(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let (Some(time), Some(keys)) = (answer.read::<TimeAnswer>(), view.keys.as_ref()) else {
            return Ok(());
        };
        let nonce = call.path.rsplit('=').next().and_then(|nonce| URL_SAFE_NO_PAD.decode(nonce).ok());
        match SignedTime::verify(&time.time.0, keys, &nonce.unwrap_or_default()) {
            Ok(operator_ms) => self.anchor(records, operator_ms, answer.round_trip_ms),
            Err(error) => {
                eprintln!("jol: time refused: {error}");
                Ok(())
            }
        }
    }

    pub(super) fn anchor(
        &self,
        records: &Records<'_>,
        operator_ms: i64,
        round_trip_ms: i64,
    ) -> Result<(), JolError> {
        let (boot_ms, boot_id) = (self.clock.boot_ms(), &self.opening.boot_id);
        if let Some(anchor) = Anchor::from_answer(operator_ms, round_trip_ms, boot_ms, boot_id) {
            records.set("time.anchor", &anchor)?;
        }
        Ok(())
    }

    fn take_sign_in(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let SignIn::Asking { to } = account::sign_in(records)? else { return Ok(()) };
        let Some(started) = answer.read::<SignInStarted>().filter(|started| is_plain_id(&started.sign_in))
        else {
            return self.gave_up(records, view, call, &answer.refusal());
        };
        let SignInStarted { sign_in, expires_ms, code_length } = started;
        let sent = SignIn::CodeSent { to, sign_in, expires_ms, code_length };
        Ok(account::set_sign_in(records, &sent, random(&*self.entropy))?)
    }

    fn take_session(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let SignIn::Checking { to, .. } = account::sign_in(records)? else { return Ok(()) };
        let Some(session) = answer.read::<Session>() else {
            return self.gave_up(records, view, call, &answer.refusal());
        };
        wallet::forget_bank_link(records)?;
        wallet::forget_lookup(records)?;
        if !session.staff {
            forget_what_staff_knows(records)?;
        }
        let secret = SessionSecret { token: session.token, nonce: session.nonce.0, staff: session.staff };
        account::set_session(records, &secret, random(&*self.entropy))?;
        account::set_owner(records, &session.account)?;
        let signed_in = SignIn::SignedIn { to, account: session.account };
        account::set_sign_in(records, &signed_in, random(&*self.entropy))?;
        account::set_device(records, &DeviceState::NotEnrolled)?;
        self.ask(records, Operation::Cities, "/v1/cities", None)?;
        self.ask(records, Operation::Status, "/v1/status", None)?;
        self.ask_holdings(records)?;
        // What waited for a session waits no longer.
        Ok(outbox::all_due(records, self.clock.boot_ms())?)
    }

    fn take_device(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(Device { device, attested, waits_until_ms }) = answer.read() else {
            return self.gave_up(records, view, call, &answer.refusal());
        };
        account::set_device(records, &DeviceState::Enrolled { device, attested, waits_until_ms })?;
        self.ask(records, Operation::Devices, DEVICES, None)?;
        // What waited for a key, too.
        Ok(outbox::all_due(records, self.clock.boot_ms())?)
    }

    fn take_top_up(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(mut said) = answer.read::<TopUpAnswer>().filter(|said| is_plain_id(&said.top_up)) else {
            // A question that failed changes nothing; a request that was refused says so.
            return match call.operation {
                Operation::TopUp => self.gave_up(records, view, call, &answer.refusal()),
                _ => Ok(()),
            };
        };
        let key = match call.operation {
            Operation::TopUp => call.key.clone(),
            _ => {
                wallet::key_of_top_up(records, &said.top_up)?.ok_or_else(|| JolError::not_found("top-up"))?
            }
        };
        let Some((hash, sum)) = wallet::top_up_request(records, &key)? else { return Ok(()) };
        let is_overtaken = match wallet::top_up_state(records, &key)?.as_deref() {
            Some("done" | "refused") => true,
            Some("at_validator") => said.state != TopUpState::Done,
            _ => false,
        };
        if is_overtaken {
            return Ok(());
        }
        let receipt = said.receipt.as_ref().and_then(|receipt| {
            let receipt = Receipt::open(&receipt.0, view.keys.as_ref()?).ok()?;
            // One that an older version asked for has no hash.
            let answers = receipt.idempotency_key == key
                && hash.is_none_or(|hash| receipt.request_hash == hash)
                && match said.state {
                    TopUpState::Waiting => false,
                    TopUpState::AtValidator | TopUpState::Done => {
                        let sums = [receipt.amount, said.sum, said.charged];
                        receipt.outcome == ReceiptOutcome::ToppedUp && sums == [sum; 3]
                    }
                    TopUpState::Refused => matches!(receipt.outcome, ReceiptOutcome::Declined { .. }),
                };
            answers.then_some(receipt)
        });
        // Only what holds is kept, and nothing is over by a word that nobody signed: it is asked for again.
        said.receipt = said.receipt.filter(|_| receipt.is_some());
        if said.state != TopUpState::Waiting && receipt.is_none() {
            eprintln!("jol: a top-up without a receipt that holds");
            return Ok(());
        }
        let code = receipt.as_ref().and_then(|receipt| match &receipt.outcome {
            ReceiptOutcome::Declined { code } => Some(code.as_str()),
            _ => None,
        });
        said.declined = said.declined.filter(|declined| Some(declined.reason.code()) == code);
        if let Some(receipt) = receipt.filter(|receipt| receipt.outcome == ReceiptOutcome::ToppedUp) {
            let top_up = TopUpMoney {
                key: &key,
                from: said.source.as_ref().map_or(format!("top-ups:{}", said.provider), ledger::account),
                card: said.card.clone(),
                sum: receipt.amount,
                at_ms: receipt.operator_time_ms,
            };
            ledger::book_top_up(records, &top_up, said.state == TopUpState::AtValidator)?;
            self.ask(records, Operation::Cards, "/v1/cards", None)?;
        }
        Ok(wallet::answer_top_up(records, &key, &said)?)
    }

    fn take_payment(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let key = match call.operation {
            Operation::Payment => call.key.as_str(),
            _ => call.path.rsplit('/').next().unwrap_or_default(),
        };
        let Some(payment) = pay::payment(records, key)? else { return Ok(()) };
        let Some((request, receipt)) = pay::request_and_receipt(records, key)? else { return Ok(()) };
        // What is known stays; only its receipt may still be missing.
        let is_known = payment.state != PaymentState::Pending;
        if is_known && receipt.is_some() {
            return Ok(());
        }
        let settled = match answer.read::<PaymentAnswer>() {
            Some(said) => settle(key, payment.fare, &request, view.keys.as_ref(), said),
            None => Settled::Unbelievable,
        };
        let asked = if call.operation == Operation::Payment { Asked::Payment } else { Asked::State };
        // When it was decided lies between the tap and now: an app that was killed meanwhile asks for the first
        // time, as far as it knows, and is told what was decided hours ago.
        let since_tap_ms = call.age_ms.map(|age_ms| age_ms.saturating_add(answer.round_trip_ms));
        let since_tap_ms = since_tap_ms.filter(|_| asked == Asked::Payment && call.attempts == 0);
        match (rule::next(settled.believed(), asked, answer.status), settled) {
            (_, Settled::Known { state, .. }) if is_known && !matches!(state, PaymentState::Paid { .. }) => {}
            (Next::LookAtRides, Settled::Known { receipt, operator_time_ms, .. }) => {
                pay::keep_late_receipt(records, key, &receipt)?;
                // A clock that is wrong is why, more often than the network.
                if let Some(since_tap_ms) = since_tap_ms {
                    self.anchor(records, operator_time_ms, since_tap_ms)?;
                }
                self.ask(records, Operation::Rides, RIDES, None)?;
            }
            (_, Settled::Known { state, ride, receipt, operator_time_ms }) => {
                self.settle(records, &payment, &state, ride.as_deref(), &receipt)?;
                if let Some(since_tap_ms) = since_tap_ms {
                    self.anchor(records, operator_time_ms, since_tap_ms)?;
                }
                // What the operator asks of a payer has changed since it was fetched.
                if let PaymentState::Declined { reason, .. } = state {
                    self.ask_what_changed(records, reason)?;
                }
                // A balance changed: the wallet shows it when the operator has told it.
                self.ask(records, Operation::Cards, "/v1/cards", None)?;
                self.ask(records, Operation::Sources, "/v1/sources", None)?;
            }
            // Not known yet, or not to be believed. If the operator does not know the key, the same bytes are
            // sent again.
            (Next::SendAgain, _) => {
                self.post(records, Operation::Payment, key, "/v1/payments", &request, None)?;
                self.pause(records, key, call.attempts)?;
            }
            _ => {
                let path = format!("/v1/payments/{key}");
                self.ask(records, Operation::PaymentState, &path, None)?;
                self.pause(records, &path, call.attempts)?;
            }
        }
        Ok(())
    }

    /// A call that was just written waits a little before it is carried.
    pub(super) fn pause(&self, records: &Records<'_>, key: &str, attempts: u32) -> Result<(), StoreError> {
        let pause_ms = rule::ask_again_ms(attempts);
        records.run(
            "UPDATE outbox SET due_ms = ?2, attempts = ?3 WHERE key = ?1",
            (key, self.clock.boot_ms() + pause_ms, attempts.saturating_add(1)),
        )?;
        Ok(())
    }

    fn take_rides(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        if !answer.is_success() {
            return Ok(());
        }
        let told = answer.read::<Rides>().ok_or_else(|| unreadable(call))?.rides;
        let (mut signed, mut claimed) = (Vec::new(), Vec::new());
        for ride in told.into_iter().map(Ride::from) {
            let vouched = view.keys.as_ref().is_some_and(|keys| ride.is_vouched_for(keys));
            if self.keep_ride(records, &ride, vouched)? {
                if vouched { &mut signed } else { &mut claimed }.push(ride);
            }
        }
        // A payment and a message are settled on the operator's signature alone.
        self.settle_by_rides(records, &signed, &claimed)?;
        Ok(self.settle_messages(records, &signed, call.attempts)?)
    }
}

/// An answer that is not what the contract says.
pub(super) fn unreadable(call: &Call) -> JolError {
    JolError::internal(&format!("{}: not what the contract says", call.path))
}

/// Whether an answer speaks the contract's language at all. Packs and feeds are checked where they are read.
fn is_the_operators(operation: Operation, status: u16, body: &[u8]) -> bool {
    match (operation, status) {
        (Operation::Pack, _) | (_, 304) => true,
        (Operation::Positions | Operation::Updates | Operation::Alerts, 200..=299) | (_, 204) => true,
        (_, 200..=299) => serde_json::from_slice::<IgnoredAny>(body).is_ok(),
        _ => serde_json::from_slice::<Problem>(body).is_ok(),
    }
}

/// The keys that were accepted before, so that tickets verify without a network.
pub(super) fn kept_keys(records: &Records<'_>, root: &Root) -> Result<Option<TrustedKeys>, StoreError> {
    let list = documents::get::<KeysAnswer>(records, "/v1/keys")?;
    Ok(list.and_then(|list| TrustedKeys::accept(&list.key_list.0, root, 0, None).ok()))
}
