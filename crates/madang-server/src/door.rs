//! Who may come in. Any web page in the world can send requests to a loopback port; only our own page knows the token,
//! is served under one of our own names, and says so in its Origin.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::problem::Problem;

/// The address that needs no token: it says nothing but that Madang answers here.
const OPEN_PATH: &str = "/api/health";
/// The one address outside of the API that tells what the till does.
const METRICS_PATH: &str = "/metrics";

/// The secret of this start: 256 bits as base64url. It reaches the page in the fragment of its URL, which no browser sends.
#[derive(Clone)]
pub struct Token(String);

/// The names under which this server may be called, and the token.
#[derive(Clone, Debug)]
pub struct Door {
    address: SocketAddr,
    hosts: Vec<String>,
    token: Token,
}

impl Token {
    /// A token of 32 random bytes, which the caller draws.
    pub fn new(chance: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(chance))
    }

    /// The token as the page sends it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Door {
    /// The door of a server that listens on `address`.
    pub fn new(address: SocketAddr, token: Token) -> Self {
        let port = address.port();
        let mut names = vec!["127.0.0.1".to_owned(), "localhost".into(), "[::1]".into()];
        if !address.ip().is_unspecified() && !address.ip().is_loopback() {
            names.push(written(address.ip()));
        }
        let mut hosts: Vec<String> = names.iter().map(|name| format!("{name}:{port}")).collect();
        // Browsers leave the default port out.
        if port == 80 {
            hosts.extend(names);
        }
        Self {
            address,
            hosts,
            token,
        }
    }

    /// The address of the page, with the token in its fragment.
    pub fn page(&self) -> String {
        let ip = match self.address.ip() {
            unspecified if unspecified.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip,
        };
        let (ip, port) = (written(ip), self.address.port());
        format!("http://{ip}:{port}/#token={}", self.token.as_str())
    }

    /// Lets a request in, or says why not.
    ///
    /// # Errors
    /// 403 for a foreign Host or Origin, 401 without the token.
    pub fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let host = self.own_host(uri, headers)?;
        own_origin(host, headers)?;
        if needs_token(uri.path()) {
            self.token_in(headers)?;
        }
        Ok(())
    }

    fn own_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<&str, Problem> {
        let host = only(headers, &header::HOST)
            .and_then(|host| self.hosts.iter().find(|own| host == own.as_bytes()))
            .ok_or_else(foreign_host)?;
        match uri.authority() {
            Some(authority) if authority.as_str() != host => Err(foreign_host()),
            _ => Ok(host),
        }
    }

    fn token_in(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let given = only(headers, &header::AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .unwrap_or_default();
        if self.token.is(given) {
            Ok(())
        } else {
            Err(no_token())
        }
    }
}

fn needs_token(path: &str) -> bool {
    let is_api = path == "/api" || path.starts_with("/api/");
    (is_api || path == METRICS_PATH) && path != OPEN_PATH
}

fn own_origin(host: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let own =
        |origin: &HeaderValue| origin.as_bytes().strip_prefix(b"http://") == Some(host.as_bytes());
    if headers.get_all(header::ORIGIN).iter().all(own) {
        Ok(())
    } else {
        Err(foreign_origin())
    }
}

fn only<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

fn written(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

fn foreign_host() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "host-not-allowed",
        "this server is not called by that name",
        "이 주소로는 열 수 없어요",
    )
    .with_hint("open the address that madang printed when it started")
}

fn foreign_origin() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "origin-not-allowed",
        "only this server's own page may ask it",
        "다른 페이지에서는 쓸 수 없어요",
    )
    .with_hint("open the address that madang printed when it started")
}

