//! reqwest as it comes.

use std::process::ExitCode;

use gateway_peers::{Asked, Failure, Peer, run};
use reqwest::Client;

fn main() -> ExitCode {
    run("reqwest", "0.13", async |asked: &Asked| {
        Ok(AsItComes {
            // A proxy of the environment is no part of the way.
            client: Client::builder().no_proxy().build()?,
            origin: asked.origin.clone(),
        })
    })
}

struct AsItComes {
    client: Client,
    origin: String,
}

impl Peer for AsItComes {
    async fn call(&self, _: usize, path: &str) -> Result<usize, Failure> {
        let url = format!("{}{path}", self.origin);
        let response = self.client.get(url).send().await?.error_for_status()?;
        Ok(response.bytes().await?.len())
    }
}
