//! What is told of orders: in which words, to whom, and in the very write of the events.

use std::sync::Arc;

use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use madang_journal::{Journal, OutboxMessage, Position, SqliteJournal, SqliteSettings};
use madang_model::line::Line;
use madang_model::order::OrderRequest;
use madang_model::{ItemId, OrderId, money::won, shop::Shop};
use madang_till::terminal::book::TerminalBook;
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use madang_till::world::simulation::Simulation;
use madang_till::{Actor, Answer, Command, OperationKey, PlaceOrder, Request, Till, TillSettings};
use madang_webhook::{Webhook, Webhooks};
use serde_json::Value;
use tempfile::TempDir;

const FIRST: &str = "https://first.example.com/s3cret";
const SECOND: &str = "https://second.example.com/";

/// A till in virtual time that tells two servers, and nobody who sends.
struct Shopping {
    simulation: Simulation,
    till: Till,
    terminal: Arc<SimulatedTerminal>,
    keys: u64,
    told: usize,
    _folder: TempDir,
}

impl Shopping {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let start: Timestamp = "2026-11-22T03:00:00Z".parse().expect("a moment");
        let mut simulation = Simulation::new(start, [4; 32]);
        let journal =
            SqliteJournal::open(&folder.path().join("journal"), SqliteSettings::default());
        let journal: Arc<dyn Journal> = Arc::new(journal.expect("a journal"));
        simulation.hold_time_for_journal(journal.clone());
        let book = TerminalBook::open(&folder.path().join("book")).expect("a book");
        let terminal = SimulatedTerminal::new(book, true, simulation.world());
        let hooks = [FIRST, SECOND].map(|url| Webhook::parse(url).expect("an address"));
        let settings = TillSettings {
            messages: Arc::new(Webhooks::new(hooks.to_vec())),
            ..TillSettings::default()
        };
        let shop = include_str!("../../../madang-till/tests/shop.toml");
        let shop = Arc::new(Shop::from_toml(shop).expect("the café"));
        let opening = Till::open(
            shop,
            journal,
            terminal.clone(),
            simulation.world(),
            settings,
        );
        let till = simulation.run(opening).expect("not stuck").expect("a till");
        Self {
            simulation,
            till,
            terminal,
            keys: 0,
            told: 0,
            _folder: folder,
        }
    }

    fn perform(&mut self, command: Command) -> Answer {
        self.keys += 1;
        let request = Request {
            key: OperationKey::new(format!("key-{}", self.keys)).expect("a key"),
            actor: Actor::Cashier("1".into()),
            command,
        };
        let till = self.till.clone();
        let done = self
            .simulation
            .run(async move { till.perform(request).await });
        done.expect("not stuck")
            .expect("nothing speaks against it")
            .answer
    }

    fn check_out(&mut self) -> OrderId {
        self.till
            .add_to_cart(&Actor::Cashier("1".into()), ItemId(11), 2, None)
            .expect("a tap");
        let (table, guests) = (None, None);
        self.order(Command::CheckOut { table, guests })
    }

    fn order(&mut self, command: Command) -> OrderId {
        match self.perform(command) {
            Answer::Order { order } => order,
            other => panic!("{other:?}"),
        }
    }

    /// Every message to the first server.
    fn all(&self) -> Vec<OutboxMessage> {
        let waiting = self
            .till
            .journal()
            .outbox_waiting(self.till.shop_id(), 1_000);
        let waiting = block_on(waiting).expect("readable").into_iter();
        let is_first = |message: &OutboxMessage| message.destination.starts_with("https://first");
        waiting.filter(is_first).collect()
    }

    /// What was told to the first server since the last check, by its types.
    #[track_caller]
    fn check(&mut self, expected: &[&str]) -> Vec<OutboxMessage> {
        let news = self.all().split_off(self.told);
        self.told += news.len();
        let kind = |message| body(message)["type"].as_str().map(str::to_owned);
        let kinds: Vec<String> = news.iter().filter_map(kind).collect();
        assert_eq!(kinds, expected);
        news
    }
}

fn body(message: &OutboxMessage) -> Value {
    serde_json::from_str(&message.body).expect("JSON")
}

const CREATED: &str = "order.order.created.v1";
const OPENED: &str = "order.order.opened.v1";
const COMPLETED: &str = "order.order.completed.v1";
const CANCELLED: &str = "order.order.cancelled.v1";
const APPROVED: &str = "payment.payment.approved.v1";
const GIVEN_BACK: &str = "payment.payment.cancelled.v1";

