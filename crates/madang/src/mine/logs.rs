//! Many logs read at once, as one.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

use madang_insight::objects::object_type;
use madang_process::event_data::{EventLog, LogBuilder, LogLimits, ObjectLog};
use madang_process::language::Language;
use madang_process::read::{AnyLog, LogSettings, Read, ReadObjects, RejectedRows, read_log};

use super::fault::Fault;
use super::found::FileRead;
use super::journal;
use super::progress::Watch;
use super::twice::{self, Events};

/// How logs are read.
pub struct Reading<'all> {
    /// What is said about them.
    pub settings: &'all LogSettings,
    /// Which objects are the cases of logs of objects.
    pub object_type: Option<&'all str>,
    /// What activities of a till's journal are called in.
    pub language: Language,
    /// Whether a log of objects is kept as such, to be written as one.
    pub keeps_objects: bool,
}

/// What was read.
pub struct Logs {
    /// All of it as one log: a case may stand in several files, as one that is open at the end of a month.
    pub log: EventLog,
    /// What each file was.
    pub files: Vec<FileRead>,
    /// The log of objects, where it is kept and there is only one; and the type of those that are the cases.
    pub objects: Option<(ObjectLog, String)>,
}

impl Reading<'_> {
    /// The same for a till's journal, where a case is an order unless something else is named.
    fn of_journal(&self) -> Self {
        Self {
            object_type: Some(self.object_type.unwrap_or(object_type::ORDER)),
            ..*self
        }
    }
}

/// One file.
struct OneRead {
    read: Read,
    objects: Option<(ObjectLog, String)>,
    /// Of a log of objects: its events, of which each has an id.
    events: Option<Events>,
    is_journal: bool,
}

/// Reads logs, as many at once as there are cores.
///
/// # Errors
/// [`Fault`], that of the first file that has one.
pub fn read(names: &[String], reading: &Reading<'_>, watch: &Watch) -> Result<Logs, Fault> {
    if let [name] = names {
        let OneRead {
            read,
            objects,
            is_journal,
            ..
        } = one(name, reading, reading.settings, watch)?;
        let files = vec![FileRead::of(name, &read, is_journal)];
        let log = read.log;
        return Ok(Logs {
            log,
            files,
            objects,
        });
    }
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(names.len());
    // What files leave of the cores, the parts of files have.
    let threads = NonZero::new(cores / workers.max(1));
    twice::refuse_same_files(names)?;
    let (next, is_over) = (&AtomicUsize::new(0), &AtomicBool::new(false));
    let (done, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let done = done.clone();
            scope.spawn(move || {
                while !is_over.load(Relaxed) {
                    let at = next.fetch_add(1, Relaxed);
                    let Some(name) = names.get(at) else { return };
                    let settings = LogSettings {
                        threads,
                        // Each file counts its traces for itself.
                        unnamed: Some(format!("{name}#")),
                        ..reading.settings.clone()
                    };
                    let read = one(name, reading, &settings, watch);
                    // Nobody waits for more when another file could not be read.
                    if done.send((at, read)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let joined = joined(names, &results);
        is_over.store(true, Relaxed);
        joined
    })
}

/// Puts files together in the order in which they were named, as they come.
fn joined(
    names: &[String],
    results: &mpsc::Receiver<(usize, Result<OneRead, Fault>)>,
) -> Result<Logs, Fault> {
    let mut builder = LogBuilder::new(LogLimits::default());
    let mut files = Vec::with_capacity(names.len());
    let mut early = BTreeMap::new();
    let mut events_of: Vec<(&str, Events)> = Vec::new();
    for (at, result) in results {
        early.insert(at, result);
        while let Some(result) = early.remove(&files.len()) {
            let OneRead {
                read,
                events,
                is_journal,
                ..
            } = result?;
            let name = names[files.len()].as_str();
            if let Some(events) = events {
                events.refuse_common(name, &events_of)?;
                events_of.push((name, events));
            }
            files.push(FileRead::of(name, &read, is_journal));
            builder.push_log(&read.log).map_err(Fault::TooMany)?;
        }
    }
    Ok(Logs {
        log: builder.finish(),
        files,
        objects: None,
    })
}

fn one(
    name: &str,
    reading: &Reading<'_>,
    settings: &LogSettings,
    watch: &Watch,
) -> Result<OneRead, Fault> {
    let task = watch.task(name);
    if let Some(log) = journal::read(name, reading.language)? {
        let read = ReadObjects {
            log,
            rejected: RejectedRows::default(),
        };
        let read = of_objects(read, name, &reading.of_journal())?;
        return Ok(OneRead {
            is_journal: true,
            ..read
        });
    }
    match read_log(name, settings, &task.progress).map_err(Fault::Read)? {
        AnyLog::Cases(read) => Ok(OneRead {
            read,
            objects: None,
            events: None,
            is_journal: false,
        }),
        AnyLog::Objects(objects) => of_objects(objects, name, reading),
    }
}

/// A log of objects is looked at by the objects of one type.
fn of_objects(read: ReadObjects, name: &str, reading: &Reading<'_>) -> Result<OneRead, Fault> {
    let ReadObjects { log, rejected } = read;
    let types: Vec<&str> = log.object_types().iter().collect();
    let wanted = (reading.object_type).filter(|wanted| types.contains(wanted));
    // Where there is one type, nobody has to say which.
    let wanted = match (wanted, types.as_slice()) {
        (Some(wanted), _) => wanted,
        (None, [only]) if reading.object_type.is_none() => only,
        (None, []) => {
            let name = name.to_owned();
            return Err(Fault::NoObjects { name });
        }
        _ => {
            return Err(Fault::WhichObjects {
                name: name.to_owned(),
                types: types.join(", "),
            });
        }
    };
    let wanted = wanted.to_owned();
    let events = Events::of(&log);
    let flat = log.flatten(&wanted, LogLimits::default());
    Ok(OneRead {
        read: Read {
            log: flat.map_err(Fault::TooMany)?,
            rejected,
            mapping: None,
        },
        objects: reading.keeps_objects.then_some((log, wanted)),
        events: Some(events),
        is_journal: false,
    })
}
