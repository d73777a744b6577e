//! Runs finished bundles one after the other and prints what they say: `cargo run --example run_bundle main.js …`.

use madang_plugin_runtime::{Environment, Limits, Program, Worker};

fn main() -> std::io::Result<()> {
    for file in std::env::args().skip(1) {
        let source = std::fs::read_to_string(&file)?;
        let program = Program::script("bundle", file.clone(), source);
        let environment = Environment {
            now: 1_795_309_200_000_000,
            time_zone: jiff::tz::TimeZone::UTC,
            seed: [0; 32],
        };
        println!("{file}");
        let started = Worker::start(&program, Limits::default(), environment);
        let (mut worker, mut stepped) = match started {
            Ok(started) => started,
            Err(stopped) => {
                println!("  {stopped}");
                continue;
            }
        };
        // A few timers are enough to see a bundle come up; an interval would go on for ever.
        for _ in 0..20 {
            for output in stepped.outputs.drain(..) {
                println!("  {output:?}");
            }
            let Some(wake_at) = stepped.wake_at else {
                break;
            };
            stepped = worker.step(wake_at, Vec::new());
        }
        println!(
            "  {} ticks, {} kB, {:?}",
            stepped.ticks,
            worker.memory_bytes() / 1_000,
            stepped.stopped
        );
    }
    Ok(())
}
