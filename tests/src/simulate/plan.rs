//! What happens in a life, drawn from its seed before it begins, so that both levels live the same one.

use super::operator::Memory;
use super::phone::Purse;
use super::town::{CITY_RULES, NOON_DAY, NOON_MS, NUMBER, day_start_ms};
use crate::world::dice::Dice;
use jiff::civil::Date;
use jol_core::operator::wire::HeldPass;
use jol_core::text::Words;
use jol_core::wallet::Category;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// In how many lives rides are reserved.
const VOUCHER_LIVES: f64 = 0.06;

/// Something that a passenger or the world does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    /// The passenger boards a bus here; what follows, until the next boarding, is about it.
    Board {
        /// The bus.
        bus: usize,
    },
    /// Taps, twice on one screen or once.
    Tap {
        /// On which phone.
        phone: usize,
        /// Whose money.
        purse: Purse,
        /// Twice.
        twice: bool,
    },
    /// Pays for a companion, unless the phone knows that it asked for one.
    OneMore {
        /// On which phone.
        phone: usize,
    },
    /// Gives back what was paid, if the phone has a ticket of this boarding.
    GiveBack {
        /// On which phone.
        phone: usize,
    },
    /// Pulls the list of rides down: the operator is asked what it holds.
    Refresh {
        /// On which phone.
        phone: usize,
    },
    /// The system ends the app, which is started again later.
    Kill {
        /// On which phone.
        phone: usize,
        /// How much later, in ms.
        down_ms: i64,
    },
    /// No network for so long.
    Away {
        /// On which phone.
        phone: usize,
        /// In ms.
        ms: i64,
    },
    /// The wall clock is set.
    SetClock {
        /// On which phone.
        phone: usize,
        /// So much ahead, in ms.
        ahead_ms: i64,
    },
    /// The wallet is backed up into a file, and the phone's memory is put aside.
    BackUp {
        /// On which phone.
        phone: usize,
    },
    /// The last back-up of any phone is put into this one's wallet.
    Restore {
        /// On which phone.
        phone: usize,
        /// The app is installed anew before.
        anew: bool,
    },
    /// The phone's memory is as it was when it was put aside: a copy of all its files.
    TurnBack {
        /// On which phone.
        phone: usize,
    },
    /// The app is installed anew.
    Reinstall {
        /// On which phone.
        phone: usize,
    },
    /// A text message is written, by the app where it runs.
    Message {
        /// On which phone.
        phone: usize,
        /// From the other SIM.
        other_sim: bool,
        /// How long the carrier takes, in ms; none: it is lost.
        takes_ms: Option<i64>,
        /// How much later it comes once more, in ms.
        again_ms: Option<i64>,
        /// How long after each answer comes its text is shared into the app, in ms; none: never.
        shared_ms: Option<i64>,
    },
    /// The passenger says that the last message was not sent.
    NotSent {
        /// On which phone.
        phone: usize,
    },
    /// The card is held to the bus's terminal, which reports it later.
    HoldCard {
        /// How much later, in ms.
        reported_ms: i64,
        /// How much later once more, in ms.
        again_ms: Option<i64>,
    },
    /// Whoever sees no "paid" on the screen pays the conductor, whose till reports it.
    PayCash {
        /// How much later, in ms.
        reported_ms: i64,
        /// How much later once more, in ms.
        again_ms: Option<i64>,
    },
    /// Reserves rides for buses without a network.
    Reserve {
        /// On which phone.
        phone: usize,
        /// Whose money.
        purse: Purse,
        /// How many.
        rides: u8,
    },
    /// Boards the bus with what was reserved.
    BoardOffline {
        /// On which phone.
        phone: usize,
    },
    /// Gives back what is left of the first voucher that has a rest.
    GiveRestBack {
        /// On which phone.
        phone: usize,
    },
    /// The depot ends the bus's run.
    EndRun,
    /// The number's SIM is replaced.
    ReplaceSim,
}

/// How bad the network is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weather {
    /// How often a request or an answer is lost.
    pub loss: f64,
    /// How often one takes long.
    pub slow: f64,
    /// How often the network holds a request for minutes, or doubles it.
    pub odd: f64,
}

/// A life.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What the operator makes of keys.
    pub memory: Memory,
    /// The account's number, on which its carrier's answers hang.
    pub number: &'static str,
    /// The network.
    pub weather: Weather,
    /// The last day of the account's pass; none: it has none.
    pub pass_until: Option<Date>,
    /// How many phones the account has.
    pub phones: usize,
    /// Rides are reserved, too.
    pub vouchers: bool,
    /// What happens, in order, with the true time.
    pub deeds: Vec<(i64, Deed)>,
}

