//! `madang mine` itself, from its start to its end: `mine-peers command --program PROGRAM --measure map --count EVENTS --file FILE`.

use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

use crate::turn::{Spent, Turn, processor_seconds};
use crate::{Failure, found, option};

/// Takes a turn.
///
/// # Errors
/// When something in it fails.
pub fn command(arguments: &[String]) -> Result<(), Failure> {
    let turn = Turn {
        peer: "command",
        measure: option(arguments, "--measure")?,
        count: option(arguments, "--count")?.parse()?,
    };
    let (program, file) = (
        option(arguments, "--program")?,
        option(arguments, "--file")?,
    );
    let (output, spent) = Spent::on(|| {
        let mut command = Command::new(program);
        command.args(["mine", "--json", "--top", "1000", file]);
        Ok(command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?)
    })?;
    if !output.status.success() {
        return Err(format!("{program} ended with {}", output.status).into());
    }
    // The command is the only child that there was, and it has been waited for. Linux counts in units of 1024 bytes.
    let memory_bytes_max = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() as u64 * 1024;
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let processor_seconds = processor_seconds(UsageWho::RUSAGE_CHILDREN)?;
    turn.print(
        Spent {
            memory_bytes_max,
            processor_seconds,
            ..spent
        },
        found_in(&told),
        Value::Null,
    );
    Ok(())
}

/// Sums of waits are not told; the rest is.
fn found_in(told: &Value) -> Value {
    let list = |name: &str| told[name].as_array().cloned().unwrap_or_default();
    let edges = list("edges").into_iter();
    let edges = edges.map(|edge| {
        json!([
            edge["from"],
            edge["to"],
            edge["count"],
            null,
            edge["waiting"]["p95_ms"]
        ])
    });
    let variants = list("variants").into_iter().map(|variant| {
        let names = variant["activities"].as_array().into_iter().flatten();
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        json!([names.join(found::THEN), variant["cases"]])
    });
    json!({
        "events": told["events"],
        "cases": told["cases"],
        "edges": edges.collect::<Vec<_>>(),
        "variants": variants.collect::<Vec<_>>(),
    })
}
