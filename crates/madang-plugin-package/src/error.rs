//! What can be wrong with a package, told to the person who can mend it.

use std::{error, fmt, io, path::PathBuf};

use crate::{manifest::Manifest, place::Place};

/// Why a package was refused: a kind, a place, and every file that was read until then.
#[derive(Debug)]
pub struct PackageError {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: PackageErrorKind,
    place: Option<Place>,
    watched: Vec<PathBuf>,
    manifest: Option<Manifest>,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// The kinds of refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageErrorKind {
    /// Nothing is at the path.
    #[error("there is no file or folder at `{path}`")]
    Missing {
        /// The path as it was given.
        path: String,
    },
    /// The file or folder is there and cannot be read.
    #[error("`{path}` cannot be read ({reason})")]
    Unreadable {
        /// The path.
        path: String,
        /// The system's reason in a word.
        reason: String,
    },
    /// The file is of no kind a plugin can be.
    #[error("`{path}` is not something a plugin can be")]
    UnknownForm {
        /// The path as it was given.
        path: String,
    },
    /// A folder or archive without an entry.
    #[error("no entry point was found")]
    NoEntry {
        /// What was looked for, in order of precedence.
        looked_for: Vec<String>,
    },
    /// `main` of `package.json` names a file that is not there.
    #[error("`main` names `{main}`, which does not exist")]
    MainMissing {
        /// What `main` says.
        main: String,
    },
    /// The text is not UTF-8.
    #[error("the file is not UTF-8 text")]
    NotText,
    /// A syntax error, in the parser's words.
    #[error("{message}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// What the parser advises, when it does.
        help: Option<String>,
    },
    /// Code nested deeper than the limit.
    #[error("the code nests deeper than {limit} levels")]
    NestedTooDeep {
        /// The limit.
        limit: usize,
    },
    /// Decorators without `experimentalDecorators`.
    #[error("decorators are used, but tsconfig.json does not turn on `experimentalDecorators`")]
    DecoratorsOff,
    /// An import that leads nowhere.
    #[error("cannot find `{specifier}`")]
    ImportNotFound {
        /// What is imported.
        specifier: String,
        /// The nearest file or what else may be meant.
        suggestion: Option<String>,
    },
    /// A package's `exports` hides the path, or its `package.json` is broken.
    #[error("`{specifier}` cannot be resolved: {reason}")]
    ImportUnresolvable {
        /// What is imported.
        specifier: String,
        /// Why.
        reason: String,
    },
    /// A module of Node that plugins do not have.
    #[error("`{module}` is part of Node.js, which plugins do not run on")]
    NodeBuiltin {
        /// The module, without `node:`.
        module: String,
        /// What does the same job in a plugin.
        instead: &'static str,
    },
    /// A file kind that cannot be imported.
    #[error("a plugin cannot import `{specifier}`: .{extension} files are not code or JSON")]
    ImportKind {
        /// What is imported.
        specifier: String,
        /// The file's ending.
        extension: String,
    },
    /// A path, link or import leads out of the package.
    #[error("`{path}` leads out of the package folder")]
    OutsidePackage {
        /// The path as it was written.
        path: String,
    },
    /// A limit was passed.
    #[error("{what} is over the limit of {limit} {unit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit.
        limit: usize,
        /// What the limit counts.
        unit: &'static str,
    },
    /// A broken archive.
    #[error("the zip archive is damaged or uses something unknown: {reason}")]
    ZipDamaged {
        /// What is wrong.
        reason: String,
    },
    /// An entry whose name could reach outside the package, or is ambiguous.
    #[error("the archive entry `{name}` {problem}")]
    ZipEntry {
        /// The entry's name, unprintable characters replaced.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `plugin.toml` is needed and not there.
    #[error("there is no plugin.toml")]
    ManifestMissing,
    /// Broken TOML or JSON.
    #[error("{message}")]
    ManifestSyntax {
        /// What the parser says.
        message: String,
    },
    /// A key the manifest does not have.
    #[error("unknown key `{key}` in {section}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The section it stands in.
        section: String,
        /// The nearest known key.
        nearest: Option<String>,
        /// Every key that may stand there.
        known: Vec<String>,
    },
    /// A permission that does not exist.
    #[error("unknown permission `{name}`")]
    UnknownPermission {
        /// The family, or `family.verb`.
        name: String,
        /// The line that was probably meant.
        nearest: Option<String>,
        /// The verbs of the family, or all families.
        known: Vec<String>,
    },
    /// The same permission or origin twice.
    #[error("`{value}` stands here twice")]
    Duplicate {
        /// What is repeated.
        value: String,
    },
    /// A value of the wrong type or form.
    #[error("`{key}` {problem}")]
    InvalidValue {
        /// The key.
        key: String,
        /// What is wrong with its value.
        problem: String,
        /// An example that would be accepted.
        example: Option<String>,
    },
    /// Something of our own failed; not the author's to mend.
    #[error("the package could not be opened: {reason}")]
    Internal {
        /// What failed.
        reason: String,
    },
}

