//! What an inspector's phone keeps and uploads; the checks themselves are `inspector`'s.

use super::answers::{Answer, is_newest};
use super::{Jol, JolError, Shared, View, terminals, till};
use crate::account::{SessionSecret, rows as account};
use crate::entropy::random;
use crate::operator::documents;
use crate::operator::outbox::{Call, Operation};
use crate::operator::wire::{InspectionEntry, InspectionReport, OperatorInfo, RegisterAnswer, StatusAnswer};
use crate::store::{Records, StoreError};
use crate::text::Words;
use crate::ticket::token::{LONGEST_VEHICLE, cut};
use crate::ticket::{Register, StatusList, TrustedKeys};

/// The number of the newest status list that was ever believed.
const STATUS_NUMBER: &str = "status.number";
/// When the secrets came that have no date of their own, ms since 1970.
pub(super) const TERMINALS_MS: &str = "terminals.came";
pub(super) const TILLS_MS: &str = "till.keys.came";
/// What was seen and is not uploaded yet.
const SEEN: &str = "inspections";
/// The most checks in one upload: with a shown intent each, they stay below what an operator takes.
const MOST_CHECKS: usize = 400;

/// Whether who is signed in may check tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staff {
    /// Nobody is signed in: tickets are checked, nothing is uploaded, and no register comes.
    SignedOut,
    /// A passenger: the same.
    Passenger,
    /// One of the operator's inspectors.
    Inspector,
}

/// What is kept for checking.
pub(crate) struct Kept {
    pub(crate) keys: Option<TrustedKeys>,
    pub(crate) status: Option<StatusList>,
    pub(crate) register: Option<Register>,
    /// When the terminals' keys came, ms since 1970.
    pub(crate) terminals_ms: Option<i64>,
    /// When the tills' keys came.
    pub(crate) tills_ms: Option<i64>,
}

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

    /// A register is kept unless the operator did not sign it for this vehicle, or a newer one is kept.
    pub(super) fn take_register(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        if answer.status == 403 {
            return Ok(self.no_longer_staff(records, answer)?);
        }
        let vehicle = vehicle_of(records)?.filter(|vehicle| register_path(vehicle) == call.path);
        // Another vehicle is checked by now.
        let Some(vehicle) = vehicle else { return Ok(()) };
        if let Some((keys, said)) = view.keys.as_ref().zip(answer.read::<RegisterAnswer>()) {
            let kept_ms = kept_register(records, keys, &vehicle)?.map_or(0, |kept| kept.as_of_ms);
            if let Err(error) = Register::accept(&said.register.0, keys, name_of(&vehicle), kept_ms) {
                eprintln!("jol: {}: a register is refused: {error}", call.path);
                return Ok(());
            }
        }
        // Without keys it is believed later, or not.
        self.document::<RegisterAnswer>(records, call, answer)
    }

    /// What was not taken for want of a session is kept for the next upload.
    pub(super) fn take_upload(
        &self,
        records: &Records<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        if !matches!(answer.status, 401 | 403) {
            return Ok(());
        }
        let Ok(mut report) = serde_json::from_slice::<InspectionReport>(&call.body) else { return Ok(()) };
        report.checks.extend(records.setting::<Vec<InspectionEntry>>(SEEN)?.unwrap_or_default());
        records.set(SEEN, &report.checks)?;
        if answer.status == 403 {
            self.no_longer_staff(records, answer)?;
        }
        Ok(())
    }

    /// The operator says that this session is no inspector's any more.
    pub(super) fn no_longer_staff(
        &self,
        records: &Records<'_>,
        answer: &Answer<'_>,
    ) -> Result<(), StoreError> {
        account::set_refusal(records, Some(&answer.refusal()))?;
        forget_what_staff_knows(records)?;
        match account::session(records)? {
            Some(session) => {
                let session = SessionSecret { staff: false, ..session };
                account::set_session(records, &session, random(&*self.entropy))
            }
            None => Ok(()),
        }
    }

    fn ask_register(&self, records: &Records<'_>) -> Result<(), StoreError> {
        let is_staff = account::session(records)?.is_some_and(|session| session.staff);
        match vehicle_of(records)?.filter(|_| is_staff) {
            Some(vehicle) => self.ask(records, Operation::Register, &register_path(&vehicle), None),
            None => Ok(()),
        }
    }
}

/// Whoever is no staff keeps no registers, and no secrets of terminals and tills.
pub(super) fn forget_what_staff_knows(records: &Records<'_>) -> Result<(), StoreError> {
    records.run("DELETE FROM document WHERE path LIKE '/v1/vehicles/%/register'", [])?;
    [terminals::NAME, TERMINALS_MS, till::TILL_KEYS, TILLS_MS].iter().try_for_each(|name| records.unset(name))
}

impl Jol {
    /// The operator's time, by an anchor of this start of the phone; none without one.
    pub fn operator_time_ms(&self) -> Result<Option<i64>, JolError> {
        self.shared.look(|records, _| Ok(self.shared.ticket_time_ms(records)?))
    }

