//! WebSockets, of the runtime and of the SDK: opened through the gateway, said and heard in order, and never faster than the other
//! side takes it.

use std::sync::Arc;
use std::time::Duration;

use madang_outbound::{
    Heard, SocketCall, SocketEnd, SocketLimits, SocketMessage, SocketReceiver, SocketSendError,
    SocketSender, TlsMode,
};
use madang_plugin_protocol::fetch::{Content, SocketConnect, SocketOpen};
use madang_plugin_protocol::{Envelope, Failure, Fields, mask};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::fetch::content_fields;
use super::{Dispatch, Door, Later, Reply, words};
use crate::outside::{Opening, Order, SocketName};

impl Door {
    pub(super) fn socket_open(&self, open: SocketOpen) -> Dispatch {
        let call = SocketCall {
            url: open.url,
            headers: Vec::new(),
            protocols: open.protocols,
            tls: TlsMode::Verified,
            limits: SocketLimits::default(),
        };
        self.open(SocketName::Number(open.id), call)
    }

    pub(super) fn socket_send(&self, id: u64, content: Content) -> Dispatch {
        let message = match content {
            Content::Text(text) => SocketMessage::Text(text),
            Content::Bytes(bytes) => SocketMessage::Binary(bytes.into()),
        };
        Dispatch::begun(self.said(&SocketName::Number(id), message))
    }

    pub(super) fn socket_close(&self, id: u64, code: u16, reason: String) -> Dispatch {
        let name = SocketName::Number(id);
        self.instance.outside.close_socket(&name, code, reason);
        Dispatch::Silent
    }

    pub(super) fn websocket_connect(&self, connect: SocketConnect) -> Dispatch {
        let tls = match self.tls(connect.accepts_any_certificate) {
            Ok(tls) => tls,
            Err(failure) => return Dispatch::Now(Err(failure)),
        };
        let mut limits = SocketLimits::default();
        if let Some(ms) = connect.timeout_ms {
            limits.handshake_timeout = Duration::from_millis(ms);
        }
        let call = SocketCall {
            url: connect.url.clone(),
            headers: connect.headers,
            protocols: Vec::new(),
            tls,
            limits,
        };
        self.open(SocketName::Address(connect.url), call)
    }

    pub(super) fn websocket_send(&self, url: String, text: String) -> Dispatch {
        let message = SocketMessage::Text(text);
        // Nobody is told when it has gone.
        match self
            .instance
            .outside
            .say(&SocketName::Address(url), message)
        {
            Ok(_) => Dispatch::Silent,
            Err(failure) => Dispatch::Now(Err(failure)),
        }
    }

    pub(super) fn websocket_disconnect(&self, url: String) -> Dispatch {
        let name = SocketName::Address(url);
        self.instance
            .outside
            .close_socket(&name, NORMAL, String::new());
        Dispatch::done()
    }

    fn open(&self, name: SocketName, call: SocketCall) -> Dispatch {
        Dispatch::begun(self.opened(name, call))
    }

    fn opened(&self, name: SocketName, call: SocketCall) -> Result<Later, Failure> {
        let outbound = self.way_out()?;
        let caller = self.caller();
        let Opening { ended, orders } = self.instance.outside.begin_socket(&name)?;
        let until = ended.clone();
        let gateway = outbound.clone();
        let untyped = self.untyped();
        let opening = self.carried(&outbound, async move {
            let socket = tokio::select! {
                biased;
                () = until.cancelled() => return Err(given_up()),
                socket = gateway.open_socket(&caller, call) => socket,
            };
            let socket = socket.map_err(|error| untyped.failure(&error))?;
            let protocol = socket.protocol().map(str::to_owned);
            let (sender, receiver) = socket.split();
            // Here and not among the world's tasks: what is said is waited for while virtual time stands still.
            tokio::spawn(say(sender, orders));
            Ok((protocol, receiver))
        });
        let door = self.clone();
        Ok(Box::pin(async move {
            let outside = &door.instance.outside;
            let (protocol, receiver) = match opening.await.and_then(|opened| opened) {
                Ok(opened) => opened,
                Err(failure) => {
                    outside.end_socket(&name, &ended);
                    return Err(failure);
                }
            };
            if !outside.socket_opened(&name, &ended) {
                return Err(given_up());
            }
            if let SocketName::Address(url) = &name {
                let event = json!({"url": url, "event": "open"});
                door.tell_socket(&name, event, 0, &ended).await;
            }
            let hearing = door.clone().hear(name, receiver, ended);
            door.host.till.world().tasks.spawn(Box::pin(hearing));
            Ok(Reply::field("protocol", protocol.unwrap_or_default()))
        }))
    }

    fn said(&self, name: &SocketName, message: SocketMessage) -> Result<Later, Failure> {
        let outbound = self.way_out()?;
        let said = self.instance.outside.say(name, message)?;
        let said = self.carried(&outbound, said);
        Ok(Box::pin(async move {
            // The socket ended before it was said.
            said.await?.unwrap_or_else(|_| Err(closed()))?;
            Ok(Reply::empty())
        }))
    }

