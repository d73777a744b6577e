use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use futures::executor::block_on;
use jiff::Timestamp;

use super::{WriteError, Writer, WriterParts};
use crate::batch::{Batch, Value};
use crate::checkpoint::{Checkpoint, RunKey};
use crate::contract::{VirtualWorld, lot, schema};
use crate::place::Place;
use crate::refused::{Reason, Refused};
use crate::run::counts::Counts;
use crate::run::dead_letter::{LetterHead, LetterKind, LetterReader};
use crate::run::lot::{Lot, Position};
use crate::run::settings::{Limits, Patience};
use crate::run::state::{RunFolder, RunRecord, Runs, StateError};
use crate::run::stop::Stop;
use crate::schema::Schema;
use crate::sink::{Promise, Sink, SinkError, SinkErrorKind, Written};

/// A destination in memory whose line is as bad as a test wants it.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Ends>>);

#[derive(Default)]
struct Ends {
    numbers: Vec<i64>,
    checkpoint: Option<Checkpoint>,
    /// What the next writes meet; then all goes well.
    mishaps: VecDeque<Mishap>,
    /// How many rows each try had.
    tries: Vec<usize>,
    opened: usize,
    /// The most rows that it says it takes.
    rows_max: Option<usize>,
    /// Takes a row of each try that fails.
    takes_some: bool,
    /// Where it is told what the sink does, and what that was while it did not answer.
    counts: Option<Arc<Counts>>,
    told: Vec<Option<String>>,
}

#[derive(Clone, Copy)]
enum Mishap {
    Fails(SinkErrorKind),
    /// The rows arrive, and the answer does not.
    LosesTheAnswer,
    LosesTheRows,
    /// Somebody else goes on with the run.
    IsOvertaken,
    /// The answer takes its time; what is told meanwhile is noted.
    Waits,
}

impl Line {
    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().expect("no test panics with it")
    }

    fn note_told(&self) {
        let mut ends = self.ends();
        let trouble = ends.counts.as_ref().and_then(|counts| counts.trouble());
        ends.told.push(trouble);
    }

    fn meets(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.ends().mishaps.extend(mishaps);
    }
}

#[async_trait]
impl Sink for Line {
    fn name(&self) -> String {
        "the line".to_owned()
    }

    fn promise(&self) -> Promise {
        Promise::ExactlyOnce
    }

    fn batch_rows_max(&self) -> Option<usize> {
        self.ends().rows_max
    }

    fn rows_taken(&self) -> u64 {
        let ends = self.ends();
        let taken = if ends.takes_some { ends.tries.len() } else { 0 };
        taken as u64
    }

