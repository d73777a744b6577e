//! The outbox of one shop: who sends it, how it stands, and what a person decides about it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use madang_journal::{
    Batch, Journal, Micros, OutboxChange, OutboxId, OutboxMessage, ReadError, ShopId, WriteError,
};

use tokio::sync::watch;

use crate::{
    deliver::Deliver,
    left_alone::kept,
    sender::{Sender, SenderStopped},
    settings::Settings,
    status::{LineStatus, Status},
    surroundings::Surroundings,
};

/// Where messages go, by the name that stands in them.
pub struct Destination {
    /// The name.
    pub name: String,
    /// The way.
    pub way: Arc<dyn Deliver>,
}

/// One shop's outbox. Clones are the same.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) inner: Arc<Inner>,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The message is not there, or does not stand aside.
    #[error("no message {id} stands aside")]
    NotAside {
        /// Which was asked for.
        id: OutboxId,
    },
    /// Nothing is sent there.
    #[error("nothing is sent to “{destination}”")]
    NotServed {
        /// What was asked for.
        destination: String,
    },
    /// The journal could not be read.
    #[error("the outbox could not be read")]
    Read(#[from] ReadError),
    /// The journal did not take it.
    #[error("the journal did not take the decision")]
    Write(#[from] WriteError),
}

pub(crate) struct Inner {
    pub journal: Arc<dyn Journal>,
    pub shop: ShopId,
    pub surroundings: Surroundings,
    pub settings: Settings,
    pub lines: Vec<Line>,
    /// How often what stands aside has changed.
    pub aside_changes: watch::Sender<u64>,
}

/// A destination at work.
pub(crate) struct Line {
    pub name: String,
    pub way: Arc<dyn Deliver>,
    pub counts: Counts,
    closed_until: Mutex<Option<Micros>>,
}

#[derive(Default)]
pub(crate) struct Counts {
    pub in_flight: AtomicU64,
    pub delivered: AtomicU64,
    pub tries: AtomicU64,
    pub failures: AtomicU64,
    pub set_aside: AtomicU64,
}

impl Outbox {
    /// The outbox that `journal` keeps for `shop`. Messages for destinations that are not given wait.
    pub fn new(
        journal: Arc<dyn Journal>,
        shop: ShopId,
        surroundings: Surroundings,
        destinations: Vec<Destination>,
        settings: Settings,
    ) -> Self {
        let lines = destinations.into_iter().map(Line::new).collect();
        let inner = Inner {
            journal,
            shop,
            surroundings,
            settings,
            lines,
            aside_changes: watch::Sender::new(0),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Sends for as long as it is polled: what waits now, and whatever is written later. Dropped in the middle of a try it leaves
    /// that message to be sent again, as a crash would. It ends by itself only when the journal takes nothing any more: what was
    /// delivered could not be taken out. One at a time sends; a second one would send the same messages.
    pub async fn send(&self) -> SenderStopped {
        Sender::new(self.inner.clone()).run().await
    }

    /// How it stands, with at most `limit` messages of each kind.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn status(&self, limit: u32) -> Result<Status, ReadError> {
        let Inner { journal, shop, .. } = &*self.inner;
        let counted = journal.outbox_counts(shop).await?;
        let mut lines: Vec<LineStatus> = self.inner.lines.iter().map(Line::status).collect();
        for count in counted {
            let known = lines
                .iter()
                .position(|line| line.destination == count.destination);
            let at = known.unwrap_or_else(|| {
                lines.push(LineStatus {
                    destination: count.destination.clone(),
                    ..LineStatus::default()
                });
                lines.len() - 1
            });
            (lines[at].waiting, lines[at].aside) = (count.waiting, count.aside);
        }
        lines.sort_by(|one, other| one.destination.cmp(&other.destination));
        Ok(Status {
            lines,
            aside: journal.outbox_aside(shop, limit).await?,
            waiting: journal.outbox_waiting(shop, limit).await?,
        })
    }

    /// Lets a message that stands aside be tried again at once, as if it were new.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn retry(&self, id: OutboxId) -> Result<(), DecideError> {
        let message = self.aside(id).await?;
        Ok(self.put_back(&[message]).await?)
    }

    /// The same with what stands aside, the oldest thousand of it; says how many that are. What is refused anew meanwhile is left
    /// aside.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn retry_all(&self) -> Result<u64, DecideError> {
        let Inner { journal, shop, .. } = &*self.inner;
        let aside = journal.outbox_aside(shop, DECIDED_AT_ONCE_MAX).await?;
        self.put_back(&aside).await?;
        Ok(aside.len() as u64)
    }

    /// Lets go of a message that stands aside: it is not delivered, and those behind it go on.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn drop_message(&self, id: OutboxId) -> Result<(), DecideError> {
        let message = self.aside(id).await?;
        tracing::warn!(destination = message.destination, key = message.key, %id, "somebody let go of a message that was not delivered");
        Ok(self.decide(vec![OutboxChange::Drop { id }], &[]).await?)
    }

    /// Tries what waits for `destination`, or for every one that is served, at once, whatever its server wished before and however long
    /// the pauses have grown. What stands aside stays there.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn resume(&self, destination: Option<&str>) -> Result<(), DecideError> {
        let is_meant = |line: &&Line| destination.is_none_or(|name| line.name == name);
        let meant: Vec<&Line> = self.inner.lines.iter().filter(is_meant).collect();
        if let (Some(destination), []) = (destination, meant.as_slice()) {
            let destination = destination.to_owned();
            return Err(DecideError::NotServed { destination });
        }
        let next_at = self.inner.surroundings.clock.now();
        let changes = meant.iter().map(|line| OutboxChange::Hasten {
            destination: line.name.clone(),
            next_at,
        });
        Ok(self.decide(changes.collect(), &meant).await?)
    }

    /// Tells when what stands aside may have changed, in this process: it was set aside, put back or let go.
    pub fn watch_aside(&self) -> watch::Receiver<u64> {
        self.inner.aside_changes.subscribe()
    }

    async fn aside(&self, id: OutboxId) -> Result<OutboxMessage, DecideError> {
        let Inner { journal, shop, .. } = &*self.inner;
        let found = journal.outbox_message(shop, id).await?;
        found
            .filter(|message| message.aside_at.is_some())
            .ok_or(DecideError::NotAside { id })
    }

    async fn put_back(&self, messages: &[OutboxMessage]) -> Result<(), WriteError> {
        let now = self.inner.surroundings.clock.now();
        let expires_at = later(now, self.inner.settings.put_back_for);
        let changes = messages.iter().map(|message| OutboxChange::PutBack {
            id: message.id,
            next_at: now,
            expires_at,
        });
        let is_meant = |line: &&Line| {
            let mut messages = messages.iter();
            messages.any(|message| message.destination == line.name)
        };
        let meant: Vec<&Line> = self.inner.lines.iter().filter(is_meant).collect();
        self.decide(changes.collect(), &meant).await
    }

    /// Carries out what a person decided. Whoever says “again” means now: what the servers of `opened` wished before is forgotten.
    async fn decide(&self, changes: Vec<OutboxChange>, opened: &[&Line]) -> Result<(), WriteError> {
        let Inner { shop, .. } = &*self.inner;
        let mut batch = Batch::new(shop.clone());
        batch.outbox_changes = changes;
        let forgotten = opened.iter().map(|line| kept(shop, &line.name, None));
        batch.values = forgotten.collect();
        // Before the write, which wakes the sender.
        opened.iter().for_each(|line| line.open());
        self.inner.journal.write(batch).await?;
        self.inner.aside_changed();
        Ok(())
    }
}

