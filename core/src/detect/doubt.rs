//! What speaks against a bus that is about to be paid.
//!
//! A bus is named by its code, by the number that was typed, by a beacon or by the positions, and these may disagree.
//! Where they do, the passenger is told with the sum on the button, and pays all the same if they know better. Where
//! nothing is known, nothing is said; each doubt says what was seen or heard, so that it can be compared with the
//! bus one sits in.
//!
//! Positions are not believed lightly here: a bus has driven on since it reported, feeds come late, and their clocks
//! are off. Who has just boarded a bus that came from afar reads nothing.

use super::beacon::Ear;
use super::detector::FIX_OLD_MS;
use super::{Company, Sampling, Sighting};
use crate::realtime::{Live, VehicleReport};
use crate::text::{Language, age_text, say};

/// No bus drives faster on a highway, in metres a second.
const FASTEST_MPS: f64 = 28.0;
/// So far a bus may be by the errors of both receivers, in metres, and so much older than it says a report may be.
const NEAR_M: f64 = 300.0;
const LATE_MS: i64 = 20_000;
/// The phone rode for at least so long when the report was measured that speaks against the bus: what a bus did
/// before the passenger boarded it speaks against none.
const RODE_MS: i64 = 20_000;
/// A beacon as loud as this is in the bus that one sits in, and one that is less than half as loud is not.
const LOUD: f32 = 1.0;
const FAINT: f32 = 0.5;

/// What speaks against a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The positions propose another one.
    Another {
        /// The number painted on that.
        label: String,
    },
    /// It reported from farther away than it could have come since.
    Far {
        /// Metres from where the phone is now.
        metres: u32,
        /// How old the report is, in seconds.
        age_s: u32,
    },
    /// The phone rides, and by its reports this bus does not go with it.
    OtherWay,
    /// The beacon of another bus is loud here, and its own is not.
    Louder {
        /// The number painted on the other one.
        label: String,
    },
    /// Other buses report, and this one has not for so long.
    Silent {
        /// How old its last report is, in seconds.
        age_s: u32,
    },
}

/// What was seen and heard when somebody is about to pay.
pub(crate) struct Witnesses<'a> {
    /// Where the phone is, and whether it rides.
    pub(crate) sampling: &'a Sampling,
    /// Now by the boot clock, for the phone's own places.
    pub(crate) boot_ms: i64,
    /// What all buses say of themselves.
    pub(crate) live: &'a Live,
    /// Now, for their reports.
    pub(crate) now_ms: i64,
    /// Which bus the positions speak for.
    pub(crate) sighting: Sighting,
    /// Whether they are together with the one in question.
    pub(crate) company: Company,
    /// The beacons, and now for them.
    pub(crate) ear: (&'a Ear, i64),
}

impl Witnesses<'_> {
    /// What speaks against this bus, the weightiest first.
    pub(crate) fn against(&self, vehicle: &str) -> Vec<Doubt> {
        let report = self.live.vehicle(vehicle);
        let by_report = report.and_then(|report| self.silent(report).or_else(|| self.elsewhere(report)));
        [self.another(vehicle), by_report, self.louder(vehicle)].into_iter().flatten().collect()
    }

    fn another(&self, vehicle: &str) -> Option<Doubt> {
        let Sighting::Proposed { bus, .. } = &self.sighting else { return None };
        (bus.vehicle != vehicle).then(|| Doubt::Another { label: bus.label.clone() })
    }

    fn silent(&self, report: &VehicleReport) -> Option<Doubt> {
        // Where no bus reports it is the feed that is silent, or its clock is off.
        let is_alone = report.is_silent(self.now_ms) && self.live.vehicles(self.now_ms).next().is_some();
        is_alone.then(|| Doubt::Silent { age_s: seconds(report.age_ms(self.now_ms)) })
    }

    fn elsewhere(&self, report: &VehicleReport) -> Option<Doubt> {
        let (fix, fix_age_ms) = self.sampling.last_fix(self.boot_ms)?;
        if fix.mocked || fix_age_ms > FIX_OLD_MS || report.is_silent(self.now_ms) {
            return None;
        }
        let (age_ms, metres) = (report.age_ms(self.now_ms), report.point.metres_to(fix.point));
        let drove_m = FASTEST_MPS * age_ms.saturating_add(LATE_MS) as f64 / 1_000.0;
        if metres > NEAR_M + f64::from(fix.accuracy_m.max(0.0)) + drove_m {
            return Some(Doubt::Far { metres: metres.round() as u32, age_s: seconds(age_ms) });
        }
        let rode_ms = self.sampling.rides_for_ms(self.boot_ms)?.saturating_sub(age_ms);
        (self.company == Company::Parted && rode_ms >= RODE_MS).then_some(Doubt::OtherWay)
    }

    fn louder(&self, vehicle: &str) -> Option<Doubt> {
        let (ear, now_ms) = self.ear;
        let loudest = ear.loudest(now_ms).into_iter().next().filter(|bus| bus.vehicle != vehicle)?;
        let is_clear =
            ear.loudness(&loudest.vehicle, now_ms) >= LOUD && ear.loudness(vehicle, now_ms) < FAINT;
        is_clear.then(|| Doubt::Louder { label: loudest.label.clone() })
    }
}

