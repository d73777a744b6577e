//! Files that were brought through the screen, in the data folder until they are swept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use madang_import::read::{Input, ReadError};
use madang_import_parquet::{ParquetInput, is_parquet};
use madang_server::ImportRefused;
use madang_server::import::Pieces;
use madang_server::view::import_file::UploadView;
use tokio::sync::Semaphore;

use super::{blocking, storage};
use crate::import::digest_of;

/// The largest file: a menu of a million rows has a hundred megabytes. Larger ones are better read where they are, by `madang import`.
pub const UPLOAD_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// What must be left on the disk beside a file: the journal of some weeks.
const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;
/// The most files that are kept: somebody tries a file some times until it is right.
const UPLOADS_MAX: usize = 10;
/// How long a file is kept: an import that was stopped can go on within a week.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The most characters of a file's name: the end, which says what it is, is kept. Three bytes each still fit what file systems take.
const NAME_CHARS_MAX: usize = 80;
/// What marks a file that has not come whole.
const PART: &str = ".part";

/// The folder of brought files: `<id>/<name>`.
#[derive(Clone)]
pub struct Uploads {
    folder: PathBuf,
    seat: Arc<Semaphore>,
}

/// A file that was brought, as it is read.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// What the screen knows of it.
    pub view: UploadView,
    path: PathBuf,
}

impl Uploaded {
    /// The file as what is imported: a Parquet file as the rows that stand in it.
    pub fn input(&self) -> Arc<dyn Input> {
        match is_parquet(&self.path) {
            true => Arc::new(ParquetInput::at(&self.path, &self.view.name)),
            false => Arc::new(self.clone()),
        }
    }
}

impl Uploaded {
    /// SHA-256 of all of it.
    ///
    /// # Errors
    /// [`ImportRefused`].
    pub fn digest(&self) -> Result<String, ImportRefused> {
        digest_of(&self.path).map_err(storage(&self.path))
    }
}

impl Uploads {
    /// The files of a folder, which need not be there yet. What an earlier start left half brought is thrown away.
    pub fn open(folder: PathBuf) -> Self {
        for path in entries(&folder) {
            if path.extension().is_some_and(|end| end == &PART[1..]) {
                remove(&path);
            }
        }
        Self {
            folder,
            seat: Arc::new(Semaphore::new(1)),
        }
    }

    /// Takes a file in.
    ///
    /// # Errors
    /// [`ImportRefused`]; nothing of the file stays.
    pub async fn take(
        &self,
        name: &str,
        bytes: Option<u64>,
        mut body: Pieces,
    ) -> Result<UploadView, ImportRefused> {
        if bytes.is_some_and(|bytes| bytes > UPLOAD_BYTES_MAX) {
            return Err(too_large());
        }
        let seat = self.seat.try_acquire();
        let _seat = seat.map_err(|_| ImportRefused::Uploading)?;
        let (folder, name) = (self.folder.clone(), plain_name(name));
        let mut part = blocking(move || Part::begin(&folder, name, bytes)).await?;
        while let Some(piece) = body.try_next().await.map_err(|_| ImportRefused::BrokeOff)? {
            part = blocking(move || {
                part.add(&piece)?;
                Ok(part)
            })
            .await?;
        }
        blocking(move || part.finish()).await
    }

    /// A file by its id.
    ///
    /// # Errors
    /// [`ImportRefused::NoSuchUpload`].
    pub fn find(&self, id: &str) -> Result<Uploaded, ImportRefused> {
        let unknown = || ImportRefused::NoSuchUpload(id.chars().take(40).collect());
        let is_id = id.len() == 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
        let path = entries(&self.folder.join(id))
            .pop()
            .filter(|_| is_id)
            .ok_or_else(unknown)?;
        let bytes = fs::metadata(&path).map_err(|_| unknown())?.len();
        let name = path.file_name().unwrap_or_default();
        Ok(Uploaded {
            view: UploadView {
                id: id.to_owned(),
                name: name.to_string_lossy().into_owned(),
                bytes,
            },
            path,
        })
    }
}

/// A file on its way; thrown away unless it is finished.
struct Part {
    folder: PathBuf,
    id: String,
    name: String,
    file: File,
    bytes: u64,
    is_whole: bool,
}

