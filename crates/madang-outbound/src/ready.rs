//! A request that has been checked: where it leads, what it carries, and nothing that is still text to be read twice.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use url::{ParseError, Url};

use crate::{
    call::Method,
    calling::Patience,
    grant::{Caller, Origin},
    limits::CallLimits,
    progress::Progress,
    redirect,
    request::{BodyStream, Request, StreamOnce},
    route::{Base, Route},
    send_error::{BadUrl, RedirectReason, SendErrorKind},
    target::{Target, no_odd_characters, read},
    upstream::Traffic,
    wire::{Arrived, Attempt},
};

/// A call that may be sent.
pub(crate) struct Ready {
    /// As the caller and the hooks left it, for the next attempt to begin from.
    pub(crate) request: Request,
    pub(crate) url: Url,
    pub(crate) target: Arc<Target>,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) is_keyed: bool,
    /// Redirects followed to come here.
    pub(crate) followed: u32,
    body: Bytes,
    stream: Option<StreamOnce>,
}

impl Ready {
    pub(crate) fn checked(
        caller: &Caller,
        route: &Route,
        mut request: Request,
        stream: Option<BodyStream>,
    ) -> Result<Self, SendErrorKind> {
        if let Some(key) = &request.idempotency_key {
            let key = key.clone();
            request.set_header(IDEMPOTENCY_KEY, key);
        }
        if stream.is_some() && !request.method.may_have_body() {
            return Err(SendErrorKind::UnexpectedBody(request.method));
        }
        let mut url = address(route, &request).map_err(SendErrorKind::BadUrl)?;
        // It is never sent, and makes no other answer.
        url.set_fragment(None);
        let target = Target::granted(caller, &url)?;
        let limits = &caller.grant.limits;
        let body = request.checked_body(limits)?;
        let mut headers = request.checked_headers(&target.origin.authority(), limits)?;
        if stream.is_some() {
            headers.remove(header::CONTENT_LENGTH);
        }
        Ok(Self {
            url,
            target: Arc::new(target),
            method: request.method,
            is_keyed: request.has_header(IDEMPOTENCY_KEY),
            headers,
            followed: 0,
            body,
            stream: stream.map(|stream| Arc::new(Mutex::new(Some(stream)))),
            request,
        })
    }
}

/// What a kept answer is an answer to.
#[derive(PartialEq)]
pub(crate) struct AskedFor {
    method: Method,
    url: Url,
    headers: HeaderMap,
}

impl Ready {
    /// What is asked for, before any redirect.
    pub(crate) fn asked(&self) -> AskedFor {
        AskedFor {
            method: self.method,
            url: self.url.clone(),
            headers: self.headers.clone(),
        }
    }
}

/// How a try of it is made.
pub(crate) struct Terms<'a> {
    pub(crate) caller: &'a Arc<str>,
    pub(crate) limits: &'a CallLimits,
    pub(crate) route: &'a Route,
    pub(crate) deadline: Instant,
    pub(crate) patience: &'a Patience,
    pub(crate) progress: &'a Arc<Progress>,
    /// Of the server that is asked.
    pub(crate) traffic: &'a Arc<Traffic>,
    /// With which a kept answer is asked after.
    pub(crate) conditions: Option<&'a HeaderMap>,
}

impl Ready {
    /// One try.
    pub(crate) fn attempt(&self, terms: &Terms<'_>) -> Attempt {
        let mut headers = self.headers.clone();
        if let Some(conditions) = terms.conditions {
            for name in [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE] {
                headers.extend(conditions.get(&name).map(|value| (name, value.clone())));
            }
        }
        if let Some(name) = &terms.route.deadline_header {
            let left = terms.deadline.saturating_duration_since(Instant::now());
            let millis = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
            headers.insert(name.clone(), HeaderValue::from(millis));
        }
        Attempt {
            caller: Arc::clone(terms.caller),
            target: Arc::clone(&self.target),
            method: self.method,
            headers,
            body: self.body.clone(),
            stream: self.stream.clone(),
            timeouts: terms.route.timeouts.clone(),
            tls: terms.route.tls,
            decode: terms.route.is_decompressed,
            limits: terms.limits.clone(),
            deadline: terms.deadline,
            patience: terms.patience.clone(),
            progress: Arc::clone(terms.progress),
            traffic: Arc::clone(terms.traffic),
        }
    }

