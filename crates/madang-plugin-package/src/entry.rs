//! Finds where a package begins: which folder it is, which file runs, or which page is shown.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;

use crate::{
    Mode, OpenSettings,
    error::{PackageError, PackageErrorKind},
    manifest::{PackageJson, json_error, shown},
    place::Place,
    tree::{FileTree, inflate, read_file},
};

/// A package found, its files not read yet.
pub(crate) struct Located {
    pub(crate) tree: Arc<FileTree>,
    /// The file that was named itself; it wins over every rule.
    pub(crate) named: Option<PathBuf>,
    pub(crate) is_zip: bool,
    /// What the plugin is called when nothing else says so.
    pub(crate) file_name: String,
}

/// Finds the package at a path that a person gave.
pub(crate) fn locate(path: &Path, settings: &OpenSettings) -> Result<Located, PackageError> {
    let given = path.display().to_string();
    let metadata = fs::metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => PackageError::new(PackageErrorKind::Missing {
            path: given.clone(),
        }),
        _ => PackageError::unreadable(given.clone(), source),
    })?;
    let absolute =
        fs::canonicalize(path).map_err(|source| PackageError::unreadable(given.clone(), source))?;
    if metadata.is_dir() {
        return folder(&absolute, None, settings);
    }
    match absolute.extension().and_then(|text| text.to_str()) {
        Some("zip") => zip(&absolute, settings),
        Some("js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx") => {
            let root = root_of_file(&absolute);
            folder(&root, Some(absolute), settings)
        }
        _ if is_manifest(&absolute) => {
            folder(absolute.parent().unwrap_or(&absolute), None, settings)
        }
        _ => Err(PackageError::new(PackageErrorKind::UnknownForm {
            path: given,
        })),
    }
}

fn folder(
    root: &Path,
    named: Option<PathBuf>,
    settings: &OpenSettings,
) -> Result<Located, PackageError> {
    let called = named.as_deref().unwrap_or(root).file_stem();
    let file_name = called.map(|name| name.to_string_lossy().into_owned());
    Ok(Located {
        tree: Arc::new(FileTree::folder(root, settings.mode, &settings.limits)?),
        named,
        is_zip: false,
        file_name: file_name.unwrap_or_default(),
    })
}

fn zip(path: &Path, settings: &OpenSettings) -> Result<Located, PackageError> {
    let limits = &settings.limits;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = read_file(path, limits.zip_bytes_max)
        .map_err(|source| PackageError::unreadable(name.clone().into_owned(), source))?;
    if bytes.len() > limits.zip_bytes_max {
        return Err(PackageError::new(PackageErrorKind::TooLarge {
            what: format!("`{}`", shown(&name)),
            limit: limits.zip_bytes_max,
            unit: "bytes",
        }));
    }
    let files =
        inflate(&bytes, limits).map_err(|error| error.with_watched(vec![path.to_owned()]))?;
    let file_name = path.file_stem().unwrap_or_default();
    Ok(Located {
        tree: Arc::new(FileTree::memory(path, files, limits)),
        named: None,
        is_zip: true,
        file_name: file_name.to_string_lossy().into_owned(),
    })
}

fn is_manifest(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    matches!(name, Some("plugin.toml" | "package.json"))
}

/// `src/main/index.ts` or `dist/main.js`: how far above a named file its `plugin.toml` or `package.json` is looked for.
const ROOT_LEVELS_MAX: usize = 4;

fn root_of_file(file: &Path) -> PathBuf {
    let own = file.parent().unwrap_or(file);
    file.ancestors()
        .skip(1)
        .take(ROOT_LEVELS_MAX)
        .find(|folder| {
            folder.join("plugin.toml").is_file() || folder.join("package.json").is_file()
        })
        .unwrap_or(own)
        .to_owned()
}

/// Where a package begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Code(PathBuf),
    Page(Page),
}

/// An iframe plugin's page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) href: String,
    pub(crate) description: String,
    pub(crate) base: String,
}

const SOURCES: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "mjs", "cjs", "jsx"];

/// The entry by precedence: the named file; a page; then, while developing, sources before what was built from them, and
/// otherwise what was built first.
pub(crate) fn find_entry(
    located: &Located,
    package_json: &PackageJson,
    mode: Mode,
) -> Result<Entry, PackageError> {
    if let Some(named) = &located.named {
        return Ok(Entry::Code(named.clone()));
    }
    let tree = &located.tree;
    if let Some(page) = find_page(tree)? {
        return Ok(Entry::Page(page));
    }
    let prefers_built = mode == Mode::Strict || located.is_zip;
    let finders: [fn(&FileTree, &PackageJson) -> Option<PathBuf>; 4] = match prefers_built {
        true => [built, main, conventional_source, root_index],
        false => [main, conventional_source, built, root_index],
    };
    if let Some(path) = finders.iter().find_map(|find| find(tree, package_json)) {
        return Ok(Entry::Code(path));
    }
    Err(match &package_json.main {
        Some(main) => PackageError::at(
            PackageErrorKind::MainMissing { main: shown(main) },
            Place::file("package.json"),
        ),
        None => PackageError::new(PackageErrorKind::NoEntry {
            looked_for: looked_for(prefers_built),
        }),
    })
}

