//! What came back, with its body still where it is: in memory, on the wire, or on its way from another task.

use std::{fmt, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;
use tokio::{sync::mpsc, task::AbortHandle};

use crate::{
    body::AnswerBody,
    call::Answer,
    send_error::{ErrorBody, Part, SendErrorKind},
    wire::Arrived,
};

/// An answer. The body is read by what takes it: [`Response::bytes`], [`Response::text`], [`Response::json`] or piece by piece with
/// [`Response::chunk`]. Dropped before its end, its socket is closed.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// Where redirects led, when any was followed.
    pub redirected_to: Option<String>,
    pub(crate) trip: Trip,
    body: Body,
    /// What the body ended with under whoever only looked at it; told to whoever reads it.
    failed: Option<Box<SendErrorKind>>,
}

/// What it took to get an answer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trip {
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
}

enum Body {
    Whole(Option<Bytes>),
    OnWire {
        /// What a hook has looked at already.
        peeked: Option<Bytes>,
        rest: Box<AnswerBody>,
    },
    Piped(Pipe),
}

impl Response {
    /// An answer with its body in memory: what a hook gives in place of asking.
    pub fn new(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers,
            redirected_to: None,
            trip: Trip::default(),
            body: Body::Whole(Some(body.into())),
            failed: None,
        }
    }

    pub(crate) fn on_wire(arrived: Arrived) -> Self {
        let rest = Box::new(arrived.body);
        Self {
            status: arrived.status.as_u16(),
            headers: arrived.headers,
            redirected_to: None,
            trip: Trip::default(),
            body: Body::OnWire { peeked: None, rest },
            failed: None,
        }
    }

    /// The headers as text, in order; bytes beyond ASCII are read as Latin-1.
    pub fn text_headers(&self) -> Vec<(String, String)> {
        let latin_1 = |bytes| encoding_rs::mem::decode_latin1(bytes).into_owned();
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), latin_1(value.as_bytes())))
            .collect()
    }

    /// Holds `guard` until the body has ended or is dropped; a body in memory has ended.
    pub(crate) fn keep(&mut self, guard: impl Send + Sync + 'static) {
        if let Body::OnWire { rest, .. } = &mut self.body {
            rest.keep(guard);
        }
    }

    /// Tries that were made for it, the one that brought it included; 0 for one that nobody was asked for.
    pub fn attempts(&self) -> u32 {
        self.trip.attempts
    }

    /// The value of a header, when it is there once and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The next piece of the body; `None` at its end. After an error there is nothing more.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, SendErrorKind>> {
        let piece = self.piece().await;
        piece.or_else(|| self.failed.take().map(|kind| Err(*kind)))
    }

    async fn piece(&mut self) -> Option<Result<Bytes, SendErrorKind>> {
        match &mut self.body {
            Body::Whole(bytes) => bytes.take().filter(|bytes| !bytes.is_empty()).map(Ok),
            Body::OnWire { peeked, rest } => match peeked.take() {
                Some(bytes) => Some(Ok(bytes)),
                None => rest.next().await,
            },
            Body::Piped(pipe) => pipe.chunk().await,
        }
    }

    /// The beginning of the body, up to `bytes_max`, left in place for whoever reads it later. When the body breaks off on the way, so
    /// does what is seen of it, and whoever reads it is told.
    pub async fn peek(&mut self, bytes_max: usize) -> Bytes {
        let mut seen = BytesMut::new();
        while seen.len() < bytes_max {
            match self.chunk().await {
                Some(Ok(chunk)) => seen.extend_from_slice(&chunk),
                Some(Err(kind)) => {
                    self.failed = Some(Box::new(kind));
                    break;
                }
                None => break,
            }
        }
        let seen = seen.freeze();
        if !seen.is_empty() {
            self.put_back(seen.clone());
        }
        seen.slice(..seen.len().min(bytes_max))
    }

    fn put_back(&mut self, bytes: Bytes) {
        match &mut self.body {
            Body::Whole(place) | Body::OnWire { peeked: place, .. } => *place = Some(bytes),
            Body::Piped(pipe) => pipe.peeked = Some(bytes),
        }
    }

    /// The whole body.
    pub async fn bytes(mut self) -> Result<Bytes, SendErrorKind> {
        // One piece is passed on as it is; most answers are.
        let Some(first) = self.chunk().await.transpose()? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.chunk().await.transpose()? else {
            return Ok(first);
        };
        let mut read = BytesMut::from(first);
        read.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await {
            read.extend_from_slice(&chunk?);
        }
        Ok(read.freeze())
    }

    /// The whole body as text in the charset that `Content-Type` names, UTF-8 if it names none that is known.
    pub async fn text(self) -> Result<String, SendErrorKind> {
        let content_type = self.header(CONTENT_TYPE.as_str()).map(str::to_owned);
        let bytes = self.bytes().await?;
        Ok(decoded(&bytes, content_type.as_deref()))
    }

    /// The whole body as JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, SendErrorKind> {
        parsed(&self.bytes().await?)
    }

    /// The same answer with its body in memory, refused when it is larger than `bytes_max`.
    pub(crate) async fn gathered(mut self, bytes_max: usize) -> Result<Self, SendErrorKind> {
        let seen = self.peek(bytes_max.saturating_add(1)).await;
        if seen.len() > bytes_max {
            let limit = bytes_max;
            return Err(SendErrorKind::TooLarge {
                part: Part::AnswerBody,
                limit,
            });
        }
        if let Some(kind) = self.failed {
            return Err(*kind);
        }
        self.body = Body::Whole(Some(seen));
        Ok(self)
    }

    /// The same answer without its body.
    pub(crate) fn without_body(&self) -> Self {
        Self::new(self.status, self.headers.clone(), Bytes::new())
    }

    /// The body's bytes where they are in memory already.
    pub(crate) fn whole_body(&self) -> Option<Bytes> {
        match &self.body {
            Body::Whole(bytes) => Some(bytes.clone().unwrap_or_default()),
            _ => None,
        }
    }

    /// The same answer with its body read by a task of its own, so that it can be taken up on any executor. The task reads one piece
    /// ahead, and ends with the answer.
    pub(crate) fn piped(mut self) -> Self {
        if matches!(self.body, Body::Whole(_)) {
            return self;
        }
        let (pieces, taken) = mpsc::channel(1);
        let headers = std::mem::take(&mut self.headers);
        let (status, trip) = (self.status, self.trip);
        let redirected_to = self.redirected_to.take();
        let pump = tokio::spawn(async move {
            let too_late = match self.pumped(&pieces).await {
                Pumped::Over => return,
                Pumped::TooLate(kind) => kind,
            };
            // The connection and all that was held for it go now; the reader is told whenever it comes.
            drop(self);
            let _ = pieces.send(Piece::Chunk(Err(too_late))).await;
        });
        let pipe = Pipe {
            peeked: None,
            taken,
            is_over: false,
            pump: Arc::new(PumpStopsOnDrop(pump.abort_handle())),
        };
        Self {
            status,
            headers,
            redirected_to,
            trip,
            body: Body::Piped(pipe),
            failed: None,
        }
    }
}

