use std::time::Duration;

/// How patiently an outbox is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Tries under way at once to one destination: enough that one slow answer keeps nobody waiting, few enough for a server
    /// that was just started again.
    pub in_flight_max: u32,
    /// The pause after the first failure; each later one is twice as long.
    pub pause_first: Duration,
    /// The longest pause: who mends a server at night should not wait for the morning.
    pub pause_max: Duration,
    /// Tries before a message is set aside. With the pauses above these are days; it bounds what an expiry that is far away does not.
    pub tries_max: u32,
    /// The longest that a server's own wish to be left alone is followed: one that says a year has made a mistake.
    pub retry_after_max: Duration,
    /// The longest try. What delivers has bounds of its own; this one keeps a fault of it from holding a place for ever.
    pub try_max: Duration,
    /// For how long a message is tried again that somebody has put back.
    pub put_back_for: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            in_flight_max: 4,
            pause_first: Duration::from_secs(5),
            pause_max: Duration::from_secs(60 * 60),
            tries_max: 100,
            retry_after_max: Duration::from_secs(60 * 60),
            try_max: Duration::from_secs(150),
            put_back_for: Duration::from_secs(3 * 24 * 60 * 60),
        }
    }
}
