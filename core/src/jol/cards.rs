//! The wallet's cards: how each stands, what they are called and in which order they lie, whose money pays;
//! adding, stopping, moving and buying them, and showing one to a bus as a code.

use super::answers::{Answer, unreadable};
use super::city::{chosen, clocks_of};
use super::tickets::code_of;
use super::{Jol, JolError, Shared, ToSign, View};
use crate::account::rows as account;
use crate::city::fares::{CityRules, Issued};
use crate::entropy::random;
use crate::money::Money;
use crate::operator::outbox::{Call, Operation, PATIENCE_MS};
use crate::operator::wire::{
    Card, CardChange, CardClaim, CardForm, CardGlimpse, CardMove, CardMoved, CardQuestion, CardWish,
    HeldPass, Passes, PurchaseAnswer, PurchaseItem, PurchaseRequest, Sources,
};
use crate::operator::{Refusal, documents, is_plain_id};
use crate::pay::Source;
use crate::qr::QrCode;
use crate::store::{Records, StoreError};
use crate::text::{Language, Words, say};
use crate::ticket::receipt::{Receipt, ReceiptOutcome, request_hash};
use crate::ticket::{ShownCard, SignedCredential, card_to_sign, slot_at};
use crate::wallet::{
    CardLookup, CardView, Category, Choices, LookupStanding, Offer, Purchase, PurchaseStanding, form_text,
    ledger, masked, purchase, rows,
};
use jiff::Timestamp;
use jiff::civil::Date;

/// The longest name of a card, in characters.
const LONGEST_NAME: usize = 60;
/// How long after an answer that is not to be believed a request about money is sent again, in ms.
const AGAIN_MS: i64 = 60_000;

/// What the operator holds on a card beside what this wallet's own ledger knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardAccount {
    /// The card, by its id.
    pub card: String,
    /// What is on it, as the operator told it last.
    pub told: Money,
    /// What this wallet's ledger says is on it.
    pub booked: Money,
    /// The rest: what came or went elsewhere, as by somebody else's top-up or before this wallet was there.
    pub elsewhere: Money,
}

