//! One request and the head of its answer over a connection that stands.

mod failure;
mod meter;
mod tasks;

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::FutureExt;
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::{http1, http2},
    header,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::timeout;

pub(crate) use self::{failure::kind_of, meter::Meter};
use self::{failure::was_refused_untouched, meter::Metered, tasks::Tasks};
use crate::{
    chatter::Chatter,
    dial::Connection,
    limits::CallLimits,
    progress::Progress,
    request::RequestBody,
    send_error::{Part, SendErrorKind},
    tls::Protocol,
};

/// Where requests are handed in.
#[derive(Debug)]
pub(crate) enum Sender {
    /// HTTP/1.1: one call at a time.
    One(http1::SendRequest<RequestBody>),
    /// HTTP/2: clones share the connection.
    Many(http2::SendRequest<RequestBody>, Arc<ServerRoom>),
}

/// How many calls at once the server of an HTTP/2 connection allows; it may say so at any time.
#[derive(Debug)]
pub(crate) struct ServerRoom(AtomicUsize);

impl Sender {
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::One(sender) => sender.is_closed(),
            Self::Many(sender, _) => sender.is_closed(),
        }
    }

    pub(crate) async fn is_ready(&mut self) -> bool {
        match self {
            Self::One(sender) => sender.ready().await.is_ok(),
            Self::Many(sender, _) => sender.ready().await.is_ok(),
        }
    }

    /// How many calls at once its server takes.
    pub(crate) fn room(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(_, room) => room.0.load(Ordering::Relaxed),
        }
    }
}

/// A connection on which HTTP has begun. Whoever holds it must poll `driver`; dropping that closes the socket.
pub(crate) struct Started {
    pub(crate) sender: Sender,
    pub(crate) driver: Pin<Box<dyn Future<Output = ()> + Send>>,
    pub(crate) meter: Arc<Meter>,
}

/// Bounds on the heads of answers; a connection keeps those that it was opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HeadLimits {
    pub(crate) bytes_max: usize,
    pub(crate) headers_max: usize,
}

impl HeadLimits {
    pub(crate) fn of(limits: &CallLimits) -> Self {
        Self {
            bytes_max: limits.answer_head_bytes_max,
            headers_max: limits.answer_headers_max,
        }
    }

    /// HTTP/1.1 with these bounds.
    pub(crate) fn http1(self) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder
            .max_headers(self.headers_max)
            .max_header_size(self.bytes_max)
            .max_buf_size(self.buffer_bytes());
        builder
    }

    fn buffer_bytes(self) -> usize {
        self.bytes_max.max(HYPER_BUFFER_BYTES_MIN)
    }

    pub(crate) fn exceeded(self) -> SendErrorKind {
        SendErrorKind::TooLarge {
            part: Part::AnswerHead,
            limit: self.bytes_max,
        }
    }
}

/// hyper panics when asked for less.
const HYPER_BUFFER_BYTES_MIN: usize = 8192;

/// Begins HTTP on a fresh connection.
pub(crate) async fn start(
    connection: Box<dyn Connection>,
    protocol: Protocol,
    head: HeadLimits,
) -> Result<Started, SendErrorKind> {
    match protocol {
        Protocol::Http1 => start_http1(connection, head).await,
        Protocol::Http2 => start_http2(connection, head).await,
    }
    .map_err(|error| kind_of(error, head))
}

async fn start_http1(
    connection: Box<dyn Connection>,
    head: HeadLimits,
) -> Result<Started, hyper::Error> {
    let meter = Arc::new(Meter::new(head.buffer_bytes()));
    let metered = Metered::new(connection, Arc::clone(&meter));
    let (sender, driver) = head.http1().handshake(TokioIo::new(metered)).await?;
    let watched = Arc::clone(&meter);
    let driver = Box::pin(async move {
        // What ends a connection is told by the answer that it cuts off.
        drop(driver.await);
        watched.connection_ended();
    });
    Ok(Started {
        sender: Sender::One(sender),
        driver,
        meter,
    })
}

