use super::city::{chosen, zone_of};
use super::{Jol, JolError};
use crate::city::timetable::{Timetable, TripIdx};
use crate::follow::{
    Counted, JourneyPrice, LiveJourney, PaidRide, Payer, Ridden, calls_of, calls_of_extra, follow, instead,
    price, run_of, scope_of_line, scope_of_ride, scope_of_stop,
};
use crate::kept::rows as kept;
use crate::operator::documents;
use crate::operator::wire::{Card, CardForm, CardState, RideState, Sources};
use crate::order;
use crate::pay::{Source, Way, rows as pay};
use crate::plan::{Endpoint, Journey, Leg, Plan, PlanNote, PlanQuery, RideLeg, Zones, find_stop};
use crate::realtime::run::yyyymmdd;
use crate::realtime::{NoticeView, Run, ScheduledCall, Scope, TripUpdates};
use crate::store::{Records, StoreError};
use crate::text::{Language, Words, say};
use crate::wallet::{Category, masked, rows as wallet};
use std::collections::BTreeSet;

/// How often delays are fetched while a journey is followed, in ms.
const FOLLOW_EVERY_MS: i64 = 15_000;
/// How often notices are fetched while they are looked at, in ms.
const NOTICES_EVERY_MS: i64 = 60_000;
/// How far back rides count for caps: a month of 31 days and a day of any time zone.
const PAID_SINCE_MS: i64 = 32 * 24 * 3_600_000;
/// So many journeys more are planned than are asked for, as some may begin with the ride that is lost.
const SPARE_JOURNEYS: u32 = 3;

/// Which of the operator's notices are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticesOf {
    /// All of them.
    All,
    /// Those about a stop, its station, or the lines that halt there.
    Stop {
        /// Its id.
        id: String,
    },
    /// Those about a line or its stops.
    Line {
        /// Its id in the timetable.
        line_id: String,
    },
    /// Those about the lines, stops and journeys that the passenger keeps.
    Mine,
}

impl Jol {
    /// What the operator says, in the passenger's language: what holds now comes first, then what will.
    /// Asks for it anew, at most once a minute; readable without a network as far as it was fetched.
    pub fn notices(&self, of: &NoticesOf) -> Result<Vec<NoticeView>, JolError> {
        let pack = self.pack()?;
        let timetable = pack.timetable();
        self.ask_live(NOTICES_EVERY_MS)?;
        let scopes = match of {
            NoticesOf::All => None,
            NoticesOf::Stop { id } => {
                let stop = find_stop(&timetable, id).ok_or_else(|| JolError::not_found(id))?;
                Some(vec![scope_of_stop(&timetable, stop)])
            }
            NoticesOf::Line { line_id } => Some(vec![scope_of_line(&timetable, line_id)]),
            NoticesOf::Mine => Some(self.my_scopes(&timetable)?),
        };
        self.shared.look(|records, view| {
            let now_ms = self.shared.best_time_ms(records)?;
            let concerned = |scopes: &Vec<Scope>, notice: &crate::realtime::Notice| {
                scopes.iter().any(|scope| notice.concerns_any(scope))
            };
            let notices = view.live.notices_from(now_ms);
            let notices = notices.filter(|notice| scopes.as_ref().is_none_or(|all| concerned(all, notice)));
            let mut told: Vec<NoticeView> =
                notices.map(|notice| notice.told(view.language, now_ms)).collect();
            order::sort_by_key(&mut told, |notice| {
                (!notice.holds, notice.periods.iter().filter_map(|period| period.from_ms).min())
            });
            Ok(told)
        })
    }

    /// A planned journey as it goes now: what is timetable and what is live, what is late, cancelled or
    /// skipped, which transfer is lost, and what the operator says about its lines and stops at their times.
    /// For journeys that were just planned, too: a plan goes by what is known of runs, but a notice that
    /// nothing runs stands here, at its leg, and the journey stays. Asks for the delays anew, at most every
    /// 15 s; what is not here yet goes by its timetable.
    pub fn live_journey(&self, journey: &Journey) -> Result<LiveJourney, JolError> {
        self.ask_live(FOLLOW_EVERY_MS)?;
        self.followed(journey)
    }

    /// How to go on where the ride of leg `leg` is lost: journeys from where the passenger then is, without
    /// that ride, and without any that is known not to work. May take tens of ms.
    pub fn plan_instead(&self, query: &PlanQuery, journey: &Journey, leg: u32) -> Result<Plan, JolError> {
        let live = self.live_journey(journey)?;
        let now_ms = self.shared.look(|records, _| Ok(self.shared.best_time_ms(records)?))?;
        let at = usize::try_from(leg).unwrap_or(usize::MAX);
        let question = instead(query, journey, &live, at, now_ms);
        let question = question.ok_or_else(|| JolError::not_found("leg"))?;
        let more = question.limit.saturating_add(SPARE_JOURNEYS);
        let mut plan = self.plan(&PlanQuery { limit: more, ..question.clone() })?;
        let lost = journey.legs.get(at);
        let mut working = Vec::new();
        for found in plan.journeys {
            if !found.legs.iter().any(|leg| lost.is_some_and(|lost| is_same_ride(leg, lost))) {
                working.push(found);
            }
        }
        working.truncate(question.limit.max(1) as usize);
        if working.is_empty() {
            plan.note = plan.note.or(Some(PlanNote::NothingFound));
        }
        // It has no pages: the question was another one.
        Ok(Plan { journeys: working, note: plan.note, ..Plan::default() })
    }

