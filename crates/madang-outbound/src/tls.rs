//! Proof of who the other side is.

mod unverified;

use std::{io, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{sync::OnceCell, task::spawn_blocking};
use tokio_rustls::TlsConnector;
use url::Host;

use crate::{connect::Manner, dial::Connection};

/// Whom we trust to say who a server is.
#[derive(Debug, Clone)]
pub enum Roots {
    /// The system's own store, read when the first https call is made.
    System,
    /// These, and no others.
    Only(Vec<CertificateDer<'static>>),
}

/// Whether the other side must prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TlsMode {
    /// It must.
    #[default]
    Verified,
    /// Any certificate will do: the line is private, but nobody knows who is at its other end. Only for a caller that was
    /// given permission, which whoever sets this has checked.
    Unverified,
}

/// Which protocols the other side may choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    Http1Or2,
    Http1,
}

/// What will be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// One configuration for each mode, made at the first call that needs it: a till that never calls out does not pay for
/// reading roots. They share nothing, so a session agreed on without proof is never taken up again by a call that asks for it.
pub(crate) struct Tls {
    roots: Roots,
    verified: OnceCell<ClientConfig>,
    unverified: OnceCell<ClientConfig>,
}

impl Tls {
    pub(crate) fn new(roots: Roots) -> Self {
        Self {
            roots,
            verified: OnceCell::new(),
            unverified: OnceCell::new(),
        }
    }

    pub(crate) async fn secure(
        &self,
        host: &Host<String>,
        connection: Box<dyn Connection>,
        manner: Manner,
    ) -> io::Result<(Box<dyn Connection>, Protocol)> {
        let mut config = self.config(manner.tls).await?.clone();
        config.alpn_protocols = manner.offer.names();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(server_name(host)?, connection)
            .await?;
        let protocol = match stream.get_ref().1.alpn_protocol() {
            Some(HTTP_2) => Protocol::Http2,
            _ => Protocol::Http1,
        };
        Ok((Box::new(stream), protocol))
    }

    async fn config(&self, mode: TlsMode) -> io::Result<&ClientConfig> {
        match mode {
            TlsMode::Verified => {
                let make = || verified(self.roots.clone());
                self.verified.get_or_try_init(make).await
            }
            TlsMode::Unverified => {
                let make = async || unverified::config(provider());
                self.unverified.get_or_try_init(make).await
            }
        }
    }
}

const HTTP_2: &[u8] = b"h2";

impl Offer {
    fn names(self) -> Vec<Vec<u8>> {
        let http_1 = b"http/1.1".to_vec();
        match self {
            Self::Http1Or2 => vec![HTTP_2.to_vec(), http_1],
            Self::Http1 => vec![http_1],
        }
    }
}

async fn verified(roots: Roots) -> io::Result<ClientConfig> {
    let store = match roots {
        Roots::System => spawn_blocking(system_store)
            .await
            .map_err(io::Error::other)??,
        Roots::Only(certificates) => {
            let mut store = RootCertStore::empty();
            for certificate in certificates {
                store.add(certificate).map_err(io::Error::other)?;
            }
            store
        }
    };
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// One unreadable certificate among the system's does not take the others away.
fn system_store() -> io::Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "this system has no root certificates; install its package of them (on Debian: ca-certificates)",
        ));
    }
    Ok(store)
}

fn server_name(host: &Host<String>) -> io::Result<ServerName<'static>> {
    match host {
        Host::Domain(name) => ServerName::try_from(name.clone())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error)),
        Host::Ipv4(address) => Ok(ServerName::from(std::net::IpAddr::from(*address))),
        Host::Ipv6(address) => Ok(ServerName::from(std::net::IpAddr::from(*address))),
    }
}
