use super::errand::{self, Errand};
use super::teller::Teller;
use super::{RideArgs, RideError};
use crate::sandbox::data::{OperatorData, sample_operator};
use crate::sandbox::serve::MADE_MS;
use crate::sandbox::town::{Sources, Town};
use crate::sandbox::{Sandbox, SandboxOptions};
use crate::world::camera::Camera;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use jol_core::account::{DeviceState, SignIn, TermsState};
use jol_core::city::streets::PlaceKind;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::detect::{Fix, Sighting};
use jol_core::entropy::{Entropy, SeededEntropy, random};
use jol_core::inspector::Inspector;
use jol_core::jol::{CityState, FoundPlace, Jol, JolError, Opening, OperatorEntry};
use jol_core::money::Money;
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::plan::{Endpoint, Journey, Leg, PlanNote, PlanQuery, When, Zones};
use jol_core::qr::{Correction, Frame, QrCode, Reader};
use jol_core::realtime::BoardKind;
use jol_core::text::{Language, say};
use jol_core::ticket::SoftwareKey;
use jol_core::wallet::{Category, PassengerGroup, TopUpStanding};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest that any one step waits for the operator, in ms.
const PATIENCE_MS: u64 = 20_000;
/// So many fixes pass between two looks at the buses.
const LOOK_EVERY: usize = 10;
/// The passenger's number.
const NUMBER: &str = "+7 701 123 45 67";

/// A passenger, their phone, and the world around it.
struct Story {
    teller: Teller,
    language: Language,
    folder: PathBuf,
    town: Town,
    zone: TimeZone,
    errand: Errand,
    sandbox: Sandbox,
    clock: SimulatedClock,
    key: SoftwareKey,
    jol: Jol,
    seed: u64,
}

pub(super) fn live(args: &RideArgs) -> Result<(), RideError> {
    let mut story = Story::open(args)?;
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
    story.teller.end(json!({
        "city": story.town.data.name.en, "sample": story.town.data.sample, "seed": story.seed,
        "folder": story.folder.display().to_string(),
    }));
    Ok(())
}

/// The bus that the passenger is in.
struct Boarded {
    vehicle: String,
    painted: String,
    way: Way,
    terminus_ms: i64,
}

