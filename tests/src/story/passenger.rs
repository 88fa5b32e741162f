use super::scene::copy_folder;
use super::{CITY, Scene};
use jol_core::VERSION;
use jol_core::account::{DeviceState, SignIn, TermsState};
use jol_core::clock::SimulatedClock;
use jol_core::entropy::SeededEntropy;
use jol_core::jol::{Jol, JolError, Opening, OperatorEntry, TicketView};
use jol_core::operator::Refusal;
use jol_core::pay::{Payment, PaymentState, Quote, Source, Way};
use jol_core::text::Language;
use jol_core::ticket::SoftwareKey;
use jol_core::wallet::{Category, PassengerGroup};
use std::path::PathBuf;
use std::sync::Arc;

/// How long `settle` waits for the operator, in ms of the machine: far longer than loopback needs.
const PATIENCE_MS: u64 = 20_000;

/// A passenger with a phone: a wallet, a key store, clocks of its own.
pub struct Passenger<'a> {
    pub(super) scene: &'a Scene<'a>,
    /// The phone number or address that signs in.
    pub number: String,
    /// The app.
    pub jol: Jol,
    /// The phone's clocks.
    pub clock: SimulatedClock,
    /// The phone's key store.
    pub key: SoftwareKey,
    /// With what the wallet is opened.
    pub opening: Opening,
}

impl<'a> Scene<'a> {
    /// What an app of this operator is opened with.
    pub fn opening(&self, name: &str) -> Opening {
        let (root, address) = self.sandbox(|sandbox| (sandbox.root(), sandbox.base_url.clone()));
        Opening {
            folder: self.folder(name).display().to_string(),
            operator: OperatorEntry {
                code: root.issuer.to_string(),
                address,
                root_key: root.public_key.to_vec(),
                tls_root: None,
            },
            data_key: vec![7; 32],
            boot_id: "boot-1".to_owned(),
            device_name: format!("phone of {name}"),
            language: Language::Ru,
            app_version: VERSION.to_owned(),
        }
    }

    /// Opens a wallet, as the app does when it is started.
    pub fn start_app(&self, opening: &Opening, clock: &SimulatedClock) -> Result<Jol, JolError> {
        let entropy = Arc::new(SeededEntropy::new(self.next_seed()));
        Jol::open_simulated(opening.clone(), Arc::new(clock.clone()), entropy)
    }

    /// Somebody with a new wallet.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub fn newcomer(&'a self, number: &str) -> Passenger<'a> {
        let folder = format!("wallet-{}-of-{number}", self.next_seed());
        self.newcomer_with(number, self.opening(&folder))
    }

    /// Somebody who opens the app with this.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub fn newcomer_with(&'a self, number: &str, opening: Opening) -> Passenger<'a> {
        let (clock, seed) = (self.phone_clock(), self.next_seed() as u8);
        let jol = self.start_app(&opening, &clock).expect("a new wallet");
        let key = SoftwareKey::from_seed([seed; 32]);
        self.note("phone", format!("a new wallet for {number}"));
        Passenger { scene: self, number: number.to_owned(), jol, clock, key, opening }
    }

    /// Somebody who accepted the terms, signed in, enrolled the phone and chose the city.
    ///
    /// # Panics
    /// If any of it does not succeed.
    pub fn passenger(&'a self, number: &str) -> Passenger<'a> {
        let passenger = self.newcomer(number);
        passenger.sign_up();
        passenger
    }
}

