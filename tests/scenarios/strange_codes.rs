//! Codes of other cities, operators, phones and cards are named as what they are, and strangers' words are cut.

use jol_core::jol::CodeCheck::{self, CannotTell, Genuine, NotGenuine, Unsigned};
use jol_core::text::Language;
use jol_core::ticket::{Issuer, KeyId, Purpose, SigningKey, StickerCode, StickerKind};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, Passenger, Scene, tell};

const DAY_MS: i64 = 24 * 3_600_000;

/// Looks at a text in every language; in English it says this.
fn says(phone: &Passenger<'_>, text: &str, check: CodeCheck, warn: bool, says: &str) {
    let before = crate::wallet(phone);
    let seen = phone.jol.what_is(text).expect("a look");
    assert_eq!((seen.says.as_str(), seen.check, seen.warn), (says, check, warn), "{text}");
    assert!(crate::wallet(phone) == before, "looking changes nothing: {text}");
    for language in LANGUAGES {
        phone.jol.set_language(language);
        let seen = phone.jol.what_is(text).expect("a look");
        assert!(
            !seen.says.contains("scan-") && seen.says.chars().count() <= 150,
            "{language:?}: {}",
            seen.says
        );
        assert_eq!(seen.says == says, language == Language::En, "{language:?}: {}", seen.says);
    }
    phone.jol.set_language(Language::En);
}

