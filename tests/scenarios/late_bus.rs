//! A planned bus is late, then cancelled: the journey says so and offers another; a kept line has its notice.

use jol_core::follow::{LegTimes, LegTrouble};
use jol_core::jol::NoticesOf;
use jol_core::money::Money;
use jol_core::operator::wire::PurchaseItem;
use jol_core::pay::{Source, Way};
use jol_core::plan::{Endpoint, Leg, PlanQuery, RideLeg, When};
use jol_core::realtime::BoardKind;
use jol_core::realtime::feed::{
    Alert, Effect, EntitySelector, FeedEntity, FeedMessage, StopTimeEvent, StopTimeUpdate, TranslatedString,
    Translation, TripDescriptor, TripRelationship, TripUpdate,
};
use jol_core::text::Language;
use jol_core::wallet::{Category, Offer};
use jol_headless::sandbox::fleet::{LiveSource, Run};
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, tell};
use prost::Message;
use std::sync::Arc;

const MINUTE: i64 = 60_000;

/// At 14:00 nothing is known; half a minute later the bus of 14:00 is four minutes late; from 14:02 on it
/// is cancelled, and another one comes at 14:20.
struct OneBus;

impl LiveSource for OneBus {
    fn positions(&self, now_ms: i64) -> Vec<u8> {
        message(now_ms, vec![])
    }

    fn updates(&self, now_ms: i64) -> Vec<u8> {
        if now_ms < NOON_MS + MINUTE / 2 {
            return message(now_ms, vec![]);
        }
        let relation = match now_ms < NOON_MS + 2 * MINUTE {
            true => TripRelationship::Scheduled,
            false => TripRelationship::Canceled,
        };
        let trip = TripDescriptor {
            trip_id: Some("out".into()),
            start_date: Some("20260916".into()),
            start_time: Some("14:00:00".into()),
            schedule_relationship: Some(relation as i32),
            ..TripDescriptor::default()
        };
        let update = TripUpdate { trip, delay: Some(240), ..TripUpdate::default() };
        let mut updates = vec![update];
        if relation == TripRelationship::Canceled {
            updates.push(relief());
        }
        let entity = |update| FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() };
        message(now_ms, updates.into_iter().map(entity).collect())
    }

    fn alerts(&self, now_ms: i64) -> Vec<u8> {
        let text = |(text, language): (&str, &str)| Translation {
            text: text.to_owned(),
            language: Some(language.to_owned()),
        };
        let words =
            [("5-бағыт айналып өтеді", "kk"), ("Маршрут 5: объезд", "ru"), ("Line 5: a detour", "en")];
        let of = |line: &str| EntitySelector { route_id: Some(line.into()), ..EntitySelector::default() };
        let alert = |line, words: Vec<Translation>| Alert {
            informed_entity: vec![of(line)],
            effect: Some(Effect::Detour as i32),
            header_text: Some(TranslatedString { translation: words }),
            ..Alert::default()
        };
        let entity = |alert| FeedEntity { alert: Some(Box::new(alert)), ..FeedEntity::default() };
        message(now_ms, vec![entity(alert("5", words.map(text).to_vec())), entity(alert("6", vec![]))])
    }

    fn where_is(&self, _vehicle: &str, _now_ms: i64) -> Option<Run> {
        None
    }
}

/// A bus that the timetable does not have.
fn relief() -> TripUpdate {
    let trip = TripDescriptor {
        trip_id: Some("relief".into()),
        route_id: Some("5".into()),
        start_date: Some("20260916".into()),
        schedule_relationship: Some(TripRelationship::New as i32),
        ..TripDescriptor::default()
    };
    let call = |(stop, minutes): (&str, i64)| {
        let event = StopTimeEvent {
            time: Some((NOON_MS + minutes * MINUTE) / 1_000),
            delay: None,
            uncertainty: None,
        };
        StopTimeUpdate { stop_id: Some(stop.into()), departure: Some(event), ..StopTimeUpdate::default() }
    };
    let stops = [("west", 20), ("east", 28)].map(call).to_vec();
    TripUpdate { trip, stop_time_update: stops, ..TripUpdate::default() }
}

fn message(now_ms: i64, entities: Vec<FeedEntity>) -> Vec<u8> {
    FeedMessage::full(now_ms as u64 / 1_000, entities).encode_to_vec()
}

