//! A network without servers: what they would do is said by whoever stands in for them.
//!
//! It takes the place of names, addresses, sockets and TLS, and of nothing else: a call passes its grant, every layer and the faults
//! of the switch, is written as HTTP/1.1 and has its answer read from the line.

use std::{fmt, io, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::io::duplex;

use crate::{call::Method, dial::Connection, send_error::SendErrorKind, target::Target};

/// Stands in for every server.
pub trait StandIn: Send + Sync {
    /// What becomes of a call; nothing when nobody has said it, and the call fails.
    fn fate(&self, method: Method, url: &str) -> Option<Fate>;

    /// A server has read this call to its end, and does now what its fate is.
    fn heard(&self, call: HeardCall);
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The server answers.
    Answered(StandInAnswer),
    /// Nobody listens.
    Refused,
    /// The server reads the call and hangs up.
    Reset,
    /// The server reads the call and never says a word.
    Silent,
}

/// An answer that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandInAnswer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Why an answer cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandInAnswerError {
    /// No answer has this status.
    #[error("{0} is no status of an answer; use one from 200 to 599")]
    Status(u16),
    /// The header's name or value cannot be sent.
    #[error("`{0}` is not a header that can be sent")]
    Header(String),
    /// The header belongs to the line.
    #[error("`{0}` follows from the body; leave it out")]
    Framing(String),
}

impl StandInAnswer {
    /// An answer with headers in this order.
    ///
    /// # Errors
    /// [`StandInAnswerError`].
    pub fn new<'a>(
        status: u16,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
    ) -> Result<Self, StandInAnswerError> {
        if !(200..600).contains(&status) {
            return Err(StandInAnswerError::Status(status));
        }
        let status =
            StatusCode::from_u16(status).map_err(|_| StandInAnswerError::Status(status))?;
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            let (name, value) = header_of(name, value)?;
            all.append(name, value);
        }
        Ok(Self {
            status,
            headers: all,
            body,
        })
    }

    fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

fn header_of(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), StandInAnswerError> {
    let wrong = || StandInAnswerError::Header(name.escape_debug().to_string());
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?;
    let framing = [
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::CONNECTION,
        header::UPGRADE,
    ];
    match framing.contains(&header) {
        true => Err(StandInAnswerError::Framing(header.to_string())),
        false => Ok((header, value)),
    }
}

/// A call as a server gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardCall {
    /// Its method.
    pub method: Method,
    /// Its address.
    pub url: String,
    /// Its headers, in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// Its body, bounded by the grant.
    pub body: Bytes,
}

/// Whoever looks for the cause sees that no network was asked.
#[derive(Debug, thiserror::Error)]
#[error("nobody listens, as the script says")]
struct AsTheScriptSays;

/// A line on which `method` is called at `target`, and nothing else.
pub(crate) fn line_to(
    stand_in: &Arc<dyn StandIn>,
    method: Method,
    target: &Target,
) -> Result<Box<dyn Connection>, SendErrorKind> {
    // Where a name leads nobody knows here; an address says it itself.
    if let Some(address) = target.origin.literal_address() {
        target.check(address)?;
    }
    let url = target.url();
    let fate = match stand_in.fate(method, &url) {
        Some(Fate::Refused) => {
            return Err(SendErrorKind::Connect {
                origin: target.origin.clone(),
                source: io::Error::new(io::ErrorKind::ConnectionRefused, AsTheScriptSays),
            });
        }
        Some(fate) => fate,
        None => return Err(SendErrorKind::NoAnswerWritten { method, url }),
    };
    let (ours, theirs) = duplex(LINE_BYTES);
    let server = Server {
        stand_in: Arc::clone(stand_in),
        method,
        url,
        fate,
    };
    tokio::spawn(server.serve(TokioIo::new(theirs)));
    Ok(Box::new(ours))
}

/// What is under way in each direction, as in a socket's buffer.
const LINE_BYTES: usize = 64 * 1024;

/// The server of one call. It ends with the line.
struct Server {
    stand_in: Arc<dyn StandIn>,
    method: Method,
    url: String,
    fate: Fate,
}

impl Server {
    async fn serve(self, line: TokioIo<tokio::io::DuplexStream>) {
        let service = service_fn(|request| self.answer(request));
        // Without a date: the same script gives the same answer.
        let serving = http1::Builder::new()
            .auto_date_header(false)
            .serve_connection(line, service);
        // Whatever ends the line is what the caller is told.
        let _ = serving.await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, HangUp> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| HangUp)?.to_bytes();
        self.stand_in.heard(HeardCall {
            method: self.method,
            url: self.url.clone(),
            headers: readable(&head.headers),
            body,
        });
        match &self.fate {
            Fate::Answered(answer) => Ok(answer.clone().response()),
            Fate::Silent => std::future::pending().await,
            Fate::Reset | Fate::Refused => Err(HangUp),
        }
    }
}

fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    let all = headers.iter();
    all.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    })
    .collect()
}

/// Ends the line without an answer.
#[derive(Debug)]
struct HangUp;

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hung up")
    }
}

impl std::error::Error for HangUp {}
