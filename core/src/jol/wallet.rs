use super::{Jol, JolError};
use crate::account::rows as account;
use crate::city::fares::{CategoryRule, Issued, PointOfSale, TopUpProvider};
use crate::entropy::random;
use crate::money::Money;
use crate::operator::documents;
use crate::operator::outbox::{Operation, PATIENCE_MS};
use crate::operator::wire::{Card, CardRequest, SourceInfo, Sources, TopUpRequest};
use crate::pay::Source;
use crate::pay::message::{MessengerRule, SmsRule};
use crate::store::StoreError;
use crate::ticket::receipt::request_hash;
use crate::wallet::{Category, TopUp, TopUpStanding, ledger, masked, rows};

impl Jol {
    /// The cards of this account, with the age of their balances.
    pub fn cards(&self) -> Result<Vec<Card>, JolError> {
        self.shared.look(|records, _| Ok(rows::cards(records)?))
    }

    /// Asks the operator anew for the cards, sources and rides of this account, and for the prices and
    /// buses of its city.
    pub fn refresh(&self) -> Result<(), JolError> {
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            Ok(self.shared.ask_holdings(records)?)
        })
    }

    /// The categories of the city, and how a card of each is got.
    pub fn categories(&self) -> Result<Vec<CategoryRule>, JolError> {
        Ok(self.city_rules()?.categories)
    }

    /// Where cards are sold and topped up.
    pub fn points_of_sale(&self) -> Result<Vec<PointOfSale>, JolError> {
        Ok(self.city_rules()?.points_of_sale)
    }

    /// Through whom a card can be topped up.
    pub fn top_up_providers(&self) -> Result<Vec<TopUpProvider>, JolError> {
        Ok(self.city_rules()?.providers)
    }

    /// How a ride is paid by text message; none where it cannot be.
    pub fn sms_rule(&self) -> Result<Option<SmsRule>, JolError> {
        Ok(self.city_rules()?.sms)
    }

    /// How a ride is paid by a message to the operator's bot in a messenger; none where it cannot be.
    pub fn messenger_rule(&self) -> Result<Option<MessengerRule>, JolError> {
        Ok(self.city_rules()?.messenger)
    }

    /// Registers a virtual card of a category that the app may issue. A category that only an office
    /// issues is refused at once, with the documents, the office and its hours.
    pub fn register_card(&self, category: Category, name: &str) -> Result<(), JolError> {
        let language = self.language();
        let rules = self.city_rules()?;
        let rule = rules.categories.iter().find(|rule| rule.category == category);
        match &rule.ok_or_else(|| JolError::not_found("category"))?.issued {
            Issued::InApp | Issued::InAppWithProof { .. } => {}
            Issued::AtOffice { documents, office, hours, phone } => {
                return Err(JolError::OfficeOnly {
                    office: office.in_language(language).to_owned(),
                    hours: hours.in_language(language).to_owned(),
                    phone: phone.clone(),
                    documents: documents.iter().map(|words| words.in_language(language).to_owned()).collect(),
                });
            }
        }
        let request = CardRequest { category, name: name.trim().chars().take(60).collect() };
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            account::set_refusal(records, None)?;
            let body = serde_json::to_vec(&request).map_err(StoreError::from)?;
            let key = self.shared.new_key();
            Ok(self.shared.post(
                records,
                Operation::RegisterCard,
                &key,
                "/v1/cards",
                &body,
                Some(PATIENCE_MS),
            )?)
        })
    }

    /// Tops a card up by its number, through one of the city's providers, and answers the top-up's
    /// key. The card gains what the passenger pays.
    pub fn top_up(&self, card_number: &str, provider: &str, sum: Money) -> Result<String, JolError> {
        let number: String = card_number.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
        if number.is_empty() || number.len() > 32 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(JolError::bad("card"));
        }
        let rules = self.city_rules()?;
        let rule = rules
            .providers
            .iter()
            .find(|known| known.id == provider)
            .ok_or_else(|| JolError::bad("provider"))?;
        if sum < rule.least || sum > rule.most || sum <= Money::ZERO {
            return Err(JolError::BadSum { least: rule.least, most: rule.most });
        }
        let top_up = TopUp {
            key: self.shared.new_key(),
            top_up: None,
            masked_card: masked(&number),
            provider: provider.to_owned(),
            sum,
            standing: TopUpStanding::Asked,
            asked_ms: self.shared.clock.wall_ms(),
        };
        let request = TopUpRequest { card_number: number, provider: provider.to_owned(), sum };
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            let body = serde_json::to_vec(&request).map_err(StoreError::from)?;
            rows::add_top_up(records, &top_up, &request_hash(&body), random(&*self.shared.entropy))?;
            self.shared.post(records, Operation::TopUp, &top_up.key, "/v1/top-ups", &body, None)?;
            Ok(top_up.key.clone())
        })
    }

    /// All top-ups, newest first.
    pub fn top_ups(&self) -> Result<Vec<TopUp>, JolError> {
        self.shared.look(|records, _| Ok(rows::top_ups(records)?))
    }

    /// The passenger came back from the bank's page, or waits: asks how open top-ups stand.
    pub fn refresh_top_ups(&self) -> Result<(), JolError> {
        self.act(|records, _| {
            for top_up in rows::top_ups(records)? {
                if let (TopUpStanding::WaitingForBank { .. }, Some(id)) = (&top_up.standing, &top_up.top_up) {
                    let path = format!("/v1/top-ups/{id}");
                    self.shared.ask(records, Operation::TopUpState, &path, Some(PATIENCE_MS))?;
                }
            }
            Ok(())
        })
    }

    /// Whose money may pay, as the operator told it last.
    pub fn sources(&self) -> Result<Vec<SourceInfo>, JolError> {
        self.shared.look(|records, _| {
            let sources = documents::get::<Sources>(records, "/v1/sources")?;
            Ok(sources.map(|document| document.sources).unwrap_or_default())
        })
    }

    /// What the wallet's own ledger says was spent from a source, less what came back.
    pub fn spent_from(&self, source: &Source) -> Result<Money, JolError> {
        self.shared.look(|records, _| {
            let balance = ledger::balance(records, &ledger::account(source))?;
            Money::ZERO.minus(balance).ok_or_else(|| JolError::internal("a sum outside its range"))
        })
    }

    /// What an account of the wallet's ledger gained, or lost where it is negative: `fares` is what rides cost
    /// less what came back; `phone`, `card:ID` and `bank:TOKEN` are the passenger's sources.
    pub fn ledger_balance(&self, account: &str) -> Result<Money, JolError> {
        self.shared.look(|records, _| Ok(ledger::balance(records, account)?))
    }

    /// Whether every transaction in the wallet's ledger sums to zero.
    pub fn ledger_is_balanced(&self) -> Result<bool, JolError> {
        self.shared.look(|records, _| Ok(ledger::is_balanced(records)?))
    }
}
