//! The life of an instance: started, running, stopped for a reason, started again by itself or set aside.

use std::sync::Arc;

use jiff::Timestamp;
use madang_plugin_runtime::Stopped;

use super::{HostChange, Inner};
use crate::door::Door;
use crate::driver::Start;
use crate::plugin::{Instance, Plugin, PluginState, lock};
use crate::supervise::Next;
use crate::timeline::Kind;

impl Inner {
    /// Whether this is the instance that runs: one that was stopped is not heard any more.
    pub fn is_current(&self, plugin: &Plugin, instance: &Instance) -> bool {
        let life = plugin.life();
        life.generation == instance.generation && life.instance.is_some()
    }

    pub fn instance_started(&self, plugin: &Plugin, instance: &Instance) {
        let started = {
            let mut life = plugin.life();
            let current = life.generation == instance.generation && life.instance.is_some();
            if current {
                life.state = PluginState::Running;
            }
            current
        };
        if started {
            self.note(
                plugin,
                Kind::Lifecycle,
                "started",
                &format!("{} {}", plugin.name, plugin.spec().version),
                None,
                None,
            );
            self.tell(HostChange::Plugin(Box::new(self.status(plugin))));
            plugin.nudge();
        }
    }

    /// A plugin broke a limit or could not be loaded. It starts again by itself, until it keeps failing.
    pub fn instance_stopped(
        self: &Arc<Self>,
        plugin: &Arc<Plugin>,
        instance: &Instance,
        stopped: Stopped,
    ) {
        if !self.is_current(plugin, instance) {
            return;
        }
        let now = self.till.world().now();
        let hopeless = stopped.kind == madang_plugin_runtime::StopReason::NotLoaded
            || self.driver.refuses(&plugin.name).is_some();
        let next = if hopeless {
            Next::SetAside { stops: 1 }
        } else {
            plugin.life().stops.add(now)
        };
        let state = match next {
            Next::RestartAt(at) => PluginState::Crashed {
                reason: stopped.clone(),
                next_start_at: at,
            },
            Next::SetAside { .. } => PluginState::SetAside {
                reason: stopped.clone(),
            },
        };
        self.note_stop(plugin, &stopped, instance.cause());
        self.stop_instance(plugin, state);
        if let Next::RestartAt(at) = next {
            self.restart_at(plugin, instance.generation, at);
        }
    }

    /// Ends the instance that runs. Questions to it are answered by silence.
    pub(super) fn stop_instance(&self, plugin: &Plugin, state: PluginState) {
        let instance = {
            let mut life = plugin.life();
            life.state = state;
            life.instance.take()
        };
        if let Some(instance) = instance {
            instance.end();
            lock(&plugin.progress).begin_again(0);
        }
        self.tell(HostChange::Plugin(Box::new(self.status(plugin))));
    }

    pub(super) fn start_instance(self: &Arc<Self>, plugin: &Arc<Plugin>) {
        if let Some(reason) = plugin.spec().fault.clone() {
            self.note_stop(plugin, &reason, None);
            self.stop_instance(plugin, PluginState::SetAside { reason });
            return;
        }
        if let Some(reason) = self.driver.refuses(&plugin.name) {
            self.stop_instance(plugin, PluginState::SetAside { reason });
            return;
        }
        let world = self.till.world();
        let instance = {
            let mut life = plugin.life();
            life.generation += 1;
            life.state = PluginState::Starting;
            let session = format!("{:016x}", world.chance.number());
            let instance = Arc::new(Instance::new(life.generation, session));
            // Started twice at one moment (its pause is over while staff start it): the first of both ends.
            if let Some(other) = life.instance.replace(instance.clone()) {
                other.end();
            }
            lock(&plugin.progress).begin_again(instance.generation);
            instance
        };
        let mut seed = [0; 32];
        world.chance.fill(&mut seed);
        self.driver.start(Start {
            plugin: plugin.name.clone(),
            program: plugin.spec().program.clone(),
            limits: self.settings.limits.clone(),
            time_zone: self.till.shop().zone(),
            seed,
            mailbox: instance.mailbox.clone(),
            door: Door {
                host: self.clone(),
                plugin: plugin.clone(),
                instance,
            },
            world: world.clone(),
        });
    }

    fn restart_at(self: &Arc<Self>, plugin: &Arc<Plugin>, generation: u64, at: Timestamp) {
        let (inner, plugin) = (self.clone(), plugin.clone());
        self.till.world().tasks.spawn(Box::pin(async move {
            inner.till.world().clock.sleep_until(at).await;
            let still_waits = {
                let life = plugin.life();
                life.generation == generation && matches!(life.state, PluginState::Crashed { .. })
            };
            if still_waits && !inner.is_removed(&plugin) {
                inner.start_instance(&plugin);
            }
        }));
    }

    /// A plugin for which more waits than it will ever deal with is stopped rather than fed.
    pub(super) fn stop_if_flooded(&self, plugin: &Plugin, instance: &Instance) {
        let limit = self.settings.limits.queued_events_max;
        if instance.mailbox.waiting() <= limit || !self.is_current(plugin, instance) {
            return;
        }
        let reason = Stopped {
            kind: madang_plugin_runtime::StopReason::QueuedEvents,
            message: format!(
                "The plugin was stopped: more than {limit} messages were waiting for it."
            ),
            message_ko: format!(
                "플러그인이 중지되었어요: 처리하지 못한 메시지가 {limit}개를 넘었어요."
            ),
        };
        self.note_stop(plugin, &reason, None);
        self.stop_instance(plugin, PluginState::SetAside { reason });
    }

    fn note_stop(&self, plugin: &Plugin, stopped: &Stopped, cause: Option<Arc<str>>) {
        tracing::warn!(plugin = %plugin.name, reason = %stopped.message, "a plugin was stopped");
        let reason = format!("{} ({})", stopped.message_ko, stopped.message);
        self.note(
            plugin,
            Kind::Lifecycle,
            "stopped",
            &reason,
            cause,
            Some(reason.clone()),
        );
    }
}
