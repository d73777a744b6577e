//! Calls to servers, through the gateway, to the plugin's own origins only.

use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use madang_outbound::{
    BulkheadSettings, CallLimits, Caller, Client, ErrorStatuses, Grant, Method, Outbound,
    RateSettings, Request, RetryPatch, Route, RoutePatch, SendError, SendErrorKind, Timeouts,
    TlsMode,
};
use madang_plugin_protocol::http::{HttpMethod, HttpRequest};
use madang_plugin_protocol::{Failure, Fields, mask};
use serde_json::{Value, json};

use super::{Dispatch, Door, Later, Reply, words};
use crate::spec::{granted_origins, untyped_origins};

/// How long a server has unless the call says: what the SDK waits.
const DEADLINE: Duration = Duration::from_secs(30);
/// What telling the plugin of a silent server takes: timers of its own, begun at the same moment for the same time, have run out by then. The
/// SDK's runs longer, since only the gateway knows whether anything left.
const ANSWER_TAKES: Duration = Duration::from_millis(1);
/// Calls of one plugin to one server that wait for a place: a plugin that asks for a day's orders at once is slowed, not refused.
const WAITING_MAX: usize = 64;
/// The permission under which a server need not prove who it is.
const ANY_CERTIFICATE: &str = "tls.insecure";

impl Door {
    pub(super) fn http(&self, request: HttpRequest) -> Dispatch {
        Dispatch::begun(self.sent(&request))
    }

    fn sent(&self, request: &HttpRequest) -> Result<Later, Failure> {
        let outbound = self.way_out()?;
        let tls = self.tls(request.accepts_any_certificate)?;
        let time = request.timeout_ms.map_or(DEADLINE, Duration::from_millis);
        let patch = RoutePatch {
            tls: Some(tls),
            total_timeout: Some(time),
            is_decompressed: Some(is_whole(&request.headers)),
            ..RoutePatch::default()
        };
        let call = self.client(&outbound, patch)?.call(asked(request)?);
        let answer = self.carried(&outbound, call.answer());
        let (door, began, untyped) = (self.clone(), self.now(), self.untyped());
        Ok(Box::pin(async move {
            let answer = match answer.await? {
                Ok(answer) => answer,
                Err(error) => {
                    door.silence_passes(began, &error).await;
                    return Err(late(untyped.failure(&error), &error));
                }
            };
            let mut fields = Fields::new();
            fields.insert("code".into(), answer.status.into());
            fields.insert("headers".into(), json!(answer.headers));
            fields.insert("body".into(), answer.text().into());
            Ok(Reply::Fields(masked(fields)))
        }))
    }

    /// The gateway, where there is one.
    pub(super) fn way_out(&self) -> Result<Outbound, Failure> {
        let nowhere =
            || Failure::new("여기서는 네트워크를 쓸 수 없어요 (there is no network here)");
        self.host.outbound.clone().ok_or_else(nowhere)
    }

    /// The plugin's calls with the settings that all of them have, and `patch` over these.
    pub(super) fn client(&self, outbound: &Outbound, patch: RoutePatch) -> Result<Client, Failure> {
        let client = outbound.client(self.caller(), Route::default());
        client
            .and_then(|client| client.extended(of_plugins())?.extended(patch))
            .map_err(|error| Failure::new(words::chain(&error)))
    }

