//! Entry points for fuzzers. Each takes anything and must end, within the limits, without a panic.

use std::path::Path;

use crate::{
    Mode, OpenSettings, PackageError, PackageErrorKind, SdkSource, compile, entry::Located,
    limits::Limits, manifest::PluginToml, on_deep_stack, open_located, tree::FileTree,
    tree::inflate,
};

/// Opens the bytes as an archive, manifest and code included.
pub fn fuzz_zip(bytes: &[u8]) {
    let settings = OpenSettings {
        limits: small(),
        sdk: SdkSource::JavaScript(String::new()),
        mode: Mode::Dev,
    };
    let opened = on_deep_stack(|| {
        let files = inflate(bytes, &settings.limits)?;
        let tree = FileTree::memory(Path::new("/fuzz.zip"), files, &settings.limits);
        let located = Located {
            tree: tree.into(),
            named: None,
            is_zip: true,
            file_name: "fuzz".to_owned(),
        };
        open_located(&located, &settings)
    });
    check(opened.map(drop));
}

/// Reads the text as `plugin.toml`.
pub fn fuzz_manifest(text: &str) {
    check(PluginToml::parse("plugin.toml", text, &Limits::default()).map(drop));
}

/// Compiles the text as TypeScript.
pub fn fuzz_source(text: &str) {
    let compiled =
        on_deep_stack(|| compile::compile("fuzz.ts", text, compile::Dialect::default(), &small()));
    check(compiled.map(drop));
}

/// A refusal must be one the author can mend, and printable.
fn check(outcome: Result<(), PackageError>) {
    if let Err(error) = outcome {
        let report = error.report() + &error.message_ko();
        assert!(
            !matches!(error.kind(), PackageErrorKind::Internal { .. }),
            "{report}"
        );
    }
}

/// Small enough that a fuzzer reaches the limits.
fn small() -> Limits {
    Limits {
        files_max: 50,
        zip_entries_max: 50,
        zip_entry_bytes_max: 1 << 20,
        zip_total_bytes_max: 2 << 20,
        nesting_max: 200,
        ..Limits::default()
    }
}
