//! A bound on what a server says that nobody has a use for: frames that carry no answer and no message keep a till busy for nothing.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::dial::Connection;

/// Counts what comes over a connection since the last of it that was of use.
#[derive(Debug)]
pub(crate) struct Chatter {
    bytes: AtomicUsize,
    bytes_max: usize,
}

/// The connection is ended with this.
#[derive(Debug, thiserror::Error)]
#[error("the server sends {bytes_max} bytes of frames that bring nothing")]
pub(crate) struct NothingButChatter {
    bytes_max: usize,
}

impl Chatter {
    pub(crate) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self {
            bytes: AtomicUsize::new(0),
            bytes_max,
        })
    }

    /// What came last was wanted.
    pub(crate) fn was_of_use(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// The same connection, ended when more comes than is borne.
    pub(crate) fn over(self: &Arc<Self>, connection: Box<dyn Connection>) -> Box<dyn Connection> {
        Box::new(Heard {
            connection,
            chatter: Arc::clone(self),
        })
    }

    fn heard(&self, bytes: usize) -> io::Result<()> {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.bytes_max {
            return Ok(());
        }
        let bytes_max = self.bytes_max;
        let ended = NothingButChatter { bytes_max };
        Err(io::Error::new(io::ErrorKind::InvalidData, ended))
    }
}

struct Heard {
    connection: Box<dyn Connection>,
    chatter: Arc<Chatter>,
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.connection).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = read {
            self.chatter.heard(buffer.filled().len() - before)?;
        }
        read
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}
