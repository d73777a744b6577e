//! What a till does when it opens: read what was, rebuild its views when they are not this code's, take up what was not finished.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use madang_journal::{
    Batch, ExpectedVersion, Journal, OperationRecord, Position, ReadError, ShopId, ValueChange,
    Version, ViewQuery, WriteError,
};
use madang_model::cart::{Cart, CartEvent};
use madang_model::catalog::CatalogEvent;
use madang_model::order::Order;
use madang_model::shop::Shop;
use madang_model::stock::ItemDay;
use madang_model::{CartId, ItemId, OrderId, Refusal};
use serde::{Deserialize, Serialize};

use crate::event::{self, Recorded, ShopEvent, Stamp, cart_stream, catalog_stream, micros, write};
use crate::flow::{Intent, Operation, resume_cancel, resume_card};
use crate::memory::{Carts, DAYS_KEPT, HeldCart, HeldOrder, Memory};
use crate::number;
use crate::operation::{Actor, Command};
use crate::query::parsed;
use crate::till::{Inner, RunningOperation, TillError, TillSettings};
use crate::view::{self, OrderRow};
use crate::world::World;

/// Where a till keeps which cart is its own.
pub(crate) const CART_KEY: &str = "cart";

/// Where a till keeps which carts it has put aside, as a list of [`HeldPlace`].
pub(crate) const HELD_CARTS_KEY: &str = "held-carts";

/// A held cart as the till's list has it.
#[derive(Serialize, Deserialize)]
pub(crate) struct HeldPlace {
    pub cart: CartId,
    pub held_at: Timestamp,
}

/// Rows read at a time.
const PAGE: u32 = 1_000;

pub(crate) fn cart_scope(shop: &ShopId, settings: &TillSettings) -> String {
    format!("till/{shop}/{}", settings.till)
}

/// The memory of a till, as its journal has it.
pub(crate) async fn memory(
    file: &Shop,
    shop_id: &ShopId,
    journal: &dyn Journal,
    world: &World,
    settings: &TillSettings,
) -> Result<Memory, TillError> {
    let read_to = match view::read_to(journal, shop_id).await? {
        Some(position) => position,
        None => view::begin_rebuild(journal, shop_id).await?,
    };
    bring_views_on(file, shop_id, journal, read_to).await?;
    let carts = opened_carts(file, shop_id, journal, world, settings).await?;
    let (shop, catalog_version) = with_catalog(file, shop_id, journal).await?;
    let mut items = items(&shop, shop_id, journal).await?;
    // An item that was taken out of the shop's file keeps its past, but cannot be sold.
    items.retain(|id, _| shop.catalog.item(*id).is_some());
    let today = shop.business_date(world.now());
    let mut memory = Memory::new((Arc::new(shop), catalog_version), carts, items, today);
    let oldest = today.checked_sub(DAYS_KEPT.days()).unwrap_or(today);
    hold_orders(&mut memory, file, shop_id, journal, oldest).await?;
    Ok(memory)
}

/// The shop of the file with everything that was put into its catalog since, and the version of the catalog's stream.
async fn with_catalog(
    file: &Shop,
    shop_id: &ShopId,
    journal: &dyn Journal,
) -> Result<(Shop, Version), TillError> {
    let mut shop = file.clone();
    let (events, version) = catalog_events(shop_id, journal, Version::NONE).await?;
    shop.catalog.evolve(&events);
    Ok((shop, version))
}

/// What happened to the catalog after a version of its stream, and the version it then has.
pub(crate) async fn catalog_events(
    shop_id: &ShopId,
    journal: &dyn Journal,
    mut version: Version,
) -> Result<(Vec<CatalogEvent>, Version), TillError> {
    let stream = catalog_stream(shop_id);
    let mut catalog = Vec::new();
    loop {
        let events = journal.stream(&stream, version, PAGE).await?;
        for event in &events {
            let recorded = event::read(event)?;
            version = recorded.version;
            catalog.extend(recorded.catalog());
        }
        if events.len() < PAGE as usize {
            return Ok((catalog, version));
        }
    }
}

