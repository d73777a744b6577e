//! What a plugin says about itself: `plugin.toml`, with name and version falling back to `package.json`.
//!
//! ```toml
//! name = "order-mirror"
//! version = "1.0.0"
//!
//! [permissions]                     # a family and its verbs; the set is closed
//! order = ["read"]
//! http = ["send"]
//!
//! [origins]                         # exact origins, each with a reason
//! "https://api.example.com" = "sends each paid order to head office"
//! "setting:server_url" = "the server that staff enter in the settings"
//!
//! [origins.lan]                     # the shop's own network is a grant of its own
//! "http://192.168.0.10:8080" = "the kitchen display"
//! ```

mod origin;
mod package_json;
mod permission;

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

pub(crate) use self::package_json::{PackageJson, json_error};
pub use self::{
    origin::{Network, OriginGrant, OriginTarget},
    permission::{NoSuchPermission, Permission, Permissions},
};
use crate::{
    error::{PackageError, PackageErrorKind},
    limits::Limits,
    place::Place,
};

/// What a plugin says about itself, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The plugin's name: `stamp-card` or `@cafe/stamp-card`.
    pub name: String,
    /// Its version: `1.0.0`.
    pub version: String,
    /// Which servers it may call.
    pub origins: Vec<OriginGrant>,
    /// What it may do.
    pub permissions: Permissions,
    /// Whether there was a `plugin.toml`. Without one a plugin under development has every ordinary permission and no origin.
    pub is_declared: bool,
}

/// What `plugin.toml` says; name and version may come from elsewhere.
#[derive(Debug, Default)]
pub(crate) struct PluginToml {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) origins: Vec<OriginGrant>,
    pub(crate) permissions: Permissions,
}

impl PluginToml {
    pub(crate) fn parse(file: &str, text: &str, limits: &Limits) -> Result<Self, PackageError> {
        let document = Document { file, text, limits };
        let root = DeTable::parse(text).map_err(|error| document.syntax(&error))?;
        let mut manifest = Self::default();
        for (key, value) in as_written(root.get_ref()) {
            match key.get_ref().as_ref() {
                "name" => manifest.name = Some(document.name(value)?),
                "version" => manifest.version = Some(document.version(value)?),
                "permissions" => manifest.permissions = document.permissions(value)?,
                "origins" => manifest.origins = document.origins(value)?,
                other => return Err(document.unknown_key(other, key.span())),
            }
        }
        Ok(manifest)
    }
}

const KEYS: [&str; 4] = ["name", "version", "permissions", "origins"];

/// A reason is read by a shopkeeper before they agree; a page of text would not be.
const REASON_CHARS_MAX: usize = 200;

struct Document<'a> {
    file: &'a str,
    text: &'a str,
    limits: &'a Limits,
}

