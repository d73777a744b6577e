//! What changed lately, for every page that watches: one ring for all readers, so that a slow one costs nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::view::stream::StreamUpdate;

/// The most updates kept: at a busy till's 20 a second, over three minutes to come back in.
const UPDATES_MAX: usize = 4_096;
/// The most bytes of them: timeline batches of a chatty plugin are large.
const BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// Recent updates of this start of the server, numbered from 1.
pub struct Live {
    epoch: String,
    ring: Mutex<Ring>,
    latest: watch::Sender<u64>,
}

/// One update as the stream sends it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its number.
    pub position: u64,
    /// The word of its `event:` field.
    pub event: &'static str,
    /// The text of its `data:` field.
    pub data: Arc<str>,
}

/// The next update for a reader.
pub enum Next {
    /// This one.
    Update(Sent),
    /// None yet.
    UpToDate,
    /// What comes next is no longer kept: the reader must begin anew.
    Missed,
}

#[derive(Default)]
struct Ring {
    updates: VecDeque<Sent>,
    bytes: usize,
    last: u64,
}

impl Live {
    /// An empty ring. `epoch` must differ at every start: the numbers begin again.
    pub fn new(epoch: String) -> Self {
        Self {
            epoch,
            ring: Mutex::default(),
            latest: watch::Sender::new(0),
        }
    }

    /// This start of the server.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The number of the last update.
    pub fn position(&self) -> u64 {
        self.ring().last
    }

    /// Wakes when there is more than a reader has seen.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// Tells every reader.
    pub fn push(&self, update: &StreamUpdate) {
        let data: Arc<str> = serde_json::to_string(update)
            .expect("an update made of plain values is always JSON")
            .into();
        let position = self.ring().push(update.name(), data);
        self.latest.send_replace(position);
    }

    /// Something was missed on the way here: every reader must begin anew.
    pub fn break_off(&self) {
        let position = self.ring().break_off();
        self.latest.send_replace(position);
    }

    /// What follows `position`.
    pub fn after(&self, position: u64) -> Next {
        self.ring().after(position)
    }

    /// The number in an event's id, when it is one of this start's and everything after it is kept.
    pub fn kept(&self, id: &str) -> Option<u64> {
        let (epoch, position) = id.rsplit_once('-')?;
        let position = position.parse().ok()?;
        let goes_on = epoch == self.epoch && !matches!(self.after(position), Next::Missed);
        goes_on.then_some(position)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // Nothing between lock and unlock can leave the ring half changed, so a poisoned one is whole.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn push(&mut self, event: &'static str, data: Arc<str>) -> u64 {
        self.last += 1;
        self.bytes += data.len();
        self.updates.push_back(Sent {
            position: self.last,
            event,
            data,
        });
        while self.updates.len() > UPDATES_MAX || self.bytes > BYTES_MAX {
            self.drop_oldest();
        }
        self.last
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.updates.pop_front() {
            self.bytes -= oldest.data.len();
        }
    }

    fn break_off(&mut self) -> u64 {
        self.updates.clear();
        self.bytes = 0;
        self.last += 1;
        self.last
    }

    fn after(&self, position: u64) -> Next {
        if position == self.last {
            return Next::UpToDate;
        }
        let first = self
            .updates
            .front()
            .map_or(self.last + 1, |sent| sent.position);
        match position.checked_sub(first - 1) {
            Some(index) => self
                .updates
                .get(usize::try_from(index).unwrap_or(usize::MAX))
                .map_or(Next::Missed, |sent| Next::Update(sent.clone())),
            None => Next::Missed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::stream::ToastRef;

    fn check(pushed: usize, asked: &str, expected: Option<u64>) {
        let live = Live::new("e-1".into());
        for _ in 0..pushed {
            live.push(&StreamUpdate::ToastClosed(ToastRef { id: "t".into() }));
        }
        assert_eq!(
            live.kept(asked),
            expected,
            "{pushed} pushed, asked for {asked}"
        );
    }

    #[test]
    fn a_reader_goes_on_where_everything_after_is_kept() {
        check(0, "e-1-0", Some(0));
        check(3, "e-1-0", Some(0));
        check(3, "e-1-3", Some(3));
        check(3, "e-1-4", None);
        check(3, "e-2-1", None);
        check(3, "3", None);
        check(3, "", None);
        check(3, "e-1-99999999999999999999999", None);
        check(UPDATES_MAX, "e-1-0", Some(0));
        check(UPDATES_MAX + 1, "e-1-0", None);
        check(UPDATES_MAX + 1, "e-1-1", Some(1));
    }

    #[test]
    fn bytes_are_bounded_as_well() {
        let live = Live::new("e".into());
        let large: Arc<str> = "x".repeat(BYTES_MAX / 4).into();
        for _ in 0..5 {
            live.ring().push("timeline", Arc::clone(&large));
        }
        assert!(live.ring().bytes <= BYTES_MAX);
        assert_eq!(live.kept("e-0"), None);
        assert_eq!(live.kept("e-1"), Some(1));
    }

    #[test]
    fn after_breaking_off_nobody_goes_on() {
        let live = Live::new("e".into());
        live.push(&StreamUpdate::ToastClosed(ToastRef { id: "t".into() }));
        live.break_off();
        assert_eq!(live.kept("e-0"), None);
        assert_eq!(live.kept("e-1"), None);
        assert_eq!(live.kept("e-2"), Some(2));
        live.push(&StreamUpdate::ToastClosed(ToastRef { id: "t".into() }));
        assert_eq!(live.kept("e-1"), None);
        assert_eq!(live.kept("e-2"), Some(2));
    }
}
