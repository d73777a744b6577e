//! The import's stages against files.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod read;
