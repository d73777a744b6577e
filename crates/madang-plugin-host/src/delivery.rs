//! Delivery of the journal's events to a plugin: in order, at least once, no faster than the plugin deals with them.

use std::sync::Arc;

use futures::future::{Either, select};
use madang_journal::{Batch, CursorMove, Journal, MoveTo, Position, ReadError};
use madang_model::ItemId;
use madang_model::catalog::{CatalogEvent, SaleState};
use madang_model::order::OrderEvent;
use madang_model::stock::StockEvent;
use madang_plugin_protocol::{Envelope, event};
use madang_till::event::{Recorded, ShopEvent, read};

use crate::host::Inner;
use crate::plugin::{Plugin, UNACKNOWLEDGED_MAX, lock};
use crate::timeline::Kind;

/// Events read at a time.
const PAGE: u32 = 256;
/// A plugin that is further behind than this is told which range it missed, and goes on from the end.
const BEHIND_MAX: u64 = 20_000;

pub(crate) fn cursor_name(plugin: &str) -> String {
    format!("plugin/{plugin}")
}

/// The pause before events are read again after the journal could not be.
const READ_AGAIN_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

/// Delivers until the host is gone. A journal that cannot be read is told of once, and read again until it can.
pub(crate) async fn deliver(host: Arc<Inner>, plugin: Arc<Plugin>) {
    let mut told = false;
    while let Err(error) = delivering(&host, &plugin).await {
        if !told {
            tracing::error!(%error, plugin = %plugin.name, "events cannot be delivered; trying again");
            let text = format!(
                "이벤트를 보내지 못해 다시 해 볼게요 (events cannot be delivered, trying again: {error})"
            );
            host.note(
                &plugin,
                Kind::Lifecycle,
                "delivery-paused",
                &text,
                None,
                Some(error.to_string()),
            );
            told = true;
        }
        host.till.world().pause(READ_AGAIN_AFTER).await;
    }
}

async fn delivering(host: &Arc<Inner>, plugin: &Arc<Plugin>) -> Result<(), ReadError> {
    let journal = host.till.journal().clone();
    let mut head = journal.watch(host.till.shop_id())?;
    let mut pulse = plugin.pulse.subscribe();
    let mut saved = lock(&plugin.progress).done_to();
    loop {
        head.borrow_and_update();
        pulse.borrow_and_update();
        if host.is_removed(plugin) {
            return Ok(());
        }
        let sent = send_page(host, plugin, &*journal).await?;
        saved = save(host, plugin, &*journal, saved);
        if !sent {
            let changed = std::pin::pin!(head.changed());
            let nudged = std::pin::pin!(pulse.changed());
            match select(changed, nudged).await {
                Either::Left((Err(_), _)) | Either::Right((Err(_), _)) => return Ok(()),
                Either::Left((Ok(()), _)) | Either::Right((Ok(()), _)) => {}
            }
        }
    }
}

/// Sends what there is and what the plugin has room for; answers whether there may be more.
async fn send_page(
    host: &Inner,
    plugin: &Arc<Plugin>,
    journal: &dyn Journal,
) -> Result<bool, ReadError> {
    let Some(instance) = plugin.instance() else {
        return Ok(false);
    };
    let sent = lock(&plugin.progress).sent;
    skip_if_far_behind(host, plugin, journal, sent).await?;
    let sent = lock(&plugin.progress).sent;
    // Through the till, so that a plugin that asks back is told of an order at least as new as what it was told.
    let events = host.till.events(sent, PAGE).await?;
    for stored in &events {
        if lock(&plugin.progress).unacknowledged() >= UNACKNOWLEDGED_MAX {
            return Ok(false);
        }
        let recorded = read(stored).map_err(|error| ReadError::Corrupt {
            problem: error.to_string(),
        })?;
        let messages = messages(host, &recorded);
        // A restart in between begins again from what was acknowledged.
        if !host.is_current(plugin, &instance) {
            return Ok(true);
        }
        let position = stored.position;
        let cause: Arc<str> = cause(host, &recorded.event).into();
        let wanted: Vec<_> = messages
            .into_iter()
            .filter(|message| plugin.may(&message.name))
            .collect();
        if !lock(&plugin.progress).sending(instance.generation, position, wanted.len()) {
            return Ok(true);
        }
        for message in wanted {
            host.send_to(
                plugin,
                &instance,
                &message,
                Some(position),
                Some(cause.clone()),
            );
        }
    }
    Ok(!events.is_empty())
}

