//! A server that rows are sent to, through the gateway.
//!
//! Whoever names it with `--to` grants it: that origin alone, and no redirect is followed, as rows would go where nobody sent them.

use std::env;
use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::time::Duration;

use madang_import_http::{HttpSettings, HttpSink, RowsPerCall};
use madang_outbound::{
    AddressClass, BulkheadSettings, CallLimits, Caller, ErrorStatuses, GatewayLimits, Grant,
    GrantedOrigin, Method, RateSettings, Reach, RetryPatch, Route, RoutePatch,
};
use tokio::runtime::Handle;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::arguments::ImportTo;
use crate::import::address::Address;
use crate::import::fault::Fault;
use crate::{outside, system};

/// Where headers with secrets may stand instead of in a file.
const HEADERS: &str = "MADANG_IMPORT_HEADERS";

/// As much as the gateway lets through in a call.
const HEADERS_BYTES_MAX: u64 = 16 * 1024;

/// A receiver that writes a thousand rows before it answers is given this long; then it is asked again, under the same key.
const CALL_MAX: Duration = Duration::from_secs(60);

/// The receiver's pace is set by how many calls are under way at once, and by its own 429.
const CALLS_PER_SECOND_MAX: NonZeroU32 = NonZeroU32::new(100_000).expect("not zero");

/// The sink.
///
/// # Errors
/// [`Fault`] that shows neither the query of the address nor a header.
pub fn sink(name: &str, to: &ImportTo, runtime: &Handle) -> Result<HttpSink, Fault> {
    let address = Address::parse(name)?;
    let method = method(to.method.as_deref().unwrap_or("POST"))?;
    let calls_at_once = count(to.calls_at_once).unwrap_or(NonZeroUsize::MIN);
    let caller = Caller {
        id: "import".to_owned(),
        grant: Grant {
            origins: vec![GrantedOrigin {
                origin: address.origin.clone(),
                reach: reach(&address.url),
            }],
            limits: CallLimits::default(),
        },
    };
    let gateway = outside::gateway(runtime, &system::world(runtime), GatewayLimits::default());
    let client = gateway
        .client(
            caller,
            route(headers(to.header_file.as_deref(), HEADERS)?, calls_at_once)?,
        )
        .map_err(Fault::NoClient)?;
    let settings = HttpSettings {
        url: address.url.to_string(),
        method,
        rows_per_call: count(to.rows_per_call).map_or(RowsPerCall::One, RowsPerCall::Several),
        calls_at_once,
    };
    Ok(HttpSink::new(client, settings))
}

fn count(said: Option<u64>) -> Option<NonZeroUsize> {
    said.and_then(|count| usize::try_from(count).ok())
        .and_then(NonZeroUsize::new)
}

/// The import tries again, and counts what it does: the gateway makes each call once.
fn route(headers: Vec<(String, String)>, calls_at_once: NonZeroUsize) -> Result<Route, Fault> {
    let once = RoutePatch {
        retry: RetryPatch {
            limit: Some(0),
            ..RetryPatch::default()
        },
        ..RoutePatch::default()
    };
    let route = Route {
        headers,
        total_timeout: CALL_MAX,
        errors: ErrorStatuses::None,
        breaker: madang_import_http::breaker(),
        bulkhead: BulkheadSettings {
            running_max: calls_at_once.get(),
            ..BulkheadSettings::default()
        },
        rate: RateSettings {
            per_second: CALLS_PER_SECOND_MAX,
            burst: CALLS_PER_SECOND_MAX,
            ..RateSettings::default()
        },
        ..Route::default()
    };
    route.patched(once).map_err(Fault::NoClient)
}

