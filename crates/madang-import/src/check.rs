//! What a file's columns mean, and whether its rows are right.
//!
//! A [`Mapping`] says for each column of the destination which column of the file it is and what its values are; a [`Checker`] makes typed rows
//! of text by it, or says everything that is wrong with a row. [`infer()`] proposes a mapping for a file that nobody has described yet.

mod cell;
mod checker;
mod cross;
mod infer;
pub mod mapping;
mod moments;
pub(crate) mod spelling;
mod unique;

pub use self::{
    checker::{CheckError, Checker, Finding},
    infer::{Match, NoProposal, SAMPLE_ROWS_MAX, infer, matches, recognised},
    mapping::{ColumnRule, Mapping, MappingError, MappingErrorKind, MappingErrors, Values},
    moments::Moments,
    spelling::shown::masked,
};
