//! A phone is held to the bus's terminal, which names its bus: the passenger confirms and pays, once; a terminal
//! that lies about its bus is told as such, and nothing is paid without the tap.

use jol_core::city::fares::Vehicle;
use jol_core::jol::CodeCheck;
use jol_core::pay::{Payment, PaymentState, Source, Way};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Passenger, Scene, tell};
use jol_headless::world::terminal::{Shows, Terminal};

fn quote(phone: &Passenger<'_>, bus: &Vehicle) -> jol_core::pay::Quote {
    let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
    phone.jol.quote(&bus.vehicle, Way::Nfc, Source::PhoneBalance, adult, false).expect("a quote")
}

fn paid(phone: &Passenger<'_>) -> Vec<Payment> {
    phone.jol.payments().expect("the payments")
}

#[test]
fn nfc_bus() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        let mut terminal = scene.terminal("0547");

        // It names the bus, and that is all.
        let before = crate::wallet(&aru);
        let (shows, named) = aru.holds_phone(&mut terminal, None);
        assert_eq!(shows, Shows::LookAtPhone);
        let code = named.expect("a bus");
        assert_eq!((code.check, code.warn), (CodeCheck::Genuine, false));
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let says = aru.jol.what_is(&code.text).expect("looked at").says;
            assert!(says.contains("547") && !says.contains('{'), "{says}");
        }
        assert_eq!(crate::wallet(&aru).1, before.1, "nothing is written without the tap");
        assert!(paid(&aru).is_empty());

        // The passenger compares the number and taps; the answer is lost, the app is killed.
        let bus = aru.jol.bus_by_code(&code.text).expect("a bus");
        let button = quote(&aru, &bus);
        assert_eq!((button.vehicle.painted.as_str(), button.fare.to_string()), ("547", "100".to_owned()));
        scene.fault("pay", FaultKind::DropAnswer, 1);
        let key = aru.tap(&button);
        aru.settle();
        aru.kill_and_start_again();
        aru.settle();
        scene.pass_ms(60_000);
        aru.settle();
        let payment = aru.payment(&key);
        assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
        assert_eq!(payment.way, Way::Nfc);
        let ride = aru.ticket();
        assert_eq!((ride.way, ride.bus.as_str()), (Way::Nfc, "547"));

        // Held to it once more: its ticket is read, or the ride is named again and costs nothing.
        assert_eq!(aru.holds_phone(&mut terminal, Some(&ride.ride)).0, Shows::Ticket { verdict: "valid" });
        let (_, named) = aru.holds_phone(&mut terminal, None);
        let again = aru.jol.bus_by_code(&named.expect("a bus").text).expect("a bus");
        assert_eq!(quote(&aru, &again).paid_by, Some(key));
        aru.was_charged(1, 100);

        // Somebody's reader that says to be another bus: its code was not signed.
        let keys = scene.keys();
        let sticker = terminal.sticker().replacen("/0547/", "/0548/", 1);
        let mut liar = Terminal::new(&bus, sticker, keys.clone());
        let (shows, named) = aru.holds_phone(&mut liar, None);
        assert_eq!(shows, Shows::No, "the reader hears that it is not believed");
        let code = named.expect("the passenger reads of it");
        assert_eq!((code.check, code.warn), (CodeCheck::NotGenuine, true));
        assert!(aru.jol.bus_by_code(&code.text).is_err(), "and no button comes of it");
        // Nor of a genuine code of something else, or of any text.
        for text in ["HTTPS://RIDE.EXAMPLE/", "547"] {
            let mut odd = Terminal::new(&bus, text.to_owned(), keys.clone());
            assert_eq!(aru.holds_phone(&mut odd, None), (Shows::No, None));
        }
        // A phone that was pulled away paid nothing and is asked anew.
        assert_eq!(terminal.phone(0, |_| None), Shows::No);
        assert_eq!(aru.holds_phone(&mut terminal, None).0, Shows::LookAtPhone);
        aru.was_charged(1, 100);
    });
}
