//! Calls as callers write them: `client.post("orders").json(&order).answer().await`.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    call::{Answer, Method},
    calling::{Errand, Patience},
    context::Context,
    gateway::Outbound,
    grant::Caller,
    request::{BodyStream, Request},
    response::{Response, Trip},
    retry::{ServerTiming, server_timing},
    route::{Route, RouteError, RoutePatch},
    send_error::{Outcome, SendError, SendErrorKind},
};

/// One caller's calls to one destination. Clones share everything; [`Client::extended`] makes one with other settings.
#[derive(Clone)]
pub struct Client {
    gateway: Outbound,
    caller: Arc<Caller>,
    route: Arc<Route>,
}

impl Client {
    pub(crate) fn new(
        gateway: Outbound,
        caller: Arc<Caller>,
        route: Route,
    ) -> Result<Self, RouteError> {
        // A route made by hand is checked as a patched one is.
        let route = Arc::new(route.patched(RoutePatch::default())?);
        Ok(Self {
            gateway,
            caller,
            route,
        })
    }

    /// This client with `patch` over its route.
    pub fn extended(&self, patch: RoutePatch) -> Result<Self, RouteError> {
        let route = Arc::new(self.route.patched(patch)?);
        Ok(Self {
            route,
            ..self.clone()
        })
    }

    /// The settings of its calls.
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// How long the server of `answer` asks to be left alone, in seconds or until a date, by the gateway's clock. For whoever gets errors
    /// as answers and tries again himself.
    pub fn wait_asked_for(&self, answer: &Answer) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for (name, value) in &answer.headers {
            let name = HeaderName::try_from(name);
            if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
                headers.append(name, value);
            }
        }
        match server_timing(&headers, self.gateway.wall_clock_now()) {
            ServerTiming::Wait(wait) => Some(wait),
            ServerTiming::Absent | ServerTiming::Malformed => None,
        }
    }

    /// Makes ready to ask for `url` with GET.
    pub fn get(&self, url: impl Into<String>) -> Calls {
        self.call(Request::new(Method::Get, url))
    }

    /// Makes ready to ask for the head of `url`.
    pub fn head(&self, url: impl Into<String>) -> Calls {
        self.call(Request::new(Method::Head, url))
    }

    /// Makes ready to POST to `url`.
    pub fn post(&self, url: impl Into<String>) -> Calls {
        self.call(Request::new(Method::Post, url))
    }

    /// Makes ready to PUT to `url`.
    pub fn put(&self, url: impl Into<String>) -> Calls {
        self.call(Request::new(Method::Put, url))
    }

    /// Makes ready to PATCH `url`.
    pub fn patch(&self, url: impl Into<String>) -> Calls {
        self.call(Request::new(Method::Patch, url))
    }

    /// Makes ready to DELETE `url`.
    pub fn delete(&self, url: impl Into<String>) -> Calls {
        self.call(Request::new(Method::Delete, url))
    }

    /// Makes ready to make `request`.
    pub fn call(&self, request: Request) -> Calls {
        Calls {
            client: self.clone(),
            request,
            stream: None,
            mistake: None,
            context: None,
            cancelled: Vec::new(),
            patience: Patience::default(),
        }
    }
}

/// One call being written. Nothing is sent, and no mistake told, before one of [`Calls::answer`], [`Calls::json_answer`],
/// [`Calls::text_answer`] and [`Calls::response`].
#[must_use = "a call is made when its answer is awaited"]
pub struct Calls {
    client: Client,
    request: Request,
    stream: Option<BodyStream>,
    mistake: Option<SendErrorKind>,
    context: Option<Context>,
    cancelled: Vec<CancellationToken>,
    patience: Patience,
}

