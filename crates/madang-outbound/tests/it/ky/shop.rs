//! A server that answers as it was told, keeps what was asked of it, and when; and the ordinary client to it.

use std::{
    collections::VecDeque,
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use madang_outbound::{
    Answer, Backoff, Caller, Client, GatewayLimits, Hooks, HooksPatch, Jitter, Outbound, Reach,
    RetryPatch, Route, RoutePatch, SendError, UpstreamView,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    runtime::Handle,
    time::{Instant, sleep},
};

use crate::{
    scripted::{caller, told},
    served::{plain, settle},
};

pub const HOME: &str = "http://api.example.com";
pub const OTHER: &str = "http://other.example.com";

/// What the server does with one request.
#[derive(Clone)]
pub enum Reply {
    /// Writes this, and closes where it says so.
    Text(String),
    /// Writes these and closes.
    Bytes(Vec<u8>),
    /// Waits, then does that.
    After(Duration, Box<Reply>),
    /// Writes this and then nothing more, until the other side goes away.
    Never(String),
    /// Closes without a word.
    Reset,
}

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub at: Duration,
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The server. Its last reply stays.
pub struct Server {
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
    /// Connections that the other side closed while an answer was due or under way.
    let_go: AtomicUsize,
    began: Instant,
}

/// A gateway with one server.
pub struct Shop {
    pub gateway: Outbound,
    pub server: Arc<Server>,
}

/// An answer of this status with this body, after which the connection closes.
pub fn reply(status: u16, body: &str) -> Reply {
    reply_with(status, &[], body)
}

pub fn reply_with(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    Reply::Text(format!(
        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

/// A status and the beginning of a body that does not end.
pub fn endless(status: u16) -> Reply {
    Reply::Never(format!(
        "HTTP/1.1 {status} X\r\nContent-Length: 99\r\nConnection: close\r\n\r\nx"
    ))
}

/// Takes the request and says nothing.
pub fn silence() -> Reply {
    Reply::Never(String::new())
}

pub fn late(ms: u64, reply: Reply) -> Reply {
    Reply::After(millis(ms), Box::new(reply))
}

pub fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub fn statuses(statuses: &[u16]) -> Vec<Reply> {
    statuses
        .iter()
        .map(|status| reply(*status, &format!("body {status}")))
        .collect()
}

impl Shop {
    pub fn new(replies: impl Into<VecDeque<Reply>>) -> Self {
        Self::bounded(replies, GatewayLimits::default())
    }

    pub fn bounded(replies: impl Into<VecDeque<Reply>>, limits: GatewayLimits) -> Self {
        let server = Arc::new(Server {
            replies: Mutex::new(replies.into()),
            asked: Mutex::default(),
            let_go: AtomicUsize::new(0),
            began: Instant::now(),
        });
        let serving = Arc::clone(&server);
        let gateway = plain(limits, move |stream| Arc::clone(&serving).serve(stream));
        Self { gateway, server }
    }

    /// The gateway's numbers, but without chance in the pauses unless `patch` says how they are.
    pub fn client(&self, patch: RoutePatch) -> Client {
        self.client_of(granted("tester"), patch)
    }

    pub fn client_of(&self, caller: Caller, mut patch: RoutePatch) -> Client {
        patch.retry.backoff.get_or_insert(Backoff {
            jitter: Jitter::None,
            ..Backoff::default()
        });
        let route = Route::to(HOME).patched(patch).unwrap();
        self.gateway.client(caller, route).unwrap()
    }

    pub fn plain(&self) -> Client {
        self.client(RoutePatch::default())
    }

    pub fn upstream(&self) -> UpstreamView {
        let mut all = self.gateway.upstreams();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// Nothing of any call is left: no task, no place, no connection in use, nobody waiting.
    pub async fn is_at_rest(&self) {
        settle().await;
        assert_eq!((self.gateway.in_flight(), self.gateway.pool().busy), (0, 0));
        for upstream in self.gateway.upstreams() {
            let counts = upstream.counts;
            let held = (
                counts.bulkhead.running,
                counts.bulkhead.queued,
                counts.rate.waiting,
                counts.budget.concurrent,
            );
            assert_eq!(held, (0, 0, 0, 0), "{upstream:?}");
        }
        assert_eq!(self.gateway.cached().1, 0, "flights");
        let tasks = Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks, 0, "tasks");
    }
}

pub fn granted(id: &str) -> Caller {
    Caller {
        id: id.to_owned(),
        ..caller(&[(HOME, Reach::Internet), (OTHER, Reach::Internet)])
    }
}

pub fn retrying(retry: RetryPatch) -> RoutePatch {
    RoutePatch {
        retry,
        ..RoutePatch::default()
    }
}

pub fn hooked(hooks: Hooks) -> RoutePatch {
    RoutePatch {
        hooks: HooksPatch::Add(hooks),
        ..RoutePatch::default()
    }
}

/// A record that hooks write and tests read.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    pub fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn check(&self, expected: &[&str]) {
        assert_eq!(self.lines(), expected);
    }
}

/// How a call ended, in a line: status and body, or the first message and what may have happened.
pub fn short(result: &Result<Answer, SendError>) -> String {
    match result {
        Ok(_) => told(result),
        Err(error) => format!("{error} ({:?})", error.outcome()),
    }
}

pub fn debugged<T: Debug>(value: T) -> String {
    format!("{value:?}")
}

impl Server {
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// When each request came, in whole milliseconds from the server's beginning.
    pub fn times_ms(&self) -> Vec<u64> {
        let asked = self.asked();
        let ms = asked.iter().map(|asked| asked.at.as_millis());
        ms.map(|ms| u64::try_from(ms).unwrap()).collect()
    }

    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    pub fn let_go(&self) -> usize {
        self.let_go.load(Ordering::SeqCst)
    }

    /// From here on it does this.
    pub fn now(&self, replies: impl Into<VecDeque<Reply>>) {
        *self.replies.lock().unwrap() = replies.into();
    }

    fn next(&self) -> Reply {
        let mut replies = self.replies.lock().unwrap();
        if replies.len() > 1 {
            return replies.pop_front().unwrap();
        }
        replies.front().cloned().expect("a server has a reply")
    }

    async fn serve(self: Arc<Self>, mut stream: DuplexStream) {
        while let Some(asked) = self.read(&mut stream).await {
            self.asked.lock().unwrap().push(asked);
            let mut reply = self.next();
            while let Reply::After(time, then) = reply {
                let mut byte = [0];
                tokio::select! {
                    _ = stream.read(&mut byte) => {
                        self.let_go.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    () = sleep(time) => {}
                }
                reply = *then;
            }
            match reply {
                Reply::Text(text) => {
                    if stream.write_all(text.as_bytes()).await.is_err() {
                        self.let_go.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    if text.contains("Connection: close") {
                        return;
                    }
                }
                Reply::Bytes(bytes) => {
                    let _ = stream.write_all(&bytes).await;
                    return;
                }
                Reply::Never(text) => {
                    let _ = stream.write_all(text.as_bytes()).await;
                    let _ = stream.read_to_end(&mut Vec::new()).await;
                    self.let_go.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                Reply::Reset => return,
                Reply::After(..) => unreachable!("it was waited for"),
            }
        }
    }

    async fn read(&self, stream: &mut DuplexStream) -> Option<Asked> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut asked = Asked {
            at: self.began.elapsed(),
            line,
            headers,
            body: Vec::new(),
        };
        if asked.header("transfer-encoding").is_some() {
            asked.body = read_chunks(stream).await;
        } else if let Some(length) = asked.header("content-length") {
            asked.body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut asked.body).await.ok()?;
        }
        Some(asked)
    }
}

/// What came, even when it breaks off.
async fn read_chunks(stream: &mut DuplexStream) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut size = Vec::new();
        while !size.ends_with(b"\r\n") {
            match stream.read_u8().await {
                Ok(byte) => size.push(byte),
                Err(_) => return body,
            }
        }
        let size = usize::from_str_radix(std::str::from_utf8(&size).unwrap().trim(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        if stream.read_exact(&mut chunk).await.is_err() || size == 0 {
            return body;
        }
        body.extend_from_slice(&chunk[..size]);
    }
}
