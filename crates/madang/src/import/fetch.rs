//! Inputs that are fetched from a server, through the gateway.
//!
//! Whoever names an address on the command line grants it: that origin alone, redirects to others are refused. Where the server knows ranges, a fetch that
//! breaks off goes on at the byte it had reached, as long as the server says that it is the same file; an import that goes on begins there, too.

use std::io::{self, Read};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use madang_import::read::{Doubt, Input, ReadError, ReadErrorKind};
use madang_outbound::{
    AddressClass, CallLimits, Caller, Client, GatewayLimits, Grant, GrantedOrigin, Origin,
    Outbound, RateSettings, Reach, RedirectReason, Response, Route, SendError, SendErrorKind,
    Timeouts,
};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use url::{Host, Url};

use crate::failure::chain;
use crate::import::address::Address;
use crate::import::fault::Fault;
use crate::{outside, system};

/// A file on a server.
pub struct Fetched {
    fetch: Arc<Fetch>,
}

struct Fetch {
    /// Without the query, which may hold a secret.
    name: String,
    /// The entry that is wanted of an archive.
    entry: Option<String>,
    url: Url,
    origin: Origin,
    /// What is sent with each call, to this origin alone: secrets that nobody is shown.
    headers: Vec<(String, String)>,
    runtime: Handle,
    gateway: Outbound,
    /// What the server told first, and the client that it told.
    about: Mutex<Option<(About, Client)>>,
}

/// What a server tells about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct About {
    bytes: Option<u64>,
    /// A strong entity tag, or the moment of the last change.
    version: Option<String>,
    knows_ranges: bool,
    /// Whether a fetch that was cut off can be told from one that came to its end.
    has_end: bool,
}

/// A day: the file is as long as it is, and what stands still is noticed by its silence.
const FETCH_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A server that makes its export while it answers may think between two pieces.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Times that a fetch goes on without having got anything in between.
const TRIES_MAX: u32 = 5;

/// Times that a server which is away at the start is asked again, beside what the gateway does by itself: it is restarted in a moment or not there at all.
const FIRST_TRIES_MAX: u32 = 3;

/// The first pause before it does; each following one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_millis(500);

/// Redirects within the origin.
const REDIRECTS_MAX: u32 = 5;

impl Fetched {
    /// A file of an address.
    ///
    /// # Errors
    /// [`Fault`] when it is none that is fetched.
    pub fn named(
        text: &str,
        headers: Vec<(String, String)>,
        runtime: &Handle,
    ) -> Result<Self, Fault> {
        let (text, entry) = with_entry(text);
        let Address { name, url, origin } = Address::parse(&text)?;
        let name = match &entry {
            Some(entry) => format!("{name}!{entry}"),
            None => name,
        };
        let limits = GatewayLimits {
            deadline_max: FETCH_MAX,
            ..GatewayLimits::default()
        };
        let gateway = outside::gateway(runtime, &system::world(runtime), limits);
        let fetch = Fetch {
            name,
            entry,
            url,
            origin,
            headers,
            runtime: runtime.clone(),
            gateway,
            about: Mutex::new(None),
        };
        Ok(Self {
            fetch: Arc::new(fetch),
        })
    }
}

/// `https://host/orders.zip!menu.csv?key=…` is the file `menu.csv` of an archive, whose address has the query. A `!` elsewhere stands for itself.
fn with_entry(text: &str) -> (String, Option<String>) {
    const END: &str = ".zip!";
    let path_bytes = text.find(['?', '#']).unwrap_or(text.len());
    let (path, rest) = text.split_at(path_bytes);
    match path.to_ascii_lowercase().find(END).map(|at| at + END.len()) {
        Some(entry) if entry < path.len() => (
            format!("{}{rest}", &path[..entry - 1]),
            Some(path[entry..].to_owned()),
        ),
        _ => (text.to_owned(), None),
    }
}

impl Input for Fetched {
    fn name(&self) -> &str {
        &self.fetch.name
    }