impl PackageError {
    pub(crate) fn new(kind: PackageErrorKind) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                place: None,
                watched: Vec::new(),
                manifest: None,
                source: None,
            }),
        }
    }

    pub(crate) fn at(kind: PackageErrorKind, place: Place) -> Self {
        let mut error = Self::new(kind);
        error.inner.place = Some(place);
        error
    }

    pub(crate) fn unreadable(path: String, source: io::Error) -> Self {
        let reason = source.kind().to_string();
        let mut error = Self::new(PackageErrorKind::Unreadable { path, reason });
        error.inner.source = Some(Box::new(source));
        error
    }

    pub(crate) fn with_manifest(mut self, manifest: Manifest) -> Self {
        self.inner.manifest = Some(manifest);
        self
    }

    pub(crate) fn with_watched(mut self, watched: Vec<PathBuf>) -> Self {
        self.inner.watched = watched;
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> &PackageErrorKind {
        &self.inner.kind
    }

    /// Where it is wrong, when it is in a file of the package.
    pub fn place(&self) -> Option<&Place> {
        self.inner.place.as_ref()
    }

    /// What the plugin says about itself, when that is in order and its code is not.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.inner.manifest.as_ref()
    }

    /// Every file that was read before the refusal: hot reload watches them, so that mending one tries again.
    pub fn watched(&self) -> &[PathBuf] {
        &self.inner.watched
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        hint(&self.inner.kind)
    }

    /// Everything for a person at a terminal: message, place, the line itself, and what to do.
    pub fn report(&self) -> String {
        let mut text = format!("error: {}", self.inner.kind);
        if let Some(place) = self.place() {
            text.push_str(&format!("\n  --> {place}"));
            if let Some(frame) = &place.frame {
                text.push_str(&format!("\n{frame}"));
            }
        }
        if let Some(hint) = self.hint() {
            text.push_str(&format!("\nhint: {hint}"));
        }
        text
    }

    /// The message in Korean, for the screen of the shop.
    pub fn message_ko(&self) -> String {
        message_ko(&self.inner.kind)
    }
}

impl fmt::Display for PackageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Some(place) => write!(formatter, "{place}: {}", self.inner.kind),
            None => write!(formatter, "{}", self.inner.kind),
        }
    }
}

impl error::Error for PackageError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.inner
            .source
            .as_deref()
            .map(|source| source as &(dyn error::Error + 'static))
    }
}

fn hint(kind: &PackageErrorKind) -> Option<String> {
    use PackageErrorKind as Kind;
    let text = match kind {
        Kind::Missing { .. } => {
            "check the path; a plugin is a folder, a .zip, or a .js or .ts file".to_owned()
        }
        Kind::Unreadable { .. } => "check that the file may be read by this user".to_owned(),
        Kind::UnknownForm { .. } => {
            "give the plugin's folder, its .zip, or one .js or .ts file".to_owned()
        }
        Kind::NoEntry { looked_for } => format!(
            "looked for {}; set `main` in package.json or add one of these",
            looked_for.join(", ")
        ),
        Kind::MainMissing { .. } => {
            "correct `main` in package.json, or run the build that writes the file".to_owned()
        }
        Kind::NotText => "save the file as UTF-8".to_owned(),
        Kind::Syntax { help, .. } => return help.clone(),
        Kind::NestedTooDeep { .. } => {
            "break the expression or the generated data into parts, or load it as JSON".to_owned()
        }
        Kind::DecoratorsOff => {
            "add \"compilerOptions\": { \"experimentalDecorators\": true } to tsconfig.json"
                .to_owned()
        }
        Kind::ImportNotFound {
            specifier,
            suggestion,
        } => return import_hint(specifier, suggestion.as_deref()),
        Kind::ImportUnresolvable { .. } => {
            "check the version installed in node_modules and its package.json".to_owned()
        }
        Kind::NodeBuiltin { instead, .. } => (*instead).to_owned(),
        Kind::ImportKind { .. } => {
            "put the text into a .ts file as a string, or import .json".to_owned()
        }
        Kind::OutsidePackage { .. } => {
            "move the file into the package folder, or depend on it through node_modules".to_owned()
        }
        Kind::TooLarge { .. } => {
            "leave out what the plugin does not need, or ship a minified bundle".to_owned()
        }
        Kind::ZipDamaged { .. } => {
            "make the archive again; deflate and stored entries are read".to_owned()
        }
        Kind::ZipEntry { .. } => {
            "zip the dist folder itself, with ordinary file names and no links".to_owned()
        }
        Kind::ManifestMissing => {
            "add a plugin.toml with `name`, `version`, [permissions] and [origins]".to_owned()
        }
        Kind::ManifestSyntax { .. } => return None,
        Kind::UnknownKey { nearest, known, .. }
        | Kind::UnknownPermission { nearest, known, .. } => match nearest {
            Some(nearest) => did_you_mean(nearest),
            None => format!("known are {}", known.join(", ")),
        },
        Kind::Duplicate { .. } => "leave one of them out".to_owned(),
        Kind::InvalidValue { example, .. } => {
            return example.as_deref().map(|line| format!("write {line}"));
        }
        Kind::Internal { .. } => return None,
    };
    Some(text)
}

