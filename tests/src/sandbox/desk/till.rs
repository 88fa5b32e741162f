//! Conductors' shifts, what they sold, and what inspectors need for numbers on paper.

use super::{Answer, Asked, Desk, Refusal, day, not_found, zone};
use crate::sandbox::rules::rides;
use crate::sandbox::rules::till::{self, INDEXES, NUMBERS_LAST_MS, ShiftView, TillView};
use crate::sandbox::till_rows::{CashRow, TillRow};
use jol_core::entropy::random;
use jol_core::operator::wire::{
    Base64, SalesAnswer, SalesRequest, Secret, TillKey, TillKeys, TillShift, TillShiftRequest,
};
use jol_core::ticket::TicketError;
use jol_core::ticket::till::{CashSale, Settlement, SignedLicence, TillId};

pub(super) fn open_shift(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: TillShiftRequest = asked.call.json()?;
    let (books, session, now_ms) = (asked.books, asked.session()?, asked.now_ms);
    let phones = books.devices(&session.account.account)?;
    let phone = phones.iter().find(|phone| Some(&phone.device.device) == session.device.as_ref());
    let city = desk.bus(&request.vehicle).map(|(city, _)| &city.rules);
    let city = city.filter(|city| city.city == request.city);
    let licence = till::open(&ShiftView {
        is_staff: desk.is_staff(&session.account.recipient),
        phone: phone.map(|phone| phone.public_key.as_slice()),
        city: city.map(|city| (city.city.as_str(), city.ride_end.rule())),
        till: books.next_till()?,
        key: desk.keys.ticket_key(),
        now_ms,
    })?;
    let (till, secret) = (licence.till, random::<32>(&*desk.entropy).to_vec());
    let row = TillRow {
        till,
        account: session.account.account.clone(),
        city: request.city,
        licence: desk.keys.licence(&licence).map_err(unsigned)?,
        secret: secret.clone(),
        from_ms: licence.from_s * 1_000,
        until_ms: licence.until_s * 1_000,
    };
    books.put_till(&row, &request.vehicle)?;
    Ok(Answer::json(&TillShift {
        licence: Base64(row.licence),
        index: index_of(row.till),
        secret: Secret(Base64(secret)),
    }))
}

/// Fewer shifts than that are open at once.
fn index_of(till: TillId) -> u16 {
    u16::try_from(till.0 % INDEXES).unwrap_or_default()
}

/// Whoever is signed in brings sales: it is the till's phone that signed them.
pub(super) fn sales(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: SalesRequest = asked.call.json()?;
    let books = asked.books;
    let licence = SignedLicence::from_bytes(&request.licence.0).map_err(|_| not_found())?;
    let said = licence.read_unverified().map_err(|_| not_found())?;
    // Believed by the operator's own books, not by what is sent.
    let row = books.till(said.till)?.filter(|row| row.licence == request.licence.0).ok_or_else(not_found)?;
    let known = books.cash_sales(row.till)?;
    let new = till::take(&TillView { licence: &licence, sales: &known }, &request.sales)?;
    for sale in &new {
        let sent = request.sales.iter().find(|sent| sale.to_bytes().as_ref() == Ok(&sent.sale.0));
        let sent = sent.ok_or_else(|| Refusal::Broken("a sale that was not sent".to_owned()))?;
        let bus = desk.painted_bus(&said.city, &sale.vehicle);
        let at_ms = sale.sold_s * 1_000;
        let rules = bus.map(|(city, _)| (&city.rules, day(at_ms, &zone(city))));
        let noted = till::note(&row.account, &said, sale, &row.city, rules);
        let run = match bus {
            Some((city, vehicle)) => desk.run(books, city, &vehicle.vehicle, at_ms)?,
            None => None,
        };
        let ends_ms = bus
            .zip(run.as_ref())
            .map_or(at_ms, |((city, _), run)| rides::ends_ms(&city.rules.ride_end, run.ends_ms, at_ms));
        if let Some(entry) = &noted.entry {
            books.enter(entry, &said.till.ticket(sale.serial).to_string(), at_ms)?;
        }
        books.put_cash_sale(
            row.till,
            &CashRow {
                sale,
                bytes: &sent.sale.0,
                signature: &sent.signature.0,
                expected: noted.expected,
                in_shift: noted.in_shift,
                run: run.as_ref().map(|run| run.run.as_str()),
                ends_ms: ends_ms.min(sale.ends_s(&said) * 1_000),
            },
        )?;
    }
    let sales = books.cash_sales(row.till)?;
    let last = sales.last_key_value().and_then(|(_, bytes)| CashSale::from_bytes(bytes).ok()?.last());
    let (through, cash) = (last.unwrap_or(0), books.cash_of(row.till)?);
    let settlement = Settlement { till: row.till, through, cash, at_ms: asked.now_ms };
    Ok(Answer::json(&SalesAnswer {
        settlement: Base64(desk.keys.settlement(&settlement).map_err(unsigned)?),
    }))
}

pub(super) fn keys(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    till::only_staff(desk.is_staff(&asked.session()?.account.recipient))?;
    let tills = asked.books.tills_since(asked.now_ms - NUMBERS_LAST_MS, asked.now_ms)?;
    let key = |row: TillRow| TillKey {
        till: row.till.0,
        index: index_of(row.till),
        secret: Secret(Base64(row.secret)),
        from_ms: row.from_ms,
        until_ms: row.until_ms,
    };
    Ok(Answer::json(&TillKeys { tills: tills.into_iter().map(key).collect() }))
}

fn unsigned(error: TicketError) -> Refusal {
    Refusal::Broken(error.to_string())
}
