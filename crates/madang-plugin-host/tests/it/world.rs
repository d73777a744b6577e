//! The same till and host under both drivers: one loop in virtual time, and threads in real time.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use madang_journal::{Journal, SqliteJournal, SqliteSettings};
use madang_model::shop::Shop;
use madang_model::{ItemId, OrderId, PaymentId};
use madang_outbound::{GatewayLimits, Network, Outbound, WallClock};
use madang_plugin_host::driver::{Driver, OneLoop, Threads};
use madang_plugin_host::timeline::{Direction, Entry, Query};
use madang_plugin_host::{Host, HostSettings, PluginSpec, PluginState, SealingKey};
use madang_till::terminal::book::TerminalBook;
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use madang_till::world::simulation::{SeededChance, Simulation};
use madang_till::world::{Clock, Spawn};
use madang_till::{
    Actor, Answer, Command, Done, OperationKey, Request, Till, TillError, TillSettings,
};
use tempfile::TempDir;

const CAFE: &str = r#"
key = "cafe"
merchant_id = 1001
name = { ko = "성수 로스터리", en = "Seongsu Roastery" }
business_number = "000-00-00000"
representative = "김마당"
address = "서울"
phone = "02-000-0000"
serial_number = "MD-0001"
business = "cafe"
categories = [{ id = 1, title = "커피" }]

[[items]]
id = 11
title = "아메리카노"
category = 1
price = { id = 111, title = "기본", amount = { minor_units = 4500, currency = "KRW" }, barcode = "8801234567893" }
"#;

/// Which driver runs the plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    OneLoop,
    Threads,
}

pub const BOTH: [Kind; 2] = [Kind::OneLoop, Kind::Threads];

pub struct World {
    pub till: Till,
    pub host: Host,
    pub terminal: Arc<SimulatedTerminal>,
    time: Time,
    folder: TempDir,
    kind: Kind,
    keys: u64,
    way_out: Option<Arc<tokio::runtime::Runtime>>,
    pub outbound: Option<Outbound>,
}

enum Time {
    Virtual(Box<Simulation>),
    Real(tokio::runtime::Runtime),
}

impl World {
    pub fn new(kind: Kind) -> Self {
        Self::open(kind, tempfile::tempdir().expect("a folder"), 0, None)
    }

    /// The same with a way out, on a runtime of its own.
    pub fn with_network(kind: Kind) -> Self {
        let way_out = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        Self::open(kind, folder, 0, Some(Arc::new(way_out)))
    }

    /// The process ends and starts again on the same files.
    pub fn restart(self) -> Self {
        let Self {
            till,
            host,
            terminal,
            time,
            folder,
            kind,
            keys,
            way_out,
            outbound,
        } = self;
        host.shut_down();
        drop((host, till, terminal, time, outbound));
        Self::open(kind, folder, keys + 1, way_out)
    }

