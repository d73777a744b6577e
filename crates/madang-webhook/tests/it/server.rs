//! A server in memory whose health follows a plan, and what it saw.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use madang_outbound::{Connection, Dial, Resolve};
use madang_till::world::Chance;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::sleep,
};

use crate::afternoon::Clock;

/// How long a healthy answer takes.
const ANSWER_TIME: Duration = Duration::from_millis(40);

/// How a server is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Well,
    /// Nobody listens.
    Refuses,
    /// It takes requests and never answers.
    Hangs,
    /// It breaks connections off in place of an answer, and has not done what was asked.
    Breaks,
    /// It does what is asked, and the answer is lost.
    LosesAnswers,
    /// 503.
    Errs,
    /// 429, with a wish to be left alone for 20 seconds.
    IsBusy,
}

const BAD: [Health; 6] = [
    Health::Refuses,
    Health::Hangs,
    Health::Breaks,
    Health::LosesAnswers,
    Health::Errs,
    Health::IsBusy,
];

/// From which second on a server is how; each holds until the next.
pub type Plan = Vec<(u64, Health)>;

/// It dies after four minutes, flaps, and is well again before the twenty-second.
pub fn bad_plan(chance: &dyn Chance) -> Plan {
    let below = |bound: u64| chance.number() % bound;
    let bad = || BAD[usize::try_from(below(6)).expect("a small number")];
    let mut plan = vec![(0, Health::Well), (240, bad())];
    let flaps_from = 240 + 240 + below(240);
    let heals_at = flaps_from + 240 + below(240);
    let mut at = flaps_from;
    while at < heals_at {
        plan.push((at, Health::Well));
        at += 5 + below(55);
        plan.push((at, bad()));
        at += 5 + below(55);
    }
    plan.push((at, Health::Well));
    plan
}

/// One request that was read.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: String,
    /// Whether the server did what was asked, however its answer fared.
    pub is_done: bool,
}

pub struct Server {
    pub address: IpAddr,
    plan: Plan,
    clock: Arc<Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    /// When somebody came, be it that nobody listened.
    attempts: Vec<Duration>,
}

impl Server {
    pub fn new(address: &str, plan: Plan, clock: Arc<Clock>) -> Arc<Self> {
        Arc::new(Self {
            address: address.parse().expect("an address"),
            plan,
            clock,
            state: Mutex::default(),
        })
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// How often it was asked between two moments of the afternoon.
    pub fn attempts(&self, from: Duration, to: Duration) -> usize {
        let state = self.state();
        let attempts = state.attempts.iter();
        attempts.filter(|at| (from..to).contains(*at)).count()
    }

    fn health(&self) -> Health {
        let now = self.clock.elapsed().as_secs();
        let begun = self.plan.iter().rev().find(|(from, _)| *from <= now);
        begun.map_or(Health::Well, |(_, health)| *health)
    }

    fn count(&self) {
        let now = self.clock.elapsed();
        self.state().attempts.push(now);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while it is held")
    }

    async fn serve(self: Arc<Self>, mut stream: DuplexStream) {
        while let Some((head, body)) = request(&mut stream).await {
            self.count();
            let health = self.health();
            let is_done = matches!(health, Health::Well | Health::LosesAnswers);
            let seen = Seen {
                head,
                body,
                is_done,
            };
            self.state().seen.push(seen);
            let answer = match health {
                Health::Well => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
                Health::Errs => "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
                Health::IsBusy => {
                    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 20\r\ncontent-length: 0\r\n\r\n"
                }
                Health::Hangs => std::future::pending().await,
                Health::Refuses | Health::Breaks | Health::LosesAnswers => return,
            };
            sleep(ANSWER_TIME).await;
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

async fn request(stream: &mut DuplexStream) -> Option<(String, String)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = header(&head, "content-length")
                .map_or(0, |length| length.parse().expect("a number"));
            while read.len() < end + 4 + length {
                more(stream, &mut read).await?;
            }
            let body = String::from_utf8_lossy(&read[end + 4..]).into_owned();
            return Some((head, body));
        }
        more(stream, &mut read).await?;
    }
}

async fn more(stream: &mut DuplexStream, read: &mut Vec<u8>) -> Option<()> {
    let count = stream.read_buf(read).await.ok()?;
    (count > 0).then_some(())
}

/// The value of a header.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The network: servers by their addresses.
pub struct Servers(pub Vec<Arc<Server>>);

#[async_trait]
impl Dial for Servers {
    async fn dial(&self, address: SocketAddr) -> io::Result<Box<dyn Connection>> {
        let server = self.0.iter().find(|one| one.address == address.ip());
        let server = server.ok_or(io::ErrorKind::HostUnreachable)?;
        if server.health() == Health::Refuses {
            server.count();
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (ours, theirs) = duplex(64 * 1024);
        tokio::spawn(server.clone().serve(theirs));
        Ok(Box::new(ours))
    }
}

#[async_trait]
impl Resolve for Servers {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Err(io::ErrorKind::NotFound.into())
    }
}
