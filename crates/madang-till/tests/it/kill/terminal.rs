//! The terminal in a process of its own, with its book.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process;
use std::thread;

use madang_till::terminal::book::TerminalBook;
use madang_till::terminal::remote;
use madang_till::terminal::simulated::SimulatedTerminal;
use serde::{Deserialize, Serialize};

use super::hurried;
use super::process::{Process, say, told, wait_for_the_end};

/// A running terminal.
pub struct Terminal {
    place: Place,
    process: Process<SocketAddr>,
}

/// Where a terminal listens, and what it is.
#[derive(Clone, Serialize, Deserialize)]
pub struct Place {
    pub address: SocketAddr,
    pub book: PathBuf,
    pub can_inquire: bool,
}

impl Terminal {
    /// A terminal that nobody else listens beside: loopback addresses of its own, so that its port is free after each death.
    pub fn start(book: &Path, can_inquire: bool) -> Self {
        let [.., high, low] = process::id().to_be_bytes();
        let address = SocketAddr::from(([127, 77, high, low], 0));
        let place = Place {
            address,
            book: book.to_owned(),
            can_inquire,
        };
        Self::start_at(place, None)
    }

    fn start_at(mut place: Place, failpoint: Option<&str>) -> Self {
        let process = Process::start("kill::a_terminal", &place, failpoint);
        place.address = process.hear().expect("it listens");
        Self { place, process }
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Waits until its failpoint kills it, and starts it again at the same place.
    pub fn die_and_restart(self, failpoint: Option<&str>) -> Self {
        self.process.die_by_failpoint();
        Self::start_at(self.place, failpoint)
    }

    /// Ends it and starts it again, to be killed at a failpoint.
    pub fn restart_with(self, failpoint: &str) -> Self {
        self.process.end();
        Self::start_at(self.place, Some(failpoint))
    }

    /// Kills it and starts it again.
    pub fn kill_and_restart(self) -> Self {
        self.process.kill();
        Self::start_at(self.place, None)
    }
}

/// The process.
pub fn run() {
    let Some(place) = told::<Place>() else { return };
    let runtime = hurried::runtime();
    let book = TerminalBook::open(&place.book).expect("a book");
    let world = hurried::world(runtime.handle(), 0);
    let terminal = SimulatedTerminal::new(book, place.can_inquire, world);
    let listener = TcpListener::bind(place.address).expect("nobody else listens there");
    say(&listener.local_addr().expect("it is bound"));
    thread::spawn(move || remote::serve(&listener, &terminal));
    wait_for_the_end();
}
