//! The webhooks of `madang dev`: the addresses of the command line, the secret they are signed with, and the outbox that serves them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use madang_journal::{Journal, Micros, ShopId};
use madang_outbound::{Outbound, RouteError};
use madang_outbox::{Chance, Clock, Destination, Outbox, Settings, Surroundings};
use madang_till::World;
use madang_webhook::{Poster, Secret, SecretTooShort, Webhook, WebhookError, Webhooks};
use miette::Diagnostic;
use zeroize::Zeroizing;

use crate::data_folder::{DataError, DataFolder, read_line};
use crate::failure::{Exit, Exits};

/// Where the secret may stand instead of in a file.
const SECRET_VARIABLE: &str = "MADANG_WEBHOOK_SECRET";

/// Why webhooks cannot be served.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum WebhooksError {
    /// An address is none. It is told by its place: its path may be a secret.
    #[error("the {} --webhook is not the address of a webhook", ordinal(*number))]
    #[diagnostic(help(
        "write it as --webhook https://host/path; as http://127.0.0.1:PORT/path for a server on this machine"
    ))]
    Address {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: WebhookError,
    },
    /// The same address twice.
    #[error("{destination} is named twice")]
    #[diagnostic(help("leave one out: it would be told everything twice"))]
    Twice {
        /// Which.
        destination: String,
    },
    /// More than a batch should carry.
    #[error("{count} webhooks are more than {}", Webhooks::HOOKS_MAX)]
    #[diagnostic(help("name one server that passes on what it is told"))]
    TooMany {
        /// How many were named.
        count: usize,
    },
    /// The file of the secret.
    #[error("the webhooks' secret could not be read from {}", path.display())]
    #[diagnostic(help("name a file with one line of text that this user may read"))]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The secret can be guessed.
    #[error("the webhooks' secret cannot be used")]
    #[diagnostic(help(
        "`openssl rand -hex 32` prints a good one; leave it out to have one made in the data folder"
    ))]
    Secret(#[source] SecretTooShort),
    /// The secret of the data folder.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Data(#[from] DataError),
    /// A fault of ours.
    #[error("the gateway does not take the webhooks' settings")]
    Route(#[source] RouteError),
}

impl Exits for WebhooksError {
    fn exit(&self) -> Exit {
        match self {
            Self::Address { .. } | Self::Twice { .. } | Self::TooMany { .. } | Self::Secret(_) => {
                Exit::Usage
            }
            Self::SecretFile { .. } => Exit::Io,
            Self::Data(error) => error.exit(),
            Self::Route(_) => Exit::Fault,
        }
    }
}

/// The webhooks that were named, with their secret.
pub struct Named {
    hooks: Vec<Webhook>,
    secret: Option<Secret>,
    /// Where the receiver's side of the secret is to be found.
    pub secret_is_in: Option<String>,
}

impl Named {
    /// Reads the addresses, and the secret where there are any.
    ///
    /// # Errors
    /// [`WebhooksError`].
    pub fn read(
        addresses: &[String],
        secret_file: Option<&Path>,
        folder: &DataFolder,
    ) -> Result<Self, WebhooksError> {
        let hooks = hooks(addresses)?;
        if hooks.is_empty() {
            return Ok(Self {
                hooks,
                secret: None,
                secret_is_in: None,
            });
        }
        let (text, place) = secret(secret_file, folder)?;
        Ok(Self {
            hooks,
            secret: Some(Secret::new(&text).map_err(WebhooksError::Secret)?),
            secret_is_in: Some(place),
        })
    }

    /// What they are called where they are told of.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        self.hooks.iter().map(Webhook::destination)
    }

    /// What they are called where calls to servers are told of.
    pub fn callers(&self) -> Vec<String> {
        self.hooks.iter().map(Webhook::caller).collect()
    }

    /// What the till writes for them.
    pub fn messages(&self) -> Arc<Webhooks> {
        Arc::new(Webhooks::new(self.hooks.clone()))
    }

    /// The outbox that sends to them.
    ///
    /// # Errors
    /// [`WebhooksError::Route`].
    pub fn outbox(
        &self,
        journal: Arc<dyn Journal>,
        shop: ShopId,
        outbound: &Outbound,
        world: &World,
    ) -> Result<Outbox, WebhooksError> {
        let surroundings = surroundings(world);
        let mut destinations = Vec::new();
        for (hook, secret) in self.hooks.iter().zip(self.secret.iter().cycle()) {
            let (hook, secret) = (hook.clone(), secret.clone());
            let name = hook.destination().to_owned();
            let poster = Poster::new(outbound, hook, secret, surroundings.clone());
            let way = Arc::new(poster.map_err(WebhooksError::Route)?);
            destinations.push(Destination { name, way });
        }
        let settings = Settings::default();
        Ok(Outbox::new(
            journal,
            shop,
            surroundings,
            destinations,
            settings,
        ))
    }
}

fn hooks(addresses: &[String]) -> Result<Vec<Webhook>, WebhooksError> {
    if addresses.len() > Webhooks::HOOKS_MAX {
        let count = addresses.len();
        return Err(WebhooksError::TooMany { count });
    }
    let mut hooks: Vec<Webhook> = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let number = index + 1;
        let hook =
            Webhook::parse(address).map_err(|source| WebhooksError::Address { number, source })?;
        let is_there = |other: &Webhook| other.destination() == hook.destination();
        if hooks.iter().any(is_there) {
            let destination = hook.destination().to_owned();
            return Err(WebhooksError::Twice { destination });
        }
        hooks.push(hook);
    }
    Ok(hooks)
}

/// The secret as text, and where it was found.
fn secret(
    file: Option<&Path>,
    folder: &DataFolder,
) -> Result<(Zeroizing<String>, String), WebhooksError> {
    if let Some(path) = file {
        let text = read_line(path).map_err(|source| WebhooksError::SecretFile {
            path: path.to_owned(),
            source,
        })?;
        return Ok((text, path.display().to_string()));
    }
    if let Ok(text) = std::env::var(SECRET_VARIABLE) {
        return Ok((Zeroizing::new(text), SECRET_VARIABLE.to_owned()));
    }
    let (text, path) = folder.webhook_secret()?;
    Ok((text, path.display().to_string()))
}

fn ordinal(number: usize) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        number => format!("{number}th"),
    }
}

fn surroundings(world: &World) -> Surroundings {
    Surroundings {
        clock: Arc::new(WorldsClock(world.clone())),
        chance: Arc::new(WorldsChance(world.clone())),
    }
}

struct WorldsClock(World);

impl Clock for WorldsClock {
    fn now(&self) -> Micros {
        Micros::new(self.0.now().as_microsecond())
    }

    fn sleep_until(&self, at: Micros) -> BoxFuture<'static, ()> {
        let at = Timestamp::from_microsecond(at.get()).unwrap_or(Timestamp::MAX);
        self.0.clock.sleep_until(at)
    }
}

struct WorldsChance(World);

impl Chance for WorldsChance {
    fn number(&self) -> u64 {
        self.0.chance.number()
    }
}
