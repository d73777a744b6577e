//! Finding out what became of an attempt at the terminal, and recording it. Nothing here is ever refused: money may have moved.

use std::sync::Arc;

use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use madang_journal::{OperationChange, ReadError, WriteError};
use madang_model::order::{Order, OrderEvent, Outcome};
use madang_model::payment::{Failure, PaymentState};
use madang_model::{AttemptKey, OrderId, PaymentId, Refusal, Text};
use tokio::sync::mpsc;

use super::{Intent, Operation, json, phase};
use crate::event::{Stamp, micros};
use crate::operation::{Answer, Settle};
use crate::order::{NotWritten, OperationStep};
use crate::terminal::{Authorized, Inquired, Reversed, TerminalFault};
use crate::till::{AttemptStep, AttemptStepKind, Change, Inner, TillError};

/// The pause before the next question, by how many went unanswered: soon at first, then twice a minute for as long as it takes.
const PAUSES_S: [i64; 6] = [2, 2, 4, 8, 16, 30];

/// Before a write that did not go through is tried again: soon enough for the guest at the till, and no load on a disk in need.
const WRITE_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// Takes up a card payment that a restart found unfinished: whether the terminal was ever asked is for the terminal to tell.
pub(crate) async fn resume_card(
    inner: &Arc<Inner>,
    operation: &Operation,
    intent: &Intent,
    attempt: &AttemptKey,
) -> Result<Answer, TillError> {
    let restarted = TerminalFault::NoAnswer {
        message: Text::new("포스가 다시 켜졌어요", "The till was started again"),
    };
    inner
        .settle_card(operation, intent, attempt, Err(restarted))
        .await
}

/// Takes up a cancellation that a restart found unfinished.
pub(crate) async fn resume_cancel(
    inner: &Arc<Inner>,
    operation: &Operation,
    intent: &Intent,
    attempt: &AttemptKey,
) -> Result<Answer, TillError> {
    inner.settle_cancel(operation, intent, attempt).await
}

/// What staff and time say while an answer is awaited.
struct Pushes {
    inner: Arc<Inner>,
    payment: PaymentId,
    pushes: mpsc::UnboundedReceiver<Settle>,
}

impl Inner {
    /// Records what the terminal said to an authorization; finds out when it said nothing.
    pub(crate) async fn settle_card(
        self: &Arc<Self>,
        operation: &Operation,
        intent: &Intent,
        attempt: &AttemptKey,
        said: Result<Authorized, TerminalFault>,
    ) -> Result<Answer, TillError> {
        let outcome = match said {
            Ok(Authorized::Approved(approval)) => Outcome::Approved { approval },
            Ok(Authorized::Declined { code, message }) => {
                failed(Failure::Declined { code, message })
            }
            Err(TerminalFault::NotSent { message }) => failed(Failure::NotCharged { message }),
            Err(TerminalFault::NoAnswer { message }) => {
                self.mark_unknown(operation, intent).await?;
                self.tell_step(
                    intent,
                    AttemptStepKind::AnswerLost {
                        message: message.clone(),
                    },
                    None,
                );
                self.find_out(intent, attempt, message).await
            }
        };
        madang_journal::failpoint("till-before-record");
        let answer = self.record_outcome(operation, intent, outcome).await?;
        self.tell_step(intent, AttemptStepKind::Settled, None);
        Ok(answer)
    }

    /// Has an approved payment taken back, for as long as it takes, and records that or the terminal's refusal.
    pub(crate) async fn settle_cancel(
        self: &Arc<Self>,
        operation: &Operation,
        intent: &Intent,
        attempt: &AttemptKey,
    ) -> Result<Answer, TillError> {
        let mut pushes = self.listen(intent.payment);
        let outcome = self
            .reverse(intent, attempt, &mut pushes, Outcome::Cancelled)
            .await;
        madang_journal::failpoint("till-before-record");
        let answer = self.record_outcome(operation, intent, outcome).await?;
        self.tell_step(intent, AttemptStepKind::Settled, None);
        Ok(answer)
    }

