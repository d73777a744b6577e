use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use async_trait::async_trait;
use futures::executor::block_on;

use super::stages::{LOT_LIMITS, ROWS_LIMITS, TEXT_LIMITS};
use super::{Ended, Import, RunError, To};
use crate::batch::Batch;
use crate::check::Mapping;
use crate::checkpoint::{Checkpoint, RunKey};
use crate::contract::VirtualWorld;
use crate::read::{BLOCK_BYTES, Bytes, Input, ReadError, ReadSettings, StreamInput};
use crate::run::inputs::Inputs;
use crate::run::progress::Progress;
use crate::run::report::Outcome;
use crate::run::settings::{BATCH_BYTES_MAX, RunSettings};
use crate::run::state::{RunRecord, Runs};
use crate::run::stop::Stop;
use crate::run::world::World;
use crate::run::write::WriteError;
use crate::schema::Schema;
use crate::sink::{Promise, Sink, SinkError, SinkErrorKind, Written};

const MAPPING: &str = r#"
name = "notes"
[[columns]]
name = "note"
from = ["note"]
type = "text"
"#;

/// A sink that counts, and does before each write what a test wants.
struct Counting {
    rows: Arc<AtomicU64>,
    checkpoint: Arc<Mutex<Option<Checkpoint>>>,
    before: Box<dyn FnMut() -> Result<(), SinkErrorKind> + Send>,
}

#[async_trait]
impl Sink for Counting {
    fn name(&self) -> String {
        "a count".to_owned()
    }

    fn promise(&self) -> Promise {
        Promise::ExactlyOnce
    }

    async fn open(
        &mut self,
        _: &RunKey,
        _: &Schema,
        _: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError> {
        Ok(self.checkpoint.lock().expect("no test panics").clone())
    }

    async fn write(
        &mut self,
        batch: &Batch,
        checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError> {
        (self.before)().map_err(|kind| SinkError {
            kind,
            message: "no more".to_owned(),
            message_ko: "더는 안 돼요".to_owned(),
            column: None,
            source: None,
        })?;
        let rows = batch.len() as u64;
        self.rows.fetch_add(rows, Ordering::Relaxed);
        *self.checkpoint.lock().expect("no test panics") = Some(checkpoint.clone());
        Ok(Written {
            rows,
            ..Written::default()
        })
    }

    async fn finish(&mut self, _: &mut Checkpoint) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Rows of a kilobyte without end, or up to one that breaks off.
struct Endless {
    rows_left: Option<u64>,
    rest: Vec<u8>,
    is_dropped: Arc<Mutex<bool>>,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            match &mut self.rows_left {
                Some(0) => return Err(io::Error::other("the line was cut")),
                Some(left) => *left -= 1,
                None => {}
            }
            self.rest.resize(1023, b'x');
            self.rest.push(b'\n');
        }
        let count = into.len().min(self.rest.len());
        into[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        *self.is_dropped.lock().expect("no test panics with it") = true;
    }
}

struct Trial {
    import: Import,
    rows: Arc<AtomicU64>,
    is_dropped: Arc<Mutex<bool>>,
}

fn trial(
    rows_left: Option<u64>,
    before: impl FnMut() -> Result<(), SinkErrorKind> + Send + 'static,
) -> Trial {
    let is_dropped = Arc::default();
    let endless = Endless {
        rows_left,
        rest: b"note\n".to_vec(),
        is_dropped: Arc::clone(&is_dropped),
    };
    let rows = Arc::<AtomicU64>::default();
    let sink = Counting {
        rows: Arc::clone(&rows),
        checkpoint: Arc::default(),
        before: Box::new(before),
    };
    let input = StreamInput::new("notes.csv", Box::new(endless));
    Trial {
        import: import(Arc::new(input), sink),
        rows,
        is_dropped,
    }
}

fn import(input: Arc<dyn Input>, sink: Counting) -> Import {
    let world: Arc<dyn World> = Arc::new(VirtualWorld::default());
    let bytes = input.bytes().expect("a test's own");
    Import {
        run: RunKey("a".repeat(64)),
        source: Box::new(Inputs::new(vec![input], ReadSettings::default())),
        mapping: Mapping::parse(MAPPING, "notes.toml").expect("a mapping"),
        to: To::Sink(Box::new(sink)),
        folder: None,
        settings: RunSettings::default(),
        goes_on: false,
        progress: Arc::new(Progress::new(Arc::clone(&world), bytes)),
        world,
        stop: Stop::default(),
    }
}

/// Threads that are left behind end at their next push.
fn wait_until_dropped(is_dropped: &Mutex<bool>) {
    while !*is_dropped.lock().expect("no test panics with it") {
        thread::yield_now();
    }
}

#[test]
fn what_stood_before_an_input_that_broke_off_is_written() {
    let trial = trial(Some(5_000), || Ok(()));
    let ended = block_on(trial.import.run());
    assert!(
        matches!(ended.error, Some(RunError::Read(_))),
        "{:?}",
        ended.error
    );
    assert_eq!(ended.report.outcome, Outcome::SourceGone);
    let rows = trial.rows.load(Ordering::Relaxed);
    // What was in the block that could not be read to its end is not.
    assert!((4_500..=5_000).contains(&rows), "{rows}");
    assert!(*trial.is_dropped.lock().expect("no test panics with it"));
}

/// Gives its text, and then nothing until the test has seen the run end.
struct Waiting {
    text: io::Cursor<&'static [u8]>,
    until: mpsc::Receiver<()>,
}

impl Read for Waiting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.text.read(into)? {
            0 => {
                // It ends when the test does.
                let _ = self.until.recv();
                Ok(0)
            }
            count => Ok(count),
        }
    }
}

