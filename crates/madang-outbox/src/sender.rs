//! The loop that sends.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::{
    StreamExt,
    future::{BoxFuture, Either, select},
    stream::FuturesUnordered,
};
use madang_journal::{
    Batch, Micros, OutboxChange, OutboxId, OutboxMessage, ReadError, ValueChange, WriteError,
    failpoint,
};

use crate::{
    deliver::Outcome,
    left_alone::kept,
    outbox::{Inner, Line, later},
    pause,
};

/// How long the sender waits when the journal could not be read or written just now: a full disk is not mended sooner.
const JOURNAL_PAUSE: Duration = Duration::from_secs(10);
/// How long a destination is left alone that says no more than “not now”.
const NOT_NOW_PAUSE: Duration = Duration::from_secs(1);
/// The longest reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 500;

/// Nothing is sent any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the outbox is not sent any more: {reason}")]
pub struct SenderStopped {
    /// What the journal said.
    pub reason: String,
}

/// The sender of one outbox.
pub(crate) struct Sender {
    inner: Arc<Inner>,
    tries: FuturesUnordered<BoxFuture<'static, Result<Ended, SenderStopped>>>,
    in_flight: HashSet<OutboxId>,
}

/// A try that is over and recorded.
struct Ended {
    line: usize,
    id: OutboxId,
}

impl Sender {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self {
            inner,
            tries: FuturesUnordered::new(),
            in_flight: HashSet::new(),
        }
    }

    pub(crate) async fn run(mut self) -> SenderStopped {
        let clock = self.inner.surroundings.clock.clone();
        let mut news = match self.inner.journal.watch_outbox(&self.inner.shop) {
            Ok(news) => news,
            Err(error) => return stopped(&error),
        };
        if let Err(error) = self.inner.take_up_wishes().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what servers wished before could not be read; they are asked anew"
            );
        }
        loop {
            // Before the look: what comes during it wakes once more.
            news.mark_unchanged();
            let wake_at = match self.take_up().await {
                Ok(wake_at) => wake_at,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the outbox could not be read; it is tried again"
                    );
                    Some(later(clock.now(), JOURNAL_PAUSE))
                }
            };
            let wake = async {
                match wake_at {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Some(ended) = self.tries.next() => match ended {
                    Ok(ended) => self.let_go(&ended),
                    Err(stopped) => return stopped,
                },
                changed = news.changed() => if let Err(closed) = changed {
                    return stopped(&closed);
                },
                () = wake => {}
            }
        }
    }

    /// Begins every try that may begin now; says when the next one may without anything else happening.
    async fn take_up(&mut self) -> Result<Option<Micros>, ReadError> {
        let inner = self.inner.clone();
        let mut wake_at = None;
        for (number, line) in inner.lines.iter().enumerate() {
            let next = self.take_up_line(number, line).await?;
            wake_at = [wake_at, next].into_iter().flatten().min();
        }
        Ok(wake_at)
    }

    async fn take_up_line(
        &mut self,
        number: usize,
        line: &Line,
    ) -> Result<Option<Micros>, ReadError> {
        let inner = self.inner.clone();
        let now = inner.surroundings.clock.now();
        if let Some(until) = line.closed_until(now) {
            return Ok(Some(until));
        }
        let places = inner.settings.in_flight_max;
        // Those under way are among the due, so as many rows as there are places always fill the free ones.
        let due = inner
            .journal
            .outbox_due(&inner.shop, &line.name, now, places);
        for message in due.await? {
            let taken = line.counts.in_flight.load(Ordering::Relaxed);
            if taken >= u64::from(places) {
                break;
            }
            if self.in_flight.insert(message.id) {
                line.counts.in_flight.fetch_add(1, Ordering::Relaxed);
                let one_try = one_try(inner.clone(), number, message);
                self.tries.push(Box::pin(one_try));
            }
        }
        let next = inner.journal.outbox_next_at(&inner.shop, &line.name, now);
        next.await
    }

    fn let_go(&mut self, ended: &Ended) {
        self.in_flight.remove(&ended.id);
        let counts = &self.inner.lines[ended.line].counts;
        counts.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        for line in &self.inner.lines {
            line.counts.in_flight.store(0, Ordering::Relaxed);
        }
    }
}

/// Tries once and records how that ended.
async fn one_try(
    inner: Arc<Inner>,
    line: usize,
    message: OutboxMessage,
) -> Result<Ended, SenderStopped> {
    let ended = Ended {
        line,
        id: message.id,
    };
    let line = &inner.lines[line];
    let now = inner.surroundings.clock.now();
    if message.expires_at <= now {
        let tries = message.attempts;
        let change = inner.set_aside(line, &message, tries, &expired(&message));
        inner.record(change.into()).await?;
        return Ok(ended);
    }
    failpoint("outbox-before-send");
    let outcome = inner.delivered_in_time(line, &message).await;
    failpoint("outbox-after-send");
    if let Some(end) = inner.judged(line, &message, outcome) {
        inner.record(end).await?;
        failpoint("outbox-after-record");
    }
    Ok(ended)
}