    async fn mark_unknown(&self, operation: &Operation, intent: &Intent) -> Result<(), TillError> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let step = |order: &Order| {
            let newly = order
                .payment(intent.payment)
                .is_ok_and(|payment| payment.state == PaymentState::Unknown);
            newly.then(|| OperationChange::Advance {
                key: operation.key.clone(),
                from_phase: phase::INTENDED.into(),
                to_phase: phase::UNKNOWN.into(),
                phase_data: json(intent),
                at: micros(stamp.at),
            })
        };
        let decide = |order: &Order| Ok(order.hear(intent.payment, Outcome::Unknown));
        // After a restart it may be marked already; then there is nothing to write.
        if self
            .load(intent.order)
            .await?
            .order
            .payment(intent.payment)
            .is_ok_and(|payment| payment.state == PaymentState::Unknown)
        {
            return Ok(());
        }
        self.write_down(intent, &stamp, decide, &step).await?;
        Ok(())
    }

    /// Writes what the terminal said, for as long as it takes: a full disk or a busy queue passes, and nobody else would
    /// ever finish the payment. Only a journal that has stopped ends it; the next start takes the operation up.
    async fn write_down(
        &self,
        intent: &Intent,
        stamp: &Stamp,
        decide: impl Fn(&Order) -> Result<Vec<OrderEvent>, Refusal>,
        step: OperationStep<'_>,
    ) -> Result<Arc<Order>, TillError> {
        loop {
            match self.change_order(intent.order, stamp, &decide, step).await {
                Ok((order, _)) => return Ok(order),
                Err(error) if passes(&error) => {
                    tracing::warn!(?error, payment = %intent.payment, "the terminal's word is not written yet");
                    self.world.pause(WRITE_AGAIN_AFTER).await;
                }
                Err(error) => return Err(unrefusable(error)),
            }
        }
    }

    /// Asks until the terminal tells; has the attempt taken back when it cannot, or when staff say so.
    async fn find_out(
        self: &Arc<Self>,
        intent: &Intent,
        attempt: &AttemptKey,
        lost: Text,
    ) -> Outcome {
        let mut pushes = self.listen(intent.payment);
        let mut unanswered = 0;
        loop {
            unanswered += 1;
            self.tell_step(
                intent,
                AttemptStepKind::Inquiring { number: unanswered },
                None,
            );
            let inquired = self.terminal.inquire(attempt).await;
            madang_journal::failpoint("till-after-inquire");
            match inquired {
                Ok(Inquired::Approved(approval)) => return Outcome::Approved { approval },
                Ok(Inquired::Declined { code, message }) => {
                    return failed(Failure::Declined { code, message });
                }
                Ok(Inquired::Reversed) => return failed(Failure::Reversed { message: lost }),
                Ok(Inquired::NeverHeard) => {
                    // Closing it makes sure that a late authorization of the same attempt charges nobody.
                    let closed = failed(Failure::NotCharged { message: lost });
                    return self.reverse(intent, attempt, &mut pushes, closed).await;
                }
                Ok(Inquired::CannotSay) => {
                    self.tell_step(intent, AttemptStepKind::CannotSay, None);
                    let reversed = failed(Failure::Reversed { message: lost });
                    return self.reverse(intent, attempt, &mut pushes, reversed).await;
                }
                Err(fault) => {
                    if self.pause(intent, unanswered, &fault, &mut pushes).await == Settle::Reverse
                    {
                        let reversed = failed(Failure::Reversed { message: lost });
                        return self.reverse(intent, attempt, &mut pushes, reversed).await;
                    }
                }
            }
        }
    }

    /// Says "take it back" until the terminal has said its last word: `acknowledged`, or that it will not. The latter is for
    /// staff to mend; asking for ever would hide it from them.
    async fn reverse(
        &self,
        intent: &Intent,
        attempt: &AttemptKey,
        pushes: &mut Pushes,
        acknowledged: Outcome,
    ) -> Outcome {
        let mut unanswered = 0;
        loop {
            unanswered += 1;
            self.tell_step(
                intent,
                AttemptStepKind::Reversing { number: unanswered },
                None,
            );
            let reversed = self.terminal.reverse(attempt).await;
            madang_journal::failpoint("till-after-reverse");
            match reversed {
                Ok(Reversed::Done) => return acknowledged,
                Ok(Reversed::Refused { message }) => {
                    tracing::error!(payment = %intent.payment, order = %intent.order, "the terminal refuses to take a payment back");
                    return Outcome::NotCancelled {
                        failure: Failure::NotReversed { message },
                    };
                }
                Err(fault) => {
                    self.pause(intent, unanswered, &fault, pushes).await;
                }
            }
        }
    }

    /// Waits before the next question, unless staff push.
    async fn pause(
        &self,
        intent: &Intent,
        unanswered: u32,
        fault: &TerminalFault,
        pushes: &mut Pushes,
    ) -> Settle {
        let place = (unanswered as usize)
            .saturating_sub(1)
            .min(PAUSES_S.len() - 1);
        let until = self
            .world
            .now()
            .checked_add(SignedDuration::from_secs(PAUSES_S[place]))
            .unwrap_or(Timestamp::MAX);
        let message = match fault {
            TerminalFault::NotSent { message } | TerminalFault::NoAnswer { message } => {
                message.clone()
            }
        };
        self.tell_step(intent, AttemptStepKind::NotReached { message }, Some(until));
        let push = std::pin::pin!(pushes.pushes.recv());
        match select(push, self.world.clock.sleep_until(until)).await {
            Either::Left((Some(how), _)) => how,
            Either::Left((None, _)) | Either::Right(_) => Settle::Inquire,
        }
    }

    /// The outcome and the operation's answer, in one transaction.
    async fn record_outcome(
        &self,
        operation: &Operation,
        intent: &Intent,
        outcome: Outcome,
    ) -> Result<Answer, TillError> {
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let decide = |order: &Order| Ok(order.hear(intent.payment, outcome.clone()));
        let step = |order: &Order| {
            Some(finish(
                operation,
                &stamp,
                &answer_of(order, intent, stamp.at),
            ))
        };
        let order = self.write_down(intent, &stamp, decide, &step).await?;
        madang_journal::failpoint("till-after-record");
        Ok(answer_of(&order, intent, stamp.at))
    }

    fn listen(self: &Arc<Self>, payment: PaymentId) -> Pushes {
        let (push, pushes) = mpsc::unbounded_channel();
        self.pushes().insert(payment, push);
        Pushes {
            inner: self.clone(),
            payment,
            pushes,
        }
    }

    pub(crate) fn tell_step(
        &self,
        intent: &Intent,
        kind: AttemptStepKind,
        next_at: Option<Timestamp>,
    ) {
        let Intent { order, payment } = *intent;
        self.tell(Change::Attempt {
            order,
            payment,
            step: AttemptStep {
                at: self.world.now(),
                kind,
                next_at,
            },
        });
    }
}

