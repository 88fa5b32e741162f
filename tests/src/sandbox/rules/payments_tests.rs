use super::*;
use crate::sandbox::data::{sample_rules, ways};
use jol_core::operator::wire::{CardForm, CardState, HeldPass, RideState};

const NOW: i64 = 1_789_000_000_000;

struct World {
    city: CityRules,
    vehicle: Vehicle,
    run: Run,
    rides: Vec<HeldRide>,
    cards: Vec<Card>,
    bank_cards: Vec<String>,
    line: PhoneLine,
}

impl World {
    fn new() -> World {
        let vehicle = Vehicle {
            vehicle: "0547".into(),
            painted: "547".into(),
            plate: "123 ABC 06".into(),
            line: "5".into(),
            terminal: false,
            ways: ways(false),
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
        let line = PhoneLine {
            number: Some("+77771234567".into()),
            account_since_ms: NOW,
            balance: carrier::OPENING_BALANCE,
            paid_today: Money::ZERO,
            sim_replaced_ms: None,
        };
        let cards = vec![
            card("1", Category::Standard, CardState::Active, 500),
            card("2", Category::Senior, CardState::Active, 0),
            card("3", Category::School, CardState::Applied, 500),
        ];
        let bank_cards = vec!["visa".into()];
        World { city: sample_rules("sample"), vehicle, run, rides: vec![], cards, bank_cards, line }
    }

    fn view(&self) -> PaymentView<'_> {
        PaymentView {
            now_ms: NOW,
            day: "2026-09-16".parse().expect("a day"),
            city: Some(&self.city),
            vehicle: Some(&self.vehicle),
            run: Some(&self.run),
            rides: &self.rides,
            key: "new",
            age_ms: None,
            decided: None,
            pending: None,
            history: FareHistory::default(),
            version_pays: true,
            terms_accepted: true,
            waits_until_ms: None,
            cards: &self.cards,
            bank_cards: &self.bank_cards,
            line: &self.line,
        }
    }
}

fn card(id: &str, category: Category, state: CardState, tenge: i64) -> Card {
    Card {
        id: id.into(),
        number: format!("964300000000000{id}"),
        name: String::new(),
        category,
        balance: Money::tenge(tenge),
        state,
        valid_until: None,
        as_of_ms: NOW,
        form: CardForm::Virtual,
        child: false,
        refused: None,
        moved_to: None,
        day_limit: None,
        credential: None,
    }
}

fn ride(key: &str) -> HeldRide {
    HeldRide {
        ride: "ride".into(),
        key: key.into(),
        vehicle: "0547".into(),
        line: "5".into(),
        fare: Money::tenge(100),
        asked_ms: NOW - 60_000,
        paid_ms: NOW - 60_000,
        ends_ms: NOW + 60_000,
        state: RideState::Valid,
        continues_on: Vec::new(),
        corrects: None,
    }
}

fn request() -> PaymentRequest {
    PaymentRequest {
        city: "sample".into(),
        vehicle: "0547".into(),
        line: "5".into(),
        way: Way::App,
        source: Source::PhoneBalance,
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        card: None,
        fare: Money::tenge(100),
        tapped_ms: NOW,
        not_after_ms: NOW + INTENT_MS,
        one_more: false,
        signature: None,
    }
}

fn reason(decision: PaymentDecision) -> DeclineReason {
    match decision {
        PaymentDecision::Declined(decline) => decline.reason,
        other => panic!("not declined: {other:?}"),
    }
}

#[test]
fn a_ride_is_charged_to_the_tiyn_and_lasts_to_the_terminus() {
    let world = World::new();
    let PaymentDecision::Charged(charge) = pay(&world.view(), &request()) else { panic!("not charged") };
    assert_eq!((charge.fare, charge.ends_ms), (Money::tenge(100), world.run.ends_ms));
    let entry = charge.entry.expect("an entry");
    assert!(entry.balances());
    assert_eq!(entry.postings[0].purse, Purse::Phone("+77771234567".into()));
    assert_eq!(entry.postings[0].gain, Money::tenge(-100));
}

