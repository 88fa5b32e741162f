//! A clock, chance and a key store that a test holds in its hand, codes that strangers print, and a look at
//! how bytes cross. Not in a released library.

use crate::inspector::Inspector;
use crate::jol::Jol;
use crate::till::Till;
use jol_core::clock::SimulatedClock as Clock;
use jol_core::entropy::SeededEntropy;
use jol_core::inspector::Inspector as CoreInspector;
use jol_core::jol::{Jol as Core, JolError, Opening};
use jol_core::qr::{Correction, QrCode};
use jol_core::ticket::SoftwareKey as Key;
use jol_core::till::Till as CoreTill;
use std::sync::Arc;

/// A clock that moves only when it is told to.
#[derive(uniffi::Object)]
pub struct SimulatedClock(Clock);

#[uniffi::export]
impl SimulatedClock {
    #[uniffi::constructor]
    pub fn at(wall_ms: i64) -> Arc<SimulatedClock> {
        Arc::new(SimulatedClock(Clock::at(wall_ms)))
    }

    pub fn now_ms(&self) -> i64 {
        jol_core::clock::Clock::wall_ms(&self.0)
    }

    pub fn advance_ms(&self, ms: i64) {
        self.0.advance_ms(ms);
    }

    pub fn set_wall_ms(&self, wall_ms: i64) {
        self.0.set_wall_ms(wall_ms);
    }

    pub fn open_jol(&self, opening: Opening, seed: u64) -> Result<Arc<Jol>, JolError> {
        let (clock, entropy) = (Arc::new(self.0.clone()), Arc::new(SeededEntropy::new(seed)));
        Ok(Arc::new(Jol(Arc::new(Core::open_simulated(opening, clock, entropy)?))))
    }

    pub fn open_inspector(&self, opening: Opening, seed: u64) -> Result<Arc<Inspector>, JolError> {
        let (clock, entropy) = (Arc::new(self.0.clone()), Arc::new(SeededEntropy::new(seed)));
        Ok(Arc::new(Inspector(CoreInspector::open_simulated(opening, clock, entropy)?)))
    }

    pub fn open_till(&self, opening: Opening, seed: u64) -> Result<Arc<Till>, JolError> {
        let (clock, entropy) = (Arc::new(self.0.clone()), Arc::new(SeededEntropy::new(seed)));
        Ok(Arc::new(Till(CoreTill::open_simulated(opening, clock, entropy)?)))
    }
}

/// A phone's key in memory, in place of the key store.
#[derive(uniffi::Object)]
pub struct SoftwareKey(Key);

#[uniffi::export]
impl SoftwareKey {
    #[uniffi::constructor]
    pub fn from_seed(seed: u8) -> Arc<SoftwareKey> {
        Arc::new(SoftwareKey(Key::from_seed([seed; 32])))
    }

    pub fn public_key(&self) -> Vec<u8> {
        self.0.public_key().to_vec()
    }

    pub fn sign(&self, message: Vec<u8>) -> Vec<u8> {
        self.0.sign(&message)
    }
}

/// A code with any text, as somebody prints it; none if it is too long.
#[uniffi::export]
pub fn printed(text: &str) -> Option<QrCode> {
    QrCode::of(text, Correction::M).ok()
}

/// Bytes as Rust sees them.
#[derive(uniffi::Record)]
pub struct SeenBytes {
    pub address: u64,
    pub length: u64,
}

/// Where Rust sees bytes that are borrowed as a camera's frame is: if it is where the caller has them, nobody
/// copied them on the way.
#[uniffi::export]
pub fn seen_bytes(luma: &[u8]) -> SeenBytes {
    SeenBytes { address: luma.as_ptr() as u64, length: luma.len() as u64 }
}
