//! Follows imports from the entry and makes every file into a module that an engine can link.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;

use crate::{
    Mode, Module, Note, SdkSource,
    compile::{BODY_PREFIX, BODY_SUFFIX, Compiled, Dialect, Kind, Request, RequestForm, compile},
    error::{PackageError, PackageErrorKind},
    manifest::json_error,
    place::Place,
    resolve::{Resolver, Style, Target},
    tree::FileTree,
};

/// The path of our own SDK among the modules.
pub const SDK_PATH: &str = "madang:sdk";
const INTEROP_PATH: &str = "madang:interop";
const NOTHING_PATH: &str = "madang:nothing";

/// The file everything starts from.
pub(crate) struct EntryFile {
    pub(crate) path: PathBuf,
    /// Its text and what was made of it, when that was needed to see what it is.
    pub(crate) made: Option<(String, Compiled)>,
}

/// Modules, entry first, ready to link.
pub(crate) struct Linked {
    pub(crate) entry: String,
    pub(crate) modules: Vec<Module>,
}

/// Follows every import from the entry.
pub(crate) fn link(
    tree: &Arc<FileTree>,
    sdk: &SdkSource,
    mode: Mode,
    entry: EntryFile,
    notes: &mut Vec<Note>,
) -> Result<Linked, PackageError> {
    let (resolver, dialect) = Resolver::new(tree, mode, notes);
    let mut graph = Graph {
        tree,
        sdk,
        resolver,
        dialect,
        nodes: Vec::new(),
        index: BTreeMap::new(),
        made: BTreeMap::new(),
        waiting: VecDeque::new(),
    };
    let made = entry.made;
    let entry = graph.enqueue(Target::File(entry.path));
    graph.made.extend(made.map(|made| (entry.clone(), made)));
    while let Some((path, target)) = graph.waiting.pop_front() {
        graph.add(path, &target)?;
    }
    Ok(graph.finish(&entry))
}

struct Graph<'a> {
    tree: &'a Arc<FileTree>,
    sdk: &'a SdkSource,
    resolver: Resolver,
    dialect: Dialect,
    nodes: Vec<Node>,
    /// From a module's path to its node.
    index: BTreeMap<String, usize>,
    waiting: VecDeque<(String, Target)>,
    /// The entry, when it was made already to see what it is.
    made: BTreeMap<String, (String, Compiled)>,
}

struct Node {
    path: String,
    compiled: Compiled,
    /// Where each request leads; `None` when it fails only if it is reached.
    links: Vec<Option<String>>,
}

