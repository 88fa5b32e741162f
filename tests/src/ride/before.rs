//! Before the bus: terms, sign-in, city, card, journey.

use super::RideError;
use super::errand;
use super::story::{PATIENCE_MS, Story, wrong};
use crate::plan::{is_told, leg_words};
use indicatif::{ProgressBar, ProgressStyle};
use jol_core::account::{DeviceState, SignIn, TermsState};
use jol_core::city::streets::PlaceKind;
use jol_core::jol::{CityState, FoundPlace, Jol, JolError};
use jol_core::money::Money;
use jol_core::pay::Source;
use jol_core::plan::{Endpoint, Journey, Leg, PlanNote, PlanQuery, When};
use jol_core::text::say;
use jol_core::wallet::{BankLink, BankLinkStanding, Category, TopUpStanding};

/// The passenger's number.
const NUMBER: &str = "+7 701 123 45 67";

impl Story {
    pub(super) fn sign_up(&mut self) -> Result<(), RideError> {
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

    pub(super) fn choose_city(&mut self) -> Result<(), RideError> {
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
        let bar = match bytes {
            _ if !self.teller.people() => ProgressBar::hidden(),
            0 => ProgressBar::new_spinner(),
            bytes => ProgressBar::new(bytes),
        };
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

    pub(super) fn card(&mut self) -> Result<(), RideError> {
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
        self.link_a_bank_card()?;
        self.teller.step("card", "A card, an office's card refused, a top-up, a bank card linked")
    }

    /// The number is typed on the bank's page, in the phone's browser: the app hears a token.
    fn link_a_bank_card(&mut self) -> Result<(), RideError> {
        let link = |story: &Story| -> Result<BankLink, RideError> {
            story.does("linking a bank card", Jol::bank_link)?.ok_or_else(|| wrong("nothing is being linked"))
        };
        self.does("linking a bank card", Jol::link_bank_card)?;
        self.drain("linking a bank card")?;
        let asked = link(self)?.standing;
        let BankLinkStanding::AtBank { page } = &asked else {
            return Err(wrong(&format!("the bank has no page: {asked:?}")));
        };
        self.teller.say(format!("{} ({page})", asked.text(self.language)));
        let id = page.rsplit('/').next().unwrap_or_default();
        if !self.sandbox.bank_says(id, true) {
            return Err(wrong("the bank knows no such page"));
        }
        self.does("asking after the bank card", Jol::refresh_bank_link)?;
        self.drain("asking after the bank card")?;
        let done = link(self)?.standing;
        let (BankLinkStanding::Linked { token }, sources) = (&done, self.does("the sources", Jol::sources)?)
        else {
            return Err(wrong(&format!("the bank card is not linked: {done:?}")));
        };
        let card = Source::BankCard { token: token.clone() };
        if !sources.iter().any(|info| info.source == card) {
            return Err(wrong("the linked bank card is no way to pay"));
        }
        self.teller.say(done.text(self.language));
        Ok(())
    }

    pub(super) fn plan(&mut self) -> Result<Journey, RideError> {
        self.wait_until(self.errand.at_ms)?;
        let (from, to) = (self.found(&self.errand.from.clone())?, self.found(&self.errand.to.clone())?);
        self.teller.say(format!("From {}", from.name));
        self.teller.say(format!("To   {}", to.name));
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
        for leg in journey.legs.iter().filter(|leg| is_told(leg)) {
            let line = format!("  {}", leg_words(leg, self.language, |ms| self.time(ms)));
            self.teller.say(line);
        }
        let estimated = journey.legs.iter().filter_map(Leg::walk).any(|walk| walk.estimated);
        let note = plan.note.or(estimated.then_some(PlanNote::WalkingEstimated));
        if let Some(note) = note {
            self.teller.say(note.text(self.language, &self.zone, self.errand.at_ms));
        }
        self.teller.fact("rides", journey.rides);
        self.teller.fact("walking_estimated", estimated);
        self.teller.fact("minutes", (journey.arrival_ms - journey.departure_ms) / 60_000);
        let (from, to) = (noun(self.errand.kinds.0), noun(self.errand.kinds.1));
        self.teller.fact("from", from);
        self.teller.fact("to", to);
        self.teller.step("plan", &format!("A journey from {from} to {to}"))?;
        Ok(journey)
    }

    fn found(&self, typed: &str) -> Result<FoundPlace, RideError> {
        let places = self.does("searching a place", |jol| jol.places(typed, None, 5))?;
        places.into_iter().next().ok_or_else(|| wrong(&format!("no such place: {typed}")))
    }
}

/// What the passenger typed.
fn noun(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::Address => "address",
        PlaceKind::Street => "street",
        PlaceKind::Stop => "stop",
        PlaceKind::Landmark => "landmark",
        PlaceKind::PointOfSale => "point of sale",
    }
}