/// Takes up every operation that was not finished, each in a task of its own.
pub(crate) async fn open_operations(inner: &Arc<Inner>) -> Result<(), TillError> {
    for record in inner.journal.open_operations(&inner.shop_id).await? {
        take_up(inner, record)?;
    }
    Ok(())
}

fn take_up(inner: &Arc<Inner>, record: OperationRecord) -> Result<(), TillError> {
    let corrupt = |what: &str, error: serde_json::Error| madang_journal::ReadError::Corrupt {
        problem: format!("the {what} of operation {}: {error}", record.key),
    };
    let command: Command =
        serde_json::from_str(&record.command).map_err(|error| corrupt("command", error))?;
    let intent: Intent =
        serde_json::from_str(&record.phase_data).map_err(|error| corrupt("phase", error))?;
    let operation = Operation {
        key: record.key.clone(),
        actor: Actor::System,
        command,
        asked: std::sync::OnceLock::new(),
    };
    let inner = inner.clone();
    tracing::warn!(operation = %record.key, phase = %record.phase, order = %intent.order, "taking up what a restart left unfinished");
    let (finish, done) = tokio::sync::oneshot::channel();
    let (announce, begun) = tokio::sync::oneshot::channel();
    let running = RunningOperation {
        fingerprint: record.fingerprint,
        begun: futures::FutureExt::shared(begun),
        done: futures::FutureExt::shared(done),
    };
    inner.running().insert(record.key.clone(), running);
    let tasks = inner.world.tasks.clone();
    tasks.spawn(Box::pin(async move {
        let ended = finish_operation(&inner, &operation, &intent).await;
        if let Err(error) = &ended {
            tracing::error!(%error, operation = %operation.key, "an unfinished operation could not be finished");
        }
        inner.running().remove(&operation.key);
        let _ = announce.send(ended.clone().map(|done| crate::Begun { order: done.order, payment: Some(intent.payment) }));
        let _ = finish.send(ended);
    }));
    Ok(())
}

async fn finish_operation(
    inner: &Arc<Inner>,
    operation: &Operation,
    intent: &Intent,
) -> Result<crate::Done, TillError> {
    let order = inner.load(intent.order).await?.order;
    let payment = order.payment(intent.payment)?;
    let attempt = payment.attempt.clone().ok_or(Refusal::NoSuchPayment {
        payment: intent.payment,
    })?;
    let answer = match operation.command {
        Command::PayCard { .. } => resume_card(inner, operation, intent, &attempt).await?,
        _ => resume_cancel(inner, operation, intent, &attempt).await?,
    };
    let order = inner.load(intent.order).await?.order;
    Ok(crate::Done {
        answer,
        order: Some(order),
        replayed: true,
    })
}

/// The carts as the journal has them.
pub(crate) async fn open_carts(inner: &Inner) -> Result<Carts, TillError> {
    let (shop, shop_id) = (&inner.shop, &inner.shop_id);
    opened_carts(
        shop,
        shop_id,
        &*inner.journal,
        &inner.world,
        &inner.settings,
    )
    .await
}

async fn opened_carts(
    shop: &Shop,
    shop_id: &ShopId,
    journal: &dyn Journal,
    world: &World,
    settings: &TillSettings,
) -> Result<Carts, TillError> {
    let (cart, version) = opened_cart(shop, shop_id, journal, world, settings).await?;
    let mut held = Vec::new();
    for place in places(journal, &cart_scope(shop_id, settings)).await? {
        let (cart, version) = read_cart(shop, shop_id, journal, place.cart).await?;
        held.push(HeldCart {
            cart: Arc::new(cart),
            held_at: place.held_at,
            version,
        });
    }
    Ok(Carts {
        cart,
        version,
        held,
    })
}

async fn places(journal: &dyn Journal, scope: &str) -> Result<Vec<HeldPlace>, ReadError> {
    let Some(text) = journal.value(scope, HELD_CARTS_KEY).await? else {
        return Ok(Vec::new());
    };
    serde_json::from_str(&text).map_err(|error| ReadError::Corrupt {
        problem: format!("the till's held carts: {error}"),
    })
}

