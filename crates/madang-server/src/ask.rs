//! What a request carries, taken out with errors that say what to do: JSON bodies, ids, queries, the key of an operation.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::problem::Problem;
use madang_till::OperationKey;

/// The header that names an operation, so that sending it again does not do it again.
pub const KEY_HEADER: &str = "idempotency-key";

/// How long a body may take to arrive: all of them fit into a few packets.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A JSON body.
pub struct Body<T>(pub T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match timeout(BODY_TIMEOUT, Json::<T>::from_request(request, state)).await {
            Ok(Ok(Json(body))) => Ok(Self(body)),
            Ok(Err(rejection)) => Err(bad_body(&rejection)),
            Err(_) => Err(slow_body()),
        }
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
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => Err(bad_query(&rejection)),
        }
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

fn bad_body(rejection: &JsonRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "the body is larger than this API takes",
            "보낸 내용이 너무 커요",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "the body must be JSON",
            "JSON으로 보내 주세요",
        )
        .with_hint("send the header Content-Type: application/json"),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "bad-json",
            rejection.body_text(),
            "보낸 JSON을 읽을 수 없어요",
        ),
    }
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

fn bad_path(rejection: &PathRejection) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-path",
        rejection.body_text(),
        "주소의 모양이 맞지 않아요",
    )
}

fn bad_query(rejection: &QueryRejection) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-query",
        rejection.body_text(),
        "질의의 모양이 맞지 않아요",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::header;
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
