//! The plugins' side of the server, answered by the host.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use madang_plugin_host::timeline::{Direction, Entry, Kind, Outcome, Query};
use madang_plugin_host::{
    Host, HostChange, HostError, PluginState, PluginStatus, Settings, Toast, ToastId,
};
use madang_plugin_protocol::call::ToastLevel;
use madang_plugin_protocol::setting::{ButtonStyle, Candidate, Input, InputChoice, InputKind};
use madang_server::view::Text;
use madang_server::view::plugin::{
    FieldError, PluginForm, PluginState as StateView, PluginView, SetSettings, SettingButtonStyle,
    SettingCandidate, SettingInput, SettingInputKind, SettingOption, SettingValue, SettingsView,
    TimelineDirection, TimelineEntry, TimelineKind, TimelineMessage, TimelineQuery, TimelineResult,
    ToastLevel as LevelView, ToastView,
};
use madang_server::{DeskError, DeskUpdate, PluginDesk};
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tokio::sync::broadcast::{self, error::RecvError};

/// Updates kept for a slow reader before it is told that it missed some: as many as the host keeps.
const UPDATES_KEPT: usize = 16_384;
/// How long a turn may take, as the meter shows it: what the engine's tick limit comes to on a small terminal.
const TURN_LIMIT_US: u64 = 1_000_000;
/// How often the meters move: a person reads no faster, and most plugins are still most of the time.
const METERS_EVERY: Duration = Duration::from_secs(1);
/// The short form of a message fits one line of the drawer.
const SUMMARY_CHARS_MAX: usize = 160;
/// A longer message is not parsed for its short form.
const SUMMARY_BYTES_MAX: usize = 16 * 1_024;

/// The desk of one host.
pub struct Desk {
    host: Host,
    updates: broadcast::Sender<DeskUpdate>,
}

impl Desk {
    /// A desk that follows `host` on `runtime` until the host is gone.
    pub fn new(host: Host, runtime: &Handle) -> Self {
        let updates = broadcast::Sender::new(UPDATES_KEPT);
        runtime.spawn(follow(host.clone(), host.subscribe(), updates.clone()));
        Self { host, updates }
    }

    fn status(&self, id: &str) -> Result<PluginView, DeskError> {
        let plugins = self.host.plugins();
        let plugin = plugins.iter().find(|plugin| plugin.name == id);
        plugin
            .map(plugin_view)
            .ok_or_else(|| DeskError::NoSuchPlugin(id.into()))
    }
}

async fn follow(
    host: Host,
    mut changes: broadcast::Receiver<HostChange>,
    updates: broadcast::Sender<DeskUpdate>,
) {
    let mut meters = tokio::time::interval(METERS_EVERY);
    let mut shown = HashMap::new();
    loop {
        let told = tokio::select! {
            change = changes.recv() => match change {
                Ok(change) => update(&host, change).into_iter().collect(),
                // Whoever watches reads everything again when it sees a gap in what it was told.
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "the screen is behind the plugins");
                    Vec::new()
                }
                Err(RecvError::Closed) => return,
            },
            _ = meters.tick() => moved(&host, &mut shown),
        };
        for update in told {
            // Nobody watching is no fault.
            let _ = updates.send(update);
        }
    }
}

/// The plugins whose meters are not as they were last shown.
fn moved(host: &Host, shown: &mut HashMap<String, (usize, u64)>) -> Vec<DeskUpdate> {
    let mut moved = Vec::new();
    for plugin in host.plugins() {
        let now = (plugin.memory_bytes, plugin.turn_p95_us);
        if shown.insert(plugin.name.clone(), now) != Some(now) {
            moved.push(DeskUpdate::Plugin(Box::new(plugin_view(&plugin))));
        }
    }
    moved
}

fn update(host: &Host, change: HostChange) -> Option<DeskUpdate> {
    Some(match change {
        HostChange::Entry(entry) => DeskUpdate::Timeline(entry_view(&entry)),
        HostChange::Plugin(plugin) => DeskUpdate::Plugin(Box::new(plugin_view(&plugin))),
        HostChange::Toast(toast) => DeskUpdate::Toast(toast_view(&toast)),
        HostChange::ToastClosed(id) => DeskUpdate::ToastClosed(id.0.to_string()),
        HostChange::Settings { plugin } => DeskUpdate::Settings {
            settings: Box::new(settings_view(&host.settings(&plugin).ok()?)),
            plugin,
        },
        HostChange::StartPayment { .. } => return None,
    })
}

