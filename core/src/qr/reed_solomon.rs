//! Reed–Solomon codes over GF(256) as QR codes have them (ISO/IEC 18004, 7.5.2: 𝛼 = 2, polynomial
//! 𝑥⁸+𝑥⁴+𝑥³+𝑥²+1, first root 𝛼⁰), with places that are known to be doubtful.
//!
//! rxing's decoder corrects half as many errors as there are check codewords. Whoever also knows *where* a
//! code is unreadable corrects twice as many there: errors and erasures (Blahut, *Theory and Practice of Error
//! Control Codes*, 1983, 9.2; Forney 1965 for the values).

/// Logarithms and powers of 𝛼.
struct Field {
    power: [u8; 510],
    log: [u8; 256],
}

static FIELD: Field = field();

const fn field() -> Field {
    let (mut power, mut log) = ([0; 510], [0; 256]);
    let (mut value, mut i) = (1_u16, 0);
    while i < 255 {
        power[i] = value as u8;
        power[i + 255] = value as u8;
        log[value as usize] = i as u8;
        value <<= 1;
        if value > 255 {
            value ^= 0x11d;
        }
        i += 1;
    }
    Field { power, log }
}

/// 𝛼 to this power, below 510.
fn alpha(power: usize) -> u8 {
    FIELD.power[power]
}

fn log(value: u8) -> usize {
    usize::from(FIELD.log[usize::from(value)])
}

fn times(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 { 0 } else { alpha(log(a) + log(b)) }
}

/// `b` is not 0.
fn over(a: u8, b: u8) -> u8 {
    if a == 0 { 0 } else { alpha(log(a) + 255 - log(b)) }
}

/// The value of a polynomial, its constant first, at 𝛼 to this power, below 255.
fn value_at(polynomial: &[u8], power: usize) -> u8 {
    polynomial.iter().rev().fold(0, |sum, &c| times(sum, alpha(power)) ^ c)
}

/// The product of two polynomials, constants first.
fn product(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut product = vec![0; a.len() + b.len() - 1];
    for (i, &x) in a.iter().enumerate() {
        for (j, &y) in b.iter().enumerate() {
            product[i + j] ^= times(x, y);
        }
    }
    product
}

/// How many codewords a block had wrong beside its doubtful ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corrected {
    pub(super) errors: usize,
}

