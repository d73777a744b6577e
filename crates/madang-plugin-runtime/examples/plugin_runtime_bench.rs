//! The runtime as a peer of `bench/plugin-host`: a thread a plugin, reads answered on the plugin's own thread. There is no
//! till, no journal and no record of messages here, so its figures are a lower bound of the host's.
//!
//! The command line and the one JSON object printed are the contract in `bench/README.md`.

use std::{
    collections::{HashMap, VecDeque},
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use jiff::tz::TimeZone;
use madang_plugin_runtime::{Environment, Input, Limits, Output, Program, Stepped, Worker};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::from_command_line()?;
    let mut host = Host::new(fs::read_to_string(&asked.plugin)?);
    let values = match asked.measure.as_str() {
        "start" => start(&mut host, asked.count)?,
        "memory" => memory(&mut host, asked.count)?,
        "round-trip" => round_trip(&mut host, &asked)?,
        "spinning" => spinning(&mut host, &asked)?,
        other => return Err(format!("--measure {other} is not known").into()),
    };
    println!("{}", asked.result(values));
    Ok(())
}

struct Asked {
    measure: String,
    plugin: PathBuf,
    plugins: usize,
    in_flight: usize,
    count: usize,
}

impl Asked {
    fn from_command_line() -> Result<Self, Box<dyn Error>> {
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
            "version": concat!("runtime ", env!("CARGO_PKG_VERSION")),
            "measure": self.measure,
            "plugin": self.plugin.file_name().and_then(|name| name.to_str()),
            "plugins": self.plugins,
            "in_flight": self.in_flight,
            "count": self.count,
            "values": values,
        })
    }
}

fn start(host: &mut Host, count: usize) -> Result<Value, Box<dyn Error>> {
    const WARM_UP: usize = 3;
    let mut times = Vec::new();
    for n in 0..WARM_UP + count {
        let begin = Instant::now();
        let plugin = host.start()?;
        if n >= WARM_UP {
            times.push(begin.elapsed());
        }
        plugin.stop();
    }
    Ok(json!({ "start_us": summary(times) }))
}

fn memory(host: &mut Host, count: usize) -> Result<Value, Box<dyn Error>> {
    let _first = host.start()?;
    let before = resident_bytes()?;
    let _plugins = host.start_many(count)?;
    let after = resident_bytes()?;
    Ok(json!({
        "bytes_per_plugin": after.saturating_sub(before) / count,
        "bytes_before": before,
        "bytes_after": after,
    }))
}

fn round_trip(host: &mut Host, asked: &Asked) -> Result<Value, Box<dyn Error>> {
    let plugins = host.start_many(asked.plugins)?;
    host.round_trips(&plugins, asked.in_flight, (asked.plugins * 20).max(200))?;
    let begin = Instant::now();
    let times = host.round_trips(&plugins, asked.in_flight, asked.count)?;
    let per_second = times.len() as f64 / begin.elapsed().as_secs_f64();
    Ok(json!({ "round_trip_us": summary(times), "per_second": per_second.round() }))
}

fn spinning(host: &mut Host, asked: &Asked) -> Result<Value, Box<dyn Error>> {
    let plugins = host.start_many(asked.plugins)?;
    let (spinner, others) = plugins.split_first().ok_or("--plugins is at least 2")?;
    host.round_trips(others, 1, asked.plugins * 20)?;
    let without = host.round_trips(others, 1, asked.count)?;
    spinner.post(json!({ "name": "barcode.event", "version": 1, "data": { "barcode": "spin" } }));
    let with = host.round_trips(others, 1, asked.count)?;
    Ok(json!({ "without_us": summary(without), "with_us": summary(with) }))
}

struct Host {
    program: Arc<Program>,
    orders: Arc<HashMap<String, String>>,
    told: Sender<Told>,
    heard: Receiver<Told>,
    started: u8,
}

/// What a plugin's thread tells the host's.
enum Told {
    Started,
    Order(String),
    Failed(String),
}

struct Plugin {
    inbox: Sender<Post>,
    thread: JoinHandle<()>,
}

enum Post {
    Message(String),
    Stop,
}

impl Host {
    fn new(source: String) -> Self {
        const ORDERS: usize = 1000;
        let (told, heard) = channel();
        Self {
            program: Arc::new(Program::script("bench", "main.js", source)),
            orders: Arc::new(
                (0..ORDERS)
                    .map(|n| (order_id(n), order(n).to_string()))
                    .collect(),
            ),
            told,
            heard,
            started: 0,
        }
    }

