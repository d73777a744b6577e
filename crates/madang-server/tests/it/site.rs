//! A server with a till of its own in a temporary folder. Its clock stands still, so nothing ever times out.

use std::sync::Arc;

use axum::Router;
use futures::future::BoxFuture;
use jiff::Timestamp;
use madang_journal::{SqliteJournal, SqliteSettings};
use madang_model::shop::Shop;
use madang_outbox::Outbox;
use madang_server::{Acts, Door, Parts, Screen, ScreenFile, Server, Token};
use madang_till::terminal::book::TerminalBook;
use madang_till::terminal::simulated::SimulatedTerminal;
use madang_till::world::simulation::SeededChance;
use madang_till::world::{Clock, Spawn, World};
use madang_till::{Till, TillSettings};
use tempfile::TempDir;

use crate::desk::TestDesk;
use crate::import_file::TestImports;
use crate::upstream::TestUpstreams;

/// The address that tests say they came to.
pub const HOST: &str = "127.0.0.1:4000";

/// A server, and what stands behind it.
pub struct Site {
    pub server: Server,
    pub till: Till,
    pub desk: Arc<TestDesk>,
    pub upstreams: Arc<TestUpstreams>,
    pub imports: Arc<TestImports>,
    pub outbox: Outbox,
    pub token: Token,
    _folder: TempDir,
}

impl Site {
    /// A site with room for a thousand updates on their way.
    pub async fn open() -> Self {
        Self::with_room(1_000).await
    }

    /// A site whose desk keeps this many updates for a slow listener.
    pub async fn with_room(updates: usize) -> Self {
        Self::at(HOST, updates).await
    }

    /// A site that is reached at `host`.
    pub async fn at(host: &str, updates: usize) -> Self {
        Self::with_terminal(host, updates, true, TillSettings::default()).await
    }

    /// A site that is reached at `host`, whose till takes so many items.
    pub async fn with_items_max(host: &str, items_max: usize) -> Self {
        let settings = TillSettings {
            items_max,
            ..TillSettings::default()
        };
        Self::with_terminal(host, 1_000, true, settings).await
    }

    /// A site whose terminal cannot be asked what became of a payment.
    pub async fn without_inquiry() -> Self {
        Self::with_terminal(HOST, 1_000, false, TillSettings::default()).await
    }

    async fn with_terminal(
        host: &str,
        updates: usize,
        can_inquire: bool,
        settings: TillSettings,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let world = world();
        let book = TerminalBook::open(&folder.path().join("terminal.jsonl")).expect("a book");
        let terminal = SimulatedTerminal::new(book, can_inquire, world.clone());
        let journal = SqliteJournal::open(&folder.path().join("data"), SqliteSettings::default())
            .expect("a journal");
        let till = Till::open(
            Arc::new(cafe()),
            Arc::new(journal),
            terminal.clone(),
            world,
            settings,
        )
        .await
        .expect("a till");
        let outbox = crate::outbox::of(&till);
        let desk = Arc::new(TestDesk::new(updates));
        let upstreams = Arc::new(TestUpstreams::new());
        let imports = Arc::new(TestImports::default());
        let token = Token::new([7; 32]);
        let server = Server::start(Parts {
            till: till.clone(),
            terminal,
            plugins: desk.clone(),
            upstreams: upstreams.clone(),
            imports: imports.clone(),
            outbox: outbox.clone(),
            acts: Arc::new(Echo),
            screen: screen(),
            door: Door::new(host.parse().expect("an address"), token.clone()),
            epoch: "e0".into(),
        });
        Self {
            server,
            till,
            desk,
            upstreams,
            imports,
            outbox,
            token,
            _folder: folder,
        }
    }

    pub fn router(&self) -> Router {
        self.server.router()
    }
}

/// The small shop that the till's own tests sell in.
fn cafe() -> Shop {
    Shop::from_toml(include_str!("../../../madang-till/tests/shop.toml")).expect("the café")
}

fn world() -> World {
    World {
        clock: Arc::new(StandingClock),
        chance: Arc::new(SeededChance::new([1; 32])),
        tasks: Arc::new(Tasks),
    }
}

struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        "2026-03-02T03:00:00Z".parse().expect("a time")
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        if at <= self.now() {
            Box::pin(std::future::ready(()))
        } else {
            Box::pin(std::future::pending())
        }
    }
}

struct Tasks;

impl Spawn for Tasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }
}

struct Echo;

#[async_trait::async_trait]
impl Acts for Echo {
    async fn act(&self, steps: String) -> Vec<madang_server::view::act::StepResult> {
        let result = |(index, step): (usize, &str)| madang_server::view::act::StepResult {
            line: index as u32 + 1,
            step: step.into(),
            ok: step.starts_with("tap "),
            message: "heard".into(),
        };
        steps.lines().enumerate().map(result).collect()
    }
}

fn screen() -> Screen {
    let file = |name: &str, kind: &str, text: &'static str| {
        let file = ScreenFile::new(kind, text.as_bytes(), &format!("tag-{}", text.len()));
        (name.to_owned(), file.expect("plain headers"))
    };
    Screen::new([
        file("index.html", "text/html; charset=utf-8", "<!doctype html>"),
        file("assets/app-1a2b.js", "text/javascript", "1"),
        file("icon.svg", "image/svg+xml", "<svg/>"),
    ])
}
