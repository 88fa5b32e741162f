use super::{Jol, JolError};
use crate::qr::{Frame, Meaning};

/// A code in a camera frame, and what it says it is. Untrusted: nothing is done without a tap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedCode {
    /// Its text.
    pub text: String,
    /// What it is.
    pub meaning: Meaning,
}

impl Jol {
    /// The codes in a camera frame: rows of `width` bytes of brightness, each `row_stride` bytes after
    /// the one before, to be turned clockwise by `rotation_degrees` to stand upright.
    ///
    /// May take 40 ms; several frames in turn read what one does not.
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
        let mut reader = self.reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = reader.read(&frame, &*self.shared.clock);
        Ok(found
            .into_iter()
            .map(|found| ScannedCode { meaning: Meaning::of(&found.text), text: found.text })
            .collect())
    }
}
