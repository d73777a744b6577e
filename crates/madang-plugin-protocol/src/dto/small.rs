//! The small payloads: ids, keys, toasts.

use madang_model::{CategoryId, ItemId, LineKey, OptionId, OrderId, PaymentId, TableId};
use serde::Deserialize;
use serde_json::Value;

use super::read;
use super::scalar::{Count, Named, Number, Place, Short};
use crate::call::{Call, CallError, Destination, Toast, ToastButton, ToastLevel};

/// The most characters of a storage key: a name, not a value.
const KEY_LENGTH_MAX: usize = 256;
/// The most characters of a toast: what fits three lines of the screen, and some.
const TOAST_LENGTH_MAX: usize = 500;
/// The most characters of a barcode: the longest GS1 code has 48 digits, a QR code of a web address more.
const BARCODE_LENGTH_MAX: usize = 512;

#[derive(Deserialize)]
struct Numbered {
    id: Number,
}

pub(crate) fn item(data: &Value) -> Result<ItemId, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        catalog: Numbered,
    }
    read::<Dto>(data).map(|dto| ItemId(dto.catalog.id.0))
}

pub(crate) fn category(data: &Value) -> Result<CategoryId, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        category: Numbered,
    }
    read::<Dto>(data).map(|dto| CategoryId(dto.category.id.0))
}

pub(crate) fn option(data: &Value) -> Result<OptionId, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        option: Numbered,
    }
    read::<Dto>(data).map(|dto| OptionId(dto.option.id.0))
}

pub(crate) fn table(data: &Value) -> Result<TableId, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        table: Numbered,
    }
    read::<Dto>(data).map(|dto| TableId(dto.table.id.0))
}

pub(crate) fn order(data: &Value) -> Result<OrderId, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        id: OrderId,
    }
    read::<Dto>(data).map(|dto| dto.id)
}

pub(crate) fn payment(data: &Value) -> Result<PaymentId, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        id: PaymentId,
    }
    read::<Dto>(data).map(|dto| dto.id)
}

pub(crate) fn payment_of_order(data: &Value) -> Result<(OrderId, PaymentId), CallError> {
    #[derive(Deserialize)]
    struct OrderDto {
        id: OrderId,
    }
    #[derive(Deserialize)]
    struct PaymentDto {
        id: PaymentId,
    }
    #[derive(Deserialize)]
    struct Dto {
        order: OrderDto,
        payment: PaymentDto,
    }
    read::<Dto>(data).map(|dto| (dto.order.id, dto.payment.id))
}

pub(crate) fn line_key(data: &Value) -> Result<LineKey, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        key: LineKey,
    }
    read::<Dto>(data).map(|dto| dto.key)
}

pub(crate) fn line_quantity(data: &Value) -> Result<Call, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        key: LineKey,
        quantity: Count,
    }
    let dto: Dto = read(data)?;
    Ok(Call::DraftOrderSetQuantity {
        key: dto.key,
        quantity: dto.quantity.0.into(),
    })
}

pub(crate) fn line_memo(data: &Value) -> Result<Call, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        key: LineKey,
        memo: Short<{ madang_model::line::MEMO_LENGTH_MAX }>,
    }
    let dto: Dto = read(data)?;
    Ok(Call::DraftOrderSetMemo {
        key: dto.key,
        memo: dto.memo.0,
    })
}

pub(crate) fn ignore_print(data: &Value) -> Result<Call, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Dto {
        ignore_print: bool,
    }
    let dto: Dto = read(data)?;
    Ok(Call::DraftOrderSetIgnorePrint {
        ignore_print: dto.ignore_print,
    })
}

pub(crate) fn discount_place(data: &Value) -> Result<usize, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Dto {
        index_of_discount: Place,
    }
    read::<Dto>(data).map(|dto| dto.index_of_discount.0)
}

pub(crate) fn storage_key(data: &Value) -> Result<String, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        key: Named<KEY_LENGTH_MAX>,
    }
    read::<Dto>(data).map(|dto| dto.key.0)
}

pub(crate) fn storage_entry(data: &Value) -> Result<(String, String), CallError> {
    #[derive(Deserialize)]
    struct Dto {
        key: Named<KEY_LENGTH_MAX>,
        value: String,
    }
    read::<Dto>(data).map(|dto| (dto.key.0, dto.value))
}

pub(crate) fn barcode(data: &Value) -> Result<String, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        barcode: Named<BARCODE_LENGTH_MAX>,
    }
    read::<Dto>(data).map(|dto| dto.barcode.0)
}

/// Version 1 has words only; version 2 a level and maybe a button. Both become the newest.
pub(crate) fn toast(data: &Value) -> Result<Toast, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Level {
        Success,
        Warn,
        Error,
    }
    #[derive(Deserialize)]
    struct Button {
        id: Named<200>,
        text: Short<100>,
    }
    #[derive(Deserialize)]
    struct Dto {
        message: Short<TOAST_LENGTH_MAX>,
        level: Option<Level>,
        button: Option<Button>,
    }
    let dto: Dto = read(data)?;
    Ok(Toast {
        message: dto.message.0,
        level: match dto.level {
            None => ToastLevel::Plain,
            Some(Level::Success) => ToastLevel::Success,
            Some(Level::Warn) => ToastLevel::Warn,
            Some(Level::Error) => ToastLevel::Error,
        },
        button: dto.button.map(|button| ToastButton {
            id: button.id.0,
            text: button.text.0,
        }),
    })
}

pub(crate) fn destination(data: &Value) -> Result<Destination, CallError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Dto {
        page: Named<100>,
        package_name: Option<Named<200>>,
    }
    let dto: Dto = read(data)?;
    match (dto.page.0.as_str(), dto.package_name) {
        ("business-type-setting", _) => Ok(Destination::BusinessTypeSetting),
        ("plugin-tab", Some(package)) => Ok(Destination::PluginTab { package: package.0 }),
        ("plugin-tab", None) => Err(CallError::payload(
            "packageName",
            "the name of a plugin is expected",
        )),
        _ => Err(CallError::payload(
            "page",
            "`business-type-setting` or `plugin-tab` is expected",
        )),
    }
}

pub(crate) fn unicast(data: &Value) -> Result<Call, CallError> {
    #[derive(Deserialize)]
    struct Dto {
        to: Named<200>,
        #[serde(default)]
        message: Value,
    }
    let dto: Dto = read(data)?;
    Ok(Call::UnicastSend {
        to: dto.to.0,
        message: dto.message,
    })
}
