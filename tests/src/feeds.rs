//! An operator's live feeds as `jol board --live` reads them: over HTTP, or a stored one out of a file.
//!
//! An address is asked again only when its time has come: 15 s after an answer, and after a failure when the operator
//! says (Retry-After), else later from time to time, spread by chance. What an address said last stays until it says
//! something else: an answer that is no feed changes nothing.

use crate::published;
use jiff::fmt::rfc2822;
use jol_core::entropy::{Entropy, random};
use jol_core::operator::outbox::pause_ms;
use jol_core::realtime::feed::{FeedEntity, LONGEST_FEED};
use jol_core::realtime::live::{FUTURE_MS, NOTICE_OLD_AFTER_MS};
use jol_core::realtime::{FeedError, FeedMessage, Live, read_feed};
use reqwest::header::{DATE, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use std::path::{Path, PathBuf};

/// An address that answered is asked again after so long, in ms.
pub(crate) const EVERY_MS: i64 = 15_000;
/// No operator keeps us away for longer, in ms.
const LONGEST_PAUSE_MS: i64 = 24 * 3_600_000;

/// Why an address gave no feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedTrouble {
    /// It is no URL and no path that we read.
    #[error("not an address of http, https or a file")]
    Address,
    /// Nobody answers there.
    #[error("no answer ({0})")]
    NoAnswer(String),
    /// The answer is a refusal.
    #[error("the answer is {0}")]
    Refused(StatusCode),
    /// What came is no feed.
    #[error(transparent)]
    NoFeed(#[from] FeedError),
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// When something is asked: by the clock that the feed's times are compared with, and since boot.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// ms since 1970.
    pub now_ms: i64,
    /// ms since boot: pauses last as long whatever the other one does.
    pub boot_ms: i64,
}

/// The feeds of one operator, or of all who drive in a city, and what they say together.
pub struct Feeds {
    client: Client,
    feeds: Vec<Feed>,
    live: Live,
}

/// One address, and what it said last.
struct Feed {
    address: String,
    /// What the next question names, so that nothing is sent twice.
    known: Option<(HeaderName, String)>,
    last: Option<FeedMessage>,
    heard_ms: i64,
    failures: u32,
    due_ms: i64,
    trouble: Option<FeedTrouble>,
}

/// What an address answered.
enum Came {
    Feed(FeedMessage, Option<(HeaderName, String)>),
    Same,
    Nothing { trouble: FeedTrouble, wait_ms: Option<i64> },
}

impl Feeds {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// Why no client for HTTPS can be made.
    pub fn of(addresses: &[String]) -> Result<Feeds, String> {
        Ok(Feeds::with(addresses, published::client()?))
    }

    pub(crate) fn with(addresses: &[String], client: Client) -> Feeds {
        let feed = |address: &String| Feed {
            address: address.clone(),
            known: None,
            last: None,
            heard_ms: i64::MIN,
            failures: 0,
            due_ms: i64::MIN,
            trouble: None,
        };
        Feeds { client, feeds: addresses.iter().map(feed).collect(), live: Live::default() }
    }

    /// Asks the addresses whose time has come, all at once.
    pub async fn ask(&mut self, at: At, chance: &dyn Entropy) {
        let due = self.feeds.iter().enumerate().filter(|(_, feed)| feed.due_ms <= at.boot_ms);
        let mut asked = tokio::task::JoinSet::new();
        for (nth, Feed { address, known, .. }) in due {
            let (client, address, known) = (self.client.clone(), address.clone(), known.clone());
            asked.spawn(async move { (nth, ask(&client, &address, known).await) });
        }
        while let Some(Ok((nth, came))) = asked.join_next().await {
            let Some(feed) = self.feeds.get_mut(nth) else { continue };
            let [chance] = random(chance);
            if let Some(message) = feed.take(came, at, chance) {
                self.live.take_positions(message, at.now_ms);
            }
        }
        // What one address says of trips and notices stands beside what the others say.
        let together = |is_told: &dyn Fn(&Feed) -> bool| {
            let said = self.feeds.iter().filter(|feed| is_told(feed)).filter_map(|feed| feed.last.as_ref());
            FeedMessage::full(0, said.flat_map(|message| message.entity.iter().cloned()).collect())
        };
        let (said, lately) = (together(&|_| true), together(&|feed| feed.is_heard_lately(at.boot_ms)));
        self.live.take_updates(&said, at.now_ms);
        self.live.take_alerts(&lately, at.now_ms);
    }

    /// In how many ms an address is to be asked again.
    pub fn due_in_ms(&self, boot_ms: i64) -> i64 {
        let due_ms = self.feeds.iter().map(|feed| feed.due_ms).min();
        due_ms.map_or(0, |due_ms| due_ms.saturating_sub(boot_ms).max(0))
    }

    /// What is known now, for a board to be laid over it.
    pub fn live(&mut self) -> &mut Live {
        &mut self.live
    }

    /// The addresses that gave no feed when they were asked last, and why.
    pub fn troubles(&self) -> impl Iterator<Item = (&str, &FeedTrouble)> {
        self.feeds.iter().filter_map(|feed| Some((feed.address.as_str(), feed.trouble.as_ref()?)))
    }
}

impl Feed {
    /// Notices of who was not heard of for longer are not told any more.
    fn is_heard_lately(&self, boot_ms: i64) -> bool {
        boot_ms.saturating_sub(self.heard_ms) <= NOTICE_OLD_AFTER_MS
    }

    /// The message, if a new one came.
    fn take(&mut self, came: Came, at: At, chance: u8) -> Option<&FeedMessage> {
        let (message, known) = match came {
            Came::Nothing { trouble, wait_ms } => {
                self.trouble = Some(trouble);
                // Who were told to wait together do not come back together, either.
                let wait_ms = wait_ms.unwrap_or(0).max(EVERY_MS);
                let pause_ms = wait_ms.saturating_add(pause_ms(self.failures, chance));
                self.due_ms = at.boot_ms.saturating_add(pause_ms);
                self.failures = self.failures.saturating_add(1);
                return None;
            }
            Came::Same => (None, self.known.take()),
            Came::Feed(message, known) => (Some(message), known),
        };
        (self.known, self.trouble, self.failures) = (known, None, 0);
        self.heard_ms = at.boot_ms;
        self.due_ms = at.boot_ms.saturating_add(EVERY_MS);
        self.last = Some(dated(message?, at.now_ms));
        self.last.as_ref()
    }
}

async fn ask(client: &Client, address: &str, known: Option<(HeaderName, String)>) -> Came {
    let nothing = |trouble| Came::Nothing { trouble, wait_ms: None };
    let url = match Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        Ok(url) if url.scheme() == "file" => {
            return url.to_file_path().map_or_else(|()| nothing(FeedTrouble::Address), |path| stored(&path));
        }
        // A path, or a drive that looks like a scheme.
        _ if !address.contains("://") => return stored(&PathBuf::from(address)),
        _ => return nothing(FeedTrouble::Address),
    };
    let mut request = client.get(url);
    if let Some((name, value)) = known {
        request = request.header(name, value);
    }
    let mut answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => return nothing(FeedTrouble::NoAnswer(innermost(&error))),
    };
    match answer.status() {
        StatusCode::NOT_MODIFIED => Came::Same,
        status if status.is_success() => match read(&mut answer).await {
            Ok(message) => Came::Feed(message, validator(&answer)),
            Err(trouble) => nothing(trouble),
        },
        status => Came::Nothing { trouble: FeedTrouble::Refused(status), wait_ms: retry_after_ms(&answer) },
    }
}

