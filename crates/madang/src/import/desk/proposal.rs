//! What a file is, by its beginning.

use std::path::Path;

use madang_import::check::mapping::SKIP_LINES_MAX;
use madang_import::check::{self, Mapping, Match, Values};
use madang_import::read::{self, Format, ReadError, RowReader, open_rows};
use madang_import::rows::Rows;
use madang_server::ImportRefused;
use madang_server::view::Text;
use madang_server::view::import_file::{
    ColumnProposal, FileFormat, MappingChoice, ProposalView, ProposeMapping, RunImport,
};

use super::told;
use super::uploads::Uploaded;
use crate::arguments::ImportFormat;
use crate::import::beginning::{self, Beginning, titles_above};
use crate::import::fault::Fault;
use crate::import::format;

/// What the till takes.
const KINDS: [&str; 2] = ["menu", "stock"];
/// Rows that are shown: enough to see whether columns are what they are taken for.
const ROWS_SHOWN_MAX: usize = 20;
/// Columns that are shown: more than a shop's export has, and what a page can draw.
const COLUMNS_SHOWN_MAX: usize = 100;
/// Rows that cannot be read, of which the reasons are shown: the first says what is wrong with most.
const REFUSED_SHOWN_MAX: usize = 5;
/// How much of a cell is shown.
const CELL_CHARS_MAX: usize = 200;

/// Looks at the beginning of a file.
///
/// # Errors
/// [`ImportRefused`] when it cannot be read, or the mapping cannot be used.
pub fn propose(upload: &Uploaded, asked: &ProposeMapping) -> Result<ProposalView, ImportRefused> {
    let choice = asked.mapping.as_ref();
    let chosen = choice.map(mapping_of).transpose()?;
    let hinted = chosen
        .as_ref()
        .and_then(|mapping| mapping.format.skip_lines);
    let said = asked.skip_lines.or(hinted);
    let lines = bounded(said.unwrap_or_default())?;
    let beginning = begin(upload, chosen.as_ref(), lines)?;
    let titles = match &chosen {
        Some(_) => titles_above(&beginning),
        None => titles_of_a_kind(upload, &beginning, lines),
    };
    let (lines, beginning) = match titles {
        Some(titles) if said.is_none() => (titles, begin(upload, chosen.as_ref(), titles)?),
        _ => (lines, beginning),
    };
    let Beginning { reader, rows } = beginning.map_err(|error| unreadable(&error))?;
    let columns = reader.columns();
    let (kind, mapping) = match (choice, chosen) {
        (Some(MappingChoice::Kind(kind)), Some(mapping)) => (Some(kind.clone()), mapping),
        (_, Some(mapping)) => (None, mapping),
        (_, None) => recognised(upload, columns, &rows)?,
    };
    let mapping = passing_over(mapping, lines);
    let is_own = matches!(choice, Some(MappingChoice::Own(_)));
    let matches = check::matches(&mapping, columns, &rows);
    let stored = upload.input().format();
    let (separator, format) = match stored.as_ref().unwrap_or(reader.format()) {
        Format::Csv(csv) => (Some(csv.separator.to_string()), FileFormat::Csv),
        Format::JsonLines => (None, FileFormat::JsonLines),
        Format::Parquet => (None, FileFormat::Parquet),
    };
    Ok(ProposalView {
        upload: upload.view.clone(),
        encoding: reader.encoding().name().to_owned(),
        format,
        separator,
        skip_lines: lines,
        titles_above: titles,
        is_taken: is_own || kind.as_deref().is_some_and(|kind| KINDS.contains(&kind)),
        kind,
        columns: proposals(&mapping, columns, &matches),
        unused: unused(columns, &matches),
        titles: columns.iter().take(COLUMNS_SHOWN_MAX).cloned().collect(),
        column_count: columns.len(),
        rows: shown(&rows),
        refused: rows
            .refused
            .iter()
            .take(REFUSED_SHOWN_MAX)
            .map(told::row)
            .collect(),
        toml: mapping.to_toml(),
    })
}

/// The mapping that was chosen.
///
/// # Errors
/// [`ImportRefused`] when there is no such kind, or the text is no mapping.
fn mapping_of(choice: &MappingChoice) -> Result<Mapping, ImportRefused> {
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

/// The mapping that an import is to use. Lines above the header that a person says are part of it, so that whoever goes on says the same.
///
/// # Errors
/// [`ImportRefused`] as by [`mapping_of`], and when there are too many lines.
pub fn mapping_for(asked: &RunImport) -> Result<Mapping, ImportRefused> {
    let mapping = mapping_of(&asked.mapping)?;
    Ok(match asked.skip_lines {
        Some(lines) => passing_over(mapping, bounded(lines)?),
        None => mapping,
    })
}

fn passing_over(mut mapping: Mapping, lines: u64) -> Mapping {
    mapping.format.skip_lines = Some(lines).filter(|lines| *lines > 0);
    mapping
}

fn bounded(lines: u64) -> Result<u64, ImportRefused> {
    match lines > SKIP_LINES_MAX {
        true => Err(ImportRefused::BadMapping {
            message: format!("skip_lines is {lines}, and may be {SKIP_LINES_MAX}"),
            message_ko: format!("건너뛸 줄은 {SKIP_LINES_MAX}줄까지예요"),
        }),
        false => Ok(lines),
    }
}

/// Reads the first rows of a file below so many lines. That it cannot be read is told by the inner error: perhaps it can below more of them.
fn begin(
    upload: &Uploaded,
    mapping: Option<&Mapping>,
    lines: u64,
) -> Result<Result<Beginning, ReadError>, ImportRefused> {
    let settings = read::ReadSettings {
        skip_lines: lines,
        ..settings(mapping)?
    };
    Ok(beginning::begin(vec![upload.input()], &settings))
}

/// How many lines stand above the header of a file that nobody has said anything about.
fn titles_of_a_kind(
    upload: &Uploaded,
    beginning: &Result<Beginning, ReadError>,
    lines: u64,
) -> Option<u64> {
    let kinds = Mapping::BUILTIN.iter().filter_map(|name| of_a_till(name));
    beginning::titles_of_a_kind(beginning, kinds, |kind, below| {
        begin(upload, kind, below.unwrap_or(lines)).ok()
    })
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
    let sources = || matches.iter().filter_map(|found| found.source);
    // Of an object a member may be read alone: `payment.total` of `payment`.
    let is_within = |source: usize, at: usize| {
        let rest = columns[source].strip_prefix(columns[at].as_str());
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let is_used = |at: &usize| sources().any(|source| source == *at || is_within(source, *at));
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
