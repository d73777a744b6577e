//! The tasks that hyper starts for one HTTP/2 connection; they end with it.

use std::{
    future::{Future, poll_fn},
    sync::{Arc, Mutex, PoisonError, Weak},
    task::{Context, Poll},
};

use hyper::rt::Executor;
use tokio::task::{JoinError, JoinSet};

/// Dropping it ends every task.
pub(super) struct Tasks(Arc<Mutex<JoinSet<()>>>);

/// Starts tasks for as long as [`Tasks`] lives. Weak, since the tasks themselves hold it.
#[derive(Clone)]
pub(super) struct TasksExecutor(Weak<Mutex<JoinSet<()>>>);

impl Tasks {
    pub(super) fn new() -> (Self, TasksExecutor) {
        let tasks = Arc::default();
        let executor = TasksExecutor(Arc::downgrade(&tasks));
        (Self(tasks), executor)
    }

    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Result<(), JoinError>>> {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.poll_join_next(context)
    }

    /// Ends those that are left, and waits until they are gone.
    pub(super) async fn end(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .abort_all();
        self.ended().await;
    }

    /// Waits until every task has come to its own end.
    pub(super) async fn ended(&self) {
        while poll_fn(|context| self.poll_next(context)).await.is_some() {}
    }
}

impl<F> Executor<F> for TasksExecutor
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, future: F) {
        let Some(tasks) = self.0.upgrade() else {
            return;
        };
        let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move { drop(future.await) });
    }
}
