//! Carries every change of till and plugins into the live ring.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use madang_model::{AttemptKey, PaymentId, Refusal};
use madang_till::terminal::simulated::SimulatedTerminal;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::desk::DeskUpdate;
use crate::live::Live;
use crate::view::cart::CartView;
use crate::view::order::OrderView;
use crate::view::plugin::TimelineEntry;
use crate::view::shop::ItemView;
use crate::view::stream::{
    AttemptStep, OrderUpdate, PluginRef, SettingsUpdate, StreamUpdate, ToastRef,
};
use crate::view::terminal::TerminalStateView;
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
    terminal: Arc<SimulatedTerminal>,
    terminal_changes: watch::Receiver<u64>,
    updates: Receiver<DeskUpdate>,
    lines: Vec<TimelineEntry>,
    lines_due: Option<Instant>,
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
        terminal: Arc<SimulatedTerminal>,
        updates: Receiver<DeskUpdate>,
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
            lines: Vec::new(),
            lines_due: None,
        }
    }

    /// Carries on until till and plugins are gone.
    pub async fn run(mut self) {
        let (mut till, mut desk, mut terminal) = (Source::Open, Source::Open, Source::Open);
        while till == Source::Open || desk == Source::Open {
            tokio::select! {
                change = self.changes.recv(), if till == Source::Open => till = self.hear_till(change),
                update = self.updates.recv(), if desk == Source::Open => desk = self.hear_desk(update),
                changed = self.terminal_changes.changed(), if terminal == Source::Open => terminal = self.hear_terminal(changed),
                () = due(self.lines_due) => self.send_lines(),
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
            Change::Order { order, .. } => Some(StreamUpdate::Order(Box::new(OrderUpdate {
                order: OrderView::of(order)?,
            }))),
            Change::Item { item, day } => self
                .till
                .shop()
                .catalog
                .item(*item)
                .map(|there| StreamUpdate::Item(Box::new(ItemView::of(there, *day)))),
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

    fn attempt(&self, payment: PaymentId) -> Option<AttemptKey> {
        let (_, payment) = self.till.payment(payment)?;
        payment.attempt
    }

    fn hear_terminal(&self, changed: Result<(), watch::error::RecvError>) -> Source {
        if changed.is_err() {
            return Source::Closed;
        }
        let view = TerminalStateView::of(&self.terminal.view());
        self.live.push(&StreamUpdate::Terminal(Box::new(view)));
        Source::Open
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
        self.lines.push(line);
        if self.lines.len() >= TIMELINE_BATCH_MAX {
            return self.send_lines();
        }
        self.lines_due
            .get_or_insert_with(|| Instant::now() + TIMELINE_PAUSE);
    }

    fn send_lines(&mut self) {
        self.lines_due = None;
        if self.lines.is_empty() {
            return;
        }
        let lines = std::mem::take(&mut self.lines);
        self.live.push(&StreamUpdate::Timeline(lines));
    }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