fn did_you_mean(nearest: &str) -> String {
    format!("did you mean `{nearest}`?")
}

fn import_hint(specifier: &str, suggestion: Option<&str>) -> Option<String> {
    if let Some(suggestion) = suggestion {
        return Some(did_you_mean(suggestion));
    }
    let relative = specifier.starts_with('.') || specifier.starts_with('/');
    (!relative && !specifier.starts_with('#'))
        .then(|| format!("install it: npm install {}", package_name(specifier)))
}

/// `@scope/name/deep/path` is installed as `@scope/name`.
fn package_name(specifier: &str) -> &str {
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    specifier
        .match_indices('/')
        .nth(parts - 1)
        .map_or(specifier, |(index, _)| &specifier[..index])
}

fn message_ko(kind: &PackageErrorKind) -> String {
    use PackageErrorKind as Kind;
    match kind {
        Kind::Missing { path } => format!("`{path}`에 파일이나 폴더가 없습니다"),
        Kind::Unreadable { path, .. } => format!("`{path}`을(를) 읽을 수 없습니다"),
        Kind::UnknownForm { path } => format!("`{path}`은(는) 플러그인 형식이 아닙니다"),
        Kind::NoEntry { .. } => "플러그인의 시작 파일을 찾을 수 없습니다".to_owned(),
        Kind::MainMissing { main } => {
            format!("package.json의 `main`이 가리키는 `{main}` 파일이 없습니다")
        }
        Kind::NotText => "UTF-8 텍스트 파일이 아닙니다".to_owned(),
        Kind::Syntax { message, .. } => format!("문법 오류입니다: {message}"),
        Kind::NestedTooDeep { limit } => format!("코드가 {limit}단계보다 깊게 겹쳐 있습니다"),
        Kind::DecoratorsOff => {
            "데코레이터를 쓰려면 tsconfig.json에서 experimentalDecorators를 켜야 합니다".to_owned()
        }
        Kind::ImportNotFound { specifier, .. } => {
            format!("가져올 `{specifier}`을(를) 찾을 수 없습니다")
        }
        Kind::ImportUnresolvable { specifier, .. } => {
            format!("`{specifier}`의 위치를 정할 수 없습니다")
        }
        Kind::NodeBuiltin { module, .. } => {
            format!("`{module}`은(는) Node.js 모듈이라 플러그인에서 쓸 수 없습니다")
        }
        Kind::ImportKind { specifier, .. } => {
            format!("`{specifier}`은(는) 코드나 JSON이 아니어서 가져올 수 없습니다")
        }
        Kind::OutsidePackage { path } => {
            format!("`{path}`이(가) 플러그인 폴더 밖을 가리킵니다")
        }
        Kind::TooLarge { what, limit, unit } => {
            format!("한도를 넘었습니다: {what}, {limit} {unit}까지")
        }
        Kind::ZipDamaged { .. } => "zip 파일이 손상되었거나 알 수 없는 형식입니다".to_owned(),
        Kind::ZipEntry { name, .. } => {
            format!("zip 안의 `{name}` 항목은 허용되지 않습니다")
        }
        Kind::ManifestMissing => "plugin.toml이 없습니다".to_owned(),
        Kind::ManifestSyntax { message } => {
            format!("설정 파일의 문법 오류입니다: {message}")
        }
        Kind::UnknownKey { key, section, .. } => {
            format!("{section}에 모르는 항목 `{key}`이(가) 있습니다")
        }
        Kind::UnknownPermission { name, .. } => format!("모르는 권한 `{name}`입니다"),
        Kind::Duplicate { value } => format!("`{value}`이(가) 두 번 적혀 있습니다"),
        Kind::InvalidValue { key, .. } => format!("`{key}` 값이 올바르지 않습니다"),
        Kind::Internal { reason } => format!("플러그인을 열지 못했습니다: {reason}"),
    }
}
