//! One turn of a peer: what it cost, told as the contract says.

use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde_json::{Value, json};

use crate::Failure;

/// What a measure took.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// From its begin to its end.
    pub seconds: f64,
    /// What all its threads computed in that time, the kernel's part included.
    pub processor_seconds: f64,
    /// What the process held at most until then.
    pub memory_bytes_max: u64,
}

impl Spent {
    /// Does it, and says what it took.
    ///
    /// # Errors
    /// When it fails, and when the kernel does not tell.
    pub fn on<T>(does: impl FnOnce() -> Result<T, Failure>) -> Result<(T, Self), Failure> {
        let (begin, processor_begin) = (Instant::now(), processor_seconds(UsageWho::RUSAGE_SELF)?);
        let result = does()?;
        let seconds = begin.elapsed().as_secs_f64();
        let spent = Self {
            seconds,
            processor_seconds: processor_seconds(UsageWho::RUSAGE_SELF)? - processor_begin,
            memory_bytes_max: memory_bytes_max()?,
        };
        Ok((result, spent))
    }
}

/// What a turn says at its end.
pub struct Turn<'told> {
    /// Who.
    pub peer: &'told str,
    /// What was measured.
    pub measure: &'told str,
    /// How many events.
    pub count: u64,
}

impl Turn<'_> {
    /// Prints it: the figures, and what was found.
    pub fn print(&self, spent: Spent, found: Value, more: Value) {
        let mut values = json!({
            "seconds": spent.seconds,
            "processor_seconds": spent.processor_seconds,
            "memory_bytes_max": spent.memory_bytes_max,
        });
        if let (Some(values), Value::Object(more)) = (values.as_object_mut(), more) {
            values.extend(more);
        }
        let result = json!({
            "contract": 1,
            "peer": self.peer,
            "version": env!("CARGO_PKG_VERSION"),
            "measure": self.measure,
            "count": self.count,
            "values": values,
            "found": found,
        });
        println!("{result}");
    }
}

/// What this process or its children have computed so far.
///
/// # Errors
/// When the kernel does not tell.
pub fn processor_seconds(whose: UsageWho) -> Result<f64, Failure> {
    let usage = getrusage(whose)?;
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// What this process held at most, as Linux tells it.
///
/// # Errors
/// When it does not.
pub fn memory_bytes_max() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kibibytes
        .ok_or("the kernel does not tell the peak of memory")?
        .parse::<u64>()?
        * 1024)
}
