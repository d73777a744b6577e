//! hyper with nothing around it: a connection for each lane.

use std::process::ExitCode;

use bytes::Bytes;
use gateway_peers::{Asked, Failure, Measure, Peer, run};
use http_body_util::{BodyExt, Empty};
use hyper::{
    Request,
    client::conn::http1::{SendRequest, handshake},
    header::{HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::Mutex};

fn main() -> ExitCode {
    run("hyper", "1", Bare::open)
}

struct Bare {
    authority: String,
    host: HeaderValue,
    /// Kept for the calls of each lane; a lane without one has a connection for each call.
    kept: Vec<Mutex<SendRequest<Empty<Bytes>>>>,
}

impl Bare {
    async fn open(asked: &Asked) -> Result<Self, Failure> {
        let authority = asked.authority()?.to_owned();
        let mut kept = Vec::new();
        if asked.measure == Measure::Calls {
            for _ in 0..asked.in_flight {
                kept.push(Mutex::new(connect(&authority).await?));
            }
        }
        Ok(Self {
            host: HeaderValue::from_str(&authority)?,
            authority,
            kept,
        })
    }

    async fn ask(
        &self,
        sender: &mut SendRequest<Empty<Bytes>>,
        path: &str,
    ) -> Result<usize, Failure> {
        sender.ready().await?;
        let request = Request::get(path)
            .header(HOST, self.host.clone())
            .body(Empty::new())?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        match status.is_success() {
            true => Ok(body.len()),
            false => Err(format!("the server answered {status}").into()),
        }
    }
}

async fn connect(authority: &str) -> Result<SendRequest<Empty<Bytes>>, Failure> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

impl Peer for Bare {
    async fn call(&self, lane: usize, path: &str) -> Result<usize, Failure> {
        match self.kept.get(lane) {
            Some(kept) => self.ask(&mut *kept.lock().await, path).await,
            None => self.ask(&mut connect(&self.authority).await?, path).await,
        }
    }
}
