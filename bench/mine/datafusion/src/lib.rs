//! The map of a process as SQL: what follows what in Parquet files, asked of DataFusion.
//!
//! A log is written as parts by a hash of the case, so that each case stands in one part. Then whoever speaks DataFusion can count each part
//! where it lies, and sums of what was counted are those of the whole; see `README.md` for a cluster.

use std::fs::File;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use madang_process::event_data::EventLog;
use madang_process::performance::ProcessMap;
use madang_process::write::{WriteError, write_parquet};

/// What one activity after another comes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Follow {
    /// What came first.
    pub from: String,
    /// What followed.
    pub to: String,
    /// How often.
    pub count: i64,
    /// How often the second began before the first ended.
    pub overlaps: i64,
    /// All waits together, in milliseconds.
    pub waits_ms: i64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// A part could not be made.
    #[error("a part of the log could not be made")]
    Part(#[source] std::io::Error),
    /// A part could not be written.
    #[error("a part of the log could not be written")]
    Write(#[source] WriteError),
    /// DataFusion has failed.
    #[error("the query failed")]
    Query(#[from] DataFusionError),
    /// The answer has other types.
    #[error("the answer has other types than were asked for")]
    Types(#[from] ArrowError),
}

/// Writes a log as Parquet files, each case whole in one of them.
///
/// # Errors
/// When one cannot be written.
pub fn write_parts(log: &EventLog, parts: u64, folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let write = |part: u64| {
        let path = folder.join(format!("part-{part}.parquet"));
        let file = File::create(&path).map_err(Failed::Part)?;
        write_parquet(&part_of(log, part, parts), file).map_err(Failed::Write)?;
        Ok(path)
    };
    (0..parts).map(write).collect()
}

/// The cases of a log that belong to one of its parts.
pub fn part_of(log: &EventLog, part: u64, parts: u64) -> EventLog {
    log.kept(|case| hash(case.name()) % parts == part)
}

/// FNV-1a, which is the same on every machine and in every version.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The query. The event's own sequence orders events of one moment: without it the answer would change from run to run.
pub fn query(log: &EventLog) -> String {
    let begun = if log.has_starts() {
        "start_timestamp"
    } else {
        "time:timestamp"
    };
    format!(
        r#"
SELECT
  activity,
  next,
  count(*) AS times,
  sum(CASE WHEN wait_ms < 0 THEN 1 ELSE 0 END) AS overlaps,
  sum(CASE WHEN wait_ms < 0 THEN 0 ELSE wait_ms END) AS waits_ms
FROM (
  SELECT
    "concept:name" AS activity,
    lead("concept:name") OVER of_case AS next,
    lead(CAST("{begun}" AS BIGINT)) OVER of_case - CAST("time:timestamp" AS BIGINT) AS wait_ms
  FROM event
  WINDOW of_case AS (PARTITION BY "case:concept:name" ORDER BY "time:timestamp", "sequence")
) AS step
WHERE next IS NOT NULL
GROUP BY activity, next
"#
    )
}

/// What DataFusion finds in a file, or in all files of a folder; by names.
///
/// # Errors
/// When it cannot be read or asked.
pub async fn follows(path: &Path, query: &str) -> Result<Vec<Follow>, Failed> {
    let context = SessionContext::new();
    let name = path.to_string_lossy();
    context
        .register_parquet("event", name, ParquetReadOptions::default())
        .await?;
    let mut follows = Vec::new();
    for batch in context.sql(query).await?.collect().await? {
        follows.extend(read(&batch)?);
    }
    follows.sort_unstable();
    Ok(follows)
}

fn read(batch: &RecordBatch) -> Result<Vec<Follow>, Failed> {
    let texts = |at: usize| cast(batch.column(at), &DataType::Utf8);
    let numbers = |at: usize| cast(batch.column(at), &DataType::Int64);
    let (from, to) = (texts(0)?, texts(1)?);
    let (count, overlaps, waits_ms) = (numbers(2)?, numbers(3)?, numbers(4)?);
    let number = |column: &dyn Array, row: usize| column.as_primitive::<Int64Type>().value(row);
    let follow = |row: usize| Follow {
        from: from.as_string::<i32>().value(row).to_owned(),
        to: to.as_string::<i32>().value(row).to_owned(),
        count: number(&count, row),
        overlaps: number(&overlaps, row),
        waits_ms: number(&waits_ms, row),
    };
    Ok((0..batch.num_rows()).map(follow).collect())
}

/// What several parts come to together.
pub fn together(parts: impl IntoIterator<Item = Follow>) -> Vec<Follow> {
    let mut all: Vec<Follow> = parts.into_iter().collect();
    all.sort_unstable();
    let mut sums: Vec<Follow> = Vec::new();
    for follow in all {
        match sums.last_mut() {
            Some(sum) if (&sum.from, &sum.to) == (&follow.from, &follow.to) => {
                sum.count += follow.count;
                sum.overlaps += follow.overlaps;
                sum.waits_ms += follow.waits_ms;
            }
            _ => sums.push(follow),
        }
    }
    sums
}

/// The same of a map of ours.
pub fn of_map(map: &ProcessMap) -> Vec<Follow> {
    let edges = map.edges.iter().map(|edge| Follow {
        from: map.name(edge.from).to_owned(),
        to: map.name(edge.to).to_owned(),
        count: edge.count as i64,
        overlaps: edge.overlaps as i64,
        waits_ms: edge.waiting.sum_ms() as i64,
    });
    together(edges)
}
