//! A column of a group of rows, some rows at a time.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes as _, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;
use parquet::record::Field;
use parquet::schema::types::{ColumnDescPtr, Type};

/// A column, of which some rows are in hand.
pub(super) trait Cells {
    /// Takes the next rows in hand, in place of those before.
    fn read(&mut self, rows: usize) -> Result<(), ParquetError>;

    /// What stands in a row that is in hand, as CSV would have it; nothing where nothing stands.
    fn text(&self, row: usize) -> Result<Cow<'_, str>, ParquetError>;

    /// The same as milliseconds of the Unix epoch, where the column says that it has moments in UTC. None also for one that text says better.
    fn moment_ms(&self, row: usize) -> Option<i64>;
}

/// The cells of a leaf of the schema in a group.
pub(super) fn cells(
    group: &dyn RowGroupReader,
    leaf: usize,
    kind: Kind,
) -> Result<Box<dyn Cells>, ParquetError> {
    let about = group.metadata().column(leaf).column_descr_ptr();
    Ok(match group.get_column_reader(leaf)? {
        ColumnReader::BoolColumnReader(reader) => Column::boxed(reader, about, kind, {
            |about, value| Ok(Field::convert_bool(about, *value))
        }),
        ColumnReader::Int32ColumnReader(reader) => Column::boxed(reader, about, kind, {
            |about, value| Ok(Field::convert_int32(about, *value))
        }),
        ColumnReader::Int64ColumnReader(reader) => Box::new(Column {
            units: Some(|value| *value),
            ..Column::new(reader, about, kind, |about, value| {
                Ok(Field::convert_int64(about, *value))
            })
        }),
        ColumnReader::Int96ColumnReader(reader) => Column::boxed(reader, about, kind, {
            |about, value| Ok(Field::convert_int96(about, *value))
        }),
        ColumnReader::FloatColumnReader(reader) => Column::boxed(reader, about, kind, {
            |about, value| Ok(Field::convert_float(about, *value))
        }),
        ColumnReader::DoubleColumnReader(reader) => Column::boxed(reader, about, kind, {
            |about, value| Ok(Field::convert_double(about, *value))
        }),
        ColumnReader::ByteArrayColumnReader(reader) => Column::boxed(reader, about, kind, {
            |about, value| Field::convert_byte_array(about, value.clone())
        }),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            Column::boxed(reader, about, kind, |about, value| {
                Field::convert_byte_array(about, value.clone().into())
            })
        }
    })
}

/// A column without anything that could be a cell: its values have parts.
pub(super) struct NoCells;

impl Cells for NoCells {
    fn read(&mut self, _rows: usize) -> Result<(), ParquetError> {
        Ok(())
    }

    fn text(&self, _row: usize) -> Result<Cow<'_, str>, ParquetError> {
        Ok(Cow::Borrowed(""))
    }

    fn moment_ms(&self, _row: usize) -> Option<i64> {
        None
    }
}

struct Column<T: DataType> {
    reader: ColumnReaderImpl<T>,
    about: ColumnDescPtr,
    kind: Kind,
    field: ToField<T>,
    /// The values as whole numbers, if they are such.
    units: Option<fn(&T::T) -> i64>,
    bytes: AreBytes,
    values: Vec<T::T>,
    levels: Vec<i16>,
    /// Where the value of each row stands; empty where every row has one.
    places: Vec<Option<u32>>,
}

type ToField<T> = fn(&ColumnDescPtr, &<T as DataType>::T) -> Result<Field, ParquetError>;

/// Whether the bytes of a value are what a cell says.
#[derive(Clone, Copy)]
enum AreBytes {
    No,
    Text,
    /// Old writers kept text as bytes without a type.
    PerhapsText,
}

impl AreBytes {
    fn of(about: &ColumnDescPtr) -> Self {
        match (about.physical_type(), about.converted_type()) {
            (
                Physical::BYTE_ARRAY,
                ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON,
            ) => Self::Text,
            (Physical::BYTE_ARRAY, ConvertedType::BSON | ConvertedType::NONE) => Self::PerhapsText,
            _ => Self::No,
        }
    }
}

impl<T: DataType> Column<T> {
    fn new(
        reader: ColumnReaderImpl<T>,
        about: ColumnDescPtr,
        kind: Kind,
        field: ToField<T>,
    ) -> Self {
        Self {
            reader,
            kind,
            field,
            units: None,
            bytes: AreBytes::of(&about),
            about,
            values: Vec::new(),
            levels: Vec::new(),
            places: Vec::new(),
        }
    }

    fn boxed(
        reader: ColumnReaderImpl<T>,
        about: ColumnDescPtr,
        kind: Kind,
        field: ToField<T>,
    ) -> Box<dyn Cells> {
        Box::new(Self::new(reader, about, kind, field))
    }

