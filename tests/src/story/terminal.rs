use super::{Passenger, Scene};
use crate::sandbox::desk::TERMINAL_TOKEN;
use crate::world::terminal::{Shows, Terminal};
use jol_core::city::fares::Vehicle;
use jol_core::clock::Clock;
use jol_core::jol::{NfcStep, ScannedCode};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, CardForm, KeysAnswer, TapOutcome, TapReportAnswer, Vehicles};
use jol_core::ticket::{StickerKind, TrustedKeys};
use jol_core::wallet::{BankLinkStanding, Category};

impl Scene<'_> {
    /// The terminal of a bus, by the operator's id, as the depot sets it up.
    ///
    /// # Panics
    /// If there is no such bus.
    pub fn terminal(&self, vehicle: &str) -> Terminal {
        let sticker = self.sandbox(|sandbox| sandbox.bus_code(vehicle).expect("a code"));
        let buses = self.control("GET", &format!("/v1/cities/{}/vehicles", super::CITY), "");
        let buses: Vehicles = serde_json::from_str(&buses).expect("json");
        let is_it = |bus: &&Vehicle| bus.vehicle == vehicle;
        Terminal::new(buses.vehicles.iter().find(is_it).expect("a bus"), sticker, self.keys())
    }

    /// The operator's keys as a terminal has them.
    ///
    /// # Panics
    /// If the operator publishes none.
    pub fn keys(&self) -> TrustedKeys {
        let keys: KeysAnswer = serde_json::from_str(&self.control("GET", "/v1/keys", "")).expect("json");
        let root = self.sandbox(|sandbox| sandbox.root());
        TrustedKeys::accept(&keys.key_list.0, &root, 0, None).expect("the operator's keys")
    }

    /// A transport card of this passenger with so much on it; its number.
    ///
    /// # Panics
    /// If there is none.
    pub fn card(&self, passenger: &Passenger<'_>, tenge: i64) -> String {
        passenger.jol.register_card(Category::Standard, "").expect("asked");
        passenger.settle();
        let card = passenger.jol.cards().expect("the cards").remove(0).number;
        self.tops_up(passenger, &card, tenge);
        card
    }

    /// A card of this passenger that is a printed code, with so much on it; and the code.
    ///
    /// # Panics
    /// If there is none.
    pub fn printed_card(&self, passenger: &Passenger<'_>, tenge: i64) -> (Card, String) {
        let issue = format!(r#"{{"to":"{}","category":"standard","form":"qr_printed"}}"#, passenger.number);
        let card = self.control("POST", "/sandbox/cards", &issue);
        let card: Card = serde_json::from_str(&card).expect("json");
        self.tops_up(passenger, &card.number, tenge);
        let code = self.sandbox(|sandbox| sandbox.sticker(StickerKind::Card, &card.number));
        (card, code.expect("a code"))
    }

    /// A card of this passenger that the app shows as a code, with so much on it.
    ///
    /// # Panics
    /// If there is none.
    pub fn app_card(&self, passenger: &Passenger<'_>, tenge: i64) -> Card {
        passenger.jol.register(Category::Standard, CardForm::QrApp, "", false).expect("asked");
        passenger.settle();
        let is_shown = |card: &Card| card.form == CardForm::QrApp;
        let card = passenger.jol.cards().expect("the cards").into_iter().find(is_shown).expect("a card");
        // Its credential comes with the refresh.
        self.tops_up(passenger, &card.number, tenge);
        card
    }

    fn tops_up(&self, passenger: &Passenger<'_>, card: &str, tenge: i64) {
        passenger.jol.top_up(card, "kaspi", Money::tenge(tenge)).expect("asked");
        passenger.settle();
        let top_up = passenger.jol.top_ups().expect("the top-ups").remove(0).top_up.expect("an id");
        self.control("POST", &format!("/sandbox/bank/{top_up}"), r#"{"paid":true}"#);
        passenger.jol.refresh().expect("asked");
        passenger.settle();
    }

    /// A bank card that this passenger linked; its token, which the bank gives terminals, too.
    ///
    /// # Panics
    /// If it is not linked.
    pub fn linked_bank_card(&self, passenger: &Passenger<'_>) -> String {
        passenger.jol.link_bank_card().expect("asked");
        passenger.settle();
        let link = || passenger.jol.bank_link().expect("the wallet").expect("a link");
        let link_id = link().link.expect("an id");
        self.control("POST", &format!("/sandbox/bank/{link_id}"), r#"{"paid":true}"#);
        passenger.jol.refresh_bank_link().expect("asked");
        passenger.settle();
        let standing = link().standing;
        let BankLinkStanding::Linked { token } = standing else { panic!("not linked: {standing:?}") };
        token
    }

    /// A card is held to a terminal that has a network; the ride that it paid.
    ///
    /// # Panics
    /// If it paid none.
    pub fn ride_by_card(&self, terminal: &mut Terminal, card: &str) -> String {
        terminal.smart_card(card, self.now_ms());
        let became = self.reports(terminal, 1);
        assert!(matches!(became.as_slice(), [TapOutcome::Charged { .. }]), "{became:?}");
        self.books("SELECT ride FROM ride ORDER BY ticket_index DESC LIMIT 1", [])
    }

    /// What the operator's and the terminals' clocks say.
    pub fn now_ms(&self) -> i64 {
        self.sandbox(|sandbox| sandbox.clock().now_ms())
    }

    /// A terminal has a network: it reports what it kept until nothing is left, each report as often as said;
    /// what became of it.
    ///
    /// # Panics
    /// If the operator refuses a report, or answers the same one in two ways.
    pub fn reports(&self, terminal: &mut Terminal, times: u32) -> Vec<TapOutcome> {
        let mut became = Vec::new();
        while let Some(report) = terminal.report() {
            let body = serde_json::to_string(&report).expect("json");
            let answers: Vec<TapReportAnswer> = (0..times).map(|_| self.report(&body)).collect();
            for answer in &answers {
                assert_eq!(
                    Some(answer),
                    answers.first(),
                    "a report is answered alike, however often it comes"
                );
                terminal.hear(answer);
            }
            let outcomes = answers.into_iter().next().map(|answer| answer.taps).unwrap_or_default();
            self.note("terminal", format!("reports, and hears: {outcomes:?}"));
            let is_stuck = outcomes.iter().all(|one| one.outcome == TapOutcome::Later);
            became.extend(outcomes.into_iter().map(|one| one.outcome));
            if is_stuck {
                break;
            }
        }
        became
    }

    /// A terminal sends a report whose answer it does not hear.
    ///
    /// # Panics
    /// If the operator refuses it.
    pub fn report(&self, body: &str) -> TapReportAnswer {
        let headers = format!(
            "authorization: Bearer {TERMINAL_TOKEN}\r\nidempotency-key: report-{}\r\n",
            self.next_seed()
        );
        serde_json::from_str(&self.call("POST", "/v1/tap-reports", &headers, body)).expect("json")
    }
}

impl Passenger<'_> {
    /// The text of a card's code as it is on the screen now, signed by the phone.
    ///
    /// # Panics
    /// If this phone cannot show it.
    pub fn shows_card(&self, card: &str) -> String {
        let to_sign = self.jol.card_to_sign(card).expect("a card that shows");
        let signature = self.key.sign(&to_sign.message);
        self.note("shows a card");
        assert!(self.jol.present_card(card, to_sign.slot, &signature).is_ok());
        self.jol.present_card_text(card, to_sign.slot, &signature).expect("signed")
    }

    /// Holds the phone to a terminal, with this ticket on the screen; what the terminal shows, and the bus that
    /// it named to the phone.
    pub fn holds_phone(&self, terminal: &mut Terminal, ride: Option<&str>) -> (Shows, Option<ScannedCode>) {
        let mut named = None;
        let shows = terminal.phone(self.clock.wall_ms(), |command| {
            Some(match self.jol.nfc_respond(ride, command) {
                NfcStep::Reply { reply } => reply,
                NfcStep::ToSign { to_sign } => {
                    self.jol.nfc_signed(Some(&self.key.sign(&to_sign.message))).expect("it waits")
                }
                NfcStep::Bus { reply, code } => {
                    named = Some(code);
                    reply
                }
            })
        });
        self.jol.nfc_gone();
        self.note(format!("is held to a terminal, which shows {shows:?}; it named {named:?}"));
        (shows, named)
    }
}
