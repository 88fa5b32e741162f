//! Every operation of the contract, and who answers it. `core/contract/operator.openapi.yaml` lists
//! the same ones; a test compares them.

use super::{
    Answer, Asked, Call, Desk, Refusal, accounts, cards, handover, payments, published, refunds, registers,
    reservations, staff, statistics, taps, terminals, till, vouchers,
};
use jol_core::operator::wire::Problem;

/// Answers a call about what anybody may know.
pub(super) type Publisher = fn(&Desk, &Call) -> Result<Answer, Problem>;
/// Answers a call that reads or changes the books.
pub(super) type Handler = fn(&Desk, &Asked<'_>) -> Result<Answer, Refusal>;

/// The methods of HTTP that the contract uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Does something, once for each idempotency key.
    Post,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Anybody,
    /// Who has signed in.
    Passenger,
    /// A bus's terminal.
    Terminal,
    /// An inspector: staff who signed in.
    Inspector,
}

/// How it is answered.
#[derive(Clone, Copy)]
pub enum Serve {
    /// Without the books.
    Published(Publisher),
    /// With them.
    Asked(Handler),
}

/// One operation of the contract.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Its `operationId`.
    pub id: &'static str,
    /// Its method.
    pub verb: Verb,
    /// Its path, with the names of its parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// How it is answered.
    pub serve: Serve,
}

const fn publish(id: &'static str, path: &'static str, answer: Publisher) -> Operation {
    Operation { id, verb: Verb::Get, path, access: Access::Anybody, serve: Serve::Published(answer) }
}

const fn get(id: &'static str, path: &'static str, access: Access, answer: Handler) -> Operation {
    Operation { id, verb: Verb::Get, path, access, serve: Serve::Asked(answer) }
}

const fn post(id: &'static str, path: &'static str, access: Access, answer: Handler) -> Operation {
    Operation { id, verb: Verb::Post, path, access, serve: Serve::Asked(answer) }
}

use Access::{Anybody, Inspector, Passenger, Terminal};

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    publish("readOperator", "/v1/operator", published::operator),
    publish("readTerms", "/v1/terms", published::terms),
    publish("readKeys", "/v1/keys", published::keys),
    publish("readDaySigns", "/v1/day-signs", published::day_signs),
    publish("readTime", "/v1/time", published::time),
    publish("listCities", "/v1/cities", published::cities),
    publish("readCity", "/v1/cities/{city}", published::city),
    publish("fetchPack", "/v1/cities/{city}/pack", published::pack),
    publish("listVehicles", "/v1/cities/{city}/vehicles", published::vehicles),
    publish("readPositions", "/v1/cities/{city}/live/positions", published::positions),
    publish("readTripUpdates", "/v1/cities/{city}/live/updates", published::updates),
    publish("readAlerts", "/v1/cities/{city}/live/alerts", published::alerts),
    get("readStatus", "/v1/status", Anybody, published::status),
    post("startSignIn", "/v1/sign-ins", Anybody, accounts::start_sign_in),
    post("enterCode", "/v1/sign-ins/{sign_in}/code", Anybody, accounts::enter_code),
    post("acceptTerms", "/v1/terms/{version}/acceptance", Passenger, accounts::accept_terms),
    post("enrolDevice", "/v1/devices", Passenger, accounts::enrol_device),
    get("listDevices", "/v1/devices", Passenger, accounts::list_devices),
    post("changeDevice", "/v1/devices/{device}/state", Passenger, accounts::change_device),
    get("listCards", "/v1/cards", Passenger, cards::list),
    post("registerCard", "/v1/cards", Passenger, cards::register),
    post("claimCard", "/v1/cards/claims", Passenger, cards::claim),
    post("lookUpCard", "/v1/cards/lookups", Passenger, cards::look_up),
    post("changeCard", "/v1/cards/{card}/state", Passenger, cards::change),
    post("moveCard", "/v1/cards/{card}/move", Passenger, cards::move_to),
    post("buy", "/v1/purchases", Passenger, cards::buy),
    get("listPasses", "/v1/passes", Passenger, cards::passes),
    post("startTopUp", "/v1/top-ups", Passenger, cards::start_top_up),
    get("readTopUp", "/v1/top-ups/{top_up}", Passenger, cards::read_top_up),
    get("listSources", "/v1/sources", Passenger, cards::sources),
    post("linkBankCard", "/v1/bank-cards", Passenger, cards::link_bank_card),
    get("readBankLink", "/v1/bank-cards/{link}", Passenger, cards::read_bank_link),
    post("pay", "/v1/payments", Passenger, payments::pay),
    get("readPayment", "/v1/payments/{key}", Passenger, payments::read),
    get("listRides", "/v1/rides", Passenger, payments::rides),
    post("reissueTicket", "/v1/rides/{ride}/reissue", Passenger, handover::reissue),
    post("sendTicket", "/v1/rides/{ride}/sends", Passenger, handover::send),
    post("refundRide", "/v1/rides/{ride}/refund", Passenger, refunds::refund),
    post("correctRide", "/v1/rides/{ride}/correction", Passenger, refunds::correct),
    post("reserveVoucher", "/v1/vouchers", Passenger, reservations::reserve),
    get("listVouchers", "/v1/vouchers", Passenger, vouchers::list),
    post("reportUse", "/v1/vouchers/{voucher}/uses", Passenger, vouchers::report),
    post("giveBack", "/v1/vouchers/{voucher}/unused", Passenger, vouchers::give_back),
    get("listTerminalKeys", "/v1/terminal-keys", Inspector, terminals::keys),
    post("tapCard", "/v1/taps", Terminal, taps::tap),
    post("reportTaps", "/v1/tap-reports", Terminal, taps::report),
    get("readRegister", "/v1/vehicles/{vehicle}/register", Inspector, registers::read),
    post("openTillShift", "/v1/till-shifts", Passenger, till::open_shift),
    post("reportSales", "/v1/sales", Passenger, till::sales),
    get("readTillKeys", "/v1/till-keys", Passenger, till::keys),
    get("readStatistics", "/v1/statistics", Inspector, statistics::read),
    post("reportInspections", "/v1/inspections", Inspector, staff::report),
];