    /// What a planned journey costs, for each way in which the passenger can pay: each source in the app,
    /// each card at the terminal, a message, cash. Rides that were paid before count for transfers and caps,
    /// and passes of the account free the rides that they are for; not in cash, where nobody knows of them.
    /// `category` is as whom they ride where no card says it.
    pub fn journey_prices(
        &self,
        journey: &Journey,
        category: Category,
    ) -> Result<Vec<JourneyPrice>, JolError> {
        let rules = self.city_rules()?;
        let zone = zone_of(&rules)?;
        let pack = self.pack()?;
        let timetable = pack.timetable();
        let fare_zone = |stop: &str| {
            let stop = timetable.stop(find_stop(&timetable, stop)?)?;
            Some(timetable.text(stop.zone).to_owned()).filter(|zone| !zone.is_empty())
        };
        let (payers, paid, passes) = self.shared.look(|records, _| {
            let payers = payers(records, category, rules.sms.is_some())?;
            let now_ms = self.shared.best_time_ms(records)?;
            Ok((payers, paid_rides(records, now_ms, None)?, super::cards::passes_in(records, &rules.city)?))
        })?;
        let counted = Counted { paid: &paid, passes: &passes };
        let price = |payer: &Payer| price(journey, &rules.fares, &zone, payer, counted, fare_zone);
        Ok(payers.iter().map(price).collect())
    }

    pub(super) fn ask_live(&self, every_ms: i64) -> Result<(), JolError> {
        // Who looks again because something changed must change nothing by looking.
        let is_due = self.shared.look(|_, view| Ok(self.shared.is_live_due(view, every_ms)))?;
        if is_due && self.shared.change(|records, view| self.shared.ask_live(records, view, every_ms))? {
            self.wake();
        }
        Ok(())
    }

    fn followed(&self, journey: &Journey) -> Result<LiveJourney, JolError> {
        let pack = self.pack()?;
        let timetable = pack.timetable();
        let zones = self.zones(&pack)?;
        let updates = self.shared.look(|_, view| Ok(view.live.updates()))?;
        let rides: Vec<Option<Ridden>> =
            journey.legs.iter().map(|leg| ridden(&timetable, &zones, &updates, leg)).collect();
        let now_ms = self.shared.look(|records, _| Ok(self.shared.best_time_ms(records)?))?;
        let trips = journey.legs.iter().filter_map(|leg| Some(leg.ride()?.trip_id.clone())).collect();
        self.look_where_they_are(&timetable, &zones, &trips, now_ms)?;
        self.shared.look(|_, view| Ok(follow(journey, &rides, view.live, now_ms, view.language)))
    }

    /// Lines, stops and journeys that the passenger keeps in the chosen city.
    fn my_scopes(&self, timetable: &Timetable<'_>) -> Result<Vec<Scope>, JolError> {
        let (mut scopes, mut stops) = (Vec::new(), BTreeSet::new());
        self.shared.look(|records, _| {
            let city = chosen(records)?;
            let now_ms = self.shared.best_time_ms(records)?;
            let lines = kept::lines(records, &city)?;
            scopes.extend(lines.iter().map(|line| scope_of_line(timetable, &line.line_id)));
            let places = kept::places(records, &city)?.into_iter().map(|place| place.at);
            let trips =
                kept::trips(records, &city)?.into_iter().flat_map(|trip| [trip.query.from, trip.query.to]);
            stops.extend(places.chain(trips).filter_map(|end| match end {
                Endpoint::Stop { id } => Some(id),
                Endpoint::Point { .. } => None,
            }));
            let saved = kept::journeys(records)?.into_iter().map(|row| (row.city, row.what.journey));
            let to_come = saved.filter(|(of, journey)| *of == city && journey.arrival_ms >= now_ms);
            scopes.extend(to_come.flat_map(|(_, journey)| journey.legs).filter_map(|leg| {
                Some(scope_of_ride(timetable, &leg)).filter(|scope| !scope.lines.is_empty())
            }));
            Ok(())
        })?;
        let stops = stops.iter().filter_map(|id| find_stop(timetable, id));
        scopes.extend(stops.map(|stop| scope_of_stop(timetable, stop)));
        Ok(scopes)
    }
}

