//! Who the other side is, over real sockets.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_outbound::{GatewayLimits, Network, Outbound, Reach, Resolve, Roots, TcpDial, TlsMode};
use rcgen::{CertificateParams, CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::{
    ConfigBuilder, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WantsServerCert,
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
    let key = PrivateKeyDer::Pkcs8(key.into());
    let config = server_config().with_single_cert(vec![certificate], key);
    serve_config(config.unwrap()).await
}

fn server_config() -> ConfigBuilder<ServerConfig, WantsServerCert> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
}

async fn serve_config(config: ServerConfig) -> u16 {
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

/// The whole life of a certificate, in years.
type Years = (i32, i32);

const NOW: Years = (2000, 4000);

/// A server that proves to be `name` in `years` is called as `shop.example`, believed to sign for itself or not.
async fn check_waiver(name: &str, years: Years, is_trusted: bool, expected: &str) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let port = serve_tls(certificate.der().clone(), key.serialize_der()).await;
    let trusted = is_trusted.then(|| certificate.der().clone());
    let (verified, waived) = both_ways(port, trusted.into_iter().collect()).await;
    let expected = format!(
        "no secure connection to https://shop.example: invalid peer certificate: {expected}"
    );
    assert!(verified.starts_with(&expected), "{verified}");
    assert!(verified.ends_with("(Refused)"), "{verified}");
    assert_eq!(waived, "200 ok", "{expected}");
}

/// What is told of a call that asks for proof, and of one that does not.
async fn both_ways(port: u16, trusted: Vec<CertificateDer<'static>>) -> (String, String) {
    let network = Network {
        chance: crate::scripted::chance(),
        wall_clock: crate::scripted::wall_clock(),
        resolve: Arc::new(ThisMachine),
        dial: Arc::new(TcpDial),
        roots: Roots::Only(trusted),
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
        told(&result.await).replace(&format!(":{port}"), "")
    };
    (
        call(TlsMode::Verified).await,
        call(TlsMode::Unverified).await,
    )
}

#[tokio::test]
async fn a_bad_certificate_is_refused_unless_proof_is_waived() {
    let right = "shop.example";
    check_waiver(right, (1975, 1999), true, "certificate expired").await;
    check_waiver(right, (3000, 4000), true, "certificate not valid yet").await;
    check_waiver("other.example", NOW, true, "certificate not valid for name").await;
    check_waiver(right, NOW, false, "UnknownIssuer").await;
}

/// One that was copied: whoever shows it does not have its key.
#[derive(Debug)]
struct Copied(Arc<rustls::sign::CertifiedKey>);

impl rustls::server::ResolvesServerCert for Copied {
    fn resolve(
        &self,
        _: rustls::server::ClientHello<'_>,
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[tokio::test]
async fn nobody_shows_the_certificate_of_another_even_where_proof_is_waived() {
    let CertifiedKey { cert, .. } = generate_simple_self_signed(["shop.example".into()]).unwrap();
    let other = KeyPair::generate().unwrap();
    let key = PrivateKeyDer::Pkcs8(other.serialize_der().into());
    let signing = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let shown = rustls::sign::CertifiedKey::new(vec![cert.der().clone()], signing);
    let config = server_config().with_cert_resolver(Arc::new(Copied(Arc::new(shown))));
    let port = serve_config(config).await;
    let (verified, waived) = both_ways(port, vec![cert.der().clone()]).await;
    for told in [verified, waived] {
        assert!(
            told.contains("invalid peer certificate: BadSignature"),
            "{told}"
        );
    }
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
