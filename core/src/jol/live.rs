//! The city's live feeds: asked for while somebody looks, read as they come, never kept.

use super::answers::Answer;
use super::city::chosen;
use super::{JolError, Shared, View};
use crate::detect::Due;
use crate::operator::outbox::{self, Call, Operation};
use crate::plan::Zones;
use crate::realtime::{Live, Run, read_feed};
use crate::store::Records;
use std::collections::BTreeMap;

/// When they were asked for last, by the boot clock, and which answer of each is known (its ETag, by its path).
#[derive(Default)]
pub(crate) struct Feeds {
    asked_ms: Option<i64>,
    etags: BTreeMap<String, String>,
}

impl Feeds {
    /// What the last answer to this call was called, if it need not come again.
    pub(super) fn etag(&self, call: &Call) -> Option<String> {
        self.etags.get(&call.path).cloned()
    }
}

fn path(city: &str, name: &str) -> String {
    format!("/v1/cities/{city}/live/{name}")
}

impl Shared {
    /// Whether the buses were asked for so long ago that they are to be asked for anew.
    pub(super) fn is_live_due(&self, view: &View<'_>, every_ms: i64) -> bool {
        let now_ms = self.clock.boot_ms();
        !view.feeds.asked_ms.is_some_and(|asked_ms| (asked_ms..asked_ms + every_ms).contains(&now_ms))
    }

    /// Asks for the buses' positions and delays, unless they were asked for within `every_ms`.
    pub(super) fn ask_live(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        every_ms: i64,
    ) -> Result<bool, JolError> {
        if !self.is_live_due(view, every_ms) {
            return Ok(false);
        }
        view.feeds.asked_ms = Some(self.clock.boot_ms());
        let city = chosen(records)?;
        for (operation, name) in [
            (Operation::Positions, "positions"),
            (Operation::Updates, "updates"),
            (Operation::Alerts, "alerts"),
        ] {
            self.ask(records, operation, &path(&city, name), Some(outbox::PATIENCE_MS))?;
        }
        Ok(true)
    }

    /// All moments of what is live are the operator's where its time is known: the phone's clock may be off by more
    /// than any report is old.
    pub(super) fn take_live(
        &self,
        records: &Records<'_>,
        view: &mut View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        // Another city was chosen since: trips of both may have one name.
        if !chosen(records).is_ok_and(|city| call.path.starts_with(&path(&city, ""))) {
            return Ok(());
        }
        let now_ms = self.best_time_ms(records)?;
        if answer.status == 304 && call.operation == Operation::Alerts {
            view.live.alerts_hold(now_ms);
        }
        if !answer.is_success() {
            return Ok(());
        }
        let feed = match read_feed(answer.body) {
            Ok(feed) => feed,
            Err(error) => {
                eprintln!("jol: {}: {error}", call.path);
                return Ok(());
            }
        };
        match answer.etag {
            Some(etag) => drop(view.feeds.etags.insert(call.path.clone(), etag.to_owned())),
            None => drop(view.feeds.etags.remove(&call.path)),
        }
        match call.operation {
            Operation::Positions => {
                view.live.take_positions(&feed, now_ms);
                view.detector.phone_is_ahead(self.clock.wall_ms().saturating_sub(now_ms));
                for report in view.live.vehicles(now_ms) {
                    view.detector.report(report);
                }
                look_who_is_due(view, now_ms);
            }
            Operation::Updates => drop(view.live.take_updates(&feed, now_ms)),
            _ => drop(view.live.take_alerts(&feed, now_ms)),
        }
        Ok(())
    }

    /// What was live in another city says nothing of this one.
    pub(super) fn forget_live(&self, records: &Records<'_>, view: &mut View<'_>) -> Result<(), JolError> {
        (*view.live, *view.feeds) = (Live::default(), Feeds::default());
        self.forget_looking(records, view)
    }
}

/// Whether all buses report that are due where the passenger may have boarded.
fn look_who_is_due(view: &mut View<'_>, now_ms: i64) {
    let (Some(place), Some(city)) = (view.detector.boarded_at(), view.city.as_ref()) else { return };
    let timetable = city.pack.timetable();
    let Ok(zones) = Zones::of(&timetable) else { return };
    let is_told = |run: &Run| view.live.on_run(run, now_ms).is_some();
    view.detector.are_due(Due::around(&timetable, &zones, place, now_ms, is_told));
}
