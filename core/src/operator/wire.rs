//! What travels between the app and an operator, as JSON: `core/contract/operator.openapi.yaml`.
//!
//! Field names are those of the contract. Binary values (`Base64`) are base64url without padding.
//! A reader ignores fields that it does not know, so that an operator may add some.

use crate::city::fares::Vehicle;
use crate::money::Money;
use crate::pay::{DeclineReason, Refund, Source, Way};
use crate::text::{Language, Words};
use crate::wallet::{Category, PassengerGroup};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

mod cards;
pub use cards::*;
mod vouchers;
pub use vouchers::*;
mod taps;
pub use taps::*;
mod till;

pub use till::{
    MOST_SALES, SalesAnswer, SalesRequest, SignedSale, TillKey, TillKeys, TillShift, TillShiftRequest,
};

/// Bytes that travel as base64url without padding (RFC 4648 §5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Base64, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map(Base64).map_err(serde::de::Error::custom)
    }
}

/// Bytes that nobody is to read in a log; they travel as [`Base64`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub Base64);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The header that names a POST, so that a repeated one is carried out once.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The header that tells the operator which version of the app asks.
pub const APP_VERSION: &str = "jol-version";

/// The header that says how long ago the passenger tapped, in ms, by a clock that nobody can set.
pub const INTENT_AGE: &str = "jol-intent-age";

/// `GET /v1/operator`: who the operator is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorInfo {
    /// Its id, as in tickets.
    pub id: String,
    /// Its name.
    pub name: Words,
    /// The lowest version of the app that may pay; an older one still shows tickets.
    pub lowest_version_that_pays: String,
    /// The present version of the terms of use.
    pub terms_version: u32,
    /// Whom to call.
    pub support: Support,
    /// What an inspector does where a minor has no valid ticket, by the law and the operator's rules; none
    /// if the operator has no such rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minors: Option<Words>,
    /// Whether it sells rides before, for buses without a network.
    #[serde(default)]
    pub offline_rides: bool,
}

/// Whom a passenger calls or writes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// Phone lines, the best first.
    pub phones: Vec<SupportPhone>,
    /// Where to write: a link that opens a chat.
    pub chat: String,
}

/// A support line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportPhone {
    /// The number, as in `+7 777 000 2505`.
    pub number: String,
    /// When somebody answers.
    pub hours: Words,
}

/// `GET /v1/terms`: the terms of use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Counts up with each change.
    pub version: u32,
    /// From which date they hold (ISO).
    pub dated: String,
    /// The whole text.
    pub text: Words,
    /// What changed since the version before; empty in the first.
    pub changes: Words,
}

/// `GET /v1/cities`: where the operator runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cities {
    /// All cities.
    pub cities: Vec<CitySummary>,
}

/// One city in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitySummary {
    /// Its id, as in paths.
    pub id: String,
    /// Its name.
    pub name: Words,
    /// A sample that is not any city's timetable; said wherever it is shown.
    pub sample: bool,
    /// Its lines, by public number.
    pub lines: Vec<LineSummary>,
    /// Its city pack.
    pub pack: PackSummary,
}

/// A line in the list of a city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineSummary {
    /// The number on the front of the bus.
    pub number: String,
    /// From where to where.
    pub name: String,
}

/// A city pack that can be fetched: `GET /v1/cities/{city}/pack`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackSummary {
    /// Its SHA-256.
    pub sha256: Base64,
    /// Its size.
    pub bytes: u64,
    /// The operator's data key signs the hash (`ticket::keys`, purpose city data).
    pub signature: Base64,
    /// First and last day of the timetable (ISO dates).
    pub first_day: String,
    /// See `first_day`.
    pub last_day: String,
}

/// `POST /v1/sign-ins`: send me a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    /// A phone number (`+` and digits) or an e-mail address.
    pub to: String,
    /// The language of the message.
    pub language: Language,
    /// The version of the terms that the passenger accepted.
    pub terms_version: u32,
}

