//! Words, times and titles as the wire writes them.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use madang_model::Text;
use madang_model::catalog::{PriceKind, SaleState};
use madang_model::line::{Dining, ItemKind};
use serde::{Serialize, Serializer};

/// A moment on the shop's wall clock, `YYYY-MM-DDTHH:mm:ss`.
pub(super) struct Local(DateTime);

impl Local {
    pub(super) fn of(zone: &TimeZone, at: Timestamp) -> Self {
        Self(zone.to_datetime(at))
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = &self.0;
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }
}

impl Serialize for Local {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `{languages: {ko, en}}`.
#[derive(Serialize)]
pub(super) struct LanguagePack<'a> {
    languages: Languages<'a>,
}

#[derive(Serialize)]
struct Languages<'a> {
    ko: &'a str,
    en: &'a str,
}

/// Both forms of a text; nothing when it has only one, because a `null` is refused when a plugin sends it back.
pub(super) fn i18n(text: &Text) -> Option<LanguagePack<'_>> {
    text.en.as_deref().map(|en| LanguagePack {
        languages: Languages { ko: &text.ko, en },
    })
}

/// `{value}`.
#[derive(Serialize)]
pub(super) struct Amount {
    pub(super) value: i64,
}

pub(super) fn sale_state(state: SaleState) -> &'static str {
    match state {
        SaleState::OnSale => "ON_SALE",
        SaleState::SoldOut => "SOLD_OUT",
        SaleState::Unavailable => "UNAVAILABLE",
        SaleState::Deleted => "DELETED",
    }
}

/// A choice knows two states only.
pub(super) fn choice_state(state: SaleState) -> &'static str {
    match state {
        SaleState::OnSale => "ON_SALE",
        _ => "SOLD_OUT",
    }
}

pub(super) fn price_kind(kind: PriceKind) -> &'static str {
    match kind {
        PriceKind::Fixed => "FIXED",
        PriceKind::Variable => "VARIABLE",
        PriceKind::Unit => "UNIT",
    }
}

pub(super) fn dining(dining: Dining) -> &'static str {
    match dining {
        Dining::Here => "HERE",
        Dining::Togo => "TOGO",
        Dining::Delivery => "DELIVERY",
        Dining::Pickup => "PICKUP",
    }
}

pub(super) fn item_kind(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Item => "ITEM",
        ItemKind::DeliveryFee => "DELIVERY_FEE",
        ItemKind::PrepaidCard => "PREPAID_CARD",
        ItemKind::MultiUseTicket => "MULTI_USE_TICKET",
        ItemKind::Combo => "COMBO",
        ItemKind::GiftCard => "GIFT_CARD",
    }
}
