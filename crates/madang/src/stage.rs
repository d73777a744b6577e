//! A till with its plugins, opened and joined: what a screen, a script or a cashier stands before.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use madang_journal::Journal;
use madang_model::shop::Shop;
use madang_outbound::Outbound;
use madang_plugin_host::driver::Driver;
use madang_plugin_host::{Host, HostError, HostSettings, PluginSpec, SealingKey, SpecError};
use madang_plugin_package::Package;
use madang_till::terminal::CardTerminal;
use madang_till::terminal::remote::RemoteTerminal;
use madang_till::terminal::simulated::{ChosenOutcome, SimulatedTerminal};
use madang_till::{Messages, NobodyAsked, Till, TillError, TillSettings, World};
use miette::Diagnostic;

use crate::failure::{Exit, Exits};

/// A till with its plugins. Clones are the same.
#[derive(Clone)]
pub struct Stage {
    /// The till.
    pub till: Till,
    /// Its plugins.
    pub host: Host,
    /// Its card terminal.
    pub terminal: Arc<dyn Outcomes>,
}

/// What a stage is made of.
pub struct Parts<Terminal> {
    /// The shop.
    pub shop: Arc<Shop>,
    /// What was.
    pub journal: Arc<dyn Journal>,
    /// The card terminal.
    pub terminal: Arc<Terminal>,
    /// Clock, chance and tasks.
    pub world: World,
    /// Seals what plugins keep secret.
    pub sealing: SealingKey,
    /// Where plugins run.
    pub driver: Arc<dyn Driver>,
    /// The way out.
    pub outbound: Outbound,
    /// Who tells others what happens to orders.
    pub messages: Arc<dyn Messages>,
}

/// A terminal whose outcome can be chosen.
#[async_trait]
pub trait Outcomes: Send + Sync {
    /// Chooses how the next attempt ends.
    ///
    /// # Errors
    /// When the terminal is not reached, in words for a cashier.
    async fn choose(&self, outcome: ChosenOutcome) -> Result<(), String>;
}

#[async_trait]
impl Outcomes for SimulatedTerminal {
    async fn choose(&self, outcome: ChosenOutcome) -> Result<(), String> {
        Self::choose(self, Some(outcome), false);
        Ok(())
    }
}

#[async_trait]
impl Outcomes for RemoteTerminal {
    async fn choose(&self, outcome: ChosenOutcome) -> Result<(), String> {
        Self::choose(self, Some(outcome), false)
            .await
            .map_err(|fault| fault.to_string())
    }
}

/// Why the till was not opened.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum StageError {
    /// Its journal.
    #[error("the till could not be opened")]
    #[diagnostic(help("choose another folder with --data, or mend what is said above"))]
    Till(#[source] TillError),
    /// A package that does not run here.
    #[error("the plugin cannot be run")]
    Spec(#[source] SpecError),
    /// Two plugins of one name: they would share what they keep.
    #[error("the plugin `{name}` is named twice")]
    #[diagnostic(help(
        "a plugin's name is its place in the till: leave one out, or change `name` in its plugin.toml"
    ))]
    Twice {
        /// The name.
        name: String,
    },
    /// What a plugin keeps.
    #[error("the plugin `{name}` could not be started")]
    #[diagnostic(help("choose another folder with --data, or mend what is said above"))]
    Plugin {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: HostError,
    },
}

/// The plugins of packages, each name once.
///
/// # Errors
/// [`StageError::Spec`] and [`StageError::Twice`].
pub(crate) fn specs<'a>(
    packages: impl IntoIterator<Item = &'a Package>,
) -> Result<Vec<PluginSpec>, StageError> {
    let mut names = Names::default();
    let mut specs = Vec::new();
    for package in packages {
        let spec = PluginSpec::of(package).map_err(StageError::Spec)?;
        names.take(&spec.name)?;
        specs.push(spec);
    }
    Ok(specs)
}

/// Names of plugins that stand beside each other.
#[derive(Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// One more.
    ///
    /// # Errors
    /// [`StageError::Twice`].
    pub(crate) fn take(&mut self, name: &str) -> Result<(), StageError> {
        match self.0.insert(name.to_owned()) {
            true => Ok(()),
            false => Err(StageError::Twice { name: name.into() }),
        }
    }
}

impl Exits for StageError {
    fn exit(&self) -> Exit {
        match self {
            Self::Till(_) | Self::Plugin { .. } => Exit::Data,
            Self::Spec(_) | Self::Twice { .. } => Exit::Usage,
        }
    }
}

impl Stage {
    /// Opens a till on its journal, without plugins.
    ///
    /// # Errors
    /// [`StageError::Till`].
    pub async fn open<Terminal: CardTerminal + Outcomes + 'static>(
        parts: Parts<Terminal>,
    ) -> Result<Self, StageError> {
        let till = Till::open(
            parts.shop,
            parts.journal,
            parts.terminal.clone(),
            parts.world,
            TillSettings {
                messages: parts.messages,
                ..TillSettings::default()
            },
        )
        .await
        .map_err(StageError::Till)?;
        let host = Host::new(
            till.clone(),
            Some(parts.outbound),
            parts.sealing,
            parts.driver,
            HostSettings::default(),
        );
        Ok(Self {
            till,
            host,
            terminal: parts.terminal,
        })
    }

    /// Stops the plugins and lets go of the till: its journal is free once every clone is dropped.
    pub fn close(&self) {
        self.host.shut_down();
        // Till and host hold each other: the till asks, the host answers.
        self.till.set_asks(Arc::new(NobodyAsked));
    }

    /// Starts a plugin, or replaces the one of its name.
    ///
    /// # Errors
    /// [`StageError::Plugin`].
    pub async fn install(&self, spec: PluginSpec) -> Result<(), StageError> {
        let name = spec.name.clone();
        self.host
            .install(spec)
            .await
            .map_err(|source| StageError::Plugin { name, source })
    }
}
