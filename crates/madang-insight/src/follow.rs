//! The index of a journal that is being written, kept up from it after the fact.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use futures::future::{Either, select};
use jiff::Timestamp;
use jiff::civil::Date;
use madang_journal::{Journal, Micros, Position, ReadError, ShopId};
use madang_till::event::UnreadableEvent;
use tokio::sync::watch;

use crate::fact::Fact;
use crate::index::{Index, Limits};
use crate::reading::Reader;

/// Events of one read: a thousandth of a second's work, so that whoever asks meanwhile does not wait.
const EVENTS_OF_READ: u32 = 1_000;

/// The index of a shop, and how it stands. The till never waits for it: it reads what the till has written, and what goes wrong here stays here.
#[derive(Debug)]
pub struct Insight {
    index: RwLock<Index>,
    /// Up to where the journal was read.
    reached: watch::Sender<Position>,
    /// Why nobody reads the journal any more.
    stopped: Mutex<Option<String>>,
}

/// Why nothing can be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the orders cannot be looked through: {reason}")]
pub struct NotNow {
    /// What happened.
    pub reason: String,
}

/// Why the journal is not read on.
#[derive(Debug, thiserror::Error)]
enum NotRead {
    #[error("the journal could not be read")]
    Read(#[from] ReadError),
    #[error("the journal cannot be understood")]
    Unreadable(#[from] UnreadableEvent),
}

impl Insight {
    /// An index without orders yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            index: RwLock::new(Index::new(limits)),
            reached: watch::Sender::new(Position::START),
            stopped: Mutex::new(None),
        }
    }

    /// Asks the index something. Takes as long as the answer does.
    ///
    /// # Errors
    /// [`NotNow`]: nobody keeps it up any more.
    pub fn ask<Answer>(&self, question: impl FnOnce(&Index) -> Answer) -> Result<Answer, NotNow> {
        if let Some(reason) = self.stopped().clone() {
            return Err(NotNow { reason });
        }
        match self.index.read() {
            Ok(index) => Ok(question(&index)),
            Err(_) => Err(NotNow {
                reason: "what keeps them up has failed".into(),
            }),
        }
    }

    /// Waits until the journal was read up to a position, for whoever wants to see what was done a moment ago; false when it never will be.
    pub async fn reach(&self, position: Position) -> bool {
        let mut reached = self.reached.subscribe();
        let is_over = |reached: &Position| *reached >= position || self.stopped().is_some();
        // The sender is this value's own, so it is there as long as somebody waits.
        let reached = reached.wait_for(is_over).await;
        reached.is_ok_and(|reached| *reached >= position)
    }

    /// Reads a journal from a moment on, the first of a business day, and then what is written to it, until told to stop or until nothing can be
    /// understood any more. For a thread of its own: reading a long journal takes seconds.
    pub async fn follow(
        &self,
        journal: Arc<dyn Journal>,
        shop: ShopId,
        since: Option<(Timestamp, Date)>,
        mut stop: watch::Receiver<bool>,
    ) {
        let ending = Ending(self);
        if let Err(error) = self.read_for_ever(&*journal, &shop, since, &mut stop).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the orders are not looked through any more until the till is opened again"
            );
            ending.0.stop(error.to_string());
        }
    }

    async fn read_for_ever(
        &self,
        journal: &dyn Journal,
        shop: &ShopId,
        since: Option<(Timestamp, Date)>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), NotRead> {
        let mut written = journal.watch(shop)?;
        let mut reader = Reader::new();
        if let Some((at, day)) = since {
            self.begin_at(journal, shop, at, day).await?;
        }
        while !*stop.borrow() {
            // Marked before the read, so that what is written during it wakes the next one.
            written.borrow_and_update();
            match self.read_some(journal, shop, &mut reader).await {
                Ok(0) => {}
                Ok(_) => continue,
                // A disk that does not answer now may do so when the till has written the next time.
                Err(NotRead::Read(error @ ReadError::Store(_))) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the journal could not be read for the insight page"
                    );
                }
                Err(error) => return Err(error),
            }
            let told = std::pin::pin!(stop.changed());
            let woken = std::pin::pin!(written.changed());
            match select(told, woken).await {
                Either::Left((Err(_), _)) | Either::Right((Err(_), _)) => return Ok(()),
                Either::Left(_) | Either::Right(_) => {}
            }
        }
        Ok(())
    }

    /// Reads on, and says how many events there were.
    async fn read_some(
        &self,
        journal: &dyn Journal,
        shop: &ShopId,
        reader: &mut Reader,
    ) -> Result<usize, NotRead> {
        let after = self
            .index
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .position();
        let events = journal.events(shop, after, EVENTS_OF_READ).await?;
        let mut facts: Vec<Fact> = Vec::new();
        for event in &events {
            reader.read(event, |fact| facts.push(fact))?;
        }
        if let Some(last) = events.last() {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            facts.iter().for_each(|fact| index.take(fact));
            index.read_to(last.position);
            drop(index);
            self.reached.send_replace(last.position);
        }
        Ok(events.len())
    }

    /// Passes over what happened before a moment, without reading it: times go up with positions.
    async fn begin_at(
        &self,
        journal: &dyn Journal,
        shop: &ShopId,
        at: Timestamp,
        day: Date,
    ) -> Result<(), NotRead> {
        let at = Micros::new(at.as_microsecond());
        let (mut before, mut behind) = (0, journal.head(shop).await?.get());
        while before < behind {
            let middle = before + (behind - before) / 2;
            let found = journal.events(shop, Position::new(middle), 1).await?;
            match found.first() {
                Some(event) if event.at < at => before = middle + 1,
                _ => behind = middle,
            }
        }
        if before > 0 {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            index.begin_with(day);
            index.read_to(Position::new(before));
            drop(index);
            self.reached.send_replace(Position::new(before));
        }
        Ok(())
    }

    /// The first reason stays.
    fn stop(&self, reason: String) {
        self.stopped().get_or_insert(reason);
        // Whoever waits looks again.
        self.reached.send_modify(|_| ());
    }

    fn stopped(&self) -> MutexGuard<'_, Option<String>> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// However the reading ends, whoever asks is told that it has.
struct Ending<'insight>(&'insight Insight);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.stop("nobody reads the journal any more".into());
    }
}
