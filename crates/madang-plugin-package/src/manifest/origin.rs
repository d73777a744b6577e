//! Which servers a plugin may call: exact origins, or the origin that a setting names; the shop's own network apart.

use std::{fmt, net::IpAddr};

use url::{Host, Url};

/// One line of `[origins]` or `[origins.lan]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginGrant {
    /// Which server.
    pub origin: OriginTarget,
    /// Why, in the author's words, for the person who installs the plugin.
    pub reason: String,
    /// Which network it may be on. An address of the other kind is refused when it is dialled, whatever its name says.
    pub network: Network,
}

/// The server that is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OriginTarget {
    /// `https://api.example.com`, in the form browsers compare: lower case, no default port, no path.
    Exact(String),
    /// The origin of the URL that staff put into the setting with this id.
    Setting(String),
}

/// Public servers, or the shop's own network and this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// Public addresses only: the rule, under `[origins]`.
    Public,
    /// Loopback, private and link-local addresses as well: a grant of its own, under `[origins.lan]`.
    Lan,
}

impl fmt::Display for OriginTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(origin) => formatter.write_str(origin),
            Self::Setting(id) => write!(formatter, "setting:{id}"),
        }
    }
}

/// Settings have short ids; longer ones are typing errors.
const SETTING_ID_CHARS_MAX: usize = 100;

/// Why a key of `[origins]` is none.
pub(super) struct OriginProblem {
    pub(super) problem: String,
    pub(super) example: Option<String>,
}

pub(super) fn parse_target(text: &str, network: Network) -> Result<OriginTarget, OriginProblem> {
    match text.strip_prefix("setting:") {
        Some(id) => parse_setting(id),
        None => parse_exact(text, network),
    }
}

fn parse_setting(id: &str) -> Result<OriginTarget, OriginProblem> {
    let plain = !id.is_empty()
        && id.chars().count() <= SETTING_ID_CHARS_MAX
        && !id.chars().any(|c| c.is_whitespace() || c.is_control());
    if plain {
        return Ok(OriginTarget::Setting(id.to_owned()));
    }
    Err(OriginProblem {
        problem: "must name one setting by its id".to_owned(),
        example: Some("\"setting:server_url\" = \"why\"".to_owned()),
    })
}

fn parse_exact(text: &str, network: Network) -> Result<OriginTarget, OriginProblem> {
    if text.contains('*') {
        return Err(problem("has a wildcard; origins are exact", None));
    }
    let url =
        Url::parse(text).map_err(|_| problem("is not an origin: scheme://host[:port]", None))?;
    if !matches!(url.scheme(), "https" | "http" | "wss" | "ws") {
        return Err(problem("must begin with https, http, wss or ws", None));
    }
    let origin = url.origin().ascii_serialization();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem("must not carry a user name", Some(&origin)));
    }
    if is_more_than_origin(text, &url) {
        return Err(problem(
            "must end after the host or port, without a path",
            Some(&origin),
        ));
    }
    if network == Network::Public && is_lan(&url) {
        return Err(OriginProblem {
            problem: "is on the shop's own network, which [origins] does not open".to_owned(),
            example: Some(format!("\"{origin}\" = \"why\" under [origins.lan]")),
        });
    }
    Ok(OriginTarget::Exact(origin))
}

fn problem(problem: &str, origin: Option<&str>) -> OriginProblem {
    let origin = origin.unwrap_or("https://api.example.com");
    OriginProblem {
        problem: problem.to_owned(),
        example: Some(format!("\"{origin}\" = \"why\"")),
    }
}

/// The parser adds a path of its own, so the slash is looked for in what was written.
fn is_more_than_origin(text: &str, url: &Url) -> bool {
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    after_scheme.contains(['/', '\\', '?', '#']) || url.path() != "/" || !text.contains("://")
}

/// A name may still lead to such an address: whoever dials looks again.
fn is_lan(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local")
        }
        Some(Host::Ipv4(address)) => !is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => !is_public(IpAddr::V6(address)),
        None => false,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || shared)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                !(v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let parsed = parse_target(text, Network::Public)
            .map(|target| target.to_string())
            .map_err(|problem| problem.problem);
        assert_eq!(
            parsed.as_deref().map_err(String::as_str),
            expected,
            "{text}"
        );
    }

    #[test]
    fn origins_are_exact() {
        check("https://api.example.com", Ok("https://api.example.com"));
        check("HTTPS://API.example.com:443", Ok("https://api.example.com"));
        check(
            "wss://가게.example:8443",
            Ok("wss://xn--o39akk.example:8443"),
        );
        check("setting:server_url", Ok("setting:server_url"));
        let path = Err("must end after the host or port, without a path");
        check("https://api.example.com/", path);
        check("https://api.example.com/v1", path);
        check("https://api.example.com?x", path);
        check("https:api.example.com", path);
        check("https://api.example.com\\", path);
        check(
            "https://*.example.com",
            Err("has a wildcard; origins are exact"),
        );
        let none = Err("is not an origin: scheme://host[:port]");
        check("api.example.com", none);
        check("", none);
        check("https://", none);
        check(
            "ftp://a.example",
            Err("must begin with https, http, wss or ws"),
        );
        check("https://u:p@a.example", Err("must not carry a user name"));
        check("setting:", Err("must name one setting by its id"));
    }

    #[test]
    fn the_own_network_is_a_grant_of_its_own() {
        for text in [
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://2130706433",
            "http://0x7f.1",
            "http://192.168.0.10:8080",
            "http://100.64.0.1",
            "http://[::1]",
            "http://[::ffff:10.0.0.1]",
            "http://printer.local",
        ] {
            check(
                text,
                Err("is on the shop's own network, which [origins] does not open"),
            );
            assert!(parse_target(text, Network::Lan).is_ok(), "{text}");
        }
    }
}
