//! What is held to a bus's terminal: a card, plastic or as a code, or a bank card. The ride rule spans it: who has
//! paid in another way is not charged, however late the terminal reports.

use super::rides::{self, CLOCK_SLACK_MS, HeldRide};
use super::{Entry, Purse, cards, problem};
use crate::sandbox::fleet::Run;
use jiff::civil::Date;
use jol_core::city::fares::{CityRules, FareHistory, FareQuestion, Vehicle};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, CardForm, Problem, problem as codes};
use jol_core::pay::{DeclineReason, Way};
use jol_core::ticket::CardCode;
use jol_core::wallet::Category;

/// How late a terminal may report.
pub const LATEST_REPORT_MS: i64 = 7 * 24 * 3_600_000;

/// What was held to the terminal.
#[derive(Clone, Copy, Debug)]
pub enum Held<'a> {
    /// A transport card, whoever holds it.
    Card {
        /// The card.
        card: &'a Card,
    },
    /// A bank card, by its bank's token.
    BankCard {
        /// The token.
        token: &'a str,
    },
}

/// What the operator holds when a tap is reported.
#[derive(Clone, Debug)]
pub struct TapView<'a> {
    /// When it was, by [`moment`].
    pub at_ms: i64,
    /// The service day of the tap.
    pub day: Date,
    /// The bus and its city.
    pub bus: Option<(&'a CityRules, &'a Vehicle)>,
    /// What the bus was doing at the tap, unless its run was closed.
    pub run: Option<&'a Run>,
    /// What was held to it; none for a card that there is not.
    pub held: Option<Held<'a>>,
    /// Rides of the card's account, or of the card alone if it is nobody's.
    pub rides: &'a [HeldRide],
    /// A payment for this bus has no answer yet.
    pub pending: bool,
    /// What was paid before.
    pub history: FareHistory<'a>,
    /// What was shown, if it was a code that holds.
    pub code: Option<&'a CardCode>,
    /// The phone that signed it is one of the card's account.
    pub is_own_phone: bool,
    /// This code of this card was shown on another bus before.
    pub code_was_used: bool,
    /// What the card paid on this day.
    pub spent_today: Money,
}

/// What a tap does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TapDecision {
    /// The passenger rides already, or the app's payment is under way: nothing is charged.
    AlreadyPaid,
    /// It is charged.
    Charged {
        /// What is charged.
        fare: Money,
        /// The entry; none for a free ride.
        entry: Option<Entry>,
        /// Until when the ride is valid, ms since 1970.
        ends_ms: i64,
    },
}

/// When a tap was, ms since 1970: by the terminal's clock, but not later than now.
pub fn moment(at_ms: i64, now_ms: i64) -> Result<i64, Problem> {
    let range = now_ms.saturating_sub(LATEST_REPORT_MS)..=now_ms.saturating_add(CLOCK_SLACK_MS);
    let outside = || problem(422, codes::BAD_REQUEST, "at_ms: not within the last seven days");
    range.contains(&at_ms).then_some(at_ms.min(now_ms)).ok_or_else(outside)
}

/// Decides a tap. What the terminal must not let through is a problem whose code says why.
pub fn tap(view: &TapView<'_>) -> Result<TapDecision, Problem> {
    let declined = |reason: DeclineReason, title| problem(409, reason.code(), title);
    let unknown = || problem(404, codes::UNKNOWN_CARD, "there is no card with this number");
    let held = view.held.ok_or_else(unknown)?;
    let (city, vehicle) =
        view.bus.ok_or_else(|| declined(DeclineReason::UnknownBus, "there is no bus with this number"))?;
    let run = view.run.filter(|run| run.in_service);
    let run = run.ok_or_else(|| declined(DeclineReason::RunClosed, "the bus's run is over"))?;
    let ends_ms = rides::ends_ms(&city.ride_end, run.ends_ms, view.at_ms);
    if view.pending
        || rides::standing(view.rides, (&vehicle.vehicle, &vehicle.painted), view.at_ms, ends_ms).is_some()
    {
        return Ok(TapDecision::AlreadyPaid);
    }
    let way = way(view);
    if !vehicle.terminal || !vehicle.ways.contains(&way) {
        return Err(declined(DeclineReason::WayNotTaken, "this bus has no terminal for it"));
    }
    let (category, purse) = match held {
        Held::Card { card } => (cards::category_on(card, view.day), Purse::Card(card.id.clone())),
        Held::BankCard { token } => (Category::Standard, Purse::BankCard(token.to_owned())),
    };
    if let Held::Card { card } = held {
        may_be_used(view, card)?;
    }
    let question =
        FareQuestion { category, way, line: &run.line, zone: None, day: view.day, before: view.history };
    let fare = city.fares.fare(&question);
    let fare = fare.ok_or_else(|| declined(DeclineReason::WayNotTaken, "no fare for a card here"))?;
    if let Held::Card { card } = held {
        let today = view.spent_today.plus(fare);
        if card.day_limit.is_some_and(|limit| today.is_none_or(|today| today > limit)) {
            return Err(declined(DeclineReason::OverLimit, "more than a printed code pays a day"));
        }
        if card.balance < fare {
            return Err(declined(DeclineReason::NoMoney, "the card's balance does not suffice"));
        }
    }
    let entry = Entry::of("fare", purse, Purse::Fares(city.city.clone()), fare);
    Ok(TapDecision::Charged { fare, entry, ends_ms })
}

