//! A verdict in words, whatever was looked at: a code, a number, a payment that is not known yet.

use super::VerdictView;
use crate::jol::PassengerWords;
use crate::text::{Language, Words, age_text, say};
use crate::ticket::{CannotTell, EndRule, IntentVerdict, NotValid, NumberVerdict, Paid, Says, Verdict};
use crate::wallet::{Category, PassengerGroup};

/// A status list or register that is older than this is told of, in s.
const OLD_LIST_S: i64 = 3_600;
const OLD_REGISTER_S: i64 = 60;

/// What is told, before it is in words.
pub(super) struct Told {
    pub(super) says: Says,
    /// Messages of the catalogue, those that are ages with their seconds.
    pub(super) facts: Vec<(&'static str, Option<i64>)>,
    /// The zone beyond which the ride is over: whether the bus is in it the inspector sees.
    pub(super) zone: Option<String>,
    pub(super) line: Option<String>,
    pub(super) bus: Option<String>,
    pub(super) passengers: Vec<PassengerGroup>,
    pub(super) ticket: Option<String>,
}

impl Told {
    /// Nothing but the verdict.
    pub(super) fn only(says: Says) -> Told {
        let (line, bus, ticket) = (None, None, None);
        Told { says, facts: Vec::new(), zone: None, line, bus, passengers: Vec::new(), ticket }
    }

    /// Of a ticket's or voucher's code.
    pub(super) fn of_code(verdict: &Verdict) -> Told {
        let (says, paid, facts) = match verdict {
            Verdict::Valid { paid, facts } => (Says::Valid, Some(paid), Some(facts)),
            Verdict::NotValid { reason, paid } => (Says::NotValid(reason.clone()), paid.as_ref(), None),
            Verdict::CannotTell { reason, paid, facts } => {
                (Says::CannotTell(*reason), paid.as_ref(), Some(facts))
            }
        };
        let facts = facts.map(|facts| {
            let age_s = facts.status_age_s;
            let all = [
                (facts.bought_after_check_began, "fact-bought-after", None),
                (facts.time_by_phone, "fact-time-by-phone", None),
                (facts.unattested, "fact-unattested", None),
                (facts.answered_challenge, "fact-answered-challenge", None),
                (facts.continued, "fact-continued", None),
                (age_s.is_none(), "fact-no-status-list", None),
                (age_s.is_some_and(|age_s| age_s > OLD_LIST_S), "fact-status-age", age_s),
            ];
            holding(&all)
        });
        Told {
            zone: paid.filter(|_| facts.is_some()).and_then(|paid| zone_of(paid.end())),
            says,
            facts: facts.unwrap_or_default(),
            line: paid.and_then(Paid::line).map(str::to_owned),
            bus: paid.map(|paid| paid.vehicle().to_owned()),
            passengers: paid.map(Paid::passengers).unwrap_or_default().to_vec(),
            ticket: paid.map(|paid| paid.id().to_string()),
        }
    }

    /// Of a number, looked up in the register of `vehicle`.
    pub(super) fn of_number(verdict: NumberVerdict, vehicle: &str) -> Told {
        let NumberVerdict { says, ride, facts } = verdict;
        let (status_s, register_s) = (facts.status_age_s, facts.register_age_s);
        let older = |age_s: Option<i64>, bound_s| age_s.is_some_and(|age_s| age_s > bound_s);
        let found = ride.is_some();
        let all = [
            (facts.number_only, "fact-number-only", None),
            (facts.last_digits, "fact-last-digits", None),
            (facts.bought_after_check_began, "fact-bought-after", None),
            (facts.continued, "fact-continued", None),
            (found && older(register_s, OLD_REGISTER_S), "fact-register-age", register_s),
            (found && status_s.is_none(), "fact-no-status-list", None),
            (found && older(status_s, OLD_LIST_S), "fact-status-age", status_s),
        ];
        let facts = match says {
            // A payment since then is not in it: the inspector may fetch a newer one.
            Says::NotValid(NotValid::NotInRegister) => vec![("fact-register-age", register_s)],
            // What refuses a ride needs no facts beside it.
            Says::NotValid(_) => Vec::new(),
            _ => holding(&all),
        };
        let bus = |from: &Option<String>| from.clone().unwrap_or_else(|| vehicle.to_owned());
        Told {
            says,
            facts,
            zone: None,
            line: ride.as_ref().map(|ride| ride.line.clone()),
            bus: ride.as_ref().map(|ride| bus(&ride.from)),
            ticket: ride.as_ref().map(|ride| ride.id.to_string()),
            passengers: ride.map(|ride| ride.passengers).unwrap_or_default(),
        }
    }

