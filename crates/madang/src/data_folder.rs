//! The folder where a till keeps everything: the journal, the terminal's book, its secrets.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use madang_journal::{OpenError, SqliteJournal, SqliteSettings};
use madang_till::terminal::book::{BookError, TerminalBook};
use miette::Diagnostic;
use zeroize::Zeroizing;

use crate::failure::{Exit, Exits};

/// A secret of the folder: 256 bits.
pub type Secret = Zeroizing<[u8; 32]>;

/// What may be found in it; nothing else of ours is there.
const JOURNAL: &str = "journal";
const BOOK: &str = "terminal.book";
const KEY: &str = "key";
const TOKEN: &str = "token";
const WEBHOOK_SECRET: &str = "webhook-secret";
const RUNNING: &str = "running.json";
const SHOP: &str = "shop";
const IMPORTS: &str = "imports";
const SERVERS: &str = "servers.json";

/// More than any shop's key has; a longer file is not ours.
const SHOP_BYTES_MAX: u64 = 1 << 10;

/// The longest line of text that is read: a person may have written it anew.
const LINE_BYTES_MAX: u64 = 4 * 1_024;

/// A till's folder.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

/// Whether there was something to copy.
pub enum Copied {
    /// It is copied.
    Yes,
    /// There is none.
    NotThere,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum DataError {
    /// The journal cannot be opened.
    #[error("the till's data cannot be used")]
    #[diagnostic(help("choose another folder with --data, or mend what is said above"))]
    Journal(#[source] OpenError),
    /// The terminal's book cannot be opened.
    #[error("the simulated terminal's book cannot be used")]
    #[diagnostic(help("choose another folder with --data, or mend what is said above"))]
    Book(#[source] BookError),
    /// A file cannot be made, read or written.
    #[error("could not {doing} {}", path.display())]
    #[diagnostic(help(
        "check that the folder may be written by this user, or choose another with --data"
    ))]
    File {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A secret of the wrong length.
    #[error("{} is not a secret of 32 bytes", path.display())]
    #[diagnostic(help(
        "restore it from a copy; or move it away to have a new one made (what plugins kept in the secure store is then lost)"
    ))]
    NotASecret {
        /// The file.
        path: PathBuf,
    },
    /// It was made for another shop, whose orders the till would not see.
    #[error("the data in {} is of the shop `{kept}`, not of `{opened}`", path.display())]
    #[diagnostic(help(
        "open it with --shop {kept} (or with that shop's file), or choose another folder with --data"
    ))]
    OtherShop {
        /// The folder.
        path: PathBuf,
        /// The shop that it was made for.
        kept: String,
        /// The shop that was asked for.
        opened: String,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes, so no secret can be made: {reason}")]
    NoChance {
        /// What it said.
        reason: String,
    },
}

impl Exits for DataError {
    fn exit(&self) -> Exit {
        match self {
            Self::File { .. } | Self::NoChance { .. } => Exit::Io,
            _ => Exit::Data,
        }
    }
}

