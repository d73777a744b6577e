//! `madang import infer`: proposes a mapping for a file.

use std::path::Path;
use std::sync::Arc;

use madang_import::check::{self, Mapping};
use madang_import::read::{Input, ReadError, ReadSettings};
use tokio::runtime::Runtime;

use crate::arguments::ImportInfer;
use crate::failure::Failure;
use crate::import::beginning::{self, Beginning, begin};
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
    let beginning = begin(inputs.clone(), &settings);
    let titles = match arguments.format.skip_lines {
        Some(lines) => Some(lines).filter(|lines| *lines > 0),
        None => titles_of_a_kind(&inputs, &settings, &beginning),
    };
    let beginning = match titles {
        Some(lines) if lines != settings.skip_lines => begin(inputs, &below(&settings, lines)),
        _ => beginning,
    };
    let Beginning { reader, rows } = beginning.map_err(Fault::Read)?;
    let mut mapping = check::infer(&name, reader.columns(), &rows).map_err(Fault::NoProposal)?;
    mapping.format.skip_lines = titles;
    output.line(&format!(
        "# Proposed by the first {} rows of {}: look through it, then\n# madang import --mapping THIS-FILE {} --to SINK",
        rows.len().min(check::SAMPLE_ROWS_MAX),
        arguments.file,
        arguments.file
    ))?;
    output.line(mapping.to_toml().trim_end())?;
    Ok(())
}

/// How many lines stand above the header. What can be read only once is taken as it stands.
fn titles_of_a_kind(
    inputs: &[Arc<dyn Input>],
    settings: &ReadSettings,
    beginning: &Result<Beginning, ReadError>,
) -> Option<u64> {
    if !inputs.iter().all(|input| input.can_seek()) {
        return None;
    }
    let kinds = Mapping::BUILTIN
        .iter()
        .filter_map(|name| Mapping::builtin(name));
    beginning::titles_of_a_kind(beginning, kinds, |kind, lines| {
        let settings = ReadSettings {
            members: kind.map(Mapping::members).unwrap_or_default(),
            ..below(settings, lines.unwrap_or_default())
        };
        Some(begin(inputs.to_vec(), &settings))
    })
}

fn below(settings: &ReadSettings, lines: u64) -> ReadSettings {
    ReadSettings {
        skip_lines: lines,
        ..settings.clone()
    }
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
