//! Proof of who the other side is.

use std::{io, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{sync::OnceCell, task::spawn_blocking};
use tokio_rustls::TlsConnector;
use url::Host;

use crate::dial::Connection;

/// Whom we trust to say who a server is.
#[derive(Debug, Clone)]
pub enum Roots {
    /// The system's own store, read when the first https call is made.
    System,
    /// These, and no others.
    Only(Vec<CertificateDer<'static>>),
}

/// Reads the roots once, at the first call that needs them: a till that never calls out does not pay for them.
pub(crate) struct Tls {
    roots: Roots,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn new(roots: Roots) -> Self {
        Self {
            roots,
            config: OnceCell::new(),
        }
    }

    pub(crate) async fn secure(
        &self,
        host: &Host<String>,
        connection: Box<dyn Connection>,
    ) -> io::Result<Box<dyn Connection>> {
        let config = self
            .config
            .get_or_try_init(|| configure(self.roots.clone()))
            .await?;
        let stream = TlsConnector::from(Arc::clone(config))
            .connect(server_name(host)?, connection)
            .await?;
        Ok(Box::new(stream))
    }
}

async fn configure(roots: Roots) -> io::Result<Arc<ClientConfig>> {
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
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(Arc::new(config))
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
