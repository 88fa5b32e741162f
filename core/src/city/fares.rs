//! What a ride costs, and everything else that differs from city to city.
//!
//! All of it is data that the operator publishes, so that a new city or a new price needs no new
//! app. It is a document of its own beside the city pack: prices change more often than timetables.
//! Both sides compute with the same [`Fares::fare`]: the app shows the sum on the button, and the
//! operator declines a payment that was shown another one.

use crate::geo::Point;
use crate::money::Money;
use crate::operator::wire::{CardForm, HeldPass};
use crate::pay::message::{MessengerRule, SmsRule};
use crate::pay::{Source, Way};
use crate::text::Words;
use crate::ticket::token::{self, EndRule};
use crate::wallet::{Category, PassengerGroup};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU16;

/// The rules of a city, as `GET /v1/cities/{city}` tells them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CityRules {
    /// The city's id: lower-case letters, as in `atyrau`.
    pub city: String,
    /// Its IANA time zone; service days and months are counted in it.
    pub time_zone: String,
    /// Prices.
    pub fares: Fares,
    /// When a ride that was paid ends; where an operator says nothing, at the terminus.
    #[serde(default)]
    pub ride_end: RideEnd,
    /// Who may hold a card of which category, and how they get it.
    pub categories: Vec<CategoryRule>,
    /// Where cards are sold and topped up.
    pub points_of_sale: Vec<PointOfSale>,
    /// What cards there are beside those that cost nothing in the app, and for how much.
    #[serde(default)]
    pub cards: Vec<CardOffer>,
    /// Through whom a card is topped up by its number.
    pub providers: Vec<TopUpProvider>,
    /// How a ride is paid by text message, where it can be.
    pub sms: Option<SmsRule>,
    /// How a ride is paid by a message to the operator's bot, where it can be.
    #[serde(default)]
    pub messenger: Option<MessengerRule>,
    /// What a refund needs.
    pub refund: RefundRule,
}

/// When a ride that was paid ends, as the city's tickets say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RideEnd {
    /// At the last stop of its run.
    #[default]
    Terminus,
    /// So long after it was paid, whatever runs the bus makes.
    Minutes {
        /// How long.
        minutes: NonZeroU16,
    },
    /// Where the bus leaves this zone, at the last stop of its run at the latest.
    Zone {
        /// As it is written at stops, up to 3 bytes.
        zone: String,
    },
}

impl RideEnd {
    /// As a ticket has it.
    pub fn rule(&self) -> EndRule {
        match self {
            RideEnd::Terminus => EndRule::Terminus,
            RideEnd::Minutes { minutes } => EndRule::Minutes(minutes.get()),
            RideEnd::Zone { zone } => EndRule::Zone(token::cut(zone, token::LONGEST_ZONE).to_owned()),
        }
    }
}

/// Prices: the first rule that fits a question answers it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fares {
    /// From the most special to the most general.
    pub rules: Vec<FareRule>,
    /// Riding on with another bus.
    pub transfer: Option<TransferRule>,
    /// The most that a passenger pays.
    pub caps: Vec<CapRule>,
    /// Passes, which make rides free while they last.
    pub passes: Vec<Pass>,
}

/// One price. An empty list stands for "any".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FareRule {
    /// For these categories.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// Paid in these ways.
    #[serde(default)]
    pub ways: Vec<Way>,
    /// On these lines, by their public number.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Boarding in these zones.
    #[serde(default)]
    pub zones: Vec<String>,
    /// On these days.
    #[serde(default)]
    pub days: FareDays,
    /// Costs this much a passenger; 0 is a free ride, which has a ticket all the same.
    pub price: Money,
}

/// The days on which a price holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FareDays {
    /// Every day.
    #[default]
    Every,
    /// These days of the week, Monday = 1 … Sunday = 7.
    Weekdays {
        /// ISO numbers of weekdays.
        weekdays: Vec<i8>,
    },
    /// These dates alone, such as a holiday on which all ride free.
    Dates {
        /// ISO dates, `2026-03-22`.
        dates: Vec<Date>,
    },
}

