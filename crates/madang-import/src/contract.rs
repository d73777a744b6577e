//! What every sink must do. A sink's tests say where it leads ([`Destination`]) and call [`holds`]; a sink that needs a runtime is tried inside of one.
//!
//! Rows here have a column of every kind. A till, whose columns are its own, is tried beside (`till_sink.rs` of `madang-server`): with a schema of its own handed in,
//! nearly every promise would have to ask whether it is a till, which knows items by code, barcode or title and takes none without a name.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use futures::executor::block_on;
use jiff::Timestamp;

use crate::batch::{BatchBuilder, Value};
use crate::checkpoint::RunKey;
use crate::place::{Place, Span};
use crate::rows::{Raw, Rows};
use crate::run::counts::Counts;
use crate::run::lot::{Lot, Position};
use crate::run::settings::{Limits, Patience};
use crate::run::state::{RunFolder, RunRecord, Runs};
use crate::run::stop::Stop;
use crate::run::world::World;
use crate::run::write::{WriteError, Writer, WriterParts};
use crate::schema::{Field, IfEmpty, Kind, Schema};
use crate::sink::{Promise, Sink, SinkErrorKind};

/// A place for rows, made anew and empty for one test.
pub trait Destination {
    /// A sink that leads there. Each is a connection of its own, as after a restart.
    fn sink(&self) -> Box<dyn Sink>;

    /// The rows that stand there and can be seen, in any order; values in the order of the schema, as [`spelled`] writes them.
    fn rows(&self) -> Vec<Vec<Option<String>>>;

    /// Lets the sink refuse rows whose first column is less than zero, by a rule that is made once it was opened; false where there is no such rule.
    fn refuse_below_zero(&self) -> bool;

    /// Whether a row takes the place of one with the same key.
    fn replaces_by_key(&self) -> bool;
}

/// Makes a destination for rows of a schema.
pub type Make<'a> = &'a dyn Fn(&Schema) -> Box<dyn Destination>;

/// Tries everything that a sink must do.
///
/// # Panics
/// When it does not.
pub fn holds(make: Make<'_>) {
    every_value_arrives_as_it_was(make);
    a_run_that_is_killed_after_any_write_goes_on(make);
    a_run_that_has_ended_goes_on_to_nothing(make);
    a_row_that_is_refused_takes_no_other_with_it(make);
    another_run_begins_anew(make);
    the_same_run_twice_at_once_writes_nothing_twice(make);
    a_row_that_is_there_is_not_written_again(make);
    an_empty_cell_keeps_what_stands_or_clears_it(make);
    rows_of_one_key_count_as_if_they_came_one_by_one(make);
    a_default_is_for_rows_that_are_new(make);
}

fn every_value_arrives_as_it_was(make: Make<'_>) {
    let trial = Trial::new(make, &[]);
    let rows = vec![
        row(1, "아메리카노 \"hot\", 2 잔\n\t\\N '%_ é 👍"),
        vec![
            Value::Integer(i64::MAX),
            Value::Text(""),
            Value::Integer(-1),
            Value::Integer(0),
            Value::Boolean(false),
            Value::Date(-1),
            Value::Integer(-1),
        ],
        vec![
            Value::Integer(0),
            Value::Text("NULL"),
            Value::Absent,
            Value::Absent,
            Value::Absent,
            Value::Absent,
            Value::Absent,
        ],
    ];
    trial.run(&[lot(&trial.schema, 0, &rows)]).expect("taken");
    trial.check(&rows);
}

fn a_run_that_is_killed_after_any_write_goes_on(make: Make<'_>) {
    const LOTS: usize = 4;
    for written in 0..=LOTS {
        let trial = Trial::new(make, &[]);
        let lots: Vec<Lot> = (0..LOTS)
            .map(|number| lot(&trial.schema, number * ROWS, &plain_rows(number)))
            .collect();
        let mut writer = trial.writer();
        begin(&mut writer, &trial.schema);
        let mut kept = Vec::new();
        for lot in &lots[..written] {
            kept.push(
                writer
                    .folder()
                    .map(|folder| folder.path().to_owned())
                    .and_then(checkpoint_in),
            );
            block_on(writer.write(lot)).expect("taken");
        }
        let promise = trial.promise();
        let folder = writer
            .into_folder()
            .expect("a run with a folder")
            .path()
            .to_owned();
        if promise != Promise::ExactlyOnce && written > 0 {
            // Killed before the checkpoint was kept: the last lot comes once more.
            put_back(&folder, kept.pop().flatten());
        }
        let reached = trial.run(&lots).expect("taken");
        if promise == Promise::ExactlyOnce {
            let expected = written.checked_sub(1).map(|last| lots[last].end);
            assert_eq!(reached, expected.unwrap_or_default());
        }
        trial.check(&(0..LOTS).flat_map(plain_rows).collect::<Vec<_>>());
    }
}

