use std::rc::Rc;

use rquickjs::{Ctx, Exception, Function, Object, Result, Value};

use crate::{
    json_write::write_json,
    step::{ConsoleLevel, Output},
    turn::Turn,
};

/// Messages out and console text.
pub(super) fn register<'js>(ctx: &Ctx<'js>, native: &Object<'js>, turn: &Rc<Turn>) -> Result<()> {
    let at = turn.clone();
    native.set(
        "post",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, message: Value<'js>| {
            post_plain(&ctx, &at, &message)
        })?,
    )?;
    let at = turn.clone();
    native.set(
        "postText",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, text: String| {
            post(&ctx, &at, text)
        })?,
    )?;
    let at = turn.clone();
    native.set(
        "console",
        Function::new(ctx.clone(), move |level: String, text: String| {
            at.tell(Output::Console {
                level: level_of(&level),
                text: with_mapped_traces(&at, text),
            });
        })?,
    )
}

/// Posts plain data; `false` means that `JSON.stringify` must write it.
fn post_plain<'js>(ctx: &Ctx<'js>, turn: &Turn, message: &Value<'js>) -> Result<bool> {
    match write_json(ctx, message, turn.limits.message_bytes_max)? {
        Some(text) => post(ctx, turn, text).map(|()| true),
        None => Ok(false),
    }
}

fn post(ctx: &Ctx<'_>, turn: &Turn, text: String) -> Result<()> {
    let bytes_max = turn.limits.message_bytes_max;
    if text.len() > bytes_max {
        let bytes = text.len();
        turn.tell(Output::Refused {
            message: format!(
                "A message of {bytes} bytes was not sent: at most {bytes_max} bytes are allowed."
            ),
            message_ko: format!(
                "{bytes}바이트 메시지를 보내지 않았습니다: 최대 {bytes_max}바이트까지 보낼 수 있습니다."
            ),
        });
        let message =
            format!("madang: the message has {bytes} bytes; at most {bytes_max} can be sent");
        return Err(Exception::throw_range(ctx, &message));
    }
    if turn.post(text) {
        Ok(())
    } else {
        Err(Exception::throw_range(
            ctx,
            "madang: too many messages in one turn",
        ))
    }
}

fn level_of(level: &str) -> ConsoleLevel {
    match level {
        "debug" => ConsoleLevel::Debug,
        "info" => ConsoleLevel::Info,
        "warn" => ConsoleLevel::Warn,
        "error" => ConsoleLevel::Error,
        _ => ConsoleLevel::Log,
    }
}

fn with_mapped_traces(turn: &Turn, text: String) -> String {
    if text.contains("\n    at ") {
        turn.maps.map_stack(&text)
    } else {
        text
    }
}
