//! Paying by a message: what the shell opens, what is known of it since, and what an answer says.

use super::city::{chosen, rules_of, time_text, zone_of};
use super::pay::{RIDES, paid_by, together};
use super::{Jol, JolError, PassengerWords, Shared};
use crate::account::rows as account;
use crate::city::fares::{CityRules, FareHistory, FareQuestion, Vehicle};
use crate::follow::history;
use crate::money::Money;
use crate::operator::outbox::{self, Operation};
use crate::pay::message::{
    ComposeError, Message, MessageStanding, MessageState, MessengerRule, ReadReply, Reply, ReplyKind,
    SmsRule, about, compose_link, compose_sms, holds_until_ms, read_replies, rows as messages,
};
use crate::pay::{DeclineReason, Ride, Way};
use crate::store::{Records, StoreError};
use crate::text::{Language, say};
use crate::wallet::{Category, PassengerGroup};

/// For so long a message is told of, in ms; answers that come later are about nothing.
const TOLD_MS: i64 = 24 * 3_600_000;
/// For so long the operator's word about a message is waited for, in ms.
const SETTLED_WITHIN_MS: i64 = 3 * TOLD_MS;

/// A message that pays a ride, as the shell opens it: in the app for SMS with recipient and text, or by the
/// link. Nothing is kept before [`Jol::message_opened`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// What names it from here on.
    pub id: String,
    /// By SMS or in a messenger.
    pub way: Way,
    /// The bus; its painted number stands on the button.
    pub vehicle: Vehicle,
    /// How many adults ride.
    pub passengers: u8,
    /// The published fare: what is charged, no commission.
    pub fare: Money,
    /// To which number; of a messenger its name.
    pub to: String,
    /// What is written.
    pub text: String,
    /// What opens the messenger with the text written; none for an SMS.
    pub link: Option<String>,
    /// With which apps the link may be opened, by package or bundle id; empty: any.
    pub apps: Vec<String>,
    /// The payment that has this ride already, by key.
    pub paid_by: Option<String>,
    /// The message that may have paid this ride already.
    pub by_message: Option<String>,
    /// What the passenger is warned of, in words, before they send it.
    pub warning: Option<String>,
}

/// A message that was opened, as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// What names it.
    pub message: String,
    /// By SMS or in a messenger.
    pub way: Way,
    /// The line, large.
    pub line: String,
    /// The number painted on the bus, large.
    pub bus: String,
    /// Who rides: the category's name and how many.
    pub passengers: Vec<PassengerWords>,
    /// What it costs.
    pub sum: Money,
    /// The sum with its sign.
    pub sum_text: String,
    /// To whom.
    pub to: String,
    /// What was written.
    pub text: String,
    /// When it was opened, ms since 1970.
    pub opened_ms: i64,
    /// How it stands.
    pub standing: MessageStanding,
    /// The same in words.
    pub says: String,
    /// What to do, in words; none if there is nothing to do.
    pub next: Option<String>,
    /// The number in the answer, for the inspector; it proves nothing by itself.
    pub number: Option<String>,
}

/// What a text that the passenger showed says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyView {
    /// What it is.
    pub reads: ReplyReading,
    /// The message that it is about; none if it is about none of this phone.
    pub message: Option<String>,
    /// What it says, in words. It proves nothing.
    pub says: String,
    /// Why, or what to do, in words.
    pub next: Option<String>,
    /// The number for the inspector.
    pub number: Option<String>,
    /// From which numbers genuine answers come, in words; the app does not see who sent a text.
    pub senders: Option<String>,
}

/// What a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyReading {
    /// An answer that says that the ride is paid.
    Paid,
    /// An answer that says that it was paid before.
    AlreadyPaid,
    /// An answer that says that it was not paid.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// An answer that is not whole.
    CutOff,
    /// None of the operator's answers.
    NotTheOperators,
}

