use crate::text::{Language, say};
use serde::{Deserialize, Serialize};

/// How the passenger told the operator which ride to charge.
///
/// The numbers stand in tickets (`core/contract/ticket.cddl`) and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Way {
    /// One tap in the app, on the bus that it found or that the passenger typed.
    App = 0,
    /// The code that hangs in the bus, scanned in the app.
    BusQr = 1,
    /// A phone held to the bus's terminal.
    Nfc = 2,
    /// The bus's beacon, confirmed in the app.
    Bluetooth = 3,
    /// A text message with the bus's number.
    Sms = 4,
    /// A message to the operator's bot.
    Messenger = 5,
    /// A plastic transport card held to the terminal.
    SmartCard = 6,
    /// A card as a code, shown to the terminal.
    QrCard = 7,
    /// A bank card held to the terminal.
    BankCard = 8,
    /// Cash to the conductor.
    Cash = 9,
}

impl Way {
    /// Every way, in the order of their numbers.
    pub const ALL: [Way; 10] = [
        Way::App,
        Way::BusQr,
        Way::Nfc,
        Way::Bluetooth,
        Way::Sms,
        Way::Messenger,
        Way::SmartCard,
        Way::QrCard,
        Way::BankCard,
        Way::Cash,
    ];

    /// Whether the app itself pays so. Such a ride can be given back in the app; the others where they were
    /// paid.
    pub const fn is_in_app(self) -> bool {
        matches!(self, Way::App | Way::BusQr | Way::Nfc | Way::Bluetooth)
    }

    /// How it is called.
    pub fn name(self, language: Language) -> String {
        let message = match self {
            Way::App => "way-app",
            Way::BusQr => "way-bus-qr",
            Way::Nfc => "way-nfc",
            Way::Bluetooth => "way-bluetooth",
            Way::Sms => "way-sms",
            Way::Messenger => "way-messenger",
            Way::SmartCard => "way-smart-card",
            Way::QrCard => "way-qr-card",
            Way::BankCard => "way-bank-card",
            Way::Cash => "way-cash",
        };
        say(language, message, &[])
    }

    /// The number that stands in tickets.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The way with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Way> {
        Way::ALL.get(usize::from(number)).copied()
    }
}

/// Whose money pays for a ride.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Source {
    /// The balance of the phone's number, charged by its carrier.
    PhoneBalance,
    /// The balance of a transport card.
    SmartCard {
        /// The card's id, which tells nothing about its number.
        card: String,
    },
    /// A bank card that was linked on the bank's own page.
    BankCard {
        /// The operator's token for it; never the card's number.
        token: String,
    },
    /// Cash, which a conductor took: rides name it, payments in the app do not.
    Cash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ways_name_each_other() {
        for way in Way::ALL {
            assert_eq!(Way::from_number(way.number()), Some(way));
        }
        assert_eq!(Way::from_number(10), None);
    }
}
