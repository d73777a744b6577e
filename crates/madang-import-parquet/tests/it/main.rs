//! Real files, written and read.

mod form;

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use futures::executor::block_on;
use madang_import::read::{Input, ReadSettings};
use madang_import::run::{Inputs, Opened, Opening, Source as _};
use madang_import::{
    Batch, BatchBuilder, Checkpoint, Field, IfEmpty, Kind, Place, Rows, RunKey, Schema, Sink as _,
    SinkErrorKind, Span, Value,
};
use madang_import_parquet::{ParquetInput, ParquetSink, is_parquet};
use parquet::basic::Compression;
use parquet::data_type::{
    ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type, Int96, Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

fn menu() -> Arc<Schema> {
    let fields = [
        ("title", Kind::Text, true),
        ("price", Kind::Money, false),
        ("rate", Kind::Decimal { scale: 2 }, false),
        ("is_new", Kind::Boolean, false),
        ("since", Kind::Date, false),
        ("at", Kind::Timestamp, false),
    ];
    let fields = fields.map(|(name, kind, required)| Field {
        name: name.to_owned(),
        kind,
        required,
        if_empty: IfEmpty::Keep,
        default: None,
    });
    Arc::new(Schema {
        name: "menu".to_owned(),
        fields: fields.into(),
        key: [].into(),
        key_may_repeat: false,
        timezone: "Asia/Seoul".to_owned(),
    })
}

fn batch(rows: &[[Value<'_>; 6]]) -> Batch {
    let mut builder = BatchBuilder::new(menu());
    builder.reading(&Rows::default());
    for row in rows {
        row.iter()
            .enumerate()
            .for_each(|(column, value)| builder.column(column).push(*value));
        builder.end_row(Place {
            input: 0,
            row: 1,
            line: 1,
            bytes: Span::default(),
        });
    }
    builder.build()
}

const COFFEE: [Value<'_>; 6] = [
    Value::Text("아메리카노 \"L\""),
    Value::Integer(4_500),
    Value::Integer(-5),
    Value::Boolean(true),
    Value::Date(20_779),
    Value::Integer(1_795_327_500_123_456),
];
const WATER: [Value<'_>; 6] = [
    Value::Text("물"),
    Value::Absent,
    Value::Absent,
    Value::Absent,
    Value::Absent,
    Value::Absent,
];

const COFFEE_LINE: &str = "{\"title\":\"아메리카노 \\\"L\\\"\",\"price\":4500,\"rate\":-0.05,\"is_new\":true,\"since\":\"2026-11-22\",\"at\":\"2026-11-22T06:05:00.123456Z\"}\n";
const WATER_LINE: &str =
    "{\"title\":\"물\",\"price\":null,\"rate\":null,\"is_new\":null,\"since\":null,\"at\":null}\n";

fn text_of(path: &Path) -> Result<String, String> {
    text_from(path, 0)
}

fn text_from(path: &Path, byte: u64) -> Result<String, String> {
    let mut text = String::new();
    let input = ParquetInput::named(&path.to_string_lossy());
    let mut stream = input.open_at(byte).map_err(|error| said(&error))?;
    stream
        .read_to_string(&mut text)
        .map_err(|error| said(&error))?;
    Ok(text)
}

fn said(error: &dyn std::error::Error) -> String {
    let source = error.source().map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

fn parts(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| {
            entry
                .expect("it is there")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

fn run() -> RunKey {
    RunKey("0123456789abcdef".to_owned())
}

#[test]
fn what_is_written_is_read_as_the_lines_it_stands_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut sink = ParquetSink::new(folder.path().join("out"));
    block_on(sink.open(&run(), &menu(), None)).expect("it opens");
    let mut checkpoint = Checkpoint::default();
    block_on(sink.write(&batch(&[COFFEE, WATER]), &mut checkpoint)).expect("it is written");
    block_on(sink.write(&batch(&[]), &mut checkpoint)).expect("nothing to write");
    block_on(sink.write(&batch(&[WATER]), &mut checkpoint)).expect("it is written");
    assert_eq!(
        parts(&folder.path().join("out")),
        [
            "menu-01234567-000001.parquet",
            "menu-01234567-000002.parquet"
        ]
    );

    let first = folder.path().join("out/menu-01234567-000001.parquet");
    assert!(is_parquet(&first));
    assert_eq!(text_of(&first), Ok(format!("{COFFEE_LINE}{WATER_LINE}")));
    assert_eq!(
        text_from(&first, COFFEE_LINE.len() as u64),
        Ok(WATER_LINE.to_owned())
    );
    assert_eq!(text_from(&first, 1_000_000), Ok(String::new()));
}

#[test]
fn a_decimal_of_more_digits_than_its_column_says_is_refused() {
    const MOST: i64 = 999_999_999_999_999_999;
    let folder = tempfile::tempdir().expect("a place for tests");
    let check = |units: i64, is_taken: bool| {
        let mut row = COFFEE;
        row[2] = Value::Integer(units);
        let batch = batch(&[COFFEE, row]);
        let mut sink = ParquetSink::new(folder.path());
        block_on(sink.open(&run(), &menu(), None)).expect("opened");
        let asked = block_on(sink.would_take(&batch));
        let written = block_on(sink.write(&batch, &mut Checkpoint::default()));
        assert_eq!(
            (asked.is_ok(), written.is_ok()),
            (is_taken, is_taken),
            "{units}"
        );
        let Err(error) = written else { return };
        assert_eq!(
            error.kind,
            SinkErrorKind::Rows {
                code: "out_of_range"
            }
        );
        assert_eq!(error.column.as_deref(), Some("rate"));
        assert!(error.message.contains("18 digits"), "{}", error.message);
    };
    check(MOST, true);
    check(-MOST, true);
    check(MOST + 1, false);
    check(i64::MIN, false);
    // Won and whole numbers have no such bound.
    let mut row = COFFEE;
    row[1] = Value::Integer(i64::MAX);
    let mut sink = ParquetSink::new(folder.path());
    block_on(sink.open(&run(), &menu(), None)).expect("opened");
    let written = block_on(sink.write(&batch(&[row]), &mut Checkpoint::default()));
    assert!(written.is_ok());
}

#[test]
fn parts_behind_the_checkpoint_are_written_again_and_others_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |kept: Option<&Checkpoint>| {
        let mut sink = ParquetSink::new(folder.path());
        block_on(sink.open(&run(), &menu(), kept)).map(|_| sink)
    };
    let mut checkpoint = Checkpoint::default();
    let mut sink = open(None).expect("it opens");
    block_on(sink.write(&batch(&[COFFEE]), &mut checkpoint)).expect("it is written");
    let kept = checkpoint.clone();
    // Written, but killed before the checkpoint was; and one in the middle of a write.
    block_on(sink.write(&batch(&[WATER]), &mut checkpoint)).expect("it is written");
    fs::write(
        folder
            .path()
            .join("menu-01234567-000003.parquet.unfinished"),
        "PAR1",
    )
    .expect("written");
    fs::write(
        folder.path().join("menu-76543210-000002.parquet"),
        "another run's",
    )
    .expect("written");

    open(Some(&kept)).expect("it opens");
    assert_eq!(
        parts(folder.path()),
        [
            "menu-01234567-000001.parquet",
            "menu-76543210-000002.parquet"
        ]
    );
    let mut again = open(Some(&kept)).expect("it opens");
    block_on(again.write(&batch(&[WATER]), &mut checkpoint)).expect("it is written");
    assert_eq!(
        text_of(&folder.path().join("menu-01234567-000002.parquet")),
        Ok(WATER_LINE.to_owned())
    );
    // What does not say where it stands begins at no part, unless nothing was written.
    let mut silent = Checkpoint {
        rows_written: 1,
        ..Checkpoint::default()
    };
    assert!(open(Some(&silent)).is_err());
    silent.rows_written = 0;
    open(Some(&silent)).expect("it opens");
    // Begun anew, nothing of the run before is left.
    open(None).expect("it opens");
    assert_eq!(parts(folder.path()), ["menu-76543210-000002.parquet"]);

    let strange = Checkpoint {
        sink: "seven".to_owned(),
        ..Checkpoint::default()
    };
    let Err(error) = open(Some(&strange)) else {
        panic!("it names no part")
    };
    assert_eq!(
        error.message,
        "the checkpoint does not say which parts are whole: \"seven\""
    );
}

#[test]
fn kinds_that_other_programs_write_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.parquet");
    let schema = "message other {
        required int64 nanoseconds (TIMESTAMP(NANOS,true));
        required int64 on_the_wall (TIMESTAMP(MICROS,false));
        required fixed_len_byte_array(16) wide (DECIMAL(30,4));
        required binary bytes;
        optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
    }";
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let file = File::create(&path).expect("a file");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::new()))
        .expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let mut long = |value: i64| {
        let mut column = group.next_column().expect("a column").expect("a column");
        column
            .typed::<Int64Type>()
            .write_batch(&[value], None, None)
            .expect("a value");
        column.close().expect("a column");
    };
    long(1_795_327_500_123_456_789);
    long(1_795_327_500_000_000);
    let mut column = group.next_column().expect("a column").expect("a column");
    let wide = FixedLenByteArray::from((-12_345_678_901_234_567_890_i128).to_be_bytes().to_vec());
    column
        .typed::<FixedLenByteArrayType>()
        .write_batch(&[wide], None, None)
        .expect("a value");
    column.close().expect("a column");
    let mut column = group.next_column().expect("a column").expect("a column");
    column
        .typed::<ByteArrayType>()
        .write_batch(&[ByteArray::from("커피")], None, None)
        .expect("a value");
    column.close().expect("a column");
    let mut column = group.next_column().expect("a column").expect("a column");
    column
        .typed::<ByteArrayType>()
        .write_batch(&[ByteArray::from("new")], Some(&[3, 2]), Some(&[0, 1]))
        .expect("values");
    column.close().expect("a column");
    group.close().expect("a group");
    writer.close().expect("a file");
    assert_eq!(
        text_of(&path),
        Ok("{\"nanoseconds\":\"2026-11-22T06:05:00.123456789Z\",\"on_the_wall\":\"2026-11-22T06:05:00\",\"wide\":-1234567890123456.7890,\
            \"bytes\":\"커피\",\"tags\":[\"new\",null]}\n"
            .to_owned())
    );
}