impl Jol {
    /// The cards as a screen shows them: in the passenger's order, under their names, with how each stands
    /// today and what to do about it.
    pub fn card_views(&self) -> Result<Vec<CardView>, JolError> {
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let day = today(records, now_ms)?;
            let cards = rows::cards(records)?;
            Ok(cards.iter().map(|card| CardView::of(card, day, now_ms, view.language)).collect())
        })
    }

    /// Calls a card something; nothing: as the operator does. It stays on this phone.
    pub fn rename_card(&self, card: &str, name: &str) -> Result<(), JolError> {
        let name: String = name.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        self.choose(|records, choices| {
            own_card(records, card)?;
            match name.is_empty() {
                true => _ = choices.names.remove(card),
                false => _ = choices.names.insert(card.to_owned(), name),
            }
            Ok(())
        })
    }

    /// Lays the cards in this order, by their ids; those that are not named come behind. It stays on this
    /// phone.
    pub fn order_cards(&self, order: Vec<String>) -> Result<(), JolError> {
        self.choose(|records, choices| {
            let known = rows::cards(records)?;
            choices.order = order;
            choices.order.retain(|id| known.iter().any(|card| card.id == *id));
            Ok(())
        })
    }

    /// Whose money pays if nothing else is chosen: what the passenger chose, while it pays; else the first
    /// source that does. None if there is none.
    pub fn default_source(&self) -> Result<Option<Source>, JolError> {
        self.shared.look(|records, _| {
            let sources = documents::get::<Sources>(records, "/v1/sources")?;
            let sources = sources.map(|document| document.sources).unwrap_or_default();
            Ok(rows::choices(records)?.source(&sources, &rows::cards(records)?))
        })
    }

    /// Remembers whose money pays; none: nobody's in particular.
    pub fn set_default_source(&self, source: Option<Source>) -> Result<(), JolError> {
        self.choose(|_, choices| {
            choices.source = source;
            Ok(())
        })
    }

    /// As whom the passenger rides if nothing else is chosen: as they chose, while a card of theirs gives it;
    /// else as standard.
    pub fn default_category(&self) -> Result<Category, JolError> {
        self.shared.look(|records, _| {
            let day = today(records, self.shared.best_time_ms(records)?)?;
            Ok(rows::choices(records)?.category(&rows::cards(records)?, day))
        })
    }

    /// Remembers as whom the passenger rides.
    pub fn set_default_category(&self, category: Category) -> Result<(), JolError> {
        self.choose(|_, choices| {
            choices.category = Some(category);
            Ok(())
        })
    }

    fn choose(
        &self,
        change: impl FnOnce(&Records<'_>, &mut Choices) -> Result<(), JolError>,
    ) -> Result<(), JolError> {
        self.shared.change(|records, _| {
            let mut choices = rows::choices(records)?;
            change(records, &mut choices)?;
            Ok(rows::set_choices(records, &choices, random(&*self.shared.entropy))?)
        })
    }

    /// Adds a card that was sold, plastic or printed, by its number and the code that came with it or that an
    /// office gave. A wrong code is told by `Account::refusal`; after a few only an office helps.
    pub fn claim_card(&self, number: &str, code: &str, name: &str, child: bool) -> Result<(), JolError> {
        let (number, code) = (card_number(number)?, claim_code(code)?);
        let claim = CardClaim { number, code, name: name.trim().chars().take(LONGEST_NAME).collect(), child };
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            account::set_refusal(records, None)?;
            let (key, body) = (self.shared.new_key(), serde_json::to_vec(&claim).map_err(StoreError::from)?);
            let path = "/v1/cards/claims";
            Ok(self.shared.post(records, Operation::ClaimCard, &key, path, &body, Some(PATIENCE_MS))?)
        })
    }

    /// Asks what may be seen of any card by its number: its masked category, and with its code its balance.
    /// [`Jol::card_lookup`] tells the answer.
    pub fn look_up_card(&self, number: &str, code: Option<&str>) -> Result<(), JolError> {
        let number = card_number(number)?;
        let code = code.map(claim_code).transpose()?;
        let lookup = CardLookup {
            key: self.shared.new_key(),
            masked_card: masked(&number),
            standing: LookupStanding::Asked,
        };
        let body = serde_json::to_vec(&CardQuestion { number, code }).map_err(StoreError::from)?;
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            rows::set_lookup(records, &lookup, random(&*self.shared.entropy))?;
            let path = "/v1/cards/lookups";
            Ok(self.shared.post(
                records,
                Operation::LookUpCard,
                &lookup.key,
                path,
                &body,
                Some(PATIENCE_MS),
            )?)
        })
    }

    /// What was asked about a card by its number last.
    pub fn card_lookup(&self) -> Result<Option<CardLookup>, JolError> {
        self.shared.look(|records, _| Ok(rows::lookup(records)?))
    }

    /// Stops a card of the account, opens it again, or tells that it is lost. A parent does it for a child's.
    pub fn change_card(&self, card: &str, wish: CardWish) -> Result<(), JolError> {
        let body = serde_json::to_vec(&CardChange { to: wish }).map_err(StoreError::from)?;
        self.act(|records, _| {
            let card = own_card(records, card)?;
            account::set_refusal(records, None)?;
            let (key, path) = (self.shared.new_key(), format!("/v1/cards/{}/state", card.id));
            Ok(self.shared.post(records, Operation::ChangeCard, &key, &path, &body, None)?)
        })
    }

    /// Moves what is on a card, and its category, to another one of the account; the old one is refused
    /// everywhere from then on.
    pub fn move_card(&self, from: &str, to: &str) -> Result<(), JolError> {
        self.act(|records, _| {
            let (from, to) = (own_card(records, from)?, own_card(records, to)?);
            if from.id == to.id {
                return Err(JolError::bad("card"));
            }
            account::set_refusal(records, None)?;
            let body = serde_json::to_vec(&CardMove { to: to.id.clone() }).map_err(StoreError::from)?;
            let (key, path) = (self.shared.new_key(), format!("/v1/cards/{}/move", from.id));
            let wish = rows::Move {
                key: key.clone(),
                masked: [masked(&from.number), masked(&to.number)],
                card: from.id,
                to_card: to.id,
                sum: from.balance,
                asked_ms: self.shared.clock.wall_ms(),
            };
            let nonces = [random(&*self.shared.entropy), random(&*self.shared.entropy)];
            rows::add_move(records, &wish, &body, nonces)?;
            Ok(self.shared.post(records, Operation::MoveCard, &key, &path, &body, None)?)
        })
    }

    /// The cards and passes that the city sells in the app, each with its price.
    pub fn offers(&self) -> Result<Vec<Offer>, JolError> {
        Ok(offers(&self.city_rules()?))
    }

    /// Buys a card or a pass at the price that was shown; answers the purchase's key. The price is neither a
    /// fare nor a top-up.
    pub fn buy(&self, offer: &Offer, source: Source) -> Result<String, JolError> {
        let rules = self.city_rules()?;
        let is_sold = |sold: &Offer| {
            // Whose it is to be changes nothing about its price.
            let item = match &offer.item {
                PurchaseItem::Card { category, form, .. } => {
                    PurchaseItem::Card { category: *category, form: *form, child: false }
                }
                pass => pass.clone(),
            };
            sold.item == item && sold.price == offer.price
        };
        if !offers(&rules).iter().any(is_sold) {
            return Err(JolError::bad("offer"));
        }
        let purchase = Purchase {
            key: self.shared.new_key(),
            city: rules.city.clone(),
            item: offer.item.clone(),
            price: offer.price,
            source,
            standing: PurchaseStanding::Asked,
            asked_ms: self.shared.clock.wall_ms(),
        };
        let request = PurchaseRequest {
            city: purchase.city.clone(),
            item: purchase.item.clone(),
            price: purchase.price,
            source: purchase.source.clone(),
        };
        let body = serde_json::to_vec(&request).map_err(StoreError::from)?;
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            self.shared.check_version(records)?;
            // A second tap on the same thing is the same wish.
            let open = purchase::rows::purchases(records)?.into_iter().find(|one| {
                one.standing == PurchaseStanding::Asked
                    && (&one.item, &one.source) == (&purchase.item, &purchase.source)
            });
            if let Some(open) = open {
                return Ok(open.key);
            }
            purchase::rows::add(records, &purchase, &body)?;
            let (key, path) = (&purchase.key, "/v1/purchases");
            self.shared.post(records, Operation::Purchase, key, path, &body, None)?;
            Ok(purchase.key.clone())
        })
    }

    /// All purchases, newest first.
    pub fn purchases(&self) -> Result<Vec<Purchase>, JolError> {
        self.shared.look(|records, _| Ok(purchase::rows::purchases(records)?))
    }

    /// The account's passes, as the operator told them last.
    pub fn passes(&self) -> Result<Vec<HeldPass>, JolError> {
        self.shared.look(|records, _| Ok(passes(records)?))
    }

    /// What the phone's key signs to show a card to a bus as a code in this moment. Ask again every 15 s while
    /// it is on the screen.
    pub fn card_to_sign(&self, card: &str) -> Result<ToSign, JolError> {
        self.shared.look(|records, _| {
            let now_ms = self.shared.best_time_ms(records)?;
            let message = card_to_sign(&credential(records, card, now_ms)?, slot_at(now_ms));
            Ok(ToSign::of(message, now_ms, None))
        })
    }

    /// The card's code, with the phone's signature over [`Jol::card_to_sign`], DER or raw.
    pub fn present_card(&self, card: &str, slot: u32, signature: &[u8]) -> Result<QrCode, JolError> {
        code_of(&self.present_card_text(card, slot, signature)?)
    }

    /// The text of the card's code: what a bus reads.
    pub fn present_card_text(&self, card: &str, slot: u32, signature: &[u8]) -> Result<String, JolError> {
        let credential = self.shared.look(|records, _| {
            let now_ms = self.shared.best_time_ms(records)?;
            credential(records, card, now_ms)
        })?;
        let shown = ShownCard::assemble(&credential, slot, signature).map_err(|_| JolError::BadSignature)?;
        Ok(shown.to_text())
    }

    /// Each card's balance beside what this wallet's own ledger says of it.
    pub fn card_accounts(&self) -> Result<Vec<CardAccount>, JolError> {
        self.shared.look(|records, _| {
            let cards = rows::cards(records)?.into_iter();
            let of = |card: Card| {
                let source = Source::SmartCard { card: card.id.clone() };
                let booked = ledger::balance(records, &ledger::account(&source))?;
                let rest = card.balance.minus(booked);
                let elsewhere = rest.ok_or_else(|| JolError::internal("a sum outside its range"))?;
                Ok(CardAccount { card: card.id, told: card.balance, booked, elsewhere })
            };
            cards.map(of).collect()
        })
    }
}

