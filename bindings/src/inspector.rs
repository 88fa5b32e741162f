use crate::jol::Jol;
use jol_core::inspector::{Inspector as Core, VerdictView};
use jol_core::jol::{JolError, Opening};
use jol_core::qr::QrCode;
use std::sync::Arc;

/// The inspector's side.
#[derive(uniffi::Object)]
pub struct Inspector(pub(crate) Core);

#[uniffi::export]
impl Inspector {
    #[uniffi::constructor]
    pub fn open(opening: Opening) -> Result<Arc<Inspector>, JolError> {
        Ok(Arc::new(Inspector(Core::open(opening)?)))
    }

    pub fn phone(&self) -> Arc<Jol> {
        Arc::new(Jol(self.0.jol()))
    }

    pub fn refresh(&self) -> Result<(), JolError> {
        self.0.refresh()
    }

    pub fn begin_check(&self, bus: &str) -> Result<(), JolError> {
        self.0.begin_check(bus)
    }

    pub fn challenge(&self) -> Result<QrCode, JolError> {
        self.0.challenge()
    }

    pub fn inspect_text(&self, text: &str) -> Result<VerdictView, JolError> {
        self.0.inspect_text(text)
    }

    pub fn check_paper(&self, number: &str) -> Result<VerdictView, JolError> {
        self.0.check_paper(number)
    }

    pub fn inspect_frame(
        &self,
        luma: &[u8],
        width: u32,
        height: u32,
        row_stride: u32,
        rotation_degrees: u16,
    ) -> Result<Option<VerdictView>, JolError> {
        self.0.inspect_pixels(luma, width, height, row_stride, rotation_degrees)
    }

    pub fn upload(&self) -> Result<(), JolError> {
        self.0.upload()
    }
}