/// No byte more than a feed may have.
async fn read(answer: &mut Response) -> Result<FeedMessage, FeedTrouble> {
    let mut bytes = Vec::new();
    let broke = |error: reqwest::Error| FeedTrouble::NoAnswer(innermost(&error));
    while let Some(chunk) = answer.chunk().await.map_err(broke)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST_FEED {
            return Err(FeedError::TooLarge { bytes: bytes.len() }.into());
        }
    }
    Ok(read_feed(&bytes)?)
}

fn stored(path: &Path) -> Came {
    let read = || Ok(Came::Feed(read_feed(&std::fs::read(path)?)?, None));
    read().unwrap_or_else(|trouble| Came::Nothing { trouble, wait_ms: None })
}

/// What to say when asking again: the ETag, or the time of the last change if there is only that.
fn validator(answer: &Response) -> Option<(HeaderName, String)> {
    let said = |name: HeaderName| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
    let etag = said(ETAG).map(|etag| (IF_NONE_MATCH, etag));
    etag.or_else(|| Some((IF_MODIFIED_SINCE, said(LAST_MODIFIED)?)))
}

/// For how long the operator does not want to be asked (RFC 9110 §10.2.3): seconds, or until a moment of its clock.
fn retry_after_ms(answer: &Response) -> Option<i64> {
    let said = |name: HeaderName| Some(answer.headers().get(name)?.to_str().ok()?.trim());
    let moment_ms = |text: &str| Some(rfc2822::parse(text).ok()?.timestamp().as_millisecond());
    let wait = said(RETRY_AFTER)?;
    let until = || Some(moment_ms(wait)?.saturating_sub(moment_ms(said(DATE)?)?));
    let wait_ms = wait.parse::<u32>().ok().map(|seconds| i64::from(seconds) * 1_000).or_else(until)?;
    Some(wait_ms.clamp(0, LONGEST_PAUSE_MS))
}

