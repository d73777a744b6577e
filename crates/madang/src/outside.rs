//! The gateway, with the clock and the chance of the world that it serves.

mod desk;

use std::sync::Arc;
use std::time::SystemTime;

use madang_outbound::{GatewayLimits, Network, Outbound, SeededChance, WallClock};
use madang_till::World;
use tokio::runtime::Handle;

pub use self::desk::OutsideDesk;

/// A gateway whose sockets and timers live on `runtime`.
pub fn gateway(runtime: &Handle, world: &World, limits: GatewayLimits) -> Outbound {
    let mut seed = [0; 32];
    world.chance.fill(&mut seed);
    let network = Network::system(
        Arc::new(SeededChance::from_seed(seed)),
        Arc::new(WorldsClock(world.clone())),
    );
    Outbound::new(runtime.clone(), network, limits)
}

struct WorldsClock(World);

impl WallClock for WorldsClock {
    fn now(&self) -> SystemTime {
        self.0.clock.now().into()
    }
}
