//! What a server may put on the line of a WebSocket, byte by byte over real sockets: what the caller is told, and what the server is.

use std::time::Duration;

use futures::future::join;
use madang_outbound::{
    Fault, GatewayLimits, Heard, Manual, Network, Outbound, Plan, Reach, Scope, SocketCall,
    SocketEnd, SocketLimits, SocketMessage, TlsMode, WebSocket,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Handle,
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::scripted::{caller, read_request};

/// Largest message and frame here.
const LIMIT: usize = 1000;

struct Line {
    gateway: Outbound,
    listener: TcpListener,
    origin: String,
}

impl Line {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let network = Network::system(crate::scripted::chance(), crate::scripted::wall_clock());
        let gateway = Outbound::new(Handle::current(), network, GatewayLimits::default());
        Self {
            gateway,
            listener,
            origin,
        }
    }

    /// Both ends of an open WebSocket; the server's is the bare line.
    async fn open(&self) -> (WebSocket, TcpStream) {
        let granted = caller(&[(&self.origin, Reach::Loopback)]);
        let accepting = async {
            let (mut stream, _) = self.listener.accept().await.unwrap();
            agree(&mut stream).await;
            stream
        };
        let opening = self.gateway.open_socket(&granted, self.call());
        let (socket, stream) = join(opening, accepting).await;
        (socket.unwrap(), stream)
    }

    fn call(&self) -> SocketCall {
        SocketCall {
            url: self.origin.replace("http", "ws"),
            headers: Vec::new(),
            protocols: Vec::new(),
            tls: TlsMode::Verified,
            limits: SocketLimits {
                message_bytes_max: LIMIT,
                frame_bytes_max: LIMIT,
                // The servers here listen until they are hung up on.
                hang_up_timeout: Duration::from_millis(50),
                ..SocketLimits::default()
            },
        }
    }
}

async fn agree(stream: &mut TcpStream) {
    let request = read_request(stream, 0).await;
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("sec-websocket-key: "))
        .unwrap();
    let proof = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {proof}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
}

/// All that is heard, up to the end.
async fn heard(socket: &mut WebSocket) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(next) = socket.next().await {
        all.push(match next {
            Ok(Heard::Message(SocketMessage::Text(text))) => text,
            Ok(Heard::Message(SocketMessage::Binary(bytes))) => format!("{} bytes", bytes.len()),
            Ok(Heard::Closing) => "closing".to_owned(),
            Err(SocketEnd::Closed { code, reason }) => format!("closed {code:?} {reason}"),
            Err(SocketEnd::Failed(failure)) => format!("{failure} ({})", failure.code()),
        });
    }
    all
}

/// The code of the close frame that the client sends before it hangs up.
async fn close_code(stream: &mut TcpStream) -> Option<u16> {
    let mut all = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut all).await;
    let mut rest = &all[..];
    while let [first, length, k0, k1, k2, k3, payload @ ..] = rest {
        let (payload, after) = payload.split_at(usize::from(length & 0x7f));
        if *first == 0x88 && payload.len() >= 2 {
            let code = [payload[0] ^ k0, payload[1] ^ k1];
            let _ = (k2, k3);
            return Some(u16::from_be_bytes(code));
        }
        rest = after;
    }
    None
}

/// A frame that is whole, with its first byte as given.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(length @ ..=125) => frame.push(length),
        _ => {
            let length = u16::try_from(payload.len()).unwrap();
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// A frame that announces so many bytes, and nothing of them.
fn announced(first: u8, length: u64) -> Vec<u8> {
    let mut frame = vec![first, 127];
    frame.extend(length.to_be_bytes());
    frame
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason].concat())
}

/// The server sends these bytes and then listens until the client hangs up.
async fn check(name: &str, bytes: Vec<u8>, told: &[&str], server_told: Option<u16>) {
    let line = Line::new().await;
    let (mut socket, mut stream) = line.open().await;
    let serving = async {
        // The client may hang up before it has read everything.
        let _ = stream.write_all(&bytes).await;
        close_code(&mut stream).await
    };
    let (all, code) = join(heard(&mut socket), serving).await;
    assert_eq!(all, told, "{name}");
    assert_eq!(code, server_told, "{name}");
}

