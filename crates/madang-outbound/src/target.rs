//! Where the address that a caller wrote leads, and whether its grant goes there.

use std::net::IpAddr;

use hyper::Uri;
use url::Url;

use crate::{
    address::AddressClass,
    call::within,
    grant::{Caller, GrantLine, Origin, OriginError, Reach},
    send_error::{BadUrl, Part, SendErrorKind},
};

/// A granted place to call. From here on only this is used, never the text it was read from: two readers of one text
/// are how an allow-list is walked around.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) origin: Origin,
    pub(crate) reach: Reach,
    pub(crate) path_and_query: Uri,
}

impl Target {
    /// A place for calls; its address was read where it was put together.
    pub(crate) fn granted(caller: &Caller, url: &Url) -> Result<Self, SendErrorKind> {
        within(
            Part::Url,
            url.as_str().len(),
            caller.grant.limits.url_bytes_max,
        )?;
        Self::of(caller, url, |origin| !origin.is_of_sockets())
    }

    /// A place for WebSockets.
    pub(crate) fn granted_socket(caller: &Caller, text: &str) -> Result<Self, SendErrorKind> {
        within(Part::Url, text.len(), caller.grant.limits.url_bytes_max)?;
        let url = parsed(text).map_err(SendErrorKind::BadUrl)?;
        Self::of(caller, &url, Origin::is_of_sockets)
    }

    fn of(
        caller: &Caller,
        url: &Url,
        is_of_kind: impl Fn(&Origin) -> bool,
    ) -> Result<Self, SendErrorKind> {
        let origin = Origin::of(url).map_err(|e| SendErrorKind::BadUrl(BadUrl::Origin(e)))?;
        if !is_of_kind(&origin) {
            return Err(wrong_scheme(&origin));
        }
        if let Some(address) = origin.literal_address()
            && let class @ AddressClass::Never(_) = AddressClass::of(address)
        {
            return Err(forbidden(&origin, address, class));
        }
        let Some(reach) = caller.grant.reach(&origin) else {
            let line = GrantLine::for_origin(&origin);
            return Err(SendErrorKind::NotAllowed { origin, line });
        };
        let path_and_query = in_request_line(url).map_err(SendErrorKind::BadUrl)?;
        Ok(Self {
            origin,
            reach,
            path_and_query,
        })
    }

    /// The address as a whole, without its fragment.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.origin, self.path_and_query)
    }

    /// Whether `address`, which the host turned out to have, lies where the grant reaches.
    pub(crate) fn check(&self, address: IpAddr) -> Result<(), SendErrorKind> {
        let class = AddressClass::of(address);
        if class.is_within(self.reach) {
            return Ok(());
        }
        Err(forbidden(&self.origin, address, class))
    }
}

fn wrong_scheme(origin: &Origin) -> SendErrorKind {
    let scheme = origin.scheme.name();
    let error = match origin.is_of_sockets() {
        true => OriginError::Scheme(scheme.to_owned()),
        false => OriginError::NotSocket(scheme),
    };
    SendErrorKind::BadUrl(BadUrl::Origin(error))
}

fn forbidden(origin: &Origin, address: IpAddr, class: AddressClass) -> SendErrorKind {
    SendErrorKind::AddressForbidden {
        host: origin.host.to_string(),
        class,
        address,
        line: GrantLine::for_address(origin, class),
    }
}

/// The URL standard drops tabs and line breaks inside an address and trims it; we refuse them, since whoever wrote one has
/// either made a mistake or means two readers to differ.
fn parsed(text: &str) -> Result<Url, BadUrl> {
    let misplaced = |c: char| c.is_control() || c.is_whitespace();
    if let Some(at) = text.find(misplaced) {
        return Err(BadUrl::Character { at });
    }
    Url::parse(text).map_err(BadUrl::Syntax)
}

/// Path and query; the fragment stays here.
fn in_request_line(url: &Url) -> Result<Uri, BadUrl> {
    let text = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    text.parse().map_err(|_| BadUrl::Path)
}
