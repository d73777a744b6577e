//! What is named to be imported.

use std::path::Path;
use std::sync::Arc;

use madang_import::read::{Input, input_at, input_named};
use madang_import_parquet::{ParquetInput, is_parquet};
use tokio::runtime::Runtime;

use crate::import::address::Address;
use crate::import::fault::Fault;
use crate::import::fetch::Fetched;
use crate::import::http;
use crate::import::named::Named;

/// Where headers with secrets may stand instead of in a file.
const HEADERS: &str = "MADANG_IMPORT_SOURCE_HEADERS";

/// The inputs of these names: `-` is standard input, `http://…` and `https://…` are fetched, everything else is a file. What is sent to a server besides
/// stands in a file, or in the environment.
///
/// # Errors
/// [`Fault`].
pub fn named(
    names: &[Named],
    header_file: Option<&Path>,
    runtime: &Runtime,
) -> Result<Vec<Arc<dyn Input>>, Fault> {
    let addresses = names.iter().filter(|name| is_address(name));
    let addresses = addresses.map(|name| Address::parse(name));
    let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
    let headers = match addresses.is_empty() {
        true => Vec::new(),
        false => http::headers(header_file, HEADERS)?,
    };
    let mut origins = addresses.iter().map(|address| &address.origin);
    // What lets in here is a secret there.
    if let Some(first) = origins.next()
        && let Some(other) = origins.find(|origin| *origin != first)
        && !headers.is_empty()
    {
        return Err(Fault::HeadersForTwo {
            first: first.to_string(),
            other: other.to_string(),
        });
    }
    names
        .iter()
        .map(|name| one(name, &headers, runtime))
        .collect()
}

fn is_address(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

fn one(
    name: &Named,
    headers: &[(String, String)],
    runtime: &Runtime,
) -> Result<Arc<dyn Input>, Fault> {
    if let Some(path) = name.path() {
        return Ok(match is_parquet(path) {
            true => Arc::new(ParquetInput::at(path, name)),
            false => Arc::from(input_at(path.to_owned(), name)?),
        });
    }
    if is_address(name) {
        let fetched = Fetched::named(name, headers.to_vec(), runtime.handle())?;
        return Ok(Arc::new(fetched));
    }
    if is_parquet(Path::new(&**name)) {
        return Ok(Arc::new(ParquetInput::named(name)));
    }
    Ok(Arc::from(input_named(name)?))
}