impl Graph<'_> {
    fn enqueue(&mut self, target: Target) -> String {
        let path = match &target {
            Target::File(file) => self.tree.name_of(file),
            Target::Sdk => SDK_PATH.to_owned(),
            Target::Helper(name) => format!("madang:{name}"),
            Target::Nothing => NOTHING_PATH.to_owned(),
        };
        if !self.index.contains_key(&path) {
            // The node's own place in the list: nodes are added in the order they are queued.
            let place = self.nodes.len() + self.waiting.len();
            self.index.insert(path.clone(), place);
            self.waiting.push_back((path.clone(), target));
        }
        path
    }

    fn add(&mut self, path: String, target: &Target) -> Result<(), PackageError> {
        // The place is taken before its own imports are queued, so that they come after it.
        let at = self.nodes.len();
        self.nodes.push(Node {
            path: path.clone(),
            compiled: nothing(),
            links: Vec::new(),
        });
        let (text, compiled) = match target {
            Target::File(file) => self.compile_file(&path, file)?,
            Target::Sdk => self.compile_sdk()?,
            Target::Helper(name) => (String::new(), helper(name)?),
            Target::Nothing => (String::new(), nothing()),
        };
        let mut links = Vec::with_capacity(compiled.requests.len());
        for request in &compiled.requests {
            links.push(self.follow(&path, target, &text, request)?);
        }
        self.nodes[at].compiled = compiled;
        self.nodes[at].links = links;
        Ok(())
    }

    fn compile_file(
        &mut self,
        path: &str,
        file: &Path,
    ) -> Result<(String, Compiled), PackageError> {
        if let Some((text, compiled)) = self.made.remove(path) {
            return Ok((text, as_module(path, compiled)));
        }
        let limits = self.tree.limits();
        let text = self.tree.read_text(file, limits.file_bytes_max)?;
        let compiled = match path.ends_with(".json") {
            true => json_module(path, &text)?,
            false => compile(path, &text, self.dialect, limits)?,
        };
        Ok((text, as_module(path, compiled)))
    }

    fn compile_sdk(&self) -> Result<(String, Compiled), PackageError> {
        let (name, text) = match self.sdk {
            SdkSource::JavaScript(text) => ("madang-sdk.mjs", text),
            SdkSource::TypeScript(text) => ("madang-sdk.mts", text),
        };
        let compiled = compile(name, text, Dialect::default(), self.tree.limits())?;
        if let Some(request) = compiled.requests.first() {
            return Err(PackageError::new(PackageErrorKind::Internal {
                reason: format!("the SDK itself imports `{}`", request.specifier),
            }));
        }
        Ok((text.clone(), compiled))
    }

    fn follow(
        &mut self,
        path: &str,
        importer: &Target,
        text: &str,
        request: &Request,
    ) -> Result<Option<String>, PackageError> {
        let Target::File(file) = importer else {
            return Ok(None);
        };
        let style = match request.form {
            RequestForm::Import | RequestForm::Dynamic => Style::Import,
            RequestForm::Require | RequestForm::LateRequire => Style::Require,
        };
        match self.resolver.resolve(file, &request.specifier, style) {
            Ok(target) => Ok(Some(self.enqueue(target))),
            Err(kind) if fails_when_reached(request, &kind) => Ok(None),
            Err(kind) => {
                let place = Place::span(path, text, request.start, request.end);
                Err(PackageError::at(kind, place))
            }
        }
    }

    fn finish(self, entry: &str) -> Linked {
        let wanted = self.wanted_names();
        let mut modules = Vec::with_capacity(self.nodes.len());
        let mut has_interop = false;
        for node in &self.nodes {
            let mut module = self.module(node, wanted.get(&node.path));
            if self.is_commonjs(&node.path) {
                modules.push(self.facade(node, wanted.get(&node.path)));
            }
            if module.source.contains("__madang_as(") {
                module
                    .imports
                    .insert(INTEROP_PATH.to_owned(), INTEROP_PATH.to_owned());
                has_interop = true;
            }
            modules.push(module);
        }
        if has_interop {
            modules.push(plain_module(INTEROP_PATH, INTEROP));
        }
        Linked {
            entry: self.import_path(entry),
            modules,
        }
    }

    fn node(&self, path: &str) -> Option<&Node> {
        self.index
            .get(path)
            .and_then(|index| self.nodes.get(*index))
    }

    fn is_commonjs(&self, path: &str) -> bool {
        self.node(path)
            .is_some_and(|node| node.compiled.kind == Kind::CommonJs)
    }

    /// What `import` gets: CommonJS code behind a module that runs it and exports its names.
    fn import_path(&self, path: &str) -> String {
        match self.is_commonjs(path) {
            true => format!("{path}?import"),
            false => path.to_owned(),
        }
    }

    /// Every name that some module wants of another, followed through `export *`.
    fn wanted_names(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut queue: Vec<(&str, &str)> = Vec::new();
        for node in &self.nodes {
            for (request, link) in node.compiled.requests.iter().zip(&node.links) {
                if let Some(target) = link {
                    let names = request.names.iter();
                    queue.extend(names.map(|name| (target.as_str(), name.as_str())));
                }
            }
        }
        while let Some((path, name)) = queue.pop() {
            let names = wanted.entry(path.to_owned()).or_default();
            if !names.insert(name.to_owned()) {
                continue;
            }
            if let Some(node) = self.node(path) {
                queue.extend(node.stars(name).map(|target| (target, name)));
            }
        }
        wanted
    }

    fn module(&self, node: &Node, wanted: Option<&BTreeSet<String>>) -> Module {
        let mut imports = BTreeMap::new();
        for (request, link) in node.compiled.requests.iter().zip(&node.links) {
            if let (RequestForm::Import | RequestForm::Dynamic, Some(path)) = (request.form, link) {
                imports.insert(request.specifier.clone(), self.import_path(path));
            }
        }
        let prelude = self.require_prelude(node, &mut imports);
        let compiled = &node.compiled;
        let (prefix, suffix) = match compiled.kind {
            Kind::CommonJs => (format!("{prelude}{BODY_PREFIX}"), BODY_SUFFIX.to_owned()),
            _ => (prelude, placeholders(compiled, wanted)),
        };
        // With a map the prefix gets a line of its own, which the map skips; without one it must not move any line.
        let is_moved = compiled.source_map.is_some() && !prefix.is_empty();
        let newline = if is_moved { "\n" } else { "" };
        let source_map = compiled.source_map.as_ref().map(|map| match is_moved {
            true => map.replacen("\"mappings\":\"", "\"mappings\":\";", 1),
            false => map.clone(),
        });
        Module {
            path: node.path.clone(),
            source: format!("{prefix}{newline}{}{suffix}", compiled.code),
            source_map,
            imports,
        }
    }

    /// Imports of everything that is required, and a `require` that answers with it.
    fn require_prelude(&self, node: &Node, imports: &mut BTreeMap<String, String>) -> String {
        let requests = node.compiled.requests.iter().zip(&node.links);
        let required: BTreeMap<&str, Option<&String>> = requests
            .filter(|(request, _)| {
                matches!(
                    request.form,
                    RequestForm::Require | RequestForm::LateRequire
                )
            })
            .map(|(request, link)| (request.specifier.as_str(), link.as_ref()))
            .collect();
        let is_commonjs = node.compiled.kind == Kind::CommonJs;
        if required.is_empty() && !is_commonjs {
            return String::new();
        }
        let mut head = String::new();
        let mut cases = String::new();
        let mut needs_interop = false;
        for (number, (specifier, path)) in required.into_iter().enumerate() {
            let Some(path) = path else { continue };
            let key = format!("require:{specifier}");
            let (from, case) = (literal(&key), literal(specifier));
            // Writing to a string cannot fail.
            let _ = if self.is_commonjs(path) {
                write!(cases, "case{case}:return __madang_r{number}();").and(write!(
                    head,
                    "import{{__madang_require as __madang_r{number}}}from{from};"
                ))
            } else {
                needs_interop = true;
                write!(cases, "case{case}:return __madang_as(__madang_n{number});")
                    .and(write!(head, "import*as __madang_n{number} from{from};"))
            };
            imports.insert(key, path.clone());
        }
        if needs_interop {
            let _ = write!(
                head,
                "import{{asCommonJs as __madang_as}}from\"{INTEROP_PATH}\";"
            );
        }
        let _ = write!(
            head,
            "function __madang_load(id){{switch(id){{{cases}}}throw new Error(\"Cannot find module '\"+id+\"'\")}}"
        );
        if !is_commonjs {
            head.push_str("var require=__madang_load;");
        }
        head
    }

    /// The module that stands for CommonJS code where it is imported.
    fn facade(&self, node: &Node, wanted: Option<&BTreeSet<String>>) -> Module {
        let mut names = self.commonjs_names(node);
        names.extend(wanted.into_iter().flatten().cloned());
        let mut source = String::from(FACADE);
        let names = names
            .iter()
            .filter(|name| is_identifier(name) && *name != "default" && *name != "__esModule");
        for (number, name) in names.enumerate() {
            let key = literal(name);
            let _ = write!(
                source,
                "var n{number}=e==null?undefined:e[{key}];export{{n{number} as {name}}};"
            );
        }
        Module {
            path: format!("{}?import", node.path),
            source,
            source_map: None,
            imports: BTreeMap::from([("require:self".to_owned(), node.path.clone())]),
        }
    }

    /// The names CommonJS code exports, with those it passes on from others.
    fn commonjs_names(&self, node: &Node) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut queue = vec![node];
        while let Some(node) = queue.pop() {
            if !seen.insert(node.path.as_str()) {
                continue;
            }
            names.extend(node.compiled.commonjs_names.iter().cloned());
            names.extend(node.compiled.exported.iter().cloned());
            let requests = node.compiled.requests.iter().zip(&node.links);
            let passed_on = requests
                .filter(|(request, _)| node.compiled.commonjs_stars.contains(&request.specifier))
                .filter_map(|(_, link)| link.as_deref());
            queue.extend(passed_on.filter_map(|path| self.node(path)));
        }
        names
    }
}

