//! `madang backup`: copies a journal, also while its till runs.

use madang_journal::{BackupError, SqliteJournal};
use miette::Diagnostic;

use crate::arguments;
use crate::data_folder::DataFolder;
use crate::failure::{Exit, Exits, Failure};
use crate::output::Output;

/// Why there is no copy.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("no copy was made")]
#[diagnostic(help(
    "--data is the folder that `madang dev` uses (.madang/cafe), --to one that is not there yet"
))]
struct NoCopy(#[source] BackupError);

impl Exits for NoCopy {
    fn exit(&self) -> Exit {
        match self.0 {
            BackupError::NotEmpty { .. } | BackupError::NotUnicode { .. } => Exit::Usage,
            BackupError::NoJournal(_) | BackupError::Store { .. } => Exit::Data,
            BackupError::Io { .. } => Exit::Io,
        }
    }
}

/// Copies the journal of a data folder.
///
/// # Errors
/// [`Failure`] when there is none, or the copy cannot be written.
pub fn backup(arguments: &arguments::Backup, output: &mut Output<'_>) -> Result<(), Failure> {
    let journal = DataFolder::journal_in(&arguments.data);
    SqliteJournal::backup_of(&journal, &arguments.to).map_err(NoCopy)?;
    output.line(&format!("copied to {}", arguments.to.display()))?;
    Ok(())
}
