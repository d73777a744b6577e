//! What `--to` says.

use std::path::PathBuf;

use madang_import::Sink;
use madang_import_sqlite::SqliteSink;

use crate::import::fault::Fault;

/// A sink as a user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `sqlite:PATH#TABLE`
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The table; none: the mapping's name.
        table: Option<String>,
    },
}

/// The names that are known.
pub const KNOWN: &str = "--to is sqlite:PATH#TABLE, as sqlite:shop.db#menu";

impl Destination {
    /// Reads a name.
    ///
    /// # Errors
    /// [`Fault`] that tells the names that are known.
    pub fn parse(name: &str) -> Result<Self, Fault> {
        let (kind, rest) = name.split_once(':').unwrap_or((name, ""));
        match kind {
            "sqlite" => {
                let (path, table) = with_table(rest);
                match path.is_empty() {
                    true => Err(Fault::BadSink {
                        name: name.to_owned(),
                        problem: "names no file",
                    }),
                    false => Ok(Self::Sqlite {
                        path: path.into(),
                        table,
                    }),
                }
            }
            // What follows the colon may be an address with a password in it.
            kind => Err(Fault::UnknownSink {
                name: kind.to_owned(),
            }),
        }
    }

    /// The sink for rows of a mapping.
    pub fn sink(&self, mapping: &str) -> Box<dyn Sink> {
        match self {
            Self::Sqlite { path, table } => {
                let table = table.as_deref().unwrap_or(mapping);
                Box::new(SqliteSink::new(path, table))
            }
        }
    }
}

fn with_table(rest: &str) -> (&str, Option<String>) {
    match rest.rsplit_once('#') {
        Some((before, table)) if !table.is_empty() => (before, Some(table.to_owned())),
        Some((before, _)) => (before, None),
        None => (rest, None),
    }
}

#[cfg(test)]
mod tests {
    use super::Destination;

    #[track_caller]
    fn check(name: &str, expected: Result<(&str, Option<&str>), &str>) {
        let found = Destination::parse(name).map_err(|fault| fault.to_string());
        let expected = expected
            .map(|(path, table)| Destination::Sqlite {
                path: path.into(),
                table: table.map(str::to_owned),
            })
            .map_err(str::to_owned);
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn sinks_are_named_as_addresses_are() {
        check("sqlite:shop.db#menu", Ok(("shop.db", Some("menu"))));
        check("sqlite:/data/shop.db", Ok(("/data/shop.db", None)));
        check("sqlite:a#b.db#menu item", Ok(("a#b.db", Some("menu item"))));
        check("sqlite:shop.db#", Ok(("shop.db", None)));
        check("sqlite:#menu", Err("the sink “sqlite:#menu” names no file"));
        check(
            "mysql://root:secret@db/shop",
            Err("there is no sink “mysql”"),
        );
        check("shop.db", Err("there is no sink “shop.db”"));
    }
}