impl Plan {
    /// The life of this seed.
    pub fn of(seed: u64) -> Plan {
        let mut dice = Dice::new(seed, "life");
        let memory = match dice.below(10) {
            0..6 => Memory::Keeps,
            6 | 7 => Memory::Forgets,
            _ => Memory::Ignores,
        };
        let number = match dice.below(20) {
            0..14 => NUMBER,
            14 | 15 => "+77010000007",
            16 => "+77010000010",
            17 => "+77010000006",
            18 => "+77010000009",
            _ => "+77010000001",
        };
        let weather = match dice.below(10) {
            0..3 => Weather { loss: 0.0, slow: 0.02, odd: 0.0 },
            3..8 => Weather { loss: 0.2, slow: 0.2, odd: 0.08 },
            _ => Weather { loss: 0.5, slow: 0.3, odd: 0.2 },
        };
        let phones = if dice.chance(0.25) { 2 } else { 1 };
        let pass_until = dice
            .chance(0.2)
            .then(|| if dice.chance(0.5) { NOON_DAY } else { NOON_DAY.tomorrow().unwrap_or(NOON_DAY) });
        let vouchers = dice.chance(VOUCHER_LIVES);
        let phones = if vouchers && dice.chance(0.4) { 2 } else { phones };
        let mut deeds = Vec::new();
        // Some begin so that midnight comes between a tap and its answer.
        let mut at_ms = match dice.chance(0.1) {
            true => day_start_ms(NOON_MS + 24 * HOUR_MS) - ms(&mut dice, 0, 4 * MINUTE_MS),
            false => NOON_MS + ms(&mut dice, 0, 40 * MINUTE_MS),
        };
        if vouchers {
            reserve(&mut dice, at_ms - 30 * MINUTE_MS, &mut deeds);
        }
        for _ in 0..=dice.below(3) + usize::from(vouchers) {
            boarding(&mut dice, at_ms, phones, &mut deeds);
            if vouchers {
                offline(&mut dice, at_ms, phones, &mut deeds);
            }
            let is_replaced = deeds.iter().any(|(_, deed)| *deed == Deed::ReplaceSim);
            at_ms += match dice.below(8) {
                // About when the number may spend again.
                0..3 if is_replaced => 24 * HOUR_MS + ms(&mut dice, -5 * MINUTE_MS, 5 * MINUTE_MS),
                0..5 => ms(&mut dice, 25 * MINUTE_MS, 3 * HOUR_MS),
                5 | 6 => ms(&mut dice, 3 * HOUR_MS, 20 * HOUR_MS),
                _ => ms(&mut dice, 20 * HOUR_MS, 50 * HOUR_MS),
            };
        }
        deeds.sort_by_key(|(at_ms, _)| *at_ms);
        Plan { memory, number, weather, pass_until, phones, vouchers, deeds }
    }

    /// The account's passes: for an adult's rides, on all lines.
    pub fn passes(&self) -> Vec<HeldPass> {
        let pass = |until: Date| HeldPass {
            id: "p1".to_owned(),
            pass: "month".to_owned(),
            city: CITY_RULES.city.clone(),
            name: Words::default(),
            categories: vec![Category::Standard],
            lines: Vec::new(),
            from: "2026-09-01".to_owned(),
            until: until.to_string(),
        };
        self.pass_until.map(pass).into_iter().collect()
    }
}

fn ms(dice: &mut Dice, from: i64, until: i64) -> i64 {
    from + (dice.next() % (until - from).max(1).unsigned_abs()) as i64
}

/// All that concerns one boarding is done within so long: a ticket lasts ten minutes at least.
const ABOARD_MS: i64 = 9 * MINUTE_MS;

