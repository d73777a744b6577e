use std::rc::Rc;

use rquickjs::{
    Array, Context, Ctx, Error, Exception, FromJs, Function, Module, Object, Persistent, Promise,
    Result, Runtime, Value, context::EvalOptions,
};

use crate::{
    json_depth::check_json_depth,
    json_read::{Names, read_json},
    modules::KnownModules,
    native::{self, Chance, Zones},
    program::{Entry, Program},
    source_map::split_inline,
    step::Output,
    stopped::{StopReason, Stopped},
    turn::{Rejection, Turn},
};

/// The JavaScript engine of one worker, with the globals in place.
///
/// Fields are dropped in this order: values before the context, the context before the runtime.
pub(crate) struct Engine {
    hooks: Hooks,
    names: Names,
    context: Context,
    runtime: Runtime,
    turn: Rc<Turn>,
}

type Hook = Persistent<Function<'static>>;

/// What the state machine calls of the globals written in JavaScript.
struct Hooks {
    deliver: Hook,
    fire: Hook,
    report_error: Hook,
    report_rejection: Hook,
    watch_entry: Hook,
}

impl Drop for Engine {
    fn drop(&mut self) {
        // These are the engine's values as well, and `turn` lives on in the native functions until the runtime is gone.
        self.turn.rejections.borrow_mut().clear();
        self.turn.trace_answer.take();
    }
}

