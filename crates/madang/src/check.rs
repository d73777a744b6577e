//! `madang check`: opens plugins without running them.

use std::io::Write;

use madang_outbound::{AddressClass, GrantLine, GrantedOrigin, Origin, Reach};
use madang_plugin_package::{
    Form, Manifest, Mode, Network, OriginGrant, OriginTarget, Package, Program,
};
use miette::Diagnostic;
use serde_json::json;

use crate::arguments;
use crate::failure::{Exit, Exits, Failure};
use crate::output::{Output, OutputError};
use crate::plugin_source;
use crate::stage::Names;

/// A line that grants nothing, since it names an address that it cannot lead to.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{plugin}: {section} names `{origin}`, which is {class}; no call will ever reach it")]
struct NeverReached {
    plugin: String,
    section: &'static str,
    origin: String,
    class: AddressClass,
    #[help]
    help: String,
}

impl Exits for NeverReached {
    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Says what each plugin is, up to the first that cannot be opened or that is called as one before it.
///
/// # Errors
/// [`Failure`] when a plugin cannot be opened, or has another one's name.
pub fn check(arguments: &arguments::Check, output: &mut Output<'_>) -> Result<(), Failure> {
    let mode = if arguments.strict {
        Mode::Strict
    } else {
        Mode::Dev
    };
    let mut names = Names::default();
    for path in &arguments.plugins {
        let package = plugin_source::open(path, mode)?;
        names.take(&package.manifest.name)?;
        reaches_what_it_names(&package.manifest)?;
        if arguments.json {
            output.json(&as_json(&package))?;
        } else {
            tell(&package, output.writer()).map_err(OutputError::from)?;
        }
    }
    Ok(())
}

fn reaches_what_it_names(manifest: &Manifest) -> Result<(), NeverReached> {
    manifest
        .origins
        .iter()
        .find_map(|grant| never_reached(&manifest.name, grant))
        .map_or(Ok(()), Err)
}

fn never_reached(plugin: &str, grant: &OriginGrant) -> Option<NeverReached> {
    let OriginTarget::Exact(origin) = &grant.origin else {
        // What staff will type is not known yet.
        return None;
    };
    let (reach, section) = match grant.network {
        Network::Public => (Reach::Internet, "[origins]"),
        Network::Lan => (Reach::Nearby, "[origins.lan]"),
    };
    let granted = GrantedOrigin {
        origin: Origin::parse(origin).ok()?,
        reach,
    };
    let (class, line) = granted.never_reached()?;
    Some(NeverReached {
        plugin: plugin.to_owned(),
        section,
        origin: origin.clone(),
        class,
        help: line.map_or_else(nothing_grants_it, |line: GrantLine| line.to_string()),
    })
}

fn nothing_grants_it() -> String {
    "no line grants such an address; drop it, or name the server by its own address".to_owned()
}

fn tell(package: &Package, to: &mut dyn Write) -> std::io::Result<()> {
    let manifest = &package.manifest;
    writeln!(
        to,
        "{} {}: {}",
        manifest.name,
        manifest.version,
        what(package)
    )?;
    let permissions = permissions(manifest);
    match permissions.is_empty() {
        true => writeln!(to, "  may do nothing that needs a permission")?,
        false => writeln!(to, "  may: {}", permissions.join(", "))?,
    }
    for (origin, reason) in origins(manifest) {
        writeln!(to, "  calls {origin}: {reason}")?;
    }
    for note in notes(package) {
        writeln!(to, "  note: {note}")?;
    }
    Ok(())
}

fn as_json(package: &Package) -> serde_json::Value {
    let manifest = &package.manifest;
    let origins: serde_json::Map<_, _> = origins(manifest)
        .into_iter()
        .map(|(origin, reason)| (origin, reason.into()))
        .collect();
    json!({
        "name": manifest.name,
        "version": manifest.version,
        "form": form(package.form),
        "root": package.root,
        "files": package.watched.len(),
        "permissions": permissions(manifest),
        "origins": origins,
        "notes": notes(package),
    })
}

fn notes(package: &Package) -> Vec<String> {
    let notes = package.notes.iter().map(ToString::to_string);
    notes.chain(unopened(&package.manifest)).collect()
}

/// Origins of WebSockets alone, where none may be opened.
fn unopened(manifest: &Manifest) -> Vec<String> {
    let mut names = manifest.permissions.iter();
    if names.any(|permission| permission.name() == WEBSOCKETS) {
        return Vec::new();
    }
    let origins = manifest
        .origins
        .iter()
        .map(|grant| grant.origin.to_string());
    origins
        .filter(|origin| origin.starts_with("wss://") || origin.starts_with("ws://"))
        .map(|origin| {
            format!("{origin} is for WebSockets, which need `websocket = [\"connect\"]` under [permissions]")
        })
        .collect()
}

/// The permission that opens WebSockets.
const WEBSOCKETS: &str = "websocket.connect";

fn what(package: &Package) -> String {
    match &package.program {
        Program::Script(script) => format!("one script, {} bytes", script.source.len()),
        Program::Modules { entry, modules } => format!("{} modules from {entry}", modules.len()),
        Program::Frame { href, .. } => format!("a page for a frame, {href}"),
    }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::SourceFolder => "sources",
        Form::Bundle => "bundle",
        Form::Zip => "zip",
        Form::Frame => "frame",
    }
}

fn permissions(manifest: &Manifest) -> Vec<&'static str> {
    manifest
        .permissions
        .iter()
        .map(madang_plugin_package::Permission::name)
        .collect()
}

fn origins(manifest: &Manifest) -> Vec<(String, String)> {
    let origin = |grant: &madang_plugin_package::OriginGrant| {
        let network = match grant.network {
            Network::Public => "",
            Network::Lan => " (own network)",
        };
        (format!("{}{network}", grant.origin), grant.reason.clone())
    };
    manifest.origins.iter().map(origin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(network: Network, origin: &str, expected: Option<(&str, &str)>) {
        let grant = OriginGrant {
            origin: OriginTarget::Exact(origin.to_owned()),
            reason: "why".to_owned(),
            network,
        };
        let never = never_reached("p", &grant);
        let told = never.as_ref().map(|never| {
            let class = never.class.to_string();
            (class, never.help.clone())
        });
        let expected = expected.map(|(class, help)| (class.to_owned(), help.to_owned()));
        assert_eq!(told, expected, "{origin}");
    }

    #[test]
    fn an_address_that_its_line_does_not_cover_is_told() {
        use Network::{Lan, Public};
        let drop_it = nothing_grants_it();
        let nothing = drop_it.as_str();
        check(Public, "https://8.8.8.8", None);
        check(Public, "https://api.example.com", None);
        check(Lan, "http://192.168.0.9:8080", None);
        check(Lan, "http://127.0.0.1", None);
        check(Lan, "http://printer.local", None);
        let metadata = ("a cloud metadata service", nothing);
        check(Lan, "http://169.254.169.254", Some(metadata));
        check(
            Public,
            "https://203.0.113.7",
            Some(("a documentation address", nothing)),
        );
        let public = "to grant it, add to [origins]: \"https://8.8.8.8\" = \"why it is called\"";
        check(Lan, "https://8.8.8.8", Some(("a public address", public)));
        let near = "to grant it, add to [origins.lan]: \"http://10.0.0.1\" = \"why it is called\"";
        let lan = ("an address of the local network", near);
        check(Public, "http://10.0.0.1", Some(lan));
    }
}