fn a_run_that_has_ended_goes_on_to_nothing(make: Make<'_>) {
    let trial = Trial::new(make, &[]);
    let lots = [lot(&trial.schema, 0, &plain_rows(0))];
    trial.run(&lots).expect("taken");
    let reached = trial.run(&lots).expect("nothing to do");
    assert_eq!(reached, lots[0].end);
    trial.check(&plain_rows(0));
}

fn a_row_that_is_refused_takes_no_other_with_it(make: Make<'_>) {
    for poison in [vec![0], vec![ROWS - 1], vec![3, 4, 11]] {
        let trial = Trial::new(make, &[]);
        let mut rows = plain_rows(0);
        let mut writer = trial.writer();
        begin(&mut writer, &trial.schema);
        if !trial.destination.refuse_below_zero() {
            return;
        }
        for number in &poison {
            rows[*number][0] = Value::Integer(-1 - *number as i64);
        }
        let lot = lot(&trial.schema, 0, &rows);
        block_on(writer.write(&lot)).expect("what is right is taken");
        block_on(writer.finish()).expect("finished");
        assert_eq!(Counts::get(&trial.counts.rows_refused), poison.len() as u64);
        assert_eq!(writer.reached().rows_refused, poison.len() as u64);
        assert_eq!(Position::of(writer.reached()), lot.end);
        drop(writer);
        let is_right = |row: &&Vec<Value<'_>>| matches!(row[0], Value::Integer(0..));
        let right = rows.iter().filter(is_right);
        trial.check(&right.cloned().collect::<Vec<_>>());
    }
}

fn another_run_begins_anew(make: Make<'_>) {
    let mut trial = Trial::new(make, &[]);
    let lots = [lot(&trial.schema, 0, &plain_rows(0))];
    trial.run(&lots).expect("taken");
    trial.key = RunKey("b".repeat(64));
    let others = [lot(&trial.schema, 0, &plain_rows(1))];
    assert_eq!(trial.run(&others).expect("taken"), Position::default());
    trial.check(&[plain_rows(0), plain_rows(1)].concat());
}

/// From two state folders, as two machines have them: neither knows of the other.
fn the_same_run_twice_at_once_writes_nothing_twice(make: Make<'_>) {
    let trial = Trial::new(make, &[]);
    if trial.promise() != Promise::ExactlyOnce {
        return;
    }
    let elsewhere = tempfile::tempdir().expect("a place for tests");
    let lots = [0, 1].map(|number| lot(&trial.schema, number * ROWS, &plain_rows(number)));
    let mut first = trial.writer();
    let mut second = trial.writer_of(elsewhere.path());
    begin(&mut first, &trial.schema);
    begin(&mut second, &trial.schema);
    block_on(first.write(&lots[0])).expect("taken");
    for lot in &lots {
        let refused = block_on(second.write(lot)).expect_err("the first has written it");
        assert!(
            matches!(&refused, WriteError::Sink { source, .. } if source.kind == SinkErrorKind::Setup),
            "{refused:?}"
        );
    }
    block_on(first.write(&lots[1])).expect("the first goes on");
    trial.check(&[plain_rows(0), plain_rows(1)].concat());
}

