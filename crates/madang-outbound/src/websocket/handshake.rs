//! From a connection to a WebSocket (RFC 6455, 4.1).

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::{
    Request, Response, StatusCode, Uri,
    body::Incoming,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    upgrade::{self, Upgraded},
};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};

use super::{SocketCall, SocketLimits};
use crate::{
    call::Method,
    chatter::Chatter,
    dial::Connection,
    exchange::{HeadLimits, kind_of},
    limits::CallLimits,
    progress::Progress,
    request::Request as Asked,
    send_error::SendErrorKind,
    target::Target,
};

pub(super) type Stream = WebSocketStream<TokioIo<Upgraded>>;

/// A WebSocket that nobody talks over yet.
pub(super) struct Opened {
    pub(super) stream: Stream,
    pub(super) protocol: Option<String>,
    /// Counts what comes and is no message.
    pub(super) chatter: Arc<Chatter>,
}

/// The request for a WebSocket, checked, and what must be answered to it.
pub(super) struct Asking {
    path_and_query: Uri,
    headers: HeaderMap,
    head: HeadLimits,
    config: WebSocketConfig,
    message_bytes_max: usize,
    key: String,
    protocols: Vec<String>,
}

/// The server's side of the handshake is wrong.
#[derive(Debug, thiserror::Error)]
enum BadHandshake {
    #[error("it does not say that it switches to `websocket`")]
    Upgrade,
    #[error("its proof is not the one for our key")]
    Accept,
    #[error("it chose a subprotocol that was not offered")]
    Protocol,
    #[error("it chose an extension that was not offered")]
    Extension,
}

impl Asking {
    pub(super) fn checked(
        call: &SocketCall,
        target: &Target,
        limits: &CallLimits,
    ) -> Result<Self, SendErrorKind> {
        let asked = Asked {
            headers: call.headers.clone(),
            ..Asked::new(Method::Get, "")
        };
        let mut headers = asked.checked_headers(&target.origin.authority(), limits)?;
        if let Some(name) = headers
            .keys()
            .find(|name| name.as_str().starts_with("sec-websocket-"))
        {
            return Err(refused(
                name.as_str(),
                "is set by the gateway; leave it out",
            ));
        }
        let key = generate_key();
        let fixed = [
            (header::CONNECTION, "Upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
            (header::SEC_WEBSOCKET_KEY, &key),
        ];
        for (name, value) in fixed {
            headers.insert(name, visible(value));
        }
        if let Some(offer) = offered(&call.protocols)? {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, offer);
        }
        Ok(Self {
            path_and_query: target.path_and_query.clone(),
            headers,
            head: HeadLimits::of(limits),
            config: config(&call.limits),
            message_bytes_max: call.limits.message_bytes_max,
            key,
            protocols: call.protocols.clone(),
        })
    }

    fn request(&self) -> Request<Empty<Bytes>> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.path_and_query.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// The subprotocol that the server chose, if all else is in order.
    fn answered(&self, response: &Response<Incoming>) -> Result<Option<String>, SendErrorKind> {
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let status = response.status().as_u16();
            return Err(SendErrorKind::SocketRefused { status });
        }
        self.chosen(response.headers())
            .map_err(|wrong| SendErrorKind::SocketHandshake(Box::new(wrong)))
    }

    fn chosen(&self, headers: &HeaderMap) -> Result<Option<String>, BadHandshake> {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if !text(header::UPGRADE).is_some_and(|to| to.eq_ignore_ascii_case("websocket")) {
            return Err(BadHandshake::Upgrade);
        }
        let proof = derive_accept_key(self.key.as_bytes());
        if text(header::SEC_WEBSOCKET_ACCEPT) != Some(proof.as_str()) {
            return Err(BadHandshake::Accept);
        }
        if headers.contains_key(header::SEC_WEBSOCKET_EXTENSIONS) {
            return Err(BadHandshake::Extension);
        }
        if !headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
            return Ok(None);
        }
        text(header::SEC_WEBSOCKET_PROTOCOL)
            .and_then(|chosen| self.protocols.iter().find(|offered| *offered == chosen))
            .map(|chosen| Some(chosen.clone()))
            .ok_or(BadHandshake::Protocol)
    }
}

/// More subprotocols than a caller can speak are data in the wrong place.
const PROTOCOLS_MAX: usize = 16;

fn offered(protocols: &[String]) -> Result<Option<HeaderValue>, SendErrorKind> {
    let name = header::SEC_WEBSOCKET_PROTOCOL;
    // A subprotocol is a token, and so is the name of a header.
    let is_token = |text: &String| HeaderName::from_bytes(text.as_bytes()).is_ok();
    if protocols.len() > PROTOCOLS_MAX || !protocols.iter().all(is_token) {
        return Err(refused(
            name.as_str(),
            "takes at most 16 names of letters, digits, - and .",
        ));
    }
    if protocols.is_empty() {
        return Ok(None);
    }
    Ok(Some(visible(&protocols.join(", "))))
}

fn visible(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("tokens and base64 are visible ASCII")
}

fn refused(name: &str, reason: &'static str) -> SendErrorKind {
    SendErrorKind::BadHeader {
        name: name.to_owned(),
        reason,
    }
}

/// Asks for a WebSocket over `connection`.
pub(super) async fn handshake(
    connection: Box<dyn Connection>,
    asking: Asking,
    progress: Arc<Progress>,
) -> Result<Opened, SendErrorKind> {
    let head = asking.head;
    let failed = move |error| kind_of(error, head);
    let chatter = Chatter::new(chatter_bytes_max(asking.message_bytes_max));
    let connection = chatter.over(connection);
    let (mut requests, driver) = head
        .http1()
        .handshake(TokioIo::new(connection))
        .await
        .map_err(failed)?;
    let config = asking.config;
    let asked = async move {
        progress.sent();
        let response = requests
            .send_request(asking.request())
            .await
            .map_err(failed)?;
        let protocol = asking.answered(&response)?;
        let upgraded = upgrade::on(response).await.map_err(failed)?;
        Ok::<_, SendErrorKind>((upgraded, protocol))
    };
    let driver: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(driver.with_upgrades());
    let (upgraded, protocol) = driven(driver, asked).await?;
    let stream =
        WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, Some(config)).await;
    Ok(Opened {
        stream,
        protocol,
        chatter,
    })
}

/// What may come between two messages, or two pings of ours: a message cut into small pieces is some times as long on the line, and
/// pieces without a byte in them never make one.
fn chatter_bytes_max(message_bytes_max: usize) -> usize {
    let cut_small = message_bytes_max.saturating_mul(4);
    cut_small.saturating_add(CONTROL_BYTES_MAX)
}

/// The head of the answer, and pings and pongs, which have a bound of their own.
const CONTROL_BYTES_MAX: usize = 256 * 1024;

fn config(limits: &SocketLimits) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(limits.message_bytes_max.saturating_add(BUFFER_BYTES))
        .max_message_size(Some(limits.message_bytes_max))
        .max_frame_size(Some(limits.frame_bytes_max))
}

/// What one WebSocket holds ready for what comes; the library's own 128 KiB are for servers of games.
const BUFFER_BYTES: usize = 16 * 1024;

/// Polls the connection beside the handshake, in one task, so that dropping that task closes the socket. The connection's own
/// result says nothing that the handshake's does not.
async fn driven<T>(driver: impl Future, asked: impl Future<Output = T>) -> T {
    let mut driver = pin!(driver);
    let mut asked = pin!(asked);
    tokio::select! {
        biased;
        asked = &mut asked => asked,
        _ = &mut driver => asked.await,
    }
}
