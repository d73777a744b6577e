//! How much a log may hold.

/// What a log may hold at most. Files are hostile: without bounds a column of random text taken for the activity is a map with a million boxes.
#[derive(Clone, Copy, Debug)]
pub struct LogLimits {
    /// Different activities. Nobody reads a map of more than some hundred; the column of 16 bits ends at 65,535.
    pub activities_max: u32,
    /// Events.
    pub events_max: u32,
    /// Bytes of one name or value.
    pub name_bytes_max: u32,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            activities_max: 10_000,
            events_max: 1_000_000_000,
            name_bytes_max: 64 * 1024,
        }
    }
}

/// A log holds more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMany {
    /// The activities are too many, which nearly always means that another column was meant.
    #[error("more than {0} different activities: is this the column of activities?")]
    Activities(u32),
    /// The events are too many.
    #[error("more than {0} events")]
    Events(u32),
    /// One name is too long.
    #[error("a name of more than {0} bytes")]
    NameBytes(u32),
    /// The attributes are too many.
    #[error("more than {0} different attributes")]
    Attributes(u32),
    /// The names of one kind together pass 4 GiB.
    #[error("names of more than 4 GiB together")]
    Names,
}
