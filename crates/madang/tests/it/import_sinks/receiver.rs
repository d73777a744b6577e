//! A server that takes rows and knows them by their keys.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use serde_json::Value;

/// A server that takes rows and knows them by their keys.
pub struct Receiver {
    address: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    taken: Mutex<Taken>,
    released: Condvar,
}

#[derive(Default)]
struct Taken {
    rows: BTreeMap<String, Value>,
    /// The header `authorization` of the last call.
    authorization: Option<String>,
    /// No answer is given once so many rows are there.
    held_from: Option<usize>,
    calls: usize,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let shared = Arc::<Shared>::default();
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_thread);
                // The caller may be killed at any time.
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, shared }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn count(&self) -> usize {
        self.taken().rows.len()
    }

    pub fn calls(&self) -> usize {
        self.taken().calls
    }

    pub fn rows(&self) -> Vec<String> {
        self.taken().rows.values().map(Value::to_string).collect()
    }

    pub fn authorization(&self) -> Option<String> {
        self.taken().authorization.clone()
    }

    /// Gives no answer any more once so many rows are there.
    pub fn hold_from(&self, rows: usize) {
        self.taken().held_from = Some(rows);
    }

    /// Answers again.
    pub fn release(&self) {
        self.taken().held_from = None;
        self.shared.released.notify_all();
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.shared.taken.lock().expect("nobody panics with it")
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> Option<()> {
    let mut calls = BufReader::new(stream.try_clone().ok()?);
    let mut answers = stream;
    loop {
        let head = head(&mut calls)?;
        let header = |name: &str| {
            let found = head.iter().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found.eq_ignore_ascii_case(name).then(|| value.trim())
            });
            found.map(str::to_owned)
        };
        let mut body = vec![0; header("content-length")?.parse().ok()?];
        calls.read_exact(&mut body).ok()?;
        let rows = rows(&header("idempotency-key")?, &body)?;
        {
            let mut taken = shared.taken.lock().expect("nobody panics with it");
            taken.rows.extend(rows);
            taken.authorization = header("authorization");
            taken.calls += 1;
            while taken.held_from.is_some_and(|rows| taken.rows.len() >= rows) {
                taken = shared.released.wait(taken).expect("nobody panics with it");
            }
        }
        let answer = b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";
        answers.write_all(answer).ok()?;
    }
}

fn head(calls: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if calls.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => return Some(head),
            line => head.push(line.to_owned()),
        }
    }
}

/// Each row under its key: that of the call, or in a call of several its own.
fn rows(key: &str, body: &[u8]) -> Option<Vec<(String, Value)>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    match body.get("rows").and_then(Value::as_array) {
        None => Some(vec![(key.to_owned(), body)]),
        Some(rows) => rows
            .iter()
            .map(|row| Some((row["key"].as_str()?.to_owned(), row["row"].clone())))
            .collect(),
    }
}
