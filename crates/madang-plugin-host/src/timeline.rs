//! Every message in and out, every line of a console, every stop: what an author looks at, and what a recording is made of.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;

/// Entries kept of one plugin, its newest: an author's working hour. Each has a bound of its own, so that one that floods
/// wipes nobody else's.
const PLUGIN_ENTRIES_MAX: usize = 20_000;
/// Bytes of bodies kept of one plugin: a quarter of the memory it may use itself, so that ten of them fit a small terminal.
const PLUGIN_BODY_BYTES_MAX: usize = 16 << 20;

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
    plugins: BTreeMap<Arc<str>, Kept>,
    last_seq: u64,
}

/// What is kept of one plugin, in the order of its numbers.
#[derive(Default)]
struct Kept {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
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
        let kept = state.plugins.entry(entry.plugin.clone()).or_default();
        kept.keep(entry.clone());
        entry
    }

    /// Entries, oldest first.
    pub fn entries(&self, query: &Query) -> Vec<Arc<Entry>> {
        let state = self.state();
        let mut entries: Vec<_> = state
            .plugins
            .iter()
            .filter(|(plugin, _)| {
                query
                    .plugin
                    .as_deref()
                    .is_none_or(|wanted| wanted == &***plugin)
            })
            .flat_map(|(_, kept)| kept.wanted(query))
            .cloned()
            .collect();
        drop(state);
        entries.sort_unstable_by_key(|entry| entry.seq);
        if query.after.is_some() {
            entries.truncate(query.limit);
        } else {
            entries.drain(..entries.len().saturating_sub(query.limit));
        }
        entries
    }

    /// The entry with this number, if it is still kept.
    pub fn entry(&self, seq: u64) -> Option<Arc<Entry>> {
        let state = self.state();
        let mut found = state.plugins.values().filter_map(|kept| kept.entry(seq));
        found.next().cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, entry: Arc<Entry>) {
        self.bytes += entry.body.len();
        self.entries.push_back(entry);
        while self.entries.len() > PLUGIN_ENTRIES_MAX || self.bytes > PLUGIN_BODY_BYTES_MAX {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.bytes -= oldest.body.len();
        }
    }

    /// This plugin's part of an answer: no more than the whole of it may hold.
    fn wanted(&self, query: &Query) -> impl Iterator<Item = &Arc<Entry>> {
        let begin = query.after.map_or(0, |after| {
            self.entries.partition_point(|entry| entry.seq <= after)
        });
        let end = query.before.map_or(self.entries.len(), |before| {
            self.entries.partition_point(|entry| entry.seq < before)
        });
        let end = end.max(begin);
        let places = if query.after.is_some() {
            begin..end.min(begin.saturating_add(query.limit))
        } else {
            begin.max(end.saturating_sub(query.limit))..end
        };
        self.entries.range(places)
    }

    fn entry(&self, seq: u64) -> Option<&Arc<Entry>> {
        let place = self.entries.binary_search_by_key(&seq, |entry| entry.seq);
        self.entries.get(place.ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(timeline: &Timeline, plugin: &str, body: &str) -> u64 {
        let new = NewEntry {
            at: Timestamp::UNIX_EPOCH,
            plugin: plugin.into(),
            direction: Direction::Out,
            kind: Kind::Console,
            name: "log".into(),
            callback_id: None,
            body: body.into(),
            bytes: body.len(),
            cause: None,
            ended: None,
        };
        timeline.record(new).seq
    }

    fn numbers(timeline: &Timeline, query: Query) -> Vec<u64> {
        let entries = timeline.entries(&query);
        entries.iter().map(|entry| entry.seq).collect()
    }

    #[test]
    fn one_plugin_does_not_wipe_another_and_each_is_bounded() {
        let timeline = Timeline::default();
        let quiet = say(&timeline, "quiet", "한 마디");
        let first = say(&timeline, "loud", "");
        let mut last = first;
        for _ in 0..PLUGIN_ENTRIES_MAX {
            last = say(&timeline, "loud", "");
        }
        let kept = |plugin: &str| Query {
            plugin: Some(plugin.into()),
            limit: usize::MAX,
            ..Query::default()
        };
        assert_eq!(numbers(&timeline, kept("quiet")), [quiet]);
        assert_eq!(numbers(&timeline, kept("loud")).len(), PLUGIN_ENTRIES_MAX);
        assert!(timeline.entry(first).is_none() && timeline.entry(last).is_some());
        let large = "x".repeat(PLUGIN_BODY_BYTES_MAX / 2);
        for _ in 0..3 {
            last = say(&timeline, "loud", &large);
        }
        assert_eq!(numbers(&timeline, kept("loud")), [last - 1, last]);
        assert_eq!(numbers(&timeline, kept("quiet")), [quiet]);
        assert!(timeline.entry(quiet).is_some());
    }

    #[test]
    fn rows_of_all_plugins_come_in_one_order() {
        let timeline = Timeline::default();
        for plugin in ["a", "b", "c", "a", "b", "c", "a", "b"] {
            say(&timeline, plugin, "");
        }
        let check = |plugin: Option<&str>, after, before, limit, expected: &[u64]| {
            let query = Query {
                plugin: plugin.map(str::to_owned),
                after,
                before,
                limit,
            };
            assert_eq!(numbers(&timeline, query.clone()), expected, "{query:?}");
        };
        check(None, None, None, 9, &[1, 2, 3, 4, 5, 6, 7, 8]);
        check(None, None, None, 3, &[6, 7, 8]);
        check(None, None, Some(6), 2, &[4, 5]);
        check(None, Some(2), None, 3, &[3, 4, 5]);
        check(None, Some(2), Some(5), 9, &[3, 4]);
        check(None, Some(6), Some(3), 9, &[]);
        check(None, Some(100), None, 9, &[]);
        check(Some("b"), None, None, 2, &[5, 8]);
        check(Some("b"), Some(2), None, 1, &[5]);
        check(Some("d"), None, None, 9, &[]);
    }
}