impl DataFolder {
    /// The folder, made when it is not there.
    ///
    /// # Errors
    /// [`DataError::File`].
    pub fn open(path: &Path) -> Result<Self, DataError> {
        make_private_folder(path).map_err(file_error("make the data folder", path))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// The journal. One till at a time holds it; so take it before anything else of the folder.
    ///
    /// # Errors
    /// [`DataError::Journal`]: in use, of a newer format, damaged.
    pub fn journal(&self) -> Result<SqliteJournal, DataError> {
        SqliteJournal::open(&Self::journal_in(&self.path), SqliteSettings::default())
            .map_err(DataError::Journal)
    }

    /// Keeps the folder for the shop of this key, from its first use on. Whoever asks holds the journal.
    ///
    /// # Errors
    /// [`DataError::OtherShop`], and [`DataError::File`].
    pub fn keep_for(&self, shop: &str) -> Result<(), DataError> {
        let path = self.path.join(SHOP);
        let mut kept = String::new();
        let read =
            File::open(&path).and_then(|file| file.take(SHOP_BYTES_MAX).read_to_string(&mut kept));
        match read {
            Ok(_) if kept.trim_end() == shop => Ok(()),
            Ok(_) => Err(DataError::OtherShop {
                path: self.path.clone(),
                kept: kept.trim_end().to_owned(),
                opened: shop.to_owned(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write_private(&path, format!("{shop}\n").as_bytes())
                    .map_err(file_error("write", &path))
            }
            Err(error) => Err(file_error("read", &path)(error)),
        }
    }

    /// Copies for which shop a data folder is.
    ///
    /// # Errors
    /// [`DataError::File`].
    pub fn copy_shop(from: &Path, to: &Path) -> Result<Copied, DataError> {
        copy_private(&from.join(SHOP), &to.join(SHOP))
    }

    /// Where the journal of a data folder is.
    pub fn journal_in(path: &Path) -> PathBuf {
        path.join(JOURNAL)
    }

    /// The simulated terminal's book.
    ///
    /// # Errors
    /// [`DataError::Book`].
    pub fn book(&self) -> Result<TerminalBook, DataError> {
        TerminalBook::open(&self.path.join(BOOK)).map_err(DataError::Book)
    }

    /// Copies the simulated terminal's book from one data folder into another. What is entered meanwhile may break off
    /// within its last line, which nobody was told of yet.
    ///
    /// # Errors
    /// [`DataError::File`].
    pub fn copy_book(from: &Path, to: &Path) -> Result<Copied, DataError> {
        copy_private(&from.join(BOOK), &to.join(BOOK))
    }

    /// Copies the key that seals what plugins keep.
    ///
    /// # Errors
    /// [`DataError::File`].
    pub fn copy_key(from: &Path, to: &Path) -> Result<Copied, DataError> {
        copy_private(&from.join(KEY), &to.join(KEY))
    }

    /// The key that seals what plugins keep in the secure store, made once.
    ///
    /// # Errors
    /// [`DataError`].
    pub fn sealing_key(&self) -> Result<Secret, DataError> {
        self.secret(KEY)
    }

    /// What the page shows to be let in. It is kept, so that a page that is open recovers when the till starts again.
    ///
    /// # Errors
    /// [`DataError`].
    pub fn token(&self) -> Result<Secret, DataError> {
        self.secret(TOKEN)
    }

    /// What webhooks are signed with when nobody brings a secret, made once: a line of text, as receivers are given it; and its file.
    ///
    /// # Errors
    /// [`DataError`].
    pub fn webhook_secret(&self) -> Result<(Zeroizing<String>, PathBuf), DataError> {
        let path = self.path.join(WEBHOOK_SECRET);
        match read_line(&path) {
            Ok(text) => Ok((text, path)),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                let secret = random_secret()?;
                let digits = secret.iter().map(|byte| format!("{byte:02x}"));
                let text = Zeroizing::new(digits.collect::<String>() + "\n");
                write_private(&path, text.as_bytes()).map_err(file_error("write", &path))?;
                Ok((text, path))
            }
            Err(source) => Err(file_error("read", &path)(source)),
        }
    }

    /// Where files that are imported through the screen are kept, and what their imports leave behind.
    pub fn imports(&self) -> PathBuf {
        self.path.join(IMPORTS)
    }

    /// Where it is kept what people decided about other companies' servers.
    pub fn servers(&self) -> PathBuf {
        self.path.join(SERVERS)
    }

    /// Where a running till says how it is reached.
    pub fn running_file(&self) -> PathBuf {
        Self::running_in(&self.path)
    }

    /// The same of any data folder.
    pub fn running_in(path: &Path) -> PathBuf {
        path.join(RUNNING)
    }

    fn secret(&self, name: &str) -> Result<Secret, DataError> {
        let path = self.path.join(name);
        match read_secret(&path) {
            Ok(Some(secret)) => Ok(secret),
            Ok(None) => Err(DataError::NotASecret { path }),
            Err(source) if source.kind() == io::ErrorKind::NotFound => self.make_secret(&path),
            Err(source) => Err(file_error("read", &path)(source)),
        }
    }

    fn make_secret(&self, path: &Path) -> Result<Secret, DataError> {
        let secret = random_secret()?;
        write_private(path, &*secret).map_err(file_error("write", path))?;
        Ok(secret)
    }
}

fn random_secret() -> Result<Secret, DataError> {
    let mut secret = Secret::default();
    getrandom::fill(&mut *secret).map_err(|error| DataError::NoChance {
        reason: error.to_string(),
    })?;
    Ok(secret)
}

/// A short text.
pub(crate) fn read_line(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    File::open(path)?
        .take(LINE_BYTES_MAX)
        .read_to_string(&mut text)?;
    Ok(text)
}

/// Copies a file into one that only its owner reads.
fn copy_private(from: &Path, to: &Path) -> Result<Copied, DataError> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Copied::NotThere),
        Err(error) => return Err(file_error("read", from)(error)),
    };
    write_private_with(to, |file| io::copy(&mut source, file).map(drop))
        .map_err(file_error("copy to", to))?;
    Ok(Copied::Yes)
}

/// Writes a file that only its owner reads: whole or not at all, whenever the power goes.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_private_with(path, |file| file.write_all(bytes))
}

fn write_private_with(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let half_made = path.with_extension("new");
    // What an earlier start left half made was never read by anybody.
    if let Err(error) = fs::remove_file(&half_made)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&half_made)?;
    write(&mut file)?;
    file.sync_all()?;
    fs::rename(&half_made, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn read_secret(path: &Path) -> io::Result<Option<Secret>> {
    let mut secret = Secret::default();
    // One byte more than a secret has tells a longer file apart.
    let mut bytes = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
    File::open(path)?
        .take(secret.len() as u64 + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() != secret.len() {
        return Ok(None);
    }
    secret.copy_from_slice(&bytes);
    Ok(Some(secret))
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn file_error<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> DataError + 'a {
    move |source| DataError::File {
        doing,
        path: path.to_owned(),
        source,
    }
}
