//! A shop for one afternoon in virtual time: a till that sells, whoever calls an upstream meanwhile, webhooks, and kills.
//!
//! Everything runs on one thread under tokio's paused clock: it moves only when nobody can go on, and the journal answers at once, so
//! time passes for the network, for pauses and for nothing else.

use std::{
    path::Path,
    rc::Rc,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use madang_journal::{Journal, Micros, OpenError, SqliteJournal, SqliteSettings};
use madang_model::{ItemId, money::won, shop::Shop};
use madang_outbound::{
    Caller, GatewayLimits, Grant, GrantedOrigin, Network, Origin, Outbound, Reach, Roots, Route,
    WallClock,
};
use madang_outbox::{Destination, Outbox, Settings, Surroundings};
use madang_plugin_host::driver::{OneLoop, Turns};
use madang_plugin_host::{Host, HostSettings, PluginSpec, SealingKey};
use madang_plugin_package::{Network as GrantedNetwork, OriginGrant, OriginTarget};
use madang_till::terminal::book::TerminalBook;
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use madang_till::world::simulation::SeededChance;
use madang_till::world::{Chance, Spawn};
use madang_till::{Actor, Command, NobodyAsked, OperationKey, Request, Till, TillSettings, World};
use madang_webhook::{Poster, Secret, Webhook, Webhooks};
use tempfile::TempDir;
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::{
    at_once::{AtOnce, Ledger},
    server::{Plan, Server, Servers},
};

/// What webhooks are signed with.
pub const SECRET: &str = "a secret of this afternoon";
/// Where the upstream of plugins is, and where the receiver of webhooks.
const UPSTREAM: &str = "192.168.0.10";
const RECEIVER: &str = "192.168.0.20";
/// Callers of the upstream.
pub const CALLERS: usize = 5;
/// How often each of them calls.
pub const CALL_EVERY: Duration = Duration::from_secs(20);
/// How long a killed till is away.
const AWAY: Duration = Duration::from_secs(3);

/// Who calls the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Plugins in their sandboxes, by `fetch` and by `http.request`.
    Plugins,
    /// Callers of the gateway that try again as its routes do unless told otherwise.
    Retrying,
}

/// The time of the afternoon, through every life of the till.
pub struct Clock {
    start: Timestamp,
    /// When this life began in the afternoon, and by tokio's clock.
    life: Mutex<(Duration, Option<Instant>)>,
}

impl Clock {
    /// Since the afternoon began.
    pub fn elapsed(&self) -> Duration {
        let (before, began) = *self.life.lock().expect("no panic");
        before + began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.elapsed()).expect("an afternoon");
        self.start.checked_add(elapsed).expect("in range")
    }

    fn sleep(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let left = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
        Box::pin(tokio::time::sleep(left))
    }

    fn begin_life(&self) {
        self.life.lock().expect("no panic").1 = Some(Instant::now());
    }

    fn end_life(&self) {
        let elapsed = self.elapsed();
        *self.life.lock().expect("no panic") = (elapsed + AWAY, None);
    }
}

impl madang_till::world::Clock for Clock {
    fn now(&self) -> Timestamp {
        self.now()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        self.sleep(at)
    }
}

impl WallClock for Clock {
    fn now(&self) -> SystemTime {
        self.now().into()
    }
}

struct OutboxTime(Arc<Clock>, Arc<SeededChance>);

impl madang_outbox::Clock for OutboxTime {
    fn now(&self) -> Micros {
        Micros::new(self.0.now().as_microsecond())
    }

    fn sleep_until(&self, at: Micros) -> BoxFuture<'static, ()> {
        let at = Timestamp::from_microsecond(at.get()).expect("a near moment");
        self.0.sleep(at)
    }
}

impl madang_outbox::Chance for OutboxTime {
    fn number(&self) -> u64 {
        self.1.number()
    }
}

struct Tasks;

impl Spawn for Tasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }
}

/// One afternoon.
pub struct Afternoon {
    pub upstream: Arc<Server>,
    pub receiver: Arc<Server>,
    /// What the outbox was given.
    pub ledger: Ledger,
    /// What callers called, by when.
    pub calls: Arc<Mutex<Vec<Duration>>>,
    clock: Arc<Clock>,
    chance: Arc<SeededChance>,
    folder: TempDir,
    callers: Callers,
}

/// What runs in one life of the till.
struct Life {
    till: Till,
    host: Host,
    terminal: Arc<SimulatedTerminal>,
    outbox: Outbox,
    journal: Arc<AtOnce>,
    outbound: Outbound,
}

