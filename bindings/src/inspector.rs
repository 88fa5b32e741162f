use crate::jol::Jol;
use jol_core::inspector::{Inspector as Core, ListView, VerdictView};
use jol_core::jol::{JolError, Opening, Staff};
use jol_core::qr::QrCode;
use jol_core::ticket::NumberKind;
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

    pub fn staff(&self) -> Result<Staff, JolError> {
        self.0.staff()
    }

    pub fn refresh(&self) -> Result<(), JolError> {
        self.0.refresh()
    }

    pub fn begin_check(&self, bus: &str) -> Result<(), JolError> {
        self.0.begin_check(bus)
    }

    pub fn lists(&self) -> Result<Vec<ListView>, JolError> {
        self.0.lists()
    }

    pub fn set_minor(&self, minor: bool) {
        self.0.set_minor(minor);
    }

    pub fn rule_for_minors(&self) -> Result<Option<String>, JolError> {
        self.0.rule_for_minors()
    }

    pub fn check_number(&self, kind: NumberKind, typed: &str) -> Result<VerdictView, JolError> {
        self.0.check_number(kind, typed)
    }

    pub fn check_card_tap(&self, read: &str) -> Result<VerdictView, JolError> {
        self.0.check_card_tap(read)
    }

    pub fn challenge(&self) -> Result<QrCode, JolError> {
        self.0.challenge()
    }

    pub fn inspect_text(&self, text: &str) -> Result<VerdictView, JolError> {
        self.0.inspect_text(text)
    }

    pub fn inspect_tag(&self, message: Vec<u8>) -> Result<VerdictView, JolError> {
        self.0.inspect_tag(&message)
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
