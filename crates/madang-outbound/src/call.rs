//! What a caller asks for and what it gets, and the check of what it wrote.

use std::{fmt, str::FromStr};

use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::{
    limits::CallLimits,
    request::Request,
    send_error::{Part, SendErrorKind},
};

/// One answer, whatever its status: a redirect is an answer, and so is a 500.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers in the order received, names in lower case; bytes beyond ASCII are read as Latin-1.
    pub headers: Vec<(String, String)>,
    /// The body as it came; made readable where the terms of the call say so.
    pub body: Bytes,
}

/// The methods that are carried. CONNECT and TRACE are not: the one opens a tunnel past every check, the other hands a caller's own
/// credentials back to whoever reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Query,
}

impl Method {
    const ALL: [Self; 8] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Options,
        Self::Query,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Query => "QUERY",
        }
    }

    pub(crate) fn on_the_wire(self) -> hyper::Method {
        match self {
            Self::Get => hyper::Method::GET,
            Self::Head => hyper::Method::HEAD,
            Self::Post => hyper::Method::POST,
            Self::Put => hyper::Method::PUT,
            Self::Patch => hyper::Method::PATCH,
            Self::Delete => hyper::Method::DELETE,
            Self::Options => hyper::Method::OPTIONS,
            Self::Query => hyper::Method::from_bytes(b"QUERY").expect("letters are a token"),
        }
    }

    /// Whether it changes nothing on the other side.
    pub(crate) fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Query)
    }

    /// RFC 9110 gives a body in GET and HEAD no meaning, and some servers take it for the next request.
    pub(crate) fn may_have_body(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }

    /// A server waiting for a body is told when there is none.
    fn expects_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch | Self::Query)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The method is not carried.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("method is not carried; use GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or QUERY")]
pub struct UnknownMethod;

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        Self::ALL
            .into_iter()
            .find(|method| method.name().eq_ignore_ascii_case(text))
            .ok_or(UnknownMethod)
    }
}

impl Request {
    /// The body as it will be sent.
    pub(crate) fn checked_body(&self, limits: &CallLimits) -> Result<Bytes, SendErrorKind> {
        let Some(body) = &self.body else {
            return Ok(Bytes::new());
        };
        if !self.method.may_have_body() {
            return Err(SendErrorKind::UnexpectedBody(self.method));
        }
        within(Part::RequestBody, body.len(), limits.request_body_bytes_max)?;
        Ok(body.clone())
    }

    /// The headers as they will be sent to `authority`, with the ones that are ours to say.
    pub(crate) fn checked_headers(
        &self,
        authority: &str,
        limits: &CallLimits,
    ) -> Result<HeaderMap, SendErrorKind> {
        within(
            Part::RequestHeaderCount,
            self.headers.len(),
            limits.request_headers_max,
        )?;
        let bytes = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        within(Part::RequestHeaders, bytes, limits.request_header_bytes_max)?;

        let ours = self.our_headers(authority);
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let (name, value) = parsed_header(name, value)?;
            match ours.iter().find(|(our_name, _)| *our_name == name) {
                Some((_, our_value)) if value == our_value.as_str() => {}
                Some(_) => return Err(not_yours(&name)),
                None if is_the_connection_s(&name) => return Err(not_yours(&name)),
                None => {
                    headers.append(name, value);
                }
            }
        }
        for (name, value) in ours {
            let value =
                HeaderValue::from_str(&value).expect("an authority and a number are visible ASCII");
            headers.insert(name, value);
        }
        headers
            .entry(header::USER_AGENT)
            .or_insert(HeaderValue::from_static(OUR_NAME));
        Ok(headers)
    }

    /// A caller may repeat these, since many libraries do, but not contradict them.
    fn our_headers(&self, authority: &str) -> Vec<(HeaderName, String)> {
        let mut ours = vec![(header::HOST, authority.to_owned())];
        let body_bytes = self.body.as_ref().map_or(0, Bytes::len);
        if body_bytes > 0 || self.method.expects_body() {
            ours.push((header::CONTENT_LENGTH, body_bytes.to_string()));
        }
        ours
    }
}

const OUR_NAME: &str = concat!("madang/", env!("CARGO_PKG_VERSION"));

pub(crate) fn within(part: Part, size: usize, limit: usize) -> Result<(), SendErrorKind> {
    if size > limit {
        return Err(SendErrorKind::TooLarge { part, limit });
    }
    Ok(())
}

fn parsed_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), SendErrorKind> {
    let refused = |reason| SendErrorKind::BadHeader {
        name: name.escape_debug().to_string(),
        reason,
    };
    let parsed_name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| refused("is not a header name; letters, digits and - are"))?;
    let bad_value = "has a line break, control or non-ASCII character in its value";
    if !value.is_ascii() {
        return Err(refused(bad_value));
    }
    let parsed_value = HeaderValue::from_str(value).map_err(|_| refused(bad_value))?;
    Ok((parsed_name, parsed_value))
}

fn not_yours(name: &HeaderName) -> SendErrorKind {
    SendErrorKind::BadHeader {
        name: name.to_string(),
        reason: "is set by the gateway; leave it out",
    }
}