    fn start(&mut self) -> Result<Plugin, Box<dyn Error>> {
        let (inbox, letters) = channel();
        let desk = Desk {
            orders: Arc::clone(&self.orders),
            told: self.told.clone(),
            timeline: VecDeque::new(),
        };
        let program = Arc::clone(&self.program);
        self.started = self.started.wrapping_add(1);
        let seed = [self.started; 32];
        let thread = thread::Builder::new()
            .stack_size(Limits::default().thread_stack_bytes_min())
            .spawn(move || run(&program, seed, desk, &letters))?;
        loop {
            match self.heard.recv()? {
                Told::Started => return Ok(Plugin { inbox, thread }),
                Told::Order(_) => {}
                Told::Failed(why) => return Err(why.into()),
            }
        }
    }

    fn start_many(&mut self, count: usize) -> Result<Vec<Plugin>, Box<dyn Error>> {
        (0..count).map(|_| self.start()).collect()
    }

    /// Each lane has an order of its own and walks through the plugins in turn.
    fn round_trips(
        &self,
        plugins: &[Plugin],
        lanes: usize,
        count: usize,
    ) -> Result<Vec<Duration>, Box<dyn Error>> {
        let mut begun = 0;
        let mut begin_next = |lane: usize| {
            let plugin = &plugins[begun % plugins.len()];
            begun += 1;
            let begin = Instant::now();
            plugin.post(json!({
                "name": "order.change.event",
                "version": 1,
                "data": { "event": "add", "order": { "id": order_id(lane) } },
            }));
            begin
        };
        let lanes = lanes.min(count);
        let mut begins: Vec<Instant> = (0..lanes).map(&mut begin_next).collect();
        let lane_of: HashMap<String, usize> =
            (0..lanes).map(|lane| (order_id(lane), lane)).collect();
        let mut times = Vec::with_capacity(count);
        while times.len() < count {
            let order = match self.heard.recv()? {
                Told::Order(order) => order,
                Told::Started | Told::Failed(_) => continue,
            };
            let lane = *lane_of
                .get(&order)
                .ok_or("a plugin told of an order nobody asked about")?;
            times.push(begins[lane].elapsed());
            if times.len() + lanes <= count {
                begins[lane] = begin_next(lane);
            }
        }
        Ok(times)
    }
}

impl Plugin {
    fn post(&self, message: Value) {
        // A plugin that was stopped hears nothing more.
        let _ = self.inbox.send(Post::Message(message.to_string()));
    }

    fn stop(self) {
        let _ = self.inbox.send(Post::Stop);
        let _ = self.thread.join();
    }
}

