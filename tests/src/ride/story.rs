use super::errand::{self, Errand};
use super::teller::{Teller, Told, Voice, timed};
use super::{RideArgs, RideError};
use crate::sandbox::data::{OperatorData, sample_operator};
use crate::sandbox::serve::MADE_MS;
use crate::sandbox::town::{Sources, Town};
use crate::sandbox::{Sandbox, SandboxOptions};
use crate::world::camera::Camera;
use jiff::tz::TimeZone;
use jol_core::city::streets::PlaceKind;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::entropy::{Entropy, SeededEntropy, random};
use jol_core::jol::{Jol, JolError, Opening, OperatorEntry};
use jol_core::plan::Zones;
use jol_core::text::{Language, say};
use jol_core::ticket::SoftwareKey;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest that any one step waits for the operator, in ms.
pub(super) const PATIENCE_MS: u64 = 20_000;
/// What the passenger will recognise this phone by.
const PHONE: &str = "a passenger's phone";

/// A passenger, their phone, and the world around it.
pub(super) struct Story {
    pub(super) teller: Teller,
    pub(super) language: Language,
    pub(super) folder: PathBuf,
    pub(super) town: Town,
    pub(super) zone: TimeZone,
    pub(super) errand: Errand,
    pub(super) sandbox: Sandbox,
    pub(super) clock: SimulatedClock,
    pub(super) key: SoftwareKey,
    pub(super) jol: Jol,
    pub(super) seed: u64,
}

pub(super) fn live(args: &RideArgs, voice: Voice) -> Result<Told, RideError> {
    let mut story = Story::open(args, voice)?;
    story.sign_up()?;
    story.choose_city()?;
    story.card()?;
    let journey = story.plan()?;
    let boarded = story.board(&journey)?;
    let ride = story.pay(&boarded)?;
    story.show(&boarded, &ride)?;
    story.arrive(&boarded, &ride)?;
    let faults = story.sandbox.ledger_faults().map_err(|error| RideError::Unexpected(error.to_string()))?;
    if !faults.is_empty() {
        return Err(RideError::Unexpected(format!("the operator's ledger does not balance: {faults:?}")));
    }
    let facts = [
        ("city", json!(story.town.data.name.en)),
        ("sample", json!(story.town.data.sample)),
        ("seed", json!(story.seed)),
        ("folder", json!(story.folder.display().to_string())),
    ];
    Ok(story.teller.end(facts.map(|(name, fact)| (name.to_owned(), fact)).into_iter().collect()))
}

impl Story {
    fn open(args: &RideArgs, voice: Voice) -> Result<Story, RideError> {
        let mut teller = Teller::new(voice);
        let quiet = !teller.people();
        let io = |what: &Path| {
            let what = what.display().to_string();
            move |source| RideError::Io { what, source }
        };
        let folder = match &args.folder {
            Some(folder) => folder.clone(),
            None => tempfile::Builder::new()
                .prefix("jol-ride-")
                .tempdir()
                .map_err(io(Path::new("a folder for the wallet")))?
                .keep(),
        };
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        let city_folder = folder.join("operator").join("city");
        let (town, ms) = timed(|| {
            let Some(first) = args.gtfs.first() else {
                return Town::sample(&city_folder, MADE_MS, quiet);
            };
            let sources = Sources { gtfs: args.gtfs.clone(), osm: args.osm.clone(), rules: None };
            let name = first.file_stem().and_then(|name| name.to_str()).unwrap_or("city");
            Town::real(name, &sources, &city_folder, MADE_MS, quiet)
        });
        let town = town?;
        teller.city_made_in(ms);
        let zones =
            Zones::of(&town.pack.timetable()).map_err(|error| RideError::Unexpected(error.to_string()))?;
        let errand = match &town.data.addresses {
            Some((from, to)) => {
                let at_ms = errand::morning_ms(&town.pack, &zones)
                    .ok_or_else(|| RideError::Unexpected("the timetable has no days".into()))?;
                let language = args.language.language();
                let (from, to) = (from.in_language(language).to_owned(), to.in_language(language).to_owned());
                Errand { from, to, kinds: (PlaceKind::Address, PlaceKind::Address), at_ms }
            }
            None => errand::find(&town.pack, &zones, args.seed)
                .ok_or_else(|| RideError::Unexpected("no journey by bus was found in this city".into()))?,
        };
        // Signing up takes a while; the errand is a quarter of an hour later.
        let clock = SimulatedClock::at(errand.at_ms - 15 * 60_000);
        let sandbox = Sandbox::start(SandboxOptions {
            listen: ([127, 0, 0, 1], 0).into(),
            data: folder.join("operator"),
            clock: clock.clone().into(),
            seed: Some(args.seed),
            operator: sample_operator(vec![town.data.clone()]),
            issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
            tls: None,
        })?;
        let language = args.language.language();
        let entropy = Arc::new(SeededEntropy::new(args.seed));
        let opening = opening(&sandbox, &folder.join("phone"), language, PHONE, &*entropy);
        let key = SoftwareKey::from_seed(random(&*entropy));
        let (jol, ms) = timed(|| Jol::open_simulated(opening, Arc::new(clock.clone()), entropy));
        let jol = jol.map_err(|error| RideError::Jol { doing: "opening the wallet".into(), error })?;
        teller.opened_in(ms);
        teller
            .head(&format!("Jol {}: one ride through the whole system, on this machine.", jol_core::VERSION));
        teller.head(&match town.data.sample {
            true => format!("City: {}", say(language, "sample-city", &[])),
            false => format!(
                "City: {} ({} stops, {} lines, {} trips); fares and buses are made up.",
                town.data.name.en, town.report.stops, town.report.lines, town.report.trips
            ),
        });
        teller.head(&format!(
            "Operator: a sandbox at {}. Wallet: {}",
            sandbox.base_url,
            folder.join("phone").display()
        ));
        let zone = zones.of_city();
        Ok(Story { teller, language, folder, town, zone, errand, sandbox, clock, key, jol, seed: args.seed })
    }