impl Story {
    fn open(args: &RideArgs) -> Result<Story, RideError> {
        let teller = Teller::new(args.json);
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
        let town = if args.gtfs.is_empty() {
            Town::sample(&city_folder, MADE_MS, args.json)?
        } else {
            let sources = Sources { gtfs: args.gtfs.clone(), osm: args.osm.clone() };
            let name = args.gtfs.first().and_then(|path| path.file_stem()?.to_str()).unwrap_or("city");
            Town::real(name, &sources, &city_folder, MADE_MS, args.json)?
        };
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
        let opening = opening(&sandbox, &folder.join("phone"), language, "a passenger's phone", &*entropy);
        let key = SoftwareKey::from_seed(random(&*entropy));
        let jol = Jol::open_simulated(opening, Arc::new(clock.clone()), entropy)
            .map_err(|error| RideError::Jol { doing: "opening the wallet".into(), error })?;
        teller
            .head(&format!("Jol {}: one ride through the whole system, on this machine.", jol_core::VERSION));
        teller.head(&match town.data.sample {
            true => format!(
                "City: {}. {}",
                town.data.name.in_language(language),
                say(language, "sample-city", &[])
            ),
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

    fn sign_up(&mut self) -> Result<(), RideError> {
        self.drain("fetching the terms")?;
        let terms =
            self.does("reading the terms", Jol::terms)?.ok_or_else(|| wrong("the operator has no terms"))?;
        self.does("accepting the terms", |jol| jol.accept_terms(terms.version))?;
        self.teller.say(format!("Accepted the terms of use, version {} of {}", terms.version, terms.dated));
        self.does("signing in", |jol| jol.sign_in(NUMBER))?;
        self.drain("asking for a code")?;
        let SignIn::CodeSent { to, .. } = self.does("signing in", Jol::account)?.sign_in else {
            return Err(wrong("no code was sent"));
        };
        let code = self.sandbox.last_code(&to).ok_or_else(|| wrong("no message came"))?;
        self.does("entering the code", |jol| jol.enter_code(&code))?;
        self.drain("entering the code")?;
        let account = self.does("signing in", Jol::account)?;
        let SignIn::SignedIn { to, .. } = account.sign_in else {
            return Err(wrong(&format!("not signed in: {:?}", account.refusal)));
        };
        self.teller.say(format!("Signed in as {to} with the code {code}"));
        let public_key = self.key.public_key();
        let message = self.does("enrolling", |jol| jol.enrolment_to_sign(&public_key))?;
        let signature = self.key.sign(&message);
        self.does("enrolling", |jol| jol.enrol(&public_key, &signature, None))?;
        self.drain("enrolling this phone's key")?;
        let account = self.does("enrolling", Jol::account)?;
        let (DeviceState::Enrolled { device, attested, .. }, TermsState::Accepted { .. }) =
            (account.device, account.terms)
        else {
            return Err(wrong("this phone's key was not enrolled"));
        };
        let word = if attested { "attested" } else { "unattested: no platform vouches for a key in memory" };
        self.teller.say(format!("Enrolled this phone's key as device {device} ({word})"));
        self.teller.fact("attested", attested);
        self.teller.step("sign_up", "Terms, sign-in, this phone's key")
    }

    fn choose_city(&mut self) -> Result<(), RideError> {
        self.does("fetching the cities", Jol::refresh_cities)?;
        self.drain("fetching the cities")?;
        let cities = self.does("the cities", Jol::cities)?;
        let city = cities.first().cloned().ok_or_else(|| wrong("the operator runs in no city"))?;
        let lines: Vec<&str> = city.lines.iter().map(|line| line.number.as_str()).take(20).collect();
        let more = if city.lines.len() > lines.len() { ", …" } else { "" };
        let (name, all) = (city.name.in_language(self.language).to_owned(), city.lines.len());
        self.teller.say(format!("{name}: {all} lines ({}{more})", lines.join(", ")));
        self.does("choosing the city", |jol| jol.choose_city(&city.id))?;
        self.fetch_with_a_bar(city.pack.bytes)?;
        match self.does("the city", Jol::city)? {
            CityState::Ready { first_day, last_day, sample, .. } => {
                let size = city.pack.bytes as f64 / 1e6;
                self.teller.say(format!(
                    "City pack of {size:.1} MB fetched, hash and seal checked; timetable {first_day} to {last_day}"
                ));
                self.teller.fact("sample", sample);
                self.teller.fact("pack_bytes", city.pack.bytes);
            }
            state => return Err(wrong(&format!("the city cannot be used: {state:?}"))),
        }
        let vehicles = self.does("the buses", Jol::vehicles)?;
        let terminals = vehicles.iter().filter(|bus| bus.terminal).count();
        self.teller.say(format!("{} buses, {terminals} with a terminal, all with a code", vehicles.len()));
        self.teller.step("choose_city", "A city and its pack")
    }

    /// Drains in slices, so that the bar moves as the pack comes.
    fn fetch_with_a_bar(&mut self, bytes: u64) -> Result<(), RideError> {
        let bar = if bytes > 0 { ProgressBar::new(bytes) } else { ProgressBar::new_spinner() };
        let style = ProgressStyle::with_template("     {bar:40} {bytes}/{total_bytes}");
        let bar = style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style));
        let mut left = PATIENCE_MS;
        loop {
            let waiting = self.does("fetching the city", |jol| jol.drain(100))?;
            match self.does("the city", Jol::city)? {
                CityState::Fetching { progress, .. } => bar.set_position(progress.done),
                _ if waiting == 0 => break,
                _ => {}
            }
            left = left.checked_sub(100).ok_or_else(|| wrong("the city's pack did not come"))?;
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn card(&mut self) -> Result<(), RideError> {
        self.does("registering a card", |jol| jol.register_card(Category::Standard, "Card"))?;
        self.drain("registering a card")?;
        let card =
            self.does("the cards", Jol::cards)?.into_iter().next().ok_or_else(|| wrong("no card came"))?;
        self.teller.say(format!(
            "Registered the virtual card {} ({})",
            card.number,
            card.category.name(self.language)
        ));
        match self.jol.register_card(Category::Senior, "Card") {
            Err(error @ JolError::OfficeOnly { .. }) => {
                self.teller.say(format!(
                    "{}: {}",
                    Category::Senior.name(self.language),
                    error.text(self.language)
                ));
                if let JolError::OfficeOnly { documents, phone, .. } = error {
                    self.teller.say(say(self.language, "bring", &[("documents", &documents.join("; "))]));
                    self.teller.say(say(self.language, "call", &[("phone", &phone)]));
                }
            }
            other => return Err(wrong(&format!("a senior card was not refused: {other:?}"))),
        }
        let providers = self.does("the providers", Jol::top_up_providers)?;
        let provider = providers.iter().find(|provider| provider.id == "kaspi").or(providers.first());
        let provider = provider.cloned().ok_or_else(|| wrong("the city has no top-up provider"))?;
        let sum = Money::tenge(1_000).max(provider.least).min(provider.most);
        let key = self.does("topping up", |jol| jol.top_up(&card.number, &provider.id, sum))?;
        self.drain("topping up")?;
        let top_up = |story: &Story| -> Result<_, RideError> {
            let all = story.does("the top-ups", Jol::top_ups)?;
            all.into_iter().find(|top_up| top_up.key == key).ok_or_else(|| wrong("the top-up is gone"))
        };
        let asked = top_up(self)?;
        let (TopUpStanding::WaitingForBank { .. }, Some(id)) = (&asked.standing, &asked.top_up) else {
            return Err(wrong(&format!("the top-up does not wait for the bank: {asked:?}")));
        };
        self.teller.say(format!(
            "{} through {}: {}",
            asked.masked_card,
            provider.name.in_language(self.language),
            say(self.language, "waiting-for-bank", &[])
        ));
        if !self.sandbox.bank_says(id, true) {
            return Err(wrong("the bank knows no such top-up"));
        }
        self.does("asking after the top-up", Jol::refresh_top_ups)?;
        self.drain("asking after the top-up")?;
        let (done, cards) = (top_up(self)?, self.does("the cards", Jol::cards)?);
        let balance = cards.iter().find(|known| known.id == card.id).map(|card| card.balance);
        if done.standing != TopUpStanding::Done || balance != Some(sum) {
            return Err(wrong(&format!("the money is not on the card: {done:?}, {balance:?}")));
        }
        self.teller.say(say(self.language, "topped-up", &[("sum", &sum.to_string())]));
        self.teller.fact("balance_tiyn", sum.tiyn);
        self.teller.step("card", "A card, an office's card refused, a top-up")
    }

    fn plan(&mut self) -> Result<Journey, RideError> {
        self.clock.advance_ms(self.errand.at_ms - self.clock.wall_ms());
        let (from, to) = (self.found(&self.errand.from.clone())?, self.found(&self.errand.to.clone())?);
        self.teller.say(format!("From {} ({:?})", from.name, self.errand.kinds.0));
        self.teller.say(format!("To   {} ({:?})", to.name, self.errand.kinds.1));
        let end = |place: &FoundPlace| Endpoint::Point { point: place.point, name: place.name.clone() };
        let query = PlanQuery::new(end(&from), end(&to), When::DepartAt { ms: self.errand.at_ms });
        let plan = self.does("planning", |jol| jol.plan(&query))?;
        let journey = errand::pick_journey(&plan.journeys, self.errand.at_ms)
            .ok_or_else(|| wrong("no journey by bus was found"))?;
        let (leaves, arrives) = (self.time(journey.departure_ms), self.time(journey.arrival_ms));
        self.teller.say(format!(
            "{} journeys; taken: {leaves} → {arrives}, {} rides, {} m on foot",
            plan.journeys.len(),
            journey.rides,
            journey.walk_metres
        ));
        for leg in &journey.legs {
            let line = self.leg(leg);
            self.teller.say(line);
        }
        let estimated = journey.legs.iter().any(|leg| matches!(leg, Leg::Walk { estimated: true, .. }));
        if estimated || plan.note == Some(PlanNote::WalkingEstimated) {
            self.teller.say(say(self.language, "walking-estimated", &[]));
        }
        self.teller.fact("rides", journey.rides);
        self.teller.fact("walking_estimated", estimated);
        self.teller.fact("minutes", (journey.arrival_ms - journey.departure_ms) / 60_000);
        self.teller.step("plan", "A journey from address to address")?;
        Ok(journey)
    }

    fn leg(&self, leg: &Leg) -> String {
        match leg {
            Leg::Walk { to_name, metres, departure_ms, steps, .. } => {
                let words =
                    say(self.language, "walk-to", &[("metres", &metres.to_string()), ("place", to_name)]);
                let named = steps.iter().filter(|step| !step.street.is_empty());
                let way: Vec<String> =
                    named.map(|step| format!("{} {} m", step.street, step.metres)).collect();
                let way = if way.is_empty() { String::new() } else { format!(" ({})", way.join(", ")) };
                format!("  {}  {words}{way}", self.time(*departure_ms))
            }
            Leg::Ride {
                line, headsign, from_stop, to_stop, departure_ms, arrival_ms, stops_between, ..
            } => {
                let words = say(self.language, "ride", &[("line", line), ("headsign", headsign)]);
                format!(
                    "  {}  {words}: {} → {} {} ({stops_between} stops between)",
                    self.time(*departure_ms),
                    from_stop.name,
                    self.time(*arrival_ms),
                    to_stop.name
                )
            }
        }
    }

    /// Walks to the stop, looks at its board, boards, and lets the phone find out which bus it is.
    fn board(&mut self, journey: &Journey) -> Result<Boarded, RideError> {
        let ride = journey.legs.iter().find_map(|leg| match leg {
            Leg::Ride { trip_id, service_day, from_stop, to_stop, .. } => {
                Some((trip_id.clone(), *service_day, from_stop.clone(), to_stop.clone()))
            }
            Leg::Walk { .. } => None,
        });
        let (trip, day, from, to) = ride.ok_or_else(|| wrong("the journey has no ride"))?;
        let felt = self.town.data.live.passenger(&trip, day, &from.id, &to.id);
        let felt = felt.ok_or_else(|| wrong("nobody can tell how this ride feels"))?;
        let first_ms = felt.fixes.first().map_or(felt.boards_ms, |fix| fix.at_ms);
        self.clock.advance_ms(first_ms.max(self.clock.wall_ms()) - self.clock.wall_ms());
        // The board asks for live times; they are there when it is looked at again.
        self.does("the stop board", |jol| jol.board(&from.id, 6))?;
        self.drain("the live times")?;
        let rows = self.does("the stop board", |jol| jol.board(&from.id, 6))?;
        self.teller.say(format!("Board of {}:", from.name));
        for row in &rows {
            let how = match row.kind {
                BoardKind::Live { age_s } => format!("{}, {age_s} s old", say(self.language, "live", &[])),
                BoardKind::Timetable => say(self.language, "timetable", &[]),
                BoardKind::NoLongerComing => say(self.language, "not-coming", &[]),
            };
            let bus = row.label.as_ref().map(|label| format!(", bus {label}")).unwrap_or_default();
            self.teller.say(format!(
                "  {}  {:>5}  {} ({how}{bus})",
                self.time(row.expected_ms),
                row.line,
                row.headsign
            ));
        }
        let live = rows.iter().filter(|row| matches!(row.kind, BoardKind::Live { .. })).count();
        self.teller.fact("board_rows", rows.len());
        self.teller.fact("board_live", live);
        let proposed = self.look_for_the_bus(&felt.fixes, felt.boards_ms, felt.alights_ms)?;
        let (vehicle, painted, way) = match proposed {
            Some((bus, after_s)) if bus.vehicle == felt.vehicle => {
                self.teller
                    .say(format!("Boarded bus {}: the phone found it {after_s} s after boarding", bus.label));
                self.teller.fact("found", "by position");
                self.teller.fact("found_after_s", after_s);
                (bus.vehicle, bus.label, Way::App)
            }
            Some((bus, _)) => {
                return Err(wrong(&format!(
                    "the phone found bus {}, but it is bus {}",
                    bus.label, felt.painted
                )));
            }
            None => self.scan_the_code(&felt.vehicle)?,
        };
        self.teller.fact("vehicle", vehicle.clone());
        self.teller.step("board", "The stop's board, boarding, which bus it is")?;
        Ok(Boarded { vehicle, painted, way, terminus_ms: felt.terminus_ms })
    }

    fn look_for_the_bus(
        &mut self,
        fixes: &[crate::world::phone::PhoneFix],
        boards_ms: i64,
        alights_ms: i64,
    ) -> Result<Option<(jol_core::detect::Candidate, i64)>, RideError> {
        let mut shown = String::new();
        for (nth, fix) in fixes.iter().filter(|fix| fix.at_ms < alights_ms).enumerate() {
            self.clock.advance_ms((fix.at_ms - self.clock.wall_ms()).max(0));
            let fix = Fix {
                at_ms: fix.at_ms,
                point: fix.point,
                accuracy_m: fix.accuracy_m,
                speed_mps: Some(fix.speed_mps),
                bearing_deg: fix.bearing_deg,
                mocked: false,
            };
            let sighting = self.does("looking for the bus", |jol| jol.observe(&fix))?;
            if nth % LOOK_EVERY == 0 {
                self.drain("the buses' positions")?;
            }
            match sighting {
                // Before boarding a proposal would be about somebody else's bus.
                Sighting::Proposed { bus, .. } if fix.at_ms > boards_ms => {
                    return Ok(Some((bus, (fix.at_ms - boards_ms) / 1_000)));
                }
                Sighting::Choose { candidates, .. } => {
                    shown = candidates.iter().map(|c| c.label.as_str()).collect::<Vec<_>>().join(", ");
                }
                _ => {}
            }
        }
        self.teller.say(format!("The phone cannot tell the buses apart here (it offers: {shown})"));
        Ok(None)
    }

    /// The code in the bus, scanned: what a passenger does when the phone cannot tell.
    fn scan_the_code(&mut self, vehicle: &str) -> Result<(String, String, Way), RideError> {
        let text = self.sandbox.bus_code(vehicle)?;
        let code = QrCode::of(&text, Correction::M).map_err(|error| wrong(&error.to_string()))?;
        let shot = camera(self.seed).shoot(&code, 20, 200);
        let scanned = self.does("scanning the bus's code", |jol| {
            jol.scan(&shot.luma, shot.width, shot.height, shot.width, 0)
        })?;
        let text = scanned
            .first()
            .map(|code| code.text.clone())
            .ok_or_else(|| wrong("the bus's code did not read"))?;
        let bus = self.does("the bus's code", |jol| jol.bus_by_code(&text))?;
        self.teller.say(format!("Scanned the code in the bus: bus {}, plate {}", bus.painted, bus.plate));
        self.teller.fact("found", "by its code");
        Ok((bus.vehicle, bus.painted, Way::BusQr))
    }

    fn pay(&mut self, boarded: &Boarded) -> Result<String, RideError> {
        let one = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = |story: &Story| {
            story.does("the fare", |jol| {
                jol.quote(&boarded.vehicle, boarded.way, Source::PhoneBalance, one.clone(), false)
            })
        };
        let first = quote(self)?;
        let button = say(self.language, "pay-button", &[("sum", &first.fare.to_string())]);
        self.teller.say(format!("[ {button} ] line {}, bus {}", first.vehicle.line, first.vehicle.painted));
        let signature = self.key.sign(&first.to_sign);
        let key = self.does("paying", |jol| jol.pay(&first, Some(&signature)))?;
        let pending = self.does("the payment", |jol| jol.payment(&key))?;
        // The second tap comes while nobody knows what became of the first, or just after.
        let second = quote(self)?;
        let again =
            self.does("tapping again", |jol| jol.pay(&second, Some(&self.key.sign(&second.to_sign))))?;
        self.drain("paying")?;
        let paid = self.does("the payment", |jol| jol.payment(&key))?;
        let PaymentState::Paid { ride } = paid.state.clone() else {
            return Err(wrong(&format!("not paid: {:?}", paid.state)));
        };
        if again != key || second.paid_by.as_deref() != Some(&key) {
            return Err(wrong("a second tap made a second payment"));
        }
        if pending.fare != first.fare || paid.fare != first.fare {
            return Err(wrong("the sum is not the one on the button"));
        }
        let third = quote(self)?;
        let later =
            self.does("tapping a third time", |jol| jol.pay(&third, Some(&self.key.sign(&third.to_sign))))?;
        let spent = self.does("the ledger", |jol| jol.spent_from(&Source::PhoneBalance))?;
        if later != key || spent != first.fare {
            return Err(wrong(&format!("charged {spent} instead of {}", first.fare)));
        }
        self.teller.say(say(self.language, "paid", &[("sum", &paid.fare.to_string())]));
        self.teller.say(format!("Tapped again: {}", say(self.language, "already-paid", &[])));
        self.teller.fact("fare_tiyn", paid.fare.tiyn);
        self.teller.step("pay", "One tap from the phone's balance, and a second")?;
        Ok(ride)
    }

    /// The ticket on the screen, through a camera, to an inspector without a network.
    fn show(&mut self, boarded: &Boarded, ride: &str) -> Result<(), RideError> {
        let inspector = self.inspector(&boarded.painted)?;
        let view = self.does("the ticket", |jol| jol.ticket(ride))?;
        let to_sign = self.does("the ticket", |jol| jol.to_sign(ride, None))?;
        let signature = self.key.sign(&to_sign.message);
        let code = self.does("the ticket", |jol| jol.present(ride, to_sign.slot, None, Some(&signature)))?;
        self.teller.say(say(self.language, "line-and-bus", &[("line", &view.line), ("bus", &view.bus)]));
        let who: Vec<String> =
            view.passengers.iter().map(|who| format!("{} × {}", who.category, who.count)).collect();
        self.teller.say(format!("{} · {} · {}", who.join(", "), view.sum_text, view.state_text));
        self.teller.say(code.to_terminal());
        let camera = camera(self.seed);
        let shot = camera.shoot(&code, 24, 90);
        let frame = Frame::new(shot.luma.as_slice(), shot.width, shot.height, shot.width, 0)
            .map_err(|error| wrong(&error.to_string()))?;
        let scanned = Reader::new(1_000).read(&frame, &self.clock);
        let verdict = inspector
            .inspect_frame(&frame)
            .map_err(|error| RideError::Jol { doing: "inspecting".into(), error })?
            .ok_or_else(|| wrong(&format!("the inspector's phone read nothing ({} codes)", scanned.len())))?;
        if verdict.verdict != "valid" {
            return Err(wrong(&format!("the inspector says: {}", verdict.text)));
        }
        self.teller.say(format!(
            "Seen by a camera: {}×{} pixels, tilted {}°, noise σ {}",
            shot.width, shot.height, camera.tilt_degrees, camera.noise_sigma
        ));
        self.teller.say(format!("The inspector, without a network: {}", verdict.text));
        for fact in &verdict.facts {
            self.teller.say(format!("  {fact}"));
        }
        self.teller.fact("qr_version", code.version);
        self.teller.fact("verdict", verdict.verdict);
        self.teller.step("show", "The ticket, a camera, an inspector")
    }

    /// An inspector who was online this morning, and is not now.
    fn inspector(&self, bus: &str) -> Result<Inspector, RideError> {
        let failed = |doing: &str| {
            let doing = doing.to_owned();
            move |error| RideError::Jol { doing, error }
        };
        let entropy = Arc::new(SeededEntropy::new(self.seed ^ 0x1235));
        let folder = self.folder.join("inspector");
        let opening = opening(&self.sandbox, &folder, self.language, "an inspector's phone", &*entropy);
        let inspector = Inspector::open_simulated(opening, Arc::new(self.clock.clone()), entropy)
            .map_err(failed("opening the inspector's file"))?;
        inspector.refresh().map_err(failed("fetching the keys"))?;
        inspector.jol().drain(PATIENCE_MS).map_err(failed("fetching the keys"))?;
        inspector.jol().close();
        inspector.begin_check(bus).map_err(failed("beginning the check"))?;
        Ok(inspector)
    }

    fn arrive(&mut self, boarded: &Boarded, ride: &str) -> Result<(), RideError> {
        let wait_ms = boarded.terminus_ms + 60_000 - self.clock.wall_ms();
        self.clock.advance_ms(wait_ms.max(11 * 60_000));
        self.does("asking what the operator holds", Jol::refresh)?;
        self.drain("asking what the operator holds")?;
        let view = self.does("the ticket", |jol| jol.ticket(ride))?;
        if view.is_valid {
            return Err(wrong("the ticket is still valid after the terminus"));
        }
        self.teller.say(format!("{}  {}", self.time(self.clock.wall_ms()), view.state_text));
        let details = self.does("Travel Details", Jol::travel_details)?;
        let [detail] = details.as_slice() else {
            return Err(wrong(&format!("{} rides in Travel Details instead of one", details.len())));
        };
        let (Some(payment), Some(rode)) = (&detail.payment, &detail.ride) else {
            return Err(wrong("Travel Details do not show the ride"));
        };
        self.teller.say(format!(
            "{}  line {}, bus {}: {} → {}, {} ₸",
            self.time(rode.paid_ms),
            rode.line,
            rode.painted,
            rode.boarding_stop.as_deref().unwrap_or("…"),
            rode.terminus,
            rode.fare
        ));
        let receipt = self.does("the receipt", |jol| jol.receipt(&payment.key))?;
        if receipt.amount != rode.fare || receipt.outcome != "paid" {
            return Err(wrong("the receipt says something else"));
        }
        self.teller.say(format!("Receipt {}: {} ₸, signature checked", receipt.reference, receipt.amount));
        let month = self.does("the month", |jol| jol.month_sum(rode.paid_ms))?;
        if month.sum != rode.fare || month.rides != 1 {
            return Err(wrong(&format!("the month's sum is {} ₸", month.sum)));
        }
        self.teller.say(format!("{:02}.{}: {} ride, {} ₸", month.month, month.year, month.rides, month.sum));
        if !self.does("the ledger", Jol::ledger_is_balanced)? {
            return Err(wrong("the wallet's ledger does not balance"));
        }
        self.teller.fact("month_tiyn", month.sum.tiyn);
        self.teller.step("arrive", "The terminus, Travel Details, the month")
    }

    fn found(&self, typed: &str) -> Result<FoundPlace, RideError> {
        let places = self.does("searching a place", |jol| jol.places(typed, None, 5))?;
        places.into_iter().next().ok_or_else(|| wrong(&format!("no such place: {typed}")))
    }

    fn does<T>(&self, doing: &str, what: impl FnOnce(&Jol) -> Result<T, JolError>) -> Result<T, RideError> {
        what(&self.jol).map_err(|error| RideError::Jol { doing: doing.to_owned(), error })
    }

    fn drain(&self, doing: &str) -> Result<(), RideError> {
        match self.does(doing, |jol| jol.drain(PATIENCE_MS))? {
            0 => Ok(()),
            left => Err(wrong(&format!("{doing}: {left} calls have no answer"))),
        }
    }

    /// A moment as the city's clocks show it.
    fn time(&self, ms: i64) -> String {
        let at = jiff::Timestamp::from_millisecond(ms).map(|at| self.zone.to_datetime(at).time());
        at.map_or_else(|_| "--:--".to_owned(), |time| format!("{:02}:{:02}", time.hour(), time.minute()))
    }
}

fn camera(seed: u64) -> Camera {
    Camera {
        pixels_per_module: 4.0,
        tilt_degrees: 20.0,
        turn_degrees: 7.0,
        blur_sigma: 0.6,
        contrast: 120,
        noise_sigma: 4.0,
        light: 1.0,
        seed,
    }
}

fn opening(
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

fn wrong(what: &str) -> RideError {
    RideError::Unexpected(what.to_owned())
}
