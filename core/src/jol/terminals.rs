//! The keys of the buses' terminals on an inspector's phone: fetched while there is a network, kept sealed,
//! and asked for when a voucher is shown.

use super::answers::Answer;
use super::inspection::TERMINALS_MS;
use super::{Jol, JolError, Shared};
use crate::entropy::random;
use crate::operator::wire::{TerminalDayKey, TerminalKeys};
use crate::store::Records;
use crate::ticket::{ShownVoucher, TerminalKey};

pub(super) const NAME: &str = "terminals";
/// So long after its day a key is kept: rides of the evening are inspected after midnight.
const KEPT_S: i64 = 86_400;
/// No list is longer.
const MOST_KEYS: usize = 1_000;

impl Shared {
    /// The new keys, and those that are still of use.
    pub(super) fn take_terminal_keys(
        &self,
        records: &Records<'_>,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        if answer.status == 403 {
            return Ok(self.no_longer_staff(records, answer)?);
        }
        let Some(new) = answer.read::<TerminalKeys>() else { return Ok(()) };
        let now_s = self.best_time_ms(records)?.div_euclid(1_000);
        let old = records.setting::<TerminalKeys>(NAME)?.map(|known| known.keys).unwrap_or_default();
        let again = |one: &TerminalDayKey| {
            new.keys.iter().any(|new| new.city == one.city && new.from_s == one.from_s)
        };
        let mut keys: Vec<_> = old.into_iter().filter(|one| !again(one)).chain(new.keys.clone()).collect();
        keys.retain(|one| one.until_s.saturating_add(KEPT_S) > now_s);
        keys.truncate(MOST_KEYS);
        records.set(TERMINALS_MS, &self.best_time_ms(records)?)?;
        Ok(records.set_sealed(NAME, &TerminalKeys { keys }, random(&*self.entropy))?)
    }
}

impl Jol {
    /// The key of the terminals of the city and the day in which this voucher's ride began; none if the
    /// text is no voucher or the key is not known.
    pub(crate) fn terminal_key_for(&self, text: &str) -> Result<Option<TerminalKey>, JolError> {
        let Ok(shown) = ShownVoucher::from_text(text) else { return Ok(None) };
        let Ok(voucher) = shown.voucher().read_unverified() else { return Ok(None) };
        let boarded_s = shown.used().boarded_s;
        self.shared.look(|records, _| {
            let known = records.setting::<TerminalKeys>(NAME)?.map(|known| known.keys).unwrap_or_default();
            let fits = |one: &TerminalDayKey| {
                one.city == voucher.city && (one.from_s..one.until_s).contains(&boarded_s)
            };
            let found = known.into_iter().find(fits).and_then(|one| <[u8; 32]>::try_from(one.key.0.0).ok());
            Ok(found.map(TerminalKey::new))
        })
    }
}
