//! The gateway with every layer that a route has by default, and a hook at each of its five places.

use std::{num::NonZeroU32, process::ExitCode, sync::Arc, time::Duration, time::SystemTime};

use gateway_peers::{Asked, Breaker, Failure, Measure, Peer, run};
use madang_outbound::{
    After, BulkheadSettings, CallLimits, Caller, Client, GatewayLimits, Grant, GrantedOrigin,
    Hooks, Manual, Network, Origin, Outbound, PoolLimits, Proceed, RateSettings, Reach, Route,
    SeededChance, Timeouts, WallClock,
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    run("madang", env!("CARGO_PKG_VERSION"), Gateway::open)
}

struct Gateway {
    client: Client,
}

impl Gateway {
    async fn open(asked: &Asked) -> Result<Self, Failure> {
        let chance = Arc::new(SeededChance::from_seed([7; 32]));
        let network = Network::system(chance, Arc::new(SystemClock));
        let gateway = Outbound::new(Handle::current(), network, limits(asked));
        let origin = Origin::parse(&asked.origin)?;
        let caller = Caller {
            id: "plugin:bench".to_owned(),
            grant: Grant {
                origins: vec![GrantedOrigin {
                    origin: origin.clone(),
                    reach: Reach::Loopback,
                }],
                limits: CallLimits::default(),
            },
        };
        let client = gateway.client(caller, route(asked))?;
        if asked.breaker == Breaker::Off {
            // A server is known from its first call on.
            client.get("/kilobyte").answer().await?;
            gateway.set_upstream(&origin, None, Manual::ForceClosed);
        }
        Ok(Self { client })
    }
}

/// As by default, but for the bounds on how many calls one caller has under way: they are smaller than what is measured.
fn limits(asked: &Asked) -> GatewayLimits {
    let defaults = GatewayLimits::default();
    GatewayLimits {
        in_flight_max: under_way(asked).max(defaults.in_flight_max),
        pool: PoolLimits {
            idle_per_key_max: asked.in_flight.max(defaults.pool.idle_per_key_max),
            idle_max: asked.in_flight.max(defaults.pool.idle_max),
            ..defaults.pool
        },
        ..defaults
    }
}

/// Likewise: no call is refused for being one too many.
fn route(asked: &Asked) -> Route {
    let defaults = Route::default();
    let mut route = Route {
        bulkhead: BulkheadSettings {
            running_max: under_way(asked).max(defaults.bulkhead.running_max),
            ..defaults.bulkhead.clone()
        },
        rate: RateSettings {
            per_second: MANY,
            burst: MANY,
            ..defaults.rate.clone()
        },
        hooks: at_every_place(),
        ..Route::to(asked.origin.clone())
    };
    if asked.measure == Measure::Waiting {
        route.total_timeout = LONGER_THAN_MEASURED;
        route.timeouts = Timeouts {
            first_byte: Some(LONGER_THAN_MEASURED),
            attempt: Some(LONGER_THAN_MEASURED),
            ..route.timeouts
        };
    }
    route
}

const MANY: NonZeroU32 = const { NonZeroU32::new(1_000_000).expect("it is not zero") };

/// The gateway's own bound on any call.
const LONGER_THAN_MEASURED: Duration = Duration::from_secs(120);

fn under_way(asked: &Asked) -> usize {
    match asked.measure {
        Measure::Calls | Measure::Abort => asked.in_flight,
        Measure::Waiting | Measure::Outage => asked.count + 1,
    }
}

/// Hooks that change nothing.
fn at_every_place() -> Hooks {
    Hooks {
        init: vec![Arc::new(|_| {})],
        before_request: vec![Arc::new(|request, _| {
            Box::pin(async { Ok(Proceed::With(request)) })
        })],
        before_retry: vec![Arc::new(|request, _, _| {
            Box::pin(async { Ok(Proceed::With(request)) })
        })],
        after_response: vec![Arc::new(|_, _| Box::pin(async { Ok(After::Keep) }))],
        before_error: vec![Arc::new(|error, _| Box::pin(async { Ok(error) }))],
    }
}

impl Peer for Gateway {
    async fn call(&self, _: usize, path: &str) -> Result<usize, Failure> {
        Ok(self.client.get(path).answer().await?.body.len())
    }

    async fn call_until(
        &self,
        _: usize,
        path: &str,
        token: CancellationToken,
    ) -> Result<usize, Failure> {
        let call = self.client.get(path).cancelled_by(token);
        Ok(call.answer().await?.body.len())
    }
}

struct SystemClock;

impl WallClock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
