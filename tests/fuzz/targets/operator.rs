//! An operator that answers well, and what makes its answers odd.

use super::live::messages;
use super::material::{self, NOW_MS, NOW_S, key};
use super::tickets;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jol_core::city::fares::Vehicle;
use jol_core::money::Money;
use jol_core::operator::outbox::{Call, Operation};
use jol_core::operator::wire::{
    Base64, Card, CardForm, CardGlimpse, CardMoved, CardState, Cards, Cities, CitySummary, DaySignsAnswer,
    Device, HeldPass, HeldVoucher, KeysAnswer, OfflineRideState, PackSummary, Passes, PaymentAnswer,
    PaymentOutcome, PurchaseAnswer, PurchaseItem, PurchaseOutcome, PurchaseRequest, RegisterAnswer,
    RideAnswer, RideState, Rides, Session, SignInStarted, SourceInfo, Sources, StatusAnswer, TimeAnswer,
    TopUpAnswer, TopUpState, UnusedAnswer, UnusedOutcome, UseAnswer, UseOutcome, Vehicles, VoucherAnswer,
    VoucherOutcome, VoucherRequest, Vouchers,
};
use jol_core::pay::{Source, Way};
use jol_core::text::Words;
use jol_core::ticket::receipt::request_hash;
use jol_core::ticket::{
    PackSeal, Purpose, Receipt, ReceiptOutcome, SignedTime, SignedToken, SignedVoucher, StatusList, TicketId,
    Token, Voucher,
};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::{sample_operator, sample_rules, ways};
use prost::Message;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The city's id.
pub(crate) const CITY: &str = "sample";

/// Numbers that stand where another was meant.
pub(crate) const ODD: [&str; 12] = [
    "0",
    "-1",
    "1",
    "255",
    "256",
    "65536",
    "4294967295",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1e308",
    "253402300800000",
];

/// What an operator answers that does its work.
pub(crate) fn good(call: &Call, request: &[u8], now_ms: i64) -> Vec<u8> {
    match call.operation {
        Operation::Time => {
            let nonce = call.path.rsplit('=').next().unwrap_or_default();
            let nonce = URL_SAFE_NO_PAD.decode(nonce).unwrap_or_default();
            let time = SignedTime { nonce, operator_time_ms: now_ms };
            json(&TimeAnswer { time: Base64(time.sign(&key(Purpose::Receipt)).unwrap_or_default()) })
        }
        Operation::TopUp => json(&TopUpAnswer {
            receipt: Some(receipt(&call.key, &call.body, ReceiptOutcome::ToppedUp, Money::tenge(500))),
            ..top_up(TopUpState::Done)
        }),
        Operation::Payment | Operation::PaymentState => {
            let key = match call.operation {
                Operation::Payment => call.key.as_str(),
                _ => call.path.rsplit('/').next().unwrap_or_default(),
            };
            let fare = serde_json::from_slice::<Value>(request).unwrap_or_default();
            let fare = Money::tiyn(fare["fare"]["tiyn"].as_i64().or(fare["fare"].as_i64()).unwrap_or(0));
            json(&PaymentAnswer {
                key: key.to_owned(),
                outcome: PaymentOutcome::Paid { ride: RideAnswer { fare, ..ride(key) } },
                receipt: Some(receipt(key, request, ReceiptOutcome::Paid, fare)),
            })
        }
        Operation::ReserveVoucher => {
            let asked: VoucherRequest = serde_json::from_slice(&call.body).expect("the wallet's own request");
            let voucher = reserved(asked.fare, asked.rides);
            let signed = SignedVoucher::sign(&voucher, &key(Purpose::Ticket)).expect("within bounds");
            let sum = asked.fare.times(asked.rides.into()).unwrap_or_default();
            json(&VoucherAnswer {
                key: call.key.clone(),
                outcome: VoucherOutcome::Reserved { voucher: Base64(signed.to_bytes()) },
                receipt: Some(receipt_of(&call.key, &call.body, ReceiptOutcome::Paid, sum, Some(voucher.id))),
            })
        }
        Operation::VoucherUse => {
            // What one ride costs in the sample city.
            let fare = Money::tenge(100);
            let token = Token {
                fare,
                city: CITY.to_owned(),
                line: bus().line,
                vehicle: bus().painted,
                passengers: ride("").passengers,
                way: Way::App,
                ..tickets::token()
            };
            let ticket = SignedToken::sign(&token, &key(Purpose::Ticket)).expect("within bounds");
            let ticket = Base64(ticket.to_bytes());
            let ride = RideAnswer { ride: token.id.to_string(), fare, ticket, ..ride(&call.key) };
            json(&UseAnswer {
                key: call.key.clone(),
                outcome: UseOutcome::Settled { ride },
                receipt: receipt(&call.key, &call.body, ReceiptOutcome::Paid, fare),
            })
        }
        Operation::VoucherUnused => {
            let sum = Money::tenge(100);
            json(&UnusedAnswer {
                key: call.key.clone(),
                outcome: UnusedOutcome::Returned { sum },
                receipt: Some(receipt(&call.key, &call.body, ReceiptOutcome::Refunded, sum)),
            })
        }
        Operation::MoveCard => {
            let moved = Money::tenge(250);
            let receipt = receipt(&call.key, &call.body, ReceiptOutcome::Moved, moved);
            json(&CardMoved { cards: vec![card()], moved, receipt })
        }
        Operation::Purchase => {
            let asked: PurchaseRequest =
                serde_json::from_slice(&call.body).expect("the wallet's own request");
            let receipt = receipt(&call.key, &call.body, ReceiptOutcome::Paid, asked.price);
            let (card, pass) = match asked.item {
                PurchaseItem::Card { category, form, child } => {
                    (Some(Box::new(Card { category, form, child, ..card() })), None)
                }
                PurchaseItem::Pass { pass: id } => (None, Some(Box::new(HeldPass { pass: id, ..pass() }))),
            };
            json(&PurchaseAnswer { outcome: PurchaseOutcome::Bought { card, pass }, receipt })
        }
        other => document(other),
    }
}

