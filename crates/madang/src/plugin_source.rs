//! Opens the plugins that a command names.

use std::path::{Path, PathBuf};

use madang_plugin_host::PluginSpec;
use madang_plugin_package::{
    Limits, Mode, OpenSettings, Package, PackageError, PackageErrorKind, SdkSource,
};
use miette::Diagnostic;

use crate::failure::{Exit, Exits};

/// What the imports of the plugin SDK are answered with.
const SDK: &str = include_str!("../../../sdk/embedded/sdk.js");

/// A plugin that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the plugin {} cannot be opened\n{}", path.display(), problem(error))]
pub struct PluginError {
    /// As it was named.
    pub path: PathBuf,
    /// Why. It is part of the message, with the line it is about.
    pub error: PackageError,
}

/// Opens the plugin at `path`.
///
/// # Errors
/// [`PluginError`] with place, line and what to do.
pub fn open(path: &Path, mode: Mode) -> Result<Package, PluginError> {
    let settings = OpenSettings {
        limits: Limits::default(),
        sdk: SdkSource::JavaScript(SDK.into()),
        mode,
    };
    madang_plugin_package::open(path, &settings).map_err(|error| PluginError {
        path: path.to_owned(),
        error,
    })
}

impl PluginError {
    /// The plugin as it stands in the till while its code does not compile; nothing when more than its code is wrong.
    pub fn not_compiled(&self) -> Option<PluginSpec> {
        let manifest = self.error.manifest()?;
        let placed = |what: String| match self.error.place() {
            Some(place) => format!("{place}: {what}"),
            None => what,
        };
        let why = placed(self.error.kind().to_string());
        let why_ko = placed(self.error.message_ko());
        Some(PluginSpec::not_compiled(manifest, &why, &why_ko))
    }
}

fn problem(error: &PackageError) -> String {
    let mut text = error.to_string();
    if let Some(frame) = error.place().and_then(|place| place.frame.as_deref()) {
        text.push('\n');
        text.push_str(frame);
    }
    text
}

impl Diagnostic for PluginError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let hint = self.error.hint()?;
        Some(Box::new(hint))
    }
}

impl Exits for PluginError {
    fn exit(&self) -> Exit {
        match self.error.kind() {
            PackageErrorKind::Unreadable { .. } => Exit::Io,
            PackageErrorKind::Internal { .. } => Exit::Fault,
            _ => Exit::Usage,
        }
    }
}
