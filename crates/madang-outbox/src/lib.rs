//! Sends what the journal's outbox holds, until each message is acknowledged.
//!
//! A message is written in the batch of what it tells of, so it exists exactly when that happened. From then on it is sent **at
//! least once**: it is taken out only after the other side has acknowledged it, and a crash in between means a repeat under the same
//! key. Messages of one destination and one group go one after the other, in the order they were written; other groups and other
//! destinations do not wait for them. What fails is tried again after pauses that grow, kept in the journal so that a restart keeps
//! them too; what cannot be delivered is set aside with an alarm and blocks its own group, until somebody decides.
//!
//! What a message says, and how it travels, is not known here: whoever makes an [`Outbox`] brings a [`Deliver`] for each
//! destination, and clock and chance as a [`Surroundings`]. [`Outbox::send`] is one future; where it runs is its caller's choice.

mod deliver;
mod left_alone;
mod outbox;
mod pause;
mod sender;
mod settings;
mod status;
mod surroundings;

pub use deliver::{Deliver, Outcome};
pub use outbox::{DecideError, Destination, Outbox};
pub use sender::SenderStopped;
pub use settings::Settings;
pub use status::{LineStatus, Status};
pub use surroundings::{Chance, Clock, Surroundings};

/// Where a test may kill the process, in the order in which a message passes the points.
pub const OUTBOX_FAILPOINTS: [&str; 3] = [
    "outbox-before-send",
    "outbox-after-send",
    "outbox-after-record",
];
