//! A log of any format, known by what stands in it; the end of its name says only what the beginning of the file leaves open.

use std::io::{self, Cursor, Read as _};
use std::path::Path;
use std::sync::Arc;

use madang_import::read::{Input, ReadSettings, Source, StreamInput, Texts as _};

use super::Read;
use super::csv::{CsvSettings, read_csv_input};
use super::error::{ReadError, ReadErrorKind};
use super::mapping::MappingWish;
use super::ocel::{OcelSettings, ReadObjects};
use super::ocel_csv::{is_ocel_header, read_ocel_csv_input};
use super::ocel_json::read_ocel_json_input;
use super::ocel_sqlite::read_ocel_sqlite;
use super::ocel_xml::read_ocel_xml_input;
use super::parquet::{ParquetSettings, read_parquet};
use super::progress::{Counted, Progress};
use super::text_stream::input_of;
use super::xes::{Lifecycle, XesSettings, read_xes_input};
use crate::event_data::LogLimits;

/// What may be said about reading a log of whatever format.
#[derive(Clone, Debug, Default)]
pub struct LogSettings {
    /// What the columns are, where there are columns; zone and attributes go for all formats.
    pub wish: MappingWish,
    /// How text is encoded and packed.
    pub text: ReadSettings,
    /// What the log may hold.
    pub limits: LogLimits,
    /// What events that begin or end work become in XES.
    pub lifecycle: Lifecycle,
    /// What a trace of XES without a name is called, before its number; none: by its number alone.
    pub unnamed: Option<String>,
    /// How many threads may read; none: as many as there are cores.
    pub threads: Option<std::num::NonZero<usize>>,
}

/// What was read: a log of cases, or one of objects of which some are to be the cases.
#[derive(Clone, Debug)]
pub enum AnyLog {
    /// Events of cases.
    Cases(Read),
    /// Events of objects.
    Objects(ReadObjects),
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Xes,
    Parquet,
    OcelCsv,
    OcelJson,
    OcelXml,
    OcelSqlite,
}

/// Reads a file as a user names it: plain, packed, in an archive, or `-` for standard input.
///
/// # Errors
/// When it cannot be read, is no log, and when it holds more than a log may.
pub fn read_log(
    name: &str,
    settings: &LogSettings,
    progress: &Progress,
) -> Result<AnyLog, ReadError> {
    let input = input_of(name)?;
    read(input, Some(Path::new(name)), settings, progress).map_err(|kind| kind.of(name))
}

fn read(
    input: Arc<dyn Input>,
    path: Option<&Path>,
    settings: &LogSettings,
    progress: &Progress,
) -> Result<AnyLog, ReadErrorKind> {
    let (input, format) = known(input, &settings.text)?;
    let input = Counted::input(input, progress);
    let objects = OcelSettings {
        zone: settings.wish.zone.clone(),
        text: settings.text.clone(),
        limits: settings.limits,
    };
    match format {
        Format::Csv => {
            let settings = CsvSettings {
                wish: settings.wish.clone(),
                text: settings.text.clone(),
                limits: settings.limits,
                threads: settings.threads,
                progress: progress.clone(),
                ..CsvSettings::default()
            };
            read_csv_input(input, path, &settings).map(AnyLog::Cases)
        }
        Format::Xes => {
            let other = XesSettings::default();
            let settings = XesSettings {
                attributes: settings.wish.attributes.clone(),
                zone: settings.wish.zone.clone(),
                lifecycle: settings.lifecycle,
                unnamed: settings.unnamed.clone().unwrap_or(other.unnamed),
                text: settings.text.clone(),
                limits: settings.limits,
                threads: settings.threads,
                part_bytes_min: other.part_bytes_min,
                progress: progress.clone(),
            };
            read_xes_input(input, path, &settings).map(AnyLog::Cases)
        }
        Format::Parquet => {
            let settings = ParquetSettings {
                wish: settings.wish.clone(),
                limits: settings.limits,
                threads: settings.threads,
                progress: progress.clone(),
            };
            let path = stored(&input, path, "Parquet")?;
            (read_parquet(path, &settings).map(AnyLog::Cases)).map_err(|error| *error.kind)
        }
        Format::OcelSqlite => {
            let path = stored(&input, path, "SQLite")?;
            (read_ocel_sqlite(path, &objects).map(AnyLog::Objects)).map_err(|error| *error.kind)
        }
        Format::OcelCsv => read_ocel_csv_input(input, &objects).map(AnyLog::Objects),
        Format::OcelJson => read_ocel_json_input(input, &objects).map(AnyLog::Objects),
        Format::OcelXml => read_ocel_xml_input(input, &objects).map(AnyLog::Objects),
    }
}

/// What is read from its end, or here and there, has to be a file.
fn stored<'path>(
    input: &Arc<dyn Input>,
    path: Option<&'path Path>,
    format: &'static str,
) -> Result<&'path Path, ReadErrorKind> {
    path.filter(|_| input.can_seek())
        .ok_or(ReadErrorKind::Stream { format })
}

/// Enough for the header of an XES or OCEL file with its extensions and types.
const HEAD_BYTES: u64 = 64 * 1024;

