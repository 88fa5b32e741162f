use crate::operator::wire::SupportPhone;
use crate::text::{Language, say, tame};
use serde::{Deserialize, Serialize};

/// Why the operator did not take a payment. Each has its sentence, its next step and whom to call
/// in `core/locales`; the codes are those of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// The number belongs to a company.
    CorporateLine,
    /// The carrier is owed a trust credit.
    TrustCredit,
    /// The number was never topped up since it was bought.
    NoTopUp,
    /// The SIM's starting balance is unused.
    StartingBalance,
    /// The SIM was replaced less than 24 hours ago.
    SimReplaced,
    /// The carrier does not take part.
    CarrierAbsent,
    /// The balance does not suffice.
    NoMoney,
    /// A limit of the source is reached.
    OverLimit,
    /// The fare is not the one that was shown.
    FareChanged,
    /// The operator knows no such bus.
    UnknownBus,
    /// The bus's run is over.
    RunClosed,
    /// The bus does not take this way of paying.
    WayNotTaken,
    /// The request came later than it may; nothing was charged.
    TooLate,
    /// The card does not give this category.
    CategoryNotHeld,
    /// The terms of use were not accepted in their present version.
    TermsNotAccepted,
    /// This version of the app may not pay any more.
    AppTooOld,
    /// The phone is new on a number that holds money, and waits.
    PhoneWaits,
    /// Something is out of order at the operator's; a later try may succeed.
    TryLater,
    /// The operator sells no rides before.
    OfflineRidesOff,
    /// Offline rides ended for this account: one was used twice, or inspected and never told of.
    OfflineRidesEnded,
    /// The time in which a ride can be given back is over.
    RefundTooLate,
    /// The time in which another bus can be put on the ticket is over.
    CorrectionTooLate,
    /// An inspector has seen the ticket.
    Inspected,
    /// The ticket's bus was corrected before, which is possible once.
    CorrectedBefore,
    /// There is a ticket for that bus already.
    RidesThere,
    /// The ride is over, given back, or on somebody else's phone.
    RideOver,
    /// The ride was paid at a terminal or in cash: it is given back there.
    PaidElsewhere,
    /// This account gave a ride back that an inspector had seen: it gives none back by itself any more.
    RefundsEnded,
}

/// Whom to call about it, the second line of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportCall {
    /// The sentence that a passenger reads: the number, and when somebody answers.
    pub text: String,
    /// What a tap on it opens (RFC 3966): `tel:+77770002505`.
    pub link: String,
}

impl SupportCall {
    /// To this line of the operator's. The link holds a number and nothing that a dialler would obey.
    pub(crate) fn of(phone: &SupportPhone, language: Language) -> SupportCall {
        let hours = phone.hours.in_language(language);
        let fill = [("number", &*tame(&phone.number, 20)), ("hours", &*tame(hours, 40))];
        let plus = if phone.number.trim_start().starts_with('+') { "+" } else { "" };
        let digits: String = phone.number.chars().filter(char::is_ascii_digit).collect();
        SupportCall { text: say(language, "decline-call", &fill), link: format!("tel:{plus}{digits}") }
    }
}

impl DeclineReason {
    /// Every reason.
    pub const ALL: [DeclineReason; 28] = [
        DeclineReason::CorporateLine,
        DeclineReason::TrustCredit,
        DeclineReason::NoTopUp,
        DeclineReason::StartingBalance,
        DeclineReason::SimReplaced,
        DeclineReason::CarrierAbsent,
        DeclineReason::NoMoney,
        DeclineReason::OverLimit,
        DeclineReason::FareChanged,
        DeclineReason::UnknownBus,
        DeclineReason::RunClosed,
        DeclineReason::WayNotTaken,
        DeclineReason::TooLate,
        DeclineReason::CategoryNotHeld,
        DeclineReason::TermsNotAccepted,
        DeclineReason::AppTooOld,
        DeclineReason::PhoneWaits,
        DeclineReason::TryLater,
        DeclineReason::OfflineRidesOff,
        DeclineReason::OfflineRidesEnded,
        DeclineReason::RefundTooLate,
        DeclineReason::CorrectionTooLate,
        DeclineReason::Inspected,
        DeclineReason::CorrectedBefore,
        DeclineReason::RidesThere,
        DeclineReason::RideOver,
        DeclineReason::PaidElsewhere,
        DeclineReason::RefundsEnded,
    ];

