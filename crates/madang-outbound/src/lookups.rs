//! Names looked up, so many at once for each caller: one whose names lead nowhere waits for itself alone.
//!
//! A look-up that the system makes cannot be called off. It holds a thread until its own time-out, some ten seconds for a name whose
//! servers are silent, and so it holds its caller's place that long, whether or not anybody still waits for it.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{Arc, Weak},
};

use tokio::sync::Semaphore;

use crate::{dial::Resolve, lock::Lock};

/// Look-ups of one caller under way at once: connections are kept, so a caller has seldom more than one new name to ask for.
const OF_ONE_MAX: usize = 4;
/// Look-ups under way in all, each with a thread: the shares of thirty-two callers whose names are all dead, a quarter of the threads
/// that a runtime has for such work.
const IN_ALL_MAX: usize = 128;

/// The resolver behind everybody's shares.
pub(crate) struct Lookups {
    resolve: Arc<dyn Resolve>,
    shares: Lock<HashMap<Arc<str>, Weak<Semaphore>>>,
    in_all: Arc<Semaphore>,
}

impl Lookups {
    pub(crate) fn new(resolve: Arc<dyn Resolve>) -> Self {
        Self {
            resolve,
            shares: Lock::new(HashMap::new()),
            in_all: Arc::new(Semaphore::new(IN_ALL_MAX)),
        }
    }

    /// Every address of `host`, once `caller` has a place.
    pub(crate) async fn look_up(&self, caller: &Arc<str>, host: &str) -> io::Result<Vec<IpAddr>> {
        let own = self.share(caller).acquire_owned().await;
        let own = own.map_err(io::Error::other)?;
        let shared = Arc::clone(&self.in_all).acquire_owned().await;
        let shared = shared.map_err(io::Error::other)?;
        let (resolve, host) = (Arc::clone(&self.resolve), host.to_owned());
        let lookup = tokio::spawn(async move {
            let found = resolve.resolve(&host).await;
            drop((own, shared));
            found
        });
        lookup.await.map_err(io::Error::other)?
    }

    /// The places of `caller`; forgotten when none of them is taken or waited for.
    fn share(&self, caller: &Arc<str>) -> Arc<Semaphore> {
        self.shares.with(|shares| {
            if let Some(share) = shares.get(caller).and_then(Weak::upgrade) {
                return share;
            }
            shares.retain(|_, share| share.strong_count() > 0);
            let share = Arc::new(Semaphore::new(OF_ONE_MAX));
            shares.insert(Arc::clone(caller), Arc::downgrade(&share));
            share
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_trait::async_trait;
    use tokio::time::{Instant, sleep, timeout};

    use super::*;

    /// Names that begin with `dead` are given up after ten seconds.
    struct Names;

    #[async_trait]
    impl Resolve for Names {
        async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
            if host.starts_with("dead") {
                sleep(Duration::from_secs(10)).await;
                return Err(io::ErrorKind::NotFound.into());
            }
            Ok(vec![[8, 8, 8, 8].into()])
        }
    }

    fn lookups() -> Arc<Lookups> {
        Arc::new(Lookups::new(Arc::new(Names)))
    }

    /// Begins `count` look-ups of dead names.
    async fn begin(lookups: &Arc<Lookups>, caller: &str, count: usize) {
        for number in 0..count {
            let (lookups, caller) = (Arc::clone(lookups), caller.into());
            tokio::spawn(async move { lookups.look_up(&caller, &format!("dead{number}")).await });
        }
        tokio::task::yield_now().await;
    }

    /// How many seconds `caller` waits for a good name.
    async fn waits(lookups: &Lookups, caller: &str) -> u64 {
        let began = Instant::now();
        lookups.look_up(&caller.into(), "good").await.unwrap();
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_for_dead_names_waits_alone() {
        let lookups = lookups();
        begin(&lookups, "plugin:dead", 1_000).await;
        assert_eq!(waits(&lookups, "plugin:well").await, 0);
        for other in 0..30 {
            begin(&lookups, &format!("plugin:{other}"), 4).await;
        }
        assert_eq!(waits(&lookups, "plugin:well").await, 0);
        assert_eq!(waits(&lookups, "plugin:dead").await, 2_500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_up_that_nobody_waits_for_keeps_its_place_until_it_ends() {
        let lookups = lookups();
        for number in 0..4 {
            let name = format!("dead{number}");
            let caller = "plugin:a".into();
            let asked = lookups.look_up(&caller, &name);
            assert!(timeout(Duration::from_secs(1), asked).await.is_err());
        }
        // The first of them ends ten seconds after it began.
        assert_eq!(waits(&lookups, "plugin:a").await, 6);
    }

    #[tokio::test(start_paused = true)]
    async fn shares_are_forgotten_when_nobody_holds_them() {
        let lookups = lookups();
        for caller in 0..1_000 {
            waits(&lookups, &format!("plugin:{caller}")).await;
        }
        assert_eq!(lookups.shares.with(|shares| shares.len()), 1);
    }
}
