//! Sockets: how many at once, how long a slow one is waited for, how the last ones end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep, timeout};

/// The most connections at once: a browser opens six, a till has few pages.
const CONNECTIONS_MAX: usize = 256;
/// How long a request's head may take, and how long a connection may idle: a head is one packet.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The most headers of a request: browsers send about fifteen.
const HEADERS_MAX: usize = 64;
/// The most bytes read ahead of a request: its head must fit, and browsers' heads are under 2 kB.
const HEAD_BYTES_MAX: usize = 64 * 1_024;
/// How long a reader may take nothing at all before it is cut off; the heartbeat makes sure that there is something to take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long answers under way may take when the server stops.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait when the system has no socket to give, before asking again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Something else listens there.
    #[error(
        "port {} is taken by another program, perhaps another madang: stop it, or choose another with --port",
        address.port()
    )]
    PortTaken {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system does not let us.
    #[error("cannot listen on {address}: choose another address or a port above 1023")]
    Refused {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Listens on `address`; port 0 takes any that is free.
///
/// # Errors
/// [`ListenError`] saying what to do.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ListenError::PortTaken { address, source },
            _ => ListenError::Refused { address, source },
        })
}

/// Answers whoever comes until `stop` is done, then calls `ending` and lets answers under way finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    ending: impl FnOnce(),
) {
    let open = GracefulShutdown::new();
    tokio::select! {
        () = accept(&listener, &router, &open) => {}
        () = stop => {}
    }
    drop(listener);
    ending();
    // Whoever does not finish in time is cut off with the process.
    let _ = timeout(FINISH_TIMEOUT, open.shutdown()).await;
}

async fn accept(listener: &TcpListener, router: &Router, open: &GracefulShutdown) {
    let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((socket, _)) => answer(socket, router.clone(), open, seat),
            Err(error) => {
                tracing::warn!(%error, "no connection could be taken; trying again");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn answer(socket: TcpStream, router: Router, open: &GracefulShutdown, seat: OwnedSemaphorePermit) {
    // Taps are small and wait for their answer: sending at once beats filling packets.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(
            TokioIo::new(Patient::new(socket)),
            TowerToHyperService::new(router),
        );
    let connection = open.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(seat);
    });
}

/// A socket that gives a reader up who takes nothing for too long.
struct Patient<Socket> {
    socket: Socket,
    due: Option<Pin<Box<Sleep>>>,
}

impl<Socket> Patient<Socket> {
    fn new(socket: Socket) -> Self {
        Self { socket, due: None }
    }

    fn within_time<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.due = None;
            return polled;
        }
        let due = self
            .due
            .get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        due.as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<Socket: AsyncRead + Unpin> AsyncRead for Patient<Socket> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        pin!(&mut self.socket).poll_read(cx, buffer)
    }
}

impl<Socket: AsyncWrite + Unpin> AsyncWrite for Patient<Socket> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = pin!(&mut self.socket).poll_write(cx, bytes);
        self.within_time(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = pin!(&mut self.socket).poll_write_vectored(cx, pieces);
        self.within_time(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = pin!(&mut self.socket).poll_flush(cx);
        self.within_time(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_is_given_up() {
        let (ours, _theirs) = duplex(8);
        let mut ours = Patient::new(ours);
        ours.write_all(&[0; 8]).await.expect("there is room");
        let given_up = ours.write_all(&[0; 1]).await.expect_err("there is no room");
        assert_eq!(given_up.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_a_little_at_a_time_is_waited_for() {
        let (ours, mut theirs) = duplex(1);
        let mut ours = Patient::new(ours);
        let reading = async {
            for _ in 0..5 {
                sleep(WRITE_TIMEOUT - Duration::from_secs(1)).await;
                theirs.read_u8().await.expect("a byte");
            }
        };
        let (written, ()) = tokio::join!(ours.write_all(&[0; 5]), reading);
        written.expect("every byte was taken in time");
    }
}
