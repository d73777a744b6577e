//! Runs a command and says what it cost: `spend COMMAND …`. The last line of its standard output is a JSON object; the command's own output goes to
//! standard error.

use std::io;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use import_peers::Failure;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde_json::json;

fn main() -> Result<ExitCode, Failure> {
    let mut words = std::env::args().skip(1);
    let program = words.next().ok_or("a command is missing")?;
    let begin = Instant::now();
    let status = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::from(io::stderr()))
        .status()?;
    let seconds = begin.elapsed().as_secs_f64();
    // The command is the only child that there was, and it has been waited for.
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    println!(
        "{}",
        json!({
            "seconds": seconds,
            "user_seconds": in_seconds(usage.user_time()),
            "system_seconds": in_seconds(usage.system_time()),
            // Linux counts it in units of 1024 bytes; it is what /proc calls VmHWM.
            "memory_bytes_max": usage.max_rss() * 1024,
        })
    );
    Ok(match status.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn in_seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}
