use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use async_trait::async_trait;
use futures::executor::block_on;

use super::{Import, LOT_LIMITS, ROWS_LIMITS, RunError, TEXT_LIMITS, To};
use crate::batch::Batch;
use crate::check::Mapping;
use crate::checkpoint::{Checkpoint, RunKey};
use crate::contract::VirtualWorld;
use crate::read::{ReadSettings, StreamInput};
use crate::run::inputs::Inputs;
use crate::run::progress::Progress;
use crate::run::report::Outcome;
use crate::run::settings::{BATCH_BYTES_MAX, RunSettings};
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
        Ok(None)
    }

    async fn write(&mut self, batch: &Batch, _: &mut Checkpoint) -> Result<Written, SinkError> {
        (self.before)().map_err(|kind| SinkError {
            kind,
            message: "no more".to_owned(),
            message_ko: "더는 안 돼요".to_owned(),
            column: None,
            source: None,
        })?;
        let rows = batch.len() as u64;
        self.rows.fetch_add(rows, Ordering::Relaxed);
        Ok(Written { rows, unchanged: 0 })
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
        before: Box::new(before),
    };
    let world: Arc<dyn World> = Arc::new(VirtualWorld::default());
    let input = StreamInput::new("notes.csv", Box::new(endless));
    let import = Import {
        run: RunKey("a".repeat(64)),
        source: Box::new(Inputs::new(vec![Arc::new(input)], ReadSettings::default())),
        mapping: Mapping::parse(MAPPING, "notes.toml").expect("a mapping"),
        to: To::Sink(Box::new(sink)),
        folder: None,
        settings: RunSettings::default(),
        goes_on: false,
        progress: Arc::new(Progress::new(Arc::clone(&world), None)),
        world,
        stop: Stop::default(),
    };
    Trial {
        import,
        rows,
        is_dropped,
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