impl Part {
    fn begin(folder: &Path, name: String, bytes: Option<u64>) -> Result<Self, ImportRefused> {
        fs::create_dir_all(folder).map_err(storage(folder))?;
        sweep(folder);
        check_room(folder, bytes.unwrap_or_default())?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| ImportRefused::Storage {
            message: format!("the system gives no random bytes: {error}"),
        })?;
        let id = format!("{:016x}", u64::from_le_bytes(random));
        let part = folder.join(format!("{id}{PART}"));
        fs::create_dir(&part).map_err(storage(&part))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(part.join(&name)).map_err(storage(&part))?;
        Ok(Self {
            folder: folder.to_owned(),
            id,
            name,
            file,
            bytes: 0,
            is_whole: false,
        })
    }

    fn add(&mut self, piece: &[u8]) -> Result<(), ImportRefused> {
        /// How often the disk is looked at again: a body need not say how long it is.
        const LOOK_EVERY_BYTES: u64 = 16 * 1024 * 1024;
        let looks = self.bytes / LOOK_EVERY_BYTES;
        self.bytes += piece.len() as u64;
        if self.bytes > UPLOAD_BYTES_MAX {
            return Err(too_large());
        }
        if self.bytes / LOOK_EVERY_BYTES > looks {
            check_room(&self.folder, 0)?;
        }
        self.file.write_all(piece).map_err(storage(&self.folder))
    }

    fn finish(mut self) -> Result<UploadView, ImportRefused> {
        if self.bytes == 0 {
            return Err(ImportRefused::Empty);
        }
        // An import goes on from a byte of this file after a power cut.
        self.file.sync_all().map_err(storage(&self.folder))?;
        let whole = self.folder.join(&self.id);
        fs::rename(self.path(), &whole).map_err(storage(&whole))?;
        self.is_whole = true;
        Ok(UploadView {
            id: self.id.clone(),
            name: self.name.clone(),
            bytes: self.bytes,
        })
    }

    fn path(&self) -> PathBuf {
        self.folder.join(format!("{}{PART}", self.id))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_whole {
            remove(&self.path());
        }
    }
}

impl Input for Uploaded {
    fn name(&self) -> &str {
        &self.view.name
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        Ok(Some(self.view.bytes))
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        let open = || -> io::Result<File> {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(byte))?;
            Ok(file)
        };
        let file = open().map_err(|error| ReadError::io(&self.view.name, error))?;
        Ok(Box::new(file))
    }
}

/// A name that any file system takes and that leads nowhere else: the last part of a path, without what is not to be seen.
fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_plain = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, ':' | '*' | '?' | '"' | '<' | '>' | '|' | '!')
            // Marks that turn the direction of a text make a name look like another.
            && !matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let plain: Vec<char> = name.chars().filter(is_plain).collect();
    let start = plain.len().saturating_sub(NAME_CHARS_MAX);
    let plain: String = plain[start..].iter().collect();
    match plain.trim_matches([' ', '.']) {
        "" => "file".to_owned(),
        plain => plain.to_owned(),
    }
}

/// Makes room: what is old, and the oldest where there are too many. A file that is being imported is the newest but few.
fn sweep(folder: &Path) {
    let now = SystemTime::now();
    let mut kept: Vec<(Duration, PathBuf)> = entries(folder)
        .into_iter()
        .filter(|path| path.extension().is_none())
        .map(|path| {
            let brought = fs::metadata(&path).and_then(|about| about.modified());
            let age = brought.ok().and_then(|at| now.duration_since(at).ok());
            (age.unwrap_or_default(), path)
        })
        .collect();
    kept.sort();
    for (number, (age, path)) in kept.iter().enumerate() {
        if *age > KEPT_FOR || number + 1 >= UPLOADS_MAX {
            remove(path);
        }
    }
}

/// What cannot be listed is not there.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.flatten().map(|entry| entry.path()).collect()
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_dir_all(path) {
        tracing::warn!(%error, path = %path.display(), "a brought file could not be removed");
    }
}

