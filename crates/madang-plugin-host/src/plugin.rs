//! One plugin as the host knows it: what stays over restarts, and the instance that runs.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;
use madang_journal::Position;
use madang_plugin_protocol::ask::Answer;
use madang_plugin_protocol::{Message, find};
use madang_plugin_runtime::Stopped;
use tokio::sync::{oneshot, watch};

use crate::flood::Flood;
use crate::mailbox::Mailbox;
use crate::outside::Outside;
use crate::rate::{Arrivals, Rate};
use crate::settings::Settings;
use crate::spec::PluginSpec;
use crate::storage::Store;
use crate::supervise::Stops;
use crate::timeline::Entry;

/// Turns whose length is remembered for the meter.
const TURNS_KEPT: usize = 256;
/// Calls of one plugin that may be unanswered at one time: an SDK waits 30 s for each, and each holds its payload.
pub(crate) const PENDING_CALLS_MAX: usize = 256;
/// Events sent to a plugin that it has not dealt with yet.
pub(crate) const UNACKNOWLEDGED_MAX: usize = 256;
/// Entries of one turn that listeners wait for: one that says more is heard while it still speaks.
const UNTOLD_MAX: usize = 256;

/// What a plugin is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginState {
    /// Loading.
    Starting,
    /// Running.
    Running,
    /// Stopped by staff or its author.
    Stopped,
    /// Stopped for a reason; it starts again by itself.
    Crashed {
        /// Why.
        reason: Stopped,
        /// When it starts again.
        next_start_at: Timestamp,
    },
    /// Stopped for a reason, and not started again until somebody does.
    SetAside {
        /// Why.
        reason: Stopped,
    },
}

/// A plugin as the screen shows it.
#[derive(Clone, Debug)]
pub struct PluginStatus {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it came as.
    pub form: &'static str,
    /// What it is doing.
    pub state: PluginState,
    /// Bytes its engine holds, as last measured.
    pub memory_bytes: usize,
    /// Bytes its engine may hold.
    pub memory_bytes_max: usize,
    /// 19 of 20 turns took at most this long.
    pub turn_p95_us: u64,
    /// Messages in both directions since the till was opened.
    pub messages: u64,
    /// Messages that were refused.
    pub refusals: u64,
    /// What it may do, by name.
    pub permissions: Vec<String>,
    /// What its author should know.
    pub notes: Vec<String>,
}

pub(crate) struct Plugin {
    pub name: Arc<str>,
    pub storage: Store,
    pub secure_store: Store,
    pub settings_store: Store,
    pub settings: RwLock<Settings>,
    pub blocks_power_saver: AtomicBool,
    pub messages: AtomicU64,
    pub refusals: AtomicU64,
    pub progress: Mutex<Progress>,
    /// Moves whenever the delivery of events has something new to look at.
    pub pulse: watch::Sender<u64>,
    spec: RwLock<Arc<PluginSpec>>,
    life: Mutex<Life>,
    meters: Mutex<Meters>,
    rates: Mutex<HashMap<&'static str, Arrivals>>,
}

pub(crate) struct Life {
    pub generation: u64,
    pub state: PluginState,
    pub instance: Option<Arc<Instance>>,
    pub stops: Stops,
}

/// One start of a plugin.
pub(crate) struct Instance {
    pub generation: u64,
    pub mailbox: Arc<Mailbox>,
    /// Keys of its operations begin with this: a callback id may come again after a restart.
    pub session: String,
    pub pending: Mutex<Pending>,
    pub asks: Mutex<HashMap<String, oneshot::Sender<Answer>>>,
    pub cause: Mutex<Option<Arc<str>>>,
    pub flood: Mutex<Flood>,
    pub outside: Outside,
    untold: Mutex<Untold>,
    refused_again: Mutex<BTreeMap<&'static str, u64>>,
}

/// What a turn said that no listener was told yet. Waking one costs more than all else that is done with a small message,
/// so they are woken when the turn ends.
#[derive(Default)]
struct Untold {
    in_turn: bool,
    entries: Vec<Arc<Entry>>,
}

/// Calls that are not answered yet, and events whose handling may hang on them.
#[derive(Default)]
pub(crate) struct Pending {
    pub calls: usize,
    pub events: Vec<Position>,
}

/// How far a plugin is with the journal's events.
#[derive(Default)]
pub(crate) struct Progress {
    pub sent: Position,
    /// The start that is being sent events; 0: none. What an earlier one still says is about messages that were sent again.
    generation: u64,
    outstanding: BTreeMap<Position, usize>,
}

