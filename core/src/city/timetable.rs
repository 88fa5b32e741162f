//! The timetable as flat arrays: what the planner and the stop board walk over.
//!
//! The layout is that of RAPTOR (Delling, Pajor, Werneck: *Round-Based Public Transit Routing*,
//! 2012): trips that serve the same stops in the same order, and never overtake one another, form a
//! [pattern](PatternRecord); its trips lie one after another, each a [start and a profile](super::times).
//! Every access checks its bounds: an index comes from a file.

use super::continuations::Continuation;
use super::overlay::Overlay;
use super::times::{PatternTimes, ProfileTime, TripStart, TripTimes};
use crate::geo::Point;
use crate::order;
use crate::text::Language;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Names an index into one of the timetable's arrays, so that no two can be mixed up.
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, IntoBytes, Immutable, KnownLayout,
        )]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// Stands for "there is none".
            pub const NONE: $name = $name(u32::MAX);

            /// This index, unless it stands for none.
            pub fn some(self) -> Option<$name> {
                (self != Self::NONE).then_some(self)
            }

            /// This index as a position in a slice.
            pub fn at(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// A stop, station, platform or entrance.
    StopIdx
);
index!(
    /// A line (GTFS: route).
    LineIdx
);
index!(
    /// A pattern: one order of stops of one line, without overtaking.
    PatternIdx
);
index!(
    /// A trip; the trips of a pattern follow one another, earliest first.
    TripIdx
);
index!(
    /// A service: the days on which a trip runs.
    ServiceIdx
);
index!(
    /// A text in the pack's table of texts.
    TextIdx
);

/// What a place in `stops.txt` is; the numbers are GTFS's `location_type`.
pub mod stop_kind {
    /// A stop or platform, where vehicles halt.
    pub const STOP: u8 = 0;
    /// A station that holds platforms.
    pub const STATION: u8 = 1;
    /// A way into a station.
    pub const ENTRANCE: u8 = 2;
    /// A node of a station's pathways.
    pub const NODE: u8 = 3;
    /// A boarding area of a platform.
    pub const BOARDING_AREA: u8 = 4;
    /// A stop as the vehicles of some trips use it, its `parent`: from and to them changes take other times.
    /// Not GTFS's; told as the stop.
    pub const BERTH: u8 = 5;
}

/// A stop, 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StopRecord {
    /// The feed's `stop_id` (with its feed's number before a colon, if the pack holds several feeds).
    pub id: TextIdx,
    /// The name that a passenger reads.
    pub name: TextIdx,
    /// Latitude in 1e-7 degrees.
    pub lat_e7: i32,
    /// Longitude in 1e-7 degrees.
    pub lon_e7: i32,
    /// The station that it belongs to.
    pub parent: StopIdx,
    /// The public code on the pole (`stop_code`).
    pub code: TextIdx,
    /// The fare zone.
    pub zone: TextIdx,
    /// One of [`stop_kind`].
    pub kind: u8,
    /// GTFS `wheelchair_boarding`, inherited from the station: 0 unknown, 1 yes, 2 no.
    pub wheelchair: u8,
    /// 1 if one comes to it from the street, and from it to the street, through the entrances of its station
    /// only, by the walks from and to them; else 0.
    pub behind_entrances: u8,
    /// Zero.
    pub reserved: u8,
}

impl StopRecord {
    /// Whether streets lead to its station's entrances and not to itself.
    pub fn is_behind_entrances(&self) -> bool {
        self.behind_entrances != 0
    }

    /// Where it lies.
    pub fn point(&self) -> Point {
        Point { lat: f64::from(self.lat_e7) * 1e-7, lon: f64::from(self.lon_e7) * 1e-7 }
    }
}

/// A line, 28 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct LineRecord {
    /// The feed's `route_id`.
    pub id: TextIdx,
    /// The number on the front of the bus.
    pub short_name: TextIdx,
    /// From where to where, in words.
    pub long_name: TextIdx,
    /// The agency's name.
    pub agency: TextIdx,
    /// The agency's time zone, as in IANA's database.
    pub time_zone: TextIdx,
    /// GTFS `route_color` as 0xRRGGBB; 0xFFFFFFFF if the feed names none.
    pub colour: u32,
    /// GTFS `route_type`, basic or extended: 3 is a bus.
    pub mode: u16,
    /// Zero.
    pub reserved: u16,
}

