//! Plugins, their messages, settings and toasts. The desk that the binary hands in answers in these values.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;

/// A plugin and how it is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version, when its package states one.
    pub version: Option<String>,
    /// What it is made of.
    pub form: PluginForm,
    /// How it is.
    pub state: PluginState,
    /// Why it is not running.
    pub reason: Option<Text>,
    /// When it will be started again.
    pub next_start_at: Option<Timestamp>,
    /// Memory it uses now.
    pub memory_bytes: u64,
    /// Memory it may use.
    pub memory_bytes_max: u64,
    /// Of its turns, 95 in 100 took no longer.
    pub turn_p95_us: u64,
    /// How long a turn may take.
    pub turn_limit_us: u64,
    /// Messages in and out since it started.
    pub message_count: u64,
    /// Messages that were refused.
    pub refusal_count: u64,
    /// What it may do.
    pub permissions: Vec<String>,
    /// What its author should know.
    pub notes: Vec<Text>,
}

/// What a plugin is made of: a worker's script, or a page in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the type's sentence names each")]
pub enum PluginForm {
    Worker,
    Iframe,
}

/// How a plugin is: running, stopped by staff, crashed and to be started again, or set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the type's sentence names each")]
pub enum PluginState {
    Running,
    Stopped,
    Crashed,
    Aside,
}

/// One line of the timeline, without its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// Its number; counts up over all plugins.
    pub seq: u64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// The plugin's id.
    pub plugin: String,
    /// Received or sent, as the plugin sees it; none for what is neither.
    pub direction: Option<TimelineDirection>,
    /// What it is.
    pub kind: TimelineKind,
    /// The message's name, or the level of a console line.
    pub name: String,
    /// Joins a question with its answer.
    pub callback_id: Option<String>,
    /// How long it took, or how long the answer took.
    pub duration_us: Option<u64>,
    /// The size of the message as text.
    pub bytes: u64,
    /// How it ended.
    pub result: TimelineResult,
    /// The tap or operation that caused it.
    pub caused_by: Option<String>,
    /// A short form of what it says.
    pub summary: String,
}

/// Received or sent, as the plugin sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum TimelineDirection {
    In,
    Out,
}

/// What a line of the timeline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum TimelineKind {
    Message,
    Console,
    Error,
    Lifecycle,
}

/// How a message ended: `refused` the host said no, `veto` the plugin said no, `late` after its deadline, `none` not a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the type's sentence names each")]
pub enum TimelineResult {
    Ok,
    Refused,
    Veto,
    Late,
    None,
}

/// A message with all it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineMessage {
    /// Its line.
    pub entry: TimelineEntry,
    /// The message as it crossed the door, secrets and card numbers masked.
    #[schema(value_type = Value)]
    pub body: serde_json::Value,
}

/// What is asked of the timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineQuery {
    /// Only of this plugin.
    pub plugin: Option<String>,
    /// Only what came after this number, oldest first.
    pub after_seq: Option<u64>,
    /// Only what came before this number, newest first.
    pub before_seq: Option<u64>,
    /// At most this many.
    pub limit: usize,
    /// Only what has this text in its name or summary.
    pub filter: Option<String>,
}

/// A plugin's form with what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SettingsView {
    /// The inputs that the plugin declared, in its order.
    pub inputs: Vec<SettingInput>,
    /// What each holds; an input without a value is left out, and a password is never told: it is an empty text when set.
    pub values: BTreeMap<String, SettingValue>,
}

/// One input of a plugin's form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SettingInput {
    /// Its id.
    pub id: String,
    /// What kind of input.
    pub kind: SettingInputKind,
    /// Its label, or a button's text.
    pub label: String,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it holds before anybody writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<SettingValue>,
    /// A hint in the empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// What radio and checkbox offer.
    #[serde(default)]
    pub values: Vec<SettingOption>,
    /// What text and number suggest.
    #[serde(default)]
    pub candidates: Vec<SettingCandidate>,
    /// The lowest value of a number or a slider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The highest value of a number or a slider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_max: Option<u32>,
    /// A slider's step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// A button's look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<SettingButtonStyle>,
}

/// What kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SettingInputKind {
    Text,
    Number,
    Password,
    Radio,
    Checkbox,
    Toggle,
    Slider,
    Button,
}

/// A button's look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SettingButtonStyle {
    Primary,
    Danger,
    Dark,
}

/// One thing that radio or checkbox offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingOption {
    /// What is stored.
    pub id: String,
    /// What is shown.
    pub label: String,
}

/// One thing that text or number suggests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SettingCandidate {
    /// What is shown.
    pub text: String,
    /// What is stored.
    pub value: SettingValue,
}

/// What an input holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "a setting holds true or false, a number, a text or a list of texts"
)]
pub enum SettingValue {
    /// Of a toggle.
    Switch(bool),
    /// Of a number or a slider.
    #[schema(value_type = f64)]
    Number(serde_json::Number),
    /// Of a text, a password or a radio.
    Text(String),
    /// Of a checkbox.
    Chosen(Vec<String>),
}

/// New values for a plugin's form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    /// By input; one left out keeps what it holds.
    pub values: BTreeMap<String, SettingValue>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The input.
    pub input: String,
    /// What is wrong.
    pub message: Text,
}

/// A toast that a plugin shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToastView {
    /// Its id.
    pub id: String,
    /// The plugin that shows it.
    pub plugin: String,
    /// The plugin's name.
    pub plugin_name: String,
    /// How loud.
    pub level: ToastLevel,
    /// What it says.
    pub message: String,
    /// The text of its button.
    pub button: Option<String>,
    /// When it was shown.
    pub at: Timestamp,
}

/// How loud a toast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ToastLevel {
    Info,
    Success,
    Warn,
    Error,
}
