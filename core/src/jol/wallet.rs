use super::city::{chosen, rules_of, time_text};
use super::{Jol, JolError, Shared};
use crate::account::rows as account;
use crate::city::fares::{CategoryRule, Issued, PointOfSale, TopUpProvider};
use crate::entropy::random;
use crate::money::Money;
use crate::operator::documents;
use crate::operator::outbox::{Operation, PATIENCE_MS};
use crate::operator::wire::{Card, CardForm, CardRequest, Sources, TopUpRequest};
use crate::pay::Source;
use crate::pay::message::{MessengerRule, SmsRule};
use crate::store::{Records, StoreError};
use crate::wallet::{Category, SourceView, TopUp, TopUpStanding, ledger, masked, rows};

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
        self.register(category, CardForm::Virtual, name, false)
    }

    /// The same, of a form that costs nothing (in the app, with a code or without), for oneself or for a child
    /// without a phone. What has a price is bought ([`Jol::offers`]).
    pub fn register(
        &self,
        category: Category,
        form: CardForm,
        name: &str,
        child: bool,
    ) -> Result<(), JolError> {
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
        let request = CardRequest { category, name: name.trim().chars().take(60).collect(), form, child };
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
        let number = super::cards::card_number(card_number)?;
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
            let nonces = [(); 2].map(|()| random(&*self.shared.entropy));
            rows::add_top_up(records, &top_up, &body, nonces)?;
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
        self.act(|records, _| Ok(self.shared.ask_top_ups(records)?))
    }

    /// A bank's page or app led back to this one. Whatever the link says of money counts for nothing: the
    /// operator is asked how everything stands that is open at a bank.
    pub fn returned_from_bank(&self, _link: &str) -> Result<(), JolError> {
        self.act(|records, _| {
            self.shared.ask_top_ups(records)?;
            Ok(self.shared.ask_bank_link(records)?)
        })
    }

    /// How a top-up stands, and what the passenger does next, in words.
    pub fn top_up_text(&self, key: &str) -> Result<String, JolError> {
        self.shared.look(|records, view| {
            let top_up = rows::top_ups(records)?.into_iter().find(|top_up| top_up.key == key);
            let top_up = top_up.ok_or_else(|| JolError::not_found("top-up"))?;
            let city = chosen(records).unwrap_or_default();
            let now_ms = self.shared.best_time_ms(records)?;
            let rules = rules_of(records, &city)?;
            let provider =
                rules.iter().flat_map(|rules| &rules.providers).find(|known| known.id == top_up.provider);
            let until = match top_up.standing {
                TopUpStanding::AtValidator { until_ms: until }
                | TopUpStanding::Declined { try_again_ms: Some(until), .. }
                    if until > now_ms =>
                {
                    Some(time_text(records, &city, until, now_ms, view.language)?)
                }
                _ => None,
            };
            Ok(top_up.text(provider, until.as_deref(), view.language))
        })
    }

    /// Whose money may pay, as the operator told it last.
    pub fn sources(&self) -> Result<Vec<SourceView>, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let told = documents::get::<Sources>(records, "/v1/sources")?.map(|document| document.sources);
            let sources = told.unwrap_or_default().into_iter();
            Ok(sources.map(|source| SourceView::of(source, now_ms, view.language)).collect())
        })
    }

    /// What the wallet's own ledger says was spent from a source on rides, on cards and passes, and on cards of
    /// others, less what came back. What went to and fro between one's own sources is no part of it.
    pub fn spent_from(&self, source: &Source) -> Result<Money, JolError> {
        self.shared.look(|records, _| Ok(ledger::spent_from(records, &ledger::account(source))?))
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

impl Shared {
    /// Asks how top-ups stand that are open at a bank or wait at a validator.
    pub(super) fn ask_top_ups(&self, records: &Records<'_>) -> Result<(), StoreError> {
        for top_up in rows::top_ups(records)? {
            let is_open = matches!(
                top_up.standing,
                TopUpStanding::WaitingForBank { .. } | TopUpStanding::AtValidator { .. }
            );
            if let (true, Some(id)) = (is_open, &top_up.top_up) {
                let path = format!("/v1/top-ups/{id}");
                self.ask(records, Operation::TopUpState, &path, Some(PATIENCE_MS))?;
            }
        }
        Ok(())
    }
}