#[test]
fn the_ride_rule_comes_before_everything_that_may_have_changed() {
    let mut world = World::new();
    world.rides.push(ride("first"));
    let paid = PaymentDecision::AlreadyPaid { ride: "ride".into(), by_key: "first".into() };
    assert_eq!(pay(&world.view(), &request()), paid);
    let changed = PaymentView {
        run: None,
        version_pays: false,
        terms_accepted: false,
        waits_until_ms: Some(NOW + 1),
        ..world.view()
    };
    let other = PaymentRequest { fare: Money::ZERO, not_after_ms: 0, way: Way::BusQr, ..request() };
    assert_eq!(pay(&changed, &other), paid);
}

#[test]
fn a_payment_that_is_pending_is_shared_and_never_doubled() {
    let world = World::new();
    let view = PaymentView { pending: Some("first"), ..world.view() };
    assert_eq!(pay(&view, &request()), PaymentDecision::Follows { key: "first".into() });
}

#[test]
fn one_more_passenger_is_the_only_second_charge() {
    let mut world = World::new();
    world.rides.push(ride("first"));
    let more = PaymentRequest { one_more: true, ..request() };
    assert!(matches!(pay(&world.view(), &more), PaymentDecision::Charged(_)));
}

#[test]
fn a_ride_in_another_bus_or_one_that_ended_does_not_stand() {
    let mut world = World::new();
    world.rides.push(HeldRide { vehicle: "0548".into(), ..ride("other") });
    world.rides.push(HeldRide { ends_ms: NOW, ..ride("over") });
    world.rides.push(HeldRide { state: RideState::Refunded, ..ride("back") });
    assert!(matches!(pay(&world.view(), &request()), PaymentDecision::Charged(_)));
}

#[test]
fn each_thing_that_is_wrong_has_its_reason() {
    let world = World::new();
    let view = world.view();
    let declined = |view: &PaymentView<'_>, request: &PaymentRequest| reason(pay(view, request));
    let no_bus = PaymentView { vehicle: None, ..view.clone() };
    assert_eq!(declined(&no_bus, &request()), DeclineReason::UnknownBus);
    let no_city = PaymentView { city: None, ..view.clone() };
    assert_eq!(declined(&no_city, &request()), DeclineReason::UnknownBus);
    let closed = PaymentView { run: None, ..view.clone() };
    assert_eq!(declined(&closed, &request()), DeclineReason::RunClosed);
    let empty = Run { in_service: false, ..world.run.clone() };
    let to_the_depot = PaymentView { run: Some(&empty), ..view.clone() };
    assert_eq!(declined(&to_the_depot, &request()), DeclineReason::RunClosed);
    let old = PaymentView { version_pays: false, ..view.clone() };
    assert_eq!(declined(&old, &request()), DeclineReason::AppTooOld);
    let terms = PaymentView { terms_accepted: false, ..view.clone() };
    assert_eq!(declined(&terms, &request()), DeclineReason::TermsNotAccepted);
    let cheaper = PaymentRequest { fare: Money::tenge(99), ..request() };
    assert_eq!(declined(&view, &cheaper), DeclineReason::FareChanged);
    for way in [Way::Nfc, Way::Cash, Way::SmartCard, Way::Sms] {
        let request = PaymentRequest { way, fare: Money::tenge(100), ..request() };
        assert_eq!(declined(&view, &request), DeclineReason::WayNotTaken, "{way:?}");
    }
}

#[test]
fn an_intent_is_charged_until_its_last_moment_and_never_ten_minutes_after_the_tap() {
    let world = World::new();
    let at = |not_after_ms, tapped_ms| {
        pay(&world.view(), &PaymentRequest { not_after_ms, tapped_ms, ..request() })
    };
    assert!(matches!(at(NOW, NOW), PaymentDecision::Charged(_)));
    assert_eq!(reason(at(NOW - 1, NOW)), DeclineReason::TooLate);
    assert!(matches!(at(i64::MAX, NOW - INTENT_MS), PaymentDecision::Charged(_)));
    assert_eq!(reason(at(i64::MAX, NOW - INTENT_MS - 1)), DeclineReason::TooLate);
    assert_eq!(reason(at(i64::MAX, i64::MIN)), DeclineReason::TooLate);
}

