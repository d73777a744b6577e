//! What SQLite says, in the runner's words.

use madang_import::{SinkError, SinkErrorKind};
use rusqlite::ffi;
use rusqlite::{Error, ErrorCode};

/// An error of our own words.
pub fn problem(kind: SinkErrorKind, message: String, message_ko: String) -> SinkError {
    SinkError {
        kind,
        message,
        message_ko,
        column: None,
        source: None,
    }
}

/// What SQLite said while something was done.
pub fn said(doing: &'static str, error: Error) -> SinkError {
    let (kind, what, what_ko) = meaning(&error);
    let rule = rule(&error);
    let told = rule.map_or_else(String::new, |rule| format!(" ({rule})"));
    SinkError {
        kind,
        message: format!("could not {doing}: {what}{told}"),
        message_ko: format!("{what_ko}{told}"),
        column: rule.and_then(column).map(str::to_owned),
        source: Some(Box::new(error)),
    }
}

/// The rule that does not hold, in SQLite's words: `NOT NULL constraint failed: menu.price`.
fn rule(error: &Error) -> Option<&str> {
    match error {
        Error::SqliteFailure(failure, Some(text))
            if failure.code == ErrorCode::ConstraintViolation =>
        {
            Some(text)
        }
        _ => None,
    }
}

/// The column of a rule about one.
fn column(rule: &str) -> Option<&str> {
    let (what, columns) = rule.split_once(" constraint failed: ")?;
    let (_, column) = columns.rsplit_once('.')?;
    let is_one = !columns.contains(", ");
    (is_one && matches!(what, "NOT NULL" | "UNIQUE")).then_some(column)
}

fn meaning(error: &Error) -> (SinkErrorKind, &'static str, &'static str) {
    let Error::SqliteFailure(failure, _) = error else {
        return (
            SinkErrorKind::Setup,
            "SQLite did not understand it",
            "SQLite가 이해하지 못했어요",
        );
    };
    match failure.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed => (
            SinkErrorKind::Transient { retry_after: None },
            "another program writes to the file",
            "다른 프로그램이 파일에 쓰고 있어요",
        ),
        ErrorCode::ConstraintViolation => constraint(failure.extended_code),
        ErrorCode::TypeMismatch => (
            SinkErrorKind::Rows {
                code: "refused_by_sink",
            },
            "the value is of another type than the column",
            "값의 형식이 열과 달라요",
        ),
        ErrorCode::TooBig => (
            SinkErrorKind::Rows {
                code: "refused_by_sink",
            },
            "the value is too large for SQLite",
            "값이 SQLite에 넣기에는 너무 커요",
        ),
        ErrorCode::DiskFull => (
            SinkErrorKind::Gone,
            "the disk is full",
            "디스크가 가득 찼어요",
        ),
        // No file becomes writable by waiting.
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => (
            SinkErrorKind::Setup,
            "the file may not be written; this user has to be allowed to write it and its folder",
            "파일에 쓸 권한이 없어요. 파일과 그 폴더에 쓸 수 있게 해 주세요",
        ),
        ErrorCode::SystemIoFailure | ErrorCode::NoLargeFileSupport => (
            SinkErrorKind::Gone,
            "the disk failed",
            "디스크가 응답하지 않아요",
        ),
        ErrorCode::DatabaseCorrupt => (
            SinkErrorKind::Gone,
            "the file is damaged",
            "파일이 손상됐어요",
        ),
        ErrorCode::NotADatabase => (
            SinkErrorKind::Setup,
            "the file is no SQLite database",
            "SQLite 파일이 아니에요",
        ),
        ErrorCode::CannotOpen => (
            SinkErrorKind::Setup,
            "the file cannot be opened; its folder has to be there and writable",
            "파일을 열 수 없어요. 폴더가 있고 쓸 수 있는지 확인해 주세요",
        ),
        _ => (
            SinkErrorKind::Setup,
            "SQLite refused it",
            "SQLite가 받지 않았어요",
        ),
    }
}

fn constraint(extended_code: i32) -> (SinkErrorKind, &'static str, &'static str) {
    match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => (
            SinkErrorKind::Rows {
                code: "duplicate_key",
            },
            "a row with the same unique value is there already",
            "같은 고유 값을 가진 줄이 이미 있어요",
        ),
        _ => (
            SinkErrorKind::Rows {
                code: "refused_by_sink",
            },
            "a rule of the table speaks against it",
            "표의 규칙에 맞지 않아요",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, SinkErrorKind, column, ffi, said};

    #[test]
    fn a_rule_about_one_column_names_it() {
        let check = |rule, expected| assert_eq!(column(rule), expected, "{rule}");
        check("NOT NULL constraint failed: menu item.price", Some("price"));
        check("UNIQUE constraint failed: a.b.code", Some("code"));
        check("UNIQUE constraint failed: menu.a, menu.b", None);
        check("CHECK constraint failed: price > 0.5", None);
        check("below zero", None);
    }

    #[test]
    fn what_sqlite_says_tells_the_runner_what_to_do() {
        let check = |extended: i32, expected: SinkErrorKind| {
            let error = Error::SqliteFailure(ffi::Error::new(extended), None);
            assert_eq!(said("write", error).kind, expected, "{extended}");
        };
        let transient = SinkErrorKind::Transient { retry_after: None };
        check(ffi::SQLITE_BUSY, transient);
        check(ffi::SQLITE_BUSY_SNAPSHOT, transient);
        check(ffi::SQLITE_LOCKED, transient);
        let rows = |code| SinkErrorKind::Rows { code };
        check(ffi::SQLITE_CONSTRAINT_UNIQUE, rows("duplicate_key"));
        check(ffi::SQLITE_CONSTRAINT_PRIMARYKEY, rows("duplicate_key"));
        check(ffi::SQLITE_CONSTRAINT_CHECK, rows("refused_by_sink"));
        check(ffi::SQLITE_CONSTRAINT_NOTNULL, rows("refused_by_sink"));
        check(ffi::SQLITE_TOOBIG, rows("refused_by_sink"));
        check(ffi::SQLITE_FULL, SinkErrorKind::Gone);
        check(ffi::SQLITE_READONLY, SinkErrorKind::Setup);
        check(ffi::SQLITE_READONLY_DIRECTORY, SinkErrorKind::Setup);
        check(ffi::SQLITE_PERM, SinkErrorKind::Setup);
        check(ffi::SQLITE_IOERR_FSYNC, SinkErrorKind::Gone);
        check(ffi::SQLITE_CORRUPT, SinkErrorKind::Gone);
        check(ffi::SQLITE_NOTADB, SinkErrorKind::Setup);
        check(ffi::SQLITE_CANTOPEN, SinkErrorKind::Setup);
        check(ffi::SQLITE_ERROR, SinkErrorKind::Setup);
    }
}