impl Engine {
    /// Makes an engine with all globals and no plugin in it yet.
    pub(crate) fn new(
        program: &Rc<Program>,
        turn: Rc<Turn>,
        zones: Zones,
        chance: Chance,
    ) -> Result<Self> {
        let runtime = Runtime::new()?;
        runtime.set_memory_limit(turn.limits.memory_bytes_max);
        runtime.set_max_stack_size(turn.limits.stack_bytes_max);
        runtime.set_loader(KnownModules(program.clone()), KnownModules(program.clone()));
        let meter = turn.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || meter.meter.tick())));
        watch_rejections(&runtime, &turn);
        let context = Context::full(&runtime)?;
        let hooks = context.with(|ctx| install(&ctx, &turn, zones, chance))?;
        Ok(Self {
            hooks,
            names: Names::default(),
            context,
            runtime,
            turn,
        })
    }

    /// Runs the program's first file with every job that follows.
    pub(crate) fn run_entry(&self, program: &Program) -> std::result::Result<(), Stopped> {
        self.turn.begin(self.turn.limits.start_ticks_max);
        let ran = self.context.with(|ctx| {
            let watch = self.hooks.watch_entry.clone().restore(&ctx);
            let ran = evaluate(&ctx, program).and_then(|done| watch?.call::<_, ()>((done,)));
            ran.map_err(|error| self.why_not_loaded(&ctx, error))
        });
        match ran {
            Ok(()) => {
                self.run_jobs();
                Ok(())
            }
            Err(stopped) => Err(stopped),
        }
    }

    /// Runs one message with every job that follows.
    pub(crate) fn deliver(&self, text: String) {
        if let Some(refused) = self.refusal(&text) {
            self.turn.tell(refused);
            return;
        }
        self.run_turn(|ctx| {
            let message = read_json(ctx, &self.names, text)?;
            let deliver = self.hooks.deliver.clone().restore(ctx)?;
            deliver.call((message,))
        });
    }

    /// Runs one timer with every job that follows.
    pub(crate) fn fire(&self, id: u32, stays: bool) {
        self.run_turn(|ctx| {
            let fire = self.hooks.fire.clone().restore(ctx)?;
            fire.call((id, stays))
        });
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let held = usize::try_from(self.runtime.memory_usage().malloc_size).unwrap_or(0);
        held + self.turn.held_bytes()
    }

    fn refusal(&self, text: &str) -> Option<Output> {
        let limits = &self.turn.limits;
        if text.len() > limits.message_bytes_max {
            let (bytes, bytes_max) = (text.len(), limits.message_bytes_max);
            return Some(Output::Refused {
                message: format!(
                    "A message of {bytes} bytes was not delivered: at most {bytes_max} bytes are allowed."
                ),
                message_ko: format!(
                    "{bytes}바이트 메시지를 전달하지 않았습니다: 최대 {bytes_max}바이트까지 받을 수 있습니다."
                ),
            });
        }
        let too_deep = check_json_depth(text, limits.json_depth_max).err()?;
        Some(Output::Refused {
            message: format!("A message was not delivered: {too_deep}."),
            message_ko: format!(
                "메시지를 전달하지 않았습니다: {}단계보다 깊게 중첩되어 있습니다.",
                too_deep.depth_max
            ),
        })
    }

    fn run_turn(&self, work: impl FnOnce(&Ctx<'_>) -> Result<()>) {
        self.turn.begin(self.turn.limits.turn_ticks_max);
        self.context.with(|ctx| {
            if let Err(error) = work(&ctx) {
                self.report(&ctx, error);
            }
        });
        self.run_jobs();
    }

    fn run_jobs(&self) {
        loop {
            self.run_pending_jobs();
            let rejections = self.turn.rejections.take();
            if rejections.is_empty() || self.turn.meter.broken().is_some() {
                return;
            }
            self.context.with(|ctx| {
                for rejection in rejections {
                    self.report_rejection(&ctx, rejection);
                }
            });
        }
    }

    fn run_pending_jobs(&self) {
        while !self.turn.meter.count_job() {
            match self.runtime.execute_pending_job() {
                Ok(true) => {}
                Ok(false) => return,
                Err(failed) => failed.0.with(|ctx| self.report(&ctx, Error::Exception)),
            }
        }
    }

    /// Tells that nobody caught an error. A broken limit ends the turn instead.
    fn report(&self, ctx: &Ctx<'_>, error: Error) {
        let thrown = thrown_value(ctx, error);
        if self.turn.meter.broken().is_some() {
            self.note_place(ctx, &thrown);
            return;
        }
        // Where even the error finds no room, the engine throws `null`. A plugin that throws `null` itself is taken for one.
        let reason = limit_behind(&thrown).or(thrown.is_null().then_some(StopReason::Memory));
        if let Some(reason) = reason {
            self.turn.meter.break_limit(reason);
            self.note_place(ctx, &thrown);
            return;
        }
        let report = self.hooks.report_error.clone().restore(ctx);
        let told = report.and_then(|report| report.call((thrown,)));
        self.tell_uncaught(ctx, "Uncaught", told);
    }

    fn report_rejection(&self, ctx: &Ctx<'_>, rejection: Rejection) {
        if self.turn.meter.broken().is_some() {
            return;
        }
        let told = self.tell_rejection(ctx, rejection);
        self.tell_uncaught(ctx, "Uncaught (in promise)", told);
    }

    fn tell_rejection(&self, ctx: &Ctx<'_>, rejection: Rejection) -> Result<Told> {
        let promise = rejection.promise.restore(ctx)?;
        let reason = rejection.reason.restore(ctx)?;
        if let Some(limit) = limit_behind(&reason) {
            self.turn.meter.break_limit(limit);
            self.note_place(ctx, &reason);
        }
        let report = self.hooks.report_rejection.clone().restore(ctx)?;
        report.call((promise, reason))
    }

    fn tell_uncaught(&self, ctx: &Ctx<'_>, headline: &str, told: Result<Told>) {
        if self.turn.meter.broken().is_some() {
            ctx.catch();
            return;
        }
        let told = told.unwrap_or_else(|_| {
            // The report itself failed, most likely for want of memory: say at least that something was thrown.
            ctx.catch();
            Told {
                handled: false,
                message: "an error that cannot be shown".into(),
                stack: String::new(),
            }
        });
        self.turn.tell(Output::Uncaught {
            message: format!("{headline} {}", told.message),
            stack: self.turn.maps.map_stack(&told.stack),
            handled: told.handled,
        });
    }

    /// Remembers where the plugin was when it broke a limit: the first frame that is the plugin's own.
    fn note_place(&self, ctx: &Ctx<'_>, thrown: &Value<'_>) {
        let exception = thrown.as_object().cloned().and_then(Exception::from_object);
        // A plugin may have put its own getter there; it is interrupted like everything else, and what it throws is dropped.
        let stack = exception.and_then(|exception| exception.stack());
        ctx.catch();
        let place = stack.and_then(|stack| first_place(&self.turn.maps.map_stack(&stack)));
        let mut stopped_at = self.turn.stopped_at.borrow_mut();
        if stopped_at.is_none() {
            *stopped_at = place;
        }
    }

    fn why_not_loaded(&self, ctx: &Ctx<'_>, error: Error) -> Stopped {
        let thrown = thrown_value(ctx, error);
        if let Some(reason) = self.turn.meter.broken().or_else(|| limit_behind(&thrown)) {
            self.turn.meter.break_limit(reason);
            self.note_place(ctx, &thrown);
            return self.turn.stopped(reason);
        }
        let report = self.hooks.report_error.clone().restore(ctx);
        match report.and_then(|report| report.call::<_, Told>((thrown,))) {
            Ok(Told { message, stack, .. }) => {
                let stack = self.turn.maps.map_stack(&stack);
                let place = stack.lines().next().map(str::trim).unwrap_or_default();
                Stopped::not_loaded(format!("{message} {place}").trim_end())
            }
            Err(_) => Stopped::not_loaded("its first line could not be run"),
        }
    }
}

