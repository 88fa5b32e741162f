//! Messages that pay a ride: what the carrier or the messenger delivers, and what is answered.

use super::payments::phone_line;
use super::sales::Sale;
use super::{Desk, Refusal, day, day_start_ms, not_found, zone};
use crate::sandbox::books::AccountRow;
use crate::sandbox::data::CityData;
use crate::sandbox::ledger::Books;
use crate::sandbox::ride_rows::held;
use crate::sandbox::rules::messages::{self as rule, Answered, MessageDecision, MessageView};
use crate::sandbox::rules::rides::HeldRide;
use crate::sandbox::rules::{problem, registers, rides};
use jol_core::account::Contact;
use jol_core::city::fares::{FareHistory, Vehicle};
use jol_core::entropy::random;
use jol_core::operator::wire::{RideAnswer, problem as codes};
use jol_core::pay::message::{Reply, Wording, is_same_bus, read_written, write_reply};
use jol_core::pay::{DeclineReason, Source, Way};
use jol_core::text::Language;
use serde::{Deserialize, Serialize};

/// A message as the carrier or the messenger delivers it.
#[derive(Clone, Debug, Deserialize)]
pub struct DeliveredMessage {
    /// `sms` or `messenger`.
    #[serde(default = "by_sms")]
    pub way: Way,
    /// The sender's phone number; a bot is told it by the messenger.
    pub from: String,
    /// To which short number; of a messenger it is not said.
    #[serde(default)]
    pub to: Option<String>,
    /// What was written.
    pub text: String,
    /// The carrier's own id of the message; one that comes twice is one message.
    pub id: String,
    /// When it was sent, if the carrier says when, ms since 1970.
    #[serde(default)]
    pub sent_ms: Option<i64>,
}

fn by_sms() -> Way {
    Way::Sms
}

/// What is answered to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageAnswer {
    /// From which number, or the messenger's name.
    pub from: String,
    /// The text.
    pub text: String,
}

impl Desk {
    /// Takes a message and answers it, once for each id of its carrier.
    pub(in crate::sandbox) fn take_message(
        &self,
        message: &DeliveredMessage,
    ) -> Result<MessageAnswer, Refusal> {
        let bad = |title| problem(400, codes::BAD_REQUEST, title);
        let Ok(Contact::Phone(number)) = Contact::read(&message.from) else {
            return Err(bad("from: a phone number").into());
        };
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        self.settle_due(&books, now_ms)?;
        self.settle_vouchers(&books, now_ms)?;
        let (city, from, wording) = self.addressed(message).ok_or_else(not_found)?;
        let way = format!("{:?}", message.way).to_lowercase();
        if let Some(text) = books.answer_to_message(&way, &number, &message.id)? {
            return Ok(MessageAnswer { from, text });
        }
        let reply = self.decide_message(&books, city, &wording, (message, &number), now_ms)?;
        let text = write_reply(&wording, &reply);
        let text = text.ok_or_else(|| Refusal::Broken(format!("no pattern for {reply:?}")))?;
        books.put_answer_to_message(&way, &number, &message.id, &text, now_ms)?;
        books.commit()?;
        Ok(MessageAnswer { from, text })
    }

    /// The city whose number or bot it is.
    fn addressed(&self, message: &DeliveredMessage) -> Option<(&CityData, String, Wording<'_>)> {
        self.operator.cities.iter().find_map(|city| match message.way {
            Way::Sms => {
                let rule = city.rules.sms.as_ref()?;
                let is_own = message.to.as_ref().is_none_or(|to| *to == rule.number);
                is_own.then(|| (city, rule.senders().remove(0), rule.wording()))
            }
            Way::Messenger => {
                let rule = city.rules.messenger.as_ref()?;
                Some((city, rule.name.clone(), rule.wording()))
            }
            _ => None,
        })
    }

