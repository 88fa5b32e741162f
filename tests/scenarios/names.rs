//! Stops and signs are named in the passenger's language; a saved journey reads as it was saved.

use jol_core::plan::{Endpoint, Leg, PlanQuery, RideLeg, When};
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, tell};

#[test]
fn names() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let jol = &aru.jol;
        let stop = |id: &str| Endpoint::Stop { id: id.to_owned() };
        let query = PlanQuery::new(stop("west"), stop("east"), When::DepartAt { ms: NOON_MS });
        let mut saved = Vec::new();
        // The feed names its stops in English, and says what they are called in the two others.
        for (language, ends) in
            LANGUAGES.into_iter().zip([["Батыс", "Шығыс"], ["Запад", "Восток"], ["West", "East"]])
        {
            jol.set_language(language);
            let journey = jol.plan(&query).expect("a plan").journeys[0].clone();
            let Leg::Ride(RideLeg { from_stop, to_stop, headsign, .. }) = &journey.legs[0] else {
                panic!("{journey:?}")
            };
            assert_eq!([from_stop.name.as_str(), to_stop.name.as_str()], ends);
            assert_eq!(*headsign, to_stop.name);
            let board = jol.board("west", 1).expect("a board").rows;
            assert_eq!(board[0].headsign, ends[1]);
            jol.remember_search(&query).expect("remembered");
            assert_eq!(jol.recent_trips().expect("the trips")[0].to_name, ends[1]);
            aru.note(format!("reads {} → {}", ends[0], board[0].headsign));
            saved.push((jol.save_journey(&query, &journey).expect("saved"), journey));
        }
        let kept = jol.saved_journeys().expect("the journeys");
        for (id, journey) in saved {
            let shown = kept.iter().find(|shown| shown.id == id).expect("it is kept");
            assert_eq!(shown.journey, journey, "as it was saved");
        }
    });
}