    /// The passenger's wallet; its data key is the first that this chance gives.
    pub(super) fn opening(&self, entropy: &dyn Entropy) -> Opening {
        opening(&self.sandbox, &self.folder.join("phone"), self.language, PHONE, entropy)
    }

    pub(super) fn does<T>(
        &self,
        doing: &str,
        what: impl FnOnce(&Jol) -> Result<T, JolError>,
    ) -> Result<T, RideError> {
        what(&self.jol).map_err(|error| RideError::Jol { doing: doing.to_owned(), error })
    }

    pub(super) fn drain(&self, doing: &str) -> Result<(), RideError> {
        match self.does(doing, |jol| jol.drain(PATIENCE_MS))? {
            0 => Ok(()),
            left => Err(wrong(&format!("{doing}: {left} calls have no answer"))),
        }
    }

    /// Time passes. What was asked for is there first: the same ride for the same seed.
    pub(super) fn wait_until(&self, ms: i64) -> Result<(), RideError> {
        self.drain("waiting")?;
        self.clock.advance_ms((ms - self.clock.wall_ms()).max(0));
        Ok(())
    }

    /// A moment as the city's clocks show it.
    pub(super) fn time(&self, ms: i64) -> String {
        let at = jiff::Timestamp::from_millisecond(ms).map(|at| self.zone.to_datetime(at).time());
        at.map_or_else(|_| "--:--".to_owned(), |time| format!("{:02}:{:02}", time.hour(), time.minute()))
    }
}

pub(super) fn camera(seed: u64) -> Camera {
    Camera {
        pixels_per_module: 4.0,
        tilt_degrees: 20.0,
        turn_degrees: 7.0,
        blur_sigma: 0.6,
        contrast: 120,
        noise_sigma: 4.0,
        seed,
        ..Camera::default()
    }
}

pub(super) fn opening(
    sandbox: &Sandbox,
    folder: &Path,
    language: Language,
    name: &str,
    entropy: &dyn Entropy,
) -> Opening {
    Opening {
        folder: folder.display().to_string(),
        operator: OperatorEntry {
            code: sandbox.root().issuer.to_string(),
            address: sandbox.base_url.clone(),
            root_key: sandbox.root().public_key.to_vec(),
            tls_root: None,
        },
        data_key: random::<32>(entropy).to_vec(),
        boot_id: "boot-1".to_owned(),
        device_name: name.to_owned(),
        language,
        app_version: jol_core::VERSION.to_owned(),
    }
}

pub(super) fn wrong(what: &str) -> RideError {
    RideError::Unexpected(what.to_owned())
}
