//! By its number alone a card can be topped up, and nothing is seen but its masked category; its balance needs
//! its code, which can be tried three times; with the code a card that was sold comes to an account.

use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::operator::wire::{Card, CardForm, TapOutcome};
use jol_core::travel::{ExportFormat, TravelEntry, TravelQuery};
use jol_core::wallet::{Category, LookupStanding, TopUpStanding};
use jol_headless::story::{NOON_MS, Passenger, Scene, Story, tell};

/// What the passenger calls the card.
const NAME: &str = "Grandfather Toqtar";

#[test]
fn card_by_number() {
    tell(module_path!(), |story| {
        looked_up_and_claimed(story);
        trips_of_before(story);
    });
}

fn looked_up_and_claimed(story: &Story) {
    let scene = Scene::open(story);
    let sold = scene.control("POST", "/sandbox/cards", r#"{"category":"senior","form":"qr_printed"}"#);
    let sold: Card = serde_json::from_str(&sold).expect("a card");
    let spaced = format!("{} {}", &sold.number[..4], &sold.number[4..]);
    let mut aru = scene.passenger("+77771234567");
    let bola = scene.passenger("+77771234568");

    // A stranger tops it up, and learns no more than that it is preferential.
    let LookupStanding::Found { is_preferential, balance, .. } = look_up(&bola, &spaced, None) else {
        panic!("not found")
    };
    assert_eq!((is_preferential, balance), (true, None));
    let masked = bola.jol.card_lookup().expect("a question").expect("one").masked_card;
    assert!(masked.ends_with(&sold.number[12..]) && !masked.contains(&sold.number[..6]), "{masked}");
    bola.jol.top_up(&spaced, "app", Money::tenge(200)).expect("asked");
    bola.settle();
    assert_eq!(bola.jol.top_ups().expect("the top-ups")[0].standing, TopUpStanding::Done);
    assert!(bola.jol.cards().expect("the cards").is_empty());
    assert_eq!(look_up(&bola, "9643000000000001", None), not_told(Refusal::UnknownCard));
    assert_eq!(bola.jol.look_up_card("96-43x", None), Err(JolError::BadInput { field: "card".into() }));

    // A code is guessed three times; then the right one opens nothing either, until an office gives another.
    let code = code_of(&scene, &sold);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for tries_left in [2, 1, 0] {
        assert_eq!(look_up(&bola, &spaced, Some(wrong)), not_told(Refusal::WrongCode { tries_left }));
    }
    assert_eq!(look_up(&bola, &spaced, Some(&code)), not_told(Refusal::CodeExpired));
    assert_eq!(claim(&bola, &sold, &code), Some(Refusal::CodeExpired));

    // With it the balance is told; and the card comes to whoever has it, once.
    let code = code_of(&scene, &sold);
    let LookupStanding::Found { balance, .. } = look_up(&aru, &spaced, Some(&code)) else {
        panic!("not found")
    };
    assert_eq!(balance, Some(Money::tenge(200)));
    assert_eq!(claim(&aru, &sold, &code), None);
    let card = aru.jol.card_views().expect("the cards").remove(0);
    assert_eq!((card.name.as_str(), card.form), (NAME, CardForm::QrPrinted));
    assert_eq!((card.category, card.balance), (Category::Senior, Money::tenge(200)));
    assert!(card.limit_text.is_some_and(|text| text.contains("1000")), "what it pays a day is said");
    assert_eq!(claim(&bola, &sold, &code), Some(Refusal::CodeExpired), "a used code claims nothing more");
    let code = code_of(&scene, &sold);
    assert_eq!(claim(&bola, &sold, &code), Some(Refusal::CardState), "it is somebody's");

    // The app dies while it waits: nobody asks any more, and nothing is stuck.
    scene.stop();
    aru.jol.look_up_card(&spaced, None).expect("asked");
    aru.kill_and_start_again();
    assert_eq!(aru.jol.card_lookup(), Ok(None));
    scene.start(None, |_| ());

    // Neither number nor code lies readable in the wallet.
    let file = std::path::Path::new(&aru.opening.folder).join("wallet.db");
    let bytes = [std::fs::read(&file), std::fs::read(file.with_extension("db-wal"))];
    let bytes: Vec<u8> = bytes.into_iter().flatten().flatten().collect();
    let lies = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!lies(&sold.number), "a number lies in the file unsealed");
    assert!(!lies(NAME), "a name lies in the file unsealed");
    scene.books_balance();
}

