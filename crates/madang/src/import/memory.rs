//! How much memory the process has.

use std::fs;

/// Bytes of memory, by `/proc`; nothing where there is none.
pub fn bytes() -> Option<u64> {
    line("VmRSS:")
}

/// The most that it had.
pub fn bytes_max() -> Option<u64> {
    line("VmHWM:")
}

fn line(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
