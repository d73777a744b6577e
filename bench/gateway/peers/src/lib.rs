//! Clients beside each other: what one call costs its caller, measured the same way for all of them.
//!
//! The command line and the one line that is printed are the contract of `bench/README.md`; `bench/gateway/ky.mjs` is another
//! program that keeps it.

mod asked;
mod cost;
mod measure;
mod watcher;

use std::{error::Error, process::ExitCode};

use serde_json::json;
use tokio_util::sync::CancellationToken;

pub use self::{
    asked::{Asked, Breaker, Measure},
    cost::monotonic_ns,
};

/// What went wrong, for whoever reads the terminal.
pub type Failure = Box<dyn Error + Send + Sync>;

/// An HTTP client to be measured.
pub trait Peer: Send + Sync + 'static {
    /// Asks for `path` with GET and reads the whole body; its length. No two calls of one `lane` are under way at once.
    fn call(&self, lane: usize, path: &str) -> impl Future<Output = Result<usize, Failure>> + Send;

    /// The same, called off when `token` is cancelled.
    fn call_until(
        &self,
        lane: usize,
        path: &str,
        token: CancellationToken,
    ) -> impl Future<Output = Result<usize, Failure>> + Send {
        async move {
            tokio::select! {
                () = token.cancelled() => Err("called off".into()),
                length = self.call(lane, path) => length,
            }
        }
    }
}

/// Makes the peer that the command line asks for, measures it, and prints the result.
pub fn run<P: Peer>(
    name: &str,
    version: &str,
    open: impl AsyncFnOnce(&Asked) -> Result<P, Failure>,
) -> ExitCode {
    let measured = Asked::from_command_line().and_then(|asked| {
        // As the gateway's own program has it: as many threads as there are cores.
        let runtime = tokio::runtime::Runtime::new()?;
        let values = runtime.block_on(async {
            let peer = open(&asked).await?;
            measure::measured(peer, &asked).await
        })?;
        Ok(json!({
            "contract": 1,
            "peer": name,
            "version": version,
            "measure": asked.measure.name(),
            "in_flight": asked.in_flight,
            "count": asked.count,
            "values": values,
        }))
    });
    match measured {
        Ok(result) => {
            println!("{result}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
