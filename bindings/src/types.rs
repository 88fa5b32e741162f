//! The mirror of every type that crosses: the contract with the shells.
//!
//! The compiler checks each mirror against the type in `jol_core`; what each field means is told
//! there. A change here is a line in the changelog and a look at both shells.

use jiff::civil::Date as CivilDate;
use jol_core::account::{Account, DeviceState, Phone, SignIn, TermsState};
use jol_core::city::fares::{CategoryRule, Issued, PointOfSale, ProviderKind, TopUpProvider, Vehicle};
use jol_core::city::streets::PlaceKind;
use jol_core::detect::{Candidate, Company, CompanyView, Evidence, Fix, Sighting, TypedBus, Why};
use jol_core::follow::{
    GetOffAlert, JourneyPrice, LegTimes, LegTrouble, LiveJourney, LiveLeg, RidePrice, StopBoard,
};
use jol_core::geo::Point;
use jol_core::inspector::{ListView, VerdictView};
use jol_core::jol::{
    CardAccount, CityState, CodeCheck, Corner, EyeView, FetchProgress, FoundPlace, GetOffView, JolError,
    MessageView, NearStop, NfcStep, NoticesOf, OfflineRides, Opening, OperatorEntry, OutgoingMessage,
    PassengerWords, PendingView, ReceiptDetails, ReplyReading, ReplyView, ReservedRides, ReservedStanding,
    Restored, ScannedCode, SentTicket, Staff, TicketPlace, TicketView, ToSign,
};
use jol_core::kept::{
    KeptLine, KeptPlace, KeptTrip, PlaceRole, RecentPlace, RecentTrip, SavedJourney, SavedStanding,
};
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::operator::wire::{
    Base64, Card, CardForm, CardState, CardWish, CitySummary, Corrected, DeviceWish, FiscalSign, HeldPass,
    LineSummary, OperatorInfo, PackSummary, PurchaseItem, RideState, Support, SupportPhone, Terms,
};
use jol_core::pay::message::{
    BusName, LanguageWord, MessageStanding, MessengerRule, ReplyKind, ReplyPattern, SmsRule,
};
use jol_core::pay::offline::{Boarded, Boarding, GiveBack, OfflineQuote};
use jol_core::pay::{
    ChangeState, Changeable, CorrectionQuote, DeclineReason, Payment, PaymentState, Quote, Refund, Ride,
    RideChange, Source, SupportCall, Way,
};
use jol_core::plan::{
    Departure, Direction, Endpoint, Halt, Journey, Leg, Line, Plan, PlanNote, PlanQuery, Prefer, RideLeg,
    StopAt, StopCall, WalkLeg, WalkStep, Wheelchair, When,
};
use jol_core::qr::{Meaning, QrCode};
use jol_core::realtime::{BoardKind, BoardRow, Crowding, Effect, NoticePeriod, NoticeView};
use jol_core::text::{Language, Words};
use jol_core::ticket::NumberKind;
use jol_core::till::{CashQuote, RefusedSale, ShiftReport, ShiftStanding, ShiftSum, SoldTicket};
use jol_core::travel::{
    ExportFormat, Month, MonthPart, MonthSum, TravelCursor, TravelEntry, TravelExport, TravelKind,
    TravelPage, TravelQuery, TravelState,
};
use jol_core::wallet::{
    BankLink, BankLinkStanding, CardLookup, CardStanding, CardStep, CardView, Category, LookupStanding,
    Offer, PassengerGroup, Purchase, PurchaseStanding, SourceView, TopUp, TopUpStanding,
};

uniffi::custom_type!(Base64, Vec<u8>, { remote, lower: |bytes| bytes.0, try_lift: |bytes| Ok(Base64(bytes)) });
// Named so that Swift's own `Date` stays what it is beside it.
uniffi::custom_type!(CivilDate, String, { remote, lower: |date| date.to_string(), try_lift: |text| Ok(text.parse()?) });

// --- Values that many rooms share ---

#[uniffi::remote(Record)]
pub struct Money {
    pub tiyn: i64,
}

#[uniffi::remote(Record)]
pub struct Point {
    pub lat: f64,
    pub lon: f64,
}

#[uniffi::remote(Enum)]
pub enum Language {
    Kk,
    Ru,
    En,
}

#[uniffi::remote(Record)]
pub struct Words {
    pub kk: String,
    pub ru: String,
    pub en: String,
}

#[uniffi::remote(Enum)]
pub enum Category {
    Standard,
    Child,
    School,
    Student,
    Senior,
    Disabled,
    Veteran,
    LargeFamily,
}

#[uniffi::remote(Record)]
pub struct PassengerGroup {
    pub category: Category,
    pub count: u8,
}

#[uniffi::remote(Error)]
pub enum JolError {
    NotSignedIn,
    NotStaff,
    TermsNotAccepted,
    AppTooOld,
    NoCity,
    OfficeOnly { office: String, hours: String, phone: String, documents: Vec<String> },
    BadSum { least: Money, most: Money },
    BadInput { field: String },
    NotFound { what: String },
    BadSignature,
    Storage { what: String },
    Internal { what: String },
}

#[uniffi::remote(Enum)]
pub enum Refusal {
    WrongCode { tries_left: u8 },
    CodeExpired,
    BadNumber,
    UnknownCard,
    CardState,
    BadSum,
    UnknownProvider,
    OfficeOnly,
    RideOver,
    NotOnTicket,
    DeviceWaits,
    NotSignedIn,
    NotStaff,
    Unreachable,
    Other { code: String },
}

// --- Opening, the operator, the account ---

#[uniffi::remote(Record)]
pub struct OperatorEntry {
    pub code: String,
    pub address: String,
    pub root_key: Vec<u8>,
    pub tls_root: Option<Vec<u8>>,
}

