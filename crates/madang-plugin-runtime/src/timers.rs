use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

/// The timers of one worker, in the order in which they come due.
///
/// Only numbers live here; the callbacks stay in the engine, under the same ids.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    queue: BinaryHeap<Reverse<(i64, u64, u32)>>,
    live: HashMap<u32, Timer>,
    next_id: u32,
    next_turn: u64,
}

#[derive(Clone, Copy, Debug)]
struct Timer {
    turn: u64,
    every: Option<i64>,
}

impl Timers {
    /// Sets a timer for `due` (µs), again every `every` µs when given.
    pub(crate) fn set(&mut self, due: i64, every: Option<i64>) -> u32 {
        self.next_id = self.next_id.wrapping_add(1).max(1);
        let id = self.next_id;
        self.queue_timer(id, due, every);
        id
    }

    pub(crate) fn clear(&mut self, id: u32) {
        self.live.remove(&id);
        self.shrink();
    }

    /// Takes the next timer due at `now`; a repeating one is set again. The flag says whether it stays.
    pub(crate) fn take_due(&mut self, now: i64) -> Option<(u32, bool)> {
        self.drop_cleared();
        let &Reverse((due, _, id)) = self.queue.peek()?;
        if due > now {
            return None;
        }
        self.queue.pop();
        let timer = self.live.remove(&id)?;
        if let Some(every) = timer.every {
            // One that fell behind does not run once for every time it missed.
            let next = due.saturating_add(every).max(now.saturating_add(1));
            self.queue_timer(id, next, timer.every);
        }
        Some((id, timer.every.is_some()))
    }

    pub(crate) fn next_due(&mut self) -> Option<i64> {
        self.drop_cleared();
        self.queue.peek().map(|Reverse((due, _, _))| *due)
    }

    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    fn queue_timer(&mut self, id: u32, due: i64, every: Option<i64>) {
        let turn = self.next_turn;
        self.next_turn += 1;
        self.live.insert(id, Timer { turn, every });
        self.queue.push(Reverse((due, turn, id)));
    }

    fn is_live(&self, turn: u64, id: u32) -> bool {
        self.live.get(&id).is_some_and(|timer| timer.turn == turn)
    }

    fn drop_cleared(&mut self) {
        while let Some(&Reverse((_, turn, id))) = self.queue.peek() {
            if self.is_live(turn, id) {
                return;
            }
            self.queue.pop();
        }
    }

    /// Cleared timers stay in the queue until they come up; a plugin that sets and clears all day must not fill it.
    fn shrink(&mut self) {
        if self.queue.len() > 64 && self.queue.len() > 4 * self.live.len() {
            let queue = std::mem::take(&mut self.queue);
            self.queue = queue
                .into_iter()
                .filter(|Reverse((_, turn, id))| self.is_live(*turn, *id))
                .collect();
        }
    }
}