impl Drop for Pushes {
    fn drop(&mut self) {
        self.inner.pushes().remove(&self.payment);
    }
}

fn failed(failure: Failure) -> Outcome {
    Outcome::Failed { failure }
}

fn finish(operation: &Operation, stamp: &Stamp, answer: &Answer) -> OperationChange {
    OperationChange::Finish {
        key: operation.key.clone(),
        from_phase: None,
        answer: json(answer),
        at: micros(stamp.at),
    }
}

fn answer_of(order: &Order, intent: &Intent, at: Timestamp) -> Answer {
    let Intent { order: id, payment } = *intent;
    let id: OrderId = id;
    let found = order.payment(payment).ok();
    let state = found.map_or(PaymentState::Failed, |payment| payment.state);
    Answer::Payment {
        order: id,
        payment,
        state,
        failure: found.and_then(|payment| payment.failure.clone()),
        at,
    }
}

/// Whether a write that failed may go through later, as it is.
fn passes(error: &NotWritten) -> bool {
    matches!(
        error,
        NotWritten::NotNow(_)
            | NotWritten::Failed(
                TillError::Write(
                    WriteError::Full { .. } | WriteError::DiskFull { .. } | WriteError::Store(_)
                ) | TillError::Read(ReadError::Store(_))
            )
    )
}

/// The terminal's word is never refused, so what remains is a journal that failed.
fn unrefusable(error: NotWritten) -> TillError {
    match error {
        NotWritten::Failed(error) => error,
        NotWritten::Refused(refusal) | NotWritten::NotNow(refusal) => refusal.into(),
        NotWritten::Claimed(_) => TillError::Closing,
    }
}
