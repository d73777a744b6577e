//! The host as a peer of `bench/plugin-host`: a till over real SQLite in a temporary folder, a thread a plugin, every
//! message through the door and onto the timeline, as in `madang dev`.
//!
//! The command line and the one JSON object printed are the contract in `bench/README.md`. What a plugin does is seen where
//! the till's screen sees it, in the host's changes: a round trip ends when the `plugin.unicast.send` has been read,
//! checked and recorded. Nobody is called `bench` here, so that it is then refused.

use std::{
    collections::HashMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use jiff::Timestamp;
use madang_journal::{SqliteJournal, SqliteSettings};
use madang_model::{ItemId, OrderId, shop::Shop};
use madang_plugin_host::{
    Host, HostChange, HostSettings, PluginSpec, SealingKey,
    driver::Threads,
    timeline::{Direction, Kind},
};
use madang_plugin_protocol::{Envelope, event, wire};
use madang_till::{
    Actor, Command, OperationKey, Request, Till, TillSettings, World,
    terminal::{book::TerminalBook, simulated::SimulatedTerminal},
    world::{Clock, Spawn, simulation::SeededChance},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    runtime::{Handle, Runtime},
    sync::broadcast::Receiver,
};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let asked = Asked::from_command_line()?;
    let mut shop = Bench::open(fs::read_to_string(&asked.plugin)?)?;
    let values = match asked.measure.as_str() {
        "start" => start(&mut shop, asked.count)?,
        "memory" => memory(&mut shop, asked.count)?,
        "round-trip" => round_trip(&mut shop, &asked)?,
        "spinning" => spinning(&mut shop, &asked)?,
        other => return Err(format!("--measure {other} is not known").into()),
    };
    println!("{}", asked.result(values));
    // A plugin that spins has no end; the process has.
    std::process::exit(0)
}

struct Asked {
    measure: String,
    plugin: PathBuf,
    plugins: usize,
    in_flight: usize,
    count: usize,
}

impl Asked {
    fn from_command_line() -> Result<Self, Failure> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let given: HashMap<&str, &str> = words
            .chunks_exact(2)
            .map(|pair| (pair[0].as_str(), pair[1].as_str()))
            .collect();
        let text = |name| given.get(name).copied().ok_or(format!("{name} is missing"));
        let number = |name, default| given.get(name).map_or(Ok(default), |text| text.parse());
        Ok(Self {
            measure: text("--measure")?.to_owned(),
            plugin: text("--plugin")?.into(),
            plugins: number("--plugins", 1)?,
            in_flight: number("--in-flight", 1)?,
            count: number("--count", 1)?,
        })
    }

    fn result(&self, values: Value) -> Value {
        json!({
            "contract": 1,
            "peer": "madang",
            "version": env!("CARGO_PKG_VERSION"),
            "measure": self.measure,
            "plugin": self.plugin.file_name().and_then(|name| name.to_str()),
            "plugins": self.plugins,
            "in_flight": self.in_flight,
            "count": self.count,
            "values": values,
        })
    }
}

fn start(bench: &mut Bench, count: usize) -> Result<Value, Failure> {
    const WARM_UP: usize = 3;
    let mut times = Vec::new();
    for n in 0..WARM_UP + count {
        let begin = Instant::now();
        let plugin = bench.start()?;
        if n >= WARM_UP {
            times.push(begin.elapsed());
        }
        bench.host.stop(&plugin)?;
    }
    Ok(json!({ "start_us": summary(times) }))
}

fn memory(bench: &mut Bench, count: usize) -> Result<Value, Failure> {
    bench.start()?;
    let before = resident_bytes()?;
    bench.start_many(count)?;
    let after = resident_bytes()?;
    Ok(json!({
        "bytes_per_plugin": after.saturating_sub(before) / count,
        "bytes_before": before,
        "bytes_after": after,
    }))
}

