//! Ctrl-C and SIGTERM: the first ends an import in good order, the second at once.

use std::io;
use std::process;

use madang_import::run::Stop;
use tokio::runtime::Runtime;

use crate::failure::Exit;

/// Lets signals stop an import.
///
/// # Errors
/// What the system says.
pub fn stop_on_signals(runtime: &Runtime, stop: Stop) -> io::Result<()> {
    let _here = runtime.enter();
    let mut signals = Signals::listen()?;
    runtime.spawn(async move {
        signals.next().await;
        stop.now();
        signals.next().await;
        // What was written is kept with its checkpoint; what is under way is begun again by --resume.
        process::exit(Exit::Interrupted as i32);
    });
    Ok(())
}

struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
