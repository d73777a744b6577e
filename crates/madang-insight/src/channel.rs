//! Where an order came in.

use madang_model::order::{NewOrder, Source};

use crate::activity::Words;

/// Where an order came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "their words say it")]
pub enum Channel {
    Pos,
    Kiosk,
    Delivery,
    TableOrder,
    MobileOrder,
    Other,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pos,
        Self::Kiosk,
        Self::Delivery,
        Self::TableOrder,
        Self::MobileOrder,
        Self::Other,
    ];

    /// The channel of an order: the first that it names.
    pub fn of(order: &NewOrder) -> Self {
        let Some(named) = order.channels.first() else {
            return match order.source {
                Source::Till => Self::Pos,
                Source::Plugin(_) | Source::Guest => Self::Other,
            };
        };
        let channel = Self::ALL.into_iter().find(|one| one.group() == named);
        channel.unwrap_or(Self::Other)
    }

    /// What plugins call it.
    pub fn group(self) -> &'static str {
        match self {
            Self::Pos => "POS",
            Self::Kiosk => "KIOSK",
            Self::Delivery => "DELIVERY",
            Self::TableOrder => "TABLE_ORDER",
            Self::MobileOrder => "MOBILE_ORDER",
            Self::Other => "OTHER",
        }
    }

    /// What a person calls it.
    pub fn words(self) -> Words {
        let (ko, en) = match self {
            Self::Pos => ("매장", "In the shop"),
            Self::Kiosk => ("키오스크", "Kiosk"),
            Self::Delivery => ("배달", "Delivery"),
            Self::TableOrder => ("테이블 주문", "Table order"),
            Self::MobileOrder => ("모바일 주문", "Mobile order"),
            Self::Other => ("그 밖", "Other"),
        };
        Words { ko, en }
    }
}