/// What is recorded of a try.
struct End {
    change: OutboxChange,
    /// Until when its destination is left alone, where the server asked for that.
    left_alone: Option<ValueChange>,
}

impl From<OutboxChange> for End {
    fn from(change: OutboxChange) -> Self {
        Self {
            change,
            left_alone: None,
        }
    }
}

impl Inner {
    async fn delivered_in_time(&self, line: &Line, message: &OutboxMessage) -> Outcome {
        let clock = &self.surroundings.clock;
        let try_max = self.settings.try_max;
        let late = clock.sleep_until(later(clock.now(), try_max));
        match select(line.way.deliver(message), late).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), _)) => Outcome::Failed {
                reason: format!("the try did not end within {} s", try_max.as_secs()),
                retry_after: None,
            },
        }
    }

    /// What becomes of a message after a try; nothing when it was not tried.
    fn judged(&self, line: &Line, message: &OutboxMessage, outcome: Outcome) -> Option<End> {
        let counts = &line.counts;
        let ended = |failures| {
            counts.tries.fetch_add(1, Ordering::Relaxed);
            counts.failures.fetch_add(failures, Ordering::Relaxed);
        };
        match outcome {
            Outcome::NotNow { retry_in } => {
                // A pause of nothing would be asked for again and again in the same moment.
                let pause = retry_in.unwrap_or(NOT_NOW_PAUSE);
                self.close(line, pause.max(Duration::from_millis(1)));
                None
            }
            Outcome::Acknowledged => {
                ended(0);
                counts.delivered.fetch_add(1, Ordering::Relaxed);
                Some(OutboxChange::Delivered { id: message.id }.into())
            }
            Outcome::Failed {
                reason,
                retry_after,
            } => {
                ended(1);
                let until = retry_after.map(|wish| self.close(line, wish));
                Some(End {
                    change: self.again_or_aside(line, message, &reason, retry_after),
                    left_alone: until.map(|until| kept(&self.shop, &line.name, Some(until))),
                })
            }
            Outcome::Refused { reason } => {
                ended(1);
                let tries = message.attempts.saturating_add(1);
                Some(self.set_aside(line, message, tries, &reason).into())
            }
        }
    }

    fn again_or_aside(
        &self,
        line: &Line,
        message: &OutboxMessage,
        reason: &str,
        retry_after: Option<Duration>,
    ) -> OutboxChange {
        let tries = message.attempts.saturating_add(1);
        if tries >= self.settings.tries_max {
            let reason = format!("tried {tries} times, at last: {reason}");
            return self.set_aside(line, message, tries, &reason);
        }
        let pause = pause::after(tries, &self.settings, &*self.surroundings.chance);
        let wish = retry_after.unwrap_or_default();
        let pause = pause.max(wish.min(self.settings.retry_after_max));
        let next_at = later(self.surroundings.clock.now(), pause);
        OutboxChange::Retry {
            id: message.id,
            // It is looked at when it expires, too.
            next_at: next_at.min(message.expires_at),
            error: shortened(reason),
        }
    }

    fn set_aside(
        &self,
        line: &Line,
        message: &OutboxMessage,
        attempts: u32,
        reason: &str,
    ) -> OutboxChange {
        line.counts.set_aside.fetch_add(1, Ordering::Relaxed);
        let reason = shortened(reason);
        tracing::error!(
            destination = message.destination,
            id = %message.id,
            key = message.key,
            reason,
            "a message cannot be delivered and stands aside; those behind it wait until somebody decides"
        );
        OutboxChange::SetAside {
            id: message.id,
            at: self.surroundings.clock.now(),
            attempts,
            reason,
        }
    }

    /// Leaves a destination alone as a whole; says until when.
    fn close(&self, line: &Line, pause: Duration) -> Micros {
        let pause = pause.min(self.settings.retry_after_max);
        line.close(later(self.surroundings.clock.now(), pause))
    }

    /// Writes until it stands: a message whose end is not recorded would be sent again at once.
    async fn record(&self, end: End) -> Result<(), SenderStopped> {
        let clock = &self.surroundings.clock;
        let mut batch = Batch::new(self.shop.clone());
        batch.outbox_changes.push(end.change);
        batch.values.extend(end.left_alone);
        loop {
            match self.journal.write(batch.clone()).await {
                Ok(_) => {
                    if let [OutboxChange::SetAside { .. }] = batch.outbox_changes[..] {
                        self.aside_changed();
                    }
                    return Ok(());
                }
                Err(error @ WriteError::Stopped { .. }) => return Err(stopped(&error)),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what became of a message could not be recorded; it is tried again"
                    );
                    clock.sleep_until(later(clock.now(), JOURNAL_PAUSE)).await;
                }
            }
        }
    }
}

fn expired(message: &OutboxMessage) -> String {
    match &message.last_error {
        Some(last) => format!("expired after {} tries, at last: {last}", message.attempts),
        None => "expired before it could be sent".to_owned(),
    }
}

fn shortened(reason: &str) -> String {
    reason.chars().take(REASON_CHARS_MAX).collect()
}

fn stopped(error: &dyn std::error::Error) -> SenderStopped {
    SenderStopped {
        reason: error.to_string(),
    }
}
