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
        let url = read(text).map_err(SendErrorKind::BadUrl)?;
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

/// Reads an absolute address.
pub(crate) fn read(text: &str) -> Result<Url, BadUrl> {
    no_odd_characters(text)?;
    Url::parse(text).map_err(BadUrl::Syntax)
}

/// The URL standard drops tabs and line breaks inside an address and trims it; we refuse them, since whoever wrote one has
/// either made a mistake or means two readers to differ.
pub(crate) fn no_odd_characters(text: &str) -> Result<(), BadUrl> {
    match text.find(|c: char| c.is_control() || c.is_whitespace()) {
        Some(at) => Err(BadUrl::Character { at }),
        None => Ok(()),
    }
}

/// Path and query; the fragment stays here.
fn in_request_line(url: &Url) -> Result<Uri, BadUrl> {
    let text = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    text.parse().map_err(|_| BadUrl::Path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::{Grant, GrantedOrigin};

    fn target(reach: Reach) -> Target {
        let origin = Origin::parse("http://device.example").unwrap();
        let caller = Caller {
            id: "tester".to_owned(),
            grant: Grant {
                origins: vec![GrantedOrigin { origin, reach }],
                ..Grant::default()
            },
        };
        Target::granted(&caller, &read("http://device.example/x?y#z").unwrap()).unwrap()
    }

    #[test]
    fn an_address_must_lie_where_the_grant_reaches() {
        for (reach, address, is_reached) in [
            (Reach::Internet, "8.8.8.8", true),
            (Reach::Internet, "192.168.0.9", false),
            (Reach::Internet, "169.254.169.254", false),
            (Reach::Lan, "192.168.0.9", true),
            (Reach::Lan, "8.8.8.8", false),
        ] {
            let checked = target(reach).check(address.parse().unwrap());
            assert_eq!(checked.is_ok(), is_reached, "{address} by {reach:?}");
        }
    }

    #[test]
    fn what_two_readers_may_read_differently_is_refused_with_its_place() {
        let refused = |text| match read(text) {
            Err(BadUrl::Character { at }) => Some(at),
            Err(_) | Ok(_) => None,
        };
        for (text, at) in [
            (" http://a.example/", Some(0)),
            ("http://a.example/ ", Some(17)),
            ("http://a.exa\tmple/", Some(12)),
            ("http://a.example/\r\nHost: b", Some(17)),
            ("http://a.example/\u{1}", Some(17)),
            ("http://a.example/\u{7f}", Some(17)),
            ("http://a.example/\u{85}", Some(17)),
            ("http://a.example/\u{a0}", Some(17)),
            ("http://a.example/\u{3000}", Some(17)),
            ("http://a.example/%20%0a", None),
            ("http://가게.example/메뉴", None),
        ] {
            assert_eq!(refused(text), at, "{text:?}");
        }
    }
}
