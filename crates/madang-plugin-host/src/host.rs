//! The host: which plugins there are, and what they are sent.

mod life;
mod staff;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use madang_journal::{Position, ReadError};
use madang_model::catalog::Item;
use madang_model::stock::ItemDay;
use madang_outbound::Outbound;
use madang_plugin_protocol::wire::Device;
use madang_plugin_protocol::{Envelope, event, find};
use madang_plugin_runtime::Limits;
use madang_till::{Change, Till};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use crate::delivery::{cursor_name, deliver};
use crate::door::bounded;
use crate::driver::Driver;
use crate::mailbox::Delivery;
use crate::plugin::{Instance, Plugin, PluginState, PluginStatus};
use crate::seal::SealingKey;
use crate::settings::{SettingProblem, Settings, Typed, all_typed};
use crate::spec::PluginSpec;
use crate::storage::Store;
use crate::timeline::{Direction, Ended, Entry, Kind, NewEntry, Outcome, Query, Timeline};
use crate::toast::{Toast, ToastId, Toasts};

/// Changes kept for a slow listener: a burst of messages of many plugins.
const CHANGES_KEPT: usize = 16_384;
/// Where a plugin's settings lie in their store.
const SETTINGS_KEY: &str = "values";
/// Which of them staff typed.
const TYPED_KEY: &str = "typed";

/// Runs the plugins of one till. Clones are the same host.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

/// What a host is told when it is made.
#[derive(Clone, Debug)]
pub struct HostSettings {
    /// What each plugin may use.
    pub limits: Limits,
    /// What plugins are told of the machine.
    pub device: Device,
    /// Whether the table's limits on how often are kept; a benchmark lifts them.
    pub rate_limits: bool,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            device: Device {
                // Plugins compare this name; a till that speaks the same messages is to them the same kind of till.
                name: "toss-pos".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                platform: std::env::consts::OS.into(),
                arch: std::env::consts::ARCH.into(),
                os_version: None,
            },
            rate_limits: true,
        }
    }
}

/// What changed, for whoever shows it.
#[derive(Clone, Debug)]
pub enum HostChange {
    /// A new entry of the timeline, or the end of one.
    Entry(Arc<Entry>),
    /// A plugin started, stopped or was replaced.
    Plugin(Box<PluginStatus>),
    /// A toast is shown.
    Toast(Toast),
    /// A toast is gone.
    ToastClosed(ToastId),
    /// A plugin's form or its values changed.
    Settings {
        /// Whose.
        plugin: String,
    },
    /// A plugin asks for the payment sheet.
    StartPayment {
        /// Which.
        plugin: String,
    },
}

/// Why something could not be done with a plugin.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There is none of that name.
    #[error("there is no plugin “{name}”; installed: {installed}")]
    NoSuchPlugin {
        /// The name.
        name: String,
        /// Those that there are.
        installed: String,
    },
    /// There is no such toast any more.
    #[error("that toast is gone")]
    NoSuchToast,
    /// There is no such button.
    #[error("the settings of “{plugin}” have no button “{input}”")]
    NoSuchButton {
        /// The plugin.
        plugin: String,
        /// The button.
        input: String,
    },
    /// Values that do not fit their fields.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Settings {
        /// One a field.
        problems: Vec<SettingProblem>,
    },
    /// It could not be kept.
    #[error("{message}")]
    NotKept {
        /// Why.
        message: String,
    },
    /// The journal could not be read.
    #[error("what the plugin keeps could not be read")]
    Read(#[from] ReadError),
}

pub(crate) struct Inner {
    pub till: Till,
    pub outbound: Option<Outbound>,
    pub settings: HostSettings,
    pub timeline: Timeline,
    sealing: SealingKey,
    driver: Arc<dyn Driver>,
    plugins: RwLock<BTreeMap<String, Arc<Plugin>>>,
    toasts: Mutex<Toasts>,
    changes: broadcast::Sender<HostChange>,
}

