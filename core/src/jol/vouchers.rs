//! Offline rides: reserve them online, board with them in a bus without a network, give back what is left.
//!
//! Each step that the phone's key signs is two calls, like a payment: the first says what to sign and
//! stores nothing, the second stores it with its outbox row.

mod answers;
mod views;

pub use views::{OfflineRides, ReservedRides, ReservedStanding};
pub(super) use views::{in_use, rides_in_use, told_as_use};

use super::account::published_terms;
use super::city::zone_of;
use super::pay::{card_for, paid_by, together};
use super::{Jol, JolError};
use crate::account::{DeviceState, TermsState, rows as account};
use crate::city::fares::{FareHistory, FareQuestion, Vehicle};
use crate::operator::documents;
use crate::operator::outbox::Operation;
use crate::operator::wire::{Base64, OperatorInfo, UnusedRequest, UseReport, VoucherRequest};
use crate::pay::offline::{
    self, Boarded, Boarding, GiveBack, HeldRides, HeldState, OfflineQuote, OfflineUse, UseState, rows,
};
use crate::pay::{INTENT_LASTS_MS, Source, Way, intent_message};
use crate::store::{Records, StoreError};
use crate::ticket::inspect::TOLERANCE_MS;
use crate::ticket::token::{LONGEST_CITY, LONGEST_VEHICLE, cut};
use crate::ticket::voucher::{MOST_RIDES, report_to_sign, unused_to_sign};
use crate::ticket::{SignedVoucher, TerminalCode, Use, Voucher, phone_key};
use crate::wallet::{Category, PassengerGroup};

/// How far a terminal's code and the operator's time on this phone may be apart, in s.
const CODE_IS_FRESH_S: i64 = 120;
/// Offline rides ended for this account, by the operator's word.
const ENDED: &str = "offline.ended";

