//! What PostgreSQL's errors mean for a run: the classes of its manual, appendix "PostgreSQL Error Codes".

use madang_import::{Batch, Kind, SinkError, SinkErrorKind, Value};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use crate::destination::{Destination, quoted};
use crate::encode::{DoesNotFit, Keeps, Unfit};

/// An error while nothing is being written: a lost connection leaves no doubt.
pub(crate) fn of_reading(error: sqlx::Error) -> SinkError {
    let kind = match kind(&error) {
        SinkErrorKind::Unknown => TRANSIENT,
        DENIED => SinkErrorKind::Setup,
        kind => kind,
    };
    sink_error(kind, error)
}

/// An error while a batch is being written.
pub(crate) fn of_writing(error: sqlx::Error) -> SinkError {
    sink_error(kind(&error), error)
}

/// A right that is missing for the whole table, whatever the row is.
pub(crate) fn denied_for_all(error: SinkError) -> SinkError {
    SinkError {
        kind: SinkErrorKind::Setup,
        ..error
    }
}

/// Something that the user has to mend.
pub(crate) fn setup(message: String, message_ko: String) -> SinkError {
    SinkError {
        kind: SinkErrorKind::Setup,
        message,
        message_ko,
        column: None,
        source: None,
    }
}

/// The server does not answer within the time that a batch may take.
pub(crate) fn too_slow(seconds: u64) -> SinkError {
    SinkError {
        kind: SinkErrorKind::Unknown,
        message: format!("the server did not finish a batch within {seconds} s"),
        message_ko: format!("서버가 {seconds}초 안에 묶음을 끝내지 못했어요"),
        column: None,
        source: None,
    }
}

/// A value is too large for its column: the row that holds it is found by halving.
pub(crate) fn does_not_fit(
    unfit: &DoesNotFit,
    column: &str,
    destination: &Destination,
) -> SinkError {
    let widen = |kind: &str| {
        format!(
            "ALTER TABLE {} ALTER COLUMN {} TYPE {kind}",
            destination.quoted(),
            quoted(column)
        )
    };
    let (code, message, message_ko) = match unfit.value {
        Unfit::Number(value) => (
            "out_of_range",
            format!(
                "{value} is too large for column {column}; let the column be wider, as with: {}",
                widen("bigint")
            ),
            format!(
                "{column} 열에 너무 큰 수예요({value}). 열을 넓히려면: {}",
                widen("bigint")
            ),
        ),
        Unfit::Rounded {
            units,
            scale,
            keeps,
        } => {
            let number = Value::Integer(units).spelled(Kind::Decimal { scale });
            let number = number.unwrap_or_default();
            let (kept, kept_ko, mend) = match keeps {
                Keeps::Digits(digits) => (
                    format!("{digits} digits"),
                    format!("{digits}자리"),
                    widen("numeric"),
                ),
                Keeps::Decimals(decimals) => (
                    format!("{decimals} decimals"),
                    format!("소수 {decimals}자리"),
                    widen("numeric"),
                ),
                Keeps::All => Default::default(),
            };
            (
                "out_of_range",
                format!(
                    "column {column} keeps {kept} and would round {number}; let it keep more, as with: {mend}"
                ),
                format!(
                    "{column} 열은 {kept_ko}까지라서 {number}을(를) 반올림하게 돼요. 더 받으려면: {mend}"
                ),
            )
        }
        Unfit::Moment {
            decimals,
            column: kind,
        } => (
            "out_of_range",
            format!(
                "column {column} keeps {decimals} decimals of a second and would round this one; let it keep more, as with: {}",
                widen(kind)
            ),
            format!(
                "{column} 열은 초의 소수 {decimals}자리까지라서 반올림하게 돼요. 더 받으려면: {}",
                widen(kind)
            ),
        ),
        Unfit::Text {
            characters,
            characters_max,
        } => {
            let wide = widen(&format!("varchar({characters})"));
            (
                "too_long",
                format!(
                    "column {column} takes {characters_max} characters, and this has {characters}; shorten it, or widen the column: {wide}"
                ),
                format!(
                    "{column} 열에는 {characters_max}자까지 들어가는데 {characters}자예요. 줄이거나 열을 넓혀 주세요: {wide}"
                ),
            )
        }
    };
    SinkError {
        kind: SinkErrorKind::Rows { code },
        message,
        message_ko,
        column: Some(column.to_owned()),
        source: None,
    }
}

/// Says the column of a value that the server could not read: it tells the value alone.
pub(crate) fn in_cast_column(error: SinkError, cast: &[usize], batch: &Batch) -> SinkError {
    let is_of_one_row = matches!(error.kind, SinkErrorKind::Rows { .. }) && batch.len() == 1;
    if error.column.is_some() || !is_of_one_row {
        return error;
    }
    let is_told = |position: &&usize| match batch.columns[**position].value(0) {
        Value::Text(text) => error.message.contains(&format!("\"{text}\"")),
        _ => false,
    };
    let mut told = cast.iter().filter(is_told);
    match (told.next(), told.next()) {
        (Some(position), None) => {
            let column = batch.schema.fields[*position].name.clone();
            SinkError {
                message: format!("column {column}: {}", error.message),
                message_ko: format!("{column} 열: {}", error.message_ko),
                column: Some(column),
                ..error
            }
        }
        _ => error,
    }
}

