//! The link: one thread that carries due calls to the operator and brings the answers back.
//!
//! It decides nothing. What is due, with which bytes, and what an answer means is the desk's
//! business; the link knows HTTP, TLS and patience. TLS is rustls with ring over a fixed list of
//! roots: the platform's verifier is never constructed (on Android it needs JNI).

use super::outbox::{Call, Carried};
use super::safe_address;
use super::wire::{APP_VERSION, IDEMPOTENCY_KEY, INTENT_AGE};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::{Client, Response, Url};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How many calls travel at once: a slow one must not hold up a payment.
const AT_ONCE: usize = 6;
/// The longest answer that is read into memory.
const LONGEST_ANSWER: usize = 16 << 20;
/// The largest city pack that is fetched.
const LARGEST_FILE: u64 = 1 << 30;
/// After so long without a byte by the boot clock, in ms, a call is sent anew. The time-outs of the connection
/// come first, but they stand still while the phone sleeps; whoever wakes it does not wait for them.
const LONGEST_SILENCE_MS: i64 = 30_000;

/// Where calls come from and answers go.
pub(crate) trait Desk: Send + Sync + 'static {
    /// The calls that are due now.
    fn due(&self) -> Vec<Call>;
    /// What became of a call.
    fn deliver(&self, call: &Call, carried: Carried);
    /// How much of a file has come.
    fn progress(&self, call: &Call, done: u64, total: u64);
    /// In how many ms the next of those calls is due that are not due yet; none if there is none.
    fn next_due_in_ms(&self) -> Option<i64>;
    /// The clock since boot, for round trips.
    fn boot_ms(&self) -> i64;
    /// Which calls are on their way; whoever waits for quiet looks at it.
    fn under_way(&self, calls: usize);
}

/// Why a link cannot be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The operator's address is no URL, or is not HTTPS and not on this machine.
    #[error("not a safe address: {0}")]
    Address(String),
    /// The root certificate that the operator's entry names cannot be read.
    #[error("the operator's root certificate cannot be read")]
    Root,
    /// The thread could not be started.
    #[error("no thread for the link: {0}")]
    Thread(String),
}