/// Headers that say how the connection is used, not what is asked; from a caller they could split one request into two
/// or speak to a proxy on the way.
fn is_the_connection_s(name: &HeaderName) -> bool {
    const NAMES: &[&str] = &[
        "connection",
        "content-length",
        "expect",
        "http2-settings",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.contains(&name.as_str()) || name.as_str().starts_with("proxy-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: Method, headers: &[(&str, &str)], body: Option<&'static str>) -> Request {
        Request {
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.map(|body| Bytes::from_static(body.as_bytes())),
            ..Request::new(method, "")
        }
    }

    #[track_caller]
    fn check(call: &Request, expected: Result<&str, &str>) {
        let got = call
            .checked_headers("example.com", &CallLimits::default())
            .map(|headers| {
                let mut lines: Vec<_> = headers
                    .iter()
                    .filter(|(name, _)| *name != header::USER_AGENT)
                    .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                    .collect();
                lines.sort();
                lines.join("; ")
            })
            .map_err(|error| error.to_string());
        assert_eq!(got, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn headers_are_the_callers_but_for_those_of_the_connection() {
        use Method::{Get, Post};
        let plain = Ok("host: example.com");
        check(&call(Get, &[], None), plain);
        check(&call(Get, &[("Host", "example.com")], None), plain);
        check(
            &call(Get, &[("X-Key", "a"), ("x-key", "b")], None),
            Ok("host: example.com; x-key: a; x-key: b"),
        );
        check(
            &call(Post, &[("Content-Length", "3")], Some("abc")),
            Ok("content-length: 3; host: example.com"),
        );
        check(
            &call(Post, &[], None),
            Ok("content-length: 0; host: example.com"),
        );
        for (name, value) in [
            ("Host", "other.example"),
            ("Content-Length", "4"),
            ("Connection", "keep-alive"),
            ("Transfer-Encoding", "chunked"),
            ("Upgrade", "websocket"),
            ("Proxy-Authorization", "x"),
            ("Proxy-Connection", "x"),
            ("TE", "trailers"),
            ("Trailer", "x"),
            ("Expect", "100-continue"),
            ("Keep-Alive", "1"),
            ("HTTP2-Settings", "x"),
        ] {
            let message = format!(
                "header `{}` is set by the gateway; leave it out",
                name.to_lowercase()
            );
            check(&call(Post, &[(name, value)], Some("abc")), Err(&message));
        }
    }

    #[test]
    fn a_header_cannot_end_early_and_begin_another() {
        let value = "has a line break, control or non-ASCII character in its value";
        let name = "is not a header name; letters, digits and - are";
        let get = |name, value| call(Method::Get, &[(name, value)], None);
        check(
            &get("X", "a\r\nHost: b"),
            Err(&format!("header `X` {value}")),
        );
        check(&get("X", "a\nb"), Err(&format!("header `X` {value}")));
        check(&get("X", "a\0b"), Err(&format!("header `X` {value}")));
        check(&get("X", "한글"), Err(&format!("header `X` {value}")));
        check(
            &get("X\r\nY", "a"),
            Err(&format!("header `X\\r\\nY` {name}")),
        );
        check(&get("X Y", "a"), Err(&format!("header `X Y` {name}")));
        check(&get("X:", "a"), Err(&format!("header `X:` {name}")));
        check(&get("", "a"), Err(&format!("header `` {name}")));
    }

    #[test]
    fn headers_have_a_number_and_a_size() {
        let many = vec![("x", "y"); 65];
        check(
            &call(Method::Get, &many, None),
            Err("the number of headers is larger than the limit of 64"),
        );
        let long = "y".repeat(16 * 1024);
        check(
            &call(Method::Get, &[("x", &long)], None),
            Err("the size of the headers (bytes) is larger than the limit of 16384"),
        );
    }

    #[test]
    fn a_body_is_sent_where_the_method_has_one() {
        let body = |method, body| {
            call(method, &[], body)
                .checked_body(&CallLimits {
                    request_body_bytes_max: 3,
                    ..CallLimits::default()
                })
                .map_err(|error| error.to_string())
        };
        assert_eq!(body(Method::Get, None), Ok(Bytes::new()));
        assert_eq!(
            body(Method::Delete, Some("abc")),
            Ok(Bytes::from_static(b"abc"))
        );
        assert_eq!(
            body(Method::Get, Some("a")),
            Err("GET has no body; drop it or use another method".to_owned())
        );
        assert_eq!(
            body(Method::Put, Some("abcd")),
            Err("the body to send (bytes) is larger than the limit of 3".to_owned())
        );
    }

    #[test]
    fn methods_are_read_in_any_case_and_the_set_is_closed() {
        assert_eq!("patch".parse(), Ok(Method::Patch));
        assert_eq!("GET".parse(), Ok(Method::Get));
        for text in ["CONNECT", "TRACE", "", "GET /"] {
            assert_eq!(text.parse::<Method>(), Err(UnknownMethod), "{text}");
        }
    }
}
