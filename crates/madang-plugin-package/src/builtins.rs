//! Modules of Node.js, which plugins do not run on, and what does the same job in a plugin.

/// What to use instead of the Node module `name` (without `node:`); `None` when it is none of Node's.
pub(crate) fn instead_of(name: &str) -> Option<&'static str> {
    let module = name.split_once('/').map_or(name, |(module, _)| module);
    let text = match module {
        "fs" | "sqlite" => "keep data with `posPluginSdk.storage`",
        "http" | "https" | "http2" => {
            "call servers with `posPluginSdk.http`, and list them under [origins] in plugin.toml"
        }
        "net" | "tls" | "dgram" => "keep a connection with `posPluginSdk.websocket`",
        "crypto" => "use the global `crypto` (getRandomValues, randomUUID, subtle)",
        "path" => "install path-browserify, or work with `URL`",
        "url" => "use the globals `URL` and `URLSearchParams`",
        "querystring" => "use the global `URLSearchParams`",
        "buffer" => "use `Uint8Array` and `TextEncoder`, or install the npm package `buffer`",
        "events" => "use the global `EventTarget`, or install the npm package `events`",
        "timers" => "use the globals `setTimeout` and `setInterval`",
        "util" | "assert" | "string_decoder" | "punycode" => {
            "install the npm package of the same name"
        }
        "process" => "use the global `process.env`, or install the npm package `process`",
        "os" => "ask `posPluginSdk.device` which machine this is",
        "perf_hooks" => "use the global `performance.now`",
        "stream" | "zlib" => "install an npm package made for browsers",
        "async_hooks"
        | "child_process"
        | "cluster"
        | "console"
        | "constants"
        | "diagnostics_channel"
        | "dns"
        | "domain"
        | "inspector"
        | "module"
        | "readline"
        | "repl"
        | "sea"
        | "sys"
        | "test"
        | "trace_events"
        | "tty"
        | "v8"
        | "vm"
        | "wasi"
        | "worker_threads" => "plugins have nothing like it; use a package made for browsers",
        _ => return None,
    };
    Some(text)
}
