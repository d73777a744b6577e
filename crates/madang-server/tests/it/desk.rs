//! A plugins' side without an engine: it keeps what it is told, and tells who listens.

use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::Timestamp;
use madang_server::view::Text;
use madang_server::view::plugin::{
    FieldError, PluginForm, PluginState, PluginView, SetSettings, SettingInput, SettingInputKind,
    SettingValue, SettingsView, TimelineDirection, TimelineEntry, TimelineKind, TimelineMessage,
    TimelineQuery, TimelineResult, ToastLevel, ToastView,
};
use madang_server::{DeskError, DeskUpdate, PluginDesk};
use tokio::sync::broadcast;

/// One plugin with one form, its timeline and its toasts.
pub struct TestDesk {
    kept: Mutex<Kept>,
    updates: broadcast::Sender<DeskUpdate>,
}

struct Kept {
    plugin: PluginView,
    settings: SettingsView,
    timeline: Vec<TimelineEntry>,
    toasts: Vec<ToastView>,
    touched: Vec<String>,
}

impl TestDesk {
    pub fn new(room: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                plugin: plugin(),
                settings: form(),
                timeline: Vec::new(),
                toasts: Vec::new(),
                touched: Vec::new(),
            }),
            updates: broadcast::Sender::new(room),
        }
    }

    /// Tells whoever listens.
    pub fn tell(&self, update: DeskUpdate) {
        let _ = self.updates.send(update);
    }

    /// Adds a line to the timeline.
    pub fn log(&self, name: &str) {
        let mut kept = self.kept();
        let line = line(kept.timeline.len() as u64 + 1, name);
        kept.timeline.push(line.clone());
        drop(kept);
        self.tell(DeskUpdate::Timeline(line));
    }

    /// Opens a toast.
    pub fn toast(&self, id: &str) {
        let toast = toast(id);
        self.kept().toasts.push(toast.clone());
        self.tell(DeskUpdate::Toast(toast));
    }

    /// What was clicked and pressed.
    pub fn touched(&self) -> Vec<String> {
        self.kept().touched.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept
            .lock()
            .expect("no test panics while it holds this")
    }

    fn put(&self, id: &str, state: PluginState) -> Result<PluginView, DeskError> {
        let mut kept = self.kept();
        known(&kept, id)?;
        kept.plugin.state = state;
        let plugin = kept.plugin.clone();
        drop(kept);
        self.tell(DeskUpdate::Plugin(Box::new(plugin.clone())));
        Ok(plugin)
    }

    fn touch(&self, what: &str, id: &str) -> Result<(), DeskError> {
        let mut kept = self.kept();
        if !kept.toasts.iter().any(|toast| toast.id == id) {
            return Err(DeskError::NoSuchToast(id.into()));
        }
        kept.touched.push(format!("{what} {id}"));
        Ok(())
    }
}

#[async_trait]
impl PluginDesk for TestDesk {
    async fn plugins(&self) -> Vec<PluginView> {
        vec![self.kept().plugin.clone()]
    }

    async fn start(&self, id: &str) -> Result<PluginView, DeskError> {
        if self.kept().plugin.state == PluginState::Running {
            return Err(DeskError::NotNow {
                message: "it runs already".into(),
                message_ko: "이미 실행 중이에요".into(),
            });
        }
        self.put(id, PluginState::Running)
    }

    async fn stop(&self, id: &str) -> Result<PluginView, DeskError> {
        self.put(id, PluginState::Stopped)
    }

    async fn restart(&self, id: &str) -> Result<PluginView, DeskError> {
        self.put(id, PluginState::Running)
    }

    async fn timeline(&self, query: TimelineQuery) -> Vec<TimelineEntry> {
        let kept = self.kept();
        let fits = |line: &&TimelineEntry| {
            query
                .plugin
                .as_ref()
                .is_none_or(|plugin| *plugin == line.plugin)
                && query.after_seq.is_none_or(|seq| line.seq > seq)
                && query.before_seq.is_none_or(|seq| line.seq < seq)
                && query
                    .filter
                    .as_ref()
                    .is_none_or(|text| line.name.contains(text))
        };
        let lines: Vec<TimelineEntry> = kept.timeline.iter().filter(fits).cloned().collect();
        let skip = match query.after_seq {
            Some(_) => 0,
            None => lines.len().saturating_sub(query.limit),
        };
        lines.into_iter().skip(skip).take(query.limit).collect()
    }