impl Node {
    /// The modules that may have a name this one does not export itself.
    fn stars<'n>(&'n self, name: &str) -> impl Iterator<Item = &'n str> + use<'n> {
        let is_own = self.compiled.exported.contains(name) || self.compiled.erased.contains(name);
        let requests = self.compiled.requests.iter().zip(&self.links);
        requests
            .filter(move |(request, _)| !is_own && request.is_star)
            .filter_map(|(_, link)| link.as_deref())
    }
}

/// Code that may never run is not refused for what it would import then; a limit or a way out of the package always is, and
/// `import("./typo")` of an own file is a mistake worth telling at once.
fn fails_when_reached(request: &Request, kind: &PackageErrorKind) -> bool {
    let is_late = match request.form {
        RequestForm::Import | RequestForm::Require => false,
        RequestForm::Dynamic => !request.specifier.starts_with('.'),
        RequestForm::LateRequire => true,
    };
    let is_absent = matches!(
        kind,
        PackageErrorKind::ImportNotFound { .. }
            | PackageErrorKind::NodeBuiltin { .. }
            | PackageErrorKind::ImportUnresolvable { .. }
            | PackageErrorKind::ImportKind { .. }
    );
    is_late && is_absent
}

/// Code with neither `import` nor `require` is a module among modules; in a library it may count on being CommonJS.
fn as_module(path: &str, mut compiled: Compiled) -> Compiled {
    if compiled.kind == Kind::Script {
        compiled.kind = match path.contains("node_modules/") {
            true => Kind::CommonJs,
            false => Kind::Module,
        };
    }
    compiled
}

