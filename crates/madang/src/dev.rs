//! `madang dev`: a till in the browser with plugins running on it, loaded again whenever they are saved.

mod reload;
pub mod running;
mod separate;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use madang_journal::Journal;
use madang_model::shop::Shop;
use madang_outbound::Outbound;
use madang_outbox::Outbox;
use madang_plugin_host::driver::Threads;
use madang_plugin_host::{PluginSpec, SealingKey};
use madang_plugin_package::{Mode, Package};
use madang_server::{Door, ListenError, Parts as ServerParts, Server, TerminalDesk, Token, listen};
use madang_till::World;
use madang_till::terminal::CardTerminal;
use madang_till::terminal::remote::RemoteTerminal;
use madang_till::terminal::simulated::SimulatedTerminal;
use miette::Diagnostic;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinHandle;

use self::reload::Reload;
use self::running::{DATA_DEFAULT, Running, RunningFile};
use self::separate::SeparateTerminal;
use crate::act::Cashier;
use crate::arguments;
use crate::data_folder::DataFolder;
use crate::desk::Desk;
use crate::failure::{Exit, Exits, Failure};
use crate::import::desk::ImportsDesk;
use crate::output::Output;
use crate::outside::by_hand::ByHand;
use crate::outside::{self, Callers, OutsideDesk};
use crate::plugin_source::PluginError;
use crate::stage::{Names, Outcomes, Parts, Stage, StageError};
use crate::webhooks::{Named, WebhooksError};
use crate::{plugin_source, screen_files, shop_choice, system, till_at};

/// Why the till does not open.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum DevError {
    #[error("the page cannot be served")]
    #[diagnostic(help("`--port 0` takes any port that is free"))]
    Listen(#[source] ListenError),
    #[error("the files of the plugins cannot be watched")]
    #[diagnostic(help(
        "the system watches too many files already; on Linux raise fs.inotify.max_user_watches"
    ))]
    Watch(#[source] notify::Error),
    #[error("no thread could be started")]
    #[diagnostic(help("the machine has too many processes, or too little memory"))]
    NoThread(#[source] io::Error),
    #[error("no card terminal answers at {address}")]
    #[diagnostic(help(
        "start it: `madang terminal --book FILE --listen {address}`; or open with --terminal-later, and take cash until it answers"
    ))]
    NoTerminal { address: SocketAddr },
    #[error("the system does not tell of Ctrl-C")]
    Signals(#[source] io::Error),
    #[error("{} could not be written", path.display())]
    #[diagnostic(help(
        "check that the folder may be written by this user, or choose another with --data"
    ))]
    RunningFile {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Exits for DevError {
    fn exit(&self) -> Exit {
        match self {
            Self::Listen(_) => Exit::Usage,
            Self::NoTerminal { .. } => Exit::NoTill,
            Self::Watch(_) | Self::NoThread(_) | Self::Signals(_) | Self::RunningFile { .. } => {
                Exit::Io
            }
        }
    }
}

/// Opens a till and serves its screen until Ctrl-C.
///
/// # Errors
/// [`Failure`] when something it needs cannot be had.
pub fn dev(
    arguments: &arguments::Dev,
    runtime: &Runtime,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let shop = Arc::new(shop_choice::open(&arguments.shop)?);
    let plugins = opened(&arguments.plugins)?;
    let data = arguments
        .data
        .clone()
        .unwrap_or_else(|| Path::new(DATA_DEFAULT).join(&shop.key));
    let folder = DataFolder::open(&data)?;
    // First of all: it holds the folder against a second till.
    let journal: Arc<dyn Journal> = Arc::new(folder.journal()?);
    folder.keep_for(&shop.key)?;
    let secret_file = arguments.webhook_secret_file.as_deref();
    let webhooks = Named::read(&arguments.webhook, secret_file, &folder)?;
    let opening = Opening {
        arguments,
        shop,
        data,
        folder,
        journal,
        webhooks,
        runtime: runtime.handle().clone(),
    };
    runtime.block_on(Box::pin(opening.serve(&plugins, output)))
}

/// What is known before the till is open.
struct Opening<'a> {
    arguments: &'a arguments::Dev,
    shop: Arc<Shop>,
    data: PathBuf,
    folder: DataFolder,
    journal: Arc<dyn Journal>,
    webhooks: Named,
    runtime: Handle,
}