/// Riding on with another bus soon after a paid ride.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRule {
    /// How long after the first payment, in minutes.
    pub within_minutes: u16,
    /// What the second ride costs.
    pub price: Money,
    /// Paid in these ways; empty: any.
    #[serde(default)]
    pub ways: Vec<Way>,
    /// Whether the second ride must be on another line.
    pub other_line: bool,
}

/// The most that one passenger of a category pays in a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapRule {
    /// For these categories; empty: any.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// In which time.
    pub per: CapPeriod,
    /// At most this much.
    pub most: Money,
}

/// The time over which a cap is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapPeriod {
    /// A service day.
    Day,
    /// A calendar month in the city's time.
    Month,
}

/// A pass: rides are free while it lasts, and each has its ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Words,
    /// Who may buy it; empty: any.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// On which lines; empty: all.
    #[serde(default)]
    pub lines: Vec<String>,
    /// How many days it lasts.
    pub days: u16,
    /// What it costs.
    pub price: Money,
}

impl HeldPass {
    /// Whether this pass makes a ride free.
    fn frees(&self, question: &FareQuestion<'_>) -> bool {
        // A day that cannot be read frees nothing.
        let (from, until) = (self.from.parse::<Date>(), self.until.parse::<Date>());
        let lasts = from.is_ok_and(|from| from <= question.day) && until.is_ok_and(|day| question.day <= day);
        lasts
            && any(&self.categories, &question.category)
            && (self.lines.is_empty() || self.lines.iter().any(|line| line == question.line))
    }
}

/// What is asked of the fares.
#[derive(Clone, Debug)]
pub struct FareQuestion<'a> {
    /// Who rides.
    pub category: Category,
    /// How it is paid.
    pub way: Way,
    /// The line's public number.
    pub line: &'a str,
    /// The zone of boarding, if the city has zones.
    pub zone: Option<&'a str>,
    /// The service day, in the city's time.
    pub day: Date,
    /// What the passenger has paid before.
    pub before: FareHistory<'a>,
}

/// What a passenger paid before this ride, as caps and transfers count it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FareHistory<'a> {
    /// Paid on this service day.
    pub spent_today: Money,
    /// Paid in this month.
    pub spent_this_month: Money,
    /// The line of the last paid ride and the minutes since it was paid.
    pub last_ride: Option<(&'a str, u32)>,
    /// The passes that the passenger holds.
    pub passes: &'a [HeldPass],
}

impl Fares {
    /// What one passenger pays, or none if no rule fits: then the ride is not sold that way.
    pub fn fare(&self, question: &FareQuestion<'_>) -> Option<Money> {
        let rule = self.rules.iter().find(|rule| rule.fits(question))?;
        if question.before.passes.iter().any(|pass| pass.frees(question)) {
            return Some(Money::ZERO);
        }
        let transfer = self.transfer.as_ref().filter(|transfer| transfer.fits(question));
        let price = transfer.map_or(rule.price, |transfer| rule.price.min(transfer.price));
        Some(self.caps.iter().filter(|cap| any(&cap.categories, &question.category)).fold(
            price,
            |price, cap| {
                let spent = match cap.per {
                    CapPeriod::Day => question.before.spent_today,
                    CapPeriod::Month => question.before.spent_this_month,
                };
                price.min(cap.most.minus(spent).unwrap_or(Money::ZERO).max(Money::ZERO))
            },
        ))
    }

    /// What a whole group pays; each passenger is asked for by their own category. A pass frees its holder
    /// alone: the one of them whom it saves most.
    pub fn fare_of_group(&self, groups: &[PassengerGroup], question: &FareQuestion<'_>) -> Option<Money> {
        let mut saved = Money::ZERO;
        let sum = groups.iter().try_fold(Money::ZERO, |sum, group| {
            let held = FareQuestion { category: group.category, ..question.clone() };
            let with_pass = self.fare(&held)?;
            let before = FareHistory { passes: &[], ..held.before };
            let one = self.fare(&FareQuestion { before, ..held })?;
            saved = saved.max(one.minus(with_pass)?);
            sum.plus(one.times(u32::from(group.count))?)
        })?;
        sum.minus(saved)
    }
}

