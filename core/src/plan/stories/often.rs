//! Lines of which the feed says only how often they come (frequencies.txt).
//!
//! What is not exact (`exact_times` 0) is planned with as written out from the first time on, and says so: a
//! passenger who reads "every 10 min" knows what the time is worth, and one who is not there by the minute has
//! missed nothing.

use super::*;

#[test]
fn a_ride_that_comes_every_so_often_says_so_and_an_exact_one_does_not() {
    let city = almaty()
        .trip("often", |t| t.headway_s(600).stop("x", "10:00").stop("y", "10:10"))
        .trip("often", |t| t.headway_s(600).stop("x", "10:10").stop("y", "10:20"))
        .trip("exact", |t| t.line("2").stop("y", "10:25").stop("z", "10:40"))
        .finish();
    let plan = depart(&city, "x", "z", at("09:55"));
    assert_eq!(tell(&plan), ["10 10:10 often x–y, exact y–z 10 10:40"]);
    let headways: Vec<u32> =
        plan.journeys[0].legs.iter().filter_map(Leg::ride).map(|ride| ride.headway_s).collect();
    assert_eq!(headways, [600, 0]);
}
