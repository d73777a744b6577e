//! What a plugin is made of: a folder, an archive or one file; its manifest; its code, made into plain JavaScript.
//!
//! [`open`] reads a package and gives back everything a runtime needs, with no I/O left to do. This crate knows neither an engine nor
//! the till: a program is text, and a permission is a name.
//!
//! # What is a package
//!
//! | form | example |
//! | --- | --- |
//! | a folder with sources | `package.json` with `main`, or `src/index.ts`, `.tsx`, `.mts`, `.cts`, `.js`, `.mjs`, `.cjs`, `.jsx` |
//! | a folder with a bundle | `dist/main.js` or `main.js` |
//! | one file | `my-plugin.ts`, `dist/main.js` |
//! | a zip | files at the root, in `dist/` or in one wrapping folder |
//! | a page | `iframe-manifest.json` and its html, at the root, in `dist/` or `public/`; described, not run, by this crate |
//!
//! # What wins
//!
//! 1. A file that is named itself.
//! 2. `iframe-manifest.json`: it says in so many words what the plugin is.
//! 3. In [`Mode::Dev`]: `main` of `package.json`, `src/index.*`, `dist/main.js`, `main.js`, `index.*`. A developer edits sources, so a stale build
//!    beside them must not run instead.
//! 4. In [`Mode::Strict`] and in every zip: `dist/main.js`, `main.js`, `main` of `package.json`, `src/index.*`, `index.*`. What is installed is what was built.
//!
//! # Modules
//!
//! TypeScript and JSX are compiled; JavaScript is kept as written, line for line. Imports are resolved as bundlers for browsers do (conditions
//! `import`, `module`, `browser`, `default`). Both names of the plugin SDK lead to [`SDK_PATH`]. CommonJS code becomes a module that runs
//! when it is first required; where it is imported, a second module beside it (`path?import`) exports its names, and its default
//! is `module.exports`, or `module.exports.default` when `__esModule` is set. A file outside the package is refused, except what `node_modules` leads to in
//! [`Mode::Dev`].

mod builtins;
mod compile;
mod entry;
mod error;
mod fuzz;
mod graph;
mod limits;
mod manifest;
mod nesting;
mod place;
mod resolve;
mod tree;

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
    thread,
};

use self::{
    compile::{Compiled, Kind, RequestForm},
    entry::{Entry, Located},
    graph::EntryFile,
    manifest::{PackageJson, PluginToml, check_name},
    tree::FileTree,
};
pub use self::{
    error::{PackageError, PackageErrorKind},
    fuzz::{fuzz_manifest, fuzz_source, fuzz_zip},
    graph::SDK_PATH,
    limits::Limits,
    manifest::{
        Manifest, Network, NoSuchPermission, OriginGrant, OriginTarget, Permission, Permissions,
    },
    place::Place,
};

/// How a package is opened.
#[derive(Clone, Debug)]
pub struct OpenSettings {
    /// What it may cost.
    pub limits: Limits,
    /// What an import of the plugin SDK is answered with.
    pub sdk: SdkSource,
    /// How much is taken on trust.
    pub mode: Mode,
}

/// The text of our own SDK: one ES module that imports nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SdkSource {
    /// Plain JavaScript.
    JavaScript(String),
    /// TypeScript, compiled like any source.
    TypeScript(String),
}

/// Whose machine and whose plugin it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A developer's own plugin: sources come first, `plugin.toml` may be missing, links in `node_modules` are followed.
    Dev,
    /// An installed plugin: `plugin.toml` is needed and nothing outside the package is read.
    Strict,
}

/// A plugin, ready to run.
#[derive(Clone, Debug)]
pub struct Package {
    /// What it says about itself.
    pub manifest: Manifest,
    /// What it runs.
    pub program: Program,
    /// Every file that was read, absolute: hot reload watches them. Of a zip, the zip.
    pub watched: Vec<PathBuf>,
    /// What it came as.
    pub form: Form,
    /// The package folder, or the zip.
    pub root: PathBuf,
    /// What a developer should know and need not mend at once.
    pub notes: Vec<Note>,
}

/// What a package came as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Sources in a folder, or one source file.
    SourceFolder,
    /// One finished script.
    Bundle,
    /// An archive.
    Zip,
    /// A page that the till shows in a frame.
    Frame,
}

