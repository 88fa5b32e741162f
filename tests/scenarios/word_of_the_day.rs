//! The word of the day is fetched once and shown offline, and tomorrow's too; only the operator's is believed.

use crate::deliver;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jol_core::jol::{EyeView, TicketView};
use jol_core::operator::outbox::Operation;
use jol_core::ticket::{DaySign, DaySigns, Issuer, KeyId, Purpose, SigningKey};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};

const PATH: &str = "/v1/day-signs";
const DAY_MS: i64 = 24 * 3_600_000;
/// 2026-09-16, the day on which the story begins, in days since 1970.
const TODAY: u32 = 20_712;

fn eye(ticket: &TicketView) -> EyeView {
    ticket.eye.clone().expect("the word of the day")
}

#[test]
fn word_of_the_day() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        // What was asked for at the start may still be on its way.
        aru.settle();
        let first = scene.control("GET", PATH, "");
        scene.stop();

        // Nobody is there to ask: what the ticket shows lies in the phone, also after a start.
        let today = eye(&aru.ticket());
        aru.note(format!("shows {} on {}", today.word, today.colour));
        assert!(!today.word.is_empty() && today.colour.len() == 7 && today.ink != today.colour);
        aru.kill_and_start_again();
        aru.settle();
        assert_eq!(eye(&aru.ticket()), today);

        // Somebody else's list under the operator's name, newer than all others.
        let issuer = Issuer::new(OperatorData::SAMPLE_ISSUER).expect("a code");
        let id = KeyId { issuer, number: Purpose::CityData as u8 };
        let days = vec![DaySign { day: TODAY, colour: 0xFF_FFFF, word: "ЖАЛҒАН".to_owned() }];
        let list = DaySigns { number: u32::MAX, issued_s: 1_789_549_200, days };
        let forged = list.sign(&SigningKey::from_seed(id, Purpose::CityData, &[9; 32])).expect("a list");
        deliver(
            &aru.jol,
            Operation::DaySigns,
            PATH,
            &format!(r#"{{"day_signs":"{}"}}"#, URL_SAFE_NO_PAD.encode(forged)),
        );
        assert_eq!(eye(&aru.ticket()), today, "another key's list is not believed");

        // The ride ends, and with it the band.
        scene.pass_ms(2 * 3_600_000);
        let ended = aru.jol.tickets().expect("the tickets");
        assert!(ended.iter().all(|ticket| !ticket.is_valid && ticket.eye.is_none()), "{ended:?}");

        // The next day the operator pays out no signs: yesterday's list knows today's.
        scene.pass_ms(DAY_MS - 2 * 3_600_000);
        scene.start(None, |_| ());
        scene.fault("readDaySigns", FaultKind::Status { status: 404 }, 100);
        aru.settle();
        aru.quote_and_pay("0548");
        let tomorrow = eye(&aru.ticket());
        assert_ne!((&tomorrow.word, &tomorrow.colour), (&today.word, &today.colour));

        // It does again, and is asked the day after because it is heard of; that list is newer.
        scene.heal();
        scene.pass_ms(DAY_MS);
        aru.settle();
        aru.jol.refresh().expect("a question");
        aru.settle();
        aru.quote_and_pay("0547");
        let third = eye(&aru.ticket());
        assert_ne!(third.word, tomorrow.word, "the first list does not reach so far");
        scene.stop();
        // The first list knew neither this day, nor may it come back.
        deliver(&aru.jol, Operation::DaySigns, PATH, &first);
        assert_eq!(eye(&aru.ticket()), third, "an older list is refused");
    });
}
