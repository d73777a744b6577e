//! A destination that answers as it is told, and remembers what it saw.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use madang_journal::{Micros, OutboxMessage};
use madang_outbox::{Clock, Deliver, Outcome};

#[derive(Default)]
pub struct Receiver(Mutex<State>);

#[derive(Default)]
struct State {
    clock: Option<Arc<dyn Clock>>,
    seen: Vec<(Micros, String)>,
    answers: HashMap<String, VecDeque<Answer>>,
    in_flight: usize,
    in_flight_max: usize,
}

/// How a try ends, and after how long.
#[derive(Clone)]
pub struct Answer {
    pub outcome: Outcome,
    pub after: Duration,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            after: Duration::ZERO,
        }
    }
}

pub fn failed() -> Answer {
    Outcome::Failed {
        reason: "no answer".into(),
        retry_after: None,
    }
    .into()
}

pub fn refused() -> Answer {
    Outcome::Refused {
        reason: "answered 400".into(),
    }
    .into()
}

pub fn slow(seconds: u64) -> Answer {
    Answer {
        outcome: Outcome::Acknowledged,
        after: Duration::from_secs(seconds),
    }
}

impl Receiver {
    pub fn live_by(&self, clock: Arc<dyn Clock>) {
        self.state().clock = Some(clock);
    }

    /// The next tries of a key end so; the ones after are acknowledged.
    pub fn answers(&self, key: &str, answers: &[Answer]) {
        let mut state = self.state();
        let told = state.answers.entry(key.to_owned()).or_default();
        told.extend(answers.iter().cloned());
    }

    pub fn take_seen(&self) -> Vec<(Micros, String)> {
        std::mem::take(&mut self.state().seen)
    }

    /// The most tries that were under way at once.
    pub fn in_flight_max(&self) -> usize {
        self.state().in_flight_max
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while it is held")
    }
}

#[async_trait]
impl Deliver for Receiver {
    async fn deliver(&self, message: &OutboxMessage) -> Outcome {
        let (answer, clock) = {
            let mut state = self.state();
            let clock = state.clock.clone().expect("set by the world");
            state.seen.push((clock.now(), message.key.clone()));
            state.in_flight += 1;
            state.in_flight_max = state.in_flight_max.max(state.in_flight);
            let answers = state.answers.get_mut(&message.key);
            let answer = answers.and_then(VecDeque::pop_front);
            (answer.unwrap_or_else(|| slow(0)), clock)
        };
        let after = i64::try_from(answer.after.as_micros()).expect("a short test");
        let at = Micros::new(clock.now().get() + after);
        clock.sleep_until(at).await;
        self.state().in_flight -= 1;
        answer.outcome
    }
}