/// What the globals answer when something thrown is reported to the plugin's own handlers.
struct Told {
    handled: bool,
    message: String,
    stack: String,
}

impl<'js> FromJs<'js> for Told {
    fn from_js(_: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        let parts = Array::from_value(value)?;
        Ok(Self {
            handled: parts.get(0)?,
            message: parts.get(1)?,
            stack: parts.get(2)?,
        })
    }
}

fn evaluate<'js>(ctx: &Ctx<'js>, program: &Program) -> Result<Promise<'js>> {
    match &program.entry {
        Entry::Script { file, source } => {
            let mut options = EvalOptions::default();
            options.strict = false;
            // As a promise, so that only what cannot be compiled fails here; what throws while running rejects.
            options.promise = true;
            options.filename = Some(file.clone());
            ctx.eval_with_options(split_inline(source).code, options)
        }
        Entry::Module { path } => {
            let Some(module) = program.modules.get(path) else {
                let message = format!("madang: the entry {path} is not part of the package");
                return Err(Exception::throw_type(ctx, &message));
            };
            let code = split_inline(&module.source).code;
            let (_, done) = Module::declare(ctx.clone(), path.as_str(), code)?.eval()?;
            Ok(done)
        }
    }
}

fn install<'js>(ctx: &Ctx<'js>, turn: &Rc<Turn>, zones: Zones, chance: Chance) -> Result<Hooks> {
    let natives = native::natives(ctx, turn, zones, chance)?;
    let hooks: Object<'js> = native::load(ctx, "core")?.call((natives,))?;
    let hook = |name: &str| -> Result<Hook> {
        Ok(Persistent::save(ctx, hooks.get::<_, Function<'js>>(name)?))
    };
    let hooks = Hooks {
        deliver: hook("deliver")?,
        fire: hook("fire")?,
        report_error: hook("reportError")?,
        report_rejection: hook("reportRejection")?,
        watch_entry: hook("watchEntry")?,
    };
    // Last, because only a finished engine lets go of it.
    *turn.trace_answer.borrow_mut() = Some(native::answer_to_traces(ctx, turn)?);
    Ok(hooks)
}

fn watch_rejections(runtime: &Runtime, turn: &Rc<Turn>) {
    let turn = turn.clone();
    runtime.set_host_promise_rejection_tracker(Some(Box::new(
        move |ctx, promise, reason, is_handled| {
            let saved = Persistent::save(&ctx, promise);
            if is_handled {
                turn.rejections
                    .borrow_mut()
                    .retain(|rejection| rejection.promise != saved);
            } else {
                turn.note_rejection(Rejection {
                    promise: saved,
                    reason: Persistent::save(&ctx, reason),
                });
            }
        },
    )));
}

fn thrown_value<'js>(ctx: &Ctx<'js>, error: Error) -> Value<'js> {
    if error.is_exception() {
        return ctx.catch();
    }
    // An error of the binding itself, for example a text that is not UTF-8.
    match Exception::from_message(ctx.clone(), &error.to_string()) {
        Ok(exception) => exception.into_object().into_value(),
        Err(_) => ctx.catch(),
    }
}

fn first_place(stack: &str) -> Option<String> {
    let frame = stack
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("at "))?;
    let place = match frame.strip_suffix(')') {
        Some(open) => open.rsplit_once('(')?.1,
        None => frame.strip_prefix("at ")?,
    };
    // Like every name from outside, a file's may be as long as it likes.
    let named = place.contains(':') && place.len() <= PLACE_BYTES_MAX;
    named.then(|| place.to_owned())
}

/// A place longer than a line of text says nothing to anyone.
const PLACE_BYTES_MAX: usize = 256;

/// The engine's own words when memory or stack ran out; a test row holds them.
fn limit_behind(thrown: &Value<'_>) -> Option<StopReason> {
    let exception = Exception::from_object(thrown.as_object()?.clone())?;
    match exception.message()?.as_str() {
        "out of memory" => Some(StopReason::Memory),
        "Maximum call stack size exceeded" => Some(StopReason::Stack),
        _ => None,
    }
}