/// The code was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInStarted {
    /// The id of this sign-in.
    pub sign_in: String,
    /// Until when the code can be entered, ms since 1970.
    pub expires_ms: i64,
    /// How many digits it has.
    pub code_length: u8,
}

/// `POST /v1/sign-ins/{sign_in}/code`: here is the code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRequest {
    /// What the passenger typed.
    pub code: String,
}

/// Without the code.
impl fmt::Debug for CodeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeRequest")
    }
}

/// The code was right.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Goes with every later request as `Authorization: Bearer`.
    pub token: String,
    /// The account's id.
    pub account: String,
    /// What this phone's key signs to enrol itself.
    pub nonce: Base64,
    /// Whether it is one of the operator's inspectors.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub staff: bool,
}

/// Without the token.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.account)
    }
}

/// `POST /v1/devices`: enrols this phone's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The compressed P-256 point, 33 bytes.
    pub public_key: Base64,
    /// The nonce of the session.
    pub nonce: Base64,
    /// By that key, over the enrolment message (`operator::enrolment_message`); ECDSA with SHA-256.
    pub signature: Base64,
    /// The platform's word that the key lives in its hardware (Play Integrity, App Attest), if any.
    pub attestation: Option<String>,
    /// What the passenger will recognise this phone by.
    pub name: String,
}

/// An enrolled phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub device: String,
    /// Whether the platform vouched for the key.
    pub attested: bool,
    /// Until when it must wait before it may spend (a new phone on a number with balances).
    pub waits_until_ms: Option<i64>,
}

/// `GET /v1/devices`, and the answer to a change of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// All phones of the account, the oldest first.
    pub devices: Vec<HeldDevice>,
}

/// A phone of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDevice {
    /// The phone.
    #[serde(flatten)]
    pub device: Device,
    /// What the passenger recognises it by.
    pub name: String,
    /// When it was enrolled, ms since 1970.
    pub since_ms: i64,
    /// Whether it is the one that asks.
    pub own: bool,
}

/// `POST /v1/devices/{device}/state`: one phone of the account decides about another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceChange {
    /// What is to become of it.
    pub to: DeviceWish,
}

/// What is to become of another phone of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceWish {
    /// It is the passenger's, and waits no longer.
    Confirm,
    /// It is lost or a stranger's: its session ends, and its key is worth nothing.
    Remove,
}

/// `POST /v1/cards`: a card that the passenger registers by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRequest {
    /// Its category.
    pub category: Category,
    /// What the passenger calls it.
    pub name: String,
    /// In the app alone, or a code that buses read too.
    #[serde(default)]
    pub form: CardForm,
    /// It is for a child without a phone.
    #[serde(default)]
    pub child: bool,
}

/// `POST /v1/top-ups`: tops up any card by its number, one's own or another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpRequest {
    /// The card's number as printed, digits only.
    pub card_number: String,
    /// One of the city's providers, by id.
    pub provider: String,
    /// How much; the card gains this and the passenger pays this: no commission.
    pub sum: Money,
}

/// `GET /v1/top-ups/{top_up}`: how a top-up stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpAnswer {
    /// Its id.
    pub top_up: String,
    /// The card, masked but for its last four digits.
    pub masked_card: String,
    /// Through whom.
    pub provider: String,
    /// How much the card gains.
    pub sum: Money,
    /// How much the passenger pays; the same.
    pub charged: Money,
    /// How it stands.
    pub state: TopUpState,
    /// The bank's own page or app to hand over to; it carries no claim of money back.
    pub hand_over: Option<String>,
    /// The signed answer, once it is known.
    pub receipt: Option<Base64>,
    /// The card's id, if it is one of this account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Whose money, where the operator took it itself; else the provider collected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Until when the card must be held to a validator, ms since 1970, where the money waits there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// Why the carrier did not take it from the phone's balance. Of a bank's refusal nothing more is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<TopUpDecline>,
}

/// Why a top-up from the phone's balance was declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpDecline {
    /// Why; the receipt says the same.
    pub reason: DeclineReason,
    /// From when on it may be tried again, ms since 1970.
    pub try_again_ms: Option<i64>,
    /// The carrier's name for its trust credit.
    pub service: Option<String>,
}

