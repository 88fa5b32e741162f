//! Which rides stand in the register of a bus that inspectors take along, and those that a till sold.

use super::payments::Charge;
use super::rides::{self, HeldRide};
use super::{Entry, Purse, problem};
use crate::sandbox::fleet::Run;
use jiff::civil::Date;
use jol_core::city::fares::{CityRules, FareHistory, FareQuestion, Vehicle};
use jol_core::operator::wire::{Problem, RideAnswer, RideState, problem as codes};
use jol_core::pay::{DeclineReason, Source, Way};
use jol_core::ticket::register::{KEPT_AFTER_END_MS, NumberKind};
use jol_core::wallet::{Category, PassengerGroup};

/// No ticket lives longer, so no ride that was paid before this stands in a register, in ms.
pub const LOOKED_BACK_MS: i64 = 24 * 3_600_000;

/// Whether a ride stands in it at this moment: valid, or ended within an hour. What was taken back or
/// replaced does not.
pub fn stands(ride: &RideAnswer, now_ms: i64) -> bool {
    let held = matches!(ride.state, RideState::Valid | RideState::Ended);
    held && ride.paid_ms <= now_ms && now_ms.saturating_sub(ride.ends_ms) <= KEPT_AFTER_END_MS
}

/// The card whose number a ride is found by: the one that was held to the terminal. A ride that the app paid
/// from a card is shown by its code; its card may be in another's hand.
pub fn card_of(ride: &RideAnswer) -> Option<&str> {
    match (&ride.source, ride.way) {
        (Source::SmartCard { card }, Way::SmartCard | Way::QrCard) => Some(card),
        _ => None,
    }
}

/// The kind of number that comes with a ride which a till or a text message paid; none for other ways.
pub fn kind_of(way: Way) -> Option<NumberKind> {
    match way {
        Way::Sms | Way::Messenger => Some(NumberKind::Sms),
        Way::BankCard | Way::Cash => Some(NumberKind::Receipt),
        _ => None,
    }
}

/// What the operator holds when a till tells of a sale.
#[derive(Clone, Debug)]
pub struct SaleView<'a> {
    /// When it was sold, ms since 1970: the word may come hours later.
    pub sold_ms: i64,
    /// The service day of that moment.
    pub day: Date,
    /// Where the bus runs.
    pub city: &'a CityRules,
    /// The bus.
    pub vehicle: &'a Vehicle,
    /// What it was doing then, unless its run was closed.
    pub run: Option<&'a Run>,
    /// How it was paid.
    pub way: Way,
    /// The till's name.
    pub till: &'a str,
    /// Who rides.
    pub passengers: &'a [PassengerGroup],
    /// Rides of the passenger's account; none where nobody told whose it is.
    pub rides: &'a [HeldRide],
}

/// What becomes of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaleDecision {
    /// This ride has it already: nothing is entered.
    AlreadyPaid {
        /// The ride's id.
        ride: String,
    },
    /// It is a ride.
    Sold {
        /// Whose money.
        source: Source,
        /// What is entered.
        charge: Charge,
    },
}

