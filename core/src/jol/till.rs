//! What a conductor's phone keeps and sends, and the secrets that an inspector's phone keeps of tills.

use super::answers::Answer;
use super::city::zone_of;
use super::inspection::TILLS_MS;
use super::{Jol, JolError, Shared, View};
use crate::account::{DeviceState, rows as account};
use crate::city::fares::{CityRules, FareHistory, FareQuestion};
use crate::entropy::random;
use crate::money::Money;
use crate::operator::Refusal;
use crate::operator::outbox::{self, Call, Operation, PATIENCE_MS};
use crate::operator::wire::{
    Base64, MOST_SALES, SalesAnswer, SalesRequest, SignedSale, TillKeys, TillShift, TillShiftRequest, problem,
};
use crate::pay::{INTENT_LASTS_MS, Way};
use crate::qr::{Correction, QrCode};
use crate::store::{Records, StoreError};
use crate::ticket::till::number::INDEXES;
use crate::ticket::till::{
    CashSale, KnownTill, Licence, PaperTicket, Settlement, ShiftKey, SignedLicence, TillId, sale_to_sign,
};
use crate::ticket::{phone_key, token};
use crate::till::rows::{self, Asked, SaleRow, ShiftRow};
use crate::till::{CashQuote, Price, SaleState, ShiftReport, ShiftStanding, SoldRide, SoldTicket};
use crate::wallet::{PassengerGroup, ledger};

/// The inspector's keys of tills, sealed.
pub(super) const TILL_KEYS: &str = "till.keys";
/// What the conductor holds in cash, in this phone's ledger.
const PURSE: &str = "purse";
/// Where it came from.
const PASSENGERS: &str = "passengers";
/// How long after an answer that says nothing sales are sent again, in ms; doubles to some minutes.
const AGAIN_MS: i64 = 5_000;

impl Jol {
    pub(crate) fn ask_for_selling(&self) -> Result<(), JolError> {
        self.act(|records, _| {
            self.shared.ask(records, Operation::Keys, "/v1/keys", None)?;
            self.shared.ask_city(records)?;
            Ok(self.shared.ask_time(records)?)
        })
    }

