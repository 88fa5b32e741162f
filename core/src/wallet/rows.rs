//! Cards and top-ups in the wallet's file.

use super::{BankLink, CardLookup, Category, Choices, TopUp, TopUpStanding};
use crate::entropy::{Entropy, random};
use crate::money::Money;
use crate::operator::wire::{Base64, Card, CardForm, CardState, TopUpAnswer, TopUpDecline, TopUpState};
use crate::operator::{Refusal, safe_address};
use crate::pay::rows::RequestAndReceipt;
use crate::store::{Records, StoreError};
use crate::text::Words;
use crate::ticket::receipt::request_hash;
use rusqlite::{OptionalExtension, Row};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a card has beside its columns; neither number nor name.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Rest {
    child: bool,
    refused: Option<Words>,
    moved_to: Option<String>,
    day_limit: Option<Money>,
    credential: Option<Base64>,
}

/// The account's cards as the operator holds them now; cards that it no longer holds are gone.
pub(crate) fn set_cards(
    records: &Records<'_>,
    cards: &[Card],
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    records.run("DELETE FROM card", [])?;
    cards.iter().try_for_each(|card| put_card(records, card, entropy))
}

/// Keeps one card.
pub(crate) fn put_card(records: &Records<'_>, card: &Card, entropy: &dyn Entropy) -> Result<(), StoreError> {
    let seal = |column: &str, text: &str| {
        records.seal().seal("card", &format!("{}.{column}", card.id), text.as_bytes(), random(entropy))
    };
    records.run(
        "INSERT INTO card (id, number, name, category, balance, state, valid_until, as_of_ms, form, rest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (id) DO UPDATE SET number = excluded.number, name = excluded.name,
             category = excluded.category, balance = excluded.balance, state = excluded.state,
             valid_until = excluded.valid_until, as_of_ms = excluded.as_of_ms, form = excluded.form,
             rest = excluded.rest",
        (
            &card.id,
            seal("number", &card.number),
            seal("name", &card.name),
            card.category.number(),
            card.balance.tiyn,
            word(&card.state)?,
            &card.valid_until,
            card.as_of_ms,
            word(&card.form)?,
            serde_json::to_string(&Rest {
                child: card.child,
                refused: card.refused.clone(),
                moved_to: card.moved_to.clone(),
                day_limit: card.day_limit,
                credential: card.credential.clone(),
            })?,
        ),
    )?;
    Ok(())
}

/// The word of a state or a form.
fn word(value: &impl Serialize) -> Result<String, StoreError> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}

fn of_word<T: DeserializeOwned>(word: String) -> Result<T, StoreError> {
    Ok(serde_json::from_value(word.into())?)
}

/// All cards. One whose number was sealed under a lost key shows without it.
pub(crate) fn cards(records: &Records<'_>) -> Result<Vec<Card>, StoreError> {
    let mut statement = records.sql().prepare_cached(
        "SELECT id, number, name, category, balance, state, valid_until, as_of_ms, form, rest
         FROM card ORDER BY rowid",
    )?;
    let mut rows = statement.query([])?;
    let mut cards = Vec::new();
    while let Some(row) = rows.next()? {
        match read_card(records, row) {
            Ok(card) => cards.push(card),
            Err(error) => eprintln!("jol: a card cannot be read: {error}"),
        }
    }
    Ok(choices(records)?.arrange(cards))
}

/// What the passenger chose about cards. Sealed: names.
pub(crate) fn choices(records: &Records<'_>) -> Result<Choices, StoreError> {
    Ok(records.setting("wallet.choices")?.unwrap_or_default())
}

pub(crate) fn set_choices(
    records: &Records<'_>,
    choices: &Choices,
    nonce: [u8; 24],
) -> Result<(), StoreError> {
    records.set_sealed("wallet.choices", choices, nonce)
}

/// What was asked about a card by its number last.
pub(crate) fn lookup(records: &Records<'_>) -> Result<Option<CardLookup>, StoreError> {
    records.setting("wallet.lookup")
}

pub(crate) fn set_lookup(
    records: &Records<'_>,
    lookup: &CardLookup,
    nonce: [u8; 24],
) -> Result<(), StoreError> {
    records.set_sealed("wallet.lookup", lookup, nonce)
}