#[uniffi::remote(Record)]
pub struct Opening {
    pub folder: String,
    pub operator: OperatorEntry,
    pub data_key: Vec<u8>,
    pub boot_id: String,
    pub device_name: String,
    pub language: Language,
    pub app_version: String,
}

#[uniffi::remote(Record)]
pub struct OperatorInfo {
    pub id: String,
    pub name: Words,
    pub lowest_version_that_pays: String,
    pub terms_version: u32,
    pub support: Support,
    pub minors: Option<Words>,
    pub offline_rides: bool,
}

#[uniffi::remote(Record)]
pub struct Support {
    pub phones: Vec<SupportPhone>,
    pub chat: String,
}

#[uniffi::remote(Record)]
pub struct SupportPhone {
    pub number: String,
    pub hours: Words,
}

#[uniffi::remote(Record)]
pub struct Terms {
    pub version: u32,
    pub dated: String,
    pub text: Words,
    pub changes: Words,
}

#[uniffi::remote(Record)]
pub struct Account {
    pub terms: TermsState,
    pub sign_in: SignIn,
    pub device: DeviceState,
    pub refusal: Option<Refusal>,
}

#[uniffi::remote(Enum)]
pub enum TermsState {
    Unknown,
    Waiting { version: u32, changed: bool },
    Accepted { version: u32 },
}

#[uniffi::remote(Enum)]
pub enum SignIn {
    SignedOut,
    Asking { to: String },
    CodeSent { to: String, sign_in: String, expires_ms: i64, code_length: u8 },
    Checking { to: String, sign_in: String, expires_ms: i64, code_length: u8 },
    SignedIn { to: String, account: String },
}

#[uniffi::remote(Enum)]
pub enum DeviceState {
    NotEnrolled,
    Enrolling,
    Enrolled { device: String, attested: bool, waits_until_ms: Option<i64> },
}

// --- The city ---

#[uniffi::remote(Record)]
pub struct CitySummary {
    pub id: String,
    pub name: Words,
    pub sample: bool,
    pub lines: Vec<LineSummary>,
    pub pack: PackSummary,
}

#[uniffi::remote(Record)]
pub struct LineSummary {
    pub number: String,
    pub name: String,
}

#[uniffi::remote(Record)]
pub struct PackSummary {
    pub sha256: Base64,
    pub bytes: u64,
    pub signature: Base64,
    pub first_day: String,
    pub last_day: String,
}

#[uniffi::remote(Enum)]
pub enum CityState {
    NotChosen,
    Fetching { city: String, progress: FetchProgress },
    Ready { city: String, name: Words, sample: bool, first_day: String, last_day: String },
    Failed { city: String, refusal: Refusal },
}

#[uniffi::remote(Record)]
pub struct FetchProgress {
    pub done: u64,
    pub total: u64,
}

#[uniffi::remote(Record)]
pub struct Vehicle {
    pub vehicle: String,
    pub painted: String,
    pub plate: String,
    pub line: String,
    pub terminal: bool,
    pub ways: Vec<Way>,
}

// --- Cards and top-ups ---

#[uniffi::remote(Record)]
pub struct CategoryRule {
    pub category: Category,
    pub issued: Issued,
    pub card_price: Money,
    pub below_age: Option<u8>,
}

#[uniffi::remote(Enum)]
pub enum Issued {
    InApp,
    InAppWithProof { proof: Words, until: Option<CivilDate> },
    AtOffice { documents: Vec<Words>, office: Words, hours: Words, phone: String },
}

#[uniffi::remote(Record)]
pub struct PointOfSale {
    pub name: Words,
    pub point: Point,
    pub hours: Words,
    pub sells_cards_for: Option<Money>,
    pub tops_up: bool,
}

#[uniffi::remote(Record)]
pub struct SmsRule {
    pub number: String,
    pub grammar: String,
    pub bus: BusName,
    pub languages: Vec<LanguageWord>,
    pub from: Vec<String>,
    pub replies: Vec<ReplyPattern>,
}

#[uniffi::remote(Record)]
pub struct MessengerRule {
    pub name: String,
    pub link: String,
    pub hosts: Vec<String>,
    pub apps: Vec<String>,
    pub grammar: String,
    pub bus: BusName,
    pub languages: Vec<LanguageWord>,
    pub replies: Vec<ReplyPattern>,
}

#[uniffi::remote(Enum)]
pub enum BusName {
    Painted,
    Vehicle,
    Plate,
}

#[uniffi::remote(Record)]
pub struct LanguageWord {
    pub language: Language,
    pub word: String,
}

#[uniffi::remote(Record)]
pub struct ReplyPattern {
    pub says: ReplyKind,
    pub language: Language,
    pub text: String,
}

#[uniffi::remote(Enum)]
pub enum ReplyKind {
    Paid,
    AlreadyPaid,
    Declined { reason: DeclineReason },
}

#[uniffi::remote(Record)]
pub struct TopUpProvider {
    pub id: String,
    pub kind: ProviderKind,
    pub name: Words,
    pub least: Money,
    pub most: Money,
}

#[uniffi::remote(Enum)]
pub enum ProviderKind {
    App,
    Kaspi,
    Homebank,
    Bank,
    Qiwi,
    SalePoint,
    Carrier,
}

#[uniffi::remote(Record)]
pub struct Card {
    pub id: String,
    pub number: String,
    pub name: String,
    pub category: Category,
    pub balance: Money,
    pub state: CardState,
    pub valid_until: Option<String>,
    pub as_of_ms: i64,
    pub form: CardForm,
    pub child: bool,
    pub refused: Option<Words>,
    pub moved_to: Option<String>,
    pub day_limit: Option<Money>,
    pub credential: Option<Base64>,
}

