//! Carts and orders that begin: check out, place, recall.

use std::sync::Arc;

use madang_journal::{ExpectedVersion, ValueChange, Version};
use madang_model::cart::{Cart, CartEvent};
use madang_model::line::{self, Line};
use madang_model::order::{NewOrder, Order, OrderCommand, OrderState, Source};
use madang_model::{CartId, OrderId, Refusal, TableId};

use super::Operation;
use crate::event::cart_stream;
use crate::memory::Memory;
use crate::number;
use crate::operation::{Actor, Answer, PlaceOrder};
use crate::order::{CartChange, NotWritten, cart_changed};
use crate::recover::{CART_KEY, cart_scope};
use crate::till::Inner;

impl Inner {
    /// The cart becomes an order, or a round more for the guests of a table; an empty cart takes its place.
    pub(crate) async fn check_out(
        &self,
        operation: &Operation,
        table: Option<TableId>,
        guests: Option<u32>,
    ) -> Result<Answer, NotWritten> {
        let seated = table.and_then(|table| {
            let there = self.memory().open_order_at(table)?;
            (there.state == OrderState::Opened).then_some(there)
        });
        match seated {
            Some(there) => self.add_round(operation, there.id).await,
            None => self.check_out_anew(operation, table, guests).await,
        }
    }