fn boarding(dice: &mut Dice, at_ms: i64, phones: usize, deeds: &mut Vec<(i64, Deed)>) {
    deeds.push((at_ms, Deed::Board { bus: dice.below(2) }));
    let purse = match dice.below(10) {
        0..5 => Purse::Phone,
        5 | 6 => Purse::Card,
        7 | 8 => Purse::Bank,
        _ => Purse::Free,
    };
    if dice.chance(0.08) {
        let ahead_ms = *dice.pick(&[-3 * HOUR_MS, -8 * MINUTE_MS, 5 * MINUTE_MS, 5 * HOUR_MS]);
        deeds.push((at_ms, Deed::SetClock { phone: 0, ahead_ms }));
    }
    if dice.chance(0.06) {
        deeds.push((at_ms + 1, Deed::BackUp { phone: 0 }));
    }
    let mut now_ms = at_ms + ms(dice, 2_000, 60_000);
    if dice.chance(0.1) {
        // By a message first, and in the app when no answer comes.
        deeds.push((now_ms, message(dice, 0)));
        if dice.chance(0.4) {
            deeds.push((
                now_ms + ms(dice, 100, 5_000),
                Deed::Kill { phone: 0, down_ms: ms(dice, 100, 5_000) },
            ));
        }
        now_ms += ms(dice, 6_000, 90_000);
    }
    // Half of the passengers tap once, and that is all.
    deeds.push((now_ms, Deed::Tap { phone: 0, purse, twice: dice.chance(0.1) }));
    if dice.chance(0.03) {
        // Backed up while the answer is awaited, and restored: a payment that is not known yet comes along.
        let backed_up_ms = now_ms + ms(dice, 20, 2_000);
        let restored_ms = backed_up_ms + ms(dice, 2_000, 6 * MINUTE_MS);
        deeds.push((backed_up_ms, Deed::BackUp { phone: 0 }));
        let phone = if dice.chance(0.5) { 0 } else { phones - 1 };
        deeds.push((restored_ms, Deed::Restore { phone, anew: dice.chance(0.6) }));
    }
    if dice.chance(0.4) {
        return;
    }
    for _ in 0..=dice.below(4) {
        now_ms += match dice.below(3) {
            0 => ms(dice, 10, 3_000),
            1 => ms(dice, 1_000, 30_000),
            _ => ms(dice, 20_000, 3 * MINUTE_MS),
        };
        if now_ms - at_ms > ABOARD_MS {
            break;
        }
        let phone = if dice.chance(0.7) { 0 } else { phones - 1 };
        let deed = match dice.below(40) {
            39 => Deed::NotSent { phone },
            36..39 => Deed::PayCash {
                reported_ms: match dice.below(5) {
                    0 => ms(dice, 5_000, MINUTE_MS),
                    1 => ms(dice, 10 * MINUTE_MS, 30 * HOUR_MS),
                    _ => ms(dice, 100, 5_000),
                },
                again_ms: dice.chance(0.2).then(|| ms(dice, 100, 3 * HOUR_MS)),
            },
            32..36 => Deed::Refresh { phone },
            0..6 => Deed::Tap { phone, purse, twice: false },
            6..9 => Deed::OneMore { phone: 0 },
            9..13 => Deed::GiveBack { phone },
            13..18 => {
                let down_ms = match dice.below(3) {
                    0 => ms(dice, 500, 10_000),
                    1 => ms(dice, 10_000, 5 * MINUTE_MS),
                    _ => ms(dice, 5 * MINUTE_MS, 5 * HOUR_MS),
                };
                Deed::Kill { phone, down_ms }
            }
            18..20 => {
                let ms = match dice.below(3) {
                    0 => ms(dice, 5_000, 3 * MINUTE_MS),
                    1 => ms(dice, 3 * MINUTE_MS, 2 * HOUR_MS),
                    _ => 40 * HOUR_MS,
                };
                Deed::Away { phone, ms }
            }
            20 => match dice.chance(0.3) {
                true => Deed::TurnBack { phone },
                false => Deed::Restore { phone, anew: dice.chance(0.6) },
            },
            21 => Deed::Reinstall { phone },
            22..25 => message(dice, phone),
            25..28 => Deed::HoldCard {
                reported_ms: match dice.below(3) {
                    0 => ms(dice, 10 * MINUTE_MS, 30 * HOUR_MS),
                    _ => ms(dice, 100, 5_000),
                },
                again_ms: dice.chance(0.2).then(|| ms(dice, 100, 3 * HOUR_MS)),
            },
            28 | 29 => Deed::EndRun,
            30 => Deed::ReplaceSim,
            _ => Deed::BackUp { phone },
        };
        deeds.push((now_ms, deed));
    }
}

/// Rides are reserved about then; some are backed up with the phone as it is then.
fn reserve(dice: &mut Dice, at_ms: i64, deeds: &mut Vec<(i64, Deed)>) {
    let purse = match dice.below(4) {
        0 | 1 => Purse::Phone,
        2 => Purse::Card,
        _ => Purse::Bank,
    };
    let at_ms = at_ms + ms(dice, 0, 20 * MINUTE_MS);
    deeds.push((at_ms, Deed::Reserve { phone: 0, purse, rides: 1 + dice.below(3) as u8 }));
    if dice.chance(0.5) {
        deeds.push((at_ms + ms(dice, 100, 8 * MINUTE_MS), Deed::BackUp { phone: 0 }));
    }
}

