//! A planned journey as it goes now.

use crate::plan::{Journey, Leg, RideLeg, WalkLeg};
use crate::realtime::delay::CallKind;
use crate::realtime::{CallTimes, Live, NoticeView, Run, ScheduledCall, Scope};
use crate::text::Language;

/// A journey as it is known now, leg by leg beside the planned one.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveJourney {
    /// When the passenger should set out: not later than planned, earlier if the first vehicle is early.
    pub departure_ms: i64,
    /// When they are there, as long as it works.
    pub arrival_ms: i64,
    /// Whether nothing that is known stands in its way.
    pub works: bool,
    /// One a leg of the journey.
    pub legs: Vec<LiveLeg>,
}

/// A leg as it is known now.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveLeg {
    /// When it begins.
    pub departure_ms: i64,
    /// When it ends; never before it begins.
    pub arrival_ms: i64,
    /// How its times are known; those of a walk as the ride's before it.
    pub times: LegTimes,
    /// Why it cannot be travelled, if so.
    pub trouble: Option<LegTrouble>,
    /// The number painted on the bus, if it reports.
    pub bus: Option<String>,
    /// What the operator says about it.
    pub notices: Vec<NoticeView>,
}

/// How the times of a leg are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegTimes {
    /// They are the timetable's.
    Timetable,
    /// The operator predicted them.
    Live {
        /// How old the prediction is, in seconds.
        age_s: u32,
    },
}

/// Why a ride cannot be had as it was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegTrouble {
    /// The trip does not run.
    Cancelled,
    /// The vehicle passes the stop where the passenger would board.
    NotBoarding,
    /// The vehicle passes the stop where they would get off.
    NotAlighting,
    /// It leaves before the passenger is there.
    MissedTransfer {
        /// By so many seconds.
        late_s: u32,
    },
}

/// What is known of a leg that is a ride.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ridden {
    /// Which run of the timetable, with all its calls, in order. None where the timetable only says how often
    /// it comes, and where it does not know it any more.
    pub run: Option<(Run, Vec<ScheduledCall>)>,
    /// Whom notices about the ride's ends concern.
    pub scope: Scope,
    /// The least time between two rides at the stop where it is boarded, in ms.
    pub change_ms: i64,
}

/// What is known now of a journey. `rides` has what is known of each leg that is a ride; without its run, it
/// goes by its timetable.
///
/// A transfer is lost if the passenger comes later than the next ride leaves, less the time that the stop
/// asks for a change, or less what was planned where that was shorter. Nobody loses the vehicle in which they
/// stay seated: it is as late as it was. After the first ride that cannot be
/// had, the times of the rest are those of the vehicles, which others ride.
pub fn follow(
    journey: &Journey,
    rides: &[Option<Ridden>],
    live: &Live,
    now_ms: i64,
    language: Language,
) -> LiveJourney {
    let mut legs: Vec<LiveLeg> = Vec::with_capacity(journey.legs.len());
    // Planned and expected arrival at the end of the last leg, once a ride began.
    let mut reached: Option<(i64, i64)> = None;
    let mut works = true;
    let mut walked = false;
    for (nth, leg) in journey.legs.iter().enumerate() {
        let trip = rides.get(nth).and_then(Option::as_ref);
        let mut told = match leg {
            Leg::Walk(WalkLeg { departure_ms, arrival_ms, .. }) => {
                let (begins_ms, times) = match (reached, legs.last()) {
                    (Some((planned_ms, there_ms)), Some(before)) => {
                        let pause_ms = departure_ms.saturating_sub(planned_ms).max(0);
                        (there_ms.saturating_add(pause_ms), before.times)
                    }
                    _ => (*departure_ms, LegTimes::Timetable),
                };
                let takes_ms = arrival_ms.saturating_sub(*departure_ms).max(0);
                let mut walk = LiveLeg::by_timetable(begins_ms, begins_ms.saturating_add(takes_ms));
                walk.times = times;
                walk
            }
            Leg::Ride(leg) => ride(leg, trip, live, now_ms, language),
        };
        let (departure_ms, arrival_ms) = (leg.departure_ms(), leg.arrival_ms());
        if let Leg::Ride(ride) = leg {
            match reached {
                Some((_, there_ms)) if works && ride.stay_seated => {
                    if let Some(before) = legs.last() {
                        told.goes_on_from(before, there_ms);
                    }
                }
                Some((planned_ms, there_ms)) if works && told.trouble.is_none() => {
                    let slack_ms = departure_ms.saturating_sub(planned_ms).max(0);
                    let change_ms = if walked { 0 } else { trip.map_or(0, |trip| trip.change_ms) };
                    let ready_ms = there_ms.saturating_add(change_ms.min(slack_ms));
                    if ready_ms > told.departure_ms {
                        let late_s = ready_ms.saturating_sub(told.departure_ms).saturating_add(999) / 1_000;
                        let late_s = u32::try_from(late_s).unwrap_or(u32::MAX);
                        told.trouble = Some(LegTrouble::MissedTransfer { late_s });
                    }
                }
                // An early vehicle does not wait: the passenger sets out earlier.
                None => {
                    let early_ms = departure_ms.saturating_sub(told.departure_ms).max(0);
                    for walk in &mut legs {
                        walk.departure_ms = walk.departure_ms.saturating_sub(early_ms);
                        walk.arrival_ms = walk.arrival_ms.saturating_sub(early_ms);
                    }
                }
                _ => {}
            }
            works &= told.trouble.is_none();
            reached = Some((arrival_ms, told.arrival_ms));
            walked = false;
        } else if reached.is_some() {
            reached = Some((arrival_ms, told.arrival_ms));
            walked = true;
        }
        legs.push(told);
    }
    LiveJourney {
        departure_ms: legs.first().map_or(journey.departure_ms, |leg| leg.departure_ms),
        arrival_ms: legs.last().map_or(journey.arrival_ms, |leg| leg.arrival_ms),
        works,
        legs,
    }
}