impl Jol {
    /// What the shell opens to pay this bus by a message: `way` is an SMS or a messenger, `vehicle` the
    /// operator's id of the bus. Needs no network and no account. A message pays for adults
    /// (`BadInput passengers_by_message` otherwise, and for more of them than it can say).
    pub fn message(
        &self,
        vehicle: &str,
        way: Way,
        passengers: Vec<PassengerGroup>,
    ) -> Result<OutgoingMessage, JolError> {
        let rules = self.city_rules()?;
        let bus = self.vehicle(vehicle)?;
        let adults = adults(passengers)?;
        self.shared.look(|records, view| {
            let composed = match (way, &rules.sms, &rules.messenger) {
                (Way::Sms, Some(rule), _) => compose_sms(rule, &bus, view.language, adults),
                (Way::Messenger, _, Some(rule)) => compose_link(rule, &bus, view.language, adults),
                _ => return Err(JolError::bad("way")),
            };
            if !bus.ways.contains(&way) {
                return Err(JolError::bad("way"));
            }
            let composed = composed.map_err(|error| match error {
                ComposeError::Rule => JolError::bad("way"),
                ComposeError::Bus => JolError::bad("bus"),
                ComposeError::Passengers => JolError::bad("passengers_by_message"),
            })?;
            let now_ms = self.shared.best_time_ms(records)?;
            let fare = fare(records, &rules, &bus, way, adults, now_ms)?;
            let paid_by = paid_by(records, &bus, now_ms)?;
            let before = maybe_paid(records, &bus.vehicle, now_ms)?;
            let warning = match &paid_by {
                Some(_) => Some(say(view.language, "already-paid", &[])),
                None => before.as_ref().map(|before| warning(records, before, view.language)).transpose()?,
            };
            Ok(OutgoingMessage {
                id: self.shared.new_key(),
                way,
                vehicle: bus.clone(),
                passengers: adults,
                fare,
                to: composed.to,
                text: composed.text,
                link: composed.link,
                apps: composed.apps,
                paid_by,
                by_message: before.map(|before| before.id),
                warning,
            })
        })
    }

    /// The shell opened it: whether the passenger sends it nobody tells the app, so from now on the ride is not
    /// known yet. Writes the message and the question to the operator in one transaction. Opened twice, it is
    /// one message.
    pub fn message_opened(&self, message: &OutgoingMessage) -> Result<(), JolError> {
        self.act(|records, view| {
            let city = chosen(records)?;
            let rules = rules_of(records, &city)?.ok_or(JolError::NoCity)?;
            let opened_ms = self.shared.best_time_ms(records)?;
            let opened = Message {
                id: message.id.clone(),
                city,
                way: message.way,
                vehicle: message.vehicle.clone(),
                passengers: message.passengers,
                fare: message.fare,
                to: message.to.clone(),
                text: message.text.clone(),
                opened_ms,
                holds_until_ms: holds_until_ms(&rules.ride_end, opened_ms),
                reply: None,
                asked_ms: None,
                state: MessageState::Open,
            };
            messages::add(records, &opened)?;
            self.shared.found_bus(records, view)?;
            Ok(self.shared.ask_rides(records)?)
        })
    }

    /// The passenger did not send it: it is about no ride any more. `NotFound` once it is settled.
    pub fn message_not_sent(&self, message: &str) -> Result<(), JolError> {
        self.act(|records, _| {
            let known = messages::by_id(records, message)?;
            let open = known.filter(|known| known.state == MessageState::Open);
            let open = open.ok_or_else(|| JolError::not_found("message"))?;
            messages::put(records, &Message { state: MessageState::TakenBack, ..open })?;
            // Should it have been sent after all, the operator says so.
            Ok(self.shared.ask_rides(records)?)
        })
    }

    /// The messages of the last 24 hours, newest first, without those that were not sent.
    pub fn messages(&self) -> Result<Vec<MessageView>, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let told = messages::since(records, now_ms.saturating_sub(TOLD_MS))?.into_iter();
            let told = told.filter(|message| message.state != MessageState::TakenBack);
            Ok(told.map(|message| view_of(message, view.language)).collect())
        })
    }

    /// Reads a text that the passenger pasted or shared as the operator's answer: one view for each answer in
    /// it, or one that says that there is none. What it says is kept with the message that it is about, and the
    /// operator is asked. Any text is read; none proves anything.
    pub fn take_message(&self, text: &str) -> Result<Vec<ReplyView>, JolError> {
        self.act(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let mut known = messages::since(records, now_ms.saturating_sub(TOLD_MS))?;
            let all_rules = rules_about(records, &known)?;
            let wordings: Vec<_> = all_rules
                .iter()
                .flat_map(|rules| {
                    let sms = rules.sms.as_ref().map(SmsRule::wording);
                    sms.into_iter().chain(rules.messenger.as_ref().map(MessengerRule::wording))
                })
                .collect();
            let replies = match read_replies(&wordings, text) {
                ReadReply::Replies { replies } => replies,
                ReadReply::CutOff => return Ok(vec![unread(ReplyReading::CutOff, view.language)]),
                ReadReply::NotTheOperators => {
                    return Ok(vec![unread(ReplyReading::NotTheOperators, view.language)]);
                }
            };
            let senders = senders(&all_rules, view.language);
            let mut views = Vec::new();
            for reply in &replies {
                let zone = all_rules.first().map(zone_of).transpose()?.unwrap_or(jiff::tz::TimeZone::UTC);
                let id = about(&known, reply, &zone, now_ms).map(|message| message.id.clone());
                if let Some(message) = known.iter_mut().find(|message| Some(&message.id) == id.as_ref())
                    && message.take(reply, now_ms)
                {
                    messages::put(records, message)?;
                }
                views.push(told(reply, id, senders.clone(), view.language));
            }
            self.shared.ask_rides(records)?;
            Ok(views)
        })
    }
}

