//! One request and one answer over one connection.
//!
//! A connection carries one call: what a caller left on it cannot meet another's, and there is no question which of two
//! calls a half-read answer belongs to. Sharing them per caller and origin is worth it where calls are frequent.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Incoming},
    client::conn::http1,
    header::HeaderMap,
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{
    call::{Answer, within},
    dial::Connection,
    limits::CallLimits,
    send_error::{Part, SendError, SendErrorKind, Stage},
};

/// How far a call has come: what a time-out names, and what decides whether the other side may have acted.
pub(crate) struct Progress(Mutex<Stage>);

impl Progress {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Stage::Resolving)))
    }

    pub(crate) fn enter(&self, stage: Stage) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *current = stage.max(*current);
    }

    pub(crate) fn stage(&self) -> Stage {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn failed(&self, kind: SendErrorKind) -> SendError {
        if self.stage() < Stage::Awaiting {
            SendError::refused(kind)
        } else {
            SendError::unknown(kind)
        }
    }
}

/// Sends `request` and reads the answer to its end.
pub(crate) async fn exchange(
    connection: Box<dyn Connection>,
    request: Request<Full<Bytes>>,
    limits: &CallLimits,
    progress: &Arc<Progress>,
) -> Result<Answer, SendErrorKind> {
    let wire = Wire {
        connection,
        progress: Arc::clone(progress),
    };
    let failed = |error| kind_of(error, limits);
    let (mut requests, driver) = http1::Builder::new()
        .max_headers(limits.answer_headers_max)
        .max_buf_size(limits.answer_head_bytes_max.max(HYPER_BUFFER_BYTES_MIN))
        .handshake(TokioIo::new(wire))
        .await
        .map_err(failed)?;
    let answer = async {
        let response = requests.send_request(request).await.map_err(failed)?;
        progress.enter(Stage::Reading);
        read(response, limits).await
    };
    driven(driver, answer).await
}

/// hyper panics when asked for less.
const HYPER_BUFFER_BYTES_MIN: usize = 8192;

/// Polls the connection beside the answer, in one task, so that dropping that task closes the socket. The connection's own
/// result says nothing that the answer's does not.
async fn driven<T>(driver: impl Future, answer: impl Future<Output = T>) -> T {
    let mut driver = pin!(driver);
    let mut answer = pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        _ = &mut driver => answer.await,
    }
}

async fn read(response: Response<Incoming>, limits: &CallLimits) -> Result<Answer, SendErrorKind> {
    let (head, body) = response.into_parts();
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(SendErrorKind::UnaskedUpgrade);
    }
    Ok(Answer {
        status: head.status.as_u16(),
        headers: as_text(&head.headers),
        body: read_body(body, limits).await?,
    })
}

async fn read_body(mut body: Incoming, limits: &CallLimits) -> Result<Bytes, SendErrorKind> {
    let bytes_max = limits.answer_body_bytes_max;
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    within(Part::AnswerBody, announced, bytes_max)?;
    // Grown as it arrives: an announced length is only a claim, and memory is not given for claims.
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| kind_of(error, limits))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        within(Part::AnswerBody, read.len() + data.len(), bytes_max)?;
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

fn as_text(headers: &HeaderMap) -> Vec<(String, String)> {
    let latin_1 = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), latin_1(value.as_bytes())))
        .collect()
}

fn kind_of(error: hyper::Error, limits: &CallLimits) -> SendErrorKind {
    if error.is_parse_too_large() {
        let limit = limits.answer_head_bytes_max;
        SendErrorKind::TooLarge {
            part: Part::AnswerHead,
            limit,
        }
    } else if error.is_incomplete_message() || ended_early(&error) {
        SendErrorKind::CutShort(error)
    } else if error.is_parse() || is_malformed_body(&error) {
        SendErrorKind::Protocol(error)
    } else {
        SendErrorKind::Broken(error)
    }
}

/// A body shorter than announced reaches us as an I/O error of this kind.
fn ended_early(error: &hyper::Error) -> bool {
    io_kind(error) == Some(io::ErrorKind::UnexpectedEof)
}

/// Broken chunk sizes reach us as I/O errors of these kinds.
fn is_malformed_body(error: &hyper::Error) -> bool {
    matches!(
        io_kind(error),
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
    )
}

fn io_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        source = error.source();
    }
    None
}

/// Notes the moment the first byte of a request is handed to the connection: from then on nobody can say that the other
/// side did not receive it.
struct Wire {
    connection: Box<dyn Connection>,
    progress: Arc<Progress>,
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.progress.enter(Stage::Awaiting);
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(context, buffer)
    }
}
