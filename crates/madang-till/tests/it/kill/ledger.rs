//! What the people at the counter remember: what they asked for, and what they were shown.

use std::collections::HashMap;

use madang_model::{OrderId, PaymentId};
use madang_till::{Actor, Answer, Command, OperationKey, Request, Till, TillError};
use serde::{Deserialize, Serialize};

/// What a till showed, in the order in which it did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Note {
    /// Somebody asked for something.
    Asked(Asked),
    /// A payment was shown as begun.
    Begun { order: OrderId, payment: PaymentId },
    /// Something was shown as done, or as refused.
    Shown { key: String, shown: Shown },
}

/// One request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    pub key: String,
    pub actor: Actor,
    pub command: Command,
}

/// How it ended, and the receipt that was printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub answer: Answer,
    pub receipt: Option<String>,
}

#[derive(Default)]
pub struct Ledger {
    pub asked: Vec<Asked>,
    pub begun: Vec<(OrderId, PaymentId)>,
    pub shown: HashMap<String, Shown>,
    /// Every receipt that was ever seen, and whose it was.
    pub receipts: HashMap<String, OrderId>,
}

impl Asked {
    pub fn request(&self) -> Request {
        Request {
            key: OperationKey::new(self.key.clone()).expect("a key"),
            actor: self.actor.clone(),
            command: self.command.clone(),
        }
    }

    /// Has it done, or hears how it was done before.
    pub async fn perform(&self, till: &Till) -> Shown {
        match till.perform(self.request()).await {
            Ok(done) => Shown {
                answer: done.answer,
                receipt: done
                    .order
                    .and_then(|order| Some(order.receipt.as_ref()?.to_string())),
            },
            Err(TillError::Refused(refusal)) => Shown {
                answer: Answer::Refused { refusal },
                receipt: None,
            },
            Err(error) => panic!("{} was neither done nor refused: {error:?}", self.key),
        }
    }
}

impl Ledger {
    pub fn note(&mut self, note: Note) {
        match note {
            Note::Asked(asked) => self.asked.push(asked),
            Note::Begun { order, payment } => self.begun.push((order, payment)),
            Note::Shown { key, shown } => {
                self.shown.insert(key, shown);
            }
        }
    }

    /// What was asked for, with what was shown for it.
    pub fn entries(&self) -> impl Iterator<Item = (&Asked, Option<&Shown>)> {
        self.asked
            .iter()
            .map(|asked| (asked, self.shown.get(&asked.key)))
    }
}
