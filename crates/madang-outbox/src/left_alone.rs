//! Until when destinations are left alone since their servers asked for it, as the journal keeps it: a restart is no reason to forget.

use madang_journal::{Batch, Micros, ReadError, ShopId, ValueChange};

use crate::outbox::{Inner, later};

/// Destinations that are remembered; a shop names a few.
const REMEMBERED_MAX: u32 = 1_000;

/// Keeps until when `destination` is left alone; `None` forgets it.
pub(crate) fn kept(shop: &ShopId, destination: &str, until: Option<Micros>) -> ValueChange {
    ValueChange {
        scope: scope(shop),
        key: destination.to_owned(),
        value: until.map(|until| until.get().to_string()),
    }
}

impl Inner {
    /// Leaves alone what was left alone when the last process ended, no longer than any wish is followed, and forgets what has passed.
    pub(crate) async fn take_up_wishes(&self) -> Result<(), ReadError> {
        let now = self.surroundings.clock.now();
        let scope = scope(&self.shop);
        let kept_wishes = self.journal.values(&scope, "", REMEMBERED_MAX).await?;
        let mut passed = Batch::new(self.shop.clone());
        for (destination, until) in kept_wishes {
            let until = until.parse().ok().map(Micros::new);
            let Some(until) = until.filter(|until| *until > now) else {
                passed.values.push(kept(&self.shop, &destination, None));
                continue;
            };
            // The clock may have been set back meanwhile.
            let until = until.min(later(now, self.settings.retry_after_max));
            for line in self.lines.iter().filter(|line| line.name == destination) {
                line.close(until);
            }
        }
        if !passed.values.is_empty()
            && let Err(error) = self.journal.write(passed).await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "wishes of servers that have passed could not be forgotten; the next start tries again"
            );
        }
        Ok(())
    }
}

fn scope(shop: &ShopId) -> String {
    format!("outbox/{shop}/left-alone")
}
