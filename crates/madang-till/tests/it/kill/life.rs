//! One life of a till: it opens its folder, takes up what was left, and sells until it is killed or told to stop.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use async_trait::async_trait;
use futures::future::join;
use jiff::SignedDuration;
use madang_journal::{SqliteJournal, SqliteSettings};
use madang_model::line::Line;
use madang_model::shop::Shop;
use madang_model::{ItemId, Money, OrderId, PaymentId};
use madang_till::terminal::remote::RemoteTerminal;
use madang_till::terminal::simulated::ChosenOutcome;
use madang_till::{
    Actor, Answer, Answers, Ask, AskEnd, Asks, Command, PlaceOrder, Till, TillSettings, Verdict,
    World,
};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use super::hurried;
use super::ledger::{Asked, Note};
use super::process::{say, told, wait_for_the_end};
use super::terminal::Place;
use crate::world::krw;

/// Pieces of the one item that is counted: more than any life sells.
pub const STOCK: u32 = 1_000_000;
/// The item that is counted.
pub const COUNTED_ITEM: ItemId = ItemId(12);

/// What a life is told.
#[derive(Clone, Serialize, Deserialize)]
pub struct Life {
    pub folder: PathBuf,
    pub terminal: Place,
    /// Counts up from life to life of one folder.
    pub number: u64,
    /// The kinds of sales, again and again.
    pub sales: Vec<Sale>,
    /// After so many it stops by itself.
    pub sales_max: u64,
}

/// A kind of sale.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Sale {
    Approved,
    Declined,
    AnswerLost,
    TimedOut,
    Unplugged,
    Split,
    ReversalRefused,
    CardBack,
    CardNotBack,
    CashBack,
    CalledOff,
    /// Nobody has chosen yet how the terminal ends it.
    CardAwaited,
}

/// Every kind that ends by itself.
pub const SALES: [Sale; 11] = [
    Sale::Approved,
    Sale::CardBack,
    Sale::AnswerLost,
    Sale::Split,
    Sale::ReversalRefused,
    Sale::CardNotBack,
    Sale::Unplugged,
    Sale::CashBack,
    Sale::Declined,
    Sale::TimedOut,
    Sale::CalledOff,
];

/// A till that is open.
pub struct Opened {
    pub till: Till,
    pub journal: Arc<SqliteJournal>,
    pub terminal: Arc<RemoteTerminal>,
    pub world: World,
}

impl Life {
    pub async fn open(&self, runtime: &Handle) -> Opened {
        let journal = SqliteJournal::open(&self.folder, SqliteSettings::default());
        let journal = Arc::new(journal.expect("the folder of the life before"));
        let terminal = RemoteTerminal::new(self.terminal.address, self.terminal.can_inquire);
        let terminal = Arc::new(terminal);
        let world = hurried::world(runtime, self.number);
        let till = Till::open(
            Arc::new(shop()),
            journal.clone(),
            terminal.clone(),
            world.clone(),
            TillSettings::default(),
        );
        let till = till.await.expect("the till of the life before");
        till.set_asks(Arc::new(Guard(world.clone())));
        Opened {
            till,
            journal,
            terminal,
            world,
        }
    }
}

/// A plugin that has nothing against giving money back, and takes its time.
struct Guard(World);

#[async_trait]
impl Asks for Guard {
    async fn ask(&self, _: Ask) -> Answers {
        let asked_at = self.0.now();
        self.0.pause(SignedDuration::from_secs(1)).await;
        let asked = madang_till::Asked {
            plugin: "guard".into(),
            asked_at,
            ended_at: self.0.now(),
            ended: AskEnd::Allowed,
        };
        Answers {
            verdict: Verdict::Allow,
            asked: vec![asked],
        }
    }
}

fn shop() -> Shop {
    let mut shop = crate::shop::cafe();
    let counted = shop
        .catalog
        .items
        .iter_mut()
        .find(|item| item.id == COUNTED_ITEM);
    counted.expect("it is on the menu").price.stock = Some(STOCK);
    shop
}

/// The process.
pub fn run() {
    let Some(life) = told::<Life>() else { return };
    let told_to_end = Arc::new(AtomicBool::new(false));
    let ends = told_to_end.clone();
    thread::spawn(move || {
        wait_for_the_end();
        ends.store(true, Ordering::SeqCst);
    });
    let runtime = hurried::runtime();
    runtime.block_on(async {
        let counter = Counter {
            opened: life.open(runtime.handle()).await,
            life: life.number,
            keys: AtomicU64::new(0),
        };
        for (number, sale) in (0..life.sales_max).zip(life.sales.iter().cycle()) {
            if told_to_end.load(Ordering::SeqCst) {
                return;
            }
            // Somebody else is served at the same time, so that writes meet in one commit.
            join(counter.sell(number, *sale), counter.kiosk_sells()).await;
        }
    });
}

/// Where it is sold.
struct Counter {
    opened: Opened,
    life: u64,
    keys: AtomicU64,
}

