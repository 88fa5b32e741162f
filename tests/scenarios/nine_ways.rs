//! One day of one passenger, who pays in every way there is: each ride is charged once, stands among the valid tickets
//! with its way and category, and is known to every other way.

use jol_core::detect::{Beacon, Sighting};
use jol_core::money::Money;
use jol_core::operator::wire::TapOutcome;
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::ticket::{Issuer, NumberKind};
use jol_core::travel::TravelQuery;
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, Passenger, Scene, Staff, tell};
use jol_headless::world::terminal::{Shows, Terminal};

const NUMBER: &str = "+77771234567";
/// No ride is longer.
const RUN_MS: i64 = 45 * 60_000;

/// Who is there all day.
struct Day<'a> {
    scene: &'a Scene<'a>,
    aru: Passenger<'a>,
    inspector: Staff<'a>,
    terminal: Terminal,
    card: String,
    /// Its number, and the code that is printed on it.
    printed: (String, String),
    /// The card that the app shows as a code: its id and number. It is used where it is said.
    in_app: (String, String),
    shows_app: bool,
    bank: String,
}

impl Day<'_> {
    /// A bus that the app learned of in some way is paid by a tap.
    fn taps(&self, vehicle: &str, way: Way) {
        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = self.aru.jol.quote(vehicle, way, Source::PhoneBalance, adult, false).expect("a quote");
        assert_eq!(quote.paid_by, None, "{way:?}: the ride before is over");
        let key = self.aru.tap(&quote);
        self.aru.settle();
        assert!(matches!(self.aru.payment(&key).state, PaymentState::Paid { .. }), "{way:?}");
    }

    /// Pays a ride on bus 547 in this way.
    fn pays(&mut self, way: Way) {
        let now_ms = self.scene.now_ms();
        match way {
            Way::App => self.taps("0547", way),
            Way::BusQr => {
                let seen = crate::photographed(&self.aru, self.terminal.sticker());
                let bus = self.aru.jol.bus_by_code(&seen.text).expect("a bus");
                self.taps(&bus.vehicle, way);
            }
            Way::Nfc => {
                let (shows, named) = self.aru.holds_phone(&mut self.terminal, None);
                assert_eq!(shows, Shows::LookAtPhone);
                let bus = self.aru.jol.bus_by_code(&named.expect("a bus").text).expect("a bus");
                self.taps(&bus.vehicle, way);
            }
            Way::Bluetooth => {
                let operator = Issuer::new(OperatorData::SAMPLE_ISSUER).expect("a code");
                let beacon = Beacon { operator, bus: "547".to_owned() }.to_bytes();
                let sighting = self.aru.jol.observe_beacon(&beacon, -55).expect("heard");
                let Sighting::Choose { candidates, .. } = sighting else { panic!("{sighting:?}") };
                self.taps(&candidates[0].vehicle, way);
            }
            Way::Sms => {
                let message = self.aru.writes("0547", way, 1);
                self.scene.sms(NUMBER, &message.text);
            }
            Way::Messenger => {
                let message = self.aru.writes("0547", way, 1);
                let sent = serde_json::json!({
                    "way": "messenger", "from": NUMBER, "text": message.text, "id": "b1"
                });
                self.scene.delivers(sent);
            }
            Way::SmartCard => drop(self.terminal.smart_card(&self.card, now_ms)),
            Way::QrCard => {
                let code = match self.shows_app {
                    true => self.aru.shows_card(&self.in_app.0),
                    false => self.printed.1.clone(),
                };
                let shows = self.terminal.code(&code, now_ms);
                assert!(matches!(shows, Shows::Welcome { .. }), "{shows:?}");
            }
            Way::BankCard => drop(self.terminal.bank_card(&self.bank, now_ms)),
            Way::Cash => {
                let sale =
                    format!(r#"{{"vehicle":"0547","way":"cash","number":"17-000041","account":"{NUMBER}"}}"#);
                self.scene.control("POST", "/sandbox/rides", &sale);
            }
        }
        if matches!(way, Way::SmartCard | Way::QrCard | Way::BankCard) {
            let became = self.scene.reports(&mut self.terminal, 2);
            assert_eq!(became, [TapOutcome::Charged { fare: Money::tenge(100) }], "{way:?}");
        }
    }

    /// Nobody takes money for this ride again, and it is shown as what it is.
    fn rides_once(&mut self, way: Way, rides: u32) {
        let before = self.scene.books::<i64>("SELECT count(*) FROM entry", []);
        self.aru.jol.refresh().expect("asked");
        self.aru.settle();
        let ticket = self.aru.ticket();
        assert_eq!((ticket.way, ticket.bus.as_str()), (way, "547"));
        assert_eq!((ticket.passengers[0].category.as_str(), ticket.passengers[0].count), ("Взрослый", 1));
        for language in LANGUAGES {
            self.aru.jol.set_language(language);
            let ticket = self.aru.ticket();
            for text in [&ticket.way_text, &ticket.show_text] {
                assert!(!text.is_empty() && !text.contains('{') && !text.contains("way-"), "{text}");
            }
        }
        self.aru.jol.set_language(LANGUAGES[1]);
        assert!(self.aru.quote("0547").paid_by.is_some(), "{way:?}: the app knows");
        self.scene.sms(NUMBER, "547");
        self.terminal.smart_card(&self.card, self.scene.now_ms());
        self.terminal.bank_card(&self.bank, self.scene.now_ms());
        let became = self.scene.reports(&mut self.terminal, 1);
        assert_eq!(became, [TapOutcome::AlreadyPaid, TapOutcome::AlreadyPaid], "{way:?}");
        assert_eq!(self.scene.rides_of(NUMBER), rides, "{way:?}");
        assert_eq!(
            self.scene.books::<i64>("SELECT count(*) FROM entry", []),
            before,
            "{way:?}: no money moves"
        );
        self.is_believed(way, &ticket.ride);
    }

    /// An inspector finds the ride, by its code or by a number.
    fn is_believed(&self, way: Way, ride: &str) {
        self.inspector.board("547");
        let number = |kind, number: &str| self.inspector.number(kind, number).verdict;
        let verdict = match way {
            Way::Cash => number(NumberKind::Receipt, "17-000041"),
            _ => self.inspector.look(&self.aru.show(ride, None)).0,
        };
        assert_eq!(verdict, "valid", "{way:?}");
        self.inspector.board("547");
        match way {
            Way::SmartCard => assert_eq!(number(NumberKind::Card, &self.card), "valid"),
            Way::QrCard => {
                let card = if self.shows_app { &self.in_app.1 } else { &self.printed.0 };
                assert_eq!(number(NumberKind::Card, card), "valid");
            }
            Way::BankCard => {
                let sql = "SELECT answer ->> 'key' FROM ride WHERE ride = ?1";
                let tap: String = self.scene.books(sql, [ride]);
                assert_eq!(number(NumberKind::Receipt, &tap), "valid");
            }
            _ => {}
        }
    }
}

