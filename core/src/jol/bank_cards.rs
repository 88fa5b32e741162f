//! Linking a bank card on the bank's own page, so that no card number ever reaches us.

use super::answers::Answer;
use super::{Jol, JolError, Shared};
use crate::account::rows as account;
use crate::entropy::random;
use crate::operator::Refusal;
use crate::operator::is_plain_id;
use crate::operator::outbox::{Call, Operation, PATIENCE_MS};
use crate::operator::wire::BankLinkAnswer;
use crate::store::{Records, StoreError};
use crate::wallet::{BankLink, BankLinkStanding, rows};

impl Jol {
    /// Asks for the bank's page, on which the passenger links a bank card; [`Jol::bank_link`] tells how that
    /// stands. Asking again while the answer is awaited changes nothing; later it begins anew.
    pub fn link_bank_card(&self) -> Result<(), JolError> {
        let asked_ms = self.shared.clock.wall_ms();
        self.act(|records, _| {
            account::session(records)?.ok_or(JolError::NotSignedIn)?;
            let awaited = rows::bank_link(records)?.filter(|link| link.standing == BankLinkStanding::Asked);
            let link = awaited.unwrap_or_else(|| BankLink {
                key: self.shared.new_key(),
                link: None,
                standing: BankLinkStanding::Asked,
                asked_ms,
            });
            self.shared.keep_bank_link(records, &link)?;
            let (key, path) = (&link.key, "/v1/bank-cards");
            Ok(self.shared.post(records, Operation::LinkBankCard, key, path, b"", Some(PATIENCE_MS))?)
        })
    }

    /// The linking of a bank card that was asked for last, if one was. Once it is linked, the card is among
    /// [`Jol::sources`].
    pub fn bank_link(&self) -> Result<Option<BankLink>, JolError> {
        self.shared.look(|records, _| Ok(rows::bank_link(records)?))
    }

    /// The passenger came back from the bank's page, or waits: asks whether the card is linked. A start of
    /// the app and [`Jol::refresh`] ask too.
    pub fn refresh_bank_link(&self) -> Result<(), JolError> {
        self.act(|records, _| Ok(self.shared.ask_bank_link(records)?))
    }
}

impl Shared {
    /// Asks how a linking stands that is still open at the bank.
    pub(super) fn ask_bank_link(&self, records: &Records<'_>) -> Result<(), StoreError> {
        match rows::bank_link(records)? {
            Some(BankLink { link: Some(id), standing: BankLinkStanding::AtBank { .. }, .. }) => {
                let path = format!("/v1/bank-cards/{id}");
                self.ask(records, Operation::BankLinkState, &path, Some(PATIENCE_MS))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn take_bank_link(
        &self,
        records: &Records<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let said = answer.read::<BankLinkAnswer>().filter(|said| is_plain_id(&said.link));
        let Some((standing, id)) = said.and_then(|said| Some((BankLinkStanding::told(&said)?, said.link)))
        else {
            // A question that failed changes nothing, unless the operator knows of no such linking.
            return match call.operation {
                Operation::BankLinkState if answer.status != 404 => Ok(()),
                _ => self.refuse_bank_link(records, call, &answer.refusal()),
            };
        };
        let Some(mut link) = self.bank_link_of(records, call)? else { return Ok(()) };
        if let BankLinkStanding::Linked { .. } = standing {
            self.ask(records, Operation::Sources, "/v1/sources", None)?;
        }
        (link.link, link.standing) = (Some(id), standing);
        Ok(self.keep_bank_link(records, &link)?)
    }

    /// No page came, or the operator does not know of the linking any more.
    pub(super) fn refuse_bank_link(
        &self,
        records: &Records<'_>,
        call: &Call,
        refusal: &Refusal,
    ) -> Result<(), JolError> {
        let Some(mut link) = self.bank_link_of(records, call)? else { return Ok(()) };
        link.standing = BankLinkStanding::NotTaken { refusal: refusal.clone() };
        Ok(self.keep_bank_link(records, &link)?)
    }

    /// At a start: the request of a screen that is gone was dropped, and no page will come.
    pub(super) fn end_asked_bank_link(&self, records: &Records<'_>) -> Result<(), StoreError> {
        match rows::bank_link(records)? {
            Some(link) if link.standing == BankLinkStanding::Asked => rows::forget_bank_link(records),
            _ => Ok(()),
        }
    }

    /// The linking that a call is about, unless it was begun anew or is over.
    fn bank_link_of(&self, records: &Records<'_>, call: &Call) -> Result<Option<BankLink>, StoreError> {
        Ok(rows::bank_link(records)?.filter(|link| match (&link.standing, call.operation) {
            (BankLinkStanding::Asked, Operation::LinkBankCard) => link.key == call.key,
            (BankLinkStanding::AtBank { .. }, Operation::BankLinkState) => {
                link.link.as_deref() == call.path.rsplit('/').next()
            }
            _ => false,
        }))
    }

    fn keep_bank_link(&self, records: &Records<'_>, link: &BankLink) -> Result<(), StoreError> {
        rows::set_bank_link(records, link, random(&*self.entropy))
    }
}