impl FareRule {
    fn fits(&self, question: &FareQuestion<'_>) -> bool {
        any(&self.categories, &question.category)
            && any(&self.ways, &question.way)
            && (self.lines.is_empty() || self.lines.iter().any(|line| line == question.line))
            && (self.zones.is_empty()
                || question.zone.is_some_and(|zone| self.zones.iter().any(|z| z == zone)))
            && self.days.hold_on(question.day)
    }
}

impl FareDays {
    fn hold_on(&self, day: Date) -> bool {
        match self {
            FareDays::Every => true,
            FareDays::Weekdays { weekdays } => weekdays.contains(&day.weekday().to_monday_one_offset()),
            FareDays::Dates { dates } => dates.contains(&day),
        }
    }
}

impl TransferRule {
    fn fits(&self, question: &FareQuestion<'_>) -> bool {
        any(&self.ways, &question.way)
            && question.before.last_ride.is_some_and(|(line, minutes)| {
                minutes <= u32::from(self.within_minutes) && !(self.other_line && line == question.line)
            })
    }
}

fn any<T: PartialEq>(allowed: &[T], asked: &T) -> bool {
    allowed.is_empty() || allowed.contains(asked)
}

/// A form of card that the city sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardOffer {
    /// What it is made of.
    pub form: CardForm,
    /// What it costs; 0 where the app issues it for nothing. Never a top-up.
    pub price: Money,
    /// The most that it pays a day: of a printed code, which anybody can copy.
    #[serde(default)]
    pub day_limit: Option<Money>,
}

/// How a card of a category is got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryRule {
    /// Which category.
    pub category: Category,
    /// By whom it is issued.
    pub issued: Issued,
    /// What the card itself costs, beside its form's price; never a top-up.
    pub card_price: Money,
    /// Below which age the category is held, whatever the proof says.
    #[serde(default)]
    pub below_age: Option<u8>,
}

/// By whom a card is issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Issued {
    /// By the passenger, in the app, at once.
    InApp,
    /// In the app, and valid once a proof was checked.
    InAppWithProof {
        /// What the proof is.
        proof: Words,
        /// The last day of the entitlement, such as the end of the school year.
        until: Option<Date>,
    },
    /// At an office only.
    AtOffice {
        /// The documents to bring.
        documents: Vec<Words>,
        /// Which office, and where.
        office: Words,
        /// When it is open.
        hours: Words,
        /// Whom to call.
        phone: String,
    },
}

/// Where cards are sold and topped up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointOfSale {
    /// Its name and address.
    pub name: Words,
    /// Where it is.
    pub point: Point,
    /// When it is open.
    pub hours: Words,
    /// Whether it sells cards, and for how much.
    pub sells_cards_for: Option<Money>,
    /// Whether it tops cards up.
    pub tops_up: bool,
}

/// Through whom a card is topped up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpProvider {
    /// Its id, as in a request.
    pub id: String,
    /// What kind of provider it is.
    pub kind: ProviderKind,
    /// Its name as passengers know it.
    pub name: Words,
    /// The smallest top-up.
    pub least: Money,
    /// The largest top-up.
    pub most: Money,
}

/// The kinds of top-up providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// From the phone's balance, in the app.
    App,
    /// Kaspi.
    Kaspi,
    /// Halyk Homebank.
    Homebank,
    /// Another bank.
    Bank,
    /// A Qiwi terminal.
    Qiwi,
    /// A point of sale.
    SalePoint,
    /// The phone's carrier.
    Carrier,
}