async fn skip_if_far_behind(
    host: &Inner,
    plugin: &Plugin,
    journal: &dyn Journal,
    sent: Position,
) -> Result<(), ReadError> {
    let head = journal.head(host.till.shop_id()).await?;
    if head.get().saturating_sub(sent.get()) <= BEHIND_MAX {
        return Ok(());
    }
    let from = sent.next().get();
    lock(&plugin.progress).sent = head;
    let text = format!(
        "이벤트 {from}~{}번을 놓쳤어요 (missed events {from} to {})",
        head.get(),
        head.get()
    );
    host.note(
        plugin,
        Kind::Lifecycle,
        "events-missed",
        &text,
        None,
        Some("too far behind".into()),
    );
    let mut missed = Envelope::new(
        "madang.events.missed.event",
        serde_json::json!({ "from": from, "to": head.get() }),
    );
    missed.version = Some(1);
    host.send(plugin, &missed, None, None);
    Ok(())
}

/// Moves the plugin's cursor as far as it has dealt with everything.
fn save(host: &Inner, plugin: &Plugin, journal: &dyn Journal, saved: Position) -> Position {
    let done = lock(&plugin.progress).done_to();
    if done == saved {
        return saved;
    }
    let mut batch = Batch::new(host.till.shop_id().clone());
    batch.cursors.push(CursorMove {
        name: cursor_name(&plugin.name),
        to: MoveTo::At(done),
    });
    match journal.write_soon(batch) {
        Ok(_) => done,
        Err(error) => {
            // It is tried again with the next event; until then a restart would repeat some.
            tracing::warn!(%error, plugin = %plugin.name, "the cursor could not be moved");
            saved
        }
    }
}

/// What led to a message, in the words that staff and authors group the timeline by: the order and what happened to it.
fn cause(host: &Inner, event: &ShopEvent) -> String {
    match event {
        ShopEvent::Order(id, happened) => {
            let number = match happened {
                OrderEvent::OrderPlaced { order } => Some(order.number),
                _ => host.till.order(*id).map(|order| order.number),
            };
            let order = number.map_or_else(|| id.to_string(), |number| format!("{number:03}"));
            format!("{order} · {}", happening(happened))
        }
        ShopEvent::Item(item, _) => title(host, *item),
        ShopEvent::Catalog(happened) => match happened {
            CatalogEvent::CategoryAdded { category } => category.title.ko.clone(),
            CatalogEvent::ItemAdded { item } => item.title.ko.clone(),
            CatalogEvent::ItemChanged { item, .. } => title(host, *item),
        },
        ShopEvent::Cart(..) => "장바구니".into(),
        ShopEvent::PluginAsked(_) | ShopEvent::Number => String::new(),
    }
}

fn title(host: &Inner, item: ItemId) -> String {
    let shop = host.till.shop();
    let there = shop.catalog.item(item);
    there.map_or_else(|| item.to_string(), |there| there.title.ko.clone())
}

/// Events of one step of an order share a word, so that the timeline shows them together.
fn happening(happened: &OrderEvent) -> &'static str {
    match happened {
        OrderEvent::OrderPlaced { .. } => "주문",
        OrderEvent::OrderAccepted { .. } => "접수",
        OrderEvent::OrderDeclined { .. } => "거절",
        OrderEvent::OrderExpired {} => "시간 초과",
        OrderEvent::LinesAdded { .. } => "메뉴 추가",
        OrderEvent::OrderCancelled {} => "주문 취소",
        OrderEvent::PaymentStarted { .. }
        | OrderEvent::PaymentTaken { .. }
        | OrderEvent::PaymentUnknown { .. }
        | OrderEvent::PaymentApproved { .. }
        | OrderEvent::PaymentFailed { .. }
        | OrderEvent::OrderCompleted {}
        | OrderEvent::ReceiptGiven { .. } => "결제",
        OrderEvent::PaymentCancelStarted { .. }
        | OrderEvent::PaymentCancelled { .. }
        | OrderEvent::PaymentCancelFailed { .. }
        | OrderEvent::RefundReceiptGiven { .. } => "환불",
    }
}

