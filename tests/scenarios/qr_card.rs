//! A card in the app is shown to a bus as a code that the phone signs anew: a picture of it is worth nothing
//! elsewhere or later. A printed code pays so much a day, can be blocked, and gives its balance to another card.

use jol_core::jol::{CodeCheck, JolError};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, CardForm, CardWish, TapOutcome};
use jol_core::pay::Way;
use jol_core::qr::Meaning;
use jol_core::text::Language;
use jol_core::ticket::{
    CardCredential, Issuer, KeyId, Purpose, ShownCard, SignedCredential, SigningKey, SoftwareKey,
    card_to_sign, slot_at,
};
use jol_core::travel::TravelQuery;
use jol_core::wallet::Category;
use jol_headless::sandbox::data::{OperatorData, ways};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, NOON_MS, Passenger, Scene, Story, tell};
use jol_headless::world::terminal::Shows;

const BUSES: [&str; 2] = ["0547", "0548"];

/// Both buses have one.
fn terminals(operator: &mut OperatorData) {
    for bus in &mut operator.cities[0].vehicles {
        (bus.terminal, bus.ways) = (true, ways(true));
    }
}

#[test]
fn qr_card() {
    tell(module_path!(), |story| {
        in_the_app_and_printed(story);
        at_a_terminal_without_a_network(story);
        printed_limit_of_a_day(story);
    });
}

