//! Runs that go otherwise than the timetable says, laid over it.
//!
//! A timetable is mapped and never touched. What is known now is small, made anew with each message, and lies
//! beside it: a run that is late or skips stops is a pattern of its own with one trip, and the run of the
//! timetable that it stands for is left out on that day; one that is cancelled is only left out. The overlay
//! numbers its patterns, stops, trips, services and texts after those of the timetable, so that a search
//! walks both alike ([`Timetable::with`]). Delays and early arrivals that way need no other order of trips
//! than their own.

use super::times::{BASE_S, ProfileTime, StopTime, TripStart};
use super::timetable::{
    LineIdx, NOT_HERE, PatternIdx, PatternRecord, PatternStop, ServiceIdx, StopIdx, StopPattern, TextIdx,
    Timetable, TripIdx, TripRecord,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many runs are laid over a timetable at most; a feed of a whole country has fewer on the road.
const MOST_RUNS: usize = 50_000;

/// When a run is at a stop, as far as is known now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaidCall {
    /// When, in seconds after "noon minus 12 h" of the service day; never before the call before.
    pub time: StopTime,
    /// It passes without stopping.
    pub skipped: bool,
    /// The operator predicted it; else it is the timetable's.
    pub predicted: bool,
}

/// A run that the timetable does not have.
#[derive(Clone, Debug)]
pub struct ExtraRun<'a> {
    /// What the operator calls it.
    pub id: &'a str,
    /// Its line.
    pub line: LineIdx,
    /// Where its sign says that it goes; empty if not known.
    pub headsign: &'a str,
    /// Its service day, in days since 1970-01-01.
    pub service_day: i32,
    /// Where it calls.
    pub calls: &'a [(StopIdx, LaidCall)],
}

/// How long the timetable's arrays are: the overlay numbers what it has after that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Base {
    patterns: usize,
    pattern_stops: usize,
    trips: usize,
    services: usize,
    texts: usize,
}

impl Base {
    fn of(timetable: &Timetable<'_>) -> Base {
        Base {
            patterns: timetable.patterns.len(),
            pattern_stops: timetable.pattern_stops.len(),
            trips: timetable.trips.len(),
            services: timetable.service_count(),
            texts: timetable.text_count(),
        }
    }
}

/// See the module. Each array goes on where that of the timetable ends.
#[derive(Debug, Default)]
pub struct Overlay {
    stamp: u64,
    base: Base,
    pub(super) patterns: Vec<PatternRecord>,
    pub(super) pattern_stops: Vec<PatternStop>,
    pub(super) trips: Vec<TripRecord>,
    pub(super) starts: Vec<TripStart>,
    pub(super) times: Vec<ProfileTime>,
    /// Whether the operator predicted a call; one for each of `pattern_stops`.
    predicted: Vec<bool>,
    /// The day of each trip, whose service it alone has.
    pub(super) days: Vec<i32>,
    pub(super) texts: Vec<String>,
    /// The run of the timetable that each trip stands for.
    origins: Vec<TripIdx>,
    /// The runs of the timetable that are left out, and what goes instead.
    gone: HashMap<(TripIdx, i32), Option<TripIdx>>,
    /// The stops of `stop_patterns`, in order.
    halts: Vec<StopIdx>,
    stop_patterns: Vec<StopPattern>,
}

impl Overlay {
    /// An overlay that changes nothing yet.
    pub fn over(timetable: &Timetable<'_>) -> Overlay {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let stamp = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        Overlay { stamp, base: Base::of(timetable), ..Overlay::default() }
    }

    /// Leaves a run out on one service day.
    pub fn cancel(&mut self, trip: TripIdx, service_day: i32) {
        if self.gone.len() < MOST_RUNS {
            self.gone.entry((trip, service_day)).or_insert(None);
        }
    }

