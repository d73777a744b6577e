//! What the table says of a message.

use serde_json::Value;

/// One message of the protocol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message {
    /// Its name on the wire.
    pub name: &'static str,
    /// The versions of its shape that are understood, oldest first.
    pub versions: &'static [u8],
    /// Who sends it, and whether it is a question.
    pub direction: Direction,
    /// Whether the receiver answers it.
    pub reply: bool,
    /// What the plugin must be allowed, as `order.read`; none: everyone may.
    pub permission: Option<&'static str>,
    /// The shape of its `data`.
    pub payload: &'static str,
    /// What the answer holds beside `complete`.
    pub reply_fields: &'static [&'static str],
    /// How often and how large; what a plugin sends only.
    pub limit: Option<Limit>,
    /// For questions to a plugin: how long it has, and what is taken for its silence.
    pub ask: Option<AskRule>,
    /// Whether the till does anything about it yet. A message that is not handled is answered `complete: false`.
    pub handled: bool,
    /// JSON pointers into `data`, of the message and of its reply, to what is secret or personal: recordings and timelines
    /// show `●●●` there, see [`Message::hide`].
    pub hidden: &'static [&'static str],
    /// JSON pointers to texts of any length: recordings and timelines show how they begin.
    pub shortened: &'static [&'static str],
    /// Whether `headers` of the message or of its reply are those of a call to a server: recordings and timelines show `●●●` for the
    /// values of those that prove who the caller is.
    pub carries_headers: bool,
    /// A `data` that is right in every part.
    pub sample: &'static str,
    /// What it is for, in Korean.
    pub summary_ko: &'static str,
    /// What it is for, in English.
    pub summary_en: &'static str,
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A plugin asks or tells the till.
    ToHost,
    /// The till tells a plugin; nothing is expected back.
    ToPlugin,
    /// The till asks a plugin and waits, see [`AskRule`].
    Ask,
    /// A plugin answers a question of the till.
    Answer,
}

/// How much of one message a plugin may send. A starting point: the host may be told otherwise per plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Messages of this name per sliding minute.
    pub per_minute: u32,
    /// Bytes of the whole message as JSON.
    pub bytes_max: usize,
    /// Why these.
    pub reason: &'static str,
}

/// How a question to a plugin ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskRule {
    /// How long the plugin has, in the till's time.
    pub deadline_ms: u64,
    /// What is taken when no answer comes: the plugin is silent, stopped, or answers nonsense.
    pub when_silent: WhenSilent,
    /// Why.
    pub reason: &'static str,
}

/// What silence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenSilent {
    /// The till goes on.
    Allow,
    /// The till does not.
    Refuse,
}

/// A read: at least the ten a second that plugin authors were told of; the SDK itself stops at 100 a minute.
pub(crate) const READ: Limit = Limit {
    per_minute: 6_000,
    bytes_max: 4 << 10,
    reason: "100 a second from one plugin keep a core busy for nothing; ids and queries are short",
};
/// A change of orders, payments or the cart.
pub(crate) const WRITE: Limit = Limit {
    per_minute: 600,
    bytes_max: 256 << 10,
    reason: "every one is synced to disk: ten a second is a busy shop many times over; 500 lines fit",
};
/// Small state of the plugin's own.
pub(crate) const STORE: Limit = Limit {
    per_minute: 3_000,
    bytes_max: 1 << 20,
    reason: "a write is synced to disk and shares the till's journal; one value is at most 1 MiB",
};
/// Something that staff sees or hears.
pub(crate) const SHOW: Limit = Limit {
    per_minute: 120,
    bytes_max: 16 << 10,
    reason: "nobody reads two a second",
};
/// Something sent out of the till.
pub(crate) const SEND: Limit = Limit {
    per_minute: 600,
    bytes_max: 1 << 20,
    reason: "ten a second is a busy shop's traffic; bodies above 1 MiB are files, not messages",
};
/// A message over a WebSocket, which has 1 MiB; what is no plain text comes in base64, four bytes for three.
pub(crate) const SAY: Limit = Limit {
    per_minute: SEND.per_minute,
    bytes_max: 1_400 << 10,
    reason: "ten a second is a busy shop's traffic; 1 MiB in base64 has 1,366 KiB",
};
/// The next piece of something that is on its way anyway.
pub(crate) const STREAM: Limit = Limit {
    per_minute: 60_000,
    bytes_max: 4 << 10,
    reason: "a piece of an answer each; how large answers may be is bounded by the gateway",
};
/// A piece of something that is sent.
pub(crate) const PIECE: Limit = Limit {
    per_minute: 6_000,
    bytes_max: 256 << 10,
    reason: "the next piece waits until this one was taken; how much one call may send is bounded by the gateway",
};
/// The settings form.
pub(crate) const FORM: Limit = Limit {
    per_minute: 60,
    bytes_max: 256 << 10,
    reason: "a form changes when the plugin starts or staff change it",
};
/// Lines for the log.
pub(crate) const LOG: Limit = Limit {
    per_minute: 60_000,
    bytes_max: 64 << 10,
    reason: "a bundled SDK posts one for every message in and out",
};
/// A word of the till's own question.
pub(crate) const ANSWER: Limit = Limit {
    per_minute: 600,
    bytes_max: 64 << 10,
    reason: "one a question",
};

