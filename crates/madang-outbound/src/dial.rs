//! Names to addresses, addresses to connections. Both are traits, so that a test brings its own network.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use async_trait::async_trait;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};

/// Looks a name up. Never asked about an IP address.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// Every address of `host`, in the order they should be tried. It is waited for to its end even when nobody wants the answer any more.
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
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemResolve;

#[async_trait]
impl Resolve for SystemResolve {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
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
