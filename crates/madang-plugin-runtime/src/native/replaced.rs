use std::{cell::RefCell, rc::Rc};

use rand_chacha::{
    ChaCha12Rng,
    rand_core::{Rng, SeedableRng},
};
use rquickjs::{Ctx, Exception, Function, Object, Result, TypedArray};

use crate::{bytes, stopped::StopReason, turn::Turn};

/// The chance that the worker was given: one stream for `Math.random`, another for `crypto`.
pub(crate) struct Chance {
    math: ChaCha12Rng,
    crypto: ChaCha12Rng,
}

impl Chance {
    pub(crate) fn from_seed(seed: [u8; 32]) -> Self {
        let math = ChaCha12Rng::from_seed(seed);
        let mut crypto = math.clone();
        crypto.set_stream(1);
        Self { math, crypto }
    }
}

/// The clock, chance and timers that stand in for the machine's.
pub(super) fn register<'js>(
    ctx: &Ctx<'js>,
    native: &Object<'js>,
    turn: &Rc<Turn>,
    chance: Chance,
) -> Result<()> {
    let at = turn.clone();
    native.set("now", Function::new(ctx.clone(), move || at.now_ms())?)?;
    let at = turn.clone();
    native.set(
        "timeOrigin",
        Function::new(ctx.clone(), move || at.started_ms())?,
    )?;
    let at = turn.clone();
    native.set(
        "sinceStart",
        Function::new(ctx.clone(), move || at.since_start_ms())?,
    )?;
    register_chance(ctx, native, chance)?;
    register_timers(ctx, native, turn)
}

fn register_chance<'js>(ctx: &Ctx<'js>, native: &Object<'js>, chance: Chance) -> Result<()> {
    let math = RefCell::new(chance.math);
    native.set(
        "random",
        Function::new(ctx.clone(), move || unit(math.borrow_mut().next_u64()))?,
    )?;
    let crypto = RefCell::new(chance.crypto);
    native.set(
        "fillRandomly",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, array: TypedArray<'js, u8>| {
                bytes::fill_in_place(&ctx, &array, |bytes| crypto.borrow_mut().fill_bytes(bytes))
            },
        )?,
    )
}

/// A number in [0, 1) with all 53 bits that a JavaScript number can hold.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

fn register_timers<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "setTimer",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, delay_ms: f64, repeats: bool| {
                set_timer(&ctx, &at, delay_ms, repeats)
            },
        )?,
    )?;
    let at = turn.clone();
    native.set(
        "clearTimer",
        Function::new(ctx.clone(), move |id: f64| {
            at.timers.borrow_mut().clear(id as u32);
        })?,
    )
}

/// Longer delays fire at once everywhere else too; plugins written for browsers know it.
const DELAY_MS_MAX: f64 = i32::MAX as f64;

fn set_timer(ctx: &Ctx<'_>, turn: &Turn, delay_ms: f64, repeats: bool) -> Result<u32> {
    let mut timers = turn.timers.borrow_mut();
    if timers.len() >= turn.limits.timers_max {
        turn.meter.break_limit(StopReason::Timers);
        return Err(Exception::throw_range(ctx, "madang: too many timers"));
    }
    let in_range = (1.0..=DELAY_MS_MAX).contains(&delay_ms);
    let delay_us = if in_range {
        delay_ms as i64 * 1_000
    } else {
        1_000
    };
    Ok(timers.set(turn.now() + delay_us, repeats.then_some(delay_us)))
}
