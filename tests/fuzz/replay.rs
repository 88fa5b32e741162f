//! Every reader of bytes from outside, with its seeds, with what was found before, and with a fixed series
//! of mutations of them: the fast half of the fuzzing, the same in each run. The slow half is
//! `tests/run long`.

mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use targets::{ALL, Target, budget};

#[global_allocator]
static MEMORY: budget::Counted = budget::Counted;

/// Chance that is the same each time (SplitMix64, Steele et al. 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Lengths, offsets and numbers that are where mistakes are.
const ODD: [u32; 10] = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];
const DIGITS: [&str; 8] =
    ["0", "-1", "99999999999999999999", "9223372036854775807", "1e309", "NaN", "00:00:00", "\""];

/// An input with one to four things changed.
fn mutate(seed: &[u8], other: &[u8], chance: &mut Chance, longest: usize) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len());
        let some = chance.below(16).min(bytes.len() - at.min(bytes.len()));
        match chance.below(9) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << chance.below(8)),
            1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = chance.next() as u8),
            2 => drop(bytes.drain(at..at + some)),
            3 => bytes.truncate(at),
            4 => {
                let again = bytes[at..at + some].to_vec();
                bytes.splice(at..at, again);
            }
            5 => {
                let odd = ODD[chance.below(ODD.len())].to_le_bytes();
                bytes.iter_mut().skip(at).zip(odd).for_each(|(byte, odd)| *byte = odd);
            }
            6 => {
                let from = chance.below(other.len());
                let piece = &other[from..(from + chance.below(64)).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            7 => {
                // A number in a text becomes another.
                let start = (at..bytes.len()).find(|nth| bytes[*nth].is_ascii_digit()).unwrap_or(at);
                let end = (start..bytes.len()).find(|nth| !bytes[*nth].is_ascii_digit()).unwrap_or(start);
                bytes.splice(start..end, DIGITS[chance.below(DIGITS.len())].bytes());
            }
            _ => bytes.insert(at, chance.next() as u8),
        }
    }
    bytes.truncate(longest);
    bytes
}

fn replay(name: &str) {
    let target: &Target = ALL.iter().find(|target| target.name == name).expect("a target of that name");
    let seeds = (target.seeds)();
    for (nth, seed) in seeds.iter().enumerate() {
        try_one(target, seed, &format!("seed {nth}"));
    }
    let mut chance = Chance(name.bytes().fold(1, |sum, byte| sum * 31 + u64::from(byte)));
    for case in 0..target.cases {
        let (seed, other) = (&seeds[chance.below(seeds.len())], &seeds[chance.below(seeds.len())]);
        try_one(target, &mutate(seed, other, &mut chance, target.longest), &format!("mutation {case}"));
    }
}

fn try_one(target: &Target, input: &[u8], which: &str) {
    if catch_unwind(AssertUnwindSafe(|| budget::run(target, input))).is_err() {
        panic!("{} stumbles over {which}: {}", target.name, input.escape_ascii());
    }
}

macro_rules! replayed {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                replay(stringify!($name));
            }
        )*

        #[test]
        fn every_target_is_replayed() {
            assert_eq!(ALL.map(|target| target.name), [$(stringify!($name)),*]);
        }
    };
}

replayed! {
    pack gtfs csv osm places ticket signed lists paper sold text reply frame drawn nfc feed fixes json export answers
    sqlite
}
