//! An errand worth a ride: from where to where, and when, in a city that nobody described.

use crate::world::dice::Dice;
use jol_core::city::City;
use jol_core::city::streets::PlaceKind;
use jol_core::city::timetable::Timetable;
use jol_core::geo::Point;
use jol_core::plan::{Endpoint, Journey, Leg, PlanQuery, When, Zones, day_start_s, plan};

/// How many pairs of places are tried before one is taken that needs no transfer.
const TRIES: usize = 400;
/// Errands go at half past eight in the morning, in seconds of the service day.
const MORNING_S: i64 = 8 * 3_600 + 1_800;

/// From where to where, and when.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    /// What the passenger types.
    pub(super) from: String,
    /// What the passenger types.
    pub(super) to: String,
    /// What kind of places these are.
    pub(super) kinds: (PlaceKind, PlaceKind),
    /// When the passenger looks for a journey, ms since 1970.
    pub(super) at_ms: i64,
}

/// Half past eight on the day on which most trips run, about the middle of the timetable; where next
/// to nothing runs then, the moment by which a third of the day's trips have left.
pub(super) fn morning_ms(city: &City, zones: &Zones) -> Option<i64> {
    let timetable = city.timetable();
    let (first, last) = city.days();
    let middle = first + (last - first) / 2;
    let starts = |day: i32| -> Vec<i64> {
        let mut starts: Vec<i64> = Vec::new();
        for pattern in timetable.patterns {
            for nth in 0..pattern.trip_count {
                let trip = timetable.trips.get(pattern.first_trip.at() + nth as usize);
                let runs = trip.is_some_and(|trip| timetable.runs(trip.service, day));
                starts.extend(
                    timetable
                        .times_of(pattern, nth)
                        .first()
                        .filter(|_| runs)
                        .map(|t| i64::from(t.departure_s)),
                );
            }
        }
        starts.sort_unstable();
        starts
    };
    let around = (0..=(last - first) / 2 + 1).take(7).flat_map(|off| [middle + off, middle - off]);
    let days = around.filter(|day| (first..=last).contains(day)).map(|day| (day, starts(day)));
    let (day, starts) = days.max_by_key(|(_, starts)| starts.len())?;
    let soon = starts.iter().filter(|start| (MORNING_S..MORNING_S + 3_600).contains(start)).count();
    let seconds = if soon * 20 >= starts.len() { MORNING_S } else { *starts.get(starts.len() / 3)? };
    Some((day_start_s(&zones.of_city(), day)? + seconds) * 1_000)
}

/// Finds two places that a journey with a transfer lies between: addresses if the city has them, else
/// streets, else stops; the first pair by chance that has one.
pub(super) fn find(city: &City, zones: &Zones, seed: u64) -> Option<Errand> {
    let at_ms = morning_ms(city, zones)?;
    let timetable = city.timetable();
    let mut dice = Dice::new(seed, "errand");
    let kinds =
        [PlaceKind::Address, PlaceKind::Street, PlaceKind::Stop].map(|kind| (kind, named(city, kind)));
    let mut second_best = None;
    for nth in 0..TRIES {
        // Few house numbers are no reason to stay at home: streets and stops take their turn.
        let pick = |dice: &mut Dice, turn: usize| {
            let usable: Vec<_> = kinds.iter().filter(|(_, places)| !places.is_empty()).collect();
            let (kind, places) = usable.get(turn.min(usable.len().checked_sub(1)?))?;
            Some((*kind, dice.pick(places).clone()))
        };
        let (from, to) = (pick(&mut dice, nth / 100)?, pick(&mut dice, nth / 50 % 3)?);
        let metres = from.1.1.metres_to(to.1.1);
        if !(1_500.0..20_000.0).contains(&metres) {
            continue;
        }
        let Some(journey) = best(city, &timetable, zones, &from.1, &to.1, at_ms) else { continue };
        let errand = Errand { from: from.1.0, to: to.1.0, kinds: (from.0, to.0), at_ms };
        if journey.rides >= 2 {
            return Some(errand);
        }
        second_best.get_or_insert(errand);
    }
    second_best
}

fn named(city: &City, kind: PlaceKind) -> Vec<(String, Point)> {
    let timetable = city.timetable();
    let of_kind = city.places().places.iter().filter(|place| place.kind() == Some(kind));
    of_kind
        .map(|place| {
            let (name, house) = (timetable.text(place.name), timetable.text(place.house));
            let name = if house.is_empty() { name.to_owned() } else { format!("{name}, {house}") };
            (name, place.point())
        })
        // The passenger types the name, so the search must find it.
        .collect()
}

fn best(
    city: &City,
    timetable: &Timetable<'_>,
    zones: &Zones,
    from: &(String, Point),
    to: &(String, Point),
    at_ms: i64,
) -> Option<Journey> {
    let typed = |text: &str| city.search(text, None, 1).into_iter().next();
    let end = |text: &str| typed(text).map(|place| Endpoint::Point { point: place.point, name: place.name });
    let query = PlanQuery::new(end(&from.0)?, end(&to.0)?, When::DepartAt { ms: at_ms });
    let plan = plan(timetable, &city.streets(), zones, &query).ok()?;
    pick_journey(&plan.journeys, at_ms)
}

/// The journey that the passenger takes: the first with a transfer, within three hours.
pub(super) fn pick_journey(journeys: &[Journey], at_ms: i64) -> Option<Journey> {
    let soon = |journey: &&Journey| {
        journey.departure_ms >= at_ms
            && journey.arrival_ms < at_ms + 3 * 3_600_000
            && journey.legs.iter().any(|leg| matches!(leg, Leg::Ride(_)))
    };
    let rides: Vec<&Journey> = journeys.iter().filter(soon).collect();
    rides.iter().find(|journey| journey.rides >= 2).or(rides.first()).map(|journey| (*journey).clone())
}
