//! What is kept, in the wallet's file: one sealed cell a row.

use super::{KeptLine, KeptPlace, KeptTrip, MOST_RECENT, PlaceRole, RecentPlace, RecentTrip};
use crate::entropy::{Entropy, random};
use crate::order;
use crate::plan::{Endpoint, Journey, PlanQuery};
use crate::store::{Records, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a row holds; its word stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Place,
    Line,
    Trip,
    Journey,
    RecentPlace,
    RecentTrip,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Place => "place",
            Kind::Line => "line",
            Kind::Trip => "trip",
            Kind::Journey => "journey",
            Kind::RecentPlace => "recent_place",
            Kind::RecentTrip => "recent_trip",
        }
    }
}

/// In which city and when something is kept.
pub(crate) struct Keeping<'a> {
    pub(crate) city: &'a str,
    pub(crate) now_ms: i64,
    pub(crate) entropy: &'a dyn Entropy,
}

#[derive(Serialize, Deserialize)]
struct Place {
    role: PlaceRole,
    name: String,
    at: Endpoint,
}

#[derive(Serialize, Deserialize)]
struct Line {
    line_id: String,
    line: String,
}

#[derive(Serialize, Deserialize)]
struct Trip {
    name: String,
    query: PlanQuery,
}

#[derive(Serialize, Deserialize)]
struct LookedFor {
    query: PlanQuery,
    from_name: String,
    to_name: String,
}

/// A saved journey without what the timetable says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saved {
    pub(crate) query: PlanQuery,
    pub(crate) journey: Journey,
    pub(crate) planned_ms: i64,
    pub(crate) refresh_failed_ms: Option<i64>,
}

/// A row that could be read.
pub(crate) struct Row<T> {
    pub(crate) id: String,
    pub(crate) city: String,
    pub(crate) at_ms: i64,
    pub(crate) what: T,
}

/// Keeps a place; a home takes the place of the home before, and so does a work. Answers its id.
pub(crate) fn keep_place(
    records: &Records<'_>,
    keeping: &Keeping<'_>,
    role: PlaceRole,
    name: String,
    at: Endpoint,
) -> Result<String, StoreError> {
    for known in places(records, keeping.city)? {
        let replaced = known.role == role && role != PlaceRole::Named;
        let same = known.role == role && known.at == at && known.name == name;
        if replaced || same {
            forget(records, &known.id)?;
        }
    }
    put(records, keeping, Kind::Place, &Place { role, name, at })
}

/// The places of a city: home, work, then the others, newest first.
pub(crate) fn places(records: &Records<'_>, city: &str) -> Result<Vec<KeptPlace>, StoreError> {
    let mut places: Vec<KeptPlace> = rows::<Place>(records, Kind::Place, Some(city))?
        .into_iter()
        .map(|Row { id, what: Place { role, name, at }, .. }| KeptPlace { id, role, name, at })
        .collect();
    order::sort_by_key(&mut places, |place| place.role);
    Ok(places)
}

/// Keeps a line, once. Answers its id.
pub(crate) fn keep_line(
    records: &Records<'_>,
    keeping: &Keeping<'_>,
    line_id: &str,
    line: &str,
) -> Result<String, StoreError> {
    if let Some(known) = lines(records, keeping.city)?.into_iter().find(|known| known.line_id == line_id) {
        return Ok(known.id);
    }
    put(records, keeping, Kind::Line, &Line { line_id: line_id.to_owned(), line: line.to_owned() })
}

/// The lines of a city, newest first.
pub(crate) fn lines(records: &Records<'_>, city: &str) -> Result<Vec<KeptLine>, StoreError> {
    let lines = rows::<Line>(records, Kind::Line, Some(city))?.into_iter();
    Ok(lines.map(|Row { id, what: Line { line_id, line }, .. }| KeptLine { id, line_id, line }).collect())
}

/// Keeps a trip. Answers its id.
pub(crate) fn keep_trip(
    records: &Records<'_>,
    keeping: &Keeping<'_>,
    name: String,
    query: &PlanQuery,
) -> Result<String, StoreError> {
    put(records, keeping, Kind::Trip, &Trip { name, query: query.clone() })
}

