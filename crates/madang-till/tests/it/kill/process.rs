//! This program, started again as a till or a terminal, and killed.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a process is told, as JSON.
const TOLD: &str = "MADANG_TILL_TEST_PROCESS";
/// What a process says stands on lines that begin so; the others are the test runner's.
const SAYS: &str = "@";
/// What the test runner ends with when a test failed; a failpoint aborts, which is something else on every system.
const TEST_FAILED: i32 = 101;

/// A process that says `Said`s, and ends by itself once its standard input is closed: at the latest when we are dead.
pub struct Process<Said> {
    child: Child,
    stdin: Option<ChildStdin>,
    said: Receiver<Said>,
}

impl<Said: DeserializeOwned + Send + 'static> Process<Said> {
    /// Starts the ignored test `name` with what it is `told`, killed at a failpoint (`name:nth`) if one is given.
    pub fn start(name: &str, told: &impl Serialize, failpoint: Option<&str>) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program has a file"));
        command
            .args(["--exact", name, "--ignored", "--nocapture"])
            .env(TOLD, serde_json::to_string(told).expect("plain data"))
            .env_remove("MADANG_FAILPOINT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(failpoint) = failpoint {
            command.env("MADANG_FAILPOINT", failpoint);
        }
        let mut child = command.spawn().expect("this program can be started");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let (say, said) = channel();
        thread::spawn(move || {
            let lines = stdout.lines().map_while(Result::ok);
            for line in lines {
                let Some(json) = line.strip_prefix(SAYS) else {
                    continue;
                };
                // A line that was cut off was never shown.
                let Ok(what) = serde_json::from_str(json) else {
                    continue;
                };
                if say.send(what).is_err() {
                    return;
                }
            }
        });
        Self { child, stdin, said }
    }

    /// What it says next; `None` once it is dead.
    pub fn hear(&self) -> Option<Said> {
        self.said.recv().ok()
    }

    /// Waits until a failpoint has killed it, and answers what it still said.
    pub fn die_by_failpoint(mut self) -> Vec<Said> {
        let said = self.said.iter().collect();
        let status = self.child.wait().expect("it is ours");
        let was_killed = !status.success() && status.code() != Some(TEST_FAILED);
        assert!(was_killed, "its failpoint was not reached: {status}");
        said
    }

    /// Kills it, and answers what it still said.
    pub fn kill(mut self) -> Vec<Said> {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
        self.said.iter().collect()
    }

    /// Lets it end what it is doing, and answers what it still said.
    pub fn end(mut self) -> Vec<Said> {
        drop(self.stdin.take());
        let said = self.said.iter().collect();
        let status = self.child.wait().expect("it is ours");
        assert!(status.success(), "it did not end well: {status}");
        said
    }
}

impl<Said> Drop for Process<Said> {
    fn drop(&mut self) {
        // It is dead already, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the process: what it is told; `None` when somebody ran all ignored tests.
pub fn told<Told: DeserializeOwned>() -> Option<Told> {
    let told = env::var(TOLD).ok()?;
    Some(serde_json::from_str(&told).expect("what it is told"))
}

/// In the process: says something that outlives it.
pub fn say(what: &impl Serialize) {
    let what = serde_json::to_string(what).expect("plain data");
    let mut out = std::io::stdout().lock();
    // The runner's own line may stand unfinished before it.
    write!(out, "\n{SAYS}{what}\n").expect("somebody listens");
    out.flush().expect("somebody listens");
}

/// In the process: waits until it is told to end.
pub fn wait_for_the_end() {
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
