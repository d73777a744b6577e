//! Parquet files as source and as sink of an import.
//!
//! A file is read as the JSON Lines that it stands for, a row a line: whatever is done with lines of text (checking, going on at a byte, dead letters that are
//! mended by hand) works with its rows as it is. What is written are part files, one for each checkpoint, renamed into place when they are whole.

mod checksum;
mod input;
mod json;
mod pages;
mod sink;

pub use crate::input::{ParquetInput, is_parquet};
pub use crate::pages::{PAGES_BYTES_MAX, PagesError, pages_bytes};
pub use crate::sink::{PARQUET_FAILPOINTS, ParquetSink, ParquetSinkError};
