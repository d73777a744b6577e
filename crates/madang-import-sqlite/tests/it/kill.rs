//! Imports that are killed, and go on: the destination is equal to that of one run in one piece.

use std::env;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::executor::block_on;
use jiff::Timestamp;
use madang_import::check::Mapping;
use madang_import::failpoint::FAILPOINTS;
use madang_import::read::{FileInput, Input, ReadSettings};
use madang_import::run::state::name;
use madang_import::run::{
    Ended, Import, Inputs, Outcome, Progress, RunError, RunIdentity, RunRecord, RunSettings, Runs,
    Stop, To, World,
};
use madang_import_sqlite::{SQLITE_FAILPOINTS, SqliteSink};
use rusqlite::Connection;

const FOLDER: &str = "MADANG_IMPORT_TEST_FOLDER";
const TICKS: &str = "MADANG_IMPORT_TEST_TICKS";
const MAPPING: &str = "MADANG_IMPORT_TEST_MAPPING";

/// Rows of the file, enough that every failpoint is passed more often than it is set to.
const ROWS: usize = 3_000;

/// Rows of a transaction: many small ones, so that there are many moments between them.
const BATCH_ROWS: usize = 100;

/// Kills of one run.
const KILLS: usize = 10;

/// About as often as a life ticks.
const TICKS_MAX: usize = 20_000;

/// How often each kind of kill happens; the soak says more.
fn rounds() -> usize {
    let soak = env::var("MADANG_SOAK").ok();
    soak.and_then(|count| count.parse().ok())
        .map_or(1, |count: usize| count.div_ceil(KILLS))
}

/// Rows are only added, and the reading begins where the run stopped.
const ADDED: &str = r#"
name = "sales"
[[columns]]
name = "code"
from = ["코드"]
type = "text"
required = true
[[columns]]
name = "price"
from = ["가격"]
type = "money"
"#;

/// Rows have a key that no two may share, so that everything is checked again.
const KEYED: &str = r#"
name = "sales"
key = ["code"]
[[columns]]
name = "code"
from = ["코드"]
type = "text"
required = true
[[columns]]
name = "price"
from = ["가격"]
type = "money"
"#;

#[test]
fn what_is_killed_at_a_failpoint_goes_on() {
    for point in FAILPOINTS.iter().chain(SQLITE_FAILPOINTS) {
        for mapping in [ADDED, KEYED] {
            for _ in 0..rounds() {
                let place = Place::new(mapping);
                for (point, nth) in lives(point) {
                    let life = place.live(Some(format!("{point}:{nth}")));
                    assert!(!life.status.success(), "{point}:{nth} was never reached");
                }
                place.check_after_the_last_life(point);
            }
        }
    }
}

/// At which points one run is killed, one life after another, and at which passing of each.
fn lives(point: &str) -> Vec<(&str, usize)> {
    match point {
        // This sink keeps the checkpoint with its rows.
        "import/checkpoint-renamed" => Vec::new(),
        // The run's record when it begins, then the refused rows that are cut when it goes on.
        "import/checkpoint-written" => vec![(point, 1), (SQLITE_FAILPOINTS[1], 9), (point, 1)],
        "import/before-finish" | "import/after-finish" => vec![(point, 1)],
        _ => (0..KILLS).map(|kill| (point, 1 + kill % 3)).collect(),
    }
}

#[test]
fn what_is_killed_at_any_moment_goes_on() {
    for round in 0..rounds() {
        let place = Place::new(if round % 2 == 0 { KEYED } else { ADDED });
        for kill in 0..KILLS {
            // Spread over the time that a life takes, a little other in each round.
            place.live_for_ticks(1 + (kill * 7_919 + round * 104_729) % TICKS_MAX);
        }
        place.check_after_the_last_life("any moment");
    }
}

#[test]
fn a_file_that_changed_is_noticed_and_nothing_of_it_is_written() {
    for mapping in [ADDED, KEYED] {
        let place = Place::new(mapping);
        let point = format!("{}:9", SQLITE_FAILPOINTS[1]);
        assert!(!place.live(Some(point)).status.success());
        let before = place.rows("shop.db");
        // A price before the place to go on at has one digit changed; the length stays.
        let file = place.path().join("sales.csv");
        let text = fs::read_to_string(&file).expect("there");
        fs::write(&file, text.replace("A000899,", "A000898,")).expect("written");
        let ended = block_on(import(place.path(), mapping, true).run());
        let error = ended.error.expect("noticed");
        assert!(
            std::iter::successors(Some(&error as &dyn std::error::Error), |error| error
                .source())
            .any(|error| error.to_string().contains("it is not what was read before")),
            "{error:?}"
        );
        assert_eq!(place.rows("shop.db"), before);
    }
}

#[test]
fn a_run_that_was_begun_goes_on_only_when_that_is_wanted() {
    let place = Place::new(KEYED);
    let point = format!("{}:3", SQLITE_FAILPOINTS[1]);
    assert!(!place.live(Some(point)).status.success());
    let ended = block_on(import(place.path(), KEYED, false).run());
    assert!(
        matches!(
            ended.error,
            Some(RunError::BegunBefore { rows_written: 1.. })
        ),
        "{:?}",
        ended.error
    );
}

struct Place {
    folder: tempfile::TempDir,
    mapping: &'static str,
}