#[async_trait]
impl PluginDesk for Desk {
    async fn plugins(&self) -> Vec<PluginView> {
        self.host.plugins().iter().map(plugin_view).collect()
    }

    async fn start(&self, id: &str) -> Result<PluginView, DeskError> {
        self.host.start(id).map_err(|error| refused(error, id))?;
        self.status(id)
    }

    async fn stop(&self, id: &str) -> Result<PluginView, DeskError> {
        self.host.stop(id).map_err(|error| refused(error, id))?;
        self.status(id)
    }

    async fn restart(&self, id: &str) -> Result<PluginView, DeskError> {
        self.host.restart(id).map_err(|error| refused(error, id))?;
        self.status(id)
    }

    async fn timeline(&self, query: TimelineQuery) -> Vec<TimelineEntry> {
        let filter = query.filter.filter(|filter| !filter.is_empty());
        let entries = self.host.timeline(&Query {
            plugin: query.plugin,
            after: query.after_seq,
            before: query.before_seq,
            limit: match filter {
                Some(_) => usize::MAX,
                None => query.limit,
            },
        });
        let Some(filter) = filter else {
            return entries.iter().map(entry_view).collect();
        };
        let mut found: Vec<_> = entries
            .iter()
            .map(entry_view)
            .filter(|entry| entry.name.contains(&filter) || entry.summary.contains(&filter))
            .collect();
        if query.after_seq.is_some() {
            found.truncate(query.limit);
        } else {
            found.drain(..found.len().saturating_sub(query.limit));
        }
        found
    }

    async fn message(&self, seq: u64) -> Option<TimelineMessage> {
        let entry = self.host.entry(seq)?;
        let body = serde_json::from_str(&entry.body)
            .unwrap_or_else(|_| Value::String(entry.body.to_string()));
        Some(TimelineMessage {
            entry: entry_view(&entry),
            body,
        })
    }

    async fn settings(&self, id: &str) -> Result<SettingsView, DeskError> {
        let settings = self.host.settings(id).map_err(|error| refused(error, id))?;
        Ok(settings_view(&settings))
    }

    async fn set_settings(&self, id: &str, values: SetSettings) -> Result<SettingsView, DeskError> {
        let values: Map<String, Value> = values
            .values
            .into_iter()
            .map(|(input, value)| (input, plain(value)))
            .collect();
        self.host
            .set_settings(id, &values)
            .await
            .map_err(|error| refused(error, id))?;
        self.settings(id).await
    }

    async fn press_button(&self, plugin: &str, input: &str) -> Result<(), DeskError> {
        self.host
            .press_button(plugin, input)
            .map_err(|error| refused(error, plugin))
    }

    async fn toasts(&self) -> Vec<ToastView> {
        self.host.toasts().iter().map(toast_view).collect()
    }

    async fn toast_click(&self, id: &str) -> Result<(), DeskError> {
        self.host
            .click_toast(toast_id(id)?)
            .map_err(|error| refused(error, id))
    }

    async fn toast_button(&self, id: &str) -> Result<(), DeskError> {
        self.host
            .press_toast_button(toast_id(id)?)
            .map_err(|error| refused(error, id))
    }

    async fn toast_close(&self, id: &str) -> Result<(), DeskError> {
        self.host
            .close_toast(toast_id(id)?)
            .map_err(|error| refused(error, id))
    }

    fn subscribe(&self) -> broadcast::Receiver<DeskUpdate> {
        self.updates.subscribe()
    }
}

fn refused(error: HostError, id: &str) -> DeskError {
    match error {
        HostError::NoSuchPlugin { name, .. } => DeskError::NoSuchPlugin(name),
        HostError::NoSuchToast => DeskError::NoSuchToast(id.into()),
        HostError::NoSuchButton { input, .. } => DeskError::NoSuchButton(input),
        HostError::Settings { problems } => {
            let problem = |problem: madang_plugin_host::SettingProblem| FieldError {
                input: problem.id,
                message: Text::new(problem.message_ko, problem.message),
            };
            DeskError::Fields(problems.into_iter().map(problem).collect())
        }
        other => DeskError::NotNow {
            message: other.to_string(),
            message_ko: "지금은 할 수 없어요".into(),
        },
    }
}