#[test]
fn strange_codes() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let (aru, dana) = (scene.passenger("+77771234567"), scene.passenger("+77771234568"));
        aru.jol.set_language(Language::En);
        let sticker =
            |kind, code: &str| scene.sandbox(|sandbox| sandbox.sticker(kind, code)).expect("a code");
        let by = |operator: &str, number| {
            let operator = Issuer::new(operator).expect("a code");
            let code = StickerCode { kind: StickerKind::Bus, operator, code: "А-17 \u{202e}".to_owned() };
            let key = SigningKey::from_seed(KeyId { issuer: operator, number }, Purpose::Sticker, &[6; 32]);
            code.sign("a.example", &key).expect("within bounds")
        };

        // Stickers of other places.
        says(
            &aru,
            &by("ALA", 4),
            CannotTell,
            false,
            "Another operator’s (ALA), not checked. It says: bus А-17",
        );
        let elsewhere = "Genuine: bus 9999. The chosen city has no such bus.";
        says(&aru, &sticker(StickerKind::Bus, "9999"), Genuine, false, elsewhere);
        says(&aru, &sticker(StickerKind::Stop, "west"), Genuine, false, "Genuine: stop West");
        aru.jol.set_language(Language::Kk);
        let stop = aru.jol.what_is(&sticker(StickerKind::Stop, "west")).expect("a look");
        assert_eq!(stop.says, "Код түпнұсқа: аялдама Батыс");
        aru.jol.set_language(Language::En);
        let elsewhere = "Genuine: stop north. The chosen city has no such stop.";
        says(&aru, &sticker(StickerKind::Stop, "north"), Genuine, false, elsewhere);

        // Her card, and others'.
        aru.jol.register_card(Category::Standard, "Aru").expect("asked");
        aru.settle();
        let number = aru.jol.cards().expect("the cards").remove(0).number;
        let masked = format!("{}{}", "•".repeat(number.len() - 4), &number[number.len() - 4..]);
        let own = format!("Genuine: your transport card {masked}");
        says(&aru, &sticker(StickerKind::Card, &number), Genuine, false, &own);
        let other = "Genuine: transport card ••••••••••••0001, not one of yours.";
        says(&aru, &sticker(StickerKind::Card, "9643000000000001"), Genuine, false, other);
        let own = format!("It asks to top up your transport card {masked}");
        says(&aru, &format!("HTTPS://JOL.KZ/T/{number}?sum=500"), Unsigned, false, &own);
        let other = "It asks to top up a card that is not yours: ••••••••••••0001";
        says(&aru, "https://jol.kz/T/9643000000000001", Unsigned, true, other);
        let other = "It asks to top up a card that is not yours: Aru";
        says(&aru, "https://jol.kz/T/Aru\u{202e}/x", Unsigned, true, other);

        // Phones and what goes between them.
        let (own, other) =
            (aru.jol.receiver_text().expect("a key"), dana.jol.receiver_text().expect("a key"));
        says(&aru, &own, Unsigned, false, "This is this phone’s own code.");
        says(&aru, &other, Unsigned, false, "The code of another phone: you can send it a ticket.");
        dana.quote_and_pay("0547");
        let ride = dana.ticket().ride;
        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let left = dana.show(&ride, None);
        let sent = dana.jol.send_ticket(&ride, &own, adult).expect("a wish");
        dana.settle();
        let parcel = dana.jol.sent_text(&sent).expect("a code");
        says(&aru, &parcel, Genuine, false, "A ticket for this phone. Take it by a tap.");
        assert!(aru.jol.tickets().expect("the tickets").is_empty(), "nobody took it");
        dana.jol.set_language(Language::En);
        says(&dana, &parcel, Genuine, false, "This ticket is for another phone.");
        says(&dana, &left, Genuine, false, "This is your own ticket. It holds no longer.");
        let received = aru.jol.receive_ticket(&parcel).expect("a tap");
        let shown = aru.show(&received, None);
        says(&aru, &shown, Genuine, false, "This is your own ticket: show it to the inspector.");
        let forged = "Not genuine: the operator did not sign it. It says: ticket";
        for text in ["JOLP1:6BF", "JOL1:6BF", "JOLV1:6BF", "JOLI1:6BF", "JOLT1:6BF"] {
            says(&aru, text, NotGenuine, true, forged);
        }
        let later = "The ticket’s format is not known. Update the app.";
        says(&aru, "JOL2:6BF", CannotTell, false, later);

        // Rides that are paid otherwise: before, for cash, not known yet.
        aru.reserve(2);
        aru.settle();
        let terminal = scene.terminal_code("0548");
        let said = "It says: terminal of bus 548, for rides without a network.";
        says(&aru, &terminal, CannotTell, false, said);
        let conductor = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
        conductor.open_shift("0547");
        let paper = conductor.sell("547", &[(Category::Standard, 1)]).text;
        let said = "Genuine: a ticket for cash, bus 547. Show it to the inspector.";
        says(&aru, &paper, Genuine, false, said);
        scene.stop();
        let boarded = aru.board_offline("548", Some(&terminal)).expect("a ride");
        aru.settle();
        let shown = aru.show(&boarded, None);
        let (own, other) = (
            "This is your own ticket: show it to the inspector.",
            "This is somebody else’s ticket. It does not pay your ride.",
        );
        says(&aru, &shown, Genuine, false, own);
        says(&dana, &shown, Genuine, false, other);
        let pending = dana.tap(&dana.quote("0548"));
        dana.settle();
        let shown = dana.show_pending(&pending, None);
        let own = "This is your own payment. The app shows whether it is known yet.";
        says(&dana, &shown, CannotTell, false, own);
        let other = "This is somebody else’s payment. It does not pay your ride.";
        says(&aru, &shown, CannotTell, false, other);
        let challenge = jol_core::ticket::presentation::challenge_to_text([7; 8]);
        let said = "An inspector’s question. Open your ticket to answer it.";
        says(&aru, &challenge, Unsigned, false, said);
        says(&aru, "JOLC1:0", Unsigned, false, "This is not one of the operator’s codes.");

        // Strangers' words are quoted short and plain.
        let bank = |name: &str| format!("00020159{:02}{name}6304FFFF", name.chars().count());
        let said = "A bank’s payment to “Jol. Genuine. Pay here”. It pays no ride.";
        says(&aru, &bank("\u{202e}Jol”. Genuine.\n\n“Pay here"), Unsigned, false, said);
        says(&aru, &bank("\u{200b}"), Unsigned, false, "A bank’s payment code. It pays no ride.");
        let long = format!("A bank’s payment to “{}…”. It pays no ride.", "Д".repeat(40));
        says(&aru, &bank(&"Д".repeat(99)), Unsigned, false, &long);
        says(&aru, "https://kaspi.kz/pay?x=1", Unsigned, false, "A link to kaspi.kz");
        let long = format!("https://jol.kz.{}evil.example/", "aaaaaaaaa.".repeat(20));
        let seen = aru.jol.what_is(&long).expect("a look");
        assert!(seen.warn && seen.says.ends_with(".evil.example") && seen.says.len() < 150, "{seen:?}");
        let odd = "Do not open: Jol never writes its links this way.";
        says(&aru, "http://jol.kz/T/1", Unsigned, true, odd);
        says(&aru, "Сәлем", Unsigned, false, "This is not one of the operator’s codes.");

        // A key that is not in the list may be newer than a list that is old.
        let unknown = by(&aru.opening.operator.code, 77);
        let forged = "Not genuine: the operator did not sign it. It says: bus А-17";
        says(&aru, &unknown, NotGenuine, true, forged);
        scene.pass_ms(32 * DAY_MS);
        aru.settle();
        let said = "Not checked yet: connect to the operator once. It says: bus А-17";
        says(&aru, &unknown, CannotTell, false, said);
    });
}
