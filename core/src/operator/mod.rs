//! Calls to the operator: what they say ([`wire`]), the outbox that keeps them until an answer is
//! known, and the link that carries them (feature `link`).

pub(crate) mod documents;
#[cfg(feature = "link")]
pub mod link;
pub mod outbox;
mod refusal;
mod version;
pub mod wire;

pub use refusal::Refusal;
pub use version::may_pay;

use sha2::{Digest, Sha256};
use url::Url;

/// An address that the app may call or open: HTTPS anywhere; plain HTTP only on this machine, where a
/// sandbox runs.
pub(crate) fn safe_address(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    matches!((url.scheme(), here), ("https", _) | ("http", true)).then_some(url)
}

/// An id that can stand in a path, of an address or of a file.
pub(crate) fn is_plain_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// What this phone's key signs to enrol itself: the domain, the nonce, its own public key.
pub fn enrolment_message(nonce: &[u8], public_key: &[u8]) -> Vec<u8> {
    [b"jol:enrol:1\0".as_slice(), &Sha256::digest(nonce), public_key].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_nowhere_but_to_this_machine() {
        assert!(safe_address("https://operator.example/").is_some());
        assert!(safe_address("http://127.0.0.1:8080/").is_some());
        assert!(safe_address("http://[::1]:8080/").is_some());
        for address in [
            "http://operator.example/",
            "http://127.0.0.1.example/",
            "ftp://127.0.0.1/",
            "operator",
            "javascript:alert(1)",
            "intent://bank",
        ] {
            assert_eq!(safe_address(address), None, "{address}");
        }
    }
}
