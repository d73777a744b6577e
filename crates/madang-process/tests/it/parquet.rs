//! Logs in Parquet.

use madang_process::event_data::{ColumnKind, EventLog, LogBuilder, LogLimits, NewEvent};
use madang_process::read::{
    Attributes, MappingWish, ParquetSettings, Read, ReadError, read_parquet,
};
use madang_process::write::write_parquet;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use crate::log_telling::{any_log, told};
use crate::running_example;

fn read(bytes: &[u8]) -> Result<Read, ReadError> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("it is written");
    let wish = MappingWish {
        attributes: Attributes::All,
        ..MappingWish::default()
    };
    let settings = ParquetSettings {
        wish,
        ..ParquetSettings::default()
    };
    read_parquet(file.path(), &settings)
}

fn written(log: &EventLog) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_parquet(log, &mut bytes).expect("it is written");
    bytes
}

#[test]
fn the_example_in_parquet_is_the_example() {
    let log = running_example::log();
    let read = read(&written(&log)).expect("a log");
    assert_eq!(told(&read.log), told(&log));
    assert_eq!(read.rejected.count, 0);
}

#[test]
fn damaged_files_end_in_words() {
    let check = |bytes: &[u8], expected: &str| {
        let error = read(bytes).expect_err("no log");
        assert_eq!(error.kind.to_string(), expected);
    };
    check(b"PAR1", "the Parquet cannot be read: it is too short");
    let whole = written(&running_example::log());
    check(
        &whole[..whole.len() - 1],
        "the Parquet cannot be read: its end is missing: get it again",
    );
    let mut long = whole.clone();
    let at = long.len() - 8;
    long[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    check(
        &long,
        "the Parquet cannot be read: its footer is said to have 4294967295 bytes, which cannot be",
    );
}

#[test]
fn groups_without_rows_are_passed_over() {
    let schema = parse_message_type(
        "message log { required binary case (UTF8); required binary activity (UTF8); required binary time (UTF8); }",
    );
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(
        &mut bytes,
        schema.expect("a schema").into(),
        WriterProperties::builder()
            .set_dictionary_enabled(false)
            .build()
            .into(),
    )
    .expect("a writer");
    let groups: [&[[&str; 3]]; 4] = [
        &[],
        &[["1", "order", "2026-11-22 10:00"]],
        &[],
        &[["1", "pay", "2026-11-22 10:05"]],
    ];
    for rows in groups {
        let mut group = writer.next_row_group().expect("a group");
        for at in 0..3 {
            let values: Vec<ByteArray> = rows.iter().map(|row| row[at].into()).collect();
            let mut column = group.next_column().expect("a column").expect("a column");
            if !values.is_empty() {
                (column.typed::<ByteArrayType>())
                    .write_batch(&values, None, None)
                    .expect("values");
            }
            column.close().expect("a column");
        }
        group.close().expect("a group");
    }
    writer.close().expect("a file");
    let read = read(&bytes).expect("a log");
    assert_eq!(read.log.event_count(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_read(log in any_log()) {
        let read = read(&written(&log)).expect("a log");
        prop_assert_eq!(told(&read.log), told(&log));
        prop_assert_eq!(read.rejected.count, 0);
    }

    #[test]
    fn damage_ends_in_a_log_or_in_words(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = written(&running_example::log());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(&bytes);
    }
}

#[test]
fn columns_of_times_stay_times() {
    let check = |values: &[&str], expected: &str| {
        let mut builder = LogBuilder::new(LogLimits::default());
        for (at, value) in values.iter().enumerate() {
            let place = builder.push(&NewEvent {
                case: "1",
                activity: "접수",
                time_ms: at as i64,
                started_ms: None,
                resource: None,
                sequence: None,
            });
            let place = place.expect("a small log");
            let set = builder.set_event(place, "due", ColumnKind::Time, value);
            set.expect("it is short");
        }
        let log = builder.finish();
        let bytes = written(&log);
        let read = read(&bytes).expect("a log");
        assert_eq!(told(&read.log), told(&log));
        let mut file = tempfile::tempfile().expect("a file");
        std::io::Write::write_all(&mut file, &bytes).expect("it is written");
        let file = SerializedFileReader::new(file).expect("Parquet");
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let due = schema
            .columns()
            .iter()
            .find(|column| column.name() == "due");
        let kind = due.expect("it was written").logical_type_ref().cloned();
        assert_eq!(format!("{kind:?}"), expected, "{values:?}");
    };
    check(
        &["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.000001Z"],
        "Some(Timestamp(TimestampType { is_adjusted_to_u_t_c: true, unit: MICROS }))",
    );
    check(
        &["2026-11-22T12:00:00"],
        "Some(Timestamp(TimestampType { is_adjusted_to_u_t_c: false, unit: MICROS }))",
    );
    check(&["2026-11-22T12:00:00Z", "soon"], "Some(String)");
    check(&["2026-11-22T12:00:00.000000001Z"], "Some(String)");
}
