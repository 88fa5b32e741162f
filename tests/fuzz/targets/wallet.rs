//! A whole wallet and what the operator answers to it. No network: its link is closed as soon as it is open,
//! and the answers are handed over as a shell's own carrier would.

use super::material::{self, NOW_MS};
use super::operator::{self, CITY, ODD, with_number, with_piece, with_text};
use super::{Bytes, tickets};
use jol_core::account::SignIn;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::detect::Fix;
use jol_core::entropy::SeededEntropy;
use jol_core::geo::Point;
use jol_core::jol::{CodeCheck, Jol, JolError, NoticesOf, Opening, OperatorEntry};
use jol_core::kept::PlaceRole;
use jol_core::money::Money;
use jol_core::operator::outbox::{Carried, Operation};
use jol_core::pay::message::MessageStanding;
use jol_core::pay::{Source, Way};
use jol_core::plan::{Endpoint, PlanQuery, When};
use jol_core::text::Language;
use jol_core::ticket::StickerKind;
use jol_core::travel::{ExportFormat, TravelQuery};
use jol_core::wallet::{Category, PassengerGroup};
use std::path::Path;
use std::sync::Arc;
use std::thread::ThreadId;

/// A wallet in hand.
pub(crate) struct Phone {
    pub(crate) jol: Jol,
    clock: SimulatedClock,
    /// The bytes of the last payment.
    request: Vec<u8>,
}

/// A clock that stands at the phone's start for the link's thread: nothing is due there, and so it sends
/// nothing, and no story hangs on who was quicker.
struct OneThreadsClock {
    clock: SimulatedClock,
    thread: ThreadId,
}

impl Clock for OneThreadsClock {
    fn wall_ms(&self) -> i64 {
        self.clock.wall_ms()
    }

    fn boot_ms(&self) -> i64 {
        if std::thread::current().id() == self.thread { self.clock.boot_ms() } else { 0 }
    }
}

pub(crate) fn open(folder: &Path) -> Result<Phone, JolError> {
    let root = material::root();
    let opening = Opening {
        folder: folder.display().to_string(),
        operator: OperatorEntry {
            code: root.issuer.to_string(),
            // The port of "discard": nobody answers there.
            address: "http://127.0.0.1:9".to_owned(),
            root_key: root.public_key.to_vec(),
            tls_root: None,
        },
        data_key: vec![7; 32],
        boot_id: "boot-1".to_owned(),
        device_name: "a phone".to_owned(),
        language: Language::Kk,
        app_version: jol_core::VERSION.to_owned(),
    };
    let clock = SimulatedClock::at(NOW_MS);
    let one = OneThreadsClock { clock: clock.clone(), thread: std::thread::current().id() };
    let jol = Jol::open_simulated(opening, Arc::new(one), Arc::new(SeededEntropy::new(5)))?;
    jol.close();
    Ok(Phone { jol, clock, request: Vec::new() })
}

/// A folder of this thread without anything in it.
pub(crate) fn empty_folder() -> std::path::PathBuf {
    let folder = material::place("wallet");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder in our own");
    folder
}

/// A story of taps and answers. `[tap]` below 128 is something that the passenger does; from there on the
/// oldest call (or another) is answered: `[128 | which] [how] [nth] [odd] [length] [bytes]`.
pub(crate) fn answers(input: &[u8]) {
    let folder = empty_folder();
    let mut phone = open(&folder).expect("a new wallet");
    let mut steps = Bytes(input);
    // A story of more steps than this only takes longer.
    for _ in 0..120 {
        if steps.is_empty() {
            break;
        }
        let step = steps.byte();
        match step {
            0..128 => phone.tap(step, &mut steps),
            128.. => phone.answer(usize::from(step & 127), &mut steps),
        }
    }
    phone.look();
    phone.exports();
    let balanced = phone.jol.ledger_is_balanced();
    assert_eq!(balanced, Ok(true), "money from nowhere");
    drop(phone);
    let phone = open(&folder).expect("what was kept opens again");
    phone.look();
    assert_eq!(phone.jol.ledger_is_balanced(), balanced);
}

