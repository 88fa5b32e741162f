//! What is held to terminals: at once, or reported later.

use super::cards::write_top_ups;
use super::sales::Sale;
use super::{Answer, Asked, Desk, Refusal, day, day_end_ms, day_start_ms, zone};
use crate::sandbox::ride_rows::held;
use crate::sandbox::rules::payments::Charge;
use crate::sandbox::rules::rides::{self, HeldRide};
use crate::sandbox::rules::taps::{self as rule, Held, TapDecision, TapView};
use crate::sandbox::rules::{Purse, cards, problem, registers};
use jiff::tz::TimeZone;
use jol_core::city::fares::FareHistory;
use jol_core::money::Money;
use jol_core::operator::wire::{
    Card, MOST_TAPS, Medium, Problem, ReportedTap, RideAnswer, SettledTap, TapAnswer, TapOutcome, TapReport,
    TapReportAnswer, TapRequest, problem as codes,
};
use jol_core::pay::{Source, Way};
use jol_core::ticket::{CardCode, read_card_code};
use jol_core::wallet::{Category, PassengerGroup};

pub(super) fn tap(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: TapRequest = asked.call.json()?;
    let medium = match request.code {
        Some(code) => Medium::QrCard { code },
        None => Medium::SmartCard { card: request.card },
    };
    let tap = Tap { vehicle: &request.vehicle, medium: &medium, at_ms: request.at_ms, key: asked.key() };
    let taken = desk.take_tap(asked, &tap)?;
    let later = || problem(503, codes::UNAVAILABLE, "no ticket can be issued now");
    let (fare, already_paid) = match taken.became {
        Became::AlreadyPaid => (Money::ZERO, true),
        Became::Sold(ride) => (ride.fare, false),
        Became::Unsigned => return Err(later().into()),
    };
    Ok(Answer::json(&TapAnswer { fare, balance: asked.books.balance(&taken.purse)?, already_paid }))
}

pub(super) fn report(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let report: TapReport = asked.call.json()?;
    check(&report)?;
    let settled = report.taps.iter().map(|tap| {
        let outcome = desk.settle_tap(asked, &report.vehicle, tap)?;
        Ok(SettledTap { tap: tap.tap.clone(), outcome })
    });
    let taps: Vec<SettledTap> = settled.collect::<Result<_, Refusal>>()?;
    let is_final = !taps.iter().any(|one| one.outcome == TapOutcome::Later);
    Ok(Answer { is_final, ..Answer::json(&TapReportAnswer { taps }) })
}

/// Refuses what no terminal sends.
fn check(report: &TapReport) -> Result<(), Problem> {
    let bad = |title| Err(problem(400, codes::BAD_REQUEST, title));
    if !(1..=MOST_TAPS).contains(&report.taps.len()) {
        return bad("taps: 1 to 100");
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let named = |tap: &ReportedTap| (8..=32).contains(&tap.tap.len()) && tap.tap.bytes().all(plain);
    if !report.taps.iter().all(named) {
        return bad("tap: 8 to 32 of A-Z a-z 0-9 -");
    }
    Ok(())
}

/// Something that was held to a terminal.
struct Tap<'a> {
    vehicle: &'a str,
    medium: &'a Medium,
    at_ms: i64,
    /// The key of the ride that it pays.
    key: &'a str,
}

/// What the rule made of a tap.
struct Taken {
    /// Whose money pays.
    purse: Purse,
    became: Became,
}

enum Became {
    AlreadyPaid,
    Sold(Box<RideAnswer>),
    /// Its ticket cannot be signed now, and nothing was charged.
    Unsigned,
}

/// What was held to a terminal, as the operator knows it.
enum Known {
    Card { card: Box<Card>, account: Option<String>, code: Option<CardCode> },
    BankCard { token: String, account: Option<String> },
}

