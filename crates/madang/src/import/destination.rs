//! What `--to` says.

use std::path::PathBuf;

use madang_import::Sink;
use madang_import_sqlite::SqliteSink;
use tokio::runtime::Runtime;

use crate::arguments::RunningTill;
use crate::failure::Failure;
use crate::import::fault::Fault;
use crate::till_at::TillAt;

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
    /// `till`, `till:DIR` or `till:ADDRESS`
    Till {
        /// The data folder of the running till; none: the one that runs in `.madang`.
        data: Option<PathBuf>,
        /// Its address, token included.
        url: Option<String>,
    },
}

/// The names that are known.
pub const KNOWN: &str = "--to is till, the till that runs in .madang (till:DIR or till:http://…#token=… name another), or sqlite:PATH#TABLE, as sqlite:shop.db#menu";

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
            "till" if rest.starts_with("http:") => Ok(Self::Till {
                data: None,
                url: Some(rest.to_owned()),
            }),
            "till" => Ok(Self::Till {
                data: Some(rest.into()).filter(|_| !rest.is_empty()),
                url: None,
            }),
            // What follows the colon may be an address with a password in it.
            kind => Err(Fault::UnknownSink {
                name: kind.to_owned(),
            }),
        }
    }

    /// The sink for rows of a mapping.
    ///
    /// # Errors
    /// [`Failure`]: no till runs there.
    pub fn sink(&self, mapping: &str, runtime: &Runtime) -> Result<Box<dyn Sink>, Failure> {
        Ok(match self {
            Self::Sqlite { path, table } => {
                let table = table.as_deref().unwrap_or(mapping);
                Box::new(SqliteSink::new(path, table))
            }
            Self::Till { data, url } => {
                let name = match data {
                    Some(data) => format!("the till of {}", data.display()),
                    None => "the till".to_owned(),
                };
                let till = RunningTill {
                    data: data.clone(),
                    url: url.clone(),
                    token: None,
                };
                Box::new(TillAt::find(&till, runtime)?.sink(name)?)
            }
        })
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

    #[track_caller]
    fn check_till(name: &str, expected: (Option<&str>, Option<&str>)) {
        let (data, url) = expected;
        let expected = Destination::Till {
            data: data.map(Into::into),
            url: url.map(str::to_owned),
        };
        assert_eq!(Destination::parse(name).ok(), Some(expected), "{name}");
    }

    #[test]
    fn a_till_is_named_by_its_folder_or_its_address() {
        check_till("till", (None, None));
        check_till("till:", (None, None));
        check_till("till:.madang/cafe", (Some(".madang/cafe"), None));
        let address = "http://127.0.0.1:4747/#token=abc";
        check_till(&format!("till:{address}"), (None, Some(address)));
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
