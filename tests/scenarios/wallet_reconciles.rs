//! Whatever a passenger does with the wallet, in whatever order, with answers lost and the app killed: the phone's
//! ledger and the operator's say the same of every account, to the tiyn.

use jol_core::money::Money;
use jol_core::operator::wire::{CardForm, CardState, CardWish};
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::wallet::{Category, PassengerGroup, TopUpStanding};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Passenger, Scene, tell};
use jol_headless::world::dice::Dice;

const DEEDS: u32 = 60;
const BUSES: [&str; 2] = ["0547", "0548"];

#[test]
fn wallet_reconciles() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        let mut dice = Dice::new(story.seed(), "wallet");
        for form in [CardForm::Virtual, CardForm::QrApp, CardForm::Virtual] {
            aru.jol.register(Category::Standard, form, "", false).expect("asked");
        }
        aru.settle();
        // Each kind of deed once, whatever the dice say.
        let first = aru.jol.cards().expect("the cards").remove(0);
        aru.jol.top_up(&first.number, "app", Money::tenge(300)).expect("asked");
        let card =
            aru.jol.offers().expect("the offers").into_iter().find(|offer| offer.price == Money::tenge(300));
        aru.jol.buy(&card.expect("an offer"), Source::PhoneBalance).expect("asked");
        aru.settle();
        pays(&aru, BUSES[0], Source::SmartCard { card: first.id });
        aru.settle();
        let mut pick = |most: usize| (dice.next() % most as u64) as usize;
        for nth in 0..DEEDS {
            let cards = aru.jol.cards().expect("the cards");
            let card = cards[pick(cards.len())].clone();
            let bus = BUSES[pick(BUSES.len())];
            match pick(10) {
                0 | 1 => {
                    let provider = ["app", "kaspi", "qiwi"][pick(3)];
                    let sum = Money::tenge(100 + 10 * pick(20) as i64);
                    aru.jol.top_up(&card.number, provider, sum).expect("asked");
                }
                2 | 3 => {
                    let source = match pick(2) {
                        0 => Source::PhoneBalance,
                        _ => Source::SmartCard { card: card.id.clone() },
                    };
                    pays(&aru, bus, source);
                }
                4 => _ = scene.try_tap(&format!(r#""vehicle":"{bus}","card":"{}""#, card.number)),
                5 => {
                    let wish = [CardWish::Block, CardWish::Unblock, CardWish::Lose][pick(3)];
                    aru.jol.change_card(&card.id, wish).expect("asked");
                }
                6 => {
                    let to = &cards[pick(cards.len())].id;
                    if *to != card.id {
                        aru.jol.move_card(&card.id, to).expect("asked");
                    }
                }
                7 => {
                    let offers = aru.jol.offers().expect("the offers");
                    let offer = &offers[pick(offers.len())];
                    if offer.price <= Money::tenge(300) {
                        let source = [Source::PhoneBalance, Source::SmartCard { card: card.id.clone() }];
                        aru.jol.buy(offer, source[pick(2)].clone()).expect("asked");
                    }
                }
                8 => gives_back(&aru),
                _ => {
                    let operation = ["pay", "startTopUp", "buy", "moveCard", "refundRide"][pick(5)];
                    scene.fault(operation, FaultKind::DropAnswer, 1 + pick(2) as u32);
                }
            }
            aru.settle();
            banks_answer(&scene, &aru, pick(3) > 0);
            if nth % 15 == 14 {
                aru.kill_and_start_again();
            }
            scene.pass_ms(1_000 + 60_000 * pick(4) as i64);
        }
        scene.heal();
        for _ in 0..3 {
            scene.pass_ms(10 * 60_000);
            aru.settle();
            banks_answer(&scene, &aru, true);
        }
        aru.jol.refresh().expect("asked");
        assert_eq!(aru.settle(), 0, "everything has its answer");

        let accounts = aru.jol.card_accounts().expect("the accounts");
        assert!(
            accounts.iter().any(|account| account.told > Money::ZERO),
            "something happened: {accounts:?}"
        );
        for account in accounts {
            let held: i64 = scene.books(
                "SELECT coalesce(sum(gain), 0) FROM posting WHERE purse = 'card:' || ?1",
                [&account.card],
            );
            assert_eq!(
                (account.told.tiyn, account.booked.tiyn, account.elsewhere),
                (held, held, Money::ZERO),
                "{account:?}"
            );
        }
        let left = aru.jol.ledger_balance("phone").expect("the ledger");
        assert_eq!(Money::ZERO.minus(left), Some(scene.gone_from_phone(&aru.number)), "the phone's balance");
        let month = aru.jol.month_sum(jol_headless::story::NOON_MS).expect("a sum");
        let sold: i64 =
            scene.books("SELECT coalesce(sum(gain), 0) FROM posting WHERE purse LIKE 'sales:%'", []);
        let fares: i64 =
            scene.books("SELECT coalesce(sum(gain), 0) FROM posting WHERE purse LIKE 'fares:%'", []);
        let topped_up: i64 = scene.books(
            "SELECT coalesce(sum(gain), 0) FROM posting JOIN entry USING (entry)
             WHERE what = 'top_up' AND purse LIKE 'card:%'",
            [],
        );
        assert_eq!(month.bought.tiyn, sold);
        assert_eq!(month.spent.minus(month.came_back).expect("a sum").tiyn, fares);
        assert_eq!(month.topped_up.tiyn, topped_up);
        assert!(sold > 0 && fares > 0 && topped_up > 0, "{sold} {fares} {topped_up}: each kind happened");
        assert!(aru.jol.ledger_is_balanced().expect("the ledger"));
        scene.books_balance();
        let states = aru.jol.cards().expect("the cards");
        story.note(
            "phone",
            format!("ends with {:?}", states.iter().map(|one| one.state).collect::<Vec<CardState>>()),
        );
    });
}

fn pays(aru: &Passenger<'_>, bus: &str, source: Source) {
    let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
    let quote = aru.jol.quote(bus, Way::App, source, adult, false).expect("a quote");
    aru.tap(&quote);
}

/// The newest ride that was paid is given back, if that is still possible.
fn gives_back(aru: &Passenger<'_>) {
    let payments = aru.jol.payments().expect("the payments");
    let ride = payments.into_iter().find_map(|payment| match payment.state {
        PaymentState::Paid { ride } => Some(ride),
        _ => None,
    });
    if let Some(ride) = ride {
        let _ = aru.jol.refund(&ride);
    }
}

fn banks_answer(scene: &Scene<'_>, aru: &Passenger<'_>, paid: bool) {
    for top_up in aru.jol.top_ups().expect("the top-ups") {
        if let (TopUpStanding::WaitingForBank { .. }, Some(id)) = (&top_up.standing, &top_up.top_up) {
            scene.control("POST", &format!("/sandbox/bank/{id}"), &format!(r#"{{"paid":{paid}}}"#));
        }
    }
    aru.jol.refresh_top_ups().expect("asked");
    aru.settle();
}
