use crate::money::Money;
use crate::operator::wire::FiscalSign;
use crate::operator::{Refusal, safe_address};
use crate::pay::{DeclineReason, Source, Way};
use crate::wallet::PassengerGroup;
use serde::{Deserialize, Serialize};

/// A line of Travel Details: a ride, or money that moved without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TravelEntry {
    /// Names it for good, whatever becomes of it: the key of what was asked for, or the id of a ride that was
    /// paid elsewhere.
    pub id: String,
    /// When it was, ms since 1970: the tap; of a ride that was paid elsewhere, its payment.
    pub at_ms: i64,
    /// What it is.
    pub kind: TravelKind,
    /// What became of it.
    pub state: TravelState,
    /// How the ride was paid; none where there is no ride.
    pub way: Option<Way>,
    /// Whose money.
    pub source: Option<Source>,
    /// In which city; empty of a top-up.
    pub city: String,
    /// Who rides.
    pub passengers: Vec<PassengerGroup>,
    /// The line; empty where there is no ride.
    pub line: String,
    /// The number painted on the bus.
    pub bus: String,
    /// The bus's plate, where it is known.
    pub plate: String,
    /// Where the ride began, where that is known.
    pub stop: Option<String>,
    /// Where the line ends, where that is known.
    pub terminus: Option<String>,
    /// The sum that it is about.
    pub sum: Money,
    /// What of it was charged for a ride.
    pub spent: Money,
    /// What of it came back.
    pub came_back: Money,
    /// It stands in this wallet's ledger.
    pub is_own: bool,
    /// The ride, for its ticket.
    pub ride: Option<String>,
    /// When the ride ended, or will at the latest, ms since 1970.
    pub ends_ms: Option<i64>,
    /// How many rides were reserved.
    pub rides: Option<u8>,
    /// The card that was topped up, or whose balance was moved, masked but for its last four digits.
    pub card: Option<String>,
    /// The card that its balance was moved to, likewise.
    pub to_card: Option<String>,
    /// Through whom, by the provider's id.
    pub provider: Option<String>,
    /// The pass that was bought, by the city's id for it.
    pub pass: Option<String>,
    /// Why it was declined.
    pub declined: Option<DeclineReason>,
    /// From when it may succeed, ms since 1970.
    pub try_again_ms: Option<i64>,
    /// The carrier's name for its trust credit.
    pub service: Option<String>,
    /// It was paid before, for a bus without a network.
    pub is_offline: bool,
    /// What is left of these reserved rides is being given back; `try_again_ms` says when it returns.
    pub is_returning: bool,
    /// Why the operator did not take a top-up, a purchase or a move.
    pub refusal: Option<Refusal>,
    /// The key under which [`receipt`](crate::jol::Jol::receipt) has the operator's signed answer.
    pub receipt: Option<String>,
    /// The seller's fiscal sign, if it gave one.
    pub fiscal: Option<FiscalSign>,
    /// What it was, in the passenger's language.
    pub what: String,
    /// Who rode.
    pub who: String,
    /// How it was paid.
    pub how: String,
    /// What became of it.
    pub became: String,
}

/// What a line of Travel Details is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TravelKind {
    /// A ride, or the wish for one.
    Ride,
    /// Money for a transport card.
    TopUp,
    /// Rides that are paid before.
    Reserved,
    /// Rides that were paid before and given back.
    GivenBack,
    /// The wish to give a ride back. What came back stands with the ride.
    Refund,
    /// A ride on the right bus, in the place of one on the wrong bus; or the wish for it. Its sum is the
    /// difference in fare.
    Correction,
    /// A card or a pass that was bought, or the wish for it. It is no ride and no top-up.
    Purchase,
    /// The balance of a card that went to another card of the account, or the wish for it.
    Move,
}