/// The trips of a city, newest first.
pub(crate) fn trips(records: &Records<'_>, city: &str) -> Result<Vec<KeptTrip>, StoreError> {
    let trips = rows::<Trip>(records, Kind::Trip, Some(city))?.into_iter();
    Ok(trips.map(|Row { id, what: Trip { name, query }, .. }| KeptTrip { id, name, query }).collect())
}

/// A place was looked for: it comes first, and what is too old goes.
pub(crate) fn looked_for_place(
    records: &Records<'_>,
    keeping: &Keeping<'_>,
    name: String,
    at: &Endpoint,
) -> Result<(), StoreError> {
    let same = |known: &Place| known.at == *at;
    make_room(records, keeping, Kind::RecentPlace, same)?;
    let place = Place { role: PlaceRole::Named, name, at: at.clone() };
    put(records, keeping, Kind::RecentPlace, &place).map(|_| ())
}

/// A trip was looked for: it comes first, and what is too old goes.
pub(crate) fn looked_for_trip(
    records: &Records<'_>,
    keeping: &Keeping<'_>,
    query: &PlanQuery,
    from_name: String,
    to_name: String,
) -> Result<(), StoreError> {
    let same = |known: &LookedFor| (&known.query.from, &known.query.to) == (&query.from, &query.to);
    make_room(records, keeping, Kind::RecentTrip, same)?;
    let trip = LookedFor { query: query.clone(), from_name, to_name };
    put(records, keeping, Kind::RecentTrip, &trip).map(|_| ())
}

/// The places that were looked for in a city, newest first.
pub(crate) fn recent_places(records: &Records<'_>, city: &str) -> Result<Vec<RecentPlace>, StoreError> {
    let places = rows::<Place>(records, Kind::RecentPlace, Some(city))?.into_iter();
    Ok(places
        .map(|Row { at_ms, what: Place { name, at, .. }, .. }| RecentPlace { name, at, at_ms })
        .collect())
}

/// The trips that were looked for in a city, newest first.
pub(crate) fn recent_trips(records: &Records<'_>, city: &str) -> Result<Vec<RecentTrip>, StoreError> {
    let trips = rows::<LookedFor>(records, Kind::RecentTrip, Some(city))?.into_iter();
    Ok(trips
        .map(|Row { at_ms, what: LookedFor { query, from_name, to_name }, .. }| RecentTrip {
            query,
            from_name,
            to_name,
            at_ms,
        })
        .collect())
}

/// Forgets what was looked for, in every city.
pub(crate) fn forget_recents(records: &Records<'_>) -> Result<(), StoreError> {
    let kinds = (Kind::RecentPlace.word(), Kind::RecentTrip.word());
    records.run("DELETE FROM kept WHERE kind IN (?1, ?2)", kinds)?;
    Ok(())
}

/// Forgets all that is kept, in every city.
pub(crate) fn forget_all(records: &Records<'_>) -> Result<(), StoreError> {
    records.run("DELETE FROM kept", [])?;
    Ok(())
}

/// Forgets one thing; false if there is no such thing.
pub(crate) fn forget(records: &Records<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(records.run("DELETE FROM kept WHERE id = ?1", [id])? > 0)
}

/// Saves a journey. Answers its id; the same journey is saved once.
pub(crate) fn save_journey(
    records: &Records<'_>,
    keeping: &Keeping<'_>,
    saved: &Saved,
) -> Result<String, StoreError> {
    for known in journeys(records)? {
        if known.city == keeping.city && known.what.journey == saved.journey {
            forget(records, &known.id)?;
        }
    }
    put(records, keeping, Kind::Journey, saved)
}

/// The saved journeys of all cities, newest first.
pub(crate) fn journeys(records: &Records<'_>) -> Result<Vec<Row<Saved>>, StoreError> {
    rows(records, Kind::Journey, None)
}

