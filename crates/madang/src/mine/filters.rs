//! Filters from a file and from the command line, and into a file.

use std::path::Path;

use jiff::tz::TimeZone;
use madang_process::filters::{Filter, Filters};

use super::fault::Fault;
use super::settings_file;
use super::written;
use crate::arguments::MineCases;

/// All filters that are asked for: those of the file first, then those of the command line.
pub fn of(asked: &MineCases, zone: &TimeZone) -> Result<Filters, Fault> {
    let mut filters: Filters = match &asked.filters {
        Some(path) => settings_file::read(path)?,
        None => Filters::default(),
    };
    let spelled = |text: &String| Filter::spelled(text, zone).map_err(Fault::Misspelled);
    for text in &asked.only {
        filters.add(spelled(text)?);
    }
    for text in &asked.without {
        let filter = Box::new(spelled(text)?);
        filters.add(Filter::Not { filter });
    }
    Ok(filters)
}

/// Keeps filters in a file, so that the same cases can be looked at again.
pub fn save(filters: &Filters, path: &Path) -> Result<(), Fault> {
    let text = toml::to_string(filters).map_err(|source| Fault::Unsaved {
        path: path.to_owned(),
        source,
    })?;
    let written = written::whole(path, |out| Ok(out.write_all(text.as_bytes())?));
    written.map_err(|source| Fault::unwritten(path, source))
}