impl Jol {
    /// What reserving so many rides would take: for buses without a network, on whatever line. The phone's
    /// key must be enrolled.
    pub fn quote_offline(
        &self,
        rides: u8,
        source: Source,
        passengers: Vec<PassengerGroup>,
    ) -> Result<OfflineQuote, JolError> {
        let rules = self.city_rules()?;
        let passengers = together(passengers)?;
        if !(1..=MOST_RIDES).contains(&rides) {
            return Err(JolError::bad("rides"));
        }
        self.shared.look(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            let terms = account::account(records, published_terms(records)?)?.terms;
            if !matches!(terms, TermsState::Accepted { .. }) {
                return Err(JolError::TermsNotAccepted);
            }
            self.shared.check_version(records)?;
            if !is_offered(records)? {
                return Err(JolError::bad("offline"));
            }
            if has_ended(records)? {
                return Err(JolError::bad("offline-ended"));
            }
            if !matches!(account::device(records)?, DeviceState::Enrolled { .. }) {
                return Err(JolError::bad("key"));
            }
            let now_ms = self.shared.best_time_ms(records)?;
            let zone = zone_of(&rules)?;
            let now =
                jiff::Timestamp::from_millisecond(now_ms).map_err(|_| JolError::internal("the time"))?;
            let question = FareQuestion {
                category: Category::Standard,
                way: Way::App,
                line: "",
                zone: None,
                day: zone.to_datetime(now).date(),
                before: FareHistory::default(),
            };
            let none = || JolError::bad("way");
            let fare = rules.fares.fare_of_group(&passengers, &question).ok_or_else(none)?;
            let sum = fare.times(rides.into()).ok_or_else(none)?;
            let request = VoucherRequest {
                city: rules.city.clone(),
                rides,
                source: source.clone(),
                card: card_for(records, &passengers, now_ms)?,
                passengers: passengers.clone(),
                fare,
                tapped_ms: now_ms,
                not_after_ms: now_ms.saturating_add(INTENT_LASTS_MS),
                signature: None,
            };
            let key = self.shared.new_key();
            let request = serde_json::to_vec(&request).map_err(StoreError::from)?;
            let to_sign = intent_message(&key, &request);
            let reserved_by = pending(records)?;
            Ok(OfflineQuote { key, rides, passengers, source, fare, sum, reserved_by, request, to_sign })
        })
    }

    /// The tap. Writes the reservation and its outbox row in one transaction, and answers its key. A second
    /// tap, while the first has no answer, answers the first one's key and changes nothing.
    pub fn reserve_offline(&self, quote: &OfflineQuote, signature: &[u8]) -> Result<String, JolError> {
        let mut request: VoucherRequest =
            serde_json::from_slice(&quote.request).map_err(|_| JolError::bad("code"))?;
        self.act(|records, _| {
            if rows::find(records, &quote.key)?.is_some() {
                return Ok(quote.key.clone());
            }
            if let Some(first) = pending(records)? {
                return Ok(first);
            }
            self.shared.check_version(records)?;
            request.signature = Some(Base64(signed_by_phone(records, &quote.to_sign, signature)?));
            let held = HeldRides {
                key: quote.key.clone(),
                city: request.city.clone(),
                source: request.source.clone(),
                passengers: request.passengers.clone(),
                fare: request.fare,
                rides: request.rides,
                tapped_ms: request.tapped_ms,
                state: HeldState::Pending,
                signed: None,
                own: true,
                told: Vec::new(),
            };
            let body = serde_json::to_vec(&request).map_err(StoreError::from)?;
            rows::add(records, &held, &body)?;
            self.shared.post(records, Operation::ReserveVoucher, &held.key, "/v1/vouchers", &body, None)?;
            Ok(held.key)
        })
    }

    /// What boarding this bus without a network would use, and the report that the phone's key signs.
    /// `bus`: its painted number, id or plate; `terminal`: the text of the code that its terminal shows.
    ///
    /// A bus whose ride is paid already, or being paid, uses nothing (`already`).
    pub fn boarding(&self, bus: &str, terminal: Option<&str>) -> Result<Boarding, JolError> {
        let code = terminal
            .map(|text| TerminalCode::from_text(text).map_err(|_| JolError::bad("code")))
            .transpose()?;
        let vehicle = self.bus_by_number(bus)?;
        let painted = cut(&vehicle.painted, LONGEST_VEHICLE).to_owned();
        if code.as_ref().is_some_and(|code| code.vehicle != painted) {
            return Err(JolError::bad("bus"));
        }
        self.shared.look(|records, _| {
            let now_ms = self.shared.best_time_ms(records)?;
            let uses = rows::uses(records)?;
            let already = boarded(records, &vehicle, &uses, now_ms)?;
            if already.is_some() {
                return Ok(nothing_to_use(vehicle, already));
            }
            let (signed, voucher, counter) = match usable(records, &uses, now_ms)? {
                Some(next) => next,
                None if has_ended(records)? => return Err(JolError::bad("offline-ended")),
                None => return Err(JolError::bad("voucher")),
            };
            let shown_s = code.as_ref().map(TerminalCode::shown_s);
            let known_s = self.shared.ticket_time_ms(records)?.map(|now_ms| now_ms.div_euclid(1_000));
            if shown_s.zip(known_s).is_some_and(|(shown, known)| (shown - known).abs() > CODE_IS_FRESH_S) {
                return Err(JolError::bad("code"));
            }
            let boarded_s = offline::boarded_s(&voucher, now_ms, shown_s);
            // A picture of a code from before the voucher, or a terminal whose clock is wrong.
            let from_s = voucher.issued_s - TOLERANCE_MS / 1_000;
            if !(from_s..=voucher.until_s).contains(&boarded_s) {
                return Err(JolError::bad("code"));
            }
            let terminal = code.as_ref().map(|code| code.word);
            let used = Use { counter, vehicle: painted, boarded_s, terminal };
            Ok(Boarding {
                key: self.shared.new_key(),
                voucher: voucher.id.to_string(),
                counter,
                vehicle,
                boarded_s,
                terminal: terminal.map(|word| word.to_vec()),
                already: None,
                to_sign: report_to_sign(&signed, &used),
            })
        })
    }

    /// The tap in the bus: takes the counter and writes its report into the outbox, in one transaction, and
    /// answers what to show. A second tap in the same bus answers the first one's use.
    pub fn board_offline(&self, boarding: &Boarding, signature: &[u8]) -> Result<Boarded, JolError> {
        self.act(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let uses = rows::uses(records)?;
            if let Some(already) = boarded(records, &boarding.vehicle, &uses, now_ms)? {
                return Ok(already);
            }
            let next = usable(records, &uses, now_ms)?;
            let (signed, voucher, counter) = next.ok_or_else(|| JolError::bad("voucher"))?;
            if (voucher.id.to_string(), counter) != (boarding.voucher.clone(), boarding.counter) {
                // Another bus took this ride since; whoever taps again gets the next one.
                return Err(JolError::bad("voucher"));
            }
            let terminal = boarding.terminal.as_deref().map(<[u8; 8]>::try_from).transpose();
            let used = Use {
                counter,
                vehicle: cut(&boarding.vehicle.painted, LONGEST_VEHICLE).to_owned(),
                boarded_s: boarding.boarded_s,
                terminal: terminal.map_err(|_| JolError::bad("code"))?,
            };
            let signature = signed_by_phone(records, &report_to_sign(&signed, &used), signature)?;
            let report = UseReport {
                counter,
                vehicle: used.vehicle.clone(),
                boarded_s: used.boarded_s,
                terminal: used.terminal.map(|word| Base64(word.to_vec())),
                signature: Base64(signature),
            };
            let one = OfflineUse {
                key: boarding.key.clone(),
                voucher: boarding.voucher.clone(),
                used,
                vehicle: boarding.vehicle.vehicle.clone(),
                line: boarding.vehicle.line.clone(),
                life_s: offline::life_s(&voucher),
                state: UseState::Open,
            };
            let body = serde_json::to_vec(&report).map_err(StoreError::from)?;
            rows::add_use(records, &one, &body)?;
            self.shared.found_bus(records, view)?;
            let path = format!("/v1/vouchers/{}/uses", one.voucher);
            self.shared.post(records, Operation::VoucherUse, &one.key, &path, &body, None)?;
            Ok(Boarded::Ticket { ride: one.id() })
        })
    }

    /// What giving back the rest of a voucher needs to be signed. Not while a ride with it is under way.
    pub fn quote_give_back(&self, voucher: &str) -> Result<GiveBack, JolError> {
        self.shared.look(|records, _| {
            let (_, used, signed) = self.to_give_back(records, voucher)?;
            let to_sign = unused_to_sign(&signed, used);
            Ok(GiveBack { key: self.shared.new_key(), voucher: voucher.to_owned(), used, to_sign })
        })
    }

    /// Gives back what is left: no ride can be used any more. The money returns after seven days, for each
    /// ride that no inspector saw.
    pub fn give_back(&self, giving: &GiveBack, signature: &[u8]) -> Result<(), JolError> {
        self.act(|records, _| {
            let (held, used, signed) = self.to_give_back(records, &giving.voucher)?;
            if used != giving.used {
                return Err(JolError::bad("voucher"));
            }
            let signature = signed_by_phone(records, &unused_to_sign(&signed, used), signature)?;
            let body = serde_json::to_vec(&UnusedRequest { used, signature: Base64(signature) });
            let body = body.map_err(StoreError::from)?;
            rows::give_back(records, &held.key, &giving.key, &body)?;
            let path = format!("/v1/vouchers/{}/unused", giving.voucher);
            Ok(self.shared.post(records, Operation::VoucherUnused, &giving.key, &path, &body, None)?)
        })
    }

    /// Asks the operator how the vouchers stand.
    pub fn refresh_offline_rides(&self) -> Result<(), JolError> {
        self.act(|records, _| Ok(self.shared.ask(records, Operation::Vouchers, "/v1/vouchers", None)?))
    }

    fn to_give_back(
        &self,
        records: &Records<'_>,
        voucher: &str,
    ) -> Result<(HeldRides, u8, SignedVoucher), JolError> {
        let none = || JolError::not_found("voucher");
        let held = rows::find(records, voucher)?.ok_or_else(none)?;
        let (signed, said) = read(&held).ok_or_else(none)?;
        let now_ms = self.shared.best_time_ms(records)?;
        let uses = rows::uses(records)?;
        if held.state != HeldState::Reserved {
            return Err(none());
        }
        if uses.iter().any(|one| one.voucher == voucher && one.ends_ms() > now_ms) {
            return Err(JolError::bad("riding"));
        }
        let used = offline::used(&held, &said, &uses);
        Ok((held, used, signed))
    }
}

