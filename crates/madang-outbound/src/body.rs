//! The body of an answer, read from the wire as the caller asks for it.

mod decode;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::Stream;
use hyper::{
    Response, Version,
    body::{Body, Incoming},
    header::{self, HeaderMap},
};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

pub(crate) use self::decode::{ACCEPTED, Decoder};
use crate::{
    call::within,
    exchange::{HeadLimits, kind_of},
    pool::Lease,
    progress::Progress,
    send_error::{Part, SendErrorKind, Stage},
    upstream::Traffic,
};

/// What bounds the reading of one body.
pub(crate) struct BodyTerms {
    pub(crate) bytes_max: usize,
    pub(crate) head: HeadLimits,
    /// Longest silence between two pieces.
    pub(crate) idle: Option<Duration>,
    /// When the call as a whole ends.
    pub(crate) deadline: Instant,
    pub(crate) decode: bool,
    pub(crate) progress: Arc<Progress>,
    pub(crate) traffic: Arc<Traffic>,
}

/// A stream of pieces that ends at the body's clean end or with the first failure. At its clean end the connection goes back to
/// the pool; dropped before, it closes an HTTP/1.1 connection or resets the stream of an HTTP/2 one.
///
/// Poll it on the gateway's runtime.
pub(crate) struct AnswerBody {
    /// Gone when the body has ended.
    wire: Option<WireBody>,
    /// What is held until the body has ended.
    guards: Vec<Box<dyn Send + Sync>>,
}

struct WireBody {
    incoming: Incoming,
    lease: Lease,
    may_be_kept: bool,
    decoder: Option<Decoder>,
    /// Whether its end is marked: END_STREAM of HTTP/2. What merely stops was cut short.
    end_is_marked: bool,
    terms: BodyTerms,
    wire_bytes: usize,
    /// Until when the next piece has to come, where that is bounded.
    silent_until: Option<Instant>,
    /// For whichever of the two comes first, once something had to be waited for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl AnswerBody {
    /// The headers and the body of `response`, which came over the connection of `lease`.
    pub(crate) fn of(
        response: Response<Incoming>,
        lease: Lease,
        terms: BodyTerms,
    ) -> Result<(HeaderMap, Self), SendErrorKind> {
        let (head, incoming) = response.into_parts();
        let mut headers = head.headers;
        let announced = usize::try_from(incoming.size_hint().lower()).unwrap_or(usize::MAX);
        within(Part::AnswerBody, announced, terms.bytes_max)?;
        let decoder = match terms.decode {
            true => Decoder::of(&mut headers, terms.bytes_max)?,
            false => None,
        };
        let mut body = Self {
            wire: Some(WireBody {
                incoming,
                lease,
                may_be_kept: stays_open(head.version, &headers),
                decoder,
                end_is_marked: head.version == Version::HTTP_2,
                wire_bytes: 0,
                silent_until: terms.idle.map(|idle| Instant::now() + idle),
                timer: None,
                terms,
            }),
            guards: Vec::new(),
        };
        body.end_if_empty();
        Ok((headers, body))
    }

    /// A body that did not come over the wire.
    pub(crate) fn empty() -> Self {
        Self {
            wire: None,
            guards: Vec::new(),
        }
    }

    /// Holds `guard` until the body has ended or is dropped.
    pub(crate) fn keep(&mut self, guard: impl Send + Sync + 'static) {
        if self.wire.is_some() {
            self.guards.push(Box::new(guard));
        }
    }

    /// Waits for whoever reads, no longer than the call lasts. What has ended on the wire holds nothing, and may wait for ever.
    pub(crate) async fn in_time<T>(
        &self,
        reader: impl Future<Output = T>,
    ) -> Result<T, SendErrorKind> {
        let Some(wire) = &self.wire else {
            return Ok(reader.await);
        };
        let terms = &wire.terms;
        timeout_at(terms.deadline, reader)
            .await
            .map_err(|_| too_late(terms.deadline - terms.progress.started()))
    }

    /// An answer without a body frees its connection though nobody reads it.
    fn end_if_empty(&mut self) {
        if self
            .wire
            .as_ref()
            .is_some_and(|wire| wire.incoming.is_end_stream())
        {
            self.end_cleanly();
        }
    }

