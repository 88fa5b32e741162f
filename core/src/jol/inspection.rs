//! What an inspector's phone keeps and uploads; the checks themselves are `inspector`'s.

use super::{Jol, JolError};
use crate::operator::documents;
use crate::operator::outbox::Operation;
use crate::operator::wire::{InspectionEntry, InspectionReport, StatusAnswer};
use crate::store::StoreError;
use crate::ticket::{StatusList, TrustedKeys};

impl Jol {
    /// The operator's time, by an anchor of this start of the phone; none without one.
    pub fn operator_time_ms(&self) -> Result<Option<i64>, JolError> {
        self.shared.look(|records, _| Ok(self.shared.ticket_time_ms(records)?))
    }

    pub(crate) fn ask_for_checking(&self) -> Result<(), JolError> {
        self.act(|records, _| {
            self.shared.ask(records, Operation::Keys, "/v1/keys", None)?;
            self.shared.ask(records, Operation::Status, "/v1/status", None)?;
            Ok(self.shared.ask_time(records)?)
        })
    }

    pub(crate) fn for_checking(&self) -> Result<(Option<TrustedKeys>, Option<StatusList>), JolError> {
        self.shared.look(|records, view| {
            let keys = view.keys.clone();
            let list = documents::get::<StatusAnswer>(records, "/v1/status")?;
            let list = keys
                .as_ref()
                .zip(list)
                .and_then(|(keys, list)| StatusList::accept(&list.status_list.0, keys, 0).ok());
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
