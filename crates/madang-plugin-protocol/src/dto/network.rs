//! The payloads of calls and WebSockets.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::scalar::{Named, Short};
use super::{at_most, read, read_at};
use crate::call::{Call, CallError};
use crate::fetch::{
    Content, FetchBody, FetchPiece, FetchStart, Redirect, SocketConnect, SocketOpen,
};
use crate::http::{HttpMethod, HttpRequest};
use crate::mask;

/// The most headers of a call.
const HEADERS_MAX: usize = 100;
/// The most characters of an address: what servers take.
const URL_LENGTH_MAX: usize = 8_192;
/// The most subprotocols offered at once: real servers know a few.
const PROTOCOLS_MAX: usize = 16;
/// The longest that one call may be waited for: what takes two minutes is not answered at a counter.
const TIMEOUT_MS_MAX: u64 = 120_000;
/// The longest that a timer of JavaScript counts; a longer one fires at once.
const TIMER_MS_MAX: f64 = i32::MAX as f64;
/// JavaScript counts exactly up to here.
const ID_MAX: u64 = (1 << 53) - 1;

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Get,
    Post,
    Delete,
    Head,
    Options,
    Put,
    Patch,
}

impl From<Method> for HttpMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::Get,
            Method::Post => Self::Post,
            Method::Delete => Self::Delete,
            Method::Head => Self::Head,
            Method::Options => Self::Options,
            Method::Put => Self::Put,
            Method::Patch => Self::Patch,
        }
    }
}

pub(crate) fn http(data: &Value) -> Result<HttpRequest, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Dto {
        url: Named<URL_LENGTH_MAX>,
        method: Method,
        headers: Option<Value>,
        payload: Option<Value>,
        #[serde(default, deserialize_with = "given")]
        timeout_ms: Option<Value>,
        reject_unauthorized: Option<bool>,
    }
    let dto: Dto = read(data)?;
    Ok(HttpRequest {
        url: dto.url.0,
        method: dto.method.into(),
        headers: headers(dto.headers.as_ref())?,
        payload: dto.payload,
        timeout_ms: timeout("timeoutMs", dto.timeout_ms.as_ref())?,
        accepts_any_certificate: dto.reject_unauthorized == Some(false),
    })
}

pub(crate) fn fetch_start(data: &Value) -> Result<FetchStart, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Follow,
        Manual,
        Error,
    }
    #[derive(Deserialize)]
    struct Dto {
        id: u64,
        url: Named<URL_LENGTH_MAX>,
        method: Method,
        headers: Option<Value>,
        text: Option<String>,
        bytes: Option<String>,
        #[serde(default)]
        streams: bool,
        length: Option<usize>,
        redirect: Option<Mode>,
    }
    let dto: Dto = read(data)?;
    let body = match (dto.streams, dto.length, content(dto.text, dto.bytes)?) {
        (false, None, whole) => whole.map(FetchBody::Whole),
        (true, None, None) => Some(FetchBody::Streamed),
        (false, Some(bytes), None) => Some(FetchBody::InPieces { bytes }),
        _ => {
            return Err(CallError::payload(
                "streams",
                "a body comes with the call, in pieces (`streams`) or in pieces of a known `length`",
            ));
        }
    };
    Ok(FetchStart {
        id: counted(dto.id)?,
        url: dto.url.0,
        method: dto.method.into(),
        headers: headers(dto.headers.as_ref())?,
        body,
        redirect: match dto.redirect {
            None | Some(Mode::Follow) => Redirect::Follow,
            Some(Mode::Manual) => Redirect::Manual,
            Some(Mode::Error) => Redirect::Error,
        },
    })
}

pub(crate) fn fetch_send(data: &Value) -> Result<FetchPiece, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        id: u64,
        text: Option<String>,
        bytes: Option<String>,
        #[serde(default)]
        end: bool,
    }
    let dto: Dto = read(data)?;
    Ok(FetchPiece {
        id: counted(dto.id)?,
        content: content(dto.text, dto.bytes)?,
        is_last: dto.end,
    })
}

pub(crate) fn id(data: &Value) -> Result<u64, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        id: u64,
    }
    read::<Dto>(data).and_then(|dto| counted(dto.id))
}

pub(crate) fn fetch_cancel(data: &Value) -> Result<Call, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Dto {
        id: u64,
        #[serde(default)]
        timed_out: bool,
    }
    let dto = read::<Dto>(data)?;
    Ok(Call::FetchCancel {
        id: counted(dto.id)?,
        is_late: dto.timed_out,
    })
}

pub(crate) fn socket_open(data: &Value) -> Result<SocketOpen, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        id: u64,
        url: Named<URL_LENGTH_MAX>,
        #[serde(default)]
        protocols: Vec<Named<200>>,
    }
    let dto: Dto = read(data)?;
    at_most("protocols", dto.protocols.len(), PROTOCOLS_MAX)?;
    Ok(SocketOpen {
        id: counted(dto.id)?,
        url: dto.url.0,
        protocols: dto.protocols.into_iter().map(|name| name.0).collect(),
    })
}

