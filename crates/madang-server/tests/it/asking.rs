//! Requests as the page sends them, and answers as it reads them.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::site::{HOST, Site};

/// A request on its way.
pub struct Asking {
    router: Router,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Body,
}

/// What came back.
#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Site {
    /// A request with the right Host and token.
    pub fn ask(&self, method: &'static str, path: impl Into<String>) -> Asking {
        let bearer = format!("Bearer {}", self.token.as_str());
        self.stranger(method, path)
            .header("host", HOST)
            .header("authorization", bearer)
    }

    /// A request with nothing.
    pub fn stranger(&self, method: &'static str, path: impl Into<String>) -> Asking {
        Asking {
            router: self.router(),
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Body::empty(),
        }
    }

    /// A POST with a JSON body and a key.
    pub async fn post(&self, path: &str, key: &str, body: Value) -> Answered {
        self.ask("POST", path)
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await
    }

    /// A GET.
    pub async fn get(&self, path: &str) -> Answered {
        self.ask("GET", path).send().await
    }
}

impl Asking {
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.text(body.to_string())
            .header("content-type", "application/json")
    }

    pub fn text(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub fn request(self) -> (Router, Request<Body>) {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        (self.router, request.body(self.body).expect("a request"))
    }

    pub async fn send(self) -> Answered {
        let (router, request) = self.request();
        let answer = router.oneshot(request).await.expect("an answer");
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answered {
            status: head.status,
            headers: head.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

impl Answered {
    /// The body of a success.
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.body
    }

    /// Status and code of a refusal, after checking its form.
    pub fn refusal(&self) -> (u16, &str) {
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{}",
            self.text
        );
        assert_eq!(self.body["status"], self.status.as_u16());
        for words in ["type", "title", "detail", "detail_ko"] {
            assert!(
                self.body[words]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{words} in {}",
                self.text
            );
        }
        (
            self.status.as_u16(),
            self.body["code"].as_str().expect("a code"),
        )
    }
}