fn toast_id(id: &str) -> Result<ToastId, DeskError> {
    id.parse()
        .map(ToastId)
        .map_err(|_| DeskError::NoSuchToast(id.chars().take(40).collect()))
}

fn plugin_view(plugin: &PluginStatus) -> PluginView {
    let (reason, next_start_at) = why(&plugin.state);
    PluginView {
        id: plugin.name.clone(),
        name: plugin.name.clone(),
        version: Some(plugin.version.clone()),
        form: PluginForm::Worker,
        state: match plugin.state {
            PluginState::Starting | PluginState::Running => StateView::Running,
            PluginState::Stopped => StateView::Stopped,
            PluginState::Crashed { .. } => StateView::Crashed,
            PluginState::SetAside { .. } => StateView::Aside,
        },
        reason,
        next_start_at,
        memory_bytes: plugin.memory_bytes as u64,
        memory_bytes_max: plugin.memory_bytes_max as u64,
        turn_p95_us: plugin.turn_p95_us,
        turn_limit_us: TURN_LIMIT_US,
        message_count: plugin.messages,
        refusal_count: plugin.refusals,
        permissions: plugin.permissions.clone(),
        notes: plugin
            .notes
            .iter()
            .map(|note| Text::new(note.clone(), note.clone()))
            .collect(),
    }
}

fn why(state: &PluginState) -> (Option<Text>, Option<Timestamp>) {
    let text = |stopped: &madang_plugin_runtime::Stopped| {
        Text::new(stopped.message_ko.clone(), stopped.message.clone())
    };
    match state {
        PluginState::Starting | PluginState::Running | PluginState::Stopped => (None, None),
        PluginState::Crashed {
            reason,
            next_start_at,
        } => (Some(text(reason)), Some(*next_start_at)),
        PluginState::SetAside { reason } => (Some(text(reason)), None),
    }
}

fn entry_view(entry: &Arc<Entry>) -> TimelineEntry {
    let ended = entry.ended();
    TimelineEntry {
        seq: entry.seq,
        at: entry.at,
        plugin: entry.plugin.to_string(),
        direction: match (entry.kind, entry.direction) {
            (Kind::Message, Direction::In) => Some(TimelineDirection::In),
            (Kind::Message, Direction::Out) => Some(TimelineDirection::Out),
            _ => None,
        },
        kind: match entry.kind {
            Kind::Message => TimelineKind::Message,
            Kind::Console => TimelineKind::Console,
            Kind::Error => TimelineKind::Error,
            Kind::Lifecycle => TimelineKind::Lifecycle,
        },
        name: entry.name.clone(),
        callback_id: entry.callback_id.clone(),
        duration_us: ended.map(|ended| ended.duration_us),
        bytes: entry.bytes as u64,
        result: match ended.map(|ended| ended.result) {
            None => TimelineResult::None,
            Some(Outcome::Ok) => TimelineResult::Ok,
            Some(Outcome::Refused) => TimelineResult::Refused,
            Some(Outcome::Veto) => TimelineResult::Veto,
            Some(Outcome::Late) => TimelineResult::Late,
        },
        caused_by: entry.cause.as_deref().map(str::to_owned),
        summary: summary(entry),
    }
}

/// Why it was refused; else what a message carries, without its envelope.
fn summary(entry: &Entry) -> String {
    let reason = entry.ended().and_then(|ended| ended.reason.clone());
    let text = reason.or_else(|| payload(entry));
    let text = text.as_deref().unwrap_or(&entry.body);
    text.chars().take(SUMMARY_CHARS_MAX).collect()
}

fn payload(entry: &Entry) -> Option<String> {
    if entry.kind != Kind::Message || entry.body.len() > SUMMARY_BYTES_MAX {
        return None;
    }
    let envelope: Value = serde_json::from_str(&entry.body).ok()?;
    Some(envelope.get("data")?.to_string())
}

fn toast_view(toast: &Toast) -> ToastView {
    ToastView {
        id: toast.id.0.to_string(),
        plugin: toast.plugin.clone(),
        plugin_name: toast.plugin.clone(),
        level: match toast.level {
            ToastLevel::Plain => LevelView::Info,
            ToastLevel::Success => LevelView::Success,
            ToastLevel::Warn => LevelView::Warn,
            ToastLevel::Error => LevelView::Error,
        },
        message: toast.message.clone(),
        button: toast.button.as_ref().map(|button| button.text.clone()),
        at: toast.at,
    }
}