pub(crate) fn forget_lookup(records: &Records<'_>) -> Result<(), StoreError> {
    records.unset("wallet.lookup")
}

fn read_card(records: &Records<'_>, row: &Row<'_>) -> Result<Card, StoreError> {
    let id: String = row.get(0)?;
    let open = |column: &str, cell: Vec<u8>| {
        let plain = records.seal().open("card", &format!("{id}.{column}"), &cell);
        plain.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    };
    // What a later version wrote beside hides no card.
    let rest: Rest = serde_json::from_str(&row.get::<_, String>(9)?).unwrap_or_default();
    Ok(Card {
        number: open("number", row.get(1)?),
        name: open("name", row.get(2)?),
        category: Category::from_number(row.get(3)?).unwrap_or(Category::Standard),
        balance: Money::tiyn(row.get(4)?),
        state: of_word::<CardState>(row.get(5)?)?,
        valid_until: row.get(6)?,
        as_of_ms: row.get(7)?,
        form: of_word::<CardForm>(row.get(8)?)?,
        child: rest.child,
        refused: rest.refused,
        moved_to: rest.moved_to,
        day_limit: rest.day_limit,
        credential: rest.credential,
        id,
    })
}

/// The linking of a bank card that was asked for last. Sealed: whoever holds the bank's page can go on with
/// it.
pub(crate) fn bank_link(records: &Records<'_>) -> Result<Option<BankLink>, StoreError> {
    records.setting("wallet.bank_link")
}

pub(crate) fn set_bank_link(
    records: &Records<'_>,
    link: &BankLink,
    nonce: [u8; 24],
) -> Result<(), StoreError> {
    records.set_sealed("wallet.bank_link", link, nonce)
}

/// Somebody else may sign in: a card of theirs must not be linked to this account.
pub(crate) fn forget_bank_link(records: &Records<'_>) -> Result<(), StoreError> {
    records.unset("wallet.bank_link")
}

/// Keeps a top-up that was asked for, with the hash of what was asked: the request holds the card's number.
pub(crate) fn add_top_up(
    records: &Records<'_>,
    top_up: &TopUp,
    request: &[u8],
    nonces: [[u8; 24]; 2],
) -> Result<(), StoreError> {
    let card = records.seal().seal("top_up", &top_up.key, top_up.masked_card.as_bytes(), nonces[0]);
    let sealed = records.seal().seal("top_up", &request_place(&top_up.key), request, nonces[1]);
    let hash = request_hash(request);
    records.run(
        "INSERT INTO top_up (key, card, provider, sum, state, asked_ms, request_hash, request)
         VALUES (?1, ?2, ?3, ?4, 'asked', ?5, ?6, ?7)",
        (&top_up.key, card, &top_up.provider, top_up.sum.tiyn, top_up.asked_ms, hash, sealed),
    )?;
    Ok(())
}

fn request_place(key: &str) -> String {
    format!("{key}.request")
}

/// Top-ups that have no answer and no call, with the very bytes that were sent.
pub(crate) fn unasked_top_ups(records: &Records<'_>) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let sql = "SELECT key, request FROM top_up
               WHERE state = 'asked' AND request IS NOT NULL AND key NOT IN (SELECT key FROM outbox)";
    let mut statement = records.sql().prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(String, Vec<u8>)> = rows.collect::<rusqlite::Result<_>>()?;
    let open = |(key, sealed): (String, Vec<u8>)| {
        let request = records.seal().open("top_up", &request_place(&key), &sealed)?;
        Some((key, request))
    };
    Ok(rows.into_iter().filter_map(open).collect())
}

/// A balance that goes from one card to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    /// Its idempotency key.
    pub(crate) key: String,
    /// The card that it leaves, by its id.
    pub(crate) card: String,
    /// The card that gets it, likewise.
    pub(crate) to_card: String,
    /// The numbers of both, masked.
    pub(crate) masked: [String; 2],
    /// The balance, as far as it is known.
    pub(crate) sum: Money,
    /// When it was asked for, ms since 1970.
    pub(crate) asked_ms: i64,
}