/// Rides that are paid before, for this phone in this city.
fn reserved(fare: Money, rides: u8) -> Voucher {
    let passengers = ride("").passengers;
    Voucher { fare, rides, passengers, city: CITY.to_owned(), way: Way::App, ..tickets::voucher() }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("our own values can be written")
}

fn receipt(key: &str, request: &[u8], outcome: ReceiptOutcome, amount: Money) -> Base64 {
    receipt_of(key, request, outcome, amount, None)
}

fn receipt_of(
    key: &str,
    request: &[u8],
    outcome: ReceiptOutcome,
    amount: Money,
    ticket: Option<TicketId>,
) -> Base64 {
    let receipt = Receipt {
        idempotency_key: key.to_owned(),
        request_hash: request_hash(request),
        outcome,
        amount,
        operator_time_ms: NOW_MS,
        ticket,
        reference: "R-1".to_owned(),
    };
    Base64(receipt.sign(&material::key(Purpose::Receipt)).unwrap_or_default())
}

fn bus() -> Vehicle {
    Vehicle {
        vehicle: "0547".to_owned(),
        painted: "547".to_owned(),
        plate: "547 AB 06".to_owned(),
        line: "5".to_owned(),
        terminal: true,
        ways: ways(true),
    }
}

fn ride(key: &str) -> RideAnswer {
    RideAnswer {
        ride: "r1".to_owned(),
        key: key.to_owned(),
        city: CITY.to_owned(),
        vehicle: bus(),
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        way: Way::App,
        source: Source::PhoneBalance,
        fare: Money::tenge(120),
        paid_ms: NOW_MS,
        boarding_stop: Some("mid".to_owned()),
        terminus: "Шығыс".to_owned(),
        state: RideState::Valid,
        ends_ms: NOW_MS + 5_400_000,
        ticket: Base64(tickets::ticket().to_bytes()),
        continues_on: Vec::new(),
        fiscal: None,
        asked_ms: None,
        refund: None,
        corrects: None,
    }
}

