//! Filters from a file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use madang_process::filters::Filters;

use super::fault::Fault;

/// A thousand filters fit; it is looked at by people.
const FILTERS_BYTES_MAX: u64 = 1024 * 1024;

/// The filters of a file; none when no file is named.
pub fn of(path: Option<&Path>) -> Result<Filters, Fault> {
    let Some(path) = path else {
        return Ok(Filters::default());
    };
    let unread = |source| Fault::FiltersUnread {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unread)?;
    let bytes = file
        .take(FILTERS_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(unread)?;
    if bytes as u64 > FILTERS_BYTES_MAX {
        return Err(Fault::FiltersTooLong {
            path: path.to_owned(),
            bytes_max: FILTERS_BYTES_MAX,
        });
    }
    toml::from_str(&text).map_err(|source| Fault::Filters {
        path: path.to_owned(),
        source,
    })
}