impl Doubt {
    /// The same in words, of the bus with this painted number.
    pub fn text(&self, painted: &str, language: Language) -> String {
        let told = |message: &str, fill: &[(&str, &str)]| say(language, message, fill);
        let age = |age_s: u32| age_text(age_s.into(), language);
        match self {
            Doubt::Another { label } => told("doubt-another", &[("bus", label)]),
            Doubt::Far { metres, age_s } => {
                let way = far_text(*metres, language);
                told("doubt-far", &[("bus", painted), ("way", &way), ("age", &age(*age_s))])
            }
            Doubt::OtherWay => told("doubt-other-way", &[("bus", painted)]),
            Doubt::Louder { label } => told("doubt-louder", &[("bus", label)]),
            Doubt::Silent { age_s } => told("doubt-silent", &[("bus", painted), ("age", &age(*age_s))]),
        }
    }
}

/// Metres, or whole kilometres where there are several.
fn far_text(metres: u32, language: Language) -> String {
    let (message, n) =
        if metres < 2_000 { ("far-metres", metres) } else { ("far-kilometres", metres / 1_000) };
    say(language, message, &[("n", &n.to_string())])
}

fn seconds(ms: i64) -> u32 {
    u32::try_from(ms / 1_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::{Candidate, Evidence, Fix, HeardBus, Why};
    use super::*;
    use crate::geo::Point;
    use crate::realtime::FeedMessage;
    use crate::realtime::feed::{FeedEntity, Position, VehicleDescriptor, VehiclePosition};

    const NOW: i64 = 1_700_000_000_000;
    const HERE: Point = Point { lat: 47.1, lon: 51.9 };

    struct Scene {
        live: Live,
        ear: Ear,
        sampling: Sampling,
        sighting: Sighting,
        company: Company,
    }

    impl Scene {
        /// A phone that has been standing for a minute; of no bus is anything known.
        fn new() -> Scene {
            let mut scene = Scene {
                live: Live::default(),
                ear: Ear::default(),
                sampling: Sampling::default(),
                sighting: Sighting::None { why: Why::TooEarly },
                company: Company::Unknown,
            };
            (0..60).for_each(|second| scene.is_at(second, 0.0, 0.0));
            scene
        }

        fn is_at(&mut self, second: i64, metres: f64, mps: f32) {
            let point = east(metres);
            let fix = Fix {
                at_ms: 0,
                point,
                accuracy_m: 10.0,
                speed_mps: Some(mps),
                bearing_deg: None,
                mocked: false,
            };
            self.sampling.observe(&fix, &self.sighting, second * 1_000);
        }

        /// Bus `id` was so far west of where the phone began.
        fn reports(&mut self, id: &str, metres: f64, age_s: i64) {
            let point = east(-metres);
            let name = VehicleDescriptor { id: Some(id.into()), label: None, license_plate: None };
            let vehicle = VehiclePosition {
                position: Some(Position::at(point)),
                timestamp: Some((NOW / 1_000 - age_s) as u64),
                vehicle: Some(name),
                ..VehiclePosition::default()
            };
            let bus = FeedEntity { vehicle: Some(Box::new(vehicle)), ..FeedEntity::default() };
            self.live.take_positions(&FeedMessage::full((NOW / 1_000) as u64, vec![bus]), NOW);
        }

        fn hears(&mut self, id: &str, dbm: i8) {
            let bus = HeardBus { vehicle: id.into(), label: id.into(), line: None };
            self.ear.hear(bus, dbm, NOW);
        }

        /// What speaks against bus 1 at this second of the phone.
        fn doubts(&self, second: i64) -> Vec<Doubt> {
            let witnesses = Witnesses {
                sampling: &self.sampling,
                boot_ms: second * 1_000,
                live: &self.live,
                now_ms: NOW,
                sighting: self.sighting.clone(),
                company: self.company,
                ear: (&self.ear, NOW),
            };
            witnesses.against("1")
        }
    }

    fn east(metres: f64) -> Point {
        Point { lon: HERE.lon + metres / 75_694.0, ..HERE }
    }

    fn proposed(vehicle: &str) -> Sighting {
        let bus = Candidate { vehicle: vehicle.into(), label: vehicle.into(), ..Candidate::default() };
        Sighting::Proposed { bus, evidence: Evidence::default() }
    }

    #[test]
    fn nothing_is_said_where_nothing_is_known() {
        assert_eq!(Scene::new().doubts(60), []);
        let mut scene = Scene::new();
        scene.company = Company::Parted;
        assert_eq!(scene.doubts(60), [], "it never reported");
        scene.sampling = Sampling::default();
        scene.reports("1", 5_000.0, 0);
        assert_eq!(scene.doubts(60), [], "the phone does not know where it is");
    }

    #[test]
    fn the_bus_that_the_positions_propose_is_named() {
        let mut scene = Scene::new();
        scene.sighting = proposed("2");
        assert_eq!(scene.doubts(60), [Doubt::Another { label: "2".into() }]);
        scene.sighting = proposed("1");
        assert_eq!(scene.doubts(60), []);
    }

    #[test]
    fn a_bus_is_far_if_it_cannot_have_come_since() {
        let far = |metres: f64, age_s: i64, second: i64| {
            let mut scene = Scene::new();
            scene.reports("1", metres, age_s);
            scene.doubts(second)
        };
        let [Doubt::Far { metres: 2_990..3_010, age_s: 40 }] = far(3_000.0, 40, 60)[..] else {
            panic!("{:?}", far(3_000.0, 40, 60))
        };
        assert_eq!(far(800.0, 0, 60), [], "the feed's clock may be ahead");
        assert!(matches!(far(900.0, 0, 60)[..], [Doubt::Far { metres: 890..910, age_s: 0 }]));
        assert_eq!(far(1_400.0, 40, 60), [], "a minute ago it was a kilometre and a half away");
        assert_eq!(far(3_000.0, 40, 90), [], "the phone's own place is too old");
        let mut scene = Scene::new();
        scene.reports("1", 3_000.0, 40);
        let point = HERE;
        let made_up =
            Fix { at_ms: 0, point, accuracy_m: 5.0, speed_mps: None, bearing_deg: None, mocked: true };
        scene.sampling.observe(&made_up, &scene.sighting, 60_000);
        assert_eq!(scene.doubts(60), []);
    }

    #[test]
    fn what_a_bus_did_before_one_boarded_it_says_nothing() {
        let mut scene = Scene::new();
        scene.company = Company::Parted;
        scene.reports("1", 200.0, 10);
        assert_eq!(scene.doubts(60), [], "it came to the stop, and its passenger has just boarded");
        (60..90).for_each(|second| scene.is_at(second, 9.0 * (second - 60) as f64, 9.0));
        assert_eq!(scene.doubts(89), [], "it reported ten seconds ago, after nineteen of the ride");
        scene.is_at(90, 270.0, 9.0);
        assert_eq!(scene.doubts(90), [Doubt::OtherWay], "it has left without its passenger");
        scene.company = Company::Unknown;
        assert_eq!(scene.doubts(90), []);
    }

    #[test]
    fn a_bus_that_is_silent_alone_is_told_so() {
        let mut scene = Scene::new();
        scene.reports("1", 0.0, 240);
        assert_eq!(scene.doubts(60), [], "nobody reports");
        scene.reports("2", 50.0, 5);
        assert_eq!(scene.doubts(60), [Doubt::Silent { age_s: 240 }]);
    }

    #[test]
    fn a_beacon_speaks_for_its_bus_where_its_own_does_not() {
        let heard = |own: Option<i8>, other: i8| {
            let mut scene = Scene::new();
            own.into_iter().for_each(|dbm| scene.hears("1", dbm));
            scene.hears("2", other);
            scene.doubts(60)
        };
        let louder = [Doubt::Louder { label: "2".into() }];
        assert_eq!(heard(Some(-85), -60), louder);
        assert_eq!(heard(None, -60), louder);
        assert_eq!(heard(Some(-75), -60), [], "both are near");
        assert_eq!(heard(None, -80), [], "it passes by");
        assert_eq!(heard(Some(-60), -62), []);
    }

    #[test]
    fn each_doubt_has_its_words() {
        let doubts = [
            Doubt::Another { label: "548".into() },
            Doubt::Far { metres: 1_240, age_s: 7 },
            Doubt::Far { metres: 3_900, age_s: 90 },
            Doubt::OtherWay,
            Doubt::Louder { label: "548".into() },
            Doubt::Silent { age_s: 200 },
        ];
        for language in Language::ALL {
            let texts = doubts.each_ref().map(|doubt| doubt.text("547", language));
            let has = |nth: usize, parts: &[&str]| parts.iter().all(|part| texts[nth].contains(part));
            assert!(
                has(0, &["548"]) && has(1, &["547", "1240", "7"]) && has(2, &["547", "3 ", "1 "]),
                "{texts:?}"
            );
            assert!(has(3, &["547"]) && has(4, &["548"]) && has(5, &["547", "3 "]), "{texts:?}");
            assert!(
                texts.iter().all(|text| text.chars().count() <= 90 && !text.contains("doubt-")),
                "{texts:?}"
            );
        }
        assert_eq!(doubts[2].text("547", Language::En), "Bus 547 was 3 km away 1 min ago.");
    }
}
