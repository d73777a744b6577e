//! The lock around a state machine: held for one step, never across a wait.

use std::sync::PoisonError;

use schedule::Mutex;

/// A value that one thread at a time changes.
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Takes a step. A machine's step is whole or has not begun, so a panic elsewhere under the lock leaves it usable.
    pub(crate) fn with<R>(&self, step: impl FnOnce(&mut T) -> R) -> R {
        let mut value = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        step(&mut value)
    }
}

#[cfg(not(test))]
mod schedule {
    pub(super) use std::sync::Mutex;
}

/// In tests the same lock also runs under shuttle, which decides who gets it next and can say so again.
#[cfg(test)]
pub(crate) mod schedule {
    use std::{
        cell::Cell,
        ops::{Deref, DerefMut},
        sync::LockResult,
    };

    thread_local! {
        static UNDER_SHUTTLE: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs `test` under `schedules` random schedules, always the same ones.
    pub(crate) fn explore(schedules: usize, test: impl Fn() + Send + Sync + 'static) {
        const SEED: u64 = 20_260_725;
        let scheduler = shuttle::scheduler::RandomScheduler::new_from_seed(SEED, schedules);
        UNDER_SHUTTLE.set(true);
        shuttle::Runner::new(scheduler, shuttle::Config::default()).run(test);
        UNDER_SHUTTLE.set(false);
    }

    pub(super) enum Mutex<T> {
        Std(std::sync::Mutex<T>),
        Shuttle(shuttle::sync::Mutex<T>),
    }

    impl<T> Mutex<T> {
        pub(super) fn new(value: T) -> Self {
            if UNDER_SHUTTLE.get() {
                Self::Shuttle(shuttle::sync::Mutex::new(value))
            } else {
                Self::Std(std::sync::Mutex::new(value))
            }
        }

        pub(super) fn lock(&self) -> LockResult<Guard<'_, T>> {
            Ok(match self {
                Self::Std(mutex) => {
                    Guard::Std(mutex.lock().unwrap_or_else(|held| held.into_inner()))
                }
                Self::Shuttle(mutex) => {
                    Guard::Shuttle(mutex.lock().unwrap_or_else(|held| held.into_inner()))
                }
            })
        }
    }

    pub(super) enum Guard<'a, T> {
        Std(std::sync::MutexGuard<'a, T>),
        Shuttle(shuttle::sync::MutexGuard<'a, T>),
    }

    impl<T> Deref for Guard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            match self {
                Self::Std(guard) => guard,
                Self::Shuttle(guard) => guard,
            }
        }
    }

    impl<T> DerefMut for Guard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            match self {
                Self::Std(guard) => guard,
                Self::Shuttle(guard) => guard,
            }
        }
    }
}
