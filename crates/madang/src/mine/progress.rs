//! How far the reading of each file has come: a line for each that changes on a terminal, lines now and then elsewhere.

use std::io::{self, IsTerminal, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use madang_import::run::report::bytes_in_words;
use madang_process::read::Progress;

/// Often enough to look alive.
const ON_TERMINAL: Duration = Duration::from_millis(200);
/// Few enough lines for a log.
const IN_LOG: Duration = Duration::from_secs(5);

/// Shows what is worked at on a thread of its own until it is dropped.
pub struct Watch {
    tasks: Arc<Mutex<Vec<Task>>>,
    end: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Something that takes a while.
struct Task {
    number: usize,
    name: String,
    progress: Progress,
    bar: Option<ProgressBar>,
    /// What a log was told last: nobody reads the same again.
    told: String,
}

/// A task that is under way until this is dropped.
pub struct UnderWay<'watch> {
    watch: &'watch Watch,
    number: usize,
    /// How far it has come.
    pub progress: Progress,
}

impl Watch {
    /// Begins to show what will be worked at.
    pub fn begin() -> Self {
        let tasks: Arc<Mutex<Vec<Task>>> = Arc::default();
        let bars = io::stderr().is_terminal().then(MultiProgress::new);
        let (end, ended) = mpsc::channel();
        let shown = Arc::clone(&tasks);
        let thread = thread::spawn(move || {
            let pause = if bars.is_some() { ON_TERMINAL } else { IN_LOG };
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(pause) {
                let mut tasks = shown.lock().unwrap_or_else(PoisonError::into_inner);
                for task in tasks.iter_mut() {
                    task.show(bars.as_ref());
                }
            }
            if let Some(bars) = bars {
                // A terminal that takes nothing more has nothing to be cleared of.
                let _ = bars.clear();
            }
        });
        Self {
            tasks,
            end: Some(end),
            thread: Some(thread),
        }
    }

    /// Something begins that takes a while.
    pub fn task(&self, name: &str) -> UnderWay<'_> {
        let progress = Progress::default();
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let number = tasks.last().map_or(0, |task| task.number + 1);
        tasks.push(Task {
            number,
            name: name.to_owned(),
            progress: progress.clone(),
            bar: None,
            told: String::new(),
        });
        UnderWay {
            watch: self,
            number,
            progress,
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut tasks = (self.watch.tasks.lock()).unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = tasks.iter().position(|task| task.number == self.number)
            && let Some(bar) = tasks.remove(at).bar
        {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A thread that could not print has nothing more to say.
            let _ = thread.join();
        }
    }
}

impl Task {
    fn show(&mut self, bars: Option<&MultiProgress>) {
        let text = self.text();
        match bars {
            Some(bars) => {
                let bar = self.bar.get_or_insert_with(|| bars.add(bar()));
                bar.set_message(text);
                bar.tick();
            }
            None if text == self.told => {}
            None => {
                // Nobody reads it when it cannot be printed; the work goes on.
                let _ = writeln!(io::stderr(), "{text}");
                self.told = text;
            }
        }
    }

    fn text(&self) -> String {
        let bytes = self.progress.read_bytes();
        let share = self.progress.share();
        match (share, bytes) {
            (Some(share), _) => format!("{}: {:.0} %", self.name, share * 100.0),
            (None, 0) => format!("{} …", self.name),
            (None, bytes) => format!("{}: {}", self.name, bytes_in_words(bytes)),
        }
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("a template of ours");
    ProgressBar::no_length().with_style(style)
}