async fn start_http2(
    connection: Box<dyn Connection>,
    head: HeadLimits,
) -> Result<Started, hyper::Error> {
    let (tasks, executor) = Tasks::new();
    let chatter = Chatter::new(CHATTER_BYTES_MAX);
    let connection = chatter.over(connection);
    let header_list_bytes_max = u32::try_from(head.bytes_max).unwrap_or(u32::MAX);
    let (sender, mut connection) = http2::Builder::new(executor)
        .timer(TokioTimer::new())
        .max_header_list_size(header_list_bytes_max)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_send_buf_size(SEND_BUFFER_BYTES_MAX)
        .max_concurrent_reset_streams(RESET_STREAMS_KEPT)
        .max_local_error_reset_streams(PEER_ERRORS_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .handshake(TokioIo::new(connection))
        .await?;
    let room = Arc::new(ServerRoom(AtomicUsize::new(usize::MAX)));
    let told = Arc::clone(&room);
    let meter = Arc::new(Meter::of_many(chatter));
    let watched = Arc::clone(&meter);
    let driver = Box::pin(async move {
        let ended = poll_fn(|context| {
            let ended = Pin::new(&mut connection).poll(context);
            let allowed = connection.current_max_send_streams();
            told.0.store(allowed, Ordering::Relaxed);
            ended
        });
        let ended = ended.await;
        // Calls that were handed in too late are told so at once; those under way learn from their own tasks what became of them.
        drop(connection);
        match ended {
            Ok(()) => tasks.ended().await,
            Err(_) => drop(timeout(FAREWELL, tasks.ended()).await),
        }
        tasks.end().await;
        watched.connection_ended();
    });
    Ok(Started {
        sender: Sender::Many(sender, room),
        driver,
        meter,
    })
}

/// How much of one answer a server may send before we have read it: what one caller who reads slowly can hold in memory.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
/// The same for all answers of a connection together.
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// What a server may send that is neither the head of an answer nor a piece of one that somebody reads: all that it may send ahead, and
/// its share of pings and settings. What goes on beyond that, with a call open or without, ends the connection.
const CHATTER_BYTES_MAX: usize = CONNECTION_WINDOW_BYTES as usize + 256 * 1024;
/// The protocol's own default; larger frames only keep other streams waiting.
const FRAME_BYTES_MAX: u32 = 16 * 1024;
/// A body to send is in memory already; this much of it is cut into frames at a time.
const SEND_BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Streams that we called off are remembered for a while, so that what still arrives for them is no offence; no more than
/// these, so that calling off costs no memory.
const RESET_STREAMS_KEPT: usize = 32;
/// A server that breaks the rules on this many streams is not spoken to any longer.
const PEER_ERRORS_MAX: usize = 64;
/// What a connection that broke has for its last frame, and to tell its calls: nothing of it waits for more than a socket's buffer.
const FAREWELL: Duration = Duration::from_secs(1);
/// A line that is dead without a word is found out this soon, while a call waits on it.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// A request that brought no head of an answer.
#[derive(Debug)]
pub(crate) struct Lost {
    pub(crate) kind: SendErrorKind,
    /// The other side cannot have acted on it.
    pub(crate) untouched: bool,
    /// It may have reached the other side all the same, which refused it.
    pub(crate) was_sent: bool,
    /// Not one byte of an answer came.
    pub(crate) silent: bool,
}

impl Lost {
    /// The connection ended, and the request never got there.
    fn before_it_left() -> Self {
        Self {
            kind: SendErrorKind::EndedBefore,
            untouched: true,
            was_sent: false,
            silent: true,
        }
    }

    /// Not to be sent again on any account.
    pub(crate) fn for_good(kind: SendErrorKind) -> Self {
        Self {
            kind,
            untouched: false,
            was_sent: true,
            silent: false,
        }
    }
}

/// What is said of a request that was handed to a connection; nothing where it never got there. One that is handed in just while the connection
/// ends may come behind the last look at the queue: nobody will see it or speak of it, and it would wait for its deadline.
async fn answered<T>(answering: impl Future<Output = T>, meter: &Meter) -> Option<T> {
    let mut answering = pin!(answering);
    tokio::select! {
        biased;
        answered = &mut answering => Some(answered),
        () = meter.over() => answering.now_or_never(),
    }
}

/// Sends `request` (its address absolute, as HTTP/2 needs it) and waits for the head of its answer.
pub(crate) async fn exchange(
    sender: &mut Sender,
    meter: &Meter,
    request: Request<RequestBody>,
    head: HeadLimits,
    progress: &Arc<Progress>,
) -> Result<Response<Incoming>, Lost> {
    let response = match sender {
        Sender::One(sender) => one(sender, meter, request, head, progress).await,
        Sender::Many(sender, _) => many(sender, meter, request, head, progress).await,
    }?;
    meter.was_of_use();
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Lost::for_good(SendErrorKind::UnaskedUpgrade));
    }
    if response.headers().len() > head.headers_max {
        return Err(Lost::for_good(head.exceeded()));
    }
    Ok(response)
}