fn settings_view(settings: &Settings) -> SettingsView {
    let told = settings.told();
    let value = |input: &Input| {
        let value = told.get(&input.id)?.clone();
        let value = match input.kind {
            InputKind::Password { .. } if value.as_str().is_none_or(str::is_empty) => return None,
            // A secret that is set is never told, only that it is.
            InputKind::Password { .. } => SettingValue::Text(String::new()),
            _ => setting_value(value)?,
        };
        Some((input.id.clone(), value))
    };
    SettingsView {
        inputs: settings.inputs.iter().map(input_view).collect(),
        values: settings.inputs.iter().filter_map(value).collect(),
    }
}

fn input_view(input: &Input) -> SettingInput {
    let default = match input.kind {
        InputKind::Password { .. } => None,
        _ => input.default_value().and_then(setting_value),
    };
    let mut view = SettingInput {
        id: input.id.clone(),
        kind: SettingInputKind::Text,
        label: input.label.clone(),
        required: input.required,
        default,
        placeholder: None,
        values: Vec::new(),
        candidates: Vec::new(),
        min: None,
        max: None,
        length_max: None,
        step: None,
        style: None,
    };
    match &input.kind {
        InputKind::Text {
            placeholder,
            candidates,
            length_max,
            ..
        } => {
            view.length_max = length_max.and_then(|most| u32::try_from(most).ok());
            view.placeholder = placeholder.clone();
            let value = |text: &String| SettingValue::Text(text.clone());
            view.candidates = candidates_view(candidates, value);
        }
        InputKind::Number {
            placeholder,
            candidates,
            min,
            max,
            ..
        } => {
            (view.min, view.max) = (*min, *max);
            view.kind = SettingInputKind::Number;
            view.placeholder = placeholder.clone();
            view.candidates = candidates_view(candidates, |number| {
                let number = serde_json::Number::from_f64(*number);
                number.map_or_else(|| SettingValue::Text(String::new()), SettingValue::Number)
            });
        }
        InputKind::Password { placeholder, .. } => {
            view.kind = SettingInputKind::Password;
            view.placeholder = placeholder.clone();
        }
        InputKind::Radio { choices, .. } => {
            view.kind = SettingInputKind::Radio;
            view.values = choices.iter().map(option_view).collect();
        }
        InputKind::Checkbox { choices, .. } => {
            view.kind = SettingInputKind::Checkbox;
            view.values = choices.iter().map(option_view).collect();
        }
        InputKind::Toggle { .. } => view.kind = SettingInputKind::Toggle,
        InputKind::Slider { min, max, step, .. } => {
            view.kind = SettingInputKind::Slider;
            (view.min, view.max, view.step) = (Some(*min), Some(*max), Some(*step));
        }
        InputKind::Button { style } => {
            view.kind = SettingInputKind::Button;
            view.style = Some(match style {
                ButtonStyle::Primary => SettingButtonStyle::Primary,
                ButtonStyle::Danger => SettingButtonStyle::Danger,
                ButtonStyle::Dark => SettingButtonStyle::Dark,
            });
        }
    }
    view
}

fn candidates_view<T>(
    candidates: &[Candidate<T>],
    value: impl Fn(&T) -> SettingValue,
) -> Vec<SettingCandidate> {
    candidates
        .iter()
        .map(|candidate| SettingCandidate {
            text: candidate.text.clone(),
            value: value(&candidate.value),
        })
        .collect()
}

fn option_view(choice: &InputChoice) -> SettingOption {
    SettingOption {
        id: choice.id.clone(),
        label: choice.label.clone(),
    }
}

fn setting_value(value: Value) -> Option<SettingValue> {
    match value {
        Value::Bool(switch) => Some(SettingValue::Switch(switch)),
        Value::Number(number) => Some(SettingValue::Number(number)),
        Value::String(text) => Some(SettingValue::Text(text)),
        Value::Array(ids) => {
            let ids = ids.into_iter().map(|id| id.as_str().map(str::to_owned));
            ids.collect::<Option<_>>().map(SettingValue::Chosen)
        }
        Value::Null | Value::Object(_) => None,
    }
}

fn plain(value: SettingValue) -> Value {
    match value {
        SettingValue::Switch(switch) => switch.into(),
        SettingValue::Number(number) => number.into(),
        SettingValue::Text(text) => text.into(),
        SettingValue::Chosen(ids) => ids.into(),
    }
}
