//! The files of one package, on disk or inside an archive, read within limits and never outside the package.

mod archive;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use oxc_resolver::{FileMetadata, FileSystem, ResolveError};

pub(crate) use self::archive::inflate;
use crate::{
    Mode,
    error::{PackageError, PackageErrorKind},
    limits::Limits,
    place::Place,
};

/// A package's files.
#[derive(Debug)]
pub(crate) struct FileTree {
    root: PathBuf,
    store: Store,
    limits: Limits,
    reach: Mutex<Reach>,
}

#[derive(Debug)]
enum Store {
    Disk,
    Memory {
        archive: PathBuf,
        files: BTreeMap<PathBuf, Vec<u8>>,
        folders: BTreeSet<PathBuf>,
    },
}

/// What was read, and what may be.
#[derive(Debug, Default)]
struct Reach {
    watched: BTreeSet<PathBuf>,
    bytes: usize,
    /// Folders beside the root that may be read because `node_modules` led there.
    opened: Vec<PathBuf>,
    /// The resolver hides why a read failed; the limit that stopped it is kept here.
    over_limit: Option<PackageErrorKind>,
}

/// Archives are laid out below this name; it exists nowhere.
const ARCHIVE_ROOT: &str = "/package";

const NAMES_MAX: usize = 500;

impl FileTree {
    /// A folder on disk.
    pub(crate) fn folder(root: &Path, mode: Mode, limits: &Limits) -> Result<Self, PackageError> {
        let root = fs::canonicalize(root)
            .map_err(|source| PackageError::unreadable(root.display().to_string(), source))?;
        let opened = match mode {
            // Package managers hoist what several packages of a repository share into a folder above them.
            Mode::Dev => root
                .ancestors()
                .skip(1)
                .map(|ancestor| ancestor.join("node_modules"))
                .filter_map(|folder| fs::canonicalize(folder).ok())
                .collect(),
            Mode::Strict => Vec::new(),
        };
        Ok(Self {
            root,
            store: Store::Disk,
            limits: limits.clone(),
            reach: Mutex::new(Reach {
                opened,
                ..Reach::default()
            }),
        })
    }

    /// The files of an inflated archive; `archive` is what hot reload watches.
    pub(crate) fn memory(
        archive: &Path,
        entries: BTreeMap<String, Vec<u8>>,
        limits: &Limits,
    ) -> Self {
        let root = PathBuf::from(ARCHIVE_ROOT);
        let mut folders = BTreeSet::from([PathBuf::from("/"), root.clone()]);
        let mut files = BTreeMap::new();
        for (name, bytes) in entries {
            let path = root.join(name);
            for parent in path.ancestors().skip(1) {
                if !folders.insert(parent.to_owned()) {
                    break;
                }
            }
            files.insert(path, bytes);
        }
        let reach = Reach {
            watched: BTreeSet::from([archive.to_owned()]),
            ..Reach::default()
        };
        Self {
            root,
            store: Store::Memory {
                archive: archive.to_owned(),
                files,
                folders,
            },
            limits: limits.clone(),
            reach: Mutex::new(reach),
        }
    }

