//! The register of a bus for inspectors, and rides that a text message or a till paid.

use super::sales::{Sale, named_bus, ticket_id};
use super::{Answer, Asked, Desk, Refusal, day, not_found, zone};
use crate::sandbox::data::CityData;
use crate::sandbox::ledger::Books;
use crate::sandbox::ride_rows::held;
use crate::sandbox::rules::{problem, registers as rule, taps};
use jol_core::city::fares::Vehicle;
use jol_core::operator::wire::{Base64, RegisterAnswer, RideAnswer, problem as codes};
use jol_core::pay::Way;
use jol_core::ticket::{Mark, NumberKind, Register, RegisteredRide, TicketError, token};
use jol_core::wallet::{Category, PassengerGroup};
use serde::Deserialize;

/// Who rides in a bus, by the number painted on it or the operator's id.
pub(super) fn read(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let (books, now_ms) = (asked.books, asked.now_ms);
    let (city, bus) = desk.painted(asked.id()).or_else(|| desk.bus(asked.id())).ok_or_else(not_found)?;
    let since_ms = now_ms.saturating_sub(rule::LOOKED_BACK_MS);
    let line = city.live.where_is(&bus.vehicle, now_ms).map_or_else(|| bus.line.clone(), |run| run.line);
    let own = books.rides_in(&bus.vehicle, since_ms)?.into_iter().map(|ride| (ride, false));
    // Their tickets hold on the line's next bus, whichever that is.
    let broken = books.broken_rides(&bus.vehicle, since_ms)?.into_iter();
    let broken = broken.filter(|ride| ride.vehicle.line == line).map(|ride| (ride, true));
    let salt = desk.keys.salt(now_ms);
    let mut all = Vec::new();
    for (ride, is_others) in own.chain(broken).filter(|(ride, _)| rule::stands(ride, now_ms)) {
        all.extend(registered(books, &ride, is_others, &salt)?);
    }
    all.sort_by_key(|ride| ride.id);
    let register = Register {
        vehicle: named_bus(&bus.painted),
        as_of_ms: now_ms,
        taps_until_ms: books.silent_since(&bus.vehicle)?.map_or(now_ms, |since_ms| since_ms.min(now_ms)),
        salt,
        rides: all,
    };
    let unsigned = |error: TicketError| Refusal::Broken(format!("register: {error}"));
    let signed = desk.keys.register(&register).map_err(unsigned)?;
    Ok(Answer::json(&RegisterAnswer { register: Base64(signed) }))
}

/// A ride as a register has it; none for one that its code shows, which is nobody else's business.
fn registered(
    books: &Books<'_>,
    ride: &RideAnswer,
    is_others: bool,
    salt: &[u8; 16],
) -> Result<Option<RegisteredRide>, Refusal> {
    let Some(id) = ticket_id(ride) else { return Ok(None) };
    let card = match rule::card_of(ride) {
        Some(card) => books.card_number(card)?,
        None => None,
    };
    let mut marks: Vec<Mark> =
        card.iter().filter_map(|number| Mark::of(NumberKind::Card, number, salt)).collect();
    if let Some(kind) = rule::kind_of(ride.way) {
        let numbers = books.ride_numbers(&ride.ride)?;
        marks.extend(numbers.iter().filter_map(|(_, number)| Mark::of(kind, number, salt)));
    }
    if marks.is_empty() {
        return Ok(None);
    }
    let mut passengers = ride.passengers.clone();
    passengers.sort_by_key(|group| group.category);
    Ok(Some(RegisteredRide {
        id,
        way: ride.way,
        marks,
        passengers,
        paid_ms: ride.paid_ms,
        ends_ms: ride.ends_ms,
        line: token::cut(&ride.vehicle.line, token::LONGEST_LINE).to_owned(),
        from: is_others.then(|| named_bus(&ride.vehicle.painted)),
    }))
}