fn looked_for(prefers_built: bool) -> Vec<String> {
    let sources = ["`main` of package.json", "src/index.ts or .js"];
    let built = ["dist/main.js", "main.js"];
    let order = match prefers_built {
        true => [built, sources],
        false => [sources, built],
    };
    let rest = ["index.ts or .js", "iframe-manifest.json"];
    order
        .concat()
        .into_iter()
        .chain(rest)
        .map(str::to_owned)
        .collect()
}

/// `npm init` writes a `main` that need not exist; the other places are looked at before that is called a mistake.
fn main(tree: &FileTree, package_json: &PackageJson) -> Option<PathBuf> {
    let main = package_json
        .main
        .as_deref()
        .filter(|main| !main.is_empty())?;
    let path = tree.root().join(main);
    let endings = SOURCES.iter().map(|ending| format!("{main}.{ending}"));
    let indexes = SOURCES
        .iter()
        .map(|ending| format!("{main}/index.{ending}"));
    let has_ending = path
        .extension()
        .and_then(|text| text.to_str())
        .is_some_and(|ending| SOURCES.contains(&ending));
    (has_ending && tree.is_file(&path))
        .then_some(path)
        .or_else(|| {
            endings
                .chain(indexes)
                .map(|name| tree.root().join(name))
                .find(|path| tree.is_file(path))
        })
}

fn conventional_source(tree: &FileTree, _: &PackageJson) -> Option<PathBuf> {
    index_in(tree, &tree.root().join("src"))
}

fn root_index(tree: &FileTree, _: &PackageJson) -> Option<PathBuf> {
    index_in(tree, tree.root())
}

fn index_in(tree: &FileTree, folder: &Path) -> Option<PathBuf> {
    SOURCES
        .iter()
        .map(|ending| folder.join(format!("index.{ending}")))
        .find(|path| tree.is_file(path))
}

fn built(tree: &FileTree, _: &PackageJson) -> Option<PathBuf> {
    ["dist/main.js", "main.js"]
        .iter()
        .map(|name| tree.root().join(name))
        .find(|path| tree.is_file(path))
}

/// What the vendor's tools write for a page. Members beyond these are left to them.
fn find_page(tree: &FileTree) -> Result<Option<Page>, PackageError> {
    for base in ["", "dist", "public"] {
        let folder = match base {
            "" => tree.root().to_owned(),
            base => tree.root().join(base),
        };
        let path = folder.join("iframe-manifest.json");
        let text = tree.read_if_there(&path, tree.limits().manifest_bytes_max)?;
        if let Some(text) = text {
            return page(tree, base, &tree.name_of(&path), &text).map(Some);
        }
    }
    Ok(None)
}

fn page(tree: &FileTree, base: &str, file: &str, text: &str) -> Result<Page, PackageError> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| json_error(file, text, &error))?;
    let tab = &value["tab"];
    let title = member(file, tab, "title", "\"title\": \"Seats\"")?;
    let href = member(file, tab, "href", "\"href\": \"index.html\"")?;
    let description = tab["description"].as_str().unwrap_or_default();
    // A source folder keeps the manifest in public/ and the page beside it or at the root.
    let bases = match base {
        "public" => vec!["public", ""],
        base => vec![base],
    };
    let base = bases.into_iter().find(|base| {
        let path = tree.root().join(base).join(&href);
        is_plain_path(&href) && tree.is_file(&path) && tree.contains(&path)
    });
    match base {
        Some(base) => Ok(Page {
            title,
            href,
            description: description.to_owned(),
            base: base.to_owned(),
        }),
        None => Err(refuse(
            file,
            "href",
            "must name a page inside the package",
            "\"href\": \"index.html\"",
        )),
    }
}

fn is_plain_path(href: &str) -> bool {
    !href.is_empty()
        && !href.contains(['\\', ':', '?', '#'])
        && href
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

fn member(file: &str, tab: &Value, key: &str, example: &str) -> Result<String, PackageError> {
    match tab[key].as_str().map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(refuse(file, key, "must be text, inside `tab`", example)),
    }
}

fn refuse(file: &str, key: &str, problem: &str, example: &str) -> PackageError {
    let kind = PackageErrorKind::InvalidValue {
        key: key.to_owned(),
        problem: problem.to_owned(),
        example: Some(example.to_owned()),
    };
    PackageError::at(kind, Place::file(file))
}
