//! What a process has spent, and summaries of it.

use std::{fs, time::Duration};

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::Failure;

/// User and system time of this process, all threads.
pub(crate) fn processor_time() -> Duration {
    duration_of(ClockId::ProcessCPUTime)
}

/// The clock that every process of the machine reads alike; Node's `process.hrtime` is the same.
pub fn monotonic_ns() -> u64 {
    u64::try_from(duration_of(ClockId::Monotonic).as_nanos())
        .expect("a machine is not up for 584 years")
}

fn duration_of(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::try_from(time).expect("these clocks begin at 0 and go forward")
}

/// What the process holds once it is quiet.
pub(crate) async fn resident_bytes() -> Result<usize, Failure> {
    sleep(Duration::from_millis(500)).await;
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line
        .and_then(|rest| rest.split_whitespace().next())
        .ok_or("no VmRSS")?;
    Ok(kilobytes.parse::<usize>()? * 1024)
}

/// Microseconds to a tenth, as every peer tells them.
pub(crate) fn summary(times: Vec<Duration>) -> Value {
    let mut sorted: Vec<f64> = times.into_iter().map(microseconds).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = (part * sorted.len() as f64) as usize;
        sorted.get(place.min(sorted.len().saturating_sub(1)))
    };
    json!({ "p50": at(0.5), "p99": at(0.99), "min": at(0.0), "max": at(1.0), "count": sorted.len() })
}

pub(crate) fn microseconds(time: Duration) -> f64 {
    (time.as_nanos() as f64 / 100.0).round() / 10.0
}
