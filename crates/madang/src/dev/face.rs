//! The screen's outcome cards for a terminal in another process.

use std::sync::Arc;

use madang_till::terminal::remote::RemoteTerminal;
use madang_till::terminal::simulated::SimulatedTerminal;

/// Tells the terminal in the other process every choice that is made at `face`, until either is gone.
pub async fn pass_on(face: Arc<SimulatedTerminal>, terminal: Arc<RemoteTerminal>) {
    let mut changes = face.changes();
    while changes.changed().await.is_ok() {
        let view = face.view();
        if let Err(fault) = terminal.choose(view.chosen, view.sticky).await {
            tracing::warn!(%fault, "the terminal did not hear what was chosen");
        }
    }
}
