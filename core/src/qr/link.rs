//! Links: whether one only pretends to be ours.
//!
//! A sticker over a sticker is an old fraud, and a link has many ways to look like another. The address is
//! taken apart as browsers do it (WHATWG URL, by the `url` crate), then compared by what an eye sees: a
//! skeleton in the manner of Unicode's UTS #39, with a table of our own for the few letters of our name.
//! Resemblance to other names than ours is not looked for.

use url::{Host, Url};

/// The one host whose links are ours.
pub const HOST: &str = "jol.kz";

/// A link that a browser would open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As a browser would open it, not as the code spelt it.
    pub url: String,
    /// Where it leads, letters outside ASCII as punycode: what a passenger is to be shown.
    pub host: String,
    /// It is not ours, and dresses as if it were; or it is, in a dress that we never wear.
    pub pretends: bool,
}

/// The link that this text is, or none: other schemes than http and https are no links to us.
pub fn of(text: &str) -> Option<Link> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.to_owned();
    // `https://jol.kz@elsewhere` shows one host and opens another; no honest code has a user name.
    let has_user = !url.username().is_empty() || url.password().is_some();
    let pretends = has_user
        || match url.host() {
            Some(Host::Domain(_)) if is_ours(&host) => !is_plain(text, &host),
            Some(Host::Domain(_)) => resembles_ours(&host),
            _ => false,
        };
    Some(Link { url: url.into(), host, pretends })
}

/// What follows `https://jol.kz` in a text that begins exactly so, in whatever case: a path with its slash.
pub(super) fn path_on_our_host(text: &str) -> Option<&str> {
    let at = "https://".len() + HOST.len();
    let (start, path) = text.split_at_checked(at)?;
    let ours = start.strip_prefix_ignoring_case("https://")?.eq_ignore_ascii_case(HOST);
    (ours && path.starts_with('/')).then_some(path)
}

trait IgnoringCase {
    fn strip_prefix_ignoring_case(&self, prefix: &str) -> Option<&str>;
}

impl IgnoringCase for str {
    fn strip_prefix_ignoring_case(&self, prefix: &str) -> Option<&str> {
        let (start, rest) = self.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    }
}

/// Ours, or a name under ours.
fn is_ours(host: &str) -> bool {
    host == HOST || host.strip_suffix(HOST).is_some_and(|name| name.ends_with('.'))
}