impl Shared {
    pub(super) fn take_claim(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(card) = answer.read::<Card>().filter(|card| is_plain_id(&card.id)) else {
            return self.gave_up(records, view, call, &answer.refusal());
        };
        rows::put_card(records, &card, &*self.entropy)?;
        Ok(self.ask(records, Operation::Sources, "/v1/sources", None)?)
    }

    pub(super) fn take_lookup(
        &self,
        records: &Records<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let standing = match answer.read::<CardGlimpse>() {
            Some(seen) => LookupStanding::told(&seen),
            None => LookupStanding::NotTold { refusal: answer.refusal() },
        };
        self.end_lookup(records, call, standing)
    }

    /// Only the question that was asked last is answered.
    pub(super) fn end_lookup(
        &self,
        records: &Records<'_>,
        call: &Call,
        standing: LookupStanding,
    ) -> Result<(), JolError> {
        match rows::lookup(records)? {
            Some(lookup) if lookup.key == call.key => {
                let lookup = CardLookup { standing, ..lookup };
                Ok(rows::set_lookup(records, &lookup, random(&*self.entropy))?)
            }
            _ => Ok(()),
        }
    }

    /// At a start: the question of a screen that is gone was dropped.
    pub(super) fn end_asked_lookup(&self, records: &Records<'_>) -> Result<(), StoreError> {
        match rows::lookup(records)? {
            Some(lookup) if lookup.standing == LookupStanding::Asked => rows::forget_lookup(records),
            _ => Ok(()),
        }
    }

