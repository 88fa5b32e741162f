//! What an inspector's phone keeps and uploads; the checks themselves are `inspector`'s.

use super::answers::{Answer, is_newest};
use super::{Jol, JolError, Shared, View};
use crate::operator::documents;
use crate::operator::outbox::{Call, Operation};
use crate::operator::wire::{InspectionEntry, InspectionReport, StatusAnswer};
use crate::store::{Records, StoreError};
use crate::ticket::{StatusList, TrustedKeys};

/// The number of the newest status list that was ever believed.
const STATUS_NUMBER: &str = "status.number";

impl Shared {
    /// A list is kept unless the operator did not sign it, or a newer one was believed before: what was
    /// revoked stays so.
    pub(super) fn take_status(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        if let Some((keys, list)) = view.keys.as_ref().zip(answer.read::<StatusAnswer>()) {
            let accept = |last_seen| Ok(StatusList::accept(&list.status_list.0, keys, last_seen)?.number);
            if !is_newest(records, STATUS_NUMBER, accept)? {
                return Ok(());
            }
        }
        // Without keys it is believed later, or not.
        self.document::<StatusAnswer>(records, call, answer)
    }
}

impl Jol {
    /// The operator's time, by an anchor of this start of the phone; none without one.
    pub fn operator_time_ms(&self) -> Result<Option<i64>, JolError> {
        self.shared.look(|records, _| Ok(self.shared.ticket_time_ms(records)?))
    }

    pub(crate) fn ask_for_checking(&self) -> Result<(), JolError> {
        self.act(|records, _| {
            self.shared.ask(records, Operation::Keys, "/v1/keys", None)?;
            self.shared.ask(records, Operation::Status, "/v1/status", None)?;
            if crate::account::rows::session(records)?.is_some() {
                self.shared.ask(records, Operation::TillKeys, "/v1/till-keys", None)?;
            }
            Ok(self.shared.ask_time(records)?)
        })
    }

    pub(crate) fn for_checking(&self) -> Result<(Option<TrustedKeys>, Option<StatusList>), JolError> {
        self.shared.look(|records, view| {
            let keys = view.keys.clone();
            let list = documents::get::<StatusAnswer>(records, "/v1/status")?;
            let last_seen = records.setting::<u32>(STATUS_NUMBER)?.unwrap_or(0);
            let list = keys
                .as_ref()
                .zip(list)
                .and_then(|(keys, list)| StatusList::accept(&list.status_list.0, keys, last_seen).ok());
            Ok((keys, list))
        })
    }

    pub(crate) fn add_inspection(&self, entry: &InspectionEntry) -> Result<(), JolError> {
        self.shared.change(|records, _| {
            let mut kept: Vec<InspectionEntry> = records.setting("inspections")?.unwrap_or_default();
            kept.push(entry.clone());
            Ok(records.set("inspections", &kept)?)
        })
    }

    pub(crate) fn upload_inspections(&self) -> Result<(), JolError> {
        self.act(|records, _| {
            let checks: Vec<InspectionEntry> = records.setting("inspections")?.unwrap_or_default();
            if checks.is_empty() {
                return Ok(());
            }
            let body = serde_json::to_vec(&InspectionReport { checks }).map_err(StoreError::from)?;
            records.unset("inspections")?;
            let key = self.shared.new_key();
            Ok(self.shared.post(records, Operation::Inspections, &key, "/v1/inspections", &body, None)?)
        })
    }
}
