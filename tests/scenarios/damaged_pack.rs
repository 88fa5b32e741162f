//! The operator serves a damaged pack, or one that it did not seal: refused, and the old one stays.

use jol_core::jol::CityState;
use jol_headless::story::{CITY, LANGUAGES, Scene, tell};

#[test]
fn damaged_pack() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        assert!(matches!(aru.jol.city(), Ok(CityState::Ready { .. })), "{:?}", aru.jol.city());
        assert!(!aru.jol.places("West", None, 5).expect("the city's places").is_empty());
        scene.stop();

        // Sealed by the operator, and still no pack: cut short, garbled, another format.
        for damage in ["cut", "garbled", "empty", "text"] {
            scene.note("operator", format!("publishes a pack that is {damage}"));
            scene.start(None, |operator| {
                let city = &mut operator.cities[0];
                let mut bytes = std::fs::read(&city.pack).expect("a pack");
                match damage {
                    "cut" => bytes.truncate(bytes.len() / 2),
                    "garbled" => {
                        for byte in bytes.iter_mut().skip(64).step_by(7) {
                            *byte ^= 0xff;
                        }
                    }
                    "empty" => bytes.clear(),
                    _ => bytes = b"no timetable\n".to_vec(),
                }
                let name = city.pack.with_file_name(format!("{damage}.pack"));
                std::fs::write(&name, bytes).expect("written");
                city.pack = name;
            });
            scene.pass_ms(60_000);
            aru.jol.refresh_cities().expect("asked");
            aru.settle();
            aru.jol.choose_city(CITY).expect("a city");
            aru.settle();
            let state = aru.jol.city().expect("a state");
            assert!(matches!(state, CityState::Ready { .. }), "{damage}: the old one stays: {state:?}");
            assert!(
                !aru.jol.places("West", None, 5).expect("places").is_empty(),
                "{damage}: and still works"
            );

            // Who has no pack yet is told, and can pay all the same.
            let newcomer = scene.newcomer(&format!("+7777123456{}", damage.len()));
            newcomer.sign_up();
            let CityState::Failed { refusal, .. } = newcomer.jol.city().expect("a state") else {
                panic!("{damage}: installed");
            };
            for language in LANGUAGES {
                assert!(!refusal.text(language).starts_with("error-"));
            }
            scene.stop();
        }

        // Whole again: choosing the city anew is enough.
        scene.start(None, |_| ());
        let newcomer = scene.passenger("+77005556677");
        assert!(matches!(newcomer.jol.city(), Ok(CityState::Ready { .. })));
        aru.jol.refresh_cities().expect("asked");
        aru.settle();
        assert!(matches!(aru.jol.city(), Ok(CityState::Ready { .. })));
        aru.quote_and_pay("0547");
        aru.was_charged(1, 100);
    });
}