    /// Money went from one card to another, on the operator's signed word only.
    pub(super) fn take_move(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(moved) = answer.read::<CardMoved>() else {
            return self.gave_up(records, view, call, &answer.refusal());
        };
        let asked: CardMove = serde_json::from_slice(&call.body).map_err(|_| unreadable(call))?;
        let from = call.path.split('/').nth(3).unwrap_or_default().to_owned();
        let hash = request_hash(&call.body);
        let receipt = view.keys.as_ref().and_then(|keys| {
            let receipt = Receipt::verify(&moved.receipt.0, keys, &call.key, &hash).ok()?;
            let said = receipt.outcome == ReceiptOutcome::Moved && receipt.amount == moved.moved;
            said.then_some(receipt)
        });
        // Not to be believed, or by keys that have not come: the same request is sent again.
        let receipt = receipt.ok_or_else(|| unreadable(call))?;
        // A call whose wish was lost with a damaged file is told of all the same.
        let number =
            |id: &str| moved.cards.iter().find(|card| card.id == id).map(|card| masked(&card.number));
        let wish = rows::Move {
            key: call.key.clone(),
            masked: [number(&from).unwrap_or_default(), number(&asked.to).unwrap_or_default()],
            card: from.clone(),
            to_card: asked.to.clone(),
            sum: receipt.amount,
            asked_ms: receipt.operator_time_ms,
        };
        rows::add_move(records, &wish, &call.body, [random(&*self.entropy), random(&*self.entropy)])?;
        rows::settle_move(records, &call.key, receipt.amount, &moved.receipt.0)?;
        let account = |card: &str| ledger::account(&Source::SmartCard { card: card.to_owned() });
        let (from, to) = (account(&from), account(&asked.to));
        ledger::book(records, &call.key, &from, &to, receipt.amount, receipt.operator_time_ms)?;
        for card in moved.cards.iter().filter(|card| is_plain_id(&card.id)) {
            rows::put_card(records, card, &*self.entropy)?;
        }
        Ok(self.ask(records, Operation::Sources, "/v1/sources", None)?)
    }

