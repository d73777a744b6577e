//! What one start of a plugin holds open to the outside: answers that it reads, and WebSockets. All of it ends with the start.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use madang_outbound::SocketMessage;
use madang_plugin_protocol::{Failure, size_in_words};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::fetches::Fetches;
use crate::plugin::lock;

/// WebSockets of one plugin: each holds a socket for as long as it lives, and the gateway has 64 for all.
pub(crate) const SOCKETS_OPEN_MAX: usize = 8;
/// Bytes that wait to be said over one WebSocket: four messages of the greatest size.
pub(crate) const SAID_BYTES_MAX: usize = 4 << 20;
/// What even an empty message costs of that: a thousand of them wait.
const SAID_BYTES_MIN: usize = 4 << 10;
/// Bytes heard over WebSockets that the plugin has not dealt with yet: two messages of the greatest size. Then the servers wait.
const HEARD_BYTES_MAX: u32 = 2 << 20;
/// What even an empty message costs: 512 of them wait, far fewer than a plugin is stopped for.
const HEARD_BYTES_MIN: u32 = 4 << 10;

/// What one start of a plugin holds open.
pub(crate) struct Outside {
    /// Cancelled when the start ends.
    ended: CancellationToken,
    fetches: Fetches,
    sockets: Mutex<HashMap<SocketName, Socket>>,
    room: Arc<Semaphore>,
}

/// By what a plugin knows a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SocketName {
    /// The runtime's: its own number.
    Number(u64),
    /// The SDK's: the address.
    Address(String),
}

struct Socket {
    /// Tells a socket from one that came in its place.
    ended: Arc<CancellationToken>,
    life: Life,
    orders: mpsc::UnboundedSender<Order>,
    queued_bytes: Arc<AtomicUsize>,
    _ends: DropGuard,
}

/// How far a WebSocket has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Opening,
    Open,
    /// It has ended, and the plugin is being told.
    Over,
}

/// What a plugin wants done with a WebSocket, in its order.
pub(crate) enum Order {
    /// Say this.
    Say {
        message: SocketMessage,
        /// Told when it is on its way.
        said: oneshot::Sender<Result<(), Failure>>,
        queued: Queued,
    },
    /// Close it.
    Close { code: u16, reason: String },
}

/// Bytes that count as waiting until they are said.
pub(crate) struct Queued {
    count: Arc<AtomicUsize>,
    bytes: usize,
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.count.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// A place for a WebSocket that is being opened.
pub(crate) struct Opening {
    /// Cancelled when the place is given to another, or the start ends.
    pub ended: Arc<CancellationToken>,
    /// What the plugin wants done with it.
    pub orders: mpsc::UnboundedReceiver<Order>,
}

impl Default for Outside {
    fn default() -> Self {
        let ended = CancellationToken::new();
        Self {
            fetches: Fetches::new(ended.clone()),
            ended,
            sockets: Mutex::default(),
            room: Arc::new(Semaphore::new(HEARD_BYTES_MAX as usize)),
        }
    }
}

impl Outside {
    /// Ends everything; nothing can be opened any more.
    pub fn end(&self) {
        self.ended.cancel();
        self.fetches.end_all();
        let sockets = std::mem::take(&mut *lock(&self.sockets));
        drop(sockets);
    }

    /// Cancelled when the start ends.
    pub fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// The calls whose answers are read piece by piece.
    pub fn fetches(&self) -> &Fetches {
        &self.fetches
    }

    /// Makes place for a WebSocket. One of the same address gives way to it.
    pub fn begin_socket(&self, name: &SocketName) -> Result<Opening, Failure> {
        let mut sockets = lock(&self.sockets);
        if self.ended.is_cancelled() {
            return Err(stopped());
        }
        match name {
            SocketName::Address(_) => drop(sockets.remove(name)),
            SocketName::Number(number) if sockets.contains_key(name) => {
                return Err(Failure::new(format!(
                    "{number}번 WebSocket이 아직 열려 있어요 (WebSocket {number} is still open; use another id)"
                )));
            }
            SocketName::Number(_) => {}
        }
        if sockets.len() >= SOCKETS_OPEN_MAX {
            return Err(Failure::new(format!(
                "웹소켓을 너무 많이 열었어요: 한 번에 {SOCKETS_OPEN_MAX}개까지예요. 하나를 닫아 주세요 (at most {SOCKETS_OPEN_MAX} WebSockets are open at a time; close one)"
            )));
        }
        let (orders, ordered) = mpsc::unbounded_channel();
        let token = self.ended.child_token();
        let ended = Arc::new(token.clone());
        let socket = Socket {
            ended: ended.clone(),
            life: Life::Opening,
            orders,
            queued_bytes: Arc::default(),
            _ends: token.drop_guard(),
        };
        sockets.insert(name.clone(), socket);
        Ok(Opening {
            ended,
            orders: ordered,
        })
    }

