//! A connection that was kept open ends as the next tap goes over it: the same key once more, paid once.

use jol_core::pay::PaymentState;
use jol_headless::story::{Network, Scene, tell};
use jol_headless::world::dice::Dice;
use jol_headless::world::proxy::{At, End, Event, Fate, Way};
use std::collections::HashMap;

#[test]
fn reused_connection() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let network = Network::before(&scene, None);
        let mut dice = Dice::new(story.seed(), "reused connections");
        let mut sent: HashMap<String, u32> = HashMap::new();
        for rider in 0..super::many(8).min(200) {
            let aru = network.passenger(&format!("+7777600{rider:04}"));
            network.proxy.cut_all();
            network.proxy.take_carried();
            let mut keys = Vec::new();
            for ride in 0..20_usize {
                // One that is open waits for this tap.
                let bus = if ride.is_multiple_of(2) { "0547" } else { "0548" };
                let quote = aru.quote(bus);
                match dice.below(3) {
                    // Before it, or while it goes: the library may send it once more by itself.
                    0 => {
                        network.proxy.cut_all();
                        keys.push(aru.tap(&quote));
                    }
                    1 => {
                        keys.push(aru.tap(&quote));
                        network.proxy.cut_all();
                    }
                    // When its first bytes have come: nobody knows what became of it.
                    _ => {
                        network.proxy.cut_all();
                        let at = At::Byte(1 + dice.below(1_500) as u64);
                        network.proxy.next(Fate::of(Way::Up, at, Event::Cut(End::Rst)));
                        keys.push(aru.tap(&quote));
                    }
                }
                network.wait(&[&aru.jol]);
                let state = aru.payment(&keys[ride]).state;
                assert!(matches!(state, PaymentState::Pending | PaymentState::Paid { .. }), "{state:?}");
                // What was for this tap's connection concerns no other.
                network.proxy.heal();
                let is_settled = (0..3).any(|_| {
                    scene.pass_ms(10_000);
                    aru.settle() == 0
                });
                assert!(is_settled, "the network is as it should be");
                scene.pass_ms(21 * 60_000);
            }
            aru.was_charged(20, 2_000);
            for carried in network.proxy.take_carried() {
                let said = String::from_utf8_lossy(&carried.up).into_owned();
                for request in said.split("POST /v1/payments ").skip(1) {
                    let key = request.lines().find_map(|line| line.strip_prefix("idempotency-key: "));
                    // A head that was cut off names none.
                    if let Some(key) = key.filter(|key| key.len() == 32) {
                        assert!(keys.iter().any(|known| known == key), "{key} is no tap's");
                        *sent.entry(key.to_owned()).or_default() += 1;
                    }
                }
            }
        }
        let again = sent.values().filter(|times| **times > 1).count();
        story.note("network", format!("{} taps, {again} of them sent more than once", sent.len()));
        assert!(again > 5, "some were sent more than once: {again}");
    });
}