impl Calls {
    /// Sets a header, in place of the route's.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.set_header(name, value);
        self
    }

    /// Adds a field to the query.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.query.push((name.into(), value.into()));
        self
    }

    /// Sends these bytes.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.request.body = Some(body.into());
        self
    }

    /// Sends `value` as JSON. A `Content-Type` that is set already stays.
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => {
                self.typed("application/json");
                self.body(body)
            }
            Err(source) => {
                self.mistake = Some(SendErrorKind::NotJson(source));
                self
            }
        }
    }

    /// Sends these fields as a form. A `Content-Type` that is set already stays.
    pub fn form<'a>(mut self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.typed("application/x-www-form-urlencoded");
        self.body(form.finish())
    }

    /// Sends a body that is not in memory, in place of one that is.
    pub fn streamed(mut self, body: BodyStream) -> Self {
        self.request.body = None;
        self.stream = Some(body);
        self
    }

    /// Names the call, so that the other side knows a repeat: it is then tried again whatever its method, where the route says so.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.request.idempotency_key = Some(key.into());
        self
    }

    /// Puts a value into the call's bag, for hooks.
    pub fn with(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let context = self.context.clone().unwrap_or_default();
        context.set(name, value);
        Self {
            context: Some(context),
            ..self
        }
    }

    /// Ends the call when `token` is cancelled, as the route's own tokens do.
    pub fn cancelled_by(mut self, token: CancellationToken) -> Self {
        self.cancelled.push(token);
        self
    }

    /// Ends the call when `token` is cancelled, as one that took too long: what a caller's own clock says counts against the server as
    /// much as our own.
    pub fn timed_by(mut self, token: CancellationToken) -> Self {
        self.patience.ends = Some(token);
        self
    }

    /// The caller kept the call back for so long before it was made; that time is none of the server's.
    pub fn kept_back_for(mut self, time: Duration) -> Self {
        self.patience.waited = time;
        self
    }

    /// The whole call, hooks, pauses and the body included, within `time`.
    pub fn within(self, time: Duration) -> Self {
        self.patched(RoutePatch {
            total_timeout: Some(time),
            ..RoutePatch::default()
        })
    }

    /// This call with `patch` over the route.
    pub fn patched(mut self, patch: RoutePatch) -> Self {
        match self.client.extended(patch) {
            Ok(client) => self.client = client,
            Err(error) => self.mistake = Some(SendErrorKind::BadRoute(error)),
        }
        self
    }

    /// The answer with its whole body. Dropping the future calls the call off and closes its socket.
    pub async fn answer(self) -> Result<Answer, SendError> {
        let response = self.made(true).await?;
        Ok(Answer {
            status: response.status,
            headers: response.text_headers(),
            body: response.whole_body().unwrap_or_default(),
        })
    }

    /// The answer's body as JSON, which is asked for unless `Accept` is set.
    pub async fn json_answer<T: DeserializeOwned>(mut self) -> Result<T, SendError> {
        if !self.has_header("accept") {
            self.request.set_header("accept", "application/json");
        }
        let response = self.made(true).await?;
        let trip = response.trip;
        response.json().await.map_err(|kind| unread(kind, trip))
    }

    /// The answer's body as text, in the charset that its `Content-Type` names.
    pub async fn text_answer(self) -> Result<String, SendError> {
        let response = self.made(true).await?;
        let trip = response.trip;
        response.text().await.map_err(|kind| unread(kind, trip))
    }

    /// The answer with its body to be read piece by piece. Dropping it before its end closes its socket.
    pub async fn response(self) -> Result<Response, SendError> {
        self.made(false).await
    }

    async fn made(self, is_whole: bool) -> Result<Response, SendError> {
        let Client {
            gateway,
            caller,
            route,
        } = self.client;
        let context = match &self.context {
            Some(own) => route.context.with(own),
            None => route.context.with(&Context::default()),
        };
        let errand = Errand {
            request: self.request,
            stream: self.stream,
            mistake: self.mistake,
            context,
            cancelled: self.cancelled,
            patience: self.patience,
            is_whole,
        };
        gateway.make(caller, route, errand).await
    }

    /// Whether the call or its route sets it.
    fn has_header(&self, name: &str) -> bool {
        let of_route = self.client.route.headers.iter();
        self.request.has_header(name)
            || of_route
                .into_iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    fn typed(&mut self, content_type: &str) {
        if !self.has_header("content-type") {
            self.request.set_header("content-type", content_type);
        }
    }
}

/// An answer came, and cannot be read as what is wanted.
fn unread(kind: SendErrorKind, trip: Trip) -> SendError {
    SendError::new(kind, Outcome::Answered, trip.attempts, trip.elapsed)
}