/// When a passenger may give a ride back or put it on another bus, and when the money arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRule {
    /// For how long after paying a passenger may give a ride back, in seconds.
    pub within_s: u32,
    /// For how long after paying the ticket may be put on another bus, in seconds; 0: never.
    #[serde(default)]
    pub correct_within_s: u32,
    /// After how many hours at the latest money is back on a phone's balance; on a transport card it is at
    /// once.
    #[serde(default)]
    pub phone_balance_hours: u16,
    /// After how many hours at the latest money is back on a bank card.
    #[serde(default)]
    pub bank_card_hours: u16,
}

impl RefundRule {
    /// By when money that goes back now has arrived at the latest, ms since 1970.
    pub fn arrives_ms(&self, to: &Source, now_ms: i64) -> i64 {
        let hours = match to {
            Source::PhoneBalance => self.phone_balance_hours,
            Source::SmartCard { .. } | Source::Cash => 0,
            Source::BankCard { .. } => self.bank_card_hours,
        };
        now_ms.saturating_add(i64::from(hours) * 3_600_000)
    }
}

/// A bus as the operator lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Its id in the operator's feeds and in tickets; digits, as in `0547`.
    pub vehicle: String,
    /// The number painted on it, which passengers type.
    pub painted: String,
    /// Its plate.
    pub plate: String,
    /// The public number of the line that it serves now.
    pub line: String,
    /// Whether it has a terminal for cards.
    pub terminal: bool,
    /// The ways of paying that it takes.
    pub ways: Vec<Way>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn sample() -> Fares {
        let child = FareRule { categories: vec![Category::Child], price: Money::ZERO, ..FareRule::default() };
        let holiday = FareRule {
            days: FareDays::Dates { dates: vec![date(2026, 3, 22)] },
            price: Money::ZERO,
            ..FareRule::default()
        };
        let cash = FareRule { ways: vec![Way::Cash], price: Money::tenge(200), ..FareRule::default() };
        let express = FareRule { lines: vec!["101".into()], price: Money::tenge(150), ..FareRule::default() };
        let sunday = FareRule {
            categories: vec![Category::Senior],
            days: FareDays::Weekdays { weekdays: vec![7] },
            price: Money::tenge(50),
            ..FareRule::default()
        };
        let zone = FareRule { zones: vec!["B".into()], price: Money::tenge(300), ..FareRule::default() };
        let rest = FareRule { price: Money::tenge(120), ..FareRule::default() };
        Fares { rules: vec![child, holiday, cash, express, sunday, zone, rest], ..Fares::default() }
    }

    fn question<'a>() -> FareQuestion<'a> {
        FareQuestion {
            category: Category::Standard,
            way: Way::App,
            line: "5",
            zone: None,
            day: date(2026, 9, 16),
            before: FareHistory::default(),
        }
    }

    #[test]
    fn the_first_rule_that_fits_sets_the_price() {
        let (fares, any) = (sample(), question());
        let price = |question| fares.fare(&question).expect("a price").tiyn / 100;
        assert_eq!(price(any.clone()), 120);
        assert_eq!(price(FareQuestion { way: Way::Cash, ..any.clone() }), 200);
        assert_eq!(price(FareQuestion { line: "101", ..any.clone() }), 150);
        assert_eq!(price(FareQuestion { zone: Some("B"), ..any.clone() }), 300);
        assert_eq!(price(FareQuestion { category: Category::Child, way: Way::Cash, ..any.clone() }), 0);
        assert_eq!(price(FareQuestion { day: date(2026, 3, 22), line: "101", ..any.clone() }), 0);
        let sunday = FareQuestion { category: Category::Senior, day: date(2026, 9, 20), ..any.clone() };
        assert_eq!(price(sunday.clone()), 50);
        assert_eq!(price(FareQuestion { day: date(2026, 9, 21), ..sunday }), 120);
    }

    #[test]
    fn what_no_rule_names_is_not_sold() {
        let only_app =
            Fares { rules: vec![FareRule { ways: vec![Way::App], ..Default::default() }], ..sample() };
        assert_eq!(only_app.fare(&FareQuestion { way: Way::Sms, ..question() }), None);
    }

    #[test]
    fn a_transfer_is_cheaper_only_in_time_and_on_another_line() {
        let transfer =
            TransferRule { within_minutes: 60, price: Money::ZERO, ways: vec![], other_line: true };
        let fares = Fares { transfer: Some(transfer), ..sample() };
        let after = |line, minutes| {
            let before = FareHistory { last_ride: Some((line, minutes)), ..FareHistory::default() };
            fares.fare(&FareQuestion { before, ..question() }).expect("a price").tiyn / 100
        };
        assert_eq!(after("7", 60), 0);
        assert_eq!(after("7", 61), 120);
        assert_eq!(after("5", 10), 120);
    }

    #[test]
    fn a_cap_takes_off_what_would_go_over_it() {
        let cap = |per, most| CapRule { categories: vec![], per, most: Money::tenge(most) };
        let fares = Fares { caps: vec![cap(CapPeriod::Day, 400), cap(CapPeriod::Month, 5_000)], ..sample() };
        let spent = |today, month| {
            let before = FareHistory {
                spent_today: Money::tenge(today),
                spent_this_month: Money::tenge(month),
                ..FareHistory::default()
            };
            fares.fare(&FareQuestion { before, ..question() }).expect("a price").tiyn / 100
        };
        assert_eq!(spent(240, 240), 120);
        assert_eq!(spent(360, 360), 40);
        assert_eq!(spent(400, 400), 0);
        assert_eq!(spent(0, 4_990), 10);
        assert_eq!(spent(900, 900), 0, "a cap never pays money back");
    }

    #[test]
    fn a_pass_rides_free_but_only_where_rides_are_sold() {
        let pass = HeldPass {
            id: "h1".into(),
            pass: "month".into(),
            city: "atyrau".into(),
            name: Words::same("Month"),
            categories: vec![Category::Standard],
            lines: Vec::new(),
            from: "2026-09-16".into(),
            until: "2026-10-15".into(),
        };
        let passes = [pass.clone()];
        let before = FareHistory { passes: &passes, ..FareHistory::default() };
        let with_pass = FareQuestion { before, ..question() };
        assert_eq!(sample().fare(&with_pass), Some(Money::ZERO));
        let on = |day| sample().fare(&FareQuestion { day, ..with_pass.clone() }).expect("a price");
        assert_eq!((on(date(2026, 10, 15)), on(date(2026, 10, 16))), (Money::ZERO, Money::tenge(120)));
        assert_eq!(on(date(2026, 9, 15)), Money::tenge(120), "it has not begun");
        let senior = FareQuestion { category: Category::Senior, ..with_pass.clone() };
        assert_eq!(sample().fare(&senior), Some(Money::tenge(120)), "it is not for them");
        let other = [HeldPass { lines: vec!["7".into()], ..pass.clone() }];
        let before = FareHistory { passes: &other, ..FareHistory::default() };
        assert_eq!(sample().fare(&FareQuestion { before, ..question() }), Some(Money::tenge(120)));
        let torn = [HeldPass { until: "for ever".into(), ..pass }];
        let before = FareHistory { passes: &torn, ..FareHistory::default() };
        assert_eq!(sample().fare(&FareQuestion { before, ..question() }), Some(Money::tenge(120)));

        // It frees its holder alone, of a group.
        let groups = [
            PassengerGroup { category: Category::Standard, count: 3 },
            PassengerGroup { category: Category::Senior, count: 1 },
        ];
        assert_eq!(sample().fare_of_group(&groups, &with_pass), Some(Money::tenge(360)));
    }

    #[test]
    fn a_group_pays_for_each_by_their_category() {
        let groups = [
            PassengerGroup { category: Category::Standard, count: 2 },
            PassengerGroup { category: Category::Child, count: 3 },
        ];
        assert_eq!(sample().fare_of_group(&groups, &question()), Some(Money::tenge(240)));
    }
}
