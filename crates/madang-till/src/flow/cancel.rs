//! Giving a payment back: plugins are asked first, holding no lock; then the terminal, where there was one.

use std::sync::Arc;

use madang_model::order::{Order, OrderCommand};
use madang_model::payment::PaymentState;
use madang_model::{OrderId, PaymentId, Refusal};

use super::{Announce, Begun, Intent, Operation};
use crate::asks::{Ask, Verdict};
use crate::operation::Answer;
use crate::order::NotWritten;
use crate::till::Inner;

impl Inner {
    pub(crate) async fn cancel_payment(
        self: &Arc<Self>,
        operation: &Operation,
        order: OrderId,
        payment: PaymentId,
        announce: &mut Option<Announce>,
    ) -> Result<Answer, NotWritten> {
        let held = self.load(order).await?.order;
        held.decide(OrderCommand::StartCancel { payment })?;
        if let Verdict::Veto { plugin, message } = self
            .asks()
            .ask(Ask::BeforeCancel {
                order: held.clone(),
                payment,
            })
            .await
        {
            return Err(Refusal::Vetoed { plugin, message }.into());
        }
        // The answer took its time: what is decided now is decided on what is there now.
        let stamp = self.stamp(&operation.actor, Some(&operation.key));
        let Some(attempt) = held.payment(payment)?.attempt.clone() else {
            let answer = Answer::Payment {
                order,
                payment,
                state: PaymentState::Cancelled,
                failure: None,
                at: stamp.at,
            };
            let step = |_: &Order| Some(self.finished(operation, &stamp, &answer));
            self.change_order(
                order,
                &stamp,
                |order| order.decide(OrderCommand::CancelPayment { payment }),
                &step,
            )
            .await?;
            return Ok(answer);
        };
        let intent = Intent { order, payment };
        let step = |_: &Order| Some(self.intended(operation, &stamp, &intent));
        let (cancelling, _) = self
            .change_order(
                order,
                &stamp,
                |order| order.decide(OrderCommand::StartCancel { payment }),
                &step,
            )
            .await?;
        madang_journal::failpoint("till-after-intend");
        if let Some(announce) = announce.take() {
            let _ = announce.send(Ok(Begun {
                order: Some(cancelling),
                payment: Some(payment),
            }));
        }
        Ok(self.settle_cancel(operation, &intent, &attempt).await?)
    }
}
