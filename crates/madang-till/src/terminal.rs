//! The card terminal as the till needs it, and its simulated forms.

pub mod book;
pub mod remote;
pub mod simulated;

use async_trait::async_trait;
use madang_model::payment::Approval;
use madang_model::{AttemptKey, Money, Text};
use serde::{Deserialize, Serialize};

/// A card terminal. Every call names an attempt; whatever is said twice about the same attempt happens once.
#[async_trait]
pub trait CardTerminal: Send + Sync {
    /// False for terminals that keep nothing to be asked about: [`CardTerminal::inquire`] then cannot say.
    fn can_inquire(&self) -> bool;

    /// Asks the guest for `amount`. The same attempt is never charged twice.
    ///
    /// # Errors
    /// [`TerminalFault::NotSent`] when nothing left the till; [`TerminalFault::NoAnswer`] when money may have moved.
    async fn authorize(
        &self,
        attempt: &AttemptKey,
        amount: Money,
    ) -> Result<Authorized, TerminalFault>;

    /// What became of an attempt.
    ///
    /// # Errors
    /// [`TerminalFault`] when the terminal could not be asked; ask again.
    async fn inquire(&self, attempt: &AttemptKey) -> Result<Inquired, TerminalFault>;

    /// Takes an attempt back (망취소, or the cancellation of an approval), and closes it: it can never be charged afterwards.
    /// Returning is the terminal's last word.
    ///
    /// # Errors
    /// [`TerminalFault`] when nothing was said; say it again.
    async fn reverse(&self, attempt: &AttemptKey) -> Result<Reversed, TerminalFault>;
}

/// What a terminal says to an authorization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "kebab-case")]
pub enum Authorized {
    /// Paid.
    Approved(Approval),
    /// Not paid: the card's issuer said no.
    Declined {
        /// The issuer's code.
        code: String,
        /// The issuer's words.
        message: Text,
    },
}

/// What a terminal knows about an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "kebab-case")]
pub enum Inquired {
    /// It was paid.
    Approved(Approval),
    /// It was not paid: the issuer said no.
    Declined {
        /// The issuer's code.
        code: String,
        /// The issuer's words.
        message: Text,
    },
    /// The attempt never arrived.
    NeverHeard,
    /// It was taken back.
    Reversed,
    /// The terminal keeps nothing to be asked about.
    CannotSay,
}

/// What a terminal says to taking an attempt back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "kebab-case")]
pub enum Reversed {
    /// Acknowledged: nothing is charged, and nothing ever will be.
    Done,
    /// Refused for good: asking again changes nothing. An approval that there is stands.
    Refused {
        /// What the terminal said.
        message: Text,
    },
}

/// Why a terminal gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum TerminalFault {
    /// Nothing left the till: nothing can have been charged.
    #[error("the terminal was not reached: {}", message.english())]
    NotSent {
        /// What happened.
        message: Text,
    },
    /// The question went out and no answer came: money may have moved.
    #[error("the terminal did not answer: {}", message.english())]
    NoAnswer {
        /// What happened.
        message: Text,
    },
}
