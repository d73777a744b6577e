//! What every sink must do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use madang_import::contract::{self, Destination};
use madang_import::{Kind, Schema, Sink};
use madang_import_postgres::IfMissing;
use madang_import_postgres::test_server::Server;

struct Table {
    server: Arc<Server>,
    name: String,
    schema: Schema,
}

impl Destination for Table {
    fn sink(&self) -> Box<dyn Sink> {
        Box::new(crate::sink(&self.server, &self.name, IfMissing::Create))
    }

    fn rows(&self) -> Vec<Vec<Option<String>>> {
        let columns: Vec<String> = self
            .schema
            .fields
            .iter()
            .map(|field| match (format!("\"{}\"", field.name), field.kind) {
                (name, Kind::Timestamp) => format!(
                    "to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                ),
                (name, _) => format!("{name}::text"),
            })
            .collect();
        let said = self.server.sql(&format!(
            "SELECT coalesce(json_agg(json_build_array({})), '[]') FROM \"{}\"",
            columns.join(", "),
            self.name
        ));
        serde_json::from_str(&said).expect("texts")
    }

    fn refuse_below_zero(&self) -> bool {
        let name = &self.name;
        self.server
            .sql(&format!("ALTER TABLE \"{name}\" ADD CHECK (number >= 0)"));
        true
    }

    fn replaces_by_key(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_a_sink() {
    let Some(server) = Server::start().map(Arc::new) else {
        return;
    };
    let tables = AtomicUsize::new(0);
    contract::holds(&|schema| {
        // Every trial has the same run, which the server must not know yet.
        server.sql("DROP TABLE IF EXISTS madang_import");
        let number = tables.fetch_add(1, Ordering::Relaxed);
        Box::new(Table {
            server: Arc::clone(&server),
            name: format!("menu {number}"),
            schema: schema.clone(),
        })
    });
}
