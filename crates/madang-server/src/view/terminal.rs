//! The simulated card terminal, as the cashier sees it and sets it.

use std::net::SocketAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Text;
use madang_model::Refusal;
use madang_till::terminal::simulated::{self as terminal, ChosenOutcome, TerminalView};

/// The card terminal in use as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TerminalStateView {
    /// Where it runs.
    pub kind: TerminalKind,
    /// Where it listens, when it is separate.
    pub address: Option<String>,
    /// Whether it answers; when not, nothing else here is known.
    pub answers: bool,
    /// What its screen shows.
    pub screen: TerminalScreen,
    /// The amount it asks for.
    pub amount: Option<i64>,
    /// The attempt it works on.
    pub attempt: Option<String>,
    /// When it gives up on this attempt.
    pub deadline: Option<Timestamp>,
    /// How the next attempt, or this one, will end; none: it waits for the cashier to choose.
    pub chosen: Option<TerminalOutcome>,
    /// Whether the choice stays for later attempts.
    pub sticky: bool,
    /// Whether it can be asked what became of an attempt.
    pub can_inquire: bool,
    /// Its model, as `MADANG SIM-01`.
    pub model: String,
}

/// Where a terminal runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TerminalKind {
    /// In the till.
    BuiltIn,
    /// In a process of its own.
    Separate,
}

/// What the terminal's screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum TerminalScreen {
    Idle,
    Waiting,
    Approved,
    Declined,
    Lost,
    Unplugged,
    TimedOut,
    Reversed,
    NotReversed,
}

/// How an attempt ends: one of the cashier's cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TerminalOutcome {
    /// The card is charged.
    Approved,
    /// The issuer says no.
    Declined {
        /// The issuer's code, as `051`.
        code: String,
        /// The issuer's words.
        message: Text,
    },
    /// Nobody holds a card to it.
    TimedOut,
    /// The reader is not there.
    Unplugged,
    /// The card is charged, but the answer is lost on its way.
    AnswerLost,
    /// The same, and the terminal refuses for good to take it back.
    ReversalRefused,
}

/// The cashier's choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseOutcome {
    /// How the attempt ends; none takes the choice back.
    #[serde(default)]
    pub outcome: Option<TerminalOutcome>,
    /// Keep the choice for later attempts.
    #[serde(default)]
    pub sticky: bool,
}

/// A barcode that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// The code.
    #[schema(min_length = 1, max_length = 64)]
    pub barcode: String,
}

/// What the simulated terminal calls itself.
const MODEL: &str = "MADANG SIM-01";
/// The most characters of a code or of an issuer's words.
const WORDS_LENGTH_MAX: usize = 200;

impl TerminalStateView {
    /// The terminal in the till.
    pub fn built_in(view: &TerminalView) -> Self {
        Self {
            kind: TerminalKind::BuiltIn,
            address: None,
            answers: true,
            screen: (&view.screen).into(),
            amount: view.amount.map(madang_model::Money::minor_units),
            attempt: view.attempt.as_ref().map(ToString::to_string),
            deadline: view.deadline,
            chosen: view.chosen.as_ref().map(Into::into),
            sticky: view.sticky,
            can_inquire: view.can_inquire,
            model: MODEL.into(),
        }
    }

    /// One in a process of its own that answered with `view`.
    pub fn separate(address: SocketAddr, view: &TerminalView) -> Self {
        Self {
            kind: TerminalKind::Separate,
            address: Some(address.to_string()),
            ..Self::built_in(view)
        }
    }

    /// One in a process of its own that does not answer.
    pub fn away(address: SocketAddr) -> Self {
        Self {
            kind: TerminalKind::Separate,
            address: Some(address.to_string()),
            answers: false,
            screen: TerminalScreen::Idle,
            amount: None,
            attempt: None,
            deadline: None,
            chosen: None,
            sticky: false,
            can_inquire: false,
            model: MODEL.into(),
        }
    }
}

impl TerminalOutcome {
    /// The outcome for the terminal.
    ///
    /// # Errors
    /// A refusal when the words are too long for its screen.
    pub fn checked(self) -> Result<ChosenOutcome, Refusal> {
        Ok(match self {
            Self::Approved => ChosenOutcome::Approved,
            Self::Declined { code, message } => {
                madang_model::line::short_enough("code", &code, WORDS_LENGTH_MAX)?;
                let message = madang_model::Text::from(message);
                madang_model::line::short_enough("message", &message.ko, WORDS_LENGTH_MAX)?;
                madang_model::line::short_enough("message", message.english(), WORDS_LENGTH_MAX)?;
                ChosenOutcome::Declined { code, message }
            }
            Self::TimedOut => ChosenOutcome::TimedOut,
            Self::Unplugged => ChosenOutcome::Unplugged,
            Self::AnswerLost => ChosenOutcome::AnswerLost,
            Self::ReversalRefused => ChosenOutcome::ReversalRefused,
        })
    }
}

impl From<&ChosenOutcome> for TerminalOutcome {
    fn from(outcome: &ChosenOutcome) -> Self {
        match outcome {
            ChosenOutcome::Approved => Self::Approved,
            ChosenOutcome::Declined { code, message } => Self::Declined {
                code: code.clone(),
                message: message.into(),
            },
            ChosenOutcome::TimedOut => Self::TimedOut,
            ChosenOutcome::Unplugged => Self::Unplugged,
            ChosenOutcome::AnswerLost => Self::AnswerLost,
            ChosenOutcome::ReversalRefused => Self::ReversalRefused,
        }
    }
}

impl From<&terminal::TerminalScreen> for TerminalScreen {
    fn from(screen: &terminal::TerminalScreen) -> Self {
        match screen {
            terminal::TerminalScreen::Idle => Self::Idle,
            terminal::TerminalScreen::Waiting => Self::Waiting,
            terminal::TerminalScreen::Approved => Self::Approved,
            terminal::TerminalScreen::Declined => Self::Declined,
            terminal::TerminalScreen::Lost => Self::Lost,
            terminal::TerminalScreen::Unplugged => Self::Unplugged,
            terminal::TerminalScreen::TimedOut => Self::TimedOut,
            terminal::TerminalScreen::Reversed => Self::Reversed,
            terminal::TerminalScreen::NotReversed => Self::NotReversed,
        }
    }
}
