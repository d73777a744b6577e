//! The cart, which staff and plugins change together.

use std::sync::Arc;

use madang_model::LineKey;
use madang_model::cart::{Cart, CartCommand};
use madang_plugin_protocol::draft::{CartLineDraft, ChoiceDraft};
use madang_plugin_protocol::wire;
use madang_till::TillError;

use super::reads::failure;
use super::{Dispatch, Door};
use crate::host::HostChange;

impl Door {
    pub(super) fn cart(&self) -> Dispatch {
        self.cart_reply(Ok(self.host.till.cart()))
    }

    pub(super) fn cart_clear(&self) -> Dispatch {
        match self
            .host
            .till
            .change_cart(&self.actor(), CartCommand::Clear)
        {
            Ok(_) => Dispatch::done(),
            Err(error) => Dispatch::Now(Err(failure(error))),
        }
    }

    pub(super) fn cart_add(&self, draft: &CartLineDraft) -> Dispatch {
        match draft.line(&self.host.till.shop(), &self.plugin.name, || {
            self.line_key()
        }) {
            Ok(line) => self.change(CartCommand::Add {
                line: Box::new(line),
                merge: false,
            }),
            Err(error) => Dispatch::failed(error.to_string()),
        }
    }

    pub(super) fn cart_delete(&self, key: LineKey) -> Dispatch {
        self.change(CartCommand::Delete { key })
    }

    pub(super) fn cart_quantity(&self, key: LineKey, quantity: u64) -> Dispatch {
        self.change(CartCommand::SetQuantity { key, quantity })
    }

    pub(super) fn cart_memo(&self, key: LineKey, memo: String) -> Dispatch {
        self.change(CartCommand::SetMemo { key, memo })
    }

    pub(super) fn cart_choices(&self, key: LineKey, choices: &[ChoiceDraft]) -> Dispatch {
        let shop = self.host.till.shop();
        let choices = choices
            .iter()
            .enumerate()
            .map(|(index, choice)| choice.choice(&shop, &format!("optionChoices[{index}]")));
        match choices.collect::<Result<Vec<_>, _>>() {
            Ok(choices) => self.change(CartCommand::SetChoices { key, choices }),
            Err(error) => Dispatch::failed(error.to_string()),
        }
    }

    pub(super) fn cart_ignore_print(&self, ignore_print: bool) -> Dispatch {
        self.change(CartCommand::SetIgnorePrint { ignore_print })
    }

    pub(super) fn cart_delete_discount(&self, index: usize) -> Dispatch {
        self.change(CartCommand::DeleteDiscount { index })
    }

    pub(super) fn cart_delete_line_discount(&self, key: LineKey, index: usize) -> Dispatch {
        self.change(CartCommand::DeleteLineDiscount { key, index })
    }

    /// The plugin asks for the payment sheet; the screen opens it.
    pub(super) fn start_payment(&self) -> Dispatch {
        if self.host.till.cart().lines.is_empty() {
            return Dispatch::failed(madang_model::Refusal::CartIsEmpty.korean());
        }
        self.host.tell(HostChange::StartPayment {
            plugin: self.plugin.name.to_string(),
        });
        Dispatch::done()
    }

    fn change(&self, command: CartCommand) -> Dispatch {
        self.cart_reply(self.host.till.change_cart(&self.actor(), command))
    }

    fn cart_reply(&self, cart: Result<Arc<Cart>, TillError>) -> Dispatch {
        match cart {
            Ok(cart) => Dispatch::ok(
                "draftOrder",
                wire::draft_order(&self.host.till.shop(), &cart, &|item| {
                    self.host.day_of(item)
                }),
            ),
            Err(error) => Dispatch::Now(Err(failure(error))),
        }
    }
}