    async fn message(&self, seq: u64) -> Option<TimelineMessage> {
        let entry = self
            .kept()
            .timeline
            .iter()
            .find(|line| line.seq == seq)
            .cloned()?;
        let body = serde_json::json!({ "name": entry.name });
        Some(TimelineMessage { entry, body })
    }

    async fn settings(&self, id: &str) -> Result<SettingsView, DeskError> {
        let kept = self.kept();
        known(&kept, id)?;
        Ok(kept.settings.clone())
    }

    async fn set_settings(&self, id: &str, values: SetSettings) -> Result<SettingsView, DeskError> {
        let mut kept = self.kept();
        known(&kept, id)?;
        let wrong: Vec<FieldError> = values
            .values
            .iter()
            .filter(|(_, value)| !matches!(value, SettingValue::Number(_)))
            .map(|(input, _)| FieldError {
                input: input.clone(),
                message: Text::new("숫자를 적어 주세요", "write a number"),
            })
            .collect();
        if !wrong.is_empty() {
            return Err(DeskError::Fields(wrong));
        }
        kept.settings.values.extend(values.values);
        let settings = kept.settings.clone();
        drop(kept);
        self.tell(DeskUpdate::Settings {
            plugin: id.into(),
            settings: Box::new(settings.clone()),
        });
        Ok(settings)
    }

    async fn press_button(&self, plugin: &str, input: &str) -> Result<(), DeskError> {
        let mut kept = self.kept();
        known(&kept, plugin)?;
        if input != "test" {
            return Err(DeskError::NoSuchButton(input.into()));
        }
        kept.touched.push(format!("button {input}"));
        Ok(())
    }

    async fn toasts(&self) -> Vec<ToastView> {
        self.kept().toasts.clone()
    }

    async fn toast_click(&self, id: &str) -> Result<(), DeskError> {
        self.touch("click", id)
    }

    async fn toast_button(&self, id: &str) -> Result<(), DeskError> {
        self.touch("toast-button", id)
    }

    async fn toast_close(&self, id: &str) -> Result<(), DeskError> {
        self.touch("close", id)?;
        self.kept().toasts.retain(|toast| toast.id != id);
        self.tell(DeskUpdate::ToastClosed(id.into()));
        Ok(())
    }

    fn subscribe(&self) -> broadcast::Receiver<DeskUpdate> {
        self.updates.subscribe()
    }
}

fn known(kept: &Kept, id: &str) -> Result<(), DeskError> {
    if kept.plugin.id == id {
        Ok(())
    } else {
        Err(DeskError::NoSuchPlugin(id.into()))
    }
}

fn plugin() -> PluginView {
    PluginView {
        id: "hello".into(),
        name: "Hello".into(),
        version: Some("1.0.0".into()),
        form: PluginForm::Worker,
        state: PluginState::Running,
        reason: None,
        next_start_at: None,
        memory_bytes: 1_000_000,
        memory_bytes_max: 64_000_000,
        turn_p95_us: 120,
        turn_limit_us: 1_000_000,
        message_count: 0,
        refusal_count: 0,
        permissions: vec!["order:read".into()],
        notes: Vec::new(),
    }
}

fn form() -> SettingsView {
    let input = SettingInput {
        id: "limit".into(),
        kind: SettingInputKind::Number,
        label: "한도".into(),
        required: true,
        default: Some(SettingValue::Number(5_000.into())),
        placeholder: None,
        values: Vec::new(),
        candidates: Vec::new(),
        min: None,
        max: None,
        length_max: None,
        step: None,
        style: None,
    };
    SettingsView {
        inputs: vec![input],
        values: [("limit".to_owned(), SettingValue::Number(5_000.into()))].into(),
    }
}

fn line(seq: u64, name: &str) -> TimelineEntry {
    TimelineEntry {
        seq,
        at: Timestamp::UNIX_EPOCH,
        plugin: "hello".into(),
        direction: Some(TimelineDirection::In),
        kind: TimelineKind::Message,
        name: name.into(),
        callback_id: None,
        duration_us: Some(80),
        bytes: 42,
        result: TimelineResult::Ok,
        caused_by: None,
        summary: String::new(),
    }
}

fn toast(id: &str) -> ToastView {
    ToastView {
        id: id.into(),
        plugin: "hello".into(),
        plugin_name: "Hello".into(),
        level: ToastLevel::Info,
        message: "안녕하세요".into(),
        button: Some("열기".into()),
        at: Timestamp::UNIX_EPOCH,
    }
}
