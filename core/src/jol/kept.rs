use super::city::chosen;
use super::{Jol, JolError};
use crate::city::timetable::Timetable;
use crate::kept::rows::{self, Keeping, Row, Saved};
use crate::kept::{
    KeptLine, KeptPlace, KeptTrip, PlaceRole, RecentPlace, RecentTrip, SavedJourney, SavedStanding, same_way,
    short_name,
};
use crate::plan::{Endpoint, Journey, PlanQuery, When, find_stop};
use crate::store::Records;

impl Jol {
    /// Keeps a place of the chosen city and answers its id. A new home takes the old one's place, and so
    /// does a new work. Without a name it is called by its address or stop.
    pub fn keep_place(&self, role: PlaceRole, name: &str, at: &Endpoint) -> Result<String, JolError> {
        let known = self.name_of(at)?;
        let name = Some(short_name(name)).filter(|name| !name.is_empty()).unwrap_or(known);
        self.keep(|records, keeping| Ok(rows::keep_place(records, keeping, role, name, at.clone())?))
    }

    /// The places that are kept in the chosen city: home, work, then the others, newest first.
    pub fn kept_places(&self) -> Result<Vec<KeptPlace>, JolError> {
        self.shared.look(|records, _| Ok(rows::places(records, &chosen(records)?)?))
    }

    /// Keeps a line by its id in the timetable, and answers the id that it is forgotten by.
    pub fn keep_line(&self, line_id: &str) -> Result<String, JolError> {
        let pack = self.pack()?;
        let timetable = pack.timetable().speaking(self.language());
        let known = timetable.lines.iter().find(|line| timetable.text(line.id) == line_id);
        let known = known.ok_or_else(|| JolError::not_found("line"))?;
        let names = [timetable.text(known.short_name), timetable.name(known.long_name)];
        let line = names.into_iter().find(|name| !name.is_empty()).unwrap_or(line_id);
        self.keep(|records, keeping| Ok(rows::keep_line(records, keeping, line_id, line)?))
    }

    /// The lines that are kept in the chosen city, newest first.
    pub fn kept_lines(&self) -> Result<Vec<KeptLine>, JolError> {
        self.shared.look(|records, _| Ok(rows::lines(records, &chosen(records)?)?))
    }

    /// Keeps a whole trip, with the way in which the passenger likes it, and answers its id.
    pub fn keep_trip(&self, name: &str, query: &PlanQuery) -> Result<String, JolError> {
        let ends = format!("{} – {}", self.name_of(&query.from)?, self.name_of(&query.to)?);
        let name = Some(short_name(name)).filter(|name| !name.is_empty()).unwrap_or(ends);
        self.keep(|records, keeping| Ok(rows::keep_trip(records, keeping, name, query)?))
    }

    /// The trips that are kept in the chosen city, newest first.
    pub fn kept_trips(&self) -> Result<Vec<KeptTrip>, JolError> {
        self.shared.look(|records, _| Ok(rows::trips(records, &chosen(records)?)?))
    }

    /// Forgets a place, line, trip or saved journey by its id.
    pub fn forget_kept(&self, id: &str) -> Result<(), JolError> {
        self.act(|records, _| match rows::forget(records, id)? {
            true => Ok(()),
            false => Err(JolError::not_found("kept")),
        })
    }

    /// The passenger looked for this: the trip and both its ends are remembered, newest first.
    pub fn remember_search(&self, query: &PlanQuery) -> Result<(), JolError> {
        let (from, to) = (self.name_of(&query.from)?, self.name_of(&query.to)?);
        self.keep(|records, keeping| {
            rows::looked_for_trip(records, keeping, query, from.clone(), to.clone())?;
            rows::looked_for_place(records, keeping, from, &query.from)?;
            Ok(rows::looked_for_place(records, keeping, to, &query.to)?)
        })
    }

    /// The places that were looked for in the chosen city, newest first.
    pub fn recent_places(&self) -> Result<Vec<RecentPlace>, JolError> {
        self.shared.look(|records, _| Ok(rows::recent_places(records, &chosen(records)?)?))
    }

    /// The trips that were looked for in the chosen city, newest first.
    pub fn recent_trips(&self) -> Result<Vec<RecentTrip>, JolError> {
        self.shared.look(|records, _| Ok(rows::recent_trips(records, &chosen(records)?)?))
    }

    /// Forgets what was looked for, in every city.
    pub fn forget_recents(&self) -> Result<(), JolError> {
        self.act(|records, _| Ok(rows::forget_recents(records)?))
    }

