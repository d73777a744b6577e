//! The server that every peer calls, in a process of its own and on one thread; it prints the address it listens at.
//!
//! | path | is |
//! | --- | --- |
//! | `/kilobyte` | answered with 1024 bytes |
//! | `/unavailable` | answered with 503 |
//! | `/cut` | the connection is closed in place of an answer |
//! | `/never/NAME` | not answered |
//! | `/watch/counts` | how many requests for each of these but the first have arrived |
//! | `/watch/begun/NAME`, `/watch/closed/NAME` | answered once `/never/NAME` has arrived, once its connection is closed: with when that was |

use std::{
    collections::{BTreeMap, HashMap},
    future::pending,
    rc::Rc,
};

use bytes::Bytes;
use gateway_peers::{Failure, monotonic_ns};
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode, body::Incoming, header::CONTENT_TYPE, server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::{LocalSet, spawn_local},
};

/// As many new connections may wait as a peer opens at once, and then some.
const BACKLOG: u32 = 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    println!("http://{}", listener.local_addr()?);
    LocalSet::new().run_until(serve(listener)).await
}

async fn serve(listener: TcpListener) -> Result<(), Failure> {
    let seen = Rc::new(watch::Sender::new(Seen::default()));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        spawn_local(speak(stream, Rc::clone(&seen)));
    }
}

async fn speak(stream: TcpStream, seen: Rc<watch::Sender<Seen>>) {
    let service = service_fn(|request| answer(request, Rc::clone(&seen)));
    let speaking = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Connections end in many ways, most of them meant.
    drop(speaking.await);
}

/// What has reached the server.
#[derive(Default)]
struct Seen {
    counts: BTreeMap<&'static str, u64>,
    never: HashMap<String, Never>,
}

struct Never {
    begun_ns: u64,
    closed_ns: Option<u64>,
}

type Answer = Result<Response<Full<Bytes>>, Failure>;

async fn answer(request: Request<Incoming>, seen: Rc<watch::Sender<Seen>>) -> Answer {
    let path = request.uri().path();
    let words: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match words[..] {
        ["kilobyte"] => Ok(json(StatusCode::OK, Bytes::from_static(&KILOBYTE))),
        ["unavailable"] => {
            count(&seen, "unavailable");
            Ok(json(StatusCode::SERVICE_UNAVAILABLE, "{}".into()))
        }
        ["cut"] => {
            count(&seen, "cut");
            Err("the connection is cut".into())
        }
        ["never", name] => never(&seen, name).await,
        ["watch", "counts"] => {
            let counts = serde_json::to_string(&seen.borrow().counts)?;
            Ok(json(StatusCode::OK, counts.into()))
        }
        ["watch", "begun", name] => once(&seen, name, |never| Some(never.begun_ns)).await,
        ["watch", "closed", name] => once(&seen, name, |never| never.closed_ns).await,
        _ => Ok(json(StatusCode::NOT_FOUND, "{}".into())),
    }
}

static KILOBYTE: [u8; 1024] = {
    let mut bytes = [b'x'; 1024];
    bytes[0] = b'"';
    bytes[1023] = b'"';
    bytes
};

fn json(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn count(seen: &watch::Sender<Seen>, name: &'static str) {
    seen.send_modify(|seen| *seen.counts.entry(name).or_default() += 1);
}

/// Ends when hyper drops it, which is when the connection is gone.
async fn never(seen: &Rc<watch::Sender<Seen>>, name: &str) -> Answer {
    count(seen, "never");
    let begun = Never {
        begun_ns: monotonic_ns(),
        closed_ns: None,
    };
    seen.send_modify(|seen| drop(seen.never.insert(name.to_owned(), begun)));
    let _closing = Closing {
        seen: Rc::clone(seen),
        name: name.to_owned(),
    };
    pending().await
}

struct Closing {
    seen: Rc<watch::Sender<Seen>>,
    name: String,
}

impl Drop for Closing {
    fn drop(&mut self) {
        let now = monotonic_ns();
        self.seen.send_modify(|seen| {
            if let Some(never) = seen.never.get_mut(&self.name) {
                never.closed_ns = Some(now);
            }
        });
    }
}

async fn once(
    seen: &watch::Sender<Seen>,
    name: &str,
    when: impl Fn(&Never) -> Option<u64>,
) -> Answer {
    let mut seeing = seen.subscribe();
    let at = |seen: &Seen| seen.never.get(name).and_then(&when);
    let ns = at(&*seeing.wait_for(|seen| at(seen).is_some()).await?);
    Ok(json(StatusCode::OK, serde_json::to_string(&ns)?.into()))
}
