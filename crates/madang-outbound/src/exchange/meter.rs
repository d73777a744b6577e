//! What has gone over an HTTP/1.1 connection for the call that it carries now, and whether a connection has come to its end.

use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
};

use crate::{chatter::Chatter, dial::Connection, progress::Progress};

/// Shared by a connection and whoever sends on it.
#[derive(Debug)]
pub(crate) struct Meter {
    now: Mutex<Option<UnderWay>>,
    head_bytes_max: usize,
    /// Of a connection that calls share, whose bytes are nobody's alone.
    chatter: Option<Arc<Chatter>>,
    /// Whether all that was handed to the connection has been answered or let go of, and nothing more will be.
    over: watch::Sender<bool>,
}

struct UnderWay {
    progress: Arc<Progress>,
    seen: Seen,
    received_bytes: usize,
}

impl fmt::Debug for UnderWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seen.fmt(f)
    }
}

/// What had happened when the head of the answer was there, or was given up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) sent: bool,
    pub(crate) received: bool,
}

impl Meter {
    /// A head has `buffer_bytes`; while it is read, the beginning of the body may come along in as many again, and so may
    /// what is read ahead. More than that before a head is whole is a server that sends interim answers for ever.
    pub(crate) fn new(buffer_bytes: usize) -> Self {
        Self {
            now: Mutex::new(None),
            head_bytes_max: buffer_bytes * 4,
            chatter: None,
            over: watch::Sender::new(false),
        }
    }

    /// Of a connection that calls share.
    pub(super) fn of_many(chatter: Arc<Chatter>) -> Self {
        Self {
            chatter: Some(chatter),
            ..Self::new(0)
        }
    }

    /// Something came that a call has a use for.
    pub(crate) fn was_of_use(&self) {
        if let Some(chatter) = &self.chatter {
            chatter.was_of_use();
        }
    }

    /// The connection has come to its end, and so has every task of it.
    pub(super) fn connection_ended(&self) {
        self.over.send_replace(true);
    }

    /// Waits for that end.
    pub(super) async fn over(&self) {
        // The sender is this one's own, so it cannot be gone.
        let _ = self.over.subscribe().wait_for(|over| *over).await;
    }

    /// From here on bytes are this call's.
    pub(super) fn begin(&self, progress: Arc<Progress>) {
        self.with(|now| {
            *now = Some(UnderWay {
                progress,
                seen: Seen::default(),
                received_bytes: 0,
            });
        });
    }

    pub(super) fn end(&self) -> Seen {
        self.with(|now| now.take().map(|call| call.seen).unwrap_or_default())
    }

    fn sends(&self) {
        self.with(|now| {
            if let Some(call) = now
                && !call.seen.sent
            {
                call.seen.sent = true;
                call.progress.sent();
            }
        });
    }

    fn received(&self, bytes: usize) -> io::Result<()> {
        self.with(|now| {
            let Some(call) = now else { return Ok(()) };
            call.seen.received |= bytes > 0;
            call.received_bytes += bytes;
            if call.received_bytes > self.head_bytes_max {
                return Err(io::Error::other(EndlessHead));
            }
            Ok(())
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Option<UnderWay>) -> T) -> T {
        act(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// More came than the head of any answer has, and it is not whole yet.
#[derive(Debug, thiserror::Error)]
#[error("the head of the answer does not end")]
pub(super) struct EndlessHead;

/// A connection that tells its meter.
pub(super) struct Metered {
    connection: Box<dyn Connection>,
    meter: Arc<Meter>,
}

impl Metered {
    pub(super) fn new(connection: Box<dyn Connection>, meter: Arc<Meter>) -> Self {
        Self { connection, meter }
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.meter.sends();
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.connection).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = read {
            self.meter.received(buffer.filled().len() - before)?;
        }
        read
    }
}
