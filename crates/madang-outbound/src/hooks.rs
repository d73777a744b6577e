//! Where a caller may step in, in the order of a call: `init`, `before_request`, then for every answer `after_response`, for every
//! retry `before_retry`, and for an error `before_error`.

use std::{error::Error, future::Future, pin::Pin, sync::Arc, time::Duration};

use crate::{context::Context, request::Request, response::Response, send_error::SendError};

/// What a hook failed with. It ends the call and reaches the caller as it is.
pub type HookError = Box<dyn Error + Send + Sync>;

/// What a hook is doing while the call waits; it runs within the call's deadline.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs once, before anything is checked, on the call's own copy of the request.
pub type Init = Arc<dyn Fn(&mut Request) + Send + Sync>;

/// Runs once, before the first attempt and never before a later one.
pub type BeforeRequest =
    Arc<dyn Fn(Request, Moment) -> Pending<'static, Result<Proceed, HookError>> + Send + Sync>;

/// Runs before each retry, told why there is one.
pub type BeforeRetry = Arc<
    dyn for<'a> Fn(Request, &'a SendError, Moment) -> Pending<'a, Result<Proceed, HookError>>
        + Send
        + Sync,
>;

/// Runs for every answer, failures included, before its status is judged.
pub type AfterResponse = Arc<
    dyn for<'a> Fn(&'a mut Response, Moment) -> Pending<'a, Result<After, HookError>> + Send + Sync,
>;

/// Runs for the error a call ends with, and may put another in its place.
pub type BeforeError =
    Arc<dyn Fn(SendError, Moment) -> Pending<'static, Result<SendError, HookError>> + Send + Sync>;

/// Asked whether what failed is tried again, once the limit and the method allow it: yes, no, or as the route says. The number is
/// that of the retry, from 1.
pub type ShouldRetry = Arc<
    dyn for<'a> Fn(&'a SendError, u32) -> Pending<'a, Result<Option<bool>, HookError>>
        + Send
        + Sync,
>;

/// Where in its life a call is when a hook runs.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Retries so far, the one that is about to be made included: 0 in `before_request`.
    pub retry_count: u32,
    /// The call's bag.
    pub context: Context,
}

/// What follows a hook that stands before an attempt.
#[derive(Debug)]
pub enum Proceed {
    /// The request, as it was or edited; the next hook sees it.
    With(Request),
    /// Another request. In `before_retry` the remaining hooks are skipped.
    Replaced(Request),
    /// This answer, without asking anybody. A status outside 2xx is an error and is not retried.
    Answered(Response),
    /// The call ends with [`SendErrorKind::Stopped`](crate::SendErrorKind::Stopped).
    Stop,
    /// The call ends with the error that led here. Before the first attempt there is none, and the call is stopped.
    Surface,
}

/// What follows an answer that a hook has seen.
#[derive(Debug)]
pub enum After {
    /// The answer is judged by its status.
    Keep,
    /// This answer is, in its place.
    Replaced(Response),
    /// It is asked again, whatever the method and status, within the retry limit and the deadline.
    Retry(ForcedRetry),
}

/// A retry that a hook asks for.
#[derive(Debug, Default)]
pub struct ForcedRetry {
    /// Waits exactly this long, in place of the route's pause.
    pub delay: Option<Duration>,
    /// A word for `before_retry` and `before_error` to know it by.
    pub code: Option<String>,
    /// What led to it.
    pub cause: Option<HookError>,
    /// The request to make, in place of the same again.
    pub request: Option<Request>,
}

/// Hooks by the moment they run at. Those of a route stand before those of a call.
#[derive(Clone, Default)]
#[allow(missing_docs)]
pub struct Hooks {
    pub init: Vec<Init>,
    pub before_request: Vec<BeforeRequest>,
    pub before_retry: Vec<BeforeRetry>,
    pub after_response: Vec<AfterResponse>,
    pub before_error: Vec<BeforeError>,
}

impl Hooks {
    /// These, then `others`.
    pub(crate) fn followed_by(mut self, others: Self) -> Self {
        self.init.extend(others.init);
        self.before_request.extend(others.before_request);
        self.before_retry.extend(others.before_retry);
        self.after_response.extend(others.after_response);
        self.before_error.extend(others.before_error);
        self
    }
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks")
            .field("init", &self.init.len())
            .field("before_request", &self.before_request.len())
            .field("before_retry", &self.before_retry.len())
            .field("after_response", &self.after_response.len())
            .field("before_error", &self.before_error.len())
            .finish()
    }
}
