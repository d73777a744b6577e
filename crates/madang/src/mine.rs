//! `madang mine`: how work really flows, from event logs.

mod fault;
mod filters;
mod found;
mod logs;
mod text;

use std::path::Path;

use jiff::tz::TimeZoneDatabase;
use madang_import::check::mapping::DateOrder;
use madang_import::read::{Encoding, ReadSettings};
use madang_process::event_data::{EventLog, LogBuilder, LogLimits};
use madang_process::filters::Filters;
use madang_process::language::Language;
use madang_process::read::{Attributes, CsvSettings, MappingWish, Read};
use madang_process::report;

use self::fault::Fault;
use self::found::{FileRead, Found, Shown};
use crate::arguments::{Mine, MineDateOrder, MineLanguage};
use crate::failure::Failure;
use crate::output::Output;

/// Reads logs and prints what was found in them.
///
/// # Errors
/// [`Failure`]. Rows that could not be taken are one, after all else was printed.
pub fn mine(arguments: &Mine, output: &mut Output<'_>) -> Result<(), Failure> {
    let filters = filters::of(arguments.filters.as_deref())?;
    let mut settings = settings(arguments)?;
    settings.wish.attributes = attributes(&filters);
    let language = match arguments.language {
        MineLanguage::Ko => Language::Korean,
        MineLanguage::En => Language::English,
    };
    let (log, files) = read(arguments, &settings)?;
    let log = match filters.all() {
        [] => log,
        _ => filters.apply(&log),
    };
    let shown = Shown {
        top: usize::from(arguments.top),
        zone: settings.wish.zone,
    };
    let found = Found::of(&log, files, filters, shown);
    match arguments.json {
        true => output.json(&found.json(language))?,
        false => output.line(text::summary(&found, language).trim_end())?,
    }
    if let Some(path) = &arguments.html {
        write(path, &report::html(&found.findings(), language))?;
    }
    if let Some(path) = &arguments.svg {
        write(path, &report::svg(&found.map, language))?;
    }
    match found.rejected() {
        0 => Ok(()),
        rows => Err(Fault::SomeRejected { rows }.into()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    std::fs::write(path, text).map_err(|source| Fault::Unwritten {
        path: path.to_owned(),
        source,
    })
}

fn settings(arguments: &Mine) -> Result<CsvSettings, Fault> {
    let zone = TimeZoneDatabase::bundled().get(&arguments.zone);
    let zone = zone.map_err(|_| Fault::UnknownZone {
        name: arguments.zone.clone(),
    })?;
    let encoding = match &arguments.encoding {
        None => None,
        Some(name) => Some(
            Encoding::named(name).ok_or_else(|| Fault::UnknownEncoding { name: name.clone() })?,
        ),
    };
    Ok(CsvSettings {
        wish: MappingWish {
            case: arguments.case.clone(),
            activity: arguments.activity.clone(),
            time: arguments.time.clone(),
            start: arguments.start.clone(),
            resource: arguments.resource.clone(),
            date_order: arguments.date_order.map(|order| match order {
                MineDateOrder::YearMonthDay => DateOrder::YearMonthDay,
                MineDateOrder::DayMonthYear => DateOrder::DayMonthYear,
                MineDateOrder::MonthDayYear => DateOrder::MonthDayYear,
            }),
            zone,
            ..MappingWish::default()
        },
        text: ReadSettings {
            encoding,
            ..ReadSettings::default()
        },
        ..CsvSettings::default()
    })
}

/// What filters ask for is read, and nothing else: other columns cost memory.
fn attributes(filters: &Filters) -> Attributes {
    match filters.attributes() {
        names if names.is_empty() => Attributes::None,
        names => Attributes::Named(names),
    }
}

/// One log of all files: a case may stand in several, as one that is open at the end of a month.
fn read(arguments: &Mine, settings: &CsvSettings) -> Result<(EventLog, Vec<FileRead>), Fault> {
    let names = &arguments.logs;
    let mut files = Vec::new();
    let mut only = None;
    let mut builder = LogBuilder::new(LogLimits::default());
    for name in names {
        let Read {
            log,
            rejected,
            mapping,
        } = logs::read(name, settings, arguments.object_type.as_deref())?;
        files.push(FileRead {
            name: name.clone(),
            events: log.event_count(),
            mapping,
            rejected,
        });
        match names.len() {
            1 => only = Some(log),
            _ => builder.push_log(&log).map_err(Fault::TooMany)?,
        }
    }
    Ok((only.unwrap_or_else(|| builder.finish()), files))
}