enum Pumped {
    /// Every piece is handed over, the last one with the end, or nobody wants them.
    Over,
    /// The call's time ended before somebody took the next piece.
    TooLate(SendErrorKind),
}

impl Response {
    async fn pumped(&mut self, pieces: &mpsc::Sender<Piece>) -> Pumped {
        loop {
            let room = match &self.body {
                Body::OnWire { rest, .. } => rest.in_time(pieces.reserve()).await,
                Body::Whole(_) | Body::Piped(_) => Ok(pieces.reserve().await),
            };
            let room = match room {
                Ok(Ok(room)) => room,
                // A receiver that is gone wants no end either.
                Ok(Err(_)) => return Pumped::Over,
                Err(kind) => return Pumped::TooLate(kind),
            };
            match self.chunk().await {
                Some(Ok(piece)) => room.send(Piece::Chunk(Ok(piece))),
                Some(Err(kind)) => {
                    room.send(Piece::Chunk(Err(kind)));
                    return Pumped::Over;
                }
                None => {
                    room.send(Piece::End);
                    return Pumped::Over;
                }
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "{} bytes", bytes.as_ref().map_or(0, Bytes::len)),
            Self::OnWire { .. } => f.write_str("on the wire"),
            Self::Piped(_) => f.write_str("piped"),
        }
    }
}