impl LiveLeg {
    fn by_timetable(departure_ms: i64, arrival_ms: i64) -> LiveLeg {
        let (times, trouble, bus, notices) = (LegTimes::Timetable, None, None, Vec::new());
        LiveLeg { departure_ms, arrival_ms, times, trouble, bus, notices }
    }

    /// The vehicle that brings the passenger at a moment goes on so: they need not board, and without a
    /// prediction of its own it is no earlier than that.
    fn goes_on_from(&mut self, before: &LiveLeg, there_ms: i64) {
        if self.trouble == Some(LegTrouble::NotBoarding) {
            self.trouble = None;
        }
        let late_ms = there_ms.saturating_sub(self.departure_ms).max(0);
        self.departure_ms = self.departure_ms.saturating_add(late_ms);
        if self.times == LegTimes::Timetable {
            self.arrival_ms = self.arrival_ms.saturating_add(late_ms);
            self.times = before.times;
        }
        self.arrival_ms = self.arrival_ms.max(self.departure_ms);
    }
}

fn ride(leg: &RideLeg, ridden: Option<&Ridden>, live: &Live, now_ms: i64, language: Language) -> LiveLeg {
    // A prediction that the journey was planned with may be too old by now.
    let (leaves_ms, there_ms) = leg
        .timetable_departure_ms
        .zip(leg.timetable_arrival_ms)
        .unwrap_or((leg.departure_ms, leg.arrival_ms));
    let mut told = LiveLeg::by_timetable(leaves_ms, there_ms);
    let Some(ridden) = ridden else { return told };
    let run = ridden.run.as_ref();
    if let Some((run, calls)) = run
        && let Some(progress) = live.progress(run)
    {
        if progress.is_cancelled(now_ms) {
            told.trouble = Some(LegTrouble::Cancelled);
        } else if let Some(age_ms) = progress.age_ms(now_ms)
            && let Some((board, alight)) = ends(leg, calls)
        {
            let times = progress.times(calls);
            if let (Some(board), Some(alight)) = (times.get(board), times.get(alight)) {
                expect(&mut told, board, alight, u32::try_from(age_ms / 1_000).unwrap_or(u32::MAX));
            }
        }
    }
    if told.trouble != Some(LegTrouble::Cancelled) {
        let bus = run.and_then(|(run, _)| live.on_run(run, now_ms));
        told.bus = bus.map(|bus| bus.label.clone());
    }
    let (from_ms, until_ms) = (told.departure_ms.min(leg.departure_ms), told.arrival_ms);
    let notices = live.notices_from(now_ms).filter(|notice| notice.concerns_any(&ridden.scope));
    let notices = notices.filter(|notice| notice.holds_within(from_ms, until_ms));
    told.notices = notices.map(|notice| notice.told(language, now_ms)).collect();
    told
}

/// What is expected at both ends of a ride.
fn expect(told: &mut LiveLeg, board: &CallTimes, alight: &CallTimes, age_s: u32) {
    if board.kind == CallKind::Live || alight.kind == CallKind::Live {
        told.times = LegTimes::Live { age_s };
    }
    if board.kind == CallKind::Live {
        told.departure_ms = board.departure_ms;
    }
    told.arrival_ms = match alight.kind {
        CallKind::Live | CallKind::Skipped => alight.arrival_ms,
        CallKind::Timetable => told.arrival_ms,
    };
    told.arrival_ms = told.arrival_ms.max(told.departure_ms);
    told.trouble = match (board.kind, alight.kind) {
        (CallKind::Skipped, _) => Some(LegTrouble::NotBoarding),
        (_, CallKind::Skipped) => Some(LegTrouble::NotAlighting),
        _ => None,
    };
}

/// The positions where a ride is boarded and left: a loop comes by a stop twice, so its times decide.
fn ends(leg: &RideLeg, calls: &[ScheduledCall]) -> Option<(usize, usize)> {
    let RideLeg { from_stop, to_stop, timetable_arrival_ms, arrival_ms, .. } = leg;
    // An extra run has no timetable to compare with.
    let (extra, leaves_ms) = (leg.is_extra(), leg.leaves_by_timetable_ms());
    let there_ms = timetable_arrival_ms.unwrap_or(*arrival_ms);
    let boards =
        |call: &ScheduledCall| call.stop == from_stop.id && (extra || call.departure_ms == leaves_ms);
    let alights = |call: &ScheduledCall| call.stop == to_stop.id && (extra || call.arrival_ms == there_ms);
    let board = calls.iter().position(boards)?;
    let alight = calls.get(board + 1..)?.iter().position(alights)?;
    Some((board, board + 1 + alight))
}

#[cfg(test)]
mod tests;