impl Afternoon {
    pub fn new(
        chance: Arc<SeededChance>,
        callers: Callers,
        upstream: Plan,
        receiver: Plan,
    ) -> Self {
        let clock = Arc::new(Clock {
            start: "2026-11-22T04:00:00Z".parse().expect("a moment"),
            life: Mutex::default(),
        });
        // Simulated disks are in memory where the system has such a place: what is tested here is not the disk.
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        Self {
            upstream: Server::new(UPSTREAM, upstream, clock.clone()),
            receiver: Server::new(RECEIVER, receiver, clock.clone()),
            ledger: Ledger::default(),
            calls: Arc::default(),
            clock,
            chance,
            folder: folder.expect("a folder"),
            callers,
        }
    }

    /// Sells until a moment of the afternoon, then the process is killed.
    pub fn sell_until(&self, end: Duration) {
        self.live(|life, clock| async move {
            life.call_upstream(self.callers, clock, &self.calls).await;
            while clock.elapsed() < end {
                let pause = Duration::from_secs(20 + self.chance.number() % 80);
                let next = (clock.elapsed() + pause).min(end);
                tokio::time::sleep(next - clock.elapsed()).await;
                if next < end {
                    life.sell(self.chance.number()).await;
                }
            }
        });
    }

    /// The same, killed within the moment after a sale: its messages are written and on their way.
    pub fn sell_and_die(&self, after: Duration) {
        self.live(|life, _| async move {
            life.sell(self.chance.number()).await;
            tokio::time::sleep(after).await;
        });
    }

