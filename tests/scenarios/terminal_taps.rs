//! A terminal without a network takes cards and codes all day, and reports them hours later, in batches and twice:
//! each ride is charged once, is the account's, and is shown and inspected as what it is.

use jol_core::money::Money;
use jol_core::operator::wire::{Medium, ReportedTap, TapOutcome, TapReport};
use jol_core::pay::{Source, Way};
use jol_core::ticket::{NumberKind, StickerKind};
use jol_core::travel::TravelQuery;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, Passenger, Scene, Story, tell};
use jol_headless::world::terminal::Shows;

#[test]
fn terminal_taps() {
    tell(module_path!(), |story| {
        late_and_doubled(story);
        without_the_terminal_s_network(story);
    });
}

fn charged(tenge: i64) -> TapOutcome {
    TapOutcome::Charged { fare: Money::tenge(tenge) }
}

fn refused(code: &str) -> TapOutcome {
    TapOutcome::Refused { code: code.to_owned() }
}

/// The ways of the valid tickets on a phone that asked the operator, in the order of the list.
fn tickets(phone: &Passenger<'_>) -> Vec<(Way, String)> {
    phone.jol.refresh().expect("asked");
    phone.settle();
    let tickets = phone.jol.tickets().expect("the tickets").into_iter().filter(|ticket| ticket.is_valid);
    let tickets: Vec<_> = tickets.map(|ticket| (ticket.way, ticket.passengers[0].category.clone())).collect();
    phone.note(format!("shows {tickets:?}"));
    tickets
}

