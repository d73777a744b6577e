//! The envelope every message travels in: `{name, version, callbackId, data}`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::mask;
use crate::size::size_in_words;

/// The most bytes that any message of the table may have; what [`Envelope::parse`] is given before the name is known. The
/// limit of its row is held after.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// The most characters of a message's name: the longest known one has 46.
pub const NAME_LENGTH_MAX: usize = 80;
/// The most characters of a callback id: the SDK makes ten, and every pending one is kept in memory.
pub const CALLBACK_ID_LENGTH_MAX: usize = 64;
/// The deepest nesting of a message: a whole order nests nine deep, and every reader of JSON recurses.
pub const DEPTH_MAX: usize = 64;

/// One message, either way.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// What it is, as `order.get.request`.
    pub name: String,
    /// The version of its shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u8>,
    /// Ties a reply to its request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_id: Option<String>,
    /// What it says; an object in every message of the table.
    pub data: Value,
    /// How many card numbers were masked when it came in; the sender is told when it is not 0.
    #[serde(skip)]
    pub cards_masked: usize,
}

/// Why a message is not even an envelope. Nothing of it is acted upon.
#[derive(Debug, thiserror::Error)]
pub enum MalformedMessage {
    /// More bytes than one message may have.
    #[error("the message has {bytes} bytes; the limit is {}", size_in_words(*bytes_max))]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many are taken.
        bytes_max: usize,
    },
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("the message nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// Not JSON.
    #[error("the message is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but not an object.
    #[error("the message must be an object {{name, version, callbackId, data}}, not {found}")]
    NotAnObject {
        /// What it is instead.
        found: &'static str,
    },
    /// A part of the envelope is missing or wrong.
    #[error("`{part}` must be {expected}")]
    BadPart {
        /// Which part.
        part: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

/// Why a request is answered with `complete: false`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The words that become the plugin's error.
    pub message: String,
    /// The time that was given had passed: the plugin's error is one of time, with these words.
    pub is_late: bool,
}

/// The members of a reply beside `complete`.
pub type Fields = Map<String, Value>;

impl Envelope {
    /// A message without a version or a callback.
    pub fn new(name: impl Into<String>, data: Value) -> Self {
        Self {
            name: name.into(),
            version: None,
            callback_id: None,
            data,
            cards_masked: 0,
        }
    }

    /// Reads a message, bounded in bytes, depth and the length of its parts, and masks every card number in it: what this
    /// returns may be written down anywhere.
    ///
    /// # Errors
    /// [`MalformedMessage`] saying what is wrong.
    pub fn parse(text: &str, bytes_max: usize) -> Result<Self, MalformedMessage> {
        if text.len() > bytes_max {
            return Err(MalformedMessage::TooLarge {
                bytes: text.len(),
                bytes_max,
            });
        }
        if is_deeper_than(text.as_bytes(), DEPTH_MAX) {
            return Err(MalformedMessage::TooDeep);
        }
        let value = serde_json::from_str(text).map_err(MalformedMessage::NotJson)?;
        Self::from_value(value)
    }

    /// Recursive like every walk over a value; the depth was bounded before.
    fn from_value(mut value: Value) -> Result<Self, MalformedMessage> {
        let cards_masked = mask::card_numbers(&mut value);
        let Value::Object(mut parts) = value else {
            return Err(MalformedMessage::NotAnObject {
                found: kind_of(&value),
            });
        };
        Ok(Self {
            name: name(parts.remove("name"))?,
            version: version(parts.remove("version"))?,
            callback_id: callback_id(parts.remove("callbackId"))?,
            data: parts.remove("data").unwrap_or_else(|| Fields::new().into()),
            cards_masked,
        })
    }

    /// The message as one line of JSON.
    pub fn to_json(&self) -> String {
        // Strings, numbers and values of serde_json have no way to fail.
        serde_json::to_string(self).expect("an envelope is made of JSON values")
    }
}

/// The answer to `request`: the name with `.response` for `.request`, the same version and callback id.
pub fn reply(request: &Envelope, outcome: Result<Fields, Failure>) -> Envelope {
    let mut data = Fields::new();
    match outcome {
        Ok(fields) => {
            data.insert("complete".into(), true.into());
            data.extend(fields.into_iter().filter(|(name, _)| name != "complete"));
        }
        Err(failure) => {
            data.insert("complete".into(), false.into());
            data.insert("errorMessage".into(), failure.message.into());
            if failure.is_late {
                data.insert("timedOut".into(), true.into());
            }
        }
    }
    Envelope {
        name: reply_name(&request.name),
        version: request.version,
        callback_id: request.callback_id.clone(),
        data: data.into(),
        cards_masked: 0,
    }
}

/// The answer to `request` with one field, whose JSON is written already, as one line of JSON: an order goes from the
/// model to the plugin without becoming a tree of values in between.
pub fn reply_json(request: &Envelope, field: &'static str, json: &str) -> String {
    let mut text = String::with_capacity(json.len() + request.name.len() + 128);
    text.push_str("{\"name\":");
    push_string(&mut text, &reply_name(&request.name));
    if let Some(version) = request.version {
        text.push_str(",\"version\":");
        text.push_str(&version.to_string());
    }
    if let Some(callback_id) = &request.callback_id {
        text.push_str(",\"callbackId\":");
        push_string(&mut text, callback_id);
    }
    text.push_str(",\"data\":{\"complete\":true,");
    push_string(&mut text, field);
    text.push(':');
    text.push_str(json);
    text.push_str("}}");
    text
}

/// The name of the answer to a message called `request`.
pub fn reply_name(request: &str) -> String {
    let stem = request.strip_suffix(".request").unwrap_or(request);
    format!("{stem}.response")
}

impl Failure {
    /// A failure with these words.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            is_late: false,
        }
    }

    /// The same, told as one of time.
    #[must_use]
    pub fn late(self) -> Self {
        Self {
            is_late: true,
            ..self
        }
    }
}

