//! An import without the rest of `madang` around it, for profilers: `cargo run --release -p madang-import-postgres --example import MAPPING FILE [ADDRESS#TABLE]`.
//! Without an address it is a dry run.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use madang_import::check::Mapping;
use madang_import::read::{ReadSettings, input_named};
use madang_import::run::{Import, Inputs, Progress, RunSettings, Stop, To, World};
use madang_import::{RunKey, Sink};
use madang_import_postgres::{Destination, PostgresSink};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(mapping), Some(file)) = (words.next(), words.next()) else {
        return Err("a mapping and a file are missing".into());
    };
    let mapping = Mapping::parse(&std::fs::read_to_string(&mapping)?, &mapping)?;
    let to = match words.next() {
        Some(address) => To::Sink(sink(&address)?),
        None => To::Nowhere { instead_of: None },
    };
    let input = Arc::from(input_named(&file)?);
    let world: Arc<dyn World> = Arc::new(Machine(Instant::now()));
    let import = Import {
        run: RunKey("example".to_owned()),
        source: Box::new(Inputs::new(vec![input], ReadSettings::default())),
        mapping,
        to,
        folder: None,
        settings: RunSettings::default(),
        goes_on: false,
        progress: Arc::new(Progress::new(Arc::clone(&world), None)),
        world,
        stop: Stop::default(),
    };
    let ended = import.run().await;
    eprint!("{}", ended.report.text());
    ended.error.map_or(Ok(()), |error| Err(error.into()))
}

fn sink(address: &str) -> Result<Box<dyn Sink>, Box<dyn Error>> {
    let destination: Destination = address.parse()?;
    Ok(Box::new(PostgresSink::new(destination)))
}

struct Machine(Instant);

#[async_trait]
impl World for Machine {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Nothing here has to be unlike.
    fn chance(&self) -> u64 {
        0
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}