#[uniffi::remote(Enum)]
pub enum CardForm {
    Virtual,
    Physical,
    QrApp,
    QrPrinted,
}

#[uniffi::remote(Enum)]
pub enum CardState {
    Applied,
    Refused,
    Active,
    Blocked,
    Lost,
    Stopped,
    Moved,
}

#[uniffi::remote(Enum)]
pub enum CardWish {
    Block,
    Unblock,
    Lose,
}

#[uniffi::remote(Record)]
pub struct Phone {
    pub id: String,
    pub name: String,
    pub since_ms: i64,
    pub own: bool,
    pub waits_until_ms: Option<i64>,
    pub text: String,
}

#[uniffi::remote(Enum)]
pub enum DeviceWish {
    Confirm,
    Remove,
}

#[uniffi::remote(Record)]
pub struct Restored {
    pub made_ms: i64,
    pub rides: u32,
}

#[uniffi::remote(Record)]
pub struct CardView {
    pub id: String,
    pub name: String,
    pub number: String,
    pub form: CardForm,
    pub form_text: String,
    pub category: Category,
    pub rides_as: Category,
    pub rides_as_text: String,
    pub balance: Money,
    pub as_of_ms: i64,
    pub age_text: String,
    pub standing: CardStanding,
    pub standing_text: String,
    pub step: CardStep,
    pub step_text: Option<String>,
    pub child: bool,
    pub pays: bool,
    pub shows_code: bool,
    pub limit_text: Option<String>,
}

#[uniffi::remote(Enum)]
pub enum CardStanding {
    ProofBeingChecked,
    ProofRefused,
    Active { last: Option<CivilDate> },
    EndsSoon { last: CivilDate, days_left: u16 },
    Ended,
    Blocked,
    Lost,
    Stopped,
    Moved,
}

#[uniffi::remote(Enum)]
pub enum CardStep {
    Nothing,
    Wait,
    Prove,
    Unblock,
    Move,
    AskOffice,
}

#[uniffi::remote(Record)]
pub struct CardLookup {
    pub key: String,
    pub masked_card: String,
    pub standing: LookupStanding,
}

#[uniffi::remote(Enum)]
pub enum LookupStanding {
    Asked,
    Found { is_preferential: bool, balance: Option<Money>, as_of_ms: i64 },
    NotTold { refusal: Refusal },
}

#[uniffi::remote(Record)]
pub struct CardAccount {
    pub card: String,
    pub told: Money,
    pub booked: Money,
    pub elsewhere: Money,
}

#[uniffi::remote(Record)]
pub struct Offer {
    pub item: PurchaseItem,
    pub name: Words,
    pub price: Money,
}

#[uniffi::remote(Enum)]
pub enum PurchaseItem {
    Card { category: Category, form: CardForm, child: bool },
    Pass { pass: String },
}

#[uniffi::remote(Record)]
pub struct Purchase {
    pub key: String,
    pub city: String,
    pub item: PurchaseItem,
    pub price: Money,
    pub source: Source,
    pub standing: PurchaseStanding,
    pub asked_ms: i64,
}

#[uniffi::remote(Enum)]
pub enum PurchaseStanding {
    Asked,
    Bought { what: String },
    Declined { reason: DeclineReason, try_again_ms: Option<i64>, service: Option<String> },
    NotTaken { refusal: Refusal },
}

#[uniffi::remote(Record)]
pub struct HeldPass {
    pub id: String,
    pub pass: String,
    pub city: String,
    pub name: Words,
    pub categories: Vec<Category>,
    pub lines: Vec<String>,
    pub from: String,
    pub until: String,
}

#[uniffi::remote(Record)]
pub struct TopUp {
    pub key: String,
    pub top_up: Option<String>,
    pub masked_card: String,
    pub provider: String,
    pub sum: Money,
    pub standing: TopUpStanding,
    pub asked_ms: i64,
}

#[uniffi::remote(Enum)]
pub enum TopUpStanding {
    Asked,
    WaitingForBank { hand_over: Option<String> },
    AtValidator { until_ms: i64 },
    Done,
    RefusedByBank,
    Declined { reason: DeclineReason, try_again_ms: Option<i64>, service: Option<String> },
    NotTaken { refusal: Refusal },
}

#[uniffi::remote(Record)]
pub struct SourceView {
    pub source: Source,
    pub label: Words,
    pub balance: Option<Money>,
    pub as_of_ms: Option<i64>,
    pub age_text: Option<String>,
}

#[uniffi::remote(Record)]
pub struct BankLink {
    pub key: String,
    pub link: Option<String>,
    pub standing: BankLinkStanding,
    pub asked_ms: i64,
}

#[uniffi::remote(Enum)]
pub enum BankLinkStanding {
    Asked,
    AtBank { page: String },
    Linked { token: String },
    RefusedByBank,
    NotTaken { refusal: Refusal },
}

// --- Paying, rides, tickets ---

#[uniffi::remote(Enum)]
pub enum Way {
    App,
    BusQr,
    Nfc,
    Bluetooth,
    Sms,
    Messenger,
    SmartCard,
    QrCard,
    BankCard,
    Cash,
}

#[uniffi::remote(Enum)]
pub enum Source {
    PhoneBalance,
    SmartCard { card: String },
    BankCard { token: String },
    Cash,
}

