//! What plugins send, in the SDK's shapes; private to this crate. Every reader knows its bounds and says the path of what
//! is wrong.

pub(crate) mod cart;
pub(crate) mod network;
pub(crate) mod order;
pub(crate) mod payment;
pub(crate) mod query;
pub(crate) mod scalar;
pub(crate) mod setting;
pub(crate) mod small;

use serde::Deserialize;
use serde_json::Value;

use crate::call::CallError;

/// The most characters of an error: it may quote a text of any length.
const ERROR_LENGTH_MAX: usize = 240;

/// Reads `data` as a `T`.
pub(crate) fn read<'a, T: Deserialize<'a>>(data: &'a Value) -> Result<T, CallError> {
    read_at("", data)
}

/// Reads `value`, which stands at `path` in the message.
pub(crate) fn read_at<'a, T: Deserialize<'a>>(
    path: &str,
    value: &'a Value,
) -> Result<T, CallError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let within = error.path().to_string();
        let expected: String = error
            .inner()
            .to_string()
            .chars()
            .take(ERROR_LENGTH_MAX)
            .collect();
        CallError::payload(joined(path, &within), expected)
    })
}

/// Refuses more than `count_max`.
pub(crate) fn at_most(path: &str, count: usize, count_max: usize) -> Result<(), CallError> {
    if count <= count_max {
        return Ok(());
    }
    Err(CallError::payload(
        path,
        format!("at most {count_max} are taken; there are {count}"),
    ))
}

fn joined(path: &str, within: &str) -> String {
    match (path, within) {
        ("", ".") => "data".into(),
        (path, ".") => path.into(),
        ("", within) => within.into(),
        (path, within) => format!("{path}.{within}"),
    }
}
