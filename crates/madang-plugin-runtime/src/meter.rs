use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::stopped::StopReason;

/// Lets a watchdog on another thread stop the turn that is running.
///
/// It works between two operations of the engine. A native call that never returns to the engine (see the crate's
/// engine-limit tests) does not notice; a driver must then leave the thread behind.
#[derive(Clone, Debug, Default)]
pub struct InterruptHandle(Arc<AtomicBool>);

impl InterruptHandle {
    /// Asks the running turn to stop. The worker is stopped for good.
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts the ticks of a turn and remembers the first limit that was broken.
///
/// Once a limit is broken every later tick interrupts again, so that no `finally` and no job outlives it.
#[derive(Debug)]
pub(crate) struct Meter {
    ticks: Cell<u64>,
    ticks_max: Cell<u64>,
    jobs: Cell<u64>,
    trace_frames: Cell<u64>,
    trace_frames_written_max: u64,
    broken: Cell<Option<StopReason>>,
    /// The engine was told to interrupt and has not yet written the trace of that.
    interrupting: Cell<bool>,
    asked: InterruptHandle,
}

/// Jobs cost ticks of their own: more than they take, because a chain in which every promise waits for the next one must
/// end here before it fills the memory, where the engine would drop it without a word. 100,000 jobs a turn remain.
const JOBS_PER_TICK: u64 = 20;

/// Frames of stack traces for a tick. A frame takes about as long as forty rounds of a loop: a turn that only throws, at ten
/// frames each, ends after 100,000 errors and about as fast as an endless loop.
const TRACE_FRAMES_PER_TICK: u64 = 250;

/// Frames written in one turn; errors thrown after that have no trace. Nobody reads 2,000 traces of a turn.
const TRACE_FRAMES_WRITTEN_MAX: u64 = 24_000;

/// The same for long files. To find a frame's line the engine reads its function's table of lines, which is as long as the
/// function, and a function is at most as long as its file: a frame in one of 20,000 lines takes a millisecond. Frames times
/// the longest file's bytes stay below this, so that traces take a second of a turn where a file is all one function.
const TRACE_BYTES_READ_MAX: u64 = 600_000_000;

/// And yet never fewer: the first errors of a turn are the ones that somebody looks at.
const TRACE_FRAMES_WRITTEN_MIN: u64 = 240;

/// What an error costs beside its frames, in frames.
const TRACE_FRAMES_MIN: u64 = 2;

impl Meter {
    /// A meter for a program whose longest file has so many bytes.
    pub(crate) fn new(longest_file_bytes: usize) -> Self {
        let bytes = u64::try_from(longest_file_bytes).unwrap_or(u64::MAX).max(1);
        let fits = TRACE_BYTES_READ_MAX / bytes;
        Self {
            ticks: Cell::default(),
            ticks_max: Cell::default(),
            jobs: Cell::default(),
            trace_frames: Cell::default(),
            trace_frames_written_max: fits
                .clamp(TRACE_FRAMES_WRITTEN_MIN, TRACE_FRAMES_WRITTEN_MAX),
            broken: Cell::default(),
            interrupting: Cell::default(),
            asked: InterruptHandle::default(),
        }
    }

    pub(crate) fn handle(&self) -> InterruptHandle {
        self.asked.clone()
    }

    pub(crate) fn begin_turn(&self, ticks_max: u64) {
        self.ticks.set(0);
        self.jobs.set(0);
        self.trace_frames.set(0);
        self.ticks_max.set(ticks_max);
    }

    pub(crate) fn ticks(&self) -> u64 {
        self.ticks.get()
    }

    /// Counts `ticks` more; `true` means that the turn must end here.
    pub(crate) fn charge(&self, ticks: u64) -> bool {
        self.ticks.set(self.ticks.get().saturating_add(ticks));
        if self.asked.is_asked() {
            self.break_limit(StopReason::Interrupted);
        } else if self.ticks.get() > self.ticks_max.get() {
            self.break_limit(StopReason::Turn);
        }
        self.broken.get().is_some()
    }

    /// One round of the engine's own count; `true` interrupts it.
    pub(crate) fn tick(&self) -> bool {
        let interrupts = self.charge(1);
        self.interrupting.set(interrupts);
        interrupts
    }

    /// Counts a stack trace of so many frames; `false` means that it is not to be written any more.
    ///
    /// Once a limit is broken only the trace of the interrupt itself is written: answering costs the engine a call, and an
    /// interrupt that falls into that call is lost. A loop that throws could meet it there every time.
    pub(crate) fn charge_trace(&self, frames: u32) -> bool {
        let before = self.trace_frames.get();
        let frames = before + TRACE_FRAMES_MIN + u64::from(frames);
        self.trace_frames.set(frames);
        let ticks = frames / TRACE_FRAMES_PER_TICK - before / TRACE_FRAMES_PER_TICK;
        let broken = self.charge(ticks);
        self.interrupting.replace(false) || (!broken && before < self.trace_frames_written_max)
    }

    pub(crate) fn count_job(&self) -> bool {
        let jobs = self.jobs.get() + 1;
        self.jobs.set(jobs);
        self.charge(u64::from(jobs.is_multiple_of(JOBS_PER_TICK)))
    }

    pub(crate) fn break_limit(&self, reason: StopReason) {
        if self.broken.get().is_none() {
            self.broken.set(Some(reason));
        }
    }

    pub(crate) fn broken(&self) -> Option<StopReason> {
        self.broken.get()
    }
}