struct Pipe {
    peeked: Option<Bytes>,
    taken: mpsc::Receiver<Piece>,
    is_over: bool,
    #[expect(dead_code, reason = "held for what happens when it is dropped")]
    pump: Arc<PumpStopsOnDrop>,
}

enum Piece {
    Chunk(Result<Bytes, SendErrorKind>),
    End,
}

impl Pipe {
    async fn chunk(&mut self) -> Option<Result<Bytes, SendErrorKind>> {
        if let Some(bytes) = self.peeked.take() {
            return Some(Ok(bytes));
        }
        if self.is_over {
            return None;
        }
        match self.taken.recv().await {
            Some(Piece::Chunk(piece)) => {
                self.is_over = piece.is_err();
                Some(piece)
            }
            Some(Piece::End) => {
                self.is_over = true;
                None
            }
            // The pump ended without a word: its runtime was stopped.
            None => {
                self.is_over = true;
                Some(Err(SendErrorKind::ShuttingDown))
            }
        }
    }
}

struct PumpStopsOnDrop(AbortHandle);

impl Drop for PumpStopsOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Answer {
    /// The body as text in the charset that `Content-Type` names, UTF-8 if it names none that is known.
    pub fn text(&self) -> String {
        let mut headers = self.headers.iter();
        let content_type = headers.find(|(name, _)| name == CONTENT_TYPE.as_str());
        decoded(&self.body, content_type.map(|(_, value)| value.as_str()))
    }
}

/// Text in the charset that a content type names; one that is not known is read as UTF-8, what cannot be read as U+FFFD.
fn decoded(bytes: &[u8], content_type: Option<&str>) -> String {
    let named = content_type.and_then(|text| parameter(text, "charset"));
    let encoding = named
        .and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
        .unwrap_or(encoding_rs::UTF_8);
    encoding.decode(bytes).0.into_owned()
}

pub(crate) fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SendErrorKind> {
    serde_json::from_slice(bytes).map_err(|source| SendErrorKind::Json {
        is_empty: bytes.is_empty(),
        source,
    })
}

impl ErrorBody {
    /// The body of an answer by its media type; nothing when it is empty, or is not the JSON that it says.
    pub(crate) fn of(response: &Response) -> Option<Self> {
        let bytes = response.whole_body().filter(|bytes| !bytes.is_empty())?;
        let content_type = response.header(CONTENT_TYPE.as_str());
        if content_type.is_some_and(is_json) {
            return serde_json::from_slice(&bytes).ok().map(Self::Json);
        }
        Some(Self::Text(decoded(&bytes, content_type)))
    }
}

/// Whether a content type means JSON: `application/json`, `text/json`, anything `+json`, with or without parameters.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json") || essence.ends_with("+json")
}

fn parameter<'a>(content_type: &'a str, name: &str) -> Option<&'a str> {
    content_type.split(';').skip(1).find_map(|part| {
        let (known, value) = part.split_once('=')?;
        known
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"'))
    })
}

/// Bounds the reading of a body that is wanted whole.
pub(crate) async fn within<T>(
    time: Option<Duration>,
    reading: impl Future<Output = Result<T, SendErrorKind>>,
) -> Result<T, SendErrorKind> {
    let Some(after) = time else {
        return reading.await;
    };
    tokio::time::timeout(after, reading)
        .await
        .unwrap_or(Err(SendErrorKind::Timeout {
            after,
            queued: Duration::ZERO,
            during: crate::send_error::Stage::Reading,
        }))
}
