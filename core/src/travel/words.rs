//! What an entry says: what it was, who rode, how it was paid, what became of it.

use super::{TravelEntry, TravelKind, TravelState};
use crate::money::Money;
use crate::pay::{Source, Way};
use crate::text::{Language, say};
use crate::wallet::Category;

/// In whose words an entry is told.
pub(crate) struct Telling<'a> {
    pub(crate) language: Language,
    /// A moment on the clocks of a city.
    pub(crate) time: &'a dyn Fn(&str, i64) -> String,
    /// The name of a provider of top-ups.
    pub(crate) provider: &'a dyn Fn(&str) -> String,
    /// The name of a pass.
    pub(crate) pass: &'a dyn Fn(&str) -> String,
}

impl Telling<'_> {
    /// Gives an entry its words.
    pub(crate) fn tell(&self, entry: &mut TravelEntry) {
        entry.what = self.what(entry);
        entry.who = self.who(entry);
        entry.how = self.how(entry);
        entry.became = self.became(entry);
    }

    fn say(&self, message: &str, fill: &[(&str, &str)]) -> String {
        say(self.language, message, fill)
    }

    fn what(&self, entry: &TravelEntry) -> String {
        let rides = entry.rides.unwrap_or(0).to_string();
        match entry.kind {
            TravelKind::Ride => {
                let ride = self.bus(entry);
                match (&entry.stop, &entry.terminus) {
                    (Some(stop), Some(terminus)) => format!("{ride} · {stop} → {terminus}"),
                    (None, Some(terminus)) => format!("{ride} → {terminus}"),
                    _ => ride,
                }
            }
            TravelKind::Refund => self.say("travel-refund", &[("ride", &self.bus(entry))]),
            TravelKind::Correction => self.say("travel-correction", &[("ride", &self.bus(entry))]),
            TravelKind::TopUp => self.say("travel-top-up", &[("card", entry.card.as_deref().unwrap_or("…"))]),
            TravelKind::Reserved => self.say("travel-reserved", &[("rides", &rides)]),
            TravelKind::GivenBack => self.say("travel-given-back", &[]),
            TravelKind::Purchase => match &entry.pass {
                Some(pass) => self.say("travel-pass", &[("pass", &(self.pass)(pass))]),
                None => self.say("travel-card", &[]),
            },
            TravelKind::Move => {
                let [from, to] = [&entry.card, &entry.to_card].map(|card| card.as_deref().unwrap_or("…"));
                self.say("travel-move", &[("from", from), ("to", to)])
            }
        }
    }

    fn bus(&self, entry: &TravelEntry) -> String {
        self.say("line-and-bus", &[("line", &entry.line), ("bus", &entry.bus)])
    }

    fn who(&self, entry: &TravelEntry) -> String {
        let group = |category: Category, count: u8| match count {
            1 => category.name(self.language),
            count => format!("{} × {count}", category.name(self.language)),
        };
        let groups = entry.passengers.iter().map(|one| group(one.category, one.count));
        groups.collect::<Vec<_>>().join(", ")
    }

    fn how(&self, entry: &TravelEntry) -> String {
        if let Some(provider) = &entry.provider {
            return (self.provider)(provider);
        }
        let source = entry.source.as_ref().map(|source| self.source(source)).unwrap_or_default();
        let way = entry.way.map(|way| way.name(self.language)).unwrap_or_default();
        match entry.way {
            Some(_) if entry.is_offline => format!("{}, {source}", self.say("travel-offline", &[])),
            // What is held to a terminal says whose money it is; elsewhere two may pay in one way.
            Some(Way::App | Way::BusQr | Way::Nfc | Way::Bluetooth | Way::Sms | Way::Messenger)
                if !source.is_empty() =>
            {
                format!("{way}, {source}")
            }
            Some(_) => way,
            None => source,
        }
    }

    fn source(&self, source: &Source) -> String {
        let message = match source {
            Source::PhoneBalance => "source-phone-balance",
            Source::SmartCard { .. } => "source-smart-card",
            Source::BankCard { .. } => "source-bank-card",
            Source::Cash => "way-cash",
        };
        self.say(message, &[])
    }

    fn became(&self, entry: &TravelEntry) -> String {
        let sum = entry.sum.to_string();
        let back = entry.came_back.to_string();
        let again = || entry.try_again_ms.map(|ms| (self.time)(&entry.city, ms));
        match (entry.kind, entry.state) {
            (TravelKind::Ride, TravelState::Pending) if entry.is_offline => self.say("travel-not-told", &[]),
            (TravelKind::TopUp, TravelState::Pending) => match again() {
                Some(time) => self.say("top-up-at-validator", &[("time", &time)]),
                None => self.say("waiting-for-bank", &[]),
            },
            (_, TravelState::Pending) => self.say("not-known-yet", &[]),
            (TravelKind::Reserved, TravelState::Paid) if entry.is_returning => {
                let time = again().unwrap_or_else(|| "…".to_owned());
                self.say("offline-giving-back", &[("time", &time)])
            }
            (TravelKind::TopUp, TravelState::Paid) => self.say("topped-up", &[("sum", &sum)]),
            (TravelKind::Move, TravelState::Paid) => self.say("travel-moved", &[("sum", &sum)]),
            (TravelKind::Correction, TravelState::Paid) if entry.sum == Money::ZERO => {
                self.say("corrected", &[])
            }
            (TravelKind::Correction, TravelState::Paid) if entry.came_back > Money::ZERO => {
                self.say("offline-returned", &[("sum", &back)])
            }
            (_, TravelState::Paid) => self.say("travel-paid", &[("sum", &sum)]),
            (_, TravelState::Free) => self.say("travel-free", &[]),
            (_, TravelState::AlreadyPaid) if entry.is_offline && entry.came_back.tiyn > 0 => {
                self.say("travel-paid-otherwise", &[("sum", &back)])
            }
            (_, TravelState::AlreadyPaid) => self.say("already-paid", &[]),
            (TravelKind::TopUp | TravelKind::Purchase | TravelKind::Move, TravelState::Declined)
                if entry.declined.is_none()
                    && (entry.refusal.is_some() || entry.kind == TravelKind::TopUp) =>
            {
                match &entry.refusal {
                    Some(refusal) => refusal.text(self.language),
                    None => self.say("travel-bank-refused", &[]),
                }
            }
            (_, TravelState::Declined) => {
                let reason = entry.declined.unwrap_or(crate::pay::DeclineReason::TryLater);
                reason.text(again().as_deref(), entry.service.as_deref(), self.language)
            }
            (TravelKind::Refund, TravelState::Refunded) => self.say("offline-returned", &[("sum", &sum)]),
            (_, TravelState::Refunded) => self.say("offline-returned", &[("sum", &back)]),
            (_, TravelState::Replaced) => self.say("travel-replaced", &[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::Refusal;
    use crate::pay::DeclineReason;
    use crate::wallet::PassengerGroup;

    fn entry(kind: TravelKind, state: TravelState) -> TravelEntry {
        let is_ride = kind == TravelKind::Ride;
        TravelEntry {
            id: "k1".into(),
            at_ms: 0,
            kind,
            state,
            way: is_ride.then_some(Way::App),
            source: Some(Source::PhoneBalance),
            city: "sample".into(),
            passengers: vec![PassengerGroup { category: Category::School, count: 2 }],
            line: "5".into(),
            bus: "547".into(),
            plate: String::new(),
            stop: Some("Сәтбаев".into()),
            terminus: Some("Вокзал".into()),
            sum: Money::tenge(120),
            spent: Money::ZERO,
            came_back: Money::tenge(70),
            is_own: true,
            ride: None,
            ends_ms: None,
            rides: Some(3),
            card: Some("••••5678".into()),
            to_card: Some("••••9012".into()),
            provider: None,
            pass: None,
            declined: Some(DeclineReason::SimReplaced),
            try_again_ms: Some(5),
            service: None,
            is_offline: false,
            is_returning: false,
            refusal: None,
            receipt: None,
            fiscal: None,
            what: String::new(),
            who: String::new(),
            how: String::new(),
            became: String::new(),
        }
    }

    fn told(language: Language, mut entry: TravelEntry) -> TravelEntry {
        let time = |_: &str, ms: i64| format!("18:0{ms}");
        let provider = |id: &str| format!("«{id}»");
        let pass = |id: &str| format!("«{id}»");
        Telling { language, time: &time, provider: &provider, pass: &pass }.tell(&mut entry);
        entry
    }

    #[test]
    fn each_kind_and_state_has_its_words_in_each_language() {
        for language in Language::ALL {
            for kind in TravelKind::ALL {
                for state in TravelState::ALL {
                    for (is_offline, refusal) in [(false, None), (true, Some(Refusal::UnknownCard))] {
                        let one = TravelEntry { is_offline, refusal, ..entry(kind, state) };
                        let one = told(language, one);
                        for text in [&one.what, &one.who, &one.how, &one.became] {
                            let is_told = !text.is_empty() && !text.contains(['{', '…']);
                            let is_id = text.starts_with(|c: char| c.is_ascii_lowercase())
                                && text.contains('-')
                                && !text.contains(' ');
                            assert!(is_told && !is_id, "{language:?} {kind:?} {state:?}: {text}");
                        }
                    }
                }
            }
            let ways = Way::ALL.map(|way| {
                told(language, TravelEntry { way: Some(way), ..entry(TravelKind::Ride, TravelState::Paid) })
                    .how
            });
            let different: std::collections::BTreeSet<_> = ways.iter().collect();
            assert_eq!(different.len(), Way::ALL.len(), "{ways:?}");
        }
    }

    #[test]
    fn an_entry_says_what_it_was_who_rode_how_it_was_paid_and_what_became_of_it() {
        let ride = |state| told(Language::En, entry(TravelKind::Ride, state));
        let paid = ride(TravelState::Paid);
        assert_eq!(paid.what, "Line 5 · bus 547 · Сәтбаев → Вокзал");
        assert_eq!((paid.who.as_str(), paid.how.as_str()), ("School pupil × 2", "in the app, phone balance"));
        assert_eq!(paid.became, "Paid: 120 ₸");
        assert!(ride(TravelState::Declined).became.contains("18:05"));
        assert_eq!(ride(TravelState::Refunded).became, "The money went back: 70 ₸");
        let top_up =
            TravelEntry { provider: Some("kaspi".into()), ..entry(TravelKind::TopUp, TravelState::Paid) };
        let top_up = told(Language::En, top_up);
        assert_eq!(
            (top_up.what.as_str(), top_up.how.as_str()),
            ("Top-up of transport card ••••5678", "«kaspi»")
        );
        let moved = TravelEntry { source: None, ..entry(TravelKind::Move, TravelState::Paid) };
        let moved = told(Language::En, moved);
        assert_eq!(moved.what, "Balance transfer: card ••••5678 → ••••9012");
        assert_eq!((moved.became.as_str(), moved.how.as_str()), ("Moved: 120 ₸", ""));
        let returning = TravelEntry { is_returning: true, ..entry(TravelKind::Reserved, TravelState::Paid) };
        assert!(told(Language::En, returning).became.contains("18:05"));
    }
}
