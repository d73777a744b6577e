//! Which table of which server.

use std::fmt;
use std::str::FromStr;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// What PostgreSQL keeps of a name, unless it was built otherwise.
const NAME_BYTES_MAX: usize = 63;

/// The schema that a table is looked for in when none is named.
const SCHEMA_DEFAULT: &str = "public";

/// A table, as `postgres://user:password@host:5432/shop#menu_item` or `…#sales.menu_item` names it. Neither its [`Display`](fmt::Display)
/// nor its [`Debug`](fmt::Debug) holds a secret.
#[derive(Clone)]
pub struct Destination {
    pub(crate) server: PgConnectOptions,
    pub(crate) schema: String,
    pub(crate) table: String,
    /// What to do when the table is not there.
    pub if_missing: IfMissing,
}

/// What to do about a table that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfMissing {
    /// Refuse, and say which statement would make it.
    #[default]
    Refuse,
    /// Make it, in the transaction that opens the run.
    Create,
}

/// Why a text names no table.
#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    /// No `#table` at its end.
    #[error("no table is named: write postgres://user@host/database#table")]
    NoTable,
    /// The part before `#` is no address of a server.
    #[error(
        "the address of the server cannot be read; it looks like postgres://user@host:5432/database"
    )]
    BadAddress(#[source] sqlx::Error),
    /// The part behind `#` looks like the rest of an address: a password with a `#` in it.
    #[error("the name of the table has `@` or `/` in it: write a `#` in a password as %23")]
    HashInPassword,
    /// A name that PostgreSQL would cut.
    #[error(
        "the name of the table is longer than the {NAME_BYTES_MAX} bytes that PostgreSQL keeps of one"
    )]
    NameTooLong,
    /// Something behind `?` that the driver does not know.
    #[error("the address has an option that is not known: {}", known())]
    UnknownOption,
}

/// What may stand behind `?`, as libpq calls it.
const OPTIONS: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

fn known() -> String {
    format!("those behind `?` are {}", OPTIONS.join(", "))
}

/// The driver would warn of an option that it does not know and print its value, which may be a password with its name misspelt.
fn has_only_known_options(address: &str) -> bool {
    let Some((_, query)) = address.split_once('?') else {
        return true;
    };
    query
        .split('&')
        .map(|option| option.split('=').next().unwrap_or_default())
        .all(|name| name.is_empty() || OPTIONS.contains(&name))
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, table) = text.rsplit_once('#').ok_or(DestinationError::NoTable)?;
        let (schema, table) = table.split_once('.').unwrap_or((SCHEMA_DEFAULT, table));
        if schema.is_empty() || table.is_empty() {
            return Err(DestinationError::NoTable);
        }
        if schema.len().max(table.len()) > NAME_BYTES_MAX {
            return Err(DestinationError::NameTooLong);
        }
        if table.contains(['@', '/']) {
            return Err(DestinationError::HashInPassword);
        }
        if !has_only_known_options(address) {
            return Err(DestinationError::UnknownOption);
        }
        let mut server: PgConnectOptions = address.parse().map_err(DestinationError::BadAddress)?;
        // The driver's own default would fall back to plain text without a word where the other side is another machine.
        let is_here = server.get_socket().is_some()
            || matches!(server.get_host(), "localhost" | "127.0.0.1" | "::1")
            || server.get_host().starts_with('/');
        if !address.contains("sslmode=") && !is_here {
            server = server.ssl_mode(PgSslMode::Require);
        }
        Ok(Self {
            // The driver would write warnings with whole statements among the progress while a lock is waited for.
            server: server
                .application_name("madang import")
                .disable_statement_logging(),
            schema: schema.to_owned(),
            table: table.to_owned(),
            if_missing: IfMissing::default(),
        })
    }
}

impl Destination {
    /// The table as SQL names it.
    pub(crate) fn quoted(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.table))
    }

    /// Where runs of this schema keep how far they have come.
    pub(crate) fn runs_quoted(&self) -> String {
        format!("{}.madang_import", quoted(&self.schema))
    }
}

/// A name as SQL writes it, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (schema, table) = (&self.schema, &self.table);
        let (host, port) = (self.server.get_host(), self.server.get_port());
        let database = self
            .server
            .get_database()
            .unwrap_or(self.server.get_username());
        write!(
            f,
            "table {schema}.{table} of PostgreSQL at {host}:{port}/{database}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Destination;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let said = match text.parse::<Destination>() {
            Ok(destination) => format!("{destination}"),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn a_destination_names_a_server_and_a_table_and_shows_no_password() {
        check(
            "postgres://shop:secret@db.example.com:6543/cafe#menu",
            "table public.menu of PostgreSQL at db.example.com:6543/cafe",
        );
        check(
            "postgresql://shop@localhost/cafe#sales.메뉴",
            "table sales.메뉴 of PostgreSQL at localhost:5432/cafe",
        );
        check(
            "postgres://shop@localhost/cafe",
            "error: no table is named: write postgres://user@host/database#table",
        );
        check(
            "postgres://shop@localhost/cafe#",
            "error: no table is named: write postgres://user@host/database#table",
        );
        check(
            "postgres://shop@localhost/cafe#메뉴메뉴메뉴메뉴메뉴메뉴메뉴메뉴메뉴메뉴메뉴",
            "error: the name of the table is longer than the 63 bytes that PostgreSQL keeps of one",
        );
        check(
            "postgres://shop:1234#secret@localhost/cafe",
            "error: the name of the table has `@` or `/` in it: write a `#` in a password as %23",
        );
        check(
            "postgres://shop@localhost/cafe?pasword=secret#menu",
            "error: the address has an option that is not known: those behind `?` are sslmode, sslrootcert, sslcert, sslkey, host, hostaddr, port, dbname, user, password, application_name, options",
        );
        check(
            "postgres://shop@local host/cafe#menu",
            "error: the address of the server cannot be read; it looks like postgres://user@host:5432/database",
        );
    }

    #[test]
    fn the_driver_does_not_write_statements_among_the_progress() {
        let destination: Destination = "postgres://shop@localhost/cafe#menu"
            .parse()
            .expect("it is an address");
        let said = format!("{:?}", destination.server);
        for level in ["statements_level: Off", "slow_statements_level: Off"] {
            assert!(said.contains(level), "{said}");
        }
    }

    #[test]
    fn another_machine_is_spoken_to_in_secret_unless_the_address_says_otherwise() {
        let mode = |text: &str| {
            format!(
                "{:?}",
                text.parse::<Destination>()
                    .expect("it is an address")
                    .server
                    .get_ssl_mode()
            )
        };
        assert_eq!(mode("postgres://shop@db.example.com/cafe#menu"), "Require");
        assert_eq!(
            mode("postgres://shop@db.example.com/cafe?sslmode=disable#menu"),
            "Disable"
        );
        assert_eq!(mode("postgres://shop@127.0.0.1/cafe#menu"), "Prefer");
    }
}