#[test]
fn columns_that_do_not_fit_end_a_run_though_its_input_neither_comes_nor_ends() {
    let mut trial = trial(None, || Ok(()));
    let (end, until) = mpsc::channel();
    // More than is looked at before the header is read.
    let text = io::Cursor::new(&*b"price,price\n".repeat(40_000).leak());
    let input = StreamInput::new("prices.csv", Box::new(Waiting { text, until }));
    trial.import.source = Box::new(Inputs::new(vec![Arc::new(input)], ReadSettings::default()));
    let ended = block_on(trial.import.run());
    assert!(
        matches!(ended.error, Some(RunError::Read(_))),
        "{:?}",
        ended.error
    );
    drop(end);
}

#[test]
fn a_sink_that_goes_ends_the_reading_of_an_input_without_end() {
    let mut writes = 0;
    let trial = trial(None, move || {
        writes += 1;
        if writes > 3 {
            Err(SinkErrorKind::Gone)
        } else {
            Ok(())
        }
    });
    let ended = block_on(trial.import.run());
    assert!(
        matches!(ended.error, Some(RunError::Write(WriteError::Sink { .. }))),
        "{:?}",
        ended.error
    );
    assert_eq!(ended.report.outcome, Outcome::SinkGone);
    wait_until_dropped(&trial.is_dropped);
}

#[test]
fn whoever_asks_a_run_to_stop_stops_all_stages() {
    let stop = Stop::default();
    let asked = stop.clone();
    let mut writes = 0;
    let mut trial = trial(None, move || {
        writes += 1;
        if writes == 3 {
            asked.now();
        }
        Ok(())
    });
    trial.import.stop = stop;
    let ended = block_on(trial.import.run());
    assert_eq!(ended.report.outcome, Outcome::Stopped);
    assert_eq!(
        ended.report.rows_written,
        trial.rows.load(Ordering::Relaxed),
        "the write that was under way is whole"
    );
    wait_until_dropped(&trial.is_dropped);
}

#[test]
fn a_sink_that_slows_down_holds_everything_before_it_back() {
    // The sink takes one batch and then waits until nothing moves any more before it; later it is quick again.
    let mut slow_writes = 3;
    let progress = Arc::new(Mutex::new(None::<Arc<Progress>>));
    let seen = Arc::clone(&progress);
    let trial = trial(Some(40_000), move || {
        if slow_writes > 0 {
            slow_writes -= 1;
            let progress = seen.lock().expect("no test panics with it").clone();
            let progress = progress.expect("set before the run");
            let mut before = 0;
            let mut same = 0;
            while same < 10_000 {
                let now = progress.snapshot().bytes_read;
                same = if now == before { same + 1 } else { 0 };
                before = now;
                thread::yield_now();
            }
        }
        Ok(())
    });
    *progress.lock().expect("no test panics with it") = Some(Arc::clone(&trial.import.progress));
    let ended = block_on(trial.import.run());
    assert!(trial.rows.load(Ordering::Relaxed) > 39_000);
    let bound = TEXT_LIMITS.bytes_max + ROWS_LIMITS.bytes_max + LOT_LIMITS.bytes_max;
    let most = ended.report.queued_bytes_max;
    assert!(
        (BATCH_BYTES_MAX..=bound).contains(&most),
        "{most} of at most {bound} bytes waited"
    );
}

