//! The flow: admit, claim, load, decide, intend, execute, record, publish. What differs is a small handler.

mod cancel;
mod card;
mod catalog;
mod hold;
mod place;
mod settle;
mod simple;

pub use self::catalog::Checked;

use std::sync::{Arc, OnceLock};

use futures::FutureExt;
use madang_journal::{OperationChange, OperationRecord};
use madang_model::order::Order;
use madang_model::{OrderId, PaymentId, Refusal};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::asks::PluginAsked;
use crate::event::{Stamp, micros};
use crate::operation::{Actor, Answer, Command, Request};
use crate::order::NotWritten;
use crate::till::{Inner, RunningOperation, Till, TillError};

pub(crate) use settle::{resume_cancel, resume_card};

/// How far an operation is whose intent is on the disk.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The order it is about, as it was then.
    pub order: Option<Arc<Order>>,
    /// The payment it is about.
    pub payment: Option<PaymentId>,
}

/// An operation that is over.
#[derive(Clone, Debug)]
pub struct Done {
    /// What every repeat is told, too.
    pub answer: Answer,
    /// The order it was about, as it is now.
    pub order: Option<Arc<Order>>,
    /// True when this is the answer to an earlier request with the same key.
    pub replayed: bool,
}

/// One request on its way through the flow.
pub(crate) struct Operation {
    pub key: String,
    pub actor: Actor,
    pub command: Command,
    /// What plugins were asked for it, once they were.
    pub asked: OnceLock<Arc<[PluginAsked]>>,
}

/// What an operation that asks the outside needs to be taken up again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub order: OrderId,
    pub payment: PaymentId,
}

/// Phases of operations that ask the outside.
pub(crate) mod phase {
    pub const INTENDED: &str = "intended";
    pub const UNKNOWN: &str = "unknown";
    pub const DONE: &str = "done";
}

/// The intent's announcement to whoever waits for no more than that.
pub(crate) type Announce = oneshot::Sender<Result<Begun, TillError>>;

impl Till {
    /// Does what the request says, once, and returns when it is over. A repeat with the same key gets the same answer.
    ///
    /// # Errors
    /// The refusal, kept with the key unless it only says “not now” ([`Refusal::PaymentUnderWay`], [`Refusal::InFlight`]);
    /// or a journal that did not take it.
    pub async fn perform(&self, request: Request) -> Result<Done, TillError> {
        let running = self.start(request)?;
        running.done.await.unwrap_or(Err(TillError::Closing))
    }

    /// Begins what the request says and returns when its intent is on the disk (or it is over, where nothing outside is
    /// asked). The rest goes on in a task of its own, whatever becomes of the caller.
    ///
    /// # Errors
    /// As [`Till::perform`], as far as known by then.
    pub async fn begin(&self, request: Request) -> Result<Begun, TillError> {
        let running = self.start(request)?;
        running.begun.await.unwrap_or(Err(TillError::Closing))
    }

    /// Runs the operation in a task that outlives the caller, or joins the one that runs under the same key.
    fn start(&self, request: Request) -> Result<RunningOperation, TillError> {
        let operation = Operation {
            key: request.key.scoped(&request.actor),
            actor: request.actor,
            command: request.command,
            asked: OnceLock::new(),
        };
        let fingerprint = operation.command.fingerprint();
        let mut running = self.inner.running();
        if let Some(same) = running.get(&operation.key) {
            return if same.fingerprint == fingerprint {
                Ok(same.clone())
            } else {
                Err(Refusal::KeyUsedForSomethingElse.into())
            };
        }
        let (announce, begun) = oneshot::channel();
        let (finish, done) = oneshot::channel();
        let started = RunningOperation {
            fingerprint,
            begun: begun.shared(),
            done: done.shared(),
        };
        running.insert(operation.key.clone(), started.clone());
        drop(running);
        let inner = self.inner.clone();
        self.inner.world.tasks.spawn(Box::pin(async move {
            let ended = inner.run(&operation, announce).await;
            inner.running().remove(&operation.key);
            let _ = finish.send(ended);
        }));
        Ok(started)
    }
}

impl Inner {
    async fn run(
        self: &Arc<Self>,
        operation: &Operation,
        announce: Announce,
    ) -> Result<Done, TillError> {
        let mut announce = Some(announce);
        let ended = self.replayed_or_done(operation, &mut announce).await;
        if let Some(announce) = announce {
            let begun = ended.as_ref().map(|done| Begun {
                order: done.order.clone(),
                payment: payment_of(&done.answer),
            });
            let _ = announce.send(begun.map_err(Clone::clone));
        }
        ended
    }

