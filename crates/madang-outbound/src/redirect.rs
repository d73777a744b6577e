//! Where a redirect leads, and what may come along.
//!
//! Each hop is checked like a first call: the grant here, the addresses when it is dialled. Credentials stay with the origin that
//! they were meant for.

use bytes::Bytes;
use hyper::{
    StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use crate::{
    call::Method,
    grant::{Caller, Scheme},
    send_error::{BadUrl, RedirectReason, SendErrorKind},
    target::{Target, no_odd_characters},
};

/// The request that was answered with a redirect.
pub(crate) struct Hop<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) target: &'a Target,
    pub(crate) method: Method,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    /// Redirects followed to come here.
    pub(crate) followed: u32,
    /// How many this route follows; none unless it says so.
    pub(crate) redirects_max: u32,
}

/// The request to make instead.
#[derive(Debug)]
pub(crate) struct NextHop {
    pub(crate) target: Target,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) followed: u32,
}

/// What follows from an answer with this status and `Location`; nothing if it is to be taken as it is.
pub(crate) fn next(
    hop: &Hop<'_>,
    status: StatusCode,
    location: Option<&HeaderValue>,
) -> Result<Option<NextHop>, SendErrorKind> {
    let (Some(location), Some(method)) = (location, method_after(status, hop.method)) else {
        return Ok(None);
    };
    if hop.redirects_max == 0 {
        return Ok(None);
    }
    if hop.followed >= hop.redirects_max {
        let redirects_max = hop.redirects_max;
        return Err(SendErrorKind::TooManyRedirects { redirects_max });
    }
    let target = target(hop, location)?;
    let keeps_body = method == hop.method;
    Ok(Some(NextHop {
        headers: headers(hop, &target, keeps_body),
        body: if keeps_body {
            hop.body.clone()
        } else {
            Bytes::new()
        },
        method,
        target,
        followed: hop.followed + 1,
    }))
}

/// RFC 9110, 15.4: 303 asks for what stands elsewhere; 301 and 302 turn POST into GET, as everybody has always done; 307 and 308
/// change nothing.
fn method_after(status: StatusCode, method: Method) -> Option<Method> {
    match (status.as_u16(), method) {
        (303, Method::Head) => Some(Method::Head),
        (303, _) | (301 | 302, Method::Post) => Some(Method::Get),
        (301 | 302 | 307 | 308, _) => Some(method),
        _ => None,
    }
}

fn target(hop: &Hop<'_>, location: &HeaderValue) -> Result<Target, SendErrorKind> {
    // Servers write 한글 as it is; browsers take such bytes for UTF-8.
    let text = std::str::from_utf8(location.as_bytes())
        .map_err(|_| SendErrorKind::BadUrl(BadUrl::Path))?;
    no_odd_characters(text).map_err(SendErrorKind::BadUrl)?;
    let url = Url::parse(&hop.target.url())
        .and_then(|base| base.join(text))
        .map_err(|error| SendErrorKind::BadUrl(BadUrl::Syntax(error)))?;
    let target = Target::granted(hop.caller, &url).map_err(of_redirect)?;
    if (hop.target.origin.scheme, target.origin.scheme) == (Scheme::Https, Scheme::Http) {
        return Err(SendErrorKind::RedirectRefused {
            to: target.origin,
            reason: RedirectReason::LeavesSecureLine,
        });
    }
    Ok(target)
}

/// Whoever made the call has not written this address: it is the called server that leads there.
fn of_redirect(kind: SendErrorKind) -> SendErrorKind {
    match kind {
        SendErrorKind::NotAllowed { origin, line } => SendErrorKind::RedirectRefused {
            to: origin,
            reason: RedirectReason::NotAllowed(line),
        },
        kind => kind,
    }
}

