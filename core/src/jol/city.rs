use super::{Jol, JolError, Shared, View};
use crate::city::City;
use crate::city::fares::{CityRules, Vehicle};
use crate::operator::outbox::{self, Operation};
use crate::operator::wire::{Cities, CitySummary, Vehicles};
use crate::operator::{Refusal, documents};
use crate::plan::moment_text;
use crate::store::{Records, StoreError};
use crate::text::{Language, Words};
use crate::ticket::PackSeal;
use jiff::tz::{TimeZone, offset};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much of a city's file has come, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchProgress {
    /// So much has come.
    pub done: u64,
    /// Of so much; 0 if the operator does not say.
    pub total: u64,
}

/// How the chosen city stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CityState {
    /// None is chosen.
    NotChosen,
    /// Its file is on its way.
    Fetching {
        /// The city.
        city: String,
        /// How much has come.
        progress: FetchProgress,
    },
    /// Journeys can be planned, with or without a network.
    Ready {
        /// The city.
        city: String,
        /// Its name.
        name: Words,
        /// A sample that is not any city's timetable.
        sample: bool,
        /// The first day of the timetable (ISO date).
        first_day: String,
        /// The last day of the timetable (ISO date).
        last_day: String,
    },
    /// Its file could not be fetched or is not to be trusted; choosing it anew tries again.
    Failed {
        /// The city.
        city: String,
        /// Why.
        refusal: Refusal,
    },
}

/// A city whose pack is open.
pub(crate) struct OpenCity {
    pub(crate) city: String,
    pub(crate) pack: Arc<City>,
}

/// Which pack is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Installed {
    city: String,
    file: String,
    sha256: Vec<u8>,
}

impl Jol {
    /// The operator's cities, as it told them last; empty until they were fetched once.
    pub fn cities(&self) -> Result<Vec<CitySummary>, JolError> {
        self.shared.look(|records, _| Ok(cities(records)?))
    }

    /// Asks the operator for its cities anew.
    pub fn refresh_cities(&self) -> Result<(), JolError> {
        self.act(|records, _| Ok(self.shared.ask(records, Operation::Cities, "/v1/cities", None)?))
    }

    /// Chooses a city: its rules, its buses and its pack are fetched, unless they are here already.
    pub fn choose_city(&self, city: &str) -> Result<(), JolError> {
        let folder = self.shared.folder();
        self.act(|records, view| {
            let summary = summary(records, city)?.ok_or_else(|| JolError::not_found("city"))?;
            records.set("city.chosen", &city)?;
            records.unset("city.refusal")?;
            self.shared.ask_city(records)?;
            let installed: Option<Installed> = records.setting("city.installed")?;
            if !installed.is_some_and(|here| here.city == city && here.sha256 == summary.pack.sha256.0) {
                *view.fetching = Some(FetchProgress { done: 0, total: summary.pack.bytes });
                self.shared.ask(records, Operation::Pack, &format!("/v1/cities/{city}/pack"), None)?;
            }
            *view.city = kept_city(records, &folder)?;
            Ok(())
        })
    }

    /// How the chosen city stands.
    pub fn city(&self) -> Result<CityState, JolError> {
        self.shared.look(|records, view| {
            let Some(city) = records.setting::<String>("city.chosen")? else {
                return Ok(CityState::NotChosen);
            };
            let summary = summary(records, &city)?;
            if let (Some(open), Some(summary)) = (view.city.as_ref(), &summary)
                && open.city == city
            {
                let (name, sample) = (summary.name.clone(), summary.sample);
                let (first_day, last_day) = (summary.pack.first_day.clone(), summary.pack.last_day.clone());
                return Ok(CityState::Ready { city, name, sample, first_day, last_day });
            }
            if let Some(refusal) = records.setting("city.refusal")? {
                return Ok(CityState::Failed { city, refusal });
            }
            let total = summary.map_or(0, |summary| summary.pack.bytes);
            let progress = view.fetching.unwrap_or(FetchProgress { done: 0, total });
            Ok(CityState::Fetching { city, progress })
        })
    }

    /// The rules of the chosen city: fares, categories, points of sale.
    pub fn city_rules(&self) -> Result<CityRules, JolError> {
        self.shared.look(|records, _| {
            let city = chosen(records)?;
            rules_of(records, &city)?.ok_or(JolError::NoCity)
        })
    }