    pub(super) fn take_purchase(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(wish) = purchase::rows::purchase(records, &call.key)? else { return Ok(()) };
        let Some(said) = answer.read::<PurchaseAnswer>() else {
            return match answer.status {
                // Signed in again, the same bytes may succeed.
                401 => self.buy_again(records, call),
                _ if answer.is_success() => self.buy_again(records, call),
                _ => self.gave_up(records, view, call, &answer.refusal()),
            };
        };
        let Some(settled) = purchase::settle(&wish, &call.body, view.keys.as_ref(), said) else {
            return self.buy_again(records, call);
        };
        purchase::rows::settle(records, &call.key, &settled)?;
        match settled.standing {
            PurchaseStanding::Bought { .. } => {
                let source = ledger::account(&wish.source);
                ledger::book(records, &call.key, &source, ledger::PURCHASES, wish.price, settled.at_ms)?;
            }
            PurchaseStanding::Declined { reason, .. } => self.ask_what_changed(records, reason)?,
            _ => {}
        }
        if let Some(card) = settled.card.filter(|card| is_plain_id(&card.id)) {
            rows::put_card(records, &card, &*self.entropy)?;
        }
        if settled.pass.is_some() {
            self.ask(records, Operation::Passes, "/v1/passes", None)?;
        }
        self.ask(records, Operation::Cards, "/v1/cards", None)?;
        Ok(self.ask(records, Operation::Sources, "/v1/sources", None)?)
    }

    /// Not known yet: the same bytes are sent again after a pause.
    fn buy_again(&self, records: &Records<'_>, call: &Call) -> Result<(), JolError> {
        let boot_ms = self.clock.boot_ms();
        Ok(crate::operator::outbox::put_back(records, call, boot_ms, AGAIN_MS)?)
    }
}

/// What a city sells in the app: each form of card in each category that the app issues, and each pass.
fn offers(rules: &CityRules) -> Vec<Offer> {
    let in_app = |issued: &Issued| matches!(issued, Issued::InApp | Issued::InAppWithProof { .. });
    let cards = rules.categories.iter().filter(|rule| in_app(&rule.issued)).flat_map(|rule| {
        rules.cards.iter().filter_map(|offer| {
            let price = rule.card_price.plus(offer.price)?;
            let item = PurchaseItem::Card { category: rule.category, form: offer.form, child: false };
            let [kk, ru, en] = Language::ALL.map(|language| {
                let (form, category) = (form_text(offer.form, language), rule.category.name(language));
                say(language, "card-offer", &[("form", &form), ("category", &category)])
            });
            (price > Money::ZERO).then_some(Offer { item, name: Words { kk, ru, en }, price })
        })
    });
    let passes = rules.fares.passes.iter().map(|pass| Offer {
        item: PurchaseItem::Pass { pass: pass.id.clone() },
        name: pass.name.clone(),
        price: pass.price,
    });
    cards.chain(passes).collect()
}