    /// Lets a run of the timetable go otherwise: one call a stop of its pattern. False, and the timetable
    /// holds, if the run is known already, if there is no such trip, or if its calls are not in order.
    pub fn replace(
        &mut self,
        timetable: &Timetable<'_>,
        trip: TripIdx,
        service_day: i32,
        calls: &[LaidCall],
    ) -> bool {
        let found = || {
            let record = timetable.trips.get(trip.at())?;
            let pattern = timetable.patterns.get(record.pattern.at())?;
            let stops = timetable.stops_of(pattern);
            let is_new = !self.gone.contains_key(&(trip, service_day));
            (is_new && stops.len() == calls.len()).then_some((record, pattern, stops))
        };
        let Some((record, pattern, stops)) = found() else { return false };
        let stops = stops.iter().zip(calls).map(|(stop, call)| PatternStop {
            pickup: if call.skipped { NOT_HERE } else { stop.pickup },
            drop_off: if call.skipped { NOT_HERE } else { stop.drop_off },
            ..*stop
        });
        let stops: Vec<PatternStop> = stops.collect();
        let laid = self.lay(*pattern, *record, trip, service_day, stops, calls);
        if laid {
            let own = self.trips.len().checked_sub(1).and_then(|last| number(self.base.trips, last));
            self.gone.insert((trip, service_day), own.map(TripIdx));
        }
        laid
    }

    /// Adds a run that the timetable does not have. False if it has fewer than two calls, or its calls are not
    /// in order, or its line is not known.
    pub fn add(&mut self, timetable: &Timetable<'_>, run: &ExtraRun<'_>) -> bool {
        let held = |stop: &StopIdx| stop.at() < timetable.stops.len();
        if timetable.line(run.line).is_none() || !run.calls.iter().all(|(stop, _)| held(stop)) {
            return false;
        }
        let rule = |call: &LaidCall| if call.skipped { NOT_HERE } else { 0 };
        let stop = |(stop, call): &(StopIdx, LaidCall)| PatternStop {
            stop: *stop,
            pickup: rule(call),
            drop_off: rule(call),
            base: 0,
        };
        let stops: Vec<PatternStop> = run.calls.iter().map(stop).collect();
        let calls: Vec<LaidCall> = run.calls.iter().map(|(_, call)| *call).collect();
        let pattern = PatternRecord {
            line: run.line,
            first_stop: 0,
            stop_count: 0,
            first_trip: TripIdx::NONE,
            trip_count: 1,
            first_point: 0,
            point_count: 0,
        };
        let texts = self.texts.len();
        let (Some(id), Some(headsign)) = (self.text(run.id), self.text(run.headsign)) else { return false };
        let record = TripRecord {
            id,
            headsign: if run.headsign.is_empty() { TextIdx::NONE } else { headsign },
            service: ServiceIdx::NONE,
            pattern: PatternIdx::NONE,
            headway_s: 0,
            direction: 2,
            wheelchair: 0,
            reserved: [0; 2],
        };
        let laid = self.lay(pattern, record, TripIdx::NONE, run.service_day, stops, &calls);
        if !laid {
            self.texts.truncate(texts);
        }
        laid
    }

    fn text(&mut self, text: &str) -> Option<TextIdx> {
        let idx = TextIdx(number(self.base.texts, self.texts.len())?);
        self.texts.push(text.to_owned());
        Some(idx)
    }

