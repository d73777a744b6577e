//! On which thread a plugin's engine runs. The state machine is the same under each; the same tests run over all of them.

mod one_loop;
mod threads;

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use madang_plugin_runtime::{
    Environment, Input, InterruptHandle, Limits, Output, Program, Stepped, StopReason, Stopped,
    Worker,
};
use madang_till::World;

pub use one_loop::{OneLoop, Turns};
pub use threads::Threads;

use crate::door::Door;
use crate::mailbox::{Delivery, Mailbox};

/// Memory is measured at most this often: it walks the engine's heap.
const MEMORY_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);

/// Answers that a plugin may take on from in one turn: more than a minute's reads at the table's limit. One that asks
/// again on every answer would otherwise never end its turn, and virtual time would never move.
const ANSWERS_A_TURN_MAX: u32 = 10_000;

/// Runs plugins.
pub trait Driver: Send + Sync {
    /// Starts a plugin; everything else it hears comes through its mailbox, and everything it says goes to its door.
    fn start(&self, start: Start);

    /// Why a plugin of this name cannot be started any more, if so.
    fn refuses(&self, _plugin: &str) -> Option<Stopped> {
        None
    }
}

/// What a driver needs to run a plugin.
pub struct Start {
    pub(crate) plugin: Arc<str>,
    pub(crate) program: Program,
    pub(crate) limits: Limits,
    pub(crate) time_zone: TimeZone,
    pub(crate) seed: [u8; 32],
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) door: Door,
    pub(crate) world: World,
}

/// A plugin's engine with its door: what every driver steps.
struct Engine {
    worker: Worker,
    door: Door,
    world: World,
    wake_at: Option<Timestamp>,
    measured_at: Timestamp,
}

impl Engine {
    /// Loads the plugin. `None` when that ended it; the door knows why.
    fn start(start: &Start, watch: impl FnOnce(InterruptHandle)) -> Option<Self> {
        let now = start.world.now();
        let environment = Environment {
            now: now.as_microsecond(),
            time_zone: start.time_zone.clone(),
            seed: start.seed,
        };
        match Worker::start_with(&start.program, start.limits.clone(), environment, watch) {
            Err(not_started) => {
                start.door.said_while_loading(not_started.outputs);
                start.door.stopped(not_started.stopped);
                None
            }
            Ok((worker, stepped)) => {
                start.door.started();
                let mut engine = Self {
                    worker,
                    door: start.door.clone(),
                    world: start.world.clone(),
                    wake_at: None,
                    // Long ago, so that it is measured as soon as it is loaded: many plugins then wait for hours.
                    measured_at: Timestamp::UNIX_EPOCH,
                };
                // Loading is not a turn: it would stand out among them for hours.
                engine.take(stepped, Instant::now(), None).then_some(engine)
            }
        }
    }

    /// One message, if there is one, and every timer that is due; then whatever was answered at once. False when that
    /// ended the plugin.
    fn step(&mut self, delivery: Option<Delivery>) -> bool {
        self.door.begin_turn(delivery.as_ref());
        let began = Instant::now();
        let inputs = delivery
            .iter()
            .map(|delivery| Input::Message(delivery.json.to_string()))
            .collect();
        let stepped = self.worker.step(self.world.now().as_microsecond(), inputs);
        self.take(stepped, began, delivery.as_ref())
    }

    fn take(&mut self, stepped: Stepped, began: Instant, delivery: Option<&Delivery>) -> bool {
        let mut stepped = stepped;
        let mut answered = 0;
        let mut answers = std::collections::VecDeque::new();
        loop {
            answers.extend(self.hand_out(stepped.outputs));
            if let Some(stopped) = stepped.stopped {
                self.door.stopped(stopped);
                return false;
            }
            // What it said may have ended it.
            if !self.door.is_open() {
                return false;
            }
            self.wake_at = stepped
                .wake_at
                .and_then(|at| Timestamp::from_microsecond(at).ok());
            // What was answered at once is handed back on this thread: reads never cross to another one.
            let Some(answer) = answers.pop_front() else {
                break;
            };
            answered += 1;
            if answered > ANSWERS_A_TURN_MAX {
                self.door.stopped(asks_for_ever());
                return false;
            }
            stepped = self.worker.step(
                self.world.now().as_microsecond(),
                vec![Input::Message(answer)],
            );
        }
        let memory = self.memory_due().then(|| self.worker.memory_bytes());
        self.door.turn_ended(began.elapsed(), memory, delivery);
        true
    }

    fn hand_out(&self, outputs: Vec<Output>) -> Vec<String> {
        outputs
            .into_iter()
            .filter_map(|output| self.door.take(output))
            .collect()
    }

    fn memory_due(&mut self) -> bool {
        let now = self.world.now();
        let due = now.duration_since(self.measured_at) >= MEMORY_EVERY;
        if due {
            self.measured_at = now;
        }
        due
    }
}

fn asks_for_ever() -> Stopped {
    Stopped {
        kind: StopReason::Interrupted,
        message: format!(
            "The plugin was stopped: it asked again on every answer, {ANSWERS_A_TURN_MAX} times in one turn. Wait between requests with setTimeout."
        ),
        message_ko: format!(
            "플러그인이 중지되었어요: 답을 받을 때마다 다시 물어 한 번에 {ANSWERS_A_TURN_MAX}번을 넘었어요. setTimeout으로 사이를 두세요."
        ),
    }
}
