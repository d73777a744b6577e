//! The shape of the till that the routes are written against.
#![allow(dead_code, missing_docs, unused_variables, clippy::unused_async)]
use std::sync::Arc;

use jiff::Timestamp;
use madang_model::cart::{Cart, CartCommand};
use madang_model::catalog::SaleState;
use madang_model::line::ChosenChoice;
use madang_model::order::{Order, OrderPaymentState, OrderState};
use madang_model::shop::Shop;
use madang_model::stock::ItemDay;
use madang_model::*;

#[derive(Clone)]
pub enum Till {}
pub enum SimulatedTerminal {}
#[derive(Clone, Debug)]
pub struct OperationKey(pub String);
impl TryFrom<String> for OperationKey {
    type Error = madang_model::ids::BadId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self(text))
    }
}
pub enum Actor {
    Cashier(String),
}
pub struct Request {
    pub key: OperationKey,
    pub actor: Actor,
    pub command: Command,
}
pub enum SettleBy {
    Inquire,
    Reverse,
}
pub enum Command {
    CheckOut {
        table: Option<TableId>,
        guests: Option<u32>,
    },
    AcceptOrder {
        order: OrderId,
        minutes: Option<u32>,
    },
    DeclineOrder {
        order: OrderId,
        reason: String,
    },
    CancelOrder {
        order: OrderId,
    },
    CompleteOrder {
        order: OrderId,
    },
    Recall {
        order: OrderId,
    },
    PayCard {
        order: OrderId,
        amount: Option<Money>,
    },
    PayCash {
        order: OrderId,
        received: Money,
    },
    PayExternal {
        order: OrderId,
        amount: Option<Money>,
        source: String,
    },
    CancelPayment {
        order: OrderId,
        payment: PaymentId,
    },
    SettlePayment {
        order: OrderId,
        payment: PaymentId,
        how: SettleBy,
    },
    SetSaleState {
        item: ItemId,
        state: SaleState,
    },
    CountStock {
        item: ItemId,
        quantity: u32,
    },
}
pub enum Answer {
    Order(Arc<Order>),
    Payment {
        order: Arc<Order>,
        payment: PaymentId,
    },
    Item(ItemId),
}
pub struct Begun {
    pub order: Arc<Order>,
    pub payment: Option<PaymentId>,
    pub done: bool,
}
#[derive(Debug, thiserror::Error)]
pub enum TillError {
    #[error("refused")]
    Refused(Refusal),
    #[error("unavailable")]
    Unavailable(String),
}
#[derive(Clone, Debug, Default)]
pub struct OrderQuery {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub states: Vec<OrderState>,
    pub payment_states: Vec<OrderPaymentState>,
    pub table: Option<TableId>,
    pub descending: bool,
    pub page: u32,
    pub size: u32,
}
#[derive(Clone, Copy)]
pub enum TerminalScreen {
    Idle,
    Waiting,
    Approved,
    Declined,
    Lost,
    Unplugged,
    TimedOut,
    Reversing,
}
#[derive(Clone)]
pub enum ChosenOutcome {
    Approved,
    Declined { code: String, message: String },
    TimedOut,
    Unplugged,
    AnswerLost,
}
#[derive(Clone)]
pub struct TerminalView {
    pub screen: TerminalScreen,
    pub amount: Option<Money>,
    pub attempt: Option<AttemptKey>,
    pub deadline: Option<Timestamp>,
    pub chosen: Option<ChosenOutcome>,
    pub sticky: bool,
    pub can_inquire: bool,
    pub model: &'static str,
}
impl SimulatedTerminal {
    pub fn choose(&self, outcome: ChosenOutcome, sticky: bool) {
        match *self {}
    }
    pub fn view(&self) -> TerminalView {
        match *self {}
    }
}
#[derive(Clone)]
pub enum Change {
    Cart(Arc<Cart>),
    Order {
        order: Arc<Order>,
        events: Vec<String>,
        position: u64,
    },
    Item {
        item: ItemId,
        day: ItemDay,
        position: u64,
    },
    Terminal(TerminalView),
}
impl Till {
    pub fn subscribe(&self) -> tokio::sync::broadcast::Receiver<Change> {
        match *self {}
    }
    pub fn shop(&self) -> &Arc<Shop> {
        match *self {}
    }
    pub fn cart(&self) -> Arc<Cart> {
        match *self {}
    }
    pub fn item_day(&self, item: ItemId) -> ItemDay {
        match *self {}
    }
    pub fn table_order(&self, table: TableId) -> Option<Arc<Order>> {
        match *self {}
    }
    pub async fn find_order(&self, id: OrderId) -> Result<Arc<Order>, TillError> {
        match *self {}
    }
    pub async fn orders(&self, query: OrderQuery) -> Result<Vec<Arc<Order>>, TillError> {
        match *self {}
    }
    pub fn change_cart(&self, actor: &Actor, command: CartCommand) -> Result<Arc<Cart>, TillError> {
        match *self {}
    }
    pub fn add_to_cart(
        &self,
        actor: &Actor,
        item: ItemId,
        quantity: u64,
        chosen: Option<Vec<ChosenChoice>>,
    ) -> Result<Arc<Cart>, TillError> {
        match *self {}
    }
    pub fn choose_in_cart(
        &self,
        actor: &Actor,
        key: LineKey,
        chosen: Vec<ChosenChoice>,
    ) -> Result<Arc<Cart>, TillError> {
        match *self {}
    }
    pub async fn perform(&self, request: Request) -> Result<Answer, TillError> {
        match *self {}
    }
    pub async fn begin(&self, request: Request) -> Result<Begun, TillError> {
        match *self {}
    }
}
