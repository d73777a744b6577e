//! The innermost service: one attempt of one call over a connection that is checked and pinned.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Uri,
    header::{self, HeaderMap, HeaderValue},
    http::StatusCode,
};
use tokio::time::{Instant, timeout, timeout_at};
use tower::Service;

use crate::{
    body::{ACCEPTED, AnswerBody, BodyTerms},
    call::Method,
    calling::Patience,
    chaos::{Chaos, Plight, Tamper},
    connect::{Connector, Manner},
    dial::Connection,
    exchange::{HeadLimits, Lost, exchange, start},
    limits::CallLimits,
    pool::{Keep, Key, Lease, Pool},
    progress::Progress,
    request::{RequestBody, StreamOnce},
    send_error::{BadUrl, SendErrorKind, Stage},
    stand_in::{StandIn, line_to},
    target::Target,
    tls::{Offer, Protocol, TlsMode},
    upstream::Traffic,
};

/// One try of one request; bodies are shared, so cloning costs no copy.
#[derive(Clone)]
pub(crate) struct Attempt {
    /// On whose behalf: connections are never shared between callers.
    pub(crate) caller: Arc<str>,
    pub(crate) target: Arc<Target>,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// In place of the body, when it is sent as it comes.
    pub(crate) stream: Option<StreamOnce>,
    pub(crate) timeouts: Timeouts,
    pub(crate) tls: TlsMode,
    /// Whether a compressed answer is asked for and made readable.
    pub(crate) decode: bool,
    pub(crate) limits: CallLimits,
    /// Of the whole call, absolute.
    pub(crate) deadline: Instant,
    pub(crate) patience: Patience,
    pub(crate) progress: Arc<Progress>,
    pub(crate) traffic: Arc<Traffic>,
}

/// How long the steps of an attempt may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// For each address to accept, and then for TLS to be agreed on.
    pub connect: Duration,
    /// From the request to the head of its answer.
    pub first_byte: Option<Duration>,
    /// Between two pieces of the answer's body.
    pub body_idle: Option<Duration>,
    /// For the attempt, up to the head of its answer.
    pub attempt: Option<Duration>,
}

impl Default for Timeouts {
    /// A cashier and a customer are waiting: a server that has said nothing for this long is better asked again.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            first_byte: Some(Duration::from_secs(8)),
            body_idle: Some(Duration::from_secs(5)),
            attempt: Some(Duration::from_secs(10)),
        }
    }
}

/// The head of an answer and its body, still on the wire.
pub(crate) struct Arrived {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: AnswerBody,
}

/// What a service here answers with.
pub(crate) type Arriving = Pin<Box<dyn Future<Output = Result<Arrived, SendErrorKind>> + Send>>;

/// Makes attempts. Clones share connections and chaos.
#[derive(Clone)]
pub(crate) struct Wire {
    connector: Arc<Connector>,
    pool: Arc<Pool>,
    chaos: Chaos,
    stand_in: Option<Arc<dyn StandIn>>,
}

impl Wire {
    pub(crate) fn new(
        connector: Arc<Connector>,
        pool: Arc<Pool>,
        chaos: Chaos,
        stand_in: Option<Arc<dyn StandIn>>,
    ) -> Self {
        Self {
            connector,
            pool,
            chaos,
            stand_in,
        }
    }

    async fn arrive(self, attempt: Attempt) -> Result<Arrived, SendErrorKind> {
        let origin = &attempt.target.origin;
        match self.chaos.plight(origin).await {
            Plight::Spared if self.stand_in.is_some() => self.ask_alone(&attempt, None).await,
            Plight::Spared => self.ask(&attempt).await,
            Plight::Failed(fault) => Err(fault.failure(origin)),
            Plight::Answered(answer) => Ok(answer.arrived()),
            Plight::Tampered(tamper) => self.ask_alone(&attempt, Some(tamper)).await,
        }
    }

    async fn ask(&self, attempt: &Attempt) -> Result<Arrived, SendErrorKind> {
        let key = attempt.key();
        if let Some(lease) = self.pool.reuse(&key).await {
            match attempt.ask(lease).await {
                Err(lost) if attempt.may_be_sent_again(&lost) => {
                    if lost.was_sent {
                        attempt.traffic.departs_again(&attempt.progress);
                    }
                }
                asked => return asked.map_err(|lost| lost.kind),
            }
        }
        let lease = self.open(attempt, key).await?;
        attempt.ask(lease).await.map_err(|lost| lost.kind)
    }

    async fn open(&self, attempt: &Attempt, key: Key) -> Result<Lease, SendErrorKind> {
        let manner = attempt.manner(Offer::Http1Or2);
        let (connection, protocol) = self
            .connector
            .connect(&attempt.caller, &attempt.target, manner, &attempt.progress)
            .await?;
        let connection = self
            .chaos
            .line_of_calls(&attempt.target.origin)
            .over(connection);
        let started = start(connection, protocol, key.head).await?;
        Ok(self.pool.admit(key, started, Keep::Yes))
    }

    /// Over a connection of its own, whose bytes may be tampered with.
    async fn ask_alone(
        &self,
        attempt: &Attempt,
        tamper: Option<Tamper>,
    ) -> Result<Arrived, SendErrorKind> {
        let (connection, protocol) = self.line_of_its_own(attempt).await?;
        let connection = match tamper {
            Some(tamper) => tamper.with(connection),
            None => connection,
        };
        let key = attempt.key();
        let started = start(connection, protocol, key.head).await?;
        let lease = self.pool.admit(key, started, Keep::No);
        attempt.ask(lease).await.map_err(|lost| lost.kind)
    }
}