impl Message {
    /// Whether [`Message::hide`] leaves it as it is.
    pub fn is_shown_whole(&self) -> bool {
        self.hidden.is_empty() && self.shortened.is_empty() && !self.carries_headers
    }

    /// `data` of this message or of its reply as it may be shown: what is secret or personal is replaced, long bodies are cut.
    pub fn hide(&self, data: &mut Value) {
        for pointer in self.shortened {
            if let Some(Value::String(text)) = data.pointer_mut(pointer) {
                shorten(text);
            }
        }
        for pointer in self.hidden {
            if let Some(place) = data.pointer_mut(pointer).filter(|place| !place.is_null()) {
                *place = Value::from(HIDDEN);
            }
        }
        if let Some(headers) = data.get_mut("headers").filter(|_| self.carries_headers) {
            hide_credentials(headers);
        }
    }

    pub(crate) const fn to_host(
        name: &'static str,
        payload: &'static str,
        sample: &'static str,
    ) -> Self {
        Self {
            name,
            versions: &[1],
            direction: Direction::ToHost,
            reply: true,
            permission: None,
            payload,
            reply_fields: &[],
            limit: Some(READ),
            ask: None,
            handled: true,
            hidden: &[],
            shortened: &[],
            carries_headers: false,
            sample,
            summary_ko: "",
            summary_en: "",
        }
    }

    pub(crate) const fn to_plugin(
        name: &'static str,
        payload: &'static str,
        sample: &'static str,
    ) -> Self {
        Self {
            direction: Direction::ToPlugin,
            reply: false,
            limit: None,
            ..Self::to_host(name, payload, sample)
        }
    }

    pub(crate) const fn ask(
        name: &'static str,
        payload: &'static str,
        sample: &'static str,
        rule: AskRule,
    ) -> Self {
        Self {
            direction: Direction::Ask,
            limit: None,
            ask: Some(rule),
            ..Self::to_host(name, payload, sample)
        }
    }

    pub(crate) const fn answer(
        name: &'static str,
        payload: &'static str,
        sample: &'static str,
    ) -> Self {
        Self {
            direction: Direction::Answer,
            reply: false,
            limit: Some(ANSWER),
            ..Self::to_host(name, payload, sample)
        }
    }

    pub(crate) const fn needs(mut self, permission: &'static str) -> Self {
        self.permission = Some(permission);
        self
    }

    pub(crate) const fn gives(mut self, reply_fields: &'static [&'static str]) -> Self {
        self.reply_fields = reply_fields;
        self
    }

    pub(crate) const fn within(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) const fn versions(mut self, versions: &'static [u8]) -> Self {
        self.versions = versions;
        self
    }

    pub(crate) const fn silent(mut self) -> Self {
        self.reply = false;
        self
    }

    pub(crate) const fn not_yet(mut self) -> Self {
        self.handled = false;
        self
    }

    pub(crate) const fn hides(mut self, pointers: &'static [&'static str]) -> Self {
        self.hidden = pointers;
        self
    }

    pub(crate) const fn shortens(mut self, pointers: &'static [&'static str]) -> Self {
        self.shortened = pointers;
        self
    }

    pub(crate) const fn with_headers(mut self) -> Self {
        self.carries_headers = true;
        self
    }

    pub(crate) const fn says(mut self, ko: &'static str, en: &'static str) -> Self {
        self.summary_ko = ko;
        self.summary_en = en;
        self
    }
}

/// Bytes of a body that are shown: enough to know what it is; an author's hour has thousands of them.
const SHOWN_BYTES_MAX: usize = 2 << 10;

fn shorten(text: &mut String) {
    let bytes = text.len();
    if bytes > SHOWN_BYTES_MAX {
        text.truncate(text.floor_char_boundary(SHOWN_BYTES_MAX));
        text.push_str(&format!("… ({bytes} bytes)"));
    }
}

/// What stands in place of what is not shown.
const HIDDEN: &str = "●●●";

/// Headers come as pairs, or as an object with a text or several under each name.
fn hide_credentials(headers: &mut Value) {
    match headers {
        Value::Object(by_name) => {
            for (_, value) in by_name.iter_mut().filter(|(name, _)| is_credential(name)) {
                *value = Value::from(HIDDEN);
            }
        }
        Value::Array(pairs) => {
            for pair in pairs {
                let Value::Array(pair) = pair else { continue };
                if let [Value::String(name), value, ..] = pair.as_mut_slice()
                    && is_credential(name)
                {
                    *value = Value::from(HIDDEN);
                }
            }
        }
        _ => {}
    }
}

/// By the names that companies give what proves who a caller is. One too many hidden costs a look at the plugin's own code.
fn is_credential(name: &str) -> bool {
    const PARTS: [&str; 9] = [
        "auth",
        "cookie",
        "key",
        "token",
        "secret",
        "password",
        "signature",
        "session",
        "credential",
    ];
    let name = name.to_ascii_lowercase();
    PARTS.iter().any(|part| name.contains(part))
}
