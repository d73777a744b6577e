//! A worker under test, with a fixed shop, seed and time.

use madang_plugin_runtime::{
    Environment, Input, Limits, Output, Program, Stepped, Stopped, Worker,
};

/// 2026-11-22 10:00:00 in Seoul.
pub const NOW: i64 = 1_795_309_200_000_000;

pub fn environment() -> Environment {
    Environment {
        now: NOW,
        time_zone: seoul(),
        seed: [7; 32],
    }
}

pub fn seoul() -> jiff::tz::TimeZone {
    jiff::tz::TimeZoneDatabase::bundled()
        .get("Asia/Seoul")
        .unwrap()
}

pub fn start_with(source: &str, limits: Limits) -> Result<(Worker, Stepped), Stopped> {
    let program = Program::script("test", "main.js", source);
    Worker::start(&program, limits, environment()).map_err(|not_started| not_started.stopped)
}

pub fn start(source: &str) -> (Worker, Stepped) {
    start_with(source, Limits::default()).unwrap()
}

/// Outputs as one line each, for rows of tests.
pub fn lines(outputs: &[Output]) -> Vec<String> {
    outputs
        .iter()
        .map(|output| match output {
            Output::Message(text) => text.clone(),
            Output::Console { level, text } => format!("{level:?} {text}"),
            Output::Uncaught {
                message, handled, ..
            } => {
                let handled = if *handled { " (handled)" } else { "" };
                format!("{message}{handled}")
            }
            Output::Refused { message, .. } => format!("Refused {message}"),
        })
        .collect()
}

/// Runs `source` and then one step for each message, a second apart; returns every line said.
pub fn run(source: &str, messages: &[&str]) -> Vec<String> {
    let (mut worker, started) = start(source);
    let mut said = lines(&started.outputs);
    let mut now = NOW;
    for message in messages {
        now += 1_000_000;
        let stepped = worker.step(now, vec![Input::Message((*message).to_owned())]);
        said.extend(lines(&stepped.outputs));
        assert_eq!(stepped.stopped, None);
    }
    said
}

/// What `expression` is, as the worker's JSON.
pub fn value_of(expression: &str) -> String {
    let source = format!(
        "try {{ postMessage(({expression})) }} catch (error) {{ postMessage(`${{error.name}}: ${{error.message}}`) }}"
    );
    run(&source, &[]).join("\n")
}
