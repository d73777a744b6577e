//! A card terminal whose outcome the cashier chooses, before or during the payment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use madang_model::payment::{Approval, Card, CardKind};
use madang_model::{AttemptKey, Money, Text};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::book::{Entry, TerminalBook};
use super::{Authorized, CardTerminal, Inquired, Reversed, TerminalFault};
use crate::world::World;

/// How long the terminal waits for a card: what terminals in shops do.
const CARD_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// How long a pulled plug stays out.
const UNPLUGGED_FOR: SignedDuration = SignedDuration::from_secs(8);

/// How an attempt ends, as the cashier chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum ChosenOutcome {
    /// Paid.
    Approved,
    /// The issuer says no.
    Declined {
        /// Its code, as "051".
        code: String,
        /// Its words.
        message: Text,
    },
    /// No card comes; nothing is charged, and no answer is given.
    TimedOut,
    /// The plug is pulled before the card is read, and put back eight seconds later.
    Unplugged,
    /// Paid, but the answer is lost on the way.
    AnswerLost,
    /// The same, and the terminal refuses for good to take it back.
    ReversalRefused,
}

/// What the terminal's own screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum TerminalScreen {
    #[default]
    Idle,
    Waiting,
    Approved,
    Declined,
    TimedOut,
    Unplugged,
    Lost,
    Reversed,
    NotReversed,
}

/// The terminal as the till's screen draws it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TerminalView {
    /// What it shows.
    pub screen: TerminalScreen,
    /// The amount asked for.
    pub amount: Option<Money>,
    /// The attempt.
    pub attempt: Option<AttemptKey>,
    /// Until when it waits for a card.
    pub deadline: Option<Timestamp>,
    /// The outcome chosen for the next attempt.
    pub chosen: Option<ChosenOutcome>,
    /// Keep that outcome for the attempts after it.
    pub sticky: bool,
    /// Whether it can be asked what became of an attempt.
    pub can_inquire: bool,
}

/// The simulated terminal.
pub struct SimulatedTerminal {
    world: World,
    can_inquire: bool,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

struct State {
    book: TerminalBook,
    view: TerminalView,
    unplugged_until: Option<Timestamp>,
}

/// How long an approval stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    UntilReversed,
    ForGood,
}

/// What the book says about an attempt that ended while a card was awaited.
struct TakenBack(Entry);

impl SimulatedTerminal {
    /// A terminal with its book.
    pub fn new(book: TerminalBook, can_inquire: bool, world: World) -> Arc<Self> {
        let view = TerminalView {
            screen: TerminalScreen::Idle,
            amount: None,
            attempt: None,
            deadline: None,
            chosen: None,
            sticky: false,
            can_inquire,
        };
        let state = Mutex::new(State {
            book,
            view,
            unplugged_until: None,
        });
        Arc::new(Self {
            world,
            can_inquire,
            state,
            changes: watch::Sender::new(0),
        })
    }

    /// Chooses how the running attempt ends, or the next one when none runs.
    pub fn choose(&self, outcome: Option<ChosenOutcome>, sticky: bool) {
        self.change(|state| {
            state.view.chosen = outcome;
            state.view.sticky = sticky;
        });
    }

    /// What it shows.
    pub fn view(&self) -> TerminalView {
        self.state().view.clone()
    }

    /// Wakes whenever the view has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// What it shows once that is no longer what was `seen`, or after `patience`; with the number to wait from next.
    pub async fn view_after(
        &self,
        seen: Option<u64>,
        patience: SignedDuration,
    ) -> (u64, TerminalView) {
        let mut changes = self.changes.subscribe();
        let until = self.world.now().checked_add(patience);
        let tired = self
            .world
            .clock
            .sleep_until(until.unwrap_or(Timestamp::MAX));
        let changed = changes.wait_for(|number| Some(*number) != seen);
        select(std::pin::pin!(changed), tired).await;
        let number = *self.changes.borrow();
        (number, self.view())
    }

    /// What the book says about every attempt.
    pub fn book(&self) -> Vec<(AttemptKey, Entry)> {
        self.state()
            .book
            .entries()
            .map(|(attempt, entry)| (attempt.clone(), entry.clone()))
            .collect()
    }

