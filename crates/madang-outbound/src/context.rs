//! What a caller hands along with a call: seen by every hook, in every attempt, and by nobody outside.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

/// A bag of values that lives as long as its call. Clones are the same bag.
#[derive(Debug, Clone, Default)]
pub struct Context(Arc<Mutex<Map<String, Value>>>);

impl Context {
    /// A bag with `values` in it.
    pub fn new(values: Map<String, Value>) -> Self {
        Self(Arc::new(Mutex::new(values)))
    }

    /// The value under `name`, if there is one.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.lock().get(name).cloned()
    }

    /// Puts `value` under `name`, over what was there.
    pub fn set(&self, name: impl Into<String>, value: impl Into<Value>) {
        self.lock().insert(name.into(), value.into());
    }

    /// A new bag with what is in this one and, over it, what is in `other`: values are replaced whole, not merged.
    pub(crate) fn with(&self, other: &Self) -> Self {
        let mut values = self.lock().clone();
        values.extend(other.lock().clone());
        Self::new(values)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Map<String, Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
