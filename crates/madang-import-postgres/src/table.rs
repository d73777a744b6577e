//! How the columns of a schema meet those of a table.

use std::borrow::Cow;

use madang_import::{Field, Kind, Schema, SinkError, SinkNote};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use crate::destination::{Destination, quoted};
use crate::encode::{Form, Keeps};
use crate::fault;

/// A column of the table.
struct Found {
    name: String,
    /// As SQL writes it, with length and precision.
    kind: String,
    /// Its base name in the catalog, as `int4`.
    base: String,
    /// The type under it, of a domain as well, without length and precision: a cast to these would cut a value where storing it refuses the row.
    without_length: String,
    /// The most characters of a text, where the column says so.
    characters_max: Option<usize>,
    /// The digits and the decimals of a `numeric`, where the column says so.
    numeric: Option<(i32, i16)>,
    /// The decimals of a second, where the column says so.
    second_decimals: Option<u8>,
    /// Whether it is of a number's type, or of a domain over one.
    is_number: bool,
    /// How its texts are compared, where that is not as everywhere in the database.
    collation: Option<String>,
    /// Whether texts of different letters may be the same there.
    is_blind: bool,
    /// Whether the table makes its values by itself, always.
    is_generated: bool,
    may_be_inserted: bool,
    may_be_updated: bool,
    may_be_read: bool,
    must_be_given: bool,
    /// What stands there when nothing is said, as SQL, where something must.
    fallback: Option<String>,
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
    pub about: About,
    /// What is to be known before the first row.
    pub notes: Vec<SinkNote>,
    /// Columns whose values the server reads from text: when it cannot, it says the value and not the column.
    pub cast: Vec<usize>,
}

/// The way through a temporary table.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub create: String,
    /// Holds the rows that keep values which must be looked up; none: none do.
    pub hold: Option<String>,
    pub apply: String,
    /// Counts the rows that the table did not keep; none: nothing could pass them over.
    pub passed_over: Option<PassedOver>,
}

/// How rows of an upsert are counted that triggers or rules of the table passed over.
#[derive(Clone, Debug)]
pub(crate) enum PassedOver {
    /// By what PostgreSQL met: of the keys in a batch, those that were neither written nor found as they are. What a trigger makes of a row, its key
    /// included, is as good as the row.
    Met {
        /// Sets the count of rows that were found as they are to none.
        reset: String,
        /// Counts the keys of the batch without those that were found as they are.
        wanted: String,
    },
    /// By their keys, where a row is nothing else and is never compared.
    Missing(String),
}

