//! How long the models of a shop's log take: 292 ways through 17 activities, as many as a generated log of a million events has.
//!
//! `cargo run --release -p madang-process --example mine_time [traces.txt]`; a file has one trace per line: cases, a tab, and the activities between tabs.

use std::time::Instant;

use madang_process::discovery::{InductiveSettings, Traces, inductive};
use madang_process::event_data::{Activity, Names};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let traces = match std::env::args().nth(1) {
        Some(file) => read(&std::fs::read_to_string(file)?)?,
        None => shop(),
    };
    println!(
        "{} traces, {} cases, {} activities",
        traces.traces.len(),
        traces.case_count(),
        traces.activities.len()
    );
    for noise_percent in [0, 20, 40] {
        let settings = InductiveSettings {
            noise_percent,
            ..InductiveSettings::default()
        };
        let before = Instant::now();
        let mined = inductive(&traces, &settings)?;
        println!("noise {noise_percent} %: {:?}", before.elapsed());
        println!("  {}", mined.tree.display(&traces.activities));
    }
    Ok(())
}

fn read(text: &str) -> Result<Traces, Box<dyn std::error::Error>> {
    let mut activities = Names::new();
    let mut traces = Vec::new();
    for line in text.lines() {
        let (cases, names) = line.split_once('\t').unwrap_or((line, ""));
        let mut trace = Vec::new();
        for name in names.split('\t').filter(|name| !name.is_empty()) {
            let number = activities.number(name).ok_or("more than 4 GiB of names")?;
            trace.push(Activity(u16::try_from(number)?));
        }
        traces.push((trace, cases.parse()?));
    }
    Ok(Traces { activities, traces })
}

/// Orders at the counter, for the table and for delivery, some paid first, some last, some returned.
fn shop() -> Traces {
    const NAMES: [&str; 17] = [
        "order placed",
        "accepted",
        "paid",
        "cook started",
        "cook finished",
        "packed",
        "rider called",
        "rider came",
        "handed over",
        "delivered",
        "table served",
        "drink made",
        "refused",
        "cancelled",
        "refunded",
        "complained",
        "closed",
    ];
    let mut activities = Names::new();
    for name in NAMES {
        activities.number(name).expect("short names fit");
    }
    let mut chance = Chance(1);
    let mut traces = std::collections::BTreeMap::<Vec<Activity>, u64>::new();
    while traces.len() < 292 {
        *traces.entry(order(&mut chance)).or_default() += 1;
    }
    Traces {
        activities,
        traces: traces.into_iter().collect(),
    }
}

fn order(chance: &mut Chance) -> Vec<Activity> {
    let mut steps = vec![0];
    if chance.one_in(40) {
        steps.extend([12, 16]);
        return steps.into_iter().map(Activity).collect();
    }
    steps.push(1);
    let mut kitchen = vec![3, 4];
    while chance.one_in(12) {
        kitchen.extend([3, 4]);
    }
    let mut beside: Vec<Vec<u16>> = vec![kitchen, vec![2]];
    if chance.one_in(2) {
        beside.push(vec![11]);
    }
    let delivered = chance.one_in(2);
    if delivered {
        beside.push(vec![6]);
    }
    while !beside.is_empty() {
        let next = chance.below(beside.len());
        steps.push(beside[next].remove(0));
        beside.retain(|way| !way.is_empty());
    }
    match delivered {
        true => steps.extend([5, 7, 8, 9]),
        false => steps.push(10),
    }
    if chance.one_in(15) {
        steps.extend([15, 14]);
    }
    steps.push(16);
    steps.into_iter().map(Activity).collect()
}

/// A row of numbers that is the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}
