//! WebSockets over connections that are checked and pinned like those of calls.

mod handshake;
mod opening;
mod talk;
mod watch;

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tracing::Instrument;

pub(crate) use self::opening::Opening;
use self::{
    handshake::{Asking, Opened, handshake},
    watch::Watch,
};
use crate::{
    send_error::{Part, SendErrorKind},
    tls::TlsMode,
};

/// A WebSocket to be opened.
#[derive(Debug, Clone)]
pub struct SocketCall {
    /// The absolute address, with the scheme `wss` or `ws`.
    pub url: String,
    /// The caller's headers; those of the handshake are the gateway's.
    pub headers: Vec<(String, String)>,
    /// The subprotocols that the caller speaks, the best first.
    pub protocols: Vec<String>,
    /// Whether the server must prove who it is.
    pub tls: TlsMode,
    /// Bounds on what goes over it.
    pub limits: SocketLimits,
}

/// Bounds on one WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketLimits {
    /// Until it is open, the look-up included: somebody waits for it.
    pub handshake_timeout: Duration,
    /// Largest message either way; it is held in memory as a whole.
    pub message_bytes_max: usize,
    /// Largest frame taken; a message may come in several.
    pub frame_bytes_max: usize,
    /// Messages that wait in each direction. Full, the sender waits, and the server is not read. Each may be of the greatest size, and
    /// there are many sockets: one on its way and one behind it keep a line busy.
    pub queue_max: usize,
    /// A server that takes nothing for this long is gone.
    pub write_timeout: Duration,
    /// A silent line is asked this often whether it lives; twice without a word, it is gone. Routers forget lines after minutes.
    pub ping_interval: Duration,
    /// How long the server has to answer a close.
    pub close_timeout: Duration,
    /// How long the server has to hang up once both have closed: the standard leaves that to it, and somebody may wait to open the next.
    pub hang_up_timeout: Duration,
    /// Pings and pongs taken between two pings of ours: each costs an answer, and honest servers send one a minute.
    pub control_frames_max: u32,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(10),
            message_bytes_max: 1024 * 1024,
            frame_bytes_max: 1024 * 1024,
            queue_max: 2,
            write_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
            close_timeout: Duration::from_secs(5),
            hang_up_timeout: Duration::from_secs(1),
            control_frames_max: 1000,
        }
    }
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketMessage {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

impl SocketMessage {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// What is heard before the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The server said this.
    Message(SocketMessage),
    /// The server closes: it says nothing more, and hears nothing more. The end follows.
    Closing,
}

/// How it ended.
#[derive(Debug)]
pub enum SocketEnd {
    /// The server closed it, or answered our close.
    Closed {
        /// The code it gave, if it gave one.
        code: Option<u16>,
        /// Its reason, in its own words.
        reason: String,
    },
    /// It broke.
    Failed(SocketFailure),
}

/// Why it broke.
#[derive(Debug, thiserror::Error)]
pub enum SocketFailure {
    /// A message or frame was larger than the limit.
    #[error("a message from the server is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The server broke the rules of the protocol.
    #[error("the server broke the protocol")]
    Protocol(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server sent text that is none.
    #[error("the server sent text that is not UTF-8")]
    NotText(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server keeps us busy with frames that say nothing.
    #[error("the server sends nothing but pings and pongs: more than {limit} between two of ours")]
    TooManyPings {
        /// The limit.
        limit: u32,
    },
    /// The connection broke or ended without a close.
    #[error("the connection broke")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing was heard of the server, or it took nothing.
    #[error("the server is silent")]
    Silent,
    /// A person isolated the server.
    #[error("the server was isolated by hand; release it to connect again")]
    Isolated,
}

impl SocketFailure {
    /// The close code that a script is told (RFC 6455, 7.4.1).
    pub fn code(&self) -> u16 {
        match self {
            Self::TooLarge { .. } => 1009,
            Self::Protocol(_) => 1002,
            Self::NotText(_) => 1007,
            Self::TooManyPings { .. } => 1008,
            Self::Broken(_) | Self::Silent => 1006,
            // We go away; the server has done nothing wrong.
            Self::Isolated => 1001,
        }
    }
}

/// Why a message was not taken for sending.
#[derive(Debug, thiserror::Error)]
pub enum SocketSendError {
    /// It is too large.
    #[error(transparent)]
    TooLarge(SendErrorKind),
    /// The WebSocket has ended.
    #[error("the WebSocket is closed")]
    Closed,
    /// The code or the reason of a close is not one that a client may give.
    #[error(
        "a close has the code 1000 or one from 3000 to 4999, and a reason of at most 123 bytes"
    )]
    BadClose,
}

/// An open WebSocket. It may be used on any executor; dropping it closes the socket.
pub struct WebSocket {
    protocol: Option<String>,
    sender: SocketSender,
    receiver: SocketReceiver,
}

/// Its half that says; clones share it.
#[derive(Clone)]
pub struct SocketSender {
    orders: mpsc::Sender<Order>,
    message_bytes_max: usize,
}

/// Its half that hears. Dropping it closes the socket.
pub struct SocketReceiver {
    heard: mpsc::Receiver<Result<Heard, SocketEnd>>,
}

/// What the caller wants done.
enum Order {
    Say(SocketMessage),
    Close { code: u16, reason: String },
}

impl WebSocket {
    /// Lets `opened` be used; its task holds `guard` for as long as the socket is open.
    fn start(
        opened: Opened,
        limits: SocketLimits,
        mut watch: Watch,
        guard: impl Send + 'static,
    ) -> Self {
        let queue_max = limits.queue_max.max(1);
        let (orders, ordered) = mpsc::channel(queue_max);
        let (hears, heard) = mpsc::channel(queue_max);
        let sender = SocketSender {
            orders,
            message_bytes_max: limits.message_bytes_max,
        };
        let span = watch.span();
        let talk = async move {
            let end = talk::talk(
                opened.stream,
                opened.chatter,
                ordered,
                &hears,
                &limits,
                &mut watch,
            )
            .await;
            watch.ended(end.as_ref());
            drop(guard);
            if let Some(end) = end {
                // Nobody is left to be told when this fails.
                let _ = hears.send(Err(end)).await;
            }
        };
        tokio::spawn(talk.instrument(span));
        Self {
            protocol: opened.protocol,
            sender,
            receiver: SocketReceiver { heard },
        }
    }

    /// The subprotocol that the server chose.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// As [`SocketSender::send`].
    pub async fn send(&self, message: SocketMessage) -> Result<(), SocketSendError> {
        self.sender.send(message).await
    }

    /// As [`SocketSender::close`].
    pub async fn close(&self, code: u16, reason: &str) -> Result<(), SocketSendError> {
        self.sender.close(code, reason).await
    }

    /// As [`SocketReceiver::next`].
    pub async fn next(&mut self) -> Option<Result<Heard, SocketEnd>> {
        self.receiver.next().await
    }

    /// Both halves, for two tasks.
    pub fn split(self) -> (SocketSender, SocketReceiver) {
        (self.sender, self.receiver)
    }
}

impl SocketSender {
    /// Queues `message`; waits while the queue is full.
    pub async fn send(&self, message: SocketMessage) -> Result<(), SocketSendError> {
        let limit = self.message_bytes_max;
        if message.bytes() > limit {
            let part = Part::SocketMessage;
            return Err(SocketSendError::TooLarge(SendErrorKind::TooLarge {
                part,
                limit,
            }));
        }
        self.order(Order::Say(message)).await
    }

    /// Closes it once what is queued has been said. The end is heard at the other half.
    pub async fn close(&self, code: u16, reason: &str) -> Result<(), SocketSendError> {
        let may_be_given = code == 1000 || (3000..=4999).contains(&code);
        if !may_be_given || reason.len() > CLOSE_REASON_BYTES_MAX {
            return Err(SocketSendError::BadClose);
        }
        let reason = reason.to_owned();
        self.order(Order::Close { code, reason }).await
    }

    async fn order(&self, order: Order) -> Result<(), SocketSendError> {
        let sent = self.orders.send(order).await;
        sent.map_err(|_| SocketSendError::Closed)
    }
}

/// RFC 6455, 5.5: a control frame has 125 bytes, and the code takes two.
const CLOSE_REASON_BYTES_MAX: usize = 123;

impl SocketReceiver {
    /// What comes next; then, once, how it ended; then nothing.
    pub async fn next(&mut self) -> Option<Result<Heard, SocketEnd>> {
        self.heard.recv().await
    }
}
