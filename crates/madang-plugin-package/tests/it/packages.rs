//! `packages/good` and `packages/bad`: each folder has its golden text beside it. `UPDATE_EXPECTED=1 cargo test` writes them anew; read
//! the difference before keeping it.

use std::{env, fmt::Write as _, fs, path::Path};

use madang_plugin_package::{Mode, Package, Program, open};

use crate::settings;

#[test]
fn good_packages_open() {
    for_each_package("good", |path| match open(path, &settings(Mode::Dev)) {
        Ok(package) => describe(&package),
        Err(error) => panic!("{} should open:\n{}", path.display(), error.report()),
    });
}

#[test]
fn bad_packages_say_what_to_mend() {
    for_each_package("bad", |path| match open(path, &settings(Mode::Dev)) {
        Ok(package) => panic!("{} should be refused: {package:?}", path.display()),
        Err(error) => format!("{}\nko: {}\n", error.report(), error.message_ko()),
    });
}

#[track_caller]
fn for_each_package(kind: &str, shown: impl Fn(&Path) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/packages")
        .join(kind);
    let mut wrong = String::new();
    for entry in fs::read_dir(folder).expect("the packages folder") {
        let path = entry.expect("a package").path();
        if !path.is_dir() {
            continue;
        }
        let golden = path.with_extension("expected");
        let actual = shown(&path);
        if env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&golden, &actual).expect("the golden text");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if actual != expected {
            let name = golden.display();
            let _ = write!(wrong, "--- {name}\n{expected}\n+++ actual\n{actual}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn describe(package: &Package) -> String {
    let manifest = &package.manifest;
    let mut text = format!(
        "{} {} {:?}\n",
        manifest.name, manifest.version, package.form
    );
    if manifest.is_declared {
        for permission in manifest.permissions.iter() {
            let _ = writeln!(text, "may {permission}");
        }
    }
    for grant in &manifest.origins {
        let _ = writeln!(
            text,
            "calls {} ({:?}): {}",
            grant.origin, grant.network, grant.reason
        );
    }
    for note in &package.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for path in &package.watched {
        // What lies above the fixtures is the repository's, and not the same everywhere.
        if let Ok(relative) = path.strip_prefix(&package.root) {
            let _ = writeln!(text, "reads {}", relative.display());
        }
    }
    match &package.program {
        Program::Script(script) => {
            let map = script.source_map.as_ref().map(String::len);
            let _ = writeln!(
                text,
                "script {} map {map:?}\n{}",
                script.path, script.source
            );
        }
        Program::Modules { entry, modules } => {
            let _ = writeln!(text, "runs {entry}");
            for module in modules {
                let map = if module.source_map.is_some() {
                    " (mapped)"
                } else {
                    ""
                };
                let _ = writeln!(text, "== {}{map} {:?}", module.path, module.imports);
                let _ = writeln!(text, "{}", module.source.trim_end());
            }
        }
        Program::Frame {
            title,
            href,
            description,
            base,
        } => {
            let _ = writeln!(text, "page `{base}` {href} {title:?} {description:?}");
        }
    }
    text
}
