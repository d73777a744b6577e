//! What a request carries, taken out with errors that say what to do: JSON bodies, ids, queries, the key of an operation.

mod sent;

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use self::sent::Unfit;
pub use self::sent::{day, moment};
use crate::problem::Problem;
use madang_till::OperationKey;

/// The header that names an operation, so that sending it again does not do it again.
pub const KEY_HEADER: &str = "idempotency-key";

/// How long a body may take to arrive: all of them fit into a few packets.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What to do about a field that does not fit.
const SEE_OPENAPI: &str = "crates/madang-server/openapi.json lists every field with what it takes";

/// A JSON body.
pub struct Body<T>(pub T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(not_json());
        }
        let arriving = timeout(BODY_TIMEOUT, Bytes::from_request(request, state));
        let bytes = arriving.await.map_err(|_| slow_body())?;
        let bytes = bytes.map_err(|rejection| no_body(&rejection))?;
        let value = serde_json::from_slice(&bytes).map_err(|error| bad_json(&error))?;
        sent::body(&value)
            .map(Self)
            .map_err(|unfit| bad_body(&unfit))
    }
}

/// Segments of the path.
pub struct Named<T>(pub T);

impl<T, S> FromRequestParts<S> for Named<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            Err(rejection) => Err(bad_path(&rejection)),
        }
    }
}

/// The query.
pub struct Asked<T>(pub T);

impl<T, S> FromRequestParts<S> for Asked<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Query(pairs) = pairs.map_err(|_| no_pairs())?;
        sent::query(pairs)
            .map(Self)
            .map_err(|unfit| bad_query(&unfit))
    }
}

/// The key of an operation, from its header.
pub struct Key(pub OperationKey);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let header = parts.headers.get(KEY_HEADER).ok_or_else(no_key)?;
        let text = header.to_str().map_err(|_| bad_key())?;
        let key = OperationKey::new(text).map_err(|_| bad_key())?;
        Ok(Self(key))
    }
}

/// An id written in a path or a query.
///
/// # Errors
/// 400 naming what was written.
pub fn id<T>(text: &str) -> Result<T, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad-id",
            error.to_string(),
            "번호의 모양이 맞지 않아요",
        )
        .with_hint("ids are the numbers that this API gave out, written without spaces or signs")
    })
}

/// A word of a list that is written in a query.
///
/// # Errors
/// 400 naming the field and the words it takes.
pub fn word<T: DeserializeOwned>(field: &str, written: &str) -> Result<T, Problem> {
    sent::word(field, written).map_err(|unfit| bad_query(&unfit))
}

fn no_key() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "idempotency-key-missing",
        "this request needs the header Idempotency-Key",
        "Idempotency-Key 헤더가 필요해요",
    )
    .with_hint("send a new random text for each thing to be done, and the same text when you send it again")
}

fn bad_key() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "idempotency-key-bad",
        "the header Idempotency-Key must be 1 to 128 printable ASCII characters",
        "Idempotency-Key 헤더는 1~128자의 영문·숫자·기호여야 해요",
    )
}

/// `application/json`, or another kind whose name says that it is JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind.strip_prefix("application/")
        .is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

fn not_json() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not-json",
        "the body must be JSON",
        "JSON으로 보내 주세요",
    )
    .with_hint("send the header Content-Type: application/json")
}

fn no_body(rejection: &BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "the body is larger than this API takes",
            "보낸 내용이 너무 커요",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "bad-json",
            "the body broke off before its end",
            "보낸 내용이 끝나기 전에 끊겼어요",
        ),
    }
}

fn bad_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-json",
        format!("the body is not JSON from line {line}, column {column} on"),
        format!("보낸 내용이 {line}번째 줄 {column}번째 글자부터 JSON이 아니에요"),
    )
}

fn bad_body(unfit: &Unfit) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-json",
        unfit.english(),
        unfit.korean(),
    )
    .with_hint(SEE_OPENAPI)
}

fn slow_body() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body-too-slow",
        format!(
            "the body did not arrive within {} s",
            BODY_TIMEOUT.as_secs()
        ),
        "보낸 내용이 제때 도착하지 않았어요",
    )
}

/// The types of our paths are texts and numbers that count, so that what does not fit is no such number.
fn bad_path(rejection: &PathRejection) -> Problem {
    let written = match rejection {
        PathRejection::FailedToDeserializePathParams(failed) => match failed.kind() {
            ErrorKind::ParseError { value, .. }
            | ErrorKind::ParseErrorAtKey { value, .. }
            | ErrorKind::ParseErrorAtIndex { value, .. } => Some(value),
            _ => None,
        },
        _ => None,
    };
    let (detail, detail_ko) = match written {
        Some(written) => (
            format!("`{written}` in the address must be a whole number, 0 or more"),
            format!("주소의 `{written}` 자리에는 0 이상의 정수가 와야 해요"),
        ),
        None => (
            "a part of the address is not text in UTF-8".into(),
            "주소의 모양이 맞지 않아요".into(),
        ),
    };
    Problem::new(StatusCode::BAD_REQUEST, "bad-path", detail, detail_ko)
}

fn no_pairs() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-query",
        "the query must be pairs, as `?page=2&size=50`",
        "질의는 `?page=2&size=50`처럼 써야 해요",
    )
}

fn bad_query(unfit: &Unfit) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-query",
        unfit.english(),
        unfit.korean(),
    )
    .with_hint(SEE_OPENAPI)
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use serde_json::Value;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let body = stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let request = Request::builder()
            .header(header::CONTENT_TYPE, "application/json")
            .body(axum::body::Body::from_stream(body))
            .expect("a request");
        let answered = Body::<Value>::from_request(request, &()).await;
        assert_eq!(
            answered.err().map(|problem| problem.code().to_owned()),
            Some("body-too-slow".into())
        );
    }
}
