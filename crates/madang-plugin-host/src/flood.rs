//! A plugin that says too much over time, whatever each of its turns may say, is stopped.
//!
//! Counted by the till's clock: under `madang run` in virtual time, so that the same script ends the same.

use jiff::Timestamp;
use madang_plugin_runtime::{StopReason, Stopped};

use crate::rate::{Arrivals, Rate};

/// Everything a plugin says: messages, lines of its console, what it throws.
///
/// 120,000 a minute: twice what the table allows of the SDK's own log, which is one for every message; it keeps a small
/// share of a core busy.
const SAID: Rate = Rate {
    at_once: 120_000,
    per_minute: 120_000,
};
/// Messages refused for being too often.
///
/// 10,000 at once: all that one turn may post, so that one that copies too much once is told so and goes on. 600 a minute:
/// ten a second cost nothing; who goes on above that does not listen to the refusals.
const REFUSED: Rate = Rate {
    at_once: 10_000,
    per_minute: 600,
};

/// What one start of a plugin said over time.
#[derive(Debug, Default)]
pub(crate) struct Flood {
    said: Arrivals,
    refused: Arrivals,
}

impl Flood {
    /// Counts one more thing said; the reason to stop the plugin, when it is one too many.
    pub fn said(&mut self, now: Timestamp) -> Option<Stopped> {
        (!self.said.within(SAID, now)).then(|| Stopped {
            kind: StopReason::Messages,
            message: format!(
                "The plugin was stopped: it sent more than {} messages and console lines in a minute. Wait between them with setTimeout.",
                SAID.per_minute
            ),
            message_ko: format!(
                "플러그인이 중지되었어요: 메시지와 콘솔 줄을 1분에 {}개 넘게 보냈어요. setTimeout으로 사이를 두세요.",
                SAID.per_minute
            ),
        })
    }

    /// Counts one more message refused for being too often; the reason to stop the plugin, when it is one too many.
    pub fn refused(&mut self, name: &str, now: Timestamp) -> Option<Stopped> {
        (!self.refused.within(REFUSED, now)).then(|| Stopped {
            kind: StopReason::Messages,
            message: format!(
                "The plugin was stopped: it went on sending after more than {} messages were refused for being too often, {name} the last. Wait between them with setTimeout.",
                REFUSED.at_once
            ),
            message_ko: format!(
                "플러그인이 중지되었어요: 너무 자주 보내 거절된 메시지가 {}개를 넘었는데도 계속 보냈어요 (마지막은 {name}). setTimeout으로 사이를 두세요.",
                REFUSED.at_once
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many seconds a plugin that does something so often a second is stopped, if within ten minutes.
    fn check(a_second: i64, count: impl Fn(&mut Flood, Timestamp) -> bool, expected: Option<i64>) {
        let mut flood = Flood::default();
        let stopped = (0..600 * a_second).find(|number| {
            let now = Timestamp::from_millisecond(number * 1_000 / a_second).expect("in range");
            count(&mut flood, now)
        });
        assert_eq!(
            stopped.map(|number| number / a_second),
            expected,
            "{a_second} a second"
        );
    }

    #[test]
    fn who_keeps_on_is_stopped_and_who_sends_what_is_allowed_is_not() {
        let refused = |flood: &mut Flood, now| flood.refused("toast.open", now).is_some();
        check(10, refused, None);
        check(100, refused, Some(111));
        check(100_000, refused, Some(0));
        let said = |flood: &mut Flood, now| flood.said(now).is_some();
        check(1_000, said, None);
        check(5_000, said, Some(39));
    }
}
