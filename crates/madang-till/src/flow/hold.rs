//! Carts that are put aside until their guest is back, and taken up again.

use std::sync::Arc;

use madang_journal::{Batch, ExpectedVersion, OperationChange, PendingWrite, ValueChange, Version};
use madang_model::cart::{Cart, CartEvent};
use madang_model::{CartId, Refusal};

use super::{Operation, json};
use crate::event::{Stamp, cart_stream, write};
use crate::memory::{HeldCart, Memory};
use crate::number;
use crate::operation::Answer;
use crate::order::{NotWritten, not_written};
use crate::recover::{CART_KEY, HELD_CARTS_KEY, HeldPlace, cart_scope};
use crate::till::{Change, Inner};

/// The most carts put aside at one till: more slips than these nobody at one counter keeps apart.
const HELD_CARTS_MAX: usize = 20;

/// The till's carts after one was put aside or taken up, and what is written for it.
struct Swap {
    /// The cart that was asked for, put aside or taken up.
    moved: CartId,
    writes: Vec<(CartId, Version, CartEvent)>,
    cart: Arc<Cart>,
    version: Version,
    held: Vec<HeldCart>,
    /// What plugins hear was done to the cart.
    word: &'static str,
}

impl Inner {
    /// The cart is put aside, and an empty one takes its place.
    pub(crate) async fn hold_cart(&self, operation: &Operation) -> Result<Answer, NotWritten> {
        let next = number::cart_id(&self.world);
        self.swap_carts(operation, |memory, stamp| {
            self.put_aside(memory, stamp, next)
        })
        .await
    }

    /// A held cart is the till's cart again.
    pub(crate) async fn take_up_cart(
        &self,
        operation: &Operation,
        cart: CartId,
    ) -> Result<Answer, NotWritten> {
        self.swap_carts(operation, |memory, stamp| taken_up(memory, stamp, cart))
            .await
    }

    /// Writes the swap that `make` decides on under the lock, and answers once it is on the disk.
    async fn swap_carts(
        &self,
        operation: &Operation,
        make: impl FnOnce(&Memory, &Stamp) -> Result<Swap, Refusal>,
    ) -> Result<Answer, NotWritten> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let (pending, epoch, answer, word) = {
            let mut memory = self.memory_mut();
            let swap = make(&memory, &stamp)?;
            let (answer, word) = (Answer::Cart { cart: swap.moved }, swap.word);
            let operation = self.finished(operation, &stamp, &answer);
            let pending = self.hand_over_swap(&mut memory, swap, &stamp, operation)?;
            (pending, memory.cart_epoch, answer, word)
        };
        if let Err(error) = pending.settled().await {
            self.reload_cart(epoch).await;
            return Err(not_written(error));
        }
        // Told under the lock, so that listeners hear of changes in their order.
        let memory = self.memory_mut();
        self.tell(Change::Cart {
            cart: memory.cart.clone(),
            event: word,
        });
        self.tell(Change::HeldCarts {
            held: memory.held_carts.clone(),
        });
        Ok(answer)
    }

    /// Taps that come next are made on the new cart already, as they would be written after this.
    fn hand_over_swap(
        &self,
        memory: &mut Memory,
        swap: Swap,
        stamp: &Stamp,
        operation: OperationChange,
    ) -> Result<PendingWrite, NotWritten> {
        let mut batch = Batch::new(self.shop_id.clone());
        for (cart, before, event) in &swap.writes {
            let stream = cart_stream(&self.shop_id, *cart);
            batch
                .expect(stream.clone(), ExpectedVersion::Exactly(*before))
                .event(write(stream, event, stamp));
        }
        let places: Vec<HeldPlace> = swap.held.iter().map(place).collect();
        let value = |key: &str, value: String| ValueChange {
            scope: cart_scope(&self.shop_id, &self.settings),
            key: key.into(),
            value: Some(value),
        };
        batch.values = vec![
            value(CART_KEY, swap.cart.id.to_string()),
            value(HELD_CARTS_KEY, json(&places)),
        ];
        batch.operation = Some(operation);
        let pending = self.journal.write_soon(batch).map_err(not_written)?;
        memory.cart = swap.cart;
        memory.cart_version = swap.version;
        memory.held_carts = swap.held.into();
        Ok(pending)
    }

    fn put_aside(&self, memory: &Memory, stamp: &Stamp, next: CartId) -> Result<Swap, Refusal> {
        if memory.cart.lines.is_empty() {
            return Err(Refusal::CartIsEmpty);
        }
        if memory.held_carts.len() >= HELD_CARTS_MAX {
            return Err(Refusal::TooManyHeldCarts {
                count_max: HELD_CARTS_MAX,
            });
        }
        let currency = self.shop.currency;
        let opened = CartEvent::CartOpened {
            cart: next,
            currency,
        };
        let mut held = memory.held_carts.to_vec();
        held.push(aside(memory, stamp));
        Ok(Swap {
            moved: memory.cart.id,
            writes: vec![
                (memory.cart.id, memory.cart_version, CartEvent::CartHeld {}),
                (next, Version::NONE, opened),
            ],
            cart: Arc::new(Cart::new(next, currency)),
            version: Version::new(1),
            held,
            word: "clear",
        })
    }
}

/// What is in the cart is put aside for the one that is taken up; an empty cart is left behind.
fn taken_up(memory: &Memory, stamp: &Stamp, cart: CartId) -> Result<Swap, Refusal> {
    let at = memory
        .held_carts
        .iter()
        .position(|held| held.cart.id == cart)
        .ok_or(Refusal::NoSuchHeldCart { cart })?;
    let mut held = memory.held_carts.to_vec();
    let wanted = held.remove(at);
    let mut writes = vec![(cart, wanted.version, CartEvent::CartTakenUp {})];
    let swaps = !memory.cart.lines.is_empty();
    if swaps {
        writes.push((memory.cart.id, memory.cart_version, CartEvent::CartHeld {}));
        held.push(aside(memory, stamp));
    }
    Ok(Swap {
        moved: cart,
        writes,
        cart: wanted.cart,
        version: after_one(wanted.version),
        held,
        word: if swaps { "update" } else { "add" },
    })
}

fn aside(memory: &Memory, stamp: &Stamp) -> HeldCart {
    HeldCart {
        cart: memory.cart.clone(),
        held_at: stamp.at,
        version: after_one(memory.cart_version),
    }
}

fn after_one(version: Version) -> Version {
    version.next().unwrap_or(version)
}

fn place(held: &HeldCart) -> HeldPlace {
    HeldPlace {
        cart: held.cart.id,
        held_at: held.held_at,
    }
}