/// A plugin's thread: one worker, stepped whenever there is a message or a timer is due.
fn run(program: &Program, seed: [u8; 32], mut desk: Desk, inbox: &Receiver<Post>) {
    let time_zone = TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC);
    let environment = Environment {
        now: now(),
        time_zone,
        seed,
    };
    let (mut worker, mut stepped) = match Worker::start(program, Limits::default(), environment) {
        Ok(started) => started,
        Err(stopped) => return desk.tell(Told::Failed(stopped.to_string())),
    };
    loop {
        if let Some(stopped) = &stepped.stopped {
            return desk.tell(Told::Failed(stopped.to_string()));
        }
        let wake_at = stepped.wake_at;
        let answers = desk.answer_all(stepped);
        stepped = if !answers.is_empty() {
            worker.step(now(), answers)
        } else {
            match next(inbox, wake_at) {
                Ok(Post::Message(text)) => worker.step(now(), vec![Input::Message(text)]),
                Err(RecvTimeoutError::Timeout) => worker.step(now(), Vec::new()),
                Ok(Post::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        };
    }
}

fn next(inbox: &Receiver<Post>, wake_at: Option<i64>) -> Result<Post, RecvTimeoutError> {
    let Some(wake_at) = wake_at else {
        return inbox.recv().map_err(|_| RecvTimeoutError::Disconnected);
    };
    let wait_us = u64::try_from(wake_at - now()).unwrap_or(0);
    inbox.recv_timeout(Duration::from_micros(wait_us))
}

/// What answers a plugin's messages, on the plugin's own thread.
struct Desk {
    orders: Arc<HashMap<String, String>>,
    told: Sender<Told>,
    timeline: VecDeque<Value>,
}

impl Desk {
    fn answer_all(&mut self, stepped: Stepped) -> Vec<Input> {
        let outputs = stepped.outputs.into_iter();
        outputs
            .filter_map(|output| self.answer(output))
            .map(Input::Message)
            .collect()
    }

    fn answer(&mut self, output: Output) -> Option<String> {
        let text = match output {
            Output::Message(text) => text,
            Output::Uncaught { message, .. } => {
                self.tell(Told::Failed(message));
                return None;
            }
            Output::Console { .. } | Output::Refused { .. } => return None,
        };
        let mut message: Value = serde_json::from_str(&text).ok()?;
        let data = message["data"].take();
        match message["name"].as_str()? {
            "plugin.info.request" => {
                self.tell(Told::Started);
                Some(reply(&message, r#","name":"bench","version":"1.0.0""#))
            }
            "setting.set-inputs.request" => Some(reply(&message, "")),
            "order.get.request" => {
                let order = self.orders.get(data["id"].as_str()?)?;
                Some(reply(&message, &format!(r#","order":{order}"#)))
            }
            "plugin.unicast.send" => {
                self.tell(Told::Order(data["message"].as_str()?.to_owned()));
                None
            }
            "log" => {
                self.record(data);
                None
            }
            name if message["callbackId"].is_string() => Some(refusal(&message, name)),
            _ => None,
        }
    }

    fn record(&mut self, log: Value) {
        const TIMELINE_MAX: usize = 1000;
        if self.timeline.len() == TIMELINE_MAX {
            self.timeline.pop_front();
        }
        self.timeline.push_back(log);
    }

    fn tell(&self, told: Told) {
        // Nobody listens any more once the figures are in.
        let _ = self.told.send(told);
    }
}

fn reply(request: &Value, fields: &str) -> String {
    let name = request["name"]
        .as_str()
        .unwrap_or_default()
        .replace(".request", ".response");
    let callback_id = &request["callbackId"];
    format!(
        r#"{{"name":"{name}","version":1,"callbackId":{callback_id},"data":{{"complete":true{fields}}}}}"#
    )
}

fn refusal(request: &Value, name: &str) -> String {
    json!({
        "name": name.replace(".request", ".response"),
        "version": 1,
        "callbackId": request["callbackId"],
        "data": { "complete": false, "errorMessage": format!("{name} is not handled") },
    })
    .to_string()
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
fn resident_bytes() -> Result<usize, Box<dyn Error>> {
    thread::sleep(Duration::from_millis(500));
    let status = fs::read_to_string(Path::new("/proc/self/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line
        .and_then(|rest| rest.split_whitespace().next())
        .ok_or("no VmRSS")?;
    Ok(kilobytes.parse::<usize>()? * 1024)
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn order_id(n: usize) -> String {
    (7_300_000_000_000_000_000 + n as u64).to_string()
}

/// About 1 kB as JSON, the same as the JavaScript peers answer with.
fn order(n: usize) -> Value {
    json!({
        "id": order_id(n),
        "orderKey": format!("K-{n}"),
        "paymentState": "PAID",
        "orderState": "OPENED",
        "createdAt": "2026-01-02T03:04:05.000Z",
        "openedAt": "2026-01-02T03:04:06.000Z",
        "completedAt": null,
        "lineItems": [line_item(n, 1, "아메리카노"), line_item(n, 2, "카페라떼")],
        "discounts": [],
        "chargePrice": {
            "chargeDiscountValue": 0,
            "chargeListPriceValue": 11000,
            "chargePriceValue": 11000,
            "chargeSupplyValue": 10000,
            "chargeTaxValue": 1000,
            "chargeTipValue": 0,
        },
    })
}

fn line_item(n: usize, line: usize, title: &str) -> Value {
    json!({
        "id": format!("{}-{line}", order_id(n)),
        "orderId": order_id(n),
        "diningOption": "HERE",
        "item": {
            "id": line,
            "title": title,
            "category": { "id": 1, "title": "커피", "titleI18n": null },
            "type": "ITEM",
            "priceValue": 5000,
        },
        "quantity": { "value": 1 },
        "chargePrice": { "value": 5500 },
        "optionChoices": [{
            "id": 11,
            "title": "샷 추가",
            "priceValue": 500,
            "imageUrl": null,
            "state": "ON_SALE",
            "quantity": 1,
        }],
    })
}
