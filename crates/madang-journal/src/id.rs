use std::fmt;

use crate::{error::NameError, limits::NAME_BYTES_MAX};

/// A shop: the realm in which positions are counted. Not empty, at most
/// [`NAME_BYTES_MAX`] bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShopId(String);

impl ShopId {
    /// Takes a name after checking its bounds.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check_name("shop", &name)?;
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names of every sort obey one rule, so that none can break a log line or an index.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty { what });
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong {
            what,
            bytes: name.len(),
        });
    }
    if let Some(at) = name.find(char::is_control) {
        return Err(NameError::ControlCharacter { what, at });
    }
    Ok(())
}

/// A stream of events: one thing of a shop with its history. Versions are counted in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// Whose it is.
    pub shop: ShopId,
    /// What sort of thing.
    pub kind: String,
    /// Which one of them.
    pub id: String,
}

impl StreamId {
    /// Takes kind and id after checking their bounds.
    pub fn new(
        shop: ShopId,
        kind: impl Into<String>,
        id: impl Into<String>,
    ) -> Result<Self, NameError> {
        let stream = Self {
            shop,
            kind: kind.into(),
            id: id.into(),
        };
        stream.check()?;
        Ok(stream)
    }

    pub(crate) fn check(&self) -> Result<(), NameError> {
        check_name("stream kind", &self.kind)?;
        check_name("stream id", &self.id)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.shop, self.kind, self.id)
    }
}

/// The place of an event among all events of its shop: 1, 2, 3, … without a gap. Zero stands
/// before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position(u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The largest position a store can hold (its integers are signed).
    pub const MAX: Self = Self(i64::MAX as u64);

    /// A position, cut to [`Position::MAX`].
    pub const fn new(number: u64) -> Self {
        if number > Self::MAX.0 {
            Self::MAX
        } else {
            Self(number)
        }
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The one that follows.
    pub const fn next(self) -> Self {
        Self::new(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many events a stream has; also the place of an event in its stream. Zero: none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Version(u32);

impl Version {
    /// Of a stream that has no event.
    pub const NONE: Self = Self(0);

    /// A version.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The one that follows, unless the stream is as long as a stream can be.
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Micros(i64);

impl Micros {
    /// A moment.
    pub const fn new(since_epoch_us: i64) -> Self {
        Self(since_epoch_us)
    }

    /// Microseconds since the epoch.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// A message of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxId(i64);

impl OutboxId {
    /// The id that a message was read with.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for OutboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