fn a_row_that_is_there_is_not_written_again(make: Make<'_>) {
    let mut trial = Trial::new(make, &[0]);
    if !trial.destination.replaces_by_key() {
        return;
    }
    let mut rows = plain_rows(0);
    trial.run(&[lot(&trial.schema, 0, &rows)]).expect("taken");
    rows[2][1] = Value::Text("새 이름");
    rows[3][4] = Value::Absent;
    trial.key = RunKey("b".repeat(64));
    trial.counts = Arc::default();
    trial.run(&[lot(&trial.schema, 0, &rows)]).expect("taken");
    assert_eq!(Counts::get(&trial.counts.rows_written), ROWS as u64);
    assert_eq!(
        Counts::get(&trial.counts.rows_unchanged),
        ROWS as u64 - 2,
        "only what differs is written"
    );
    trial.check(&rows);
}

fn an_empty_cell_keeps_what_stands_or_clears_it(make: Make<'_>) {
    let mut trial = Trial::new(make, &[0]);
    if !trial.destination.replaces_by_key() {
        return;
    }
    let rows = plain_rows(0);
    trial.run(&[lot(&trial.schema, 0, &rows)]).expect("taken");
    trial.key = RunKey("b".repeat(64));
    trial.counts = Arc::default();
    let said = |row: &Vec<Value<'static>>| [&row[..2], &[Value::Absent; 5]].concat();
    let said: Vec<Vec<Value<'_>>> = rows.iter().map(said).collect();
    trial.run(&[lot(&trial.schema, 0, &said)]).expect("taken");
    let cleared = |mut row: Vec<Value<'static>>| {
        row[CLEARED] = Value::Absent;
        row
    };
    trial.check(&rows.into_iter().map(cleared).collect::<Vec<_>>());
    trial.key = RunKey("c".repeat(64));
    trial.counts = Arc::default();
    trial.run(&[lot(&trial.schema, 0, &said)]).expect("taken");
    let unchanged = Counts::get(&trial.counts.rows_unchanged);
    assert_eq!(unchanged, ROWS as u64, "nothing was said that is not so");
}

fn rows_of_one_key_count_as_if_they_came_one_by_one(make: Make<'_>) {
    let mut trial = Trial::new(make, &[0]);
    if !trial.destination.replaces_by_key() {
        return;
    }
    let schema = Schema {
        key_may_repeat: true,
        ..(*trial.schema).clone()
    };
    trial.schema = Arc::new(schema);
    let full = row(7, "아메리카노");
    let mut priced = full.clone();
    priced[2] = Value::Integer(5_000);
    let mut named = full.clone();
    named[1] = Value::Text("라떼");
    named[2..].fill(Value::Absent);
    let mut last = priced.clone();
    last[1] = named[1];
    last[CLEARED] = Value::Absent;
    let rows = [full, priced, named];
    trial.run(&[lot(&trial.schema, 0, &rows)]).expect("taken");
    trial.check(&[last]);
}

fn a_default_is_for_rows_that_are_new(make: Make<'_>) {
    let mut trial = Trial::new(make, &[0]);
    let mut fields = trial.schema.fields.to_vec();
    let defaults = [
        Value::Integer(3_000),
        Value::Integer(-150),
        Value::Boolean(true),
        Value::Date(-1),
        Value::Integer(-1),
    ];
    for (field, default) in fields[2..].iter_mut().zip(defaults) {
        field.default = default.owned();
        field.if_empty = IfEmpty::Keep;
    }
    fields[1].default = Value::Text("이름 '없음' \\").owned();
    let sink = trial.destination.sink();
    if !fields[1..]
        .iter()
        .all(|field| sink.knows_default(&trial.schema, field))
    {
        return;
    }
    let (first, new) = (row(1, "아메리카노"), row(2, ""));
    let mut bare = row(3, "라떼");
    bare[2..].fill(Value::Absent);
    let there = [first.clone(), bare.clone()];
    trial.run(&[lot(&trial.schema, 0, &there)]).expect("taken");
    let plain = Arc::clone(&trial.schema);
    for key_may_repeat in [false, true] {
        trial.schema = Arc::new(Schema {
            fields: fields.clone().into(),
            key_may_repeat,
            ..(*plain).clone()
        });
        trial.key = RunKey(format!("{key_may_repeat:?}").repeat(13));
        let said = |row: &[Value<'static>]| {
            let mut said = row.to_vec();
            said[1..].fill(Value::Absent);
            said
        };
        let rows = [said(&first), said(&bare), said(&new)];
        trial.run(&[lot(&trial.schema, 0, &rows)]).expect("taken");
        let mut new = new.clone();
        new[1] = Value::Text("이름 '없음' \\");
        new[2..].copy_from_slice(&defaults);
        // What is there keeps what stands there, be it nothing.
        trial.check(&[first.clone(), bare.clone(), new]);
    }
}