#[test]
fn a_new_phone_that_waits_says_until_when() {
    let world = World::new();
    let view = PaymentView { waits_until_ms: Some(NOW + 5), ..world.view() };
    let PaymentDecision::Declined(decline) = pay(&view, &request()) else { panic!("charged") };
    assert_eq!((decline.reason, decline.try_again_ms), (DeclineReason::PhoneWaits, Some(NOW + 5)));
    let waited = PaymentView { waits_until_ms: Some(NOW), ..world.view() };
    assert!(matches!(pay(&waited, &request()), PaymentDecision::Charged(_)));
}

#[test]
fn a_free_ride_has_no_entry_and_asks_no_carrier() {
    let mut world = World::new();
    world.line.number = Some("+77010000001".into());
    let senior = PaymentRequest {
        passengers: vec![PassengerGroup { category: Category::Senior, count: 1 }],
        card: Some("2".into()),
        fare: Money::ZERO,
        ..request()
    };
    let PaymentDecision::Charged(charge) = pay(&world.view(), &senior) else { panic!("not registered") };
    assert_eq!((charge.fare, charge.entry), (Money::ZERO, None));
}

#[test]
fn a_category_is_held_by_an_active_card_of_one_s_own_for_one_passenger() {
    let world = World::new();
    let ask = |category, count, card: Option<&str>, source| {
        let request = PaymentRequest {
            passengers: vec![PassengerGroup { category, count }],
            card: card.map(str::to_owned),
            source,
            fare: Money::ZERO,
            ..request()
        };
        pay(&world.view(), &request)
    };
    let phone = || Source::PhoneBalance;
    for (category, count, card) in [
        (Category::Senior, 1, None),
        (Category::Senior, 1, Some("1")),
        (Category::Senior, 1, Some("9")),
        (Category::Senior, 2, Some("2")),
        (Category::School, 1, Some("3")),
    ] {
        assert_eq!(reason(ask(category, count, card, phone())), DeclineReason::CategoryNotHeld);
    }
    let by_source = ask(Category::Senior, 1, None, Source::SmartCard { card: "2".into() });
    assert!(matches!(by_source, PaymentDecision::Charged(_)));
    assert!(matches!(ask(Category::Child, 2, None, phone()), PaymentDecision::Charged(_)));
}

#[test]
fn a_card_pays_what_it_holds_and_another_s_card_nothing() {
    let world = World::new();
    let ask = |card: &str, count: u8| {
        let request = PaymentRequest {
            source: Source::SmartCard { card: card.into() },
            passengers: vec![PassengerGroup { category: Category::Standard, count }],
            fare: Money::tenge(100 * i64::from(count)),
            ..request()
        };
        pay(&world.view(), &request)
    };
    assert!(matches!(ask("1", 5), PaymentDecision::Charged(_)));
    assert_eq!(reason(ask("1", 6)), DeclineReason::NoMoney);
    assert_eq!(reason(ask("9", 1)), DeclineReason::CategoryNotHeld);
    let bank = |token: &str| {
        pay(&world.view(), &PaymentRequest { source: Source::BankCard { token: token.into() }, ..request() })
    };
    assert!(matches!(bank("visa"), PaymentDecision::Charged(_)));
    assert_eq!(reason(bank("stolen")), DeclineReason::NoMoney);
}

#[test]
fn a_slow_carrier_leaves_it_pending_and_a_run_that_ended_meanwhile_charges_nothing() {
    let mut world = World::new();
    world.line.number = Some("+77010000007".into());
    let PaymentDecision::Pending { fare, ask_again_ms } = pay(&world.view(), &request()) else {
        panic!("no")
    };
    assert_eq!((fare, ask_again_ms), (Money::tenge(100), NOW + carrier::SLOW_MS));
    let request = request();
    let later = |run: Option<&Run>| settle(&due(&world, &request, run, &[], ask_again_ms));
    let PaymentDecision::Charged(charge) = later(Some(&world.run)) else { panic!("not charged") };
    assert!(charge.entry.expect("an entry").balances());
    let next = Run { run: "r2".into(), ..world.run.clone() };
    for run in [None, Some(&next)] {
        assert_eq!(reason(later(run)), DeclineReason::RunClosed);
    }
}

