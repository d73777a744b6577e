//! The data folder: made, refused, copied.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::executor::block_on;
use madang_journal::{
    BackupError, ExpectedVersion, Journal, OpenError, PersonalChange, PersonalText, Position,
    SqliteJournal, SqliteSettings, StoredJournal, Version, WriteError, contract,
};

use crate::form::open;

fn refusal(folder: &Path) -> OpenError {
    SqliteJournal::open(folder, SqliteSettings::default()).expect_err("it must be refused")
}

fn with_one_event(folder: &Path) {
    write_one(&open(folder), 0);
}

fn write_one(journal: &SqliteJournal, version: u32) {
    let expected = ExpectedVersion::Exactly(Version::new(version));
    let batch = contract::appending(&contract::stream("a"), expected, &["x"]);
    block_on(journal.write(batch)).expect("writable");
}

fn head(journal: &SqliteJournal) -> Position {
    block_on(journal.head(&contract::shop())).expect("readable")
}

#[test]
fn only_the_owner_may_look() {
    let place = tempfile::tempdir().expect("a place for tests");
    let folder = place.path().join("deep/shop");
    let journal = open(&folder);
    write_one(&journal, 0);
    let mode = |path: PathBuf| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    for file in fs::read_dir(&folder).expect("there") {
        let path = file.expect("there").path();
        assert_eq!(mode(path.clone()), 0o600, "{}", path.display());
    }
}

#[test]
fn one_till_at_a_time() {
    let place = tempfile::tempdir().expect("a place for tests");
    let first = open(place.path());
    match refusal(place.path()) {
        OpenError::InUse { process, .. } => assert_eq!(process, Some(std::process::id())),
        other => panic!("it is in use, not {other}"),
    }
    drop(first);
    drop(open(place.path()));
}

/// Each row spoils a folder that holds a sale.
#[test]
fn a_spoilt_folder_is_refused_with_a_reason() {
    type Spoil = fn(&Path);
    let rows: &[(Spoil, &str)] = &[
        (
            |f| fs::write(f.join("format"), "madang data folder, format 2\n").expect("writable"),
            "has format 2, newer than the 1 of this program; use the newer program",
        ),
        (
            |f| fs::write(f.join("format"), "hello").expect("writable"),
            "is not a format file",
        ),
        (
            |f| fs::write(f.join("format"), [0xFF, 0xFE]).expect("writable"),
            "is not a format file",
        ),
        (
            |f| fs::remove_file(f.join("format")).expect("there"),
            "holds sales but its file `format` is missing",
        ),
        (
            |f| fs::remove_file(f.join("journal.db")).expect("there"),
            "but no journal; restore the last backup",
        ),
        (
            |f| fs::write(f.join("journal.db"), "").expect("writable"),
            "is damaged; restore the last backup",
        ),
        (
            |f| {
                let store = rusqlite::Connection::open(f.join("journal.db")).expect("a database");
                store
                    .pragma_update(None, "user_version", 99)
                    .expect("writable");
            },
            "is damaged; restore the last backup",
        ),
        (
            |f| {
                fs::write(
                    f.join("journal.db"),
                    "not a database at all, but long enough to look at".repeat(99),
                )
                .expect("writable")
            },
            "is damaged; restore the last backup",
        ),
    ];
    for (spoil, message) in rows {
        let place = tempfile::tempdir().expect("a place for tests");
        with_one_event(place.path());
        spoil(place.path());
        let before = fs::read(place.path().join("journal.db")).ok();
        let refused = refusal(place.path()).to_string();
        assert!(refused.contains(message), "{refused}");
        if let Some(before) = before.filter(|before| !before.is_empty()) {
            let after = fs::read(place.path().join("journal.db")).expect("there");
            assert!(
                before == after,
                "a refused folder is left as it was: {refused}"
            );
        }
    }
}

#[test]
fn a_half_made_folder_is_finished() {
    let place = tempfile::tempdir().expect("a place for tests");
    drop(open(place.path()));
    fs::remove_file(place.path().join("format")).expect("there");
    with_one_event(place.path());
    assert_eq!(head(&open(place.path())), Position::new(1));
}