    /// Waits until the cashier has chosen, at most until `deadline`. An attempt that was taken back meanwhile must not take
    /// the choice that is meant for the next one.
    async fn chosen_by(
        &self,
        deadline: Timestamp,
        attempt: &AttemptKey,
    ) -> Result<ChosenOutcome, TakenBack> {
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(entry) = self.known(attempt) {
                return Err(TakenBack(entry));
            }
            if let Some(chosen) = self.take_choice() {
                return Ok(chosen);
            }
            let changed = std::pin::pin!(changes.changed());
            match select(changed, self.world.clock.sleep_until(deadline)).await {
                Either::Left((Ok(()), _)) => {}
                Either::Left((Err(_), _)) | Either::Right(_) => {
                    return Ok(ChosenOutcome::TimedOut);
                }
            }
        }
    }

    fn take_choice(&self) -> Option<ChosenOutcome> {
        let mut state = self.state();
        if state.view.sticky {
            state.view.chosen.clone()
        } else {
            state.view.chosen.take()
        }
    }

    fn end_attempt(
        &self,
        attempt: &AttemptKey,
        amount: Money,
        outcome: ChosenOutcome,
    ) -> Result<Authorized, TerminalFault> {
        match outcome {
            ChosenOutcome::Approved => {
                let entry = self.approved(amount, Stands::UntilReversed);
                self.end_with(attempt, entry, TerminalScreen::Approved)
            }
            ChosenOutcome::AnswerLost => self.lose(attempt, amount, Stands::UntilReversed),
            ChosenOutcome::ReversalRefused => self.lose(attempt, amount, Stands::ForGood),
            ChosenOutcome::Declined { code, message } => {
                let entry = Entry::Declined { code, message };
                self.end_with(attempt, entry, TerminalScreen::Declined)
            }
            ChosenOutcome::TimedOut => {
                self.show(TerminalScreen::TimedOut);
                Err(no_answer(
                    "60초 동안 카드가 닿지 않았어요",
                    "No card touched the reader for 60 seconds",
                ))
            }
            ChosenOutcome::Unplugged => {
                let until = self
                    .world
                    .now()
                    .checked_add(UNPLUGGED_FOR)
                    .unwrap_or(Timestamp::MAX);
                self.change(|state| state.unplugged_until = Some(until));
                self.show(TerminalScreen::Unplugged);
                Err(no_answer("리더기가 뽑혔어요", "The reader was unplugged"))
            }
        }
    }

    fn lose(
        &self,
        attempt: &AttemptKey,
        amount: Money,
        stands: Stands,
    ) -> Result<Authorized, TerminalFault> {
        let entry = self.approved(amount, stands);
        self.end_with(attempt, entry, TerminalScreen::Lost)?;
        Err(no_answer(
            "승인 답을 받지 못했어요",
            "The answer to the approval did not arrive",
        ))
    }

    fn approved(&self, amount: Money, stands: Stands) -> Entry {
        let approval = Approval {
            number: format!("{:08}", self.world.chance.number() % 100_000_000),
            at: self.world.now(),
            card: Some(Card {
                brand: "마당카드".into(),
                number_masked: "949094******1234".into(),
                kind: CardKind::Credit,
                installment_months: 0,
                acquirer: Some("마당시험".into()),
            }),
            simulated: true,
            source: None,
        };
        Entry::Approved {
            approval,
            amount,
            stands: stands == Stands::ForGood,
        }
    }

    /// Ends an attempt, unless it was taken back a moment ago.
    fn end_with(
        &self,
        attempt: &AttemptKey,
        entry: Entry,
        screen: TerminalScreen,
    ) -> Result<Authorized, TerminalFault> {
        let stands = self.enter(attempt, |known| known.unwrap_or_else(|| entry.clone()))?;
        if stands == entry {
            self.show(screen);
        }
        Ok(said_before(stands))
    }

    /// Enters what becomes of an attempt, decided on what the book says about it, and answers what it says now. Nobody
    /// else writes in between: an approval after a reversal would be money that no till knows of.
    fn enter(
        &self,
        attempt: &AttemptKey,
        decide: impl FnOnce(Option<Entry>) -> Entry,
    ) -> Result<Entry, TerminalFault> {
        let mut state = self.state();
        let known = state.book.entry(attempt).cloned();
        let entry = decide(known.clone());
        if known.as_ref() == Some(&entry) {
            return Ok(entry);
        }
        madang_journal::failpoint("terminal-before-book");
        let written = state.book.write(attempt, entry.clone());
        madang_journal::failpoint("terminal-after-book");
        match written {
            Ok(()) => Ok(entry),
            Err(error) => Err(no_answer(
                &format!("단말기 장부를 쓰지 못했어요: {error}"),
                &format!("The terminal could not write its book: {error}"),
            )),
        }
    }

    fn plugged_in(&self) -> bool {
        let now = self.world.now();
        let mut state = self.state();
        match state.unplugged_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.unplugged_until = None;
                true
            }
            None => true,
        }
    }

    fn known(&self, attempt: &AttemptKey) -> Option<Entry> {
        self.state().book.entry(attempt).cloned()
    }

    fn show(&self, screen: TerminalScreen) {
        self.change(|state| {
            state.view.screen = screen;
            state.view.deadline = None;
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CardTerminal for SimulatedTerminal {
    fn can_inquire(&self) -> bool {
        self.can_inquire
    }

    async fn authorize(
        &self,
        attempt: &AttemptKey,
        amount: Money,
    ) -> Result<Authorized, TerminalFault> {
        if !self.plugged_in() {
            return Err(TerminalFault::NotSent {
                message: not_connected(),
            });
        }
        if let Some(entry) = self.known(attempt) {
            return Ok(said_before(entry));
        }
        let deadline = self
            .world
            .now()
            .checked_add(CARD_WAIT)
            .unwrap_or(Timestamp::MAX);
        self.change(|state| {
            state.view.screen = TerminalScreen::Waiting;
            state.view.amount = Some(amount);
            state.view.attempt = Some(attempt.clone());
            state.view.deadline = Some(deadline);
        });
        match self.chosen_by(deadline, attempt).await {
            Ok(outcome) => self.end_attempt(attempt, amount, outcome),
            Err(TakenBack(entry)) => Ok(said_before(entry)),
        }
    }

    async fn inquire(&self, attempt: &AttemptKey) -> Result<Inquired, TerminalFault> {
        if !self.plugged_in() {
            return Err(TerminalFault::NoAnswer {
                message: not_connected(),
            });
        }
        if !self.can_inquire {
            return Ok(Inquired::CannotSay);
        }
        let (answer, screen) = match self.known(attempt) {
            Some(Entry::Approved { approval, .. }) => {
                (Inquired::Approved(approval), TerminalScreen::Approved)
            }
            Some(Entry::Declined { code, message }) => (
                Inquired::Declined { code, message },
                TerminalScreen::Declined,
            ),
            Some(Entry::Reversed { .. }) => (Inquired::Reversed, TerminalScreen::Reversed),
            Some(Entry::Closed) | None => (Inquired::NeverHeard, TerminalScreen::Idle),
        };
        self.change(|state| {
            // The answer has arrived after all.
            if state.view.screen == TerminalScreen::Lost {
                state.view.screen = screen;
            }
        });
        Ok(answer)
    }

    async fn reverse(&self, attempt: &AttemptKey) -> Result<Reversed, TerminalFault> {
        if !self.plugged_in() {
            return Err(TerminalFault::NoAnswer {
                message: not_connected(),
            });
        }
        let entered = self.enter(attempt, |known| match known {
            Some(Entry::Approved {
                amount,
                stands: false,
                ..
            }) => Entry::Reversed { amount },
            Some(ended) => ended,
            None => Entry::Closed,
        })?;
        if let Entry::Approved { .. } = entered {
            self.show(TerminalScreen::NotReversed);
            return Ok(Reversed::Refused {
                message: Text::new(
                    "단말기가 취소를 거절했어요",
                    "The terminal refused to take it back",
                ),
            });
        }
        self.show(TerminalScreen::Reversed);
        Ok(Reversed::Done)
    }
}

fn said_before(entry: Entry) -> Authorized {
    match entry {
        Entry::Approved { approval, .. } => Authorized::Approved(approval),
        Entry::Declined { code, message } => Authorized::Declined { code, message },
        Entry::Reversed { .. } | Entry::Closed => Authorized::Declined {
            code: "CLOSED".into(),
            message: Text::new("이미 취소된 거래예요", "Already taken back"),
        },
    }
}

fn not_connected() -> Text {
    Text::new(
        "리더기가 연결되어 있지 않아요",
        "The reader is not connected",
    )
}

fn no_answer(ko: &str, en: &str) -> TerminalFault {
    TerminalFault::NoAnswer {
        message: Text::new(ko, en),
    }
}
