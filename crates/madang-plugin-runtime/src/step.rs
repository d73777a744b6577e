use crate::stopped::Stopped;

/// What is handed to a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A message for `self.onmessage`, as JSON text.
    Message(String),
}

/// What a worker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The plugin posted a message: JSON text.
    Message(String),
    /// The plugin wrote to its console.
    Console {
        /// Which method of `console`.
        level: ConsoleLevel,
        /// The formatted text; stack traces in it name the author's own lines.
        text: String,
    },
    /// The plugin threw, or left a promise rejected, and nobody caught it. It goes on.
    Uncaught {
        /// What was thrown, in one line.
        message: String,
        /// The stack trace, mapped to the author's own lines; empty when what was thrown is not an error.
        stack: String,
        /// Whether the plugin's own `onerror` or listener said that it took care of it.
        handled: bool,
    },
    /// A message was not let through, in or out; the reason in English and Korean.
    Refused {
        /// One English sentence.
        message: String,
        /// The same in Korean.
        message_ko: String,
    },
}

/// The method of `console` that was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsoleLevel {
    /// `console.debug`, `console.trace`.
    Debug,
    /// `console.log`, `console.dir`, `console.table`, groups, counters and timers.
    Log,
    /// `console.info`.
    Info,
    /// `console.warn`.
    Warn,
    /// `console.error`, failed `console.assert`.
    Error,
}

/// What a step came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stepped {
    /// Everything the plugin said, in order.
    pub outputs: Vec<Output>,
    /// When the next timer is due, in microseconds since 1970.
    pub wake_at: Option<i64>,
    /// Interrupt ticks used by this step.
    pub ticks: u64,
    /// Present when the worker was stopped, now or earlier; it never runs again.
    pub stopped: Option<Stopped>,
}
