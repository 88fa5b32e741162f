//! How the sample operator is paid by a message: its numbers, what to write, what it answers. The Kazakh wordings
//! wait for a native speaker.

use jol_core::pay::DeclineReason;
use jol_core::pay::message::{BusName, LanguageWord, MessengerRule, ReplyKind, ReplyPattern, SmsRule};
use jol_core::text::Language;

/// What to write: the number painted on the bus, a word for the language, how many adults.
const GRAMMAR: &str = "{bus}[ {language}][ *{passengers}]";

/// What the bot says where a message has other words: it is not counted in letters.
const BOT_PAID: [&str; 2] = [
    "✅ Жол ақысы төленді! Автобус: {bus} · бағыт: {line} · {fare} тг[ · жолаушы: {passengers}] · билет: {number} · {time}",
    "✅ Проезд оплачен! Автобус: {bus} · маршрут: {line} · {fare} тг[ · пассажиров: {passengers}] · билет: {number} · {time}",
];
/// What is answered, in Kazakh and in Russian.
const PAID: [&str; 2] = [
    "Төленді: автобус {bus}, бағыт {line}, {fare} тг[, жолаушы {passengers}]. Билет {number}, {time}",
    "Оплачено: автобус {bus}, маршрут {line}, {fare} тг[, пассажиров {passengers}]. Билет {number}, {time}",
];
const ALREADY_PAID: [&str; 2] = [
    "Бұл сапар төленген: автобус {bus}[, билет {number}]. Ақша қайта алынбады, {time}",
    "Поездка уже оплачена: автобус {bus}[, билет {number}]. Второй раз не списано, {time}",
];
const DECLINED: [(DeclineReason, [&str; 2]); 13] = [
    (
        DeclineReason::CorporateLine,
        ["Корпоративтік нөмірден төленбейді", "С корпоративного номера оплатить нельзя"],
    ),
    (DeclineReason::TrustCredit, ["{service} қарызын өтеңіз", "Погасите долг по услуге {service}"]),
    (DeclineReason::NoTopUp, ["Нөмір әлі толтырылмаған", "Номер ещё не пополняли"]),
    (DeclineReason::StartingBalance, ["Бастапқы теңгерімді жұмсаңыз", "Сначала потратьте стартовый баланс"]),
    (
        DeclineReason::SimReplaced,
        ["SIM ауыстырылған, қайта көріңіз: {again}", "SIM заменена, повторите: {again}"],
    ),
    (DeclineReason::CarrierAbsent, ["Байланыс операторыңыз қатыспайды", "Ваш оператор связи не участвует"]),
    (DeclineReason::NoMoney, ["Ақша жеткіліксіз", "Недостаточно средств"]),
    (DeclineReason::OverLimit, ["Шектен асып кетті", "Превышен лимит"]),
    (DeclineReason::UnknownBus, ["Мұндай автобус жоқ", "Такого автобуса нет"]),
    (DeclineReason::RunClosed, ["Автобус рейсін аяқтады", "Автобус закончил рейс"]),
    (DeclineReason::WayNotTaken, ["Хабарламамен төленбейді", "Сообщением оплатить нельзя"]),
    (DeclineReason::TooLate, ["Хабарлама кеш келді", "Сообщение пришло поздно"]),
    (DeclineReason::TryLater, ["Кейін қайталаңыз[: {again}]", "Повторите позже[: {again}]"]),
];

pub(super) fn sms() -> SmsRule {
    SmsRule {
        number: "9505".to_owned(),
        grammar: GRAMMAR.to_owned(),
        bus: BusName::Painted,
        languages: languages(),
        from: vec!["9505".to_owned()],
        replies: replies(PAID),
    }
}

pub(super) fn messenger() -> MessengerRule {
    MessengerRule {
        name: "Telegram".to_owned(),
        link: "https://t.me/jol_sample_bot?text={text}".to_owned(),
        hosts: vec!["t.me".to_owned()],
        apps: vec!["org.telegram.messenger".to_owned(), "ph.telegra.Telegraph".to_owned()],
        grammar: GRAMMAR.to_owned(),
        bus: BusName::Painted,
        languages: languages(),
        replies: replies(BOT_PAID),
    }
}

fn languages() -> Vec<LanguageWord> {
    let word = |language, word: &str| LanguageWord { language, word: word.to_owned() };
    vec![word(Language::Kk, "КАЗ"), word(Language::Ru, "РУС")]
}

fn replies(paid: [&str; 2]) -> Vec<ReplyPattern> {
    let both = |says, [kk, ru]: [String; 2]| {
        [(Language::Kk, kk), (Language::Ru, ru)].map(|(language, text)| ReplyPattern { says, language, text })
    };
    let declined = DECLINED.into_iter().flat_map(|(reason, [kk, ru])| {
        let kk = format!("Төленбеді[: автобус {{bus}}]. {kk}, {{time}}");
        let ru = format!("Не оплачено[: автобус {{bus}}]. {ru}, {{time}}");
        both(ReplyKind::Declined { reason }, [kk, ru])
    });
    let paid = both(ReplyKind::Paid, paid.map(str::to_owned));
    let already = both(ReplyKind::AlreadyPaid, ALREADY_PAID.map(str::to_owned));
    paid.into_iter().chain(already).chain(declined).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_of_one_kind_has_a_wording_of_its_own_in_both_languages() {
        for paid in [PAID, BOT_PAID] {
            let all = replies(paid);
            assert_eq!(all.len(), 30);
            let texts: std::collections::BTreeSet<_> = all.iter().map(|pattern| &pattern.text).collect();
            assert_eq!(texts.len(), all.len());
        }
    }
}