impl Opening<'_> {
    async fn serve(self, plugins: &[Opened], output: &mut Output<'_>) -> Result<(), Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.arguments.port));
        let listener = listen(address).await.map_err(DevError::Listen)?;
        let address = listener.local_addr().unwrap_or(address);
        let world = system::world(&self.runtime);
        let own = [Some(address), self.arguments.terminal];
        let outbound = outside::gateway_of_till(&self.runtime, &world, own.into_iter().flatten());
        // Before anything runs that could call a server.
        let by_hand = ByHand::open(self.folder.servers(), &outbound, world.now());
        if let Some(damaged) = by_hand.damaged() {
            output.line(&format!("{}\n{}", damaged.korean(), damaged.english()))?;
        }
        let (stage, terminal) = self.stage(&world, &outbound).await?;
        // Before the plugins are started, since steps may expect what a plugin shows first of all.
        let cashier = Cashier::new(stage.clone());
        for plugin in plugins {
            stage.install(plugin.spec.clone()).await?;
        }
        let stop = Stop::listen().map_err(DevError::Signals)?;
        let token = Token::new(*self.folder.token()?);
        let door = Door::new(address, token.clone());
        let _running = self.announce(address, &token)?;
        let page = door.page();
        self.tell(&stage, &*terminal, &page, output)?;
        for error in plugins
            .iter()
            .filter_map(|plugin| plugin.opened.as_ref().err())
        {
            output.line(&format!(
                "{error}\nit starts when it is mended (고치면 바로 시작해요)"
            ))?;
        }
        if !self.arguments.no_open {
            open_browser(&page);
        }
        let outbox = self.outbox(&stage, &outbound, &world)?;
        let sending = Sending::start(&self.runtime, outbox.clone());
        let imports = self.imports(address, &token);
        let desks = Desks {
            terminal,
            outside: OutsideDesk::new(outbound, world.clone(), by_hand, self.callers(&stage)),
            outbox,
            cashier,
            imports: imports.clone(),
        };
        let server = server(&stage, desks, door, &world, &self.runtime);
        let reload = Reload::new(plugins).map_err(DevError::Watch)?;
        let reload = Box::pin(reload.run(&stage, output));
        let served = Box::pin(serve_until_told(&server, listener, stop, reload, &imports)).await;
        drop(sending);
        stage.close();
        served?;
        output.line("closed (닫았어요)")?;
        Ok(())
    }

    /// Who may call servers on this till.
    fn callers(&self, stage: &Stage) -> Callers {
        let (host, webhooks) = (stage.host.clone(), self.webhooks.callers());
        Box::new(move || {
            let plugins = host.plugins().into_iter();
            let plugins = plugins.map(|plugin| format!("plugin:{}", plugin.name));
            plugins.chain(webhooks.iter().cloned()).collect()
        })
    }

    /// The till with the terminal that was asked for, and what the screen shows of that terminal.
    async fn stage(
        &self,
        world: &World,
        outbound: &Outbound,
    ) -> Result<(Stage, Arc<dyn TerminalDesk>), Failure> {
        let can_inquire = !self.arguments.no_inquiry;
        let Some(address) = self.arguments.terminal else {
            let built_in = SimulatedTerminal::new(self.folder.book()?, can_inquire, world.clone());
            return Ok((
                self.open(built_in.clone(), world, outbound).await?,
                built_in,
            ));
        };
        let terminal = Arc::new(RemoteTerminal::new(address, can_inquire));
        let known = match terminal.view_after(None).await {
            Ok((_, view)) => Some(view),
            Err(_) if self.arguments.terminal_later => None,
            Err(_) => return Err(DevError::NoTerminal { address }.into()),
        };
        let desk = SeparateTerminal::new(terminal.clone(), known);
        let stage = self.open(terminal, world, outbound).await?;
        self.runtime.spawn(desk.clone().follow());
        Ok((stage, desk))
    }

    async fn open<Terminal: CardTerminal + Outcomes + 'static>(
        &self,
        terminal: Arc<Terminal>,
        world: &World,
        outbound: &Outbound,
    ) -> Result<Stage, Failure> {
        let parts = Parts {
            shop: self.shop.clone(),
            journal: self.journal.clone(),
            terminal,
            world: world.clone(),
            sealing: SealingKey::new(*self.folder.sealing_key()?),
            driver: Arc::new(Threads::new().map_err(DevError::NoThread)?),
            outbound: outbound.clone(),
            messages: self.webhooks.messages(),
        };
        Ok(Stage::open(parts).await?)
    }

    /// What the journal holds for webhooks, those of earlier starts included.
    fn outbox(
        &self,
        stage: &Stage,
        outbound: &Outbound,
        world: &World,
    ) -> Result<Outbox, WebhooksError> {
        let shop = stage.till.shop_id().clone();
        self.webhooks
            .outbox(self.journal.clone(), shop, outbound, world)
    }

    /// Files imported through the screen go into this till, the way that every import does.
    fn imports(&self, address: SocketAddr, token: &Token) -> Arc<ImportsDesk> {
        let running = running_at(address, token);
        let runtime = self.runtime.clone();
        let sink = move || till_at::sink(&running, "the till".to_owned(), &runtime);
        Arc::new(ImportsDesk::open(&self.folder.imports(), Box::new(sink)))
    }

    fn announce(&self, address: SocketAddr, token: &Token) -> Result<RunningFile, DevError> {
        let path = self.folder.running_file();
        let running = running_at(address, token);
        RunningFile::write(path.clone(), &running)
            .map_err(|source| DevError::RunningFile { path, source })
    }

    fn tell(
        &self,
        stage: &Stage,
        terminal: &dyn TerminalDesk,
        page: &str,
        output: &mut Output<'_>,
    ) -> Result<(), Failure> {
        let name = &self.shop.name;
        output.line(&format!(
            "{} · {} is open; Ctrl-C closes it",
            name.ko,
            name.english()
        ))?;
        output.line(&format!("  {page}"))?;
        output.line(&format!("  data: {}", self.data.display()))?;
        if let Some(address) = self.arguments.terminal {
            let answers = match terminal.view().answers {
                true => "answers",
                false => "does not answer; cash only",
            };
            output.line(&format!("  card terminal at {address}: {answers}"))?;
        }
        for destination in self.webhooks.destinations() {
            output.line(&format!("  webhook: {destination}"))?;
        }
        if let Some(place) = &self.webhooks.secret_is_in {
            output.line(&format!("  webhooks are signed with the secret in {place}"))?;
        }
        for plugin in stage.host.plugins() {
            output.line(&format!("  plugin: {} {}", plugin.name, plugin.version))?;
        }
        Ok(())
    }
}