fn due<'a>(
    world: &'a World,
    request: &'a PaymentRequest,
    run: Option<&'a Run>,
    rides: &'a [HeldRide],
    now_ms: i64,
) -> DueView<'a> {
    DueView {
        now_ms,
        request,
        fare: request.fare,
        accepted_run: "r1",
        end: &RideEnd::Terminus,
        painted: "547",
        run,
        rides,
        line: &world.line,
    }
}

#[test]
fn a_pass_frees_its_holder_and_no_companion() {
    let world = World::new();
    let pass = HeldPass {
        id: "p1".into(),
        pass: "month".into(),
        city: "sample".into(),
        name: Default::default(),
        categories: Vec::new(),
        lines: Vec::new(),
        from: "2026-09-01".into(),
        until: "2026-09-30".into(),
    };
    let passes = [pass];
    let decided = |one_more, tenge| {
        let history = FareHistory { passes: &passes, ..FareHistory::default() };
        let request = PaymentRequest { one_more, fare: Money::tenge(tenge), ..request() };
        pay(&PaymentView { history, ..world.view() }, &request)
    };
    assert!(matches!(decided(false, 0), PaymentDecision::Charged(Charge { entry: None, .. })));
    assert!(matches!(decided(true, 100), PaymentDecision::Charged(Charge { entry: Some(_), .. })));
    assert_eq!(reason(decided(true, 0)), DeclineReason::FareChanged);
}

#[test]
fn who_paid_the_conductor_while_the_carrier_thought_is_not_charged() {
    let world = World::new();
    let at_ms = NOW + carrier::SLOW_MS;
    let cash = HeldRide {
        ride: "r".into(),
        key: "cash".into(),
        vehicle: "0547".into(),
        line: "5".into(),
        fare: Money::tenge(150),
        asked_ms: NOW + 5_000,
        paid_ms: NOW + 5_000,
        ends_ms: NOW + 3_600_000,
        state: RideState::Valid,
        continues_on: Vec::new(),
        corrects: None,
    };
    let settled = |change: fn(&mut HeldRide), one_more| {
        let mut rides = [cash.clone()];
        change(&mut rides[0]);
        let request = PaymentRequest { one_more, ..request() };
        settle(&due(&world, &request, Some(&world.run), &rides, at_ms))
    };
    let paid = PaymentDecision::AlreadyPaid { ride: "r".into(), by_key: "cash".into() };
    assert_eq!(settled(|_| (), false), paid);
    let charged = |decision| matches!(decision, PaymentDecision::Charged(_));
    assert!(charged(settled(|_| (), true)), "for a companion");
    assert!(charged(settled(|ride| ride.vehicle = "0548".into(), false)), "on another bus");
    assert!(charged(settled(|ride| ride.state = RideState::Refunded, false)), "given back");
}

#[test]
fn groups_are_merged_and_bounded() {
    let group = |category, count| PassengerGroup { category, count };
    let merged =
        grouped(&[group(Category::Child, 1), group(Category::Standard, 2), group(Category::Child, 3)]);
    assert_eq!(merged, Some(vec![group(Category::Standard, 2), group(Category::Child, 4)]));
    assert_eq!(grouped(&[]), None);
    assert_eq!(grouped(&[group(Category::Standard, 15), group(Category::Child, 6)]), None);
    assert_eq!(grouped(&[group(Category::Standard, 8), group(Category::Standard, 8)]), None);
    assert_eq!(grouped(&[group(Category::Standard, 200); 8]), None);
    let bad = |passengers| check(&PaymentRequest { passengers, ..request() });
    assert!(bad(vec![]).is_err() && bad(vec![group(Category::Standard, 0)]).is_err());
    assert!(check(&PaymentRequest { fare: Money::tiyn(-1), ..request() }).is_err());
    assert!(check(&PaymentRequest { tapped_ms: -1, ..request() }).is_err());
}