/// What the table itself is.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// The catalog's number of it: one that is made anew has another.
    pub id: i64,
    /// Whether rows may be denied one by one: row security, or what triggers do.
    pub denies_rows: bool,
    passes_over: bool,
    is_row_secured: bool,
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
    let mut notes = Vec::new();
    let own = filled(&found, schema, destination)?;
    for (field, column) in schema.fields.iter().zip(&own) {
        let (form, cast) = form(field, column, schema, destination)?;
        forms.push(form);
        casts.push(cast);
        notes.extend(column.note(field, destination));
    }
    let by_clocks: Vec<&str> = schema
        .fields
        .iter()
        .zip(&own)
        .filter(|(field, column)| field.kind == Kind::Timestamp && column.base == WALL_CLOCK)
        .map(|(field, _)| field.name.as_str())
        .collect();
    if !by_clocks.is_empty() {
        let names = by_clocks.join(", ");
        check_zone(connection, &schema.timezone, &names).await?;
        notes.push(told_by_clocks(&names, &schema.timezone));
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
    check_rights(connection, destination, &own, schema).await?;
    if is_upsert {
        check_key(connection, destination, schema).await?;
    }
    let about = about(connection, destination)
        .await
        .map_err(fault::of_reading)?;
    let key = schema.key.iter().map(|position| own[*position]);
    let blind_ones = key.filter(|column| column.is_blind);
    notes.extend(blind_ones.map(|column| blind(&column.name)));
    let has_fallback = |field: &Field| fallback(field, &found).is_some();
    // COPY does not go into a table with row security.
    let needs_stage = is_upsert
        || about.is_row_secured
        || casts.iter().any(Option::is_some)
        || schema.fields.iter().any(has_fallback);
    let names: Vec<String> = schema
        .fields
        .iter()
        .map(|field| quoted(&field.name))
        .collect();
    let names = names.join(", ");
    let is_cast = |position: &usize| casts[*position].is_some();
    let cast: Vec<usize> = (0..casts.len()).filter(is_cast).collect();
    Ok(Some(match needs_stage {
        false => Plan {
            copy: format!(
                "COPY {} ({names}) FROM STDIN (FORMAT binary)",
                destination.quoted()
            ),
            forms,
            about,
            notes,
            cast,
            stage: None,
        },
        true => Plan {
            copy: format!(
                "COPY pg_temp.madang_stage ({names}, madang_row) FROM STDIN (FORMAT binary)"
            ),
            stage: Some(stage(destination, schema, &found, &casts, &about)),
            forms,
            about,
            notes,
            cast,
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
    matches!(code_of(error).as_deref(), Some("23505" | "42P07"))
}

fn code_of(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(|error| error.code())
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
        // 64 bits have 19 digits.
        Kind::Decimal { scale } => format!("numeric(19, {scale})"),
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

/// Whether something that is no table has its name: a view, most likely.
///
/// # Errors
/// [`SinkError`].
pub async fn is_other_relation(
    connection: &mut PgConnection,
    destination: &Destination,
) -> Result<bool, SinkError> {
    let found = sqlx::query(
        "SELECT 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind NOT IN ('r', 'p')",
    )
    .bind(&destination.schema)
    .bind(&destination.table)
    .fetch_optional(connection)
    .await;
    Ok(found.map_err(fault::of_reading)?.is_some())
}

async fn columns(
    connection: &mut PgConnection,
    destination: &Destination,
) -> Result<Vec<Found>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS kind, t.typname,
            (WITH RECURSIVE under AS (
                SELECT t.oid, t.typtype, t.typbasetype
                UNION ALL SELECT b.oid, b.typtype, b.typbasetype FROM under JOIN pg_type AS b ON b.oid = under.typbasetype WHERE under.typtype = 'd'
             ) SELECT format_type(oid, -1) FROM under WHERE typtype <> 'd') AS without_length,
            CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS characters_max,
            CASE WHEN t.typname = 'numeric' AND a.atttypmod > 4 THEN (a.atttypmod - 4) >> 16 & 65535 END AS digits,
            CASE WHEN t.typname = 'numeric' AND a.atttypmod > 4 THEN ((a.atttypmod - 4 & 2047) # 1024) - 1024 END AS decimals,
            CASE WHEN t.typname IN ('timestamp', 'timestamptz') AND a.atttypmod >= 0 THEN a.atttypmod END AS second_decimals,
            t.typcategory = 'N' AS is_number,
            CASE WHEN a.attcollation <> t.typcollation THEN (SELECT format('%I.%I', cn.nspname, co.collname) FROM pg_collation AS co JOIN pg_namespace AS cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
            t.typname = 'citext' OR coalesce((SELECT to_jsonb(co) ->> 'collisdeterministic' = 'false' FROM pg_collation AS co WHERE co.oid = a.attcollation), false) AS is_blind,
            a.attgenerated <> '' OR a.attidentity = 'a' AS is_generated,
            has_column_privilege(c.oid, a.attnum, 'INSERT') AS may_be_inserted,
            has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_be_updated,
            has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_be_read,
            a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS must_be_given,
            CASE WHEN a.attnotnull AND a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL') END AS fallback
         FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
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
                without_length: row.try_get("without_length")?,
                characters_max: row
                    .try_get::<Option<i32>, _>("characters_max")?
                    .and_then(|characters| usize::try_from(characters).ok()),
                numeric: match (
                    row.try_get("digits")?,
                    row.try_get::<Option<i32>, _>("decimals")?,
                ) {
                    (Some(digits), Some(decimals)) => i16::try_from(decimals)
                        .ok()
                        .map(|decimals| (digits, decimals)),
                    _ => None,
                },
                second_decimals: row
                    .try_get::<Option<i32>, _>("second_decimals")?
                    .and_then(|decimals| u8::try_from(decimals).ok()),
                is_number: row.try_get("is_number")?,
                collation: row.try_get("collation")?,
                is_blind: row.try_get("is_blind")?,
                is_generated: row.try_get("is_generated")?,
                may_be_inserted: row.try_get("may_be_inserted")?,
                may_be_updated: row.try_get("may_be_updated")?,
                may_be_read: row.try_get("may_be_read")?,
                must_be_given: row.try_get("must_be_given")?,
                fallback: row.try_get("fallback")?,
            })
        })
        .collect()
}

/// The columns that a schema fills, in its order.
fn filled<'a>(
    found: &'a [Found],
    schema: &Schema,
    destination: &Destination,
) -> Result<Vec<&'a Found>, SinkError> {
    let of = |field: &Field| found.iter().find(|column| column.name == field.name);
    let missing: Vec<&str> = schema
        .fields
        .iter()
        .filter(|field| of(field).is_none())
        .map(|field| field.name.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(schema.fields.iter().filter_map(of).collect());
    }
    let (mut names, mut names_ko) = (Vec::new(), Vec::new());
    for name in &missing {
        let alike = |column: &Found| strsim::jaro(&column.name, name);
        let likely = found.iter().filter(|column| alike(column) >= LIKENESS_MIN);
        match likely.max_by(|a, b| alike(a).total_cmp(&alike(b))) {
            Some(Found { name: near, .. }) => {
                names.push(format!("{name} (is {near} meant?)"));
                names_ko.push(format!("{name} (혹시 {near}인가요?)"));
            }
            None => {
                names.push((*name).to_owned());
                names_ko.push((*name).to_owned());
            }
        }
    }
    let there: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
    let there = there.join(", ");
    Err(fault::setup(
        format!(
            "{destination} has no column {}; it has {there}",
            names.join(", ")
        ),
        format!(
            "{destination}에 없는 열: {}. 있는 열: {there}",
            names_ko.join(", ")
        ),
    ))
}

