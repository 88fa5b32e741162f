//! Points on the ground and how far they are from one another.

use geo::{Bearing, Distance, Haversine};
use serde::{Deserialize, Serialize};

/// A place on the ground in WGS 84 degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees north of the equator, -90 to 90.
    pub lat: f64,
    /// Degrees east of Greenwich, -180 to 180.
    pub lon: f64,
}

impl Point {
    /// A point, or none if it does not lie on Earth.
    pub fn new(lat: f64, lon: f64) -> Option<Point> {
        let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        on_earth.then_some(Point { lat, lon })
    }

    /// Metres to another point over the great circle.
    pub fn metres_to(self, other: Point) -> f64 {
        Haversine.distance(self.to_geo(), other.to_geo())
    }

    /// Degrees clockwise from north of the way to another point, 0 to 360.
    pub fn bearing_to(self, other: Point) -> f64 {
        Haversine.bearing(self.to_geo(), other.to_geo()).rem_euclid(360.0)
    }

    /// Metres east and north of an origin that is near: a flat map of a city.
    pub fn flat(self, origin: Point) -> (f64, f64) {
        const METRES_A_DEGREE: f64 = 111_195.08;
        let east = (self.lon - origin.lon) * METRES_A_DEGREE * origin.lat.to_radians().cos();
        (east, (self.lat - origin.lat) * METRES_A_DEGREE)
    }

    /// Metres to another point that is near, on the flat map: some ten times as fast as over the great circle.
    pub fn near_metres_to(self, other: Point) -> f64 {
        let (east, north) = self.flat(other);
        length(east, north)
    }

    /// The point that lies this share of the way (0 to 1) towards another.
    pub fn towards(self, other: Point, share: f64) -> Point {
        Point {
            lat: self.lat + (other.lat - self.lat) * share,
            lon: self.lon + (other.lon - self.lon) * share,
        }
    }

    fn to_geo(self) -> geo::Point {
        geo::Point::new(self.lon, self.lat)
    }
}

/// How long a way of so many metres to two sides is. No sum of squares overflows on Earth, which is what `hypot` takes
/// its time for.
pub(crate) fn length(one: f64, other: f64) -> f64 {
    (one * one + other * other).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATYRAU: Point = Point { lat: 47.1068, lon: 51.9167 };

    #[test]
    fn a_degree_of_latitude_is_about_111_km() {
        let north = Point { lat: ATYRAU.lat + 1.0, ..ATYRAU };
        assert!((ATYRAU.metres_to(north) - 111_195.0).abs() < 5.0);
        assert!(ATYRAU.bearing_to(north).abs() < 1e-9);
    }

    #[test]
    fn the_flat_map_agrees_with_the_globe_across_a_city() {
        let there = Point { lat: 47.15, lon: 52.0 };
        let flat = there.near_metres_to(ATYRAU);
        assert!((flat / ATYRAU.metres_to(there) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn points_off_the_globe_are_refused() {
        assert_eq!(Point::new(91.0, 0.0), None);
        assert_eq!(Point::new(0.0, f64::NAN), None);
        assert!(Point::new(-90.0, 180.0).is_some());
    }
}