/// Types that are exported and imported without the word `type` leave an import of nothing behind; a value for it lets modules link.
fn placeholders(compiled: &Compiled, wanted: Option<&BTreeSet<String>>) -> String {
    let mut text = String::new();
    let names = wanted.into_iter().flatten();
    let names = names.filter(|name| compiled.erased.contains(*name) && is_identifier(name));
    for (number, name) in names.enumerate() {
        let _ = write!(
            text,
            "\nvar __madang_type_{number};export{{__madang_type_{number} as {name}}};"
        );
    }
    text
}

/// JSON is data on its way in: parsed by the engine, so that no member name means anything to it.
fn json_module(path: &str, text: &str) -> Result<Compiled, PackageError> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| json_error(path, text, &error))?;
    let names = value.as_object().into_iter().flatten();
    Ok(Compiled {
        code: format!("module.exports=JSON.parse({});", literal(text)),
        commonjs_names: names.map(|(name, _)| name.clone()).collect(),
        ..nothing()
    })
}

fn nothing() -> Compiled {
    Compiled {
        kind: Kind::CommonJs,
        code: String::new(),
        source_map: None,
        requests: Vec::new(),
        erased: BTreeSet::new(),
        exported: BTreeSet::new(),
        commonjs_names: BTreeSet::new(),
        commonjs_stars: BTreeSet::new(),
    }
}

fn helper(name: &str) -> Result<Compiled, PackageError> {
    let code = match name {
        "decorate" => DECORATE,
        "decorateParam" => DECORATE_PARAMETER,
        "decorateMetadata" => DECORATE_METADATA,
        other => {
            return Err(PackageError::new(PackageErrorKind::Internal {
                reason: format!("the compiler asks for the helper `{other}`, which we do not have"),
            }));
        }
    };
    Ok(Compiled {
        kind: Kind::Module,
        code: code.to_owned(),
        ..nothing()
    })
}

fn plain_module(path: &str, source: &str) -> Module {
    Module {
        path: path.to_owned(),
        source: source.to_owned(),
        source_map: None,
        imports: BTreeMap::new(),
    }
}

/// A JSON string is a JavaScript string.
fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '$'))
        && letters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
}

/// Bundlers' rule for the default import: what was an ES module once has its own, everything else is it.
const FACADE: &str = "import{__madang_require}from\"require:self\";var e=__madang_require();var d=e!=null&&e.__esModule&&\"default\"in Object(e)?e.default:e;export{d as default};";

/// An ES module as CommonJS code sees it: live, and marked so that its default is found.
const INTEROP: &str = "\
const known = new WeakMap();
export function asCommonJs(namespace) {
  let view = known.get(namespace);
  if (view === undefined) {
    view = {};
    for (const name of Reflect.ownKeys(namespace)) {
      if (typeof name === 'string')
        Object.defineProperty(view, name, { enumerable: true, get: () => namespace[name] });
    }
    if (!Reflect.has(view, '__esModule')) Object.defineProperty(view, '__esModule', { value: true });
    known.set(namespace, view);
  }
  return view;
}
";

const DECORATE: &str = "\
export default function decorate(decorators, target, key, descriptor) {
  const isClass = arguments.length < 3;
  let result = isClass ? target
    : descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
  for (const decorator of [...decorators].reverse()) {
    result = (isClass ? decorator(result) : decorator(target, key, result)) || result;
  }
  if (!isClass && result) Object.defineProperty(target, key, result);
  return result;
}
";

const DECORATE_PARAMETER: &str = "\
export default function decorateParam(index, decorator) {
  return (target, key) => decorator(target, key, index);
}
";

const DECORATE_METADATA: &str = "\
export default function decorateMetadata(key, value) {
  return typeof Reflect.metadata === 'function' ? Reflect.metadata(key, value) : () => {};
}
";

/// Makes the entry only, to see what it is.
pub(crate) fn compile_entry(
    tree: &FileTree,
    entry: &Path,
) -> Result<(String, Compiled), PackageError> {
    let limits = tree.limits();
    let text = tree.read_text(entry, limits.file_bytes_max)?;
    let compiled = compile(&tree.name_of(entry), &text, Dialect::default(), limits)?;
    Ok((text, compiled))
}

/// The map beside a bundle that names one. An inline map stays in the source.
pub(crate) fn external_source_map(tree: &FileTree, bundle: &Path, text: &str) -> Option<String> {
    let (_, url) = text.rsplit_once("//# sourceMappingURL=")?;
    let url = url.lines().next()?.trim();
    if url.is_empty() || url.contains(':') {
        return None;
    }
    let path: PathBuf = bundle.parent()?.join(url);
    // A bundle runs without its map: one that is absent or too large only makes traces less readable.
    tree.read_if_there(&path, tree.limits().file_bytes_max)
        .ok()
        .flatten()
}