#[uniffi::remote(Enum)]
pub enum DeclineReason {
    CorporateLine,
    TrustCredit,
    NoTopUp,
    StartingBalance,
    SimReplaced,
    CarrierAbsent,
    NoMoney,
    OverLimit,
    FareChanged,
    UnknownBus,
    RunClosed,
    WayNotTaken,
    TooLate,
    CategoryNotHeld,
    TermsNotAccepted,
    AppTooOld,
    PhoneWaits,
    TryLater,
    OfflineRidesOff,
    OfflineRidesEnded,
    RefundTooLate,
    CorrectionTooLate,
    Inspected,
    CorrectedBefore,
    RidesThere,
    RideOver,
    PaidElsewhere,
    RefundsEnded,
}

#[uniffi::remote(Record)]
pub struct SupportCall {
    pub text: String,
    pub link: String,
}

#[uniffi::remote(Record)]
pub struct OfflineQuote {
    pub key: String,
    pub rides: u8,
    pub passengers: Vec<PassengerGroup>,
    pub source: Source,
    pub fare: Money,
    pub sum: Money,
    pub reserved_by: Option<String>,
    pub request: Vec<u8>,
    pub to_sign: Vec<u8>,
}

#[uniffi::remote(Record)]
pub struct Boarding {
    pub key: String,
    pub voucher: String,
    pub counter: u8,
    pub vehicle: Vehicle,
    pub boarded_s: i64,
    pub terminal: Option<Vec<u8>>,
    pub already: Option<Boarded>,
    pub to_sign: Vec<u8>,
}

#[uniffi::remote(Enum)]
pub enum Boarded {
    Ticket { ride: String },
    Payment { key: String },
}

#[uniffi::remote(Record)]
pub struct GiveBack {
    pub key: String,
    pub voucher: String,
    pub used: u8,
    pub to_sign: Vec<u8>,
}

#[uniffi::remote(Record)]
pub struct OfflineRides {
    pub offered: bool,
    pub ended: bool,
    pub reserved: Vec<ReservedRides>,
}

#[uniffi::remote(Record)]
pub struct ReservedRides {
    pub key: String,
    pub voucher: Option<String>,
    pub rides: u8,
    pub left: u8,
    pub passengers: Vec<PassengerWords>,
    pub fare: Money,
    pub until_ms: Option<i64>,
    pub standing: ReservedStanding,
    pub text: String,
    pub can_be_given_back: bool,
}

#[uniffi::remote(Enum)]
pub enum ReservedStanding {
    Waiting,
    Declined { reason: DeclineReason, try_again_ms: Option<i64>, service: Option<String> },
    Usable,
    UsedUp,
    NotHere,
    GivingBack { returns_ms: Option<i64> },
    Returned { sum: Money },
}

#[uniffi::remote(Record)]
pub struct Quote {
    pub key: String,
    pub vehicle: Vehicle,
    pub passengers: Vec<PassengerGroup>,
    pub source: Source,
    pub fare: Money,
    pub paid_by: Option<String>,
    pub by_message: Option<String>,
    pub warning: Option<String>,
    pub doubts: Vec<String>,
    pub request: Vec<u8>,
    pub to_sign: Vec<u8>,
}

#[uniffi::remote(Record)]
pub struct OutgoingMessage {
    pub id: String,
    pub way: Way,
    pub vehicle: Vehicle,
    pub passengers: u8,
    pub fare: Money,
    pub to: String,
    pub text: String,
    pub link: Option<String>,
    pub apps: Vec<String>,
    pub paid_by: Option<String>,
    pub by_message: Option<String>,
    pub warning: Option<String>,
}

#[uniffi::remote(Record)]
pub struct MessageView {
    pub message: String,
    pub way: Way,
    pub line: String,
    pub bus: String,
    pub passengers: Vec<PassengerWords>,
    pub sum: Money,
    pub sum_text: String,
    pub to: String,
    pub text: String,
    pub opened_ms: i64,
    pub standing: MessageStanding,
    pub says: String,
    pub next: Option<String>,
    pub number: Option<String>,
}

#[uniffi::remote(Enum)]
pub enum MessageStanding {
    NotKnown,
    SaysPaid,
    SaysAlreadyPaid,
    SaysDeclined { reason: DeclineReason },
    OtherNumber,
    Paid { ride: String },
    PaidOtherwise { ride: String },
    NeverPaid,
    TakenBack,
}

#[uniffi::remote(Record)]
pub struct ReplyView {
    pub reads: ReplyReading,
    pub message: Option<String>,
    pub says: String,
    pub next: Option<String>,
    pub number: Option<String>,
    pub senders: Option<String>,
}

#[uniffi::remote(Enum)]
pub enum ReplyReading {
    Paid,
    AlreadyPaid,
    Declined { reason: DeclineReason },
    CutOff,
    NotTheOperators,
}

#[uniffi::remote(Record)]
pub struct Payment {
    pub key: String,
    pub vehicle: String,
    pub painted: String,
    pub line: String,
    pub way: Way,
    pub source: Source,
    pub passengers: Vec<PassengerGroup>,
    pub fare: Money,
    pub tapped_ms: i64,
    pub state: PaymentState,
}

#[uniffi::remote(Enum)]
pub enum PaymentState {
    Pending,
    Paid { ride: String },
    AlreadyPaid { ride: String },
    Declined { reason: DeclineReason, try_again_ms: Option<i64>, service: Option<String> },
    Refunded { ride: Option<String>, refund: Refund },
}

#[uniffi::remote(Record)]
pub struct Refund {
    pub key: String,
    pub sum: Money,
    pub to: Source,
    pub at_ms: i64,
    pub by_ms: i64,
}

#[uniffi::remote(Record)]
pub struct Changeable {
    pub refund_left_s: u32,
    pub correction_left_s: u32,
}

#[uniffi::remote(Record)]
pub struct CorrectionQuote {
    pub ride: String,
    pub vehicle: Vehicle,
    pub fare: Money,
    pub difference: Money,
}

