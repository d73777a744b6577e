//! Carries every change of till, plugins and the way out into the live ring.

mod aside;
mod outside;

use std::collections::HashSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use madang_model::stock::ItemDay;
use madang_model::{AttemptKey, ItemId, PaymentId, Refusal};
use madang_outbox::Outbox;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use self::aside::Aside;
use self::outside::{LOOK_EVERY, Outside};
use crate::desk::DeskUpdate;
use crate::live::Live;
use crate::terminal::TerminalDesk;
use crate::upstream::UpstreamDesk;
use crate::view::cart::{CartView, HeldCartView};
use crate::view::order::OrderView;
use crate::view::plugin::TimelineEntry;
use crate::view::shop::{CategoryView, ItemView};
use crate::view::stream::{
    AttemptStep, CatalogUpdate, OrderUpdate, PluginRef, SettingsUpdate, StreamUpdate, ToastRef,
};
use madang_till::{Change, Till};

/// How long lines of the timeline are gathered: the page draws no more often.
const TIMELINE_PAUSE: Duration = Duration::from_millis(100);
/// The most lines sent at once, so that one event stays small.
const TIMELINE_BATCH_MAX: usize = 500;

/// Everything that changes, on its way to the pages.
pub struct Feed {
    live: Arc<Live>,
    till: Till,
    changes: Receiver<Change>,
    terminal: Arc<dyn TerminalDesk>,
    terminal_changes: watch::Receiver<u64>,
    updates: Receiver<DeskUpdate>,
    outside: Outside,
    aside: Aside,
    lines: Lines,
}

/// Whether a source will say more.
#[derive(PartialEq)]
enum Source {
    Open,
    Closed,
}

impl Feed {
    /// A feed that has everything from now on.
    pub fn new(
        live: Arc<Live>,
        till: Till,
        terminal: Arc<dyn TerminalDesk>,
        updates: Receiver<DeskUpdate>,
        upstreams: Arc<dyn UpstreamDesk>,
        outbox: Outbox,
    ) -> Self {
        let changes = till.subscribe();
        let terminal_changes = terminal.changes();
        Self {
            live,
            till,
            changes,
            terminal,
            terminal_changes,
            updates,
            outside: Outside::new(upstreams),
            aside: Aside::new(outbox),
            lines: Lines::default(),
        }
    }

    /// Carries on until till and plugins are gone.
    pub async fn run(mut self) {
        let (mut till, mut desk, mut terminal) = (Source::Open, Source::Open, Source::Open);
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while till == Source::Open || desk == Source::Open {
            tokio::select! {
                change = self.changes.recv(), if till == Source::Open => till = self.hear_till(change),
                update = self.updates.recv(), if desk == Source::Open => desk = self.hear_desk(update),
                changed = self.terminal_changes.changed(), if terminal == Source::Open => terminal = self.hear_terminal(changed),
                () = due(self.lines.due) => self.send_lines(),
                _ = looks.tick() => self.look_outside().await,
            }
        }
        self.send_lines();
    }

    fn hear_till(&mut self, change: Result<Change, RecvError>) -> Source {
        match change {
            Ok(change) => self.tell_of(&change),
            Err(RecvError::Lagged(_)) => self.live.break_off(),
            Err(RecvError::Closed) => return Source::Closed,
        }
        Source::Open
    }

    fn hear_desk(&mut self, update: Result<DeskUpdate, RecvError>) -> Source {
        match update {
            Ok(DeskUpdate::Timeline(line)) => self.keep_line(line),
            Ok(update) => self.tell(update),
            Err(RecvError::Lagged(_)) => self.live.break_off(),
            Err(RecvError::Closed) => return Source::Closed,
        }
        Source::Open
    }

    fn tell_of(&self, change: &Change) {
        // A cart or an order that the till made always has amounts; were one without, the pages fetch everything anew.
        match self.seen(change) {
            Ok(Some(update)) => self.live.push(&update),
            Ok(None) => {}
            Err(_) => self.live.break_off(),
        }
    }

    fn seen(&self, change: &Change) -> Result<Option<StreamUpdate>, Refusal> {
        Ok(match change {
            Change::Cart { cart, .. } => Some(StreamUpdate::Cart(Box::new(CartView::of(cart)?))),
            Change::HeldCarts { held } => Some(StreamUpdate::HeldCarts(HeldCartView::all(held)?)),
            Change::Order { order, .. } => Some(StreamUpdate::Order(Box::new(OrderUpdate {
                order: OrderView::of(order)?,
            }))),
            Change::Item { item, day } => self
                .till
                .shop()
                .catalog
                .item(*item)
                .map(|there| StreamUpdate::Item(Box::new(ItemView::of(there, *day)))),
            Change::Catalog { items } => Some(StreamUpdate::Catalog(Box::new(self.catalog(items)))),
            Change::Attempt {
                order,
                payment,
                step,
            } => Some(StreamUpdate::Attempt(AttemptStep::of(
                *order,
                *payment,
                self.attempt(*payment),
                step,
            ))),
        })
    }