    fn value(&self, row: usize) -> Option<&T::T> {
        match self.about.max_def_level() {
            0 => self.values.get(row),
            _ => self.values.get((*self.places.get(row)?)? as usize),
        }
    }
}

impl<T: DataType> Cells for Column<T> {
    fn read(&mut self, rows: usize) -> Result<(), ParquetError> {
        self.values.clear();
        self.levels.clear();
        self.places.clear();
        let most = self.about.max_def_level();
        let levels = (most > 0).then_some(&mut self.levels);
        let (found, _, _) = (self.reader).read_records(rows, levels, None, &mut self.values)?;
        if found != rows {
            return Err(ParquetError::General(format!(
                "the column {} ends before the rows do",
                self.about.name()
            )));
        }
        let mut next = 0;
        self.places.extend(self.levels.iter().map(|level| {
            let is_there = *level == most;
            let place = is_there.then_some(next);
            next += u32::from(is_there);
            place
        }));
        Ok(())
    }

    fn text(&self, row: usize) -> Result<Cow<'_, str>, ParquetError> {
        let Some(value) = self.value(row) else {
            return Ok(Cow::Borrowed(""));
        };
        match self.bytes {
            AreBytes::No => Ok(Cow::Owned(text(
                &(self.field)(&self.about, value)?,
                self.kind,
            ))),
            AreBytes::PerhapsText => Ok(String::from_utf8_lossy(value.as_bytes())),
            AreBytes::Text => match simdutf8::basic::from_utf8(value.as_bytes()) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(_) => Err(ParquetError::General(format!(
                    "the column {} has text that is not UTF-8",
                    self.about.name()
                ))),
            },
        }
    }

    fn moment_ms(&self, row: usize) -> Option<i64> {
        let Kind::Moment {
            unit_nanoseconds,
            is_utc: true,
        } = self.kind
        else {
            return None;
        };
        let units = self.units?(self.value(row)?);
        let time_ms = units.div_euclid(MILLISECOND / unit_nanoseconds);
        // Years of more or fewer than four digits are spelled otherwise, and whether that is a time is asked of who reads text.
        (unit_nanoseconds <= MILLISECOND && FOUR_DIGITS_MS.contains(&time_ms)).then_some(time_ms)
    }
}

/// The years from 0 on, to the last moment that text can say in every zone.
const FOUR_DIGITS_MS: std::ops::Range<i64> = -62_167_219_200_000..253_402_207_200_000;

/// What a whole number of a column is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    AsItIs,
    /// So many nanoseconds a unit since 1970: of a moment in UTC, or of what somebody's clock shows.
    Moment {
        unit_nanoseconds: i64,
        is_utc: bool,
    },
}

const MILLISECOND: i64 = 1_000_000;
const MICROSECOND: i64 = 1_000;

impl Kind {
    pub(super) fn of(field: &Type) -> Self {
        match field.get_basic_info().logical_type_ref() {
            Some(LogicalType::Timestamp(timestamp)) => Self::Moment {
                unit_nanoseconds: match timestamp.unit {
                    TimeUnit::MILLIS => MILLISECOND,
                    TimeUnit::MICROS => MICROSECOND,
                    TimeUnit::NANOS => 1,
                },
                is_utc: timestamp.is_adjusted_to_u_t_c,
            },
            _ => Self::AsItIs,
        }
    }
}

/// A cell as CSV would have it; nothing for what has parts.
fn text(field: &Field, kind: Kind) -> String {
    let is_utc = !matches!(kind, Kind::Moment { is_utc: false, .. });
    match field {
        Field::Long(units) => match kind {
            Kind::AsItIs => units.to_string(),
            Kind::Moment {
                unit_nanoseconds,
                is_utc,
            } => moment(*units, unit_nanoseconds, is_utc),
        },
        Field::TimestampMillis(units) => moment(*units, MILLISECOND, is_utc),
        Field::TimestampMicros(units) => moment(*units, MICROSECOND, is_utc),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Null | Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {
            String::new()
        }
        Field::Date(days) => {
            let day = jiff::civil::date(1970, 1, 1)
                .checked_add(SignedDuration::from_hours(24 * i64::from(*days)));
            day.map_or(String::new(), |day| day.to_string())
        }
        other => other.to_string(),
    }
}

/// A moment as text; nothing for one of no calendar.
fn moment(units: i64, unit_nanoseconds: i64, is_utc: bool) -> String {
    let nanoseconds = i128::from(units) * i128::from(unit_nanoseconds);
    match Timestamp::from_nanosecond(nanoseconds) {
        Ok(moment) if is_utc => moment.to_string(),
        Ok(moment) => {
            let local: DateTime = moment.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            local.to_string()
        }
        Err(_) => format!("{units}"),
    }
}
