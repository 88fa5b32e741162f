//! A senior card is issued at an office: the app says where, when and with what; then it is in the app.

use jol_core::jol::JolError;
use jol_core::text::Language;
use jol_core::wallet::Category;
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn office_only() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let ata = scene.passenger("+77771234567");
        ata.jol.register_card(Category::Standard, "Ata").expect("asked");
        ata.settle();
        assert_eq!(ata.jol.cards().expect("the cards").len(), 1, "a standard card comes by itself");
        let mut offices = Vec::new();
        for language in LANGUAGES {
            ata.jol.set_language(language);
            let refused = ata.jol.register_card(Category::Senior, "Ata").expect_err("only an office does");
            let text = refused.text(language);
            let JolError::OfficeOnly { office, hours, phone, documents } = refused else {
                panic!("{refused:?}");
            };
            assert!(text.contains(&office) && text.contains(&hours), "{text}");
            assert!(!phone.is_empty() && documents.len() >= 2, "{documents:?}");
            offices.push(office);
        }
        offices.dedup();
        assert_eq!(offices.len(), LANGUAGES.len(), "each in its language");
        ata.jol.set_language(Language::Kk);
        ata.settle();
        let held: u32 = scene.books("SELECT count(*) FROM card", []);
        assert_eq!(held, 1, "the operator was not even asked");

        let issue = format!(r#"{{"to":"{}","category":"senior","name":"Ata"}}"#, ata.number);
        scene.control("POST", "/sandbox/cards", &issue);
        ata.jol.refresh().expect("asked");
        ata.settle();
        let cards = ata.jol.cards().expect("the cards");
        assert!(cards.iter().any(|card| card.category == Category::Senior), "{cards:?}");
    });
}