/// The column of [`schema`] that an empty cell clears.
const CLEARED: usize = 4;

/// Rows of a lot.
const ROWS: usize = 16;

struct Trial {
    schema: Arc<Schema>,
    destination: Box<dyn Destination>,
    key: RunKey,
    counts: Arc<Counts>,
    folder: tempfile::TempDir,
}

impl Trial {
    fn new(make: Make<'_>, key: &[usize]) -> Self {
        let schema = schema(key);
        Self {
            destination: make(&schema),
            schema,
            key: RunKey("a".repeat(64)),
            counts: Arc::default(),
            folder: tempfile::tempdir().expect("a place for tests"),
        }
    }

    fn writer(&self) -> Writer {
        self.writer_of(self.folder.path())
    }

    fn writer_of(&self, runs: &Path) -> Writer {
        Writer::new(WriterParts {
            sink: self.destination.sink(),
            run: self.key.clone(),
            folder: Some(run_folder(runs, &self.key)),
            world: Arc::new(VirtualWorld::default()),
            counts: Arc::clone(&self.counts),
            stop: Stop::default(),
            limits: Limits::default(),
            patience: Patience::default(),
            batch_rows_max: ROWS,
            free_bytes_min: 0,
        })
    }

    fn promise(&self) -> Promise {
        self.destination.sink().promise()
    }

    /// Writes what the sink does not have yet, as a runner does that goes on; says where it began.
    fn run(&self, lots: &[Lot]) -> Result<Position, WriteError> {
        let mut writer = self.writer();
        let reached = begin(&mut writer, &self.schema);
        for lot in lots {
            if reached.reaches(&lot.end) {
                continue;
            }
            block_on(writer.write(&lot.clone().behind(reached)))?;
        }
        block_on(writer.finish())?;
        Ok(reached)
    }

    #[track_caller]
    fn check(&self, expected: &[Vec<Value<'_>>]) {
        let kinds = self.schema.fields.iter().map(|field| field.kind);
        let mut expected: Vec<Vec<Option<String>>> = expected
            .iter()
            .map(|row| {
                let values = row.iter().zip(kinds.clone());
                values.map(|(value, kind)| spelled(*value, kind)).collect()
            })
            .collect();
        let mut found = self.destination.rows();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }
}

fn begin(writer: &mut Writer, schema: &Arc<Schema>) -> Position {
    let found = block_on(writer.open(Arc::clone(schema))).expect("opened");
    let reached = found.unwrap_or_default();
    writer.go_on_from(reached.clone()).expect("gone on");
    Position::of(&reached)
}

/// What a run keeps of how far it has come.
fn checkpoint_in(folder: PathBuf) -> Option<Vec<u8>> {
    fs::read(folder.join("checkpoint.json")).ok()
}

fn put_back(folder: &Path, kept: Option<Vec<u8>>) {
    let path = folder.join("checkpoint.json");
    let done = match kept {
        Some(kept) => fs::write(path, kept),
        None => fs::remove_file(path),
    };
    done.expect("a file of the test's own");
}

fn run_folder(root: &Path, key: &RunKey) -> RunFolder {
    let record = RunRecord {
        version: RunRecord::VERSION,
        name: key.0.clone(),
        key: key.clone(),
        mapping: "contract".to_owned(),
        sink: "contract".to_owned(),
        inputs: Vec::new(),
        started_at: Timestamp::UNIX_EPOCH,
        round: 0,
        source: String::new(),
        files: Vec::new(),
        retry_of: None,
        written: None,
    };
    Runs::new(root.to_owned())
        .claim(record)
        .expect("a folder of its own")
}

/// A column of every kind. The first is whole numbers, the second text.
pub fn schema(key: &[usize]) -> Arc<Schema> {
    let field = |name: &str, kind, required| Field {
        name: name.to_owned(),
        kind,
        required,
        if_empty: IfEmpty::Keep,
        default: None,
    };
    let cleared = |field: Field| Field {
        if_empty: IfEmpty::Clear,
        ..field
    };
    Arc::new(Schema {
        name: "contract".to_owned(),
        fields: Arc::new([
            field("number", Kind::Integer, true),
            field("이름", Kind::Text, true),
            field("price", Kind::Money, false),
            field("amount", Kind::Decimal { scale: 2 }, false),
            cleared(field("is_sold", Kind::Boolean, false)),
            field("day", Kind::Date, false),
            field("at", Kind::Timestamp, false),
        ]),
        key: key.into(),
        key_may_repeat: false,
        timezone: "Asia/Seoul".to_owned(),
    })
}

fn row(number: i64, name: &str) -> Vec<Value<'_>> {
    vec![
        Value::Integer(number),
        Value::Text(name),
        Value::Integer(4_500),
        Value::Integer(number * 100 + 25),
        Value::Boolean(true),
        Value::Date(20_779),
        Value::Integer(1_795_327_500_000_001),
    ]
}

