//! Every bound of the journal, with the reason for its value. Lengths are bytes of UTF-8.

/// Shops, kinds, ids, names of views and cursors, keys of operations and outbox messages: wider
/// than any id we give (an idempotency key may have 255), narrow enough for an index page.
pub const NAME_BYTES_MAX: usize = 255;

/// Keys of values and views: plugins choose theirs and some put an address into them.
pub const KEY_BYTES_MAX: usize = 1024;

/// One event, answer, phase data or outbox body: an order of a thousand lines is about 200 kB.
pub const BODY_BYTES_MAX: usize = 512 * 1024;

/// One value: what a plugin may store under one key before it should use several.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// One personal text: an address with a note, generously.
pub const PERSONAL_BYTES_MAX: usize = 4 * 1024;

/// Events of one batch: splitting a bill of a whole restaurant stays far below.
pub const BATCH_EVENTS_MAX: usize = 1_000;

/// Everything else a batch carries, counted in entries.
pub const BATCH_CHANGES_MAX: usize = 10_000;

/// The text of one batch: a group of such batches must fit the memory of a small till.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Rows of one answer: a reader that wants more reads on from the last one.
pub const READ_ROWS_MAX: u32 = 10_000;