/// Keeps a wish to move a balance, with the very bytes that are sent; one that is kept stays as it is.
pub(crate) fn add_move(
    records: &Records<'_>,
    wish: &Move,
    request: &[u8],
    nonces: [[u8; 24]; 2],
) -> Result<(), StoreError> {
    let seal = |place: &str, text: &str, nonce| {
        records.seal().seal("card_move", &format!("{}.{place}", wish.key), text.as_bytes(), nonce)
    };
    let ([card, to_card], [one, other]) = (&wish.masked, nonces);
    records.run(
        "INSERT OR IGNORE INTO card_move (key, card, to_card, number, to_number, request, sum, state, asked_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'asked', ?8)",
        (
            &wish.key,
            &wish.card,
            &wish.to_card,
            seal("number", card, one),
            seal("to", to_card, other),
            request,
            wish.sum.tiyn,
            wish.asked_ms,
        ),
    )?;
    Ok(())
}

/// The balance went over.
pub(crate) fn settle_move(
    records: &Records<'_>,
    key: &str,
    moved: Money,
    receipt: &[u8],
) -> Result<(), StoreError> {
    let sql = "UPDATE card_move SET state = 'moved', sum = ?2, receipt = ?3 WHERE key = ?1";
    records.run(sql, (key, moved.tiyn, receipt))?;
    Ok(())
}

/// The operator did not take the wish.
pub(crate) fn refuse_move(records: &Records<'_>, key: &str, refusal: &Refusal) -> Result<(), StoreError> {
    let sql = "UPDATE card_move SET state = 'not_taken', refusal = ?2 WHERE key = ?1 AND state = 'asked'";
    records.run(sql, (key, serde_json::to_string(refusal)?))?;
    Ok(())
}

