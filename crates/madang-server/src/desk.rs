//! What the server asks of the plugins' side, without knowing an engine. The binary hands in who answers.

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::view::plugin::{
    FieldError, PluginView, SetSettings, SettingsView, TimelineEntry, TimelineMessage,
    TimelineQuery, ToastView,
};

/// The desk where plugins are started, watched and set.
#[async_trait]
pub trait PluginDesk: Send + Sync {
    /// All plugins.
    async fn plugins(&self) -> Vec<PluginView>;
    /// Starts a plugin that is stopped or set aside.
    async fn start(&self, id: &str) -> Result<PluginView, DeskError>;
    /// Stops a plugin.
    async fn stop(&self, id: &str) -> Result<PluginView, DeskError>;
    /// Stops and starts a plugin.
    async fn restart(&self, id: &str) -> Result<PluginView, DeskError>;
    /// Lines of the timeline, oldest first, at most `query.limit`: the first after `after_seq`, else the last before `before_seq`.
    async fn timeline(&self, query: TimelineQuery) -> Vec<TimelineEntry>;
    /// A message with all it says, while it is still kept.
    async fn message(&self, seq: u64) -> Option<TimelineMessage>;
    /// A plugin's form with what it holds.
    async fn settings(&self, id: &str) -> Result<SettingsView, DeskError>;
    /// Stores new values when every field is right; else nothing is stored and the fields are named.
    async fn set_settings(&self, id: &str, values: SetSettings) -> Result<SettingsView, DeskError>;
    /// Presses a button of a plugin's form.
    async fn press_button(&self, plugin: &str, input: &str) -> Result<(), DeskError>;
    /// The toasts that are open now.
    async fn toasts(&self) -> Vec<ToastView>;
    /// Somebody touched a toast.
    async fn toast_click(&self, id: &str) -> Result<(), DeskError>;
    /// Somebody pressed a toast's button.
    async fn toast_button(&self, id: &str) -> Result<(), DeskError>;
    /// Somebody closed a toast, or its time was over.
    async fn toast_close(&self, id: &str) -> Result<(), DeskError>;
    /// What changes from now on.
    fn subscribe(&self) -> broadcast::Receiver<DeskUpdate>;
}

/// What changed at the desk.
#[derive(Clone, Debug, PartialEq)]
pub enum DeskUpdate {
    /// A plugin is now this.
    Plugin(Box<PluginView>),
    /// A plugin was taken away.
    PluginGone(String),
    /// A line was added to the timeline.
    Timeline(TimelineEntry),
    /// A toast was opened.
    Toast(ToastView),
    /// A toast was closed, by id.
    ToastClosed(String),
    /// A plugin's form or values changed.
    Settings {
        /// The plugin.
        plugin: String,
        /// Its form.
        settings: Box<SettingsView>,
    },
}

/// Why the desk did not do it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeskError {
    /// No plugin has this id.
    #[error("there is no plugin “{0}”")]
    NoSuchPlugin(String),
    /// No toast with this id is open.
    #[error("there is no toast “{0}”; it may have been closed")]
    NoSuchToast(String),
    /// The plugin's form has no button with this id.
    #[error("the plugin's form has no button “{0}”")]
    NoSuchButton(String),
    /// Some fields are wrong; nothing was stored.
    #[error("{} of the fields are wrong", .0.len())]
    Fields(Vec<FieldError>),
    /// The plugin cannot do that in the state it is in.
    #[error("{message}")]
    NotNow {
        /// Why, in English.
        message: String,
        /// Why, in Korean.
        message_ko: String,
    },
}