/// A pattern, 28 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PatternRecord {
    /// Its line.
    pub line: LineIdx,
    /// Its first entry in `pattern_stops`.
    pub first_stop: u32,
    /// How many stops it has.
    pub stop_count: u32,
    /// Its first trip.
    pub first_trip: TripIdx,
    /// How many trips it has.
    pub trip_count: u32,
    /// Its first point in `shape_points`.
    pub first_point: u32,
    /// How many points its way through the streets has; 0 if the feed draws none.
    pub point_count: u32,
}

/// A bend in the way of a pattern through the streets, 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ShapePoint {
    /// Latitude in 1e-7 degrees.
    pub lat_e7: i32,
    /// Longitude in 1e-7 degrees.
    pub lon_e7: i32,
}

/// GTFS `pickup_type` and `drop_off_type`: nobody gets on, or off.
pub const NOT_HERE: u8 = 1;

/// A stop of a pattern, 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PatternStop {
    /// Which stop.
    pub stop: StopIdx,
    /// GTFS `pickup_type` of the pattern: 0 regular, 1 none, 2 phone, 3 ask the driver.
    pub pickup: u8,
    /// GTFS `drop_off_type` of the pattern.
    pub drop_off: u8,
    /// How long after a trip's start its times here begin to count, in [`BASE_S`](super::times::BASE_S): 0
    /// unless trips take more than 18 hours.
    pub base: u16,
}

/// A trip, 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TripRecord {
    /// The feed's `trip_id`.
    pub id: TextIdx,
    /// Where the sign on the bus says it goes.
    pub headsign: TextIdx,
    /// When it runs.
    pub service: ServiceIdx,
    /// Its pattern.
    pub pattern: PatternIdx,
    /// `headway_secs` of a trip that stands for "every so often" (frequencies.txt, not exact), else 0.
    pub headway_s: u32,
    /// GTFS `direction_id`: 0 or 1, 2 if the feed does not say.
    pub direction: u8,
    /// GTFS `wheelchair_accessible`: 0 unknown, 1 yes, 2 no.
    pub wheelchair: u8,
    /// Zero.
    pub reserved: [u8; 2],
}

/// That a pattern serves a stop, and where in its order; 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StopPattern {
    /// The pattern.
    pub pattern: PatternIdx,
    /// The position of the stop in it; a loop has several entries.
    pub position: u32,
}

/// A walk between two stops, 12 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Footpath {
    /// Where it leads.
    pub to: StopIdx,
    /// How long it takes at walking speed 1.2 m/s, or as `transfers.txt` says.
    pub seconds: u32,
    /// How far it is, in metres.
    pub metres: u32,
}

/// How a text reads in the passenger's language, 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Spelling {
    /// The text, as feed or map show it.
    pub text: TextIdx,
    /// The same in Kazakh, Russian, English; none where it is not known to be another.
    pub languages: [TextIdx; 3],
}

/// From which trip on stops are numbered so, 8 bytes: until the trip of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Numbering {
    /// The first trip that is numbered so.
    pub trip: TripIdx,
    /// Where the number of the first stop stands in `numbers`; `u32::MAX`: they count from 1.
    pub first: u32,
}

/// How a walk that has steps is made without them, 12 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Stepless {
    /// The walk, which leads over stairs or an escalator: its position in `footpaths`.
    pub path: u32,
    /// How long the way by lift or ramp takes, in seconds; `u32::MAX` if there is none.
    pub seconds: u32,
    /// How far that is, in metres; 0 if there is none.
    pub metres: u32,
}

