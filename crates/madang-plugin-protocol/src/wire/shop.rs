//! The shop, its till, its halls and tables.

use madang_model::order::Order;
use madang_model::shop::{Business, Hall, PaymentTime, Shop, Table};
use madang_model::{HallId, TableId};
use serde::Serialize;

use super::order::{WireOrder, order};

/// What the till says of the machine it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The kind of till, which plugins may compare.
    pub name: String,
    /// Its version.
    pub version: String,
    /// As `linux`.
    pub platform: String,
    /// As `x64`.
    pub arch: String,
    /// The version of the system, where it is known.
    pub os_version: Option<String>,
}

#[derive(Serialize)]
pub(super) struct WireHall<'a> {
    id: HallId,
    title: &'a str,
    order: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireTable<'a> {
    id: TableId,
    hall_id: HallId,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct WireTableWithOrder<'a> {
    #[serde(flatten)]
    table: WireTable<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<WireOrder<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireMerchant<'a> {
    id: u64,
    name: &'a str,
    serial_number: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireDevice<'a> {
    name: &'a str,
    version: &'a str,
    platform: &'a str,
    arch: &'a str,
    serial_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    os_version: Option<&'a str>,
    business_type: WireBusiness,
}

#[derive(Serialize)]
struct WireBusiness {
    business: Typed,
    operation: WireOperation,
}

#[derive(Serialize)]
struct WireOperation {
    payment: Typed,
    table: Enabled,
    booking: Enabled,
}

#[derive(Serialize)]
struct Typed {
    r#type: &'static str,
}

#[derive(Serialize)]
struct Enabled {
    enabled: bool,
}

pub(super) fn hall(hall: &Hall, place: usize) -> WireHall<'_> {
    WireHall {
        id: hall.id,
        title: &hall.title.ko,
        order: place,
    }
}

pub(super) fn table(table: &Table) -> WireTable<'_> {
    WireTable {
        id: table.id,
        hall_id: table.hall,
        title: &table.title.ko,
        capacity: table.seats,
    }
}

pub(super) fn table_with_order<'a>(
    shop: &'a Shop,
    one: &'a Table,
    open: Option<&'a Order>,
) -> WireTableWithOrder<'a> {
    WireTableWithOrder {
        table: table(one),
        order: open.map(|open| order(shop, &shop.zone(), open)),
    }
}

pub(super) fn merchant(shop: &Shop) -> WireMerchant<'_> {
    WireMerchant {
        id: shop.merchant_id,
        name: &shop.name.ko,
        serial_number: &shop.serial_number,
    }
}

pub(super) fn device<'a>(shop: &'a Shop, device: &'a Device) -> WireDevice<'a> {
    WireDevice {
        name: &device.name,
        version: &device.version,
        platform: &device.platform,
        arch: &device.arch,
        serial_number: &shop.serial_number,
        os_version: device.os_version.as_deref(),
        business_type: business(shop),
    }
}

/// Retail and service shops are always paid first and have no tables: the SDK's types say so.
fn business(shop: &Shop) -> WireBusiness {
    let (kind, has_tables) = match shop.business {
        Business::Cafe => ("CAFE", true),
        Business::Restaurant => ("RESTAURANT", true),
        Business::Retail => ("RETAIL", false),
        Business::Service => ("SERVICE", false),
    };
    let payment = match shop.payment {
        PaymentTime::Later if has_tables => "PAY_LATER",
        _ => "PAY_FIRST",
    };
    WireBusiness {
        business: Typed { r#type: kind },
        operation: WireOperation {
            payment: Typed { r#type: payment },
            table: Enabled {
                enabled: has_tables && !shop.tables.is_empty(),
            },
            booking: Enabled { enabled: false },
        },
    }
}
