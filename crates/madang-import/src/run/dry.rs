//! The sink of a dry run.

use async_trait::async_trait;

use crate::batch::Batch;
use crate::checkpoint::{Checkpoint, RunKey};
use crate::schema::{Field, Schema};
use crate::sink::{Changes, Promise, Sink, SinkError, SinkNote, Written};

/// Keeps nothing. What it stands in for, if anything, is only asked whether it would take the rows.
pub struct Nowhere {
    instead_of: Option<Box<dyn Sink>>,
}

impl Nowhere {
    /// Stands in for a sink.
    pub fn instead_of(sink: Option<Box<dyn Sink>>) -> Self {
        Self { instead_of: sink }
    }
}

#[async_trait]
impl Sink for Nowhere {
    fn name(&self) -> String {
        match &self.instead_of {
            Some(sink) => format!("{} (a dry run: nothing is written)", sink.name()),
            None => "nowhere (a dry run)".to_owned(),
        }
    }

    fn promise(&self) -> Promise {
        Promise::ExactlyOnce
    }

    fn batch_bytes_wanted(&self) -> Option<usize> {
        self.instead_of.as_ref()?.batch_bytes_wanted()
    }

    fn batch_rows_max(&self) -> Option<usize> {
        self.instead_of.as_ref()?.batch_rows_max()
    }

    fn knows_default(&self, schema: &Schema, field: &Field) -> bool {
        let sink = self.instead_of.as_ref();
        sink.is_some_and(|sink| sink.knows_default(schema, field))
    }

    fn changes(&self) -> Option<&Changes> {
        self.instead_of.as_ref()?.changes()
    }

    async fn fits(&mut self, schema: &Schema) -> Result<(), SinkError> {
        match &mut self.instead_of {
            Some(sink) => sink.fits(schema).await,
            None => Ok(()),
        }
    }

    fn notes(&self) -> Vec<SinkNote> {
        let sink = self.instead_of.as_ref();
        sink.map(|sink| sink.notes()).unwrap_or_default()
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
        if let Some(sink) = &mut self.instead_of {
            sink.would_take(batch).await?;
        }
        Ok(Written {
            rows: batch.len() as u64,
            ..Written::default()
        })
    }

    async fn finish(&mut self, _: &mut Checkpoint) -> Result<(), SinkError> {
        Ok(())
    }
}
