//! What goes over an open WebSocket.

use std::{
    future::{Future, pending},
    io,
    sync::Arc,
    time::Duration,
};

use futures::{SinkExt, StreamExt};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    Heard, Order, SocketEnd, SocketFailure, SocketLimits, SocketMessage, handshake::Stream,
    watch::Watch,
};
use crate::chatter::{Chatter, NothingButChatter};

type Hears = mpsc::Sender<Result<Heard, SocketEnd>>;

/// Carries messages until one side ends it; tells nothing when it was the caller, who let go. The socket is closed by then.
pub(super) async fn talk(
    stream: Stream,
    chatter: Arc<Chatter>,
    ordered: mpsc::Receiver<Order>,
    hears: &Hears,
    limits: &SocketLimits,
    watch: &mut Watch,
) -> Option<SocketEnd> {
    let mut talk = Talk {
        stream,
        chatter,
        limits,
        watch,
        closes_at: None,
        closed: None,
        heard: true,
        control_frames: 0,
    };
    tokio::select! {
        biased;
        () = hears.closed() => None,
        end = talk.run(ordered, hears) => Some(end),
    }
}

struct Talk<'a> {
    stream: Stream,
    chatter: Arc<Chatter>,
    limits: &'a SocketLimits,
    watch: &'a mut Watch,
    /// When a close that was begun is over, answered or not.
    closes_at: Option<Instant>,
    /// What the server said when it closed.
    closed: Option<(Option<u16>, String)>,
    /// Since the last ping.
    heard: bool,
    /// Pings and pongs since the last ping of ours.
    control_frames: u32,
}