#[uniffi::remote(Record)]
pub struct RideChange {
    pub key: String,
    pub ride: String,
    pub vehicle: Option<String>,
    pub sum: Money,
    pub state: ChangeState,
}

#[uniffi::remote(Enum)]
pub enum ChangeState {
    Asked,
    Refunded { refund: Refund },
    Corrected { ride: String },
    Declined { reason: DeclineReason, try_again_ms: Option<i64>, service: Option<String> },
}

#[uniffi::remote(Record)]
pub struct Corrected {
    pub ride: String,
    pub fare: Money,
}

#[uniffi::remote(Record)]
pub struct Ride {
    pub ride: String,
    pub key: String,
    pub city: String,
    pub vehicle: String,
    pub painted: String,
    pub plate: String,
    pub line: String,
    pub way: Way,
    pub source: Source,
    pub passengers: Vec<PassengerGroup>,
    pub fare: Money,
    pub paid_ms: i64,
    pub boarding_stop: Option<String>,
    pub terminus: String,
    pub state: RideState,
    pub ends_ms: i64,
    pub ticket: Vec<u8>,
    pub continues_on: Vec<String>,
    pub fiscal: Option<FiscalSign>,
    pub refund: Option<Refund>,
    pub corrects: Option<Corrected>,
}

#[uniffi::remote(Enum)]
pub enum RideState {
    Valid,
    Ended,
    Refunded,
    Replaced,
}

#[uniffi::remote(Record)]
pub struct TicketView {
    pub ride: String,
    pub line: String,
    pub bus: String,
    pub passengers: Vec<PassengerWords>,
    pub sum: Money,
    pub sum_text: String,
    pub paid_ms: i64,
    pub paid_text: String,
    pub state_text: String,
    pub show_text: String,
    pub way: Way,
    pub way_text: String,
    pub is_valid: bool,
    pub state: RideState,
    pub changes_in_ms: Option<u32>,
    pub eye: Option<EyeView>,
    pub place: TicketPlace,
    pub place_text: Option<String>,
    pub is_received: bool,
}

#[uniffi::remote(Enum)]
pub enum TicketPlace {
    Here,
    Elsewhere,
    Coming,
}

#[uniffi::remote(Record)]
pub struct SentTicket {
    pub key: String,
    pub passengers: Vec<PassengerWords>,
    pub is_ready: bool,
    pub text: String,
}

#[uniffi::remote(Record)]
pub struct EyeView {
    pub colour: String,
    pub ink: String,
    pub word: String,
}

#[uniffi::remote(Record)]
pub struct PassengerWords {
    pub category: String,
    pub count: u8,
}

#[uniffi::remote(Record)]
pub struct ToSign {
    pub slot: u32,
    pub message: Vec<u8>,
    pub until_slot: u32,
    pub fresh_ms: u32,
}

#[uniffi::remote(Enum)]
pub enum NfcStep {
    Reply { reply: Vec<u8> },
    ToSign { to_sign: ToSign },
    Bus { reply: Vec<u8>, code: ScannedCode },
}

#[uniffi::remote(Record)]
pub struct QrCode {
    pub size: u32,
    pub modules: Vec<u8>,
    pub version: u8,
}

#[uniffi::remote(Record)]
pub struct ScannedCode {
    pub text: String,
    pub meaning: Meaning,
    pub check: CodeCheck,
    pub says: String,
    pub warn: bool,
    pub corners: Vec<Corner>,
}

#[uniffi::remote(Record)]
pub struct Corner {
    pub x: f32,
    pub y: f32,
}

#[uniffi::remote(Enum)]
pub enum CodeCheck {
    Unsigned,
    Genuine,
    NotGenuine,
    CannotTell,
}

#[uniffi::remote(Enum)]
pub enum Meaning {
    Bus { sticker: String },
    Stop { sticker: String },
    Card { sticker: String },
    ShownCard { text: String },
    TopUp { sticker: String },
    Ticket { text: String },
    Receiver { text: String },
    Parcel { text: String },
    Terminal { text: String },
    Challenge { challenge: Vec<u8> },
    BankPayment { merchant: Option<String> },
    Link { url: String, host: String },
    LookAlike { url: String, host: String },
    Other { text: String },
}

#[uniffi::remote(Record)]
pub struct VerdictView {
    pub verdict: String,
    pub reason: Option<String>,
    pub text: String,
    pub facts: Vec<String>,
    pub line: Option<String>,
    pub bus: Option<String>,
    pub passengers: Vec<PassengerWords>,
    pub ticket: Option<String>,
    pub rule: Option<String>,
}

#[uniffi::remote(Enum)]
pub enum NumberKind {
    Card,
    Sms,
    Receipt,
}

#[uniffi::remote(Enum)]
pub enum Staff {
    SignedOut,
    Passenger,
    Inspector,
}

#[uniffi::remote(Record)]
pub struct ListView {
    pub list: String,
    pub name: String,
    pub issued_ms: Option<i64>,
    pub age_s: Option<i64>,
    pub text: String,
    pub too_old: bool,
}

#[uniffi::remote(Record)]
pub struct PendingView {
    pub payment: String,
    pub line: String,
    pub bus: String,
    pub passengers: Vec<PassengerWords>,
    pub sum: Money,
    pub sum_text: String,
    pub tapped_ms: i64,
    pub show_text: String,
    pub changes_in_ms: u32,
}

// --- Travel Details ---