/// Less alike than this, a hint would be a guess.
const LIKENESS_MIN: f64 = 0.8;

/// The type of moments without a zone.
const WALL_CLOCK: &str = "timestamp";

/// How a field is written into a column, and what then makes its value one of the column: SQL that stands behind it.
fn form(
    field: &Field,
    column: &Found,
    schema: &Schema,
    destination: &Destination,
) -> Result<(Form, Option<String>), SinkError> {
    let plain = |form| Ok((form, None));
    if column.is_generated {
        let name = &column.name;
        return Err(fault::setup(
            format!(
                "column {name} of {destination} is generated by the table itself; leave it out of the mapping"
            ),
            format!("{destination}의 {name} 열은 테이블이 스스로 채워요. 매핑에서 빼 주세요"),
        ));
    }
    match (field.kind, column.base.as_str()) {
        (Kind::Text, "text" | "varchar" | "bpchar") => plain(Form::Text {
            characters_max: column.characters_max,
        }),
        // 123 would stand there for 00123.
        (Kind::Text, _) if column.is_number => Err(differs(field, column, destination)),
        (Kind::Text, _) if CUTTING.contains(&column.without_length.as_str()) => {
            Err(cuts(column, destination))
        }
        // uuid, json, an enumeration, citext: whatever the server can read from text.
        (Kind::Text, _) => Ok((
            Form::Text {
                characters_max: None,
            },
            Some(format!("::{}", column.without_length)),
        )),
        (Kind::Integer | Kind::Money, "int2") => plain(Form::SmallInteger),
        (Kind::Integer | Kind::Money, "int4") => plain(Form::Integer),
        (Kind::Integer | Kind::Money, "int8") => plain(Form::BigInteger),
        (Kind::Integer | Kind::Money, "numeric") => plain(column.numeric_of(0)),
        (Kind::Decimal { scale }, "numeric") => plain(column.numeric_of(scale)),
        (Kind::Decimal { scale }, "float4" | "float8") => {
            let digits = match column.base.as_str() {
                "float4" => FLOAT4_DIGITS,
                _ => FLOAT8_DIGITS,
            };
            let keeps = Keeps::Digits(digits);
            let cast = format!("::{}", column.kind);
            Ok((Form::Numeric { scale, keeps }, Some(cast)))
        }
        (Kind::Boolean, "bool") => plain(Form::Boolean),
        (Kind::Date, "date") => plain(Form::Date),
        (Kind::Timestamp, "timestamptz") => plain(Form::Timestamp {
            decimals: column.second_decimals.unwrap_or(SECOND_DECIMALS_MAX),
            column: "timestamptz",
        }),
        (Kind::Timestamp, WALL_CLOCK) => {
            let form = Form::Timestamp {
                decimals: column.second_decimals.unwrap_or(SECOND_DECIMALS_MAX),
                column: WALL_CLOCK,
            };
            let zone = schema.timezone.replace('\'', "''");
            Ok((form, Some(format!(" AT TIME ZONE '{zone}'"))))
        }
        _ => Err(differs(field, column, destination)),
    }
}

/// Digits that floating point keeps whatever they are.
const FLOAT4_DIGITS: u32 = 6;
const FLOAT8_DIGITS: u32 = 15;

