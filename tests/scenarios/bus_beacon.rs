//! A bus is heard by Bluetooth: it is offered, by its painted number, and paid after a tap. What is heard proves
//! nothing, stays in memory, and is forgotten.

use jol_core::detect::{Beacon, Sighting, Why};
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::ticket::Issuer;
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Scene, Story, tell};

fn beacon(operator: &str, bus: &str) -> Vec<u8> {
    Beacon { operator: Issuer::new(operator).expect("a code"), bus: bus.to_owned() }.to_bytes()
}

#[test]
fn bus_beacon() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let own = beacon(OperatorData::SAMPLE_ISSUER, "547");
        let nothing = Sighting::None { why: Why::NoFixes };
        let (_, before) = crate::wallet(&aru);

        // Another operator's, a bus that there is not, and noise change nothing.
        for other in
            [beacon("ATR", "547"), beacon(OperatorData::SAMPLE_ISSUER, "999"), b"\x01SMP".to_vec(), vec![]]
        {
            assert_eq!(aru.jol.observe_beacon(&other, -50), Ok(nothing.clone()));
        }
        let sighting = aru.jol.observe_beacon(&own, -60).expect("heard");
        let Sighting::Choose { candidates, why } = &sighting else { panic!("offered: {sighting:?}") };
        assert_eq!((candidates.len(), *why), (1, Why::NoFixes), "a hint, not a proposal");
        let bus = &candidates[0];
        assert_eq!((bus.vehicle.as_str(), bus.label.as_str(), bus.heard), ("0547", "547", true));
        assert_eq!(bus.line.as_deref(), Some("5"));
        for _ in 0..100 {
            let sighting = aru.jol.observe_beacon(&own, -40).expect("heard");
            assert!(matches!(sighting, Sighting::Choose { .. }), "however loud and long it is heard");
        }
        let doubts = |bus| aru.jol.bus_doubts(bus).expect("a bus");
        assert_eq!(
            (doubts("0547"), doubts("0548").len()),
            (vec![], 1),
            "who types the other number hears of it"
        );
        assert!(doubts("0548")[0].contains("547") && aru.quote("0548").doubts == doubts("0548"));
        assert!(crate::wallet(&aru).1 == before, "what is heard is not written");
        assert!(aru.jol.payments().expect("the payments").is_empty(), "and pays nothing");

        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = aru.jol.quote(&bus.vehicle, Way::Bluetooth, Source::PhoneBalance, adult, false);
        let quote = quote.expect("a quote");
        let key = aru.tap(&quote);
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        assert_eq!(aru.ticket().way, Way::Bluetooth);
        aru.was_charged(1, 100);

        aru.jol.forget_sighting().expect("the screen was left");
        assert_eq!(aru.jol.sighting(), Ok(nothing.clone()));
        aru.jol.observe_beacon(&own, -60).expect("heard");
        scene.pass_ms(11_000);
        assert_eq!(aru.jol.sighting(), Ok(nothing), "out of earshot");
        alike(story);
    });
}

/// Two buses whose numbers begin alike as far as a beacon can say them: both are offered.
fn alike(story: &Story) {
    let scene = Scene::open_with(story, None, |operator: &mut OperatorData| {
        for (nth, bus) in operator.cities[0].vehicles.iter_mut().enumerate() {
            bus.painted = format!("1234-5{nth}");
        }
    });
    let aru = scene.passenger("+77771234567");
    let heard = aru.jol.observe_beacon(&beacon(OperatorData::SAMPLE_ISSUER, "1234-5"), -50).expect("heard");
    let Sighting::Choose { candidates, .. } = &heard else { panic!("offered: {heard:?}") };
    let mut offered: Vec<&str> = candidates.iter().map(|one| one.label.as_str()).collect();
    offered.sort_unstable();
    assert_eq!(offered, ["1234-50", "1234-51"]);
}
