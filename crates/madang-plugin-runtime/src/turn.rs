use std::cell::{Cell, RefCell};

use rquickjs::{Function, Persistent, Value};

use crate::{
    limits::Limits,
    meter::Meter,
    program::Program,
    source_map::SourceMaps,
    step::{ConsoleLevel, Output},
    stopped::{StopReason, Stopped},
    timers::Timers,
};

/// What the engine's native functions and the worker share: the time, the meter, the timers and what was said so far.
pub(crate) struct Turn {
    pub(crate) limits: Limits,
    pub(crate) meter: Meter,
    pub(crate) timers: RefCell<Timers>,
    pub(crate) maps: SourceMaps,
    pub(crate) rejections: RefCell<Vec<Rejection>>,
    /// How many frames a stack trace may have.
    pub(crate) trace_frames_max: Cell<u32>,
    /// Answers the engine when it asks for that.
    pub(crate) trace_answer: RefCell<Option<Persistent<Function<'static>>>>,
    /// Where the plugin was when a limit was broken.
    pub(crate) stopped_at: RefCell<Option<String>>,
    now: Cell<i64>,
    started: i64,
    outputs: RefCell<Vec<Output>>,
    posted: Cell<usize>,
    posted_bytes: Cell<usize>,
    told_bytes: Cell<usize>,
}

/// A rejected promise that nobody has handled yet.
pub(crate) struct Rejection {
    pub(crate) promise: Persistent<Value<'static>>,
    pub(crate) reason: Persistent<Value<'static>>,
}

/// Rejected promises remembered for a report; a plugin with more in one turn has one fault, not thousands.
const REJECTIONS_MAX: usize = 256;

/// The engine's own default.
const TRACE_FRAMES: u32 = 10;

impl Turn {
    pub(crate) fn new(limits: Limits, program: &Program, now: i64) -> Self {
        Self {
            limits,
            maps: SourceMaps::of(program),
            started: now,
            now: Cell::new(now),
            meter: Meter::new(program.longest_file_bytes()),
            timers: RefCell::default(),
            rejections: RefCell::default(),
            trace_frames_max: Cell::new(TRACE_FRAMES),
            trace_answer: RefCell::default(),
            stopped_at: RefCell::default(),
            outputs: RefCell::default(),
            posted: Cell::default(),
            posted_bytes: Cell::default(),
            told_bytes: Cell::default(),
        }
    }

    pub(crate) fn begin(&self, ticks_max: u64) {
        self.meter.begin_turn(ticks_max);
        self.posted.set(0);
        self.posted_bytes.set(0);
        self.told_bytes.set(0);
    }

    /// Moves the time on; it never goes back.
    pub(crate) fn set_now(&self, now: i64) {
        self.now.set(self.now.get().max(now));
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.get()
    }

    pub(crate) fn now_ms(&self) -> f64 {
        self.now.get().div_euclid(1_000) as f64
    }

    pub(crate) fn started_ms(&self) -> f64 {
        self.started as f64 / 1_000.0
    }

    pub(crate) fn since_start_ms(&self) -> f64 {
        (self.now.get() - self.started) as f64 / 1_000.0
    }

    /// Queues a message; `false` means that the turn has said too much and is being stopped.
    pub(crate) fn post(&self, text: String) -> bool {
        self.posted.set(self.posted.get() + 1);
        self.posted_bytes.set(self.posted_bytes.get() + text.len());
        if self.posted.get() > self.limits.turn_messages_max
            || self.posted_bytes.get() > self.limits.turn_message_bytes_max
        {
            self.meter.break_limit(StopReason::Messages);
            return false;
        }
        self.outputs.borrow_mut().push(Output::Message(text));
        true
    }

    /// Queues something for people, unless the turn has already told more than anyone reads.
    pub(crate) fn tell(&self, output: Output) {
        let before = self.told_bytes.get();
        if before > self.limits.console_bytes_max {
            return;
        }
        self.told_bytes.set(before + people_bytes(&output));
        if self.told_bytes.get() > self.limits.console_bytes_max {
            let text = format!(
                "madang: more than {} KiB of console text in one turn; the rest was dropped",
                self.limits.console_bytes_max >> 10
            );
            self.outputs.borrow_mut().push(Output::Console {
                level: ConsoleLevel::Warn,
                text,
            });
            return;
        }
        self.outputs.borrow_mut().push(output);
    }

    /// Why the plugin was stopped, and where it was if that is known.
    pub(crate) fn stopped(&self, reason: StopReason) -> Stopped {
        Stopped::of(reason, &self.limits).at(self.stopped_at.borrow().as_deref())
    }

    pub(crate) fn take_outputs(&self) -> Vec<Output> {
        self.outputs.take()
    }

    /// Bytes that Rust holds for the plugin beside the engine's memory.
    pub(crate) fn held_bytes(&self) -> usize {
        self.outputs
            .borrow()
            .iter()
            .map(|output| match output {
                Output::Message(text) => text.len(),
                told => people_bytes(told),
            })
            .sum()
    }

    pub(crate) fn note_rejection(&self, rejection: Rejection) {
        let mut rejections = self.rejections.borrow_mut();
        if rejections.len() < REJECTIONS_MAX {
            rejections.push(rejection);
        }
    }
}

/// Even an empty line costs its place.
const TOLD_BYTES_MIN: usize = 64;

fn people_bytes(output: &Output) -> usize {
    TOLD_BYTES_MIN
        + match output {
            Output::Message(text) | Output::Console { text, .. } => text.len(),
            Output::Uncaught { message, stack, .. } => message.len() + stack.len(),
            Output::Refused {
                message,
                message_ko,
            } => message.len() + message_ko.len(),
        }
}