/// The timetable of a city, borrowed from a mapped file or from [`Arrays`].
///
/// `…_offsets` arrays are one longer than what they index: entry `n` to entry `n + 1` is the range.
#[derive(Clone, Copy, Debug)]
pub struct Timetable<'a> {
    /// All stops.
    pub stops: &'a [StopRecord],
    /// All lines.
    pub lines: &'a [LineRecord],
    /// All patterns.
    pub patterns: &'a [PatternRecord],
    /// The stops of all patterns.
    pub pattern_stops: &'a [PatternStop],
    /// All trips, pattern by pattern.
    pub trips: &'a [TripRecord],
    /// When each trip starts, and which profile it keeps to; one a trip.
    pub starts: &'a [TripStart],
    /// The profiles of all trips, each one entry a stop of its pattern.
    pub times: &'a [ProfileTime],
    /// The ways of all patterns through the streets.
    pub shape_points: &'a [ShapePoint],
    /// Which patterns serve a stop: ranges of `stop_patterns`.
    pub stop_pattern_offsets: &'a [u32],
    /// See `stop_pattern_offsets`.
    pub stop_patterns: &'a [StopPattern],
    /// Which walks start at a stop: ranges of `footpaths`.
    pub footpath_offsets: &'a [u32],
    /// See `footpath_offsets`; sorted by `to`.
    pub footpaths: &'a [Footpath],
    /// The least time between two rides at one stop, in seconds, one a stop.
    pub change_s: &'a [u32],
    /// Days of services: bit `d % 64` of word `service * words_a_service + d / 64` says that the
    /// service runs `d` days after `first_day`.
    pub service_days: &'a [u64],
    /// Words of `service_days` a service.
    pub words_a_service: u32,
    /// The first day that any service runs, in days since 1970-01-01.
    pub first_day: i32,
    /// How many days the timetable covers.
    pub day_count: u32,
    /// Where a text begins in `text_bytes`; one more than there are texts.
    pub text_offsets: &'a [u32],
    /// All texts, UTF-8.
    pub text_bytes: &'a [u8],
    /// How texts read in other languages, sorted by the text.
    pub spellings: &'a [Spelling],
    /// What goes otherwise now: see [`with`](Self::with).
    pub overlay: Option<&'a Overlay>,
    /// Where one may stay seated from one trip to the next, sorted by the trip that ends.
    pub continuations: &'a [Continuation],
    /// How trips number their stops, sorted by trip; before the first one from 1.
    pub numberings: &'a [Numbering],
    /// The numbers of stops (`stop_sequence`), rising for each trip.
    pub numbers: &'a [u32],
    /// The walks that have steps, sorted.
    pub stepless: &'a [Stepless],
    /// The language of names; none: as feed and map show them. See [`speaking`](Timetable::speaking).
    pub language: Option<Language>,
}

