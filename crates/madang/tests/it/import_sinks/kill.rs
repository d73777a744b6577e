//! Imports that are killed, and go on: what arrives is what a run in one piece brings.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;

use madang_import::failpoint::FAILPOINTS;
use madang_import_http::HTTP_FAILPOINTS;
use madang_import_parquet::PARQUET_FAILPOINTS;
use madang_import_postgres::POSTGRES_FAILPOINTS;
use madang_import_postgres::test_server::Server;
use madang_import_sqlite::SQLITE_FAILPOINTS;

use super::{KEYED, MAPPING, Receiver, Target, import, words};
use crate::program::Place;

/// Rows of the file, enough that every failpoint is passed more often than it is set to.
const ROWS: usize = 3_000;

/// Rows of it that are refused.
const REFUSED: usize = 146;

/// Rows of a transaction: many small ones, so that there are many moments between them.
pub const BATCH_ROWS: usize = 50;
const BATCH: &str = "50";

/// Kills of one run.
const KILLS: usize = 10;

/// Times that a failpoint kills one run.
const PASSINGS: usize = 3;

/// How often each kind of kill happens; the soak says more.
fn rounds() -> usize {
    let soak = env::var("MADANG_SOAK").ok();
    soak.and_then(|count| count.parse().ok())
        .map_or(1, |count: usize| count.div_ceil(KILLS))
}

#[test]
fn sqlite_is_whole_after_any_kill() {
    let new = || Some(Target::Sqlite);
    for mapping in [MAPPING, KEYED] {
        check(mapping, SQLITE_FAILPOINTS, Keeps::WithRows, &new);
    }
}

#[test]
fn parquet_is_whole_after_any_kill() {
    let new = || Some(Target::Parquet);
    check(MAPPING, PARQUET_FAILPOINTS, Keeps::Beside, &new);
}

#[test]
fn postgres_is_whole_after_any_kill() {
    let Some(server) = Server::start() else {
        return;
    };
    let server = std::cell::RefCell::new(Some(server));
    // One server for all: each run begins with no table and no checkpoint.
    let new = || {
        let server = server.borrow_mut().take().or_else(Server::start)?;
        Some(Target::Postgres {
            server,
            table: "sales",
        })
    };
    check(MAPPING, POSTGRES_FAILPOINTS, Keeps::WithRows, &new);
}

#[test]
fn a_server_that_knows_keys_has_each_row_once_after_any_kill() {
    let new = || Some(Target::Http(Receiver::start()));
    check(MAPPING, HTTP_FAILPOINTS, Keeps::Beside, &new);
}

#[test]
fn a_file_that_changed_is_noticed_and_nothing_of_it_is_written() {
    for mapping in [MAPPING, KEYED] {
        let run = Run::anew(mapping, Target::Sqlite);
        // By its length and its first 64 KiB a file is known at once.
        let text = sales(12_000);
        run.place.file("sales.csv", &text);
        let life = format!("{}:150", SQLITE_FAILPOINTS[1]);
        assert!(run.is_killed_at(&life));
        let before = run.result().rows;
        let changed = text.replace("A007400,74000", "A007400,74001");
        assert_ne!(changed, text);
        run.place.file("sales.csv", &changed);
        let ended = import(
            &run.place,
            &Target::Sqlite.to(),
            &["--batch-rows", BATCH, "--resume"],
        );
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let said = "it is not what was read before";
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        assert_eq!(run.result().rows, before);
    }
}

#[test]
fn a_run_that_was_begun_goes_on_only_when_that_is_wanted() {
    let run = Run::anew(KEYED, Target::Sqlite);
    let life = format!("{}:3", SQLITE_FAILPOINTS[1]);
    assert!(run.is_killed_at(&life));
    // The table knows it though the folder of imports is lost.
    fs::remove_dir_all(run.place.path().join(".madang")).expect("there");
    let ended = import(&run.place, &Target::Sqlite.to(), &["--batch-rows", BATCH]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("was begun before"),
        "{}",
        ended.stderr
    );
}

/// Where a sink's checkpoint is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    WithRows,
    Beside,
}

fn check(mapping: &str, points: &[&str], keeps: Keeps, new: &dyn Fn() -> Option<Target>) {
    let Some(target) = new() else { return };
    let whole = Run {
        place: place(mapping),
        target,
    };
    whole.end();
    let expected = whole.result();
    let target = whole.target;
    let target = killed_at_any_moment(mapping, target, &expected);
    killed_at_failpoints(mapping, target, points, keeps, &expected);
}

fn killed_at_any_moment(mapping: &str, mut target: Target, expected: &Arrived) -> Target {
    for round in 0..rounds() {
        let run = Run::anew(mapping, target);
        for kill in 0..KILLS {
            // Spread over the run, a little other in each round.
            let jitter = (kill * 7_919 + round * 104_729) % 1_000;
            let rows = (kill * ROWS + jitter) / (KILLS + 1);
            run.live_until(rows, jitter);
        }
        run.end();
        assert_eq!(
            run.result(),
            *expected,
            "killed at any moment, round {round}"
        );
        target = run.target;
    }
    target
}

