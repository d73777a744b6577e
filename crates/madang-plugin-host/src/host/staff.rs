//! What staff do with a plugin on the screen: its settings and its toasts.

use std::sync::PoisonError;

use madang_plugin_protocol::{call, event};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Host, HostChange, HostError, Inner, SETTINGS_KEY, TYPED_KEY};
use crate::plugin::{Plugin, lock};
use crate::settings::Settings;
use crate::toast::{Toast, ToastButton, ToastId};

impl Host {
    /// A plugin's form with its values. Password values are told; whoever shows them hides them.
    ///
    /// # Errors
    /// [`HostError::NoSuchPlugin`].
    pub fn settings(&self, name: &str) -> Result<Settings, HostError> {
        Ok(self.inner.named(name)?.settings())
    }

    /// Sets values; all or none. The plugin hears that something changed.
    ///
    /// # Errors
    /// [`HostError::Settings`] naming every field that does not take its value.
    pub async fn set_settings(
        &self,
        name: &str,
        values: &Map<String, Value>,
    ) -> Result<(), HostError> {
        let plugin = self.inner.named(name)?;
        let next = plugin
            .settings()
            .with(values)
            .map_err(|problems| HostError::Settings { problems })?;
        // The values last: what was typed grants only while the value is the same text.
        keep(&plugin, TYPED_KEY, &next.typed).await?;
        keep(&plugin, SETTINGS_KEY, &next.values).await?;
        {
            let mut settings = plugin
                .settings
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            settings.values = next.values;
            settings.typed = next.typed;
        }
        self.inner
            .send(&plugin, &event::setting_change(), None, Some("설정".into()));
        self.inner.tell(HostChange::Settings {
            plugin: name.to_owned(),
        });
        Ok(())
    }

    /// Whether a field holds a secret.
    pub fn is_secret(&self, name: &str, input: &str) -> bool {
        self.inner
            .plugin(name)
            .is_some_and(|plugin| plugin.settings().is_secret(input))
    }

    /// Presses a button among a plugin's settings.
    ///
    /// # Errors
    /// [`HostError::NoSuchButton`].
    pub fn press_button(&self, name: &str, input: &str) -> Result<(), HostError> {
        let plugin = self.inner.named(name)?;
        let is_button = plugin
            .settings()
            .input(input)
            .is_some_and(|input| input.default_value().is_none());
        if !is_button {
            return Err(HostError::NoSuchButton {
                plugin: name.to_owned(),
                input: input.to_owned(),
            });
        }
        self.inner.send(
            &plugin,
            &event::setting_button(input),
            None,
            Some("설정".into()),
        );
        Ok(())
    }

    /// Toasts that are shown, oldest first.
    pub fn toasts(&self) -> Vec<Toast> {
        lock(&self.inner.toasts).all()
    }

    /// Staff tapped a toast.
    ///
    /// # Errors
    /// [`HostError::NoSuchToast`].
    pub fn click_toast(&self, id: ToastId) -> Result<(), HostError> {
        let toast = lock(&self.inner.toasts)
            .get(id)
            .ok_or(HostError::NoSuchToast)?;
        let plugin = self.inner.named(&toast.plugin)?;
        self.inner
            .send(&plugin, &event::toast_click(), None, Some("알림".into()));
        Ok(())
    }

    /// Staff pressed a toast's button; the toast goes away.
    ///
    /// # Errors
    /// [`HostError::NoSuchToast`], also for a toast without a button.
    pub fn press_toast_button(&self, id: ToastId) -> Result<(), HostError> {
        let toast = lock(&self.inner.toasts)
            .get(id)
            .ok_or(HostError::NoSuchToast)?;
        let button = toast.button.ok_or(HostError::NoSuchToast)?;
        let plugin = self.inner.named(&toast.plugin)?;
        self.inner.send(
            &plugin,
            &event::toast_button_click(&button.id),
            None,
            Some("알림".into()),
        );
        self.close_toast(id)
    }

    /// A toast is gone from the screen.
    ///
    /// # Errors
    /// [`HostError::NoSuchToast`].
    pub fn close_toast(&self, id: ToastId) -> Result<(), HostError> {
        if !lock(&self.inner.toasts).close(id) {
            return Err(HostError::NoSuchToast);
        }
        self.inner.tell(HostChange::ToastClosed(id));
        Ok(())
    }
}

async fn keep(plugin: &Plugin, key: &str, value: &impl Serialize) -> Result<(), HostError> {
    let text = serde_json::to_string(value).map_err(|error| HostError::NotKept {
        message: error.to_string(),
    })?;
    let kept = plugin.settings_store.set(key.into(), Some(text)).await;
    kept.map_err(|failure| HostError::NotKept {
        message: failure.message,
    })
}

impl Inner {
    pub fn show_toast(&self, plugin: &str, toast: call::Toast) {
        let at = self.till.world().now();
        let (shown, closed) = lock(&self.toasts).show(|id| Toast {
            id,
            plugin: plugin.to_owned(),
            level: toast.level,
            message: toast.message,
            button: toast.button.map(|button| ToastButton {
                id: button.id,
                text: button.text,
            }),
            at,
        });
        self.tell(HostChange::Toast(shown));
        if let Some(id) = closed {
            self.tell(HostChange::ToastClosed(id));
        }
    }
}
