use super::super::rules::{ReplyPattern, SmsRule};
use super::*;
use crate::pay::DeclineReason;
use proptest::prelude::*;

const PAID_RU: &str =
    "Оплачено: автобус {bus}, маршрут {line}, {fare} тг[, пассажиров {passengers}]. Билет {number}, {time}";
const PAID_KK: &str =
    "Төленді: автобус {bus}, бағыт {line}, {fare} тг[, жолаушы {passengers}]. Билет {number}, {time}";

fn rule() -> SmsRule {
    let declined = |reason| ReplyKind::Declined { reason };
    let pattern = |says, language, text: &str| ReplyPattern { says, language, text: text.to_owned() };
    let (kk, ru) = (Language::Kk, Language::Ru);
    let replies = vec![
        pattern(ReplyKind::Paid, ru, PAID_RU),
        pattern(ReplyKind::Paid, kk, PAID_KK),
        pattern(ReplyKind::AlreadyPaid, ru, "Уже оплачено: автобус {bus}[. Билет {number}], {time}"),
        pattern(ReplyKind::AlreadyPaid, kk, "Бұл сапар төленген: автобус {bus}[. Билет {number}], {time}"),
        pattern(
            declined(DeclineReason::NoMoney),
            ru,
            "Не оплачено: автобус {bus}. Недостаточно средств, {time}",
        ),
        pattern(declined(DeclineReason::NoMoney), kk, "Төленбеді: автобус {bus}. Ақша жеткіліксіз, {time}"),
        pattern(
            declined(DeclineReason::SimReplaced),
            kk,
            "Төленбеді: автобус {bus}. SIM ауыстырылған, қайта көріңіз: {again}, {time}",
        ),
        pattern(
            declined(DeclineReason::TrustCredit),
            ru,
            "Не оплачено: автобус {bus}. Погасите {service} и повторите, {time}",
        ),
        pattern(declined(DeclineReason::UnknownBus), ru, "Нет такого автобуса: {bus}, {time}"),
        pattern(declined(DeclineReason::TryLater), ru, "Сервис временно недоступен. Повторите позже"),
    ];
    SmsRule { number: "9505".into(), grammar: "{bus}".into(), replies, ..SmsRule::default() }
}

fn read(text: &str) -> ReadReply {
    read_reply(&rule().wording(), text)
}

fn replies(text: &str) -> Vec<Reply> {
    match read(text) {
        ReadReply::Replies { replies } => replies,
        other => panic!("{text:?} is {other:?}"),
    }
}

fn paid(language: Language) -> Reply {
    Reply {
        says: ReplyKind::Paid,
        language,
        bus: Some("547".into()),
        line: Some("5".into()),
        fare: Some(Money::tenge(100)),
        number: Some("408170".into()),
        time: Some((14, 2)),
        again: None,
        service: None,
        passengers: None,
    }
}

const SAID: &str = "Оплачено: автобус 547, маршрут 5, 100 тг. Билет 408170, 14:02";

#[test]
fn each_kind_is_read_in_both_languages() {
    assert_eq!(replies(SAID), [paid(Language::Ru)]);
    let kazakh = "Төленді: автобус 547, бағыт 5, 100 тг, жолаушы 3. Билет 408170, 14:02";
    assert_eq!(replies(kazakh), [Reply { passengers: Some(3), ..paid(Language::Kk) }]);
    let says = |text: &str| replies(text)[0].says;
    let declined = |reason| ReplyKind::Declined { reason };
    assert_eq!(says("Бұл сапар төленген: автобус 547. Билет 408170, 14:03"), ReplyKind::AlreadyPaid);
    assert_eq!(says("Уже оплачено: автобус 547, 14:03"), ReplyKind::AlreadyPaid);
    let refused = "Не оплачено: автобус 547. Недостаточно средств, 14:02";
    assert_eq!(says(refused), declined(DeclineReason::NoMoney));
    assert_eq!(says("Сервис временно недоступен. Повторите позже."), declined(DeclineReason::TryLater));
    assert_eq!(says("Нет такого автобуса: 9999, 14:02"), declined(DeclineReason::UnknownBus));
    let sim = "Төленбеді: автобус 547. SIM ауыстырылған, қайта көріңіз: 17.09 18:00, 14:02";
    assert_eq!(replies(sim)[0].again.as_deref(), Some("17.09 18:00"));
    let owes = "Не оплачено: автобус 547. Погасите «Сенім төлемі» и повторите, 14:02";
    assert_eq!(replies(owes)[0].service.as_deref(), Some("Сенім төлемі"));
}

#[test]
fn another_hand_s_letters_spaces_and_line_ends_do_not_count() {
    for text in [
        SAID.replace(' ', "\u{a0}"),
        SAID.replace(". ", ".\r\n"),
        SAID.to_uppercase(),
        SAID.replace('а', "a").replace('о', "o").replace('е', "e"),
        SAID.replace('с', "c").replace('р', "p").replace('у', "y").replace('т', "t").replace('м', "m"),
        SAID.replace("100", "1ОО").replace("408170", "4О8170"),
        SAID.replace("547", "5\u{200b}47").replace("Билет", "Би\u{ad}лет"),
        "\u{feff}".to_owned() + SAID,
        SAID.replace("14:02", "14：02"),
    ] {
        assert_eq!(replies(&text), [paid(Language::Ru)], "{text:?}");
    }
    let plain = "Толендi: автобус 547, багыт 5, 100 тг. Билет 408170, 14:02";
    assert_eq!(replies(plain), [paid(Language::Kk)], "a carrier without Kazakh letters");
}