    /// Forgets all that is kept, in every city: places, lines, trips, saved journeys, what was looked for.
    pub fn forget_all_kept(&self) -> Result<(), JolError> {
        self.act(|records, _| Ok(rows::forget_all(records)?))
    }

    /// Saves a journey that answered this question, and answers its id. It stays as it is until
    /// [`Jol::refresh_saved_journey`] finds a newer one of the same way.
    pub fn save_journey(&self, query: &PlanQuery, journey: &Journey) -> Result<String, JolError> {
        self.keep(|records, keeping| {
            let saved = Saved {
                query: query.clone(),
                journey: journey.clone(),
                planned_ms: keeping.now_ms,
                refresh_failed_ms: None,
            };
            Ok(rows::save_journey(records, keeping, &saved)?)
        })
    }

    /// The saved journeys of all cities, newest first: readable without a network, and without a city's
    /// file.
    pub fn saved_journeys(&self) -> Result<Vec<SavedJourney>, JolError> {
        self.shared.look(|records, view| {
            let open = view.city.as_ref().map(|open| (open.city.as_str(), days_of(&open.pack.timetable())));
            let told = |row: Row<Saved>| {
                let days = open.filter(|(city, _)| *city == row.city).and_then(|(_, days)| days);
                told(row, days)
            };
            Ok(rows::journeys(records)?.into_iter().map(told).collect())
        })
    }

    /// Plans a saved journey anew on the timetable that is here, and answers it. If nothing goes the same
    /// way any more, or nothing can be planned, it stays as it was and says when that was tried. May take
    /// tens of ms.
    pub fn refresh_saved_journey(&self, id: &str) -> Result<SavedJourney, JolError> {
        let row = self.shared.look(|records, _| saved_row(records, id))?;
        let at = When::DepartAt { ms: row.what.journey.departure_ms };
        let query = PlanQuery { when: at, ..row.what.query.clone() };
        let here = self.shared.look(|_, view| Ok(view.city.as_ref().map(|open| open.city.clone())))?;
        let plan = (here.as_ref() == Some(&row.city)).then(|| self.plan(&query).ok()).flatten();
        let found = plan.as_ref().and_then(|plan| same_way(&row.what.journey, plan)).cloned();
        self.act(|records, _| {
            let now_ms = self.shared.best_time_ms(records)?;
            let mut saved = saved_row(records, id)?.what;
            match found {
                Some(journey) => {
                    saved = Saved { journey, planned_ms: now_ms, refresh_failed_ms: None, ..saved };
                }
                None => saved.refresh_failed_ms = Some(now_ms),
            }
            Ok(rows::update_journey(records, id, &saved, &*self.shared.entropy)?)
        })?;
        let saved = self.saved_journeys()?.into_iter().find(|saved| saved.id == id);
        saved.ok_or_else(|| JolError::not_found("journey"))
    }

    fn keep<T>(
        &self,
        keep: impl FnOnce(&Records<'_>, &Keeping<'_>) -> Result<T, JolError>,
    ) -> Result<T, JolError> {
        self.act(|records, _| {
            let city = chosen(records)?;
            let now_ms = self.shared.best_time_ms(records)?;
            keep(records, &Keeping { city: &city, now_ms, entropy: &*self.shared.entropy })
        })
    }

    /// What a journey's end is called.
    fn name_of(&self, end: &Endpoint) -> Result<String, JolError> {
        match end {
            Endpoint::Point { name, .. } => Ok(name.clone()),
            Endpoint::Stop { id } => {
                let pack = self.pack()?;
                let timetable = pack.timetable().speaking(self.language());
                let stop = find_stop(&timetable, id).and_then(|stop| timetable.stop(stop));
                let stop = stop.ok_or_else(|| JolError::not_found(id))?;
                Ok(timetable.name(stop.name).to_owned())
            }
        }
    }
}

fn saved_row(records: &Records<'_>, id: &str) -> Result<Row<Saved>, JolError> {
    let row = rows::journeys(records)?.into_iter().find(|row| row.id == id);
    row.ok_or_else(|| JolError::not_found("journey"))
}

fn told(row: Row<Saved>, days: Option<(i32, i32)>) -> SavedJourney {
    let Saved { query, journey, planned_ms, refresh_failed_ms } = row.what;
    let standing = SavedStanding::of(&journey, days);
    SavedJourney { id: row.id, city: row.city, query, journey, planned_ms, refresh_failed_ms, standing }
}

/// The first and the last day of a timetable; none if it has none.
fn days_of(timetable: &Timetable<'_>) -> Option<(i32, i32)> {
    let last = i32::try_from(timetable.day_count.checked_sub(1)?).ok()?;
    Some((timetable.first_day, timetable.first_day.checked_add(last)?))
}
