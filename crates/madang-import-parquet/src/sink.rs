//! A folder of part files.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use madang_import::failpoint::failpoint;
use madang_import::read::whole_path;
use madang_import::{
    Batch, Checkpoint, Column, Kind, Promise, RunKey, Schema, Sink, SinkError, SinkErrorKind,
    Written,
};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::checksum;

/// What a part is called while it is written.
const UNFINISHED: &str = "unfinished";

/// The points at which a test kills the process.
pub const PARQUET_FAILPOINTS: &[&str] =
    &["import-parquet/part-written", "import-parquet/part-renamed"];

/// How much text a part should hold: many times what a small file costs to open, and three of them at once are still little memory.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// What a decimal of 64 bits has by the format's page on logical types.
const DECIMAL_DIGITS_MAX: u32 = 18;

/// More than the places of the most refused rows that are tried at once take: a few bytes for each of a million.
const PLACES_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Writes `DIR/<name>-<run>-000001.parquet` and so on. A part that is there under its name is whole. Beside the parts of a run that tries refused rows again stands
/// `<name>-<run>-rows.json`: which of them were written, in whatever file they come the next time.
pub struct ParquetSink {
    folder: PathBuf,
    open: Option<Open>,
}

struct Open {
    /// What the parts of this run begin with.
    prefix: String,
    next: u64,
    schema: Arc<Type>,
}

/// Why a part could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ParquetSinkError {
    /// The folder or a file in it.
    #[error("{path} could not be written")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What the library says.
    #[error("{path} could not be written as Parquet")]
    Parquet {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: ParquetError,
    },
    /// The checkpoint is not one of this sink.
    #[error("the checkpoint does not say which parts are whole: {said:?}")]
    Checkpoint {
        /// What it says.
        said: String,
    },
    /// Something was taken out of the folder.
    #[error(
        "{path} is gone, and its rows with it: bring it back, or import once more with --again"
    )]
    Missing {
        /// The first part that is not there.
        path: PathBuf,
    },
    /// It was not opened.
    #[error("the sink is not open")]
    NotOpen,
}

impl ParquetSink {
    /// A folder, which is made when it is not there.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            open: None,
        }
    }

    fn open_at(
        &mut self,
        run: &RunKey,
        schema: &Schema,
        kept: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, ParquetSinkError> {
        fs::create_dir_all(&self.folder).map_err(|source| io_error(&self.folder, source))?;
        let run: String = run.0.chars().take(8).collect();
        let prefix = format!("{}-{run}-", schema.name);
        let known = read_places(&self.places(&prefix))?;
        let next = match known.as_ref().or(kept) {
            None => 1,
            // An import without rows has come to its end and written nothing.
            Some(kept) if kept.sink.is_empty() && kept.rows_written == 0 => 1,
            Some(kept) => kept
                .sink
                .parse()
                .map_err(|_| ParquetSinkError::Checkpoint {
                    said: kept.sink.clone(),
                })?,
        };
        let open = Open {
            prefix,
            next,
            schema: parquet_schema(schema, &self.folder)?,
        };
        self.find_all_before(&open)?;
        self.remove_behind(&open)?;
        self.open = Some(open);
        Ok(known)
    }

    fn places(&self, prefix: &str) -> PathBuf {
        self.folder.join(format!("{prefix}rows.json"))
    }

    /// Which rows are in the parts, beside them: what follows is another file of refused rows, of which nobody but this folder knows.
    fn keep_places(&self, checkpoint: &Checkpoint) -> Result<(), ParquetSinkError> {
        let open = self.open.as_ref().ok_or(ParquetSinkError::NotOpen)?;
        let path = self.places(&open.prefix);
        let new = path.with_extension("json.unfinished");
        let text = serde_json::to_vec(checkpoint).expect("texts and numbers are always JSON");
        let written = || {
            let mut file = File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &path)
        };
        written().map_err(|source| io_error(&path, source))?;
        sync_folder(&self.folder)
    }

    /// Rows before the checkpoint are not written again.
    fn find_all_before(&self, open: &Open) -> Result<(), ParquetSinkError> {
        let mut parts = (1..open.next).map(|number| self.part(open, number));
        match parts.find(|path| !path.exists()) {
            Some(path) => Err(ParquetSinkError::Missing { path }),
            None => Ok(()),
        }
    }

    fn part(&self, open: &Open, number: u64) -> PathBuf {
        let name = format!("{}{number:06}.parquet", open.prefix);
        self.folder.join(name)
    }

    /// Parts behind the checkpoint hold rows that are written again.
    fn remove_behind(&self, open: &Open) -> Result<(), ParquetSinkError> {
        let of_folder = |source| io_error(&self.folder, source);
        for entry in fs::read_dir(&self.folder).map_err(of_folder)? {
            let path = entry.map_err(of_folder)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(rest) = name.strip_prefix(&open.prefix) else {
                continue;
            };
            let number = rest
                .split('.')
                .next()
                .and_then(|digits| digits.parse::<u64>().ok());
            if number.is_some_and(|number| number >= open.next) {
                fs::remove_file(&path).map_err(|source| io_error(&path, source))?;
            }
        }
        sync_folder(&self.folder)
    }

    fn write_part(&mut self, batch: &Batch) -> Result<(), ParquetSinkError> {
        let open = self.open.as_mut().ok_or(ParquetSinkError::NotOpen)?;
        let name = format!("{}{:06}.parquet", open.prefix, open.next);
        let whole = self.folder.join(name);
        let unfinished = whole.with_extension(format!("parquet.{UNFINISHED}"));
        // It is read once more for its checksum.
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&unfinished)
            .map_err(|source| io_error(&unfinished, source))?;
        let file =
            write_rows(file, &open.schema, batch).map_err(|source| ParquetSinkError::Parquet {
                path: unfinished.clone(),
                source,
            })?;
        checksum::seal(&file)
            .and_then(|()| file.sync_all())
            .map_err(|source| io_error(&unfinished, source))?;
        failpoint(PARQUET_FAILPOINTS[0]);
        fs::rename(&unfinished, &whole).map_err(|source| io_error(&whole, source))?;
        failpoint(PARQUET_FAILPOINTS[1]);
        sync_folder(&self.folder)?;
        open.next += 1;
        Ok(())
    }
}

