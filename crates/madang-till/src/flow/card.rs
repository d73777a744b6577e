//! A payment at the card terminal: hold a part of the bill, ask, record.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use madang_model::order::{Order, OrderCommand, OrderEvent};
use madang_model::{Money, OrderId, Refusal, Text};

use super::{Announce, Begun, Intent, Operation};
use crate::number;
use crate::operation::Answer;
use crate::order::NotWritten;
use crate::terminal::TerminalFault;
use crate::till::{AttemptStepKind, Inner};

/// How long the till waits for the terminal: half a minute more than a terminal waits for a card.
const TERMINAL_WAIT: SignedDuration = SignedDuration::from_secs(90);

impl Inner {
    pub(crate) async fn pay_card(
        self: &Arc<Self>,
        operation: &Operation,
        order: OrderId,
        amount: Option<Money>,
        announce: &mut Option<Announce>,
    ) -> Result<Answer, NotWritten> {
        // The terminal shows one amount at a time; the guard goes with the attempt.
        let Ok(at_terminal) = self.at_terminal.clone().try_lock_owned() else {
            return Err(Refusal::PaymentUnderWay.into());
        };
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let payment = number::payment_id(&self.world);
        let attempt = number::attempt_key(payment);
        let intent = Intent { order, payment };
        let decide = |order: &Order| -> Result<Vec<OrderEvent>, Refusal> {
            let amount = amount.unwrap_or_else(|| order.payable());
            if !order.payable().is_positive() {
                return Err(order.nothing_payable());
            }
            order.decide(OrderCommand::StartCardPayment {
                payment,
                amount,
                attempt: attempt.clone(),
            })
        };
        let (held, _) = self
            .change_order(order, &stamp, decide, &|_| {
                Some(self.intended(operation, &stamp, &intent))
            })
            .await?;
        madang_journal::failpoint("till-after-intend");
        if let Some(announce) = announce.take() {
            let _ = announce.send(Ok(Begun {
                order: Some(held.clone()),
                payment: Some(payment),
            }));
        }
        self.tell_step(&intent, AttemptStepKind::Sent, None);
        let amount = held.payment(payment)?.parts.amount;
        let deadline = self
            .world
            .now()
            .checked_add(TERMINAL_WAIT)
            .unwrap_or(Timestamp::MAX);
        let said = self
            .world
            .within(deadline, self.terminal.authorize(&attempt, amount))
            .await;
        drop(at_terminal);
        madang_journal::failpoint("till-after-authorize");
        let said = said.unwrap_or_else(|| {
            Err(TerminalFault::NoAnswer {
                message: Text::new("단말기가 답하지 않아요", "The terminal does not answer"),
            })
        });
        Ok(self.settle_card(operation, &intent, &attempt, said).await?)
    }
}