#[derive(Default)]
struct Meters {
    turns_us: VecDeque<u64>,
    memory_bytes: usize,
}

impl Plugin {
    pub fn new(
        spec: PluginSpec,
        storage: Store,
        secure_store: Store,
        settings_store: Store,
        settings: Settings,
        sent: Position,
    ) -> Self {
        Self {
            name: spec.name.as_str().into(),
            storage,
            secure_store,
            settings_store,
            settings: RwLock::new(settings),
            blocks_power_saver: AtomicBool::new(false),
            messages: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
            progress: Mutex::new(Progress {
                sent,
                generation: 0,
                outstanding: BTreeMap::new(),
            }),
            pulse: watch::Sender::new(0),
            spec: RwLock::new(Arc::new(spec)),
            life: Mutex::new(Life {
                generation: 0,
                state: PluginState::Stopped,
                instance: None,
                stops: Stops::default(),
            }),
            meters: Mutex::default(),
            rates: Mutex::default(),
        }
    }

    pub fn spec(&self) -> Arc<PluginSpec> {
        self.spec
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn replace_spec(&self, spec: PluginSpec) {
        *self.spec.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(spec);
    }

    pub fn life(&self) -> MutexGuard<'_, Life> {
        lock(&self.life)
    }

    /// The instance that runs, if one does.
    pub fn instance(&self) -> Option<Arc<Instance>> {
        self.life().instance.clone()
    }

    pub fn settings(&self) -> Settings {
        self.settings
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether it may hear or say a message of this name.
    pub fn may(&self, message: &str) -> bool {
        let permission = find(message).and_then(|row| row.permission);
        permission.is_none_or(|permission| self.spec().grants.allows(permission))
    }

    /// Counts a message against its limit; false when it is one too many.
    pub fn within_rate(&self, row: &Message, now: Timestamp) -> bool {
        let Some(limit) = row.limit else { return true };
        let mut rates = lock(&self.rates);
        let arrivals = rates.entry(row.name).or_default();
        arrivals.within(Rate::per_minute(limit.per_minute), now)
    }

    pub fn note_turn(&self, duration_us: u64, memory_bytes: Option<usize>) {
        let mut meters = lock(&self.meters);
        if meters.turns_us.len() == TURNS_KEPT {
            meters.turns_us.pop_front();
        }
        meters.turns_us.push_back(duration_us);
        if let Some(bytes) = memory_bytes {
            meters.memory_bytes = bytes;
        }
    }

    pub fn status(&self, memory_bytes_max: usize) -> PluginStatus {
        let spec = self.spec();
        let meters = lock(&self.meters);
        PluginStatus {
            name: spec.name.clone(),
            version: spec.version.clone(),
            form: spec.form,
            state: self.life().state.clone(),
            memory_bytes: meters.memory_bytes,
            memory_bytes_max,
            turn_p95_us: p95(&meters.turns_us),
            messages: self.messages.load(Ordering::Relaxed),
            refusals: self.refusals.load(Ordering::Relaxed),
            permissions: spec
                .grants
                .permissions
                .iter()
                .map(|permission| permission.to_string())
                .collect(),
            notes: spec.notes.clone(),
        }
    }

    pub fn nudge(&self) {
        self.pulse.send_modify(|count| *count += 1);
    }

    /// Notes that an event was dealt with; it counts once every call that was open then is answered, so that what the plugin
    /// keeps about the event is kept before the event is past.
    pub fn dealt_with(&self, instance: &Instance, position: Position) {
        let mut pending = lock(&instance.pending);
        pending.events.push(position);
        if pending.calls == 0 || pending.events.len() >= UNACKNOWLEDGED_MAX {
            self.acknowledge(instance.generation, std::mem::take(&mut pending.events));
        }
    }

    pub fn call_answered(&self, instance: &Instance) {
        let mut pending = lock(&instance.pending);
        pending.calls = pending.calls.saturating_sub(1);
        if pending.calls == 0 {
            self.acknowledge(instance.generation, std::mem::take(&mut pending.events));
        }
    }

    fn acknowledge(&self, generation: u64, positions: Vec<Position>) {
        if positions.is_empty() {
            return;
        }
        let mut progress = lock(&self.progress);
        for position in positions {
            progress.acknowledge(generation, position);
        }
        drop(progress);
        self.nudge();
    }
}

impl Instance {
    pub fn new(generation: u64, session: String) -> Self {
        Self {
            generation,
            mailbox: Arc::default(),
            session,
            pending: Mutex::default(),
            asks: Mutex::default(),
            cause: Mutex::default(),
            flood: Mutex::default(),
            outside: Outside::default(),
            untold: Mutex::default(),
            refused_again: Mutex::default(),
        }
    }