/// What can be known of a leg; none for a walk.
fn ridden(timetable: &Timetable<'_>, zones: &Zones, updates: &TripUpdates, leg: &Leg) -> Option<Ridden> {
    let ride = leg.ride()?;
    let change_s = find_stop(timetable, &ride.from_stop.id).map_or(0, |stop| timetable.change_s(stop));
    Some(Ridden {
        run: run(timetable, zones, updates, ride),
        scope: scope_of_ride(timetable, leg),
        change_ms: i64::from(change_s) * 1_000,
    })
}

/// A ride's run with all its calls: of several trips with its name the one that leaves when the ride does. None
/// for a trip of which the timetable says only how often it comes.
fn run(
    timetable: &Timetable<'_>,
    zones: &Zones,
    updates: &TripUpdates,
    ride: &RideLeg,
) -> Option<(Run, Vec<ScheduledCall>)> {
    if ride.headway_s > 0 {
        return None;
    }
    let day = ride.service_day;
    if ride.is_extra() {
        let run = Run { trip: ride.trip_id.clone(), service_date: yyyymmdd(day), start_s: None };
        let extra = updates.extra(&run)?;
        return Some((extra.run.clone(), calls_of_extra(timetable, zones, extra)));
    }
    let leaves_ms = ride.leaves_by_timetable_ms();
    let named = (0..).zip(timetable.trips).filter(|(_, trip)| timetable.text(trip.id) == ride.trip_id);
    named.map(|(nth, _)| TripIdx(nth)).find_map(|trip| {
        let calls = calls_of(timetable, zones, trip, day);
        let boards = |call: &ScheduledCall| call.stop == ride.from_stop.id && call.departure_ms == leaves_ms;
        calls.iter().find(|call| boards(call))?;
        Some((run_of(timetable, trip, day)?, calls))
    })
}

fn is_same_ride(leg: &Leg, other: &Leg) -> bool {
    fn ride(leg: &Leg) -> Option<(&str, i32, &str, i64)> {
        let ride = leg.ride()?;
        let leaves_ms = ride.leaves_by_timetable_ms();
        Some((ride.trip_id.as_str(), ride.service_day, ride.from_stop.id.as_str(), leaves_ms))
    }
    ride(leg).is_some() && ride(leg) == ride(other)
}

/// Rides that were paid within the last month, as fares count them: one that went back does not count, nor one
/// in whose place another one is, nor the one that is left out.
pub(super) fn paid_rides(
    records: &Records<'_>,
    now_ms: i64,
    left_out: Option<&str>,
) -> Result<Vec<PaidRide>, StoreError> {
    let rides = pay::rides(records, now_ms.saturating_sub(PAID_SINCE_MS), i64::MAX)?;
    let corrected: Vec<String> =
        rides.iter().filter_map(|ride| Some(ride.corrects.as_ref()?.ride.clone())).collect();
    let paid = rides.into_iter().filter(|ride| {
        ride.state != RideState::Refunded
            && !corrected.contains(&ride.ride)
            && left_out != Some(ride.ride.as_str())
    });
    Ok(paid.map(|ride| PaidRide { line: ride.line, fare: ride.fare, paid_ms: ride.paid_ms }).collect())
}

/// The ways in which the passenger can pay, as far as the wallet knows.
fn payers(records: &Records<'_>, category: Category, by_message: bool) -> Result<Vec<Payer>, JolError> {
    let cards = wallet::cards(records)?;
    let words = |message: &str| {
        let [kk, ru, en] = Language::ALL.map(|language| say(language, message, &[]));
        Words { kk, ru, en }
    };
    let category_of = |source: &Source| match source {
        Source::SmartCard { card } => cards.iter().find(|known| known.id == *card).map(|card| card.category),
        Source::PhoneBalance | Source::BankCard { .. } | Source::Cash => None,
    };
    let sources = documents::get::<Sources>(records, "/v1/sources")?;
    let sources = sources.map(|document| document.sources).unwrap_or_default();
    let in_app = sources.into_iter().map(|info| Payer {
        way: Way::App,
        category: category_of(&info.source).unwrap_or(category),
        source: Some(info.source),
        label: info.label,
        balance: info.balance,
        known: true,
    });
    let held = cards.iter().filter(|card| card.state == CardState::Active);
    let at_terminal = held.map(|card| Payer {
        way: match card.form {
            CardForm::Virtual | CardForm::Physical => Way::SmartCard,
            CardForm::QrApp | CardForm::QrPrinted => Way::QrCard,
        },
        source: Some(Source::SmartCard { card: card.id.clone() }),
        label: Words::same(&called(card)),
        category: card.category,
        balance: Some(card.balance),
        known: true,
    });
    let plain = |way, message| Payer {
        way,
        source: None,
        label: words(message),
        category,
        balance: None,
        known: way != Way::Cash,
    };
    let others =
        by_message.then(|| plain(Way::Sms, "way-sms")).into_iter().chain([plain(Way::Cash, "way-cash")]);
    Ok(in_app.chain(at_terminal).chain(others).collect())
}

/// What a card is called: its name, else its last digits.
fn called(card: &Card) -> String {
    if card.name.is_empty() { masked(&card.number) } else { card.name.clone() }
}
