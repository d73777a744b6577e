//! A till in virtual time, with a real journal and the simulated terminal.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use madang_insight::{Fact, Reader};
use madang_journal::{Event, Journal, Position, SqliteJournal, SqliteSettings};
use madang_model::line::Line;
use madang_model::money::won;
use madang_model::order::OrderRequest;
use madang_model::shop::Shop;
use madang_model::{ItemId, OrderId, PaymentId, TableId, Text};
use madang_till::terminal::book::TerminalBook;
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use madang_till::world::simulation::Simulation;
use madang_till::{
    Actor, Answer, Command, Done, OperationKey, PlaceOrder, Request, Till, TillSettings,
};
use tempfile::TempDir;

pub struct World {
    pub simulation: Simulation,
    pub till: Till,
    terminal: Arc<SimulatedTerminal>,
    keys: u64,
    _folder: TempDir,
}

impl World {
    /// A café at noon of a Sunday, Korean time.
    pub fn cafe() -> Self {
        Self::of(include_str!("../../../madang-till/tests/shop.toml"))
    }

    /// A restaurant, where guests pay after the meal.
    pub fn restaurant() -> Self {
        Self::of(include_str!("../../../../shops/restaurant.toml"))
    }

    fn of(shop: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let start: Timestamp = "2026-11-22T03:00:00Z".parse().expect("a moment");
        let mut simulation = Simulation::new(start, [3; 32]);
        let journal = folder.path().join("journal");
        let journal = SqliteJournal::open(&journal, SqliteSettings::default());
        let journal: Arc<dyn Journal> = Arc::new(journal.expect("a journal"));
        simulation.hold_time_for_journal(journal.clone());
        let book = TerminalBook::open(&folder.path().join("terminal.book")).expect("a book");
        let world = simulation.world();
        let terminal = SimulatedTerminal::new(book, true, world.clone());
        let shop = Arc::new(Shop::from_toml(shop).expect("a shop"));
        let opening = Till::open(
            shop,
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
            keys: 0,
            _folder: folder,
        }
    }

    pub fn wait(&mut self, seconds: i64) {
        self.simulation.advance(SignedDuration::from_secs(seconds));
    }

    /// Taps on an item of the menu, a hundred milliseconds of work.
    pub fn tap(&mut self, item: u64) {
        self.till
            .add_to_cart(&cashier(), ItemId(item), 1, None)
            .expect("a tap");
    }

    pub fn tap_any(&mut self) {
        let item = self.till.shop().catalog.items[0].id;
        self.tap(item.0);
    }

    pub fn check_out(&mut self) -> OrderId {
        self.check_out_at(None)
    }

    pub fn check_out_at(&mut self, table: Option<u64>) -> OrderId {
        let table = table.map(TableId);
        let done = self.perform(Command::CheckOut {
            table,
            guests: None,
        });
        done.order.expect("an order").id
    }

    /// Asked for at a kiosk, to be accepted within ten minutes.
    pub fn ask_for(&mut self) -> OrderId {
        let shop = self.till.shop();
        let item = &shop.catalog.items[2];
        let key = self.till.next_line_key();
        let line = Line::from_menu(&shop.catalog, item, key, 1, None).expect("a line");
        let now = self.simulation.now();
        let minutes = |minutes| now + SignedDuration::from_mins(minutes);
        let place = PlaceOrder {
            order_key: None,
            lines: vec![line],
            discounts: Vec::new(),
            memo: "010-1234-5678로 전화 주세요".into(),
            table: None,
            guests: None,
            channels: vec!["KIOSK".into()],
            request: Some(OrderRequest {
                requested_at: now,
                expires_at: minutes(10),
                expected_ready_at: minutes(20),
                estimated_ready_at: None,
                accepted_at: None,
                declined_at: None,
                declined_reason: None,
            }),
        };
        let place = Command::PlaceOrder(Box::new(place));
        let done = self.perform_as(Actor::Plugin("kiosk-link".into()), place);
        done.order.expect("an order").id
    }

    pub fn pay_card(&mut self, order: OrderId, outcome: ChosenOutcome) -> PaymentId {
        self.terminal.choose(Some(outcome), false);
        payment_of(&self.perform(Command::PayCard {
            order,
            amount: None,
        }))
    }

    pub fn pay_cash(&mut self, order: OrderId) -> PaymentId {
        let received = won(1_000_000).expect("an amount");
        payment_of(&self.perform(Command::PayCash { order, received }))
    }

    pub fn perform(&mut self, command: Command) -> Done {
        self.perform_as(cashier(), command)
    }

    pub fn perform_as(&mut self, actor: Actor, command: Command) -> Done {
        self.keys += 1;
        let key = OperationKey::new(format!("key-{}", self.keys)).expect("a key");
        let till = self.till.clone();
        let request = Request {
            key,
            actor,
            command,
        };
        let done = self
            .simulation
            .run(async move { till.perform(request).await });
        done.expect("not stuck").expect("nothing speaks against it")
    }

    /// Every event so far.
    pub fn events(&self) -> Vec<Arc<Event>> {
        let journal = self.till.journal();
        journal.wait_until_answered();
        let reading = journal.events(self.till.shop_id(), Position::START, 10_000);
        futures::executor::block_on(reading).expect("readable")
    }
}

pub fn declined() -> ChosenOutcome {
    ChosenOutcome::Declined {
        code: "051".into(),
        message: Text::plain("한도가 모자라요"),
    }
}

/// What events tell.
pub fn facts(events: &[Arc<Event>]) -> Vec<Fact> {
    let mut reader = Reader::new();
    let mut facts = Vec::new();
    for event in events {
        let read = reader.read(event, |fact| facts.push(fact));
        read.expect("an event of this program");
    }
    facts
}

fn cashier() -> Actor {
    Actor::Cashier("till".into())
}

fn payment_of(done: &Done) -> PaymentId {
    match &done.answer {
        Answer::Payment { payment, .. } => *payment,
        other => panic!("not a payment: {other:?}"),
    }
}
