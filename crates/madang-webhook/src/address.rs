//! Where a webhook is, and what may be said of it.

use std::fmt;

use madang_outbound::{AddressClass, Grant, GrantedOrigin, Origin, OriginError, Reach};
use sha2::{Digest, Sha256};
use url::{Host, Url};
use zeroize::Zeroizing;

/// The longest address: what the gateway takes.
const URL_BYTES_MAX: usize = 8 * 1024;
/// Bytes of the digest that tell two addresses of one origin apart.
const DIGEST_BYTES: usize = 4;

/// An address that a shop has named. What it prints is its destination, never the address.
#[derive(Clone)]
pub struct Webhook {
    url: Zeroizing<String>,
    origin: Origin,
    reach: Reach,
    destination: String,
}

/// Why an address cannot be a webhook. The address itself is not repeated: its path may be a secret.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WebhookError {
    /// It is none.
    #[error("it is not an address; write it as https://host/path")]
    NotUrl,
    /// It is longer than any server takes.
    #[error("it is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
    /// What it leads to is not an origin.
    #[error("it leads to no server")]
    Origin(#[source] OriginError),
    /// Orders would cross the internet for everybody to read.
    #[error(
        "orders are sent over the internet by https only; http is for this machine and the shop's own network"
    )]
    InTheClear,
    /// No call ever goes there.
    #[error("it leads to {0}, which is never called")]
    NeverReached(AddressClass),
}

impl Webhook {
    /// Reads an address. One that is plainly on this machine or in the shop's own network (an address of theirs, `localhost`,
    /// `*.local`) may be reached there, and one that is not may lead to the internet only: naming it is granting that.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub fn parse(text: &str) -> Result<Self, WebhookError> {
        if text.len() > URL_BYTES_MAX {
            return Err(WebhookError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| WebhookError::NotUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookError::Origin(OriginError::UserInfo));
        }
        let origin = match url.scheme() {
            "http" | "https" => Origin::parse(&url.origin().ascii_serialization()),
            other => Err(OriginError::Scheme(other.to_owned())),
        };
        let origin = origin.map_err(WebhookError::Origin)?;
        let reach = reach(&url);
        if reach == Reach::Internet && url.scheme() != "https" {
            return Err(WebhookError::InTheClear);
        }
        let granted = GrantedOrigin {
            origin: origin.clone(),
            reach,
        };
        if let Some((class, _)) = granted.never_reached() {
            return Err(WebhookError::NeverReached(class));
        }
        let destination = format!("{origin} #{}", digest(url.as_str()));
        Ok(Self {
            url: Zeroizing::new(url.into()),
            origin,
            reach,
            destination,
        })
    }

    /// Its name in messages, logs and lists: the origin and a few digits of a digest of the whole.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// Its name in the gateway's records.
    pub fn caller(&self) -> String {
        format!("webhook:{}", self.digits())
    }

    /// The digits that tell it from others.
    pub(crate) fn digits(&self) -> &str {
        let at = self.destination.rfind('#').map_or(0, |at| at + 1);
        &self.destination[at..]
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn grant(&self) -> Grant {
        Grant {
            origins: vec![GrantedOrigin {
                origin: self.origin.clone(),
                reach: self.reach,
            }],
            ..Grant::default()
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Webhook").field(&self.destination).finish()
    }
}

fn reach(url: &Url) -> Reach {
    let is_near = match url.host() {
        None => false,
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local")
        }
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_private(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
    };
    if is_near {
        Reach::Nearby
    } else {
        Reach::Internet
    }
}

fn digest(url: &str) -> String {
    let digest = Sha256::digest(url.as_bytes());
    hex(&digest[..DIGEST_BYTES])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, Reach), &str>) {
        let read = Webhook::parse(text);
        let told = read
            .as_ref()
            .map(|hook| {
                let (origin, digits) = hook.destination().split_once(" #").expect("both parts");
                assert_eq!((digits.len(), hook.digits()), (8, digits));
                (origin, hook.reach)
            })
            .map_err(ToString::to_string);
        assert_eq!(told, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn an_address_says_how_far_it_reaches() {
        check(
            "https://shop.example.com/hooks/s3cret?k=v",
            Ok(("https://shop.example.com", Reach::Internet)),
        );
        check(
            "HTTPS://Shop.Example.COM:443/",
            Ok(("https://shop.example.com", Reach::Internet)),
        );
        for near in [
            "http://localhost:9000/x",
            "http://127.0.0.1:9000",
            "http://192.168.0.20/pos",
            "http://10.1.2.3/",
            "http://[::1]:9000/",
            "http://[fd00::1]/",
            "http://kitchen.local/",
            "http://0x7f.1/",
        ] {
            let reach = Webhook::parse(near).map(|hook| hook.reach);
            assert_eq!(reach, Ok(Reach::Nearby), "{near}");
        }
        let clear = "orders are sent over the internet by https only; http is for this machine and the shop's own network";
        check("http://shop.example.com/", Err(clear));
        check("http://169.254.169.254/", Err(clear));
        check("http://localhost.example.com/", Err(clear));
        check(
            "https://me:pw@shop.example.com/",
            Err("it leads to no server"),
        );
        check("ftp://shop.example.com/", Err("it leads to no server"));
        check(
            "https://169.254.169.254/y",
            Err("it leads to a cloud metadata service, which is never called"),
        );
        check(
            "https://0.0.0.0/",
            Err("it leads to an unspecified address, which is never called"),
        );
        check(
            "shop.example.com/hook",
            Err("it is not an address; write it as https://host/path"),
        );
        check(
            &format!("https://a.example/{}", "x".repeat(8192)),
            Err("it is longer than 8192 bytes"),
        );
    }

    #[test]
    fn nothing_that_is_printed_has_the_path() {
        let hook = Webhook::parse("https://shop.example.com/s3cret").expect("an address");
        assert!(!format!("{hook:?} {}", hook.destination()).contains("s3cret"));
        let other = Webhook::parse("https://shop.example.com/other").expect("an address");
        assert_ne!(hook.destination(), other.destination());
        let same = Webhook::parse("https://SHOP.example.com:443/s3cret").expect("an address");
        assert_eq!(hook.destination(), same.destination());
    }
}