    /// The menu is gone through once, in its order, however many items changed.
    fn catalog(&self, changed: &[ItemId]) -> CatalogUpdate {
        let shop = self.till.shop();
        let changed: HashSet<ItemId> = changed.iter().copied().collect();
        let categories = shop.catalog.categories.iter().map(CategoryView::of);
        let items = shop.catalog.items.iter();
        let items = items.filter(|item| changed.contains(&item.id)).map(|item| {
            let day = self.till.item_day(item.id);
            ItemView::of(item, day.unwrap_or_else(|| ItemDay::of(item)))
        });
        CatalogUpdate {
            categories: categories.collect(),
            items: items.collect(),
        }
    }

    fn attempt(&self, payment: PaymentId) -> Option<AttemptKey> {
        let (_, payment) = self.till.payment(payment)?;
        payment.attempt
    }

    fn hear_terminal(&self, changed: Result<(), watch::error::RecvError>) -> Source {
        if changed.is_err() {
            return Source::Closed;
        }
        let view = self.terminal.view();
        self.live.push(&StreamUpdate::Terminal(Box::new(view)));
        Source::Open
    }

    async fn look_outside(&mut self) {
        for update in self.outside.changes(Instant::now()) {
            self.live.push(&update);
        }
        if let Some(aside) = self.aside.change().await {
            self.live.push(&StreamUpdate::Aside(aside));
        }
    }

    fn tell(&mut self, update: DeskUpdate) {
        let update = match update {
            DeskUpdate::Plugin(plugin) => StreamUpdate::Plugin(plugin),
            DeskUpdate::PluginGone(id) => StreamUpdate::PluginGone(PluginRef { id }),
            DeskUpdate::Timeline(line) => return self.keep_line(line),
            DeskUpdate::Toast(toast) => StreamUpdate::Toast(toast),
            DeskUpdate::ToastClosed(id) => StreamUpdate::ToastClosed(ToastRef { id }),
            DeskUpdate::Settings { plugin, settings } => {
                StreamUpdate::Settings(Box::new(SettingsUpdate {
                    plugin,
                    settings: *settings,
                }))
            }
        };
        self.live.push(&update);
    }

    fn keep_line(&mut self, line: TimelineEntry) {
        if self.lines.keep(line, Instant::now()) == Batch::Full {
            self.send_lines();
        }
    }

    fn send_lines(&mut self) {
        let lines = self.lines.take();
        if !lines.is_empty() {
            self.live.push(&StreamUpdate::Timeline(lines));
        }
    }
}

/// Lines of the timeline that wait to be sent together.
#[derive(Default)]
struct Lines {
    waiting: Vec<TimelineEntry>,
    due: Option<Instant>,
}

/// Whether more lines may join.
#[derive(Debug, PartialEq)]
enum Batch {
    Open,
    Full,
}

impl Lines {
    fn keep(&mut self, line: TimelineEntry, now: Instant) -> Batch {
        self.due.get_or_insert(now + TIMELINE_PAUSE);
        self.waiting.push(line);
        if self.waiting.len() < TIMELINE_BATCH_MAX {
            Batch::Open
        } else {
            Batch::Full
        }
    }

    fn take(&mut self) -> Vec<TimelineEntry> {
        self.due = None;
        std::mem::take(&mut self.waiting)
    }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::view::plugin::{TimelineKind, TimelineResult};

    fn line(seq: u64) -> TimelineEntry {
        TimelineEntry {
            seq,
            at: Timestamp::UNIX_EPOCH,
            plugin: "hello".into(),
            direction: None,
            kind: TimelineKind::Console,
            name: "log".into(),
            callback_id: None,
            duration_us: None,
            bytes: 0,
            result: TimelineResult::None,
            caused_by: None,
            summary: String::new(),
        }
    }

    #[test]
    fn lines_wait_from_the_first_one_on() {
        let mut lines = Lines::default();
        let first = Instant::now();
        assert_eq!(lines.due, None);
        assert_eq!(lines.keep(line(1), first), Batch::Open);
        assert_eq!(lines.keep(line(2), first + TIMELINE_PAUSE / 2), Batch::Open);
        assert_eq!(lines.due, Some(first + TIMELINE_PAUSE));
        assert_eq!(lines.take().len(), 2);
        assert_eq!((lines.due, lines.take().len()), (None, 0));
    }

    #[test]
    fn a_batch_is_full_at_its_limit() {
        let mut lines = Lines::default();
        let now = Instant::now();
        for seq in 1..TIMELINE_BATCH_MAX as u64 {
            assert_eq!(lines.keep(line(seq), now), Batch::Open);
        }
        assert_eq!(lines.keep(line(0), now), Batch::Full);
        assert_eq!(lines.take().len(), TIMELINE_BATCH_MAX);
    }
}
