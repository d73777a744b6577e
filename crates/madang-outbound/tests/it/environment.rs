//! Proxies of the environment are not used: what goes through one is connected to by somebody who checks no address.

use std::{
    env,
    io::Read,
    net::{TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use madang_outbound::{
    GatewayLimits, Network, Outbound, Reach, Roots, SocketCall, SocketLimits, TlsMode,
};
use tokio::runtime::Handle;

use crate::{
    plain::Plain as _,
    scripted::{caller, chance, get, wall_clock},
};

/// By which the child knows whom to call.
const URL: &str = "MADANG_TEST_URL";

/// Notes how each connection begins, and closes it.
fn listening() -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (notes, seen) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut begins = [0; 3];
            let read = stream.and_then(|mut stream| stream.read_exact(&mut begins));
            // Nobody may ask any more.
            let _ = notes.send(read.map(|()| begins.to_vec()).unwrap_or_default());
        }
    });
    (address, seen)
}

/// In a process whose environment names a proxy in every way, a call to `scheme` begins at its server so, and the proxy hears nothing.
fn check(scheme: &str, begins: &[u8]) {
    let (server, asked) = listening();
    let (proxy, proxied) = listening();
    let mut child = Command::new(env::current_exe().unwrap());
    child
        .args(["--exact", "environment::calls_in_a_process_of_its_own"])
        .args(["--ignored", "--nocapture"])
        .env(URL, format!("{scheme}://{server}/"))
        .env("NO_PROXY", "other.example")
        .env("no_proxy", "other.example");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY"] {
        let address = format!("http://{proxy}");
        child.env(name, &address).env(name.to_lowercase(), address);
    }
    let ended = child.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("1 passed"), "the child did nothing: {said}");
    assert_eq!(asked.try_recv().unwrap(), begins, "{scheme}: {said}");
    // The trap would have caught it.
    drop(TcpStream::connect(&proxy).unwrap());
    assert_eq!(proxied.recv().unwrap(), b"", "{scheme} went to the proxy");
}

#[test]
fn proxies_of_the_environment_are_ignored() {
    check("http", b"GET");
    check("ws", b"GET");
    check("https", &[0x16, 3, 1]);
    check("wss", &[0x16, 3, 1]);
}

/// Begun by the test above. How its call ends does not matter: the server closes as soon as it was asked.
#[tokio::test]
#[ignore = "it is the other process of `proxies_of_the_environment_are_ignored`"]
async fn calls_in_a_process_of_its_own() {
    let Ok(url) = env::var(URL) else { return };
    let network = Network {
        roots: Roots::Only(Vec::new()),
        ..Network::system(chance(), wall_clock())
    };
    let gateway = Outbound::new(Handle::current(), network, GatewayLimits::default());
    let granted = caller(&[(url.trim_end_matches('/'), Reach::Loopback)]);
    if url.starts_with("ws") {
        let call = SocketCall {
            url,
            headers: Vec::new(),
            protocols: Vec::new(),
            tls: TlsMode::Verified,
            limits: SocketLimits::default(),
        };
        assert!(gateway.open_socket(&granted, call).await.is_err());
    } else {
        let call = gateway.send(&granted, get(&url), Duration::from_secs(10));
        assert!(call.await.is_err());
    }
}