fn headers(hop: &Hop<'_>, target: &Target, keeps_body: bool) -> HeaderMap {
    let same_origin = hop.target.origin == target.origin;
    let mut headers: HeaderMap = hop
        .headers
        .iter()
        .filter(|(name, _)| keeps_body || !is_of_the_body(name))
        .filter(|(name, _)| same_origin || !is_credential(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let authority = HeaderValue::from_str(&target.origin.authority());
    headers.insert(
        header::HOST,
        authority.expect("an authority is visible ASCII"),
    );
    headers
}

fn is_of_the_body(name: &HeaderName) -> bool {
    name.as_str().starts_with("content-") || *name == header::EXPECT
}

/// What proves who the caller is, by the names that companies give it. One too many dropped costs a call that says so; one too few
/// gives a key away.
pub(crate) fn is_credential(name: &HeaderName) -> bool {
    const PARTS: &[&str] = &[
        "auth",
        "cookie",
        "key",
        "token",
        "secret",
        "password",
        "signature",
        "session",
        "credential",
    ];
    let name = name.as_str();
    name.starts_with("proxy-") || name == "referer" || PARTS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::{Grant, GrantedOrigin, Origin, Reach};

    fn caller() -> Caller {
        let granted = |origin| GrantedOrigin {
            origin: Origin::parse(origin).unwrap(),
            reach: Reach::Internet,
        };
        let origins = ["https://a.example", "https://b.example", "http://a.example"];
        Caller {
            id: "tester".to_owned(),
            grant: Grant {
                origins: origins.map(granted).into(),
                ..Grant::default()
            },
        }
    }

    const HEADERS: &[(&str, &str)] = &[
        ("host", "a.example"),
        ("accept", "text/plain"),
        ("authorization", "Bearer x"),
        ("apikey", "x"),
        ("x-api-key", "x"),
        ("cookie", "x"),
        ("proxy-authorization", "x"),
        ("content-type", "text/plain"),
        ("content-length", "4"),
    ];

    /// `method` to https://a.example/one/two is answered with `status` and `location`; told is the next request.
    fn told(method: Method, status: u16, location: &'static str) -> String {
        told_after(0, 3, method, status, location)
    }

    fn told_after(
        followed: u32,
        redirects_max: u32,
        method: Method,
        status: u16,
        location: &'static str,
    ) -> String {
        let caller = caller();
        let url = Url::parse("https://a.example/one/two?q").unwrap();
        let headers = HEADERS
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let hop = Hop {
            caller: &caller,
            target: &Target::granted(&caller, &url).unwrap(),
            method,
            headers: &headers,
            body: &Bytes::from_static(b"body"),
            followed,
            redirects_max,
        };
        let location = HeaderValue::from_bytes(location.as_bytes()).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        match next(&hop, status, Some(&location)) {
            Ok(None) => "the answer".to_owned(),
            Ok(Some(next)) => {
                let names: Vec<_> = next.headers.keys().map(HeaderName::as_str).collect();
                let body = String::from_utf8_lossy(&next.body).into_owned();
                assert_eq!(next.headers["host"], next.target.origin.authority());
                assert_eq!(next.followed, followed + 1);
                format!(
                    "{} {} {body} {}",
                    next.method,
                    next.target.url(),
                    names.len()
                )
            }
            Err(error) => error.to_string(),
        }
    }

    #[track_caller]
    fn check(method: Method, status: u16, location: &'static str, expected: &str) {
        assert_eq!(
            told(method, status, location),
            expected,
            "{status} {location}"
        );
    }

    #[test]
    fn methods_and_bodies_follow_rfc_9110() {
        use Method::{Delete, Get, Head, Post, Put};
        let all = HEADERS.len();
        let bodiless = all - 2;
        let at = "https://a.example/x";
        for status in [301, 302] {
            check(Post, status, "/x", &format!("GET {at}  {bodiless}"));
            check(Put, status, "/x", &format!("PUT {at} body {all}"));
            check(Get, status, "/x", &format!("GET {at} body {all}"));
        }
        check(Post, 303, "/x", &format!("GET {at}  {bodiless}"));
        check(Delete, 303, "/x", &format!("GET {at}  {bodiless}"));
        check(Head, 303, "/x", &format!("HEAD {at} body {all}"));
        check(Post, 307, "/x", &format!("POST {at} body {all}"));
        check(Post, 308, "/x", &format!("POST {at} body {all}"));
        for status in [200, 300, 304, 305, 306, 400] {
            check(Get, status, "/x", "the answer");
        }
    }

    #[test]
    fn an_address_is_read_beside_the_one_that_answered() {
        use Method::Get;
        let all = HEADERS.len();
        for (location, url) in [
            ("x", "https://a.example/one/x"),
            ("../x", "https://a.example/x"),
            ("?x", "https://a.example/one/two?x"),
            ("//a.example/x", "https://a.example/x"),
            ("https://A.example:443/x#y", "https://a.example/x"),
            (
                "/메뉴?q=가",
                "https://a.example/%EB%A9%94%EB%89%B4?q=%EA%B0%80",
            ),
        ] {
            check(Get, 302, location, &format!("GET {url} body {all}"));
        }
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let kept = HEADERS.len() - 5;
        check(
            Method::Put,
            307,
            "https://b.example/x",
            &format!("PUT https://b.example/x body {kept}"),
        );
        for name in [
            "x-auth-token",
            "x-amz-security-token",
            "x-csrf-token",
            "x-hub-signature",
            "proxy-connection",
            "referer",
        ] {
            assert!(is_credential(&HeaderName::from_static(name)), "{name}");
        }
        for name in [
            "accept",
            "content-type",
            "user-agent",
            "range",
            "x-proxy-hops",
        ] {
            assert!(!is_credential(&HeaderName::from_static(name)), "{name}");
        }
    }

    #[test]
    fn each_hop_is_checked_like_a_first_call() {
        use Method::Get;
        check(
            Get,
            302,
            "https://evil.example/",
            "the redirect to https://evil.example is not followed: calls to it are not granted; to grant it, \
             add to [origins]: \"https://evil.example\" = \"why it is called\"",
        );
        check(
            Get,
            302,
            "http://169.254.169.254/latest",
            "`169.254.169.254` leads to a cloud metadata service, which is never granted",
        );
        check(
            Get,
            302,
            "http://a.example/x",
            "the redirect to http://a.example is not followed: it would leave a secure line for an open one",
        );
        for bad in [
            "https://me@a.example/",
            "ftp://a.example/",
            "/a b",
            "https://",
        ] {
            check(Get, 302, bad, "the address cannot be called");
        }
    }

    #[test]
    fn redirects_are_followed_only_where_the_route_says_so_and_so_often() {
        assert_eq!(told_after(0, 0, Method::Get, 302, "/x"), "the answer");
        assert_eq!(
            told_after(3, 3, Method::Get, 302, "/x"),
            "more than 3 redirects; call the last address directly"
        );
    }
}