    /// By TLS an end that was cut off is known from one that was meant.
    fn doubt(&self) -> Option<Doubt> {
        let (about, _) = self.fetch.about().ok()?;
        let is_open = !about.has_end && self.fetch.url.scheme() == "http";
        is_open.then(|| Doubt {
            message: "the server told no length and ended by closing the connection: whether the file is whole is not known".to_owned(),
            message_ko: "서버가 길이를 알려 주지 않고 연결을 닫았어요. 파일이 끝까지 왔는지 알 수 없어요".to_owned(),
        })
    }

    fn entry(&self) -> Option<&str> {
        self.fetch.entry.as_deref()
    }

    fn bytes(&self) -> Result<Option<u64>, ReadError> {
        Ok(self.fetch.about()?.0.bytes)
    }

    /// The query is part of what a file is, and is not told.
    fn version(&self) -> Result<Option<String>, ReadError> {
        let about = self.fetch.about()?.0;
        let query = self.fetch.url.query().unwrap_or_default();
        let query = Sha256::digest(query.as_bytes());
        let query: String = query
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Some(format!(
            "{} {query}",
            about.version.unwrap_or_default()
        )))
    }

    fn is_vouched_for(&self) -> bool {
        let about = self.fetch.about();
        about.is_ok_and(|(about, _)| about.version.is_some())
    }

    fn can_seek(&self) -> bool {
        self.fetch
            .about()
            .is_ok_and(|(about, _)| about.knows_ranges && about.version.is_some())
    }

    fn open_at(&self, byte: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        let body = self.fetch.open(byte)?;
        Ok(Box::new(Body {
            fetch: Arc::clone(&self.fetch),
            response: body,
            piece: Bytes::new(),
            at: byte,
            tries: 0,
        }))
    }
}

/// An archive is looked into by many small calls, and a list of files asks for each a few times: they wait for their turn.
const RATE: RateSettings = RateSettings {
    per_second: NonZeroU32::new(50).expect("not zero"),
    burst: NonZeroU32::new(50).expect("not zero"),
    waiting_max: 64,
};

impl Fetch {
    /// Asks for the first byte: what the server answers tells whether it knows ranges.
    fn about(&self) -> Result<(About, Client), ReadError> {
        let mut known = self.about.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(about) = &*known {
            return Ok(about.clone());
        }
        let mut tries = 0;
        let found = loop {
            match self.runtime.block_on(self.ask()) {
                Ok(found) => break found,
                Err(error) if error.kind() != NOT_THERE => return Err(self.said(error)),
                Err(error) => {
                    tries += 1;
                    if tries > FIRST_TRIES_MAX {
                        return Err(self.said(error));
                    }
                    let pause = PAUSE_FIRST * 2_u32.pow(tries - 1);
                    self.runtime
                        .block_on(async { tokio::time::sleep(pause).await });
                }
            }
        };
        *known = Some(found.clone());
        Ok(found)
    }

    async fn ask(&self) -> io::Result<(About, Client)> {
        let mut refused = None;
        for reach in self.reaches() {
            let client = self.client(reach)?;
            match client
                .get(self.url.as_str())
                .header("range", "bytes=0-0")
                .response()
                .await
            {
                Ok(response) => return Ok((About::of(&response), client)),
                Err(error) if matches!(error.kind(), SendErrorKind::AddressForbidden { .. }) => {
                    refused = Some(error);
                }
                Err(error) => return Err(io::Error::new(kind_of(&error), in_words(&error))),
            }
        }
        let refused = refused.map_or_else(String::new, |error| chain(&error));
        Err(io::Error::other(refused))
    }

    /// A name may lead to the internet or to a machine nearby, but not to both at once: that is what somebody does who wants to be let in.
    fn reaches(&self) -> Vec<Reach> {
        let address = match self.url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        match address.map(AddressClass::of) {
            Some(AddressClass::Public) => vec![Reach::Internet],
            Some(_) => vec![Reach::Nearby],
            None => vec![Reach::Internet, Reach::Nearby],
        }
    }

