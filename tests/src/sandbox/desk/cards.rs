//! Cards, top-ups, and whose money may pay.

use super::{Answer, Asked, Desk, Refusal, day_start_ms, not_found, payments, zone};
use crate::sandbox::rules::top_ups::{self, TopUpStart};
use crate::sandbox::rules::{LARGEST_SUM, cards as rule, problem};
use jiff::tz::TimeZone;
use jol_core::city::fares::{CategoryRule, TopUpProvider};
use jol_core::entropy::random;
use jol_core::money::Money;
use jol_core::operator::wire::{
    BankLinkAnswer, BankLinkState, Card, CardRequest, CardState, Cards, SourceInfo, Sources, TopUpAnswer,
    TopUpRequest, TopUpState, problem as codes,
};
use jol_core::pay::Source;
use jol_core::text::Words;
use jol_core::ticket::ReceiptOutcome;
use jol_core::wallet::Category;

/// The longest name of a card or a phone, in characters.
const LONGEST_NAME: usize = 64;

pub(super) fn list(_: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let cards = asked.books.cards(&asked.session()?.account.account, asked.now_ms)?;
    Ok(Answer::json(&Cards { cards }))
}

pub(super) fn register(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: CardRequest = asked.call.json()?;
    check_name(&request.name)?;
    let rules: &[CategoryRule] = desk.operator.cities.first().map_or(&[], |city| &city.rules.categories);
    let number = rule::number(random(&*desk.entropy));
    let card = rule::register(rules, &request, desk.new_id('c'), number, asked.now_ms)?;
    asked.books.put_card(&card, Some(&asked.session()?.account.account), asked.now_ms)?;
    Ok(Answer::json(&card))
}

pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    if name.chars().count() > LONGEST_NAME {
        return Err(problem(400, codes::BAD_REQUEST, "name: at most 64 characters").into());
    }
    Ok(())
}

pub(super) fn start_top_up(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: TopUpRequest = asked.call.json()?;
    if !(-LARGEST_SUM.tiyn..=LARGEST_SUM.tiyn).contains(&request.sum.tiyn) {
        return Err(problem(400, codes::BAD_REQUEST, "sum: out of range").into());
    }
    let (books, now_ms) = (asked.books, asked.now_ms);
    let account = &asked.session()?.account;
    let found = books.card_by_number(&request.card_number, now_ms)?;
    let provider = desk.provider(&request.provider);
    let zone = desk.operator.cities.first().map_or(TimeZone::UTC, zone);
    let line = payments::phone_line(books, account, day_start_ms(now_ms, &zone), now_ms)?;
    let card = found.as_ref().map(|(card, _)| card);
    let start = top_ups::start(card, provider, request.sum, &line, now_ms)?;
    let (card, provider) = card.zip(provider).ok_or_else(not_found)?;
    let id = desk.new_id('t');
    let mut answer = TopUpAnswer {
        masked_card: rule::masked(&card.number),
        provider: provider.id.clone(),
        sum: request.sum,
        charged: request.sum,
        state: TopUpState::Waiting,
        hand_over: None,
        receipt: None,
        top_up: id.clone(),
    };
    let signed = |outcome, sum| {
        desk.signed_receipt(asked.key(), &asked.request_hash, outcome, sum, None, now_ms).map(Some)
    };
    match start {
        TopUpStart::Done(entry) => {
            books.enter(&entry, &id, now_ms)?;
            answer.state = TopUpState::Done;
            answer.receipt = signed(ReceiptOutcome::ToppedUp, request.sum)?;
        }
        TopUpStart::Refused(decline) => {
            answer.state = TopUpState::Refused;
            let outcome = ReceiptOutcome::Declined { code: decline.reason.code().to_owned() };
            answer.receipt = signed(outcome, Money::ZERO)?;
        }
        TopUpStart::HandOver => answer.hand_over = Some(format!("{}/bank/{id}", desk.base_url)),
        TopUpStart::AtCounter => {}
    }
    books.put_top_up(&answer, &account.account, &card.id, asked.key(), &asked.request_hash)?;
    Ok(Answer::json(&answer))
}

pub(super) fn read_top_up(_: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let found = asked.books.top_up(asked.id())?;
    let (account, .., answer) = found.ok_or_else(not_found)?;
    if account != asked.session()?.account.account {
        return Err(not_found().into());
    }
    Ok(Answer::json(&answer))
}

