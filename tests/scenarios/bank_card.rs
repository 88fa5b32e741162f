//! A bank card is linked on the bank's own page and pays; its number is never on the phone or on the link.

use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::pay::{DeclineReason, Payment, PaymentState, Source, Way};
use jol_core::wallet::{BankLink, BankLinkStanding, Category, PassengerGroup};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Passenger, Scene, tell};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::spawn;

/// What the passenger types on the bank's page.
const NUMBER: &str = "4400430212345679";

#[test]
fn bank_card() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let operator = scene.sandbox(|sandbox| sandbox.base_url.clone());
        let line = Line::to(operator.trim_start_matches("http://").trim_end_matches('/'));
        let mut opening = scene.opening("wallet");
        opening.operator.address = line.address.clone();
        let mut aru = scene.newcomer_with("+77771234567", opening);
        assert_eq!(aru.jol.link_bank_card(), Err(JolError::NotSignedIn));
        aru.sign_up();
        assert_eq!(aru.jol.bank_link(), Ok(None));

        // The answer is lost again and again, and the passenger taps twice: one linking.
        scene.fault("linkBankCard", FaultKind::DropAnswer, 99);
        aru.jol.link_bank_card().expect("asked");
        let key = link(&aru).key;
        aru.jol.link_bank_card().expect("asked");
        aru.settle();
        assert_eq!((link(&aru).key, link(&aru).standing), (key, BankLinkStanding::Asked));
        scene.heal();
        scene.pass_ms(5_000);
        aru.settle();
        let cancelled = page(&aru);
        let begun: u32 = scene.books("SELECT count(*) FROM bank_card", []);
        assert_eq!(begun, 1);

        // The passenger cancels at the bank, and hears that nothing was linked.
        at_bank(&scene, &operator, &cancelled, "refused");
        assert!(matches!(link(&aru).standing, BankLinkStanding::AtBank { .. }), "not before it is asked");
        aru.jol.refresh_bank_link().expect("asked");
        aru.settle();
        assert_eq!(link(&aru).standing, BankLinkStanding::RefusedByBank);
        assert_eq!(bank_cards(&aru), []);
        let said = LANGUAGES.map(|language| link(&aru).standing.text(language));
        assert!(said[0] != said[1] && said[1] != said[2] && said[0].contains(' '), "{said:?}");

        // Once more, on a new page; the phone ends the app meanwhile.
        aru.jol.link_bank_card().expect("asked");
        aru.settle();
        let second = page(&aru);
        assert_ne!(second, cancelled);
        at_bank(&scene, &operator, &second, "paid");
        aru.kill_and_start_again();
        aru.settle();
        let BankLinkStanding::Linked { token } = link(&aru).standing else { panic!("{:?}", link(&aru)) };
        let source = Source::BankCard { token };
        assert_eq!(bank_cards(&aru), std::slice::from_ref(&source), "shown without asking for it");

        // It pays, once, and the phone's balance is left alone.
        let paid = pay(&aru, "0547", &source);
        assert!(matches!(paid.state, PaymentState::Paid { .. }), "{paid:?}");
        assert_eq!(pay(&aru, "0547", &source).key, paid.key, "a second tap");
        was_charged(&scene, &aru, &source);
        assert_eq!(aru.jol.receipt(&paid.key).expect("a receipt that verifies").amount, Money::tenge(100));

        // A card that the bank does not know under this token: declined, and nothing is charged.
        let stranger = Source::BankCard { token: "taken-back".to_owned() };
        let PaymentState::Declined { reason, .. } = pay(&aru, "0548", &stranger).state else {
            panic!("nobody's card paid");
        };
        assert_eq!(reason, DeclineReason::NoMoney);
        assert_eq!(aru.jol.spent_from(&stranger), Ok(Money::ZERO));
        was_charged(&scene, &aru, &source);

        // The operator refuses, and then does not answer: each its own reason, and the card stays.
        scene.fault("linkBankCard", FaultKind::Status { status: 403 }, 1);
        aru.jol.link_bank_card().expect("asked");
        aru.settle();
        let BankLinkStanding::NotTaken { refusal } = link(&aru).standing else { panic!("{:?}", link(&aru)) };
        assert_ne!(refusal, Refusal::Unreachable);
        scene.stop();
        aru.jol.link_bank_card().expect("asked");
        aru.settle();
        scene.pass_ms(61_000);
        aru.settle();
        assert_eq!(link(&aru).standing, BankLinkStanding::NotTaken { refusal: Refusal::Unreachable });
        assert_eq!(bank_cards(&aru), [source]);

        // The app ends before there is a page: a new start does not wait for it.
        aru.jol.link_bank_card().expect("asked");
        aru.kill_and_start_again();
        assert_eq!(aru.jol.bank_link(), Ok(None));

        // Whoever signs in next on this phone does not go on with it.
        scene.start(None, |_| ());
        aru.jol.link_bank_card().expect("asked");
        aru.settle();
        page(&aru);
        aru.jol.sign_out().expect("signed out");
        assert_eq!(aru.jol.bank_link(), Ok(None));

        // The bank alone has seen the number, and nothing that looks like one was said.
        let holds = |bytes: &[u8]| bytes.windows(NUMBER.len()).any(|window| window == NUMBER.as_bytes());
        let heard = line.heard();
        let phone = files(Path::new(&aru.opening.folder));
        for (place, bytes) in
            [("the link", &heard), ("the phone", &phone), ("the operator", &files(&scene.books_folder()))]
        {
            assert!(bytes.len() > 10_000, "{place} was looked at");
            assert!(!holds(bytes), "{place}");
        }
        assert_eq!(card_numbers(format!("<b>{NUMBER}</b>").as_bytes()), [NUMBER], "it would be found");
        assert_eq!(card_numbers(&heard), Vec::<String>::new());
    });
}