    /// Lets the outbox be sent until it is empty; says how long that took.
    pub fn send_the_rest(&self) -> Duration {
        let began = self.clock.elapsed();
        self.live(|life, clock| async move {
            loop {
                let status = life.outbox.status(1).await.expect("readable");
                assert_eq!(status.aside, [], "nothing is given up");
                if status.waiting.is_empty() {
                    return;
                }
                let waited = clock.elapsed() - began;
                assert!(
                    waited < Duration::from_secs(6 * 3600),
                    "{:?}",
                    status.waiting
                );
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
        });
        self.clock.elapsed() - began
    }

    /// One life of the process: it opens its folder, does `work`, and is gone in the middle of whatever else it does.
    fn live<'a, W: Future<Output = ()> + 'a>(
        &'a self,
        work: impl FnOnce(Rc<Life>, &'a Arc<Clock>) -> W,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let local = LocalSet::new();
        let life = local.block_on(&runtime, async {
            self.clock.begin_life();
            let life = Rc::new(self.open().await);
            work(life.clone(), &self.clock).await;
            // Here, since only the runtime knows its time.
            self.clock.end_life();
            life
        });
        life.journal.die();
        drop(local);
        drop(runtime);
        // Till and host hold each other, and with each other the folder.
        life.till.set_asks(Arc::new(NobodyAsked));
        life.host.shut_down();
    }

    async fn open(&self) -> Life {
        let journal = Arc::new(AtOnce::new(
            open_journal(&self.folder.path().join("journal")),
            self.ledger.clone(),
        ));
        let world = World {
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            tasks: Arc::new(Tasks),
        };
        let outbound = self.gateway();
        let hook = Webhook::parse(&format!("http://{RECEIVER}/hooks/s3cret")).expect("an address");
        let book = TerminalBook::open(&self.folder.path().join("book")).expect("a book");
        let terminal = SimulatedTerminal::new(book, true, world.clone());
        let shop = include_str!("../../../madang-till/tests/shop.toml");
        let settings = TillSettings {
            messages: Arc::new(Webhooks::new(vec![hook.clone()])),
            ..TillSettings::default()
        };
        let till = Till::open(
            Arc::new(Shop::from_toml(shop).expect("the café")),
            journal.clone(),
            terminal.clone(),
            world,
            settings,
        );
        let till = till.await.expect("a till");
        let outbox = self.outbox(&till, journal.clone(), &outbound, hook);
        let sent = outbox.clone();
        tokio::spawn(async move { sent.send().await });
        let spawn = |task| drop(tokio::task::spawn_local(task));
        let host = Host::new(
            till.clone(),
            Some(outbound.clone()),
            SealingKey::new([9; 32]),
            Arc::new(OneLoop::among(spawn, Turns::default())),
            HostSettings::default(),
        );
        Life {
            till,
            host,
            terminal,
            outbox,
            journal,
            outbound,
        }
    }

    fn gateway(&self) -> Outbound {
        let servers = || Arc::new(Servers(vec![self.upstream.clone(), self.receiver.clone()]));
        let mut seed = [0; 32];
        self.chance.fill(&mut seed);
        let network = Network {
            resolve: servers(),
            dial: servers(),
            roots: Roots::Only(Vec::new()),
            chance: Arc::new(madang_outbound::SeededChance::from_seed(seed)),
            wall_clock: self.clock.clone(),
        };
        Outbound::new(
            tokio::runtime::Handle::current(),
            network,
            GatewayLimits::default(),
        )
    }

    fn outbox(
        &self,
        till: &Till,
        journal: Arc<dyn Journal>,
        outbound: &Outbound,
        hook: Webhook,
    ) -> Outbox {
        let time = Arc::new(OutboxTime(self.clock.clone(), self.chance.clone()));
        let surroundings = Surroundings {
            clock: time.clone(),
            chance: time,
        };
        let name = hook.destination().to_owned();
        let secret = Secret::new(SECRET).expect("long enough");
        let way = Poster::new(outbound, hook, secret, surroundings.clone()).expect("a way");
        let destination = Destination {
            name,
            way: Arc::new(way),
        };
        Outbox::new(
            journal,
            till.shop_id().clone(),
            surroundings,
            vec![destination],
            Settings::default(),
        )
    }
}

impl Life {
    /// A whole sale, by cash or by card. No time passes for it, whatever the outside does.
    async fn sell(&self, number: u64) {
        let began = Instant::now();
        let cashier = Actor::Cashier("1".into());
        let item = ItemId(if number.is_multiple_of(2) { 11 } else { 13 });
        self.till
            .add_to_cart(&cashier, item, 1 + number % 3, None)
            .expect("a tap");
        let check_out = Command::CheckOut {
            table: None,
            guests: None,
        };
        let order = self.perform(check_out, number).await;
        if number.is_multiple_of(5) {
            self.perform(Command::CancelOrder { order }, number + 1)
                .await;
        } else if number.is_multiple_of(3) {
            let received = won(100_000).expect("an amount");
            self.perform(Command::PayCash { order, received }, number + 1)
                .await;
        } else {
            self.terminal.choose(Some(ChosenOutcome::Approved), false);
            let amount = None;
            self.perform(Command::PayCard { order, amount }, number + 1)
                .await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO, "a sale waited");
    }

    async fn perform(&self, command: Command, number: u64) -> madang_model::OrderId {
        let request = Request {
            key: OperationKey::new(format!("key-{number}")).expect("a key"),
            actor: Actor::Cashier("1".into()),
            command,
        };
        let done = self.till.perform(request).await.expect("it is sold");
        done.order.expect("a sale has an order").id
    }

    async fn call_upstream(
        &self,
        callers: Callers,
        clock: &Arc<Clock>,
        calls: &Arc<Mutex<Vec<Duration>>>,
    ) {
        for number in 0..CALLERS {
            if callers == Callers::Plugins {
                self.host.install(plugin(number)).await.expect("installed");
            }
            tokio::spawn(call(
                (callers == Callers::Retrying).then(|| self.outbound.clone()),
                number,
                clock.clone(),
                calls.clone(),
            ));
        }
    }
}

/// Notes when a caller calls, and makes its call where no plugin does.
async fn call(
    outbound: Option<Outbound>,
    number: usize,
    clock: Arc<Clock>,
    calls: Arc<Mutex<Vec<Duration>>>,
) {
    let origin = Origin::parse(&format!("http://{UPSTREAM}")).expect("an origin");
    let caller = Caller {
        id: format!("import:{number}"),
        grant: Grant {
            origins: vec![GrantedOrigin {
                origin,
                reach: Reach::Lan,
            }],
            ..Grant::default()
        },
    };
    let client = outbound.map(|outbound| outbound.client(caller, Route::default()));
    let client = client.transpose().expect("a route");
    loop {
        tokio::time::sleep(CALL_EVERY).await;
        calls.lock().expect("no panic").push(clock.elapsed());
        if let Some(client) = &client {
            let asking = client.get(format!("http://{UPSTREAM}/menu")).answer();
            tokio::spawn(asking);
        }
    }
}

fn plugin(number: usize) -> PluginSpec {
    let every = CALL_EVERY.as_millis();
    let source = match number % 2 {
        0 => format!(
            "setInterval(() => {{ fetch('http://{UPSTREAM}/menu').then((answer) => answer.text()).catch(() => {{}}) }}, {every})"
        ),
        _ => format!(
            "let n = 0; self.onmessage = () => {{}}; setInterval(() => postMessage({{ name: 'http.request', version: 1, callbackId: 'c' + n++, data: {{ url: 'http://{UPSTREAM}/menu', method: 'GET', headers: [] }} }}), {every})"
        ),
    };
    let mut spec = PluginSpec::script(&format!("plugin-{number}"), &source);
    spec.grants.origins = vec![OriginGrant {
        origin: OriginTarget::Exact(format!("http://{UPSTREAM}")),
        network: GrantedNetwork::Lan,
        reason: "a test".into(),
    }];
    spec
}

/// Opens the journal; the writer of the life before may still be letting go of it.
fn open_journal(folder: &Path) -> SqliteJournal {
    for _ in 0..10_000 {
        match SqliteJournal::open(folder, SqliteSettings::default()) {
            Ok(journal) => return journal,
            Err(OpenError::InUse { .. }) => std::thread::park_timeout(Duration::from_millis(1)),
            Err(error) => panic!("a journal: {error:?}"),
        }
    }
    panic!("the journal is not let go of");
}
