//! From an envelope to a typed call.

use crate::ask;
use crate::call::{Call, CallError};
use crate::dto::{cart, network, order, payment, query, setting, small};
use crate::envelope::{Envelope, Failure};
use crate::message::{Direction, Message};
use crate::table::{MESSAGES, find};

/// What a plugin asks with this message.
///
/// # Errors
/// [`CallError`] when the message, its version or a part of its payload is not known.
pub fn parse(envelope: &Envelope) -> Result<Call, CallError> {
    let message = find(&envelope.name)
        .filter(|message| comes_from_plugin(message))
        .ok_or_else(|| unknown(&envelope.name))?;
    check_version(message, envelope)?;
    if !message.handled {
        return Ok(Call::NotHandled(message));
    }
    read(message.name, envelope)
}

/// The failure that answers a message of which nothing is done yet; it names it.
pub fn not_there_yet(message: &Message) -> Failure {
    Failure::new(format!(
        "`{}` is not there yet: Madang knows this message, but does nothing with it so far",
        message.name
    ))
}

fn read(name: &'static str, envelope: &Envelope) -> Result<Call, CallError> {
    let data = &envelope.data;
    Ok(match name {
        "plugin.info.request" => Call::PluginInfo,
        "merchant.info.request" => Call::MerchantInfo,
        "device.info.request" => Call::DeviceInfo,
        "catalog-item.get.request" => Call::CatalogGet {
            item: small::item(data)?,
        },
        "catalog-item.list.request" => Call::CatalogList,
        "catalog-category.get.request" => Call::CategoryGet {
            category: small::category(data)?,
        },
        "catalog-category.list.request" => Call::CategoryList,
        "catalog-item-option.get.request" => Call::OptionGet {
            option: small::option(data)?,
        },
        "catalog-item-option.list.request" => Call::OptionList,
        "hall.list.request" => Call::HallList,
        "table.list.request" => Call::TableList,
        "table.get.request" => Call::TableGet {
            table: small::table(data)?,
        },
        "order.get.request" => Call::OrderGet {
            order: small::order(data)?,
        },
        "order.get-list.request" => Call::OrderList(query::list(data)?),
        "order.search.request" => Call::OrderSearch(query::search(data)?),
        "order.add.request" => order::add(data)?,
        "order.add-menu.request" => order::add_menu(data)?,
        "order.cancel.request" => Call::OrderCancel {
            order: small::order(data)?,
        },
        "order.complete.request" => Call::OrderComplete {
            order: small::order(data)?,
        },
        "payment.get.request" => Call::PaymentGet {
            payment: small::payment(data)?,
        },
        "payment.add.request" => payment::add(data)?,
        "payment.cancel.request" => {
            let (order, payment) = small::payment_of_order(data)?;
            Call::PaymentCancel { order, payment }
        }
        "draft-order.get.request" => Call::DraftOrderGet,
        "draft-order.clear.request" => Call::DraftOrderClear,
        "draft-order.add-line-item.request" => cart::add(data)?,
        "draft-order.delete-line-item.request" => Call::DraftOrderDeleteLine {
            key: small::line_key(data)?,
        },
        "draft-order.update-item-quantity.request" => small::line_quantity(data)?,
        "draft-order.update-item-memo.request" => small::line_memo(data)?,
        "draft-order.update-item-option-choices.request" => cart::set_choices(data)?,
        "draft-order.update-is-ignore-print.request" => small::ignore_print(data)?,
        "draft-order.delete-discount.request" => Call::DraftOrderDeleteDiscount {
            index: small::discount_place(data)?,
        },
        "draft-order.delete-item-discount.request" => Call::DraftOrderDeleteLineDiscount {
            key: small::line_key(data)?,
            index: small::discount_place(data)?,
        },
        "draft-order.start-payment" => Call::DraftOrderStartPayment,
        "http.request" => Call::HttpRequest(Box::new(network::http(data)?)),
        "madang.fetch.start.request" => Call::FetchStart(Box::new(network::fetch_start(data)?)),
        "madang.fetch.send.request" => Call::FetchSend(network::fetch_send(data)?),
        "madang.fetch.read.request" => Call::FetchRead {
            id: network::id(data)?,
        },
        "madang.fetch.cancel" => network::fetch_cancel(data)?,
        "madang.websocket.open.request" => Call::SocketOpen(Box::new(network::socket_open(data)?)),
        "madang.websocket.send.request" => network::socket_send(data)?,
        "madang.websocket.close" => network::socket_close(data)?,
        "websocket.connect.request" => {
            Call::WebsocketConnect(Box::new(network::websocket_connect(data)?))
        }
        "websocket.disconnect.request" => Call::WebsocketDisconnect {
            url: network::websocket_url(data)?,
        },
        "websocket.send" => network::websocket_send(data)?,
        "storage.get.request" => Call::StorageGet {
            key: small::storage_key(data)?,
        },
        "storage.set.request" => {
            let (key, value) = small::storage_entry(data)?;
            Call::StorageSet { key, value }
        }
        "storage.delete.request" => Call::StorageDelete {
            key: small::storage_key(data)?,
        },
        "secure-store.get.request" => Call::SecureStoreGet {
            key: small::storage_key(data)?,
        },
        "secure-store.set.request" => {
            let (key, value) = small::storage_entry(data)?;
            Call::SecureStoreSet { key, value }
        }
        "secure-store.delete.request" => Call::SecureStoreDelete {
            key: small::storage_key(data)?,
        },
        "setting.set-inputs.request" => setting::inputs(data)?,
        "setting.values.request" => Call::SettingValues,
        "power-saver.start-blocking.request" => Call::PowerSaverStartBlocking,
        "power-saver.stop-blocking.request" => Call::PowerSaverStopBlocking,
        "power-saver.is-blocked.request" => Call::PowerSaverIsBlocked,
        "barcode.send.request" => Call::BarcodeSend {
            barcode: small::barcode(data)?,
        },
        "toast.open" => Call::ToastOpen(small::toast(data)?),
        "alert.open" => Call::AlertOpen {
            options: data.clone(),
        },
        "sound.play" => Call::SoundPlay {
            options: data.clone(),
        },
        "navigation.navigate" => Call::Navigate(small::destination(data)?),
        "plugin.unicast.send" => small::unicast(data)?,
        "log" => Call::Log,
        "payment.event.response" => Call::Answer(ask::parse_answer(envelope)),
        // A test walks the table: every handled row has its arm above.
        other => return Err(unknown(other)),
    })
}

fn comes_from_plugin(message: &Message) -> bool {
    matches!(message.direction, Direction::ToHost | Direction::Answer)
}

/// A missing version is taken for the newest; answers come without one more often than with.
fn check_version(message: &'static Message, envelope: &Envelope) -> Result<(), CallError> {
    match envelope.version {
        Some(version)
            if !message.versions.contains(&version) && message.direction == Direction::ToHost =>
        {
            let known: Vec<String> = message.versions.iter().map(u8::to_string).collect();
            Err(CallError::UnknownVersion {
                name: message.name,
                version,
                known: known.join(", "),
            })
        }
        _ => Ok(()),
    }
}

fn unknown(name: &str) -> CallError {
    CallError::UnknownMessage {
        name: name.to_owned(),
        nearest: nearest(name),
    }
}

/// The known name most like `name`, when it is like enough to be meant.
fn nearest(name: &str) -> Option<&'static str> {
    MESSAGES
        .iter()
        .filter(|message| comes_from_plugin(message))
        .map(|message| (strsim::jaro_winkler(name, message.name), message.name))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}
