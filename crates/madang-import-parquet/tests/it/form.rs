//! What every sink must do.

use std::fs;

use jiff::Timestamp;
use madang_import::contract::{self, Destination};
use madang_import::{Kind, Schema, Sink};
use madang_import_parquet::ParquetSink;
use serde_json::Value;
use tempfile::TempDir;

struct Folder {
    folder: TempDir,
    schema: Schema,
}

impl Destination for Folder {
    fn sink(&self) -> Box<dyn Sink> {
        Box::new(ParquetSink::new(self.folder.path()))
    }

    fn rows(&self) -> Vec<Vec<Option<String>>> {
        let parts = fs::read_dir(self.folder.path()).expect("it is there");
        let mut rows = Vec::new();
        for part in parts {
            let path = part.expect("it is there").path();
            let text = crate::text_of(&path).expect("a part is whole");
            rows.extend(text.lines().map(|line| self.row(line)));
        }
        rows
    }

    fn refuse_below_zero(&self) -> bool {
        false
    }

    fn replaces_by_key(&self) -> bool {
        false
    }
}

impl Folder {
    fn row(&self, line: &str) -> Vec<Option<String>> {
        let row: Value = serde_json::from_str(line).expect("it is JSON");
        let spelled = |field: &madang_import::Field| match (&row[&field.name], field.kind) {
            (Value::Null, _) => None,
            (Value::Number(number), Kind::Decimal { .. }) => {
                Some(format!("{:.2}", number.as_f64().expect("a number")))
            }
            (Value::String(moment), Kind::Timestamp) => {
                let moment: Timestamp = moment.parse().expect("a moment");
                Some(format!("{moment:.6}"))
            }
            (Value::String(text), _) => Some(text.clone()),
            (other, _) => Some(other.to_string()),
        };
        self.schema.fields.iter().map(spelled).collect()
    }
}

#[test]
fn it_is_a_sink() {
    contract::holds(&|schema| {
        Box::new(Folder {
            folder: tempfile::tempdir().expect("a place for tests"),
            schema: schema.clone(),
        })
    });
}