    /// The package folder; absolute.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Every file read so far; for an archive the archive.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        self.reach().watched.iter().cloned().collect()
    }

    /// The path as messages and modules name it: relative to the package, with forward slashes.
    pub(crate) fn name_of(&self, path: &Path) -> String {
        let common = self
            .root
            .components()
            .zip(path.components())
            .take_while(|(left, right)| left == right)
            .count();
        let up = self.root.components().count() - common;
        let parts = path.components().skip(common);
        std::iter::repeat_n("..".into(), up)
            .chain(parts.map(|part| part.as_os_str().to_string_lossy()))
            .collect::<Vec<_>>()
            .join("/")
    }

    pub(crate) fn is_file(&self, path: &Path) -> bool {
        match &self.store {
            Store::Disk => path.is_file(),
            Store::Memory { files, .. } => files.contains_key(&flatten(path)),
        }
    }

    /// The names in a folder of the package, for suggestions; a few hundred are enough.
    pub(crate) fn names_in(&self, folder: &Path) -> Vec<String> {
        if !self.contains(folder) {
            return Vec::new();
        }
        match &self.store {
            Store::Disk => fs::read_dir(folder)
                .into_iter()
                .flatten()
                .flatten()
                .take(NAMES_MAX)
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect(),
            Store::Memory { files, .. } => {
                let folder = flatten(folder);
                files
                    .keys()
                    .filter(|path| path.parent() == Some(&folder))
                    .filter_map(|path| path.file_name())
                    .take(NAMES_MAX)
                    .map(|name| name.to_string_lossy().into_owned())
                    .collect()
            }
        }
    }

    /// Lets the package at `folder` be read: a link in `node_modules` led to it.
    pub(crate) fn open_beside(&self, folder: &Path) {
        if let Ok(folder) = fs::canonicalize(folder) {
            self.reach().opened.push(folder);
        }
    }

    /// Whether the file, links followed, may be read.
    pub(crate) fn contains(&self, path: &Path) -> bool {
        match &self.store {
            Store::Memory { .. } => flatten(path).starts_with(&self.root),
            Store::Disk => fs::canonicalize(path).is_ok_and(|real| self.contains_real(&real)),
        }
    }

    fn contains_real(&self, real: &Path) -> bool {
        real.starts_with(&self.root)
            || self
                .reach()
                .opened
                .iter()
                .any(|folder| real.starts_with(folder))
    }

    /// The file's text, without a byte order mark.
    pub(crate) fn read_text(&self, path: &Path, bytes_max: usize) -> Result<String, PackageError> {
        if !self.contains(path) {
            return Err(self.outside(path));
        }
        let bytes = self.read_counted(path, bytes_max)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            PackageError::at(PackageErrorKind::NotText, Place::file(self.name_of(path)))
        })?;
        Ok(match text.strip_prefix('\u{feff}') {
            Some(stripped) => stripped.to_owned(),
            None => text,
        })
    }

    /// The file's text, or `None` when there is no such file.
    pub(crate) fn read_if_there(
        &self,
        path: &Path,
        bytes_max: usize,
    ) -> Result<Option<String>, PackageError> {
        if !self.is_file(path) {
            return Ok(None);
        }
        self.read_text(path, bytes_max).map(Some)
    }

    /// The limit that stopped the resolver, if one did.
    pub(crate) fn take_over_limit(&self) -> Option<PackageError> {
        self.reach().over_limit.take().map(PackageError::new)
    }

    pub(crate) fn outside(&self, path: &Path) -> PackageError {
        PackageError::new(PackageErrorKind::OutsidePackage {
            path: self.name_of(path),
        })
    }

    fn read_counted(&self, path: &Path, bytes_max: usize) -> Result<Vec<u8>, PackageError> {
        if let Store::Disk = self.store {
            self.reach().watched.insert(path.to_owned());
        }
        if self.reach().watched.len() > self.limits.files_max {
            let what = "the number of files the plugin is made of".to_owned();
            return Err(too_large(what, self.limits.files_max, "files"));
        }
        let bytes = self.read_bounded(path, bytes_max)?;
        let total = {
            let mut reach = self.reach();
            reach.bytes = reach.bytes.saturating_add(bytes.len());
            reach.bytes
        };
        if total > self.limits.total_bytes_max {
            let what = "the size of all files together".to_owned();
            return Err(too_large(what, self.limits.total_bytes_max, "bytes"));
        }
        Ok(bytes)
    }

    fn read_bounded(&self, path: &Path, bytes_max: usize) -> Result<Vec<u8>, PackageError> {
        let name = self.name_of(path);
        let unreadable = |source| PackageError::unreadable(name.clone(), source);
        let bytes = match &self.store {
            Store::Disk => read_file(path, bytes_max).map_err(unreadable)?,
            Store::Memory { files, .. } => files
                .get(&flatten(path))
                .cloned()
                .ok_or_else(|| unreadable(io::ErrorKind::NotFound.into()))?,
        };
        if bytes.len() > bytes_max {
            return Err(too_large(format!("`{name}`"), bytes_max, "bytes"));
        }
        Ok(bytes)
    }

    fn reach(&self) -> MutexGuard<'_, Reach> {
        // Nothing in here is left half-changed by a panic.
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        match &self.store {
            Store::Disk => fs::metadata(path).map(FileMetadata::from),
            Store::Memory { files, folders, .. } => {
                let path = flatten(path);
                match (files.contains_key(&path), folders.contains(&path)) {
                    (true, _) => Ok(FileMetadata::new(true, false, false)),
                    (_, true) => Ok(FileMetadata::new(false, true, false)),
                    _ => Err(io::ErrorKind::NotFound.into()),
                }
            }
        }
    }
}

/// At most one byte more than `bytes_max`, so that the caller sees it was passed. A pipe or device would be read for ever:
/// only ordinary files are.
pub(crate) fn read_file(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(bytes_max as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn too_large(what: String, limit: usize, unit: &'static str) -> PackageError {
    PackageError::new(PackageErrorKind::TooLarge { what, limit, unit })
}

/// `.` and `..` resolved in the text: an archive has no links.
fn flatten(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                flat.pop();
            }
            Component::CurDir => {}
            other => flat.push(other),
        }
    }
    flat
}

/// The same files as the resolver sees them. It looks beside and above the package (that is how `node_modules` works); what may
/// be read as code is decided afterwards, on the path it found.
pub(crate) struct ResolverFiles(pub(crate) Arc<FileTree>);

impl FileSystem for ResolverFiles {
    fn new() -> Self {
        // Asked for by the trait, never called: the resolver is always made with a tree.
        Self(Arc::new(FileTree::memory(
            Path::new(ARCHIVE_ROOT),
            BTreeMap::new(),
            &Limits::default(),
        )))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // It asks for a package.json in every folder above; what is not there is neither counted nor watched.
        if !self.0.is_file(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let limit = self.0.limits.file_bytes_max;
        self.0.read_counted(path, limit).map_err(|error| {
            if matches!(error.kind(), PackageErrorKind::TooLarge { .. }) {
                self.0.reach().over_limit = Some(error.kind().clone());
            }
            io::Error::other(error)
        })
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.0.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        match self.0.store {
            Store::Disk => fs::symlink_metadata(path).map(FileMetadata::from),
            Store::Memory { .. } => self.0.metadata(path),
        }
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        match &self.0.store {
            Store::Disk => Ok(fs::read_link(path)?),
            Store::Memory { archive, .. } => Err(ResolveError::PathNotSupported(archive.clone())),
        }
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        match self.0.store {
            Store::Disk => fs::canonicalize(path),
            Store::Memory { .. } => Ok(flatten(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_package() {
        let tree = FileTree::memory(
            Path::new("/x.zip"),
            BTreeMap::from([("dist/main.js".to_owned(), Vec::new())]),
            &Limits::default(),
        );
        assert_eq!(
            tree.name_of(Path::new("/package/dist/main.js")),
            "dist/main.js"
        );
        assert_eq!(
            tree.name_of(Path::new("/node_modules/a/i.js")),
            "../node_modules/a/i.js"
        );
        assert!(tree.is_file(Path::new("/package/src/../dist/main.js")));
        assert!(!tree.contains(Path::new("/package/../etc/passwd")));
    }
}
