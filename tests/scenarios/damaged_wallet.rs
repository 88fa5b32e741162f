//! A damaged wallet is rebuilt from what can be read of it: no tap is lost with its answer, and what cannot be
//! read comes from the operator.

use jol_core::jol::{Opening, ReservedRides, ReservedStanding};
use jol_core::money::Money;
use jol_core::operator::wire::{CardForm, CardWish, PurchaseItem};
use jol_core::pay::{ChangeState, PaymentState, Source};
use jol_core::wallet::{Category, PurchaseStanding};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::sandbox::fleet::ShuttleFleet;
use jol_headless::story::{LANGUAGES, Passenger, Scene, Story, tell};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PAGE: usize = 4_096;

/// Closes the app and takes its log into a copy of its file.
fn whole(aru: &Passenger<'_>) -> (PathBuf, Vec<u8>) {
    aru.jol.close();
    let file = Path::new(&aru.opening.folder).join("wallet.db");
    let copy = file.with_file_name("copy.db");
    for ending in ["", "-wal"] {
        let name = |name: &str| file.with_file_name(format!("{name}{ending}"));
        _ = std::fs::copy(name("wallet.db"), name("copy.db"));
    }
    let db = Connection::open(&copy).expect("the wallet");
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("its log");
    drop(db);
    let bytes = std::fs::read(&copy).expect("the wallet");
    (copy, bytes)
}