fn late_and_doubled(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger("+77771234567");
    let card = scene.card(&aru, 250);
    let bank = scene.linked_bank_card(&aru);
    let mut terminal = scene.terminal("0547");
    let now_ms = scene.now_ms();
    assert!(matches!(terminal.smart_card(&card, now_ms), Shows::Welcome { .. }));
    terminal.bank_card(&bank, now_ms + 1_000);
    terminal.smart_card(&card, now_ms + 2_000);
    terminal.bank_card("a stranger's", now_ms + 3_000);
    terminal.smart_card("9643000000000018", now_ms + 4_000);

    // The first report arrives, and its answer does not; the second one comes twice.
    let lost = serde_json::to_string(&terminal.report().expect("taps")).expect("json");
    scene.report(&lost);
    let became = scene.reports(&mut terminal, 2);
    let already = TapOutcome::AlreadyPaid;
    assert_eq!(became, [charged(100), already.clone(), already, charged(100), refused("unknown_card")]);
    assert_eq!(terminal.report(), None, "nothing is left");
    assert_eq!(tickets(&aru), [(Way::SmartCard, "Взрослый".to_owned())]);
    let balance = |scene: &Scene<'_>| -> i64 {
        scene.books("SELECT sum(gain) FROM posting WHERE purse LIKE 'card:%'", [])
    };
    assert_eq!(balance(&scene), 15_000);

    // The same number for something else is no tap.
    let forged = ReportedTap {
        tap: "0547-000001".to_owned(),
        medium: Medium::BankCard { token: bank.clone() },
        at_ms: now_ms,
    };
    let forged = TapReport { vehicle: "0547".to_owned(), taps: vec![forged] };
    let answer = scene.report(&serde_json::to_string(&forged).expect("json"));
    assert_eq!(answer.taps[0].outcome, refused("key_reused"));

    // The operator cannot sign for a while: the terminal keeps what it has.
    scene.pass_ms(45 * 60_000);
    scene.control("POST", "/sandbox/tickets", r#"{"signed":false}"#);
    terminal.bank_card(&bank, scene.now_ms());
    assert_eq!(scene.reports(&mut terminal, 1), [TapOutcome::Later]);
    scene.control("POST", "/sandbox/tickets", r#"{"signed":true}"#);
    assert_eq!(scene.reports(&mut terminal, 2), [charged(100)]);
    assert_eq!(tickets(&aru), [(Way::BankCard, "Взрослый".to_owned())]);

    // More than one report holds.
    scene.pass_ms(45 * 60_000);
    (0..230).for_each(|nth| drop(terminal.bank_card(&format!("card {nth}"), scene.now_ms() + nth)));
    let became = scene.reports(&mut terminal, 1);
    assert_eq!((became.len(), terminal.report()), (230, None));
    assert!(became.iter().all(|outcome| *outcome == charged(100)));
    scene.books_balance();
}

/// Rides that were paid while the bus had no network.
fn without_the_terminal_s_network(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger("+77771234567");
    let card = scene.card(&aru, 500);
    let (printed, code) = scene.printed_card(&aru, 500);
    let inspector = scene.inspector("inspector");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();
    let mut terminal = scene.terminal("0547");
    let silent = format!(r#"{{"silent_since_ms":{}}}"#, scene.now_ms());
    scene.control("POST", "/sandbox/terminals/0547", &silent);
    terminal.smart_card(&card, scene.now_ms());
    // Her phone knows nothing of it, and she pays in the app, too.
    scene.pass_ms(4 * 60_000);
    aru.quote_and_pay("0547");
    inspector.board("547");
    let view = inspector.number(NumberKind::Card, &card);
    assert_eq!(view.reason.as_deref(), Some("terminal_silent"), "it may have taken her card");
    // A code on paper is a card, too; a forged one is none.
    let other = scene.sandbox(|sandbox| sandbox.sticker(StickerKind::Stop, &card)).expect("a code");
    scene.pass_ms(45 * 60_000);
    assert!(matches!(terminal.code(&code, scene.now_ms()), Shows::Welcome { .. }));
    let forged = code.replacen(&printed.number, "9643000000000018", 1);
    for text in [forged.as_str(), other.as_str(), "547", ""] {
        assert_eq!(terminal.code(text, scene.now_ms()), Shows::No, "{text}");
    }
    assert!(aru.jol.tickets().expect("the tickets").iter().all(|ticket| !ticket.is_valid));

    // Hours later the bus comes home.
    scene.pass_ms(5 * 60 * 60_000);
    assert_eq!(scene.reports(&mut terminal, 2), [TapOutcome::AlreadyPaid, charged(100)]);
    scene.control("POST", "/sandbox/terminals/0547", r#"{"silent_since_ms":null}"#);
    aru.jol.refresh().expect("asked");
    aru.settle();
    let ways: Vec<_> = aru.jol.travel_details(&TravelQuery::default()).expect("Travel Details").entries;
    let ways: Vec<_> = ways.iter().filter_map(|entry| entry.way).collect();
    assert_eq!(ways, [Way::QrCard, Way::App], "two rides, each paid once");
    aru.was_charged(1, 100);
    assert_eq!(aru.jol.spent_from(&Source::SmartCard { card: printed.id }), Ok(Money::tenge(100)));

    // What an inspector is shown for a ride that a card paid: its code on the one phone of the account, or the card.
    let ride = scene.ride_by_card(&mut terminal, &card);
    tickets(&aru);
    let ticket = aru.ticket();
    assert_eq!((ticket.ride.as_str(), ticket.way_text.as_str()), (ride.as_str(), "транспортная карта"));
    inspector.board("547");
    assert_eq!(inspector.look(&aru.show(&ride, None)).0, "valid");
    assert_eq!(
        inspector.number(NumberKind::Card, &card).reason.as_deref(),
        Some("seen_before"),
        "it is one ride"
    );
    // With a second phone nobody knows which one is at hand: the card itself shows the ride.
    let second = scene.passenger("+77771234567");
    scene.pass_ms(45 * 60_000);
    scene.ride_by_card(&mut terminal, &card);
    tickets(&second);
    for language in LANGUAGES {
        second.jol.set_language(language);
        let text = second.ticket().show_text;
        assert!(!text.contains("show-") && !text.contains('{'), "{text}");
    }
    inspector.board("547");
    assert_eq!(inspector.card(&card).verdict, "valid");
    scene.books_balance();
}