    pub(crate) fn open_shift(&self, bus: &str) -> Result<(), JolError> {
        let (bus, city) = (self.bus_by_number(bus)?, self.city_rules()?.city);
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            if !matches!(account::device(records)?, DeviceState::Enrolled { .. }) {
                return Err(JolError::bad("key"));
            }
            if rows::last_shift(records)?.is_some_and(|shift| !shift.closed) {
                return Err(JolError::bad("shift_open"));
            }
            let request = TillShiftRequest { city, vehicle: bus.vehicle.clone() };
            let body = serde_json::to_vec(&request).map_err(StoreError::from)?;
            rows::set_asked(records, Some(&Asked::Waiting { bus: bus.painted.clone() }))?;
            // A new try takes the place of one that was on its way.
            let sql = "DELETE FROM outbox WHERE operation = ?1";
            records.run(sql, [Operation::OpenShift.name()]).map_err(StoreError::from)?;
            let (key, path, patience) = (self.shared.new_key(), "/v1/till-shifts", Some(PATIENCE_MS));
            Ok(self.shared.post(records, Operation::OpenShift, &key, path, &body, patience)?)
        })
    }

    pub(crate) fn shift(&self) -> Result<ShiftStanding, JolError> {
        self.shared.look(|records, _| {
            match rows::asked(records)? {
                Some(Asked::Waiting { bus }) => return Ok(ShiftStanding::Asked { bus }),
                Some(Asked::Refused { refusal }) => return Ok(ShiftStanding::Refused { refusal }),
                None => {}
            }
            let Some(row) = rows::last_shift(records)?.filter(|row| !row.closed) else {
                return Ok(ShiftStanding::NoShift);
            };
            let licence = readable(&row.licence)?;
            let now_ms = self.shared.best_time_ms(records)?;
            Ok(ShiftStanding::Open {
                till: row.till.0,
                bus: row.bus,
                from_ms: licence.from_s * 1_000,
                until_ms: licence.until_s * 1_000,
                is_over: now_ms.div_euclid(1_000) > licence.until_s,
                cash: report(records, row.till)?.cash,
            })
        })
    }

    pub(crate) fn quote_cash(
        &self,
        bus: &str,
        passengers: Vec<PassengerGroup>,
    ) -> Result<CashQuote, JolError> {
        let (rules, bus) = (self.city_rules()?, self.bus_by_number(bus)?);
        let passengers = super::pay::together(passengers)?;
        if !bus.ways.contains(&Way::Cash) {
            return Err(JolError::bad("way"));
        }
        self.shared.look(|records, _| {
            let (row, licence) = open_now(records)?;
            let last = rows::last_sale(records, row.till)?;
            let now_s = self.shared.best_time_ms(records)?.div_euclid(1_000);
            // A clock that was set back sells nothing earlier than what was sold before.
            let sold_s = last.as_ref().map_or(now_s, |last| now_s.max(last.sold_s));
            if !licence.holds_at(now_s) || !licence.holds_at(sold_s) {
                return Err(JolError::bad("shift"));
            }
            let prices = prices(&rules, &bus.line, sold_s, &passengers)?;
            let sale = CashSale {
                serial: next(last.as_ref())?,
                vehicle: token::cut(&bus.painted, token::LONGEST_VEHICLE).to_owned(),
                line: token::cut(&bus.line, token::LONGEST_LINE).to_owned(),
                passengers,
                fare: total(&prices)?,
                sold_s,
            };
            let bytes = sale.to_bytes().map_err(|_| JolError::bad("passengers"))?;
            Ok(CashQuote {
                serial: sale.serial,
                bus: bus.painted.clone(),
                line: bus.line.clone(),
                passengers: sale.passengers,
                fare: sale.fare,
                to_sign: sale_to_sign(&row.licence, &bytes),
                sale: bytes,
            })
        })
    }

    pub(crate) fn sell_cash(&self, quote: &CashQuote, signature: &[u8]) -> Result<SoldTicket, JolError> {
        let rules = self.city_rules()?;
        let sale = CashSale::from_bytes(&quote.sale).map_err(|_| JolError::bad("sale"))?;
        self.act(|records, _| {
            let (row, licence) = open_now(records)?;
            if let Some(before) = rows::sale_at(records, row.till, sale.serial)? {
                // A second tap; or another sale came between.
                return if before.bytes == quote.sale {
                    ticket_of(&row, &licence, &before)
                } else {
                    Err(JolError::bad("sale"))
                };
            }
            let now_ms = self.shared.best_time_ms(records)?;
            let age_ms = now_ms.saturating_sub(sale.sold_s.saturating_mul(1_000));
            let prices = prices(&rules, &quote.line, sale.sold_s, &sale.passengers)?;
            let stale = age_ms > INTENT_LASTS_MS
                || total(&prices)? != sale.fare
                || next(rows::last_sale(records, row.till)?.as_ref())? != sale.serial;
            if stale {
                return Err(JolError::bad("sale"));
            }
            if !licence.holds_at(sale.sold_s) {
                return Err(JolError::bad("shift"));
            }
            let paper = PaperTicket::assemble(&row.licence, &quote.sale, signature)
                .map_err(|_| JolError::BadSignature)?;
            let ride = SoldRide { sale: sale.clone(), prices, state: SaleState::Waiting };
            let signature = paper.signature().to_vec();
            let sold = SaleRow { ride, bytes: quote.sale.clone(), signature };
            rows::add_sale(records, row.till, &sold)?;
            if sale.fare > Money::ZERO {
                let key = format!("sale-{}-{}", row.till.0, sale.serial);
                ledger::book(records, &key, PASSENGERS, PURSE, sale.fare, sale.sold_s * 1_000)?;
            }
            self.shared.post_sales(records, &row, std::slice::from_ref(&sold))?;
            ticket_of(&row, &licence, &sold)
        })
    }

    pub(crate) fn sold_ticket(&self, serial: u16) -> Result<SoldTicket, JolError> {
        self.shared.look(|records, _| {
            let row = rows::last_shift(records)?.ok_or_else(|| JolError::bad("shift"))?;
            let sold =
                rows::sale_at(records, row.till, serial)?.ok_or_else(|| JolError::not_found("sale"))?;
            ticket_of(&row, &readable(&row.licence)?, &sold)
        })
    }

    pub(crate) fn shift_report(&self) -> Result<ShiftReport, JolError> {
        self.shared.look(|records, _| {
            let row = rows::last_shift(records)?.ok_or_else(|| JolError::bad("shift"))?;
            report(records, row.till)
        })
    }

    pub(crate) fn close_shift(&self) -> Result<ShiftReport, JolError> {
        self.act(|records, _| {
            let row = rows::last_shift(records)?.ok_or_else(|| JolError::bad("shift"))?;
            rows::close_shift(records, row.till)?;
            let sql = "SELECT count(*) FROM outbox WHERE operation = ?1";
            let travelling: i64 =
                records.row(sql, [Operation::Sales.name()], |row| row.get(0)).map_err(StoreError::from)?;
            if travelling == 0 {
                self.shared.send_unsettled(records)?;
            }
            report(records, row.till)
        })
    }

    /// What is in the conductor's purse from all shifts that this phone knows of.
    pub fn cash_in_purse(&self) -> Result<Money, JolError> {
        self.shared.look(|records, _| Ok(ledger::balance(records, PURSE)?))
    }

    /// An inspector's keys of tills, as they were fetched last.
    pub(crate) fn known_tills(&self) -> Result<Vec<KnownTill>, JolError> {
        let keys: Option<TillKeys> = self.shared.look(|records, _| Ok(records.setting(TILL_KEYS)?))?;
        let known = keys.unwrap_or(TillKeys { tills: Vec::new() }).tills.into_iter().filter_map(|key| {
            let secret: [u8; 32] = key.secret.0.0.try_into().ok()?;
            Some(KnownTill {
                till: TillId(key.till),
                index: key.index,
                from_s: key.from_ms.div_euclid(1_000),
                until_s: key.until_ms.div_euclid(1_000),
                key: ShiftKey::new(secret),
            })
        });
        Ok(known.collect())
    }
}

