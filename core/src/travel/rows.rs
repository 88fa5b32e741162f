//! Travel Details out of the wallet's file: one SELECT over all that moves money, newest first, by time and
//! id.
//!
//! Each arm names its columns alike (`e_…`), and its index by time gives them in order, so that SQLite merges
//! the arms and stops at the page's end. What is searched as text is compared here, name by name.

use super::{Figures, Sought, TravelCursor, TravelEntry, TravelKind, TravelQuery, TravelState};
use crate::money::Money;
use crate::operator::Refusal;
use crate::operator::wire::TopUpDecline;
use crate::pay::{DeclineReason, Way};
use crate::store::{Records, StoreError};
use crate::wallet::PassengerGroup;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{OptionalExtension, Row, params_from_iter};

/// A payment of this wallet, with the ride that it paid. One that was put on another bus is told there.
const PAYMENTS: &str = "SELECT p.key AS e_id, p.tapped_ms AS e_at, 0 AS e_kind,
        CASE WHEN n.ride IS NOT NULL THEN 'replaced'
             WHEN p.state = 'paid' AND r.state = 'refunded' THEN 'refunded'
             WHEN p.state = 'paid' AND p.fare = 0 THEN 'free' ELSE p.state END AS e_state,
        p.way AS e_way, p.source AS e_source, p.passengers AS e_passengers,
        p.line AS e_line, p.painted AS e_bus, r.plate AS e_plate, r.boarding_stop AS e_stop,
        r.terminus AS e_terminus, p.fare AS e_sum,
        CASE WHEN p.state IN ('paid', 'refunded') THEN p.fare ELSE 0 END AS e_spent,
        CASE WHEN n.ride IS NOT NULL THEN 0 WHEN p.state = 'refunded' THEN p.refund ->> '$.sum'
             WHEN p.state = 'paid' AND r.state = 'refunded' THEN p.fare ELSE 0 END AS e_back,
        p.state IN ('paid', 'refunded') AS e_own, coalesce(p.ride, r.ride) AS e_ride, p.decline AS e_why,
        p.again_ms AS e_again, p.service AS e_more, NULL AS e_rides, NULL AS e_card,
        p.receipt IS NOT NULL AS e_receipt, r.fiscal AS e_fiscal, p.city AS e_city,
        r.ends_ms AS e_ends, NULL AS e_number, NULL AS e_to
    FROM payment p
    LEFT JOIN ride r ON r.rowid = (SELECT min(rowid) FROM ride WHERE key = p.key)
    LEFT JOIN ride n ON n.corrects IS NOT NULL AND n.corrects ->> '$.ride' = r.ride WHERE TRUE";

/// A ride that was paid before and begun on this phone.
const USES: &str = "SELECT u.key AS e_id, u.boarded_s * 1000 AS e_at, 0,
        CASE WHEN u.state = 'open' THEN 'pending'
             WHEN u.state = 'paid_otherwise' OR (u.state = 'settled' AND r.ride IS NULL AND f.tiyn IS NULL)
             THEN 'already_paid'
             WHEN r.state = 'refunded' THEN 'refunded' WHEN v.fare = 0 THEN 'free' ELSE 'paid' END AS e_state,
        0 AS e_way, v.source AS e_source, v.passengers AS e_passengers,
        u.line, u.painted, r.plate, r.boarding_stop, r.terminus, v.fare,
        CASE WHEN u.state IN ('settled', 'misused')
             THEN coalesce(f.tiyn, iif(r.ride IS NULL, 0, v.fare)) ELSE 0 END,
        CASE WHEN u.state = 'paid_otherwise' THEN coalesce(-h.tiyn, v.fare)
             WHEN u.state IN ('settled', 'misused') AND r.state = 'refunded' THEN coalesce(f.tiyn, v.fare)
             ELSE 0 END,
        h.tiyn IS NOT NULL, coalesce(u.ride, u.voucher || '-' || u.counter), NULL,
        NULL, 'use', NULL, NULL, u.receipt IS NOT NULL, r.fiscal, v.city,
        coalesce(r.ends_ms, (u.boarded_s + u.life_s) * 1000), NULL, NULL AS e_to
    FROM voucher_use u JOIN voucher v ON v.voucher = u.voucher
    LEFT JOIN ride r ON r.rowid = (SELECT min(rowid) FROM ride WHERE key = u.key)
    LEFT JOIN posting f ON f.transaction_key = u.key AND f.account = 'fares'
    LEFT JOIN posting h ON h.transaction_key = u.key AND h.account = 'vouchers' WHERE TRUE";

/// A ride that no payment of this phone has: paid by message, with a card, with another phone; and a ride that
/// took the place of one on the wrong bus, of which the difference counts.
const ELSEWHERE: &str = "SELECT iif(r.corrects IS NULL, r.ride, r.key) AS e_id, r.paid_ms AS e_at,
        iif(r.corrects IS NULL, 0, 5),
        CASE WHEN n.ride IS NOT NULL THEN 'replaced' WHEN r.state = 'refunded' THEN 'refunded'
             WHEN r.fare = 0 AND r.corrects IS NULL THEN 'free' ELSE 'paid' END AS e_state,
        r.way AS e_way, r.source AS e_source, r.passengers AS e_passengers,
        r.line, r.painted, r.plate, r.boarding_stop, r.terminus,
        abs(r.fare - coalesce(r.corrects ->> '$.fare', 0)),
        max(r.fare - coalesce(r.corrects ->> '$.fare', 0), 0),
        max(coalesce(r.corrects ->> '$.fare', 0) - r.fare, 0)
            + iif(r.state = 'refunded', coalesce(r.refund ->> '$.sum', r.fare), 0),
        EXISTS (SELECT 1 FROM posting WHERE transaction_key IN (r.key, r.refund ->> '$.key', r.key || '/back')),
        r.ride, NULL, NULL, NULL, NULL, NULL,
        EXISTS (SELECT 1 FROM ride_change c WHERE c.key = r.key AND c.receipt IS NOT NULL),
        r.fiscal, r.city, r.ends_ms, NULL, NULL AS e_to
    FROM ride r LEFT JOIN ride n ON n.corrects IS NOT NULL AND n.corrects ->> '$.ride' = r.ride
    WHERE NOT EXISTS (SELECT 1 FROM payment WHERE key = r.key)
        AND NOT EXISTS (SELECT 1 FROM voucher_use WHERE key = r.key)";

/// A wish to give a ride back or to put it on another bus. What became of the money stands with the ride, and a
/// ride that is on another bus is a line of its own.
const CHANGES: &str = "SELECT c.key AS e_id, c.asked_ms AS e_at, iif(c.vehicle IS NULL, 4, 5),
        iif(c.is_open, 'pending', c.state ->> '$.kind') AS e_state, NULL AS e_way, r.source AS e_source,
        r.passengers AS e_passengers, r.line, r.painted, r.plate, r.boarding_stop, r.terminus, abs(c.sum), 0, 0, 0,
        c.ride, c.state ->> '$.reason', c.state ->> '$.try_again_ms', c.state ->> '$.service', NULL, NULL,
        c.receipt IS NOT NULL, NULL, r.city, NULL, NULL, NULL AS e_to
    FROM ride_change c JOIN ride r ON r.ride = c.ride WHERE c.state ->> '$.kind' <> 'corrected'";

