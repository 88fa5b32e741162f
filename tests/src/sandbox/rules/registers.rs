//! Which rides stand in the register of a bus that inspectors take along.

use jol_core::operator::wire::{RideAnswer, RideState};
use jol_core::pay::{Source, Way};
use jol_core::ticket::register::{KEPT_AFTER_END_MS, NumberKind};

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

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::fares::Vehicle;
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