impl TravelKind {
    /// All, in the order of their numbers in `rows`.
    pub const ALL: [TravelKind; 8] = [
        TravelKind::Ride,
        TravelKind::TopUp,
        TravelKind::Reserved,
        TravelKind::GivenBack,
        TravelKind::Refund,
        TravelKind::Correction,
        TravelKind::Purchase,
        TravelKind::Move,
    ];

    /// The word in a file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            TravelKind::Ride => "ride",
            TravelKind::TopUp => "top_up",
            TravelKind::Reserved => "reserved",
            TravelKind::GivenBack => "given_back",
            TravelKind::Refund => "refund",
            TravelKind::Correction => "correction",
            TravelKind::Purchase => "purchase",
            TravelKind::Move => "move",
        }
    }
}

/// What became of a line of Travel Details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TravelState {
    /// Not known yet.
    Pending,
    /// The money is where it was to go.
    Paid,
    /// A ride that costs nothing.
    Free,
    /// The ride was paid before, or in another way: nothing was charged for this.
    AlreadyPaid,
    /// Not taken; no money moved.
    Declined,
    /// The money went back.
    Refunded,
    /// The ride is on another bus: the correction stands in its place.
    Replaced,
}

impl TravelState {
    /// All.
    pub const ALL: [TravelState; 7] = [
        TravelState::Pending,
        TravelState::Paid,
        TravelState::Free,
        TravelState::AlreadyPaid,
        TravelState::Declined,
        TravelState::Refunded,
        TravelState::Replaced,
    ];

    /// The word in SQL and in a file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            TravelState::Pending => "pending",
            TravelState::Paid => "paid",
            TravelState::Free => "free",
            TravelState::AlreadyPaid => "already_paid",
            TravelState::Declined => "declined",
            TravelState::Refunded => "refunded",
            TravelState::Replaced => "replaced",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<TravelState> {
        TravelState::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// The longest link to a tax authority, in bytes.
const LONGEST_LINK: usize = 512;
/// The longest sign or serial number that is shown, in bytes.
const LONGEST_SIGN: usize = 64;

/// A fiscal sign as a seller gave it, if it is whole: a sign, a register, and a link that a phone may open.
pub(crate) fn whole_sign(told: FiscalSign) -> Option<FiscalSign> {
    let plain = |text: &str| {
        (1..=LONGEST_SIGN).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/'))
    };
    let url = safe_address(&told.url).filter(|url| url.as_str().len() <= LONGEST_LINK)?;
    let whole = plain(&told.sign) && plain(&told.register);
    whole.then(|| FiscalSign { url: url.into(), ..told })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_without_a_link_that_a_phone_may_open_is_none() {
        let told = |sign: &str, url: &str, register: &str| {
            whole_sign(FiscalSign { sign: sign.into(), url: url.into(), register: register.into() })
        };
        let whole = told("1234567890", "https://tax.example/t?s=1", "KZ-01/7").expect("a sign");
        assert_eq!(whole.url, "https://tax.example/t?s=1");
        for (sign, url, register) in [
            ("", "https://tax.example/", "1"),
            ("1", "https://tax.example/", ""),
            ("1", "http://tax.example/", "1"),
            ("1", "javascript:alert(1)", "1"),
            ("1", "", "1"),
            ("=1+1", "https://tax.example/", "1"),
            ("1\n2", "https://tax.example/", "1"),
        ] {
            assert_eq!(told(sign, url, register), None, "{sign} {url} {register}");
        }
    }

    #[test]
    fn words_and_states_name_each_other() {
        for state in TravelState::ALL {
            assert_eq!(TravelState::from_word(state.word()), Some(state));
            assert_eq!(serde_json::to_string(&state).expect("json"), format!("\"{}\"", state.word()));
        }
        for kind in TravelKind::ALL {
            assert_eq!(serde_json::to_string(&kind).expect("json"), format!("\"{}\"", kind.word()));
        }
        assert_eq!(TravelState::from_word("torn"), None);
    }
}
