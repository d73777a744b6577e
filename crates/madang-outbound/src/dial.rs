//! Names to addresses, addresses to connections. Both are traits, so that a test brings its own network.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    sync::Semaphore,
};

/// Looks a name up. Never asked about an IP address.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// Every address of `host`, in the order they should be tried.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Connects to an address that has been checked.
#[async_trait]
pub trait Dial: Send + Sync {
    /// Connects to exactly this address.
    async fn dial(&self, address: SocketAddr) -> io::Result<Box<dyn Connection>>;
}

/// A stream of bytes in both directions.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// The system's resolver.
pub struct SystemResolve {
    lookups: Arc<Semaphore>,
}

/// A look-up the system makes cannot be called off: it holds a thread until its own time-out, so a dead DNS server must
/// not be able to take them all.
const LOOKUPS_MAX: usize = 32;

impl Default for SystemResolve {
    fn default() -> Self {
        Self {
            lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)),
        }
    }
}

#[async_trait]
impl Resolve for SystemResolve {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let permit = Arc::clone(&self.lookups)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let host = host.to_owned();
        // In a task of its own, so that the permit is held as long as the thread is, not as long as somebody waits for it.
        let lookup = tokio::spawn(async move {
            let found = lookup_host((host.as_str(), 0)).await;
            drop(permit);
            found.map(|addresses| addresses.map(|address| address.ip()).collect::<Vec<_>>())
        });
        lookup.await.map_err(io::Error::other)?
    }
}

/// TCP, directly: no proxy is read from the environment.
#[derive(Debug, Default, Clone, Copy)]
pub struct TcpDial;

#[async_trait]
impl Dial for TcpDial {
    async fn dial(&self, address: SocketAddr) -> io::Result<Box<dyn Connection>> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    }
}