    fn decide_message(
        &self,
        books: &Books<'_>,
        city: &CityData,
        wording: &Wording<'_>,
        (message, number): (&DeliveredMessage, &str),
        now_ms: i64,
    ) -> Result<Reply, Refusal> {
        let (zone, sent_ms) = (zone(city), message.sent_ms.map(|ms| ms.min(now_ms)));
        let name = wording.bus();
        let called = |bus: &&Vehicle, typed: &str| is_same_bus(name.of(bus), typed);
        let written =
            read_written(wording, &message.text, |typed| city.vehicles.iter().any(|bus| called(&bus, typed)));
        let bus =
            written.as_ref().and_then(|written| city.vehicles.iter().find(|bus| called(bus, &written.bus)));
        // Of a bus that there is not the answer says what was typed, in the language that was asked for.
        let typed = read_written(wording, &message.text, |_| true);
        let language = typed.as_ref().and_then(|typed| typed.language).unwrap_or(Language::Kk);
        // A number that writes has an account, and signs in to it later.
        let account = books.account_of(number)?.unwrap_or_else(|| AccountRow {
            account: self.new_id('a'),
            recipient: number.to_owned(),
            terms: 0,
            since_ms: now_ms,
        });
        let (run, run_then) = match bus {
            Some(bus) => (
                self.run(books, city, &bus.vehicle, now_ms)?,
                self.run(books, city, &bus.vehicle, sent_ms.unwrap_or(now_ms))?,
            ),
            None => (None, None),
        };
        let held: Vec<HeldRide> = books.rides(&account.account)?.iter().map(held).collect();
        let pending = match bus {
            Some(bus) => books.pending_in(&account.account, &bus.vehicle)?.is_some(),
            None => false,
        };
        // The ride is its account's, as by any other way, and so are the passes.
        let passes = books.passes_in(&city.rules.city, &account.account, &day(now_ms, &zone).to_string())?;
        let decision = rule::decide(&MessageView {
            now_ms,
            sent_ms,
            way: message.way,
            day: day(now_ms, &zone),
            city: &city.rules,
            written: written.as_ref().zip(bus),
            run: run.as_ref(),
            run_then: run_then.as_ref(),
            rides: &held,
            pending,
            history: FareHistory { passes: &passes, ..rides::history(&held, now_ms, &zone) },
            line: &phone_line(books, &account, day_start_ms(now_ms, &zone), now_ms)?,
        });
        let typed = typed.as_ref().map(|typed| typed.bus.as_str());
        let said = bus.map(|bus| name.of(bus)).or(typed);
        let answer = |answered| rule::reply(answered, said, language, &zone, now_ms);
        Ok(match decision {
            MessageDecision::Declined(decline) => answer(Answered::Declined(&decline)),
            MessageDecision::AlreadyPaid { ride } => {
                let ride = ride.map(|ride| books.ride(&ride)).transpose()?.flatten();
                let number = match &ride {
                    Some(ride) => {
                        books.ride_numbers(&ride.ride)?.into_iter().next().map(|(_, number)| number)
                    }
                    None => None,
                };
                answer(Answered::AlreadyPaid(ride.as_ref().map(|ride| (ride, number))))
            }
            MessageDecision::Charged(charge) => {
                let (Some(written), Some(vehicle), Some(run)) = (&written, bus, run) else {
                    return Err(Refusal::Broken("a charge without a bus".to_owned()));
                };
                books.put_account(&account)?;
                let sale = Sale {
                    payer: &account.account,
                    key: &self.new_id('k'),
                    city,
                    vehicle,
                    run,
                    passengers: rule::passengers(written),
                    way: message.way,
                    source: Source::PhoneBalance,
                    phone: self.only_phone(books, &account.account)?,
                    charge,
                    asked_ms: sent_ms.unwrap_or(now_ms),
                    paid_ms: now_ms,
                };
                match self.sell(books, sale)? {
                    Some((ride, _)) => {
                        let number = self.number_for(books, &ride)?;
                        answer(Answered::Paid(&ride, number))
                    }
                    None => answer(Answered::Declined(&DeclineReason::TryLater.into())),
                }
            }
        })
    }

    /// The key of an account's phone, if it has one phone: nobody knows which of several is at hand.
    pub(super) fn only_phone(
        &self,
        books: &Books<'_>,
        account: &str,
    ) -> Result<Option<jol_core::ticket::PhoneKey>, Refusal> {
        Ok(match books.devices(account)?.as_slice() {
            [phone] => phone.phone_key(),
            _ => None,
        })
    }

    /// A number by which inspectors find this ride: six digits that no other ride in this bus has.
    fn number_for(&self, books: &Books<'_>, ride: &RideAnswer) -> Result<String, Refusal> {
        let kind =
            registers::kind_of(ride.way).map_or_else(String::new, |kind| format!("{kind:?}").to_lowercase());
        loop {
            let number = format!("{:06}", u32::from_le_bytes(random(&*self.entropy)) % 1_000_000);
            if !books.is_ride_number(&ride.vehicle.vehicle, &number)? {
                books.put_ride_number(&ride.ride, &kind, &number)?;
                return Ok(number);
            }
        }
    }
}
