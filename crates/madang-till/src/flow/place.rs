//! Carts and orders that begin: check out, place, recall.

use std::sync::Arc;

use madang_journal::{ExpectedVersion, NewEvent, StreamId, ValueChange};
use madang_model::cart::{Cart, CartCommand, CartEvent};
use madang_model::order::{NewOrder, Source};
use madang_model::{CartId, OrderId, Refusal, TableId};

use super::Operation;
use crate::event::{Stamp, cart_stream, write};
use crate::memory::Memory;
use crate::number;
use crate::operation::{Actor, Answer, PlaceOrder};
use crate::order::NotWritten;
use crate::recover::{CART_KEY, cart_scope};
use crate::till::{Change, Inner};

impl Inner {
    /// The cart becomes an order, and an empty cart takes its place.
    pub(crate) async fn check_out(
        &self,
        operation: &Operation,
        table: Option<TableId>,
        guests: Option<u32>,
    ) -> Result<Answer, NotWritten> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let order = number::order_id(&self.world);
        let next_cart = number::cart_id(&self.world);
        let answer = Answer::Order { order };
        let before = std::sync::Mutex::new(None);
        let checked_out = self
            .place_order(
                &stamp,
                |memory, number, business_date| {
                    let cart = &memory.cart;
                    self.free_table(memory, table)?;
                    let checked_out =
                        self.cart_event(cart, memory, &CartEvent::CartCheckedOut { order }, &stamp);
                    let new = NewOrder {
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
                    };
                    Ok((
                        new,
                        vec![checked_out, self.opened_cart(next_cart, &stamp)],
                        vec![self.current_cart(next_cart)],
                    ))
                },
                |memory| {
                    let empty = Arc::new(Cart::new(next_cart, self.shop.currency));
                    let cart = (
                        std::mem::replace(&mut memory.cart, empty),
                        std::mem::replace(
                            &mut memory.cart_version,
                            madang_journal::Version::new(1),
                        ),
                    );
                    *before
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(cart);
                },
                |memory| {
                    if let Some((cart, version)) = before
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .take()
                    {
                        memory.cart = cart;
                        memory.cart_version = version;
                    }
                },
                &|_| Some(self.finished(operation, &stamp, &answer)),
            )
            .await;
        if checked_out.is_ok() {
            let cart = self.memory().cart.clone();
            self.tell(Change::Cart {
                cart,
                event: "clear",
            });
        }
        checked_out.map(|_| answer)
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
                Ok((new, Vec::new(), Vec::new()))
            },
            |_| {},
            |_| {},
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
        if !self.memory().cart.lines.is_empty() {
            return Err(Refusal::NotValid {
                message: "the cart is not empty".into(),
                message_ko: "장바구니를 먼저 비워 주세요".into(),
            }
            .into());
        }
        let decide = |order: &madang_model::order::Order| {
            if order
                .payments
                .iter()
                .any(madang_model::payment::Payment::holds_its_part)
            {
                return Err(Refusal::HasPayments);
            }
            order.decide(madang_model::order::OrderCommand::Cancel)
        };
        let (recalled, _) = self
            .change_order(order, &stamp, decide, &|_| {
                Some(self.finished(operation, &stamp, &answer))
            })
            .await?;
        self.refill_cart(operation, &recalled);
        Ok(answer)
    }

    /// What was ordered lies in the cart again. Taps may fill it at the same time; they are all kept.
    fn refill_cart(self: &Arc<Self>, operation: &Operation, order: &madang_model::order::Order) {
        let till = crate::Till {
            inner: self.clone(),
        };
        let lines = order.lines.iter().map(|line| CartCommand::Add {
            line: Box::new(line.clone()),
            merge: false,
        });
        let discounts = order
            .discounts
            .iter()
            .map(|discount| CartCommand::AddDiscount {
                discount: discount.clone(),
            });
        for command in lines.chain(discounts) {
            if let Err(error) = till.change_cart(&operation.actor, command) {
                tracing::warn!(%error, order = %order.id, "a line of a recalled order could not go back into the cart");
            }
        }
    }

    fn cart_event(
        &self,
        cart: &Cart,
        memory: &Memory,
        event: &CartEvent,
        stamp: &Stamp,
    ) -> (StreamId, ExpectedVersion, NewEvent) {
        let stream = cart_stream(&self.shop_id, cart.id);
        (
            stream.clone(),
            ExpectedVersion::Exactly(memory.cart_version),
            write(stream, event, stamp),
        )
    }

    fn opened_cart(&self, cart: CartId, stamp: &Stamp) -> (StreamId, ExpectedVersion, NewEvent) {
        let stream = cart_stream(&self.shop_id, cart);
        let opened = CartEvent::CartOpened {
            cart,
            currency: self.shop.currency,
        };
        (
            stream.clone(),
            ExpectedVersion::Exactly(madang_journal::Version::NONE),
            write(stream, &opened, stamp),
        )
    }

    fn current_cart(&self, cart: CartId) -> ValueChange {
        ValueChange {
            scope: cart_scope(&self.shop_id, &self.settings),
            key: CART_KEY.into(),
            value: Some(cart.to_string()),
        }
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

/// Events that an order begins with are the till's; everything else names who placed it.
fn source(actor: &Actor) -> Source {
    match actor {
        Actor::Plugin(name) => Source::Plugin(name.clone()),
        Actor::Guest => Source::Guest,
        Actor::Cashier(_) | Actor::System => Source::Till,
    }
}