/// Rides that were reserved.
const RESERVED: &str = "SELECT v.key AS e_id, v.tapped_ms AS e_at, 2,
        CASE WHEN v.state IN ('pending', 'declined') THEN v.state ELSE 'paid' END AS e_state,
        NULL AS e_way, v.source AS e_source, v.passengers AS e_passengers,
        '', '', NULL, NULL, NULL, v.fare * v.rides, 0, 0, h.tiyn IS NOT NULL, NULL, v.decline,
        coalesce(v.again_ms, v.returns_ms), CASE v.state WHEN 'declined' THEN v.service ELSE v.state END,
        v.rides, NULL, v.receipt IS NOT NULL, NULL, v.city, NULL, NULL, NULL AS e_to
    FROM voucher v LEFT JOIN posting h ON h.transaction_key = v.key AND h.account = 'vouchers' WHERE TRUE";

/// What was given back of them and has returned.
const GIVEN_BACK: &str =
    "SELECT v.unused_key AS e_id, coalesce(v.returned_ms, h.at_ms, v.tapped_ms) AS e_at, 3,
        'refunded' AS e_state, NULL AS e_way, v.source AS e_source, v.passengers AS e_passengers,
        '', '', NULL, NULL, NULL, coalesce(v.returned, 0), 0, coalesce(v.returned, 0), h.tiyn IS NOT NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, v.unused_receipt IS NOT NULL, NULL, v.city, NULL, NULL, NULL AS e_to
    FROM voucher v LEFT JOIN posting h ON h.transaction_key = v.unused_key AND h.account = 'vouchers'
    WHERE v.unused_key IS NOT NULL AND v.state = 'returned'";

/// Top-ups of cards.
const TOP_UPS: &str = "SELECT t.key AS e_id, t.asked_ms AS e_at, 1,
        CASE t.state WHEN 'done' THEN 'paid' WHEN 'refused' THEN 'declined' WHEN 'not_taken' THEN 'declined'
             ELSE 'pending' END AS e_state,
        NULL AS e_way, NULL AS e_source, '[]' AS e_passengers,
        '', '', NULL, NULL, NULL, t.sum, 0, 0, t.state = 'done', NULL, t.refusal,
        iif(t.state = 'at_validator', t.until_ms, NULL), t.provider, NULL, t.card, t.receipt IS NOT NULL, NULL, '', NULL,
        NULL, NULL AS e_to
    FROM top_up t WHERE TRUE";

/// Cards and passes that are bought.
const PURCHASES: &str = "SELECT b.key AS e_id, b.asked_ms AS e_at, 6,
        CASE b.state WHEN 'bought' THEN 'paid' WHEN 'asked' THEN 'pending' ELSE 'declined' END AS e_state,
        NULL AS e_way, b.source AS e_source,
        iif(b.item ->> '$.kind' = 'card',
            json_array(json_object('category', b.item ->> '$.category', 'count', 1)), '[]') AS e_passengers,
        '', '', NULL, NULL, NULL, b.price, 0, 0, b.state = 'bought', NULL,
        CASE b.state WHEN 'declined' THEN b.why ->> '$.reason' WHEN 'not_taken' THEN b.why -> '$.refusal' END,
        b.why ->> '$.try_again_ms', iif(b.state = 'declined', b.why ->> '$.service', b.item ->> '$.pass'),
        NULL, NULL, b.receipt IS NOT NULL, NULL, b.city, NULL, NULL, NULL AS e_to
    FROM purchase b WHERE TRUE";

/// Balances that went from one card to another: money of both cards, so that each of them finds it.
const MOVES: &str = "SELECT m.key AS e_id, m.asked_ms AS e_at, 7,
        CASE m.state WHEN 'moved' THEN 'paid' WHEN 'asked' THEN 'pending' ELSE 'declined' END AS e_state,
        NULL AS e_way, json_object('kind', 'smart_card', 'card', m.card) AS e_source, '[]' AS e_passengers,
        '', '', NULL, NULL, NULL, m.sum, 0, 0, m.state = 'moved', NULL, m.refusal, NULL, NULL, NULL, m.number,
        m.receipt IS NOT NULL, NULL, '', NULL, m.to_number,
        json_object('kind', 'smart_card', 'card', m.to_card) AS e_to
    FROM card_move m WHERE TRUE";

const ARMS: [&str; 9] = [PAYMENTS, USES, ELSEWHERE, CHANGES, RESERVED, GIVEN_BACK, TOP_UPS, PURCHASES, MOVES];

/// What a query asks of each arm, and what stands in its places.
struct Narrowed {
    sql: String,
    values: Vec<Value>,
}

impl Narrowed {
    fn all() -> Narrowed {
        Narrowed { sql: String::new(), values: Vec::new() }
    }

    fn of(query: &TravelQuery, (from_ms, until_ms): (i64, i64)) -> Narrowed {
        let mut narrowed = Narrowed::all();
        narrowed.span(from_ms, until_ms);
        if let Some(TravelCursor { at_ms, id }) = &query.after {
            let (at, id) = (narrowed.place(Value::Integer(*at_ms)), narrowed.place(Value::Text(id.clone())));
            narrowed.sql += &format!(" AND e_at <= {at} AND (e_at < {at} OR e_id < {id})");
        }
        let states = query.states.iter().map(|state| Value::Text(state.word().to_owned()));
        narrowed.one_of("e_state", states.collect());
        let ways = query.ways.iter().map(|way| Value::Integer(way.number().into()));
        narrowed.one_of("e_way", ways.collect());
        let sources = query.sources.iter().filter_map(|source| serde_json::to_string(source).ok());
        narrowed.one_of_two(["e_source", "e_to"], sources.map(Value::Text).collect());
        // The passengers are JSON of our own, so a category's word stands there in quotes, and nothing else
        // does.
        let words = query.categories.iter().filter_map(|category| serde_json::to_string(category).ok());
        let held: Vec<String> = words
            .map(|word| format!("instr(e_passengers, {}) > 0", narrowed.place(Value::Text(word))))
            .collect();
        if !held.is_empty() {
            narrowed.sql += &format!(" AND ({})", held.join(" OR "));
        }
        narrowed
    }

    fn span(&mut self, from_ms: i64, until_ms: i64) {
        let (from, until) = (self.place(Value::Integer(from_ms)), self.place(Value::Integer(until_ms)));
        self.sql += &format!(" AND e_at >= {from} AND e_at < {until}");
    }

    fn one_of(&mut self, column: &str, values: Vec<Value>) {
        if !values.is_empty() {
            let places: Vec<String> = values.into_iter().map(|value| self.place(value)).collect();
            self.sql += &format!(" AND {column} IN ({})", places.join(", "));
        }
    }