impl Desk {
    /// Takes a tap that may have been taken before.
    fn settle_tap(&self, asked: &Asked<'_>, vehicle: &str, tap: &ReportedTap) -> Result<TapOutcome, Refusal> {
        if let Some((medium, at_ms, outcome)) = asked.books.reported_tap(vehicle, &tap.tap)? {
            let is_same = (&medium, at_ms) == (&tap.medium, tap.at_ms);
            let reused = TapOutcome::Refused { code: codes::KEY_REUSED.to_owned() };
            return Ok(if is_same { outcome } else { reused });
        }
        let held = Tap { vehicle, medium: &tap.medium, at_ms: tap.at_ms, key: &tap.tap };
        let outcome = match self.take_tap(asked, &held) {
            Ok(Taken { became: Became::AlreadyPaid, .. }) => TapOutcome::AlreadyPaid,
            Ok(Taken { became: Became::Unsigned, .. }) => return Ok(TapOutcome::Later),
            Ok(Taken { became: Became::Sold(ride), .. }) => {
                // Nobody sees a bank card's number; its ride is found by the terminal's.
                if let Some(kind) = registers::kind_of(ride.way) {
                    let kind = format!("{kind:?}").to_lowercase();
                    asked.books.put_ride_number(&ride.ride, &kind, &tap.tap)?;
                }
                TapOutcome::Charged { fare: ride.fare }
            }
            Err(Refusal::Problem(problem)) if problem.status >= 500 => return Ok(TapOutcome::Later),
            Err(Refusal::Problem(problem)) => TapOutcome::Refused { code: problem.code },
            Err(broken) => return Err(broken),
        };
        asked.books.put_reported_tap(vehicle, tap, &outcome)?;
        Ok(outcome)
    }

    /// Asks the rule, with everything that it wants to know, and sells the ride.
    fn take_tap(&self, asked: &Asked<'_>, tap: &Tap<'_>) -> Result<Taken, Refusal> {
        let books = asked.books;
        let at_ms = rule::moment(tap.at_ms, asked.now_ms)?;
        let known = self.known(asked, tap.medium, at_ms)?;
        let payer = known.as_ref().map(Known::payer).unwrap_or_default();
        let bus = self.bus(tap.vehicle);
        let run = match bus {
            Some((city, _)) => self.run(books, city, tap.vehicle, at_ms)?,
            None => None,
        };
        let zone = bus.map_or(TimeZone::UTC, |(city, _)| zone(city));
        let mut rides: Vec<HeldRide> = books.rides(&payer)?.iter().map(held).collect();
        // Before somebody claimed it, a card rode for itself.
        if let Some(itself) = known.as_ref().map(Known::itself).filter(|itself| *itself != payer) {
            rides.extend(books.rides(&itself)?.iter().map(held));
        }
        let (mut is_own_phone, mut code_was_used) = (true, false);
        if let Some(CardCode::InApp { credential, slot }) = known.as_ref().and_then(Known::code) {
            let phones = books.devices(&payer)?;
            is_own_phone = phones.iter().any(|phone| phone.public_key == credential.phone);
            code_was_used = books.shown_on(&credential.card, *slot, tap.vehicle)? != tap.vehicle;
        }
        let spent_today = match &known {
            Some(known) => {
                let (from_ms, until_ms) = (day_start_ms(at_ms, &zone), day_end_ms(at_ms, &zone));
                books.given_between(&known.purse(), from_ms, until_ms)?
            }
            None => Money::ZERO,
        };
        let place = bus.map_or("", |(city, _)| &city.rules.city);
        let passes = books.passes_in(place, &payer, &day(at_ms, &zone).to_string())?;
        let view = TapView {
            at_ms,
            day: day(at_ms, &zone),
            bus: bus.map(|(city, vehicle)| (&city.rules, vehicle)),
            run: run.as_ref(),
            held: known.as_ref().map(Known::held),
            rides: &rides,
            pending: books.pending_in(&payer, tap.vehicle)?.is_some(),
            history: FareHistory { passes: &passes, ..rides::history(&rides, at_ms, &zone) },
            code: known.as_ref().and_then(Known::code),
            is_own_phone,
            code_was_used,
            spent_today,
        };
        let decision = rule::tap(&view)?;
        let (Some(known), Some((city, vehicle)), Some(run)) = (&known, bus, &run) else {
            return Err(Refusal::Broken("a tap without a card or a bus was not refused".to_owned()));
        };
        let TapDecision::Charged { fare, entry, ends_ms } = decision else {
            return Ok(Taken { purse: known.purse(), became: Became::AlreadyPaid });
        };
        let (way, source, category) = match known {
            Known::Card { card, .. } => {
                let source = Source::SmartCard { card: card.id.clone() };
                (rule::way(&view), source, cards::category_on(card, view.day))
            }
            Known::BankCard { token, .. } => {
                (Way::BankCard, Source::BankCard { token: token.clone() }, Category::Standard)
            }
        };
        let sale = Sale {
            payer: &payer,
            key: tap.key,
            city,
            vehicle,
            run: run.clone(),
            passengers: vec![PassengerGroup { category, count: 1 }],
            way,
            source,
            phone: self.only_phone(books, &payer)?,
            charge: Charge { fare, entry, ends_ms },
            asked_ms: at_ms,
            paid_ms: at_ms,
        };
        let sold = self.sell(books, sale)?.map(|(ride, _)| Became::Sold(Box::new(ride)));
        Ok(Taken { purse: known.purse(), became: sold.unwrap_or(Became::Unsigned) })
    }

