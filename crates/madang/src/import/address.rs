//! An address that a user named.

use madang_outbound::Origin;
use url::Url;

use crate::import::fault::Fault;

/// An address that a user named.
pub struct Address {
    /// Without the query, which may hold a secret.
    pub name: String,
    /// As it was written.
    pub url: Url,
    /// What naming it grants.
    pub origin: Origin,
}

impl Address {
    /// Reads one.
    ///
    /// # Errors
    /// [`Fault`] when it is none that is called.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let Ok(url) = Url::parse(text) else {
            return Err(Fault::BadAddress {
                name: "the address".to_owned(),
            });
        };
        let name = shown(&url);
        // An origin with a name and password in it is none.
        let mut of_origin = url.clone();
        of_origin.set_path("/");
        of_origin.set_query(None);
        of_origin.set_fragment(None);
        match Origin::parse(of_origin.as_str()) {
            Ok(origin) => Ok(Self { name, url, origin }),
            Err(_) => Err(Fault::BadAddress { name }),
        }
    }
}

fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