#[uniffi::remote(Record)]
pub struct TravelQuery {
    #[uniffi(default = "")]
    pub text: String,
    #[uniffi(default = None)]
    pub month: Option<Month>,
    #[uniffi(default = None)]
    pub from_ms: Option<i64>,
    #[uniffi(default = None)]
    pub until_ms: Option<i64>,
    #[uniffi(default = [])]
    pub ways: Vec<Way>,
    #[uniffi(default = [])]
    pub sources: Vec<Source>,
    #[uniffi(default = [])]
    pub categories: Vec<Category>,
    #[uniffi(default = [])]
    pub states: Vec<TravelState>,
    #[uniffi(default = None)]
    pub after: Option<TravelCursor>,
    #[uniffi(default = 50)]
    pub limit: u32,
}

#[uniffi::remote(Record)]
pub struct TravelCursor {
    pub at_ms: i64,
    pub id: String,
}

#[uniffi::remote(Record)]
pub struct TravelPage {
    pub entries: Vec<TravelEntry>,
    pub next: Option<TravelCursor>,
}

#[uniffi::remote(Record)]
pub struct TravelEntry {
    pub id: String,
    pub at_ms: i64,
    pub kind: TravelKind,
    pub state: TravelState,
    pub way: Option<Way>,
    pub source: Option<Source>,
    pub city: String,
    pub passengers: Vec<PassengerGroup>,
    pub line: String,
    pub bus: String,
    pub plate: String,
    pub stop: Option<String>,
    pub terminus: Option<String>,
    pub sum: Money,
    pub spent: Money,
    pub came_back: Money,
    pub is_own: bool,
    pub ride: Option<String>,
    pub ends_ms: Option<i64>,
    pub rides: Option<u8>,
    pub card: Option<String>,
    pub to_card: Option<String>,
    pub provider: Option<String>,
    pub pass: Option<String>,
    pub declined: Option<DeclineReason>,
    pub try_again_ms: Option<i64>,
    pub service: Option<String>,
    pub is_offline: bool,
    pub is_returning: bool,
    pub refusal: Option<Refusal>,
    pub receipt: Option<String>,
    pub fiscal: Option<FiscalSign>,
    pub what: String,
    pub who: String,
    pub how: String,
    pub became: String,
}

#[uniffi::remote(Enum)]
pub enum TravelKind {
    Ride,
    TopUp,
    Reserved,
    GivenBack,
    Refund,
    Correction,
    Purchase,
    Move,
}

#[uniffi::remote(Enum)]
pub enum TravelState {
    Pending,
    Paid,
    Free,
    AlreadyPaid,
    Declined,
    Refunded,
    Replaced,
}

#[uniffi::remote(Record)]
pub struct FiscalSign {
    pub sign: String,
    pub url: String,
    pub register: String,
}

#[uniffi::remote(Record)]
pub struct Month {
    pub year: i16,
    pub month: i8,
}

#[uniffi::remote(Record)]
pub struct MonthSum {
    pub year: i16,
    pub month: i8,
    pub rides: u32,
    pub spent: Money,
    pub came_back: Money,
    pub topped_up: Money,
    pub bought: Money,
    pub reserved: Money,
    pub reserved_back: Money,
    pub parts: Vec<MonthPart>,
}

#[uniffi::remote(Record)]
pub struct MonthPart {
    pub category: Option<Category>,
    pub way: Way,
    pub rides: u32,
    pub spent: Money,
    pub came_back: Money,
}

#[uniffi::remote(Enum)]
pub enum ExportFormat {
    Json,
    Csv,
    Pdf,
}

#[uniffi::remote(Record)]
pub struct TravelExport {
    pub name: String,
    pub media: String,
    pub bytes: Vec<u8>,
}

#[uniffi::remote(Record)]
pub struct ReceiptDetails {
    pub title: String,
    pub key: String,
    pub request_hash: Vec<u8>,
    pub outcome: String,
    pub amount: Money,
    pub operator_time_ms: i64,
    pub reference: String,
    pub fiscal: Option<FiscalSign>,
    pub signed: Vec<u8>,
}

// --- Finding the bus ---

#[uniffi::remote(Record)]
pub struct Fix {
    pub at_ms: i64,
    pub point: Point,
    pub accuracy_m: f32,
    pub speed_mps: Option<f32>,
    pub bearing_deg: Option<f32>,
    pub mocked: bool,
}

#[uniffi::remote(Enum)]
pub enum Sighting {
    None { why: Why },
    Choose { candidates: Vec<Candidate>, why: Why },
    Proposed { bus: Candidate, evidence: Evidence },
}

#[uniffi::remote(Record)]
pub struct Candidate {
    pub vehicle: String,
    pub label: String,
    pub line: Option<String>,
    pub trip: Option<String>,
    pub metres: u32,
    pub heard: bool,
}

#[uniffi::remote(Record)]
pub struct Evidence {
    pub agreed: u32,
    pub together_m: u32,
    pub ruled_out: u32,
    pub age_s: u32,
    pub is_thin: bool,
}

#[uniffi::remote(Enum)]
pub enum Why {
    NoFixes,
    MockPosition,
    StaleFeed,
    TooEarly,
    TwoAlike,
    SilentBus,
}

#[uniffi::remote(Enum)]
pub enum Company {
    Unknown,
    Together,
    Parted,
}

#[uniffi::remote(Record)]
pub struct CompanyView {
    pub company: Company,
    pub text: Option<String>,
    pub instead: Option<Candidate>,
}

#[uniffi::remote(Enum)]
pub enum TypedBus {
    Unknown,
    Named { bus: Vehicle },
    Ask { buses: Vec<Vehicle> },
}

#[uniffi::remote(Enum)]
pub enum GetOffAlert {
    Soon { metres: Option<u32> },
    Now,
    Missed { metres: u32 },
}

#[uniffi::remote(Record)]
pub struct GetOffView {
    pub stop: String,
    pub left_metres: Option<u32>,
    pub alert: Option<GetOffAlert>,
    pub text: Option<String>,
    pub next_fix_in_ms: Option<i64>,
}