#[test]
fn the_oldest_way_to_write_a_moment_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.parquet");
    let schema =
        Arc::new(parse_message_type("message old { required int96 at; }").expect("a schema"));
    let mut writer = SerializedFileWriter::new(
        File::create(&path).expect("a file"),
        schema,
        Arc::new(WriterProperties::new()),
    )
    .expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let mut column = group.next_column().expect("a column").expect("a column");
    let mut moment = Int96::new();
    // Nanoseconds of the day, then the Julian day of 1970-01-02.
    moment.set_data(1_000_000_000, 0, 2_440_589);
    column
        .typed::<Int96Type>()
        .write_batch(&[moment], None, None)
        .expect("a value");
    column.close().expect("a column");
    group.close().expect("a group");
    writer.close().expect("a file");
    assert_eq!(
        text_of(&path),
        Ok("{\"at\":\"1970-01-02T00:00:01Z\"}\n".to_owned())
    );
}

#[test]
fn a_damaged_file_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut sink = ParquetSink::new(folder.path());
    block_on(sink.open(&run(), &menu(), None)).expect("it opens");
    block_on(sink.write(&batch(&vec![COFFEE; 500]), &mut Checkpoint::default()))
        .expect("it is written");
    let whole = fs::read(folder.path().join("menu-01234567-000001.parquet")).expect("it is there");
    let path = folder.path().join("damaged.parquet");
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        text_of(&path)
    };
    assert!(
        read(&[])
            .expect_err("nothing")
            .contains("too short for a Parquet file")
    );
    assert!(
        read(&whole[..whole.len() / 2])
            .expect_err("half")
            .contains("its end is missing")
    );
    let mut lying = whole.clone();
    let at = lying.len() - 8;
    lying[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(
        read(&lying)
            .expect_err("a footer of 4 GiB")
            .contains("which cannot be")
    );
    // Any byte may be another one: no other value comes of it. What is changed of the name of the checksum itself leaves the rows as they are.
    let right = read(&whole).expect("it is whole");
    for index in (0..whole.len()).step_by(5) {
        let mut damaged = whole.clone();
        damaged[index] ^= 0x55;
        if let Ok(text) = read(&damaged) {
            assert!(
                text == right,
                "byte {index} is another, and so are the rows"
            );
        }
    }
    let mut damaged = whole.clone();
    damaged[40] ^= 0x01;
    let said = read(&damaged).expect_err("a page of it is another");
    assert!(said.contains("checksum"), "{said}");
}