fn no_token() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "token-missing",
        "the token of this start is missing or wrong",
        "이 화면의 열쇠가 맞지 않아요. 터미널에 나온 주소로 다시 열어 주세요",
    )
    .with_hint("open the whole address that madang printed when it started, with everything after #; programs send it as Authorization: Bearer")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "Bearer BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

    type Header<'a> = (&'static str, &'a str);

    fn check(address: &str, path: &str, given: &[Header<'_>], expected: Result<(), &str>) {
        let door = Door::new(
            address.parse().expect("a test's address"),
            Token::new([7; 32]),
        );
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, value.parse().expect("a test's header"));
        }
        let uri: Uri = path.parse().expect("a test's path");
        let admitted = door
            .admit(&uri, &headers)
            .map_err(|problem| problem.code().to_owned());
        assert_eq!(
            admitted,
            expected.map_err(str::to_owned),
            "{address} {path} {given:?}"
        );
    }

    #[test]
    fn only_our_own_page_comes_in() {
        let at = "127.0.0.1:4000";
        let host = ("host", at);
        let token = ("authorization", TOKEN);
        let own = ("origin", "http://127.0.0.1:4000");
        let rows: [(&str, &[Header<'_>], Result<(), &str>); 23] = [
            ("/api/cart", &[host, token], Ok(())),
            ("/api/cart", &[host, token, own], Ok(())),
            ("/api/cart", &[("host", "localhost:4000"), token], Ok(())),
            ("/api/cart", &[("host", "[::1]:4000"), token], Ok(())),
            ("/api/health", &[host], Ok(())),
            ("/", &[host], Ok(())),
            ("/apiary", &[host], Ok(())),
            ("/api", &[host], Err("token-missing")),
            ("/metrics", &[host], Err("token-missing")),
            ("/metrics", &[host, token], Ok(())),
            ("/api/cart", &[host], Err("token-missing")),
            ("/api/health/", &[host], Err("token-missing")),
            (
                "/api/cart",
                &[host, ("authorization", "Bearer ")],
                Err("token-missing"),
            ),
            (
                "/api/cart",
                &[host, ("authorization", &TOKEN[..40])],
                Err("token-missing"),
            ),
            (
                "/api/cart",
                &[host, ("authorization", "Basic eA==")],
                Err("token-missing"),
            ),
            ("/api/cart", &[host, token, token], Err("token-missing")),
            ("/", &[("host", "evil.example")], Err("host-not-allowed")),
            ("/", &[("host", "127.0.0.1:4001")], Err("host-not-allowed")),
            ("/", &[("host", "127.0.0.1")], Err("host-not-allowed")),
            ("/", &[], Err("host-not-allowed")),
            ("http://evil.example/", &[host], Err("host-not-allowed")),
            (
                "/api/cart",
                &[host, token, ("origin", "null")],
                Err("origin-not-allowed"),
            ),
            (
                "/api/cart",
                &[host, token, own, ("origin", "http://evil.example")],
                Err("origin-not-allowed"),
            ),
        ];
        for (path, given, expected) in rows {
            check(at, path, given, expected);
        }
    }

    #[test]
    fn our_names_follow_where_we_listen() {
        let rows = [
            ("127.0.0.1:80", "localhost", Ok(())),
            ("127.0.0.1:80", "localhost:80", Ok(())),
            ("192.168.0.5:4000", "192.168.0.5:4000", Ok(())),
            ("0.0.0.0:4000", "127.0.0.1:4000", Ok(())),
            ("0.0.0.0:4000", "0.0.0.0:4000", Err("host-not-allowed")),
        ];
        for (address, host, expected) in rows {
            check(address, "/", &[("host", host)], expected);
        }
    }

    #[test]
    fn an_own_origin_is_of_the_same_name() {
        let given = [
            ("host", "localhost:4000"),
            ("origin", "http://127.0.0.1:4000"),
        ];
        check("127.0.0.1:4000", "/", &given, Err("origin-not-allowed"));
    }

    #[test]
    fn the_token_is_never_printed() {
        let token = Token::new([7; 32]);
        assert_eq!(token.as_str().len(), 43);
        assert!(!format!("{token:?}").contains(token.as_str()));
    }
}