/// PostgreSQL counts microseconds.
const SECOND_DECIMALS_MAX: u8 = 6;

/// Whether the server knows the zone by whose clocks it is to fill a column: what it knows comes from its system.
async fn check_zone(
    connection: &mut PgConnection,
    zone: &str,
    columns: &str,
) -> Result<(), SinkError> {
    let asked = sqlx::query("SELECT now() AT TIME ZONE $1").bind(zone);
    match asked.execute(connection).await {
        Ok(_) => Ok(()),
        Err(error) if code_of(&error).as_deref() == Some("22023") => Err(fault::setup(
            format!(
                "this PostgreSQL does not know the mapping's timezone {zone}, by whose clocks it is to fill {columns}: name another one, or let the column be timestamptz"
            ),
            format!(
                "이 PostgreSQL은 매핑의 timezone {zone}을(를) 몰라서 {columns} 열의 시각을 정할 수 없어요. 다른 시간대를 쓰거나 열을 timestamptz로 바꿔 주세요"
            ),
        )),
        Err(error) => Err(fault::of_reading(error)),
    }
}

fn told_by_clocks(columns: &str, zone: &str) -> SinkNote {
    SinkNote {
        message: format!(
            "without a time zone in the table: {columns}; moments stand there as clocks show them in {zone}, the mapping's timezone"
        ),
        message_ko: format!(
            "{columns} 열에는 시간대가 없어서 매핑의 timezone인 {zone}의 시각으로 넣어요"
        ),
    }
}

/// PostgreSQL's types for its own catalogs.
const CUTTING: &[&str] = &["name", "\"char\""];

fn cuts(column: &Found, destination: &Destination) -> SinkError {
    let (name, kind) = (&column.name, &column.kind);
    let mend = format!(
        "ALTER TABLE {} ALTER COLUMN {} TYPE text",
        destination.quoted(),
        quoted(name)
    );
    fault::setup(
        format!(
            "column {name} of {destination} is {kind}, which cuts a text without a word; let it be text: {mend}"
        ),
        format!(
            "{destination}의 {name} 열은 {kind}라서 글자를 말없이 잘라요. text로 바꿔 주세요: {mend}"
        ),
    )
}

fn differs(field: &Field, column: &Found, destination: &Destination) -> SinkError {
    let (name, kind, wanted) = (&field.name, &column.kind, kind_in_sql(field.kind));
    fault::setup(
        format!(
            "column {name} of {destination} is {kind}, and the mapping makes it {wanted}; change one of the two"
        ),
        format!(
            "{destination}의 {name} 열은 {kind}인데 매핑은 {wanted}로 만들어요. 둘 중 하나를 바꿔 주세요"
        ),
    )
}

impl Found {
    fn numeric_of(&self, scale: u8) -> Form {
        let keeps = self
            .numeric
            .map_or(Keeps::All, |(_, decimals)| Keeps::Decimals(decimals));
        Form::Numeric { scale, keeps }
    }

    /// What is to be known before the first row: the mapping lets more decimals through than the column keeps.
    fn note(&self, field: &Field, destination: &Destination) -> Option<SinkNote> {
        let scale = match field.kind {
            Kind::Decimal { scale } => i16::from(scale),
            Kind::Integer | Kind::Money => 0,
            _ => return None,
        };
        let (digits, decimals) = self.numeric.filter(|(_, decimals)| *decimals < scale)?;
        let name = &self.name;
        let wide = wide_numeric(destination, name, digits, decimals, scale);
        Some(SinkNote {
            message: format!(
                "column {name} keeps {decimals} decimals, and the mapping lets {scale} through: rows that have more are refused. To keep them: {wide}"
            ),
            message_ko: format!(
                "{name} 열은 소수 {decimals}자리까지인데 매핑은 {scale}자리까지 받아요. 더 긴 줄은 거절해요. 모두 넣으려면: {wide}"
            ),
        })
    }
}

/// The statement that gives a column more decimals and as many digits before them.
fn wide_numeric(
    destination: &Destination,
    column: &str,
    digits: i32,
    decimals: i16,
    scale: i16,
) -> String {
    let digits = digits + i32::from(scale) - i32::from(decimals);
    format!(
        "ALTER TABLE {} ALTER COLUMN {} TYPE numeric({digits}, {scale})",
        destination.quoted(),
        quoted(column)
    )
}

