//! Cards, top-ups, purchases, and whose money may pay.

use super::{Answer, Asked, Desk, Refusal, day, day_start_ms, not_found, payments, zone};
use crate::sandbox::ledger::Books;
use crate::sandbox::rules::top_ups::{self, TopUpStart};
use crate::sandbox::rules::{LARGEST_SUM, cards as rule, carrier, problem, purchases};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jol_core::city::fares::{CardOffer, CategoryRule, TopUpProvider};
use jol_core::entropy::random;
use jol_core::money::Money;
use jol_core::operator::wire::{
    BankLinkAnswer, BankLinkState, Base64, Card, CardChange, CardClaim, CardForm, CardMove, CardMoved,
    CardQuestion, CardRequest, CardState, Cards, Passes, Problem, PurchaseAnswer, PurchaseItem,
    PurchaseOutcome, PurchaseRequest, SourceInfo, Sources, TopUpAnswer, TopUpDecline, TopUpRequest,
    TopUpState, problem as codes,
};
use jol_core::pay::Source;
use jol_core::text::Words;
use jol_core::ticket::{CardCredential, ReceiptOutcome, token};
use jol_core::wallet::Category;

/// The longest name of a card or a phone, in characters.
const LONGEST_NAME: usize = 64;
/// How long a pass is listed after its end.
const PASSES_SHOWN_MS: i64 = 31 * 24 * 3_600_000;
/// How long a phone shows a card without asking again.
const CREDENTIAL_S: i64 = 7 * 24 * 3_600;

pub(super) fn list(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let session = asked.session()?;
    let mut cards = asked.books.cards(&session.account.account, asked.now_ms)?;
    let phone = asked.books.device(&session.account.account, session.device.as_ref())?;
    if let Some(point) = phone.and_then(|phone| phone.phone_key()).map(|key| key.point) {
        for card in cards.iter_mut().filter(|card| card.form == CardForm::QrApp && card.state.pays()) {
            card.credential = desk.credential(card, point, asked.now_ms)?;
        }
    }
    Ok(Answer::json(&Cards { cards }))
}

pub(super) fn register(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: CardRequest = asked.call.json()?;
    check_name(&request.name)?;
    let (rules, offers) = desk.card_rules();
    let number = rule::number(random(&*desk.entropy));
    let card = rule::register(rules, offers, &request, desk.new_id('c'), number, asked.now_ms)?;
    asked.books.put_card(&card, Some(&asked.session()?.account.account), asked.now_ms)?;
    Ok(Answer::json(&card))
}

/// A card that was sold comes to this account.
pub(super) fn claim(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: CardClaim = asked.call.json()?;
    check_name(&request.name)?;
    let books = asked.books;
    let (card, owner) = books.card_by_number(&request.number, asked.now_ms)?.ok_or_else(unknown_card)?;
    desk.enter_card_code(asked, &card, &request.code)?;
    if owner.is_some() || !card.state.pays() {
        return Err(problem(409, codes::CARD_STATE, "this card is somebody's, or stopped").into());
    }
    // What was used to claim claims nothing more.
    books.put_card_code(&card.id, &request.code, 0)?;
    let card = Card { name: request.name, child: request.child, ..card };
    books.put_card(&card, Some(&asked.session()?.account.account), asked.now_ms)?;
    Ok(Answer::json(&card))
}

/// What is seen of a card by its number, and by its code.
pub(super) fn look_up(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: CardQuestion = asked.call.json()?;
    let found = asked.books.card_by_number(&request.number, asked.now_ms)?;
    let (card, _) = found.ok_or_else(unknown_card)?;
    if let Some(code) = &request.code {
        desk.enter_card_code(asked, &card, code)?;
    }
    Ok(Answer::json(&rule::glimpse(&card, request.code.is_some())))
}

/// The owner stops a card, opens it again, or lost it.
pub(super) fn change(_: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: CardChange = asked.call.json()?;
    let (books, account) = (asked.books, &asked.session()?.account.account);
    let card = own_card(asked, asked.id())?;
    let (state, was) = rule::change(&card, books.card_was(&card.id)?, request.to)?;
    let card = Card { state, ..card };
    books.put_card(&card, Some(account), asked.now_ms)?;
    books.set_card_was(&card.id, was)?;
    Ok(Answer::json(&card))
}