    /// The code that stands in answers and signed receipts, as in `no_money`.
    pub const fn code(self) -> &'static str {
        match self {
            DeclineReason::CorporateLine => "corporate_line",
            DeclineReason::TrustCredit => "trust_credit",
            DeclineReason::NoTopUp => "no_top_up",
            DeclineReason::StartingBalance => "starting_balance",
            DeclineReason::SimReplaced => "sim_replaced",
            DeclineReason::CarrierAbsent => "carrier_absent",
            DeclineReason::NoMoney => "no_money",
            DeclineReason::OverLimit => "over_limit",
            DeclineReason::FareChanged => "fare_changed",
            DeclineReason::UnknownBus => "unknown_bus",
            DeclineReason::RunClosed => "run_closed",
            DeclineReason::WayNotTaken => "way_not_taken",
            DeclineReason::TooLate => "too_late",
            DeclineReason::CategoryNotHeld => "category_not_held",
            DeclineReason::TermsNotAccepted => "terms_not_accepted",
            DeclineReason::AppTooOld => "app_too_old",
            DeclineReason::PhoneWaits => "phone_waits",
            DeclineReason::TryLater => "try_later",
            DeclineReason::OfflineRidesOff => "offline_rides_off",
            DeclineReason::OfflineRidesEnded => "offline_rides_ended",
            DeclineReason::RefundTooLate => "refund_too_late",
            DeclineReason::CorrectionTooLate => "correction_too_late",
            DeclineReason::Inspected => "inspected",
            DeclineReason::CorrectedBefore => "corrected_before",
            DeclineReason::RidesThere => "rides_there",
            DeclineReason::RideOver => "ride_over",
            DeclineReason::PaidElsewhere => "paid_elsewhere",
            DeclineReason::RefundsEnded => "refunds_ended",
        }
    }

    /// The sentence that a passenger reads: the reason and the next step. `try_again`: from when, in
    /// the passenger's words; `service`: the carrier's name for its trust credit.
    pub fn text(self, try_again: Option<&str>, service: Option<&str>, language: Language) -> String {
        let message = format!("decline-{}", self.code().replace('_', "-"));
        say(language, &message, &[("time", try_again.unwrap_or("…")), ("service", service.unwrap_or("…"))])
    }

    /// The reason with this code, if there is one.
    pub fn from_code(code: &str) -> Option<DeclineReason> {
        DeclineReason::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the next step is called, in Kazakh, Russian and English.
    const STEPS: [(&str, [&str; 3]); 28] = [
        ("corporate_line", ["тәсіл", "способ", "another way"]),
        ("trust_credit", ["Өтеп", "Погасите", "Repay"]),
        ("no_top_up", ["Толтырып", "Пополните", "Top it up"]),
        ("starting_balance", ["жұмсап", "Потратьте", "Use it up"]),
        ("sim_replaced", ["18:00", "18:00", "18:00"]),
        ("carrier_absent", ["тәсіл", "способ", "another way"]),
        ("no_money", ["Толтырыңыз", "Пополните", "Top up"]),
        ("over_limit", ["тәсіл", "способ", "another way"]),
        ("fare_changed", ["қайта басыңыз", "нажмите", "tap again"]),
        ("unknown_bus", ["тексеріңіз", "Проверьте", "Check"]),
        ("run_closed", ["Келесі", "в следующем", "next bus"]),
        ("way_not_taken", ["тәсіл", "способ", "another"]),
        ("too_late", ["қайта төлеңіз", "оплатите снова", "pay again"]),
        ("category_not_held", ["карта", "карту", "card"]),
        ("terms_not_accepted", ["қабылдаңыз", "примите", "accept"]),
        ("app_too_old", ["жаңартыңыз", "обновите", "Update"]),
        ("phone_waits", ["18:00", "18:00", "18:00"]),
        ("try_later", ["қайта көріңіз", "Повторите", "Try again"]),
        ("offline_rides_off", ["Автобуста төлеңіз", "Платите", "Pay on the bus"]),
        ("offline_rides_ended", ["төлеңіз", "Платите", "Pay"]),
        ("refund_too_late", ["жүріңіз", "поезжайте", "ride with it"]),
        ("correction_too_late", ["қайта төлеңіз", "оплатите заново", "pay again"]),
        ("inspected", ["сақтаңыз", "Сохраните", "Keep it"]),
        ("corrected_before", ["қайта төлеңіз", "оплатите заново", "pay again"]),
        ("rides_there", ["қайтарыңыз", "Верните", "Give this ride back"]),
        ("ride_over", ["қараңыз", "Откройте", "Look at"]),
        ("paid_elsewhere", ["қоңырау", "Позвоните", "Call"]),
        ("refunds_ended", ["қоңырау", "Позвоните", "Call"]),
    ];

    /// The codes that the contract names.
    fn of_the_contract() -> Vec<&'static str> {
        let contract = include_str!("../../contract/operator.openapi.yaml");
        let (_, codes) = contract.split_once("\n    DeclineReason:\n      enum:\n").expect("the schema");
        codes.lines().map_while(|line| line.trim().strip_prefix("- ")).collect()
    }

    #[test]
    fn every_code_of_the_contract_has_its_reason_its_step_and_whom_to_call() {
        let mut codes = of_the_contract();
        let hours = crate::text::Words::new("тәулік бойы", "круглосуточно", "day and night");
        let phone = SupportPhone { number: "+7 707 000 2505".to_owned(), hours };
        let mut said = std::collections::HashSet::new();
        for code in &codes {
            let reason = DeclineReason::from_code(code).unwrap_or_else(|| panic!("the core knows no {code}"));
            let steps = STEPS.iter().find(|(known, _)| known == code).map(|(_, steps)| steps);
            let steps = steps.unwrap_or_else(|| panic!("{code} has no step"));
            for (language, step) in Language::ALL.into_iter().zip(steps) {
                let text = reason.text(Some("18:00"), Some("Сенім төлемі"), language);
                assert!(text.contains(step), "{code}, {language:?}: {text}");
                assert_eq!(text.contains("Сенім төлемі"), *code == "trust_credit", "{text}");
                for never in ["decline-", "…", "{", "Unknown error", "еизвестная ошибка", "елгісіз қате"]
                {
                    assert!(!text.contains(never), "{code}, {language:?}: {text}");
                }
                assert!(said.insert(text), "{code}, {language:?}: another reason's sentence");
                let call = SupportCall::of(&phone, language);
                assert!(call.text.contains("+7 707 000 2505"), "{call:?}");
                assert!(call.text.contains(phone.hours.in_language(language)), "{call:?}");
                assert_eq!(call.link, "tel:+77070002505");
            }
        }
        codes.sort_unstable();
        let mut known = DeclineReason::ALL.map(DeclineReason::code);
        known.sort_unstable();
        assert_eq!(codes, known, "the contract names every code, once");
    }

    #[test]
    fn a_number_to_call_is_a_number_and_no_command() {
        let link = |number: &str| {
            let phone = SupportPhone { number: number.to_owned(), hours: crate::text::Words::default() };
            SupportCall::of(&phone, Language::En).link
        };
        assert_eq!(link("1420"), "tel:1420");
        assert_eq!(link(" +7 (777) 000-25-05"), "tel:+77770002505");
        assert_eq!(link("*100*5#,,1+2"), "tel:100512");
    }

    #[test]
    fn the_contract_and_the_receipt_use_the_same_codes() {
        for reason in DeclineReason::ALL {
            assert_eq!(serde_json::to_string(&reason).expect("json"), format!("\"{}\"", reason.code()));
            assert_eq!(DeclineReason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(DeclineReason::from_code("unknown"), None);
    }
}
