//! Writes the log that all read: `mine-peers generate --format csv|csv-with-starts|xes|parquet|ocel-json --events N --seed N --to FILE`. The last line of its
//! standard output says what has to be found in it.

use std::path::Path;

use serde_json::json;

use crate::log_file::{Format, write_log};
use crate::{Failure, found, option};

/// Writes it.
///
/// # Errors
/// When it cannot be written.
pub fn generate(arguments: &[String]) -> Result<(), Failure> {
    let format = option(arguments, "--format")?;
    let format = Format::named(format).ok_or_else(|| format!("there is no format {format}"))?;
    let (seed, events) = (
        option(arguments, "--seed")?.parse()?,
        option(arguments, "--events")?.parse()?,
    );
    let to = Path::new(option(arguments, "--to")?);
    let truth = write_log(format, seed, events, to)?;
    let bytes = to.metadata()?.len();
    println!(
        "{}",
        json!({ "bytes": bytes, "found": found::truth(&truth) })
    );
    Ok(())
}