impl Shared {
    /// Asks what the operator holds, if it can know who asks.
    fn ask_rides(&self, records: &Records<'_>) -> Result<(), StoreError> {
        match account::session(records)? {
            Some(_) => self.ask(records, Operation::Rides, RIDES, None),
            None => Ok(()),
        }
    }

    /// What the operator's rides make of the messages. While one is open, the question is put again, at growing
    /// intervals: an answer to a message may be lost, the ride must not be.
    pub(super) fn settle_messages(
        &self,
        records: &Records<'_>,
        rides: &[Ride],
        attempts: u32,
    ) -> Result<(), StoreError> {
        let now_ms = self.best_time_ms(records)?;
        let mut open = false;
        // A newer question is on its way: this answer says what was before it.
        if outbox::waits(records, RIDES)? {
            return Ok(());
        }
        let known = messages::since(records, now_ms.saturating_sub(SETTLED_WITHIN_MS))?;
        for before in &known {
            let mut message = before.clone();
            message.settle(rides, before.is_one_of_two(known.iter()), now_ms);
            if message != *before {
                messages::put(records, &message)?;
            }
            open |= message.is_open_at(now_ms);
        }
        if open {
            self.ask(records, Operation::Rides, RIDES, None)?;
            self.pause(records, RIDES, attempts)?;
        }
        Ok(())
    }
}

/// The message that may have paid this bus's ride, newest first.
pub(super) fn maybe_paid(
    records: &Records<'_>,
    vehicle: &str,
    now_ms: i64,
) -> Result<Option<Message>, StoreError> {
    let known = messages::since(records, now_ms.saturating_sub(TOLD_MS))?;
    Ok(known.into_iter().find(|message| message.may_hold(vehicle, now_ms)))
}

/// What a passenger is told before they pay a ride that a message may have paid.
pub(super) fn warning(
    records: &Records<'_>,
    message: &Message,
    language: Language,
) -> Result<String, JolError> {
    let time = time_text(records, &message.city, message.opened_ms, message.opened_ms, language)?;
    let (may, once) = match message.standing() {
        MessageStanding::OtherNumber => ("message-other-number-paid", None),
        MessageStanding::SaysDeclined { .. } => ("message-says-declined-at", Some("message-charged-once")),
        _ => ("message-may-have-paid", Some("message-charged-once")),
    };
    let may = say(language, may, &[("time", &time)]);
    Ok(once.map_or(may.clone(), |once| format!("{may} {}", say(language, once, &[]))))
}

/// How many adults ride; nobody else by a message.
fn adults(passengers: Vec<PassengerGroup>) -> Result<u8, JolError> {
    match together(passengers)?.as_slice() {
        [PassengerGroup { category: Category::Standard, count }] => Ok(*count),
        _ => Err(JolError::bad("passengers_by_message")),
    }
}

/// What the message costs by the operator's published fares.
fn fare(
    records: &Records<'_>,
    rules: &CityRules,
    bus: &Vehicle,
    way: Way,
    adults: u8,
    now_ms: i64,
) -> Result<Money, JolError> {
    let zone = zone_of(rules)?;
    let now = jiff::Timestamp::from_millisecond(now_ms).map_err(|_| JolError::internal("the time"))?;
    let paid = super::follow::paid_rides(records, now_ms, None)?;
    // A ride by message is its account's, and so are the passes: the operator counts both.
    let passes = super::cards::passes_in(records, &rules.city)?;
    let question = FareQuestion {
        category: Category::Standard,
        way,
        line: &bus.line,
        zone: None,
        day: zone.to_datetime(now).date(),
        before: FareHistory { passes: &passes, ..history(&paid, now_ms, &zone) },
    };
    let group = [PassengerGroup { category: Category::Standard, count: adults }];
    rules.fares.fare_of_group(&group, &question).ok_or_else(|| JolError::bad("way"))
}