#[test]
fn nine_ways() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger(NUMBER);
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        let (card, bank) = (scene.card(&aru, 1_000), scene.linked_bank_card(&aru));
        let (printed, code) = scene.printed_card(&aru, 500);
        let in_app = scene.app_card(&aru, 500);
        let printed_id = printed.id;
        let (terminal, printed) = (scene.terminal("0547"), (printed.number, code));
        let in_app = (in_app.id, in_app.number);
        let mut day =
            Day { scene: &scene, aru, inspector, terminal, card, printed, in_app, shows_app: false, bank };
        // A card as a code is shown in two forms: printed among the others, in the app at the end.
        let all: Vec<Way> = Way::ALL.into_iter().chain([Way::QrCard]).collect();
        for (nth, way) in (1..).zip(all.clone()) {
            scene.note("passenger", format!("pays by {way:?}"));
            day.shows_app = nth as usize == all.len();
            day.pays(way);
            if way.number() % 3 == 0 {
                day.aru.kill_and_start_again();
            }
            day.rides_once(way, nth);
            scene.pass_ms(RUN_MS);
            day.inspector.refresh();
        }
        let query = TravelQuery { limit: 50, ..TravelQuery::default() };
        let entries = day.aru.jol.travel_details(&query).expect("Travel Details").entries;
        let ways: Vec<Way> = entries.iter().rev().filter_map(|entry| entry.way).collect();
        assert_eq!(ways, all);
        let sum: i64 = entries.iter().map(|entry| entry.spent.tiyn).sum();
        let taken: i64 = scene.books("SELECT sum(gain) FROM posting WHERE purse LIKE 'fares:%'", []);
        assert_eq!((sum, taken), (115_000, 115_000), "ten times 100 ₸, and 150 ₸ in cash");
        for card in [&day.in_app.0, &printed_id] {
            let gave = Money::tenge(500).minus(scene.purse(&format!("card:{card}")));
            assert_eq!(gave, Some(Money::tenge(100)), "each code paid one ride");
        }
        assert!(day.aru.jol.ledger_is_balanced().expect("the ledger"));
        scene.books_balance();
    });
}
