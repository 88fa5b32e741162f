//! A passenger signs up while the phone dies: a sealed cell is whole or not there.

use super::purchase::sign_up;
use super::stage::{Stage, is_whole};

#[test]
fn no_cut_leaves_half_a_sealed_cell() {
    let stage = Stage::new();
    let cuts = stage.every_cut("sign-up", &stage.nothing(), sign_up, |left| {
        is_whole(&stage, left);
        let mut world = stage.begin(left);
        sign_up(&mut world).expect("power");
        let cards = world.jol().cards().expect("the cards");
        let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
        assert_eq!(names, ["Әжемнің картасы", "Қайрат"]);
        assert!(cards.iter().all(|card| !card.number.is_empty()));
    });
    assert!(cuts.calls > 300, "{cuts:?}");
}