async fn one(
    sender: &mut http1::SendRequest<RequestBody>,
    meter: &Meter,
    mut request: Request<RequestBody>,
    head: HeadLimits,
    progress: &Arc<Progress>,
) -> Result<Response<Incoming>, Lost> {
    if let Some(path_and_query) = request.uri().path_and_query() {
        *request.uri_mut() = path_and_query.clone().into();
    }
    meter.begin(Arc::clone(progress));
    let answered = answered(sender.try_send_request(request), meter).await;
    let seen = meter.end();
    answered
        .ok_or_else(Lost::before_it_left)?
        .map_err(|error| Lost {
            kind: kind_of(error.into_error(), head),
            untouched: !seen.sent,
            was_sent: seen.sent,
            silent: !seen.received,
        })
}

async fn many(
    sender: &mut http2::SendRequest<RequestBody>,
    meter: &Meter,
    mut request: Request<RequestBody>,
    head: HeadLimits,
    progress: &Arc<Progress>,
) -> Result<Response<Incoming>, Lost> {
    for name in [header::HOST, header::CONNECTION] {
        request.headers_mut().remove(name);
    }
    // Calls share the connection, so its bytes cannot tell whose they are; a stream says itself when it was refused.
    progress.sent();
    let Some(answered) = answered(sender.try_send_request(request), meter).await else {
        progress.sent_in_vain();
        return Err(Lost::before_it_left());
    };
    answered.map_err(|error| {
        let was_sent = error.message().is_none();
        let untouched = !was_sent || was_refused_untouched(error.error());
        if untouched {
            progress.sent_in_vain();
        }
        Lost {
            kind: kind_of(error.into_error(), head),
            untouched,
            was_sent,
            silent: true,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::poll;

    use super::*;

    #[tokio::test]
    async fn what_a_connection_has_not_seen_when_it_ends_is_known_to_have_stayed_here() {
        let meter = Meter::new(1);
        let mut unseen = pin!(answered(pending::<()>(), &meter));
        assert!(poll!(&mut unseen).is_pending());
        meter.connection_ended();
        assert_eq!(unseen.await, None);
    }

    #[tokio::test]
    async fn an_answer_counts_though_the_connection_has_ended() {
        let meter = Meter::new(1);
        let (says, answer) = tokio::sync::oneshot::channel();
        let mut seen = pin!(answered(answer, &meter));
        assert!(poll!(&mut seen).is_pending());
        says.send(7).unwrap();
        meter.connection_ended();
        assert_eq!(seen.await, Some(Ok(7)));
        assert_eq!(answered(ready(7), &meter).await, Some(7));
    }
}
