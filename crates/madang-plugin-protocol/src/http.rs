//! A plugin's call to a server, as it is handed on to the gateway.

use serde_json::Value;

/// What a plugin wants sent.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// Where to; whether it may be reached is decided elsewhere.
    pub url: String,
    /// How.
    pub method: HttpMethod,
    /// Headers in order, names as written.
    pub headers: Vec<(String, String)>,
    /// What to send.
    pub payload: Option<Value>,
    /// How long the plugin waits, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Whether any certificate will do; that needs a permission of its own.
    pub accepts_any_certificate: bool,
}

/// The seven methods of the SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum HttpMethod {
    Get,
    Post,
    Delete,
    Head,
    Options,
    Put,
    Patch,
}

impl HttpRequest {
    /// The body: a text as it is, anything else as JSON, nothing for a missing or null payload.
    pub fn body(&self) -> Option<String> {
        match self.payload.as_ref()? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// Whether the body was written as JSON here, so that a missing content type is `application/json`.
    pub fn is_json(&self) -> bool {
        matches!(&self.payload, Some(payload) if !payload.is_null() && !payload.is_string())
    }
}

impl HttpMethod {
    /// As it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}