/// A card that is stopped pays nothing, nor does one that is shown as another kind is, or by another's phone, or by
/// a code that was shown on another bus.
fn may_be_used(view: &TapView<'_>, card: &Card) -> Result<(), Problem> {
    if !card.state.pays() {
        return Err(problem(409, DeclineReason::CategoryNotHeld.code(), "the card is stopped"));
    }
    let shown_as_it_is = match view.code {
        None => matches!(card.form, CardForm::Virtual | CardForm::Physical),
        Some(CardCode::InApp { .. }) => {
            card.form == CardForm::QrApp && view.is_own_phone && !view.code_was_used
        }
        Some(CardCode::Printed { .. }) => card.form == CardForm::QrPrinted,
    };
    let otherwise = || problem(409, codes::CARD_CODE, "not as this card is shown, or shown before");
    shown_as_it_is.then_some(()).ok_or_else(otherwise)
}

/// How a tap pays.
pub fn way(view: &TapView<'_>) -> Way {
    match (view.held, view.code) {
        (Some(Held::BankCard { .. }), _) => Way::BankCard,
        (_, Some(_)) => Way::QrCard,
        _ => Way::SmartCard,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::{sample_rules, ways};
    use jol_core::operator::wire::{CardState, RideState};
    use jol_core::ticket::CardCredential;
    use jol_core::wallet::Category;

    const NOW: i64 = 1_789_000_000_000;

    fn try_tap(
        change: impl Fn(&mut TapView<'_>, &mut Card, &mut Vehicle),
        at_ms: i64,
    ) -> Result<TapDecision, Problem> {
        let city = sample_rules("sample");
        let mut vehicle = Vehicle {
            vehicle: "0547".into(),
            painted: "547".into(),
            plate: String::new(),
            line: "5".into(),
            terminal: true,
            ways: ways(true),
        };
        let run = Run {
            run: "r1".into(),
            line: "5".into(),
            direction: 0,
            terminus: "East".into(),
            ends_ms: NOW + 40 * 60_000,
            stop: "West".into(),
            stop_id: "w".into(),
            in_service: true,
        };
        let mut card = Card {
            id: "c1".into(),
            number: "1".into(),
            name: String::new(),
            category: Category::Standard,
            balance: Money::tenge(150),
            state: CardState::Active,
            valid_until: None,
            as_of_ms: NOW,
            form: CardForm::Virtual,
            child: false,
            refused: None,
            moved_to: None,
            day_limit: None,
            credential: None,
        };
        let mut nothing = TapView {
            at_ms: moment(at_ms, NOW)?,
            day: "2026-09-16".parse().expect("a day"),
            bus: None,
            run: Some(&run),
            held: None,
            rides: &[],
            pending: false,
            history: FareHistory::default(),
            code: None,
            is_own_phone: true,
            code_was_used: false,
            spent_today: Money::ZERO,
        };
        change(&mut nothing, &mut card, &mut vehicle);
        let held = nothing.held.unwrap_or(Held::Card { card: &card });
        tap(&TapView { bus: Some((&city, &vehicle)), held: Some(held), ..nothing })
    }

    #[test]
    fn a_tap_is_charged_once_to_the_card() {
        let Ok(TapDecision::Charged { fare, entry, .. }) = try_tap(|_, _, _| (), NOW) else {
            panic!("not charged")
        };
        assert_eq!(fare, Money::tenge(100));
        assert_eq!(entry.expect("an entry").postings[0].purse, Purse::Card("c1".into()));
    }

    #[test]
    fn who_paid_in_the_app_is_not_charged_even_if_the_tap_came_first_and_is_told_later() {
        for paid_ms in [NOW - 60_000, NOW + 60_000] {
            let rides = [HeldRide {
                ride: "r".into(),
                key: "k".into(),
                vehicle: "0547".into(),
                line: "5".into(),
                fare: Money::tenge(100),
                asked_ms: paid_ms,
                paid_ms,
                ends_ms: NOW + 3_000_000,
                state: RideState::Valid,
                continues_on: Vec::new(),
                corrects: None,
            }];
            let rides: &'static [HeldRide] = Box::leak(Box::new(rides));
            let decision = try_tap(|view, _, _| view.rides = rides, NOW);
            assert_eq!(decision, Ok(TapDecision::AlreadyPaid));
        }
        assert_eq!(try_tap(|view, _, _| view.pending = true, NOW), Ok(TapDecision::AlreadyPaid));
    }

    #[test]
    fn a_terminal_hears_why_not() {
        let code = |change: &dyn Fn(&mut TapView<'_>, &mut Card, &mut Vehicle)| {
            try_tap(change, NOW).expect_err("refused").code
        };
        assert_eq!(code(&|_, card, _| card.balance = Money::tenge(99)), "no_money");
        assert_eq!(code(&|view, _, _| view.run = None), "run_closed");
        assert_eq!(code(&|_, _, vehicle| vehicle.terminal = false), "way_not_taken");
        for state in [CardState::Blocked, CardState::Lost, CardState::Stopped, CardState::Moved] {
            assert_eq!(code(&|_, card, _| card.state = state), "category_not_held");
        }
        assert!(try_tap(|_, _, _| (), NOW + CLOCK_SLACK_MS + 1).is_err());
        assert!(try_tap(|_, _, _| (), NOW - LATEST_REPORT_MS - 1).is_err());
    }

    #[test]
    fn a_code_is_taken_of_its_own_form_of_card_from_its_own_phone_and_once() {
        let credential = CardCredential {
            key: jol_core::ticket::KeyId {
                issuer: jol_core::ticket::Issuer::new("SMP").expect("a code"),
                number: 1,
            },
            card: "c1".into(),
            city: "sample".into(),
            issued_s: 0,
            until_s: 1,
            phone: [2; 33],
            category: Category::Standard,
        };
        let in_app: &'static CardCode = Box::leak(Box::new(CardCode::InApp { credential, slot: 7 }));
        let printed: &'static CardCode = Box::leak(Box::new(CardCode::Printed { number: "1".into() }));
        let of = |code: Option<&'static CardCode>, form| {
            try_tap(move |view, card, _| (view.code, card.form) = (code, form), NOW).map_err(|no| no.code)
        };
        for (code, form) in [
            (Some(in_app), CardForm::QrApp),
            (Some(printed), CardForm::QrPrinted),
            (None, CardForm::Physical),
        ] {
            assert!(of(code, form).is_ok(), "{form:?}");
        }
        for (code, form) in [
            (Some(in_app), CardForm::Virtual),
            (Some(in_app), CardForm::QrPrinted),
            (Some(printed), CardForm::QrApp),
            (None, CardForm::QrApp),
            (None, CardForm::QrPrinted),
        ] {
            assert_eq!(of(code, form), Err(codes::CARD_CODE.to_owned()), "{form:?}");
        }
        let refused = |change: &dyn Fn(&mut TapView<'_>)| {
            let shown = |view: &mut TapView<'_>, card: &mut Card, _: &mut Vehicle| {
                (view.code, card.form) = (Some(in_app), CardForm::QrApp);
                change(view);
            };
            try_tap(shown, NOW).expect_err("refused").code
        };
        assert_eq!(refused(&|view| view.is_own_phone = false), codes::CARD_CODE);
        assert_eq!(refused(&|view| view.code_was_used = true), codes::CARD_CODE);
    }

    #[test]
    fn a_printed_code_pays_so_much_a_day() {
        let printed: &'static CardCode = Box::leak(Box::new(CardCode::Printed { number: "1".into() }));
        let spent = |tenge| {
            let decision = try_tap(
                |view, card, _| {
                    (view.code, view.spent_today) = (Some(printed), Money::tenge(tenge));
                    (card.form, card.day_limit) = (CardForm::QrPrinted, Some(Money::tenge(1_000)));
                },
                NOW,
            );
            decision.map(|_| ()).map_err(|no| no.code)
        };
        assert_eq!(spent(900), Ok(()));
        assert_eq!(spent(901), Err("over_limit".to_owned()));
    }

    #[test]
    fn an_entitled_card_rides_free() {
        let decision =
            try_tap(|_, card, _| (card.category, card.balance) = (Category::Senior, Money::ZERO), NOW);
        let Ok(TapDecision::Charged { fare, entry, .. }) = decision else { panic!("not registered") };
        assert_eq!((fare, entry), (Money::ZERO, None));
    }

    #[test]
    fn a_bank_card_pays_the_adult_s_fare_and_a_card_as_a_code_its_own() {
        let decision = try_tap(|view, _, _| view.held = Some(Held::BankCard { token: "k7" }), NOW);
        let Ok(TapDecision::Charged { fare, entry, .. }) = decision else { panic!("{decision:?}") };
        assert_eq!(entry.expect("an entry").postings[0].purse, Purse::BankCard("k7".into()));
        assert!(fare > Money::ZERO);
        let no_qr = |_: &mut TapView<'_>, _: &mut Card, vehicle: &mut Vehicle| {
            vehicle.ways.retain(|way| *way != Way::BankCard);
        };
        assert!(
            matches!(try_tap(no_qr, NOW), Ok(TapDecision::Charged { .. })),
            "the way counts that is taken"
        );
    }

    #[test]
    fn a_terminal_whose_clock_runs_ahead_taps_now() {
        assert_eq!(moment(NOW + CLOCK_SLACK_MS, NOW), Ok(NOW));
        assert_eq!(moment(NOW - LATEST_REPORT_MS, NOW), Ok(NOW - LATEST_REPORT_MS));
        assert!(moment(NOW + CLOCK_SLACK_MS + 1, NOW).is_err());
        assert!(moment(NOW - LATEST_REPORT_MS - 1, NOW).is_err());
    }
}
