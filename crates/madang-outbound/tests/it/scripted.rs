//! A network that does what a test says: names, addresses, and servers that answer bytes as written.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bytes::Bytes;
use madang_outbound::{
    Answer, Caller, Chance, Connection, Dial, GatewayLimits, Grant, GrantedOrigin, Method, Network,
    Origin, Outbound, Reach, Request, Resolve, Roots, SeededChance, SendError, WallClock,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    runtime::Handle,
    time::{Instant, sleep},
};

/// What the server at the other end of a connection does, one step after the other.
#[derive(Debug, Clone)]
pub enum Step {
    /// Reads until the empty line that ends a request's head, and so many bytes of body. A close in place of a request is recorded,
    /// and ends the script.
    ReadRequest { body_bytes: usize },
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Lets (virtual) time pass.
    Wait(Duration),
    /// Writes one byte a second for ever.
    Drip,
    /// Writes these bytes again and again, as fast as they are taken.
    Flood(Vec<u8>),
    /// Reads and writes nothing more, and keeps the connection.
    Hang,
    /// Reads until the other side closes, and records that.
    AwaitClose,
}

/// Names and servers, and the record of what was asked of them.
#[derive(Default)]
pub struct ScriptedNetwork {
    names: Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>,
    lookup_time: Mutex<Duration>,
    dial_time: Mutex<HashMap<IpAddr, Duration>>,
    refusing: Mutex<Vec<IpAddr>>,
    /// One for each connection; the last one stays.
    scripts: Mutex<VecDeque<Vec<Step>>>,
    lookups: Mutex<Vec<String>>,
    dialled: Mutex<Vec<SocketAddr>>,
    requests: Mutex<Vec<String>>,
    closes: AtomicUsize,
}

impl ScriptedNetwork {
    pub fn new(script: Vec<Step>) -> Arc<Self> {
        let network = Self::default();
        network.scripts.lock().unwrap().push_back(script);
        Arc::new(network)
    }

    /// What the server does on the next connection; without a word, the same as on the one before.
    pub fn then(self: &Arc<Self>, script: Vec<Step>) -> Arc<Self> {
        self.scripts.lock().unwrap().push_back(script);
        Arc::clone(self)
    }

    /// A server that answers each request with these bytes and closes.
    pub fn answering(answer: &str) -> Arc<Self> {
        Self::new(vec![
            Step::ReadRequest { body_bytes: 0 },
            Step::Write(answer.into()),
        ])
    }

    /// What `host` resolves to: the first list at the first look-up, and so on; the last one stays.
    pub fn name(self: &Arc<Self>, host: &str, answers: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        let answers = answers.iter().map(parse).collect();
        self.names.lock().unwrap().insert(host.to_owned(), answers);
        Arc::clone(self)
    }

    pub fn lookup_takes(self: &Arc<Self>, time: Duration) -> Arc<Self> {
        *self.lookup_time.lock().unwrap() = time;
        Arc::clone(self)
    }

    pub fn dial_takes(self: &Arc<Self>, ip: &str, time: Duration) -> Arc<Self> {
        self.dial_time
            .lock()
            .unwrap()
            .insert(ip.parse().unwrap(), time);
        Arc::clone(self)
    }

    pub fn refuses(self: &Arc<Self>, ip: &str) -> Arc<Self> {
        self.refusing.lock().unwrap().push(ip.parse().unwrap());
        Arc::clone(self)
    }

    pub fn lookups(&self) -> Vec<String> {
        self.lookups.lock().unwrap().clone()
    }

