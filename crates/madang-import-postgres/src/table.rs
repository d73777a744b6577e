//! How the columns of a schema meet those of a table.

use madang_import::{Field, Kind, Schema, SinkError};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use crate::destination::{Destination, quoted};
use crate::encode::Form;
use crate::fault;

/// A column of the table.
struct Found {
    name: String,
    /// As SQL writes it, with length and precision.
    kind: String,
    /// Its base name in the catalog, as `int4`.
    base: String,
    must_be_given: bool,
}

/// How rows get into the table.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How each column of the schema is written.
    pub forms: Vec<Form>,
    /// Makes the temporary table; none: rows are copied straight into the table.
    pub stage: Option<Stage>,
    /// The copy of a batch.
    pub copy: String,
}

/// The way through a temporary table.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub create: String,
    pub apply: String,
}

/// Looks at the table and says how rows of the schema get there. None: there is no such table.
pub(crate) async fn plan(
    connection: &mut PgConnection,
    destination: &Destination,
    schema: &Schema,
) -> Result<Option<Plan>, SinkError> {
    let found = columns(connection, destination)
        .await
        .map_err(fault::of_reading)?;
    if found.is_empty() {
        return Ok(None);
    }
    let mut forms = Vec::new();
    let mut casts = Vec::new();
    for field in schema.fields.iter() {
        let column = find(&found, field, destination)?;
        let (form, cast) = form(field, column, destination)?;
        forms.push(form);
        casts.push(cast);
    }
    let given = |column: &Found| schema.fields.iter().any(|field| field.name == column.name);
    if let Some(column) = found
        .iter()
        .find(|column| column.must_be_given && !given(column))
    {
        let name = &column.name;
        return Err(fault::setup(
            format!(
                "column {name} of {destination} must not be empty, has no default, and the mapping does not fill it; add it to the mapping or give it a default"
            ),
            format!(
                "{destination}의 {name} 열은 비울 수 없고 기본값도 없는데 매핑에 없어요. 매핑에 넣거나 열에 기본값을 주세요"
            ),
        ));
    }
    let is_upsert = !schema.key.is_empty();
    if is_upsert {
        check_key(connection, destination, schema).await?;
    }
    let needs_stage = is_upsert || casts.iter().any(Option::is_some);
    let names: Vec<String> = schema
        .fields
        .iter()
        .map(|field| quoted(&field.name))
        .collect();
    let names = names.join(", ");
    Ok(Some(match needs_stage {
        false => Plan {
            copy: format!(
                "COPY {} ({names}) FROM STDIN (FORMAT binary)",
                destination.quoted()
            ),
            forms,
            stage: None,
        },
        true => Plan {
            copy: format!(
                "COPY pg_temp.madang_stage ({names}, madang_row) FROM STDIN (FORMAT binary)"
            ),
            stage: Some(stage(destination, schema, &found, &casts)),
            forms,
        },
    }))
}

/// Makes a table. Two imports may make the same one at once, and PostgreSQL lets only one of them have it, even where the statement says `IF NOT EXISTS`: that
/// somebody else has made it meanwhile is as good.
pub(crate) async fn make(
    connection: &mut PgConnection,
    statement: String,
) -> Result<(), SinkError> {
    match connection.execute(AssertSqlSafe(statement)).await {
        Ok(_) => Ok(()),
        Err(error) if is_there_meanwhile(&error) => Ok(()),
        Err(error) => Err(fault::of_reading(error)),
    }
}

/// `unique_violation` of the catalog, `duplicate_table`.
fn is_there_meanwhile(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("23505" | "42P07"))
}