#[tokio::test]
async fn what_breaks_the_rules_is_told_to_both_sides() {
    let broken = "the server broke the protocol (1002)";
    let no_text = "the server sent text that is not UTF-8 (1007)";
    let large = "a message from the server is larger than the limit of 1000 bytes (1009)";
    let rows: &[(&str, Vec<u8>, &str, u16)] = &[
        ("2^40 bytes", announced(0x82, 1 << 40), large, 1009),
        ("2^63 bytes", announced(0x82, 1 << 63), large, 1009),
        ("all bits", announced(0x81, u64::MAX), large, 1009),
        ("one byte more", frame(0x82, &[0; LIMIT + 1]), large, 1009),
        (
            "one more in pieces",
            [frame(0x02, &[0; LIMIT]), frame(0x80, &[0])].concat(),
            large,
            1009,
        ),
        ("bad text", frame(0x81, &[0xff, 0xfe]), no_text, 1007),
        ("half a letter", frame(0x81, &[0xea, 0xb0]), no_text, 1007),
        (
            "half a letter at the end of pieces",
            [frame(0x01, b"a"), frame(0x80, &[0xea, 0xb0])].concat(),
            no_text,
            1007,
        ),
        ("a reason of bad text", close(1000, &[0xff]), no_text, 1007),
        ("masked", vec![0x81, 0x81, 0, 0, 0, 0, b'x'], broken, 1002),
        ("a reserved bit", frame(0xc1, b"x"), broken, 1002),
        ("a reserved kind", frame(0x83, b""), broken, 1002),
        ("a reserved control", frame(0x8b, b""), broken, 1002),
        ("a long ping", frame(0x89, &[0; 126]), broken, 1002),
        ("a long pong", frame(0x8a, &[0; 126]), broken, 1002),
        ("a long close", close(1000, &[b'a'; 124]), broken, 1002),
        ("a ping in pieces", frame(0x09, b""), broken, 1002),
        ("a close of one byte", frame(0x88, &[3]), broken, 1002),
        ("a piece of nothing", frame(0x80, b"x"), broken, 1002),
        (
            "a message within another",
            [frame(0x01, b"a"), frame(0x81, b"b")].concat(),
            broken,
            1002,
        ),
    ];
    for (name, bytes, told, code) in rows {
        check(name, bytes.clone(), &[told], Some(*code)).await;
    }
}

#[tokio::test]
async fn what_keeps_to_the_rules_is_heard() {
    let last = close(1000, b"");
    let rows: &[(&str, Vec<u8>, &str)] = &[
        ("empty", frame(0x81, b""), ""),
        ("the greatest", frame(0x82, &[0; LIMIT]), "1000 bytes"),
        (
            "a letter in two pieces, a ping between them",
            [
                frame(0x01, &[0xea, 0xb0]),
                frame(0x89, &[0; 125]),
                frame(0x00, b""),
                frame(0x80, &[0x80]),
            ]
            .concat(),
            "가",
        ),
        (
            "pongs that nobody asked for",
            [frame(0x8a, b"x"), frame(0x81, b"a")].concat(),
            "a",
        ),
    ];
    for (name, bytes, told) in rows {
        let bytes = [bytes.clone(), last.clone()].concat();
        check(
            name,
            bytes,
            &[told, "closing", "closed Some(1000) "],
            Some(1000),
        )
        .await;
    }
}

/// The server closes and does not hang up: the caller knows at once that it is over, and the end does not wait for the server.
#[tokio::test]
async fn a_servers_close_is_told_with_its_code_and_answered() {
    let rows: &[(Vec<u8>, &str, Option<u16>)] = &[
        (close(1000, b"bye"), "closed Some(1000) bye", Some(1000)),
        (
            close(1001, "정오".as_bytes()),
            "closed Some(1001) 정오",
            Some(1001),
        ),
        (close(1011, b""), "closed Some(1011) ", Some(1011)),
        (close(1012, b""), "closed Some(1012) ", Some(1012)),
        (close(3000, b""), "closed Some(3000) ", Some(3000)),
        (
            close(4999, &[b'a'; 123]),
            &format!("closed Some(4999) {}", "a".repeat(123)),
            Some(4999),
        ),
        (frame(0x88, b""), "closed None ", None),
    ];
    for (bytes, told, answered) in rows {
        check(told, bytes.clone(), &["closing", told], *answered).await;
    }
    // Codes that stand for what is not said, or for nothing.
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        let broken = "the server broke the protocol (1002)";
        check(&code.to_string(), close(code, b""), &[broken], Some(1002)).await;
    }
}

#[tokio::test]
async fn a_flood_of_control_frames_ends_it() {
    let told =
        "the server sends nothing but pings and pongs: more than 1000 between two of ours (1008)";
    for first in [0x89, 0x8a] {
        let line = Line::new().await;
        let (mut socket, stream) = line.open().await;
        let (mut answers, mut says) = stream.into_split();
        let flooding = async {
            let flood = frame(first, b"x").repeat(1000);
            while says.write_all(&flood).await.is_ok() {}
        };
        let listening = async { while matches!(answers.read(&mut [0; 4096]).await, Ok(1..)) {} };
        let (all, _) = join(heard(&mut socket), join(flooding, listening)).await;
        assert_eq!(all, [told], "{first}");
    }
}

