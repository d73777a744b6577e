//! Tills and terminals that are killed in the middle of sales. After each restart every sale that was shown as done is there,
//! once, and the terminal's book and the journal agree: each approval belongs to exactly one payment or is reversed.

mod audit;
mod hurried;
mod importing;
mod ledger;
mod life;
mod process;
mod terminal;

use std::env;
use std::path::PathBuf;
use std::thread;

use futures::executor::block_on;
use madang_journal::SQLITE_FAILPOINTS;
use madang_till::terminal::CardTerminal;
use madang_till::terminal::remote::RemoteTerminal;
use madang_till::terminal::simulated::ChosenOutcome;
use tempfile::TempDir;

use self::audit::Orders;
use self::ledger::{Ledger, Note};
use self::life::{Life, SALES, Sale};
use self::process::Process;
use self::terminal::Terminal;

/// Kills of one folder; then another begins, so that the soak does not end with an audit of a year's sales.
const FOLDER_KILLS: u64 = 5;
/// Sales of a life that is to be killed at a failpoint: enough to pass it more often than it is set to.
const SALES_MAX: u64 = 60;

/// Points of the till, in the order in which a payment passes them.
const TILL_FAILPOINTS: [&str; 9] = [
    "till-before-write",
    "till-after-write",
    "till-after-ask",
    "till-after-intend",
    "till-after-authorize",
    "till-after-inquire",
    "till-after-reverse",
    "till-before-record",
    "till-after-record",
];

#[test]
fn a_till_killed_at_a_step_of_the_flow_loses_nothing_that_was_shown() {
    for point in TILL_FAILPOINTS {
        for shop in shops() {
            shop.kill_the_till_at(point);
        }
    }
}

#[test]
fn a_till_killed_around_a_commit_loses_nothing_that_was_shown() {
    // The others are passed once, when the folder is made, and are the journal's own tests.
    let is_passed_by_sales =
        |point: &&&str| !point.ends_with("made") && !point.ends_with("written");
    for point in SQLITE_FAILPOINTS.iter().filter(is_passed_by_sales) {
        for shop in shops() {
            shop.kill_the_till_at(point);
        }
    }
}

#[test]
fn a_till_killed_at_any_moment_loses_nothing_that_was_shown() {
    for mut shop in shops() {
        for kill in 0..FOLDER_KILLS {
            let till = shop.start_till(&SALES, u64::MAX, None);
            // Whatever it is doing just then.
            for _ in 0..5 + 17 * kill {
                let note = till.hear().expect("it sells until it is killed");
                shop.ledger.note(note);
            }
            shop.hear_all(till.kill());
            if kill % 2 == 1 {
                shop.terminal = shop.terminal.kill_and_restart();
            }
            shop.audit();
        }
    }
}

#[test]
fn a_card_that_comes_while_the_till_is_dead_is_not_charged_or_counts() {
    for mut shop in shops() {
        for _ in 0..FOLDER_KILLS {
            let till = shop.start_till(&[Sale::CardAwaited], u64::MAX, None);
            loop {
                let note = till.hear().expect("it sells until it is killed");
                let has_begun = matches!(note, Note::Begun { .. });
                shop.ledger.note(note);
                if has_begun {
                    break;
                }
            }
            shop.hear_all(till.kill());
            let guest = shop.card_comes();
            shop.audit();
            guest.join().expect("the terminal lives");
        }
        let orders = shop.audit();
        shop.authorizations_come_late(&orders);
        shop.audit();
    }
}

#[test]
fn a_terminal_killed_around_its_book_charges_nobody_twice() {
    for point in ["terminal-before-book", "terminal-after-book"] {
        for mut shop in shops() {
            shop.terminal = shop.terminal.restart_with(&format!("{point}:1"));
            let till = shop.start_till(&SALES, u64::MAX, None);
            for nth in 1..FOLDER_KILLS {
                let next = format!("{point}:{}", 1 + nth % 3);
                shop.terminal = shop.terminal.die_and_restart(Some(&next));
            }
            shop.terminal = shop.terminal.die_and_restart(None);
            shop.hear_all(till.end());
            shop.audit();
        }
    }
}

