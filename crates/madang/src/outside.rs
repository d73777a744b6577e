//! The gateway, with the clock and the chance of the world that it serves.

pub mod by_hand;
mod desk;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use madang_outbound::{
    Connection, Dial, GatewayLimits, Network, Outbound, SeededChance, StandIn, TcpDial, WallClock,
};
use madang_till::World;
use tokio::runtime::Handle;

pub use self::desk::{Callers, OutsideDesk};

/// A gateway whose sockets and timers live on `runtime`.
pub fn gateway(runtime: &Handle, world: &World, limits: GatewayLimits) -> Outbound {
    Outbound::new(runtime.clone(), network(world), limits)
}

/// The same for a till, none of whose own doors at `own` is ever dialled: who may call a server in the shop could act at the till.
pub fn gateway_of_till(
    runtime: &Handle,
    world: &World,
    own: impl IntoIterator<Item = SocketAddr>,
) -> Outbound {
    let network = Network {
        dial: Arc::new(NotItself {
            own: own.into_iter().collect(),
        }),
        ..network(world)
    };
    Outbound::new(runtime.clone(), network, GatewayLimits::default())
}

/// The same where `stand_in` answers for every server.
pub fn gateway_to(stand_in: Arc<dyn StandIn>, runtime: &Handle, world: &World) -> Outbound {
    let limits = GatewayLimits::default();
    Outbound::stood_in_for(runtime.clone(), network(world), limits, stand_in)
}

fn network(world: &World) -> Network {
    let mut seed = [0; 32];
    world.chance.fill(&mut seed);
    Network::system(
        Arc::new(SeededChance::from_seed(seed)),
        Arc::new(WorldsClock(world.clone())),
    )
}

/// TCP to everywhere but to the till itself.
struct NotItself {
    own: Vec<SocketAddr>,
}

/// Why it is not dialled.
#[derive(Debug, thiserror::Error)]
#[error("this is the till itself, which nothing that runs on it may call")]
struct TheTillItself;

impl NotItself {
    fn is_own(&self, address: SocketAddr) -> bool {
        let is_same = |own: &SocketAddr| {
            let both_here = own.ip().is_loopback() && address.ip().is_loopback();
            own.port() == address.port() && (own.ip() == address.ip() || both_here)
        };
        self.own.iter().any(is_same)
    }
}

#[async_trait]
impl Dial for NotItself {
    async fn dial(&self, address: SocketAddr) -> io::Result<Box<dyn Connection>> {
        if self.is_own(address) {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                TheTillItself,
            ));
        }
        TcpDial.dial(address).await
    }
}

struct WorldsClock(World);

impl WallClock for WorldsClock {
    fn now(&self) -> SystemTime {
        self.0.clock.now().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_till_never_dials_itself() {
        let own =
            ["127.0.0.1:4747", "192.168.0.9:4750"].map(|own| own.parse().expect("an address"));
        let dial = NotItself { own: own.to_vec() };
        for (address, is_own) in [
            ("127.0.0.1:4747", true),
            ("127.0.0.2:4747", true),
            ("[::1]:4747", true),
            ("127.0.0.1:4748", false),
            ("192.168.0.9:4747", false),
            ("192.168.0.9:4750", true),
            ("127.0.0.1:4750", false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(dial.is_own(address), is_own, "{address}");
        }
        let refused = dial.dial(own[0]).await.err().expect("refused");
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }
}