/// Balance and category go to another card.
pub(super) fn move_to(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: CardMove = asked.call.json()?;
    let (books, account) = (asked.books, &asked.session()?.account.account);
    let (from, to) = (own_card(asked, asked.id())?, own_card(asked, &request.to)?);
    let moved = rule::move_to(&from, books.card_was(&from.id)?, &to)?;
    moved.entry.iter().try_for_each(|entry| books.enter(entry, asked.key(), asked.now_ms))?;
    for card in [&moved.from, &moved.to] {
        books.put_card(card, Some(account), asked.now_ms)?;
        books.set_card_was(&card.id, None)?;
    }
    let sum = from.balance;
    let (key, outcome) = (asked.key(), ReceiptOutcome::Moved);
    let receipt = desk.signed_receipt(key, &asked.request_hash, outcome, sum, None, asked.now_ms)?;
    Ok(Answer::json(&CardMoved { cards: vec![moved.from, moved.to], moved: sum, receipt }))
}

/// Sells a card or a pass.
pub(super) fn buy(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: PurchaseRequest = asked.call.json()?;
    if !(Money::ZERO..=LARGEST_SUM).contains(&request.price) {
        return Err(problem(400, codes::BAD_REQUEST, "price: out of range").into());
    }
    let (books, session, now_ms) = (asked.books, asked.session()?, asked.now_ms);
    let account = &session.account;
    let city = desk.city(&request.city).ok_or_else(not_found)?;
    let (price, sold) = match &request.item {
        PurchaseItem::Card { category, form, child } => {
            let wish = CardRequest { category: *category, name: String::new(), form: *form, child: *child };
            let number = rule::number(random(&*desk.entropy));
            let (rules, offers) = (&city.rules.categories, &city.rules.cards);
            let (price, card) = rule::new_card(rules, offers, &wish, desk.new_id('c'), number, now_ms)?;
            (price, PurchaseOutcome::Bought { card: Some(Box::new(card)), pass: None })
        }
        PurchaseItem::Pass { pass } => {
            let rule =
                city.rules.fares.passes.iter().find(|known| known.id == *pass).ok_or_else(not_found)?;
            let today = day(now_ms, &zone(city));
            let held =
                purchases::begin(rule, &city.rules.city, desk.new_id('p'), today).ok_or_else(not_found)?;
            (rule.price, PurchaseOutcome::Bought { card: None, pass: Some(Box::new(held)) })
        }
    };
    let phone = books.device(&account.account, session.device.as_ref())?;
    let view = purchases::PurchaseView {
        now_ms,
        terms_accepted: account.terms == desk.operator.info.terms_version,
        waits_until_ms: phone.and_then(|phone| phone.device.waits_until_ms),
        cards: &books.cards(&account.account, now_ms)?,
        bank_cards: &books.bank_cards(&account.account)?,
        line: &payments::phone_line(books, account, day_start_ms(now_ms, &zone(city)), now_ms)?,
    };
    let paid = purchases::pay(&view, &request.city, price, request.price, &request.source);
    let (outcome, said, sum) = match paid {
        Ok(entry) => {
            books.enter(&entry, asked.key(), now_ms)?;
            if let PurchaseOutcome::Bought { card, pass } = &sold {
                card.iter().try_for_each(|card| books.put_card(card, Some(&account.account), now_ms))?;
                pass.iter().try_for_each(|pass| books.put_pass(&account.account, pass))?;
            }
            (sold, ReceiptOutcome::Paid, price)
        }
        Err(carrier::Decline { reason, try_again_ms, service }) => {
            let said = ReceiptOutcome::Declined { code: reason.code().to_owned() };
            (PurchaseOutcome::Declined { reason, try_again_ms, service }, said, Money::ZERO)
        }
    };
    let receipt = desk.signed_receipt(asked.key(), &asked.request_hash, said, sum, None, now_ms)?;
    Ok(Answer::json(&PurchaseAnswer { outcome, receipt }))
}

