use crate::id::Micros;

/// Text about a person (phone, address, cash-receipt number). Events hold the `id` only, so the
/// text can be erased without touching the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalText {
    /// What events refer to it by; given by the writer, never made from the text.
    pub id: String,
    /// What it was given for.
    pub purpose: String,
    /// When it must be gone.
    pub keep_until: Micros,
    /// The text.
    pub text: String,
}

/// What a batch does to personal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonalChange {
    /// Keeps it, in place of what was there.
    Put(PersonalText),
    /// Erases it; nothing happens when it is gone already.
    Erase {
        /// Which.
        id: String,
    },
}
