//! The sample operator: what it publishes when nobody gives it anything else.
//!
//! It is like the operators in Kazakhstan in its prices, offices and rules, and is none of them: it
//! says in every language that it is a sample.

mod messages;

use super::fleet::LiveSource;
use jiff::civil::{Date, date};
use jol_core::city::fares::{
    CardOffer, CategoryRule, CityRules, FareDays, FareRule, Fares, Issued, Pass, PointOfSale, ProviderKind,
    RefundRule, RideEnd, TopUpProvider, Vehicle,
};
use jol_core::geo::Point;
use jol_core::money::Money;
use jol_core::operator::wire::{CardForm, LineSummary, OperatorInfo, Support, SupportPhone, Terms};
use jol_core::pay::Way;
use jol_core::text::Words;
use jol_core::wallet::Category;
use std::path::PathBuf;
use std::sync::Arc;

/// What an operator publishes about itself and its cities.
#[derive(Clone)]
pub struct OperatorData {
    /// Who it is.
    pub info: OperatorInfo,
    /// Its terms of use; `info.terms_version` is their version.
    pub terms: Terms,
    /// Where it runs; at least one city.
    pub cities: Vec<CityData>,
    /// The numbers that sign in as inspectors.
    pub staff: Vec<String>,
    /// Its cash register, if its sales have fiscal signs.
    pub cash_register: Option<CashRegister>,
}

/// A cash register that a tax authority knows.
#[derive(Clone, Debug)]
pub struct CashRegister {
    /// Its serial number.
    pub serial: String,
    /// Where the authority shows its sales: what a link begins with.
    pub site: String,
}

/// One city of an operator.
#[derive(Clone)]
pub struct CityData {
    /// Its name.
    pub name: Words,
    /// A sample, not any city's timetable.
    pub sample: bool,
    /// Fares, cards, providers; holds the city's id.
    pub rules: CityRules,
    /// Every line.
    pub lines: Vec<LineSummary>,
    /// Every bus.
    pub vehicles: Vec<Vehicle>,
    /// The file of its city pack; read once, when the operator starts.
    pub pack: PathBuf,
    /// First day of the timetable (ISO date).
    pub first_day: String,
    /// Last day of the timetable (ISO date).
    pub last_day: String,
    /// Its buses on the road.
    pub live: Arc<dyn LiveSource>,
    /// Two addresses that a journey with a transfer lies between, if it is the sample.
    pub addresses: Option<(Words, Words)>,
}

/// The ways of paying that a bus with or without a terminal takes.
pub fn ways(terminal: bool) -> Vec<Way> {
    let mut ways = vec![Way::App, Way::BusQr, Way::Bluetooth, Way::Sms, Way::Messenger, Way::Cash];
    if terminal {
        ways.extend([Way::Nfc, Way::SmartCard, Way::QrCard, Way::BankCard]);
    }
    ways.sort();
    ways
}

impl OperatorData {
    /// The sample operator's code in tickets.
    pub const SAMPLE_ISSUER: &str = "SMP";
    /// The number that signs in as the sample operator's inspector.
    pub const SAMPLE_INSPECTOR: &str = "+77012505001";
    /// The number that signs in as the sample operator's conductor.
    pub const SAMPLE_CONDUCTOR: &str = "+77012505002";
}