/// The statement that makes a table for a schema.
pub(crate) fn create(destination: &Destination, schema: &Schema) -> String {
    let mut parts: Vec<String> = schema
        .fields
        .iter()
        .map(|field| {
            let not_null = if field.required { " NOT NULL" } else { "" };
            format!(
                "{} {}{not_null}",
                quoted(&field.name),
                kind_in_sql(field.kind)
            )
        })
        .collect();
    if !schema.key.is_empty() {
        parts.push(format!("PRIMARY KEY ({})", key_names(schema)));
    }
    format!(
        "CREATE TABLE {} ({})",
        destination.quoted(),
        parts.join(", ")
    )
}

fn kind_in_sql(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Integer | Kind::Money => "bigint".to_owned(),
        Kind::Decimal { scale } => format!("numeric(18, {scale})"),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Date => "date".to_owned(),
        Kind::Timestamp => "timestamptz".to_owned(),
    }
}

fn key_names(schema: &Schema) -> String {
    let names: Vec<String> = schema
        .key
        .iter()
        .map(|position| quoted(&schema.fields[*position].name))
        .collect();
    names.join(", ")
}

async fn columns(
    connection: &mut PgConnection,
    destination: &Destination,
) -> Result<Vec<Found>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS kind, t.typname,
            a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS must_be_given
         FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_type AS t ON t.oid = a.atttypid
         WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum",
    )
    .bind(&destination.schema)
    .bind(&destination.table)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Found {
                name: row.try_get("attname")?,
                kind: row.try_get("kind")?,
                base: row.try_get("typname")?,
                must_be_given: row.try_get("must_be_given")?,
            })
        })
        .collect()
}

fn find<'a>(
    found: &'a [Found],
    field: &Field,
    destination: &Destination,
) -> Result<&'a Found, SinkError> {
    if let Some(column) = found.iter().find(|column| column.name == field.name) {
        return Ok(column);
    }
    let name = &field.name;
    let nearest = found
        .iter()
        .max_by(|a, b| strsim::jaro(&a.name, name).total_cmp(&strsim::jaro(&b.name, name)));
    let nearest = nearest.map_or("", |column| &column.name);
    Err(fault::setup(
        format!("{destination} has no column {name}; the nearest is {nearest}"),
        format!("{destination}에 {name} 열이 없어요. 가장 비슷한 열은 {nearest}예요"),
    ))
}

/// How a field is written into a column, and the cast that it then needs.
fn form(
    field: &Field,
    column: &Found,
    destination: &Destination,
) -> Result<(Form, Option<String>), SinkError> {
    let plain = |form| Ok((form, None));
    match (field.kind, column.base.as_str()) {
        (Kind::Text, "text" | "varchar" | "bpchar") => plain(Form::Text),
        // uuid, json, an enumeration, citext: whatever the server can read from text.
        (Kind::Text, _) => Ok((Form::Text, Some(column.kind.clone()))),
        (Kind::Integer | Kind::Money, "int2") => plain(Form::SmallInteger),
        (Kind::Integer | Kind::Money, "int4") => plain(Form::Integer),
        (Kind::Integer | Kind::Money, "int8") => plain(Form::BigInteger),
        (Kind::Integer | Kind::Money, "numeric") => plain(Form::Numeric { scale: 0 }),
        (Kind::Decimal { scale }, "numeric") => plain(Form::Numeric { scale }),
        (Kind::Decimal { scale }, "float4" | "float8") => {
            Ok((Form::Numeric { scale }, Some(column.kind.clone())))
        }
        (Kind::Boolean, "bool") => plain(Form::Boolean),
        (Kind::Date, "date") => plain(Form::Date),
        (Kind::Timestamp, "timestamptz") => plain(Form::Timestamp),
        _ => {
            let (name, kind, wanted) = (&field.name, &column.kind, kind_in_sql(field.kind));
            Err(fault::setup(
                format!(
                    "column {name} of {destination} is {kind}, and the mapping makes it {wanted}; change one of the two"
                ),
                format!(
                    "{destination}의 {name} 열은 {kind}인데 매핑은 {wanted}로 만들어요. 둘 중 하나를 바꿔 주세요"
                ),
            ))
        }
    }
}

