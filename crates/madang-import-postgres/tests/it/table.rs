//! A table that does not fit is refused before anything is written, with what would mend it.

use madang_import::{Kind, Sink as _, SinkErrorKind};
use madang_import_postgres::IfMissing;
use madang_import_postgres::test_server::Server;

use crate::{run, schema, sink};

#[tokio::test]
async fn a_table_that_does_not_fit_is_refused_with_what_would_mend_it() {
    let Some(server) = Server::start() else {
        return;
    };
    let keyed = schema(
        &[("code", Kind::Text, true), ("price", Kind::Money, false)],
        &[0],
    );
    for (made, expected) in [
        (
            "",
            "table public.menu of PostgreSQL at SERVER does not exist; let it be made with --create, or make it yourself: \
             CREATE TABLE \"public\".\"menu\" (\"code\" text NOT NULL, \"price\" bigint, PRIMARY KEY (\"code\"))",
        ),
        (
            "CREATE TABLE menu (code text UNIQUE, prise bigint)",
            "table public.menu of PostgreSQL at SERVER has no column price (is prise meant?); it has code, prise",
        ),
        (
            "CREATE TABLE menu (code text UNIQUE, price text)",
            "column price of table public.menu of PostgreSQL at SERVER is text, and the mapping makes it bigint; change one of the two",
        ),
        (
            "CREATE TABLE menu (code text UNIQUE, price bigint, shop text NOT NULL)",
            "column shop of table public.menu of PostgreSQL at SERVER must not be empty, has no default, and the mapping does not fill it; add it to the mapping or give it a default",
        ),
        (
            "CREATE TABLE menu (code text, price bigint, UNIQUE (code, price))",
            "table public.menu of PostgreSQL at SERVER has no unique index over the mapping's key; make it with: CREATE UNIQUE INDEX ON \"public\".\"menu\" (\"code\")",
        ),
        (
            "CREATE VIEW menu AS SELECT 'A' AS code, 1::bigint AS price",
            "does not exist",
        ),
        (
            "CREATE TABLE menu (code text UNIQUE, price bigint, made timestamptz NOT NULL DEFAULT now(), id bigint GENERATED ALWAYS AS IDENTITY)",
            "it fits",
        ),
    ] {
        server.sql("DROP VIEW IF EXISTS menu");
        server.sql(&format!("{made};"));
        let mut sink = sink(&server, "menu", IfMissing::Refuse);
        let before = server.sql(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
        );
        let said = match sink.fits(&keyed).await {
            Ok(()) => "it fits".to_owned(),
            Err(error) => {
                assert_eq!(error.kind, SinkErrorKind::Setup);
                error.to_string().replace(&place_of(&sink.name()), "SERVER")
            }
        };
        assert!(
            said == expected || (expected == "does not exist" && said.contains(expected)),
            "{made}\n{said}\n{expected}"
        );
        assert_eq!(server.sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"), before, "a dry run makes nothing");
        if !made.starts_with("CREATE VIEW") {
            server.sql("DROP TABLE IF EXISTS menu");
        }
    }
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_is_for_the_user_to_mend() {
    let Some(server) = Server::start() else {
        return;
    };
    let one = schema(&[("n", Kind::Integer, true)], &[]);
    let mut nowhere: madang_import_postgres::Destination = format!(
        "{}#t",
        server
            .address()
            .replace("/postgres?", "/nowhere?")
            .replace("/postgres", "/nowhere")
            .replace("//nowhere", "//postgres")
    )
    .parse()
    .expect("it is a destination");
    nowhere.if_missing = IfMissing::Create;
    let error = madang_import_postgres::PostgresSink::new(nowhere)
        .open(&run("a"), &one, None)
        .await
        .expect_err("there is no such database");
    assert_eq!(error.kind, SinkErrorKind::Setup, "{error}");

    server.sql("CREATE ROLE reader LOGIN; CREATE TABLE t (n bigint)");
    let reader = server.address().replace("postgres@", "reader@");
    let mut sink = madang_import_postgres::PostgresSink::new(
        format!("{reader}#t").parse().expect("it is a destination"),
    );
    let error = sink
        .open(&run("a"), &one, None)
        .await
        .expect_err("it may not write here");
    assert_eq!(error.kind, SinkErrorKind::Setup, "{error}");
}

/// What follows "at" in the name of a table.
fn place_of(name: &str) -> String {
    name.rsplit_once(" at ")
        .map(|(_, place)| place.to_owned())
        .unwrap_or_default()
}
