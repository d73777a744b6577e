//! The few members of `package.json` that a plugin needs.

use serde_json::Value;

use super::{check_name, check_version};
use crate::{
    error::{PackageError, PackageErrorKind},
    place::Place,
};

#[derive(Debug, Default)]
pub(crate) struct PackageJson {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) main: Option<String>,
}

impl PackageJson {
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, PackageError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: Value =
            serde_json::from_str(text).map_err(|error| json_error(file, text, &error))?;
        if !value.is_object() {
            return Err(invalid(file, "package.json", "must be an object"));
        }
        let name = member(file, &value, "name")?;
        let version = member(file, &value, "version")?;
        if let Some(problem) = name.as_deref().and_then(|name| check_name(name).err()) {
            return Err(invalid(file, "name", &problem));
        }
        if let Some(problem) = version
            .as_deref()
            .and_then(|text| check_version(text).err())
        {
            return Err(invalid(file, "version", &problem));
        }
        Ok(Self {
            name,
            version,
            main: member(file, &value, "main")?,
        })
    }
}

/// A JSON syntax error at its place.
pub(crate) fn json_error(file: &str, text: &str, error: &serde_json::Error) -> PackageError {
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(words, _)| words);
    let kind = PackageErrorKind::ManifestSyntax {
        message: format!("not JSON: {message}"),
    };
    let start = offset(text, error.line(), error.column());
    PackageError::at(kind, Place::span(file, text, start, start + 1))
}

/// serde_json counts columns in bytes from 1, and 0 when a line is empty.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let line_start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    line_start + column.saturating_sub(1)
}

fn member(file: &str, value: &Value, key: &str) -> Result<Option<String>, PackageError> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(file, key, "must be text in quotes")),
    }
}

fn invalid(file: &str, key: &str, problem: &str) -> PackageError {
    let kind = PackageErrorKind::InvalidValue {
        key: key.to_owned(),
        problem: problem.to_owned(),
        example: None,
    };
    PackageError::at(kind, Place::file(file))
}