impl Phone {
    pub(crate) fn tap(&mut self, step: u8, steps: &mut Bytes<'_>) {
        let jol = &self.jol;
        // What it gives is no matter here: a refusal is an answer too.
        let done = match step {
            0 => jol.accept_terms(1),
            1 => jol.sign_in("+77011234567"),
            2 => jol.enter_code("445566"),
            3 => {
                let key = material::phone();
                let signed = jol.enrolment_to_sign(&key.public_key()).map(|message| key.sign(&message));
                signed.and_then(|signature| jol.enrol(&key.public_key(), &signature, None))
            }
            4 => jol.choose_city(CITY),
            5 => jol.register_card(Category::School, "Оқушы"),
            6 => jol.top_up("1234567890", "kaspi", Money::tenge(500)).map(drop),
            7 => self.pay(),
            8 => jol.refresh_cities(),
            9 => jol.refresh(),
            10 => jol.refresh_top_ups(),
            11 => jol.sign_out(),
            12 => jol.network_changed(),
            13 => {
                let fix = Fix {
                    at_ms: self.clock.wall_ms(),
                    point: Point { lat: 47.1, lon: 51.902 },
                    accuracy_m: 5.0,
                    speed_mps: None,
                    bearing_deg: None,
                    mocked: false,
                };
                jol.observe(&fix).map(drop)
            }
            14 => jol.board("mid", 5).map(drop),
            15 => {
                self.clock.advance_ms(i64::from(u16::from_le_bytes(steps.array())) * 1_000);
                Ok(())
            }
            16 => {
                self.look();
                Ok(())
            }
            18 => {
                self.settle();
                Ok(())
            }
            19 => self.reserve(),
            20 => self.board(),
            21 => self.give_back(),
            22 => self.write(Way::Sms),
            23 => self.write(Way::Messenger),
            24 => jol.take_message(&String::from_utf8_lossy(steps.piece(120))).map(drop),
            25 => self.not_sent(),
            17 => jol.choose_city(&String::from_utf8_lossy(steps.piece(8))),
            _ => Ok(()),
        };
        drop(done);
    }

    /// What waits is answered well, and what that asks for, too.
    fn settle(&mut self) {
        for _ in 0..20 {
            if self.jol.outbox_due().is_empty() {
                break;
            }
            self.answer(0, &mut Bytes(&[]));
        }
    }

    fn pay(&mut self) -> Result<(), JolError> {
        let one = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = self.jol.quote("0547", Way::App, Source::PhoneBalance, one, false)?;
        self.jol.pay(&quote, Some(&material::phone().sign(&quote.to_sign))).map(drop)
    }

    fn write(&mut self, way: Way) -> Result<(), JolError> {
        let one = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        self.jol.message_opened(&self.jol.message("0547", way, one)?)
    }

    fn not_sent(&mut self) -> Result<(), JolError> {
        match self.jol.messages()?.first() {
            Some(message) => self.jol.message_not_sent(&message.message),
            None => Ok(()),
        }
    }

    fn reserve(&mut self) -> Result<(), JolError> {
        let one = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = self.jol.quote_offline(2, Source::PhoneBalance, one)?;
        self.jol.reserve_offline(&quote, &material::phone().sign(&quote.to_sign)).map(drop)
    }

    fn board(&mut self) -> Result<(), JolError> {
        let boarding = self.jol.boarding("547", None)?;
        self.jol.board_offline(&boarding, &material::phone().sign(&boarding.to_sign)).map(drop)
    }

    fn give_back(&mut self) -> Result<(), JolError> {
        for voucher in self.jol.offline_rides()?.reserved.into_iter().filter_map(|one| one.voucher) {
            if let Ok(giving) = self.jol.quote_give_back(&voucher) {
                self.jol.give_back(&giving, &material::phone().sign(&giving.to_sign))?;
            }
        }
        Ok(())
    }