/// What a card paid before is its holder's of then: nobody sees it who knows the number, nor who knows the code,
/// nor who claims the card.
fn trips_of_before(story: &Story) {
    let scene = Scene::open(story);
    let sold = scene.control("POST", "/sandbox/cards", r#"{"category":"standard","form":"physical"}"#);
    let sold: Card = serde_json::from_str(&sold).expect("a card");
    let (aru, bola) = (scene.passenger("+77771234567"), scene.passenger("+77771234568"));
    bola.jol.top_up(&sold.number, "app", Money::tenge(500)).expect("asked");
    bola.settle();
    let mut terminal = scene.terminal("0547");
    let ride = scene.ride_by_card(&mut terminal, &sold.number);

    // Who looks it up while that ride lasts, by its number and with its code.
    let code = code_of(&scene, &sold);
    assert!(matches!(look_up(&bola, &sold.number, None), LookupStanding::Found { balance: None, .. }));
    sees_no_trip(&bola, &ride);
    let LookupStanding::Found { balance, .. } = look_up(&aru, &sold.number, Some(&code)) else {
        panic!("not found")
    };
    assert_eq!(balance, Some(Money::tenge(400)), "what is on it is told, not where it was");
    sees_no_trip(&aru, &ride);

    // Who claims it, in that moment and ever after.
    assert_eq!(claim(&aru, &sold, &code), None);
    terminal.smart_card(&sold.number, scene.now_ms());
    assert_eq!(scene.reports(&mut terminal, 1), [TapOutcome::AlreadyPaid], "claimed, it rides on");
    for _ in 0..2 {
        sees_no_trip(&aru, &ride);
        sees_no_trip(&bola, &ride);
        scene.pass_ms(45 * 60_000);
    }
    let account = aru.jol.card_accounts().expect("the accounts").remove(0);
    assert_eq!((account.told, account.elsewhere), (Money::tenge(400), Money::tenge(400)), "{account:?}");
    // Its own trips the passenger does see.
    let own = scene.ride_by_card(&mut terminal, &sold.number);
    aru.jol.refresh().expect("asked");
    aru.settle();
    let rides: Vec<_> = trips(&aru).into_iter().filter_map(|entry| entry.ride).collect();
    assert_eq!((rides, aru.ticket().ride), (vec![own.clone()], own));
    assert_eq!(aru.jol.month_sum(NOON_MS).expect("a sum").spent, Money::tenge(100));
    sees_no_trip(&bola, &ride);
    scene.books_balance();
}

fn trips(phone: &Passenger<'_>) -> Vec<TravelEntry> {
    let query = TravelQuery { limit: 50, ..TravelQuery::default() };
    let mut entries = phone.jol.travel_details(&query).expect("a page").entries;
    entries.retain(|entry| entry.way.is_some());
    entries
}

/// Nothing on this phone knows of this ride, after it asked for all that it may know.
fn sees_no_trip(phone: &Passenger<'_>, ride: &str) {
    phone.jol.refresh().expect("asked");
    phone.settle();
    assert_eq!(trips(phone), []);
    assert!(phone.jol.tickets().expect("the tickets").is_empty());
    assert!(phone.jol.ticket(ride).is_err());
    assert_eq!(phone.quote("0547").paid_by, None);
    let export = phone.jol.export(&TravelQuery::default(), ExportFormat::Json).expect("a file");
    assert!(!String::from_utf8_lossy(&export.bytes).contains(ride), "nor its export");
}

fn look_up(phone: &Passenger<'_>, number: &str, code: Option<&str>) -> LookupStanding {
    phone.jol.look_up_card(number, code).expect("asked");
    phone.settle();
    let standing = phone.jol.card_lookup().expect("a question").expect("one").standing;
    phone.note(format!("asks about a card: {standing:?}"));
    standing
}

fn not_told(refusal: Refusal) -> LookupStanding {
    LookupStanding::NotTold { refusal }
}

fn claim(phone: &Passenger<'_>, card: &Card, code: &str) -> Option<Refusal> {
    phone.jol.claim_card(&card.number, code, NAME, true).expect("asked");
    phone.settle();
    phone.jol.account().expect("an account").refusal
}

fn code_of(scene: &Scene<'_>, card: &Card) -> String {
    let said = scene.control("POST", &format!("/sandbox/cards/{}/code", card.number), "");
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    said["code"].as_str().expect("a code").to_owned()
}
