//! The world that the tests run in: virtual time, seeded chance, a real journal in a temporary folder, the simulated terminal.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use madang_journal::{SqliteJournal, SqliteSettings};
use madang_model::cart::CartCommand;
use madang_model::line::{Discount, Off};
use madang_model::order::Order;
use madang_model::payment::PaymentState;
use madang_model::{ItemId, Money, OrderId, PaymentId, Text, money::won};
use madang_till::terminal::book::{Entry, TerminalBook};
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use madang_till::world::simulation::Simulation;
use madang_till::{
    Actor, Answer, Asks, Command, Done, OperationKey, Request, Till, TillError, TillSettings,
};
use tempfile::TempDir;

pub struct World {
    pub simulation: Simulation,
    pub till: Till,
    pub terminal: Arc<SimulatedTerminal>,
    folder: TempDir,
    shop: Arc<madang_model::shop::Shop>,
    can_inquire: bool,
    keys: u64,
    /// How often the till was opened.
    lives: u8,
}

impl World {
    pub fn new() -> Self {
        Self::with(crate::shop::cafe(), true)
    }

    pub fn with(shop: madang_model::shop::Shop, can_inquire: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let start: Timestamp = "2026-11-22T03:00:00Z".parse().expect("a moment");
        Self::open(start, 1, folder, Arc::new(shop), can_inquire, 0)
    }

    fn open(
        now: Timestamp,
        lives: u8,
        folder: TempDir,
        shop: Arc<madang_model::shop::Shop>,
        can_inquire: bool,
        keys: u64,
    ) -> Self {
        // Chance of its own in each life: two lives at one moment must not give out the same ids.
        let mut simulation = Simulation::new(now, [6_u8.wrapping_add(lives); 32]);
        let journal =
            SqliteJournal::open(&folder.path().join("journal"), SqliteSettings::default())
                .expect("a journal");
        let journal: Arc<dyn madang_journal::Journal> = Arc::new(journal);
        simulation.hold_time_for_journal(journal.clone());
        let book = TerminalBook::open(&folder.path().join("terminal.book")).expect("a book");
        let world = simulation.world();
        let terminal = SimulatedTerminal::new(book, can_inquire, world.clone());
        let opening = Till::open(
            shop.clone(),
            journal,
            terminal.clone(),
            world,
            TillSettings::default(),
        );
        let till = simulation.run(opening).expect("not stuck").expect("a till");
        Self {
            simulation,
            till,
            terminal,
            folder,
            shop,
            can_inquire,
            keys,
            lives,
        }
    }

    /// The process dies and starts again: memory and tasks are gone, files stay.
    pub fn restart(self) -> Self {
        let Self {
            simulation,
            till,
            terminal,
            folder,
            shop,
            can_inquire,
            keys,
            lives,
        } = self;
        let now = simulation.now();
        drop(till);
        drop(terminal);
        drop(simulation);
        Self::open(now, lives.wrapping_add(1), folder, shop, can_inquire, keys)
    }

    pub fn cashier() -> Actor {
        Actor::Cashier("1".into())
    }

    pub fn set_asks(&self, asks: impl Asks + 'static) {
        self.till.set_asks(Arc::new(asks));
    }

    pub fn tap(&self, item: u64, quantity: u64) {
        self.till
            .add_to_cart(&Self::cashier(), ItemId(item), quantity, None)
            .expect("a tap");
    }

    /// Takes something off the whole cart.
    pub fn take_off(&self, off: Off) {
        let discount = Discount {
            title: Text::plain("단골"),
            off,
            plugin: None,
        };
        self.till
            .change_cart(&Self::cashier(), CartCommand::AddDiscount { discount })
            .expect("a discount");
    }

    pub fn next_key(&mut self) -> OperationKey {
        self.keys += 1;
        OperationKey::new(format!("key-{}", self.keys)).expect("a key")
    }

    pub fn perform(&mut self, command: Command) -> Result<Done, TillError> {
        let key = self.next_key();
        self.perform_as(key, command)
    }

    pub fn perform_as(&mut self, key: OperationKey, command: Command) -> Result<Done, TillError> {
        let till = self.till.clone();
        let request = Request {
            key,
            actor: Self::cashier(),
            command,
        };
        self.simulation
            .run(async move { till.perform(request).await })
            .expect("not stuck")
    }

    /// Begins something whose end is not waited for.
    pub fn begin(&mut self, command: Command) -> Result<madang_till::Begun, TillError> {
        let till = self.till.clone();
        let request = Request {
            key: self.next_key(),
            actor: Self::cashier(),
            command,
        };
        self.simulation
            .run(async move { till.begin(request).await })
            .expect("not stuck")
    }

    pub fn check_out(&mut self) -> Arc<Order> {
        let done = self
            .perform(Command::CheckOut {
                table: None,
                guests: None,
            })
            .expect("checked out");
        done.order.expect("an order")
    }

    pub fn choose(&self, outcome: ChosenOutcome) {
        self.terminal.choose(Some(outcome), false);
    }

    /// Pays by card with a chosen outcome and answers how the payment ended.
    pub fn pay_card(
        &mut self,
        order: OrderId,
        outcome: ChosenOutcome,
    ) -> (PaymentId, PaymentState) {
        self.choose(outcome);
        let done = self
            .perform(Command::PayCard {
                order,
                amount: None,
            })
            .expect("a payment");
        payment_of(&done)
    }

    pub fn order(&self, order: OrderId) -> Arc<Order> {
        self.till.order(order).expect("an order")
    }

    pub fn wait(&mut self, seconds: i64) {
        self.simulation.advance(SignedDuration::from_secs(seconds));
    }

    /// What the terminal's book and the till's orders must always agree on: each approval belongs to exactly one payment
    /// that counts it or is marked as one that could not be taken back, and to no other.
    pub fn check_books(&self, orders: &[OrderId]) {
        let payments: Vec<_> = orders
            .iter()
            .flat_map(|order| self.order(*order).payments.clone())
            .collect();
        for (attempt, entry) in self.terminal.book() {
            let owners: Vec<_> = payments
                .iter()
                .filter(|payment| payment.attempt.as_ref() == Some(&attempt))
                .collect();
            assert_eq!(
                owners.len(),
                1,
                "{attempt} belongs to {} payments",
                owners.len()
            );
            let is_known = owners[0].is_paid() || owners[0].state == PaymentState::NotReversed;
            let charged = matches!(entry, Entry::Approved { .. });
            assert_eq!(
                charged, is_known,
                "{attempt} is {entry:?} in the book and {:?} at the till",
                owners[0].state
            );
        }
    }
}

pub fn payment_of(done: &Done) -> (PaymentId, PaymentState) {
    match &done.answer {
        Answer::Payment { payment, state, .. } => (*payment, *state),
        other => panic!("not a payment: {other:?}"),
    }
}

/// Every event so far.
pub fn events(world: &World) -> Vec<Arc<madang_journal::Event>> {
    let reading = world.till.journal().events(
        world.till.shop_id(),
        madang_journal::Position::START,
        10_000,
    );
    futures::executor::block_on(reading).expect("readable")
}

pub fn krw(amount: i64) -> Money {
    won(amount).expect("an amount within bounds")
}