/// Whether the text spells this host out as we would: https, no port, no letters that a browser turns
/// into others, no backslash.
fn is_plain(text: &str, host: &str) -> bool {
    text.strip_prefix_ignoring_case("https://")
        .and_then(|rest| rest.strip_prefix_ignoring_case(host))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

/// Whether a host that is not ours looks as if it were: our name as one of its labels or as a part of one
/// (`jol.kz.pay.example`, `jol.example`, `jol-kz.example`, `jоl.kz` with a Cyrillic о).
fn resembles_ours(host: &str) -> bool {
    let (name, zone) = HOST.split_once('.').unwrap_or((HOST, ""));
    let joined = format!("{name}{zone}");
    let (host, _) = idna::domain_to_unicode(host);
    host.split('.').any(|label| {
        let label: String = label.chars().map(looks_like).collect();
        let whole: String = label.chars().filter(|&c| c != '-').collect();
        whole == name || whole.contains(&joined) || label.split('-').any(|part| part == name)
    })
}

/// The letter of our name that this one looks like, or itself. Hosts come in lower case.
fn looks_like(letter: char) -> char {
    match letter {
        'ј' | 'ϳ' | 'յ' | 'ʝ' | 'ɉ' | 'ĵ' | 'ǰ' | 'ж' | 'җ' => 'j',
        '0' | 'о' | 'ο' | 'σ' | 'օ' | 'ө' | 'ѳ' | 'ӧ' | 'ӫ' | 'ö' | 'ó' | 'ò' | 'ô' | 'õ' | 'ø' | 'ō'
        | 'ŏ' | 'ő' | 'ǒ' | 'ơ' | 'ọ' | 'ỏ' | 'ό' | 'ὀ' | 'ᴏ' => 'o',
        '1' | 'i' | 'ı' | 'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ӏ' | 'і' | 'ї' | 'ι' | 'ί' | 'ɩ' | 'ǀ' | 'ł'
        | 'ļ' | 'ľ' | 'ĺ' | 'ḷ' | 'ŀ' | 'ƚ' | 'ן' | 'л' => 'l',
        'к' | 'қ' | 'ҝ' | 'ҡ' | 'ӄ' | 'ќ' | 'κ' | 'ķ' | 'ǩ' | 'ƙ' | 'ĸ' | 'ḳ' | 'ḵ' => 'k',
        '2' | 'ź' | 'ż' | 'ž' | 'ʐ' | 'ƶ' | 'ẓ' | 'ᴢ' | 'з' | 'ζ' | 'ʒ' | 'ӡ' => 'z',
        '_' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pretends(text: &str) -> bool {
        of(text).unwrap_or_else(|| panic!("{text} is a link")).pretends
    }

    #[test]
    fn links_elsewhere_are_only_links() {
        for text in [
            "https://kaspi.kz/pay/x?service_id=1",
            "HTTP://EXAMPLE.COM",
            "https://joly.kz",
            "https://kz.jolly.example/jol.kz/",
            "http://192.168.0.1:8080/x",
            "https://[::1]/",
            "https://қазақстан.қаз/жол",
        ] {
            assert!(!pretends(text), "{text}");
        }
    }

    #[test]
    fn our_own_pages_are_only_links() {
        for text in ["https://jol.kz", "HTTPS://JOL.KZ/help?x#y", "https://jol.kz?x", "https://help.Jol.kz/a"]
        {
            assert!(!pretends(text), "{text}");
        }
    }

    #[test]
    fn a_link_that_dresses_as_ours_pretends() {
        for text in [
            "https://jol.kz.evil.com/B/1",
            "HTTPS://WWW.JOL.KZ.EVIL.COM/B/1",
            "https://jol.kz@evil.com/B/1",
            "https://jol.kz:x@evil.com/B/1",
            "https://someone@jol.kz/B/1",
            "https://jоl.kz/B/1", // Cyrillic о
            "https://јоӏ.kz/B/1", // Cyrillic throughout
            "https://xn--jl-fmc.kz/B/1",
            "https://JО1.KZ/B/1", // Cyrillic О, digit one
            "https://jo1.kz",
            "https://joI.kz", // capital i
            "https://j0l.kz",
            "https://jol.com",
            "https://жол.kz",
            "https://jol-kz.com",
            "https://pay-jol.example",
            "https://my.jolkz.example",
            "https://jo-l.kz",
            "https://evil.com.jol.kz.example",
        ] {
            assert!(pretends(text), "{text}");
        }
    }

    #[test]
    fn ours_spelt_as_we_never_do_pretends() {
        for text in [
            "http://jol.kz/B/1",
            "https://jol.kz:443/B/1",
            "https://jol.kz\\@evil.com",
            "https:jol.kz/B/1",
            "https:/jol.kz/B/1",
            "https://ｊｏｌ.ｋｚ/B/1",
            "https://jol。kz/B/1",
            "https://%6Aol.kz/B/1",
            "https://jo\tl.kz/B/1",
        ] {
            assert_eq!(of(text).map(|link| (link.host, link.pretends)), Some((HOST.into(), true)), "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_where_it_leads() {
        let link = of("https://jol.kz@EVIL.com:80/a b").expect("a link");
        assert_eq!((link.url.as_str(), link.host.as_str()), ("https://jol.kz@evil.com:80/a%20b", "evil.com"));
        assert_eq!(of("https://jоl.kz").expect("a link").host, "xn--jl-fmc.kz");
    }

    #[test]
    fn other_texts_are_no_links() {
        for text in [
            "",
            "jol.kz/B/1",
            "javascript:alert(1)",
            "intent://jol.kz",
            "tel:+77000000000",
            "https://",
            "WIFI:S:x;;",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