#[test]
fn a_nearly_full_disk_takes_nothing_and_loses_nothing() {
    let place = tempfile::tempdir().expect("a place for tests");
    with_one_event(place.path());
    let settings = SqliteSettings {
        free_bytes_min: u64::MAX,
        ..SqliteSettings::default()
    };
    let journal = SqliteJournal::open(place.path(), settings).expect("readable all the same");
    let batch = contract::appending(&contract::stream("a"), ExpectedVersion::Any, &["x"]);
    let refused = block_on(journal.write(batch));
    assert!(
        matches!(refused, Err(WriteError::DiskFull { .. })),
        "{refused:?}"
    );
    assert_eq!(head(&journal), Position::new(1));
    drop(journal);
    write_one(&open(place.path()), 1);
}

#[test]
fn a_backup_made_at_work_is_a_data_folder() {
    let place = tempfile::tempdir().expect("a place for tests");
    let (folder, copy) = (place.path().join("shop"), place.path().join("copy"));
    let journal = Arc::new(open(&folder));
    for version in 0..100 {
        write_one(&journal, version);
    }
    let at_work = Arc::clone(&journal);
    let till = std::thread::spawn(move || (100..300).for_each(|n| write_one(&at_work, n)));
    journal.backup(&copy).expect("nothing speaks against it");
    till.join().expect("the till went on");
    let again = journal.backup(&copy);
    assert!(
        matches!(again, Err(BackupError::NotEmpty { .. })),
        "{again:?}"
    );

    let restored = open(&copy);
    let copied = head(&restored);
    assert!(
        copied >= Position::new(100) && copied <= Position::new(300),
        "{copied}"
    );
    let events = |journal: &SqliteJournal| {
        let shop = contract::shop();
        block_on(journal.events(&shop, Position::START, 10_000))
            .expect("readable")
            .into_iter()
            .take_while(|event| event.position <= copied)
            .collect::<Vec<_>>()
    };
    assert_eq!(events(&restored), events(&journal));
    assert_eq!(restored.problems().expect("readable"), Vec::<String>::new());
    write_one(&restored, copied.get() as u32);
}

#[test]
fn erased_text_is_gone_from_the_disk() {
    const SECRET: &str = "010-1234-SECRET";
    let place = tempfile::tempdir().expect("a place for tests");
    let journal = open(place.path());
    let mut batch = madang_journal::Batch::new(contract::shop());
    batch.personal.push(PersonalChange::Put(PersonalText {
        id: "p1".to_owned(),
        purpose: "receipt".to_owned(),
        keep_until: madang_journal::Micros::new(1),
        text: SECRET.to_owned(),
    }));
    block_on(journal.write(batch)).expect("writable");
    let is_on_disk = || {
        fs::read_dir(place.path()).expect("there").any(|file| {
            let bytes = fs::read(file.expect("there").path()).expect("readable");
            bytes
                .windows(SECRET.len())
                .any(|part| part == SECRET.as_bytes())
        })
    };
    assert!(is_on_disk());
    assert!(block_on(journal.erase_personal("p1")).expect("erasable"));
    assert!(!is_on_disk());
}

/// While its till writes it, a journal is read from outside, by its folder, by the folder around it, or by its file.
#[test]
fn a_journal_is_read_without_being_held() {
    let place = tempfile::tempdir().expect("a place for tests");
    let folder = place.path().join("journal");
    let journal = open(&folder);
    write_one(&journal, 0);
    for name in [place.path(), &folder, &folder.join("journal.db")] {
        let found = StoredJournal::find(name).expect("readable");
        let stored = StoredJournal::open(&found.expect("a journal")).expect("readable");
        assert_eq!(
            stored.shops().expect("readable"),
            [(contract::shop(), Position::new(1))]
        );
        let events = stored.events(&contract::shop(), Position::START, 10);
        assert_eq!(events.expect("readable").len(), 1);
    }
    write_one(&journal, 1);
    let stored = StoredJournal::open(&folder).expect("readable");
    let events = stored.events(&contract::shop(), Position::new(1), 10);
    assert_eq!(events.expect("readable").len(), 1);
}

#[test]
fn what_is_no_journal_is_not_taken_for_one() {
    let place = tempfile::tempdir().expect("a place for tests");
    let text = place.path().join("log.csv");
    fs::write(&text, "case,activity\n").expect("writable");
    let other = place.path().join("other.sqlite");
    let database = rusqlite::Connection::open(&other).expect("writable");
    (database.execute_batch("CREATE TABLE event (ocel_id TEXT)")).expect("a table");
    drop(database);
    for path in [place.path(), &text, &other] {
        assert_eq!(StoredJournal::find(path).expect("readable"), None);
    }
    assert!(StoredJournal::open(&other).is_err());
    assert!(StoredJournal::open(place.path()).is_err());
}