/// A ride that a text message or a till paid, as whoever took the money tells the operator.
#[derive(Clone, Debug, Deserialize)]
pub struct EnteredRide {
    /// In which bus.
    pub vehicle: String,
    /// `sms`, `bank_card` with a receipt, or `cash` to a conductor.
    pub way: Way,
    /// The code in the answer to the message, or the receipt's number.
    pub number: String,
    /// Who rides; one adult if it is not said.
    #[serde(default)]
    pub passengers: Vec<PassengerGroup>,
    /// Whose ride it is, by the number of their account, where the conductor was told it.
    #[serde(default)]
    pub account: Option<String>,
    /// When it was sold, ms since 1970, within the last seven days; now if it is not said.
    #[serde(default)]
    pub sold_ms: Option<i64>,
}

impl Desk {
    /// A bus by the number painted on it, in whichever city it runs.
    fn painted(&self, number: &str) -> Option<(&CityData, &Vehicle)> {
        self.operator.cities.iter().find_map(|city| {
            city.vehicles.iter().find(|bus| bus.painted.replace(' ', "") == number).map(|bus| (city, bus))
        })
    }

    /// Enters a ride that was paid without the app and without a card: once for each receipt, however often and
    /// however late the till tells of it.
    pub(in crate::sandbox) fn enter_ride(&self, entered: &EnteredRide) -> Result<RideAnswer, Refusal> {
        let bad = |title| problem(400, codes::BAD_REQUEST, title);
        let kind = rule::kind_of(entered.way).ok_or_else(|| bad("way: sms, bank_card or cash"))?;
        let till = format!("{kind:?}").to_lowercase();
        let now_ms = self.clock.now_ms();
        let sold_ms = taps::moment(entered.sold_ms.unwrap_or(now_ms), now_ms)?;
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        self.settle_due(&books, now_ms)?;
        let (city, vehicle) = self.bus(&entered.vehicle).ok_or_else(not_found)?;
        if kind == NumberKind::Receipt
            && let Some(ride) = books.ride_of_number(&vehicle.vehicle, &till, &entered.number)?
        {
            return Ok(ride);
        }
        let run = self.run(&books, city, &entered.vehicle, sold_ms)?;
        let passengers = match entered.passengers.as_slice() {
            [] => vec![PassengerGroup { category: Category::Standard, count: 1 }],
            passengers => passengers.to_vec(),
        };
        let (payer, rides) = match &entered.account {
            Some(number) => {
                let account = books.account_of(number)?.ok_or_else(not_found)?.account;
                let rides: Vec<_> = books.rides(&account)?.iter().map(held).collect();
                (account, rides)
            }
            None => (format!("{till}:{}", entered.number), Vec::new()),
        };
        let decision = rule::sale(&rule::SaleView {
            sold_ms,
            day: day(sold_ms, &zone(city)),
            city: &city.rules,
            vehicle,
            run: run.as_ref(),
            way: entered.way,
            till: &till,
            passengers: &passengers,
            rides: &rides,
        })?;
        let ride = match (decision, run) {
            (rule::SaleDecision::AlreadyPaid { ride }, _) => books.ride(&ride)?.ok_or_else(not_found)?,
            (rule::SaleDecision::Sold { source, charge }, Some(run)) => {
                let key = self.new_id('k');
                let sale = Sale {
                    payer: &payer,
                    key: &key,
                    city,
                    vehicle,
                    charge,
                    run,
                    passengers,
                    way: entered.way,
                    source,
                    phone: None,
                    asked_ms: sold_ms,
                    paid_ms: sold_ms,
                };
                let sold = self.sell(&books, sale)?;
                sold.ok_or_else(|| Refusal::Broken("no ticket for a ride".to_owned()))?.0
            }
            (rule::SaleDecision::Sold { .. }, None) => {
                return Err(Refusal::Broken("a sale without a run".to_owned()));
            }
        };
        books.put_ride_number(&ride.ride, &till, &entered.number)?;
        books.commit()?;
        Ok(ride)
    }
}
