//! What changes about an item while the shop sells: whether it is out, and how many are left. Each item's day is a stream.

use serde::{Deserialize, Serialize};

use crate::OrderId;
use crate::catalog::{Item, SaleState};

/// An item as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemDay {
    /// Whether staff put it on sale or took it off.
    pub state: SaleState,
    /// How many are left; none: not counted. Below 0 when two tills sold the last one.
    pub left: Option<i64>,
}

/// What happens to an item. Takings and returns commute, so they are appended without a version check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
pub enum StockEvent {
    /// An order took some.
    StockTaken {
        /// How many.
        quantity: u32,
        /// For which order.
        order: OrderId,
    },
    /// A cancelled order gave them back.
    StockReturned {
        /// How many.
        quantity: u32,
        /// From which order.
        order: OrderId,
    },
    /// Staff counted: this many are there.
    StockCounted {
        /// How many are there.
        quantity: u32,
    },
    /// Staff put it on sale, or took it off.
    SaleStateSet {
        /// The new state.
        state: SaleState,
    },
}

impl ItemDay {
    /// An item as the shop's file has it.
    pub fn of(item: &Item) -> Self {
        Self {
            state: item.state,
            left: item.price.stock.map(i64::from),
        }
    }

    /// The item after `event`.
    #[must_use]
    pub fn evolve(mut self, event: &StockEvent) -> Self {
        match event {
            StockEvent::StockTaken { quantity, .. } => {
                self.left = self.left.map(|left| left - i64::from(*quantity))
            }
            StockEvent::StockReturned { quantity, .. } => {
                self.left = self.left.map(|left| left + i64::from(*quantity))
            }
            StockEvent::StockCounted { quantity } => self.left = Some(i64::from(*quantity)),
            StockEvent::SaleStateSet { state } => self.state = *state,
        }
        self
    }

    /// What a guest can have: sold out when staff said so or none is left.
    pub fn sale_state(self) -> SaleState {
        match self.left {
            Some(left) if left <= 0 && self.state == SaleState::OnSale => SaleState::SoldOut,
            _ => self.state,
        }
    }
}
