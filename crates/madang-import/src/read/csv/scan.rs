//! Where a row ends, for rows that do not end soon.
//!
//! A quote that is never closed is looked after for as long as a row may be, and the next line then is a row of its own. Were it looked through from its
//! beginning as well, a file of such lines would be read a million times over. But once such a line stands inside quotes at a line's end where the
//! one before it stood inside quotes too, both go the same way from there: so the way is remembered, and gone once.

use crate::read::window::Window;

/// How far the last row without an end was followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeadEnd {
    /// The byte of the input at which a line first ended within quotes.
    pub from: u64,
    /// The byte up to which it was followed; every line that ended before it ended within quotes.
    pub at: u64,
    /// What that byte stands within.
    pub within: Within,
}

/// What a byte stands within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    CellStart,
    Cell,
    Quotes,
}

pub(super) enum Scanned {
    /// The row ends before the limit.
    Ended,
    /// The limit was reached.
    Stopped { at: usize, within: Within },
}

impl DeadEnd {
    /// Whether it passed a byte.
    #[inline(always)]
    pub fn has_passed(&self, byte: u64) -> bool {
        self.from <= byte && byte < self.at
    }
}

/// Follows a row from a byte of the window that stands within something.
pub(super) fn scan(
    window: &Window,
    from: usize,
    mut within: Within,
    limit: usize,
    separator: u8,
    quote: u8,
) -> Scanned {
    let text = window.text.as_slice();
    let mut at = from;
    while at < limit {
        let byte = text[at];
        match within {
            Within::Quotes if byte == quote => match text.get(at + 1) {
                Some(next) if *next == quote => at += 1,
                None if !window.is_end => break,
                _ => within = Within::Cell,
            },
            Within::Quotes => {}
            Within::CellStart if byte == quote => within = Within::Quotes,
            _ if byte == separator => within = Within::CellStart,
            _ if byte == b'\n' || byte == b'\r' => return Scanned::Ended,
            _ => within = Within::Cell,
        }
        at += 1;
    }
    Scanned::Stopped { at, within }
}