    /// With the last byte read, the connection is free; nobody should have to ask once more. A decoder has a word to say yet.
    fn end_if_read(&mut self) {
        let over = |wire: &WireBody| wire.decoder.is_none() && wire.incoming.is_end_stream();
        if self.wire.as_ref().is_some_and(over) {
            self.end_cleanly();
        }
    }

    fn end_cleanly(&mut self) {
        if let Some(wire) = self.wire.take().filter(|wire| wire.may_be_kept) {
            wire.lease.finish();
        }
        self.guards.clear();
    }

    fn fail(&mut self, kind: SendErrorKind) -> SendErrorKind {
        self.wire = None;
        self.guards.clear();
        kind
    }
}

impl Stream for AnswerBody {
    type Item = Result<Bytes, SendErrorKind>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(wire) = &mut self.wire else {
            return Poll::Ready(None);
        };
        let piece = std::task::ready!(wire.poll_piece(context));
        Poll::Ready(match piece {
            Ok(Some(piece)) => {
                self.end_if_read();
                Some(Ok(piece))
            }
            Ok(None) => {
                self.end_cleanly();
                None
            }
            Err(kind) => Some(Err(self.fail(kind))),
        })
    }
}

impl WireBody {
    /// The next piece that has something in it; none at the clean end.
    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, SendErrorKind>> {
        loop {
            if Instant::now() >= self.terms.deadline {
                return Poll::Ready(Err(self.past_deadline()));
            }
            let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) else {
                return self.poll_timer(context).map(Err);
            };
            let Some(frame) = frame else {
                return Poll::Ready(self.last_piece());
            };
            let frame = frame.map_err(|error| kind_of(error, self.terms.head))?;
            // Trailers are read and left: nobody here has a use for them.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let piece = self.piece(data)?;
            if !piece.is_empty() {
                return Poll::Ready(Ok(Some(piece)));
            }
        }
    }

    fn piece(&mut self, data: Bytes) -> Result<Bytes, SendErrorKind> {
        // A frame without a byte in it is no sign of life; of those, HTTP/2 counts and bounds the number.
        if data.is_empty() {
            return Ok(data);
        }
        self.lease.parts().1.was_of_use();
        self.terms.traffic.received(data.len());
        self.wire_bytes = self.wire_bytes.saturating_add(data.len());
        within(Part::AnswerBody, self.wire_bytes, self.terms.bytes_max)?;
        self.silent_until = self.terms.idle.map(|idle| Instant::now() + idle);
        match &mut self.decoder {
            Some(decoder) => decoder.feed(&data),
            None => Ok(data),
        }
    }

    fn last_piece(&mut self) -> Result<Option<Bytes>, SendErrorKind> {
        // hyper takes a stream that the server stopped without naming a fault for one that has ended. A server may stop like that once
        // its answer is whole (RFC 9113, 8.1), and END_STREAM has been seen then.
        if self.end_is_marked && !self.incoming.is_end_stream() {
            return Err(SendErrorKind::CutShort(None));
        }
        let Some(mut decoder) = self.decoder.take() else {
            return Ok(None);
        };
        let last = decoder.finish()?;
        Ok(Some(last).filter(|last| !last.is_empty()))
    }

    /// Most bodies are there when they are asked for, and cost no timer.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<SendErrorKind> {
        let deadline = self.terms.deadline;
        let until = self.silent_until.unwrap_or(deadline).min(deadline);
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        std::task::ready!(timer.as_mut().poll(context));
        Poll::Ready(match self.terms.idle {
            Some(idle) if until < deadline => too_late(idle),
            _ => self.past_deadline(),
        })
    }

    fn past_deadline(&self) -> SendErrorKind {
        too_late(self.terms.deadline - self.terms.progress.started())
    }
}

fn too_late(after: Duration) -> SendErrorKind {
    SendErrorKind::Timeout {
        after,
        queued: Duration::ZERO,
        during: Stage::Reading,
    }
}

/// Whether the server means to keep the connection; hyper finds out as well, though a little later than we give it back.
fn stays_open(version: Version, headers: &HeaderMap) -> bool {
    let closes = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|option| option.trim().eq_ignore_ascii_case("close"));
    version >= Version::HTTP_11 && !closes
}