    /// Goes where a redirect leads, if the answer is one that is followed.
    pub(crate) fn follow(
        &mut self,
        caller: &Caller,
        redirects_max: u32,
        arrived: &Arrived,
    ) -> Result<bool, SendErrorKind> {
        let hop = redirect::Hop {
            caller,
            target: &self.target,
            method: self.method,
            headers: &self.headers,
            body: &self.body,
            followed: self.followed,
            redirects_max,
        };
        let location = arrived.headers.get(header::LOCATION);
        let Some(next) = redirect::next(&hop, arrived.status, location)? else {
            return Ok(false);
        };
        // Its bytes are gone; nothing at all in their place would be another request.
        if self.stream.take().is_some() && next.method == self.method {
            return Err(SendErrorKind::RedirectRefused {
                to: next.target.origin,
                reason: RedirectReason::StreamedBody,
            });
        }
        self.target = Arc::new(next.target);
        self.method = next.method;
        self.headers = next.headers;
        self.body = next.body;
        self.followed = next.followed;
        Ok(true)
    }
}

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The absolute address of `request` on `route`, with every field of the query.
pub(crate) fn address(route: &Route, request: &Request) -> Result<Url, BadUrl> {
    let text = &request.url;
    let mut url = match &route.base {
        Base::None => read(text)?,
        Base::Url(base) => joined(base, text, route)?,
        Base::Prefix(prefix) => prefixed(prefix, text, route)?,
    };
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    Ok(url)
}

fn joined(base: &Url, text: &str, route: &Route) -> Result<Url, BadUrl> {
    no_odd_characters(text)?;
    let url = base.join(text).map_err(BadUrl::Syntax)?;
    at_home(base, url, route)
}

fn prefixed(prefix: &str, text: &str, route: &Route) -> Result<Url, BadUrl> {
    let home = read(prefix)?;
    match read(text) {
        Ok(absolute) => return at_home(&home, absolute, route),
        Err(BadUrl::Syntax(ParseError::RelativeUrlWithoutBase)) => {}
        Err(bad) => return Err(bad),
    }
    let joined = format!(
        "{}/{}",
        prefix.trim_end_matches('/'),
        text.trim_start_matches('/')
    );
    at_home(&home, read(&joined)?, route)
}

/// A destination's calls go to that destination: an address that leads elsewhere is refused unless the route lists the origin.
fn at_home(home: &Url, url: Url, route: &Route) -> Result<Url, BadUrl> {
    let origin = Origin::of(&url).map_err(BadUrl::Origin)?;
    let is_home = Origin::of(home).is_ok_and(|home| home == origin);
    if is_home || route.elsewhere.contains(&origin) {
        return Ok(url);
    }
    Err(BadUrl::Elsewhere { origin })
}

/// What `after` may keep of the credentials in `before`: when it leads to another place, those that were meant for the first one go,
/// and those that it brought itself stay.
pub(crate) fn without_old_credentials(before: &Request, mut after: Request) -> Request {
    if leads_to(&before.url) == leads_to(&after.url) {
        return after;
    }
    after.headers.retain(|(name, value)| {
        let was_there = before
            .headers
            .iter()
            .any(|(old, same)| old.eq_ignore_ascii_case(name) && same == value);
        let is_credential = HeaderName::from_bytes(name.as_bytes())
            .is_ok_and(|name| redirect::is_credential(&name));
        !(was_there && is_credential)
    });
    after
}