/// The signed voucher and what it says; it was verified when it came.
fn read(held: &HeldRides) -> Option<(SignedVoucher, Voucher)> {
    let signed = SignedVoucher::from_bytes(held.signed.as_deref()?).ok()?;
    let said = signed.read_unverified().ok()?;
    Some((signed, said))
}

/// The signature of this phone's key over a message, low-S and 64 bytes long.
fn signed_by_phone(records: &Records<'_>, message: &[u8], signature: &[u8]) -> Result<Vec<u8>, JolError> {
    let key = account::phone_key(records)?.ok_or_else(|| JolError::bad("key"))?;
    let key = phone_key::compress(&key).map_err(|_| JolError::bad("key"))?;
    let signature = phone_key::accept(&key, message, signature).map_err(|_| JolError::BadSignature)?;
    Ok(signature.to_vec())
}

fn is_offered(records: &Records<'_>) -> Result<bool, StoreError> {
    Ok(documents::get::<OperatorInfo>(records, "/v1/operator")?.is_some_and(|info| info.offline_rides))
}

fn has_ended(records: &Records<'_>) -> Result<bool, StoreError> {
    Ok(records.setting(ENDED)?.unwrap_or(false))
}

/// The reservation that has no answer yet, by key.
fn pending(records: &Records<'_>) -> Result<Option<String>, StoreError> {
    let first = rows::all(records)?.into_iter().find(|held| held.state == HeldState::Pending);
    Ok(first.map(|held| held.key))
}