// --- Journeys and the stop board ---

#[uniffi::remote(Record)]
pub struct FoundPlace {
    pub kind: PlaceKind,
    pub name: String,
    pub point: Point,
    pub stop: Option<String>,
}

#[uniffi::remote(Enum)]
pub enum PlaceKind {
    Address,
    Street,
    Stop,
    Landmark,
    PointOfSale,
}

#[uniffi::remote(Record)]
pub struct PlanQuery {
    pub from: Endpoint,
    pub to: Endpoint,
    pub when: When,
    pub walking_speed: f64,
    pub max_walk_metres: u32,
    pub limit: u32,
    #[uniffi(default = [])]
    pub avoid_modes: Vec<u16>,
    #[uniffi(default = [])]
    pub avoid_lines: Vec<String>,
    #[uniffi(default = [])]
    pub avoid_stops: Vec<String>,
    #[uniffi(default = None)]
    pub via: Option<String>,
    #[uniffi(default = None)]
    pub prefer: Option<Prefer>,
    #[uniffi(default = false)]
    pub step_free: bool,
}

#[uniffi::remote(Enum)]
pub enum Prefer {
    FewestRides,
    LeastWalking,
}

#[uniffi::remote(Enum)]
pub enum Endpoint {
    Stop { id: String },
    Point { point: Point, name: String },
}

#[uniffi::remote(Enum)]
pub enum When {
    DepartAt { ms: i64 },
    ArriveBy { ms: i64 },
    Between { from_ms: i64, until_ms: i64 },
    DepartBefore { ms: i64 },
    LastToday { ms: i64 },
}

#[uniffi::remote(Record)]
pub struct Plan {
    pub journeys: Vec<Journey>,
    pub note: Option<PlanNote>,
    pub from_ms: i64,
    pub until_ms: i64,
}

#[uniffi::remote(Enum)]
pub enum PlanNote {
    NoServiceAnyMore { first_departure_ms: i64 },
    WalkingEstimated,
    OutsideTimetable { first_day: i32, last_day: i32 },
    NothingFound,
}

#[uniffi::remote(Record)]
pub struct Journey {
    pub departure_ms: i64,
    pub arrival_ms: i64,
    pub rides: u32,
    pub walk_metres: u32,
    pub legs: Vec<Leg>,
}

#[uniffi::remote(Enum)]
pub enum Leg {
    Walk(WalkLeg),
    Ride(RideLeg),
}

#[uniffi::remote(Record)]
pub struct WalkLeg {
    pub from_name: String,
    pub to_name: String,
    pub from: Point,
    pub to: Point,
    pub metres: u32,
    pub departure_ms: i64,
    pub arrival_ms: i64,
    pub estimated: bool,
    pub steps: Vec<WalkStep>,
}

#[uniffi::remote(Record)]
pub struct RideLeg {
    pub line: String,
    pub line_id: String,
    pub colour: Option<u32>,
    pub text_colour: Option<u32>,
    pub mode: u16,
    pub headsign: String,
    pub trip_id: String,
    pub service_day: i32,
    pub from_stop: StopAt,
    pub to_stop: StopAt,
    pub departure_ms: i64,
    pub arrival_ms: i64,
    pub stops_between: u32,
    pub between: Vec<StopCall>,
    pub headway_s: u32,
    pub live: bool,
    pub timetable_departure_ms: Option<i64>,
    pub timetable_arrival_ms: Option<i64>,
    pub stay_seated: bool,
    pub wheelchair: Wheelchair,
    pub boarding: Halt,
    pub alighting: Halt,
}

#[uniffi::remote(Record)]
pub struct StopCall {
    pub name: String,
    pub arrival_ms: i64,
    pub departure_ms: i64,
}

#[uniffi::remote(Record)]
pub struct StopAt {
    pub id: String,
    pub name: String,
    pub point: Point,
    pub code: String,
    pub wheelchair: Wheelchair,
}

#[uniffi::remote(Enum)]
pub enum Wheelchair {
    Unknown,
    Yes,
    No,
}

#[uniffi::remote(Enum)]
pub enum Halt {
    Regular,
    CallOperator,
    AskDriver,
}

#[uniffi::remote(Record)]
pub struct NearStop {
    pub stop: StopAt,
    pub metres: u32,
    pub lines: Vec<String>,
}

#[uniffi::remote(Record)]
pub struct Line {
    pub id: String,
    pub number: String,
    pub name: String,
    pub colour: Option<u32>,
    pub text_colour: Option<u32>,
    pub mode: u16,
}

#[uniffi::remote(Record)]
pub struct Direction {
    pub headsign: String,
    pub stops: Vec<StopAt>,
}

#[uniffi::remote(Record)]
pub struct Departure {
    pub line: String,
    pub line_id: String,
    pub headsign: String,
    pub trip_id: String,
    pub stop_id: String,
    pub position: u32,
    pub stop_sequence: u32,
    pub scheduled_ms: i64,
    pub service_day: i32,
    pub start_s: Option<u32>,
    pub terminus: bool,
    pub headway_s: u32,
}

#[uniffi::remote(Record)]
pub struct WalkStep {
    pub street: String,
    pub metres: u32,
}

#[uniffi::remote(Record)]
pub struct StopBoard {
    pub stop: String,
    pub rows: Vec<BoardRow>,
    pub notices: Vec<NoticeView>,
    pub old_text: Option<String>,
}

#[uniffi::remote(Record)]
pub struct BoardRow {
    pub line: String,
    pub headsign: String,
    pub trip: String,
    pub expected_ms: i64,
    pub scheduled_ms: i64,
    pub headway_s: u32,
    pub kind: BoardKind,
    pub vehicle: Option<String>,
    pub label: Option<String>,
    pub occupancy: Option<Crowding>,
    pub known: Vec<String>,
}