#[test]
fn versions_compare_by_their_numbers() {
    assert!(at_least("0.10.0", "0.9.9") && at_least("1.0", "1.0.0") && !at_least("0.9.9", "0.10.0"));
    assert!(!at_least("", "0.1.0") && !at_least("x.y", "0.1.0"));
}

#[test]
fn a_tap_is_decided_once_by_an_operator_that_kept_no_answer() {
    let world = World::new();
    // Its ride is over, or was given back: the same bytes, hours later, find it.
    for state in [RideState::Ended, RideState::Refunded, RideState::Replaced] {
        let own = [HeldRide { state, ends_ms: NOW - 1, ..ride("new") }];
        let view = PaymentView { rides: &own, now_ms: NOW + 99 * INTENT_MS, ..world.view() };
        let before = PaymentDecision::AlreadyPaid { ride: "ride".into(), by_key: "new".into() };
        assert_eq!(pay(&view, &request()), before, "{state:?}");
    }
    // What was declined is not charged when the network doubles it, though there is money by now.
    let declined = PaymentDecision::Declined(Decline::from(DeclineReason::NoMoney));
    let paid = PaymentDecision::AlreadyPaid { ride: "ride".into(), by_key: "first".into() };
    for decided in [declined, paid] {
        let view = PaymentView { decided: Some(&decided), ..world.view() };
        assert_eq!(pay(&view, &request()), decided);
    }
}

#[test]
fn an_intent_that_comes_after_the_ride_s_end_is_that_ride_s_if_it_was_tapped_before() {
    let world = World::new();
    let over = [HeldRide { ends_ms: NOW + 60_000, ..ride("first") }];
    let late = PaymentView { rides: &over, now_ms: NOW + 2 * 60_000, ..world.view() };
    let before = PaymentDecision::AlreadyPaid { ride: "ride".into(), by_key: "first".into() };
    assert_eq!(pay(&late, &request()), before);
    let after = PaymentRequest { tapped_ms: NOW + 60_000, ..request() };
    assert!(matches!(pay(&late, &after), PaymentDecision::Charged(_)), "a new ride");
}

#[test]
fn a_clock_that_is_ahead_stretches_no_intent() {
    let world = World::new();
    for (ahead_ms, is_late) in [(rides::CLOCK_SLACK_MS, false), (rides::CLOCK_SLACK_MS + 1, true)] {
        let tapped_ms = NOW + ahead_ms;
        let ahead = PaymentRequest { tapped_ms, not_after_ms: tapped_ms + INTENT_MS, ..request() };
        let decision = pay(&world.view(), &ahead);
        if is_late {
            assert_eq!(reason(decision), DeclineReason::TooLate);
        } else {
            assert!(matches!(decision, PaymentDecision::Charged(_)), "{decision:?}");
        }
    }
}

#[test]
fn an_intent_that_lay_on_a_phone_is_too_old_whatever_its_wall_clock_says() {
    let world = World::new();
    let aged = |age_ms| pay(&PaymentView { age_ms: Some(age_ms), ..world.view() }, &request());
    assert!(matches!(aged(INTENT_MS), PaymentDecision::Charged(_)));
    assert_eq!(reason(aged(INTENT_MS + 1)), DeclineReason::TooLate);
}

#[test]
fn a_clock_that_is_ahead_makes_no_new_ride_of_a_tap_on_a_valid_one() {
    let world = World::new();
    let over = [HeldRide { ends_ms: NOW - 1, ..ride("first") }];
    // By the wall the tap was just now, in truth a minute ago.
    let aged = |age_ms| pay(&PaymentView { age_ms, rides: &over, ..world.view() }, &request());
    assert!(matches!(aged(None), PaymentDecision::Charged(_)));
    assert!(matches!(aged(Some(60_000)), PaymentDecision::AlreadyPaid { .. }));
}
