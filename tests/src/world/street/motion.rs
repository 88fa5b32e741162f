//! Where a bus is at a moment, and on which run.

use super::roster::Duty;
use super::{BOARDING_MS, BusState, Fleet, Run, line_name};
use jol_core::city::timetable::TripIdx;
use jol_core::geo::Point;
use jol_core::plan::day_at;

/// After its last run a bus is seen so long, in ms, before it is in the depot.
const GOING_HOME_MS: i64 = 120_000;
/// Between two termini that lie so near, in metres, a bus is seen while it rests.
const REST_METRES: f64 = 300.0;
const MOST_REST_SPEED: f64 = 8.0;

/// A trip on a day, with its real times.
pub(super) struct OnDay {
    pub(super) trip: TripIdx,
    pub(super) day: i32,
    /// Arrival and departure at each stop, ms since 1970.
    pub(super) times: Vec<(i64, i64)>,
}

impl OnDay {
    fn leaves_ms(&self) -> i64 {
        self.times.first().map_or(0, |(_, departure)| *departure)
    }

    fn arrives_ms(&self) -> i64 {
        self.times.last().map_or(0, |(arrival, _)| *arrival)
    }
}

impl Fleet {
    /// Where a bus is at a moment.
    pub(super) fn state(&self, nth: usize, now_ms: i64) -> Option<BusState<'_>> {
        let (pool, slot) = self.depot.slot_of(nth)?;
        let (rank, turn) = (slot / self.turns, slot % self.turns);
        let today = day_at(&self.zones.of_city(), now_ms.div_euclid(1_000))?;
        let days = (today - self.turns as i32 - 1..=today + 1).rev();
        let days = days.filter(|day| self.turn(*day) == turn);
        let chains = days.filter_map(|day| Some((day, self.roster(day)?.of_bus(pool, rank))));
        chains.into_iter().find_map(|(day, chain)| self.state_in(nth, day, chain, now_ms))
    }

    /// Where a bus is at a moment, if it is on the trips of this day.
    fn state_in<'f>(&'f self, nth: usize, day: i32, chain: &'f [Duty], now_ms: i64) -> Option<BusState<'f>> {
        let start_ms = self.day_start_ms(chain.first()?.trip, day)?;
        let may_have_begun = |duty: &Duty| start_ms + i64::from(duty.start_s) * 1_000 - BOARDING_MS <= now_ms;
        let mut upto = chain.partition_point(may_have_begun);
        let mut next: Option<(OnDay, i64)> = None;
        while upto > 0 {
            let this = self.on_day(chain[upto - 1].trip, day)?;
            // Never before the bus is back from the run before: no delay is longer than a turn.
            let before = upto.checked_sub(2).and_then(|before| self.on_day(chain[before].trip, day));
            let back_ms = before.map_or(i64::MIN, |before| before.arrives_ms());
            let begins_ms = (this.leaves_ms() - BOARDING_MS).max(back_ms);
            if now_ms >= begins_ms {
                if now_ms <= this.arrives_ms() {
                    return self.moving(nth, &this, now_ms);
                }
                let next = next.or_else(|| {
                    let next = self.on_day(chain.get(upto)?.trip, day)?;
                    let begins_ms = (next.leaves_ms() - BOARDING_MS).max(this.arrives_ms());
                    Some((next, begins_ms))
                });
                return self.resting(nth, &this, next, now_ms);
            }
            next = Some((this, begins_ms));
            upto -= 1;
        }
        None
    }

    fn moving(&self, nth: usize, this: &OnDay, now_ms: i64) -> Option<BusState<'_>> {
        let track = self.track(this.trip)?;
        let arrived = this.times.partition_point(|(arrival, _)| *arrival <= now_ms).max(1) - 1;
        let (_, departure_ms) = *this.times.get(arrived)?;
        let here = track.stop(arrived);
        let goes_on = this.times.get(arrived + 1).filter(|_| now_ms > departure_ms);
        let (metres, speed_mps, next_stop) = match goes_on {
            None => (here, 0.0, arrived),
            Some((arrival_ms, _)) => {
                let seconds = (arrival_ms - departure_ms).max(1) as f64 / 1_000.0;
                let (share, speed) = eased((now_ms - departure_ms) as f64 / 1_000.0 / seconds);
                let length = track.stop(arrived + 1) - here;
                (here + length * share, length / seconds * speed, arrived + 1)
            }
        };
        let (point, bearing_deg) = track.at(metres);
        Some(BusState {
            vehicle: self.vehicles().get(nth)?,
            run: self.run(this, arrived, true)?,
            point,
            bearing_deg,
            speed_mps,
            next_stop: next_stop as u32,
            at_stop: goes_on.is_none(),
        })
    }

    /// A bus that has ended a run: it goes to where the next one begins, if that is near.
    fn resting(
        &self,
        nth: usize,
        this: &OnDay,
        next: Option<(OnDay, i64)>,
        now_ms: i64,
    ) -> Option<BusState<'_>> {
        let last = this.times.len() - 1;
        let (from, mut bearing_deg) = self.place(this, last)?;
        let ended_ms = this.arrives_ms();
        let (mut point, mut speed_mps) = (from, 0.0);
        match next {
            None if now_ms - ended_ms > GOING_HOME_MS => return None,
            None => {}
            Some((next, begins_ms)) => {
                let (to, _) = self.place(&next, 0)?;
                let (metres, seconds) = (from.metres_to(to), (begins_ms - ended_ms).max(1) as f64 / 1_000.0);
                if metres > REST_METRES.min(seconds * MOST_REST_SPEED) {
                    let still_here = now_ms - ended_ms <= GOING_HOME_MS;
                    return still_here.then(|| self.stands(nth, this, from, bearing_deg)).flatten();
                }
                point = from.towards(to, (now_ms - ended_ms) as f64 / 1_000.0 / seconds);
                speed_mps = metres / seconds;
                if metres > 1.0 {
                    bearing_deg = from.bearing_to(to);
                }
            }
        }
        Some(BusState { speed_mps, ..self.stands(nth, this, point, bearing_deg)? })
    }

    fn stands(&self, nth: usize, this: &OnDay, point: Point, bearing_deg: f64) -> Option<BusState<'_>> {
        let last = this.times.len() - 1;
        Some(BusState {
            vehicle: self.vehicles().get(nth)?,
            run: self.run(this, last, false)?,
            point,
            bearing_deg,
            speed_mps: 0.0,
            next_stop: last as u32,
            at_stop: true,
        })
    }

    fn place(&self, on_day: &OnDay, position: usize) -> Option<(Point, f64)> {
        let track = self.track(on_day.trip)?;
        Some(track.at(track.stop(position)))
    }

    fn run(&self, on_day: &OnDay, last_stop: usize, in_service: bool) -> Option<Run> {
        let timetable = self.timetable();
        let OnDay { trip: nth, day, .. } = *on_day;
        let trip = timetable.trip(nth)?;
        let (pattern, scheduled) = self.pattern(nth)?;
        let line = timetable.line(pattern.line)?;
        let stops = timetable.stops_of(pattern);
        let start_ms = self.day_start_ms(nth, day)?;
        let (last_stop_id, last_stop_name, _) = self.stop(stops.get(last_stop)?.stop);
        let trip_id = timetable.text(trip.id).to_owned();
        let clock = |s: u32| format!("{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60);
        let (start_s, end_s) = (scheduled.first()?.departure_s, scheduled.last()?.arrival_s);
        let start_time = (trip.headway_s > 0).then(|| clock(start_s));
        let date = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().try_days(day).ok()?);
        let date = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
        let id = match &start_time {
            None => format!("{trip_id}@{date}"),
            Some(start) => format!("{trip_id}@{date}T{start}"),
        };
        Some(Run {
            id,
            number: (day.rem_euclid(2_048) as u32) << 21 | nth.0 & 0x1f_ffff,
            trip_id,
            start_time,
            service_day: day,
            start_date: date,
            route_id: timetable.text(line.id).to_owned(),
            line: line_name(&timetable, line),
            direction: u8::from(trip.direction == 1),
            headsign: timetable.text(trip.headsign).to_owned(),
            terminus: self.stop(stops.last()?.stop).1,
            starts_ms: start_ms + i64::from(start_s) * 1_000,
            ends_ms: start_ms + i64::from(end_s) * 1_000,
            arrives_ms: on_day.arrives_ms(),
            last_stop: last_stop as u32,
            last_stop_id,
            last_stop_name,
            in_service,
            trip: nth,
        })
    }
}

/// A bus gathers speed, rolls and brakes: its share of the way after a share of the time, and its speed
/// relative to the mean.
fn eased(time: f64) -> (f64, f64) {
    const GATHER: f64 = 0.2;
    const ROLL: f64 = 1.0 / (1.0 - GATHER);
    let time = time.clamp(0.0, 1.0);
    if time < GATHER {
        (ROLL * time * time / (2.0 * GATHER), ROLL * time / GATHER)
    } else if time <= 1.0 - GATHER {
        (ROLL * (time - GATHER / 2.0), ROLL)
    } else {
        let left = 1.0 - time;
        (1.0 - ROLL * left * left / (2.0 * GATHER), ROLL * left / GATHER)
    }
}
