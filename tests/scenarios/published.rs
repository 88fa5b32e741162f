//! Support, offices, points of sale, providers, ways to pay and SMS: read as published, also offline.

use jol_core::city::fares::Issued;
use jol_core::city::streets::PlaceKind;
use jol_core::pay::Way;
use jol_core::text::Words;
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn published() {
    tell(module_path!(), |story| {
        let mut published = None;
        let scene = Scene::open_with(story, None, |operator| {
            // Not what the app could have by itself.
            operator.info.support.phones[0].number = "+7 717 000 0001".to_owned();
            operator.cities[0].rules.sms.as_mut().expect("by message").grammar = "JOL {bus}".to_owned();
            operator.cities[0].rules.points_of_sale[0].hours = Words::same("06:15–22:45");
            published = Some(operator.clone());
        });
        let operator = published.expect("published");
        let city = &operator.cities[0];
        let aru = scene.passenger("+77771234567");
        for network in [true, false] {
            if !network {
                scene.stop();
            }
            let jol = &aru.jol;
            let info = jol.operator().expect("the wallet").expect("fetched");
            assert_eq!(info, operator.info);
            assert_eq!(info.support.phones.len(), 3);
            assert_eq!(jol.points_of_sale().as_ref(), Ok(&city.rules.points_of_sale));
            assert_eq!(jol.top_up_providers().as_ref(), Ok(&city.rules.providers));
            assert_eq!(jol.categories().as_ref(), Ok(&city.rules.categories));
            assert_eq!(jol.sms_rule().as_ref(), Ok(&city.rules.sms));
            assert_eq!(jol.vehicles().as_ref(), Ok(&city.vehicles));
        }
        // A kiosk is a place, too: the nearest first, whatever it is called.
        let kiosk = &city.rules.points_of_sale[1];
        let found = aru.jol.places("пополнить карту", Some(kiosk.point), 5).expect("places");
        assert_eq!((found.len(), found[0].kind), (2, PlaceKind::PointOfSale), "{found:?}");
        assert_eq!((&found[0].name, found[1].kind), (&kiosk.name.ru, PlaceKind::PointOfSale));
        assert!(found[0].point.metres_to(kiosk.point) < 1.0 && found[0].stop.is_none());

        let vehicles = aru.jol.vehicles().expect("the buses");
        for bus in &vehicles {
            assert_eq!(bus.ways.contains(&Way::SmartCard), bus.terminal, "{bus:?}");
        }
        assert!(vehicles.iter().any(|bus| bus.terminal) && vehicles.iter().any(|bus| !bus.terminal));

        let hours = aru.jol.points_of_sale().expect("the points").into_iter().map(|point| point.hours);
        let support = operator.info.support.phones.iter().map(|phone| phone.hours.clone());
        let offices =
            aru.jol.categories().expect("the categories").into_iter().flat_map(|rule| match rule.issued {
                Issued::AtOffice { documents, office, hours, phone } => {
                    assert!(documents.len() >= 2 && phone.starts_with('+'), "{:?}", rule.category);
                    [documents, vec![office, hours]].concat()
                }
                Issued::InAppWithProof { proof, .. } => vec![proof],
                Issued::InApp => vec![],
            });
        let words: Vec<Words> = hours.chain(support).chain(offices).collect();
        assert!(words.len() > 10, "{words:?}");
        for words in &words {
            assert!(LANGUAGES.iter().all(|language| !words.in_language(*language).is_empty()));
            assert!(!words.kk.is_empty() && !words.ru.is_empty() && !words.en.is_empty(), "{words:?}");
        }
    });
}