#[async_trait]
impl Sink for ParquetSink {
    fn name(&self) -> String {
        format!("Parquet files in {}", self.folder.display())
    }

    fn identity(&self) -> String {
        format!("Parquet files in {}", whole_path(&self.folder).display())
    }

    fn promise(&self) -> Promise {
        Promise::Parts
    }

    fn keeps_places(&self) -> bool {
        true
    }

    fn batch_bytes_wanted(&self) -> Option<usize> {
        Some(PART_BYTES)
    }

    async fn open(
        &mut self,
        run: &RunKey,
        schema: &Schema,
        kept: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError> {
        Ok(self.open_at(run, schema, kept)?)
    }

    async fn would_take(&mut self, batch: &Batch) -> Result<(), SinkError> {
        check_digits(batch)
    }

    async fn write(
        &mut self,
        batch: &Batch,
        checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError> {
        check_digits(batch)?;
        if !batch.is_empty() {
            self.write_part(batch)?;
        }
        checkpoint.sink = self.open.as_ref().map_or(1, |open| open.next).to_string();
        if !checkpoint.places.is_empty() {
            self.keep_places(checkpoint)?;
        }
        Ok(Written {
            rows: batch.len() as u64,
            ..Written::default()
        })
    }

    async fn finish(&mut self, _checkpoint: &mut Checkpoint) -> Result<(), SinkError> {
        self.open = None;
        Ok(())
    }
}

impl From<ParquetSinkError> for SinkError {
    fn from(error: ParquetSinkError) -> Self {
        let source = match &error {
            ParquetSinkError::Io { source, .. } => Some(source),
            ParquetSinkError::Parquet {
                source: ParquetError::External(source),
                ..
            } => source.downcast_ref::<io::Error>(),
            _ => None,
        };
        let is_full = source.is_some_and(|source| {
            matches!(
                source.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        });
        let message = error.to_string();
        let (kind, message_ko) = if let ParquetSinkError::Missing { path } = &error {
            let said = format!(
                "{} 파일이 없어졌어요. 되돌려 놓거나 --again으로 다시 가져오세요",
                path.display()
            );
            (SinkErrorKind::Setup, said)
        } else if is_full {
            let said = "디스크가 가득 찼어요. 자리를 비운 뒤 이어 가세요";
            (SinkErrorKind::Gone, said.to_owned())
        } else {
            let said = format!("Parquet 파일을 쓰지 못했어요({message})");
            (SinkErrorKind::Setup, said)
        };
        let source: Option<Box<dyn Error + Send + Sync>> = match error {
            ParquetSinkError::Io { source, .. } => Some(Box::new(source)),
            ParquetSinkError::Parquet { source, .. } => Some(Box::new(source)),
            ParquetSinkError::Checkpoint { .. }
            | ParquetSinkError::Missing { .. }
            | ParquetSinkError::NotOpen => None,
        };
        Self {
            kind,
            message,
            message_ko,
            column: None,
            source,
        }
    }
}

fn read_places(path: &Path) -> Result<Option<Checkpoint>, ParquetSinkError> {
    let text = match fs::metadata(path) {
        Ok(about) if about.len() > PLACES_BYTES_MAX => {
            let said = format!("{} bytes", about.len());
            return Err(ParquetSinkError::Checkpoint { said });
        }
        Ok(_) => fs::read(path).map_err(|source| io_error(path, source))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io_error(path, source)),
    };
    let known = serde_json::from_slice(&text);
    known
        .map(Some)
        .map_err(|error| ParquetSinkError::Checkpoint {
            said: format!("{}: {error}", path.display()),
        })
}

/// Whether every decimal has no more digits than its column says; readers go by that.
fn check_digits(batch: &Batch) -> Result<(), SinkError> {
    let is_too_long = |value: &i64| value.unsigned_abs() >= 10_u64.pow(DECIMAL_DIGITS_MAX);
    for (column, field) in batch.columns.iter().zip(batch.schema.fields.iter()) {
        if let (Kind::Decimal { .. }, Column::Integer { values, present }) = (field.kind, column)
            && there(values, present).iter().any(is_too_long)
        {
            return Err(too_long(&field.name));
        }
    }
    Ok(())
}

fn too_long(column: &str) -> SinkError {
    SinkError {
        kind: SinkErrorKind::Rows {
            code: "out_of_range",
        },
        message: format!(
            "column {column} keeps {DECIMAL_DIGITS_MAX} digits of a decimal, and this has more; all are kept where the mapping says text"
        ),
        message_ko: format!(
            "{column} 열에는 소수가 {DECIMAL_DIGITS_MAX}자리까지 들어가요. 매핑에서 text로 바꾸면 모두 들어가요"
        ),
        column: Some(column.to_owned()),
        source: None,
    }
}

fn parquet_schema(schema: &Schema, folder: &Path) -> Result<Arc<Type>, ParquetSinkError> {
    let fields = schema.fields.iter().map(|field| {
        let (physical, logical) = match field.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Integer | Kind::Money => (Physical::INT64, None),
            Kind::Decimal { scale } => (
                Physical::INT64,
                Some(LogicalType::decimal(
                    i32::from(scale),
                    DECIMAL_DIGITS_MAX as i32,
                )),
            ),
            Kind::Boolean => (Physical::BOOLEAN, None),
            Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
            Kind::Timestamp => (
                Physical::INT64,
                Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
            ),
        };
        let is_decimal = matches!(field.kind, Kind::Decimal { .. });
        let scale = if let Kind::Decimal { scale } = field.kind {
            i32::from(scale)
        } else {
            -1
        };
        let repetition = if field.required {
            Repetition::REQUIRED
        } else {
            Repetition::OPTIONAL
        };
        let column = Type::primitive_type_builder(&field.name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .with_precision(if is_decimal {
                DECIMAL_DIGITS_MAX as i32
            } else {
                -1
            })
            .with_scale(scale);
        column.build().map(Arc::new)
    });
    let built = fields.collect::<Result<Vec<_>, _>>().and_then(|fields| {
        Type::group_type_builder(&schema.name)
            .with_fields(fields)
            .build()
    });
    built
        .map(Arc::new)
        .map_err(|source| ParquetSinkError::Parquet {
            path: folder.to_owned(),
            source,
        })
}

fn write_rows(file: File, schema: &Arc<Type>, batch: &Batch) -> Result<File, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(vec![checksum::open_place()]))
        .build();
    let mut writer = SerializedFileWriter::new(file, schema.clone(), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for (column, field) in batch.columns.iter().zip(schema.get_fields()) {
        write_column(&mut group, column, field.is_optional())?;
    }
    group.close()?;
    writer.into_inner()
}

/// Values that are there, and for an optional column which rows they belong to.
fn write_column(
    group: &mut SerializedRowGroupWriter<'_, File>,
    column: &Column,
    is_optional: bool,
) -> Result<(), ParquetError> {
    let missing =
        || ParquetError::General("the schema has fewer columns than the batch".to_owned());
    let mut writer = group.next_column()?.ok_or_else(missing)?;
    let levels: Vec<i16> = column.present().iter().map(|is| i16::from(*is)).collect();
    let levels = is_optional.then_some(levels.as_slice());
    match column {
        Column::Text { .. } => {
            let texts = (0..column.present().len()).filter_map(|row| match column.value(row) {
                madang_import::Value::Text(text) => Some(ByteArray::from(text)),
                _ => None,
            });
            writer.typed::<ByteArrayType>().write_batch(
                &texts.collect::<Vec<_>>(),
                levels,
                None,
            )?;
        }
        Column::Integer { values, present } => {
            writer
                .typed::<Int64Type>()
                .write_batch(&there(values, present), levels, None)?;
        }
        Column::Date { values, present } => {
            writer
                .typed::<Int32Type>()
                .write_batch(&there(values, present), levels, None)?;
        }
        Column::Boolean { values, present } => {
            writer
                .typed::<BoolType>()
                .write_batch(&there(values, present), levels, None)?;
        }
    }
    writer.close()
}

fn there<Value: Copy>(values: &[Value], present: &[bool]) -> Vec<Value> {
    values
        .iter()
        .zip(present)
        .filter(|(_, is)| **is)
        .map(|(value, _)| *value)
        .collect()
}

fn sync_folder(folder: &Path) -> Result<(), ParquetSinkError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| io_error(folder, source))
}

fn io_error(path: &Path, source: io::Error) -> ParquetSinkError {
    ParquetSinkError::Io {
        path: path.to_owned(),
        source,
    }
}