async fn about(
    connection: &mut PgConnection,
    destination: &Destination,
) -> Result<About, sqlx::Error> {
    let row = sqlx::query(
        "SELECT c.oid::bigint AS id, c.relrowsecurity AS is_row_secured,
            EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) AS has_triggers,
            c.relhasrules OR EXISTS (
                SELECT FROM pg_trigger AS t WHERE NOT t.tgisinternal AND t.tgtype & 2 <> 0
                    AND (t.tgrelid = c.oid OR t.tgrelid IN (SELECT relid FROM pg_partition_tree(c.oid)))
            ) AS passes_over
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')",
    )
    .bind(&destination.schema)
    .bind(&destination.table)
    .fetch_one(connection)
    .await?;
    let is_row_secured = row.try_get("is_row_secured")?;
    let has_triggers: bool = row.try_get("has_triggers")?;
    Ok(About {
        id: row.try_get("id")?,
        denies_rows: is_row_secured || has_triggers,
        passes_over: row.try_get("passes_over")?,
        is_row_secured,
    })
}

fn blind(name: &str) -> SinkNote {
    SinkNote {
        message: format!(
            "the key {name} is compared without regard to some differences of letters: keys that differ in nothing else are one row, the last of them"
        ),
        message_ko: format!(
            "키 {name}은(는) 글자의 차이를 일부 가리지 않아요. 그렇게 같은 키는 한 줄이 되고 마지막 것이 남아요"
        ),
    }
}

