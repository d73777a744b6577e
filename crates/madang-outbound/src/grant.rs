//! Who calls, and where they may go.

use std::{fmt, net::IpAddr};

use url::{Host, Url};

use crate::{address::AddressClass, limits::CallLimits};

/// On whose behalf a call is made. What kind of thing it is (a plugin, a webhook, an import) is not known here.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Its name in records and, later, the key of everything counted per caller.
    pub id: String,
    /// Where it may go, and how much it may carry.
    pub grant: Grant,
}

/// What a caller has been given. An origin that is not listed is refused.
#[derive(Debug, Clone, Default)]
pub struct Grant {
    /// The origins, each with the part of the network it may lead to.
    pub origins: Vec<GrantedOrigin>,
    /// Bounds on each call.
    pub limits: CallLimits,
}

impl Grant {
    /// How far a call to `origin` may reach, if it may be made at all.
    pub(crate) fn reach(&self, origin: &Origin) -> Option<Reach> {
        self.exactly(origin).or_else(|| {
            let of_calls = origin.of_calls()?;
            self.exactly(&of_calls)
        })
    }

    fn exactly(&self, origin: &Origin) -> Option<Reach> {
        self.origins
            .iter()
            .find(|granted| granted.origin == *origin)
            .map(|granted| granted.reach)
    }
}

/// One line of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedOrigin {
    /// Scheme, host and port.
    pub origin: Origin,
    /// The part of the network that the host's addresses must all lie in.
    pub reach: Reach,
}

impl GrantedOrigin {
    /// When the host is an address that this line does not cover: what kind of address it is, and the line that would, if any does. A
    /// name has to be looked up first.
    pub fn never_reached(&self) -> Option<(AddressClass, Option<GrantLine>)> {
        let class = AddressClass::of(self.origin.literal_address()?);
        let line = GrantLine::for_address(&self.origin, class);
        (!class.is_within(self.reach)).then_some((class, line))
    }
}

/// A part of the network. A grant names exactly one for each origin, so a public name that starts to resolve to the shop's
/// own router is refused, and so is a printer's name that starts to resolve to somewhere on the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Public addresses only.
    Internet,
    /// Private addresses of the shop's own network only: 10/8, 172.16/12, 192.168/16, fc00::/7.
    Lan,
    /// This machine only: 127/8, ::1.
    Loopback,
    /// The shop's own network or this machine: what a line under `[origins.lan]` grants.
    Nearby,
}

/// The line that would grant an origin, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantLine {
    /// `[origins]` or `[origins.lan]`.
    pub section: &'static str,
    /// The line itself.
    pub line: String,
}

impl GrantLine {
    fn new(section: &'static str, origin: &Origin) -> Self {
        Self {
            section,
            line: format!("\"{origin}\" = \"why it is called\""),
        }
    }

    /// For an origin that is not granted at all. A name may still turn out to lead elsewhere.
    pub(crate) fn for_origin(origin: &Origin) -> Self {
        let section = if origin.looks_near() { LAN } else { INTERNET };
        Self::new(section, origin)
    }

    /// For an origin that leads to `class`, though its grant does not; nothing grants what is never dialled.
    pub(crate) fn for_address(origin: &Origin, class: AddressClass) -> Option<Self> {
        match class {
            AddressClass::Lan | AddressClass::Loopback => Some(Self::new(LAN, origin)),
            AddressClass::Public => Some(Self::new(INTERNET, origin)),
            AddressClass::Never(_) => None,
        }
    }
}

impl fmt::Display for GrantLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to grant it, add to {}: {}", self.section, self.line)
    }
}

const INTERNET: &str = "[origins]";
const LAN: &str = "[origins.lan]";

/// Scheme, host and port, normalised as the URL standard says; one trailing dot of the host is dropped.
///
/// `ws` and `wss` are schemes of their own: to grant them is to grant WebSockets and nothing else. To grant `http` or `https` is
/// to grant the WebSockets of the same host and port as well, as browsers have it; whoever may call a server gains nothing by that.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    pub(crate) scheme: Scheme,
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    Http,
    Https,
    Ws,
    Wss,
}

