use super::city::{chosen, clocks_of, rules_of, time_text};
use super::{Jol, JolError, Shared, View};
use crate::money::Money;
use crate::operator::wire::FiscalSign;
use crate::pay::rows::{self as pay, RequestAndReceipt};
use crate::pay::{change_rows, offline};
use crate::store::{Records, StoreError};
use crate::text::say;
use crate::ticket::receipt::{Receipt, request_hash};
use crate::travel::verify::{Verified, verify};
use crate::travel::{
    Export, ExportEntry, ExportFormat, LARGEST_PAGE, Month, MonthSum, SignedAnswer, Telling, TravelCursor,
    TravelEntry, TravelExport, TravelPage, TravelQuery, month_at, outcome_word, rows,
};
use crate::wallet::purchase;
use crate::wallet::rows::{self as wallet, RequestHash};
use jiff::tz::TimeZone;

/// Nobody's months go further back.
const MOST_MONTHS: usize = 1_200;

/// The operator's signed answer to a payment, as it is shown and exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptDetails {
    /// What it is called: a receipt, and a fiscal one only with the seller's fiscal sign.
    pub title: String,
    /// The payment's idempotency key.
    pub key: String,
    /// The hash of the request that it answers: SHA-256 of the bytes as they were sent.
    pub request_hash: Vec<u8>,
    /// `paid`, `already_paid`, `refunded`, `topped_up`, `moved`, or the code of the decline.
    pub outcome: String,
    /// The sum.
    pub amount: Money,
    /// When, by the operator's clock, ms since 1970.
    pub operator_time_ms: i64,
    /// What a support line finds it by.
    pub reference: String,
    /// The seller's fiscal sign, if it gave one.
    pub fiscal: Option<FiscalSign>,
    /// The signed bytes, which anyone with the operator's key list verifies.
    pub signed: Vec<u8>,
}

impl Jol {
    /// Rides, payments, reservations and top-ups that a query asks for, newest first, a page at a time:
    /// declined and refunded ones too. May take 100 ms where a text is searched that hardly any of 10 000
    /// rides has.
    pub fn travel_details(&self, query: &TravelQuery) -> Result<TravelPage, JolError> {
        let page = query.limit.clamp(1, LARGEST_PAGE) as usize;
        self.shared.look(|records, view| {
            let span_ms = span_of(records, query)?;
            let mut entries = rows::entries(records, query, span_ms, page + 1)?;
            let more = entries.len() > page;
            entries.truncate(page);
            let last = entries.last().filter(|_| more);
            let next = last.map(|last| TravelCursor { at_ms: last.at_ms, id: last.id.clone() });
            self.shared.tell(records, view, &mut entries)?;
            Ok(TravelPage { entries, next })
        })
    }

    /// One line of Travel Details, by its id.
    pub fn travel_entry(&self, id: &str) -> Result<TravelEntry, JolError> {
        self.shared.look(|records, view| {
            let mut found = rows::entry(records, id)?.into_iter().collect::<Vec<_>>();
            self.shared.tell(records, view, &mut found)?;
            found.pop().ok_or_else(|| JolError::not_found("entry"))
        })
    }

    /// The months that have anything, newest first, in the city's time.
    pub fn travel_months(&self) -> Result<Vec<Month>, JolError> {
        self.shared.look(|records, _| {
            let zone = zone(records)?;
            let (mut months, mut until_ms) = (Vec::new(), i64::MAX);
            while let Some(at_ms) =
                rows::newest_before(records, until_ms)?.filter(|_| months.len() < MOST_MONTHS)
            {
                let month = month_at(at_ms, &zone);
                let Some((month, (from_ms, _))) =
                    month.and_then(|month| Some((month, month.span_ms(&zone)?)))
                else {
                    // Outside the calendar: what is older may be in it.
                    until_ms = at_ms;
                    continue;
                };
                months.push(month);
                until_ms = from_ms;
            }
            Ok(months)
        })
    }

    /// What the month of a moment came to, in the city's time.
    pub fn month_sum(&self, at_ms: i64) -> Result<MonthSum, JolError> {
        self.shared.look(|records, _| {
            let zone = zone(records)?;
            let outside = || JolError::internal("a time outside the calendar");
            let month = month_at(at_ms, &zone).ok_or_else(outside)?;
            let span_ms = month.span_ms(&zone).ok_or_else(outside)?;
            let figures = rows::figures(records, span_ms)?;
            let sum = MonthSum::of(month, figures.into_iter());
            sum.ok_or_else(|| JolError::internal("a sum outside its range"))
        })
    }

