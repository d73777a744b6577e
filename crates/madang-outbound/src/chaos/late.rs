//! Bytes that arrive later than they came: each by the same time, so that a line is late and no slower.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::dial::Connection;

/// Bytes on their way; with so many the server waits, as it does for a real line that is full.
const HELD_BYTES_MAX: usize = 64 * 1024;
/// Taken from the line at a time.
const PIECE_BYTES: usize = 8 * 1024;

#[derive(Default)]
pub(super) struct Late {
    /// When each piece came; an empty one is the end.
    pieces: VecDeque<(Instant, io::Result<Bytes>)>,
    held_bytes: usize,
    has_ended: bool,
    wakes: Option<Pin<Box<Sleep>>>,
}

impl Late {
    pub(super) fn poll_read(
        &mut self,
        connection: &mut Box<dyn Connection>,
        delay: Duration,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if delay.is_zero() && self.pieces.is_empty() && !self.has_ended {
            return Pin::new(connection).poll_read(context, buffer);
        }
        self.take_in(connection, context);
        match self.pieces.front() {
            Some((came, _)) => ready!(self.poll_until(*came + delay, context)),
            None if self.has_ended => return Poll::Ready(Ok(())),
            None => return Poll::Pending,
        }
        Poll::Ready(self.hand_out(buffer))
    }

    fn take_in(&mut self, connection: &mut Box<dyn Connection>, context: &mut Context<'_>) {
        while !self.has_ended && self.held_bytes < HELD_BYTES_MAX {
            let mut bytes = [0; PIECE_BYTES];
            let mut piece = ReadBuf::new(&mut bytes);
            let Poll::Ready(read) = Pin::new(&mut *connection).poll_read(context, &mut piece)
            else {
                return;
            };
            let read = read.map(|()| Bytes::copy_from_slice(piece.filled()));
            self.has_ended = read.as_ref().map_or(true, Bytes::is_empty);
            self.held_bytes += read.as_ref().map_or(0, Bytes::len);
            self.pieces.push_back((Instant::now(), read));
        }
    }

    fn poll_until(&mut self, due: Instant, context: &mut Context<'_>) -> Poll<()> {
        if due <= Instant::now() {
            return Poll::Ready(());
        }
        let wakes = self.wakes.get_or_insert_with(|| Box::pin(sleep_until(due)));
        wakes.as_mut().reset(due);
        wakes.as_mut().poll(context)
    }

    fn hand_out(&mut self, buffer: &mut ReadBuf<'_>) -> io::Result<()> {
        let Some((came, piece)) = self.pieces.pop_front() else {
            return Ok(());
        };
        let mut piece = piece?;
        let count = piece.len().min(buffer.remaining());
        buffer.put_slice(&piece[..count]);
        self.held_bytes -= count;
        piece.advance(count);
        if !piece.is_empty() {
            self.pieces.push_front((came, Ok(piece)));
        }
        Ok(())
    }
}