/// What an event of the shop is to plugins.
fn messages(host: &Inner, recorded: &Recorded) -> Vec<Envelope> {
    match &recorded.event {
        ShopEvent::Order(id, happened) => {
            let mut messages = order_messages(*id, happened);
            messages.extend(table_message(host, *id, happened));
            messages
        }
        ShopEvent::Item(item, happened) => {
            item_message(host, *item, happened).into_iter().collect()
        }
        ShopEvent::Catalog(happened) => vec![catalog_message(happened)],
        ShopEvent::Cart(..) | ShopEvent::PluginAsked(_) | ShopEvent::Number => Vec::new(),
    }
}

fn catalog_message(happened: &CatalogEvent) -> Envelope {
    match happened {
        CatalogEvent::CategoryAdded { category } => event::category_change("add", category.id),
        CatalogEvent::ItemAdded { item } => event::catalog_item_change("add", item.id),
        CatalogEvent::ItemChanged { item, .. } => event::catalog_item_change("update", *item),
    }
}

fn order_messages(id: madang_model::OrderId, happened: &OrderEvent) -> Vec<Envelope> {
    let order = |word| event::order_change(word, id);
    let payment =
        |word, payment: &madang_model::PaymentId| event::payment_change(word, *payment, id);
    match happened {
        OrderEvent::OrderPlaced { .. } => vec![order("add")],
        OrderEvent::OrderAccepted { .. } => vec![order("accept")],
        OrderEvent::OrderDeclined { .. } => vec![order("decline")],
        OrderEvent::OrderExpired {} => vec![order("expire")],
        OrderEvent::LinesAdded { .. } => vec![order("update")],
        OrderEvent::OrderCancelled {} => vec![order("cancel")],
        OrderEvent::OrderCompleted {} => vec![order("complete")],
        OrderEvent::PaymentTaken { payment: id, .. }
        | OrderEvent::PaymentApproved { payment: id, .. } => {
            vec![payment("paid", id), order("update")]
        }
        OrderEvent::PaymentCancelled { payment: id } => {
            vec![payment("cancel", id), order("update")]
        }
        // Attempts whose answer is out are the till's own affair.
        OrderEvent::PaymentStarted { .. }
        | OrderEvent::PaymentUnknown { .. }
        | OrderEvent::PaymentFailed { .. }
        | OrderEvent::PaymentCancelStarted { .. }
        | OrderEvent::PaymentCancelFailed { .. }
        | OrderEvent::ReceiptGiven { .. }
        | OrderEvent::RefundReceiptGiven { .. } => Vec::new(),
    }
}

fn table_message(
    host: &Inner,
    id: madang_model::OrderId,
    happened: &OrderEvent,
) -> Option<Envelope> {
    let word = match happened {
        OrderEvent::OrderPlaced { .. } => "order-add",
        OrderEvent::LinesAdded { .. }
        | OrderEvent::PaymentTaken { .. }
        | OrderEvent::PaymentApproved { .. } => "order-update",
        OrderEvent::OrderCompleted {} | OrderEvent::OrderCancelled {} => "clear",
        _ => return None,
    };
    let table = match happened {
        OrderEvent::OrderPlaced { order } => order.table?,
        _ => host.till.order(id)?.table?,
    };
    Some(event::table_change(word, table))
}

/// Only what a guest would notice is told: an item that went out or came back, or was counted.
fn item_message(host: &Inner, item: ItemId, happened: &StockEvent) -> Option<Envelope> {
    let is_gone = StockEvent::SaleStateSet {
        state: SaleState::Deleted,
    };
    if *happened == is_gone {
        return Some(event::catalog_item_change("delete", item));
    }
    let noticed = match happened {
        StockEvent::SaleStateSet { .. }
        | StockEvent::StockCounted { .. }
        | StockEvent::StockReturned { .. } => true,
        StockEvent::StockTaken { .. } => host
            .till
            .item_day(item)
            .is_some_and(|day| day.sale_state() == SaleState::SoldOut),
    };
    noticed.then(|| event::catalog_item_change("update", item))
}
