//! What a file is, by its beginning.

use std::path::Path;

use madang_import::check::{self, Mapping, Match, Values};
use madang_import::read::{self, Format, RowReader, open_rows};
use madang_import::rows::Rows;
use madang_server::ImportRefused;
use madang_server::view::Text;
use madang_server::view::import_file::{ColumnProposal, FileFormat, MappingChoice, ProposalView};

use super::uploads::Uploaded;
use crate::arguments::ImportFormat;
use crate::import::fault::Fault;
use crate::import::format;

/// What the till takes.
const KINDS: [&str; 2] = ["menu", "stock"];
/// Rows that are shown: enough to see whether columns are what they are taken for.
const ROWS_SHOWN_MAX: usize = 20;
/// Columns that are shown: more than a shop's export has, and what a page can draw.
const COLUMNS_SHOWN_MAX: usize = 100;
/// How much of a cell is shown.
const CELL_CHARS_MAX: usize = 200;

/// Looks at the beginning of a file.
///
/// # Errors
/// [`ImportRefused`] when it cannot be read, or the mapping cannot be used.
pub fn propose(
    upload: Uploaded,
    choice: Option<&MappingChoice>,
) -> Result<ProposalView, ImportRefused> {
    let chosen = choice.map(mapping_of).transpose()?;
    let mut reader = open(upload.clone(), chosen.as_ref())?;
    let rows = reader.next().map_err(|error| unreadable(&error))?;
    let rows = rows.unwrap_or_default();
    let columns = reader.columns();
    let (kind, mapping) = match (choice, chosen) {
        (Some(MappingChoice::Kind(kind)), Some(mapping)) => (Some(kind.clone()), mapping),
        (_, Some(mapping)) => (None, mapping),
        (_, None) => recognised(&upload, columns, &rows)?,
    };
    let is_own = matches!(choice, Some(MappingChoice::Own(_)));
    let matches = check::matches(&mapping, columns, &rows);
    let stored = upload.input().format();
    let (separator, format) = match stored.as_ref().unwrap_or(reader.format()) {
        Format::Csv(csv) => (Some(csv.separator.to_string()), FileFormat::Csv),
        Format::JsonLines => (None, FileFormat::JsonLines),
        Format::Parquet => (None, FileFormat::Parquet),
    };
    Ok(ProposalView {
        upload: upload.view,
        encoding: reader.encoding().name().to_owned(),
        format,
        separator,
        is_taken: is_own || kind.as_deref().is_some_and(|kind| KINDS.contains(&kind)),
        kind,
        columns: proposals(&mapping, columns, &matches),
        unused: unused(columns, &matches),
        titles: columns.iter().take(COLUMNS_SHOWN_MAX).cloned().collect(),
        column_count: columns.len(),
        rows: shown(&rows),
        toml: mapping.to_toml(),
    })
}

/// The mapping that was chosen.
///
/// # Errors
/// [`ImportRefused`] when there is no such kind, or the text is no mapping.
pub fn mapping_of(choice: &MappingChoice) -> Result<Mapping, ImportRefused> {
    match choice {
        MappingChoice::Kind(kind) => Some(kind.as_str())
            .filter(|kind| KINDS.contains(kind))
            .and_then(of_a_till)
            .ok_or_else(|| ImportRefused::UnknownKind(kind.chars().take(40).collect())),
        MappingChoice::Own(toml) => {
            Mapping::parse(toml, "mapping.toml").map_err(|error| ImportRefused::BadMapping {
                message: error.to_string(),
                message_ko: error.korean(),
            })
        }
    }
}

/// A till knows an item of a menu by more than its code.
pub fn of_a_till(kind: &str) -> Option<Mapping> {
    match kind {
        "menu" => Some(Mapping::menu_of_a_till()),
        kind => Mapping::builtin(kind),
    }
}

