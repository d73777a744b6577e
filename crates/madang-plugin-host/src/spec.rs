//! What is needed to run a plugin: its code, and what it is granted.

use std::collections::BTreeMap;

use madang_plugin_package::{
    Manifest, Network, OriginGrant, OriginTarget, Package, Permission, Permissions,
    Program as PackageProgram,
};
use madang_plugin_runtime::{Entry, ModuleSource, Program, StopReason, Stopped};

use crate::settings::Settings;

/// A plugin, ready to be started.
#[derive(Clone, Debug)]
pub struct PluginSpec {
    /// Its name; storage, settings and its place in the journal are kept under it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it came as, as `folder` or `zip`.
    pub form: &'static str,
    /// Its code.
    pub program: Program,
    /// What it may do.
    pub grants: Grants,
    /// What its author should know.
    pub notes: Vec<String>,
    /// Why there is no code to run: it stands aside with this until it is installed again.
    pub fault: Option<Stopped>,
}

/// What a plugin may do.
#[derive(Clone, Debug)]
pub struct Grants {
    /// Families and verbs.
    pub permissions: Permissions,
    /// Servers it may call.
    pub origins: Vec<OriginGrant>,
}

/// Why a package cannot be run here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A page for a frame.
    #[error(
        "“{name}” is a page for a frame; this version runs worker plugins only. Give a package with dist/main.js or src/index.ts"
    )]
    Frame {
        /// The plugin.
        name: String,
    },
}

impl Grants {
    /// Every ordinary permission and no server.
    pub fn ordinary() -> Self {
        Self {
            permissions: Permissions::ordinary(),
            origins: Vec::new(),
        }
    }

    /// Whether a permission is granted, by the name that the protocol's table uses.
    pub fn allows(&self, name: &str) -> bool {
        permission(name).is_some_and(|permission| self.permissions.contains(permission))
    }

    /// The very line of `plugin.toml` that would grant it.
    pub fn line_allowing(&self, name: &str) -> String {
        permission(name).map_or_else(String::new, |permission| {
            self.permissions.line_allowing(permission)
        })
    }
}

impl PluginSpec {
    /// The plugin in a package.
    ///
    /// # Errors
    /// [`SpecError`] when it is not one that runs in a worker.
    pub fn of(package: &Package) -> Result<Self, SpecError> {
        let manifest = &package.manifest;
        Ok(Self {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            form: match package.form {
                madang_plugin_package::Form::SourceFolder => "folder",
                madang_plugin_package::Form::Bundle => "bundle",
                madang_plugin_package::Form::Zip => "zip",
                madang_plugin_package::Form::Frame => "frame",
            },
            program: program(&manifest.name, &package.program)?,
            grants: Grants {
                permissions: manifest.permissions.clone(),
                origins: manifest.origins.clone(),
            },
            notes: package.notes.iter().map(ToString::to_string).collect(),
            fault: None,
        })
    }

    /// A plugin whose code does not compile, for this reason in English and in Korean. It has its place in the till and does nothing.
    pub fn not_compiled(manifest: &Manifest, why: &str, why_ko: &str) -> Self {
        Self {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            form: "folder",
            program: Program::script(&manifest.name, "main.js", ""),
            grants: Grants {
                permissions: manifest.permissions.clone(),
                origins: manifest.origins.clone(),
            },
            notes: Vec::new(),
            fault: Some(Stopped {
                kind: StopReason::NotLoaded,
                message: format!("The plugin does not compile: {why}"),
                message_ko: format!("플러그인이 컴파일되지 않아요: {why_ko}"),
            }),
        }
    }

    /// A plugin of one classic script with every ordinary permission, for tests and benches.
    pub fn script(name: &str, source: &str) -> Self {
        Self {
            name: name.into(),
            version: "0.0.0".into(),
            form: "bundle",
            program: Program::script(name, "main.js", source),
            grants: Grants::ordinary(),
            notes: Vec::new(),
            fault: None,
        }
    }
}

/// The servers a plugin may call now; one that follows a setting is what staff typed there.
pub(crate) fn granted_origins(
    origins: &[OriginGrant],
    settings: &Settings,
) -> Vec<madang_outbound::GrantedOrigin> {
    origins
        .iter()
        .filter_map(|grant| {
            let text = match &grant.origin {
                OriginTarget::Exact(origin) => origin.clone(),
                OriginTarget::Setting(input) => origin_of(settings.typed_text(input)?)?,
            };
            let reach = match grant.network {
                Network::Public => madang_outbound::Reach::Internet,
                Network::Lan => madang_outbound::Reach::Nearby,
            };
            let origin = madang_outbound::Origin::parse(&text).ok()?;
            Some(madang_outbound::GrantedOrigin { origin, reach })
        })
        .collect()
}

/// The servers that a plugin wrote into settings which its origins follow, and which staff did not type: each with its setting.
pub(crate) fn untyped_origins(
    origins: &[OriginGrant],
    settings: &Settings,
) -> Vec<(madang_outbound::Origin, String)> {
    let settings_followed = origins.iter().filter_map(|grant| match &grant.origin {
        OriginTarget::Exact(_) => None,
        OriginTarget::Setting(input) => Some(input),
    });
    settings_followed
        .filter_map(|input| {
            let text = origin_of(&settings.untyped_text(input)?)?;
            let origin = madang_outbound::Origin::parse(&text).ok()?;
            Some((origin, input.clone()))
        })
        .collect()
}

/// The origin of an address that staff typed: its path is of no matter.
fn origin_of(address: &str) -> Option<String> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    Some(format!("{scheme}://{host}"))
}

fn permission(name: &str) -> Option<Permission> {
    name.parse().ok()
}

fn program(name: &str, program: &PackageProgram) -> Result<Program, SpecError> {
    match program {
        PackageProgram::Script(script) => Ok(Program {
            name: name.into(),
            entry: Entry::Script {
                file: script.path.clone(),
                source: script.source.clone(),
            },
            modules: BTreeMap::new(),
        }),
        PackageProgram::Modules { entry, modules } => Ok(Program {
            name: name.into(),
            entry: Entry::Module {
                path: entry.clone(),
            },
            modules: modules
                .iter()
                .map(|module| {
                    let source = ModuleSource {
                        source: module.source.clone(),
                        source_map: module.source_map.clone(),
                        imports: module.imports.clone(),
                    };
                    (module.path.clone(), source)
                })
                .collect(),
        }),
        PackageProgram::Frame { .. } => Err(SpecError::Frame { name: name.into() }),
    }
}
