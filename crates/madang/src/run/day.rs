//! One day of a till in virtual time, from opening to closing, restarts included.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use madang_journal::{Journal, Position, ReadError, ShopId};
use madang_model::shop::Shop;
use madang_outbound::{GatewayLimits, Outbound};
use madang_plugin_host::driver::{OneLoop, Turns};
use madang_plugin_host::{PluginSpec, PluginState, SealingKey};
use madang_till::terminal::simulated::SimulatedTerminal;
use madang_till::world::simulation::{Simulation, Stuck};
use madang_till::{NobodyTold, TillError};
use tokio::runtime::{Builder, Runtime};

use super::RunError;
use crate::answers::Answers;
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::outside;
use crate::play::{Player, Remembered, StepError};
use crate::script::Step;
use crate::stage::{Parts, Stage, StageError};

/// When the first day begins: noon in Seoul on 22 November 2026, in the middle of a business day.
const BEGINS_AT_SECOND: i64 = 1_795_316_400;

/// How often a call to a server of the script is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// What a day is made of.
pub struct Settings {
    /// The shop.
    pub shop: Arc<Shop>,
    /// Where everything is kept.
    pub folder: DataFolder,
    /// Its plugins.
    pub plugins: Vec<PluginSpec>,
    /// What servers answer, where the script says it: then nothing leaves the process.
    pub answers: Option<Arc<Answers>>,
    /// What chance begins with.
    pub seed: u64,
    /// Whether the terminal can be asked about an attempt.
    pub can_inquire: bool,
    /// Who watches how long plugins take.
    pub turns: Turns,
}

/// A till at work in virtual time.
pub struct Day {
    settings: Settings,
    simulation: Simulation,
    stage: Stage,
    player: Option<Player>,
    way_out: Arc<Runtime>,
    starts: u32,
}

impl Day {
    /// A plugin that was stopped for a reason of its own, with that reason.
    pub fn stopped_plugin(&self) -> Option<(String, String)> {
        self.stage
            .host
            .plugins()
            .into_iter()
            .find_map(|plugin| match plugin.state {
                PluginState::Crashed { reason, .. } | PluginState::SetAside { reason } => {
                    Some((plugin.name, reason.message))
                }
                PluginState::Starting | PluginState::Running | PluginState::Stopped => None,
            })
    }

    /// Opens the till and starts its plugins.
    ///
    /// # Errors
    /// [`Failure`] when data, till or a plugin cannot be opened.
    pub fn open(settings: Settings) -> Result<Self, Failure> {
        let way_out = match settings.answers {
            Some(_) => Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build(),
            // One thread: see `Outbound::wait_until_answered`.
            None => Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build(),
        }
        .map_err(RunError::NoThread)?;
        Self::start(settings, Arc::new(way_out), Remembered::default(), None, 0)
    }

    /// The process ends and starts again: memory and tasks are gone, files stay, time goes on.
    ///
    /// # Errors
    /// As [`Day::open`].
    pub fn restart(self) -> Result<Self, Failure> {
        let Self {
            settings,
            simulation,
            stage,
            player,
            way_out,
            starts,
        } = self;
        let now = simulation.now();
        let remembered = player.as_ref().map(Player::remembered).unwrap_or_default();
        stage.close();
        drop((player, stage, simulation));
        Self::start(settings, way_out, remembered, Some(now), starts + 1)
    }

    /// Plays one step, and lets everything happen that follows from it without time passing.
    ///
    /// # Errors
    /// [`RunError::Stuck`].
    pub fn play(&mut self, step: &Step) -> Result<Result<String, StepError>, RunError> {
        let mut player = self.player.take().ok_or(RunError::Stuck)?;
        let step = step.clone();
        let playing = async move {
            let played = player.play(&step).await;
            (player, played)
        };
        let (player, played) = self.simulation.run(playing).map_err(stuck)?;
        self.player = Some(player);
        self.simulation.settle();
        Ok(played)
    }

