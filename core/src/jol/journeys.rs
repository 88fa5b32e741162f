use super::{Jol, JolError};
use crate::city::City;
use crate::city::overlay::Overlay;
use crate::city::streets::PlaceKind;
use crate::city::timetable::Timetable;
use crate::follow::{AtStop, StopBoard, by_places, leaving_around, overlay};
use crate::geo::Point;
use crate::plan::{self, Plan, PlanError, PlanQuery, Scratch, Zones, plan_with};
use crate::realtime::TripUpdates;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

/// How often the delays are fetched while journeys are planned, in ms.
const PLAN_EVERY_MS: i64 = 30_000;
/// How often the delays are fetched while a board is looked at, in ms.
const BOARD_EVERY_MS: i64 = 15_000;

/// A place that a search found: from here to there is planned with its stop or its point.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundPlace {
    /// What kind of thing it is.
    pub kind: PlaceKind,
    /// The name as a passenger reads it.
    pub name: String,
    /// Where it is.
    pub point: Point,
    /// The stop's id, if it is one.
    pub stop: Option<String>,
}

/// What is kept from one question to the next about the same pack, which it holds: a scratch knows its
/// pack by where it lies in memory.
pub(super) struct Planner {
    pack: Arc<City>,
    scratch: Scratch,
    laid: Laid,
}

/// What was laid over the timetable last: which message, in which minute, as predictions get too old.
#[derive(Default)]
struct Laid {
    updates: Arc<TripUpdates>,
    minute: i64,
    overlay: Option<Overlay>,
}

impl Laid {
    fn over(
        &mut self,
        timetable: &Timetable<'_>,
        zones: &Zones,
        updates: Arc<TripUpdates>,
        now_ms: i64,
    ) -> &Overlay {
        let minute = now_ms.div_euclid(60_000);
        if self.minute != minute || !Arc::ptr_eq(&self.updates, &updates) {
            self.overlay = None;
        }
        (self.updates, self.minute) = (updates, minute);
        self.overlay.get_or_insert_with(|| overlay(timetable, zones, &self.updates, now_ms))
    }
}

impl Planner {
    fn of(pack: Arc<City>) -> Planner {
        Planner { pack, scratch: Scratch::default(), laid: Laid::default() }
    }
}

/// A pack's time zones, found once.
pub(super) struct ZonesOf {
    pack: Arc<City>,
    zones: Arc<Zones>,
}

impl Jol {
    /// Places whose names begin like what was typed: addresses, streets, stops, landmarks, points of
    /// sale; those near `near` first. Works without a network.
    pub fn places(&self, typed: &str, near: Option<Point>, limit: u32) -> Result<Vec<FoundPlace>, JolError> {
        let pack = self.pack()?;
        let timetable = pack.timetable();
        let found = pack.search_in(typed, self.language().code(), near, limit.min(100) as usize);
        Ok(found
            .into_iter()
            .map(|place| FoundPlace {
                stop: place
                    .stop
                    .and_then(|stop| timetable.stop(stop))
                    .map(|stop| timetable.text(stop.id).to_owned()),
                kind: place.kind,
                name: place.name,
                point: place.point,
            })
            .collect())
    }

    /// Journeys from one place to another, with transfers, without a network, told in the passenger's
    /// language. What the operator last said of runs (late, cancelled, extra) counts as far as it is known
    /// and not too old; where the question is about the next hours it is asked for anew, at most every 30 s,
    /// for the next time. May take tens of ms; the second question about a day is answered sooner. What the
    /// operator says about the lines and stops tells [`live_journey`](Self::live_journey).
    pub fn plan(&self, query: &PlanQuery) -> Result<Plan, JolError> {
        let (pack, language) = (self.pack()?, self.language());
        let (updates, now_ms) = self
            .shared
            .look(|records, view| Ok((view.live.updates(), self.shared.best_time_ms(records)?)))?;
        if query.when.is_near(now_ms) {
            self.ask_live(PLAN_EVERY_MS)?;
        }
        let zones = &*self.zones(&pack)?;
        let mut planner = self.planner.lock().unwrap_or_else(PoisonError::into_inner);
        let planner = match planner.take() {
            Some(known) if Arc::ptr_eq(&known.pack, &pack) => planner.insert(known),
            _ => planner.insert(Planner::of(pack)),
        };
        let Planner { pack, scratch, laid } = planner;
        let timetable = pack.timetable().speaking(language);
        let timetable = timetable.with(laid.over(&timetable, zones, updates, now_ms));
        plan_with(scratch, &timetable, &pack.streets(), zones, query).map_err(|error| match error {
            PlanError::UnknownStop { id } => JolError::NotFound { what: id },
            PlanError::NotOnEarth | PlanError::NoSuchTime => JolError::bad("place"),
            PlanError::UnknownTimeZone { name } => JolError::Internal { what: name },
        })
    }

    /// What comes to a stop in the next two hours, so many rows at most: live, by the timetable, or no longer
    /// coming, in the passenger's words; and what the operator says of the stop. Asks for the delays anew, at
    /// most every 15 s; what is not here yet shows by its timetable. Ask again every few seconds while it is
    /// looked at, since ages grow.
    pub fn board(&self, stop: &str, limit: u32) -> Result<StopBoard, JolError> {
        let (pack, language) = (self.pack()?, self.language());
        let timetable = pack.timetable().speaking(language);
        let zones = self.zones(&pack)?;
        let stop = plan::find_stop(&timetable, stop).ok_or_else(|| JolError::not_found(stop))?;
        let now_ms = self.shared.look(|records, _| Ok(self.shared.best_time_ms(records)?))?;
        let updates = self.shared.look(|_, view| Ok(view.live.updates()))?;
        let scheduled = leaving_around(&timetable, &zones, &updates, stop, now_ms);
        self.ask_live(BOARD_EVERY_MS)?;
        let trips = scheduled.iter().map(|departure| departure.trip.clone()).collect();
        self.look_where_they_are(&timetable, &zones, &trips, now_ms)?;
        let at = AtStop { timetable: &timetable, zones: &zones, stop, language, now_ms };
        self.shared.look(|_, view| Ok(at.board(&scheduled, view.live, limit as usize)))
    }

    /// Of these trips' runs of which the operator says nothing, the places of their buses tell.
    pub(super) fn look_where_they_are(
        &self,
        timetable: &Timetable<'_>,
        zones: &Zones,
        trips: &BTreeSet<String>,
        now_ms: i64,
    ) -> Result<(), JolError> {
        let buses = self.shared.look(|_, view| Ok(view.live.unpredicted(trips, now_ms)))?;
        self.shared.lock().live.take_by_place(by_places(timetable, zones, &buses));
        Ok(())
    }

    /// The time zones of this pack's lines.
    pub(super) fn zones(&self, pack: &Arc<City>) -> Result<Arc<Zones>, JolError> {
        let mut known = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| Arc::ptr_eq(&known.pack, pack)) {
            return Ok(known.zones.clone());
        }
        let zones = Zones::of(&pack.timetable()).map_err(|_| JolError::internal("the city's time zone"))?;
        let zones = Arc::new(zones);
        *known = Some(ZonesOf { pack: pack.clone(), zones: zones.clone() });
        Ok(zones)
    }
}
