//! Every message in and out, every line of a console, every stop: what an author looks at, and what a recording is made of.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;

/// Entries kept: an author's working hour.
const ENTRIES_MAX: usize = 20_000;
/// Bytes of bodies kept, so that a plugin with large messages cannot fill the machine.
const BODY_BYTES_MAX: usize = 64 << 20;

/// One entry. Bodies are masked before they get here.
#[derive(Debug)]
pub struct Entry {
    /// Counts up from 1, over all plugins.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub plugin: Arc<str>,
    /// Which way, as the plugin sees it.
    pub direction: Direction,
    /// What sort of entry.
    pub kind: Kind,
    /// The message's name, or the console's level.
    pub name: String,
    /// The message's callback id.
    pub callback_id: Option<String>,
    /// The message as JSON, or the text.
    pub body: Arc<str>,
    /// Bytes of the message as it came.
    pub bytes: usize,
    /// What led to it.
    pub cause: Option<Arc<str>>,
    ended: OnceLock<Ended>,
}

/// Which way a message goes, as the plugin sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the plugin.
    In,
    /// From the plugin.
    Out,
}

/// What sort of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message.
    Message,
    /// A line of the console.
    Console,
    /// Something the plugin threw.
    Error,
    /// Started, stopped, set aside, told something about itself.
    Lifecycle,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub result: Outcome,
    /// From its arrival to the answer.
    pub duration_us: u64,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Ok,
    /// The host said no to the plugin.
    Refused,
    /// The plugin said no to the host.
    Veto,
    /// No answer came in time.
    Late,
}

/// Which entries are wanted, newest last.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Only this plugin's.
    pub plugin: Option<String>,
    /// Only those after this number.
    pub after: Option<u64>,
    /// Only those before this number.
    pub before: Option<u64>,
    /// At most so many: the newest ones, or with `after` the oldest.
    pub limit: usize,
}

/// The entries of all plugins.
#[derive(Default)]
pub struct Timeline {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    last_seq: u64,
}

/// An entry before it has its number.
pub(crate) struct NewEntry {
    pub at: Timestamp,
    pub plugin: Arc<str>,
    pub direction: Direction,
    pub kind: Kind,
    pub name: String,
    pub callback_id: Option<String>,
    pub body: Arc<str>,
    pub bytes: usize,
    pub cause: Option<Arc<str>>,
    pub ended: Option<Ended>,
}

impl Entry {
    /// How it ended, once it has.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.get()
    }

    pub(crate) fn end(&self, ended: Ended) {
        // The first end counts; a late answer to a question does not undo its lateness.
        let _ = self.ended.set(ended);
    }
}

impl Timeline {
    pub(crate) fn record(&self, new: NewEntry) -> Arc<Entry> {
        let mut state = self.state();
        state.last_seq += 1;
        let entry = Arc::new(Entry {
            seq: state.last_seq,
            at: new.at,
            plugin: new.plugin,
            direction: new.direction,
            kind: new.kind,
            name: new.name,
            callback_id: new.callback_id,
            body: new.body,
            bytes: new.bytes,
            cause: new.cause,
            ended: new.ended.map_or_else(OnceLock::new, OnceLock::from),
        });
        state.bytes += entry.body.len();
        state.entries.push_back(entry.clone());
        while state.entries.len() > ENTRIES_MAX || state.bytes > BODY_BYTES_MAX {
            let Some(oldest) = state.entries.pop_front() else {
                break;
            };
            state.bytes -= oldest.body.len();
        }
        entry
    }

    /// Entries, oldest first.
    pub fn entries(&self, query: &Query) -> Vec<Arc<Entry>> {
        let state = self.state();
        let wanted = |entry: &&Arc<Entry>| {
            query
                .plugin
                .as_deref()
                .is_none_or(|plugin| plugin == &*entry.plugin)
                && query.after.is_none_or(|after| entry.seq > after)
                && query.before.is_none_or(|before| entry.seq < before)
        };
        if query.after.is_some() {
            return state
                .entries
                .iter()
                .filter(wanted)
                .take(query.limit)
                .cloned()
                .collect();
        }
        let mut newest: Vec<_> = state
            .entries
            .iter()
            .rev()
            .filter(wanted)
            .take(query.limit)
            .cloned()
            .collect();
        newest.reverse();
        newest
    }

    /// The entry with this number, if it is still kept.
    pub fn entry(&self, seq: u64) -> Option<Arc<Entry>> {
        let state = self.state();
        let first = state.entries.front()?.seq;
        let place = usize::try_from(seq.checked_sub(first)?).ok()?;
        state.entries.get(place).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
