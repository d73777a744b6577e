//! How much of the source lies behind the rows that the sink has taken.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::read::Text;
use crate::run::lot::{Position, hexadecimal};

/// What was read, piece by piece, as far as the sink has not taken it: there are no more pieces than the stages hold. Told by the stage that reads and by the one
/// that writes.
#[derive(Debug, Default)]
pub struct Settled(Mutex<Pieces>);

#[derive(Debug, Default)]
struct Pieces {
    /// Where the next row for the sink begins.
    reached: Place,
    /// The end of the last piece before that.
    last: End,
    /// The ends of the pieces behind that.
    ends: VecDeque<End>,
    /// When the sink got something for the first time, and what had been settled by then, before this run.
    began: Option<(Duration, u64)>,
}

/// An input and a byte of its text.
type Place = (u32, u64);

/// Where a piece of text ends.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    at: Place,
    /// Bytes that were read by then, as they are packed.
    read_bytes: u64,
    digest: Option<[u8; 32]>,
}

/// How far the sink has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Bytes of the inputs as they are packed.
    pub bytes: u64,
    /// Whether what is read now was settled before.
    pub is_behind: bool,
    /// When the sink got something for the first time, and what had been settled by then.
    pub began: Option<(Duration, u64)>,
}

impl Settled {
    /// Reading begins.
    pub fn read_anew(&self) {
        let mut pieces = self.lock();
        pieces.ends.clear();
        pieces.last = End::default();
    }

    /// A piece was read.
    pub fn read(&self, text: &Text) {
        let mut pieces = self.lock();
        let last = pieces.ends.back().unwrap_or(&pieces.last);
        // The head of an input comes again after what was passed over.
        let read_bytes = text.read_bytes.max(last.read_bytes);
        pieces.ends.push_back(End {
            at: (text.input, text.end()),
            read_bytes,
            digest: text.digest,
        });
        pieces.forget();
    }

    /// So much was read of what was settled before.
    pub fn passed(&self, read_bytes: u64) {
        self.lock().last.read_bytes = read_bytes;
    }

    /// The sink gets something.
    pub fn begin(&self, now: Duration) {
        let mut pieces = self.lock();
        if pieces.began.is_none() {
            pieces.began = Some((now, pieces.bytes()));
        }
    }

    /// Everything before a row is at the sink or refused.
    pub fn reach(&self, position: &Position) {
        let mut pieces = self.lock();
        pieces.reached = (position.input, position.byte);
        pieces.forget();
    }

    /// What stands for all text up to a row that the sink has not passed, and the byte up to which it does: the end of the piece in which the row begins.
    pub fn digest_at(&self, position: &Position) -> Option<(u64, String)> {
        let pieces = self.lock();
        let at = (position.input, position.byte);
        let all = std::iter::once(&pieces.last).chain(&pieces.ends);
        let end = all.into_iter().find(|end| end.at >= at)?;
        Some((end.at.1, hexadecimal(&end.digest?)))
    }

    /// How far the sink has come.
    pub fn so_far(&self) -> SoFar {
        let pieces = self.lock();
        SoFar {
            bytes: pieces.bytes(),
            is_behind: pieces.ends.is_empty() && pieces.last.at < pieces.reached,
            began: pieces.began,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pieces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pieces {
    fn forget(&mut self) {
        while let Some(end) = self.ends.pop_front_if(|end| end.at <= self.reached) {
            self.last = end;
        }
    }

    /// A place in a piece stands for as large a part of its packed bytes as of its text.
    fn bytes(&self) -> u64 {
        let Some(next) = self.ends.front() else {
            return self.last.read_bytes;
        };
        let from = match self.last.at.0 == next.at.0 {
            true => self.last.at.1,
            false => 0,
        };
        let (input, byte) = self.reached;
        if input != next.at.0 || byte <= from {
            return self.last.read_bytes;
        }
        let read_bytes = u128::from(next.read_bytes - self.last.read_bytes);
        let part = read_bytes * u128::from(byte - from) / u128::from(next.at.1 - from);
        self.last.read_bytes + part as u64
    }
}

#[cfg(test)]
mod tests {
    use super::Settled;
    use crate::read::Text;
    use crate::run::lot::Position;

    fn read(settled: &Settled, input: u32, start: u64, bytes: usize, read_bytes: u64) {
        settled.read(&Text {
            input,
            start,
            text: vec![b'x'; bytes],
            read_bytes,
            digest: Some([bytes as u8; 32]),
            ..Text::default()
        });
    }

    fn at(input: u32, byte: u64) -> Position {
        Position {
            input,
            byte,
            ..Position::default()
        }
    }

    #[test]
    fn what_was_read_ahead_is_not_settled() {
        let settled = Settled::default();
        let check = |expected: u64| assert_eq!(settled.so_far().bytes, expected);
        // Packed two to one.
        read(&settled, 0, 0, 200, 100);
        read(&settled, 0, 200, 200, 200);
        read(&settled, 1, 0, 100, 300);
        check(0);
        settled.reach(&at(0, 50));
        check(25);
        settled.reach(&at(0, 300));
        check(150);
        settled.reach(&at(0, 400));
        check(200);
        settled.reach(&at(1, 0));
        check(200);
        settled.reach(&at(1, 40));
        check(240);
        settled.reach(&at(1, 100));
        check(300);
    }

    #[test]
    fn what_was_settled_before_counts_as_far_as_it_was_read_again() {
        let settled = Settled::default();
        settled.reach(&at(0, 350));
        assert!(settled.so_far().is_behind);
        settled.passed(120);
        assert_eq!(settled.so_far().bytes, 120);
        // The head, and what follows on the place to go on from.
        read(&settled, 0, 0, 100, 100);
        assert_eq!(settled.so_far().bytes, 120);
        assert!(settled.so_far().is_behind);
        read(&settled, 0, 350, 50, 400);
        let so_far = settled.so_far();
        assert!(!so_far.is_behind);
        assert!((345..=360).contains(&so_far.bytes), "{so_far:?}");
    }

    #[test]
    fn a_digest_goes_to_the_end_of_the_piece() {
        let settled = Settled::default();
        read(&settled, 0, 0, 200, 200);
        read(&settled, 0, 200, 100, 300);
        let check = |byte: u64, expected: Option<(u64, u8)>| {
            let found = settled.digest_at(&at(0, byte));
            let expected = expected.map(|(end, digit)| (end, format!("{digit:02x}").repeat(32)));
            assert_eq!(found, expected, "{byte}");
        };
        check(10, Some((200, 200)));
        check(200, Some((200, 200)));
        check(201, Some((300, 100)));
        check(301, None);
        settled.reach(&at(0, 200));
        check(200, Some((200, 200)));
        check(250, Some((300, 100)));
    }
}
