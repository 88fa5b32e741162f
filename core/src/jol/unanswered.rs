//! Wishes about money whose call is gone or that are gone from beside their call: after a damaged file was
//! rebuilt, and after a back-up was restored. Each is asked for again under its own key.

use super::Shared;
use super::pay::state_path;
use crate::operator::documents;
use crate::operator::outbox::{self, Operation};
use crate::operator::wire::{PaymentRequest, Vehicles};
use crate::pay::{Payment, PaymentState, rows};
use crate::store::{Records, StoreError};
use crate::wallet::rows as wallet;

/// Wishes that have no answer and no call: their key, the bytes that were sent, the operation, and its path.
const WISHES: &str = "
    SELECT key, request, CASE WHEN vehicle IS NULL THEN 'refund' ELSE 'correction' END,
           '/v1/rides/' || ride || CASE WHEN vehicle IS NULL THEN '/refund' ELSE '/correction' END
        FROM ride_change WHERE is_open AND key NOT IN (SELECT key FROM outbox)
    UNION ALL SELECT key, request, 'purchase', '/v1/purchases'
        FROM purchase WHERE state = 'asked' AND key NOT IN (SELECT key FROM outbox)
    UNION ALL SELECT key, request, 'move_card', '/v1/cards/' || card || '/move'
        FROM card_move WHERE state = 'asked' AND key NOT IN (SELECT key FROM outbox)
    UNION ALL SELECT key, request, 'reserve_voucher', '/v1/vouchers'
        FROM voucher WHERE state = 'pending' AND key NOT IN (SELECT key FROM outbox)
    UNION ALL SELECT key, request, 'voucher_use', '/v1/vouchers/' || voucher || '/uses'
        FROM voucher_use WHERE state = 'open' AND key NOT IN (SELECT key FROM outbox)
    UNION ALL SELECT unused_key, unused, 'voucher_unused', '/v1/vouchers/' || voucher || '/unused'
        FROM voucher WHERE state = 'giving_back' AND unused IS NOT NULL
        AND unused_key NOT IN (SELECT key FROM outbox)";

impl Shared {
    /// Asks for all that has no answer and is not being asked for.
    pub(super) fn ask_unanswered(&self, records: &Records<'_>) -> Result<(), StoreError> {
        self.keep_sent_payments(records)?;
        for payment in rows::pending(records)? {
            // Whether it was charged is asked first: another phone may have sent it long ago.
            if !outbox::waits(records, &payment.key)? {
                self.ask(records, Operation::PaymentState, &state_path(&payment.key), None)?;
            }
        }
        for (key, request) in wallet::unasked_top_ups(records)? {
            self.post(records, Operation::TopUp, &key, "/v1/top-ups", &request, None)?;
        }
        let wishes: Vec<(String, Vec<u8>, String, String)> = {
            let mut statement = records.sql().prepare(WISHES)?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for (key, request, operation, path) in wishes {
            if let Some(operation) = Operation::from_name(&operation) {
                self.post(records, operation, &key, &path, &request, None)?;
            }
        }
        Ok(())
    }

    /// Payments whose call was read out of a damaged file, and whose own row was not.
    fn keep_sent_payments(&self, records: &Records<'_>) -> Result<(), StoreError> {
        let sql = "SELECT key, body FROM outbox WHERE operation = 'payment'
                       AND key NOT IN (SELECT key FROM payment)";
        let calls: Vec<(String, Vec<u8>)> = {
            let mut statement = records.sql().prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for (key, body) in calls {
            let Ok(request) = serde_json::from_slice::<PaymentRequest>(&body) else { continue };
            let path = format!("/v1/cities/{}/vehicles", request.city);
            let bus = documents::get::<Vehicles>(records, &path)?
                .and_then(|known| known.vehicles.into_iter().find(|bus| bus.vehicle == request.vehicle));
            let payment = Payment {
                key,
                painted: bus.map_or_else(|| request.vehicle.clone(), |bus| bus.painted),
                vehicle: request.vehicle,
                line: request.line,
                way: request.way,
                source: request.source,
                passengers: request.passengers,
                fare: request.fare,
                tapped_ms: request.tapped_ms,
                state: PaymentState::Pending,
            };
            // The boot clock's part is lost: its age is the wall clock's from here on.
            rows::add_payment(records, &request.city, &payment, &body, (i64::MAX, ""))?;
        }
        Ok(())
    }
}
