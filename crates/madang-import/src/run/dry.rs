//! The sink of a dry run.

use async_trait::async_trait;

use crate::batch::Batch;
use crate::checkpoint::{Checkpoint, RunKey};
use crate::schema::Schema;
use crate::sink::{Promise, Sink, SinkError, Written};

/// Takes everything and keeps nothing. What it stands in for is only asked whether rows would fit.
pub struct Nowhere {
    instead_of: Box<dyn Sink>,
}

impl Nowhere {
    /// Stands in for a sink.
    pub fn instead_of(sink: Box<dyn Sink>) -> Self {
        Self { instead_of: sink }
    }
}

#[async_trait]
impl Sink for Nowhere {
    fn name(&self) -> String {
        format!("{} (a dry run: nothing is written)", self.instead_of.name())
    }

    fn promise(&self) -> Promise {
        Promise::ExactlyOnce
    }

    async fn fits(&mut self, schema: &Schema) -> Result<(), SinkError> {
        self.instead_of.fits(schema).await
    }

    async fn open(
        &mut self,
        _: &RunKey,
        schema: &Schema,
        _: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError> {
        self.fits(schema).await?;
        Ok(None)
    }

    async fn write(&mut self, batch: &Batch, _: &mut Checkpoint) -> Result<Written, SinkError> {
        Ok(Written {
            rows: batch.len() as u64,
            unchanged: 0,
        })
    }

    async fn finish(&mut self, _: &mut Checkpoint) -> Result<(), SinkError> {
        Ok(())
    }
}