async fn opened_cart(
    shop: &Shop,
    shop_id: &ShopId,
    journal: &dyn Journal,
    world: &World,
    settings: &TillSettings,
) -> Result<(Cart, Version), TillError> {
    let scope = cart_scope(shop_id, settings);
    if let Some(id) = journal.value(&scope, CART_KEY).await? {
        let id: CartId = id
            .parse()
            .map_err(|error| madang_journal::ReadError::Corrupt {
                problem: format!("the till's cart: {error}"),
            })?;
        return read_cart(shop, shop_id, journal, id).await;
    }
    let cart = Cart::new(number::cart_id(world), shop.currency);
    let at = world.now();
    let stamp = Stamp {
        at,
        business_date: shop.business_date(at).to_string(),
        actor: Actor::System.to_string(),
        operation: None,
        asked: Arc::default(),
    };
    let stream = cart_stream(shop_id, cart.id);
    let mut batch = Batch::new(shop_id.clone());
    let opened = CartEvent::CartOpened {
        cart: cart.id,
        currency: shop.currency,
    };
    batch
        .expect(stream.clone(), ExpectedVersion::Exactly(Version::NONE))
        .event(write(stream, &opened, &stamp));
    batch.values.push(ValueChange {
        scope,
        key: CART_KEY.into(),
        value: Some(cart.id.to_string()),
    });
    journal.write(batch).await?;
    Ok((cart, Version::new(1)))
}

async fn read_cart(
    shop: &Shop,
    shop_id: &ShopId,
    journal: &dyn Journal,
    id: CartId,
) -> Result<(Cart, Version), TillError> {
    let stream = cart_stream(shop_id, id);
    let (mut cart, mut version) = (Cart::new(id, shop.currency), Version::NONE);
    loop {
        let events = journal.stream(&stream, version, PAGE).await?;
        for event in &events {
            let recorded = event::read(event)?;
            version = recorded.version;
            if let ShopEvent::Cart(_, event) = recorded.event {
                cart = cart.evolve(&event);
            }
        }
        if events.len() < PAGE as usize {
            return Ok((cart, version));
        }
    }
}

/// How every item of the shop stands, and every other that was ever touched.
async fn items(
    shop: &Shop,
    shop_id: &ShopId,
    journal: &dyn Journal,
) -> Result<HashMap<ItemId, ItemDay>, TillError> {
    let mut items: HashMap<ItemId, ItemDay> = shop
        .catalog
        .items
        .iter()
        .map(|item| (item.id, ItemDay::of(item)))
        .collect();
    let mut query = ViewQuery::of(view::ITEMS, PAGE);
    loop {
        let rows = journal.view(shop_id, query.clone()).await?;
        for row in &rows {
            let id: ItemId =
                row.key
                    .parse()
                    .map_err(|error| madang_journal::ReadError::Corrupt {
                        problem: format!("the view of items: {error}"),
                    })?;
            items.insert(id, parsed(row)?);
        }
        if rows.len() < PAGE as usize {
            return Ok(items);
        }
        query.offset += PAGE;
    }
}

/// Orders that are open, of any age, and all of the last days.
async fn hold_orders(
    memory: &mut Memory,
    shop: &Shop,
    shop_id: &ShopId,
    journal: &dyn Journal,
    oldest: Date,
) -> Result<(), TillError> {
    let mut open = ViewQuery::of(view::ORDERS, PAGE);
    open.groups = view::groups(&[], &[], Some(false));
    hold_rows(memory, shop_id, journal, open).await?;
    let mut recent = ViewQuery::of(view::ORDERS, PAGE);
    recent.at_from = oldest
        .to_zoned(shop.zone())
        .ok()
        .map(|day| micros(day.timestamp()));
    hold_rows(memory, shop_id, journal, recent).await
}