    fn one_of_two(&mut self, columns: [&str; 2], values: Vec<Value>) {
        if !values.is_empty() {
            let places: Vec<String> = values.into_iter().map(|value| self.place(value)).collect();
            let held = columns.map(|column| format!("{column} IN ({})", places.join(", ")));
            self.sql += &format!(" AND ({})", held.join(" OR "));
        }
    }

    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    /// The whole statement.
    fn select(&self, limit: &str) -> String {
        let arms = ARMS.map(|arm| format!("{arm}{}", self.sql)).join(" UNION ALL ");
        format!("{arms} ORDER BY e_at DESC, e_id DESC{limit}")
    }
}

/// The entries of a query in a span of time, newest first, without their words; at most `most`.
pub(crate) fn entries(
    records: &Records<'_>,
    query: &TravelQuery,
    span_ms: (i64, i64),
    most: usize,
) -> Result<Vec<TravelEntry>, StoreError> {
    let narrowed = Narrowed::of(query, span_ms);
    let mut sought = Sought::new(&query.text);
    let mut statement = records.sql().prepare_cached(&narrowed.select(""))?;
    let mut rows = statement.query(params_from_iter(&narrowed.values))?;
    let mut entries = Vec::new();
    while entries.len() < most {
        let Some(row) = rows.next()? else { break };
        if !sought.is_nothing() && !is_sought(records, &mut sought, row) {
            continue;
        }
        // One damaged row must not hide the others.
        match read(records, row) {
            Ok(entry) => entries.push(entry),
            Err(error) => eprintln!("jol: a line of Travel Details cannot be read: {error}"),
        }
    }
    Ok(entries)
}

/// One entry, without its words.
pub(crate) fn entry(records: &Records<'_>, id: &str) -> Result<Option<TravelEntry>, StoreError> {
    let mut narrowed = Narrowed::all();
    narrowed.one_of("e_id", vec![Value::Text(id.to_owned())]);
    let mut statement = records.sql().prepare_cached(&narrowed.select(" LIMIT 1"))?;
    let mut rows = statement.query(params_from_iter(&narrowed.values))?;
    rows.next()?.map(|row| read(records, row)).transpose()
}

/// What the entries of a span of time mean for its sum.
pub(crate) fn figures(records: &Records<'_>, span_ms: (i64, i64)) -> Result<Vec<Figures>, StoreError> {
    let mut narrowed = Narrowed::all();
    narrowed.span(span_ms.0, span_ms.1);
    let mut statement = records.sql().prepare_cached(&narrowed.select(""))?;
    let mut rows = statement.query(params_from_iter(&narrowed.values))?;
    let mut figures = Vec::new();
    while let Some(row) = rows.next()? {
        match read_figures(row) {
            Ok(one) => figures.push(one),
            Err(error) => eprintln!("jol: a line of Travel Details cannot be summed up: {error}"),
        }
    }
    Ok(figures)
}

/// The newest moment before this one at which anything was.
pub(crate) fn newest_before(records: &Records<'_>, until_ms: i64) -> Result<Option<i64>, StoreError> {
    let mut narrowed = Narrowed::all();
    narrowed.span(i64::MIN, until_ms);
    let mut statement = records.sql().prepare_cached(&narrowed.select(" LIMIT 1"))?;
    Ok(statement.query_row(params_from_iter(&narrowed.values), |row| row.get("e_at")).optional()?)
}

/// Whether one of the names on this row, or a card's last digits, is what the passenger types.
fn is_sought(records: &Records<'_>, sought: &mut Sought, row: &Row<'_>) -> bool {
    // One damaged row must not hide the others.
    let (card, to_card) = cards(records, row).unwrap_or_default();
    let names = [7, 8, 9, 10, 11].into_iter().filter_map(|column| row.get_ref(column).ok()?.as_str().ok());
    sought.is_in(names.chain(card.as_deref()).chain(to_card.as_deref()))
}

fn read(records: &Records<'_>, row: &Row<'_>) -> Result<TravelEntry, StoreError> {
    let Figures { kind, state, way, sum, spent, came_back, .. } = read_figures(row)?;
    let id: String = row.get(0)?;
    let text = |column: usize| row.get::<_, Option<String>>(column);
    let (why, more) = (text(17)?, text(19)?);
    let (card, to_card) = cards(records, row)?;
    let source = text(5)?.map(|source| serde_json::from_str(&source)).transpose()?;
    // A request that was not taken says why in an object, a decline in a word.
    let may_be_refused = matches!(kind, TravelKind::TopUp | TravelKind::Purchase | TravelKind::Move);
    let refusal = why.as_deref().filter(|_| may_be_refused);
    let refusal: Option<Refusal> = refusal.and_then(|refusal| serde_json::from_str(refusal).ok());
    let of_top_up = why.as_deref().filter(|_| kind == TravelKind::TopUp);
    let of_top_up = of_top_up.and_then(|why| serde_json::from_str::<TopUpDecline>(why).ok());
    let declined = (state == TravelState::Declined && kind != TravelKind::TopUp && refusal.is_none())
        .then(|| why.as_deref().and_then(DeclineReason::from_code).unwrap_or(DeclineReason::TryLater))
        .or(of_top_up.as_ref().map(|declined| declined.reason));
    let has_receipt: bool = row.get(22)?;
    Ok(TravelEntry {
        at_ms: row.get(1)?,
        kind,
        state,
        way,
        source,
        passengers: serde_json::from_str(&row.get::<_, String>(6)?)?,
        line: row.get(7)?,
        bus: row.get(8)?,
        plate: text(9)?.unwrap_or_default(),
        stop: text(10)?,
        terminus: text(11)?.filter(|terminus| !terminus.is_empty()),
        sum,
        spent,
        came_back,
        is_own: row.get(15)?,
        ride: text(16)?,
        rides: row.get(20)?,
        card,
        to_card,
        declined,
        try_again_ms: of_top_up.as_ref().map_or_else(|| row.get(18), |declined| Ok(declined.try_again_ms))?,
        service: match of_top_up {
            Some(declined) => declined.service,
            None => more.clone().filter(|_| state == TravelState::Declined && kind != TravelKind::TopUp),
        },
        is_offline: kind == TravelKind::Ride && more.as_deref() == Some("use"),
        is_returning: kind == TravelKind::Reserved && more.as_deref() == Some("giving_back"),
        provider: more.clone().filter(|_| kind == TravelKind::TopUp),
        pass: more.filter(|_| kind == TravelKind::Purchase && state != TravelState::Declined),
        refusal,
        receipt: has_receipt.then(|| id.clone()),
        // A damaged sign hides no ride.
        fiscal: text(23)?.and_then(|sign| serde_json::from_str(&sign).ok()),
        city: row.get(24)?,
        ends_ms: row.get(25)?,
        what: String::new(),
        who: String::new(),
        how: String::new(),
        became: String::new(),
        id,
    })
}