fn link(passenger: &Passenger<'_>) -> BankLink {
    passenger.jol.bank_link().expect("the wallet").expect("a linking")
}

fn page(passenger: &Passenger<'_>) -> String {
    match link(passenger).standing {
        BankLinkStanding::AtBank { page } => page,
        other => panic!("no page: {other:?}"),
    }
}

/// In the phone's browser the passenger types the number and taps a button.
fn at_bank(scene: &Scene<'_>, operator: &str, page: &str, button: &str) {
    let path = page.strip_prefix(operator.trim_end_matches('/')).expect("the sandbox plays the bank");
    scene.control("POST", &format!("{path}/{button}"), &format!("number={NUMBER}"));
}

fn bank_cards(passenger: &Passenger<'_>) -> Vec<Source> {
    let sources = passenger.jol.sources().expect("the sources").into_iter();
    sources.map(|one| one.source).filter(|source| matches!(source, Source::BankCard { .. })).collect()
}

fn pay(passenger: &Passenger<'_>, vehicle: &str, source: &Source) -> Payment {
    let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
    let quote = passenger.jol.quote(vehicle, Way::App, source.clone(), adult, false).expect("a quote");
    let key = passenger.tap(&quote);
    passenger.settle();
    passenger.payment(&key)
}

/// One ride for 100 ₸ from this card, by the phone's ledger and by the operator's.
fn was_charged(scene: &Scene<'_>, passenger: &Passenger<'_>, source: &Source) {
    let fare = Money::tenge(100);
    assert_eq!(passenger.jol.spent_from(source), Ok(fare));
    assert_eq!(passenger.jol.spent_from(&Source::PhoneBalance), Ok(Money::ZERO));
    assert_eq!(passenger.jol.ledger_is_balanced(), Ok(true));
    assert_eq!(scene.charged(&passenger.number), (1, fare));
    assert_eq!(scene.gone_from_phone(&passenger.number), Money::ZERO);
    scene.books_balance();
}

/// The link between phone and operator, with somebody who listens.
struct Line {
    address: String,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Line {
    fn to(operator: &str) -> Line {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let (heard, operator) = (Arc::new(Mutex::new(Vec::new())), operator.to_owned());
        let ear = heard.clone();
        spawn(move || {
            for phone in listener.incoming().flatten() {
                let Ok(desk) = TcpStream::connect(&operator) else { continue };
                let (Ok(phones), Ok(desks)) = (phone.try_clone(), desk.try_clone()) else { continue };
                for (from, to) in [(phone, desk), (desks, phones)] {
                    let ear = ear.clone();
                    spawn(move || carry(from, to, &ear));
                }
            }
        });
        Line { address, heard }
    }

    /// Everything that was said so far, each direction of a connection in one piece.
    fn heard(&self) -> Vec<u8> {
        self.heard.lock().expect("nobody panicked").join(&b' ')
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, ear: &Mutex<Vec<Vec<u8>>>) {
    let own = {
        let mut heard = ear.lock().expect("nobody panicked");
        heard.push(Vec::new());
        heard.len() - 1
    };
    let mut block = [0; 1 << 14];
    while let Ok(read @ 1..) = from.read(&mut block) {
        ear.lock().expect("nobody panicked")[own].extend(&block[..read]);
        if to.write_all(&block[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// The wallet's or the ledger's files: those of SQLite.
fn files(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let databases = entries.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.contains(".db") || name.contains(".sqlite")
    });
    databases.flat_map(|path| std::fs::read(path).expect("a file")).collect()
}

/// What looks like a bank card's number: 15 to 19 digits that stand alone, with Luhn's check digit.
fn card_numbers(bytes: &[u8]) -> Vec<String> {
    let words = bytes.split(|byte| !byte.is_ascii_alphanumeric());
    let digits = words.filter(|word| (15..=19).contains(&word.len()) && word.iter().all(u8::is_ascii_digit));
    let luhn = |word: &&[u8]| {
        let sum: u32 = word
            .iter()
            .rev()
            .enumerate()
            .map(|(at, digit)| {
                let digit = u32::from(digit - b'0') * if at % 2 == 1 { 2 } else { 1 };
                digit / 10 + digit % 10
            })
            .sum();
        sum.is_multiple_of(10)
    };
    digits.filter(luhn).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