    async fn open(
        &mut self,
        _: &RunKey,
        _: &Schema,
        _: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError> {
        self.ends().opened += 1;
        Ok(self.ends().checkpoint.clone())
    }

    async fn write(
        &mut self,
        batch: &Batch,
        checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError> {
        let mut mishap = self.ends().mishaps.pop_front();
        if let Some(Mishap::Waits) = mishap {
            mishap = None;
            self.note_told();
            pending_once().await;
            self.note_told();
        }
        let mut ends = self.ends();
        ends.tries.push(batch.len());
        if let Some(Mishap::Fails(kind)) = mishap {
            return Err(error(kind));
        }
        if let Some(Mishap::LosesTheRows) = mishap {
            return Err(error(SinkErrorKind::Unknown));
        }
        let numbers: Vec<i64> = (0..batch.len()).map(|row| number(batch, row)).collect();
        if numbers.iter().any(|number| *number < 0) {
            let code = "below_zero";
            return Err(error(SinkErrorKind::Rows { code }));
        }
        ends.numbers.extend(numbers);
        ends.checkpoint = Some(checkpoint.clone());
        if let Some(Mishap::IsOvertaken) = mishap {
            let others = Checkpoint {
                row: 999,
                ..checkpoint.clone()
            };
            ends.checkpoint = Some(others);
        }
        match mishap {
            None => Ok(Written {
                rows: batch.len() as u64,
                ..Written::default()
            }),
            Some(_) => Err(error(SinkErrorKind::Unknown)),
        }
    }

    async fn finish(&mut self, _: &mut Checkpoint) -> Result<(), SinkError> {
        Ok(())
    }
}

fn number(batch: &Batch, row: usize) -> i64 {
    match batch.columns[0].value(row) {
        Value::Integer(number) => number,
        other => panic!("{other:?}"),
    }
}

fn error(kind: SinkErrorKind) -> SinkError {
    SinkError {
        kind,
        message: "the line is bad".to_owned(),
        message_ko: "선이 좋지 않아요".to_owned(),
        column: None,
        source: None,
    }
}

const TRANSIENT: SinkErrorKind = SinkErrorKind::Transient { retry_after: None };

/// What a till leaves free.
const FREE_BYTES_MIN: u64 = 192 * 1024 * 1024;

struct Trial {
    line: Line,
    world: Arc<VirtualWorld>,
    counts: Arc<Counts>,
    stop: Stop,
    folder: tempfile::TempDir,
    limits: Limits,
}

impl Trial {
    fn new() -> Self {
        Self {
            line: Line::default(),
            world: Arc::default(),
            counts: Arc::default(),
            stop: Stop::default(),
            folder: tempfile::tempdir().expect("a place for tests"),
            limits: Limits::default(),
        }
    }

    fn writer(&self) -> Writer {
        let mut folder = claim(self.folder.path()).expect("a folder of its own");
        folder.letters().head(head());
        let mut writer = Writer::new(WriterParts {
            sink: Box::new(self.line.clone()),
            run: RunKey("a".repeat(64)),
            folder: Some(folder),
            world: Arc::clone(&self.world) as Arc<_>,
            counts: Arc::clone(&self.counts),
            stop: self.stop.clone(),
            limits: self.limits,
            patience: Patience::default(),
            batch_rows_max: 64,
            free_bytes_min: FREE_BYTES_MIN,
        });
        let found = block_on(writer.open(schema(&[]))).expect("opened");
        writer
            .go_on_from(found.unwrap_or_default())
            .expect("gone on");
        writer
    }

    fn letters(&self) -> Vec<(u64, String)> {
        let path = self.folder.path().join("run").join("dead-letters.jsonl");
        let Some(letters) = LetterReader::open(&path).expect("readable") else {
            return Vec::new();
        };
        letters
            .map(|letter| letter.expect("whole"))
            .map(|letter| (letter.place.row, letter.reasons[0].code.clone()))
            .collect()
    }

    fn pauses_ms(&self) -> Vec<u128> {
        self.world
            .pauses()
            .iter()
            .map(Duration::as_millis)
            .collect()
    }
}

fn claim(root: &Path) -> Result<RunFolder, StateError> {
    Runs::new(root.to_owned()).claim(RunRecord {
        version: RunRecord::VERSION,
        name: "run".to_owned(),
        key: RunKey("a".repeat(64)),
        mapping: "menu".to_owned(),
        sink: "the line".to_owned(),
        inputs: vec!["menu.csv".to_owned()],
        started_at: Timestamp::UNIX_EPOCH,
        round: 0,
        source: String::new(),
        files: Vec::new(),
        retry_of: None,
        written: None,
    })
}

fn head() -> LetterHead {
    LetterHead {
        madang: LetterKind::DeadLetters,
        version: LetterHead::VERSION,
        run: "a".repeat(64),
        mapping: String::new(),
        inputs: vec!["menu.csv".to_owned()],
        columns: vec!["number".to_owned()],
        format: crate::read::Format::JsonLines,
    }
}

/// Rows with these numbers; `None` is one that was refused before.
fn rows(before: usize, numbers: &[Option<i64>]) -> Lot {
    let values: Vec<Vec<Value<'_>>> = numbers
        .iter()
        .map(|number| {
            let mut values = vec![Value::Absent; 7];
            values[0] = Value::Integer(number.unwrap_or_default());
            values[1] = Value::Text("커피");
            values
        })
        .collect();
    let whole = lot(&schema(&[]), before, &values);
    let mut builder = crate::batch::BatchBuilder::new(schema(&[]));
    for (row, number) in numbers.iter().enumerate() {
        match number {
            Some(_) => builder.append(&whole.batch.slice(row..row + 1)),
            None => builder.refuse(refused(whole.batch.places[row])),
        }
    }
    Lot {
        batch: builder.build(),
        end: whole.end,
    }
}

fn good(before: usize, count: usize) -> Lot {
    let numbers = before as i64..(before + count) as i64;
    rows(before, &numbers.map(Some).collect::<Vec<_>>())
}

fn refused(place: Place) -> Refused {
    Refused {
        raw_hash: None,
        place,
        raw: "에스프레소,싸요".to_owned(),
        is_shortened: false,
        reasons: vec![Reason {
            code: "not_a_number".to_owned(),
            column: Some("가격".to_owned()),
            message: "not a number".to_owned(),
            message_ko: "숫자가 아니에요".to_owned(),
        }],
    }
}

#[test]
fn a_sink_is_given_no_more_rows_than_it_takes() {
    for (rows_max, expected) in [
        (None, vec![64, 36]),
        (Some(1_000), vec![64, 36]),
        (Some(40), vec![40, 40, 20]),
    ] {
        let trial = Trial::new();
        trial.line.ends().rows_max = rows_max;
        let mut writer = trial.writer();
        block_on(writer.write(&good(0, 100))).expect("taken");
        assert_eq!(trial.line.ends().tries, expected, "{rows_max:?}");
        assert_eq!(writer.reached().row, 100);
    }
}

#[test]
fn a_transient_error_is_borne_with_growing_pauses_and_smaller_batches_which_grow_again() {
    let trial = Trial::new();
    let mut writer = trial.writer();
    trial.line.meets([Mishap::Fails(TRANSIENT); 3]);
    block_on(writer.write(&good(0, 64))).expect("it passes");
    block_on(writer.write(&good(64, 64))).expect("all is well");
    assert_eq!(trial.pauses_ms(), [200, 400, 800].map(longest));
    assert_eq!(trial.line.ends().tries, [64, 32, 16, 8, 16, 32, 8, 64]);
    assert_eq!(trial.line.ends().numbers, Vec::from_iter(0..128));
    assert_eq!(Counts::get(&trial.counts.retries), 3);
    assert_eq!(writer.reached().rows_written, 128);
}

/// Chance as the virtual world has it gives one pause in a bound.
fn longest(bound_ms: u128) -> u128 {
    let bound_us = bound_ms as u64 * 1000;
    u128::from(u64::MAX % (bound_us + 1) / 1000)
}

#[test]
fn a_sink_that_says_when_is_heard() {
    let trial = Trial::new();
    let mut writer = trial.writer();
    let retry_after = Some(Duration::from_secs(60));
    trial
        .line
        .meets([Mishap::Fails(SinkErrorKind::Transient { retry_after })]);
    block_on(writer.write(&good(0, 8))).expect("it passes");
    let pause = trial.pauses_ms()[0];
    assert!((60_000..=60_200).contains(&pause), "{pause}");
}

#[test]
fn a_sink_that_stays_away_is_given_up() {
    let trial = Trial::new();
    let mut writer = trial.writer();
    block_on(writer.write(&good(0, 8))).expect("all is well");
    trial.line.meets([Mishap::Fails(TRANSIENT); 1_000]);
    let error = block_on(writer.write(&good(8, 8))).expect_err("it stays away");
    assert!(
        matches!(error, WriteError::GaveUp { tries: 10.., .. }),
        "{error:?}"
    );
    let patience = Patience::default().give_up_after.as_millis();
    assert!(trial.pauses_ms().iter().sum::<u128>() <= patience);
    assert_eq!(writer.reached().row, 8, "what was written is known");
}

#[test]
fn after_an_answer_that_was_lost_the_sink_is_asked() {
    for (mishap, tries) in [
        (Mishap::LosesTheAnswer, vec![8]),
        (Mishap::LosesTheRows, vec![8, 4, 4]),
    ] {
        let trial = Trial::new();
        let mut writer = trial.writer();
        trial.line.meets([mishap]);
        block_on(writer.write(&good(0, 8))).expect("it is there");
        assert_eq!(trial.line.ends().tries, tries);
        assert_eq!(trial.line.ends().numbers, Vec::from_iter(0..8));
        assert_eq!(trial.line.ends().opened, 2);
        assert_eq!(Counts::get(&trial.counts.rows_written), 8);
    }
}

#[test]
fn a_run_that_another_process_goes_on_with_is_left_to_it() {
    let trial = Trial::new();
    let mut writer = trial.writer();
    trial.line.meets([Mishap::IsOvertaken]);
    let error = block_on(writer.write(&good(0, 8))).expect_err("it is elsewhere");
    assert!(
        matches!(error, WriteError::Elsewhere { found_row: 999, .. }),
        "{error:?}"
    );
}

#[test]
fn rows_that_the_sink_refuses_are_found_by_halving() {
    let trial = Trial::new();
    let mut writer = trial.writer();
    let mut numbers: Vec<Option<i64>> = (0..16).map(Some).collect();
    numbers[5] = Some(-5);
    numbers[9] = None;
    numbers[15] = Some(-15);
    let lot = rows(0, &numbers);
    block_on(writer.write(&lot)).expect("the rest is taken");
    let right = Vec::from_iter((0..16).filter(|number| ![5, 9, 15].contains(number)));
    assert_eq!(trial.line.ends().numbers, right);
    assert_eq!(
        trial.letters(),
        [(10, "not_a_number"), (6, "below_zero"), (16, "below_zero")]
            .map(|(row, code)| (row, code.to_owned()))
    );
    assert_eq!(Position::of(writer.reached()), lot.end);
    assert_eq!(writer.reached().rows_refused, 3);
    assert_eq!(writer.reached().rows_written, 13);
}

#[test]
fn letters_behind_the_checkpoint_are_cut_off_and_written_again() {
    let trial = Trial::new();
    let mut numbers: Vec<Option<i64>> = (0..16).map(Some).collect();
    numbers[3] = None;
    numbers[12] = None;
    let lot = rows(0, &numbers);
    let mut writer = trial.writer();
    block_on(writer.write(&lot)).expect("taken");
    drop(writer);
    // As if it had been killed after the eighth row.
    let reached = Checkpoint {
        row: 8,
        rows_written: 7,
        rows_refused: 1,
        ..Checkpoint::default()
    };
    trial.line.ends().checkpoint = Some(reached.clone());
    trial.line.ends().numbers.truncate(7);
    let mut writer = trial.writer();
    assert_eq!(trial.letters(), [(4, "not_a_number".to_owned())]);
    block_on(writer.write(&lot.behind(Position::of(&reached)))).expect("taken");
    let codes = trial.letters();
    assert_eq!(
        codes.iter().map(|(row, _)| *row).collect::<Vec<_>>(),
        [4, 13]
    );
    assert_eq!(writer.reached().rows_refused, 2);
    assert_eq!(writer.reached().rows_written, 14);
}

#[test]
fn a_letter_that_was_cut_off_by_a_kill_is_no_hindrance() {
    let trial = Trial::new();
    let mut writer = trial.writer();
    block_on(writer.write(&rows(0, &[Some(0), None, Some(2)]))).expect("taken");
    drop(writer);
    let path = trial.folder.path().join("run").join("dead-letters.jsonl");
    let mut text = std::fs::read_to_string(&path).expect("there");
    text.push_str("{\"place\":{\"input\":0,\"ro");
    std::fs::write(&path, &text).expect("written");
    let mut writer = trial.writer();
    block_on(writer.write(&rows(3, &[None, Some(4)]))).expect("taken");
    assert_eq!(
        trial
            .letters()
            .iter()
            .map(|(row, _)| *row)
            .collect::<Vec<_>>(),
        [2, 4]
    );
}

#[test]
fn too_many_refused_rows_end_the_run_before_the_rows_beside_them_are_written() {
    let mut trial = Trial::new();
    trial.limits.errors_max = Some(1);
    let mut writer = trial.writer();
    block_on(writer.write(&rows(0, &[Some(0), None, Some(2)]))).expect("one is allowed");
    let error = block_on(writer.write(&rows(3, &[Some(3), None, Some(5)]))).expect_err("two");
    assert_eq!(
        error.to_string(),
        "2 of 6 rows were refused, more than --max-errors 1"
    );
    assert_eq!(trial.line.ends().numbers, [0, 2]);
    assert_eq!(
        trial.letters().len(),
        2,
        "the letter that was too much can be read"
    );
    drop(writer);
    trial.limits.errors_max = None;
    trial.counts = Arc::default();
    let mut writer = trial.writer();
    block_on(writer.write(&rows(3, &[Some(3), None, Some(5)]))).expect("gone on");
    assert_eq!(trial.line.ends().numbers, [0, 2, 3, 5]);
    assert_eq!(trial.letters().len(), 2);
}

#[test]
fn more_refused_rows_than_are_kept_end_the_run() {
    let mut trial = Trial::new();
    trial.limits.letters_bytes_max = Some(1_000);
    let mut writer = trial.writer();
    let error = block_on(writer.write(&rows(0, &[None; 60]))).expect_err("too many");
    assert!(
        matches!(&error, WriteError::LimitReached { limit, .. } if limit.contains("1.0 kB")),
        "{error}"
    );
    let kept = trial.letters().len();
    assert!((1..60).contains(&kept), "{kept}");
}

#[test]
fn nothing_is_written_after_the_run_was_asked_to_stop() {
    let trial = Trial::new();
    let mut writer = trial.writer();
    trial.stop.now();
    let error = block_on(writer.write(&good(0, 8))).expect_err("stopped");
    assert!(matches!(error, WriteError::Stopped));
    assert!(trial.line.ends().tries.is_empty());
}

#[test]
fn two_runs_at_once_are_refused() {
    let trial = Trial::new();
    let writer = trial.writer();
    assert!(matches!(
        claim(trial.folder.path()),
        Err(StateError::UnderWay { .. })
    ));
    drop(writer);
    claim(trial.folder.path()).expect("free again");
}

#[test]
fn what_others_need_of_the_disk_stays_free() {
    let trial = Trial::new();
    let mut writer = trial.writer();
    trial.world.set_free_bytes(FREE_BYTES_MIN);
    block_on(writer.write(&good(0, 8))).expect("there is room");
    trial.world.set_free_bytes(FREE_BYTES_MIN - 1);
    let error = block_on(writer.write(&good(8, 8))).expect_err("there is none");
    let WriteError::State(error) = &error else {
        panic!("{error:?}");
    };
    assert!(error.full_folder().is_some(), "{error:?}");
    assert_eq!(trial.line.ends().numbers.len(), 8);
    drop(writer);

    trial.world.set_free_bytes(FREE_BYTES_MIN);
    let mut writer = trial.writer();
    assert_eq!(writer.reached().row, 8);
    block_on(writer.write(&good(8, 8))).expect("there is room again");
    assert_eq!(trial.line.ends().numbers, (0..16).collect::<Vec<i64>>());
}

#[test]
fn a_sink_that_takes_some_of_each_batch_is_not_given_up() {
    let tries_of = |takes_some| {
        let trial = Trial::new();
        trial.line.ends().takes_some = takes_some;
        trial.line.meets([Mishap::Fails(TRANSIENT); 200]);
        let ended = block_on(trial.writer().write(&good(0, 8)));
        (ended.is_ok(), trial.line.ends().tries.len() > 200)
    };
    assert_eq!(tries_of(true), (true, true));
    assert_eq!(tries_of(false), (false, false));
}

/// Somebody else's turn, once.
async fn pending_once() {
    let mut is_first = true;
    futures::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        match std::mem::take(&mut is_first) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    })
    .await;
}

#[test]
fn a_sink_that_does_not_answer_is_told_until_it_does() {
    let trial = Trial::new();
    trial.line.ends().counts = Some(Arc::clone(&trial.counts));
    let mut writer = trial.writer();
    block_on(writer.write(&good(0, 10))).expect("written");
    assert_eq!(
        trial.pauses_ms(),
        [0; 0],
        "one that answers is not waited for"
    );
    trial.line.meets([Mishap::Waits]);
    block_on(writer.write(&good(10, 10))).expect("written");
    let told = trial.line.ends().told.clone();
    let [None, Some(told)] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(told.contains("no answer for 10 s"), "{told}");
    assert_eq!(trial.counts.trouble(), None);
    assert_eq!(trial.line.ends().numbers.len(), 20);
}
