//! Watches a day from outside: the engine cannot interrupt every native call, so a plugin may never give the loop back.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use madang_plugin_host::driver::Turns;

use super::RunError;
use crate::failure::Failure;
use crate::output::{Output, OutputError};

/// How often the watch looks: late by this much is not noticed.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Lines that wait to be printed: the day goes no faster than its reader.
const LINES_WAITING_MAX: usize = 256;
/// The stack that a day has: what the main thread has on most systems.
const STACK_BYTES: usize = 8 << 20;

/// Who watches, and how long.
pub struct Watch {
    /// Whose turn it is.
    pub turns: Turns,
    /// How long a turn may take by the machine's clock.
    pub limit: Duration,
}

/// How what was watched came out.
pub enum Watched {
    /// It ended.
    Ended(Result<(), Failure>),
    /// This plugin did not give the loop back. Its thread goes on until the process ends.
    GaveUp(Arc<str>),
}

enum Told {
    Text(Vec<u8>),
    Ended(Result<(), Failure>),
}

impl Watch {
    /// Lets `work` run on a thread of its own, and prints what it prints.
    ///
    /// # Errors
    /// [`Failure`] when there is no thread, or nothing can be printed any more.
    pub fn over(
        &self,
        output: &mut Output<'_>,
        work: impl FnOnce(&mut Output<'_>) -> Result<(), Failure> + Send + 'static,
    ) -> Result<Watched, Failure> {
        let (tell, told) = sync_channel(LINES_WAITING_MAX);
        let working = thread::Builder::new()
            .name("day".into())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let mut lines = Lines::new(tell.clone());
                let ended = work(&mut Output::new(&mut lines));
                // Nobody listens when nothing can be printed any more.
                let _ = tell.send(Told::Ended(ended));
            })
            .map_err(RunError::NoThread)?;
        match self.listen(&told, output)? {
            Some(watched) => Ok(watched),
            None => match working.join() {
                Ok(()) => Err(RunError::Stuck.into()),
                Err(panic) => std::panic::resume_unwind(panic),
            },
        }
    }

    /// Until it has ended or is given up; none when its thread went without a word.
    fn listen(
        &self,
        told: &Receiver<Told>,
        output: &mut Output<'_>,
    ) -> Result<Option<Watched>, Failure> {
        loop {
            match told.recv_timeout(LOOK_EVERY) {
                Ok(Told::Text(text)) => print(output, &text)?,
                Ok(Told::Ended(ended)) => return Ok(Some(Watched::Ended(ended))),
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(plugin) = self.turns.longer_than(self.limit) {
                        return Ok(Some(Watched::GaveUp(plugin)));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

fn print(output: &mut Output<'_>, text: &[u8]) -> Result<(), OutputError> {
    let writer = output.writer();
    writer.write_all(text)?;
    Ok(writer.flush()?)
}

/// Gathers what is written, and hands it over when it is flushed.
struct Lines {
    tell: SyncSender<Told>,
    text: Vec<u8>,
}

impl Lines {
    fn new(tell: SyncSender<Told>) -> Self {
        let text = Vec::new();
        Self { tell, text }
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        let sent = self.tell.send(Told::Text(text));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