fn round_trip(bench: &mut Bench, asked: &Asked) -> Result<Value, Failure> {
    let orders = bench.place_orders(asked.in_flight)?;
    let plugins = bench.start_many(asked.plugins)?;
    bench.round_trips(&plugins, &orders, (asked.plugins * 20).max(200))?;
    let begin = Instant::now();
    let times = bench.round_trips(&plugins, &orders, asked.count)?;
    let per_second = times.len() as f64 / begin.elapsed().as_secs_f64();
    Ok(json!({
        "round_trip_us": summary(times),
        "per_second": per_second.round(),
        "order_bytes": bench.order_bytes(&orders),
    }))
}

fn spinning(bench: &mut Bench, asked: &Asked) -> Result<Value, Failure> {
    let orders = bench.place_orders(1)?;
    let plugins = bench.start_many(asked.plugins)?;
    let (spinner, others) = plugins.split_first().ok_or("--plugins is at least 2")?;
    bench.round_trips(others, &orders, asked.plugins * 20)?;
    let without = bench.round_trips(others, &orders, asked.count)?;
    bench.host.send(spinner, &event::barcode("spin"))?;
    let with = bench.round_trips(others, &orders, asked.count)?;
    Ok(json!({ "without_us": summary(without), "with_us": summary(with) }))
}

/// A till with its host, and the source that every plugin runs.
struct Bench {
    till: Till,
    host: Host,
    changes: Receiver<HostChange>,
    runtime: Runtime,
    source: String,
    started: usize,
    _folder: TempDir,
}

impl Bench {
    fn open(source: String) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let folder = tempfile::tempdir()?;
        let world = World {
            clock: Arc::new(SystemClock),
            chance: Arc::new(SeededChance::new([7; 32])),
            tasks: Arc::new(Tasks(runtime.handle().clone())),
        };
        let journal = SqliteJournal::open(folder.path(), SqliteSettings::default())?;
        let book = TerminalBook::open(&folder.path().join("terminal.book"))?;
        let till = runtime.block_on(Till::open(
            Arc::new(Shop::from_toml(SHOP)?),
            Arc::new(journal),
            SimulatedTerminal::new(book, true, world.clone()),
            world,
            TillSettings::default(),
        ))?;
        let settings = HostSettings {
            rate_limits: false,
            ..HostSettings::default()
        };
        let driver = Arc::new(Threads::new()?);
        let host = Host::new(
            till.clone(),
            None,
            SealingKey::new([9; 32]),
            driver,
            settings,
        );
        Ok(Self {
            changes: host.subscribe(),
            till,
            host,
            runtime,
            source,
            started: 0,
            _folder: folder,
        })
    }

    /// Starts one more plugin and waits until it has asked who it is.
    fn start(&mut self) -> Result<String, Failure> {
        self.started += 1;
        let name = format!("bench-{}", self.started);
        let spec = PluginSpec::script(&name, &self.source);
        self.runtime.block_on(self.host.install(spec))?;
        self.hear(|entry| {
            (entry.name == "plugin.info.request" && *entry.plugin == *name).then_some(())
        })?;
        Ok(name)
    }

    fn start_many(&mut self, count: usize) -> Result<Vec<String>, Failure> {
        (0..count).map(|_| self.start()).collect()
    }

    /// Each lane has an order of its own and walks through the plugins in turn.
    fn round_trips(
        &mut self,
        plugins: &[String],
        orders: &[OrderId],
        count: usize,
    ) -> Result<Vec<Duration>, Failure> {
        let orders = &orders[..orders.len().min(count)];
        let lane_of: HashMap<String, usize> = orders
            .iter()
            .enumerate()
            .map(|(lane, order)| (order.to_string(), lane))
            .collect();
        let host = self.host.clone();
        let mut begun = 0;
        let mut begin_next = |lane: usize| -> Result<Instant, Failure> {
            let plugin = &plugins[begun % plugins.len()];
            begun += 1;
            let begin = Instant::now();
            host.send(plugin, &added(orders[lane]))?;
            Ok(begin)
        };
        let mut begins: Vec<Instant> = (0..orders.len())
            .map(&mut begin_next)
            .collect::<Result<_, _>>()?;
        let mut times = Vec::with_capacity(count);
        while times.len() < count {
            let lane = self.hear(|entry| {
                let told = (entry.name == "plugin.unicast.send").then_some(&entry.body)?;
                let message: Value = serde_json::from_str(told).ok()?;
                lane_of.get(message["data"]["message"].as_str()?).copied()
            })?;
            times.push(begins[lane].elapsed());
            if times.len() + orders.len() <= count {
                begins[lane] = begin_next(lane)?;
            }
        }
        Ok(times)
    }

    /// Waits for a message of a plugin.
    fn hear<T>(
        &mut self,
        wanted: impl Fn(&madang_plugin_host::timeline::Entry) -> Option<T>,
    ) -> Result<T, Failure> {
        loop {
            let HostChange::Entry(entry) = self.changes.blocking_recv()? else {
                continue;
            };
            if entry.kind == Kind::Error {
                return Err(entry.body.to_string().into());
            }
            if entry.direction == Direction::Out
                && let Some(heard) = wanted(&entry)
            {
                return Ok(heard);
            }
        }
    }

    fn place_orders(&self, count: usize) -> Result<Vec<OrderId>, Failure> {
        (0..count).map(|n| self.place_order(n)).collect()
    }

    /// Two cups with an option each.
    fn place_order(&self, n: usize) -> Result<OrderId, Failure> {
        let actor = Actor::Cashier("1".into());
        for item in [1, 2] {
            self.till.add_to_cart(&actor, ItemId(item), 1, None)?;
        }
        let placed = self.runtime.block_on(self.till.perform(Request {
            key: OperationKey::new(format!("order-{n}"))?,
            actor,
            command: Command::CheckOut {
                table: None,
                guests: None,
            },
        }))?;
        Ok(placed.order.ok_or("no order was placed")?.id)
    }

    fn order_bytes(&self, orders: &[OrderId]) -> Option<usize> {
        let order = self.till.order(*orders.first()?)?;
        Some(wire::order_json(&self.till.shop(), &order).len())
    }
}

