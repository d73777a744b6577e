//! A connection that breaks within the body of the answer.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::dial::Connection;

/// How it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tamper {
    /// With a reset.
    Reset,
    /// With an end.
    End,
    /// It does not end, and nothing comes.
    Silence,
}

impl Tamper {
    pub(crate) fn with(self, connection: Box<dyn Connection>) -> Box<dyn Connection> {
        Box::new(Tampered {
            connection,
            tamper: self,
            passed: Passed::Head { matched: 0 },
        })
    }
}

struct Tampered {
    connection: Box<dyn Connection>,
    tamper: Tamper,
    passed: Passed,
}

/// What of the answer has passed.
enum Passed {
    /// Part of its head; so many bytes of the empty line that ends it.
    Head { matched: usize },
    /// Its head.
    Whole,
    /// The first byte of its body, too: the last one to pass.
    Begun,
}

const HEAD_END: &[u8] = b"\r\n\r\n";

impl Passed {
    /// How many of these bytes may pass.
    fn pass(&mut self, bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            match self {
                Self::Head { matched } => {
                    *matched = match (*byte == HEAD_END[*matched], *byte) {
                        (true, _) => *matched + 1,
                        (false, b'\r') => 1,
                        (false, _) => 0,
                    };
                    if *matched == HEAD_END.len() {
                        *self = Self::Whole;
                    }
                }
                Self::Whole => *self = Self::Begun,
                Self::Begun => return at,
            }
        }
        bytes.len()
    }
}

impl AsyncRead for Tampered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Passed::Begun = self.passed {
            return match self.tamper {
                Tamper::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                Tamper::End => Poll::Ready(Ok(())),
                // Nobody is woken: the time-outs of the call end it.
                Tamper::Silence => Poll::Pending,
            };
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.connection).poll_read(context, buffer))?;
        let passed = self.passed.pass(&buffer.filled()[before..]);
        buffer.set_filled(before + passed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tampered {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How much passes of an answer that comes in pieces of so many bytes.
    fn passed(answer: &[u8], piece: usize) -> usize {
        let mut passed = Passed::Head { matched: 0 };
        answer.chunks(piece).map(|bytes| passed.pass(bytes)).sum()
    }

    #[test]
    fn the_head_and_one_byte_pass_however_they_come() {
        let head = "HTTP/1.1 200 OK\r\nA: b\r\r\nC: d\r\n\r\r\n\r\n";
        let answer = format!("{head}body");
        for piece in 1..=answer.len() {
            assert_eq!(passed(answer.as_bytes(), piece), head.len() + 1, "{piece}");
            assert_eq!(passed(head.as_bytes(), piece), head.len(), "{piece}");
        }
    }
}
