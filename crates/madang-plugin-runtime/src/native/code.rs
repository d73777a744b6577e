//! The globals written in JavaScript, compiled once in the life of the process.
//!
//! The byte code never leaves memory: the engine trusts byte code blindly, so only what was compiled here is loaded.
#![allow(unsafe_code)] // rquickjs cannot check byte code and so marks loading it unsafe; see the one use below.

use std::sync::OnceLock;

use rquickjs::{
    Context, Ctx, Exception, Function, Module, Result, Runtime,
    module::{WriteOptions, WriteOptionsEndianness},
};

struct Part {
    name: &'static str,
    source: &'static str,
    code: OnceLock<Vec<u8>>,
}

macro_rules! parts {
    ($($name:literal),* $(,)?) => {
        [$(Part {
            name: $name,
            source: include_str!(concat!("../globals/", $name, ".js")),
            code: OnceLock::new(),
        }),*]
    };
}

/// Each is a function of the native functions and of what the globals share among themselves.
static PARTS: [Part; 17] = parts![
    "core",
    "replaced",
    "events",
    "console",
    "text",
    "url",
    "clone",
    "crypto",
    "intl",
    "blob",
    "form",
    "streams",
    "till",
    "fetch",
    "websocket",
    "web",
    "process",
];

/// The function that puts one part in place.
pub(crate) fn load<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Function<'js>> {
    let Some(part) = PARTS.iter().find(|part| part.name == name) else {
        return Err(Exception::throw_type(ctx, "madang: no such global"));
    };
    let code = part
        .code
        .get_or_init(|| compile(part).expect("our own globals compile; every test loads them"));
    // SAFETY: these bytes were written by this very engine in this process and are never freed or changed.
    let module = unsafe { Module::load(ctx.clone(), code) }?;
    let (module, _done) = module.eval()?;
    module.get("default")
}

fn compile(part: &Part) -> Result<Vec<u8>> {
    let runtime = Runtime::new()?;
    Context::full(&runtime)?.with(|ctx| {
        let source = format!("export default {}", part.source);
        let module = Module::declare(ctx, format!("madang:{}.js", part.name), source)?;
        module.write(WriteOptions {
            endianness: WriteOptionsEndianness::Native,
            allow_shared_array_buffer: false,
            object_reference: false,
            strip_source: true,
            strip_debug: false,
        })
    })
}