/// Writes a saved journey anew, in its place; nothing if it was forgotten meanwhile.
pub(crate) fn update_journey(
    records: &Records<'_>,
    id: &str,
    saved: &Saved,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let cell = records.seal().seal("kept", id, &serde_json::to_vec(saved)?, random(entropy));
    records.run("UPDATE kept SET what = ?2 WHERE id = ?1", (id, cell))?;
    Ok(())
}

fn put<T: Serialize>(
    records: &Records<'_>,
    keeping: &Keeping<'_>,
    kind: Kind,
    what: &T,
) -> Result<String, StoreError> {
    let id: String = random::<16>(keeping.entropy).iter().map(|byte| format!("{byte:02x}")).collect();
    let cell = records.seal().seal("kept", &id, &serde_json::to_vec(what)?, random(keeping.entropy));
    records.run(
        "INSERT INTO kept (id, city, kind, at_ms, what) VALUES (?1, ?2, ?3, ?4, ?5)",
        (&id, keeping.city, kind.word(), keeping.now_ms, cell),
    )?;
    Ok(id)
}

/// Rows of a kind, newest first. One that cannot be read, or was sealed under a lost key, is left out.
fn rows<T: DeserializeOwned>(
    records: &Records<'_>,
    kind: Kind,
    city: Option<&str>,
) -> Result<Vec<Row<T>>, StoreError> {
    let mut statement = records.sql().prepare_cached(
        "SELECT id, city, at_ms, what FROM kept WHERE kind = ?1 AND city = coalesce(?2, city)
         ORDER BY rowid DESC",
    )?;
    let mut found = statement.query((kind.word(), city))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        match read_row(records, row) {
            Ok(row) => rows.push(row),
            Err(error) => eprintln!("jol: a kept {} cannot be read: {error}", kind.word()),
        }
    }
    Ok(rows)
}

fn read_row<T: DeserializeOwned>(
    records: &Records<'_>,
    row: &rusqlite::Row<'_>,
) -> Result<Row<T>, StoreError> {
    let id: String = row.get(0)?;
    let cell: Vec<u8> = row.get(3)?;
    let plain = records.seal().open("kept", &id, &cell);
    let plain = plain.ok_or_else(|| StoreError::Internal("sealed under another key".to_owned()))?;
    let what = serde_json::from_slice(&plain)?;
    Ok(Row { city: row.get(1)?, at_ms: row.get(2)?, what, id })
}

