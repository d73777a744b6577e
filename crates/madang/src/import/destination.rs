//! What `--to` says.

use madang_import::Sink;
use madang_import::check::Mapping;
use madang_import_parquet::ParquetSink;
use madang_import_postgres::{Destination as Table, IfMissing, PostgresSink};
use madang_import_sqlite::SqliteSink;
use tokio::runtime::Runtime;

use crate::arguments::{ImportTo, RunningTill};
use crate::failure::{Exit, Failure};
use crate::import::desk::TILL_FREE_BYTES_MIN;
use crate::import::fault::Fault;
use crate::import::http;
use crate::till_at::TillAt;

/// The names that are known.
pub const KNOWN: &str = "--to is till (the till that runs in .madang; till:DIR or till:http://…#token=… name another), sqlite:PATH#TABLE, postgres://USER@HOST/DATABASE#TABLE, parquet:DIR, or an https:// or http:// address";

/// What the options of PostgreSQL and HTTP are for, as errors say it.
const POSTGRES: &str = "postgres://";
const HTTP: &str = "https:// and http://";

/// The sink for rows of a mapping, if one is named.
///
/// # Errors
/// [`Failure`] that tells what is known, or that no till runs there.
pub fn sink(
    to: &ImportTo,
    mapping: &str,
    runtime: &Runtime,
) -> Result<Option<Box<dyn Sink>>, Failure> {
    let Some(name) = &to.to else { return Ok(None) };
    let (kind, rest) = name.split_once(':').unwrap_or((name, ""));
    let sink: Box<dyn Sink> = match kind {
        "till" => {
            only(to, "till")?;
            till(rest, runtime)?
        }
        "sqlite" => {
            only(to, "sqlite:")?;
            let (path, table) = with_table(rest);
            Box::new(SqliteSink::new(
                named(name, path)?,
                table.unwrap_or(mapping),
            ))
        }
        "parquet" => {
            only(to, "parquet:")?;
            Box::new(ParquetSink::new(named(name, rest)?))
        }
        "postgres" | "postgresql" => {
            only(to, POSTGRES)?;
            Box::new(PostgresSink::new(table(name, mapping, to.create)?))
        }
        "http" | "https" => {
            only(to, HTTP)?;
            Box::new(http::sink(name, to, runtime.handle())?)
        }
        // What follows the colon may be an address with a password in it.
        kind => {
            return Err(Fault::UnknownSink {
                name: kind.to_owned(),
            }
            .into());
        }
    };
    Ok(Some(sink))
}

/// What an import leaves free on the disk: a till's folder is mostly beside what imports keep.
pub fn free_bytes_min(to: &ImportTo) -> u64 {
    match is_till(to) {
        true => TILL_FREE_BYTES_MIN,
        false => 0,
    }
}

/// Whether each row is added beside what is there, whatever it says: the same once more would be there twice. A lake has parts and knows no keys.
pub fn adds_rows(to: &ImportTo, mapping: &Mapping) -> bool {
    let name = to.to.as_deref().unwrap_or_default();
    let is_keyed = !mapping.key.is_empty() && !mapping.key_may_be_empty;
    !is_till(to) && (!is_keyed || name.starts_with("parquet:"))
}

/// Whether rows go into a till, which knows them by their items.
pub fn is_till(to: &ImportTo) -> bool {
    let name = to.to.as_deref().unwrap_or_default();
    name == "till" || name.starts_with("till:")
}

/// A till that runs: the one in `.madang`, or that of a data folder or an address.
fn till(rest: &str, runtime: &Runtime) -> Result<Box<dyn Sink>, Failure> {
    let is_address = rest.starts_with("http:");
    let folder = Some(rest).filter(|_| !is_address && !rest.is_empty());
    let name = match (is_address, folder) {
        (true, _) => None,
        (false, Some(folder)) => Some(format!("the till of {folder}")),
        (false, None) => Some("the till".to_owned()),
    };
    let till = RunningTill {
        data: folder.map(Into::into),
        url: Some(rest).filter(|_| is_address).map(str::to_owned),
        token: None,
    };
    let found = TillAt::find(&till, runtime).map_err(|failure| match failure.exit {
        Exit::NoTill => Fault::NoTill {
            said: failure.report.to_string(),
        }
        .into(),
        _ => failure,
    })?;
    if is_address {
        found.look().map_err(|said| Fault::NoTill { said })?;
    }
    Ok(Box::new(found.sink(name)?))
}

/// Without `#TABLE` it is the one that is called as the mapping is.
fn table(name: &str, mapping: &str, may_create: bool) -> Result<Table, Fault> {
    let (_, said) = with_table(name);
    let name = match said {
        Some(_) => name.to_owned(),
        None => format!("{}#{mapping}", name.trim_end_matches('#')),
    };
    let mut table: Table = name.parse().map_err(Fault::BadTable)?;
    if may_create {
        table.if_missing = IfMissing::Create;
    }
    Ok(table)
}

