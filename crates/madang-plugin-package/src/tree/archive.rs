//! A zip archive, inflated into memory within limits. Nothing is ever written to disk, and no header is believed.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use zip::{ZipArchive, read::ZipFileEntry, result::ZipError};

use super::too_large;
use crate::{
    error::{PackageError, PackageErrorKind},
    limits::Limits,
    manifest::shown,
};

/// Every file by its name inside the package; one folder that wraps everything is taken off.
pub(crate) fn inflate(
    bytes: &[u8],
    limits: &Limits,
) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if archive.len() > limits.zip_entries_max {
        let what = "the number of archive entries".to_owned();
        return Err(too_large(what, limits.zip_entries_max, "entries"));
    }
    if archive.has_duplicate_names() {
        return Err(entry("(several)", "has the same name as another entry"));
    }
    let mut files = BTreeMap::new();
    let mut total = 0;
    for index in 0..archive.len() {
        let header = archive
            .by_index_data(index)
            .map_err(|error| damaged(&error))?;
        let Some(name) = accepted_name(&header, limits)? else {
            continue;
        };
        let file = archive.by_index(index).map_err(|error| damaged(&error))?;
        let content = inflate_entry(file, &name, limits, total)?;
        total += content.len();
        if files.insert(name.clone(), content).is_some() {
            return Err(entry(&name, "has the same name as another entry"));
        }
    }
    refuse_files_as_folders(&files)?;
    Ok(unwrap_folder(files))
}

/// `None` for folders and for what macOS adds beside the files.
fn accepted_name(
    header: &ZipFileEntry<'_>,
    limits: &Limits,
) -> Result<Option<String>, PackageError> {
    let name = header.name().map_err(|error| damaged(&error))?.into_owned();
    check_name(&name, limits)?;
    if header.encrypted() {
        return Err(entry(&name, "is encrypted"));
    }
    if header.is_symlink() {
        return Err(entry(&name, "is a link"));
    }
    let skipped = name.ends_with('/') || is_residue(&name);
    Ok((!skipped).then_some(name))
}

fn inflate_entry(
    file: impl Read,
    name: &str,
    limits: &Limits,
    total: usize,
) -> Result<Vec<u8>, PackageError> {
    let room = limits
        .zip_entry_bytes_max
        .min(limits.zip_total_bytes_max - total);
    let mut content = Vec::new();
    file.take(room as u64 + 1)
        .read_to_end(&mut content)
        .map_err(|error| damaged(&ZipError::Io(error)))?;
    if content.len() <= room {
        return Ok(content);
    }
    Err(if room == limits.zip_entry_bytes_max {
        let what = format!("the archive entry `{}`", shown(name));
        too_large(what, room, "bytes when unpacked")
    } else {
        let what = "the archive".to_owned();
        too_large(what, limits.zip_total_bytes_max, "bytes when unpacked")
    })
}

fn check_name(name: &str, limits: &Limits) -> Result<(), PackageError> {
    let path = name.strip_suffix('/').unwrap_or(name);
    let problem = if path.is_empty() {
        "has no name"
    } else if name.starts_with('/') {
        "is an absolute path"
    } else if name.contains('\\') {
        "has a backslash in its name"
    } else if name.contains(':') {
        "has a drive letter or colon in its name"
    } else if name.chars().any(char::is_control) {
        "has a control character in its name"
    } else if path.split('/').any(|part| part == "..") {
        "leads out of the package with `..`"
    } else if path.split('/').any(|part| part.is_empty() || part == ".") {
        "has an empty part or `.` in its path"
    } else if path.len() > limits.path_bytes_max {
        "has a name over the limit"
    } else if path.split('/').count() > limits.path_depth_max {
        "lies in more folders than the limit"
    } else {
        return Ok(());
    };
    Err(entry(name, problem))
}

/// `a` as a file and `a/b` beside it: two programs would read the archive in two ways.
fn refuse_files_as_folders(files: &BTreeMap<String, Vec<u8>>) -> Result<(), PackageError> {
    for name in files.keys() {
        let is_folder = name
            .match_indices('/')
            .any(|(index, _)| files.contains_key(&name[..index]));
        if is_folder {
            return Err(entry(name, "lies below another entry that is a file"));
        }
    }
    Ok(())
}

fn is_residue(name: &str) -> bool {
    name.starts_with("__MACOSX/") || name == ".DS_Store" || name.ends_with("/.DS_Store")
}

/// These mean something where they are; any other single folder only wraps.
const OWN_FOLDERS: [&str; 3] = ["dist", "src", "public"];

fn unwrap_folder(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let Some(folder) = wrapping_folder(&files) else {
        return files;
    };
    files
        .into_iter()
        .map(|(name, content)| (name[folder.len() + 1..].to_owned(), content))
        .collect()
}

fn wrapping_folder(files: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    let (folder, _) = files.keys().next()?.split_once('/')?;
    let wraps = files.keys().all(|name| {
        name.split_once('/')
            .is_some_and(|(first, _)| first == folder)
    });
    (wraps && !OWN_FOLDERS.contains(&folder)).then(|| folder.to_owned())
}

fn entry(name: &str, problem: &'static str) -> PackageError {
    PackageError::new(PackageErrorKind::ZipEntry {
        name: shown(name),
        problem,
    })
}

fn damaged(error: &ZipError) -> PackageError {
    PackageError::new(PackageErrorKind::ZipDamaged {
        reason: shown(&error.to_string()),
    })
}
