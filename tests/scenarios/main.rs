//! The scenarios: one file a story, told on one stage (`jol_headless::story`). Each asserts on what the
//! passenger's phone says and on what the operator's books say. `tests/run list` names them.

mod answer_lost;
mod bad_top_up;
mod bank_card;
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
mod new_terms;
mod office_only;
mod old_app;
mod other_number;
mod published;
mod spoilt_answers;
mod tls;
mod unreachable_operator;
mod word_of_the_day;
mod wrong_clock;
mod wrong_code;
