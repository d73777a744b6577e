//! Who the other side is, over real sockets.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_outbound::{GatewayLimits, Network, Outbound, Reach, Resolve, Roots, TcpDial, TlsMode};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    runtime::Handle,
};
use tokio_rustls::TlsAcceptor;

use crate::plain::{Plain as _, Terms};
use crate::scripted::{caller, get, read_request, told};

struct ThisMachine;

#[async_trait]
impl Resolve for ThisMachine {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec!["127.0.0.1".parse().unwrap()])
    }
}

/// A server that proves to be `name` is called as `called`; whom the caller trusts is `trusted`.
async fn check(name: &str, called: &str, trusted: fn(CertificateDer<'static>) -> Roots) -> String {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    let port = serve_tls(cert.der().clone(), signing_key.serialize_der()).await;
    let network = Network {
        chance: crate::scripted::chance(),
        wall_clock: crate::scripted::wall_clock(),
        resolve: Arc::new(ThisMachine),
        dial: Arc::new(TcpDial),
        roots: trusted(cert.der().clone()),
    };
    let origin = format!("https://{called}:{port}");
    let gateway = Outbound::new(Handle::current(), network, GatewayLimits::default());
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let result = gateway
        .send(&granted, get(&origin), Duration::from_secs(100))
        .await;
    told(&result).replace(&format!(":{port}"), "")
}

async fn serve_tls(certificate: CertificateDer<'static>, key: Vec<u8>) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key.into()))
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(acceptor.clone(), stream));
        }
    });
    port
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream) {
    // A client that does not believe us ends the handshake.
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    read_request(&mut stream, 0).await;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .await
        .unwrap();
    // One who has the answer may be gone.
    let _ = stream.shutdown().await;
}

#[tokio::test]
async fn a_server_must_be_who_it_was_called_as() {
    let trusted = |certificate| Roots::Only(vec![certificate]);
    let nobody = |_| Roots::Only(Vec::new());
    assert_eq!(
        check("shop.example", "shop.example", trusted).await,
        "200 ok"
    );
    assert_eq!(
        check("shop.example", "shop.example.", trusted).await,
        "200 ok"
    );
    let other = check("shop.example", "other.example", trusted).await;
    assert!(
        other.starts_with("no secure connection to https://other.example: invalid peer certificate: certificate not valid for name"),
        "{other}"
    );
    assert!(other.ends_with("(Refused)"), "{other}");
    assert_eq!(
        check("shop.example", "shop.example", nobody).await,
        "no secure connection to https://shop.example: invalid peer certificate: UnknownIssuer (Refused)"
    );
}

#[tokio::test]
async fn proof_is_waived_only_for_the_call_that_says_so() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["other.example".to_owned()]).unwrap();
    let port = serve_tls(cert.der().clone(), signing_key.serialize_der()).await;
    let network = Network {
        chance: crate::scripted::chance(),
        wall_clock: crate::scripted::wall_clock(),
        resolve: Arc::new(ThisMachine),
        dial: Arc::new(TcpDial),
        roots: Roots::Only(Vec::new()),
    };
    let gateway = Outbound::new(Handle::current(), network, GatewayLimits::default());
    let origin = format!("https://shop.example:{port}");
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let call = async |tls| {
        let terms = Terms {
            tls,
            ..Terms::default()
        };
        let result = gateway.send_on(&granted, get(&origin), terms, Duration::from_secs(100));
        told(&result.await)
    };
    assert_eq!(call(TlsMode::Unverified).await, "200 ok");
    // Neither the connection nor the session of the other mode is taken up.
    let refused = call(TlsMode::Verified).await;
    assert!(refused.contains("invalid peer certificate"), "{refused}");
    assert_eq!(call(TlsMode::Unverified).await, "200 ok");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        let _ = read_request(&mut stream, 0).await;
    });
    let network = Network {
        chance: crate::scripted::chance(),
        wall_clock: crate::scripted::wall_clock(),
        roots: Roots::Only(Vec::new()),
        ..Network::system(crate::scripted::chance(), crate::scripted::wall_clock())
    };
    let gateway = Outbound::new(Handle::current(), network, GatewayLimits::default());
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let result = gateway
        .send(&granted, get(&origin), Duration::from_secs(100))
        .await;
    let told = told(&result);
    assert!(
        told.starts_with(&format!("no secure connection to {origin}: ")),
        "{told}"
    );
    assert!(told.ends_with("(Refused)"), "{told}");
}
