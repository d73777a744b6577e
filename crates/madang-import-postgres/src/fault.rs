//! What PostgreSQL's errors mean for a run: the classes of its manual, appendix "PostgreSQL Error Codes".

use madang_import::{SinkError, SinkErrorKind};

use crate::encode::DoesNotFit;

/// An error while nothing is being written: a lost connection leaves no doubt.
pub(crate) fn of_reading(error: sqlx::Error) -> SinkError {
    let kind = kind(&error);
    sink_error(
        if kind == SinkErrorKind::Unknown {
            TRANSIENT
        } else {
            kind
        },
        error,
    )
}

/// An error while a batch is being written.
pub(crate) fn of_writing(error: sqlx::Error) -> SinkError {
    sink_error(kind(&error), error)
}

/// Something that the user has to mend.
pub(crate) fn setup(message: String, message_ko: String) -> SinkError {
    SinkError {
        kind: SinkErrorKind::Setup,
        message,
        message_ko,
        source: None,
    }
}

/// The server does not answer within the time that a batch may take.
pub(crate) fn too_slow(seconds: u64) -> SinkError {
    SinkError {
        kind: SinkErrorKind::Unknown,
        message: format!("the server did not finish a batch within {seconds} s"),
        message_ko: format!("서버가 {seconds}초 안에 묶음을 끝내지 못했어요"),
        source: None,
    }
}

/// A number is too large for its column: the row that holds it is found by halving.
pub(crate) fn does_not_fit(unfit: &DoesNotFit, column: &str) -> SinkError {
    let DoesNotFit { value, .. } = unfit;
    SinkError {
        kind: SinkErrorKind::Rows {
            code: "out_of_range",
        },
        message: format!("{value} is too large for column {column}"),
        message_ko: format!("{value}은(는) {column} 열에 너무 큰 수예요"),
        source: None,
    }
}

const TRANSIENT: SinkErrorKind = SinkErrorKind::Transient { retry_after: None };

fn kind(error: &sqlx::Error) -> SinkErrorKind {
    match error {
        sqlx::Error::Database(said) => said
            .code()
            .map_or(SinkErrorKind::Unknown, |code| kind_of_code(&code)),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            SinkErrorKind::Unknown
        }
        // A certificate that does not hold, an option nobody knows, a password that is missing.
        _ => SinkErrorKind::Setup,
    }
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
        _ => match code.get(..2) {
            Some("22" | "23") => SinkErrorKind::Rows {
                code: "refused_by_sink",
            },
            Some("08" | "57") => SinkErrorKind::Unknown,
            Some("53") => TRANSIENT,
            _ => SinkErrorKind::Setup,
        },
    }
}

fn sink_error(kind: SinkErrorKind, error: sqlx::Error) -> SinkError {
    let said = match &error {
        sqlx::Error::Database(said) => said.message().to_owned(),
        other => other.to_string(),
    };
    SinkError {
        kind,
        message: format!("PostgreSQL: {said}"),
        message_ko: format!("PostgreSQL 오류: {said}"),
        // The driver's errors say what lies under them in their own words.
        source: None,
    }
}