    /// The buses of the chosen city.
    pub fn vehicles(&self) -> Result<Vec<Vehicle>, JolError> {
        self.shared.look(|records, _| vehicles_of(records))
    }

    /// The pack of the chosen city: planning and searching run on it outside the lock.
    pub(super) fn pack(&self) -> Result<Arc<City>, JolError> {
        self.shared.look(|_, view| view.city.as_ref().map(|open| open.pack.clone()).ok_or(JolError::NoCity))
    }
}

pub(super) fn chosen(records: &Records<'_>) -> Result<String, JolError> {
    records.setting("city.chosen")?.ok_or(JolError::NoCity)
}

/// The buses of the chosen city.
pub(super) fn vehicles_of(records: &Records<'_>) -> Result<Vec<Vehicle>, JolError> {
    let city = chosen(records)?;
    let vehicles = documents::get::<Vehicles>(records, &vehicles_path(&city))?;
    vehicles.map(|document| document.vehicles).ok_or(JolError::NoCity)
}

fn cities(records: &Records<'_>) -> Result<Vec<CitySummary>, StoreError> {
    let cities = documents::get::<Cities>(records, "/v1/cities")?.map(|document| document.cities);
    // A pack's file is named after its city.
    Ok(cities.unwrap_or_default().into_iter().filter(|city| crate::operator::is_plain_id(&city.id)).collect())
}

fn summary(records: &Records<'_>, city: &str) -> Result<Option<CitySummary>, StoreError> {
    Ok(cities(records)?.into_iter().find(|summary| summary.id == city))
}

/// A city's rules, if they were ever fetched.
pub(super) fn rules_of(records: &Records<'_>, city: &str) -> Result<Option<CityRules>, StoreError> {
    documents::get(records, &rules_path(city))
}

/// The clocks that a city's rules name.
pub(super) fn zone_of(rules: &CityRules) -> Result<TimeZone, JolError> {
    crate::city::time_zone(&rules.time_zone).ok_or_else(|| JolError::internal("the city's time zone"))
}

/// A city's clocks; where its rules are not known, those of all of Kazakhstan since 2024.
pub(super) fn clocks_of(records: &Records<'_>, city: &str) -> Result<TimeZone, StoreError> {
    let zone = rules_of(records, city)?.and_then(|rules| zone_of(&rules).ok());
    Ok(zone.unwrap_or_else(|| TimeZone::fixed(offset(5))))
}

/// A moment on a city's clocks.
pub(super) fn time_text(
    records: &Records<'_>,
    city: &str,
    ms: i64,
    now_ms: i64,
    language: Language,
) -> Result<String, StoreError> {
    Ok(moment_text(ms, now_ms, &clocks_of(records, city)?, language))
}

fn rules_path(city: &str) -> String {
    format!("/v1/cities/{city}")
}

fn vehicles_path(city: &str) -> String {
    format!("/v1/cities/{city}/vehicles")
}

/// Where a pack lies while it is being fetched.
pub(super) fn part_file(folder: &Path) -> PathBuf {
    folder.join("cities").join("pack.part")
}

/// Opens the pack that is installed for the chosen city. One that cannot be opened is forgotten, so
/// that it is fetched anew; a wallet without its city still shows its tickets.
pub(super) fn kept_city(records: &Records<'_>, folder: &Path) -> Result<Option<OpenCity>, StoreError> {
    let Some(installed) = records.setting::<Installed>("city.installed")? else { return Ok(None) };
    if records.setting::<String>("city.chosen")?.as_ref() != Some(&installed.city) {
        return Ok(None);
    }
    match City::open(&folder.join("cities").join(&installed.file)) {
        Ok(pack) => Ok(Some(OpenCity { city: installed.city, pack: Arc::new(pack) })),
        Err(error) => {
            eprintln!("jol: city: {error}");
            records.unset("city.installed")?;
            Ok(None)
        }
    }
}

/// A pack that came and was checked wholly, outside the lock.
pub(super) struct CheckedPack {
    sha256: Vec<u8>,
    pack: Result<(), String>,
}