fn card() -> Card {
    Card {
        id: "c1".to_owned(),
        number: "1234567890".to_owned(),
        name: "Менің картам".to_owned(),
        category: Category::School,
        balance: Money::tenge(900),
        state: CardState::Active,
        valid_until: Some("2027-01-01".to_owned()),
        as_of_ms: NOW_MS,
        form: CardForm::Virtual,
        child: false,
        refused: None,
        moved_to: None,
        day_limit: None,
        credential: None,
    }
}

fn pass() -> HeldPass {
    HeldPass {
        id: "p1".to_owned(),
        pass: "month".to_owned(),
        city: CITY.to_owned(),
        name: jol_core::text::Words::same("A month"),
        categories: vec![Category::Standard],
        lines: Vec::new(),
        from: "2026-09-16".to_owned(),
        until: "2026-10-15".to_owned(),
    }
}

fn top_up(state: TopUpState) -> TopUpAnswer {
    TopUpAnswer {
        top_up: "t1".to_owned(),
        masked_card: "12…90".to_owned(),
        provider: "kaspi".to_owned(),
        sum: Money::tenge(500),
        charged: Money::tenge(500),
        state,
        hand_over: Some("https://bank.example/t1".to_owned()),
        receipt: None,
        card: Some("card1".to_owned()),
        source: None,
        until_ms: None,
        declined: None,
    }
}

/// The answers that hang on nothing.
fn document(operation: Operation) -> Vec<u8> {
    let operator = sample_operator(Vec::new());
    match operation {
        Operation::Operator => json(&operator.info),
        Operation::Terms => json(&operator.terms),
        Operation::Keys => json(&KeysAnswer { key_list: Base64(material::signed_key_list()) }),
        Operation::Status => {
            let list = StatusList {
                issuer: material::issuer(),
                number: 3,
                issued_s: NOW_S,
                revoked: vec![4],
                replaced: vec![7],
                broken: Vec::new(),
            };
            let list = list.sign(&key(Purpose::CityData)).expect("within bounds");
            json(&StatusAnswer { status_list: Base64(list) })
        }
        Operation::DaySigns => json(&DaySignsAnswer { day_signs: Base64(tickets::signed_day_signs()) }),
        Operation::Register => json(&RegisterAnswer { register: Base64(tickets::signed_register()) }),
        Operation::Cities => {
            let sha256: [u8; 32] = Sha256::digest(material::pack()).into();
            let seal = PackSeal { city: CITY.to_owned(), sha256, issued_s: NOW_S };
            let pack = PackSummary {
                sha256: Base64(sha256.to_vec()),
                bytes: material::pack().len() as u64,
                signature: Base64(seal.sign(&key(Purpose::CityData)).expect("within bounds")),
                first_day: "2026-09-01".to_owned(),
                last_day: "2026-10-31".to_owned(),
            };
            let (id, name) = (CITY.to_owned(), Words::same("Үлгі"));
            json(&Cities { cities: vec![CitySummary { id, name, sample: true, lines: Vec::new(), pack }] })
        }
        Operation::CityRules => json(&sample_rules(CITY)),
        Operation::Vehicles => json(&Vehicles { vehicles: vec![bus()] }),
        Operation::SignIn => {
            json(&SignInStarted { sign_in: "s1".to_owned(), expires_ms: NOW_MS + 300_000, code_length: 6 })
        }
        Operation::Code => {
            let (token, account, nonce) = ("token".to_owned(), "a1".to_owned(), Base64(vec![8; 16]));
            json(&Session { token, account, nonce, staff: true })
        }
        Operation::Enrol => {
            json(&Device { device: "d1".to_owned(), attested: true, waits_until_ms: Some(NOW_MS + 60_000) })
        }
        Operation::Cards => json(&Cards { cards: vec![card()] }),
        Operation::RegisterCard | Operation::ClaimCard | Operation::ChangeCard => json(&card()),
        Operation::LookUpCard => json(&CardGlimpse {
            masked_card: "••••7890".to_owned(),
            is_preferential: true,
            balance: Some(Money::tenge(500)),
            as_of_ms: NOW_MS,
        }),
        Operation::Passes => json(&Passes { passes: vec![pass()] }),
        Operation::TopUpState => json(&top_up(TopUpState::Waiting)),
        Operation::Sources => {
            let label = Words::same("+7 701 ···");
            let (source, balance) = (Source::PhoneBalance, Some(Money::tenge(2_000)));
            let as_of_ms = Some(NOW_MS);
            json(&Sources { sources: vec![SourceInfo { source, label, balance, as_of_ms }] })
        }
        Operation::Rides => {
            // It ended, so that another can be paid.
            let ended = RideAnswer { ride: "r0".to_owned(), state: RideState::Ended, ..ride("k0") };
            json(&Rides { rides: vec![ended], pending: vec!["k9".to_owned()] })
        }
        Operation::Vouchers => {
            // Of another phone of this account.
            let voucher = Voucher { id: TicketId::new(78, *b"abcd"), ..reserved(Money::tenge(100), 2) };
            let signed = SignedVoucher::sign(&voucher, &key(Purpose::Ticket)).expect("within bounds");
            let held = HeldVoucher {
                voucher: voucher.id.to_string(),
                key: "k7".to_owned(),
                source: Source::PhoneBalance,
                signed: Base64(signed.to_bytes()),
                rides: vec![OfflineRideState::Settled, OfflineRideState::Open],
                returns_ms: None,
            };
            json(&Vouchers { vouchers: vec![held], ended: false })
        }
        Operation::Positions => messages()[0].encode_to_vec(),
        Operation::Updates => messages()[1].encode_to_vec(),
        Operation::Alerts => messages()[2].encode_to_vec(),
        _ => Vec::new(),
    }
}