#[test]
fn late_bus() {
    tell(module_path!(), |story| {
        let scene = Scene::open_with(story, None, |operator| operator.cities[0].live = Arc::new(OneBus));
        let aru = scene.passenger("+77771234567");
        let jol = &aru.jol;
        let stop = |id: &str| Endpoint::Stop { id: id.to_owned() };
        let query = PlanQuery::new(stop("west"), stop("east"), When::DepartAt { ms: NOON_MS });
        let journey = jol.plan(&query).expect("a plan").journeys[0].clone();
        assert_eq!(journey.departure_ms, NOON_MS, "the bus of 14:00");

        let at_first = jol.live_journey(&journey).expect("followed");
        assert_eq!(at_first.legs[0].times, LegTimes::Timetable, "nothing is known yet");
        assert!(matches!(
            journey.legs[0],
            Leg::Ride(RideLeg { live: false, timetable_departure_ms: None, .. })
        ));
        aru.settle();
        scene.pass_ms(MINUTE / 2);
        jol.live_journey(&journey).expect("asked");
        aru.settle();
        let late = jol.live_journey(&journey).expect("followed");
        assert_eq!((late.departure_ms, late.works), (NOON_MS + 4 * MINUTE, true));
        assert!(matches!(late.legs[0].times, LegTimes::Live { age_s: 0 }), "{late:?}");
        aru.note("reads that the bus is four minutes late");
        let planned = jol.plan(&query).expect("a plan").journeys[0].clone();
        let Leg::Ride(RideLeg { departure_ms, timetable_departure_ms, live: true, .. }) = planned.legs[0]
        else {
            panic!("{planned:?}")
        };
        assert_eq!((departure_ms, timetable_departure_ms), (NOON_MS + 4 * MINUTE, Some(NOON_MS)));
        assert_eq!(jol.live_journey(&planned).expect("followed").legs[0].times, late.legs[0].times);

        scene.pass_ms(3 * MINUTE / 2);
        jol.live_journey(&journey).expect("asked");
        aru.settle();
        let cancelled = jol.live_journey(&journey).expect("followed");
        assert_eq!((cancelled.legs[0].trouble, cancelled.works), (Some(LegTrouble::Cancelled), false));
        let instead = jol.plan_instead(&query, &journey, 0).expect("another way");
        let Leg::Ride(RideLeg { departure_ms, .. }) = &instead.journeys[0].legs[0] else {
            panic!("{instead:?}")
        };
        assert_eq!(*departure_ms, NOON_MS + 20 * MINUTE, "an extra bus");
        assert_eq!(jol.plan(&query).expect("a plan").journeys[0], instead.journeys[0]);
        let relief = jol.live_journey(&instead.journeys[0]).expect("followed");
        assert!(relief.works && matches!(relief.legs[0].times, LegTimes::Live { .. }), "{relief:?}");
        let followed = jol.live_journey(&planned).expect("followed");
        assert_eq!(followed.legs[0].trouble, Some(LegTrouble::Cancelled), "planned while it was late");
        let board = jol.board("west", 3).expect("a board");
        assert_eq!((board.notices.len(), board.old_text), (1, None));
        let rows: Vec<_> =
            board.rows.iter().map(|row| (row.trip.as_str(), row.expected_ms, row.kind)).collect();
        assert_eq!(rows[0], ("out", NOON_MS, BoardKind::NoLongerComing));
        assert_eq!(rows[2], ("out", NOON_MS + 40 * MINUTE, BoardKind::Timetable), "only that run");
        assert_eq!(rows[1], ("relief", NOON_MS + 20 * MINUTE, BoardKind::Live { age_s: 0 }));
        assert!(jol.plan_instead(&query, &journey, 7).is_err(), "there is no such leg");
        aru.note("reads that it is cancelled, and which one is next");

        // Her lines, in her language; not the other's.
        assert_eq!(jol.notices(&NoticesOf::Mine).expect("notices"), [], "she keeps no line yet");
        jol.keep_line("5").expect("kept");
        for language in LANGUAGES {
            jol.set_language(language);
            let mine = jol.notices(&NoticesOf::Mine).expect("notices");
            assert_eq!((mine.len(), mine[0].effect, mine[0].holds), (1, Effect::Detour, true), "{mine:?}");
            assert_eq!(mine[0].title.contains("detour"), language == Language::En, "{mine:?}");
            assert_eq!(jol.notices(&NoticesOf::Stop { id: "west".into() }).expect("notices"), mine);
            assert_eq!(jol.notices(&NoticesOf::Line { line_id: "5".into() }).expect("notices"), mine);
            assert_eq!(jol.live_journey(&journey).expect("followed").legs[0].notices, mine);
        }
        assert_eq!(jol.notices(&NoticesOf::All).expect("notices").len(), 2);

        // What the ride costs, however it is paid, is what the button says.
        let prices = jol.journey_prices(&journey, Category::Standard).expect("prices");
        let of = |way| prices.iter().find(|price| price.way == way).map(|price| price.sum);
        assert_eq!(of(Way::App), Some(Some(aru.quote("0547").fare)));
        assert!(of(Way::Cash).flatten().is_some_and(|cash| cash > Money::ZERO), "{prices:?}");
        let balance = prices.iter().find(|price| price.way == Way::App).and_then(|price| price.enough);
        aru.note(format!("has enough on the phone: {balance:?}"));

        // A pass of the line frees it; not in cash, where nobody knows of it.
        let is_pass = |offer: &Offer| matches!(&offer.item, PurchaseItem::Pass { pass } if pass == "week-5");
        let week = jol.offers().expect("the offers").into_iter().find(is_pass).expect("a pass of line 5");
        jol.buy(&week, Source::PhoneBalance).expect("asked");
        aru.settle();
        let freed = jol.journey_prices(&journey, Category::Standard).expect("prices");
        let of = |way| freed.iter().find(|price| price.way == way).and_then(|price| price.sum);
        assert_eq!((of(Way::App), of(Way::Sms)), (Some(Money::ZERO), Some(Money::ZERO)));
        assert_eq!(freed.last(), prices.last(), "cash comes last");

        // Nobody was heard of for an hour: predictions and notices without an end are not told any more.
        scene.stop();
        scene.pass_ms(61 * MINUTE);
        assert_eq!(jol.notices(&NoticesOf::All).expect("notices"), []);
        let board = jol.board("west", 3).expect("a board");
        assert_eq!((board.stop.as_str(), board.notices.len()), ("West", 0));
        let old = "The live data is 1 h old: times are the timetable’s.";
        assert_eq!(board.old_text.as_deref(), Some(old));
        let told = jol.live_journey(&journey).expect("followed");
        assert_eq!(told.legs[0].trouble, Some(LegTrouble::Cancelled), "a cancellation outlives them");
    });
}