    async fn replayed_or_done(
        self: &Arc<Self>,
        operation: &Operation,
        announce: &mut Option<Announce>,
    ) -> Result<Done, TillError> {
        if let Some(record) = self
            .journal
            .operation(&self.shop_id, &operation.key)
            .await?
        {
            return self.replay(operation, &record).await;
        }
        match self.handle(operation, announce).await {
            Ok(answer) => self.done(answer, false).await,
            Err(NotWritten::Refused(refusal)) => self.refuse(operation, refusal).await,
            Err(NotWritten::NotNow(refusal)) => {
                self.note_asked(operation);
                Err(refusal.into())
            }
            Err(NotWritten::Claimed(record)) => self.replay(operation, &record).await,
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }

    /// Every strategy question is answered here: which handler does it.
    async fn handle(
        self: &Arc<Self>,
        operation: &Operation,
        announce: &mut Option<Announce>,
    ) -> Result<Answer, NotWritten> {
        match &operation.command {
            Command::CheckOut { table, guests } => self.check_out(operation, *table, *guests).await,
            Command::PlaceOrder(order) => self.place(operation, order).await,
            Command::Recall { order } => self.recall(operation, *order).await,
            Command::HoldCart => self.hold_cart(operation).await,
            Command::TakeUpCart { cart } => self.take_up_cart(operation, *cart).await,
            Command::PayCard { order, amount } => {
                self.pay_card(operation, *order, *amount, announce).await
            }
            Command::CancelPayment { order, payment } => {
                self.cancel_payment(operation, *order, *payment, announce)
                    .await
            }
            Command::PutItems(put) => self.put_items(operation, put).await,
            Command::CountStocks(put) => self.count_stocks(operation, put).await,
            _ => self.simple(operation).await,
        }
    }

    /// The answer to a repeat: what was answered before, never done again.
    async fn replay(
        &self,
        operation: &Operation,
        record: &OperationRecord,
    ) -> Result<Done, TillError> {
        if record.fingerprint != operation.command.fingerprint() {
            return Err(Refusal::KeyUsedForSomethingElse.into());
        }
        let Some(answer) = &record.answer else {
            return Err(Refusal::InFlight.into());
        };
        let answer: Answer =
            serde_json::from_str(answer).map_err(|error| madang_journal::ReadError::Corrupt {
                problem: format!("the answer of operation {}: {error}", record.key),
            })?;
        match answer {
            Answer::Refused { refusal } => Err(refusal.into()),
            answer => self.done(answer, true).await,
        }
    }

    /// Keeps a refusal with its key: the same request under the same key stays refused.
    async fn refuse(&self, operation: &Operation, refusal: Refusal) -> Result<Done, TillError> {
        let answer = Answer::Refused {
            refusal: refusal.clone(),
        };
        let stamp = self.stamp_of(operation);
        match self
            .write_operation(self.finished(operation, &stamp, &answer), &stamp)
            .await
        {
            Ok(()) => Err(refusal.into()),
            Err(NotWritten::Claimed(record)) => self.replay(operation, &record).await,
            Err(NotWritten::Refused(refusal) | NotWritten::NotNow(refusal)) => Err(refusal.into()),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }

    async fn done(&self, answer: Answer, replayed: bool) -> Result<Done, TillError> {
        let order = match order_of(&answer) {
            Some(order) => Some(self.load(order).await?.order),
            None => None,
        };
        Ok(Done {
            answer,
            order,
            replayed,
        })
    }

    /// The stamp of an operation, with what plugins were asked for it.
    pub(crate) fn stamp_of(&self, operation: &Operation) -> Stamp {
        let asked = operation.asked.get().cloned().unwrap_or_default();
        Stamp {
            asked,
            ..self.stamp(&operation.actor, Some(&operation.key))
        }
    }

    /// Nothing is written for the operation, so what plugins were asked for it is written by itself, waited for by nobody.
    fn note_asked(&self, operation: &Operation) {
        let batch = self.asked_alone(&self.stamp_of(operation));
        if batch.events.is_empty() {
            return;
        }
        if let Err(error) = self.journal.write_soon(batch) {
            tracing::warn!(%error, operation = %operation.key, "what plugins were asked is not kept");
        }
    }

    /// The record of an operation that is claimed and finished in one batch.
    pub(crate) fn finished(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        answer: &Answer,
    ) -> OperationChange {
        OperationChange::Claim(OperationRecord {
            answer: Some(json(answer)),
            is_final: true,
            ..self.record(operation, stamp, phase::DONE, "null".into())
        })
    }

    /// The record of an operation that goes to the outside next.
    pub(crate) fn intended(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        intent: &Intent,
    ) -> OperationChange {
        OperationChange::Claim(self.record(operation, stamp, phase::INTENDED, json(intent)))
    }

    fn record(
        &self,
        operation: &Operation,
        stamp: &Stamp,
        phase: &str,
        phase_data: String,
    ) -> OperationRecord {
        OperationRecord {
            shop: self.shop_id.clone(),
            key: operation.key.clone(),
            fingerprint: operation.command.fingerprint(),
            command: operation.command.kept(),
            phase: phase.into(),
            phase_data,
            answer: None,
            started_at: micros(stamp.at),
            changed_at: micros(stamp.at),
            is_final: false,
        }
    }
}

pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("answers and intents are plain data")
}

fn order_of(answer: &Answer) -> Option<OrderId> {
    match answer {
        Answer::Order { order } | Answer::Payment { order, .. } => Some(*order),
        Answer::Item { .. }
        | Answer::Cart { .. }
        | Answer::Rows { .. }
        | Answer::Refused { .. } => None,
    }
}

fn payment_of(answer: &Answer) -> Option<PaymentId> {
    match answer {
        Answer::Payment { payment, .. } => Some(*payment),
        _ => None,
    }
}
