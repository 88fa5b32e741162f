/// Whether this version of the app may pay, by the lowest one that the operator lets pay.
///
/// Versions are ordered by their numbers (Semantic Versioning 2.0.0, §11): 0.10.0 is later than 0.9.9, and
/// `1.0.0-rc.1` comes before 1.0.0. One that cannot be read stops nobody here: the operator has the last
/// word, and declines.
pub fn may_pay(own: &str, lowest: &str) -> bool {
    match (read(own), read(lowest)) {
        (Some(own), Some(lowest)) => own >= lowest,
        _ => true,
    }
}

/// Major, minor and patch, where what is left out is 0, and whether it is a release. The release comes last
/// of its number; two versions before it count as the same one.
fn read(version: &str) -> Option<([u64; 3], bool)> {
    let version = version.split('+').next()?;
    let (numbers, is_release) = match version.split_once('-') {
        Some((numbers, _)) => (numbers, false),
        None => (version, true),
    };
    let mut given = numbers.split('.');
    let mut parts = [0; 3];
    for part in &mut parts {
        *part = given.next().map_or(Some(0), number)?;
    }
    given.next().is_none().then_some((parts, is_release))
}

/// Digits alone: `u64` would also read `+1`.
fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        for (own, lowest) in [
            ("0.1.0", "0.1.0"),
            ("0.10.0", "0.9.9"),
            ("1.0", "1.0.0"),
            ("2", "1.99.99"),
            ("1.0.0", "1.0.0-rc.1"),
            ("1.0.0+7", "1.0.0+8"),
        ] {
            assert!(may_pay(own, lowest), "{own} pays from {lowest} on");
        }
        for (own, lowest) in
            [("0.9.9", "0.10.0"), ("0.1.0", "99.0.0"), ("1.0.0-rc.1", "1.0.0"), ("1", "1.0.1")]
        {
            assert!(!may_pay(own, lowest), "{own} is older than {lowest}");
        }
    }

    #[test]
    fn what_is_no_version_stops_nobody() {
        for odd in ["", "next", "1.x", "1.2.3.4", "1..2", "-1", "+1.0", "99999999999999999999.0.0"] {
            assert!(may_pay("0.1.0", odd), "{odd}");
            assert!(may_pay(odd, "99.0.0"), "{odd}");
        }
    }
}
