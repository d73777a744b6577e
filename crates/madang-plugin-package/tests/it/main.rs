//! Packages as people have them, opened from disk.

mod archives;
mod limits;
mod linking;
mod packages;
mod page;
mod strict;

use std::{fs, path::Path};

use madang_plugin_package::{Limits, Mode, OpenSettings, SdkSource};
use tempfile::TempDir;

/// A stand-in for the SDK text that the caller hands in; it prints what it is asked.
const SDK: &str =
    "export const posPluginSdk = { toast: { open: (text) => console.log(`toast ${text}`) } };";

fn settings(mode: Mode) -> OpenSettings {
    OpenSettings {
        limits: Limits::default(),
        sdk: SdkSource::JavaScript(SDK.to_owned()),
        mode,
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}
