//! What goes over an open WebSocket.

use std::{
    future::{Future, pending},
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
    Order, SocketEnd, SocketFailure, SocketLimits, SocketMessage, handshake::Stream, watch::Watch,
};

type Hears = mpsc::Sender<Result<SocketMessage, SocketEnd>>;

/// Carries messages until one side ends it; tells nothing when it was the caller, who let go. The socket is closed by then.
pub(super) async fn talk(
    stream: Stream,
    ordered: mpsc::Receiver<Order>,
    hears: &Hears,
    limits: &SocketLimits,
    watch: &mut Watch,
) -> Option<SocketEnd> {
    let mut talk = Talk {
        stream,
        limits,
        watch,
        closes_at: None,
        closed: None,
        heard: true,
    };
    tokio::select! {
        biased;
        () = hears.closed() => None,
        end = talk.run(ordered, hears) => Some(end),
    }
}

struct Talk<'a> {
    stream: Stream,
    limits: &'a SocketLimits,
    watch: &'a mut Watch,
    /// When a close that was begun is over, answered or not.
    closes_at: Option<Instant>,
    /// What the server said when it closed.
    closed: Option<(Option<u16>, String)>,
    /// Since the last ping.
    heard: bool,
}

impl Talk<'_> {
    async fn run(&mut self, mut ordered: mpsc::Receiver<Order>, hears: &Hears) -> SocketEnd {
        let every = self.limits.ping_interval;
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut room = None;
        let mut orders_come = true;
        loop {
            let ended = tokio::select! {
                reserved = hears.reserve(), if room.is_none() => {
                    room = reserved.ok();
                    None
                }
                message = self.stream.next(), if room.is_some() => match self.hear(message) {
                    Ok(Some(message)) => {
                        self.watch.heard(&message);
                        if let Some(room) = room.take() {
                            room.send(Ok(message));
                        }
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
            };
            if let Some(end) = ended {
                return end;
            }
        }
    }

    fn hear(
        &mut self,
        message: Option<Result<Message, Error>>,
    ) -> Result<Option<SocketMessage>, SocketEnd> {
        self.heard = true;
        match message {
            Some(Ok(Message::Text(text))) => Ok(Some(SocketMessage::Text(text.to_string()))),
            Some(Ok(Message::Binary(bytes))) => Ok(Some(SocketMessage::Binary(bytes))),
            // The library answers pings and closes; its answer goes out while the next message is waited for.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
            Some(Ok(Message::Close(frame))) => {
                self.closed = Some(match frame {
                    Some(frame) => (Some(frame.code.into()), frame.reason.to_string()),
                    None => (None, String::new()),
                });
                self.closes_at
                    .get_or_insert(Instant::now() + self.limits.close_timeout);
                Ok(None)
            }
            Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => Err(self.over()),
            // A server may hang up right after its close frame.
            Some(Err(_)) if self.closed.is_some() => Err(self.over()),
            Some(Err(error)) => Err(self.failed(error)),
        }
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
        let (code, reason) = self.closed.take().unwrap_or_default();
        SocketEnd::Closed { code, reason }
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
            error @ (Error::Utf8(_) | Error::AttackAttempt) => {
                SocketFailure::Protocol(error.into())
            }
            // The server makes us answer and takes no answer.
            Error::WriteBufferFull(_) => SocketFailure::Silent,
            error => SocketFailure::Broken(error.into()),
        })
    }
}

/// The library takes an end without a close for an offence; to us it is a line that broke.
fn is_end(error: &tokio_tungstenite::tungstenite::error::ProtocolError) -> bool {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    matches!(error, ProtocolError::ResetWithoutClosingHandshake)
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