#[test]
fn a_page_that_says_it_unpacks_to_gigabytes_is_not_unpacked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lying.parquet");
    let schema = parse_message_type("message lying { required int64 number; }");
    let schema = Arc::new(schema.expect("a schema"));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false);
    let file = File::create(&path).expect("a file");
    let mut writer =
        SerializedFileWriter::new(file, schema, Arc::new(properties.build())).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let mut column = group.next_column().expect("a column").expect("a column");
    (column.typed::<Int64Type>())
        .write_batch(&[7], None, None)
        .expect("a value");
    column.close().expect("a column");
    group.close().expect("a group");
    writer.close().expect("a file");
    assert_eq!(text_of(&path), Ok("{\"number\":7}\n".to_owned()));

    // Behind the mark of the file: the kind of the page, then how many bytes it unpacks to. Eight become two thousand million.
    let honest = fs::read(&path).expect("it is there");
    assert_eq!(honest[4..8], [0x15, 0x00, 0x15, 0x10]);
    let lying = [&honest[..7], &[0xfe, 0xff, 0xff, 0xff, 0x0f], &honest[8..]];
    fs::write(&path, lying.concat()).expect("written");
    assert_eq!(
        text_of(&path),
        Err(format!(
            "{path}: it could not be read any further: Parquet: its pages say that they unpack to more than 536870912 bytes that are held at once; write it with smaller pages",
            path = path.display()
        ))
    );
}