/// Pieces of a message that have no byte in them never make one, and there is always room for one more.
#[tokio::test]
async fn a_flood_of_empty_pieces_ends_it() {
    let line = Line::new().await;
    let (mut socket, stream) = line.open().await;
    let (mut answers, mut says) = stream.into_split();
    let flooding = async {
        let _ = says.write_all(&frame(0x01, b"a")).await;
        let flood = frame(0x00, b"").repeat(1000);
        while says.write_all(&flood).await.is_ok() {}
    };
    let listening = async { while matches!(answers.read(&mut [0; 4096]).await, Ok(1..)) {} };
    let (all, _) = join(heard(&mut socket), join(flooding, listening)).await;
    assert_eq!(all, ["the server broke the protocol (1002)"]);
}

/// What the network's switch does to a WebSocket that is open while it is turned.
#[tokio::test]
async fn the_network_switch_cuts_what_is_open() {
    let broke = "the connection broke (1006)";
    let faults = [
        Fault::Refused,
        Fault::DnsFailure,
        Fault::ResetMidBody,
        Fault::TruncatedBody,
    ];
    for fault in faults {
        let line = Line::new().await;
        let (mut socket, mut stream) = line.open().await;
        let elsewhere = madang_outbound::Origin::parse("https://other.example").unwrap();
        let other = Plan::always(fault, Scope::Origin(elsewhere));
        line.gateway.chaos().start(other).unwrap();
        stream.write_all(&frame(0x81, b"here")).await.unwrap();
        let here = socket.next().await.unwrap().unwrap();
        assert_eq!(here, Heard::Message(SocketMessage::Text("here".into())));

        let plan = Plan::always(fault, Scope::All);
        line.gateway.chaos().start(plan).unwrap();
        assert_eq!(heard(&mut socket).await, [broke], "{fault:?}");
        assert_eq!(
            close_code(&mut stream).await,
            None,
            "the server sees the end"
        );
        line.gateway.chaos().stop();
        let (mut again, mut stream) = line.open().await;
        stream.write_all(&close(1000, b"")).await.unwrap();
        drop(stream);
        assert_eq!(heard(&mut again).await.len(), 2, "it opens again");
    }
}

/// A person isolates a server by the origin of its calls: its WebSockets are cut off, and none is opened until it is released.
#[tokio::test]
async fn an_isolated_server_keeps_no_websocket() {
    let line = Line::new().await;
    let origin = madang_outbound::Origin::parse(&line.origin).unwrap();
    let (mut socket, mut stream) = line.open().await;
    let other = madang_outbound::Origin::parse("https://other.example").unwrap();
    line.gateway.set_upstream(&other, None, Manual::Isolate);
    line.gateway
        .set_upstream(&origin, None, Manual::ForceClosed);
    stream.write_all(&frame(0x81, b"here")).await.unwrap();
    let here = socket.next().await.unwrap().unwrap();
    assert_eq!(here, Heard::Message(SocketMessage::Text("here".into())));

    assert_eq!(line.gateway.set_upstream(&origin, None, Manual::Isolate), 1);
    let told = "the server was isolated by hand; release it to connect again (1001)";
    let (all, code) = join(heard(&mut socket), close_code(&mut stream)).await;
    assert_eq!((all, code), (vec![told.to_owned()], Some(1001)));
    let seen = &line.gateway.upstreams()[0];
    assert_eq!((seen.counts.failures, seen.is_failing), (0, false));
    let granted = caller(&[(&line.origin, Reach::Loopback)]);
    let refused = line.gateway.open_socket(&granted, line.call()).await;
    assert_eq!(refused.err().unwrap().attempts(), 0);

    line.gateway.set_upstream(&origin, None, Manual::Release);
    let (mut again, mut stream) = line.open().await;
    stream.write_all(&close(1000, b"")).await.unwrap();
    drop(stream);
    assert_eq!(heard(&mut again).await.len(), 2, "it opens again");
}

/// Turned to what strikes openings only, those that are open stay.
#[tokio::test]
async fn the_network_switch_leaves_open_what_a_bad_opening_would_not_touch() {
    let faults = [
        Fault::CertificateError,
        Fault::Status {
            code: 503,
            retry_after: None,
        },
    ];
    for fault in faults {
        let line = Line::new().await;
        let (mut socket, mut stream) = line.open().await;
        let plan = Plan::always(fault, Scope::All);
        line.gateway.chaos().start(plan).unwrap();
        stream.write_all(&close(1000, b"bye")).await.unwrap();
        drop(stream);
        assert_eq!(
            heard(&mut socket).await,
            ["closing", "closed Some(1000) bye"]
        );
    }
}
