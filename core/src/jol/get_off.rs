use super::{Jol, JolError};
use crate::detect::Fix;
use crate::entropy::random;
use crate::follow::{GetOff, GetOffAlert};
use crate::plan::{Journey, Leg};
use crate::store::{Records, StoreError};
use crate::text::{Language, say};
use serde::{Deserialize, Serialize};

/// The ride whose end is watched: where somebody goes, so it is sealed.
const WATCHED: &str = "follow.get-off";

/// The end of a ride, and what is to be said of it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetOffView {
    /// The name of the stop where the passenger gets off.
    pub stop: String,
    /// How many metres are left, over the way; none before the bus was seen on it.
    pub left_metres: Option<u32>,
    /// What is new; each is said once.
    pub alert: Option<GetOffAlert>,
    /// The same in the passenger's language.
    pub text: Option<String>,
    /// In how many ms the next fix is wanted, 5,000 or more; none if nothing is left to say.
    pub next_fix_in_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Watched {
    journey: Journey,
    leg: u32,
    get_off: GetOff,
}

impl Jol {
    /// Watches where the ride of leg `leg` of a journey ends, instead of what was watched before. From then on
    /// [`get_off`](Jol::get_off) says when the stop comes; it goes on after the app was killed.
    pub fn watch_get_off(&self, journey: &Journey, leg: u32) -> Result<GetOffView, JolError> {
        let nth = usize::try_from(leg).unwrap_or(usize::MAX);
        let ride = journey.legs.get(nth).and_then(Leg::ride).ok_or_else(|| JolError::bad("leg"))?;
        let way = self.journey_shape(journey)?.into_iter().nth(nth).unwrap_or_default();
        let get_off = GetOff::new(&way, ride.arrival_ms).ok_or_else(|| JolError::bad("leg"))?;
        let watched = Watched { journey: journey.clone(), leg, get_off };
        let nonce = random(&*self.shared.entropy);
        self.shared.change(|records, _| Ok(watched.keep(records, nonce)?))?;
        Ok(watched.view(None, self.language()))
    }

    /// The ride whose end is watched, after a fix or, without one, after time has passed; none if none is watched.
    /// Call it when [`next_fix_in_ms`](GetOffView::next_fix_in_ms) is over, also while the screen is off. Where no
    /// fix comes, the time that the operator predicts tells. The position stays on the phone.
    pub fn get_off(&self, fix: Option<&Fix>) -> Result<Option<GetOffView>, JolError> {
        let Some(seen) = self.shared.look(|records, _| Ok(records.setting::<Watched>(WATCHED)?))? else {
            return Ok(None);
        };
        // A pack that was replaced meanwhile changes nothing: the way is kept.
        let live = self.live_journey(&seen.journey).ok();
        let leg = live.and_then(|live| live.legs.into_iter().nth(usize::try_from(seen.leg).ok()?));
        let nonce = random(&*self.shared.entropy);
        self.shared.change(|records, view| {
            // What is watched now may be another ride, or none.
            let Some(mut watched) = records.setting::<Watched>(WATCHED)? else { return Ok(None) };
            if let Some(leg) = leg.filter(|_| (watched.leg, &watched.journey) == (seen.leg, &seen.journey)) {
                watched.get_off.expect(leg.arrival_ms);
            }
            let now_ms = self.shared.best_time_ms(records)?;
            let alert = match fix {
                Some(fix) => watched.get_off.observe(fix, now_ms),
                None => watched.get_off.tick(now_ms),
            };
            watched.keep(records, nonce)?;
            Ok(Some(watched.view(alert, view.language)))
        })
    }

    /// In how many ms the next fix is wanted for it; none if nothing is watched.
    pub(super) fn get_off_fix_in_ms(&self) -> Result<Option<i64>, JolError> {
        let watched = self.shared.look(|records, _| Ok(records.setting::<Watched>(WATCHED)?))?;
        Ok(watched.filter(|one| !one.get_off.is_over()).map(|one| one.get_off.next_fix_in_ms()))
    }

    /// Nothing is watched any more.
    pub fn forget_get_off(&self) -> Result<(), JolError> {
        self.shared.change(|records, _| Ok(records.unset(WATCHED)?))
    }
}

impl Watched {
    /// What is over is forgotten: it says where somebody went.
    fn keep(&self, records: &Records<'_>, nonce: [u8; 24]) -> Result<(), StoreError> {
        if self.get_off.is_over() { records.unset(WATCHED) } else { records.set_sealed(WATCHED, self, nonce) }
    }

    fn view(&self, alert: Option<GetOffAlert>, language: Language) -> GetOffView {
        let ride = usize::try_from(self.leg).ok().and_then(|leg| self.journey.legs.get(leg)?.ride());
        let stop = ride.map(|ride| ride.to_stop.name.clone()).unwrap_or_default();
        let text = alert.map(|alert| match alert {
            GetOffAlert::Soon { .. } => say(language, "get-off-soon", &[("stop", &stop)]),
            GetOffAlert::Now => say(language, "get-off-now", &[("stop", &stop)]),
            GetOffAlert::Missed { .. } => say(language, "get-off-missed", &[("stop", &stop)]),
        });
        GetOffView {
            stop,
            left_metres: self.get_off.left_m(),
            alert,
            text,
            next_fix_in_ms: (!self.get_off.is_over()).then(|| self.get_off.next_fix_in_ms()),
        }
    }
}
