//! The scenarios: one file a story, told on one stage (`jol_headless::story`). Each asserts on what the
//! passenger's phone says and on what the operator's books say. `tests/run list` names them.

mod ages;
mod answer_lost;
mod back_up;
mod bad_top_up;
mod bank_card;
mod board_by_place;
mod bought_card;
mod broken_down;
mod bus_beacon;
mod card_by_number;
mod card_on_board;
mod cash_meanwhile;
mod companions;
mod conductor;
mod cut_anywhere;
mod damaged_pack;
mod damaged_wallet;
mod declined_top_up;
mod declines;
mod double_tap;
mod fare_changed;
mod found_bus;
mod free_ride;
mod given_back;
mod inspector;
mod intent_settled;
mod kept;
mod killed_while_paying;
mod late_bus;
mod messenger_ride;
mod minors;
mod names;
mod new_phone;
mod new_terms;
mod nfc_bus;
mod nfc_ticket;
mod nine_ways;
mod no_commission;
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
mod only_a_bank_card;
mod other_number;
mod own_cards;
mod plastic_card;
mod published;
mod qr_card;
mod receipts;
mod released;
mod reused_connection;
mod ride_ends;
mod rough_network;
mod scanned;
mod second_phone;
mod silent_bus;
mod sms_number;
mod sms_replies;
mod sms_ride;
mod spoilt_answers;
mod staff_only;
mod statistics;
mod strange_codes;
mod terminal_taps;
mod till_refuses;
mod tls;
mod travel_details;
mod two_accounts;
mod unreachable_operator;
mod wallet_reconciles;
mod word_of_the_day;
mod wrong_bus;
mod wrong_clock;
mod wrong_code;

use jol_core::jol::{Jol, ScannedCode};
use jol_core::operator::outbox::{Call, Carried, Operation};
use jol_core::qr::{Correction, QrCode};
use jol_headless::story::Passenger;
use jol_headless::world::camera::Camera;

/// How many of something random: so `few`, or as many as all random tests are told to take.
fn many(few: u64) -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few)
}

/// Gives a phone an answer that a bad network, an old cache or a liar puts in the operator's place.
fn deliver(jol: &Jol, operation: Operation, path: &str, body: &str) {
    let call = Call {
        id: 0,
        wallet: 0,
        key: path.to_owned(),
        operation,
        post: false,
        path: path.to_owned(),
        body: Vec::new(),
        attempts: 0,
        asked: 1,
        age_ms: None,
        bearer: None,
        etag: None,
        into_file: None,
    };
    let body = body.as_bytes().to_vec();
    jol.outbox_deliver(
        &call,
        Carried::Answer { status: 200, etag: None, body, round_trip_ms: 5, wait_ms: None },
    );
}

/// What a phone says of a code that it photographs, and where it sees it.
fn photographed(phone: &Passenger<'_>, text: &str) -> ScannedCode {
    let code = QrCode::of(text, Correction::L).expect("a code");
    let shot = Camera::default().shoot(&code, 30, 180);
    let found = phone.jol.scan(&shot.luma, shot.width, shot.height, shot.width, 0).expect("a frame");
    let [seen] = found.as_slice() else { panic!("one code: {found:?}") };
    phone.note(format!("scans a code and reads: {}", seen.says));
    assert_eq!((seen.text.as_str(), seen.corners.len()), (text, 4));
    for (corner, (x, y)) in seen.corners.iter().zip(shot.corners) {
        let off = (corner.x - x as f32).hypot(corner.y - y as f32);
        assert!(off < 4.0, "a module wide at most: {seen:?} {:?}", shot.corners);
    }
    seen.clone()
}

/// Everything that a wallet holds: its revision and its files, byte for byte.
fn wallet(phone: &Passenger<'_>) -> (u64, Vec<Vec<u8>>) {
    // What readers share in memory is no content.
    let files =
        ["wallet.db", "wallet.db-wal"].map(|file| std::path::Path::new(&phone.opening.folder).join(file));
    (phone.jol.revision(), files.map(|file| std::fs::read(file).unwrap_or_default()).to_vec())
}
