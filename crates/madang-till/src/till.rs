//! The till itself: what it holds, how it opens, and who hears of its changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use futures::future::Shared;
use jiff::Timestamp;
use madang_journal::{Journal, Position, ReadError, ShopId, WriteError};
use madang_model::cart::Cart;
use madang_model::catalog::ITEMS_MAX;
use madang_model::order::Order;
use madang_model::payment::Payment;
use madang_model::shop::Shop;
use madang_model::stock::ItemDay;
use madang_model::{ItemId, LineKey, OrderId, PaymentId, Refusal, TableId, Text};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::asks::{Asks, NobodyAsked};
use crate::event::UnreadableEvent;
use crate::flow::{Begun, Done};
use crate::memory::{HeldCart, Memory};
use crate::messages::{Messages, NobodyTold};
use crate::operation::Settle;
use crate::recover;
use crate::terminal::CardTerminal;
use crate::world::World;

/// Changes kept for a slow listener before it is told that it missed some: ten busy minutes.
const CHANGES_KEPT: usize = 4_096;

/// What a till is told when it opens.
#[derive(Clone, Debug)]
pub struct TillSettings {
    /// The till's number within the shop; it stands in receipt numbers.
    pub till: String,
    /// Who tells others what happens to orders.
    pub messages: Arc<dyn Messages>,
    /// The most items that imports bring the catalog to.
    pub items_max: usize,
}

impl Default for TillSettings {
    fn default() -> Self {
        Self {
            till: "1".into(),
            messages: Arc::new(NobodyTold),
            items_max: ITEMS_MAX,
        }
    }
}

/// One till of one shop. Clones are the same till.
#[derive(Clone)]
pub struct Till {
    pub(crate) inner: Arc<Inner>,
}

/// What changed, for whoever shows it. What must not be missed is read from the journal instead.
#[derive(Clone, Debug)]
pub enum Change {
    /// The cart.
    Cart {
        /// As it is now.
        cart: Arc<Cart>,
        /// What was done to it, in the words of plugins: `add`, `update`, `delete` or `clear`.
        event: &'static str,
    },
    /// A cart was put aside or taken up.
    HeldCarts {
        /// Those that are put aside now, oldest first.
        held: Arc<[HeldCart]>,
    },
    /// An order or one of its payments.
    Order {
        /// As it is now.
        order: Arc<Order>,
        /// The last event of this change.
        position: Position,
    },
    /// What the shop sells: categories, items, or how many items stand at once.
    Catalog {
        /// The items that are new or different, or stand differently.
        items: Arc<[ItemId]>,
    },
    /// An item's stock or state.
    Item {
        /// Which.
        item: ItemId,
        /// As it is now.
        day: ItemDay,
    },
    /// What is being done about a payment whose answer was lost.
    Attempt {
        /// The order.
        order: OrderId,
        /// The payment.
        payment: PaymentId,
        /// The step.
        step: AttemptStep,
    },
}

/// One step of finding out what became of an attempt at the terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptStep {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: AttemptStepKind,
    /// When the next one follows, if it waits for that.
    pub next_at: Option<Timestamp>,
}

/// What was done about an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum AttemptStepKind {
    /// The terminal was asked for the money.
    Sent,
    /// No answer came.
    AnswerLost {
        /// What happened.
        message: Text,
    },
    /// It is being asked what became of it, for the `number`th time.
    Inquiring {
        /// Which try, from 1.
        number: u32,
    },
    /// It cannot say, so the attempt is taken back.
    CannotSay,
    /// It is being taken back, for the `number`th time.
    Reversing {
        /// Which try, from 1.
        number: u32,
    },
    /// The terminal could not be reached for that.
    NotReached {
        /// What happened.
        message: Text,
    },
    /// It is known now.
    Settled,
}

