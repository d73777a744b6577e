//! What each crate must not know, held to the manifests. ARCHITECTURE.md gives the reasons; a crate that is not described
//! there fails here.
//!
//! Dependencies for tests are free: tests join what the crates keep apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A crate, and which of ours it must not reach, directly or through another of ours. A star is all of them.
const OURS: &[(&str, &[&str])] = &[
    ("madang-model", &["*"]),
    ("madang-journal", &["*"]),
    ("madang-outbound", &["*"]),
    ("madang-import", &["*"]),
    (
        "madang-process",
        &[
            "madang-model",
            "madang-journal",
            "madang-outbound",
            "madang-plugin-host",
            "madang-server",
            "madang-till",
        ],
    ),
    (
        "madang-insight",
        &[
            "madang-outbound",
            "madang-outbox",
            "madang-plugin-host",
            "madang-plugin-package",
            "madang-plugin-protocol",
            "madang-plugin-runtime",
            "madang-server",
            "madang-webhook",
        ],
    ),
    (
        "madang-import-http",
        &[
            "madang-journal",
            "madang-plugin-host",
            "madang-server",
            "madang-till",
        ],
    ),
    (
        "madang-import-parquet",
        &[
            "madang-journal",
            "madang-outbound",
            "madang-plugin-host",
            "madang-server",
            "madang-till",
        ],
    ),
    (
        "madang-import-postgres",
        &[
            "madang-journal",
            "madang-outbound",
            "madang-plugin-host",
            "madang-server",
            "madang-till",
        ],
    ),
    (
        "madang-import-till",
        &[
            "madang-journal",
            "madang-model",
            "madang-plugin-host",
            "madang-server",
            "madang-till",
        ],
    ),
    (
        "madang-import-sqlite",
        &[
            "madang-model",
            "madang-journal",
            "madang-outbound",
            "madang-till",
            "madang-plugin-host",
            "madang-plugin-package",
            "madang-plugin-protocol",
            "madang-plugin-runtime",
            "madang-server",
            "madang",
        ],
    ),
    ("madang-plugin-package", &["*"]),
    ("madang-plugin-runtime", &["*"]),
    (
        "madang-plugin-protocol",
        &[
            "madang-journal",
            "madang-outbound",
            "madang-plugin-host",
            "madang-plugin-package",
            "madang-plugin-runtime",
            "madang-server",
            "madang-till",
        ],
    ),
    (
        "madang-till",
        &[
            "madang-insight",
            "madang-outbound",
            "madang-plugin-host",
            "madang-plugin-package",
            "madang-plugin-protocol",
            "madang-plugin-runtime",
            "madang-server",
        ],
    ),
    (
        "madang-outbox",
        &[
            "madang-model",
            "madang-outbound",
            "madang-plugin-host",
            "madang-plugin-package",
            "madang-plugin-protocol",
            "madang-plugin-runtime",
            "madang-server",
            "madang-till",
            "madang-webhook",
        ],
    ),
    (
        "madang-webhook",
        &[
            "madang-plugin-host",
            "madang-plugin-package",
            "madang-plugin-protocol",
            "madang-plugin-runtime",
            "madang-server",
        ],
    ),
    ("madang-plugin-host", &["madang-server", "madang-webhook"]),
    (
        "madang-server",
        &[
            "madang-outbound",
            "madang-plugin-host",
            "madang-plugin-package",
            "madang-plugin-runtime",
            "madang-webhook",
        ],
    ),
    ("madang", &[]),
];

/// Crates of others, who alone of ours may name them, and why.
const OTHERS: &[(&[&str], &[&str], &str)] = &[
    (
        &[
            "rustls",
            "tokio-rustls",
            "rustls-native-certs",
            "hickory-resolver",
            "h2",
            "tokio-tungstenite",
        ],
        &["madang-outbound"],
        "one door to the outside",
    ),
    (
        &[
            "reqwest",
            "ureq",
            "isahc",
            "curl",
            "attohttpc",
            "minreq",
            "awc",
            "surf",
        ],
        &[],
        "the gateway is the only HTTP client",
    ),
    (
        &["hyper", "hyper-util"],
        &["madang-outbound", "madang-server"],
        "HTTP is spoken at two edges",
    ),
    (
        &["axum", "tower-http", "utoipa", "utoipa-axum"],
        &["madang-server", "madang"],
        "the till does not know that it is shown in a browser",
    ),
    (
        &["rusqlite"],
        // OCEL 2.0 is a format of logs whose one form is an SQLite file.
        &["madang-journal", "madang-import-sqlite", "madang-process"],
        "the journal and the sinks of imports are traits; a store is known to the crate that is named for it",
    ),
    (
        &["parquet"],
        // One reads rows to import, the other the columns of a log.
        &["madang-import-parquet", "madang-process"],
        "what a Parquet file is, few crates know",
    ),
    (
        &["sqlx"],
        &["madang-import-postgres"],
        "what PostgreSQL is, its sink knows",
    ),
    (
        &["rquickjs"],
        &["madang-plugin-runtime"],
        "what an engine is, one crate knows",
    ),
    (
        &["oxc", "oxc_resolver"],
        &["madang-plugin-package"],
        "what a package is made of, one crate knows",
    ),
    (
        &["zip"],
        &["madang-plugin-package", "madang-import"],
        "archives are opened where packages and imports are, each with bounds of its own",
    ),
    (
        &["getrandom"],
        &["madang"],
        "real chance is handed in by the binary",
    ),
    (
        &["clap", "miette"],
        &["madang"],
        "the command line is the binary's; libraries have typed errors",
    ),
    (
        &["openssl", "native-tls"],
        &[],
        "one implementation of TLS, in Rust",
    ),
];

