//! Points at which a test kills the process.

/// A named point at which a test may kill the process, as `kill -9` would: without unwinding, flushing or answering.
/// `MADANG_FAILPOINT=name` does so the first time the point is reached, `MADANG_FAILPOINT=name:3` the third time. Without the
/// feature `failpoints` it is nothing.
#[inline]
pub fn failpoint(name: &str) {
    #[cfg(feature = "failpoints")]
    armed::reached(name);
    #[cfg(not(feature = "failpoints"))]
    let _ = name;
}

/// The points that every run passes, in their order; sinks have more of their own.
pub const FAILPOINTS: &[&str] = &[
    "import/letters-written",
    "import/letters-synced",
    "import/before-write",
    "import/after-write",
    "import/checkpoint-written",
    "import/checkpoint-renamed",
    "import/before-finish",
    "import/after-finish",
    "import/report-kept",
];

#[cfg(feature = "failpoints")]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Armed {
        name: String,
        remaining: AtomicU64,
    }

    static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
        let wanted = std::env::var("MADANG_FAILPOINT").ok()?;
        let (name, nth) = match wanted.rsplit_once(':') {
            Some((name, nth)) => {
                let nth = nth
                    .parse()
                    .expect("MADANG_FAILPOINT is `name` or `name:number`");
                (name.to_owned(), nth)
            }
            None => (wanted, 1),
        };
        Some(Armed {
            name,
            remaining: AtomicU64::new(nth),
        })
    });

    pub(super) fn reached(name: &str) {
        let Some(armed) = &*ARMED else { return };
        if armed.name == name && armed.remaining.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }
}