/// Whether this user may write there: a dry run is to say so, too.
async fn check_rights(
    connection: &mut PgConnection,
    destination: &Destination,
    own: &[&Found],
    schema: &Schema,
) -> Result<(), SinkError> {
    let is_upsert = !schema.key.is_empty();
    let lacks = |may: fn(&Found) -> bool| !own.iter().all(|column| may(column));
    let mut others = own
        .iter()
        .enumerate()
        .filter(|(position, _)| !schema.key.contains(position));
    let mut lacking = Vec::new();
    if is_upsert && lacks(|column| column.may_be_read) {
        lacking.push("SELECT");
    }
    if lacks(|column| column.may_be_inserted) {
        lacking.push("INSERT");
    }
    if is_upsert && others.any(|(_, column)| !column.may_be_updated) {
        lacking.push("UPDATE");
    }
    let rights = sqlx::query(
        "SELECT current_user::text AS \"user\", has_schema_privilege(n.oid, 'CREATE') AS may_create,
            (SELECT has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
             FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = 'madang_import') AS may_keep
         FROM pg_namespace AS n WHERE n.nspname = $1",
    )
    .bind(&destination.schema)
    .fetch_one(connection)
    .await
    .map_err(fault::of_reading)?;
    let read = |name| rights.try_get::<bool, _>(name).map_err(fault::of_reading);
    let (may_create, may_keep) = (
        read("may_create")?,
        rights
            .try_get::<Option<bool>, _>("may_keep")
            .map_err(fault::of_reading)?,
    );
    let grant = match (lacking.is_empty(), may_keep) {
        (false, _) => format!("{} ON {}", lacking.join(", "), destination.quoted()),
        (true, Some(false)) => format!("SELECT, INSERT, UPDATE ON {}", destination.runs_quoted()),
        (true, None) if !may_create => format!("CREATE ON SCHEMA {}", quoted(&destination.schema)),
        _ => return Ok(()),
    };
    let user: String = rights.try_get("user").map_err(fault::of_reading)?;
    let grant = format!("GRANT {grant} TO {}", quoted(&user));
    Err(fault::setup(
        format!("a right is missing at {destination}: {grant}"),
        format!("{destination}에 쓸 권한이 모자라요: {grant}"),
    ))
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
    .fetch_all(&mut *connection)
    .await
    .map_err(fault::of_reading)?;
    let is_unique = |key: &[&str]| {
        indexes.iter().any(|row| {
            row.try_get::<Vec<String>, _>("names")
                .is_ok_and(|names| names == key)
        })
    };
    if is_unique(&key) {
        return Ok(());
    }
    let parting = parting(connection, destination)
        .await
        .map_err(fault::of_reading)?;
    let lacks = |parting: &Parting| {
        let columns = &mut parting.columns.iter();
        parting.is_by_expression || columns.any(|column| !key.contains(&column.as_str()))
    };
    if let Some(parting) = parting.filter(lacks) {
        return Err(parting.stands_in_the_way(destination, schema, &is_unique));
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

/// What a table is partitioned by.
struct Parting {
    /// As SQL says it.
    by: String,
    columns: Vec<String>,
    is_by_expression: bool,
}

async fn parting(
    connection: &mut PgConnection,
    destination: &Destination,
) -> Result<Option<Parting>, sqlx::Error> {
    let found = sqlx::query(
        "SELECT regexp_replace(pg_get_partkeydef(c.oid), '^[A-Z]+ \\((.*)\\)$', '\\1') AS by, 0 = ANY (p.partattrs::int2[]) AS is_by_expression,
            ARRAY(SELECT a.attname::text FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (attnum, place)
                JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum ORDER BY k.place) AS columns
         FROM pg_partitioned_table AS p JOIN pg_class AS c ON c.oid = p.partrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = $2",
    )
    .bind(&destination.schema)
    .bind(&destination.table)
    .fetch_optional(connection)
    .await?;
    found
        .map(|row| {
            Ok(Parting {
                by: row.try_get("by")?,
                columns: row.try_get("columns")?,
                is_by_expression: row.try_get("is_by_expression")?,
            })
        })
        .transpose()
}

impl Parting {
    /// PostgreSQL makes no unique index over a partitioned table that leaves out what it is partitioned by.
    fn stands_in_the_way(
        &self,
        destination: &Destination,
        schema: &Schema,
        is_unique: &dyn Fn(&[&str]) -> bool,
    ) -> SinkError {
        let by = &self.by;
        if self.is_by_expression {
            return fault::setup(
                format!(
                    "{destination} is partitioned by {by}, an expression, which no unique index there can hold: leave the key out of the mapping, and rows are added"
                ),
                format!(
                    "{destination}은(는) {by}(식)으로 나뉘어 있어서 고유 인덱스를 만들 수 없어요. 매핑에서 키를 빼면 행이 더해져요"
                ),
            );
        }
        let name = |position: &usize| schema.fields[*position].name.as_str();
        let mut key: Vec<&str> = schema.key.iter().map(name).collect();
        for column in &self.columns {
            if !key.contains(&column.as_str()) {
                key.push(column);
            }
        }
        let in_mapping: Vec<String> = key.iter().map(|name| format!("{name:?}")).collect();
        let in_mapping = in_mapping.join(", ");
        let columns: Vec<String> = key.iter().map(|name| quoted(name)).collect();
        let (table, columns) = (destination.quoted(), columns.join(", "));
        let make = format!("CREATE UNIQUE INDEX ON {table} ({columns})");
        key.sort_unstable();
        let (then, then_ko) = match is_unique(&key) {
            true => Default::default(),
            false => (
                format!(", and make the index with: {make}"),
                format!(". 인덱스는 이렇게 만들어요: {make}"),
            ),
        };
        fault::setup(
            format!(
                "{destination} is partitioned by {by}, which every unique index there has to hold, and the mapping's key does not: write key = [{in_mapping}] in the mapping{then}"
            ),
            format!(
                "{destination}은(는) {by}(으)로 나뉘어 있어서 고유 인덱스에 그 열이 있어야 해요. 매핑에 key = [{in_mapping}]를 써 주세요{then_ko}"
            ),
        )
    }
}

/// What a new row has in a column where nothing is said, when nothing is not allowed there.
fn fallback<'a>(field: &Field, found: &'a [Found]) -> Option<&'a String> {
    let column = found.iter().find(|column| column.name == field.name)?;
    column.fallback.as_ref().filter(|_| field.is_kept())
}

/// What a new row has there by the mapping, as SQL.
fn default(field: &Field, cast: Option<&str>) -> Option<String> {
    let value = field.default.as_ref()?.value();
    let spelled = value.spelled(field.kind)?;
    if let (Kind::Timestamp, Some(cast)) = (field.kind, cast) {
        return Some(format!("('{spelled}'::timestamptz{cast})"));
    }
    // A literal without a type takes that of the column. A backslash stands for itself whatever the server's settings are.
    Some(match spelled.contains('\\') {
        false => format!("'{}'", spelled.replace('\'', "''")),
        true => format!("E'{}'", spelled.replace('\\', "\\\\").replace('\'', "''")),
    })
}

const STAGE: &str = "pg_temp.madang_stage";

/// A sequence: what it is asked while a statement runs can be counted afterwards.
const AS_IS: &str = "pg_temp.madang_as_is";

