//! Logs in Parquet.

use madang_process::event_data::EventLog;
use madang_process::read::{
    Attributes, MappingWish, ParquetSettings, Read, ReadError, read_parquet,
};
use madang_process::write::write_parquet;
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
