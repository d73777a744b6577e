//! The screen's built files, handed in by the binary and held in memory.

use std::collections::HashMap;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::route::Served;

/// The page itself; every path of the screen's own router is answered with it.
const PAGE: &str = "index.html";
/// Where the screen's build puts files whose names carry a digest of what is in them.
const HASHED: &str = "assets/";

/// The screen's files by their path.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    files: HashMap<String, ScreenFile>,
}

/// One file of the screen.
#[derive(Clone, Debug)]
pub struct ScreenFile {
    content_type: HeaderValue,
    bytes: Bytes,
    etag: HeaderValue,
}

impl ScreenFile {
    /// A file. `etag` is any text that changes with its bytes; quotes are added. None when content type or etag cannot be a header.
    pub fn new(content_type: &str, bytes: impl Into<Bytes>, etag: &str) -> Option<Self> {
        Some(Self {
            content_type: HeaderValue::from_str(content_type).ok()?,
            bytes: bytes.into(),
            etag: HeaderValue::from_str(&format!("\"{etag}\"")).ok()?,
        })
    }
}

impl Screen {
    /// The screen's files by their path, as `index.html` and `assets/app-1a2b.js`.
    pub fn new(files: impl IntoIterator<Item = (String, ScreenFile)>) -> Self {
        Self {
            files: files.into_iter().collect(),
        }
    }

    fn find(&self, path: &str) -> Option<(&str, &ScreenFile)> {
        let path = path.trim_start_matches('/');
        let last = path.rsplit('/').next().unwrap_or(path);
        let name = if path.is_empty() || !last.contains('.') {
            PAGE
        } else {
            path
        };
        let (name, file) = self.files.get_key_value(name)?;
        Some((name, file))
    }
}

/// Answers with a file of the screen, or with the page for a path of its own router.
pub async fn file(State(served): State<Served>, uri: Uri, headers: HeaderMap) -> Response {
    match served.screen.find(uri.path()) {
        Some((name, file)) => answer(name, file, &headers),
        None => not_there(uri.path()).into_response(),
    }
}

fn answer(name: &str, file: &ScreenFile, headers: &HeaderMap) -> Response {
    let known = headers.get(header::IF_NONE_MATCH) == Some(&file.etag);
    let (status, body) = if known {
        (StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        (StatusCode::OK, Body::from(file.bytes.clone()))
    };
    let kept = match name {
        PAGE => "no-store",
        hashed if hashed.starts_with(HASHED) => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let mut response = (status, body).into_response();
    let answered = response.headers_mut();
    answered.insert(header::CONTENT_TYPE, file.content_type.clone());
    answered.insert(header::ETAG, file.etag.clone());
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}

fn not_there(path: &str) -> Problem {
    let shown: String = path.chars().take(100).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-file",
        format!("the screen has no file {shown}"),
        "그런 파일이 없어요",
    )
    .with_hint("if the page itself is missing, the screen was not built: run make run")
}