    fn client(&self, reach: Reach) -> io::Result<Client> {
        let caller = Caller {
            id: "import".to_owned(),
            grant: Grant {
                origins: vec![GrantedOrigin {
                    origin: self.origin.clone(),
                    reach,
                }],
                limits: CallLimits {
                    // It is read as a stream, and never held.
                    answer_body_bytes_max: usize::MAX,
                    ..CallLimits::default()
                },
            },
        };
        let route = Route {
            headers: self.headers.clone(),
            total_timeout: FETCH_MAX,
            timeouts: Timeouts {
                first_byte: Some(SILENCE_MAX),
                body_idle: Some(SILENCE_MAX),
                attempt: None,
                ..Timeouts::default()
            },
            redirects_max: REDIRECTS_MAX,
            // Tries are counted here, and why the last one failed is to be told.
            breaker: madang_import_http::breaker(),
            rate: RATE,
            ..Route::default()
        };
        self.gateway.client(caller, route).map_err(io::Error::other)
    }

    /// Its bytes from one on.
    fn open(&self, byte: u64) -> Result<Response, ReadError> {
        let (about, client) = self.about()?;
        let opening = self.opened(&about, &client, byte);
        self.runtime
            .block_on(opening)
            .map_err(|error| self.said(error))
    }

    async fn opened(&self, about: &About, client: &Client, byte: u64) -> io::Result<Response> {
        let mut call = client.get(self.url.as_str());
        if byte > 0 {
            call = call.header("range", format!("bytes={byte}-"));
            if let Some(version) = &about.version {
                call = call.header("if-range", version.as_str());
            }
        }
        let response = call
            .response()
            .await
            .map_err(|error| io::Error::other(in_words(&error)))?;
        let begins_at = match response.status {
            206 => range(&response).map(|(start, _)| start),
            _ => Some(0),
        };
        // Not every server that knows ranges knows `If-Range`: parts of one version only are joined (RFC 9110, 15.3.7.3).
        let is_another = byte > 0 && about.is_another(&About::of(&response));
        match begins_at == Some(byte) && !is_another {
            true => Ok(response),
            false => Err(io::Error::other(self.changed())),
        }
    }

    fn changed(&self) -> ReadError {
        let what = "the server has another file there now";
        ReadError::new(&self.name, ReadErrorKind::Changed { what })
    }

    fn said(&self, error: io::Error) -> ReadError {
        ReadError::io(&self.name, error)
    }
}

fn is_changed(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner
        .and_then(|inner| inner.downcast_ref::<ReadError>())
        .is_some_and(|error| matches!(error.kind, ReadErrorKind::Changed { .. }))
}

/// A server that may be there in a moment: it is restarted, or the line is down.
const NOT_THERE: io::ErrorKind = io::ErrorKind::ConnectionRefused;

fn kind_of(error: &SendError) -> io::ErrorKind {
    let may_pass = match (error.kind(), error.status()) {
        (_, Some(status)) => status >= 500 || matches!(status, 408 | 425 | 429),
        (
            SendErrorKind::Dns { .. }
            | SendErrorKind::Connect { .. }
            | SendErrorKind::Timeout { .. }
            | SendErrorKind::CutShort(_)
            | SendErrorKind::Protocol(_)
            | SendErrorKind::Busy { .. }
            | SendErrorKind::HeldBack(_),
            None,
        ) => true,
        _ => false,
    };
    match may_pass {
        true => NOT_THERE,
        false => io::ErrorKind::Other,
    }
}

/// Nobody grants an import anything but by naming it.
fn in_words(error: &SendError) -> String {
    match error.kind() {
        SendErrorKind::RedirectRefused {
            to,
            reason: RedirectReason::NotAllowed(_),
        } => {
            format!("it leads on to {to}, which was not named: name the address there itself")
        }
        _ => chain(error),
    }
}

impl About {
    fn of(response: &Response) -> Self {
        let text = |name| response.header(name).map(str::to_owned);
        let length = || response.header("content-length")?.parse().ok();
        let is_part = response.status == 206;
        Self {
            bytes: match is_part {
                true => range(response).and_then(|(_, bytes)| bytes),
                false => length(),
            },
            // A weak tag says that two files mean the same, not that their bytes are.
            version: text("etag")
                .filter(|tag| !tag.starts_with("W/"))
                .or_else(|| text("last-modified")),
            knows_ranges: is_part,
            has_end: is_part || length().is_some() || text("transfer-encoding").is_some(),
        }
    }
}

