//! What the till tells plugins. Change events carry ids only, as the real ones do: who wants the object reads it.

use madang_model::cart::Cart;
use madang_model::catalog::Item;
use madang_model::shop::Shop;
use madang_model::stock::ItemDay;
use madang_model::{CategoryId, ItemId, OptionId, OrderId, PaymentId, TableId};
use serde_json::{Value, json};

use crate::envelope::Envelope;
use crate::wire;

/// An item was added, changed or deleted: `add`, `update`, `delete`.
pub fn catalog_item_change(event: &str, item: ItemId) -> Envelope {
    change("catalog-item", event, "catalog", json!(item))
}

/// A category was added, changed or deleted.
pub fn category_change(event: &str, category: CategoryId) -> Envelope {
    change("catalog-category", event, "category", json!(category))
}

/// An option group was added, changed or deleted, or a choice went out or came back: also `sold-out`, `on-sale`.
pub fn option_change(event: &str, option: OptionId) -> Envelope {
    change("catalog-item-option", event, "option", json!(option))
}

/// An order changed: `add`, `update`, `accept`, `decline`, `expire`, `complete`, `cancel`.
pub fn order_change(event: &str, order: OrderId) -> Envelope {
    change("order", event, "order", json!(order))
}

/// A payment was made or cancelled: `paid`, `cancel`.
pub fn payment_change(event: &str, payment: PaymentId, order: OrderId) -> Envelope {
    tell(
        "payment.change.event",
        json!({ "event": event, "payment": { "id": payment }, "order": { "id": order } }),
    )
}

/// A table changed: `add`, `update`, `delete`, `clear`, `order-add`, `order-update`.
pub fn table_change(event: &str, table: TableId) -> Envelope {
    change("table", event, "table", json!(table))
}

/// An order moved to another table.
pub fn table_move(order: OrderId, from: TableId, to: TableId) -> Envelope {
    tell(
        "table.change.event",
        json!({
            "event": "move",
            "order": { "id": order },
            "from": { "table": { "id": from } },
            "to": { "table": { "id": to } },
        }),
    )
}

/// An order of one table went into that of another.
pub fn table_merge(from: (TableId, OrderId), to: (TableId, OrderId)) -> Envelope {
    let side = |(table, order): (TableId, OrderId)| json!({ "table": { "id": table }, "order": { "id": order } });
    tell(
        "table.change.event",
        json!({ "event": "merge", "from": side(from), "to": side(to) }),
    )
}

/// The cart changed; this one carries all of it. The real event names are not known: the till says `update` for every
/// change and `clear` when it was emptied.
pub fn draft_order_change(
    event: &str,
    shop: &Shop,
    cart: &Cart,
    day: &dyn Fn(&Item) -> ItemDay,
) -> Envelope {
    tell(
        "draft-order.change.event",
        json!({ "event": event, "draftOrder": wire::draft_order(shop, cart, day) }),
    )
}

/// Staff changed a setting.
pub fn setting_change() -> Envelope {
    tell("setting.change.event", json!({ "event": "change" }))
}

/// Staff pressed a button among the settings. How the real till tells is not known, so the message is our own.
pub fn setting_button(id: &str) -> Envelope {
    tell("madang.setting.button.event", json!({ "id": id }))
}

/// A barcode was scanned.
pub fn barcode(code: &str) -> Envelope {
    tell("barcode.event", json!({ "barcode": code }))
}

/// A toast was tapped.
pub fn toast_click() -> Envelope {
    tell("toast.click", json!({}))
}

/// A toast's button was pressed.
pub fn toast_button_click(id: &str) -> Envelope {
    tell("toast.button.click", json!({ "id": id }))
}

/// Another plugin sent something.
pub fn unicast(from: &str, to: &str, message: Value) -> Envelope {
    tell(
        "plugin.unicast.event",
        json!({ "from": from, "to": to, "message": message }),
    )
}

fn change(family: &str, event: &str, thing: &str, id: Value) -> Envelope {
    tell(
        &format!("{family}.change.event"),
        json!({ "event": event, thing: { "id": id } }),
    )
}

fn tell(name: &str, data: Value) -> Envelope {
    Envelope {
        version: Some(1),
        ..Envelope::new(name, data)
    }
}