pub(crate) fn socket_send(data: &Value) -> Result<Call, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        id: u64,
        text: Option<String>,
        bytes: Option<String>,
        #[serde(default, rename = "isText")]
        is_text: bool,
    }
    let dto: Dto = read(data)?;
    let content = content(dto.text, dto.bytes)?
        .ok_or_else(|| CallError::payload("data", "`text` or `bytes` is expected"))?;
    let content = match content {
        Content::Bytes(bytes) if dto.is_text => {
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| CallError::payload("bytes", "UTF-8 is expected"))?;
            // What was masked before it was read is base64.
            Content::Text(mask::text(&text).into_owned())
        }
        content => content,
    };
    Ok(Call::SocketSend {
        id: counted(dto.id)?,
        content,
    })
}

pub(crate) fn socket_close(data: &Value) -> Result<Call, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        id: u64,
        code: Option<u16>,
        // 123 bytes are what fits a close frame; who says more is told by the gateway.
        reason: Option<Short<123>>,
    }
    let dto: Dto = read(data)?;
    Ok(Call::SocketClose {
        id: counted(dto.id)?,
        code: dto.code.unwrap_or(1000),
        reason: dto.reason.map_or_else(String::new, |reason| reason.0),
    })
}

pub(crate) fn websocket_connect(data: &Value) -> Result<SocketConnect, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Dto {
        url: Named<URL_LENGTH_MAX>,
        headers: Option<Value>,
        #[serde(default, deserialize_with = "given")]
        timeout: Option<Value>,
        reject_unauthorized: Option<bool>,
    }
    let dto: Dto = read(data)?;
    let headers = match dto.headers {
        Some(Value::Object(named)) => {
            let pairs = named
                .into_iter()
                .map(|(name, value)| Value::Array(vec![name.into(), value]))
                .collect();
            headers(Some(&Value::Array(pairs)))?
        }
        Some(Value::Null) | None => Vec::new(),
        other => headers(other.as_ref())?,
    };
    Ok(SocketConnect {
        url: dto.url.0,
        headers,
        timeout_ms: timeout("timeout", dto.timeout.as_ref())?,
        accepts_any_certificate: dto.reject_unauthorized == Some(false),
    })
}

pub(crate) fn websocket_url(data: &Value) -> Result<String, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        url: Named<URL_LENGTH_MAX>,
    }
    read::<Dto>(data).map(|dto| dto.url.0)
}

pub(crate) fn websocket_send(data: &Value) -> Result<Call, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        url: Named<URL_LENGTH_MAX>,
        data: String,
    }
    let dto: Dto = read(data)?;
    Ok(Call::WebsocketSend {
        url: dto.url.0,
        text: dto.data,
    })
}

fn counted(id: u64) -> Result<u64, CallError> {
    if id <= ID_MAX {
        return Ok(id);
    }
    Err(CallError::payload("id", "a number up to 2^53 is expected"))
}

/// A member that is there, `null` included: that is what a message has of NaN and Infinity.
fn given<'de, D: Deserializer<'de>>(member: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(member).map(Some)
}

/// Whole milliseconds; longer than anybody is waited for is as long as anybody is. A plugin that waits longer than its timers count
/// has given up already, so nothing is sent for it.
fn timeout(path: &str, given: Option<&Value>) -> Result<Option<u64>, CallError> {
    let Some(given) = given else {
        return Ok(None);
    };
    match given.as_f64() {
        Some(ms) if (1.0..=TIMER_MS_MAX).contains(&ms) => {
            Ok(Some(ms.min(TIMEOUT_MS_MAX as f64) as u64))
        }
        _ => Err(CallError::payload(
            path,
            format!("a number of 1 to {TIMER_MS_MAX} ms is expected; leave it out for 30 s"),
        )),
    }
}

/// Text, or bytes in base64. Bytes that are text are masked as text is.
fn content(text: Option<String>, bytes: Option<String>) -> Result<Option<Content>, CallError> {
    let bytes = match (text, bytes) {
        (Some(_), Some(_)) => {
            return Err(CallError::payload("bytes", "`text` or `bytes`, not both"));
        }
        (Some(text), None) => return Ok(Some(Content::Text(text))),
        (None, None) => return Ok(None),
        (None, Some(bytes)) => bytes,
    };
    let bytes = STANDARD
        .decode(bytes)
        .map_err(|_| CallError::payload("bytes", "base64 is expected"))?;
    Ok(Some(match String::from_utf8(bytes) {
        Ok(text) => Content::Bytes(mask::text(&text).into_owned().into_bytes()),
        Err(binary) => Content::Bytes(binary.into_bytes()),
    }))
}

fn headers(value: Option<&Value>) -> Result<Vec<(String, String)>, CallError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let headers: Vec<(Named<200>, String)> = read_at("headers", value)?;
    at_most("headers", headers.len(), HEADERS_MAX)?;
    headers
        .into_iter()
        .enumerate()
        .map(|(index, (name, value))| header(index, name.0, value))
        .collect()
}

/// A line break in a header would begin a header of the plugin's own making.
fn header(index: usize, name: String, value: String) -> Result<(String, String), CallError> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.bytes().all(is_token) {
        return Err(CallError::payload(
            format!("headers[{index}][0]"),
            "a header's name is expected",
        ));
    }
    if value
        .chars()
        .any(|character| character.is_control() && character != '\t')
    {
        return Err(CallError::payload(
            format!("headers[{index}][1]"),
            "a text without line breaks and control characters is expected",
        ));
    }
    Ok((name, value))
}