    /// Of a payment that is not known yet.
    pub(super) fn of_intent(verdict: IntentVerdict) -> Told {
        let untold = matches!(verdict.says, Says::CannotTell(_));
        let all = [
            (untold, "fact-phone-says-so", None),
            (untold && verdict.answered_challenge, "fact-answered-challenge", None),
        ];
        let intent = verdict.intent;
        Told {
            says: verdict.says,
            facts: holding(&all),
            zone: None,
            line: intent.as_ref().map(|intent| intent.line.clone()),
            bus: intent.as_ref().map(|intent| intent.vehicle.clone()),
            passengers: intent.map(|intent| intent.passengers).unwrap_or_default(),
            ticket: None,
        }
    }

    /// Whether a minor rides, as far as it is known.
    fn has_minor(&self) -> bool {
        let minor = |group: &PassengerGroup| matches!(group.category, Category::Child | Category::School);
        self.passengers.iter().any(minor)
    }

    /// In words. `asked` is the time of day at which a payment was asked for; `rule` is the operator's for
    /// minors, and `minor` what the inspector sees.
    pub(super) fn view(
        self,
        language: Language,
        asked: Option<&str>,
        rule: Option<&Words>,
        minor: bool,
    ) -> VerdictView {
        let verdict = say(language, &format!("verdict-{}", self.says.code().replace('_', "-")), &[]);
        let reason = self.says.reason();
        let why = reason.map(|reason| {
            let message = format!("reason-{}", reason.replace('_', "-"));
            why(&self.says, &message, asked, language)
        });
        let needs_rule = self.says != Says::Valid && (minor || self.has_minor());
        let rule = rule.filter(|_| needs_rule).map(|rule| rule.in_language(language).to_owned());
        let fact = |(message, age_s): &(&str, Option<i64>)| {
            let age = age_s.map(|age_s| age_text(age_s, language)).unwrap_or_default();
            say(language, message, &[("age", &age)])
        };
        let zone = self.zone.map(|zone| say(language, "fact-zone", &[("zone", &zone)]));
        VerdictView {
            verdict: self.says.code().to_owned(),
            reason: reason.map(str::to_owned),
            text: why.map_or(verdict.clone(), |why| format!("{verdict}. {why}")),
            facts: zone.into_iter().chain(self.facts.iter().map(fact)).collect(),
            line: self.line,
            bus: self.bus,
            passengers: self.passengers.iter().map(|group| PassengerWords::of(group, language)).collect(),
            ticket: self.ticket,
            rule,
        }
    }
}

/// The zone of a ride that ends with one.
pub(super) fn zone_of(end: &EndRule) -> Option<String> {
    match end {
        EndRule::Zone(zone) => Some(zone.clone()),
        EndRule::Terminus | EndRule::Minutes(_) => None,
    }
}

/// The facts that hold.
fn holding(all: &[(bool, &'static str, Option<i64>)]) -> Vec<(&'static str, Option<i64>)> {
    all.iter().filter(|(holds, ..)| *holds).map(|(_, message, age_s)| (*message, *age_s)).collect()
}

fn why(says: &Says, message: &str, asked: Option<&str>, language: Language) -> String {
    let with = |place, text: &str| say(language, message, &[(place, text)]);
    match says {
        Says::NotValid(NotValid::WrongVehicle { vehicle }) => with("bus", vehicle),
        Says::NotValid(NotValid::NoRideLeft { rides }) => with("rides", &rides.to_string()),
        Says::NotValid(NotValid::WrongSlot { age_s }) => with("age", &age_s.to_string()),
        Says::CannotTell(CannotTell::RegisterTooOld { age_s } | CannotTell::TerminalSilent { age_s }) => {
            with("age", &age_text(*age_s, language))
        }
        Says::CannotTell(CannotTell::AskedBeforeCheck { .. } | CannotTell::AskedAfterCheck { .. }) => {
            with("time", asked.unwrap_or_default())
        }
        _ => say(language, message, &[]),
    }
}