/// Opens a file as far as its columns.
///
/// # Errors
/// [`ImportRefused`].
pub fn open(
    upload: Uploaded,
    mapping: Option<&Mapping>,
) -> Result<Box<dyn RowReader>, ImportRefused> {
    let inputs = vec![upload.input()];
    let settings = settings(mapping)?;
    let settings = settings.told_by(&inputs);
    let settings = settings.map_err(|error| unreadable(&error))?;
    let texts = read::Source::new(inputs, &settings, None);
    open_rows(Box::new(texts), &settings, None).map_err(|error| unreadable(&error))
}

/// How a file is read by a mapping.
///
/// # Errors
/// [`ImportRefused::BadMapping`].
pub fn settings(mapping: Option<&Mapping>) -> Result<read::ReadSettings, ImportRefused> {
    format::settings(&ImportFormat::default(), mapping).map_err(|fault: Fault| {
        let message = fault.to_string();
        ImportRefused::BadMapping {
            message_ko: format!("매핑의 [format]을 확인해 주세요: {message}"),
            message,
        }
    })
}

/// What is wrong with a file, for whoever brought it.
pub fn unreadable(error: &read::ReadError) -> ImportRefused {
    ImportRefused::Unreadable {
        message: error.to_string(),
        message_ko: error.korean(),
    }
}

/// What the file looks like. Of a kind that is built in, the mapping is as it stands: what it does not know is left out.
fn recognised(
    upload: &Uploaded,
    columns: &[String],
    rows: &Rows,
) -> Result<(Option<String>, Mapping), ImportRefused> {
    let builtin = check::recognised(columns, rows);
    if let Some(builtin) = builtin.and_then(|builtin| of_a_till(&builtin.name)) {
        return Ok((Some(builtin.name.clone()), builtin));
    }
    let stem = Path::new(&upload.view.name).file_stem();
    let stem = stem.unwrap_or_default().to_string_lossy();
    let inferred = check::infer(&stem, columns, rows);
    inferred
        .map(|mapping| (None, mapping))
        .map_err(|error| ImportRefused::Unreadable {
            message: error.to_string(),
            message_ko: error.korean(),
        })
}

fn proposals(mapping: &Mapping, columns: &[String], matches: &[Match]) -> Vec<ColumnProposal> {
    let rules = mapping.columns.iter().zip(matches);
    rules
        .map(|(rule, found)| ColumnProposal {
            name: rule.name.clone(),
            source: found.source.map(|at| columns[at].clone()),
            kind: kind(&rule.values).to_owned(),
            is_required: rule.required && rule.default.is_none(),
            values: found.values,
            fitting: found.fitting,
            note: rule.note.as_deref().map(both),
        })
        .collect()
}

fn kind(values: &Values) -> &'static str {
    match values {
        Values::Text(_) => "text",
        Values::Integer(_) => "integer",
        Values::Decimal(_) => "decimal",
        Values::Money(_) => "money",
        Values::Boolean(_) => "boolean",
        Values::Date(_) => "date",
        Values::Timestamp(_) => "timestamp",
    }
}

/// Notes say the same in Korean and English, with a dot between.
fn both(note: &str) -> Text {
    match note.split_once(" · ") {
        Some((korean, english)) => Text::new(korean, english),
        None => Text::new(note, note),
    }
}

fn unused(columns: &[String], matches: &[Match]) -> Vec<String> {
    let is_used = |at: &usize| matches.iter().any(|found| found.source == Some(*at));
    (0..columns.len())
        .filter(|at| !is_used(at))
        .take(COLUMNS_SHOWN_MAX)
        .map(|at| columns[at].clone())
        .collect()
}

fn shown(rows: &Rows) -> Vec<Vec<String>> {
    let width = rows.width.min(COLUMNS_SHOWN_MAX);
    let cells = rows.cells();
    let cell = |row, at| cells.text(row, at).chars().take(CELL_CHARS_MAX).collect();
    (0..rows.len().min(ROWS_SHOWN_MAX))
        .map(|row| (0..width).map(|at| cell(row, at)).collect())
        .collect()
}
