//! Files that are there whole or not at all.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use madang_process::write::WriteError;
use tempfile::{Builder, NamedTempFile};

/// Writes a file under another name in the same folder, and gives it its name when it is on the disk. What is no plain file, as `/dev/stdout`, is
/// written as it is.
///
/// # Errors
/// When it cannot be written; what was there before is there still.
pub fn whole(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    if path
        .metadata()
        .is_ok_and(|about| !about.is_file() && !about.is_dir())
    {
        let mut out = BufWriter::new(File::create(path)?);
        write(&mut out)?;
        return Ok(out.flush()?);
    }
    let file = unfinished().tempfile_in(folder_of(path))?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    named(file, path)
}

/// The same with a writer that makes its file itself.
///
/// # Errors
/// Those of [`whole`].
pub fn whole_at(
    path: &Path,
    mut write: impl FnMut(&Path) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let mut failed = None;
    let file = unfinished().make_in(folder_of(path), |path| {
        write(path).map_err(|error| match error {
            WriteError::Bytes(error) => error,
            other => {
                failed = Some(other);
                io::Error::other("the writer says why itself")
            }
        })?;
        File::open(path)
    });
    let file = match (file, failed) {
        (_, Some(error)) => return Err(error),
        (Err(error), None) => return Err(error.into()),
        (Ok(file), None) => file,
    };
    file.as_file().sync_all()?;
    named(file, path)
}

/// A file as others make them: who may read it says the system, not that it was a temporary one.
fn unfinished() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder
        .prefix(".madang-")
        .suffix(".unfinished")
        .permissions(Permissions::from_mode(0o666));
    builder
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn named<F>(file: NamedTempFile<F>, path: &Path) -> Result<(), WriteError> {
    file.persist(path).map_err(|failed| failed.error)?;
    // The name is on the disk when the folder is.
    Ok(File::open(folder_of(path))?.sync_all()?)
}