#[test]
fn each_change_is_told_in_its_words() {
    let mut shop = Shopping::new();
    let order = shop.check_out();
    shop.check(&[CREATED, OPENED]);
    let received = won(20_000).expect("an amount");
    let paid = shop.perform(Command::PayCash { order, received });
    shop.check(&[APPROVED, COMPLETED]);
    let Answer::Payment { payment, .. } = paid else {
        panic!("a payment: {paid:?}");
    };
    shop.perform(Command::CancelPayment { order, payment });
    shop.check(&[GIVEN_BACK]);

    let order = shop.check_out();
    shop.terminal.choose(Some(ChosenOutcome::TimedOut), false);
    let amount = None;
    shop.perform(Command::PayCard { order, amount });
    shop.check(&[CREATED, OPENED]);
    shop.terminal.choose(Some(ChosenOutcome::Approved), false);
    shop.perform(Command::PayCard { order, amount });
    shop.check(&[APPROVED, COMPLETED]);

    let order = shop.check_out();
    shop.perform(Command::CancelOrder { order });
    shop.check(&[CREATED, OPENED, CANCELLED]);
}

#[test]
fn the_words_are_those_of_the_open_api() {
    let mut shop = Shopping::new();
    let order = shop.check_out();
    shop.terminal.choose(Some(ChosenOutcome::Approved), false);
    shop.perform(Command::PayCard {
        order,
        amount: None,
    });
    let messages = shop.check(&[CREATED, OPENED, APPROVED, COMPLETED]);
    let bodies: Vec<Value> = messages.iter().map(body).collect();
    insta::assert_json_snapshot!(bodies);
}

#[test]
fn messages_are_in_the_batch_of_their_events_for_every_server() {
    let mut shop = Shopping::new();
    let order = shop.check_out();
    let (journal, shop_id) = (shop.till.journal().clone(), shop.till.shop_id().clone());
    let head = block_on(journal.head(&shop_id)).expect("readable");
    assert!(head > Position::START);
    let waiting = block_on(journal.outbox_waiting(&shop_id, 100)).expect("readable");
    let told: Vec<_> = waiting
        .iter()
        .map(|message| {
            let (event, digits) = message.key.rsplit_once('.').expect("both parts");
            assert!(message.destination.ends_with(&format!("#{digits}")));
            assert_eq!(message.group, format!("order/{order}"));
            assert_eq!(body(message)["id"], event);
            let whole = format!("{message:?}");
            assert!(!whole.contains("s3cret"), "{whole}");
            let (origin, _) = message.destination.split_once(' ').expect("both parts");
            (
                origin,
                event
                    .strip_prefix(&order.to_string())
                    .expect("of the order"),
            )
        })
        .collect();
    let expected = [
        ("https://first.example.com", "-1-0"),
        ("https://first.example.com", "-1-1"),
        ("https://second.example.com", "-1-0"),
        ("https://second.example.com", "-1-1"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_order_that_is_asked_for_is_open_when_it_is_accepted() {
    let mut shop = Shopping::new();
    let requested_at = shop.simulation.now();
    let later = |minutes| requested_at + SignedDuration::from_mins(minutes);
    let request = OrderRequest {
        requested_at,
        expires_at: later(10),
        expected_ready_at: later(30),
        estimated_ready_at: None,
        accepted_at: None,
        declined_at: None,
        declined_reason: None,
    };
    let place = shop.asked_for("잘 부탁드려요", 1, Some(request));
    let order = shop.order(Command::PlaceOrder(Box::new(place.clone())));
    shop.check(&[CREATED]);
    let minutes = 20;
    shop.perform(Command::AcceptOrder { order, minutes });
    shop.check(&[OPENED]);
    let order = shop.order(Command::PlaceOrder(Box::new(place)));
    let reason = "재료 소진".into();
    shop.perform(Command::DeclineOrder { order, reason });
    shop.check(&[CREATED, CANCELLED]);
}

#[test]
fn an_order_that_is_too_large_is_told_without_its_contents() {
    let mut shop = Shopping::new();
    // Three bytes each, and as many lines as make a body of more than 128 KiB.
    let place = shop.asked_for(&"가".repeat(500), 90, None);
    shop.order(Command::PlaceOrder(Box::new(place)));
    let messages = shop.check(&[CREATED, OPENED]);
    let data = &body(&messages[0])["data"];
    assert!(data.get("order").is_none());
    assert!(data["orderId"].is_string() || data["orderId"].is_number());
    assert!(data["createdAt"].is_string());
}

impl Shopping {
    /// An order with so many lines of one memo.
    fn asked_for(&self, memo: &str, lines: usize, request: Option<OrderRequest>) -> PlaceOrder {
        let catalog = &self.till.shop().catalog;
        let item = catalog.item(ItemId(13)).expect("it is on the menu");
        let line = || {
            let key = self.till.next_line_key();
            let line = Line::from_menu(catalog, item, key, 1, None).expect("it has no options");
            Line {
                memo: memo.into(),
                ..line
            }
        };
        PlaceOrder {
            order_key: None,
            lines: (0..lines).map(|_| line()).collect(),
            discounts: Vec::new(),
            memo: String::new(),
            table: None,
            guests: None,
            channels: vec!["KIOSK".into()],
            request,
        }
    }
}
