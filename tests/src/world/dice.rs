//! Chance that a seed names.

/// A stream of numbers out of a seed: SplitMix64 (Steele, Lea, Flood: *Fast Splittable Pseudorandom
/// Number Generators*, 2014). For worlds, never for keys.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The stream of this seed for this purpose: what one purpose draws moves no other.
    pub fn new(seed: u64, purpose: &str) -> Dice {
        // FNV-1a
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let start = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
        let mut dice = Dice { state: start ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) };
        dice.next();
        dice
    }

    /// The next 64 bits.
    #[expect(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from `low` up to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True so often out of 1.
    pub fn chance(&mut self, often: f64) -> bool {
        self.share() < often
    }

    /// One of some, of which there is at least one.
    pub fn pick<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }

    /// A number around 0 with a standard deviation of 1 (Box and Muller).
    pub fn gauss(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_purpose_name_one_stream() {
        let draw = |seed, purpose| {
            let mut dice = Dice::new(seed, purpose);
            [dice.next(), dice.next()]
        };
        assert_eq!(draw(7, "houses"), draw(7, "houses"));
        assert_ne!(draw(7, "houses"), draw(8, "houses"));
        assert_ne!(draw(7, "houses"), draw(7, "lines"));
        assert_ne!(draw(0, "a"), draw(0, "b"));
    }

    #[test]
    fn the_dice_are_fair() {
        let mut dice = Dice::new(1, "fair");
        let numbers: Vec<f64> = (0..20_000).map(|_| dice.gauss()).collect();
        let mean = numbers.iter().sum::<f64>() / 20_000.0;
        let variance = numbers.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
        let mut faces = [0_u32; 6];
        (0..6_000).for_each(|_| faces[dice.below(6)] += 1);
        assert!(faces.iter().all(|face| (850..1_150).contains(face)), "{faces:?}");
    }
}