    fn open(
        kind: Kind,
        folder: TempDir,
        keys: u64,
        way_out: Option<Arc<tokio::runtime::Runtime>>,
    ) -> Self {
        let outbound = way_out.as_ref().map(|runtime| gateway(runtime));
        let start: Timestamp = "2026-11-22T03:00:00Z".parse().expect("a moment");
        let seed = [u8::try_from(keys % 251).expect("below 251"); 32];
        let journal = open_journal(&folder.path().join("journal"));
        let (mut time, world, driver): (Time, madang_till::World, Arc<dyn Driver>) = match kind {
            Kind::OneLoop => {
                let mut simulation = Simulation::new(start, seed);
                simulation.hold_time_for_journal(journal.clone());
                if let Some(outbound) = outbound.clone() {
                    simulation.hold_time_for(move || outbound.wait_until_answered());
                }
                let driver = Arc::new(OneLoop::new(&simulation.local_tasks()));
                let world = simulation.world();
                (Time::Virtual(Box::new(simulation)), world, driver)
            }
            Kind::Threads => {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()
                    .expect("a runtime");
                let world = madang_till::World {
                    clock: Arc::new(RealClock {
                        start,
                        began: Instant::now(),
                    }),
                    chance: Arc::new(SeededChance::new(seed)),
                    tasks: Arc::new(RealTasks(runtime.handle().clone())),
                };
                (
                    Time::Real(runtime),
                    world,
                    Arc::new(Threads::new().expect("a watchdog")),
                )
            }
        };
        let shop = Arc::new(Shop::from_toml(CAFE).expect("the café"));
        let book = TerminalBook::open(&folder.path().join("terminal.book")).expect("a book");
        let terminal = SimulatedTerminal::new(book, true, world.clone());
        let opening = Till::open(
            shop,
            journal,
            terminal.clone(),
            world,
            TillSettings::default(),
        );
        let till = time.run(opening).expect("a till");
        let host = Host::new(
            till.clone(),
            outbound.clone(),
            SealingKey::new([9; 32]),
            driver,
            HostSettings::default(),
        );
        Self {
            till,
            host,
            terminal,
            time,
            folder,
            kind,
            keys,
            way_out,
            outbound,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn install(&mut self, spec: PluginSpec) {
        let host = self.host.clone();
        self.time
            .run(async move { host.install(spec).await })
            .expect("installed");
    }

    pub fn script(&mut self, name: &str, source: &str) {
        self.install(PluginSpec::script(name, source));
        self.until(&format!("{name} runs"), |world| {
            world.state(name) == PluginState::Running
        });
    }

    /// Waits until `holds`: virtual time moves on in small steps; real time is only an upper bound for a hang.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        for _ in 0..20_000 {
            if holds(self) {
                return;
            }
            match &mut self.time {
                Time::Virtual(simulation) => {
                    simulation.advance(SignedDuration::from_millis(10));
                    // What a server says of its own accord comes in real time.
                    if self.way_out.is_some() {
                        std::thread::park_timeout(Duration::from_millis(1));
                    }
                }
                Time::Real(_) => std::thread::park_timeout(Duration::from_millis(1)),
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{what}: not within a minute; timeline: {:#?}",
                self.names(None)
            );
        }
        panic!(
            "{what}: not within a long time; timeline: {:#?}",
            self.names(None)
        );
    }

    pub fn perform(&mut self, command: Command) -> Result<Done, TillError> {
        self.keys += 1;
        let key = OperationKey::new(format!("key-{}", self.keys)).expect("a key");
        let till = self.till.clone();
        self.time.run(async move {
            till.perform(Request {
                key,
                actor: Actor::Cashier("1".into()),
                command,
            })
            .await
        })
    }

    /// A whole sale by card; its order and payment.
    pub fn sell(&mut self) -> (OrderId, PaymentId) {
        self.till
            .add_to_cart(&Actor::Cashier("1".into()), ItemId(11), 1, None)
            .expect("a tap");
        let order = self
            .perform(Command::CheckOut {
                table: None,
                guests: None,
            })
            .expect("checked out")
            .order
            .expect("an order")
            .id;
        self.terminal.choose(Some(ChosenOutcome::Approved), false);
        match self
            .perform(Command::PayCard {
                order,
                amount: None,
            })
            .expect("paid")
            .answer
        {
            Answer::Payment { payment, .. } => (order, payment),
            other => panic!("{other:?}"),
        }
    }

    pub fn state(&self, name: &str) -> PluginState {
        self.host
            .plugins()
            .into_iter()
            .find(|plugin| plugin.name == name)
            .map_or(PluginState::Stopped, |plugin| plugin.state)
    }

    /// Whether the journal has it that a plugin dealt with every event there is.
    pub fn acknowledged(&self, plugin: &str) -> bool {
        let (journal, shop) = (self.till.journal(), self.till.shop_id());
        let name = format!("plugin/{plugin}");
        let read = futures::executor::block_on(async {
            (journal.cursor(shop, &name).await, journal.head(shop).await)
        });
        matches!(read, (Ok(Some(cursor)), Ok(head)) if cursor == head)
    }

    pub fn entries(&self, plugin: &str) -> Vec<Arc<Entry>> {
        self.host.timeline(&Query {
            plugin: Some(plugin.into()),
            limit: usize::MAX,
            ..Query::default()
        })
    }

    /// The lines of a plugin's console, oldest first.
    pub fn console(&self, plugin: &str) -> Vec<String> {
        let is_console =
            |entry: &&Arc<Entry>| entry.kind == madang_plugin_host::timeline::Kind::Console;
        self.entries(plugin)
            .iter()
            .filter(is_console)
            .map(|entry| entry.body.to_string())
            .collect()
    }

    /// Bodies of messages of a name, oldest first.
    pub fn messages(
        &self,
        plugin: &str,
        direction: Direction,
        name: &str,
    ) -> Vec<serde_json::Value> {
        let wanted = |entry: &&Arc<Entry>| entry.direction == direction && entry.name == name;
        self.entries(plugin)
            .iter()
            .filter(wanted)
            .map(|entry| serde_json::from_str(&entry.body).expect("JSON"))
            .collect()
    }

    fn names(&self, plugin: Option<&str>) -> Vec<String> {
        let query = Query {
            plugin: plugin.map(str::to_owned),
            limit: 200,
            ..Query::default()
        };
        self.host
            .timeline(&query)
            .iter()
            .map(|entry| {
                format!(
                    "{} {:?} {} {}",
                    entry.plugin, entry.direction, entry.name, entry.body
                )
            })
            .collect()
    }
}

impl Time {
    fn run<T: Send + 'static>(&mut self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self {
            Self::Virtual(simulation) => simulation.run(work).expect("not stuck"),
            Self::Real(runtime) => runtime.block_on(work),
        }
    }
}

fn gateway(runtime: &tokio::runtime::Runtime) -> Outbound {
    struct Now;
    impl WallClock for Now {
        fn now(&self) -> std::time::SystemTime {
            std::time::SystemTime::UNIX_EPOCH
        }
    }
    let chance = Arc::new(madang_outbound::SeededChance::from_seed([1; 32]));
    let network = Network::system(chance, Arc::new(Now));
    Outbound::new(runtime.handle().clone(), network, GatewayLimits::default())
}

/// Opens the journal; threads of the process before may still be letting go of it.
fn open_journal(folder: &Path) -> Arc<dyn Journal> {
    for _ in 0..10_000 {
        match SqliteJournal::open(folder, SqliteSettings::default()) {
            Ok(journal) => return Arc::new(journal),
            Err(madang_journal::OpenError::InUse { .. }) => {
                std::thread::park_timeout(Duration::from_millis(1))
            }
            Err(error) => panic!("a journal: {error:?}"),
        }
    }
    panic!("the journal is not let go of");
}

struct RealClock {
    start: Timestamp,
    began: Instant,
}

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.began.elapsed().as_micros()).expect("a short test");
        self.start
            .checked_add(SignedDuration::from_micros(since))
            .expect("in range")
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let left = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
        Box::pin(tokio::time::sleep(left))
    }
}

struct RealTasks(tokio::runtime::Handle);

impl Spawn for RealTasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}