fn stage(
    destination: &Destination,
    schema: &Schema,
    found: &[Found],
    casts: &[Option<String>],
    about: &About,
) -> Stage {
    let mut columns = Vec::new();
    for (position, (field, cast)) in schema.fields.iter().zip(casts).enumerate() {
        let in_table = found
            .iter()
            .find(|column| column.name == field.name)
            .map_or("text", |column| &column.kind);
        let collation = found
            .iter()
            .find(|column| column.name == field.name)
            .and_then(|column| column.collation.as_ref());
        let in_stage = match (cast, field.kind, collation) {
            // What is one key there has to be one here.
            (None, _, Some(collation)) => format!("{in_table} COLLATE {collation}"),
            (None, _, None) => in_table.to_owned(),
            (Some(_), Kind::Text, _) => "text".to_owned(),
            (Some(_), Kind::Timestamp, _) => "timestamptz".to_owned(),
            (Some(_), _, _) => "numeric".to_owned(),
        };
        let name = quoted(&field.name);
        let value = match cast {
            Some(cast) => format!("{name}{cast}"),
            None => name.clone(),
        };
        columns.push(Column {
            in_stage,
            value,
            name,
            is_key: schema.key.contains(&position),
            is_kept: field.is_kept(),
            fallback: fallback(field, found).cloned(),
            default: default(field, cast.as_deref()),
        });
    }
    let staging = Staging {
        table: destination.quoted(),
        key: schema
            .key
            .iter()
            .map(|position| quoted(&schema.fields[*position].name))
            .collect(),
        key_may_repeat: schema.key_may_repeat,
        columns,
        counts_as_is: about.passes_over,
    };
    Stage {
        create: staging.create(),
        hold: staging.hold(),
        apply: staging.apply(),
        passed_over: staging.passed_over(about),
    }
}

/// A column on its way through the temporary table.
struct Column {
    name: String,
    in_stage: String,
    /// What is read from the temporary table.
    value: String,
    is_key: bool,
    is_kept: bool,
    fallback: Option<String>,
    default: Option<String>,
}

impl Column {
    /// Whether what stands in a row that is there has to be looked up.
    fn is_looked_up(&self) -> bool {
        self.fallback.is_some() || self.default.is_some()
    }
}

struct Staging {
    table: String,
    key: Vec<String>,
    key_may_repeat: bool,
    columns: Vec<Column>,
    /// Whether rows are counted that are found as they are.
    counts_as_is: bool,
}

impl Staging {
    fn create(&self) -> String {
        let columns = self.joined(|column| format!("{} {}", column.name, column.in_stage));
        let sequence = match self.counts_as_is {
            true => "; CREATE TEMPORARY SEQUENCE madang_as_is",
            false => "",
        };
        format!(
            "CREATE TEMPORARY TABLE madang_stage ({columns}, madang_row integer) ON COMMIT DELETE ROWS{sequence}"
        )
    }

    /// A value that is looked up must not be another one when it is written back.
    fn hold(&self) -> Option<String> {
        let looked_up = self.columns.iter().filter(|column| column.is_looked_up());
        let is_empty: Vec<String> = looked_up
            .map(|column| format!("{} IS NULL", column.name))
            .collect();
        if self.key.is_empty() || is_empty.is_empty() {
            return None;
        }
        let (table, key) = (&self.table, self.key.join(", "));
        let is_empty = is_empty.join(" OR ");
        let said: Vec<&str> = self.key_values().collect();
        Some(format!(
            "SELECT FROM {table} WHERE ({key}) IN (SELECT {} FROM {STAGE} WHERE {is_empty}) ORDER BY {key} FOR NO KEY UPDATE",
            said.join(", ")
        ))
    }

    fn apply(&self) -> String {
        let (table, names) = (&self.table, self.joined(|column| column.name.clone()));
        if self.key.is_empty() {
            let values = self.joined(|column| match &column.fallback {
                Some(fallback) => format!("coalesce({}, {fallback})", column.value),
                None => column.value.clone(),
            });
            return format!(
                "INSERT INTO {table} ({names}) SELECT {values} FROM {STAGE} ORDER BY madang_row"
            );
        }
        let key = self.key.join(", ");
        let said = self.said();
        let new = &self.key[0];
        let values = self.joined(|column| {
            let name = &column.name;
            match (&column.default, &column.fallback) {
                // Where nothing stands in a row that is there, nothing stays.
                (Some(default), _) => format!(
                    "coalesce(said.{name}, CASE WHEN old.{new} IS NULL THEN {default} ELSE old.{name} END)"
                ),
                (None, Some(fallback)) => {
                    format!("coalesce(said.{name}, old.{name}, {fallback})")
                }
                (None, None) => format!("said.{name}"),
            }
        });
        let on: Vec<String> = self
            .key
            .iter()
            .map(|name| format!("old.{name} = said.{name}"))
            .collect();
        let old = match self.columns.iter().any(Column::is_looked_up) {
            true => format!(" LEFT JOIN {table} AS old ON {}", on.join(" AND ")),
            false => String::new(),
        };
        let order: Vec<String> = self.key.iter().map(|name| format!("said.{name}")).collect();
        format!(
            "INSERT INTO {table} AS target ({names}) SELECT {values} FROM ({said}) AS said{old} ORDER BY {} ON CONFLICT ({key}) {}",
            order.join(", "),
            self.instead()
        )
    }