impl Inner {
    pub(crate) fn aside_changed(&self) {
        self.aside_changes.send_modify(|count| *count += 1);
    }
}

/// Messages of one decision: their changes must fit one batch, and they themselves the memory of a small till.
const DECIDED_AT_ONCE_MAX: u32 = 1_000;

impl Line {
    fn new(destination: Destination) -> Self {
        Self {
            name: destination.name,
            way: destination.way,
            counts: Counts::default(),
            closed_until: Mutex::new(None),
        }
    }

    /// Until when it is left alone, if that is still to come.
    pub fn closed_until(&self, now: Micros) -> Option<Micros> {
        let mut closed_until = self.closed();
        *closed_until = closed_until.filter(|until| *until > now);
        *closed_until
    }

    /// Leaves it alone at least until then; says until when it is.
    pub fn close(&self, until: Micros) -> Micros {
        let mut closed_until = self.closed();
        let until = closed_until.map_or(until, |closed| closed.max(until));
        *closed_until = Some(until);
        until
    }

    fn open(&self) {
        *self.closed() = None;
    }

    fn closed(&self) -> MutexGuard<'_, Option<Micros>> {
        self.closed_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self) -> LineStatus {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        LineStatus {
            destination: self.name.clone(),
            is_served: true,
            waiting: 0,
            aside: 0,
            in_flight: of(&counts.in_flight),
            delivered: of(&counts.delivered),
            tries: of(&counts.tries),
            failures: of(&counts.failures),
            set_aside: of(&counts.set_aside),
            closed_until: *self.closed(),
        }
    }
}

pub(crate) fn later(at: Micros, by: Duration) -> Micros {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Micros::new(at.get().saturating_add(by))
}