    /// Tells the plugin what is heard, until the end.
    async fn hear(
        self,
        name: SocketName,
        mut receiver: SocketReceiver,
        ended: Arc<CancellationToken>,
    ) {
        loop {
            let heard = tokio::select! {
                biased;
                () = ended.cancelled() => return,
                heard = receiver.next() => heard,
            };
            let end = match heard {
                Some(Ok(Heard::Message(message))) => {
                    let (event, bytes) = message_event(&name, message);
                    self.tell_socket(&name, event, bytes, &ended).await;
                    continue;
                }
                Some(Ok(Heard::Closing)) => {
                    // The SDK's sockets have no word for it.
                    if let SocketName::Number(id) = &name {
                        let event = json!({"id": id, "event": "closing"});
                        self.tell_socket(&name, event, 0, &ended).await;
                    }
                    continue;
                }
                Some(Err(end)) => end,
                None => SocketEnd::Closed {
                    code: None,
                    reason: String::new(),
                },
            };
            self.instance.outside.socket_over(&name, &ended);
            for event in end_events(&name, &end) {
                self.tell_socket(&name, event, 0, &ended).await;
            }
            return self.instance.outside.end_socket(&name, &ended);
        }
    }

    /// Hands an event over once there is room for it.
    async fn tell_socket(
        &self,
        name: &SocketName,
        data: Value,
        bytes: usize,
        ended: &CancellationToken,
    ) {
        let room = tokio::select! {
            biased;
            () = ended.cancelled() => return,
            room = self.instance.outside.room_for(bytes) => room,
        };
        if !self.host.is_current(&self.plugin, &self.instance) {
            return;
        }
        let message = Envelope::new(
            match name {
                SocketName::Number(_) => "madang.websocket.event",
                SocketName::Address(_) => "websocket.event",
            },
            data,
        );
        self.host
            .send_with_room(&self.plugin, &self.instance, &message, room);
    }
}

/// Says what the plugin wants said, in its order.
async fn say(sender: SocketSender, mut orders: mpsc::UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Say {
                message,
                said,
                queued,
            } => {
                let sent = sender.send(message).await;
                drop(queued);
                let sent = sent.map_err(|error| match error {
                    SocketSendError::TooLarge(kind) => words::of_kind(&kind),
                    SocketSendError::Closed | SocketSendError::BadClose => closed(),
                });
                // Whoever said it may not want to know.
                let _ = said.send(sent);
            }
            Order::Close { code, reason } => {
                // A code that is not for clients is not refused here: the runtime has refused it, and the SDK gives none.
                if sender.close(code, &reason).await.is_err() {
                    let _ = sender.close(NORMAL, "").await;
                }
            }
        }
    }
}

/// RFC 6455, 7.4.1: the purpose of the connection has been fulfilled.
const NORMAL: u16 = 1000;
/// No code was in the close.
const NO_CODE: u16 = 1005;

/// An event that tells of a message, and the bytes that it holds.
fn message_event(name: &SocketName, message: SocketMessage) -> (Value, usize) {
    let content = match message {
        SocketMessage::Text(text) => Content::Text(mask::text(&text).into_owned()),
        SocketMessage::Binary(bytes) => Content::Bytes(bytes.into()),
    };
    let fields = match name {
        SocketName::Number(id) => {
            let mut fields = Fields::from_iter([("id".to_owned(), (*id).into())]);
            fields.extend(match content {
                Content::Text(text) if is_much_escaped(&text) => {
                    let is_text = [("isText".to_owned(), true.into())];
                    let bytes = content_fields(Content::Bytes(text.into_bytes()));
                    bytes.into_iter().chain(is_text).collect()
                }
                content => content_fields(content),
            });
            fields
        }
        SocketName::Address(url) => {
            let mut fields = Fields::from_iter([("url".to_owned(), url.as_str().into())]);
            let bytes = content.into_bytes();
            // The SDK's sockets know text only.
            let text = String::from_utf8_lossy(&bytes).into_owned();
            fields.insert("data".into(), mask::text(&text).into_owned().into());
            fields
        }
    };
    let mut fields = fields;
    fields.insert("event".into(), "message".into());
    let bytes = ["text", "bytes", "data"]
        .iter()
        .filter_map(|name| fields.get(*name)?.as_str())
        .map(str::len)
        .sum();
    (Value::Object(fields), bytes)
}

/// Whether a text as JSON has more than twice its bytes: of control characters one takes six, and a message to a plugin has a bound.
fn is_much_escaped(text: &str) -> bool {
    let controls = text.bytes().filter(u8::is_ascii_control).count();
    text.len() > HEARD_PLAIN_BYTES_MAX && controls > text.len() / 8
}

/// Texts up to here fit a message however they are escaped.
const HEARD_PLAIN_BYTES_MAX: usize = 512 << 10;

fn end_events(name: &SocketName, end: &SocketEnd) -> Vec<Value> {
    let (code, reason, failure) = match end {
        SocketEnd::Closed { code, reason } => (
            code.unwrap_or(NO_CODE),
            mask::text(reason).into_owned(),
            None,
        ),
        SocketEnd::Failed(failure) => (
            failure.code(),
            String::new(),
            Some(words::of_socket(failure)),
        ),
    };
    match name {
        SocketName::Number(id) => vec![json!({
            "id": id,
            "event": "close",
            "code": code,
            "reason": failure.clone().unwrap_or(reason),
            "wasClean": failure.is_none(),
        })],
        SocketName::Address(url) => {
            let error = failure.map(|message| {
                json!({"url": url, "event": "error", "errorName": "Error", "errorMessage": message})
            });
            // The SDK hands the code on as text.
            let close = json!({"url": url, "event": "close", "code": code.to_string()});
            error.into_iter().chain([close]).collect()
        }
    }
}

fn given_up() -> Failure {
    Failure::new("웹소켓 연결을 그만두었어요 (the WebSocket was given up)")
}

fn closed() -> Failure {
    Failure::new("웹소켓이 닫혔어요 (the WebSocket is closed)")
}
