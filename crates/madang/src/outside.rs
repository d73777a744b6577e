//! The gateway, with the clock and the chance of the world that it serves.

mod desk;

use std::sync::Arc;
use std::time::SystemTime;

use madang_outbound::{GatewayLimits, Network, Outbound, SeededChance, StandIn, WallClock};
use madang_till::World;
use tokio::runtime::Handle;

pub use self::desk::OutsideDesk;

/// A gateway whose sockets and timers live on `runtime`.
pub fn gateway(runtime: &Handle, world: &World, limits: GatewayLimits) -> Outbound {
    Outbound::new(runtime.clone(), network(world), limits)
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

struct WorldsClock(World);

impl WallClock for WorldsClock {
    fn now(&self) -> SystemTime {
        self.0.clock.now().into()
    }
}