#[test]
fn the_share_that_is_read_goes_by_the_rows_up_to_the_whole_file() {
    let folder = tempfile::tempdir().expect("a place for tests");
    let rows = vec![COFFEE; 20_000];
    let mut sink = ParquetSink::new(folder.path().join("lake"));
    block_on(sink.open(&run(), &menu(), None)).expect("opened");
    let mut checkpoint = Checkpoint::default();
    block_on(sink.write(&batch(&rows), &mut checkpoint)).expect("written");
    block_on(sink.finish(&mut checkpoint)).expect("ended");
    let part = folder
        .path()
        .join("lake")
        .join(&parts(&folder.path().join("lake"))[0]);
    let file_bytes = part.metadata().expect("there").len();
    let part = part.display().to_string();
    let inputs: Vec<Arc<dyn Input>> = vec![
        Arc::new(ParquetInput::named(&part)),
        Arc::new(ParquetInput::named(&part)),
    ];
    let mut inputs = Inputs::new(inputs, ReadSettings::default());
    assert_eq!(inputs.bytes().expect("known"), Some(2 * file_bytes));
    let Ok(Opened::Text(mut texts, _)) = inputs.open(Opening::default()) else {
        panic!("a file of lines");
    };
    let (mut before, mut pieces) = (0, 0);
    while let Some(text) = texts.next().expect("readable") {
        assert!(
            text.read_bytes >= before,
            "{} after {before}",
            text.read_bytes
        );
        before = text.read_bytes;
        pieces += 1;
        if text.ends_input {
            assert_eq!(before, file_bytes * u64::from(text.input + 1));
        }
    }
    assert_eq!(before, 2 * file_bytes);
    assert!(pieces > 4, "{pieces} pieces");
}

