//! A charge, a decline, money that came back and a top-up, exported and verified by a stranger who has
//! nothing but the operator's keys; a changed digit is found. Only what has a fiscal sign is called fiscal.

use jol_core::jol::ReservedStanding;
use jol_core::money::Money;
use jol_core::operator::wire::{Base64, KeysAnswer};
use jol_core::ticket::TrustedKeys;
use jol_core::travel::verify::{Wrong, verify};
use jol_core::travel::{ExportFormat, TravelQuery, TravelState};
use jol_core::wallet::Category;
use jol_headless::receipt::{self, VerifyArgs};
use jol_headless::sandbox::data::CashRegister;
use jol_headless::story::{LANGUAGES, Scene, tell};
use serde_json::json;

const DAY_MS: i64 = 24 * 3_600_000;

#[test]
fn receipts() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77010000009");
        // Rides that were reserved are given back, and the money returns.
        aru.reserve(1);
        aru.settle();
        let voucher = aru.reserved().voucher.expect("an id");
        aru.give_back(&voucher).expect("signed");
        aru.settle();
        scene.pass_ms(7 * DAY_MS);
        aru.refresh_offline();
        aru.settle();
        assert_eq!(aru.reserved().standing, ReservedStanding::Returned { sum: Money::tenge(100) });
        // Charged, then over the day's limit.
        let plain = aru.quote_and_pay("0547");
        scene.pass_ms(1_000);
        let declined = aru.quote_and_pay("0548");
        aru.jol.register_card(Category::Standard, "Aru").expect("asked");
        aru.settle();
        let card = aru.jol.cards().expect("the cards").remove(0).number;
        let top_up = aru.jol.top_up(&card, "kaspi", Money::tenge(500)).expect("asked");
        aru.settle();
        let id = aru.jol.top_ups().expect("the top-ups").remove(0).top_up.expect("an id");
        scene.control("POST", &format!("/sandbox/bank/{id}"), r#"{"paid":true}"#);
        aru.jol.refresh_top_ups().expect("asked");
        aru.settle();

        // From here on the operator has a cash register that the tax authority knows.
        scene.stop();
        scene.start(None, |operator| {
            let site = "https://tax.example/t".to_owned();
            operator.cash_register = Some(CashRegister { serial: "SWK-00042".to_owned(), site });
        });
        scene.pass_ms(DAY_MS);
        let fiscal = aru.quote_and_pay("0547");

        let signed = |key: &str| aru.jol.receipt(key).expect("a receipt");
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let titles = [&plain.key, &fiscal.key].map(|key| signed(key).title);
            aru.note(format!("reads: {titles:?}"));
            assert!(titles[0] != titles[1] && !titles.iter().any(|title| title.contains("receipt-")));
        }
        let sign = signed(&fiscal.key).fiscal.expect("a sign");
        assert_eq!(sign.register, "SWK-00042");
        assert!(sign.url.starts_with("https://tax.example/t?"), "{sign:?}");
        assert_eq!(signed(&plain.key).fiscal, None);
        assert_eq!(signed(&top_up).outcome, "topped_up");
        assert_eq!(signed(&declined.key).outcome, "over_limit");

        // A stranger has the operator's root and its published list.
        let published: KeysAnswer =
            serde_json::from_str(&scene.control("GET", "/v1/keys", "")).expect("a key list");
        let root = scene.sandbox(|sandbox| sandbox.root());
        let keys = TrustedKeys::accept(&published.key_list.0, &root, 0, None).expect("a list that holds");
        let trusted = scene.folder("stranger-keys.json");
        let issuer = root.issuer.to_string();
        let of_root = Base64(root.public_key.to_vec());
        let file = json!({ "issuer": issuer, "root": of_root, "key_list": published.key_list });
        std::fs::write(&trusted, file.to_string()).expect("written");
        for format in [ExportFormat::Json, ExportFormat::Csv, ExportFormat::Pdf] {
            let export = aru.jol.export(&TravelQuery::default(), format).expect("a file");
            aru.note(format!("exports {}: {} bytes", export.name, export.bytes.len()));
            let verified = verify(&export.bytes, &keys);
            assert_eq!(verified.faults, [], "{format:?}");
            let mut outcomes: Vec<_> = verified.receipts.iter().map(|one| one.outcome.as_str()).collect();
            outcomes.sort_unstable();
            assert_eq!(outcomes, ["over_limit", "paid", "paid", "paid", "refunded", "topped_up"]);
            assert_eq!(aru.jol.verify_export(&export.bytes), Ok(verified));
            let own = [card.as_str(), aru.number.as_str()];
            let text = String::from_utf8_lossy(&export.bytes).into_owned();
            assert!(!own.iter().any(|number| text.contains(number)), "no card and no phone number leaves");

            let path = scene.folder(&export.name);
            std::fs::write(&path, &export.bytes).expect("written");
            let args = VerifyArgs {
                file: path.clone(),
                keys: Some(trusted.clone()),
                operator: None,
                root: None,
                json: true,
            };
            assert_eq!(receipt::verified(&args).expect("keys and a file").faults, []);

            // One digit of the sum that was charged.
            let (from, to) = match format {
                ExportFormat::Json => ("\"spent\": 10000", "\"spent\": 10001"),
                ExportFormat::Csv => (",100.00,100.00,", ",100.00,100.10,"),
                ExportFormat::Pdf => ("\"spent\":10000", "\"spent\":10001"),
            };
            let at = export.bytes.windows(from.len()).position(|bytes| bytes == from.as_bytes());
            let at = at.expect("the sum that was charged");
            let mut forged = export.bytes.clone();
            forged[at..at + to.len()].copy_from_slice(to.as_bytes());
            std::fs::write(&path, &forged).expect("written");
            let fault = receipt::verified(&args).expect("keys and a file").faults.remove(0);
            aru.note(format!("a stranger reads: {} is {:?}", fault.place, fault.what));
            assert!(fault.place.ends_with("spent") && fault.what == Wrong::NotWhatWasSigned, "{fault:?}");
        }
        let came_back = TravelQuery { states: vec![TravelState::Refunded], ..TravelQuery::default() };
        let page = aru.jol.travel_details(&came_back).expect("a page");
        assert_eq!(page.entries.len(), 1, "{page:?}");
        let month = aru.jol.month_sum(page.entries[0].at_ms).expect("a sum");
        assert_eq!((month.reserved, month.reserved_back), (Money::tenge(100), Money::tenge(100)));
        assert_eq!((month.rides, month.spent), (2, Money::tenge(200)));
        aru.spent(200);
        scene.books_balance();
    });
}