    /// The till with its plugins.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    fn start(
        settings: Settings,
        way_out: Arc<Runtime>,
        remembered: Remembered,
        now: Option<Timestamp>,
        starts: u32,
    ) -> Result<Self, Failure> {
        let journal: Arc<dyn Journal> = Arc::new(settings.folder.journal()?);
        settings.folder.keep_for(&settings.shop.key)?;
        let (head, last) = end_of(&*journal, &settings.shop)
            .map_err(|error| StageError::Till(TillError::Read(error)))?;
        let begins = Timestamp::from_second(BEGINS_AT_SECOND).unwrap_or(Timestamp::UNIX_EPOCH);
        let begins = begins.max(last).max(now.unwrap_or(begins));
        let mut simulation = Simulation::new(begins, seed(settings.seed, head, starts));
        simulation.hold_time_for_journal(journal.clone());
        let outbound = way_outside(&mut simulation, settings.answers.as_ref(), &way_out);
        let terminal = SimulatedTerminal::new(
            settings.folder.book()?,
            settings.can_inquire,
            simulation.world(),
        );
        let parts = Parts {
            shop: settings.shop.clone(),
            journal,
            terminal,
            world: simulation.world(),
            sealing: SealingKey::new(*settings.folder.sealing_key()?),
            driver: Arc::new(OneLoop::watched(
                &simulation.local_tasks(),
                settings.turns.clone(),
            )),
            outbound,
            messages: Arc::new(NobodyTold),
        };
        let stage = simulation.run(Stage::open(parts)).map_err(stuck)??;
        let player = Player::new(stage.clone(), remembered).with_answers(settings.answers.clone());
        for spec in settings.plugins.clone() {
            let stage = stage.clone();
            let installing = async move { stage.install(spec).await };
            simulation.run(installing).map_err(stuck)??;
        }
        simulation.settle();
        Ok(Self {
            settings,
            simulation,
            stage,
            player: Some(player),
            way_out,
            starts,
        })
    }
}

/// The gateway, to real servers or to those of the script.
fn way_outside(
    simulation: &mut Simulation,
    answers: Option<&Arc<Answers>>,
    way_out: &Arc<Runtime>,
) -> Outbound {
    let world = simulation.world();
    match answers {
        Some(answers) => {
            let outbound = outside::gateway_to(answers.clone(), way_out.handle(), &world);
            make_calls_in_virtual_time(simulation, &outbound, way_out);
            outbound
        }
        None => {
            let limits = GatewayLimits::default();
            let outbound = outside::gateway(way_out.handle(), &world, limits);
            let gateway = outbound.clone();
            simulation.hold_time_for(move || gateway.wait_until_answered());
            outbound
        }
    }
}

/// Servers of a script answer on this thread, in time that is not real either: the till's stands still while a call is awaited, as with
/// real servers, and the gateway's jumps to whatever the call waits for. Time that passes at the till passes for the gateway, too, so
/// that a breaker heals while a script waits.
fn make_calls_in_virtual_time(
    simulation: &mut Simulation,
    outbound: &Outbound,
    way_out: &Arc<Runtime>,
) {
    let (outbound, way_out) = (outbound.clone(), way_out.clone());
    let clock = simulation.world().clock;
    let seen = Cell::new(clock.now());
    simulation.hold_time_for(move || {
        let passed = clock.now().duration_since(seen.replace(clock.now()));
        let passed = Duration::try_from(passed).unwrap_or_default();
        if passed.is_zero() && outbound.awaited() == 0 {
            return;
        }
        way_out.block_on(async {
            tokio::time::advance(passed).await;
            while outbound.awaited() > 0 {
                // Time jumps when everybody waits for it.
                tokio::time::sleep(LOOK_EVERY).await;
            }
            let _ = tokio::spawn(async {}).await;
        });
    });
}

/// The last event's position, and a moment after it.
fn end_of(journal: &dyn Journal, shop: &Shop) -> Result<(Position, Timestamp), ReadError> {
    let Ok(shop) = ShopId::new(shop.key.clone()) else {
        return Ok((Position::default(), Timestamp::MIN));
    };
    let head = block_on(journal.head(&shop))?;
    let before = Position::new(head.get().saturating_sub(1));
    let last = block_on(journal.events(&shop, before, 1))?;
    let after = last.first().and_then(|event| {
        let at = Timestamp::from_microsecond(event.at.get()).ok()?;
        at.checked_add(SignedDuration::from_secs(1)).ok()
    });
    Ok((head, after.unwrap_or(Timestamp::MIN)))
}

/// Chance differs at every start on the same data, in a way that the same seed repeats.
fn seed(seed: u64, head: Position, starts: u32) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&head.get().to_le_bytes());
    bytes[16..20].copy_from_slice(&starts.to_le_bytes());
    bytes
}

fn stuck(_: Stuck) -> RunError {
    RunError::Stuck
}