/// The very bytes that were sent, and the signed answer once there is one.
pub(crate) fn move_request_and_receipt(
    records: &Records<'_>,
    key: &str,
) -> Result<Option<RequestAndReceipt>, StoreError> {
    let sql = "SELECT request, receipt FROM card_move WHERE key = ?1";
    Ok(records.row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// The hash of what was asked; none of a top-up that an older version asked for.
pub(crate) type RequestHash = Option<[u8; 32]>;

/// The hash of the request of a top-up, if it was kept, and the sum that it asks for.
pub(crate) fn top_up_request(
    records: &Records<'_>,
    key: &str,
) -> Result<Option<(RequestHash, Money)>, StoreError> {
    let sql = "SELECT request_hash, sum FROM top_up WHERE key = ?1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, Money::tiyn(row.get(1)?)));
    Ok(records.row(sql, [key], read).optional()?)
}

/// How it stands, as it is written.
pub(crate) fn top_up_state(records: &Records<'_>, key: &str) -> Result<Option<String>, StoreError> {
    Ok(records.row("SELECT state FROM top_up WHERE key = ?1", [key], |row| row.get(0)).optional()?)
}

/// The hash of the request of a top-up with the signed answer, once there is one.
pub(crate) fn top_up_receipt(
    records: &Records<'_>,
    key: &str,
) -> Result<Option<(RequestHash, Vec<u8>)>, StoreError> {
    let sql = "SELECT request_hash, receipt FROM top_up WHERE key = ?1 AND receipt IS NOT NULL";
    Ok(records.row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// The operator told how a top-up stands.
pub(crate) fn answer_top_up(
    records: &Records<'_>,
    key: &str,
    answer: &TopUpAnswer,
) -> Result<(), StoreError> {
    let state = match answer.state {
        TopUpState::Waiting => "waiting",
        TopUpState::AtValidator => "at_validator",
        TopUpState::Done => "done",
        TopUpState::Refused => "refused",
    };
    // A bank's app is opened by its HTTPS link, too: nothing else is handed to the phone.
    let hand_over = answer.hand_over.as_deref().and_then(safe_address).map(String::from);
    records.run(
        "UPDATE top_up SET top_up = ?2, state = ?3, hand_over = ?4, receipt = ?5, until_ms = ?6,
             refusal = ?7, request = NULL WHERE key = ?1",
        (
            key,
            &answer.top_up,
            state,
            hand_over,
            answer.receipt.as_ref().map(|receipt| &receipt.0),
            answer.until_ms,
            answer.declined.as_ref().map(serde_json::to_string).transpose()?,
        ),
    )?;
    Ok(())
}

/// The operator did not take the request.
pub(crate) fn refuse_top_up(records: &Records<'_>, key: &str, refusal: &Refusal) -> Result<(), StoreError> {
    records.run(
        "UPDATE top_up SET state = 'not_taken', refusal = ?2, request = NULL WHERE key = ?1",
        (key, serde_json::to_string(refusal)?),
    )?;
    Ok(())
}

/// The key of the top-up that the operator names so.
pub(crate) fn key_of_top_up(records: &Records<'_>, top_up: &str) -> Result<Option<String>, StoreError> {
    let mut statement = records.sql().prepare_cached("SELECT key FROM top_up WHERE top_up = ?1")?;
    let mut rows = statement.query([top_up])?;
    rows.next()?.map(|row| row.get(0)).transpose().map_err(StoreError::from)
}

/// All top-ups, newest first.
pub(crate) fn top_ups(records: &Records<'_>) -> Result<Vec<TopUp>, StoreError> {
    let mut statement = records.sql().prepare_cached(
        "SELECT key, card, provider, sum, state, refusal, hand_over, asked_ms, top_up, until_ms FROM top_up
         ORDER BY asked_ms DESC, rowid DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut top_ups = Vec::new();
    while let Some(row) = rows.next()? {
        match read_top_up(records, row) {
            Ok(top_up) => top_ups.push(top_up),
            Err(error) => eprintln!("jol: a top-up cannot be read: {error}"),
        }
    }
    Ok(top_ups)
}

fn read_top_up(records: &Records<'_>, row: &Row<'_>) -> Result<TopUp, StoreError> {
    let key: String = row.get(0)?;
    let card = records.seal().open("top_up", &key, &row.get::<_, Vec<u8>>(1)?);
    let state: String = row.get(4)?;
    let refusal: Option<String> = row.get(5)?;
    let standing = match state.as_str() {
        "waiting" => TopUpStanding::WaitingForBank { hand_over: row.get(6)? },
        "at_validator" => {
            TopUpStanding::AtValidator { until_ms: row.get::<_, Option<i64>>(9)?.unwrap_or_default() }
        }
        "done" => TopUpStanding::Done,
        "refused" => match refusal.and_then(|text| serde_json::from_str::<TopUpDecline>(&text).ok()) {
            Some(TopUpDecline { reason, try_again_ms, service }) => {
                TopUpStanding::Declined { reason, try_again_ms, service }
            }
            None => TopUpStanding::RefusedByBank,
        },
        "not_taken" => TopUpStanding::NotTaken {
            refusal: refusal
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or(Refusal::Other { code: "unknown".to_owned() }),
        },
        _ => TopUpStanding::Asked,
    };
    Ok(TopUp {
        masked_card: card.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default(),
        provider: row.get(2)?,
        sum: Money::tiyn(row.get(3)?),
        standing,
        asked_ms: row.get(7)?,
        top_up: row.get(8)?,
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::store::Store;

    #[test]
    fn a_damaged_card_hides_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(&folder.path().join("wallet.db"), &[1; 32]).expect("a new wallet");
        let card = |id: &str| Card {
            id: id.to_owned(),
            number: format!("964300000000000{id}"),
            name: "Aru".to_owned(),
            category: Category::Standard,
            balance: Money::tenge(100),
            state: CardState::Active,
            valid_until: None,
            as_of_ms: 7,
            form: CardForm::Virtual,
            child: false,
            refused: None,
            moved_to: None,
            day_limit: None,
            credential: None,
        };
        let check = store.change::<_, StoreError>(|records| {
            set_cards(records, &[card("1"), card("2"), card("3")], &SeededEntropy::new(1))?;
            records.run("UPDATE card SET state = 'torn' WHERE id = '2'", [])?;
            records.run("UPDATE card SET number = x'00' WHERE id = '3'", [])?;
            let shown = cards(records)?;
            assert_eq!(shown.first(), Some(&card("1")));
            assert_eq!(shown.get(1), Some(&Card { number: String::new(), ..card("3") }));
            assert_eq!(shown.len(), 2);
            Ok(())
        });
        check.expect("the store works");
    }
}