/// Decides a till's sale, as of the moment when it was sold. Like a terminal's tap it is told late, when another
/// way may have paid the ride since: it asks for the whole time in which its own ticket would hold.
pub fn sale(view: &SaleView<'_>) -> Result<SaleDecision, Problem> {
    let run = view.run.filter(|run| run.in_service);
    let run = run.ok_or_else(|| problem(409, DeclineReason::RunClosed.code(), "the run is over"))?;
    let ends_ms = rides::ends_ms(&view.city.ride_end, run.ends_ms, view.sold_ms);
    let on = (view.vehicle.vehicle.as_str(), view.vehicle.painted.as_str());
    if let Some(standing) = rides::standing(view.rides, on, view.sold_ms, ends_ms) {
        return Ok(SaleDecision::AlreadyPaid { ride: standing.ride.clone() });
    }
    let question = FareQuestion {
        category: Category::Standard,
        way: view.way,
        line: &run.line,
        zone: None,
        day: view.day,
        before: FareHistory::default(),
    };
    let fare = view.city.fares.fare_of_group(view.passengers, &question);
    let fare = fare.ok_or_else(|| problem(400, codes::BAD_REQUEST, "no fare for this way here"))?;
    let till = view.till.to_owned();
    let (purse, source) = match view.way {
        Way::Cash => (Purse::Conductor(till), Source::Cash),
        _ => (Purse::Provider(till.clone()), Source::BankCard { token: till }),
    };
    let entry = Entry::of("fare", purse, Purse::Fares(view.city.city.clone()), fare);
    Ok(SaleDecision::Sold { source, charge: Charge { fare, entry, ends_ms } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::sample_rules;
    use jol_core::money::Money;
    use jol_core::operator::wire::Base64;

    const NOW: i64 = 1_789_549_200_000;

    fn ride() -> RideAnswer {
        RideAnswer {
            ride: "r".into(),
            key: "k".into(),
            city: "sample".into(),
            vehicle: Vehicle {
                vehicle: "0547".into(),
                painted: "547".into(),
                plate: String::new(),
                line: "5".into(),
                terminal: true,
                ways: Vec::new(),
            },
            passengers: Vec::new(),
            way: Way::SmartCard,
            source: Source::SmartCard { card: "c1".into() },
            fare: Money::tenge(100),
            paid_ms: NOW - 600_000,
            boarding_stop: None,
            terminus: String::new(),
            state: RideState::Valid,
            ends_ms: NOW + 600_000,
            ticket: Base64::default(),
            continues_on: Vec::new(),
            fiscal: None,
            asked_ms: None,
            corrects: None,
            refund: None,
        }
    }

    /// A sale at noon, told whenever, beside these rides of the account.
    fn sell(rides: &[HeldRide], run: Option<&Run>) -> Result<SaleDecision, Problem> {
        sale(&SaleView {
            sold_ms: NOW,
            day: jiff::civil::date(2026, 9, 16),
            city: &sample_rules("sample"),
            vehicle: &ride().vehicle,
            run,
            way: Way::Cash,
            till: "receipt",
            passengers: &[PassengerGroup { category: Category::Standard, count: 1 }],
            rides,
        })
    }

    fn run() -> Run {
        Run {
            run: "1".into(),
            line: "5".into(),
            direction: 0,
            terminus: String::new(),
            ends_ms: NOW + 1_800_000,
            stop: String::new(),
            stop_id: String::new(),
            in_service: true,
        }
    }

    #[test]
    fn a_till_s_sale_is_entered_as_of_its_own_moment() {
        let paid = |asked_ms, paid_ms| HeldRide {
            ride: "r".into(),
            key: "k".into(),
            vehicle: "0547".into(),
            line: "5".into(),
            fare: Money::tenge(100),
            asked_ms,
            paid_ms,
            ends_ms: NOW + 3_600_000,
            state: RideState::Valid,
            continues_on: Vec::new(),
            corrects: None,
        };
        let Ok(SaleDecision::Sold { source, charge }) = sell(&[], Some(&run())) else {
            panic!("nothing speaks against it");
        };
        assert_eq!((source, charge.fare), (Source::Cash, Money::tenge(150)));
        let has = SaleDecision::AlreadyPaid { ride: "r".into() };
        assert_eq!(sell(&[paid(NOW - 60_000, NOW - 60_000)], Some(&run())), Ok(has.clone()));
        // The word of the sale came after a payment that was asked for and charged later than it.
        assert_eq!(sell(&[paid(NOW + 60_000, NOW + 600_000)], Some(&run())), Ok(has));
        let next_day = paid(NOW + 86_400_000, NOW + 86_400_000);
        assert!(matches!(sell(&[next_day], Some(&run())), Ok(SaleDecision::Sold { .. })));
        assert!(sell(&[], None).is_err(), "the run was over when it was sold");
    }

    #[test]
    fn a_ride_stands_from_its_payment_to_an_hour_after_its_end() {
        let at = |ends_ms| stands(&RideAnswer { ends_ms, ..ride() }, NOW);
        assert!(at(NOW + 1) && at(NOW - KEPT_AFTER_END_MS) && !at(NOW - KEPT_AFTER_END_MS - 1));
        assert!(!stands(&RideAnswer { paid_ms: NOW + 1, ..ride() }, NOW), "a terminal's clock ran ahead");
        for state in [RideState::Refunded, RideState::Replaced] {
            assert!(!stands(&RideAnswer { state, ..ride() }, NOW));
        }
    }

    #[test]
    fn the_card_that_was_tapped_finds_its_ride_and_the_app_s_card_does_not() {
        assert_eq!(card_of(&ride()), Some("c1"));
        assert_eq!(card_of(&RideAnswer { way: Way::App, ..ride() }), None);
        assert_eq!(card_of(&RideAnswer { source: Source::PhoneBalance, ..ride() }), None);
    }
}