fn named<'a>(name: &str, path: &'a str) -> Result<&'a str, Fault> {
    match path.is_empty() {
        true => Err(Fault::BadSink {
            name: name.to_owned(),
            problem: "names nothing",
        }),
        false => Ok(path),
    }
}

/// An option that does nothing would promise something.
fn only(to: &ImportTo, sink: &'static str) -> Result<(), Fault> {
    let said = [
        (to.create, "create", POSTGRES),
        (to.rows_per_call.is_some(), "rows-per-call", HTTP),
        (to.calls_at_once.is_some(), "calls-at-once", HTTP),
        (to.method.is_some(), "method", HTTP),
        (to.header_file.is_some(), "header-file", HTTP),
    ];
    match said
        .into_iter()
        .find(|(is_said, _, wanted)| *is_said && *wanted != sink)
    {
        Some((_, option, wanted)) => Err(Fault::OptionOfAnother {
            option,
            sink,
            wanted,
        }),
        None => Ok(()),
    }
}

fn with_table(rest: &str) -> (&str, Option<&str>) {
    match rest.rsplit_once('#') {
        Some((before, table)) if !table.is_empty() => (before, Some(table)),
        Some((before, _)) => (before, None),
        None => (rest, None),
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Runtime;

    use super::sink;
    use crate::arguments::ImportTo;
    use crate::failure::chain;

    #[track_caller]
    fn check(to: ImportTo, expected: &str) {
        let runtime = Runtime::new().expect("threads");
        let found = match sink(&to, "menu", &runtime) {
            Ok(Some(sink)) => sink.name(),
            Ok(None) => "none".to_owned(),
            Err(failure) => {
                let under: &(dyn std::error::Error + Send + Sync) = failure.report.as_ref();
                format!("error: {}", chain(under))
            }
        };
        assert_eq!(found, expected, "{:?}", to.to);
    }

    fn to(name: &str) -> ImportTo {
        ImportTo {
            to: Some(name.to_owned()),
            ..ImportTo::default()
        }
    }

    #[test]
    fn sinks_are_named_as_addresses_are() {
        let rows = [
            ("sqlite:shop.db#items", "table items of shop.db"),
            ("sqlite:/data/shop.db", "table menu of /data/shop.db"),
            ("sqlite:a#b.db#menu item", "table menu item of a#b.db"),
            ("sqlite:shop.db#", "table menu of shop.db"),
            (
                "sqlite:#menu",
                "error: the sink “sqlite:#menu” names nothing",
            ),
            ("parquet:lake/menu", "Parquet files in lake/menu"),
            ("parquet:", "error: the sink “parquet:” names nothing"),
            (
                "postgres://shop:secret@db.example.com/cafe#items",
                "table public.items of PostgreSQL at db.example.com:5432/cafe",
            ),
            (
                "postgresql://shop@db.example.com/cafe",
                "table public.menu of PostgreSQL at db.example.com:5432/cafe",
            ),
            (
                "postgres://shop@db.example.com/cafe#sales.menu",
                "table sales.menu of PostgreSQL at db.example.com:5432/cafe",
            ),
            (
                "postgres://shop:12#secret@db.example.com/cafe",
                "error: --to names no table of PostgreSQL that could be written to: the name of the table has `@` or `/` in it: write a `#` in a password as %23",
            ),
            (
                "https://api.example.com/menu?key=secret",
                "POST https://api.example.com/menu",
            ),
            (
                "http://192.168.0.7:8080/menu",
                "POST http://192.168.0.7:8080/menu",
            ),
            (
                "https://shop:secret@api.example.com/menu",
                "error: https://api.example.com/menu is not an address that is fetched",
            ),
            (
                "mysql://root:secret@db/shop",
                "error: there is no sink “mysql”",
            ),
            ("shop.db", "error: there is no sink “shop.db”"),
        ];
        rows.into_iter()
            .for_each(|(name, expected)| check(to(name), expected));
    }

    #[test]
    fn an_option_of_another_sink_is_refused() {
        let create = ImportTo {
            create: true,
            ..to("sqlite:shop.db")
        };
        check(create, "error: --create is not for sqlite:");
        let calls = ImportTo {
            calls_at_once: Some(2),
            ..to("postgres://shop@localhost/cafe#menu")
        };
        check(calls, "error: --calls-at-once is not for postgres://");
        let method = ImportTo {
            method: Some("get".to_owned()),
            ..to("https://api.example.com/menu")
        };
        check(method, "error: --method get is not known");
    }
}
