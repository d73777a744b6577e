//! The functions that the globals written in JavaScript call. Each file serves one of them.

mod crypto;
mod messages;
mod replaced;
mod text;
mod urls;
mod zones;

use std::rc::Rc;

use rquickjs::{Ctx, Function, Object, Result, context::EvalOptions};

pub(crate) use replaced::Chance;
pub(crate) use zones::Zones;

use crate::turn::Turn;

/// The globals, each a function of the native functions and what the globals share among themselves.
fn source(part: &str) -> Option<&'static str> {
    Some(match part {
        "core" => include_str!("globals/core.js"),
        "replaced" => include_str!("globals/replaced.js"),
        "events" => include_str!("globals/events.js"),
        "console" => include_str!("globals/console.js"),
        "text" => include_str!("globals/text.js"),
        "url" => include_str!("globals/url.js"),
        "clone" => include_str!("globals/clone.js"),
        "crypto" => include_str!("globals/crypto.js"),
        "intl" => include_str!("globals/intl.js"),
        "web" => include_str!("globals/web.js"),
        "process" => include_str!("globals/process.js"),
        _ => return None,
    })
}

/// Compiles one of the globals.
pub(crate) fn load<'js>(ctx: &Ctx<'js>, part: &str) -> Result<Function<'js>> {
    let Some(text) = source(part) else {
        return Err(rquickjs::Exception::throw_type(ctx, "no such global"));
    };
    let mut options = EvalOptions::default();
    options.filename = Some(format!("madang:{part}.js"));
    ctx.eval_with_options(text, options)
}

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
    zones::register(ctx, &native, zones)?;
    text::register(ctx, &native, turn)?;
    urls::register(ctx, &native)?;
    crypto::register(ctx, &native, turn)?;
    Ok(native)
}
