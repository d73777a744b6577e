//! Installed plugins are taken at their word less, and nobody reads outside a package.

use std::{fs, os::unix::fs::symlink};

use madang_plugin_package::{Form, Mode, Permission, Program, open};

use crate::{folder, settings, write};

const TOML: &str = "name = \"a\"\nversion = \"1.0.0\"\n";

#[track_caller]
fn check(files: &[(&str, &str)], mode: Mode, expected: &str) {
    let folder = folder(files);
    let shown = match open(folder.path(), &settings(mode)) {
        Ok(package) => match package.program {
            Program::Script(script) => format!("script {}", script.path),
            Program::Modules { entry, .. } => entry,
            Program::Frame { .. } => "page".to_owned(),
        },
        Err(error) => error.to_string(),
    };
    assert_eq!(shown, expected);
}

#[test]
fn strict_needs_a_manifest_a_name_and_a_version() {
    let main = ("main.js", "1");
    check(&[main], Mode::Strict, "there is no plugin.toml");
    check(
        &[main, ("plugin.toml", "")],
        Mode::Strict,
        "plugin.toml: `name` is missing",
    );
    check(
        &[main, ("plugin.toml", "name = \"a\"")],
        Mode::Strict,
        "plugin.toml: `version` is missing",
    );
    check(
        &[main, ("plugin.toml", TOML)],
        Mode::Strict,
        "script main.js",
    );
}

#[test]
fn sources_win_while_developing_and_what_was_built_when_installed() {
    let files = [
        ("plugin.toml", TOML),
        ("package.json", r#"{"main":"src/start.ts"}"#),
        ("src/start.ts", ""),
        ("src/index.ts", ""),
        ("dist/main.js", "1"),
    ];
    check(&files, Mode::Dev, "src/start.ts");
    check(&files, Mode::Strict, "script dist/main.js");
    // `npm init` writes a main that need not exist.
    let stale = [
        ("package.json", r#"{"main":"index.js"}"#),
        ("src/index.ts", ""),
    ];
    check(&stale, Mode::Dev, "src/index.ts");
}

#[test]
fn a_named_file_wins_and_its_package_is_found_above_it() {
    let folder = folder(&[
        ("plugin.toml", TOML),
        ("src/index.ts", ""),
        ("src/other/try.ts", "import '../shared';"),
        ("src/shared.ts", ""),
    ]);
    let named = folder.path().join("src/other/try.ts");
    let package = open(&named, &settings(Mode::Dev)).expect("a file");
    assert_eq!(package.manifest.name, "a");
    assert_eq!(package.form, Form::SourceFolder);
    let Program::Modules { entry, modules } = package.program else {
        panic!("sources are modules");
    };
    assert_eq!((entry.as_str(), modules.len()), ("src/other/try.ts", 2));
    let manifest = folder.path().join("plugin.toml");
    assert!(open(&manifest, &settings(Mode::Dev)).is_ok());
    write(folder.path(), "README.md", "");
    let error = open(&folder.path().join("README.md"), &settings(Mode::Dev));
    assert!(error.is_err_and(|error| {
        error
            .to_string()
            .ends_with("is not something a plugin can be")
    }));
}

#[test]
fn without_a_manifest_a_plugin_under_development_may_do_what_is_ordinary() {
    let folder = folder(&[("main.js", "1")]);
    let package = open(folder.path(), &settings(Mode::Dev)).expect("a package");
    assert!(
        package
            .manifest
            .permissions
            .contains(Permission::OrderWrite)
    );
    assert!(!package.manifest.permissions.contains(Permission::SocketRaw));
    assert!(package.manifest.origins.is_empty());
    assert!(!package.manifest.is_declared);
    assert_eq!(package.manifest.version, "0.0.0");
}

#[test]
fn links_do_not_lead_out_of_the_package() {
    let outside = folder(&[("secret.ts", "export const a = 1;")]);
    let inside = folder(&[
        ("plugin.toml", TOML),
        ("src/index.ts", "import './secret';"),
    ]);
    symlink(
        outside.path().join("secret.ts"),
        inside.path().join("src/secret.ts"),
    )
    .expect("a link");
    for mode in [Mode::Dev, Mode::Strict] {
        let error = open(inside.path(), &settings(mode)).expect_err("a way out");
        assert_eq!(
            error.to_string(),
            "src/index.ts:1:8: `./secret` leads out of the package folder"
        );
    }
    let entry = folder(&[("plugin.toml", TOML)]);
    symlink(
        outside.path().join("secret.ts"),
        entry.path().join("main.js"),
    )
    .expect("a link");
    assert!(open(entry.path(), &settings(Mode::Strict)).is_err());
}

#[test]
fn node_modules_may_lead_to_a_workspace_while_developing() {
    let repository = folder(&[
        ("node_modules/hoisted/index.js", "export const a = 1;"),
        (
            "packages/lib/package.json",
            r#"{"name":"@cafe/lib","main":"index.ts"}"#,
        ),
        ("packages/lib/index.ts", "export const b: number = 2;"),
        ("packages/plugin/plugin.toml", TOML),
        (
            "packages/plugin/src/index.ts",
            "import 'hoisted'; import '@cafe/lib';",
        ),
    ]);
    let root = repository.path().join("packages/plugin");
    fs::create_dir_all(root.join("node_modules/@cafe")).expect("a folder");
    symlink(
        repository.path().join("packages/lib"),
        root.join("node_modules/@cafe/lib"),
    )
    .expect("a link");
    let package = open(&root, &settings(Mode::Dev)).expect("a workspace");
    let Program::Modules { modules, .. } = package.program else {
        panic!("sources are modules");
    };
    let paths: Vec<_> = modules.iter().map(|module| module.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "src/index.ts",
            "../../node_modules/hoisted/index.js",
            "../lib/index.ts"
        ]
    );
    assert!(open(&root, &settings(Mode::Strict)).is_err());
}

#[test]
fn what_was_read_before_a_refusal_is_watched() {
    let folder = folder(&[("src/index.ts", "import './a';"), ("src/a.ts", "let = ;")]);
    let error = open(folder.path(), &settings(Mode::Dev)).expect_err("a syntax error");
    let names: Vec<_> = error
        .watched()
        .iter()
        .filter_map(|path| path.file_name())
        .collect();
    assert!(
        names.iter().any(|name| *name == "a.ts") && names.iter().any(|name| *name == "index.ts")
    );
}

#[test]
fn a_hundred_files_are_read_once_each() {
    let names: Vec<String> = (0..100).map(|number| format!("src/m{number}.ts")).collect();
    let texts: Vec<String> = (0..100)
        .map(|number| format!("export const v{number}: number = {number};\n"))
        .collect();
    let index: String = (0..100)
        .map(|number| format!("import './m{number}';\n"))
        .collect();
    let mut files: Vec<_> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    files.push(("src/index.ts", &index));
    let folder = folder(&files);
    let package = open(folder.path(), &settings(Mode::Dev)).expect("a package");
    assert_eq!(package.watched.len(), 101);
}
