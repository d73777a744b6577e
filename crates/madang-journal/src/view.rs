use crate::{
    batch::MoveTo,
    id::{Micros, Position},
};

/// A row of a view: a cache of what the events say, deletable at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow {
    /// The view.
    pub view: String,
    /// The row's key in it.
    pub key: String,
    /// What lists are filtered by (a state, a table).
    pub group: String,
    /// What lists are ordered by.
    pub at: Micros,
    /// JSON text.
    pub body: String,
}

/// What a batch does to one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewChange {
    /// Writes it, in place of what was there.
    Put(ViewRow),
    /// Takes it out.
    Delete {
        /// The view.
        view: String,
        /// The row's key.
        key: String,
    },
}

/// How far a view has read; written in the batch with the rows it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewMove {
    /// The view. [`begin_view_rebuild`](crate::Journal::begin_view_rebuild) must have named its version before.
    pub view: String,
    /// Where to.
    pub to: MoveTo,
}

/// Which code wrote a view and how far it has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewState {
    /// The version of the code; when the running code has another, the view is rebuilt.
    pub version: u32,
    /// The last event that is in it.
    pub position: Position,
}

/// A list from a view, ordered by `at`, then key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewQuery {
    /// The view.
    pub view: String,
    /// Only these groups; `None`: all.
    pub groups: Option<Vec<String>>,
    /// From this moment on.
    pub at_from: Option<Micros>,
    /// Before this moment.
    pub at_to: Option<Micros>,
    /// Newest first.
    pub descending: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows at most; cut to [`READ_ROWS_MAX`](crate::limits::READ_ROWS_MAX).
    pub limit: u32,
}

impl ViewQuery {
    /// The first `limit` rows of a view, oldest first.
    pub fn of(view: impl Into<String>, limit: u32) -> Self {
        Self {
            view: view.into(),
            groups: None,
            at_from: None,
            at_to: None,
            descending: false,
            offset: 0,
            limit,
        }
    }
}