/// With an [overlay](super::overlay), patterns, trips, services and texts are numbered on beyond the arrays.
impl<'a> Timetable<'a> {
    /// A stop.
    pub fn stop(&self, stop: StopIdx) -> Option<&'a StopRecord> {
        self.stops.get(stop.at())
    }

    /// A line.
    pub fn line(&self, line: LineIdx) -> Option<&'a LineRecord> {
        self.lines.get(line.at())
    }

    /// A pattern.
    pub fn pattern(&self, pattern: PatternIdx) -> Option<&'a PatternRecord> {
        let at = pattern.at();
        self.patterns.get(at).or_else(|| self.overlay?.patterns.get(at.checked_sub(self.patterns.len())?))
    }

    /// A trip.
    pub fn trip(&self, trip: TripIdx) -> Option<&'a TripRecord> {
        let at = trip.at();
        self.trips.get(at).or_else(|| self.overlay?.trips.get(at.checked_sub(self.trips.len())?))
    }

    /// The trips of a pattern; empty if the pack names what it does not hold.
    pub fn trips_of(&self, pattern: &PatternRecord) -> &'a [TripRecord] {
        let laid = self.overlay.map(|overlay| overlay.trips.as_slice());
        range_on(self.trips, laid, pattern.first_trip.0, pattern.trip_count)
    }

    /// The stops of a pattern, in order; empty if the pack names what it does not hold.
    pub fn stops_of(&self, pattern: &PatternRecord) -> &'a [PatternStop] {
        let laid = self.overlay.map(|overlay| overlay.pattern_stops.as_slice());
        range_on(self.pattern_stops, laid, pattern.first_stop, pattern.stop_count)
    }

    /// The times of a pattern's trip number `nth`, one a stop; empty if there are none.
    pub fn times_of(&self, pattern: &PatternRecord, nth: u32) -> TripTimes<'a> {
        self.pattern_times(pattern).map(|times| times.of(nth as usize)).unwrap_or_default()
    }

    /// A trip's pattern, and its times, one a stop of that.
    pub fn trip_times(&self, trip: TripIdx) -> Option<(&'a PatternRecord, TripTimes<'a>)> {
        let pattern = self.pattern(self.trip(trip)?.pattern)?;
        Some((pattern, self.times_of(pattern, trip.0.checked_sub(pattern.first_trip.0)?)))
    }

    /// The times of all trips of a pattern; none unless the pack holds its stops and trips wholly.
    pub fn pattern_times(&self, pattern: &PatternRecord) -> Option<PatternTimes<'a>> {
        let stops = self.stops_of(pattern);
        let laid = self.overlay.filter(|_| self.is_laid(pattern.first_trip));
        let (starts, times) = match laid {
            Some(overlay) => {
                let laid = Some(overlay.starts.as_slice());
                (range_on(self.starts, laid, pattern.first_trip.0, pattern.trip_count), &*overlay.times)
            }
            None => (range(self.starts, pattern.first_trip.0, pattern.trip_count), self.times),
        };
        let whole = stops.len() == pattern.stop_count as usize && starts.len() == pattern.trip_count as usize;
        whole.then(|| PatternTimes::new(stops, starts, times))
    }

    /// What number the feed gives to a trip's stop at a position (GTFS: `stop_sequence`).
    pub fn stop_sequence(&self, trip: TripIdx, position: u32) -> u32 {
        let trip = self.origin(trip).unwrap_or(trip);
        let after = self.numberings.partition_point(|numbering| numbering.trip <= trip);
        let first = after.checked_sub(1).and_then(|nth| self.numberings.get(nth)).map(|known| known.first);
        let number = first.and_then(|first| self.numbers.get(first.checked_add(position)? as usize));
        number.copied().unwrap_or(position.saturating_add(1))
    }

    /// How many stop times the trips of all patterns have.
    pub fn stop_time_count(&self) -> u64 {
        let of = |pattern: &PatternRecord| u64::from(pattern.stop_count) * u64::from(pattern.trip_count);
        self.patterns.iter().map(of).sum()
    }

    /// The way of a pattern through the streets; empty if the feed draws none.
    pub fn shape_of(&self, pattern: &PatternRecord) -> &'a [ShapePoint] {
        range(self.shape_points, pattern.first_point, pattern.point_count)
    }

    /// The stops that a vehicle serves within so many metres of a point, straight, the nearest first.
    pub fn stops_near(&self, point: Point, metres: f64, limit: usize) -> Vec<(StopIdx, f64)> {
        let far = |stop: &StopRecord| stop.point().near_metres_to(point);
        let served =
            |stop: StopIdx| self.halts_of(stop).iter().any(|halt| !self.patterns_at(*halt).is_empty());
        let mut near: Vec<(StopIdx, f64)> = (0..)
            .map(StopIdx)
            .zip(self.stops.iter().map(far))
            .filter(|(stop, far)| *far <= metres && !self.is_berth(*stop) && served(*stop))
            .collect();
        order::sort_by(&mut near, |a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        near.truncate(limit);
        near
    }

    /// The patterns that serve a stop.
    pub fn patterns_at(&self, stop: StopIdx) -> &'a [StopPattern] {
        ranges(self.stop_pattern_offsets, self.stop_patterns, stop)
    }

    /// The walks from a stop to others.
    pub fn footpaths_from(&self, stop: StopIdx) -> &'a [Footpath] {
        ranges(self.footpath_offsets, self.footpaths, stop)
    }

    /// The least time to change vehicles at a stop, in seconds.
    pub fn change_s(&self, stop: StopIdx) -> u32 {
        self.change_s.get(stop.at()).copied().unwrap_or(0)
    }

    /// Whether a service runs on a day (days since 1970-01-01).
    pub fn runs(&self, service: ServiceIdx, day: i32) -> bool {
        if let Some(overlay) = self.overlay
            && let Some(nth) = service.at().checked_sub(self.service_count())
        {
            return overlay.days.get(nth) == Some(&day);
        }
        let Some(nth) = day.checked_sub(self.first_day).and_then(|d| u32::try_from(d).ok()) else {
            return false;
        };
        if nth >= self.day_count || nth / 64 >= self.words_a_service {
            return false;
        }
        let word = service.at() * self.words_a_service as usize + (nth / 64) as usize;
        self.service_days.get(word).is_some_and(|days| days >> (nth % 64) & 1 == 1)
    }

    /// A text; empty if there is none.
    pub fn text(&self, text: TextIdx) -> &'a str {
        if let Some(overlay) = self.overlay
            && let Some(nth) = text.at().checked_sub(self.text_count())
        {
            return overlay.texts.get(nth).map_or("", String::as_str);
        }
        let end = text.0.checked_add(1).and_then(|next| self.text_offsets.get(next as usize));
        let (Some(&start), Some(&end)) = (self.text_offsets.get(text.at()), end) else { return "" };
        let bytes = self.text_bytes.get(start as usize..end as usize).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl<'a> Timetable<'a> {
    /// The same timetable, whose [names](Self::name) are in a language: what is planned with it is told in it.
    pub fn speaking(self, language: Language) -> Timetable<'a> {
        Timetable { language: Some(language), ..self }
    }

    /// A name that a passenger reads, in the language of this timetable, where feed or map say it. Not for
    /// what others compare: ids, and the number on the front of a bus, which is in no language.
    pub fn name(&self, text: TextIdx) -> &'a str {
        match self.language {
            Some(language) => self.text_in(text, language.code()),
            None => self.text(text),
        }
    }

    /// A text in a language, `kk`, `ru` or `en`; as feed or map show it if they do not say.
    pub fn text_in(&self, text: TextIdx, language: &str) -> &'a str {
        let nth = ["kk", "ru", "en"].iter().position(|code| *code == language);
        let at = self.spellings.binary_search_by_key(&text, |spelling| spelling.text).ok();
        let own = nth.zip(at).and_then(|(nth, at)| self.spellings.get(at)?.languages[nth].some());
        self.text(own.unwrap_or(text))
    }
}

