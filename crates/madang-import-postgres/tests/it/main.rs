//! The sink with a real server.

mod form;
mod table;
mod writing;

use std::sync::Arc;

use madang_import::{
    Batch, BatchBuilder, Field, IfEmpty, Kind, Place, Rows, RunKey, Schema, Span, Value,
};
use madang_import_postgres::test_server::Server;
use madang_import_postgres::{Destination, IfMissing, PostgresSink};

fn schema(fields: &[(&str, Kind, bool)], key: &[usize]) -> Arc<Schema> {
    let fields = fields.iter().map(|(name, kind, required)| Field {
        name: (*name).to_owned(),
        kind: *kind,
        required: *required,
        if_empty: IfEmpty::Keep,
        default: None,
    });
    Arc::new(Schema {
        name: "menu".to_owned(),
        fields: fields.collect(),
        key: key.into(),
        key_may_repeat: false,
        timezone: "Asia/Seoul".to_owned(),
    })
}

fn batch(schema: &Arc<Schema>, rows: &[&[Value<'_>]]) -> Batch {
    let mut builder = BatchBuilder::new(schema.clone());
    builder.reading(&Rows::default());
    for (index, row) in rows.iter().enumerate() {
        row.iter()
            .enumerate()
            .for_each(|(column, value)| builder.column(column).push(*value));
        builder.end_row(Place {
            input: 0,
            row: index as u64 + 1,
            line: index as u64 + 2,
            bytes: Span::default(),
        });
    }
    builder.build()
}

fn run(name: &str) -> RunKey {
    RunKey(name.to_owned())
}

fn sink(server: &Server, table: &str, if_missing: IfMissing) -> PostgresSink {
    let mut destination: Destination = format!("{}#{table}", server.address())
        .parse()
        .expect("it is a destination");
    destination.if_missing = if_missing;
    PostgresSink::new(destination)
}