    pub(super) fn caller(&self) -> Caller {
        let settings = self.plugin.settings();
        let origins = granted_origins(&self.plugin.spec().grants.origins, &settings);
        Caller {
            id: format!("plugin:{}", self.plugin.name),
            grant: Grant {
                origins,
                limits: CallLimits::default(),
            },
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.host.till.world().now()
    }

    /// Waits until a server that said nothing to a call begun at `began` was waited for in the world's time as well. Where a script stands
    /// in for servers that time has stood still; now the plugin's own timers and deadlines come first, as they do in a shop.
    pub(super) async fn silence_passes(&self, began: Timestamp, error: &SendError) {
        let SendErrorKind::Timeout { after, .. } = error.kind() else {
            return;
        };
        let over = began.saturating_add(*after + ANSWER_TAKES);
        let clock = self.host.till.world().clock.clone();
        let over = clock.sleep_until(over.unwrap_or(Timestamp::MAX));
        let ended = self.instance.outside.ended();
        tokio::select! {
            biased;
            () = ended.cancelled() => {}
            () = over => {}
        }
    }

    /// What a refusal of the grant is told with.
    pub(super) fn untyped(&self) -> words::Untyped {
        let spec = self.plugin.spec();
        words::Untyped(untyped_origins(
            &spec.grants.origins,
            &self.plugin.settings(),
        ))
    }

    /// Whether a server must prove who it is; that it need not is a permission of its own.
    pub(super) fn tls(&self, accepts_any_certificate: bool) -> Result<TlsMode, Failure> {
        if !accepts_any_certificate {
            return Ok(TlsMode::Verified);
        }
        let spec = self.plugin.spec();
        if spec.grants.allows(ANY_CERTIFICATE) {
            return Ok(TlsMode::Unverified);
        }
        let line = spec.grants.line_allowing(ANY_CERTIFICATE);
        Err(Failure::new(format!(
            "rejectUnauthorized: false에는 권한이 필요해요. plugin.toml의 [permissions]에 {line} 줄을 넣어 주세요 (`rejectUnauthorized: false` is not permitted; add this line)"
        )))
    }

    /// Lets `work` run on the gateway's runtime for as long as this start of the plugin does.
    pub(super) fn carried<T: Send + 'static>(
        &self,
        outbound: &Outbound,
        work: impl Future<Output = T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Failure>> {
        self.while_running(outbound.carry(work))
    }

    /// The same for work that is carried already.
    pub(super) fn while_running<T: Send + 'static>(
        &self,
        carried: impl Future<Output = Result<T, SendErrorKind>> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Failure>> {
        let ended = self.instance.outside.ended();
        Box::pin(async move {
            tokio::select! {
                biased;
                () = ended.cancelled() => Err(Failure::new("플러그인이 중지되었어요 (the plugin was stopped)")),
                done = carried => done.map_err(|kind| words::of_kind(&kind)),
            }
        })
    }
}

/// A failure as the SDK tells it: one of time is an error of its own there.
fn late(failure: Failure, error: &SendError) -> Failure {
    match error.kind() {
        SendErrorKind::Timeout { .. } => failure.late(),
        _ => failure,
    }
}

/// A plugin gets every answer, whatever its status, and nothing is sent twice that it did not send twice. The time it gives a call is
/// the call's only one.
fn of_plugins() -> RoutePatch {
    let timeouts = Timeouts::default();
    RoutePatch {
        errors: Some(ErrorStatuses::None),
        retry: RetryPatch {
            limit: Some(0),
            ..RetryPatch::default()
        },
        attempt_timeout: Some(None),
        connect_timeout: Some(timeouts.connect),
        first_byte_timeout: Some(None),
        body_idle_timeout: Some(None),
        bulkhead: Some(BulkheadSettings {
            queued_max: WAITING_MAX,
            ..BulkheadSettings::default()
        }),
        rate: Some(RateSettings {
            burst: const { NonZeroU32::new(60).expect("60 is not zero") },
            waiting_max: WAITING_MAX,
            ..RateSettings::default()
        }),
        ..RoutePatch::default()
    }
}

/// Whether all of something is asked for. Part of what was compressed can be undone by nobody.
pub(super) fn is_whole(headers: &[(String, String)]) -> bool {
    let mut names = headers.iter().map(|(name, _)| name);
    !names.any(|name| name.eq_ignore_ascii_case("range"))
}

fn asked(request: &HttpRequest) -> Result<Request, Failure> {
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
        ..Request::new(method(request.method), request.url.clone())
    })
}

pub(super) fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::Get,
        HttpMethod::Post => Method::Post,
        HttpMethod::Delete => Method::Delete,
        HttpMethod::Head => Method::Head,
        HttpMethod::Options => Method::Options,
        HttpMethod::Put => Method::Put,
        HttpMethod::Patch => Method::Patch,
    }
}

/// The same fields without card numbers.
pub(super) fn masked(fields: Fields) -> Fields {
    let mut fields = Value::Object(fields);
    mask::card_numbers(&mut fields);
    match fields {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}
