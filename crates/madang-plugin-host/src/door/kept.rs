//! What a plugin keeps: storage, secure store, settings.

use madang_plugin_protocol::Failure;
use madang_plugin_protocol::setting::Input;
use serde_json::Value;
use std::sync::{Arc, PoisonError};

use super::{Dispatch, Door, Reply};
use crate::host::HostChange;
use crate::plugin::Plugin;
use crate::storage::Store;

impl Door {
    pub(super) fn storage_get(&self, key: &str) -> Dispatch {
        Dispatch::Now(value(self.plugin.storage.get(key)))
    }

    pub(super) fn storage_set(&self, key: String, value: Option<String>) -> Dispatch {
        self.keep(|plugin| &plugin.storage, key, value)
    }

    pub(super) fn secure_get(&self, key: &str) -> Dispatch {
        Dispatch::Now(value(self.plugin.secure_store.get(key)))
    }

    pub(super) fn secure_set(&self, key: String, value: Option<String>) -> Dispatch {
        self.keep(|plugin| &plugin.secure_store, key, value)
    }

    pub(super) fn set_inputs(&self, inputs: Vec<Input>) -> Dispatch {
        self.plugin
            .settings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .inputs = inputs;
        self.host.tell(HostChange::Settings {
            plugin: self.plugin.name.to_string(),
        });
        Dispatch::done()
    }

    pub(super) fn setting_values(&self) -> Dispatch {
        Dispatch::ok("settings", Value::Object(self.plugin.settings().told()))
    }

    fn keep(
        &self,
        store: impl Fn(&Plugin) -> &Store + Send + 'static,
        key: String,
        value: Option<String>,
    ) -> Dispatch {
        let plugin: Arc<Plugin> = self.plugin.clone();
        Dispatch::later(async move {
            store(&plugin).set(key, value).await?;
            Ok(Reply::empty())
        })
    }
}

/// A value, or no member at all where nothing is kept: the SDK then gives `undefined`.
fn value(kept: Result<Option<String>, Failure>) -> Result<Reply, Failure> {
    Ok(match kept? {
        Some(value) => Reply::field("value", value),
        None => Reply::empty(),
    })
}