/// A phone of its own whose wallet is this file.
fn with_wallet(aru: &Passenger<'_>, nth: usize, bytes: &[u8]) -> Opening {
    let folder = format!("{}-{nth}", aru.opening.folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(Path::new(&folder).join("wallet.db"), bytes).expect("written");
    Opening { folder, ..aru.opening.clone() }
}

/// The pages of a table or an index, by its root: those that only it needs.
fn root_of(file: &Path, name: &str) -> usize {
    let db = Connection::open(file).expect("the wallet");
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    db.query_row(sql, [name], |row| row.get::<_, i64>(0)).expect("a table") as usize
}

/// The tables and indices of a wallet.
fn names(file: &Path) -> Vec<String> {
    let db = Connection::open(file).expect("the wallet");
    let mut names = db.prepare("SELECT name FROM sqlite_schema WHERE rootpage > 0").expect("a schema");
    names.query_map([], |row| row.get(0)).expect("names").flatten().collect()
}

#[test]
fn damaged_wallet() {
    tell(module_path!(), |story| {
        page_by_page(story);
        wishes_without_their_calls(story);
    });
}

/// The whole outbox cannot be read any more: every wish that had no answer is asked for again under its own key,
/// and is carried out once, whether the operator had heard of it or not.
fn wishes_without_their_calls(story: &Story) {
    for kind in [FaultKind::DropRequest, FaultKind::DropAnswer] {
        story.note("story", format!("the wishes had no answer: {kind:?}"));
        let scene = Scene::open_with(story, None, four_buses);
        let mut aru = scene.passenger("+77771234567");
        for _ in 0..2 {
            aru.jol.register_card(Category::Standard, "").expect("asked");
            aru.settle();
        }
        let [from, to]: [String; 2] = {
            let ids = aru.jol.cards().expect("the cards").into_iter().map(|card| card.id);
            ids.collect::<Vec<_>>().try_into().expect("two cards")
        };
        let number = aru.jol.cards().expect("the cards").remove(0).number;
        aru.jol.top_up(&number, "app", Money::tenge(300)).expect("asked");
        aru.settle();
        aru.jol.change_card(&from, CardWish::Lose).expect("asked");
        aru.settle();
        let paid = |bus: &str| {
            let PaymentState::Paid { ride } = aru.quote_and_pay(bus).state else { panic!("not paid") };
            ride
        };
        let (back, wrong) = (paid("0547"), paid("0548"));
        for _ in 0..2 {
            aru.reserve(1);
            aru.settle();
        }
        aru.jol.refresh().expect("asked");
        aru.settle();

        // From here on nothing is answered: seven wishes.
        scene.fault("*", kind, 9_999);
        let used = aru.board_offline("550", None).expect("a ride");
        let rest = aru.jol.offline_rides().expect("the wallet").reserved;
        let rest = rest.into_iter().find(|one| one.can_be_given_back).and_then(|one| one.voucher);
        let rest = rest.expect("a second voucher");
        aru.give_back(&rest).expect("signed");
        let reserved = aru.reserve(1);
        let refund = aru.jol.refund(&back).expect("asked");
        let quote = aru.jol.quote_correction(&wrong, "0549").expect("a quote");
        let correction = aru.jol.correct(&quote).expect("asked");
        let is_printed = |item: &PurchaseItem| {
            matches!(item, PurchaseItem::Card { form: CardForm::QrPrinted, category: Category::Standard, .. })
        };
        let printed = aru.jol.offers().expect("the offers").into_iter().find(|offer| is_printed(&offer.item));
        let purchase = aru.jol.buy(&printed.expect("an offer"), Source::PhoneBalance).expect("asked");
        aru.jol.move_card(&from, &to).expect("asked");
        aru.settle();
        let (file, bytes) = whole(&aru);
        let mut damaged = bytes.clone();
        for name in outbox(&file) {
            let page = root_of(&file, &name);
            damaged[(page - 1) * PAGE..page * PAGE].fill(0xa5);
        }
        // The damage is met at the start, or later: then the next start rebuilds.
        let opening = with_wallet(&aru, 1, &damaged);
        let mut told = None;
        for _ in 0..2 {
            let jol = scene.start_app(&opening, &aru.clock).expect("it opens");
            jol.drain(20_000).expect("what can be carried");
            jol.close();
            told = told.or_else(|| jol.rebuilt());
        }
        aru.opening = opening;
        aru.jol = scene.start_app(&aru.opening, &aru.clock).expect("rebuilt");
        assert!(told.or_else(|| aru.jol.rebuilt()).is_some(), "the damage was met");
        let standing = || {
            let bought = aru.jol.purchases().expect("the purchases").remove(0);
            let told = aru.jol.offline_rides().expect("the wallet").reserved;
            let of = |is_it: &dyn Fn(&ReservedRides) -> bool| {
                told.iter().find(|one| is_it(one)).expect("a reservation").standing.clone()
            };
            (
                aru.jol.ride_change(&refund).expect("a wish").state,
                aru.jol.ride_change(&correction).expect("a wish").state,
                (bought.key, bought.standing),
                of(&|one| one.key == reserved),
                of(&|one| one.voucher.as_deref() == Some(rest.as_str())),
            )
        };
        let asked = (
            ChangeState::Asked,
            ChangeState::Asked,
            (purchase.clone(), PurchaseStanding::Asked),
            ReservedStanding::Waiting,
            ReservedStanding::GivingBack { returns_ms: None },
        );
        assert_eq!(standing(), asked, "nothing is forgotten, nothing is guessed");
        assert!(aru.jol.ticket(&used).expect("the ride with a voucher").is_valid);

        scene.heal();
        for _ in 0..4 {
            aru.settle();
            scene.pass_ms(10_000);
        }
        aru.jol.refresh().expect("asked");
        aru.settle();
        let (refunded, corrected, (_, bought), usable, returning) = standing();
        assert!(matches!(refunded, ChangeState::Refunded { .. }), "{refunded:?}");
        assert!(matches!(corrected, ChangeState::Corrected { .. }), "{corrected:?}");
        let PurchaseStanding::Bought { what } = bought else { panic!("not bought: {bought:?}") };
        assert_eq!(usable, ReservedStanding::Usable);
        assert!(matches!(returning, ReservedStanding::GivingBack { returns_ms: Some(_) }), "{returning:?}");
        let cards = aru.jol.cards().expect("the cards");
        let left = |id: &str| cards.iter().find(|card| card.id == id).expect("a card").balance;
        assert_eq!((left(&from), left(&to)), (Money::ZERO, Money::tenge(300)), "the card's balance moved");
        // Each once, by the operator's books, and both ledgers say the same.
        for (what, times) in
            [("refund", 1), ("purchase", 1), ("move", 1), ("reserve", 3), ("offline_fare", 1), ("fare", 2)]
        {
            let sql = "SELECT count(*) FROM entry WHERE what = ?1";
            assert_eq!(scene.books::<u32>(sql, [what]), times, "{what}");
        }
        assert_eq!((cards.len(), cards.iter().filter(|card| card.id == what).count()), (3, 1));
        let held = "SELECT coalesce(sum(gain), 0) FROM posting WHERE purse LIKE 'voucher:%'";
        assert_eq!(aru.jol.ledger_balance("vouchers"), Ok(Money::tiyn(scene.books(held, []))));
        let phone = aru.jol.ledger_balance("phone").expect("the ledger");
        assert_eq!(Money::ZERO.minus(phone), Some(scene.gone_from_phone(&aru.number)));
        for account in aru.jol.card_accounts().expect("the accounts") {
            assert_eq!((account.booked, account.elsewhere), (account.told, Money::ZERO), "{account:?}");
        }
        assert!(aru.jol.ledger_is_balanced().expect("the ledger"));
        scene.books_balance();
    }
}

/// Two buses more.
fn four_buses(operator: &mut OperatorData) {
    let city = &mut operator.cities[0];
    for number in ["0549", "0550"] {
        let mut bus = city.vehicles[0].clone();
        bus.vehicle = number.to_owned();
        bus.painted = number.trim_start_matches('0').to_owned();
        bus.plate = format!("{number} JL 06");
        city.vehicles.push(bus);
    }
    let buses = city.vehicles.iter().map(|bus| (bus.vehicle.clone(), bus.line.clone())).collect();
    city.live = Arc::new(ShuttleFleet { buses, run_ms: 40 * 60_000 });
}

/// The outbox with its indices.
fn outbox(file: &Path) -> Vec<String> {
    let db = Connection::open(file).expect("the wallet");
    let sql = "SELECT name FROM sqlite_schema WHERE tbl_name = 'outbox' AND rootpage > 0";
    let mut names = db.prepare(sql).expect("a schema");
    names.query_map([], |row| row.get(0)).expect("names").flatten().collect()
}

fn page_by_page(story: &Story) {
    let scene = Scene::open(story);
    let mut aru = scene.passenger("+77771234567");
    aru.quote_and_pay("0547");
    aru.was_charged(1, 100);
    // A second tap that the operator never answered: it is in the outbox.
    scene.fault("payments", FaultKind::DropRequest, 9_999);
    let key = aru.tap(&aru.quote("0548"));
    aru.settle();
    let (file, bytes) = whole(&aru);

    // One page after another is damaged: the tables that hold neither the tap nor its call.
    let (mut rebuilt, mut nth) = (0, 0);
    let names = names(&file);
    for name in &names {
        let page = root_of(&file, name);
        let mut damaged = bytes.clone();
        damaged[(page - 1) * PAGE..page * PAGE].fill(0xa5);
        nth += 1;
        let opening = with_wallet(&aru, nth, &damaged);
        // The damage is met at the start, or later: then the next start rebuilds.
        let mut told = None;
        for _ in 0..2 {
            let jol = scene.start_app(&opening, &aru.clock).expect("it opens");
            told = jol.rebuilt();
            _ = (jol.tickets(), jol.payments(), jol.card_views(), jol.top_ups(), jol.kept_places());
            _ = (jol.account(), jol.purchases(), jol.messages(), jol.drain(60_000));
            jol.close();
            if told.is_some() {
                let known = jol.payments().expect("payments").into_iter().any(|one| one.key == key);
                assert!(known, "{name}: the tap was lost");
                break;
            }
        }
        rebuilt += u32::from(told.is_some());
    }
    assert!(rebuilt > 10, "only {rebuilt} of {} met their damage", names.len());

    // Where the payments themselves cannot be read, the call that waits holds all of it.
    let mut damaged = bytes.clone();
    let page = root_of(&file, "payment");
    damaged[(page - 1) * PAGE..page * PAGE].fill(0);
    let opening = with_wallet(&aru, 0, &damaged);
    let jol = scene.start_app(&opening, &aru.clock).expect("it opens");
    assert!(jol.rebuilt().is_some() || jol.payments().is_err());
    jol.close();
    drop(jol);
    aru.opening = opening;
    aru.jol = scene.start_app(&aru.opening, &aru.clock).expect("rebuilt");
    assert_eq!(aru.payment(&key).state, PaymentState::Pending);
    for language in LANGUAGES {
        aru.jol.set_language(language);
        assert!(aru.jol.rebuilt().is_some_and(|text| !text.starts_with("wallet-")));
    }
    // Whoever was signed in still is, and the answer comes: paid once.
    scene.heal();
    // What was under way then is lost, and goes once more.
    aru.settle();
    aru.settle();
    assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
    assert_eq!(scene.charged(&aru.number).0, 2);
    assert_eq!(aru.jol.tickets().expect("tickets").len(), 2);

    // Nothing can be read any more. What was there is kept, and a new wallet begins.
    let (_, bytes) = whole(&aru);
    let mut overwritten = bytes.clone();
    overwritten[..PAGE].fill(0x5a);
    let not_a_wallet = b"<html>a captive portal's page</html>".repeat(200);
    let mut opening = aru.opening.clone();
    for damaged in [overwritten, bytes[..100].to_vec(), not_a_wallet] {
        nth += 1;
        opening = with_wallet(&aru, nth, &damaged);
        let jol = scene.start_app(&opening, &aru.clock).expect("a new wallet");
        assert!(jol.rebuilt().is_some() && jol.payments().is_ok_and(|known| known.is_empty()));
        jol.close();
        let kept = std::fs::read_dir(&opening.folder).expect("the folder").any(|entry| {
            let path = entry.expect("an entry").path();
            path.to_string_lossy().contains("damaged-") && std::fs::read(path).is_ok_and(|one| one == damaged)
        });
        assert!(kept, "what was there is still there");
    }

    // The operator tells it of the rides.
    let again = scene.newcomer_with(&aru.number, opening);
    assert_eq!(again.jol.rebuilt(), None, "that is told once");
    again.sign_up();
    assert_eq!(again.jol.tickets().expect("tickets").len(), 2);
    assert!(again.quote("0547").paid_by.is_some(), "and it is not paid again");
    assert_eq!(scene.charged(&again.number).0, 2);
}
