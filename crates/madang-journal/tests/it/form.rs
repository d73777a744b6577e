use std::{path::Path, sync::Arc};

use futures::{FutureExt, executor::block_on, pin_mut};
use madang_journal::{
    ExpectedVersion, Journal, Position, SqliteJournal, SqliteSettings, Version, WriteError,
    contract,
};

pub fn open(folder: &Path) -> SqliteJournal {
    SqliteJournal::open(folder, SqliteSettings::default()).expect("nothing speaks against opening")
}

#[test]
fn sqlite_keeps_every_promise() {
    for (name, promise) in contract::CONTRACT {
        println!("{name}");
        let folder = tempfile::tempdir().expect("a place for tests");
        block_on(promise(Arc::new(open(folder.path()))));
    }
}

#[test]
fn every_way_to_read_events_agrees() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let stream = contract::stream("a");
    let live = open(folder.path());
    for _ in 0..50 {
        let batch = contract::appending(&stream, ExpectedVersion::Any, &["x"; 100]);
        block_on(live.write(batch)).expect("writable");
    }
    let read_all = |journal: &SqliteJournal| -> Vec<_> {
        (0..=5_001)
            .step_by(97)
            .map(|after| {
                let after = Position::new(after);
                block_on(journal.events(&contract::shop(), after, 150)).expect("readable")
            })
            .collect()
    };
    // 5000 events are more than memory keeps: the first are read from the disk, the last are not.
    let while_live = read_all(&live);
    drop(live);
    let from_disk = read_all(&open(folder.path()));
    assert_eq!(while_live, from_disk);
    assert_eq!(from_disk[0].len(), 150);
}

/// Somebody else holds the database, so the writer waits: what is handed over meanwhile shows what
/// callers see of a slow disk.
#[test]
fn a_slow_disk_makes_callers_wait_and_tells_them_nothing_early() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let settings = SqliteSettings {
        waiting_writes_max: 2,
        ..SqliteSettings::default()
    };
    let journal = SqliteJournal::open(folder.path(), settings).expect("a new folder");
    let cart = contract::stream("cart");
    let tap = || contract::appending(&cart, ExpectedVersion::Any, &["tap"]);
    let mut woken = journal.watch(&contract::shop()).expect("watchable");
    let other = rusqlite::Connection::open(folder.path().join("journal.db")).expect("there");
    other
        .execute_batch("BEGIN IMMEDIATE")
        .expect("nobody writes yet");

    let mut handed = Vec::new();
    let full = loop {
        match journal.write_soon(tap()) {
            Ok(pending) => handed.push(pending),
            Err(error) => break error,
        }
        assert!(
            handed.len() < 300,
            "one group and a queue of two are all that fits"
        );
        let waiting = journal.write(tap());
        pin_mut!(waiting);
        assert!(
            waiting.as_mut().now_or_never().is_none(),
            "nobody is answered before the commit"
        );
    };
    assert!(matches!(full, WriteError::Full { .. }), "{full:?}");
    assert!(journal.in_flight() >= handed.len());
    assert!(!woken.has_changed().expect("the journal lives"));
    assert_eq!(
        block_on(journal.head(&contract::shop())).expect("readable"),
        Position::START
    );

    other.execute_batch("ROLLBACK").expect("it was begun");
    for pending in handed {
        block_on(pending.settled()).expect("nothing speaks against it");
    }
    journal.wait_until_answered();
    let head = block_on(journal.head(&contract::shop())).expect("readable");
    assert_eq!(*woken.borrow_and_update(), head);
    let events = block_on(journal.stream(&cart, Version::NONE, 1_000)).expect("readable");
    assert_eq!(events.len() as u64, head.get());
}

/// Few writes can be too much as well, when they are large.
#[test]
fn the_text_that_waits_is_bounded() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let journal = open(folder.path());
    let other = rusqlite::Connection::open(folder.path().join("journal.db")).expect("there");
    other
        .execute_batch("BEGIN IMMEDIATE")
        .expect("nobody writes yet");
    let mut large = madang_journal::Batch::new(contract::shop());
    large.values = (0..7)
        .map(|key| madang_journal::ValueChange {
            scope: "s".to_owned(),
            key: key.to_string(),
            value: Some("x".repeat(1024 * 1024)),
        })
        .collect();
    let mut handed = Vec::new();
    let full = loop {
        match journal.write_soon(large.clone()) {
            Ok(pending) => handed.push(pending),
            Err(error) => break error,
        }
    };
    assert!(matches!(full, WriteError::Full { waiting: 9 }), "{full:?}");
    other.execute_batch("ROLLBACK").expect("it was begun");
    // This one waits for room, and gets it.
    block_on(journal.write(large)).expect("nothing speaks against it");
    assert_eq!(handed.len(), 9);
}