/// The account's passes; those that ended, for a month.
pub(super) fn passes(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let account = &asked.session()?.account.account;
    let zone = desk.operator.cities.first().map_or(TimeZone::UTC, zone);
    let since = day(asked.now_ms - PASSES_SHOWN_MS, &zone);
    Ok(Answer::json(&Passes { passes: asked.books.passes(account, &since.to_string())? }))
}

fn unknown_card() -> Problem {
    problem(404, codes::UNKNOWN_CARD, "there is no card with this number")
}

fn own_card(asked: &Asked<'_>, id: &str) -> Result<Card, Refusal> {
    let account = &asked.session()?.account.account;
    let cards = asked.books.cards(account, asked.now_ms)?;
    Ok(cards.into_iter().find(|card| card.id == id).ok_or_else(not_found)?)
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
    let owner = found.as_ref().and_then(|(_, owner)| owner.clone());
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
        card: owner.is_some_and(|owner| owner == account.account).then(|| card.id.clone()),
        source: None,
        until_ms: None,
        declined: None,
        top_up: id.clone(),
    };
    let signed = |outcome, sum| {
        desk.signed_receipt(asked.key(), &asked.request_hash, outcome, sum, None, now_ms).map(Some)
    };
    match start {
        TopUpStart::Done(entry) => {
            books.enter(&entry, &id, now_ms)?;
            answer.state = top_ups::paid_state(card);
            answer.until_ms = until_ms(answer.state, now_ms);
            answer.source = Some(Source::PhoneBalance);
            answer.receipt = signed(ReceiptOutcome::ToppedUp, request.sum)?;
        }
        TopUpStart::Refused(decline) => {
            answer.state = TopUpState::Refused;
            let outcome = ReceiptOutcome::Declined { code: decline.reason.code().to_owned() };
            answer.receipt = signed(outcome, Money::ZERO)?;
            let carrier::Decline { reason, try_again_ms, service } = decline;
            answer.declined = Some(TopUpDecline { reason, try_again_ms, service });
        }
        TopUpStart::HandOver => answer.hand_over = Some(format!("{}/bank/{id}", desk.base_url)),
        TopUpStart::AtCounter => {}
    }
    books.put_top_up(&answer, &account.account, &card.id, asked.key(), &asked.request_hash)?;
    Ok(Answer::json(&answer))
}

