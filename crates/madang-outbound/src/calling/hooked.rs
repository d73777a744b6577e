//! Where hooks have their say, and what follows from it.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Calling, surfaced::About, tries::Tried};
use crate::{
    hooks::{After, ForcedRetry, HookError, Moment, Proceed},
    ready::{Ready, without_old_credentials},
    request::Request,
    response::Response,
    retry::Opinion,
    send_error::{HookName, SendError, SendErrorKind},
};

impl Calling {
    pub(super) async fn before_request(&self, mut request: Request) -> Result<Asked, SendError> {
        for hook in &self.route.hooks.before_request {
            let before = request.clone();
            request = match hook(request, self.moment()).await {
                Ok(Proceed::With(next) | Proceed::Replaced(next)) => {
                    without_old_credentials(&before, next)
                }
                Ok(Proceed::Answered(response)) => {
                    return Ok(Asked::Answered(About::request(&before), response));
                }
                Ok(Proceed::Stop | Proceed::Surface) => {
                    return Err(self.failed(SendErrorKind::Stopped));
                }
                Err(source) => return Err(self.hook_failed(HookName::BeforeRequest, source)),
            };
        }
        Ok(Asked::Ask(request))
    }

    pub(super) async fn before_retry(
        &self,
        mut request: Request,
        error: SendError,
    ) -> Result<Asked, SendError> {
        for hook in &self.route.hooks.before_retry {
            let before = request.clone();
            request = match hook(request, &error, self.retry_moment()).await {
                Ok(Proceed::With(next)) => without_old_credentials(&before, next),
                Ok(Proceed::Replaced(next)) => {
                    return Ok(Asked::Ask(without_old_credentials(&before, next)));
                }
                Ok(Proceed::Answered(response)) => {
                    return Ok(Asked::Answered(About::request(&before), response));
                }
                Ok(Proceed::Stop) => return Err(self.failed(SendErrorKind::Stopped)),
                Ok(Proceed::Surface) => return Err(error),
                Err(source) => return Err(self.hook_failed(HookName::BeforeRetry, source)),
            };
        }
        Ok(Asked::Ask(request))
    }

    /// Shows the answer to the hooks on answers, which may put another in its place or ask for another try.
    pub(super) async fn after_response(
        &self,
        response: &mut Response,
    ) -> Result<Option<ForcedRetry>, SendError> {
        for hook in &self.route.hooks.after_response {
            match hook(response, self.moment()).await {
                Ok(After::Keep) => {}
                Ok(After::Replaced(other)) => *response = other,
                Ok(After::Retry(forced)) => return Ok(Some(forced)),
                Err(source) => return Err(self.hook_failed(HookName::AfterResponse, source)),
            }
        }
        Ok(None)
    }

    /// What the caller thinks of a retry, asked only where one is possible.
    pub(super) async fn opinion(
        &self,
        ready: &Ready,
        tried: &Tried,
        retry_count: u32,
    ) -> Result<Opinion, SendError> {
        let Some(asked) = &self.route.should_retry else {
            return Ok(Opinion::None);
        };
        let said = match tried {
            Tried::Failed(error) => asked(error, retry_count).await,
            Tried::Answered(response) => {
                let error = self.unread(ready, response);
                asked(&error, retry_count).await
            }
        };
        match said {
            Ok(Some(true)) => Ok(Opinion::Always),
            Ok(Some(false)) => Ok(Opinion::Never),
            Ok(None) => Ok(Opinion::None),
            Err(source) => Err(self.hook_failed(HookName::ShouldRetry, source)),
        }
    }

    /// What the hooks on errors make of `error`. They too have only the call's time, and a moment after it.
    pub(super) async fn last_word(&self, error: SendError) -> Result<Response, SendError> {
        let by = self.deadline.max(Instant::now() + LAST_WORD);
        timeout_at(by, self.before_error(error))
            .await
            .unwrap_or_else(|_| Err(self.out_of_time()))
    }

    async fn before_error(&self, mut error: SendError) -> Result<Response, SendError> {
        for hook in &self.route.hooks.before_error {
            error = match hook(error, self.moment()).await {
                Ok(error) => error,
                Err(source) => return Err(self.hook_failed(HookName::BeforeError, source)),
            };
        }
        Err(error)
    }

    /// Retries so far.
    fn moment(&self) -> Moment {
        self.moment_of(self.retries_done())
    }

    /// With the retry that is about to be made.
    fn retry_moment(&self) -> Moment {
        self.moment_of(self.retries_done() + 1)
    }

    fn moment_of(&self, retry_count: u32) -> Moment {
        Moment {
            retry_count,
            context: self.context.clone(),
        }
    }

    fn hook_failed(&self, hook: HookName, source: HookError) -> SendError {
        self.failed(SendErrorKind::Hook { hook, source })
    }
}

/// What hooks on errors have beyond the call's own time: enough to write a line, too little to wait for anybody.
const LAST_WORD: Duration = Duration::from_secs(1);

/// What is asked after the hooks before it.
pub(super) enum Asked {
    Ask(Request),
    Answered(About, Response),
}
