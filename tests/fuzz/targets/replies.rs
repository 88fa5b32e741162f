//! Texts that passengers show as the operator's answers to their messages, by the sample operator's patterns and
//! by patterns made of the same bytes.

use jol_core::money::Money;
use jol_core::pay::message::{
    LONGEST_REPLY, MOST_REPLIES, ReadReply, Reply, ReplyKind, ReplyPattern, SmsRule, is_same_bus, read_reply,
    read_written, write_reply,
};
use jol_core::text::Language;
use jol_headless::sandbox::data::sample_rules;

/// A text; or, where a zero byte stands in it, a pattern and a text.
pub(crate) fn reply(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (pattern, text) = text.split_once('\0').map_or((None, &*text), |(own, text)| (Some(own), text));
    let mut rule = sample_rules("sample").sms.expect("a rule");
    if let Some(own) = pattern {
        let own = ReplyPattern { says: ReplyKind::Paid, language: Language::Ru, text: own.to_owned() };
        rule.grammar.clone_from(&own.text);
        rule.replies.push(own);
    }
    let read = read_reply(&rule.wording(), text);
    if let ReadReply::Replies { replies } = &read {
        assert!((1..=MOST_REPLIES).contains(&replies.len()));
        replies.iter().for_each(|reply| fits(&rule, reply));
    }
    // Spaces that do not break, other line ends and signs that nobody sees change nothing.
    if text.chars().count() * 2 <= LONGEST_REPLY {
        let other = text.replace(' ', "\u{a0}").replace('\n', "\r\n").replace('а', "а\u{ad}");
        assert_eq!(read_reply(&rule.wording(), &other), read, "{text:?}");
    }
    if let Some(written) = read_written(&rule.wording(), text, |_| true) {
        assert!((1..=20).contains(&written.passengers) && is_same_bus(&written.bus, &written.bus));
    }
}

/// What was read is within bounds; and, by the operator's own patterns, what is written of it is read so again.
fn fits(rule: &SmsRule, reply: &Reply) {
    let short =
        |text: &Option<String>, most: usize| text.as_ref().is_none_or(|text| text.chars().count() <= most);
    assert!(short(&reply.bus, 16) && short(&reply.line, 16) && short(&reply.number, 24), "{reply:?}");
    assert!(short(&reply.again, 11) && short(&reply.service, 41), "{reply:?}");
    assert!(
        reply.fare.is_none_or(|fare| (Money::ZERO..Money::tenge(10_000_000)).contains(&fare)),
        "{reply:?}"
    );
    assert!(reply.time.is_none_or(|(hour, minute)| (0..24).contains(&hour) && (0..60).contains(&minute)));
    if let Some(text) = write_reply(&rule.wording(), reply) {
        let _ = read_reply(&rule.wording(), &text);
    }
}

/// One of each kind in each language, as they come and as they are passed on, and patterns with braces that have
/// no fellow.
pub(crate) fn texts() -> Vec<Vec<u8>> {
    let rule = sample_rules("sample").sms.expect("a rule");
    let said = |pattern: &ReplyPattern| Reply {
        says: pattern.says,
        language: pattern.language,
        bus: Some("547".to_owned()),
        line: Some("30-Б".to_owned()),
        fare: Some(Money::tenge(100)),
        number: Some("A-408170".to_owned()),
        time: Some((14, 2)),
        again: Some("17.09 18:00".to_owned()),
        service: Some("Сенім төлемі".to_owned()),
        passengers: Some(3),
    };
    let written = rule.replies.iter().filter_map(|pattern| write_reply(&rule.wording(), &said(pattern)));
    let mut texts: Vec<String> = written.collect();
    let first = texts.first().cloned().unwrap_or_default();
    texts.push(format!("Fwd:\r\n> {first}\r\n>> {first}"));
    texts.push(first.replace('о', "o").replace(' ', "\u{a0}"));
    texts.extend(
        ["547 РУС *2", "[a {bus}] b c\0a 547 b c", "a {x} {y} b\0a 1 2 3 b", "{bus\0 547"].map(str::to_owned),
    );
    texts.into_iter().map(String::into_bytes).collect()
}
