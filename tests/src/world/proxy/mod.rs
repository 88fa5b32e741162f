//! A network on loopback: a TCP proxy before an operator that cuts, holds back, reorders and doubles bytes.
//!
//! What becomes of a connection is its [`Fate`]: told for the next one ([`Proxy::next`]) or drawn from a seed
//! ([`Proxy::weather`]). Nothing here waits for a time: what is held goes on by an event. The proxy reads no
//! more of TLS than the lengths of its records (RFC 8446 §5.1), so that a fate can name a place between two.

mod fate;

pub use fate::{At, Carried, End, Event, Fate, Lie, Until, Way};

use super::dice::Dice;
use fate::Position;
use std::collections::{BTreeSet, VecDeque};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// How much is read at once.
const CHUNK: usize = 16 * 1_024;

/// A running proxy. It ends when it is dropped.
pub struct Proxy {
    /// Where phones connect.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    // Its tasks end with it.
    runtime: Runtime,
}

struct Shared {
    to: SocketAddr,
    state: Mutex<State>,
    /// Counts up whenever everything is let go.
    let_go: watch::Sender<u64>,
    /// Counts up whenever every connection is cut.
    cut: watch::Sender<u64>,
    /// The latest connection that brought an answer, counted from 1.
    answered: watch::Sender<usize>,
    /// How many phones wait for bytes that are held.
    holding: watch::Sender<usize>,
    /// The connections that are open, by their number.
    open: watch::Sender<BTreeSet<usize>>,
}

#[derive(Default)]
struct State {
    next: VecDeque<Fate>,
    weather: Option<Weather>,
    /// Fates that were told or drawn still hold.
    is_rough: bool,
    carried: Vec<Carried>,
}

struct Weather {
    seed: u64,
    drawn: u64,
    is_tls: bool,
    lie: Option<Lie>,
}

impl Proxy {
    /// Begins, before this operator; until it is told otherwise it is a wire.
    ///
    /// # Errors
    /// If there is no port or no thread.
    pub fn start(to: SocketAddr) -> io::Result<Proxy> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("network")
            .enable_io()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            to,
            state: Mutex::default(),
            let_go: watch::Sender::new(0),
            cut: watch::Sender::new(0),
            answered: watch::Sender::new(0),
            holding: watch::Sender::new(0),
            open: watch::Sender::default(),
        });
        let serving = shared.clone();
        runtime.spawn(async move {
            loop {
                let Ok((phone, _)) = listener.accept().await else { continue };
                tokio::spawn(serving.clone().carry(phone));
            }
        });
        Ok(Proxy { address, shared, runtime })
    }

    /// The fate of the next connection that has none yet.
    pub fn next(&self, fate: Fate) {
        let mut state = self.shared.lock();
        state.is_rough = true;
        state.next.push_back(fate);
    }

    /// From now on each connection's fate is drawn: a function of the seed and of how many there were since.
    /// One in five phones' requests is asked for a `lie`, where there is one.
    pub fn weather(&self, seed: u64, is_tls: bool, lie: Option<Lie>) {
        let mut state = self.shared.lock();
        state.is_rough = true;
        state.weather = Some(Weather { seed, drawn: 0, is_tls, lie });
    }

    /// Everything that is held goes on.
    pub fn let_go(&self) {
        self.shared.let_go.send_modify(|times| *times += 1);
    }

    /// Every open connection ends; when this returns, both sides may know.
    pub fn cut_all(&self) {
        let mut open = self.shared.open.subscribe();
        let before = open.borrow().clone();
        self.shared.cut.send_modify(|times| *times += 1);
        // It cannot fail: the sender is ours.
        _ = self.runtime.block_on(open.wait_for(|open| open.is_disjoint(&before)));
    }

    /// It is a wire again: nothing is held, and no connection has a fate.
    pub fn heal(&self) {
        let mut state = self.shared.lock();
        state.next.clear();
        (state.weather, state.is_rough) = (None, false);
        drop(state);
        self.let_go();
    }

    /// How many phones wait for bytes that are held back, as it changes.
    pub fn holding(&self) -> watch::Receiver<usize> {
        self.shared.holding.subscribe()
    }

    /// What every connection carried so far, oldest first; forgets it.
    pub fn take_carried(&self) -> Vec<Carried> {
        // A connection that is open goes on in a place of its own.
        self.shared.lock().carried.iter_mut().map(std::mem::take).collect()
    }

    /// Says to the operator, on a connection of its own, what a phone said; answers what comes back.
    ///
    /// # Errors
    /// If nobody is there.
    pub fn replay(&self, up: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = std::net::TcpStream::connect(self.shared.to)?;
        let mut said = Vec::new();
        // The operator may have hung up in the middle of it.
        _ = stream.write_all(up).and_then(|()| stream.shutdown(Shutdown::Write));
        _ = stream.read_to_end(&mut said);
        Ok(said)
    }
}