/// Not a test but the till that the tests above start and kill.
#[test]
#[ignore = "started by the tests of kills"]
fn a_life() {
    life::run();
}

/// Not a test but a till that imports, which its own tests start and kill.
#[test]
#[ignore = "started by the tests of kills"]
fn an_importing_life() {
    importing::run();
}

/// Not a test but the terminal that the tests above start and kill.
#[test]
#[ignore = "started by the tests of kills"]
fn a_terminal() {
    terminal::run();
}

/// Enough shops for the wanted number of kills, half of them with a terminal that can tell what became of an attempt.
fn shops() -> impl Iterator<Item = Shop> {
    let kills: u64 = env::var("MADANG_SOAK")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(10);
    (0..kills.div_ceil(FOLDER_KILLS).max(2)).map(|number| Shop::new(number % 2 == 0))
}

/// A shop whose till and terminal die.
struct Shop {
    terminal: Terminal,
    ledger: Ledger,
    lives: u64,
    folder: TempDir,
}

impl Shop {
    fn new(can_inquire: bool) -> Self {
        let folder = tempfile::tempdir().expect("a place for tests");
        Self {
            terminal: Terminal::start(&folder.path().join("terminal.book"), can_inquire),
            ledger: Ledger::default(),
            lives: 0,
            folder,
        }
    }

    /// Every second time the next life has to take up what the last one left, and is killed as well.
    fn kill_the_till_at(mut self, point: &str) {
        for nth in 1..=FOLDER_KILLS {
            let till = self.start_till(&SALES, SALES_MAX, Some(&format!("{point}:{nth}")));
            self.hear_all(till.die_by_failpoint());
            if nth % 2 == 1 {
                self.audit();
            }
        }
    }

    fn start_till(
        &mut self,
        sales: &[Sale],
        sales_max: u64,
        failpoint: Option<&str>,
    ) -> Process<Note> {
        let life = self.next_life(sales, sales_max);
        Process::start("kill::a_life", &life, failpoint)
    }

    fn hear_all(&mut self, notes: Vec<Note>) {
        for note in notes {
            self.ledger.note(note);
        }
    }

    /// A card at the terminal, at the same time as whatever follows.
    fn card_comes(&self) -> thread::JoinHandle<()> {
        let place = self.terminal.place().clone();
        thread::spawn(move || {
            let terminal = RemoteTerminal::new(place.address, place.can_inquire);
            let chosen = terminal.choose(Some(ChosenOutcome::Approved), false);
            block_on(chosen).expect("the terminal lives");
        })
    }

    /// Every attempt reaches the terminal once more, as one that was on its way when its till died.
    fn authorizations_come_late(&self, orders: &Orders) {
        let place = self.terminal.place();
        let terminal = RemoteTerminal::new(place.address, place.can_inquire);
        let approved = Some(ChosenOutcome::Approved);
        block_on(terminal.choose(approved, true)).expect("the terminal lives");
        for payment in orders.values().flat_map(|order| &order.payments) {
            if let Some(attempt) = &payment.attempt {
                let said = block_on(terminal.authorize(attempt, payment.parts.amount));
                said.expect("the terminal lives");
            }
        }
    }

    /// Opens the till in this process, where nothing kills it.
    fn audit(&mut self) -> Orders {
        let life = self.next_life(&[], 0);
        let book: PathBuf = life.terminal.book.clone();
        let runtime = hurried::runtime();
        runtime.block_on(async {
            let opened = life.open(runtime.handle()).await;
            audit::audit(&opened, &book, &mut self.ledger).await
        })
    }

    fn next_life(&mut self, sales: &[Sale], sales_max: u64) -> Life {
        self.lives += 1;
        Life {
            folder: self.folder.path().join("journal"),
            terminal: self.terminal.place().clone(),
            number: self.lives,
            sales: sales.to_vec(),
            sales_max,
        }
    }
}