/// `None` for a relative address: it leads to the route's own place.
fn leads_to(address: &str) -> Option<Origin> {
    Origin::of(&Url::parse(address).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::{Grant, GrantedOrigin, Reach};

    const HOME: &str = "https://a.example/v1/";

    fn bases() -> [Base; 3] {
        [
            Base::None,
            Base::Url(Url::parse(HOME).unwrap()),
            Base::Prefix(HOME.to_owned()),
        ]
    }

    fn route(base: Base) -> Route {
        Route {
            base,
            elsewhere: vec![Origin::parse("https://listed.example").unwrap()],
            ..Route::default()
        }
    }

    /// Where `text` leads on a route without a base, with one, and with a prefix.
    #[track_caller]
    fn check(text: &str, expected: [Result<&str, &str>; 3]) {
        for (base, expected) in bases().into_iter().zip(expected) {
            let got = address(&route(base.clone()), &Request::new(Method::Get, text));
            let got = got.map(String::from).map_err(|bad| bad.to_string());
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(got, expected, "{text} on {base:?}");
        }
    }

    #[test]
    fn an_address_leads_home_or_where_the_route_says() {
        let relative = "it is not an absolute URL";
        check(
            "x?y",
            [
                Err(relative),
                Ok("https://a.example/v1/x?y"),
                Ok("https://a.example/v1/x?y"),
            ],
        );
        check(
            "/x",
            [
                Err(relative),
                Ok("https://a.example/x"),
                Ok("https://a.example/v1/x"),
            ],
        );
        check("https://a.example/x", [Ok("https://a.example/x"); 3]);
        check(
            "https://listed.example/x",
            [Ok("https://listed.example/x"); 3],
        );
        let elsewhere = |origin: &str| {
            format!(
                "it leads to {origin}, which is not where this route goes; list it as `elsewhere` to allow it"
            )
        };
        for (text, origin) in [
            ("https://b.example/x", "https://b.example"),
            ("http://a.example/x", "http://a.example"),
            ("https://a.example:8443/x", "https://a.example:8443"),
        ] {
            let (refusal, as_it_is) = (elsewhere(origin), Ok(text));
            check(text, [as_it_is, Err(&refusal), Err(&refusal)]);
        }
        let odd = "it has a space or control character at byte 1; percent-encode it";
        for text in ["x y", "x\ty", "x\u{1}y", "x\u{a0}y"] {
            check(text, [Err(odd); 3]);
        }
    }

    #[test]
    fn the_fields_of_the_query_stand_behind_those_of_the_address() {
        let with = |fields: &[(&str, &str)]| {
            let mut request = Request::new(Method::Get, "https://a.example/x");
            let owned = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
            request.query = fields.iter().map(owned).collect();
            String::from(address(&Route::default(), &request).unwrap())
        };
        assert_eq!(with(&[]), "https://a.example/x");
        assert_eq!(
            with(&[("a", "1"), ("a", "&")]),
            "https://a.example/x?a=1&a=%26"
        );
    }

    #[test]
    fn credentials_for_one_place_do_not_go_to_another() {
        let request = |url: &str, headers: &[(&str, &str)]| {
            let mut request = Request::new(Method::Get, url);
            for (name, value) in headers {
                request.headers.push(((*name).into(), (*value).into()));
            }
            request
        };
        let headers = [("Authorization", "old"), ("accept", "text/plain")];
        let before = request("https://a.example/x", &headers);
        let both = [("authorization", "old"), ("Accept", "text/plain")];
        for (url, headers, kept) in [
            ("https://a.example/y", both, 2),
            ("https://b.example/y", both, 1),
            ("http://a.example/y", both, 1),
            // Relative, so that it leads to the route's own place.
            ("/y", both, 1),
            (
                "https://b.example/y",
                [("authorization", "new"), ("accept", "text/plain")],
                2,
            ),
            (
                "https://b.example/y",
                [("x-other", "old"), ("accept", "text/plain")],
                2,
            ),
            (
                "https://b.example/y",
                [("cookie", "old"), ("apikey", "text/plain")],
                2,
            ),
        ] {
            let left = without_old_credentials(&before, request(url, &headers));
            assert_eq!(left.headers.len(), kept, "{headers:?} to {url}");
        }
    }

    fn caller() -> Caller {
        let granted = |origin| GrantedOrigin {
            origin: Origin::parse(origin).unwrap(),
            reach: Reach::Internet,
        };
        Caller {
            id: "tester".to_owned(),
            grant: Grant {
                origins: vec![granted("https://a.example")],
                ..Grant::default()
            },
        }
    }

    fn ready(method: Method, url: &str, is_streamed: bool) -> Result<Ready, SendErrorKind> {
        let stream = is_streamed.then(|| BodyStream::once(futures::stream::empty()));
        let request = Request::new(method, url);
        Ready::checked(&caller(), &Route::default(), request, stream)
    }

    #[test]
    fn only_a_method_with_a_body_may_stream_one() {
        for (method, is_streamed, is_fine) in [
            (Method::Get, false, true),
            (Method::Get, true, false),
            (Method::Post, false, true),
            (Method::Post, true, true),
        ] {
            let checked = ready(method, "https://a.example/x", is_streamed);
            assert_eq!(checked.is_ok(), is_fine, "{method} {is_streamed}");
        }
    }
}