/// One connection, as both directions see it.
struct Line {
    /// Counted from 1.
    nth: usize,
    fate: Fate,
    is_phone_gone: watch::Sender<bool>,
    /// The operator answered after the phone was gone, or hung up too.
    is_late_over: watch::Sender<bool>,
    /// What the phone hears in place of what the operator says.
    lie: Mutex<Option<Vec<u8>>>,
}

impl Line {
    fn hung_up(&self, way: Way) {
        match way {
            Way::Up => self.is_phone_gone.send_replace(true),
            Way::Down => self.is_late_over.send_replace(true),
        };
    }

    fn hear(&self, way: Way, said: &[u8]) {
        if let Some(lie) = self.fate.lie.filter(|_| way == Way::Up).and_then(|lie| lie(said)) {
            *self.lie.lock().unwrap_or_else(PoisonError::into_inner) = Some(lie);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Line {
        let mut state = self.lock();
        state.carried.push(Carried::default());
        let fate = state.next.pop_front().or_else(|| {
            let weather = state.weather.as_mut()?;
            weather.drawn += 1;
            let mut dice = Dice::new(weather.seed ^ (weather.drawn << 40), "connection");
            let fate = Fate::draw(&mut dice, weather.is_tls);
            Some(Fate { lie: weather.lie.filter(|_| dice.chance(0.2)), ..fate })
        });
        Line {
            nth: state.carried.len(),
            fate: fate.unwrap_or_default(),
            is_phone_gone: watch::Sender::new(false),
            is_late_over: watch::Sender::new(false),
            lie: Mutex::default(),
        }
    }

    async fn carry(self: Arc<Shared>, phone: TcpStream) {
        let cut = self.cut.subscribe();
        let line = self.open();
        self.open.send_modify(|open| _ = open.insert(line.nth));
        self.carry_line(&line, cut, phone).await;
        self.open.send_modify(|open| _ = open.remove(&line.nth));
    }

    async fn carry_line(&self, line: &Line, mut cut: watch::Receiver<u64>, mut phone: TcpStream) {
        if let Some((_, At::Byte(0), Event::Cut(end))) = line.fate.event {
            return close(phone, end).await;
        }
        let Ok(mut operator) = TcpStream::connect(self.to).await else { return close(phone, End::Rst).await };
        _ = (phone.set_nodelay(true), operator.set_nodelay(true));
        let end = {
            let ((from_phone, to_phone), (from_operator, to_operator)) = (phone.split(), operator.split());
            tokio::select! {
                end = self.pump(line, Way::Up, from_phone, to_operator) => end,
                end = self.pump(line, Way::Down, from_operator, to_phone) => end,
                _ = cut.changed() => End::Fin,
            }
        };
        close(operator, end).await;
        close(phone, end).await;
    }

    /// Carries one direction to its end; answers how the connection ends.
    async fn pump(&self, line: &Line, way: Way, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> End {
        let mut event = line.fate.event.filter(|event| event.0 == way).map(|(_, at, event)| (at, event));
        let (mut position, mut waiting, mut chunk) = (Position::default(), VecDeque::new(), vec![0; CHUNK]);
        let (mut is_over, mut was_held) = (false, false);
        loop {
            if event.is_some() && !self.lock().is_rough {
                event = None;
            }
            match event.take_if(|(at, _)| position.is_at(*at)) {
                Some((_, Event::Cut(end))) => return end,
                Some((_, Event::Double(bytes))) => {
                    let again = self.tail(line, way, bytes);
                    if to.write_all(&again).await.is_err() {
                        return End::Fin;
                    }
                }
                Some((_, Event::Hold(until))) => {
                    was_held = true;
                    let go = self.held(line, until);
                    tokio::pin!(go);
                    loop {
                        tokio::select! {
                            () = &mut go => break,
                            read = from.read(&mut chunk), if !is_over => match read {
                                Ok(bytes @ 1..) => {
                                    line.hear(way, &chunk[..bytes]);
                                    waiting.extend(&chunk[..bytes]);
                                }
                                _ => {
                                    is_over = true;
                                    line.hung_up(way);
                                }
                            },
                        }
                    }
                    if way == Way::Up {
                        line.is_late_over.send_replace(false);
                    }
                }
                None => {}
            }
            let mut piece = Vec::new();
            while piece.len() < line.fate.pieces.unwrap_or(CHUNK)
                && event.is_none_or(|(at, _)| !position.is_at(at))
                && let Some(byte) = waiting.pop_front()
            {
                position.pass(byte);
                piece.push(byte);
            }
            if !piece.is_empty() {
                if !self.pass(line, way, &piece, &mut to).await {
                    return End::Fin;
                }
                // The other side reads it, before there is more.
                tokio::task::yield_now().await;
            } else if event.is_some_and(|(at, _)| position.is_at(at)) {
                // It happens at once.
            } else if is_over {
                // What was held arrives late, and is answered to nobody.
                if way == Way::Up && was_held {
                    _ = line.is_late_over.subscribe().wait_for(|is_over| *is_over).await;
                }
                return End::Fin;
            } else {
                match from.read(&mut chunk).await {
                    Ok(bytes @ 1..) => {
                        line.hear(way, &chunk[..bytes]);
                        waiting.extend(&chunk[..bytes]);
                    }
                    _ => {
                        is_over = true;
                        line.hung_up(way);
                    }
                }
            }
        }
    }

    /// Passes bytes on; false if there is nobody any more, or nothing more to say.
    async fn pass(&self, line: &Line, way: Way, piece: &[u8], to: &mut WriteHalf<'_>) -> bool {
        {
            let mut state = self.lock();
            if let Some(carried) = state.carried.get_mut(line.nth - 1) {
                match way {
                    Way::Up => carried.up.extend_from_slice(piece),
                    Way::Down => carried.down.extend_from_slice(piece),
                }
            }
        }
        if way == Way::Up {
            return to.write_all(piece).await.is_ok();
        }
        if *line.is_phone_gone.borrow() {
            line.is_late_over.send_replace(true);
            return true;
        }
        let lie = line.lie.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lie) = lie {
            _ = to.write_all(&lie).await;
            return false;
        }
        let heard = to.write_all(piece).await.is_ok();
        self.answered.send_if_modified(|latest| {
            let is_later = line.nth > *latest;
            *latest = line.nth.max(*latest);
            is_later
        });
        heard
    }

    /// The bytes that passed last.
    fn tail(&self, line: &Line, way: Way, bytes: usize) -> Vec<u8> {
        let state = self.lock();
        let passed = state.carried.get(line.nth - 1).map(|carried| carried.of(way)).unwrap_or_default();
        passed[passed.len().saturating_sub(bytes)..].to_vec()
    }

    /// Ends when what is held may go on.
    async fn held(&self, line: &Line, until: Until) {
        let (mut let_go, mut answered) = (self.let_go.subscribe(), self.answered.subscribe());
        let (mut gone, mut gone_too) = (line.is_phone_gone.subscribe(), line.is_phone_gone.subscribe());
        if !self.lock().is_rough {
            return;
        }
        let mut waits = Some(Waits::new(&self.holding));
        let happens = async {
            match until {
                Until::LetGo => std::future::pending().await,
                Until::LaterOne => _ = answered.wait_for(|latest| *latest > line.nth).await,
                Until::PhoneGone => _ = gone.wait_for(|is_gone| *is_gone).await,
            }
        };
        tokio::pin!(happens);
        loop {
            tokio::select! {
                _ = let_go.changed() => return,
                () = &mut happens => return,
                // Nobody waits for it any more; it may still arrive.
                _ = async { _ = gone_too.wait_for(|is_gone| *is_gone).await }, if waits.is_some() => {
                    waits = None;
                }
            }
        }
    }
}

/// A phone that waits for bytes that are held.
struct Waits<'a>(&'a watch::Sender<usize>);

impl Waits<'_> {
    fn new(holding: &watch::Sender<usize>) -> Waits<'_> {
        holding.send_modify(|phones| *phones += 1);
        Waits(holding)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|phones| *phones = phones.saturating_sub(1));
    }
}

async fn close(mut stream: TcpStream, end: End) {
    match end {
        End::Fin => _ = stream.shutdown().await,
        End::Rst => _ = stream.set_zero_linger(),
    }
}

#[cfg(test)]
mod tests;