/// Why a till did not do, open or tell something.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TillError {
    /// It will not: a reason that people can mend.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The journal did not take it. Whether it stands is known when the till is opened again.
    #[error("the journal did not take it")]
    Write(#[from] WriteError),
    /// The journal could not be read.
    #[error("the journal could not be read")]
    Read(#[from] ReadError),
    /// The journal holds something that this program does not understand.
    #[error("the journal cannot be understood")]
    Unreadable(#[source] Arc<UnreadableEvent>),
    /// The task that was doing it is gone.
    #[error("the till is shutting down")]
    Closing,
}

impl From<UnreadableEvent> for TillError {
    fn from(error: UnreadableEvent) -> Self {
        Self::Unreadable(Arc::new(error))
    }
}

pub(crate) struct Inner {
    /// The shop as its file has it: dates, tables and currency never change. Its catalog as it is now is in the memory.
    pub shop: Arc<Shop>,
    pub shop_id: ShopId,
    pub settings: TillSettings,
    pub journal: Arc<dyn Journal>,
    pub terminal: Arc<dyn CardTerminal>,
    pub world: World,
    pub changes: broadcast::Sender<Change>,
    /// Held while the terminal shows an amount: it can show one.
    pub at_terminal: Arc<tokio::sync::Mutex<()>>,
    /// Held while the catalog is changed: each change is decided on what the one before left.
    pub at_catalog: tokio::sync::Mutex<()>,
    memory: RwLock<Memory>,
    asks: RwLock<Arc<dyn Asks>>,
    running: Mutex<HashMap<String, RunningOperation>>,
    pushes: Mutex<HashMap<PaymentId, mpsc::UnboundedSender<Settle>>>,
}

/// An operation that this process is doing right now; repeats of it wait for the same end.
#[derive(Clone)]
pub(crate) struct RunningOperation {
    pub fingerprint: madang_journal::Fingerprint,
    pub begun: Shared<oneshot::Receiver<Result<Begun, TillError>>>,
    pub done: Shared<oneshot::Receiver<Result<Done, TillError>>>,
}

impl Till {
    /// Opens the till on its journal: reads what was, and takes up every operation that was not finished.
    ///
    /// # Errors
    /// When the journal cannot be read, written or understood.
    pub async fn open(
        shop: Arc<Shop>,
        journal: Arc<dyn Journal>,
        terminal: Arc<dyn CardTerminal>,
        world: World,
        settings: TillSettings,
    ) -> Result<Self, TillError> {
        let shop_id = ShopId::new(shop.key.clone()).map_err(WriteError::from)?;
        let memory = recover::memory(&shop, &shop_id, &*journal, &world, &settings).await?;
        let inner = Inner {
            shop,
            shop_id,
            settings,
            journal,
            terminal,
            world,
            changes: broadcast::Sender::new(CHANGES_KEPT),
            at_terminal: Arc::default(),
            at_catalog: tokio::sync::Mutex::default(),
            memory: RwLock::new(memory),
            asks: RwLock::new(Arc::new(NobodyAsked)),
            running: Mutex::default(),
            pushes: Mutex::default(),
        };
        let till = Self {
            inner: Arc::new(inner),
        };
        recover::open_operations(&till.inner).await?;
        Ok(till)
    }

    /// Names whoever answers the till's questions.
    pub fn set_asks(&self, asks: Arc<dyn Asks>) {
        *self
            .inner
            .asks
            .write()
            .unwrap_or_else(PoisonError::into_inner) = asks;
    }

    /// The shop, with its catalog as it is now.
    pub fn shop(&self) -> Arc<Shop> {
        self.inner.memory().shop.clone()
    }

    /// Whether a payment is at the card terminal: what is chosen there now ends that one.
    pub fn is_terminal_busy(&self) -> bool {
        self.inner.at_terminal.try_lock().is_err()
    }

    /// The shop's name in the journal.
    pub fn shop_id(&self) -> &ShopId {
        &self.inner.shop_id
    }

    /// The journal, for readers of its events.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.inner.journal
    }

    /// The time, chance and tasks that the till lives by.
    pub fn world(&self) -> &World {
        &self.inner.world
    }

    /// The cart.
    pub fn cart(&self) -> Arc<Cart> {
        self.inner.memory().cart.clone()
    }

    /// The carts that were put aside, oldest first.
    pub fn held_carts(&self) -> Arc<[HeldCart]> {
        self.inner.memory().held_carts.clone()
    }

    /// An order of the last days.
    pub fn order(&self, id: OrderId) -> Option<Arc<Order>> {
        self.inner.memory().order(id).map(|held| held.order.clone())
    }

    /// A payment of the last days, with its order.
    pub fn payment(&self, id: PaymentId) -> Option<(Arc<Order>, Payment)> {
        self.inner.memory().order_of(id)
    }

    /// Orders that are open, or that wait for the terminal.
    pub fn unsettled_orders(&self) -> Vec<Arc<Order>> {
        self.inner.memory().unsettled_orders()
    }

    /// How an item stands; `None` for one that is not on the menu.
    pub fn item_day(&self, item: ItemId) -> Option<ItemDay> {
        self.inner.memory().item(item)
    }

    /// The open order of a table.
    pub fn table_order(&self, table: TableId) -> Option<Arc<Order>> {
        self.inner.memory().open_order_at(table)
    }

    /// A key for a line that somebody adds without one.
    pub fn next_line_key(&self) -> LineKey {
        crate::number::line_key(&self.inner.world)
    }

    /// Changes from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// Pushes a payment whose answer was lost: staff do not want to wait for the next try.
    ///
    /// # Errors
    /// When no answer is awaited for that payment.
    pub fn settle(&self, payment: PaymentId, how: Settle) -> Result<(), TillError> {
        let pushed = self
            .inner
            .pushes()
            .get(&payment)
            .is_some_and(|push| push.send(how).is_ok());
        if pushed {
            return Ok(());
        }
        let (_, payment) = self
            .payment(payment)
            .ok_or(Refusal::NoSuchPayment { payment })?;
        Err(Refusal::PaymentNotCancellable {
            state: payment.state.word().into(),
        }
        .into())
    }
}

impl Inner {
    pub fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn memory_mut(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn asks(&self) -> Arc<dyn Asks> {
        self.asks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn running(&self) -> MutexGuard<'_, HashMap<String, RunningOperation>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn pushes(&self) -> MutexGuard<'_, HashMap<PaymentId, mpsc::UnboundedSender<Settle>>> {
        self.pushes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn tell(&self, change: Change) {
        // Nobody listening is no fault.
        let _ = self.changes.send(change);
    }
}
