//! Backing the wallet up into a file, and putting such a file into another one.

use super::{Jol, JolError};
use crate::account::rows as account;
use crate::pay::rows;
use crate::store::{BackUp, BackUpError, RecoveryCode};

/// What a back-up that was restored brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When it was made, ms since 1970.
    pub made_ms: i64,
    /// How many rides it holds.
    pub rides: u32,
}

impl Jol {
    /// A new recovery code, as the passenger writes it down: 30 digits in groups of five. It is kept nowhere.
    pub fn new_recovery_code(&self) -> String {
        RecoveryCode::new(&*self.shared.entropy).to_string()
    }

    /// A back-up of history, cards and settings, sealed under a recovery code. It holds no key, no session, no
    /// voucher, and nothing that is still to be sent.
    ///
    /// Takes some 20 ms for a thousand rides. The shell writes it where the passenger wants it.
    pub fn back_up(&self, recovery_code: &str) -> Result<Vec<u8>, JolError> {
        let code = RecoveryCode::read(recovery_code)?;
        let made_ms = self.shared.clock.wall_ms();
        let operator = &self.shared.opening.operator.code;
        self.shared.look(|records, _| {
            let owner = account::owner(records)?;
            Ok(BackUp::seal(records, &code, (operator, owner), made_ms, &*self.shared.entropy)?)
        })
    }

    /// Puts a back-up into this wallet; what is there already stays as it is. Payments whose answer it does not
    /// know are asked for, and charged once at most: their keys are the same.
    ///
    /// Refused: another operator's (`back_up_operator`), another account's (`back_up_account`), a mistyped code
    /// (`recovery_code`), a file that does not open with it (`back_up`), a later version's (`Storage`, `newer`).
    pub fn restore(&self, back_up: &[u8], recovery_code: &str) -> Result<Restored, JolError> {
        let code = RecoveryCode::read(recovery_code)?;
        let back_up = BackUp::open(back_up, &code)?;
        if back_up.operator != self.shared.opening.operator.code {
            return Err(JolError::bad("back_up_operator"));
        }
        self.act(|records, view| {
            let own = account::owner(records)?;
            if own.is_some() && own != back_up.account {
                return Err(JolError::bad("back_up_account"));
            }
            back_up.restore(records, &code, &*self.shared.entropy)?;
            // Of a voucher's ride the back-up has the ride alone.
            for ride in rows::rides(records, i64::MIN, i64::MAX)? {
                self.shared.book_ride(records, &ride)?;
            }
            self.shared.ask_unanswered(records)?;
            if account::session(records)?.is_some() {
                self.shared.ask_holdings(records)?;
            }
            *view.city = super::city::kept_city(records, &self.shared.folder())?;
            Ok(Restored { made_ms: back_up.made_ms, rides: back_up.rides() as u32 })
        })
    }
}

impl From<BackUpError> for JolError {
    fn from(error: BackUpError) -> JolError {
        match error {
            BackUpError::Code => JolError::bad("recovery_code"),
            BackUpError::Unreadable => JolError::bad("back_up"),
            BackUpError::Newer => JolError::Storage { what: "newer".to_owned() },
        }
    }
}