/// This machine and the shop's own network only when the address says so itself: a name of the internet that leads there is somebody's trick.
fn reach(url: &Url) -> Reach {
    let class = match url.host() {
        Some(Host::Ipv4(address)) => AddressClass::of(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => AddressClass::of(IpAddr::V6(address)),
        Some(Host::Domain(name)) => return reach_of_name(name.trim_end_matches('.')),
        None => return Reach::Internet,
    };
    match class {
        AddressClass::Loopback => Reach::Loopback,
        AddressClass::Lan => Reach::Lan,
        AddressClass::Public | AddressClass::Never(_) => Reach::Internet,
    }
}

/// `localhost`, and names that no server of the internet has.
fn reach_of_name(name: &str) -> Reach {
    let last = name.rsplit('.').next().unwrap_or_default();
    match last {
        "localhost" => Reach::Loopback,
        "local" | "lan" | "internal" => Reach::Lan,
        _ if name.ends_with(".home.arpa") || !name.contains('.') => Reach::Nearby,
        _ => Reach::Internet,
    }
}

fn method(name: &str) -> Result<Method, Fault> {
    let unknown = || Fault::BadFormat {
        option: "method",
        given: name.to_owned(),
        wanted: "POST, PUT or PATCH: rows are the body of the call",
    };
    match name.parse() {
        Ok(method @ (Method::Post | Method::Put | Method::Patch)) => Ok(method),
        _ => Err(unknown()),
    }
}

/// The headers of a file, or else of a variable of the environment.
///
/// # Errors
/// [`Fault`] that shows no header.
pub fn headers(file: Option<&Path>, variable: &str) -> Result<Vec<(String, String)>, Fault> {
    match file {
        Some(path) => read(&text_of(path)?, &path.display().to_string()),
        None => match env::var(variable) {
            Ok(text) => read(&Zeroizing::new(text), variable),
            Err(env::VarError::NotPresent) => Ok(Vec::new()),
            Err(env::VarError::NotUnicode(_)) => Err(Fault::BadHeaders {
                place: variable.to_owned(),
                problem: "it is not UTF-8".to_owned(),
            }),
        },
    }
}

fn text_of(path: &Path) -> Result<Zeroizing<String>, Fault> {
    let mut text = Zeroizing::new(String::new());
    let read = File::open(path)
        .and_then(|file| file.take(HEADERS_BYTES_MAX + 1).read_to_string(&mut text));
    let problem = match read {
        Ok(bytes) if bytes as u64 > HEADERS_BYTES_MAX => {
            format!("they are longer than {HEADERS_BYTES_MAX} bytes")
        }
        Ok(_) => return Ok(text),
        Err(error) => error.to_string(),
    };
    Err(Fault::BadHeaders {
        place: path.display().to_string(),
        problem,
    })
}

/// What is wrong is told by its line: what stands there may be the secret.
fn read(text: &str, place: &str) -> Result<Vec<(String, String)>, Fault> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| {
            let bad = |problem: &str| Fault::BadHeaders {
                place: place.to_owned(),
                problem: format!("line {number} {problem}"),
            };
            let (name, value) = line.split_once(':').ok_or_else(|| bad("has no colon"))?;
            let (name, value) = (name.trim(), value.trim());
            if name.is_empty() || !name.bytes().all(is_of_name) {
                return Err(bad("has no name of a header before its colon"));
            }
            if !value
                .bytes()
                .all(|byte| byte == b'\t' || (0x20..0x7f).contains(&byte))
            {
                return Err(bad("has a character that no header may have"));
            }
            Ok((name.to_ascii_lowercase(), value.to_owned()))
        })
        .collect()
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Reach, reach, read};

    #[test]
    fn only_an_address_that_is_nearby_itself_leads_there() {
        for (address, expected) in [
            ("https://api.example.com/menu", Reach::Internet),
            ("https://8.8.8.8/menu", Reach::Internet),
            ("http://127.0.0.1:8080/menu", Reach::Loopback),
            ("http://[::1]:8080/menu", Reach::Loopback),
            ("http://localhost:8080/menu", Reach::Loopback),
            ("http://localhost.example.com/menu", Reach::Internet),
            ("http://192.168.0.7/menu", Reach::Lan),
            ("http://nas.local/menu", Reach::Lan),
            ("http://nas/menu", Reach::Nearby),
            // Never dialled, whatever is granted.
            ("http://169.254.169.254/menu", Reach::Internet),
        ] {
            let url = Url::parse(address).expect("an address");
            assert_eq!(reach(&url), expected, "{address}");
        }
    }

    #[test]
    fn headers_are_read_line_by_line_and_what_is_wrong_is_told_without_them() {
        let check = |text: &str, expected: Result<&[(&str, &str)], &str>| {
            let found = read(text, "headers.txt").map_err(|fault| fault.to_string());
            let expected = expected.map_err(str::to_owned).map(|headers| {
                let owned =
                    |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
                headers.iter().map(owned).collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{text:?}");
        };
        check("", Ok(&[]));
        check(
            "# the shop's key\r\nAuthorization: Bearer a:b \r\n\r\nx-shop:7\n",
            Ok(&[("authorization", "Bearer a:b"), ("x-shop", "7")]),
        );
        check(
            "x-shop: 7\nsecret\n",
            Err("the headers of headers.txt cannot be read: line 2 has no colon"),
        );
        check(
            "Bearer secret: 7",
            Err(
                "the headers of headers.txt cannot be read: line 1 has no name of a header before its colon",
            ),
        );
        check(
            "authorization: sécret",
            Err(
                "the headers of headers.txt cannot be read: line 1 has a character that no header may have",
            ),
        );
    }
}