    fn lay(
        &mut self,
        pattern: PatternRecord,
        record: TripRecord,
        origin: TripIdx,
        service_day: i32,
        mut stops: Vec<PatternStop>,
        calls: &[LaidCall],
    ) -> bool {
        if self.trips.len() >= MOST_RUNS || calls.len() < 2 {
            return false;
        }
        let base = self.base;
        let numbers = || {
            Some((
                number(base.patterns, self.patterns.len())?,
                number(base.pattern_stops, self.pattern_stops.len())?,
                number(base.trips, self.trips.len())?,
                number(base.services, self.days.len())?,
            ))
        };
        let Some((own, first_stop, trip, service)) = numbers() else { return false };
        let Some((start, profile)) = profile(&mut stops, calls, self.times.len()) else { return false };
        for (position, stop) in (0..).zip(&stops) {
            self.halts.push(stop.stop);
            self.stop_patterns.push(StopPattern { pattern: PatternIdx(own), position });
        }
        self.patterns.push(PatternRecord {
            first_stop,
            stop_count: calls.len() as u32,
            first_trip: TripIdx(trip),
            trip_count: 1,
            ..pattern
        });
        self.trips.push(TripRecord { service: ServiceIdx(service), pattern: PatternIdx(own), ..record });
        self.pattern_stops.append(&mut stops);
        self.predicted.extend(calls.iter().map(|call| call.predicted));
        self.starts.push(start);
        self.times.extend(profile);
        self.days.push(service_day);
        self.origins.push(origin);
        true
    }

    /// Makes it ready for a search.
    pub fn finish(mut self) -> Overlay {
        let mut all: Vec<(StopIdx, StopPattern)> =
            self.halts.drain(..).zip(self.stop_patterns.drain(..)).collect();
        all.sort_unstable_by_key(|(stop, at)| (*stop, at.pattern, at.position));
        (self.halts, self.stop_patterns) = all.into_iter().unzip();
        self
    }

    /// Whether the timetable holds everywhere.
    pub fn is_empty(&self) -> bool {
        self.trips.is_empty() && self.gone.is_empty()
    }

    /// Tells one overlay from any other; never 0.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Whether it was made for a timetable like this.
    pub(super) fn fits(&self, timetable: &Timetable<'_>) -> bool {
        self.base == Base::of(timetable) && timetable.starts.len() == timetable.trips.len()
    }

    /// The patterns that serve a stop now.
    pub(super) fn patterns_at(&self, stop: StopIdx) -> &[StopPattern] {
        let first = self.halts.partition_point(|&halt| halt < stop);
        let end = self.halts.partition_point(|&halt| halt <= stop);
        self.stop_patterns.get(first..end).unwrap_or_default()
    }

    /// Whether a run of the timetable is left out on a day.
    pub fn leaves_out(&self, trip: TripIdx, service_day: i32) -> bool {
        self.gone.contains_key(&(trip, service_day))
    }

    /// What goes instead of a run of the timetable: the run itself where nothing is known, none if it is
    /// cancelled.
    pub(super) fn instead_of(&self, trip: TripIdx, service_day: i32) -> Option<TripIdx> {
        self.gone.get(&(trip, service_day)).copied().unwrap_or(Some(trip))
    }

    /// Trips of the timetable, each with a pattern that goes instead on some day.
    pub(super) fn replaced(&self) -> impl Iterator<Item = (TripIdx, PatternIdx)> {
        let pairs = self.origins.iter().zip(&self.trips);
        pairs.filter_map(|(origin, trip)| Some((origin.some()?, trip.pattern)))
    }

    /// The trip of the timetable that the overlay's trip number `nth` stands for.
    pub(super) fn origin(&self, nth: usize) -> Option<TripIdx> {
        self.origins.get(nth)?.some()
    }
}