fn killed_at_failpoints(
    mapping: &str,
    mut target: Target,
    points: &[&str],
    keeps: Keeps,
    expected: &Arrived,
) {
    for point in FAILPOINTS.iter().chain(points) {
        for _ in 0..rounds() {
            let run = Run::anew(mapping, target);
            for passing in passings(point, keeps) {
                let life = format!("{point}:{passing}");
                assert!(run.is_killed_at(&life), "{life} was never reached");
            }
            run.end();
            assert_eq!(run.result(), *expected, "killed at {point}");
            target = run.target;
        }
    }
}

fn passings(point: &str, keeps: Keeps) -> Vec<usize> {
    match (point, keeps) {
        // The run's record alone.
        ("import/checkpoint-written", Keeps::WithRows) => vec![1],
        ("import/checkpoint-renamed", Keeps::WithRows) => Vec::new(),
        ("import/before-finish" | "import/after-finish" | "import/report-kept", _) => vec![1],
        _ => (1..=PASSINGS).collect(),
    }
}

/// What is there in the end.
#[derive(PartialEq, Eq)]
struct Arrived {
    rows: Vec<String>,
    letters: Vec<String>,
}

impl std::fmt::Debug for Arrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rows, letters) = (self.rows.len(), self.letters.len());
        write!(f, "{rows} rows, {letters} letters")
    }
}

struct Run {
    place: Place,
    target: Target,
}

impl Run {
    fn anew(mapping: &str, target: Target) -> Self {
        let target = match target {
            Target::Postgres { server, table } => {
                server.sql(&format!("DROP TABLE IF EXISTS {table}, madang_import"));
                Target::Postgres { server, table }
            }
            Target::Http(_) => Target::Http(Receiver::start()),
            other => other,
        };
        Self {
            place: place(mapping),
            target,
        }
    }

    fn life(&self, failpoint: Option<&str>) -> Child {
        let first = ["import", "--mapping", "sales.toml", "sales.csv"];
        let (to, more) = (self.target.to(), ["--batch-rows", BATCH, "--resume"]);
        let mut life = self.place.command(&words(&first, &to, &more));
        match failpoint {
            Some(point) => life.env("MADANG_FAILPOINT", point),
            None => life.env_remove("MADANG_FAILPOINT"),
        };
        life.stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs")
    }

    fn is_killed_at(&self, failpoint: &str) -> bool {
        let status = self.life(Some(failpoint)).wait().expect("it ends");
        status.code().is_none()
    }

    /// Kills a life some moments after so many rows have arrived. One that has ended by then is left alone.
    fn live_until(&self, rows: usize, moments: usize) {
        let mut life = self.life(None);
        while self.target.count(&self.place) < rows && life.try_wait().expect("ours").is_none() {
            thread::yield_now();
        }
        (0..moments).for_each(|_| thread::yield_now());
        life.kill().expect("it can be killed");
        life.wait().expect("it ends");
    }

    #[track_caller]
    fn end(&self) {
        let ended = import(
            &self.place,
            &self.target.to(),
            &["--batch-rows", BATCH, "--resume"],
        );
        // Whoever asks again is told how it ended, as nobody was when it was killed at its end.
        assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
        let told = format!("{REFUSED} rows were refused");
        assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    }

    fn result(&self) -> Arrived {
        let mut rows = self.target.rows(&self.place);
        rows.sort();
        Arrived {
            rows,
            letters: letters(&self.place),
        }
    }
}

fn place(mapping: &str) -> Place {
    let place = Place::new();
    place
        .file("sales.toml", mapping)
        .file("sales.csv", &sales(ROWS));
    place
}

fn sales(rows: usize) -> String {
    let mut text = "코드,가격\n".to_owned();
    for row in 0..rows {
        match row % 41 {
            7 => text.push_str(&format!("A{row:06},싸요\n")),
            23 => text.push_str(&format!("A{row:06},1,2\n")),
            _ => text.push_str(&format!("A{row:06},{}\n", row * 10)),
        }
    }
    text
}

pub fn letters_path(place: &Place) -> PathBuf {
    let runs = fs::read_dir(place.path().join(".madang/imports")).expect("there");
    let mut runs = runs.map(|run| run.expect("readable").path());
    let run = runs.find(|path| path.is_dir()).expect("one run");
    run.join("dead-letters.jsonl")
}

/// Refused rows, without the header, which names the run.
fn letters(place: &Place) -> Vec<String> {
    let text = fs::read_to_string(letters_path(place)).expect("there");
    let mut letters: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    letters.sort();
    letters
}