/// Corrects a block of at most 255 codewords, the last `checks` of which are for that, and of which those at
/// `doubtful` places count as unknown. None, and the block as it was, if there is more wrong than that allows.
pub(super) fn correct(block: &mut [u8], checks: usize, doubtful: &[usize]) -> Option<Corrected> {
    let length = block.len();
    if length > 255 || checks == 0 || checks > length || doubtful.len() > checks {
        return None;
    }
    let syndromes: Vec<u8> = (0..checks)
        .map(|power| block.iter().fold(0, |sum, &codeword| times(sum, alpha(power)) ^ codeword))
        .collect();
    if syndromes.iter().all(|&syndrome| syndrome == 0) {
        return Some(Corrected { errors: 0 });
    }
    // Berlekamp and Massey's shift register begins with the places that are known.
    let mut locator = vec![1];
    for &place in doubtful {
        let power = length.checked_sub(place + 1)?;
        locator = product(&locator, &[1, alpha(power)]);
    }
    let mut before = locator.clone();
    let mut length_of_register = doubtful.len();
    for step in doubtful.len()..checks {
        let discrepancy = locator
            .iter()
            .enumerate()
            .filter(|(i, _)| *i <= step)
            .fold(0, |sum, (i, &c)| sum ^ times(c, syndromes[step - i]));
        before.insert(0, 0);
        if discrepancy == 0 {
            continue;
        }
        let mut next = locator.clone();
        next.resize(locator.len().max(before.len()), 0);
        next.iter_mut().zip(&before).for_each(|(next, &b)| *next ^= times(b, discrepancy));
        if 2 * length_of_register <= step + doubtful.len() {
            before = locator.iter().map(|&c| over(c, discrepancy)).collect();
            length_of_register = step + 1 + doubtful.len() - length_of_register;
        }
        locator = next;
    }
    while locator.last() == Some(&0) {
        locator.pop();
    }
    let wrong = locator.len() - 1;
    let errors = wrong.checked_sub(doubtful.len())?;
    if wrong != length_of_register || 2 * errors + doubtful.len() > checks {
        return None;
    }
    // Chien's search: a place is wrong where the locator is 0 at its inverse.
    let places: Vec<usize> =
        (0..length).filter(|place| value_at(&locator, (255 - (length - 1 - place)) % 255) == 0).collect();
    if places.len() != wrong {
        return None;
    }
    let mut evaluator = product(&syndromes, &locator);
    evaluator.truncate(checks);
    // The derivative over a field of characteristic 2: odd powers alone remain.
    let derivative: Vec<u8> =
        locator.iter().enumerate().skip(1).map(|(i, &c)| if i % 2 == 1 { c } else { 0 }).collect();
    let mut values = Vec::with_capacity(wrong);
    for &place in &places {
        let power = length - 1 - place;
        let inverse = (255 - power) % 255;
        let slope = value_at(&derivative, inverse);
        if slope == 0 {
            return None;
        }
        values.push(times(alpha(power), over(value_at(&evaluator, inverse), slope)));
    }
    let mut fixed = block.to_vec();
    places.iter().zip(values).for_each(|(&place, value)| fixed[place] ^= value);
    let is_right = |power| fixed.iter().fold(0, |sum, &codeword| times(sum, alpha(power)) ^ codeword) == 0;
    if !(0..checks).all(is_right) {
        return None;
    }
    block.copy_from_slice(&fixed);
    Some(Corrected { errors })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rxing::common::reedsolomon::{PredefinedGenericGF, ReedSolomonEncoder};

    /// A block by rxing's encoder, which shares nothing with ours.
    fn block(data: &[u8], checks: usize) -> Vec<u8> {
        let mut block: Vec<i32> = data.iter().map(|&byte| i32::from(byte)).collect();
        block.resize(data.len() + checks, 0);
        let mut encoder =
            ReedSolomonEncoder::new(PredefinedGenericGF::QrCodeField256.into()).expect("a field");
        encoder.encode(&mut block, checks).expect("encoded");
        block.into_iter().map(|codeword| codeword as u8).collect()
    }

    proptest! {
        #[test]
        fn as_much_is_corrected_as_can_be(
            data in prop::collection::vec(any::<u8>(), 1..120), checks in 2_usize..31,
            changes in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 31),
            share in 0.0..=1.0_f64,
        ) {
            let good = block(&data, checks);
            let doubtful_count = (share * checks as f64) as usize;
            let error_count = (checks - doubtful_count) / 2;
            let mut places: Vec<(usize, u8)> = Vec::new();
            for (index, change) in changes {
                let place = index.index(good.len());
                if places.iter().all(|(other, _)| *other != place) {
                    places.push((place, change));
                }
            }
            places.truncate(doubtful_count + error_count);
            let mut bad = good.clone();
            // Of the doubtful ones, some are right.
            for (nth, (place, change)) in places.iter().enumerate() {
                bad[*place] ^= if nth < doubtful_count && nth % 3 == 0 { 0 } else { *change };
            }
            let doubtful: Vec<usize> = places.iter().take(doubtful_count).map(|(place, _)| *place).collect();
            let errors = places.len().saturating_sub(doubtful_count);
            prop_assert_eq!(correct(&mut bad, checks, &doubtful).map(|c| c.errors <= errors), Some(true));
            prop_assert_eq!(bad, good);
        }

        #[test]
        fn what_cannot_be_corrected_stays_or_becomes_a_block(
            mut noise in prop::collection::vec(any::<u8>(), 1..200), checks in 0_usize..40,
            doubtful in prop::collection::vec(0_usize..220, 0..50),
        ) {
            let before = noise.clone();
            match correct(&mut noise, checks, &doubtful) {
                None => prop_assert_eq!(noise, before),
                Some(_) => {
                    let data = noise.len() - checks;
                    prop_assert_eq!(block(&noise[..data], checks), noise);
                }
            }
        }
    }

    #[test]
    fn one_error_more_is_never_taken_for_the_truth() {
        let good = block(b"JOL1:NEVER A WRONG TEXT", 10);
        for first in 0..good.len() - 6 {
            let mut bad = good.clone();
            bad[first..first + 6].iter_mut().for_each(|codeword| *codeword ^= 0x5a);
            assert!(correct(&mut bad, 10, &[]).is_none() || bad != good, "six of five");
            let doubtful: Vec<usize> = (first..first + 6).collect();
            assert_eq!(correct(&mut bad, 10, &doubtful), Some(Corrected { errors: 0 }));
            assert_eq!(bad, good);
        }
    }
}
