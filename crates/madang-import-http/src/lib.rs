//! An HTTP API as the sink of an import: a call for each row, or for some rows at once, through the gateway.
//!
//! Each call has an `Idempotency-Key` made of the run and the place of its rows, and in a call of several rows each row has its own. A run that goes on after it
//! was killed sends again what came after its last checkpoint, under the same keys: whoever knows keys does nothing twice.

mod body;
mod sink;
mod statuses;

use madang_outbound::BreakerSettings;

pub use crate::sink::{HTTP_FAILPOINTS, HttpSettings, HttpSink, RowsPerCall};

/// The breaker of a route to a receiver: one that never opens. The import makes longer and longer pauses by itself while nothing is taken, and a receiver that
/// fails every second call takes rows all the while.
pub fn breaker() -> BreakerSettings {
    const NEVER_PERCENT: u64 = 101;
    BreakerSettings {
        failure_percent: NEVER_PERCENT,
        consecutive_failures_max: u32::MAX,
        ..BreakerSettings::default()
    }
}
