//! Carts that are put aside and taken up again.

use madang_model::cart::Cart;
use madang_model::{CartId, ItemId};
use madang_till::{Change, Command, OperationKey};

use crate::world::{World, events};

#[test]
fn a_cart_that_was_held_is_taken_up_as_it_was() {
    let mut world = World::new();
    let held = hold(&mut world, 11, 2);
    assert!(world.till.cart().lines.is_empty());
    assert_eq!(in_hand(&world), [held]);

    let mut world = world.restart();
    assert_eq!(in_hand(&world), [held], "a restart keeps it");
    world
        .perform(Command::TakeUpCart { cart: held })
        .expect("taken up");
    assert_eq!(world.till.cart().id, held);
    assert_eq!(world.till.cart().quantity_of(ItemId(11)), 2);
    assert_eq!(in_hand(&world), []);
    world.tap(11, 1);

    let mut world = world.restart();
    assert_eq!(world.till.cart().quantity_of(ItemId(11)), 3);
    assert_eq!(world.check_out().lines[0].quantity, 3);
}

#[test]
fn what_is_in_the_cart_is_held_for_the_one_that_is_taken_up() {
    let mut world = World::new();
    let first = hold(&mut world, 11, 1);
    world.tap(13, 1);
    let second = world.till.cart().id;
    world
        .perform(Command::TakeUpCart { cart: first })
        .expect("taken up");
    assert_eq!(world.till.cart().id, first);
    assert_eq!(in_hand(&world), [second]);
    world
        .perform(Command::TakeUpCart { cart: second })
        .expect("taken up");
    let world = world.restart();
    assert_eq!(world.till.cart().id, second);
    assert_eq!(in_hand(&world), [first]);
}

#[test]
fn refused_holds_say_why_and_change_nothing() {
    let mut world = World::new();
    let check = |world: &mut World, command: Command, expected: &str| {
        let (carts, before) = (in_hand(world), events(world).len());
        let error = world.perform(command).expect_err("refused");
        assert_eq!(error.to_string(), expected);
        assert_eq!((in_hand(world), events(world).len()), (carts, before));
    };
    check(&mut world, Command::HoldCart, "the cart is empty");
    let none = CartId(5);
    check(
        &mut world,
        Command::TakeUpCart { cart: none },
        "there is no held cart 5",
    );
    let all: Vec<CartId> = (0..20).map(|_| hold(&mut world, 11, 1)).collect();
    world.tap(13, 1);
    world.simulation.settle();
    check(
        &mut world,
        Command::HoldCart,
        "20 carts are held already: take one up and pay or clear it first",
    );
    world
        .perform(Command::TakeUpCart { cart: all[0] })
        .expect("a full shelf is no reason not to take one from it");
    assert_eq!(in_hand(&world).len(), 20);
}

#[test]
fn a_repeated_hold_is_done_once() {
    let mut world = World::new();
    world.tap(11, 1);
    let key = || OperationKey::new("hold-1").expect("a key");
    world
        .perform_as(key(), Command::HoldCart)
        .expect("put aside");
    world.tap(13, 1);
    let repeat = world
        .perform_as(key(), Command::HoldCart)
        .expect("the same answer");
    assert!(repeat.replayed);
    assert_eq!(in_hand(&world).len(), 1);
    assert_eq!(world.till.cart().quantity_of(ItemId(13)), 1);
}

/// Plugins and pages see the cart go and come.
#[test]
fn who_listens_hears_of_both() {
    let mut world = World::new();
    world.tap(11, 1);
    let mut changes = world.till.subscribe();
    let mut heard = || {
        let mut heard = Vec::new();
        while let Ok(change) = changes.try_recv() {
            match change {
                Change::Cart { cart, event } => heard.push(format!("{event} {}", lines(&cart))),
                Change::HeldCarts { held } => heard.push(format!("held {}", held.len())),
                _ => {}
            }
        }
        heard
    };
    let held = world.till.cart().id;
    world.perform(Command::HoldCart).expect("put aside");
    assert_eq!(heard(), ["clear 0", "held 1"]);
    world
        .perform(Command::TakeUpCart { cart: held })
        .expect("taken up");
    assert_eq!(heard(), ["add 1", "held 0"]);
}

fn lines(cart: &Cart) -> usize {
    cart.lines.len()
}

/// Fills the cart and puts it aside.
fn hold(world: &mut World, item: u64, quantity: u64) -> CartId {
    world.tap(item, quantity);
    let cart = world.till.cart().id;
    world.perform(Command::HoldCart).expect("put aside");
    cart
}

fn in_hand(world: &World) -> Vec<CartId> {
    let held = world.till.held_carts();
    held.iter().map(|held| held.cart.id).collect()
}
