use madang_journal::{Micros, OutboxMessage};

/// How the outbox stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Every destination that is served or has messages, by name.
    pub lines: Vec<LineStatus>,
    /// What stands aside, oldest first.
    pub aside: Vec<OutboxMessage>,
    /// What waits to be sent, oldest first.
    pub waiting: Vec<OutboxMessage>,
}

/// How one destination stands. Counts begin with the process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineStatus {
    /// Its name.
    pub destination: String,
    /// Whether messages are sent there now; if not, they wait.
    pub is_served: bool,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that stand aside.
    pub aside: u64,
    /// Tries under way.
    pub in_flight: u64,
    /// Messages that were acknowledged.
    pub delivered: u64,
    /// Tries, those under way not counted.
    pub tries: u64,
    /// Tries that failed.
    pub failures: u64,
    /// Messages that were set aside.
    pub set_aside: u64,
    /// Until when it is left alone as a whole.
    pub closed_until: Option<Micros>,
}
