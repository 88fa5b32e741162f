//! The scenarios: one file a story, told on one stage (`jol_headless::story`). Each asserts on what the
//! passenger's phone says and on what the operator's books say. `tests/run list` names them.

mod ages;
mod answer_lost;
mod bad_top_up;
mod bank_card;
mod broken_down;
mod card_on_board;
mod companions;
mod conductor;
mod damaged_pack;
mod damaged_wallet;
mod declines;
mod double_tap;
mod free_ride;
mod inspector;
mod intent_settled;
mod kept;
mod killed_while_paying;
mod late_bus;
mod minors;
mod names;
mod new_phone;
mod new_terms;
mod office_only;
mod offline_broken_down;
mod offline_damaged;
mod offline_given_back;
mod offline_midnight;
mod offline_never_told;
mod offline_next_day;
mod offline_off;
mod offline_paid_otherwise;
mod offline_restored;
mod offline_ride;
mod offline_two_buses;
mod old_app;
mod old_list;
mod other_number;
mod published;
mod ride_ends;
mod sms_number;
mod spoilt_answers;
mod staff_only;
mod till_refuses;
mod tls;
mod unreachable_operator;
mod word_of_the_day;
mod wrong_clock;
mod wrong_code;

use jol_core::jol::Jol;
use jol_core::operator::outbox::{Call, Carried, Operation};

/// Gives a phone an answer that a bad network, an old cache or a liar puts in the operator's place.
fn deliver(jol: &Jol, operation: Operation, path: &str, body: &str) {
    let call = Call {
        id: 0,
        key: path.to_owned(),
        operation,
        post: false,
        path: path.to_owned(),
        body: Vec::new(),
        attempts: 0,
        asked: 1,
        bearer: None,
        etag: None,
        into_file: None,
    };
    let body = body.as_bytes().to_vec();
    jol.outbox_deliver(&call, Carried::Answer { status: 200, etag: None, body, round_trip_ms: 5 });
}