/// The sample operator with these cities.
pub fn sample_operator(cities: Vec<CityData>) -> OperatorData {
    let phone = |number: &str, kk: &str, ru: &str, en: &str| SupportPhone {
        number: number.to_owned(),
        hours: Words::new(kk, ru, en),
    };
    OperatorData {
        info: OperatorInfo {
            id: OperatorData::SAMPLE_ISSUER.to_owned(),
            name: Words::new("Үлгі оператор", "Оператор-образец", "Sample operator"),
            lowest_version_that_pays: "0.1.0".to_owned(),
            terms_version: 1,
            support: Support {
                phones: vec![
                    phone("+7 777 000 2505", "тәулік бойы", "круглосуточно", "day and night"),
                    phone(
                        "+7 700 000 2505",
                        "күн сайын 07:00–23:00",
                        "ежедневно 07:00–23:00",
                        "daily 07:00–23:00",
                    ),
                    phone(
                        "+7 707 000 2505",
                        "дүйсенбі–жұма 09:00–18:00",
                        "пн–пт 09:00–18:00",
                        "Mon–Fri 09:00–18:00",
                    ),
                ],
                chat: "https://chat.sample.invalid/jol".to_owned(),
            },
            minors: Some(Words::new(
                "16 жасқа толмаған жолаушыны автобустан түсіруге болмайды. Ата-анасының телефонын сұраңыз.",
                "Пассажира младше 16 лет нельзя высаживать из автобуса. Спросите телефон родителей.",
                "A passenger under 16 must not be put off the bus. Ask for a parent’s number.",
            )),
            offline_rides: true,
        },
        terms: sample_terms(),
        cities,
        staff: [OperatorData::SAMPLE_INSPECTOR, OperatorData::SAMPLE_CONDUCTOR].map(str::to_owned).to_vec(),
        cash_register: None,
    }
}

fn sample_terms() -> Terms {
    Terms {
        version: 1,
        dated: "2026-01-15".to_owned(),
        text: Words::new(
            "Бұл — үлгі оператордың пайдалану шарттары; нақты ақша алынбайды.\n\
             1. Билет бір автобуста, онда жазылған уақыт біткенше жарамды.\n\
             2. Бір сапар үшін ақша бір рет алынады. Жауап келмесе, қайта төлемеңіз: сапарды оператор өзі көрсетеді.\n\
             3. Телефон нөміріңіз бен карталарыңыз тек төлем мен билет үшін сақталады. Орналасқан жеріңіз телефонда қалады.\n\
             4. Ақшаны қайтару тәртібі қаланың ережелерінде жазылған.",
            "Это условия пользования оператора-образца; настоящие деньги не списываются.\n\
             1. Билет действует в одном автобусе, пока не кончится указанное в нём время.\n\
             2. За одну поездку деньги списываются один раз. Если ответа нет, не платите снова: поездку покажет сам оператор.\n\
             3. Номер телефона и карты хранятся только для оплаты и билетов. Ваше местоположение остаётся в телефоне.\n\
             4. Порядок возврата денег указан в правилах города.",
            "These are the terms of use of the sample operator; no real money is taken.\n\
             1. A ticket is valid on one bus until the time that is written in it is over.\n\
             2. One ride is charged once. If there is no answer, do not pay again: the operator itself shows the ride.\n\
             3. Your phone number and cards are kept for payments and tickets only. Your position stays in your phone.\n\
             4. How money is returned is written in the city's rules.",
        ),
        changes: Words::default(),
    }
}

/// The rules of the sample city.
pub fn sample_rules(city: &str) -> CityRules {
    CityRules {
        city: city.to_owned(),
        time_zone: "Asia/Atyrau".to_owned(),
        fares: sample_fares(),
        ride_end: RideEnd::Terminus,
        categories: sample_categories(),
        points_of_sale: points_of_sale(),
        cards: cards(),
        providers: providers(),
        sms: Some(messages::sms()),
        messenger: Some(messages::messenger()),
        refund: RefundRule {
            within_s: 300,
            correct_within_s: 120,
            phone_balance_hours: 24,
            bank_card_hours: 72,
        },
    }
}

/// 100 ₸ electronic, 150 ₸ in cash; children, holders of a preferential card and holidays ride free.
fn sample_fares() -> Fares {
    let free = |categories: Vec<Category>| FareRule { categories, price: Money::ZERO, ..FareRule::default() };
    let priced = |categories: Vec<Category>, ways: Vec<Way>, tenge| FareRule {
        categories,
        ways,
        price: Money::tenge(tenge),
        ..FareRule::default()
    };
    let holidays =
        FareRule { days: FareDays::Dates { dates: holidays() }, price: Money::ZERO, ..FareRule::default() };
    let rules = vec![
        holidays,
        free(vec![Category::Child, Category::Senior, Category::Disabled, Category::Veteran]),
        priced(vec![Category::School, Category::Student, Category::LargeFamily], vec![], 50),
        priced(vec![], vec![Way::Cash], 150),
        priced(vec![], vec![], 100),
    ];
    Fares { rules, passes: passes(), ..Fares::default() }
}