fn name(part: Option<Value>) -> Result<String, MalformedMessage> {
    match part {
        Some(Value::String(name)) if fits(&name, NAME_LENGTH_MAX) => Ok(name),
        _ => Err(MalformedMessage::BadPart {
            part: "name",
            expected: "a text of 1 to 80 characters",
        }),
    }
}

fn version(part: Option<Value>) -> Result<Option<u8>, MalformedMessage> {
    let bad = MalformedMessage::BadPart {
        part: "version",
        expected: "a whole number from 1 to 255, or missing",
    };
    match part {
        None | Some(Value::Null) => Ok(None),
        Some(part) => match part.as_u64().map(u8::try_from) {
            Some(Ok(version @ 1..)) => Ok(Some(version)),
            _ => Err(bad),
        },
    }
}

fn callback_id(part: Option<Value>) -> Result<Option<String>, MalformedMessage> {
    match part {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if fits(&id, CALLBACK_ID_LENGTH_MAX) => Ok(Some(id)),
        Some(_) => Err(MalformedMessage::BadPart {
            part: "callbackId",
            expected: "a text of 1 to 64 characters, or missing",
        }),
    }
}

fn fits(text: &str, length_max: usize) -> bool {
    !text.is_empty() && text.chars().nth(length_max).is_none()
}

fn push_string(text: &mut String, value: &str) {
    text.push_str(&Value::from(value).to_string());
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Counts brackets outside strings, so that depth is refused before anything recurses.
fn is_deeper_than(json: &[u8], depth_max: usize) -> bool {
    // Few brackets cannot nest deep, and counting them is many times faster than following them.
    let opening = |byte: &&u8| matches!(byte, b'[' | b'{');
    if json.iter().filter(opening).count() <= depth_max {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > depth_max {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}
