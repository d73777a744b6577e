//! What an import leads to: a file of the package, our own SDK, or a refusal that says what to do.

use std::{path::Path, path::PathBuf, sync::Arc};

use oxc_resolver::{
    Resolution, ResolveError, ResolveOptions, ResolverGeneric, TsConfig, TsconfigDiscovery,
    TsconfigOptions, TsconfigReferences,
};

use crate::{
    Mode, Note,
    builtins::instead_of,
    compile::Dialect,
    error::PackageErrorKind,
    manifest::{nearest, shown},
    tree::{FileTree, ResolverFiles},
};

/// The names our SDK is imported by.
const SDK_NAMES: [&str; 2] = ["@tossplace/pos-plugin-sdk", "@madang/pos-plugin-sdk"];

/// Helpers that compiled decorators import.
const HELPER_PREFIX: &str = "@oxc-project/runtime/helpers/";

/// Where an import leads.
#[derive(Debug)]
pub(crate) enum Target {
    File(PathBuf),
    Sdk,
    /// A helper of compiled decorators, by its name.
    Helper(String),
    /// The package says that browsers get nothing here.
    Nothing,
}

/// Which rules a package's `exports` are read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Import,
    Require,
}

/// Finds files the way bundlers for browsers do.
pub(crate) struct Resolver {
    tree: Arc<FileTree>,
    mode: Mode,
    import: ResolverGeneric<ResolverFiles>,
    require: ResolverGeneric<ResolverFiles>,
}

const EXTENSIONS: [&str; 9] = [
    ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json",
];

impl Resolver {
    /// A resolver for the package, and what its tsconfig says. A tsconfig that cannot be read is noted and left out.
    pub(crate) fn new(tree: &Arc<FileTree>, mode: Mode, notes: &mut Vec<Note>) -> (Self, Dialect) {
        let config = tree.root().join("tsconfig.json");
        let plain = ResolverGeneric::new_with_file_system(
            ResolverFiles(Arc::clone(tree)),
            options(tree.root(), None, Style::Import),
        );
        let found = tree
            .is_file(&config)
            .then(|| plain.resolve_tsconfig(&config));
        let (config, dialect) = match found {
            Some(Ok(tsconfig)) => (Some(config), dialect(&tsconfig)),
            Some(Err(error)) => {
                notes.push(Note::TsconfigLeftOut {
                    reason: shown(&error.to_string()),
                });
                (None, Dialect::default())
            }
            None => (None, Dialect::default()),
        };
        let import = plain.clone_with_options(options(tree.root(), config.clone(), Style::Import));
        let require = plain.clone_with_options(options(tree.root(), config, Style::Require));
        let resolver = Self {
            tree: Arc::clone(tree),
            mode,
            import,
            require,
        };
        (resolver, dialect)
    }

    pub(crate) fn resolve(
        &self,
        importer: &Path,
        specifier: &str,
        style: Style,
    ) -> Result<Target, PackageErrorKind> {
        if SDK_NAMES.contains(&specifier) {
            return Ok(Target::Sdk);
        }
        if let Some(helper) = specifier.strip_prefix(HELPER_PREFIX) {
            return Ok(Target::Helper(helper.to_owned()));
        }
        if let Some(name) = specifier.strip_prefix("node:") {
            return Err(builtin(name).unwrap_or_else(|| self.not_found(importer, specifier)));
        }
        let folder = importer.parent().unwrap_or(importer);
        let resolver = match style {
            Style::Import => &self.import,
            Style::Require => &self.require,
        };
        match resolver.resolve(folder, specifier) {
            Ok(resolution) => self.accept(specifier, &resolution),
            Err(ResolveError::Ignored(_)) => Ok(Target::Nothing),
            Err(error) => Err(self.refuse(importer, specifier, &error)),
        }
    }

    fn accept(&self, specifier: &str, resolution: &Resolution) -> Result<Target, PackageErrorKind> {
        let path = resolution.path();
        if resolution.query().is_some() {
            return Err(unresolvable(specifier, "a `?query` means nothing here"));
        }
        if !self.tree.contains(path) && !self.is_workspace_package(specifier, resolution) {
            return Err(PackageErrorKind::OutsidePackage {
                path: shown(specifier),
            });
        }
        let extension = path.extension().and_then(|text| text.to_str());
        let extension = extension.unwrap_or_default();
        if !EXTENSIONS.iter().any(|known| known[1..] == *extension) {
            return Err(PackageErrorKind::ImportKind {
                specifier: shown(specifier),
                extension: shown(extension),
            });
        }
        Ok(Target::File(path.to_owned()))
    }

