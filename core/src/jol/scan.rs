//! What a scanned or typed text is, checked by what this phone knows, in words. It looks and does nothing.

mod words;

use self::words::Knowledge;
use super::{Jol, JolError};
use crate::qr::{Frame, Meaning};
use crate::ticket::{SignedSticker, StickerCode, TicketError, TrustedKeys};

/// A code, and what it is. Its text is a stranger's: paying, opening and keeping are calls of their own,
/// after a tap.
#[derive(Clone, Debug, PartialEq)]
pub struct ScannedCode {
    /// Its text.
    pub text: String,
    /// What it says it is.
    pub meaning: Meaning,
    /// Whether it is.
    pub check: CodeCheck,
    /// One sentence for the passenger: what it is, and whose. Of the code's text it quotes little, and
    /// nothing that could pass for words of ours.
    pub says: String,
    /// Somebody may mean to cheat: the sentence is a warning.
    pub warn: bool,
    /// Where it is in the upright frame: its own top left, top right, bottom right and bottom left, for it
    /// can hang upside down. Empty for a text that was in no frame.
    pub corners: Vec<Corner>,
}

/// A point of a camera's frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

/// Whether a code is what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeCheck {
    /// Nobody signs such a code, so nobody can vouch for it.
    Unsigned,
    /// The operator signed it. Whether a ticket holds in this moment is an inspector's to say.
    Genuine,
    /// The operator did not sign it.
    NotGenuine,
    /// This phone cannot tell: it has no keys yet or too old ones, or only others can check it.
    CannotTell,
}

impl Jol {
    /// The codes in a camera frame: rows of `width` bytes of brightness, each `row_stride` bytes after
    /// the one before, to be turned clockwise by `rotation_degrees` to stand upright.
    ///
    /// May take 40 ms; several frames in turn read what one does not. Nothing is changed, opened or asked
    /// for, and a frame without a code waits for nobody.
    pub fn scan(
        &self,
        luma: &[u8],
        width: u32,
        height: u32,
        row_stride: u32,
        rotation_degrees: u16,
    ) -> Result<Vec<ScannedCode>, JolError> {
        let frame = Frame::new(luma, width, height, row_stride, rotation_degrees)
            .map_err(|error| JolError::BadInput { field: error.to_string() })?;
        let found = {
            let mut reader = self.reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            reader.read(&frame, &*self.shared.clock)
        };
        let with_corners = |found: crate::qr::Found| {
            let corners = found.corners.into_iter().map(|(x, y)| Corner { x, y }).collect();
            Ok(ScannedCode { corners, ..self.what_is(&found.text)? })
        };
        found.into_iter().map(with_corners).collect()
    }

    /// The same of a text that came in another way: typed, or a link that the phone's own camera opened.
    pub fn what_is(&self, text: &str) -> Result<ScannedCode, JolError> {
        let meaning = Meaning::of(text);
        let told =
            self.shared.look(|records, view| Knowledge::of(&self.shared, records, view)?.tell(&meaning))?;
        let (check, says, warn) = (told.check, told.says, told.warn);
        Ok(ScannedCode { text: text.to_owned(), meaning, check, says, warn, corners: Vec::new() })
    }
}

/// What a sticker says, if these keys vouch for it.
pub(super) fn signed_sticker(text: &str, keys: &TrustedKeys) -> Result<StickerCode, TicketError> {
    SignedSticker::from_text(text)?.verify(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SimulatedClock};
    use crate::entropy::SeededEntropy;
    use crate::jol::{Opening, OperatorEntry, Shared};
    use crate::qr::{Correction, QrCode};
    use crate::text::Language;
    use std::sync::{Arc, Mutex, OnceLock, Weak};

    /// A clock that notes, whenever it is asked, whether the wallet is locked.
    struct Witness {
        clock: SimulatedClock,
        wallet: OnceLock<Weak<Shared>>,
        locked: Mutex<Vec<bool>>,
    }

    impl Witness {
        fn note(&self) {
            if let Some(wallet) = self.wallet.get().and_then(Weak::upgrade) {
                self.locked.lock().expect("notes").push(wallet.state.try_lock().is_err());
            }
        }
    }

    impl Clock for Witness {
        fn wall_ms(&self) -> i64 {
            self.note();
            self.clock.wall_ms()
        }

        fn boot_ms(&self) -> i64 {
            self.note();
            self.clock.boot_ms()
        }
    }

    /// Whether the wallet was locked, in the order in which somebody asked for the time during a scan.
    fn locked_while_scanning(codes: usize, frame: &Frame<'_>) -> Vec<bool> {
        let folder = tempfile::tempdir().expect("a folder");
        let opening = Opening {
            folder: folder.path().display().to_string(),
            operator: OperatorEntry {
                code: "ATR".to_owned(),
                address: "http://127.0.0.1:9".to_owned(),
                root_key: vec![1; 32],
                tls_root: None,
            },
            data_key: vec![7; 32],
            boot_id: "boot-1".to_owned(),
            device_name: "a phone".to_owned(),
            language: Language::En,
            app_version: "0.1.0".to_owned(),
        };
        let clock = SimulatedClock::at(1_789_549_200_000);
        let witness = Arc::new(Witness { clock, wallet: OnceLock::new(), locked: Mutex::default() });
        let jol = Jol::open_with(opening, witness.clone(), Arc::new(SeededEntropy::new(1)), true)
            .expect("a wallet");
        // Without the link's thread nobody else locks it.
        jol.close();
        witness.wallet.set(Arc::downgrade(&jol.shared)).expect("once");
        let (luma, width, height) = (frame.packed(), frame.width(), frame.height());
        let found = jol.scan(&luma, width, height, width, 0).expect("a frame");
        assert_eq!(found.len(), codes);
        std::mem::take(&mut *witness.locked.lock().expect("notes"))
    }

    #[test]
    fn a_frame_without_a_code_is_read_outside_the_lock() {
        let blank = Frame::new(vec![200; 200 * 200], 200, 200, 200, 0).expect("a frame");
        let locked = locked_while_scanning(0, &blank);
        assert!(!locked.is_empty() && !locked.contains(&true), "{locked:?}");
    }

    #[test]
    fn the_wallet_is_looked_at_when_the_pixels_are_read() {
        let code = QrCode::of("https://example.com/", Correction::M).expect("a code");
        let locked = locked_while_scanning(1, &code.to_luma(4).expect("a frame"));
        assert!(locked.first() == Some(&false) && locked.contains(&true), "{locked:?}");
        assert!(locked.is_sorted(), "first the pixels, then the wallet: {locked:?}");
    }
}
