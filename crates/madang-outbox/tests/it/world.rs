//! A journal, a receiver and virtual time. The process dies and starts again by [`World::restart`].

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use madang_journal::{
    Batch, Journal, Micros, NewOutboxMessage, OutboxMessage, ShopId, SqliteJournal, SqliteSettings,
};
use madang_outbox::{Chance, Clock, Destination, Outbox, Settings, Surroundings};
use madang_till::world::simulation::Simulation;
use tempfile::TempDir;

use crate::receiver::Receiver;

/// Where messages of the tests go unless they say otherwise.
pub const HERE: &str = "here";

pub struct World {
    pub outbox: Outbox,
    pub receiver: Arc<Receiver>,
    pub simulation: Simulation,
    journal: Arc<dyn Journal>,
    folder: TempDir,
    start: Timestamp,
    settings: Settings,
}

impl World {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Self {
        let start = "2026-11-22T03:00:00Z".parse().expect("a moment");
        let folder = tempfile::tempdir().expect("a folder");
        Self::open(start, start, folder, Arc::default(), settings)
    }

    fn open(
        now: Timestamp,
        start: Timestamp,
        folder: TempDir,
        receiver: Arc<Receiver>,
        settings: Settings,
    ) -> Self {
        let mut simulation = Simulation::new(now, [3; 32]);
        let journal = SqliteJournal::open(folder.path(), SqliteSettings::default());
        let journal: Arc<dyn Journal> = Arc::new(journal.expect("a journal"));
        simulation.hold_time_for_journal(journal.clone());
        let surroundings = surroundings(&simulation);
        receiver.live_by(surroundings.clock.clone());
        let here = Destination {
            name: HERE.into(),
            way: receiver.clone(),
        };
        let outbox = Outbox::new(
            journal.clone(),
            shop(),
            surroundings,
            vec![here],
            settings.clone(),
        );
        let sent = outbox.clone();
        simulation.local_tasks().spawn(async move {
            sent.send().await;
        });
        simulation.settle();
        Self {
            outbox,
            receiver,
            simulation,
            journal,
            folder,
            start,
            settings,
        }
    }

    pub fn restart(self) -> Self {
        let Self {
            outbox,
            receiver,
            simulation,
            journal,
            folder,
            start,
            settings,
        } = self;
        let now = simulation.now();
        drop((outbox, simulation, journal));
        Self::open(now, start, folder, receiver, settings)
    }

    /// Writes messages, each `group/key`, that live for three days; nothing but their writing happens.
    pub fn write(&mut self, messages: &[&str]) {
        let messages = messages.iter().map(|message| self.message(message));
        self.write_all(messages.collect());
    }

    pub fn write_all(&mut self, messages: Vec<NewOutboxMessage>) {
        let mut batch = Batch::new(shop());
        batch.outbox = messages;
        let written = self.journal.write_soon(batch).expect("there is room");
        self.run(async move { written.settled().await })
            .expect("written");
    }

    pub fn message(&self, message: &str) -> NewOutboxMessage {
        let (group, key) = message.split_once('/').expect("a group and a key");
        let now = self.simulation.now().as_microsecond();
        NewOutboxMessage {
            destination: HERE.into(),
            group: group.into(),
            key: key.into(),
            body: format!("\"{message}\""),
            next_at: Micros::new(now),
            expires_at: Micros::new(now + 3 * 24 * 60 * 60 * 1_000_000),
        }
    }

    pub fn run<T: 'static>(&mut self, work: impl Future<Output = T> + 'static) -> T {
        self.simulation.run(work).expect("not stuck")
    }

    pub fn wait(&mut self, seconds: i64) {
        self.simulation.advance(SignedDuration::from_secs(seconds));
    }

    /// What the receiver saw, as `second key`, and forgets it.
    #[track_caller]
    pub fn check(&mut self, expected: &[&str]) {
        let start = self.start.as_microsecond();
        let seen = self.receiver.take_seen().into_iter();
        let seen: Vec<String> = seen
            .map(|(at, key)| format!("{} {key}", (at.get() - start) / 1_000_000))
            .collect();
        assert_eq!(seen, expected);
    }

    pub fn aside(&mut self) -> Vec<OutboxMessage> {
        let outbox = self.outbox.clone();
        self.run(async move { outbox.status(100).await })
            .expect("readable")
            .aside
    }

    /// How many wishes of servers the journal keeps.
    pub fn kept_wishes(&mut self) -> usize {
        let journal = self.journal.clone();
        let kept = self.run(async move { journal.values("outbox/cafe/left-alone", "", 9).await });
        kept.expect("readable").len()
    }

    pub fn waiting(&mut self) -> Vec<OutboxMessage> {
        let outbox = self.outbox.clone();
        self.run(async move { outbox.status(100).await })
            .expect("readable")
            .waiting
    }
}

pub fn shop() -> ShopId {
    ShopId::new("cafe").expect("a plain name")
}

pub fn surroundings(simulation: &Simulation) -> Surroundings {
    let world = simulation.world();
    Surroundings {
        clock: Arc::new(TillsClock(world.clone())),
        chance: Arc::new(TillsChance(world)),
    }
}

struct TillsClock(madang_till::World);

impl Clock for TillsClock {
    fn now(&self) -> Micros {
        Micros::new(self.0.now().as_microsecond())
    }

    fn sleep_until(&self, at: Micros) -> BoxFuture<'static, ()> {
        let at = Timestamp::from_microsecond(at.get()).expect("a near moment");
        self.0.clock.sleep_until(at)
    }
}

struct TillsChance(madang_till::World);

impl Chance for TillsChance {
    fn number(&self) -> u64 {
        self.0.chance.number()
    }
}
