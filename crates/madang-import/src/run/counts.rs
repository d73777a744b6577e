//! What a run has done so far, counted while it goes on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::refused::Refused;
use crate::run::settled::Settled;

/// Counted by the stages, read by whoever shows progress. Every other number is of this run alone, what stood in the checkpoint it began from left out.
#[derive(Debug, Default)]
pub struct Counts {
    /// Bytes read of the inputs as they are packed.
    pub bytes_read: AtomicU64,
    /// How much of that lies behind the rows that are settled.
    pub settled: Settled,
    /// Rows that came out of the check, refused ones included.
    pub rows_read: AtomicU64,
    /// Rows that are at the sink.
    pub rows_written: AtomicU64,
    /// Of these, rows that were there before as they are.
    pub rows_unchanged: AtomicU64,
    /// Rows that the sink took and did not keep.
    pub rows_passed_over: AtomicU64,
    /// Transactions.
    pub writes: AtomicU64,
    /// Writes that were tried again.
    pub retries: AtomicU64,
    /// Times the sink was opened again and asked how far it has come.
    pub reopened: AtomicU64,
    /// Times a batch was halved to find the rows which the sink does not take.
    pub halvings: AtomicU64,
    /// Pauses before a retry.
    pub pauses: AtomicU64,
    /// What they took, in microseconds.
    pub paused_us: AtomicU64,
    /// Rows that the next write takes at most.
    pub batch_rows: AtomicUsize,
    /// Rows refused.
    pub rows_refused: AtomicU64,
    /// Rows that were written by the checkpoint it began from.
    pub rows_before: AtomicU64,
    /// Rows that were refused by then.
    pub refused_before: AtomicU64,
    refused: Mutex<RefusedCounts>,
    trouble: Mutex<Option<String>>,
}

/// Refused rows by why, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedCounts {
    /// How many rows have a reason of this code; a row with two is counted under both.
    pub by_code: BTreeMap<String, u64>,
    /// The first ones, to be shown.
    pub first: Vec<Refused>,
}

/// Refused rows that are kept to be shown: what a person looks through before mending the cause.
const FIRST_MAX: usize = 100;

/// How much of the text of each: a line of a page, and all of them stay a small part of what a run may hold of memory.
const FIRST_RAW_BYTES_MAX: usize = 1024;

/// Codes that are counted apart; they are ours and the sinks', so there are few.
const CODES_MAX: usize = 100;

impl Counts {
    /// Adds to one of its numbers.
    pub fn add(number: &AtomicU64, more: u64) {
        number.fetch_add(more, Ordering::Relaxed);
    }

    /// Reads one of its numbers.
    pub fn get(number: &AtomicU64) -> u64 {
        number.load(Ordering::Relaxed)
    }

    /// A row was refused.
    pub fn refuse(&self, refused: &Refused) {
        Self::add(&self.rows_refused, 1);
        let mut counts = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, reason) in refused.reasons.iter().enumerate() {
            let is_repeated = refused.reasons[..index]
                .iter()
                .any(|before| before.code == reason.code);
            let has_room =
                counts.by_code.len() < CODES_MAX || counts.by_code.contains_key(&reason.code);
            if !is_repeated && has_room {
                *counts.by_code.entry(reason.code.clone()).or_default() += 1;
            }
        }
        if counts.first.len() < FIRST_MAX {
            counts.first.push(shortened(refused));
        }
    }

    /// A pause was made.
    pub fn pause(&self, pause: Duration) {
        Self::add(&self.pauses, 1);
        let paused_us = u64::try_from(pause.as_micros()).unwrap_or(u64::MAX);
        Self::add(&self.paused_us, paused_us);
    }

    /// What the sink said last, while it does not take anything; none once it does.
    pub fn note_trouble(&self, said: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = said;
    }

    /// What the sink said last, while it does not take anything.
    pub fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refused rows by why.
    pub fn refused(&self) -> RefusedCounts {
        self.refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn shortened(refused: &Refused) -> Refused {
    let end = refused.raw.floor_char_boundary(FIRST_RAW_BYTES_MAX);
    Refused {
        raw_hash: None,
        place: refused.place,
        raw: refused.raw[..end].to_owned(),
        is_shortened: refused.is_shortened || end < refused.raw.len(),
        reasons: refused.reasons.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, FIRST_MAX, FIRST_RAW_BYTES_MAX};
    use crate::{Place, Refused};

    #[test]
    fn the_first_refused_rows_are_kept_with_the_beginning_of_their_text() {
        let counts = Counts::default();
        let long = Refused {
            raw_hash: None,
            place: Place::default(),
            raw: "가".repeat(FIRST_RAW_BYTES_MAX),
            is_shortened: false,
            reasons: Vec::new(),
        };
        let short = Refused {
            raw_hash: None,
            raw: "짧은 줄".to_owned(),
            ..long.clone()
        };
        counts.refuse(&short);
        (0..2 * FIRST_MAX).for_each(|_| counts.refuse(&long));
        let first = counts.refused().first;
        assert_eq!(first.len(), FIRST_MAX);
        assert_eq!(first[0], short);
        assert_eq!(first[1].raw, "가".repeat(FIRST_RAW_BYTES_MAX / 3));
        assert!(first[1].is_shortened);
    }
}