impl Shared {
    /// A licence is kept if the operator signed it for this phone and city.
    pub(super) fn take_shift(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(Asked::Waiting { bus }) = rows::asked(records)? else { return Ok(()) };
        let Some(shift) = answer.read::<TillShift>() else {
            return self.refuse_shift(records, &answer.refusal());
        };
        let Some((licence, signed)) = self.licensed(records, view, &shift)? else {
            eprintln!("jol: a licence that does not hold");
            return self.refuse_shift(records, &Refusal::Other { code: "licence".to_owned() });
        };
        let secret = shift.secret.0.0.try_into().ok();
        let row =
            ShiftRow { till: licence.till, licence: signed, index: shift.index, secret, bus, closed: false };
        rows::put_shift(records, &row, random(&*self.entropy))?;
        Ok(rows::set_asked(records, None)?)
    }

    fn licensed(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        shift: &TillShift,
    ) -> Result<Option<(Licence, SignedLicence)>, JolError> {
        let key = account::phone_key(records)?.and_then(|key| phone_key::compress(&key).ok());
        let city = super::city::chosen(records)?;
        let Some(keys) = view.keys.as_ref() else { return Ok(None) };
        let read = || {
            let signed = SignedLicence::from_bytes(&shift.licence.0).ok()?;
            let licence = signed.verify(keys).ok()?;
            let ours = Some(licence.phone) == key
                && licence.city == token::cut(&city, token::LONGEST_CITY)
                && shift.index < INDEXES
                && shift.secret.0.0.len() == 32;
            ours.then_some((licence, signed))
        };
        Ok(read())
    }