impl About {
    /// Whether another answer is about another version of the file.
    fn is_another(&self, other: &Self) -> bool {
        fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            matches!((one, other), (Some(one), Some(other)) if one != other)
        }
        differ(self.version.as_ref(), other.version.as_ref())
            || differ(self.bytes.as_ref(), other.bytes.as_ref())
    }
}

/// Where an answer begins, and how long the whole is: `bytes 5-99/100`.
fn range(response: &Response) -> Option<(u64, Option<u64>)> {
    let range = response.header("content-range")?.strip_prefix("bytes ")?;
    let (part, whole) = range.split_once('/')?;
    let (start, _) = part.split_once('-')?;
    Some((start.parse().ok()?, whole.parse().ok()))
}

/// A body as whoever reads files reads it. The gateway reads one piece ahead.
struct Body {
    fetch: Arc<Fetch>,
    response: Response,
    piece: Bytes,
    /// The byte of the file that comes next.
    at: u64,
    tries: u32,
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let piece = self.fetch.runtime.block_on(self.response.chunk());
            match piece {
                Some(Ok(piece)) => {
                    self.piece = piece;
                    self.tries = 0;
                }
                Some(Err(kind)) => self.go_on(&chain(&kind))?,
                None if self.is_short()? => self.go_on("it ended too early")?,
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.piece.len());
        into[..count].copy_from_slice(&self.piece.split_to(count));
        self.at += count as u64;
        Ok(count)
    }
}

impl Body {
    fn is_short(&self) -> io::Result<bool> {
        let (about, _) = self.fetch.about().map_err(io::Error::other)?;
        Ok(about.bytes.is_some_and(|bytes| self.at < bytes))
    }

    /// Fetches the rest from where it broke off.
    fn go_on(&mut self, why: &str) -> io::Result<()> {
        let (about, client) = self.fetch.about().map_err(io::Error::other)?;
        let can_go_on = about.knows_ranges && about.version.is_some();
        loop {
            self.tries += 1;
            if !can_go_on || self.tries > TRIES_MAX {
                let why_not = match can_go_on {
                    true => format!("; {TRIES_MAX} tries to go on there failed"),
                    false if about.knows_ranges => "; the server does not say which version of the file it has (ETag, Last-Modified), so it cannot be gone on with there".to_owned(),
                    false => "; the server knows no ranges, so it cannot be gone on with there"
                        .to_owned(),
                };
                return Err(io::Error::other(format!(
                    "byte {}: {why}{why_not}",
                    self.at
                )));
            }
            let pause = PAUSE_FIRST * 2_u32.pow(self.tries - 1);
            let opened = self.fetch.runtime.block_on(async {
                tokio::time::sleep(pause).await;
                self.fetch.opened(&about, &client, self.at).await
            });
            match opened {
                Ok(response) => {
                    self.response = response;
                    return Ok(());
                }
                // Another file does not become the first one again by waiting.
                Err(error) if is_changed(&error) => return Err(error),
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_entry;

    #[test]
    fn an_entry_of_an_archive_is_named_behind_its_address() {
        let check = |text: &str, address: &str, entry: Option<&str>| {
            let found = with_entry(text);
            assert_eq!(
                (found.0.as_str(), found.1.as_deref()),
                (address, entry),
                "{text}"
            );
        };
        check(
            "http://a/st.zip!재고.csv",
            "http://a/st.zip",
            Some("재고.csv"),
        );
        check(
            "https://a/b!c/st.ZIP!y/z.csv?key=x!y",
            "https://a/b!c/st.ZIP?key=x!y",
            Some("y/z.csv"),
        );
        check("https://a/st.zip?key=x!y", "https://a/st.zip?key=x!y", None);
        check("https://a/b!c.csv", "https://a/b!c.csv", None);
        check("https://a/st.zip!", "https://a/st.zip!", None);
        check("https://a/st.zip", "https://a/st.zip", None);
    }
}