/// An upsert needs a unique index over exactly its key.
async fn check_key(
    connection: &mut PgConnection,
    destination: &Destination,
    schema: &Schema,
) -> Result<(), SinkError> {
    let mut key: Vec<&str> = schema
        .key
        .iter()
        .map(|position| schema.fields[*position].name.as_str())
        .collect();
    key.sort_unstable();
    let indexes = sqlx::query(
        "SELECT array_agg(a.attname::text ORDER BY a.attname COLLATE \"C\") AS names
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
         WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
         GROUP BY i.indexrelid",
    )
    .bind(&destination.schema)
    .bind(&destination.table)
    .fetch_all(connection)
    .await
    .map_err(fault::of_reading)?;
    let is_unique = indexes.iter().any(|row| {
        row.try_get::<Vec<String>, _>("names")
            .is_ok_and(|names| names == key)
    });
    if is_unique {
        return Ok(());
    }
    let statement = format!(
        "CREATE UNIQUE INDEX ON {} ({})",
        destination.quoted(),
        key_names(schema)
    );
    Err(fault::setup(
        format!(
            "{destination} has no unique index over the mapping's key; make it with: {statement}"
        ),
        format!(
            "{destination}에 매핑의 키로 된 고유 인덱스가 없어요. 이렇게 만들 수 있어요: {statement}"
        ),
    ))
}

fn stage(
    destination: &Destination,
    schema: &Schema,
    found: &[Found],
    casts: &[Option<String>],
) -> Stage {
    let (mut columns, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (field, cast) in schema.fields.iter().zip(casts) {
        let name = quoted(&field.name);
        let in_table = found
            .iter()
            .find(|column| column.name == field.name)
            .map_or("text", |column| &column.kind);
        let in_stage = match (cast, field.kind) {
            (None, _) => in_table.to_owned(),
            (Some(_), Kind::Text) => "text".to_owned(),
            (Some(_), _) => "numeric".to_owned(),
        };
        columns.push(format!("{name} {in_stage}"));
        values.push(
            cast.as_ref()
                .map_or_else(|| name.clone(), |cast| format!("{name}::{cast}")),
        );
        names.push(name);
    }
    let (all, values) = (names.join(", "), values.join(", "));
    let from = "pg_temp.madang_stage";
    let table = destination.quoted();
    let apply = if schema.key.is_empty() {
        format!("INSERT INTO {table} ({all}) SELECT {values} FROM {from} ORDER BY madang_row")
    } else {
        // Of rows with the same key the last one wins, as if they had come one by one.
        let key = key_names(schema);
        let others: Vec<&String> = names
            .iter()
            .enumerate()
            .filter(|(position, _)| !schema.key.contains(position))
            .map(|(_, name)| name)
            .collect();
        let rows = format!(
            "SELECT DISTINCT ON ({key}) {values} FROM {from} ORDER BY {key}, madang_row DESC"
        );
        let then = match others.is_empty() {
            true => "DO NOTHING".to_owned(),
            false => {
                let set: Vec<String> = others
                    .iter()
                    .map(|name| format!("{name} = excluded.{name}"))
                    .collect();
                let old: Vec<String> = others.iter().map(|name| format!("target.{name}")).collect();
                let new: Vec<String> = others
                    .iter()
                    .map(|name| format!("excluded.{name}"))
                    .collect();
                format!(
                    "DO UPDATE SET {} WHERE ({}) IS DISTINCT FROM ({})",
                    set.join(", "),
                    old.join(", "),
                    new.join(", ")
                )
            }
        };
        format!("INSERT INTO {table} AS target ({all}) {rows} ON CONFLICT ({key}) {then}")
    };
    Stage {
        create: format!(
            "CREATE TEMPORARY TABLE madang_stage ({}, madang_row integer) ON COMMIT DELETE ROWS",
            columns.join(", ")
        ),
        apply,
    }
}