/// What an overlay changes of a timetable.
impl<'a> Timetable<'a> {
    /// The same with what is known now laid over it; unchanged if the overlay was made for another one.
    pub fn with<'b>(&self, overlay: &'b Overlay) -> Timetable<'b>
    where
        'a: 'b,
    {
        Timetable { overlay: overlay.fits(self).then_some(overlay), ..*self }
    }

    /// How many patterns there are, those of the overlay included.
    pub fn pattern_count(&self) -> usize {
        self.patterns.len() + self.overlay.map_or(0, |overlay| overlay.patterns.len())
    }

    /// How many stops all patterns have, those of the overlay included.
    pub fn pattern_stop_count(&self) -> usize {
        self.pattern_stops.len() + self.overlay.map_or(0, |overlay| overlay.pattern_stops.len())
    }

    /// How many services the arrays hold.
    pub(crate) fn service_count(&self) -> usize {
        self.service_days.len().checked_div(self.words_a_service as usize).unwrap_or(0)
    }

    /// How many texts the arrays hold.
    pub(super) fn text_count(&self) -> usize {
        self.text_offsets.len().saturating_sub(1)
    }

    /// The patterns that serve a stop, those of the overlay included.
    pub fn patterns_now_at(&self, stop: StopIdx) -> impl Iterator<Item = &'a StopPattern> {
        let laid = self.overlay.map(|overlay| overlay.patterns_at(stop)).unwrap_or_default();
        self.patterns_at(stop).iter().chain(laid)
    }

    /// The days of the overlay's services, each on one.
    pub fn laid_days(&self) -> &'a [i32] {
        self.overlay.map(|overlay| overlay.days.as_slice()).unwrap_or_default()
    }

    /// Whether the overlay leaves a trip of the arrays out on a day.
    pub fn is_left_out(&self, trip: TripIdx, day: i32) -> bool {
        self.overlay.is_some_and(|overlay| overlay.leaves_out(trip, day))
    }

    /// What goes instead of a trip of the arrays on a day: the trip itself where nothing is known, none if it
    /// is cancelled.
    pub fn instead_of(&self, trip: TripIdx, day: i32) -> Option<TripIdx> {
        self.overlay.map_or(Some(trip), |overlay| overlay.instead_of(trip, day))
    }

    /// Trips of the arrays, each with a pattern of the overlay that goes instead on some day.
    pub fn replaced(&self) -> impl Iterator<Item = (TripIdx, PatternIdx)> {
        self.overlay.into_iter().flat_map(Overlay::replaced)
    }

    /// Whether a trip is the overlay's, which knows it live.
    pub fn is_laid(&self, trip: TripIdx) -> bool {
        trip.at() >= self.trips.len()
    }

    /// Whether the operator predicted when the trip of a pattern calls at a position.
    pub fn is_predicted(&self, pattern: &PatternRecord, position: u32) -> bool {
        let known = || {
            let nth = (pattern.first_stop as usize).checked_sub(self.pattern_stops.len())?;
            self.overlay?.predicted.get(nth.checked_add(position as usize)?).copied()
        };
        known().unwrap_or(false)
    }

    /// The trip of the arrays that a trip of the overlay stands for; none if it is an extra one.
    pub fn origin(&self, trip: TripIdx) -> Option<TripIdx> {
        self.overlay?.origin(trip.at().checked_sub(self.trips.len())?)
    }
}

fn number(base: usize, more: usize) -> Option<u32> {
    u32::try_from(base.checked_add(more)?).ok().filter(|&number| number != u32::MAX)
}

/// The start and the profile of these calls; none if they are not in order or one stands for a day.
fn profile(
    stops: &mut [PatternStop],
    calls: &[LaidCall],
    first: usize,
) -> Option<(TripStart, Vec<ProfileTime>)> {
    let start_s = calls.first()?.time.arrival_s;
    let mut profile = Vec::with_capacity(calls.len());
    let mut last_s = start_s;
    for (stop, call) in stops.iter_mut().zip(calls) {
        let StopTime { arrival_s, departure_s } = call.time;
        if arrival_s < last_s || departure_s < arrival_s {
            return None;
        }
        last_s = departure_s;
        stop.base = u16::try_from((arrival_s - start_s) / BASE_S).ok()?;
        let from_s = start_s + u32::from(stop.base) * BASE_S;
        let within = |seconds: u32| u16::try_from(seconds - from_s).ok();
        profile.push(ProfileTime { arrival: within(arrival_s)?, departure: within(departure_s)? });
    }
    Some((TripStart { start_s, profile: u32::try_from(first).ok()? }, profile))
}
