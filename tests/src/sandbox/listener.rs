//! Connections as the sandbox takes them: with TLS or without, and such that a fault can cut one off
//! in the middle of a call.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How many connections wait to be served before more are taken.
const BACKLOG: usize = 64;

/// Ends a connection before anything more is written to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Scissors(Arc<AtomicBool>);

impl Scissors {
    /// Cuts.
    pub(super) fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn have_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Connected<IncomingStream<'_, Door>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Scissors {
        stream.io().scissors.clone()
    }
}

/// Where connections come in.
pub(super) struct Door {
    address: SocketAddr,
    connections: mpsc::Receiver<(Wire, SocketAddr)>,
}

impl Door {
    /// Takes connections from now on, on the runtime that this is called in. A handshake that lasts
    /// keeps nobody else waiting.
    pub(super) fn open(listener: TcpListener, tls: Option<Arc<rustls::ServerConfig>>) -> io::Result<Door> {
        let address = listener.local_addr()?;
        let (give, connections) = mpsc::channel(BACKLOG);
        let tls = tls.map(TlsAcceptor::from);
        tokio::spawn(async move {
            while !give.is_closed() {
                // A connection that failed before it began concerns nobody else.
                let Ok((stream, from)) = listener.accept().await else { continue };
                let (give, tls) = (give.clone(), tls.clone());
                tokio::spawn(async move {
                    _ = stream.set_nodelay(true);
                    let pipe = match tls {
                        None => Pipe::Plain(stream),
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => Pipe::Tls(Box::new(stream)),
                            Err(_) => return,
                        },
                    };
                    _ = give.send((Wire { pipe, scissors: Scissors::default() }, from)).await;
                });
            }
        });
        Ok(Door { address, connections })
    }
}

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        match self.connections.recv().await {
            Some(connection) => connection,
            // Only at the end of the runtime.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

enum Pipe {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that can be cut off.
pub(super) struct Wire {
    pipe: Pipe,
    scissors: Scissors,
}

impl Wire {
    fn is_whole(&self) -> io::Result<()> {
        if self.scissors.have_cut() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.is_whole()?;
        match &mut self.get_mut().pipe {
            Pipe::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Pipe::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.is_whole()?;
        match &mut self.get_mut().pipe {
            Pipe::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Pipe::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_whole()?;
        match &mut self.get_mut().pipe {
            Pipe::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Pipe::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().pipe {
            Pipe::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Pipe::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
