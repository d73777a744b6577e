//! The thread that reads the journal for the insight page, after the till has written it.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use jiff::{SignedDuration, Timestamp};
use madang_insight::{DAYS_MAX, Insight};
use madang_till::Till;
use tokio::sync::watch;

/// What is read of the past: both periods of the longest question.
const PAST: SignedDuration = SignedDuration::from_hours(2 * 24 * DAYS_MAX as i64);

/// The thread, which ends with this value. It is none of the runtime's: it reads a file for as long as that takes.
pub struct InsightThread {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl InsightThread {
    /// Begins to read. Without a thread the page says that it knows nothing, and the till sells all the same.
    pub fn start(insight: &Arc<Insight>, till: &Till) -> Option<Self> {
        let (stop, told) = watch::channel(false);
        let insight = Arc::clone(insight);
        let (journal, shop) = (Arc::clone(till.journal()), till.shop_id().clone());
        let begin = till
            .world()
            .now()
            .checked_sub(PAST)
            .unwrap_or(Timestamp::MIN);
        // That business day has begun before; the one after it is known whole.
        let day = till.shop().business_date(begin).tomorrow().ok();
        let since = day.map(|day| (begin, day));
        let follow =
            move || futures::executor::block_on(insight.follow(journal, shop, since, told));
        match thread::Builder::new().name("insight".into()).spawn(follow) {
            Ok(thread) => Some(Self {
                stop,
                thread: Some(thread),
            }),
            Err(error) => {
                tracing::error!(%error, "there is no thread for the insight page");
                None
            }
        }
    }
}

impl Drop for InsightThread {
    /// The journal's folder is free for the next till only when nobody reads it; that is at most one page of events away.
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }
}