#[test]
fn a_pipe_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    // It would wait for somebody who writes.
    assert!(!is_parquet(&path));
}

/// A file of one column, `number`, with so many values in each group of rows.
fn numbers(path: &Path, groups: &[&[i64]]) {
    let schema = parse_message_type("message numbers { required int64 number; }");
    let properties = WriterProperties::builder().set_dictionary_enabled(false);
    let mut writer = SerializedFileWriter::new(
        File::create(path).expect("a file"),
        Arc::new(schema.expect("a schema")),
        Arc::new(properties.build()),
    )
    .expect("a writer");
    for values in groups {
        let mut group = writer.next_row_group().expect("a group");
        let mut column = group.next_column().expect("a column").expect("a column");
        if !values.is_empty() {
            (column.typed::<Int64Type>())
                .write_batch(values, None, None)
                .expect("values");
        }
        column.close().expect("a column");
        group.close().expect("a group");
    }
    writer.close().expect("a file");
}

#[test]
fn a_group_without_rows_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("numbers.parquet");
    for (groups, expected) in [
        (&[][..], ""),
        (&[&[][..]], ""),
        (
            &[&[], &[1, 2], &[], &[3], &[]],
            "{\"number\":1}\n{\"number\":2}\n{\"number\":3}\n",
        ),
    ] {
        numbers(&path, groups);
        assert_eq!(text_of(&path), Ok(expected.to_owned()), "{groups:?}");
    }
}

#[test]
fn files_of_pandas_and_pyarrow_without_rows_are_empty() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    for (name, rows) in [
        ("pandas-no-rows.parquet", 0),
        ("pyarrow-no-rows-between.parquet", 2),
    ] {
        let text = text_of(&files.join(name)).expect("it is whole");
        assert_eq!(text.lines().count(), rows, "{name}: {text}");
    }
}

#[test]
fn a_group_that_lost_the_number_of_its_rows_is_not_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("numbers.parquet");
    numbers(&path, &[&[1, 2, 3]]);
    let mut bytes = fs::read(&path).expect("it is there");
    // The last of the numbers that say three rows, behind the bytes of all columns: that of the group.
    let three = b"\x16\x06";
    let at = bytes.windows(2).rposition(|window| window == three);
    bytes[at.expect("the footer says it") + 1] = 0;
    fs::write(&path, bytes).expect("written");
    assert_eq!(
        text_of(&path),
        Err(format!(
            "{}: it could not be read any further: Parquet: it says that it has 3 rows, and 0 are there; get it again",
            path.display()
        ))
    );
}

#[test]
fn what_packs_pages_and_is_not_read_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("numbers.parquet");
    numbers(&path, &[&[1, 2, 3]]);
    let whole = fs::read(&path).expect("it is there");
    // The footer's name of the column, how its pages are packed (none), and how many values follow.
    let unpacked = b"number\x15\x00\x16";
    let at = whole
        .windows(unpacked.len())
        .position(|bytes| bytes == unpacked)
        .expect("the footer says it");
    for (number, name) in [(3, "LZO"), (4, "Brotli")] {
        let mut other = whole.clone();
        other[at + unpacked.len() - 2] = number * 2;
        fs::write(&path, other).expect("written");
        let input = ParquetInput::named(&path.to_string_lossy());
        let Err(error) = input.open_at(0) else {
            panic!("{name} is not read");
        };
        assert_eq!(error.kind.code(), "unsupported", "{error}");
        let told = format!(
            "{}: it is a Parquet file packed by {name}: write it with zstd, snappy or gzip, as pandas does by `to_parquet(…, compression=\"zstd\")`",
            path.display()
        );
        assert_eq!(error.to_string(), told);
    }
}