/// Why a text is not an origin.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OriginError {
    /// The text is not a URL.
    #[error("not a URL; write it as https://host or https://host:port")]
    NotUrl(#[source] url::ParseError),
    /// The scheme is another one than http and https.
    #[error("scheme `{0}` is not carried; use https (or http)")]
    Scheme(String),
    /// A WebSocket is to be opened, and the scheme is that of calls.
    #[error("scheme `{0}` opens no WebSocket; use wss (or ws)")]
    NotSocket(&'static str),
    /// A name or password stands before the host.
    #[error("a user name or password in the address is refused")]
    UserInfo,
    /// There is no host, or nothing is left of it.
    #[error("there is no host")]
    NoHost,
    /// The host has a `*` in it.
    #[error("`*` stands for nothing here; list each host by its name")]
    Wildcard,
    /// An origin in a grant has a path, a query or a fragment.
    #[error("an origin ends after the host and port; drop the path, query and fragment")]
    MoreThanOrigin,
}

impl Origin {
    /// Reads an origin as a grant has it: `https://api.example.com` or `ws://192.168.0.20:8080`, nothing after it.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(OriginError::NotUrl)?;
        let origin = Self::of(&url)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(OriginError::MoreThanOrigin);
        }
        Ok(origin)
    }

    /// Whether what is decided about this origin is about `other`: the same one, or the WebSockets of its host and port, which it grants too.
    pub fn stands_for(&self, other: &Self) -> bool {
        self == other || other.of_calls().as_ref() == Some(self)
    }

    /// The origin that a URL leads to.
    pub(crate) fn of(url: &Url) -> Result<Self, OriginError> {
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            "wss" => Scheme::Wss,
            "ws" => Scheme::Ws,
            other => return Err(OriginError::Scheme(other.to_owned())),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::UserInfo);
        }
        let host = exact(url.host().ok_or(OriginError::NoHost)?)?;
        let port = url.port().unwrap_or(scheme.default_port());
        Ok(Self { scheme, host, port })
    }

    /// The address that stands in place of a name.
    pub(crate) fn literal_address(&self) -> Option<IpAddr> {
        match &self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// Whether the line to it is private.
    pub(crate) fn is_secure(&self) -> bool {
        matches!(self.scheme, Scheme::Https | Scheme::Wss)
    }

    pub(crate) fn is_of_sockets(&self) -> bool {
        matches!(self.scheme, Scheme::Ws | Scheme::Wss)
    }

    /// The origin of calls on the host and port of these WebSockets.
    fn of_calls(&self) -> Option<Self> {
        let scheme = match self.scheme {
            Scheme::Ws => Scheme::Http,
            Scheme::Wss => Scheme::Https,
            Scheme::Http | Scheme::Https => return None,
        };
        Some(Self {
            scheme,
            host: self.host.clone(),
            port: self.port,
        })
    }

    fn looks_near(&self) -> bool {
        match (&self.host, self.literal_address()) {
            (Host::Domain(name), _) => {
                name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local")
            }
            (_, Some(address)) => {
                matches!(
                    AddressClass::of(address),
                    AddressClass::Lan | AddressClass::Loopback
                )
            }
            (_, None) => false,
        }
    }

    /// The host and, unless it is the scheme's own, the port: what the `Host` header says.
    pub(crate) fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.authority())
    }
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Self::Http | Self::Ws => 80,
            Self::Https | Self::Wss => 443,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }
}