    /// It is not heard any more: what it was told and asked goes, and what it holds open is closed.
    pub fn end(&self) {
        self.mailbox.close();
        lock(&self.asks).clear();
        self.outside.end();
    }

    pub fn begin_turn(&self) {
        lock(&self.untold).in_turn = true;
    }

    /// What the turn left untold.
    pub fn end_turn(&self) -> Vec<Arc<Entry>> {
        std::mem::take(&mut *lock(&self.untold)).entries
    }

    /// Keeps `entry` until the turn ends; answers what is to be told now.
    pub fn to_tell(&self, entry: Arc<Entry>) -> Vec<Arc<Entry>> {
        let mut untold = lock(&self.untold);
        untold.entries.push(entry);
        if untold.in_turn && untold.entries.len() < UNTOLD_MAX {
            return Vec::new();
        }
        std::mem::take(&mut untold.entries)
    }

    /// Counts a refusal for being too often; true when this turn had the same one already, which then needs no row.
    pub fn is_refused_again(&self, name: &'static str) -> bool {
        let mut refused = lock(&self.refused_again);
        match refused.get_mut(name) {
            Some(again) => {
                *again += 1;
                true
            }
            None => {
                refused.insert(name, 0);
                false
            }
        }
    }

    /// How often each message was refused again in the turn that ends.
    pub fn take_refused_again(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let refused = std::mem::take(&mut *lock(&self.refused_again));
        refused.into_iter().filter(|(_, again)| *again > 0)
    }

    pub fn cause(&self) -> Option<Arc<str>> {
        lock(&self.cause).clone()
    }

    pub fn set_cause(&self, cause: Option<Arc<str>>) {
        *lock(&self.cause) = cause;
    }

    /// Counts a call that will be answered later; false when there are too many.
    pub fn begin_call(&self) -> bool {
        let mut pending = lock(&self.pending);
        if pending.calls >= PENDING_CALLS_MAX {
            return false;
        }
        pending.calls += 1;
        true
    }

    pub fn is_idle(&self) -> bool {
        self.mailbox.waiting() == 0 && lock(&self.pending).calls == 0
    }
}

impl Progress {
    /// Notes that `messages` of an event go to the start `generation`; false when that is not the one that runs.
    pub fn sending(&mut self, generation: u64, position: Position, messages: usize) -> bool {
        if self.generation != generation {
            return false;
        }
        if messages > 0 {
            *self.outstanding.entry(position).or_insert(0) += messages;
        }
        self.sent = position;
        true
    }

    pub fn unacknowledged(&self) -> usize {
        self.outstanding.len()
    }

    /// Everything up to here was dealt with.
    pub fn done_to(&self) -> Position {
        match self.outstanding.keys().next() {
            Some(first) => Position::new(first.get().saturating_sub(1)),
            None => self.sent,
        }
    }

    /// A new start gets again what the last one had not dealt with. 0: nothing runs.
    pub fn begin_again(&mut self, generation: u64) {
        self.sent = self.done_to();
        self.outstanding.clear();
        self.generation = generation;
    }

    fn acknowledge(&mut self, generation: u64, position: Position) {
        if self.generation != generation {
            return;
        }
        if let Some(count) = self.outstanding.get_mut(&position) {
            *count -= 1;
            if *count == 0 {
                self.outstanding.remove(&position);
            }
        }
    }
}

fn p95(turns: &VecDeque<u64>) -> u64 {
    let mut sorted: Vec<u64> = turns.iter().copied().collect();
    sorted.sort_unstable();
    let place = (sorted.len() * 95).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(0)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At least once: what a start that was stopped says afterwards, or is sent afterwards, moves nothing.
    #[test]
    fn a_stopped_start_acknowledges_nothing() {
        let event = Position::new(7);
        let mut progress = Progress::default();
        progress.begin_again(1);
        assert!(progress.sending(1, event, 2));
        progress.begin_again(0);
        assert!(!progress.sending(1, Position::new(8), 1), "it is stopped");
        progress.begin_again(2);
        assert_eq!(progress.sent, Position::new(6), "the event comes again");
        assert!(progress.sending(2, event, 2));
        progress.acknowledge(1, event);
        progress.acknowledge(1, event);
        assert_eq!(progress.done_to(), Position::new(6));
        progress.acknowledge(2, event);
        assert_eq!(progress.done_to(), Position::new(6));
        progress.acknowledge(2, event);
        assert_eq!(progress.done_to(), event);
    }
}