fn running_at(address: SocketAddr, token: &Token) -> Running {
    Running {
        port: address.port(),
        token: token.as_str().to_owned(),
        pid: std::process::id(),
    }
}

/// A plugin that was named, whether or not its code compiles.
struct Opened {
    path: PathBuf,
    spec: PluginSpec,
    opened: Result<Package, PluginError>,
}

/// One plugin that does not compile keeps the till from nothing but that plugin. What cannot be found, or says nothing about itself that can be
/// read, is a mistake of whoever named it.
fn opened(paths: &[PathBuf]) -> Result<Vec<Opened>, Failure> {
    let mut names = Names::default();
    let mut plugins = Vec::new();
    for path in paths {
        let opened = plugin_source::open(path, Mode::Dev);
        let (spec, opened) = match opened {
            Ok(package) => (
                PluginSpec::of(&package).map_err(StageError::Spec)?,
                Ok(package),
            ),
            Err(error) => match error.not_compiled() {
                Some(spec) => (spec, Err(error)),
                None => return Err(error.into()),
            },
        };
        names.take(&spec.name)?;
        plugins.push(Opened {
            path: path.clone(),
            spec,
            opened,
        });
    }
    Ok(plugins)
}

/// The outbox being sent, for as long as this lives. A message whose answer is out then is sent again at the next start.
struct Sending(JoinHandle<()>);

impl Sending {
    fn start(runtime: &Handle, outbox: Outbox) -> Self {
        Self(runtime.spawn(async move {
            let stopped = outbox.send().await;
            tracing::error!(
                error = &stopped as &dyn std::error::Error,
                "webhooks are not told anything until the till is opened again"
            );
        }))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Who answers the screen beside the till.
struct Desks {
    terminal: Arc<dyn TerminalDesk>,
    outside: OutsideDesk,
    imports: Arc<ImportsDesk>,
    outbox: Outbox,
    cashier: Cashier,
}

fn server(stage: &Stage, desks: Desks, door: Door, world: &World, runtime: &Handle) -> Server {
    Server::start(ServerParts {
        till: stage.till.clone(),
        terminal: desks.terminal,
        plugins: Arc::new(Desk::new(stage.host.clone(), runtime)),
        upstreams: Arc::new(desks.outside),
        outbox: desks.outbox,
        acts: Arc::new(desks.cashier),
        imports: desks.imports,
        screen: screen_files::screen(),
        door,
        epoch: format!("{:016x}", world.chance.number()),
    })
}

/// Serves until Ctrl-C, until the system asks for the end, or until nothing can be printed.
async fn serve_until_told(
    server: &Server,
    listener: TcpListener,
    told: Stop,
    reload: impl Future<Output = Result<(), Failure>>,
    imports: &ImportsDesk,
) -> Result<(), Failure> {
    let mut failure = Ok(());
    let stop = async {
        tokio::select! {
            () = told.told() => {}
            reloaded = reload => failure = reloaded,
        }
        // While the till still takes what an import has read.
        imports.close().await;
    };
    server.serve(listener, stop).await;
    failure
}

/// What ends the till: Ctrl-C, and the system's own wish. From the first moment on nothing else is done about them, so that
/// whoever ends a till early still finds it closed in good order.
pub(crate) struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl Stop {
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ];
        Ok(Self { signals })
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    pub(crate) async fn told(mut self) {
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn told(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without signals the till runs until its process is ended.
            std::future::pending::<()>().await;
        }
    }
}

/// Opens the page. A machine without a browser has the address on its screen.
fn open_browser(page: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let opened = Command::new(opener)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = opened {
        tracing::info!(%error, "no browser was opened; the address is printed above");
    }
}
