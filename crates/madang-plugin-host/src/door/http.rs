//! Calls to servers, through the gateway, to the plugin's own origins only.

use std::time::Duration;

use madang_outbound::{
    CallLimits, Caller, ErrorStatuses, Grant, Method, Request, Route, SendError,
};
use madang_plugin_protocol::http::HttpRequest;
use madang_plugin_protocol::{Failure, Fields, mask};
use serde_json::{Value, json};

use super::{Dispatch, Door, Reply};
use crate::spec::granted_origins;

/// How long a server has: what the SDK waits.
const DEADLINE: Duration = Duration::from_secs(30);

impl Door {
    pub(super) fn http(&self, request: HttpRequest) -> Dispatch {
        let Some(outbound) = self.host.outbound.clone() else {
            return Dispatch::failed("여기서는 네트워크를 쓸 수 없어요 (there is no network here)");
        };
        let caller = self.caller();
        let call = match call(&request) {
            Ok(call) => call,
            Err(failure) => return Dispatch::Now(Err(failure)),
        };
        let client = match outbound.client(caller, route()) {
            Ok(client) => client,
            Err(error) => return Dispatch::failed(error.to_string()),
        };
        Dispatch::later(async move {
            let answer = client
                .call(call)
                .answer()
                .await
                .map_err(|error| Failure::new(words(&error)))?;
            let mut fields = Fields::new();
            fields.insert("code".into(), answer.status.into());
            fields.insert("headers".into(), json!(answer.headers));
            fields.insert(
                "body".into(),
                Value::String(String::from_utf8_lossy(&answer.body).into_owned()),
            );
            let mut fields = Value::Object(fields);
            mask::card_numbers(&mut fields);
            match fields {
                Value::Object(fields) => Ok(Reply::Fields(fields)),
                _ => Ok(Reply::empty()),
            }
        })
    }

    fn caller(&self) -> Caller {
        let settings = self.plugin.settings();
        let origins = granted_origins(&self.plugin.spec().grants.origins, |input| {
            settings.text(input)
        });
        Caller {
            id: format!("plugin:{}", self.plugin.name),
            grant: Grant {
                origins,
                limits: CallLimits::default(),
            },
        }
    }
}

/// A plugin gets every answer, whatever its status.
fn route() -> Route {
    Route {
        total_timeout: DEADLINE,
        errors: ErrorStatuses::None,
        ..Route::default()
    }
}

fn call(request: &HttpRequest) -> Result<Request, Failure> {
    let method: Method = request
        .method
        .as_str()
        .parse()
        .map_err(|_| Failure::new("알 수 없는 메서드예요"))?;
    let mut headers = request.headers.clone();
    let has_type = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if request.is_json() && !has_type {
        headers.push(("content-type".into(), "application/json".into()));
    }
    Ok(Request {
        headers,
        body: request.body().map(Into::into),
        ..Request::new(method, request.url.clone())
    })
}

/// The failure with what lies under it, in one line.
fn words(error: &SendError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