/// A month for those who pay in full, and a week of line 5.
fn passes() -> Vec<Pass> {
    let pass = |id: &str, name: Words, lines: &[&str], days, tenge| Pass {
        id: id.to_owned(),
        name,
        categories: vec![Category::Standard],
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        days,
        price: Money::tenge(tenge),
    };
    vec![
        pass("month", Words::new("Бір айға", "На месяц", "A month"), &[], 30, 4_500),
        pass(
            "week-5",
            Words::new("5-бағытқа бір апта", "Неделя, маршрут 5", "A week on line 5"),
            &["5"],
            7,
            600,
        ),
    ]
}

/// A code in the app costs nothing; a card that is made, 300 ₸.
fn cards() -> Vec<CardOffer> {
    let offer = |form, tenge, day_limit| CardOffer { form, price: Money::tenge(tenge), day_limit };
    vec![
        offer(CardForm::Virtual, 0, None),
        offer(CardForm::QrApp, 0, None),
        offer(CardForm::Physical, 300, None),
        offer(CardForm::QrPrinted, 300, Some(Money::tenge(1_000))),
    ]
}

/// Days on which everybody rides free.
fn holidays() -> Vec<Date> {
    [2026, 2027]
        .into_iter()
        .flat_map(|year| [date(year, 3, 22), date(year, 10, 25), date(year, 12, 16)])
        .collect()
}

fn sample_categories() -> Vec<CategoryRule> {
    let in_app =
        |category| CategoryRule { category, issued: Issued::InApp, card_price: Money::ZERO, below_age: None };
    let office = |category, documents: &[(&str, &str, &str)]| CategoryRule {
        category,
        issued: Issued::AtOffice {
            documents: [("жеке куәлік", "удостоверение личности", "identity card")]
                .iter()
                .chain(documents)
                .map(|(kk, ru, en)| Words::new(kk, ru, en))
                .collect(),
            office: Words::new(
                "Үлгі карта орталығы, Орталық алаң, 1",
                "Центр карт (образец), Центральная площадь, 1",
                "Sample card centre, Central Square 1",
            ),
            hours: Words::new(
                "дс–жм 09:00–18:00, сб 10:00–14:00",
                "пн–пт 09:00–18:00, сб 10:00–14:00",
                "Mon–Fri 09:00–18:00, Sat 10:00–14:00",
            ),
            phone: "+7 777 000 2505".to_owned(),
        },
        card_price: Money::ZERO,
        below_age: None,
    };
    let with_proof = |category, proof: Words, below_age| CategoryRule {
        category,
        issued: Issued::InAppWithProof { proof, until: Some(date(2027, 5, 25)) },
        card_price: Money::ZERO,
        below_age,
    };
    vec![
        in_app(Category::Standard),
        with_proof(
            Category::School,
            Words::new("мектептен анықтама", "справка из школы", "a certificate from the school"),
            Some(18),
        ),
        with_proof(
            Category::Student,
            Words::new("оқу орнынан анықтама", "справка с места учёбы", "a certificate of enrolment"),
            None,
        ),
        office(Category::Senior, &[("зейнеткер куәлігі", "пенсионное удостоверение", "pension certificate")]),
        office(
            Category::Disabled,
            &[("мүгедектік туралы анықтама", "справка об инвалидности", "certificate of disability")],
        ),
        office(Category::Veteran, &[("ардагер куәлігі", "удостоверение ветерана", "veteran's certificate")]),
        office(
            Category::LargeFamily,
            &[
                (
                    "көпбалалы отбасы мәртебесі туралы анықтама",
                    "справка о статусе многодетной семьи",
                    "certificate of a large family",
                ),
                (
                    "балалардың туу туралы куәліктері",
                    "свидетельства о рождении детей",
                    "birth certificates of the children",
                ),
            ],
        ),
    ]
}

