//! The operator's JSON, read as the link's desk reads it.

use super::material::NOW_MS;
use super::operator;
use jiff::civil::date;
use jol_core::city::fares::{CityRules, FareHistory, FareQuestion};
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::operator::wire::{
    Cards, Cities, Device, InspectionReport, KeysAnswer, OperatorInfo, PaymentAnswer, Problem,
    RegisterAnswer, Rides, Session, SignInStarted, Sources, StatusAnswer, Terms, TimeAnswer, TopUpAnswer,
    Vehicles,
};
use jol_core::pay::Way;
use jol_core::text::Language;
use jol_core::wallet::{Category, PassengerGroup};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is read is what is written, and read again the same.
fn read<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(input: &[u8]) -> Option<T> {
    let value = serde_json::from_slice::<T>(input).ok()?;
    let written = serde_json::to_vec(&value).expect("what was read can be written");
    let again = serde_json::from_slice::<T>(&written).expect("what we write can be read");
    assert_eq!(again, value);
    Some(value)
}

/// Any answer, as each document that there is.
pub(crate) fn json(input: &[u8]) {
    let _ = (read::<OperatorInfo>(input), read::<Terms>(input), read::<Cities>(input));
    let _ = (read::<Vehicles>(input), read::<Sources>(input), read::<StatusAnswer>(input));
    let _ = (read::<KeysAnswer>(input), read::<TimeAnswer>(input), read::<SignInStarted>(input));
    let _ = (read::<RegisterAnswer>(input), read::<InspectionReport>(input));
    let _ = (read::<Session>(input), read::<Device>(input), read::<Cards>(input));
    let _ = (read::<TopUpAnswer>(input), read::<PaymentAnswer>(input), read::<Rides>(input));
    let _ = read::<Problem>(input);
    if let Some(rules) = read::<CityRules>(input) {
        fares(&rules);
    }
    for status in [400, 403] {
        let refusal = Refusal::from_answer(status, input);
        for language in Language::ALL {
            assert!(!refusal.text(language).is_empty());
        }
    }
}

fn fares(rules: &CityRules) {
    let all = Category::ALL.map(|category| PassengerGroup { category, count: 15 });
    for way in Way::ALL {
        let before = FareHistory {
            spent_today: Money::tiyn(i64::MIN),
            spent_this_month: Money::tenge(2_000),
            last_ride: Some(("14", 10)),
            passes: &[],
        };
        let day = date(2026, 9, 16);
        let question =
            FareQuestion { category: Category::Standard, way, line: "5", zone: Some("1"), day, before };
        let _ = rules.fares.fare_of_group(&all, &question);
        let _ = rules.fares.fare_of_group(&all, &FareQuestion { before: FareHistory::default(), ..question });
    }
}

/// One of each document, and a problem.
pub(crate) fn documents() -> Vec<Vec<u8>> {
    let mut seeds = operator::documents();
    let problem =
        r#"{"type":"about:blank","code":"wrong_code","title":"no","status":403,"tries_left":2,"more":[1]}"#;
    seeds.push(problem.as_bytes().to_vec());
    let seen =
        r#"{"intent":"JOLI1:00","challenge":"AAECAwQFBgc","verdict":"valid","vehicle":"547","at_ms":0}"#;
    seeds.push(format!(r#"{{"checks":[{seen}]}}"#).into_bytes());
    seeds.push(format!(r#"{{"sign_in":"s","expires_ms":{NOW_MS},"code_length":4}}"#).into_bytes());
    seeds
}
