//! A till's own journal as a log of objects: orders, payments, tables and plugins.

use std::path::Path;

use madang_insight::objects::Objects;
use madang_insight::{Activity, Kind, Reader, Words};
use madang_journal::{Position, StoredJournal};
use madang_process::event_data::{LogLimits, ObjectLog};
use madang_process::language::Language;

use super::fault::Fault;

/// Events of one read.
const EVENTS_OF_READ: u32 = 10_000;

/// The journal that a name stands for, read as it is; none when it stands for something else. Its till may be at work meanwhile.
///
/// # Errors
/// [`Fault`].
pub(super) fn read(name: &str, language: Language) -> Result<Option<ObjectLog>, Fault> {
    let path = Path::new(name);
    // A pipe is read once, so nobody looks into it first.
    if name == "-" || !(path.is_file() || path.is_dir()) {
        return Ok(None);
    }
    let found = match StoredJournal::find(path) {
        Ok(Some(found)) => found,
        Ok(None) if path.is_dir() => {
            return Err(Fault::NoJournal {
                path: path.to_owned(),
            });
        }
        // What cannot be read is told of as the log that it is taken for.
        Ok(None) | Err(_) => return Ok(None),
    };
    let journal = StoredJournal::open(&found).map_err(Fault::JournalUnopened)?;
    let name: fn(Words) -> &'static str = match language {
        Language::Korean => |words| words.ko,
        Language::English => |words| words.en,
    };
    objects(&journal, name).map(Some)
}

/// Whether an activity of a journal says itself that something is done again, in either language.
pub(super) fn is_again(name: &str) -> bool {
    (Activity::ALL.iter()).any(|activity| {
        let Words { ko, en } = activity.words();
        activity.kind() == Kind::Again && [ko, en].contains(&name)
    })
}

fn objects(journal: &StoredJournal, name: fn(Words) -> &'static str) -> Result<ObjectLog, Fault> {
    let mut shops = journal.shops().map_err(Fault::JournalUnread)?;
    let (shop, head) = match (shops.pop(), shops.len()) {
        (Some(only), 0) => only,
        (None, _) => return Ok(Objects::new(name, LogLimits::default()).finish()),
        (Some(_), others) => return Err(Fault::ManyShops { shops: others + 1 }),
    };
    let mut objects = Objects::new(name, LogLimits::default());
    let (mut reader, mut after) = (Reader::new(), Position::START);
    // What is written from now on is left out, so that a busy till does not keep us for ever.
    while after < head {
        let events = journal
            .events(&shop, after, EVENTS_OF_READ)
            .map_err(Fault::JournalUnread)?;
        let Some(last) = events.last() else { break };
        after = last.position;
        let mut facts = Vec::new();
        for event in events.iter().filter(|event| event.position <= head) {
            let read = reader.read(event, |fact| facts.push(fact));
            read.map_err(|source| Fault::JournalNotUnderstood(Box::new(source)))?;
        }
        for fact in &facts {
            objects.take(fact).map_err(Fault::TooMany)?;
        }
    }
    Ok(objects.finish())
}