/// What a plugin runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A classic script, as it was written.
    Script(SourceFile),
    /// ES modules.
    Modules {
        /// The path of the module that is run; the others follow from its imports.
        entry: String,
        /// All of them, each path once.
        modules: Vec<Module>,
    },
    /// A page for a frame. Whether and where it is shown is up to the host.
    Frame {
        /// The tab's title.
        title: String,
        /// The page, relative to `base`.
        href: String,
        /// A line about it; may be empty.
        description: String,
        /// The folder the page and its files are served from, relative to the package; empty for the package itself.
        base: String,
    },
}

/// A classic script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the package, with forward slashes.
    pub path: String,
    /// The text. An inline source map stays in it.
    pub source: String,
    /// The map file beside it, when it names one inside the package.
    pub source_map: Option<String>,
}

/// One ES module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Relative to the package, with forward slashes; [`SDK_PATH`] and other `madang:` paths are our own.
    pub path: String,
    /// Plain JavaScript.
    pub source: String,
    /// Present when `source` was compiled; without it, line and column are those of the file, except that columns on the first line of
    /// a file that calls `require` are moved.
    pub source_map: Option<String>,
    /// What each import in `source` leads to: from the specifier as written to a module's path. An import that is not here could not be resolved
    /// and may fail when it is reached.
    pub imports: BTreeMap<String, String>,
}

/// Something a developer should know and need not mend at once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// There is no `plugin.toml`: every ordinary permission is granted, no origin is.
    NoManifest,
    /// Neither manifest has a name; this one was made from the file's.
    NameMade {
        /// The name.
        name: String,
    },
    /// `tsconfig.json` could not be used.
    TsconfigLeftOut {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoManifest => formatter.write_str(
                "there is no plugin.toml: while developing, every ordinary permission is granted and no server may be called",
            ),
            Self::NameMade { name } => write!(
                formatter,
                "the plugin has no name; it is called `{name}` until plugin.toml or package.json says otherwise"
            ),
            Self::TsconfigLeftOut { reason } => {
                write!(formatter, "tsconfig.json is left out: {reason}")
            }
        }
    }
}

/// Opens the package at `path`: reads its manifest, finds its entry and makes its code ready to run.
///
/// # Errors
///
/// A [`PackageError`] with place and hint when anything about the package is not as it must be. Nothing is ever written to disk.
pub fn open(path: &Path, settings: &OpenSettings) -> Result<Package, PackageError> {
    on_deep_stack(|| {
        let located = entry::locate(path, settings)?;
        open_located(&located, settings).map_err(|error| error.with_watched(located.tree.watched()))
    })
}

/// The parser calls itself once a level of nesting: see `nesting`.
pub(crate) fn on_deep_stack<T: Send>(
    work: impl FnOnce() -> Result<T, PackageError> + Send,
) -> Result<T, PackageError> {
    let internal = |reason: String| PackageError::new(PackageErrorKind::Internal { reason });
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("package".to_owned())
            .stack_size(nesting::STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error: io::Error| internal(format!("no thread to read it on ({error})")))?;
        // A panic is a fault of ours or of the compiler's; the till goes on without this plugin.
        thread
            .join()
            .unwrap_or_else(|_| Err(internal("the compiler failed on it".to_owned())))
    })
}

fn open_located(located: &Located, settings: &OpenSettings) -> Result<Package, PackageError> {
    let tree = &located.tree;
    let mut notes = Vec::new();
    let package_json = read_package_json(tree)?;
    let manifest = read_manifest(located, settings.mode, &package_json, &mut notes)?;
    let (program, form) = match entry::find_entry(located, &package_json, settings.mode)? {
        Entry::Page(page) => (
            Program::Frame {
                title: page.title,
                href: page.href,
                description: page.description,
                base: page.base,
            },
            Form::Frame,
        ),
        Entry::Code(path) => read_program(tree, path, settings, &mut notes)
            .map_err(|error| error.with_manifest(manifest.clone()))?,
    };
    let watched = tree.watched();
    Ok(Package {
        manifest,
        program,
        form: if located.is_zip { Form::Zip } else { form },
        root: match located.is_zip {
            true => watched.first().cloned().unwrap_or_default(),
            false => tree.root().to_owned(),
        },
        watched,
        notes,
    })
}

fn read_package_json(tree: &FileTree) -> Result<PackageJson, PackageError> {
    let path = tree.root().join("package.json");
    match tree.read_if_there(&path, tree.limits().manifest_bytes_max)? {
        Some(text) => PackageJson::parse("package.json", &text),
        None => Ok(PackageJson::default()),
    }
}

