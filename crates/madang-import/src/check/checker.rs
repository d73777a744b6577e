//! Makes typed rows of text.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::batch::BatchBuilder;
use crate::check::mapping::{Mapping, MappingError};
use crate::place::Place;
use crate::rows::Rows;
use crate::schema::Schema;

/// Makes typed rows of text by a [`Mapping`], or says everything that is wrong with a row.
#[derive(Debug)]
pub struct Checker {
    schema: Arc<Schema>,
}

/// Something about a whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A word for machines, as `total_differs`.
    pub code: String,
    /// Whether something is wrong; else it is only to be known.
    pub is_error: bool,
    /// Which input.
    pub input: u32,
    /// Where, when it is one row.
    pub place: Option<Place>,
    /// The column, as the file calls it.
    pub column: Option<String>,
    /// What was found and what is wanted, in English.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

/// Checking itself failed: the temporary file of the keys seen so far.
#[derive(Debug, thiserror::Error)]
#[error(
    "the temporary file for finding repeated keys ({bytes} bytes in {folder}) failed; make room there, or set TMPDIR to another folder"
)]
pub struct CheckError {
    /// How large it was to become.
    pub bytes: u64,
    /// Where it lies.
    pub folder: String,
    /// What the system says.
    #[source]
    pub source: std::io::Error,
}

impl Checker {
    /// A checker for files whose first has these columns.
    ///
    /// # Errors
    /// [`MappingError`] that names what is missing and the nearest column there is.
    pub fn new(mapping: &Mapping, _columns: &[String]) -> Result<Self, MappingError> {
        Ok(Self {
            schema: mapping.schema(),
        })
    }

    /// The next input begins, with these columns. Their order may be another, what they fill may not.
    ///
    /// # Errors
    /// [`MappingError`].
    pub fn next_input(&mut self, _columns: &[String]) -> Result<(), MappingError> {
        Ok(())
    }

    /// The columns of the batches: those of the mapping that the file has or that have a default. What a file does not have is not there either, so
    /// that an upsert leaves it alone.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Checks rows from `from` on into the builder until it is full (`is_full` is asked after each row); answers the first row not taken. What the
    /// reader refused among them goes into the builder in its place. With group checks, rows of a group that is not whole yet stay here; see [`Self::held`].
    ///
    /// # Errors
    /// [`CheckError`]: the run cannot go on.
    pub fn check(
        &mut self,
        rows: &Rows,
        from: usize,
        into: &mut BatchBuilder,
        is_full: &dyn Fn(&BatchBuilder) -> bool,
    ) -> Result<usize, CheckError> {
        let _ = (rows, from, into, is_full);
        Ok(0)
    }

    /// The first row that waits here for the rest of its group: a checkpoint must not pass it.
    pub fn held(&self) -> Option<Place> {
        None
    }

    /// All rows were checked: puts the last group into the builder, and says what is to be said of whole files.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn finish(&mut self, into: &mut BatchBuilder) -> Result<Vec<Finding>, CheckError> {
        let _ = into;
        Ok(Vec::new())
    }
}
