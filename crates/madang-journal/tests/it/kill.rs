//! A till that is killed at every failpoint, opened again, and asked what it remembers.

use std::{
    collections::BTreeMap,
    env,
    io::Write,
    path::Path,
    process::{Command, Output},
};

use futures::{executor::block_on, future::join_all};
use madang_journal::{
    Batch, CursorMove, ExpectedVersion, Journal, MoveTo, Position, SQLITE_FAILPOINTS,
    SqliteJournal, ValueChange, contract,
};

use crate::form::open;

const FOLDER: &str = "MADANG_JOURNAL_TEST_FOLDER";
const FIRST: &str = "MADANG_JOURNAL_TEST_FIRST";

/// Batches of one life, enough to pass every failpoint more often than it is set to.
const BATCHES: u64 = 60;

/// Kills of one folder.
const KILLS: u64 = 10;

/// How often each kind of kill happens; the soak says more.
pub fn rounds() -> u64 {
    env::var("MADANG_SOAK")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(10)
}

#[test]
fn what_was_acknowledged_outlives_every_kill() {
    for point in SQLITE_FAILPOINTS {
        // Those of the making of the folder are passed once in its life.
        let is_repeated = point.contains("commit") || point.contains("answer");
        let (lives, kills) = if is_repeated { (1, KILLS) } else { (KILLS, 1) };
        for _ in 0..lives * rounds().div_ceil(KILLS) {
            outlives(point, kills);
        }
    }
}

/// One folder, killed so often at a point, each time a little later.
fn outlives(point: &str, kills: u64) {
    let place = tempfile::tempdir().expect("a place for tests");
    let mut acknowledged = Vec::new();
    for round in 0..kills {
        let life = live_until(place.path(), point, round + 1, round * BATCHES);
        assert!(!life.status.success(), "{point} was never reached");
        acknowledged.extend(acknowledgements(&life));
        check(&open(place.path()), &acknowledged);
    }
    let life = live_until(place.path(), "never", 1, kills * BATCHES);
    assert!(
        life.status.success(),
        "{}",
        String::from_utf8_lossy(&life.stderr)
    );
    acknowledged.extend(acknowledgements(&life));
    check(&open(place.path()), &acknowledged);
}

fn live_until(folder: &Path, point: &str, nth: u64, first: u64) -> Output {
    Command::new(env::current_exe().expect("this program has a file"))
        .args(["--exact", "kill::a_life", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .env("MADANG_FAILPOINT", format!("{point}:{nth}"))
        .output()
        .expect("this program can be started")
}

fn acknowledgements(life: &Output) -> Vec<u64> {
    String::from_utf8_lossy(&life.stdout)
        .lines()
        .filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok())
        .collect()
}

/// Not a test but what the test above starts and kills.
#[test]
#[ignore = "started by what_was_acknowledged_outlives_every_kill"]
fn a_life() {
    let Ok(folder) = env::var(FOLDER) else { return };
    let first = env::var(FIRST)
        .expect("set with the folder")
        .parse()
        .expect("a number");
    let journal = open(Path::new(&folder));
    // Three at a time, so that groups have more than one write.
    for start in (first..first + BATCHES).step_by(3) {
        block_on(join_all(
            (start..start + 3).map(|number| acknowledge(&journal, number)),
        ));
    }
}

async fn acknowledge(journal: &SqliteJournal, number: u64) {
    journal
        .write(numbered_batch(number))
        .await
        .expect("nothing speaks against it");
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nacknowledged {number}").expect("the parent reads");
    out.flush().expect("the parent reads");
}

/// A batch that can be recognised, whole or not: some events over three streams, a value, a cursor.
pub fn numbered_batch(number: u64) -> Batch {
    let mut batch = Batch::new(contract::shop());
    for id in 0..3 {
        batch.expect(contract::stream(&format!("{id}")), ExpectedVersion::Any);
    }
    for index in 0..events_of(number) {
        let stream = contract::stream(&format!("{}", (number + index) % 3));
        let mut event = contract::event(&stream, "x");
        event.body = format!("{number} {}", "·".repeat((number * 37 % 3000) as usize));
        batch.event(event);
    }
    batch.values.push(ValueChange {
        scope: "numbers".to_owned(),
        key: number.to_string(),
        value: Some(number.to_string()),
    });
    batch.cursors.push(CursorMove {
        name: "end".to_owned(),
        to: MoveTo::BatchEnd,
    });
    batch
}

fn events_of(number: u64) -> u64 {
    1 + number % 5
}

/// Every acknowledged batch is there whole, none is there in part, and no position is missing.
pub fn check(journal: &SqliteJournal, acknowledged: &[u64]) {
    let shop = contract::shop();
    let mut found: BTreeMap<u64, u64> = BTreeMap::new();
    let mut after = Position::START;
    loop {
        let events = block_on(journal.events(&shop, after, 1000)).expect("readable");
        for event in &events {
            assert_eq!(event.position, after.next(), "no gap");
            after = event.position;
            let number = event.body.split(' ').next().expect("a first word");
            *found.entry(number.parse().expect("a number")).or_default() += 1;
        }
        if events.is_empty() {
            break;
        }
    }
    for (number, count) in &found {
        assert_eq!(
            *count,
            events_of(*number),
            "batch {number} is there in part"
        );
    }
    for number in acknowledged {
        assert!(
            found.contains_key(number),
            "batch {number} was acknowledged and is lost"
        );
    }
    let values = block_on(journal.values("numbers", "", 10_000)).expect("readable");
    assert_eq!(values.len(), found.len(), "values go with their events");
    let cursor = block_on(journal.cursor(&shop, "end")).expect("readable");
    assert_eq!(
        cursor.unwrap_or_default(),
        after,
        "the cursor goes with the events"
    );
    assert_eq!(block_on(journal.head(&shop)).expect("readable"), after);
    check_streams(journal);
    assert_eq!(journal.problems().expect("readable"), Vec::<String>::new());
}

fn check_streams(journal: &SqliteJournal) {
    for id in 0..3 {
        let stream = contract::stream(&format!("{id}"));
        let events = block_on(journal.stream(&stream, Default::default(), 10_000));
        for (index, event) in events.expect("readable").iter().enumerate() {
            assert_eq!(
                event.version.get() as usize,
                index + 1,
                "no gap in {stream}"
            );
        }
    }
}
