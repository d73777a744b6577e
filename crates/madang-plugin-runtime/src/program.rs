use std::collections::BTreeMap;

use crate::source_map::split_inline;

/// What a worker runs: already resolved, already plain JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The plugin's name, as it stands in stack traces and reasons.
    pub name: String,
    /// The file that runs first.
    pub entry: Entry,
    /// Every module that can be imported, by its path. Empty for a classic script.
    pub modules: BTreeMap<String, ModuleSource>,
}

/// The file that runs first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A classic script, as bundlers make them. An inline source map at its end is honoured.
    Script {
        /// The name shown in stack traces.
        file: String,
        /// The whole text.
        source: String,
    },
    /// An ES module: the path of one of [`Program::modules`].
    Module {
        /// The path of the module.
        path: String,
    },
}

/// One module: plain JavaScript whose imports are already resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleSource {
    /// The text. An inline source map at its end is honoured when `source_map` is `None`.
    pub source: String,
    /// The source map as JSON text, when it is known beside the text.
    pub source_map: Option<String>,
    /// For every specifier that the module may import (statically or with `import()`), the path it means.
    pub imports: BTreeMap<String, String>,
}

impl Program {
    /// A program of one classic script.
    pub fn script(
        name: impl Into<String>,
        file: impl Into<String>,
        source: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            entry: Entry::Script {
                file: file.into(),
                source: source.into(),
            },
            modules: BTreeMap::new(),
        }
    }

    /// Bytes of code in its longest file. No function is longer.
    pub(crate) fn longest_file_bytes(&self) -> usize {
        let entry = match &self.entry {
            Entry::Script { source, .. } => Some(source),
            Entry::Module { .. } => None,
        };
        let modules = self.modules.values().map(|module| &module.source);
        let bytes = |source: &String| split_inline(source).code.len();
        entry
            .into_iter()
            .chain(modules)
            .map(bytes)
            .max()
            .unwrap_or(0)
    }
}