fn plain_rows(lot: usize) -> Vec<Vec<Value<'static>>> {
    let first = (lot * ROWS) as i64;
    let names = ["아메리카노", "카페라떼", "", "Earl Grey"];
    (first..first + ROWS as i64)
        .map(|number| row(number, names[number as usize % names.len()]))
        .collect()
}

/// A lot of rows, of which `before` stand before it in their input.
pub fn lot(schema: &Arc<Schema>, before: usize, rows: &[Vec<Value<'_>>]) -> Lot {
    let text = |row: &[Value<'_>]| format!("{row:?}\n");
    let start: u64 = before as u64 * 1_000;
    let raw: String = rows.iter().map(|row| text(row)).collect();
    let mut builder = BatchBuilder::new(Arc::clone(schema));
    builder.reading(&Rows {
        raw: Raw {
            text: raw.as_bytes().into(),
            start,
            is_one_row: false,
        },
        ..Rows::default()
    });
    let mut byte = start;
    for (index, row) in rows.iter().enumerate() {
        for (position, value) in row.iter().enumerate() {
            builder.column(position).push(*value);
        }
        let end = byte + text(row).len() as u64;
        let number = (before + index) as u64;
        builder.end_row(Place {
            input: 0,
            row: number + 1,
            line: number + 2,
            bytes: Span { start: byte, end },
        });
        byte = end;
    }
    let after = (before + rows.len()) as u64;
    Lot {
        batch: builder.build(),
        end: Position {
            input: 0,
            row: after,
            byte,
            line: after + 2,
        },
    }
}

/// A value in the one spelling that destinations are compared in.
pub fn spelled(value: Value<'_>, kind: Kind) -> Option<String> {
    value.spelled(kind)
}

/// Time that moves only when somebody sleeps, and chance that is always the same.
#[derive(Debug, Default)]
pub struct VirtualWorld {
    elapsed_us: AtomicU64,
    /// What is free on every disk, less one; 0: nobody asks.
    free_bytes: AtomicU64,
    pauses: RwLock<Vec<Duration>>,
}

impl VirtualWorld {
    /// So much is free on every disk from now on.
    pub fn set_free_bytes(&self, free_bytes: u64) {
        self.free_bytes.store(free_bytes + 1, Ordering::Relaxed);
    }

    /// The pauses that were made.
    pub fn pauses(&self) -> Vec<Duration> {
        let pauses = self.pauses.read();
        pauses.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl World for VirtualWorld {
    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.elapsed_us.load(Ordering::Relaxed))
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn free_bytes(&self, _folder: &Path) -> Option<u64> {
        self.free_bytes.load(Ordering::Relaxed).checked_sub(1)
    }

    /// The longest of all pauses.
    fn chance(&self) -> u64 {
        u64::MAX
    }

    async fn sleep(&self, pause: Duration) {
        let pause_us = u64::try_from(pause.as_micros()).unwrap_or(u64::MAX);
        self.elapsed_us.fetch_add(pause_us, Ordering::Relaxed);
        let pauses = self.pauses.write();
        pauses.unwrap_or_else(PoisonError::into_inner).push(pause);
    }
}
