//! What is named to be imported.

use std::path::Path;
use std::sync::Arc;

use madang_import::read::{Input, input_at, input_named};
use madang_import_parquet::{ParquetInput, is_parquet};
use tokio::runtime::Runtime;

use crate::import::fault::Fault;
use crate::import::fetch::Fetched;
use crate::import::named::Named;

/// The inputs of these names: `-` is standard input, `http://…` and `https://…` are fetched, everything else is a file.
///
/// # Errors
/// [`Fault`].
pub fn named(names: &[Named], runtime: &Runtime) -> Result<Vec<Arc<dyn Input>>, Fault> {
    names.iter().map(|name| one(name, runtime)).collect()
}

fn one(name: &Named, runtime: &Runtime) -> Result<Arc<dyn Input>, Fault> {
    if let Some(path) = name.path() {
        return Ok(match is_parquet(path) {
            true => Arc::new(ParquetInput::at(path, name)),
            false => Arc::from(input_at(path.to_owned(), name)?),
        });
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        return Ok(Arc::new(Fetched::named(name, runtime.handle())?));
    }
    if is_parquet(Path::new(&**name)) {
        return Ok(Arc::new(ParquetInput::named(name)));
    }
    Ok(Arc::from(input_named(name)?))
}