    fn passed_over(&self, about: &About) -> Option<PassedOver> {
        if self.key.is_empty() || !about.passes_over {
            return None;
        }
        if self.is_key_alone() {
            // Row security may hide what is there.
            return (!about.is_row_secured).then(|| PassedOver::Missing(self.missing()));
        }
        Some(PassedOver::Met {
            reset: format!("SELECT setval('{AS_IS}', 1, false)"),
            wanted: format!(
                "SELECT (SELECT count(*) FROM ({}) AS said) - (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {AS_IS})",
                self.said()
            ),
        })
    }

    fn is_key_alone(&self) -> bool {
        self.columns.iter().all(|column| column.is_key)
    }

    fn missing(&self) -> String {
        let table = &self.table;
        let values = self.joined(|column| format!("{} AS {}", column.value, column.name));
        let is_it: Vec<String> = self
            .key
            .iter()
            .map(|name| format!("there.{name} = said.{name}"))
            .collect();
        format!(
            "SELECT count(*) FROM (SELECT {values} FROM {STAGE}) AS said WHERE NOT EXISTS (SELECT FROM {table} AS there WHERE {})",
            is_it.join(" AND ")
        )
    }

    /// What the batch says of each key. Of rows with the same key the last one wins, as if they had come one by one.
    fn said(&self) -> String {
        let key = self.key.join(", ");
        if !self.key_may_repeat || !self.columns.iter().any(|column| column.is_kept) {
            let values = self.joined(|column| format!("{} AS {}", column.value, column.name));
            return format!(
                "SELECT DISTINCT ON ({key}) {values} FROM {STAGE} ORDER BY {key}, madang_row DESC"
            );
        }
        let values = self.joined(|column| {
            let Column { name, value, .. } = column;
            match (column.is_key, column.is_kept) {
                (true, _) => format!("{value} AS {name}"),
                (_, true) => format!(
                    "(array_agg({value} ORDER BY madang_row DESC) FILTER (WHERE {name} IS NOT NULL))[1] AS {name}"
                ),
                _ => format!("(array_agg({value} ORDER BY madang_row DESC))[1] AS {name}"),
            }
        });
        // By what stands in the table: what differs on the way there may be the same key.
        let key: Vec<&str> = self.key_values().collect();
        format!("SELECT {values} FROM {STAGE} GROUP BY {}", key.join(", "))
    }

    fn instead(&self) -> String {
        let others = || self.columns.iter().filter(|column| !column.is_key);
        if self.is_key_alone() {
            return "DO NOTHING".to_owned();
        }
        let new = |column: &Column| match (&column.name, column.is_kept) {
            (name, true) => format!("coalesce(excluded.{name}, target.{name})"),
            (name, false) => format!("excluded.{name}"),
        };
        let set: Vec<String> = others()
            .map(|column| format!("{} = {}", column.name, new(column)))
            .collect();
        let old: Vec<String> = others()
            .map(|column| format!("target.{}", column.name))
            .collect();
        let new: Vec<String> = others().map(new).collect();
        format!(
            "DO UPDATE SET {} WHERE ({}) IS DISTINCT FROM ({}){}",
            set.join(", "),
            old.join(", "),
            new.join(", "),
            self.or_count()
        )
    }

    /// Asked only of a row that is as it would become, and never true.
    fn or_count(&self) -> String {
        match self.counts_as_is {
            true => format!(" OR nextval('{AS_IS}') < 1"),
            false => String::new(),
        }
    }

    fn key_values(&self) -> impl Iterator<Item = &str> {
        let of = |name: &String| self.columns.iter().find(|column| column.name == *name);
        let columns = self.key.iter().filter_map(of);
        columns.map(|column| column.value.as_str())
    }

    fn joined(&self, part: impl Fn(&Column) -> String) -> String {
        let parts: Vec<String> = self.columns.iter().map(part).collect();
        parts.join(", ")
    }
}