    pub fn dialled(&self) -> Vec<String> {
        self.dialled
            .lock()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// The heads (and bodies) of the requests that arrived.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Closes that the server saw.
    pub fn closes(&self) -> usize {
        self.closes.load(Ordering::SeqCst)
    }

    pub fn gateway(self: &Arc<Self>) -> Outbound {
        self.gateway_with(GatewayLimits::default())
    }

    pub fn gateway_with(self: &Arc<Self>, limits: GatewayLimits) -> Outbound {
        let network = Network {
            resolve: Arc::new(Names(Arc::clone(self))),
            dial: Arc::new(Servers(Arc::clone(self))),
            roots: Roots::Only(Vec::new()),
            chance: chance(),
            wall_clock: wall_clock(),
        };
        Outbound::new(Handle::current(), network, limits)
    }
}

impl ScriptedNetwork {
    fn next_script(&self) -> Vec<Step> {
        let mut scripts = self.scripts.lock().unwrap();
        if scripts.len() > 1 {
            return scripts.pop_front().unwrap();
        }
        scripts.front().cloned().unwrap_or_default()
    }
}

pub fn chance() -> Arc<dyn Chance> {
    Arc::new(SeededChance::from_seed([1; 32]))
}

/// 2026-11-22T06:00:00Z, and from then on with tokio's clock.
pub fn wall_clock() -> Arc<dyn WallClock> {
    Arc::new(FromThen(Instant::now()))
}

struct FromThen(Instant);

impl WallClock for FromThen {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_327_200) + self.0.elapsed()
    }
}

struct Names(Arc<ScriptedNetwork>);

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.0.lookups.lock().unwrap().push(host.to_owned());
        let time = *self.0.lookup_time.lock().unwrap();
        sleep(time).await;
        let mut names = self.0.names.lock().unwrap();
        let answers = names
            .get_mut(host)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such name"))?;
        if answers.len() > 1 {
            return Ok(answers.pop_front().unwrap());
        }
        Ok(answers.front().cloned().unwrap_or_default())
    }
}

struct Servers(Arc<ScriptedNetwork>);

#[async_trait]
impl Dial for Servers {
    async fn dial(&self, address: SocketAddr) -> io::Result<Box<dyn Connection>> {
        self.0.dialled.lock().unwrap().push(address);
        let time = self.0.dial_time.lock().unwrap().get(&address.ip()).copied();
        sleep(time.unwrap_or_default()).await;
        if self.0.refusing.lock().unwrap().contains(&address.ip()) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (ours, theirs) = duplex(64 * 1024);
        let script = self.0.next_script();
        tokio::spawn(play(Arc::clone(&self.0), script, theirs));
        Ok(Box::new(ours))
    }
}

async fn play(network: Arc<ScriptedNetwork>, script: Vec<Step>, mut stream: DuplexStream) {
    for step in script {
        match step {
            Step::ReadRequest { body_bytes } => {
                let request = read_request(&mut stream, body_bytes).await;
                if request.is_empty() {
                    network.closes.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                network.requests.lock().unwrap().push(request);
            }
            Step::Write(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Step::Wait(time) => sleep(time).await,
            Step::Drip => {
                while stream.write_all(b"x").await.is_ok() {
                    sleep(Duration::from_secs(1)).await;
                }
                return;
            }
            Step::Flood(bytes) => while stream.write_all(&bytes).await.is_ok() {},
            Step::Hang => std::future::pending().await,
            Step::AwaitClose => {
                let _ = stream.read_to_end(&mut Vec::new()).await;
                network.closes.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

pub async fn read_request(stream: &mut (impl AsyncReadExt + Unpin), body_bytes: usize) -> String {
    let mut request = Vec::new();
    loop {
        let head_end = request.windows(4).position(|window| window == b"\r\n\r\n");
        if head_end.is_some_and(|end| request.len() >= end + 4 + body_bytes) {
            break;
        }
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(request).unwrap()
}

pub fn caller(origins: &[(&str, Reach)]) -> Caller {
    let origins = origins
        .iter()
        .map(|(origin, reach)| GrantedOrigin {
            origin: Origin::parse(origin).unwrap(),
            reach: *reach,
        })
        .collect();
    Caller {
        id: "tester".to_owned(),
        grant: Grant {
            origins,
            ..Grant::default()
        },
    }
}

pub fn get(url: &str) -> Request {
    Request::new(Method::Get, url)
}

pub fn post(url: &str, body: &'static str) -> Request {
    Request {
        body: Some(Bytes::from_static(body.as_bytes())),
        ..Request::new(Method::Post, url)
    }
}

/// Status and body, or the whole chain of messages and the outcome.
pub fn told(result: &Result<Answer, SendError>) -> String {
    match result {
        Ok(answer) => format!(
            "{} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        ),
        Err(error) => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            format!("{text} ({:?})", error.outcome())
        }
    }
}
