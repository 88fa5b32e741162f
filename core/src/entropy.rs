//! Chance, which comes in from outside: keys, nonces, jitter.

/// Where random bytes come from: the phone, or a test's seed.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the whole slice with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` bytes that nobody can guess.
pub fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// The phone's own source of chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // The one place that may ask the system; without chance no key is safe to make.
        #[expect(clippy::disallowed_methods)]
        getrandom::fill(bytes).expect("the system has a source of random bytes");
    }
}

#[cfg(any(test, feature = "simulated"))]
mod seeded {
    use super::Entropy;
    use sha2::{Digest, Sha256};
    use std::sync::Mutex;

    /// The same bytes for the same seed, so that a story can be told again.
    #[derive(Debug)]
    pub struct SeededEntropy {
        state: Mutex<[u8; 32]>,
    }

    impl SeededEntropy {
        /// A stream of bytes that this seed names.
        pub fn new(seed: u64) -> SeededEntropy {
            SeededEntropy { state: Mutex::new(Sha256::digest(seed.to_le_bytes()).into()) }
        }
    }

    impl Entropy for SeededEntropy {
        fn fill(&self, bytes: &mut [u8]) {
            let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for chunk in bytes.chunks_mut(16) {
                *state = Sha256::digest(*state).into();
                chunk.copy_from_slice(&state[..chunk.len()]);
            }
        }
    }
}
#[cfg(any(test, feature = "simulated"))]
pub use seeded::SeededEntropy;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_tells_the_same_story_twice() {
        let (a, b, c) = (SeededEntropy::new(7), SeededEntropy::new(7), SeededEntropy::new(8));
        let first: [u8; 40] = random(&a);
        assert_eq!(first, random::<40>(&b));
        assert_ne!(first, random::<40>(&c));
        assert_ne!(first, random::<40>(&a), "a stream does not repeat itself");
    }

    #[test]
    fn the_phone_s_chance_differs_each_time() {
        assert_ne!(random::<16>(&SystemEntropy), random::<16>(&SystemEntropy));
    }
}
