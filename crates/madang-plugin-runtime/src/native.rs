//! The functions that the globals written in JavaScript call. Each file serves one of them.

mod code;
mod crypto;
mod messages;
mod replaced;
mod text;
mod traces;
mod urls;
mod zones;

use std::rc::Rc;

use rquickjs::{Ctx, Function, Object, Result};

pub(crate) use code::load;
pub(crate) use replaced::Chance;
pub(crate) use traces::answer as answer_to_traces;
pub(crate) use zones::Zones;

use crate::turn::Turn;

/// Makes the object that carries all native functions.
pub(crate) fn natives<'js>(
    ctx: &Ctx<'js>,
    turn: &Rc<Turn>,
    zones: Zones,
    chance: Chance,
) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set(
        "load",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, part: String| load(&ctx, &part))?,
    )?;
    messages::register(ctx, &native, turn)?;
    replaced::register(ctx, &native, turn, chance)?;
    traces::register(ctx, &native, turn)?;
    zones::register(ctx, &native, zones)?;
    text::register(ctx, &native, turn)?;
    urls::register(ctx, &native)?;
    crypto::register(ctx, &native, turn)?;
    Ok(native)
}