impl Talk<'_> {
    async fn run(&mut self, ordered: mpsc::Receiver<Order>, hears: &Hears) -> SocketEnd {
        let end = self.carry(ordered, hears).await;
        if let SocketEnd::Failed(failure) = &end {
            self.blame(failure).await;
        }
        end
    }

    async fn carry(&mut self, mut ordered: mpsc::Receiver<Order>, hears: &Hears) -> SocketEnd {
        let every = self.limits.ping_interval;
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let isolation = self.watch.isolation();
        let mut room = None;
        let mut orders_come = true;
        loop {
            let ended = tokio::select! {
                reserved = hears.reserve(), if room.is_none() => {
                    room = reserved.ok();
                    None
                }
                message = self.stream.next(), if room.is_some() => match self.hear(message) {
                    Ok(Some(heard)) => {
                        if let Some(room) = room.take() {
                            room.send(Ok(heard));
                        }
                        self.answer_close().await;
                        None
                    }
                    Ok(None) => None,
                    Err(end) => Some(end),
                },
                order = ordered.recv(), if orders_come && self.closes_at.is_none() => match order {
                    Some(order) => self.obey(order).await.err(),
                    None => {
                        orders_come = false;
                        None
                    }
                },
                _ = ping.tick(), if self.closes_at.is_none() => {
                    // Unread, the server cannot be heard.
                    self.heard |= room.is_none();
                    self.ping().await.err()
                }
                () = at(self.closes_at) => Some(self.over()),
                () = isolation.cancelled() => Some(SocketEnd::Failed(SocketFailure::Isolated)),
            };
            if let Some(end) = ended {
                return end;
            }
        }
    }

    fn hear(
        &mut self,
        message: Option<Result<Message, Error>>,
    ) -> Result<Option<Heard>, SocketEnd> {
        self.heard = true;
        match message {
            Some(Ok(Message::Text(text))) => {
                Ok(Some(self.message(SocketMessage::Text(text.to_string()))))
            }
            Some(Ok(Message::Binary(bytes))) => {
                Ok(Some(self.message(SocketMessage::Binary(bytes))))
            }
            // The library answers pings; its answer goes out while the next message is waited for.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                self.count_control_frame()
            }
            Some(Ok(Message::Close(frame))) => self.server_closes(frame),
            Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => Err(self.over()),
            // A server may hang up right after its close frame.
            Some(Err(_)) if self.closed.is_some() => Err(self.over()),
            Some(Err(error)) => Err(self.failed(error)),
        }
    }

    fn message(&mut self, message: SocketMessage) -> Heard {
        self.chatter.was_of_use();
        self.watch.heard(&message);
        Heard::Message(message)
    }

    fn count_control_frame(&mut self) -> Result<Option<Heard>, SocketEnd> {
        let limit = self.limits.control_frames_max;
        self.control_frames += 1;
        match self.control_frames > limit {
            true => Err(SocketEnd::Failed(SocketFailure::TooManyPings { limit })),
            false => Ok(None),
        }
    }

    fn server_closes(&mut self, frame: Option<CloseFrame>) -> Result<Option<Heard>, SocketEnd> {
        if let Some(wrong) = frame.as_ref().and_then(forbidden_code) {
            return Err(SocketEnd::Failed(SocketFailure::Protocol(wrong.into())));
        }
        self.closed = Some(match frame {
            Some(frame) => (Some(frame.code.into()), frame.reason.to_string()),
            None => (None, String::new()),
        });
        let was_ours = self.closes_at.is_some();
        let hangs_up_by = Instant::now() + self.limits.hang_up_timeout;
        self.closes_at = Some(self.closes_at.map_or(hangs_up_by, |at| at.min(hangs_up_by)));
        Ok((!was_ours).then_some(Heard::Closing))
    }

    /// The library has its answer to a close ready, and sends it when it is told to.
    async fn answer_close(&mut self) {
        if self.closed.is_some() {
            // A server that takes no answer is hung up on all the same.
            let _ = within(self.limits.hang_up_timeout, self.stream.flush()).await;
        }
    }

    /// Tells the server what it did wrong, if it listens.
    async fn blame(&mut self, failure: &SocketFailure) {
        let frame = match failure {
            SocketFailure::Broken(_) | SocketFailure::Silent => return,
            failure => CloseFrame {
                code: CloseCode::from(failure.code()),
                reason: "".into(),
            },
        };
        let blame = async {
            // Refused where the library has an answer of its own ready; that goes out with the flush. What else keeps it from being
            // sent is no news: the line is given up.
            let _ = self.stream.send(Message::Close(Some(frame))).await;
            let _ = self.stream.flush().await;
        };
        let _ = within(self.limits.hang_up_timeout, blame).await;
    }

    async fn obey(&mut self, order: Order) -> Result<(), SocketEnd> {
        let message = match order {
            Order::Say(message) => return self.pass_on(message).await,
            Order::Close { code, reason } => {
                self.closes_at = Some(Instant::now() + self.limits.close_timeout);
                Message::Close(Some(CloseFrame {
                    code: CloseCode::from(code),
                    reason: reason.into(),
                }))
            }
        };
        self.say(message).await
    }

    async fn pass_on(&mut self, message: SocketMessage) -> Result<(), SocketEnd> {
        let bytes = message.bytes();
        self.say(match message {
            SocketMessage::Text(text) => Message::text(text),
            SocketMessage::Binary(bytes) => Message::Binary(bytes),
        })
        .await?;
        self.watch.said(bytes);
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), SocketEnd> {
        if !self.heard {
            return Err(SocketEnd::Failed(SocketFailure::Silent));
        }
        self.heard = false;
        self.control_frames = 0;
        self.chatter.was_of_use();
        self.say(Message::Ping(bytes::Bytes::new())).await
    }

    async fn say(&mut self, message: Message) -> Result<(), SocketEnd> {
        match within(self.limits.write_timeout, self.stream.send(message)).await {
            None => Err(SocketEnd::Failed(SocketFailure::Silent)),
            // The server has closed; its own words are still to be read.
            Some(Ok(()) | Err(Error::ConnectionClosed | Error::AlreadyClosed)) => Ok(()),
            Some(Err(error)) => Err(self.failed(error)),
        }
    }

    fn over(&mut self) -> SocketEnd {
        match self.closed.take() {
            Some((code, reason)) => SocketEnd::Closed { code, reason },
            // Our close was not answered.
            None => SocketEnd::Failed(SocketFailure::Silent),
        }
    }

    fn failed(&self, error: Error) -> SocketEnd {
        SocketEnd::Failed(match error {
            Error::Capacity(_) => SocketFailure::TooLarge {
                limit: self
                    .limits
                    .message_bytes_max
                    .min(self.limits.frame_bytes_max),
            },
            Error::Protocol(tungstenite) if is_end(&tungstenite) => {
                SocketFailure::Broken(tungstenite.into())
            }
            Error::Protocol(wrong) => SocketFailure::Protocol(wrong.into()),
            error @ Error::Utf8(_) => SocketFailure::NotText(error.into()),
            error @ Error::AttackAttempt => SocketFailure::Protocol(error.into()),
            // The server makes us answer and takes no answer.
            Error::WriteBufferFull(_) => SocketFailure::Silent,
            Error::Io(error) if is_chatter(&error) => SocketFailure::Protocol(error.into()),
            error => SocketFailure::Broken(error.into()),
        })
    }
}

/// A code that no close may carry (RFC 6455, 7.4): those that stand for what was not said, and those that nobody has given a meaning.
fn forbidden_code(frame: &CloseFrame) -> Option<ForbiddenCode> {
    let code = u16::from(frame.code);
    let is_replaced = frame.code == CloseCode::Protocol && frame.reason == REPLACED_REASON;
    (is_replaced || !frame.code.is_allowed()).then_some(ForbiddenCode(code))
}

/// The library answers a forbidden code with 1002 and hands that on as if the server had said it, with these words.
const REPLACED_REASON: &str = "Protocol violation";

#[derive(Debug, thiserror::Error)]
#[error("it closed with a code that no close may carry (told as {0})")]
struct ForbiddenCode(u16);

/// The library takes an end without a close for an offence; to us it is a line that broke.
fn is_end(error: &tokio_tungstenite::tungstenite::error::ProtocolError) -> bool {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    matches!(error, ProtocolError::ResetWithoutClosingHandshake)
}

fn is_chatter(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<NothingButChatter>())
}

async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    timeout(limit, future).await.ok()
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}
