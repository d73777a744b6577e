//! Prints how long a small plugin takes to start and how much memory it holds. Run with `--release`.

use std::time::Instant;

use madang_plugin_runtime::{Environment, Input, Limits, Program, Worker};

const SOURCE: &str = "self.onmessage = (event) => postMessage({ id: event.data.id, ok: true })";
const ROUNDS: u32 = 500;

fn main() {
    let program = Program::script("small", "main.js", SOURCE);
    let environment = || Environment {
        now: 1_795_309_200_000_000,
        time_zone: jiff::tz::TimeZone::UTC,
        seed: [0; 32],
    };
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        let runtime = rquickjs::Runtime::new().ok();
        drop(runtime.map(|runtime| rquickjs::Context::full(&runtime)));
    }
    println!(
        "bare engine, for comparison: {:?}",
        begun.elapsed() / ROUNDS
    );
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        drop(Worker::start(&program, Limits::default(), environment()));
    }
    println!("start and stop: {:?}", begun.elapsed() / ROUNDS);
    let Ok((mut worker, _)) = Worker::start(&program, Limits::default(), environment()) else {
        return;
    };
    println!(
        "memory after the start: {} kB",
        worker.memory_bytes() / 1_000
    );
    let message = |id: u32| {
        vec![Input::Message(format!(
            r#"{{"id":{id},"name":"order.change.event"}}"#
        ))]
    };
    worker.step(1_795_309_201_000_000, message(0));
    let begun = Instant::now();
    for id in 0..ROUNDS {
        worker.step(1_795_309_201_000_000, message(id));
    }
    println!("a message in and one out: {:?}", begun.elapsed() / ROUNDS);
    println!(
        "memory after the messages: {} kB",
        worker.memory_bytes() / 1_000
    );
}
