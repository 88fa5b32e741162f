use super::{Jol, JolError};
use crate::geo::Point;
use crate::plan::{
    Departure, Direction, Journey, Line, Plan, PlanNote, PlanQuery, StopAt, departures, directions,
    find_stop, journey_shape, lines, lines_at, moment_text, stop_at,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How far one walks to a stop nearby, in metres.
const NEAR_METRES: f64 = 1_500.0;
/// A day, in ms.
const DAY_MS: i64 = 24 * 3_600_000;

/// A stop near the passenger.
#[derive(Clone, Debug, PartialEq)]
pub struct NearStop {
    /// The stop.
    pub stop: StopAt,
    /// How far it is, straight, in metres.
    pub metres: u32,
    /// The numbers of the lines that halt there.
    pub lines: Vec<String>,
}

/// The next page of a plan, and the city's lines and stops to leaf through. All of it works without a network.
impl Jol {
    /// Journeys that set out after those of a plan, in answer to the same question. None, and its note says so,
    /// where nobody rides in that plan.
    pub fn plan_later(&self, query: &PlanQuery, plan: &Plan) -> Result<Plan, JolError> {
        self.page(query.later(plan))
    }

    /// Journeys that set out before those of a plan, likewise.
    pub fn plan_earlier(&self, query: &PlanQuery, plan: &Plan) -> Result<Plan, JolError> {
        self.page(query.earlier(plan))
    }

    /// What else there is when ride number `ride` of a journey, counted from 0 without those in which one stays
    /// seated, has just left without the passenger.
    pub fn plan_after_missing(
        &self,
        query: &PlanQuery,
        journey: &Journey,
        ride: u32,
    ) -> Result<Plan, JolError> {
        let nth = usize::try_from(ride).unwrap_or(usize::MAX);
        let question = query.after_missing(journey, nth).ok_or_else(|| JolError::not_found("ride"))?;
        self.plan(&question)
    }

    fn page(&self, question: Option<PlanQuery>) -> Result<Plan, JolError> {
        let nothing = || Plan { note: Some(PlanNote::NothingFound), ..Plan::default() };
        question.map_or_else(|| Ok(nothing()), |question| self.plan(&question))
    }

    /// What a plan's note says to the passenger, in their language, on the city's clocks.
    pub fn note_text(&self, note: PlanNote) -> Result<String, JolError> {
        let (language, zone) = (self.language(), self.zones(&self.pack()?)?.of_city());
        Ok(note.text(language, &zone, self.now_ms()?))
    }

    /// A moment as the passenger reads it, on the city's clocks, wherever the phone is: `05:30`,
    /// `tomorrow, 05:30`.
    pub fn moment_text(&self, ms: i64) -> Result<String, JolError> {
        let (language, zone) = (self.language(), self.zones(&self.pack()?)?.of_city());
        Ok(moment_text(ms, self.now_ms()?, &zone, language))
    }

    /// Where a journey leads on the map, leg by leg: along the streets and the ways that the feed draws,
    /// straight where neither is known. May take tens of ms.
    pub fn journey_shape(&self, journey: &Journey) -> Result<Vec<Vec<Point>>, JolError> {
        let pack = self.pack()?;
        let zones = self.zones(&pack)?;
        Ok(journey_shape(&pack.timetable(), &pack.streets(), &zones, journey))
    }

    /// The stops around a point that a vehicle serves, the nearest first, no farther than 1500 m.
    pub fn stops_near(&self, point: Point, limit: u32) -> Result<Vec<NearStop>, JolError> {
        let pack = self.pack()?;
        let timetable = pack.timetable().speaking(self.language());
        let point = Point::new(point.lat, point.lon).ok_or_else(|| JolError::bad("place"))?;
        let near = pack.stops_near(point, NEAR_METRES, limit.min(100) as usize).into_iter();
        let told = near.map(|(stop, metres)| NearStop {
            stop: stop_at(&timetable, stop),
            metres: metres.round() as u32,
            lines: lines_at(&timetable, stop),
        });
        Ok(told.collect())
    }

    /// The city's lines, in the order in which people count them.
    pub fn lines(&self) -> Result<Vec<Line>, JolError> {
        Ok(lines(&self.pack()?.timetable().speaking(self.language())))
    }

    /// The ways that a line goes, with their stops.
    pub fn line_directions(&self, line_id: &str) -> Result<Vec<Direction>, JolError> {
        let pack = self.pack()?;
        let timetable = pack.timetable().speaking(self.language());
        directions(&timetable, line_id).ok_or_else(|| JolError::not_found(line_id))
    }

    /// When a line leaves a stop by the timetable, on the calendar day that holds a moment.
    pub fn line_timetable(&self, line_id: &str, stop: &str, at_ms: i64) -> Result<Vec<Departure>, JolError> {
        let pack = self.pack()?;
        let timetable = pack.timetable().speaking(self.language());
        let zones = self.zones(&pack)?;
        let at = find_stop(&timetable, stop).ok_or_else(|| JolError::not_found(stop))?;
        let midnight_ms = midnight_ms(&zones.of_city(), at_ms).ok_or_else(|| JolError::bad("time"))?;
        let day = departures(&timetable, &zones, at, midnight_ms, midnight_ms + DAY_MS, usize::MAX);
        Ok(day.into_iter().filter(|row| row.line_id == line_id && !row.terminus).collect())
    }

    fn now_ms(&self) -> Result<i64, JolError> {
        self.shared.look(|records, _| Ok(self.shared.best_time_ms(records)?))
    }
}

/// When the calendar day began that holds a moment.
fn midnight_ms(zone: &TimeZone, at_ms: i64) -> Option<i64> {
    let moment = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(zone.clone());
    Some(moment.start_of_day().ok()?.timestamp().as_millisecond())
}
