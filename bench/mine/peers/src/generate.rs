//! Writes the log that all read: `mine-peers generate --format csv|csv-with-starts|xes|parquet|ocel-json|journal --events N --seed N --to FILE`. The last line of its
//! standard output says what has to be found in it.

use std::path::Path;

use serde_json::json;

use crate::journal_file::write_journal;
use crate::log_file::{Format, write_log};
use crate::{Failure, found, option};

/// Writes it.
///
/// # Errors
/// When it cannot be written.
pub fn generate(arguments: &[String]) -> Result<(), Failure> {
    let to = Path::new(option(arguments, "--to")?);
    let format = option(arguments, "--format")?;
    if format == "journal" {
        let (bytes, found) = write_journal(option(arguments, "--events")?.parse()?, to)?;
        println!("{}", json!({ "bytes": bytes, "found": found }));
        return Ok(());
    }
    let format = Format::named(format).ok_or_else(|| format!("there is no format {format}"))?;
    let (seed, events) = (
        option(arguments, "--seed")?.parse()?,
        option(arguments, "--events")?.parse()?,
    );
    let truth = write_log(format, seed, events, to)?;
    let bytes = to.metadata()?.len();
    println!(
        "{}",
        json!({ "bytes": bytes, "found": found::truth(&truth) })
    );
    Ok(())
}
