//! A log of any format, known by the end of its name.

use std::path::Path;

use madang_process::event_data::LogLimits;
use madang_process::read::{
    CsvSettings, OcelSettings, ParquetSettings, Read, ReadObjects, XesSettings, read_csv,
    read_ocel_json, read_ocel_sqlite, read_ocel_xml, read_parquet, read_xes,
};

use super::fault::Fault;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Xes,
    Parquet,
    OcelJson,
    OcelXml,
    OcelSqlite,
}

/// Reads a log. One of objects is looked at by the objects of one type.
///
/// # Errors
/// [`Fault`].
pub(super) fn read(
    name: &str,
    settings: &CsvSettings,
    object_type: Option<&str>,
) -> Result<Read, Fault> {
    let objects = OcelSettings {
        zone: settings.wish.zone.clone(),
        text: settings.text.clone(),
        ..OcelSettings::default()
    };
    let read = match format_of(name) {
        Format::Csv => read_csv(name, settings),
        Format::Xes => read_xes(
            name,
            &XesSettings {
                attributes: settings.wish.attributes.clone(),
                zone: settings.wish.zone.clone(),
                text: settings.text.clone(),
                ..XesSettings::default()
            },
        ),
        Format::Parquet => read_parquet(
            Path::new(name),
            &ParquetSettings {
                wish: settings.wish.clone(),
                ..ParquetSettings::default()
            },
        ),
        Format::OcelJson => return of_objects(read_ocel_json(name, &objects), name, object_type),
        Format::OcelXml => return of_objects(read_ocel_xml(name, &objects), name, object_type),
        Format::OcelSqlite => {
            let read = read_ocel_sqlite(Path::new(name), &objects);
            return of_objects(read, name, object_type);
        }
    };
    read.map_err(Fault::Read)
}

fn of_objects(
    read: Result<ReadObjects, madang_process::read::ReadError>,
    name: &str,
    object_type: Option<&str>,
) -> Result<Read, Fault> {
    let ReadObjects { log, rejected } = read.map_err(Fault::Read)?;
    let types: Vec<&str> = log.object_types().iter().collect();
    let wanted = object_type.filter(|wanted| types.contains(wanted));
    let Some(wanted) = wanted else {
        return Err(Fault::WhichObjects {
            name: name.to_owned(),
            types: types.join(", "),
        });
    };
    Ok(Read {
        log: log
            .flatten(wanted, LogLimits::default())
            .map_err(Fault::TooMany)?,
        rejected,
        mapping: None,
    })
}

fn format_of(name: &str) -> Format {
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
    use super::{Format, format_of};

    #[test]
    fn a_format_is_known_by_the_end_of_the_name() {
        for (name, expected) in [
            ("orders.csv", Format::Csv),
            ("orders.tsv.gz", Format::Csv),
            ("-", Format::Csv),
            ("receipt.XES.gz", Format::Xes),
            ("a.parquet", Format::Parquet),
            ("a.jsonocel", Format::OcelJson),
            ("a.xmlocel", Format::OcelXml),
            ("a.sqlite", Format::OcelSqlite),
        ] {
            assert_eq!(format_of(name), expected, "{name}");
        }
    }
}
