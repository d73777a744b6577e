//! The built program, run in a folder of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tempfile::TempDir;

/// A folder to run the program in.
pub struct Place {
    folder: TempDir,
}

/// How the program ended, with the folder's name and what differs at every run taken out.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, with its folders.
    pub fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.path().join(path);
        let folder = path.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    pub fn madang(&self, arguments: &[&str]) -> Ended {
        self.ended(&mut self.command(arguments))
    }

    /// The same with every line of the log.
    pub fn madang_with_log(&self, arguments: &[&str]) -> Ended {
        self.ended(self.command(arguments).env("MADANG_LOG", "trace"))
    }

    /// The same with a text on standard input.
    pub fn madang_with_input(&self, arguments: &[&str], text: &str) -> Ended {
        let mut program = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut input = program.stdin.take().expect("piped");
        // It may end before it has read all of it.
        let _ = input.write_all(text.as_bytes());
        drop(input);
        self.told(program.wait_with_output().expect("the program ends"))
    }

    /// The same with nobody who reads what is printed.
    pub fn madang_unread(&self, arguments: &[&str]) -> Ended {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = self.command(arguments);
        let program = command.stdout(writer).stderr(Stdio::piped()).spawn();
        let ended = program.expect("the program runs").wait_with_output();
        self.told(ended.expect("the program ends"))
    }

    fn ended(&self, command: &mut Command) -> Ended {
        self.told(command.output().expect("the program runs"))
    }

    fn told(&self, output: Output) -> Ended {
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: self.redacted(&output.stdout),
            stderr: self.redacted(&output.stderr),
        }
    }

    /// Starts a till and waits until it says where its page is. It is told to end when this is dropped.
    pub fn dev(&self, arguments: &[&str]) -> Till {
        let mut all = vec!["dev", "--port", "0", "--no-open"];
        all.extend(arguments);
        let mut child = self
            .command(&all)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut till = Till {
            child,
            stdout,
            page: String::new(),
        };
        till.page = till.line_with("http://").trim().to_owned();
        till
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madang"));
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_remove("MADANG_LOG");
        command
    }

    fn redacted(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        text.replace(&self.path().display().to_string(), "[here]")
    }
}

/// A till that runs.
pub struct Till {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// The address of its page.
    pub page: String,
}

impl Till {
    /// Reads what it prints up to a line with this text.
    pub fn line_with(&mut self, text: &str) -> String {
        let mut line = String::new();
        while self.stdout.read_line(&mut line).expect("it prints") > 0 {
            if line.contains(text) {
                return line;
            }
            line.clear();
        }
        panic!("it ended without printing “{text}”");
    }

    pub fn port(&self) -> String {
        let address = self.page.split('#').next().unwrap_or_default();
        let port = address.trim_end_matches('/').rsplit(':').next();
        port.expect("an address has a port").to_owned()
    }

    /// What the API answers, with its status.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let (status, text) = self.exchange(method, path, true, body.as_bytes());
        (status, serde_json::from_str(&text).expect("JSON"))
    }

    /// What the API answers to a file.
    pub fn bring(&self, path: &str, file: &[u8]) -> (u16, Value) {
        let (status, text) = self.exchange("POST", path, true, file);
        (status, serde_json::from_str(&text).expect("JSON"))
    }

    /// What a GET is answered, with the token or without.
    pub fn text(&self, path: &str, has_token: bool) -> (u16, String) {
        self.exchange("GET", path, has_token, b"")
    }

    fn exchange(&self, method: &str, path: &str, has_token: bool, body: &[u8]) -> (u16, String) {
        let (_, token) = self.page.split_once("#token=").expect("a token");
        let host = format!("127.0.0.1:{}", self.port());
        let mut stream = TcpStream::connect(&host).expect("it listens");
        let token = match has_token {
            true => format!("authorization: Bearer {token}\r\n"),
            false => String::new(),
        };
        static ASKED: AtomicU64 = AtomicU64::new(0);
        let key = ASKED.fetch_add(1, Ordering::Relaxed);
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{token}idempotency-key: asked-{key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let request = [request.as_bytes(), body].concat();
        stream.write_all(&request).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.expect("a status"), body.to_owned())
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as Ctrl-C does, and waits until it has.
    pub fn end(mut self) -> i32 {
        self.interrupt();
        let status = self.child.wait().expect("it ends");
        status.code().unwrap_or(-1)
    }

    fn interrupt(&self) {
        let process = self.child.id().to_string();
        // The shell's own kill: there is no other way without unsafe code.
        let _ = Command::new("kill").args(["-INT", &process]).status();
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The root of the repository, where the sample plugins are.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
