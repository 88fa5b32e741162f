//! Rides that are given back, and rides that were paid on the wrong bus.
//!
//! Both are the passenger's to ask for a short while after paying, as long as no inspector has seen the
//! ticket; a bus is corrected once. The moment of issue stays the first one: an inspector's "bought after the
//! check began" cannot be got around by correcting.

use super::carrier::{Decline, PhoneLine};
use super::payments::{Funding, fund};
use super::rides::{self, HeldRide};
use super::{Entry, Purse};
use crate::sandbox::fleet::Run;
use jiff::civil::Date;
use jol_core::city::fares::{CityRules, FareHistory, FareQuestion, RefundRule, Vehicle};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, CorrectionRequest, RefundRequest, RideState};
use jol_core::pay::{DeclineReason, Source, Way};
use jol_core::wallet::{Category, PassengerGroup};

/// What the operator holds of a ride that is to be changed.
#[derive(Clone, Copy, Debug)]
pub struct PaidRide<'a> {
    /// Now, ms since 1970.
    pub now_ms: i64,
    /// The city's rule.
    pub rule: &'a RefundRule,
    /// Its id.
    pub city: &'a str,
    /// The ride.
    pub ride: &'a HeldRide,
    /// How it was paid.
    pub way: Way,
    /// Whose money it was.
    pub source: &'a Source,
    /// The payer's number, if they have one.
    pub number: Option<&'a str>,
    /// An inspector has seen one of its tickets.
    pub is_inspected: bool,
    /// Somebody else's phone has a ticket of it.
    pub is_shared: bool,
    /// It is on its second bus.
    pub is_corrected: bool,
    /// This account gave a ride back that an inspector had seen before.
    pub refunds_ended: bool,
}

/// A ride that goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// What goes back.
    pub sum: Money,
    /// The entry; none for a free ride.
    pub entry: Option<Entry>,
    /// By when it has arrived at the latest, ms since 1970.
    pub by_ms: i64,
}

/// A ride that is put on another bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// What it costs in all.
    pub fare: Money,
    /// What is charged in addition, or, if negative, goes back.
    pub difference: Money,
    /// The entry; none where both cost the same.
    pub entry: Option<Entry>,
    /// Until when the ticket is valid, ms since 1970.
    pub ends_ms: i64,
}

/// What the operator holds beside the ride when its bus is corrected.
#[derive(Clone, Debug)]
pub struct CorrectionView<'a> {
    /// The ride.
    pub paid: PaidRide<'a>,
    /// Who is on it.
    pub passengers: &'a [PassengerGroup],
    /// The city.
    pub city: &'a CityRules,
    /// The right bus, if there is such a one.
    pub vehicle: Option<&'a Vehicle>,
    /// What it is doing, unless its run was closed.
    pub run: Option<&'a Run>,
    /// All rides of the account.
    pub rides: &'a [HeldRide],
    /// A payment for the right bus has no answer yet.
    pub pending: bool,
    /// The service day in the city's time.
    pub day: Date,
    /// What was paid before this ride.
    pub history: FareHistory<'a>,
    /// The account's cards.
    pub cards: &'a [Card],
    /// The account's tokens of bank cards.
    pub bank_cards: &'a [String],
    /// The account's phone line.
    pub line: &'a PhoneLine,
}

/// Decides whether a ride goes back.
pub fn refund(held: &PaidRide<'_>, request: &RefundRequest) -> Result<Return, Decline> {
    may_change(held, held.rule.within_s, DeclineReason::RefundTooLate)?;
    if held.refunds_ended {
        return Err(DeclineReason::RefundsEnded.into());
    }
    if request.sum != held.ride.fare {
        return Err(DeclineReason::FareChanged.into());
    }
    Ok(back(held.rule, held.source, held.number, held.city, held.ride.fare, held.now_ms))
}

/// Sends a sum back where it came from. Also without being asked, where no ticket can be issued.
pub fn back(
    rule: &RefundRule,
    source: &Source,
    number: Option<&str>,
    city: &str,
    sum: Money,
    now_ms: i64,
) -> Return {
    let entry = Entry::of("refund", Purse::Fares(city.to_owned()), purse(source, number), sum);
    Return { sum, entry, by_ms: rule.arrives_ms(source, now_ms) }
}