/// Crates that are pure or go step by step: whoever drives them brings files, sockets, tasks and time.
const WITHOUT_INPUT_AND_OUTPUT: &[&str] = &[
    "madang-model",
    "madang-plugin-protocol",
    "madang-plugin-runtime",
];

/// What such crates have no use for.
const INPUT_AND_OUTPUT: &[&str] = &[
    "tokio",
    "async-trait",
    "futures",
    "rusqlite",
    "rustix",
    "notify",
];

/// The HTTP client's own path; the same library also has the server that `madang-server` uses.
const HTTP_CLIENT: &[&str] = &["hyper::client", "hyper_util::client"];

/// Names that say nothing about what is in the file.
const DRAWERS: &[&str] = &[
    "mod.rs",
    "utils.rs",
    "util.rs",
    "helpers.rs",
    "common.rs",
    "manager.rs",
    "misc.rs",
];

#[test]
fn every_crate_has_its_row_and_its_place_in_the_architecture() {
    let rows: BTreeSet<_> = OURS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let crates: BTreeSet<_> = manifests().into_keys().collect();
    assert_eq!(crates, rows, "crates/ and the table of this test differ");
    let page = read(&root().join("ARCHITECTURE.md"));
    for name in crates {
        assert!(
            page.contains(&format!("### `{name}`")),
            "ARCHITECTURE.md has no section `{name}`: what is it, what holds, what must it not know?"
        );
    }
}

#[test]
fn no_crate_reaches_what_it_must_not_know() {
    let manifests = manifests();
    for (name, forbidden) in OURS {
        let reached = reached_from(name, &manifests);
        let wrong: Vec<_> = reached
            .iter()
            .filter(|other| forbidden.contains(&"*") || forbidden.contains(&other.as_str()))
            .collect();
        assert!(wrong.is_empty(), "{name} must not reach {wrong:?}");
    }
}

#[test]
fn crates_of_others_are_named_where_they_belong() {
    for (name, dependencies) in manifests() {
        for (others, allowed, why) in OTHERS {
            let wrong = others
                .iter()
                .find(|other| dependencies.contains(**other) && !allowed.contains(&name.as_str()));
            assert!(wrong.is_none(), "{name} must not name {wrong:?}: {why}");
        }
    }
}

#[test]
fn pure_crates_name_nothing_that_waits_or_reads() {
    let manifests = manifests();
    for name in WITHOUT_INPUT_AND_OUTPUT {
        for outside in INPUT_AND_OUTPUT {
            assert!(
                !manifests[*name].contains(*outside),
                "{name} must not name {outside}: time, tasks and files are brought by its caller"
            );
        }
    }
}

#[test]
fn the_gateway_is_the_only_http_client() {
    for file in sources(&root().join("crates")) {
        if file.starts_with(root().join("crates/madang-outbound")) || file.ends_with(THIS_FILE) {
            continue;
        }
        let text = read(&file);
        let named = HTTP_CLIENT.iter().find(|path| text.contains(**path));
        assert!(
            named.is_none(),
            "{} names {named:?}: calls to the outside go through madang-outbound",
            file.display()
        );
    }
}

#[test]
fn every_file_is_called_after_its_subject() {
    for file in sources(&root().join("crates")) {
        let name = file.file_name().and_then(|name| name.to_str());
        assert!(
            !name.is_some_and(|name| DRAWERS.contains(&name)),
            "{} is a drawer: name the file after what is in it",
            file.display()
        );
    }
}

/// It spells out what it forbids.
const THIS_FILE: &str = "dependency_rules.rs";

/// Our own crates, each with all that its manifest names outside of tests.
fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let folders = fs::read_dir(root().join("crates")).expect("crates/ can be listed");
    folders
        .map(|folder| folder.expect("an entry of crates/").path())
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .map(|folder| {
            let manifest: toml::Table = read(&folder.join("Cargo.toml"))
                .parse()
                .expect("cargo has read it before");
            let name = manifest["package"]["name"].as_str();
            let name = name.expect("a package has a name").to_owned();
            (name, dependencies(&manifest))
        })
        .collect()
}

fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = targets
        .into_iter()
        .flat_map(toml::Table::values)
        .filter_map(toml::Value::as_table)
        .chain([manifest]);
    tables
        .flat_map(|table| [table.get("dependencies"), table.get("build-dependencies")])
        .flatten()
        .filter_map(toml::Value::as_table)
        .flat_map(|named| named.keys().cloned())
        .collect()
}

/// Every crate of ours that `name` depends on, however far away.
fn reached_from(name: &str, manifests: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        for other in manifests.get(&next).into_iter().flatten() {
            if manifests.contains_key(other) && reached.insert(other.clone()) {
                open.push(other.clone());
            }
        }
    }
    reached
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the repository can be listed") {
        let path = entry.expect("an entry of a folder").path();
        match path.extension().and_then(|ending| ending.to_str()) {
            _ if path.is_dir() => found.extend(sources(&path)),
            Some("rs") => found.push(path),
            _ => {}
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
