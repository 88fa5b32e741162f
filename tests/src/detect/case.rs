//! A case: a passenger's fixes and a city's reports, and the truth, as one line of JSON.
//!
//! All seconds are by the phone's clock, which stamps its fixes and when a report came, so that the order is the
//! one in which the phone learned of them; only when a report was measured is by the feed's clock. Recorded cases
//! have more fields than are needed to judge, which are kept where they are known.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Second, latitude, longitude, accuracy in metres, speed in metres a second, bearing in degrees.
pub type PhoneRow = (f64, f64, f64, f32, Option<f32>, Option<f32>);

/// Second received and measured, vehicle, latitude, longitude, speed, bearing, line, trip.
pub type FeedRow = (f64, f64, String, f64, f64, Option<f32>, Option<f32>, Option<String>, Option<String>);

/// Second; runs that are due around the phone and have no bus in the feed; those that have one.
pub type DueRow = (f64, u32, u32);

/// One case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Names it.
    pub id: String,
    /// What kind of confusion it is about.
    pub scenario: String,
    /// Where its movement comes from.
    #[serde(default)]
    pub ride: String,
    /// What was drawn for its scenario.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// Seconds from one fix to the next, about.
    #[serde(default)]
    pub phone_dt: f64,
    /// How far off the phone's receiver is, metres on each axis (standard deviation).
    #[serde(default)]
    pub sigma: f64,
    /// Seconds from one report of a bus to its next.
    #[serde(default)]
    pub feed_iv: f64,
    /// The feed stamps reports when they are sent, not when they were measured.
    #[serde(default)]
    pub stamped: bool,
    /// The phone's clock minus the true one, in seconds.
    #[serde(default)]
    pub skew: f64,
    /// When the passenger opens the screen: nothing may be proposed before.
    pub t_open: f64,
    /// When the bus that was boarded sets out.
    pub t_ref: f64,
    /// The passenger is on no bus.
    #[serde(default)]
    pub null: bool,
    /// What the phone learns suffices to know.
    #[serde(default = "yes")]
    pub decidable: bool,
    /// What was ridden when.
    pub truth: Vec<Ridden>,
    /// The phone's fixes.
    pub phone: Vec<PhoneRow>,
    /// The buses' reports, as they came.
    pub feed: Vec<FeedRow>,
    /// Second, and how many runs that the city's timetable has around the phone report by then and do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<DueRow>,
}

/// A time on a bus, or on none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ridden {
    /// Which bus.
    pub veh: Option<String>,
    /// From this second.
    pub f: f64,
    /// Until this second.
    pub t: f64,
    /// The bus reports.
    #[serde(default)]
    pub in_feed: bool,
}

/// What to think of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is the bus that is being ridden.
    Ok,
    /// It is another, or none is.
    Wrong,
    /// It is boarded only later.
    Early,
    /// It has been left.
    Late,
}

fn yes() -> bool {
    true
}

impl Case {
    /// From here on the passenger can know.
    pub fn begins(&self) -> f64 {
        self.t_ref.max(self.t_open)
    }

    /// What to think of a bus that is proposed at a moment.
    pub fn judge(&self, vehicle: &str, at: f64) -> Judgement {
        let ridden = || self.truth.iter().filter(|ridden| ridden.veh.as_deref() == Some(vehicle));
        if ridden().any(|ridden| ridden.f <= at && at <= ridden.t) {
            Judgement::Ok
        } else if ridden().any(|ridden| at < ridden.f) {
            Judgement::Early
        } else if ridden().any(|ridden| ridden.t < at) {
            Judgement::Late
        } else {
            Judgement::Wrong
        }
    }

    /// Reads a line.
    ///
    /// # Errors
    /// It is not a case.
    pub fn read(line: &str) -> Result<Case, serde_json::Error> {
        serde_json::from_str(line)
    }

    /// Writes a line, without its end.
    ///
    /// # Errors
    /// A number that JSON cannot hold.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_line_is_read_with_its_truth() {
        let line = r#"{"id":"a","scenario":"jam","ride":"x.gpx","params":{"gapm":16.1},"phone_dt":1,"sigma":8.0,
            "feed_iv":30,"stamped":false,"skew":-0.22,"t_open":109.9,"t_ref":112.0,"null":false,"decidable":true,
            "truth":[{"veh":"1","f":100.0,"t":218.0,"in_feed":true},{"veh":null,"f":218.0,"t":420.0,"in_feed":false}],
            "phone":[[0.4,52.6,-8.6,14.4,0.09,null]],"feed":[[8.6,2,"1155",52.6,-8.6,5.1,21,"L61","T25"]]}"#;
        let case = Case::read(line).expect("a case");
        assert_eq!((case.begins(), case.truth.len(), case.params["gapm"].as_f64()), (112.0, 2, Some(16.1)));
        assert_eq!(case.judge("1", 150.0), Judgement::Ok);
        assert_eq!(case.judge("1", 99.0), Judgement::Early);
        assert_eq!(case.judge("1", 219.0), Judgement::Late);
        assert_eq!(case.judge("2", 150.0), Judgement::Wrong);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let ridden = Ridden { veh: Some("0547".into()), f: 100.0, t: 320.5, in_feed: true };
        let case = Case {
            id: "ordinary-7".into(),
            scenario: "ordinary".into(),
            params: Map::from_iter([("gap".to_owned(), Value::from(12.5))]),
            stamped: true,
            truth: vec![ridden, Ridden { f: 320.5, t: 420.0, ..Ridden::default() }],
            phone: vec![(1.03, 43.212_345, 76.9, 7.3, Some(0.5), None)],
            feed: vec![(9.0, 4.0, "1".into(), 43.2, 76.9, None, Some(21.0), Some("L1".into()), None)],
            ..Case::default()
        };
        let line = case.write().expect("a line");
        assert!(!line.contains('\n') && line.contains(r#""veh":null"#), "{line}");
        assert_eq!(Case::read(&line).expect("a case"), case);
    }
}
