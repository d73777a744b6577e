use std::rc::Rc;

use jiff::tz::TimeZone;

use crate::{
    engine::Engine,
    limits::Limits,
    meter::InterruptHandle,
    native::{Chance, Zones},
    program::Program,
    step::{Input, Stepped},
    stopped::{NotStarted, StopReason, Stopped},
    turn::Turn,
};

/// What a worker cannot know by itself.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The time at the start, in microseconds since 1970.
    pub now: i64,
    /// The shop's time zone, from bundled data.
    pub time_zone: TimeZone,
    /// Where all chance inside comes from.
    pub seed: [u8; 32],
}

/// One plugin worker.
///
/// It stays on the thread that started it, whose stack must have [`Limits::thread_stack_bytes_min`] bytes, and it is
/// best started where the stack is as deep as it will be when stepped.
pub struct Worker {
    /// Gone once the worker is stopped, and its memory with it.
    engine: Option<Engine>,
    stopped: Option<Stopped>,
    turn: Rc<Turn>,
}

impl Worker {
    /// Loads `program` and runs its first file with every job that follows.
    ///
    /// Fails when the program cannot be loaded (syntax, missing module) or breaks a limit while loading. One that only
    /// throws is started; the error is among the outputs.
    pub fn start(
        program: &Program,
        limits: Limits,
        environment: Environment,
    ) -> Result<(Self, Stepped), NotStarted> {
        Self::start_with(program, limits, environment, |_| {})
    }

    /// Like [`Worker::start`], handing over the interrupt handle before any of the plugin's code runs, so that a
    /// watchdog can also end an endless start.
    pub fn start_with(
        program: &Program,
        limits: Limits,
        environment: Environment,
        watch: impl FnOnce(InterruptHandle),
    ) -> Result<(Self, Stepped), NotStarted> {
        let program = Rc::new(program.clone());
        let turn = Rc::new(Turn::new(limits, &program, environment.now));
        watch(turn.meter.handle());
        turn.begin(turn.limits.start_ticks_max);
        let zones = Zones::of_shop(environment.time_zone);
        let chance = Chance::from_seed(environment.seed);
        let not_started = |stopped| NotStarted {
            stopped,
            outputs: turn.take_outputs(),
        };
        let engine = Engine::new(&program, turn.clone(), zones, chance).map_err(|_| {
            let reason = turn.meter.broken().unwrap_or(StopReason::Memory);
            not_started(turn.stopped(reason))
        })?;
        engine.run_entry(&program).map_err(not_started)?;
        if let Some(reason) = turn.meter.broken() {
            return Err(not_started(turn.stopped(reason)));
        }
        let mut worker = Self {
            engine: Some(engine),
            stopped: None,
            turn,
        };
        let ticks = worker.turn.meter.ticks();
        let stepped = worker.finish(ticks);
        Ok((worker, stepped))
    }

    /// Runs `inputs` in order, then every timer that is due at `now` (µs since 1970), each with the jobs that follow.
    ///
    /// `now` never goes back; an earlier one counts as the last one given. A stopped worker only says so again.
    pub fn step(&mut self, now: i64, inputs: Vec<Input>) -> Stepped {
        let mut ticks = 0;
        if let Some(engine) = &self.engine {
            self.turn.set_now(now);
            ticks = run(engine, &self.turn, inputs);
        }
        self.finish(ticks)
    }

    /// Bytes that the worker holds: the engine's memory and what Rust keeps beside it.
    ///
    /// Walks the engine's heap; for a figure on a screen, not for every message.
    pub fn memory_bytes(&self) -> usize {
        self.engine.as_ref().map_or(0, Engine::memory_bytes)
    }

    /// A handle with which another thread can stop the turn that is running.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.turn.meter.handle()
    }

    fn finish(&mut self, ticks: u64) -> Stepped {
        if let Some(reason) = self.turn.meter.broken()
            && self.stopped.is_none()
        {
            self.stopped = Some(self.turn.stopped(reason));
            self.engine = None;
        }
        let wake_at = match self.stopped {
            Some(_) => None,
            None => self.turn.timers.borrow_mut().next_due(),
        };
        Stepped {
            outputs: self.turn.take_outputs(),
            wake_at,
            ticks,
            stopped: self.stopped.clone(),
        }
    }
}

fn run(engine: &Engine, turn: &Turn, inputs: Vec<Input>) -> u64 {
    let mut ticks = 0;
    if inputs.len() > turn.limits.queued_events_max {
        turn.meter.break_limit(StopReason::QueuedEvents);
        return ticks;
    }
    for Input::Message(text) in inputs {
        turn.begin(turn.limits.turn_ticks_max);
        engine.deliver(text);
        ticks += turn.meter.ticks();
        if turn.meter.broken().is_some() {
            return ticks;
        }
    }
    // A timer set from here on is due a millisecond later at the earliest, so this ends.
    loop {
        let due = turn.timers.borrow_mut().take_due(turn.now());
        let Some((id, stays)) = due else {
            return ticks;
        };
        engine.fire(id, stays);
        ticks += turn.meter.ticks();
        if turn.meter.broken().is_some() {
            return ticks;
        }
    }
}
