//! Selling a ride: its ticket is signed first, then the money entered and the ride kept.

use super::{Desk, Refusal};
use crate::sandbox::data::CityData;
use crate::sandbox::fleet::Run;
use crate::sandbox::ledger::Books;
use crate::sandbox::rules::payments::Charge;
use jol_core::city::fares::Vehicle;
use jol_core::entropy::random;
use jol_core::operator::wire::{Base64, FiscalSign, RideAnswer, RideState};
use jol_core::pay::{Source, Way};
use jol_core::ticket::token::{self, PhoneKey, TicketId, Token};
use jol_core::wallet::PassengerGroup;
use sha2::{Digest, Sha256};

/// A ride that is being sold.
pub(super) struct Sale<'a> {
    pub(super) payer: &'a str,
    pub(super) key: &'a str,
    pub(super) city: &'a CityData,
    pub(super) vehicle: &'a Vehicle,
    pub(super) run: Run,
    pub(super) passengers: Vec<PassengerGroup>,
    pub(super) way: Way,
    pub(super) source: Source,
    pub(super) phone: Option<PhoneKey>,
    pub(super) charge: Charge,
    pub(super) asked_ms: i64,
    pub(super) paid_ms: i64,
}

impl Desk {
    /// Enters the money and keeps the ride with its signed ticket; none if the ticket cannot be signed,
    /// and then nothing is entered either.
    pub(super) fn sell(
        &self,
        books: &Books<'_>,
        sale: Sale<'_>,
    ) -> Result<Option<(RideAnswer, TicketId)>, Refusal> {
        let index = books.next_ticket_index()?;
        let id = TicketId::new(index, random(&*self.entropy));
        let (ends_ms, issued_s) = (sale.charge.ends_ms, sale.paid_ms.div_euclid(1_000));
        let token = Token {
            key: self.keys.ticket_key(),
            id,
            issued_s,
            not_before_s: issued_s,
            expires_s: ends_ms.div_euclid(1_000).min(issued_s + token::LONGEST_SPAN_S),
            phone: sale.phone,
            city: token::cut(&sale.city.rules.city, token::LONGEST_CITY).to_owned(),
            line: token::cut(&sale.run.line, token::LONGEST_LINE).to_owned(),
            vehicle: named_bus(&sale.vehicle.painted),
            run: run_number(&sale.run.run),
            direction: sale.run.direction.min(1),
            passengers: sale.passengers.clone(),
            fare: sale.charge.fare,
            way: sale.way,
            stop: Some(token::cut(&sale.run.stop_id, token::LONGEST_STOP).to_owned())
                .filter(|stop| !stop.is_empty()),
            end: sale.city.rules.ride_end.rule(),
            replaces: None,
        };
        let ticket = match self.ticket(&token) {
            Ok(ticket) => ticket,
            Err(error) => {
                eprintln!("operator: no ticket for a ride: {error}");
                return Ok(None);
            }
        };
        let ride = RideAnswer {
            ride: id.to_string(),
            key: sale.key.to_owned(),
            city: sale.city.rules.city.clone(),
            vehicle: Vehicle { line: sale.run.line.clone(), ..sale.vehicle.clone() },
            passengers: sale.passengers,
            way: sale.way,
            source: sale.source,
            fare: sale.charge.fare,
            paid_ms: sale.paid_ms,
            boarding_stop: Some(sale.run.stop.clone()).filter(|stop| !stop.is_empty()),
            terminus: sale.run.terminus.clone(),
            state: RideState::Valid,
            ends_ms: token.expires_s * 1_000,
            ticket: Base64(ticket),
            continues_on: Vec::new(),
            fiscal: self.fiscal_sign(id),
            asked_ms: Some(sale.asked_ms).filter(|asked_ms| *asked_ms != sale.paid_ms),
            refund: None,
            corrects: None,
        };
        if let Some(entry) = &sale.charge.entry {
            books.enter(entry, &ride.ride, sale.paid_ms)?;
        }
        books.put_ride(sale.payer, &ride, &sale.run.run, index)?;
        Ok(Some((ride, id)))
    }
}

impl Desk {
    /// The tax authority's sign for a sale, where the operator has a register that it knows.
    fn fiscal_sign(&self, sale: TicketId) -> Option<FiscalSign> {
        let register = self.operator.cash_register.as_ref()?;
        let sign = format!("{:010}", run_number(&sale.to_string()));
        let url = format!("{}?r={}&s={sign}", register.site, register.serial);
        Some(FiscalSign { url, sign, register: register.serial.clone() })
    }
}

/// A bus's number as tickets and status lists name it.
pub(super) fn named_bus(vehicle: &str) -> String {
    token::cut(vehicle, token::LONGEST_VEHICLE).to_owned()
}

/// A run's number in tickets and status lists: itself if it is one, else made of its name.
pub(super) fn run_number(run: &str) -> u32 {
    run.parse().unwrap_or_else(|_| {
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(run).into();
        u32::from_be_bytes([a, b, c, d])
    })
}

/// A ride's ticket by its id.
pub(super) fn ticket_id(ride: &RideAnswer) -> Option<TicketId> {
    let byte = |at: usize| u8::from_str_radix(ride.ride.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..8).map(|place| byte(place * 2)).collect();
    bytes?.try_into().ok().map(TicketId)
}