async fn hold_rows(
    memory: &mut Memory,
    shop_id: &ShopId,
    journal: &dyn Journal,
    mut query: ViewQuery,
) -> Result<(), TillError> {
    loop {
        let rows = journal.view(shop_id, query.clone()).await?;
        for row in &rows {
            let row: OrderRow = parsed(row)?;
            memory.hold(Arc::new(row.order), Version::new(row.version));
        }
        if rows.len() < PAGE as usize {
            return Ok(());
        }
        query.offset += PAGE;
    }
}

/// Reads the events that the views have not read, and writes the rows that this code wants. A start that was cut off here
/// is gone on from where it was; after an ordinary day there is nothing but taps.
async fn bring_views_on(
    shop: &Shop,
    shop_id: &ShopId,
    journal: &dyn Journal,
    mut after: Position,
) -> Result<(), TillError> {
    let mut days = items(shop, shop_id, journal).await?;
    let mut page = PAGE;
    loop {
        let events = journal.events(shop_id, after, page).await?;
        let Some(last) = events.last() else {
            return Ok(());
        };
        let until = last.position;
        let recorded = events
            .iter()
            .map(|event| event::read(event))
            .collect::<Result<Vec<_>, _>>()?;
        let mut batch = Batch::new(shop_id.clone());
        for order in changed_orders(journal, shop_id, &recorded).await? {
            batch
                .views
                .push(view::order_row(&order.order, order.version));
            batch.views.extend(
                order
                    .order
                    .payments
                    .iter()
                    .map(|payment| view::payment_row(&order.order, payment.id)),
            );
        }
        for event in &recorded {
            match &event.event {
                ShopEvent::Item(id, change) => {
                    if let Some(day) = days.get_mut(id) {
                        *day = day.evolve(change);
                        batch.views.push(view::item_row(*id, *day));
                    }
                }
                ShopEvent::Catalog(CatalogEvent::ItemAdded { item }) => {
                    let day = ItemDay::of(item);
                    days.insert(item.id, day);
                    batch.views.push(view::item_row(item.id, day));
                }
                _ => {}
            }
        }
        batch.view_moves = view::ALL
            .iter()
            .map(|name| madang_journal::ViewMove {
                view: (*name).into(),
                to: madang_journal::MoveTo::At(until),
            })
            .collect();
        match journal.write(batch).await {
            Ok(_) => after = until,
            // Large orders: a smaller page fits, since the events of one write did.
            Err(WriteError::TooLarge { .. }) if page > 1 => {
                page = (page / 2).max(1);
                days = items(shop, shop_id, journal).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The orders that these events touched, each read from its rows so far and brought on.
async fn changed_orders(
    journal: &dyn Journal,
    shop_id: &ShopId,
    recorded: &[Recorded],
) -> Result<Vec<HeldOrder>, TillError> {
    let mut orders: HashMap<OrderId, HeldOrder> = HashMap::new();
    for event in recorded {
        let ShopEvent::Order(id, change) = &event.event else {
            continue;
        };
        let before = match orders.remove(id) {
            Some(held) => Some(held),
            None => row_of(journal, shop_id, *id).await?,
        };
        let order = match before {
            Some(held) if held.version >= event.version => held,
            Some(held) => HeldOrder {
                order: Arc::new((*held.order).clone().evolve(change, event.at)),
                version: event.version,
            },
            None => HeldOrder {
                order: Arc::new(Order::first(change, event.at)?),
                version: event.version,
            },
        };
        orders.insert(*id, order);
    }
    Ok(orders.into_values().collect())
}

async fn row_of(
    journal: &dyn Journal,
    shop_id: &ShopId,
    id: OrderId,
) -> Result<Option<HeldOrder>, TillError> {
    let Some(row) = journal
        .view_row(shop_id, view::ORDERS, &id.to_string())
        .await?
    else {
        return Ok(None);
    };
    let row: OrderRow = parsed(&row)?;
    Ok(Some(HeldOrder {
        order: Arc::new(row.order),
        version: Version::new(row.version),
    }))
}
