//! A connection that stays open, and is struck whenever the switch is turned.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Chaos, Fault, OnPurpose, late::Late};
use crate::dial::Connection;

/// A place in the switch; it is given back when this is dropped.
pub(crate) struct Line {
    pub(super) strike: Arc<Strike>,
    pub(super) number: u64,
    pub(super) switch: Chaos,
}

/// What strikes a line now.
#[derive(Default)]
pub(super) struct Strike {
    blow: Mutex<Blow>,
    reader: AtomicWaker,
}

/// What a fault is to a line that stands.
#[derive(Clone, Copy, Default)]
enum Blow {
    #[default]
    None,
    Late(Duration),
    Silent,
    Ended,
    Reset,
}

impl Blow {
    fn of(fault: Option<Fault>) -> Self {
        match fault {
            None | Some(Fault::CertificateError | Fault::Status { .. }) => Self::None,
            Some(Fault::Latency(time)) => Self::Late(time),
            Some(Fault::NeverEndingBody) => Self::Silent,
            Some(Fault::TruncatedBody) => Self::Ended,
            // Without a way to the server there is no line to it either.
            Some(Fault::Refused | Fault::DnsFailure | Fault::ResetMidBody) => Self::Reset,
        }
    }

    /// What is broken is not mended by turning the switch.
    fn is_final(self) -> bool {
        matches!(self, Self::Ended | Self::Reset)
    }
}

impl Strike {
    pub(super) fn set(&self, fault: Option<Fault>) {
        let mut blow = self.lock();
        if !blow.is_final() {
            *blow = Blow::of(fault);
        }
        drop(blow);
        self.reader.wake();
    }

    fn blow(&self) -> Blow {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Blow> {
        self.blow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    pub(crate) fn over(self, connection: Box<dyn Connection>) -> Box<dyn Connection> {
        Box::new(Struck {
            connection,
            late: Late::default(),
            line: self,
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.switch.forget_line(self.number);
    }
}

struct Struck {
    connection: Box<dyn Connection>,
    late: Late,
    line: Line,
}

impl AsyncRead for Struck {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self {
            connection,
            late,
            line,
        } = &mut *self;
        line.strike.reader.register(context.waker());
        let delay = match line.strike.blow() {
            Blow::Reset => return Poll::Ready(Err(reset())),
            Blow::Ended => return Poll::Ready(Ok(())),
            // Pings that go unanswered end it, as with a real one.
            Blow::Silent => return Poll::Pending,
            Blow::Late(delay) => delay,
            Blow::None => Duration::ZERO,
        };
        late.poll_read(connection, delay, context, buffer)
    }
}

impl AsyncWrite for Struck {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.line.strike.blow() {
            Blow::Reset => Poll::Ready(Err(reset())),
            _ => Pin::new(&mut self.connection).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, OnPurpose)
}