    pub(crate) fn answer(&mut self, which: usize, steps: &mut Bytes<'_>) {
        let [how, nth, odd, length] = steps.array();
        let piece = steps.piece(usize::from(length));
        let calls = self.jol.outbox_due();
        let Some(call) = calls.get(which % calls.len().max(1)) else { return };
        if call.operation == Operation::Payment {
            self.request.clone_from(&call.body);
        }
        let good = operator::good(call, &self.request, self.clock.wall_ms());
        let (status, body) = match how % 8 {
            0 | 1 => (200, good),
            2 => (200, with_number(&good, usize::from(nth), ODD[usize::from(odd) % ODD.len()])),
            3 => (200, with_text(&good, usize::from(nth), &String::from_utf8_lossy(piece))),
            4 => (200, with_piece(&good, usize::from(nth) * 4 + usize::from(odd), piece)),
            5 => (200, piece.to_vec()),
            6 => (400 + u16::from(nth), piece.to_vec()),
            _ => (u16::from(nth) * 2 + 100, good),
        };
        if let Some(path) = &call.into_file {
            let pack = material::pack();
            let written = if how % 8 < 2 { pack.to_vec() } else { with_piece(pack, usize::from(nth), piece) };
            std::fs::write(path, written).expect("room for a small file");
        }
        let carried = match how {
            255 => Carried::NoAnswer,
            _ => Carried::Answer {
                status,
                etag: Some("e".to_owned()),
                body,
                round_trip_ms: i64::from(odd),
                wait_ms: None,
            },
        };
        self.jol.outbox_deliver(call, carried);
    }

    /// Whatever the operator answered: what leaves the wallet as signed was signed.
    fn exports(&self) {
        for format in [ExportFormat::Json, ExportFormat::Csv, ExportFormat::Pdf] {
            let export = self.jol.export(&TravelQuery::default(), format);
            let verified = export.and_then(|export| self.jol.verify_export(&export.bytes));
            assert!(!verified.as_ref().is_ok_and(|said| !said.faults.is_empty()), "{verified:?}");
        }
    }

    /// Everything that a screen asks.
    pub(crate) fn look(&self) {
        let jol = &self.jol;
        let _ = (jol.account(), jol.operator(), jol.terms(), jol.cities(), jol.city(), jol.city_rules());
        let _ = (jol.vehicles(), jol.cards(), jol.categories(), jol.points_of_sale(), jol.top_up_providers());
        let _ = (jol.top_ups(), jol.sources(), jol.spent_from(&Source::PhoneBalance), jol.waits_until_ms());
        for payment in jol.payments().unwrap_or_default() {
            let _ = (jol.payment(&payment.key), jol.receipt(&payment.key));
        }
        for ticket in jol.tickets().unwrap_or_default() {
            let Ok(sign) = jol.to_sign(&ticket.ride, None) else { continue };
            let signature = material::phone().sign(&sign.message);
            let _ = jol.present_text(&ticket.ride, sign.slot, None, Some(&signature));
            let _ = jol.present_text(&ticket.ride, sign.slot, Some(b"inspect!"), None);
        }
        for message in jol.messages().unwrap_or_default() {
            // No text that was pasted makes a message paid: only a ride with the operator's signature does.
            if let MessageStanding::Paid { ride } = &message.standing {
                assert!(jol.ticket(ride).is_ok(), "{message:?}");
            }
            assert!(!message.says.is_empty());
        }
        if let Ok(offline) = jol.offline_rides() {
            assert!(offline.reserved.iter().all(|one| one.left <= one.rides && !one.text.is_empty()));
        }
        let _ = (jol.month_sum(self.clock.wall_ms()), jol.travel_months(), jol.sighting());
        for entry in jol.travel_details(&TravelQuery::default()).map(|page| page.entries).unwrap_or_default()
        {
            assert!(!entry.what.is_empty() && !entry.became.is_empty(), "{entry:?}");
            assert_eq!(jol.travel_entry(&entry.id).map(|one| one.id), Ok(entry.id));
        }
        let _ = jol.export(&TravelQuery::default(), ExportFormat::Pdf);
        let _ = (jol.board("mid", 5), jol.places("самал", None, 5), jol.bus_by_number("547"));
        let _ = jol.bus_by_code(&tickets::sticker(StickerKind::Bus, "0547"));
        for kind in [StickerKind::Bus, StickerKind::Stop, StickerKind::Card] {
            if let Ok(code) = jol.what_is(&tickets::sticker(kind, "0547")) {
                assert!(code.warn == (code.check == CodeCheck::NotGenuine) && !code.says.is_empty());
            }
        }
        let point = |lon| Endpoint::Point { point: Point { lat: 47.1, lon }, name: String::new() };
        let query = PlanQuery::new(point(51.9), point(51.908), When::DepartAt { ms: NOW_MS });
        self.follow(&query);
        for city in jol.cities().unwrap_or_default() {
            assert!(!city.id.contains(['/', '\\', '.']), "a city's id names files: {:?}", city.id);
        }
        if let Ok(account) = jol.account() {
            assert!(!matches!(account.sign_in, SignIn::Asking { to } if to.is_empty()));
        }
        if let Err(error) = jol.quote("0547", Way::App, Source::PhoneBalance, Vec::new(), true) {
            assert!(!error.text(Language::Ru).is_empty());
        }
    }
}