/// How a top-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpState {
    /// The bank has not confirmed it yet.
    Waiting,
    /// It is paid, and written onto the plastic card when that is held to a validator.
    AtValidator,
    /// The money is on the card.
    Done,
    /// The bank refused; no money was taken.
    Refused,
}

/// `GET /v1/sources`: whose money may pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// All of them, those that cannot be used now too.
    pub sources: Vec<SourceInfo>,
}

/// A source of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInfo {
    /// Which one.
    pub source: Source,
    /// The carrier's or bank's name for it.
    pub label: Words,
    /// What is on it, where that is known.
    pub balance: Option<Money>,
    /// When that was read, ms since 1970.
    #[serde(default)]
    pub as_of_ms: Option<i64>,
}

/// `POST /v1/bank-cards`: link a bank card on the bank's own page. `GET /v1/bank-cards/{link}`: how
/// that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankLinkAnswer {
    /// The id of the linking.
    pub link: String,
    /// The bank's page; no card number ever reaches the operator or the app.
    pub page: String,
    /// How it stands.
    pub state: BankLinkState,
    /// Once it is linked: the operator's token for the card, as in [`Source::BankCard`].
    pub token: Option<String>,
}

/// How the linking of a bank card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankLinkState {
    /// The passenger has not finished on the bank's page.
    Waiting,
    /// The card pays from now on.
    Linked,
    /// The bank or the passenger said no.
    Refused,
}

/// `POST /v1/payments`: charge this ride.
///
/// The idempotency key in the header names it; the same bytes are sent again until an answer is
/// known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// In which city.
    pub city: String,
    /// In which bus, by the operator's vehicle id.
    pub vehicle: String,
    /// The line that the passenger was shown.
    pub line: String,
    /// How it is paid.
    pub way: Way,
    /// Whose money.
    pub source: Source,
    /// Who rides.
    pub passengers: Vec<PassengerGroup>,
    /// The id of the card that gives a category other than standard.
    pub card: Option<String>,
    /// The fare that was shown on the button.
    pub fare: Money,
    /// When the passenger tapped, by ticket time, ms since 1970.
    pub tapped_ms: i64,
    /// The operator refuses it later than this.
    pub not_after_ms: i64,
    /// One more passenger on a ride that is paid already: the one case that charges again.
    pub one_more: bool,
    /// By the phone's key over the intent (`pay::intent_message`), if it has one.
    pub signature: Option<Base64>,
}

/// `GET /v1/payments/{key}`, and the answer to the POST: what became of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAnswer {
    /// The payment's idempotency key.
    pub key: String,
    /// What became of it.
    pub outcome: PaymentOutcome,
    /// The signed answer about money (`ticket::receipt`); none while pending.
    pub receipt: Option<Base64>,
}

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PaymentOutcome {
    /// The operator is waiting for the source itself.
    Pending,
    /// Charged, once.
    Paid {
        /// The ride that it paid.
        ride: RideAnswer,
    },
    /// This ride was paid before, by another payment; nothing was charged now.
    AlreadyPaid {
        /// The payment that paid it.
        by_key: String,
        /// The ride.
        ride: RideAnswer,
    },
    /// Not charged.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when it may succeed, where that is known.
        try_again_ms: Option<i64>,
        /// The carrier's own name for its trust credit, where that is the reason.
        service: Option<String>,
    },
    /// Charged, and the money went back: no ticket could be issued, or the passenger gave the ride back.
    Refunded {
        /// The money.
        refund: Refund,
        /// The ride that was given back; none if there was no ticket.
        ride: Option<RideAnswer>,
    },
}

