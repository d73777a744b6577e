use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::watch;

use crate::{
    error::WriteError,
    event::Event,
    id::{Position, ShopId},
    sqlite::rows,
};

/// Recent events kept per shop: a reader that slept through a busy minute still finds its place.
const EVENTS_MAX: usize = 4096;

/// Bytes of bodies kept per shop, whatever their number.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is known of every shop without asking the disk: its head and its recent events. Changed
/// only by the writer, and only after a commit has returned.
#[derive(Default)]
pub(super) struct Tail {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    shops: HashMap<ShopId, ShopTail>,
    stopped: Option<Arc<str>>,
}

struct ShopTail {
    head: watch::Sender<Position>,
    /// How often there was news of the outbox.
    outbox: watch::Sender<u64>,
    recent: VecDeque<Arc<Event>>,
    body_bytes: usize,
}

impl Tail {
    pub(super) fn load(store: &Connection) -> rusqlite::Result<Self> {
        let heads = rows::heads(store)?;
        let shops = heads
            .into_iter()
            .map(|(shop, head)| (shop, ShopTail::at(head)))
            .collect();
        Ok(Self {
            state: Mutex::new(State {
                shops,
                stopped: None,
            }),
        })
    }

    pub(super) fn head(&self, shop: &ShopId) -> Position {
        self.lock()
            .shops
            .get(shop)
            .map_or(Position::START, ShopTail::position)
    }

    /// `None`: the disk has to be asked.
    pub(super) fn events(
        &self,
        shop: &ShopId,
        after: Position,
        limit: u32,
    ) -> Option<Vec<Arc<Event>>> {
        match self.lock().shops.get(shop) {
            Some(tail) => tail.after(after, limit),
            None => Some(Vec::new()),
        }
    }

    pub(super) fn watch(&self, shop: &ShopId) -> watch::Receiver<Position> {
        self.lock().shop(shop).head.subscribe()
    }

    pub(super) fn watch_outbox(&self, shop: &ShopId) -> watch::Receiver<u64> {
        self.lock().shop(shop).outbox.subscribe()
    }

    /// Wakes whoever sends what the shop's outbox holds.
    pub(super) fn outbox_has_news(&self, shop: &ShopId) {
        let mut state = self.lock();
        let news = &state.shop(shop).outbox;
        news.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Takes in events that were committed, all of one shop, and wakes its readers.
    pub(super) fn committed(&self, events: &[Arc<Event>]) {
        let Some(first) = events.first() else { return };
        self.lock().shop(&first.stream.shop).take_in(events);
    }

    pub(super) fn stop(&self, reason: Arc<str>) {
        self.lock().stopped.get_or_insert(reason);
    }

    pub(super) fn has_stopped(&self) -> Option<WriteError> {
        let reason = self.lock().stopped.clone()?;
        Some(WriteError::Stopped { reason })
    }

    /// Why nothing is written any more, for a caller that found the writer gone.
    pub(super) fn stopped(&self) -> WriteError {
        self.has_stopped().unwrap_or_else(|| WriteError::Stopped {
            reason: "its writer has ended".into(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn shop(&mut self, shop: &ShopId) -> &mut ShopTail {
        self.shops
            .entry(shop.clone())
            .or_insert_with(|| ShopTail::at(Position::START))
    }
}

impl ShopTail {
    fn at(head: Position) -> Self {
        Self {
            head: watch::Sender::new(head),
            outbox: watch::Sender::new(0),
            recent: VecDeque::new(),
            body_bytes: 0,
        }
    }

    fn position(&self) -> Position {
        *self.head.borrow()
    }

    fn after(&self, after: Position, limit: u32) -> Option<Vec<Arc<Event>>> {
        if after >= self.position() {
            return Some(Vec::new());
        }
        let oldest = self.recent.front()?.position;
        let skip = after.next().get().checked_sub(oldest.get())?;
        let skip = usize::try_from(skip).ok()?;
        Some(
            self.recent
                .iter()
                .skip(skip)
                .take(limit as usize)
                .cloned()
                .collect(),
        )
    }

    fn take_in(&mut self, events: &[Arc<Event>]) {
        for event in events {
            self.body_bytes += event.body.len();
            self.recent.push_back(Arc::clone(event));
        }
        while self.recent.len() > EVENTS_MAX || self.body_bytes > BODY_BYTES_MAX {
            let Some(oldest) = self.recent.pop_front() else {
                break;
            };
            self.body_bytes -= oldest.body.len();
        }
        if let Some(last) = events.last() {
            self.head.send_replace(last.position);
        }
    }
}
