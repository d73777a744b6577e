//! Calls without anything around a try: what is tested of connections, bodies and time must not be retried, held back or counted.

use std::{num::NonZeroU32, time::Duration};

use madang_outbound::{
    Answer, BreakerSettings, BulkheadSettings, Caller, ErrorStatuses, Outbound, RateSettings,
    Request, RetryPatch, Route, RoutePatch, SendError, Timeouts, TlsMode,
};

/// How one try is made.
#[derive(Default)]
pub struct Terms {
    pub timeouts: Timeouts,
    pub tls: TlsMode,
    pub decode: bool,
}

pub trait Plain {
    /// One try whose only limits are the deadline and that of connecting.
    async fn send(
        &self,
        caller: &Caller,
        request: Request,
        deadline: Duration,
    ) -> Result<Answer, SendError>;

    /// One try on `terms`.
    async fn send_on(
        &self,
        caller: &Caller,
        request: Request,
        terms: Terms,
        deadline: Duration,
    ) -> Result<Answer, SendError>;
}

impl Plain for Outbound {
    async fn send(
        &self,
        caller: &Caller,
        request: Request,
        deadline: Duration,
    ) -> Result<Answer, SendError> {
        let timeouts = Timeouts {
            first_byte: None,
            body_idle: None,
            attempt: None,
            ..Timeouts::default()
        };
        let terms = Terms {
            timeouts,
            ..Terms::default()
        };
        self.send_on(caller, request, terms, deadline).await
    }

    async fn send_on(
        &self,
        caller: &Caller,
        request: Request,
        terms: Terms,
        deadline: Duration,
    ) -> Result<Answer, SendError> {
        let route = Route {
            // The longest that may be set; the gateway's own bound is shorter.
            total_timeout: deadline.min(madang_outbound::TIMER_MAX),
            timeouts: terms.timeouts,
            tls: terms.tls,
            is_decompressed: terms.decode,
            ..alone()
        };
        let client = self.client(caller.clone(), route).unwrap();
        client.call(request).answer().await
    }
}

/// A route with nothing around a try.
pub fn alone() -> Route {
    let many = NonZeroU32::new(1_000_000).unwrap();
    let route = Route {
        breaker: BreakerSettings {
            calls_min: u64::MAX,
            consecutive_failures_max: u32::MAX,
            ..BreakerSettings::default()
        },
        bulkhead: BulkheadSettings {
            running_max: usize::MAX,
            queued_max: 0,
        },
        rate: RateSettings {
            per_second: many,
            burst: many,
            waiting_max: 0,
        },
        errors: ErrorStatuses::None,
        ..Route::default()
    };
    let patch = RoutePatch {
        retry: RetryPatch::from(0),
        ..RoutePatch::default()
    };
    route.patched(patch).unwrap()
}