/// A ride as the operator holds it, `GET /v1/rides`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RideAnswer {
    /// Its id.
    pub ride: String,
    /// The payment that paid it.
    pub key: String,
    /// In which city.
    pub city: String,
    /// The bus.
    pub vehicle: Vehicle,
    /// Who rides.
    pub passengers: Vec<PassengerGroup>,
    /// How it was paid.
    pub way: Way,
    /// Whose money.
    pub source: Source,
    /// What was charged.
    pub fare: Money,
    /// When it was paid, ms since 1970.
    pub paid_ms: i64,
    /// Where the bus was then: the name of the stop.
    pub boarding_stop: Option<String>,
    /// Where the line ends.
    pub terminus: String,
    /// Whether its ticket is valid.
    pub state: RideState,
    /// When it ended, or when it will at the latest, ms since 1970.
    pub ends_ms: i64,
    /// The signed ticket.
    pub ticket: Base64,
    /// Where the bus broke down: the buses on which the ticket holds, by their painted numbers.
    #[serde(default)]
    pub continues_on: Vec<String>,
    /// The seller's fiscal sign; only with one a receipt is called fiscal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal: Option<FiscalSign>,
    /// When the passenger asked for it, ms since 1970: the tap, the message; where it is not told, when it was
    /// paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_ms: Option<i64>,
    /// The money that went back, on a ride that was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Refund>,
    /// The ride in whose place this one is, on another bus: what was charged there counts here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Corrected>,
}

/// The sign by which a tax authority knows a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiscalSign {
    /// The sign, as it is printed.
    pub sign: String,
    /// Where anybody sees that the authority knows it: HTTPS.
    pub url: String,
    /// The serial number of the cash register.
    pub register: String,
}

/// A ride that was paid on the wrong bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// Its id.
    pub ride: String,
    /// What was charged for it.
    pub fare: Money,
}

/// `POST /v1/rides/{ride}/refund`: the passenger gives a ride back. Answered as a payment is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    /// The ride.
    pub ride: String,
    /// What is to go back: what was charged.
    pub sum: Money,
}

/// `POST /v1/rides/{ride}/correction`: "not this bus?". The ride was paid on the wrong bus, and its ticket
/// is put on another one. Answered as a payment is; what is charged or goes back is the difference in fare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionRequest {
    /// The ride.
    pub ride: String,
    /// The right bus, by the operator's vehicle id.
    pub vehicle: String,
    /// The line that the passenger was shown.
    pub line: String,
    /// What the ride on that bus costs in all, as it was shown on the button.
    pub fare: Money,
}

/// Whether a ride's ticket is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RideState {
    /// Valid on its bus.
    Valid,
    /// The bus reached its terminus, or the time ran out.
    Ended,
    /// The money went back.
    Refunded,
    /// A new ticket took its place (another phone, another bus).
    Replaced,
}

/// `GET /v1/rides`: the rides of this account, newest first; what the operator holds for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rides {
    /// The rides.
    pub rides: Vec<RideAnswer>,
    /// Payments that have no answer yet, by key.
    pub pending: Vec<String>,
}

/// `POST /v1/rides/{ride}/sends`: a ticket for another phone, for some of a ride's passengers.
///
/// `POST /v1/rides/{ride}/reissue` has no body: it issues the ride's ticket for the phone that asks, and
/// is answered with the ride.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendRequest {
    /// The other phone's compressed P-256 point, 33 bytes.
    pub public_key: Base64,
    /// Who rides with it.
    pub passengers: Vec<PassengerGroup>,
}

/// The ticket was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendAnswer {
    /// The ride with who is left on it; replaced if nobody is.
    pub ride: RideAnswer,
    /// The signed ticket for the other phone.
    pub sent: Base64,
}

/// `GET /v1/keys`: the list of keys, signed by the operator's root (`ticket::keys`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysAnswer {
    /// A COSE_Sign1.
    pub key_list: Base64,
}

/// `GET /v1/status`: the list of revoked tickets, signed (`ticket::status`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// A COSE_Sign1.
    pub status_list: Base64,
}

/// `GET /v1/vehicles/{vehicle}/register`: who rides in a vehicle, signed (`ticket::register`). For staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterAnswer {
    /// A COSE_Sign1.
    pub register: Base64,
}

/// `GET /v1/day-signs`: the colour and the word of some days, signed (`ticket::day_sign`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySignsAnswer {
    /// A COSE_Sign1.
    pub day_signs: Base64,
}