    /// A repository of several packages links them into `node_modules`. The link is followed while developing; an installed package
    /// must be whole.
    fn is_workspace_package(&self, specifier: &str, resolution: &Resolution) -> bool {
        let Some(package) = resolution.package_json() else {
            return false;
        };
        let is_named = package.name().is_some_and(|name| {
            specifier == name
                || specifier
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('/'))
        });
        if self.mode == Mode::Dev && is_named {
            self.tree.open_beside(package.directory());
            return self.tree.contains(resolution.path());
        }
        false
    }

    fn refuse(&self, importer: &Path, specifier: &str, error: &ResolveError) -> PackageErrorKind {
        if let Some(limit) = self.tree.take_over_limit() {
            return limit.kind().clone();
        }
        match error {
            ResolveError::NotFound(_)
            | ResolveError::ExtensionAlias(..)
            | ResolveError::MatchedAliasNotFound(..)
            | ResolveError::Builtin { .. } => {
                builtin(specifier).unwrap_or_else(|| self.not_found(importer, specifier))
            }
            ResolveError::PackagePathNotExported { .. } => unresolvable(
                specifier,
                "its package.json does not export this path to browsers",
            ),
            other => unresolvable(specifier, &other.to_string()),
        }
    }

    fn not_found(&self, importer: &Path, specifier: &str) -> PackageErrorKind {
        PackageErrorKind::ImportNotFound {
            specifier: shown(specifier),
            suggestion: self.suggest(importer, specifier),
        }
    }

    /// A name of the SDK, or a file in the folder that is meant.
    fn suggest(&self, importer: &Path, specifier: &str) -> Option<String> {
        if !specifier.starts_with('.') {
            return nearest(specifier, SDK_NAMES);
        }
        let (folder, name) = specifier.rsplit_once('/')?;
        let names = self.tree.names_in(&importer.parent()?.join(folder));
        let stems = names
            .iter()
            .filter_map(|name| name.rsplit_once('.').map(|(stem, _)| stem));
        let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        nearest(name, stems).map(|stem| format!("{folder}/{stem}"))
    }
}

fn builtin(name: &str) -> Option<PackageErrorKind> {
    instead_of(name).map(|instead| PackageErrorKind::NodeBuiltin {
        module: shown(name),
        instead,
    })
}

fn unresolvable(specifier: &str, reason: &str) -> PackageErrorKind {
    PackageErrorKind::ImportUnresolvable {
        specifier: shown(specifier),
        reason: shown(reason),
    }
}

fn options(root: &Path, tsconfig: Option<PathBuf>, style: Style) -> ResolveOptions {
    let first = match style {
        Style::Import => "import",
        Style::Require => "require",
    };
    ResolveOptions {
        cwd: Some(root.to_owned()),
        tsconfig: tsconfig.map(|config_file| {
            TsconfigDiscovery::Manual(TsconfigOptions {
                config_file,
                references: TsconfigReferences::Disabled,
            })
        }),
        // As webpack does for the web, which is how these bundles are built elsewhere.
        condition_names: owned(&[first, "module", "browser", "default"]),
        alias_fields: vec![vec!["browser".to_owned()]],
        main_fields: owned(&["browser", "module", "main"]),
        extensions: owned(&EXTENSIONS),
        // TypeScript writes the ending of the file that would be built.
        extension_alias: vec![
            (".js".to_owned(), owned(&[".ts", ".tsx", ".js", ".jsx"])),
            (".jsx".to_owned(), owned(&[".tsx", ".jsx"])),
            (".mjs".to_owned(), owned(&[".mts", ".mjs"])),
            (".cjs".to_owned(), owned(&[".cts", ".cjs"])),
        ],
        node_path: false,
        ..ResolveOptions::default()
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn dialect(config: &TsConfig) -> Dialect {
    let options = &config.compiler_options;
    Dialect {
        experimental_decorators: options.experimental_decorators.unwrap_or(false),
        decorator_metadata: options.emit_decorator_metadata.unwrap_or(false),
        assigns_class_fields: match options.use_define_for_class_fields {
            Some(defines) => !defines,
            None => options
                .target
                .as_deref()
                .is_some_and(is_before_class_fields),
        },
    }
}

fn is_before_class_fields(target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    match target.strip_prefix("es").map(str::parse::<u32>) {
        Some(Ok(year)) => year < 2022,
        _ => false,
    }
}
