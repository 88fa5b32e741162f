use super::{Authority, Passenger, Scene};
use crate::world::proxy::Proxy;
use jol_core::jol::{Jol, Opening};
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// How many calls an app carries at once.
const AT_ONCE: usize = 6;
/// How long something is waited for that is sure to happen: far longer than loopback needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A network between the phones and the operator of a scene.
pub struct Network<'a> {
    scene: &'a Scene<'a>,
    authority: Option<Authority>,
    /// What it does to connections.
    pub proxy: Proxy,
    runtime: Runtime,
}

impl<'a> Network<'a> {
    /// Lies before the operator of this scene, which speaks TLS if there is an authority.
    ///
    /// # Panics
    /// If there is no port or no thread.
    pub fn before(scene: &'a Scene<'a>, authority: Option<&Authority>) -> Network<'a> {
        let proxy = Proxy::start(scene.sandbox(|sandbox| sandbox.address)).expect("a proxy");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        Network { scene, authority: authority.cloned(), proxy, runtime: runtime.expect("a runtime") }
    }

    /// What an app is opened with that reaches the operator over this network.
    pub fn opening(&self, name: &str) -> Opening {
        let mut opening = self.scene.opening(name);
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        opening.operator.address = format!("{scheme}://{}", self.proxy.address);
        opening.operator.tls_root = self.authority.as_ref().map(|authority| authority.root.clone());
        opening
    }

    /// Somebody in the city, whose phone reaches the operator over this network.
    ///
    /// # Panics
    /// If the network lets nobody sign in.
    pub fn passenger(&self, number: &str) -> Passenger<'a> {
        let name = format!("wallet-{}-of-{number}", self.scene.next_seed());
        let passenger = self.scene.newcomer_with(number, self.opening(&name));
        passenger.sign_up();
        passenger
    }

    /// Waits until nothing is under way on these phones but what the network holds.
    ///
    /// # Panics
    /// If something else is, for half a minute.
    pub fn wait(&self, phones: &[&Jol]) {
        let mut holding = self.proxy.holding();
        self.runtime.block_on(async {
            loop {
                let revisions: Vec<u64> = phones.iter().map(|phone| phone.revision()).collect();
                // A call is due until it was carried.
                let due = phones.iter().map(|phone| phone.outbox_due().len().min(AT_ONCE)).sum::<usize>();
                if due <= *holding.borrow_and_update() {
                    return;
                }
                let mut changes: Vec<_> = phones
                    .iter()
                    .zip(revisions)
                    .map(|(phone, revision)| Box::pin(phone.next_change(revision)))
                    .collect();
                let changed = poll_fn(|cx| {
                    let any = changes.iter_mut().any(|change| change.as_mut().poll(cx).is_ready());
                    if any { Poll::Ready(()) } else { Poll::Pending }
                });
                let moved = timeout(PATIENCE, async {
                    tokio::select! {
                        () = changed => {}
                        _ = holding.changed() => {}
                    }
                });
                assert!(moved.await.is_ok(), "{due} calls wait for nobody");
            }
        });
    }
}