pub(super) fn points_of_sale() -> Vec<PointOfSale> {
    vec![
        PointOfSale {
            name: Words::new(
                "Карта орталығы (үлгі), Орталық алаң, 1",
                "Центр карт (образец), Центральная площадь, 1",
                "Card centre (sample), Central Square 1",
            ),
            point: Point { lat: 47.1068, lon: 51.9167 },
            hours: Words::new("дс–жм 09:00–18:00", "пн–пт 09:00–18:00", "Mon–Fri 09:00–18:00"),
            sells_cards_for: Some(Money::tenge(300)),
            tops_up: true,
        },
        PointOfSale {
            name: Words::new(
                "Дүңгіршек (үлгі), Вокзал",
                "Киоск (образец), Вокзал",
                "Kiosk (sample), Railway station",
            ),
            point: Point { lat: 47.1197, lon: 51.9386 },
            hours: Words::new("күн сайын 07:00–22:00", "ежедневно 07:00–22:00", "daily 07:00–22:00"),
            sells_cards_for: None,
            tops_up: true,
        },
    ]
}

fn providers() -> Vec<TopUpProvider> {
    let provider = |id: &str, kind, name: Words, least, most| TopUpProvider {
        id: id.to_owned(),
        kind,
        name,
        least: Money::tenge(least),
        most: Money::tenge(most),
    };
    vec![
        provider(
            "app",
            ProviderKind::App,
            Words::new("Телефон теңгерімі", "Баланс телефона", "Phone balance"),
            100,
            5_000,
        ),
        provider("kaspi", ProviderKind::Kaspi, Words::same("Kaspi"), 100, 100_000),
        provider("homebank", ProviderKind::Homebank, Words::same("Halyk Homebank"), 100, 100_000),
        provider(
            "bank",
            ProviderKind::Bank,
            Words::new("Басқа банк", "Другой банк", "Another bank"),
            100,
            100_000,
        ),
        provider(
            "qiwi",
            ProviderKind::Qiwi,
            Words::new("Qiwi терминалы", "Терминал Qiwi", "Qiwi terminal"),
            100,
            50_000,
        ),
        provider(
            "sale_point",
            ProviderKind::SalePoint,
            Words::new("Сату нүктесі", "Точка продажи", "Point of sale"),
            100,
            50_000,
        ),
        provider(
            "carrier",
            ProviderKind::Carrier,
            Words::new("Ұялы байланыс операторы", "Оператор связи", "Phone carrier"),
            100,
            5_000,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::fares::{FareHistory, FareQuestion};

    #[test]
    fn cash_costs_more_and_preferential_riders_and_holidays_nothing() {
        let fares = sample_fares();
        let price = |category, way, day| {
            let question =
                FareQuestion { category, way, line: "5", zone: None, day, before: FareHistory::default() };
            fares.fare(&question).expect("a price")
        };
        let day = date(2026, 9, 16);
        assert_eq!(price(Category::Standard, Way::App, day), Money::tenge(100));
        assert_eq!(price(Category::Standard, Way::Cash, day), Money::tenge(150));
        assert_eq!(price(Category::School, Way::App, day), Money::tenge(50));
        assert_eq!(price(Category::Senior, Way::Cash, day), Money::ZERO);
        assert_eq!(price(Category::Standard, Way::Cash, date(2026, 3, 22)), Money::ZERO);
    }

    #[test]
    fn every_word_is_there_in_three_languages() {
        let text =
            serde_json::to_string(&(sample_rules("sample"), &sample_operator(vec![]).info)).expect("json");
        for language in ["kk", "ru", "en"] {
            assert!(!text.contains(&format!("\"{language}\":\"\"")), "an empty {language}");
        }
        let terms = sample_terms();
        assert_eq!(terms.text.kk.lines().count(), terms.text.ru.lines().count());
        assert_eq!(terms.text.kk.lines().count(), terms.text.en.lines().count());
    }

    #[test]
    fn every_category_but_a_small_child_has_a_card() {
        let rules = sample_categories();
        for category in Category::ALL.into_iter().filter(|category| *category != Category::Child) {
            assert!(rules.iter().any(|rule| rule.category == category), "{category:?}");
        }
    }
}