    pub(super) fn refuse_shift(&self, records: &Records<'_>, refusal: &Refusal) -> Result<(), JolError> {
        Ok(rows::set_asked(records, Some(&Asked::Refused { refusal: refusal.clone() }))?)
    }

    /// Sends sales of one shift, as they were signed.
    fn post_sales(&self, records: &Records<'_>, shift: &ShiftRow, sold: &[SaleRow]) -> Result<(), JolError> {
        let sales = sold.iter().map(|sold| SignedSale {
            sale: Base64(sold.bytes.clone()),
            signature: Base64(sold.signature.clone()),
        });
        let request = SalesRequest { licence: Base64(shift.licence.to_bytes()), sales: sales.collect() };
        let body = serde_json::to_vec(&request).map_err(StoreError::from)?;
        Ok(self.post(records, Operation::Sales, &self.new_key(), "/v1/sales", &body, None)?)
    }

    /// Sends all shifts anew of which the operator has not taken everything, from their first sale on: what
    /// it has it finds again.
    pub(super) fn send_unsettled(&self, records: &Records<'_>) -> Result<(), JolError> {
        let sql = "DELETE FROM outbox WHERE operation = ?1";
        records.run(sql, [Operation::Sales.name()]).map_err(StoreError::from)?;
        for till in rows::unsettled(records)? {
            let Some(shift) = rows::shift_of(records, till)? else { continue };
            for sold in rows::sales(records, till)?.chunks(MOST_SALES) {
                self.post_sales(records, &shift, sold)?;
            }
        }
        Ok(())
    }

    /// The operator's answer to sales. That it has them is believed by its signed word only, and only if it
    /// counts the same cash.
    pub(super) fn take_sales(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let pause_ms = AGAIN_MS << call.attempts.min(6);
        let again = || outbox::put_back(records, call, self.clock.boot_ms(), pause_ms);
        if answer.status == 401 {
            return Ok(again()?);
        }
        if let Some(said) = answer.read::<SalesAnswer>() {
            let keys = view.keys.as_ref();
            let settlement = keys.and_then(|keys| Settlement::open(&said.settlement.0, keys).ok());
            let Some(settlement) = settlement else { return Ok(again()?) };
            let Settlement { till, through, cash, .. } = settlement;
            if rows::cash_through(records, till, through)? == Some(cash) {
                rows::taken(records, till, through)?;
            } else {
                eprintln!("jol: the operator counts another sum of till {}", till.0);
            }
            return Ok(());
        }
        if (200..300).contains(&answer.status) {
            return Ok(again()?);
        }
        let Some((till, serials)) = sales_of(call) else { return Ok(()) };
        let refusal = answer.refusal();
        let known = rows::sales(records, till)?;
        let is_gap = refusal == Refusal::Other { code: problem::SERIAL_GAP.to_owned() };
        let refused_before = known.iter().any(|row| matches!(row.ride.state, SaleState::Refused { .. }));
        if is_gap && !serials.contains(&1) && !refused_before {
            // The operator lost what it had, or one of ours: from the beginning, once more.
            return self.send_unsettled(records);
        }
        serials.iter().try_for_each(|serial| Ok(rows::refused(records, till, *serial, &refusal)?))
    }

    /// What an inspector needs for numbers on paper. It holds secrets, so it lies sealed.
    pub(super) fn take_till_keys(&self, records: &Records<'_>, answer: &Answer<'_>) -> Result<(), JolError> {
        match answer.read::<TillKeys>() {
            Some(keys) => {
                records.set(TILLS_MS, &self.best_time_ms(records)?)?;
                Ok(records.set_sealed(TILL_KEYS, &keys, random(&*self.entropy))?)
            }
            None if answer.status == 403 => Ok(self.no_longer_staff(records, answer)?),
            None => Ok(()),
        }
    }
}