/// Hashes and checks the file that came; may take a second for a large city.
pub(super) fn check_pack(folder: &Path) -> CheckedPack {
    let part = part_file(folder);
    let sha256 = hash_file(&part).unwrap_or_default();
    let pack = City::check(&part).map(|_| ()).map_err(|error| error.to_string());
    CheckedPack { sha256, pack }
}

fn hash_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let (mut file, mut hash, mut block) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.finalize().to_vec()),
            read => hash.update(&block[..read]),
        }
    }
}

impl Shared {
    /// What the operator publishes of the chosen city beside its pack: prices and buses change more often.
    pub(super) fn ask_city(&self, records: &Records<'_>) -> Result<(), StoreError> {
        let Some(city) = records.setting::<String>("city.chosen")? else { return Ok(()) };
        self.ask(records, Operation::CityRules, &rules_path(&city), None)?;
        self.ask(records, Operation::Vehicles, &vehicles_path(&city), None)
    }

    /// Installs the pack that came, if it is the one that the operator's data key signed.
    pub(super) fn install_pack(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        checked: &CheckedPack,
    ) -> Result<(), JolError> {
        *view.fetching = None;
        let city = chosen(records)?;
        let Some(summary) = summary(records, &city)? else { return Ok(()) };
        let last: i64 = records.setting(&format!("city.sealed.{city}"))?.unwrap_or(0);
        let seal = view.keys.as_ref().and_then(|keys| PackSeal::verify(&summary.pack.signature.0, keys).ok());
        let seal = seal.filter(|seal| seal.city == city && seal.sha256.as_slice() == checked.sha256);
        let fault = match (&checked.pack, &seal) {
            (Err(error), _) => Some(error.clone()),
            (Ok(()), None) => Some("not sealed by the operator".to_owned()),
            (Ok(()), Some(seal)) if seal.issued_s < last => Some("older than the one before".to_owned()),
            (Ok(()), Some(seal)) => {
                records.set(&format!("city.sealed.{city}"), &seal.issued_s)?;
                None
            }
        };
        if let Some(fault) = fault {
            eprintln!("jol: city pack refused: {fault}");
            let refusal = Refusal::Other { code: "damaged_pack".to_owned() };
            return Ok(records.set("city.refusal", &refusal)?);
        }
        let file = format!("{city}-{}.jol", super::hex(&checked.sha256[..4]));
        let folder = self.folder();
        std::fs::rename(part_file(&folder), folder.join("cities").join(&file))
            .map_err(|error| StoreError::Disk(error.to_string()))?;
        let before: Option<Installed> = records.setting("city.installed")?;
        records
            .set("city.installed", &Installed { city, file: file.clone(), sha256: checked.sha256.clone() })?;
        records.unset("city.refusal")?;
        *view.city = kept_city(records, &folder)?;
        // The old file is mapped by whoever still plans with it; removing its name hurts nobody.
        if let Some(before) = before.filter(|before| before.file != file) {
            let _ = std::fs::remove_file(folder.join("cities").join(before.file));
        }
        Ok(())
    }

    /// The pack cannot be had now.
    pub(super) fn pack_refused(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        refusal: &Refusal,
    ) -> Result<(), JolError> {
        *view.fetching = None;
        Ok(records.set("city.refusal", refusal)?)
    }

    /// Whether the buses were asked for so long ago that they are to be asked for anew.
    pub(super) fn is_live_due(&self, view: &View<'_>, every_ms: i64) -> bool {
        let now_ms = self.clock.boot_ms();
        !view.live_asked_ms.is_some_and(|asked_ms| (asked_ms..asked_ms + every_ms).contains(&now_ms))
    }

    /// Asks for the buses' positions and delays, unless they were asked for within `every_ms`.
    pub(super) fn ask_live(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        every_ms: i64,
    ) -> Result<bool, JolError> {
        if !self.is_live_due(view, every_ms) {
            return Ok(false);
        }
        *view.live_asked_ms = Some(self.clock.boot_ms());
        let city = chosen(records)?;
        for (operation, name) in [
            (Operation::Positions, "positions"),
            (Operation::Updates, "updates"),
            (Operation::Alerts, "alerts"),
        ] {
            let path = format!("/v1/cities/{city}/live/{name}");
            self.ask(records, operation, &path, Some(outbox::PATIENCE_MS))?;
        }
        Ok(true)
    }
}
