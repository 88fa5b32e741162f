//! The scenarios: one file a story, told on one stage (`jol_headless::story`). Each asserts on what the
//! passenger's phone says and on what the operator's books say. `tests/run list` names them.

mod answer_lost;
mod bad_top_up;
mod bank_card;
mod broken_down;
mod companions;
mod damaged_pack;
mod damaged_wallet;
mod declines;
mod double_tap;
mod free_ride;
mod inspector;
mod kept;
mod killed_while_paying;
mod late_bus;
mod names;
mod new_phone;
mod new_terms;
mod office_only;
mod old_app;
mod old_list;
mod other_number;
mod published;
mod spoilt_answers;
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
