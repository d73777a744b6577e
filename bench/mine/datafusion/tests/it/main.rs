//! DataFusion's answer and our map are the same: of the whole, of parts together, and where moments are shared. `MADANG_SOAK` multiplies the events.

use std::error::Error;

use madang_process::event_data::{EventLog, LogBuilder, LogLimits, NewEvent};
use madang_process::performance::ProcessMap;
use mine_datafusion::{Follow, follows, of_map, part_of, query, together, write_parts};
use mine_generator::Days;

const EVENTS: usize = 20_000;
const PARTS: u64 = 4;

fn soak() -> usize {
    let times = std::env::var("MADANG_SOAK").ok();
    times.and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// A shop's days. `tick_ms`: what clocks tell apart; coarse ones put many events of a case into one moment, which only the sequence orders.
fn log(seed: u64, tick_ms: i64) -> Result<EventLog, Box<dyn Error>> {
    let mut builder = LogBuilder::new(LogLimits::default());
    let events = Days::new(seed, EVENTS * soak()).flatten();
    for (sequence, event) in events.enumerate() {
        let tick = |ms: i64| ms - ms.rem_euclid(tick_ms);
        builder.push(&NewEvent {
            case: &event.case(),
            activity: event.name(),
            time_ms: tick(event.ended_ms),
            // Some begin before what stands before them has ended.
            started_ms: Some(
                tick(event.started_ms) - i64::from(event.amount_won % 7 == 0) * 60_000,
            ),
            resource: Some(&event.who.to_string()),
            sequence: Some(sequence as u64),
        })?;
    }
    Ok(builder.finish())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_finds_what_the_map_has() -> Result<(), Box<dyn Error>> {
    for (seed, tick_ms) in [(1, 1), (2, 60_000), (3, 1_800_000)] {
        let log = log(seed, tick_ms)?;
        let folder = tempfile::tempdir()?;
        let paths = write_parts(&log, PARTS, folder.path())?;
        let query = query(&log);
        let map = ProcessMap::of(&log);
        let expected = of_map(&map);
        assert!(
            expected.iter().any(|follow| follow.overlaps > 0),
            "overlaps are tried as well"
        );

        assert_eq!(
            follows(folder.path(), &query).await?,
            expected,
            "the folder, seed {seed}"
        );

        let mut parts: Vec<Follow> = Vec::new();
        for path in &paths {
            parts.extend(follows(path, &query).await?);
        }
        assert_eq!(together(parts), expected, "parts together, seed {seed}");

        let mut merged = ProcessMap::default();
        for part in 0..PARTS {
            merged.merge(&ProcessMap::of(&part_of(&log, part, PARTS)))?;
        }
        assert_eq!(merged, map, "our own parts, seed {seed}");
    }
    Ok(())
}