    async fn check_out_anew(
        &self,
        operation: &Operation,
        table: Option<TableId>,
        guests: Option<u32>,
    ) -> Result<Answer, NotWritten> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let order = number::order_id(&self.world);
        let next_cart = number::cart_id(&self.world);
        let answer = Answer::Order { order };
        let make = |memory: &Memory, number, business_date| {
            let cart = &memory.cart;
            self.free_table(memory, table)?;
            Ok(NewOrder {
                id: order,
                order_key: order.to_string(),
                number,
                business_date,
                source: source(&operation.actor),
                channels: vec!["POS".into()],
                table,
                guests,
                memo: cart.memo.clone(),
                currency: cart.currency,
                lines: cart.lines.clone(),
                discounts: cart.discounts.clone(),
                request: None,
            })
        };
        let cart = |memory: &Memory, _: &Order| Ok(self.next_cart(memory, order, next_cart));
        self.place_order(&stamp, make, Some(&cart), &|_| {
            Some(self.finished(operation, &stamp, &answer))
        })
        .await?;
        Ok(answer)
    }

    /// What is in the cart is added to the open order of a table.
    async fn add_round(&self, operation: &Operation, order: OrderId) -> Result<Answer, NotWritten> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let answer = Answer::Order { order };
        let next_cart = number::cart_id(&self.world);
        let (round, version) = {
            let memory = self.memory();
            (memory.cart.clone(), memory.cart_version)
        };
        let lines = round_lines(&round);
        let decide = |order: &Order| {
            order.decide(OrderCommand::AddLines {
                lines: lines.clone(),
                discounts: round.discounts.clone(),
            })
        };
        let cart = |memory: &Memory, _: &Order| {
            if (memory.cart.id, memory.cart_version) != (round.id, version) {
                return Err(NotWritten::NotNow(cart_changed()));
            }
            Ok(self.next_cart(memory, order, next_cart))
        };
        self.change_order_and_cart(order, &stamp, decide, Some(&cart), &|_| {
            Some(self.finished(operation, &stamp, &answer))
        })
        .await?;
        Ok(answer)
    }

    /// A plugin's or a guest's order.
    pub(crate) async fn place(
        &self,
        operation: &Operation,
        wanted: &PlaceOrder,
    ) -> Result<Answer, NotWritten> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let order = number::order_id(&self.world);
        let answer = Answer::Order { order };
        self.place_order(
            &stamp,
            |memory, number, business_date| {
                self.free_table(memory, wanted.table)?;
                let new = NewOrder {
                    id: order,
                    order_key: wanted
                        .order_key
                        .clone()
                        .unwrap_or_else(|| order.to_string()),
                    number,
                    business_date,
                    source: source(&operation.actor),
                    channels: wanted.channels.clone(),
                    table: wanted.table,
                    guests: wanted.guests,
                    memo: wanted.memo.clone(),
                    currency: self.shop.currency,
                    lines: wanted.lines.clone(),
                    discounts: wanted.discounts.clone(),
                    request: wanted.request.clone(),
                };
                Ok(new)
            },
            None,
            &|_| Some(self.finished(operation, &stamp, &answer)),
        )
        .await?;
        Ok(answer)
    }

    /// An order without payments goes back into the cart, which must be empty.
    pub(crate) async fn recall(
        self: &Arc<Self>,
        operation: &Operation,
        order: OrderId,
    ) -> Result<Answer, NotWritten> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let answer = Answer::Order { order };
        let decide = |order: &Order| {
            if order
                .payments
                .iter()
                .any(madang_model::payment::Payment::holds_its_part)
            {
                return Err(Refusal::HasPayments);
            }
            order.decide(OrderCommand::Cancel)
        };
        let refill = |memory: &Memory, order: &Order| self.refilled_cart(memory, order);
        self.change_order_and_cart(order, &stamp, decide, Some(&refill), &|_| {
            Some(self.finished(operation, &stamp, &answer))
        })
        .await?;
        Ok(answer)
    }

    /// The cart is done with, and an empty one takes its place.
    fn next_cart(&self, memory: &Memory, order: OrderId, next: CartId) -> CartChange {
        let currency = self.shop.currency;
        let opened = CartEvent::CartOpened {
            cart: next,
            currency,
        };
        CartChange {
            writes: vec![
                (
                    cart_stream(&self.shop_id, memory.cart.id),
                    ExpectedVersion::Exactly(memory.cart_version),
                    vec![CartEvent::CartCheckedOut { order }],
                ),
                (
                    cart_stream(&self.shop_id, next),
                    ExpectedVersion::Exactly(Version::NONE),
                    vec![opened],
                ),
            ],
            current: Some(ValueChange {
                scope: cart_scope(&self.shop_id, &self.settings),
                key: CART_KEY.into(),
                value: Some(next.to_string()),
            }),
            after: Cart::new(next, currency),
            version: Version::new(1),
            word: "clear",
        }
    }

    /// What was ordered lies in the cart again, which must be empty.
    fn refilled_cart(&self, memory: &Memory, order: &Order) -> Result<CartChange, NotWritten> {
        let cart = &memory.cart;
        if !(cart.lines.is_empty() && cart.discounts.is_empty()) {
            return Err(Refusal::NotValid {
                message: "the cart is not empty; clear it or check it out first".into(),
                message_ko: "장바구니를 먼저 비워 주세요".into(),
            }
            .into());
        }
        let lines = order.lines.iter().map(|line| CartEvent::LineAdded {
            line: Box::new(line.clone()),
        });
        let discounts = line::reopened(order.currency(), &order.lines, &order.discounts)?
            .into_iter()
            .map(|discount| CartEvent::CartDiscountAdded { discount });
        let memo = (!order.memo.is_empty()).then(|| CartEvent::CartMemoSet {
            memo: order.memo.clone(),
        });
        let events: Vec<CartEvent> = lines.chain(discounts).chain(memo).collect();
        let version = events.iter().fold(memory.cart_version, |version, _| {
            version.next().unwrap_or(version)
        });
        Ok(CartChange {
            after: events.iter().fold((**cart).clone(), Cart::evolve),
            writes: vec![(
                cart_stream(&self.shop_id, cart.id),
                ExpectedVersion::Exactly(memory.cart_version),
                events,
            )],
            current: None,
            version,
            word: "add",
        })
    }

    fn free_table(&self, memory: &Memory, table: Option<TableId>) -> Result<(), Refusal> {
        let Some(table) = table else { return Ok(()) };
        if !self.shop.pays_later() {
            return Err(Refusal::PayFirstOnly);
        }
        let table = self
            .shop
            .table(table)
            .ok_or(Refusal::NoSuchTable { table })?;
        match memory.open_order_at(table.id) {
            Some(_) => Err(Refusal::TableTaken {
                title: table.title.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// The lines of a round; the first one carries the word for all of it, which would be lost with the cart.
fn round_lines(cart: &Cart) -> Vec<Line> {
    let mut lines = cart.lines.clone();
    if let Some(first) = lines.first_mut().filter(|_| !cart.memo.is_empty()) {
        let both = [first.memo.as_str(), &cart.memo]
            .into_iter()
            .filter(|memo| !memo.is_empty())
            .collect::<Vec<_>>()
            .join(" / ");
        first.memo = both.chars().take(line::MEMO_LENGTH_MAX).collect();
    }
    lines
}

/// Events that an order begins with are the till's; everything else names who placed it.
fn source(actor: &Actor) -> Source {
    match actor {
        Actor::Plugin(name) => Source::Plugin(name.clone()),
        Actor::Guest => Source::Guest,
        Actor::Cashier(_) | Actor::System => Source::Till,
    }
}