#[test]
fn what_is_quoted_forwarded_and_joined_is_looked_through() {
    for text in [
        format!("> {SAID}"),
        format!("> {}", SAID.replace(", ", ",\n> ")),
        format!("Переслано от 9505:\n«{SAID}»"),
        format!("[16.09, 14:02] {SAID}"),
        format!("9505\n{SAID}\nОтправлено с моего телефона"),
    ] {
        assert_eq!(replies(&text), [paid(Language::Ru)], "{text:?}");
    }
    let refused = "Не оплачено: автобус 547. Недостаточно средств, 14:01";
    let both = replies(&format!("{refused}{}{SAID}", "\n"));
    assert_eq!(
        both.iter().map(|one| one.says).collect::<Vec<_>>(),
        [ReplyKind::Declined { reason: DeclineReason::NoMoney }, ReplyKind::Paid]
    );
    assert_eq!(replies(&format!("{SAID} {SAID}")).len(), 2, "doubled, on one line");
    assert_eq!(replies(&format!("{SAID}\n").repeat(20)).len(), MOST_REPLIES);
}

#[test]
fn what_is_cut_is_said_to_be() {
    let letters: Vec<usize> = SAID.char_indices().map(|(at, _)| at).collect();
    for at in letters {
        let (begins, ends) = SAID.split_at(at);
        let is_paid = |text: &str| matches!(read(text), ReadReply::Replies { .. });
        assert!(!is_paid(begins), "{begins}");
        assert!(at == 0 || !is_paid(ends), "{ends}");
    }
    for text in [
        "Оплачено: автобус 547, маршрут 5",
        "Оплачено: автобус 547, марш",
        "547, маршрут 5, 100 тг. Билет 408170, 14:02",
    ] {
        assert_eq!(read(text), ReadReply::CutOff, "{text}");
    }
}

#[test]
fn what_only_resembles_an_answer_is_none() {
    for text in [
        "",
        "   ",
        "Ваш код: 4417",
        "Не оплачено: автобус 547, маршрут 5, 100 тг. Билет 408170, 14:02",
        "не оплачено: автобус 547, маршрут 5",
        "Оплачено: автобус сегодня не придёт",
        "Төленді",
        "💸💸💸",
    ] {
        assert_eq!(read(text), ReadReply::NotTheOperators, "{text}");
    }
}

#[test]
fn patterns_that_anything_would_fit_are_left_out() {
    for text in ["{number}", "ok {bus}", "{", "[", ""] {
        let pattern = ReplyPattern { says: ReplyKind::Paid, language: Language::Ru, text: text.to_owned() };
        let rule = SmsRule { replies: vec![pattern], ..SmsRule::default() };
        assert_eq!(read_reply(&rule.wording(), "ok 547 408170"), ReadReply::NotTheOperators, "{text}");
    }
}

#[test]
fn a_hostile_pattern_is_read_in_time() {
    let text = format!("a b {}", "{x} ".repeat(110));
    let pattern = ReplyPattern { says: ReplyKind::Paid, language: Language::Ru, text };
    let rule = SmsRule { replies: vec![pattern; MOST_PATTERNS], ..SmsRule::default() };
    // Each place takes one to six words: without a memory this would not end.
    assert_eq!(read_reply(&rule.wording(), &"a b ".repeat(24)), ReadReply::CutOff);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,300}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&text);
        let _ = read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn what_the_operator_writes_is_what_is_read(
        nth in 0..10_usize,
        bus in "[0-9]{1,4}",
        line in "[0-9]{1,3}",
        tenge in 0..10_000_i64,
        number in "[0-9]{4,8}",
        (hour, minute) in (0..24_i8, 0..60_i8),
        count in 2..20_u8,
    ) {
        let pattern = &rule().replies[nth];
        let has = |place: &str| pattern.text.contains(place);
        let said = Reply {
            says: pattern.says,
            language: pattern.language,
            bus: has("{bus}").then_some(bus),
            line: has("{line}").then_some(line),
            fare: has("{fare}").then_some(Money::tenge(tenge)),
            number: has("{number}").then_some(number),
            time: has("{time}").then_some((hour, minute)),
            again: has("{again}").then(|| format!("{hour:02}:{minute:02}")),
            service: has("{service}").then(|| "Сенім төлемі".to_owned()),
            passengers: has("{passengers}").then_some(count),
        };
        let text = write_reply(&rule().wording(), &said).expect("a pattern");
        prop_assert_eq!(replies(&text), [said.clone()]);
        let around = format!("Fwd: {}\r\n--\r\nжіберілді", text.replace(' ', "\u{a0}").replace('о', "o"));
        prop_assert_eq!(replies(&around), [said]);
    }
}