/// The shift that is open, with what its licence says.
fn open_now(records: &Records<'_>) -> Result<(ShiftRow, Licence), JolError> {
    let row = rows::last_shift(records)?.filter(|row| !row.closed).ok_or_else(|| JolError::bad("shift"))?;
    let licence = readable(&row.licence)?;
    Ok((row, licence))
}

/// It was verified when it came.
fn readable(licence: &SignedLicence) -> Result<Licence, JolError> {
    licence.read_unverified().map_err(|error| JolError::internal(&error.to_string()))
}

fn report(records: &Records<'_>, till: TillId) -> Result<ShiftReport, JolError> {
    let sold: Vec<SoldRide> = rows::sales(records, till)?.into_iter().map(|row| row.ride).collect();
    Ok(ShiftReport::of(till.0, &sold))
}

/// The number of the next passenger.
fn next(last: Option<&CashSale>) -> Result<u16, JolError> {
    let Some(last) = last else { return Ok(1) };
    last.last().and_then(|last| last.checked_add(1)).ok_or_else(|| JolError::bad("shift"))
}

/// What each category pays in cash. Nobody's account, so nothing that was paid before counts.
fn prices(
    rules: &CityRules,
    line: &str,
    sold_s: i64,
    passengers: &[PassengerGroup],
) -> Result<Vec<Price>, JolError> {
    let zone = zone_of(rules)?;
    let now = jiff::Timestamp::from_second(sold_s).map_err(|_| JolError::internal("the time"))?;
    let day = zone.to_datetime(now).date();
    let price = |group: &PassengerGroup| {
        let PassengerGroup { category, count } = *group;
        let before = FareHistory::default();
        let question = FareQuestion { category, way: Way::Cash, line, zone: None, day, before };
        let sum = rules.fares.fare(&question)?.times(u32::from(count))?;
        Some(Price { category, count, sum })
    };
    passengers.iter().map(price).collect::<Option<Vec<_>>>().ok_or_else(|| JolError::bad("way"))
}

fn total(prices: &[Price]) -> Result<Money, JolError> {
    let sum = prices.iter().try_fold(Money::ZERO, |sum, price| sum.plus(price.sum));
    sum.ok_or_else(|| JolError::bad("passengers"))
}

/// A sale as the passengers get it.
fn ticket_of(shift: &ShiftRow, licence: &Licence, sold: &SaleRow) -> Result<SoldTicket, JolError> {
    let internal = |error: &dyn std::fmt::Display| JolError::internal(&error.to_string());
    let paper = PaperTicket::assemble(&shift.licence, &sold.bytes, &sold.signature)
        .map_err(|error| internal(&error))?;
    let (text, sale) = (paper.to_text(), &sold.ride.sale);
    let numbers = shift.secret.map(ShiftKey::new).map(|key| {
        let numbers = sale.serial..=sale.last().unwrap_or(sale.serial);
        let number = |passenger| {
            key.number(shift.index, shift.till, passenger, &sale.vehicle, sale.sold_s).to_string()
        };
        numbers.map(number).collect()
    });
    Ok(SoldTicket {
        serial: sale.serial,
        code: QrCode::of(&text, Correction::L).map_err(|error| internal(&error))?,
        text,
        numbers: numbers.unwrap_or_default(),
        bus: sale.vehicle.clone(),
        line: sale.line.clone(),
        passengers: sale.passengers.clone(),
        fare: sale.fare,
        sold_ms: sale.sold_s * 1_000,
        ends_ms: sale.ends_s(licence) * 1_000,
    })
}

/// Which sales of which till a call told of.
fn sales_of(call: &Call) -> Option<(TillId, Vec<u16>)> {
    let request: SalesRequest = serde_json::from_slice(&call.body).ok()?;
    let licence = SignedLicence::from_bytes(&request.licence.0).ok()?.read_unverified().ok()?;
    let serial = |sale: &SignedSale| CashSale::from_bytes(&sale.sale.0).ok().map(|sale| sale.serial);
    Some((licence.till, request.sales.iter().filter_map(serial).collect()))
}
