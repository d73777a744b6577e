//! `madang import infer`: proposes a mapping for a file.

use std::path::Path;

use madang_import::check;
use madang_import::read::{self, open_rows};
use madang_import::rows::Rows;
use tokio::runtime::Runtime;

use crate::arguments::ImportInfer;
use crate::failure::Failure;
use crate::import::fault::Fault;
use crate::import::{format, inputs};
use crate::output::Output;

/// Prints a mapping for a file, by its first rows.
///
/// # Errors
/// [`Failure`] when the file cannot be read.
pub fn infer(
    arguments: &ImportInfer,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let settings = format::settings(&arguments.format, None)?;
    let inputs = inputs::named(
        std::slice::from_ref(&arguments.file),
        arguments.format.source_header_file.as_deref(),
        runtime,
    )?;
    let name = arguments
        .name
        .clone()
        .unwrap_or_else(|| stem(inputs[0].name()));
    let settings = settings.told_by(&inputs).map_err(Fault::Read)?;
    let texts = read::Source::new(inputs, &settings, None);
    let mut reader = open_rows(Box::new(texts), &settings, None).map_err(Fault::Read)?;
    let rows = reader
        .next()
        .map_err(Fault::Read)?
        .unwrap_or_else(Rows::default);
    let mapping = check::infer(&name, reader.columns(), &rows).map_err(Fault::NoProposal)?;
    output.line(&format!(
        "# Proposed by the first {} rows of {}: look through it, then\n# madang import --mapping THIS-FILE {} --to SINK",
        rows.len().min(check::SAMPLE_ROWS_MAX),
        arguments.file,
        arguments.file
    ))?;
    output.line(mapping.to_toml().trim_end())?;
    Ok(())
}

/// `sales` of `/data/sales.2026.csv.gz`.
fn stem(name: &str) -> String {
    let name = name.rsplit(['/', '!']).next().unwrap_or(name);
    let stem = Path::new(name).to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    match stem {
        "" | "-" => "rows".to_owned(),
        stem => stem.to_owned(),
    }
}
