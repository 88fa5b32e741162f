//! The phones of the account: a new one is told of on the others, which confirm it or remove it.

use super::answers::{Answer, unreadable};
use super::city::{chosen, time_text};
use super::{Jol, JolError, Shared, View};
use crate::account::{DeviceState, Phone, rows as account};
use crate::operator::documents;
use crate::operator::is_plain_id;
use crate::operator::outbox::{Call, Operation, PATIENCE_MS};
use crate::operator::wire::{DeviceChange, DeviceWish, Devices, HeldDevice};
use crate::store::{Records, StoreError};

/// Where the operator lists them.
pub(super) const DEVICES: &str = "/v1/devices";

impl Jol {
    /// The account's phones, as the operator told them last. A new one on a number that holds balances waits for
    /// a day, or until one of the others confirms it.
    pub fn phones(&self) -> Result<Vec<Phone>, JolError> {
        self.shared.look(|records, view| {
            let devices = documents::get::<Devices>(records, DEVICES)?.map(|known| known.devices);
            let (city, now_ms) = (chosen(records).unwrap_or_default(), self.shared.best_time_ms(records)?);
            let phone = |held: &HeldDevice| -> Result<Phone, JolError> {
                let in_words = |until_ms| time_text(records, &city, until_ms, now_ms, view.language);
                let until = held.device.waits_until_ms.map(in_words).transpose()?.unwrap_or_default();
                Ok(Phone::of(held, &until, now_ms, view.language))
            };
            devices.unwrap_or_default().iter().map(phone).collect()
        })
    }

    /// Another phone of the account is the passenger's: it waits no longer. Or it is lost or a stranger's: its
    /// session ends. Refused by the operator if this one waits itself (`Account::refusal`).
    pub fn change_phone(&self, phone: &str, to: DeviceWish) -> Result<(), JolError> {
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            let known = documents::get::<Devices>(records, DEVICES)?.map(|known| known.devices);
            let other = known.unwrap_or_default().into_iter().find(|held| held.device.device == phone);
            if other.is_none_or(|held| held.own) || !is_plain_id(phone) {
                return Err(JolError::not_found("phone"));
            }
            account::set_refusal(records, None)?;
            let body = serde_json::to_vec(&DeviceChange { to }).map_err(StoreError::from)?;
            let (key, path) = (self.shared.new_key(), format!("{DEVICES}/{phone}/state"));
            Ok(self.shared.post(records, Operation::ChangeDevice, &key, &path, &body, Some(PATIENCE_MS))?)
        })
    }
}

impl Shared {
    /// The list of phones, asked for or changed. What it says of this one counts: another may have confirmed it.
    pub(super) fn take_devices(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(devices) = answer.read::<Devices>() else {
            return match call.operation {
                Operation::ChangeDevice => self.gave_up(records, view, call, &answer.refusal()),
                _ if answer.is_success() => Err(unreadable(call)),
                _ => Ok(()),
            };
        };
        let body = serde_json::to_vec(&devices).map_err(StoreError::from)?;
        documents::put::<Devices>(records, DEVICES, None, &body, self.clock.wall_ms())?;
        let own = devices.devices.into_iter().find(|held| held.own).map(|held| held.device);
        if let (Some(own), DeviceState::Enrolled { device, .. }) = (own, account::device(records)?)
            && own.device == device
        {
            let (attested, waits_until_ms) = (own.attested, own.waits_until_ms);
            account::set_device(records, &DeviceState::Enrolled { device, attested, waits_until_ms })?;
        }
        Ok(())
    }
}