/// The account's passes.
fn passes(records: &Records<'_>) -> Result<Vec<HeldPass>, StoreError> {
    Ok(documents::get::<Passes>(records, "/v1/passes")?.unwrap_or_default().passes)
}

/// Those for the buses of this city.
pub(super) fn passes_in(records: &Records<'_>, city: &str) -> Result<Vec<HeldPass>, StoreError> {
    let mut passes = passes(records)?;
    passes.retain(|pass| pass.city == city);
    Ok(passes)
}

/// The day in the chosen city; before one is chosen, by universal time.
pub(super) fn today(records: &Records<'_>, now_ms: i64) -> Result<Date, JolError> {
    let zone = clocks_of(records, &chosen(records).unwrap_or_default())?;
    let now = Timestamp::from_millisecond(now_ms).map_err(|_| JolError::internal("the time"))?;
    Ok(zone.to_datetime(now).date())
}

fn own_card(records: &Records<'_>, id: &str) -> Result<Card, JolError> {
    let card = rows::cards(records)?.into_iter().find(|card| card.id == id);
    card.filter(|card| is_plain_id(&card.id)).ok_or_else(|| JolError::not_found("card"))
}

/// The operator's word that this phone may show a card, while it holds.
fn credential(records: &Records<'_>, id: &str, now_ms: i64) -> Result<SignedCredential, JolError> {
    let card = own_card(records, id)?;
    let shows = card.form == CardForm::QrApp && card.state.pays();
    let bytes = card.credential.filter(|_| shows).ok_or_else(|| JolError::bad("card"))?;
    let signed = SignedCredential::from_bytes(&bytes.0).map_err(|_| JolError::bad("card"))?;
    let said = signed.read_unverified().map_err(|_| JolError::bad("card"))?;
    let own = account::phone_key(records)?.and_then(|key| crate::ticket::phone_key::compress(&key).ok());
    match own == Some(said.phone) && now_ms.div_euclid(1_000) <= said.until_s {
        true => Ok(signed),
        false => Err(JolError::bad("card")),
    }
}

/// A card's number as it is typed: spaces and dashes do not count.
pub(super) fn card_number(typed: &str) -> Result<String, JolError> {
    let number: String = typed.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
    let is_one = (1..=32).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_one { Ok(number) } else { Err(JolError::bad("card")) }
}

fn claim_code(typed: &str) -> Result<String, JolError> {
    let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let is_one = (1..=16).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_one { Ok(code) } else { Err(JolError::bad("code")) }
}

/// What the refusal of a change of cards is noted for.
pub(super) fn not_taken(records: &Records<'_>, refusal: &Refusal, key: &str) -> Result<(), StoreError> {
    let standing = PurchaseStanding::NotTaken { refusal: refusal.clone() };
    purchase::rows::set(records, key, &standing, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_pass_frees_no_ride_of_another_city() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(&folder.path().join("wallet.db"), &[7; 32]).expect("a wallet");
        let pass = |city: &str| HeldPass {
            id: format!("p-{city}"),
            pass: "month".into(),
            city: city.into(),
            name: Default::default(),
            categories: Vec::new(),
            lines: Vec::new(),
            from: "2026-09-01".into(),
            until: "2026-09-30".into(),
        };
        let body = serde_json::to_vec(&Passes { passes: vec![pass("atyrau"), pass("oral")] }).expect("JSON");
        let check = store.change::<_, StoreError>(|records| {
            assert!(documents::put::<Passes>(records, "/v1/passes", None, &body, 0)?);
            assert_eq!(passes(records)?.len(), 2);
            let here = passes_in(records, "oral")?;
            assert_eq!(here.iter().map(|pass| pass.id.as_str()).collect::<Vec<_>>(), ["p-oral"]);
            assert_eq!(passes_in(records, "aqtau")?, []);
            Ok(())
        });
        check.expect("the store works");
    }
}