/// Notes of a size, each another.
fn notes(rows: usize) -> String {
    let rows = (0..rows).map(|row| format!("a note of some letters {row:09}\n"));
    format!("note\n{}", rows.collect::<String>())
}

#[test]
fn the_share_is_what_the_sink_has_taken() {
    const ROWS: usize = 20_000;
    let seen = Arc::<Mutex<Vec<(u64, f64)>>>::default();
    let progress = Arc::new(Mutex::new(None::<Arc<Progress>>));
    let rows = Arc::<AtomicU64>::default();
    let (now, noted, taken) = (Arc::clone(&progress), Arc::clone(&seen), Arc::clone(&rows));
    let sink = Counting {
        rows,
        checkpoint: Arc::default(),
        before: Box::new(move || {
            let progress = now.lock().expect("no test panics").clone();
            let snapshot = progress.expect("set before the run").snapshot();
            let share = snapshot.share.expect("the size is known");
            let taken = taken.load(Ordering::Relaxed);
            noted.lock().expect("no test panics").push((taken, share));
            Ok(())
        }),
    };
    let mut import = import(Arc::new(Bytes::named("notes.csv", notes(ROWS))), sink);
    import.settings.batch_rows_max = 100;
    let all = Arc::clone(&import.progress);
    *progress.lock().expect("no test panics") = Some(Arc::clone(&all));
    block_on(import.run());
    let seen = seen.lock().expect("no test panics");
    assert!(seen.len() > 100, "{}", seen.len());
    for (taken, share) in seen.iter() {
        let expected = *taken as f64 / ROWS as f64;
        assert!((share - expected).abs() < 0.001, "{share} for {taken} rows");
    }
    assert_eq!(all.snapshot().share, Some(1.0));
}

/// An input that is read once.
fn stream(text: &str) -> Arc<dyn Input> {
    let text = io::Cursor::new(text.as_bytes().to_vec());
    Arc::new(StreamInput::new("notes.csv", Box::new(text)))
}

fn file(text: &str) -> Arc<dyn Input> {
    Arc::new(Bytes::named("notes.csv", text))
}

/// Imports until the sink goes, and goes on with another text.
fn gone_on_with(
    input: impl Fn(&str) -> Arc<dyn Input>,
    key: &str,
    text: &str,
    then: &str,
) -> (Ended, u64) {
    let folder = tempfile::tempdir().expect("a place for tests");
    let (rows, checkpoint) = (Arc::<AtomicU64>::default(), Arc::default());
    let begin = |text: &str, writes: usize| {
        let mut writes = writes;
        let sink = Counting {
            rows: Arc::clone(&rows),
            checkpoint: Arc::clone(&checkpoint),
            before: Box::new(move || {
                writes = writes.checked_sub(1).ok_or(SinkErrorKind::Gone)?;
                Ok(())
            }),
        };
        let mut import = import(input(text), sink);
        let mapping = format!("{key}{MAPPING}");
        import.mapping = Mapping::parse(&mapping, "notes.toml").expect("a mapping");
        import.folder = Some(
            Runs::new(folder.path().to_owned())
                .claim(RunRecord {
                    version: RunRecord::VERSION,
                    name: "run".to_owned(),
                    key: import.run.clone(),
                    mapping: "notes".to_owned(),
                    sink: "a count".to_owned(),
                    inputs: Vec::new(),
                    started_at: jiff::Timestamp::UNIX_EPOCH,
                    round: 0,
                    source: String::new(),
                    files: Vec::new(),
                    retry_of: None,
                    written: None,
                })
                .expect("a folder of its own"),
        );
        import.settings.batch_rows_max = 1_000;
        import.goes_on = true;
        import
    };
    let ended = block_on(begin(text, 30).run());
    assert_eq!(ended.report.outcome, Outcome::SinkGone);
    drop(ended);
    let ended = block_on(begin(then, usize::MAX).run());
    (ended, rows.load(Ordering::Relaxed))
}

/// Makes an input of a text.
type Opens = dyn Fn(&str) -> Arc<dyn Input>;

