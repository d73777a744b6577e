//! What is asked for, while hooks may still change it.

use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use crate::{
    call::{Method, within},
    send_error::{Part, SendErrorKind},
    upstream::Traffic,
};

/// One request, as the caller and the hooks write it. It is checked each time before it is sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address: absolute, or relative to the route's base.
    pub url: String,
    /// Added to the address's query, in order.
    pub query: Vec<(String, String)>,
    /// In order; a name may stand more than once.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one. Every attempt sends the same bytes.
    pub body: Option<Bytes>,
    /// By which the other side knows a repeat: sent as `Idempotency-Key`, and what makes a retry of POST and PATCH possible.
    pub idempotency_key: Option<String>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            idempotency_key: None,
        }
    }

    /// Whether a header of this name is set; names have no case.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Sets a header in place of all of that name.
    pub fn set_header(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.remove_header(&name);
        self.headers.push((name, value.into()));
    }

    /// Takes every header of this name away.
    pub fn remove_header(&mut self, name: &str) {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
}

/// A body that is not in memory.
pub struct BodyStream {
    pub(crate) chunks: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
    pub(crate) replay_bytes_max: Option<usize>,
}

impl BodyStream {
    /// A body that is sent as it comes and cannot be sent twice: the route must not retry.
    pub fn once(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self {
            chunks: Box::pin(chunks),
            replay_bytes_max: None,
        }
    }

    /// A body that is read into memory first, up to `replay_bytes_max`, so that a retry can send it again.
    pub fn replayed(
        chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        replay_bytes_max: usize,
    ) -> Self {
        Self {
            chunks: Box::pin(chunks),
            replay_bytes_max: Some(replay_bytes_max),
        }
    }
}

impl BodyStream {
    /// All of it, up to `bytes_max`.
    pub(crate) async fn gathered(mut self, bytes_max: usize) -> Result<Bytes, SendErrorKind> {
        let mut read = BytesMut::new();
        while let Some(chunk) = self.chunks.next().await {
            let chunk = chunk.map_err(SendErrorKind::BrokenBody)?;
            within(Part::RequestBody, read.len() + chunk.len(), bytes_max)?;
            read.extend_from_slice(&chunk);
        }
        Ok(read.freeze())
    }
}

/// A body on its way to a connection.
pub(crate) enum RequestBody {
    Whole(Full<Bytes>),
    Streamed {
        stream: BodyStream,
        /// What it may still bring.
        bytes_left: usize,
        bytes_max: usize,
        traffic: Arc<Traffic>,
    },
}

/// A body that is sent as it comes has come to more than may be sent.
#[derive(Debug, thiserror::Error)]
#[error("the body is larger than its bound of {limit} bytes")]
pub(crate) struct BodyTooLarge {
    pub(crate) limit: usize,
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut *self {
            Self::Whole(bytes) => {
                let frame = ready!(Pin::new(bytes).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Streamed {
                stream,
                bytes_left,
                bytes_max,
                traffic,
            } => {
                let Some(chunk) = ready!(stream.chunks.as_mut().poll_next(context)) else {
                    return Poll::Ready(None);
                };
                let chunk = chunk?;
                *bytes_left = bytes_left
                    .checked_sub(chunk.len())
                    .ok_or_else(|| io::Error::other(BodyTooLarge { limit: *bytes_max }))?;
                traffic.sent(chunk.len());
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_end_stream(),
            Self::Streamed { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => bytes.size_hint(),
            Self::Streamed { .. } => SizeHint::default(),
        }
    }
}

/// A stream that the first try to reach a connection takes; no other will.
pub(crate) type StreamOnce = Arc<Mutex<Option<BodyStream>>>;

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream")
            .field("replay_bytes_max", &self.replay_bytes_max)
            .finish_non_exhaustive()
    }
}
