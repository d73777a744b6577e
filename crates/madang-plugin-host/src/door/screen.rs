//! What staff see and hear of a plugin, and what plugins tell each other.

use std::sync::atomic::Ordering;

use madang_plugin_protocol::{call, event, mask};
use serde_json::Value;

use super::{Dispatch, Door};

/// One plugin may fill this part of another's queue: one that passed the whole would have the other stopped.
const UNICAST_SHARE: usize = 4;

impl Door {
    pub(super) fn toast(&self, toast: call::Toast) -> Dispatch {
        self.host.show_toast(&self.plugin.name, toast);
        Dispatch::Silent
    }

    pub(super) fn block_power_saver(&self, blocks: bool) -> Dispatch {
        self.plugin
            .blocks_power_saver
            .store(blocks, Ordering::Relaxed);
        Dispatch::done()
    }

    pub(super) fn is_power_saver_blocked(&self) -> Dispatch {
        Dispatch::ok(
            "isBlocked",
            self.plugin.blocks_power_saver.load(Ordering::Relaxed),
        )
    }

    /// A code as if it were scanned: the item goes into the cart, and plugins hear of it.
    pub(super) fn barcode(&self, barcode: &str) -> Dispatch {
        if let Some(item) = self.host.till.shop().catalog.item_by_barcode(barcode)
            && let Err(error) = self.host.till.add_to_cart(&self.actor(), item.id, 1, None)
        {
            return Dispatch::Now(Err(super::reads::failure(error)));
        }
        self.host.scanned(barcode);
        Dispatch::done()
    }

    /// A message to another plugin. Who sends it is known here, whatever the message says.
    pub(super) fn unicast(&self, to: &str, mut message: Value) -> Dispatch {
        mask::card_numbers(&mut message);
        let Some(other) = self.host.plugin(to) else {
            return Dispatch::failed(format!(
                "‘{to}’ 플러그인이 없어요 (there is no such plugin)"
            ));
        };
        let queued_max = self.host.settings.limits.queued_events_max / UNICAST_SHARE;
        if other
            .instance()
            .is_some_and(|instance| instance.mailbox.waiting() >= queued_max)
        {
            return Dispatch::failed(format!(
                "‘{to}’ 플러그인이 아직 바빠요. 잠시 뒤에 다시 보내 주세요 (it is busy; send again in a moment)"
            ));
        }
        self.host.send(
            &other,
            &event::unicast(&self.plugin.name, to, message),
            None,
            self.instance.cause(),
        );
        Dispatch::Silent
    }
}
