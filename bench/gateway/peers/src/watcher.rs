//! The server's own word on what reached it, over a connection beside those that are measured.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{
    Request,
    client::conn::http1::{SendRequest, handshake},
    header::HOST,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::sleep};

use crate::{Asked, Failure};

pub(crate) struct Watcher {
    sender: SendRequest<Empty<Bytes>>,
}

impl Watcher {
    pub(crate) async fn open(asked: &Asked) -> Result<Self, Failure> {
        let stream = TcpStream::connect(asked.authority()?).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// How many requests for `path`, and for what lies below it, have arrived.
    pub(crate) async fn arrived(&mut self, path: &str) -> Result<u64, Failure> {
        let counts: Value = serde_json::from_slice(&self.ask("/watch/counts").await?)?;
        let name = path.trim_start_matches('/').split('/').next().unwrap_or("");
        Ok(counts[name].as_u64().unwrap_or(0))
    }

    /// Waits until so many have arrived.
    pub(crate) async fn until_arrived(&mut self, path: &str, count: u64) -> Result<(), Failure> {
        while self.arrived(path).await? < count {
            sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Waits until call `name` of those that are never answered is there.
    pub(crate) async fn until_begun(&mut self, name: usize) -> Result<(), Failure> {
        self.ask(&format!("/watch/begun/{name}")).await.map(drop)
    }

    /// Waits until its connection is closed; when that was, by the clock of the machine.
    pub(crate) async fn closed_ns(&mut self, name: usize) -> Result<u64, Failure> {
        let body = self.ask(&format!("/watch/closed/{name}")).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    async fn ask(&mut self, path: &str) -> Result<Bytes, Failure> {
        let request = Request::get(path)
            .header(HOST, "watcher")
            .body(Empty::new())?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }
}
