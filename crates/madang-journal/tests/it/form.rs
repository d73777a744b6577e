use std::{path::Path, sync::Arc};

use futures::executor::block_on;
use madang_journal::{Position, SqliteJournal, SqliteSettings, contract};

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
    use madang_journal::{ExpectedVersion, Journal};
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