impl Place {
    fn new(mapping: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a place for tests");
        fs::write(folder.path().join("sales.csv"), sales()).expect("written");
        Self { folder, mapping }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn live(&self, failpoint: Option<String>) -> Output {
        let mut life = self.life();
        match failpoint {
            Some(point) => life.env("MADANG_FAILPOINT", point),
            None => life.env_remove("MADANG_FAILPOINT"),
        };
        life.output().expect("this program can be started")
    }

    /// Kills a life, wherever it is, after it has ticked so often. One that has ended by then is left alone.
    fn live_for_ticks(&self, ticks: usize) {
        let mut life = self.life();
        life.env(TICKS, "1").env_remove("MADANG_FAILPOINT");
        let mut life = life
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        let mut told = life.stderr.take().expect("piped");
        let mut heard = vec![0; ticks];
        // It ends before when the life does.
        let _ = told.read_exact(&mut heard);
        life.kill().expect("it can be killed");
        life.wait().expect("it ends");
    }

    fn life(&self) -> Command {
        let program = env::current_exe().expect("this program has a file");
        let mut life = Command::new(program);
        life.args(["--exact", "kill::a_life", "--ignored", "--nocapture"])
            .env(FOLDER, self.path())
            .env(MAPPING, self.mapping);
        life
    }

    #[track_caller]
    fn check_after_the_last_life(&self, how: &str) {
        let ended = block_on(import(self.path(), self.mapping, true).run());
        assert!(ended.error.is_none(), "{how}: {:?}", ended.error);
        assert_eq!(
            ended.report.outcome,
            Outcome::SomeRefused,
            "{how}: whoever refused them"
        );
        let whole = Self::new(self.mapping);
        let Ended { report, error, .. } = block_on(import(whole.path(), self.mapping, false).run());
        assert!(error.is_none(), "{error:?}");
        assert_eq!(report.outcome, Outcome::SomeRefused);
        assert_eq!(self.rows("shop.db"), whole.rows("shop.db"), "{how}");
        assert_eq!(self.letters(), whole.letters(), "{how}");
    }

    fn rows(&self, file: &str) -> Vec<(String, Option<i64>)> {
        let store = Connection::open(self.path().join(file)).expect("there");
        store
            .prepare("SELECT code, price FROM sales ORDER BY rowid")
            .expect("the table is there")
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("readable")
            .collect::<Result<_, _>>()
            .expect("texts and numbers")
    }

    /// Refused rows, without the header, which names the run.
    fn letters(&self) -> Vec<String> {
        let runs = fs::read_dir(self.path().join("imports")).expect("there");
        let run = runs.into_iter().next().expect("one run").expect("readable");
        let text = fs::read_to_string(run.path().join("dead-letters.jsonl")).expect("there");
        let mut letters: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        letters.sort();
        letters
    }
}

fn sales() -> String {
    let mut text = "코드,가격\n".to_owned();
    for row in 0..ROWS {
        match row % 41 {
            7 => text.push_str(&format!("A{row:06},싸요\n")),
            23 => text.push_str(&format!("A{row:06},1,2\n")),
            _ => text.push_str(&format!("A{row:06},{}\n", row * 10)),
        }
    }
    text
}

fn import(folder: &Path, mapping: &str, goes_on: bool) -> Import {
    let mapping = Mapping::parse(mapping, "sales.toml").expect("a mapping");
    let file: PathBuf = folder.join("sales.csv");
    // The file is known by its name in the folder, whose own name differs between two of them.
    let input: Arc<dyn Input> = Arc::new(FileInput::named(&file.display().to_string()));
    let inputs = Inputs::new(vec![input], ReadSettings::default());
    let text = mapping.to_toml();
    let identity = RunIdentity {
        inputs: &["sales.csv".to_owned()],
        mapping: (&mapping.name, &text),
        sink: "shop.db",
    };
    let key = identity.key(0);
    let record = RunRecord {
        version: RunRecord::VERSION,
        name: name(&mapping.name, &key),
        key: key.clone(),
        mapping: mapping.name.clone(),
        sink: "shop.db".to_owned(),
        inputs: vec!["sales.csv".to_owned()],
        started_at: Timestamp::UNIX_EPOCH,
        round: 0,
    };
    let runs = Runs::new(folder.join("imports"));
    let world: Arc<dyn World> = Arc::new(Still);
    Import {
        run: key,
        source: Box::new(inputs),
        mapping,
        to: To::Sink(Box::new(SqliteSink::new(folder.join("shop.db"), "sales"))),
        folder: Some(runs.claim(record).expect("a folder of its own")),
        settings: RunSettings {
            batch_rows_max: BATCH_ROWS,
            ..RunSettings::default()
        },
        goes_on,
        progress: Arc::new(Progress::new(Arc::clone(&world), None)),
        world,
        stop: Stop::default(),
    }
}

struct Still;

#[async_trait]
impl World for Still {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn chance(&self) -> u64 {
        0
    }

    async fn sleep(&self, _: Duration) {}
}

/// Not a test but what the tests above start and kill.
#[test]
#[ignore = "started by the tests of this file"]
fn a_life() {
    let Ok(folder) = env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let mapping = env::var(MAPPING).expect("set with the folder");
    if env::var_os(TICKS).is_some() {
        std::thread::spawn(|| while std::io::stderr().write_all(b".").is_ok() {});
    }
    let ended = block_on(import(folder, &mapping, true).run());
    assert!(ended.error.is_none(), "{:?}", ended.error);
}
