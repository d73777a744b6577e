//! What a run reads: the inputs as they are opened.

use crate::checkpoint::RunKey;
use crate::read::{Before, Doubt, Format, OnRead, ReadError, Resume, RowReader, Texts};
use crate::run::places::Places;

/// What is read: the inputs as they are opened.
pub trait Source: Send {
    /// What the inputs are called.
    fn names(&self) -> Vec<String>;

    /// What the inputs are, when their text only stands for it.
    fn format(&self) -> Option<Format> {
        None
    }

    /// Inputs of which nobody knows whether they were whole, by their number.
    fn doubts(&self) -> Vec<(u32, Doubt)> {
        Vec::new()
    }

    /// Whether it can be opened more than once, and anywhere.
    fn can_seek(&self) -> bool;

    /// Whether it is known without reading that nothing of it has changed, because a hash or an entity tag of the whole is part of its identity.
    fn is_known_whole(&self) -> bool {
        false
    }

    /// The run that refused its rows, when it is made of such.
    fn refused_by(&self) -> Option<RunKey> {
        None
    }

    /// These rows are left out whenever it is opened from now on: they were written before.
    fn pass_over(&mut self, _places: Places) {}

    /// Looks at the headers of all inputs that can be opened more than once: what is wrong with a later one is known before the first row is written.
    ///
    /// # Errors
    /// [`ReadError`].
    fn look_over(&self) -> Result<(), ReadError> {
        Ok(())
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`ReadError`].
    fn open(&mut self, opening: Opening) -> Result<Opened, ReadError>;
}

/// How inputs are opened.
#[derive(Clone, Default)]
pub struct Opening {
    /// Where reading begins.
    pub at: Resume,
    /// Whether each piece of text says what stands for all text up to its end.
    pub is_hashed: bool,
    /// What was read when the run stopped: it is compared before anything behind it comes.
    pub before: Option<Before>,
    /// Told how far was read while nothing comes.
    pub on_read: Option<OnRead>,
}

/// Inputs that were opened.
pub enum Opened {
    /// Text, and what makes rows of it.
    Text(Box<dyn Texts>, Parse),
    /// Rows right away.
    Rows(Box<dyn RowReader>),
}

/// Makes rows of text; it reads as far as the columns.
pub type Parse = Box<dyn FnOnce(Box<dyn Texts>) -> Result<Box<dyn RowReader>, ReadError> + Send>;