/// `GET /v1/time?nonce=…`: the operator's time, signed by the receipt key, for an anchor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeAnswer {
    /// A COSE_Sign1 over the nonce and the time.
    pub time: Base64,
}

/// `GET /v1/cities/{city}/vehicles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicles {
    /// Every bus of the city.
    pub vehicles: Vec<Vehicle>,
}

/// `POST /v1/inspections`: what an inspector saw. No more than this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionReport {
    /// The checks since the last upload.
    pub checks: Vec<InspectionEntry>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionEntry {
    /// The id of the ticket or voucher, hexadecimal; none where an intent was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// What a phone showed of a payment that is not known yet: the whole text (`ticket::intent`), by which
    /// the operator sees later what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// The challenge that the intent answers, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Base64>,
    /// Which of the voucher's rides it was; none for a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u8>,
    /// `valid`, `not_valid` or `cannot_tell`.
    pub verdict: String,
    /// In which bus; of a voucher: the bus that the phone signed.
    pub vehicle: String,
    /// When, ms since 1970.
    pub at_ms: i64,
}

/// An error by RFC 9457, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank` or a link to what it means.
    #[serde(rename = "type")]
    pub kind: String,
    /// The stable code, as in `wrong_code`.
    pub code: String,
    /// One English line for a developer.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// How many tries are left, for `wrong_code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u8>,
}

/// The stable codes of problems.
pub mod problem {
    /// The body is not what the contract says.
    pub const BAD_REQUEST: &str = "bad_request";
    /// No session, or one that ended.
    pub const NOT_SIGNED_IN: &str = "not_signed_in";
    /// A session that is not an inspector's.
    pub const NOT_STAFF: &str = "not_staff";
    /// There is nothing with this id.
    pub const NOT_FOUND: &str = "not_found";
    /// The one-time code was wrong.
    pub const WRONG_CODE: &str = "wrong_code";
    /// The one-time code is too old or was tried too often.
    pub const CODE_EXPIRED: &str = "code_expired";
    /// The phone number or e-mail address cannot be used.
    pub const BAD_NUMBER: &str = "bad_number";
    /// The device's signature is wrong.
    pub const BAD_SIGNATURE: &str = "bad_signature";
    /// Only an office issues a card of this category.
    pub const OFFICE_ONLY: &str = "office_only";
    /// The card cannot do that as it stands: it is blocked, moved, or of another form.
    pub const CARD_STATE: &str = "card_state";
    /// A card's code that is old, not genuine, or was shown before; or the card is no code.
    pub const CARD_CODE: &str = "card_code";
    /// There is no card with this number.
    pub const UNKNOWN_CARD: &str = "unknown_card";
    /// The sum is zero, negative, or outside of the provider's bounds.
    pub const BAD_SUM: &str = "bad_sum";
    /// The provider is not one of the city's.
    pub const UNKNOWN_PROVIDER: &str = "unknown_provider";
    /// The same idempotency key came with another body.
    pub const KEY_REUSED: &str = "key_reused";
    /// A POST without an idempotency key.
    pub const KEY_MISSING: &str = "key_missing";
    /// The ride's ticket holds no longer.
    pub const RIDE_OVER: &str = "ride_over";
    /// These passengers are not on the ticket.
    pub const NOT_ON_TICKET: &str = "not_on_ticket";
    /// A phone that waits itself, or has no key, decides about no other.
    pub const DEVICE_WAITS: &str = "device_waits";
    /// This phone has no enrolled key.
    pub const NOT_ENROLLED: &str = "not_enrolled";
    /// A sale does not follow on the last one that came: one between them is missing.
    pub const SERIAL_GAP: &str = "serial_gap";
    /// The same passengers of a till were sold another ride before.
    pub const SERIAL_REUSED: &str = "serial_reused";
    /// Too many requests.
    pub const SLOW_DOWN: &str = "slow_down";
    /// Something is out of order at the operator's.
    pub const UNAVAILABLE: &str = "unavailable";
}
