//! `madang backup`: copies a till's data folder, also while its till runs.

use std::path::{Path, PathBuf};

use madang_journal::{BackupError, SqliteJournal};
use miette::Diagnostic;

use crate::arguments;
use crate::data_folder::{Copied, DataFolder};
use crate::failure::{Exit, Exits, Failure};
use crate::output::Output;

/// Why there is no copy.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum NoCopy {
    #[error("no copy was made")]
    #[diagnostic(help(
        "--data is the folder that `madang dev` uses (.madang/cafe), --to one that is not there yet"
    ))]
    Journal(#[source] BackupError),
    #[error("{} is there already and not empty", to.display())]
    #[diagnostic(help("name a folder with --to that is not there yet"))]
    NotEmpty { to: PathBuf },
    #[error("{} has no key to copy", data.display())]
    #[diagnostic(help("leave --with-key out, or put the file `key` back from where it is kept"))]
    NoKey { data: PathBuf },
}

impl Exits for NoCopy {
    fn exit(&self) -> Exit {
        match self {
            Self::NotEmpty { .. }
            | Self::Journal(BackupError::NotEmpty { .. } | BackupError::NotUnicode { .. }) => {
                Exit::Usage
            }
            Self::Journal(BackupError::NoJournal(_) | BackupError::Store { .. })
            | Self::NoKey { .. } => Exit::Data,
            Self::Journal(BackupError::Io { .. }) => Exit::Io,
        }
    }
}

/// Copies a data folder into one that a till can be opened on.
///
/// # Errors
/// [`Failure`] when there is none, or the copy cannot be written.
pub fn backup(arguments: &arguments::Backup, output: &mut Output<'_>) -> Result<(), Failure> {
    let (data, to) = (&arguments.data, &arguments.to);
    if is_taken(to) {
        return Err(NoCopy::NotEmpty { to: to.clone() }.into());
    }
    DataFolder::open(to)?;
    SqliteJournal::backup_of(&DataFolder::journal_in(data), &DataFolder::journal_in(to))
        .map_err(NoCopy::Journal)?;
    DataFolder::copy_shop(data, to)?;
    // After the journal: the terminal has then entered at least what the journal knows of.
    let book = DataFolder::copy_book(data, to)?;
    let key = match arguments.with_key {
        true => Some(DataFolder::copy_key(data, to)?),
        false => None,
    };
    if matches!(key, Some(Copied::NotThere)) {
        return Err(NoCopy::NoKey { data: data.clone() }.into());
    }
    output.line(&format!("copied to {}", to.display()))?;
    output.line(match book {
        Copied::Yes => "  with the book of the built-in card terminal",
        Copied::NotThere => "  there is no book of a built-in card terminal",
    })?;
    output.line(match key {
        Some(_) => {
            "  with the key, which only you may read: whoever has this copy can open what plugins keep sealed"
        }
        None => "  without the key: what plugins keep sealed cannot be opened from this copy alone",
    })?;
    Ok(())
}

/// What cannot be looked at is told when it is written to.
fn is_taken(to: &Path) -> bool {
    std::fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some())
}
