//! A sender that is killed at its failpoints and started again: every message that was written arrives, in the order of its group,
//! and a repeat has the key of the first time.

use std::{
    collections::HashMap,
    env, fs,
    io::Write,
    path::Path,
    process::{Command, Output},
    sync::Arc,
};

use async_trait::async_trait;
use jiff::SignedDuration;
use madang_journal::{
    Batch, Journal, Micros, NewOutboxMessage, OutboxMessage, SqliteJournal, SqliteSettings,
};
use madang_outbox::{Deliver, Destination, OUTBOX_FAILPOINTS, Outbox, Outcome, Settings};
use madang_till::world::simulation::Simulation;

use crate::world::{HERE, shop, surroundings};

const FOLDER: &str = "MADANG_OUTBOX_TEST_FOLDER";
const LIFE: &str = "MADANG_OUTBOX_TEST_LIFE";

/// Groups and messages of each that one life writes: enough to pass every failpoint more often than it is set to.
const GROUPS: u64 = 3;
const MESSAGES: u64 = 10;

/// Kills of one folder.
const KILLS: u64 = 5;

/// How often each kind of kill happens; the soak says more.
fn rounds() -> u64 {
    env::var("MADANG_SOAK")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(10)
}

#[test]
fn what_was_written_arrives_after_every_kill() {
    for point in OUTBOX_FAILPOINTS {
        for _ in 0..rounds().div_ceil(KILLS) {
            arrives(point);
        }
    }
}

fn arrives(point: &str) {
    let place = tempfile::tempdir().expect("a place for tests");
    for kill in 0..KILLS {
        let life = live(place.path(), &format!("{point}:{}", 1 + kill * 2), kill);
        assert!(!life.status.success(), "{point} was never reached");
    }
    let life = live(place.path(), "never", KILLS);
    let told = String::from_utf8_lossy(&life.stderr);
    assert!(life.status.success(), "{told}");
    check(place.path(), point);
}

fn live(folder: &Path, failpoint: &str, life: u64) -> Output {
    Command::new(env::current_exe().expect("this program has a file"))
        .args(["--exact", "kill::a_life", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(LIFE, life.to_string())
        .env("MADANG_FAILPOINT", failpoint)
        .output()
        .expect("this program can be started")
}

/// Not a test but what the test above starts and kills.
#[test]
#[ignore = "started by what_was_written_arrives_after_every_kill"]
fn a_life() {
    let Ok(folder) = env::var(FOLDER) else { return };
    let life = env::var(LIFE).expect("set with the folder");
    let folder = Path::new(&folder);
    let start = "2026-11-22T03:00:00Z".parse().expect("a moment");
    let mut simulation = Simulation::new(start, [9; 32]);
    let journal = SqliteJournal::open(&folder.join("journal"), SqliteSettings::default());
    let journal: Arc<dyn Journal> = Arc::new(journal.expect("a journal"));
    simulation.hold_time_for_journal(journal.clone());
    write(&mut simulation, &journal, &life);
    let here = Destination {
        name: HERE.into(),
        way: Arc::new(Book(folder.join("received"))),
    };
    let outbox = Outbox::new(
        journal,
        shop(),
        surroundings(&simulation),
        vec![here],
        Settings::default(),
    );
    simulation.local_tasks().spawn(async move {
        outbox.send().await;
    });
    simulation.advance(SignedDuration::from_hours(1));
}

fn write(simulation: &mut Simulation, journal: &Arc<dyn Journal>, life: &str) {
    let now = simulation.now().as_microsecond();
    let mut batch = Batch::new(shop());
    for number in 0..MESSAGES * GROUPS {
        batch.outbox.push(NewOutboxMessage {
            destination: HERE.into(),
            group: format!("{}", number % GROUPS),
            key: format!("{life}-{number}"),
            body: "{}".into(),
            next_at: Micros::new(now),
            expires_at: Micros::new(i64::MAX),
        });
    }
    let written = journal.write_soon(batch).expect("there is room");
    let written = simulation.run(async move { written.settled().await });
    written.expect("not stuck").expect("written");
}

/// A receiver that has what stands in its file. Every third message fails at first.
struct Book(std::path::PathBuf);

#[async_trait]
impl Deliver for Book {
    async fn deliver(&self, message: &OutboxMessage) -> Outcome {
        if message.attempts == 0 && message.id.get() % 3 == 0 {
            return Outcome::Failed {
                reason: "not at first".into(),
                retry_after: None,
            };
        }
        let file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.0);
        let mut file = file.expect("a file");
        writeln!(file, "{} {}", message.group, message.key).expect("written");
        Outcome::Acknowledged
    }
}

/// Everything arrived, each group in its order once repeats are recognised by their keys; and there are no more repeats than kills.
fn check(folder: &Path, point: &str) {
    let received = fs::read_to_string(folder.join("received")).expect("something arrived");
    let mut first: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut repeats = 0;
    for line in received.lines() {
        let (group, key) = line.split_once(' ').expect("a group and a key");
        let keys = first.entry(group).or_default();
        if keys.contains(&key) {
            assert_eq!(
                keys.last(),
                Some(&key),
                "a repeat comes before the next one"
            );
            repeats += 1;
        } else {
            keys.push(key);
        }
    }
    for group in 0..GROUPS {
        let expected: Vec<String> = (0..=KILLS)
            .flat_map(|life| (0..MESSAGES).map(move |number| (life, number)))
            .map(|(life, number)| format!("{life}-{}", number * GROUPS + group))
            .collect();
        assert_eq!(first[group.to_string().as_str()], expected, "{point}");
    }
    // At the moment of a kill every place may hold one that arrived and is not recorded.
    let repeats_max = KILLS * GROUPS;
    assert!(repeats <= repeats_max, "{point}: {repeats} repeats");
    if point == "outbox-after-send" {
        assert!(
            repeats > 0,
            "nothing was sent twice: the point is elsewhere"
        );
    }
}
