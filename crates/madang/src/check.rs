//! `madang check`: opens plugins without running them.

use std::io::Write;

use madang_plugin_package::{Form, Manifest, Mode, Network, Package, Program};
use serde_json::json;

use crate::arguments;
use crate::failure::Failure;
use crate::output::{Output, OutputError};
use crate::plugin_source;
use crate::stage::Names;

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
        if arguments.json {
            output.json(&as_json(&package))?;
        } else {
            tell(&package, output.writer()).map_err(OutputError::from)?;
        }
    }
    Ok(())
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
    for note in &package.notes {
        writeln!(to, "  note: {note}")?;
    }
    Ok(())
}

fn as_json(package: &Package) -> serde_json::Value {
    let manifest = &package.manifest;
    let notes: Vec<_> = package.notes.iter().map(ToString::to_string).collect();
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
        "notes": notes,
    })
}

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