/// The rules by which an answer may read: of the chosen city, and of those in which a message was opened.
fn rules_about(records: &Records<'_>, known: &[Message]) -> Result<Vec<CityRules>, JolError> {
    let mut cities: Vec<String> = records.setting("city.chosen")?.into_iter().collect();
    for message in known {
        if !cities.contains(&message.city) {
            cities.push(message.city.clone());
        }
    }
    let mut all = Vec::new();
    for city in cities {
        all.extend(rules_of(records, &city)?);
    }
    Ok(all)
}

fn senders(rules: &[CityRules], language: Language) -> Option<String> {
    let mut numbers: Vec<String> =
        rules.iter().filter_map(|rules| rules.sms.as_ref()).flat_map(SmsRule::senders).collect();
    numbers.dedup();
    let numbers = numbers.join(", ");
    (!numbers.is_empty()).then(|| say(language, "reply-senders", &[("numbers", &numbers)]))
}

/// A text that is no whole answer.
fn unread(reads: ReplyReading, language: Language) -> ReplyView {
    let says = if reads == ReplyReading::CutOff { "reply-cut-off" } else { "reply-not-operators" };
    let next =
        (reads == ReplyReading::NotTheOperators).then(|| say(language, "reply-not-operators-next", &[]));
    ReplyView { reads, message: None, says: say(language, says, &[]), next, number: None, senders: None }
}

/// What one answer says, in words.
fn told(reply: &Reply, message: Option<String>, senders: Option<String>, language: Language) -> ReplyView {
    let (reads, says, next) = match reply.says {
        ReplyKind::Paid => (ReplyReading::Paid, "reply-says-paid", number_words(reply, language)),
        ReplyKind::AlreadyPaid => {
            (ReplyReading::AlreadyPaid, "reply-says-already-paid", number_words(reply, language))
        }
        ReplyKind::Declined { reason } => {
            (ReplyReading::Declined { reason }, "reply-says-declined", Some(why(reply, reason, language)))
        }
    };
    let next = match &message {
        Some(_) => next,
        None => Some(say(language, "reply-about-nothing", &[])),
    };
    ReplyView { reads, message, says: say(language, says, &[]), next, number: reply.number.clone(), senders }
}

fn number_words(reply: &Reply, language: Language) -> Option<String> {
    let number = reply.number.as_ref()?;
    Some(say(language, "message-number", &[("number", number)]))
}

fn why(reply: &Reply, reason: DeclineReason, language: Language) -> String {
    reason.text(reply.again.as_deref(), reply.service.as_deref(), language)
}

fn view_of(message: Message, language: Language) -> MessageView {
    let plain = |message| say(language, message, &[]);
    let reply = message.reply.as_ref().map(|(reply, _)| reply);
    let number_words = reply.and_then(|reply| number_words(reply, language));
    let standing = message.standing();
    let (says, next) = match &standing {
        MessageStanding::NotKnown => ("message-not-known", Some(plain("message-paste"))),
        MessageStanding::SaysPaid => ("reply-says-paid", number_words),
        MessageStanding::SaysAlreadyPaid => ("reply-says-already-paid", number_words),
        MessageStanding::SaysDeclined { reason } => {
            ("reply-says-declined", reply.map(|reply| why(reply, *reason, language)))
        }
        MessageStanding::OtherNumber => ("message-other-number", number_words),
        MessageStanding::Paid { .. } => ("message-paid", None),
        MessageStanding::PaidOtherwise { .. } => ("message-paid-otherwise", None),
        MessageStanding::NeverPaid => ("message-never-paid", None),
        MessageStanding::TakenBack => ("message-taken-back", None),
    };
    let group = PassengerGroup { category: Category::Standard, count: message.passengers };
    MessageView {
        way: message.way,
        line: message.vehicle.line.clone(),
        bus: message.vehicle.painted.clone(),
        passengers: vec![PassengerWords::of(&group, language)],
        sum: message.fare,
        sum_text: format!("{} ₸", message.fare),
        opened_ms: message.opened_ms,
        says: plain(says),
        next,
        number: reply.and_then(|reply| reply.number.clone()),
        standing,
        message: message.id,
        to: message.to,
        text: message.text,
    }
}