/// Until when money waits for its card at a validator, if it does.
fn until_ms(state: TopUpState, now_ms: i64) -> Option<i64> {
    (state == TopUpState::AtValidator).then_some(now_ms + top_ups::VALIDATOR_MS)
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
        as_of_ms: Some(asked.now_ms),
    });
    let cards = books.cards(&account.account, asked.now_ms)?.into_iter();
    let cards = cards.filter(|card| card.state.pays()).map(|card| SourceInfo {
        label: Words::same(&rule::masked(&card.number)),
        balance: Some(card.balance),
        as_of_ms: Some(card.as_of_ms),
        source: Source::SmartCard { card: card.id },
    });
    let bank_cards = books.bank_cards(&account.account)?.into_iter().map(|token| SourceInfo {
        source: Source::BankCard { token },
        label: Words::new("Банк картасы", "Банковская карта", "Bank card"),
        balance: None,
        as_of_ms: None,
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

/// What waits for a plastic card is written onto it, as it is held to a validator.
pub(super) fn write_top_ups(
    books: &Books<'_>,
    card: &str,
    at_ms: i64,
    at_office: bool,
) -> Result<(), Refusal> {
    for id in books.top_ups_at_validator(card)? {
        let Some((account, card, key, request_hash, mut answer)) = books.top_up(&id)? else { continue };
        let until_ms = answer.until_ms.unwrap_or(at_ms);
        if let Some(entry) = top_ups::write(&card, answer.sum, until_ms, at_ms, at_office) {
            books.enter(&entry, &id, at_ms)?;
            (answer.state, answer.until_ms) = (TopUpState::Done, None);
            books.put_top_up(&answer, &account, &card, &key, &request_hash)?;
        }
    }
    Ok(())
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
        let held = books.card_by_id(&card, now_ms)?.ok_or_else(not_found)?.0;
        let word = top_ups::confirm(answer.state, &held, &answer.provider, answer.sum, paid);
        if let Some((state, entry)) = word {
            entry.iter().try_for_each(|entry| books.enter(entry, id, now_ms))?;
            let (outcome, sum) = match state {
                TopUpState::Done | TopUpState::AtValidator => (ReceiptOutcome::ToppedUp, answer.sum),
                _ => (ReceiptOutcome::Declined { code: "bank_refused".to_owned() }, Money::ZERO),
            };
            answer.state = state;
            answer.until_ms = until_ms(state, now_ms);
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
        (category, form): (Category, CardForm),
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
            form,
            child: false,
            refused: None,
            moved_to: None,
            day_limit: self
                .card_rules()
                .1
                .iter()
                .find(|offer| offer.form == form)
                .and_then(|offer| offer.day_limit),
            credential: None,
        };
        books.put_card(&card, account.as_deref(), now_ms)?;
        books.commit()?;
        Ok(Some(card))
    }

    /// An office, or the paper that came with a card, tells its code: a new one each time.
    pub(in crate::sandbox) fn give_card_code(&self, number: &str) -> Result<Option<String>, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        let Some((card, _)) = books.card_by_number(number, now_ms)? else { return Ok(None) };
        let code = format!("{:06}", u64::from_le_bytes(random(&*self.entropy)) % 1_000_000);
        books.put_card_code(&card.id, &code, rule::TRIES)?;
        books.commit()?;
        Ok(Some(code))
    }

    /// A proof was looked at.
    pub(in crate::sandbox) fn prove_card(
        &self,
        number: &str,
        born: Option<Date>,
        refused: Option<Words>,
    ) -> Result<Option<Card>, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        let Some((card, account)) = books.card_by_number(number, now_ms)? else { return Ok(None) };
        let card = rule::prove(&card, self.card_rules().0, born, refused);
        books.put_card(&card, account.as_deref(), now_ms)?;
        books.commit()?;
        Ok(Some(card))
    }

    /// A plastic card is held to a validator, or an office writes what waits for it. Says what is on it then.
    pub(in crate::sandbox) fn validate_card(
        &self,
        number: &str,
        at_office: bool,
    ) -> Result<Option<Card>, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        let Some((card, _)) = books.card_by_number(number, now_ms)? else { return Ok(None) };
        write_top_ups(&books, &card.id, now_ms, at_office)?;
        let card = books.card_by_id(&card.id, now_ms)?.map(|(card, _)| card);
        books.commit()?;
        Ok(card)
    }

    /// What categories and forms of cards cost.
    fn card_rules(&self) -> (&[CategoryRule], &[CardOffer]) {
        let rules = self.operator.cities.first().map(|city| &city.rules);
        rules.map_or((&[], &[]), |rules| (rules.categories.as_slice(), rules.cards.as_slice()))
    }

    /// A code that was typed for a card; a wrong one counts.
    fn enter_card_code(&self, asked: &Asked<'_>, card: &Card, typed: &str) -> Result<(), Refusal> {
        let held = asked.books.card_code(&card.id)?;
        match rule::enter_code(held.as_ref().map(|(code, tries)| (code.as_str(), *tries)), typed) {
            rule::CodeEntered::Right => Ok(()),
            rule::CodeEntered::Wrong { tries_left, problem } => {
                let code = held.map(|(code, _)| code).unwrap_or_default();
                asked.books.put_card_code(&card.id, &code, tries_left)?;
                Err(problem.into())
            }
            rule::CodeEntered::TooLate(problem) => Err(problem.into()),
        }
    }

    /// The operator's word that a phone may show a card. The same one for an hour.
    fn credential(&self, card: &Card, phone: [u8; 33], now_ms: i64) -> Result<Option<Base64>, Refusal> {
        let issued_s = now_ms.div_euclid(3_600_000) * 3_600 - 300;
        let city = self.operator.cities.first().map_or("", |city| city.rules.city.as_str());
        let credential = CardCredential {
            key: self.keys.ticket_key(),
            card: card.id.clone(),
            city: token::cut(city, token::LONGEST_CITY).to_owned(),
            issued_s,
            until_s: issued_s + CREDENTIAL_S,
            phone,
            category: card.category,
        };
        let signed = self.keys.credential(&credential);
        signed.map(|signed| Some(Base64(signed))).map_err(|error| Refusal::Broken(format!("card: {error}")))
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
