//! Numbers that stand for names of one log; those of two logs have nothing to do with each other.

/// What was done: a number into [`EventLog::activities`](super::EventLog::activities).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Activity(pub u16);

/// What it was done for: a number into [`EventLog::case_names`](super::EventLog::case_names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Case(pub u32);

/// Who or what did it: a number into [`EventLog::resources`](super::EventLog::resources).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource(pub u32);

impl Activity {
    /// As an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl Case {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Resource {
    /// In the column of a log, where an event has none.
    pub(crate) const NONE: u32 = u32::MAX;

    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