fn too_large() -> ImportRefused {
    ImportRefused::TooLarge {
        bytes_max: UPLOAD_BYTES_MAX,
    }
}

fn check_room(folder: &Path, bytes: u64) -> Result<(), ImportRefused> {
    let free_bytes = free_bytes(folder).map_err(storage(folder))?;
    match free_bytes >= bytes.saturating_add(FREE_BYTES_MIN) {
        true => Ok(()),
        false => Err(ImportRefused::NoRoom { free_bytes }),
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Not asked on this system: the disk says so itself when it is full.
#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::StreamExt;

    use super::*;

    fn pieces(pieces: Vec<io::Result<Bytes>>) -> Pieces {
        futures::stream::iter(pieces).boxed()
    }

    #[test]
    fn a_name_leads_nowhere_and_shows_what_it_is() {
        let check = |name: &str, expected: &str| assert_eq!(plain_name(name), expected, "{name}");
        check("메뉴.csv", "메뉴.csv");
        check("../../etc/passwd", "passwd");
        check("C:\\shop\\menu.csv", "menu.csv");
        check("..", "file");
        check("", "file");
        check(".bashrc", "bashrc");
        check("a\0b\n<c>.csv", "abc.csv");
        check("orders.zip!menu.csv", "orders.zipmenu.csv");
        check("\u{202e}vsc.exe", "vsc.exe");
        let long = "가".repeat(100) + ".csv";
        assert_eq!(plain_name(&long).chars().count(), NAME_CHARS_MAX);
        assert!(plain_name(&long).ends_with("가.csv"));
    }

    #[tokio::test]
    async fn only_whole_files_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let uploads = Uploads::open(folder.path().join("uploads"));
        let piece = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
        let taken = uploads
            .take(
                "../메뉴.csv",
                None,
                pieces(vec![piece("a,b\n"), piece("1,2\n")]),
            )
            .await
            .expect("taken");
        assert_eq!((taken.name.as_str(), taken.bytes), ("메뉴.csv", 8));
        let found = uploads.find(&taken.id).expect("it is there");
        assert_eq!(found.view, taken);
        let mut text = String::new();
        let mut opened = found.open_at(4).expect("it opens");
        opened.read_to_string(&mut text).expect("text");
        assert_eq!(text, "1,2\n");

        let cut = pieces(vec![piece("a,b\n"), Err(io::ErrorKind::TimedOut.into())]);
        let refused = |taken: Result<UploadView, ImportRefused>| taken.expect_err("refused");
        let broke_off = refused(uploads.take("b.csv", None, cut).await);
        assert!(matches!(broke_off, ImportRefused::BrokeOff));
        let empty = refused(uploads.take("c.csv", Some(0), pieces(Vec::new())).await);
        assert!(matches!(empty, ImportRefused::Empty));
        let said = Some(UPLOAD_BYTES_MAX + 1);
        let large = refused(uploads.take("d.csv", said, pieces(vec![piece("a")])).await);
        assert!(matches!(large, ImportRefused::TooLarge { .. }));
        let megabyte = Bytes::from(vec![b'a'; 32 * 1024 * 1024]);
        let unsaid = pieces((0..9).map(|_| Ok(megabyte.clone())).collect());
        let large = refused(uploads.take("e.csv", None, unsaid).await);
        assert!(matches!(large, ImportRefused::TooLarge { .. }));
        assert_eq!(entries(&uploads.folder).len(), 1);

        for id in ["", "..", "0000000000000000", &format!("{}/", taken.id)] {
            assert!(uploads.find(id).is_err(), "{id}");
        }
    }

    #[tokio::test]
    async fn old_files_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let uploads = Uploads::open(folder.path().to_owned());
        for _ in 0..UPLOADS_MAX + 3 {
            let body = pieces(vec![Ok(Bytes::from_static(b"a\n1\n"))]);
            uploads.take("a.csv", None, body).await.expect("taken");
        }
        assert_eq!(entries(folder.path()).len(), UPLOADS_MAX);
        fs::create_dir(folder.path().join("0123456789abcdef.part")).expect("made");
        Uploads::open(folder.path().to_owned());
        assert_eq!(entries(folder.path()).len(), UPLOADS_MAX);
    }
}