fn read_manifest(
    located: &Located,
    mode: Mode,
    package_json: &PackageJson,
    notes: &mut Vec<Note>,
) -> Result<Manifest, PackageError> {
    let declared = read_plugin_toml(&located.tree)?;
    let is_declared = declared.is_some();
    let declared = match (declared, mode) {
        (Some(declared), _) => declared,
        (None, Mode::Strict) => return Err(PackageError::new(PackageErrorKind::ManifestMissing)),
        (None, Mode::Dev) => {
            notes.push(Note::NoManifest);
            PluginToml {
                permissions: Permissions::ordinary(),
                ..PluginToml::default()
            }
        }
    };
    let name = declared.name.or_else(|| package_json.name.clone());
    let version = declared.version.or_else(|| package_json.version.clone());
    Ok(Manifest {
        name: match (name, mode) {
            (Some(name), _) => name,
            (None, Mode::Strict) => return Err(lacks("name", "name = \"stamp-card\"")),
            (None, Mode::Dev) => make_name(&located.file_name, notes),
        },
        version: match (version, mode) {
            (Some(version), _) => version,
            (None, Mode::Strict) => return Err(lacks("version", "version = \"1.0.0\"")),
            (None, Mode::Dev) => "0.0.0".to_owned(),
        },
        origins: declared.origins,
        permissions: declared.permissions,
        is_declared,
    })
}

fn read_plugin_toml(tree: &FileTree) -> Result<Option<PluginToml>, PackageError> {
    for name in ["plugin.toml", "dist/plugin.toml"] {
        let path = tree.root().join(name);
        if let Some(text) = tree.read_if_there(&path, tree.limits().manifest_bytes_max)? {
            return PluginToml::parse(name, &text, tree.limits()).map(Some);
        }
    }
    Ok(None)
}

fn lacks(key: &str, example: &str) -> PackageError {
    let kind = PackageErrorKind::InvalidValue {
        key: key.to_owned(),
        problem: "is missing".to_owned(),
        example: Some(example.to_owned()),
    };
    PackageError::at(kind, Place::file("plugin.toml"))
}

fn make_name(file_name: &str, notes: &mut Vec<Note>) -> String {
    let plain: String = file_name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(60)
        .collect();
    let plain = plain.trim_matches('-').to_owned();
    let name = match check_name(&plain) {
        Ok(()) => plain,
        Err(_) => "plugin".to_owned(),
    };
    notes.push(Note::NameMade { name: name.clone() });
    name
}

fn read_program(
    tree: &std::sync::Arc<FileTree>,
    path: PathBuf,
    settings: &OpenSettings,
    notes: &mut Vec<Note>,
) -> Result<(Program, Form), PackageError> {
    let name = tree.name_of(&path);
    let is_bundle = matches!(name.as_str(), "dist/main.js" | "main.js");
    let made = match is_typescript(&name) {
        true => None,
        false => Some(graph::compile_entry(tree, &path)?),
    };
    if let Some((text, compiled)) = &made
        && is_classic_script(compiled, is_bundle)
    {
        let source_map = graph::external_source_map(tree, &path, text);
        let script = SourceFile {
            path: name,
            source: compiled.code.clone(),
            source_map,
        };
        return Ok((Program::Script(script), Form::Bundle));
    }
    let entry = EntryFile { path, made };
    let linked = graph::link(tree, &settings.sdk, settings.mode, entry, notes)?;
    let program = Program::Modules {
        entry: linked.entry,
        modules: linked.modules,
    };
    let form = match is_bundle {
        true => Form::Bundle,
        false => Form::SourceFolder,
    };
    Ok((program, form))
}

/// A finished bundle looks for `module` and `exports` before it uses them; code that requires something at once could
/// never run as a script.
fn is_classic_script(compiled: &Compiled, is_bundle: bool) -> bool {
    let requires = compiled
        .requests
        .iter()
        .any(|request| request.form == RequestForm::Require);
    match compiled.kind {
        Kind::Script => true,
        Kind::Module => false,
        Kind::CommonJs => is_bundle && !requires,
    }
}

fn is_typescript(name: &str) -> bool {
    [".ts", ".tsx", ".mts", ".cts", ".jsx"]
        .iter()
        .any(|ending| name.ends_with(ending))
}