impl Phone {
    /// Journeys as they go, and what is kept.
    fn follow(&self, query: &PlanQuery) {
        let jol = &self.jol;
        for journey in jol.plan(query).unwrap_or_default().journeys {
            if let Ok(live) = jol.live_journey(&journey) {
                assert!(live.legs.iter().all(|leg| leg.departure_ms <= leg.arrival_ms), "{live:?}");
            }
            let _ = jol.journey_prices(&journey, Category::Standard);
            let _ = (jol.plan_instead(query, &journey, 1), jol.save_journey(query, &journey));
        }
        let _ = (jol.keep_place(PlaceRole::Home, "", &query.from), jol.keep_line("5"));
        let _ = (jol.remember_search(query), jol.notices(&NoticesOf::All), jol.notices(&NoticesOf::Mine));
        for id in jol.saved_journeys().unwrap_or_default().into_iter().take(2).map(|journey| journey.id) {
            let _ = jol.refresh_saved_journey(&id);
        }
        let _ =
            (jol.kept_places(), jol.kept_lines(), jol.kept_trips(), jol.recent_places(), jol.recent_trips());
    }
}

/// Terms, sign-in, key, city, each with its answers.
pub(crate) const SIGNED_UP: [u8; 10] = [18, 0, 1, 18, 2, 18, 3, 18, 4, 18];
/// Card, top-up, payment, a position, a board, each with its answers.
pub(crate) const FIRST_RIDE: [u8; 10] = [5, 18, 6, 18, 7, 18, 13, 18, 14, 16];

/// Rides that are paid before, one in a bus, the rest given back after it.
const OFFLINE: [u8; 13] = [19, 18, 20, 16, 20, 18, 15, 0x18, 0x15, 21, 18, 9, 18];

/// The first ride; and one after which the operator's numbers are odd, one after another, in all that it
/// tells of this account.
pub(crate) fn stories() -> Vec<Vec<u8>> {
    let mut seeds = vec![[SIGNED_UP, FIRST_RIDE].concat(), [&SIGNED_UP[..], &OFFLINE].concat()];
    for odd in [7, 8, 10, 11] {
        let mut story = SIGNED_UP.to_vec();
        for number in 0..12 {
            story.push(9);
            story.extend(
                [[128, 2, number, odd, 0], [129, 2, number, odd, 0], [130, 2, number, odd, 0]].concat(),
            );
            story.push(16);
        }
        seeds.push(story);
        // The same for a payment, a top-up and the rules.
        seeds.push([&SIGNED_UP[..], &[6, 128, 2, 0, odd, 0, 7, 128, 2, 0, odd, 0, 16, 18, 16]].concat());
        // And for what is paid before.
        for number in 0..3 {
            let odd = [128, 2, number, odd, 0];
            let steps =
                [&SIGNED_UP[..], &[19], &odd, &[18, 20], &odd, &[18, 21], &odd, &[18, 9], &odd, &[16]];
            seeds.push(steps.concat());
        }
        seeds.push([&SIGNED_UP[..8], &[4, 128, 2, 0, odd, 0, 129, 2, 3, odd, 0, 18, 7, 18, 16]].concat());
    }
    // A message, an answer that anybody could have written, and the operator's word.
    let answer = "Оплачено: автобус 547, маршрут 5, 100 тг. Билет 408170, 14:02";
    let mut pasted = answer.as_bytes().to_vec();
    pasted.resize(120, b' ');
    seeds.push([&SIGNED_UP[..], &[22, 16, 24], &pasted, &[16, 18, 16, 9, 18, 16]].concat());
    seeds.push([&SIGNED_UP[..], &[23, 25, 16, 22, 15, 255, 255, 9, 18, 16]].concat());
    // Found by reading: a city whose id leads out of the wallet's folder.
    for which in 128..134 {
        seeds.push([&SIGNED_UP[..5], &[which, 3, 0, 0, 7], b"../../x", &[16]].concat());
    }
    seeds
}
