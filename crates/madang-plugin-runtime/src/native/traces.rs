//! What throwing costs.
//!
//! The engine writes a stack trace for everything that is thrown, even when it is caught at once, and its own count of calls
//! and rounds does not see that work: a plugin that only throws would hold a turn for minutes. For every trace the engine
//! asks how many frames it may have. It asks by turning `Error.stackTraceLimit` into a number, so an object in that place
//! hears of every trace and charges it to the turn.
#![allow(unsafe_code)] // rquickjs cannot move the stack's limit inside a call, and lifetimes of classes are declared by hand.

use std::rc::Rc;

use rquickjs::{
    Atom, Class, Ctx, Function, JsLifetime, Object, Persistent, Result, Value,
    atom::PredefinedAtom,
    class::{ClassKind, JsCell, Readable, Trace, Tracer},
    function::Constructor,
    qjs,
};

use crate::turn::Turn;

/// The native stack over the limit on which the engine may still ask for the number of frames: where calls nested too deep,
/// the trace says where, and there no call would fit any more.
const STACK_BYTES_OVER: usize = 64 << 10;

/// More frames than this say nothing new; the engine's own bound.
const FRAMES_MAX: f64 = 64.0;

pub(super) fn register<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "traceFramesMax",
        Function::new(ctx.clone(), move || at.trace_frames_max.get())?,
    )?;
    let at = turn.clone();
    native.set(
        "setTraceFramesMax",
        Function::new(ctx.clone(), move |frames: f64| {
            // What is not a number is none, as the engine has it.
            let frames = if frames.is_nan() { 0.0 } else { frames };
            at.trace_frames_max
                .set(frames.clamp(0.0, FRAMES_MAX) as u32);
        })?,
    )?;
    native.set(
        "traceLimit",
        Class::instance(ctx.clone(), TraceLimit(turn.clone()))?,
    )
}

/// The function with which the engine's question is answered. It is kept by the turn, not by the object: the context holds
/// the object, and would never be freed if the object held a function of the context.
pub(crate) fn answer<'js>(
    ctx: &Ctx<'js>,
    turn: &Rc<Turn>,
) -> Result<Persistent<Function<'static>>> {
    let at = turn.clone();
    let frames = Function::new(ctx.clone(), move |ctx: Ctx<'js>| {
        set_stack_bytes_max(&ctx, at.limits.stack_bytes_max);
        at.trace_frames_max.get()
    })?;
    Ok(Persistent::save(ctx, frames))
}

/// What stands in the engine's place for the number of frames.
struct TraceLimit(Rc<Turn>);

// SAFETY: it holds nothing of the engine.
unsafe impl<'js> JsLifetime<'js> for TraceLimit {
    type Changed<'to> = Self;
}

impl<'js> Trace<'js> for TraceLimit {
    fn trace<'a>(&self, _: Tracer<'a, 'js>) {}
}

impl<'js> rquickjs::class::JsClass<'js> for TraceLimit {
    const NAME: &'static str = "TraceLimit";
    const KIND: ClassKind = ClassKind::Exotic;
    type Mutable = Readable;

    fn prototype(_: &Ctx<'js>) -> Result<Option<Object<'js>>> {
        Ok(None)
    }

    fn constructor(_: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }

    fn exotic_get_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
        _: Value<'js>,
    ) -> Result<Value<'js>> {
        let nothing = Value::new_undefined(ctx.clone());
        if atom != Atom::from_predefined(ctx.clone(), PredefinedAtom::SymbolToPrimitive) {
            return Ok(nothing);
        }
        let turn = &this.borrow().0;
        let answer = turn.trace_answer.borrow();
        match &*answer {
            Some(answer) if turn.meter.charge_trace(turn.trace_frames_max.get()) => {
                set_stack_bytes_max(ctx, turn.limits.stack_bytes_max + STACK_BYTES_OVER);
                Ok(answer.clone().restore(ctx)?.into_value())
            }
            _ => Ok(nothing),
        }
    }
}

fn set_stack_bytes_max(ctx: &Ctx<'_>, bytes: usize) {
    // SAFETY: the context is alive, and the call sets two numbers of its runtime.
    unsafe { qjs::JS_SetMaxStackSize(qjs::JS_GetRuntime(ctx.as_raw().as_ptr()), bytes as _) }
}
