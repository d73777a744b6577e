//! What could not be delivered, as the pages last heard of it. It is looked at together with the way out, so that a server that refuses a
//! thousand messages costs a few looks.

use madang_outbox::Outbox;
use tokio::sync::watch;

use crate::view::outbox::AsideView;

/// What stands aside, followed.
pub struct Aside {
    outbox: Outbox,
    changes: watch::Receiver<u64>,
}

impl Aside {
    /// From now on: a page that comes reads by itself what there is.
    pub fn new(outbox: Outbox) -> Self {
        let changes = outbox.watch_aside();
        Self { outbox, changes }
    }

    /// What stands aside now, if that may be news.
    pub async fn change(&mut self) -> Option<AsideView> {
        // The outbox that is held here keeps the other end.
        if !self.changes.has_changed().unwrap_or(false) {
            return None;
        }
        self.changes.mark_unchanged();
        match self.outbox.status(AsideView::MESSAGES_MAX).await {
            Ok(status) => Some(status.into()),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the pages are not told what stands aside: the outbox cannot be read"
                );
                None
            }
        }
    }
}
