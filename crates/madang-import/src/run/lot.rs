//! A batch on its way to the sink, and how far the inputs have been read behind it.

use std::ops::Range;

use crate::batch::Batch;
use crate::checkpoint::Checkpoint;
use crate::place::Place;
use crate::run::queue::Weighed;

/// What is written in one or more transactions.
#[derive(Clone, Debug)]
pub struct Lot {
    /// The rows, and those refused among them.
    pub batch: Batch,
    /// Where reading goes on behind it.
    pub end: Position,
}

/// Where the next row begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Which input, from 0.
    pub input: u32,
    /// Rows of that input before it, refused ones included.
    pub row: u64,
    /// The byte.
    pub byte: u64,
    /// The line.
    pub line: u64,
}

impl Position {
    /// Where a row begins.
    pub fn before(place: &Place) -> Self {
        Self {
            input: place.input,
            row: place.row.saturating_sub(1),
            byte: place.bytes.start,
            line: place.line,
        }
    }

    /// Where the row behind this one begins, on that line.
    pub fn after(place: &Place, line: u64) -> Self {
        Self {
            input: place.input,
            row: place.row,
            byte: place.bytes.end,
            line,
        }
    }

    /// Whether it is the same row as another, or one behind it.
    pub fn reaches(&self, other: &Self) -> bool {
        (self.input, self.row) >= (other.input, other.row)
    }

    /// How far a run had come.
    pub fn of(checkpoint: &Checkpoint) -> Self {
        Self {
            input: checkpoint.input,
            row: checkpoint.row,
            byte: checkpoint.byte,
            line: checkpoint.line,
        }
    }

    /// Whether a row stands before it.
    pub fn is_behind(&self, place: &Place) -> bool {
        (place.input, place.row) <= (self.input, self.row)
    }
}

impl Lot {
    /// Where reading goes on behind the first `rows` rows.
    pub fn position_behind(&self, rows: usize) -> Position {
        self.batch
            .places
            .get(rows)
            .map_or(self.end, Position::before)
    }

    /// The refused rows that stand before a position.
    pub fn refused_before(&self, position: &Position) -> usize {
        self.batch
            .refused
            .iter()
            .filter(|refused| position.is_behind(&refused.place))
            .count()
    }

    /// A checkpoint at a position in it; the counts are the writer's.
    pub fn checkpoint_at(&self, position: Position) -> Checkpoint {
        Checkpoint {
            input: position.input,
            byte: position.byte,
            row: position.row,
            line: position.line,
            ..Checkpoint::default()
        }
    }

    /// What of it stands behind a position.
    #[must_use]
    pub fn behind(mut self, position: Position) -> Self {
        let passed = self
            .batch
            .places
            .partition_point(|place| position.is_behind(place));
        let mut refused = std::mem::take(&mut self.batch.refused);
        refused.retain(|refused| !position.is_behind(&refused.place));
        if passed > 0 {
            self.batch = self.batch.slice(passed..self.batch.len());
        }
        self.batch.refused = refused;
        self
    }

    /// Some of its rows.
    pub fn rows(&self, rows: Range<usize>) -> Batch {
        self.batch.slice(rows)
    }
}

impl Weighed for Lot {
    fn weight(&self) -> usize {
        self.batch.weight()
    }
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