#[uniffi::remote(Enum)]
pub enum BoardKind {
    Live { age_s: u32 },
    Timetable,
    NoLongerComing,
}

#[uniffi::remote(Enum)]
pub enum Crowding {
    Empty,
    Seats,
    FewSeats,
    Standing,
    Packed,
    Full,
}

// --- A journey as it goes ---

#[uniffi::remote(Record)]
pub struct LiveJourney {
    pub departure_ms: i64,
    pub arrival_ms: i64,
    pub works: bool,
    pub legs: Vec<LiveLeg>,
}

#[uniffi::remote(Record)]
pub struct LiveLeg {
    pub departure_ms: i64,
    pub arrival_ms: i64,
    pub times: LegTimes,
    pub trouble: Option<LegTrouble>,
    pub bus: Option<String>,
    pub notices: Vec<NoticeView>,
}

#[uniffi::remote(Enum)]
pub enum LegTimes {
    Timetable,
    Live { age_s: u32 },
}

#[uniffi::remote(Enum)]
pub enum LegTrouble {
    Cancelled,
    NotBoarding,
    NotAlighting,
    MissedTransfer { late_s: u32 },
}

#[uniffi::remote(Record)]
pub struct JourneyPrice {
    pub way: Way,
    pub source: Option<Source>,
    pub label: Words,
    pub category: Category,
    pub sum: Option<Money>,
    pub rides: Vec<RidePrice>,
    pub enough: Option<bool>,
}

#[uniffi::remote(Record)]
pub struct RidePrice {
    pub line: String,
    pub price: Option<Money>,
}

#[uniffi::remote(Enum)]
pub enum NoticesOf {
    All,
    Stop { id: String },
    Line { line_id: String },
    Mine,
}

#[uniffi::remote(Record)]
pub struct NoticeView {
    pub title: String,
    pub text: String,
    pub effect: Effect,
    pub periods: Vec<NoticePeriod>,
    pub holds: bool,
    pub lines: Vec<String>,
    pub stops: Vec<String>,
}

#[uniffi::remote(Record)]
pub struct NoticePeriod {
    pub from_ms: Option<i64>,
    pub until_ms: Option<i64>,
}

#[uniffi::remote(Enum)]
pub enum Effect {
    NoService,
    ReducedService,
    SignificantDelays,
    Detour,
    AdditionalService,
    ModifiedService,
    OtherEffect,
    UnknownEffect,
    StopMoved,
    NoEffect,
    AccessibilityIssue,
}

// --- What the passenger keeps ---

#[uniffi::remote(Enum)]
pub enum PlaceRole {
    Home,
    Work,
    Named,
}

#[uniffi::remote(Record)]
pub struct KeptPlace {
    pub id: String,
    pub role: PlaceRole,
    pub name: String,
    pub at: Endpoint,
}

#[uniffi::remote(Record)]
pub struct KeptLine {
    pub id: String,
    pub line_id: String,
    pub line: String,
}

#[uniffi::remote(Record)]
pub struct KeptTrip {
    pub id: String,
    pub name: String,
    pub query: PlanQuery,
}

#[uniffi::remote(Record)]
pub struct RecentPlace {
    pub name: String,
    pub at: Endpoint,
    pub at_ms: i64,
}

#[uniffi::remote(Record)]
pub struct RecentTrip {
    pub query: PlanQuery,
    pub from_name: String,
    pub to_name: String,
    pub at_ms: i64,
}

#[uniffi::remote(Record)]
pub struct SavedJourney {
    pub id: String,
    pub city: String,
    pub query: PlanQuery,
    pub journey: Journey,
    pub planned_ms: i64,
    pub refresh_failed_ms: Option<i64>,
    pub standing: SavedStanding,
}

#[uniffi::remote(Enum)]
pub enum SavedStanding {
    InTimetable,
    OutsideTimetable { first_day: i32, last_day: i32 },
    NoTimetable,
}

// --- A conductor's till ---

#[uniffi::remote(Enum)]
pub enum ShiftStanding {
    NoShift,
    Asked { bus: String },
    Refused { refusal: Refusal },
    Open { till: u32, bus: String, from_ms: i64, until_ms: i64, is_over: bool, cash: Money },
}

#[uniffi::remote(Record)]
pub struct CashQuote {
    pub serial: u16,
    pub bus: String,
    pub line: String,
    pub passengers: Vec<PassengerGroup>,
    pub fare: Money,
    pub sale: Vec<u8>,
    pub to_sign: Vec<u8>,
}

#[uniffi::remote(Record)]
pub struct SoldTicket {
    pub serial: u16,
    pub code: QrCode,
    pub text: String,
    pub numbers: Vec<String>,
    pub bus: String,
    pub line: String,
    pub passengers: Vec<PassengerGroup>,
    pub fare: Money,
    pub sold_ms: i64,
    pub ends_ms: i64,
}

#[uniffi::remote(Record)]
pub struct ShiftSum {
    pub category: Category,
    pub way: Way,
    pub passengers: u32,
    pub sum: Money,
}

#[uniffi::remote(Record)]
pub struct RefusedSale {
    pub serial: u16,
    pub sum: Money,
    pub refusal: Refusal,
}

#[uniffi::remote(Record)]
pub struct ShiftReport {
    pub till: u32,
    pub sales: u32,
    pub passengers: u32,
    pub cash: Money,
    pub sums: Vec<ShiftSum>,
    pub sent_sales: u32,
    pub sent: Money,
    pub waiting_sales: u32,
    pub waiting: Money,
    pub refused: Vec<RefusedSale>,
}
