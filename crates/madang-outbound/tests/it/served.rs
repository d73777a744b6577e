//! A network with one server, which is a function of a connection in memory; every name leads to it.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use futures::future::BoxFuture;
use madang_outbound::{Connection, Dial, GatewayLimits, Network, Outbound, Resolve, Roots};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{DuplexStream, duplex},
    runtime::Handle,
    task::yield_now,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

pub type Server<S> = Arc<dyn Fn(S) -> BoxFuture<'static, ()> + Send + Sync>;

/// Speaks in the clear.
pub fn plain<F>(
    limits: GatewayLimits,
    serve: impl Fn(DuplexStream) -> F + Send + Sync + 'static,
) -> Outbound
where
    F: Future<Output = ()> + Send + 'static,
{
    gateway(
        Arc::new(move |stream| Box::pin(serve(stream))),
        Roots::Only(Vec::new()),
        limits,
    )
}

/// Proves to be `api.example.com` and offers HTTP/2.
pub fn secure(limits: GatewayLimits, serve: Server<TlsStream<DuplexStream>>) -> Outbound {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["api.example.com".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            PrivateKeyDer::Pkcs8(signing_key.serialize_der().into()),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server: Server<DuplexStream> = Arc::new(move |stream| {
        let (acceptor, serve) = (acceptor.clone(), Arc::clone(&serve));
        Box::pin(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream).await;
            }
        })
    });
    gateway(server, Roots::Only(vec![cert.der().clone()]), limits)
}

fn gateway(server: Server<DuplexStream>, roots: Roots, limits: GatewayLimits) -> Outbound {
    let network = Network {
        chance: crate::scripted::chance(),
        wall_clock: crate::scripted::wall_clock(),
        resolve: Arc::new(OnePlace),
        dial: Arc::new(OneServer(server)),
        roots,
    };
    Outbound::new(Handle::current(), network, limits)
}

struct OnePlace;

#[async_trait]
impl Resolve for OnePlace {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec!["8.8.8.8".parse().unwrap()])
    }
}

struct OneServer(Server<DuplexStream>);

#[async_trait]
impl Dial for OneServer {
    async fn dial(&self, _: SocketAddr) -> io::Result<Box<dyn Connection>> {
        let (ours, theirs) = duplex(64 * 1024);
        tokio::spawn((self.0)(theirs));
        Ok(Box::new(ours))
    }
}

/// Lets everything happen that needs no time.
pub async fn settle() {
    for _ in 0..200 {
        yield_now().await;
    }
}