/// The format of an input, and the input as it can still be read from its beginning.
fn known(
    input: Arc<dyn Input>,
    settings: &ReadSettings,
) -> Result<(Arc<dyn Input>, Format), ReadErrorKind> {
    let (input, head) = with_head(input)?;
    if head.starts_with(b"PAR1") {
        return Ok((input, Format::Parquet));
    }
    if head.starts_with(b"SQLite format 3\0") {
        return Ok((input, Format::OcelSqlite));
    }
    let text = unpacked_head(&input, head, settings);
    if let Some(format) = packed(&text) {
        return Err(ReadErrorKind::Packed { format });
    }
    let format = of_text(&text, input.name());
    Ok((input, format))
}

/// The first bytes as they are stored. A stream gives them once, so they are put before the rest of it again.
fn with_head(input: Arc<dyn Input>) -> Result<(Arc<dyn Input>, Vec<u8>), ReadErrorKind> {
    let mut bytes = input.open_at(0).map_err(ReadErrorKind::Text)?;
    let mut head = Vec::new();
    let read = bytes.by_ref().take(HEAD_BYTES).read_to_end(&mut head);
    read.map_err(ReadErrorKind::Bytes)?;
    if input.can_seek() {
        return Ok((input, head));
    }
    let whole: Box<dyn io::Read + Send> = Box::new(Cursor::new(head.clone()).chain(bytes));
    Ok((Arc::new(StreamInput::new(input.name(), whole)), head))
}

/// The first text, unpacked and decoded. Why there is none says the reader.
fn unpacked_head(input: &Arc<dyn Input>, head: Vec<u8>, settings: &ReadSettings) -> Vec<u8> {
    let settings = ReadSettings {
        takes_xml: true,
        ..settings.clone()
    };
    let input = match input.can_seek() {
        true => Arc::clone(input),
        false => Arc::new(StreamInput::new(input.name(), Box::new(Cursor::new(head)))),
    };
    let text = Source::new(vec![input], &settings, None).next();
    text.ok().flatten().map_or_else(Vec::new, |text| text.text)
}

/// What is read here and there and cannot be packed.
fn packed(text: &[u8]) -> Option<&'static str> {
    match text {
        [b'P', b'A', b'R', b'1', ..] => Some("Parquet"),
        text if text.starts_with(b"SQLite format 3\0") => Some("SQLite"),
        _ => None,
    }
}

fn of_text(text: &[u8], name: &str) -> Format {
    let text = text.trim_ascii_start();
    match text.first() {
        Some(b'<') => of_xml(text, name),
        Some(b'{') => Format::OcelJson,
        Some(_) if is_ocel_header(text) => Format::OcelCsv,
        Some(_) => Format::Csv,
        // Nothing to go by: the reader that the name asks for says why.
        None => of_name(name),
    }
}

/// XES and OCEL are both a `<log>`.
fn of_xml(text: &[u8], name: &str) -> Format {
    let has = |marks: &[&str]| {
        marks
            .iter()
            .any(|mark| memchr::memmem::find(text, mark.as_bytes()).is_some())
    };
    let is_ocel = has(&[
        "<object-types",
        "<event-types",
        "<objects",
        "<events",
        "<ocel",
    ]);
    let is_xes = has(&[
        "xes.version",
        "<extension",
        "<classifier",
        "<global",
        "<trace",
    ]);
    match (is_ocel, is_xes) {
        (true, false) => Format::OcelXml,
        (false, true) => Format::Xes,
        _ if of_name(name) == Format::OcelXml => Format::OcelXml,
        _ => Format::Xes,
    }
}

fn of_name(name: &str) -> Format {
    let name = name.to_lowercase();
    let unpacked = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".zst"))
        .unwrap_or(&name);
    match unpacked.rsplit_once('.').map(|(_, end)| end) {
        Some("xes") => Format::Xes,
        Some("parquet") => Format::Parquet,
        Some("jsonocel" | "json") => Format::OcelJson,
        Some("xmlocel" | "xml") => Format::OcelXml,
        Some("sqlite" | "db") => Format::OcelSqlite,
        _ => Format::Csv,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_what_stands_in_it() {
        let check = |name: &str, bytes: &[u8], expected: Format| {
            let stream = StreamInput::new(name, Box::new(Cursor::new(bytes.to_vec())));
            let (input, format) =
                known(Arc::new(stream), &ReadSettings::default()).expect("it can be looked at");
            assert_eq!(format, expected, "{name}");
            let mut whole = Vec::new();
            let mut again = input.open_at(0).expect("it can be read once more");
            again.read_to_end(&mut whole).expect("bytes");
            assert_eq!(whole, bytes, "{name}");
        };
        check(
            "orders.csv",
            b"case,activity,time\n1,a,2026-11-22\n",
            Format::Csv,
        );
        check("-", b"<log xes.version=\"1.0\"><trace/></log>", Format::Xes);
        check(
            "orders.csv",
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<log><trace></trace></log>",
            Format::Xes,
        );
        check(
            "-",
            b"<?xml version=\"1.0\"?><log><object-types/></log>",
            Format::OcelXml,
        );
        check("a.xmlocel", b"<log></log>", Format::OcelXml);
        check("a.xes", b"<log></log>", Format::Xes);
        check("a.txt", b"  {\"objectTypes\":[]}", Format::OcelJson);
        check("a.csv", b"PAR1\0\0\0\0PAR1", Format::Parquet);
        check("a.csv", b"SQLite format 3\0....", Format::OcelSqlite);
        check(
            "a.csv",
            b"ocel:eid,ocel:activity,ocel:timestamp,ocel:type:orders\n",
            Format::OcelCsv,
        );
        check("a.jsonocel", b"", Format::OcelJson);
    }
}
