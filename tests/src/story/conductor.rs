use super::scene::copy_folder;
use super::{CITY, Scene, Staff};
use jol_core::account::{DeviceState, SignIn, TermsState};
use jol_core::clock::SimulatedClock;
use jol_core::entropy::SeededEntropy;
use jol_core::jol::{Jol, JolError, Opening};
use jol_core::ticket::SoftwareKey;
use jol_core::till::{CashQuote, ShiftStanding, SoldTicket, Till};
use jol_core::wallet::{Category, PassengerGroup};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A conductor with a phone: a till, a key store, clocks of its own.
pub struct Conductor<'a> {
    scene: &'a Scene<'a>,
    /// The app.
    pub till: Till,
    /// The phone's clocks.
    pub clock: SimulatedClock,
    /// The phone's key store.
    pub key: SoftwareKey,
    opening: Opening,
}

impl<'a> Scene<'a> {
    /// A conductor who signed in with this number and enrolled a new phone.
    ///
    /// # Panics
    /// If any of it does not succeed.
    pub fn conductor(&'a self, number: &str) -> Conductor<'a> {
        let opening = self.opening(&format!("till-{}-of-{number}", self.next_seed()));
        let (clock, seed) = (self.phone_clock(), self.next_seed() as u8);
        let till = self.start_till(&opening, &clock);
        let conductor =
            Conductor { scene: self, till, clock, key: SoftwareKey::from_seed([seed; 32]), opening };
        conductor.sign_up(number);
        conductor
    }

    fn start_till(&self, opening: &Opening, clock: &SimulatedClock) -> Till {
        let entropy = Arc::new(SeededEntropy::new(self.next_seed()));
        Till::open_simulated(opening.clone(), Arc::new(clock.clone()), entropy).expect("the till")
    }

    /// Terms and code, on any phone of this operator.
    ///
    /// # Panics
    /// If any of it does not succeed.
    pub fn sign_in_on(&self, jol: &Jol, number: &str) {
        jol.drain(20_000).expect("the outbox");
        if let TermsState::Waiting { version, .. } = jol.account().expect("an account").terms {
            jol.accept_terms(version).expect("the terms that were shown");
        }
        jol.sign_in(number).expect("a number");
        jol.drain(20_000).expect("the outbox");
        jol.enter_code(&self.code_sent_to(number)).expect("a code was sent");
        jol.drain(20_000).expect("the outbox");
        let account = jol.account().expect("an account");
        assert!(matches!(account.sign_in, SignIn::SignedIn { .. }), "not signed in: {account:?}");
    }
}

impl Conductor<'_> {
    fn sign_up(&self, number: &str) {
        let jol = self.till.jol();
        self.scene.sign_in_on(&jol, number);
        let public_key = self.key.public_key();
        let message = jol.enrolment_to_sign(&public_key).expect("signed in");
        jol.enrol(&public_key, &self.key.sign(&message), None).expect("signed");
        self.settle();
        assert!(matches!(jol.account().expect("an account").device, DeviceState::Enrolled { .. }));
        jol.choose_city(CITY).expect("a city of the list");
        self.settle();
        self.scene.note("conductor", format!("signed in as {number} and enrolled"));
    }

    /// Everything that waits is carried, and answered if there is an answer; says how much still waits.
    ///
    /// # Panics
    /// If the outbox cannot be read.
    pub fn settle(&self) -> u32 {
        self.till.jol().drain(20_000).expect("the outbox")
    }

    /// Asks for a shift on this bus and waits for the answer.
    ///
    /// # Panics
    /// If it cannot be asked.
    pub fn open_shift(&self, bus: &str) -> ShiftStanding {
        self.till.open_shift(bus).expect("a bus");
        self.settle();
        let standing = self.till.shift().expect("a standing");
        self.scene.note("conductor", format!("{standing:?}"));
        standing
    }

    /// What these passengers pay.
    ///
    /// # Errors
    /// What the till says.
    pub fn quote(&self, bus: &str, passengers: &[(Category, u8)]) -> Result<CashQuote, JolError> {
        let group =
            |(category, count): &(Category, u8)| PassengerGroup { category: *category, count: *count };
        self.till.quote(bus, passengers.iter().map(group).collect())
    }

    /// Sells to these passengers.
    ///
    /// # Panics
    /// If that is not possible.
    pub fn sell(&self, bus: &str, passengers: &[(Category, u8)]) -> SoldTicket {
        let quote = self.quote(bus, passengers).expect("a quote");
        let sold = self.till.sell(&quote, &self.key.sign(&quote.to_sign)).expect("sold");
        self.scene.note(
            "conductor",
            format!(
                "sells {} from {} for {} ₸ on {bus}: {:?}",
                sold.numbers.len(),
                sold.serial,
                sold.fare,
                sold.numbers
            ),
        );
        sold
    }

    /// The app is killed: what lies on the disk in this moment is all that a new start finds.
    ///
    /// # Panics
    /// If it cannot be opened again.
    pub fn kill_and_start_again(&mut self) {
        let mut after = PathBuf::from(&self.opening.folder);
        let name = after.file_name().unwrap_or_default().to_string_lossy().into_owned();
        after.set_file_name(format!("{name}-again"));
        copy_folder(Path::new(&self.opening.folder), &after);
        self.till.jol().close();
        self.opening.folder = after.display().to_string();
        self.till = self.scene.start_till(&self.opening, &self.clock);
        self.scene.note("conductor", "the app is killed and started again");
    }
}

impl Staff<'_> {
    /// Looks at a number on paper, and answers the verdict and its reason.
    ///
    /// # Panics
    /// If there is no verdict.
    pub fn look_at_number(&self, number: &str) -> (String, Option<String>) {
        let view = self.inspector.check_paper(number).expect("a verdict");
        (view.verdict, view.reason)
    }
}
