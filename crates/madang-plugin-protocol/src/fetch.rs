//! What the runtime's `fetch` and `WebSocket` ask for, in messages of our own.

use crate::http::HttpMethod;

/// A call whose answer is read piece by piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchStart {
    /// The plugin's own number for it, by which it is read and called off.
    pub id: u64,
    /// Where to; whether it may be reached is decided elsewhere.
    pub url: String,
    /// How.
    pub method: HttpMethod,
    /// Headers in order, names as written.
    pub headers: Vec<(String, String)>,
    /// What to send, if anything.
    pub body: Option<FetchBody>,
    /// What becomes of an answer that leads elsewhere.
    pub redirect: Redirect,
}

/// What a call sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchBody {
    /// All of it at once.
    Whole(Content),
    /// It comes in pieces, each a [`FetchPiece`], and goes out as it comes.
    Streamed,
    /// It is as long as that. It comes in pieces, since one message does not hold it, and goes out as a whole.
    InPieces {
        /// Its bytes.
        bytes: usize,
    },
}

/// A piece of what a call sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchPiece {
    /// Of which call.
    pub id: u64,
    /// What it holds, if anything.
    pub content: Option<Content>,
    /// Nothing comes after it.
    pub is_last: bool,
}

/// What becomes of an answer that leads elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirect {
    /// It is followed, each hop checked like a first call.
    #[default]
    Follow,
    /// It is the answer.
    Manual,
    /// It is a failure.
    Error,
}

/// A WebSocket to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketOpen {
    /// The plugin's own number for it.
    pub id: u64,
    /// Where to.
    pub url: String,
    /// The subprotocols it speaks, the best first.
    pub protocols: Vec<String>,
}

/// A WebSocket of the SDK's, which is known by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketConnect {
    /// Where to.
    pub url: String,
    /// Headers of the handshake.
    pub headers: Vec<(String, String)>,
    /// How long opening may take, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Whether any certificate will do; that needs a permission of its own.
    pub accepts_any_certificate: bool,
}

/// A piece of a body, or a message over a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text; card numbers in it are masked.
    Text(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

impl Content {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
        }
    }

    /// What goes over the wire.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}
