use crate::{limits::Limits, step::Output};

/// Why a worker will not run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// The program could not be loaded: a syntax error or a module that is not there.
    NotLoaded,
    /// A turn (or the start) took more ticks than allowed.
    Turn,
    /// The watchdog outside asked for the stop.
    Interrupted,
    /// The memory limit was reached and the plugin did not recover.
    Memory,
    /// Calls nested deeper than the stack allows.
    Stack,
    /// More timers than allowed.
    Timers,
    /// More messages posted in one turn than allowed.
    Messages,
    /// More inputs waiting than allowed.
    QueuedEvents,
}

/// A stopped worker's reason, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Stopped {
    /// What kind of reason.
    pub kind: StopReason,
    /// In English: why, and where the plugin was if that is known.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
}

impl Stopped {
    /// The program could not be loaded because of `problem` (the engine's own words, with the place).
    pub(crate) fn not_loaded(problem: &str) -> Self {
        Self {
            kind: StopReason::NotLoaded,
            message: format!("The plugin could not be loaded: {problem}"),
            message_ko: format!("플러그인을 불러오지 못했습니다: {problem}"),
        }
    }

    pub(crate) fn of(reason: StopReason, limits: &Limits) -> Self {
        let (message, message_ko) = sentences(reason, limits);
        Self {
            kind: reason,
            message,
            message_ko,
        }
    }

    /// The same, with the place where the plugin was.
    pub(crate) fn at(mut self, place: Option<&str>) -> Self {
        if let Some(place) = place {
            self.message = format!("{} It was last seen at {place}.", self.message);
            self.message_ko = format!("{} 마지막으로 본 곳: {place}.", self.message_ko);
        }
        self
    }
}

/// A worker that was stopped while it loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{stopped}")]
pub struct NotStarted {
    /// Why.
    pub stopped: Stopped,
    /// Everything the plugin said until then, in order.
    pub outputs: Vec<Output>,
}

fn sentences(reason: StopReason, limits: &Limits) -> (String, String) {
    let mebibytes = |bytes: usize| bytes >> 20;
    match reason {
        StopReason::NotLoaded => (
            "The plugin could not be loaded.".into(),
            "플러그인을 불러오지 못했습니다.".into(),
        ),
        StopReason::Turn => (
            "The plugin was stopped: it worked too long on one message or timer (an endless loop?).".into(),
            "플러그인이 중지되었습니다: 메시지나 타이머 하나를 너무 오래 처리했습니다(무한 루프?).".into(),
        ),
        StopReason::Interrupted => (
            "The plugin was stopped: it did not answer in time.".into(),
            "플러그인이 중지되었습니다: 제때 응답하지 않았습니다.".into(),
        ),
        StopReason::Memory => (
            format!(
                "The plugin was stopped: it needed more than {} MiB of memory.",
                mebibytes(limits.memory_bytes_max)
            ),
            format!(
                "플러그인이 중지되었습니다: 메모리를 {} MiB 넘게 쓰려고 했습니다.",
                mebibytes(limits.memory_bytes_max)
            ),
        ),
        StopReason::Stack => (
            "The plugin was stopped: its calls nested too deep (a function that calls itself without end?).".into(),
            "플러그인이 중지되었습니다: 호출이 너무 깊어졌습니다(끝없는 재귀?).".into(),
        ),
        StopReason::Timers => (
            format!("The plugin was stopped: it set more than {} timers at once.", limits.timers_max),
            format!("플러그인이 중지되었습니다: 타이머를 한꺼번에 {}개 넘게 걸었습니다.", limits.timers_max),
        ),
        StopReason::Messages => (
            format!(
                "The plugin was stopped: it sent more than {} messages or {} MiB in one turn.",
                limits.turn_messages_max,
                mebibytes(limits.turn_message_bytes_max)
            ),
            format!(
                "플러그인이 중지되었습니다: 한 번에 메시지 {}개 또는 {} MiB를 넘게 보냈습니다.",
                limits.turn_messages_max,
                mebibytes(limits.turn_message_bytes_max)
            ),
        ),
        StopReason::QueuedEvents => (
            format!(
                "The plugin was stopped: more than {} events were waiting for it.",
                limits.queued_events_max
            ),
            format!(
                "플러그인이 중지되었습니다: 처리하지 못한 이벤트가 {}개를 넘었습니다.",
                limits.queued_events_max
            ),
        ),
    }
}
