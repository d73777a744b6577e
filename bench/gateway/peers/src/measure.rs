//! The measures. `bench/gateway/measures.mjs` has the same in JavaScript.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Asked, Failure, Measure, Peer,
    cost::{microseconds, monotonic_ns, processor_time, resident_bytes, summary},
    watcher::Watcher,
};

pub(crate) async fn measured<P: Peer>(peer: P, asked: &Asked) -> Result<Value, Failure> {
    let peer = Arc::new(peer);
    match asked.measure {
        Measure::Calls => calls(peer, asked).await,
        Measure::Waiting => waiting(peer, asked).await,
        Measure::Outage => outage(peer, asked).await,
        Measure::Abort => abort(peer, asked).await,
    }
}

/// Compilers that learn while they run have learnt by then.
const WARM_UP_CALLS: usize = 3000;

const KILOBYTE: usize = 1024;

async fn calls<P: Peer>(peer: Arc<P>, asked: &Asked) -> Result<Value, Failure> {
    in_lanes(&peer, asked, WARM_UP_CALLS.max(asked.in_flight)).await?;
    let spent_before = processor_time();
    let begin = Instant::now();
    let times = in_lanes(&peer, asked, asked.count).await?;
    let elapsed = begin.elapsed();
    let spent = processor_time() - spent_before;
    Ok(json!({
        "call_us": summary(times),
        "processor_us_per_call": microseconds(spent) / asked.count as f64,
        "per_second": (asked.count as f64 / elapsed.as_secs_f64()).round(),
    }))
}

/// Each lane makes its calls one after the other, in a task of its own.
async fn in_lanes<P: Peer>(
    peer: &Arc<P>,
    asked: &Asked,
    count: usize,
) -> Result<Vec<Duration>, Failure> {
    let lanes = (0..asked.in_flight).map(|lane| {
        let calls = count / asked.in_flight + usize::from(lane < count % asked.in_flight);
        tokio::spawn(one_lane(Arc::clone(peer), lane, calls, asked.path.clone()))
    });
    let mut times = Vec::with_capacity(count);
    for lane in try_join_all(lanes).await? {
        times.extend(lane?);
    }
    Ok(times)
}

async fn one_lane<P: Peer>(
    peer: Arc<P>,
    lane: usize,
    calls: usize,
    path: String,
) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let begin = Instant::now();
        let length = peer.call(lane, &path).await?;
        times.push(begin.elapsed());
        if length != KILOBYTE {
            return Err(format!("an answer of {length} bytes came, not of {KILOBYTE}").into());
        }
    }
    Ok(times)
}

/// Calls begun at once while memory is measured: fewer than a server's queue for new connections has places.
const BEGUN_AT_ONCE: usize = 250;

async fn waiting<P: Peer>(peer: Arc<P>, asked: &Asked) -> Result<Value, Failure> {
    let mut watcher = Watcher::open(asked).await?;
    peer.call(0, "/kilobyte").await?;
    let before = resident_bytes().await?;
    let mut under_way = Vec::with_capacity(asked.count);
    while under_way.len() < asked.count {
        let begun = under_way.len();
        let end = (begun + BEGUN_AT_ONCE).min(asked.count);
        under_way.extend((begun..end).map(|name| {
            let peer = Arc::clone(&peer);
            tokio::spawn(async move { peer.call(name, &format!("/never/{name}")).await })
        }));
        watcher.until_arrived("/never", end as u64).await?;
    }
    let after = resident_bytes().await?;
    let ended = under_way.iter().filter(|call| call.is_finished()).count();
    if ended > 0 {
        return Err(format!("{ended} of {} calls no longer wait", asked.count).into());
    }
    Ok(json!({
        "bytes_per_call": after.saturating_sub(before) / asked.count,
        "bytes_before": before,
        "bytes_after": after,
    }))
}

/// A caller's calls come at their own pace, whatever becomes of those before.
const CALL_EVERY: Duration = Duration::from_millis(20);

async fn outage<P: Peer>(peer: Arc<P>, asked: &Asked) -> Result<Value, Failure> {
    let mut watcher = Watcher::open(asked).await?;
    let mut pace = interval(CALL_EVERY);
    let mut under_way = Vec::with_capacity(asked.count);
    for number in 0..asked.count {
        pace.tick().await;
        let (peer, path) = (Arc::clone(&peer), asked.path.clone());
        under_way.push(tokio::spawn(async move { peer.call(number, &path).await }));
    }
    let ends = try_join_all(under_way).await?;
    let failed = ends.iter().filter(|end| end.is_err()).count();
    if failed < asked.count {
        return Err("a call was answered though the server fails all of them".into());
    }
    let attempts = watcher.arrived(&asked.path).await?;
    Ok(json!({
        "attempts": attempts,
        "attempts_per_call": attempts as f64 / asked.count as f64,
    }))
}

async fn abort<P: Peer>(peer: Arc<P>, asked: &Asked) -> Result<Value, Failure> {
    let mut watcher = Watcher::open(asked).await?;
    let mut times = Vec::with_capacity(asked.count);
    for name in 0..asked.count {
        let token = CancellationToken::new();
        let (peer, until) = (Arc::clone(&peer), token.clone());
        let call = tokio::spawn(async move {
            peer.call_until(name, &format!("/never/{name}"), until)
                .await
        });
        watcher.until_begun(name).await?;
        // Whatever brought the request there is asleep again.
        sleep(Duration::from_millis(2)).await;
        let aborted_ns = monotonic_ns();
        token.cancel();
        let closed_ns = watcher.closed_ns(name).await?;
        times.push(Duration::from_nanos(closed_ns.saturating_sub(aborted_ns)));
        if call.await?.is_ok() {
            return Err("a call that was called off was answered".into());
        }
    }
    Ok(json!({ "close_us": summary(times) }))
}