    pub(crate) fn ask_for_checking(&self) -> Result<(), JolError> {
        self.act(|records, _| {
            self.shared.ask(records, Operation::Operator, "/v1/operator", None)?;
            self.shared.ask(records, Operation::Keys, "/v1/keys", None)?;
            self.shared.ask(records, Operation::Status, "/v1/status", None)?;
            self.shared.ask_register(records)?;
            if account::session(records)?.is_some_and(|session| session.staff) {
                self.shared.ask(records, Operation::TerminalKeys, "/v1/terminal-keys", None)?;
                self.shared.ask(records, Operation::TillKeys, "/v1/till-keys", None)?;
            }
            Ok(self.shared.ask_time(records)?)
        })
    }

    /// The inspector checks this vehicle now. What another one's register told is forgotten: a phone that is
    /// lost tells of one bus.
    pub(crate) fn check_vehicle(&self, vehicle: &str) -> Result<(), JolError> {
        let path = register_path(vehicle);
        self.act(|records, _| {
            let of_others = "path LIKE '/v1/vehicles/%/register' AND path <> ?1";
            for table in ["document", "outbox"] {
                let sql = format!("DELETE FROM {table} WHERE {of_others}");
                records.run(&sql, [&path]).map_err(StoreError::from)?;
            }
            records.set(VEHICLE, &vehicle)?;
            Ok(self.shared.ask_register(records)?)
        })
    }

    /// What is kept for checking, with the register of this vehicle.
    pub(crate) fn for_checking(&self, vehicle: Option<&str>) -> Result<Kept, JolError> {
        self.shared.look(|records, view| {
            let (terminals_ms, tills_ms) = (records.setting(TERMINALS_MS)?, records.setting(TILLS_MS)?);
            let Some(keys) = view.keys.clone() else {
                return Ok(Kept { keys: None, status: None, register: None, terminals_ms, tills_ms });
            };
            let list = documents::get::<StatusAnswer>(records, "/v1/status")?;
            let last_seen = records.setting::<u32>(STATUS_NUMBER)?.unwrap_or(0);
            let status = list.and_then(|list| StatusList::accept(&list.status_list.0, &keys, last_seen).ok());
            let register = match vehicle {
                Some(vehicle) => kept_register(records, &keys, vehicle)?,
                None => None,
            };
            Ok(Kept { keys: Some(keys), status, register, terminals_ms, tills_ms })
        })
    }

    pub(crate) fn staff(&self) -> Result<Staff, JolError> {
        self.shared.look(|records, _| {
            Ok(account::session(records)?.map_or(Staff::SignedOut, |session| match session.staff {
                true => Staff::Inspector,
                false => Staff::Passenger,
            }))
        })
    }

    /// What the operator says is to be done where a minor has no valid ticket.
    pub(crate) fn rule_for_minors(&self) -> Result<Option<Words>, JolError> {
        Ok(self.operator()?.and_then(|operator: OperatorInfo| operator.minors))
    }

    pub(crate) fn add_inspection(&self, entry: &InspectionEntry) -> Result<(), JolError> {
        self.shared.change(|records, _| {
            let mut kept: Vec<InspectionEntry> = records.setting(SEEN)?.unwrap_or_default();
            kept.push(entry.clone());
            Ok(records.set(SEEN, &kept)?)
        })
    }

    pub(crate) fn upload_inspections(&self) -> Result<(), JolError> {
        match self.staff()? {
            Staff::SignedOut => return Err(JolError::NotSignedIn),
            Staff::Passenger => return Err(JolError::NotStaff),
            Staff::Inspector => {}
        }
        self.act(|records, _| {
            let checks: Vec<InspectionEntry> = records.setting(SEEN)?.unwrap_or_default();
            for checks in checks.chunks(MOST_CHECKS) {
                let report = InspectionReport { checks: checks.to_vec() };
                let body = serde_json::to_vec(&report).map_err(StoreError::from)?;
                let key = self.shared.new_key();
                self.shared.post(records, Operation::Inspections, &key, "/v1/inspections", &body, None)?;
            }
            Ok(records.unset(SEEN)?)
        })
    }
}

/// The vehicle that is checked, as it was typed.
const VEHICLE: &str = "inspection.vehicle";

fn vehicle_of(records: &Records<'_>) -> Result<Option<String>, StoreError> {
    records.setting(VEHICLE)
}

/// A vehicle's number as tickets and registers name it.
pub(crate) fn name_of(vehicle: &str) -> &str {
    cut(vehicle, LONGEST_VEHICLE)
}

/// Where the operator publishes a vehicle's register; what is no letter or digit is written `%XX`.
fn register_path(vehicle: &str) -> String {
    let mut path = "/v1/vehicles/".to_owned();
    for byte in vehicle.bytes() {
        match byte {
            b'-' | b'_' => path.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => path.push(char::from(byte)),
            byte => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path + "/register"
}

/// The register of this vehicle, if it is kept and believed.
fn kept_register(
    records: &Records<'_>,
    keys: &TrustedKeys,
    vehicle: &str,
) -> Result<Option<Register>, StoreError> {
    let said = documents::get::<RegisterAnswer>(records, &register_path(vehicle))?;
    Ok(said.and_then(|said| Register::accept(&said.register.0, keys, name_of(vehicle), 0).ok()))
}