/// The cards of a top-up or a move, masked; none where they cannot be opened any more.
fn cards(records: &Records<'_>, row: &Row<'_>) -> Result<(Option<String>, Option<String>), StoreError> {
    // Most rows are rides, and a search asks each.
    if row.get_ref(21)? == ValueRef::Null {
        return Ok((None, None));
    }
    let id: String = row.get(0)?;
    let open = |column: usize, table: &str, place: &str| -> Result<_, StoreError> {
        let cell: Option<Vec<u8>> = row.get(column)?;
        let card = cell.and_then(|cell| records.seal().open(table, place, &cell));
        Ok(card.and_then(|card| String::from_utf8(card).ok()))
    };
    let to = open(26, "card_move", &format!("{id}.to"))?;
    if to.is_none() {
        return Ok((open(21, "top_up", &id)?, None));
    }
    Ok((open(21, "card_move", &format!("{id}.number"))?, to))
}

fn read_figures(row: &Row<'_>) -> Result<Figures, StoreError> {
    let damaged = |what: &str| StoreError::Internal(format!("Travel Details: {what}"));
    let kind =
        TravelKind::ALL.get(usize::from(row.get::<_, u8>(2)?)).copied().ok_or_else(|| damaged("kind"))?;
    let state = row.get_ref(3)?.as_str().ok().and_then(TravelState::from_word);
    let way: Option<u8> = row.get(4)?;
    let way = way.map(|number| Way::from_number(number).ok_or_else(|| damaged("way"))).transpose()?;
    let passengers = row.get_ref(6)?.as_str().map_err(|_| damaged("passengers"))?;
    let passengers: Vec<PassengerGroup> = serde_json::from_str(passengers)?;
    Ok(Figures {
        kind,
        state: state.ok_or_else(|| damaged("state"))?,
        way,
        category: Figures::category_of(&passengers),
        sum: Money::tiyn(row.get(12)?),
        spent: Money::tiyn(row.get(13)?),
        came_back: Money::tiyn(row.get(14)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::wire::{Corrected, FiscalSign, RideState};
    use crate::pay::offline::{self, HeldRides, HeldState, OfflineUse, UseState};
    use crate::pay::{
        ChangeState, Payment, PaymentState, Refund, Ride, RideChange, SettledChange, Source, change_rows,
        rows as pay,
    };
    use crate::store::Store;
    use crate::ticket::{TicketId, Use};
    use crate::travel::{Month, MonthSum, TravelCursor, month_at};
    use crate::wallet::rows::{self as wallet, Move};
    use crate::wallet::{Category, TopUp, TopUpStanding, ledger};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    /// 2026-09-01T00:00 in Atyrau, and a day.
    const SEPTEMBER_MS: i64 = 1_788_202_800_000;
    const DAY_MS: i64 = 86_400_000;
    const ALL: (i64, i64) = (i64::MIN, i64::MAX);

    /// What happened to a passenger's money, in the model.
    #[derive(Clone, Debug)]
    enum Deed {
        Pays { way: usize, categories: Vec<usize>, tenge: i64, outcome: usize },
        RidesElsewhere { way: usize, category: usize, tenge: i64, refunded: bool },
        Reserves { rides: u8, tenge: i64, outcome: usize, uses: Vec<usize>, given_back: bool },
        TopsUp { tenge: i64, outcome: usize },
        Moves { tenge: i64, outcome: usize },
    }

    fn deeds() -> impl Strategy<Value = Vec<(i64, Deed)>> {
        let some = (0..10usize, 0..8usize, 0..5i64, 0..14usize);
        let deed = prop_oneof![
            4 => (some.clone(), prop::collection::vec(0..8usize, 1..3)).prop_map(
                |((way, _, tenge, outcome), categories)| Deed::Pays { way, categories, tenge: tenge * 50, outcome }
            ),
            3 => (some, any::<bool>()).prop_map(|((way, category, tenge, _), refunded)| {
                Deed::RidesElsewhere { way, category, tenge: tenge * 50, refunded }
            }),
            1 => (1..4u8, 1..5i64, 0..3usize, prop::collection::vec(0..4usize, 0..4), any::<bool>()).prop_map(
                |(rides, tenge, outcome, uses, given_back)| {
                    Deed::Reserves { rides, tenge: tenge * 50, outcome, uses, given_back }
                }
            ),
            1 => (1..9i64, 0..4usize).prop_map(|(tenge, outcome)| Deed::TopsUp { tenge: tenge * 100, outcome }),
            1 => (1..9i64, 0..3usize).prop_map(|(tenge, outcome)| Deed::Moves { tenge: tenge * 100, outcome }),
        ];
        // Some at the very same moment, some weeks apart.
        prop::collection::vec(((0..90i64).prop_map(|day| SEPTEMBER_MS + day / 2 * DAY_MS), deed), 0..25)
    }

    /// An entry as the model has it.
    #[derive(Clone, Debug, PartialEq)]
    struct Line {
        at_ms: i64,
        id: String,
        kind: TravelKind,
        state: TravelState,
        way: Option<Way>,
        categories: Vec<Category>,
        tenge: i64,
        spent: i64,
        came_back: i64,
        is_own: bool,
    }

    fn group(categories: &[usize]) -> Vec<PassengerGroup> {
        let mut all: Vec<Category> = categories.iter().map(|nth| Category::ALL[*nth]).collect();
        all.sort();
        all.dedup();
        all.into_iter().map(|category| PassengerGroup { category, count: 1 }).collect()
    }

    pub(super) fn ride(id: &str, key: &str, at_ms: i64, tenge: i64) -> Ride {
        Ride {
            ride: id.to_owned(),
            key: key.to_owned(),
            city: "sample".into(),
            vehicle: "0547".into(),
            painted: "547".into(),
            plate: "547 JL 06".into(),
            line: "12А".into(),
            way: Way::App,
            source: Source::PhoneBalance,
            passengers: group(&[0]),
            fare: Money::tenge(tenge),
            paid_ms: at_ms,
            boarding_stop: Some("Сәтбаев көшесі".into()),
            terminus: "Привокзальный".into(),
            state: RideState::Ended,
            ends_ms: at_ms + 1,
            ticket: Vec::new(),
            continues_on: Vec::new(),
            fiscal: None,
            refund: None,
            corrects: None,
        }
    }

    fn payment(key: &str, at_ms: i64, tenge: i64) -> Payment {
        Payment {
            key: key.to_owned(),
            vehicle: "0547".into(),
            painted: "547".into(),
            line: "12А".into(),
            way: Way::App,
            source: Source::PhoneBalance,
            passengers: group(&[0]),
            fare: Money::tenge(tenge),
            tapped_ms: at_ms,
            state: PaymentState::Pending,
        }
    }

    fn moved(key: &str, sum: Money, asked_ms: i64) -> Move {
        let masked = ["•••• 1234", "•••• 5678"].map(str::to_owned);
        Move { key: key.to_owned(), card: "c1".into(), to_card: "c2".into(), masked, sum, asked_ms }
    }

    fn given_back(key: &str, tenge: i64, at_ms: i64) -> Refund {
        let (to, sum) = (Source::PhoneBalance, Money::tenge(tenge));
        Refund { key: key.to_owned(), sum, to, at_ms, by_ms: at_ms + DAY_MS }
    }

    /// A wish about a ride, with the operator's answer to it; the line that tells of it.
    fn wished(
        records: &Records<'_>,
        rode: &Ride,
        vehicle: Option<&str>,
        tenge: i64,
        state: ChangeState,
    ) -> Result<Line, StoreError> {
        let (kind, what) = match vehicle {
            None => (TravelKind::Refund, "refund"),
            Some(_) => (TravelKind::Correction, "right"),
        };
        let line = Line {
            at_ms: rode.paid_ms + 40,
            id: format!("{}-{what}", rode.ride),
            kind,
            state: match state {
                ChangeState::Asked => TravelState::Pending,
                ChangeState::Declined { .. } => TravelState::Declined,
                _ => TravelState::Refunded,
            },
            way: None,
            categories: rode.passengers.iter().map(|one| one.category).collect(),
            tenge: tenge.abs(),
            spent: 0,
            came_back: 0,
            is_own: false,
        };
        let (key, sum) = (line.id.clone(), Money::tenge(tenge));
        let (ride, vehicle) = (rode.ride.clone(), vehicle.map(str::to_owned));
        let asked = RideChange { key, ride, vehicle, sum, state: ChangeState::Asked };
        change_rows::add(records, &asked, b"{}", line.at_ms)?;
        if state != ChangeState::Asked {
            let settled = SettledChange { state, ride: None, receipt: b"r".to_vec() };
            change_rows::settle(records, &asked.key, &settled)?;
        }
        Ok(line)
    }

    /// What becomes of a ride that was paid, by its outcome.
    fn changed(
        records: &Records<'_>,
        rode: &Ride,
        shown: Line,
        outcome: usize,
    ) -> Result<Vec<Line>, StoreError> {
        let give_back = |ride: &Ride| {
            let tenge = ride.fare.tiyn / 100;
            let refund = given_back(&format!("{}-refund", ride.ride), tenge, ride.paid_ms + 50);
            let line = wished(records, ride, None, tenge, ChangeState::Refunded { refund: refund.clone() })?;
            ledger::book(records, &refund.key, "fares", "phone", refund.sum, refund.at_ms)?;
            pay::set_refund(records, &shown.id, &refund)?;
            let state = RideState::Refunded;
            pay::put_ride(records, &Ride { state, refund: Some(refund), ..ride.clone() })?;
            Ok::<_, StoreError>(line)
        };
        let declined =
            ChangeState::Declined { reason: DeclineReason::RefundTooLate, try_again_ms: None, service: None };
        Ok(match outcome {
            5 => {
                let refund = give_back(rode)?;
                vec![Line { state: TravelState::Refunded, came_back: shown.tenge, ..shown.clone() }, refund]
            }
            6 => vec![wished(records, rode, None, shown.tenge, declined)?, shown],
            7 => vec![wished(records, rode, Some("0600"), 30, ChangeState::Asked)?, shown],
            // On a dearer bus, on a cheaper one, on one of the same fare; and given back from there.
            8.. => {
                let more = [30, -shown.tenge, 0, 30, -shown.tenge, 0][outcome - 8];
                let state = ChangeState::Corrected { ride: format!("{}-right", rode.ride) };
                let line = wished(records, rode, Some("0600"), more, state)?;
                pay::replace_ride(records, &rode.ride)?;
                let corrects = Some(Corrected { ride: rode.ride.clone(), fare: rode.fare });
                let right = Ride {
                    key: line.id.clone(),
                    vehicle: "0600".into(),
                    fare: Money::tenge(shown.tenge + more),
                    corrects,
                    ..ride(&format!("{}-right", rode.ride), "", rode.paid_ms, 0)
                };
                let right = Ride { way: rode.way, passengers: rode.passengers.clone(), ..right };
                pay::put_ride(records, &right)?;
                ledger::book(records, &right.key, "phone", "fares", Money::tenge(more), right.paid_ms)?;
                let line = Line {
                    at_ms: right.paid_ms,
                    state: TravelState::Paid,
                    way: shown.way,
                    spent: more.max(0),
                    came_back: (-more).max(0),
                    is_own: more != 0,
                    ..line
                };
                let shown = Line { state: TravelState::Replaced, ..shown.clone() };
                if outcome < 11 {
                    return Ok(vec![shown, line]);
                }
                let refund = give_back(&right)?;
                let back = right.fare.tiyn / 100;
                let (came_back, is_own) = (line.came_back + back, line.is_own || back > 0);
                vec![shown, Line { state: TravelState::Refunded, came_back, is_own, ..line }, refund]
            }
            _ => vec![shown],
        })
    }

    /// Does the deed in the wallet as `jol` does it, and says what Travel Details must show of it.
    fn done(records: &Records<'_>, nth: usize, at_ms: i64, deed: &Deed) -> Result<Vec<Line>, StoreError> {
        let key = format!("key-{nth:03}");
        let ride_id = format!("ride-{nth:03}");
        let line = |kind, state, tenge| Line {
            at_ms,
            id: key.clone(),
            kind,
            state,
            way: None,
            categories: Vec::new(),
            tenge,
            spent: 0,
            came_back: 0,
            is_own: false,
        };
        let categories =
            |groups: &[PassengerGroup]| groups.iter().map(|one| one.category).collect::<Vec<_>>();
        Ok(match deed {
            Deed::Pays { way, categories: who, tenge, outcome } => {
                let (way, passengers) = (Way::ALL[*way], group(who));
                let paid = Payment { way, passengers: passengers.clone(), ..payment(&key, at_ms, *tenge) };
                pay::add_payment(records, "sample", &paid, b"{}", (0, "boot"))?;
                let rode =
                    Ride { way, passengers: passengers.clone(), ..ride(&ride_id, &key, at_ms + 7, *tenge) };
                let shown = Line {
                    way: Some(way),
                    categories: categories(&passengers),
                    ..line(TravelKind::Ride, TravelState::Pending, *tenge)
                };
                let settle = |state: &PaymentState| pay::settle_payment(records, &key, state, b"r", at_ms);
                match outcome {
                    0 => vec![shown],
                    1 => {
                        settle(&PaymentState::Declined {
                            reason: DeclineReason::NoMoney,
                            try_again_ms: None,
                            service: None,
                        })?;
                        vec![Line { state: TravelState::Declined, ..shown }]
                    }
                    2 => {
                        settle(&PaymentState::AlreadyPaid { ride: "of-another".into() })?;
                        vec![Line { state: TravelState::AlreadyPaid, ..shown }]
                    }
                    3 => {
                        // No ticket could be issued.
                        let refund = given_back(&key, *tenge, at_ms);
                        settle(&PaymentState::Refunded { ride: None, refund })?;
                        ledger::book(records, &key, "phone", "fares", paid.fare, at_ms)?;
                        ledger::book(records, &format!("{key}/back"), "fares", "phone", paid.fare, at_ms)?;
                        let (spent, came_back) = (*tenge, *tenge);
                        vec![Line { state: TravelState::Refunded, spent, came_back, is_own: true, ..shown }]
                    }
                    _ => {
                        pay::put_ride(records, &rode)?;
                        settle(&PaymentState::Paid { ride: ride_id.clone() })?;
                        ledger::book(records, &key, "phone", "fares", paid.fare, rode.paid_ms)?;
                        let free = *tenge == 0;
                        let state = if free { TravelState::Free } else { TravelState::Paid };
                        let shown = Line { state, spent: *tenge, is_own: true, ..shown };
                        changed(records, &rode, shown, *outcome)?
                    }
                }
            }
            Deed::RidesElsewhere { way, category, tenge, refunded } => {
                let state = if *refunded { RideState::Refunded } else { RideState::Ended };
                let (way, passengers) = (Way::ALL[*way], group(&[*category]));
                let rode = ride(&ride_id, "of-another", at_ms, *tenge);
                pay::put_ride(
                    records,
                    &Ride { way, passengers, state, key: format!("other-{nth}"), ..rode },
                )?;
                let state = match (refunded, tenge) {
                    (true, _) => TravelState::Refunded,
                    (_, 0) => TravelState::Free,
                    _ => TravelState::Paid,
                };
                vec![Line {
                    id: ride_id.clone(),
                    way: Some(way),
                    categories: vec![Category::ALL[*category]],
                    spent: *tenge,
                    came_back: if *refunded { *tenge } else { 0 },
                    ..line(TravelKind::Ride, state, *tenge)
                }]
            }
            Deed::Reserves { rides, tenge, outcome, uses, given_back } => {
                let voucher = TicketId::new(nth as u32, *b"vouc");
                let sum = *tenge * i64::from(*rides);
                let held = HeldRides {
                    key: key.clone(),
                    city: "sample".into(),
                    source: Source::PhoneBalance,
                    passengers: group(&[3]),
                    fare: Money::tenge(*tenge),
                    rides: *rides,
                    tapped_ms: at_ms,
                    state: HeldState::Pending,
                    signed: None,
                    own: true,
                    told: Vec::new(),
                };
                offline::rows::add(records, &held, b"{}")?;
                let student = vec![Category::Student];
                let shown = Line {
                    categories: student.clone(),
                    ..line(TravelKind::Reserved, TravelState::Pending, sum)
                };
                match outcome {
                    0 => return Ok(vec![shown]),
                    1 => {
                        let (reason, try_again_ms, service) = (DeclineReason::NoMoney, None, None);
                        let state = HeldState::Declined { reason, try_again_ms, service };
                        offline::rows::settle(records, &key, &state, None, b"r")?;
                        return Ok(vec![Line { state: TravelState::Declined, ..shown }]);
                    }
                    _ => {}
                }
                let signed = (voucher, b"v".to_vec());
                offline::rows::settle(records, &key, &HeldState::Reserved, Some(&signed), b"r")?;
                ledger::book(records, &key, "phone", "vouchers", Money::tenge(sum), at_ms)?;
                let mut lines = vec![Line { state: TravelState::Paid, is_own: true, ..shown }];
                for (counter, what) in (1..=*rides).zip(uses) {
                    let use_key = format!("{key}-use-{counter}");
                    let used_ms = at_ms + 1_000 * i64::from(counter);
                    let id = format!("{ride_id}-{counter}");
                    let one = OfflineUse {
                        key: use_key.clone(),
                        voucher: voucher.to_string(),
                        used: Use {
                            counter,
                            vehicle: "547".into(),
                            boarded_s: used_ms / 1_000,
                            terminal: None,
                        },
                        vehicle: "0547".into(),
                        line: "12А".into(),
                        life_s: 60,
                        state: UseState::Open,
                    };
                    offline::rows::add_use(records, &one, b"{}")?;
                    let shown = Line {
                        at_ms: used_ms,
                        id: use_key.clone(),
                        way: Some(Way::App),
                        categories: student.clone(),
                        ..line(TravelKind::Ride, TravelState::Pending, *tenge)
                    };
                    let fare = Money::tenge(*tenge);
                    lines.push(match what {
                        0 => shown,
                        1 => {
                            let state = UseState::PaidOtherwise { ride: "of-another".into() };
                            offline::rows::settle_use(records, &use_key, &state, b"r")?;
                            ledger::book(records, &use_key, "vouchers", "phone", fare, used_ms)?;
                            let state = TravelState::AlreadyPaid;
                            Line { state, came_back: *tenge, is_own: true, ..shown }
                        }
                        _ => {
                            pay::put_ride(records, &ride(&id, &use_key, used_ms, *tenge))?;
                            let state = UseState::Settled { ride: id };
                            offline::rows::settle_use(records, &use_key, &state, b"r")?;
                            ledger::book(records, &use_key, "vouchers", "fares", fare, used_ms)?;
                            Line { state: TravelState::Paid, spent: *tenge, is_own: true, ..shown }
                        }
                    });
                }
                let left = i64::from(*rides) - uses.len().min(usize::from(*rides)) as i64;
                if *given_back && left > 0 {
                    let (unused, back) = (format!("{key}-unused"), left * tenge);
                    let returned_ms = at_ms + 7 * DAY_MS;
                    offline::rows::give_back(records, &key, &unused, b"{}")?;
                    let sum = Money::tenge(back);
                    offline::rows::set_state(records, &key, &HeldState::Returned { sum })?;
                    offline::rows::set_unused_receipt(records, &key, b"r", returned_ms)?;
                    ledger::book(records, &unused, "vouchers", "phone", sum, returned_ms)?;
                    lines.push(Line {
                        at_ms: returned_ms,
                        id: unused,
                        came_back: back,
                        is_own: true,
                        categories: student,
                        ..line(TravelKind::GivenBack, TravelState::Refunded, back)
                    });
                }
                lines
            }
            Deed::TopsUp { tenge, outcome } => {
                let top_up = TopUp {
                    key: key.clone(),
                    top_up: None,
                    masked_card: "••••5678".into(),
                    provider: "kaspi".into(),
                    sum: Money::tenge(*tenge),
                    standing: TopUpStanding::Asked,
                    asked_ms: at_ms,
                };
                wallet::add_top_up(records, &top_up, b"{}", [[1; 24], [2; 24]])?;
                let (word, state) = match outcome {
                    0 => ("waiting", TravelState::Pending),
                    1 => ("refused", TravelState::Declined),
                    2 => ("not_taken", TravelState::Declined),
                    _ => ("done", TravelState::Paid),
                };
                records.run("UPDATE top_up SET state = ?2 WHERE key = ?1", (&key, word))?;
                if word == "done" {
                    ledger::book(records, &key, "top-ups:kaspi", "cards", top_up.sum, at_ms)?;
                }
                vec![Line { is_own: word == "done", ..line(TravelKind::TopUp, state, *tenge) }]
            }
            Deed::Moves { tenge, outcome } => {
                // The operator's sum is the one that counts.
                let known = Money::tenge(tenge + 7);
                wallet::add_move(records, &moved(&key, known, at_ms), b"{}", [[1; 24], [2; 24]])?;
                let line = |state, tenge| line(TravelKind::Move, state, tenge);
                match outcome {
                    0 => vec![line(TravelState::Pending, tenge + 7)],
                    1 => {
                        wallet::refuse_move(records, &key, &Refusal::UnknownCard)?;
                        vec![line(TravelState::Declined, tenge + 7)]
                    }
                    _ => {
                        wallet::settle_move(records, &key, Money::tenge(*tenge), b"r")?;
                        ledger::book(records, &key, "card:c1", "card:c2", Money::tenge(*tenge), at_ms)?;
                        vec![Line { is_own: true, ..line(TravelState::Paid, *tenge) }]
                    }
                }
            }
        })
    }

    fn lines_of(entries: &[TravelEntry]) -> Vec<Line> {
        let line = |entry: &TravelEntry| Line {
            at_ms: entry.at_ms,
            id: entry.id.clone(),
            kind: entry.kind,
            state: entry.state,
            way: entry.way,
            categories: entry.passengers.iter().map(|one| one.category).collect(),
            tenge: entry.sum.tiyn / 100,
            spent: entry.spent.tiyn / 100,
            came_back: entry.came_back.tiyn / 100,
            is_own: entry.is_own,
        };
        entries.iter().map(line).collect()
    }

    fn in_a_wallet(test: impl FnOnce(&Records<'_>)) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(&folder.path().join("wallet.db"), &[1; 32]).expect("a new wallet");
        store
            .change::<_, StoreError>(|records| {
                test(records);
                Ok(())
            })
            .expect("the store works");
    }

    /// All deeds, done; the model's lines, newest first.
    fn lived(records: &Records<'_>, deeds: &[(i64, Deed)]) -> Vec<Line> {
        let done =
            |(nth, (at_ms, deed)): (usize, &(i64, Deed))| done(records, nth, *at_ms, deed).expect("done");
        let mut lines: Vec<Line> = deeds.iter().enumerate().flat_map(done).collect();
        lines.sort_by(|a, b| (b.at_ms, &b.id).cmp(&(a.at_ms, &a.id)));
        lines
    }

    fn page(records: &Records<'_>, query: &TravelQuery, most: usize) -> Vec<Line> {
        lines_of(&entries(records, query, ALL, most).expect("entries"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn all_that_was_is_shown_once_and_newest_first(deeds in deeds(), most in 1..7usize) {
            in_a_wallet(|records| {
                let model = lived(records, &deeds);
                let shown = page(records, &TravelQuery::default(), 1_000);
                assert_eq!(shown, model);
                // Page by page, while something new comes before each of them.
                let (mut query, mut all) = (TravelQuery::default(), Vec::new());
                loop {
                    let some = page(records, &query, most);
                    let Some(last) = some.last() else { break };
                    query.after = Some(TravelCursor { at_ms: last.at_ms, id: last.id.clone() });
                    let nth = 500 + all.len();
                    let new = Deed::RidesElsewhere { way: 0, category: 0, tenge: 50, refunded: false };
                    done(records, nth, SEPTEMBER_MS + 99 * DAY_MS, &new).expect("done");
                    all.extend(some);
                    assert!(all.len() <= model.len(), "pages repeat themselves");
                }
                assert_eq!(all, model);
                for line in &model {
                    let one = entry(records, &line.id).expect("entries").expect("an entry");
                    assert_eq!(lines_of(&[one]), std::slice::from_ref(line));
                }
            });
        }

        #[test]
        fn what_is_asked_for_is_what_a_look_at_each_finds(
            deeds in deeds(),
            ways in prop::collection::vec(0..10usize, 0..3),
            categories in prop::collection::vec(0..8usize, 0..3),
            states in prop::collection::vec(0..7usize, 0..3),
            days in (0..40i64, 0..40i64),
        ) {
            in_a_wallet(|records| {
                let model = lived(records, &deeds);
                let query = TravelQuery {
                    ways: ways.iter().map(|nth| Way::ALL[*nth]).collect(),
                    categories: categories.iter().map(|nth| Category::ALL[*nth]).collect(),
                    states: states.iter().map(|nth| TravelState::ALL[*nth]).collect(),
                    ..TravelQuery::default()
                };
                let span = (SEPTEMBER_MS + days.0 * DAY_MS, SEPTEMBER_MS + days.1 * DAY_MS);
                let found = lines_of(&entries(records, &query, span, 1_000).expect("entries"));
                let is_asked_for = |line: &&Line| {
                    (span.0..span.1).contains(&line.at_ms)
                        && (query.ways.is_empty() || line.way.is_some_and(|way| query.ways.contains(&way)))
                        && (query.states.is_empty() || query.states.contains(&line.state))
                        && (query.categories.is_empty()
                            || line.categories.iter().any(|one| query.categories.contains(one)))
                };
                assert_eq!(found, model.iter().filter(is_asked_for).cloned().collect::<Vec<_>>());
            });
        }

        #[test]
        fn the_months_come_to_what_the_ledger_says(deeds in deeds()) {
            in_a_wallet(|records| {
                let model = lived(records, &deeds);
                let zone = TimeZone::get("Asia/Atyrau").expect("in the bundled database");
                let mut months: Vec<Month> =
                    model.iter().filter_map(|line| month_at(line.at_ms, &zone)).collect();
                months.sort();
                months.dedup();
                let sums = months.iter().map(|month| {
                    let span = month.span_ms(&zone).expect("a month");
                    let figures = figures(records, span).expect("figures");
                    let sum = MonthSum::of(*month, figures.into_iter()).expect("within range");
                    let naive = |of: fn(&Line) -> i64| {
                        let in_it = model.iter().filter(|line| (span.0..span.1).contains(&line.at_ms));
                        Money::tenge(in_it.map(of).sum())
                    };
                    assert_eq!(sum.spent, naive(|line| line.spent));
                    let came_back = naive(|line| match line.state {
                        TravelState::AlreadyPaid => 0,
                        _ if matches!(line.kind, TravelKind::Ride | TravelKind::Correction) => line.came_back,
                        _ => 0,
                    });
                    assert_eq!(sum.came_back, came_back);
                    let parts = |of: fn(&crate::travel::MonthPart) -> i64| sum.parts.iter().map(of).sum::<i64>();
                    assert_eq!(parts(|part| part.spent.tiyn), sum.spent.tiyn);
                    assert_eq!(parts(|part| part.came_back.tiyn), sum.came_back.tiyn);
                    assert_eq!(parts(|part| part.rides.into()), i64::from(sum.rides));
                    sum
                });
                let sums: Vec<MonthSum> = sums.collect();
                let all = |of: fn(&MonthSum) -> Money| sums.iter().map(|sum| of(sum).tiyn).sum::<i64>();
                // What was paid elsewhere is not in this wallet's ledger.
                let elsewhere: i64 = model
                    .iter()
                    .filter(|line| {
                        !line.is_own && matches!(line.kind, TravelKind::Ride | TravelKind::Correction)
                    })
                    .map(|line| line.spent - line.came_back)
                    .sum();
                let fares = ledger::balance(records, "fares").expect("a balance").tiyn;
                assert_eq!(all(|sum| sum.spent) - all(|sum| sum.came_back) - elsewhere * 100, fares);
                let used: i64 = model
                    .iter()
                    .filter(|line| line.id.contains("-use-"))
                    .map(|line| line.spent * 100)
                    .sum();
                let reserved = ledger::balance(records, "vouchers").expect("a balance").tiyn;
                assert_eq!(all(|sum| sum.reserved) - all(|sum| sum.reserved_back) - used, reserved);
                let cards = ledger::balance(records, "cards").expect("a balance").tiyn;
                assert_eq!(all(|sum| sum.topped_up), cards);
                assert!(ledger::is_balanced(records).expect("the ledger"));
                // And the months that have anything are those, newest first.
                let mut until_ms = i64::MAX;
                for month in months.iter().rev() {
                    let at_ms = newest_before(records, until_ms).expect("a time").expect("something");
                    assert_eq!(month_at(at_ms, &zone), Some(*month));
                    until_ms = month.span_ms(&zone).expect("a month").0;
                }
                assert_eq!(newest_before(records, until_ms).expect("a time"), None);
            });
        }
    }

    #[test]
    fn rides_are_found_by_line_bus_stop_and_terminus_however_they_are_typed() {
        in_a_wallet(|records| {
            pay::put_ride(records, &ride("r1", "k1", SEPTEMBER_MS, 100)).expect("kept");
            let other = Ride {
                line: "3".into(),
                painted: "901".into(),
                plate: String::new(),
                ..ride("r2", "k2", 9, 100)
            };
            let other = Ride { boarding_stop: None, terminus: "Алматы".into(), ..other };
            pay::put_ride(records, &other).expect("kept");
            let found = |text: &str| {
                let query = TravelQuery { text: text.into(), ..TravelQuery::default() };
                page(records, &query, 9).into_iter().map(|line| line.id).collect::<Vec<_>>()
            };
            for text in ["12a", "547", "satbayev", "СӘТБАЕВ", "сатбаев 12а"] {
                assert_eq!(found(text), ["r1"], "{text}");
            }
            for text in ["3", "901", "almaty"] {
                assert_eq!(found(text), ["r2"], "{text}");
            }
            assert_eq!(found("астана"), Vec::<String>::new());
            assert_eq!(found(""), ["r1", "r2"]);
            // Whatever is typed is looked for, and nothing else is done with it.
            assert_eq!(found("' OR 1=1 --"), Vec::<String>::new());
        });
    }

    #[test]
    fn one_source_s_rides_are_told_from_another_s() {
        in_a_wallet(|records| {
            let card = Source::SmartCard { card: "c1".into() };
            let rode = Ride { source: card.clone(), ..ride("r1", "k1", 5, 100) };
            pay::put_ride(records, &rode).expect("kept");
            pay::put_ride(records, &ride("r2", "k2", 6, 100)).expect("kept");
            let of = |source: Source| {
                let query = TravelQuery { sources: vec![source], ..TravelQuery::default() };
                page(records, &query, 9).into_iter().map(|line| line.id).collect::<Vec<_>>()
            };
            assert_eq!(of(card), ["r1"]);
            assert_eq!(of(Source::PhoneBalance), ["r2"]);
            assert_eq!(of(Source::SmartCard { card: "c2".into() }), Vec::<String>::new());
        });
    }

    #[test]
    fn a_move_is_money_of_both_cards_and_found_by_either_s_digits() {
        in_a_wallet(|records| {
            let wish = moved("m1", Money::tenge(300), 5);
            wallet::add_move(records, &wish, b"{}", [[1; 24], [2; 24]]).expect("kept");
            pay::put_ride(records, &ride("r1", "k1", 6, 100)).expect("kept");
            let found =
                |query: TravelQuery| page(records, &query, 9).into_iter().map(|line| line.id).collect();
            let of = |card: &str| -> Vec<String> {
                let sources = vec![Source::SmartCard { card: card.into() }];
                found(TravelQuery { sources, ..TravelQuery::default() })
            };
            let typed = |text: &str| -> Vec<String> {
                found(TravelQuery { text: text.into(), ..TravelQuery::default() })
            };
            assert_eq!((of("c1"), of("c2"), of("c3")), (vec!["m1".into()], vec!["m1".into()], vec![]));
            assert_eq!(
                (typed("1234"), typed("5678"), typed("9999")),
                (vec!["m1".into()], vec!["m1".into()], vec![])
            );
            let entry = entry(records, "m1").expect("entries").expect("an entry");
            let cards = (entry.card.as_deref(), entry.to_card.as_deref());
            assert_eq!(cards, (Some("•••• 1234"), Some("•••• 5678")));
            assert_eq!((entry.sum, entry.spent, entry.receipt), (Money::tenge(300), Money::ZERO, None));
        });
    }

    #[test]
    fn a_damaged_row_hides_no_other_and_a_sign_is_kept() {
        in_a_wallet(|records| {
            let (sign, url) = ("12".to_owned(), "https://tax.example/".to_owned());
            let fiscal = FiscalSign { sign, url, register: "7".into() };
            let rode = Ride { fiscal: Some(fiscal.clone()), ..ride("r1", "k1", 5, 100) };
            pay::put_ride(records, &rode).expect("kept");
            // The operator's list may leave it out later; it stays.
            pay::put_ride(records, &ride("r1", "k1", 5, 100)).expect("kept");
            for (nth, damage) in ["way = 77", "passengers = 'torn'", "source = '{'"].into_iter().enumerate() {
                pay::put_ride(records, &ride(&format!("x{nth}"), &format!("y{nth}"), 6, 100)).expect("kept");
                let sql = format!("UPDATE ride SET {damage} WHERE ride = 'x{nth}'");
                records.run(&sql, []).expect("damaged");
            }
            let shown = entries(records, &TravelQuery::default(), ALL, 9).expect("entries");
            assert_eq!(shown.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["r1"]);
            assert_eq!(shown[0].fiscal, Some(fiscal));
            assert_eq!(figures(records, ALL).expect("figures").len(), 2, "a torn source sums up");
        });
    }

    /// However many there are, a page is read in order, and nothing is sorted for it but what is of one time.
    #[test]
    fn a_page_sorts_no_ride() {
        in_a_wallet(|records| {
            let narrowed = Narrowed::of(&TravelQuery::default(), ALL);
            let sql = format!("EXPLAIN QUERY PLAN {}", narrowed.select(""));
            let mut statement = records.sql().prepare(&sql).expect("a statement");
            let plan = statement.query_map(params_from_iter(&narrowed.values), |row| row.get::<_, String>(3));
            let plan: Vec<String> = plan.expect("a plan").map(|step| step.expect("a step")).collect();
            let by_time = |index: &str| plan.iter().any(|step| step.contains(index));
            for index in [
                "payment_by_time",
                "ride_by_time",
                "use_by_time",
                "ride_change_by_time",
                "voucher_by_time",
                "top_up_by_time",
                "purchase_by_time",
                "card_move_by_time",
            ] {
                assert!(by_time(index), "{index}: {plan:#?}");
            }
            // What was given back has no index by time: a wallet has a handful.
            let sorts = plan.iter().filter(|step| step.as_str() == "USE TEMP B-TREE FOR ORDER BY").count();
            assert_eq!(sorts, 1, "{plan:#?}");
        });
    }
}