pub(super) fn sources(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let (books, account) = (asked.books, &asked.session()?.account);
    let zone = desk.operator.cities.first().map_or(TimeZone::UTC, zone);
    let line = payments::phone_line(books, account, day_start_ms(asked.now_ms, &zone), asked.now_ms)?;
    let phone = line.number.map(|_| SourceInfo {
        source: Source::PhoneBalance,
        label: Words::new("Телефон теңгерімі", "Баланс телефона", "Phone balance"),
        balance: Some(line.balance),
    });
    let cards = books.cards(&account.account, asked.now_ms)?.into_iter().map(|card| SourceInfo {
        label: Words::same(&rule::masked(&card.number)),
        balance: Some(card.balance),
        source: Source::SmartCard { card: card.id },
    });
    let bank_cards = books.bank_cards(&account.account)?.into_iter().map(|token| SourceInfo {
        source: Source::BankCard { token },
        label: Words::new("Банк картасы", "Банковская карта", "Bank card"),
        balance: None,
    });
    let sources = phone.into_iter().chain(cards).chain(bank_cards).collect();
    Ok(Answer::json(&Sources { sources }))
}

pub(super) fn link_bank_card(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let link = desk.new_id('b');
    asked.books.put_bank_link(&link, &asked.session()?.account.account)?;
    Ok(Answer::json(&desk.bank_link(&link, None, false)))
}

pub(super) fn read_bank_link(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let (account, token, refused) = asked.books.bank_link(asked.id())?.ok_or_else(not_found)?;
    if account != asked.session()?.account.account {
        return Err(not_found().into());
    }
    Ok(Answer::json(&desk.bank_link(asked.id(), token, refused)))
}

/// What the world outside does, by the sandbox's controls.
impl Desk {
    fn bank_link(&self, link: &str, token: Option<String>, refused: bool) -> BankLinkAnswer {
        let state = match (&token, refused) {
            (Some(_), _) => BankLinkState::Linked,
            (None, true) => BankLinkState::Refused,
            (None, false) => BankLinkState::Waiting,
        };
        BankLinkAnswer { link: link.to_owned(), page: format!("{}/bank/{link}", self.base_url), state, token }
    }

    fn provider(&self, id: &str) -> Option<&TopUpProvider> {
        self.operator.cities.iter().flat_map(|city| &city.rules.providers).find(|known| known.id == id)
    }

    /// What waits at the bank under this id: a top-up with its sum, or the linking of a card.
    pub(in crate::sandbox) fn at_bank(&self, id: &str) -> Result<Option<Option<Money>>, Refusal> {
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        Ok(match books.top_up(id)? {
            Some((.., answer)) => Some(Some(answer.sum)),
            None => books.bank_link(id)?.map(|_| None),
        })
    }

    /// A bank, terminal or counter says what became of a top-up, or of linking a card. Says whether it knows
    /// that id; a word that comes twice changes nothing.
    pub(in crate::sandbox) fn bank_says(&self, id: &str, paid: bool) -> Result<bool, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        let Some((account, card, key, request_hash, mut answer)) = books.top_up(id)? else {
            match paid {
                true => books.link_bank_card(id, &self.new_id('k'))?,
                false => books.refuse_bank_card(id)?,
            }
            let known = books.bank_link(id)?.is_some();
            books.commit()?;
            return Ok(known);
        };
        let word = top_ups::confirm(answer.state, &card, &answer.provider, answer.sum, paid);
        if let Some((state, entry)) = word {
            entry.iter().try_for_each(|entry| books.enter(entry, id, now_ms))?;
            let (outcome, sum) = match state {
                TopUpState::Done => (ReceiptOutcome::ToppedUp, answer.sum),
                _ => (ReceiptOutcome::Declined { code: "bank_refused".to_owned() }, Money::ZERO),
            };
            answer.state = state;
            answer.receipt = Some(self.signed_receipt(&key, &request_hash, outcome, sum, None, now_ms)?);
            books.put_top_up(&answer, &account, &card, &key, &request_hash)?;
        }
        books.commit()?;
        Ok(true)
    }

    /// An office issues a card: to a recipient who has an account, or, with none, over the counter.
    /// None if there is no such account.
    pub(in crate::sandbox) fn issue_card(
        &self,
        recipient: Option<&str>,
        category: Category,
        name: &str,
        valid_until: Option<String>,
    ) -> Result<Option<Card>, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        let account = match recipient {
            Some(recipient) => match books.account_of(recipient)? {
                Some(account) => Some(account.account),
                None => return Ok(None),
            },
            None => None,
        };
        let card = Card {
            id: self.new_id('c'),
            number: rule::number(random(&*self.entropy)),
            name: name.to_owned(),
            category,
            balance: Money::ZERO,
            state: CardState::Active,
            valid_until,
            as_of_ms: now_ms,
        };
        books.put_card(&card, account.as_deref(), now_ms)?;
        books.commit()?;
        Ok(Some(card))
    }

    /// The operator looked at a card's proof, or somebody called to have it stopped.
    pub(in crate::sandbox) fn set_card(
        &self,
        number: &str,
        state: CardState,
    ) -> Result<Option<Card>, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        let Some((card, account)) = books.card_by_number(number, now_ms)? else { return Ok(None) };
        let card = Card { state, ..card };
        books.put_card(&card, account.as_deref(), now_ms)?;
        books.commit()?;
        Ok(Some(card))
    }
}