/// Trip updates without a time, or with one that is still to come, have their message's, else that of its coming: so
/// several messages can be one, and each grows old from the day it came.
fn dated(mut message: FeedMessage, received_ms: i64) -> FeedMessage {
    let came = u64::try_from(received_ms / 1_000).unwrap_or(0);
    let latest = u64::try_from(received_ms.saturating_add(FUTURE_MS) / 1_000).unwrap_or(0);
    let is_sound = |said: &u64| (1..=latest).contains(said);
    let said = *message.header.timestamp.insert(message.header.timestamp.filter(is_sound).unwrap_or(came));
    for FeedEntity { trip_update, .. } in &mut message.entity {
        if let Some(update) = trip_update {
            update.timestamp = update.timestamp.filter(is_sound).or(Some(said));
        }
    }
    message
}

/// The outer words only say which address it was.
fn innermost(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::HeaderMap;
    use axum::response::IntoResponse;
    use jol_core::entropy::SeededEntropy;
    use jol_core::realtime::Run;
    use jol_core::realtime::feed::{
        Alert, Position, TripDescriptor, TripUpdate, VehicleDescriptor, VehiclePosition,
    };
    use prost::Message;
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    const NOW: i64 = 1_789_549_200_000;

    /// Says what it was told to say, in this order, and keeps what it was asked.
    #[derive(Clone, Default)]
    struct Operator {
        says: Arc<Mutex<VecDeque<axum::response::Response>>>,
        asked: Arc<Mutex<Vec<HeaderMap>>>,
    }

    impl Operator {
        fn says(&self, answer: impl IntoResponse) {
            self.says.lock().expect("answers").push_back(answer.into_response());
        }

        fn asked(&self, nth: usize, name: HeaderName) -> Option<String> {
            let asked = self.asked.lock().expect("questions");
            Some(asked[nth].get(name)?.to_str().expect("text").to_owned())
        }

        fn times_asked(&self) -> usize {
            self.asked.lock().expect("questions").len()
        }

        /// Its address; it ends with the runtime.
        async fn listens(&self) -> String {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = format!("http://{}/feed", listener.local_addr().expect("an address"));
            let own = self.clone();
            let answer = move |headers: HeaderMap| async move {
                own.asked.lock().expect("questions").push(headers);
                let said = own.says.lock().expect("answers").pop_front();
                said.unwrap_or_else(|| StatusCode::IM_A_TEAPOT.into_response())
            };
            let router = Router::new().route("/feed", axum::routing::get(answer));
            tokio::spawn(async { axum::serve(listener, router).await });
            address
        }
    }

    fn feeds(addresses: &[String]) -> Feeds {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Feeds::with(addresses, Client::builder().no_proxy().build().expect("a client"))
    }

    fn at(seconds: i64) -> At {
        At { now_ms: NOW + seconds * 1_000, boot_ms: seconds * 1_000 }
    }

    fn chance() -> SeededEntropy {
        SeededEntropy::new(7)
    }

    fn message(seconds: i64, entity: FeedEntity) -> Vec<u8> {
        FeedMessage::full(((NOW / 1_000) + seconds) as u64, vec![entity]).encode_to_vec()
    }

    fn trip(trip: &str) -> TripDescriptor {
        TripDescriptor { trip_id: Some(trip.into()), ..TripDescriptor::default() }
    }

    fn bus(id: &str) -> FeedEntity {
        let vehicle = VehiclePosition {
            position: Some(Position {
                latitude: Some(47.1),
                longitude: Some(51.9),
                bearing: None,
                speed: None,
            }),
            vehicle: Some(VehicleDescriptor { id: Some(id.into()), label: None, license_plate: None }),
            ..VehiclePosition::default()
        };
        FeedEntity { id: id.into(), vehicle: Some(Box::new(vehicle)), ..FeedEntity::default() }
    }

    fn late(of: &str, delay_s: i32) -> FeedEntity {
        let update = TripUpdate { trip: trip(of), delay: Some(delay_s), ..TripUpdate::default() };
        FeedEntity { id: of.into(), trip_update: Some(Box::new(update)), ..FeedEntity::default() }
    }

    fn run(of: &str) -> Run {
        Run { trip: of.into(), service_date: None, start_s: None }
    }

    fn told(feeds: &Feeds) -> Vec<String> {
        feeds.troubles().map(|(_, trouble)| trouble.to_string()).collect()
    }

    #[tokio::test]
    async fn what_has_not_changed_is_not_sent_again_and_stays_known() {
        let operator = Operator::default();
        let mut feeds = feeds(&[operator.listens().await]);
        operator.says(([(ETAG, "\"a\""), (LAST_MODIFIED, "then")], message(0, bus("1"))));
        operator.says(StatusCode::NOT_MODIFIED);
        operator.says(([(LAST_MODIFIED, "then")], message(30, bus("2"))));
        operator.says(StatusCode::NOT_MODIFIED);
        for turn in 0..4 {
            feeds.ask(at(turn * 15), &chance()).await;
            feeds.ask(at(turn * 15 + 14), &chance()).await;
            assert_eq!(operator.times_asked() as i64, turn + 1, "15 s have not passed");
            assert_eq!(feeds.due_in_ms(at(turn * 15 + 14).boot_ms), 1_000);
            assert_eq!(told(&feeds), Vec::<String>::new());
        }
        let asked = |nth| (operator.asked(nth, IF_NONE_MATCH), operator.asked(nth, IF_MODIFIED_SINCE));
        assert_eq!(asked(0), (None, None));
        assert_eq!(asked(1), (Some("\"a\"".to_owned()), None), "the ETag is enough");
        assert_eq!(asked(2), (Some("\"a\"".to_owned()), None));
        assert_eq!(asked(3), (None, Some("then".to_owned())), "there is only that");
        let ages: Vec<i64> =
            feeds.live().vehicles(at(59).now_ms).map(|bus| bus.age_ms(at(59).now_ms) / 1_000).collect();
        assert_eq!(ages, [59, 29], "by when they were measured, not by when they were asked for");
    }

    #[tokio::test]
    async fn who_refuses_is_left_alone_as_long_as_it_says_and_ever_longer() {
        let operator = Operator::default();
        let mut feeds = feeds(&[operator.listens().await]);
        operator.says(message(0, late("a", 60)));
        operator.says((StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "120")]));
        let dates = [(RETRY_AFTER, "Wed, 16 Sep 2026 09:10:00 GMT"), (DATE, "Wed, 16 Sep 2026 09:00:00 GMT")];
        operator.says((StatusCode::TOO_MANY_REQUESTS, dates));
        let mut boot_s = 0;
        let mut pauses = Vec::new();
        for _ in 0..9 {
            feeds.ask(at(boot_s), &chance()).await;
            let pause_ms = feeds.due_in_ms(at(boot_s).boot_ms);
            pauses.push(pause_ms);
            boot_s += (pause_ms + 999) / 1_000;
        }
        assert_eq!(operator.times_asked(), 9);
        let longer = |nth: usize, than_ms: i64| (0..10_000).contains(&(pauses[nth] - than_ms));
        assert!(pauses[0] == EVERY_MS && longer(1, 120_000) && longer(2, 600_000), "{pauses:?}");
        assert!(pauses[3..].windows(2).all(|pair| pair[0] < pair[1]), "{pauses:?}");
        assert!(pauses[3..].iter().all(|pause| (EVERY_MS..EVERY_MS + 120_000).contains(pause)), "{pauses:?}");
        assert_eq!(told(&feeds), ["the answer is 418 I'm a teapot"]);
        assert!(feeds.live().progress(&run("a")).is_some(), "what it said last stays");
        operator.says(message(0, late("a", 60)));
        boot_s += 200;
        feeds.ask(at(boot_s), &chance()).await;
        assert_eq!(
            (told(&feeds), feeds.due_in_ms(at(boot_s).boot_ms)),
            (vec![], EVERY_MS),
            "all is well again"
        );
    }

    #[test]
    fn phones_that_failed_together_do_not_come_back_together() {
        for wait_ms in [None, Some(3_600_000)] {
            let pause = |chance| {
                let mut feed = feeds(&["x".to_owned()]).feeds.remove(0);
                feed.failures = 5;
                feed.take(Came::Nothing { trouble: FeedTrouble::Address, wait_ms }, at(0), chance);
                feed.due_ms
            };
            assert!(pause(255) > pause(0) + 10_000, "{} {}", pause(0), pause(255));
            assert!(pause(0) >= wait_ms.unwrap_or(EVERY_MS));
        }
    }

    #[tokio::test]
    async fn what_is_no_feed_is_said_and_changes_nothing() {
        let operator = Operator::default();
        let mut feeds = feeds(&[operator.listens().await]);
        operator.says(([(ETAG, "\"a\"")], message(0, late("a", 60))));
        operator.says(([(ETAG, "\"b\"")], "<html>A captive portal</html>"));
        operator.says(StatusCode::NOT_MODIFIED);
        feeds.ask(at(0), &chance()).await;
        feeds.ask(at(15), &chance()).await;
        assert_eq!(told(&feeds), ["not a GTFS-Realtime message"]);
        assert!(feeds.live().progress(&run("a")).is_some());
        feeds.ask(at(60), &chance()).await;
        assert_eq!(operator.asked(2, IF_NONE_MATCH).as_deref(), Some("\"a\""), "the one that was read");
        assert_eq!(told(&feeds), Vec::<String>::new());

        let huge = vec![0; LONGEST_FEED + 1];
        operator.says(huge);
        feeds.ask(at(120), &chance()).await;
        assert!(told(&feeds)[0].starts_with("the feed is too large"), "{:?}", told(&feeds));
    }

    #[tokio::test]
    async fn several_addresses_speak_side_by_side() {
        let [first, second] = [Operator::default(), Operator::default()];
        let mut feeds = feeds(&[first.listens().await, second.listens().await]);
        let notice = Alert::default();
        let notice = FeedEntity { alert: Some(Box::new(notice)), ..FeedEntity::default() };
        first.says(message(-100, late("a", 60)));
        first.says(message(-100, late("c", 60)));
        second.says(FeedMessage::full((NOW / 1_000) as u64, vec![late("b", 60), notice]).encode_to_vec());
        second.says((StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "7200")]));
        feeds.ask(at(0), &chance()).await;
        let age_s = |feeds: &mut Feeds, of| {
            feeds.live().progress(&run(of)).and_then(|progress| progress.age_ms(NOW)).map(|ms| ms / 1_000)
        };
        assert_eq!(
            (age_s(&mut feeds, "a"), age_s(&mut feeds, "b")),
            (Some(100), Some(0)),
            "each by its message"
        );
        feeds.ask(at(15), &chance()).await;
        let known = ["a", "b", "c"].map(|of| age_s(&mut feeds, of).is_some());
        assert_eq!(known, [false, true, true], "the second one's word stands");
        assert_eq!(feeds.live().notices(at(15).now_ms).count(), 1);
        let hour = at(NOTICE_OLD_AFTER_MS / 1_000 + 1);
        first.says(message(0, late("a", 60)));
        feeds.ask(hour, &chance()).await;
        assert_eq!(feeds.live().notices(hour.now_ms).count(), 0, "who keeps silent has no notices");
    }

    #[tokio::test]
    async fn a_stored_feed_is_read_out_of_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("feed.pb");
        std::fs::write(&path, message(-400, late("a", 60))).expect("written");
        let url = Url::from_file_path(&path).expect("a URL").to_string();
        let none = folder.path().join("none.pb").display().to_string();
        let mut feeds = feeds(&[path.display().to_string(), url, none, "ftp://x/y".to_owned()]);
        feeds.ask(at(0), &chance()).await;
        assert!(feeds.live().progress(&run("a")).is_some());
        assert_eq!(feeds.live().too_old_ms(NOW), Some(400_000));
        assert_eq!(feeds.live().too_old_ms(NOW - 200_000), None);
        let told = told(&feeds);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("os error 2") && told[1].starts_with("not an address"), "{told:?}");
    }

    #[tokio::test]
    async fn nobody_at_home_is_said() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/feed", listener.local_addr().expect("an address"));
        drop(listener);
        let mut feeds = feeds(&[address]);
        feeds.ask(at(0), &chance()).await;
        assert!(told(&feeds)[0].starts_with("no answer (Connection refused"), "{:?}", told(&feeds));
    }
}