fn in_the_app_and_printed(story: &Story) {
    let scene = Scene::open_with(story, None, terminals);
    let aru = scene.passenger("+77771234567");
    aru.jol.register(Category::Standard, CardForm::QrApp, "Aru", false).expect("asked");
    aru.settle();
    let card = aru.jol.cards().expect("the cards").remove(0);
    assert_eq!(
        aru.jol.card_to_sign(&card.id).expect_err("its credential has not come"),
        JolError::BadInput { field: "card".into() }
    );
    aru.jol.refresh().expect("asked");
    aru.settle();
    assert!(aru.jol.card_views().expect("the cards")[0].shows_code);
    top_up(&scene, &aru, &card.number, 500);

    // Shown to a bus: it rides, once; the ride is the wallet's.
    let text = aru.shows_card(&card.id);
    assert!(!text.contains(&card.number));
    tap(&scene, BUSES[0], &text).expect("it rides");
    assert!(tap(&scene, BUSES[0], &text).expect("the same ride").contains(r#""already_paid":true"#));
    refreshed(&aru);
    assert_eq!(balance(&aru, &card.id), Money::tenge(400));
    let ride = aru.jol.travel_details(&Default::default()).expect("a page").entries;
    assert!(ride.iter().any(|entry| entry.way == Some(Way::QrCard)), "{ride:?}");

    // Scanned by its own phone, by another one, and with one letter changed.
    let bola = scene.passenger("+77771234568");
    for (phone, forged, says) in [
        (&aru, false, "This is your own card’s code. Hold it to the bus’s terminal."),
        (&bola, false, "Genuine: the code of somebody else’s card. It does not pay your ride."),
        (&bola, true, "Not genuine: the operator did not sign it. It says: a card’s code"),
    ] {
        let end = text.len() - 3;
        let swapped = if &text[end..=end] == "0" { "1" } else { "0" };
        let text =
            if forged { format!("{}{swapped}{}", &text[..end], &text[end + 1..]) } else { text.clone() };
        phone.jol.set_language(Language::En);
        let seen = phone.jol.what_is(&text).expect("a text");
        let check = if forged { CodeCheck::NotGenuine } else { CodeCheck::Genuine };
        assert_eq!((seen.says.as_str(), seen.check, seen.warn), (says, check, forged));
        for language in LANGUAGES {
            phone.jol.set_language(language);
            let says = phone.jol.what_is(&text).expect("a text").says;
            assert!(!says.contains("scan-") && !says.contains('{'), "{says}");
        }
        assert_eq!(seen.meaning, Meaning::ShownCard { text });
    }

    // Another operator's card, and this one on a phone that has never reached the operator: neither is
    // called genuine nor forged.
    let (another, phone) = (Issuer::new("ALA").expect("a code"), SoftwareKey::from_seed([5; 32]));
    let signer = SigningKey::from_seed(KeyId { issuer: another, number: 1 }, Purpose::Ticket, &[6; 32]);
    let issued_s = scene.now_ms() / 1_000;
    let credential = CardCredential {
        key: signer.id(),
        card: card.id.clone(),
        city: "ala".into(),
        issued_s,
        until_s: issued_s + 86_400,
        phone: phone.public_key(),
        category: Category::Standard,
    };
    let credential = SignedCredential::sign(&credential, &signer).expect("within bounds");
    let slot = slot_at(scene.now_ms());
    let signature = phone.sign(&card_to_sign(&credential, slot));
    let elsewhere = ShownCard::assemble(&credential, slot, &signature).expect("its own key").to_text();
    assert_eq!(tap(&scene, BUSES[1], &elsewhere), Err("card_code".into()));
    let opening = scene.opening("new phone");
    scene.fault("*", FaultKind::DropRequest, 9_999);
    let new = scene.newcomer_with("+77771234569", opening);
    for (phone, text, says) in [
        (&bola, &elsewhere, "Another operator’s (ALA), not checked. It says: a card’s code"),
        (&new, &elsewhere, "Not checked yet: connect to the operator once. It says: a card’s code"),
        (&new, &text, "Not checked yet: connect to the operator once. It says: a card’s code"),
    ] {
        phone.jol.set_language(Language::En);
        let seen = phone.jol.what_is(text).expect("a text");
        assert_eq!((seen.says.as_str(), seen.check, seen.warn), (says, CodeCheck::CannotTell, false));
    }
    scene.heal();

    // A picture of it: on another bus within its slot, and later.
    assert_eq!(tap(&scene, BUSES[1], &text), Err("card_code".into()));
    scene.pass_ms(60_000);
    assert_eq!(tap(&scene, BUSES[1], &text), Err("card_code".into()));
    // The number alone opens no bus, and a thief's signature draws no code.
    let number = format!(r#""vehicle":"{}","card":"{}""#, BUSES[1], card.number);
    assert_eq!(scene.try_tap(&number), Err("card_code".into()));
    let to_sign = aru.jol.card_to_sign(&card.id).expect("a card");
    let forged = bola.key.sign(&to_sign.message);
    let refused = aru.jol.present_card_text(&card.id, to_sign.slot, &forged);
    assert_eq!(refused, Err(JolError::BadSignature));
    tap(&scene, BUSES[1], &aru.shows_card(&card.id)).expect("the phone itself rides");

    // Blocked: neither shown nor taken.
    let before = aru.shows_card(&card.id);
    aru.jol.change_card(&card.id, CardWish::Block).expect("asked");
    aru.settle();
    assert_eq!(aru.jol.card_to_sign(&card.id).err(), Some(JolError::BadInput { field: "card".into() }));
    scene.pass_ms(2 * 3_600_000);
    assert!(tap(&scene, BUSES[0], &before).is_err());
    refreshed(&aru);
    assert_eq!(balance(&aru, &card.id), Money::tenge(300));

    // A printed code: ten rides a day at most, whoever copied it.
    let issue = format!(r#"{{"to":"{}","category":"standard","form":"qr_printed"}}"#, aru.number);
    let printed: Card =
        serde_json::from_str(&scene.control("POST", "/sandbox/cards", &issue)).expect("a card");
    top_up(&scene, &aru, &printed.number, 2_000);
    let said = scene.control("GET", &format!("/sandbox/cards/{}/sticker", printed.number), "");
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let sticker = said["code"].as_str().expect("a code").to_owned();
    let mut rides = 0;
    let refused = loop {
        match tap(&scene, BUSES[rides % 2], &sticker) {
            Ok(said) if said.contains(r#""already_paid":false"#) => rides += 1,
            Ok(_) => scene.pass_ms(5 * 60_000),
            Err(code) if code == "run_closed" => scene.pass_ms(5 * 60_000),
            Err(code) => break code,
        }
    };
    assert_eq!((rides, refused.as_str()), (10, "over_limit"));
    aru.jol.refresh().expect("asked");
    aru.settle();
    aru.jol.change_card(&printed.id, CardWish::Lose).expect("asked");
    aru.settle();
    assert_eq!(tap(&scene, BUSES[0], &sticker), Err("category_not_held".into()));

    // What is left on it moves to the card in the app, opened again.
    aru.jol.change_card(&card.id, CardWish::Unblock).expect("asked");
    aru.jol.move_card(&printed.id, &card.id).expect("asked");
    aru.settle();
    refreshed(&aru);
    assert_eq!((balance(&aru, &card.id), balance(&aru, &printed.id)), (Money::tenge(1_300), Money::ZERO));
    assert_eq!(tap(&scene, BUSES[0], &sticker), Err("category_not_held".into()));
    for account in aru.jol.card_accounts().expect("the accounts") {
        assert_eq!(account.elsewhere, Money::ZERO, "{account:?}");
    }
    scene.books_balance();
}

/// What a terminal lets ride on by itself, and what the operator makes of it when it hears of it hours later.
fn at_a_terminal_without_a_network(story: &Story) {
    let scene = Scene::open_with(story, None, terminals);
    let aru = scene.passenger("+77771234567");
    let card = scene.app_card(&aru, 500);
    let [mut first, mut second] = BUSES.map(|bus| scene.terminal(bus));
    let text = aru.shows_card(&card.id);
    assert!(matches!(first.code(&text, scene.now_ms()), Shows::Welcome { .. }));
    // One letter changed is nobody's card; the right one, held to another bus within its slot, cannot be told.
    let end = text.len() - 3;
    let swapped = if &text[end..=end] == "0" { "1" } else { "0" };
    let forged = format!("{}{swapped}{}", &text[..end], &text[end + 1..]);
    assert_eq!(first.code(&forged, scene.now_ms()), Shows::No);
    scene.pass_ms(1_000);
    assert!(matches!(second.code(&text, scene.now_ms()), Shows::Welcome { .. }));
    // A picture of it a minute later: the terminals themselves refuse it; the phone's new code rides on.
    scene.pass_ms(60_000);
    assert_eq!(first.code(&text, scene.now_ms()), Shows::No);
    assert_eq!(second.code(&text, scene.now_ms()), Shows::No);
    assert!(matches!(first.code(&aru.shows_card(&card.id), scene.now_ms()), Shows::Welcome { .. }));

    // Reported when slot and ride are long over, twice: charged once, and a copy on another bus is not.
    scene.pass_ms(5 * 3_600_000);
    let charged = TapOutcome::Charged { fare: Money::tenge(100) };
    assert_eq!(scene.reports(&mut first, 2), [charged, TapOutcome::AlreadyPaid]);
    assert_eq!(scene.reports(&mut second, 2), [TapOutcome::Refused { code: "card_code".into() }]);
    assert_eq!(first.report(), None, "nothing is left to report");
    refreshed(&aru);
    assert_eq!(balance(&aru, &card.id), Money::tenge(400));
    assert_eq!(scene.purse("fares:sample"), Money::tenge(100));
    let rides = aru.jol.travel_details(&TravelQuery::default()).expect("a page").entries;
    let rides: Vec<_> = rides.iter().filter(|entry| entry.way.is_some()).collect();
    assert_eq!((rides.len(), rides[0].way, rides[0].spent), (1, Some(Way::QrCard), Money::tenge(100)));
    assert_eq!(rides[0].at_ms, NOON_MS, "the moment at which it was held to the terminal");
    scene.books_balance();
}

/// What a printed code pays a day ends at the city's midnight, not a day after its first ride.
fn printed_limit_of_a_day(story: &Story) {
    let limit = |operator: &mut OperatorData| {
        terminals(operator);
        operator.cities[0].rules.cards[3].day_limit = Some(Money::tenge(200));
    };
    let scene = Scene::open_with(story, None, limit);
    let aru = scene.passenger("+77771234567");
    let (card, sticker) = scene.printed_card(&aru, 1_000);
    let (_, late) = scene.printed_card(&aru, 1_000);
    let mut terminal = scene.terminal(BUSES[1]);
    assert!(matches!(terminal.code(&late, scene.now_ms()), Shows::Welcome { .. }), "reported tomorrow");
    assert_eq!(card.day_limit, Some(Money::tenge(200)));
    // It is two in the afternoon; the last ride is at eleven in the evening.
    tap(&scene, BUSES[0], &sticker).expect("the first ride");
    scene.pass_ms(9 * 3_600_000);
    tap(&scene, BUSES[0], &sticker).expect("the second ride");
    assert_eq!(tap(&scene, BUSES[1], &sticker), Err("over_limit".into()));
    scene.pass_ms(3_600_000 - 1_000);
    assert_eq!(tap(&scene, BUSES[1], &sticker), Err("over_limit".into()), "a second before midnight");
    scene.pass_ms(1_000);
    tap(&scene, BUSES[1], &sticker).expect("a new day");
    tap(&scene, BUSES[0], &sticker).expect("its second ride");
    scene.pass_ms(3_600_000);
    assert_eq!(tap(&scene, BUSES[0], &sticker), Err("over_limit".into()));
    // What was ridden yesterday is no part of today, nor today of yesterday.
    for bus in BUSES {
        tap(&scene, bus, &late).expect("today's rides");
    }
    assert_eq!(scene.reports(&mut terminal, 1), [TapOutcome::Charged { fare: Money::tenge(100) }]);
    refreshed(&aru);
    assert_eq!(balance(&aru, &card.id), Money::tenge(600));
    scene.books_balance();
}

fn tap(scene: &Scene<'_>, bus: &str, code: &str) -> Result<String, String> {
    scene.try_tap(&format!(r#""vehicle":"{bus}","code":"{code}""#))
}

fn balance(aru: &Passenger<'_>, card: &str) -> Money {
    let cards = aru.jol.cards().expect("the cards");
    cards.into_iter().find(|one| one.id == card).expect("a card").balance
}

fn refreshed(aru: &Passenger<'_>) {
    aru.jol.refresh().expect("asked");
    aru.settle();
}

fn top_up(scene: &Scene<'_>, aru: &Passenger<'_>, number: &str, tenge: i64) {
    aru.jol.top_up(number, "kaspi", Money::tenge(tenge)).expect("asked");
    aru.settle();
    let id = aru.jol.top_ups().expect("the top-ups").remove(0).top_up.expect("an id");
    scene.control("POST", &format!("/sandbox/bank/{id}"), r#"{"paid":true}"#);
    refreshed(aru);
}