/// `example.com.` and `example.com` are one host to a resolver, so they must be one host to the grant and to the certificate.
fn exact(host: Host<&str>) -> Result<Host<String>, OriginError> {
    Ok(match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            if name.is_empty() {
                return Err(OriginError::NoHost);
            }
            if name.contains('*') {
                return Err(OriginError::Wildcard);
            }
            Host::Domain(name.to_owned())
        }
        Host::Ipv4(address) => Host::Ipv4(address),
        Host::Ipv6(address) => Host::Ipv6(address),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let got = Origin::parse(text);
        let got = got
            .as_ref()
            .map(ToString::to_string)
            .map_err(ToString::to_string);
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn a_line_that_no_call_will_ever_use_is_known_from_its_address() {
        for (origin, reach, expected) in [
            ("https://8.8.8.8", Reach::Internet, None),
            ("https://a.example", Reach::Lan, None),
            ("http://10.0.0.1", Reach::Nearby, None),
            ("https://8.8.8.8", Reach::Nearby, Some(Some(INTERNET))),
            ("http://[::1]", Reach::Internet, Some(Some(LAN))),
            ("http://169.254.169.254", Reach::Nearby, Some(None)),
        ] {
            let granted = GrantedOrigin {
                origin: Origin::parse(origin).unwrap(),
                reach,
            };
            let never = granted.never_reached();
            let section = never.map(|(_, line)| line.map(|line| line.section));
            assert_eq!(section, expected, "{origin} by {reach:?}");
        }
    }

    #[test]
    fn origins_are_normalised_and_end_after_the_port() {
        check("https://api.example.com", Ok("https://api.example.com"));
        check("https://api.example.com/", Ok("https://api.example.com"));
        check("HTTPS://API.Example.COM:443", Ok("https://api.example.com"));
        check(
            "https://api.example.com.:8443",
            Ok("https://api.example.com:8443"),
        );
        check("http://192.168.0.20:80", Ok("http://192.168.0.20"));
        check("http://[::1]:8080", Ok("http://[::1]:8080"));
        check("https://마당.example", Ok("https://xn--ok1b32k.example"));

        check("WSS://live.Example.com:443/", Ok("wss://live.example.com"));
        check("ws://192.168.0.20:80", Ok("ws://192.168.0.20"));

        let more = "an origin ends after the host and port; drop the path, query and fragment";
        check("https://api.example.com/v1", Err(more));
        check("https://api.example.com?x=1", Err(more));
        check("https://api.example.com#x", Err(more));
        check(
            "https://me@api.example.com",
            Err("a user name or password in the address is refused"),
        );
        check(
            "ftp://api.example.com",
            Err("scheme `ftp` is not carried; use https (or http)"),
        );
        check("https://./", Err("there is no host"));
        check(
            "api.example.com",
            Err("not a URL; write it as https://host or https://host:port"),
        );
        check(
            "https://*.example.com",
            Err("`*` stands for nothing here; list each host by its name"),
        );
    }

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    #[test]
    fn the_line_to_add_stands_in_the_section_of_where_the_origin_seems_to_lead() {
        for (text, section) in [
            ("http://localhost:3000", LAN),
            ("http://shop.localhost", LAN),
            ("http://printer.local", LAN),
            ("http://127.0.0.1", LAN),
            ("http://[::1]", LAN),
            ("ws://192.168.0.20:8080", LAN),
            ("http://[fd12::9]", LAN),
            ("https://api.example.com", INTERNET),
            ("https://local", INTERNET),
            ("https://notlocalhost", INTERNET),
            ("https://localhost.example.com", INTERNET),
            ("https://8.8.8.8", INTERNET),
            ("https://169.254.169.254", INTERNET),
        ] {
            let line = GrantLine::for_origin(&origin(text));
            assert_eq!((line.section, text), (section, text));
        }
    }

    #[test]
    fn an_origin_is_granted_by_itself_and_websockets_by_their_origin_of_calls_too() {
        let granted = |text, reach| GrantedOrigin {
            origin: origin(text),
            reach,
        };
        let grant = Grant {
            origins: vec![
                granted("https://a.example", Reach::Internet),
                granted("http://printer.local:9100", Reach::Lan),
                granted("wss://live.example", Reach::Internet),
                granted("ws://both.example", Reach::Lan),
                granted("http://both.example", Reach::Nearby),
            ],
            ..Grant::default()
        };
        for (text, reach) in [
            ("https://a.example", Some(Reach::Internet)),
            ("wss://a.example", Some(Reach::Internet)),
            ("http://a.example", None),
            ("ws://a.example", None),
            ("https://a.example:8443", None),
            ("wss://a.example:8443", None),
            ("https://b.example", None),
            ("http://printer.local:9100", Some(Reach::Lan)),
            ("ws://printer.local:9100", Some(Reach::Lan)),
            ("ws://printer.local", None),
            ("wss://live.example", Some(Reach::Internet)),
            ("https://live.example", None),
            ("ws://both.example", Some(Reach::Lan)),
            ("http://both.example", Some(Reach::Nearby)),
        ] {
            assert_eq!(grant.reach(&origin(text)), reach, "{text}");
        }
    }

    #[test]
    fn an_origin_says_where_to_connect_and_how() {
        let literal = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        for (text, port, is_secure, is_of_sockets, address) in [
            ("http://a.example", 80, false, false, None),
            ("https://a.example", 443, true, false, None),
            ("ws://a.example", 80, false, true, None),
            ("wss://a.example", 443, true, true, None),
            ("wss://a.example:80", 80, true, true, None),
            ("http://127.1:443", 443, false, false, literal("127.0.0.1")),
            ("https://[::1]", 443, true, false, literal("::1")),
        ] {
            let origin = origin(text);
            assert_eq!(
                (
                    origin.port,
                    origin.is_secure(),
                    origin.is_of_sockets(),
                    origin.literal_address()
                ),
                (port, is_secure, is_of_sockets, address),
                "{text}"
            );
        }
    }

    #[test]
    fn what_leads_to_another_part_of_the_network_is_granted_in_its_section_and_some_never() {
        let origin = origin("https://a.example");
        for (class, section) in [
            (AddressClass::Public, Some(INTERNET)),
            (AddressClass::Lan, Some(LAN)),
            (AddressClass::Loopback, Some(LAN)),
            (AddressClass::Never("whatever it is"), None),
        ] {
            let line = GrantLine::for_address(&origin, class);
            assert_eq!(line.map(|line| line.section), section, "{class}");
        }
    }
}