/// What has this bus's ride already: a use that is under way, a payment, a valid ticket.
fn boarded(
    records: &Records<'_>,
    vehicle: &Vehicle,
    uses: &[OfflineUse],
    now_ms: i64,
) -> Result<Option<Boarded>, JolError> {
    if let Some(one) = offline::riding(uses, &vehicle.vehicle, now_ms) {
        return Ok(Some(Boarded::Ticket { ride: one.id() }));
    }
    let Some(key) = paid_by(records, vehicle, now_ms)? else { return Ok(None) };
    let rides = crate::pay::rows::rides(records, i64::MIN, i64::MAX)?;
    let ride = rides.into_iter().find(|ride| ride.key == key);
    Ok(Some(match ride {
        Some(ride) => Boarded::Ticket { ride: ride.ride },
        None => Boarded::Payment { key },
    }))
}

/// Of a bus whose ride is there already: nothing is used, and nothing signed.
fn nothing_to_use(vehicle: Vehicle, already: Option<Boarded>) -> Boarding {
    Boarding {
        key: String::new(),
        voucher: String::new(),
        counter: 0,
        vehicle,
        boarded_s: 0,
        terminal: None,
        already,
        to_sign: Vec::new(),
    }
}

/// The voucher that a ride begins with now, the one that ends first, and the counter that it takes.
fn usable(
    records: &Records<'_>,
    uses: &[OfflineUse],
    now_ms: i64,
) -> Result<Option<(SignedVoucher, Voucher, u8)>, JolError> {
    if has_ended(records)? {
        return Ok(None);
    }
    let city = super::city::chosen(records)?;
    let phone = account::phone_key(records)?;
    let mut here = Vec::new();
    for held in rows::all(records)? {
        let read = read(&held).filter(|(_, voucher)| voucher.city == cut(&city, LONGEST_CITY));
        here.extend(read.map(|(signed, voucher)| (held, signed, voucher)));
    }
    let vouchers = here.iter().map(|(held, _, voucher)| (held, voucher));
    let next = offline::next_ride(vouchers, uses, phone.as_deref(), now_ms);
    let next = next.map(|(held, _, counter)| (held.key.clone(), counter));
    Ok(next.and_then(|(key, counter)| {
        let (_, signed, voucher) = here.into_iter().find(|(held, ..)| held.key == key)?;
        Some((signed, voucher, counter))
    }))
}
