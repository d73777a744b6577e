//! Following the journal of a till that works.

use std::sync::Arc;
use std::task::Poll;

use futures::future::join;
use madang_journal::{Event, Position};
use madang_model::order::Order;
use madang_till::{Command, Request, Till};

use crate::catalog::{put, row};
use crate::world::{World, krw};

/// The disk has it, and the task that wrote it has not been told yet; whoever follows the journal asks at just that moment.
#[test]
fn whoever_hears_of_an_event_and_asks_sees_what_it_changed() {
    let check = |command: fn(&mut World) -> Command, kind: &str, sees: fn(&Order) -> bool| {
        let mut world = World::new();
        world.tap(11, 1);
        let command = command(&mut world);
        let (event, order) = heard_and_asked(&mut world, command, kind, |till, event| {
            till.order(event.stream.id.parse().expect("an order"))
        });
        let order = order.unwrap_or_else(|| panic!("{event:?} and no order"));
        assert!(sees(&order), "{event:?} and {order:?}");
    };
    let check_out = |_: &mut World| Command::CheckOut {
        table: None,
        guests: None,
    };
    let pay = |world: &mut World| Command::PayCash {
        order: world.check_out().id,
        received: krw(5_000),
    };
    check(check_out, "order-placed", |order| !order.is_paid());
    check(pay, "payment-taken", Order::is_paid);
}

#[test]
fn whoever_hears_of_the_catalog_and_asks_sees_the_whole_batch() {
    let mut world = World::new();
    let batch = put(vec![row("아메리카노", 1), row("말차", 2)], None);
    let (_, shop) = heard_and_asked(&mut world, batch, "item-changed", |till, _| till.shop());
    assert_eq!(shop.catalog.items[0].price.amount, krw(1));
    let new = shop.catalog.items.last().expect("items");
    assert_eq!(new.title.ko, "말차");
    assert!(world.till.item_day(new.id).is_some());
    assert_eq!(world.till.shop().catalog, shop.catalog);
}

/// The first event of a kind, and what the till answers about it as soon as that event can be read.
fn heard_and_asked<Answer: Send + 'static>(
    world: &mut World,
    command: Command,
    kind: &str,
    ask: impl Fn(&Till, &Event) -> Answer + Send + 'static,
) -> (Arc<Event>, Answer) {
    let till = world.till.clone();
    let request = Request {
        key: world.next_key(),
        actor: World::cashier(),
        command,
    };
    let follower = till.clone();
    let kind = kind.to_owned();
    let follow = async move {
        loop {
            follower.journal().wait_until_answered();
            let events = follower.events(Position::START, 1_000).await;
            let events = events.expect("readable");
            if let Some(event) = events.into_iter().find(|event| event.kind == kind) {
                let answer = ask(&follower, &event);
                return (event, answer);
            }
            yield_once().await;
        }
    };
    let (done, heard) = world
        .simulation
        .run(join(async move { till.perform(request).await }, follow))
        .expect("not stuck");
    done.expect("nothing speaks against it");
    heard
}

/// Lets the other tasks go on once.
async fn yield_once() {
    let mut has_yielded = false;
    std::future::poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
