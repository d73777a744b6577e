//! Power cuts at random syncs. `kill -9` cannot show that commits are synced, because the
//! system's cache outlives the process; this disk's does not.

use std::{fs, path::Path};

use futures::executor::block_on;
use madang_journal::{Journal, OpenError, SqliteJournal, SqliteSettings};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::{
    kill::{check, numbered_batch, rounds},
    unsynced_disk::Disk,
};

/// Power cuts that one folder lives through.
const CUTS: u64 = 6;

#[test]
fn what_was_acknowledged_outlives_every_power_cut() {
    for seed in 0..rounds() {
        println!("seed {seed}");
        live_through_cuts(seed);
    }
}

fn live_through_cuts(seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let place = tempfile::tempdir().expect("a place for tests");
    let disk = Disk::under(place.path());
    let mut acknowledged = Vec::new();
    let mut number = 0;
    for _ in 0..CUTS {
        disk.cut_at_sync(1 + random.next_u64() % 40, random.next_u32() % 2 == 0);
        if let Some(journal) = open_until_cut(place.path(), &disk) {
            write_until_cut(&journal, &mut random, &mut number, &mut acknowledged);
        }
        // From nothing to nearly everything of what was not synced is there.
        let survive_of_256 = [0, 128, 250][random.next_u32() as usize % 3];
        disk.restore(random.next_u64(), survive_of_256);
        check(&crate::form::open(place.path()), &acknowledged);
    }
    assert!(!acknowledged.is_empty(), "this seed tried nothing");
}

/// `None`: the power went while the journal was being opened.
fn open_until_cut(folder: &Path, disk: &Disk) -> Option<SqliteJournal> {
    match SqliteJournal::open(folder, SqliteSettings::default()) {
        Ok(journal) => Some(journal),
        Err(error) => {
            assert!(disk.is_off(), "only the cut may stop it: {error}");
            None
        }
    }
}

fn write_until_cut(
    journal: &SqliteJournal,
    random: &mut ChaCha8Rng,
    number: &mut u64,
    acknowledged: &mut Vec<u64>,
) {
    loop {
        let together: Vec<_> = (0..1 + random.next_u64() % 4)
            .filter_map(|_| {
                *number += 1;
                Some((*number, journal.write_soon(numbered_batch(*number)).ok()?))
            })
            .collect();
        let mut is_over = together.is_empty();
        for (number, pending) in together {
            match block_on(pending.settled()) {
                Ok(_) => acknowledged.push(number),
                Err(_) => is_over = true,
            }
        }
        if is_over {
            return;
        }
    }
}

/// The test above is worth something only if this disk loses what was not synced.
#[test]
fn an_unsynced_commit_is_lost() {
    for (synchronous, expected) in [("off", 0), ("full", 1)] {
        let place = tempfile::tempdir().expect("a place for tests");
        let disk = Disk::under(place.path());
        let file = place.path().join("any.db");
        let store = rusqlite::Connection::open(&file).expect("a new file");
        store
            .execute_batch("PRAGMA journal_mode = wal; CREATE TABLE t (x); PRAGMA wal_checkpoint;")
            .expect("writable");
        store
            .pragma_update(None, "synchronous", synchronous)
            .expect("known");
        store
            .execute_batch("INSERT INTO t VALUES (1)")
            .expect("writable");
        disk.cut();
        drop(store);
        disk.restore(1, 0);
        let store = rusqlite::Connection::open(&file).expect("whole");
        let rows: i64 = store
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .expect("whole");
        assert_eq!(rows, expected, "synchronous = {synchronous}");
    }
}

/// After a failed sync nobody knows what is on the disk, so nothing is built on it.
#[test]
fn a_journal_that_lost_its_disk_stops() {
    let place = tempfile::tempdir().expect("a place for tests");
    let disk = Disk::under(place.path());
    let journal = crate::form::open(place.path());
    block_on(journal.write(numbered_batch(1))).expect("writable");
    let before = fs::metadata(place.path().join("journal.db"))
        .expect("there")
        .len();
    disk.cut();
    for _ in 0..2 {
        let refused = block_on(journal.write(numbered_batch(2)));
        let stopped = matches!(refused, Err(madang_journal::WriteError::Stopped { .. }));
        assert!(stopped, "{refused:?}");
    }
    journal.wait_until_answered();
    assert_eq!(journal.in_flight(), 0);
    drop(journal);
    assert_eq!(
        fs::metadata(place.path().join("journal.db"))
            .expect("there")
            .len(),
        before
    );
    let refused = SqliteJournal::open(place.path(), SqliteSettings::default());
    assert!(
        matches!(refused, Err(OpenError::Store { .. })),
        "{refused:?}"
    );
    disk.restore(1, 0);
    check(&crate::form::open(place.path()), &[1]);
}