    /// Everything that a query asks for as a file, whatever its `after` and `limit`: with the operator's
    /// signed answers, which anybody verifies ([`crate::travel::verify`]). May take seconds; it reads page by
    /// page, so that nobody who pays meanwhile waits for it.
    pub fn export(&self, query: &TravelQuery, format: ExportFormat) -> Result<TravelExport, JolError> {
        let mut query = TravelQuery { after: None, limit: LARGEST_PAGE, ..query.clone() };
        let mut exported = Vec::new();
        loop {
            let TravelPage { entries, next } = self.travel_details(&query)?;
            self.shared.look(|records, _| {
                let zone = zone(records)?;
                for entry in entries {
                    let answer = match &entry.receipt {
                        Some(key) => signed_answer(records, key)?,
                        None => None,
                    };
                    let answer = answer.and_then(|(hash, bytes)| SignedAnswer::of(&entry.id, hash, &bytes));
                    exported.push(ExportEntry::of(entry, answer, &zone));
                }
                Ok(())
            })?;
            match next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        let operator = &self.shared.opening.operator.code;
        let export = Export::of(operator, self.language(), self.shared.clock.wall_ms(), exported);
        export.to_file(format).ok_or_else(|| JolError::internal("an export that cannot be written"))
    }

    /// Whether an exported file, of anybody's, says what this wallet's operator signed. May take a
    /// millisecond a receipt.
    pub fn verify_export(&self, file: &[u8]) -> Result<Verified, JolError> {
        let keys =
            self.shared.look(|_, view| view.keys.clone().ok_or_else(|| JolError::not_found("keys")))?;
        Ok(verify(file, &keys))
    }

    /// The operator's signed answer to a payment, a top-up, a reservation, a voucher's use or giving back,
    /// verified anew: anyone with its key list can.
    pub fn receipt(&self, key: &str) -> Result<ReceiptDetails, JolError> {
        self.shared.look(|records, view| {
            let entry = rows::entry(records, key)?.ok_or_else(|| JolError::not_found("payment"))?;
            let (hash, signed) =
                signed_answer(records, key)?.ok_or_else(|| JolError::not_found("receipt"))?;
            let keys = view.keys.as_ref().ok_or_else(|| JolError::not_found("keys"))?;
            let said = match hash {
                Some(hash) => Receipt::verify(&signed, keys, key, &hash),
                // A top-up that an older version asked for.
                None => Receipt::open(&signed, keys),
            };
            let said = said.ok().filter(|said| said.idempotency_key == key).ok_or(JolError::BadSignature)?;
            let title = if entry.fiscal.is_some() { "receipt-fiscal" } else { "receipt-plain" };
            Ok(ReceiptDetails {
                title: say(view.language, title, &[]),
                outcome: outcome_word(&said.outcome).to_owned(),
                key: said.idempotency_key,
                request_hash: said.request_hash.to_vec(),
                amount: said.amount,
                operator_time_ms: said.operator_time_ms,
                reference: said.reference,
                fiscal: entry.fiscal,
                signed,
            })
        })
    }
}

impl Shared {
    /// Gives entries their words.
    fn tell(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        entries: &mut [TravelEntry],
    ) -> Result<(), JolError> {
        let now_ms = self.best_time_ms(records)?;
        // A moment is told of few entries, and a clock that cannot be read hides none.
        let time = |city: &str, ms| time_text(records, city, ms, now_ms, view.language).unwrap_or_default();
        let rules = match chosen(records) {
            Ok(city) => rules_of(records, &city)?,
            Err(_) => None,
        };
        let provider = |id: &str| {
            let known = rules.iter().flat_map(|rules| &rules.providers).find(|known| known.id == id);
            known.map_or(id.to_owned(), |known| known.name.in_language(view.language).to_owned())
        };
        let pass = |id: &str| {
            let known = rules.iter().flat_map(|rules| &rules.fares.passes).find(|known| known.id == id);
            known.map_or(id.to_owned(), |known| known.name.in_language(view.language).to_owned())
        };
        let telling = Telling { language: view.language, time: &time, provider: &provider, pass: &pass };
        entries.iter_mut().for_each(|entry| telling.tell(entry));
        Ok(())
    }
}

/// The clocks of the chosen city.
fn zone(records: &Records<'_>) -> Result<TimeZone, JolError> {
    Ok(clocks_of(records, &chosen(records).unwrap_or_default())?)
}

/// From when on, and before when, a query asks; a month that is none asks for nothing.
fn span_of(records: &Records<'_>, query: &TravelQuery) -> Result<(i64, i64), JolError> {
    let (mut from_ms, mut until_ms) = (query.from_ms.unwrap_or(i64::MIN), query.until_ms.unwrap_or(i64::MAX));
    if let Some(month) = query.month {
        let span = month.span_ms(&zone(records)?).ok_or_else(|| JolError::bad("month"))?;
        (from_ms, until_ms) = (from_ms.max(span.0), until_ms.min(span.1));
    }
    Ok((from_ms, until_ms))
}

/// The hash of what was sent under a key, where it is known, and the signed answer to it.
fn signed_answer(records: &Records<'_>, key: &str) -> Result<Option<(RequestHash, Vec<u8>)>, JolError> {
    type Find = fn(&Records<'_>, &str) -> Result<Option<RequestAndReceipt>, StoreError>;
    let finds: [Find; 5] = [
        pay::request_and_receipt,
        offline::rows::request_and_receipt,
        change_rows::request_and_receipt,
        purchase::rows::request_and_receipt,
        wallet::move_request_and_receipt,
    ];
    for find in finds {
        if let Some((request, receipt)) = find(records, key)? {
            return Ok(receipt.map(|receipt| (Some(request_hash(&request)), receipt)));
        }
    }
    Ok(wallet::top_up_receipt(records, key)?)
}