/// Decides whether a ride is put on another bus.
pub fn correct(held: &CorrectionView<'_>, request: &CorrectionRequest) -> Result<Correction, Decline> {
    let paid = &held.paid;
    may_change(paid, paid.rule.correct_within_s, DeclineReason::CorrectionTooLate)?;
    if paid.is_corrected {
        return Err(DeclineReason::CorrectedBefore.into());
    }
    let vehicle = held.vehicle.ok_or(DeclineReason::UnknownBus)?;
    let bus = (vehicle.vehicle.as_str(), vehicle.painted.as_str());
    let until_ms = paid.now_ms.saturating_add(rides::CLOCK_SLACK_MS);
    if held.pending || rides::standing(held.rides, bus, paid.now_ms, until_ms).is_some() {
        return Err(DeclineReason::RidesThere.into());
    }
    let run = held.run.filter(|run| run.in_service).ok_or(DeclineReason::RunClosed)?;
    if !vehicle.ways.contains(&paid.way) {
        return Err(DeclineReason::WayNotTaken.into());
    }
    let question = FareQuestion {
        category: Category::Standard,
        way: paid.way,
        line: &run.line,
        zone: None,
        day: held.day,
        before: held.history,
    };
    let fare = held.city.fares.fare_of_group(held.passengers, &question);
    let fare = fare.ok_or(DeclineReason::WayNotTaken)?;
    if fare != request.fare {
        return Err(DeclineReason::FareChanged.into());
    }
    let difference = fare.minus(paid.ride.fare).ok_or(DeclineReason::TryLater)?;
    let fares = || Purse::Fares(paid.city.to_owned());
    let entry = if difference > Money::ZERO {
        match fund(held.cards, held.bank_cards, held.line, paid.source, difference, paid.now_ms)? {
            Funding::Now(from) => Entry::of("correction", from, fares(), difference),
            // A carrier that thinks it over would leave the passenger without a ticket for either bus.
            Funding::Later { .. } => return Err(DeclineReason::TryLater.into()),
        }
    } else {
        let back = Money::ZERO.minus(difference).ok_or(DeclineReason::TryLater)?;
        Entry::of("correction", fares(), purse(paid.source, paid.number), back)
    };
    let ends_ms = rides::ends_ms(&held.city.ride_end, run.ends_ms, paid.ride.paid_ms);
    Ok(Correction { fare, difference, entry, ends_ms })
}

/// What holds of both.
fn may_change(held: &PaidRide<'_>, within_s: u32, too_late: DeclineReason) -> Result<(), Decline> {
    if !held.way.is_in_app() {
        return Err(DeclineReason::PaidElsewhere.into());
    }
    if held.ride.state_at(held.now_ms) != RideState::Valid || held.is_shared {
        return Err(DeclineReason::RideOver.into());
    }
    if held.is_inspected {
        return Err(DeclineReason::Inspected.into());
    }
    if held.now_ms >= held.ride.paid_ms.saturating_add(i64::from(within_s) * 1_000) {
        return Err(too_late.into());
    }
    Ok(())
}

