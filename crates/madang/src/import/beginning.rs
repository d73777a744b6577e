//! The beginning of a file, and the line of its header among titles.

use std::sync::Arc;

use madang_import::check::{self, Mapping};
use madang_import::read::{
    Input, ReadError, ReadErrorKind, ReadSettings, RowReader, Source, open_rows,
};
use madang_import::rows::Rows;

/// The beginning of a file, read by a mapping or by none.
pub struct Beginning {
    pub reader: Box<dyn RowReader>,
    pub rows: Rows,
}

/// Reads the first rows of inputs.
///
/// # Errors
/// [`ReadError`]. Perhaps they can be read below more lines.
pub fn begin(inputs: Vec<Arc<dyn Input>>, settings: &ReadSettings) -> Result<Beginning, ReadError> {
    let texts = Source::new(inputs, settings, None);
    let mut reader = open_rows(Box::new(texts), settings, None)?;
    let rows = reader.next()?.unwrap_or_default();
    Ok(Beginning { reader, rows })
}

/// How many lines stand above the one that looks like the header.
pub fn titles_above(beginning: &Result<Beginning, ReadError>) -> Option<u64> {
    match beginning {
        Ok(beginning) => beginning.reader.titles_above(),
        Err(error) => match error.kind {
            ReadErrorKind::TitlesAbove { lines } => Some(lines),
            _ => None,
        },
    }
}

/// The same of a file that nobody has said anything about: below the lines it is of a kind that is built in, and it is of none as it stands. It is read by
/// some mappings, below so many lines where they are said.
pub fn titles_of_a_kind(
    beginning: &Result<Beginning, ReadError>,
    kinds: impl Iterator<Item = Mapping>,
    begin: impl Fn(Option<&Mapping>, Option<u64>) -> Option<Result<Beginning, ReadError>>,
) -> Option<u64> {
    let is_known = |of: &Beginning| check::recognised(of.reader.columns(), &of.rows).is_some();
    if beginning.as_ref().is_ok_and(is_known) {
        return None;
    }
    kinds.into_iter().find_map(|kind| {
        let above = titles_above(&begin(Some(&kind), None)?)?;
        let below = begin(None, Some(above))?.ok()?;
        is_known(&below).then_some(above)
    })
}