const TRANSIENT: SinkErrorKind = SinkErrorKind::Transient { retry_after: None };

fn kind(error: &sqlx::Error) -> SinkErrorKind {
    match error {
        sqlx::Error::Database(said) => {
            let code = said.code();
            let kind = code.map_or(SinkErrorKind::Unknown, |code| kind_of_code(&code));
            match kind {
                SinkErrorKind::Setup if was_raised(&**said) => REFUSED,
                kind => kind,
            }
        }
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            SinkErrorKind::Unknown
        }
        // A certificate that does not hold, an option nobody knows, a password that is missing.
        _ => SinkErrorKind::Setup,
    }
}

const REFUSED: SinkErrorKind = SinkErrorKind::Rows {
    code: "refused_by_sink",
};

/// A row that this user may not write; or the whole table, which the sink finds out.
pub(crate) const DENIED: SinkErrorKind = SinkErrorKind::Rows { code: "denied" };

/// Whether a function of the table's own says no, with whatever code: the server names the routine that does `RAISE`, in no language.
fn was_raised(said: &dyn DatabaseError) -> bool {
    let details = said.try_downcast_ref::<PgDatabaseError>();
    details.and_then(PgDatabaseError::routine) == Some("exec_stmt_raise")
}

fn kind_of_code(code: &str) -> SinkErrorKind {
    match code {
        "23505" => SinkErrorKind::Rows {
            code: "duplicate_key",
        },
        "23502" => SinkErrorKind::Rows { code: "required" },
        "23503" => SinkErrorKind::Rows {
            code: "unknown_reference",
        },
        "22001" => SinkErrorKind::Rows { code: "too_long" },
        "22003" => SinkErrorKind::Rows {
            code: "out_of_range",
        },
        // Another transaction was in the way; too many connections; a lock was not given; a statement was called off.
        "40001" | "40P01" | "53300" | "55P03" | "57014" => TRANSIENT,
        // Starting up, shutting down.
        "57P03" => TRANSIENT,
        "53100" | "58030" => SinkErrorKind::Gone,
        "42501" => DENIED,
        _ => match code.get(..2) {
            // Also what functions raise: without a code of their own, and with one.
            Some("22" | "23" | "45" | "P0") => SinkErrorKind::Rows {
                code: "refused_by_sink",
            },
            Some("08" | "57") => SinkErrorKind::Unknown,
            Some("53") => TRANSIENT,
            _ => SinkErrorKind::Setup,
        },
    }
}

fn sink_error(kind: SinkErrorKind, error: sqlx::Error) -> SinkError {
    let (message, message_ko, column) = match &error {
        sqlx::Error::Database(said) => in_words(&**said),
        other => (
            format!("PostgreSQL: {other}"),
            format!("PostgreSQL 오류: {other}"),
            None,
        ),
    };
    SinkError {
        kind,
        message,
        message_ko,
        column,
        // The driver's errors say what lies under them in their own words.
        source: None,
    }
}

/// What the server says, in English and Korean, and the column that it speaks of.
fn in_words(said: &dyn DatabaseError) -> (String, String, Option<String>) {
    let details = said.try_downcast_ref::<PgDatabaseError>();
    let column = details.and_then(column_of);
    let code = said.code().unwrap_or_default();
    let mut text = said.message().to_owned();
    // Of a rule that does not hold, the detail is the whole row, which the dead letter has.
    if let Some(detail) = details.and_then(PgDatabaseError::detail)
        && !matches!(&*code, "23502" | "23514")
    {
        text = format!("{text} ({detail})");
    }
    let (place, place_ko) = match &column {
        Some(column) => (format!("column {column}: "), format!("{column} 열: ")),
        None => Default::default(),
    };
    let message_ko = match in_korean(&code) {
        Some(korean) => format!("{place_ko}{korean} (PostgreSQL: {text})"),
        None => format!("{place_ko}PostgreSQL 오류: {text}"),
    };
    (format!("{place}PostgreSQL: {text}"), message_ko, column)
}

/// The column that an error names, or that the server was reading when it came: `COPY menu, line 3, column price: "…"`.
fn column_of(error: &PgDatabaseError) -> Option<String> {
    let of_copy = || {
        let read = error.r#where()?.lines().next()?.strip_prefix("COPY ")?;
        let (_, column) = read.split_once(", column ")?;
        Some(column.split(": ").next().unwrap_or(column))
    };
    error.column().or_else(of_copy).map(str::to_owned)
}

fn in_korean(code: &str) -> Option<&'static str> {
    Some(match code {
        "23505" => "같은 고유 값을 가진 행이 이미 있어요",
        "23502" => "비울 수 없는 열이에요",
        "23503" => "가리키는 행이 없어요",
        "23514" => "테이블의 규칙에 맞지 않아요",
        "22001" => "열에 넣기에는 글자가 너무 길어요",
        "22003" => "열에 넣기에는 수가 너무 커요",
        "22P02" | "22007" => "열의 형식으로 읽을 수 없는 값이에요",
        "53100" => "데이터베이스 서버의 디스크가 가득 찼어요",
        _ => return None,
    })
}
