//! What the server asks about files that are imported by hand, without knowing how files are read. The binary hands in who answers.

use std::io;

use async_trait::async_trait;
use axum::body::Bytes;
use futures::stream::BoxStream;

use crate::view::import_file::{
    ImportJob, ImportWork, PastImport, ProposalView, ProposeMapping, RunImport, UploadView,
};

/// A body, piece by piece.
pub type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// The desk where files are brought, looked at, checked and imported: one check or import at a time.
#[async_trait]
pub trait ImportDesk: Send + Sync {
    /// Takes a file in. `bytes` is how many are to come, where that is known. A file that breaks off is thrown away.
    async fn upload(
        &self,
        name: &str,
        bytes: Option<u64>,
        body: Pieces,
    ) -> Result<UploadView, ImportRefused>;

    /// Says what a file is.
    async fn propose(&self, asked: ProposeMapping) -> Result<ProposalView, ImportRefused>;

    /// Begins to check a file; nothing is written.
    async fn check(&self, asked: RunImport) -> Result<ImportJob, ImportRefused>;

    /// Begins to import a file, or goes on.
    async fn start(&self, asked: RunImport) -> Result<ImportJob, ImportRefused>;

    /// Asks the check or import under way to end; what it has written stays, and it can go on.
    fn stop(&self) -> Result<ImportJob, ImportRefused>;

    /// What is under way, or was last.
    fn work(&self) -> ImportWork;

    /// Imports that were made here, the newest first.
    async fn history(&self) -> Result<Vec<PastImport>, ImportRefused>;

    /// All rows that a run refused, as a CSV file that can be mended and brought again.
    async fn refused_rows(&self, run: &str) -> Result<Pieces, ImportRefused>;
}

/// Why the desk did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ImportRefused {
    /// The file is too large.
    #[error("the file is larger than {bytes_max} bytes")]
    TooLarge {
        /// The most.
        bytes_max: u64,
    },
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// The disk has no room for it.
    #[error("the disk has no room for the file: {free_bytes} bytes are free")]
    NoRoom {
        /// What is left.
        free_bytes: u64,
    },
    /// The body broke off.
    #[error("the file broke off before its end")]
    BrokeOff,
    /// Another file is being brought.
    #[error("another file is being brought")]
    Uploading,
    /// There is no such file, or no longer.
    #[error("there is no file “{0}”; it may have been swept away")]
    NoSuchUpload(String),
    /// There is no such run.
    #[error("there is no import “{0}”, or it refused no row")]
    NoSuchRun(String),
    /// The till takes no rows of this kind.
    #[error("there is no kind “{0}” that the till takes")]
    UnknownKind(String),
    /// The mapping cannot be used, or does not fit the file.
    #[error("{message}")]
    BadMapping {
        /// Why, in English.
        message: String,
        /// Why, in Korean.
        message_ko: String,
    },
    /// The file cannot be read.
    #[error("{message}")]
    Unreadable {
        /// Why, in English.
        message: String,
        /// Why, in Korean.
        message_ko: String,
    },
    /// A check or an import is under way.
    #[error("a check or an import is under way")]
    UnderWay,
    /// Nothing is under way.
    #[error("no check and no import is under way")]
    NothingUnderWay,
    /// The same was imported before.
    #[error("the same was imported before, by run {run}")]
    ImportedBefore {
        /// The run.
        run: String,
    },
    /// The same was begun before.
    #[error("the same import was begun before and has not ended: run {run}")]
    BegunBefore {
        /// The run.
        run: String,
    },
    /// The data folder cannot be read or written.
    #[error("{message}")]
    Storage {
        /// What the system said.
        message: String,
    },
}
