//! When a stopped plugin starts again: soon at first, later each time, and not at all when it keeps failing.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Pauses before the first and second restart; after the third stop within [`WINDOW`] there is none.
const PAUSES: [SignedDuration; 2] = [SignedDuration::from_secs(3), SignedDuration::from_secs(15)];
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// The stops of one plugin.
#[derive(Debug, Default)]
pub(crate) struct Stops {
    recent: VecDeque<Timestamp>,
}

/// What follows a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    RestartAt(Timestamp),
    SetAside { stops: usize },
}

impl Stops {
    pub fn add(&mut self, now: Timestamp) -> Next {
        while self
            .recent
            .front()
            .is_some_and(|at| now.duration_since(*at) > WINDOW)
        {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        match PAUSES.get(self.recent.len() - 1) {
            Some(pause) => Next::RestartAt(now.checked_add(*pause).unwrap_or(Timestamp::MAX)),
            None => Next::SetAside {
                stops: self.recent.len(),
            },
        }
    }

    /// Forgets what was: staff or the author started it anew.
    pub fn forget(&mut self) {
        self.recent.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_stop_within_five_minutes_sets_aside() {
        let start: Timestamp = "2026-11-22T03:00:00Z".parse().expect("a moment");
        let after = |seconds| {
            start
                .checked_add(SignedDuration::from_secs(seconds))
                .expect("in range")
        };
        let mut stops = Stops::default();
        assert_eq!(stops.add(after(0)), Next::RestartAt(after(3)));
        assert_eq!(stops.add(after(4)), Next::RestartAt(after(19)));
        assert_eq!(stops.add(after(20)), Next::SetAside { stops: 3 });
        assert_eq!(
            stops.add(after(2_000)),
            Next::RestartAt(after(2_003)),
            "old stops are forgotten"
        );
    }
}
