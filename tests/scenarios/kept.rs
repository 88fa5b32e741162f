//! Places, a line and a journey are kept: read offline, unspoilt by a failed refresh; searches are forgotten.

use jol_core::kept::{PlaceRole, SavedStanding};
use jol_core::plan::{Endpoint, PlanQuery, When};
use jol_headless::story::{NOON_MS, Scene, tell};

fn stop(id: &str) -> Endpoint {
    Endpoint::Stop { id: id.to_owned() }
}

#[test]
fn kept() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        let query = PlanQuery::new(stop("west"), stop("east"), When::DepartAt { ms: NOON_MS });
        let journey = aru.jol.plan(&query).expect("a plan").journeys[0].clone();

        let jol = &aru.jol;
        jol.keep_place(PlaceRole::Home, "Ата үйі", &stop("west")).expect("kept");
        jol.keep_place(PlaceRole::Work, "", &stop("east")).expect("kept");
        assert!(jol.keep_place(PlaceRole::Named, "", &stop("nowhere")).is_err());
        let line = jol.keep_line("5").expect("kept");
        jol.keep_trip("to work", &query).expect("kept");
        jol.remember_search(&query).expect("remembered");
        let saved = jol.save_journey(&query, &journey).expect("saved");
        aru.note("keeps two places, a line, a trip and a journey");

        // The operator is gone, and the phone starts anew.
        scene.stop();
        aru.kill_and_start_again();
        scene.pass_ms(60_000);
        let jol = &aru.jol;
        let places = jol.kept_places().expect("the places");
        let names: Vec<_> = places.iter().map(|place| (place.role, place.name.as_str())).collect();
        assert_eq!(names, [(PlaceRole::Home, "Ата үйі"), (PlaceRole::Work, "Восток")]);
        assert_eq!(jol.kept_lines().expect("the lines")[0].line, "5");
        let trip = jol.kept_trips().expect("the trips").remove(0);
        assert_eq!((trip.name.as_str(), &trip.query), ("to work", &query));
        assert_eq!(jol.plan(&trip.query).expect("a plan").journeys[0], journey, "asked again in one tap");
        let shown = jol.saved_journeys().expect("the journeys").remove(0);
        assert_eq!((&shown.journey, shown.planned_ms), (&journey, NOON_MS));
        assert_eq!((shown.standing, shown.refresh_failed_ms), (SavedStanding::InTimetable, None));

        // It is planned anew, without a network; then without a city's file, in vain.
        let anew = jol.refresh_saved_journey(&saved).expect("planned anew");
        assert_eq!((&anew.journey, anew.planned_ms), (&journey, NOON_MS + 60_000));
        aru.jol.close();
        std::fs::remove_dir_all(std::path::Path::new(&aru.opening.folder).join("cities")).expect("removed");
        aru.jol = scene.start_app(&aru.opening, &aru.clock).expect("the wallet");
        scene.pass_ms(60_000);
        let jol = &aru.jol;
        let kept = jol.refresh_saved_journey(&saved).expect("it stays");
        assert_eq!((&kept.journey, kept.planned_ms), (&journey, NOON_MS + 60_000), "as it was");
        assert_eq!(kept.refresh_failed_ms, Some(NOON_MS + 120_000));
        assert_eq!(kept.standing, SavedStanding::NoTimetable);
        aru.note("reads the journey without the city's file");

        // What was looked for goes at once; what is kept stays until it is forgotten.
        let places = |jol: &jol_core::jol::Jol| jol.recent_places().expect("what was looked for");
        let found: Vec<_> = places(jol).into_iter().map(|place| place.name).collect();
        assert_eq!(found, ["Восток", "Запад"]);
        assert_eq!(jol.recent_trips().expect("the trips")[0].query, query);
        jol.forget_recents().expect("forgotten");
        assert_eq!((places(jol).len(), jol.recent_trips().expect("the trips").len()), (0, 0));
        jol.forget_kept(&line).expect("forgotten");
        assert!(jol.forget_kept(&line).is_err(), "it is gone");
        assert_eq!((jol.kept_lines().expect("none").len(), jol.kept_places().expect("two").len()), (0, 2));
        jol.forget_all_kept().expect("forgotten");
        assert!(
            jol.kept_places().expect("none").is_empty() && jol.saved_journeys().expect("none").is_empty()
        );
    });
}