    /// It is open now; false when nobody wants it any more.
    pub fn socket_opened(&self, name: &SocketName, ended: &Arc<CancellationToken>) -> bool {
        self.comes_to(Life::Open, name, ended)
    }

    /// It has ended. From here on nothing is said over it, whoever hears of the end first.
    pub fn socket_over(&self, name: &SocketName, ended: &Arc<CancellationToken>) {
        self.comes_to(Life::Over, name, ended);
    }

    fn comes_to(&self, life: Life, name: &SocketName, ended: &Arc<CancellationToken>) -> bool {
        let mut sockets = lock(&self.sockets);
        let socket = sockets
            .get_mut(name)
            .filter(|socket| Arc::ptr_eq(&socket.ended, ended));
        socket.map(|socket| socket.life = life).is_some()
    }

    /// Queues a message; what this gives is told when it is on its way.
    pub fn say(
        &self,
        name: &SocketName,
        message: SocketMessage,
    ) -> Result<oneshot::Receiver<Result<(), Failure>>, Failure> {
        let sockets = lock(&self.sockets);
        let is_open = |socket: &&Socket| socket.life == Life::Open;
        let Some(socket) = sockets.get(name).filter(is_open) else {
            return Err(not_open());
        };
        let bytes = match &message {
            SocketMessage::Text(text) => text.len(),
            SocketMessage::Binary(bytes) => bytes.len(),
        };
        let bytes = bytes.max(SAID_BYTES_MIN);
        let before = socket.queued_bytes.fetch_add(bytes, Ordering::AcqRel);
        let queued = Queued {
            count: socket.queued_bytes.clone(),
            bytes,
        };
        if before + bytes > SAID_BYTES_MAX {
            return Err(Failure::new(format!(
                "보낼 것이 너무 많이 쌓였어요: {max}까지예요. 서버가 받을 때까지 기다려 주세요 (at most {max} wait to be sent; wait until the server has taken some)",
                max = size_in_words(SAID_BYTES_MAX)
            )));
        }
        let (said, told) = oneshot::channel();
        let order = Order::Say {
            message,
            said,
            queued,
        };
        socket.orders.send(order).map_err(|_| not_open())?;
        Ok(told)
    }

    /// Closes a WebSocket once what is queued has been said; one that is still being opened is given up.
    pub fn close_socket(&self, name: &SocketName, code: u16, reason: String) {
        let mut sockets = lock(&self.sockets);
        match sockets.get(name) {
            Some(socket) if socket.life != Life::Opening => {
                // It may just have ended by itself.
                let _ = socket.orders.send(Order::Close { code, reason });
            }
            Some(_) => drop(sockets.remove(name)),
            None => {}
        }
    }

    /// Forgets a WebSocket, unless another has come in its place.
    pub fn end_socket(&self, name: &SocketName, ended: &Arc<CancellationToken>) {
        let mut sockets = lock(&self.sockets);
        if sockets
            .get(name)
            .is_some_and(|socket| Arc::ptr_eq(&socket.ended, ended))
        {
            sockets.remove(name);
        }
    }

    /// Room for a message of so many bytes; waits while the plugin is behind.
    pub async fn room_for(&self, bytes: usize) -> Option<Arc<OwnedSemaphorePermit>> {
        let bytes = u32::try_from(bytes).unwrap_or(HEARD_BYTES_MAX);
        let bytes = bytes.clamp(HEARD_BYTES_MIN, HEARD_BYTES_MAX);
        let permit = self.room.clone().acquire_many_owned(bytes).await;
        permit.ok().map(Arc::new)
    }
}

pub(crate) fn stopped() -> Failure {
    Failure::new("플러그인이 중지되었어요 (the plugin was stopped)")
}

fn not_open() -> Failure {
    Failure::new(
        "열려 있지 않은 웹소켓이에요. 먼저 연결해 주세요 (this WebSocket is not open; connect it first)",
    )
}