fn range<T>(all: &[T], first: u32, count: u32) -> &[T] {
    let first = first as usize;
    first.checked_add(count as usize).and_then(|end| all.get(first..end)).unwrap_or_default()
}

/// A range of the arrays, or of what goes on where they end.
fn range_on<'a, T>(all: &'a [T], laid: Option<&'a [T]>, first: u32, count: u32) -> &'a [T] {
    match laid.zip(first.checked_sub(u32::try_from(all.len()).unwrap_or(u32::MAX))) {
        Some((laid, first)) => range(laid, first, count),
        None => range(all, first, count),
    }
}

fn ranges<'a, T>(offsets: &[u32], all: &'a [T], of: StopIdx) -> &'a [T] {
    let (Some(&start), Some(&end)) = (offsets.get(of.at()), offsets.get(of.at().saturating_add(1))) else {
        return &[];
    };
    all.get(start as usize..end as usize).unwrap_or_default()
}

/// The same arrays, owned: what an import makes and a test writes by hand.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each field is that of `Timetable`")]
pub struct Arrays {
    pub stops: Vec<StopRecord>,
    pub lines: Vec<LineRecord>,
    pub patterns: Vec<PatternRecord>,
    pub pattern_stops: Vec<PatternStop>,
    pub trips: Vec<TripRecord>,
    pub starts: Vec<TripStart>,
    pub times: Vec<ProfileTime>,
    pub shape_points: Vec<ShapePoint>,
    pub stop_pattern_offsets: Vec<u32>,
    pub stop_patterns: Vec<StopPattern>,
    pub footpath_offsets: Vec<u32>,
    pub footpaths: Vec<Footpath>,
    pub change_s: Vec<u32>,
    pub service_days: Vec<u64>,
    pub words_a_service: u32,
    pub first_day: i32,
    pub day_count: u32,
    pub text_offsets: Vec<u32>,
    pub text_bytes: Vec<u8>,
    pub spellings: Vec<Spelling>,
    pub continuations: Vec<Continuation>,
    pub numberings: Vec<Numbering>,
    pub numbers: Vec<u32>,
    pub stepless: Vec<Stepless>,
}

impl Arrays {
    /// The timetable that these arrays hold.
    pub fn timetable(&self) -> Timetable<'_> {
        Timetable {
            stops: &self.stops,
            lines: &self.lines,
            patterns: &self.patterns,
            pattern_stops: &self.pattern_stops,
            trips: &self.trips,
            starts: &self.starts,
            times: &self.times,
            shape_points: &self.shape_points,
            stop_pattern_offsets: &self.stop_pattern_offsets,
            stop_patterns: &self.stop_patterns,
            footpath_offsets: &self.footpath_offsets,
            footpaths: &self.footpaths,
            change_s: &self.change_s,
            service_days: &self.service_days,
            words_a_service: self.words_a_service,
            first_day: self.first_day,
            day_count: self.day_count,
            text_offsets: &self.text_offsets,
            text_bytes: &self.text_bytes,
            spellings: &self.spellings,
            overlay: None,
            continuations: &self.continuations,
            numberings: &self.numberings,
            numbers: &self.numbers,
            stepless: &self.stepless,
            language: None,
        }
    }
}
