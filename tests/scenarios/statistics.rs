//! The operator's staff reads who rides, by category, way and line: nobody under ten, and nothing that can be
//! subtracted.

use jol_headless::story::{Scene, tell};
use serde_json::Value;

const DAY_MS: i64 = 24 * 3_600_000;

fn rides(answer: &Value) -> Vec<(String, u64)> {
    let cells = answer["cells"].as_array().expect("cells");
    let cell = |cell: &Value| {
        let period = cell["period"].as_str().expect("a period").to_owned();
        (period, cell["rides"].as_u64().expect("rides"))
    };
    cells.iter().map(cell).collect()
}

#[test]
fn statistics() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut number = 40_000;
        // At noon of the 16th, the 17th and the 18th so many ride by message.
        for count in [30, 12, 3] {
            for _ in 0..count {
                number += 1;
                let body = format!(r#"{{"vehicle":"0547","way":"sms","number":"{number}"}}"#);
                scene.control("POST", "/sandbox/rides", &body);
            }
            scene.pass_ms(DAY_MS);
        }
        // And one family, three times: nine passengers of one payer.
        for _ in 0..3 {
            let body = r#"{"vehicle":"0548","way":"sms","number":"40817",
                "passengers":[{"category":"standard","count":1},{"category":"school","count":2}]}"#;
            scene.control("POST", "/sandbox/rides", body);
        }
        let read = |by: &str| -> Value {
            let said = scene.statistics("2026-09-01", "2026-09-30", by);
            scene.note("operator", format!("statistics by {by}: {said}"));
            serde_json::from_str(&said).expect("json")
        };
        assert_eq!(rides(&read("month")), [], "September is not over");
        scene.pass_ms(20 * DAY_MS);
        let (days, month) = (read("day"), read("month"));
        // The day of 3 would be what the month has beside its days: the next one, round the month's end, is left
        // out with it.
        assert_eq!(rides(&days), [("2026-09-17".to_owned(), 12)]);
        assert_eq!(rides(&month), [("2026-09".to_owned(), 48)]);
        let left = 48 - 12;
        assert!(left >= 10, "what an attacker gets by subtracting");
        assert_eq!(month["totals"][0]["rides"], 48, "a total is of what is told");
        assert_eq!(month["totals"].as_array().map(Vec::len), Some(1), "pupils of one family are not told");
        let text = month.to_string();
        assert!(!text.contains("40817") && !text.contains("payer\"") && !text.contains("account"), "{text}");
        // Half of a month is no month.
        let half = scene.statistics("2026-09-01", "2026-09-29", "month");
        assert_eq!(rides(&serde_json::from_str(&half).expect("json")), []);
    });
}
