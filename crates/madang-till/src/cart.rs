//! Taps: changes of the cart, answered from memory and on the disk with the next group of writes.

use std::sync::Arc;

use madang_journal::{Batch, ExpectedVersion};
use madang_model::cart::{Cart, CartCommand, CartEvent};
use madang_model::catalog::{Item, SaleState};
use madang_model::line::{ChosenChoice, Line, choices_from_menu};
use madang_model::{ItemId, LineKey, Refusal};

use crate::event::{cart_stream, write};
use crate::memory::Memory;
use crate::number;
use crate::operation::Actor;
use crate::recover;
use crate::till::{Change, Inner, Till, TillError};

impl Till {
    /// A tap on an item: `quantity` of it, with the choices given or its defaults.
    ///
    /// # Errors
    /// A refusal: not on the menu, sold out, not enough left, wrong choices.
    pub fn add_to_cart(
        &self,
        actor: &Actor,
        item: ItemId,
        quantity: u64,
        chosen: Option<&[ChosenChoice]>,
    ) -> Result<Arc<Cart>, TillError> {
        let shop = self.shop();
        let catalog = &shop.catalog;
        let item = catalog.item(item).ok_or(Refusal::NoSuchItem { item })?;
        let key = number::line_key(&self.inner.world);
        let mut line = Line::from_menu(catalog, item, key, quantity, chosen)?;
        self.change(actor, |memory| {
            enough_left(memory, item, u64::from(line.quantity))?;
            line.dining = memory.cart.dining;
            Ok(CartCommand::Add {
                line: Box::new(line),
                merge: true,
            })
        })
    }

    /// New choices for a line of the menu, checked against it.
    ///
    /// # Errors
    /// A refusal naming the option group that is not answered rightly.
    pub fn choose_in_cart(
        &self,
        actor: &Actor,
        key: &LineKey,
        chosen: &[ChosenChoice],
    ) -> Result<Arc<Cart>, TillError> {
        self.change(actor, |memory| {
            let catalog = &memory.shop.catalog;
            let line = memory.cart.line(key)?;
            let item = catalog
                .item(line.item.id)
                .ok_or(Refusal::NoSuchItem { item: line.item.id })?;
            let choices = choices_from_menu(catalog, item, chosen)?;
            Ok(CartCommand::SetChoices {
                key: key.clone(),
                choices,
            })
        })
    }

    /// Any other change of the cart.
    ///
    /// # Errors
    /// A refusal, or a journal that takes no more writes.
    pub fn change_cart(&self, actor: &Actor, command: CartCommand) -> Result<Arc<Cart>, TillError> {
        self.change(actor, |memory| {
            if let CartCommand::SetQuantity { key, quantity } = &command {
                let line = memory.cart.line(key)?;
                let more = quantity.saturating_sub(u64::from(line.quantity));
                let item = memory.shop.catalog.item(line.item.id);
                if let Some(item) = item.filter(|_| more > 0) {
                    enough_left(memory, item, more)?;
                }
            }
            Ok(command)
        })
    }

    fn change(
        &self,
        actor: &Actor,
        command: impl FnOnce(&Memory) -> Result<CartCommand, Refusal>,
    ) -> Result<Arc<Cart>, TillError> {
        let inner = &self.inner;
        let mut memory = inner.memory_mut();
        let events = memory.cart.decide(command(&memory)?)?;
        let cart = events.iter().fold((*memory.cart).clone(), Cart::evolve);
        let stamp = inner.stamp(actor, None);
        let stream = cart_stream(&inner.shop_id, cart.id);
        let mut batch = Batch::new(inner.shop_id.clone());
        batch.expect(
            stream.clone(),
            ExpectedVersion::Exactly(memory.cart_version),
        );
        for event in &events {
            batch.event(write(stream.clone(), event, &stamp));
        }
        // Handed over under the lock, so that the disk sees the taps in the order of the memory.
        let pending = inner.journal.write_soon(batch)?;
        let epoch = memory.cart_epoch;
        memory.cart_version = events.iter().fold(memory.cart_version, |version, _| {
            version.next().unwrap_or(version)
        });
        memory.cart = Arc::new(cart);
        let cart = memory.cart.clone();
        // Told under the lock, so that listeners hear of taps in their order.
        for event in &events {
            inner.tell(Change::Cart {
                cart: cart.clone(),
                event: word(event),
            });
        }
        drop(memory);
        // Held loosely: a till that is closed has nobody left to show a cart to.
        let watching = Arc::downgrade(inner);
        inner.world.tasks.spawn(Box::pin(async move {
            if let Err(error) = pending.settled().await
                && let Some(inner) = watching.upgrade()
            {
                tracing::warn!(%error, "a tap was not kept; the cart is read again");
                inner.reload_cart(epoch).await;
            }
        }));
        Ok(cart)
    }
}

impl Inner {
    /// Reads the cart again after a write that memory had taken for granted did not stand. `epoch` is that of the write:
    /// when the cart was read again since, that is enough.
    pub async fn reload_cart(&self, epoch: u64) {
        {
            let mut memory = self.memory_mut();
            if memory.cart_epoch != epoch {
                return;
            }
            memory.cart_epoch += 1;
        }
        // Taps behind the one that was lost may still wait for the disk, and one of them may stand: what is read before they have
        // ended is not what will be kept.
        let behind = Batch::new(self.shop_id.clone());
        if let Err(error) = self.journal.write(behind).await {
            tracing::error!(%error, "the cart could not be read again");
            return;
        }
        match recover::open_carts(self).await {
            Ok(carts) => {
                let mut memory = self.memory_mut();
                memory.cart = Arc::new(carts.cart);
                memory.cart_version = carts.version;
                memory.held_carts = carts.held.into();
                self.tell(Change::Cart {
                    cart: memory.cart.clone(),
                    event: "update",
                });
                self.tell(Change::HeldCarts {
                    held: memory.held_carts.clone(),
                });
            }
            Err(error) => tracing::error!(%error, "the cart could not be read again"),
        }
    }
}

/// Refuses what is sold out, and more than is left with what the cart already holds.
pub(crate) fn enough_left(memory: &Memory, item: &Item, more: u64) -> Result<(), Refusal> {
    let Some(day) = memory.item(item.id) else {
        return Err(Refusal::NoSuchItem { item: item.id });
    };
    if day.sale_state() != SaleState::OnSale {
        return Err(Refusal::SoldOut {
            title: item.title.clone(),
        });
    }
    let Some(left) = day.left else { return Ok(()) };
    let left = u64::try_from(left).unwrap_or(0);
    if memory.cart.quantity_of(item.id) + more <= left {
        return Ok(());
    }
    Err(Refusal::NotEnoughStock {
        title: item.title.clone(),
        left: u32::try_from(left).unwrap_or(u32::MAX),
    })
}

/// The word that plugins hear for a change of the cart.
fn word(event: &CartEvent) -> &'static str {
    match event {
        CartEvent::LineAdded { .. } => "add",
        CartEvent::LineDeleted { .. } => "delete",
        CartEvent::CartCleared {}
        | CartEvent::CartOpened { .. }
        | CartEvent::CartHeld {}
        | CartEvent::CartCheckedOut { .. } => "clear",
        _ => "update",
    }
}
