use std::sync::Arc;

use futures::future::BoxFuture;
use madang_journal::Micros;

/// What time it is, and waiting for it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Micros;
    /// Waits until `at`; at once when that has passed.
    fn sleep_until(&self, at: Micros) -> BoxFuture<'static, ()>;
}

/// Where pauses get their spread from.
pub trait Chance: Send + Sync {
    /// A random number.
    fn number(&self) -> u64;
}

/// Time and chance.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub chance: Arc<dyn Chance>,
}