impl Document<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        Place::span(self.file, self.text, span.start, span.end)
    }

    fn refuse(&self, kind: PackageErrorKind, span: Range<usize>) -> PackageError {
        PackageError::at(kind, self.place(span))
    }

    fn syntax(&self, error: &toml::de::Error) -> PackageError {
        let kind = PackageErrorKind::ManifestSyntax {
            message: error.message().to_owned(),
        };
        self.refuse(kind, error.span().unwrap_or(0..0))
    }

    fn unknown_key(&self, key: &str, span: Range<usize>) -> PackageError {
        let kind = PackageErrorKind::UnknownKey {
            key: shown(key),
            section: self.file.to_owned(),
            nearest: nearest(key, KEYS),
            known: owned(KEYS.to_vec()),
        };
        self.refuse(kind, span)
    }

    fn invalid(
        &self,
        key: &str,
        problem: impl Into<String>,
        example: &str,
        span: Range<usize>,
    ) -> PackageError {
        let kind = PackageErrorKind::InvalidValue {
            key: shown(key),
            problem: problem.into(),
            example: Some(example.to_owned()),
        };
        self.refuse(kind, span)
    }

    fn string(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        example: &str,
    ) -> Result<String, PackageError> {
        match value.get_ref().as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.invalid(key, "must be text in quotes", example, value.span())),
        }
    }

    fn table<'v, 'd>(
        &self,
        key: &str,
        value: &'v Spanned<DeValue<'d>>,
        example: &str,
    ) -> Result<&'v DeTable<'d>, PackageError> {
        value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.invalid(key, "must be a section", example, value.span()))
    }

    fn name(&self, value: &Spanned<DeValue<'_>>) -> Result<String, PackageError> {
        let example = "name = \"stamp-card\"";
        let name = self.string("name", value, example)?;
        match check_name(&name) {
            Ok(()) => Ok(name),
            Err(problem) => Err(self.invalid("name", problem, example, value.span())),
        }
    }

    fn version(&self, value: &Spanned<DeValue<'_>>) -> Result<String, PackageError> {
        let example = "version = \"1.0.0\"";
        let version = self.string("version", value, example)?;
        match check_version(&version) {
            Ok(()) => Ok(version),
            Err(problem) => Err(self.invalid("version", problem, example, value.span())),
        }
    }

    fn permissions(&self, value: &Spanned<DeValue<'_>>) -> Result<Permissions, PackageError> {
        let table = self.table("permissions", value, "[permissions]")?;
        let mut permissions = Permissions::default();
        for (family, verbs) in as_written(table) {
            self.family(family, verbs, &mut permissions)?;
        }
        Ok(permissions)
    }

    fn family(
        &self,
        key: &Spanned<impl AsRef<str>>,
        verbs: &Spanned<DeValue<'_>>,
        permissions: &mut Permissions,
    ) -> Result<(), PackageError> {
        let family = key.get_ref().as_ref();
        let known = Permission::verbs(family);
        if known.is_empty() {
            return Err(self.unknown_family(family, key.span()));
        }
        let example = format!("{family} = [\"{}\"]", known.join("\", \""));
        let Some(list) = verbs.get_ref().as_array() else {
            return Err(self.invalid(family, "must be a list of verbs", &example, verbs.span()));
        };
        for verb in list.iter() {
            let text = self.string(family, verb, &example)?;
            let permission = Permission::find(family, &text)
                .ok_or_else(|| self.unknown_verb(family, &text, verb.span()))?;
            if !permissions.grant(permission) {
                let value = permission.to_string();
                return Err(self.refuse(PackageErrorKind::Duplicate { value }, verb.span()));
            }
        }
        Ok(())
    }

    fn unknown_family(&self, family: &str, span: Range<usize>) -> PackageError {
        let dotted = family.parse::<Permission>().ok();
        let kind = PackageErrorKind::UnknownPermission {
            name: shown(family),
            nearest: dotted
                .map(|known| known.toml_line())
                .or_else(|| nearest(family, Permission::families())),
            known: owned(Permission::families()),
        };
        self.refuse(kind, span)
    }

    fn unknown_verb(&self, family: &str, verb: &str, span: Range<usize>) -> PackageError {
        let verbs = Permission::verbs(family);
        let kind = PackageErrorKind::UnknownPermission {
            name: format!("{family}.{}", shown(verb)),
            nearest: nearest(verb, verbs.iter().copied()),
            known: owned(verbs),
        };
        self.refuse(kind, span)
    }

    fn origins(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<OriginGrant>, PackageError> {
        let table = self.table("origins", value, "[origins]")?;
        let mut origins = Vec::new();
        for (key, value) in as_written(table) {
            if key.get_ref().as_ref() == "lan" {
                for (key, value) in as_written(self.table("lan", value, "[origins.lan]")?) {
                    self.origin(key, value, Network::Lan, &mut origins)?;
                }
            } else {
                self.origin(key, value, Network::Public, &mut origins)?;
            }
        }
        Ok(origins)
    }

    fn origin(
        &self,
        key: &Spanned<impl AsRef<str>>,
        value: &Spanned<DeValue<'_>>,
        network: Network,
        origins: &mut Vec<OriginGrant>,
    ) -> Result<(), PackageError> {
        let text = key.get_ref().as_ref();
        let origin = origin::parse_target(text, network).map_err(|problem| {
            let kind = PackageErrorKind::InvalidValue {
                key: shown(text),
                problem: problem.problem,
                example: problem.example,
            };
            self.refuse(kind, key.span())
        })?;
        if origins.iter().any(|known| known.origin == origin) {
            let value = shown(text);
            return Err(self.refuse(PackageErrorKind::Duplicate { value }, key.span()));
        }
        if origins.len() == self.limits.origins_max {
            let kind = PackageErrorKind::TooLarge {
                what: "[origins]".to_owned(),
                limit: self.limits.origins_max,
                unit: "origins",
            };
            return Err(self.refuse(kind, key.span()));
        }
        let reason = self.reason(text, value)?;
        origins.push(OriginGrant {
            origin,
            reason,
            network,
        });
        Ok(())
    }

    fn reason(&self, origin: &str, value: &Spanned<DeValue<'_>>) -> Result<String, PackageError> {
        let example = format!("\"{}\" = \"why the plugin calls it\"", shown(origin));
        let reason = self.string(origin, value, &example)?;
        let reason = reason.trim();
        let plain = !reason.is_empty()
            && reason.chars().count() <= REASON_CHARS_MAX
            && !reason.chars().any(char::is_control);
        if plain {
            return Ok(reason.to_owned());
        }
        let problem = format!("needs a reason: one line of at most {REASON_CHARS_MAX} letters");
        Err(self.invalid(origin, problem, &example, value.span()))
    }
}

/// The parser keeps keys sorted; errors and lists follow the file.
fn as_written<'t, 'd>(
    table: &'t DeTable<'d>,
) -> Vec<(&'t Spanned<DeString<'d>>, &'t Spanned<DeValue<'d>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// npm allows 214; a name has to fit a line of the plugins drawer.
const NAME_CHARS_MAX: usize = 100;
const VERSION_CHARS_MAX: usize = 64;

/// A name becomes part of storage scopes, file names and messages to other plugins: plain letters only.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("is empty".to_owned());
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(format!("is longer than {NAME_CHARS_MAX} letters"));
    }
    let parts: Vec<&str> = match name.strip_prefix('@') {
        Some(scoped) => scoped.splitn(2, '/').collect(),
        None => vec![name],
    };
    let is_whole = !name.starts_with('@') || parts.len() == 2;
    if is_whole && parts.iter().all(|part| is_plain_part(part)) {
        return Ok(());
    }
    Err("may have letters a-z, digits, `-`, `_` and `.`, and begin with a letter or digit; with a scope, `@scope/name`".to_owned())
}

fn is_plain_part(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphanumeric())
        && part
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

pub(crate) fn check_version(version: &str) -> Result<(), String> {
    let plain = version.starts_with(|c: char| c.is_ascii_digit())
        && version.len() <= VERSION_CHARS_MAX
        && version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
    if plain {
        return Ok(());
    }
    Err(format!(
        "must begin with a digit and have at most {VERSION_CHARS_MAX} letters, digits, `.`, `-` and `+`"
    ))
}

/// The nearest known word, when it is near enough to be a typing error.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Measuring is quadratic: a hostile word of a megabyte is near to nothing anyway.
    if word.len() > 100 {
        return None;
    }
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}

/// Text of a stranger, short and printable.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(120)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(120).is_some() {
        short.push('…');
    }
    short
}

fn owned(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}