impl Passenger<'_> {
    /// Notes a step of this phone.
    pub fn note(&self, said: impl Into<String>) {
        self.scene.note("phone", said);
    }

    /// Everything that waits is carried, and answered if there is an answer; says how much still waits.
    pub fn settle(&self) -> u32 {
        let left = self.jol.drain(PATIENCE_MS).expect("the outbox");
        if left > 0 {
            self.note(format!("{left} calls still wait for an answer"));
        }
        left
    }

    /// Terms, code, key, city.
    ///
    /// # Panics
    /// If any of it does not succeed.
    pub fn sign_up(&self) {
        self.sign_in();
        self.jol.choose_city(CITY).expect("a city of the list");
        self.settle();
        assert!(!self.jol.vehicles().expect("the buses").is_empty());
        self.note(format!("in the city: {:?}", self.jol.city().expect("a city")));
    }

    /// Terms, code, key.
    ///
    /// # Panics
    /// If any of it does not succeed.
    pub fn sign_in(&self) {
        self.settle();
        self.accept_terms();
        self.jol.sign_in(&self.number).expect("a number");
        self.settle();
        self.type_code(&self.scene.code_sent_to(&self.number));
        let account = self.jol.account().expect("an account");
        assert!(matches!(account.sign_in, SignIn::SignedIn { .. }), "not signed in: {account:?}");
        self.enrol();
        let account = self.jol.account().expect("an account");
        assert!(matches!(account.device, DeviceState::Enrolled { .. }), "not enrolled: {account:?}");
        self.note(format!("signed in as {} and enrolled", self.number));
    }

    /// Accepts the terms that are shown, if any are.
    pub fn accept_terms(&self) {
        if let TermsState::Waiting { version, .. } = self.jol.account().expect("an account").terms {
            self.jol.accept_terms(version).expect("the terms that were shown");
            self.note(format!("accepts the terms, version {version}"));
        }
    }

    /// Types a one-time code; the refusal, if it was one.
    pub fn type_code(&self, code: &str) -> Option<Refusal> {
        self.note("types a code");
        self.jol.enter_code(code).expect("a code was sent");
        self.settle();
        self.jol.account().expect("an account").refusal
    }

    /// The phone's key store makes a key, and the operator hears of it.
    pub fn enrol(&self) {
        let public_key = self.key.public_key();
        let message = self.jol.enrolment_to_sign(&public_key).expect("signed in");
        self.jol.enrol(&public_key, &self.key.sign(&message), None).expect("signed");
        self.settle();
    }

    /// What one tap would pay: one adult, from the phone's balance.
    pub fn quote(&self, vehicle: &str) -> Quote {
        self.try_quote(vehicle).expect("a quote")
    }

    /// The same, or why not.
    pub fn try_quote(&self, vehicle: &str) -> Result<Quote, JolError> {
        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        self.jol.quote(vehicle, Way::App, Source::PhoneBalance, adult, false)
    }

    /// One tap; answers the key of the payment.
    pub fn tap(&self, quote: &Quote) -> String {
        let key = self.jol.pay(quote, Some(&self.key.sign(&quote.to_sign))).expect("a tap");
        self.note(format!("taps for {} ₸ on bus {}: payment {key}", quote.fare, quote.vehicle.painted));
        key
    }

    /// A quote, a tap, and the answer.
    pub fn quote_and_pay(&self, vehicle: &str) -> Payment {
        let key = self.tap(&self.quote(vehicle));
        self.settle();
        self.payment(&key)
    }

    /// How a payment stands.
    pub fn payment(&self, key: &str) -> Payment {
        let payment = self.jol.payment(key).expect("a payment");
        self.note(format!("payment {key}: {:?}", payment.state));
        payment
    }

    /// The one valid ticket.
    ///
    /// # Panics
    /// If there is none, or more than one.
    pub fn ticket(&self) -> TicketView {
        let mut valid: Vec<TicketView> = self.jol.tickets().expect("the tickets");
        valid.retain(|ticket| ticket.is_valid);
        assert_eq!(valid.len(), 1, "one valid ticket: {valid:?}");
        valid.remove(0)
    }

    /// The text of the ticket's code as it is on the screen now, signed by the phone.
    pub fn show(&self, ride: &str, challenge: Option<&[u8]>) -> String {
        let to_sign = self.jol.to_sign(ride, challenge).expect("a ticket");
        let signature = self.key.sign(&to_sign.message);
        self.note("shows the ticket");
        self.jol.present_text(ride, to_sign.slot, challenge, Some(&signature)).expect("signed")
    }

    /// The text of the code of a payment that is not known yet, signed by the phone.
    pub fn show_pending(&self, payment: &str, challenge: Option<&[u8]>) -> String {
        let to_sign = self.jol.intent_to_sign(payment, challenge).expect("a payment that is not known yet");
        let signature = self.key.sign(&to_sign.message);
        self.note("shows that the payment is under way");
        self.jol.present_intent_text(payment, to_sign.slot, challenge, &signature).expect("signed")
    }

    /// Asserts that the phone and the operator say the same: this many rides, charged so much in all.
    ///
    /// # Panics
    /// If not.
    pub fn was_charged(&self, rides: u32, tenge: i64) {
        let sum = jol_core::money::Money::tenge(tenge);
        let paid = |payment: &&Payment| matches!(payment.state, PaymentState::Paid { .. });
        let payments = self.jol.payments().expect("the payments");
        let on_phone = payments.iter().filter(paid).count();
        let booked = self.jol.spent_from(&Source::PhoneBalance).expect("the ledger");
        self.note(format!("says that {on_phone} rides were paid, {booked} ₸"));
        let (count, taken) = self.scene.charged(&self.number);
        self.scene.note("operator", format!("took {taken} ₸ for {count} rides from {}", self.number));
        assert_eq!((on_phone as u32, booked), (rides, sum), "the phone's own ledger");
        assert_eq!((count, taken), (rides, sum), "the operator's payments");
        assert_eq!(self.scene.gone_from_phone(&self.number), sum, "the carrier's purse");
        assert!(self.jol.ledger_is_balanced().expect("the ledger"));
        self.scene.books_balance();
    }

    /// Asserts that the phone's ledger and the operator's say the same of what this number's rides cost in the
    /// end: what was charged, less what went back.
    ///
    /// # Panics
    /// If not.
    pub fn has_paid(&self, tenge: i64) {
        let sum = jol_core::money::Money::tenge(tenge);
        let booked = self.jol.spent_from(&Source::PhoneBalance).expect("the ledger");
        self.note(format!("says that {booked} ₸ were paid in all"));
        assert_eq!(booked, sum, "the phone's own ledger");
        assert_eq!(self.scene.gone_from_phone(&self.number), sum, "the carrier's purse");
        assert!(self.jol.ledger_is_balanced().expect("the ledger"));
        self.scene.books_balance();
    }

    /// The app is killed: what lies on the disk in this moment is all that a new start finds.
    ///
    /// # Panics
    /// If it cannot be opened again.
    pub fn kill_and_start_again(&mut self) {
        let mut after = PathBuf::from(&self.opening.folder);
        let name = after.file_name().unwrap_or_default().to_string_lossy().into_owned();
        after.set_file_name(format!("{name}-again"));
        // Its link writes into the files that are copied until it is gone.
        self.jol.close();
        copy_folder(std::path::Path::new(&self.opening.folder), &after);
        self.note("the app is killed");
        self.opening.folder = after.display().to_string();
        self.jol = self.scene.start_app(&self.opening, &self.clock).expect("the wallet as it was");
        self.note("and started again");
    }
}