/// The purse that a source's money is in.
fn purse(source: &Source, number: Option<&str>) -> Purse {
    match source {
        Source::PhoneBalance => Purse::Phone(number.unwrap_or_default().to_owned()),
        Source::SmartCard { card } => Purse::Card(card.clone()),
        Source::BankCard { token } => Purse::BankCard(token.clone()),
        // Who took it gives it back.
        Source::Cash => Purse::Conductor(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::{sample_rules, ways};
    use jol_core::operator::wire::{CardForm, CardState};

    const NOW: i64 = 1_789_000_000_000;

    /// Everything that is held, to be changed before the rule is asked.
    struct World {
        ride: HeldRide,
        way: Way,
        source: Source,
        is_inspected: bool,
        is_shared: bool,
        is_corrected: bool,
        refunds_ended: bool,
        now_ms: i64,
        rides: Vec<HeldRide>,
        pending: bool,
        run: Option<Run>,
        vehicle: Vehicle,
        cards: Vec<Card>,
        line: PhoneLine,
    }

    impl World {
        fn new() -> World {
            let ride = HeldRide {
                ride: "r".into(),
                key: "k".into(),
                vehicle: "0547".into(),
                line: "5".into(),
                fare: Money::tenge(100),
                asked_ms: NOW,
                paid_ms: NOW,
                ends_ms: NOW + 3_000_000,
                state: RideState::Valid,
                continues_on: Vec::new(),
                corrects: None,
            };
            let run = Run {
                run: "r2".into(),
                line: "12".into(),
                direction: 0,
                terminus: "East".into(),
                ends_ms: NOW + 40 * 60_000,
                stop: "West".into(),
                stop_id: "w".into(),
                in_service: true,
            };
            let vehicle = Vehicle {
                vehicle: "0548".into(),
                painted: "548".into(),
                plate: String::new(),
                line: "12".into(),
                terminal: true,
                ways: ways(true),
            };
            World {
                rides: vec![ride.clone()],
                ride,
                way: Way::App,
                source: Source::PhoneBalance,
                is_inspected: false,
                is_shared: false,
                is_corrected: false,
                refunds_ended: false,
                now_ms: NOW + 30_000,
                pending: false,
                run: Some(run),
                vehicle,
                cards: Vec::new(),
                line: PhoneLine {
                    number: Some("+77771234567".into()),
                    account_since_ms: 0,
                    balance: Money::tenge(1_000),
                    paid_today: Money::ZERO,
                    sim_replaced_ms: None,
                },
            }
        }

        fn paid<'a>(&'a self, rule: &'a RefundRule) -> PaidRide<'a> {
            PaidRide {
                now_ms: self.now_ms,
                rule,
                city: "sample",
                ride: &self.ride,
                way: self.way,
                source: &self.source,
                number: self.line.number.as_deref(),
                is_inspected: self.is_inspected,
                is_shared: self.is_shared,
                is_corrected: self.is_corrected,
                refunds_ended: self.refunds_ended,
            }
        }

        fn refund(&self) -> Result<Return, DeclineReason> {
            let rule = sample_rules("sample").refund;
            let request = RefundRequest { ride: "r".into(), sum: Money::tenge(100) };
            refund(&self.paid(&rule), &request).map_err(|decline| decline.reason)
        }

        /// Onto the other bus, at the price that its line costs there.
        fn correct(&self, price: i64) -> Result<Correction, DeclineReason> {
            let mut city = sample_rules("sample");
            for rule in &mut city.fares.rules {
                rule.price = Money::tenge(price);
            }
            let fare = Money::tenge(price);
            let request =
                CorrectionRequest { ride: "r".into(), vehicle: "0548".into(), line: "12".into(), fare };
            let rule = city.refund;
            let view = CorrectionView {
                paid: self.paid(&rule),
                passengers: &[PassengerGroup { category: Category::Standard, count: 1 }],
                city: &city,
                vehicle: Some(&self.vehicle),
                run: self.run.as_ref(),
                rides: &self.rides,
                pending: self.pending,
                day: "2026-09-16".parse().expect("a day"),
                history: FareHistory::default(),
                cards: &self.cards,
                bank_cards: &[],
                line: &self.line,
            };
            correct(&view, &request).map_err(|decline| decline.reason)
        }
    }

    fn with(change: impl FnOnce(&mut World)) -> World {
        let mut world = World::new();
        change(&mut world);
        world
    }

    #[test]
    fn a_ride_goes_back_to_where_its_money_came_from_and_says_by_when() {
        let back = World::new().refund().expect("given back");
        assert_eq!(back.sum, Money::tenge(100));
        assert!(back.by_ms > NOW, "a carrier takes its time");
        let entry = back.entry.expect("an entry");
        assert!(entry.balances());
        assert_eq!(entry.postings[1].purse, Purse::Phone("+77771234567".into()));
        let card = with(|world| world.source = Source::SmartCard { card: "c1".into() });
        let back = card.refund().expect("given back");
        assert_eq!(back.by_ms, card.now_ms, "a transport card is the operator's own");
        assert_eq!(back.entry.expect("an entry").postings[1].purse, Purse::Card("c1".into()));
        let free = with(|world| world.ride.fare = Money::ZERO);
        assert_eq!(free.refund(), Err(DeclineReason::FareChanged), "another sum than was shown");
    }

    #[test]
    fn a_ride_goes_back_once_shortly_after_paying_and_not_after_an_inspection() {
        let within_ms = i64::from(sample_rules("sample").refund.within_s) * 1_000;
        let last = with(|world| world.now_ms = NOW + within_ms - 1);
        assert!(last.refund().is_ok());
        let late = with(|world| world.now_ms = NOW + within_ms);
        assert_eq!(late.refund(), Err(DeclineReason::RefundTooLate));
        assert_eq!(with(|world| world.is_inspected = true).refund(), Err(DeclineReason::Inspected));
        assert_eq!(with(|world| world.is_shared = true).refund(), Err(DeclineReason::RideOver));
        assert_eq!(with(|world| world.refunds_ended = true).refund(), Err(DeclineReason::RefundsEnded));
        for state in [RideState::Refunded, RideState::Replaced, RideState::Ended] {
            assert_eq!(with(|world| world.ride.state = state).refund(), Err(DeclineReason::RideOver));
        }
        for way in Way::ALL {
            let here = with(|world| world.way = way).refund();
            assert_eq!(here == Err(DeclineReason::PaidElsewhere), !way.is_in_app(), "{way:?}");
        }
    }

    #[test]
    fn a_difference_in_fare_is_charged_or_goes_back() {
        let dearer = World::new().correct(150).expect("corrected");
        assert_eq!((dearer.fare, dearer.difference), (Money::tenge(150), Money::tenge(50)));
        let entry = dearer.entry.expect("an entry");
        assert_eq!(entry.postings[0].gain, Money::tenge(-50));
        assert_eq!(entry.postings[0].purse, Purse::Phone("+77771234567".into()));
        let cheaper = World::new().correct(80).expect("corrected");
        assert_eq!(cheaper.difference, Money::tenge(-20));
        let entry = cheaper.entry.expect("an entry");
        assert_eq!(
            (entry.postings[1].purse.clone(), entry.postings[1].gain),
            (Purse::Phone("+77771234567".into()), Money::tenge(20))
        );
        let same = World::new().correct(100).expect("corrected");
        assert_eq!((same.difference, same.entry), (Money::ZERO, None));
        assert_eq!(same.ends_ms, NOW + 40 * 60_000, "to the terminus of the right bus");
    }

    #[test]
    fn a_bus_is_corrected_once_and_never_twice_charged() {
        let within_ms = i64::from(sample_rules("sample").refund.correct_within_s) * 1_000;
        assert!(with(|world| world.now_ms = NOW + within_ms - 1).correct(100).is_ok());
        let refused = |change: &dyn Fn(&mut World)| with(change).correct(100).expect_err("refused");
        assert_eq!(refused(&|world| world.now_ms = NOW + within_ms), DeclineReason::CorrectionTooLate);
        assert_eq!(refused(&|world| world.is_corrected = true), DeclineReason::CorrectedBefore);
        assert_eq!(refused(&|world| world.is_inspected = true), DeclineReason::Inspected);
        assert_eq!(refused(&|world| world.pending = true), DeclineReason::RidesThere);
        let there = |world: &mut World| {
            let there = HeldRide { vehicle: "0548".into(), ..world.ride.clone() };
            world.rides.push(there);
        };
        assert_eq!(refused(&there), DeclineReason::RidesThere);
        assert_eq!(refused(&|world| world.run = None), DeclineReason::RunClosed);
        assert_eq!(refused(&|world| world.vehicle.ways.clear()), DeclineReason::WayNotTaken);
        let poor = with(|world| world.line.balance = Money::tenge(49));
        assert_eq!(poor.correct(150), Err(DeclineReason::NoMoney), "the old ticket stands");
        let slow = with(|world| world.line.number = Some("+77010000007".into()));
        assert_eq!(slow.correct(150), Err(DeclineReason::TryLater));
        assert!(slow.correct(100).is_ok(), "nothing is asked of the carrier");
        let card = |state, balance| {
            let card = Card {
                id: "c1".into(),
                number: "1".into(),
                name: String::new(),
                category: Category::Standard,
                balance: Money::tenge(balance),
                state,
                valid_until: None,
                as_of_ms: NOW,
                form: CardForm::Virtual,
                child: false,
                refused: None,
                moved_to: None,
                day_limit: None,
                credential: None,
            };
            with(|world| (world.cards, world.source) = (vec![card], Source::SmartCard { card: "c1".into() }))
        };
        assert!(card(CardState::Active, 50).correct(150).is_ok());
        assert_eq!(card(CardState::Active, 49).correct(150), Err(DeclineReason::NoMoney));
        assert!(card(CardState::Blocked, 0).correct(80).is_ok(), "money goes back to a card that is blocked");
    }
}