#[test]
fn what_has_changed_anywhere_before_the_checkpoint_is_noticed() {
    let text = notes(40_000);
    // Row 5,000: neither at the head of the file nor right before the checkpoint.
    let changed = text.replace("000005000", "000005xxx");
    for key in ["", "key = [\"note\"]\n"] {
        let inputs: [&Opens; 2] = [&file, &stream];
        for (index, input) in inputs.into_iter().enumerate() {
            let (ended, rows) = gone_on_with(input, key, &text, &changed);
            let error = ended.error.expect("the file is another");
            assert_eq!(
                error.korean(),
                "처음 읽을 때와 파일이 달라졌어요",
                "{key} {index}"
            );
            assert_eq!(rows, 30_000, "{key} {index}");
        }
    }
}

#[test]
fn what_goes_on_has_the_digest_of_the_whole() {
    let text = notes(40_000);
    let mut digest = crate::read::Digest::default();
    digest.note(0, text.as_bytes());
    let digest = crate::run::lot::hexadecimal(&digest.now());
    for key in ["", "key = [\"note\"]\n"] {
        let inputs: [&Opens; 2] = [&file, &stream];
        for (index, input) in inputs.into_iter().enumerate() {
            let (ended, rows) = gone_on_with(input, key, &text, &text);
            assert!(ended.error.is_none(), "{key} {index}: {:?}", ended.error);
            assert_eq!(rows, 40_000, "{key} {index}");
            assert_eq!(ended.report.digest.as_ref(), Some(&digest), "{key} {index}");
        }
    }
}

/// Counts what is read of it: text that has to be made costs more than text that stands there.
struct Counted {
    bytes: Bytes,
    read_bytes: Arc<AtomicU64>,
}

impl Input for Counted {
    fn name(&self) -> &str {
        self.bytes.name()
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        self.bytes.bytes()
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        // What lies before it is made and thrown away.
        self.read_bytes.fetch_add(byte, Ordering::Relaxed);
        let read_bytes = Arc::clone(&self.read_bytes);
        let opened = self.bytes.open_at(byte)?;
        Ok(Box::new(CountedRead { opened, read_bytes }))
    }
}

struct CountedRead {
    opened: Box<dyn Read + Send>,
    read_bytes: Arc<AtomicU64>,
}

impl Read for CountedRead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.opened.read(into)?;
        self.read_bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[test]
fn what_goes_on_reads_its_text_once_beside_its_head() {
    // What the first stages hold by the time that the columns are known.
    const AHEAD_BYTES_MAX: u64 = 3 * 1024 * 1024;
    let text = notes(150_000);
    for key in ["", "key = [\"note\"]\n"] {
        let lives = Mutex::new(Vec::new());
        let input = |text: &str| -> Arc<dyn Input> {
            let read_bytes = Arc::<AtomicU64>::default();
            let mut lives = lives.lock().expect("no test panics");
            lives.push(Arc::clone(&read_bytes));
            let bytes = Bytes::named("notes.csv", text);
            Arc::new(Counted { bytes, read_bytes })
        };
        let (ended, rows) = gone_on_with(input, key, &text, &text);
        assert!(ended.error.is_none(), "{key}: {:?}", ended.error);
        assert_eq!(rows, 150_000, "{key}");
        let lives = lives.lock().expect("no test panics");
        let read = lives[1].load(Ordering::Relaxed);
        let whole = text.len() as u64;
        assert!(
            (whole..whole + AHEAD_BYTES_MAX).contains(&read),
            "{key}: {read} bytes read of {whole}"
        );
    }
}

#[test]
fn a_lot_with_refused_rows_weighs_no_more_than_one_without() {
    // Rows that are refused when they are read, when they are checked, and none.
    for row in ["1,2", "one", "1"] {
        let rows: String = (0..60_000).map(|_| format!("{row}\n")).collect();
        let sink = Counting {
            rows: Arc::default(),
            checkpoint: Arc::default(),
            before: Box::new(|| Ok(())),
        };
        let mut import = import(file(&format!("note\n{rows}")), sink);
        let mapping = MAPPING.replace("type = \"text\"", "type = \"integer\"");
        import.mapping = Mapping::parse(&mapping, "notes.toml").expect("a mapping");
        let ended = block_on(import.run());
        assert!(ended.error.is_none(), "{row}: {:?}", ended.error);
        let most = ended.report.queued_bytes_max;
        // A block more, as a lot is full when it has become too much.
        let lot_bytes_max = BATCH_BYTES_MAX + BLOCK_BYTES;
        let bound = TEXT_LIMITS.bytes_max + ROWS_LIMITS.bytes_max + lot_bytes_max;
        assert!(
            most <= bound,
            "{row}: {most} of at most {bound} bytes waited"
        );
    }
}