/// A running link. It ends when it is dropped.
pub(crate) struct Link {
    wake: Arc<Notify>,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// Starts the thread. `tls_root`: the one root that this operator's certificate hangs on (DER);
    /// without it, the roots of the web.
    pub(crate) fn start(
        address: &str,
        tls_root: Option<&[u8]>,
        app_version: &str,
        desk: Arc<dyn Desk>,
    ) -> Result<Link, LinkError> {
        let address = safe_address(address).ok_or_else(|| LinkError::Address(address.to_owned()))?;
        let client = client(tls_root, app_version)?;
        let (wake, stop) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let hands = (wake.clone(), stop.clone());
        let thread = std::thread::Builder::new()
            .name("jol-link".into())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                match runtime {
                    Ok(runtime) => runtime.block_on(carry(address, client, desk, &hands.0, &hands.1)),
                    Err(error) => eprintln!("jol-link: no runtime: {error}"),
                }
            })
            .map_err(|error| LinkError::Thread(error.to_string()))?;
        Ok(Link { wake, stop, thread: Some(thread) })
    }

    /// There may be something to carry.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop.notify_one();
        // The last owner of the desk may be the link's own thread, which cannot wait for itself.
        if let Some(thread) = self.thread.take().filter(|t| t.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

fn client(tls_root: Option<&[u8]>, app_version: &str) -> Result<Client, LinkError> {
    let mut roots = RootCertStore::empty();
    match tls_root {
        Some(der) => roots.add(CertificateDer::from(der.to_vec())).map_err(|_| LinkError::Root)?,
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| LinkError::Root)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        // An answer about money comes from the operator's address or not at all.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(20))
        .user_agent(format!("jol/{app_version}"))
        .default_headers(
            [(reqwest::header::HeaderName::from_static(APP_VERSION), header(app_version))]
                .into_iter()
                .collect(),
        )
        .build()
        .map_err(|error| LinkError::Thread(error.to_string()))
}

fn header(text: &str) -> reqwest::header::HeaderValue {
    reqwest::header::HeaderValue::from_str(text).unwrap_or(reqwest::header::HeaderValue::from_static("0"))
}

/// When something was heard of a call, and whether its connection is given up.
struct Patience {
    heard_ms: AtomicI64,
    over: Notify,
}

impl Patience {
    fn heard(&self, desk: &dyn Desk) {
        self.heard_ms.store(desk.boot_ms(), Ordering::Relaxed);
    }
}

async fn carry(address: Url, client: Client, desk: Arc<dyn Desk>, wake: &Notify, stop: &Notify) {
    let mut travelling = JoinSet::new();
    let mut under_way: HashMap<(u32, i64), Arc<Patience>> = HashMap::new();
    loop {
        let now_ms = desk.boot_ms();
        for patience in under_way.values() {
            if now_ms.saturating_sub(patience.heard_ms.load(Ordering::Relaxed)) > LONGEST_SILENCE_MS {
                patience.over.notify_one();
            }
        }
        // A row stays due while it travels; it must not travel twice at once.
        for call in desk.due() {
            if under_way.len() < AT_ONCE && !under_way.contains_key(&(call.wallet, call.id)) {
                let patience = Arc::new(Patience { heard_ms: now_ms.into(), over: Notify::new() });
                under_way.insert((call.wallet, call.id), patience.clone());
                let (client, url, desk) = (client.clone(), address.join(&call.path), desk.clone());
                travelling.spawn(async move {
                    let carried = match url {
                        Ok(url) => tokio::select! {
                            carried = send(&client, url, &call, &*desk, &patience) => Some(carried),
                            () = patience.over.notified() => None,
                        },
                        Err(_) => Some(Carried::NoAnswer),
                    };
                    (call, carried)
                });
            }
        }
        desk.under_way(under_way.len());
        // What is due and has no place yet goes when a call comes back; the rest when its time comes.
        let pause = Duration::from_millis(
            desk.next_due_in_ms().unwrap_or(i64::MAX).clamp(1, 3_600_000).unsigned_abs(),
        );
        tokio::select! {
            Some(Ok((call, carried))) = travelling.join_next(), if !travelling.is_empty() => {
                // The row of one that is given up is due as before.
                if let Some(carried) = carried {
                    desk.deliver(&call, carried);
                }
                under_way.remove(&(call.wallet, call.id));
            }
            () = wake.notified() => {}
            () = stop.notified() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn send(client: &Client, url: Url, call: &Call, desk: &dyn Desk, patience: &Patience) -> Carried {
    let mut request = if call.post {
        client.post(url).header(CONTENT_TYPE, "application/json").header(IDEMPOTENCY_KEY, header(&call.key))
    } else {
        client.get(url)
    };
    if call.post {
        request = request.body(call.body.clone());
    }
    if let Some(token) = &call.bearer {
        request = request.header(AUTHORIZATION, header(&format!("Bearer {token}")));
    }
    if let Some(etag) = &call.etag {
        request = request.header(IF_NONE_MATCH, header(etag));
    }
    if let Some(age_ms) = call.age_ms {
        // Older than 49 days is old enough.
        request = request.header(INTENT_AGE, age_ms.clamp(0, u32::MAX.into()));
    }
    let sent_ms = desk.boot_ms();
    let Ok(mut response) = request.send().await else { return Carried::NoAnswer };
    let round_trip_ms = desk.boot_ms() - sent_ms;
    patience.heard(desk);
    let status = response.status().as_u16();
    let said = |name| response.headers().get(name).and_then(|said| said.to_str().ok());
    let etag = said(ETAG).map(str::to_owned);
    // RFC 9110 §10.2.3; of its two forms the one without a clock.
    let wait_ms =
        said(RETRY_AFTER).and_then(|wait| wait.trim().parse::<u32>().ok()).map(|s| i64::from(s) * 1_000);
    let body = match &call.into_file {
        Some(path) if status == 200 => {
            write_file(&mut response, path, call, desk, patience).await.map(|()| Vec::new())
        }
        _ => read_all(&mut response, desk, patience).await,
    };
    match body {
        Some(body) => Carried::Answer { status, etag, body, round_trip_ms, wait_ms },
        None => Carried::NoAnswer,
    }
}

async fn read_all(response: &mut Response, desk: &dyn Desk, patience: &Patience) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        patience.heard(desk);
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

async fn write_file(
    response: &mut Response,
    path: &Path,
    call: &Call,
    desk: &dyn Desk,
    patience: &Patience,
) -> Option<()> {
    let total = response.content_length().unwrap_or(0);
    let mut file = std::fs::File::create(path).ok()?;
    let mut done = 0_u64;
    while let Some(chunk) = response.chunk().await.ok()? {
        patience.heard(desk);
        done += chunk.len() as u64;
        if done > LARGEST_FILE {
            return None;
        }
        file.write_all(&chunk).ok()?;
        desk.progress(call, done, total);
    }
    file.sync_all().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SimulatedClock};
    use crate::operator::outbox::Operation;
    use std::net::TcpListener;
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    /// A desk with one call, which is due until something became of it.
    struct OneCall {
        clock: SimulatedClock,
        call: Mutex<Option<Call>>,
    }

    impl Desk for OneCall {
        fn due(&self) -> Vec<Call> {
            self.call.lock().expect("a call").iter().cloned().collect()
        }

        fn deliver(&self, _: &Call, _: Carried) {
            *self.call.lock().expect("a call") = None;
        }

        fn progress(&self, _: &Call, _: u64, _: u64) {}

        fn next_due_in_ms(&self) -> Option<i64> {
            None
        }

        fn boot_ms(&self) -> i64 {
            self.clock.boot_ms()
        }

        fn under_way(&self, _: usize) {}
    }

    #[test]
    fn a_phone_that_slept_asks_anew() {
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", silent.local_addr().expect("an address"));
        let (connected, connections) = channel();
        std::thread::spawn(move || silent.incoming().try_for_each(|connection| connected.send(connection)));
        let clock = SimulatedClock::at(0);
        let call = Call {
            id: 1,
            wallet: 0,
            key: "key".to_owned(),
            operation: Operation::Payment,
            post: true,
            path: "/v1/payments".to_owned(),
            body: b"{}".to_vec(),
            attempts: 0,
            asked: 1,
            age_ms: None,
            bearer: None,
            etag: None,
            into_file: None,
        };
        let desk = OneCall { clock: clock.clone(), call: Mutex::new(Some(call)) };
        let link = Link::start(&address, None, "0.1.0", Arc::new(desk)).expect("a link");
        // Sooner than the connection's own time-out.
        let next = || connections.recv_timeout(Duration::from_secs(15));
        let _slept = next().expect("the call is under way");
        clock.advance_ms(LONGEST_SILENCE_MS + 1);
        link.wake();
        let _anew = next().expect("the call is under way again");
    }

    #[test]
    fn a_root_that_cannot_be_read_is_refused() {
        assert!(client(None, "0.1.0").is_ok());
        assert!(matches!(client(Some(b"no certificate"), "0.1.0"), Err(LinkError::Root)));
    }
}