    fn known(&self, asked: &Asked<'_>, medium: &Medium, at_ms: i64) -> Result<Option<Known>, Refusal> {
        let (books, now_ms) = (asked.books, asked.now_ms);
        let card = |found: Option<(Card, Option<String>)>, code| {
            found.map(|(card, account)| Known::Card { card: Box::new(card), account, code })
        };
        match medium {
            Medium::SmartCard { card: number } => {
                let mut found = books.card_by_number(number, now_ms)?;
                if let Some((card, _)) = &mut found {
                    // Whatever becomes of the ride: a validator writes what waits.
                    write_top_ups(books, &card.id, at_ms, false)?;
                    card.balance = books.balance(&Purse::Card(card.id.clone()))?;
                }
                Ok(card(found, None))
            }
            Medium::QrCard { code } => {
                let code = self.read_card(code, at_ms, now_ms)?;
                let found = match &code {
                    CardCode::Printed { number } => books.card_by_number(number, now_ms)?,
                    CardCode::InApp { credential, .. } => books.card_by_id(&credential.card, now_ms)?,
                };
                Ok(card(found, Some(code)))
            }
            Medium::BankCard { token } => {
                let account = asked.books.account_of_bank_card(token)?;
                Ok(Some(Known::BankCard { token: token.clone(), account }))
            }
        }
    }

    /// What a terminal read in a card's code at a moment, which may be any that it says.
    fn read_card(&self, text: &str, at_ms: i64, now_ms: i64) -> Result<CardCode, Refusal> {
        let keys = self.keys.trusted(now_ms).map_err(|error| Refusal::Broken(format!("keys: {error}")))?;
        let read = read_card_code(text, &keys, at_ms);
        Ok(read.map_err(|error| problem(409, codes::CARD_CODE, &error.to_string()))?)
    }
}

impl Known {
    /// The account, or the card itself where it is nobody's.
    fn payer(&self) -> String {
        match self {
            Known::Card { account: Some(account), .. } | Known::BankCard { account: Some(account), .. } => {
                account.clone()
            }
            Known::Card { .. } | Known::BankCard { .. } => self.itself(),
        }
    }

    /// Whose rides a card's are while it is nobody's.
    fn itself(&self) -> String {
        match self {
            Known::Card { card, .. } => format!("card:{}", card.id),
            Known::BankCard { token, .. } => format!("bank_card:{token}"),
        }
    }

    fn purse(&self) -> Purse {
        match self {
            Known::Card { card, .. } => Purse::Card(card.id.clone()),
            Known::BankCard { token, .. } => Purse::BankCard(token.clone()),
        }
    }

    fn code(&self) -> Option<&CardCode> {
        match self {
            Known::Card { code, .. } => code.as_ref(),
            Known::BankCard { .. } => None,
        }
    }

    fn held(&self) -> Held<'_> {
        match self {
            Known::Card { card, .. } => Held::Card { card },
            Known::BankCard { token, .. } => Held::BankCard { token },
        }
    }
}