impl Counter {
    async fn sell(&self, number: u64, sale: Sale) {
        self.tap(ItemId(11), 1 + number % 2);
        self.tap(COUNTED_ITEM, 1 + number % 3);
        let checked_out = Command::CheckOut {
            table: None,
            guests: None,
        };
        let Answer::Order { order } = self.ask(cashier(), checked_out).await else {
            panic!("nothing speaks against an order");
        };
        match sale {
            Sale::Approved => drop(self.card(order, None, Some(ChosenOutcome::Approved)).await),
            Sale::Declined => {
                let declined = ChosenOutcome::Declined {
                    code: "051".into(),
                    message: "한도 초과".into(),
                };
                self.card(order, None, Some(declined)).await;
                self.cash(order).await;
            }
            Sale::AnswerLost => self.card_or_cash(order, ChosenOutcome::AnswerLost).await,
            Sale::TimedOut => self.card_or_cash(order, ChosenOutcome::TimedOut).await,
            Sale::Unplugged => self.card_or_cash(order, ChosenOutcome::Unplugged).await,
            Sale::ReversalRefused => {
                self.card_or_cash(order, ChosenOutcome::ReversalRefused)
                    .await
            }
            Sale::Split => {
                let part = Some(krw(3_000));
                self.card(order, part, Some(ChosenOutcome::Approved)).await;
                self.cash(order).await;
            }
            Sale::CardBack => {
                let payment = self.card(order, None, Some(ChosenOutcome::Approved)).await;
                self.give_back(order, payment).await;
            }
            Sale::CardNotBack => {
                let refused = Some(ChosenOutcome::ReversalRefused);
                let payment = self.card(order, None, refused).await;
                self.give_back(order, payment).await;
            }
            Sale::CashBack => {
                let payment = self.cash(order).await;
                self.give_back(order, payment).await;
            }
            Sale::CalledOff => {
                self.ask(cashier(), Command::CancelOrder { order }).await;
            }
            Sale::CardAwaited => drop(self.card(order, None, None).await),
        }
    }

    /// A plugin's order, paid elsewhere.
    async fn kiosk_sells(&self) {
        let kiosk = Actor::Plugin("kiosk".into());
        let till = &self.opened.till;
        let shop = till.shop();
        let item = shop.catalog.item(COUNTED_ITEM);
        let item = item.expect("it is on the menu");
        let line = Line::from_menu(&shop.catalog, item, till.next_line_key(), 1, None);
        let place = PlaceOrder {
            order_key: None,
            lines: vec![line.expect("it has no options")],
            discounts: Vec::new(),
            memo: String::new(),
            table: None,
            guests: None,
            channels: vec!["KIOSK".into()],
            request: None,
        };
        let place = Command::PlaceOrder(Box::new(place));
        let Answer::Order { order } = self.ask(kiosk.clone(), place).await else {
            panic!("nothing speaks against an order");
        };
        let pay = Command::PayExternal {
            order,
            amount: None,
            source: "계좌".into(),
        };
        self.ask(kiosk, pay).await;
    }

    fn tap(&self, item: ItemId, quantity: u64) {
        self.opened
            .till
            .add_to_cart(&cashier(), item, quantity, None)
            .expect("it is on the menu");
    }

    async fn card_or_cash(&self, order: OrderId, outcome: ChosenOutcome) {
        self.card(order, None, Some(outcome)).await;
        // Refused when the money was there after all.
        self.cash(order).await;
    }

    async fn card(
        &self,
        order: OrderId,
        amount: Option<Money>,
        outcome: Option<ChosenOutcome>,
    ) -> Option<PaymentId> {
        self.choose(outcome).await;
        payment_of(
            &self
                .ask(cashier(), Command::PayCard { order, amount })
                .await,
        )
    }

    async fn cash(&self, order: OrderId) -> Option<PaymentId> {
        let received = krw(100_000);
        payment_of(
            &self
                .ask(cashier(), Command::PayCash { order, received })
                .await,
        )
    }

    async fn give_back(&self, order: OrderId, payment: Option<PaymentId>) {
        let Some(payment) = payment else { return };
        self.ask(cashier(), Command::CancelPayment { order, payment })
            .await;
    }

    /// The terminal may be dead just now.
    async fn choose(&self, outcome: Option<ChosenOutcome>) {
        let Opened {
            terminal, world, ..
        } = &self.opened;
        while terminal.choose(outcome.clone(), false).await.is_err() {
            world.pause(SignedDuration::from_secs(1)).await;
        }
    }

    async fn ask(&self, actor: Actor, command: Command) -> Answer {
        let key = self.keys.fetch_add(1, Ordering::SeqCst);
        let asked = Asked {
            key: format!("{}-{key}", self.life),
            actor,
            command,
        };
        say(&Note::Asked(asked.clone()));
        let asks_outside = matches!(
            asked.command,
            Command::PayCard { .. } | Command::CancelPayment { .. }
        );
        if asks_outside
            && let Ok(begun) = self.opened.till.begin(asked.request()).await
            && let (Some(order), Some(payment)) = (begun.order, begun.payment)
        {
            let order = order.id;
            say(&Note::Begun { order, payment });
        }
        let shown = asked.perform(&self.opened.till).await;
        let answer = shown.answer.clone();
        let key = asked.key;
        say(&Note::Shown { key, shown });
        answer
    }
}

fn payment_of(answer: &Answer) -> Option<PaymentId> {
    match answer {
        Answer::Payment { payment, .. } => Some(*payment),
        _ => None,
    }
}

fn cashier() -> Actor {
    Actor::Cashier("1".into())
}