fn added(order: OrderId) -> Envelope {
    event::order_change("add", order)
}

fn summary(times: Vec<Duration>) -> Value {
    let mut sorted: Vec<f64> = times
        .iter()
        .map(|time| time.as_nanos() as f64 / 1000.0)
        .collect();
    sorted.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = (part * sorted.len() as f64) as usize;
        sorted.get(place.min(sorted.len().saturating_sub(1)))
    };
    json!({ "p50": at(0.5), "p99": at(0.99), "min": at(0.0), "max": at(1.0), "count": sorted.len() })
}

/// What the process holds once it is quiet.
fn resident_bytes() -> Result<usize, Failure> {
    thread::sleep(Duration::from_millis(500));
    let status = fs::read_to_string(Path::new("/proc/self/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line
        .and_then(|rest| rest.split_whitespace().next())
        .ok_or("no VmRSS")?;
    Ok(kilobytes.parse::<usize>()? * 1024)
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let left = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
        Box::pin(tokio::time::sleep(left))
    }
}

struct Tasks(Handle);

impl Spawn for Tasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}

const SHOP: &str = r#"
key = "bench"
merchant_id = 1001
name = { ko = "성수 로스터리" }
business_number = "000-00-00000"
representative = "김마당"
address = "서울"
phone = "02-000-0000"
serial_number = "MD-0001"
business = "cafe"
categories = [{ id = 1, title = "커피" }]

[[items]]
id = 1
title = "아메리카노"
category = 1
price = { id = 11, title = "기본", amount = 5000 }
options = [1]

[[items]]
id = 2
title = "카페라떼"
category = 1
price = { id = 21, title = "기본", amount = 5500 }
options = [1]

[[options]]
id = 1
title = "샷"
choices_min = 1
choices_max = 1
defaults = [11]
choices = [{ id = 11, title = "샷 추가", amount = 500 }]
"#;
