//! The server put together: what it is made of, its router, and how it listens.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use madang_insight::Insight;
use madang_outbox::Outbox;
use madang_till::Till;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::door::Door;
use crate::feed::Feed;
use crate::insight::InsightThread;
use crate::live::Live;
use crate::problem::Problem;
use crate::route::{self, Served};
use crate::screen::{self, Screen};
use crate::{Acts, ImportDesk, PluginDesk, TerminalDesk, UpstreamDesk, connection};

/// The most bytes of a body: a form of settings or a script; a sale is a few hundred.
pub const BODY_BYTES_MAX: usize = 256 * 1_024;
/// The most pages that watch at once: one till has one or two, a developer a few more.
pub const STREAMS_MAX: usize = 32;
/// The most questions about how orders go that are answered at once, others wait: each may hold a year of orders, some 50 MB.
const LOOKS_MAX: usize = 2;

/// What the page may load: its own files, and nothing from anywhere else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the binary hands in.
pub struct Parts {
    /// The till.
    pub till: Till,
    /// Its card terminal.
    pub terminal: Arc<dyn TerminalDesk>,
    /// The plugins' side.
    pub plugins: Arc<dyn PluginDesk>,
    /// The way out.
    pub upstreams: Arc<dyn UpstreamDesk>,
    /// Files that are imported by hand.
    pub imports: Arc<dyn ImportDesk>,
    /// The messages that go out.
    pub outbox: Outbox,
    /// Who plays script steps.
    pub acts: Arc<dyn Acts>,
    /// The screen's files.
    pub screen: Screen,
    /// Who may come in.
    pub door: Door,
    /// A text that differs at every start, as random hexadecimal digits: the numbers of the stream begin again with it.
    pub epoch: String,
}

/// The server at work.
pub struct Server {
    router: Router,
    stopped: watch::Sender<bool>,
    feed: JoinHandle<()>,
    /// Taken when the server is dropped.
    insight: Option<InsightThread>,
}

/// What every handler is given.
#[allow(
    missing_docs,
    reason = "the fields are those of Parts, and what Server::start makes of them"
)]
pub struct Shared {
    pub till: Till,
    pub terminal: Arc<dyn TerminalDesk>,
    pub plugins: Arc<dyn PluginDesk>,
    pub upstreams: Arc<dyn UpstreamDesk>,
    pub imports: Arc<dyn ImportDesk>,
    pub outbox: Outbox,
    pub insight: Arc<Insight>,
    pub looks: Arc<Semaphore>,
    pub acts: Arc<dyn Acts>,
    pub screen: Screen,
    pub live: Arc<Live>,
    pub seats: Arc<Semaphore>,
    pub stopped: watch::Sender<bool>,
}

impl Server {
    /// Starts to follow till and plugins, on the current tokio runtime. Nothing listens yet.
    pub fn start(parts: Parts) -> Self {
        let live = Arc::new(Live::new(parts.epoch));
        let feed = Feed::new(
            Arc::clone(&live),
            parts.till.clone(),
            Arc::clone(&parts.terminal),
            parts.plugins.subscribe(),
            Arc::clone(&parts.upstreams),
            parts.outbox.clone(),
        );
        let stopped = watch::Sender::new(false);
        let insight = Arc::new(Insight::new(madang_insight::Limits::default()));
        let following = InsightThread::start(&insight, &parts.till);
        let shared = Shared {
            till: parts.till,
            terminal: parts.terminal,
            plugins: parts.plugins,
            upstreams: parts.upstreams,
            imports: parts.imports,
            outbox: parts.outbox,
            insight,
            looks: Arc::new(Semaphore::new(LOOKS_MAX)),
            acts: parts.acts,
            screen: parts.screen,
            live,
            seats: Arc::new(Semaphore::new(STREAMS_MAX)),
            stopped: stopped.clone(),
        };
        Self {
            router: router(Arc::new(shared), Arc::new(parts.door)),
            stopped,
            feed: tokio::spawn(feed.run()),
            insight: following,
        }
    }

    /// Every address, with the guard before it.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Answers whoever comes to `listener` until `stop` is done; then ends the streams and lets answers under way finish.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        connection::serve(listener, self.router(), stop, || {
            self.stopped.send_replace(true);
        })
        .await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.send_replace(true);
        self.feed.abort();
        drop(self.insight.take());
    }
}

fn router(served: Served, door: Arc<Door>) -> Router {
    let (api, _) = route::routes().split_for_parts();
    api.route("/api", get(unknown_address))
        .route("/api/{*rest}", axum::routing::any(unknown_address))
        .method_not_allowed_fallback(other_method)
        .fallback_service(
            get(screen::file)
                .fallback(other_method)
                .with_state(Arc::clone(&served)),
        )
        .with_state(served)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(door, guard))
}

async fn guard(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api");
    let mut response = match door.admit(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    harden(&mut response, is_api);
    response
}

fn harden(response: &mut Response, is_api: bool) {
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

async fn unknown_address() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-address",
        "the API has no such address",
        "그런 주소가 없어요",
    )
    .with_hint("crates/madang-server/openapi.json lists every address")
}

async fn other_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "this address does not take that method",
        "이 주소에는 그 요청을 보낼 수 없어요",
    )
    .with_hint("crates/madang-server/openapi.json lists every address with its methods")
}
