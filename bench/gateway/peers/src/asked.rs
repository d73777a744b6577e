//! The command line.

use std::{collections::HashMap, env};

use crate::Failure;

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The measure.
    pub measure: Measure,
    /// The server: `http://127.0.0.1:PORT`.
    pub origin: String,
    /// What is asked for.
    pub path: String,
    /// Calls in all.
    pub count: usize,
    /// Calls at once.
    pub in_flight: usize,
    /// For the peer that has one.
    pub breaker: Breaker,
}

/// What a peer can be asked to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Time and processor time of calls that are answered.
    Calls,
    /// Memory of calls that are never answered.
    Waiting,
    /// Requests that reach a server which fails all of them.
    Outage,
    /// From calling off a call to the server seeing the close.
    Abort,
}

/// Whether a breaker may keep calls back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// As by default.
    On,
    /// Everything is let through.
    Off,
}

impl Measure {
    const ALL: [Self; 4] = [Self::Calls, Self::Waiting, Self::Outage, Self::Abort];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Waiting => "waiting",
            Self::Outage => "outage",
            Self::Abort => "abort",
        }
    }

    fn named(name: &str) -> Result<Self, Failure> {
        let found = Self::ALL.into_iter().find(|one| one.name() == name);
        found.ok_or_else(|| format!("--measure {name} is not known").into())
    }
}

impl Asked {
    pub(crate) fn from_command_line() -> Result<Self, Failure> {
        let words: Vec<String> = env::args().skip(1).collect();
        let options: HashMap<&str, &str> = words
            .chunks(2)
            .filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str())))
            .collect();
        let text = |name: &str| options.get(name).copied();
        let wanted = |name: &str| text(name).ok_or_else(|| format!("{name} is missing"));
        Ok(Self {
            measure: Measure::named(wanted("--measure")?)?,
            origin: wanted("--origin")?.to_owned(),
            path: text("--path").unwrap_or("/kilobyte").to_owned(),
            count: whole("--count", wanted("--count")?)?,
            in_flight: whole("--in-flight", text("--in-flight").unwrap_or("1"))?,
            breaker: match text("--breaker").unwrap_or("on") {
                "on" => Breaker::On,
                "off" => Breaker::Off,
                other => return Err(format!("--breaker is on or off; got {other}").into()),
            },
        })
    }

    /// Where the server listens.
    pub fn authority(&self) -> Result<&str, Failure> {
        let authority = self.origin.strip_prefix("http://");
        authority.ok_or_else(|| format!("--origin begins with http://; got {}", self.origin).into())
    }
}

fn whole(name: &str, text: &str) -> Result<usize, Failure> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{name} is a whole number from 1; got {text}").into()),
    }
}