impl Host {
    /// A host for the plugins of `till`; it answers the till's questions from now on.
    pub fn new(
        till: Till,
        outbound: Option<Outbound>,
        sealing: SealingKey,
        driver: Arc<dyn Driver>,
        settings: HostSettings,
    ) -> Self {
        let inner = Arc::new(Inner {
            till,
            outbound,
            settings,
            timeline: Timeline::default(),
            sealing,
            driver,
            plugins: RwLock::default(),
            toasts: Mutex::default(),
            changes: broadcast::Sender::new(CHANGES_KEPT),
        });
        inner.till.set_asks(inner.clone());
        let host = Self { inner };
        host.follow_cart();
        host
    }

    /// Installs and starts a plugin. One of the same name is replaced and keeps its storage, settings and place in the
    /// events: that is how hot reload works.
    ///
    /// # Errors
    /// When what it keeps cannot be read.
    pub async fn install(&self, spec: PluginSpec) -> Result<(), HostError> {
        let name = spec.name.clone();
        if let Some(plugin) = self.inner.plugin(&name) {
            self.inner.stop_instance(&plugin, PluginState::Stopped);
            plugin.replace_spec(spec);
            plugin.life().stops.forget();
            self.inner.start_instance(&plugin);
            return Ok(());
        }
        let plugin = Arc::new(self.inner.open(spec).await?);
        self.inner
            .plugins
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, plugin.clone());
        self.inner.start_instance(&plugin);
        let tasks = self.inner.till.world().tasks.clone();
        tasks.spawn(Box::pin(deliver(self.inner.clone(), plugin)));
        Ok(())
    }

    /// Stops a plugin until it is started again.
    ///
    /// # Errors
    /// [`HostError::NoSuchPlugin`].
    pub fn stop(&self, name: &str) -> Result<(), HostError> {
        let plugin = self.inner.named(name)?;
        self.inner.stop_instance(&plugin, PluginState::Stopped);
        Ok(())
    }

    /// Starts a plugin anew, whatever it is doing.
    ///
    /// # Errors
    /// [`HostError::NoSuchPlugin`].
    pub fn restart(&self, name: &str) -> Result<(), HostError> {
        let plugin = self.inner.named(name)?;
        self.inner.stop_instance(&plugin, PluginState::Stopped);
        plugin.life().stops.forget();
        self.inner.start_instance(&plugin);
        Ok(())
    }

    /// Starts a plugin that is not running.
    ///
    /// # Errors
    /// [`HostError::NoSuchPlugin`].
    pub fn start(&self, name: &str) -> Result<(), HostError> {
        let plugin = self.inner.named(name)?;
        if plugin.instance().is_none() {
            plugin.life().stops.forget();
            self.inner.start_instance(&plugin);
        }
        Ok(())
    }

    /// Every plugin, by name.
    pub fn plugins(&self) -> Vec<PluginStatus> {
        self.inner
            .plugins_in_order()
            .iter()
            .map(|plugin| self.inner.status(plugin))
            .collect()
    }

    /// Entries of the timeline, oldest first.
    pub fn timeline(&self, query: &Query) -> Vec<Arc<Entry>> {
        self.inner.timeline.entries(query)
    }

    /// One entry, if it is still kept.
    pub fn entry(&self, seq: u64) -> Option<Arc<Entry>> {
        self.inner.timeline.entry(seq)
    }

    /// A note on a plugin's timeline from outside, as a reload that failed. The first line of `text` is its short form.
    pub fn note(&self, name: &str, title: &str, text: &str) {
        let short = text.lines().next().unwrap_or(title).to_owned();
        if let Some(plugin) = self.inner.plugin(name) {
            self.inner
                .note(&plugin, Kind::Lifecycle, title, text, None, Some(short));
        }
    }

    /// Sends a message to one plugin as the till would, for trying an event by hand. One that does not run, or may not hear
    /// it, is not sent it.
    ///
    /// # Errors
    /// [`HostError::NoSuchPlugin`].
    pub fn send(&self, name: &str, message: &Envelope) -> Result<(), HostError> {
        let plugin = self.inner.named(name)?;
        self.inner.send(&plugin, message, None, None);
        Ok(())
    }

    /// Tells plugins of a scanned barcode. The menu's own look-up is the caller's.
    pub fn scanned(&self, barcode: &str) {
        self.inner.scanned(barcode);
    }

    /// Changes from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<HostChange> {
        self.inner.changes.subscribe()
    }

    /// True when nothing waits for a plugin and no call of one is unanswered.
    pub fn is_idle(&self) -> bool {
        let plugins = self.inner.plugins_in_order();
        plugins
            .iter()
            .all(|plugin| plugin.instance().is_none_or(|instance| instance.is_idle()))
    }

    /// Stops every plugin and forgets them: the host is done.
    pub fn shut_down(&self) {
        // The till holds the host and the host the till; one of them must let go.
        self.inner.till.set_asks(Arc::new(madang_till::NobodyAsked));
        let plugins = std::mem::take(
            &mut *self
                .inner
                .plugins
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for plugin in plugins.values() {
            self.inner.stop_instance(plugin, PluginState::Stopped);
            plugin.nudge();
        }
    }

    /// Plugins hear of every change of the cart, with all of it.
    fn follow_cart(&self) {
        let inner = Arc::downgrade(&self.inner);
        let mut changes = self.inner.till.subscribe();
        let tasks = self.inner.till.world().tasks.clone();
        tasks.spawn(Box::pin(async move {
            loop {
                let change = changes.recv().await;
                let Some(inner) = inner.upgrade() else { return };
                match change {
                    Ok(Change::Cart { cart, event }) => {
                        let message =
                            event::draft_order_change(event, &inner.till.shop(), &cart, &|item| {
                                inner.day_of(item)
                            });
                        inner.send_to_all(&message, "장바구니");
                    }
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        }));
    }
}

impl Inner {
    pub fn plugin(&self, name: &str) -> Option<Arc<Plugin>> {
        self.plugins
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    pub fn plugins_in_order(&self) -> Vec<Arc<Plugin>> {
        self.plugins
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub fn is_removed(&self, plugin: &Plugin) -> bool {
        self.plugin(&plugin.name).is_none()
    }

    pub fn day_of(&self, item: &Item) -> ItemDay {
        self.till
            .item_day(item.id)
            .unwrap_or_else(|| ItemDay::of(item))
    }

    pub fn tell(&self, change: HostChange) {
        // Nobody listening is no fault.
        let _ = self.changes.send(change);
    }

    /// Sends a message to a plugin, recorded on its timeline; dropped when the plugin does not run.
    pub fn send(
        &self,
        plugin: &Plugin,
        message: &Envelope,
        position: Option<Position>,
        cause: Option<Arc<str>>,
    ) {
        if let Some(instance) = plugin.instance().filter(|_| plugin.may(&message.name)) {
            self.send_to(plugin, &instance, message, position, cause);
        }
    }

    /// Sends a message that the plugin may hear to this very start of it.
    pub fn send_to(
        &self,
        plugin: &Plugin,
        instance: &Instance,
        message: &Envelope,
        position: Option<Position>,
        cause: Option<Arc<str>>,
    ) {
        let json: Arc<str> = message.to_json().into();
        self.record_in(plugin, message, &json, cause.clone());
        instance.mailbox.put(Delivery {
            json,
            position,
            cause,
            room: None,
        });
        self.stop_if_flooded(plugin, instance);
    }

    /// Sends what came from the outside; `room` is given back when the plugin has dealt with it.
    pub fn send_with_room(
        &self,
        plugin: &Plugin,
        instance: &Instance,
        message: &Envelope,
        room: Option<Arc<OwnedSemaphorePermit>>,
    ) {
        let json: Arc<str> = message.to_json().into();
        self.record_in(plugin, message, &json, None);
        instance.mailbox.put(Delivery {
            json,
            position: None,
            cause: None,
            room,
        });
    }

    fn record_in(
        &self,
        plugin: &Plugin,
        message: &Envelope,
        json: &Arc<str>,
        cause: Option<Arc<str>>,
    ) {
        plugin
            .messages
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = match find(&message.name).filter(|row| !row.is_shown_whole()) {
            Some(row) => {
                let mut shown = message.clone();
                row.hide(&mut shown.data);
                shown.to_json().into()
            }
            None => json.clone(),
        };
        let entry = self.timeline.record(NewEntry {
            at: self.till.world().now(),
            plugin: plugin.name.clone(),
            direction: Direction::In,
            kind: Kind::Message,
            name: message.name.clone(),
            callback_id: message.callback_id.clone(),
            body,
            bytes: json.len(),
            cause,
            ended: Some(Ended {
                result: Outcome::Ok,
                duration_us: 0,
                reason: None,
            }),
        });
        self.tell(HostChange::Entry(entry));
    }

    pub fn scanned(&self, barcode: &str) {
        self.send_to_all(&event::barcode(barcode), "바코드");
    }

    /// Writes something about a plugin on its timeline.
    pub fn note(
        &self,
        plugin: &Plugin,
        kind: Kind,
        name: &str,
        text: &str,
        cause: Option<Arc<str>>,
        reason: Option<String>,
    ) {
        let entry = self.record_note(plugin, kind, name, text, cause, reason);
        self.tell(HostChange::Entry(entry));
    }

    /// Like [`Inner::note`], for whoever tells of it later.
    pub fn record_note(
        &self,
        plugin: &Plugin,
        kind: Kind,
        name: &str,
        text: &str,
        cause: Option<Arc<str>>,
        reason: Option<String>,
    ) -> Arc<Entry> {
        let result = if reason.is_some() {
            Outcome::Refused
        } else {
            Outcome::Ok
        };
        self.timeline.record(NewEntry {
            at: self.till.world().now(),
            plugin: plugin.name.clone(),
            direction: Direction::Out,
            kind,
            name: name.to_owned(),
            callback_id: None,
            body: bounded(text).into(),
            bytes: text.len(),
            cause,
            ended: Some(Ended {
                result,
                duration_us: 0,
                reason: reason.as_deref().map(bounded),
            }),
        })
    }

    fn send_to_all(&self, message: &Envelope, cause: &str) {
        for plugin in self.plugins_in_order() {
            self.send(&plugin, message, None, Some(cause.into()));
        }
    }

    fn status(&self, plugin: &Plugin) -> PluginStatus {
        plugin.status(self.settings.limits.memory_bytes_max)
    }

    fn named(&self, name: &str) -> Result<Arc<Plugin>, HostError> {
        self.plugin(name).ok_or_else(|| {
            let installed: Vec<String> = self
                .plugins_in_order()
                .iter()
                .map(|plugin| plugin.name.to_string())
                .collect();
            HostError::NoSuchPlugin {
                name: name.to_owned(),
                installed: installed.join(", "),
            }
        })
    }

    /// Reads what the plugin keeps. One that was never here begins at today's end of the events.
    async fn open(&self, spec: PluginSpec) -> Result<Plugin, HostError> {
        let shop = self.till.shop_id();
        let journal = self.till.journal();
        let chance = &self.till.world().chance;
        let store = |kind: &str, sealed: bool| {
            let scope = format!("plugin/{shop}/{}/{kind}", spec.name);
            let seal = sealed.then(|| (self.sealing.clone(), chance.clone()));
            Store::open(journal.clone(), shop.clone(), scope, seal)
        };
        let storage = store("storage", false).await?;
        let secure_store = store("secure", true).await?;
        let settings_store = store("settings", true).await?;
        let (values, typed) = match (
            settings_store.get(SETTINGS_KEY),
            settings_store.get(TYPED_KEY),
        ) {
            (Ok(values), Ok(typed)) => kept_settings(values.as_deref(), typed.as_deref()),
            (Err(failure), _) | (_, Err(failure)) => {
                // A plugin's settings never keep a till from opening: they are asked for again, and what is kept stays.
                tracing::warn!(plugin = %spec.name, reason = %failure.message, "settings cannot be opened; is the data folder's `key` the one they were sealed with?");
                (BTreeMap::new(), BTreeMap::new())
            }
        };
        let sent = match journal.cursor(shop, &cursor_name(&spec.name)).await? {
            Some(position) => position,
            None => journal.head(shop).await?,
        };
        let settings = Settings {
            inputs: Vec::new(),
            values,
            typed,
        };
        Ok(Plugin::new(
            spec,
            storage,
            secure_store,
            settings_store,
            settings,
            sent,
        ))
    }
}

/// Values, and which of them staff typed.
fn kept_settings(values: Option<&str>, typed: Option<&str>) -> (BTreeMap<String, Value>, Typed) {
    let values = values.and_then(|text| serde_json::from_str(text).ok());
    let values: BTreeMap<String, Value> = values.unwrap_or_default();
    let typed = match typed {
        Some(text) => serde_json::from_str(text).unwrap_or_default(),
        None => all_typed(&values),
    };
    (values, typed)
}