/// One of each document that is JSON.
pub(crate) fn documents() -> Vec<Vec<u8>> {
    let all = [
        Operation::Operator,
        Operation::Terms,
        Operation::Keys,
        Operation::Status,
        Operation::DaySigns,
        Operation::Register,
        Operation::Cities,
        Operation::CityRules,
        Operation::Vehicles,
        Operation::Code,
        Operation::Enrol,
        Operation::Cards,
        Operation::LookUpCard,
        Operation::Passes,
        Operation::TopUpState,
        Operation::Sources,
        Operation::Rides,
        Operation::Vouchers,
    ];
    let mut documents = all.map(document).to_vec();
    let outcome = PaymentOutcome::AlreadyPaid { by_key: "k0".to_owned(), ride: ride("k0") };
    documents.push(json(&PaymentAnswer { key: "k1".to_owned(), outcome, receipt: None }));
    documents
}

/// The document with its nth number another.
pub(crate) fn with_number(document: &[u8], nth: usize, odd: &str) -> Vec<u8> {
    change(document, nth, Value::is_number, &serde_json::from_str(odd).unwrap_or_default())
}

/// The document with its nth text another.
pub(crate) fn with_text(document: &[u8], nth: usize, text: &str) -> Vec<u8> {
    change(document, nth, Value::is_string, &Value::from(text))
}

fn change(document: &[u8], nth: usize, is: fn(&Value) -> bool, new: &Value) -> Vec<u8> {
    fn walk(value: &mut Value, left: &mut usize, is: fn(&Value) -> bool, new: &Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(|value| walk(value, left, is, new)),
            Value::Object(all) => all.values_mut().for_each(|value| walk(value, left, is, new)),
            value if is(value) => {
                if *left == 0 {
                    *value = new.clone();
                }
                *left = left.wrapping_sub(1);
            }
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(document) else { return document.to_vec() };
    walk(&mut value, &mut nth.clone(), is, new);
    json(&value)
}

/// The document with some of its bytes others.
pub(crate) fn with_piece(document: &[u8], at: usize, piece: &[u8]) -> Vec<u8> {
    let mut changed = document.to_vec();
    for (byte, new) in changed.iter_mut().skip(at).zip(piece) {
        *byte = *new;
    }
    changed
}
