//! From a granted target to a connection: look up once, check every address, dial one that was checked, secure it.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::time::timeout;
use url::Host;

use crate::{
    dial::{Connection, Dial},
    lookups::Lookups,
    progress::Progress,
    send_error::{SendErrorKind, Stage},
    target::Target,
    tls::{Offer, Protocol, Tls, TlsMode},
};

/// The only way to a socket.
pub(crate) struct Connector {
    pub(crate) lookups: Lookups,
    pub(crate) dial: Arc<dyn Dial>,
    pub(crate) tls: Tls,
    pub(crate) addresses_max: usize,
}

/// How a connection is to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Each address, and after it the agreement on keys, has this long.
    pub(crate) timeout: Duration,
    pub(crate) tls: TlsMode,
    pub(crate) offer: Offer,
}

impl Connector {
    pub(crate) async fn connect(
        &self,
        caller: &Arc<str>,
        target: &Target,
        manner: Manner,
        progress: &Progress,
    ) -> Result<(Box<dyn Connection>, Protocol), SendErrorKind> {
        progress.enter(Stage::Resolving);
        let addresses = self.checked_addresses(caller, target).await?;
        progress.enter(Stage::Connecting);
        let connection = self.dialled(target, &addresses, manner.timeout).await?;
        if !target.origin.is_secure() {
            return Ok((connection, Protocol::Http1));
        }
        progress.enter(Stage::Securing);
        self.secured(target, connection, manner, progress).await
    }

    /// Every address of the host, once all of them have passed: one that leads elsewhere condemns the rest, since nobody
    /// honest mixes them.
    async fn checked_addresses(
        &self,
        caller: &Arc<str>,
        target: &Target,
    ) -> Result<Vec<IpAddr>, SendErrorKind> {
        let addresses = self.addresses(caller, target).await?;
        addresses
            .iter()
            .try_for_each(|address| target.check(*address))?;
        Ok(addresses)
    }

    async fn addresses(
        &self,
        caller: &Arc<str>,
        target: &Target,
    ) -> Result<Vec<IpAddr>, SendErrorKind> {
        let name = match (&target.origin.host, target.origin.literal_address()) {
            (Host::Domain(name), _) => name,
            (_, address) => return Ok(address.into_iter().collect()),
        };
        let failed = |source| SendErrorKind::Dns {
            host: name.clone(),
            source,
        };
        let addresses = self.lookups.look_up(caller, name).await.map_err(failed)?;
        if addresses.is_empty() {
            return Err(failed(io::Error::new(
                io::ErrorKind::NotFound,
                "it has no address",
            )));
        }
        Ok(addresses)
    }

    async fn dialled(
        &self,
        target: &Target,
        addresses: &[IpAddr],
        each: Duration,
    ) -> Result<Box<dyn Connection>, SendErrorKind> {
        let mut last_failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses.iter().take(self.addresses_max) {
            let address = SocketAddr::new(*address, target.origin.port);
            match timeout(each, self.dial.dial(address)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(failure)) => last_failure = failure,
                Err(_) => last_failure = io::Error::from(io::ErrorKind::TimedOut),
            }
        }
        Err(SendErrorKind::Connect {
            origin: target.origin.clone(),
            source: last_failure,
        })
    }

    async fn secured(
        &self,
        target: &Target,
        connection: Box<dyn Connection>,
        manner: Manner,
        progress: &Progress,
    ) -> Result<(Box<dyn Connection>, Protocol), SendErrorKind> {
        let securing = self.tls.secure(&target.origin.host, connection, manner);
        let Ok(secured) = timeout(manner.timeout, securing).await else {
            // Nothing is wrong with the certificate of a server that shows none.
            return Err(progress.out_of_time(Some(manner.timeout)));
        };
        secured.map_err(|source| SendErrorKind::Tls {
            origin: target.origin.clone(),
            source,
        })
    }
}