/// What is done with vouchers about one boarding, before or after the tap, and between it and the next one.
fn offline(dice: &mut Dice, at_ms: i64, phones: usize, deeds: &mut Vec<(i64, Deed)>) {
    let any = |dice: &mut Dice| if dice.chance(0.8) { 0 } else { phones - 1 };
    if dice.chance(0.5) {
        deeds.push((at_ms, Deed::Away { phone: 0, ms: ms(dice, MINUTE_MS, 3 * HOUR_MS) }));
    }
    if dice.chance(0.8) {
        let phone = any(dice);
        // Most of them before the tap, which comes two seconds after boarding at the earliest.
        let after_ms = if dice.chance(0.7) { ms(dice, 0, 2_000) } else { ms(dice, 2_000, 6 * MINUTE_MS) };
        deeds.push((at_ms + after_ms, Deed::BoardOffline { phone }));
        if dice.chance(0.3) {
            let tap = Deed::Tap { phone: phones - 1, purse: Purse::Phone, twice: false };
            deeds.push((at_ms + ms(dice, 2_000, 5 * MINUTE_MS), tap));
        }
    }
    let later_ms = at_ms + ABOARD_MS;
    match dice.below(10) {
        0 | 1 => deeds.push((later_ms + ms(dice, 0, 2 * HOUR_MS), Deed::GiveRestBack { phone: any(dice) })),
        2 | 3 => reserve(dice, later_ms, deeds),
        4 | 5 => deeds.push((later_ms + ms(dice, 0, 10 * MINUTE_MS), Deed::TurnBack { phone: 0 })),
        6 => {
            let down_ms = ms(dice, 1_000, 10 * MINUTE_MS);
            deeds.push((later_ms, Deed::Kill { phone: 0, down_ms }));
        }
        _ => {}
    }
}

fn message(dice: &mut Dice, phone: usize) -> Deed {
    Deed::Message {
        phone,
        other_sim: dice.chance(0.2),
        takes_ms: match dice.below(5) {
            0 => None,
            1 => Some(ms(dice, MINUTE_MS, 12 * MINUTE_MS)),
            2 => Some(ms(dice, HOUR_MS, 6 * HOUR_MS)),
            _ => Some(ms(dice, 500, 8_000)),
        },
        again_ms: dice.chance(0.2).then(|| ms(dice, 100, 3 * HOUR_MS)),
        shared_ms: match dice.below(10) {
            0 | 1 => Some(ms(dice, 2_000, MINUTE_MS)),
            2 => Some(ms(dice, MINUTE_MS, 30 * HOUR_MS)),
            _ => None,
        },
    }
}

/// What becomes of a call on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// When the request arrives, after so many ms; none: never.
    pub there_ms: Option<i64>,
    /// When it arrives once more.
    pub again_ms: Option<i64>,
    /// How long the answer takes, in ms; none: it is lost.
    pub back_ms: Option<i64>,
    /// What comes back instead of the answer.
    pub instead: Option<Instead>,
}

/// What somebody on the way makes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// "Not paid", which nobody signed.
    MadeUp,
    /// What was answered to the same question before.
    Older,
}

impl Fate {
    /// Of the call that `what` names, in this life.
    pub fn of(seed: u64, what: u64, weather: Weather) -> Fate {
        let mut dice = Dice::new(seed ^ what.wrapping_mul(0x9e37_79b9_7f4a_7c15), "fate");
        let way = |dice: &mut Dice| {
            if dice.chance(weather.loss) {
                return None;
            }
            Some(match dice.chance(weather.slow) {
                true => ms(dice, 1_000, 12_000),
                false => ms(dice, 30, 400),
            })
        };
        let mut there_ms = way(&mut dice);
        let back_ms = way(&mut dice);
        let (mut again_ms, mut instead) = (None, None);
        if dice.chance(weather.odd) {
            match dice.below(5) {
                0 | 1 => there_ms = Some(ms(&mut dice, 20_000, 14 * MINUTE_MS)),
                2 => again_ms = Some(ms(&mut dice, 100, 14 * MINUTE_MS)),
                3 => instead = Some(Instead::MadeUp),
                _ => instead = Some(Instead::Older),
            }
        }
        Fate { there_ms, again_ms, back_ms, instead }
    }

    /// Of a call in a network that does what it should.
    pub const CALM: Fate = Fate { there_ms: Some(50), again_ms: None, back_ms: Some(50), instead: None };
    /// Of a call without a network.
    pub const NONE: Fate = Fate { there_ms: None, again_ms: None, back_ms: None, instead: None };
}
