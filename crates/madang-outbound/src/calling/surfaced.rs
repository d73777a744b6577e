//! What the caller is told of an answer outside 2xx, or of a failure.

use super::{Calling, tries::Tried};
use crate::{
    call::Method,
    ready::Ready,
    request::Request,
    response::{Response, within},
    retry::{ServerTiming, server_timing},
    send_error::{ErrorBody, HttpFailure, SendError, SendErrorKind},
};

impl Calling {
    /// What the caller gets of an answer outside 2xx, or of a failure.
    pub(super) async fn surfaced(
        &self,
        ready: &Ready,
        tried: Tried,
    ) -> Result<Response, SendError> {
        match tried {
            Tried::Failed(error) => Err(error),
            Tried::Answered(response) if !self.route.errors.is_error(response.status) => {
                Ok(response)
            }
            Tried::Answered(response) => {
                let about = About::of(ready);
                Err(self.http_error(&about, response).await)
            }
        }
    }

    /// An answer that a hook gave: an error status is an error and is not tried again.
    pub(super) async fn given(
        &self,
        about: About,
        response: Response,
    ) -> Result<Response, SendError> {
        if (200..300).contains(&response.status) || !self.route.errors.is_error(response.status) {
            return Ok(response);
        }
        Err(self.http_error(&about, response).await)
    }

    async fn http_error(&self, about: &About, response: Response) -> SendError {
        let timing = server_timing(&response.headers, self.shared.wall_clock.now());
        let response = self.error_read(response).await;
        if self.remaining().is_zero() {
            return self.out_of_time();
        }
        let error = self.failed(SendErrorKind::Http(Box::new(about.failed(&response))));
        match timing {
            ServerTiming::Wait(wait) => error.with_retry_after(wait),
            ServerTiming::Absent | ServerTiming::Malformed => error,
        }
    }

    /// The same answer with its body in memory. One that cannot be had leaves the status to tell what happened.
    pub(super) async fn error_read(&self, response: Response) -> Response {
        let bare = response.without_body();
        let reading = response.gathered(self.shared.limits.error_body_bytes_max);
        within(self.route.timeouts.attempt, reading)
            .await
            .unwrap_or(bare)
    }

    /// The error of an answer, with its body if that was read.
    pub(super) fn unread(&self, ready: &Ready, response: &Response) -> SendError {
        let failure = About::of(ready).failed(response);
        self.failed(SendErrorKind::Http(Box::new(failure)))
    }
}

/// What an error says of the request that it is about.
pub(super) struct About {
    method: Method,
    url: String,
}

impl About {
    /// A request that was sent. Its query stays out: what stands there may be a secret.
    pub(super) fn of(ready: &Ready) -> Self {
        Self {
            method: ready.method,
            url: without_query(&ready.target.url()),
        }
    }

    /// A request that a hook answered.
    pub(super) fn request(request: &Request) -> Self {
        Self {
            method: request.method,
            url: without_query(&request.url),
        }
    }

    fn failed(&self, response: &Response) -> HttpFailure {
        HttpFailure {
            method: self.method,
            url: self.url.clone(),
            status: response.status,
            headers: response.headers.clone(),
            body: ErrorBody::of(response),
        }
    }
}

fn without_query(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url[..end].to_owned()
}