impl Wire {
    async fn line_of_its_own(
        &self,
        attempt: &Attempt,
    ) -> Result<(Box<dyn Connection>, Protocol), SendErrorKind> {
        if let Some(stand_in) = &self.stand_in {
            attempt.progress.enter(Stage::Connecting);
            let line = line_to(stand_in, attempt.method, &attempt.target)?;
            return Ok((line, Protocol::Http1));
        }
        let manner = attempt.manner(Offer::Http1);
        self.connector
            .connect(&attempt.caller, &attempt.target, manner, &attempt.progress)
            .await
    }
}

impl Service<Attempt> for Wire {
    type Response = Arrived;
    type Error = SendErrorKind;
    type Future = Arriving;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendErrorKind>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, attempt: Attempt) -> Arriving {
        let wire = self.clone();
        Box::pin(async move {
            let deadline = attempt.deadline;
            let progress = Arc::clone(&attempt.progress);
            let patience = attempt.patience.clone();
            tokio::select! {
                biased;
                arrived = timeout_at(deadline, wire.arrive(attempt)) => arrived.unwrap_or_else(|_| {
                    Err(progress.out_of_time(Some(deadline - progress.started())))
                }),
                () = patience.over() => Err(progress.out_of_time(None)),
            }
        })
    }
}

/// Of a call's time so much is kept for the server: what waited longer for its turn does not leave any more. Whoever asked counts by a
/// clock of its own, which may be some milliseconds ahead, and is not to be told of a failure before the request goes out.
const KEPT_FOR_SERVER: u32 = 10;
/// It need not be more than this.
const KEPT_FOR_SERVER_MAX: Duration = Duration::from_secs(1);

impl Attempt {
    /// Until when it may wait for its turn.
    pub(crate) fn leaves_by(&self) -> Instant {
        let whole = self.deadline - self.progress.started();
        self.deadline - (whole / KEPT_FOR_SERVER).min(KEPT_FOR_SERVER_MAX)
    }

    fn key(&self) -> Key {
        Key {
            caller: Arc::clone(&self.caller),
            origin: self.target.origin.clone(),
            reach: self.target.reach,
            tls: self.tls,
            head: self.head_limits(),
        }
    }

    fn head_limits(&self) -> HeadLimits {
        HeadLimits::of(&self.limits)
    }

    fn manner(&self, offer: Offer) -> Manner {
        Manner {
            timeout: self.timeouts.connect,
            tls: self.tls,
            offer,
        }
    }

    /// A connection that was kept may have died unseen. The call is worth one more try on a fresh one if nobody can have acted
    /// on it, or if acting twice is no harm; an answer that had begun shows that the connection was well.
    fn may_be_sent_again(&self, lost: &Lost) -> bool {
        self.stream.is_none() && (lost.untouched || (lost.silent && is_idempotent(self.method)))
    }

    async fn ask(&self, mut lease: Lease) -> Result<Arrived, Lost> {
        // The connection may have come with the deadline.
        if Instant::now() >= self.deadline {
            let after = self.deadline - self.progress.started();
            return Err(Lost::for_good(self.progress.out_of_time(Some(after))));
        }
        let request = self.request().map_err(Lost::for_good)?;
        let (sender, meter) = lease.parts();
        let answering = exchange(sender, meter, request, self.head_limits(), &self.progress);
        let response = match self.timeouts.first_byte {
            None => answering.await,
            Some(limit) => timeout(limit, answering).await.unwrap_or_else(|_| {
                Err(Lost::for_good(SendErrorKind::Timeout {
                    after: limit,
                    queued: Duration::ZERO,
                    during: Stage::Awaiting,
                }))
            }),
        }?;
        self.progress.enter(Stage::Reading);
        let status = response.status();
        let (headers, body) =
            AnswerBody::of(response, lease, self.body_terms()).map_err(Lost::for_good)?;
        Ok(Arrived {
            status,
            headers,
            body,
        })
    }

    fn request(&self) -> Result<Request<RequestBody>, SendErrorKind> {
        let uri: Uri = self
            .target
            .url()
            .parse()
            .map_err(|_| SendErrorKind::BadUrl(BadUrl::Path))?;
        let mut request = Request::new(self.request_body());
        *request.method_mut() = self.method.on_the_wire();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers.clone();
        if self.decode {
            request
                .headers_mut()
                .insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
        }
        Ok(request)
    }

    fn request_body(&self) -> RequestBody {
        let stream = self.stream.as_ref().and_then(|slot| {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            slot.take()
        });
        match stream {
            Some(stream) => RequestBody::Streamed {
                stream,
                bytes_left: self.limits.request_body_bytes_max,
                bytes_max: self.limits.request_body_bytes_max,
                traffic: Arc::clone(&self.traffic),
            },
            None => {
                self.traffic.sent(self.body.len());
                RequestBody::Whole(Full::new(self.body.clone()))
            }
        }
    }

    fn body_terms(&self) -> BodyTerms {
        BodyTerms {
            bytes_max: self.limits.answer_body_bytes_max,
            head: self.head_limits(),
            idle: self.timeouts.body_idle,
            deadline: self.deadline,
            decode: self.decode,
            progress: Arc::clone(&self.progress),
            traffic: Arc::clone(&self.traffic),
        }
    }
}

fn is_idempotent(method: Method) -> bool {
    !matches!(method, Method::Post | Method::Patch)
}