/// Takes the same thing out, and the oldest ones, so that one more is not too many.
fn make_room<T: DeserializeOwned>(
    records: &Records<'_>,
    keeping: &Keeping<'_>,
    kind: Kind,
    same: impl Fn(&T) -> bool,
) -> Result<(), StoreError> {
    for row in rows::<T>(records, kind, Some(keeping.city))?.iter().filter(|row| same(&row.what)) {
        forget(records, &row.id)?;
    }
    records.run(
        "DELETE FROM kept WHERE kind = ?1 AND city = ?2 AND rowid NOT IN
         (SELECT rowid FROM kept WHERE kind = ?1 AND city = ?2 ORDER BY rowid DESC LIMIT ?3)",
        (kind.word(), keeping.city, MOST_RECENT as i64 - 1),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::plan::When;
    use crate::store::Store;

    fn stop(id: &str) -> Endpoint {
        Endpoint::Stop { id: id.to_owned() }
    }

    fn wallet(folder: &tempfile::TempDir, key: u8) -> Store {
        Store::open(&folder.path().join("wallet.db"), &[key; 32]).expect("a wallet")
    }

    fn change<T>(store: &mut Store, what: impl FnOnce(&Records<'_>) -> Result<T, StoreError>) -> T {
        store.change(what).expect("the store works")
    }

    fn at(now_ms: i64, chance: &SeededEntropy) -> Keeping<'_> {
        Keeping { city: "atyrau", now_ms, entropy: chance }
    }

    #[test]
    fn what_is_looked_for_is_bounded_newest_first_and_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut store, chance) = (wallet(&folder, 1), SeededEntropy::new(5));
        change(&mut store, |records| {
            for nth in 0..30 {
                let name = format!("place {nth}");
                looked_for_place(records, &at(nth, &chance), name.clone(), &stop(&name))?;
                let query = PlanQuery::new(stop(&name), stop("work"), When::DepartAt { ms: nth });
                looked_for_trip(records, &at(nth, &chance), &query, name, "work".into())?;
            }
            looked_for_place(records, &at(99, &chance), "place 20".into(), &stop("place 20"))?;
            let places = recent_places(records, "atyrau")?;
            assert_eq!(places.len(), MOST_RECENT);
            assert_eq!((places[0].name.as_str(), places[0].at_ms), ("place 20", 99));
            assert_eq!(places[1].name, "place 29");
            assert_eq!(places.iter().filter(|place| place.name == "place 20").count(), 1);
            let trips = recent_trips(records, "atyrau")?;
            assert_eq!((trips.len(), trips[0].from_name.as_str()), (MOST_RECENT, "place 29"));
            assert_eq!(recent_places(records, "almaty")?, []);
            let kept = keep_trip(records, &at(1, &chance), "to work".into(), &trips[0].query)?;
            forget_recents(records)?;
            assert_eq!(
                (recent_places(records, "atyrau")?, recent_trips(records, "atyrau")?),
                (vec![], vec![])
            );
            assert_eq!(trips_ids(records), [kept], "what is kept is no recent thing");
            Ok(())
        });
    }

    fn trips_ids(records: &Records<'_>) -> Vec<String> {
        trips(records, "atyrau").expect("read").into_iter().map(|trip| trip.id).collect()
    }

    #[test]
    fn there_is_one_home_one_work_and_any_number_of_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut store, chance) = (wallet(&folder, 1), SeededEntropy::new(5));
        change(&mut store, |records| {
            let keep =
                |role, name: &str| keep_place(records, &at(1, &chance), role, name.to_owned(), stop(name));
            keep(PlaceRole::Named, "school")?;
            keep(PlaceRole::Work, "office")?;
            keep(PlaceRole::Home, "old home")?;
            keep(PlaceRole::Named, "granny")?;
            keep(PlaceRole::Home, "new home")?;
            keep(PlaceRole::Named, "school")?;
            let names: Vec<String> = places(records, "atyrau")?.into_iter().map(|place| place.name).collect();
            assert_eq!(names, ["new home", "office", "school", "granny"]);
            assert_eq!(places(records, "almaty")?, []);
            let line = keep_line(records, &at(1, &chance), "r14", "14")?;
            assert_eq!(keep_line(records, &at(2, &chance), "r14", "14")?, line);
            assert_eq!(lines(records, "atyrau")?.len(), 1);
            assert!(forget(records, &line)? && !forget(records, &line)?);
            forget_all(records)?;
            assert_eq!(places(records, "atyrau")?, []);
            Ok(())
        });
    }

    #[test]
    fn names_and_addresses_are_sealed_and_a_damaged_one_hides_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut store, chance) = (wallet(&folder, 1), SeededEntropy::new(5));
        change(&mut store, |records| {
            for name in ["Abay 17", "Satpaev 30"] {
                let role = PlaceRole::Named;
                keep_place(records, &at(1, &chance), role, name.to_owned(), stop("s"))?;
            }
            Ok(())
        });
        drop(store);
        let files = ["wallet.db", "wallet.db-wal"].map(|name| std::fs::read(folder.path().join(name)));
        let bytes: Vec<u8> = files.into_iter().filter_map(Result::ok).flatten().collect();
        assert!(!bytes.windows(4).any(|text| text == b"Abay"), "an address lies in the file unsealed");
        assert_eq!(change(&mut wallet(&folder, 2), |records| places(records, "atyrau")), [], "a lost key");
        change(&mut wallet(&folder, 1), |records| {
            records.run("UPDATE kept SET what = x'00' WHERE rowid = 1", [])?;
            let names: Vec<String> = places(records, "atyrau")?.into_iter().map(|place| place.name).collect();
            assert_eq!(names, ["Satpaev 30"]);
            Ok(())
        });
    }
}
