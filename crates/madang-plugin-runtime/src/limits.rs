use std::time::Duration;

/// How much of everything one plugin may use. Each default carries its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes the engine may hold for the plugin's values, code and buffers.
    ///
    /// 64 MiB: a bundle of 330 kB with a menu of a thousand items stays under 8 MiB; a till with ten plugins, each at
    /// its limit, still fits a terminal of 2 GiB.
    pub memory_bytes_max: usize,
    /// Bytes of native stack that nested calls may use.
    ///
    /// 768 KiB: some thousand nested calls, and still safe on a thread of the usual 2 MiB
    /// ([`Limits::thread_stack_bytes_min`]).
    pub stack_bytes_max: usize,
    /// Interrupt ticks (ten thousand calls or loop rounds each) in one turn: a message or a timer and every job that
    /// follows it.
    ///
    /// 5,000: fifty million rounds, about a second of a small terminal; longer than that and the cashier notices. Everything
    /// thrown is charged for its stack trace as well: a hundred thousand errors, caught or not, at ten frames each.
    pub turn_ticks_max: u64,
    /// Interrupt ticks for loading the program: its first run with every job that follows.
    ///
    /// 20,000: large bundles build their tables here, once.
    pub start_ticks_max: u64,
    /// Timers that wait at one moment.
    ///
    /// 4,096: one timer for each open order of a busy day, twice over.
    pub timers_max: usize,
    /// Inputs handed over in one step.
    ///
    /// 4,096: a plugin that is that far behind will not catch up; it is better told so.
    pub queued_events_max: usize,
    /// Bytes of one message, in either direction.
    ///
    /// 4 MiB: the full menu of a large restaurant with images as links is under 1 MiB.
    pub message_bytes_max: usize,
    /// Messages a plugin may post in one turn.
    ///
    /// 10,000: a plugin that copies a whole day's orders in one turn, its SDK logging each, stays below.
    pub turn_messages_max: usize,
    /// Bytes of all messages posted in one turn.
    ///
    /// 16 MiB: four messages of the greatest size.
    pub turn_message_bytes_max: usize,
    /// Bytes of console text kept from one turn; the rest is dropped and said to be.
    ///
    /// 256 KiB: more than anyone reads of one turn.
    pub console_bytes_max: usize,
    /// Bytes that one native call (an encoder, a digest, a cipher) takes or gives.
    ///
    /// 16 MiB: such a call cannot be interrupted, and a sixteenth of a second is the longest it should take.
    pub native_bytes_max: usize,
    /// How deep an incoming message may nest.
    ///
    /// 512: real messages nest less than twenty deep; the engine's own reader recurses.
    pub json_depth_max: usize,
}

impl Limits {
    /// How long one turn, loading included, may take by the machine's clock where only the end of the process ends it: under
    /// one loop. The engine has no clock; whoever drives it holds this.
    ///
    /// 30 s: the tick limits end every loop after one second of a small terminal, loading after four; only a native call
    /// that cannot be interrupted takes seven times that, even on a machine that builds something else meanwhile.
    pub const TURN_WALL_MAX: Duration = Duration::from_secs(30);

    /// The stack that a thread must have to run a worker with these limits.
    ///
    /// The engine counts from where the worker was started; half a mebibyte is left for what lies under and over it.
    pub fn thread_stack_bytes_min(&self) -> usize {
        self.stack_bytes_max + 512 * 1024
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes_max: 64 << 20,
            stack_bytes_max: 768 << 10,
            turn_ticks_max: 5_000,
            start_ticks_max: 20_000,
            timers_max: 4_096,
            queued_events_max: 4_096,
            message_bytes_max: 4 << 20,
            turn_messages_max: 10_000,
            turn_message_bytes_max: 16 << 20,
            console_bytes_max: 256 << 10,
            native_bytes_max: 16 << 20,
            json_depth_max: 512,
        }
    }
}
